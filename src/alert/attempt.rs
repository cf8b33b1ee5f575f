//! One try at a delivery, and the record that is kept of it.

use std::time::Duration;

use tokio::time::Instant;

use crate::alert::receiver::Reply;
use crate::alert::retry::Outcome;
use crate::alert::{Receiver, answer};
use crate::model::{Attempt, Clock, EventId};
use crate::net::NetError;

/// A connection that failed faster is tried once more at once: the receiver is restarting, or
/// one of its machines is.
const QUICK_FAILURE: Duration = Duration::from_secs(1);

/// So many requests are one attempt at most: the first, once more after a quick failure, once more
/// with another body.
pub(super) const N_REQUESTS_MAX: u32 = 3;

/// A try at a delivery, and what came of it.
pub(super) struct Tried {
    /// What is kept of it.
    pub(super) attempt: Attempt,
    /// What it means.
    pub(super) outcome: Outcome,
    /// It in a word, for metrics.
    pub(super) word: &'static str,
}

/// Tries to bring `body` to `receiver` once, under the id of `event`.
///
/// When no connection came about within a second, it is tried once more at once, and so is a
/// shorter or plainer body when the receiver refuses this one for its form. All that counts as one
/// attempt: nothing was taken.
pub(super) async fn attempt(
    clock: &dyn Clock,
    receiver: &Receiver,
    event: EventId,
    body: &str,
) -> Tried {
    let at = clock.now();
    if let Err(error) = receiver.keys(at) {
        let error = Some(error.to_string());
        let attempt = Attempt { at, took_ms: 0, status: None, error, answer: String::new() };
        return Tried { attempt, outcome: Outcome::Failed, word: "unsigned" };
    }
    let start = Instant::now();
    let mut result = receiver.send(event, body, at).await;
    if matches!(result, Err(NetError::Connect { .. })) && start.elapsed() < QUICK_FAILURE {
        result = receiver.send(event, body, clock.now()).await;
    }
    let second = result.as_ref().ok().and_then(|reply| receiver.second_body(reply, body));
    if let Some(second) = second {
        result = receiver.send(event, &second, clock.now()).await;
    }
    let took_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let attempt = Attempt {
        at,
        took_ms,
        status: result.as_ref().ok().and_then(|reply| reply.status),
        error: answer::error_words(receiver.target(), &result)
            .map(|words| receiver.redacted(&words)),
        answer: result.as_ref().map_or_else(|_| String::new(), |it| kept(receiver, &it.body)),
    };
    let outcome = answer::outcome(receiver.target(), &result, clock.now());
    Tried { attempt, outcome, word: word(&result, outcome) }
}

fn word(result: &Result<Reply, NetError>, outcome: Outcome) -> &'static str {
    match (result, outcome) {
        (_, Outcome::Delivered) => "delivered",
        (_, Outcome::Gone) => "gone",
        (_, Outcome::AskedToWait(_)) => "asked_to_wait",
        (Err(error), _) => error.class(),
        (Ok(_), Outcome::Overloaded) => "overloaded",
        (Ok(_), Outcome::Failed) => "failed",
    }
}

/// The start of an answer for people: text without the address and without what a terminal
/// would obey.
fn kept(receiver: &Receiver, body: &[u8]) -> String {
    let mut text = receiver.redacted(&String::from_utf8_lossy(body));
    text.retain(|c| !c.is_control() || c == '\n' || c == '\t');
    text.truncate(text.floor_char_boundary(Attempt::ANSWER_BYTES_MAX));
    text
}
