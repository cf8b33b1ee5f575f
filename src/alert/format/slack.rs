//! A Slack incoming webhook; Mattermost and Rocket.Chat read its `text`.
//!
//! Sources: docs.slack.dev, "Formatting text" (only `&`, `<` and `>` are entities) and "Block Kit"
//! (section text 3,000, field 2,000, 10 fields); blocks of more than about 13,200 characters
//! together are refused though each is legal (bolt-js issue 2509); Mattermost cuts texts of over
//! 4,000 characters in older versions.

use serde_json::{Value, json};

use crate::alert::format::cut::{Dialect, Unit};
use crate::alert::format::facts::Facts;
use crate::alert::format::letter;

const TEXT_MAX: usize = 3800;
const SECTION_MAX: usize = 3000;
const FIELD_MAX: usize = 1000;
const FIELDS_MAX: usize = 10;

/// What Slack and Mattermost would obey: entities, code, calls (`@here`), links in Markdown.
const DIALECT: Dialect =
    Dialect { unit: Unit::Characters, counts_markup: true, escape, bold: ("*", "*"), link };

pub(super) fn body(facts: &Facts) -> String {
    let text = letter::whole(facts, TEXT_MAX, &DIALECT);
    json!({ "text": text, "unfurl_links": false, "blocks": blocks(facts) }).to_string()
}

fn blocks(facts: &Facts) -> Value {
    if !facts.items.is_empty() {
        return json!([section(&letter::whole(facts, SECTION_MAX, &DIALECT))]);
    }
    let headline = facts.headline(SECTION_MAX - 2, &DIALECT);
    let mut blocks = vec![section(&format!("*{headline}*"))];
    let fields: Vec<Value> = facts
        .rows
        .iter()
        .take(FIELDS_MAX)
        .map(|row| {
            let text = DIALECT.fitted(&row.text, FIELD_MAX);
            let label =
                if row.label.is_empty() { String::new() } else { format!("*{}*\n", row.label) };
            mrkdwn(&(label + &text))
        })
        .collect();
    if !fields.is_empty() {
        blocks.push(json!({ "type": "section", "fields": fields }));
    }
    let links = facts.url.as_deref().map(link);
    blocks.extend(links.filter(|it| it.chars().count() <= SECTION_MAX).map(|it| section(&it)));
    blocks.into()
}

fn section(text: &str) -> Value {
    json!({ "type": "section", "text": mrkdwn(text) })
}

fn mrkdwn(text: &str) -> Value {
    json!({ "type": "mrkdwn", "text": text })
}

pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // A space without width: the sign is seen as it stands, and calls nobody.
            '@' | '`' | ']' => escaped.extend([c, '\u{200b}']),
            _ => escaped.push(c),
        }
    }
    escaped
}

fn link(url: &str) -> String {
    format!("<{}>", url.replace('&', "&amp;"))
}
