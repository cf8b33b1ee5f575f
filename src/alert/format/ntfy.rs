//! ntfy: published as JSON, because its headers would need another encoding for every script.
//!
//! Source: docs.ntfy.sh, "Publish as JSON"; a message of over 4,096 bytes becomes an attachment.

use serde_json::{Map, Value, json};

use crate::alert::format::cut::{Dialect, Unit};
use crate::alert::format::facts::Facts;
use crate::alert::format::letter;
use crate::model::AlertKind;

const MESSAGE_BYTES_MAX: usize = 4096;
const TITLE_CHARACTERS_MAX: usize = 200;

const LOW: u8 = 2;
const NORMAL: u8 = 3;
const HIGH: u8 = 4;

pub(super) fn body(facts: &Facts, topic: &str) -> String {
    let message = letter::below_headline(facts, MESSAGE_BYTES_MAX, &Dialect::plain(Unit::Bytes));
    let title = facts.headline(TITLE_CHARACTERS_MAX, &Dialect::plain(Unit::Characters));
    let mut published = Map::new();
    published.insert("topic".to_owned(), topic.into());
    published.insert("title".to_owned(), title.into());
    published.insert("message".to_owned(), message.into());
    published.insert("priority".to_owned(), priority(facts).into());
    published.insert("tags".to_owned(), json!([tag(facts)]));
    if let Some(url) = &facts.url {
        published.insert("click".to_owned(), url.clone().into());
    }
    Value::from(published).to_string()
}

fn priority(facts: &Facts) -> u8 {
    match facts.kind {
        _ if facts.is_urgent() => HIGH,
        AlertKind::Digest | AlertKind::WebhookTest => LOW,
        _ => NORMAL,
    }
}

/// A short name that ntfy shows as a sign.
fn tag(facts: &Facts) -> &'static str {
    match facts.kind {
        _ if facts.is_withdrawn => "x",
        AlertKind::MatchCreated => "newspaper",
        AlertKind::StoryUpdated => "repeat",
        AlertKind::Digest => "calendar",
        AlertKind::WebhookTest => "white_check_mark",
        AlertKind::ReceiverDisabled => "warning",
    }
}
