//! What letters, digits and marks tell, whatever the words say.

use super::joint::is_comma;
use super::{Sheet, number};
use crate::model::Field;
use crate::understand::context::Reading;
use crate::understand::lexicon::Kind;

/// Writes down the look of a text; returns how often it speaks of its own country.
pub(super) fn letters(sheet: &mut Sheet, reading: &Reading<'_>) -> usize {
    let n_ours = reading.mentions.iter().filter(|it| it.kind == Kind::Home).count();
    sheet.capped(format_args!("ours"), n_ours, 3);
    sheet.capped(format_args!("look_alikes"), reading.n_masks, 3);
    let (mut n_letters, mut n_commas) = (0_usize, 0_usize);
    let mut numbers = Numbers::default();
    for zone in &reading.zones {
        let text = zone.folded.as_str();
        n_letters += text.chars().count();
        n_commas += text.chars().filter(|c| is_comma(*c)).count();
        numbers.count(text);
    }
    sheet.share(format_args!("digits"), numbers.digits, n_letters, 0.0);
    sheet.share(format_args!("commas"), n_commas, n_letters, 0.0);
    sheet.capped(format_args!("results"), numbers.results, 5);
    sheet.capped(format_args!("years_before_1991"), numbers.old_years, 5);
    sheet.put(format_args!("length"), number(n_letters + 1).ln());
    sheet.capped(format_args!("sentences"), reading.sentences.len(), 60);
    let zone = |field| reading.zone(field).map_or("", |zone| zone.folded.as_str());
    sheet.flag(format_args!("has_body"), !zone(Field::Body).is_empty());
    sheet.flag(format_args!("title.question"), zone(Field::Title).contains('?'));
    sheet.flag(format_args!("title.colon"), zone(Field::Title).contains(':'));
    n_ours
}

#[derive(Default)]
struct Numbers {
    digits: usize,
    /// Two short numbers with a dash or colon between them: 3-1.
    results: usize,
    old_years: usize,
}

impl Numbers {
    fn count(&mut self, text: &str) {
        let mut before: Option<(&str, &str)> = None;
        let mut rest = text;
        while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
            let gap = &rest[..start];
            let digits = &rest[start..];
            let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            let word = &digits[..end];
            self.digits += word.len();
            self.old_years += usize::from(word.len() == 4 && ("1800".."1991").contains(&word));
            let is_short = |word: &str| word.len() <= 3;
            let is_result = before.is_some_and(|(previous, _)| is_short(previous));
            self.results += usize::from(is_result && matches!(gap, "-" | ":") && is_short(word));
            before = Some((word, gap));
            rest = &digits[end..];
        }
    }
}
