//! The seam between our rules and the wire: what goes out, and what comes back piece by piece.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use url::Url;

use super::{Headers, Method, NetError};

/// Carries requests to servers. Limits, guard and retry stand above it, in
/// [`Client`](super::Client): whoever carries only carries.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Brings `request` to its server and returns as soon as the answer's headers are here.
    ///
    /// Redirects are answers, cookies are forgotten, bodies stay packed.
    ///
    /// # Errors
    /// No answer. [`NetError::Reset`] says that the connection ended before a byte of it came,
    /// and makes the client ask once more.
    async fn carry(&self, request: Outgoing) -> Result<Incoming, NetError>;
}

/// A body as it comes over the wire, still packed. An error ends it.
pub type Chunks = BoxStream<'static, Result<Bytes, NetError>>;

/// A request that is ready to be written: checked, and with every header it will have but
/// `host` and `content-length`.
#[derive(Clone)]
pub struct Outgoing {
    /// What to do.
    pub method: Method,
    /// Where: http or https, without fragment.
    pub url: Url,
    /// All headers.
    pub headers: Headers,
    /// What to send; empty for nothing.
    pub body: Bytes,
}

/// Shows neither address nor values: both may be secrets.
impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.names().collect();
        let mut shown = f.debug_struct("Outgoing");
        shown.field("method", &self.method).field("headers", &names).finish_non_exhaustive()
    }
}

/// An answer whose body is still on its way.
pub struct Incoming {
    /// The HTTP status.
    pub status: u16,
    /// The answer's headers.
    pub headers: Headers,
    /// The body, as far as it has come.
    pub body: Chunks,
}

impl Incoming {
    /// An answer that is here already.
    pub fn whole(status: u16, headers: Headers, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        Self { status, headers, body: stream::once(async { Ok(body) }).boxed() }
    }
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Incoming");
        shown.field("status", &self.status).field("headers", &self.headers).finish_non_exhaustive()
    }
}
