//! Tells our own network's failure from that of the servers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::model::Timestamp;

/// So far back contacts count.
const WINDOW: Duration = Duration::from_mins(2);

/// One host may be down; with two at the same time it is us.
const HOSTS_MIN: usize = 2;

/// Where polls are rare, no two come at the same time: so many in a row are no chance either.
const HOSTS_IN_A_ROW_MIN: usize = 5;

/// So often one feed is asked while nothing answers.
pub(super) const PROBE_PAUSE: Duration = Duration::from_mins(1);

/// Who could not be reached since anybody was, and what that says of our own network.
///
/// It counts as down when every host that was tried within two minutes failed at name look-up or
/// connection, at least two of those that had answered before among them; or five of those in a
/// row.
#[derive(Debug, Default)]
pub(super) struct Uplink {
    lost: HashMap<String, Lost>,
    last_reached: Option<Instant>,
    /// The first failure since then.
    failing_from: Option<Instant>,
    is_down: bool,
    status: UplinkStatus,
}

#[derive(Debug)]
struct Lost {
    at: Instant,
    has_worked: bool,
}

/// Whether our own network is down, for everybody to see. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct UplinkStatus(Arc<Mutex<Option<Timestamp>>>);

impl UplinkStatus {
    /// Since when our own network is down.
    pub fn down_since(&self) -> Option<Timestamp> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, since: Option<Timestamp>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }
}

/// What a contact changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turned {
    /// Nothing.
    Same,
    /// Nothing answers any more; this was the first failure since anybody did.
    Down(Instant),
    /// Somebody answers again.
    Up,
}

impl Uplink {
    /// For others to look at.
    pub(super) fn status(&self) -> UplinkStatus {
        self.status.clone()
    }

    pub(super) fn is_down(&self) -> bool {
        self.is_down
    }

    /// Notes how asking a host ended; `has_worked`: it had answered the time before.
    pub(super) fn note(
        &mut self,
        host: &str,
        is_reached: bool,
        has_worked: bool,
        now: Timestamp,
    ) -> Turned {
        let at = Instant::now();
        if is_reached {
            self.lost.clear();
            self.failing_from = None;
            self.last_reached = Some(at);
            self.status.set(None);
            let was_down = std::mem::take(&mut self.is_down);
            return if was_down { Turned::Up } else { Turned::Same };
        }
        let from = *self.failing_from.get_or_insert(at);
        self.lost.insert(host.to_owned(), Lost { at, has_worked });
        if self.is_down || !self.nobody_answers(at) {
            return Turned::Same;
        }
        self.is_down = true;
        self.status.set(Some(now));
        Turned::Down(from)
    }

    fn nobody_answers(&self, now: Instant) -> bool {
        let is_recent = |at: Instant| now.saturating_duration_since(at) <= WINDOW;
        let n_lost = self.lost.values().filter(|it| it.has_worked).count();
        let n_recent = self.lost.values().filter(|it| it.has_worked && is_recent(it.at)).count();
        !self.last_reached.is_some_and(is_recent)
            && (HOSTS_MIN <= n_recent || HOSTS_IN_A_ROW_MIN <= n_lost)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-24T06:00:00Z".parse().unwrap()
    }

    /// Goal: one dead server is its own problem; all of them at once are ours.
    #[tokio::test(start_paused = true)]
    async fn every_host_must_fail() {
        let mut uplink = Uplink::default();
        assert_eq!(uplink.note("a", false, true, now()), Turned::Same);
        assert_eq!(uplink.note("b", true, true, now()), Turned::Same);
        assert_eq!(uplink.note("a", false, true, now()), Turned::Same);
        assert_eq!(uplink.note("c", false, true, now()), Turned::Same, "b answered just now");
        sleep(WINDOW + Duration::from_secs(1)).await;
        assert_eq!(uplink.note("never", false, false, now()), Turned::Same);
        assert_eq!(uplink.note("a", false, true, now()), Turned::Same);
        assert!(matches!(uplink.note("c", false, true, now()), Turned::Down(_)));
        assert_eq!(uplink.status().down_since(), Some(now()));
        assert_eq!(uplink.note("c", true, true, now()), Turned::Up);
        assert_eq!((uplink.is_down(), uplink.status().down_since()), (false, None));
    }

    /// Goal: a few feeds, asked now and then, are enough to see it; the first failure counts.
    #[tokio::test(start_paused = true)]
    async fn five_in_a_row_are_enough() {
        let mut uplink = Uplink::default();
        let start = Instant::now();
        for host in ["a", "b", "c", "d"] {
            assert_eq!(uplink.note(host, false, true, now()), Turned::Same);
            sleep(3 * WINDOW).await;
        }
        assert_eq!(uplink.note("e", false, true, now()), Turned::Down(start));
    }
}
