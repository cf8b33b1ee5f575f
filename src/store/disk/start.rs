//! From what lies in a store's folder to a database that can be trusted.
//!
//! Invariant: only an error of the engine, a panic, or a database that says something else than
//! its sum, its note or the journal is damage; then it is kept under another name and made anew
//! from the journal.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::model::{Clock, SystemClock};
use crate::store::disk::digest::Digest;
use crate::store::disk::engine::{Batch, Engine, io_error};
use crate::store::disk::generation::{self, Generations};
use crate::store::disk::loading::{Loaded, load};
use crate::store::disk::mending::{self, Salvaged};
use crate::store::disk::notices::{Notice, add_notice};
use crate::store::disk::open::{self, caught};
use crate::store::disk::progress::{Mark, Note};
use crate::store::disk::restore::{self, Restored};
use crate::store::disk::{layout, migration};
use crate::store::journal::{Journal, Position, Read, Segment};
use crate::store::{Opening, StoreError};

/// A large store is compared with its sum for so long only: whoever starts a service waits.
const COMPARING_MAX: Duration = Duration::from_millis(1_500);

/// What the writer and the readers need.
pub(super) struct Started {
    pub(super) engine: Engine,
    pub(super) journal: Journal,
    pub(super) note: Note,
    pub(super) mark: Mark,
    pub(super) loaded: Loaded,
}

/// Brings up the store in `folder`, and makes it if there is none.
///
/// # Errors
/// The disk is full or fails, or a newer version wrote it. Damage ends in a rebuilt store.
pub(super) fn start(folder: &Path, opening: &Opening) -> Result<Started, StoreError> {
    let generations = Generations::of(folder);
    let journal = Journal::open(&folder.join(JOURNAL))?;
    let note = Note::open(folder)?;
    let salvaged = None;
    let mut start = Start { folder, generations, journal, note, opening, salvaged };
    if start.journal.segments().is_empty() {
        start.refuse_older_damage()?;
    }
    if start.never_was() {
        // A first start that was cut short; nothing was ever acknowledged.
        return start.make_anew(None);
    }
    let mut damage = None;
    for database in start.candidates() {
        match caught(|| start.take(&database)) {
            Ok((engine, mark, loaded)) => {
                start.generations.switch_to(&database).map_err(io_error)?;
                start.generations.remove_others(&database).map_err(io_error)?;
                let Start { journal, note, .. } = start;
                return Ok(Started { engine, journal, note, mark, loaded });
            }
            Err(StoreError::Corrupt { what }) => {
                let kept = start.set_aside(&database, &what)?;
                damage.get_or_insert((what, kept));
            }
            Err(error) => return Err(error),
        }
    }
    start.make_anew(damage)
}

/// The journal's folder.
pub(super) const JOURNAL: &str = "journal";

struct Start<'a> {
    folder: &'a Path,
    generations: Generations,
    journal: Journal,
    note: Note,
    opening: &'a Opening,
    /// What was found in a damaged database.
    salvaged: Option<Salvaged>,
}

impl Start<'_> {
    /// The database in use; if nothing says which one that is, all of them, newest first.
    fn candidates(&self) -> Vec<PathBuf> {
        self.generations.current().map_or_else(|| self.generations.all(), |it| vec![it])
    }

    /// Whether nothing was ever written.
    fn never_was(&self) -> bool {
        let has_old = self.candidates().iter().any(|database| is_old(database));
        self.generations.current().is_none()
            && !has_old
            && self.journal.segments().is_empty()
            && self.note.read().is_none()
    }

    /// A store of a version that kept no journal cannot be made anew.
    fn refuse_older_damage(&self) -> Result<(), StoreError> {
        let database = self.candidates().into_iter().find(|database| is_old(database));
        let Some(database) = database else { return Ok(()) };
        let looked = caught(|| {
            let engine = Engine::open(&database)?;
            open::schema(&engine)
        });
        let Err(StoreError::Corrupt { what }) = looked else { return Ok(()) };
        let database = database.display();
        let what = format!(
            "{what}; move {database} away (keep it) and start again, or bring back a backup"
        );
        Err(StoreError::Corrupt { what })
    }

    /// Opens one database, and proves that it can be trusted. From one that cannot, everything
    /// goes to the journal that can be read and does not stand there.
    fn take(&mut self, database: &Path) -> Result<(Engine, Mark, Loaded), StoreError> {
        let engine = self.open(database)?;
        let proven = caught(|| self.prove(&engine));
        if let Err(StoreError::Corrupt { .. }) = proven {
            let (group, at) = (self.next_group(), SystemClock.now());
            let salvaged = caught(|| mending::salvage(&engine, &mut self.journal, group, at));
            // A panic of sled ends it early; what was found until then is in the journal.
            self.salvaged = salvaged.ok();
        }
        let (mark, loaded) = proven?;
        Ok((engine, mark, loaded))
    }

    /// The number of a group behind all that were acknowledged.
    fn next_group(&self) -> u64 {
        self.note.read().map_or(0, |noted| noted.group) + 1
    }

    fn prove(&mut self, engine: &Engine) -> Result<(Mark, Loaded), StoreError> {
        let mark = Mark::of(engine)?;
        let noted = self.note.read().map_or(0, |noted| noted.group);
        if mark.group < noted {
            let found = mark.group;
            let what = format!("write {noted} was acknowledged, but the last one found is {found}");
            return Err(StoreError::Corrupt { what });
        }
        compare(engine, mark.digest)?;
        let mark = self.catch_up(engine, mark)?;
        let loaded = load(engine)?;
        Ok((mark, loaded))
    }

    /// Opens a database, of an older version too.
    fn open(&mut self, database: &Path) -> Result<Engine, StoreError> {
        let engine = Engine::open(database)?;
        let version = open::schema(&engine)?;
        if version == layout::SCHEMA {
            return Ok(engine);
        }
        drop(engine);
        migration::keep_copy(self.folder, database, version)?;
        let engine = Engine::open(database)?;
        migration::migrate(&engine, &mut self.journal, version)?;
        Ok(engine)
    }

    /// Takes in what the journal says and the database does not, or the other way round.
    fn catch_up(&mut self, engine: &Engine, mark: Mark) -> Result<Mark, StoreError> {
        let end = Some(self.journal.end());
        if end < mark.journal {
            return self.refill(engine, mark);
        }
        if end == mark.journal {
            return Ok(mark);
        }
        self.check_tail(mark)?;
        let writing = engine.for_writing()?;
        let mut mark = mark;
        let from = mark.journal;
        let restored = restore::take_in(&writing, &mut mark, &self.journal, from, &mut |_| {})?;
        mark.group = mark.group.max(restored.group);
        mark.journal = Some(self.journal.end());
        store_mark(&writing, &mut mark)?;
        if !restored.damaged.is_empty() {
            tell_damage(&writing, "the end of the journal was damaged", &restored.damaged)?;
        }
        self.note.write(&mark)?;
        tracing::info!(entries = restored.n_entries, "the store took in the end of its journal");
        Ok(mark)
    }

    /// A group is written to the journal and then to the database before the next one begins.
    fn check_tail(&self, mark: Mark) -> Result<(), StoreError> {
        for read in self.journal.read(mark.journal) {
            let group = match read? {
                Read::Frame(frame) => Some(frame.group),
                Read::Damaged(damage) => damage.group,
            };
            if let Some(group) = group.filter(|group| mark.group + 1 < *group) {
                let found = mark.group;
                let what = format!("the journal has write {group}, the last one found is {found}");
                return Err(StoreError::Corrupt { what });
            }
        }
        Ok(())
    }

    /// The journal lost its end: what it should say is written to it once more.
    fn refill(&mut self, engine: &Engine, mark: Mark) -> Result<Mark, StoreError> {
        let (wanted, end) = (mark.journal, Some(self.journal.end()));
        let at = SystemClock.now();
        let n_written = mending::refill(engine, &mut self.journal, mark.group + 1, at)?;
        let words = format!(
            "the journal ended at {}, but the database had seen {}: {n_written} records were \
             written to it again, nothing is lost",
            place(end),
            place(wanted)
        );
        tracing::error!("{words}");
        let writing = engine.for_writing()?;
        add_notice(&writing, Notice { at, text: words })?;
        let end = Some(self.journal.end());
        let mut mark = Mark { group: mark.group + 1, journal: end, ..mark };
        store_mark(&writing, &mut mark)?;
        self.note.write(&mark)?;
        Ok(mark)
    }

    fn set_aside(&self, database: &Path, what: &str) -> Result<PathBuf, StoreError> {
        let kept = self.generations.set_aside(database, SystemClock.now()).map_err(io_error)?;
        let kept_text = kept.display();
        tracing::error!("the store's database is damaged: {what}; it is kept as {kept_text}");
        Ok(kept)
    }

    /// Makes a database, from the journal if that says anything.
    fn make_anew(mut self, damage: Option<(String, PathBuf)>) -> Result<Started, StoreError> {
        let at = SystemClock.now();
        let database = self.generations.next();
        let is_new = damage.is_none() && self.journal.segments().is_empty();
        let engine = caught(|| open::begin(&database))?;
        let writing = engine.for_writing()?;
        let missing_end = self.missing_end();
        let (mut mark, restored) = self.rebuild(&writing)?;
        if !is_new {
            let lost = self.lost(&engine, missing_end, restored.damaged)?;
            let notice = rebuilt_words(damage, restored.n_entries, &lost);
            tracing::error!("{notice}");
            log_rest(&lost);
            add_notice(&writing, Notice { at, text: notice })?;
        }
        store_mark(&writing, &mut mark)?;
        open::finish(&writing)?;
        self.generations.switch_to(&database).map_err(io_error)?;
        self.note.write(&mark)?;
        let loaded = load(&engine)?;
        self.generations.remove_others(&database).map_err(io_error)?;
        let Self { journal, note, .. } = self;
        Ok(Started { engine, journal, note, mark, loaded })
    }

    /// What the journal once had and has no more, in words.
    fn missing_end(&self) -> Option<String> {
        let noted = self.note.read()?.journal?;
        let end = self.journal.end();
        (end < noted && self.salvaged.is_none()).then(|| {
            format!(
                "all records that were written last (the journal ends at {}, not at {noted})",
                place(Some(end))
            )
        })
    }

    /// What is in neither copy, by name.
    fn lost(
        &self,
        engine: &Engine,
        missing_end: Option<String>,
        damaged: Vec<String>,
    ) -> Result<Vec<String>, StoreError> {
        let salvaged = self.salvaged.as_ref();
        let unreadable = salvaged.map(|it| it.lost.clone()).unwrap_or_default();
        let mut lost: Vec<String> = missing_end.into_iter().chain(unreadable).collect();
        // What the journal cannot tell came from the database if that could be read, but a damaged
        // one may have forgotten what was written last.
        match salvaged {
            Some(salvaged) if salvaged.is_whole => {
                lost.extend(damaged.iter().map(|it| format!("perhaps the last state of {it}")));
            }
            _ => lost.extend(damaged),
        }
        lost.extend(mending::dangling(engine)?);
        lost.dedup();
        Ok(lost)
    }

    fn rebuild(&mut self, engine: &Engine) -> Result<(Mark, Restored), StoreError> {
        let mut mark = Mark::default();
        let mut parts = Parts::of(&self.journal);
        let opening = self.opening;
        let mut watch = |at: Position| opening.note(parts.percent(at));
        let restored = restore::take_in(engine, &mut mark, &self.journal, None, &mut watch)?;
        // Higher than whatever the lost database may have written.
        mark.group = restored.group.max(self.note.read().map_or(0, |noted| noted.group));
        mark.journal = Some(self.journal.end());
        Ok((mark, restored))
    }
}

/// Whether a version made the database that kept no journal.
pub(super) fn is_old(database: &Path) -> bool {
    database.file_name().is_some_and(|name| name == generation::FIRST)
}

/// Makes durable what was staged, and how far the store is with it.
pub(super) fn store_mark(engine: &Engine, mark: &mut Mark) -> Result<(), StoreError> {
    engine.stage(Batch::default(), mark)?;
    engine.write_staged()?;
    engine.sync()
}

/// Compares what is stored with the sum that it should have.
fn compare(engine: &Engine, expected: Digest) -> Result<(), StoreError> {
    let deadline = Instant::now() + COMPARING_MAX;
    let mut digest = Digest::default();
    for range in layout::digested_ranges() {
        for (n, pair) in engine.written(range).enumerate() {
            let (key, value) = pair?;
            if layout::is_digested(&key) {
                digest.replace(&key, None, Some(&value));
            }
            if n % 1_000 == 999 && deadline < Instant::now() {
                tracing::debug!("the store is too large to be compared with its sum now");
                return Ok(());
            }
        }
    }
    if digest == expected {
        return Ok(());
    }
    let what = format!("{digest} were found, {expected} should be there");
    Err(StoreError::Corrupt { what })
}

fn tell_damage(engine: &Engine, what: &str, damaged: &[String]) -> Result<(), StoreError> {
    let text = format!("{what}: {}", listed(damaged));
    tracing::error!("{text}");
    log_rest(damaged);
    add_notice(engine, Notice { at: SystemClock.now(), text })
}

fn rebuilt_words(damage: Option<(String, PathBuf)>, n: u64, lost: &[String]) -> String {
    let (why, kept) = match damage {
        Some((what, kept)) => (what, format!("; the damaged one is kept as {}", kept.display())),
        None => ("its database is gone".to_owned(), String::new()),
    };
    let lost = match lost {
        [] => "nothing that was acknowledged is lost".to_owned(),
        lost => format!("the journal is damaged too; lost: {}", listed(lost)),
    };
    format!(
        "the store was rebuilt from {n} lines of its journal ({why}){kept}; {lost}; feeds are read \
         anew"
    )
}

/// So many names fit a line that people read.
const NAMED_MAX: usize = 20;

/// The first ones by name, and how many more there are.
fn listed(damaged: &[String]) -> String {
    let named = damaged.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join("; ");
    match damaged.len().saturating_sub(NAMED_MAX) {
        0 => named,
        n => format!("{named}; and {n} more, which the log names"),
    }
}

/// The others, each by its name: nothing else will ever tell them.
fn log_rest(damaged: &[String]) {
    for name in damaged.iter().skip(NAMED_MAX) {
        tracing::error!("the store is damaged; lost: {name}");
    }
}

/// How far in the journal a place is.
struct Parts {
    segments: Vec<Segment>,
    /// Where the present segment ends, if that is known.
    end: Position,
}

impl Parts {
    fn of(journal: &Journal) -> Self {
        Self { segments: journal.segments(), end: journal.end() }
    }

    /// By months, and by bytes in the last one.
    fn percent(&mut self, at: Position) -> u32 {
        let n_before = self.segments.iter().filter(|segment| **segment < at.segment).count();
        let is_last = at.segment == self.end.segment;
        let within = at.offset.saturating_mul(100) / self.end.offset.max(1);
        let within = if is_last { within } else { 0 };
        let n = u64::try_from(self.segments.len().max(1)).unwrap_or(u64::MAX);
        let before = u64::try_from(n_before).unwrap_or(u64::MAX).saturating_mul(100);
        u32::try_from((before + within) / n).unwrap_or(100)
    }
}

fn place(position: Option<Position>) -> String {
    position.map_or_else(|| "its beginning".to_owned(), |position| position.to_string())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::store::disk::open::Schema;

    fn started(folder: &Path) -> Result<Started, StoreError> {
        start(folder, &Opening::default())
    }

    fn database(folder: &Path) -> PathBuf {
        Generations::of(folder).current().unwrap()
    }

    /// Goal: going back to an older version harms nothing and says what to do.
    #[test]
    fn newer_schema_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let engine = started(folder.path()).unwrap().engine;
        let mut batch = Batch::default();
        engine.put(&mut batch, layout::SCHEMA_KEY, &Schema { version: 7 }).unwrap();
        engine.apply(batch).unwrap();
        engine.sync().unwrap();
        drop(engine);
        let error = started(folder.path()).err().unwrap();
        insta::assert_snapshot!(error, @"a newer silkwire wrote this store (schema 7, this one reads 3): use the newer one");
        assert!(database(folder.path()).exists());
    }

    /// Goal: a first start that was cut short anywhere starts at the second attempt, and is not
    /// taken for damage.
    #[test]
    fn half_made_database_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let half = folder.path().join("sled-000001");
        drop(open::begin(&half).unwrap());
        let started = started(folder.path()).unwrap();
        assert_eq!(started.loaded.notices, []);
        assert!(started.engine.folder().exists());
        let names = fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name());
        assert!(!names.into_iter().any(|name| name.to_string_lossy().starts_with("store.bad")));
    }

    /// Goal: a database that is gone, or lost everything, is not taken for a new one.
    #[test]
    fn emptied_database_is_damage() {
        let folder = tempfile::tempdir().unwrap();
        drop(started(folder.path()).unwrap());
        let path = database(folder.path());
        fs::remove_dir_all(&path).unwrap();
        fs::create_dir(&path).unwrap();
        let notices = started(folder.path()).unwrap().loaded.notices;
        assert!(notices[0].text.contains("all its records are gone"), "{notices:?}");
        assert!(notices[0].text.contains("store.bad-"), "{notices:?}");
    }

    /// Goal: without `CURRENT` the complete database is found, whatever lies beside it.
    #[test]
    fn database_is_found_without_its_name() {
        let folder = tempfile::tempdir().unwrap();
        drop(started(folder.path()).unwrap());
        let path = database(folder.path());
        fs::remove_file(folder.path().join("CURRENT")).unwrap();
        drop(open::begin(&folder.path().join("sled-000002")).unwrap());
        assert_eq!(started(folder.path()).unwrap().engine.folder(), path);
    }
}
