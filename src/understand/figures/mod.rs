//! Amounts of money, shares, counts, measures and days in a text, with their value.
//!
//! A number counts only beside a word or sign that says what it counts: years, results, telephone
//! numbers and versions have none.

mod date;
mod number;
mod words;

use std::ops::Range;

pub(super) use self::date::Day;
use self::number::Amount;
use self::words::Meaning;
use super::context::{Reading, Zone};
use crate::model::{Figure, Language};

/// Figures kept for a text.
const FIGURES_MAX: usize = 16;

/// The unit of a day; its value is year, month and day as one number: 20261126.
const DATE: &str = "date";

/// Plain numbers between these are years, not counts.
pub(super) const YEARS: Range<f64> = 1900.0..2101.0;

/// Figures in the order of the text, each once.
pub(super) fn find(reading: &Reading<'_>) -> Vec<Figure> {
    let mut figures: Vec<Figure> = Vec::new();
    for zone in &reading.zones {
        for figure in figures_in(zone, reading.language) {
            let is_same = |known: &Figure| {
                known.unit == figure.unit && known.value.total_cmp(&figure.value).is_eq()
            };
            if !figures.iter().any(is_same) {
                figures.push(figure);
            }
            if figures.len() == FIGURES_MAX {
                return figures;
            }
        }
    }
    figures
}

fn figures_in(zone: &Zone<'_>, language: Language) -> impl Iterator<Item = Figure> {
    marks(zone.folded.as_str(), language).filter_map(|mark| {
        let (value, unit) = match mark.value {
            Value::Day(day) => (day.value()?, DATE),
            Value::Number { value, unit, .. } => (value, unit?),
        };
        let text = zone.source.get(zone.folded.source(mark.place))?;
        Some(Figure { text: text.to_owned(), value, unit: unit.to_owned() })
    })
}

/// A number or day and where it stands in the folded text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mark {
    pub(super) place: Range<usize>,
    pub(super) value: Value,
}

/// What a number says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    /// With its magnitude; the unit is what it counts, if something says so.
    Number {
        value: f64,
        unit: Option<&'static str>,
        /// Nothing but digits: it may be a year.
        is_plain: bool,
    },
    Day(Day),
}

/// All numbers and days of a folded text, in its order.
pub(super) fn marks(text: &str, language: Language) -> impl Iterator<Item = Mark> {
    Scan { text, language, at: 0 }
}

/// A value as people say it: "3.2 million".
pub(super) fn in_words(value: f64) -> String {
    const MAGNITUDES: [(f64, &str); 3] =
        [(1e12, " trillion"), (1e9, " billion"), (1e6, " million")];
    let magnitude = MAGNITUDES.iter().find(|(magnitude, _)| *magnitude <= value.abs());
    let (magnitude, word) = magnitude.copied().unwrap_or((1.0, ""));
    let digits = format!("{:.2}", value / magnitude);
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    format!("{digits}{word}")
}

struct Scan<'a> {
    text: &'a str,
    language: Language,
    at: usize,
}

impl Scan<'_> {
    /// The number at the digit at `start`.
    fn number(&mut self, start: usize) -> Mark {
        let Amount { value, end, is_plain } = number::amount(self.text, start, self.language);
        self.at = end;
        let alone =
            Mark { place: start..end, value: Value::Number { value, unit: None, is_plain } };
        let (unit, factor, place) = match unit_behind(self.text, end) {
            Some((unit, factor, end)) => (unit, factor, start..end),
            None => match unit_before(self.text, start) {
                Some((unit, from)) => (unit, 1.0, from..end),
                None => return alone,
            },
        };
        let is_money = unit.len() == 3 && unit.bytes().all(|byte| byte.is_ascii_uppercase());
        if !is_money && unit != "%" && is_plain && YEARS.contains(&value) {
            return alone;
        }
        self.at = self.at.max(place.end);
        let sign = if unit == "%" { sign(self.text, place.start) } else { 1.0 };
        let value = sign * value * factor;
        Mark { place, value: Value::Number { value, unit: Some(unit), is_plain } }
    }
}

impl Iterator for Scan<'_> {
    type Item = Mark;

    fn next(&mut self) -> Option<Mark> {
        loop {
            let start = self.at + self.text[self.at..].find(|c: char| c.is_ascii_digit())?;
            let before = self.text[..start].chars().next_back();
            let is_part_of_word = before.is_some_and(|c| c.is_ascii_alphanumeric());
            if let Some(date) = date::find(self.text, start, self.language) {
                self.at = date.end;
                match date.day {
                    Some(day) => {
                        let place = date.start..date.end;
                        return Some(Mark { place, value: Value::Day(day) });
                    }
                    None => continue,
                }
            }
            let money_touches = unit_before(self.text, start).is_some();
            if is_part_of_word && !money_touches {
                self.at = number::amount(self.text, start, self.language).end;
                continue;
            }
            return Some(self.number(start));
        }
    }
}

/// The unit behind a number, what it multiplies with, and where it ends.
fn unit_behind(text: &str, end: usize) -> Option<(&'static str, f64, usize)> {
    let rest = &text[end..];
    let gap = rest.len() - rest.trim_start_matches([' ', '-']).len();
    if 2 < gap {
        return None;
    }
    // "of" stands between in many languages: 20 millions de dollars; 个 and ก count in others.
    let links = ["de ", "d'", "di ", "en ", "of ", "เหรียญ", "多", "余", "余り", "여 ", "개 "];
    let link = links.iter().find(|link| rest[gap..].starts_with(**link));
    let from = end + gap + link.map_or(0, |link| link.len());
    let unit = |from: usize| {
        let ((unit, factor), length) = words::at(&text[from..], |meaning| match meaning {
            Meaning::Unit { unit, factor } => Some((unit, factor)),
            _ => None,
        })?;
        Some((unit, factor, from + length))
    };
    unit(from).or_else(|| unit(end + gap))
}

/// A sign or code in front of a number, and where it starts.
fn unit_before(text: &str, start: usize) -> Option<(&'static str, usize)> {
    let before = text[..start].trim_end_matches(' ');
    if 1 < start - before.len() {
        return None;
    }
    words::unit_at_end(before)
}

/// Minus one behind a minus sign that is no dash between two numbers.
fn sign(text: &str, start: usize) -> f64 {
    let mut before = text[..start].chars().rev();
    let is_minus = before.next().is_some_and(|c| matches!(c, '-' | '−'));
    let is_dash = before.next().is_some_and(|c| c.is_alphanumeric() || c == ' ');
    if is_minus && !is_dash { -1.0 } else { 1.0 }
}

#[cfg(test)]
mod tests;
