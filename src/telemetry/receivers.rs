//! What is counted for each receiver of alerts.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::metrics::{Counter, Sample, number};

/// Upper bounds of the buckets: from a receiver on this machine to the longest patience.
const BOUNDS_MS: [u64; 11] = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 20_000];

/// What is counted for one receiver while the service runs.
#[derive(Debug)]
pub struct ReceiverMetrics {
    name: String,
    /// Attempts by outcome; the words are constants, so their number is fixed.
    attempts: Mutex<BTreeMap<&'static str, u64>>,
    latency: Histogram,
    /// How often alerts waited for the rate limit.
    pub rate_limited: Counter,
    /// How often an alert was held by a mute.
    pub held: Counter,
    /// Whether it is left alone because it nearly always fails.
    pub circuit_open: Condition,
    /// Whether nothing is sent to it any more.
    pub disabled: Condition,
}

/// Something that is so or is not.
#[derive(Debug, Default)]
pub struct Condition(AtomicBool);

impl Condition {
    /// It is so, or not any more.
    pub fn set(&self, is_so: bool) {
        self.0.store(is_so, Ordering::Relaxed);
    }

    /// Whether it is so.
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Default)]
struct Histogram {
    /// One for each of [`BOUNDS_MS`], without those of the smaller ones.
    buckets: [AtomicU64; BOUNDS_MS.len()],
    n: AtomicU64,
    sum_us: AtomicU64,
}

impl ReceiverMetrics {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            attempts: Mutex::default(),
            latency: Histogram::default(),
            rate_limited: Counter::default(),
            held: Counter::default(),
            circuit_open: Condition::default(),
            disabled: Condition::default(),
        }
    }

    /// The receiver's name in the configuration.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Counts an attempt that ended like this.
    pub fn attempted(&self, outcome: &'static str, took: Duration) {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        *attempts.entry(outcome).or_default() += 1;
        drop(attempts);
        self.latency.add(took);
    }

    /// How many attempts ended like this so far.
    pub fn n_attempts(&self, outcome: &str) -> u64 {
        let attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.get(outcome).copied().unwrap_or_default()
    }

    pub(super) fn samples(&self) -> Vec<Sample> {
        let receiver = || ("receiver", Cow::Owned(self.name.clone()));
        let own = |name, value| Sample::labelled(name, receiver(), number(value));
        let mut samples = vec![
            own("silkwire_alert_rate_limited_total", self.rate_limited.get()),
            own("silkwire_alert_held_total", self.held.get()),
            own("silkwire_alert_circuit_open", u64::from(self.circuit_open.get())),
            own("silkwire_receiver_disabled", u64::from(self.disabled.get())),
        ];
        let attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        // Both are there from the start, so that a rate can be taken of them.
        let expected = ["delivered", "failed"].map(|word| (word, 0));
        let mut all = BTreeMap::from(expected);
        all.extend(attempts.iter());
        for (outcome, n) in all {
            let name = "silkwire_alert_attempts_total";
            let labels = vec![receiver(), ("outcome", Cow::Borrowed(outcome))];
            samples.push(Sample { labels, ..Sample::new(name, number(n)) });
        }
        samples.extend(self.latency.samples(&self.name));
        samples
    }
}

impl Histogram {
    fn add(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let index = BOUNDS_MS.iter().position(|bound| us <= 1_000 * bound);
        if let Some(bucket) = index.and_then(|index| self.buckets.get(index)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.n.fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(us, Ordering::Relaxed);
    }

    fn samples(&self, receiver: &str) -> Vec<Sample> {
        let name = "silkwire_alert_attempt_seconds";
        let labels = vec![("receiver", Cow::Owned(receiver.to_owned()))];
        let seconds = |us| number(us) / 1e6;
        // Read before the buckets: an attempt that ends meanwhile must not be in them alone.
        let n = self.n.load(Ordering::Relaxed);
        let bucket = |bound: String, n| {
            let labels = labels.iter().cloned().chain([("le", Cow::Owned(bound))]).collect();
            Sample { suffix: "_bucket", labels, ..Sample::new(name, number(n)) }
        };
        let mut sum = 0;
        let mut samples: Vec<Sample> = BOUNDS_MS
            .iter()
            .zip(&self.buckets)
            .map(|(bound, count)| {
                sum = (sum + count.load(Ordering::Relaxed)).min(n);
                bucket(seconds(1_000 * bound).to_string(), sum)
            })
            .collect();
        samples.push(bucket("+Inf".to_owned(), n));
        let sum_s = seconds(self.sum_us.load(Ordering::Relaxed));
        let more = [("_sum", sum_s), ("_count", number(n))];
        samples.extend(more.map(|(suffix, value)| Sample {
            suffix,
            labels: labels.clone(),
            ..Sample::new(name, value)
        }));
        samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::Metrics;
    use crate::telemetry::metrics::render;

    /// Goal: an operator sees which receiver fails and which is slow.
    #[test]
    fn b60_attempts_are_counted_for_each_receiver() {
        let metrics = Metrics::default();
        let desk = metrics.receiver("desk");
        desk.attempted("delivered", Duration::from_millis(7));
        desk.attempted("delivered", Duration::from_millis(300));
        metrics.receiver("desk").attempted("timeout", Duration::from_secs(21));
        metrics.receiver("wire").circuit_open.set(true);
        let text = render(&metrics.samples());
        let lines = |part: &str| -> Vec<&str> {
            text.lines().filter(|line| line.contains(part) && !line.starts_with('#')).collect()
        };
        insta::assert_snapshot!(lines("attempts_total{receiver=\"desk\"").join("\n"), @r#"
        silkwire_alert_attempts_total{receiver="desk",outcome="delivered"} 2
        silkwire_alert_attempts_total{receiver="desk",outcome="failed"} 0
        silkwire_alert_attempts_total{receiver="desk",outcome="timeout"} 1
        "#);
        insta::assert_snapshot!(lines("seconds_bucket{receiver=\"desk\"").join("\n"), @r#"
        silkwire_alert_attempt_seconds_bucket{receiver="desk",le="0.005"} 0
        silkwire_alert_attempt_seconds_bucket{receiver="desk",le="0.01"} 1
        silkwire_alert_attempt_seconds_bucket{receiver="desk",le="0.025"} 1
        silkwire_alert_attempt_seconds_bucket{receiver="desk",le="0.05"} 1
        silkwire_alert_attempt_seconds_bucket{receiver="desk",le="0.1"} 1
        silkwire_alert_attempt_seconds_bucket{receiver="desk",le="0.25"} 1
        silkwire_alert_attempt_seconds_bucket{receiver="desk",le="0.5"} 2
        silkwire_alert_attempt_seconds_bucket{receiver="desk",le="1"} 2
        silkwire_alert_attempt_seconds_bucket{receiver="desk",le="2.5"} 2
        silkwire_alert_attempt_seconds_bucket{receiver="desk",le="5"} 2
        silkwire_alert_attempt_seconds_bucket{receiver="desk",le="20"} 2
        silkwire_alert_attempt_seconds_bucket{receiver="desk",le="+Inf"} 3
        "#);
        assert_eq!(lines("circuit_open").len(), 2);
        assert!(text.contains("silkwire_alert_attempt_seconds_sum{receiver=\"desk\"} 21.307"));
    }
}
