//! `kill -9` while alerts are on their way: every event arrives, under one id, in order where that
//! is asked for, and hardly any twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use crate::proof::bureau::{Api, Bureau, DESKS};
use crate::proof::chance::{Chance, n_rounds, seed};
use crate::proof::kill_rounds::{assert_kept, finish};
use crate::proof::ledger::{event, text};
use crate::support::{Receiver, Request};

/// A third desk, which wants its alerts in order.
const LINE: &str = "line";

/// Deliveries in flight at once to a desk: the default, and one to a desk that wants order. Each
/// may be repeated after a kill, once.
const N_IN_FLIGHT: [(&str, usize); 3] = [(DESKS[0], 4), (DESKS[1], 4), (LINE, 1)];

/// Goal: whoever pulls the plug while alerts leave loses none, and a desk that drops ids which it
/// knows is told everything exactly once.
/// Method: each round ends when a desk has got an alert, chosen by chance: before it is answered,
/// or at some instant after. Then a last one works everything off.
#[test]
fn killed_during_deliveries_every_event_arrives_under_one_id() {
    let seed = seed("delivery kills");
    let mut chance = Chance::of(seed);
    let line = Receiver::start();
    let url = line.url();
    let bureau = Bureau::with_tables(
        &chance,
        &format!(
            "[[receiver]]\nname = \"{LINE}\"\nurl = \"{url}\"\nsecret_file = \"hook.secret\"\n\
             allow_http = true\nordered = true\n[[route]]\nreceiver = \"{LINE}\"\n"
        ),
    );
    let desks = [&bureau.desks[0], &bureau.desks[1], &line];
    let n_rounds = n_rounds(20, 100);
    for round in 0..n_rounds {
        kill_at_an_alert(&bureau, &desks, &mut chance);
        let posts = desks.map(Receiver::requests);
        assert_kept(&bureau, &wrong(&posts, round + 1), seed, round);
    }
    finish(&bureau);
    let posts = desks.map(Receiver::requests);
    let service = bureau.home.start();
    let api = Api { origin: service.origin() };
    let mut losses = wrong(&posts, n_rounds);
    losses.extend(missing(&api, &posts));
    assert_kept(&bureau, &losses, seed, n_rounds);
    let n_posts: usize = posts.iter().map(Vec::len).sum();
    let n_repeated: usize = posts.iter().map(|posts| repeated(posts)).sum();
    println!("{n_rounds} kills: {n_posts} POSTs to 3 desks, {n_repeated} of them repeated");
}

/// Runs the service until a desk has got an alert, and kills it then.
fn kill_at_an_alert(bureau: &Bureau, desks: &[&Receiver; 3], chance: &mut Chance) {
    let victim: Arc<OnceLock<Box<dyn Fn() + Send + Sync>>> = Arc::default();
    let n_left = Arc::new(AtomicUsize::new(1 + chance.below(12)));
    // None: before the answer.
    let delay_us = (!chance.is_one_in(3)).then(|| chance.below(8_000) as u64);
    for desk in desks {
        let (victim, n_left) = (Arc::clone(&victim), Arc::clone(&n_left));
        desk.before_answer(move |_| {
            if n_left.fetch_sub(1, Ordering::SeqCst) != 1 {
                return;
            }
            let victim = Arc::clone(&victim);
            match delay_us {
                None => victim.wait()(),
                Some(delay_us) => {
                    thread::spawn(move || {
                        thread::sleep(Duration::from_micros(delay_us));
                        victim.wait()();
                    });
                }
            }
        });
    }
    let service = bureau.home.start();
    let kill = service.killer();
    let fallback = service.killer();
    victim.set(Box::new(kill)).ok().unwrap();
    // A round without so many alerts ends all the same.
    let asked = service.try_origin().map(|origin| Api { origin });
    if let Some(api) = asked {
        poll_until_dead(&api);
    }
    fallback();
    assert_eq!(service.wait().code, None);
    for desk in desks {
        desk.before_answer(|_| ());
    }
}

/// Asks for news, some rounds long at most.
fn poll_until_dead(api: &Api) {
    for _ in 0..20 {
        let Some(feeds) = api.get("/api/v1/feeds") else { return };
        let list: serde_json::Value = serde_json::from_slice(&feeds.body).unwrap();
        for feed in list["items"].as_array().unwrap() {
            let path = format!("/api/v1/feeds/{}/poll", text(feed, "id"));
            if api.post(&path, &serde_json::Value::Null).is_none() {
                return;
            }
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// What the desks were told wrongly in so many kills.
fn wrong(posts: &[Vec<Request>; 3], n_kills: usize) -> Vec<String> {
    let mut wrong = Vec::new();
    for ((name, n_in_flight), posts) in N_IN_FLIGHT.into_iter().zip(posts) {
        let mut ids: BTreeMap<String, String> = BTreeMap::new();
        let mut bodies: BTreeMap<String, &[u8]> = BTreeMap::new();
        for post in posts {
            let id = id(post);
            if **bodies.entry(id.clone()).or_insert(&post.body) != *post.body {
                wrong.push(format!("{name}: two bodies under {id}"));
            }
            let event = event(&post.json());
            let known = ids.entry(event.clone()).or_insert_with(|| id.clone());
            if *known != id {
                wrong.push(format!("{name}: {event} as {known} and {id}"));
            }
        }
        let n_repeated = repeated(posts);
        if n_kills * n_in_flight < n_repeated {
            wrong.push(format!("{name}: {n_repeated} repeated in {n_kills} kills"));
        }
    }
    wrong.extend(out_of_order(&posts[2]));
    wrong
}

/// Alerts of one story that overtook an earlier one of it, by when they became due.
fn out_of_order(posts: &[Request]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut newest: BTreeMap<String, u64> = BTreeMap::new();
    for post in posts {
        let body = post.json();
        let story = body["data"]["story"]["id"].to_string();
        // Thousandths of milliseconds; within one the names decide.
        let due_ms = body["sequence"].as_u64().unwrap() / 1_000;
        let before = newest.entry(story.clone()).or_default();
        if due_ms < *before {
            wrong.push(format!("{LINE}: story {story} was told of {due_ms} after {before}"));
        }
        *before = due_ms;
    }
    wrong
}

/// How many POSTs brought an id that was there before.
fn repeated(posts: &[Request]) -> usize {
    posts.len() - posts.iter().map(id).collect::<BTreeSet<_>>().len()
}

/// Deliveries that were not made, and those that nobody got.
fn missing(api: &Api, posts: &[Vec<Request>; 3]) -> Vec<String> {
    let mut missing = Vec::new();
    let deliveries = api.all("deliveries");
    for ((name, _), posts) in N_IN_FLIGHT.into_iter().zip(posts) {
        let came: BTreeSet<String> = posts.iter().map(id).collect();
        let own: Vec<_> = deliveries.iter().filter(|it| it["receiver"] == name).collect();
        if own.is_empty() {
            missing.push(format!("{name}: nothing was to be told"));
        }
        for delivery in own {
            let event = text(delivery, "event");
            if delivery["state"] != "delivered" || !came.contains(&event) {
                missing.push(format!("{name}: {event} is {}", delivery["state"]));
            }
        }
    }
    missing
}

fn id(post: &Request) -> String {
    post.header("webhook-id").unwrap().to_owned()
}
