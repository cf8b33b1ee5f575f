//! What servers' clocks say of ours.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use url::Url;

use super::hints;
use crate::model::Timestamp;
use crate::net::Headers;

/// The last hosts that told the time.
const HOSTS_MAX: usize = 101;

/// Fewer hosts may be wrong themselves.
const HOSTS_MIN: usize = 5;

/// Answers are some seconds on their way.
const SKEW_S_MIN: i64 = 120;

/// The time by the `Date` of the last answers of each host. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct ServerClocks(Arc<Mutex<Table>>);

#[derive(Debug, Default)]
struct Table {
    /// How far a host's clock is ahead of ours, in seconds, and the number of its answer.
    skews: HashMap<String, (i64, u64)>,
    n_answers: u64,
}

impl ServerClocks {
    /// Notes the time that an answer of `url` tells.
    pub(super) fn note(&self, url: &Url, headers: &Headers, now: Timestamp) {
        let Some(date) = hints::server_time(headers) else { return };
        let skew_s = date.unix_ms().saturating_sub(now.unix_ms()) / 1000;
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.n_answers += 1;
        let number = table.n_answers;
        table.skews.insert(url.host_str().unwrap_or_default().to_owned(), (skew_s, number));
        if HOSTS_MAX < table.skews.len() {
            let oldest = table.skews.iter().min_by_key(|(_, (_, number))| *number);
            if let Some(oldest) = oldest.map(|(host, _)| host.clone()) {
                table.skews.remove(&oldest);
            }
        }
    }

    /// How many seconds the median of the hosts is ahead of our clock (negative: behind), if that
    /// is more than two minutes and enough hosts say so.
    pub fn skew_s(&self) -> Option<i64> {
        let table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut skews: Vec<i64> = table.skews.values().map(|(skew_s, _)| *skew_s).collect();
        if skews.len() < HOSTS_MIN {
            return None;
        }
        skews.sort_unstable();
        Some(skews[skews.len() / 2]).filter(|median| SKEW_S_MIN < median.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: an operator is told of a wrong clock, and not because one server's clock is wrong.
    #[test]
    fn median_of_hosts_decides() {
        let now: Timestamp = "2026-11-24T06:00:00Z".parse().unwrap();
        let clocks = ServerClocks::default();
        let note = |host: &str, date: &str| {
            let headers = [("date", date.as_bytes())].into_iter().collect();
            clocks.note(&format!("https://{host}/").parse().unwrap(), &headers, now);
        };
        for host in ["a", "b", "c", "d", "e", "f"] {
            note(host, "Tue, 24 Nov 2026 06:00:30 GMT");
        }
        note("g", "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(clocks.skew_s(), None);
        for host in ["a", "b", "c", "d"] {
            note(host, "Tue, 24 Nov 2026 06:03:00 GMT");
        }
        assert_eq!(clocks.skew_s(), Some(180));
    }
}
