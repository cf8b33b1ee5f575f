//! The API of apprise, which passes a message on to about 165 services.
//!
//! Source: github.com/caronc/apprise-api, "POST /notify/{KEY}"; apprise cuts and splits for each
//! service by itself.

use serde_json::{Map, Value};

use crate::alert::format::cut::{Dialect, Unit};
use crate::alert::format::facts::Facts;
use crate::alert::format::letter;
use crate::model::AlertKind;

const BODY_CHARACTERS_MAX: usize = 4000;
const TITLE_CHARACTERS_MAX: usize = 250;

pub(super) fn body(facts: &Facts, tags: &[String]) -> String {
    let dialect = Dialect::plain(Unit::Characters);
    let text = letter::below_headline(facts, BODY_CHARACTERS_MAX, &dialect);
    let title = facts.headline(TITLE_CHARACTERS_MAX, &dialect);
    let mut message = Map::new();
    message.insert("title".to_owned(), title.into());
    message.insert("body".to_owned(), text.into());
    message.insert("type".to_owned(), sort(facts).into());
    message.insert("format".to_owned(), "text".into());
    if !tags.is_empty() {
        // Behind a comma: any of them (apprise's "or").
        message.insert("tag".to_owned(), tags.join(", ").into());
    }
    Value::from(message).to_string()
}

fn sort(facts: &Facts) -> &'static str {
    match facts.kind {
        AlertKind::ReceiverDisabled => "failure",
        AlertKind::WebhookTest => "success",
        _ if facts.is_urgent() || facts.is_withdrawn => "warning",
        _ => "info",
    }
}
