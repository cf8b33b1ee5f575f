//! One match with everything around it, for the tests of this module.

use serde::Deserialize;

use crate::alert::{
    Digest, DigestStory, MuteWindowConfig, News, ReceiverConfig, RouteConfig, Stamp, Target,
};
use crate::model::{
    Article, ArticleId, Aspect, Delivery, DeliveryId, EventId, Evidence, EvidenceKind, Feed,
    FeedId, Field, Figure, Language, Match, MatchId, Member, Score, Side, Story, StoryId,
    Timestamp,
};

pub(super) struct Sample {
    pub(super) matched: Match,
    pub(super) article: Article,
    pub(super) story: Story,
    pub(super) feed: Feed,
}

impl Sample {
    pub(super) fn new() -> Self {
        let url = "https://example.org/feed.xml";
        let feed = FeedId::of_url(url);
        let article = ArticleId::of_identity(b"https://example.org/empfang");
        let id = MatchId::of("japan-azerbaijan", article);
        let story = StoryId::opened_by(id);
        let language = Language::of_tag("de").unwrap();
        let published: Timestamp = "2026-11-24T05:30:00Z".parse().unwrap();
        let created: Timestamp = "2026-11-24T06:00:00Z".parse().unwrap();
        let matched = Match {
            id,
            topic: "japan-azerbaijan".to_owned(),
            article,
            feed,
            story,
            score: Score::new(0.97).unwrap(),
            language,
            aspects: vec![Aspect::Diplomacy, Aspect::Energy],
            figures: vec![Figure {
                text: "452 Millionen US-Dollar".to_owned(),
                value: 452e6,
                unit: "USD".to_owned(),
            }],
            evidence: vec![Evidence {
                kind: EvidenceKind::Mention,
                side: Some("AZ".parse().unwrap()),
                text: "Aserbaidschan".to_owned(),
                field: Field::Title,
                start: 23,
                end: 36,
                weight: 0.4,
            }],
            basis: 1,
            created,
            home: Some(Side::Third),
            link: None,
            placed: None,
            silence: None,
            review: None,
        };
        let article = Article {
            id: article,
            feed,
            url: Some("https://example.org/empfang".to_owned()),
            title: "Japans Botschafter in Aserbaidschan lädt ein".to_owned(),
            summary: "Empfang in Baku: 日本 – Azərbaycan.".to_owned(),
            body: String::new(),
            language,
            published,
            first_seen: created,
            stated: None,
            page: None,
            text_dropped: None,
            hash: None,
        };
        let member = Member::new(&matched, &article);
        let story = Story { is_announced: true, ..Story::opened(story, member) };
        Self {
            story,
            feed: Feed {
                id: matched.feed,
                title: "Beispiel".to_owned(),
                ..Feed::at(url.parse().unwrap())
            },
            matched,
            article,
        }
    }

    pub(super) fn news(&self) -> News<'_> {
        let Self { matched, article, story, feed } = self;
        News { matched, article, story, feed: Some(feed) }
    }

    /// The same news as an outlet of another language and script would tell it.
    pub(super) fn retold(language: &str, title: &str, outlet: &str, word: &str) -> Self {
        let mut sample = Self::new();
        sample.matched.language = Language::of_tag(language).unwrap();
        sample.matched.evidence[0].text = word.to_owned();
        sample.article.title = title.to_owned();
        sample.article.language = sample.matched.language;
        sample.feed.title = outlet.to_owned();
        let member = Member::new(&sample.matched, &sample.article);
        sample.story = Story::opened(sample.story.id, member);
        sample
    }

    /// A digest of `n_stories`, all of them this one.
    pub(super) fn digest(&self, n_stories: usize) -> Digest {
        let (url, score) = (self.article.url.clone(), self.matched.score);
        let story = DigestStory::new(&self.story, url, score, 1);
        Digest {
            topic: self.matched.topic.clone(),
            from: "2026-11-23T06:00:00Z".parse().unwrap(),
            to: "2026-11-24T06:00:00Z".parse().unwrap(),
            n_feeds_checked: 412,
            n_feeds_failing: 3,
            stories: vec![story; n_stories],
            n_stories,
        }
    }

    pub(super) fn stamp(&self) -> Stamp {
        let event = EventId::of_story(&self.story.topic, "match.created", self.story.id, 1);
        let delivery = DeliveryId::of(event, "desk");
        let now = self.matched.created;
        Stamp { event, delivery, sequence: Delivery::sequence(now, delivery), now }
    }
}

/// The part of a configuration file that this module owns.
#[derive(Deserialize)]
pub(super) struct Section {
    #[serde(default)]
    pub(super) receiver: Vec<ReceiverConfig>,
    #[serde(default)]
    pub(super) route: Vec<RouteConfig>,
    #[serde(default)]
    pub(super) mute_window: Vec<MuteWindowConfig>,
}

pub(super) fn section(text: &str) -> Section {
    toml::from_str(text).unwrap()
}

/// The targets of `receivers`, none of which has a template.
pub(super) fn targets(receivers: &[ReceiverConfig]) -> Vec<Target> {
    receivers.iter().map(|receiver| Target::new(receiver, None).unwrap()).collect()
}
