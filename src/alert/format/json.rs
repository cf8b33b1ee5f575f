//! The JSON body of Standard Webhooks: type, time, place in the order, and data.
//!
//! Invariant: a body is valid JSON of at most [`BODY_BYTES_MAX`] bytes.

use serde::Serialize;
use serde_json::Value;

use crate::alert::format::thin;
use crate::alert::{Digest, DigestStory, Message, News, Payload, Stamp, Tidings};
use crate::model::view::{MatchView, StoryView, shortened};
use crate::model::{AlertKind, Timestamp};

/// What Standard Webhooks advises; a long text is cut, never sent whole.
const BODY_BYTES_MAX: usize = 20_000;

/// So many characters of a template's complaint are told.
const ERROR_CHARACTERS_MAX: usize = 300;

#[derive(Serialize)]
struct Body<'a, D> {
    #[serde(rename = "type")]
    kind: AlertKind,
    timestamp: Timestamp,
    sequence: u64,
    data: D,
    /// Why this is no template's work.
    #[serde(skip_serializing_if = "Option::is_none")]
    template_error: Option<&'a str>,
}

/// What a body says, by kind of message.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Data<'a> {
    News(Box<NewsData<'a>>),
    Digest(DigestData<'a>),
    Words { receiver: &'a str, text: String },
}

#[derive(Serialize)]
pub(super) struct NewsData<'a> {
    topic: &'a str,
    #[serde(rename = "match")]
    matched: MatchView,
    story: StoryView,
    /// What changed in a story that was told, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<String>,
    /// Whether the match was a mistake and is taken back.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    withdrawn: bool,
    /// Whether something was left out to keep the body short.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    truncated: bool,
}

#[derive(Serialize)]
pub(super) struct DigestData<'a> {
    topic: &'a str,
    from: Timestamp,
    to: Timestamp,
    feeds: Feeds,
    stories: Vec<StoryData>,
    n_stories: usize,
    /// Whether `stories` was cut to keep the body short.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    truncated: bool,
}

/// How many feeds were looked at, so that an empty digest can be believed.
#[derive(Serialize)]
struct Feeds {
    checked: usize,
    failing: usize,
}

#[derive(Serialize)]
struct StoryData {
    #[serde(flatten)]
    story: StoryView,
    title: String,
    url: Option<String>,
    score: f64,
    n_matches: u32,
    /// What changed in a story that is older than the digest's time, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<String>,
}

/// The body of `message`.
pub(super) fn body(message: &Message<'_>, stamp: &Stamp, payload: Payload) -> String {
    written(message, stamp, payload, None)
}

/// The body that is sent when a template fails, and why it does.
pub(super) fn body_instead(message: &Message<'_>, stamp: &Stamp, error: &str) -> String {
    let error = shortened(&printable(error), ERROR_CHARACTERS_MAX);
    written(message, stamp, Payload::Full, Some(&error))
}

/// What templates see: the same as receivers of JSON.
pub(super) fn value(message: &Message<'_>, stamp: &Stamp) -> Value {
    serde_json::from_str(&body(message, stamp, Payload::Full)).unwrap_or_default()
}

fn written(
    message: &Message<'_>,
    stamp: &Stamp,
    payload: Payload,
    template_error: Option<&str>,
) -> String {
    let mut data = data(message);
    loop {
        let (kind, timestamp, sequence) = (message.kind(), stamp.now, stamp.sequence);
        let text = match payload {
            Payload::Full => {
                write(&Body { kind, timestamp, sequence, data: &data, template_error })
            }
            Payload::Thin => {
                let data = thin::of_data(&data);
                write(&Body { kind, timestamp, sequence, data, template_error })
            }
        };
        if text.len() <= BODY_BYTES_MAX || !data.shrink() {
            return text;
        }
    }
}

fn write(body: &impl Serialize) -> String {
    serde_json::to_string(body).expect("plain texts and numbers can always be written")
}

fn data<'a>(message: &Message<'a>) -> Data<'a> {
    match message {
        Message::News { tidings, news } => Data::News(Box::new(NewsData::new(*tidings, news))),
        Message::Digest(digest) => Data::Digest(DigestData::new(digest)),
        Message::Notice(notice) => {
            Data::Words { receiver: &notice.receiver, text: printable(&notice.text) }
        }
        Message::Test { receiver } => {
            Data::Words { receiver, text: "A test from silkwire: alerts reach you.".to_owned() }
        }
    }
}

impl<'a> NewsData<'a> {
    fn new(tidings: Tidings<'_>, news: &News<'a>) -> Self {
        let mut matched = MatchView::new(news.matched, news.article, news.feed);
        let mut story = StoryView::from(news.story);
        clean_match(&mut matched);
        clean_story(&mut story);
        let (changes, withdrawn) = match tidings {
            Tidings::Created => (Vec::new(), false),
            Tidings::Changed(changes) => (changes.iter().map(|it| printable(it)).collect(), false),
            Tidings::Withdrawn => (Vec::new(), true),
        };
        let topic = &news.matched.topic;
        Self { topic, matched, story, changes, withdrawn, truncated: false }
    }

    /// Takes away half of the least important part that is left; false if nothing is left.
    fn shrink(&mut self) -> bool {
        self.truncated = true;
        let Self { matched, story, changes, .. } = self;
        halve(&mut matched.evidence)
            || halve(&mut matched.figures)
            || halve(&mut story.figures)
            || halve(&mut story.titles)
            || halve_text(&mut matched.summary)
            || halve_text(&mut matched.feed.title)
            || halve(&mut story.languages)
            || halve(changes)
            || halve_text(&mut matched.title)
            || matched.url.take().is_some()
    }
}

impl<'a> DigestData<'a> {
    fn new(digest: &'a Digest) -> Self {
        let feeds = Feeds { checked: digest.n_feeds_checked, failing: digest.n_feeds_failing };
        let stories: Vec<StoryData> = digest.stories.iter().map(StoryData::new).collect();
        Self {
            topic: &digest.topic,
            from: digest.from,
            to: digest.to,
            feeds,
            truncated: stories.len() < digest.n_stories,
            stories,
            n_stories: digest.n_stories,
        }
    }
}

impl StoryData {
    fn new(item: &DigestStory) -> Self {
        let mut story = item.story.clone();
        clean_story(&mut story);
        let (title, url) = (printable(&item.title), item.url.as_deref().map(printable));
        let changes = item.changes.iter().map(|it| printable(it)).collect();
        let (score, n_matches) = (item.score.value(), item.n_matches);
        Self { story, title, url, score, n_matches, changes }
    }
}

impl Data<'_> {
    /// Makes it shorter by the least important part; false if nothing is left to take away.
    fn shrink(&mut self) -> bool {
        match self {
            Self::News(news) => news.shrink(),
            Self::Digest(digest) => {
                digest.truncated = true;
                digest.stories.pop().is_some()
            }
            Self::Words { text, .. } => halve_text(text),
        }
    }
}

fn halve<T>(items: &mut Vec<T>) -> bool {
    let had_some = !items.is_empty();
    items.truncate(items.len() / 2);
    had_some
}

fn halve_text(text: &mut String) -> bool {
    match text.chars().count() {
        0 => return false,
        1 => text.clear(),
        n_characters => *text = shortened(text, n_characters / 2),
    }
    true
}

/// Takes control characters out: databases refuse NUL, terminals obey ESC.
fn clean_match(matched: &mut MatchView) {
    let MatchView { title, summary, url, feed, evidence, figures, .. } = matched;
    let texts = [title, summary, &mut feed.title].into_iter().chain(url);
    let reasons = evidence.iter_mut().map(|it| &mut it.text);
    texts.chain(reasons).chain(figures.iter_mut().map(|it| &mut it.text)).for_each(clean);
}

fn clean_story(story: &mut StoryView) {
    story.figures.iter_mut().map(|it| &mut it.text).for_each(clean);
    story.titles.iter_mut().map(|it| &mut it.title).for_each(clean);
}

fn clean(text: &mut String) {
    if text.contains(char::is_control) {
        *text = printable(text);
    }
}

fn printable(text: &str) -> String {
    text.replace(['\n', '\t'], " ").replace(char::is_control, "")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::alert::samples::Sample;

    fn body_of(sample: &Sample) -> String {
        let news = sample.news();
        let message = Message::News { tidings: Tidings::Created, news: &news };
        body(&message, &sample.stamp(), Payload::Full)
    }

    /// Goal: what receivers were built against does not change unseen.
    #[test]
    fn body_has_the_published_shape() {
        let body: Value = serde_json::from_str(&body_of(&Sample::new())).unwrap();
        insta::assert_snapshot!(serde_json::to_string_pretty(&body).unwrap());
    }

    /// Goal: an endless title, summary or link harms no receiver.
    /// Method: the longest texts, of characters that JSON writes with 4 bytes or escapes.
    #[test]
    fn long_texts_are_cut_at_characters() {
        let mut sample = Sample::new();
        for text in ["\u{1f5fe}".repeat(10_000), "\"".repeat(10_000)] {
            sample.article.title.clone_from(&text);
            sample.article.summary.clone_from(&text);
            sample.article.url = Some(text.clone());
            sample.matched.evidence[0].text = text;
            let body = body_of(&sample);
            assert!(body.len() <= BODY_BYTES_MAX, "{}", body.len());
            let body: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(body["data"]["truncated"], true);
            assert!(body["data"]["match"]["id"].is_string());
        }
    }

    /// Goal: a body just within the limit is sent whole, one byte more is cut.
    #[test]
    fn limit_is_met_to_the_byte() {
        let mut sample = Sample::new();
        let room = BODY_BYTES_MAX - body_of(&sample).len();
        sample.article.title.push_str(&"x".repeat(room));
        let whole = body_of(&sample);
        assert_eq!((whole.len(), whole.contains("truncated")), (BODY_BYTES_MAX, false));
        sample.article.title.push('x');
        assert!(body_of(&sample).contains(r#""truncated":true"#));
    }

    /// Goal: a feed cannot reach the receiver's database or terminal through a title.
    #[test]
    fn control_characters_are_taken_out() {
        let mut sample = Sample::new();
        sample.article.title = "A\0B\u{1b}[31m\nC\u{9b}\u{202e}\u{2028}".to_owned();
        let body: Value = serde_json::from_str(&body_of(&sample)).unwrap();
        assert_eq!(body["data"]["match"]["title"], "AB[31m C\u{202e}\u{2028}");
    }
}
