//! Whose turn it is at which host. Whoever asks a server for anything asks here first.
//!
//! Invariant: at most one request per host and `n_requests_max` in all are under way.
//! Invariant: no second sees more than `n_requests_max` starts.
//! Invariant: between the end of one request to a host and the start of the next lies the gap,
//! however long either is on its way, and nothing starts before the end of a pause that the host
//! asked for.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::{Instant, sleep};
use url::Url;

use super::Config;

/// Hosts beyond these that nobody waits for are forgotten.
const HOSTS_MAX: usize = 10_000;

/// In so much time there are at most `n_requests_max` starts: quick servers make no burst.
const BURST: Duration = Duration::from_secs(1);

/// All hosts; clones share them.
#[derive(Clone, Debug)]
pub struct Hosts(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    gap: Duration,
    n_requests_max: usize,
    table: Mutex<Table>,
    /// A permit came back.
    changed: Notify,
}

#[derive(Debug, Default)]
struct Table {
    n_running: usize,
    /// The last starts, oldest first; `n_requests_max` at most.
    starts: VecDeque<Instant>,
    hosts: HashMap<String, Host>,
}

#[derive(Debug, Default)]
struct Host {
    is_busy: bool,
    free_from: Option<Instant>,
    /// The end of the pause that it asked for.
    paused_until: Option<Instant>,
    /// A gap of its own, if it asked for a longer one.
    gap: Option<Duration>,
}

/// Whether a request may start.
#[derive(Debug)]
pub enum Turn {
    /// Now, as long as the permit lives.
    Now(Permit),
    /// When somebody else has finished.
    Busy,
    /// Not before this has passed.
    In(Duration),
}

/// The right to have one request under way at a host; given back when it is dropped.
#[derive(Debug)]
pub struct Permit {
    hosts: Hosts,
    host: String,
}

/// The host asked to be left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the host asked for a pause of {} s more", left.as_secs())]
pub struct Paused {
    /// For so long.
    pub left: Duration,
}

impl Hosts {
    /// No host has been asked yet.
    pub fn new(config: &Config) -> Self {
        Self(Arc::new(Shared {
            gap: config.host_gap,
            n_requests_max: config.n_requests_max.max(1),
            table: Mutex::default(),
            changed: Notify::new(),
        }))
    }

    /// Whether a request to `url`'s host may start; it counts as started if so.
    pub fn try_start(&self, url: &Url) -> Turn {
        self.try_start_as(url, false)
    }

    /// As [`Self::try_start`], but even during a pause that the host asked for: a person insists.
    pub fn try_insist(&self, url: &Url) -> Turn {
        self.try_start_as(url, true)
    }

    fn try_start_as(&self, url: &Url, ignores_pause: bool) -> Turn {
        let now = Instant::now();
        let mut table = self.table();
        if self.0.n_requests_max <= table.n_running {
            return Turn::Busy;
        }
        if let Some(wait) = table.until_next_start(now, self.0.n_requests_max) {
            return Turn::In(wait);
        }
        let name = name_of(url);
        table.forget_some(now);
        let host = table.hosts.entry(name.to_owned()).or_default();
        if host.is_busy {
            return Turn::Busy;
        }
        let pause = host.paused_until.filter(|_| !ignores_pause);
        let wait = host.free_from.max(pause).map(|from| from.saturating_duration_since(now));
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            return Turn::In(wait);
        }
        host.is_busy = true;
        table.n_running += 1;
        table.starts.push_back(now);
        Turn::Now(Permit { hosts: self.clone(), host: name.to_owned() })
    }

    /// Waits until a request to `url`'s host may start.
    ///
    /// # Errors
    /// The host asked for a pause: nobody waits for that here.
    pub async fn start(&self, url: &Url) -> Result<Permit, Paused> {
        loop {
            // Made before we look, so that no change is missed.
            let changed = self.changed();
            if let Some(left) = self.pause(url) {
                return Err(Paused { left });
            }
            match self.try_start(url) {
                Turn::Now(permit) => return Ok(permit),
                Turn::Busy => changed.await,
                Turn::In(wait) => sleep(wait).await,
            }
        }
    }

    /// Nothing to `url`'s host starts for so long; a longer pause stays.
    pub fn note_pause(&self, url: &Url, pause: Duration) {
        let end = Instant::now().checked_add(pause);
        let mut table = self.table();
        let host = table.hosts.entry(name_of(url).to_owned()).or_default();
        host.paused_until = host.paused_until.max(end);
    }

    /// `url`'s host wants so much time between two requests.
    pub fn note_gap(&self, url: &Url, gap: Duration) {
        self.table().hosts.entry(name_of(url).to_owned()).or_default().gap = Some(gap);
    }

    /// What is left of the pause that `url`'s host asked for.
    pub fn pause(&self, url: &Url) -> Option<Duration> {
        let end = self.table().hosts.get(name_of(url))?.paused_until?;
        Some(end.saturating_duration_since(Instant::now())).filter(|left| !left.is_zero())
    }

    /// Ends when a request ends from now on.
    pub(super) fn changed(&self) -> Notified<'_> {
        self.0.changed.notified()
    }

    /// A thread that panicked with the lock held has left nothing half done.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// How long nothing may start because so much has just started.
    fn until_next_start(&mut self, now: Instant, n_starts_max: usize) -> Option<Duration> {
        while self.starts.front().is_some_and(|start| *start + BURST <= now) {
            self.starts.pop_front();
        }
        let first = self.starts.front().filter(|_| n_starts_max <= self.starts.len())?;
        Some((*first + BURST).saturating_duration_since(now))
    }

    fn forget_some(&mut self, now: Instant) {
        if HOSTS_MAX < self.hosts.len() {
            let matters = |end: Option<Instant>| end.is_some_and(|end| now < end);
            self.hosts
                .retain(|_, it| it.is_busy || matters(it.free_from) || matters(it.paused_until));
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let gap = self.hosts.0.gap;
        let mut table = self.hosts.table();
        table.n_running = table.n_running.saturating_sub(1);
        if let Some(host) = table.hosts.get_mut(&self.host) {
            host.is_busy = false;
            host.free_from = Instant::now().checked_add(host.gap.unwrap_or_default().max(gap));
        }
        drop(table);
        self.hosts.0.changed.notify_waiters();
    }
}

fn name_of(url: &Url) -> &str {
    url.host_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> Hosts {
        Hosts::new(&Config { n_requests_max: 2, ..Config::default() })
    }

    fn url(host: &str) -> Url {
        format!("https://{host}/a").parse().unwrap()
    }

    /// Goal: pages, robots files and feeds of one host come one after the other, a second apart.
    #[tokio::test(start_paused = true)]
    async fn turns_at_one_host_are_apart() {
        let hosts = hosts();
        let start = Instant::now();
        for number in 0..3 {
            let permit = hosts.start(&url("a.example")).await.unwrap();
            assert_eq!(start.elapsed(), Duration::from_secs(number));
            assert!(matches!(hosts.try_start(&url("a.example")), Turn::Busy));
            drop(permit);
        }
    }

    /// Goal: no more requests than allowed, and whoever waits gets the next place.
    #[tokio::test(start_paused = true)]
    async fn all_hosts_together_have_a_limit() {
        let hosts = hosts();
        let first = hosts.start(&url("a.example")).await.unwrap();
        let _second = hosts.start(&url("b.example")).await.unwrap();
        assert!(matches!(hosts.try_start(&url("c.example")), Turn::Busy));
        let third = url("c.example");
        let leave = async {
            tokio::task::yield_now().await;
            drop(first);
        };
        let (permit, ()) = tokio::join!(hosts.start(&third), leave);
        assert!(permit.is_ok());
    }

    /// Goal: servers that answer at once cause no burst.
    #[tokio::test(start_paused = true)]
    async fn starts_of_a_second_have_a_limit() {
        let hosts = hosts();
        let start = Instant::now();
        for number in 0..5 {
            drop(hosts.start(&url(&format!("{number}.example"))).await.unwrap());
        }
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }

    /// Goal: nobody disturbs a host that asked for a pause, but a person who insists.
    #[tokio::test(start_paused = true)]
    async fn pauses_hold() {
        let hosts = hosts();
        hosts.note_pause(&url("a.example"), Duration::from_secs(100));
        hosts.note_pause(&url("a.example"), Duration::from_secs(10));
        assert_eq!(
            hosts.start(&url("a.example")).await.unwrap_err().left,
            Duration::from_secs(100)
        );
        assert!(matches!(hosts.try_insist(&url("a.example")), Turn::Now(_)));
        sleep(Duration::from_secs(100)).await;
        assert!(hosts.start(&url("a.example")).await.is_ok());
    }
}
