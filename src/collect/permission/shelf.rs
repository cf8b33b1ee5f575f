//! Files that sites keep for robots: asked for once a day, by one asker at a time.
//!
//! Invariant: of one file one request is under way, however many wait for it; when nobody waits
//! any more, it is dropped.
//! Invariant: no more than [`FILES_MAX`] files and [`BYTES_MAX`] bytes are kept; what was needed
//! least recently goes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use url::Url;

use super::{RobotsAnswer, RobotsSource};
use crate::model::{Clock, Timestamp};

/// The sites of some thousands of feeds.
const FILES_MAX: usize = 2_000;

/// Files have some kilobytes; a few sites with huge ones shall not fill the memory.
const BYTES_MAX: usize = 32 * 1024 * 1024;

/// RFC 9309, 2.4: not used for longer.
const FRESH: Duration = Duration::from_hours(24);

/// A site that cannot be reached is asked again so soon, then at doubled pauses.
const RETRY_FIRST: Duration = Duration::from_mins(10);
const RETRY_MAX: Duration = Duration::from_hours(6);

/// RFC 9309, 2.3.1.4: what has been out of reach for so long closes the site no longer.
const PATIENCE: Duration = Duration::from_hours(30 * 24);

/// A file in the form that we use.
pub(super) trait Parsed: Clone + Send + Sync + 'static {
    /// More of it is not read.
    const BYTES_MAX: usize;

    fn parse(bytes: &[u8]) -> Self;

    /// About how much memory it takes.
    fn n_bytes(&self) -> usize;
}

/// What a site's file says at the moment.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word<T> {
    /// This.
    File(Arc<T>),
    /// Nothing: there is no such file.
    Nothing,
    /// Unknown: it cannot be had, for this reason.
    Unreachable(Arc<str>),
}

/// Files of one kind, by their address.
pub(super) struct Shelf<T> {
    source: Arc<dyn RobotsSource>,
    clock: Arc<dyn Clock>,
    files: Arc<Mutex<Files<T>>>,
}

struct Files<T> {
    held: HashMap<Url, Held<T>>,
    n_bytes: usize,
    /// Counts uses; the smallest number was used least recently.
    turn: u64,
}

struct Held<T> {
    known: Option<Known<T>>,
    under_way: Option<WeakShared<BoxFuture<'static, Known<T>>>>,
    last_use: u64,
}

/// How the last request for a file ended.
#[derive(Clone)]
struct Known<T> {
    asked: Timestamp,
    /// What could be read last, however long ago; none: nothing to read.
    copy: Option<Arc<T>>,
    failure: Option<Failure>,
}

/// Requests without an answer, in a row.
#[derive(Clone)]
struct Failure {
    since: Timestamp,
    streak: u32,
    reason: Arc<str>,
}

impl<T: Parsed> Shelf<T> {
    pub(super) fn new(source: Arc<dyn RobotsSource>, clock: Arc<dyn Clock>) -> Self {
        let files = Files { held: HashMap::new(), n_bytes: 0, turn: 0 };
        Self { source, clock, files: Arc::new(Mutex::new(files)) }
    }

    /// What the file at `url` says; asks for it if nothing fresh is known.
    pub(super) async fn word(&self, url: &Url) -> Word<T> {
        let now = self.clock.now();
        let request = {
            let mut files = self.files();
            files.turn += 1;
            let last_use = files.turn;
            if !files.held.contains_key(url) {
                files.make_room(FILES_MAX - 1);
            }
            let held = files.held.entry(url.clone()).or_insert_with(Held::new);
            held.last_use = last_use;
            match held.known.as_ref().filter(|known| known.is_fresh(now)) {
                Some(known) => return known.word(now),
                None => self.request(url, held),
            }
        };
        let known = request.clone().await;
        let word = known.word(self.clock.now());
        self.files().settle(url, &request, known);
        word
    }

    /// The request that is under way, or a new one.
    fn request(&self, url: &Url, held: &mut Held<T>) -> Shared<BoxFuture<'static, Known<T>>> {
        if let Some(request) = held.under_way.as_ref().and_then(WeakShared::upgrade) {
            return request;
        }
        let (source, clock) = (Arc::clone(&self.source), Arc::clone(&self.clock));
        let (url, before) = (url.clone(), held.known.clone());
        let request = async move {
            let answer = source.file(&url, T::BYTES_MAX).await;
            Known::after(before, answer, clock.now())
        };
        let request = request.boxed().shared();
        held.under_way = request.downgrade();
        request
    }

    fn files(&self) -> MutexGuard<'_, Files<T>> {
        // Nothing panics while it holds the lock halfway; counts that are off cost nothing.
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Parsed> Files<T> {
    /// Notes how a request ended; of all who waited for it the first one does.
    fn settle(
        &mut self,
        url: &Url,
        request: &Shared<BoxFuture<'static, Known<T>>>,
        known: Known<T>,
    ) {
        let Some(held) = self.held.get_mut(url) else { return };
        let own = held.under_way.as_ref().and_then(WeakShared::upgrade);
        if own.is_none_or(|own| !own.ptr_eq(request)) {
            return;
        }
        held.under_way = None;
        self.n_bytes -= held.n_bytes(url);
        held.known = Some(known);
        self.n_bytes += held.n_bytes(url);
        self.make_room(FILES_MAX);
    }

    fn make_room(&mut self, n_files_max: usize) {
        while n_files_max < self.held.len() || BYTES_MAX < self.n_bytes {
            let oldest = self.held.iter().min_by_key(|(_, held)| held.last_use);
            let Some(oldest) = oldest.map(|(url, _)| url.clone()) else { return };
            if let Some(gone) = self.held.remove(&oldest) {
                self.n_bytes -= gone.n_bytes(&oldest);
            }
        }
    }
}

impl<T: Parsed> Held<T> {
    fn new() -> Self {
        Self { known: None, under_way: None, last_use: 0 }
    }

    fn n_bytes(&self, url: &Url) -> usize {
        let copy = self.known.as_ref().and_then(|known| known.copy.as_ref());
        // A file that is not known yet counts for nothing, so that counting out what was counted
        // in ends at zero.
        let own = if self.known.is_some() { size_of::<Self>() + url.as_str().len() } else { 0 };
        own + copy.map_or(0, |copy| copy.n_bytes())
    }
}

impl<T: Parsed> Known<T> {
    /// What is known once `answer` has come, given what was known before.
    fn after(before: Option<Self>, answer: RobotsAnswer, now: Timestamp) -> Self {
        let reason: Arc<str> = match answer {
            RobotsAnswer::Answered { status: 200..=299, body } => {
                let read = &body[..body.len().min(T::BYTES_MAX)];
                return Self { asked: now, copy: Some(Arc::new(T::parse(read))), failure: None };
            }
            // Redirects that lead nowhere count as well (RFC 9309, 2.3.1.2 and 2.3.1.3).
            RobotsAnswer::Answered { status: 300..=499, .. } => {
                return Self { asked: now, copy: None, failure: None };
            }
            RobotsAnswer::Answered { status, .. } => format!("HTTP {status}").into(),
            RobotsAnswer::Unreachable { reason } => reason.into(),
        };
        let (copy, failure) = before.map_or((None, None), |it| (it.copy, it.failure));
        let (since, streak) = failure.map_or((now, 0), |it| (it.since, it.streak));
        let failure = Failure { since, streak: streak.saturating_add(1), reason };
        Self { asked: now, copy, failure: Some(failure) }
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        let lifetime = match &self.failure {
            None => FRESH,
            Some(failure) => {
                let doubled = 2_u32.saturating_pow(failure.streak.saturating_sub(1));
                RETRY_FIRST.saturating_mul(doubled).min(RETRY_MAX)
            }
        };
        // A time that is still to come was told by a clock that was wrong.
        self.asked <= now && now.since(self.asked) < lifetime
    }

    fn word(&self, now: Timestamp) -> Word<T> {
        match (&self.failure, &self.copy) {
            (Some(failure), _) if now.since(failure.since) < PATIENCE => {
                Word::Unreachable(Arc::clone(&failure.reason))
            }
            (_, Some(copy)) => Word::File(Arc::clone(copy)),
            (_, None) => Word::Nothing,
        }
    }
}
