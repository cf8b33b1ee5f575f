//! Why no usable answer came.

use std::error::Error;
use std::time::Duration;

use super::guard::Refused;
use super::resolver::NoAddress;

/// Why no usable answer came. No text carries an address of a receiver or a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NetError {
    /// The host has no address that we may connect to.
    #[error(transparent)]
    Address(#[from] Refused),

    /// Neither http nor https, or no host.
    #[error("scheme {scheme:?} is neither http nor https")]
    Scheme {
        /// What the URL starts with.
        scheme: String,
    },

    /// The host's name is unknown, or the name service does not answer.
    #[error("host name not found: {reason}")]
    Dns {
        /// The name service's words.
        reason: String,
    },

    /// No connection.
    #[error("no connection: {reason}")]
    Connect {
        /// The system's words.
        reason: String,
    },

    /// The certificate or the TLS handshake is wrong.
    #[error("no secure connection: {reason}")]
    Tls {
        /// What is wrong with it.
        reason: String,
    },

    /// The server did not start its answer.
    #[error("no answer within {} ms", .0.as_millis())]
    HeaderTimeout(Duration),

    /// The answer did not end.
    #[error("answer not complete within {} ms", .0.as_millis())]
    Timeout(Duration),

    /// The body is longer than we take.
    #[error("body longer than {limit} bytes")]
    BodyTooLong {
        /// The limit, after unpacking.
        limit: usize,
    },

    /// The connection broke, or the answer is no HTTP, cut or packed wrongly.
    #[error("answer broken: {reason}")]
    Broken {
        /// Where it broke.
        reason: String,
    },

    /// The request cannot be written: a header holds a line break.
    #[error("header {name} has a value that HTTP cannot carry")]
    Header {
        /// The header.
        name: &'static str,
    },

    /// The client cannot be set up.
    #[error("cannot set up the HTTP client: {reason}")]
    Setup {
        /// What is missing.
        reason: String,
    },
}

impl NetError {
    /// Whether trying again later can help although nobody changes anything here.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Address(_) | Self::Scheme { .. } | Self::Header { .. } | Self::Setup { .. } => {
                false
            }
            Self::Dns { .. }
            | Self::Connect { .. }
            | Self::Tls { .. }
            | Self::HeaderTimeout(_)
            | Self::Timeout(_)
            | Self::BodyTooLong { .. }
            | Self::Broken { .. } => true,
        }
    }

    /// One word for metrics.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Address(_) => "address",
            Self::Scheme { .. } => "scheme",
            Self::Dns { .. } => "dns",
            Self::Connect { .. } => "connect",
            Self::Tls { .. } => "tls",
            Self::HeaderTimeout(_) => "header_timeout",
            Self::Timeout(_) => "timeout",
            Self::BodyTooLong { .. } => "body_too_long",
            Self::Broken { .. } => "broken",
            Self::Header { .. } => "header",
            Self::Setup { .. } => "setup",
        }
    }

    /// What the HTTP client's error means; its own text names the URL, so only its root is kept.
    pub(super) fn of_client(error: &reqwest::Error) -> Self {
        let root = root_cause(error);
        if let Some(refused) = root.downcast_ref::<Refused>() {
            return Self::Address(*refused);
        }
        let reason = root.to_string();
        if find::<NoAddress>(error) {
            return Self::Dns { reason };
        }
        if root.is::<rustls::Error>() {
            return Self::Tls { reason };
        }
        if error.is_connect() { Self::Connect { reason } } else { Self::Broken { reason } }
    }

    pub(super) fn of_setup(error: &reqwest::Error) -> Self {
        Self::Setup { reason: root_cause(error).to_string() }
    }
}

/// The next cause; unlike `source()` it looks into an `io::Error` that only wraps another error.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    match wrapped {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

fn root_cause(error: &reqwest::Error) -> &(dyn Error + 'static) {
    let mut deepest: &(dyn Error + 'static) = error;
    while let Some(next) = cause(deepest) {
        deepest = next;
    }
    deepest
}

fn find<T: Error + 'static>(error: &reqwest::Error) -> bool {
    let first: &(dyn Error + 'static) = error;
    std::iter::successors(Some(first), |error| cause(*error)).any(<dyn Error>::is::<T>)
}
