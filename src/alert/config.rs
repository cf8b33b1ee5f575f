//! The sections `[alert]`, `[[receiver]]` and `[[route]]`.

use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use serde::Deserialize;
use toml::Spanned;

use crate::model::{Secret, duration_text};

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
            update_interval: Duration::from_mins(30),
        }
    }
}

/// One `[[receiver]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiverConfig {
    /// Its name, for routes and logs; unique.
    pub name: Spanned<String>,

    /// Where alerts are posted. Never shown: many addresses are secrets. `user:password@` is
    /// sent as `Authorization`. Any text here; [`problems`](super::problems()) reads it, so that
    /// a wrong address is reported together with all other mistakes.
    pub url: Spanned<Secret<String>>,

    /// How an alert is written. Default: `"json"`.
    #[serde(default)]
    pub format: Format,

    /// File with the signing secret (`whsec_…`), relative to the configuration file, or the
    /// name of a systemd credential. Default: none, alerts are not signed. While a secret is
    /// being changed, it holds the new and the old one on lines of their own, newest first.
    pub secret_file: Option<Spanned<PathBuf>>,

    /// Whether plain http is accepted. Default: false.
    #[serde(default)]
    pub allow_http: bool,

    /// Private ranges that are open for this receiver alone. Default: none.
    #[serde(default)]
    pub allow_networks: Vec<IpNet>,
}

/// How an alert is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// The JSON body of Standard Webhooks.
    #[default]
    Json,
}

/// One `[[route]]`: without conditions it takes everything.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteConfig {
    /// Who is told.
    pub receiver: Spanned<String>,
}
