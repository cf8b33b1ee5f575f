//! What every store must tell those who follow it, run against each of them.

use std::collections::BTreeSet;

use silkwire::model::{ReviewVerdict, Role, Subject, Token};
use silkwire::store::{ChangeCursor, ChangeKind, ReviewChange, Store, StoreError};

use crate::store_engines::Engine;
use crate::store_samples::{
    article_id, at, commit, delivery_id, joining, match_id, seen, story_id,
};

contract![
    follower_hears_of_everything_once,
    follower_goes_on_where_it_was,
    nothing_new_is_an_answer,
    unknown_place_is_an_error,
];

durable![follower_goes_on_after_a_restart,];

/// All changes behind `after`, and the place behind them.
async fn follow(
    store: &dyn Store,
    after: Option<ChangeCursor>,
    limit: usize,
) -> (Vec<(ChangeKind, String)>, ChangeCursor) {
    let mut changes = Vec::new();
    let mut after = after;
    loop {
        let page = store.changes(after, limit).await.unwrap();
        assert!(!page.has_more || !page.items.is_empty());
        changes.extend(page.items.into_iter().map(|it| (it.kind, it.id)));
        after = Some(page.next.clone());
        if !page.has_more {
            return (changes, page.next);
        }
    }
}

async fn judge(store: &dyn Store, number: u64) {
    let change = ReviewChange {
        subject: Subject::Match(match_id(number)),
        verdict: Some(Some(ReviewVerdict::Relevant)),
        note: None,
        by: "a".to_owned(),
        at: at(0),
        expected: None,
    };
    store.review(change).await.unwrap();
}

/// Goal: an index that follows the store has what the store has, whatever the size of the pages.
async fn follower_hears_of_everything_once(store: &dyn Store) {
    let mut first = commit(1);
    first.seen = seen(100..103);
    store.commit(first).await.unwrap();
    store.commit(joining(2, 1, 2)).await.unwrap();
    let token = Token {
        name: "anna".to_owned(),
        role: Role::Reader,
        hash: String::new(),
        created: at(0),
        revoked: None,
    };
    store.set_token(token).await.unwrap();
    let expected: BTreeSet<(ChangeKind, String)> = [
        (ChangeKind::Article, article_id(1).to_string()),
        (ChangeKind::Article, article_id(2).to_string()),
        (ChangeKind::Match, match_id(1).to_string()),
        (ChangeKind::Match, match_id(2).to_string()),
        (ChangeKind::Story, story_id(1).to_string()),
        (ChangeKind::Delivery, delivery_id(1, "desk").to_string()),
        (ChangeKind::Token, "anna".to_owned()),
    ]
    .into();
    for limit in [1, 2, 100] {
        let (changes, _) = follow(store, None, limit).await;
        let found: BTreeSet<_> = changes.into_iter().collect();
        assert_eq!(found, expected);
    }
}

/// Goal: a follower reads what is new and nothing else.
async fn follower_goes_on_where_it_was(store: &dyn Store) {
    store.commit(commit(1)).await.unwrap();
    let (_, place) = follow(store, None, 100).await;
    assert_eq!(store.last_change().await.unwrap(), place);
    judge(store, 1).await;
    let place = ChangeCursor::new(place.as_str());
    let (changes, end) = follow(store, Some(place), 100).await;
    assert_eq!(changes, [(ChangeKind::Match, match_id(1).to_string())]);
    assert_eq!(store.last_change().await.unwrap(), end);
}

/// Goal: a follower that is up to date can ask as often as it likes, from the first moment on.
async fn nothing_new_is_an_answer(store: &dyn Store) {
    let start = store.last_change().await.unwrap();
    let (changes, place) = follow(store, None, 10).await;
    assert_eq!((changes, &place), (Vec::new(), &start));
    store.commit(commit(1)).await.unwrap();
    let (changes, place) = follow(store, Some(start), 10).await;
    assert!(!changes.is_empty());
    assert_eq!(follow(store, Some(place.clone()), 10).await, (Vec::new(), place));
}

/// Goal: a follower that cannot go on is told, and does not miss anything unseen.
async fn unknown_place_is_an_error(store: &dyn Store) {
    store.commit(commit(1)).await.unwrap();
    for text in ["", "x", "2019-01.7", "9999-01.7", "2026-11.99999999999", "99999999999", "-1"] {
        let error = store.changes(Some(ChangeCursor::new(text)), 9).await.unwrap_err();
        assert!(matches!(&error, StoreError::Outdated { cursor } if cursor == text), "{error}");
    }
}

/// Goal: an index need not be made anew because the service was restarted.
async fn follower_goes_on_after_a_restart(engine: &impl Engine) {
    let store = engine.open().await;
    store.commit(commit(1)).await.unwrap();
    let (_, place) = follow(&*store, None, 100).await;
    store.commit(commit(2)).await.unwrap();
    store.close().await.unwrap();
    let store = engine.open().await;
    judge(&*store, 1).await;
    let (changes, _) = follow(&*store, Some(place), 100).await;
    let matches: Vec<_> = changes.iter().filter(|it| it.0 == ChangeKind::Match).collect();
    let expected = [2, 1].map(|number| (ChangeKind::Match, match_id(number).to_string()));
    assert_eq!(matches, expected.iter().collect::<Vec<_>>());
}
