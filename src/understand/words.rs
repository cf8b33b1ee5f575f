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

/// Small words that Arabic and Persian write together with the next one.
const ARABIC_CLITICS: &[&str] = &[
    "و", "ف", "ب", "ل", "ك", "س", "ال", "وال", "بال", "لل", "ولل", "كال", "فال", "وب", "ول",
    "وبال", "لال",
];

/// The same for Hebrew.
const HEBREW_CLITICS: &[&str] =
    &["ו", "ה", "ב", "ל", "מ", "ש", "כ", "וה", "שב", "של", "מה", "וב", "ול", "בה", "שה", "ומ"];

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

/// Tells `take` each byte of a folded text at which a term may start, until it says stop.
///
/// Behind clitics `take` is told more places than are right; [`word_end`] sorts them out.
pub(super) fn each_start(text: &str, mut take: impl FnMut(usize) -> ControlFlow<()>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    // Letters of the word so far.
    let mut n_letters = 0_usize;
    while let Some(byte) = bytes.get(at) {
        if byte.is_ascii() {
            if !byte.is_ascii_alphanumeric() {
                n_letters = 0;
                at += 1;
                continue;
            }
            if n_letters == 0 && take(at).is_break() {
                return;
            }
            let word = bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            n_letters += word;
            at += word;
            continue;
        }
        let Some(letter) = text[at..].chars().next() else { return };
        let class = CLASSES.of(letter);
        let may_start = match class {
            Class::Other => false,
            Class::Word => n_letters == 0,
            Class::Joined => n_letters <= CLITIC_LETTERS_MAX,
            Class::Dense => true,
        };
        if may_start && take(at).is_break() {
            return;
        }
        let is_word = matches!(class, Class::Word | Class::Joined);
        n_letters = if is_word { n_letters + 1 } else { 0 };
        at += letter.len_utf8();
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
    let clitics = match script {
        Script::Arabic => ARABIC_CLITICS,
        Script::Hebrew => HEBREW_CLITICS,
        _ => return false,
    };
    let letters =
        before.chars().rev().take(CLITIC_LETTERS_MAX + 1).take_while(|c| is_word_letter(*c));
    let length: usize = letters.map(char::len_utf8).sum();
    clitics.contains(&&before[start - length..])
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
        assert_eq!(starts("واليابان"), [0, 2, 4, 6, 8]);
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
