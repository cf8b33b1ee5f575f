//! May we fetch this page, and read it? Asks each site's robots.txt and reservations first.
//!
//! Invariant: a site whose robots.txt cannot be reached is closed (RFC 9309, 2.3.1.4); what is
//! known lives in memory only, so after a restart each site is asked anew.
//! Invariant: redirects do not matter: what a site's address leads to is that site's word.

mod over_web;
mod reservation;
mod shelf;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use url::Url;

use reservation::SiteReservations;
pub use reservation::{Reservation, reservation_in_headers, reservation_in_html};
use shelf::{Parsed, Shelf, Word};

use super::robots::{self, Robots};
use crate::model::Clock;

/// Fetches the files that sites keep for robots.
#[async_trait]
pub trait RobotsSource: Send + Sync {
    /// Asks for `url`, follows five redirects at least, to other hosts as well, and takes the
    /// first `bytes_max` bytes of the body: what is longer is cut, not refused.
    ///
    /// Ends by itself within the limits that every request has.
    async fn file(&self, url: &Url, bytes_max: usize) -> RobotsAnswer;
}

/// What came back for a robots.txt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RobotsAnswer {
    /// An answer of a server.
    Answered {
        /// The last one's status; a redirect's if they lead nowhere.
        status: u16,
        /// The body, unpacked; may be cut.
        body: Vec<u8>,
    },
    /// No answer: no such host, no connection, not in time.
    Unreachable {
        /// Why, in a few words.
        reason: String,
    },
}

/// What a page is fetched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// For addresses in it: feeds, sitemaps, links.
    Links,
    /// For its text: reservations of text and data mining count as well.
    Text,
}

/// Whether a page may be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Yes.
    Allowed {
        /// The pause between two requests that the site asks for (`Crawl-delay`), at most a
        /// minute.
        gap: Option<Duration>,
    },
    /// No.
    Disallowed {
        /// Why not.
        by: Refusal,
    },
}

impl Permission {
    /// Whether it is a yes.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }
}

/// Why a page may not be fetched or read, in words for the status page.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// A line of the site's robots.txt.
    Rule(String),
    /// The site's robots.txt cannot be reached, for this reason.
    UnreachableRobots(String),
    /// The publisher reserves text and data mining.
    Reserved(Reservation),
    /// The address is no web address.
    NoWebAddress,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(rule) => write!(f, "robots.txt forbids it ({rule})"),
            Self::UnreachableRobots(reason) => {
                write!(f, "robots.txt cannot be read ({reason}), so the site counts as closed")
            }
            Self::Reserved(place) => {
                write!(f, "the publisher reserves text and data mining ({place})")
            }
            Self::NoWebAddress => f.write_str("the address is neither http nor https"),
        }
    }
}

/// Knows what sites allow, and finds it out where it does not.
///
/// What a site says holds for a day. A site without an answer is closed and asked again after
/// ten minutes, then at longer pauses; after 30 days what it said last counts, or it is open.
pub struct Permissions {
    robots: Shelf<Robots>,
    reservations: Shelf<SiteReservations>,
}

impl Permissions {
    /// Permissions that know nothing yet.
    pub fn new(source: Arc<dyn RobotsSource>, clock: Arc<dyn Clock>) -> Self {
        let robots = Shelf::new(Arc::clone(&source), Arc::clone(&clock));
        Self { robots, reservations: Shelf::new(source, clock) }
    }

    /// Whether `url` may be fetched for `purpose`. Of a page that redirects, ask for each
    /// address on the way.
    pub async fn may_fetch(&self, url: &Url, purpose: Purpose) -> Permission {
        let Some(address) = file_of_site(url, "/robots.txt") else {
            return Permission::Disallowed { by: Refusal::NoWebAddress };
        };
        let robots = match self.robots.word(&address).await {
            Word::File(robots) => Some(robots),
            Word::Nothing => None,
            Word::Unreachable(reason) => {
                let by = Refusal::UnreachableRobots(reason.to_string());
                return Permission::Disallowed { by };
            }
        };
        let robots = robots.as_deref();
        if let Some(rule) = robots.and_then(|robots| robots.forbidding_rule(url)) {
            return Permission::Disallowed { by: Refusal::Rule(rule) };
        }
        if purpose == Purpose::Text
            && let Some(reservation) = self.reservation(url, robots).await
        {
            return Permission::Disallowed { by: Refusal::Reserved(reservation) };
        }
        Permission::Allowed { gap: robots.and_then(Robots::crawl_delay) }
    }

    /// The sitemaps that the robots.txt of the site of `url` names.
    pub async fn sitemaps(&self, url: &Url) -> Vec<Url> {
        let Some(address) = file_of_site(url, "/robots.txt") else { return Vec::new() };
        match self.robots.word(&address).await {
            Word::File(robots) => robots.sitemaps().to_vec(),
            Word::Nothing | Word::Unreachable(_) => Vec::new(),
        }
    }

    /// What the site's own file reserves. A site that does not answer, or whose robots.txt
    /// forbids to ask, does not take part in the protocol.
    async fn reservation(&self, url: &Url, robots: Option<&Robots>) -> Option<Reservation> {
        let address = file_of_site(url, "/.well-known/tdmrep.json")?;
        if robots.is_some_and(|robots| !robots.allows(&address)) {
            return None;
        }
        match self.reservations.word(&address).await {
            Word::File(reservations) => reservations.of(url),
            Word::Nothing | Word::Unreachable(_) => None,
        }
    }
}

impl Parsed for Robots {
    const BYTES_MAX: usize = robots::BYTES_MAX;

    fn parse(bytes: &[u8]) -> Self {
        Self::parse(bytes)
    }

    fn n_bytes(&self) -> usize {
        self.n_bytes()
    }
}

/// A file in the root of the site of `url`: same scheme, host and port.
fn file_of_site(url: &Url, path: &str) -> Option<Url> {
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let mut file = is_web.then(|| url.clone())?;
    file.set_path(path);
    file.set_query(None);
    file.set_fragment(None);
    file.set_username("").ok()?;
    file.set_password(None).ok()?;
    Some(file)
}
