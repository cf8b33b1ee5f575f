//! The section `[[receiver]]`: who wants alerts, where and in what form.

use std::path::PathBuf;

use ipnet::IpNet;
use serde::Deserialize;
use toml::Spanned;

use crate::model::Secret;

/// One `[[receiver]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiverConfig {
    /// Its name, for routes and logs; unique.
    pub name: Spanned<String>,

    /// Where alerts are posted. Never shown: many addresses are secrets. `user:password@` is
    /// sent as `Authorization`. Any text here; [`problems`](crate::alert::problems()) reads it, so that
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
