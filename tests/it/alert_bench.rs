//! What a test of alerts needs around it: an outbox, a clock and a dispatcher.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use silkwire::alert::{Config, Dispatcher, DispatcherParts, Receiver, ReceiverConfig, Router};
use silkwire::model::{Clock, Secret, Timestamp};
use silkwire::net::{self, Incoming, NetError, Outgoing, Transport};
use silkwire::store::{MemoryStore, Outbox};
use silkwire::telemetry::Metrics;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::hook::Hook;
use crate::outbox::TestOutbox;
use crate::raw_server::RawServer;

pub(crate) const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
pub(crate) const START_MS: i64 = 1_795_500_000_000;
pub(crate) const HOUR: Duration = Duration::from_hours(1);

/// A clock that moves when a test says so: what it shows, and how long it has been running.
pub(crate) struct HandClock(pub(crate) AtomicI64, AtomicI64);

impl HandClock {
    /// Time passes. Whoever stores another time in `0` sets the clock.
    pub(crate) fn advance(&self, by: Duration) {
        let ms = i64::try_from(by.as_millis()).unwrap();
        self.0.fetch_add(ms, Ordering::SeqCst);
        self.1.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(Ordering::SeqCst)).unwrap()
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.1.load(Ordering::SeqCst).unsigned_abs())
    }
}

/// An outbox, a clock and what the dispatcher needs besides.
pub(crate) struct Bench {
    pub(crate) outbox: Arc<TestOutbox>,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) wake: Arc<Notify>,
    pub(crate) config: Config,
    pub(crate) metrics: Arc<Metrics>,
}

impl Bench {
    pub(crate) fn new(n_requests_max: usize) -> Self {
        Self {
            outbox: Arc::default(),
            clock: Arc::new(HandClock(AtomicI64::new(START_MS), AtomicI64::new(0))),
            wake: Arc::default(),
            config: Config { n_requests_max, ..Config::default() },
            metrics: Arc::default(),
        }
    }

    pub(crate) fn push(&self, receiver: &str, n: usize) {
        for number in 1..=n {
            self.outbox.push(receiver, number, self.clock.now());
        }
    }

    pub(crate) fn dispatcher(&self, receivers: Vec<Receiver>) -> Dispatcher {
        self.dispatcher_at(receivers, Arc::clone(&self.clock) as Arc<dyn Clock>)
    }

    pub(crate) fn dispatcher_at(
        &self,
        receivers: Vec<Receiver>,
        clock: Arc<dyn Clock>,
    ) -> Dispatcher {
        Dispatcher::new(DispatcherParts {
            config: &self.config,
            receivers,
            outbox: Arc::clone(&self.outbox) as Arc<dyn Outbox>,
            articles: Arc::new(MemoryStore::new()),
            router: Router::default(),
            clock,
            wake: Arc::clone(&self.wake),
            metrics: Arc::clone(&self.metrics),
        })
    }

    pub(crate) fn receiver(&self, name: &str, server: &RawServer) -> Receiver {
        receiver(name, server.url("/hook").as_str(), &self.config)
    }

    /// One receiver called `desk`.
    pub(crate) fn desk(&self, hook: &Hook) -> Dispatcher {
        self.dispatcher(vec![self.receiver("desk", &hook.server)])
    }
}

#[derive(Deserialize)]
struct Section {
    receiver: Vec<ReceiverConfig>,
}

pub(crate) fn receiver(name: &str, url: &str, config: &Config) -> Receiver {
    receiver_with(name, url, config, "")
}

/// A receiver with more keys in its section.
pub(crate) fn receiver_with(name: &str, url: &str, config: &Config, keys: &str) -> Receiver {
    receiver_signed(name, url, config, keys, SECRET)
}

/// A receiver whose secret file holds `secret`.
pub(crate) fn receiver_signed(
    name: &str,
    url: &str,
    config: &Config,
    keys: &str,
    secret: &str,
) -> Receiver {
    let text =
        format!("[[receiver]]\nname = \"{name}\"\nurl = \"{url}\"\nallow_http = true\n{keys}");
    let section: Section = toml::from_str(&text).unwrap();
    let net = net::Config {
        allow_networks: vec!["127.0.0.0/8".parse().unwrap()],
        ..net::Config::default()
    };
    let secret = Secret::new(secret.to_owned());
    Receiver::new(&section.receiver[0], Some(&secret), &net, config).unwrap()
}

/// A wire on which everything fails like this.
pub(crate) struct Broken(pub(crate) NetError);

#[async_trait]
impl Transport for Broken {
    async fn carry(&self, _: Outgoing) -> Result<Incoming, NetError> {
        Err(self.0.clone())
    }
}

/// A receiver to whom nothing comes through.
pub(crate) fn unreachable(name: &str, url: &str, config: &Config, error: NetError) -> Receiver {
    let receiver = receiver(name, url, config);
    receiver.carried_by(Arc::new(Broken(error)), &net::Config::default())
}

pub(crate) async fn once(dispatcher: &Dispatcher) {
    dispatcher.once(CancellationToken::new()).await.unwrap();
}
