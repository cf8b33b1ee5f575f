//! Takes deliveries out of the outbox and brings them to their receivers.
//!
//! Every receiver has a lane of its own, so a slow or dead one delays nobody else. All lanes
//! run inside one task.
//!
//! Invariant: what is sent was leased from the store, for longer than an attempt can take, and the
//! lease ends when the attempt is recorded, so no delivery is on its way twice.
//! Deliberately absent: memory of its own. How a receiver stands is read from the store each
//! time, so a restart changes nothing.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::Notify;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::alert::attempt::attempt;
use crate::alert::retry::{self, Next, Outcome};
use crate::alert::{Config, Receiver};
use crate::model::{Attempt, Clock, Delivery, ReceiverState, Timestamp, WhyDisabled};
use crate::net::chance;
use crate::store::{Leased, Outbox, Settlement, StoreError};
use crate::telemetry::Metrics;

/// The outbox is looked at so often even if nothing wakes us: the machine's clock may be set.
const PAUSE_MAX: Duration = Duration::from_mins(1);

/// Between two looks at the outbox, whatever it says is due.
const PAUSE_MIN: Duration = Duration::from_millis(10);

/// A full disk is asked so often whether it has room again.
const PAUSE_FULL: Duration = Duration::from_secs(5);

/// No receiver is faster with more at once.
const N_REQUESTS_MAX: usize = 64;

/// A connection that fails at once is tried once more within the same attempt.
const N_TRIES: u32 = 2;

/// On top of what an attempt takes at most: the wait for a core, for the disk, for our end.
const TERM_SLACK: Duration = Duration::from_mins(5);

/// How long a POST in flight may go on after the stop; below the service's patience.
const STOP_PATIENCE: Duration = Duration::from_secs(8);

/// Brings deliveries to their receivers.
///
/// A delivery to a receiver that is not configured any more stays pending, and visible in the
/// list of deliveries, until the receiver is back.
pub struct Dispatcher {
    store: Arc<dyn Outbox>,
    clock: Arc<dyn Clock>,
    wake: Arc<Notify>,
    metrics: Arc<Metrics>,
    lanes: Vec<Lane>,
    n_requests_max: usize,
    /// How long a delivery is leased.
    term: Duration,
}

struct Lane {
    receiver: Receiver,
    wake: Notify,
}

/// How long to wait for room on a full disk.
#[derive(Clone, Copy)]
enum Patience<'a> {
    None,
    Until(&'a CancellationToken),
}

/// A delivery that was tried, and what came of it.
struct Tried {
    leased: Leased,
    /// The time at which it was due; nothing that follows lies before it, even if the clock
    /// is set back meanwhile.
    since: Timestamp,
    /// None when the service stops and the attempt was given up or not begun.
    result: Option<(Attempt, Outcome)>,
}

impl Dispatcher {
    /// A dispatcher for `receivers`, whose names differ; notify `wake` after every commit.
    pub fn new(
        config: &Config,
        receivers: Vec<Receiver>,
        store: Arc<dyn Outbox>,
        clock: Arc<dyn Clock>,
        wake: Arc<Notify>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let lane = |receiver| Lane { receiver, wake: Notify::new() };
        let lanes = receivers.into_iter().map(lane).collect();
        Self {
            store,
            clock,
            wake,
            metrics,
            lanes,
            n_requests_max: config.n_requests_max.clamp(1, N_REQUESTS_MAX),
            term: config.timeout.saturating_mul(N_TRIES).saturating_add(TERM_SLACK),
        }
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
    /// After `cancel` no further one is started; see [`Self::run`] for those in flight.
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
            let room = self.n_requests_max - in_flight.len();
            let (due, pause) = match self.take(lane, now, room).await {
                Err(StoreError::Full(_)) => (Vec::new(), PAUSE_FULL),
                taken => taken?,
            };
            in_flight.extend(due.into_iter().map(|it| self.deliver(lane, it, now, cancel)));
            tokio::select! {
                () = cancel.cancelled() => {}
                Some(tried) = in_flight.next() => self.record(lane, tried, patience).await?,
                () = lane.wake.notified() => {}
                () = sleep(pause) => {}
            }
        }
        while let Some(tried) = in_flight.next().await {
            self.record(lane, tried, patience).await?;
        }
        Ok(())
    }

    async fn sweep(&self, lane: &Lane, cancel: &CancellationToken) -> Result<(), StoreError> {
        let started = self.clock.now();
        let mut in_flight = FuturesUnordered::new();
        loop {
            if !cancel.is_cancelled() {
                let room = self.n_requests_max - in_flight.len();
                let (due, _) = self.take(lane, started, room).await?;
                in_flight.extend(due.into_iter().map(|it| self.deliver(lane, it, started, cancel)));
            }
            match in_flight.next().await {
                Some(tried) => self.record(lane, tried, Patience::None).await?,
                None => return Ok(()),
            }
        }
    }

    /// Up to `room` deliveries to start now, and how long until there may be more.
    async fn take(
        &self,
        lane: &Lane,
        now: Timestamp,
        room: usize,
    ) -> Result<(Vec<Leased>, Duration), StoreError> {
        let name = lane.receiver.name();
        let state = self.store.receiver(name).await?;
        if room == 0 || state.as_ref().is_some_and(|state| state.disabled.is_some()) {
            return Ok((Vec::new(), PAUSE_MAX));
        }
        let wanted = state.and_then(|state| state.paused_until).filter(|until| now < *until);
        if let Some(paused_until) = wanted {
            return Ok((Vec::new(), pause_until(now, paused_until)));
        }
        let until = self.clock.now().max(now).plus(self.term);
        let due = self.store.lease(name, now, until, room).await?;
        if due.len() == room {
            return Ok((due, PAUSE_MAX));
        }
        let next_due = self.store.next_due(name).await?;
        Ok((due, next_due.map_or(PAUSE_MAX, |next| pause_until(now, next))))
    }

    async fn deliver(
        &self,
        lane: &Lane,
        leased: Leased,
        since: Timestamp,
        cancel: &CancellationToken,
    ) -> Tried {
        if cancel.is_cancelled() {
            return Tried { leased, since, result: None };
        }
        let out_of_time = async {
            cancel.cancelled().await;
            sleep(STOP_PATIENCE).await;
        };
        let (clock, receiver) = (self.clock.as_ref(), &lane.receiver);
        let delivery = &leased.delivery;
        let result = tokio::select! {
            result = attempt(clock, receiver, delivery.event, &delivery.body) => Some(result),
            () = out_of_time => None,
        };
        Tried { leased, since, result }
    }

    async fn record(
        &self,
        lane: &Lane,
        tried: Tried,
        patience: Patience<'_>,
    ) -> Result<(), StoreError> {
        let Tried { leased: Leased { delivery, fence }, since, result } = tried;
        let Some((attempt, outcome)) = result else {
            return self.store.release(delivery.id, fence).await;
        };
        let now = self.clock.now().max(since);
        let next = retry::next(delivery.n_tries() + 1, outcome, chance::unit());
        if outcome != Outcome::Gone {
            log(&lane.receiver, &delivery, &attempt, next);
        }
        self.remember(lane.receiver.name(), outcome, now, patience).await?;
        match next {
            Next::Done => self.metrics.attempts_delivered.add(1),
            Next::RetryIn(_) | Next::GiveUp => self.metrics.attempts_failed.add(1),
        }
        let settlement = match next {
            Next::Done => Settlement::Delivered { at: now },
            Next::RetryIn(pause) => Settlement::RetryAt { due: retry::later(now, pause) },
            Next::GiveUp => Settlement::Dead { at: now },
        };
        let settle = || self.store.settle(delivery.id, fence, attempt.clone(), settlement);
        match when_there_is_room(patience, settle).await {
            Err(StoreError::Fenced) => {
                let (id, name) = (delivery.id, lane.receiver.name());
                tracing::warn!(
                    receiver.name = name,
                    delivery.id = %id,
                    "alert {id} to {name} took so long that somebody else has it now: what came \
                     of it here is not recorded"
                );
                Ok(())
            }
            settled => settled,
        }
    }

    /// Keeps what an answer says about the receiver as a whole.
    async fn remember(
        &self,
        name: &str,
        outcome: Outcome,
        now: Timestamp,
        patience: Patience<'_>,
    ) -> Result<(), StoreError> {
        if !matches!(outcome, Outcome::Gone | Outcome::AskedToWait(_)) {
            return Ok(());
        }
        let stored = when_there_is_room(patience, || self.store.receiver(name)).await?;
        let mut state = stored.unwrap_or_else(|| ReceiverState::fine(name));
        match outcome {
            Outcome::AskedToWait(wish) => {
                let until = retry::later(now, wish.min(retry::RETRY_AFTER_MAX));
                state.paused_until = state.paused_until.max(Some(until));
            }
            _ if state.disabled.is_none() => {
                warn_disabled(name);
                state.disabled = Some(now);
                state.why_disabled = Some(WhyDisabled::Gone);
            }
            _ => {}
        }
        when_there_is_room(patience, || self.store.set_receiver(state.clone())).await
    }

    async fn tell_disabled(&self, cancel: &CancellationToken) -> Result<(), StoreError> {
        for name in self.lanes.iter().map(|lane| lane.receiver.name()) {
            let read = || self.store.receiver(name);
            let state = when_there_is_room(Patience::Until(cancel), read).await?;
            if state.is_some_and(|state| state.disabled.is_some()) {
                warn_disabled(name);
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

/// Does what the store refuses while the disk is full: a delivery that cannot be recorded would
/// be sent again after every restart.
async fn when_there_is_room<T, F: Future<Output = Result<T, StoreError>>>(
    patience: Patience<'_>,
    work: impl Fn() -> F,
) -> Result<T, StoreError> {
    loop {
        match (work().await, patience) {
            (Err(StoreError::Full(error)), Patience::Until(cancel)) if !cancel.is_cancelled() => {
                tracing::debug!(%error, "no space to record a delivery, trying again");
                tokio::select! {
                    () = cancel.cancelled() => {}
                    () = sleep(PAUSE_FULL) => {}
                }
            }
            (result, _) => return result,
        }
    }
}

fn pause_until(now: Timestamp, time: Timestamp) -> Duration {
    retry::until(now, time).clamp(PAUSE_MIN, PAUSE_MAX)
}

fn warn_disabled(name: &str) {
    tracing::warn!(
        receiver.name = name,
        "receiver {name} answered 410: its alerts wait, nothing more is sent"
    );
}

fn log(receiver: &Receiver, delivery: &Delivery, attempt: &Attempt, next: Next) {
    let name = receiver.name();
    let (id, took_ms) = (delivery.id, attempt.took_ms);
    let error = attempt.error.as_deref().unwrap_or_default();
    match next {
        Next::Done => tracing::info!(
            receiver.name = name,
            delivery.id = %id,
            attempt.took_ms = took_ms,
            "alert {id} delivered to {name}"
        ),
        Next::RetryIn(pause) => tracing::warn!(
            receiver.name = name,
            delivery.id = %id,
            attempt.took_ms = took_ms,
            attempt.error = error,
            "alert {id} not delivered to {name}: {error}; next try in {} s",
            pause.as_secs()
        ),
        Next::GiveUp => tracing::error!(
            receiver.name = name,
            delivery.id = %id,
            attempt.took_ms = took_ms,
            attempt.error = error,
            "alert {id} given up for {name}: {error}"
        ),
    }
}
