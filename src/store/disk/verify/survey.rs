//! Reads everything, while the store goes on, and notes what looks wrong.
//!
//! Something may be written between two looks, so what is noted here is looked at again by the
//! writer, who sees both copies stand still.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::path::Path;

use crate::store::StoreError;
use crate::store::disk::engine::Engine;
use crate::store::disk::mending::{States, fingerprint, name_hash};
use crate::store::disk::progress::Mark;
use crate::store::disk::seen::{self, Bucket};
use crate::store::disk::shared::Shared;
use crate::store::disk::verify::stored::{
    INDEXES, Standing, Stored, is_entry, is_journaled, is_stray,
};
use crate::store::disk::{layout, record, restore};
use crate::store::journal::{Damage, Entry, Kind, Position, Read, Reading};
use crate::store::verify::VerifyReport;

/// More than that is looked at in a further round: a bound for memory.
const SUSPECTS_MAX: usize = 10_000;
const BYTES_MAX: usize = 64_000_000;

/// The database is held for so many keys at a time.
const SLICE_KEYS: usize = 500;

/// What looks wrong, with everything that the writer needs to look again and to heal.
#[derive(Default)]
pub(in crate::store::disk) struct Suspects {
    pub(super) records: BTreeSet<(Kind, String)>,
    /// Entries of indexes, and continuations, that nobody seems to want.
    pub(super) strays: BTreeSet<Vec<u8>>,
    /// Records that another one names and that are not there.
    pub(super) missing: BTreeSet<(Vec<u8>, Vec<u8>)>,
    /// Stories that contradict their matches.
    pub(super) stories: BTreeSet<Vec<u8>>,
    /// Buckets of seen keys that cannot be read.
    pub(super) buckets: BTreeSet<Vec<u8>>,
    /// What the journal said of the suspected records up to `until`.
    pub(super) said: HashMap<u64, Entry>,
    pub(super) until: Option<Position>,
    /// Records of which the journal may have lost something.
    pub(super) doubtful: HashSet<u64>,
    /// Whether it may have lost something of any record.
    pub(super) is_all_doubtful: bool,
    /// Whether the database has the sum that it should have, if that was looked at.
    pub(super) is_database_whole: bool,
    /// Whether there are more.
    pub(in crate::store::disk) is_partial: bool,
}

impl Suspects {
    pub(in crate::store::disk) fn is_empty(&self) -> bool {
        self.records.is_empty()
            && self.strays.is_empty()
            && self.missing.is_empty()
            && self.stories.is_empty()
            && self.buckets.is_empty()
    }

    /// Whether `entry` is of a seen key whose bucket cannot be read.
    pub(super) fn is_in_bucket(&self, entry: &Entry) -> bool {
        entry.kind == Kind::Seen
            && layout::seen_key(&entry.id)
                .is_some_and(|key| self.buckets.contains(&layout::bucket(key)[..]))
    }

    fn has_room(&mut self) -> bool {
        let n = [self.records.len(), self.strays.len(), self.missing.len()];
        let n = n.iter().sum::<usize>() + self.stories.len() + self.buckets.len();
        let has_room = n < SUSPECTS_MAX;
        self.is_partial |= !has_room;
        has_room
    }

    fn suspect(&mut self, kind: Kind, id: &str) {
        if self.has_room() {
            self.records.insert((kind, id.to_owned()));
        }
    }
}

/// Reads both copies and says what looks wrong.
pub(in crate::store::disk) fn survey(
    shared: &Shared,
    journal: &Path,
) -> Result<(VerifyReport, Suspects), StoreError> {
    let until = shared.with_engine(Mark::of)?.journal;
    let mut survey = Survey::new(shared, journal);
    survey.suspects.until = until;
    survey.read_journal()?;
    for range in layout::backup_ranges() {
        survey.each(range, |survey, engine, key, _| survey.record(engine, key))?;
    }
    survey.indexes()?;
    survey.leftovers();
    survey.collect()?;
    Ok((survey.report, survey.suspects))
}

/// Looks at what stands at a key.
type Look<T> = fn(&mut T, &Engine, &[u8], &[u8]) -> Result<(), StoreError>;

struct Survey<'a> {
    shared: &'a Shared,
    journal: &'a Path,
    said: States,
    /// How many entries each index should have.
    wanted: HashMap<u8, u64>,
    /// What is said only in the journal, as hashes of names.
    leftovers: HashSet<u64>,
    suspects: Suspects,
    report: VerifyReport,
}

impl<'a> Survey<'a> {
    fn new(shared: &'a Shared, journal: &'a Path) -> Self {
        Self {
            shared,
            journal,
            said: States::new(),
            wanted: HashMap::new(),
            leftovers: HashSet::new(),
            suspects: Suspects::default(),
            report: VerifyReport::default(),
        }
    }

    /// Reads what the journal says, up to where the database is.
    fn reading(&self) -> Result<Option<Reading>, StoreError> {
        let until = self.suspects.until;
        until.map(|until| Reading::new(self.journal, None, until)).transpose()
    }

    fn read_journal(&mut self) -> Result<(), StoreError> {
        for read in self.reading()?.into_iter().flatten() {
            match read? {
                Read::Frame(frame) => {
                    self.report.n_lines += frame.entries.len() as u64;
                    for Entry { kind, id, record } in frame.entries {
                        let state = record.as_deref().map(fingerprint);
                        self.said.insert(name_hash(kind, &id), (kind, state));
                    }
                }
                Read::Damaged(damage) => self.damaged(&damage),
            }
        }
        Ok(())
    }

    fn damaged(&mut self, damage: &Damage) {
        if self.report.damaged_places.len() < VerifyReport::FINDINGS_MAX {
            self.report.damaged_places.push(restore::in_words(damage));
        }
        self.suspects.is_all_doubtful |= damage.names.is_empty();
        for (kind, id) in &damage.names {
            self.suspects.doubtful.insert(name_hash(*kind, id));
            self.suspects.suspect(*kind, id);
        }
    }

    /// Looks at every key in `range`, a few at a time.
    fn each(&mut self, range: Range<Vec<u8>>, look: Look<Self>) -> Result<(), StoreError> {
        let mut rest = range;
        loop {
            let shared = self.shared;
            let last = shared.with_engine(|engine| {
                for (n, pair) in engine.written(rest.clone()).enumerate() {
                    let (key, value) = pair?;
                    self.report.n_records += 1;
                    look(self, engine, &key, &value)?;
                    if n + 1 == SLICE_KEYS {
                        return Ok(Some(key.to_vec()));
                    }
                }
                Ok(None)
            })?;
            let Some(last) = last else { return Ok(()) };
            // The first key behind it.
            rest.start = [&last[..], &[0]].concat();
        }
    }

    fn record(&mut self, engine: &Engine, key: &[u8]) -> Result<(), StoreError> {
        if layout::is_bucket(key) {
            return self.bucket(engine, key);
        }
        let Some((kind, id)) = layout::named(key) else {
            self.stray(key);
            return Ok(());
        };
        let Standing::Sound(stored, json) = Standing::of(engine, key)? else {
            self.suspects.suspect(kind, &id);
            return Ok(());
        };
        let said = self.said.remove(&name_hash(kind, &id)).and_then(|(_, state)| state);
        let expected = is_journaled(kind, &stored).then(|| fingerprint(&json));
        if said != expected || !self.has_index_entries(engine, &stored)? {
            self.suspects.suspect(kind, &id);
        }
        for needed in stored.needs() {
            if !engine.contains(&needed)? && !self.is_gone(&needed) && self.suspects.has_room() {
                self.suspects.missing.insert((key.to_vec(), needed));
            }
        }
        if stored.wrong_size(engine).is_some() && self.suspects.has_room() {
            self.suspects.stories.insert(key.to_vec());
        }
        Ok(())
    }

    /// Looks at all seen keys of a bucket.
    fn bucket(&mut self, engine: &Engine, key: &[u8]) -> Result<(), StoreError> {
        let bucket = match Bucket::read(engine, key) {
            Ok(bucket) => bucket,
            Err(StoreError::Corrupt { .. }) => {
                if self.suspects.has_room() {
                    self.suspects.buckets.insert(key.to_vec());
                }
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        for (sighting, line) in seen::lines(&bucket) {
            self.report.n_records += 1;
            let said = self.said.remove(&name_hash(Kind::Seen, &line.id));
            let is_said = said.is_some_and(|(_, state)| state.is_some());
            // One is noted anew now and then, and need not be said again.
            if self.suspects.is_all_doubtful
                && !is_said
                && engine.contains(&layout::article(sighting.article))?
            {
                self.suspects.suspect(Kind::Seen, &line.id);
            }
        }
        Ok(())
    }

    fn has_index_entries(&mut self, engine: &Engine, stored: &Stored) -> Result<bool, StoreError> {
        let mut has_all = true;
        for (key, value) in stored.index_entries() {
            if let Some(index) = key.first() {
                *self.wanted.entry(*index).or_default() += 1;
            }
            has_all &= engine.value(&key)?.is_some_and(|stored| is_entry(&key, &stored, &value));
        }
        Ok(has_all)
    }

    /// Whether the journal says that the record at `key` went.
    fn is_gone(&self, key: &[u8]) -> bool {
        let name = layout::named(key).map(|(kind, id)| name_hash(kind, &id));
        name.and_then(|name| self.said.get(&name)).is_some_and(|(_, state)| state.is_none())
    }

    /// Looks for entries of indexes that no record wants, where there are more than there should
    /// be, and for continuations without a beginning.
    fn indexes(&mut self) -> Result<(), StoreError> {
        for (index, _) in INDEXES {
            let range = layout::starting_with(&[*index]);
            let before = self.report.n_records;
            self.each(range.clone(), |_, _, _, _| Ok(()))?;
            let n = self.report.n_records - before;
            if n != self.wanted.get(index).copied().unwrap_or_default() {
                self.each(range, |survey, engine, key, _| survey.unwanted(engine, key))?;
                self.report.n_records -= n;
            }
        }
        let continuations = layout::starting_with(&[layout::CHUNK]);
        self.each(continuations, |survey, engine, key, value| {
            if record::open_frame(key, value).is_err() {
                let owner = layout::continued(key).and_then(|(record, _)| layout::named(record));
                if let Some((kind, id)) = owner {
                    survey.suspects.suspect(kind, &id);
                }
            }
            survey.unwanted(engine, key)
        })
    }

    fn unwanted(&mut self, engine: &Engine, key: &[u8]) -> Result<(), StoreError> {
        if is_stray(engine, key)? {
            self.stray(key);
        }
        Ok(())
    }

    fn stray(&mut self, key: &[u8]) {
        if self.suspects.has_room() {
            self.suspects.strays.insert(key.to_vec());
        }
    }

    /// What is in the journal only. What goes by age alone is not written there.
    fn leftovers(&mut self) {
        let is_kept = |kind: Kind| !matches!(kind, Kind::Sketch | Kind::Seen);
        let said = std::mem::take(&mut self.said).into_iter();
        let left = said.filter(|(_, (kind, state))| state.is_some() && is_kept(*kind));
        let left: Vec<u64> = left.map(|(name, _)| name).collect();
        self.suspects.is_partial |= SUSPECTS_MAX < left.len();
        self.leftovers.extend(left.into_iter().take(SUSPECTS_MAX));
    }

    /// Collects what the journal says of all that is suspected.
    fn collect(&mut self) -> Result<(), StoreError> {
        let names = self.suspects.records.iter().map(|(kind, id)| name_hash(*kind, id));
        let wanted: HashSet<u64> = names.chain(self.leftovers.iter().copied()).collect();
        if wanted.is_empty() && self.suspects.buckets.is_empty() {
            return Ok(());
        }
        let mut n_bytes = 0;
        for read in self.reading()?.into_iter().flatten() {
            let Read::Frame(frame) = read? else { continue };
            for entry in frame.entries {
                let name = name_hash(entry.kind, &entry.id);
                if !wanted.contains(&name) && !self.suspects.is_in_bucket(&entry) {
                    continue;
                }
                n_bytes += entry.record.as_ref().map_or(0, Vec::len);
                if wanted.contains(&name) {
                    self.suspects.records.insert((entry.kind, entry.id.clone()));
                }
                let before = self.suspects.said.insert(name, entry);
                n_bytes -= before.and_then(|before| before.record).map_or(0, |it| it.len());
            }
            if BYTES_MAX < n_bytes {
                // The rest is for a further round, when these are healed.
                self.suspects.is_partial = true;
                return self.drop_large();
            }
        }
        Ok(())
    }

    /// Leaves all but some of the suspects for a further round: what the journal says last of
    /// them must be known.
    fn drop_large(&mut self) -> Result<(), StoreError> {
        let keep = self.suspects.records.len() / 2;
        if keep == 0 {
            let what = "a record of the journal is too large to be looked at".to_owned();
            return Err(StoreError::Corrupt { what });
        }
        while keep < self.suspects.records.len() {
            self.suspects.records.pop_last();
        }
        self.suspects.said.clear();
        self.suspects.buckets.clear();
        self.leftovers.clear();
        self.collect()
    }
}
