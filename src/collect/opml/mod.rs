//! Lists of feeds as feed readers exchange them: OPML 2.0 (opml.org/spec2.opml).
//!
//! What only we know of a feed stands in attributes of a namespace of ours, which other readers
//! skip. Folders, dates and what other readers know beyond OPML are not kept.

mod export;
mod import;

pub use export::export;
pub use import::{Imported, OpmlError, Refused, import};

/// The namespace of our attributes.
pub const NAMESPACE: &str = "urn:silkwire:opml";

/// The prefix that we write for it, and understand where it is not declared.
const PREFIX: &str = "silkwire";

#[cfg(test)]
mod tests;
