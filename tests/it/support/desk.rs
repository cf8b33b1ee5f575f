//! The HTTP side alone: a store in memory and controls that only remember what was asked.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use silkwire::model::view::{EnabledView, ReceiverView, ReplayView, RoutingView};
use silkwire::model::{
    Clock, Country, Feed, FeedId, FixedClock, Match, MatchId, Mute, MuteId, Role, Secret, StoryId,
    StoryNews,
};
use silkwire::review::{
    Access, AlertWanted, App, Change, ControlError, Controls, FeedAdded, FeedStanding, Health,
    Limits, MuteWish, NewFeed, ReceiverTest, ReplayOrder, Urgency, router, serve,
};
use silkwire::store::{Articles, MemoryStore};
use silkwire::telemetry::Metrics;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::client::{Response, exchange};
use super::watched::DEADLINE;
use crate::store_samples::at;

pub(crate) const LOCAL_TOKEN: &str = "slk_local";

pub(crate) struct Desk {
    pub(crate) address: SocketAddr,
    pub(crate) app: App,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) controls: Arc<Orders>,
    runtime: Runtime,
    serving: Option<JoinHandle<std::io::Result<()>>>,
}

impl Desk {
    /// A desk where a person on this machine has this role.
    pub(crate) fn start(loopback_role: Role) -> Self {
        Self::with_limits(loopback_role, Limits::default())
    }

    pub(crate) fn with_limits(loopback_role: Role, limits: Limits) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let store = Arc::new(MemoryStore::default());
        let controls = Arc::new(Orders::default());
        let access = Access {
            listen: address,
            loopback_role,
            local_token: Secret::new(LOCAL_TOKEN.to_owned()),
            csrf_key: Secret::new([7; 32]),
        };
        let app = App {
            store: Arc::clone(&store) as _,
            controls: Arc::clone(&controls) as _,
            clock: Arc::new(FixedClock(at(0))) as Arc<dyn Clock>,
            access: Arc::new(access),
            metrics: Arc::new(Metrics::default()),
            stop: CancellationToken::new(),
        };
        let served = serve(listener, router(app.clone()), limits, app.stop.clone());
        let serving = Some(runtime.spawn(served));
        Self { address, app, store, controls, runtime, serving }
    }

    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        exchange("GET", &self.url(path), &[], b"")
    }

    pub(crate) fn get_as(&self, token: &str, path: &str) -> Response {
        exchange("GET", &self.url(path), &[("authorization", &format!("Bearer {token}"))], b"")
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Response {
        let kind = [("content-type", "application/json")];
        exchange("POST", &self.url(path), &kind, body.as_bytes())
    }

    pub(crate) fn delete(&self, path: &str) -> Response {
        exchange("DELETE", &self.url(path), &[], b"")
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The match as it is stored.
    pub(crate) fn matched(&self, id: MatchId) -> Match {
        self.block_on(self.store.matched(id)).unwrap().unwrap()
    }

    /// Opens the stream of events and reads its head.
    pub(crate) fn events(&self) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        write!(stream, "GET /api/v1/events HTTP/1.1\r\nhost: {}\r\n\r\n", self.address).unwrap();
        let mut lines = BufReader::new(stream);
        assert_eq!(next_line(&mut lines), "HTTP/1.1 200 OK");
        while !next_line(&mut lines).is_empty() {}
        lines
    }

    /// Stops as the service does, and waits until everybody was let go.
    pub(crate) fn stop(&mut self) {
        self.app.stop.cancel();
        let serving = self.serving.take().unwrap();
        let ended = async { tokio::time::timeout(DEADLINE, serving).await };
        self.runtime.block_on(ended).expect("it must end").unwrap().unwrap();
    }
}

/// The next line without its end; empty at the end of the stream.
pub(crate) fn next_line(lines: &mut BufReader<TcpStream>) -> String {
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

/// The body as JSON.
pub(crate) fn json(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

/// Controls that remember what was asked.
pub(crate) struct Orders {
    pub(crate) feeds: Mutex<Vec<Feed>>,
    pub(crate) asked: Mutex<Vec<String>>,
    pub(crate) health: Mutex<Health>,
    pub(crate) changes: broadcast::Sender<Change>,
}

impl Default for Orders {
    fn default() -> Self {
        Self {
            feeds: Mutex::default(),
            asked: Mutex::default(),
            health: Mutex::new(Health { is_ready: true, ..Health::default() }),
            changes: broadcast::channel(16).0,
        }
    }
}

impl Orders {
    fn set_paused(&self, id: FeedId, is_paused: bool) -> Result<(), ControlError> {
        let mut feeds = self.feeds.lock().unwrap();
        let feed = feeds.iter_mut().find(|feed| feed.id == id);
        let unknown = || ControlError::Unknown { what: format!("feed {id}") };
        feed.ok_or_else(unknown)?.is_paused = is_paused;
        Ok(())
    }

    fn note(&self, words: String) {
        self.asked.lock().unwrap().push(words);
    }
}

#[async_trait]
impl Controls for Orders {
    fn feeds(&self) -> Vec<FeedStanding> {
        let feeds = self.feeds.lock().unwrap();
        feeds.iter().map(|feed| FeedStanding { feed: feed.clone(), state: None }).collect()
    }

    fn receivers(&self) -> Vec<String> {
        vec!["desk".to_owned()]
    }

    fn sides(&self) -> [Country; 2] {
        ["JP", "AZ"].map(|code| code.parse().unwrap())
    }

    fn names_in(&self, _: &str) -> Vec<silkwire::understand::Name> {
        Vec::new()
    }

    async fn add_feed(&self, new: NewFeed) -> Result<FeedAdded, ControlError> {
        let NewFeed { url, title, side, language, .. } = new;
        let id = FeedId::of_url(url.as_str());
        let title = title.unwrap_or_default();
        self.feeds.lock().unwrap().push(Feed { title, side, language, ..Feed::at(url) });
        Ok(FeedAdded { id, is_new: true })
    }

    async fn remove_feed(&self, id: FeedId) -> Result<(), ControlError> {
        self.feeds.lock().unwrap().retain(|feed| feed.id != id);
        Ok(())
    }

    async fn pause_feed(&self, id: FeedId) -> Result<(), ControlError> {
        self.set_paused(id, true)
    }

    async fn resume_feed(&self, id: FeedId) -> Result<(), ControlError> {
        self.set_paused(id, false)
    }

    async fn poll_feed(&self, id: FeedId, urgency: Urgency) -> Result<(), ControlError> {
        if self.feeds.lock().unwrap().iter().any(|feed| feed.id == id) {
            self.note(format!("poll {id}, {urgency:?}"));
            return Ok(());
        }
        Err(ControlError::Unknown { what: format!("feed {id}") })
    }

    async fn replay(&self, order: ReplayOrder) -> Result<ReplayView, ControlError> {
        self.note(format!("{order:?}"));
        Ok(ReplayView::default())
    }

    async fn receiver_views(&self) -> Result<Vec<ReceiverView>, ControlError> {
        Ok(Vec::new())
    }

    async fn enable_receiver(&self, name: &str) -> Result<EnabledView, ControlError> {
        self.note(format!("enable {name}"));
        let receiver = name.to_owned();
        Ok(EnabledView { receiver, was_off: false, n_missed: 0, replay: None })
    }

    async fn mute(&self, _: MuteWish, _: &str) -> Result<Mute, ControlError> {
        Err(ControlError::Unknown { what: "receiver".to_owned() })
    }

    async fn unmute(&self, id: MuteId) -> Result<(), ControlError> {
        Err(ControlError::Unknown { what: format!("mute {id}") })
    }

    async fn test_receiver(&self, name: &str) -> Result<ReceiverTest, ControlError> {
        assert_ne!(name, "panic", "a mistake of ours");
        let took = Duration::from_millis(5);
        let (answer, verification) = ("ok".to_owned(), "check v1".to_owned());
        Ok(ReceiverTest { status: Some(200), took, error: None, answer, verification })
    }

    async fn routing(&self, id: MatchId, _: StoryNews) -> Result<RoutingView, ControlError> {
        Err(ControlError::Unknown { what: format!("match, near miss or article {id}") })
    }

    async fn rescue(
        &self,
        id: MatchId,
        by: &str,
        alert: AlertWanted,
    ) -> Result<StoryId, ControlError> {
        self.note(format!("rescue {id} by {by}, alert {alert:?}"));
        Ok(StoryId::opened_by(id))
    }

    async fn withdraw(&self, id: MatchId) -> Result<(), ControlError> {
        self.note(format!("withdraw {id}"));
        Ok(())
    }

    fn health(&self) -> Health {
        self.health.lock().unwrap().clone()
    }

    fn tell(&self, change: Change) {
        // An error means that nobody listens.
        self.changes.send(change).ok();
    }

    fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }
}
