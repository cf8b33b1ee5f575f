//! Keeps the search index in step with what is stored, in a thread of its own.
//!
//! The index is opened when it is needed: the service needs it soon after its start, a command
//! only if it searches. It is behind the store by a second or so.
//!
//! Invariant: an index that is damaged, of another format or too far behind is thrown away and
//! made anew; nothing but time is lost.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::model::{Article, ArticleId, Match, MatchId};
use crate::store::disk::engine::Engine;
use crate::store::disk::shared::Shared;
use crate::store::disk::start::JOURNAL;
use crate::store::disk::{layout, lists};
use crate::store::journal::{Entry, Kind, Read, Reading};
use crate::store::search::{FindError, IndexError, Mark, SearchIndex, Searchable, find, guarded};
use crate::store::{Hit, Page, PageRequest, SearchQuery, SearchState, StoreError};

const FOLDER: &str = "search";

/// A commit costs a dozen small files, so what comes within this time shares one.
const COMMIT_PAUSE: Duration = Duration::from_secs(1);

/// After a failure.
const RETRY_PAUSE: Duration = Duration::from_secs(30);

/// A searcher waits at most so long for an index that is being opened.
const OPEN_PATIENCE: Duration = Duration::from_secs(15);

/// So much is put in before a commit: it waits in memory until then.
const SLICE_MATCHES: usize = 2_000;
const SLICE_BYTES: usize = 4 * 1024 * 1024;

/// What writers and searchers tell the thread, and what it tells them.
pub(super) struct Indexing {
    folder: PathBuf,
    journal: PathBuf,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// Where the store was when it was opened, or opened again.
    opened: Mark,
    /// The index must be opened again too.
    is_reopened: bool,
    /// There may be something to do from this time on.
    due: Option<Instant>,
    is_stopping: bool,
    /// Why the index must be made anew.
    distrust: Option<String>,
    searchable: Option<Searchable>,
    told: SearchState,
}

impl Indexing {
    /// For the store in `folder`, which is complete up to `opened`; nothing is touched before it
    /// is needed.
    pub(super) fn new(folder: &Path, opened: Mark) -> Self {
        let state = State {
            opened,
            is_reopened: false,
            due: None,
            is_stopping: false,
            distrust: None,
            searchable: None,
            told: SearchState::Complete,
        };
        Self {
            folder: folder.join(FOLDER),
            journal: folder.join(JOURNAL),
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    /// The store was opened again and is complete up to `opened`.
    pub(super) fn reopen(&self, opened: Mark) {
        let mut state = self.locked();
        state.opened = opened;
        state.is_reopened = true;
        drop(state);
        self.wake();
    }

    /// Something was stored, or may have to be caught up with.
    pub(super) fn wake(&self) {
        let mut state = self.locked();
        if state.due.is_none() {
            state.due = Some(Instant::now() + COMMIT_PAUSE);
            self.changed.notify_all();
        }
    }

    /// Lets the thread end.
    pub(super) fn stop(&self) {
        self.locked().is_stopping = true;
        self.changed.notify_all();
    }

    /// How complete answers are.
    pub(super) fn state(&self) -> SearchState {
        self.locked().told.clone()
    }

    /// Finds a page.
    pub(super) fn find(
        &self,
        searchable: &Searchable,
        engine: &Engine,
        query: SearchQuery,
        page: &PageRequest,
    ) -> Result<Page<Hit>, StoreError> {
        find(searchable, query, page, |id| read(engine, id)).map_err(|error| match error {
            FindError::Store(error) => error,
            FindError::Index(error) => {
                self.distrust(&error);
                let reason = "the search index was damaged and is being made anew".to_owned();
                StoreError::Unavailable { reason }
            }
        })
    }

    /// What can be looked through; waits for an index that is being opened.
    pub(super) fn searchable(&self) -> Result<Searchable, StoreError> {
        let deadline = Instant::now() + OPEN_PATIENCE;
        let mut state = self.locked();
        loop {
            if let Some(searchable) = &state.searchable {
                return Ok(searchable.clone());
            }
            if let SearchState::Stuck { reason } = &state.told {
                return Err(StoreError::Unavailable { reason: reason.clone() });
            }
            let now = Instant::now();
            if deadline <= now || state.is_stopping {
                let reason = "the search index is being opened: try again soon".to_owned();
                return Err(StoreError::Unavailable { reason });
            }
            if state.due.is_none_or(|due| now < due) {
                state.due = Some(now);
                self.changed.notify_all();
            }
            let waited = self.changed.wait_timeout(state, deadline - now);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn distrust(&self, error: &IndexError) {
        let mut state = self.locked();
        state.searchable = None;
        state.distrust = Some(error.to_string());
        state.due = Some(Instant::now());
        self.changed.notify_all();
    }

    /// Waits until there may be something to do; false at the end.
    fn wait(&self) -> bool {
        let mut state = self.locked();
        loop {
            if state.is_stopping {
                return false;
            }
            let now = Instant::now();
            let left = state.due.map(|due| due.saturating_duration_since(now));
            state = match left {
                Some(Duration::ZERO) => {
                    state.due = None;
                    return true;
                }
                Some(left) => {
                    let waited = self.changed.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    fn is_stopping(&self) -> bool {
        self.locked().is_stopping
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread: keeps the index in step until it is told to stop.
pub(super) fn run(shared: &Shared) {
    let mut keeper = Keeper { shared, index: None, mark: Mark::default(), left: Vec::new(), n: 0 };
    while shared.indexing.wait() {
        keeper.turn();
    }
    // What was stored last; but for more than a moment's work nobody waits.
    if keeper.index.is_some() && keeper.left.is_empty() {
        keeper.turn();
    }
}

struct Keeper<'a> {
    shared: &'a Shared,
    index: Option<SearchIndex>,
    mark: Mark,
    /// What is to be put in or taken out, the most urgent last.
    left: Vec<MatchId>,
    /// How many those were, if the index is being made anew.
    n: usize,
}

impl Keeper<'_> {
    fn turn(&mut self) {
        let (distrust, is_reopened) = {
            let mut state = self.shared.indexing.locked();
            (state.distrust.take(), std::mem::take(&mut state.is_reopened))
        };
        if is_reopened || distrust.is_some() {
            self.let_go();
        }
        let done = guarded(|| {
            if let Some(reason) = distrust {
                tracing::warn!("the search index is made anew: {reason}");
                self.make_anew()?;
            }
            self.try_turn()
        });
        if let Err(error) = done {
            self.fail(&error);
        }
    }

    fn let_go(&mut self) {
        self.index = None;
        self.mark = Mark::default();
        self.left = Vec::new();
        self.n = 0;
    }

    /// Opens the index if it is closed, and brings it up to date.
    fn try_turn(&mut self) -> Result<(), IndexError> {
        if self.index.is_none() {
            self.open()?;
        }
        loop {
            let (changed, mark) = self.shared.catalog().take_unindexed();
            self.left.extend(changed);
            if self.left.is_empty() {
                self.tell(SearchState::Complete);
                return Ok(());
            }
            while !self.left.is_empty() {
                let n_left = self.put_slice()?;
                self.mark = if n_left == 0 { mark } else { self.mark };
                let mark = self.mark;
                self.index()?.commit(mark)?;
                // What was found behind is not missing to anybody who waits for the index.
                if 0 < self.n || n_left == 0 {
                    self.tell(self.standing());
                }
                if self.shared.indexing.is_stopping() {
                    return Ok(());
                }
            }
            self.n = 0;
        }
    }

    /// Opens the index and notes what it does not know yet; makes it anew if that cannot be told.
    fn open(&mut self) -> Result<(), IndexError> {
        let folder = &self.shared.indexing.folder;
        let reason = match SearchIndex::open(folder) {
            Ok(Some((index, mark))) => match self.behind(&index.searchable(), mark) {
                Ok(left) => {
                    self.index = Some(index);
                    self.mark = mark;
                    self.left = left;
                    return Ok(());
                }
                Err(error) => error.to_string(),
            },
            Ok(None) => "it has another format".to_owned(),
            Err(error) if error.is_full => return Err(error),
            Err(_) if !folder.exists() => "there is none".to_owned(),
            Err(error) => error.to_string(),
        };
        tracing::info!("the search index is made anew: {reason}");
        self.make_anew()
    }

    /// The matches that the journal tells of behind `mark`, up to where the store was when it was
    /// opened. What came since is noted in the catalog.
    fn behind(&self, index: &Searchable, mark: Mark) -> Result<Vec<MatchId>, IndexError> {
        let opened = self.shared.indexing.locked().opened;
        let ahead = || IndexError::because(format!("it has seen write {}", mark.group));
        if opened.group < mark.group || opened.journal < mark.journal {
            return Err(ahead());
        }
        let Some(until) = opened.journal.filter(|_| opened.journal != mark.journal) else {
            return Ok(Vec::new());
        };
        let folder = &self.shared.indexing.journal;
        let reading = Reading::new(folder, mark.journal, until);
        let mut left = HashSet::new();
        for read in reading.map_err(|error| IndexError::of_store(&error))? {
            match read.map_err(|error| IndexError::of_store(&error))? {
                Read::Frame(frame) if mark.group < frame.group => {
                    for Entry { kind, id, .. } in frame.entries {
                        match kind {
                            Kind::Match => left.extend(id.parse::<MatchId>()),
                            Kind::Article => {
                                let article = id.parse::<ArticleId>().ok();
                                let matches = article.map(|article| index.matches_of(article));
                                left.extend(matches.transpose()?.into_iter().flatten());
                            }
                            _ => {}
                        }
                    }
                }
                Read::Frame(_) => return Err(ahead()),
                Read::Damaged(_) => return Err(IndexError::because("the journal is damaged")),
            }
        }
        Ok(left.into_iter().collect())
    }

    fn make_anew(&mut self) -> Result<(), IndexError> {
        self.let_go();
        self.index = Some(SearchIndex::create(&self.shared.indexing.folder)?);
        // First, so that nothing falls between: what is stored from here on is noted again.
        self.shared.catalog().take_unindexed();
        let all = self.shared.with_engine(|engine| {
            let places = lists::match_places(engine, &[layout::MATCH_AT]);
            places.map(|place| place.map(|place| place.id)).collect::<Result<Vec<_>, _>>()
        });
        self.left = all.map_err(|error| IndexError::of_store(&error))?;
        self.n = self.left.len();
        self.tell(self.standing());
        Ok(())
    }

    /// Puts some of what is left into the index and says how much is left then.
    fn put_slice(&mut self) -> Result<usize, IndexError> {
        let mut n_bytes = 0;
        let n_left = self.left.len();
        while let Some(id) = self.left.pop() {
            let read = self.shared.with_engine(|engine| read(engine, id));
            match read {
                Ok(Some((matched, article))) => {
                    n_bytes += article.title.len() + article.summary.len() + article.body.len();
                    self.index()?.put(&matched, &article)?;
                }
                Ok(None) => self.index()?.remove(id),
                Err(error @ StoreError::Corrupt { .. }) => {
                    tracing::error!("match {id} cannot be searched: {error}");
                }
                Err(error) => return Err(IndexError::of_store(&error)),
            }
            if SLICE_BYTES <= n_bytes || SLICE_MATCHES <= n_left - self.left.len() {
                break;
            }
        }
        Ok(self.left.len())
    }

    fn index(&mut self) -> Result<&mut SearchIndex, IndexError> {
        self.index.as_mut().ok_or_else(|| IndexError::because("it is closed"))
    }

    fn standing(&self) -> SearchState {
        match (self.n.saturating_sub(self.left.len()) * 100).checked_div(self.n) {
            Some(percent) if !self.left.is_empty() => {
                SearchState::Building { percent: u8::try_from(percent).unwrap_or(100) }
            }
            _ => SearchState::Complete,
        }
    }

    fn tell(&self, told: SearchState) {
        let mut state = self.shared.indexing.locked();
        state.searchable = self.index.as_ref().map(SearchIndex::searchable);
        state.told = told;
        self.shared.indexing.changed.notify_all();
    }

    /// What is there is searched on; later the index is opened again, or made anew.
    fn fail(&mut self, error: &IndexError) {
        if self.shared.indexing.is_stopping() {
            return;
        }
        tracing::error!("{error}");
        self.let_go();
        let mut state = self.shared.indexing.locked();
        state.told = SearchState::Stuck { reason: error.to_string() };
        state.due = Some(Instant::now() + RETRY_PAUSE);
        if !error.is_full {
            state.searchable = None;
            state.distrust = Some(error.to_string());
        }
        self.shared.indexing.changed.notify_all();
    }
}

/// A match with its article; none if either is gone.
fn read(engine: &Engine, id: MatchId) -> Result<Option<(Match, Article)>, StoreError> {
    let Some(matched) = engine.get::<Match>(&layout::matched(id))? else { return Ok(None) };
    let article: Option<Article> = engine.get(&layout::article(matched.article))?;
    Ok(article.map(|article| (matched, article)))
}
