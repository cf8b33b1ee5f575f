//! Damage to one copy or both, byte by byte, and what verifying makes of it.

use std::fs;
use std::path::{Path, PathBuf};

use sled::IVec;

use crate::model::{
    AlertKind, Article, Delivery, DeliveryId, DeliveryState, EventId, Language, Match, Member,
    NearMiss, ReceiverState, Review, ReviewVerdict, Sketch, Story, Timestamp, Traces, samples,
};
use crate::store::disk::backup;
use crate::store::disk::{DiskStore, layout};
use crate::store::journal::{Entry, Kind};
use crate::store::{
    Announcement, Articles, Commit, MatchCommit, NearMisses, Outbox, Seen, SeenKey, Sighting,
    Store, StoryChange, Upkeep, VerifyReport,
};

const N: u8 = 4;

fn at(number: u8) -> Timestamp {
    Timestamp::from_unix_ms(i64::from(number) * 1_000).unwrap()
}

fn article(number: u8) -> Article {
    // Larger than one value.
    let body = (0..9_000_u32).map(|at| char::from(b'a' + (at * at % 251 % 26) as u8)).collect();
    Article { title: format!("{number}"), body, ..samples::article(number, at(number)) }
}

fn matched(number: u8) -> Match {
    samples::matched(&article(number))
}

fn commit(number: u8) -> Commit {
    let (article, matched) = (article(number), matched(number));
    let story = Story::opened(matched.story, Member::new(&matched, &article));
    let delivery = Delivery {
        id: DeliveryId::from_be_bytes([number; 8]),
        event: EventId::of_story("", "match.created", matched.story, 1),
        kind: AlertKind::MatchCreated,
        receiver: "desk".to_owned(),
        matched: Some(matched.id),
        story: Some(matched.story),
        lists: Vec::new(),
        score: None,
        mute_windows: Vec::new(),
        is_held: false,
        replayed: None,
        body: "{}".to_owned(),
        created: at(number),
        state: DeliveryState::Pending { due: at(number) },
        attempts: Vec::new(),
    };
    let sketch = Sketch {
        matched: matched.id,
        story: matched.story,
        topic: String::new(),
        published: at(number),
        language: Language::UNKNOWN,
        is_dated: true,
        traces: Traces::default(),
    };
    let sighting = Sighting { article: article.id, content: 0, day: 0 };
    let matched = MatchCommit {
        article,
        matched,
        sketch: Some(sketch),
        seen: vec![(SeenKey([number; 16]), sighting)],
        announcement: Announcement::Deliver(vec![delivery]),
    };
    let stories = vec![StoryChange::untold(story, None)];
    Commit { matches: vec![matched], stories, ..Commit::default() }
}

async fn filled(folder: &Path) -> DiskStore {
    let store = DiskStore::open(folder).unwrap();
    for number in 1..=N {
        store.commit(commit(number)).await.unwrap();
    }
    let state = ReceiverState::fine("desk");
    store.set_receiver(state).await.unwrap();
    store
}

/// All keys with their values but for what belongs to the store itself.
fn pairs(store: &DiskStore) -> Vec<(IVec, IVec)> {
    let is_record = |(key, _): &(IVec, IVec)| key.first() != Some(&b'm');
    let pairs = store.shared.with_engine(|engine| engine.pairs_behind(&[]).collect());
    let pairs: Vec<(IVec, IVec)> = pairs.unwrap();
    pairs.into_iter().filter(is_record).collect()
}

/// All records as lines.
fn lines(store: &DiskStore) -> Vec<Entry> {
    let read = |(key, _): (IVec, IVec)| {
        store.shared.with_engine(|engine| backup::lines(engine, &key)).unwrap()
    };
    pairs(store).into_iter().flat_map(read).collect()
}

fn write_raw(store: &DiskStore, key: &[u8], value: Option<&[u8]>) {
    let write = (IVec::from(key), value.map(IVec::from));
    store.shared.with_engine(|engine| engine.write_raw(vec![write])).unwrap();
}

fn segment(folder: &Path) -> PathBuf {
    fs::read_dir(folder.join("journal")).unwrap().next().unwrap().unwrap().path()
}

/// Flips a bit in the last byte of each frame that names `id`.
fn damage_frames(folder: &Path, id: &str) {
    let path = segment(folder);
    let mut bytes = fs::read(&path).unwrap();
    let starts: Vec<usize> =
        (0..bytes.len() - 12).filter(|at| bytes[at + 8..].starts_with(b"SWJ1")).collect();
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    let frames: Vec<(usize, usize)> = starts.iter().copied().zip(ends).collect();
    for (start, end) in frames {
        if bytes[start..end].windows(id.len()).any(|window| window == id.as_bytes()) {
            bytes[end - 1] ^= 1;
        }
    }
    fs::write(path, bytes).unwrap();
}

fn damage_last_frame(folder: &Path) {
    let path = segment(folder);
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(path, bytes).unwrap();
}

/// What match `number` was before a person rescued it.
fn near_miss(number: u8) -> NearMiss {
    let Match { id, topic, article, feed, language, score, created, .. } = matched(number);
    let review = Review {
        verdict: Some(ReviewVerdict::Relevant),
        note: None,
        by: "anna".to_owned(),
        at: at(number),
        revision: 1,
        is_inherited: false,
    };
    NearMiss {
        id,
        topic,
        article,
        feed,
        url: None,
        title: String::new(),
        text: String::new(),
        language,
        score,
        evidence: Vec::new(),
        why_not: String::new(),
        published: created,
        created,
        review: Some(review),
    }
}

async fn assert_whole(store: &DiskStore) {
    let report = store.verify().await.unwrap();
    let VerifyReport { n_healed, n_lost, .. } = report;
    assert_eq!((n_healed, n_lost), (0, 0), "{report:?}");
}

/// Goal: a store that is whole is called whole, whatever is written meanwhile.
#[tokio::test]
async fn sound_store_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path()).await;
    let writing = async {
        for number in N + 1..N + 40 {
            store.commit(commit(number)).await.unwrap();
        }
    };
    tokio::join!(writing, async {
        for _ in 0..3 {
            assert_whole(&store).await;
        }
    });
    let report = store.verify().await.unwrap();
    assert!(7 * u64::from(N) < report.n_records && 6 * u64::from(N) < report.n_lines, "{report:?}");
    assert_eq!(report.damaged_places, Vec::<String>::new());
    store.close().await.unwrap();
}

/// Goal: whatever is damaged or missing in the database is as it was before, and a later start
/// finds nothing wrong.
/// Method: each key once.
#[tokio::test]
async fn database_is_healed_from_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path()).await;
    let expected = lines(&store);
    for (key, value) in pairs(&store) {
        for damage in [None, Some(&b"?"[..])] {
            if value.is_empty() && damage.is_some() {
                continue;
            }
            write_raw(&store, &key, damage);
            let report = store.verify().await.unwrap();
            let name = layout::name(&key);
            // What goes by age may be missing: an entry is looked at again.
            if damage.is_some() || ![layout::SEEN, layout::SKETCH].contains(&key[0]) {
                assert!(0 < report.n_healed, "{name}: {report:?}");
            }
            assert_eq!(report.n_lost, 0, "{name}: {report:?}");
            if damage.is_none() {
                write_back_what_goes_by_age(&store, &key, &value);
            }
            assert_eq!(lines(&store), expected, "{name}");
        }
    }
    assert_whole(&store).await;
    store.close().await.unwrap();
    let store = DiskStore::open(folder.path()).unwrap();
    assert_eq!(store.notices(), Vec::<String>::new());
    assert_eq!(lines(&store), expected);
    store.close().await.unwrap();
}

fn write_back_what_goes_by_age(store: &DiskStore, key: &[u8], value: &[u8]) {
    if [layout::SEEN, layout::SKETCH].contains(&key[0]) {
        write_raw(store, key, Some(value));
    }
}

/// Goal: a bucket that is damaged is named, and healed: entries of matches are known as before,
/// so that nobody is told twice; the others are asked for again, and can be noted again.
/// Method: the first frame and a continuation; an entry is noted before anybody verifies.
#[tokio::test]
async fn damaged_bucket_is_named_and_asked_for_again() {
    for is_first in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let store = filled(folder.path()).await;
        let (sighting, others) = in_bucket_of_second(400);
        let seen: Vec<_> = others.iter().map(|key| (*key, sighting)).collect();
        store.commit(Commit { seen: seen[1..].to_vec(), ..Commit::default() }).await.unwrap();
        let bucket = layout::bucket(SeenKey([2; 16]));
        let frame = if is_first { bucket.to_vec() } else { layout::chunk(&bucket, 1) };
        write_raw(&store, &frame, Some(b"?"));

        let error = store.sightings(vec![SeenKey([2; 16])]).await.unwrap_err().to_string();
        assert!(error.contains("seen keys 0202: it has version"), "{error}");
        store.commit(Commit { seen: seen[..1].to_vec(), ..Commit::default() }).await.unwrap();
        let report = store.verify().await.unwrap();
        assert_eq!((report.n_healed, report.n_lost), (1, 0), "{report:?}");
        assert_eq!(report.healed[0].record, "seen keys 0202");
        let words = "made anew with 1 entries that the journal has; the others are asked for again";
        assert_eq!(report.healed[0].words, words);
        let keys = [&[SeenKey([2; 16])], &others[..]].concat();
        let known = store.sightings(keys.clone()).await.unwrap();
        assert_eq!(known[0], Some(commit(2).matches[0].seen[0].1));
        assert_eq!(known[1..], vec![None; others.len()]);
        assert_whole(&store).await;
        store.commit(Commit { seen, ..Commit::default() }).await.unwrap();
        let known = store.sightings(keys).await.unwrap();
        assert_eq!(known.into_iter().flatten().count(), 1 + others.len());
        assert_whole(&store).await;
        store.close().await.unwrap();
    }
}

/// So many keys in the bucket of match 2, of entries that did not match.
fn in_bucket_of_second(n: u16) -> (Sighting, Vec<SeenKey>) {
    let key = |number: u16| {
        let mut key = [2; 16];
        key[14..].copy_from_slice(&(1_000 + number).to_be_bytes());
        SeenKey(key)
    };
    (Sighting { article: article(200).id, content: 1, day: 1 }, (0..n).map(key).collect())
}

/// Goal: entries of indexes that lead nowhere go.
#[tokio::test]
async fn stray_entries_go() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path()).await;
    let expected = pairs(&store);
    let stray = |key: Vec<u8>| {
        let mut key = key;
        let last = key.len() - 1;
        key[last] ^= 0x55;
        key
    };
    let indexed =
        expected.iter().filter(|(key, value)| value.is_empty() || key[0] == layout::CHUNK);
    let strays: Vec<Vec<u8>> = indexed.map(|(key, _)| stray(key.to_vec())).collect();
    for key in &strays {
        write_raw(&store, key, Some(b""));
    }
    let report = store.verify().await.unwrap();
    assert_eq!((report.n_healed, report.n_lost), (strays.len() as u64, 0), "{report:?}");
    assert_eq!(pairs(&store), expected);
    store.close().await.unwrap();
}

/// Goal: what the journal lost is said there again, so that the next rebuilding has it.
#[tokio::test]
async fn journal_is_healed_from_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path()).await;
    let expected = lines(&store);
    damage_frames(folder.path(), &matched(2).id.to_string());
    let report = store.verify().await.unwrap();
    assert!(4 <= report.n_healed && report.n_lost == 0, "{report:?}");
    assert!(report.damaged_places[0].contains(&format!("match {}", matched(2).id)), "{report:?}");
    assert_eq!(report.healed[0].words, "written to the journal from the database");
    assert_whole(&store).await;
    store.close().await.unwrap();

    let database = fs::read_to_string(folder.path().join("CURRENT")).unwrap();
    fs::remove_dir_all(folder.path().join(database.trim())).unwrap();
    let store = DiskStore::open(folder.path()).unwrap();
    assert_eq!(lines(&store), expected);
    store.close().await.unwrap();
}

/// Goal: a match that was withdrawn stays withdrawn although the journal lost the line that says so.
#[tokio::test]
async fn what_went_does_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path()).await;
    let id = matched(2).id;
    store.commit(Commit { near_misses: vec![near_miss(2)], ..Commit::default() }).await.unwrap();
    store.withdraw(id).await.unwrap();
    let expected = lines(&store);
    damage_last_frame(folder.path());
    let report = store.verify().await.unwrap();
    assert!(0 < report.n_healed && report.n_lost == 0, "{report:?}");
    assert_eq!(store.matched(id).await.unwrap(), None);
    assert_whole(&store).await;
    store.close().await.unwrap();

    let database = fs::read_to_string(folder.path().join("CURRENT")).unwrap();
    fs::remove_dir_all(folder.path().join(database.trim())).unwrap();
    let store = DiskStore::open(folder.path()).unwrap();
    assert_eq!(store.matched(id).await.unwrap(), None);
    let is_near_miss = |line: &&Entry| line.kind == Kind::NearMiss;
    assert!(lines(&store).iter().eq(expected.iter().filter(|line| !is_near_miss(line))));
    store.close().await.unwrap();
}

/// Goal: what is damaged in both copies is told by its id, and what names it too.
#[tokio::test]
async fn damage_in_both_copies_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path()).await;
    let id = article(3).id;
    damage_frames(folder.path(), &id.to_string());
    write_raw(&store, &layout::article(id), Some(b"?"));
    let report = store.verify().await.unwrap();
    assert_eq!(report.n_lost, 1, "{report:?}");
    assert_eq!(report.lost[0].record, format!("article {id}"));
    assert_eq!(report.lost[0].words, "damaged in the database, and not in the journal");
    write_raw(&store, &layout::article(id), None);
    let report = store.verify().await.unwrap();
    let records: Vec<&str> = report.lost.iter().map(|it| it.record.as_str()).collect();
    assert_eq!(records, [format!("article {id}"), format!("match {}", matched(3).id)]);
    assert_eq!(report.lost[1].words, format!("it names article {id}, which is not there"));
    store.close().await.unwrap();
}
