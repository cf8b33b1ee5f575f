//! What every store must do with the right to poll, run against each of them.

use silkwire::store::{Commit, Epoch, Store, StoreError};

use crate::store_engines::Engine;
use crate::store_samples::{at, commit, feed, feed_state, match_id};

contract![one_node_polls_at_a_time, replaced_node_stores_nothing, what_people_do_needs_no_right,];

durable![right_to_poll_outlives_the_process,];

async fn own(store: &dyn Store, node: &str, now: i64, until: i64) -> Option<Epoch> {
    store.own(node, at(now), at(until)).await.unwrap()
}

/// Goal: two nodes never ask the same servers at once.
async fn one_node_polls_at_a_time(store: &dyn Store) {
    let first = own(store, "a", 0, 10).await.unwrap();
    assert_eq!(own(store, "b", 9, 20).await, None);
    assert_eq!(own(store, "a", 9, 20).await, Some(first));
    assert_eq!(own(store, "b", 10, 30).await, None);
    let second = own(store, "b", 20, 30).await.unwrap();
    assert!(first < second);
    assert_eq!(own(store, "a", 29, 40).await, None);
    // Late, but nobody was faster.
    assert_eq!(own(store, "b", 99, 100).await, Some(second));
    assert!(second < own(store, "a", 100, 110).await.unwrap());
}

/// Goal: a node that was away for too long does not undo what its successor stored.
async fn replaced_node_stores_nothing(store: &dyn Store) {
    let old = own(store, "a", 0, 10).await;
    store.commit(Commit { epoch: old, ..commit(1) }).await.unwrap();
    let new = own(store, "b", 10, 20).await;
    store.commit(Commit { epoch: new, ..commit(2) }).await.unwrap();

    let late = store.commit(Commit { epoch: old, ..commit(3) }).await;
    assert!(matches!(late, Err(StoreError::Fenced)), "{late:?}");
    let late = store.finish(feed_state(9), old).await;
    assert!(matches!(late, Err(StoreError::Fenced)), "{late:?}");
    assert_eq!(store.matched(match_id(3)).await.unwrap(), None);
    assert_eq!(store.feed_state(feed()).await.unwrap(), Some(feed_state(2)));
    store.finish(feed_state(7), new).await.unwrap();
    assert_eq!(store.feed_state(feed()).await.unwrap(), Some(feed_state(7)));
}

/// Goal: a reviewer can work whoever polls, also while nobody does.
async fn what_people_do_needs_no_right(store: &dyn Store) {
    store.commit(commit(1)).await.unwrap();
    own(store, "a", 0, 10).await.unwrap();
    store.commit(commit(2)).await.unwrap();
    assert!(store.matched(match_id(2)).await.unwrap().is_some());
}

/// Goal: a node that was replaced while it was down cannot come back with an old right.
async fn right_to_poll_outlives_the_process(engine: &impl Engine) {
    let store = engine.open().await;
    let old = own(&*store, "a", 0, 10).await.unwrap();
    store.close().await.unwrap();
    let store = engine.open().await;
    assert_eq!(own(&*store, "b", 9, 20).await, None);
    assert_eq!(own(&*store, "a", 9, 10).await, Some(old));
    own(&*store, "b", 10, 20).await.unwrap();
    store.close().await.unwrap();
    let store = engine.open().await;
    let late = store.commit(Commit { epoch: Some(old), ..commit(1) }).await;
    assert!(matches!(late, Err(StoreError::Fenced)), "{late:?}");
}
