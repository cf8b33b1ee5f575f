//! One form for all spellings of a text, with the way back to the source.
//!
//! Invariant: every range of folded letters leads to whole characters of the source.

use std::ops::Range;

use super::letter::{Letters, Step};
use super::markup::{Piece, Pieces};

/// Longest folded text, in bytes: ten times a long article. What follows is not looked at.
const FOLDED_BYTES_MAX: usize = 256 * 1024;

/// A text in the form that the lexicon is compared with.
///
/// Lower case; no marks, markup, entities or soft hyphens; one form for letter variants
/// (dotless i, Arabic kaf and yeh, half-width kana); one blank between words, `\n` between
/// lines and blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    text: String,
    /// For each folded byte, the bytes of the source that stand for its letter.
    sources: Vec<(u32, u32)>,
}

impl Folded {
    /// The folded text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Where the folded bytes `range` stand in the source.
    pub fn source(&self, range: Range<usize>) -> Range<usize> {
        let start = self.sources.get(range.start).map_or(0, |source| source.0 as usize);
        let last = range.end.checked_sub(1).and_then(|last| self.sources.get(last));
        let end = last.map_or(start, |source| source.1 as usize);
        start..end.max(start)
    }

    fn push(&mut self, letter: char, start: u32, end: u32) {
        self.text.push(letter);
        self.sources.resize(self.text.len(), (start, end));
    }

    fn replace_last(&mut self, letter: char, end: u32) {
        let start = self.sources.last().map_or(end, |source| source.0);
        self.text.pop();
        self.sources.truncate(self.text.len());
        self.push(letter, start, end);
    }

    /// Lets the last letter reach to `end`: a mark behind it was dropped.
    fn extend_last(&mut self, end: u32) {
        let Some(last) = self.text.chars().next_back() else { return };
        if last == ' ' || last == '\n' {
            return;
        }
        for source in self.sources.iter_mut().rev().take(last.len_utf8()) {
            source.1 = end;
        }
    }

    fn push_gap(&mut self, gap: char, start: u32, end: u32) {
        match self.text.chars().next_back() {
            Some(' ') if gap == '\n' => self.replace_last('\n', end),
            None | Some('\n' | ' ') => {}
            Some(_) => self.push(gap, start, end),
        }
    }
}

/// Folds a text that may hold markup.
///
/// ```
/// use silkwire::understand::text::fold;
/// let text = "İl&shy;ham <b>ƏLİ</b>YEV";
/// let folded = fold(text);
/// assert_eq!(folded.as_str(), "ilham eliyev");
/// assert_eq!(&text[folded.source(6..12)], "ƏLİ</b>YEV");
/// ```
pub fn fold(source: &str) -> Folded {
    let letters = Letters::new();
    let mut folded = Folded::default();
    for piece in Pieces::of(source) {
        if FOLDED_BYTES_MAX <= folded.text.len() {
            break;
        }
        match piece {
            Piece::Break { at } => folded.push_gap('\n', offset(at), offset(at)),
            Piece::Letter { letter, start, end } => {
                let (start, end) = (offset(start), offset(end));
                if letter.is_whitespace() {
                    let gap = if matches!(letter, '\n' | '\r') { '\n' } else { ' ' };
                    folded.push_gap(gap, start, end);
                } else {
                    let last = folded.text.chars().next_back();
                    letters.fold(letter, last, |step| match step {
                        Step::Push(' ') => folded.push_gap(' ', start, end),
                        Step::Push(letter) => folded.push(letter, start, end),
                        Step::ReplaceLast(letter) => folded.replace_last(letter, end),
                        Step::Extend => folded.extend_last(end),
                    });
                }
            }
        }
    }
    folded
}

/// Folds a term of the lexicon: like [`fold`], without a way back and without blanks at the ends.
pub fn fold_term(term: &str) -> String {
    fold(term).text.trim().to_owned()
}

/// Sources beyond 4 GiB do not reach us; an offset that saturates is cut by `Folded::source`'s users.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Goal: one name is one name, however a keyboard or a publisher writes it.
    #[test]
    fn spellings_fold_together() {
        for (text, folded) in [
            ("AZƏRBAYCAN", "azerbaycan"),
            ("İstanbul ISPARTA ısı", "istanbul isparta isi"),
            ("ﾊﾞｸｰ", "バクー"),
            ("ハ\u{3099}クー", "バクー"),
            ("\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}", "한국"),
            ("آذربایجان", "اذربايجان"),
            ("می\u{200c}شود", "ميشود"),
            ("Aser\u{ad}baid&shy;schan", "aserbaidschan"),
            ("ＪＩＣＡ　１", "jica 1"),
            ("Алёша Київ", "алеша киів"),
            ("S\u{307}a\u{308}", "sa"),
        ] {
            assert_eq!(fold_term(text), folded, "{text}");
        }
    }

    /// Goal: highlighted words are whole, with the marks that belong to them.
    #[test]
    fn way_back_keeps_marks_and_entities() {
        let text = "To\u{304}kyo\u{304} &eacute;t";
        let folded = fold(text);
        assert_eq!(folded.as_str(), "tokyo et");
        assert_eq!(&text[folded.source(0..5)], "To\u{304}kyo\u{304}");
        assert_eq!(&text[folded.source(6..7)], "&eacute;");
    }

    proptest! {
        /// Goal: no text stops us, and evidence never cuts a character.
        #[test]
        fn any_text_folds_with_valid_offsets(
            text in "[<>&;#a-zƏİı\u{ad}\u{307}\u{3099}ﾊﾞ\u{1112}\u{1161} \n]{0,60}|\\PC{0,60}",
        ) {
            let folded = fold(&text);
            let edges: Vec<usize> = folded.as_str().char_indices().map(|(at, _)| at).collect();
            for pair in edges.windows(2) {
                let source = folded.source(pair[0]..pair[1]);
                prop_assert!(text.get(source).is_some());
            }
        }

        /// Goal: folding a folded term changes nothing, so lexicon and text meet.
        #[test]
        fn folding_twice_is_folding_once(text in "[a-zA-ZəİıßأىکةЁҐäçñ가-힣ァ-ン日本 ]{0,40}") {
            let once = fold_term(&text);
            prop_assert_eq!(fold_term(&once), once);
        }
    }
}
