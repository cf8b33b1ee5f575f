//! Sends one request and reads its answer within limits, over whatever transport.
//!
//! Deliberately absent: redirects (the caller decides about each hop), cookies and `Referer`.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderValue, USER_AGENT};
use tokio::time::{Instant, timeout};
use url::{Host, Url};

use super::body::{self, Deadline, Rooms, Wanted};
use super::guard::Guard;
use super::resolver::{Lookup, SystemLookup};
use super::wire::Wire;
use super::{Config, Headers, Incoming, Method, NetError, Outgoing, Request, Response, Transport};

/// What we can unpack.
const ENCODINGS: &str = "gzip, br, zstd, deflate";

/// The way out. Clones share connections.
#[derive(Clone)]
pub struct Client {
    transport: Arc<dyn Transport>,
    guard: Arc<Guard>,
    user_agent: HeaderValue,
    rooms: Rooms,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("user_agent", &self.user_agent).finish_non_exhaustive()
    }
}

impl Client {
    /// A client for public addresses, `config.allow_networks` and `open`.
    ///
    /// # Errors
    /// The system has no root certificates, the proxy's address is unusable, or
    /// `config.ca_file` is.
    pub fn new(config: &Config, open: &[IpNet]) -> Result<Self, NetError> {
        Self::with_lookup(config, open, Arc::new(SystemLookup))
    }

    /// The same with another name service.
    fn with_lookup(
        config: &Config,
        open: &[IpNet],
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, NetError> {
        let guard = Guard::new(config.allow_networks.iter().chain(open).copied().collect());
        let guard = Arc::new(guard);
        let wire = Wire::new(config, Arc::clone(&guard), lookup)?;
        let (user_agent, rooms) = (config.user_agent(), Rooms::default());
        Ok(Self { transport: Arc::new(wire), guard, user_agent, rooms })
    }

    /// A client over a transport of one's own, with all limits and rules of the other: for
    /// servers in memory.
    pub fn with_transport(transport: Arc<dyn Transport>, config: &Config) -> Self {
        let guard = Arc::new(Guard::new(config.allow_networks.clone()));
        Self { transport, guard, user_agent: config.user_agent(), rooms: Rooms::default() }
    }

    /// Sends `request` and reads the answer, whatever its status.
    ///
    /// Redirects are answers like any other.
    ///
    /// # Errors
    /// No answer, or none within the limits.
    pub async fn send(&self, request: Request) -> Result<Response, NetError> {
        self.check(&request.url)?;
        let limits = request.limits;
        let start = Instant::now();
        let deadline = Deadline { at: start + limits.total_timeout, total: limits.total_timeout };
        let patience = limits.header_timeout.min(limits.total_timeout);
        let outgoing = self.outgoing(request)?;
        let answer = timeout(patience, self.ask(outgoing)).await;
        let answer = answer.unwrap_or(Err(NetError::HeaderTimeout(patience)))?;
        let Incoming { status, headers, body } = answer;
        let wanted = Wanted::of(limits.body, status);
        let body = body::read(body, &headers, wanted, deadline, &self.rooms).await?;
        Ok(Response {
            status,
            headers,
            body: body.bytes,
            body_was_cut: body.was_cut,
            room: body.room,
            took: start.elapsed(),
        })
    }

    /// Sends `request` and hands over the answer as soon as its headers are here: for bodies that
    /// are too large for memory. They come as they were sent, and only the headers' limit holds.
    ///
    /// # Errors
    /// No answer, or its headers are late.
    pub async fn open(&self, request: Request) -> Result<Incoming, NetError> {
        self.check(&request.url)?;
        let patience = request.limits.header_timeout;
        let outgoing = self.outgoing(request)?;
        let answer = timeout(patience, self.ask(outgoing)).await;
        answer.unwrap_or(Err(NetError::HeaderTimeout(patience)))
    }

    /// Sends a request and waits for the answer's headers.
    ///
    /// A server may close a kept connection just when we use it again. That is no failure of
    /// the server, so a question is asked once more; an order is not, it might be done twice.
    async fn ask(&self, request: Outgoing) -> Result<Incoming, NetError> {
        let again = (request.method == Method::Get).then(|| request.clone());
        match (self.transport.carry(request).await, again) {
            (Err(NetError::Reset { .. }), Some(again)) => self.transport.carry(again).await,
            (first, _) => first,
        }
    }

    /// Checks the headers and adds ours where the caller has none.
    fn outgoing(&self, request: Request) -> Result<Outgoing, NetError> {
        let mut headers = request.header_map()?;
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static(ENCODINGS));
        headers.entry(USER_AGENT).or_insert_with(|| self.user_agent.clone());
        let Request { method, mut url, body, .. } = request;
        url.set_fragment(None);
        Ok(Outgoing { method, url, headers: Headers(headers), body: body.into() })
    }

    /// Literal addresses never reach the resolver.
    fn check(&self, url: &Url) -> Result<(), NetError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(NetError::Scheme { scheme: url.scheme().to_owned() });
        }
        match url.host() {
            Some(Host::Ipv4(address)) => self.guard.check(IpAddr::V4(address))?,
            Some(Host::Ipv6(address)) => self.guard.check(IpAddr::V6(address))?,
            Some(Host::Domain(_)) | None => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
