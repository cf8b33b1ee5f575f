//! Alertmanager, both ways: an alert of its API, for its own tree of routes, and the webhook that it
//! sends, for whatever reads that.
//!
//! Sources: Alertmanager's OpenAPI, `POST /api/v2/alerts`; its documentation, `webhook_config`
//! (version 4). Without an end an alert ends by itself after `resolve_timeout`, which is right for
//! news, and holds for a delivery that was late.

use serde_json::{Map, Value, json};

use crate::alert::Stamp;
use crate::alert::format::cut::{Dialect, Unit};
use crate::alert::format::facts::Facts;
use crate::alert::format::letter;
use crate::model::AlertKind;

const SUMMARY_CHARACTERS_MAX: usize = 1024;
const DESCRIPTION_CHARACTERS_MAX: usize = 4000;

/// The body of `POST /api/v2/alerts`.
pub(super) fn alerts(facts: &Facts, stamp: &Stamp) -> String {
    let mut alert = alert(facts, stamp);
    if facts.is_withdrawn {
        alert.insert("endsAt".to_owned(), stamp.now.to_string().into());
    }
    Value::from(vec![Value::from(alert)]).to_string()
}

/// The webhook of Alertmanager, version 4.
pub(super) fn webhook(facts: &Facts, stamp: &Stamp, receiver: &str) -> String {
    let status = if facts.is_withdrawn { "resolved" } else { "firing" };
    let (labels, annotations) = (labels(facts, stamp), annotations(facts));
    let mut alert = alert(facts, stamp);
    let ends = if facts.is_withdrawn { stamp.now.to_string() } else { NEVER.to_owned() };
    alert.insert("status".to_owned(), status.into());
    alert.insert("endsAt".to_owned(), ends.into());
    alert.insert("fingerprint".to_owned(), thread(facts, stamp).into());
    json!({
        "version": "4",
        "groupKey": format!("silkwire:{}", thread(facts, stamp)),
        "truncatedAlerts": 0,
        "status": status,
        "receiver": receiver,
        "groupLabels": labels,
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": "",
        "alerts": [Value::from(alert)],
    })
    .to_string()
}

/// What Alertmanager writes for an alert that has not ended: Go's zero time.
const NEVER: &str = "0001-01-01T00:00:00Z";

fn alert(facts: &Facts, stamp: &Stamp) -> Map<String, Value> {
    let mut alert = Map::new();
    alert.insert("labels".to_owned(), labels(facts, stamp));
    alert.insert("annotations".to_owned(), annotations(facts));
    alert.insert("startsAt".to_owned(), stamp.now.to_string().into());
    alert.insert("generatorURL".to_owned(), facts.url.clone().unwrap_or_default().into());
    alert
}

/// What makes an alert the same one: a story's messages are one alert, so nothing that changes
/// with a match stands here.
fn labels(facts: &Facts, stamp: &Stamp) -> Value {
    let mut labels = Map::new();
    let alert_name = if facts.story.is_some() { "SilkwireStory" } else { facts.kind.as_str() };
    labels.insert("alertname".to_owned(), alert_name.into());
    let severity = if facts.kind == AlertKind::ReceiverDisabled { "warning" } else { "info" };
    labels.insert("severity".to_owned(), severity.into());
    labels.insert("thread".to_owned(), thread(facts, stamp).into());
    if let Some(topic) = &facts.topic {
        labels.insert("topic".to_owned(), topic.clone().into());
    }
    labels.into()
}

fn annotations(facts: &Facts) -> Value {
    let dialect = Dialect::plain(Unit::Characters);
    let summary = facts.headline(SUMMARY_CHARACTERS_MAX, &dialect);
    let description = letter::below_headline(facts, DESCRIPTION_CHARACTERS_MAX, &dialect);
    let mut annotations = Map::new();
    annotations.insert("summary".to_owned(), summary.into());
    annotations.insert("description".to_owned(), description.into());
    if let Some(score) = facts.score {
        annotations.insert("score".to_owned(), format!("{score:.2}").into());
    }
    annotations.into()
}

fn thread(facts: &Facts, stamp: &Stamp) -> String {
    facts.story.as_ref().map_or_else(|| stamp.event.to_string(), |story| story.id.clone())
}
