//! What is asked, and what came back.

use std::fmt;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::{NetError, Room};
use crate::model::Secret;

/// One request; it has no redirects of its own.
#[derive(Clone)]
pub struct Request {
    /// What to do.
    pub method: Method,
    /// Where: http or https. A fragment is not sent.
    pub url: Url,
    /// Names in lower case, and values byte for byte. `user-agent`, `accept` and
    /// `accept-encoding` are ours unless given.
    pub headers: Vec<(&'static str, Vec<u8>)>,
    /// The same for what a person wrote: names and values as they are. They win over
    /// `headers` of the same name, and no log shows them.
    pub secret_headers: Vec<(String, Secret<Vec<u8>>)>,
    /// What to send; empty for nothing.
    pub body: Vec<u8>,
    /// How long and how much.
    pub limits: Limits,
}

impl Request {
    /// A question without headers of its own.
    pub fn get(url: Url, limits: Limits) -> Self {
        Self::new(Method::Get, url, limits)
    }

    /// A request without headers of its own and without body.
    pub fn new(method: Method, url: Url, limits: Limits) -> Self {
        let (headers, secret_headers, body) = (Vec::new(), Vec::new(), Vec::new());
        Self { method, url, headers, secret_headers, body, limits }
    }

    /// All headers as they will be written.
    pub(super) fn header_map(&self) -> Result<HeaderMap, NetError> {
        let mut map = HeaderMap::with_capacity(self.headers.len() + 3);
        for (name, value) in &self.headers {
            let (name, mut value) = header(name, value)?;
            value.set_sensitive(name == AUTHORIZATION || name == COOKIE);
            map.append(name, value);
        }
        for (name, value) in &self.secret_headers {
            let (name, mut value) = header(name, value.reveal())?;
            value.set_sensitive(true);
            map.insert(name, value);
        }
        Ok(map)
    }
}

/// Shows neither address nor values: both may be secrets.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| *name).collect();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("headers", &names)
            .field("secret_headers", &self.secret_headers.len())
            .field("body_bytes", &self.body.len())
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

fn header(name: &str, value: &[u8]) -> Result<(HeaderName, HeaderValue), NetError> {
    let unusable = || NetError::Header { name: name.to_owned() };
    let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unusable())?;
    let value = HeaderValue::from_bytes(value).map_err(|_| unusable())?;
    Ok((key, value))
}

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Asks.
    Get,
    /// Tells.
    Post,
    /// Removes.
    Delete,
}

/// How long a request may take and how much it may bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Until the answer's headers are here: name look-up, connection and TLS included.
    pub header_timeout: Duration,
    /// Until the answer's last byte is here.
    pub total_timeout: Duration,
    /// How much of the body is wanted.
    pub body: BodyLimit,
}

/// How much of a body is wanted, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLimit {
    /// All of it, if the status is a success: a longer, incomplete or wrongly packed body is
    /// then an error. With any other status this is the start of a body: the status counts.
    Whole {
        /// The longest body that comes packed, before unpacking.
        packed: usize,
        /// The longest body after unpacking, or one that comes plain.
        unpacked: usize,
    },
    /// Its first bytes after unpacking, as far as they come: the rest is dropped, the status
    /// counts.
    Start(usize),
}

impl BodyLimit {
    /// What a document may have: 10 MiB packed, 50 MiB unpacked.
    pub const DOCUMENT: Self = Self::Whole { packed: 10 << 20, unpacked: 50 << 20 };

    /// All of a body of at most `n_bytes`, packed or not.
    pub const fn whole(n_bytes: usize) -> Self {
        Self::Whole { packed: n_bytes, unpacked: n_bytes }
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The answer's headers.
    pub headers: Headers,
    /// The body, unpacked.
    pub body: Vec<u8>,
    /// Whether the body goes on; only with [`BodyLimit::Start`] or a status that is no success.
    pub body_was_cut: bool,
    /// What the body occupies if it is large: keep it as long as the body.
    pub room: Room,
    /// From the first look-up to the last byte.
    pub took: Duration,
}

/// A request's or an answer's headers; names are not case-sensitive.
#[derive(Clone, Debug, Default)]
pub struct Headers(pub(super) HeaderMap);

impl Headers {
    /// The first value of `name`, byte for byte.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(HeaderValue::as_bytes)
    }

    /// The first value of `name`, if it is visible ASCII.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }

    /// All values of `name` that are visible ASCII, in order.
    pub fn texts<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }

    /// All names, in lower case.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(HeaderName::as_str)
    }
}

/// For tests and transports in memory; names in lower case.
impl<'a> FromIterator<(&'static str, &'a [u8])> for Headers {
    fn from_iter<I: IntoIterator<Item = (&'static str, &'a [u8])>>(lines: I) -> Self {
        let values = lines.into_iter().filter_map(|(name, value)| {
            let value = HeaderValue::from_bytes(value).ok()?;
            Some((HeaderName::from_static(name), value))
        });
        let mut headers = HeaderMap::new();
        values.for_each(|(name, value)| {
            headers.append(name, value);
        });
        Self(headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        let limits = Limits {
            header_timeout: Duration::from_secs(1),
            total_timeout: Duration::from_secs(1),
            body: BodyLimit::whole(1),
        };
        let url = "https://CANARY:CANARY@site.example/CANARY?CANARY".parse().unwrap();
        Request::get(url, limits)
    }

    /// Goal: no log shows a password, an address that is one, or what people write to servers.
    #[test]
    fn debug_text_shows_no_secret() {
        let mut request = request();
        request.headers.push(("authorization", b"CANARY".to_vec()));
        request.secret_headers.push(("X-Key".to_owned(), Secret::new(b"CANARY".to_vec())));
        request.body = b"CANARY".to_vec();
        let shown = format!("{request:?} {:?}", Headers(request.header_map().unwrap()));
        assert!(shown.contains("authorization") && shown.contains("x-key"), "{shown}");
        let secret = Headers(request.header_map().unwrap());
        let outgoing = crate::net::Outgoing {
            method: request.method,
            url: request.url.clone(),
            headers: secret,
            body: request.body.clone().into(),
        };
        let shown = format!("{request:?} {outgoing:?}");
        assert!(!shown.contains("CANARY"), "{shown}");
    }

    /// Goal: what a person wrote for one feed wins over what we send to all.
    #[test]
    fn own_headers_win() {
        let mut request = request();
        request.headers.push(("accept", b"ours".to_vec()));
        request.secret_headers.push(("Accept".to_owned(), Secret::new(b"theirs".to_vec())));
        assert_eq!(Headers(request.header_map().unwrap()).text("accept"), Some("theirs"));
    }

    /// Goal: a line break in a header file cannot smuggle a second header in.
    #[test]
    fn headers_that_http_cannot_carry_are_refused() {
        for (name, value) in [("x-a", "1\r\nx-b: 2"), ("x a", "1"), ("x-a\r\nx-b", "1"), ("", "1")]
        {
            let mut request = request();
            request.secret_headers.push((name.to_owned(), Secret::new(value.into())));
            let error = request.header_map().unwrap_err();
            assert_eq!(error.class(), "header", "{name:?}");
        }
    }
}
