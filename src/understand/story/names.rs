//! Names in a sentence: words with a capital that opens nothing, all words of scripts without
//! capitals, Latin words between other letters, what the lexicon knows, readings of ideographs.

use std::ops::Range;

use super::sound::{Sound, Spelled, each_sound};
use super::wording::{Run, Word, Words};
use crate::understand::context::Zone;
use crate::understand::lexicon::{Kind, Term};
use crate::understand::mentions::{Matcher, Mention};
use crate::understand::words::Script;

/// A shorter word is no telling name.
const LETTERS_MIN: usize = 3;

/// Thai does not part words: a longer run is no name alone.
const THAI_LETTERS_MAX: usize = 14;

/// Letters of an abbreviation.
const ACRONYM_LETTERS: std::ops::RangeInclusive<usize> = 2..=8;

/// Sounds kept of a concept that is also written in ideographs.
const CONCEPT_SOUNDS_MAX: usize = 4;

/// Languages in which names take endings.
const INFLECTING: &[&str] = &[
    "az", "tr", "hu", "fi", "ka", "hy", "kk", "uz", "ru", "uk", "pl", "cs", "bg", "sr", "el", "ro",
    "ko", "hi", "sk", "hr", "bs", "sl", "lv", "lt", "et", "tk", "ky", "be", "mk", "mn",
];

/// Languages of other scripts than Latin: a Latin word in their texts is a name.
const NOT_LATIN: &[&str] = &[
    "ja", "zh", "ko", "ar", "fa", "he", "hi", "ur", "ka", "hy", "ru", "uk", "kk", "bg", "el", "th",
    "be", "mk", "ky", "mn", "tg",
];

/// Something that names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Sound(Sound),
    /// Ideographs without a reading.
    Ideographs,
    Acronym,
}

/// A sentence to look for names in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search<'a> {
    pub(super) matcher: &'a Matcher,
    pub(super) zone: &'a Zone<'a>,
    pub(super) language: &'a str,
    /// Whether the field is written in capitals: then they tell nothing.
    pub(super) is_shouted: bool,
}

impl Search<'_> {
    /// Tells `take` the names in a part of the field, with their places in the folded text.
    pub(super) fn each(
        &self,
        part: &Range<usize>,
        mentions: &[Mention],
        mut take: impl FnMut(Name, Range<usize>),
    ) {
        let text = self.zone.folded.as_str();
        let mut mentions = mentions.iter().peekable();
        // A word with a capital that opens a sentence: a name if another one follows.
        let mut opening: Option<Word> = None;
        for word in Words::of(text, part) {
            while mentions.next_if(|mention| mention.end <= word.place.start).is_some() {}
            let mention = mentions.peek().filter(|mention| mention.start < word.place.end);
            let before = opening.take();
            if mention.is_some_and(|mention| is_country(mention.kind)) {
                continue;
            }
            let is_known = mention.is_some_and(|mention| self.is_nameless(mention.concept));
            match word.run {
                Run::Gap => {}
                Run::Ideographs => self.ideographs(&word.place, &mut take),
                Run::Letters => {
                    let has_capital = self.has_capital(&word);
                    if has_capital
                        && !word.opens
                        && let Some(before) = before
                        && text[before.place.end..word.place.start] == *" "
                    {
                        self.spelled(&before.place, &mut take);
                    }
                    if self.is_acronym(&word.place) {
                        take(Name::Acronym, word.place.clone());
                    }
                    if is_known || self.is_name(&word, has_capital) {
                        self.spelled(&word.place, &mut take);
                    } else if has_capital {
                        opening = Some(word);
                    }
                }
                Run::Thai
                    if !is_known && THAI_LETTERS_MAX < text[word.place.clone()].chars().count() => {
                }
                Run::Thai | Run::Hangul | Run::Katakana => self.spelled(&word.place, &mut take),
            }
        }
    }

    /// Tells `take` how a concept sounds that stands in ideographs, or the ideographs themselves.
    pub(super) fn mention(&self, mention: &Mention, mut take: impl FnMut(Name, Range<usize>)) {
        let place = mention.start..mention.end;
        let words = &self.zone.folded.as_str()[place.clone()];
        if is_country(mention.kind) || !words.starts_with(|c| Script::of(c) == Script::Dense) {
            return;
        }
        for sound in self.matcher.sounds(mention.concept) {
            take(Name::Sound(*sound), place.clone());
        }
        if self.is_nameless(mention.concept) {
            take(Name::Ideographs, place);
        }
    }

    /// Tells `take` how a name of the lexicon sounds as a whole, with and without endings; none for
    /// ideographs, which say it themselves.
    pub(super) fn known(&self, mention: &Mention, mut take: impl FnMut(Option<Sound>)) {
        let place = mention.start..mention.end;
        let folded = &self.zone.folded.as_str()[place.clone()];
        if folded.starts_with(|letter| matches!(letter, '\u{3400}'..='\u{9fff}')) {
            return take(None);
        }
        let source = self.source(&place);
        each_sound(Spelled { folded, source, language: self.language }, |sound| {
            if sound.is_known() {
                take(Some(sound));
                if INFLECTING.contains(&self.language) {
                    sound.stems().for_each(|stem| take(Some(stem)));
                }
            }
        });
    }

    /// Whether a mention says nothing in other languages but by its sound.
    fn is_nameless(&self, concept: usize) -> bool {
        let known = &self.matcher.concepts[concept];
        known.is_listed || matches!(known.kind, Kind::Name | Kind::Art)
    }

    fn source(&self, place: &Range<usize>) -> &str {
        self.zone.source.get(self.zone.folded.source(place.clone())).unwrap_or_default()
    }

    fn has_capital(&self, word: &Word) -> bool {
        self.source(&word.place).starts_with(char::is_uppercase)
    }

    fn is_name(&self, word: &Word, has_capital: bool) -> bool {
        let Some(first) = self.zone.folded.as_str()[word.place.clone()].chars().next() else {
            return false;
        };
        let is_caseless = !first.is_lowercase() || ('\u{10d0}'..='\u{10ff}').contains(&first);
        let is_foreign = first.is_ascii_alphabetic() && NOT_LATIN.contains(&self.language);
        is_caseless && first.is_alphabetic() || has_capital && !word.opens || is_foreign
    }

    /// Latin capitals, digits behind the first: COP29, but no number in Roman letters.
    fn is_acronym(&self, place: &Range<usize>) -> bool {
        let source = self.source(place);
        let word = source.split(['\'', '’']).next().unwrap_or_default();
        ACRONYM_LETTERS.contains(&word.len())
            && !self.is_shouted
            && word.starts_with(|c: char| c.is_ascii_uppercase())
            && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            && !word.bytes().all(|byte| matches!(byte, b'I' | b'V' | b'X'))
    }

    /// Tells how a word sounds, with and without what may be no part of the name.
    fn spelled(&self, place: &Range<usize>, take: &mut impl FnMut(Name, Range<usize>)) {
        let text = self.zone.folded.as_str();
        let place = self.without_apostrophe(place);
        let folded = &text[place.clone()];
        if folded.chars().take(LETTERS_MIN).count() < LETTERS_MIN
            || folded.starts_with(|c: char| c.is_ascii_digit())
        {
            return;
        }
        let mut sounds = |start: usize| {
            let part = start..place.end;
            let word = Spelled {
                folded: &text[part.clone()],
                source: if start == place.start { self.source(&part) } else { "" },
                language: self.language,
            };
            each_sound(word, |sound| {
                if !sound.is_telling() {
                    return;
                }
                take(Name::Sound(sound), place.clone());
                if INFLECTING.contains(&self.language) {
                    sound.stems().for_each(|stem| take(Name::Sound(stem), place.clone()));
                }
            });
        };
        let (front, may_be_front) = clitic(folded, self.language);
        sounds(place.start + front);
        if 0 < may_be_front {
            sounds(place.start + may_be_front);
        }
    }

    /// The name in `Bakı'dan`, `d'Aliyev`; the word itself where the mark is a letter.
    fn without_apostrophe(&self, place: &Range<usize>) -> Range<usize> {
        let word = &self.zone.folded.as_str()[place.clone()];
        let is_letter = matches!(self.language, "uz" | "uk" | "be" | "he");
        match word.find('\'') {
            Some(at) if !is_letter => {
                let n_before = word[..at].chars().count();
                let is_behind = n_before < LETTERS_MIN && at + LETTERS_MIN < word.len();
                if is_behind {
                    place.start + at + 1..place.end
                } else {
                    place.start..place.start + at
                }
            }
            _ => place.clone(),
        }
    }

    fn ideographs(&self, place: &Range<usize>, take: &mut impl FnMut(Name, Range<usize>)) {
        let run = &self.zone.folded.as_str()[place.clone()];
        let at = |part: Range<usize>| place.start + part.start..place.start + part.end;
        let readings = &self.matcher.readings;
        readings.each_name(run, |sound, part| {
            if sound.is_telling() {
                take(Name::Sound(sound), at(part));
            }
        });
        if self.language != "zh" {
            return;
        }
        readings.each_transliteration(run, |sound, part| {
            if sound.is_telling() {
                take(Name::Sound(sound), at(part.clone()));
                // The last character is often the next word's.
                if let Some(stem) = sound.stems().next() {
                    take(Name::Sound(stem), at(part));
                }
            }
        });
    }
}

fn is_country(kind: Kind) -> bool {
    matches!(kind, Kind::Country | Kind::Capital | Kind::Pair | Kind::ShortPair | Kind::Home)
}

/// The bytes of small words that are written together with the next one: those that surely are
/// none of the name, and those that may be.
fn clitic(word: &str, language: &str) -> (usize, usize) {
    const LETTER: usize = 2;
    let n_letters = word.chars().take(7).count();
    let first = word.chars().next().unwrap_or(' ');
    match language {
        "ar" | "fa" | "ur" if word.starts_with("وال") && 5 < n_letters => (3 * LETTER, 0),
        "ar" | "fa" | "ur" if word.starts_with("بال") && 5 < n_letters => (3 * LETTER, 0),
        "ar" | "fa" | "ur" if word.starts_with("ال") && 4 < n_letters => (2 * LETTER, 0),
        "ar" | "fa" | "ur" if word.starts_with("لل") && 4 < n_letters => (2 * LETTER, 0),
        "ar" if matches!(first, 'و' | 'ب' | 'ل' | 'ف' | 'ك') && 4 < n_letters => (0, LETTER),
        "he" if matches!(first, 'ו' | 'ב' | 'ל' | 'מ' | 'ה' | 'כ' | 'ש') && 4 < n_letters => {
            (0, LETTER)
        }
        _ => (0, 0),
    }
}

impl Sound {
    /// How a concept's first name in Latin letters sounds, word by word; nothing for one that is
    /// never written in ideographs.
    pub(in crate::understand) fn of_concept(terms: &[Term]) -> Vec<Self> {
        let is_ideograph = |letter: char| matches!(letter, '\u{3400}'..='\u{9fff}');
        let name = |term: &&Term| term.text.is_ascii() && term.text.contains(char::is_uppercase);
        let has_ideographs = terms.iter().any(|term| term.text.contains(is_ideograph));
        let Some(name) = terms.iter().find(name).filter(|_| has_ideographs) else {
            return Vec::new();
        };
        let mut sounds = Vec::new();
        let words = name.text.split(|letter: char| !letter.is_ascii_alphabetic());
        for word in words.filter(|word| word.starts_with(|letter: char| letter.is_uppercase())) {
            let sound = Self::of_rough(word.to_ascii_lowercase().as_bytes());
            if sound.is_telling() && sounds.len() < CONCEPT_SOUNDS_MAX {
                sounds.push(sound);
            }
        }
        sounds
    }
}
