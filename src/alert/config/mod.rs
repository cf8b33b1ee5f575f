//! The sections `[alert]`, `[[receiver]]` and `[[route]]`.

mod mute_window;
mod receiver;
mod route;

use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use crate::alert::update::Pace;
use crate::model::duration_text;

pub use mute_window::MuteWindowConfig;
pub use receiver::{Format, Names, Payload, ReceiverConfig};
pub use route::{DigestConfig, RouteConfig};

/// How alerts are delivered.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How long a receiver may take to answer. Default: `"20s"`; less than a second counts as
    /// one.
    #[serde(deserialize_with = "duration_text::deserialize")]
    pub timeout: Duration,

    /// Deliveries in flight at once to one receiver. Default: 4; from 1 to 64, others
    /// count as the nearest of these.
    pub n_requests_max: usize,

    /// Deliveries in flight at once to all receivers together. Default: 64; from 1 to 1024, others
    /// count as the nearest of these.
    pub n_requests_total_max: usize,

    /// The receivers that are told when nothing is sent to another one any more, because it
    /// answered 410 or took nothing for 120 h. A list of names. Default: none.
    pub notify_on_disable: Vec<Spanned<String>>,

    /// What changes in a told story within this time is told together: an update (`story.updated`)
    /// is due so long after the first change at the earliest. The first alert of a story never
    /// waits. Default: `"30s"`; more than `group_interval` counts as that.
    #[serde(deserialize_with = "duration_text::deserialize")]
    pub group_wait: Duration,

    /// At most one update of a story in this time, counted from its last alert; what changes
    /// meanwhile is told together. Default: `"30m"`; `"0s"` tells every change at once, more than
    /// a day counts as one. Its older name, `update_interval`, is read too.
    #[serde(deserialize_with = "duration_text::deserialize", alias = "update_interval")]
    pub group_interval: Duration,
}

impl Config {
    /// Later than that an update is no news.
    const GROUP_INTERVAL_MAX: Duration = Duration::from_hours(24);

    /// How updates keep their distance, within its limits.
    pub fn pace(&self) -> Pace {
        let interval = self.group_interval.min(Self::GROUP_INTERVAL_MAX);
        Pace { wait: self.group_wait.min(interval), interval }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(20),
            n_requests_max: 4,
            n_requests_total_max: 64,
            notify_on_disable: Vec::new(),
            group_wait: Duration::from_secs(30),
            group_interval: Duration::from_mins(30),
        }
    }
}
