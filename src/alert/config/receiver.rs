//! The section `[[receiver]]`: who wants alerts, where and in what form.

use std::fmt;
use std::num::NonZeroU16;
use std::path::PathBuf;

use ipnet::IpNet;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::model::Secret;

/// One `[[receiver]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiverConfig {
    /// Its name, for routes and logs; unique.
    pub name: Spanned<String>,

    /// Where alerts are posted, or the mail server: `smtps://user@host:465`,
    /// `smtp://user@host:587`. Never shown: many addresses are secrets. `user:password@` is
    /// sent as `Authorization`. Any text here; [`problems`](crate::alert::problems()) reads it,
    /// so that a wrong address is reported together with all other mistakes.
    pub url: Option<Spanned<Secret<String>>>,

    /// File with that address instead, relative to the configuration file, or the name of a
    /// systemd credential.
    pub url_file: Option<Spanned<PathBuf>>,

    /// How an alert is written. Default: `"json"`.
    #[serde(default)]
    pub format: Format,

    /// To whom, in the words of the format: chat, topic, tags, mail addresses. A text, a number or
    /// a list.
    pub to: Option<Spanned<Names>>,

    /// From whom a mail comes: `"silkwire <alerts@example.org>"`.
    pub from: Option<Spanned<String>>,

    /// How much a JSON alert says. Default: `"full"`.
    #[serde(default)]
    pub payload: Payload,

    /// File with the template of `format = "template"`, relative to the configuration file.
    pub template_file: Option<Spanned<PathBuf>>,

    /// What a template makes. Default: `"application/json"`.
    pub content_type: Option<Spanned<String>>,

    /// File with the signing secret (`whsec_…`), relative to the configuration file, or the
    /// name of a systemd credential. Default: none, alerts are not signed. While a secret is
    /// being changed, it holds the new and the old one on lines of their own, newest first.
    pub secret_file: Option<Spanned<PathBuf>>,

    /// File with the mail server's password for the user in the address, relative to the
    /// configuration file, or the name of a systemd credential.
    pub password_file: Option<Spanned<PathBuf>>,

    /// File with more headers, `Name: value` a line, relative to the configuration file, or the
    /// name of a systemd credential.
    pub header_file: Option<Spanned<PathBuf>>,

    /// PEM file with authorities that are trusted for this receiver instead of `net.ca_file`,
    /// beside the system's; relative to the configuration file.
    pub ca_file: Option<Spanned<PathBuf>>,

    /// Whether alerts arrive in the order in which they became due: one at a time, and one that
    /// fails is tried again before the next one leaves. Default: false.
    #[serde(default)]
    pub ordered: bool,

    /// Requests in any second. Default: what the format's service allows; JSON: no limit.
    pub max_per_second: Option<NonZeroU16>,

    /// Requests in any minute. Default: no limit.
    pub max_per_minute: Option<NonZeroU16>,

    /// Whether plain http, or mail without encryption, is accepted. Default: false.
    #[serde(default)]
    pub allow_http: bool,

    /// Private ranges that are open for this receiver alone. Default: none.
    #[serde(default)]
    pub allow_networks: Vec<IpNet>,
}

/// How an alert is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Format {
    /// The JSON body of Standard Webhooks.
    #[default]
    Json,
    /// A Slack incoming webhook; Mattermost and Rocket.Chat read it, too.
    Slack,
    /// A Discord webhook.
    Discord,
    /// An adaptive card for a Teams workflow.
    Teams,
    /// A Telegram bot's message.
    Telegram,
    /// A message to an ntfy topic.
    Ntfy,
    /// A mail.
    Email,
    /// A message for the API of apprise.
    Apprise,
    /// An alert for Alertmanager's API.
    Alertmanager,
    /// The webhook that Alertmanager sends, version 4.
    AlertmanagerWebhook,
    /// Whatever a template of one's own makes.
    Template,
}

/// How much a JSON alert says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Payload {
    /// Everything that there is to tell, up to 20 KB.
    #[default]
    Full,
    /// Names, link, title and score.
    Thin,
}

/// A name, or several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(pub Vec<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NamesVisitor)
    }
}

struct NamesVisitor;

impl<'de> Visitor<'de> for NamesVisitor {
    type Value = Names;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, or a list of texts")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Names, E> {
        Ok(Names(vec![text.to_owned()]))
    }

    /// Chats have numbers.
    fn visit_i64<E: Error>(self, number: i64) -> Result<Names, E> {
        Ok(Names(vec![number.to_string()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Names, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = list.next_element()? {
            names.push(name);
        }
        Ok(Names(names))
    }
}
