//! A Teams workflow ("when a webhook request is received"): one adaptive card.
//!
//! Sources: adaptivecards.io, schema 1.4; Microsoft's documentation says 28 KB for a message,
//! a library found 21 KB in practice. Cards read a part of Markdown and no HTML.

use serde_json::{Value, json};

use crate::alert::format::cut::{Dialect, Unit};
use crate::alert::format::facts::{Facts, Item};

const BODY_BYTES_MAX: usize = 20_000;

/// Tried one after the other until the card is short enough: bytes of a text, stories of a list.
const STEPS: [(usize, usize); 5] = [(1500, 50), (1000, 25), (500, 12), (300, 6), (150, 3)];

const DIALECT: Dialect =
    Dialect { unit: Unit::Bytes, counts_markup: true, escape, bold: ("", ""), link: str::to_owned };

pub(super) fn body(facts: &Facts) -> String {
    let mut card = String::new();
    for (text_max, items_max) in STEPS {
        card = written(facts, text_max, items_max);
        if card.len() <= BODY_BYTES_MAX {
            break;
        }
    }
    card
}

fn written(facts: &Facts, text_max: usize, items_max: usize) -> String {
    let mut parts = vec![json!({
        "type": "TextBlock",
        "text": facts.headline(text_max, &DIALECT),
        "weight": "Bolder",
        "size": "Medium",
        "wrap": true,
    })];
    let (rows, texts): (Vec<_>, Vec<_>) = facts.rows.iter().partition(|row| !row.label.is_empty());
    parts.extend(texts.iter().map(|row| text(&DIALECT.fitted(&row.text, text_max))));
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| json!({ "title": row.label, "value": DIALECT.fitted(&row.text, text_max) }))
        .collect();
    if !rows.is_empty() {
        parts.push(json!({ "type": "FactSet", "facts": rows }));
    }
    let shown = facts.items.iter().take(items_max);
    parts.extend(shown.clone().map(|item| story(item, text_max)));
    let n_left = facts.n_items.saturating_sub(shown.count());
    if 0 < n_left {
        parts.push(text(&format!("… and {n_left} more")));
    }
    let actions = facts.url.iter().map(|url| open(url)).collect::<Vec<_>>();
    message(&parts, &actions)
}

fn story(item: &Item, text_max: usize) -> Value {
    let words = format!("{} ({})", DIALECT.fitted(&item.title, text_max), item.by);
    let mut parts = vec![text(&words)];
    parts.extend(item.url.iter().map(|url| json!({ "type": "ActionSet", "actions": [open(url)] })));
    json!({ "type": "Container", "separator": true, "items": parts })
}

fn text(words: &str) -> Value {
    json!({ "type": "TextBlock", "text": words, "wrap": true })
}

fn open(url: &str) -> Value {
    json!({ "type": "Action.OpenUrl", "title": "Read", "url": url })
}

fn message(parts: &[Value], actions: &[Value]) -> String {
    let card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": { "width": "Full" },
        "body": parts,
        "actions": actions,
    });
    let kind = "application/vnd.microsoft.card.adaptive";
    let attachment = json!({ "contentType": kind, "contentUrl": null, "content": card });
    json!({ "type": "message", "attachments": [attachment] }).to_string()
}

/// The part of Markdown that cards read.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '*' | '_' | '[' | ']' | '`') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
