//! What a server says about when to come back.

use std::time::Duration;

use super::dates;
use super::schedule::{between, later};
use crate::model::Timestamp;
use crate::net::Headers;

/// How long the answer stays fresh: `max-age` less `Age`, else `Expires` less `Date`.
///
/// `s-maxage` is for shared caches (RFC 9111, 5.2.2.10), and an answer that must be asked for
/// again each time gives no hint.
pub(super) fn freshness(headers: &Headers) -> Option<Duration> {
    let directives = headers.texts("cache-control").flat_map(|value| value.split(','));
    let directives: Vec<String> = directives.map(|it| it.trim().to_ascii_lowercase()).collect();
    if directives.iter().any(|it| it == "no-cache" || it == "no-store") {
        return None;
    }
    // Of several the longest: nobody is asked before the last one has passed.
    let max_age = directives.iter().filter_map(|it| seconds(it.strip_prefix("max-age=")?)).max();
    let fresh = match max_age {
        Some(max_age) => {
            let age = headers.text("age").and_then(seconds).unwrap_or_default();
            max_age.saturating_sub(age)
        }
        None => between(date(headers, "date")?, date(headers, "expires")?),
    };
    Some(fresh).filter(|fresh| !fresh.is_zero())
}

/// How long `Retry-After` asks us to wait, as seconds or as a date; at most `longest`.
///
/// A date counts from the server's own clock, if it tells its time (RFC 9110, 10.2.3).
pub(super) fn retry_after(
    headers: &Headers,
    now: Timestamp,
    longest: Duration,
) -> Option<Duration> {
    let value = headers.text("retry-after")?.trim();
    let wait = match seconds(value) {
        Some(wait) => wait,
        None => between(date(headers, "date").unwrap_or(now), dates::parse(value)?),
    };
    Some(wait.min(longest)).filter(|wait| !wait.is_zero())
}

/// A whole number of seconds, maybe in quotes; endless digits are a very long time.
fn seconds(text: &str) -> Option<Duration> {
    let digits = text.trim().trim_matches('"');
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Duration::from_secs(digits.parse().unwrap_or(u64::from(u32::MAX))))
}

/// When the answer was made by the server's clock: `Date`, and `Age` for a cached one.
pub(super) fn server_time(headers: &Headers) -> Option<Timestamp> {
    let age = headers.text("age").and_then(seconds).unwrap_or_default();
    Some(later(date(headers, "date")?, age))
}

fn date(headers: &Headers, name: &str) -> Option<Timestamp> {
    let text = headers.text(name)?;
    // A bare number is no HTTP date: `Expires: 0` means "at once".
    if text.trim().bytes().all(|byte| byte.is_ascii_digit()) { None } else { dates::parse(text) }
}
