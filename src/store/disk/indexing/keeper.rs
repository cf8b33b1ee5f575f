//! The thread that fills the search index.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::model::{ArticleId, MatchId};
use crate::store::catalog::Unindexed;
use crate::store::disk::indexing::read;
use crate::store::disk::shared::Shared;
use crate::store::disk::{layout, lists};
use crate::store::journal::{Entry, Kind, Read, Reading};
use crate::store::search::{IndexError, Mark, SearchIndex, Searchable, guarded};
use crate::store::{SearchState, StoreError};

/// After a failure.
const RETRY_PAUSE: Duration = Duration::from_secs(30);

/// So much is put in before a commit: it waits in memory until then.
const SLICE_MATCHES: usize = 2_000;
const SLICE_BYTES: usize = 4 * 1024 * 1024;

/// While so many arrive in a second, the disk and the cores belong to those who store: the index
/// waits until fewer do, and no longer than this.
const FLOOD_MATCHES: usize = 200;
const FLOOD_LOOK: Duration = Duration::from_secs(1);
const FLOOD_MAX: Duration = Duration::from_mins(5);

/// The thread: keeps the index in step until it is told to stop.
pub(in crate::store::disk) fn run(shared: &Shared) {
    let mut keeper = Keeper { shared, index: None, mark: Mark::default(), left: Vec::new(), n: 0 };
    while shared.indexing.wait() {
        keeper.turn();
        let mut state = shared.indexing.locked();
        state.n_done = state.n_begun;
        shared.indexing.changed.notify_all();
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
        self.let_flood_pass();
        let (changed, mark) = self.shared.catalog().take_unindexed();
        self.note(changed)?;
        if self.left.is_empty() {
            self.tell(SearchState::Complete);
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
            self.let_flood_pass();
        }
        self.n = 0;
        Ok(())
    }

    /// Returns once few arrive, or somebody waits for the index.
    fn let_flood_pass(&self) {
        let started = Instant::now();
        let mut n_before = 0;
        while started.elapsed() < FLOOD_MAX {
            let n = self.shared.catalog().n_unindexed();
            if n < n_before + FLOOD_MATCHES || !self.shared.indexing.rest(FLOOD_LOOK) {
                return;
            }
            n_before = n;
        }
    }

    /// Adds what was stored or removed to what is left to do.
    fn note(&mut self, changed: Unindexed) -> Result<(), IndexError> {
        let mut matches = changed.matches;
        for article in changed.articles {
            // Those that are on their way into it are among the matches.
            matches.extend(self.index()?.searchable().matches_of(article)?);
        }
        self.left.extend(matches);
        Ok(())
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
