//! What people want of alerts: that some are sent again, that there is quiet.

use crate::model::{DeliveryId, MuteMode, Score, StoryId, Timestamp};

/// What is to be sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayOrder {
    /// Which alerts.
    pub what: ReplayWhat,
    /// Whether they are sent.
    pub mode: ReplayMode,
}

/// Which alerts are to be sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplayWhat {
    /// This one.
    One(DeliveryId),
    /// Those of a time or a receiver; at least one of `receiver` and `since` must be given.
    Several {
        /// To this receiver; none: to all, and then only what was given up.
        receiver: Option<String>,
        /// Committed at or after this time.
        since: Option<Timestamp>,
        /// Committed before this time.
        until: Option<Timestamp>,
        /// Only what was given up.
        only_dead: bool,
    },
}

/// Whether what somebody wants is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayMode {
    /// It is sent.
    Send,
    /// They only want to know.
    Show,
}

impl ReplayMode {
    /// The mode of a `--dry-run`.
    pub fn of_dry_run(is_dry: bool) -> Self {
        if is_dry { Self::Show } else { Self::Send }
    }
}

/// What somebody wants to hear nothing of.
#[derive(Clone, Debug, PartialEq)]
pub struct MuteWish {
    /// Who is not told; none: nobody.
    pub receiver: Option<String>,
    /// Of which story; none: of none.
    pub story: Option<StoryId>,
    /// When it ends.
    pub until: Timestamp,
    /// What is so sure is told all the same.
    pub unless_score: Option<Score>,
    /// What becomes of what would have been told.
    pub mode: MuteMode,
    /// Why.
    pub reason: Option<String>,
}
