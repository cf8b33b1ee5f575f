//! How alerts are written: one file for each format.
//!
//! Invariant: the same message with the same stamp is the same body, valid in its format and
//! within its limits, whatever stands in a title.

mod json;
mod thin;

use std::fmt;

use crate::alert::{Format, Message, Payload, ReceiverConfig, Stamp};

/// What one receiver's alerts look like.
#[derive(Clone)]
pub struct Target {
    receiver: String,
    format: Format,
    style: Style,
}

/// What a format needs to know beside the message.
#[derive(Clone)]
enum Style {
    Json(Payload),
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
    /// What `config` describes; `template` is the content of its `template_file`.
    ///
    /// # Errors
    /// The template is wrong, or something that the format needs is missing
    /// ([`problems`](crate::alert::problems()) says where).
    pub fn new(config: &ReceiverConfig, template: Option<&str>) -> Result<Self, TargetError> {
        let _ = template;
        let style = match config.format {
            Format::Json => Style::Json(config.payload),
        };
        Ok(Self { receiver: config.name.get_ref().clone(), format: config.format, style })
    }

    /// The receiver's name.
    pub fn receiver(&self) -> &str {
        &self.receiver
    }

    /// How its alerts are written.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The bytes of an alert: made once, so that every attempt sends the same.
    pub fn body(&self, message: &Message<'_>, stamp: &Stamp) -> String {
        match &self.style {
            Style::Json(payload) => json::body(message, stamp, *payload),
        }
    }

    /// A shorter body after a receiver found `body` too long; none if there is none.
    pub(super) fn shorter(&self, body: &str) -> Option<String> {
        match &self.style {
            Style::Json(_) => thin::of_body(body),
        }
    }
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
