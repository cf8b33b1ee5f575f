//! Backups: made while the store goes on, brought back elsewhere, refused when damaged.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;
use silkwire::model::{Review, ReviewVerdict, Role, Subject, Token};
use silkwire::store::{
    Articles, Commit, DeliveryFilter, DiskStore, FeedChange, FeedList, MatchFilter, NearMissFilter,
    NearMisses, Outbox, PageRequest, ReviewChange, Reviews, Schedule, Seen, Settlement, Store,
    StoreError, StoryFilter, Tokens, Upkeep,
};

use crate::newsroom::Newsroom;
use crate::store_engines::settle;
use crate::store_samples::{
    article_id, at, commit, delivery_id, failed_attempt, feed, feed_state, match_id, near_miss,
    near_misses, noise, seen, seen_key, sighting, story_id,
};
use crate::support::exchange;

const N: u64 = 30;

/// A store with something of every kind.
async fn filled(folder: &Path) -> DiskStore {
    let store = DiskStore::open(folder).unwrap();
    for number in 0..N {
        store.commit(large_commit(number)).await.unwrap();
    }
    store.commit(near_misses(200..210)).await.unwrap();
    let said = Review {
        verdict: Some(ReviewVerdict::NotRelevant),
        note: None,
        by: "anna".to_owned(),
        at: at(0),
        revision: 1,
        is_inherited: false,
    };
    store.review_near_miss(near_miss(200).id, Some(said)).await.unwrap();
    let taken = Settlement::Delivered { at: at(1) };
    settle(&store, delivery_id(1, "desk"), failed_attempt(), taken).await.unwrap();
    let dead = Settlement::Dead { at: at(1) };
    settle(&store, delivery_id(2, "desk"), failed_attempt(), dead).await.unwrap();
    let change = ReviewChange {
        subject: Subject::Match(match_id(3)),
        verdict: Some(Some(ReviewVerdict::Relevant)),
        note: Some(Some("日本".to_owned())),
        by: "anna".to_owned(),
        at: at(0),
        expected: None,
    };
    store.review(change).await.unwrap();
    store.change_feed(FeedChange::Paused(feed())).await.unwrap();
    let admission = Token {
        name: "anna".to_owned(),
        role: Role::Reader,
        hash: "00".to_owned(),
        created: at(0),
        revoked: None,
    };
    store.set_token(admission).await.unwrap();
    store.commit(Commit { feed: Some(feed_state(8)), ..Commit::default() }).await.unwrap();
    store
}

fn large_commit(number: u64) -> Commit {
    let mut commit = commit(number);
    commit.matches[0].article.body = noise(5_000);
    commit.seen = seen(1_000 + number * 50..1_050 + number * 50);
    commit
}

/// Writes a backup as it comes.
async fn back_up(store: &DiskStore, file: &Path) {
    let mut bytes = Vec::new();
    let mut backup = store.backup().await.unwrap();
    while let Some(piece) = backup.next().await {
        bytes.extend_from_slice(&piece.unwrap());
    }
    fs::write(file, bytes).unwrap();
}

/// Everything that people and programs can ask for.
async fn content(store: &DiskStore) -> Vec<String> {
    let all = PageRequest::first(1_000);
    let mut content = Vec::new();
    let matches = store.matches(MatchFilter::default(), all.clone()).await.unwrap().items;
    for matched in &matches {
        content.push(format!("{:?}", store.article(matched.article).await.unwrap()));
        content.push(format!("{:?}", store.story(matched.story).await.unwrap()));
    }
    content.push(format!("{matches:?}"));
    content
        .push(format!("{:?}", store.stories(StoryFilter::default(), all.clone()).await.unwrap()));
    let deliveries = store.deliveries(DeliveryFilter::default(), all.clone()).await.unwrap();
    content.push(format!("{deliveries:?}"));
    let near_misses = store.near_misses(NearMissFilter::default(), all).await.unwrap();
    content.push(format!("{near_misses:?}"));
    let keys = (0..N).chain(1_000..1_000 + 50 * N).map(seen_key).collect();
    content.push(format!("{:?}", store.sightings(keys).await.unwrap()));
    content.push(format!("{:?}", store.feed_states().await.unwrap()));
    content.push(format!("{:?}", store.feed_changes().await.unwrap()));
    content.push(format!("{:?}", store.tokens().await.unwrap()));
    content.push(format!("{:?}", store.sketches(at(0)).await.unwrap()));
    let mut counts = store.counts().await.unwrap();
    counts.disk_bytes = 0;
    content.push(format!("{counts:?}"));
    content
}

/// Goal: after a fire, everything is there again on another machine, the way back to the verdict
/// before too; and it outlives a damaged database there.
#[tokio::test]
async fn restored_store_has_everything() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from"), folder.path().join("to"));
    let file = folder.path().join("backup");
    let store = filled(&from).await;
    back_up(&store, &file).await;
    let expected = content(&store).await;
    store.close().await.unwrap();

    let report = DiskStore::restore(&to, &file).unwrap();
    assert_eq!(report.n_damaged, 0);
    assert_eq!(report.n_lines["match"], N);
    assert_eq!(report.bytes, file.metadata().unwrap().len());
    let store = DiskStore::open(&to).unwrap();
    assert_eq!(content(&store).await, expected);
    assert_eq!(store.notices(), Vec::<String>::new());
    assert!(store.undo("anna", at(1)).await.unwrap().is_some());
    store.commit(commit(N)).await.unwrap();
    store.close().await.unwrap();

    let database = fs::read_to_string(to.join("CURRENT")).unwrap();
    fs::remove_dir_all(to.join(database.trim())).unwrap();
    let store = DiskStore::open(&to).unwrap();
    assert_eq!(store.counts().await.unwrap().matches, N + 1);
    let known = store.sightings(vec![seen_key(5), seen_key(1_000)]).await.unwrap();
    assert_eq!(known, [Some(sighting(5)), None]);
    store.close().await.unwrap();
}

/// Goal: a backup of a busy store has all that was acknowledged before it began, and nothing in
/// halves.
#[tokio::test]
async fn backup_of_a_busy_store_is_consistent() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from"), folder.path().join("to"));
    let file = folder.path().join("backup");
    let store = filled(&from).await;
    let ingesting = async {
        for number in N..N + 200 {
            store.commit(commit(number)).await.unwrap();
        }
    };
    tokio::join!(ingesting, back_up(&store, &file));
    store.close().await.unwrap();

    DiskStore::restore(&to, &file).unwrap();
    let store = DiskStore::open(&to).unwrap();
    let page = store.matches(MatchFilter::default(), PageRequest::first(1_000)).await.unwrap();
    let n = u64::try_from(page.items.len()).unwrap();
    assert!(N <= n, "{n}");
    for number in 0..n {
        assert!(store.matched(match_id(number)).await.unwrap().is_some(), "without a gap");
        assert!(store.article(article_id(number)).await.unwrap().is_some());
        assert!(store.story(story_id(number)).await.unwrap().is_some());
        assert!(store.delivery(delivery_id(number, "desk")).await.unwrap().is_some());
        assert_eq!(
            store.sightings(vec![seen_key(number)]).await.unwrap(),
            [Some(sighting(number))]
        );
    }
    store.close().await.unwrap();
}

/// Goal: half a backup, or a changed one, is refused before anything is made of it.
#[tokio::test]
async fn damaged_backup_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (to, file) = (folder.path().join("to"), folder.path().join("backup"));
    let store = filled(&folder.path().join("from")).await;
    back_up(&store, &file).await;
    store.close().await.unwrap();
    let bytes = fs::read(&file).unwrap();
    let refused = |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        let error = DiskStore::restore(&to, &file).unwrap_err();
        assert!(matches!(error, StoreError::Refused { .. }), "{error}");
        assert!(!to.exists());
        error.to_string().split_once(": ").unwrap().1.to_owned()
    };
    let n = bytes.len();
    assert_eq!(refused(&[]), "it is no backup made by `silkwire store backup`");
    assert_eq!(refused(&bytes[..n / 2]), "it is cut off: the rest of it is missing");
    assert_eq!(refused(&bytes[..n - 1]), "it is cut off: the rest of it is missing");
    assert_eq!(refused(&[&bytes[..], &bytes].concat()), "something stands behind its end");
    for part in 1..20 {
        let mut damaged = bytes.clone();
        damaged[part * n / 20] ^= 4;
        let words = refused(&damaged);
        assert!(words.starts_with("it is damaged at byte "), "{words}");
    }
    // A whole frame less.
    let frames: Vec<usize> =
        (0..n - 12).filter(|at| bytes[at + 8..].starts_with(b"SWJ1")).collect();
    let without = [&bytes[..frames[2]], &bytes[frames[3]..]].concat();
    assert_eq!(refused(&without), "its checksum is wrong");
    assert_eq!(
        refused(&bytes[..*frames.last().unwrap()]),
        "it is cut off: the rest of it is missing"
    );
}

/// Goal: a store is never written over; what a restore that was killed left is no store.
#[tokio::test]
async fn store_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let (to, file) = (folder.path().join("to"), folder.path().join("backup"));
    let store = filled(&folder.path().join("from")).await;
    back_up(&store, &file).await;
    store.close().await.unwrap();
    for left in ["to/journal.new", "to/sled-000001", "to/journal"] {
        fs::create_dir_all(folder.path().join(left)).unwrap();
    }
    fs::write(to.join("sled-000001/db"), "half").unwrap();
    fs::write(to.join("journal.new/2026-11.jsonl.zst"), "half").unwrap();
    DiskStore::restore(&to, &file).unwrap();
    let error = DiskStore::restore(&to, &file).unwrap_err().to_string();
    assert!(error.starts_with("there is a store in "), "{error}");
    let store = DiskStore::open(&to).unwrap();
    assert_eq!(store.counts().await.unwrap().matches, N);
    let error = DiskStore::restore(&to, &file).unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    store.close().await.unwrap();
}

fn backup_file(newsroom: &Newsroom) -> PathBuf {
    newsroom.home.config().with_file_name("silkwire.backup")
}

#[track_caller]
fn told(newsroom: &Newsroom, arguments: &[&str]) -> String {
    let finished = newsroom.home.run(arguments);
    assert_eq!(finished.code, Some(0), "{arguments:?}: {}", finished.stderr);
    finished.stdout
}

/// Everything that commands list.
fn lists(newsroom: &Newsroom) -> Vec<Value> {
    ["matches", "stories", "alerts", "feeds"].iter().flat_map(|what| newsroom.list(what)).collect()
}

/// Goal: a backup that was made of the running service stands for it on a new machine: everything
/// is there, and nobody is told again.
#[test]
fn restored_service_tells_nobody_again() {
    let newsroom = Newsroom::with_samples(&["jica.ja.json", "students.az.rdf.xml"]);
    newsroom.once(&[]);
    let id = newsroom.list("matches")[0]["id"].as_str().unwrap().to_owned();
    told(&newsroom, &["matches", "review", &id, "--verdict", "relevant"]);
    let n_posts = newsroom.desk.requests().len();
    assert!(0 < n_posts);
    let file = backup_file(&newsroom);
    let backup = ["store", "backup", file.to_str().unwrap()];
    let service = newsroom.home.start();
    service.origin();
    let words = told(&newsroom, &backup);
    assert!(words.starts_with(file.to_str().unwrap()), "{words}");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!file.with_extension("backup.part").exists());
    let again = newsroom.home.run(&backup);
    assert_eq!(again.code, Some(65), "{}", again.stderr);
    assert!(again.stderr.contains("exists: name a new file"), "{}", again.stderr);
    let restore = ["store", "restore", file.to_str().unwrap()];
    let refused = newsroom.home.run(&restore);
    assert_eq!(refused.code, Some(65), "{}", refused.stderr);
    assert!(refused.stderr.contains("the service runs"), "{}", refused.stderr);
    assert_eq!(service.terminate().code, Some(0));
    let expected = lists(&newsroom);

    let refused = newsroom.home.run(&restore);
    assert_eq!(refused.code, Some(65), "{}", refused.stderr);
    assert!(refused.stderr.contains("there is a store in"), "{}", refused.stderr);
    fs::remove_dir_all(newsroom.home.state()).unwrap();
    told(&newsroom, &restore);
    assert_eq!(lists(&newsroom), expected);
    newsroom.once(&["--now"]);
    assert_eq!(newsroom.desk.requests().len(), n_posts);
    assert_eq!(
        newsroom.list("matches").len(),
        expected.iter().filter(|it| it.get("score").is_some()).count()
    );
}

/// Goal: a stopped service's store is backed up too; only admins get one from a running service.
#[test]
fn backups_are_for_admins() {
    let newsroom = Newsroom::with_samples(&["jica.ja.json"]);
    newsroom.once(&[]);
    let file = backup_file(&newsroom);
    let report: Value = serde_json::from_str(&told(
        &newsroom,
        &["store", "backup", file.to_str().unwrap(), "--format", "json"],
    ))
    .unwrap();
    assert_eq!(report["n_lines"]["match"], 1);
    let lines = told(&newsroom, &["store", "read", file.to_str().unwrap(), "--kind", "match"]);
    assert!(lines.starts_with(r#"{"put":"match","id":""#), "{lines}");
    assert_eq!(lines.lines().count(), 1);
    let token = told(&newsroom, &["tokens", "create", "anna", "--role", "reviewer"]);

    let service = newsroom.home.start();
    let url = format!("{}/api/v1/store/backup", service.origin());
    let text = fs::read_to_string(newsroom.home.runtime().join("api.json")).unwrap();
    let api: Value = serde_json::from_str(&text).unwrap();
    let get = |token: &str| {
        let header = format!("Bearer {token}");
        exchange("GET", &url, &[("authorization", &header)], &[])
    };
    assert_eq!(get(token.trim()).status, 403);
    let answer = get(api["token"].as_str().unwrap());
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/octet-stream"));
    assert_eq!(service.terminate().code, Some(0));
}

/// Goal: a segment is read with our tool or without, and damage in it is named.
#[test]
fn segments_are_read() {
    let newsroom = Newsroom::with_samples(&["jica.ja.json"]);
    newsroom.once(&[]);
    let journal = newsroom.home.state().join("journal");
    let segment = fs::read_dir(journal).unwrap().next().unwrap().unwrap().path();
    let read = ["store", "read", segment.to_str().unwrap()];
    let lines = told(&newsroom, &read);
    assert!(lines.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{lines}");
    if let Ok(unpacked) = std::process::Command::new("zstd").arg("-dc").arg(&segment).output() {
        assert_eq!(String::from_utf8(unpacked.stdout).unwrap(), lines);
    }
    let mut bytes = fs::read(&segment).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&segment, bytes).unwrap();
    let damaged = newsroom.home.run(&read);
    assert_eq!(damaged.code, Some(65));
    assert!(damaged.stderr.contains(": damaged: "), "{}", damaged.stderr);
    assert!(lines.starts_with(&damaged.stdout));
    let odd = newsroom.home.run(&["store", "read", segment.to_str().unwrap(), "--kind", "x"]);
    assert_eq!(odd.code, Some(65));
    assert!(odd.stderr.contains("\"x\" is no kind of record; there are article, match"));
    assert_eq!(newsroom.home.run(&["store", "read", "/nowhere"]).code, Some(66));
}

/// Goal: a whole store is called whole by the command, whether the service runs or not, and by
/// the API for admins.
#[test]
fn verifying_says_that_all_is_well() {
    let newsroom = Newsroom::with_samples(&["jica.ja.json", "students.az.rdf.xml"]);
    newsroom.once(&[]);
    let verify = ["store", "verify", "--format", "json"];
    let stopped: Value = serde_json::from_str(&told(&newsroom, &verify)).unwrap();
    assert_eq!((&stopped["n_healed"], &stopped["n_lost"]), (&0.into(), &0.into()), "{stopped}");
    assert!(0 < stopped["n_records"].as_u64().unwrap());
    let service = newsroom.home.start();
    service.origin();
    let running: Value = serde_json::from_str(&told(&newsroom, &verify)).unwrap();
    assert_eq!((&running["n_healed"], &running["n_lost"]), (&0.into(), &0.into()), "{running}");
    let words = told(&newsroom, &["store", "verify"]);
    assert!(words.ends_with(" lines of the journal: 0 healed, 0 lost\n"), "{words}");
    assert_eq!(service.terminate().code, Some(0));
}

/// Goal: damage to the journal is healed while the service runs, and named.
#[test]
fn damaged_journal_is_healed_by_the_running_service() {
    let newsroom = Newsroom::with_samples(&["jica.ja.json"]);
    newsroom.once(&[]);
    let id = newsroom.list("matches")[0]["id"].as_str().unwrap().to_owned();
    let service = newsroom.home.start();
    service.origin();
    let journal = newsroom.home.state().join("journal");
    let segment = fs::read_dir(journal).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&segment).unwrap();
    let second = bytes.windows(4).enumerate().filter(|(_, it)| *it == b"SWJ1").nth(1).unwrap().0;
    // The last byte of the first frame.
    bytes[second - 9] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let words = told(&newsroom, &["store", "verify"]);
    let healed = format!("healed: match {id}: written to the journal from the database\n");
    assert!(words.contains(&healed), "{words}");
    assert!(words.contains("unreadable: article "), "{words}");
    let words = told(&newsroom, &["store", "verify"]);
    assert!(words.contains(": 0 healed, 0 lost\n"), "{words}");
    assert_eq!(service.terminate().code, Some(0));
}
