//! Digests over days, with a store in memory and a clock that is set.

use std::sync::Mutex;

use serde::Deserialize;

use super::*;
use crate::alert::{MuteWindowConfig, ReceiverConfig, RouteConfig, Routing, Target};
use crate::model::{
    Delivery, Feed, FeedId, FeedState, Member, Mute, MuteId, MuteMode, Review, Story, Subject,
    Zone, samples,
};
use crate::store::{
    Announcement, Articles, DeliveryFilter, MatchCommit, MemoryStore, Outbox, ReviewChange,
    Reviews, Schedule, StoryChange,
};

const DAILY: &str = "digest = { at = [\"04:00\"] }";

#[derive(Deserialize)]
struct Section {
    receiver: Vec<ReceiverConfig>,
    #[serde(default)]
    route: Vec<RouteConfig>,
    #[serde(default)]
    mute_window: Vec<MuteWindowConfig>,
}

struct TestClock(Mutex<Timestamp>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// A newsroom that reads digests.
struct Desk {
    store: Arc<MemoryStore>,
    clock: Arc<TestClock>,
    router: Router,
}

/// That hour of that day in November, in UTC.
fn at(day: i64, hour: i64) -> Timestamp {
    let first: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
    Timestamp::from_unix_ms(first.unix_ms() + ((day - 1) * 24 + hour) * 3_600_000).unwrap()
}

impl Desk {
    /// With these keys in its only route.
    fn new(route: &str) -> Self {
        let text = format!(
            "[[receiver]]\nname = \"desk\"\nurl = \"https://example.org/\"\n\
             [[route]]\nreceiver = \"desk\"\n{route}"
        );
        let Section { receiver, route, mute_window } = toml::from_str(&text).unwrap();
        let zone = Zone::named("UTC").unwrap();
        let feeds = [];
        let routing = Routing { routes: &route, windows: &mute_window, feeds: &feeds, zone: &zone };
        let targets = receiver.iter().map(|it| Target::new(it, None).unwrap()).collect();
        Self {
            store: Arc::new(MemoryStore::new()),
            clock: Arc::new(TestClock(Mutex::new(at(1, 0)))),
            router: Router::new(targets, routing),
        }
    }

    /// A feed was polled at that time, so the service worked then.
    async fn worked(&self, time: Timestamp) {
        let state = FeedState { last_poll: Some(time), ..FeedState::new(FeedId::of_url(""), time) };
        self.store.finish(state, None).await.unwrap();
    }

    /// The service as it starts at that time.
    async fn started(&self, now: Timestamp) -> Digests {
        *self.clock.0.lock().unwrap() = now;
        let feed =
            Feed { id: FeedId::of_url(""), ..Feed::at("https://example.org/".parse().unwrap()) };
        let states = self.store.feed_states().await.unwrap();
        let parts = DigestParts {
            topic: "t".to_owned(),
            router: self.router.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            watch: Arc::new(Watch::new(vec![feed], &states)),
            wake: Arc::default(),
        };
        Digests::new(parts).await.unwrap()
    }

    async fn turn(&self, digests: &mut Digests, now: Timestamp) {
        *self.clock.0.lock().unwrap() = now;
        digests.once().await.unwrap();
    }

    /// Match `number`, alone in its story, came at that time.
    async fn came(&self, number: u8, time: Timestamp) {
        self.came_as(number, time, Some(Silence::Digest)).await;
    }

    async fn came_as(&self, number: u8, time: Timestamp, silence: Option<Silence>) {
        let article = samples::article(number, time);
        let matched = Match { silence, ..samples::matched(&article) };
        let story = Story::opened(matched.story, Member::new(&matched, &article));
        let announcement = silence.map_or(Announcement::Settled, Announcement::Silent);
        let commit = MatchCommit { article, matched, sketch: None, seen: Vec::new(), announcement };
        let stories = vec![StoryChange::untold(story, None)];
        let commit = Commit { matches: vec![commit], stories, ..Commit::default() };
        self.store.commit(commit).await.unwrap();
    }

    /// The digests so far, oldest first.
    async fn told(&self) -> Vec<Delivery> {
        let page = self.store.deliveries(DeliveryFilter::default(), PageRequest::first(99)).await;
        page.unwrap().items.into_iter().rev().collect()
    }

    /// The numbers of the matches in each digest so far, oldest first.
    async fn listed(&self) -> Vec<Vec<u8>> {
        let numbers = |it: &Delivery| it.lists.iter().map(|id| id.to_be_bytes()[0]).collect();
        self.told().await.iter().map(numbers).collect()
    }
}

/// Goal: what came since the last digest is in the next one, once, over restarts.
#[tokio::test]
async fn b37_each_digest_is_made_once_and_lists_what_came_since_the_last() {
    let desk = Desk::new(DAILY);
    let mut digests = desk.started(at(1, 5)).await;
    desk.turn(&mut digests, at(1, 5)).await;
    desk.came(1, at(1, 6)).await;
    desk.came(2, at(2, 3)).await;
    for hour in [4, 4, 9] {
        desk.turn(&mut digests, at(2, hour)).await;
    }
    assert_eq!(desk.listed().await, [vec![1, 2]]);
    desk.came(3, at(2, 10)).await;
    let mut again = desk.started(at(2, 11)).await;
    desk.turn(&mut again, at(2, 11)).await;
    desk.turn(&mut again, at(3, 4)).await;
    assert_eq!(desk.listed().await, [vec![1, 2], vec![3]]);
    let body: serde_json::Value = serde_json::from_str(&desk.told().await[1].body).unwrap();
    assert_eq!(body["type"], "digest");
    assert_eq!(body["data"]["n_stories"], 1);
    assert_eq!(body["data"]["from"], "2026-11-02T04:00:00Z");
    assert_eq!(body["data"]["to"], "2026-11-03T04:00:00Z");
}

/// Goal: a service that was down when a digest was due makes one digest of all that it missed,
/// also when the days before were quiet.
#[tokio::test]
async fn digest_that_was_missed_is_made_at_the_start() {
    let desk = Desk::new(DAILY);
    desk.came(1, at(10, 9)).await;
    desk.worked(at(10, 12)).await;
    let mut digests = desk.started(at(13, 8)).await;
    desk.turn(&mut digests, at(13, 8)).await;
    assert_eq!(desk.listed().await, [vec![1]]);

    // The next three days are quiet: nothing is told of them.
    desk.turn(&mut digests, at(16, 4)).await;
    desk.came(2, at(16, 9)).await;
    desk.turn(&mut digests, at(17, 4)).await;
    assert_eq!(desk.listed().await, [vec![1], vec![2]]);
}

/// Goal: a digest that somebody configures at noon begins with the next morning.
#[tokio::test]
async fn first_digest_waits_for_its_time() {
    let desk = Desk::new("digest = { at = [\"04:00\"], empty = true }");
    desk.came(1, at(9, 9)).await;
    desk.worked(at(10, 11)).await;
    let mut digests = desk.started(at(10, 12)).await;
    desk.turn(&mut digests, at(10, 12)).await;
    assert_eq!(desk.told().await.len(), 0);
    desk.came(2, at(10, 13)).await;
    desk.turn(&mut digests, at(11, 4)).await;
    assert_eq!(desk.listed().await, [vec![2]]);
}

/// Goal: whoever wants to know that somebody looked is told so, with what is wrong; nobody else
/// gets a digest without a story.
#[tokio::test]
async fn b37_empty_digest_is_honest() {
    let quiet = Desk::new(DAILY);
    let told = Desk::new("digest = { at = [\"04:00\"], empty = true }");
    for desk in [&quiet, &told] {
        let mut state = FeedState::new(FeedId::of_url(""), at(1, 6));
        state.last_poll = Some(at(1, 6));
        state.error = Some("it answered 500".to_owned());
        desk.store.finish(state, None).await.unwrap();
        let mut digests = desk.started(at(1, 7)).await;
        desk.turn(&mut digests, at(2, 4)).await;
    }
    assert_eq!(quiet.told().await.len(), 0);
    let body: serde_json::Value = serde_json::from_str(&told.told().await[0].body).unwrap();
    assert_eq!(body["data"]["n_stories"], 0);
    assert_eq!(body["data"]["feeds"]["checked"], 1);
    assert_eq!(body["data"]["feeds"]["failing"], 1);
}

/// Goal: a digest is news: no archive, nothing that a person muted or found irrelevant.
#[tokio::test]
async fn archives_mutes_and_mistakes_are_left_out() {
    let desk = Desk::new(DAILY);
    let mut digests = desk.started(at(1, 5)).await;
    for (number, silence) in [
        (1, Some(Silence::Baseline)),
        (2, Some(Silence::Backfill)),
        (3, Some(Silence::Muted)),
        (4, Some(Silence::Rescued)),
        (5, None),
        (6, Some(Silence::Digest)),
        (7, Some(Silence::Digest)),
        (8, Some(Silence::Digest)),
    ] {
        desk.came_as(number, at(1, 6), silence).await;
    }
    let story = StoryId::from_be_bytes([7; 8]);
    let change = ReviewChange {
        subject: Subject::Story(StoryId::from_be_bytes([6; 8])),
        verdict: Some(Some(ReviewVerdict::NotRelevant)),
        note: None,
        by: "anna".to_owned(),
        at: at(1, 7),
        expected: None,
    };
    let _: Review = desk.store.review(change).await.unwrap();
    desk.router.quiet().set_mutes(vec![Mute {
        id: MuteId::of(None, Some(story), at(9, 0), at(1, 7)),
        receiver: None,
        story: Some(story),
        until: at(9, 0),
        unless_score: None,
        mode: MuteMode::Hold,
        by: "anna".to_owned(),
        reason: None,
        created: at(1, 7),
    }]);
    desk.turn(&mut digests, at(2, 4)).await;
    assert_eq!(desk.listed().await, [vec![5, 8]]);
}

/// Goal: what a slow poll stores after the digest of its hour is in the next one, and nothing is
/// in two.
#[tokio::test]
async fn what_was_stored_late_is_in_the_next_digest() {
    let desk = Desk::new(DAILY);
    let mut digests = desk.started(at(1, 5)).await;
    desk.came(1, at(2, 2)).await;
    desk.turn(&mut digests, at(2, 4)).await;
    desk.came(2, at(2, 3)).await;
    desk.turn(&mut digests, at(3, 4)).await;
    assert_eq!(desk.listed().await, [vec![1], vec![2]]);
    // Also after a time at which nothing was told.
    desk.turn(&mut digests, at(4, 4)).await;
    desk.came(3, at(4, 4).minus(Duration::from_mins(10))).await;
    desk.turn(&mut digests, at(5, 4)).await;
    assert_eq!(desk.listed().await, [vec![1], vec![2], vec![3]]);
}

/// Goal: setting the clock back doubles no digest.
#[tokio::test]
async fn b58_clock_that_is_set_back_doubles_nothing() {
    let desk = Desk::new(DAILY);
    let mut digests = desk.started(at(1, 5)).await;
    desk.came(1, at(2, 2)).await;
    for time in [at(2, 4), at(2, 3), at(2, 4), at(2, 5)] {
        desk.turn(&mut digests, time).await;
    }
    desk.came(2, at(2, 4)).await;
    desk.turn(&mut digests, at(3, 4)).await;
    assert_eq!(desk.listed().await, [vec![1], vec![2]]);
}

/// Goal: hundreds of stories make one digest that says how many there were.
#[tokio::test]
async fn long_digest_is_cut_and_says_so() {
    let desk = Desk::new(DAILY);
    let mut digests = desk.started(at(1, 5)).await;
    for number in 0..150 {
        desk.came(number, at(1, 6)).await;
    }
    desk.turn(&mut digests, at(2, 4)).await;
    assert_eq!(desk.listed().await[0].len(), STORIES_MAX);
    let body: serde_json::Value = serde_json::from_str(&desk.told().await[0].body).unwrap();
    assert_eq!(body["data"]["n_stories"], 150);
    assert_eq!(body["data"]["truncated"], true);
}
