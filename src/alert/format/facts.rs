//! What a message says, as plain texts in the order in which they matter: formats only arrange.
//!
//! Deliberately absent: summaries and texts. People get title, link and the words that convinced
//! us.

use url::Url;

use crate::alert::format::cut::{Dialect, Unit};
use crate::alert::format::plain::{isolated, plain};
use crate::alert::{Digest, DigestStory, Message, News, Notice, Stamp, Tidings};
use crate::model::view::{EVIDENCE_MAX, shortened};
use crate::model::{AlertKind, Language, Story, Timestamp};

/// Longer links are no use to anybody, and break limits.
const URL_BYTES_MAX: usize = 2000;

/// Longer titles are no titles; formats cut them further.
const TITLE_CHARACTERS_MAX: usize = 2000;

/// The same for names of outlets, words and amounts.
const WORDS_CHARACTERS_MAX: usize = 200;

/// So much of the article is quoted as evidence, at most.
const EVIDENCE_CHARACTERS_MAX: usize = 300;

/// More amounts are no headline.
const FIGURES_MAX: usize = 5;

/// So sure that it may ring louder.
const URGENT_SCORE_MIN: f64 = 0.9;

/// What a message says.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) kind: AlertKind,
    /// What sort of message: `New story`.
    pub(super) lead: &'static str,
    /// The article's own title, whole; without control characters.
    pub(super) title: String,
    /// The language of the title, if it is an article's.
    pub(super) language: Option<Language>,
    /// Where to read on: http or https, ASCII.
    pub(super) url: Option<String>,
    /// What else there is to know, what matters first.
    pub(super) rows: Vec<Row>,
    /// The stories of a digest.
    pub(super) items: Vec<Item>,
    /// How many stories the digest has.
    pub(super) n_items: usize,
    pub(super) topic: Option<String>,
    /// The story that it tells of.
    pub(super) story: Option<Thread>,
    /// How sure we are, from 0 to 1.
    pub(super) score: Option<f64>,
    /// Whether the match was a mistake.
    pub(super) is_withdrawn: bool,
}

/// One line: what it is about, and what there is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Empty for a text that stands for itself.
    pub(super) label: &'static str,
    pub(super) text: String,
}

/// A story in a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) title: String,
    pub(super) by: String,
    pub(super) url: Option<String>,
}

/// What holds messages about one story together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Thread {
    pub(super) id: String,
    /// Title of its first match: the same in all messages.
    pub(super) title: String,
}

impl Facts {
    pub(super) fn new(message: &Message<'_>, stamp: &Stamp) -> Self {
        let mut facts = match message {
            Message::News { tidings, news } => of_news(*tidings, news),
            Message::Digest(digest) => of_digest(digest),
            Message::Notice(notice) => of_notice(notice),
            Message::Test { receiver } => of_test(receiver, stamp),
        };
        facts.kind = message.kind();
        facts.rows.retain(|row| !row.text.is_empty());
        facts
    }

    /// Whether it may ring louder than others.
    pub(super) fn is_urgent(&self) -> bool {
        let is_sure = self.score.is_some_and(|score| URGENT_SCORE_MIN <= score);
        (is_sure && !self.is_withdrawn) || self.kind == AlertKind::ReceiverDisabled
    }

    /// `New story: ` and the title in at most `max`, without what makes it stand out. An article's
    /// title cannot turn the line around, not even one that is cut.
    pub(super) fn headline(&self, max: usize, dialect: &Dialect) -> String {
        let lead = format!("{}: ", self.lead);
        let isolate = |text: &str| match self.language {
            Some(_) => isolated(text),
            None => text.to_owned(),
        };
        let around = dialect.unit.of(&isolate("x")) - dialect.unit.of("x");
        let room = max.saturating_sub(dialect.unit.of(&lead) + around);
        lead + &isolate(&dialect.fitted(&self.title, room))
    }

    fn empty(lead: &'static str, title: &str) -> Self {
        Self {
            kind: AlertKind::WebhookTest,
            lead,
            title: Dialect::plain(Unit::Characters).fitted(&plain(title), TITLE_CHARACTERS_MAX),
            language: None,
            url: None,
            rows: Vec::new(),
            items: Vec::new(),
            n_items: 0,
            topic: None,
            story: None,
            score: None,
            is_withdrawn: false,
        }
    }
}

impl Row {
    fn new(label: &'static str, text: String) -> Self {
        Self { label, text }
    }

    /// The row as one line.
    pub(super) fn line(&self) -> String {
        if self.label.is_empty() {
            return self.text.clone();
        }
        format!("{}: {}", self.label, self.text)
    }
}

fn of_news(tidings: Tidings<'_>, news: &News<'_>) -> Facts {
    let News { matched, article, story, .. } = news;
    let (lead, is_withdrawn) = match tidings {
        Tidings::Created => ("New story", false),
        Tidings::Changed(_) => ("Story update", false),
        Tidings::Withdrawn => ("Withdrawn", true),
    };
    let changes = match tidings {
        Tidings::Created => String::new(),
        Tidings::Changed(changes) => list(changes, "; "),
        Tidings::Withdrawn => "this match was a mistake and is taken back".to_owned(),
    };
    let aspects: Vec<&str> = matched.aspects.iter().map(|aspect| aspect.as_str()).collect();
    let figures = matched.figures.iter().take(FIGURES_MAX).map(|it| it.text.as_str());
    let rows = vec![
        Row::new("Changed", changes),
        Row::new("Outlet", outlet(news)),
        Row::new("Score", format!("{:.2}", matched.score.value())),
        Row::new("About", aspects.join(", ")),
        Row::new("Figures", list(&figures.collect::<Vec<_>>(), "; ")),
        Row::new("Evidence", evidence(news)),
        Row::new("Story", extent(story.size, story.n_outlets(), &story.languages)),
    ];
    Facts {
        language: Some(matched.language),
        url: article.url.as_deref().and_then(link),
        rows,
        topic: Some(matched.topic.clone()),
        story: Some(thread(story)),
        score: Some(matched.score.value()),
        is_withdrawn,
        ..Facts::empty(lead, &article.title)
    }
}

fn thread(story: &Story) -> Thread {
    Thread { id: story.id.to_string(), title: plain(&story.title) }
}

/// `Beispiel (third), de, 2026-11-24 05:30 UTC`.
fn outlet(news: &News<'_>) -> String {
    let feed = news.feed.map(|feed| format!("{} ({}), ", short(&feed.title), feed.side));
    let (language, time) = (news.matched.language, time(news.article.published));
    format!("{}{language}, {time}", feed.unwrap_or_default())
}

/// The words that convinced us, each once, strongest first, and for which side they speak.
fn evidence(news: &News<'_>) -> String {
    let mut words: Vec<String> = Vec::new();
    for reason in news.matched.evidence.iter().take(EVIDENCE_MAX) {
        let side = reason.side.map(|side| format!(" ({side})")).unwrap_or_default();
        let word = format!("{}{side}", short(&reason.text));
        if !words.contains(&word) {
            words.push(word);
        }
    }
    shortened(&words.join(", "), EVIDENCE_CHARACTERS_MAX)
}

/// `3 reports from 2 outlets in de, en`.
fn extent(n_reports: u32, n_outlets: usize, languages: &[Language]) -> String {
    let reports = if n_reports == 1 { "report" } else { "reports" };
    let outlets = match n_outlets {
        0 => String::new(),
        1 => " from 1 outlet".to_owned(),
        n => format!(" from {n} outlets"),
    };
    let languages: Vec<&str> = languages.iter().map(Language::as_str).collect();
    format!("{n_reports} {reports}{outlets} in {}", languages.join(", "))
}

fn of_digest(digest: &Digest) -> Facts {
    let Digest { topic, from, to, n_feeds_checked, n_feeds_failing, stories, n_stories } = digest;
    let title = match n_stories {
        0 => format!("{topic}: no new story"),
        1 => format!("{topic}: 1 story"),
        n => format!("{topic}: {n} stories"),
    };
    let rows = vec![
        Row::new("Time", format!("{} to {}", time(*from), time(*to))),
        Row::new("Feeds", format!("{n_feeds_checked} checked, {n_feeds_failing} failing")),
    ];
    Facts {
        rows,
        items: stories.iter().map(item).collect(),
        n_items: *n_stories,
        topic: Some(topic.clone()),
        ..Facts::empty("Digest", &title)
    }
}

fn item(story: &DigestStory) -> Item {
    let extent = extent(story.n_matches, story.story.n_outlets, &story.story.languages);
    Item {
        title: plain(&story.title),
        by: format!("{extent}, score {:.2}", story.score.value()),
        url: story.url.as_deref().and_then(link),
    }
}

fn of_notice(notice: &Notice) -> Facts {
    let state = match notice.kind {
        AlertKind::ReceiverDisabled => "is disabled",
        _ => "needs attention",
    };
    let title = format!("receiver {} {state}", notice.receiver);
    let rows = vec![Row::new("", plain(&notice.text))];
    Facts { rows, ..Facts::empty("Notice", &title) }
}

fn of_test(receiver: &str, stamp: &Stamp) -> Facts {
    let rows = vec![Row::new("Receiver", receiver.to_owned()), Row::new("Time", time(stamp.now))];
    Facts { rows, ..Facts::empty("Test", "A test from silkwire: alerts reach you.") }
}

/// A text that is not ours as part of a line.
fn short(text: &str) -> String {
    isolated(&Dialect::plain(Unit::Characters).fitted(&plain(text), WORDS_CHARACTERS_MAX))
}

fn list<T: AsRef<str>>(texts: &[T], between: &str) -> String {
    let texts: Vec<String> = texts.iter().map(|it| short(it.as_ref())).collect();
    texts.join(between)
}

/// `2026-11-24 05:30 UTC`.
fn time(time: Timestamp) -> String {
    let text = time.to_string();
    let minute = text.split_once('T').and_then(|(day, rest)| Some((day, rest.get(..5)?)));
    minute.map_or_else(|| text.clone(), |(day, minute)| format!("{day} {minute} UTC"))
}

/// A link that every format can carry; none if this is none.
fn link(text: &str) -> Option<String> {
    let url = Url::parse(text.trim()).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    // Slack's own separator in links.
    let written = url.as_str().replace('|', "%7C");
    (is_web && written.len() <= URL_BYTES_MAX).then_some(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a click leads to a page, never into a script or a mail program.
    #[test]
    fn only_web_links_are_links() {
        for text in ["javascript:alert(1)", "data:text/html,x", "mailto:a@b.c", "/a", "", "https:"]
        {
            assert_eq!(link(text), None, "{text}");
        }
        let odd = "https://例え.example/a b\"<x>|y?q='z'#`f";
        assert_eq!(
            link(odd).unwrap(),
            "https://xn--r8jz45g.example/a%20b%22%3Cx%3E%7Cy?q=%27z%27#%60f"
        );
        let long = format!("https://a.example/{}", "x".repeat(URL_BYTES_MAX));
        assert_eq!(link(&long), None);
    }
}
