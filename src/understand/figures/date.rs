//! Days with a year, as people write them: 26.11.2026, 2026年11月26日, 26 ноября 2026.
//!
//! A day without a year has no value of its own and is passed over.

use super::words::{self, Meaning};

/// A date and what it says: year, month and day as one number, 20261126; none without a year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Date {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) value: Option<f64>,
}

/// The date that the digits at `start` belong to.
pub(super) fn find(text: &str, start: usize, is_month_first: bool) -> Option<Date> {
    in_digits(text, start, is_month_first)
        .or_else(|| by_signs(text, start))
        .or_else(|| day_and_month(text, start))
        .or_else(|| month_and_day(text, start))
        .or_else(|| year_and_month(text, start))
}

/// 2026-11-26, 2026/11/26, 26.11.2026, 11/26/2026.
fn in_digits(text: &str, start: usize, is_month_first: bool) -> Option<Date> {
    let (first, at) = digits(text, start)?;
    let separator = text[at..].chars().next().filter(|c| matches!(c, '.' | '/' | '-'))?;
    let (second, at) = digits(text, at + 1)?;
    let at = text[at..].starts_with(separator).then_some(at + 1)?;
    let (third, end) = digits(text, at)?;
    if text[end..].starts_with(separator)
        && text[end + 1..].starts_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    let [one, two, three] = [first, second, third].map(|it| it.parse::<f64>().unwrap_or(0.0));
    let value = match (first.len(), third.len()) {
        (4, 1..=2) => value(one, two, three)?,
        (1..=2, 4) if separator == '/' && (is_month_first || 12.0 < two) => value(three, one, two)?,
        (1..=2, 4) => value(three, two, one)?,
        _ => return None,
    };
    Some(Date { start, end, value: Some(value) })
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
    let value = year.and_then(|year| value(year, month, day));
    Some(Date { start, end, value })
}

fn part(text: &str, start: usize, signs: &[&str]) -> Option<(f64, usize)> {
    let (digits, end) = digits(text, start)?;
    let sign = signs.iter().find(|sign| text[end..].starts_with(**sign))?;
    Some((digits.parse().ok()?, end + sign.len()))
}

/// 26 ноября 2026, 26. November 2026, 26 de noviembre de 2026; also without the year.
fn day_and_month(text: &str, start: usize) -> Option<Date> {
    let (day, end) = digits(text, start).filter(|(day, _)| day.len() <= 2)?;
    let mut at = skip(text, end, &[".", "-", "th", "st", "nd", "rd", "º", "er"]);
    at = skip(text, skip(text, at, &[" "]), &["de ", "of ", "d'", "ב", "tháng "]);
    let (month, length) = words::at(&text[at..], month)?;
    let end = at + length;
    let from = skip(text, skip(text, end, &[".", ","]), &[" de ", " do ", " ", "-"]);
    let year = digits(text, from).filter(|(year, _)| year.len() == 4);
    let dated = year.and_then(|(year, end)| Some((value_of(year, month, day)?, end)));
    Some(match dated {
        Some((value, end)) => Date { start, end, value: Some(value) },
        None => Date { start, end, value: None },
    })
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
    let dated = digits(text, from)
        .filter(|(year, _)| year.len() == 4)
        .and_then(|(year, end)| Some((value_of(year, month, day)?, end)));
    Some(match dated {
        Some((value, end)) => Date { start: word, end, value: Some(value) },
        None => Date { start: word, end, value: None },
    })
}

/// Hungarian and Kazakh order: 2026. november 26.
fn year_and_month(text: &str, start: usize) -> Option<Date> {
    let (year, end) = digits(text, start).filter(|(year, _)| year.len() == 4)?;
    let at = skip(text, skip(text, end, &[".", " жылғы", "-cı il", " m. "]), &[" "]);
    let (month, length) = words::at(&text[at..], month)?;
    let at = skip(text, at + length, &[" ", "-"]);
    let (day, end) = digits(text, at).filter(|(day, _)| day.len() <= 2)?;
    Some(Date { start, end, value: Some(value_of(year, month, day)?) })
}

fn month(meaning: Meaning) -> Option<f64> {
    match meaning {
        Meaning::Month(month) => Some(month),
        _ => None,
    }
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

fn value_of(year: &str, month: f64, day: &str) -> Option<f64> {
    value(year.parse().ok()?, month, day.parse().ok()?)
}

fn value(year: f64, month: f64, day: f64) -> Option<f64> {
    let is_date = 1000.0 <= year && 1.0 <= month && month <= 12.0 && 1.0 <= day && day <= 31.0;
    is_date.then_some(year * 1e4 + month * 100.0 + day)
}
