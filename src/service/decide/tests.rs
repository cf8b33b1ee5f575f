//! Stories as they grow: the pipeline from judged articles on, with a store in memory.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::FutureExt;
use serde::Deserialize;

use crate::alert::update::Pace;
use crate::alert::{ReceiverConfig, RouteConfig, Router, Routing, Target};
use crate::collect;
use crate::model::{
    Article, ArticleId, Delivery, Feed, Figure, FixedClock, Kinship, Match, MatchId, Side, Silence,
    Story, StoryId, StoryRole, Subject, Timestamp, Verdict, Zone,
};
use crate::net::Client;
use crate::review::AlertWanted;
use crate::service::collector::{Collector, CollectorParts};
use crate::service::config::load_judge;
use crate::service::pipeline::{Candidate, Judged, Occasion, Pipeline, Poll};
use crate::store::{
    Articles, Correction, CorrectionOrder, Corrections, DeliveryFilter, MemoryStore, Outbox,
    PageRequest, ReviewChange, Reviews, StoryFilter,
};
use crate::understand::{Judge, Text};

const WIRE: &str = "Azerbaijan's energy minister and the ambassador of Japan signed a memorandum on \
    solar power in Baku, the ministry said. The document provides for training of engineers.";

/// A service without feeds.
struct Desk {
    pipeline: Arc<Pipeline>,
    store: Arc<MemoryStore>,
}

/// A judge as shipped, compiled once for all tests.
fn judge() -> Judge {
    static JUDGE: OnceLock<Judge> = OnceLock::new();
    let compile = || {
        let main = concat!(env!("CARGO_MANIFEST_DIR"), "/config/silkwire.toml");
        load_judge(Some(main.as_ref())).unwrap()
    };
    JUDGE.get_or_init(compile).clone()
}

fn router() -> Router {
    #[derive(Deserialize)]
    struct Section {
        receiver: Vec<ReceiverConfig>,
        route: Vec<RouteConfig>,
    }
    let text = "[[receiver]]\nname = \"desk\"\nurl = \"https://example.org/\"\n\
        [[route]]\nreceiver = \"desk\"";
    let Section { receiver, route } = toml::from_str(text).unwrap();
    let zone = Zone::named("UTC").unwrap();
    let routing = Routing { routes: &route, windows: &[], feeds: &[], zone: &zone };
    let targets = receiver.iter().map(|it| Target::new(it, None).unwrap()).collect();
    Router::new(targets, routing)
}

fn minute(minutes: i64) -> Timestamp {
    Timestamp::from_unix_ms(1_795_500_000_000 + minutes * 60_000).unwrap()
}

fn id(name: &str) -> MatchId {
    MatchId::of("japan-azerbaijan", ArticleId::of_identity(name.as_bytes()))
}

fn feed(name: &str, side: &str) -> Feed {
    let url = format!("https://{name}.example/feed");
    let side = Side::try_from(side.to_owned()).unwrap();
    Feed { title: name.to_owned(), side, ..Feed::at(url.parse().unwrap()) }
}

impl Desk {
    fn new() -> Self {
        let store = Arc::new(MemoryStore::new());
        let clock = Arc::new(FixedClock(minute(0)));
        let parts = CollectorParts {
            config: collect::Config::default(),
            pace: Pace { wait: Duration::from_secs(30), interval: Duration::from_mins(30) },
            feeds: Vec::new(),
            access: HashMap::new(),
            judge: judge(),
            router: router(),
            store: store.clone(),
            clock,
            client: Client::new(&crate::net::Config::default(), &[]).unwrap(),
            metrics: Arc::default(),
            wake: Arc::default(),
        };
        let collector = Collector::new(parts).now_or_never().unwrap().unwrap();
        let pipeline = collector.pipeline;
        Self { pipeline, store }
    }

    /// An article with these words, published at that minute.
    fn candidate(&self, name: &str, text: &str, published: i64) -> Candidate {
        let title = format!("Japan and Azerbaijan sign solar memorandum ({name})");
        let words = Text { title: &title, summary: text, ..Text::default() };
        let (mut judgement, sight) = self.pipeline.judge.judge_with_traces(&words);
        judgement.verdict = Verdict::Match;
        judgement.figures.clear();
        let article = ArticleId::of_identity(name.as_bytes());
        Candidate {
            id: id(name),
            is_dated: true,
            is_date_possible: true,
            article: Article {
                id: article,
                feed: feed(name, "third").id,
                url: None,
                title: title.clone(),
                summary: text.to_owned(),
                body: String::new(),
                language: judgement.language,
                published: minute(published),
                first_seen: minute(published),
                stated: None,
                page: None,
                text_dropped: None,
                hash: None,
            },
            link: None,
            declared: None,
            judgement,
            sight,
            seen: Vec::new(),
        }
    }

    /// A copy of the wire, told by `name`.
    fn copy(&self, name: &str, published: i64) -> Candidate {
        self.candidate(name, WIRE, published)
    }

    async fn take(&self, now: i64, side: &str, candidates: Vec<Candidate>) {
        self.take_as(Occasion::News, now, side, candidates).await;
    }

    async fn take_as(&self, occasion: Occasion, now: i64, side: &str, candidates: Vec<Candidate>) {
        let feed = feed("poll", side);
        let poll = Poll { feed: &feed, occasion, now: minute(now), epoch: None };
        let judged = Judged { candidates, ..Judged::default() };
        self.pipeline.commit(&poll, judged, None).await.unwrap();
    }

    async fn matched(&self, name: &str) -> Match {
        self.store.matched(id(name)).await.unwrap().unwrap()
    }

    async fn story_of(&self, name: &str) -> Story {
        self.store.story(self.matched(name).await.story).await.unwrap().unwrap()
    }

    async fn role(&self, name: &str) -> StoryRole {
        StoryRole::of(&self.story_of(name).await, &self.matched(name).await)
    }

    /// Kind, changes and when it is due, of all deliveries, oldest first.
    async fn told(&self) -> Vec<String> {
        self.deliveries().await.iter().map(line).collect()
    }

    async fn deliveries(&self) -> Vec<Delivery> {
        let page = self.store.deliveries(DeliveryFilter::default(), PageRequest::first(99)).await;
        page.unwrap().items.into_iter().rev().collect()
    }

    async fn correct(&self, correction: Correction) -> StoryId {
        let (by, at) = ("a".to_owned(), minute(0));
        let order = CorrectionOrder { correction, by, at, expected: Vec::new() };
        self.store.correct(order).await.unwrap().to.id
    }
}

fn line(delivery: &Delivery) -> String {
    let body: serde_json::Value = serde_json::from_str(&delivery.body).unwrap();
    let due = match delivery.state {
        crate::model::DeliveryState::Pending { due } => due.since(minute(0)).as_secs() / 60,
        ref other => panic!("{other:?}"),
    };
    let changes = body["data"]["changes"].as_array().cloned().unwrap_or_default();
    let changes: Vec<&str> = changes.iter().filter_map(|it| it.as_str()).collect();
    format!("{} at {due} {changes:?}", body["type"].as_str().unwrap())
}

fn figure(text: &str, value: f64) -> Figure {
    Figure { text: text.to_owned(), value, unit: "USD".to_owned() }
}

/// Goal: a reader sees who had it first, and the desk is not rung again for it.
#[tokio::test]
async fn late_earlier_article_becomes_first_publisher_without_an_alert() {
    let desk = Desk::new();
    desk.take(10, "third", vec![desk.copy("b", 5)]).await;
    // Two articles of one outlet: a third outlet would be news.
    let mut second = desk.copy("c", 15);
    second.article.feed = feed("b", "third").id;
    desk.take(20, "third", vec![second]).await;
    assert_eq!(desk.role("b").await, StoryRole::First);
    assert_eq!(desk.role("c").await, StoryRole::Copy);
    desk.take(30, "third", vec![desk.copy("a", 1)]).await;
    let story = desk.story_of("b").await;
    assert_eq!((story.size, story.first_publisher()), (3, id("a")));
    assert_eq!((story.first_match, story.first_published), (id("b"), minute(1)));
    assert_eq!(desk.role("a").await, StoryRole::First);
    assert_eq!(desk.role("b").await, StoryRole::Copy);
    assert_eq!(desk.role("c").await, StoryRole::Copy);
    let link = desk.matched("c").await.link.unwrap();
    assert_eq!((link.nearest, link.kinship), (id("b"), Kinship::Copy));
    assert!(!link.why.is_empty());
    assert_eq!(desk.told().await, ["match.created at 10 []"]);
    assert_eq!(desk.matched("a").await.silence, Some(Silence::StoryKnown));
}

/// Goal: a feed that lists newest first groups like one that lists oldest first.
#[tokio::test]
async fn order_within_a_poll_does_not_matter() {
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let mut results = Vec::new();
    for order in orders {
        let desk = Desk::new();
        let names = [("a", 3), ("b", 1), ("c", 1)];
        let candidates = order.map(|at: usize| {
            let (name, published) = names[at];
            desk.copy(name, published)
        });
        desk.take(10, "third", candidates.into()).await;
        let mut matches = Vec::new();
        for (name, _) in names {
            matches.push(desk.matched(name).await);
        }
        results.push((desk.story_of("a").await, matches, desk.deliveries().await));
    }
    assert!(results.iter().all(|it| *it == results[0]), "{results:#?}");
    assert_eq!(results[0].0.size, 3);
}

/// Goal: an article whose date cannot be true is marked, so that it joins no story by its date.
#[tokio::test]
async fn impossible_dates_are_marked_for_story_decisions() {
    let desk = Desk::new();
    let undated = Candidate { is_date_possible: false, ..desk.copy("a", 10) };
    desk.take(10, "third", vec![undated, desk.copy("b", 9)]).await;
    let sketches = desk.store.sketches(minute(0)).await.unwrap();
    let is_dated = |name| sketches.iter().find(|it| it.matched == id(name)).unwrap().is_dated;
    assert!(!is_dated("a") && is_dated("b"));
}

/// Goal: the desk hears of a told event again when it matters, and at most once in half an hour.
#[tokio::test]
async fn update_is_due_half_an_hour_after_the_alert_and_says_everything() {
    let desk = Desk::new();
    desk.take(0, "third", vec![desk.copy("a", 0)]).await;
    desk.take(5, "third", vec![desk.copy("b", 4)]).await;
    assert_eq!(desk.told().await, ["match.created at 0 []"]);

    desk.take(10, "AZ", vec![desk.copy("c", 9)]).await;
    let outlets = "3 outlets report it";
    let first = format!("story.updated at 30 [\"first report from AZ\", {outlets:?}]");
    assert_eq!(desk.told().await[1..], [first]);

    let mut money = desk.copy("d", 19);
    money.judgement.figures.push(figure("3.2 million dollars", 3.2e6));
    desk.take(20, "JP", vec![money]).await;
    let second = format!(
        "story.updated at 30 [\"first report from AZ\", {outlets:?}, \"first report from JP\", \
         \"new figure: 3.2 million dollars\"]"
    );
    assert_eq!(desk.told().await[1..], *std::slice::from_ref(&second));
    let deliveries = desk.deliveries().await;
    let body: serde_json::Value = serde_json::from_str(&deliveries[1].body).unwrap();
    assert_eq!(body["data"]["story"]["size"], 4);
    assert_eq!(body["data"]["match"]["id"], id("d").to_string());
    assert!(body["data"]["withdrawn"].is_null());

    // Once it was due it is told, and the next one keeps its distance.
    let mut more = desk.copy("e", 39);
    more.judgement.figures.push(figure("5 million dollars", 5e6));
    desk.take(40, "JP", vec![more]).await;
    let third = "story.updated at 60 [\"new figure: 5 million dollars\"]".to_owned();
    assert_eq!(desk.told().await[1..], [second, third]);
}

/// Goal: an update that is on its way is not called back; the next one is told as well.
#[tokio::test]
async fn update_on_its_way_is_left_alone() {
    let desk = Desk::new();
    desk.take(0, "third", vec![desk.copy("a", 0)]).await;
    desk.take(10, "AZ", vec![desk.copy("b", 9)]).await;
    assert_eq!(desk.store.lease("desk", minute(30), minute(60), 9).await.unwrap().len(), 2);
    desk.take(20, "JP", vec![desk.copy("c", 19)]).await;
    assert_eq!(desk.told().await.len(), 3);
}

/// Goal: nobody hears more of an event that a person found irrelevant, not even what waits.
#[tokio::test]
async fn irrelevant_story_sends_no_updates() {
    let desk = Desk::new();
    desk.take(0, "third", vec![desk.copy("a", 0)]).await;
    desk.take(10, "AZ", vec![desk.copy("b", 9)]).await;
    assert_eq!(desk.told().await.len(), 2);
    let change = ReviewChange {
        subject: Subject::Story(desk.story_of("a").await.id),
        verdict: Some(Some(crate::model::ReviewVerdict::NotRelevant)),
        note: None,
        by: "a".to_owned(),
        at: minute(11),
        expected: None,
    };
    desk.store.review(change).await.unwrap();
    assert_eq!(desk.told().await, ["match.created at 0 []"]);
    desk.take(20, "JP", vec![desk.copy("c", 19)]).await;
    assert_eq!(desk.told().await, ["match.created at 0 []"]);
}

/// Goal: the archive of a new feed and a silent rescue tell nothing, nor do old stories whose
/// outlets nobody counted.
#[tokio::test]
async fn archives_and_silent_rescues_send_no_updates() {
    let desk = Desk::new();
    desk.take(5_000, "third", vec![desk.copy("a", 0)]).await;
    desk.take_as(Occasion::Baseline, 5_010, "AZ", vec![desk.copy("b", 9)]).await;
    let rescue = Occasion::Rescue(AlertWanted::No);
    desk.take_as(rescue, 5_020, "JP", vec![desk.copy("c", 9)]).await;
    assert_eq!(desk.story_of("a").await.size, 3);
    assert_eq!(desk.told().await, ["match.created at 5000 []"]);
}

/// Goal: what a person split off stays off, and takes its copies along.
#[tokio::test]
async fn copy_of_a_split_off_article_joins_it_there() {
    let desk = Desk::new();
    desk.take(0, "third", vec![desk.copy("a", 0)]).await;
    // The same opening, another ending: a copy to the machine, another event to a person.
    let other = format!("{WIRE} A second paper on hydrogen was initialled in Ganja on Friday.");
    desk.take(10, "third", vec![desk.candidate("b", &other, 9)]).await;
    assert_eq!(desk.story_of("a").await.size, 2);
    let split = desk.correct(Correction::Split { matches: vec![id("b")] }).await;
    desk.take(20, "third", vec![desk.candidate("c", &other, 19)]).await;
    assert_eq!(desk.matched("c").await.story, split);

    // The same article again, from another feed or edited: it stays.
    desk.take(30, "AZ", vec![desk.copy("b", 9)]).await;
    assert_eq!(desk.matched("b").await.story, split);
    assert_eq!(desk.story_of("a").await.size, 1);
    assert_eq!(desk.told().await, ["match.created at 0 []"]);
}

/// Goal: articles of a story that was merged away join the one that took it over.
#[tokio::test]
async fn later_articles_join_the_merged_story() {
    let desk = Desk::new();
    desk.take(0, "third", vec![desk.copy("a", 0)]).await;
    let rugby = "Azerbaijan and Japan met in the final of the rugby sevens in Osaka on Sunday; \
        the hosts won by three tries before nine thousand people.";
    desk.take(1, "third", vec![desk.candidate("x", rugby, 1)]).await;
    let (from, into) = (desk.matched("a").await.story, desk.matched("x").await.story);
    assert_ne!(from, into);
    desk.correct(Correction::Merge { from, into }).await;
    desk.take(10, "third", vec![desk.copy("b", 9)]).await;
    assert_eq!(desk.matched("b").await.story, into);
    assert_eq!(desk.story_of("b").await.size, 3);
}

/// Goal: a hectic day goes through, and the largest story costs no more than the others.
/// Method: what one poll asks of the store does not depend on the size of the story; here it is
/// only shown that all is well in the end. Long rounds take 5,000 matches.
#[tokio::test]
async fn hectic_day_goes_through() {
    let is_long = std::env::var_os("SILKWIRE_LONG").is_some();
    let n: usize = if is_long { 5_000 } else { 250 };
    let desk = Desk::new();
    let template = desk.copy("0", 0);
    for poll in 0..n / 50 {
        let now = i64::try_from(poll).unwrap();
        let candidates = (0..50).map(|number| {
            let name = format!("{poll}-{number}");
            let article = ArticleId::of_identity(name.as_bytes());
            let mut candidate = template.clone();
            (candidate.id, candidate.article.id) = (id(&name), article);
            candidate.article.published = minute(now);
            candidate
        });
        let candidates = candidates.collect();
        desk.take(now, "third", candidates).await;
    }
    let page = desk.store.stories(StoryFilter::default(), PageRequest::first(9)).await.unwrap();
    let sizes: Vec<usize> = page.items.iter().map(|story| story.size as usize).collect();
    assert_eq!(sizes, [n]);
    let size = serde_json::to_vec(&page.items[0]).unwrap().len();
    assert!(size < 20_000, "{size} bytes");
}
