//! What a receiver's answer means: a pure rule.

mod service;

use std::time::Duration;

use crate::alert::receiver::Reply;
use crate::alert::retry::{self, Outcome};
use crate::alert::{Format, Target};
use crate::model::Timestamp;
use crate::net::NetError;

/// The body is too long for the receiver.
const TOO_LARGE: u16 = 413;

const BAD_REQUEST: u16 = 400;

/// How an attempt ended whose answer, or lack of one, is `result`.
pub(super) fn outcome(
    target: &Target,
    result: &Result<Reply, NetError>,
    now: Timestamp,
) -> Outcome {
    match result {
        Ok(reply) => {
            let wish = reply.headers.text("retry-after");
            let wish = wish.and_then(|wish| retry_after(wish, now));
            let status = reply.status.unwrap_or_default();
            match target.format() {
                Format::Email => outcome_of_mail(status),
                format => service::outcome(format, status, &reply.body)
                    .unwrap_or_else(|| outcome_of_status(status, wish)),
            }
        }
        Err(NetError::HeaderTimeout(_) | NetError::Timeout(_)) => Outcome::Overloaded,
        Err(_) => Outcome::Failed,
    }
}

/// RFC 5321, 4.2.1: a code from 400 on is for now, one from 500 on for good. Servers that do not
/// know us yet want us to come back after a minute or more.
fn outcome_of_mail(code: u16) -> Outcome {
    match code {
        200..=299 => Outcome::Delivered,
        400..=499 => Outcome::Overloaded,
        _ => Outcome::Failed,
    }
}

/// Another body for a receiver that refused `body` for its form; none if that would not help.
pub(super) fn second_body(target: &Target, reply: &Reply, body: &str) -> Option<String> {
    match reply.status? {
        TOO_LARGE => target.shorter(body),
        BAD_REQUEST if service::cannot_read_markup(&reply.body) => target.plainer(body),
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
pub(super) fn error_words(target: &Target, result: &Result<Reply, NetError>) -> Option<String> {
    match result {
        Ok(reply) => match reply.status.unwrap_or_default() {
            status @ 200..=299 => service::refusal_words(target.format(), status, &reply.body),
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
    use crate::alert::samples::{section, targets};
    use crate::net::Headers;

    fn answered(format: &str, status: u16, body: &str) -> (Outcome, Option<String>) {
        let more = match format {
            "telegram" | "ntfy" => "to = \"desk\"",
            "email" => "to = \"a@example.org\"\nfrom = \"b@example.org\"",
            _ => "",
        };
        let text = format!("[[receiver]]\nname = \"desk\"\nformat = \"{format}\"\n{more}");
        let target = &targets(&section(&text).receiver)[0];
        let (headers, body) = (Headers::default(), body.as_bytes().to_vec());
        let result = Ok(Reply { status: Some(status), headers, body });
        let now = "2026-11-24T06:00:00Z".parse().unwrap();
        (outcome(target, &result, now), error_words(target, &result))
    }

    /// Goal: a webhook, bot or channel that is gone for good is treated like one that says 410.
    #[test]
    fn services_say_in_their_own_words_that_they_are_gone() {
        for (format, status, body) in [
            ("slack", 404, "no_service"),
            ("slack", 404, "channel_not_found\n"),
            ("slack", 403, "invalid_token"),
            ("slack", 410, "channel_is_archived"),
            ("discord", 404, r#"{"message": "Unknown Webhook", "code": 10015}"#),
            ("discord", 401, r#"{"message": "Invalid Webhook Token", "code": 50027}"#),
            ("telegram", 403, r#"{"ok":false,"description":"Forbidden: bot was kicked"}"#),
            ("telegram", 401, r#"{"ok":false,"description":"Unauthorized"}"#),
        ] {
            assert_eq!(answered(format, status, body).0, Outcome::Gone, "{format} {body}");
        }
        for (format, status, body) in [
            ("json", 404, "no_service"),
            ("slack", 404, "<html>not found</html>"),
            ("slack", 400, "invalid_payload"),
            ("discord", 404, "not found"),
            ("telegram", 400, r#"{"ok":false,"description":"Bad Request: chat not found"}"#),
        ] {
            assert_eq!(answered(format, status, body).0, Outcome::Failed, "{format} {body}");
        }
    }

    /// Goal: a pause that a service asks for in its answer's body is kept.
    #[test]
    fn services_ask_for_time_in_their_own_words() {
        let seconds = |format, body| match answered(format, 429, body).0 {
            Outcome::AskedToWait(wish) => wish.as_secs_f64(),
            other => panic!("{other:?}"),
        };
        assert!(
            (seconds("discord", r#"{"retry_after": 64.57, "global": false}"#) - 64.57).abs() < 1e-6
        );
        let telegram = r#"{"ok":false,"error_code":429,"parameters":{"retry_after":35}}"#;
        assert!((seconds("telegram", telegram) - 35.0).abs() < 1e-6);
        assert!((seconds("discord", r#"{"retry_after": 1e18}"#) - 86_400.0).abs() < 1e-6);
        for body in ["", "{}", "[]", r#"{"retry_after": "soon"}"#, r#"{"retry_after": -1}"#] {
            assert_eq!(answered("discord", 429, body).0, Outcome::Overloaded, "{body}");
        }
    }

    /// Goal: an answer that looks like success and is none does not lose an alert.
    #[test]
    fn success_that_is_none_is_seen() {
        let refused = "Webhook message delivery failed with error: Microsoft Teams endpoint \
                       returned HTTP error 429";
        let (outcome, words) = answered("teams", 200, refused);
        assert!(outcome == Outcome::Overloaded && words.is_some());
        let (outcome, words) = answered("apprise", 204, "");
        assert!(outcome == Outcome::Failed && words.is_some());
        for (format, status, body) in
            [("teams", 202, ""), ("discord", 204, ""), ("slack", 200, "ok"), ("apprise", 200, "")]
        {
            assert_eq!(answered(format, status, body), (Outcome::Delivered, None), "{format}");
        }
    }

    /// Goal: a mail server that is busy or does not know us yet gets its time; what it refuses
    /// for good is tried on and shown.
    #[test]
    fn codes_of_mail_servers_are_understood() {
        assert_eq!(answered("email", 250, "OK").0, Outcome::Delivered);
        assert_eq!(answered("email", 451, "greylisted").0, Outcome::Overloaded);
        assert_eq!(answered("email", 410, "odd").0, Outcome::Overloaded);
        let refused = (Outcome::Failed, Some("answered 550".to_owned()));
        assert_eq!(answered("email", 550, "no such user"), refused);
    }

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
