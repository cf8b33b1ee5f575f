//! Feeds in: everything from a due feed to a commit, put together.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::{Mutex, Notify, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use crate::alert::Router;
use crate::alert::update::Pace;
use crate::collect::permission::Permissions;
use crate::collect::{
    self, Access, Fetcher, FullText, Hosts, Order, Rounds, UplinkStatus, Web, Who,
};
use crate::model::{Clock, Feed, FeedId};
use crate::net::Client;
use crate::review::FeedStanding;
use crate::service::overlay::{conflicts, with_changes};
use crate::service::ownership::PollingRight;
use crate::service::pipeline::Pipeline;
use crate::service::watch::Watch;
use crate::store::{Store, StoreError};
use crate::telemetry::{Metrics, Pulse};
use crate::understand::Judge;

/// What a collector is made of.
pub struct CollectorParts {
    /// How feeds are polled.
    pub config: collect::Config,
    /// How updates of a story keep their distance.
    pub pace: Pace,
    /// What is polled, before the changes that the store holds.
    pub feeds: Vec<Feed>,
    /// What opens some of them.
    pub access: HashMap<FeedId, Access>,
    /// Who finds what matters.
    pub judge: Judge,
    /// Who is told of what.
    pub router: Router,
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The way out.
    pub client: Client,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Tells whoever delivers that something was committed.
    pub wake: Arc<Notify>,
}

/// Polls feeds, judges what is new in them and stores what matters.
pub struct Collector {
    pub(super) rounds: Rounds,
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) watch: Arc<Watch>,
}

impl Collector {
    /// Puts `parts` together; goes on where the store says that it ended.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn new(parts: CollectorParts) -> Result<Self, StoreError> {
        let CollectorParts { config, feeds, store, clock, client, judge, .. } = parts;
        let states = store.feed_states().await?;
        let changes = store.feed_changes().await?;
        for words in conflicts(&feeds, &changes) {
            tracing::warn!("{words}");
        }
        let feeds = once_each(with_changes(&feeds, &changes));
        let n_polled = feeds.iter().filter(|feed| !feed.is_paused).count();
        tracing::info!("watching {n_polled} feeds, {} more are paused", feeds.len() - n_polled);
        let watch = Arc::new(Watch::new(feeds.clone(), &states));
        let hosts = Hosts::new(&config);
        let web = Web::new(&config, client, hosts.clone(), Arc::clone(&clock));
        let rounds = Rounds::new(&config, hosts, feeds, states, Arc::clone(&clock));
        let permissions = Permissions::new(Arc::new(web.clone()), Arc::clone(&clock));
        let permissions = Arc::new(permissions);
        let full_text = FullText::new(web.clone(), Arc::clone(&permissions), Arc::clone(&clock));
        let pipeline = Arc::new(Pipeline {
            fetcher: Fetcher::new(&config, web, parts.access, Arc::clone(&clock)),
            permissions,
            full_text,
            collect: config,
            turn: Mutex::new(judge.recent()),
            judge: Arc::new(judge),
            router: parts.router,
            store,
            clock,
            wake: parts.wake,
            metrics: parts.metrics,
            watch: Arc::clone(&watch),
            pace: parts.pace,
            right: PollingRight::default(),
            cores: Semaphore::new(n_cores()),
        });
        // Now, so that the first polls need not wait for the disk; a full one is asked again then.
        pipeline.right.epoch(&*pipeline.store, &*pipeline.clock).await.ok();
        Ok(Self { rounds, pipeline, watch })
    }

    /// All feeds that are watched now, with how polling them stands.
    pub fn standings(&self) -> Vec<FeedStanding> {
        self.watch.standings()
    }

    /// Beats while the collector turns.
    pub fn turns(&self) -> Pulse {
        self.rounds.turns()
    }

    /// Whether our own network is down.
    pub fn uplink(&self) -> UplinkStatus {
        self.rounds.uplink()
    }

    /// See [`Rounds::once`].
    ///
    /// # Errors
    /// The store failed.
    pub async fn once(&mut self, who: Who, cancel: CancellationToken) -> Result<(), StoreError> {
        self.rounds.once(&*self.pipeline, who, cancel).await
    }

    /// See [`Rounds::run`].
    ///
    /// # Errors
    /// The store failed.
    pub async fn run(
        &mut self,
        orders: mpsc::Receiver<Order>,
        cancel: CancellationToken,
    ) -> Result<(), StoreError> {
        self.rounds.run(&*self.pipeline, orders, cancel).await
    }
}

/// The same address under two names is one feed, and the first name counts.
fn once_each(mut feeds: Vec<Feed>) -> Vec<Feed> {
    let mut known = HashSet::new();
    feeds.retain(|feed| {
        let is_first = known.insert(feed.id);
        if !is_first {
            tracing::warn!(feed.url = %feed.url, "feed {} is listed twice: polled once", feed.url);
        }
        is_first
    });
    feeds
}

fn n_cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
