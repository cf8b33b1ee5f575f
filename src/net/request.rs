//! What is asked, and what came back.

use std::time::Duration;

use reqwest::header::HeaderMap;
use url::Url;

/// One request; it has no redirects of its own.
#[derive(Clone, Debug)]
pub struct Request {
    /// What to do.
    pub method: Method,
    /// Where: http or https. A fragment is not sent.
    pub url: Url,
    /// Names in lower case, and values byte for byte. `user-agent` and `accept-encoding` are
    /// ours unless given.
    pub headers: Vec<(&'static str, Vec<u8>)>,
    /// What to send; empty for nothing.
    pub body: Vec<u8>,
    /// How long and how much.
    pub limits: Limits,
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

/// How much of a body is wanted, in bytes after unpacking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLimit {
    /// All of it: a longer or incomplete body is an error.
    Whole(usize),
    /// Its first bytes, as far as they come: the rest is dropped, the status counts.
    Start(usize),
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
    /// Whether the body goes on; only with [`BodyLimit::Start`].
    pub body_was_cut: bool,
    /// From the first look-up to the last byte.
    pub took: Duration,
}

/// An answer's headers; names are not case-sensitive.
#[derive(Clone, Debug, Default)]
pub struct Headers(pub(super) HeaderMap);

impl Headers {
    /// The first value of `name`, byte for byte.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(reqwest::header::HeaderValue::as_bytes)
    }

    /// The first value of `name`, if it is visible ASCII.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }

    /// All values of `name` that are visible ASCII, in order.
    pub fn texts<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }
}

/// For tests of what reads headers.
impl<'a> FromIterator<(&'static str, &'a [u8])> for Headers {
    fn from_iter<I: IntoIterator<Item = (&'static str, &'a [u8])>>(lines: I) -> Self {
        let values = lines.into_iter().filter_map(|(name, value)| {
            let value = reqwest::header::HeaderValue::from_bytes(value).ok()?;
            Some((reqwest::header::HeaderName::from_static(name), value))
        });
        let mut headers = HeaderMap::new();
        values.for_each(|(name, value)| {
            headers.append(name, value);
        });
        Self(headers)
    }
}
