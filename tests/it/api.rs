//! What the API answers, over real sockets.

use std::io::Read;

use serde_json::Value;
use silkwire::model::view::{ListView, MatchListView, StoryDetailView};
use silkwire::model::{FeedId, NearMiss, ReviewVerdict, Role, Score};
use silkwire::review::Change;
use silkwire::store::{Articles, Commit};

use crate::store_samples::{
    TOPIC, article, article_id, at, commit, created, feed, match_id, matched, story_id,
};
use crate::support::{Desk, json, next_line};

fn desk_with(numbers: std::ops::Range<u64>) -> Desk {
    let desk = Desk::start(Role::Admin);
    for number in numbers {
        desk.block_on(desk.store.commit(commit(number))).unwrap();
    }
    desk
}

fn near_miss(number: u64) -> NearMiss {
    NearMiss {
        id: match_id(number),
        topic: TOPIC.to_owned(),
        article: article_id(number),
        feed: feed(),
        url: article(number).url,
        title: article(number).title,
        text: article(number).summary,
        language: article(number).language,
        score: Score::new(0.4).unwrap(),
        evidence: matched(number).evidence,
        why_not: "no tie is told".to_owned(),
        published: at(0),
        created: created(number),
        review: None,
    }
}

/// Goal: a script that pages through everything sees each match once, however many arrive.
#[test]
fn paging_is_steady_while_matches_arrive() {
    let desk = desk_with(0..30);
    let mut seen = Vec::new();
    let mut after = String::new();
    for arrival in 30.. {
        let page = desk.get(&format!("/api/v1/matches?limit=7{after}"));
        let page: ListView<MatchListView> = serde_json::from_slice(&page.body).unwrap();
        seen.extend(page.items.iter().map(|it| it.matched.id));
        desk.block_on(desk.store.commit(commit(arrival))).unwrap();
        let Some(next) = page.next else { break };
        after = format!("&after={next}");
    }
    let expected: Vec<_> = (0..30).rev().map(match_id).collect();
    assert_eq!(seen, expected);
}

/// Goal: filters do what they say, and a slip of the finger is named instead of ignored.
#[test]
fn filters_are_applied_or_named() {
    let desk = desk_with(0..3);
    let n_items = |query: &str| {
        let list = desk.get(&format!("/api/v1/matches?{query}"));
        json(&list)["items"].as_array().map(Vec::len)
    };
    assert_eq!(n_items("language=de"), Some(3));
    assert_eq!(n_items("language=ja"), Some(0));
    assert_eq!(n_items(&format!("story={}", story_id(1))), Some(1));
    assert_eq!(n_items(&format!("since={}", created(1))), Some(2));
    assert_eq!(n_items("verdict=open"), Some(3));
    assert_eq!(n_items("verdict=relevant"), Some(0));

    let refused = [
        ("limit", "limit=0"),
        ("limit", "limit=201"),
        ("limit", "limit=x"),
        ("language", "language=German"),
        ("since", "since=yesterday"),
        ("verdict", "verdict=good"),
        ("after", "after=7"),
        ("lang", "lang=de"),
        ("feed", "feed=1&feed=2"),
    ];
    for (parameter, query) in refused {
        let answer = desk.get(&format!("/api/v1/matches?{query}"));
        let named = json(&answer)["parameter"].as_str().map(str::to_owned);
        assert_eq!((answer.status, named.as_deref()), (400, Some(parameter)), "{query}");
    }
}

/// Goal: a verdict on a story reaches its matches, a second opinion is not overwritten unseen,
/// and a slip is undone.
#[test]
fn verdicts_are_stored_refused_when_stale_and_undone() {
    let desk = desk_with(0..1);
    let path = format!("/api/v1/stories/{}/review", story_id(0));
    let first = desk.post(&path, r#"{"verdict": "relevant", "note": " first ", "revision": 0}"#);
    assert_eq!(first.status, 200, "{}", first.text());
    let review = json(&first);
    assert_eq!((review["note"].as_str(), review["by"].as_str()), (Some("first"), Some("loopback")));
    let verdict = || desk.matched(match_id(0)).review.and_then(|review| review.verdict);
    assert_eq!(verdict(), Some(ReviewVerdict::Relevant));

    let stale = desk.post(&path, r#"{"verdict": "not_relevant", "revision": 0}"#);
    assert_eq!(stale.status, 409);
    let listed = json(&desk.get("/api/v1/stories?verdict=relevant"));
    assert_eq!(listed["items"][0]["review"]["revision"], review["revision"]);

    let undone = desk.post("/api/v1/undo", "");
    assert_eq!(json(&undone)["subject"]["story"], story_id(0).to_string());
    assert_eq!(verdict(), None);
    assert_eq!(json(&desk.post("/api/v1/undo", ""))["subject"], Value::Null);
}

/// Goal: what cannot be meant is refused with the reason, and nothing is stored.
#[test]
fn unusable_reviews_are_refused() {
    let desk = desk_with(0..1);
    let path = |id: &str| format!("/api/v1/matches/{id}/review");
    let id = match_id(0).to_string();
    let status = |path: &str, body: &str| desk.post(path, body).status;
    assert_eq!(status(&path("0000000000000000"), r#"{"verdict": "relevant"}"#), 404);
    assert_eq!(status(&path("x"), r#"{"verdict": "relevant"}"#), 404);
    assert_eq!(status(&path(&id), r#"{"verdict": "good"}"#), 422);
    assert_eq!(status(&path(&id), r#"{"verdit": "relevant"}"#), 422);
    assert_eq!(status(&path(&id), "{"), 400);
    assert_eq!(status(&path(&id), r#"["relevant"]"#), 422);
    let long = format!(r#"{{"verdict": "relevant", "note": "{}"}}"#, "あ".repeat(501));
    assert_eq!(status(&path(&id), &long), 422);
    assert_eq!(desk.matched(match_id(0)).review, None);
}

/// Goal: one story is read with what it holds.
#[test]
fn story_shows_its_matches() {
    let desk = desk_with(0..2);
    let answer = desk.get(&format!("/api/v1/stories/{}", story_id(1)));
    let story: StoryDetailView = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(story.story.title, article(1).title);
    assert_eq!(story.matches.len(), 1);
    assert_eq!(desk.get("/api/v1/stories/0000000000000000").status, 404);
}

/// Goal: a rescue tells nobody unless asked, and taking it back is as easy.
#[test]
fn near_miss_is_rescued_and_withdrawn() {
    let desk = desk_with(0..0);
    let near_misses = vec![near_miss(1), near_miss(2)];
    desk.block_on(desk.store.commit(Commit { near_misses, ..Commit::default() })).unwrap();
    let path = |number| format!("/api/v1/near-misses/{}/review", match_id(number));
    let rescued = json(&desk.post(&path(1), r#"{"verdict": "relevant"}"#));
    assert_eq!(rescued["story"], story_id(1).to_string());
    desk.post(&path(1), r#"{"verdict": "relevant", "alert": "yes"}"#);
    assert_eq!(
        *desk.controls.asked.lock().unwrap(),
        [
            format!("rescue {} by loopback, alert No", match_id(1)),
            format!("rescue {} by loopback, alert Yes", match_id(1)),
        ]
    );

    let dismissed = json(&desk.post(&path(2), r#"{"verdict": "not_relevant"}"#));
    assert_eq!(dismissed["verdict"], "not_relevant");
    let open = json(&desk.get("/api/v1/near-misses?open=true"));
    assert_eq!(open["items"].as_array().unwrap().len(), 1);
    let back = json(&desk.post(&path(2), r#"{"verdict": null}"#));
    assert_eq!(back["verdict"], Value::Null);
}

/// Goal: an operator adds a feed with one request, and mistakes name the field.
#[test]
fn feeds_are_added_and_listed() {
    let desk = desk_with(0..0);
    let url = "https://example.org/a.xml";
    let added = desk.post("/api/v1/feeds", &format!(r#"{{"url": "{url}", "side": "JP"}}"#));
    assert_eq!(added.status, 201);
    assert_eq!(json(&added)["id"], FeedId::of_url(url).to_string());
    let listed = json(&desk.get("/api/v1/feeds"));
    assert_eq!(
        (&listed["items"][0]["side"], &listed["items"][0]["state"]),
        (&"JP".into(), &"new".into())
    );
    let refused = desk.post("/api/v1/feeds", r#"{"url": "ftp://example.org/a"}"#);
    assert_eq!((refused.status, json(&refused)["parameter"].as_str()), (422, Some("url")));
    let id = FeedId::of_url(url);
    assert_eq!(desk.post(&format!("/api/v1/feeds/{id}/pause"), "").status, 204);
    let paused = &json(&desk.get("/api/v1/feeds"))["items"][0];
    assert_eq!((&paused["state"], &paused["paused"]), (&"paused".into(), &true.into()));
    assert_eq!(json(&desk.get("/api/v1/stats"))["feeds"]["paused"], 1);
    assert_eq!(desk.post(&format!("/api/v1/feeds/{id}/resume"), "").status, 204);
    for (body, status) in
        [("", 202), (r#"{"force": true}"#, 202), (r#"{"now": true}"#, 422), ("[true]", 422)]
    {
        let answer = desk.post(&format!("/api/v1/feeds/{id}/poll"), body);
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
    }
    let asked = desk.controls.asked.lock().unwrap().clone();
    assert_eq!(asked, [format!("poll {id}, Polite"), format!("poll {id}, Forced")]);
    assert_eq!(desk.delete(&format!("/api/v1/feeds/{id}")).status, 204);
    assert_eq!(desk.post(&format!("/api/v1/feeds/{id}/poll"), "").status, 404);
}

/// Goal: a supervisor that asks whether the service is ready learns what should be mended, and
/// does not restart it for that.
#[test]
fn warnings_do_not_make_the_service_unready() {
    let desk = desk_with(0..0);
    desk.controls.health.lock().unwrap().problems.push("the clock is off".to_owned());
    let ready = desk.get("/-/ready");
    assert_eq!((ready.status, ready.text()), (200, "ready\nthe clock is off\n"));
    desk.controls.health.lock().unwrap().clock_skew_s = Some(-180);
    let metrics = desk.get("/metrics");
    assert!(metrics.text().contains("silkwire_clock_skew_seconds -180\n"), "{}", metrics.text());
    assert!(metrics.text().contains("silkwire_offline 0\n"));
}

/// Goal: deliveries can be followed by state, and a receiver tried.
#[test]
fn deliveries_are_listed_and_receivers_tested() {
    let desk = desk_with(0..2);
    let pending = json(&desk.get("/api/v1/deliveries?state=pending&receiver=desk"));
    assert_eq!(pending["items"].as_array().unwrap().len(), 2);
    let id = pending["items"][0]["id"].as_str().unwrap();
    assert_eq!(json(&desk.get(&format!("/api/v1/deliveries/{id}")))["receiver"], "desk");
    let wrong = desk.get("/api/v1/deliveries?state=lost");
    assert_eq!((wrong.status, json(&wrong)["parameter"].as_str()), (400, Some("state")));
    assert_eq!(json(&desk.post("/api/v1/receivers/desk/test", ""))["ok"], true);
}

/// Goal: a supervisor learns whether the service can work, and if not, why.
#[test]
fn readiness_says_what_is_wrong() {
    let desk = desk_with(0..2);
    assert_eq!(desk.get("/-/ready").status, 200);
    {
        let mut health = desk.controls.health.lock().unwrap();
        health.is_ready = false;
        health.problems.push("the store is closed".to_owned());
    }
    let not_ready = desk.get("/-/ready");
    assert_eq!((not_ready.status, not_ready.text()), (503, "the store is closed\n"));
    let metrics = desk.get("/metrics");
    assert!(metrics.text().contains("\nsilkwire_ready 0\n"));
    assert!(metrics.text().contains("\nsilkwire_review_backlog 2\n"));
    assert_eq!(json(&desk.get("/api/v1/stats"))["stories_open"], 2);
}

/// Goal: an open page learns what changes, and never keeps the service from stopping.
#[test]
fn event_stream_ends_when_the_service_stops() {
    let mut desk = desk_with(0..0);
    let mut lines = desk.events();
    desk.controls.changes.send(Change::Story(story_id(1))).unwrap();
    while next_line(&mut lines) != "event: story" {}
    assert_eq!(next_line(&mut lines), format!("data: {}", story_id(1)));
    desk.stop();
    let mut rest = Vec::new();
    lines.read_to_end(&mut rest).unwrap();
}
