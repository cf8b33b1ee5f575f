//! How the service is, for supervisors: `/-/healthy`, `/-/ready`, `/metrics`.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;

use crate::model::Timestamp;
use crate::review::api::FeedCounts;
use crate::review::{App, Person, Problem};
use crate::store::{Counts, QueueState, StoreHealth};
use crate::telemetry::metrics::{self, Sample, number};

/// The routes of this file.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/-/healthy", get(async || "healthy\n"))
        .route("/-/ready", get(ready))
        .route("/metrics", get(show))
}

/// 200 when the service can do its work, with what should be mended all the same; else 503 and
/// what is wrong. A line each.
async fn ready(State(app): State<App>) -> (StatusCode, String) {
    let mut health = app.controls.health();
    if app.stop.is_cancelled() {
        health.is_ready = false;
        health.problems.push("stopping".to_owned());
    }
    if health.is_ready {
        let words = health.problems.iter().map(|problem| format!("{problem}\n"));
        return (StatusCode::OK, format!("ready\n{}", words.collect::<String>()));
    }
    (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", health.problems.join("\n")))
}

/// All metrics as Prometheus reads them.
async fn show(State(app): State<App>, _: Person) -> Result<impl IntoResponse, Problem> {
    let mut samples = app.metrics.samples();
    samples.extend(gauges(&app, &app.store.counts().await?));
    samples.extend(queue_samples(&app, &app.store.queues().await?));
    samples.extend(metrics::process_samples());
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((kind, metrics::render(&samples)))
}

/// What is looked up when somebody asks.
fn gauges(app: &App, counts: &Counts) -> Vec<Sample> {
    let feeds = FeedCounts::of(app);
    let feed = |word, n| Sample::labelled("silkwire_feeds", ("state", word), number(n));
    let version = ("version", env!("CARGO_PKG_VERSION"));
    let health = app.controls.health();
    let is_ready = health.is_ready && !app.stop.is_cancelled();
    let is_read_only = app.store.health() != StoreHealth::Ok;
    let size = app.store.size();
    let bytes = [
        ("silkwire_store_free_bytes", size.free_bytes),
        ("silkwire_store_live_bytes", size.live_bytes),
    ];
    let bytes = bytes.into_iter().filter_map(|(name, n)| Some(Sample::new(name, number(n?))));
    let gauges = [
        Sample::labelled("silkwire_build_info", version, 1.0),
        Sample::new("silkwire_ready", number(u64::from(is_ready))),
        feed("new", feeds.new),
        feed("ok", feeds.ok),
        feed("failing", feeds.failing),
        feed("gone", feeds.gone),
        feed("paused", feeds.paused),
        Sample::new("silkwire_offline", number(u64::from(health.offline_since.is_some()))),
        Sample::new("silkwire_clock_skew_seconds", skew_seconds(health.clock_skew_s)),
        Sample::new("silkwire_schedule_lag_seconds", lag_seconds(app, app.clock.now())),
        Sample::new("silkwire_alert_queue", number(counts.deliveries_pending)),
        Sample::new("silkwire_alert_dead_letters", number(counts.deliveries_dead)),
        Sample::new("silkwire_store_bytes", number(counts.disk_bytes)),
        Sample::new("silkwire_store_readonly", number(u64::from(is_read_only))),
        Sample::new("silkwire_review_backlog", number(counts.stories_open)),
        Sample::new("silkwire_near_miss_backlog", number(counts.near_misses_open)),
    ];
    gauges.into_iter().chain(bytes).collect()
}

/// What waits for each receiver of the configuration. Those of former ones are in the sums alone.
fn queue_samples(app: &App, queues: &[QueueState]) -> Vec<Sample> {
    let now = app.clock.now();
    let mut samples = Vec::new();
    for name in app.controls.receivers() {
        let queue = queues.iter().find(|queue| queue.receiver == name);
        let (n_pending, n_dead) = queue.map_or((0, 0), |queue| (queue.n_pending, queue.n_dead));
        let oldest = queue.and_then(|queue| queue.oldest);
        let oldest_s = oldest.map_or(0.0, |oldest| now.since(oldest).as_secs_f64());
        let own = |metric, value| Sample::labelled(metric, ("receiver", name.clone()), value);
        samples.extend([
            own("silkwire_receiver_queue", number(n_pending)),
            own("silkwire_receiver_oldest_pending_seconds", oldest_s),
            own("silkwire_receiver_dead_letters", number(n_dead)),
        ]);
    }
    samples
}

/// How long the oldest feed is overdue: the one number that says "too small a machine".
fn lag_seconds(app: &App, now: Timestamp) -> f64 {
    let feeds = app.controls.feeds();
    let polled = feeds.iter().filter(|standing| standing.phase().is_polled());
    let due = polled.filter_map(|it| it.state.as_ref()).map(|state| state.next_poll).min();
    due.map_or(0.0, |due| now.since(due).as_secs_f64())
}

/// How far our clock is behind others; 0 as long as that is little.
fn skew_seconds(skew_s: Option<i64>) -> f64 {
    let skew_s = skew_s.unwrap_or_default();
    let size = number(skew_s.unsigned_abs());
    if skew_s < 0 { -size } else { size }
}
