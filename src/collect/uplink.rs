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

/// So often one feed is asked while nothing answers.
pub(super) const PROBE_PAUSE: Duration = Duration::from_mins(1);

/// The last contacts, and what they say of our own network.
///
/// It counts as down when every host that was tried within two minutes failed at name look-up or
/// connection, at least two of those that had answered before among them.
#[derive(Debug, Default)]
pub(super) struct Uplink {
    contacts: HashMap<String, Contact>,
    down_from: Option<Instant>,
    status: UplinkStatus,
}

#[derive(Debug)]
struct Contact {
    at: Instant,
    is_reached: bool,
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
    /// Nothing answers any more, since this.
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
        self.down_from.is_some()
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
            self.contacts.clear();
            self.contacts.insert(host.to_owned(), Contact { at, is_reached, has_worked });
            self.status.set(None);
            return self.down_from.take().map_or(Turned::Same, |_| Turned::Up);
        }
        self.contacts.insert(host.to_owned(), Contact { at, is_reached, has_worked });
        if self.is_down() {
            return Turned::Same;
        }
        self.contacts.retain(|_, contact| at.saturating_duration_since(contact.at) <= WINDOW);
        let n_lost = self.contacts.values().filter(|it| !it.is_reached && it.has_worked).count();
        if n_lost < HOSTS_MIN || self.contacts.values().any(|it| it.is_reached) {
            return Turned::Same;
        }
        let from = self.contacts.values().map(|it| it.at).min().unwrap_or(at);
        self.down_from = Some(from);
        self.status.set(Some(now));
        Turned::Down(from)
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
}
