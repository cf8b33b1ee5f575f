//! Receivers in memory on tokio's paused clock: days of alerts in a moment.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use silkwire::alert::{
    Config, Dispatcher, DispatcherParts, MuteWindowConfig, Receiver, Router, Routing,
};
use silkwire::model::{
    AlertKind, ArticleId, Clock, Delivery, DeliveryId, DeliveryState, EventId, MatchId, Mute,
    StoryId, Timestamp, Zone,
};
use silkwire::net::{self, Headers, Incoming, NetError, Outgoing, Transport};
use silkwire::store::{
    Articles, Commit, DeliveryFilter, MemoryStore, Outbox, PageRequest, StoreError,
};
use silkwire::telemetry::Metrics;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::alert_bench::{START_MS, receiver_with};

/// A clock that follows tokio's, and can be set.
pub(crate) struct TokioClock {
    start: Instant,
    /// How much too late it is.
    pub(crate) shift_ms: AtomicI64,
}

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        let ms = i64::try_from(self.elapsed().as_millis()).unwrap();
        let shift_ms = self.shift_ms.load(Ordering::SeqCst);
        Timestamp::from_unix_ms(START_MS + ms + shift_ms).unwrap()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}

/// What a receiver in memory answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reaction {
    pub(crate) status: u16,
    /// The header `retry-after`.
    pub(crate) retry_after: Option<&'static str>,
    pub(crate) after: Duration,
}

impl Reaction {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, retry_after: None, after: Duration::from_millis(5) }
    }
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    /// So long after the start.
    pub(crate) at: Duration,
    /// The receiver's name.
    pub(crate) to: String,
    pub(crate) id: String,
    pub(crate) body: String,
}

type React = dyn Fn(&Arrived) -> Reaction + Send + Sync;

/// Carries what is sent to `https://NAME.example/`.
pub(crate) struct Wires {
    start: Instant,
    react: Box<React>,
    arrived: Mutex<Vec<Arrived>>,
}

#[async_trait]
impl Transport for Wires {
    async fn carry(&self, request: Outgoing) -> Result<Incoming, NetError> {
        let host = request.url.host_str().unwrap();
        let arrived = Arrived {
            at: self.start.elapsed(),
            to: host.split('.').next().unwrap().to_owned(),
            id: request.headers.text("webhook-id").unwrap().to_owned(),
            body: String::from_utf8(request.body.to_vec()).unwrap(),
        };
        self.arrived.lock().unwrap().push(arrived.clone());
        let Reaction { status, retry_after, after } = (self.react)(&arrived);
        sleep(after).await;
        let headers = retry_after.map(|wish| ("retry-after", wish.as_bytes()));
        let headers: Headers = headers.into_iter().collect();
        Ok(Incoming::whole(status, headers, "words"))
    }
}

/// A dispatcher with receivers in memory and a store in memory.
pub(crate) struct Exchange {
    pub(crate) config: Config,
    pub(crate) windows: Vec<MuteWindowConfig>,
    pub(crate) mutes: Vec<Mute>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) clock: Arc<TokioClock>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) wake: Arc<Notify>,
    pub(crate) wires: Arc<Wires>,
}

impl Exchange {
    pub(crate) fn new(react: impl Fn(&Arrived) -> Reaction + Send + Sync + 'static) -> Self {
        let start = Instant::now();
        let wires = Wires { start, react: Box::new(react), arrived: Mutex::default() };
        Self {
            config: Config::default(),
            windows: Vec::new(),
            mutes: Vec::new(),
            store: Arc::new(MemoryStore::new()),
            clock: Arc::new(TokioClock { start, shift_ms: AtomicI64::new(0) }),
            metrics: Arc::default(),
            wake: Arc::default(),
            wires: Arc::new(wires),
        }
    }

    /// Receivers with these names and more keys in their sections.
    pub(crate) fn dispatcher(&self, receivers: &[(&str, &str)]) -> Dispatcher {
        let receivers = receivers.iter().map(|(name, keys)| self.receiver(name, keys));
        let receivers: Vec<Receiver> = receivers.collect();
        let targets = receivers.iter().map(|receiver| receiver.target().clone()).collect();
        let routing =
            Routing { routes: &[], windows: &self.windows, feeds: &[], zone: &Zone::default() };
        let router = Router::new(targets, routing);
        router.quiet().set_mutes(self.mutes.clone());
        Dispatcher::new(DispatcherParts {
            config: &self.config,
            receivers,
            router,
            outbox: Arc::clone(&self.store) as Arc<dyn Outbox>,
            articles: Arc::clone(&self.store) as Arc<dyn Articles>,
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            wake: Arc::clone(&self.wake),
            metrics: Arc::clone(&self.metrics),
        })
    }

    fn receiver(&self, name: &str, keys: &str) -> Receiver {
        let url = format!("https://{name}.example/");
        let transport = Arc::clone(&self.wires) as Arc<dyn Transport>;
        receiver_with(name, &url, &self.config, keys).carried_by(transport, &net::Config::default())
    }

    /// Commits an alert to `receiver` that tells of event number `number`.
    pub(crate) async fn push(&self, receiver: &str, number: u64) -> DeliveryId {
        let delivery = delivery(receiver, number, self.clock.now());
        let id = delivery.id;
        let commit = Commit { deliveries: vec![delivery], ..Commit::default() };
        self.store.commit(commit).await.unwrap();
        self.wake.notify_one();
        id
    }

    pub(crate) async fn push_many(&self, receiver: &str, n: u64) -> Vec<DeliveryId> {
        let mut ids = Vec::new();
        for number in 0..n {
            ids.push(self.push(receiver, number).await);
        }
        ids
    }

    /// Runs a dispatcher while `story` happens.
    pub(crate) async fn run(&self, receivers: &[(&str, &str)], story: impl Future<Output = ()>) {
        let dispatcher = self.dispatcher(receivers);
        self.run_with(&dispatcher, story).await;
    }

    pub(crate) async fn run_with(&self, dispatcher: &Dispatcher, story: impl Future<Output = ()>) {
        let cancel = CancellationToken::new();
        let story = async {
            story.await;
            cancel.cancel();
        };
        let (result, ()): (Result<(), StoreError>, ()) =
            tokio::join!(dispatcher.run(cancel.clone()), story);
        result.unwrap();
    }

    /// What arrived so far, in order.
    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.wires.arrived.lock().unwrap().clone()
    }

    /// How often each id arrived at `receiver`.
    pub(crate) fn counts(&self, receiver: &str) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for arrived in self.arrived().into_iter().filter(|it| it.to == receiver) {
            *counts.entry(arrived.id).or_default() += 1;
        }
        counts
    }

    pub(crate) async fn get(&self, id: DeliveryId) -> Delivery {
        self.store.delivery(id).await.unwrap().unwrap()
    }

    /// All deliveries to `receiver`, newest first.
    pub(crate) async fn deliveries(&self, receiver: &str) -> Vec<Delivery> {
        let filter =
            DeliveryFilter { receiver: Some(receiver.to_owned()), ..DeliveryFilter::default() };
        self.store.deliveries(filter, PageRequest::first(1_000)).await.unwrap().items
    }
}

fn delivery(receiver: &str, number: u64, due: Timestamp) -> Delivery {
    let matched = MatchId::of("test", ArticleId::of_identity(&number.to_be_bytes()));
    let story = StoryId::opened_by(matched);
    let event = EventId::of_story("test", "match.created", story, 1);
    let id = DeliveryId::of(event, receiver);
    Delivery {
        id,
        event,
        kind: AlertKind::MatchCreated,
        receiver: receiver.to_owned(),
        matched: Some(matched),
        story: Some(story),
        lists: Vec::new(),
        score: None,
        mute_windows: Vec::new(),
        is_held: false,
        replayed: None,
        body: format!(
            r#"{{"type":"match.created","number":{number},"data":{{"match":{{"title":"日本","summary":"long"}}}}}}"#
        ),
        created: due,
        state: DeliveryState::Pending { due },
        attempts: Vec::new(),
    }
}
