//! Finds the feeds of a site: from any of its addresses to a ranked list of what can be polled.
//!
//! Invariant: one request for the address, one for robots.txt, and at most `REQUESTS_MAX` for
//! what was found; usual addresses are tried only if the page names nothing.

mod alternates;

use std::collections::HashSet;
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::spawn_blocking;
use url::Url;

use super::robots::{self, Robots};
use super::web::{Answer, How, Said};
use super::{Compiled, FeedDocument, FetchError, SelectedError, Web, decode, read_text, selected};
use crate::model::{Language, Timestamp};
use crate::net::Headers;
use crate::understand::language;

pub use alternates::{Alternate, Extent, Place, alternates, offered};

/// Candidates that are asked.
const REQUESTS_MAX: usize = 10;

/// Usual addresses that are tried.
const GUESSES_MAX: usize = 6;

/// Where feeds usually are, the most usual first.
const GUESSES: [&str; 7] =
    ["/feed", "/rss.xml", "/rss", "/atom.xml", "/feed.xml", "/index.xml", "/feed.json"];

/// Sitemaps of news that are asked.
const SITEMAPS_MAX: usize = 2;

/// A feed that fell silent so long before another one was left behind.
const LEFT_BEHIND: Duration = Duration::from_hours(90 * 24);

/// Titles that show a feed's language.
const TITLES_MAX: usize = 20;

/// Feeds and pages alike.
const ACCEPT: &[u8] = b"application/atom+xml, application/rss+xml, application/feed+json, \
    text/html;q=0.9, application/xml;q=0.9, */*;q=0.1";

/// Asks servers, politely: hosts' turns, pauses and limits are its own.
#[async_trait]
pub trait Ask: Send + Sync {
    /// Asks for `url`, following redirects, and returns the answer whatever its status.
    ///
    /// # Errors
    /// No complete answer.
    async fn ask(&self, url: &Url) -> Result<Asked, FetchError>;
}

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The HTTP status.
    pub status: u16,
    /// Where it came from, behind all redirects.
    pub url: Url,
    /// Its headers.
    pub headers: Headers,
    /// Its body, unpacked.
    pub body: Vec<u8>,
}

#[async_trait]
impl Ask for Web {
    async fn ask(&self, url: &Url) -> Result<Asked, FetchError> {
        let said = |_: &Url| Said { headers: vec![("accept", ACCEPT.to_vec())], ..Said::default() };
        let answer = self.get(url, How::default(), said).await?;
        let Answer { status, url, headers, body, .. } = answer;
        Ok(Asked { status, url, headers, body })
    }
}

/// A feed that can be polled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Where to poll it.
    pub url: Url,
    /// What it calls itself, or what the page calls it.
    pub title: Option<String>,
    /// What its titles are in.
    pub language: Option<Language>,
    /// When its newest entry was published.
    pub last_post: Option<Timestamp>,
    /// Entries in it.
    pub n_entries: usize,
    /// Its format: `rss`, `atom`, `rdf`, `json` or `sitemap`.
    pub format: &'static str,
    /// How much of the site it is.
    pub extent: Extent,
    /// How it was found; none for the address itself.
    pub place: Option<Place>,
}

/// Why nothing was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DiscoverError {
    /// The address itself gave nothing.
    #[error(transparent)]
    Fetch(#[from] FetchError),

    /// The page is there, but no feed.
    #[error(
        "no feed found: the page names {n_named}, and {n_asked} addresses were asked in vain; \
         a page can be watched without one: kind = \"page\" with selectors"
    )]
    Nothing {
        /// How many feeds the page names.
        n_named: usize,
        /// How many addresses were asked beside it.
        n_asked: usize,
    },
}

/// The feeds of the site that `url` belongs to, best first: the main feed, then parts of the
/// site, then comments; what is dead is left out. A feed's own address gives that feed alone.
///
/// # Errors
/// The address does not answer, or there is no feed.
pub async fn discover(ask: &dyn Ask, url: &Url) -> Result<Vec<Candidate>, DiscoverError> {
    let asked = ask.ask(url).await?;
    if !(200..300).contains(&asked.status) {
        return Err(FetchError::of_status(asked.status, None).into());
    }
    let page_url = asked.url.clone();
    let links: Vec<String> = asked.headers.texts("link").map(str::to_owned).collect();
    let (candidate, named) = in_background(move || {
        let text = text_of(&asked);
        let candidate = candidate(&text, &asked.url, None);
        let links = links.iter().map(String::as_str);
        let named = alternates(&text, &asked.url, links);
        (candidate, named)
    })
    .await;
    if let Some(candidate) = candidate {
        return Ok(vec![candidate]);
    }
    let n_named = named.len();
    let robots = robots_of(ask, &page_url).await;
    let sitemaps = sitemaps(robots.as_ref());
    let mut found = Vec::new();
    let n_room = REQUESTS_MAX - sitemaps.len();
    let tried = if named.is_empty() { guesses(&page_url, robots.as_ref()) } else { named };
    let tried: Vec<Alternate> = tried.into_iter().take(n_room).chain(sitemaps).collect();
    let mut n_asked = 0;
    for alternate in tried {
        // Usual addresses all hold the same feed.
        let is_guess = alternate.place == Place::Guess;
        if is_guess && found.iter().any(|it: &Candidate| it.place == Some(Place::Guess)) {
            continue;
        }
        n_asked += 1;
        found.extend(ask_for(ask, alternate).await);
    }
    if found.is_empty() {
        return Err(DiscoverError::Nothing { n_named, n_asked });
    }
    Ok(ranked(found))
}

/// What `selectors` find in a page: to see whether they are right.
///
/// # Errors
/// The page does not answer, or the selectors find nothing.
pub async fn preview(
    ask: &dyn Ask,
    url: &Url,
    selectors: Compiled,
) -> Result<Result<FeedDocument, SelectedError>, FetchError> {
    let asked = ask.ask(url).await?;
    if !(200..300).contains(&asked.status) {
        return Err(FetchError::of_status(asked.status, None));
    }
    Ok(in_background(move || selected::read(&text_of(&asked), &asked.url, &selectors)).await)
}

/// The best first; equals stay in their order, and one address stands once.
fn ranked(mut found: Vec<Candidate>) -> Vec<Candidate> {
    let mut seen = HashSet::new();
    found.retain(|it| seen.insert(it.url.clone()));
    let newest = found.iter().filter_map(|it| it.last_post).max();
    let is_left_behind = |it: &Candidate| match (it.last_post, newest) {
        (Some(last), Some(newest)) => LEFT_BEHIND < newest.since(last),
        _ => false,
    };
    found.sort_by_key(|it| (it.extent, is_left_behind(it), it.place));
    found
}

/// One that does not answer, or not with entries, is dead.
async fn ask_for(ask: &dyn Ask, alternate: Alternate) -> Option<Candidate> {
    let asked = ask.ask(&alternate.url).await.ok()?;
    if !(200..300).contains(&asked.status) {
        return None;
    }
    let found = in_background(move || candidate(&text_of(&asked), &asked.url, Some(&alternate)));
    found.await.filter(|it| 0 < it.n_entries)
}

/// The feed in `text`, if there is one.
fn candidate(text: &str, url: &Url, alternate: Option<&Alternate>) -> Option<Candidate> {
    let document = read_text(text, Some(url)).ok()?;
    let titles = document.entries.iter().take(TITLES_MAX).map(|it| it.title.as_str());
    let titles = titles.collect::<Vec<_>>().join("\n");
    let found = language::detect(&titles, document.language);
    let named = alternate.and_then(|it| it.title.clone());
    let title = document.title.filter(|title| !title.trim().is_empty()).or(named);
    Some(Candidate {
        extent: alternate.map_or(Extent::Main, |it| {
            it.extent.max(Extent::of(url, title.as_deref().unwrap_or_default()))
        }),
        title,
        language: Some(found).filter(|it| *it != Language::UNKNOWN),
        last_post: document.entries.iter().filter_map(|it| it.published).max(),
        n_entries: document.entries.len(),
        format: format_of(text),
        place: alternate.map(|it| it.place),
        url: url.clone(),
    })
}

fn format_of(text: &str) -> &'static str {
    let names = [
        ("<rss", "rss"),
        ("<feed", "atom"),
        ("<atom:feed", "atom"),
        ("<rdf:rdf", "rdf"),
        ("<urlset", "sitemap"),
        ("<sitemapindex", "sitemap"),
    ];
    if text.trim_start().starts_with('{') {
        return "json";
    }
    let start: String = text.chars().take(4_000).collect::<String>().to_lowercase();
    let places = names.iter().filter_map(|(root, name)| Some((start.find(root)?, *name)));
    places.min().map_or("rss", |(_, name)| name)
}

fn text_of(asked: &Asked) -> String {
    let content_type = asked.headers.text("content-type").unwrap_or_default();
    let charset = super::fetch::charset(content_type);
    decode(&asked.body, charset.as_deref(), Some(&asked.url)).into_owned()
}

/// The rules of the site of `url`. One that has none allows all; one that does not answer,
/// nothing (RFC 9309, 2.3.1).
async fn robots_of(ask: &dyn Ask, url: &Url) -> Option<Robots> {
    let asked = ask.ask(&url.join("/robots.txt").ok()?).await.ok()?;
    match asked.status {
        200..300 => Some(Robots::parse(&asked.body[..asked.body.len().min(robots::BYTES_MAX)])),
        400..500 => Some(Robots::default()),
        _ => None,
    }
}

fn guesses(page: &Url, robots: Option<&Robots>) -> Vec<Alternate> {
    let urls = GUESSES.iter().filter_map(|path| page.join(path).ok());
    let allowed = urls.filter(|url| robots.is_some_and(|robots| robots.allows(url)));
    allowed.take(GUESSES_MAX).map(|url| unnamed(url, Place::Guess)).collect()
}

/// Only those whose names say that they hold news: others list a site's every page.
fn sitemaps(robots: Option<&Robots>) -> Vec<Alternate> {
    let named = robots.into_iter().flat_map(Robots::sitemaps);
    let news = named.filter(|url| {
        let path = url.path().to_lowercase();
        robots.is_some_and(|robots| robots.allows(url))
            && ["news", "xeber", "novost"].iter().any(|it| path.contains(it))
    });
    news.take(SITEMAPS_MAX).map(|url| unnamed(url.clone(), Place::Robots)).collect()
}

fn unnamed(url: Url, place: Place) -> Alternate {
    Alternate { url, title: None, extent: Extent::Main, place }
}

/// Reading the longest bodies takes a second.
async fn in_background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match spawn_blocking(work).await {
        Ok(done) => done,
        // Never cancelled, so it panicked; that is a bug of ours.
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
