//! Who is polled when: due order, one request per host, pauses kept.
//!
//! Invariant: at most one visit per host and `n_requests_max` visits in all are under way.
//! Invariant: between two starts at one host lies `host_gap`, and no host is visited before the
//! end of a pause that it asked for.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::schedule::between;
use super::{Config, Order};
use crate::model::{Clock, Feed, FeedId, FeedState, Timestamp};
use crate::store::StoreError;
use crate::telemetry::Pulse;

/// The wall clock is looked at again so often, in case somebody set it; and whoever watches
/// over the rounds sees them turn.
const NAP_MAX: Duration = Duration::from_secs(10);

/// How long visits in hand may take to end after a stop.
const LEAVE: Duration = Duration::from_secs(5);

/// Does what a poll is: fetch, read, judge, store.
#[async_trait]
pub trait Visitor: Send + Sync {
    /// Visits one feed and returns how polling it stands now.
    ///
    /// # Errors
    /// The store failed. What a feed does wrong is no error, but part of its state.
    async fn visit(&self, feed: &Feed, state: &FeedState) -> Result<FeedState, StoreError>;
}

/// Which feeds a single round visits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Those that are due.
    Due,
    /// All but those that are gone or asked for a pause.
    All,
}

/// All feeds, and when it is whose turn.
pub struct Rounds {
    turns: Pulse,
    host_gap: Duration,
    n_requests_max: usize,
    pub(super) slots: Vec<Slot>,
    hosts: Vec<Host>,
    /// The number of each host by its name.
    numbers: HashMap<String, usize>,
    pub(super) clock: Arc<dyn Clock>,
}

/// A feed with its state and the number of its host.
pub(super) struct Slot {
    pub(super) feed: Arc<Feed>,
    pub(super) state: FeedState,
    host: usize,
    /// A visit is under way.
    pub(super) is_visited: bool,
    /// Somebody removed it: not polled any more.
    pub(super) is_forgotten: bool,
}

#[derive(Default)]
struct Host {
    is_busy: bool,
    free_from: Option<Instant>,
    not_before: Option<Timestamp>,
}

/// A visit under way: which feed, and its state afterwards.
type Visits<'a> = FuturesUnordered<BoxFuture<'a, (usize, Result<FeedState, StoreError>)>>;

/// Feeds by the time at which they are due.
pub(super) type Waiting = BTreeSet<(Timestamp, usize)>;

/// What happens to a feed after its visit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeat {
    Once,
    Forever,
}

impl Rounds {
    /// Rounds over `feeds`; those without a state are new and due at once.
    pub fn new(
        config: &Config,
        feeds: Vec<Feed>,
        states: Vec<FeedState>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let now = clock.now();
        let mut states: HashMap<FeedId, FeedState> =
            states.into_iter().map(|state| (state.feed, state)).collect();
        let mut rounds = Self {
            turns: Pulse::default(),
            host_gap: config.host_gap,
            n_requests_max: config.n_requests_max.max(1),
            hosts: Vec::new(),
            slots: Vec::new(),
            numbers: HashMap::new(),
            clock,
        };
        for feed in feeds {
            let state = states.remove(&feed.id).unwrap_or_else(|| FeedState::new(feed.id, now));
            rounds.add(feed, state);
        }
        rounds
    }

    /// Beats whenever the rounds look whose turn it is: every ten seconds at least, while they
    /// run.
    pub fn turns(&self) -> Pulse {
        self.turns.clone()
    }

    /// Adds a feed at the end of the slots.
    pub(super) fn add(&mut self, feed: Feed, state: FeedState) {
        let name = feed.url.host_str().unwrap_or_default().to_owned();
        let n_hosts = self.hosts.len();
        let host = *self.numbers.entry(name).or_insert(n_hosts);
        if host == n_hosts {
            self.hosts.push(Host::default());
        }
        let feed = Arc::new(feed);
        self.slots.push(Slot { feed, state, host, is_visited: false, is_forgotten: false });
        self.note_pause(self.slots.len() - 1);
    }

    /// Visits everything once that is due now, or all, and returns.
    ///
    /// A host that asks for a pause in between is left alone, with its other feeds. Ends early
    /// as [`Self::run`] does.
    ///
    /// # Errors
    /// The store failed; other visits in hand are dropped.
    pub async fn once(
        &mut self,
        visitor: &dyn Visitor,
        who: Who,
        cancel: CancellationToken,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let is_chosen = |state: &FeedState| match who {
            Who::Due => state.next_poll <= now,
            Who::All => state.not_before.is_none_or(|end| end <= now),
        };
        let states = self.slots.iter().enumerate().map(|(index, slot)| (index, &slot.state));
        let chosen = states.filter(|(_, state)| !state.is_gone && is_chosen(state));
        // Overdue for all: their order stays, waiting ends.
        let waiting = chosen.map(|(index, state)| (state.next_poll.min(now), index)).collect();
        // Nobody gives orders to a round that ends by itself.
        let (_, mut orders) = mpsc::channel(1);
        self.poll(visitor, waiting, Repeat::Once, &mut orders, cancel).await
    }

    /// Visits each feed whenever it is due, until `cancel` fires.
    ///
    /// Visits in hand then get a few seconds to end; what is left is dropped, and nothing is
    /// lost with it: a poll that was not stored is repeated.
    ///
    /// # Errors
    /// The store failed; other visits in hand are dropped.
    pub async fn run(
        &mut self,
        visitor: &dyn Visitor,
        mut orders: mpsc::Receiver<Order>,
        cancel: CancellationToken,
    ) -> Result<(), StoreError> {
        let states = self.slots.iter().enumerate().map(|(index, slot)| (index, &slot.state));
        let alive = states.filter(|(_, state)| !state.is_gone);
        let waiting = alive.map(|(index, state)| (state.next_poll, index)).collect();
        self.poll(visitor, waiting, Repeat::Forever, &mut orders, cancel).await
    }

    async fn poll(
        &mut self,
        visitor: &dyn Visitor,
        mut waiting: Waiting,
        repeat: Repeat,
        orders: &mut mpsc::Receiver<Order>,
        cancel: CancellationToken,
    ) -> Result<(), StoreError> {
        let mut visits = Visits::new();
        while !cancel.is_cancelled() {
            self.turns.beat();
            if repeat == Repeat::Once {
                self.leave_paused_hosts(&mut waiting);
            }
            let nap = self.start_visits(visitor, &mut waiting, &mut visits);
            if repeat == Repeat::Once && waiting.is_empty() && visits.is_empty() {
                return Ok(());
            }
            tokio::select! {
                () = cancel.cancelled() => break,
                Some((index, state)) = visits.next() => {
                    let state = state?;
                    let is_over = state.is_gone || self.slots[index].is_forgotten;
                    let due = self.settle(index, state);
                    if repeat == Repeat::Forever && !is_over {
                        waiting.insert((due, index));
                    }
                }
                Some(order) = orders.recv() => self.obey(order, &mut waiting),
                () = sleep(nap) => {}
            }
        }
        let rest = async {
            while let Some((index, state)) = visits.next().await {
                self.settle(index, state?);
            }
            Ok(())
        };
        // What has not ended by now is dropped on purpose.
        timeout(LEAVE, rest).await.unwrap_or(Ok(()))
    }

    /// Starts what may start, and returns how long nothing else can.
    fn start_visits<'a>(
        &mut self,
        visitor: &'a dyn Visitor,
        waiting: &mut Waiting,
        visits: &mut Visits<'a>,
    ) -> Duration {
        let now = self.clock.now();
        let instant = Instant::now();
        let mut nap = NAP_MAX;
        let mut started = Vec::new();
        for &(due, index) in waiting.iter() {
            if now < due {
                nap = nap.min(between(now, due));
                break;
            }
            if self.n_requests_max <= visits.len() {
                break;
            }
            let slot = &self.slots[index];
            let host = &mut self.hosts[slot.host];
            match host.wait(now, instant) {
                // The end of the visit under way wakes us.
                None => {}
                Some(Duration::ZERO) => {
                    host.is_busy = true;
                    host.free_from = Some(instant + self.host_gap);
                    visits.push(visit(visitor, index, Arc::clone(&slot.feed), slot.state.clone()));
                    started.push((due, index));
                }
                Some(wait) => nap = nap.min(wait),
            }
        }
        for item in &started {
            waiting.remove(item);
            self.slots[item.1].is_visited = true;
        }
        nap
    }

    /// Notes the end of a visit and returns when the feed is due again.
    fn settle(&mut self, index: usize, state: FeedState) -> Timestamp {
        let due = state.next_poll;
        self.slots[index].state = state;
        self.slots[index].is_visited = false;
        self.hosts[self.slots[index].host].is_busy = false;
        self.note_pause(index);
        due
    }

    /// A pause that one feed's answer asked for counts for the whole host (RFC 6585, 4).
    fn note_pause(&mut self, index: usize) {
        let slot = &self.slots[index];
        if let Some(end) = slot.state.not_before {
            let host = &mut self.hosts[slot.host];
            host.not_before = host.not_before.max(Some(end));
        }
    }

    fn leave_paused_hosts(&self, waiting: &mut Waiting) {
        let now = self.clock.now();
        waiting.retain(|(_, index)| {
            let host = &self.hosts[self.slots[*index].host];
            host.not_before.is_none_or(|end| end <= now)
        });
    }
}

impl Host {
    /// How long until a visit may start; none while one is under way.
    fn wait(&self, now: Timestamp, instant: Instant) -> Option<Duration> {
        if self.is_busy {
            return None;
        }
        let gap = self.free_from.map(|from| from.saturating_duration_since(instant));
        let pause = self.not_before.map(|end| between(now, end));
        Some(gap.unwrap_or_default().max(pause.unwrap_or_default()))
    }
}

fn visit(
    visitor: &dyn Visitor,
    index: usize,
    feed: Arc<Feed>,
    state: FeedState,
) -> BoxFuture<'_, (usize, Result<FeedState, StoreError>)> {
    Box::pin(async move { (index, visitor.visit(&feed, &state).await) })
}
