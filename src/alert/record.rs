//! What is kept of an attempt: where the delivery stands after it, and its receiver.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::alert::attempt::Tried;
use crate::alert::dispatch::{Dispatcher, PAUSE_FULL};
use crate::alert::lane::Lane;
use crate::alert::retry::{self, Next, Outcome};
use crate::alert::{Envelope, Message, Notice, Receiver};
use crate::model::{
    AlertKind, Attempt, Delivery, DeliveryState, EventId, ReceiverState, Timestamp, WhyDisabled,
};
use crate::net::chance;
use crate::store::{Commit, Leased, Settlement, StoreError};

/// A receiver that took nothing for so long is switched off.
const FAILING_MAX: Duration = Duration::from_hours(120);

/// How long to wait for room on a full disk.
#[derive(Clone, Copy)]
pub(super) enum Patience<'a> {
    None,
    Until(&'a CancellationToken),
}

impl Dispatcher {
    /// Records what came of a delivery that was leased at `since`. Nothing that follows lies before
    /// that time, even if the clock was set back meanwhile.
    pub(super) async fn record(
        &self,
        lane: &Lane,
        leased: Leased,
        since: Timestamp,
        tried: Tried,
        patience: Patience<'_>,
    ) -> Result<(), StoreError> {
        let Leased { delivery, fence } = leased;
        let Tried { attempt, outcome, word } = tried;
        let now = self.clock.now().max(since);
        lane.metrics.attempted(word, Duration::from_millis(attempt.took_ms));
        match outcome {
            // Nothing more is sent, so there is nothing to be left alone.
            Outcome::Gone => lane.given_up(),
            outcome => lane.ended(self.clock.as_ref(), outcome != Outcome::Delivered),
        }
        let next = retry::next(delivery.n_tries() + 1, outcome, chance::unit());
        if outcome != Outcome::Gone {
            log(&lane.receiver, &delivery, &attempt, next);
        }
        self.remember(lane, outcome, next, now, patience).await?;
        let settlement = settlement(lane, &delivery, next, now);
        if let (Next::RetryIn(pause), false) = (next, lane.receiver.is_ordered()) {
            lane.retry(delivery.id, self.clock.elapsed(), pause);
        }
        let settle = || self.store.settle(delivery.id, fence, attempt.clone(), settlement);
        match when_there_is_room(patience, settle).await {
            Err(StoreError::Fenced) => {
                let (id, name) = (delivery.id, lane.name());
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
        lane: &Lane,
        outcome: Outcome,
        next: Next,
        now: Timestamp,
        patience: Patience<'_>,
    ) -> Result<(), StoreError> {
        let name = lane.name();
        let _turn = lane.changing.lock().await;
        let stored = when_there_is_room(patience, || self.store.receiver(name)).await?;
        let before = stored.unwrap_or_else(|| ReceiverState::fine(name));
        let mut state = before.clone();
        state.failing_since = match outcome {
            Outcome::Delivered => None,
            // A clock that was wrong once switches nobody off.
            _ => Some(state.failing_since.map_or(now, |since| since.min(now))),
        };
        if let Some(pause) = pause(lane, outcome, next) {
            let until = retry::later(now, pause);
            if state.paused_until < Some(until) {
                state.paused_until = Some(until);
                lane.paused(until, self.clock.elapsed(), pause);
            }
        }
        if state != before {
            when_there_is_room(patience, || self.store.set_receiver(state.clone())).await?;
        }
        match why_disabled(&state, outcome, now) {
            Some(why) => self.switch_off(lane, state, why, now, patience).await,
            None => Ok(()),
        }
    }

    /// Sends nothing more to a receiver. Operators are told first: killed in between, the next
    /// attempt tells them again, under the same id.
    async fn switch_off(
        &self,
        lane: &Lane,
        mut state: ReceiverState,
        why: WhyDisabled,
        now: Timestamp,
        patience: Patience<'_>,
    ) -> Result<(), StoreError> {
        let name = lane.name();
        let since = state.failing_since.unwrap_or(now);
        let commit =
            Commit { deliveries: self.notices(name, why, since, now), ..Commit::default() };
        if !commit.deliveries.is_empty() {
            when_there_is_room(patience, || self.articles.commit(commit.clone())).await?;
            self.wake.notify_one();
        }
        state.disabled = Some(now);
        state.why_disabled = Some(why);
        when_there_is_room(patience, || self.store.set_receiver(state.clone())).await?;
        lane.metrics.disabled.set(true);
        warn_disabled(name, why);
        Ok(())
    }

    /// What tells operators that `name`, which took nothing since `since`, is switched off.
    fn notices(
        &self,
        name: &str,
        why: WhyDisabled,
        since: Timestamp,
        now: Timestamp,
    ) -> Vec<Delivery> {
        let kind = AlertKind::ReceiverDisabled;
        let text = disabled_words(name, why);
        let notice = Notice { kind, receiver: name.to_owned(), text };
        let envelope = Envelope {
            event: EventId::of_notice(kind.as_str(), name, since),
            matched: None,
            story: None,
            lists: Vec::new(),
            score: None,
            due: now,
            now,
        };
        let told = self.notified.iter().map(String::as_str).filter(|it| *it != name);
        self.router.deliveries(&Message::Notice(&notice), told, &envelope)
    }
}

/// For how long nothing is sent to the receiver after this.
fn pause(lane: &Lane, outcome: Outcome, next: Next) -> Option<Duration> {
    match (outcome, next) {
        // What comes after it waits for it.
        (Outcome::Gone, _) => None,
        (_, Next::RetryIn(pause)) if lane.receiver.is_ordered() => Some(pause),
        (Outcome::AskedToWait(wish), _) => Some(wish.min(retry::RETRY_AFTER_MAX)),
        _ => None,
    }
}

fn settlement(lane: &Lane, delivery: &Delivery, next: Next, now: Timestamp) -> Settlement {
    match (next, delivery.state) {
        (Next::Done, _) => Settlement::Delivered { at: now },
        (Next::GiveUp, _) => Settlement::Dead { at: now },
        // It keeps its place: the receiver pauses instead.
        (Next::RetryIn(_), DeliveryState::Pending { due }) if lane.receiver.is_ordered() => {
            Settlement::RetryAt { due }
        }
        (Next::RetryIn(pause), _) => Settlement::RetryAt { due: retry::later(now, pause) },
    }
}

fn why_disabled(state: &ReceiverState, outcome: Outcome, now: Timestamp) -> Option<WhyDisabled> {
    if state.disabled.is_some() {
        return None;
    }
    let is_failing = state.failing_since.is_some_and(|since| FAILING_MAX <= now.since(since));
    match outcome {
        Outcome::Delivered => None,
        Outcome::Gone => Some(WhyDisabled::Gone),
        _ => is_failing.then_some(WhyDisabled::Failing),
    }
}

/// Does what the store refuses while the disk is full: a delivery that cannot be recorded would
/// be sent again after every restart.
pub(super) async fn when_there_is_room<T, F: Future<Output = Result<T, StoreError>>>(
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

fn disabled_words(name: &str, why: WhyDisabled) -> String {
    let rest = match why {
        WhyDisabled::Gone => "its alerts wait",
        WhyDisabled::Failing => "its alerts are dead letters, which can be sent again",
    };
    format!("Nothing more is sent to receiver {name}: {}; {rest}.", why.in_words())
}

pub(super) fn warn_disabled(name: &str, why: WhyDisabled) {
    match why {
        WhyDisabled::Gone => tracing::warn!(
            receiver.name = name,
            "receiver {name} answered 410: its alerts wait, nothing more is sent"
        ),
        WhyDisabled::Failing => tracing::error!(
            receiver.name = name,
            "receiver {name} took nothing for 120 h: its alerts are dead letters, nothing more is \
             sent"
        ),
    }
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
