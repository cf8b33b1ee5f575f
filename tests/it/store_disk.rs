//! What only a store on disk must do: survive restarts, kills and damage.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use silkwire::model::{Match, ReviewVerdict, StoryId, Subject};
use silkwire::store::{
    Articles, Commit, Correction, CorrectionOrder, Corrections, Counts, DiskStore, MatchFilter,
    NearMissFilter, NearMisses, Outbox, PageRequest, ReviewChange, Reviews, Schedule, Seen,
    Settlement, Store, StoreError, StoryFilter, Undone,
};

use crate::store_engines::{leased, settle};
use crate::store_samples::{
    article, article_id, at, commit, created, delivery, delivery_id, failed_attempt, feed,
    feed_state, joining, match_commit, match_id, matched, near_misses, noise, seen, seen_key,
    sighting, sketch, story, story_id,
};

/// Goal: after a restart everything goes on where it was; nobody works on a delivery any more.
#[tokio::test]
async fn reopened_store_has_everything() {
    let folder = tempfile::tempdir().unwrap();
    let store = DiskStore::open(folder.path()).unwrap();
    store.commit(commit(1)).await.unwrap();
    store.commit(commit(86_400 * 15)).await.unwrap();
    store.finish(feed_state(7), None).await.unwrap();
    assert_eq!(leased(&store, "desk", created(1), 9).await.len(), 1);
    store.close().await.unwrap();

    let store = DiskStore::open_existing(folder.path()).unwrap();
    assert_eq!(store.article(article_id(1)).await.unwrap(), Some(article(1)));
    assert_eq!(store.matched(match_id(1)).await.unwrap(), Some(matched(1)));
    assert_eq!(store.feed_state(feed()).await.unwrap(), Some(feed_state(7)));
    assert_eq!(*store.sketches(at(0)).await.unwrap()[0], sketch(86_400 * 15));
    assert_eq!(store.sketches(at(0)).await.unwrap().len(), 1);
    assert_eq!(leased(&store, "desk", created(1), 9).await, [delivery(1, "desk")]);
}

/// Goal: a restart forgets nothing that people said, and the way back still leads back.
#[tokio::test]
async fn reopened_store_knows_what_people_said() {
    let folder = tempfile::tempdir().unwrap();
    let store = DiskStore::open(folder.path()).unwrap();
    for commit in [commit(1), joining(2, 1, 2), commit(3), near_misses(10..13)] {
        store.commit(commit).await.unwrap();
    }
    let verdict = Some(ReviewVerdict::Relevant);
    let said = |subject| ReviewChange {
        subject,
        verdict: Some(verdict),
        note: None,
        by: "a".to_owned(),
        at: at(0),
        expected: None,
    };
    store.review(said(Subject::Story(story_id(1)))).await.unwrap();
    let review = store.review(said(Subject::Match(match_id(3)))).await.unwrap();
    store.review_near_miss(match_id(11), Some(review)).await.unwrap();
    let dead = Settlement::Dead { at: at(0) };
    settle(&store, delivery_id(3, "desk"), failed_attempt(), dead).await.unwrap();
    let counts = store.counts().await.unwrap();
    let pages = async |store: &DiskStore| {
        let first = || PageRequest::first(9);
        let stories = store.stories(StoryFilter::default(), first()).await.unwrap();
        let near_misses = store.near_misses(NearMissFilter::default(), first()).await.unwrap();
        (stories, near_misses)
    };
    let before = pages(&store).await;
    store.close().await.unwrap();

    let store = DiskStore::open_existing(folder.path()).unwrap();
    let reopened = store.counts().await.unwrap();
    assert_eq!(reopened, Counts { disk_bytes: reopened.disk_bytes, ..counts });
    assert_eq!((counts.deliveries_pending, counts.deliveries_dead), (1, 1));
    assert_eq!(pages(&store).await, before);
    let undone = store.undo("a", at(9)).await.unwrap();
    assert_eq!(undone, Some(Undone::Review(Subject::Match(match_id(3)))));
    let undone = store.undo("a", at(9)).await.unwrap();
    assert_eq!(undone, Some(Undone::Review(Subject::Story(story_id(1)))));
    let inherited = store.matched(match_id(2)).await.unwrap().unwrap().review.unwrap();
    assert_eq!((inherited.verdict, inherited.revision), (None, 2));
}

/// Goal: a command that ends early loses nothing and blocks nobody.
#[tokio::test]
async fn dropped_store_keeps_what_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..5 {
        let store = DiskStore::open(folder.path()).unwrap();
        store.commit(commit(number)).await.unwrap();
        drop(store);
    }
    let store = DiskStore::open(folder.path()).unwrap();
    let page = store.matches(MatchFilter::default(), PageRequest::first(9)).await.unwrap();
    assert_eq!(page.items.len(), 5);
}

/// Goal: the operator learns which process to stop.
#[tokio::test]
async fn second_open_names_the_holder() {
    let folder = tempfile::tempdir().unwrap();
    let store = DiskStore::open(folder.path()).unwrap();
    for error in [DiskStore::open(folder.path()), DiskStore::open_existing(folder.path())] {
        let Err(StoreError::InUse { path, pid }) = error else { panic!("it is in use") };
        assert_eq!(path, folder.path().display().to_string());
        assert_eq!(pid, Some(std::process::id()));
    }
    store.close().await.unwrap();
    DiskStore::open(folder.path()).unwrap();
}

/// Goal: `matches list` with a mistyped folder leaves no trace.
#[tokio::test]
async fn reading_never_creates_a_store() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("typo")] {
        let Err(error) = DiskStore::open_existing(&path) else { panic!("nothing is there") };
        assert_eq!(error.to_string(), format!("no store at {}", path.display()));
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Goal: other users of the machine do not read what an embassy looks for.
#[tokio::test]
async fn new_folder_is_private() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("state/store");
    let _store = DiskStore::open(&folder).unwrap();
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
}

/// Goal: a folder that cannot be made is an error with its name.
#[tokio::test]
async fn impossible_folder_is_an_error() {
    let parent = tempfile::tempdir().unwrap();
    fs::write(parent.path().join("file"), "").unwrap();
    let folder = parent.path().join("file/store");
    let Err(error) = DiskStore::open(&folder) else { panic!("a file is no folder") };
    assert!(error.to_string().contains("file/store"), "{error}");
}

/// Goal: sled's blob files, which it can lose, are never made.
#[tokio::test]
async fn large_records_stay_in_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = DiskStore::open(folder.path()).unwrap();
    for number in 0..30 {
        let mut matched = match_commit(number, &["desk"]);
        matched.article.body = noise(70_000);
        store.commit(Commit { matches: vec![matched], ..Commit::default() }).await.unwrap();
    }
    store.close().await.unwrap();
    let database = fs::read_to_string(folder.path().join("CURRENT")).unwrap();
    let blobs = folder.path().join(database.trim()).join("blobs");
    assert_eq!(fs::read_dir(blobs).unwrap().count(), 0);
}

/// Set for the process that [`killed_process_loses_nothing`] kills: its store's folder.
const CHILD_FOLDER: &str = "SILKWIRE_TEST_STORE";

/// Seen keys beside each match of that process: more than one batch takes.
const N_SEEN: u64 = 250;

/// Goal: `kill -9` at any moment loses nothing that was acknowledged and leaves nothing half.
/// Method: this test starts itself as a process that commits and prints what was acknowledged.
#[tokio::test]
async fn killed_process_loses_nothing() {
    if let Some(folder) = std::env::var_os(CHILD_FOLDER) {
        return commit_until_killed(&PathBuf::from(folder)).await;
    }
    let n_rounds = if std::env::var_os("SILKWIRE_LONG").is_some() { 300 } else { 15 };
    let folder = tempfile::tempdir().unwrap();
    for round in 0..n_rounds {
        let start = if round % 2 == 0 { KillFrom::FirstCommit } else { KillFrom::Start };
        let acknowledged = run_and_kill(folder.path(), start);
        check_after_kill(folder.path(), &acknowledged).await;
    }
    // A kill is no damage.
    let names = fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name());
    assert!(!names.into_iter().any(|name| name.to_string_lossy().starts_with("store.bad")));
}

/// From when on the process may be killed: at work, or while it opens the store, too.
#[derive(Clone, Copy, PartialEq)]
enum KillFrom {
    Start,
    FirstCommit,
}

async fn commit_until_killed(folder: &Path) {
    let store = DiskStore::open(folder).unwrap();
    let start = store.feed_state(feed()).await.unwrap().map_or(0, |state| state.n_entries + 1);
    for number in u64::from(start).. {
        store.commit(numbered_commit(number)).await.unwrap();
        settle_last(&store, number).await;
        merge_last(&store, number).await;
        // Straight to the file: the test harness may keep what `println` writes.
        let line = format!("acknowledged {number}\n");
        std::io::stdout().write_all(line.as_bytes()).unwrap();
    }
}

fn numbered_commit(number: u64) -> Commit {
    let first_key = 1_000_000 + number * N_SEEN;
    Commit { seen: seen(first_key..first_key + N_SEEN), ..commit(number) }
}

/// Every third alert is delivered.
async fn settle_last(store: &DiskStore, number: u64) {
    if number.is_multiple_of(3) {
        let taken = Settlement::Delivered { at: created(number) };
        settle(store, delivery_id(number, "desk"), failed_attempt(), taken).await.unwrap();
    }
}

/// Every fifth story takes over the one before it.
async fn merge_last(store: &DiskStore, number: u64) {
    if number % 5 == 4 {
        let (from, into) = (story_id(number - 1), story_id(number));
        let (by, at) = ("a".to_owned(), created(number));
        let correction = Correction::Merge { from, into };
        let order = CorrectionOrder { correction, by, at, expected: Vec::new() };
        store.correct(order).await.unwrap();
    }
}

/// The numbers that the process printed before it was killed.
fn run_and_kill(folder: &Path, from: KillFrom) -> Vec<u64> {
    let mut process: Child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store_disk::killed_process_loses_nothing", "--nocapture"])
        .env(CHILD_FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut numbers = lines.map_while(Result::ok).filter_map(|line| {
        line.strip_prefix("acknowledged ").and_then(|number| number.parse::<u64>().ok())
    });
    let mut acknowledged = Vec::new();
    if from == KillFrom::FirstCommit {
        acknowledged.extend(numbers.next());
    }
    let killer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_micros(random_below(150_000)));
        process.kill().unwrap();
        process.wait().unwrap();
    });
    acknowledged.extend(numbers);
    killer.join().unwrap();
    acknowledged
}

fn random_below(limit: u64) -> u64 {
    getrandom::u64().unwrap() % limit
}

async fn check_after_kill(folder: &Path, acknowledged: &[u64]) {
    let store = DiskStore::open(folder).unwrap();
    let state = store.feed_state(feed()).await.unwrap();
    let last = state.map(|state| u64::from(state.n_entries));
    assert!(acknowledged.last() <= last.as_ref(), "{acknowledged:?}, but found {last:?}");
    let Some(last) = last else { return };
    for number in last.saturating_sub(50)..=last {
        check_commit(&store, number).await;
    }
    for number in acknowledged.iter().filter(|number| number.is_multiple_of(3)) {
        let delivery = store.delivery(delivery_id(*number, "desk")).await.unwrap().unwrap();
        assert_eq!(delivery.attempts.len(), 1, "{number}");
    }
    // The next one may have come as far as its match, whole, without the feed's state.
    if store.matched(match_id(last + 1)).await.unwrap().is_some() {
        check_match(&store, last + 1).await;
    } else {
        assert_eq!(store.article(article_id(last + 1)).await.unwrap(), None);
        assert_eq!(store.story(story_id(last + 1)).await.unwrap(), None);
    }
    assert_eq!(store.matched(match_id(last + 2)).await.unwrap(), None);
    store.close().await.unwrap();
}

async fn check_commit(store: &DiskStore, number: u64) {
    check_match(store, number).await;
    let (keys, expected): (Vec<_>, Vec<_>) =
        numbered_commit(number).seen.into_iter().map(|(key, it)| (key, Some(it))).unzip();
    assert_eq!(store.sightings(keys).await.unwrap(), expected, "{number}");
}

async fn check_match(store: &DiskStore, number: u64) {
    assert_eq!(store.article(article_id(number)).await.unwrap(), Some(article(number)));
    let found = store.matched(match_id(number)).await.unwrap().unwrap();
    check_grouping(store, number, found.story).await;
    assert_eq!(Match { story: story_id(number), placed: None, ..found }, matched(number));
    let known = store.sightings(vec![seen_key(number)]).await.unwrap();
    assert_eq!(known, [Some(sighting(number))]);
    assert!(store.delivery(delivery_id(number, "desk")).await.unwrap().is_some());
}

/// A correction is there with both stories, index and sketch, or not at all.
async fn check_grouping(store: &DiskStore, number: u64, now: StoryId) {
    let own = store.story(story_id(number)).await.unwrap().unwrap();
    let current = store.story(now).await.unwrap().unwrap();
    let filter = MatchFilter { story: Some(now), ..MatchFilter::default() };
    let members = store.matches(filter, PageRequest::first(9)).await.unwrap().items;
    assert!(members.iter().any(|it| it.id == match_id(number)), "{number}");
    assert_eq!(members.len(), usize::try_from(current.size).unwrap(), "{number}");
    let sketches = store.sketches(created(number)).await.unwrap();
    let sketch = sketches.iter().find(|it| it.matched == match_id(number)).unwrap();
    assert_eq!(sketch.story, now, "{number}");
    if now != own.id {
        assert_eq!((own.size, own.merged_into), (0, Some(now)), "{number}");
    } else if own.size == 1 {
        assert_eq!(own, story(number));
    }
}
