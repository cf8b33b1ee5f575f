//! Tries a receiver with an event that tells nothing.

use serde::Serialize;

use crate::alert::Receiver;
use crate::alert::attempt::attempt;
use crate::model::{AlertKind, Attempt, EventId, FixedClock, Timestamp};

/// Sends one signed `webhook.test` to `receiver` and says how that went. Nothing is stored, and
/// it is not tried again.
pub async fn test(receiver: &Receiver, now: Timestamp) -> Attempt {
    let event = EventId::of_test(receiver.name(), now);
    let body = body(receiver.name(), now);
    attempt(&FixedClock(now), receiver, event, &body).await.0
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: AlertKind,
    timestamp: Timestamp,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    receiver: &'a str,
    text: &'static str,
}

fn body(receiver: &str, timestamp: Timestamp) -> String {
    let data = Data { receiver, text: "A test from silkwire: alerts reach you." };
    let body = Body { kind: AlertKind::WebhookTest, timestamp, data };
    serde_json::to_string(&body).expect("plain texts can always be written")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: what people build their receiver's test against does not change unseen.
    #[test]
    fn body_says_that_it_is_a_test() {
        let now = Timestamp::from_unix_ms(1_795_500_000_000).unwrap();
        insta::assert_snapshot!(body("desk", now), @r#"{"type":"webhook.test","timestamp":"2026-11-24T06:00:00Z","data":{"receiver":"desk","text":"A test from silkwire: alerts reach you."}}"#);
        assert_ne!(EventId::of_test("desk", now), EventId::of_test("wire", now));
    }
}
