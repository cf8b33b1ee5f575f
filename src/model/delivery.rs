//! What we tell, to whom, and how telling it goes.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::{DeliveryId, EventId, MatchId, Score, StoryId, Timestamp};

/// What an alert says; the `type` of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[non_exhaustive]
pub enum AlertKind {
    /// A new story's first match.
    #[serde(rename = "match.created")]
    MatchCreated,
    /// A story that was told has changed.
    #[serde(rename = "story.updated")]
    StoryUpdated,
    /// What came together since the last one.
    #[serde(rename = "digest")]
    Digest,
    /// Somebody tries a receiver.
    #[serde(rename = "webhook.test")]
    WebhookTest,
    /// To operators: nothing is sent to a receiver any more.
    #[serde(rename = "operator.receiver_disabled")]
    ReceiverDisabled,
}

impl AlertKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::MatchCreated,
        Self::StoryUpdated,
        Self::Digest,
        Self::WebhookTest,
        Self::ReceiverDisabled,
    ];

    /// The word for outside.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MatchCreated => "match.created",
            Self::StoryUpdated => "story.updated",
            Self::Digest => "digest",
            Self::WebhookTest => "webhook.test",
            Self::ReceiverDisabled => "operator.receiver_disabled",
        }
    }
}

impl fmt::Display for AlertKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One alert on its way to one receiver, with its attempts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Event and receiver.
    pub id: DeliveryId,
    /// The same for all receivers, restarts, retries and replays.
    pub event: EventId,
    /// What it says.
    pub kind: AlertKind,
    /// The receiver's name in the configuration.
    pub receiver: String,
    /// The match it tells of; none in digests and in notices to operators.
    pub matched: Option<MatchId>,
    /// The story it tells of; none in digests and in notices to operators.
    pub story: Option<StoryId>,
    /// The matches that a digest lists; erasing one of them empties the body.
    #[serde(default)]
    pub lists: Vec<MatchId>,
    /// What it tells of is so sure; some mutes let what is very sure through.
    #[serde(default)]
    pub score: Option<Score>,
    /// The names of the `[[mute_window]]`s that the route obeys which led to the receiver.
    #[serde(default)]
    pub mute_windows: Vec<String>,
    /// Whether a mute holds it, so that it is due when that ends.
    #[serde(default)]
    pub is_held: bool,
    /// When somebody last had it sent again; what was tried before that counts no more.
    #[serde(default)]
    pub replayed: Option<Timestamp>,
    /// The bytes to send: made once, so that every retry signs the same body. Empty once its
    /// article was erased: it is never sent again then.
    pub body: String,
    /// When it was committed.
    pub created: Timestamp,
    /// Where it stands.
    pub state: DeliveryState,
    /// What was tried, oldest first; at most [`Delivery::ATTEMPTS_MAX`] are kept.
    pub attempts: Vec<Attempt>,
}

impl Delivery {
    /// More attempts than any schedule makes; replays push the oldest out.
    pub const ATTEMPTS_MAX: usize = 32;

    /// How often it was tried since it was committed, or since it was last replayed.
    pub fn n_tries(&self) -> usize {
        let counts = |attempt: &&Attempt| self.replayed.is_none_or(|since| since <= attempt.at);
        self.attempts.iter().filter(counts).count()
    }

    /// Since when it waits, if it does.
    pub fn waiting_since(&self) -> Timestamp {
        self.replayed.unwrap_or(self.created)
    }

    /// Whether it tells of one of these matches, or lists it.
    pub fn names(&self, is_meant: impl Fn(&MatchId) -> bool) -> bool {
        self.matched.iter().chain(&self.lists).any(is_meant)
    }

    /// A number that grows in the order in which alerts become due, from content alone: a
    /// receiver that is told the same again finds the same number. Below 2^53, so that every
    /// JSON reader keeps it whole.
    pub fn sequence(due: Timestamp, id: DeliveryId) -> u64 {
        /// Alerts that are due in the same millisecond are told apart in so many steps.
        const STEPS: u64 = 1_000;
        const MS_MAX: u64 = (1 << 53) / STEPS - 1;
        let ms = u64::try_from(due.unix_ms()).unwrap_or_default().min(MS_MAX);
        let spread = (u128::from(u64::from_be_bytes(id.to_be_bytes())) * u128::from(STEPS)) >> 64;
        ms * STEPS + u64::try_from(spread).unwrap_or_default()
    }
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum DeliveryState {
    /// To be tried, not before `due`.
    Pending {
        /// Not before this time.
        due: Timestamp,
    },
    /// The receiver took it.
    Delivered {
        /// When it answered.
        at: Timestamp,
    },
    /// All attempts failed; kept for replay.
    Dead {
        /// When the last attempt failed.
        at: Timestamp,
    },
}

impl DeliveryState {
    /// The word for outside.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::Delivered { .. } => "delivered",
            Self::Dead { .. } => "dead",
        }
    }
}

/// One try at a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Attempt {
    /// When it started.
    pub at: Timestamp,
    /// How long it took.
    pub took_ms: u64,
    /// HTTP status, if an answer came.
    pub status: Option<u16>,
    /// What went wrong, in words without addresses or secrets; none when it was taken.
    pub error: Option<String>,
    /// The first [`Attempt::ANSWER_BYTES_MAX`] bytes of the answer.
    pub answer: String,
}

impl Attempt {
    /// Enough for an error page's first sentences.
    pub const ANSWER_BYTES_MAX: usize = 2048;
}

/// How a receiver stands; survives restarts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiverState {
    /// Its name in the configuration.
    pub receiver: String,
    /// It asked us to wait until then (`Retry-After`).
    pub paused_until: Option<Timestamp>,
    /// It was switched off then: nothing is sent, its deliveries stay pending.
    pub disabled: Option<Timestamp>,
    /// Why it was switched off; see [`ReceiverState::why_disabled`].
    #[serde(default)]
    pub why_disabled: Option<WhyDisabled>,
    /// The first failure since the last success.
    #[serde(default)]
    pub failing_since: Option<Timestamp>,
}

impl ReceiverState {
    /// A receiver of which nothing is known.
    pub fn fine(receiver: impl Into<String>) -> Self {
        Self {
            receiver: receiver.into(),
            paused_until: None,
            disabled: None,
            why_disabled: None,
            failing_since: None,
        }
    }

    /// Since when and why nothing is sent to it; none if it is on. Earlier versions kept no
    /// reason, since there was only one.
    pub fn disabled(&self) -> Option<(Timestamp, WhyDisabled)> {
        self.disabled.map(|at| (at, self.why_disabled.unwrap_or(WhyDisabled::Gone)))
    }
}

/// Why a receiver was switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WhyDisabled {
    /// It said 410 Gone, or what means the same there.
    Gone,
    /// It took nothing for 120 h.
    Failing,
}

impl WhyDisabled {
    /// The reason in plain words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Gone => "it said that it is gone for good",
            Self::Failing => "it took nothing for 120 h",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(ms).unwrap()
    }

    /// Goal: a receiver that sorts by `sequence` has its alerts in the order in which they were
    /// due, and every program reads the number as it was written.
    #[test]
    fn sequence_grows_with_time() {
        let id = |byte| DeliveryId::from_be_bytes([byte; 8]);
        let now = at(1_795_500_000_000);
        let later = at(1_795_500_000_001);
        let numbers = [(now, 0), (now, 1), (now, 127), (now, 255), (later, 0)];
        let numbers = numbers.map(|(due, byte)| Delivery::sequence(due, id(byte)));
        assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
        assert_eq!(numbers[0], 1_795_500_000_000_000);
        assert_eq!(numbers[3], 1_795_500_000_000_999);
        assert_eq!(Delivery::sequence(at(-1), id(0)), 0);
        let end = Delivery::sequence(at(253_000_000_000_000), id(255));
        assert!(end < 1 << 53, "{end}");
    }

    /// Goal: after an upgrade what waited is sent, and a receiver that was off is off.
    #[test]
    fn records_of_earlier_versions_are_read() {
        let delivery = r#"{"id": "8d77730dff76fe56", "event": "065eafd01f4288ef",
            "kind": "match.created", "receiver": "desk", "matched": "298ca2707e08eba4",
            "story": "14b7da9001e317ca", "body": "{}", "created": "2026-11-24T06:00:00Z",
            "state": {"state": "pending", "due": "2026-11-24T06:00:00Z"}, "attempts": []}"#;
        let delivery: Delivery = serde_json::from_str(delivery).unwrap();
        assert_eq!(delivery.matched.unwrap().to_string(), "298ca2707e08eba4");
        assert!(!delivery.is_held && delivery.lists.is_empty() && delivery.score.is_none());
        let state = r#"{"receiver": "desk", "paused_until": null,
            "disabled": "2026-11-24T06:00:00Z"}"#;
        let state: ReceiverState = serde_json::from_str(state).unwrap();
        let (_, why) = state.disabled().unwrap();
        assert_eq!(why.in_words(), "it said that it is gone for good");
    }

    /// Goal: what is replayed after its last attempt has all attempts of the schedule again.
    #[test]
    fn replay_begins_to_count_anew() {
        let attempt = |ms| Attempt {
            at: at(ms),
            took_ms: 1,
            status: None,
            error: None,
            answer: String::new(),
        };
        let event = EventId::of_test("desk", at(0));
        let mut delivery = Delivery {
            id: DeliveryId::of(event, "desk"),
            event,
            kind: AlertKind::MatchCreated,
            receiver: "desk".to_owned(),
            matched: None,
            story: None,
            lists: Vec::new(),
            score: None,
            mute_windows: Vec::new(),
            is_held: false,
            replayed: None,
            body: String::new(),
            created: at(0),
            state: DeliveryState::Dead { at: at(2) },
            attempts: vec![attempt(1), attempt(2)],
        };
        assert_eq!(delivery.n_tries(), 2);
        delivery.replayed = Some(at(3));
        assert_eq!(delivery.n_tries(), 0);
        delivery.attempts.push(attempt(3));
        assert_eq!(delivery.n_tries(), 1);
    }
}
