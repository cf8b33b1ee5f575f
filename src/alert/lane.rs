//! One receiver and what is remembered of it while the process runs.
//!
//! Invariant: nothing here has to survive a restart. What has to is read from the store each time.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::alert::Receiver;
use crate::alert::circuit::{Circuit, Passage, Turn};
use crate::alert::pace::Pace;
use crate::alert::retry;
use crate::model::{Clock, DeliveryId, Timestamp};
use crate::telemetry::ReceiverMetrics;

/// No receiver is faster with more at once.
const N_REQUESTS_MAX: usize = 64;

/// So many retries of one receiver are protected from a clock that is set forward.
const RETRIES_MAX: usize = 10_000;

/// One receiver on the way to which deliveries are.
pub(super) struct Lane {
    pub(super) receiver: Receiver,
    pub(super) wake: Notify,
    pub(super) metrics: Arc<ReceiverMetrics>,
    /// Deliveries in flight at once.
    pub(super) n_requests_max: usize,
    /// Whoever changes how the receiver stands has it.
    pub(super) changing: tokio::sync::Mutex<()>,
    memory: Mutex<Memory>,
}

/// Times are those of [`Clock::elapsed`], unless they are timestamps.
#[derive(Default)]
struct Memory {
    circuit: Circuit,
    open_since: Option<Timestamp>,
    pace: Pace,
    /// Whether it was counted that alerts wait for the pace.
    is_limited: bool,
    /// When deliveries that failed may be tried again.
    retries: HashMap<DeliveryId, Duration>,
    /// The stored end of a pause, and when that is.
    pause: Option<(Timestamp, Duration)>,
}

/// How many deliveries may start now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// So many, and at least one.
    For(usize),
    /// None before this pause is over, because of the pace.
    Paced(Duration),
    /// None before this pause is over, because the receiver nearly always fails; none: before the
    /// delivery that is on its way has come to its end.
    LeftAlone(Option<Duration>),
}

impl Lane {
    /// A lane to `receiver` with at most so many deliveries in flight at once.
    pub(super) fn new(
        receiver: Receiver,
        n_requests_max: usize,
        metrics: Arc<ReceiverMetrics>,
    ) -> Self {
        let n_requests_max =
            if receiver.is_ordered() { 1 } else { n_requests_max.clamp(1, N_REQUESTS_MAX) };
        let pace = Pace::new(receiver.limits().iter().copied());
        let memory = Mutex::new(Memory { pace, ..Memory::default() });
        let (wake, changing) = (Notify::new(), tokio::sync::Mutex::default());
        Self { receiver, wake, metrics, n_requests_max, changing, memory }
    }

    pub(super) fn name(&self) -> &str {
        self.receiver.name()
    }

    /// How many of `wanted` deliveries may start.
    pub(super) fn room(&self, elapsed: Duration, wanted: usize) -> Room {
        let memory = self.locked();
        let wanted = match memory.circuit.passage(elapsed) {
            Passage::Free => wanted,
            Passage::Probe => wanted.min(1),
            Passage::ClosedUntil(at) => return Room::LeftAlone(Some(at.saturating_sub(elapsed))),
            Passage::ClosedWhileProbing => return Room::LeftAlone(None),
        };
        match (memory.pace.room(elapsed, wanted), memory.pace.next(elapsed)) {
            (0, Some(next)) => Room::Paced(next.saturating_sub(elapsed)),
            (n, _) => Room::For(n.max(1)),
        }
    }

    /// Notes that alerts which are due wait for the pace, once for each wait.
    pub(super) fn limited(&self) {
        let mut memory = self.locked();
        if !memory.is_limited {
            memory.is_limited = true;
            self.metrics.rate_limited.add(1);
        }
    }

    /// Notes that a delivery starts.
    pub(super) fn started(&self, elapsed: Duration) {
        let mut memory = self.locked();
        memory.pace.note(elapsed);
        memory.is_limited = false;
        if memory.circuit.passage(elapsed) == Passage::Probe {
            memory.circuit.probe();
        }
    }

    /// Notes that a delivery that started was given up, or not begun.
    pub(super) fn given_up(&self) {
        self.locked().circuit.give_up();
    }

    /// Notes how an attempt ended, and says when that changes whether the receiver is left alone.
    pub(super) fn ended(&self, clock: &dyn Clock, has_failed: bool) {
        let mut memory = self.locked();
        let name = self.name();
        match memory.circuit.note(clock.elapsed(), has_failed) {
            None => return,
            Some(Turn::Opened) => {
                memory.open_since = Some(clock.now());
                tracing::warn!(
                    receiver.name = name,
                    "receiver {name} nearly always fails: one alert is tried every 30 s until it \
                     takes one, the others wait"
                );
            }
            Some(Turn::Closed) => {
                memory.open_since = None;
                tracing::info!(receiver.name = name, "receiver {name} takes alerts again");
            }
        }
        self.metrics.circuit_open.set(memory.open_since.is_some());
    }

    /// Notes that delivery `id` is not to be tried before `pause` is over.
    pub(super) fn retry(&self, id: DeliveryId, elapsed: Duration, pause: Duration) {
        let mut memory = self.locked();
        if RETRIES_MAX <= memory.retries.len() {
            memory.retries.retain(|_, at| elapsed < *at);
        }
        if memory.retries.len() < RETRIES_MAX {
            // Two clocks of one machine differ by less than a thousandth, and by their rounding.
            let tolerance = pause / 1_000 + Duration::from_millis(100);
            memory.retries.insert(id, elapsed + pause.saturating_sub(tolerance));
        }
    }

    /// How much too early delivery `id` is, whatever the clock says that was set meanwhile.
    pub(super) fn too_early(&self, id: DeliveryId, elapsed: Duration) -> Option<Duration> {
        let mut memory = self.locked();
        let at = memory.retries.get(&id).copied()?;
        if at <= elapsed {
            memory.retries.remove(&id);
        }
        at.checked_sub(elapsed).filter(|pause| !pause.is_zero())
    }

    /// Notes that nothing is to be sent before `pause` is over, which is stored as `until`.
    pub(super) fn paused(&self, until: Timestamp, elapsed: Duration, pause: Duration) {
        self.locked().pause = Some((until, elapsed + pause));
    }

    /// How long it is to the stored end of a pause, whatever the clock was set to meanwhile; none
    /// if it is over.
    pub(super) fn pause_left(&self, until: Timestamp, clock: &dyn Clock) -> Option<Duration> {
        let left = match self.locked().pause {
            Some((known, at)) if known == until => at.saturating_sub(clock.elapsed()),
            _ => retry::until(clock.now(), until),
        };
        Some(left).filter(|left| !left.is_zero())
    }

    fn standing(&self, clock: &dyn Clock) -> Standing {
        let memory = self.locked();
        let next_probe = memory.circuit.next_probe();
        let next_probe = next_probe.map(|at| clock.now().plus(at.saturating_sub(clock.elapsed())));
        Standing { open_since: memory.open_since, next_probe }
    }

    fn locked(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a receiver is left alone because it nearly always fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Since when; none: it is not.
    pub open_since: Option<Timestamp>,
    /// When the next alert is tried, if one is due by then.
    pub next_probe: Option<Timestamp>,
}

/// How receivers stand while the process runs. Clones see the same.
#[derive(Clone)]
pub struct Standings {
    lanes: Arc<[Lane]>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Standings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Standings").finish_non_exhaustive()
    }
}

impl Standings {
    pub(super) fn new(lanes: Arc<[Lane]>, clock: Arc<dyn Clock>) -> Self {
        Self { lanes, clock }
    }

    /// How the receiver called `name` stands; none if it is not configured.
    pub fn of(&self, name: &str) -> Option<Standing> {
        let lane = self.lanes.iter().find(|lane| lane.name() == name)?;
        Some(lane.standing(self.clock.as_ref()))
    }
}
