//! How far the store got, noted in the database and beside it.
//!
//! One flipped bit makes sled take the rest of its log for a torn end: it opens without an
//! error and without everything behind that bit. So the last group's number stands in the
//! database and, once it is durable there, in a file; a database behind the file lost data.
//!
//! The file costs no `fsync`: after a power cut it may be behind, never ahead.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::store::StoreError;
use crate::store::disk::digest::Digest;
use crate::store::disk::engine::{Engine, io_error};
use crate::store::disk::layout;
use crate::store::journal::Position;
use crate::store::search;

const FILE: &str = "progress";

/// Every number has the same width, so that the file is overwritten in one place.
const DIGITS: usize = 20;

/// What the database itself says of how far it got; written with every batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// The number of the last group of writes that is complete.
    pub(super) group: u64,
    /// Up to where the journal is in the database; none before anything was journaled.
    pub(super) journal: Option<Position>,
    /// The sum over all records.
    pub(super) digest: Digest,
}

impl Mark {
    /// Reads what the database says.
    pub(super) fn of(engine: &Engine) -> Result<Self, StoreError> {
        Ok(engine.get(layout::PROGRESS_KEY)?.unwrap_or_default())
    }

    /// The same for the search index.
    pub(super) fn for_search(&self) -> search::Mark {
        search::Mark { group: self.group, journal: self.journal }
    }
}

/// The file beside the database that holds the number of the last group.
#[derive(Debug)]
pub(super) struct Note {
    path: PathBuf,
    file: File,
}

impl Note {
    /// Opens the note in the store's `folder`.
    pub(super) fn open(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(FILE);
        let options =
            OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).clone();
        let file = options.open(&path).map_err(io_error)?;
        Ok(Self { path, file })
    }

    /// The last group that was durable; none if the note cannot be read, which proves no loss.
    pub(super) fn group(&self) -> Option<u64> {
        let text = fs::read_to_string(&self.path).ok()?;
        match text.trim().split_once(' ') {
            Some((number, sum)) if sum == checksum(number) => number.parse().ok(),
            Some(_) => None,
            // As versions before 0.2 wrote it.
            None => text.trim().parse().ok(),
        }
    }

    /// Notes that the group is durable.
    pub(super) fn write(&self, group: u64) -> Result<(), StoreError> {
        let number = format!("{group:0DIGITS$}");
        let text = format!("{number} {}\n", checksum(&number));
        self.file.write_all_at(text.as_bytes(), 0).map_err(io_error)
    }

    /// Makes the note durable too.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        self.file.sync_all().map_err(io_error)
    }
}

fn checksum(number: &str) -> String {
    format!("{:08x}", crc32c::crc32c(number.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a damaged note does not make anybody believe that something was lost.
    #[test]
    fn damaged_note_proves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let note = Note::open(folder.path()).unwrap();
        assert_eq!(note.group(), None);
        note.write(17).unwrap();
        assert_eq!(note.group(), Some(17));
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("17 ", "97 ")).unwrap();
        assert_eq!(note.group(), None);
        fs::write(&path, "00000000000000000042\n").unwrap();
        assert_eq!(note.group(), Some(42));
    }
}
