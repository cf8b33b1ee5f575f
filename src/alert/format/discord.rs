//! A Discord webhook: one embed.
//!
//! Sources: Discord's developer documentation, "Embed limits" (title 256, description 4,096,
//! footer 2,048, all together 6,000); "Allowed mentions". Counted in UTF-16 units here, which are
//! never fewer than what Discord counts.

use serde_json::{Map, Value, json};

use crate::alert::format::cut::{Dialect, Unit};
use crate::alert::format::facts::Facts;
use crate::alert::format::letter;
use crate::model::Timestamp;

const TITLE_MAX: usize = 256;
const DESCRIPTION_MAX: usize = 4096;

const BLUE: u32 = 0x2f_6f_b7;
const GREY: u32 = 0x8a_8f_98;
const RED: u32 = 0xc0_39_2b;

const DIALECT: Dialect = Dialect {
    unit: Unit::Utf16,
    counts_markup: true,
    escape,
    bold: ("**", "**"),
    link: str::to_owned,
};

pub(super) fn body(facts: &Facts, now: Timestamp) -> String {
    let color = match (facts.is_withdrawn, facts.is_urgent()) {
        (true, _) => GREY,
        (_, true) => RED,
        (false, false) => BLUE,
    };
    let footer = facts.topic.clone().unwrap_or_else(|| "silkwire".to_owned());
    let description = letter::below_headline(facts, DESCRIPTION_MAX, &DIALECT);
    let mut embed = Map::new();
    embed.insert("title".to_owned(), facts.headline(TITLE_MAX, &DIALECT).into());
    embed.insert("description".to_owned(), description.into());
    embed.insert("color".to_owned(), color.into());
    embed.insert("timestamp".to_owned(), now.to_string().into());
    embed.insert("footer".to_owned(), json!({ "text": DIALECT.fitted(&footer, TITLE_MAX) }));
    if let Some(url) = &facts.url {
        embed.insert("url".to_owned(), url.clone().into());
    }
    json!({ "embeds": [Value::from(embed)], "allowed_mentions": { "parse": [] } }).to_string()
}

/// Markdown as Discord reads it.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '*' | '_' | '~' | '`' | '>' | '|' | '[' | ']' | '#' => escaped.extend(['\\', c]),
            // Belongs to `allowed_mentions`, but other servers read this format, too.
            '@' | '<' => escaped.extend([c, '\u{200b}']),
            _ => escaped.push(c),
        }
    }
    escaped
}
