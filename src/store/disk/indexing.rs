//! Keeps the search index in step with what is stored, in a thread of its own.
//!
//! The index is opened when it is needed: the service needs it soon after its start, a command
//! only if it searches. It is behind the store by a second or so.
//!
//! Invariant: an index that is damaged, of another format or too far behind is thrown away and
//! made anew; nothing but time is lost.

pub(super) mod keeper;

use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::model::{Article, Match, MatchId};
use crate::store::disk::engine::Engine;
use crate::store::disk::layout;
use crate::store::disk::start::JOURNAL;
use crate::store::search::{FindError, IndexError, Mark, Searchable, find};
use crate::store::{Hit, Page, PageRequest, SearchQuery, SearchState, StoreError};

pub(super) const FOLDER: &str = "search";

/// A commit costs a dozen small files, so what comes within this time shares one.
const COMMIT_PAUSE: Duration = Duration::from_secs(1);

/// A searcher waits at most so long for an index that is being opened.
const OPEN_PATIENCE: Duration = Duration::from_secs(15);

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
    /// How often the thread began to bring the index up to date, and how often it was done.
    n_begun: u64,
    n_done: u64,
    /// Who waits for that.
    n_waiting: usize,
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
            n_begun: 0,
            n_done: 0,
            n_waiting: 0,
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

    /// Returns when the index, if there is one, knows whatever was stored until now, and nothing
    /// that went is left in its files. Blocks.
    ///
    /// # Errors
    /// The index could not be brought up to date.
    pub(super) fn settle(&self) -> Result<(), StoreError> {
        if !self.folder.exists() {
            return Ok(());
        }
        let mut state = self.locked();
        state.n_waiting += 1;
        self.changed.notify_all();
        // What is under way now may have begun before.
        let wanted = state.n_begun + 1;
        while state.n_done < wanted && !state.is_stopping {
            let now = Instant::now();
            if state.n_begun < wanted && state.due.is_none_or(|due| now < due) {
                state.due = Some(now);
                self.changed.notify_all();
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.n_waiting -= 1;
        if state.n_done < wanted {
            let reason = "the search index is being closed".to_owned();
            return Err(StoreError::Unavailable { reason });
        }
        match &state.told {
            SearchState::Stuck { reason } => {
                Err(StoreError::Unavailable { reason: reason.clone() })
            }
            SearchState::Complete | SearchState::Building { .. } => Ok(()),
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
                    state.n_begun += 1;
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

    /// Lets others work for a while; false if somebody waits for the index, or for its end.
    fn rest(&self, pause: Duration) -> bool {
        let deadline = Instant::now() + pause;
        let mut state = self.locked();
        while !state.is_stopping && state.n_waiting == 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }

    fn is_stopping(&self) -> bool {
        self.locked().is_stopping
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A match with its article; none if either is gone.
fn read(engine: &Engine, id: MatchId) -> Result<Option<(Match, Article)>, StoreError> {
    let Some(matched) = engine.get::<Match>(&layout::matched(id))? else { return Ok(None) };
    let article: Option<Article> = engine.get(&layout::article(matched.article))?;
    Ok(article.map(|article| (matched, article)))
}
