//! Takes deliveries out of the outbox and brings them to their receivers.
//!
//! Every receiver has a lane of its own, so a slow or dead one delays nobody else. All lanes
//! run inside one task.
//!
//! Invariant: what is sent was leased from the store, for longer than an attempt can take, and the
//! lease ends when the attempt is recorded, so no delivery is on its way twice.
//! Invariant: what a restart must not forget is read from the store each time.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::alert::attempt::{self, Tried, attempt};
use crate::alert::lane::{Lane, Room, Standings};
use crate::alert::record::{Patience, warn_disabled, when_there_is_room};
use crate::alert::{Config, Receiver, Router, retry};
use crate::model::{Clock, Delivery, ReceiverState, Timestamp, WhyDisabled};
use crate::store::{Articles, Leased, Outbox, StoreError};
use crate::telemetry::Metrics;

/// The outbox is looked at so often even if nothing wakes us: the machine's clock may be set.
const PAUSE_MAX: Duration = Duration::from_mins(1);

/// Between two looks at the outbox, whatever it says is due.
const PAUSE_MIN: Duration = Duration::from_millis(10);

/// A full disk is asked so often whether it has room again.
pub(super) const PAUSE_FULL: Duration = Duration::from_secs(5);

/// A secret file whose secrets have all ended is looked at so often.
const PAUSE_UNSIGNED: Duration = Duration::from_secs(5);

/// More sockets than that are no faster.
const N_REQUESTS_TOTAL_MAX: usize = 1024;

/// On top of what an attempt takes at most: the wait for a core, for the disk, for our end.
const TERM_SLACK: Duration = Duration::from_mins(5);

/// How long a POST in flight may go on after the stop; below the service's patience.
const STOP_PATIENCE: Duration = Duration::from_secs(8);

/// What a dispatcher works with.
pub struct DispatcherParts<'a> {
    /// Section `[alert]`.
    pub config: &'a Config,
    /// To whom it delivers; their names differ.
    pub receivers: Vec<Receiver>,
    /// Where deliveries wait.
    pub outbox: Arc<dyn Outbox>,
    /// Where notices to operators are committed: the same store.
    pub articles: Arc<dyn Articles>,
    /// How notices are written, and when receivers are left in peace.
    pub router: Router,
    /// What says when they are due.
    pub clock: Arc<dyn Clock>,
    /// Notified after every commit.
    pub wake: Arc<Notify>,
    /// Where attempts are counted.
    pub metrics: Arc<Metrics>,
}

/// Brings deliveries to their receivers.
///
/// A delivery to a receiver that is not configured any more stays pending, and visible in the
/// list of deliveries, until the receiver is back.
pub struct Dispatcher {
    pub(super) store: Arc<dyn Outbox>,
    pub(super) articles: Arc<dyn Articles>,
    pub(super) router: Router,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) wake: Arc<Notify>,
    pub(super) lanes: Arc<[Lane]>,
    /// Who is told when a receiver is switched off.
    pub(super) notified: Vec<String>,
    /// One for each delivery that may be in flight.
    slots: Arc<Semaphore>,
    /// How long a delivery is leased.
    term: Duration,
}

/// A delivery that is about to be tried.
struct Starting {
    leased: Leased,
    slot: OwnedSemaphorePermit,
}

/// What starts now, and what there is to wait for then.
struct Taken {
    starting: Vec<Starting>,
    wait: Wait,
}

enum Wait {
    /// For so long, unless somebody wakes us: nothing is due before.
    Pause(Duration),
    /// For so long: more is due, and the receiver's pace does not allow it before.
    Pace(Duration),
    /// Until a delivery to another receiver has come to its end.
    Slot,
    /// Not at all.
    Again,
}

impl Taken {
    fn nothing(wait: Wait) -> Self {
        Self { starting: Vec::new(), wait }
    }
}

impl Dispatcher {
    /// A dispatcher made of these parts.
    pub fn new(parts: DispatcherParts<'_>) -> Self {
        let DispatcherParts { config, receivers, outbox, articles, router, clock, wake, metrics } =
            parts;
        let lane = |receiver: Receiver| {
            let metrics = metrics.receiver(receiver.name());
            Lane::new(receiver, config.n_requests_max, metrics)
        };
        let n_slots = config.n_requests_total_max.clamp(1, N_REQUESTS_TOTAL_MAX);
        let timeout = config.timeout.saturating_mul(attempt::N_REQUESTS_MAX);
        Self {
            store: outbox,
            articles,
            router,
            clock,
            wake,
            lanes: receivers.into_iter().map(lane).collect(),
            notified: config.notify_on_disable.iter().map(|it| it.get_ref().clone()).collect(),
            slots: Arc::new(Semaphore::new(n_slots)),
            term: timeout.saturating_add(TERM_SLACK),
        }
    }

    /// How the receivers stand, as long as the process runs.
    pub fn standings(&self) -> Standings {
        Standings::new(Arc::clone(&self.lanes), Arc::clone(&self.clock))
    }

    /// Delivers what is due, as it becomes due, until `cancel` fires.
    ///
    /// A POST in flight is then given 8 s to finish and is recorded. What has not ended by then,
    /// or not started, stays in the outbox for the next run.
    ///
    /// # Errors
    /// The store failed.
    pub async fn run(&self, cancel: CancellationToken) -> Result<(), StoreError> {
        self.tell_disabled(&cancel).await?;
        let lanes = try_join_all(self.lanes.iter().map(|lane| self.serve(lane, &cancel)));
        let lanes = async {
            lanes.await?;
            // Without receivers there are no lanes that would wait.
            cancel.cancelled().await;
            Ok(())
        };
        tokio::select! {
            result = lanes => result,
            never = self.share_wake() => match never {},
        }
    }

    /// Tries every delivery that is due now once, and returns when all are recorded.
    ///
    /// Those to a receiver that nearly always fails, or that asks for a pause, wait. After `cancel`
    /// no further one is started; see [`Self::run`] for those in flight.
    ///
    /// # Errors
    /// The store failed.
    pub async fn once(&self, cancel: CancellationToken) -> Result<(), StoreError> {
        try_join_all(self.lanes.iter().map(|lane| self.sweep(lane, &cancel))).await?;
        Ok(())
    }

    async fn serve(&self, lane: &Lane, cancel: &CancellationToken) -> Result<(), StoreError> {
        let patience = Patience::Until(cancel);
        let mut in_flight = FuturesUnordered::new();
        while !cancel.is_cancelled() {
            let now = self.clock.now();
            let room = lane.n_requests_max - in_flight.len();
            let Taken { starting, wait } = match self.take(lane, now, room).await {
                Err(StoreError::Full(_)) => Taken::nothing(Wait::Pause(PAUSE_FULL)),
                taken => taken?,
            };
            let starting = starting.into_iter();
            in_flight.extend(starting.map(|it| self.deliver(lane, it, now, patience, cancel)));
            tokio::select! {
                () = cancel.cancelled() => {}
                Some(done) = in_flight.next() => done?,
                () = lane.wake.notified() => {}
                () = self.wait(wait) => {}
            }
        }
        while let Some(done) = in_flight.next().await {
            done?;
        }
        Ok(())
    }

    async fn sweep(&self, lane: &Lane, cancel: &CancellationToken) -> Result<(), StoreError> {
        let started = self.clock.now();
        let mut in_flight = FuturesUnordered::new();
        loop {
            let mut wait = Wait::Pause(PAUSE_MAX);
            if !cancel.is_cancelled() {
                let room = lane.n_requests_max - in_flight.len();
                let taken = self.take(lane, started, room).await?;
                wait = taken.wait;
                let starting = taken
                    .starting
                    .into_iter()
                    .map(|starting| self.deliver(lane, starting, started, Patience::None, cancel));
                in_flight.extend(starting);
            }
            match (in_flight.next().await, wait) {
                (Some(done), _) => done?,
                (None, Wait::Pause(_)) => return Ok(()),
                (None, wait) => tokio::select! {
                    () = cancel.cancelled() => {}
                    () = self.wait(wait) => {}
                },
            }
        }
    }

    async fn wait(&self, wait: Wait) {
        match wait {
            Wait::Pause(pause) | Wait::Pace(pause) => sleep(pause).await,
            // Given back at once: whoever waited longest gets it.
            Wait::Slot => drop(self.slots.acquire().await),
            Wait::Again => tokio::task::yield_now().await,
        }
    }

    /// Up to `wanted` deliveries to start now.
    async fn take(&self, lane: &Lane, now: Timestamp, wanted: usize) -> Result<Taken, StoreError> {
        if wanted == 0 {
            return Ok(Taken::nothing(Wait::Pause(PAUSE_MAX)));
        }
        if let Some(pause) = self.obstacle(lane, now).await? {
            return Ok(Taken::nothing(Wait::Pause(pause)));
        }
        let room = match lane.room(self.clock.elapsed(), wanted) {
            Room::For(room) => room,
            Room::Paced(pause) => return self.paced(lane, now, pause).await,
            Room::LeftAlone(pause) => {
                let pause = pause.unwrap_or(PAUSE_MAX).clamp(PAUSE_MIN, PAUSE_MAX);
                return Ok(Taken::nothing(Wait::Pause(pause)));
            }
        };
        let slots = self.free_slots(room);
        if slots.is_empty() {
            return Ok(Taken::nothing(Wait::Slot));
        }
        let until = self.clock.now().max(now).plus(self.term);
        let leased = self.store.lease(lane.name(), now, until, slots.len()).await?;
        let n_leased = leased.len();
        let is_full = n_leased == slots.len();
        let ready = self.without_held(lane, leased, now).await?;
        let wait = if ready.len() < n_leased || is_full {
            Wait::Again
        } else {
            match self.store.next_due(lane.name()).await {
                Err(StoreError::Full(_)) => Wait::Pause(PAUSE_FULL),
                next => Wait::Pause(next?.map_or(PAUSE_MAX, |next| pause_until(now, next))),
            }
        };
        for _ in &ready {
            lane.started(self.clock.elapsed());
        }
        let starting = ready.into_iter().zip(slots);
        let starting = starting.map(|(leased, slot)| Starting { leased, slot }).collect();
        Ok(Taken { starting, wait })
    }

    /// For how long nothing is sent to the receiver at all; none: it may be.
    async fn obstacle(&self, lane: &Lane, now: Timestamp) -> Result<Option<Duration>, StoreError> {
        if lane.receiver.keys(now).is_err() {
            return Ok(Some(PAUSE_UNSIGNED));
        }
        let state = self.store.receiver(lane.name()).await?;
        let disabled = state.as_ref().and_then(ReceiverState::disabled);
        lane.metrics.disabled.set(disabled.is_some());
        if let Some((_, why)) = disabled {
            let waits = self.store.next_due(lane.name()).await?.is_some();
            if why == WhyDisabled::Failing && waits {
                self.store.bury(lane.name(), now).await?;
            }
            return Ok(Some(PAUSE_MAX));
        }
        let until = state.and_then(|state| state.paused_until);
        let left = until.and_then(|until| lane.pause_left(until, self.clock.as_ref()));
        Ok(left.map(|left| left.clamp(PAUSE_MIN, PAUSE_MAX)))
    }

    /// Nothing, because of the receiver's pace.
    async fn paced(
        &self,
        lane: &Lane,
        now: Timestamp,
        pause: Duration,
    ) -> Result<Taken, StoreError> {
        let next_due = self.store.next_due(lane.name()).await?;
        let Some(due) = next_due.filter(|due| *due <= now) else {
            let pause = next_due.map_or(PAUSE_MAX, |due| pause_until(now, due));
            return Ok(Taken::nothing(Wait::Pause(pause)));
        };
        tracing::trace!(receiver.name = lane.name(), "an alert due at {due} waits for the pace");
        lane.limited();
        Ok(Taken::nothing(Wait::Pace(pause.clamp(PAUSE_MIN, PAUSE_MAX))))
    }

    /// Up to `wanted` slots that nobody has.
    fn free_slots(&self, wanted: usize) -> Vec<OwnedSemaphorePermit> {
        let slot = || Arc::clone(&self.slots).try_acquire_owned().ok();
        std::iter::from_fn(slot).take(wanted).collect()
    }

    /// Those of `leased` that may be sent now; the others go back untried until they may.
    async fn without_held(
        &self,
        lane: &Lane,
        leased: Vec<Leased>,
        now: Timestamp,
    ) -> Result<Vec<Leased>, StoreError> {
        let mut ready = Vec::new();
        let mut trouble = None;
        for leased in leased {
            let Leased { delivery, fence } = &leased;
            let quiet_until = self.quiet_until(delivery, now);
            lane.metrics.held.add(u64::from(quiet_until.is_some()));
            let Some(until) = quiet_until.or_else(|| self.early_until(lane, delivery, now)) else {
                ready.push(leased);
                continue;
            };
            match self.store.postpone(delivery.id, *fence, until).await {
                Err(StoreError::Fenced) | Ok(()) => {}
                Err(error) => {
                    trouble = Some(error);
                    self.store.release(delivery.id, *fence).await?;
                }
            }
            // Somebody may have ended the mute just before there was anything to hurry.
            if quiet_until.is_some() && self.quiet_until(delivery, now).is_none() {
                self.store.hurry(Some(lane.name()), now).await?;
            }
        }
        let Some(error) = trouble else { return Ok(ready) };
        for leased in ready {
            self.store.release(leased.delivery.id, leased.fence).await?;
        }
        Err(error)
    }

    /// Until when a delivery must wait that is due only because the clock was set.
    fn early_until(&self, lane: &Lane, delivery: &Delivery, now: Timestamp) -> Option<Timestamp> {
        if delivery.n_tries() == 0 {
            // Replayed since its last try: the pause after that one counts no more.
            return None;
        }
        let early = lane.too_early(delivery.id, self.clock.elapsed());
        early.map(|pause| retry::later(now, pause.max(PAUSE_MIN)))
    }

    /// Until when a mute holds a delivery.
    fn quiet_until(&self, delivery: &Delivery, now: Timestamp) -> Option<Timestamp> {
        let Delivery { receiver, story, score, mute_windows, .. } = delivery;
        self.router.quiet().held_until(receiver, *story, *score, mute_windows, now)
    }

    async fn deliver(
        &self,
        lane: &Lane,
        Starting { leased, slot }: Starting,
        since: Timestamp,
        patience: Patience<'_>,
        cancel: &CancellationToken,
    ) -> Result<(), StoreError> {
        let tried = self.try_once(lane, &leased, cancel).await;
        drop(slot);
        if let Some(tried) = tried {
            return self.record(lane, leased, since, tried, patience).await;
        }
        lane.given_up();
        self.store.release(leased.delivery.id, leased.fence).await
    }

    /// None when the service stops and the attempt was given up or not begun.
    async fn try_once(
        &self,
        lane: &Lane,
        leased: &Leased,
        cancel: &CancellationToken,
    ) -> Option<Tried> {
        if cancel.is_cancelled() {
            return None;
        }
        let out_of_time = async {
            cancel.cancelled().await;
            sleep(STOP_PATIENCE).await;
        };
        let (clock, receiver) = (self.clock.as_ref(), &lane.receiver);
        let delivery = &leased.delivery;
        tokio::select! {
            tried = attempt(clock, receiver, delivery.event, &delivery.body) => Some(tried),
            () = out_of_time => None,
        }
    }

    async fn tell_disabled(&self, cancel: &CancellationToken) -> Result<(), StoreError> {
        for name in self.lanes.iter().map(Lane::name) {
            let read = || self.store.receiver(name);
            let state = when_there_is_room(Patience::Until(cancel), read).await?;
            if let Some((_, why)) = state.and_then(|state| state.disabled()) {
                warn_disabled(name, why);
            }
        }
        Ok(())
    }

    /// Hands every wake-up on to all lanes.
    async fn share_wake(&self) -> Infallible {
        loop {
            self.wake.notified().await;
            self.lanes.iter().for_each(|lane| lane.wake.notify_one());
        }
    }
}

fn pause_until(now: Timestamp, time: Timestamp) -> Duration {
    retry::until(now, time).clamp(PAUSE_MIN, PAUSE_MAX)
}
