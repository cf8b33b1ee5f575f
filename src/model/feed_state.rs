//! How polling a feed stands.

use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use crate::model::{Feed, FeedId, QuietTimes, Timestamp};

/// How polling a feed stands; survives restarts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedState {
    /// Whose state this is.
    pub feed: FeedId,
    /// What the server gave us to ask "changed since?" with.
    pub validators: Validators,
    /// Not before this time.
    pub next_poll: Timestamp,
    /// Why then.
    #[serde(default)]
    pub reason: PollReason,
    /// The server asked for no request before then (`Retry-After`): only a person's "now, even
    /// so" comes earlier.
    #[serde(default)]
    pub not_before: Option<Timestamp>,
    /// The publisher says that nothing changes before then.
    #[serde(default)]
    pub fresh_until: Option<Timestamp>,
    /// When the last request ended; none before the first.
    pub last_poll: Option<Timestamp>,
    /// When a document (or "not modified") last arrived. None: the next document is the
    /// silent baseline.
    pub last_success: Option<Timestamp>,
    /// When a document last arrived.
    #[serde(default)]
    pub last_document: Option<Timestamp>,
    /// When the whole document was last asked for although there were validators.
    #[serde(default)]
    pub whole_asked: Option<Timestamp>,
    /// The pause that led to `next_poll`, in milliseconds; after failures the next one builds
    /// on it.
    pub pause_ms: u64,
    /// Failures in a row.
    pub streak: u32,
    /// When the first of them was.
    #[serde(default)]
    pub failing_since: Option<Timestamp>,
    /// What is wrong, in words for the status page; none when all is well.
    pub error: Option<String>,
    /// What kind of error it is.
    #[serde(default)]
    pub trouble: Option<Trouble>,
    /// When 410 was first answered; a second one a day later is believed.
    #[serde(default)]
    pub gone_since: Option<Timestamp>,
    /// 410 was confirmed: polled no more.
    pub is_gone: bool,
    /// Where it moved for good; polled there.
    #[serde(default)]
    pub address: Option<Url>,
    /// Where it says that it moves for good; not believed yet.
    #[serde(default)]
    pub moving: Option<Move>,
    /// Entries in the last document.
    pub n_entries: u32,
    /// What the last document said about when to come back; holds until the next one.
    #[serde(default)]
    pub wishes: Wishes,
    /// How often it brings something new.
    #[serde(default)]
    pub rhythm: Rhythm,
    /// When all entries of a document were new, so that some were probably missed.
    #[serde(default)]
    pub last_gap: Option<Timestamp>,
    /// The hub that it names for push (W3C WebSub); noted, not used.
    #[serde(default)]
    pub hub: Option<String>,
    /// The last document was so broken that only its complete entries could be read.
    #[serde(default)]
    pub is_salvaged: bool,
}

impl FeedState {
    /// A feed that was never polled and is due at `now`.
    pub fn new(feed: FeedId, now: Timestamp) -> Self {
        Self {
            feed,
            validators: Validators::default(),
            next_poll: now,
            reason: PollReason::New,
            not_before: None,
            fresh_until: None,
            last_poll: None,
            last_success: None,
            last_document: None,
            whole_asked: None,
            pause_ms: 0,
            streak: 0,
            failing_since: None,
            error: None,
            trouble: None,
            gone_since: None,
            is_gone: false,
            address: None,
            moving: None,
            n_entries: 0,
            wishes: Wishes::default(),
            rhythm: Rhythm::default(),
            last_gap: None,
            hub: None,
            is_salvaged: false,
        }
    }
}

impl FeedState {
    /// Where `feed` is polled now.
    pub fn url_of<'a>(&'a self, feed: &'a Feed) -> &'a Url {
        self.address.as_ref().unwrap_or(&feed.url)
    }

    /// Where it has moved for good, or says that it does.
    pub fn destinations(&self) -> impl Iterator<Item = &Url> {
        let moving = self.moving.as_ref().map(|moving| &moving.to);
        self.address
            .as_ref()
            .into_iter()
            .chain(moving.filter(|to| self.address.as_ref() != Some(to)))
    }
}

/// `ETag` and `Last-Modified`, byte for byte as the server sent them.
///
/// Opaque: never re-quoted, parsed or replaced by our own clock (RFC 9110, 8.8; rachelbythebay.com).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// The address that issued them; they are sent nowhere else.
    pub url: Option<String>,
    /// The `ETag` header.
    pub etag: Option<Vec<u8>>,
    /// The `Last-Modified` header.
    pub last_modified: Option<Vec<u8>>,
}

/// Why a feed is polled when it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PollReason {
    /// It was never polled.
    #[default]
    New,
    /// It brings a lot.
    Busy,
    /// It brings little.
    Quiet,
    /// Entries were probably missed.
    Gap,
    /// `every` says so.
    Pinned,
    /// The publisher said how long nothing changes (`max-age`, `Expires`, `ttl`, `sy:`).
    Publisher,
    /// The publisher named hours or days without polls.
    QuietTimes,
    /// The server asked for a pause (`Retry-After`).
    RetryAfter,
    /// The last poll failed.
    Failure,
    /// The server does not want us.
    Refused,
    /// It said that it is gone; asked once more to be sure.
    GoneCheck,
    /// A person asked for it.
    Asked,
}

/// What kind of error a feed has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Trouble {
    /// The host's name is unknown.
    Dns,
    /// No connection.
    Connect,
    /// The connection broke.
    Broken,
    /// Wrong certificate or handshake.
    Tls,
    /// Too slow.
    Timeout,
    /// Too long.
    TooLong,
    /// Its address leads to a private network.
    Address,
    /// 429 and the like.
    Throttled,
    /// 401, 403.
    Refused,
    /// 404.
    NotFound,
    /// 410.
    Gone,
    /// Other statuses.
    Status,
    /// A loop of redirects, or one to nowhere.
    Redirect,
    /// No content.
    Empty,
    /// No feed.
    NotAFeed,
    /// A page for people instead of a feed.
    WebPage,
    /// A feed that nobody can read.
    Unreadable,
    /// The page's selectors find nothing.
    Selectors,
    /// robots.txt forbids it.
    Robots,
    /// Something in the configuration, such as a missing password.
    Configuration,
}

impl Trouble {
    /// Whether nothing at all came from the server: our own network may be the cause.
    pub fn is_unreachable(self) -> bool {
        matches!(self, Self::Dns | Self::Connect)
    }

    /// Whether no server of the feed's own was asked.
    pub fn is_before_contact(self) -> bool {
        matches!(self, Self::Robots | Self::Address | Self::Configuration)
    }
}

/// Where a feed says that it moves for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The new address.
    pub to: Url,
    /// When it was first said.
    pub since: Timestamp,
    /// How often it was said without a break.
    pub n_seen: u32,
}

/// What a document says about when to come back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wishes {
    /// How long it wants to be left alone (`ttl`, `sy:updatePeriod`), in milliseconds.
    pub pause_ms: Option<u64>,
    /// Hours and days without polls.
    pub quiet: QuietTimes,
}

/// How often a feed brings something new: entries of the last days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rhythm {
    /// The last day that is counted, since 1970.
    day: u32,
    /// New entries for each day, that day first.
    counts: Vec<u16>,
    /// When something new last came.
    pub last_new: Option<Timestamp>,
    /// How long it usually takes until something new comes, in minutes.
    gap_minutes: Option<u32>,
}

/// A silence that is this many times longer than usual is unusual.
const SILENCE_FACTOR: u32 = 6;

/// A feed may be silent for half a day, whatever its rhythm.
const SILENCE_MINUTES_MIN: u32 = 12 * 60;

/// One part in five of the usual gap is the last one.
const GAP_MEMORY: u32 = 5;

impl Rhythm {
    /// So many days are counted.
    pub const DAYS: usize = 14;

    /// Counts `n_new` entries at `now`. Those of the first document may be older than today, so
    /// `dates` spreads those that are dated.
    pub fn note(&mut self, n_new: usize, dates: &[Timestamp], now: Timestamp) {
        let is_first = self.counts.is_empty();
        self.turn_to(day(now));
        if n_new == 0 {
            return;
        }
        if is_first && !dates.is_empty() {
            self.note_dates(dates, now);
        } else {
            let n_new = u16::try_from(n_new).unwrap_or(u16::MAX);
            self.counts[0] = self.counts[0].saturating_add(n_new);
            self.note_arrival(now);
        }
    }

    fn note_dates(&mut self, dates: &[Timestamp], now: Timestamp) {
        let past: Vec<_> = dates.iter().copied().filter(|date| *date <= now).collect();
        for date in &past {
            let age = day(now).saturating_sub(day(*date)) as usize;
            if age < Self::DAYS {
                let n_days = self.counts.len().max(age + 1);
                self.counts.resize(n_days, 0);
                self.counts[age] = self.counts[age].saturating_add(1);
            }
        }
        self.last_new = past.iter().copied().max();
        if let (Some(first), Some(last)) = (past.iter().min(), self.last_new) {
            let n_gaps = u32::try_from(past.len() - 1).unwrap_or(u32::MAX);
            self.gap_minutes = minutes(*first, last).checked_div(n_gaps);
        }
    }

    fn note_arrival(&mut self, now: Timestamp) {
        if let Some(last) = self.last_new {
            let gap = minutes(last, now);
            let usual = self.gap_minutes.unwrap_or(gap);
            let sum = u64::from(usual) * u64::from(GAP_MEMORY - 1) + u64::from(gap);
            self.gap_minutes = u32::try_from(sum / u64::from(GAP_MEMORY)).ok();
        }
        self.last_new = Some(now);
    }

    fn turn_to(&mut self, today: u32) {
        if self.counts.is_empty() {
            self.counts.push(0);
        } else {
            // A clock that was set back counts on in the day it had reached.
            let n_days = (today.saturating_sub(self.day) as usize).min(Self::DAYS);
            self.counts.splice(0..0, std::iter::repeat_n(0, n_days));
            self.counts.truncate(Self::DAYS);
        }
        self.day = self.day.max(today);
    }

    /// New entries a day, on average; none before anything was counted.
    pub fn per_day(&self) -> Option<f64> {
        let n_new: u32 = self.counts.iter().map(|count| u32::from(*count)).sum();
        // Of today only a part has passed; counted as a day, it would make the rate too low.
        let n_days = u32::try_from(self.counts.len().saturating_sub(1).max(1)).ok()?;
        (!self.counts.is_empty()).then(|| f64::from(n_new) / f64::from(n_days))
    }

    /// On how many days it was looked at, [`Self::DAYS`] at most.
    pub fn n_days(&self) -> usize {
        self.counts.len()
    }

    /// Since when it has been silent, if that is longer than usual for it.
    pub fn silent_since(&self, now: Timestamp) -> Option<Timestamp> {
        let (last, gap) = (self.last_new?, self.gap_minutes?);
        let patience = gap.saturating_mul(SILENCE_FACTOR).max(SILENCE_MINUTES_MIN);
        (patience < minutes(last, now)).then_some(last)
    }
}

/// From `start` to `end`; zero if the end lies before.
fn minutes(start: Timestamp, end: Timestamp) -> u32 {
    let ms = end.unix_ms().saturating_sub(start.unix_ms()).max(0);
    u32::try_from(ms / 60_000).unwrap_or(u32::MAX)
}

fn day(time: Timestamp) -> u32 {
    u32::try_from(time.unix_ms() / 86_400_000).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: i64 = 86_400_000;

    fn at(days: i64, hours: i64) -> Timestamp {
        Timestamp::from_unix_ms((20_000 + days) * DAY_MS + hours * 3_600_000).unwrap()
    }

    /// Goal: a new feed's dates say at once how busy it is.
    #[test]
    fn first_document_shows_the_rhythm() {
        let mut rhythm = Rhythm::default();
        let dates: Vec<_> = (0..20).map(|number| at(0, 12 - number % 5)).collect();
        rhythm.note(20, &dates, at(0, 12));
        assert_eq!(rhythm.per_day(), Some(20.0));
        let mut rare = Rhythm::default();
        rare.note(3, &[at(-1, 0), at(-5, 0), at(-60, 0)], at(0, 12));
        assert_eq!(rare.per_day(), Some(0.4));
    }

    /// Goal: the rate follows the last two weeks, not the feed's youth.
    #[test]
    fn old_days_are_forgotten() {
        let mut rhythm = Rhythm::default();
        rhythm.note(100, &[], at(0, 1));
        for day in 1..=14 {
            rhythm.note(2, &[], at(day, 1));
        }
        assert_eq!(rhythm.per_day().map(f64::round), Some(2.0));
    }

    /// Goal: a person is told of a daily feed that stops, not of a weekly one between its issues.
    #[test]
    fn silence_counts_by_what_is_usual() {
        let mut daily = Rhythm::default();
        (0..10).for_each(|day| daily.note(1, &[], at(day, 1)));
        assert_eq!(daily.silent_since(at(12, 1)), None);
        assert_eq!(daily.silent_since(at(17, 1)), Some(at(9, 1)));
        assert_eq!(daily.silent_since(at(400, 1)), Some(at(9, 1)));
        assert_eq!(Rhythm::default().silent_since(at(400, 0)), None);
    }
}
