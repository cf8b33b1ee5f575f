//! Verifies a store: every checksum, both copies against each other, and every cross-reference.
//!
//! A survey reads everything while the store goes on. What looks wrong to it is looked at again,
//! and healed, by the writer.

mod stored;
mod survey;
mod mend;

pub(super) use survey::{Suspects, survey};

#[cfg(test)]
mod tests;
