//! Whether a text is about what a title says.

use std::collections::HashSet;

/// Titles with fewer words of their own say nothing.
const WORDS_MIN: usize = 2;

/// Of so many words of its title, an article says one: many titles play with words.
const SOME: usize = 4;

/// Words are compared by so many letters, so that endings do not matter.
const STEM_LETTERS: usize = 5;

/// Whether `text` says some of the words of `title`; of a title that says nothing, always.
pub(super) fn says_some_of(text: &str, title: &str) -> bool {
    let (n_said, n_wanted) = said(text, title);
    n_wanted < WORDS_MIN || n_wanted <= n_said.saturating_mul(SOME)
}

/// Whether `text` says half of the words of `title`, which are three at least.
pub(super) fn says_most_of(text: &str, title: &str) -> bool {
    let (n_said, n_wanted) = said(text, title);
    WORDS_MIN < n_wanted && n_wanted <= 2 * n_said
}

/// How many of the words of `title` are said, and how many it has.
fn said(text: &str, title: &str) -> (usize, usize) {
    let wanted: HashSet<String> = stems(title).collect();
    let said: HashSet<String> = stems(text).filter(|stem| wanted.contains(stem)).collect();
    (said.len(), wanted.len())
}

/// Beginnings of words of at least four letters; pairs of letters in scripts that part no words,
/// or hang small words on others.
fn stems(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|character: char| !character.is_alphanumeric());
    words.flat_map(|word| {
        let letters: Vec<char> = word.to_lowercase().chars().collect();
        let stems: Vec<String> = match letters.len() {
            _ if letters.iter().copied().any(is_unspaced) => {
                letters.windows(2).map(|pair| pair.iter().collect()).collect()
            }
            0..4 => Vec::new(),
            _ => vec![letters.iter().take(STEM_LETTERS).collect()],
        };
        stems
    })
}

/// Thai, kana, Han and Hangul.
fn is_unspaced(letter: char) -> bool {
    matches!(letter, '\u{e00}'..='\u{e7f}' | '\u{3040}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}
