//! Numbers as people write them: 1,234.5, 1.234,5, 1 234,5, 12,34,567, 4億2千万.

use super::words::{self, Meaning};
use crate::model::Language;

/// Digits and separators looked at.
const LETTERS_MAX: usize = 32;

/// Languages that write a point before the fraction; the others write a comma.
const POINT_LANGUAGES: &[&str] =
    &["en", "ja", "zh", "ko", "he", "hi", "th", "ur", "ms", "bn", "ta", "te", "my", "km"];

/// A number with its magnitude, and where it ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Amount {
    pub(super) value: f64,
    pub(super) end: usize,
    /// Nothing but digits: it may be a year.
    pub(super) is_plain: bool,
}

/// The number at `start` with its magnitude.
pub(super) fn amount(text: &str, start: usize, language: Language) -> Amount {
    let (mut value, mut end) = number(text, start, language);
    let mut is_plain = text[start..end].bytes().all(|byte| byte.is_ascii_digit());
    let mut sum = 0.0;
    // 千 and smaller ones belong to the 万, 億 or 兆 that follows: 4億2千万 is 4億 and 2000万.
    let mut section = 0.0;
    // A second word of magnitude multiplies the first: mil millones, พันล้าน.
    let mut last: Option<f64> = None;
    loop {
        let blank = usize::from(text[end..].starts_with(' '));
        let Some(((factor, is_small), length)) = words::at(&text[end + blank..], magnitude) else {
            break;
        };
        let word = &text[end + blank..end + blank + length];
        let is_short = word.len() <= 4 && word.is_ascii();
        is_plain = false;
        end += blank + length;
        if is_short && text[end..].starts_with('.') {
            end += 1;
        }
        if is_small {
            section += value.max(1.0) * factor;
            value = 0.0;
        } else if let (Some(last_factor), true) = (last, value + section == 0.0) {
            sum += sum * factor - sum;
            last = Some(last_factor * factor);
        } else {
            sum += (section + value) * factor;
            section = 0.0;
            value = 0.0;
            last = Some(factor);
        }
        if text[end..].starts_with(|c: char| c.is_ascii_digit()) {
            (value, end) = number(text, end, language);
        }
    }
    Amount { value: sum + section + value, end, is_plain }
}

fn magnitude(meaning: Meaning) -> Option<(f64, bool)> {
    match meaning {
        Meaning::Magnitude { factor, is_small } => Some((factor, is_small)),
        _ => None,
    }
}

/// Digits with separators, and where they end.
fn number(text: &str, start: usize, language: Language) -> (f64, usize) {
    let (groups, end) = groups(text, start);
    let mut digits = String::new();
    let fraction_from = fraction(&groups, language);
    for (index, (_, group)) in groups.iter().enumerate() {
        if fraction_from == Some(index) {
            digits.push('.');
        }
        digits.push_str(group);
    }
    (digits.parse().unwrap_or(0.0), end)
}

/// The runs of digits with the separator before each.
fn groups(text: &str, start: usize) -> (Vec<(char, &str)>, usize) {
    let mut groups = Vec::new();
    let mut separator = ' ';
    let mut at = start;
    loop {
        let rest = &text[at..];
        let length = rest.bytes().take(LETTERS_MAX).take_while(u8::is_ascii_digit).count();
        groups.push((separator, &rest[..length]));
        at += length;
        let Some(next) = text[at..].chars().next() else { break };
        let behind = &text[at + next.len_utf8()..];
        let n_digits = behind.bytes().take(4).take_while(u8::is_ascii_digit).count();
        let is_group = n_digits == 3 && length <= 3;
        let goes_on = match next {
            '.' | ',' | '٫' => 0 < n_digits,
            ' ' | '\'' | '’' | '٬' => is_group,
            _ => false,
        };
        let is_change_of_rule = 2 < groups.len() && next == ' ' && separator != ' ';
        if !goes_on || is_change_of_rule || LETTERS_MAX < at - start {
            break;
        }
        separator = next;
        at += next.len_utf8();
    }
    (groups, at)
}

/// Which group is the fraction, if any.
fn fraction(groups: &[(char, &str)], language: Language) -> Option<usize> {
    let last = groups.len() - 1;
    let (separator, digits) = *groups.get(last).filter(|_| 0 < last)?;
    let same = groups[1..].iter().filter(|(other, _)| *other == separator).count();
    let point_is_fraction = POINT_LANGUAGES.contains(&language.as_str());
    let is_fraction = match separator {
        '٫' => true,
        ' ' | '\'' | '’' | '٬' => false,
        // 1,234.5 and 1 234,5: the last of two kinds; 1.234.567: one kind twice.
        _ if same < last => true,
        _ if 1 < same => false,
        _ if digits.len() != 3 || groups[0].1 == "0" || 3 < groups[0].1.len() => true,
        '.' => point_is_fraction,
        _ => !point_is_fraction && uses_blanks(language),
    };
    is_fraction.then_some(last)
}

/// Languages that part thousands by a blank, so that a comma is a fraction's.
fn uses_blanks(language: Language) -> bool {
    ["ru", "uk", "kk", "bg", "fr", "pl", "cs", "sk", "fi", "sv", "nb", "hu", "uz", "hy", "ka"]
        .contains(&language.as_str())
}
