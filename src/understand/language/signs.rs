//! Points that letters, words and endings give to languages.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

use super::tables::{ARABIC, CODES, CYRILLIC, LATIN, LETTERS, WORDS};
use crate::understand::pages::Pages;

const LETTER: f32 = 1.0;
const WORD: f32 = 1.5;
const ENDING: f32 = 0.6;

/// Letters of the longest ending or beginning.
const PIECE_LETTERS_MAX: usize = 6;

/// Words that are whole but for one letter tell nothing by their ending.
const STEM_LETTERS_MIN: usize = 2;

/// From so many letters on, a language so many points ahead is not overtaken any more.
const LETTERS_ENOUGH: usize = 100;
const LEAD_ENOUGH: f32 = 5.0;

/// All signs: for each the languages it speaks for, one bit each.
static SIGNS: LazyLock<Signs> = LazyLock::new(Signs::new);

/// What a letter is here.
static LETTERS_READ: Pages<Letter> = Pages::new(Letter::of, Letter { plain: None, tags: 0 });

#[derive(Clone, Copy)]
struct Letter {
    /// As words have it, if it may stand in one.
    plain: Option<char>,
    /// The languages it speaks for.
    tags: u64,
}

impl Letter {
    fn of(letter: char) -> Self {
        // What lower case may add is the dot of a capital i.
        let lower = letter.to_lowercase().next().unwrap_or(letter);
        let speak = LETTERS.iter().filter(|(_, letters)| letters.contains(lower));
        let tags = speak.filter_map(|(tag, _)| bit(tag)).fold(0, |tags, bit| tags | bit);
        let plain = plain_letter(lower);
        let is_part = plain.is_alphabetic() || matches!(plain, '\'' | '\u{200c}');
        Self { plain: is_part.then_some(plain), tags }
    }
}

struct Signs {
    tags: Vec<&'static str>,
    words: Pieces,
    endings: Pieces,
    beginnings: Pieces,
}

impl Signs {
    fn new() -> Self {
        let mut signs = Self {
            tags: Vec::new(),
            words: Pieces::default(),
            endings: Pieces::default(),
            beginnings: Pieces::default(),
        };
        for (tag, _) in LETTERS {
            signs.bit(tag);
        }
        for (tag, words) in WORDS {
            let bit = signs.bit(tag);
            for word in words.split_whitespace() {
                let letters = |word: &str| word.chars().map(plain_letter).collect::<Vec<_>>();
                match (word.strip_prefix('-'), word.strip_suffix('-')) {
                    (Some(ending), _) => signs.endings.add(letters(ending).iter().rev(), bit),
                    (_, Some(beginning)) => signs.beginnings.add(letters(beginning).iter(), bit),
                    _ => signs.words.add(letters(word).iter(), bit),
                }
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

fn bit(tag: &str) -> Option<u64> {
    let bit = SIGNS.tags.iter().position(|known| *known == tag)?;
    (bit < 64).then(|| 1 << bit)
}

/// Words, endings or beginnings, by the hash of their letters.
#[derive(Default)]
struct Pieces(HashMap<u64, u64, BuildHasherDefault<Hashed>>);

impl Pieces {
    fn add<'a>(&mut self, letters: impl Iterator<Item = &'a char>, bit: u64) {
        *self.0.entry(letters.copied().fold(HASH_OF_NOTHING, hash)).or_default() |= bit;
    }

    fn whole(&self, letters: &[char]) -> Option<u64> {
        self.0.get(&letters.iter().copied().fold(HASH_OF_NOTHING, hash)).copied()
    }

    /// The languages of the longest piece that `letters` start with.
    fn longest<'a>(&self, letters: impl Iterator<Item = &'a char>) -> Option<u64> {
        let hashes = letters.scan(HASH_OF_NOTHING, |sum, letter| {
            *sum = hash(*sum, *letter);
            Some(*sum)
        });
        hashes.filter_map(|hash| self.0.get(&hash).copied()).last()
    }
}

/// FNV-1a, letter by letter: short keys from our own tables need speed, not protection.
fn hash(sum: u64, letter: char) -> u64 {
    (sum ^ u64::from(letter)).wrapping_mul(0x0100_0000_01b3)
}

const HASH_OF_NOTHING: u64 = 0xcbf2_9ce4_8422_2325;

/// Takes a key that is a hash already.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |sum, byte| sum << 8 | u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash ^ hash.rotate_left(29);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Languages, one bit each.
#[derive(Clone, Copy)]
pub(super) struct Tags(u64);

impl Tags {
    pub(super) fn of(tags: &str) -> Self {
        Self(tags.split_whitespace().filter_map(bit).fold(0, |mask, bit| mask | bit))
    }
}

/// Points of each language.
pub(super) struct Sums {
    points: [f32; 64],
}

impl Sums {
    pub(super) fn new() -> Self {
        Self { points: [0.0; 64] }
    }

    /// Gives the languages `among` the points of `sample`, as far as it must be read.
    pub(super) fn read(&mut self, sample: &str, among: Tags) {
        let signs = &*SIGNS;
        let mut word = Vec::with_capacity(32);
        let mut next_look = LETTERS_ENOUGH;
        // A dot above, written apart, belongs to the letter before.
        let letters = sample.chars().filter(|letter| *letter != '\u{307}');
        for (index, letter) in letters.chain([' ']).enumerate() {
            let Letter { plain, tags } = LETTERS_READ.of(letter);
            self.give(tags & among.0, LETTER);
            if let Some(letter) = plain {
                word.push(letter);
            } else if !word.is_empty() {
                self.give_for_word(signs, &word, among.0);
                word.clear();
                if next_look <= index {
                    if LEAD_ENOUGH <= self.best().1 {
                        return;
                    }
                    next_look += LETTERS_ENOUGH / 2;
                }
            }
        }
    }

    fn give_for_word(&mut self, signs: &Signs, word: &[char], among: u64) {
        let start = word.iter().take_while(|letter| **letter == '\'').count();
        let end = word.iter().rposition(|letter| *letter != '\'').map_or(start, |last| last + 1);
        let word = &word[start..end];
        if let Some(mask) = signs.words.whole(word) {
            return self.give(mask & among, WORD);
        }
        let longest = PIECE_LETTERS_MAX.min(word.len().saturating_sub(STEM_LETTERS_MIN));
        let ending = signs.endings.longest(word.iter().rev().take(longest));
        let beginning = signs.beginnings.longest(word.iter().take(longest));
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

    pub(super) fn add(&mut self, tag: &str, points: f32) {
        if let Some(mask) = bit(tag) {
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
