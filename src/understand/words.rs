//! Where words begin and end, script by script.

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

/// Whether a folded letter belongs to a word of a script with edges.
pub(super) fn is_word_letter(letter: char) -> bool {
    letter.is_alphanumeric() && Script::of(letter).has_edges()
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
