//! The index itself: made, opened, filled, thrown away.
//!
//! Invariant: an index that cannot be trusted in every file is not opened.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tantivy::indexer::IndexWriterOptions;
use tantivy::merge_policy::LogMergePolicy;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{
    DocSet, Index, IndexReader, IndexWriter, ReloadPolicy, SegmentMeta, TERMINATED, TantivyError,
    Term,
};

use crate::model::{Article, ArticleId, Match, MatchId};
use crate::store::StoreError;
use crate::store::journal::Position;
use crate::store::search::ranking::{Rank, Top};
use crate::store::search::schema::{self, Fields};
use crate::store::search::segment::{Question, Segment};

/// The least that tantivy works with. What does not fit goes to the disk early.
const WRITER_BYTES: usize = 15_000_000;

/// How often, and with which pause, it is tried to write a segment anew.
const FORGET_ATTEMPTS: u32 = 300;
const FORGET_PAUSE: Duration = Duration::from_millis(100);

/// A segment is merged when so much of it has been replaced or removed.
const REMOVED_SHARE_MAX: f32 = 0.3;

/// Up to which group of writes the index is complete, and where that group ends in the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct Mark {
    pub(in crate::store) group: u64,
    pub(in crate::store) journal: Option<Position>,
}

/// The index failed, or is not what was written.
#[derive(Debug, thiserror::Error)]
#[error("search index: {reason}")]
pub(in crate::store) struct IndexError {
    reason: String,
    /// There was no room for it: what is there is good.
    pub(in crate::store) is_full: bool,
}

impl IndexError {
    pub(in crate::store) fn because(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), is_full: false }
    }

    /// The store could not be read.
    pub(in crate::store) fn of_store(error: &StoreError) -> Self {
        Self { reason: error.to_string(), is_full: matches!(error, StoreError::Full(_)) }
    }
}

impl From<TantivyError> for IndexError {
    fn from(error: TantivyError) -> Self {
        let is_full = match &error {
            TantivyError::IoError(error) => is_full(error),
            _ => error.to_string().contains("No space left"),
        };
        Self { reason: error.to_string(), is_full }
    }
}

impl From<io::Error> for IndexError {
    fn from(error: io::Error) -> Self {
        Self { is_full: is_full(&error), reason: error.to_string() }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Runs `work`, in which tantivy may panic on files that are damaged.
pub(in crate::store) fn guarded<T>(
    work: impl FnOnce() -> Result<T, IndexError>,
) -> Result<T, IndexError> {
    let panicked = |panic: Box<dyn Any + Send>| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(IndexError::because(text.unwrap_or("it panicked without a word")))
    };
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(panicked)
}

/// What the last commit said of the index.
#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    format: u32,
    mark: Mark,
    /// How many matches it holds.
    n: u64,
}

impl Payload {
    /// With a sum in front: tantivy keeps none for the file in which this stands.
    fn to_text(&self) -> String {
        let json = serde_json::to_string(self).expect("numbers are JSON");
        format!("{:08x} {json}", crc32c::crc32c(json.as_bytes()))
    }

    fn parse(text: &str) -> Option<Self> {
        let (sum, json) = text.split_once(' ')?;
        let sum = u32::from_str_radix(sum, 16).ok()?;
        if sum != crc32c::crc32c(json.as_bytes()) {
            return None;
        }
        serde_json::from_str(json).ok()
    }
}

/// The index, open to be filled.
pub(in crate::store) struct SearchIndex {
    index: Index,
    searchable: Searchable,
    writer: IndexWriter,
    /// What was put in or taken out since the last commit, and whether it is in.
    changed: HashMap<MatchId, bool>,
    /// Matches went since the last commit: their words must go from the disk too.
    has_gone: bool,
}

impl SearchIndex {
    /// An empty index in memory.
    pub(in crate::store) fn in_memory() -> Result<Self, IndexError> {
        let (schema, fields) = schema::schema();
        Self::of(Index::create_in_ram(schema), fields)
    }

    /// An empty index in `folder`, in place of whatever is there.
    pub(in crate::store) fn create(folder: &Path) -> Result<Self, IndexError> {
        guarded(|| {
            match fs::remove_dir_all(folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            let (schema, fields) = schema::schema();
            Self::of(Index::create_in_dir(folder, schema)?, fields)
        })
    }

    /// The index in `folder`, every byte of which is read and compared, and up to where it is
    /// complete; none if it is of another format.
    ///
    /// # Errors
    /// It is missing or damaged.
    pub(in crate::store) fn open(folder: &Path) -> Result<Option<(Self, Mark)>, IndexError> {
        guarded(|| {
            let index = Index::open_in_dir(folder)?;
            let (schema, fields) = schema::schema();
            let payload = index.load_metas()?.payload.as_deref().and_then(Payload::parse);
            let Some(Payload { format: schema::FORMAT, mark, n }) = payload else {
                return Ok(None);
            };
            if index.schema() != schema {
                return Ok(None);
            }
            if let Some(file) = index.validate_checksum()?.into_iter().next() {
                return Err(IndexError::because(format!("{} is damaged", file.display())));
            }
            let opened = Self::of(index, fields)?;
            if opened.searchable.n_matches() != n {
                return Err(IndexError::because("matches are missing"));
            }
            Ok(Some((opened, mark)))
        })
    }

    fn of(index: Index, fields: Fields) -> Result<Self, IndexError> {
        schema::register_tokenizer(&index);
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let options = IndexWriterOptions::builder()
            .memory_budget_per_thread(WRITER_BYTES)
            .num_worker_threads(1)
            .num_merge_threads(1)
            .build();
        let writer = index.writer_with_options(options)?;
        let mut policy = LogMergePolicy::default();
        policy.set_del_docs_ratio_before_merge(REMOVED_SHARE_MAX);
        writer.set_merge_policy(Box::new(policy));
        Ok(Self {
            index,
            searchable: Searchable { reader, fields },
            writer,
            changed: HashMap::new(),
            has_gone: false,
        })
    }

    /// What readers look through; it follows each commit.
    pub(in crate::store) fn searchable(&self) -> Searchable {
        self.searchable.clone()
    }

    /// Puts a match in, in place of what was there of it.
    pub(in crate::store) fn put(
        &mut self,
        matched: &Match,
        article: &Article,
    ) -> Result<(), IndexError> {
        let fields = &self.searchable.fields;
        // Of a text that was dropped nothing may be left.
        self.has_gone |= article.body.is_empty() && article.summary.is_empty();
        self.writer.delete_term(schema::id_term(fields, matched.id));
        self.writer.add_document(schema::document(fields, matched, article))?;
        self.changed.insert(matched.id, true);
        Ok(())
    }

    /// Takes a match out.
    pub(in crate::store) fn remove(&mut self, id: MatchId) {
        self.has_gone = true;
        self.changed.insert(id, false);
        self.writer.delete_term(schema::id_term(&self.searchable.fields, id));
    }

    /// Makes all that durable and lets readers see it; it is complete up to `mark`.
    pub(in crate::store) fn commit(&mut self, mark: Mark) -> Result<(), IndexError> {
        guarded(|| {
            self.write(mark)?;
            if self.has_gone {
                self.forget()?;
                self.has_gone = false;
            }
            Ok(())
        })
    }

    fn write(&mut self, mark: Mark) -> Result<(), IndexError> {
        let mut n = self.searchable.n_matches();
        for (id, is_in) in self.changed.drain() {
            match (self.searchable.holds(id)?, is_in) {
                (false, true) => n += 1,
                (true, false) => n = n.saturating_sub(1),
                _ => {}
            }
        }
        let payload = Payload { format: schema::FORMAT, mark, n };
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&payload.to_text());
        commit.commit()?;
        Ok(self.searchable.reader.reload()?)
    }

    /// How many matches went whose words are still in some file.
    #[cfg(test)]
    pub(super) fn n_removed(&self) -> u32 {
        let segments = self.index.searchable_segment_metas().unwrap();
        segments.iter().map(SegmentMeta::num_deleted_docs).sum()
    }

    /// Writes segments anew that still hold words of matches that went.
    fn forget(&mut self) -> Result<(), IndexError> {
        for n_left in (0..FORGET_ATTEMPTS).rev() {
            let segments = self.index.searchable_segment_metas()?;
            let torn = segments.iter().filter(|it| it.has_deletes()).map(SegmentMeta::id);
            let torn: Vec<_> = torn.collect();
            if torn.is_empty() {
                break;
            }
            match self.writer.merge(&torn).wait() {
                Ok(_) => {}
                Err(error) if n_left == 0 => return Err(error.into()),
                // tantivy is writing one of them anew already.
                Err(_) => thread::sleep(FORGET_PAUSE),
            }
        }
        self.searchable.reader.reload()?;
        self.writer.garbage_collect_files().wait()?;
        Ok(())
    }
}

/// A committed index, for readers.
#[derive(Clone)]
pub(in crate::store) struct Searchable {
    reader: IndexReader,
    fields: Fields,
}

impl Searchable {
    /// The first `limit` places behind `behind`.
    pub(super) fn ranks(
        &self,
        question: &Question,
        limit: usize,
        behind: Option<Rank>,
    ) -> Result<Vec<Rank>, IndexError> {
        guarded(|| {
            let mut top = Top::new(limit, behind);
            for reader in self.reader.searcher().segment_readers() {
                Segment::open(reader, &self.fields)?.find(question, &mut top)?;
            }
            Ok(top.into_ranks())
        })
    }

    /// The matches of an article that are in the index.
    pub(in crate::store) fn matches_of(
        &self,
        article: ArticleId,
    ) -> Result<Vec<MatchId>, IndexError> {
        guarded(|| self.with(&schema::article_term(&self.fields, article), self.fields.article))
    }

    fn holds(&self, id: MatchId) -> Result<bool, IndexError> {
        Ok(!self.with(&schema::id_term(&self.fields, id), self.fields.id)?.is_empty())
    }

    /// The matches that have a number in `field`.
    fn with(&self, number: &Term, field: Field) -> Result<Vec<MatchId>, IndexError> {
        let mut matches = Vec::new();
        for reader in self.reader.searcher().segment_readers() {
            let ids = reader.fast_fields().u64(schema::ID)?;
            let numbers = reader.inverted_index(field)?;
            let Some(mut docs) = numbers.read_postings(number, IndexRecordOption::Basic)? else {
                continue;
            };
            while docs.doc() != TERMINATED {
                if !reader.is_deleted(docs.doc()) {
                    matches.extend(ids.first(docs.doc()).map(schema::match_id));
                }
                docs.advance();
            }
        }
        Ok(matches)
    }

    fn n_matches(&self) -> u64 {
        self.reader.searcher().num_docs()
    }
}

impl fmt::Debug for SearchIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SearchIndex").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a payload that was touched is not believed.
    #[test]
    fn payload_knows_whether_it_is_whole() {
        let payload = Payload { format: schema::FORMAT, mark: Mark::default(), n: 12 };
        let text = payload.to_text();
        assert_eq!(Payload::parse(&text).unwrap().n, 12);
        assert!(Payload::parse(&text.replace("12", "13")).is_none());
        assert!(Payload::parse("").is_none());
    }
}
