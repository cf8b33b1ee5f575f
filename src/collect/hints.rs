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

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn headers(lines: &[(&'static str, &str)]) -> Headers {
        lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect()
    }

    fn fresh_s(lines: &[(&'static str, &str)]) -> Option<u64> {
        freshness(&headers(lines)).map(|fresh| fresh.as_secs())
    }

    /// Goal: a publisher who says when to come back is obeyed.
    #[test]
    fn max_age_less_age_comes_before_expires() {
        let expires = ("expires", "Tue, 24 Nov 2026 08:00:00 GMT");
        let date = ("date", "Tue, 24 Nov 2026 06:00:00 GMT");
        for (lines, wanted) in [
            (vec![("cache-control", "public, max-age=7200")], Some(7200)),
            (vec![("cache-control", "Max-Age=\"7200\""), ("age", "3000")], Some(4200)),
            (vec![("cache-control", "max-age=60"), expires, date], Some(60)),
            (vec![("cache-control", "private"), expires, date], Some(7200)),
            (vec![("cache-control", "max-age=99999999999999999999")], Some(4_294_967_295)),
        ] {
            assert_eq!(fresh_s(&lines), wanted, "{lines:?}");
        }
    }

    /// Goal: odd hints are no hints, never a tight loop or a panic.
    #[test]
    fn odd_freshness_is_no_hint() {
        let date = ("date", "Tue, 24 Nov 2026 06:00:00 GMT");
        for lines in [
            vec![("cache-control", "max-age=0")],
            vec![("cache-control", "max-age=-5")],
            vec![("cache-control", "max-age=1h")],
            vec![("cache-control", "s-maxage=7200")],
            vec![("cache-control", "no-cache, max-age=7200")],
            vec![("expires", "0"), date],
            vec![("expires", "garbage"), date],
            vec![("expires", "Tue, 24 Nov 2026 05:00:00 GMT"), date],
            vec![("expires", "Tue, 24 Nov 2026 05:00:00 GMT")],
        ] {
            assert_eq!(fresh_s(&lines), None, "{lines:?}");
        }
    }

    /// Goal: a server in need gets its pause in both spellings, and no more than a week.
    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = "2026-11-24T06:00:00Z".parse().unwrap();
        let wait = |lines: &[(&'static str, &str)]| {
            retry_after(&headers(lines), now, 7 * DAY).map(|wait| wait.as_secs())
        };
        assert_eq!(wait(&[("retry-after", "120")]), Some(120));
        assert_eq!(wait(&[("retry-after", "Tue, 24 Nov 2026 06:02:00 GMT")]), Some(120));
        let by_server_clock = [
            ("retry-after", "Tue, 24 Nov 2026 09:02:00 GMT"),
            ("date", "Tue, 24 Nov 2026 09:00:00 GMT"),
        ];
        assert_eq!(wait(&by_server_clock), Some(120));
        for endless in ["999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"] {
            assert_eq!(wait(&[("retry-after", endless)]), Some(7 * 86_400), "{endless}");
        }
        for odd in ["-1", "abc", "0", "", "Tue, 24 Nov 2026 05:00:00 GMT"] {
            assert_eq!(wait(&[("retry-after", odd)]), None, "{odd}");
        }
    }
}
