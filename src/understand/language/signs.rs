//! Points that letters, words and endings give to languages.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

use super::tables::{ARABIC, CODES, CYRILLIC, LATIN, LETTERS, WORDS};

const LETTER: f32 = 1.0;
const WORD: f32 = 1.5;
const ENDING: f32 = 0.6;

/// Letters of the longest ending or beginning.
const PIECE_LETTERS_MAX: usize = 6;

/// Words that are whole but for one letter tell nothing by their ending.
const STEM_LETTERS_MIN: usize = 2;

/// All signs: for each the languages it speaks for, one bit each.
static SIGNS: LazyLock<Signs> = LazyLock::new(Signs::new);

type Fast<K> = HashMap<K, u64, BuildHasherDefault<Fnv>>;

struct Signs {
    tags: Vec<&'static str>,
    letters: Fast<char>,
    words: Fast<String>,
    endings: Fast<String>,
    beginnings: Fast<String>,
}

impl Signs {
    fn new() -> Self {
        let mut signs = Self {
            tags: Vec::new(),
            letters: Fast::default(),
            words: Fast::default(),
            endings: Fast::default(),
            beginnings: Fast::default(),
        };
        for (tag, letters) in LETTERS {
            let bit = signs.bit(tag);
            for letter in letters.chars() {
                *signs.letters.entry(letter).or_default() |= bit;
            }
        }
        for (tag, words) in WORDS {
            let bit = signs.bit(tag);
            for word in words.split_whitespace() {
                let (place, word) = match (word.strip_prefix('-'), word.strip_suffix('-')) {
                    (Some(ending), _) => (&mut signs.endings, ending),
                    (_, Some(beginning)) => (&mut signs.beginnings, beginning),
                    _ => (&mut signs.words, word),
                };
                *place.entry(word.chars().map(plain_letter).collect()).or_default() |= bit;
            }
        }
        for (_, tag) in CODES {
            signs.bit(tag);
        }
        for tag in [LATIN, CYRILLIC, ARABIC].into_iter().flat_map(str::split_whitespace) {
            signs.bit(tag);
        }
        signs
    }

    /// The bit of a language; the tables name fewer than 64.
    fn bit(&mut self, tag: &'static str) -> u64 {
        let known = self.tags.iter().position(|known| *known == tag);
        let bit = known.unwrap_or(self.tags.len());
        if known.is_none() {
            self.tags.push(tag);
        }
        if bit < 64 { 1 << bit } else { 0 }
    }
}

/// Points of each language.
pub(super) struct Sums {
    points: [f32; 64],
}

impl Sums {
    /// The points of `sample` for the languages `tags`.
    pub(super) fn of(sample: &str, tags: &str) -> Self {
        let mut sums = Self { points: [0.0; 64] };
        let signs = &*SIGNS;
        let among = tags.split_whitespace().filter_map(|tag| sums.bit(tag)).fold(0, |a, b| a | b);
        let mut word = String::new();
        let lower = sample.chars().flat_map(char::to_lowercase).filter(|c| *c != '\u{307}');
        for letter in lower.chain([' ']) {
            if (!letter.is_ascii() || matches!(letter, 'q' | 'w' | 'x'))
                && let Some(mask) = signs.letters.get(&letter)
            {
                sums.give(mask & among, LETTER);
            }
            let letter = plain_letter(letter);
            if letter.is_alphabetic() || matches!(letter, '\'' | '\u{200c}') {
                word.push(letter);
            } else if !word.is_empty() {
                sums.give_for_word(signs, word.trim_matches('\''), among);
                word.clear();
            }
        }
        sums
    }

    fn give_for_word(&mut self, signs: &Signs, word: &str, among: u64) {
        if let Some(mask) = signs.words.get(word) {
            return self.give(mask & among, WORD);
        }
        let edges: Vec<usize> = word.char_indices().map(|(at, _)| at).collect();
        let n_letters = edges.len();
        let longest = PIECE_LETTERS_MAX.min(n_letters.saturating_sub(STEM_LETTERS_MIN));
        let ending = (1..=longest)
            .rev()
            .find_map(|length| signs.endings.get(&word[edges[n_letters - length]..]));
        let beginning =
            (1..=longest).rev().find_map(|length| signs.beginnings.get(&word[..edges[length]]));
        for mask in [ending, beginning].into_iter().flatten() {
            self.give(mask & among, ENDING);
        }
    }

    fn give(&mut self, mut mask: u64, points: f32) {
        while mask != 0 {
            self.points[mask.trailing_zeros() as usize] += points;
            mask &= mask - 1;
        }
    }

    fn bit(&self, tag: &str) -> Option<u64> {
        let bit = SIGNS.tags.iter().position(|known| *known == tag)?;
        (bit < self.points.len()).then(|| 1 << bit)
    }

    pub(super) fn add(&mut self, tag: &str, points: f32) {
        if let Some(mask) = self.bit(tag) {
            self.give(mask, points);
        }
    }

    /// The languages that `points` more would put first, the best ones first.
    pub(super) fn near_best(&self, points: f32) -> Vec<&'static str> {
        const NEAR_MAX: usize = 6;
        let best = self.points.iter().copied().fold(0.0, f32::max);
        let sums = self.points.iter().copied().zip(SIGNS.tags.iter().copied());
        let mut near: Vec<_> = sums.filter(|(sum, _)| best < sum + points).collect();
        near.sort_by(|one, other| other.0.total_cmp(&one.0));
        near.into_iter().take(NEAR_MAX).map(|(_, tag)| tag).collect()
    }

    /// The language with most points, if any has some, and its lead; of equals the first wins.
    pub(super) fn best(&self) -> (Option<&'static str>, f32) {
        let (mut best, mut second) = (0, 0.0_f32);
        for (index, points) in self.points.iter().enumerate().skip(1) {
            if self.points[best] < *points {
                second = self.points[best];
                best = index;
            } else {
                second = second.max(*points);
            }
        }
        let points = self.points[best];
        let tag = SIGNS.tags.get(best).copied().filter(|_| 0.0 < points);
        (tag, points - second)
    }
}

/// One form for apostrophes and for letters that Persian and Arabic keyboards write apart.
fn plain_letter(letter: char) -> char {
    match letter {
        '’' | '‘' | 'ʻ' | 'ʼ' | '`' => '\'',
        'ی' | 'ى' => 'ي',
        'ک' => 'ك',
        other => other,
    }
}

/// FNV-1a: short keys from our own tables need speed, not protection.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
