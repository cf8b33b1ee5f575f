//! The JSON body of Standard Webhooks: type, time and data.
//!
//! Invariant: a body is valid JSON of at most [`BODY_BYTES_MAX`] bytes.

use serde::Serialize;

use crate::alert::{News, Tidings};
use crate::model::view::{MatchView, StoryView, shortened};
use crate::model::{AlertKind, Timestamp};

/// What Standard Webhooks advises; a long text is cut, never sent whole.
const BODY_BYTES_MAX: usize = 20_000;

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: AlertKind,
    timestamp: Timestamp,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
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

/// The body of an alert that is committed at `now`.
pub(super) fn body(tidings: Tidings<'_>, news: &News<'_>, now: Timestamp) -> String {
    let mut matched = MatchView::new(news.matched, news.article, news.feed);
    let mut story = StoryView::from(news.story);
    clean(&mut matched, &mut story);
    let topic = &news.matched.topic;
    let (changes, withdrawn) = match tidings {
        Tidings::Created => (Vec::new(), false),
        Tidings::Changed(changes) => (changes.iter().map(|it| printable(it)).collect(), false),
        Tidings::Withdrawn => (Vec::new(), true),
    };
    let data = Data { topic, matched, story, changes, withdrawn, truncated: false };
    let mut body = Body { kind: tidings.kind(), timestamp: now, data };
    let mut text = write(&body);
    while BODY_BYTES_MAX < text.len() && shrink(&mut body.data) {
        body.data.truncated = true;
        text = write(&body);
    }
    text
}

fn write(body: &Body<'_>) -> String {
    serde_json::to_string(body).expect("plain texts and numbers can always be written")
}

/// Takes away half of the least important part that is left; false if nothing is left.
fn shrink(data: &mut Data<'_>) -> bool {
    let Data { matched, story, changes, .. } = data;
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
fn clean(matched: &mut MatchView, story: &mut StoryView) {
    let MatchView { title, summary, url, feed, evidence, figures, .. } = matched;
    let texts = [title, summary, &mut feed.title].into_iter().chain(url);
    let reasons = evidence.iter_mut().map(|it| &mut it.text);
    let amounts = figures.iter_mut().chain(&mut story.figures).map(|it| &mut it.text);
    let titles = story.titles.iter_mut().map(|it| &mut it.title);
    for text in texts.chain(reasons).chain(amounts).chain(titles) {
        if text.contains(char::is_control) {
            *text = printable(text);
        }
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
        body(Tidings::Created, &sample.news(), sample.matched.created)
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
