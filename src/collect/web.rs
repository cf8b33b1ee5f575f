//! Asks servers for documents: in turn, patiently, hop by hop.
//!
//! Invariant: each request has its host's permit, also behind a redirect.
//! Invariant: each hop of a redirect passes the address guard.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use url::Url;

use super::clocks::ServerClocks;
use super::hints::{self, retry_after};
use super::hosts::{Hosts, Permit};
use super::{Config, FetchError};
use crate::model::{Clock, Secret};
use crate::net::{BodyLimit, Client, Headers, Limits, Request, Response, Room};

/// As browsers and `spec/feeds.md` R07 have it.
const HOPS_MAX: usize = 10;

/// A redirect may ask to be followed later (RFC 9110, 10.2.3); for so long we wait.
const HOP_PAUSE_MAX: Duration = Duration::from_mins(5);

/// What a request says beside its address.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    /// Names in lower case, and values.
    pub(super) headers: Vec<(&'static str, Vec<u8>)>,
    /// The same for what nobody may see.
    pub(super) secret: Vec<(String, Secret<Vec<u8>>)>,
}

/// The polite way to any server. Clones share it.
#[derive(Clone)]
pub struct Web {
    client: Client,
    hosts: Hosts,
    clocks: ServerClocks,
    clock: Arc<dyn Clock>,
    limits: Limits,
    retry_after_max: Duration,
}

/// How something is asked for.
#[derive(Debug, Default)]
pub(super) struct How {
    /// The right to start, if the caller has it already.
    pub(super) permit: Option<Permit>,
    /// What is wanted of the body, if not what the configuration says.
    pub(super) body: Option<BodyLimit>,
    /// A redirect to another site is not followed: it must be asked for permission first.
    pub(super) stays_at_site: bool,
}

/// What a server answered at last.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status; no redirect.
    pub status: u16,
    /// Where it came from, behind all redirects; without a fragment.
    pub url: Url,
    /// Its headers.
    pub headers: Headers,
    /// Its body, unpacked.
    pub body: Vec<u8>,
    /// What the body occupies if it is large.
    pub room: Room,
    /// Whether the body goes on; only where its start was asked for, or with an error's status.
    pub body_was_cut: bool,
    /// Where it moved for good: every hop on the way said so, and none left https.
    pub moved: Option<Url>,
    /// How long it asked us to wait, for statuses other than 2xx.
    pub retry_after: Option<Duration>,
}

impl Web {
    /// A way out with the limits of `config`.
    pub fn new(config: &Config, client: Client, hosts: Hosts, clock: Arc<dyn Clock>) -> Self {
        let limits = Limits {
            header_timeout: config.header_timeout,
            total_timeout: config.total_timeout,
            body: BodyLimit::Whole {
                packed: config.packed_bytes_max,
                unpacked: config.body_bytes_max,
            },
        };
        let retry_after_max = config.retry_after_max;
        Self { client, hosts, clocks: ServerClocks::default(), clock, limits, retry_after_max }
    }

    /// Whose turn it is.
    pub fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// What the servers' clocks say of ours.
    pub fn clocks(&self) -> &ServerClocks {
        &self.clocks
    }

    /// Asks for `url`, following redirects. `said` is asked for each address on the way, so that
    /// what belongs to one goes to no other.
    ///
    /// # Errors
    /// No complete answer, a loop of redirects, or a host that asked for a pause.
    pub(super) async fn get(
        &self,
        url: &Url,
        how: How,
        said: impl Fn(&Url) -> Said + Send,
    ) -> Result<Answer, FetchError> {
        let How { mut permit, body, stays_at_site } = how;
        let mut url = url.clone();
        url.set_fragment(None);
        let mut limits = self.limits;
        limits.body = body.unwrap_or(limits.body);
        let mut moved = Moved::Nowhere;
        for _ in 0..=HOPS_MAX {
            let turn = match permit.take() {
                Some(permit) => permit,
                None => self.hosts.start(&url).await?,
            };
            let response = self.ask(&url, said(&url), limits).await;
            drop(turn);
            let response = response?;
            self.clocks.note(&url, &response.headers, self.clock.now());
            let status = response.status;
            // The time for all hops together.
            limits.total_timeout = limits.total_timeout.saturating_sub(response.took);
            if !matches!(status, 301 | 302 | 303 | 307 | 308) {
                return Ok(self.answer(url, response, &moved));
            }
            if let Some(pause) = self.wait(&response) {
                if HOP_PAUSE_MAX < pause {
                    self.hosts.note_pause(&url, pause);
                    return Err(FetchError::Throttled { retry_after: Some(pause) });
                }
                sleep(pause).await;
            }
            let next = next_hop(&url, &response.headers)?;
            if stays_at_site && next.origin() != url.origin() {
                return Err(FetchError::OtherSite { to: next });
            }
            moved = moved.then(status, &url, &next);
            url = next;
        }
        Err(FetchError::TooManyRedirects { limit: HOPS_MAX })
    }

    async fn ask(&self, url: &Url, said: Said, limits: Limits) -> Result<Response, FetchError> {
        let Said { headers, secret: secret_headers } = said;
        let request = Request { headers, secret_headers, ..Request::get(url.clone(), limits) };
        Ok(self.client.send(request).await?)
    }

    fn answer(&self, url: Url, response: Response, moved: &Moved) -> Answer {
        let is_success = (200..300).contains(&response.status) || response.status == 304;
        let retry_after = if is_success { None } else { self.wait(&response) };
        if let Some(pause) = retry_after {
            self.hosts.note_pause(&url, pause);
        }
        Answer {
            status: response.status,
            headers: response.headers,
            body: response.body,
            room: response.room,
            body_was_cut: response.body_was_cut,
            moved: matches!(moved, Moved::ForGood).then(|| url.clone()),
            retry_after,
            url,
        }
    }

    fn wait(&self, response: &Response) -> Option<Duration> {
        retry_after(&response.headers, self.clock.now(), self.retry_after_max)
    }
}

/// Whether a chain of redirects is a move.
enum Moved {
    Nowhere,
    ForGood,
    ForNow,
}

impl Moved {
    fn then(&self, status: u16, from: &Url, to: &Url) -> Self {
        let is_permanent = matches!(status, 301 | 308);
        let gives_up_security = from.scheme() == "https" && to.scheme() == "http";
        match self {
            Self::ForNow => Self::ForNow,
            _ if is_permanent && !gives_up_security => Self::ForGood,
            _ => Self::ForNow,
        }
    }
}

fn next_hop(url: &Url, headers: &Headers) -> Result<Url, FetchError> {
    let location = headers.get("location").unwrap_or_default();
    let location = String::from_utf8_lossy(location);
    let next = if location.is_empty() { None } else { url.join(&location).ok() };
    let mut next = next.ok_or(FetchError::BadRedirect)?;
    next.set_fragment(None);
    Ok(next)
}

/// How long the answer stays fresh.
pub(super) fn freshness(answer: &Answer) -> Option<Duration> {
    hints::freshness(&answer.headers)
}
