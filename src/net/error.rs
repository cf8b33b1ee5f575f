//! Why no usable answer came.

use std::error::Error;
use std::time::Duration;

use super::guard::Refused;
use super::resolver::NoAddress;
use super::tls_fault::{TlsFault, detail};

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
    #[error("{}: {reason}", dns_words(*is_temporary))]
    Dns {
        /// The name service's words.
        reason: String,
        /// Whether the name service is in trouble, so that nothing is known of the name.
        is_temporary: bool,
    },

    /// No connection.
    #[error("no connection: {reason}")]
    Connect {
        /// The system's words.
        reason: String,
    },

    /// The connection ended before a byte of the answer came.
    #[error("connection lost before an answer: {reason}")]
    Reset {
        /// How it ended.
        reason: String,
    },

    /// The certificate or the TLS handshake is wrong.
    #[error("no secure connection: {fault}{}", detail(reason))]
    Tls {
        /// What is wrong with it.
        fault: TlsFault,
        /// The library's words, where they say more.
        reason: String,
    },

    /// The server did not start its answer.
    #[error("no answer within {} ms", .0.as_millis())]
    HeaderTimeout(Duration),

    /// The answer did not end.
    #[error("answer not complete within {} ms", .0.as_millis())]
    Timeout(Duration),

    /// The body is longer than we take, plain or after unpacking.
    #[error("body longer than {limit} bytes")]
    BodyTooLong {
        /// The limit, after unpacking.
        limit: usize,
    },

    /// The body is longer than we take before it is unpacked.
    #[error("packed body longer than {limit} bytes")]
    PackedTooLong {
        /// The limit, before unpacking.
        limit: usize,
    },

    /// The body is packed in a way that we do not know, or wrongly, or its end is missing.
    #[error("body cannot be unpacked: {reason}")]
    Unpack {
        /// What is wrong with it.
        reason: String,
    },

    /// The answer is no HTTP, or was cut.
    #[error("answer broken: {reason}")]
    Broken {
        /// Where it broke.
        reason: String,
    },

    /// The request cannot be written: a header holds a line break, or its name is none.
    #[error("header {name:?} has a name or value that HTTP cannot carry")]
    Header {
        /// The header.
        name: String,
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
            | Self::Reset { .. }
            | Self::Tls { .. }
            | Self::HeaderTimeout(_)
            | Self::Timeout(_)
            | Self::BodyTooLong { .. }
            | Self::PackedTooLong { .. }
            | Self::Unpack { .. }
            | Self::Broken { .. } => true,
        }
    }

    /// Whether it failed before a byte of the server came: at the look-up of its name or at the
    /// connection. When that is so for every host, our own network is down.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Dns { .. } | Self::Connect { .. })
    }

    /// One word for metrics.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Address(_) => "address",
            Self::Scheme { .. } => "scheme",
            Self::Dns { .. } => "dns",
            Self::Connect { .. } => "connect",
            Self::Reset { .. } => "reset",
            Self::Tls { .. } => "tls",
            Self::HeaderTimeout(_) => "header_timeout",
            Self::Timeout(_) => "timeout",
            Self::BodyTooLong { .. } => "body_too_long",
            Self::PackedTooLong { .. } => "packed_too_long",
            Self::Unpack { .. } => "unpack",
            Self::Broken { .. } => "broken",
            Self::Header { .. } => "header",
            Self::Setup { .. } => "setup",
        }
    }

    /// What an error before the answer's headers means; the library's own text names the URL,
    /// so only its root is kept.
    pub(super) fn before_answer(error: &reqwest::Error) -> Self {
        let root = root_cause(error);
        if let Some(refused) = root.downcast_ref::<Refused>() {
            return Self::Address(*refused);
        }
        if let Some(unknown) = find::<NoAddress>(error) {
            let (reason, is_temporary) = (unknown.to_string(), unknown.is_temporary());
            return Self::Dns { reason, is_temporary };
        }
        if let Some(error) = find::<rustls::Error>(error) {
            return TlsFault::of(error);
        }
        let reason = root.to_string();
        if error.is_connect() {
            return Self::Connect { reason };
        }
        let is_no_http = find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse);
        if is_no_http { Self::Broken { reason } } else { Self::Reset { reason } }
    }

    /// What it means that a name has no address to dial.
    pub(super) fn of_lookup(error: &(dyn Error + 'static)) -> Self {
        if let Some(refused) = error.downcast_ref::<Refused>() {
            return Self::Address(*refused);
        }
        let is_temporary = error.downcast_ref::<NoAddress>().is_none_or(NoAddress::is_temporary);
        Self::Dns { reason: error.to_string(), is_temporary }
    }

    /// What an error behind the answer's headers means.
    pub(super) fn within_answer(error: &reqwest::Error) -> Self {
        Self::Broken { reason: root_cause(error).to_string() }
    }

    pub(super) fn of_setup(error: &reqwest::Error) -> Self {
        Self::Setup { reason: root_cause(error).to_string() }
    }
}

fn dns_words(is_temporary: bool) -> &'static str {
    if is_temporary { "name service failed" } else { "host name not found" }
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

fn find<T: Error + 'static>(error: &reqwest::Error) -> Option<&T> {
    let first: &(dyn Error + 'static) = error;
    std::iter::successors(Some(first), |error| cause(*error)).find_map(<dyn Error>::downcast_ref)
}
