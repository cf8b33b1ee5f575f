//! Alerts that are sent again, over real sockets: to a desk that came later, after a desk was off,
//! one by one; by commands while the service runs and while it does not.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::Value;
use silkwire::store::{Articles, Commit, DiskStore, Outbox, Store};
use tokio::runtime::Runtime;

use crate::newsroom::{Newsroom, SECRET};
use crate::store_samples::{created, match_commit, story};
use crate::support::{Finished, Receiver, Reply, Request, SAMPLES, Service};

/// A second desk beside the first one, on the same routes.
fn add_wire(newsroom: &Newsroom, wire: &Receiver) {
    let mut text = std::fs::read_to_string(newsroom.home.config().join("silkwire.toml")).unwrap();
    let url = wire.url();
    write!(
        text,
        "[[receiver]]\nname = \"wire\"\nurl = \"{url}\"\nsecret_file = \"hook.secret\"\n\
         allow_http = true\n[[route]]\nreceiver = \"wire\"\n"
    )
    .unwrap();
    newsroom.home.write("silkwire.toml", &text);
}

fn ids(posts: &[Request]) -> BTreeSet<String> {
    posts.iter().map(|post| post.header("webhook-id").unwrap().to_owned()).collect()
}

fn said(finished: &Finished) -> (Option<i32>, &str, &str) {
    (finished.code, &finished.stdout, &finished.stderr)
}

/// Goal: whoever adds a desk fills it with the day's events: all of them, none twice, each under
/// the id that the first desk knows; and can look before it rings.
#[test]
fn b23_day_is_replayed_to_a_new_desk() {
    let newsroom = Newsroom::with_samples(&SAMPLES);
    newsroom.once(&[]);
    let told = newsroom.desk.requests();
    assert_eq!(told.len(), 3);
    let wire = Receiver::start();
    add_wire(&newsroom, &wire);

    let dry: &[&str] = &["alerts", "replay", "--receiver", "wire", "--since", "24h", "--dry-run"];
    let yesterday = ["alerts", "replay", "--receiver", "wire", "--since", "48h", "--until", "24h"];
    let stopped = [newsroom.home.run(dry), newsroom.home.run(&yesterday)];
    assert!(stopped[0].stdout.contains("would be replayed: 3, 3 for the first time"));
    assert_eq!(stopped[1].stdout, "replayed: 0\n", "{}", stopped[1].stderr);

    let service = newsroom.home.start();
    service.origin();
    let running = [newsroom.home.run(dry), newsroom.home.run(&yesterday)];
    for (running, stopped) in running.iter().zip(&stopped) {
        assert_eq!(said(running), said(stopped));
    }
    assert_eq!(wire.requests().len(), 0);
    let sent = newsroom.home.run(&["alerts", "replay", "--receiver", "wire", "--since", "24h"]);
    assert_eq!(sent.stdout, "replayed: 3, 3 for the first time\n", "{}", sent.stderr);
    wire.wait_for(3);
    // What waits is sent before the service ends.
    assert_eq!(service.terminate().code, Some(0));
    let posts = wire.requests();
    assert_eq!((posts.len(), ids(&posts)), (3, ids(&told)));
    assert_eq!(wire.verify(SECRET), Ok(()));
    let titles = |posts: &[Request]| -> BTreeSet<String> {
        posts.iter().map(|post| post.json()["data"]["match"]["title"].to_string()).collect()
    };
    assert_eq!(titles(&posts), titles(&told));
    assert_eq!(newsroom.desk.requests().len(), 3, "nobody else is rung");

    let again = newsroom.home.run(&["alerts", "replay", "--receiver", "wire", "--dead"]);
    assert_eq!(again.stdout, "replayed: 0\n", "{}", again.stderr);
}

/// Goal: a desk that was off gets what it missed when somebody asks for it, and nothing before;
/// every step says what to type next.
#[test]
fn b33_desk_that_was_off_gets_what_it_missed() {
    let newsroom = Newsroom::with_samples(&SAMPLES);
    newsroom.desk.reply_in_turn([410, 410, 410].map(Reply::status));
    newsroom.once(&[]);
    let refused = ids(&newsroom.desk.requests());
    let run = |arguments: &[&str]| newsroom.home.run(arguments);

    let listed: Value =
        serde_json::from_str(&run(&["alerts", "receivers", "--format", "json"]).stdout).unwrap();
    assert_eq!((&listed["state"], &listed["why_off"]), (&"off".into(), &"gone".into()));
    let n_missed = listed["n_pending"].as_u64().unwrap();
    assert!((1..=3).contains(&n_missed), "{listed}");
    let early = run(&["alerts", "replay", "--receiver", "desk"]);
    assert_eq!(early.code, Some(65));
    assert!(early.stderr.contains("`silkwire alerts enable desk` switches it on"));

    let enabled = run(&["alerts", "enable", "desk"]);
    insta::assert_snapshot!(enabled.stdout, @r"
    desk is on again
    it missed 3: they are dead letters, and `silkwire alerts replay --receiver desk --dead` sends them
    ");
    assert_eq!(run(&["alerts", "enable", "desk"]).stdout, "desk was on already\n");
    let n_before = newsroom.desk.requests().len();
    newsroom.once(&[]);
    assert_eq!(newsroom.desk.requests().len(), n_before, "nothing is sent unasked");

    let replayed = run(&["alerts", "replay", "--receiver", "desk", "--dead"]);
    assert_eq!(replayed.stdout, "replayed: 3\n", "{}", replayed.stderr);
    newsroom.once(&[]);
    let posts = newsroom.desk.requests().split_off(n_before);
    assert_eq!(posts.len(), 3);
    assert!(refused.is_subset(&ids(&posts)));
    let states: BTreeSet<String> =
        newsroom.list("alerts").iter().map(|it| it["state"].to_string()).collect();
    assert_eq!(states, BTreeSet::from([r#""delivered""#.to_owned()]));
}

/// Goal: one alert is sent again with its id and its bytes; one that waits is left alone; one
/// whose article was erased never goes; and the service says the same as the store.
#[test]
fn one_alert_is_sent_again_unless_it_was_erased() {
    let newsroom = Newsroom::with_samples(&["reception.de.rss.xml"]);
    newsroom.once(&[]);
    let alert = newsroom.list("alerts").remove(0);
    let id = alert["id"].as_str().unwrap();
    let run = |arguments: &[&str]| newsroom.home.run(arguments);
    assert_eq!(run(&["alerts", "replay", id]).stdout, "replayed: 1\n");
    let waiting = run(&["alerts", "replay", id]);
    assert_eq!(waiting.stdout, "replayed: 0\n1 skipped: on their way already\n");
    newsroom.once(&[]);
    let posts = newsroom.desk.requests();
    assert_eq!(posts.len(), 2);
    assert_eq!(posts[0].header("webhook-id"), posts[1].header("webhook-id"));
    assert_eq!(posts[0].body, posts[1].body);

    let matched = alert["match"].as_str().unwrap();
    let erased = run(&["matches", "erase", matched, "--reason", "asked"]);
    assert_eq!(erased.code, Some(0), "{}", erased.stderr);
    let commands: [&[&str]; 6] = [
        &["alerts", "replay", id],
        &["alerts", "replay", "--receiver", "desk"],
        &["alerts", "replay", "--receiver", "nobody"],
        &["alerts", "replay", "0000000000000000"],
        &["alerts", "replay"],
        &["alerts", "replay", "--since", "yesterday"],
    ];
    let stopped = commands.map(run);
    let service = newsroom.home.start();
    service.origin();
    for (arguments, stopped) in commands.iter().zip(&stopped) {
        assert_eq!(said(&run(arguments)), said(stopped), "{arguments:?}");
    }
    assert_eq!(service.terminate().code, Some(0));
    let words = stopped.map(|it| format!("{} {}{}", it.code.unwrap(), it.stdout, it.stderr));
    insta::assert_snapshot!(words.concat().replace(id, "ID"), @r#"
    65 silkwire: delivery ID is never sent again: its article was erased
    0 replayed: 0
    1 skipped: their articles were erased
    66 silkwire: no receiver "nobody"
    66 silkwire: no delivery 0000000000000000
    64 silkwire: name the id of a delivery, --since or --receiver: nobody wants everything again
    64 silkwire: "yesterday" is not a time like "2026-11-24T06:00:00Z", "2026-11-24" or "24h"
    "#);
    assert_eq!(newsroom.desk.requests().len(), 2);
}

/// Goal: a replay that was killed in the middle has lost nothing, and the same command again
/// completes it.
/// Method: the process is killed some milliseconds after its start, wherever it is then.
#[test]
fn killed_replay_is_completed_by_the_same_command() {
    const N: u64 = 1_500;
    let newsroom = Newsroom::new(&["/feed"]);
    let runtime = Runtime::new().unwrap();
    let store = || DiskStore::open(&newsroom.home.state()).unwrap();
    runtime.block_on(async {
        let store = store();
        let matches = (0..N).map(|number| match_commit(number, &["desk"])).collect();
        let stories =
            (0..N).map(|number| silkwire::store::StoryChange::untold(story(number), None));
        let stories = stories.collect();
        store.commit(Commit { matches, stories, ..Commit::default() }).await.unwrap();
        assert_eq!(store.bury("desk", created(N)).await.unwrap(), N);
        store.close().await.unwrap();
    });
    let replay = ["alerts", "replay", "--receiver", "desk", "--dead"];
    for ms in [30, 60, 90, 120] {
        let process = Service::spawn(newsroom.home.command(&replay));
        std::thread::sleep(std::time::Duration::from_millis(ms));
        process.killer()();
        process.wait();
    }
    let completed = newsroom.home.run(&replay);
    assert_eq!(completed.code, Some(0), "{}", completed.stderr);
    runtime.block_on(async {
        let queues = store().queues().await.unwrap();
        assert_eq!((queues[0].n_pending, queues[0].n_dead), (N, 0));
    });
}
