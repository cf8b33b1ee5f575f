//! The section `[collect]` and the list of feeds.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Deserializer};
use toml::Spanned;
use url::Url;

use super::Compiled;
use crate::model::{Feed, FeedKind, Language, Selectors, Side, duration_text};

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

    /// Requests in flight at once, over all hosts; one host has one. Default: 256.
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

    /// Longest body in bytes, as it comes over the network. Default: 10485760 (10 MiB).
    pub packed_bytes_max: usize,

    /// Longest body in bytes, unpacked. Default: 52428800 (50 MiB).
    pub body_bytes_max: usize,

    /// A feed that brings so many entries a day is polled every `poll_interval_min`, a slower one
    /// every `poll_interval_quiet`. Default: 12.
    pub busy_entries_a_day: u32,

    /// A feed that answers 410 is given up when it does so once more after this.
    /// Default: `"24h"`.
    #[serde(deserialize_with = "duration_text::deserialize")]
    pub gone_confirmed_after: Duration,

    /// A permanent redirect is believed after so many sightings. Default: 10.
    pub n_moves_min: u32,

    /// And after so long. Default: `"3d"`.
    #[serde(deserialize_with = "duration_text::deserialize")]
    pub move_confirmed_after: Duration,

    /// A server that has answered "not modified" for so long is asked for the whole document
    /// once. Default: `"7d"`.
    #[serde(deserialize_with = "duration_text::deserialize")]
    pub whole_document_every: Duration,

    /// Whether feeds that forbid it in robots.txt are polled all the same: subscribing is a
    /// person's decision, not a crawler's. Article pages and sitemaps always obey.
    /// Default: `true`.
    pub feeds_ignore_robots: bool,

    /// Whether the page of a promising entry is fetched for its text. Default: `true`.
    pub full_text: bool,

    /// Pages fetched at most after one poll. Default: 10.
    pub n_pages_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            poll_interval_min: Duration::from_mins(10),
            poll_interval_quiet: Duration::from_hours(1),
            poll_interval_max: Duration::from_hours(24),
            retry_after_max: Duration::from_hours(7 * 24),
            host_gap: Duration::from_secs(1),
            n_requests_max: 256,
            baseline_max_age: Duration::from_hours(48),
            header_timeout: Duration::from_secs(15),
            total_timeout: Duration::from_mins(1),
            packed_bytes_max: 10 * 1024 * 1024,
            body_bytes_max: 50 * 1024 * 1024,
            busy_entries_a_day: 12,
            gone_confirmed_after: Duration::from_hours(24),
            n_moves_min: 10,
            move_confirmed_after: Duration::from_hours(3 * 24),
            whole_document_every: Duration::from_hours(7 * 24),
            feeds_ignore_robots: true,
            full_text: true,
            n_pages_max: 10,
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
    pub kind: FeedKind,

    /// Whether it is polled; one that is not is listed as paused. Default: `true`.
    #[serde(default = "yes")]
    pub enabled: bool,

    /// The pause between two polls; publishers' hints lengthen it. Default: found out from how
    /// much it brings. At least `"1m"`.
    #[serde(default, deserialize_with = "some_duration")]
    pub every: Option<Duration>,

    /// Where the entries of a `kind = "page"` stand.
    pub selectors: Option<Selectors>,

    /// The name for HTTP Basic authentication (RFC 7617).
    pub user: Option<String>,

    /// The file with its password; relative to the configuration file, or a systemd credential.
    pub password_file: Option<Spanned<PathBuf>>,

    /// A file with more request headers, one `Name: value` a line; as `password_file`.
    pub header_file: Option<Spanned<PathBuf>>,

    /// What is sent as `User-Agent` instead of our own name.
    pub user_agent: Option<String>,
}

fn yes() -> bool {
    true
}

fn some_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    duration_text::deserialize(deserializer).map(Some)
}

/// Nobody is polled more often.
pub(super) const EVERY_MIN: Duration = Duration::from_mins(1);

impl FeedConfig {
    /// A feed at `url` and nothing else.
    pub fn at(url: Url) -> Self {
        Self {
            url: Spanned::new(0..0, url),
            title: None,
            side: Side::default(),
            language: None,
            kind: FeedKind::default(),
            enabled: true,
            every: None,
            selectors: None,
            user: None,
            password_file: None,
            header_file: None,
            user_agent: None,
        }
    }

    /// Whether something must be read or sent so that the feed opens.
    pub fn is_locked(&self) -> bool {
        self.user.is_some()
            || self.password_file.is_some()
            || self.header_file.is_some()
            || self.user_agent.is_some()
    }

    /// The feed that this describes.
    ///
    /// # Errors
    /// What is wrong with it, in words for the person who wrote it.
    pub fn feed(&self) -> Result<Feed, String> {
        let url = self.url.get_ref();
        let host = url.host_str().unwrap_or_default();
        if !matches!(url.scheme(), "http" | "https") || host.is_empty() {
            return Err(format!("feed address {url} is neither http nor https"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(format!(
                "the address of {host} holds a password: use user and password_file"
            ));
        }
        if self.every.is_some_and(|every| every < EVERY_MIN) {
            return Err(format!("feed {url}: every is shorter than a minute"));
        }
        match (self.kind, &self.selectors) {
            (FeedKind::Page, None) => Err(format!(
                "feed {url} is a page, so it needs selectors = {{ item = \"…\" }}; \
                 `silkwire feeds discover` shows what they find"
            )),
            (FeedKind::Page, Some(selectors)) => {
                Compiled::of(selectors).map(drop).map_err(|error| format!("feed {url}: {error}"))
            }
            (_, None) => Ok(()),
            (_, Some(_)) => Err(format!("feed {url}: selectors are for kind = \"page\"")),
        }?;
        if matches!(self.title.as_deref().map(str::trim), Some("")) {
            return Err(format!("feed {url} has an empty title"));
        }
        Ok(Feed {
            title: self.title.clone().unwrap_or_else(|| host.to_owned()),
            side: self.side,
            language: self.language,
            kind: self.kind,
            every: self.every,
            selectors: self.selectors.clone(),
            is_paused: !self.enabled,
            ..Feed::at(url.clone())
        })
    }
}
