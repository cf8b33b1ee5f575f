//! Brings a store back from a backup.
//!
//! Invariant: nothing is made before the whole backup was checked.
//! Invariant: the store is there when its journal has its name, complete and durable; what an
//! attempt that was cut short left before that is no store, and goes at the next one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::model::NearMiss;
use crate::store::backup::{BackupReader, BackupReport};
use crate::store::disk::engine::Engine;
use crate::store::disk::generation::Generations;
use crate::store::disk::open::{self, IfMissing};
use crate::store::disk::progress::{Mark, Note};
use crate::store::disk::start::{JOURNAL, is_old, store_mark};
use crate::store::disk::{indexing, layout, restore};
use crate::store::journal::{Entry, Journal, Kind};
use crate::store::{Opening, Sighting, StoreError};

/// The journal while it is made.
const JOURNAL_NEW: &str = "journal.new";

/// Makes the store in `folder` from the backup at `file`. Blocks.
pub(super) fn bring_back(folder: &Path, file: &Path) -> Result<BackupReport, StoreError> {
    let schema = BackupReader::open(file)?.head()?.schema;
    if layout::SCHEMA < schema {
        return Err(StoreError::Newer { found: schema, known: layout::SCHEMA });
    }
    let report = BackupReport::of(file)?;
    let file = file.to_owned();
    let opening = Opening::default();
    let make = move |folder: &Path| make(folder, &file);
    // The lock ends here.
    let (_lock, ()) = open::open(folder, IfMissing::Create, &opening, make)?;
    Ok(report)
}

fn make(folder: &Path, file: &Path) -> Result<(), StoreError> {
    let generations = Generations::of(folder);
    refuse_store(folder, &generations)?;
    let failed = |error: io::Error| StoreError::of_file(folder, error);
    // What an attempt that was cut short left, and the index of a store that is no more.
    let (journal_new, index) = (folder.join(JOURNAL_NEW), folder.join(indexing::FOLDER));
    let left = generations.all().into_iter().chain([journal_new.clone(), index]);
    for left in left.filter(|left| left.exists()) {
        fs::remove_dir_all(left).map_err(failed)?;
    }
    let database = generations.next();
    let engine = open::begin(&database)?.for_writing()?;
    let mark = Filling::begin(&engine, &journal_new, file)?.fill()?;
    open::finish(&engine)?;
    drop(engine);
    let journal = folder.join(JOURNAL);
    if journal.exists() {
        // An empty one: see above.
        fs::remove_dir_all(&journal).map_err(failed)?;
    }
    fs::rename(&journal_new, &journal).map_err(failed)?;
    generations.switch_to(&database).map_err(failed)?;
    Note::open(folder)?.write(&mark)
}

/// A store that is there is never written over.
fn refuse_store(folder: &Path, generations: &Generations) -> Result<(), StoreError> {
    let has_lines = |journal: PathBuf| -> Result<bool, StoreError> {
        Ok(journal.exists() && !Journal::open(&journal)?.segments().is_empty())
    };
    let is_store = generations.current().is_some()
        || generations.all().iter().any(|database| is_old(database))
        || has_lines(folder.join(JOURNAL))?;
    if !is_store {
        return Ok(());
    }
    let folder = folder.display();
    let reason = format!(
        "there is a store in {folder}: name an empty folder with --state DIR, or move that one away"
    );
    Err(StoreError::Refused { reason })
}

/// A journal and a database in the making.
struct Filling<'a> {
    engine: &'a Engine,
    journal: Journal,
    reader: BackupReader,
    mark: Mark,
}

impl<'a> Filling<'a> {
    fn begin(engine: &'a Engine, journal: &Path, file: &Path) -> Result<Self, StoreError> {
        let journal = Journal::open(journal)?;
        let reader = BackupReader::open(file)?;
        Ok(Self { engine, journal, reader, mark: Mark::default() })
    }

    fn fill(mut self) -> Result<Mark, StoreError> {
        let head = self.reader.head()?.clone();
        while let Some(entries) = self.reader.next()? {
            if let Err(reason) = restore::put_all(self.engine, &mut self.mark, &entries)? {
                return Err(StoreError::Refused { reason });
            }
            self.engine.write_staged()?;
            let mut lines = Vec::with_capacity(entries.len());
            for entry in entries {
                if self.is_journaled(&entry)? {
                    lines.push(entry);
                }
            }
            if !lines.is_empty() {
                self.journal.append(head.group, head.at, &lines)?;
            }
        }
        self.journal.sync()?;
        self.mark.group = head.group;
        self.mark.journal = Some(self.journal.end());
        store_mark(self.engine, &mut self.mark)?;
        Ok(self.mark)
    }

    /// Whether the journal keeps such a line: a backup has more.
    fn is_journaled(&self, entry: &Entry) -> Result<bool, StoreError> {
        let record = entry.record.as_deref();
        match entry.kind {
            Kind::FeedState | Kind::Steps | Kind::Backup | Kind::End => Ok(false),
            Kind::NearMiss => Ok(record.is_none_or(|record| {
                let near_miss: Option<NearMiss> = serde_json::from_slice(record).ok();
                near_miss.is_none_or(|near_miss| near_miss.review.is_some())
            })),
            Kind::Seen => {
                let sighting = record.and_then(|record| serde_json::from_slice(record).ok());
                sighting.map_or(Ok(true), |sighting: Sighting| {
                    self.engine.contains(&layout::article(sighting.article))
                })
            }
            _ => Ok(true),
        }
    }
}
