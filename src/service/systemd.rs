//! What systemd hears from us: ready, how it stands, still alive, stopping.
//!
//! Invariant: a service whose collector or store hangs does not call itself alive.
//! Invariant: without a `NOTIFY_SOCKET` nothing is said, counted or asked.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sd_notify::NotifyState;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::service::controls::store_words;
use crate::service::watch::Watch;
use crate::store::{Opening, Store, StoreError};
use crate::telemetry::Pulse;

/// How often the status line is made; it is sent when it has changed.
const STATUS_PAUSE: Duration = Duration::from_secs(30);

/// How often a slow start is told.
const OPENING_PAUSE: Duration = Duration::from_secs(5);

/// So many looks belong to one time limit. With two, as `sd_watchdog_enabled(3)` has it, one
/// turn of the collector that comes a little late would end a healthy service.
const LOOKS_PER_LIMIT: u32 = 6;

/// Tells how far opening the store has come, until it is dropped, and asks for more time as long
/// as it goes on: making a large store anew takes longer than a start may take.
pub(super) async fn tell_opening(opening: &Opening) -> Infallible {
    let mut pauses = pauses(OPENING_PAUSE);
    // The first one is over at once, and a store is usually open by the second.
    pauses.tick().await;
    loop {
        pauses.tick().await;
        say_waiting(&opening.in_words(), OPENING_PAUSE);
    }
}

/// The service cannot start yet, for this reason; it is looked at again after `pause`.
pub(super) fn say_waiting(words: &str, pause: Duration) {
    tell(&NotifyState::Status(words));
    let more = pause.saturating_mul(6).as_micros();
    tell(&NotifyState::ExtendTimeoutUsec(u32::try_from(more).unwrap_or(u32::MAX)));
}

/// The store is open and HTTP is answered.
pub(super) fn say_ready() {
    tell(&NotifyState::Ready);
}

/// Tasks are being ended.
pub(super) fn say_stopping() {
    tell(&NotifyState::Stopping);
}

/// Tells systemd something, if a `NOTIFY_SOCKET` is set. The service can do without, so an
/// error is only logged.
fn tell(state: &NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(std::slice::from_ref(state)) {
        tracing::warn!(%error, "systemd does not hear us: {error}");
    }
}

/// What can be seen of a service that lives.
#[async_trait]
pub(super) trait Vitals: Send + Sync {
    /// How often the collector has looked whose turn it is.
    fn turns(&self) -> u64;

    /// Answers when the store's writer has, and writes nothing.
    async fn writer_answers(&self);

    /// The counts of the status line.
    async fn standing(&self) -> Result<Standing, StoreError>;
}

/// The counts of the status line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) feeds: usize,
    pub(super) feeds_failing: usize,
    pub(super) matches: u64,
    pub(super) alerts_pending: u64,
    /// Why the store cannot do its work; none if it can.
    pub(super) trouble: Option<String>,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { feeds, feeds_failing, matches, alerts_pending, trouble } = self;
        if let Some(trouble) = trouble {
            write!(f, "{trouble}; ")?;
        }
        write!(f, "feeds: {feeds}, failing: {feeds_failing}, matches: {matches}, ")?;
        write!(f, "alerts pending: {alerts_pending}")
    }
}

/// The parts of the running service that are watched.
pub(super) struct Parts {
    pub(super) store: Arc<dyn Store>,
    pub(super) watch: Arc<Watch>,
    /// The collector's.
    pub(super) turns: Pulse,
}

#[async_trait]
impl Vitals for Parts {
    fn turns(&self) -> u64 {
        self.turns.beats()
    }

    async fn writer_answers(&self) {
        // A refusal is an answer: whoever writes next ends the service, and says why.
        self.store.ping().await.ok();
    }

    async fn standing(&self) -> Result<Standing, StoreError> {
        let counts = self.store.counts().await?;
        let feeds = self.watch.standings();
        Ok(Standing {
            feeds: feeds.len(),
            feeds_failing: feeds.iter().filter(|feed| feed.phase().is_trouble()).count(),
            matches: counts.matches,
            alerts_pending: counts.deliveries_pending,
            trouble: store_words(self.store.health()),
        })
    }
}

/// Tells systemd how the service stands and that it is alive, until `cancel` fires.
pub(super) async fn run(vitals: impl Vitals, cancel: CancellationToken) -> Result<(), Infallible> {
    if std::env::var_os("NOTIFY_SOCKET").is_some() {
        let limit = sd_notify::watchdog_enabled();
        let talk = async {
            tokio::join!(tell_standing(&vitals, tell), tell_alive(&vitals, limit, tell));
        };
        cancel.run_until_cancelled(talk).await;
    }
    cancel.cancelled().await;
    Ok(())
}

/// Never ends.
async fn tell_standing(vitals: &impl Vitals, tell: impl Fn(&NotifyState<'_>)) {
    let mut pauses = pauses(STATUS_PAUSE);
    let mut told = None;
    loop {
        pauses.tick().await;
        match vitals.standing().await {
            Ok(standing) if told.as_ref() == Some(&standing) => {}
            Ok(standing) => {
                tell(&NotifyState::Status(&standing.to_string()));
                told = Some(standing);
            }
            Err(error) => tracing::debug!(%error, "no status for systemd: {error}"),
        }
    }
}

/// Ends only if systemd wants no sign of life.
async fn tell_alive(
    vitals: &impl Vitals,
    limit: Option<Duration>,
    tell: impl Fn(&NotifyState<'_>),
) {
    let Some(limit) = limit.filter(|limit| !limit.is_zero()) else { return };
    let mut pauses = pauses(limit / LOOKS_PER_LIMIT);
    let mut turns = 0;
    loop {
        pauses.tick().await;
        // While it does not answer, nothing is told.
        vitals.writer_answers().await;
        let turns_now = vitals.turns();
        if turns != turns_now {
            tell(&NotifyState::Watchdog);
            turns = turns_now;
        }
    }
}

fn pauses(length: Duration) -> Interval {
    let mut pauses = interval(length);
    pauses.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pauses
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    use tokio::time::{sleep, timeout};

    use super::*;

    const LIMIT: Duration = Duration::from_mins(1);

    /// A service whose parts can be stopped.
    #[derive(Default)]
    struct Patient {
        turns: AtomicU64,
        is_writer_stuck: AtomicBool,
        is_disk_full: AtomicBool,
        matches: AtomicU64,
    }

    #[async_trait]
    impl Vitals for Patient {
        fn turns(&self) -> u64 {
            self.turns.load(Ordering::Relaxed)
        }

        async fn writer_answers(&self) {
            if self.is_writer_stuck.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
        }

        async fn standing(&self) -> Result<Standing, StoreError> {
            let matches = self.matches.load(Ordering::Relaxed);
            let trouble = self.is_disk_full.load(Ordering::Relaxed).then(|| "full".to_owned());
            Ok(Standing { feeds: 41, feeds_failing: 2, matches, alerts_pending: 3, trouble })
        }
    }

    /// What is told in a time limit while the collector turns every `turn`.
    async fn told(patient: &Patient, turn: Duration) -> Vec<String> {
        let told = Mutex::new(Vec::new());
        let tell = |state: &NotifyState<'_>| told.lock().unwrap().push(state.to_string());
        let turning = async {
            loop {
                sleep(turn).await;
                patient.turns.fetch_add(1, Ordering::Relaxed);
            }
        };
        let all = async {
            tokio::join!(
                turning,
                tell_alive(patient, Some(LIMIT), tell),
                tell_standing(patient, tell)
            )
        };
        assert!(timeout(LIMIT, all).await.is_err());
        told.into_inner().unwrap()
    }

    fn n_signs(told: &[String]) -> usize {
        told.iter().filter(|state| state.contains("WATCHDOG=1")).count()
    }

    /// Goal: a healthy service that has little to do is left alone.
    #[tokio::test(start_paused = true)]
    async fn slow_turns_are_signs_of_life() {
        let told = told(&Patient::default(), LIMIT / 3).await;
        assert!(2 <= n_signs(&told), "{told:?}");
    }

    /// Goal: systemd restarts a service whose scheduler hangs.
    #[tokio::test(start_paused = true)]
    async fn stuck_collector_is_no_sign_of_life() {
        let told = told(&Patient::default(), LIMIT * 2).await;
        assert_eq!(n_signs(&told), 0, "{told:?}");
    }

    /// Goal: systemd restarts a service whose store hangs, though feeds are still polled.
    #[tokio::test(start_paused = true)]
    async fn stuck_writer_is_no_sign_of_life() {
        let patient = Patient::default();
        assert!(2 <= n_signs(&told(&patient, LIMIT / 3).await));
        patient.is_writer_stuck.store(true, Ordering::Relaxed);
        let told = told(&patient, LIMIT / 3).await;
        assert_eq!(n_signs(&told), 0, "{told:?}");
    }

    /// Goal: `systemctl status` shows how the service stands, without a line for every look.
    #[tokio::test(start_paused = true)]
    async fn status_is_told_when_it_has_changed() {
        let patient = Patient::default();
        let statuses = || async {
            let told = told(&patient, LIMIT * 2).await;
            told.into_iter().filter(|state| state.starts_with("STATUS=")).collect::<Vec<_>>()
        };
        let first = statuses().await;
        assert_eq!(first, ["STATUS=feeds: 41, failing: 2, matches: 0, alerts pending: 3"]);
        let vary = async {
            sleep(STATUS_PAUSE / 2).await;
            patient.matches.store(1, Ordering::Relaxed);
        };
        let (changed, ()) = tokio::join!(statuses(), vary);
        assert_eq!(changed.len(), 2, "{changed:?}");
        patient.is_disk_full.store(true, Ordering::Relaxed);
        assert_eq!(
            statuses().await,
            ["STATUS=full; feeds: 41, failing: 2, matches: 1, alerts pending: 3"]
        );
    }
}
