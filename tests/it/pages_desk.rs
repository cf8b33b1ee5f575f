//! A desk for the tests of the pages: a store in memory, feeds and receivers that do nothing,
//! and everything served on a free port.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use async_trait::async_trait;
use silkwire::model::view::{EnabledView, ReceiverStanding, ReceiverView, ReplayView, RoutingView};
use silkwire::model::{
    Country, FeedId, FixedClock, MatchId, Mute, MuteId, NearMiss, ReceiverState, Review,
    ReviewVerdict, Role, Secret, StoryId, StoryNews, Timestamp,
};
use silkwire::review::{
    self, Access, AlertWanted, App, Change, ControlError, Controls, FeedAdded, FeedStanding,
    Health, Limits, MuteWish, NewFeed, ReceiverTest, ReplayMode, ReplayOrder, Urgency,
};
use silkwire::store::{Articles, Commit, MemoryStore, Mutes, NearMisses, Outbox, QueueState};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

fn now() -> Timestamp {
    "2026-11-25T06:45:00Z".parse().unwrap()
}

fn country(code: &str) -> Country {
    code.parse().unwrap()
}

/// A served desk.
pub(super) struct Desk {
    pub(super) store: Arc<MemoryStore>,
    pub(super) orders: Arc<Mutex<Vec<String>>>,
    address: SocketAddr,
    stop: CancellationToken,
    runtime: Runtime,
    server: Option<JoinHandle<()>>,
}

impl Desk {
    pub(super) fn open(feeds: Vec<FeedStanding>, role: Role) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let store = Arc::new(MemoryStore::new());
        let orders = Arc::<Mutex<Vec<String>>>::default();
        let stop = CancellationToken::new();
        let controls = Still { feeds, store: Arc::clone(&store), orders: Arc::clone(&orders) };
        let app = App {
            store: Arc::clone(&store) as _,
            controls: Arc::new(controls),
            clock: Arc::new(FixedClock(now())),
            access: Arc::new(Access {
                listen: address,
                loopback_role: role,
                local_token: Secret::new("slk_local".to_owned()),
                csrf_key: Secret::new([7; 32]),
            }),
            metrics: Arc::default(),
            stop: stop.clone(),
        };
        let until = stop.clone();
        let server = thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let router = review::router(app);
                review::serve(listener, router, Limits::default(), until).await.unwrap();
            });
        });
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        Self { store, orders, address, stop, runtime, server: Some(server) }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn add(&self, commit: Commit) {
        self.runtime.block_on(self.store.commit(commit)).unwrap();
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(server) = self.server.take() {
            server.join().unwrap();
        }
    }
}

/// Controls that note what they are told.
struct Still {
    feeds: Vec<FeedStanding>,
    store: Arc<MemoryStore>,
    orders: Arc<Mutex<Vec<String>>>,
}

impl Still {
    fn note(&self, order: String) {
        self.orders.lock().unwrap().push(order);
    }

    /// Notes an order about a feed; one that fails is refused as if its server wanted that.
    fn order(&self, what: &str, id: FeedId) -> Result<(), ControlError> {
        let found = self.feeds.iter().find(|it| it.feed.id == id);
        let found = found.ok_or_else(|| ControlError::Unknown { what: format!("feed {id}") })?;
        if what == "poll" && found.state.as_ref().is_some_and(|it| it.error.is_some()) {
            let reason = "the server asked for no request before 07:00".to_owned();
            return Err(ControlError::TooEarly { reason });
        }
        self.note(format!("{what} {id}"));
        Ok(())
    }

    async fn say(&self, id: MatchId, review: Option<Review>) -> Result<NearMiss, ControlError> {
        Ok(self.store.review_near_miss(id, review).await?)
    }
}

#[async_trait]
impl Controls for Still {
    fn feeds(&self) -> Vec<FeedStanding> {
        self.feeds.clone()
    }

    fn receivers(&self) -> Vec<String> {
        vec!["desk".to_owned()]
    }

    fn sides(&self) -> [Country; 2] {
        ["JP", "AZ"].map(country)
    }

    fn names_in(&self, _: &str) -> Vec<silkwire::understand::Name> {
        Vec::new()
    }

    async fn add_feed(&self, feed: NewFeed) -> Result<FeedAdded, ControlError> {
        Err(ControlError::Unknown { what: feed.url.to_string() })
    }

    async fn remove_feed(&self, id: FeedId) -> Result<(), ControlError> {
        self.order("remove", id)
    }

    async fn pause_feed(&self, id: FeedId) -> Result<(), ControlError> {
        self.order("pause", id)
    }

    async fn resume_feed(&self, id: FeedId) -> Result<(), ControlError> {
        self.order("resume", id)
    }

    async fn poll_feed(&self, id: FeedId, urgency: Urgency) -> Result<(), ControlError> {
        assert_eq!(urgency, Urgency::Polite, "no button insists");
        self.order("poll", id)
    }

    async fn replay(&self, order: ReplayOrder) -> Result<ReplayView, ControlError> {
        self.note(format!("{order:?}"));
        let dry_run = order.mode == ReplayMode::Show;
        Ok(ReplayView { dry_run, n_replayed: 3, ..ReplayView::default() })
    }

    async fn receiver_views(&self) -> Result<Vec<ReceiverView>, ControlError> {
        let view = |queue: Option<&QueueState>, state: Option<ReceiverState>| {
            let off = state.as_ref().and_then(ReceiverState::disabled);
            ReceiverView {
                name: "desk".to_owned(),
                format: Some("json".to_owned()),
                state: if off.is_some() { ReceiverStanding::Off } else { ReceiverStanding::Fine },
                off_since: off.map(|(since, _)| since),
                why_off: off.map(|(_, why)| why),
                paused_until: state.and_then(|state| state.paused_until),
                left_alone_since: None,
                failing_since: None,
                muted_until: None,
                n_pending: queue.map_or(0, |queue| queue.n_pending),
                oldest: queue.and_then(|queue| queue.oldest),
                n_dead: queue.map_or(0, |queue| queue.n_dead),
            }
        };
        let queues = self.store.queues().await?;
        let queue = queues.iter().find(|queue| queue.receiver == "desk");
        Ok(vec![view(queue, self.store.receiver("desk").await?)])
    }

    async fn enable_receiver(&self, name: &str) -> Result<EnabledView, ControlError> {
        self.note(format!("enable {name}"));
        let receiver = name.to_owned();
        Ok(EnabledView { receiver, was_off: true, n_missed: 0, replay: None })
    }

    async fn mute(&self, wish: MuteWish, by: &str) -> Result<Mute, ControlError> {
        let MuteWish { receiver, story, until, unless_score, mode, reason } = wish;
        let id = MuteId::of(receiver.as_deref(), story, until, now());
        let by = by.to_owned();
        let mute =
            Mute { id, receiver, story, until, unless_score, mode, by, reason, created: now() };
        self.store.mute(mute.clone()).await?;
        Ok(mute)
    }

    async fn unmute(&self, id: MuteId) -> Result<(), ControlError> {
        let is_known = self.store.unmute(id).await?;
        is_known.then_some(()).ok_or_else(|| ControlError::Unknown { what: format!("mute {id}") })
    }

    async fn test_receiver(&self, name: &str) -> Result<ReceiverTest, ControlError> {
        Err(ControlError::Unknown { what: name.to_owned() })
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
        self.note(format!("rescue, alert {alert:?}"));
        let review = Review {
            verdict: Some(ReviewVerdict::Relevant),
            note: None,
            by: by.to_owned(),
            at: now(),
            revision: 1,
            is_inherited: false,
        };
        self.say(id, Some(review)).await?;
        Ok(StoryId::opened_by(id))
    }

    async fn withdraw(&self, id: MatchId) -> Result<(), ControlError> {
        self.note("withdraw".to_owned());
        self.say(id, None).await.map(|_| ())
    }

    fn health(&self) -> Health {
        Health { is_ready: true, ..Health::default() }
    }

    fn tell(&self, _: Change) {}

    fn changes(&self) -> broadcast::Receiver<Change> {
        broadcast::channel(1).1
    }
}
