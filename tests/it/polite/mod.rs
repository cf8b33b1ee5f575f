//! Polite collecting: the service's own pipeline over servers in memory, on the paused clock.
//!
//! Each test is named by the row of the acceptance table that it proves; [`rows`] says where each
//! row is proved, [`push`] which ones do not apply.

use std::time::Duration;

use crate::support::Town;

mod rows;
mod conditional;
mod when;
mod errors;
mod own_network;
mod redirects;
mod shape;
mod identity;
mod push;
mod hostile_week;

/// The feed of most tests.
const FEED: &str = "https://a.example/feed";

const HOUR: Duration = Duration::from_hours(1);
const MINUTE: Duration = Duration::from_mins(1);

fn day(n_days: u64) -> Duration {
    Duration::from_hours(24 * n_days)
}

/// The times between the starts of a host's requests.
fn polls(town: &Town, host: &str) -> Vec<Duration> {
    let starts: Vec<Duration> = town.asked(host).iter().map(|asked| asked.at).collect();
    starts.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect()
}

/// A pause and what was promised.
trait Promise {
    /// Never earlier than promised, and hardly later: chance adds a tenth, the request takes a
    /// moment.
    fn keeps(self, promised: Duration);
}

impl Promise for Duration {
    #[track_caller]
    fn keeps(self, promised: Duration) {
        let latest = promised * 11 / 10 + Duration::from_secs(3);
        assert!(promised <= self && self <= latest, "{self:?} instead of {promised:?}");
    }
}
