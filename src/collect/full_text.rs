//! Fetches the page of an entry for its text: where the site allows it, politely, in time.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::fetch::charset;
use super::html::HTML_BYTES_MAX;
use super::page::{Page, PageReader, Stub};
use super::permission::{
    Permission, Permissions, Purpose, Refusal, Reservation, reservation_in_headers,
    reservation_in_html,
};
use super::web::{Answer, How, Said};
use super::{FetchError, Web, decode};
use crate::model::{Clock, Extraction, Language, PageSource};
use crate::net::BodyLimit;

/// Longer than any page takes, unless it was made to take long.
const READING_MAX: Duration = Duration::from_secs(2);

/// A link leads through some services that count clicks, no more.
const SITES_MAX: usize = 5;

const ACCEPT: &[u8] = b"text/html, application/xhtml+xml, */*;q=0.1";

/// Fetches pages of entries for their texts.
pub struct FullText {
    web: Web,
    permissions: Arc<Permissions>,
    reader: PageReader,
    clock: Arc<dyn Clock>,
}

/// What an entry's page says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageText {
    /// The article's text.
    pub text: String,
    /// The language that the page declares.
    pub language: Option<Language>,
    /// Where it came from.
    pub source: PageSource,
}

/// Why there is no text: the feed's summary has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoText {
    /// The publisher does not want it.
    Refused(Refusal),
    /// It cannot be fetched.
    Fetch(FetchError),
    /// It is no article, or not this one.
    Stub(Stub),
}

impl fmt::Display for NoText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Fetch(error) => error.fmt(f),
            Self::Stub(stub) => stub.fmt(f),
        }
    }
}

impl From<FetchError> for NoText {
    fn from(error: FetchError) -> Self {
        Self::Fetch(error)
    }
}

impl From<Reservation> for NoText {
    fn from(reservation: Reservation) -> Self {
        Self::Refused(Refusal::Reserved(reservation))
    }
}

impl FullText {
    /// Goes through `web`, and asks `permissions` first.
    pub fn new(web: Web, permissions: Arc<Permissions>, clock: Arc<dyn Clock>) -> Self {
        Self { web, permissions, reader: PageReader::default(), clock }
    }

    /// The text of the entry with this `title` and `summary`, both without markup, from the page
    /// at `link`.
    ///
    /// # Errors
    /// The site forbids it, the page cannot be had, or it holds something else.
    pub async fn fetch(&self, link: &Url, title: &str, summary: &str) -> Result<PageText, NoText> {
        let answer = self.ask_site_by_site(link).await?;
        if let Some(reservation) = reservation_in_headers(&answer.headers) {
            return Err(reservation.into());
        }
        let charset = answer.headers.text("content-type").and_then(charset);
        let html = decode(&answer.body, charset.as_deref(), Some(&answer.url)).into_owned();
        if let Some(reservation) = reservation_in_html(&html) {
            return Err(reservation.into());
        }
        let reading = self.reader.article_within(html, Some(answer.url.clone()), READING_MAX);
        let page = reading.await.ok_or(NoText::Stub(Stub::Unreadable))?;
        let text = page.text_of_entry(title, summary).map_err(NoText::Stub)?.to_owned();
        Ok(PageText { source: self.source(&page, &answer), text, language: page.language })
    }

    async fn ask_for_permission(&self, url: &Url) -> Result<(), NoText> {
        match self.permissions.may_fetch(url, Purpose::Text).await {
            Permission::Allowed { gap } => {
                if let Some(gap) = gap {
                    self.web.hosts().note_gap(url, gap);
                }
                Ok(())
            }
            Permission::Disallowed { by } => Err(NoText::Refused(by)),
        }
    }

    /// Follows redirects from site to site, each of which is asked for permission first.
    async fn ask_site_by_site(&self, link: &Url) -> Result<Answer, NoText> {
        let mut url = link.clone();
        for _ in 0..SITES_MAX {
            self.ask_for_permission(&url).await?;
            match self.ask(&url).await {
                Err(FetchError::OtherSite { to }) => url = to,
                other => return Ok(other?),
            }
        }
        Err(FetchError::TooManyRedirects { limit: SITES_MAX }.into())
    }

    async fn ask(&self, url: &Url) -> Result<Answer, FetchError> {
        let said = |_: &Url| Said { headers: vec![("accept", ACCEPT.to_vec())], ..Said::default() };
        let body = Some(BodyLimit::whole(HTML_BYTES_MAX));
        let how = How { body, stays_at_site: true, ..How::default() };
        let answer = self.web.get(url, how, said).await?;
        match answer.status {
            200 | 203 => Ok(answer),
            204 | 205 => Err(FetchError::Empty),
            status => Err(FetchError::of_status(status, answer.retry_after)),
        }
    }

    fn source(&self, page: &Page, answer: &Answer) -> PageSource {
        PageSource {
            extraction: Extraction::Trafilatura,
            url: answer.url.to_string(),
            canonical: page.canonical.as_ref().map(Url::to_string),
            outlet: page.outlet.clone(),
            fetched: self.clock.now(),
            status: answer.status,
            hash: PageSource::hash_of(&page.text),
        }
    }
}
