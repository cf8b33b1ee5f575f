//! Tries a receiver with an event that tells nothing.

use crate::alert::attempt::attempt;
use crate::alert::{Message, Receiver, Stamp};
use crate::model::{Attempt, Delivery, DeliveryId, EventId, FixedClock, Timestamp};

/// Sends one signed `webhook.test` to `receiver` and says how that went. Nothing is stored, and
/// it is not tried again.
pub async fn test(receiver: &Receiver, now: Timestamp) -> Attempt {
    let event = EventId::of_test(receiver.name(), now);
    let delivery = DeliveryId::of(event, receiver.name());
    let stamp = Stamp { event, delivery, sequence: Delivery::sequence(now, delivery), now };
    let body = receiver.target().body(&Message::Test { receiver: receiver.name() }, &stamp);
    attempt(&FixedClock(now), receiver, event, &body).await.attempt
}
