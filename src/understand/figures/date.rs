//! Days as people write them: 26.11.2026, 2026年11月26日, 26 ноября 2026, 26 ноября.

use super::words::{self, Meaning};
use crate::model::Language;

/// A day and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) start: usize,
    pub(super) end: usize,
    /// None: the words look like a day, but no year has it.
    pub(super) day: Option<Day>,
}

/// A day of a month, with its year if that is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "a day of a month is called so")]
pub(in crate::understand) struct Day {
    pub(in crate::understand) year: Option<u16>,
    pub(in crate::understand) month: u8,
    pub(in crate::understand) day: u8,
}

impl Day {
    /// Year, month and day as one number, 20261126; none without a year.
    pub(super) fn value(self) -> Option<f64> {
        let year = f64::from(self.year?);
        Some(year * 1e4 + f64::from(self.month) * 100.0 + f64::from(self.day))
    }

    fn new(year: Option<u16>, month: u8, day: u8) -> Option<Self> {
        let is_day = (1..=12).contains(&month)
            && (1..=31).contains(&day)
            && year.is_none_or(|year| 1000 <= year);
        is_day.then_some(Self { year, month, day })
    }
}

/// The date that the digits at `start` belong to.
pub(super) fn find(text: &str, start: usize, language: Language) -> Option<Date> {
    in_digits(text, start, language)
        .or_else(|| by_signs(text, start))
        .or_else(|| day_and_month(text, start))
        .or_else(|| month_and_day(text, start))
        .or_else(|| year_and_month(text, start))
}

/// 2026-11-26, 2026/11/26, 26.11.2026, 11/26/2026; in Vietnamese also 26/11.
fn in_digits(text: &str, start: usize, language: Language) -> Option<Date> {
    let (first, at) = digits(text, start)?;
    let separator = text[at..].chars().next().filter(|c| matches!(c, '.' | '/' | '-'))?;
    let (second, at) = digits(text, at + 1)?;
    if !text[at..].starts_with(separator) {
        let is_day = language.as_str() == "vi" && separator == '/';
        let day = Day::new(None, number(second)?, number(first)?).filter(|_| is_day)?;
        return Some(Date { start, end: at, day: Some(day) });
    }
    let (third, end) = digits(text, at + 1)?;
    if text[end..].starts_with(separator)
        && text[end + 1..].starts_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    let is_month_first = language.as_str() == "en" || number(second).is_some_and(|it| 12 < it);
    let (year, month, day) = match (first.len(), third.len()) {
        (4, 1..=2) => (first, second, third),
        (1..=2, 4) if separator == '/' && is_month_first => (third, first, second),
        (1..=2, 4) => (third, second, first),
        _ => return None,
    };
    let day = Day::new(Some(year.parse().ok()?), number(month)?, number(day)?)?;
    Some(Date { start, end, day: Some(day) })
}

/// 2026年11月26日, 2026년 11월 26일; also without the year.
fn by_signs(text: &str, start: usize) -> Option<Date> {
    let (year, mut from) = match part(text, start, &["年", "년"]) {
        Some((year, end)) => (Some(year), end),
        None => (None, start),
    };
    if year.is_some() {
        from += usize::from(text[from..].starts_with(' '));
    }
    let (month, end) = part(text, from, &["月", "월"])?;
    let end = end + usize::from(text[end..].starts_with(' '));
    let (day, end) = part(text, end, &["日", "号", "일"])?;
    let year = year.and_then(|year| year.parse().ok());
    Some(Date { start, end, day: Day::new(year, number(month)?, number(day)?) })
}

fn part<'a>(text: &'a str, start: usize, signs: &[&str]) -> Option<(&'a str, usize)> {
    let (digits, end) = digits(text, start)?;
    let sign = signs.iter().find(|sign| text[end..].starts_with(**sign))?;
    Some((digits, end + sign.len()))
}

/// 26 ноября 2026, 26. November 2026, 26 de noviembre de 2026, ngày 26 tháng 11; also without
/// the year. Of 26-28 November the first day here, the second one when its digits come.
fn day_and_month(text: &str, start: usize) -> Option<Date> {
    let (day, after_day) = digits(text, start).filter(|(day, _)| day.len() <= 2)?;
    let after_range = text[after_day..].strip_prefix('-').and_then(|_| {
        let (last, end) = digits(text, after_day + 1).filter(|(last, _)| last.len() <= 2)?;
        (!last.is_empty()).then_some(end)
    });
    let after_days = after_range.unwrap_or(after_day);
    let (month, end) = month_at(text, skip(text, after_days, &[".", "-"]))
        .or_else(|| month_at(text, skip_ordinal(text, after_days)))?;
    if after_range.is_some() {
        return Some(Date { start, end: after_day, day: Day::new(None, month, number(day)?) });
    }
    let links = [" de ", " do ", " nam ", "/", " ", "-"];
    let from = skip(text, skip(text, end, &[".", ","]), &links);
    Some(with_year(text, start, end, (month, day), from))
}

/// The month at `at`, and where it ends.
fn month_at(text: &str, at: usize) -> Option<(u8, usize)> {
    let at = skip(text, skip(text, at, &[" "]), &["de ", "of ", "d'", "ב", "thang "]);
    if text[..at].ends_with("thang ") {
        let (month, end) = digits(text, at)?;
        return Some((number(month)?, end));
    }
    let (month, length) = words::at(&text[at..], month)?;
    Some((month, at + length))
}

/// The day, with the year at `from` if there is one.
fn with_year(text: &str, start: usize, end: usize, (month, day): (u8, &str), from: usize) -> Date {
    let day = number(day);
    let year = digits(text, from).filter(|(year, _)| year.len() == 4);
    let dated =
        year.and_then(|(year, end)| Some((Day::new(Some(year.parse().ok()?), month, day?)?, end)));
    match dated {
        Some((day, end)) => Date { start, end, day: Some(day) },
        None => Date { start, end, day: day.and_then(|day| Day::new(None, month, day)) },
    }
}

/// November 26, 2026; Nov. 26.
fn month_and_day(text: &str, start: usize) -> Option<Date> {
    let (day, end) = digits(text, start).filter(|(day, _)| day.len() <= 2)?;
    let before = text[..start].trim_end_matches([' ', '.']);
    if start - before.len() == 0 || 2 < start - before.len() {
        return None;
    }
    let word = before
        .rfind(|c: char| !c.is_alphabetic())
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let (month, length) = words::at(&before[word..], month)?;
    if word + length != before.len() {
        return None;
    }
    let from = skip(text, skip(text, end, &["th", "st", "nd", "rd"]), &[", ", ","]);
    let from = skip(text, from, &[" "]);
    Some(with_year(text, word, end, (month, day), from))
}

/// Hungarian and Kazakh order: 2026. november 26.
fn year_and_month(text: &str, start: usize) -> Option<Date> {
    let (year, end) = digits(text, start).filter(|(year, _)| year.len() == 4)?;
    let at = skip(text, skip(text, end, &[".", " жылғы", "-cı il", " m. "]), &[" "]);
    let (month, length) = words::at(&text[at..], month)?;
    let at = skip(text, at + length, &[" ", "-"]);
    let (day, end) = digits(text, at).filter(|(day, _)| day.len() <= 2)?;
    let day = Day::new(Some(year.parse().ok()?), month, number(day)?)?;
    Some(Date { start, end, day: Some(day) })
}

fn month(meaning: Meaning) -> Option<u8> {
    match meaning {
        Meaning::Month(month) => Some(month),
        _ => None,
    }
}

fn number(digits: &str) -> Option<u8> {
    digits.parse().ok()
}

fn digits(text: &str, start: usize) -> Option<(&str, usize)> {
    let rest = text.get(start..)?;
    let length = rest.bytes().take(5).take_while(u8::is_ascii_digit).count();
    (0 < length && length < 5).then(|| (&rest[..length], start + length))
}

fn skip(text: &str, at: usize, words: &[&str]) -> usize {
    let word = words.iter().find(|word| text[at..].starts_with(**word));
    at + word.map_or(0, |word| word.len())
}

/// What makes a number an ordinal: 26., 26th, 26-го, 26-cı.
fn skip_ordinal(text: &str, at: usize) -> usize {
    const LETTERS_MAX: usize = 3;
    let at = skip(text, at, &[".", "-"]);
    let letters: usize = text[at..]
        .chars()
        .take(LETTERS_MAX)
        .take_while(|c| c.is_alphabetic())
        .map(char::len_utf8)
        .sum();
    if text[at + letters..].starts_with(' ') { at + letters } else { at }
}
