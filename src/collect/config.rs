//! The section `[collect]` and the list of feeds.

use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;
use url::Url;

use crate::model::{Feed, FeedId, Language, Side, duration_text};

/// How feeds are polled.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Shortest pause between two polls of one feed; busy feeds come down to it.
    /// Default: `"10m"`.
    ///
    /// A publisher's hint (`Cache-Control`, `Retry-After`, `ttl`) lengthens a pause, never
    /// shortens it below this.
    #[serde(deserialize_with = "duration_text::deserialize")]
    pub poll_interval_min: Duration,

    /// Pause of a quiet feed, and of a new one. Default: `"60m"`.
    #[serde(deserialize_with = "duration_text::deserialize")]
    pub poll_interval_quiet: Duration,

    /// Longest pause, also after many failures or a publisher's hint; only `Retry-After`
    /// may be longer. Default: `"24h"`.
    #[serde(deserialize_with = "duration_text::deserialize")]
    pub poll_interval_max: Duration,

    /// Longest pause that a `Retry-After` can ask for. Default: `"7d"`.
    #[serde(deserialize_with = "duration_text::deserialize")]
    pub retry_after_max: Duration,

    /// Pause between two requests to one host; `"0s"` switches it off. Default: `"1s"`.
    #[serde(deserialize_with = "duration_text::deserialize")]
    pub host_gap: Duration,

    /// Requests in flight at once, over all hosts; one host has one. Default: 64.
    pub n_requests_max: usize,

    /// Entries of a new feed alert only if they are dated and no older. Default: `"48h"`.
    #[serde(deserialize_with = "duration_text::deserialize")]
    pub baseline_max_age: Duration,

    /// How long a server may take to start its answer. Default: `"15s"`.
    #[serde(deserialize_with = "duration_text::deserialize")]
    pub header_timeout: Duration,

    /// How long a whole request may take, redirects included. Default: `"60s"`.
    #[serde(deserialize_with = "duration_text::deserialize")]
    pub total_timeout: Duration,

    /// Longest body in bytes, unpacked. Default: 20971520 (20 MiB).
    pub body_bytes_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            poll_interval_min: Duration::from_mins(10),
            poll_interval_quiet: Duration::from_hours(1),
            poll_interval_max: Duration::from_hours(24),
            retry_after_max: Duration::from_hours(7 * 24),
            host_gap: Duration::from_secs(1),
            n_requests_max: 64,
            baseline_max_age: Duration::from_hours(48),
            header_timeout: Duration::from_secs(15),
            total_timeout: Duration::from_mins(1),
            body_bytes_max: 20 * 1024 * 1024,
        }
    }
}

/// One `[[feed]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedConfig {
    /// Where it is polled: http or https.
    pub url: Spanned<Url>,

    /// What people call it. Default: the host's name.
    pub title: Option<String>,

    /// From where it speaks: a country code, or `"third"`. Default: `"third"`.
    #[serde(default)]
    pub side: Side,

    /// The language it is known to use. Default: found out from each text.
    pub language: Option<Language>,

    /// What stands at the address. Default: `"feed"`.
    #[serde(default)]
    pub kind: Kind,
}

/// What stands at a feed's address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Kind {
    /// RSS, Atom or JSON Feed.
    #[default]
    Feed,
}

impl FeedConfig {
    /// The feed that this describes.
    ///
    /// # Errors
    /// An address that cannot be polled, in words for the person who wrote it.
    pub fn feed(&self) -> Result<Feed, String> {
        let url = self.url.get_ref();
        let host = url.host_str().unwrap_or_default();
        if !matches!(url.scheme(), "http" | "https") || host.is_empty() {
            return Err(format!("feed address {url} is neither http nor https"));
        }
        Ok(Feed {
            id: FeedId::of_url(url.as_str()),
            url: url.clone(),
            title: self.title.clone().unwrap_or_else(|| host.to_owned()),
            side: self.side,
            language: self.language,
        })
    }
}
