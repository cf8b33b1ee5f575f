//! The journal: what cannot be fetched again, as lines that only ever are added.
//!
//! Each line says what a record is now, or that it is gone. Whoever reads all of them in order
//! and takes the last one of each record has the store; doing it twice changes nothing. One
//! request to the store is one frame, whole or not there. `docs/store.md` has the format.
//!
//! Invariant: a frame is written behind the last whole one, never over one.
//! Invariant: a damaged frame costs itself only, and its records are known by their ids.

mod entry;
mod segment;
mod frame;
mod frames;
mod placing;
mod span;
mod tail;
mod reading;
mod rewriting;
mod line_file;

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

pub(super) use entry::{Entry, Kind, hex};
pub(super) use frame::Packer;
pub(super) use frames::{Frames, Piece, RawFrame};
pub use line_file::{FilePart, LineFile};
pub(super) use reading::{Damage, Frame, Read, Reading};
pub(super) use segment::{Position, Segment};

use crate::model::Timestamp;
use crate::store::StoreError;
use crate::store::journal::tail::{Rest, Tail};

/// The journal in a folder, for the one who writes it.
pub(super) struct Journal {
    folder: PathBuf,
    /// Oldest first.
    segments: Vec<Segment>,
    /// The last of them.
    tail: Option<Tail>,
    packer: Packer,
}

impl Journal {
    /// Opens the journal in `folder`, which is made with mode 0700 if it is missing. Nothing that
    /// stands there is changed, but what a rewriting left that was cut short.
    ///
    /// # Errors
    /// Those of the file system; never because of what the files hold.
    pub(super) fn open(folder: &Path) -> Result<Self, StoreError> {
        let failed = |error| StoreError::of_file(folder, error);
        if !folder.exists() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
            folder.parent().map_or(Ok(()), sync_folder).map_err(failed)?;
        }
        Segment::remove_new(folder)?;
        let segments = Segment::list(folder)?;
        let tail = segments.last().map(|segment| Tail::open(folder, *segment)).transpose()?;
        let packer = Packer::new().map_err(failed)?;
        Ok(Self { folder: folder.to_owned(), segments, tail, packer })
    }

    /// Behind the last whole frame.
    pub(super) fn end(&self) -> Position {
        let nowhere = Position { segment: Segment::NONE, offset: 0 };
        self.tail.as_ref().map_or(nowhere, Tail::position)
    }

    /// Its segments, oldest first.
    pub(super) fn segments(&self) -> Vec<Segment> {
        self.segments.clone()
    }

    /// Reads from one place on, or all of it, with the damage behind the last whole frame.
    pub(super) fn read(&self, from: Option<Position>) -> Reading {
        let is_damaged = self.tail.as_ref().is_some_and(|tail| tail.rest == Rest::Damage);
        let until = (!is_damaged).then(|| self.end());
        Reading::of(&self.folder, self.segments(), from, until)
    }

    /// Adds what one request wrote: one frame, unless it is larger than 8 MiB. It is safe after
    /// [`Journal::sync`] only.
    ///
    /// The frame goes into the month of `at`, but never before the last one.
    ///
    /// # Errors
    /// Nothing is added then. [`StoreError::Refused`] for a record above 64 MiB.
    pub(super) fn append(
        &mut self,
        group: u64,
        at: Timestamp,
        entries: &[Entry],
    ) -> Result<(), StoreError> {
        self.settle()?;
        let segment = self.tail.as_ref().map_or(Segment::NONE, |tail| tail.segment);
        self.begin(segment.max(Segment::of(at)))?;
        let Some(tail) = &mut self.tail else { return Ok(()) };
        let before = tail.end;
        let packed = self.packer.pack(group, at, entries, |frame| tail.write(frame));
        packed.map_err(|error| {
            (tail.end, tail.rest) = (before, Rest::Start);
            // If this fails too, the next append tries again before it writes.
            tail.settle(&self.folder).ok();
            match error.kind() {
                io::ErrorKind::InvalidInput => StoreError::Refused { reason: error.to_string() },
                _ => StoreError::of_file(&tail.segment.path(&self.folder), error),
            }
        })
    }

    /// Makes durable what was appended.
    pub(super) fn sync(&mut self) -> Result<(), StoreError> {
        let Some(tail) = &mut self.tail else { return Ok(()) };
        let path = tail.segment.path(&self.folder);
        tail.sync().map_err(|error| StoreError::of_file(&path, error))
    }

    /// Frees the place behind the last whole frame.
    fn settle(&mut self) -> Result<(), StoreError> {
        let Some(tail) = &mut self.tail else { return Ok(()) };
        let path = tail.segment.path(&self.folder);
        tail.settle(&self.folder).map_err(|error| StoreError::of_file(&path, error))
    }

    /// Goes on in `segment`, which is the last one or a new one.
    fn begin(&mut self, segment: Segment) -> Result<(), StoreError> {
        if self.tail.as_ref().is_some_and(|tail| tail.segment == segment) {
            return Ok(());
        }
        // What comes next may be synced; nothing looks back at this file then.
        self.sync()?;
        let tail = Tail::create(&self.folder, segment)?;
        self.segments.push(segment);
        self.tail = Some(tail);
        Ok(())
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests;
