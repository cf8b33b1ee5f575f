//! Tries a template with messages of each kind before the first alert does.

use crate::alert::format::TargetError;
use crate::alert::format::template::Template;
use crate::alert::{Digest, DigestStory, Message, News, Notice, Stamp, Tidings};
use crate::model::{
    AlertKind, Article, ArticleId, Aspect, Delivery, DeliveryId, EventId, Evidence, EvidenceKind,
    Feed, FeedId, Field, Figure, Language, Match, MatchId, Member, Score, Side, Story, StoryId,
    Timestamp,
};

/// Renders a message of each kind, once with everything that there can be and once with as little
/// as possible.
///
/// # Errors
/// The first message that the template fails for.
pub(super) fn run(template: &Template) -> Result<(), TargetError> {
    let full = Example::full();
    let bare = Example::bare();
    for example in [&full, &bare] {
        let news = example.news();
        let changes = ["first report from JP".to_owned()];
        for tidings in [Tidings::Created, Tidings::Changed(&changes), Tidings::Withdrawn] {
            try_one(template, &Message::News { tidings, news: &news })?;
        }
        try_one(template, &Message::Digest(&example.digest()))?;
    }
    let empty = Digest { stories: Vec::new(), n_stories: 0, ..full.digest() };
    try_one(template, &Message::Digest(&empty))?;
    let notice = Notice {
        kind: AlertKind::ReceiverDisabled,
        receiver: "desk".to_owned(),
        text: "It answered 410.".to_owned(),
    };
    try_one(template, &Message::Notice(&notice))?;
    try_one(template, &Message::Test { receiver: "desk" })
}

fn try_one(template: &Template, message: &Message<'_>) -> Result<(), TargetError> {
    let now = epoch();
    let event = EventId::of_test("desk", now);
    let delivery = DeliveryId::of(event, "desk");
    let stamp = Stamp { event, delivery, sequence: Delivery::sequence(now, delivery), now };
    match template.render(message, &stamp) {
        Err(TargetError::Template { line, column, reason }) => {
            let reason = format!("{reason} (tried with {})", message.kind());
            Err(TargetError::Template { line, column, reason })
        }
        rendered => rendered.map(drop),
    }
}

fn epoch() -> Timestamp {
    Timestamp::from_unix_ms(0).expect("it is a time")
}

/// A match with everything around it.
struct Example {
    matched: Match,
    article: Article,
    story: Story,
    feed: Option<Feed>,
}

impl Example {
    fn full() -> Self {
        let Self { mut matched, mut article, .. } = Self::bare();
        let feed = Feed::at("https://feeds.example/rss".parse().expect("it is an address"));
        article.url = Some("https://example.org/a".to_owned());
        "A summary.".clone_into(&mut article.summary);
        matched.aspects = vec![Aspect::Energy];
        matched.figures =
            vec![Figure { text: "5 MW".to_owned(), value: 5.0, unit: "MW".to_owned() }];
        matched.evidence = vec![Evidence {
            kind: EvidenceKind::Mention,
            side: "JP".parse().ok(),
            text: "Tokyo".to_owned(),
            field: Field::Title,
            start: 0,
            end: 5,
            weight: 0.5,
        }];
        matched.home = Some(Side::Third);
        let story = Story::opened(matched.story, Member::new(&matched, &article));
        Self { matched, article, story, feed: Some(feed) }
    }

    fn bare() -> Self {
        let time = epoch();
        let (feed, language) = (FeedId::of_url(""), Language::default());
        let id = ArticleId::of_identity(b"");
        let matched = MatchId::of("", id);
        let article = Article {
            id,
            feed,
            url: None,
            title: "A title \"with quotes\"".to_owned(),
            summary: String::new(),
            body: String::new(),
            language,
            published: time,
            first_seen: time,
            stated: None,
            page: None,
            text_dropped: None,
            hash: None,
        };
        let matched = Match {
            id: matched,
            topic: "topic".to_owned(),
            article: id,
            feed,
            home: None,
            story: StoryId::opened_by(matched),
            link: None,
            placed: None,
            score: Score::new(0.5).expect("it lies between 0 and 1"),
            language,
            aspects: Vec::new(),
            figures: Vec::new(),
            evidence: Vec::new(),
            basis: 0,
            created: time,
            silence: None,
            review: None,
        };
        let story = Story::opened(matched.story, Member::new(&matched, &article));
        Self { matched, article, story, feed: None }
    }

    fn news(&self) -> News<'_> {
        let Self { matched, article, story, feed } = self;
        News { matched, article, story, feed: feed.as_ref() }
    }

    fn digest(&self) -> Digest {
        let Self { matched, article, story, .. } = self;
        Digest {
            topic: matched.topic.clone(),
            from: matched.created,
            to: matched.created,
            n_feeds_checked: 2,
            n_feeds_failing: 1,
            stories: vec![DigestStory::new(story, article.url.clone(), matched.score, 1)],
            n_stories: 1,
        }
    }
}
