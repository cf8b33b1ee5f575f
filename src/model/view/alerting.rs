//! What people see and do of receivers: how they stand, what is sent again.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::{AlertKind, Delivery, DeliveryId, Timestamp, WhyDisabled};

/// How a receiver stands, and what waits for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReceiverView {
    /// Its name in the configuration.
    pub name: String,
    /// How its alerts are written: `json`; null when it is not configured.
    pub format: Option<String>,
    /// How it stands.
    pub state: ReceiverStanding,
    /// Since when it is switched off.
    pub off_since: Option<Timestamp>,
    /// Why it is switched off.
    pub why_off: Option<WhyDisabled>,
    /// It asked for a pause that ends then.
    pub paused_until: Option<Timestamp>,
    /// Since when it is left alone, but for a try now and then, because nearly all tries failed.
    pub left_alone_since: Option<Timestamp>,
    /// The first failure since the last success.
    pub failing_since: Option<Timestamp>,
    /// A person wants it to be told nothing before then.
    pub muted_until: Option<Timestamp>,
    /// Deliveries that are to be tried, held ones included.
    pub n_pending: u64,
    /// Since when the oldest of these waits.
    pub oldest: Option<Timestamp>,
    /// Deliveries that were given up.
    pub n_dead: u64,
}

/// How a receiver stands, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReceiverStanding {
    /// It is sent what is due.
    Fine,
    /// It asked for a pause.
    Paused,
    /// Nearly all tries failed: it is left alone, but for a try now and then.
    LeftAlone,
    /// It is switched off: nothing is sent until somebody enables it.
    Off,
    /// Something waits for it, but the configuration does not know it.
    NotConfigured,
}

impl ReceiverStanding {
    /// The word for outside.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Paused => "paused",
            Self::LeftAlone => "left alone",
            Self::Off => "off",
            Self::NotConfigured => "not configured",
        }
    }
}

impl fmt::Display for ReceiverStanding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What came of switching a receiver on again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnabledView {
    /// Its name.
    pub receiver: String,
    /// Whether it was off.
    pub was_off: bool,
    /// Alerts that it missed: they are dead letters, and none of them is sent unasked.
    pub n_missed: u64,
    /// The command that sends these; null when there are none.
    pub replay: Option<String>,
}

/// What is sent again, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReplayView {
    /// Whether nothing was sent: somebody only wants to know.
    pub dry_run: bool,
    /// Alerts that are sent again.
    pub n_replayed: u64,
    /// Those of them that the receiver was never told: they were made from what is stored.
    pub n_new: u64,
    /// What is not sent, and why.
    pub skipped: Vec<SkippedView>,
    /// In a dry run, the first [`ReplayView::ITEMS_MAX`] of what would be sent, in its order.
    pub items: Vec<ReplayItemView>,
}

impl ReplayView {
    /// More is not read by anybody.
    pub const ITEMS_MAX: usize = 200;
}

/// Alerts that are not sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SkippedView {
    /// Why.
    pub reason: SkipReason,
    /// How many.
    pub n: u64,
}

/// Why an alert is not sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// It is on its way already.
    Pending,
    /// Its article was erased.
    Erased,
    /// What it told of is not stored any more: it was withdrawn, or erased.
    Gone,
    /// No route leads there for what it tells of.
    NotRouted,
    /// Its receiver is switched off.
    Off,
    /// The configuration does not know its receiver.
    NotConfigured,
}

impl SkipReason {
    /// The reason in plain words, for several.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Pending => "on their way already",
            Self::Erased => "their articles were erased",
            Self::Gone => "what they told of is gone",
            Self::NotRouted => "no route leads there for what they tell of",
            Self::Off => "their receivers are switched off",
            Self::NotConfigured => "the configuration does not know their receivers",
        }
    }
}

/// An alert that would be sent again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReplayItemView {
    /// The delivery.
    pub id: DeliveryId,
    /// The event's id as the receiver sees it in `webhook-id`.
    pub event: String,
    /// What it says.
    #[serde(rename = "type")]
    pub kind: AlertKind,
    /// To whom.
    pub receiver: String,
    /// When it was committed first.
    pub created: Timestamp,
    /// Whether the receiver was never told.
    pub is_new: bool,
}

impl ReplayItemView {
    /// `delivery`, which exists.
    pub fn known(delivery: &Delivery) -> Self {
        Self {
            id: delivery.id,
            event: delivery.event.webhook_id(),
            kind: delivery.kind,
            receiver: delivery.receiver.clone(),
            created: delivery.created,
            is_new: false,
        }
    }
}
