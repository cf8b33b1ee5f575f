//! What every store must do with verdicts, run against each of them.

use silkwire::model::ReviewVerdict::{NotRelevant, Relevant, Unsure};
use silkwire::model::{Review, ReviewVerdict, Subject, Timestamp};
use silkwire::store::{
    Commit, Counts, Judged, MatchFilter, PageRequest, ReviewChange, Store, StoreError, StoryFilter,
    Undone,
};

use crate::store_samples::{at, commit, created, joining, match_commit, match_id, story_id};

contract![
    reviews_are_kept,
    second_opinion_does_not_overwrite_unseen,
    verdict_of_a_story_goes_to_its_matches,
    joining_match_inherits_a_fresh_verdict,
    commit_leaves_reviews_alone,
    undo_goes_back_step_by_step,
    undo_passes_over_what_others_changed,
    undo_of_a_story_takes_back_what_was_inherited,
    undo_goes_back_far,
    matches_are_filtered_by_verdict,
    stories_are_listed_by_last_change,
    story_pages_hold_while_stories_grow,
    counts_follow_everything,
];

fn say(subject: Subject, verdict: Option<ReviewVerdict>, by: &str) -> ReviewChange {
    let by = by.to_owned();
    ReviewChange { subject, verdict: Some(verdict), note: None, by, at: at(0), expected: None }
}

fn of_match(number: u64) -> Subject {
    Subject::Match(match_id(number))
}

fn of_story(number: u64) -> Subject {
    Subject::Story(story_id(number))
}

async fn match_review(store: &dyn Store, number: u64) -> Option<Review> {
    store.matched(match_id(number)).await.unwrap().unwrap().review
}

/// The verdict on a match, and whether it is the story's.
async fn match_verdict(store: &dyn Store, number: u64) -> (Option<ReviewVerdict>, bool) {
    let review = match_review(store, number).await;
    review.map_or((None, false), |review| (review.verdict, review.is_inherited))
}

async fn story_verdict(store: &dyn Store, number: u64) -> Option<ReviewVerdict> {
    let reviewed = store.story(story_id(number)).await.unwrap().unwrap();
    reviewed.review.and_then(|review| review.verdict)
}

/// Stores match 1 and two more that join its story.
async fn story_of_three(store: &dyn Store) {
    for commit in [commit(1), joining(2, 1, 2), joining(3, 1, 3)] {
        store.commit(commit).await.unwrap();
    }
}

/// Goal: a verdict and a note are kept apart, with who said so.
async fn reviews_are_kept(store: &dyn Store) {
    store.commit(commit(1)).await.unwrap();
    let note = ReviewChange {
        verdict: None,
        note: Some(Some("看下 \u{1f441}".to_owned())),
        ..say(of_match(1), None, "aygün")
    };
    store.review(note).await.unwrap();
    let said = store.review(say(of_match(1), Some(Unsure), "健")).await;
    let expected = Review {
        verdict: Some(Unsure),
        note: None,
        by: "健".to_owned(),
        at: at(0),
        revision: 2,
        is_inherited: false,
    };
    let noted = Review { note: Some("看下 \u{1f441}".to_owned()), ..expected };
    assert_eq!(said.unwrap(), noted);
    assert_eq!(match_review(store, 1).await, Some(noted.clone()));
    let wiped = ReviewChange { note: Some(None), ..say(of_match(1), None, "健") };
    let wiped = store.review(wiped).await.unwrap();
    assert_eq!(wiped, Review { verdict: None, note: None, revision: 3, ..noted });
}

/// Goal: two people who judge at once learn of each other.
async fn second_opinion_does_not_overwrite_unseen(store: &dyn Store) {
    store.commit(commit(1)).await.unwrap();
    for subject in [of_match(1), of_story(1)] {
        let first = ReviewChange { expected: Some(0), ..say(subject, Some(Relevant), "a") };
        let revision = store.review(first.clone()).await.unwrap().revision;
        let late = ReviewChange { by: "b".to_owned(), verdict: Some(Some(Unsure)), ..first };
        assert!(matches!(store.review(late.clone()).await, Err(StoreError::Conflict)));
        let again = ReviewChange { expected: Some(revision), ..late };
        store.review(again).await.unwrap();
    }
    let error = store.review(say(of_match(7), None, "a")).await.unwrap_err();
    assert_eq!(error.to_string(), format!("match {} is unknown", match_id(7)));
}

/// Goal: one verdict on a story settles its copies, but never against what somebody said of one.
async fn verdict_of_a_story_goes_to_its_matches(store: &dyn Store) {
    story_of_three(store).await;
    store.commit(commit(9)).await.unwrap();
    store.review(say(of_match(2), Some(Relevant), "a")).await.unwrap();
    store.review(say(of_story(1), Some(NotRelevant), "b")).await.unwrap();
    assert_eq!(match_verdict(store, 1).await, (Some(NotRelevant), true));
    assert_eq!(match_verdict(store, 2).await, (Some(Relevant), false));
    assert_eq!(match_review(store, 3).await.unwrap().by, "b");
    assert_eq!(match_verdict(store, 9).await, (None, false));
    store.review(say(of_story(1), None, "b")).await.unwrap();
    assert_eq!(match_verdict(store, 1).await, (None, false));
    assert_eq!(match_verdict(store, 2).await, (Some(Relevant), false));
}

/// Goal: the tenth copy of a judged story needs no eleventh verdict; a month later it does.
async fn joining_match_inherits_a_fresh_verdict(store: &dyn Store) {
    const HOURS_72: u64 = 72 * 3_600;
    store.commit(commit(1)).await.unwrap();
    store.review(say(of_story(1), Some(Relevant), "a")).await.unwrap();
    store.commit(joining(HOURS_72, 1, 2)).await.unwrap();
    assert_eq!(match_verdict(store, HOURS_72).await, (Some(Relevant), true));
    store.commit(joining(HOURS_72 + 1, 1, 3)).await.unwrap();
    assert_eq!(match_verdict(store, HOURS_72 + 1).await, (None, false));
    // It belongs to the story all the same.
    store.review(say(of_story(1), None, "a")).await.unwrap();
    assert_eq!(match_verdict(store, HOURS_72).await, (None, false));
}

/// Goal: an edited article, or a story that grew from an older copy, keeps its verdict.
async fn commit_leaves_reviews_alone(store: &dyn Store) {
    store.commit(commit(1)).await.unwrap();
    store.review(say(of_story(1), Some(Relevant), "a")).await.unwrap();
    let reviewed = match_review(store, 1).await;
    let matches = vec![match_commit(1, &[])];
    store.commit(Commit { matches, ..Commit::default() }).await.unwrap();
    store.commit(commit(1)).await.unwrap();
    store.commit(joining(2, 1, 2)).await.unwrap();
    assert_eq!(match_review(store, 1).await, reviewed);
    assert_eq!(story_verdict(store, 1).await, Some(Relevant));
}

/// Goal: a slip of the finger, and the one before, are taken back without a trace but the number.
async fn undo_goes_back_step_by_step(store: &dyn Store) {
    for number in 1..=2 {
        store.commit(commit(number)).await.unwrap();
    }
    for (number, verdict) in [(1, Relevant), (2, Unsure), (1, NotRelevant)] {
        store.review(say(of_match(number), Some(verdict), "a")).await.unwrap();
    }
    // A note of one's own on top is no obstacle.
    let note = ReviewChange {
        verdict: None,
        note: Some(Some("?".to_owned())),
        ..say(of_match(1), None, "a")
    };
    store.review(note).await.unwrap();
    assert_eq!(store.undo("b", at(9)).await.unwrap(), None);
    assert_eq!(store.undo("a", at(9)).await.unwrap(), Some(Undone::Review(of_match(1))));
    let review = match_review(store, 1).await.unwrap();
    assert_eq!((review.verdict, review.note, review.revision), (Some(Relevant), None, 4));
    assert_eq!(store.undo("a", at(9)).await.unwrap(), Some(Undone::Review(of_match(2))));
    assert_eq!(store.undo("a", at(9)).await.unwrap(), Some(Undone::Review(of_match(1))));
    for number in 1..=2 {
        assert_eq!(match_verdict(store, number).await, (None, false));
    }
    assert_eq!(store.undo("a", at(9)).await.unwrap(), None);
}

/// Goal: nobody's undo removes what somebody else said.
async fn undo_passes_over_what_others_changed(store: &dyn Store) {
    for number in 1..=3 {
        store.commit(commit(number)).await.unwrap();
    }
    let said = [
        (1, Relevant, "a"),
        (2, Relevant, "a"),
        (3, Relevant, "a"),
        (3, Unsure, "b"),
        (2, NotRelevant, "b"),
        (2, Unsure, "a"),
    ];
    for (number, verdict, by) in said {
        store.review(say(of_match(number), Some(verdict), by)).await.unwrap();
    }
    // Back to what b said, and no further: b said it after a.
    assert_eq!(store.undo("a", at(9)).await.unwrap(), Some(Undone::Review(of_match(2))));
    assert_eq!(match_review(store, 2).await.unwrap().by, "b");
    assert_eq!(store.undo("a", at(9)).await.unwrap(), Some(Undone::Review(of_match(1))));
    assert_eq!(match_verdict(store, 2).await, (Some(NotRelevant), false));
    assert_eq!(match_verdict(store, 3).await, (Some(Unsure), false));
    assert_eq!(store.undo("b", at(9)).await.unwrap(), Some(Undone::Review(of_match(3))));
    assert_eq!(match_verdict(store, 3).await, (Some(Relevant), false));
}

/// Goal: a verdict on the wrong story leaves nothing behind in its matches.
async fn undo_of_a_story_takes_back_what_was_inherited(store: &dyn Store) {
    story_of_three(store).await;
    store.review(say(of_story(1), Some(Relevant), "b")).await.unwrap();
    store.review(say(of_match(2), Some(Unsure), "a")).await.unwrap();
    store.review(say(of_story(1), Some(NotRelevant), "b")).await.unwrap();
    assert_eq!(store.undo("b", at(9)).await.unwrap(), Some(Undone::Review(of_story(1))));
    assert_eq!(match_verdict(store, 1).await, (Some(Relevant), true));
    store.review(say(of_story(1), Some(NotRelevant), "b")).await.unwrap();
    // A match that inherits again follows its story as it stands now.
    assert_eq!(store.undo("a", at(9)).await.unwrap(), Some(Undone::Review(of_match(2))));
    assert_eq!(match_verdict(store, 2).await, (Some(NotRelevant), true));
    for _ in 0..2 {
        assert_eq!(store.undo("b", at(9)).await.unwrap(), Some(Undone::Review(of_story(1))));
    }
    for number in 1..=3 {
        assert_eq!(match_verdict(store, number).await, (None, false));
    }
}

/// Goal: an hour's work can be taken back.
async fn undo_goes_back_far(store: &dyn Store) {
    for number in 0..60 {
        store.commit(commit(number)).await.unwrap();
        store.review(say(of_story(number), Some(Relevant), "a")).await.unwrap();
    }
    for number in (0..60).rev() {
        assert_eq!(store.undo("a", at(9)).await.unwrap(), Some(Undone::Review(of_story(number))));
    }
}

/// Goal: a reader exports what was judged relevant, and sees what is left to judge.
async fn matches_are_filtered_by_verdict(store: &dyn Store) {
    for number in 1..=4 {
        store.commit(commit(number)).await.unwrap();
    }
    store.review(say(of_match(2), Some(Relevant), "a")).await.unwrap();
    store.review(say(of_match(3), Some(Relevant), "a")).await.unwrap();
    store.review(say(of_match(3), None, "a")).await.unwrap();
    for (verdict, expected) in [
        (Judged::As(Relevant), vec![match_id(2)]),
        (Judged::As(Unsure), vec![]),
        (Judged::Open, [4, 3, 1].map(match_id).to_vec()),
    ] {
        let filter = MatchFilter { verdict: Some(verdict), ..MatchFilter::default() };
        let page = store.matches(filter, PageRequest::first(9)).await.unwrap();
        assert!(page.items.iter().map(|matched| matched.id).eq(expected));
    }
}

/// All stories of a filter, page by page; before each further page, `meanwhile` happens.
async fn story_ids(
    store: &dyn Store,
    filter: &StoryFilter,
    mut meanwhile: impl AsyncFnMut(usize),
) -> Vec<silkwire::model::StoryId> {
    let mut found = Vec::new();
    let mut request = PageRequest::first(2);
    loop {
        let page = store.stories(filter.clone(), request).await.unwrap();
        found.extend(page.items.into_iter().map(|story| story.id));
        let Some(next) = page.next else { return found };
        meanwhile(found.len()).await;
        request = PageRequest { limit: 2, after: Some(next) };
    }
}

/// Goal: the story that something happened to stands on top, in each list it belongs to.
async fn stories_are_listed_by_last_change(store: &dyn Store) {
    for number in 1..=5 {
        store.commit(commit(number)).await.unwrap();
    }
    store.commit(joining(6, 2, 2)).await.unwrap();
    store.review(say(of_story(2), Some(Relevant), "a")).await.unwrap();
    store.review(say(of_story(4), Some(Relevant), "a")).await.unwrap();
    let ids = async |verdict, since: Option<Timestamp>| {
        let filter = StoryFilter { verdict, since, language: None };
        story_ids(store, &filter, async |_| ()).await
    };
    assert_eq!(ids(None, None).await, [2, 5, 4, 3, 1].map(story_id));
    assert_eq!(ids(None, Some(created(4))).await, [2, 5, 4].map(story_id));
    assert_eq!(ids(Some(Judged::Open), None).await, [5, 3, 1].map(story_id));
    assert_eq!(ids(Some(Judged::As(Relevant)), None).await, [2, 4].map(story_id));
}

/// Goal: who reads the inbox to its end reads no story twice and misses none that was there.
async fn story_pages_hold_while_stories_grow(store: &dyn Store) {
    for number in 0..10 {
        store.commit(commit(number)).await.unwrap();
    }
    let all = StoryFilter::default();
    let found = story_ids(store, &all, async |n| {
        let number = u64::try_from(n).unwrap();
        store.commit(commit(100 + number)).await.unwrap();
        // One that was read already moves to the top.
        store.commit(joining(200 + number, 10 - number, 2)).await.unwrap();
    });
    assert_eq!(found.await, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map(story_id));
}

/// Goal: the figures above the inbox are right after everything that can happen.
async fn counts_follow_everything(store: &dyn Store) {
    story_of_three(store).await;
    for number in [4, 5, 6, 4] {
        store.commit(commit(number)).await.unwrap();
    }
    store.review(say(of_story(1), Some(Relevant), "a")).await.unwrap();
    store.review(say(of_story(4), Some(NotRelevant), "a")).await.unwrap();
    store.review(say(of_story(5), Some(Unsure), "a")).await.unwrap();
    store.review(say(of_story(5), Some(NotRelevant), "a")).await.unwrap();
    let counts = store.counts().await.unwrap();
    let expected = Counts {
        matches: 6,
        stories: 4,
        stories_open: 1,
        stories_relevant: 1,
        stories_not_relevant: 2,
        deliveries_pending: 4,
        disk_bytes: counts.disk_bytes,
        ..Counts::default()
    };
    assert_eq!(counts, expected);
}
