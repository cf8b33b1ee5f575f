//! A mail: the message as text, and as a page without anything that is loaded from elsewhere.
//!
//! All mails about a story refer to the same name, which no mail has, so that every mail program
//! shows them as one conversation, whichever came first.

use std::fmt::Write;

use crate::alert::Stamp;
use crate::alert::format::cut::{Dialect, Unit};
use crate::alert::format::facts::{Facts, Item};
use crate::alert::format::letter;
use crate::alert::mail::{Letterhead, Mail};
use crate::model::AlertKind;

const TEXT_CHARACTERS_MAX: usize = 20_000;
const SUBJECT_CHARACTERS_MAX: usize = 200;
const ITEMS_MAX: usize = 100;

pub(super) fn body(
    facts: &Facts,
    stamp: &Stamp,
    letterhead: &Letterhead,
    receiver: &str,
) -> String {
    let dialect = Dialect::plain(Unit::Characters);
    // Names of receivers may have dots where a mail's name may not.
    let list = receiver.replace('.', "-");
    let mail = Mail {
        subject: &dialect.fitted(&subject(facts), SUBJECT_CHARACTERS_MAX),
        text: &letter::whole(facts, TEXT_CHARACTERS_MAX, &dialect),
        html: &page(facts),
        id: &format!("{}.{list}", stamp.delivery),
        thread: facts.story.as_ref().map(|story| format!("story-{}.{list}", story.id)),
        list: &list,
        date: stamp.now,
    };
    letterhead.write(&mail)
}

/// The same words for all mails of a story: some programs put them together by these.
fn subject(facts: &Facts) -> String {
    match (&facts.story, facts.kind) {
        (Some(story), AlertKind::MatchCreated) => story.title.clone(),
        (Some(story), _) => format!("Re: {}", story.title),
        (None, _) => format!("{}: {}", facts.lead, facts.title),
    }
}

fn page(facts: &Facts) -> String {
    let mut page = String::from("<!doctype html>\n<html><head><meta charset=\"utf-8\"></head>");
    page.push_str("<body style=\"font-family:sans-serif;max-width:40em\">\n");
    let language = facts.language.map(|it| format!(" lang=\"{it}\"")).unwrap_or_default();
    let title = linked(&facts.title, facts.url.as_deref());
    // Writing into a text cannot fail.
    let _ = writeln!(page, "<p>{}</p>", escape(facts.lead));
    let _ = writeln!(page, "<h2 dir=\"auto\"{language}>{title}</h2>");
    page.push_str("<table>\n");
    for row in &facts.rows {
        let (label, text) = (escape(row.label), escape(&row.text));
        let _ = writeln!(
            page,
            "<tr><th align=\"left\" valign=\"top\">{label}</th><td dir=\"auto\">{text}</td></tr>"
        );
    }
    page.push_str("</table>\n");
    items(&mut page, facts);
    if let Some(url) = &facts.url {
        let _ = writeln!(page, "<p>{}</p>", linked(url, Some(url)));
    }
    page.push_str("</body></html>\n");
    page
}

fn items(page: &mut String, facts: &Facts) {
    if facts.items.is_empty() {
        return;
    }
    page.push_str("<ul>\n");
    let shown = facts.items.iter().take(ITEMS_MAX);
    for Item { title, by, url } in shown.clone() {
        let (title, by) = (linked(title, url.as_deref()), escape(by));
        let _ = writeln!(page, "<li><bdi>{title}</bdi> ({by})</li>");
    }
    page.push_str("</ul>\n");
    let n_left = facts.n_items.saturating_sub(shown.count());
    if 0 < n_left {
        let _ = writeln!(page, "<p>… and {n_left} more</p>");
    }
}

fn linked(text: &str, url: Option<&str>) -> String {
    let text = escape(text);
    match url {
        Some(url) => format!("<a href=\"{}\">{text}</a>", escape(url)),
        None => text,
    }
}

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}
