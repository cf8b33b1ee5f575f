//! What every store must do when a person erases an article, run against each of them.

use silkwire::model::{
    Article, DeliveryState, Figure, Match, MatchId, Member, Story, StoryId, Tombstone,
};
use silkwire::store::{
    Announcement, Commit, Correction, CorrectionOrder, DeliveryFilter, Erased, Erasure, Judged,
    MatchCommit, MatchFilter, NearMissFilter, PageRequest, Settlement, Store, StoreError,
    StoryChange, StoryFilter,
};

use crate::store_engines::{Engine, lease, leased, settle};
use crate::store_samples::{
    article, article_id, at, commit, created, delivery, delivery_id, failed_attempt, match_commit,
    match_id, near_misses, seen_key, sighting, story_id,
};

contract![
    erased_article_leaves_nothing_but_its_tombstone,
    story_shrinks_to_what_others_say,
    erased_alerts_are_not_sent,
    alerts_of_others_lose_its_words,
    erased_near_miss_goes,
    erased_article_does_not_come_back,
    second_erasure_changes_nothing,
    erasing_the_unknown_is_an_error,
    erasure_needs_a_reason,
    way_back_forgets_the_article,
    merged_story_forgets_the_article,
    old_texts_are_dropped,
];

durable![tombstones_outlive_the_process,];

/// Words that only the article has that is erased.
const WORDS: [&str; 4] = ["Gizli Başlıq", "秘密の要約", "тайный текст", "777 Mio. Geheimdollar"];

fn secret_article(number: u64) -> Article {
    Article {
        title: WORDS[0].to_owned(),
        summary: WORDS[1].to_owned(),
        body: WORDS[2].repeat(400),
        ..article(number)
    }
}

fn secret_match(number: u64, story: StoryId) -> Match {
    let mut matched = match_commit(number, &[]).matched;
    matched.story = story;
    WORDS[2].clone_into(&mut matched.evidence[0].text);
    matched.figures.push(Figure {
        text: WORDS[3].to_owned(),
        value: 7.77e8,
        unit: "USD".to_owned(),
    });
    matched
}

/// Match `number` with the secret words; it joins the story `known`, else opens one.
fn secret(number: u64, known: Option<Story>) -> Commit {
    let article = secret_article(number);
    let id = known.as_ref().map_or(story_id(number), |story| story.id);
    let matched = secret_match(number, id);
    let member = Member::new(&matched, &article);
    let (story, expected) = match known {
        Some(mut story) => {
            let expected = story.revision;
            story.grow(member);
            (story, Some(expected))
        }
        None => (Story { is_announced: true, ..Story::opened(id, member) }, None),
    };
    let mut alert = delivery(number, "desk");
    alert.body = body(&WORDS);
    alert.story = Some(id);
    let plain = match_commit(number, &[]);
    let mut sketch = plain.sketch;
    if let Some(sketch) = &mut sketch {
        sketch.story = id;
    }
    let announcement = Announcement::Deliver(vec![alert]);
    let commit = MatchCommit { article, matched, sketch, seen: plain.seen, announcement };
    Commit {
        matches: vec![commit],
        stories: vec![StoryChange::untold(story, expected)],
        ..Commit::default()
    }
}

/// An alert whose story has these words.
fn body(words: &[&str]) -> String {
    let titles: Vec<_> =
        words.iter().map(|it| format!(r#"{{"language":"az","title":"{it}"}}"#)).collect();
    let figures: Vec<_> =
        words.iter().map(|it| format!(r#"{{"text":"{it}","value":1,"unit":"USD"}}"#)).collect();
    let changes: Vec<_> = words.iter().map(|it| format!(r#""new figure: {it}""#)).collect();
    format!(
        r#"{{"type":"story.updated","data":{{"story":{{"titles":[{}],"figures":[{}]}},"changes":[{}]}}}}"#,
        titles.join(","),
        figures.join(","),
        changes.join(",")
    )
}

fn order(number: u64) -> Erasure {
    Erasure {
        id: match_id(number),
        reason: " a wish of the author ".to_owned(),
        by: "anna".to_owned(),
        at: at(5),
    }
}

async fn erase(store: &dyn Store, number: u64) -> Erased {
    store.erase(order(number)).await.unwrap()
}

async fn story(store: &dyn Store, id: StoryId) -> Story {
    store.story(id).await.unwrap().unwrap()
}

/// Everything that can be read of the store, as text.
async fn everything(store: &dyn Store) -> String {
    let all = || PageRequest::first(999);
    let matches = store.matches(MatchFilter::default(), all()).await.unwrap();
    let mut articles = Vec::new();
    for matched in &matches.items {
        articles.push(store.article(matched.article).await.unwrap());
    }
    let stories = store.stories(StoryFilter::default(), all()).await.unwrap();
    let deliveries = store.deliveries(DeliveryFilter::default(), all()).await.unwrap();
    let near_misses = store.near_misses(NearMissFilter::default(), all()).await.unwrap();
    format!("{matches:?} {articles:?} {stories:?} {deliveries:?} {near_misses:?}")
}

async fn assert_gone(store: &dyn Store) {
    let everything = everything(store).await;
    for words in WORDS {
        assert!(!everything.contains(words), "{words}: {everything}");
    }
}

/// Goal: a person who asked to be forgotten is, and whoever looks for the article learns why it is
/// gone.
async fn erased_article_leaves_nothing_but_its_tombstone(store: &dyn Store) {
    store.commit(secret(1, None)).await.unwrap();
    let erased = erase(store, 1).await;
    let expected = Tombstone {
        article: article_id(1),
        matches: vec![match_id(1)],
        stories: vec![story_id(1)],
        at: at(5),
        by: "anna".to_owned(),
        prints: secret_article(1).prints(),
        reason: "a wish of the author".to_owned(),
    };
    assert_eq!((erased.tombstone, erased.is_new), (expected.clone(), true));
    assert_gone(store).await;
    assert_eq!(store.article(article_id(1)).await.unwrap(), None);
    assert_eq!(store.matched(match_id(1)).await.unwrap(), None);
    assert_eq!(store.story(story_id(1)).await.unwrap(), None);
    assert!(store.sketches(at(0)).await.unwrap().is_empty());
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.matches, counts.stories, counts.deliveries_pending), (0, 0, 0));
    // Known all the same: it is not new when a feed brings it again.
    assert_eq!(store.sightings(vec![seen_key(1)]).await.unwrap(), [Some(sighting(1))]);
    assert_eq!(store.tombstone(match_id(1)).await.unwrap(), Some(expected.clone()));
    assert_eq!(store.tombstone(match_id(2)).await.unwrap(), None);
    let asked = vec![article_id(2), article_id(1)];
    assert_eq!(store.tombstones(asked).await.unwrap(), [None, Some(expected)]);
}

/// Goal: a story whose first article was erased tells what the others say.
async fn story_shrinks_to_what_others_say(store: &dyn Store) {
    store.commit(secret(1, None)).await.unwrap();
    let mut joining = match_commit(2, &[]);
    joining.matched.story = story_id(1);
    let mut grown = story(store, story_id(1)).await;
    grown.grow(Member::new(&joining.matched, &joining.article));
    let change = StoryChange::untold(grown, Some(1));
    let joined = Commit { matches: vec![joining], stories: vec![change], ..Commit::default() };
    store.commit(joined).await.unwrap();
    assert_eq!(story(store, story_id(1)).await.title, WORDS[0]);

    erase(store, 1).await;
    assert_gone(store).await;
    let left = story(store, story_id(1)).await;
    assert_eq!((left.size, left.revision, &left.title), (1, 3, &article(2).title));
    assert_eq!(left.first_match, match_id(2));
    assert_eq!(left.figures, []);
    let page = store.matches(MatchFilter::default(), PageRequest::first(9)).await.unwrap();
    assert_eq!(page.items.len(), 1);
}

/// Goal: nobody is told of it any more, and what was told stays on record without its words.
/// Method: one alert waits, one was delivered, one is being sent, one of these fails.
async fn erased_alerts_are_not_sent(store: &dyn Store) {
    let mut commit = secret(1, None);
    let receivers = ["waits", "took", "taking", "failing"];
    let alert = |receiver| {
        let mut alert = delivery(1, receiver);
        alert.body = body(&WORDS);
        alert
    };
    commit.matches[0].announcement = Announcement::Deliver(receivers.map(alert).to_vec());
    store.commit(commit).await.unwrap();
    let id = |receiver| delivery_id(1, receiver);
    let taken = Settlement::Delivered { at: at(3) };
    let mut attempt = failed_attempt();
    WORDS[0].clone_into(&mut attempt.answer);
    settle(store, id("took"), attempt, taken).await.unwrap();
    let taking = lease(store, "taking", created(1), 1).await.remove(0).fence;
    let failing = lease(store, "failing", created(1), 1).await.remove(0).fence;

    erase(store, 1).await;
    assert_gone(store).await;
    assert_eq!(store.delivery(id("waits")).await.unwrap(), None);
    let took = store.delivery(id("took")).await.unwrap().unwrap();
    assert_eq!((took.state, took.body.as_str()), (DeliveryState::Delivered { at: at(3) }, ""));
    assert_eq!(took.attempts[0].took_ms, failed_attempt().took_ms);
    store.settle(id("taking"), taking, failed_attempt(), taken).await.unwrap();
    let retry = Settlement::RetryAt { due: created(9) };
    store.settle(id("failing"), failing, failed_attempt(), retry).await.unwrap();
    let state = async |receiver| store.delivery(id(receiver)).await.unwrap().unwrap().state;
    assert_eq!(state("taking").await, DeliveryState::Delivered { at: at(3) });
    assert!(matches!(state("failing").await, DeliveryState::Dead { .. }));
    for receiver in receivers {
        assert_eq!(leased(store, receiver, created(99), 9).await, []);
    }
}

/// Goal: an update of a story that names the article as well goes out, without its words.
async fn alerts_of_others_lose_its_words(store: &dyn Store) {
    store.commit(commit(2)).await.unwrap();
    let known = story(store, story_id(2)).await;
    store.commit(secret(1, Some(known))).await.unwrap();
    let mut update = delivery(7, "desk");
    update.matched = Some(match_id(2));
    update.story = Some(story_id(2));
    update.body = body(&["Başqa başlıq", WORDS[0], WORDS[3]]);
    store.commit(Commit { deliveries: vec![update.clone()], ..Commit::default() }).await.unwrap();

    erase(store, 1).await;
    assert_gone(store).await;
    let left = store.delivery(update.id).await.unwrap().unwrap();
    assert_eq!(left.state, update.state);
    let [left, expected]: [serde_json::Value; 2] =
        [left.body, body(&["Başqa başlıq"])].map(|body| serde_json::from_str(&body).unwrap());
    assert_eq!(left, expected);
}

/// Goal: what was nearly flagged can be erased as well.
async fn erased_near_miss_goes(store: &dyn Store) {
    let mut nearly = near_misses(1..3);
    WORDS[2].clone_into(&mut nearly.near_misses[0].text);
    store.commit(nearly.clone()).await.unwrap();
    let erased = erase(store, 1).await;
    assert_eq!((erased.is_new, erased.tombstone.stories), (true, Vec::new()));
    assert_gone(store).await;
    assert_eq!(store.near_miss(match_id(1)).await.unwrap(), None);
    assert!(store.near_miss(match_id(2)).await.unwrap().is_some());
    let again = store.commit(nearly).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
}

/// Goal: a poll that was on its way while somebody erased the article does not bring it back.
async fn erased_article_does_not_come_back(store: &dyn Store) {
    store.commit(secret(1, None)).await.unwrap();
    erase(store, 1).await;
    let mut with_others = commit(2);
    with_others.matches.push(secret(1, None).matches.remove(0));
    for late in [secret(1, None), with_others] {
        let late = store.commit(late).await;
        assert!(matches!(late, Err(StoreError::Conflict)), "{late:?}");
    }
    assert_eq!(store.matched(match_id(2)).await.unwrap(), None);
    store.commit(commit(2)).await.unwrap();
    assert_gone(store).await;
}

/// Goal: erasing twice is harmless, and says that it was done before.
async fn second_erasure_changes_nothing(store: &dyn Store) {
    store.commit(secret(1, None)).await.unwrap();
    let first = erase(store, 1).await;
    let again = Erasure { reason: "another one".to_owned(), by: "bo".to_owned(), ..order(1) };
    let second = store.erase(again).await.unwrap();
    assert_eq!((second.tombstone, second.is_new), (first.tombstone, false));
}

/// Goal: a wrong id is named, and erases nothing.
async fn erasing_the_unknown_is_an_error(store: &dyn Store) {
    store.commit(commit(2)).await.unwrap();
    let error = store.erase(order(1)).await.unwrap_err();
    assert_eq!(error.to_string(), format!("match {} is unknown", match_id(1)));
    assert!(store.matched(match_id(2)).await.unwrap().is_some());
}

/// Goal: whoever looks for an erased article finds out why.
async fn erasure_needs_a_reason(store: &dyn Store) {
    store.commit(commit(1)).await.unwrap();
    for reason in [" ".to_owned(), "x".repeat(Tombstone::REASON_CHARACTERS_MAX + 1)] {
        let error = store.erase(Erasure { reason, ..order(1) }).await.unwrap_err();
        assert!(matches!(error, StoreError::Refused { .. }), "{error}");
    }
    assert!(store.matched(match_id(1)).await.unwrap().is_some());
}

/// Goal: nobody takes back a step and meets the erased article again.
async fn way_back_forgets_the_article(store: &dyn Store) {
    store.commit(secret(1, None)).await.unwrap();
    store.commit(commit(2)).await.unwrap();
    for from in [1, 2] {
        let order = CorrectionOrder {
            correction: Correction::Move {
                matches: vec![match_id(from)],
                to: story_id(if from == 1 { 2 } else { 1 }),
            },
            by: "a".to_owned(),
            at: at(1),
            expected: Vec::new(),
        };
        // The second one would lead to a story that was merged away.
        store.correct(order).await.ok();
    }
    erase(store, 1).await;
    assert_eq!(store.undo("a", at(9)).await.unwrap(), None);
    assert_gone(store).await;
    assert_eq!(story(store, story_id(2)).await.size, 1);
}

/// Goal: a story that leads on to another one does not keep the title.
async fn merged_story_forgets_the_article(store: &dyn Store) {
    store.commit(secret(1, None)).await.unwrap();
    store.commit(commit(2)).await.unwrap();
    let correction = Correction::Merge { from: story_id(1), into: story_id(2) };
    let (by, at) = ("a".to_owned(), at(1));
    store.correct(CorrectionOrder { correction, by, at, expected: Vec::new() }).await.unwrap();
    erase(store, 1).await;
    assert_gone(store).await;
    let pointer = story(store, story_id(1)).await;
    assert!(!format!("{pointer:?}").contains(WORDS[0]), "{pointer:?}");
    assert_eq!(store.current_story(story_id(1)).await.unwrap().unwrap().id, story_id(2));
}

/// Goal: a house that may keep texts for a while only keeps title, link and evidence after that.
async fn old_texts_are_dropped(store: &dyn Store) {
    for number in [1, 2, 3] {
        store.commit(commit(number)).await.unwrap();
    }
    assert_eq!(store.drop_texts(created(3), at(7)).await.unwrap(), 2);
    assert_eq!(store.drop_texts(created(3), at(8)).await.unwrap(), 0);
    let expected = Article {
        summary: String::new(),
        body: String::new(),
        text_dropped: Some(at(7)),
        hash: Some(article(1).text_hash()),
        ..article(1)
    };
    assert_eq!(store.article(article_id(1)).await.unwrap(), Some(expected));
    assert_eq!(store.article(article_id(3)).await.unwrap(), Some(article(3)));
    let all = MatchFilter { verdict: Some(Judged::Open), ..MatchFilter::default() };
    assert_eq!(store.matches(all, PageRequest::first(9)).await.unwrap().items.len(), 3);

    // An edit brings another title, but no text.
    let mut edit = match_commit(1, &[]);
    "Başqa".clone_into(&mut edit.article.title);
    edit.sketch = None;
    edit.announcement = Announcement::Settled;
    store.commit(Commit { matches: vec![edit], ..Commit::default() }).await.unwrap();
    let edited = store.article(article_id(1)).await.unwrap().unwrap();
    assert_eq!((edited.title.as_str(), edited.body.as_str()), ("Başqa", ""));
    assert_eq!(edited.text_dropped, Some(at(7)));
}

/// Goal: a restart does not make the article come back.
async fn tombstones_outlive_the_process(engine: &impl Engine) {
    let store = engine.open().await;
    store.commit(secret(1, None)).await.unwrap();
    let tombstone = erase(&*store, 1).await.tombstone;
    store.close().await.unwrap();
    let store = engine.open().await;
    let id: MatchId = match_id(1);
    assert_eq!(store.tombstone(id).await.unwrap(), Some(tombstone));
    let late = store.commit(secret(1, None)).await;
    assert!(matches!(late, Err(StoreError::Conflict)), "{late:?}");
    assert_gone(&*store).await;
}
