//! What a receiver's answer means: a pure rule.

use std::time::Duration;

use crate::alert::Target;
use crate::alert::receiver::Reply;
use crate::alert::retry::{self, Outcome};
use crate::model::Timestamp;
use crate::net::NetError;

/// The body is too long for the receiver.
const TOO_LARGE: u16 = 413;

/// How an attempt ended whose answer, or lack of one, is `result`.
pub(super) fn outcome(
    target: &Target,
    result: &Result<Reply, NetError>,
    now: Timestamp,
) -> Outcome {
    let _ = target;
    match result {
        Ok(reply) => {
            let wish = reply.headers.text("retry-after");
            let wish = wish.and_then(|wish| retry_after(wish, now));
            outcome_of_status(reply.status.unwrap_or_default(), wish)
        }
        Err(NetError::HeaderTimeout(_) | NetError::Timeout(_)) => Outcome::Overloaded,
        Err(_) => Outcome::Failed,
    }
}

/// Another body for a receiver that refused `body` for its form; none if that would not help.
pub(super) fn second_body(target: &Target, reply: &Reply, body: &str) -> Option<String> {
    match reply.status? {
        TOO_LARGE => target.shorter(body),
        _ => None,
    }
}

fn outcome_of_status(status: u16, retry_after: Option<Duration>) -> Outcome {
    match (status, retry_after) {
        (200..=299, _) => Outcome::Delivered,
        (410, _) => Outcome::Gone,
        (_, Some(wish)) => Outcome::AskedToWait(wish),
        (429 | 502 | 504, None) => Outcome::Overloaded,
        _ => Outcome::Failed,
    }
}

/// What went wrong, in words; none when the alert was taken.
pub(super) fn error_words(result: &Result<Reply, NetError>) -> Option<String> {
    match result {
        Ok(reply) => match reply.status.unwrap_or_default() {
            200..=299 => None,
            status @ 300..=399 => Some(format!("answered {status}, redirects are not followed")),
            410 => Some("answered 410, wants no more alerts".to_owned()),
            status => Some(format!("answered {status}")),
        },
        Err(error) => Some(error.to_string()),
    }
}

/// The pause that the header `Retry-After` asks for: seconds or a date (RFC 9110, 10.2.3).
///
/// A date that has passed is no pause; anything else is ignored.
fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit mean "very long" all the same.
        return Some(text.parse().map_or(retry::RETRY_AFTER_MAX, Duration::from_secs));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    let date = Timestamp::from_unix_ms(date.as_millisecond()).ok()?;
    Some(retry::until(now, date))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: nothing but success counts as success, and redirects are none.
    #[test]
    fn statuses_mean_what_the_standard_says() {
        let outcomes = |statuses: &[u16]| -> Vec<Outcome> {
            statuses.iter().map(|status| outcome_of_status(*status, None)).collect()
        };
        assert_eq!(outcomes(&[200, 202, 204, 299]), [Outcome::Delivered; 4]);
        assert_eq!(outcomes(&[429, 502, 504]), [Outcome::Overloaded; 3]);
        assert_eq!(outcomes(&[410]), [Outcome::Gone]);
        let failed = [100, 301, 302, 303, 307, 308, 400, 401, 404, 413, 500, 503];
        assert_eq!(outcomes(&failed), [Outcome::Failed; 12]);
    }

    /// Goal: a receiver that is busy is asked again when it wants, whatever its status.
    #[test]
    fn wish_to_wait_counts_with_every_failure() {
        let wish = Some(Duration::from_mins(1));
        for status in [301, 429, 500, 503, 504] {
            let outcome = outcome_of_status(status, wish);
            assert_eq!(outcome, Outcome::AskedToWait(Duration::from_mins(1)), "{status}");
        }
        assert_eq!(outcome_of_status(200, wish), Outcome::Delivered);
        assert_eq!(outcome_of_status(410, wish), Outcome::Gone);
    }

    /// Goal: both forms of `Retry-After` are understood, and nonsense does no harm.
    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "1994-11-06T08:49:00Z".parse().unwrap();
        let seconds = |text| retry_after(text, now).map(|pause| pause.as_secs());
        assert_eq!(seconds(" 120 "), Some(120));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(37));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:48:00 GMT"), Some(0));
        assert_eq!(seconds("99999999999999999999999"), Some(86_400));
        for garbage in ["", "soon", "-1", "1.5", "10 s", "Sun, 99 Nov 1994 08:49:37 GMT"] {
            assert_eq!(seconds(garbage), None, "{garbage:?}");
        }
    }
}
