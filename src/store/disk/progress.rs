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
use crate::store::journal::{Position, Segment};
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

/// What the file beside the database says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Noted {
    /// The number of the last group that was durable.
    pub(super) group: u64,
    /// Where the journal ended then; none if there was none.
    pub(super) journal: Option<Position>,
}

/// The file beside the database.
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

    /// What was noted last; none if that cannot be read, which proves no loss.
    pub(super) fn read(&self) -> Option<Noted> {
        let text = fs::read_to_string(&self.path).ok()?;
        let Some((text, sum)) = text.trim().rsplit_once(' ') else {
            // As versions before 0.2 wrote it.
            return Some(Noted { group: text.trim().parse().ok()?, journal: None });
        };
        let mut parts = text.split(' ').filter(|_| sum == checksum(text));
        let group = parts.next()?.parse().ok()?;
        let segment: Segment = parts.next()?.parse().ok()?;
        let offset = parts.next()?.parse().ok()?;
        let journal = (segment != Segment::NONE).then_some(Position { segment, offset });
        Some(Noted { group, journal })
    }

    /// Notes that everything up to the mark is durable.
    pub(super) fn write(&self, mark: &Mark) -> Result<(), StoreError> {
        let nowhere = Position { segment: Segment::NONE, offset: 0 };
        let Position { segment, offset } = mark.journal.unwrap_or(nowhere);
        let text = format!("{:0DIGITS$} {segment} {offset:0DIGITS$}", mark.group);
        let text = format!("{text} {}\n", checksum(&text));
        self.file.write_all_at(text.as_bytes(), 0).map_err(io_error)
    }

    /// Makes the note durable too.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        self.file.sync_all().map_err(io_error)
    }
}

fn checksum(text: &str) -> String {
    format!("{:08x}", crc32c::crc32c(text.as_bytes()))
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
        assert_eq!(note.read(), None);
        let journal = Some(Position { segment: "2026-11".parse().unwrap(), offset: 70 });
        for journal in [None, journal] {
            note.write(&Mark { group: 17, journal, ..Mark::default() }).unwrap();
            assert_eq!(note.read(), Some(Noted { group: 17, journal }));
        }
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("17 ", "97 ")).unwrap();
        assert_eq!(note.read(), None);
        fs::write(&path, "00000000000000000042\n").unwrap();
        assert_eq!(note.read(), Some(Noted { group: 42, journal: None }));
    }
}
