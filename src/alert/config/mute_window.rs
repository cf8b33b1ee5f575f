//! The section `[[mute_window]]`: when receivers are left in peace.

use serde::Deserialize;
use toml::Spanned;

use crate::model::{MuteMode, Score, TimeOfDay, Weekdays, Zone};

/// One `[[mute_window]]`; routes name it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MuteWindowConfig {
    /// Its name, for routes and explanations; unique.
    pub name: Spanned<String>,

    /// The days on which it begins. Default: all.
    #[serde(default)]
    pub days: Weekdays,

    /// When it begins: `"22:00"`.
    pub from: TimeOfDay,

    /// When it ends: `"07:00"`; on the next day if that is not after `from`.
    pub to: TimeOfDay,

    /// Whose clock shows these times. Default: `service.time_zone`.
    pub time_zone: Option<Zone>,

    /// A score from which on alerts are told all the same. Default: none are.
    pub unless_score: Option<Score>,

    /// Whether alerts wait for its end, `"hold"`, or are not made at all, `"drop"`. Default:
    /// `"hold"`.
    #[serde(default)]
    pub mode: MuteMode,
}
