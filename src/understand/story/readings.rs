//! How ideographs are read: Japanese names, foreign names in Chinese, one form for all scripts
//! of them.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::sound::Sound;
use crate::understand::lexicon::readings::Readings as Raw;
use crate::understand::mentions::trie::Trie;

/// Fewer transliterating characters in a row are other words.
const TRANSLITERATION_MIN: usize = 3;

/// Readings, ready to be found.
#[derive(Clone, Debug, Default)]
pub(in crate::understand) struct Readings {
    names: Option<Trie>,
    sounds: Box<[Sound]>,
    /// Japanese forms by the simplified or traditional ones.
    forms: HashMap<char, char>,
    /// What Chinese writes foreign names with.
    syllables: HashMap<char, Box<str>>,
}

impl Readings {
    pub(in crate::understand) fn new(raw: &Raw) -> Self {
        let mut names = BTreeMap::new();
        for (name, sound) in &raw.sounds {
            let japanese = name.chars().map(|it| raw.forms.get(&it).copied().unwrap_or(it));
            names.insert(japanese.collect::<String>(), Sound::of_rough(sound.as_bytes()));
        }
        let (names, sounds): (Vec<String>, Vec<Sound>) = names.into_iter().unzip();
        let syllables = raw.syllables.iter().map(|(it, sound)| (*it, sound.as_str().into()));
        Self {
            names: Trie::new(&names).filter(|_| !names.is_empty()),
            sounds: sounds.into(),
            forms: raw.forms.iter().map(|(form, japanese)| (*form, *japanese)).collect(),
            syllables: syllables.collect(),
        }
    }

    /// The letter as Japanese writes it.
    pub(super) fn japanese(&self, letter: char) -> char {
        self.forms.get(&letter).copied().unwrap_or(letter)
    }

    /// Tells `take` the names in a run of ideographs, with their places: longest first, none
    /// twice.
    pub(super) fn each_name(&self, run: &str, mut take: impl FnMut(Sound, Range<usize>)) {
        let Some(names) = &self.names else { return };
        let japanese: String = run.chars().map(|letter| self.japanese(letter)).collect();
        // Forms may differ in length, so places are counted in letters.
        let mut starts = run.char_indices().map(|(at, _)| at);
        let (mut at, mut skip_to) = (0, 0);
        for letter in japanese.chars() {
            let start = starts.next().unwrap_or(run.len());
            if skip_to <= at {
                let mut longest = None;
                names.walk(japanese.as_bytes(), at, |number, end| longest = Some((number, end)));
                if let Some((number, end)) = longest {
                    let n_letters = japanese[at..end].chars().count();
                    let length =
                        run[start..].chars().take(n_letters).map(char::len_utf8).sum::<usize>();
                    take(self.sounds[number], start..start + length);
                    skip_to = end;
                }
            }
            at += letter.len_utf8();
        }
    }

    /// Tells `take` the foreign names that characters of a run spell, with their places.
    pub(super) fn each_transliteration(
        &self,
        run: &str,
        mut take: impl FnMut(Sound, Range<usize>),
    ) {
        let mut rough = Vec::new();
        let (mut start, mut n_letters) = (0, 0);
        for (at, letter) in run.char_indices().chain(std::iter::once((run.len(), ' '))) {
            if let Some(syllable) = self.syllables.get(&letter) {
                if n_letters == 0 {
                    start = at;
                }
                n_letters += 1;
                rough.extend_from_slice(syllable.as_bytes());
            } else {
                if TRANSLITERATION_MIN <= n_letters {
                    take(Sound::of_rough(&rough), start..at);
                }
                n_letters = 0;
                rough.clear();
            }
        }
    }
}
