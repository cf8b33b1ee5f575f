//! Digests: when they are told, and what they say.
//!
//! Deliberately absent: a memory of its own. Whether a digest was made is whether its delivery is
//! in the store, under a name that follows from route and time.

mod plan;
mod story;

pub use plan::{OCCURRENCES_MAX, Period, Plan};
pub use story::{Listed, sort};

/// More stories are no digest; the others are counted.
pub const STORIES_MAX: usize = 100;
