//! Reads the dates that publishers write: RFC 3339, RFC 822, and what they take for them, in
//! their languages.
//!
//! A date without a zone counts as UTC; one with an unknown zone's name does not count. Nothing
//! is rolled over: the 31st of June is no date. Of `05/11/2026`, the day is the 5th, unless a
//! `PM` says that Americans wrote it.

mod eastern;
mod names;

use std::borrow::Cow;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use self::names::Half;
use crate::model::Timestamp;

/// Longer texts are no dates.
const TEXT_BYTES_MAX: usize = 200;

/// The point in time that `text` names.
pub fn parse(text: &str) -> Option<Timestamp> {
    let text = Some(text.trim()).filter(|text| text.len() <= TEXT_BYTES_MAX)?;
    if let Some(time) = epoch(text) {
        return Some(time);
    }
    let text = if text.is_ascii() { Cow::Borrowed(text) } else { eastern::westernized(text) };
    let mut reading = Reading::default();
    let rest = match leading_date(&text) {
        Some((date, rest)) => {
            reading.date = Some(date);
            rest
        }
        None => &text,
    };
    reading.words(rest)?;
    reading.point()
}

/// Seconds or milliseconds since 1970, of this century.
fn epoch(text: &str) -> Option<Timestamp> {
    let digits = text.split('.').next()?;
    if digits.starts_with('0') || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = digits.parse().ok()?;
    let seconds = match digits.len() {
        10 => number,
        // Like all other dates, without fractions.
        13 => number / 1000,
        _ => return None,
    };
    Timestamp::from_unix_ms(seconds.checked_mul(1000)?).ok()
}

/// `2026-11-24`, `2026/11/24` or `20261124` at the start, and what follows.
fn leading_date(text: &str) -> Option<(Date, &str)> {
    let (year, rest) = digits(text, 4)?;
    let separator = rest.chars().next().filter(|it| matches!(it, '-' | '/' | '.'));
    let width = separator.map_or(0, char::len_utf8);
    let size = if separator.is_some() { 1..=2 } else { 2..=2 };
    let (month, rest) = size.clone().rev().find_map(|size| digits(&rest[width..], size))?;
    let rest = match separator {
        Some(separator) => rest.trim_start().strip_prefix(separator)?,
        None => rest,
    };
    let (day, rest) = size.rev().find_map(|size| digits(rest, size))?;
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let is_marked = rest.starts_with(['T', 't']);
    let rest = rest.strip_prefix(['T', 't']).unwrap_or(rest);
    let is_apart = !rest.starts_with(|c: char| c.is_ascii_digit());
    (is_marked || is_apart || separator.is_none()).then_some((date, rest))
}

/// A number of `n_digits` digits, and what follows.
fn digits(text: &str, n_digits: usize) -> Option<(i16, &str)> {
    let (number, rest) = text.split_at_checked(n_digits)?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| number.parse().ok()).flatten().map(|number| (number, rest))
}

/// What was read of a date so far.
#[derive(Default)]
struct Reading<'a> {
    date: Option<Date>,
    /// Days, months and years, with the number of their digits.
    numbers: Vec<(i16, usize)>,
    separator: Option<char>,
    month: Option<i8>,
    month_word: &'a str,
    time: Option<Clock>,
    half: Option<Half>,
    zone_name: Option<i32>,
    zone_number: Option<i32>,
}

#[derive(Clone, Copy)]
struct Clock {
    hour: i8,
    minute: i8,
    second: i8,
}

impl<'a> Reading<'a> {
    /// Reads words and numbers in nearly any order; None where one of them makes no sense.
    fn words(&mut self, text: &'a str) -> Option<()> {
        let mut is_aside = false;
        for word in text.split([' ', ',', ';', '\t', '\n', '\r', '\u{a0}', '\u{3000}']) {
            // `(Azerbaijan Standard Time)`, `(火)`.
            is_aside |= word.starts_with('(');
            if !is_aside && !word.is_empty() {
                self.word(word)?;
            }
            is_aside &= !word.ends_with(')');
        }
        Some(())
    }

    fn word(&mut self, word: &'a str) -> Option<()> {
        let starts_with_digit = word.starts_with(|c: char| c.is_ascii_digit());
        if starts_with_digit && self.time.is_none() && is_clock(word, self.date.is_some()) {
            return self.clock(word);
        }
        if starts_with_digit && self.date.is_some() {
            // The fraction of a second behind a comma (ISO 8601).
            return self.zone(word.trim_start_matches(|c: char| c.is_ascii_digit()));
        }
        if starts_with_digit {
            return self.date_parts(word);
        }
        if word.starts_with(['+', '-', '−']) && self.has_date() {
            return self.zone(word);
        }
        if let Some(half) = names::half(word) {
            self.half = Some(half);
            return Some(());
        }
        match names::month(word) {
            Some(_) if self.month.is_some() && names::is_maybe_tuesday(word) => Some(()),
            Some(_) if self.month.is_some() && !names::is_maybe_tuesday(self.month_word) => None,
            Some(month) if self.date.is_none() => {
                self.month = Some(month);
                self.month_word = word;
                Some(())
            }
            _ if self.has_date() || self.time.is_some() => self.zone(word),
            // A day of the week.
            _ => Some(()),
        }
    }

    fn has_date(&self) -> bool {
        self.date.is_some() || self.numbers.len() + usize::from(self.month.is_some()) == 3
    }

    /// `24`, `24th`, `24.11.2026`, `24-Nov-2026`.
    fn date_parts(&mut self, word: &'a str) -> Option<()> {
        for part in word.split(['-', '.', '/']).filter(|part| !part.is_empty()) {
            let length = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            if length == 0 {
                self.month = self.month.or(names::month(part));
                continue;
            }
            if self.numbers.len() == 3 || 4 < length {
                return None;
            }
            self.numbers.push((part[..length].parse().ok()?, length));
        }
        self.separator = self.separator.or(word.chars().find(|c| matches!(c, '-' | '.' | '/')));
        Some(())
    }

    /// `12:00`, `12:00:00`, `12:00:00.5`, `12h30`, `120000`, and what is attached: `Z`, `+09:00`,
    /// `PM`.
    fn clock(&mut self, word: &'a str) -> Option<()> {
        let is_clock = |c: char| c.is_ascii_digit() || matches!(c, ':' | '.' | 'h');
        let length = word.find(|c| !is_clock(c)).unwrap_or(word.len());
        let (digits, rest) = word.split_at(length);
        let whole = digits.split('.').next()?;
        let mut numbers = match (whole.contains([':', 'h']), whole.len()) {
            (true, _) => whole.split([':', 'h']).map(Some).collect::<Vec<_>>(),
            (false, 2 | 4 | 6) => [0..2, 2..4, 4..6].map(|range| whole.get(range)).to_vec(),
            _ => return None,
        }
        .into_iter()
        .flatten()
        .map(|number| if number.is_empty() { Some(0) } else { number.parse::<i8>().ok() });
        let mut next = || numbers.next().unwrap_or(Some(0));
        let clock = Clock { hour: next()?, minute: next()?, second: next()? };
        if numbers.next().is_some_and(|number| number != Some(0)) {
            return None;
        }
        self.time = Some(clock);
        match names::half(rest) {
            Some(half) => self.half = Some(half),
            None if !rest.is_empty() => self.zone(rest)?,
            None => {}
        }
        Some(())
    }

    /// `Z`, `JST`, `+0900`, `+09:00`, `+9`, `GMT+4`. A number counts more than a name.
    fn zone(&mut self, text: &str) -> Option<()> {
        let name_length = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
        let (name, number) = text.split_at(name_length);
        if !name.is_empty() {
            match names::zone(name) {
                Some(minutes) => self.zone_name = self.zone_name.or(Some(minutes)),
                // Capitals are a zone's name, anything else a word like "Uhr".
                None if is_zone_like(name) => return None,
                None => return Some(()),
            }
        }
        let sign = match number.chars().next() {
            Some('+') => 1,
            Some('-' | '−') => -1,
            _ => return Some(()),
        };
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let value: i32 = digits.parse().ok()?;
        let minutes = match digits.len() {
            1 | 2 => value * 60,
            3 | 4 => value / 100 * 60 + value % 100,
            _ => return None,
        };
        self.zone_number = self.zone_number.or(Some(sign * minutes));
        Some(())
    }

    /// The day, month and year among the numbers.
    fn date(&self) -> Option<Date> {
        if self.date.is_some() {
            return self.date.filter(|_| self.numbers.is_empty());
        }
        let is_american = self.half.is_some() && self.separator == Some('/');
        let (year, month, day) = match (self.month, self.numbers.as_slice()) {
            (Some(month), [year @ (_, 4), day] | [day, year]) => (year, month, day.0),
            (None, [year @ (_, 4), month, day]) => (year, i8::try_from(month.0).ok()?, day.0),
            (None, [day, month, year]) => {
                // Two digits between dashes may as well be a year first.
                let is_clear = year.1 == 4 || self.separator != Some('-');
                let is_month_first = is_american || (12 < month.0 && self.separator == Some('/'));
                let (day, month) = if is_month_first { (month, day) } else { (day, month) };
                let year = Some(year).filter(|_| is_clear)?;
                (year, i8::try_from(month.0).ok()?, day.0)
            }
            _ => return None,
        };
        let year = match *year {
            (year, 4) => year,
            // RFC 2822, 4.3: two digits below 50 are of this century.
            (year, 2) => year + if year < 50 { 2000 } else { 1900 },
            _ => return None,
        };
        Date::new(year, month, i8::try_from(day).ok()?).ok()
    }

    fn point(&self) -> Option<Timestamp> {
        let date = self.date()?;
        let clock = self.time.unwrap_or(Clock { hour: 0, minute: 0, second: 0 });
        let hour = match (self.half, clock.hour) {
            (Some(Half::Afternoon), 0..=11) => clock.hour + 12,
            (Some(Half::Morning), 12) => 0,
            (_, hour) => hour,
        };
        // A leap second is the second before it (RFC 3339, 5.7).
        let second = if clock.second == 60 { 59 } else { clock.second };
        let local = match (hour, clock.minute, second) {
            // ISO 8601: the midnight that ends the day.
            (24, 0, 0) => date.to_datetime(Time::midnight()).checked_add(1.day()).ok()?,
            _ => date.to_datetime(Time::new(hour, clock.minute, second, 0).ok()?),
        };
        instant(local, self.zone_number.or(self.zone_name).unwrap_or(0))
    }
}

/// `12:00`, `12h30`; behind an ISO date, `120000` as well.
fn is_clock(word: &str, is_behind_date: bool) -> bool {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_hour =
        word.split_once('h').is_some_and(|(hour, minute)| is_number(hour) && is_number(minute));
    is_behind_date || word.contains(':') || is_hour
}

fn is_zone_like(name: &str) -> bool {
    matches!(name.len(), 2..=5) && name.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn instant(local: DateTime, offset_minutes: i32) -> Option<Timestamp> {
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
            "2026-11-24T06:00Z",
            "2026-11-24T06:00:00,123Z",
            "2026-11-24T06:00:00.000 +0000",
            "2026-11-24 10:00:00+04",
            "2026-11-24T09:00:00 MSK",
            "2026/11/24 06:00:00",
            "20261124T060000Z",
            "20261124060000",
            "2026-11-24 06:00 AM",
            "Tue, 24 Nov 2026 06:00:00.250 GMT",
            "Tue, 24 Nov 2026 6:00 UT",
            "Tue, 24 Nov 2026 06:00 Z",
            "Tue, 24 Nov 2026 10:00:00 UTC+04:00",
            "Tue, 24 Nov 2026 10:00:00 GMT +4",
            "Tue, 24 Nov 2026 10:00:00 AZT +0400",
            "Tue Nov 24 01:00:00 EST 2026",
            "24/11/2026 06:00",
            "11/24/2026 6:00:00 AM",
            "24th November, 2026 06:00",
            "mardi 24 novembre 2026 06h00",
            "martes, 24 de noviembre de 2026 a las 06:00",
            "martedì 24 novembre 2026, ore 06:00",
            "Dienstag, 24. November 2026, 06:00 Uhr",
            "terça-feira, 24 de novembro de 2026 06:00",
            "wtorek, 24 listopada 2026 06:00",
            "24 Kasım 2026 Salı 09:00 TRT",
            "24 Noyabr 2026 saat 10:00 +04:00",
            "вторник, 24 ноября 2026 г. в 09:00 МСК",
            "вівторок, 24 листопада 2026 06:00",
            "24 ნოემბერი 2026 10:00 GET",
            "الثلاثاء 24 نوفمبر 2026 06:00",
            "٢٤ نوفمبر ٢٠٢٦ ٠٦:٠٠",
            "2026年11月24日(火) 午後3時 JST",
            "2026年11月24日 火曜日 15時00分00秒 JST",
            "令和8年11月24日 15:00 +0900",
            "２０２６年１１月２４日　１５：００ JST",
            "2026年11月24日 14:00 HKT",
            "2026. 11. 24. 오후 3:00:00 KST",
            "2026년 11월 24일 화요일 오후 3시 00분 KST",
            "mar., 24 nov. 2026 07:00:00 +0100",
            "1795500000",
            "1795500000000",
            "1795500000.5",
            "1795500000999",
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
            ("2026-11-24T24:00:00Z", "2026-11-25T00:00:00Z"),
            ("31 Dec 2016 23:59:60 GMT", "2016-12-31T23:59:59Z"),
            ("5/11/2026", "2026-11-05T00:00:00Z"),
            ("24.11.26", "2026-11-24T00:00:00Z"),
            ("mar. 3 mar. 2026", "2026-03-03T00:00:00Z"),
            ("середа, 5 серпня 2026", "2026-08-05T00:00:00Z"),
            ("20261124", "2026-11-24T00:00:00Z"),
            ("2026-1-4", "2026-01-04T00:00:00Z"),
            ("2026年1月4日", "2026-01-04T00:00:00Z"),
            ("平成元年12月31日", "1989-12-31T00:00:00Z"),
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
            "31 Jun 2026 10:00 GMT",
            "2026-02-29",
            "2026-11-24T25:00:00Z",
            "2026-11-24T10:61:00Z",
            "2026-11-24T10:00:61Z",
            "26-11-24",
            "24 Nov 2026 24:30",
            "24 Nov Dec 2026",
            "1 2 3 4 2026",
            "-179550000",
            "令和8年",
            "11月24日",
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
