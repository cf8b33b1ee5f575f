//! Reads the dates that publishers write: RFC 3339, RFC 822, and what they take for them.
//!
//! A date without a zone counts as UTC; one with an unknown zone's name does not count.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use crate::model::Timestamp;

/// First letters of the months in languages that feeds use: English, German, French, Spanish,
/// Portuguese, Italian, Turkish, Azerbaijani, Russian.
const MONTHS: [&str; 12] = [
    "jan ene gen oca yan янв",
    "feb fév fev şub фев",
    "mar mär мар",
    "apr avr abr nis апр",
    "may mai mag мая май",
    "jun juin giu haz iyun июн",
    "jul juil lug tem iyul июл",
    "aug aoû ago ağu avq авг",
    "sep set eyl sen сен",
    "oct okt ott out eki окт",
    "nov kas noy ноя",
    "dec dez déc dic ara dek дек",
];

/// Names of zones by minutes east of UTC. Where a name has two meanings, the one that feeds mean.
const ZONES: [(i32, &str); 14] = [
    (0, "z ut utc gmt wet"),
    (60, "bst west cet"),
    (120, "cest eet"),
    (180, "eest msk trt"),
    (240, "azt amt get"),
    (330, "ist"),
    (480, "sgt hkt"),
    (540, "jst kst"),
    (-240, "edt"),
    (-300, "est cdt"),
    (-360, "cst mdt"),
    (-420, "mst pdt"),
    (-480, "pst"),
    (-180, "brt art"),
];

/// The point in time that `text` names.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    epoch(text).or_else(|| iso(text)).or_else(|| written(text))
}

/// Seconds or milliseconds since 1970, of this century.
fn epoch(text: &str) -> Option<Timestamp> {
    let number: i64 = text.parse().ok()?;
    match text.len() {
        10 => Timestamp::from_unix_ms(number.checked_mul(1000)?).ok(),
        13 => Timestamp::from_unix_ms(number).ok(),
        _ => None,
    }
}

/// `2026-11-24`, then maybe a time, then maybe a zone.
fn iso(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(10)?;
    let mut parts = date.split(['-', '/']);
    let year = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
    let date = Date::new(year, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?).ok()?;
    let rest = rest.trim_start_matches(['T', 't', ' ']);
    let (time, zone) = if rest.starts_with(|c: char| c.is_ascii_digit()) {
        clock(rest)?
    } else {
        (Time::midnight(), rest)
    };
    point(date.to_datetime(time), zone_offset(zone)?)
}

/// Words and numbers in nearly any order, as in RFC 822 and `asctime`.
fn written(text: &str) -> Option<Timestamp> {
    let text = text.split('(').next().unwrap_or_default();
    let (mut day, mut month, mut year, mut time) = (None, None, None, None);
    let mut offset = Some(0);
    for word in text.split([' ', ',', '\t', '\n', '\r']).flat_map(date_parts) {
        let starts_with_digit = word.starts_with(|c: char| c.is_ascii_digit());
        if starts_with_digit && word.contains(':') {
            let (found, zone) = clock(word)?;
            time = Some(found);
            offset = zone_offset(zone);
        } else if starts_with_digit {
            let number: i16 = word.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().ok()?;
            match (day, month, word.len()) {
                (_, _, 4) => year = Some(number),
                (None, _, _) => day = i8::try_from(number).ok(),
                (Some(_), None, _) if year.is_none() => month = i8::try_from(number).ok(),
                (Some(_), _, _) => year = year.or(Some(short_year(number))),
            }
        } else if let Some(found) = month_of(word) {
            month = Some(found);
        } else if time.is_some() {
            time = time.map(|time| afternoon(time, word));
            offset = if is_half_of_day(word) { offset } else { zone_offset(word) };
        }
    }
    let date = Date::new(year?, month?, day?).ok()?;
    point(date.to_datetime(time.unwrap_or(Time::midnight())), offset?)
}

/// `24-Nov-2026` and `24.11.2026` are three words; `-0500` is one.
fn date_parts(word: &str) -> impl Iterator<Item = &str> {
    let is_date = word.starts_with(|c: char| c.is_ascii_digit()) && !word.contains(':');
    let separators: &[char] = if is_date { &['-', '.', '/'] } else { &[] };
    word.split(separators).filter(|part| !part.is_empty())
}

/// RFC 2822, 4.3: two digits below 50 are of this century.
fn short_year(number: i16) -> i16 {
    if number < 50 { 2000 + number } else { 1900 + number }
}

fn month_of(word: &str) -> Option<i8> {
    let word = word.to_lowercase();
    let is_month = |starts: &&str| starts.split(' ').any(|start| word.starts_with(start));
    let index = MONTHS.iter().position(is_month)?;
    i8::try_from(index + 1).ok()
}

fn is_half_of_day(word: &str) -> bool {
    word.eq_ignore_ascii_case("am") || word.eq_ignore_ascii_case("pm")
}

fn afternoon(time: Time, word: &str) -> Time {
    let hour = match (word.eq_ignore_ascii_case("pm"), time.hour()) {
        (true, hour @ 1..=11) => hour + 12,
        (false, 12) if word.eq_ignore_ascii_case("am") => 0,
        (_, hour) => hour,
    };
    Time::new(hour, time.minute(), time.second(), 0).unwrap_or(time)
}

/// `12:00`, `12:00:00` or `12:00:00.5`, and what follows. `24:00` is written for `00:00`.
fn clock(text: &str) -> Option<(Time, &str)> {
    let is_clock = |c: char| c.is_ascii_digit() || matches!(c, ':' | '.');
    let length = text.find(|c| !is_clock(c)).unwrap_or(text.len());
    let (digits, rest) = text.split_at(length);
    let mut numbers = digits.split(['.', ':']).map(str::parse::<i8>);
    let hour = numbers.next()?.ok()?;
    let minute = numbers.next()?.ok()?;
    let second = numbers.next().and_then(Result::ok).unwrap_or(0);
    let time = Time::new(if hour == 24 { 0 } else { hour }, minute, second.min(59), 0).ok()?;
    Some((time, rest))
}

/// Minutes east of UTC: `Z`, `JST`, `+0900`, `+09:00`, `+9`, `GMT+4`.
fn zone_offset(text: &str) -> Option<i32> {
    let text = text.trim().to_ascii_lowercase();
    let name_length = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (name, number) = text.split_at(name_length);
    let base = match name {
        "" => 0,
        name => ZONES.iter().find(|(_, names)| names.split(' ').any(|it| it == name))?.0,
    };
    let sign = match number.chars().next() {
        Some('+') => 1,
        Some('-') => -1,
        _ => return Some(base),
    };
    let digits: String = number.chars().filter(char::is_ascii_digit).take(4).collect();
    let value: i32 = digits.parse().ok()?;
    let minutes = if digits.len() <= 2 { value * 60 } else { value / 100 * 60 + value % 100 };
    Some(base + sign * minutes)
}

fn point(local: DateTime, offset_minutes: i32) -> Option<Timestamp> {
    let offset = Offset::from_seconds(offset_minutes.checked_mul(60)?).ok()?;
    // Only the last day of 9999, a favourite for "never", lies beyond what can be held.
    let time = offset.to_timestamp(local).unwrap_or(jiff::Timestamp::MAX);
    Timestamp::from_unix_ms(time.as_second().checked_mul(1000)?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Goal: a report is filed under its own hour, whatever its publisher's software writes.
    #[test]
    fn one_moment_in_many_spellings() {
        for text in [
            "2026-11-24T06:00:00Z",
            "2026-11-24T15:00:00+09:00",
            "2026-11-24T15:00+0900",
            "2026-11-24 15:00:00.123 +09",
            "2026-11-24T06:00:00",
            "2026-11-24 06:00",
            "Tue, 24 Nov 2026 06:00:00 GMT",
            "Tue, 24 Nov 2026 10:00:00 +0400",
            "Tues, 24 November 2026 10:00 AZT",
            "24 Nov 2026 15:00:00 JST",
            "24 Nov 26 09:00:00 MSK",
            "Tue, 24 Nov 2026 10:00:00 GMT+4",
            "Tue, 24 Nov 2026 10:00:00 GMT+0400 (Azerbaijan Standard Time)",
            "Tue, 24 Nov 2026 01:00:00 EST",
            "Tue Nov 24 06:00:00 2026",
            "Nov 24, 2026 6:00 AM",
            "24-Nov-2026 06:00:00 UTC",
            "24.11.2026 06:00",
            "Вт, 24 ноября 2026 09:00:00 +0300",
            "24 Noyabr 2026 10:00 AZT",
            "Ter, 24 Nov 2026 03:00:00 -0300",
            "mar., 24 nov. 2026 07:00:00 +0100",
            "1795500000",
            "1795500000000",
        ] {
            let parsed = parse(text).map(Timestamp::unix_ms);
            assert_eq!(parsed, Some(1_795_500_000_000), "{text}");
        }
    }

    /// Goal: a day without a time is that day, and afternoons are afternoons.
    #[test]
    fn days_and_halves_of_days() {
        for (text, moment) in [
            ("2026-11-24", "2026-11-24T00:00:00Z"),
            ("Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-30T22:00:00Z"),
            ("24 Nov 2026", "2026-11-24T00:00:00Z"),
            ("Nov 24, 2026 6:30 PM", "2026-11-24T18:30:00Z"),
            ("Nov 24, 2026 12:05 am", "2026-11-24T00:05:00Z"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), moment, "{text}");
        }
    }

    /// Goal: a wrong date is no date, instead of a wrong order of events.
    #[test]
    fn nonsense_is_no_date() {
        for text in [
            "",
            "yesterday",
            "2026-13-01",
            "32 Nov 2026",
            "24 Nov",
            "Tue, 24 Nov 2026 06:00:00 XYZ",
            "99:99",
            "12",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        /// Goal: no feed can stop us with a date.
        #[test]
        fn any_text_is_survived(text in "\\PC{0,40}", digits in "[0-9:+. -]{0,30}( [A-Za-z]{3})?") {
            parse(&text);
            parse(&digits);
        }
    }
}
