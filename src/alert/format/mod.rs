//! How alerts are written: one file for each format.
//!
//! Invariant: the same message with the same stamp is the same body, valid in its format and
//! within its limits, whatever stands in a title.

mod facts;
mod plain;
mod cut;
mod letter;
mod json;
mod thin;
mod slack;
mod discord;
mod teams;
mod telegram;
mod ntfy;
mod email;
mod apprise;
mod alertmanager;
mod template;
mod trial;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use url::Url;

use crate::alert::format::facts::Facts;
use crate::alert::format::template::Template;
use crate::alert::mail::Letterhead;
use crate::alert::{Format, Message, Payload, ReceiverConfig, Stamp};

/// Shorter names are no secrets, and texts without them would not be readable.
const NAME_BYTES_MIN: usize = 4;

const JSON_TYPE: &str = "application/json";

/// What one receiver's alerts look like.
#[derive(Clone)]
pub struct Target {
    receiver: String,
    format: Format,
    /// To whom, in the format's words.
    to: Vec<String>,
    style: Style,
}

/// A format, and what it needs to know beside the message.
#[derive(Clone)]
enum Style {
    Json(Payload),
    Slack,
    Discord,
    Teams,
    Telegram { chat: String },
    Ntfy { topic: String },
    Email(Arc<Letterhead>),
    Apprise,
    Alertmanager,
    AlertmanagerWebhook,
    Template(Arc<Template>),
}

/// Shows no address: a topic or a chat is as good as one.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Target");
        shown
            .field("receiver", &self.receiver)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

impl Target {
    /// What `config` describes; `template` is the content of its `template_file`. A template is
    /// tried with messages of each kind.
    ///
    /// # Errors
    /// The template is wrong, or something that the format needs is missing
    /// ([`problems`](crate::alert::problems()) says where).
    pub fn new(config: &ReceiverConfig, template: Option<&str>) -> Result<Self, TargetError> {
        let format = config.format;
        let to = config.to.as_ref().map(|to| to.get_ref().0.clone()).unwrap_or_default();
        let style = Style::new(config, &to, template)?;
        Ok(Self { receiver: config.name.get_ref().clone(), format, to, style })
    }

    /// The receiver's name.
    pub fn receiver(&self) -> &str {
        &self.receiver
    }

    /// How its alerts are written.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The bytes of an alert: made once, so that every attempt sends the same. JSON of at most
    /// 20 KB, or what the format's service takes; a whole mail; at most 256 KB from a template.
    pub fn body(&self, message: &Message<'_>, stamp: &Stamp) -> String {
        let facts = || Facts::new(message, stamp);
        match &self.style {
            Style::Json(payload) => json::body(message, stamp, *payload),
            Style::Slack => slack::body(&facts()),
            Style::Discord => discord::body(&facts(), stamp.now),
            Style::Teams => teams::body(&facts()),
            Style::Telegram { chat } => telegram::body(&facts(), chat),
            Style::Ntfy { topic } => ntfy::body(&facts(), topic),
            Style::Email(letterhead) => email::body(&facts(), stamp, letterhead, &self.receiver),
            Style::Apprise => apprise::body(&facts(), &self.to),
            Style::Alertmanager => alertmanager::alerts(&facts(), stamp),
            Style::AlertmanagerWebhook => alertmanager::webhook(&facts(), stamp, &self.receiver),
            Style::Template(template) => template.body(message, stamp),
        }
    }

    /// A shorter body after a receiver found `body` too long; none if there is none.
    pub(super) fn shorter(&self, body: &str) -> Option<String> {
        matches!(self.style, Style::Json(_)).then(|| thin::of_body(body))?
    }

    /// `body` without markup, after a service could not read it; none if there is none.
    pub(super) fn plainer(&self, body: &str) -> Option<String> {
        (self.format == Format::Telegram).then(|| telegram::without_markup(body))?
    }

    /// What the header `content-type` says.
    pub(super) fn content_type(&self) -> &str {
        match &self.style {
            Style::Template(template) => template.content_type(),
            _ => JSON_TYPE,
        }
    }

    /// From whom to whom mails go; none if these are no mails.
    pub(super) fn letterhead(&self) -> Option<&Letterhead> {
        match &self.style {
            Style::Email(letterhead) => Some(letterhead),
            _ => None,
        }
    }

    /// Where the service at `url` takes messages.
    pub(super) fn endpoint(&self, url: &Url) -> Url {
        let method = match self.format {
            Format::Telegram => "sendMessage",
            Format::Alertmanager => "api/v2/alerts",
            _ => return url.clone(),
        };
        let mut url = url.clone();
        let path = url.path().trim_end_matches('/').to_owned();
        if !path.ends_with(method) {
            url.set_path(&format!("{path}/{method}"));
        }
        url
    }

    /// `text` without the chats, topics and people that `to` names.
    pub(super) fn redacted(&self, text: &str) -> String {
        let names = self.to.iter().filter(|name| NAME_BYTES_MIN <= name.len());
        let mail_addresses = self.letterhead().into_iter().flat_map(Letterhead::addresses);
        let hidden = names.map(String::as_str).chain(mail_addresses);
        hidden.fold(text.to_owned(), |text, name| text.replace(name, "…"))
    }
}

impl Style {
    fn new(
        config: &ReceiverConfig,
        to: &[String],
        template: Option<&str>,
    ) -> Result<Self, TargetError> {
        Ok(match config.format {
            Format::Json => Self::Json(config.payload),
            Format::Slack => Self::Slack,
            Format::Discord => Self::Discord,
            Format::Teams => Self::Teams,
            Format::Telegram => Self::Telegram { chat: only(to)? },
            Format::Ntfy => Self::Ntfy { topic: only(to)? },
            Format::Email => {
                let from = config.from.as_ref().map(|from| from.get_ref().as_str());
                Self::Email(Arc::new(Letterhead::read(from, to)?))
            }
            Format::Apprise => Self::Apprise,
            Format::Alertmanager => Self::Alertmanager,
            Format::AlertmanagerWebhook => Self::AlertmanagerWebhook,
            Format::Template => {
                let source = template.ok_or_else(|| TargetError::missing("template_file"))?;
                let content_type = config.content_type.as_ref().map(|it| it.get_ref().as_str());
                let template = Template::compile(source, content_type)?;
                trial::run(&template)?;
                Self::Template(Arc::new(template))
            }
        })
    }
}

/// The one name of `to`.
fn only(to: &[String]) -> Result<String, TargetError> {
    if let [name] = to {
        return Ok(name.clone());
    }
    let reason = "names one; several need a receiver each".to_owned();
    Err(TargetError::Key { key: "to", reason })
}

/// Why alerts cannot be written for a receiver.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// The template cannot be used.
    #[error("line {line}, column {column}: {reason}")]
    Template {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in characters.
        column: usize,
        /// What is wrong.
        reason: String,
    },

    /// A key is missing, or says nothing that can be used.
    #[error("{key}: {reason}")]
    Key {
        /// The key.
        key: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

impl TargetError {
    fn missing(key: &'static str) -> Self {
        Self::Key { key, reason: "is missing".to_owned() }
    }
}
