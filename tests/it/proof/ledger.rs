//! What the service has acknowledged, and whether it is there.
//!
//! Acknowledged is what an answer of its API showed or took, and nothing else: a request whose
//! answer did not arrive may have been done or not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use standardwebhooks::Webhook;

use crate::newsroom::SECRET;
use crate::proof::bureau::{Api, Bureau, DESKS};
use crate::proof::chance::Chance;
use crate::support::Response;

const VERDICTS: [&str; 3] = ["relevant", "not_relevant", "unsure"];

/// What the service has acknowledged.
#[derive(Default)]
pub(super) struct Ledger {
    /// By id, as they were first shown, without what may change.
    matches: BTreeMap<String, Value>,
    /// By the id of the match or near miss.
    reviews: BTreeMap<String, Said>,
    near_misses: BTreeSet<String>,
    /// By id, with when the receiver took them.
    delivered: BTreeMap<String, Value>,
    /// Addresses of feeds that were added.
    feeds: BTreeSet<String>,
    /// Names with the secret.
    tokens: BTreeMap<String, String>,
    n_tokens_asked: usize,
    n_feeds_asked: usize,
    /// Posts whose signature was checked, by desk.
    n_verified: [usize; 2],
}

/// What was said of a match.
#[derive(Default)]
struct Said {
    /// The last verdict and note that were taken.
    taken: Option<Value>,
    /// Those that were sent after it and not answered.
    unanswered: Vec<Value>,
}

impl Ledger {
    /// Works with the service, as chance has it, until it is dead.
    pub(super) fn work(&mut self, api: &Api, bureau: &Bureau, chance: &mut Chance) {
        while self.work_a_while(api, bureau, chance).is_some() {}
    }

    /// Works with the service for some dozen requests; none if it is dead.
    pub(super) fn work_a_while(
        &mut self,
        api: &Api,
        bureau: &Bureau,
        chance: &mut Chance,
    ) -> Option<()> {
        let feeds = items(&api.get("/api/v1/feeds")?);
        let feeds: Vec<String> = feeds.iter().map(|it| text(it, "id")).collect();
        (0..50).try_for_each(|_| self.step(api, bureau, &feeds, chance))
    }

    fn step(
        &mut self,
        api: &Api,
        bureau: &Bureau,
        feeds: &[String],
        chance: &mut Chance,
    ) -> Option<()> {
        match chance.below(16) {
            0..=6 => {
                let feed = chance.pick(feeds);
                api.post(&format!("/api/v1/feeds/{feed}/poll"), &Value::Null).map(drop)
            }
            7..=8 => self.read_matches(api),
            9..=10 => self.review(api, chance),
            11 => self.dismiss(api, chance),
            12..=13 => self.read_deliveries(api),
            14 => self.add_feed(api, bureau),
            _ => self.make_token(api),
        }
    }

    fn read_matches(&mut self, api: &Api) -> Option<()> {
        for it in items(&api.get("/api/v1/matches?limit=100")?) {
            self.matches.entry(text(&it, "id")).or_insert_with(|| lasting(&it));
        }
        for it in items(&api.get("/api/v1/near-misses?limit=50")?) {
            self.near_misses.insert(text(&it, "id"));
        }
        Some(())
    }

    fn review(&mut self, api: &Api, chance: &mut Chance) -> Option<()> {
        let ids: Vec<&String> = self.matches.keys().collect();
        if ids.is_empty() {
            return Some(());
        }
        let id = (*chance.pick(&ids)).clone();
        let said = json!({
            "verdict": chance.pick(&VERDICTS),
            "note": format!("note {}", chance.below(1_000)),
        });
        self.say(&format!("/api/v1/matches/{id}/review"), id, &said, api)
    }

    /// Says of a near miss that it is none; rescued ones would be matches.
    fn dismiss(&mut self, api: &Api, chance: &mut Chance) -> Option<()> {
        let ids: Vec<&String> = self.near_misses.iter().collect();
        if ids.is_empty() {
            return Some(());
        }
        let id = (*chance.pick(&ids)).clone();
        let said = json!({"verdict": chance.pick(&["not_relevant", "unsure"])});
        self.say(&format!("/api/v1/near-misses/{id}/review"), id, &said, api)
    }

    fn say(&mut self, path: &str, id: String, words: &Value, api: &Api) -> Option<()> {
        let said = self.reviews.entry(id).or_default();
        said.unanswered.push(words.clone());
        let answer = api.post(path, words)?;
        if answer.status == 200 {
            *said = Said { taken: Some(words.clone()), unanswered: Vec::new() };
        } else {
            said.unanswered.pop();
        }
        Some(())
    }

    fn read_deliveries(&mut self, api: &Api) -> Option<()> {
        for it in items(&api.get("/api/v1/deliveries?state=delivered&limit=100")?) {
            self.delivered.entry(text(&it, "id")).or_insert_with(|| it["at"].clone());
        }
        Some(())
    }

    fn add_feed(&mut self, api: &Api, bureau: &Bureau) -> Option<()> {
        // Many feeds would take the time of those that bring news.
        if 12 <= self.n_feeds_asked {
            return Some(());
        }
        self.n_feeds_asked += 1;
        let url = bureau.presses.leaflet_url(self.n_feeds_asked);
        let answer = api.post("/api/v1/feeds", &json!({"url": url}))?;
        if answer.status == 201 {
            self.feeds.insert(url);
        }
        Some(())
    }

    fn make_token(&mut self, api: &Api) -> Option<()> {
        if 200 <= self.n_tokens_asked {
            return Some(());
        }
        self.n_tokens_asked += 1;
        let name = format!("token-{}", self.n_tokens_asked);
        let answer = api.post("/api/v1/tokens", &json!({"name": name, "role": "reader"}))?;
        if answer.status == 201 {
            let made: Value = serde_json::from_slice(&answer.body).unwrap();
            self.tokens.insert(name, text(&made, "token"));
        }
        Some(())
    }

    /// How much was acknowledged, for people.
    pub(super) fn summary(&self) -> String {
        let reviews = self.reviews.values().filter(|it| it.taken.is_some()).count();
        format!(
            "{} matches, {reviews} reviews, {} deliveries, {} feeds, {} tokens",
            self.matches.len(),
            self.delivered.len(),
            self.feeds.len(),
            self.tokens.len()
        )
    }

    /// What of all that a living service does not have any more.
    pub(super) fn losses(&self, api: &Api) -> Vec<String> {
        let mut losses = Vec::new();
        let matches = by_id(api.all("matches"));
        for (id, shown) in &self.matches {
            match matches.get(id) {
                None => losses.push(format!("match {id} is gone")),
                Some(now) if lasting(now) != *shown => {
                    losses.push(format!("match {id} was {shown}, is {}", lasting(now)));
                }
                Some(_) => {}
            }
        }
        let near_misses = by_id(api.all("near-misses"));
        for (id, said) in &self.reviews {
            let found = matches.get(id).or_else(|| near_misses.get(id));
            losses.extend(found.and_then(|found| said.is_missing_in(id, found)));
        }
        for id in self.near_misses.iter().filter(|it| !near_misses.contains_key(*it)) {
            losses.push(format!("near miss {id} is gone"));
        }
        let delivered = by_id(api.all("deliveries?state=delivered"));
        for (id, at) in &self.delivered {
            if delivered.get(id).map(|it| &it["at"]) != Some(at) {
                losses.push(format!("delivery {id}, taken at {at}, is {:?}", delivered.get(id)));
            }
        }
        let feeds: BTreeSet<String> = api.all("feeds").iter().map(|it| text(it, "url")).collect();
        losses.extend(self.feeds.difference(&feeds).map(|url| format!("feed {url} is gone")));
        // Each is one request: those that were made last suffer most.
        for (name, secret) in self.tokens.iter().rev().take(20) {
            match api.status_as(secret, "/api/v1/stats") {
                200 => {}
                status => losses.push(format!("token {name} is answered with {status}")),
            }
        }
        losses
    }

    /// What the desks were told wrongly so far: unsigned, twice under two ids, or with two
    /// bodies under one.
    pub(super) fn wrong_alerts(&mut self, bureau: &Bureau) -> Vec<String> {
        let verifier = Webhook::new(SECRET).unwrap();
        let mut wrong = Vec::new();
        for (at, desk) in bureau.desks.iter().enumerate() {
            let posts = desk.requests();
            // What is old fails the verification: it has a time in it.
            for post in &posts[self.n_verified[at]..] {
                if let Err(error) = verifier.verify(&post.body, &post.headers) {
                    wrong.push(format!("{}: {error}", DESKS[at]));
                }
            }
            self.n_verified[at] = posts.len();
            let mut bodies: BTreeMap<String, &[u8]> = BTreeMap::new();
            let mut ids: BTreeMap<String, String> = BTreeMap::new();
            for post in &posts {
                let id = post.header("webhook-id").unwrap().to_owned();
                let body = bodies.entry(id.clone()).or_insert(&post.body);
                if **body != *post.body {
                    wrong.push(format!("{}: two bodies under {id}", DESKS[at]));
                }
                let event = event(&post.json());
                let known = ids.entry(event.clone()).or_insert_with(|| id.clone());
                if *known != id {
                    wrong.push(format!("{}: {event} as {known} and {id}", DESKS[at]));
                }
            }
        }
        wrong
    }
}

impl Said {
    /// The words, if what is stored now is neither the last that was taken nor a later one.
    fn is_missing_in(&self, id: &str, found: &Value) -> Option<String> {
        let taken = self.taken.as_ref()?;
        let now = &found["review"];
        let is_now = |words: &Value| {
            let note = words.get("note").is_none_or(|note| now["note"] == *note);
            now["verdict"] == words["verdict"] && note
        };
        let is_there = is_now(taken) || self.unanswered.iter().any(is_now);
        (!is_there).then(|| format!("review of {id} was {taken}, is {now}"))
    }
}

/// What happened, as a receiver tells events apart: a story grows with each revision it is
/// told of.
pub(super) fn event(body: &Value) -> String {
    let story = &body["data"]["story"];
    match body["type"].as_str() {
        Some("match.created") => format!("start of {}", story["id"]),
        kind => format!("{kind:?} of {} with {}", story["id"], story["size"]),
    }
}

/// What stays as it is as long as the match is stored.
fn lasting(matched: &Value) -> Value {
    let kept = ["url", "story", "created", "silence", "feed", "published"];
    kept.iter().map(|name| ((*name).to_owned(), matched[*name].clone())).collect()
}

/// The items of a list, by their id.
pub(super) fn by_id(items: Vec<Value>) -> BTreeMap<String, Value> {
    items.into_iter().map(|it| (text(&it, "id"), it)).collect()
}

fn items(answer: &Response) -> Vec<Value> {
    let list: Value = serde_json::from_slice(&answer.body).unwrap();
    list["items"].as_array().unwrap_or_else(|| panic!("{list}")).clone()
}

pub(super) fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}
