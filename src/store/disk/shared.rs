//! What the writer and the readers of one open store share.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use crate::model::{FeedId, FeedState, Match, MatchId, Sketch, Timestamp, minute_of};
use crate::store::catalog::Catalog;
use crate::store::disk::engine::Engine;
use crate::store::disk::indexing::Indexing;
use crate::store::disk::notices::Notice;
use crate::store::disk::open::FolderLock;
use crate::store::disk::space::{Level, full};
use crate::store::outbox::Leases;
use crate::store::ownership::Owner;
use crate::store::paging::Place;
use crate::store::sketchbook::Sketchbook;
use crate::store::{Epoch, StoreError, StoreHealth, StoreSize};

/// Damage is told for so long.
const TOLD_FOR: Duration = Duration::from_hours(24 * 7);

/// What the writer and the readers of one open store share.
pub(super) struct Shared {
    /// None once the store is closed.
    opened: RwLock<Option<Opened>>,
    /// States that the writer folds into its next batch.
    finished: Mutex<HashMap<FeedId, FeedState>>,
    sketchbook: Mutex<Sketchbook>,
    catalog: Mutex<Catalog>,
    notices: Mutex<Vec<Notice>>,
    failure: Mutex<Option<Failure>>,
    condition: Mutex<Condition>,
    owner: Mutex<Option<Owner>>,
    pub(super) leases: Leases,
    pub(super) indexing: Indexing,
}

/// How the store is, as far as its disk goes.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub(super) level: Level,
    /// What people should know of the room on the disk.
    pub(super) words: Option<String>,
    pub(super) size: StoreSize,
}

/// In the order in which they are dropped: nobody may come in before the database is closed.
struct Opened {
    /// None while the database is being opened again.
    engine: Option<Engine>,
    _lock: FolderLock,
}

impl Shared {
    pub(super) fn new(
        engine: Engine,
        lock: FolderLock,
        sketchbook: Sketchbook,
        catalog: Catalog,
        notices: Vec<Notice>,
        condition: Condition,
        indexing: Indexing,
    ) -> Self {
        Self {
            opened: RwLock::new(Some(Opened { engine: Some(engine), _lock: lock })),
            finished: Mutex::default(),
            sketchbook: Mutex::new(sketchbook),
            catalog: Mutex::new(catalog),
            notices: Mutex::new(notices),
            failure: Mutex::default(),
            condition: Mutex::new(condition),
            owner: Mutex::default(),
            leases: Leases::default(),
            indexing,
        }
    }

    /// Runs `work` on the engine, which stays open meanwhile.
    pub(super) fn with_engine<T>(
        &self,
        work: impl FnOnce(&Engine) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let opened = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        match &opened.as_ref().ok_or_else(closed)?.engine {
            Some(engine) => work(engine),
            None => self.check_writable().and_then(|()| Err(away())),
        }
    }

    /// Waits for the readers and lets go of the database, so that it can be opened again.
    pub(super) fn drop_engine(&self) {
        let mut opened = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        let engine = opened.as_mut().and_then(|opened| opened.engine.take());
        drop(engine);
    }

    /// Waits for the readers and gives them another database with the same content.
    pub(super) fn replace_engine(&self, engine: Engine) {
        let mut opened = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(opened) = opened.as_mut() {
            opened.engine = Some(engine);
        }
    }

    /// Gives readers a database that was opened again, with what belongs to it in memory, and
    /// lets them write again.
    pub(super) fn reopened(
        &self,
        engine: Engine,
        sketchbook: Sketchbook,
        catalog: Catalog,
        notices: Vec<Notice>,
    ) {
        *locked(&self.notices) = notices;
        *locked(&self.sketchbook) = sketchbook;
        *locked(&self.catalog) = catalog;
        self.replace_engine(engine);
        *locked(&self.failure) = None;
    }

    /// Waits for the readers and lets go of the folder.
    pub(super) fn close(&self) {
        let opened = self.opened.write().unwrap_or_else(PoisonError::into_inner).take();
        drop(opened);
    }

    /// Notes that a feed brought nothing new.
    pub(super) fn finish(&self, state: FeedState) {
        locked(&self.finished).insert(state.feed, state);
    }

    /// States that are not written yet; they win over what is written.
    pub(super) fn finished(&self) -> HashMap<FeedId, FeedState> {
        locked(&self.finished).clone()
    }

    /// The state of `feed` that is not written yet.
    pub(super) fn finished_state(&self, feed: FeedId) -> Option<FeedState> {
        locked(&self.finished).get(&feed).cloned()
    }

    /// Forgets states that are written by now, but none that came later.
    pub(super) fn forget_finished(&self, written: &HashMap<FeedId, FeedState>) {
        locked(&self.finished).retain(|feed, state| written.get(feed) != Some(state));
    }

    /// Forgets the state of a feed for which a newer one was committed.
    pub(super) fn forget_finished_of(&self, feed: FeedId) {
        locked(&self.finished).remove(&feed);
    }

    /// Adds sketches and says which ones fell out.
    pub(super) fn add_sketches(&self, sketches: Vec<Sketch>) -> Vec<Place<MatchId>> {
        let mut sketchbook = locked(&self.sketchbook);
        sketches.into_iter().flat_map(|sketch| sketchbook.add(sketch)).collect()
    }

    pub(super) fn sketches(&self, since: Timestamp) -> Vec<Arc<Sketch>> {
        locked(&self.sketchbook).since(since)
    }

    /// Puts the sketches of these matches into their stories and says which ones moved.
    pub(super) fn regroup_sketches(&self, matches: &[Match]) -> Vec<(Place<MatchId>, Arc<Sketch>)> {
        let mut sketchbook = locked(&self.sketchbook);
        matches.iter().filter_map(|it| sketchbook.regroup(it.id, it.story)).collect()
    }

    /// Takes out the sketch of a match and says where it stood.
    pub(super) fn remove_sketch(&self, id: MatchId) -> Option<Place<MatchId>> {
        locked(&self.sketchbook).remove(id)
    }

    /// Who polls, as it is stored.
    pub(super) fn owner(&self) -> Option<Owner> {
        locked(&self.owner).clone()
    }

    pub(super) fn set_owner(&self, owner: Option<Owner>) {
        *locked(&self.owner) = owner;
    }

    /// Refuses what a node brings that does not poll any more.
    pub(super) fn check_epoch(&self, epoch: Option<Epoch>) -> Result<(), StoreError> {
        Owner::check(locked(&self.owner).as_ref(), epoch)
    }

    /// Adds something that people should know.
    pub(super) fn add_notice(&self, notice: Notice) {
        locked(&self.notices).push(notice);
    }

    /// What people should know of damage in the last week.
    pub(super) fn notices(&self, now: Timestamp) -> Vec<String> {
        let oldest = now.minus(TOLD_FOR);
        let notices = locked(&self.notices);
        let recent = notices.iter().filter(|notice| oldest <= notice.at);
        recent.map(|notice| format!("{}: {}", minute_of(notice.at), notice.text)).collect()
    }

    /// The catalog, for a moment.
    pub(super) fn catalog(&self) -> MutexGuard<'_, Catalog> {
        locked(&self.catalog)
    }

    /// Refuses all further writing and says why: the first failure counts.
    pub(super) fn fail(&self, failure: Failure) -> Failure {
        locked(&self.failure).get_or_insert(failure).clone()
    }

    /// The failure after which nothing is written any more.
    pub(super) fn check_writable(&self) -> Result<(), StoreError> {
        match locked(&self.failure).as_ref() {
            None => Ok(()),
            Some(Failure::Full) => Err(full(self.words_of_full())),
            Some(failure) => Err(failure.error()),
        }
    }

    /// Whether there is room for everything.
    pub(super) fn check_takes_all(&self) -> Result<(), StoreError> {
        self.check_writable()?;
        self.check_level(Level::Full)
    }

    /// Whether there is room for the outcomes of deliveries at least.
    pub(super) fn check_takes_outcomes(&self) -> Result<(), StoreError> {
        self.check_writable()?;
        self.check_level(Level::Spent)
    }

    /// Whether the engine found no room, and takes nothing before it is opened again.
    pub(super) fn is_out_of_room(&self) -> bool {
        matches!(*locked(&self.failure), Some(Failure::Full))
    }

    /// Like [`Shared::fail`], but the last failure counts.
    pub(super) fn fail_for(&self, error: &StoreError) {
        *locked(&self.failure) = Some(Failure::from(error));
    }

    /// Notes how much room there is.
    pub(super) fn set_condition(&self, condition: Condition) {
        *locked(&self.condition) = condition;
    }

    pub(super) fn health(&self) -> StoreHealth {
        let failure = locked(&self.failure).clone();
        let is_full = Level::Full <= locked(&self.condition).level;
        match failure {
            Some(Failure::Full) => StoreHealth::ReadOnly { reason: self.words_of_full() },
            None if is_full => StoreHealth::ReadOnly { reason: self.words_of_full() },
            None => StoreHealth::Ok,
            Some(failure) => StoreHealth::Failed { reason: failure.error().to_string() },
        }
    }

    /// What to say of the room while there still is some.
    pub(super) fn room_notice(&self) -> Option<String> {
        let condition = locked(&self.condition);
        condition.words.clone().filter(|_| condition.level < Level::Full)
    }

    pub(super) fn size(&self) -> StoreSize {
        locked(&self.condition).size
    }

    fn check_level(&self, level: Level) -> Result<(), StoreError> {
        let is_full = level <= locked(&self.condition).level;
        if is_full { Err(full(self.words_of_full())) } else { Ok(()) }
    }

    fn words_of_full(&self) -> String {
        let condition = locked(&self.condition);
        let words = condition.words.clone().filter(|_| Level::Full <= condition.level);
        words.unwrap_or_else(|| "the disk is full".to_owned())
    }
}

/// Why nothing is written any more. sled never recovers by itself, and a failed `fsync` may
/// have dropped pages that a second one then calls safe.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    Full,
    Io(String),
    Unavailable(String),
    Corrupt(String),
}

impl Failure {
    pub(super) fn error(&self) -> StoreError {
        match self {
            Self::Full => StoreError::Full(io::ErrorKind::StorageFull.into()),
            Self::Io(reason) => StoreError::Io { reason: reason.clone() },
            Self::Unavailable(reason) => StoreError::Unavailable { reason: reason.clone() },
            Self::Corrupt(what) => StoreError::Corrupt { what: what.clone() },
        }
    }
}

impl From<&StoreError> for Failure {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::Full(_) => Self::Full,
            StoreError::Corrupt { what } => Self::Corrupt(what.clone()),
            StoreError::Io { reason } => Self::Io(reason.clone()),
            StoreError::Unavailable { reason } => Self::Unavailable(reason.clone()),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

/// The store was closed.
pub(super) fn closed() -> StoreError {
    StoreError::Unavailable { reason: "it is closed".to_owned() }
}

/// The database is being opened again.
pub(super) fn away() -> StoreError {
    StoreError::Unavailable { reason: "its database is being opened again".to_owned() }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
