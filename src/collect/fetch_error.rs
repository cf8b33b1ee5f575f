//! Why a feed could not be fetched, in words for the status page.

use std::time::Duration;

use url::Url;

use super::hosts::Paused;
use crate::model::Trouble;
use crate::net::NetError;

/// Why a feed could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The server asked us to come back later.
    #[error("server asked for fewer requests{}", waiting(*retry_after))]
    Throttled {
        /// The pause that the server asked for, already capped by the configuration.
        retry_after: Option<Duration>,
    },

    /// The server does not want us (401, 403), often a wall against robots.
    #[error("server refuses us (HTTP {status}){}", waiting(*retry_after))]
    Refused {
        /// The HTTP status.
        status: u16,
        /// As above.
        retry_after: Option<Duration>,
    },

    /// There is nothing at this address.
    #[error("nothing at this address (HTTP 404){}", waiting(*retry_after))]
    NotFound {
        /// As above.
        retry_after: Option<Duration>,
    },

    /// The feed was given up.
    #[error("gone for good (HTTP 410)")]
    Gone,

    /// The server is in trouble, or answered something that is no answer.
    #[error("server answered HTTP {status}{}", waiting(*retry_after))]
    Status {
        /// The HTTP status.
        status: u16,
        /// As above.
        retry_after: Option<Duration>,
    },

    /// "Not modified" although we did not ask.
    #[error("server answered \"not modified\" to a first request")]
    UnaskedNotModified,

    /// Success, but nothing in it.
    #[error("empty answer")]
    Empty,

    /// A loop, or nearly one.
    #[error("more than {limit} redirects")]
    TooManyRedirects {
        /// How many we follow.
        limit: usize,
    },

    /// A redirect to another site, which the caller wants to decide about.
    #[error("redirect to another site")]
    OtherSite {
        /// Where.
        to: Url,
    },

    /// A redirect to nowhere.
    #[error("redirect without a usable address")]
    BadRedirect,

    /// No complete answer arrived.
    #[error(transparent)]
    Network(#[from] NetError),
}

/// As if the host had been asked and had said it once more.
impl From<Paused> for FetchError {
    fn from(paused: Paused) -> Self {
        Self::Throttled { retry_after: Some(paused.left) }
    }
}

impl FetchError {
    /// What a status that is no success means.
    pub(super) fn of_status(status: u16, retry_after: Option<Duration>) -> Self {
        match status {
            420 | 429 => Self::Throttled { retry_after },
            401 | 403 => Self::Refused { status, retry_after },
            404 => Self::NotFound { retry_after },
            410 => Self::Gone,
            _ => Self::Status { status, retry_after },
        }
    }

    /// What kind of trouble it is.
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::Throttled { .. } => Trouble::Throttled,
            Self::Refused { .. } => Trouble::Refused,
            Self::NotFound { .. } => Trouble::NotFound,
            Self::Gone => Trouble::Gone,
            Self::Status { .. } | Self::UnaskedNotModified => Trouble::Status,
            Self::Empty => Trouble::Empty,
            Self::TooManyRedirects { .. } | Self::OtherSite { .. } | Self::BadRedirect => {
                Trouble::Redirect
            }
            Self::Network(error) => trouble_of(error),
        }
    }

    /// How long the server asked us to wait, already capped.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled { retry_after }
            | Self::Refused { retry_after, .. }
            | Self::NotFound { retry_after }
            | Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether it may be well next time although nobody changes anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Network(error) => error.is_transient(),
            Self::Gone | Self::NotFound { .. } | Self::Refused { .. } => false,
            _ => true,
        }
    }
}

fn trouble_of(error: &NetError) -> Trouble {
    match error {
        NetError::Dns { .. } => Trouble::Dns,
        NetError::Connect { .. } => Trouble::Connect,
        NetError::Tls { .. } => Trouble::Tls,
        NetError::HeaderTimeout(_) | NetError::Timeout(_) => Trouble::Timeout,
        NetError::BodyTooLong { .. } => Trouble::TooLong,
        NetError::Address(_) | NetError::Scheme { .. } => Trouble::Address,
        NetError::Header { .. } | NetError::Setup { .. } => Trouble::Configuration,
        _ => Trouble::Broken,
    }
}

fn waiting(retry_after: Option<Duration>) -> String {
    retry_after.map(|wait| format!(", next time after {} s", wait.as_secs())).unwrap_or_default()
}
