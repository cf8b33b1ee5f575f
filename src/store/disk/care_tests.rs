//! Looking after a store: compaction, seen keys that are old, a disk that fills up.
//!
//! Method: the free space is what the test says; everything else is real.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::*;
use crate::model::{AlertKind, Clock, DeliveryState, EventId, SystemClock};
use crate::store::disk::chores::Care;
use crate::store::disk::shared::Failure;
use crate::store::disk::space::Room;
use crate::store::{Reviews, StoreHealth, Upkeep};

const MB: u64 = 1_000_000;

/// No test waits for longer; on a busy machine everything takes long.
const PATIENCE: Duration = Duration::from_mins(2);

/// A store whose disk has as much room as the test says.
struct Cared {
    store: DiskStore,
    free: Arc<AtomicU64>,
    folder: tempfile::TempDir,
}

impl Cared {
    async fn lease(&self) -> Result<Vec<Leased>, StoreError> {
        self.store.lease("desk", now(), now().plus(PATIENCE), 9).await
    }

    fn new() -> Self {
        Self::with(Duration::from_hours(1), MB)
    }

    fn with(first_walk: Duration, compact_bytes_min: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let free = Arc::new(AtomicU64::new(100_000 * MB));
        let seen = Arc::clone(&free);
        let probe = move || {
            let free_bytes = seen.load(Ordering::SeqCst);
            Ok(Room { free_bytes, total_bytes: 200_000 * MB })
        };
        let care = Care {
            free_min: 256 * MB,
            probe: Some(Box::new(probe)),
            first_walk,
            compact_bytes_min,
            refusal_pause: Duration::from_millis(10),
        };
        let opening = Opening::default();
        let store = DiskStore::start(folder.path(), IfMissing::Create, &opening, care).unwrap();
        Self { store, free, folder }
    }

    fn set_free(&self, free_mb: u64) {
        self.free.store(free_mb * MB, Ordering::SeqCst);
    }

    /// Commits seen keys, 100 of each of these days.
    async fn see(&self, days: impl IntoIterator<Item = u32>) {
        let seen = days.into_iter().flat_map(|day| (0..100).map(move |n| seen(day, n)));
        self.store.commit(Commit { seen: seen.collect(), ..Commit::default() }).await.unwrap();
    }

    async fn n_known(&self, day: u32) -> usize {
        let keys = (0..100).map(|n| seen(day, n).0).collect();
        self.store.sightings(keys).await.unwrap().into_iter().flatten().count()
    }

    /// Waits until `is_so`, asking over and over.
    async fn until(&self, mut is_so: impl AsyncFnMut(&DiskStore) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so(&self.store).await {
            assert!(Instant::now() < deadline, "it took too long");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn words(&self) -> String {
        match self.store.health() {
            StoreHealth::ReadOnly { reason } => reason,
            other => format!("{other:?}"),
        }
    }
}

fn seen(day: u32, number: u32) -> (SeenKey, Sighting) {
    let name = u64::from(day) << 32 | u64::from(number);
    let start = ArticleId::of_identity(&name.to_be_bytes()).to_be_bytes();
    let key = SeenKey([start, name.to_be_bytes()].concat().try_into().unwrap());
    (key, Sighting { article: ArticleId::from_be_bytes([1; 8]), content: 7, day })
}

fn now() -> Timestamp {
    "2026-11-24T06:00:00Z".parse().unwrap()
}

/// By the clock that the store reads.
fn today() -> u32 {
    u32::try_from(SystemClock.now().unix_ms() / 86_400_000).unwrap()
}

fn delivery() -> Delivery {
    let event = EventId::from_be_bytes([3; 8]);
    Delivery {
        id: DeliveryId::of(event, "desk"),
        event,
        receiver: "desk".to_owned(),
        matched: Some(MatchId::from_be_bytes([2; 8])),
        story: Some(StoryId::from_be_bytes([4; 8])),
        lists: Vec::new(),
        score: None,
        mute_windows: Vec::new(),
        is_held: false,
        replayed: None,
        body: "{}".to_owned(),
        created: now(),
        kind: AlertKind::MatchCreated,
        state: DeliveryState::Pending { due: now() },
        attempts: Vec::new(),
    }
}

fn attempt() -> Attempt {
    Attempt { at: now(), status: Some(200), error: None, took_ms: 1, answer: String::new() }
}

fn poll(number: u32) -> Commit {
    let mut state = FeedState::new(FeedId::of_url("https://example.org/"), now());
    state.n_entries = number;
    let (key, sighting) = seen(1, number);
    let seen = vec![(key, Sighting { day: today(), ..sighting })];
    Commit { seen, feed: Some(state), ..Commit::default() }
}

/// Goal: the store forgets entries that no feed has carried for three months, and no others;
/// a machine whose clock was years ahead for an hour does not make it forget the present.
#[tokio::test]
async fn old_seen_keys_go() {
    let cared = Cared::new();
    let days = [today() - 200, today() - 98, today() - 97, today() - 1, today() + 4_000];
    cared.see(days).await;
    // All keys are counted before the first compaction.
    cared.store.compact().await.unwrap();
    let mut left = Vec::new();
    for day in days {
        left.push(cared.n_known(day).await);
    }
    assert_eq!(left, [0, 0, 100, 100, 100]);
}

/// Goal: entries that feeds still carry stay known although others in their bucket go, and a
/// bucket of which all go takes no room.
#[tokio::test]
async fn old_keys_go_out_of_their_bucket() {
    let cared = Cared::new();
    let in_bucket = |bucket: u8, day: u32| {
        let (SeenKey(mut key), sighting) = seen(day, u32::from(bucket));
        key[..2].copy_from_slice(&[9, bucket]);
        (SeenKey(key), sighting)
    };
    let days: Vec<u32> = (0..600).map(|n| today() - if n % 2 == 0 { 0 } else { 100 + n }).collect();
    let mixed: Vec<_> = days
        .iter()
        .enumerate()
        .map(|(n, day)| {
            let (SeenKey(mut key), sighting) = in_bucket(1, *day);
            key[14..].copy_from_slice(&u16::try_from(n).unwrap().to_be_bytes());
            (SeenKey(key), sighting)
        })
        .collect();
    let old = (100..300).map(|age| in_bucket(2, today() - age));
    let seen = mixed.iter().copied().chain(old).collect();
    cared.store.commit(Commit { seen, ..Commit::default() }).await.unwrap();
    // All keys are counted before the compaction.
    let before = cared.store.compact().await.unwrap().n_keys;
    let keys = mixed.iter().map(|(key, _)| *key).collect();
    let known = cared.store.sightings(keys).await.unwrap();
    let expected = mixed.iter().map(|(_, it)| Some(*it).filter(|it| it.day == today()));
    assert!(known.into_iter().eq(expected));
    let bucket = |bucket: u8| {
        let is_there = |key: &[u8]| key.starts_with(&[layout::SEEN, 9, bucket]);
        let pairs = cared.store.shared.with_engine(|it| it.pairs_behind(&[]).collect());
        let pairs: Vec<(sled::IVec, sled::IVec)> = pairs.unwrap();
        pairs.iter().filter(|(key, _)| is_there(key) || is_there(&key[1..])).count()
    };
    // Of five frames three are left.
    assert_eq!((bucket(1), bucket(2)), (3, 0), "{before} keys");
}

/// Goal: a store that was written over and over gives the disk back, by itself.
#[tokio::test]
async fn churned_store_is_compacted_by_itself() {
    let cared = Cared::with(Duration::from_millis(200), MB);
    for round in 0..150 {
        cared.see((0..5).map(|day| today() - day)).await;
        cared.store.commit(poll(round)).await.unwrap();
    }
    let mut bytes = u64::MAX;
    cared
        .until(async |store| {
            bytes = store.counts().await.unwrap().disk_bytes;
            let live_bytes = store.size().live_bytes;
            live_bytes.is_some_and(|live| bytes <= (3 * live).max(MB + MB / 10))
        })
        .await;
    assert_eq!(cared.n_known(today()).await, 100);
}

/// Goal: whatever is written while the store is compacted is there afterwards, also after a
/// restart; nobody waits long.
#[tokio::test]
async fn writes_go_on_during_a_compaction() {
    let cared = Cared::new();
    for day in 0..90 {
        cared.see([today() - day]).await;
    }
    let compaction = cared.store.compact();
    let writes = async {
        for number in 0..100 {
            cared.store.commit(poll(number)).await.unwrap();
            cared.store.ping().await.unwrap();
        }
    };
    let (report, ()) = tokio::join!(compaction, writes);
    let report = report.unwrap();
    assert_eq!(report.n_damaged, 0);
    // As many buckets, but for those that two keys share.
    assert!(8_000 <= report.n_keys, "{report:?}");
    for round in 0..2 {
        let again = cared.store.compact().await.unwrap();
        assert_eq!(again.n_damaged, 0, "{round}");
    }
    let Cared { store, folder, .. } = cared;
    store.close().await.unwrap();
    let store = DiskStore::open_existing(folder.path()).unwrap();
    let keys: Vec<SeenKey> = (0..100).map(|number| seen(1, number).0).collect();
    assert_eq!(store.sightings(keys).await.unwrap().into_iter().flatten().count(), 100);
    let state = store.feed_state(FeedId::of_url("https://example.org/")).await.unwrap();
    assert_eq!(state.unwrap().n_entries, 99);
    let names = std::fs::read_dir(folder.path()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.starts_with("sled")).count(), 1);
}

/// Goal: compacting never takes the last space, and says how much it needs.
#[tokio::test]
async fn compaction_without_room_is_refused() {
    let cared = Cared::new();
    cared.see((0..100).map(|day| today() - day)).await;
    cared.set_free(0);
    let error = cared.store.compact().await.unwrap_err();
    assert!(matches!(error, StoreError::Full(_)), "{error}");
    cared.set_free(100_000);
    cared.store.compact().await.unwrap();
}

/// Goal: with the disk full nothing new is taken and nothing acknowledged is lost; alerts go on;
/// and when there is room again, so does everything else.
#[tokio::test]
async fn full_disk_lets_outcomes_through() {
    let cared = Cared::new();
    let commit = Commit { deliveries: vec![delivery()], ..poll(1) };
    cared.store.commit(commit).await.unwrap();
    let ballast = cared.folder.path().join("ballast");
    cared.until(async |_| ballast.exists()).await;

    cared.set_free(300);
    cared.store.commit(poll(2)).await.unwrap();
    assert_eq!(cared.store.health(), StoreHealth::Ok);
    insta::assert_snapshot!(cared.store.notices().join("\n"), @"the disk is nearly full: 300 MB free; below 256 MB polling is paused");

    cared.set_free(12);
    let error = cared.store.commit(poll(3)).await.unwrap_err();
    let words = std::error::Error::source(&error).unwrap().to_string();
    insta::assert_snapshot!(words, @"the disk is full: 12 MB free, 288 MB wanted; polling is paused, alerts go on");
    assert_eq!(cared.words(), words);
    let feed = FeedId::of_url("https://example.org/");
    let finished = cared.store.finish(FeedState::new(feed, now()), None).await;
    assert!(matches!(finished, Err(StoreError::Full(_))));
    let leased = cared.lease().await.unwrap().remove(0);
    let taken = Settlement::Delivered { at: now() };
    cared.store.settle(leased.delivery.id, leased.fence, attempt(), taken).await.unwrap();
    assert_eq!(cared.store.feed_state(feed).await.unwrap().unwrap().n_entries, 2);
    assert!(ballast.exists());

    cared.set_free(270);
    assert!(cared.store.commit(poll(3)).await.is_err(), "it does not stop and go at the floor");
    cared.set_free(600);
    // The request may come in the same group as the one before, which was looked at before.
    cared.until(async |store| store.commit(poll(3)).await.is_ok()).await;
    assert_eq!(cared.store.health(), StoreHealth::Ok);
    assert_eq!(cared.store.notices(), Vec::<String>::new());
}

/// Goal: the last megabytes are not tried, because that would break the engine; what was held
/// back is given up for outcomes first, and held back again later.
#[tokio::test]
async fn last_space_is_left_alone() {
    let cared = Cared::new();
    cared.store.commit(Commit { deliveries: vec![delivery()], ..poll(1) }).await.unwrap();
    let ballast = cared.folder.path().join("ballast");
    cared.until(async |_| ballast.exists()).await;
    let Leased { delivery, fence } = cared.lease().await.unwrap().remove(0);
    cared.set_free(1);
    cared.store.ping().await.unwrap();
    assert!(!ballast.exists());
    insta::assert_snapshot!(cared.words(), @"the disk is full: 1 MB free, 288 MB wanted; polling and alerts are paused");
    assert!(matches!(cared.lease().await, Err(StoreError::Full(_))));
    let settled = Settlement::Delivered { at: now() };
    let settled = cared.store.settle(delivery.id, fence, attempt(), settled).await;
    assert!(matches!(settled, Err(StoreError::Full(_))));
    cared.store.release(delivery.id, fence).await.unwrap();

    cared.set_free(600);
    // The request may come in the same group as the one before, which was looked at before.
    cared.until(async |store| store.commit(poll(2)).await.is_ok()).await;
    assert_eq!(cared.lease().await.unwrap().len(), 1);
    cared.until(async |_| ballast.exists()).await;
}

/// Goal: an engine that found no room, and takes nothing any more, is opened again without a
/// restart; nobody who worked on a delivery loses it meanwhile.
#[tokio::test]
async fn engine_without_room_is_opened_again() {
    let cared = Cared::new();
    cared.store.commit(Commit { deliveries: vec![delivery()], ..poll(1) }).await.unwrap();
    let Leased { delivery, fence } = cared.lease().await.unwrap().remove(0);
    cared.set_free(1);
    cared.store.shared.fail(Failure::Full);
    assert!(matches!(cared.store.commit(poll(2)).await, Err(StoreError::Full(_))));
    assert!(matches!(cared.store.health(), StoreHealth::ReadOnly { .. }));

    cared.set_free(600);
    cared.until(async |store| store.commit(poll(2)).await.is_ok()).await;
    assert_eq!(cared.store.health(), StoreHealth::Ok);
    assert_eq!(cared.lease().await.unwrap(), []);
    let taken = Settlement::Delivered { at: now() };
    cared.store.settle(delivery.id, fence, attempt(), taken).await.unwrap();
}
