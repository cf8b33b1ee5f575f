//! The collector of the service, watching a town.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde::Deserialize;
use silkwire::alert::update::Pace;
use silkwire::alert::{ReceiverConfig, RouteConfig, Router, Routing, Target};
use silkwire::collect::{Access, Config, Who};
use silkwire::model::{Clock, Feed, FeedId, FeedState, Match, Timestamp, Zone};
use silkwire::net::{self, Client};
use silkwire::service::{Collector, CollectorParts};
use silkwire::store::{DeliveryFilter, MatchFilter, MemoryStore, PageRequest, Store};
use silkwire::telemetry::Metrics;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::town::{Road, Town};
use crate::shipped::JUDGE;

/// A wall clock that follows tokio's, until somebody sets it.
pub(crate) struct WallClock {
    start: Instant,
    set_ms: AtomicI64,
}

impl WallClock {
    /// A Tuesday, six o'clock in the morning.
    const START_MS: i64 = 1_795_500_000_000;

    fn new() -> Arc<Self> {
        Arc::new(Self { start: Instant::now(), set_ms: AtomicI64::new(0) })
    }

    /// Sets it forward, or back.
    pub(crate) fn set_by_ms(&self, ms: i64) {
        self.set_ms.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.start.elapsed().as_millis()).unwrap();
        let set = self.set_ms.load(Ordering::SeqCst);
        Timestamp::from_unix_ms(Self::START_MS + passed + set).unwrap()
    }
}

/// What a watcher is told beside its feeds.
pub(crate) struct Setup {
    pub(crate) config: Config,
    pub(crate) net: net::Config,
    pub(crate) access: HashMap<FeedId, Access>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<WallClock>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            config: Config { full_text: false, ..Config::default() },
            net: net::Config::default(),
            access: HashMap::new(),
            store: Arc::new(MemoryStore::new()),
            clock: WallClock::new(),
        }
    }
}

/// A collector over a town.
pub(crate) struct Watcher {
    pub(crate) town: Arc<Town>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<WallClock>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) collector: Collector,
}

impl Watcher {
    /// Watches the feeds at these addresses.
    pub(crate) async fn new(town: &Arc<Town>, urls: &[&str]) -> Self {
        Self::with(town, feeds(urls), Setup::default()).await
    }

    pub(crate) async fn with(town: &Arc<Town>, feeds: Vec<Feed>, setup: Setup) -> Self {
        let Setup { config, net, access, store, clock } = setup;
        let client = Client::with_transport(Arc::new(Road(Arc::clone(town))), &net);
        let metrics = Arc::new(Metrics::default());
        let parts = CollectorParts {
            config,
            pace: Pace { wait: Duration::from_secs(30), interval: Duration::from_mins(30) },
            feeds,
            access,
            judge: JUDGE.clone(),
            router: router(),
            store: Arc::clone(&store),
            clock: Arc::clone(&clock) as _,
            client,
            metrics: Arc::clone(&metrics),
            wake: Arc::new(Notify::new()),
        };
        let collector = Collector::new(parts).await.unwrap();
        let town = Arc::clone(town);
        Self { town, store, clock, metrics, collector }
    }

    /// A feed at `https://a.example/feed` whose server gives these answers, polled so often.
    pub(crate) async fn polling(answers: Vec<super::answer::Answer>, n_polls: usize) -> Self {
        let town = Town::new();
        town.script("a.example", answers);
        let mut watcher = Self::new(&town, &["https://a.example/feed"]).await;
        watcher.run_while(town.until(n_polls)).await;
        watcher
    }

    /// Polls for so long.
    pub(crate) async fn run(&mut self, span: Duration) {
        self.run_while(sleep(span)).await;
    }

    /// Polls until `script` has ended, and what is under way with it.
    pub(crate) async fn run_while<T>(&mut self, script: impl Future<Output = T>) -> T {
        let cancel = CancellationToken::new();
        // Nobody gives orders.
        let (_, taken) = mpsc::channel(1);
        let stop = async {
            let value = script.await;
            cancel.cancel();
            value
        };
        let (ended, value) = tokio::join!(self.collector.run(taken, cancel.clone()), stop);
        ended.unwrap();
        value
    }

    /// Polls once what is due, or all.
    pub(crate) async fn once(&mut self, who: Who) {
        self.collector.once(who, CancellationToken::new()).await.unwrap();
    }

    /// How the feed first polled at `url` stands.
    pub(crate) async fn state(&self, url: &str) -> FeedState {
        let feed = Feed::at(url.parse().unwrap());
        self.store.feed_state(feed.id).await.unwrap().unwrap()
    }

    /// All matches.
    pub(crate) async fn matches(&self) -> Vec<Match> {
        let page = PageRequest::first(100_000);
        self.store.matches(MatchFilter::default(), page).await.unwrap().items
    }

    /// How many alerts there are.
    pub(crate) async fn n_alerts(&self) -> usize {
        let page = PageRequest::first(100_000);
        self.store.deliveries(DeliveryFilter::default(), page).await.unwrap().items.len()
    }
}

/// Feeds at these addresses.
pub(crate) fn feeds(urls: &[&str]) -> Vec<Feed> {
    urls.iter().map(|url| Feed::at(url.parse().unwrap())).collect()
}

/// Everything goes to the desk.
fn router() -> Router {
    #[derive(Deserialize)]
    struct Routes {
        receiver: Vec<ReceiverConfig>,
        route: Vec<RouteConfig>,
    }
    let text = "[[receiver]]\nname = \"desk\"\nurl = \"https://desk.example/\"\n\
                [[route]]\nreceiver = \"desk\"\n";
    let Routes { receiver, route } = toml::from_str(text).unwrap();
    let targets: Vec<Target> = receiver.iter().map(|it| Target::new(it, None).unwrap()).collect();
    let zone = Zone::system();
    let routing = Routing { routes: &route, windows: &[], feeds: &[], zone: &zone };
    Router::new(targets, routing)
}
