//! Amounts of money and shares in a text, with their value in plain numbers.

use std::ops::Range;

use super::context::{Reading, Zone};
use super::words::Script;
use crate::model::Figure;

/// Figures kept for a text.
const FIGURES_MAX: usize = 16;

/// Words of magnitude, folded; as stems where words are inflected.
const MAGNITUDES: &[(&str, f64)] = &[
    ("thousand", 1e3),
    ("tausend", 1e3),
    ("mille", 1e3),
    ("mil", 1e3),
    ("mila", 1e3),
    ("тыс", 1e3),
    ("min", 1e3),
    ("bin", 1e3),
    ("الف", 1e3),
    ("هزار", 1e3),
    ("million", 1e6),
    ("millionen", 1e6),
    ("millions", 1e6),
    ("millones", 1e6),
    ("millon", 1e6),
    ("milioni", 1e6),
    ("milione", 1e6),
    ("milyon", 1e6),
    ("milyonluk", 1e6),
    ("mln", 1e6),
    ("mio", 1e6),
    ("mn", 1e6),
    ("m", 1e6),
    ("млн", 1e6),
    ("миллион", 1e6),
    ("миллиона", 1e6),
    ("миллионов", 1e6),
    ("مليون", 1e6),
    ("ملايين", 1e6),
    ("ميليون", 1e6),
    ("milhoes", 1e6),
    ("billion", 1e9),
    ("billions", 1e9),
    ("milliarden", 1e9),
    ("milliarde", 1e9),
    ("mrd", 1e9),
    ("milliards", 1e9),
    ("milliard", 1e9),
    ("miliardi", 1e9),
    ("miliardo", 1e9),
    ("milyar", 1e9),
    ("milyard", 1e9),
    ("mlrd", 1e9),
    ("mld", 1e9),
    ("bn", 1e9),
    ("млрд", 1e9),
    ("миллиард", 1e9),
    ("миллиарда", 1e9),
    ("миллиардов", 1e9),
    ("مليار", 1e9),
    ("مليارات", 1e9),
    ("ميليارد", 1e9),
    ("trillion", 1e12),
    ("trilyon", 1e12),
    ("трлн", 1e12),
];

/// Magnitudes of East Asia follow the number at once and may be chained: 4億5200万.
const CHAINED: &[(char, f64)] = &[
    ('千', 1e3),
    ('천', 1e3),
    ('万', 1e4),
    ('萬', 1e4),
    ('만', 1e4),
    ('億', 1e8),
    ('亿', 1e8),
    ('억', 1e8),
    ('兆', 1e12),
    ('조', 1e12),
];

/// Words and signs of currencies, folded, as beginnings of words.
const CURRENCIES: &[(&str, &str)] = &[
    ("us$", "USD"),
    ("$", "USD"),
    ("usd", "USD"),
    ("us-dollar", "USD"),
    ("us dollar", "USD"),
    ("u.s. dollar", "USD"),
    ("american dollar", "USD"),
    ("dollar", "USD"),
    ("dolar", "USD"),
    ("abs dollari", "USD"),
    ("abd dolari", "USD"),
    ("долл", "USD"),
    ("دولار", "USD"),
    ("دلار", "USD"),
    ("ドル", "USD"),
    ("米ドル", "USD"),
    ("美元", "USD"),
    ("달러", "USD"),
    ("€", "EUR"),
    ("eur", "EUR"),
    ("евро", "EUR"),
    ("avro", "EUR"),
    ("يورو", "EUR"),
    ("ユーロ", "EUR"),
    ("欧元", "EUR"),
    ("유로", "EUR"),
    ("¥", "JPY"),
    ("jpy", "JPY"),
    ("yen", "JPY"),
    ("japanese yen", "JPY"),
    ("yapon iyeni", "JPY"),
    ("iyen", "JPY"),
    ("иен", "JPY"),
    ("йен", "JPY"),
    ("ين", "JPY"),
    ("円", "JPY"),
    ("日元", "JPY"),
    ("엔", "JPY"),
    ("₼", "AZN"),
    ("azn", "AZN"),
    ("manat", "AZN"),
    ("манат", "AZN"),
    ("マナト", "AZN"),
    ("马纳特", "AZN"),
    ("마나트", "AZN"),
    ("منات", "AZN"),
    ("£", "GBP"),
    ("gbp", "GBP"),
    ("pound", "GBP"),
    ("cny", "CNY"),
    ("yuan", "CNY"),
    ("юан", "CNY"),
    ("人民币", "CNY"),
    ("人民元", "CNY"),
    ("₽", "RUB"),
    ("rub", "RUB"),
    ("руб", "RUB"),
];

/// Words of shares, folded, as beginnings of words.
const PERCENTS: &[&str] = &[
    "%",
    "٪",
    "percent",
    "per cent",
    "prozent",
    "pour cent",
    "por ciento",
    "per cento",
    "процент",
    "faiz",
    "パーセント",
    "퍼센트",
    "بالمايه",
    "درصد",
    "في المايه",
];

/// Amounts and shares, in the order of the text, each once.
pub(super) fn find(reading: &Reading<'_>) -> Vec<Figure> {
    let mut figures: Vec<Figure> = Vec::new();
    for zone in &reading.zones {
        for figure in Scan::of(zone) {
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
    at: usize,
}

impl<'a> Scan<'a> {
    fn of(zone: &'a Zone<'a>) -> Self {
        Self { zone, text: zone.folded.as_str(), at: 0 }
    }

    fn figure(&self, place: Range<usize>, value: f64, unit: &str) -> Option<Figure> {
        let text = self.zone.source.get(self.zone.folded.source(place))?;
        Some(Figure { text: text.to_owned(), value, unit: unit.to_owned() })
    }
}

impl Iterator for Scan<'_> {
    type Item = Figure;

    fn next(&mut self) -> Option<Figure> {
        loop {
            let start = self.at + self.text[self.at..].find(|c: char| c.is_ascii_digit())?;
            let (value, end) = amount(self.text, start);
            self.at = end;
            let is_part_of_word =
                self.text[..start].chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric());
            if is_part_of_word {
                continue;
            }
            let found = match unit_behind(self.text, end) {
                Some((unit, end)) => Some((start..end, unit)),
                None => unit_before(self.text, start).map(|(unit, start)| (start..end, unit)),
            };
            let Some((place, unit)) = found else { continue };
            self.at = self.at.max(place.end);
            if let Some(figure) = self.figure(place, value, unit) {
                return Some(figure);
            }
        }
    }
}

/// The number at `start` with its magnitude, and where it ends.
fn amount(text: &str, start: usize) -> (f64, usize) {
    let (mut value, mut end) = number(text, start);
    let mut sum = 0.0;
    // 千 and smaller ones belong to the 万, 億 or 兆 that follows: 4億2千万 is 4億 and 2000万.
    let mut section = 0.0;
    let mut is_chained = false;
    while let Some(magnitude) = text[end..].chars().next().and_then(chained) {
        let (letter, factor) = magnitude;
        is_chained = true;
        if factor < 1e4 {
            section += value * factor;
        } else {
            sum += (section + value) * factor;
            section = 0.0;
        }
        value = 0.0;
        end += letter.len_utf8();
        if text[end..].starts_with(|c: char| c.is_ascii_digit()) {
            (value, end) = number(text, end);
        }
    }
    if is_chained {
        return (sum + section + value, end);
    }
    let blank = usize::from(text[end..].starts_with(' '));
    let rest = &text[end + blank..];
    let word = &rest[..rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len())];
    match MAGNITUDES.iter().find(|(known, _)| *known == word) {
        Some((_, factor)) => {
            let dot = usize::from(rest[word.len()..].starts_with('.') && word.chars().count() < 4);
            (value * factor, end + blank + word.len() + dot)
        }
        None => (value, end),
    }
}

fn chained(letter: char) -> Option<(char, f64)> {
    CHAINED.iter().copied().find(|(known, _)| *known == letter)
}

/// Digits with separators: groups of three are thousands, anything else is a fraction.
fn number(text: &str, start: usize) -> (f64, usize) {
    const DIGITS_MAX: usize = 24;
    let mut digits = String::new();
    let mut end = start;
    let mut fraction = None;
    for letter in text[start..].chars().take(DIGITS_MAX) {
        if letter.is_ascii_digit() {
            digits.push(letter);
        } else {
            let group = text[end + letter.len_utf8()..].bytes().take_while(u8::is_ascii_digit);
            let n_digits = group.take(4).count();
            let is_separator = matches!(letter, '.' | ',' | '\'' | '٬' | '٫' | ' ');
            let is_group = n_digits == 3 && !digits.is_empty() && digits != "0";
            if !is_separator || n_digits == 0 || (letter == ' ' && !is_group) {
                break;
            }
            if !is_group {
                if fraction.is_some() {
                    break;
                }
                fraction = Some(digits.len());
            }
        }
        end += letter.len_utf8();
    }
    if let Some(at) = fraction {
        digits.insert(at, '.');
    }
    (digits.parse().unwrap_or(0.0), end)
}

/// The unit behind a number, and where it ends.
fn unit_behind(text: &str, end: usize) -> Option<(&'static str, usize)> {
    let rest = &text[end..];
    let gap = rest.len() - rest.trim_start_matches([' ', '-']).len();
    // "of" stands between in Romance languages: 20 millions de dollars.
    let link = ["de ", "d'", "di ", "en "].iter().find(|link| rest[gap..].starts_with(**link));
    let from = end + gap + link.map_or(0, |link| link.len());
    let percent =
        PERCENTS.iter().filter_map(|word| unit_word(text, from, word).map(|end| ("%", end)));
    let currency = CURRENCIES
        .iter()
        .filter_map(|(word, code)| unit_word(text, from, word).map(|end| (*code, end)));
    if 2 < gap { None } else { percent.chain(currency).max_by_key(|(_, end)| *end) }
}

/// Letters that a case ending may add to a unit.
const ENDING_LETTERS_MAX: usize = 6;

/// The end of the word at `from`, if it begins with `word`.
fn unit_word(text: &str, from: usize, word: &str) -> Option<usize> {
    if !text[from..].starts_with(word) {
        return None;
    }
    let end = from + word.len();
    let is_word =
        word.chars().next_back().is_some_and(|c| c.is_alphabetic() && Script::of(c).has_edges());
    if !is_word {
        return Some(end);
    }
    let ending = text[end..].chars().take_while(|c| c.is_alphabetic());
    let ending: Vec<char> = ending.take(ENDING_LETTERS_MAX + 1).collect();
    let length: usize = ending.iter().map(|c| c.len_utf8()).sum();
    (ending.len() <= ENDING_LETTERS_MAX).then_some(end + length)
}

/// A sign or code in front of a number, and where it starts.
fn unit_before(text: &str, start: usize) -> Option<(&'static str, usize)> {
    let before = text[..start].trim_end_matches(' ');
    if 1 < start - before.len() {
        return None;
    }
    let signs = CURRENCIES.iter().filter(|(word, _)| {
        word.len() <= 3 && before.ends_with(word) && {
            let is_letter = |c: char| c.is_alphabetic();
            let outside = before[..before.len() - word.len()].chars().next_back();
            !word.ends_with(is_letter) || !outside.is_some_and(is_letter)
        }
    });
    let (word, code) = signs.max_by_key(|(word, _)| word.len())?;
    Some((*code, before.len() - word.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Field;
    use crate::understand::text::fold;

    fn figures(source: &str) -> Vec<(String, f64, String)> {
        let zone = Zone { field: Field::Title, source, folded: fold(source) };
        Scan::of(&zone).map(|it| (it.text, it.value, it.unit)).collect()
    }

    /// Goal: a trade desk can sort amounts from any language.
    #[test]
    fn amounts_are_normalised() {
        for (text, words, value, unit) in [
            ("ein Volumen von 452 Millionen US-Dollar.", "452 Millionen US-Dollar", 452e6, "USD"),
            ("worth $1.5 billion a year", "$1.5 billion", 1.5e9, "USD"),
            ("un prêt de 20 millions d'euros", "20 millions d'euros", 20e6, "EUR"),
            ("grant of 1,234,567 yen", "1,234,567 yen", 1_234_567.0, "JPY"),
            ("на сумму 3,4 млрд долларов", "3,4 млрд долларов", 3.4e9, "USD"),
            ("4億5200万ドルに", "4億5200万ドル", 452e6, "USD"),
            ("5億円の", "5億円", 5e8, "JPY"),
            ("4億2千万円で", "4億2千万円", 420e6, "JPY"),
            ("2.5 milyon manatlıq", "2.5 milyon manatlıq", 2.5e6, "AZN"),
            ("12 milyon dolarlık", "12 milyon dolarlık", 12e6, "USD"),
            ("١٢ مليون دولار", "١٢ مليون دولار", 12e6, "USD"),
            ("stieg um 49 Prozent", "49 Prozent", 49.0, "%"),
            ("up 3.5% on the year", "3.5%", 3.5, "%"),
        ] {
            assert_eq!(figures(text), [(words.to_owned(), value, unit.to_owned())], "{text}");
        }
    }

    /// Goal: dates, scores and names with numbers are no amounts.
    #[test]
    fn other_numbers_are_left_alone() {
        for text in ["COP29 in 2024", "am 24. November 2026", "3:1", "Boeing 737 landed", "29日"] {
            assert_eq!(figures(text), [], "{text}");
        }
    }
}
