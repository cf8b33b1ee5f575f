//! A town of servers in memory: each answers as a test says, and the town notes who asks when.
//!
//! Invariant: time is tokio's paused clock; it moves only while nobody works.
//! Invariant: no request is counted as over before its body was read or dropped.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use silkwire::net::{Chunks, Headers, Incoming, NetError, Outgoing, Transport};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::answer::{Answer, Body};

/// Who never answers is silent for so long.
const FOR_EVER: Duration = Duration::from_hours(24 * 365);

/// A request as its server sees it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) host: String,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) headers: Headers,
    /// Since the town was built.
    pub(crate) at: Duration,
    /// Requests that the host had before.
    pub(crate) number: usize,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| std::str::from_utf8(value).unwrap())
    }

    /// Whether it asks for what has changed only.
    pub(crate) fn is_conditional(&self) -> bool {
        ["if-none-match", "if-modified-since"].iter().any(|name| self.headers.get(name).is_some())
    }
}

type Handler = Arc<dyn Fn(&Asked) -> Answer + Send + Sync>;

/// What a host saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(crate) n_requests: usize,
    /// Requests under way at once, at most.
    pub(crate) n_running_max: usize,
    /// The shortest time between two starts.
    pub(crate) gap_min: Option<Duration>,
    n_running: usize,
    last_start: Option<Duration>,
}

impl Record {
    fn begin(&mut self, at: Duration) {
        let gap = self.last_start.map(|last| at.saturating_sub(last));
        self.gap_min = gap.into_iter().chain(self.gap_min).min();
        self.last_start = Some(at);
        self.n_requests += 1;
        self.n_running += 1;
        self.n_running_max = self.n_running_max.max(self.n_running);
    }
}

/// Servers in memory.
pub(crate) struct Town {
    start: Instant,
    is_quiet: bool,
    streets: Mutex<Streets>,
    /// Somebody asked.
    asked: Notify,
}

#[derive(Default)]
struct Streets {
    handlers: HashMap<String, Handler>,
    records: HashMap<String, Record>,
    all: Record,
    log: Vec<Asked>,
}

impl Town {
    pub(crate) fn new() -> Arc<Self> {
        Self::build(false)
    }

    /// A town that counts, but keeps no log.
    pub(crate) fn without_log() -> Arc<Self> {
        Self::build(true)
    }

    fn build(is_quiet: bool) -> Arc<Self> {
        Arc::new(Self {
            start: Instant::now(),
            is_quiet,
            streets: Mutex::default(),
            asked: Notify::new(),
        })
    }

    /// From now on `host` answers so.
    pub(crate) fn serve(
        &self,
        host: &str,
        handler: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    ) {
        self.streets().handlers.insert(host.to_owned(), Arc::new(handler));
    }

    /// From now on `host` gives these answers one after the other, and the last one for ever.
    pub(crate) fn script(&self, host: &str, answers: Vec<Answer>) {
        let first = self.record(host).n_requests;
        let last = answers.len() - 1;
        self.serve(host, move |asked| answers[(asked.number - first).min(last)].clone());
    }

    /// All requests, in order.
    pub(crate) fn log(&self) -> Vec<Asked> {
        self.streets().log.clone()
    }

    /// The requests to `host`, in order.
    pub(crate) fn asked(&self, host: &str) -> Vec<Asked> {
        self.log().into_iter().filter(|asked| asked.host == host).collect()
    }

    /// What `host` saw.
    pub(crate) fn record(&self, host: &str) -> Record {
        self.streets().records.get(host).cloned().unwrap_or_default()
    }

    /// What all hosts together saw.
    pub(crate) fn all(&self) -> Record {
        self.streets().all.clone()
    }

    /// How much time has passed.
    pub(crate) fn age(&self) -> Duration {
        self.start.elapsed()
    }

    /// Waits until there were so many requests.
    pub(crate) async fn until(&self, n_requests: usize) {
        loop {
            let asked = self.asked.notified();
            if n_requests <= self.all().n_requests {
                return;
            }
            asked.await;
        }
    }

    fn streets(&self) -> MutexGuard<'_, Streets> {
        self.streets.lock().unwrap()
    }

    fn enter(self: &Arc<Self>, request: &Outgoing) -> (Option<Handler>, Asked, Guest) {
        let host = request.url.host_str().unwrap_or_default().to_owned();
        let at = self.age();
        let mut streets = self.streets();
        let record = streets.records.entry(host.clone()).or_default();
        let asked = Asked {
            path: request.url[url::Position::BeforePath..].to_owned(),
            headers: request.headers.clone(),
            at,
            number: record.n_requests,
            host: host.clone(),
        };
        record.begin(at);
        streets.all.begin(at);
        if !self.is_quiet {
            streets.log.push(asked.clone());
        }
        let handler = streets.handlers.get(&host).cloned();
        drop(streets);
        self.asked.notify_waiters();
        (handler, asked, Guest { town: Arc::clone(self), host })
    }
}

/// A request under way; over when it is dropped.
struct Guest {
    town: Arc<Town>,
    host: String,
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut streets = self.town.streets();
        streets.all.n_running -= 1;
        streets.records.get_mut(&self.host).unwrap().n_running -= 1;
    }
}

/// The way to the town.
pub(crate) struct Road(pub(crate) Arc<Town>);

#[async_trait]
impl Transport for Road {
    async fn carry(&self, request: Outgoing) -> Result<Incoming, NetError> {
        let (handler, asked, guest) = self.0.enter(&request);
        let unknown = || NetError::Dns { reason: "no such name".to_owned(), is_temporary: false };
        let Some(handler) = handler else { return Err(unknown()) };
        let answer = handler(&asked);
        sleep(answer.pause).await;
        let status = answer.status?;
        let lines = answer.headers.iter().map(|(name, value)| (*name, value.as_slice()));
        Ok(Incoming { status, headers: lines.collect(), body: chunks(answer.body, guest) })
    }
}

/// The body piece by piece; the guest leaves with its end.
fn chunks(body: Body, guest: Guest) -> Chunks {
    let body = match body {
        Body::Whole(bytes) => stream::once(async { Ok(bytes) }).boxed(),
        Body::Cut(bytes) => {
            let broken = NetError::Broken { reason: "connection reset".to_owned() };
            stream::iter([Ok(bytes), Err(broken)]).boxed()
        }
        Body::Silent => stream::once(async {
            sleep(FOR_EVER).await;
            Ok(Bytes::new())
        })
        .boxed(),
        Body::Drip(bytes, pause) => stream::iter(0..)
            .then(move |number: usize| {
                let byte = bytes.slice(number % bytes.len()..=number % bytes.len());
                async move {
                    sleep(pause).await;
                    Ok(byte)
                }
            })
            .boxed(),
        Body::Endless(bytes) => stream::repeat_with(move || Ok(bytes.clone())).boxed(),
    };
    let held = body.map(move |chunk| {
        let _guest = &guest;
        chunk
    });
    held.boxed()
}
