//! One form for all spellings of a text, with the way back to the source.
//!
//! Invariant: every range of folded letters leads to whole characters of the source.

use std::ops::Range;

use super::letter::{Letters, Step, TABLE};
use super::markup::{Piece, Pieces};

/// Longest folded text, in bytes: ten times a long article. What follows is not looked at.
const FOLDED_BYTES_MAX: usize = 256 * 1024;

/// So many bytes a run has at least in most texts.
const BYTES_PER_RUN: usize = 32;

/// A text in the form that the lexicon is compared with.
///
/// Lower case; no marks, markup, entities or soft hyphens; one form for letter variants
/// (dotless i, Arabic kaf and yeh, half-width kana); one blank between words, `\n` between
/// lines and blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    text: String,
    runs: Vec<Run>,
}

/// Where a stretch of folded bytes, up to the next run, comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    /// Its first folded byte.
    folded: u32,
    /// Its first byte in the source.
    source: u32,
    /// 0: source and folded text have the same length, letter by letter. Else the run is one
    /// letter, and so many bytes of the source stand for it.
    length: u32,
}

impl Folded {
    /// The folded text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Where the folded bytes `range` stand in the source.
    pub fn source(&self, range: Range<usize>) -> Range<usize> {
        let start = self.letter_at(self.text.floor_char_boundary(range.start)).start;
        let end = match range.end.checked_sub(1) {
            Some(last) => self.letter_at(self.text.ceil_char_boundary(last + 1) - 1).end,
            None => start,
        };
        start..end.max(start)
    }

    /// The source of the letter with the folded byte `at`, exact at the letter's own edge.
    fn letter_at(&self, at: usize) -> Range<usize> {
        let next = self.runs.partition_point(|run| run.folded as usize <= at);
        let Some(run) = next.checked_sub(1).map(|index| self.runs[index]) else { return 0..0 };
        let start = run.source as usize;
        if run.length != 0 {
            return start..start + run.length as usize;
        }
        let start = start + (at - run.folded as usize);
        start..start + 1
    }

    /// Adds a stretch of the source that needs no more than lower case in ASCII.
    fn push_stretch(&mut self, stretch: &str, start: usize) {
        let before = self.text.len();
        self.continue_run(offset(start));
        self.text.push_str(stretch);
        self.text[before..].make_ascii_lowercase();
    }

    fn push(&mut self, letter: char, start: u32, end: u32) {
        let length = end.saturating_sub(start);
        if letter.len_utf8() == length as usize {
            self.continue_run(start);
        } else {
            self.runs.push(Run { folded: offset(self.text.len()), source: start, length });
        }
        self.text.push(letter);
    }

    /// Lets letters of equal length from `source` on follow.
    fn continue_run(&mut self, source: u32) {
        let folded = offset(self.text.len());
        let goes_on = self.runs.last().is_some_and(|run| {
            run.length == 0 && run.source.wrapping_add(folded - run.folded) == source
        });
        if !goes_on {
            self.runs.push(Run { folded, source, length: 0 });
        }
    }

    /// Takes the last letter away; says where it starts in the source.
    fn pop(&mut self) -> Option<(char, u32)> {
        let last = self.text.pop()?;
        let folded = offset(self.text.len());
        let run = *self.runs.last()?;
        if run.folded == folded {
            self.runs.pop();
        }
        let within = if run.length == 0 { folded - run.folded } else { 0 };
        Some((last, run.source + within))
    }

    fn replace_last(&mut self, letter: char, end: u32) {
        let start = self.pop().map_or(end, |(_, start)| start);
        self.push(letter, start, end);
    }

    /// Lets the last letter reach to `end`: a mark behind it was dropped.
    fn extend_last(&mut self, end: u32) {
        match self.last() {
            None | Some(' ' | '\n') => {}
            Some(last) => self.replace_last(last, end),
        }
    }

    fn last(&self) -> Option<char> {
        self.text.chars().next_back()
    }

    fn push_gap(&mut self, gap: char, start: u32, end: u32) {
        match self.last() {
            Some(' ') if gap == '\n' => self.replace_last('\n', end),
            None | Some('\n' | ' ') => {}
            Some(_) => self.push(gap, start, end),
        }
    }

    fn push_piece(&mut self, letters: &Letters, piece: Piece) {
        match piece {
            Piece::Break { at } => self.push_gap('\n', offset(at), offset(at)),
            Piece::Letter { letter, start, end } => {
                let (start, end) = (offset(start), offset(end));
                if letter.is_whitespace() {
                    let gap = if matches!(letter, '\n' | '\r') { '\n' } else { ' ' };
                    return self.push_gap(gap, start, end);
                }
                letters.fold(letter, self.last(), |step| match step {
                    Step::Push(' ') => self.push_gap(' ', start, end),
                    Step::Push(letter) => self.push(letter, start, end),
                    Step::ReplaceLast(letter) => self.replace_last(letter, end),
                    Step::Extend => self.extend_last(end),
                });
            }
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
    let mut pieces = Pieces::of(source);
    let mut folded = Folded::default();
    folded.text.reserve(source.len().min(FOLDED_BYTES_MAX));
    folded.runs.reserve(source.len().min(FOLDED_BYTES_MAX) / BYTES_PER_RUN);
    while folded.text.len() < FOLDED_BYTES_MAX {
        let start = pieces.at();
        let Stretch { length, changed } = stretch(source, start, &folded);
        if 0 < length {
            folded.push_stretch(&source[start..start + length], start);
            pieces.advance(length);
        }
        if let Some((letter, n_bytes)) = changed {
            let start = start + length;
            folded.push(letter, offset(start), offset(start + n_bytes));
            pieces.advance(n_bytes);
        } else if folded.text.len() < FOLDED_BYTES_MAX {
            match pieces.next() {
                Some(piece) => folded.push_piece(&letters, piece),
                None => break,
            }
        }
    }
    folded
}

/// What needs no closer look.
struct Stretch {
    /// So many bytes need no more than lower case in ASCII: most of most texts.
    length: usize,
    /// The letter behind them, folded, with its length in the source, if it becomes one other
    /// letter.
    changed: Option<(char, usize)>,
}

fn stretch(source: &str, at: usize, folded: &Folded) -> Stretch {
    let room = FOLDED_BYTES_MAX - folded.text.len();
    let bytes = &source.as_bytes()[at..];
    let bytes = &bytes[..room.min(bytes.len())];
    let mut takes_blank = !matches!(folded.text.as_bytes().last(), None | Some(b' ' | b'\n'));
    // Most letters stand on the page of the one before.
    let (mut high, mut page) = (0, TABLE.page(0));
    let mut rest = bytes;
    loop {
        let (code, n_bytes) = match *rest {
            [b' ', 0x80..=0xff, ..] if takes_blank => {
                takes_blank = false;
                rest = &rest[1..];
                continue;
            }
            [0..0x80, ..] => {
                let (n_bytes, ends_blank) = plain_ascii(rest, takes_blank);
                if n_bytes == 0 {
                    break;
                }
                takes_blank = !ends_blank;
                rest = &rest[n_bytes..];
                continue;
            }
            [first @ 0xc2..=0xdf, second, ..] => (code_of_two(first, second), 2),
            [first @ 0xe0..=0xef, second, third, ..] => (code_of_three(first, second, third), 3),
            _ => break,
        };
        let [code_high, low] = code.to_be_bytes();
        if code_high != high {
            (high, page) = (code_high, TABLE.page(code_high));
        }
        let folded = page[usize::from(low)];
        if folded != code {
            let letter = char::from_u32(folded.into()).filter(|_| folded != 0);
            let changed = letter.map(|letter| (letter, n_bytes));
            return Stretch { length: bytes.len() - rest.len(), changed };
        }
        rest = &rest[n_bytes..];
        takes_blank = true;
    }
    Stretch { length: bytes.len() - rest.len(), changed: None }
}

/// How many of the next eight bytes are ASCII that neither starts markup nor is a control
/// character, with single blanks; and whether the last of them is a blank.
///
/// All eight are looked at in one word. The sum of an ASCII byte and a number has its high bit
/// set from a byte on; what is no ASCII spoils only the bytes above it.
fn plain_ascii(bytes: &[u8], takes_blank: bool) -> (usize, bool) {
    const fn all(byte: u8) -> u64 {
        u64::from_le_bytes([byte; 8])
    }
    const HIGH: u64 = all(0x80);
    let word = match bytes.first_chunk::<8>() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        // NUL behind the end is no plain letter.
        None => bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    let differs_from = |byte: u8| (word ^ all(byte)).wrapping_add(all(0x7f));
    let from = |byte: u8| word.wrapping_add(all(0x80 - byte));
    let blanks = !differs_from(b' ') & HIGH;
    let second_blanks = blanks & (blanks << 8 | if takes_blank { 0 } else { 0x80 });
    let plain = from(b' ') & !from(0x7f) & differs_from(b'<') & differs_from(b'&') & !word;
    let stops = !plain & HIGH | second_blanks;
    let n_bytes = stops.trailing_zeros() as usize / 8;
    let ends_blank = match n_bytes.checked_sub(1) {
        Some(last) => blanks >> (8 * last + 7) & 1 == 1,
        None => !takes_blank,
    };
    (n_bytes, ends_blank)
}

fn code_of_two(first: u8, second: u8) -> u16 {
    u16::from(first & 0x1f) << 6 | u16::from(second & 0x3f)
}

fn code_of_three(first: u8, second: u8, third: u8) -> u16 {
    u16::from(first & 0xf) << 12 | u16::from(second & 0x3f) << 6 | u16::from(third & 0x3f)
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

    /// Goal: a strange character inside a name does not hide it.
    #[test]
    fn control_characters_are_not_seen() {
        let text = "Ba\u{0}k\u{1b}\u{7f}u\u{85}T";
        let folded = fold(text);
        assert_eq!(folded.as_str(), "baku t");
        assert_eq!(&text[folded.source(0..4)], "Ba\u{0}k\u{1b}\u{7f}u");
    }

    proptest! {
        /// Goal: the fast way and the careful one agree, whatever stands before a letter.
        ///
        /// Method: an entity is read letter by letter, so the same letter comes both ways.
        #[test]
        fn looked_up_letters_are_the_same(
            text in "[a-z \u{a0}-\u{2fff}]{0,6}|[ぁ-ヿ一-龥가-힣ﾊﾞ\u{3099}\u{1161}\u{fb50}-\u{feff}]{0,6}",
        ) {
            let slow: Vec<String> =
                text.chars().map(|it| format!("&#{};", u32::from(it))).collect();
            let slow = slow.concat();
            let (fast, slow) = (fold(&text), fold(&slow));
            prop_assert_eq!(fast.as_str(), slow.as_str());
        }

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
