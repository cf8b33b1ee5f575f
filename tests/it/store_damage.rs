//! Damage to a store's files: it is rebuilt from its journal, or the journal from it.

use std::fs;
use std::path::{Path, PathBuf};

use silkwire::model::{ReviewVerdict, Subject};
use silkwire::store::{
    Articles, Commit, DiskStore, MatchFilter, PageRequest, ReviewChange, Reviews, Seen, Settlement,
    Store, Upkeep,
};

use crate::store_engines::{lease, settle};
use crate::store_samples::{
    article_id, at, commit, created, delivery_id, failed_attempt, match_id, matched, noise, seen,
    seen_key, sighting, story_id,
};

const N_MATCHES: u64 = 40;

/// With a text that fills the file: a flipped bit shall hit something.
fn large_commit(number: u64) -> Commit {
    let mut commit = commit(number);
    commit.matches[0].article.body = noise(3_000);
    commit.seen = seen(1_000 + number * 10..1_010 + number * 10);
    commit
}

/// A store with matches, a verdict, and deliveries in each state.
async fn filled() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = DiskStore::open(folder.path()).unwrap();
    for number in 0..N_MATCHES {
        store.commit(large_commit(number)).await.unwrap();
    }
    let taken = Settlement::Delivered { at: at(1) };
    settle(&store, delivery_id(1, "desk"), failed_attempt(), taken).await.unwrap();
    let dead = Settlement::Dead { at: at(1) };
    settle(&store, delivery_id(2, "desk"), failed_attempt(), dead).await.unwrap();
    let change = ReviewChange {
        subject: Subject::Match(match_id(3)),
        verdict: Some(Some(ReviewVerdict::Relevant)),
        note: None,
        by: "a".to_owned(),
        at: at(0),
        expected: None,
    };
    store.review(change).await.unwrap();
    store.close().await.unwrap();
    folder
}

/// Everything that cannot be fetched again is there, and the store works.
async fn assert_whole(folder: &Path) {
    let store = DiskStore::open(folder).unwrap();
    for number in 0..N_MATCHES {
        let expected = large_commit(number).matches[0].article.clone();
        assert_eq!(store.article(article_id(number)).await.unwrap(), Some(expected));
        assert!(store.story(story_id(number)).await.unwrap().is_some());
        // Nobody is told a second time when the feed is read anew.
        let known = store.sightings(vec![seen_key(number)]).await.unwrap();
        assert_eq!(known, [Some(sighting(number))]);
    }
    let page = store.matches(MatchFilter::default(), PageRequest::first(99)).await.unwrap();
    for (found, number) in page.items.iter().zip((0..N_MATCHES).rev()) {
        let reviewed = found.review.as_ref().and_then(|review| review.verdict);
        assert_eq!(reviewed, (number == 3).then_some(ReviewVerdict::Relevant));
        let found = silkwire::model::Match { review: None, ..found.clone() };
        assert_eq!(found, matched(number));
    }
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.matches, counts.stories), (N_MATCHES, N_MATCHES));
    assert_eq!((counts.deliveries_pending, counts.deliveries_dead), (N_MATCHES - 2, 1));
    let due = lease(&store, "desk", created(N_MATCHES), 99).await;
    assert_eq!(due.len(), usize::try_from(N_MATCHES - 2).unwrap());
    store.commit(commit(N_MATCHES)).await.unwrap();
    store.close().await.unwrap();
}

fn copy_of(original: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    copy_folder(original, copy.path());
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir(&target).unwrap();
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The database's log.
fn log(folder: &Path) -> PathBuf {
    let name = fs::read_to_string(folder.join("CURRENT")).unwrap();
    folder.join(name.trim()).join("db")
}

fn segment(folder: &Path) -> PathBuf {
    fs::read_dir(folder.join("journal")).unwrap().next().unwrap().unwrap().path()
}

fn n_kept(folder: &Path) -> usize {
    let names = fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().starts_with("store.bad-")).count()
}

/// Goal: one flipped bit anywhere in the database costs nothing that cannot be fetched again, and
/// the damaged files are kept.
/// Method: one flipped bit at 24 places of the file, one store for each.
#[tokio::test]
async fn flipped_bit_in_the_database_costs_nothing() {
    const N_PLACES: usize = 24;
    let original = filled().await;
    // sled makes its file larger than what it needs.
    let bytes = fs::read(log(original.path())).unwrap();
    let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    let mut n_rebuilt = 0;
    for place in 0..N_PLACES {
        let copy = copy_of(original.path());
        let mut bytes = bytes.clone();
        bytes[(2 * place + 1) * used / (2 * N_PLACES)] ^= 0x10;
        fs::write(log(copy.path()), bytes).unwrap();
        assert_whole(copy.path()).await;
        n_rebuilt += n_kept(copy.path());
    }
    assert!(0 < n_rebuilt);
}

/// Goal: a database that is cut, emptied, zeroed or gone is rebuilt.
#[tokio::test]
async fn lost_database_is_rebuilt() {
    let original = filled().await;
    let length = fs::metadata(log(original.path())).unwrap().len();
    for cut in [0, 1, length / 3, length / 2] {
        let copy = copy_of(original.path());
        let file = fs::File::options().write(true).open(log(copy.path())).unwrap();
        file.set_len(cut).unwrap();
        drop(file);
        assert_whole(copy.path()).await;
        assert_eq!(n_kept(copy.path()), 1, "{cut}");
    }
    for part in ["db", "conf"] {
        let copy = copy_of(original.path());
        fs::remove_file(log(copy.path()).with_file_name(part)).unwrap();
        assert_whole(copy.path()).await;
    }
    let copy = copy_of(original.path());
    fs::remove_dir_all(log(copy.path()).parent().unwrap()).unwrap();
    assert_whole(copy.path()).await;
}

/// Goal: a damaged, cut or lost journal costs nothing either, and is whole again afterwards.
/// Method: the database goes as soon as the store was open once.
#[tokio::test]
async fn lost_journal_is_written_again() {
    let original = filled().await;
    let length = fs::metadata(segment(original.path())).unwrap().len();
    for cut in [0, 1, length / 2, length - 1] {
        let copy = copy_of(original.path());
        let file = fs::File::options().write(true).open(segment(copy.path())).unwrap();
        file.set_len(cut).unwrap();
        drop(file);
        DiskStore::open(copy.path()).unwrap().close().await.unwrap();
        fs::remove_dir_all(log(copy.path()).parent().unwrap()).unwrap();
        assert_whole(copy.path()).await;
    }
    let copy = copy_of(original.path());
    fs::remove_dir_all(copy.path().join("journal")).unwrap();
    DiskStore::open(copy.path()).unwrap().close().await.unwrap();
    fs::remove_dir_all(log(copy.path()).parent().unwrap()).unwrap();
    assert_whole(copy.path()).await;
}

/// Goal: the small files beside the database are no single point of failure.
#[tokio::test]
async fn small_files_may_be_lost() {
    let original = filled().await;
    for name in ["CURRENT", "progress", "pid"] {
        for text in [None, Some(""), Some("\u{1}\u{2}")] {
            let copy = copy_of(original.path());
            match text {
                None => fs::remove_file(copy.path().join(name)).unwrap(),
                Some(text) => fs::write(copy.path().join(name), text).unwrap(),
            }
            assert_whole(copy.path()).await;
            assert_eq!(n_kept(copy.path()), 0, "{name}");
        }
    }
}

/// Goal: what is damaged in both copies is told by its name, and nothing else is lost.
/// Method: the journal loses its end, and the database one of the articles that stood there.
#[tokio::test]
async fn harm_to_both_copies_is_told() {
    let original = filled().await;
    let length = fs::metadata(segment(original.path())).unwrap().len();
    let cut = |folder: &Path, length| {
        let file = fs::File::options().write(true).open(segment(folder)).unwrap();
        file.set_len(length).unwrap();
    };
    // The database is gone: only the journal can tell, and it ends too early.
    for left in [0, length / 2] {
        let copy = copy_of(original.path());
        cut(copy.path(), left);
        fs::remove_dir_all(log(copy.path()).parent().unwrap()).unwrap();
        let store = DiskStore::open(copy.path()).unwrap();
        let notices = store.notices();
        assert!(notices[0].contains("lost: "), "{notices:?}");
        assert!(notices[0].contains("written last"), "{notices:?}");
        store.close().await.unwrap();
    }
    // The database lost its end too, but can be read: what it has comes back.
    let copy = copy_of(original.path());
    cut(copy.path(), length / 2);
    fs::write(copy.path().join("progress"), "00000000000000000999\n").unwrap();
    assert_whole(copy.path()).await;
    assert_eq!(n_kept(copy.path()), 1);
}
