//! Amounts of money, shares, counts, measures and days in a text, with their value.
//!
//! A number counts only beside a word or sign that says what it counts: years, results, telephone
//! numbers and versions have none.

mod date;
mod number;
mod words;

use std::ops::Range;

use self::words::Meaning;
use super::context::{Reading, Zone};
use crate::model::{Figure, Language};

/// Figures kept for a text.
const FIGURES_MAX: usize = 16;

/// The unit of a day; its value is year, month and day as one number: 20261126.
const DATE: &str = "date";

/// Plain numbers between these are years, not counts.
const YEARS: Range<f64> = 1900.0..2101.0;

/// Figures in the order of the text, each once.
pub(super) fn find(reading: &Reading<'_>) -> Vec<Figure> {
    let mut figures: Vec<Figure> = Vec::new();
    for zone in &reading.zones {
        for figure in Scan::of(zone, reading.language) {
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

struct Scan<'a> {
    zone: &'a Zone<'a>,
    text: &'a str,
    language: Language,
    at: usize,
}

impl<'a> Scan<'a> {
    fn of(zone: &'a Zone<'a>, language: Language) -> Self {
        Self { zone, text: zone.folded.as_str(), language, at: 0 }
    }

    fn figure(&self, place: Range<usize>, value: f64, unit: &str) -> Option<Figure> {
        let text = self.zone.source.get(self.zone.folded.source(place))?;
        Some(Figure { text: text.to_owned(), value, unit: unit.to_owned() })
    }

    /// The amount at the digit at `start`, if something says what it counts.
    fn amount(&mut self, start: usize) -> Option<Figure> {
        let amount = number::amount(self.text, start, self.language);
        self.at = amount.end;
        let (unit, factor, place) =
            if let Some((unit, factor, end)) = unit_behind(self.text, amount.end) {
                (unit, factor, start..end)
            } else {
                let (unit, from) = unit_before(self.text, start)?;
                (unit, 1.0, from..amount.end)
            };
        let is_money = unit.len() == 3 && unit.bytes().all(|byte| byte.is_ascii_uppercase());
        if !is_money && unit != "%" && amount.is_plain && YEARS.contains(&amount.value) {
            return None;
        }
        self.at = self.at.max(place.end);
        let sign = if unit == "%" { sign(self.text, place.start) } else { 1.0 };
        self.figure(place, sign * amount.value * factor, unit)
    }
}

impl Iterator for Scan<'_> {
    type Item = Figure;

    fn next(&mut self) -> Option<Figure> {
        loop {
            let start = self.at + self.text[self.at..].find(|c: char| c.is_ascii_digit())?;
            let before = self.text[..start].chars().next_back();
            let is_part_of_word = before.is_some_and(|c| c.is_ascii_alphanumeric());
            let is_month_first = self.language.as_str() == "en";
            if let Some(date) = date::find(self.text, start, is_month_first) {
                self.at = date.end;
                let figure =
                    date.value.and_then(|value| self.figure(date.start..date.end, value, DATE));
                if figure.is_some() {
                    return figure;
                }
                continue;
            }
            let money_touches = unit_before(self.text, start).is_some();
            if is_part_of_word && !money_touches {
                self.at = number::amount(self.text, start, self.language).end;
                continue;
            }
            if let Some(figure) = self.amount(start) {
                return Some(figure);
            }
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
