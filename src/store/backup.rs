//! Backups: a whole store in one file of frames, as the journal has them.
//!
//! The first frame says what kind of backup it is, the last one how many lines of each kind stand
//! between them, with a hash of every byte before it. What stands there twice counts as it stands
//! there last. `docs/store.md` has the format.
//!
//! Invariant: a file that was cut off, or changed, is never taken for a backup.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use crate::model::Timestamp;
use crate::store::StoreError;
use crate::store::journal::{Entry, Frames, Kind, Piece, RawFrame, hex};

/// The id of the first and the last line.
pub(super) const ID: &str = "silkwire";

/// A backup on its way, piece by piece. Whoever drops it stops it.
#[derive(Debug)]
pub struct Backup {
    pub(super) pieces: mpsc::Receiver<Result<Bytes, StoreError>>,
}

impl Backup {
    /// Waits for the next bytes of the file; none at its end.
    pub async fn next(&mut self) -> Option<Result<Bytes, StoreError>> {
        self.pieces.recv().await
    }
}

/// What a backup says at its start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// The store's schema.
    pub(super) schema: u32,
    /// The program that made it.
    pub(super) version: String,
    /// When it was begun.
    pub(super) at: Timestamp,
    /// The last group of writes that it has for certain.
    pub(super) group: u64,
}

/// What a backup says at its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    n_lines: BTreeMap<String, u64>,
    n_damaged: u64,
    damaged: Vec<String>,
    sha256: String,
}

/// What is in a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupReport {
    /// When it was begun; it has all that was stored until then, and what came while it was made.
    pub at: Timestamp,
    /// The program that made it.
    pub version: String,
    /// Bytes of the file.
    pub bytes: u64,
    /// Lines of each kind.
    pub n_lines: BTreeMap<String, u64>,
    /// Records that could not be read when it was made, and are not in it.
    pub n_damaged: u64,
    /// The first of these by name, at most [`BackupReport::DAMAGED_MAX`].
    pub damaged: Vec<String>,
}

impl BackupReport {
    /// More names help nobody.
    pub const DAMAGED_MAX: usize = 1_000;

    /// Reads the backup at `path` to its end and checks every byte of it. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Refused`] if it is no backup, or not a whole one.
    pub fn of(path: &Path) -> Result<Self, StoreError> {
        let mut reader = BackupReader::open(path)?;
        while reader.next()?.is_some() {}
        reader.report()
    }
}

/// Sums up what was written or read.
#[derive(Debug, Default)]
pub(super) struct Sum {
    n_lines: BTreeMap<String, u64>,
    hash: Sha256,
    bytes: u64,
    pub(super) n_damaged: u64,
    damaged: Vec<String>,
}

impl Sum {
    /// Takes in the bytes of a frame.
    pub(super) fn add_bytes(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
    }

    /// Takes in lines.
    pub(super) fn add_lines(&mut self, entries: &[Entry]) {
        for entry in entries {
            *self.n_lines.entry(entry.kind.as_str().to_owned()).or_default() += 1;
        }
    }

    /// Takes in that a record cannot be read.
    pub(super) fn add_damage(&mut self, name: String) {
        self.n_damaged += 1;
        if self.damaged.len() < BackupReport::DAMAGED_MAX {
            self.damaged.push(name);
        }
    }

    /// The last line.
    pub(super) fn end(&self) -> Entry {
        let end = End {
            n_lines: self.n_lines.clone(),
            n_damaged: self.n_damaged,
            damaged: self.damaged.clone(),
            sha256: self.hash_in_words(),
        };
        line(Kind::End, &end)
    }

    fn hash_in_words(&self) -> String {
        hex(&self.hash.clone().finalize())
    }
}

/// The line that opens or ends a backup.
pub(super) fn line<T: Serialize>(kind: Kind, record: &T) -> Entry {
    let json = serde_json::to_vec(record).expect("these types have text keys and plain parts");
    Entry { kind, id: ID.to_owned(), record: Some(json) }
}

/// Reads a backup and checks all of it.
pub(super) struct BackupReader {
    name: String,
    frames: Frames<File>,
    sum: Sum,
    head: Option<Head>,
    end: Option<End>,
}

impl BackupReader {
    /// Opens the backup at `path` and reads how it starts.
    ///
    /// # Errors
    /// [`StoreError::Refused`] if it is no backup.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let open = || Frames::new(File::open(path)?, 0);
        let frames = open().map_err(|error| StoreError::of_file(path, error))?;
        let name = path.display().to_string();
        let mut reader = Self { name, frames, sum: Sum::default(), head: None, end: None };
        let first = reader.frame()?;
        let entries = first.and_then(|frame| frame.entries()).unwrap_or_default();
        reader.head = match &entries[..] {
            [entry] if entry.kind == Kind::Backup => reader.parsed(entry).ok(),
            _ => None,
        };
        let no_backup = || reader.refused("it is no backup made by `silkwire store backup`");
        if reader.head.is_none() {
            return Err(no_backup());
        }
        Ok(reader)
    }

    /// How it starts.
    pub(super) fn head(&self) -> Result<&Head, StoreError> {
        self.head.as_ref().ok_or_else(|| self.refused("it has no start"))
    }

    /// The lines of the next frame; none at the end, which was checked then.
    pub(super) fn next(&mut self) -> Result<Option<Vec<Entry>>, StoreError> {
        let Some(frame) = self.frame()? else {
            return if self.end.is_some() { Ok(None) } else { Err(self.cut_off()) };
        };
        if self.end.is_some() {
            return Err(self.refused("something stands behind its end"));
        }
        let offset = frame.start;
        let entries = frame.entries().ok_or_else(|| self.damaged(offset))?;
        match &entries[..] {
            [entry] if entry.kind == Kind::End => {
                self.check_end(self.parsed(entry)?)?;
                Ok(Some(Vec::new()))
            }
            _ => {
                self.sum.add_lines(&entries);
                self.sum.add_bytes(self.frames.last_bytes());
                Ok(Some(entries))
            }
        }
    }

    /// What was read.
    ///
    /// # Errors
    /// It was not read to its end.
    pub(super) fn report(self) -> Result<BackupReport, StoreError> {
        let (Some(head), Some(end)) = (&self.head, &self.end) else { return Err(self.cut_off()) };
        Ok(BackupReport {
            at: head.at,
            version: head.version.clone(),
            bytes: self.sum.bytes,
            n_lines: end.n_lines.clone(),
            n_damaged: end.n_damaged,
            damaged: end.damaged.clone(),
        })
    }

    fn frame(&mut self) -> Result<Option<RawFrame>, StoreError> {
        let path = Path::new(&self.name);
        match self.frames.next().map_err(|error| StoreError::of_file(path, error))? {
            Some(Piece::Frame(frame)) => {
                if self.head.is_none() {
                    self.sum.add_bytes(self.frames.last_bytes());
                }
                Ok(Some(frame))
            }
            Some(Piece::Damage(damage)) if damage.is_cut => Err(self.cut_off()),
            Some(Piece::Damage(damage)) => Err(self.damaged(damage.start)),
            None => Ok(None),
        }
    }

    fn check_end(&mut self, end: End) -> Result<(), StoreError> {
        if end.sha256 != self.sum.hash_in_words() || end.n_lines != self.sum.n_lines {
            return Err(self.refused("its checksum is wrong"));
        }
        self.sum.bytes += self.frames.last_bytes().len() as u64;
        self.end = Some(end);
        Ok(())
    }

    fn parsed<T: for<'de> Deserialize<'de>>(&self, entry: &Entry) -> Result<T, StoreError> {
        let json = entry.record.as_deref().unwrap_or_default();
        serde_json::from_slice(json).map_err(|error| self.refused(&error.to_string()))
    }

    fn cut_off(&self) -> StoreError {
        self.refused("it is cut off: the rest of it is missing")
    }

    fn damaged(&self, offset: u64) -> StoreError {
        self.refused(&format!("it is damaged at byte {offset}"))
    }

    fn refused(&self, why: &str) -> StoreError {
        StoreError::Refused { reason: format!("backup {}: {why}", self.name) }
    }
}
