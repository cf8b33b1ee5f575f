//! The search index on the disk: behind after a kill, damaged, gone, of another format.

use std::fs;
use std::path::{Path, PathBuf};

use silkwire::model::{ReviewVerdict, Subject};
use silkwire::store::{
    Articles, DiskStore, Judged, MatchFilter, NearMisses, PageRequest, ReviewChange, Reviews,
    Search, SearchFilter, SearchQuery, SearchState, Store,
};

use crate::store_samples::{at, commit, match_id};
use crate::store_search::{ids, query, search_until, settled};

/// A store with `n` matches, closed, whose index is complete.
async fn filled(folder: &Path, n: u64) {
    let store = DiskStore::open(folder).unwrap();
    for number in 0..n {
        store.commit(commit(number)).await.unwrap();
    }
    settled(&store, usize::try_from(n).unwrap()).await;
    store.close().await.unwrap();
}

/// Goal: a command that searches finds everything, whenever it was stored, and waits for no
/// second look.
#[tokio::test(flavor = "multi_thread")]
async fn index_is_complete_when_it_opens() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 3).await;
    // Closed before the index has noticed: it catches up from the journal.
    let store = DiskStore::open_existing(folder.path()).unwrap();
    store.commit(commit(3)).await.unwrap();
    store.close().await.unwrap();
    let store = DiskStore::open_existing(folder.path()).unwrap();
    let page = store.search(query(&["Empfang"]), PageRequest::first(10)).await.unwrap();
    assert_eq!(ids(&page), [3, 2, 1, 0].map(match_id));
    assert_eq!(store.search_state(), SearchState::Complete);
    store.close().await.unwrap();
}

/// Goal: a kill at any moment loses no article from the search.
/// Method: copies of the folder of a store at work, which is what a kill leaves behind.
#[tokio::test(flavor = "multi_thread")]
async fn index_catches_up_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 3).await;
    let store = DiskStore::open(folder.path()).unwrap();
    settled(&store, 3).await;
    for number in 3..9 {
        store.commit(commit(number)).await.unwrap();
        let change = ReviewChange {
            subject: Subject::Match(match_id(number - 1)),
            verdict: Some(Some(ReviewVerdict::Relevant)),
            note: None,
            by: "ada".to_owned(),
            at: at(0),
            expected: None,
        };
        store.review(change).await.unwrap();
        let copy = tempfile::tempdir().unwrap();
        copy_folder(folder.path(), copy.path());
        let killed = DiskStore::open(copy.path()).unwrap();
        settled(&killed, usize::try_from(number).unwrap() + 1).await;
        let filter = SearchFilter {
            verdict: Some(Judged::As(ReviewVerdict::Relevant)),
            ..SearchFilter::default()
        };
        let relevant = SearchQuery { filter, ..SearchQuery::default() };
        let n = usize::try_from(number).unwrap() - 2;
        search_until(&killed, &relevant, &PageRequest::first(20), |it| it.items.len() == n).await;
        killed.close().await.unwrap();
    }
    store.close().await.unwrap();
}

/// Goal: whatever happens to a file of the index, searches find everything again by themselves.
/// Method: each file in turn, a bit flipped, cut in the middle, emptied, removed.
#[tokio::test(flavor = "multi_thread")]
async fn damaged_index_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 20).await;
    for name in files(&folder.path().join("search")) {
        for harm in [Harm::Flip, Harm::Cut, Harm::Empty, Harm::Remove] {
            let copy = tempfile::tempdir().unwrap();
            copy_folder(folder.path(), copy.path());
            let path = copy.path().join("search").join(&name);
            harm.does(&path);
            let store = DiskStore::open_existing(copy.path()).unwrap();
            settled(&store, 20).await;
            let found = query(&["japanische Botschafter"]);
            search_until(&store, &found, &PageRequest::first(50), |it| it.items.len() == 20).await;
            store.close().await.unwrap();
        }
    }
}

/// Goal: without the index's folder nothing but time is lost.
#[tokio::test(flavor = "multi_thread")]
async fn lost_index_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 5).await;
    fs::remove_dir_all(folder.path().join("search")).unwrap();
    fs::write(folder.path().join("search"), "no folder").unwrap();
    let store = DiskStore::open_existing(folder.path()).unwrap();
    let error = store.search(query(&["Empfang"]), PageRequest::first(9)).await.unwrap_err();
    assert!(error.to_string().contains("search index"), "{error}");
    assert!(matches!(store.search_state(), SearchState::Stuck { .. }));
    // All the rest goes on.
    let page = store.matches(MatchFilter::default(), PageRequest::first(9)).await.unwrap();
    assert_eq!(page.items.len(), 5);
    store.close().await.unwrap();
    fs::remove_file(folder.path().join("search")).unwrap();
    let store = DiskStore::open_existing(folder.path()).unwrap();
    settled(&store, 5).await;
    store.close().await.unwrap();
}

/// Goal: a command that does not search leaves no index behind, and waits for none.
#[tokio::test(flavor = "multi_thread")]
async fn index_is_made_on_demand() {
    let folder = tempfile::tempdir().unwrap();
    DiskStore::open(folder.path()).unwrap().close().await.unwrap();
    fs::remove_dir_all(folder.path().join("search")).ok();
    let store = DiskStore::open_existing(folder.path()).unwrap();
    assert!(store.near_miss(match_id(1)).await.unwrap().is_none());
    store.close().await.unwrap();
    assert!(!folder.path().join("search").exists());
}

#[derive(Clone, Copy, Debug)]
enum Harm {
    Flip,
    Cut,
    Empty,
    Remove,
}

impl Harm {
    fn does(self, path: &Path) {
        let mut bytes = fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        match self {
            Self::Flip if bytes.is_empty() => {}
            Self::Flip => bytes[middle] ^= 0x10,
            Self::Cut => bytes.truncate(middle),
            Self::Empty => bytes.clear(),
            Self::Remove => return fs::remove_file(path).unwrap(),
        }
        fs::write(path, bytes).unwrap();
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut names: Vec<PathBuf> = entries.map(|entry| entry.file_name().into()).collect();
    names.sort();
    names
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else if fs::copy(entry.path(), target).is_err() {
            // The index has just let go of it.
            assert!(!entry.path().exists());
        }
    }
}
