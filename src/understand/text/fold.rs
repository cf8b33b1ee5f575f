//! One form for all spellings of a text, with the way back to the source.
//!
//! Invariant: every range of folded letters leads to whole characters of the source.

use std::ops::Range;

use super::letter::{Letters, Step, TABLE};
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
    while folded.text.len() < FOLDED_BYTES_MAX {
        let stretch = stretch(source, pieces.at(), &folded);
        if !stretch.is_empty() {
            let length = stretch.len();
            folded.push_stretch(stretch, pieces.at());
            pieces.advance(length);
        } else if let Some((letter, length)) = changed_letter(source, pieces.at()) {
            folded.push(letter, offset(pieces.at()), offset(pieces.at() + length));
            pieces.advance(length);
        } else {
            match pieces.next() {
                Some(piece) => folded.push_piece(&letters, piece),
                None => break,
            }
        }
    }
    folded
}

/// What follows from `at` on and needs no more than lower case in ASCII: most of most texts.
fn stretch<'a>(source: &'a str, at: usize, folded: &Folded) -> &'a str {
    let bytes = &source.as_bytes()[at..];
    let room = FOLDED_BYTES_MAX - folded.text.len();
    let mut takes_blank = !matches!(folded.text.as_bytes().last(), None | Some(b' ' | b'\n'));
    let mut length = 0;
    while length < room
        && let Some(first) = bytes.get(length)
    {
        if *first == b' ' && takes_blank {
            takes_blank = false;
            length += 1;
            continue;
        }
        if IS_PLAIN[usize::from(*first)] {
            length += 1;
        } else if let Some((code, n_bytes)) = code_at(bytes, length)
            && TABLE.get(code) == code
        {
            length += n_bytes;
        } else {
            break;
        }
        takes_blank = true;
    }
    &source[at..at + length]
}

/// ASCII that neither starts markup nor is white space or a control character.
const IS_PLAIN: [bool; 256] = {
    let mut is_plain = [false; 256];
    let mut byte = 0x21;
    while byte < 0x7f {
        is_plain[byte] = byte != b'<' as usize && byte != b'&' as usize;
        byte += 1;
    }
    is_plain
};

/// The letter at `at`, folded, with its length in the source, if it becomes one other letter.
fn changed_letter(source: &str, at: usize) -> Option<(char, usize)> {
    let (code, length) = code_at(source.as_bytes(), at)?;
    let folded = TABLE.get(code);
    if folded == 0 { None } else { Some((char::from_u32(folded.into())?, length)) }
}

/// The code of the letter of two or three bytes at `at`, with its length.
fn code_at(bytes: &[u8], at: usize) -> Option<(u16, usize)> {
    let rest = |byte: u8| u16::from(byte & 0x3f);
    match *bytes.get(at..)? {
        [first @ 0xc2..=0xdf, second, ..] => Some((u16::from(first & 0x1f) << 6 | rest(second), 2)),
        [first @ 0xe0..=0xef, second, third, ..] => {
            Some((u16::from(first & 0xf) << 12 | rest(second) << 6 | rest(third), 3))
        }
        _ => None,
    }
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
