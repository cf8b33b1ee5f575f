//! Why a feed could not be fetched, in words for the status page.

use std::time::Duration;

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

    /// A redirect to nowhere.
    #[error("redirect without a usable address")]
    BadRedirect,

    /// No complete answer arrived.
    #[error(transparent)]
    Network(#[from] NetError),
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

fn waiting(retry_after: Option<Duration>) -> String {
    retry_after.map(|wait| format!(", next time after {} s", wait.as_secs())).unwrap_or_default()
}
