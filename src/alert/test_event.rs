//! Tries a receiver with an event that tells nothing.

use serde_json::json;

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

fn body(receiver: &str, now: Timestamp) -> String {
    json!({
        "type": AlertKind::WebhookTest,
        "timestamp": now,
        "data": { "receiver": receiver, "text": "A test from silkwire: alerts reach you." },
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: what people build their receiver's test against does not change unseen.
    #[test]
    fn body_says_that_it_is_a_test() {
        let now = Timestamp::from_unix_ms(1_795_500_000_000).unwrap();
        insta::assert_snapshot!(body("desk", now), @"");
        assert_ne!(EventId::of_test("desk", now), EventId::of_test("wire", now));
    }
}
