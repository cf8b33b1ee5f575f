//! `kill -9` anywhere: nothing is lost, at most one POST is repeated, with the same id.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use crate::hook::{Hook, reply};
use crate::newsroom::{Newsroom, SECRET};
use crate::support::{SAMPLES, Service};

const SAMPLE: &str = "reception.de.rss.xml";
const PATH: &str = "/reception.de.rss.xml";

/// Goal: a machine that dies while a feed is being read misses nothing.
#[test]
fn killed_before_the_commit() {
    let newsroom = Newsroom::with_samples(&[SAMPLE]);
    let hold = newsroom.site.hold(PATH);
    let service = newsroom.home.start();
    hold.wait_until_reached();
    assert_eq!(service.kill().code, None);
    drop(hold);

    newsroom.once(&[]);
    assert_eq!(newsroom.desk.requests().len(), 1);
    assert_told_once(&newsroom);
}

/// Goal: what was stored is told although the process died before telling it.
/// Method: the first POST is never answered; that it was sent proves the commit before it.
#[test]
fn b24_killed_after_the_commit() {
    let newsroom = Newsroom::with_samples(&[SAMPLE]);
    let service = newsroom.home.start();
    let kill = service.killer();
    newsroom.desk.before_answer(move |n| {
        if n == 1 {
            kill();
        }
    });
    newsroom.desk.wait_for(1);
    assert_eq!(service.wait().code, None);

    newsroom.once(&[]);
    assert_eq!(newsroom.desk.requests().len(), 2);
    assert_told_once(&newsroom);
    // The feed was stored too: nobody asks for it again before the time.
    assert_eq!(newsroom.site.requests(PATH).len(), 1);
}

/// Goal: a desk that took an alert from a dying service can tell the repetition by its id.
/// Method: the kill comes when the answer has left, so it is the kernel's choice whether the
/// service still noted it.
#[test]
fn b25_killed_after_the_receiver_said_200() {
    let newsroom = Newsroom::with_samples(&[SAMPLE]);
    let desk = deadly_desk(&newsroom, &[PATH], 1);
    let posts = desk.posts();
    assert!((1..=2).contains(&posts.len()), "{posts:?}");
    assert_eq!(bodies(&desk).len(), 1);
    assert_eq!(newsroom.list("matches").len(), 1);
    assert_eq!(newsroom.list("alerts")[0]["state"], "delivered");
}

/// Goal: no instant is special.
/// Method: the service is killed when the desk has answered the n-th alert, over and over, at
/// whatever point its other work is; in the end every event was told, under one id each.
#[test]
fn killed_again_and_again() {
    let rounds = if std::env::var_os("SILKWIRE_LONG").is_some() { 60 } else { 6 };
    let paths: Vec<String> = SAMPLES.iter().map(|name| format!("/{name}")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    for round in 0..rounds {
        let newsroom = Newsroom::with_samples(&SAMPLES);
        let desk = deadly_desk(&newsroom, &paths, 1 + round % 3);
        assert_eq!(bodies(&desk).len(), 3, "round {round}: {:?}", desk.posts());
        assert_eq!(newsroom.list("matches").len(), 4, "round {round}");
        let alerts = newsroom.list("alerts");
        assert!(alerts.iter().all(|it| it["state"] == "delivered"), "round {round}: {alerts:?}");
    }
}

/// Runs a service that dies when the desk has answered alert `n_fatal`, and another one after
/// it to the end.
fn deadly_desk(newsroom: &Newsroom, paths: &[&str], n_fatal: usize) -> Hook {
    let victim: Arc<OnceLock<Box<dyn Fn() + Send + Sync>>> = Arc::default();
    let fatal = Arc::clone(&victim);
    let desk = Hook::with_sequel(
        |_| reply("200 OK", ""),
        move |n| {
            if n == n_fatal {
                fatal.wait()();
            }
        },
    );
    newsroom.configure(desk.server.url("/hook").as_str(), paths);
    let service: Service = newsroom.home.start();
    victim.set(Box::new(service.killer())).ok().unwrap();
    assert_eq!(service.wait().code, None);
    newsroom.once(&["--now"]);
    desk
}

/// The body under each id; that one id never has two is checked on the way.
fn bodies(desk: &Hook) -> BTreeMap<String, Vec<u8>> {
    let mut bodies = BTreeMap::new();
    for post in desk.posts() {
        let id = post.header("webhook-id").to_owned();
        let first = bodies.entry(id).or_insert_with(|| post.body.clone());
        assert_eq!(*first, post.body, "a retry sends the same bytes");
    }
    bodies
}

#[track_caller]
fn assert_told_once(newsroom: &Newsroom) {
    let posts = newsroom.desk.requests();
    let ids: BTreeSet<_> = posts.iter().map(|post| post.header("webhook-id")).collect();
    assert_eq!(ids.len(), 1, "one event, one id");
    assert!(posts.iter().all(|post| post.body == posts[0].body));
    assert_eq!(newsroom.desk.verify(SECRET), Ok(()));
    assert_eq!(newsroom.list("matches").len(), 1);
    assert_eq!(newsroom.list("alerts")[0]["state"], "delivered");
}
