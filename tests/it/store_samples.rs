//! Commits for the store's tests, made from a number: the same number, the same content.

use silkwire::model::{
    AlertKind, Article, ArticleId, Aspect, Attempt, Country, Delivery, DeliveryId, DeliveryState,
    EventId, Evidence, EvidenceKind, FeedId, FeedState, Field, Language, Match, MatchId, Member,
    NearMiss, Score, Side, Silence, Sketch, Story, StoryId, Timestamp, Trace, TraceKind, Traces,
};
use silkwire::store::{Announcement, Commit, MatchCommit, SeenKey, Sighting, StoryChange};

pub(super) const TOPIC: &str = "japan-azerbaijan";
pub(super) const SECOND_MS: i64 = 1_000;
pub(super) const DAY_MS: i64 = 86_400 * SECOND_MS;

/// 2026-11-24 and so many milliseconds.
pub(super) fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(1_795_478_400_000 + ms).unwrap()
}

pub(super) fn feed() -> FeedId {
    FeedId::of_url("https://example.org/a.xml")
}

/// The state of the feed after poll `number`.
pub(super) fn feed_state(number: u32) -> FeedState {
    let mut state = FeedState::new(feed(), at(0));
    state.validators.etag = Some(vec![b'"', 0xe9, b'"']);
    state.n_entries = number;
    state
}

pub(super) fn article_id(number: u64) -> ArticleId {
    ArticleId::of_identity(&number.to_be_bytes())
}

pub(super) fn match_id(number: u64) -> MatchId {
    MatchId::of(TOPIC, article_id(number))
}

pub(super) fn story_id(number: u64) -> StoryId {
    StoryId::opened_by(match_id(number))
}

pub(super) fn delivery_id(number: u64, receiver: &str) -> DeliveryId {
    let event = EventId::of_story(TOPIC, "match.created", story_id(number), 1);
    DeliveryId::of(event, receiver)
}

pub(super) fn seen_key(number: u64) -> SeenKey {
    let id = article_id(number).to_be_bytes();
    SeenKey([id, number.to_be_bytes()].concat().try_into().unwrap())
}

pub(super) fn sighting(number: u64) -> Sighting {
    Sighting { article: article_id(number), content: u64::MAX - number, day: 20_781 }
}

/// Seen keys of entries that did not match.
pub(super) fn seen(numbers: std::ops::Range<u64>) -> Vec<(SeenKey, Sighting)> {
    numbers.map(|number| (seen_key(number), sighting(number))).collect()
}

/// Match `number`, created so many seconds after [`at`]`(0)`, opens a story and alerts `desk`.
pub(super) fn commit(number: u64) -> Commit {
    Commit {
        seen: Vec::new(),
        matches: vec![match_commit(number, &["desk"])],
        near_misses: Vec::new(),
        deliveries: Vec::new(),
        stories: vec![StoryChange::untold(story(number), None)],
        feed: Some(feed_state(u32::try_from(number).unwrap())),
        epoch: None,
    }
}

pub(super) fn match_commit(number: u64, receivers: &[&str]) -> MatchCommit {
    MatchCommit {
        article: article(number),
        matched: matched(number),
        sketch: Some(sketch(number)),
        seen: vec![(seen_key(number), sighting(number))],
        announcement: announcement(number, receivers),
    }
}

fn announcement(number: u64, receivers: &[&str]) -> Announcement {
    if receivers.is_empty() {
        return Announcement::Silent(Silence::NoRoute);
    }
    Announcement::Deliver(receivers.iter().map(|receiver| delivery(number, receiver)).collect())
}

pub(super) fn article(number: u64) -> Article {
    Article {
        id: article_id(number),
        feed: feed(),
        url: Some(format!("https://example.org/{number}")),
        title: format!("Azərbaycan – 日本 {number}"),
        summary: "Посол Японии в Баку".to_owned(),
        body: "Der japanische Botschafter lud zum Empfang. ".repeat(90),
        language: Language::of_tag("de").unwrap(),
        published: created(number),
        first_seen: created(number),
        stated: None,
        page: None,
        text_dropped: None,
        hash: None,
    }
}

pub(super) fn matched(number: u64) -> Match {
    Match {
        id: match_id(number),
        topic: TOPIC.to_owned(),
        article: article_id(number),
        feed: feed(),
        story: story_id(number),
        score: Score::new(0.97).unwrap(),
        language: Language::of_tag("de").unwrap(),
        aspects: vec![Aspect::Diplomacy],
        figures: Vec::new(),
        evidence: vec![Evidence {
            kind: EvidenceKind::Mention,
            side: Some("AZ".parse::<Country>().unwrap()),
            text: "Azərbaycan".to_owned(),
            field: Field::Title,
            start: 0,
            end: 11,
            weight: 0.1 + 0.2,
        }],
        basis: u64::MAX,
        created: created(number),
        home: Some(Side::Third),
        link: None,
        placed: None,
        silence: None,
        review: None,
    }
}

pub(super) fn created(number: u64) -> Timestamp {
    at(i64::try_from(number).unwrap() * SECOND_MS)
}

pub(super) fn story(number: u64) -> Story {
    let (matched, article) = (matched(number), article(number));
    let opened = Story::opened(story_id(number), Member::new(&matched, &article));
    Story { is_announced: true, ..opened }
}

pub(super) fn sketch(number: u64) -> Sketch {
    Sketch {
        matched: match_id(number),
        story: story_id(number),
        topic: TOPIC.to_owned(),
        published: created(number),
        is_dated: true,
        language: Language::of_tag("de").unwrap(),
        traces: Traces {
            traces: vec![Trace::new(TraceKind::Person, 7 << 6, Field::Title)],
            grams: (0..96).collect(),
            lead: (0..40).collect(),
            has_body: true,
        },
    }
}

/// The alert of match `number`, due when it was created.
pub(super) fn delivery(number: u64, receiver: &str) -> Delivery {
    Delivery {
        id: delivery_id(number, receiver),
        event: EventId::of_story(TOPIC, "match.created", story_id(number), 1),
        kind: AlertKind::MatchCreated,
        receiver: receiver.to_owned(),
        matched: Some(match_id(number)),
        story: Some(story_id(number)),
        lists: Vec::new(),
        score: None,
        mute_windows: Vec::new(),
        is_held: false,
        replayed: None,
        body: r#"{"type":"match.created"}"#.to_owned(),
        created: created(number),
        state: DeliveryState::Pending { due: created(number) },
        attempts: Vec::new(),
    }
}

/// Match `number` joins the story of match `first`, which has `size` matches then.
pub(super) fn joining(number: u64, first: u64, size: u32) -> Commit {
    let mut joining = match_commit(number, &[]);
    joining.matched.story = story_id(first);
    if let Some(sketch) = &mut joining.sketch {
        sketch.story = story_id(first);
    }
    let mut grown = story(first);
    grown.revision = u64::from(size);
    grown.size = size;
    grown.updated = created(number);
    let change = StoryChange::untold(grown, Some(u64::from(size) - 1));
    Commit { matches: vec![joining], stories: vec![change], ..Commit::default() }
}

/// What match `number` is before anybody rescues it.
pub(super) fn near_miss(number: u64) -> NearMiss {
    NearMiss {
        id: match_id(number),
        topic: TOPIC.to_owned(),
        article: article_id(number),
        feed: feed(),
        url: None,
        title: format!("Bakı və Tokio {number}"),
        text: noise(1_300),
        language: Language::of_tag("az").unwrap(),
        score: Score::new(0.4).unwrap(),
        evidence: Vec::new(),
        why_not: "only the outlet's home speaks for it".to_owned(),
        published: created(number),
        created: created(number),
        review: None,
    }
}

pub(super) fn near_misses(numbers: impl Iterator<Item = u64>) -> Commit {
    Commit { near_misses: numbers.map(near_miss).collect(), ..Commit::default() }
}

pub(super) fn failed_attempt() -> Attempt {
    Attempt {
        at: at(0),
        took_ms: 12,
        status: Some(503),
        error: Some("503 Service Unavailable".to_owned()),
        answer: "Wartung".to_owned(),
    }
}

/// Bytes that no packer makes smaller, as text.
pub(super) fn noise(characters: usize) -> String {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from_u32(0x4e00 + u32::try_from(state % 20_000).unwrap()).unwrap()
    };
    std::iter::repeat_with(next).take(characters).collect()
}
