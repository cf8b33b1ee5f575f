//! One try at a delivery, and the record that is kept of it.

use std::time::Duration;

use tokio::time::Instant;

use crate::alert::retry::Outcome;
use crate::alert::{Receiver, answer};
use crate::model::{Attempt, Clock, EventId};
use crate::net::NetError;

/// A connection that failed faster is tried once more at once: the receiver is restarting, or
/// one of its machines is.
const QUICK_FAILURE: Duration = Duration::from_secs(1);

/// Tries to bring `body` to `receiver` once, under the id of `event`.
///
/// When no connection came about within a second, it is tried once more at once; both count as
/// one attempt, because nothing reached the receiver.
pub(super) async fn attempt(
    clock: &dyn Clock,
    receiver: &Receiver,
    event: EventId,
    body: &str,
) -> (Attempt, Outcome) {
    let at = clock.now();
    let start = Instant::now();
    let mut result = receiver.send(event, body, at).await;
    if matches!(result, Err(NetError::Connect { .. })) && start.elapsed() < QUICK_FAILURE {
        result = receiver.send(event, body, clock.now()).await;
    }
    let took_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let attempt = Attempt {
        at,
        took_ms,
        status: result.as_ref().ok().and_then(|reply| reply.status),
        error: answer::error_words(&result).map(|words| receiver.redacted(&words)),
        answer: result.as_ref().map_or_else(|_| String::new(), |it| kept(receiver, &it.body)),
    };
    (attempt, answer::outcome(receiver.target(), &result, clock.now()))
}

/// The start of an answer for people: text without the address and without what a terminal
/// would obey.
fn kept(receiver: &Receiver, body: &[u8]) -> String {
    let mut text = receiver.redacted(&String::from_utf8_lossy(body));
    text.retain(|c| !c.is_control() || c == '\n' || c == '\t');
    text.truncate(text.floor_char_boundary(Attempt::ANSWER_BYTES_MAX));
    text
}
