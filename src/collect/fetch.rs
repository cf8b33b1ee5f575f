//! Asks a server for a feed: conditionally, patiently, and never more than once.
//!
//! Invariant: validators go back byte for byte, and only to the address that issued them.
//! Invariant: each hop of a redirect passes the address guard.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::hints::{freshness, retry_after};
use super::{Config, FeedDocument, FetchError, ReadError, read};
use crate::model::{Clock, Feed, FeedState, Validators};
use crate::net::{BodyLimit, Client, Headers, Limits, Method, Request, Response};

/// As browsers and `spec/feeds.md` R07 have it.
const HOPS_MAX: usize = 10;

const ACCEPT: &[u8] = b"application/atom+xml, application/rss+xml, application/feed+json, \
    application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1";

/// Fetches feeds.
#[derive(Clone)]
pub struct Fetcher {
    client: Client,
    clock: Arc<dyn Clock>,
    limits: Limits,
    retry_after_max: Duration,
}

/// What a server answered.
#[derive(Clone, Debug)]
pub enum Fetched {
    /// Nothing changed since the last document.
    NotModified {
        /// To ask with next time; the answer may have brought new ones (RFC 9111, 4.3.4).
        validators: Validators,
        /// How long it is not worth asking again.
        hint: Option<Duration>,
    },
    /// A document, not read yet.
    Document(Document),
}

/// What a server sent as a feed.
#[derive(Clone, Debug)]
pub struct Document {
    /// The body, unpacked.
    pub bytes: Vec<u8>,
    /// The encoding that HTTP claims.
    pub charset: Option<String>,
    /// Where it came from, behind all redirects.
    pub url: Url,
    /// To ask with next time.
    pub validators: Validators,
    /// How long it is not worth asking again.
    pub hint: Option<Duration>,
}

impl Document {
    /// Reads the entries. Takes up to a second for the longest bodies, so it belongs into
    /// `spawn_blocking`.
    ///
    /// # Errors
    /// See [`read()`].
    pub fn read(&self) -> Result<FeedDocument, ReadError> {
        read(&self.bytes, self.charset.as_deref(), Some(&self.url))
    }
}

impl Fetcher {
    /// A fetcher with the limits of `config`.
    pub fn new(config: &Config, client: Client, clock: Arc<dyn Clock>) -> Self {
        let limits = Limits {
            header_timeout: config.header_timeout,
            total_timeout: config.total_timeout,
            body: BodyLimit::Whole(config.body_bytes_max),
        };
        Self { client, clock, limits, retry_after_max: config.retry_after_max }
    }

    /// Asks for `feed`, following redirects.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn fetch(&self, feed: &Feed, state: &FeedState) -> Result<Fetched, FetchError> {
        let deadline = Instant::now() + self.limits.total_timeout;
        let mut url = feed.url.clone();
        url.set_fragment(None);
        for _ in 0..=HOPS_MAX {
            let validators = Some(&state.validators)
                .filter(|validators| validators.url.as_deref() == Some(url.as_str()));
            let response = self.ask(&url, validators, deadline).await?;
            match response.status {
                301 | 302 | 303 | 307 | 308 => url = self.next_hop(&url, &response)?,
                304 => return not_modified(validators, &response.headers),
                200 | 203 => return document(url, response),
                204 | 205 => return Err(FetchError::Empty),
                status => return Err(FetchError::of_status(status, self.wait(&response))),
            }
        }
        Err(FetchError::TooManyRedirects { limit: HOPS_MAX })
    }

    async fn ask(
        &self,
        url: &Url,
        validators: Option<&Validators>,
        deadline: Instant,
    ) -> Result<Response, FetchError> {
        let mut headers = vec![("accept", ACCEPT.to_vec())];
        if let Some(validators) = validators {
            let etag = validators.etag.clone().map(|etag| ("if-none-match", etag));
            let date = validators.last_modified.clone().map(|date| ("if-modified-since", date));
            headers.extend(etag.into_iter().chain(date));
        }
        let total_timeout = deadline.saturating_duration_since(Instant::now());
        let limits = Limits { total_timeout, ..self.limits };
        let request =
            Request { method: Method::Get, url: url.clone(), headers, body: Vec::new(), limits };
        Ok(self.client.send(request).await?)
    }

    fn wait(&self, response: &Response) -> Option<Duration> {
        retry_after(&response.headers, self.clock.now(), self.retry_after_max)
    }

    fn next_hop(&self, url: &Url, response: &Response) -> Result<Url, FetchError> {
        if let Some(retry_after) = self.wait(response) {
            return Err(FetchError::Throttled { retry_after: Some(retry_after) });
        }
        let location = response.headers.get("location").unwrap_or_default();
        let location = String::from_utf8_lossy(location);
        let next = if location.is_empty() { None } else { url.join(&location).ok() };
        let mut next = next.ok_or(FetchError::BadRedirect)?;
        next.set_fragment(None);
        Ok(next)
    }
}

/// "Not modified" is an answer only to somebody who asked whether something was.
fn not_modified(asked: Option<&Validators>, headers: &Headers) -> Result<Fetched, FetchError> {
    let had = asked.filter(|it| it.etag.is_some() || it.last_modified.is_some());
    let had = had.ok_or(FetchError::UnaskedNotModified)?;
    let newer = |name, old: &Option<Vec<u8>>| header(headers, name).or_else(|| old.clone());
    let validators = Validators {
        url: had.url.clone(),
        etag: newer("etag", &had.etag),
        last_modified: newer("last-modified", &had.last_modified),
    };
    Ok(Fetched::NotModified { validators, hint: freshness(headers) })
}

fn document(url: Url, response: Response) -> Result<Fetched, FetchError> {
    if response.body.trim_ascii().is_empty() {
        return Err(FetchError::Empty);
    }
    let validators = Validators {
        url: Some(url.to_string()),
        etag: header(&response.headers, "etag"),
        last_modified: header(&response.headers, "last-modified"),
    };
    Ok(Fetched::Document(Document {
        charset: response.headers.text("content-type").and_then(charset),
        hint: freshness(&response.headers),
        bytes: response.body,
        url,
        validators,
    }))
}

fn header(headers: &Headers, name: &str) -> Option<Vec<u8>> {
    headers.get(name).filter(|value| !value.is_empty()).map(<[u8]>::to_vec)
}

/// The `charset` of a `Content-Type`.
pub(super) fn charset(content_type: &str) -> Option<String> {
    let parameters = content_type.split(';').skip(1).filter_map(|it| it.split_once('='));
    let mut charsets = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    Some(charsets.next()?.1.trim().trim_matches(['"', '\'']).to_owned())
}
