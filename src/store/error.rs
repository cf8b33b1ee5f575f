//! Why the store did not do it.

use std::io;
use std::path::Path;

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The story, or the review, changed in between; decide again.
    #[error("it was changed in between")]
    Conflict,

    /// Somebody else has what the caller believes to have: the delivery, or the polling.
    #[error("somebody else has taken it over")]
    Fenced,

    /// What changed behind this place is not known: everything must be read anew.
    #[error("what changed behind {cursor:?} is not known any more")]
    Outdated {
        /// The place.
        cursor: String,
    },

    /// The caller names something that the store does not know.
    #[error("{what} is unknown")]
    Unknown {
        /// What is not known, with its name.
        what: String,
    },

    /// What the caller asks for makes no sense.
    #[error("{reason}")]
    Refused {
        /// Why, for people.
        reason: String,
    },

    /// Somebody else has the store open.
    #[error("store {path} is in use by another process{}", pid_text(*pid))]
    InUse {
        /// The store's folder.
        path: String,
        /// The other process, if it left its number.
        pid: Option<u32>,
    },

    /// There is no store where a reading command looked for one.
    #[error("no store at {path}")]
    Missing {
        /// The store's folder.
        path: String,
    },

    /// The disk is full. What was acknowledged is safe; a read may end like this too, because
    /// sled splits pages while it reads.
    #[error("no space left for the store")]
    Full(#[source] io::Error),

    /// The disk failed, or may not be written.
    #[error("store cannot be read or written: {reason}")]
    Io {
        /// What failed, with the file.
        reason: String,
    },

    /// A newer version of this program wrote the store.
    #[error(
        "a newer silkwire wrote this store (schema {found}, this one reads {known}): use the newer \
         one"
    )]
    Newer {
        /// The store's schema.
        found: u32,
        /// The newest that this program reads.
        known: u32,
    },

    /// The engine failed, or the store is closed.
    #[error("store does not answer: {reason}")]
    Unavailable {
        /// What failed.
        reason: String,
    },

    /// What was read is not what was written.
    #[error("store is damaged: {what}")]
    Corrupt {
        /// Which record, and how it was noticed.
        what: String,
    },
}

impl StoreError {
    /// What the file system said of the file or folder at `path`.
    pub(super) fn of_file(path: &Path, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(error),
            _ => Self::Io { reason: format!("{}: {error}", path.display()) },
        }
    }
}

fn pid_text(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default()
}
