//! What we tell, to whom, and how telling it goes.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::{DeliveryId, EventId, MatchId, StoryId, Timestamp};

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
    /// What a span of time brought.
    #[serde(rename = "digest")]
    Digest,
    /// Somebody tries a receiver.
    #[serde(rename = "webhook.test")]
    WebhookTest,
    /// To operators: nothing more is sent to a receiver.
    #[serde(rename = "operator.receiver_disabled")]
    ReceiverDisabled,
}

impl AlertKind {
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
    /// The match it tells of.
    pub matched: MatchId,
    /// The story it tells of.
    pub story: StoryId,
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

    /// The number that a body carries: it grows in the order in which alerts become due, and
    /// follows from what is delivered alone.
    ///
    /// Milliseconds in thousandths, which the ids of one millisecond share; below 2^53, so that
    /// JSON numbers hold it.
    pub fn sequence(due: Timestamp, id: DeliveryId) -> u64 {
        let ms = u64::try_from(due.unix_ms()).unwrap_or(0);
        let share = u128::from(u64::from_be_bytes(id.to_be_bytes())) * 1000 >> 64;
        ms * 1000 + u64::try_from(share).unwrap_or(0)
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
    /// It said 410 then: nothing is sent, its deliveries stay pending.
    pub disabled: Option<Timestamp>,
}
