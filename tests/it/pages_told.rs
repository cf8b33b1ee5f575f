//! What outlets told, for the tests of the pages: feeds, stories and near misses.

use silkwire::model::{
    AlertKind, Article, ArticleId, Aspect, Delivery, DeliveryId, DeliveryState, EventId, Evidence,
    EvidenceKind, Feed, FeedId, FeedState, Field, Figure, Language, Match, MatchId, NearMiss,
    PollReason, Score, Side, Silence, Story, StoryId, Timestamp,
};
use silkwire::review::FeedStanding;
use silkwire::store::{Announcement, Commit, MatchCommit, StoryChange};

use crate::pages_desk::Desk;

const TOPIC: &str = "japan-azerbaijan";

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A feed of `side`, read ten minutes ago; with `error` it fails since then.
pub(super) fn feed(title: &str, side: &str, code: &str, error: Option<&str>) -> FeedStanding {
    let url = format!("https://example.org/{code}/{}", title.len());
    let id = FeedId::of_url(&url);
    let side = Side::try_from(side.to_owned()).unwrap();
    let language = Some(code.parse::<Language>().unwrap());
    let feed = Feed { title: title.to_owned(), side, language, ..Feed::at(url.parse().unwrap()) };
    let mut state = FeedState::new(id, time("2026-11-25T06:48:00Z"));
    state.last_poll = Some(time("2026-11-25T06:35:00Z"));
    state.last_success = Some(time("2026-11-25T06:35:00Z"));
    state.n_entries = 12;
    state.reason = PollReason::Quiet;
    state.error = error.map(str::to_owned);
    state.streak = u32::from(error.is_some()) * 19;
    FeedStanding { feed, state: Some(state) }
}

/// One report, with the words that count and what they count for: `JP`, `AZ`, or a cue.
pub(super) struct Told<'a> {
    pub(super) feed: &'a FeedStanding,
    pub(super) title: &'a str,
    pub(super) summary: &'a str,
    pub(super) words: &'a [(&'a str, &'a str, f64)],
    pub(super) at: &'a str,
}

impl Told<'_> {
    fn language(&self) -> Language {
        self.feed.feed.language.unwrap()
    }

    fn article(&self) -> ArticleId {
        ArticleId::of_identity(self.title.as_bytes())
    }

    pub(super) fn id(&self) -> MatchId {
        MatchId::of(TOPIC, self.article())
    }

    fn evidence(&self) -> Vec<Evidence> {
        let evidence = |(text, side, weight): &(&str, &str, f64)| {
            let in_title = self.title.find(text).map(|start| (Field::Title, start));
            let in_summary = self.summary.find(text).map(|start| (Field::Summary, start));
            let (field, start) = in_summary.or(in_title).unwrap();
            let side = side.parse().ok();
            let kind = if side.is_some() { EvidenceKind::Mention } else { EvidenceKind::Cue };
            let (text, end) = ((*text).to_owned(), start + text.len());
            Evidence { kind, side, text, field, start, end, weight: *weight }
        };
        self.words.iter().map(evidence).collect()
    }

    fn score(&self) -> Score {
        Score::new(self.words.iter().map(|(_, _, weight)| weight).sum()).unwrap()
    }

    /// The story that it opens.
    pub(super) fn story(&self, is_told: bool) -> Story {
        Story {
            id: StoryId::opened_by(self.id()),
            topic: TOPIC.to_owned(),
            revision: 1,
            first_match: self.id(),
            title: self.title.to_owned(),
            size: 1,
            languages: vec![self.language()],
            first_published: time(self.at),
            updated: time(self.at),
            first_publisher: Some(self.id()),
            overtaken: None,
            titles: Vec::new(),
            sides: Vec::new(),
            outlets: Vec::new(),
            aspects: Vec::new(),
            figures: Vec::new(),
            is_announced: is_told,
            told: None,
            merged_into: None,
            review: None,
        }
    }

    /// A commit that opens a story with it and tells `desk`, or nobody.
    pub(super) fn opens(&self, is_told: bool) -> Commit {
        self.changes(&self.story(is_told), None, is_told)
    }

    /// A commit by which it joins `story`; nobody is told.
    pub(super) fn joins(&self, mut story: Story) -> Commit {
        let before = Some(story.revision);
        story.revision += 1;
        story.size += 1;
        story.languages.push(self.language());
        self.changes(&story, before, false)
    }

    fn changes(&self, story: &Story, expected: Option<u64>, is_told: bool) -> Commit {
        let announcement = if is_told {
            Announcement::Deliver(vec![self.delivery(story)])
        } else {
            Announcement::Silent(Silence::NoRoute)
        };
        let article = Article {
            id: self.article(),
            feed: self.feed.feed.id,
            url: Some("https://example.org/article?a=1&b=2".to_owned()),
            title: self.title.to_owned(),
            summary: self.summary.to_owned(),
            body: String::new(),
            language: self.language(),
            published: time(self.at),
            first_seen: time(self.at),
            stated: None,
            page: None,
            text_dropped: None,
            hash: None,
        };
        let matched = Match {
            id: self.id(),
            topic: TOPIC.to_owned(),
            article: article.id,
            feed: article.feed,
            story: story.id,
            score: self.score(),
            language: article.language,
            aspects: vec![Aspect::Diplomacy, Aspect::Trade],
            figures: vec![Figure {
                text: "538 Mio".to_owned(),
                value: 538e6,
                unit: "USD".to_owned(),
            }],
            evidence: self.evidence(),
            basis: 1,
            created: article.first_seen,
            home: Some(Side::Third),
            link: None,
            placed: None,
            silence: (!is_told).then_some(Silence::NoRoute),
            review: None,
        };
        let matched =
            MatchCommit { article, matched, sketch: None, seen: Vec::new(), announcement };
        let stories = vec![StoryChange::untold(story.clone(), expected)];
        Commit { matches: vec![matched], stories, ..Commit::default() }
    }

    fn delivery(&self, story: &Story) -> Delivery {
        let kind = AlertKind::MatchCreated;
        let event = EventId::of_story(TOPIC, kind.as_str(), story.id, story.revision);
        Delivery {
            id: DeliveryId::of(event, "desk"),
            event,
            kind,
            receiver: "desk".to_owned(),
            matched: Some(self.id()),
            story: Some(story.id),
            lists: Vec::new(),
            score: None,
            mute_windows: Vec::new(),
            is_held: false,
            replayed: None,
            body: "{}".to_owned(),
            created: time(self.at),
            state: DeliveryState::Pending { due: time("2026-11-25T06:51:00Z") },
            attempts: Vec::new(),
        }
    }

    /// A commit that keeps it as a near miss.
    pub(super) fn nearly(&self, why_not: &str) -> Commit {
        let near_miss = NearMiss {
            id: self.id(),
            topic: TOPIC.to_owned(),
            article: self.article(),
            feed: self.feed.feed.id,
            url: Some("https://example.org/near".to_owned()),
            title: self.title.to_owned(),
            text: self.summary.to_owned(),
            language: self.language(),
            score: self.score(),
            evidence: self.evidence(),
            why_not: why_not.to_owned(),
            published: time(self.at),
            created: time(self.at),
            review: None,
        };
        Commit { near_misses: vec![near_miss], ..Commit::default() }
    }
}

/// Five outlets of the pair and of elsewhere; one fails.
pub(super) fn outlets() -> Vec<FeedStanding> {
    vec![
        feed("浜里新聞", "JP", "ja", None),
        feed("Kaspi Ajansı", "AZ", "az", None),
        feed("Elbe-Kurier", "third", "de", None),
        feed("پیام ارومیه", "third", "fa", None),
        feed("Xəzər Xəbər", "AZ", "az", Some("the site shows a wall instead of the feed (403)")),
    ]
}

/// Two stories and two near misses from `feeds`, which are [`outlets`].
pub(super) fn fill(desk: &Desk, feeds: &[FeedStanding]) {
    let german = Told {
        feed: &feeds[2],
        title: "Empfang in Baku: Japans Botschafter lobt Energiepartnerschaft",
        summary: "Japans Botschafter empfing in Baku dreihundert Gäste und lobte die Partnerschaft mit Aserbaidschan.",
        words: &[
            ("Japans Botschafter", "JP", 0.4),
            ("Aserbaidschan", "AZ", 0.35),
            ("empfing", "cue", 0.2),
        ],
        at: "2026-11-25T05:12:00Z",
    };
    desk.add(german.opens(true));
    let japanese = Told {
        feed: &feeds[0],
        title: "駐アゼルバイジャン大使、バクーで祝賀会",
        summary: "日本の大使はバクーで祝賀会を開いた。",
        words: &[("日本", "JP", 0.4), ("バクー", "AZ", 0.38)],
        at: "2026-11-25T06:05:00Z",
    };
    desk.add(japanese.joins(german.story(true)));
    let persian = Told {
        feed: &feeds[3],
        title: "سفیر ژاپن در باکو با وزیر انرژی جمهوری آذربایجان دیدار کرد",
        summary: "سفیر ژاپن در باکو با وزیر انرژی دیدار کرد.",
        words: &[("ژاپن", "JP", 0.45), ("باکو", "AZ", 0.4)],
        at: "2026-11-24T22:40:00Z",
    };
    desk.add(persian.opens(false));
    let medals = Told {
        feed: &feeds[2],
        title: "Judo in Baku: Japan gewinnt den Medaillenspiegel",
        summary: "Japan 4 Gold, Aserbaidschan 1.",
        words: &[("Japan", "JP", 0.2), ("Aserbaidschan", "AZ", 0.19)],
        at: "2026-11-25T03:55:00Z",
    };
    desk.add(medals.nearly("Both countries are rows of a medal table."));
    let creature = Told {
        feed: &feeds[0],
        title: "夢を食べる獏、ゲームで人気再燃",
        summary: "",
        words: &[("獏", "AZ", 0.31)],
        at: "2026-11-24T23:30:00Z",
    };
    desk.add(creature.nearly("「獏」 is the dream-eating creature, not the city of Baku."));
}
