//! Where words begin and end, script by script.

use std::ops::ControlFlow;

use super::pages::Pages;

/// How a script marks words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    /// Words stand apart: Latin, Cyrillic, Greek, Armenian, Georgian, Devanagari.
    Spaced,
    /// Words stand apart, but small words are written together with the next one.
    Arabic,
    /// As Arabic.
    Hebrew,
    /// Particles follow without a blank.
    Hangul,
    /// Kana: a run of it is often one foreign word.
    Kana,
    /// No word edges at all: ideographs, Thai, Lao, Khmer, Burmese.
    Dense,
}

impl Script {
    /// The script of a folded letter.
    pub(super) fn of(letter: char) -> Self {
        match letter {
            '\u{590}'..='\u{5ff}' => Self::Hebrew,
            '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' => Self::Arabic,
            '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7a3}' => Self::Hangul,
            '\u{3041}'..='\u{30ff}' => Self::Kana,
            '\u{3005}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3134f}' => Self::Dense,
            '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => {
                Self::Dense
            }
            _ => Self::Spaced,
        }
    }

    /// The script that decides a term's edges: its first letter's, or kana only if all is kana.
    pub(super) fn of_term(term: &str) -> Self {
        let first = term.chars().find(|c| c.is_alphanumeric()).map_or(Self::Spaced, Self::of);
        let is_mixed = term.chars().any(|c| !matches!(Self::of(c), Self::Kana));
        if first == Self::Kana && is_mixed { Self::Dense } else { first }
    }

    /// Whether blanks and marks stand between its words.
    pub(super) fn has_edges(self) -> bool {
        matches!(self, Self::Spaced | Self::Arabic | Self::Hebrew)
    }
}

/// What the beginning of a word is to the small words that Arabic, Persian and Hebrew write
/// together with the next one.
#[derive(Clone, Copy)]
struct Front {
    /// It is one of them, or several.
    is_clitic: bool,
    /// A longer one starts with it.
    may_go_on: bool,
}

impl Front {
    #[expect(clippy::match_same_arms, reason = "Arabic and Hebrew stand apart")]
    fn of(letters: &[char]) -> Self {
        let (is_clitic, may_go_on) = match letters {
            ['ا'] | ['و' | 'ف' | 'ب' | 'ل' | 'ك', 'ا'] | ['و', 'ب', 'ا'] => (false, true),
            ['و' | 'ف' | 'ب' | 'ل' | 'ك'] | ['و', 'ب' | 'ل'] => (true, true),
            ['س']
            | ['ا' | 'ل', 'ل']
            | ['و', 'ل', 'ل']
            | ['و' | 'ف' | 'ب' | 'ل' | 'ك', 'ا', 'ل']
            | ['و', 'ب', 'ا', 'ل'] => (true, false),
            ['ו' | 'ב' | 'מ' | 'ש'] => (true, true),
            ['ה' | 'ל' | 'כ']
            | ['ו', 'ה' | 'ב' | 'ל' | 'מ']
            | ['ש', 'ב' | 'ל' | 'ה']
            | ['מ' | 'ב', 'ה'] => (true, false),
            _ => (false, false),
        };
        Self { is_clitic, may_go_on }
    }
}

/// Longest clitic, in letters.
const CLITIC_LETTERS_MAX: usize = 4;

/// Kana terms shorter than this must not stand inside a longer run of kana.
const KANA_LETTERS_SAFE: usize = 5;

/// What a folded letter means for the places where terms may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Punctuation, blanks, signs.
    Other,
    /// Part of a word whose edges count.
    Word,
    /// The same, where small words stand in front without a blank.
    Joined,
    /// A term may start here, whatever stands before.
    Dense,
}

static CLASSES: Pages<Class> = Pages::new(class, Class::Other);

fn class(letter: char) -> Class {
    match Script::of(letter) {
        Script::Spaced if letter.is_alphanumeric() => Class::Word,
        Script::Arabic | Script::Hebrew if letter.is_alphanumeric() => Class::Joined,
        Script::Hangul | Script::Kana | Script::Dense => Class::Dense,
        Script::Spaced | Script::Arabic | Script::Hebrew => Class::Other,
    }
}

/// Whether a folded letter belongs to a word of a script with edges.
pub(super) fn is_word_letter(letter: char) -> bool {
    match u8::try_from(letter) {
        Ok(byte) if byte.is_ascii() => byte.is_ascii_alphanumeric(),
        _ => matches!(CLASSES.of(letter), Class::Word | Class::Joined),
    }
}

/// Whether a folded letter is written without blanks between words: kana, ideographs, Hangul,
/// Thai. The dots between the parts of a foreign name are no letters.
pub(super) fn is_dense_letter(letter: char) -> bool {
    !letter.is_ascii() && CLASSES.of(letter) == Class::Dense && !matches!(letter, '・' | '゠')
}

/// Tells `take` each byte of a folded text at which a term may start, until it says stop.
pub(super) fn each_start(text: &str, mut take: impl FnMut(usize) -> ControlFlow<()>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    // Where the word that goes on here started.
    let mut word = None;
    while let Some(byte) = bytes.get(at) {
        if byte.is_ascii() {
            let mut found = AsciiStarts::of(&bytes[at..], word.is_some());
            while found.starts != 0 {
                if take(at + found.starts.trailing_zeros() as usize / 8).is_break() {
                    return;
                }
                found.starts &= found.starts - 1;
            }
            at += found.n_bytes;
            word = found.ends_in_word.then_some(at - 1);
            continue;
        }
        let (class, length) = class_at(text, at);
        let may_start = match class {
            Class::Other => false,
            Class::Word | Class::Joined => word.is_none(),
            Class::Dense => true,
        };
        if may_start && take(at).is_break() {
            return;
        }
        at += length;
        match class {
            Class::Other | Class::Dense => word = None,
            Class::Word => {
                word = Some(at - length);
                at = end_of_cyrillic(bytes, at);
            }
            Class::Joined if word.is_some() => at = end_of_arabic(bytes, at),
            Class::Joined => {
                word = Some(at - length);
                let mut letters = ['\0'; CLITIC_LETTERS_MAX];
                for n_letters in 1..=CLITIC_LETTERS_MAX {
                    letters[n_letters - 1] = text[..at].chars().next_back().unwrap_or('\0');
                    let front = Front::of(&letters[..n_letters]);
                    if !front.is_clitic && !front.may_go_on {
                        break;
                    }
                    let Some((Class::Joined, length)) = letter_at(text, at) else { break };
                    if front.is_clitic && take(at).is_break() {
                        return;
                    }
                    at += length;
                    if !front.may_go_on {
                        break;
                    }
                }
                at = end_of_arabic(bytes, at);
            }
        }
    }
}

/// Where words start in the next eight bytes, as far as they are ASCII.
struct AsciiStarts {
    /// The high bit of each byte that starts a word.
    starts: u64,
    n_bytes: usize,
    ends_in_word: bool,
}

impl AsciiStarts {
    /// All bytes are looked at in one word, as in `text::fold`.
    fn of(bytes: &[u8], is_in_word: bool) -> Self {
        const fn all(byte: u8) -> u64 {
            u64::from_le_bytes([byte; 8])
        }
        const HIGH: u64 = all(0x80);
        let word = match bytes.first_chunk::<8>() {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        };
        let from = |byte: u8| word.wrapping_add(all(0x80 - byte));
        let is_digit = from(b'0') & !from(b'9' + 1);
        let is_letter = (from(b'a') & !from(b'z' + 1)) | (from(b'A') & !from(b'Z' + 1));
        let n_bytes = ((word & HIGH).trailing_zeros() as usize / 8).min(bytes.len());
        let words = (is_digit | is_letter) & HIGH & !word & (u64::MAX >> (64 - 8 * n_bytes));
        Self {
            starts: words & !(words << 8 | if is_in_word { 0x80 } else { 0 }),
            n_bytes,
            ends_in_word: words >> (8 * n_bytes - 1) & 1 == 1,
        }
    }
}

fn end_of_cyrillic(bytes: &[u8], mut at: usize) -> usize {
    // U+0400 to U+047F, all of them letters.
    while let Some(0xd0 | 0xd1) = bytes.get(at) {
        at += 2;
    }
    at
}

/// The end of the letters of the basic Arabic alphabets that follow.
fn end_of_arabic(bytes: &[u8], mut at: usize) -> usize {
    while let Some([first @ 0xd8..=0xdb, second, ..]) = bytes.get(at..)
        && let 0x620..=0x64a | 0x66e..=0x6d3 = code(*first, *second)
    {
        at += 2;
    }
    at
}

/// The code of a letter of two bytes.
fn code(first: u8, second: u8) -> u16 {
    u16::from(first & 0x1f) << 6 | u16::from(second & 0x3f)
}

fn letter_at(text: &str, at: usize) -> Option<(Class, usize)> {
    let is_other = text.as_bytes().get(at)?.is_ascii();
    (!is_other).then(|| class_at(text, at))
}

/// The class of the letter at `at`, which is no ASCII, and its length.
#[inline]
fn class_at(text: &str, at: usize) -> (Class, usize) {
    let rest = |byte: u8| u16::from(byte & 0x3f);
    match text.as_bytes()[at..] {
        [first @ ..=0xdf, second, ..] => (CLASSES.get(code(first, second)), 2),
        [first @ ..=0xef, second, third, ..] => {
            (CLASSES.get(u16::from(first & 0xf) << 12 | rest(second) << 6 | rest(third)), 3)
        }
        _ => match text[at..].chars().next() {
            Some(letter) => (CLASSES.of(letter), letter.len_utf8()),
            None => (Class::Other, 1),
        },
    }
}

/// The end of the word that a term found at `start..end` belongs to, if it may stand there.
///
/// `ending_letters_max` is how many letters may follow the term in its word.
pub(super) fn word_end(
    text: &str,
    (start, end): (usize, usize),
    script: Script,
    ending_letters_max: usize,
) -> Option<usize> {
    match script {
        Script::Dense | Script::Hangul => Some(end),
        Script::Kana => kana_stands_alone(text, start, end).then_some(end),
        Script::Spaced | Script::Arabic | Script::Hebrew => {
            if !starts_word(text, start, script) {
                return None;
            }
            let mut word_end = end;
            for (n_letters, letter) in text[end..].chars().enumerate() {
                if !is_word_letter(letter) {
                    break;
                }
                if ending_letters_max <= n_letters {
                    return None;
                }
                word_end += letter.len_utf8();
            }
            Some(word_end)
        }
    }
}

fn starts_word(text: &str, start: usize, script: Script) -> bool {
    let before = &text[..start];
    if !before.chars().next_back().is_some_and(is_word_letter) {
        return true;
    }
    if !matches!(script, Script::Arabic | Script::Hebrew) {
        return false;
    }
    let mut letters = ['\0'; CLITIC_LETTERS_MAX];
    let mut n_letters = 0;
    for letter in before.chars().rev().take_while(|letter| is_word_letter(*letter)) {
        if n_letters == CLITIC_LETTERS_MAX {
            return false;
        }
        n_letters += 1;
        letters[CLITIC_LETTERS_MAX - n_letters] = letter;
    }
    Front::of(&letters[CLITIC_LETTERS_MAX - n_letters..]).is_clitic
}

fn kana_stands_alone(text: &str, start: usize, end: usize) -> bool {
    if KANA_LETTERS_SAFE <= text[start..end].chars().count() {
        return true;
    }
    let is_katakana = |c: char| ('\u{30a1}'..='\u{30fa}').contains(&c) || c == 'ー';
    let before = text[..start].chars().next_back();
    let after = text[end..].chars().next();
    !before.is_some_and(is_katakana) && !after.is_some_and(is_katakana)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(text: &str, term: &str, ending_letters_max: usize) -> Option<usize> {
        let start = text.find(term).unwrap();
        word_end(text, (start, start + term.len()), Script::of_term(term), ending_letters_max)
    }

    /// Goal: case endings are allowed, other words that begin alike are not.
    #[test]
    fn endings_are_counted_in_letters() {
        assert_eq!(ends("из баку.", "баку", 0), Some("из баку".len()));
        assert_eq!(ends("bakim onarim", "baki", 0), None);
        assert_eq!(ends("japan's", "japan", 0), Some(5));
        assert_eq!(ends("японией", "япони", 4), Some("японией".len()));
        assert_eq!(ends("makaku", "kaku", 4), None);
    }

    /// Goal: every place where a term may stand is looked at, and not every letter.
    #[test]
    fn starts_are_words_and_dense_letters() {
        let starts = |text: &str| {
            let mut starts = Vec::new();
            each_start(text, |at| {
                starts.push(at);
                ControlFlow::Continue(())
            });
            starts
        };
        assert_eq!(starts("in baku, 24h"), [0, 3, 9]);
        assert_eq!(starts("из баку"), [0, 5]);
        assert_eq!(starts("日本のjapan"), [0, 3, 6, 9]);
        assert_eq!(starts("واليابان, يابان"), [0, 2, 6, 18]);
    }

    /// Goal: "and Japan" is one word in Arabic, and tobacco is not Baku in Persian.
    #[test]
    fn arabic_takes_small_words_in_front() {
        assert!(ends("واليابان", "يابان", 2).is_some());
        assert_eq!(ends("تنباكو", "باكو", 0), None);
    }

    /// Goal: short kana inside another foreign word is not a name.
    #[test]
    fn short_kana_needs_an_edge() {
        assert!(ends("在バクー大使館", "バクー", 0).is_some());
        assert_eq!(ends("テヘランド", "ヘラン", 0), None);
    }
}
