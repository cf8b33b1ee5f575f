//! What every store must do with commits and lists, run against each of them.

use futures_util::future::join_all;
use silkwire::model::{ArticleId, Language, StoryId};
use silkwire::store::{
    Announcement, Commit, DeliveryFilter, Fence, MatchFilter, PageRequest, Settlement, Store,
    StoreError, StoryChange,
};

use crate::store_engines::{leased, settle};
use crate::store_samples::{
    article, article_id, at, commit, created, delivery, delivery_id, failed_attempt, feed,
    feed_state, match_commit, match_id, matched, noise, seen, seen_key, sighting, sketch, story,
    story_id,
};

contract![
    commit_stores_everything,
    conflict_stores_nothing,
    same_commit_twice_changes_nothing,
    commits_at_once_are_all_stored,
    edit_updates_article_and_match_only,
    matches_are_listed_newest_first,
    filters_choose_matches,
    pages_hold_while_matches_arrive,
    unknown_cursor_is_refused,
    ten_thousand_seen_keys_fit,
    huge_texts_come_back,
    texts_of_all_scripts_come_back,
    old_sketches_go,
    finished_polls_are_seen_at_once,
    closed_store_refuses,
];

/// Goal: a match is never without its text, its story, its alert or its place among the known.
async fn commit_stores_everything(store: &dyn Store) {
    let mut commit = commit(1);
    commit.seen = seen(100..103);
    store.commit(commit).await.unwrap();
    assert_eq!(store.article(article_id(1)).await.unwrap(), Some(article(1)));
    assert_eq!(store.matched(match_id(1)).await.unwrap(), Some(matched(1)));
    assert_eq!(store.story(story_id(1)).await.unwrap(), Some(story(1)));
    assert_eq!(*store.sketches(created(1)).await.unwrap()[0], sketch(1));
    let id = delivery_id(1, "desk");
    assert_eq!(store.delivery(id).await.unwrap(), Some(delivery(1, "desk")));
    let keys = vec![seen_key(100), seen_key(7), seen_key(1), seen_key(102)];
    let expected = [Some(sighting(100)), None, Some(sighting(1)), Some(sighting(102))];
    assert_eq!(store.sightings(keys).await.unwrap(), expected);
    assert_eq!(store.feed_state(feed()).await.unwrap(), Some(feed_state(1)));
    assert_eq!(store.feed_states().await.unwrap(), [feed_state(1)]);
    assert_eq!(store.article(ArticleId::from_be_bytes([0; 8])).await.unwrap(), None);
    assert_eq!(store.story(StoryId::from_be_bytes([0; 8])).await.unwrap(), None);
}

/// Goal: two polls that change one story at once cannot overwrite each other's decision.
/// Method: a commit opens one story and changes another one, on which somebody was faster.
async fn conflict_stores_nothing(store: &dyn Store) {
    store.commit(commit(1)).await.unwrap();
    let mut grown = story(1);
    grown.revision = 2;
    grown.size = 2;
    let growth = StoryChange::untold(grown.clone(), Some(1));
    let grow = Commit { stories: vec![growth], ..Commit::default() };
    store.commit(grow.clone()).await.unwrap();
    let mut other = grown.clone();
    other.size = 3;
    let mut late = commit(2);
    late.seen = seen(100..400);
    for (story, expected) in [(other.clone(), Some(1)), (other.clone(), None), (other, Some(7))] {
        let mut late = late.clone();
        late.stories.push(StoryChange::untold(story, expected));
        assert!(matches!(store.commit(late).await, Err(StoreError::Conflict)));
    }
    let missing = StoryChange::untold(story(3), Some(1));
    let missing = Commit { stories: vec![missing], ..Commit::default() };
    assert!(matches!(store.commit(missing).await, Err(StoreError::Conflict)));

    assert_eq!(store.story(story_id(1)).await.unwrap(), Some(grown));
    assert_eq!(store.story(story_id(2)).await.unwrap(), None);
    assert_eq!(store.article(article_id(2)).await.unwrap(), None);
    assert_eq!(store.delivery(delivery_id(2, "desk")).await.unwrap(), None);
    assert_eq!(store.sightings(vec![seen_key(100)]).await.unwrap(), [None]);
    assert_eq!(store.sketches(at(0)).await.unwrap().len(), 1);
    assert_eq!(store.feed_state(feed()).await.unwrap(), Some(feed_state(1)));
}

/// Goal: a caller who does not know whether a commit arrived may send it again, even when its
/// alert was delivered meanwhile.
async fn same_commit_twice_changes_nothing(store: &dyn Store) {
    let mut first = commit(1);
    first.seen = seen(100..500);
    store.commit(first.clone()).await.unwrap();
    let id = delivery_id(1, "desk");
    let taken = Settlement::Delivered { at: at(5) };
    settle(store, id, failed_attempt(), taken).await.unwrap();
    let before = store.delivery(id).await.unwrap();

    store.commit(first).await.unwrap();
    assert_eq!(store.delivery(id).await.unwrap(), before);
    assert_eq!(store.next_due("desk").await.unwrap(), None);
    assert_eq!(store.story(story_id(1)).await.unwrap(), Some(story(1)));
    assert_eq!(store.sketches(at(0)).await.unwrap().len(), 1);
    let matches = store.matches(MatchFilter::default(), PageRequest::first(9)).await.unwrap();
    assert_eq!(matches.items, [matched(1)]);
    let all = store.deliveries(DeliveryFilter::default(), PageRequest::first(9)).await.unwrap();
    assert_eq!(all.items.len(), 1);
}

/// Goal: many feeds that answer at the same moment lose nothing.
async fn commits_at_once_are_all_stored(store: &dyn Store) {
    let outcomes = join_all((0..100).map(|number| store.commit(commit(number)))).await;
    assert!(outcomes.iter().all(Result::is_ok));
    let page = store.matches(MatchFilter::default(), PageRequest::first(200)).await.unwrap();
    let expected: Vec<_> = (0..100).rev().map(matched).collect();
    assert_eq!(page.items, expected);
}

/// Goal: a publisher who corrects an article does not alert anybody twice.
async fn edit_updates_article_and_match_only(store: &dyn Store) {
    store.commit(commit(1)).await.unwrap();
    let mut edit = match_commit(1, &[]);
    edit.article.title.push_str(" (korrigiert)");
    edit.matched.aspects.clear();
    edit.sketch = None;
    edit.seen[0].1.content = 3;
    edit.announcement = Announcement::Settled;
    let matches = vec![edit.clone()];
    store.commit(Commit { matches, ..Commit::default() }).await.unwrap();
    assert_eq!(store.article(article_id(1)).await.unwrap(), Some(edit.article));
    let page = store.matches(MatchFilter::default(), PageRequest::first(9)).await.unwrap();
    assert_eq!(page.items, [edit.matched]);
    assert_eq!(store.sightings(vec![seen_key(1)]).await.unwrap()[0].unwrap().content, 3);
    assert_eq!(store.sketches(at(0)).await.unwrap().len(), 1);
    let id = delivery_id(1, "desk");
    assert_eq!(store.delivery(id).await.unwrap(), Some(delivery(1, "desk")));
}

/// Goal: the newest match stands on top, whatever order they came in and whatever their ids.
async fn matches_are_listed_newest_first(store: &dyn Store) {
    for number in [3, 1, 5, 2, 4] {
        store.commit(commit(number)).await.unwrap();
    }
    let request = PageRequest::first(2);
    let first = store.matches(MatchFilter::default(), request).await.unwrap();
    assert_eq!(first.items, [matched(5), matched(4)]);
    let request = PageRequest { limit: 3, after: first.next };
    let last = store.matches(MatchFilter::default(), request).await.unwrap();
    assert_eq!(last.items, [matched(3), matched(2), matched(1)]);
    assert_eq!(last.next, None);
}

/// Goal: a reader sees one feed, language, story or day, and pages through it.
async fn filters_choose_matches(store: &dyn Store) {
    for number in 0..20 {
        let mut commit = commit(number);
        if number % 2 == 0 {
            commit.matches[0].matched.language = Language::of_tag("ja").unwrap();
        }
        store.commit(commit).await.unwrap();
    }
    let japanese = MatchFilter {
        language: Some(Language::of_tag("ja").unwrap()),
        since: Some(created(3)),
        feed: Some(feed()),
        ..MatchFilter::default()
    };
    let mut request = PageRequest::first(3);
    let mut found = Vec::new();
    loop {
        let page = store.matches(japanese.clone(), request).await.unwrap();
        found.extend(page.items.into_iter().map(|matched| matched.id));
        let Some(next) = page.next else { break };
        request = PageRequest { limit: 3, after: Some(next) };
    }
    assert_eq!(found, [18, 16, 14, 12, 10, 8, 6, 4].map(match_id));
    let one = MatchFilter { story: Some(story_id(6)), ..MatchFilter::default() };
    let page = store.matches(one, PageRequest::first(9)).await.unwrap();
    assert_eq!(page.items.len(), 1);
}

/// Goal: an export that takes its time gets every match once.
async fn pages_hold_while_matches_arrive(store: &dyn Store) {
    for number in 0..10 {
        store.commit(commit(number)).await.unwrap();
    }
    let mut found = Vec::new();
    let mut request = PageRequest::first(3);
    for arriving in 10.. {
        let page = store.matches(MatchFilter::default(), request).await.unwrap();
        found.extend(page.items.into_iter().map(|matched| matched.id));
        let Some(next) = page.next else { break };
        request = PageRequest { limit: 3, after: Some(next) };
        store.commit(commit(arriving)).await.unwrap();
    }
    let expected: Vec<_> = (0..10).rev().map(match_id).collect();
    assert_eq!(found, expected);
}

/// Goal: a mistyped cursor is named, not taken for the first page.
async fn unknown_cursor_is_refused(store: &dyn Store) {
    let request = PageRequest { limit: 3, after: Some("日本".to_owned()) };
    let error = store.matches(MatchFilter::default(), request).await.unwrap_err();
    assert_eq!(error.to_string(), "page cursor \"日本\" is unknown");
}

/// Goal: the first poll of a feed with its whole archive is one commit.
async fn ten_thousand_seen_keys_fit(store: &dyn Store) {
    let mut commit = commit(1);
    commit.seen = seen(10..10_010);
    store.commit(commit).await.unwrap();
    let keys: Vec<_> = (10..10_011).map(seen_key).collect();
    let sightings = store.sightings(keys).await.unwrap();
    let expected = (10..10_010).map(|number| Some(sighting(number))).chain([None]);
    assert!(sightings.into_iter().eq(expected));
    assert_eq!(store.feed_state(feed()).await.unwrap(), Some(feed_state(1)));
}

/// Goal: a report of a hundred pages is kept whole, and so is its shorter correction.
async fn huge_texts_come_back(store: &dyn Store) {
    for characters in [70_000, 70_001, 10, 0, 9_000] {
        let mut commit = commit(1);
        commit.matches[0].article.body = noise(characters);
        let expected = commit.matches[0].article.clone();
        store.commit(commit).await.unwrap();
        assert_eq!(store.article(article_id(1)).await.unwrap(), Some(expected));
    }
}

/// Goal: no script is second class, not even in a receiver's name.
async fn texts_of_all_scripts_come_back(store: &dyn Store) {
    let title = "Азербайджан アゼルバイジャン Azərbaycan أذربيجان 🇦🇿🇯🇵 e\u{301}\0";
    let receiver = "報道 / отдел";
    let mut commit = commit(1);
    commit.matches[0] = match_commit(1, &[receiver]);
    title.clone_into(&mut commit.matches[0].article.title);
    store.commit(commit).await.unwrap();
    assert_eq!(store.article(article_id(1)).await.unwrap().unwrap().title, title);
    assert_eq!(leased(store, receiver, created(1), 9).await, [delivery(1, receiver)]);
}

/// Goal: story decisions look at two weeks, oldest first, and memory stays bounded.
async fn old_sketches_go(store: &dyn Store) {
    let days = |n: u64| n * 86_400;
    for number in [days(0), days(1), days(13), days(14)] {
        store.commit(commit(number)).await.unwrap();
    }
    let numbers = async |since| -> Vec<_> {
        let sketches = store.sketches(since).await.unwrap();
        sketches.iter().map(|sketch| sketch.published).collect()
    };
    assert_eq!(numbers(at(0)).await, [0, 1, 13, 14].map(|day| created(days(day))));
    assert_eq!(numbers(at(1)).await, [1, 13, 14].map(|day| created(days(day))));
    store.commit(commit(days(15) + 1)).await.unwrap();
    // One that comes too late is not kept either.
    store.commit(commit(days(1) - 1)).await.unwrap();
    let expected = [days(13), days(14), days(15) + 1].map(created);
    assert_eq!(numbers(at(0)).await, expected);
}

/// Goal: the scheduler does not poll a feed twice because its last state is not on disk yet.
async fn finished_polls_are_seen_at_once(store: &dyn Store) {
    store.finish(feed_state(1), None).await.unwrap();
    assert_eq!(store.feed_state(feed()).await.unwrap(), Some(feed_state(1)));
    store.commit(commit(2)).await.unwrap();
    assert_eq!(store.feed_states().await.unwrap(), [feed_state(2)]);
    store.finish(feed_state(3), None).await.unwrap();
    assert_eq!(store.feed_states().await.unwrap(), [feed_state(3)]);
    assert_eq!(store.feed_state(feed()).await.unwrap(), Some(feed_state(3)));
}

/// Goal: a task that is late at shutdown gets an error, not a wrong answer.
async fn closed_store_refuses(store: &dyn Store) {
    store.commit(commit(1)).await.unwrap();
    store.ping().await.unwrap();
    store.close().await.unwrap();
    store.close().await.unwrap();
    let errors = [
        store.commit(commit(2)).await.unwrap_err(),
        store.finish(feed_state(1), None).await.unwrap_err(),
        store.ping().await.unwrap_err(),
        store.matched(match_id(1)).await.unwrap_err(),
        store.sketches(at(0)).await.unwrap_err(),
        store.lease("desk", at(0), at(1), 1).await.unwrap_err(),
        store.release(delivery_id(1, "desk"), Fence::new(1)).await.unwrap_err(),
        store.next_due("desk").await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.to_string(), "store does not answer: it is closed");
    }
}
