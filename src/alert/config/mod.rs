//! The sections `[alert]`, `[[receiver]]` and `[[route]]`.

mod receiver;
mod route;

use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use crate::model::duration_text;

pub use receiver::{Format, Names, Payload, ReceiverConfig};
pub use route::RouteConfig;

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

    /// At most one update of a story (`story.updated`) in this time, counted from its last
    /// alert; what changes meanwhile is told together. Default: `"30m"`; `"0s"` tells every
    /// change at once, more than a day counts as one.
    #[serde(deserialize_with = "duration_text::deserialize")]
    pub update_interval: Duration,
}

impl Config {
    /// Later than that an update is no news.
    const UPDATE_INTERVAL_MAX: Duration = Duration::from_hours(24);

    /// [`Config::update_interval`] within its limit.
    pub fn update_interval(&self) -> Duration {
        self.update_interval.min(Self::UPDATE_INTERVAL_MAX)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(20),
            n_requests_max: 4,
            n_requests_total_max: 64,
            notify_on_disable: Vec::new(),
            update_interval: Duration::from_mins(30),
        }
    }
}
