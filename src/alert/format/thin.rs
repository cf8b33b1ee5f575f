//! The short JSON body: enough to look the rest up.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::alert::format::json::Data;

/// The names in `data` and what a line about it needs.
pub(super) fn of_data(data: &Data<'_>) -> Value {
    serde_json::to_value(data).map(|full| of_value(&full)).unwrap_or_default()
}

/// The short form of a body that was written in full; none if it is short already.
pub(super) fn of_body(body: &str) -> Option<String> {
    let mut whole: Map<String, Value> = serde_json::from_str(body).ok()?;
    let data = of_value(whole.get("data")?);
    whole.insert("data".to_owned(), data);
    let short = write(&whole);
    (short.len() < body.len()).then_some(short)
}

fn of_value(data: &Value) -> Value {
    let mut short = Map::new();
    for name in ["topic", "receiver", "text", "from", "to", "feeds", "n_stories"] {
        copy(data, name, &mut short, name);
    }
    for name in ["id", "url", "title", "score"] {
        copy(&data["match"], name, &mut short, name);
        copy(data, name, &mut short, name);
    }
    copy(&data["story"], "id", &mut short, "story");
    if data["story"].is_string() {
        copy(data, "story", &mut short, "story");
    }
    copy(data, "withdrawn", &mut short, "withdrawn");
    if let Some(stories) = data["stories"].as_array() {
        let named = stories.iter().map(|story| json!({"id": story["id"], "url": story["url"]}));
        short.insert("stories".to_owned(), named.collect());
    }
    Value::Object(short)
}

fn copy(from: &Value, name: &str, into: &mut Map<String, Value>, new_name: &str) {
    if let Some(value) = from.get(name) {
        into.insert(new_name.to_owned(), value.clone());
    }
}

fn write(body: &impl Serialize) -> String {
    serde_json::to_string(body).expect("what was read as JSON can be written as JSON")
}
