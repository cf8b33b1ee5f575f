//! A service that is killed in the middle of what takes long: compacting, erasing.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use silkwire::model::Role;
use silkwire::store::{Articles, Commit, DiskStore, Store};

use crate::erasing::{WORD, holding};
use crate::newsroom::Newsroom;
use crate::store_samples::{commit, match_id};
use crate::support::{Desk, Service, json};

/// A second's work for a compaction.
const MATCHES: u64 = 600;

async fn fill(folder: &Path) {
    let store = DiskStore::open(folder).unwrap();
    for number in 0..MATCHES {
        store.commit(commit(number)).await.unwrap();
    }
    store.close().await.unwrap();
}

/// Match `number` with a word in its text.
fn commit_with(number: u64, word: &str) -> Commit {
    let mut commit = commit(number);
    commit.matches[0].article.body = format!("Der Botschafter sprach von {word}.");
    commit
}

/// The names of the databases in a state folder.
fn databases(state: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(state).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.starts_with("sled-")).collect();
    names.sort();
    names
}

fn n_matches(newsroom: &Newsroom) -> u64 {
    let stats = newsroom.home.run(&["store", "stats", "--format", "json"]);
    assert_eq!(stats.code, Some(0), "{}", stats.stderr);
    serde_json::from_str::<Value>(&stats.stdout).unwrap()["matches"].as_u64().unwrap()
}

/// Goal: a machine that dies while the store is compacted has all of it afterwards, once.
/// Method: killed as soon as the second database is there, and after the whole compaction.
#[tokio::test(flavor = "multi_thread")]
async fn compaction_may_be_killed() {
    let newsroom = Newsroom::new(&["/a.xml"]);
    let state = newsroom.home.state();
    fill(&state).await;
    assert_eq!(databases(&state).len(), 1);
    for _ in 0..3 {
        let service = newsroom.home.start();
        service.origin();
        let before = databases(&state);
        let compact = Service::spawn(newsroom.home.command(&["store", "compact"]));
        while databases(&state) == before {
            std::thread::sleep(Duration::from_millis(1));
        }
        service.kill();
        compact.wait();
        assert_eq!(n_matches(&newsroom), MATCHES);
        assert_eq!(databases(&state).len(), 1);
    }
    let compacted = newsroom.home.run(&["store", "compact", "--format", "json"]);
    assert_eq!(compacted.code, Some(0), "{}", compacted.stderr);
    let report: Value = serde_json::from_str(&compacted.stdout).unwrap();
    assert!(MATCHES < report["n_keys"].as_u64().unwrap(), "{report}");
    assert_eq!(report["n_damaged"], 0);
    let verified = newsroom.home.run(&["store", "verify"]);
    assert_eq!(verified.code, Some(0), "{}", verified.stdout);
    assert_eq!(n_matches(&newsroom), MATCHES);
}

/// Goal: only whoever runs the house compacts, and a program learns what came of it.
#[test]
fn only_admins_compact() {
    for (role, status) in [(Role::Reader, 403), (Role::Reviewer, 403), (Role::Admin, 200)] {
        let desk = Desk::start(role);
        let response = desk.post("/api/v1/store/compact", "");
        assert_eq!(response.status, status);
        if role == Role::Admin {
            assert!(json(&response)["n_keys"].is_u64());
        }
    }
}

/// Goal: a wish to be forgotten that was confirmed is fulfilled, and one that was cut short is
/// fulfilled when it is said again; nothing else is lost.
/// Method: the service is killed at ever later moments after the order.
#[tokio::test(flavor = "multi_thread")]
async fn erasing_may_be_killed() {
    let id = match_id(1).to_string();
    for round in 0..5_u32 {
        let newsroom = Newsroom::new(&["/a.xml"]);
        let state = newsroom.home.state();
        let store = DiskStore::open(&state).unwrap();
        for number in 0..20 {
            let text = if number == 1 { WORD } else { "nothing" };
            store.commit(commit_with(number, text)).await.unwrap();
        }
        store.close().await.unwrap();
        assert!(!holding(&state).is_empty());

        let service = newsroom.home.start();
        service.origin();
        let erase = ["matches", "erase", &id, "--reason", "a wish"];
        let order = Service::spawn(newsroom.home.command(&erase));
        std::thread::sleep(Duration::from_millis(20) * round * round);
        service.kill();
        if order.wait().code == Some(0) {
            assert_eq!(holding(&state), [""; 0], "round {round}");
        }
        let again = newsroom.home.run(&erase);
        assert_eq!(again.code, Some(0), "round {round}: {}", again.stderr);
        assert_eq!(holding(&state), [""; 0], "round {round}");
        assert_eq!(n_matches(&newsroom), 19);
        let backup = newsroom.home.config().with_file_name("later");
        std::fs::create_dir(&backup).unwrap();
        let file = backup.join("silkwire.backup");
        let made = newsroom.home.run(&["store", "backup", file.to_str().unwrap()]);
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        assert_eq!(holding(&backup), [""; 0]);
    }
}
