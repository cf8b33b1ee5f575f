//! Telegram's `sendMessage` with HTML: of all its ways to write, the one with the fewest characters
//! to escape.
//!
//! Source: core.telegram.org/bots/api, "sendMessage" (1 to 4,096 characters after entities are
//! parsed), "Formatting options" (entities are counted in UTF-16 units).

use serde_json::{Value, json};

use crate::alert::format::cut::{Dialect, Unit};
use crate::alert::format::facts::Facts;
use crate::alert::format::letter;

const TEXT_MAX: usize = 4096;

const DIALECT: Dialect = Dialect {
    unit: Unit::Utf16,
    counts_markup: false,
    escape,
    bold: ("<b>", "</b>"),
    link: escape_html,
};

pub(super) fn body(facts: &Facts, chat: &str) -> String {
    let text = letter::whole(facts, TEXT_MAX, &DIALECT);
    let preview = json!({ "is_disabled": true });
    json!({ "chat_id": chat, "text": text, "parse_mode": "HTML", "link_preview_options": preview })
        .to_string()
}

/// `body` without markup, for a server that cannot read it; none if it has none.
pub(super) fn without_markup(body: &str) -> Option<String> {
    let mut message: Value = serde_json::from_str(body).ok()?;
    message.as_object_mut()?.remove("parse_mode")?;
    let text = message["text"].as_str()?.replace("<b>", "").replace("</b>", "");
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    message["text"] = text.into();
    Some(message.to_string())
}

pub(super) fn escape(text: &str) -> String {
    // A space without width: nobody is called.
    escape_html(text).replace('@', "@\u{200b}")
}

fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
