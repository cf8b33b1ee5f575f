//! Sends one request and reads its answer within limits.
//!
//! Deliberately absent: redirects (the caller decides about each hop), cookies, `Referer`,
//! and proxies from the environment, which would walk around the address guard.

use std::net::IpAddr;
use std::sync::{Arc, Once};
use std::time::Duration;

use ipnet::IpNet;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use tokio::time::{Instant, timeout, timeout_at};
use url::{Host, Url};

use super::guard::Guard;
use super::resolver::GuardedResolver;
use super::{BodyLimit, Config, Headers, Method, NetError, Request, Response};

/// Constant and honest: publishers can find out who asks, and block us if they want.
const USER_AGENT: &str = concat!("silkwire/", env!("CARGO_PKG_VERSION"));

/// Shared between the addresses of a host, so that a dead one leaves time for the next.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Two feeds of one host are seconds apart, two polls of one feed minutes: longer, and
/// hundreds of sockets with 32 KiB each would wait for nothing.
const IDLE_TIMEOUT: Duration = Duration::from_secs(5);

/// A start for the body's buffer, before its length is known.
const BODY_BYTES_FIRST: usize = 16 * 1024;

/// The way out. Clones share connections.
#[derive(Clone, Debug)]
pub struct Client {
    inner: reqwest::Client,
    guard: Arc<Guard>,
}

impl Client {
    /// A client for public addresses, `config.allow_networks` and `open`.
    ///
    /// # Errors
    /// The system has no root certificates, or the proxy's address is unusable.
    pub fn new(config: &Config, open: &[IpNet]) -> Result<Self, NetError> {
        install_crypto();
        let open = config.allow_networks.iter().chain(open).copied().collect();
        let guard = Arc::new(Guard::new(open));
        let proxy_host = config.proxy.as_ref().and_then(Url::host_str).map(str::to_owned);
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .dns_resolver(Arc::new(GuardedResolver::new(Arc::clone(&guard), proxy_host)))
            .redirect(Policy::none())
            .referer(false)
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(1);
        if let Some(proxy) = &config.proxy {
            let proxy = reqwest::Proxy::all(proxy.clone());
            builder = builder.proxy(proxy.map_err(|error| NetError::of_setup(&error))?);
        }
        let inner = builder.build().map_err(|error| NetError::of_setup(&error))?;
        Ok(Self { inner, guard })
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
        let deadline = start + limits.total_timeout;
        let patience = limits.header_timeout.min(limits.total_timeout);
        let answer = timeout(patience, self.ask(request)).await;
        let mut answer = answer.unwrap_or(Err(NetError::HeaderTimeout(patience)))?;

        let mut body = Body::new(limits.body, &answer)?;
        let read = timeout_at(deadline, body.read(&mut answer)).await;
        let read = read.unwrap_or(Err(NetError::Timeout(limits.total_timeout)));
        let body_was_cut = match (limits.body, read) {
            (BodyLimit::Whole(_), read) => read.map(|()| false)?,
            (BodyLimit::Start(_), read) => read.is_err(),
        };
        Ok(Response {
            status: answer.status().as_u16(),
            headers: Headers(std::mem::take(answer.headers_mut())),
            body: body.bytes,
            body_was_cut,
            took: start.elapsed(),
        })
    }

    /// Sends a request and waits for the answer's headers.
    ///
    /// A server may close a kept connection just when we use it again. That is no failure of
    /// the server, so a question is asked once more; an order is not, it might be done twice.
    async fn ask(&self, request: Request) -> Result<reqwest::Response, NetError> {
        let is_question = request.method == Method::Get;
        let prepared = prepare(request)?;
        let again = if is_question { prepared.try_clone() } else { None };
        let first = self.inner.execute(prepared).await;
        let first = first.map_err(|error| NetError::of_client(&error));
        match (first, again) {
            (Err(NetError::Broken { .. }), Some(again)) => {
                self.inner.execute(again).await.map_err(|error| NetError::of_client(&error))
            }
            (first, _) => first,
        }
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

/// Every TLS user of the process shares one provider; without it the first client panics.
fn install_crypto() {
    static ONCE: Once = Once::new();
    // An error means that another part of the process was first: then there is one.
    ONCE.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}

fn prepare(request: Request) -> Result<reqwest::Request, NetError> {
    let method = match request.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Delete => reqwest::Method::DELETE,
    };
    let mut headers = HeaderMap::with_capacity(request.headers.len());
    for (name, value) in request.headers {
        let value = HeaderValue::from_bytes(&value).map_err(|_| NetError::Header { name })?;
        headers.append(HeaderName::from_static(name), value);
    }
    let mut prepared = reqwest::Request::new(method, request.url);
    *prepared.headers_mut() = headers;
    if !request.body.is_empty() {
        *prepared.body_mut() = Some(request.body.into());
    }
    Ok(prepared)
}

/// A body while it arrives.
struct Body {
    bytes: Vec<u8>,
    bytes_max: usize,
}

impl Body {
    /// Refuses at once what says itself that it is too long.
    fn new(limit: BodyLimit, answer: &reqwest::Response) -> Result<Self, NetError> {
        let announced = answer.content_length().and_then(|length| usize::try_from(length).ok());
        let bytes_max = match limit {
            BodyLimit::Whole(limit) if announced.is_some_and(|length| limit < length) => {
                return Err(NetError::BodyTooLong { limit });
            }
            BodyLimit::Whole(limit) | BodyLimit::Start(limit) => limit,
        };
        let first = announced.unwrap_or(BODY_BYTES_FIRST).min(bytes_max);
        Ok(Self { bytes: Vec::with_capacity(first), bytes_max })
    }

    /// Reads to the end or to the limit; what has arrived stays also after an error.
    async fn read(&mut self, answer: &mut reqwest::Response) -> Result<(), NetError> {
        while let Some(chunk) = answer.chunk().await.map_err(|e| NetError::of_client(&e))? {
            let room = self.bytes_max - self.bytes.len();
            self.bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if room < chunk.len() {
                return Err(NetError::BodyTooLong { limit: self.bytes_max });
            }
        }
        Ok(())
    }
}
