//! What a test of alerts needs around it: an outbox, a clock and a dispatcher.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde::Deserialize;
use silkwire::alert::{Config, Dispatcher, Receiver, ReceiverConfig};
use silkwire::model::{Clock, Secret, Timestamp};
use silkwire::net;
use silkwire::store::Outbox;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::hook::Hook;
use crate::outbox::TestOutbox;
use crate::raw_server::RawServer;

pub(crate) const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
pub(crate) const START_MS: i64 = 1_795_500_000_000;
pub(crate) const HOUR: Duration = Duration::from_hours(1);

/// A clock that moves when a test says so.
pub(crate) struct HandClock(pub(crate) AtomicI64);

impl HandClock {
    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// An outbox, a clock and what the dispatcher needs besides.
pub(crate) struct Bench {
    pub(crate) outbox: Arc<TestOutbox>,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) wake: Arc<Notify>,
    pub(crate) config: Config,
}

impl Bench {
    pub(crate) fn new(n_requests_max: usize) -> Self {
        Self {
            outbox: Arc::default(),
            clock: Arc::new(HandClock(AtomicI64::new(START_MS))),
            wake: Arc::default(),
            config: Config { n_requests_max, ..Config::default() },
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
        let outbox = Arc::clone(&self.outbox) as Arc<dyn Outbox>;
        let wake = Arc::clone(&self.wake);
        Dispatcher::new(&self.config, receivers, outbox, clock, wake, Arc::default())
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
    let text = format!("[[receiver]]\nname = \"{name}\"\nurl = \"{url}\"\nallow_http = true");
    let section: Section = toml::from_str(&text).unwrap();
    let net = net::Config {
        allow_networks: vec!["127.0.0.0/8".parse().unwrap()],
        ..net::Config::default()
    };
    let secret = Secret::new(SECRET.to_owned());
    Receiver::new(&section.receiver[0], Some(&secret), &net, config).unwrap()
}

pub(crate) async fn once(dispatcher: &Dispatcher) {
    dispatcher.once(CancellationToken::new()).await.unwrap();
}
