//! What every store must do with corrections of stories, run against each of them.

use std::collections::BTreeMap;

use silkwire::model::ReviewVerdict::{NotRelevant, Relevant};
use silkwire::model::{
    Kinship, MatchId, Member, Review, ReviewVerdict, Story, StoryId, StoryLink, Subject,
};
use silkwire::store::{
    Commit, Corrected, Correction, CorrectionOrder, Counts, DeliveryFilter, DiskStore, MatchFilter,
    PageRequest, ReviewChange, Reviews, Store, StoreError, StoryChange, StoryFilter, Undone,
};

use crate::store_samples::{article, at, commit, match_commit, match_id, near_misses, story_id};

contract![
    moved_article_is_in_the_other_story,
    split_off_articles_are_a_story_of_their_own,
    opener_is_split_off_under_another_name,
    merged_story_leads_on,
    last_article_takes_its_story_along,
    later_articles_follow_a_correction,
    nonsense_is_refused,
    second_look_does_not_overwrite_unseen,
    verdict_of_the_new_story_counts,
    undo_brings_everything_back,
    undo_goes_back_over_corrections_and_verdicts,
    undo_leaves_what_others_moved,
    undo_follows_a_merged_story,
    machines_leave_articles_where_people_put_them,
    commit_on_a_corrected_story_decides_again,
    moved_rescue_is_withdrawn,
    nobody_is_told_of_a_correction,
];

/// Stores a story of matches `first` and `others`, each linked to the first.
async fn grow(store: &dyn Store, first: u64, others: &[u64]) {
    store.commit(commit(first)).await.unwrap();
    for number in others {
        join(store, *number, story_id(first), first).await;
    }
}

/// Match `number` joins `story` by the machine's decision.
async fn join(store: &dyn Store, number: u64, known: StoryId, nearest: u64) {
    store.commit(joining(store, number, known, nearest).await).await.unwrap();
}

async fn joining(store: &dyn Store, number: u64, known: StoryId, nearest: u64) -> Commit {
    let mut grown = story(store, known).await;
    let expected = Some(grown.revision);
    let mut new = match_commit(number, &[]);
    new.matched.story = known;
    let why = "the same words".to_owned();
    let nearest = match_id(nearest);
    new.matched.link = Some(StoryLink { nearest, kinship: Kinship::Copy, why });
    new.sketch.iter_mut().for_each(|sketch| sketch.story = known);
    grown.grow(Member::new(&new.matched, &new.article));
    let stories = vec![StoryChange::untold(grown, expected)];
    Commit { matches: vec![new], stories, ..Commit::default() }
}

async fn correct(
    store: &dyn Store,
    by: &str,
    correction: Correction,
) -> Result<Corrected, StoreError> {
    let (by, at) = (by.to_owned(), at(7));
    store.correct(CorrectionOrder { correction, by, at, expected: Vec::new() }).await
}

fn moving(numbers: &[u64], to: StoryId) -> Correction {
    Correction::Move { matches: ids(numbers), to }
}

fn splitting(numbers: &[u64]) -> Correction {
    Correction::Split { matches: ids(numbers) }
}

fn merging(from: StoryId, into: StoryId) -> Correction {
    Correction::Merge { from, into }
}

fn ids(numbers: &[u64]) -> Vec<MatchId> {
    numbers.iter().map(|number| match_id(*number)).collect()
}

async fn story_of(store: &dyn Store, number: u64) -> StoryId {
    store.matched(match_id(number)).await.unwrap().unwrap().story
}

async fn story(store: &dyn Store, id: StoryId) -> Story {
    store.story(id).await.unwrap().unwrap()
}

/// The matches of a story in its own list, oldest first.
async fn members(store: &dyn Store, id: StoryId) -> Vec<MatchId> {
    let filter = MatchFilter { story: Some(id), ..MatchFilter::default() };
    let page = store.matches(filter, PageRequest::first(99)).await.unwrap();
    page.items.into_iter().rev().map(|matched| matched.id).collect()
}

async fn listed(store: &dyn Store) -> Vec<StoryId> {
    let page = store.stories(StoryFilter::default(), PageRequest::first(99)).await.unwrap();
    page.items.into_iter().map(|story| story.id).collect()
}

/// Which story each sketch leads to.
async fn sketched(store: &dyn Store) -> BTreeMap<MatchId, StoryId> {
    let sketches = store.sketches(at(0)).await.unwrap();
    sketches.iter().map(|sketch| (sketch.matched, sketch.story)).collect()
}

async fn judge(store: &dyn Store, subject: Subject, verdict: ReviewVerdict, by: &str) {
    let change = ReviewChange {
        subject,
        verdict: Some(Some(verdict)),
        note: None,
        by: by.to_owned(),
        at: at(0),
        expected: None,
    };
    store.review(change).await.unwrap();
}

/// The verdict on a match, and whether it is the story's.
async fn verdict(store: &dyn Store, number: u64) -> (Option<ReviewVerdict>, bool) {
    let review = store.matched(match_id(number)).await.unwrap().unwrap().review;
    review.map_or((None, false), |review| (review.verdict, review.is_inherited))
}

/// Goal: an article under the wrong event is put right, and both stories say so.
async fn moved_article_is_in_the_other_story(store: &dyn Store) {
    grow(store, 1, &[2, 3]).await;
    grow(store, 4, &[]).await;
    let corrected = correct(store, "a", moving(&[3, 3], story_id(4))).await.unwrap();
    assert_eq!(corrected.n_moved, 1);
    assert_eq!(members(store, story_id(1)).await, ids(&[1, 2]));
    assert_eq!(members(store, story_id(4)).await, ids(&[3, 4]));
    let (from, to) = (story(store, story_id(1)).await, story(store, story_id(4)).await);
    assert_eq!((from.size, from.revision), (2, 4));
    assert_eq!((to.size, to.revision), (2, 2));
    assert_eq!((&corrected.from, &corrected.to), (&from, &to));
    // It was published before the others there.
    assert_eq!((to.first_match, to.first_publisher()), (match_id(3), match_id(3)));
    assert_eq!(to.title, article(3).title);
    let moved = store.matched(match_id(3)).await.unwrap().unwrap();
    let placed = moved.placed.unwrap();
    assert_eq!((placed.by.as_str(), placed.at), ("a", at(7)));
    assert_eq!(moved.link, None);
}

/// Goal: two events in one row become two rows.
async fn split_off_articles_are_a_story_of_their_own(store: &dyn Store) {
    grow(store, 1, &[2, 3, 4]).await;
    let corrected = correct(store, "a", splitting(&[4, 3])).await.unwrap();
    let new = StoryId::opened_by(match_id(3));
    assert_eq!(corrected.to.id, new);
    assert_eq!(members(store, new).await, ids(&[3, 4]));
    assert_eq!(members(store, story_id(1)).await, ids(&[1, 2]));
    let new = story(store, new).await;
    assert_eq!((new.size, new.revision, new.first_match), (2, 1, match_id(3)));
    assert_eq!(listed(store).await, [new.id, story_id(1)]);
}

/// Goal: a story keeps its address when the article that opened it leaves, and one name never
/// stands for two stories.
async fn opener_is_split_off_under_another_name(store: &dyn Store) {
    grow(store, 1, &[2, 3]).await;
    let first = correct(store, "a", splitting(&[1])).await.unwrap();
    assert_ne!(first.to.id, story_id(1));
    assert_eq!(story(store, story_id(1)).await.first_match, match_id(2));
    // Back in its story and out again: the same name, since nothing else took it.
    correct(store, "a", merging(first.to.id, story_id(1))).await.unwrap();
    let again = correct(store, "b", splitting(&[1])).await.unwrap();
    assert_eq!(again.to.id, first.to.id);
    assert_eq!(again.to.merged_into, None);
    assert_eq!(members(store, again.to.id).await, ids(&[1]));
    // While another article is in that story, the name is taken.
    correct(store, "a", moving(&[2], again.to.id)).await.unwrap();
    let third = correct(store, "a", splitting(&[1])).await.unwrap();
    assert!(![story_id(1), again.to.id].contains(&third.to.id));
}

/// Goal: an old link to a story that was merged away, twice, leads to its articles.
async fn merged_story_leads_on(store: &dyn Store) {
    for first in [1, 4, 7] {
        grow(store, first, &[first + 1]).await;
    }
    let corrected = correct(store, "a", merging(story_id(1), story_id(4))).await.unwrap();
    assert_eq!((corrected.from.size, corrected.from.merged_into), (0, Some(story_id(4))));
    assert_eq!(corrected.to.size, 4);
    correct(store, "a", merging(story_id(4), story_id(7))).await.unwrap();
    assert_eq!(listed(store).await, [story_id(7)]);
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.stories, counts.matches), (1, 6));
    for first in [1, 4, 7] {
        let found = store.current_story(story_id(first)).await.unwrap().unwrap();
        assert_eq!((found.id, found.size), (story_id(7), 6));
    }
    assert_eq!(store.current_story(story_id(9)).await.unwrap(), None);
    // A story that was merged away can be no end of a circle.
    let back = correct(store, "a", merging(story_id(7), story_id(1))).await.unwrap_err();
    let reason = format!("story {} was merged into story {}", story_id(1), story_id(4));
    assert_eq!(back.to_string(), reason);
}

/// Goal: no row without articles is left behind.
async fn last_article_takes_its_story_along(store: &dyn Store) {
    grow(store, 1, &[]).await;
    grow(store, 4, &[]).await;
    let corrected = correct(store, "a", moving(&[1], story_id(4))).await.unwrap();
    assert_eq!(corrected.from.merged_into, Some(story_id(4)));
    assert_eq!(listed(store).await, [story_id(4)]);
}

/// Goal: what people corrected once stays right for the articles that follow.
async fn later_articles_follow_a_correction(store: &dyn Store) {
    grow(store, 1, &[2, 3]).await;
    grow(store, 4, &[]).await;
    let split = correct(store, "a", splitting(&[2])).await.unwrap().to.id;
    correct(store, "a", moving(&[3], story_id(4))).await.unwrap();
    let expected = [(1, story_id(1)), (2, split), (3, story_id(4)), (4, story_id(4))];
    let expected = expected.map(|(number, story)| (match_id(number), story));
    assert_eq!(sketched(store).await, BTreeMap::from(expected));
    correct(store, "a", merging(split, story_id(4))).await.unwrap();
    assert_eq!(sketched(store).await[&match_id(2)], story_id(4));
    store.undo("a", at(9)).await.unwrap();
    assert_eq!(sketched(store).await[&match_id(2)], split);
}

/// Goal: a slip says what is wrong and changes nothing.
async fn nonsense_is_refused(store: &dyn Store) {
    grow(store, 1, &[2]).await;
    grow(store, 4, &[]).await;
    let cases = [
        (merging(story_id(1), story_id(1)), "a story cannot be merged into itself"),
        (moving(&[2], story_id(1)), "the articles are in that story already"),
        (moving(&[], story_id(1)), "no article is named"),
        (splitting(&[]), "no article is named"),
        (splitting(&[1, 2]), "these are all articles of the story: nothing would be left of it"),
        (
            moving(&[1, 4], story_id(4)),
            "the articles belong to different stories: correct one story at a time",
        ),
    ];
    for (correction, reason) in cases {
        let error = correct(store, "a", correction).await.unwrap_err();
        assert!(matches!(error, StoreError::Refused { .. }));
        assert_eq!(error.to_string(), reason);
    }
    for unknown in [
        moving(&[9], story_id(4)),
        moving(&[2], story_id(9)),
        merging(story_id(9), story_id(4)),
        splitting(&[9]),
    ] {
        let error = correct(store, "a", unknown).await.unwrap_err();
        assert!(matches!(error, StoreError::Unknown { .. }), "{error}");
    }
    assert_eq!(members(store, story_id(1)).await, ids(&[1, 2]));
    assert_eq!(store.undo("a", at(9)).await.unwrap(), None);
}

/// Goal: who corrects what somebody else has just corrected looks again first.
async fn second_look_does_not_overwrite_unseen(store: &dyn Store) {
    grow(store, 1, &[2, 3]).await;
    grow(store, 4, &[]).await;
    let order = |correction, expected| CorrectionOrder {
        correction,
        by: "a".to_owned(),
        at: at(7),
        expected,
    };
    let seen = vec![(story_id(1), 3), (story_id(4), 1)];
    store.correct(order(moving(&[2], story_id(4)), seen.clone())).await.unwrap();
    for expected in [seen, vec![(story_id(4), 1)]] {
        let second = store.correct(order(moving(&[3], story_id(4)), expected)).await;
        assert!(matches!(second, Err(StoreError::Conflict)));
    }
    let now = vec![(story_id(1), 4), (story_id(4), 2)];
    store.correct(order(moving(&[3], story_id(4)), now)).await.unwrap();
}

/// Goal: a verdict on an event goes with the event, a verdict on an article with the article.
async fn verdict_of_the_new_story_counts(store: &dyn Store) {
    grow(store, 1, &[2, 3]).await;
    grow(store, 4, &[]).await;
    judge(store, Subject::Match(match_id(3)), NotRelevant, "a").await;
    judge(store, Subject::Story(story_id(1)), Relevant, "a").await;
    judge(store, Subject::Story(story_id(4)), NotRelevant, "b").await;
    assert_eq!(verdict(store, 2).await, (Some(Relevant), true));
    let split = correct(store, "a", splitting(&[2, 3])).await.unwrap().to;
    assert_eq!(split.review, None);
    assert_eq!(verdict(store, 2).await, (None, false));
    assert_eq!(verdict(store, 3).await, (Some(NotRelevant), false));
    correct(store, "a", merging(split.id, story_id(4))).await.unwrap();
    assert_eq!(verdict(store, 2).await, (Some(NotRelevant), true));
    assert_eq!(verdict(store, 3).await, (Some(NotRelevant), false));
    assert_eq!(verdict(store, 1).await, (Some(Relevant), true));
    // Both ways back.
    for expected in [(None, false), (Some(Relevant), true)] {
        store.undo("a", at(9)).await.unwrap();
        assert_eq!(verdict(store, 2).await, expected);
    }
    let merged = correct(store, "a", merging(story_id(1), story_id(4))).await.unwrap();
    let late = ReviewChange {
        subject: Subject::Story(merged.from.id),
        verdict: Some(Some(Relevant)),
        note: None,
        by: "a".to_owned(),
        at: at(0),
        expected: None,
    };
    assert!(matches!(store.review(late).await, Err(StoreError::Refused { .. })));
}

/// Everything that a correction may change, but for revisions, which only go up.
async fn picture(store: &dyn Store, last: u64) -> (Vec<Story>, Vec<String>, Vec<StoryId>) {
    let mut stories = Vec::new();
    let mut lines = Vec::new();
    for number in 1..=last {
        // A story that was split off and taken back stays as a pointer, in no list.
        let found = store.story(story_id(number)).await.unwrap();
        let found = found.filter(|story| story.merged_into.is_none());
        stories.extend(found.map(|story| Story { revision: 0, ..story }));
        let Some(mut matched) = store.matched(match_id(number)).await.unwrap() else { continue };
        matched.review.iter_mut().for_each(|review| review.revision = 0);
        // Nobody ever said something, or it was taken back: the same to everybody.
        matched.review = matched.review.filter(|it: &Review| it.verdict.is_some());
        lines.push(format!("{matched:?}"));
    }
    (stories, lines, listed(store).await)
}

/// Goal: a slip costs nothing: everything is as it was, whatever was corrected.
async fn undo_brings_everything_back(store: &dyn Store) {
    grow(store, 1, &[2, 3]).await;
    grow(store, 4, &[5]).await;
    judge(store, Subject::Story(story_id(1)), Relevant, "b").await;
    let (before, sketches) = (picture(store, 5).await, sketched(store).await);
    for correction in [
        moving(&[1], story_id(4)),
        moving(&[2, 3], story_id(4)),
        splitting(&[1]),
        splitting(&[2, 3]),
        merging(story_id(1), story_id(4)),
        merging(story_id(4), story_id(1)),
        moving(&[1, 2, 3], story_id(4)),
    ] {
        let corrected = correct(store, "a", correction.clone()).await.unwrap();
        assert_ne!(picture(store, 5).await, before, "{correction:?}");
        let undone = store.undo("a", at(9)).await.unwrap();
        let expected = Undone::Correction {
            story: corrected.from.id,
            left: corrected.to.id,
            n_back: corrected.n_moved,
            n_kept: 0,
        };
        assert_eq!(undone, Some(expected), "{correction:?}");
        assert_eq!(picture(store, 5).await, before, "{correction:?}");
        assert_eq!(sketched(store).await, sketches);
    }
    assert_eq!(store.undo("a", at(9)).await.unwrap(), None);
}

/// Goal: step by step back through an hour of mixed work, each person through their own.
async fn undo_goes_back_over_corrections_and_verdicts(store: &dyn Store) {
    grow(store, 1, &[2, 3]).await;
    judge(store, Subject::Match(match_id(2)), NotRelevant, "a").await;
    let split = correct(store, "a", splitting(&[2])).await.unwrap().to.id;
    judge(store, Subject::Story(split), Relevant, "b").await;
    correct(store, "a", splitting(&[3])).await.unwrap();
    for left in [3, 2] {
        assert_ne!(story_of(store, left).await, story_id(1));
        let undone = store.undo("a", at(9)).await.unwrap().unwrap();
        assert_eq!(undone.subject(), Subject::Story(story_id(1)));
        assert_eq!(story_of(store, left).await, story_id(1));
    }
    let undone = store.undo("a", at(9)).await.unwrap();
    assert_eq!(undone, Some(Undone::Review(Subject::Match(match_id(2)))));
    assert_eq!(verdict(store, 2).await, (None, false));
    assert_eq!(store.undo("a", at(9)).await.unwrap(), None);
}

/// Goal: nobody's undo moves what somebody else put right since, and says so.
async fn undo_leaves_what_others_moved(store: &dyn Store) {
    grow(store, 1, &[2, 3]).await;
    grow(store, 4, &[]).await;
    correct(store, "a", moving(&[2, 3], story_id(4))).await.unwrap();
    let split = correct(store, "b", splitting(&[3])).await.unwrap().to.id;
    let undone = store.undo("a", at(9)).await.unwrap();
    let expected =
        Undone::Correction { story: story_id(1), left: story_id(4), n_back: 1, n_kept: 1 };
    assert_eq!(undone, Some(expected));
    assert_eq!(story_of(store, 2).await, story_id(1));
    assert_eq!(story_of(store, 3).await, split);
    // What is left of a correction may be nothing.
    correct(store, "a", moving(&[2], story_id(4))).await.unwrap();
    correct(store, "b", splitting(&[2])).await.unwrap();
    assert_eq!(store.undo("a", at(9)).await.unwrap(), None);
}

/// Goal: an article that is taken back goes where the rest of its story went meanwhile.
async fn undo_follows_a_merged_story(store: &dyn Store) {
    grow(store, 1, &[2]).await;
    grow(store, 4, &[]).await;
    grow(store, 7, &[]).await;
    correct(store, "a", moving(&[2], story_id(4))).await.unwrap();
    correct(store, "b", merging(story_id(1), story_id(7))).await.unwrap();
    store.undo("a", at(9)).await.unwrap();
    assert_eq!(members(store, story_id(7)).await, ids(&[1, 2, 7]));
    assert_eq!(members(store, story_id(4)).await, ids(&[4]));
}

/// Goal: an edited text, a second feed or a commit that was cut short moves nothing back.
async fn machines_leave_articles_where_people_put_them(store: &dyn Store) {
    grow(store, 1, &[2]).await;
    let before = store.matched(match_id(2)).await.unwrap().unwrap();
    let split = correct(store, "a", splitting(&[2])).await.unwrap().to.id;
    let after = store.matched(match_id(2)).await.unwrap().unwrap();
    let mut edit = match_commit(2, &[]);
    edit.matched = before;
    edit.matched.basis = 7;
    edit.sketch = None;
    store.commit(Commit { matches: vec![edit], ..Commit::default() }).await.unwrap();
    let edited = store.matched(match_id(2)).await.unwrap().unwrap();
    assert_eq!((edited.story, edited.placed, edited.basis), (split, after.placed, 7));
    assert_eq!(members(store, split).await, ids(&[2]));
    assert_eq!(members(store, story_id(1)).await, ids(&[1]));
}

/// Goal: an article that was decided before a correction joins what is right after it.
async fn commit_on_a_corrected_story_decides_again(store: &dyn Store) {
    grow(store, 1, &[2]).await;
    grow(store, 4, &[]).await;
    let decided = joining(store, 3, story_id(1), 2).await;
    correct(store, "a", merging(story_id(1), story_id(4))).await.unwrap();
    assert!(matches!(store.commit(decided).await, Err(StoreError::Conflict)));
    assert_eq!(store.matched(match_id(3)).await.unwrap(), None);
}

/// Goal: a rescue can be taken back wherever its match was put meanwhile.
async fn moved_rescue_is_withdrawn(store: &dyn Store) {
    grow(store, 1, &[2]).await;
    grow(store, 4, &[]).await;
    let relevant = Review {
        verdict: Some(Relevant),
        note: None,
        by: "a".to_owned(),
        at: at(0),
        revision: 1,
        is_inherited: false,
    };
    store.commit(near_misses([3].into_iter())).await.unwrap();
    store.review_near_miss(match_id(3), Some(relevant)).await.unwrap();
    join(store, 3, story_id(1), 1).await;
    correct(store, "a", moving(&[3], story_id(4))).await.unwrap();
    let left = store.withdraw(match_id(3)).await.unwrap().unwrap();
    assert_eq!((left.id, left.size), (story_id(4), 1));
    assert_eq!(members(store, story_id(4)).await, ids(&[4]));
    assert!(!sketched(store).await.contains_key(&match_id(3)));
    assert_eq!(store.undo("a", at(9)).await.unwrap(), None);
}

/// Goal: putting stories right rings no bell, then or with the next article.
async fn nobody_is_told_of_a_correction(store: &dyn Store) {
    grow(store, 1, &[2]).await;
    let mut silent = commit(4);
    silent.stories[0].story.is_announced = false;
    store.commit(silent).await.unwrap();
    let deliveries = async || {
        let filter = DeliveryFilter::default();
        store.deliveries(filter, PageRequest::first(99)).await.unwrap().items
    };
    let before = deliveries().await;
    let split = correct(store, "a", splitting(&[2])).await.unwrap().to;
    assert!(split.is_announced);
    let merged = correct(store, "a", merging(split.id, story_id(4))).await.unwrap().to;
    assert!(merged.is_announced);
    store.undo("a", at(9)).await.unwrap();
    assert!(!story(store, story_id(4)).await.is_announced);
    assert_eq!(deliveries().await, before);
}

/// Goal: a restart forgets no correction, and the way back still leads back.
#[tokio::test]
async fn reopened_store_knows_corrections() {
    let folder = tempfile::tempdir().unwrap();
    let store = DiskStore::open(folder.path()).unwrap();
    grow(&store, 1, &[2, 3]).await;
    grow(&store, 4, &[]).await;
    let before = picture(&store, 4).await;
    correct(&store, "a", splitting(&[3])).await.unwrap();
    correct(&store, "a", merging(story_id(1), story_id(4))).await.unwrap();
    let after = (picture(&store, 4).await, sketched(&store).await);
    let counts = store.counts().await.unwrap();
    store.close().await.unwrap();

    let store = DiskStore::open_existing(folder.path()).unwrap();
    assert_eq!((picture(&store, 4).await, sketched(&store).await), after);
    let reopened = store.counts().await.unwrap();
    assert_eq!(reopened, Counts { disk_bytes: reopened.disk_bytes, ..counts });
    for _ in 0..2 {
        store.undo("a", at(9)).await.unwrap().unwrap();
    }
    assert_eq!(picture(&store, 4).await, before);
}
