//! How far the store got, noted beside the database.
//!
//! One flipped bit makes sled take the rest of its log for a torn end: it opens without an
//! error and without everything behind that bit. So the last group's number stands in the
//! database and, once it is durable there, in a file; a database behind the file lost data.
//!
//! The file costs no `fsync`: after a power cut it may be behind, never ahead.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use crate::store::StoreError;
use crate::store::disk::engine::{Batch, Engine, io_error};
use crate::store::disk::layout;

const FILE: &str = "progress";

/// Every number has the same width, so that the file is overwritten in one place.
const DIGITS: usize = 20;

/// How far the store got.
#[derive(Debug)]
pub(super) struct Progress {
    file: File,
    last: u64,
}

impl Progress {
    /// Reads how far the database in `folder` got.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it was further once.
    pub(super) fn load(folder: &Path, engine: &Engine) -> Result<Self, StoreError> {
        let last: u64 = engine.get(layout::PROGRESS_KEY)?.unwrap_or_default();
        let path = folder.join(FILE);
        let options =
            OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).clone();
        let file = options.open(&path).map_err(io_error)?;
        // An unreadable note is no proof of a loss.
        let text = fs::read_to_string(&path).unwrap_or_default();
        let noted: u64 = text.trim().parse().unwrap_or_default();
        if last < noted {
            let what = format!("write {noted} was acknowledged, but the last one found is {last}");
            return Err(StoreError::Corrupt { what });
        }
        Ok(Self { file, last })
    }

    /// Forgets the database that was here before.
    pub(super) fn forget(folder: &Path) -> io::Result<()> {
        match fs::remove_file(folder.join(FILE)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            outcome => outcome,
        }
    }

    /// The write that gives the group its number.
    pub(super) fn next(&mut self, engine: &Engine) -> Result<Batch, StoreError> {
        self.last += 1;
        let mut batch = Batch::default();
        engine.put(&mut batch, layout::PROGRESS_KEY, &self.last)?;
        Ok(batch)
    }

    /// Notes that the group is durable.
    pub(super) fn note(&self) -> Result<(), StoreError> {
        let text = format!("{:0DIGITS$}\n", self.last);
        self.file.write_all_at(text.as_bytes(), 0).map_err(io_error)
    }

    /// Makes the note durable too.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        self.file.sync_all().map_err(io_error)
    }
}
