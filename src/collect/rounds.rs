//! Who is polled when: due order, whose host is free, pauses kept.
//!
//! Invariant: a feed that fails delays itself and nobody else; our own network's failure delays
//! everybody and is nobody's fault.

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

use super::hosts::{Hosts, Permit, Turn};
use super::schedule::{between, later};
use super::uplink::{PROBE_PAUSE, Turned, Uplink};
use super::{Config, Order, UplinkStatus};
use crate::model::{Clock, Feed, FeedId, FeedState, PollReason, Timestamp, Trouble};
use crate::store::StoreError;
use crate::telemetry::Pulse;

/// The wall clock is looked at again so often, in case somebody set it; and whoever watches
/// over the rounds sees them turn.
const NAP_MAX: Duration = Duration::from_secs(10);

/// While nothing can be stored, that is looked at again so often.
const FULL_NAP: Duration = Duration::from_secs(2);

/// How long visits in hand may take to end after a stop.
const LEAVE: Duration = Duration::from_secs(5);

/// A clock that ran back by more was set.
const CLOCK_STEP_MIN: Duration = Duration::from_mins(1);

/// Does what a poll is: fetch, read, judge, store.
#[async_trait]
pub trait Visitor: Send + Sync {
    /// Whether what a visit brings can be stored. Rounds that go on for ever wait until it can.
    fn can_store(&self) -> bool {
        true
    }

    /// Visits one feed and returns how polling it stands now. `permit` is for its first request.
    ///
    /// # Errors
    /// The store failed. What a feed does wrong is no error, but part of its state.
    async fn visit(
        &self,
        feed: &Feed,
        state: &FeedState,
        permit: Permit,
    ) -> Result<FeedState, StoreError>;
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
    n_visits_max: usize,
    pub(super) poll_interval_min: Duration,
    poll_interval_max: Duration,
    pub(super) slots: Vec<Slot>,
    hosts: Hosts,
    uplink: Uplink,
    /// When a feed was last asked while our own network was down.
    last_probe: Option<Instant>,
    pub(super) clock: Arc<dyn Clock>,
    /// Both clocks when they were last compared.
    compared: (Timestamp, Instant),
}

/// A feed with its state.
pub(super) struct Slot {
    pub(super) feed: Arc<Feed>,
    pub(super) state: FeedState,
    /// How it was before it could not be reached, and when that was.
    reached: Option<(FeedState, Instant)>,
    /// A visit is under way.
    pub(super) is_visited: bool,
    /// Somebody removed or paused it: not polled any more.
    pub(super) is_forgotten: bool,
    /// A person wants it polled even during a pause.
    pub(super) is_insisted: bool,
}

/// A visit under way: which feed, and its state afterwards.
type Visits<'a> = FuturesUnordered<BoxFuture<'a, (usize, Result<FeedState, StoreError>)>>;

/// Feeds by the time at which they are due.
pub(super) type Waiting = BTreeSet<(Timestamp, usize)>;

/// What happens to a feed after its visit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    Once,
    Forever,
}

impl Rounds {
    /// Rounds over `feeds`; those without a state are new and due at once.
    pub fn new(
        config: &Config,
        hosts: Hosts,
        feeds: Vec<Feed>,
        states: Vec<FeedState>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let now = clock.now();
        let mut states: HashMap<FeedId, FeedState> =
            states.into_iter().map(|state| (state.feed, state)).collect();
        let mut rounds = Self {
            turns: Pulse::default(),
            n_visits_max: config.n_requests_max.max(1),
            poll_interval_min: config.poll_interval_min,
            poll_interval_max: config.poll_interval_max,
            hosts,
            slots: Vec::new(),
            uplink: Uplink::default(),
            last_probe: None,
            clock,
            compared: (now, Instant::now()),
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

    /// Whether our own network is down.
    pub fn uplink(&self) -> UplinkStatus {
        self.uplink.status()
    }

    /// Adds a feed at the end of the slots.
    pub(super) fn add(&mut self, feed: Feed, mut state: FeedState) {
        let now = self.clock.now();
        // The clock was ahead when this was planned.
        let pause = Duration::from_millis(state.pause_ms).max(self.poll_interval_max);
        let latest = later(now, pause * 2).max(state.not_before.unwrap_or(now));
        state.next_poll = state.next_poll.min(latest);
        self.slots.push(Slot {
            is_forgotten: feed.is_paused,
            feed: Arc::new(feed),
            state,
            reached: None,
            is_visited: false,
            is_insisted: false,
        });
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
        if who == Who::All {
            self.slots.iter_mut().for_each(|slot| slot.state.reason = PollReason::Asked);
        }
        let is_chosen = |state: &FeedState| match who {
            Who::Due => state.next_poll <= now,
            Who::All => state.not_before.is_none_or(|end| end <= now),
        };
        let states = self.slots.iter().enumerate().map(|(index, slot)| (index, &slot.state));
        let alive =
            states.filter(|(index, state)| !state.is_gone && !self.slots[*index].is_forgotten);
        let chosen = alive.filter(|(_, state)| is_chosen(state));
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
    /// While the disk is full, nothing is asked; then it goes on.
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
        let alive =
            states.filter(|(index, state)| !state.is_gone && !self.slots[*index].is_forgotten);
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
        let hosts = self.hosts.clone();
        while !cancel.is_cancelled() {
            self.turns.beat();
            self.follow_the_clock(&mut waiting);
            if repeat == Repeat::Once {
                self.leave_paused_hosts(&mut waiting);
            }
            // Made before we look, so that no change is missed.
            let changed = hosts.changed();
            let nap = self.start_visits(visitor, repeat, &mut waiting, &mut visits);
            if repeat == Repeat::Once && waiting.is_empty() && visits.is_empty() {
                return Ok(());
            }
            tokio::select! {
                () = cancel.cancelled() => break,
                Some((index, state)) = visits.next() => {
                    let is_over = match state {
                        Err(StoreError::Full(_)) if repeat == Repeat::Forever => self.redo(index),
                        state => self.settle(index, state?, repeat, &mut waiting),
                    };
                    let due = self.slots[index].state.next_poll;
                    if repeat == Repeat::Forever && !is_over {
                        waiting.insert((due, index));
                    }
                }
                Some(order) = orders.recv() => self.obey(order, &mut waiting),
                () = changed => {}
                () = sleep(nap) => {}
            }
        }
        let rest = async {
            while let Some((index, state)) = visits.next().await {
                match state {
                    Err(StoreError::Full(_)) if repeat == Repeat::Forever => {}
                    state => drop(self.settle(index, state?, repeat, &mut waiting)),
                }
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
        repeat: Repeat,
        waiting: &mut Waiting,
        visits: &mut Visits<'a>,
    ) -> Duration {
        // A single round finds out by itself, and ends.
        if repeat == Repeat::Forever && !visitor.can_store() {
            return FULL_NAP;
        }
        if self.uplink.is_down() {
            return self.probe(visitor, waiting, visits);
        }
        let now = self.clock.now();
        self.put_off(now, repeat, waiting);
        let mut nap = NAP_MAX;
        let mut started = Vec::new();
        for &(due, index) in waiting.iter() {
            if now < due {
                nap = nap.min(between(now, due));
                break;
            }
            if self.n_visits_max <= visits.len() {
                break;
            }
            match self.turn_of(index) {
                // The end of the request under way wakes us.
                Turn::Busy => {}
                Turn::Now(permit) => {
                    started.push((due, index));
                    visits.push(self.visit(visitor, index, permit));
                }
                Turn::In(wait) => nap = nap.min(wait),
            }
        }
        for item in &started {
            waiting.remove(item);
        }
        nap
    }

    fn turn_of(&self, index: usize) -> Turn {
        let slot = &self.slots[index];
        let url = slot.state.url_of(&slot.feed);
        if slot.is_insisted { self.hosts.try_insist(url) } else { self.hosts.try_start(url) }
    }

    fn visit<'a>(
        &mut self,
        visitor: &'a dyn Visitor,
        index: usize,
        permit: Permit,
    ) -> BoxFuture<'a, (usize, Result<FeedState, StoreError>)> {
        let slot = &mut self.slots[index];
        slot.is_visited = true;
        slot.is_insisted = false;
        visit(visitor, index, Arc::clone(&slot.feed), slot.state.clone(), permit)
    }

    /// While nothing answers, one feed a minute is asked: the one that answered last and was not
    /// tried since. Whoever is not due and was not tried keeps its time.
    fn probe<'a>(
        &mut self,
        visitor: &'a dyn Visitor,
        waiting: &mut Waiting,
        visits: &mut Visits<'a>,
    ) -> Duration {
        let passed = self.last_probe.map_or(PROBE_PAUSE, |last| last.elapsed());
        if passed < PROBE_PAUSE || !visits.is_empty() {
            return PROBE_PAUSE.saturating_sub(passed).clamp(Duration::from_millis(1), NAP_MAX);
        }
        let order = |&(_, index): &(Timestamp, usize)| {
            let state = &self.slots[index].state;
            (state.last_poll, std::cmp::Reverse(state.last_success))
        };
        let now = self.clock.now();
        let is_fit = |&(due, index): &(Timestamp, usize)| {
            let slot = &self.slots[index];
            let is_wanted = self.unwanted_until(index, now).is_none();
            slot.state.last_success.is_some() && is_wanted && (due <= now || slot.reached.is_some())
        };
        let mut by_hope: Vec<_> = waiting.iter().copied().filter(is_fit).collect();
        by_hope.sort_by_key(order);
        for item in by_hope {
            if let Turn::Now(permit) = self.turn_of(item.1) {
                waiting.remove(&item);
                self.last_probe = Some(Instant::now());
                visits.push(self.visit(visitor, item.1, permit));
                return PROBE_PAUSE.min(NAP_MAX);
            }
        }
        NAP_MAX
    }

    /// Notes that there was no room for what a visit brought: the feed stays due as it was. True
    /// when it is polled no more.
    fn redo(&mut self, index: usize) -> bool {
        let slot = &mut self.slots[index];
        slot.is_visited = false;
        slot.state.is_gone || slot.is_forgotten
    }

    /// Notes the end of a visit; true when the feed is polled no more.
    fn settle(
        &mut self,
        index: usize,
        state: FeedState,
        repeat: Repeat,
        waiting: &mut Waiting,
    ) -> bool {
        // What was planned before the clock was set moves; `state` was planned after it.
        self.follow_the_clock(waiting);
        let now = self.clock.now();
        let slot = &mut self.slots[index];
        slot.is_visited = false;
        let is_reached = !state.trouble.is_some_and(Trouble::is_unreachable);
        let before = std::mem::replace(&mut slot.state, state);
        let has_worked = before.last_success.is_some() && before.error.is_none();
        let has_worked = has_worked || slot.reached.is_some();
        if is_reached {
            slot.reached = None;
        } else if slot.reached.is_none() && has_worked {
            slot.reached = Some((before, Instant::now()));
        }
        // Where nobody was asked, nothing is known of the network.
        let was_asked = !slot.state.trouble.is_some_and(Trouble::is_before_contact);
        let host = slot.state.url_of(&slot.feed).host_str().unwrap_or_default().to_owned();
        if was_asked {
            match self.uplink.note(&host, is_reached, has_worked, now) {
                Turned::Same => {}
                Turned::Down(from) => self.forget_older_failures(from),
                Turned::Up => self.come_back(repeat, waiting),
            }
        }
        self.note_pause(index);
        let slot = &mut self.slots[index];
        if self.uplink.is_down()
            && let Some((before, _)) = &slot.reached
        {
            // Our failure is not the feed's.
            slot.state.streak = before.streak;
            slot.state.pause_ms = before.pause_ms;
        }
        slot.state.is_gone || slot.is_forgotten
    }

    /// What failed before our own network did has failed by itself.
    fn forget_older_failures(&mut self, from: Instant) {
        tracing::warn!("no host answers: our own network seems to be down; feeds wait for it");
        for slot in &mut self.slots {
            slot.reached = slot.reached.take().filter(|(_, at)| from <= *at);
        }
    }

    /// Our own network is back: who could not be reached meanwhile stands as before, and is due.
    fn come_back(&mut self, repeat: Repeat, waiting: &mut Waiting) {
        let now = self.clock.now();
        tracing::info!("our own network is back");
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let Some((before, _)) = slot.reached.take() else { continue };
            slot.state = FeedState { next_poll: now, ..before };
            if repeat == Repeat::Forever && !slot.is_visited && !slot.is_forgotten {
                waiting.retain(|(_, waits)| *waits != index);
                waiting.insert((now, index));
            }
        }
        self.last_probe = None;
    }

    /// A pause that one feed's answer asked for counts for the whole host (RFC 6585, 4).
    fn note_pause(&mut self, index: usize) {
        let slot = &self.slots[index];
        if let Some(end) = slot.state.not_before {
            let left = between(self.clock.now(), end);
            self.hosts.note_pause(slot.state.url_of(&slot.feed), left);
        }
    }

    fn leave_paused_hosts(&self, waiting: &mut Waiting) {
        waiting.retain(|(_, index)| {
            let slot = &self.slots[*index];
            self.hosts.pause(slot.state.url_of(&slot.feed)).is_none()
        });
    }

    /// When somebody sets the clock back, what was planned moves with it.
    fn follow_the_clock(&mut self, waiting: &mut Waiting) {
        let (wall, instant) = (self.clock.now(), Instant::now());
        let expected = later(self.compared.0, instant - self.compared.1);
        self.compared = (wall, instant);
        let back = between(wall, expected);
        if back < CLOCK_STEP_MIN {
            return;
        }
        tracing::warn!(
            "the clock was set back by {} s; planned polls move with it",
            back.as_secs()
        );
        for slot in &mut self.slots {
            slot.state.next_poll = slot.state.next_poll.minus(back);
            slot.state.not_before = slot.state.not_before.map(|end| end.minus(back));
        }
        *waiting = waiting.iter().map(|(due, index)| (due.minus(back), *index)).collect();
    }
}

fn visit(
    visitor: &dyn Visitor,
    index: usize,
    feed: Arc<Feed>,
    state: FeedState,
    permit: Permit,
) -> BoxFuture<'_, (usize, Result<FeedState, StoreError>)> {
    Box::pin(async move { (index, visitor.visit(&feed, &state, permit).await) })
}
