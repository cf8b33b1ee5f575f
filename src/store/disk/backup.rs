//! Makes a backup while the store goes on.
//!
//! Feed states come first: like this no feed is newer than its entries. Then comes everything
//! else, record by record, then what the journal has said since the beginning: in the end each
//! record is as it was at one point in time, or is asked for again.
//!
//! Invariant: the database is held for a moment at a time only, so that nobody waits for it.

use std::collections::VecDeque;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::model::{Clock, SystemClock, Timestamp};
use crate::store::StoreError;
use crate::store::backup::{Backup, Head, Sum, line};
use crate::store::disk::engine::Engine;
use crate::store::disk::open::caught;
use crate::store::disk::progress::Mark;
use crate::store::disk::seen::{self, Bucket};
use crate::store::disk::shared::{Shared, closed};
use crate::store::disk::{layout, restore};
use crate::store::journal::{Entry, Kind, Packer, Position, Read, Reading};

/// So many pieces wait for whoever takes them.
const PIECES_MAX: usize = 4;

/// The database is held for so many records, or bytes of them, at a time.
const SLICE_RECORDS: usize = 500;
const SLICE_BYTES: usize = 1_000_000;

/// Begins a backup of the store whose journal is in `journal`.
pub(super) fn begin(shared: Arc<Shared>, journal: PathBuf) -> Backup {
    let (sender, pieces) = mpsc::channel(PIECES_MAX);
    tokio::task::spawn_blocking(move || {
        let made = caught(|| Maker::new(&shared, journal, &sender)?.make());
        if let Err(error) = made {
            // Whoever has gone does not want to know.
            sender.blocking_send(Err(error)).ok();
        }
    });
    Backup { pieces }
}

type Pieces = mpsc::Sender<Result<Bytes, StoreError>>;

struct Maker<'a> {
    shared: &'a Shared,
    journal: PathBuf,
    pieces: &'a Pieces,
    packer: Packer,
    at: Timestamp,
    group: u64,
    sum: Sum,
}

impl<'a> Maker<'a> {
    fn new(shared: &'a Shared, journal: PathBuf, pieces: &'a Pieces) -> Result<Self, StoreError> {
        let packer = Packer::new().map_err(|error| StoreError::of_file(&journal, error))?;
        let at = SystemClock.now();
        Ok(Self { shared, journal, pieces, packer, at, group: 0, sum: Sum::default() })
    }

    fn make(mut self) -> Result<(), StoreError> {
        let mark = self.shared.with_engine(Mark::of)?;
        self.group = mark.group;
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let head = Head { schema: layout::SCHEMA, version, at: self.at, group: mark.group };
        self.write(self.at, &[line(Kind::Backup, &head)])?;
        for range in layout::backup_ranges() {
            self.copy(range)?;
        }
        self.copy_journal(mark.journal)?;
        let end = self.sum.end();
        self.write(self.at, &[end])
    }

    /// Copies the records in `range`.
    fn copy(&mut self, range: Range<Vec<u8>>) -> Result<(), StoreError> {
        let mut rest = range;
        loop {
            let slice = self.shared.with_engine(|engine| Slice::read(engine, &rest))?;
            for name in slice.damaged {
                self.sum.add_damage(name);
            }
            self.add(self.at, &slice.entries)?;
            let Some(last) = slice.last else { return Ok(()) };
            rest.start = last;
            // The first key behind it.
            rest.start.push(0);
        }
    }

    /// Copies what the journal has said since `from`, where it ended when the backup began.
    fn copy_journal(&mut self, from: Option<Position>) -> Result<(), StoreError> {
        let Some(until) = self.shared.with_engine(Mark::of)?.journal else { return Ok(()) };
        for read in Reading::new(&self.journal, from, until)? {
            match read? {
                Read::Frame(frame) => self.add(frame.at, &frame.entries)?,
                Read::Damaged(damage) => self.sum.add_damage(restore::in_words(&damage)),
            }
        }
        Ok(())
    }

    fn add(&mut self, at: Timestamp, entries: &[Entry]) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        self.sum.add_lines(entries);
        self.write(at, entries)
    }

    /// Hands over frames with these lines.
    fn write(&mut self, at: Timestamp, entries: &[Entry]) -> Result<(), StoreError> {
        let mut frames = VecDeque::new();
        let packed = self.packer.pack(self.group, at, entries, |frame| {
            frames.push_back(Bytes::copy_from_slice(frame));
            Ok(())
        });
        packed.map_err(|error| StoreError::Refused { reason: error.to_string() })?;
        for frame in frames {
            self.sum.add_bytes(&frame);
            self.pieces.blocking_send(Ok(frame)).map_err(|_| closed())?;
        }
        Ok(())
    }
}

/// Some records, as lines.
#[derive(Default)]
struct Slice {
    entries: Vec<Entry>,
    damaged: Vec<String>,
    /// The last key that was looked at; none at the end of the range.
    last: Option<Vec<u8>>,
}

impl Slice {
    fn read(engine: &Engine, range: &Range<Vec<u8>>) -> Result<Self, StoreError> {
        let mut slice = Self::default();
        let mut n_bytes = 0;
        for key in engine.keys(range.clone()) {
            let key = key?;
            match lines(engine, &key) {
                Ok(lines) => {
                    let records = lines.iter().filter_map(|line| line.record.as_ref());
                    n_bytes += records.map(Vec::len).sum::<usize>();
                    slice.entries.extend(lines);
                }
                Err(StoreError::Corrupt { .. }) => slice.damaged.push(layout::name(&key)),
                Err(error) => return Err(error),
            }
            if SLICE_RECORDS <= slice.entries.len() || SLICE_BYTES <= n_bytes {
                slice.last = Some(key.to_vec());
                break;
            }
        }
        Ok(slice)
    }
}

/// All that stands at `key`, as lines; none if it is gone since the key was read.
pub(super) fn lines(engine: &Engine, key: &[u8]) -> Result<Vec<Entry>, StoreError> {
    if layout::is_bucket(key) {
        let bucket = Bucket::read(engine, key)?;
        return Ok(seen::lines(&bucket).map(|(_, line)| line).collect());
    }
    Ok(entry(engine, key)?.into_iter().collect())
}

/// The record at `key` as a line; none if it is gone since the key was read.
pub(super) fn entry(engine: &Engine, key: &[u8]) -> Result<Option<Entry>, StoreError> {
    let Some((kind, id)) = layout::named(key) else { return Ok(None) };
    Ok(engine.json(key)?.map(|record| Entry { kind, id, record: Some(record) }))
}
