//! Every metric in one table, and how they are written for Prometheus.
//!
//! Invariant: no label holds text from outside (addresses, titles): their number is fixed. The
//! names of receivers are those of the configuration.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::receivers::ReceiverMetrics;

/// A metric as the table names it.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// `silkwire_`, the noun, its unit; `_total` for a counter.
    pub name: &'static str,
    /// What it says, in a sentence.
    pub help: &'static str,
    /// Unit of its value; empty: a plain number.
    pub unit: &'static str,
    /// How it moves.
    pub kind: Kind,
}

/// How a metric moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Upwards only, from 0 at the start.
    Counter,
    /// Up and down.
    Gauge,
    /// How often what took how long: buckets, a sum and a count.
    Histogram,
}

const fn counter(name: &'static str, unit: &'static str, help: &'static str) -> Metric {
    Metric { name, help, unit, kind: Kind::Counter }
}

const fn gauge(name: &'static str, unit: &'static str, help: &'static str) -> Metric {
    Metric { name, help, unit, kind: Kind::Gauge }
}

const fn histogram(name: &'static str, unit: &'static str, help: &'static str) -> Metric {
    Metric { name, help, unit, kind: Kind::Histogram }
}

/// All metrics, in the order in which they are written.
pub const METRICS: &[Metric] = &[
    gauge("silkwire_build_info", "", "Always 1; the labels say which version runs."),
    gauge("silkwire_ready", "", "1 when the service can do its work."),
    gauge("silkwire_feeds", "", "Feeds that are watched, by how polling them goes."),
    gauge("silkwire_offline", "", "1 while no host answers: our own network seems to be down."),
    gauge(
        "silkwire_clock_skew_seconds",
        "seconds",
        "How far our clock is behind the median of the servers we ask, once that is much.",
    ),
    counter("silkwire_fetches_total", "", "Polls of feeds, by outcome."),
    counter("silkwire_fetch_bytes_total", "bytes", "Bytes of feeds read, unpacked."),
    gauge("silkwire_schedule_lag_seconds", "seconds", "How long the oldest feed is overdue."),
    counter("silkwire_articles_total", "", "Articles judged, by result."),
    counter("silkwire_pages_total", "", "Pages of promising articles asked for, by outcome."),
    counter("silkwire_matches_total", "", "Articles flagged."),
    counter(
        "silkwire_story_updates_total",
        "",
        "Updates of stories that were told, put into the outbox.",
    ),
    counter("silkwire_near_misses_total", "", "Articles nearly flagged."),
    counter(
        "silkwire_alert_attempts_total",
        "",
        "Attempts to deliver an alert, by receiver and outcome.",
    ),
    histogram(
        "silkwire_alert_attempt_seconds",
        "seconds",
        "How long attempts to deliver an alert took, by receiver.",
    ),
    counter(
        "silkwire_alert_rate_limited_total",
        "",
        "How often alerts that were due waited for a receiver's rate limit.",
    ),
    counter("silkwire_alert_held_total", "", "How often an alert that was due was held by a mute."),
    gauge(
        "silkwire_alert_circuit_open",
        "",
        "1 while a receiver is left alone: it nearly always fails.",
    ),
    gauge(
        "silkwire_receiver_disabled",
        "",
        "1 while nothing is sent to a receiver: it is gone or failed for days.",
    ),
    gauge("silkwire_receiver_queue", "", "Deliveries to be tried, by receiver."),
    gauge(
        "silkwire_receiver_oldest_pending_seconds",
        "seconds",
        "How long ago the oldest delivery to be tried was made, by receiver.",
    ),
    gauge("silkwire_receiver_dead_letters", "", "Deliveries given up, by receiver."),
    gauge("silkwire_alert_queue", "", "Deliveries to be tried."),
    gauge("silkwire_alert_dead_letters", "", "Deliveries given up."),
    gauge("silkwire_store_bytes", "bytes", "What the store takes on disk."),
    gauge(
        "silkwire_store_live_bytes",
        "bytes",
        "Keys and records, without what the engine takes beside them; counted daily.",
    ),
    gauge("silkwire_store_free_bytes", "bytes", "What is free on the store's file system."),
    gauge("silkwire_store_readonly", "", "1 while the store takes nothing new: a full disk."),
    gauge("silkwire_review_backlog", "", "Stories without a verdict."),
    gauge("silkwire_near_miss_backlog", "", "Near misses that nobody has looked at."),
    gauge("process_resident_memory_bytes", "bytes", "Memory that the process holds."),
    gauge("process_open_fds", "", "Files and sockets that the process has open."),
];

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Counts `n` more.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// The number so far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What is counted while the service runs; whoever does the work counts it.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Polls that brought a document.
    pub fetches_changed: Counter,
    /// Polls answered with "not modified".
    pub fetches_unchanged: Counter,
    /// Polls that failed.
    pub fetches_failed: Counter,
    /// Bytes of feeds read, unpacked.
    pub fetch_bytes: Counter,
    /// Articles seen for the first time.
    pub articles_new: Counter,
    /// Articles that were known.
    pub articles_seen: Counter,
    /// Articles that were known and have changed.
    pub articles_updated: Counter,
    /// Pages of articles whose text was read.
    pub pages_read: Counter,
    /// Pages of articles that gave no text: forbidden, unreachable or no article.
    pub pages_unread: Counter,
    /// Articles flagged.
    pub matches: Counter,
    /// Updates of stories that were put into the outbox.
    pub story_updates: Counter,
    /// Articles nearly flagged.
    pub near_misses: Counter,
    /// What is counted for each receiver; see [`Metrics::receiver`].
    receivers: Mutex<Vec<Arc<ReceiverMetrics>>>,
}

/// One number for one metric.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The metric's name in [`METRICS`].
    pub name: &'static str,
    /// What a part of a histogram has behind the name.
    pub suffix: &'static str,
    /// Labels with their values.
    pub labels: Vec<(&'static str, Cow<'static, str>)>,
    /// The number.
    pub value: f64,
}

impl Sample {
    /// A number without a label.
    pub fn new(name: &'static str, value: f64) -> Self {
        Self { name, suffix: "", labels: Vec::new(), value }
    }

    /// A number with a label.
    pub fn labelled(
        name: &'static str,
        (key, word): (&'static str, impl Into<Cow<'static, str>>),
        value: f64,
    ) -> Self {
        Self { labels: vec![(key, word.into())], ..Self::new(name, value) }
    }
}

impl Metrics {
    /// Where to count for the receiver called `name`; its name is a label from now on, so it must
    /// be one of the configuration.
    pub fn receiver(&self, name: &str) -> Arc<ReceiverMetrics> {
        let mut receivers = self.receivers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = receivers.iter().find(|it| it.name() == name) {
            return Arc::clone(known);
        }
        let new = Arc::new(ReceiverMetrics::new(name));
        receivers.push(Arc::clone(&new));
        new
    }

    /// What was counted so far.
    pub fn samples(&self) -> Vec<Sample> {
        let outcome = |name, word, counter: &Counter| {
            Sample::labelled(name, ("outcome", word), number(counter.get()))
        };
        let result = |word, counter: &Counter| {
            let label = ("result", word);
            Sample::labelled("silkwire_articles_total", label, number(counter.get()))
        };
        let plain = |name, counter: &Counter| Sample::new(name, number(counter.get()));
        let receivers = self.receivers.lock().unwrap_or_else(PoisonError::into_inner);
        let of_receivers = receivers.iter().flat_map(|receiver| receiver.samples());
        let of_all = [
            outcome("silkwire_fetches_total", "changed", &self.fetches_changed),
            outcome("silkwire_fetches_total", "unchanged", &self.fetches_unchanged),
            outcome("silkwire_fetches_total", "failed", &self.fetches_failed),
            plain("silkwire_fetch_bytes_total", &self.fetch_bytes),
            result("new", &self.articles_new),
            result("seen", &self.articles_seen),
            result("updated", &self.articles_updated),
            outcome("silkwire_pages_total", "read", &self.pages_read),
            outcome("silkwire_pages_total", "unread", &self.pages_unread),
            plain("silkwire_matches_total", &self.matches),
            plain("silkwire_story_updates_total", &self.story_updates),
            plain("silkwire_near_misses_total", &self.near_misses),
        ];
        of_all.into_iter().chain(of_receivers).collect()
    }
}

/// What the kernel says of this process; what it does not say is left out.
pub fn process_samples() -> Vec<Sample> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = resident.and_then(|it| it.trim().strip_suffix(" kB")?.trim().parse().ok());
    let memory = kilobytes.map(|kilobytes: u64| {
        Sample::new("process_resident_memory_bytes", number(kilobytes << 10))
    });
    let files = std::fs::read_dir("/proc/self/fd").ok().map(Iterator::count);
    let files = files.and_then(|n| u64::try_from(n).ok());
    let files = files.map(|n| Sample::new("process_open_fds", number(n)));
    memory.into_iter().chain(files).collect()
}

/// A count as Prometheus takes it.
#[expect(clippy::cast_precision_loss, reason = "Prometheus knows no other number")]
pub fn number(count: u64) -> f64 {
    count as f64
}

/// The samples as Prometheus reads them (text format 0.0.4), in the table's order.
pub fn render(samples: &[Sample]) -> String {
    let mut text = String::new();
    for metric in METRICS {
        let mut own = samples.iter().filter(|sample| sample.name == metric.name).peekable();
        if own.peek().is_none() {
            continue;
        }
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let Metric { name, help, .. } = metric;
        line(&mut text, format_args!("# HELP {name} {help}"));
        line(&mut text, format_args!("# TYPE {name} {kind}"));
        for Sample { suffix, labels, value, .. } in own {
            let labels: Vec<String> =
                labels.iter().map(|(key, word)| format!("{key}=\"{word}\"")).collect();
            match labels.join(",").as_str() {
                "" => line(&mut text, format_args!("{name}{suffix} {value}")),
                labels => line(&mut text, format_args!("{name}{suffix}{{{labels}}} {value}")),
            }
        }
    }
    text
}

fn line(text: &mut String, words: std::fmt::Arguments<'_>) {
    writeln!(text, "{words}").expect("a String takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: Prometheus' own check finds nothing, and every name says its unit.
    #[test]
    fn names_follow_the_rules() {
        for metric in METRICS {
            let Metric { name, help, unit, kind } = metric;
            assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
            assert!(name.trim_end_matches("_total").ends_with(unit), "{name} hides {unit}");
            assert!(help.ends_with('.'), "{name}");
            assert!(name.starts_with("silkwire_") || name.starts_with("process_"), "{name}");
        }
    }

    /// Goal: what is counted is written, under a name that the table explains.
    #[test]
    fn counted_numbers_are_written() {
        let metrics = Metrics::default();
        metrics.fetches_failed.add(2);
        let samples = metrics.samples();
        assert!(samples.iter().all(|it| METRICS.iter().any(|metric| metric.name == it.name)));
        let text = render(&samples);
        insta::assert_snapshot!(text.lines().take(5).collect::<Vec<_>>().join("\n"), @r#"
        # HELP silkwire_fetches_total Polls of feeds, by outcome.
        # TYPE silkwire_fetches_total counter
        silkwire_fetches_total{outcome="changed"} 0
        silkwire_fetches_total{outcome="unchanged"} 0
        silkwire_fetches_total{outcome="failed"} 2
        "#);
    }

    /// Goal: an operator sees how much memory the service takes.
    #[test]
    fn kernel_tells_of_this_process() {
        let names: Vec<_> = process_samples().iter().map(|sample| sample.name).collect();
        assert_eq!(names, ["process_resident_memory_bytes", "process_open_fds"]);
    }
}
