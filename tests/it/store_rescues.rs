//! What every store must do with near misses, feed changes and tokens, run against each of them.

use silkwire::model::{DeliveryState, Feed, FeedId, Review, ReviewVerdict, Role, StoryId, Token};
use silkwire::store::{
    Commit, Counts, FeedChange, MatchFilter, NearMissFilter, PageRequest, Settlement, Store,
    StoreError,
};

use crate::store_engines::{lease, leased, settle};
use crate::store_samples::{
    at, commit, created, delivery_id, failed_attempt, feed, joining, match_id, near_miss,
    near_misses, story, story_id,
};

contract![
    near_misses_are_listed_newest_first,
    near_miss_pages_hold_while_more_arrive,
    looked_at_near_misses_are_not_open,
    old_near_misses_go,
    near_miss_that_became_a_match_goes,
    rescued_near_miss_stays,
    withdrawn_rescue_leaves_nothing,
    withdrawn_rescue_leaves_its_story,
    withdrawal_calls_pending_alerts_back,
    only_a_rescue_is_withdrawn,
    feed_changes_replace_each_other,
    tokens_are_kept_by_name,
];

fn relevant() -> Review {
    Review {
        verdict: Some(ReviewVerdict::Relevant),
        note: None,
        by: "a".to_owned(),
        at: at(0),
        revision: 1,
        is_inherited: false,
    }
}

async fn numbers(store: &dyn Store, filter: NearMissFilter) -> Vec<String> {
    let page = store.near_misses(filter, PageRequest::first(999)).await.unwrap();
    page.items.into_iter().map(|near_miss| near_miss.title).collect()
}

fn titles(numbers: &[u64]) -> Vec<String> {
    numbers.iter().map(|number| near_miss(*number).title).collect()
}

/// Goal: what came last is looked at first; another text for an entry leaves it in its place.
async fn near_misses_are_listed_newest_first(store: &dyn Store) {
    store.commit(near_misses([3, 1, 5].into_iter())).await.unwrap();
    store.commit(near_misses([4, 2].into_iter())).await.unwrap();
    let mut edited = near_miss(2);
    edited.created = created(9);
    edited.text.clear();
    store.commit(Commit { near_misses: vec![edited], ..Commit::default() }).await.unwrap();
    assert_eq!(numbers(store, NearMissFilter::default()).await, titles(&[5, 4, 3, 2, 1]));
    let recent = NearMissFilter { since: Some(created(4)), ..NearMissFilter::default() };
    assert_eq!(numbers(store, recent).await, titles(&[5, 4]));
    let other = Some(FeedId::of_url("https://example.org/b.xml"));
    let other = NearMissFilter { feed: other, ..NearMissFilter::default() };
    assert_eq!(numbers(store, other).await, titles(&[]));
    assert_eq!(store.near_miss(match_id(3)).await.unwrap(), Some(near_miss(3)));
    assert_eq!(store.near_miss(match_id(2)).await.unwrap().unwrap().text, "");
}

/// Goal: who looks through them to the end sees each once.
async fn near_miss_pages_hold_while_more_arrive(store: &dyn Store) {
    store.commit(near_misses(0..10)).await.unwrap();
    let mut found = Vec::new();
    let mut request = PageRequest::first(3);
    for arriving in 10.. {
        let page = store.near_misses(NearMissFilter::default(), request).await.unwrap();
        found.extend(page.items.into_iter().map(|near_miss| near_miss.title));
        let Some(next) = page.next else { break };
        request = PageRequest { limit: 3, after: Some(next) };
        store.commit(near_misses([arriving].into_iter())).await.unwrap();
    }
    assert_eq!(found, titles(&[9, 8, 7, 6, 5, 4, 3, 2, 1, 0]));
}

/// Goal: nobody looks at the same near miss twice, also when its feed brings it again.
async fn looked_at_near_misses_are_not_open(store: &dyn Store) {
    store.commit(near_misses(1..=3)).await.unwrap();
    let reviewed = store.review_near_miss(match_id(2), Some(relevant())).await.unwrap();
    assert_eq!(reviewed.review, Some(relevant()));
    store.commit(near_misses(1..=3)).await.unwrap();
    let open = NearMissFilter { only_open: true, ..NearMissFilter::default() };
    assert_eq!(numbers(store, open.clone()).await, titles(&[3, 1]));
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.near_misses, counts.near_misses_open), (3, 2));
    store.review_near_miss(match_id(2), None).await.unwrap();
    assert_eq!(numbers(store, open).await, titles(&[3, 2, 1]));
    let error = store.review_near_miss(match_id(7), None).await.unwrap_err();
    assert_eq!(error.to_string(), format!("near miss {} is unknown", match_id(7)));
}

/// Goal: near misses do not pile up for years.
async fn old_near_misses_go(store: &dyn Store) {
    const DAY: u64 = 86_400;
    store.commit(near_misses([DAY, 0, 2 * DAY].into_iter())).await.unwrap();
    store.commit(near_misses([90 * DAY].into_iter())).await.unwrap();
    assert_eq!(store.counts().await.unwrap().near_misses, 4);
    store.commit(near_misses([91 * DAY].into_iter())).await.unwrap();
    let expected = titles(&[91 * DAY, 90 * DAY, 2 * DAY, DAY]);
    assert_eq!(numbers(store, NearMissFilter::default()).await, expected);
    // One that comes too late is not kept either.
    store.commit(near_misses([0].into_iter())).await.unwrap();
    assert_eq!(store.near_miss(match_id(0)).await.unwrap(), None);
    assert_eq!(store.counts().await.unwrap().near_misses_open, 4);
}

/// Goal: what was flagged after an edit is not offered for rescue.
async fn near_miss_that_became_a_match_goes(store: &dyn Store) {
    store.commit(near_misses(1..=2)).await.unwrap();
    store.commit(commit(1)).await.unwrap();
    // Nor does it come back, whatever the next edit brings.
    store.commit(near_misses([1].into_iter())).await.unwrap();
    assert_eq!(numbers(store, NearMissFilter::default()).await, titles(&[2]));
    assert_eq!(store.near_miss(match_id(1)).await.unwrap(), None);
    assert_eq!(store.counts().await.unwrap().near_misses, 1);
}

/// Rescues near miss `number` with `commit`.
async fn rescue(store: &dyn Store, number: u64, commit: Commit) {
    store.commit(near_misses([number].into_iter())).await.unwrap();
    let mut rescued = near_miss(number);
    rescued.review = Some(relevant());
    store.commit(Commit { near_misses: vec![rescued], ..commit }).await.unwrap();
}

/// Goal: a person finds again what they rescued, to take it back.
async fn rescued_near_miss_stays(store: &dyn Store) {
    rescue(store, 1, commit(1)).await;
    store.commit(near_misses([2].into_iter())).await.unwrap();
    store.review_near_miss(match_id(2), Some(relevant())).await.unwrap();
    store.commit(commit(2)).await.unwrap();
    for number in 1..=2 {
        let kept = store.near_miss(match_id(number)).await.unwrap().unwrap();
        assert_eq!(kept.review, Some(relevant()));
        assert!(store.matched(match_id(number)).await.unwrap().is_some());
    }
}

/// Goal: a mistaken rescue is gone from every list, and can be repeated.
async fn withdrawn_rescue_leaves_nothing(store: &dyn Store) {
    for _ in 0..2 {
        rescue(store, 1, commit(1)).await;
        assert_eq!(store.withdraw(match_id(1)).await.unwrap(), None);
        assert_eq!(store.matched(match_id(1)).await.unwrap(), None);
        assert_eq!(store.story(story_id(1)).await.unwrap(), None);
        assert_eq!(store.sketches(at(0)).await.unwrap().len(), 0);
        for story in [None, Some(story_id(1))] {
            let filter = MatchFilter { story, ..MatchFilter::default() };
            let page = store.matches(filter, PageRequest::first(9)).await.unwrap();
            assert_eq!(page.items, []);
        }
        assert_eq!(store.near_miss(match_id(1)).await.unwrap(), Some(near_miss(1)));
        let counts = store.counts().await.unwrap();
        let disk_bytes = counts.disk_bytes;
        let expected =
            Counts { near_misses: 1, near_misses_open: 1, disk_bytes, ..Counts::default() };
        assert_eq!(counts, expected);
    }
}

/// Goal: the other matches of a story are untouched, also when the first one goes.
async fn withdrawn_rescue_leaves_its_story(store: &dyn Store) {
    rescue(store, 1, commit(1)).await;
    store.commit(joining(2, 1, 2)).await.unwrap();
    rescue(store, 3, joining(3, 1, 3)).await;
    let left = store.withdraw(match_id(3)).await.unwrap().unwrap();
    assert_eq!((left.size, left.revision, left.updated), (2, 4, created(2)));
    assert_eq!(left.first_match, match_id(1));
    let left = store.withdraw(match_id(1)).await.unwrap().unwrap();
    let second = story(2);
    assert_eq!((left.id, left.size, left.revision), (story_id(1), 1, 5));
    assert_eq!((left.first_match, left.title.as_str()), (second.first_match, &*second.title));
    assert_eq!((left.first_published, left.updated), (second.first_published, second.updated));
    assert_eq!(store.story(left.id).await.unwrap(), Some(left.clone()));
    let filter = MatchFilter { story: Some::<StoryId>(left.id), ..MatchFilter::default() };
    let page = store.matches(filter, PageRequest::first(9)).await.unwrap();
    assert!(page.items.iter().map(|matched| matched.id).eq([match_id(2)]));
}

/// Goal: nobody is told of a match that is gone, and what was told stays on record.
async fn withdrawal_calls_pending_alerts_back(store: &dyn Store) {
    for number in 1..=3 {
        rescue(store, number, commit(number)).await;
    }
    let taken = Settlement::Delivered { at: at(9) };
    settle(store, delivery_id(1, "desk"), failed_attempt(), taken).await.unwrap();
    // Somebody is sending this one.
    let in_flight = lease(store, "desk", created(2), 1).await.remove(0);
    assert_eq!(in_flight.delivery.matched, Some(match_id(2)));
    for number in 1..=3 {
        store.withdraw(match_id(number)).await.unwrap();
    }
    let state = async |number| {
        let delivery = store.delivery(delivery_id(number, "desk")).await.unwrap();
        delivery.map(|delivery| delivery.state)
    };
    assert_eq!(state(1).await, Some(DeliveryState::Delivered { at: at(9) }));
    assert_eq!(state(2).await, Some(DeliveryState::Pending { due: created(2) }));
    assert_eq!(state(3).await, None);
    assert_eq!(store.counts().await.unwrap().deliveries_pending, 1);
    assert_eq!(leased(store, "desk", created(9), 9).await, []);
    let id = delivery_id(2, "desk");
    store.settle(id, in_flight.fence, failed_attempt(), taken).await.unwrap();
    rescue(store, 3, commit(3)).await;
    assert_eq!(leased(store, "desk", created(9), 9).await.len(), 1);
}

/// Goal: a wrong id never deletes what silkwire flagged itself.
async fn only_a_rescue_is_withdrawn(store: &dyn Store) {
    store.commit(commit(1)).await.unwrap();
    store.commit(near_misses([2].into_iter())).await.unwrap();
    for number in 1..=3 {
        let error = store.withdraw(match_id(number)).await.unwrap_err();
        assert!(matches!(error, StoreError::Unknown { .. }), "{error}");
    }
    assert!(store.matched(match_id(1)).await.unwrap().is_some());
}

/// Goal: adding and removing a feed in turn ends with what was done last.
async fn feed_changes_replace_each_other(store: &dyn Store) {
    let added = FeedChange::Added(Box::new(Feed {
        title: "Azərtac 日本語".to_owned(),
        ..Feed::at("https://example.org/a.xml".parse().unwrap())
    }));
    let removed = FeedChange::Removed(feed());
    let other = FeedChange::Removed(FeedId::of_url("https://example.org/b.xml"));
    for change in [added.clone(), removed, other.clone(), added.clone()] {
        store.change_feed(change).await.unwrap();
    }
    let changes = store.feed_changes().await.unwrap();
    assert_eq!(changes.len(), 2);
    assert!(changes.contains(&added) && changes.contains(&other));
}

/// Goal: a revoked token stays in the list, under its name.
async fn tokens_are_kept_by_name(store: &dyn Store) {
    let token = |name: &str| Token {
        name: name.to_owned(),
        role: Role::Reviewer,
        hash: "ab".repeat(32),
        created: at(0),
        revoked: None,
    };
    for name in ["東京", "a", "ab"] {
        store.set_token(token(name)).await.unwrap();
    }
    let revoked = Token { revoked: Some(at(1)), ..token("ab") };
    store.set_token(revoked.clone()).await.unwrap();
    assert_eq!(store.tokens().await.unwrap(), [token("a"), revoked, token("東京")]);
}
