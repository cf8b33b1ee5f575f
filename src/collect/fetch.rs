//! Asks a server for a feed: conditionally, and never more than once.
//!
//! Invariant: validators go back byte for byte, and only to the address that issued them.
//! Invariant: what opens a feed to us is sent to its own origin only.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::discover::offered;
use super::hosts::Permit;
use super::schedule::is_whole_wanted;
use super::web::{Answer, How, Said, freshness};
use super::{
    Access, Compiled, Config, FeedDocument, FetchError, ReadError, Web, decode, read, selected,
};
use crate::model::{Clock, Feed, FeedId, FeedState, Validators};
use crate::net::{Headers, Room};

const ACCEPT: &[u8] = b"application/atom+xml, application/rss+xml, application/feed+json, \
    application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1";

/// Fetches feeds.
#[derive(Clone)]
pub struct Fetcher {
    web: Web,
    access: Arc<HashMap<FeedId, Access>>,
    clock: Arc<dyn Clock>,
    whole_document_every: Duration,
}

/// What a server answered.
#[derive(Clone, Debug)]
pub enum Fetched {
    /// Nothing changed since the last document.
    NotModified(Answered),
    /// A document, not read yet.
    Document(Document),
}

/// What an answer says beside its document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// To ask with next time. A "not modified" may have brought new ones (RFC 9111, 4.3.4); those
    /// of a document are all there are.
    pub validators: Validators,
    /// How long it is not worth asking again.
    pub fresh: Option<Duration>,
    /// Where the feed says that it moved for good.
    pub moved: Option<Url>,
}

/// What a server sent as a feed.
#[derive(Clone, Debug)]
pub struct Document {
    /// The body, unpacked.
    pub bytes: Vec<u8>,
    /// What the body occupies if it is large.
    pub room: Room,
    /// The encoding that HTTP claims.
    pub charset: Option<String>,
    /// Where it came from, behind all redirects.
    pub url: Url,
    /// The answer that brought it.
    pub answered: Answered,
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

    /// Reads the entries of `feed`, which may be a page with selectors. As [`Self::read`].
    ///
    /// # Errors
    /// See [`read()`], and what selectors do not find.
    pub fn read_as(&self, feed: &Feed) -> Result<FeedDocument, ReadError> {
        match &feed.selectors {
            Some(selectors) => {
                let html = decode(&self.bytes, self.charset.as_deref(), Some(&self.url));
                let compiled = Compiled::of(selectors)?;
                Ok(selected::read(&html, &self.url, &compiled)?)
            }
            None => match self.read() {
                Err(ReadError::WebPage) => Err(self.page_instead()),
                other => other,
            },
        }
    }

    /// Whoever gave a page's address is told of the feeds that it names.
    fn page_instead(&self) -> ReadError {
        let html = decode(&self.bytes, self.charset.as_deref(), Some(&self.url));
        let urls = offered(&html, &self.url);
        if urls.is_empty() { ReadError::WebPage } else { ReadError::PageWithFeeds { urls } }
    }
}

impl Fetcher {
    /// A fetcher that goes through `web`; `access` opens some feeds.
    pub fn new(
        config: &Config,
        web: Web,
        access: HashMap<FeedId, Access>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let whole_document_every = config.whole_document_every;
        Self { web, access: Arc::new(access), clock, whole_document_every }
    }

    /// The way to other servers.
    pub fn web(&self) -> &Web {
        &self.web
    }

    /// Asks for `feed`, following redirects; `permit` is its host's.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn fetch(
        &self,
        feed: &Feed,
        state: &FeedState,
        permit: Option<Permit>,
    ) -> Result<Fetched, FetchError> {
        let is_whole = is_whole_wanted(self.whole_document_every, state, self.clock.now());
        let asked = if is_whole { None } else { Some(&state.validators) };
        let url = state.url_of(feed);
        let said = |hop: &Url| self.said(feed, url, hop, asked);
        let answer = self.web.get(url, How { permit, ..How::default() }, said).await?;
        match answer.status {
            304 => not_modified(asked, answer),
            200 | 203 => document(answer),
            204 | 205 => Err(FetchError::Empty),
            status => Err(FetchError::of_status(status, answer.retry_after)),
        }
    }

    /// Asks for another document of `feed`: an older page, a part of its sitemap.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn fetch_part(&self, feed: &Feed, url: &Url) -> Result<Document, FetchError> {
        let said = |hop: &Url| self.said(feed, &feed.url, hop, None);
        let answer = self.web.get(url, How::default(), said).await?;
        match answer.status {
            200 | 203 => match document(answer)? {
                Fetched::Document(document) => Ok(document),
                Fetched::NotModified(_) => Err(FetchError::UnaskedNotModified),
            },
            204 | 205 => Err(FetchError::Empty),
            status => Err(FetchError::of_status(status, answer.retry_after)),
        }
    }

    fn said(&self, feed: &Feed, url: &Url, hop: &Url, asked: Option<&Validators>) -> Said {
        let mut said = Said::default();
        said.headers.push(("accept", ACCEPT.to_vec()));
        let issuer = asked.and_then(|validators| validators.url.as_deref());
        if let Some(validators) = asked.filter(|_| issuer == Some(hop.as_str())) {
            let etag = validators.etag.clone().map(|etag| ("if-none-match", etag));
            let date = validators.last_modified.clone().map(|date| ("if-modified-since", date));
            said.headers.extend(etag.into_iter().chain(date));
        }
        if let Some(access) = self.access.get(&feed.id) {
            access.add_to(&mut said, url, hop);
        }
        said
    }
}

/// "Not modified" is an answer only to somebody who asked whether something was.
fn not_modified(asked: Option<&Validators>, answer: Answer) -> Result<Fetched, FetchError> {
    let had = asked.filter(|it| {
        it.url.as_deref() == Some(answer.url.as_str())
            && (it.etag.is_some() || it.last_modified.is_some())
    });
    let had = had.ok_or(FetchError::UnaskedNotModified)?;
    let newer = |name, old: &Option<Vec<u8>>| header(&answer.headers, name).or_else(|| old.clone());
    let validators = Validators {
        url: had.url.clone(),
        etag: newer("etag", &had.etag),
        last_modified: newer("last-modified", &had.last_modified),
    };
    let fresh = freshness(&answer);
    Ok(Fetched::NotModified(Answered { validators, fresh, moved: answer.moved }))
}

fn document(answer: Answer) -> Result<Fetched, FetchError> {
    if answer.body.trim_ascii().is_empty() {
        return Err(FetchError::Empty);
    }
    let validators = Validators {
        url: Some(answer.url.to_string()),
        etag: header(&answer.headers, "etag"),
        last_modified: header(&answer.headers, "last-modified"),
    };
    Ok(Fetched::Document(Document {
        charset: answer.headers.text("content-type").and_then(charset),
        answered: Answered { validators, fresh: freshness(&answer), moved: answer.moved },
        bytes: answer.body,
        room: answer.room,
        url: answer.url,
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
