//! Finds the lexicon's terms and cues in a folded text.
//!
//! A first pass looks for the two sides alone; where it finds nothing, there is nothing to
//! judge. One more pass finds everything. Among terms that overlap, the longest counts, so that
//! a look-alike hides what stands in it.

mod filter;
pub(super) mod naming;
pub(super) mod trie;

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::ops::{ControlFlow, Range};

use self::filter::Filter;
use self::trie::Trie;
use super::context::FURNITURE_CUE;
use super::lexicon::{Concept, Condition, Kind, Lexicon, Speaks, Term};
use super::story::{Readings, Sound};
use super::text::{Folded, fold_term};
use super::topic::Topic;
use super::words::{Script, each_start, word_end};
use crate::model::{Aspect, Country, Language, Problem};

/// Endings: letters that may follow a term in its word, by the term's sign or length.
const ENDING_OF_STEM: u8 = 12;
const ENDING_OF_LONG_TERM: u8 = 6;
const ENDING_OF_SHORT_TERM: u8 = 4;
const LONG_TERM_LETTERS: usize = 7;
/// Arabic words are short, so more letters would be another word.
const ENDING_OF_ARABIC_MAX: u8 = 4;

/// Terms in capitals up to this length are abbreviations: lower-case words do not match them.
const ABBREVIATION_LETTERS_MAX: usize = 5;

/// Names up to this length must be written with a capital; longer ones are no other words, and
/// are often written small as adjectives.
const NAME_LETTERS_MAX: usize = 7;

/// Abbreviations up to this length must be all capitals.
const CAPITALS_ONLY_MAX: usize = 3;

/// Languages that cues are kept for: one bit each, and one for texts of any other language.
const LANGUAGES_MAX: usize = 63;
const OTHER_LANGUAGE: u64 = 1 << LANGUAGES_MAX;

/// Stems of all languages, as ISO 639-2 writes it.
const ALL_LANGUAGES: &str = "mul";

/// Candidates looked at in one field; a longer list of names is no article.
const CANDIDATES_MAX: usize = 20_000;

/// One of the topic's two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Side {
    A,
    B,
}

impl Side {
    /// Its place in arrays of two.
    pub(super) fn index(self) -> usize {
        usize::from(self == Self::B)
    }
}

/// Whom a mention speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Party {
    One(Side),
    Both,
    Third(Country),
    /// A firm or body of no single country.
    Group,
    Nobody,
}

impl Party {
    /// Whether it speaks for `side`.
    pub(super) fn includes(self, side: Side) -> bool {
        self == Self::One(side) || self == Self::Both
    }

    /// Whether it speaks for a side at all.
    pub(super) fn is_side(self) -> bool {
        matches!(self, Self::One(_) | Self::Both)
    }

    /// Whether it is neither side's.
    pub(super) fn is_third(self) -> bool {
        matches!(self, Self::Third(_) | Self::Group)
    }
}

/// A concept as the matcher keeps it.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) kind: Kind,
    pub(super) party: Party,
    /// Where it counts, as a number among the matcher's conditions.
    condition: Option<u32>,
    /// One of a list: its id says nothing in other languages.
    pub(super) is_listed: bool,
    /// The first concept that names the same thing: they share a name, or each shares one with a
    /// third.
    pub(super) thing: u32,
}

/// The ids of all concepts, one after the other: a hundred thousand strings of their own would
/// keep apart what compiling leaves free.
#[derive(Clone, Debug, Default)]
struct Ids {
    text: String,
    ends: Vec<u32>,
}

impl Ids {
    fn push(&mut self, id: &str) {
        self.text.push_str(id);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    fn get(&self, number: usize) -> &str {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start as usize..self.ends[number] as usize]
    }
}

/// A class of cues as the matcher keeps it.
#[derive(Clone, Debug)]
pub(super) struct CueClass {
    pub(super) id: String,
    pub(super) aspects: Vec<Aspect>,
    pub(super) speaks: Speaks,
}

impl CueClass {
    /// Whether it tells something of a tie: a theme only tells what a tie is about, and the
    /// heads of link lists only what is cut.
    pub(super) fn is_weighed(&self) -> bool {
        let is_theme = self.speaks == Speaks::Neither && !self.aspects.is_empty();
        !is_theme && self.id != FURNITURE_CUE
    }
}

/// A term found at a place; bytes of the folded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) concept: usize,
    pub(super) kind: Kind,
    pub(super) party: Party,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A cue found at a place; bytes of the folded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CueHit {
    pub(super) class: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Words of an event found at a place; bytes of the folded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EventHit {
    pub(super) event: usize,
    pub(super) start: usize,
}

/// What was found in one field, in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) mentions: Vec<Mention>,
    pub(super) cues: Vec<CueHit>,
    pub(super) events: Vec<EventHit>,
}

impl Found {
    pub(super) fn is_empty(&self) -> bool {
        self.mentions.is_empty() && self.cues.is_empty()
    }
}

/// Which conditions a text meets; looked up when the first name asks.
struct Conditions<'a> {
    all: &'a [Condition],
    fields: &'a [(&'a str, &'a Folded)],
    known: Vec<Option<bool>>,
}

impl<'a> Conditions<'a> {
    fn new(conditions: &'a [Condition], fields: &'a [(&'a str, &'a Folded)]) -> Self {
        Self { all: conditions, fields, known: vec![None; conditions.len()] }
    }

    fn is_met(&mut self, number: u32) -> bool {
        let number = number as usize;
        if let Some(is_met) = self.known[number] {
            return is_met;
        }
        let Condition { only_with, unless } = &self.all[number];
        let is_there = |word: &String| self.fields.iter().any(|it| it.1.as_str().contains(word));
        let is_met = (only_with.is_empty() || only_with.iter().any(is_there))
            && !unless.iter().any(is_there);
        self.known[number] = Some(is_met);
        is_met
    }
}

/// How a term has to be written, where its script has capitals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writing {
    Any,
    /// With a capital somewhere: the name of a town is no everyday word.
    Capital,
    /// In capitals, or with a capital and no ending: "Jica" may pass, "Affairs" is not AFFA.
    Abbreviation,
    /// In capitals only: a short abbreviation.
    Capitals,
}

impl Writing {
    fn of(kind: Kind, name: &str) -> Self {
        let letters = || name.chars().filter(|c| c.is_alphabetic());
        let first_has_case = letters().next().is_some_and(|c| c.is_uppercase() || c.is_lowercase());
        let n_letters = letters().count();
        let is_abbreviation = (2..=ABBREVIATION_LETTERS_MAX).contains(&n_letters)
            && letters().all(char::is_uppercase);
        let is_always_name =
            matches!(kind, Kind::Place | Kind::Person | Kind::Company | Kind::University);
        let is_name = is_always_name || letters().next().is_some_and(char::is_uppercase);
        match kind {
            _ if is_abbreviation && n_letters <= CAPITALS_ONLY_MAX => Self::Capitals,
            _ if is_abbreviation => Self::Abbreviation,
            Kind::Country | Kind::Pair | Kind::ShortPair | Kind::Home | Kind::Mask => Self::Any,
            _ if first_has_case && is_name && n_letters <= NAME_LETTERS_MAX => Self::Capital,
            _ => Self::Any,
        }
    }

    /// Whether the term at `start..end` of the folded text, in a word that ends at `word_end`,
    /// is written so.
    fn is_met(self, spelling: &Spelling<'_>, (start, end, word_end): Place) -> bool {
        if self == Self::Any {
            return true;
        }
        let mut letters = spelling.words(start, end).chars().filter(|c| c.is_alphabetic());
        match self {
            Self::Any => true,
            Self::Capital => letters.any(char::is_uppercase) || spelling.is_all_small(),
            Self::Abbreviation if end == word_end => letters.any(char::is_uppercase),
            Self::Abbreviation | Self::Capitals => letters.all(char::is_uppercase),
        }
    }
}

/// Start and end of a term, and the end of its word; bytes of the folded text.
type Place = (usize, usize, usize);

/// How a field is written.
struct Spelling<'a> {
    source: &'a str,
    folded: &'a Folded,
    all_small: OnceCell<bool>,
}

impl<'a> Spelling<'a> {
    fn new(source: &'a str, folded: &'a Folded) -> Self {
        Self { source, folded, all_small: OnceCell::new() }
    }

    fn words(&self, start: usize, end: usize) -> &'a str {
        self.source.get(self.folded.source(start..end)).unwrap_or_default()
    }

    /// Whether it has no capital at all, so that names are not told from words by them.
    fn is_all_small(&self) -> bool {
        *self.all_small.get_or_init(|| !self.source.contains(char::is_uppercase))
    }
}

/// What a pattern stands for.
#[derive(Clone, Copy, Debug)]
enum Entry {
    Term { concept: u32, ending: u8, writing: Writing },
    Cue { class: u16, languages: u64, ending: u8 },
    Event { event: u16, languages: u64, ending: u8 },
}

/// The lexicon, ready to be found in texts.
#[derive(Clone, Debug)]
pub(super) struct Matcher {
    trie: Trie,
    /// Where terms of the two sides may start.
    sides: Filter,
    /// For each pattern, its script and the end of its entries.
    patterns: Box<[(Script, u32)]>,
    entries: Box<[Entry]>,
    pub(super) concepts: Box<[Known]>,
    ids: Ids,
    conditions: Vec<Condition>,
    pub(super) cues: Vec<CueClass>,
    /// The ids of the events.
    pub(super) events: Vec<String>,
    languages: Vec<Language>,
    /// What people call a country: the first term of its concept.
    names: BTreeMap<Country, String>,
    /// How names of concepts sound, for texts in which they stand in ideographs.
    sounds: BTreeMap<u32, Box<[Sound]>>,
    pub(super) readings: Readings,
}

impl Matcher {
    /// Prepares the lexicon for a topic.
    ///
    /// # Errors
    /// Terms that name two different parties, and more than the matcher can hold.
    pub(super) fn new(lexicon: &Lexicon, topic: &Topic) -> Result<Self, Vec<Problem>> {
        let mut builder = Builder::default();
        for concept in &lexicon.concepts {
            let party = party(topic, concept.kind, concept.country, concept.with);
            let number = builder.concepts.len();
            if let (Kind::Country, Some(country), Some(term)) =
                (concept.kind, concept.country, concept.terms.first())
            {
                let name = term.text.trim_end_matches(['$', '*']).to_owned();
                builder.names.entry(country).or_insert(name);
            }
            let kind = concept.kind;
            let condition = concept.condition.and_then(|number| u32::try_from(number).ok());
            builder.ids.push(&concept.id);
            let is_listed = concept.is_listed;
            let thing = u32::try_from(number).unwrap_or(u32::MAX);
            builder.concepts.push(Known { kind, party, condition, is_listed, thing });
            builder.add_sounds(number, concept);
            for term in &concept.terms {
                builder.add_term(number, term);
            }
        }
        for cue in &lexicon.cues {
            let class = builder.cues.len();
            builder.cues.push(CueClass {
                id: cue.id.clone(),
                aspects: cue.aspects.clone().unwrap_or_default(),
                speaks: cue.speaks.unwrap_or_default(),
            });
            for (language, stems) in &cue.stems {
                for stem in stems {
                    builder.add_cue(class, *language, stem);
                }
            }
        }
        for event in &lexicon.events {
            let number = builder.events.len();
            builder.events.push(event.id.clone());
            for (language, stems) in &event.stems {
                for stem in stems {
                    builder.add_event(number, *language, stem);
                }
            }
        }
        builder.conditions.clone_from(&lexicon.conditions);
        builder.readings = Readings::new(&lexicon.readings);
        builder.build()
    }

    /// Finds everything in all fields of a text, each given as its source and its folded form;
    /// nothing at all where no word speaks for a side.
    pub(super) fn find(&self, fields: &[(&str, &Folded)], language: Language) -> Vec<Found> {
        if !self.may_show_a_side(fields) {
            return fields.iter().map(|_| Found::default()).collect();
        }
        let mut conditions = Conditions::new(&self.conditions, fields);
        let language = self.language_bit(language);
        let fields = fields.iter();
        fields.map(|(source, text)| self.find_in(source, text, language, &mut conditions)).collect()
    }

    /// Whether a term of a side stands in a field, be it hidden or without its context.
    pub(super) fn may_show_a_side(&self, fields: &[(&str, &Folded)]) -> bool {
        fields.iter().any(|(source, folded)| self.may_show_a_side_in(source, folded))
    }

    fn may_show_a_side_in(&self, source: &str, folded: &Folded) -> bool {
        let text = folded.as_str();
        let spelling = Spelling::new(source, folded);
        let mut is_shown = false;
        each_start(text, |start| {
            is_shown =
                self.sides.passes(text.as_bytes(), start) && self.shows_a_side_at(&spelling, start);
            if is_shown { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        is_shown
    }

    #[cold]
    fn shows_a_side_at(&self, spelling: &Spelling<'_>, start: usize) -> bool {
        let text = spelling.folded.as_str();
        let mut is_shown = false;
        self.trie.walk(text.as_bytes(), start, |number, end| {
            let (script, entries) = self.pattern(number);
            is_shown |= self.entries[entries].iter().any(|entry| {
                let Entry::Term { concept, ending, writing } = *entry else {
                    return false;
                };
                self.concepts[concept as usize].party.is_side()
                    && word_end(text, (start, end), script, ending.into())
                        .is_some_and(|word| writing.is_met(spelling, (start, end, word)))
            });
        });
        is_shown
    }

    fn pattern(&self, number: usize) -> (Script, Range<usize>) {
        let start = number.checked_sub(1).map_or(0, |before| self.patterns[before].1);
        let (script, end) = self.patterns[number];
        (script, start as usize..end as usize)
    }

    fn find_in(
        &self,
        source: &str,
        folded: &Folded,
        language: u64,
        conditions: &mut Conditions<'_>,
    ) -> Found {
        let text = folded.as_str();
        let spelling = Spelling::new(source, folded);
        let mut candidates = Vec::new();
        let (mut cues, mut events) = (Vec::new(), Vec::new());
        each_start(text, |start| {
            self.trie.walk(text.as_bytes(), start, |number, end| {
                let (script, entries) = self.pattern(number);
                for entry in &self.entries[entries] {
                    let (Entry::Term { ending, .. }
                    | Entry::Cue { ending, .. }
                    | Entry::Event { ending, .. }) = *entry;
                    let Some(word_end) = word_end(text, (start, end), script, ending.into()) else {
                        continue;
                    };
                    match *entry {
                        Entry::Term { concept, writing, .. } => {
                            let concept = concept as usize;
                            let Known { kind, party, condition, .. } = self.concepts[concept];
                            let place = (start, end, word_end);
                            let is_written = writing.is_met(&spelling, place);
                            if is_written && condition.is_none_or(|it| conditions.is_met(it)) {
                                let end = word_end;
                                candidates.push(Mention { concept, kind, party, start, end });
                            }
                        }
                        Entry::Cue { class, languages, .. } => {
                            if languages & language != 0 {
                                cues.push(CueHit { class: class.into(), start, end: word_end });
                            }
                        }
                        Entry::Event { event, languages, .. } => {
                            if languages & language != 0 {
                                events.push(EventHit { event: event.into(), start });
                            }
                        }
                    }
                }
            });
            if candidates.len() + cues.len() + events.len() < CANDIDATES_MAX {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        cues.sort_unstable_by_key(|cue| (cue.start, cue.class, cue.end));
        cues.dedup_by_key(|cue| (cue.start, cue.class));
        Found { mentions: longest_without_overlap(candidates, text.len()), cues, events }
    }

    /// The id of the thing that a concept names: the same for all that share a name.
    pub(super) fn thing_id(&self, concept: usize) -> &str {
        self.id(self.concepts[concept].thing as usize)
    }

    /// The id of a concept.
    pub(super) fn id(&self, concept: usize) -> &str {
        self.ids.get(concept)
    }

    /// How the names of a concept sound that is also written in ideographs.
    pub(super) fn sounds(&self, concept: usize) -> &[Sound] {
        let number = u32::try_from(concept).ok();
        number.and_then(|number| self.sounds.get(&number)).map_or(&[], |sounds| sounds)
    }

    /// What people call a country.
    pub(super) fn name(&self, country: Country) -> String {
        self.names.get(&country).cloned().unwrap_or_else(|| country.to_string())
    }

    /// The bit of `language`; English cues serve languages that have none of their own.
    fn language_bit(&self, language: Language) -> u64 {
        let bit = |language| self.languages.iter().position(|known| *known == language);
        let english = Language::of_tag("en").ok();
        bit(language).or_else(|| english.and_then(bit)).map_or(OTHER_LANGUAGE, |bit| 1 << bit)
    }
}

fn longest_without_overlap(mut candidates: Vec<Mention>, length: usize) -> Vec<Mention> {
    candidates.sort_by_key(|it| {
        (std::cmp::Reverse(it.end - it.start), it.kind != Kind::Mask, it.start, it.concept)
    });
    let mut taken = vec![false; length];
    candidates.retain(|it| {
        let place = &mut taken[it.start..it.end];
        let is_free = !place.contains(&true);
        if is_free {
            place.fill(true);
        }
        is_free
    });
    candidates.sort_by_key(|it| it.start);
    candidates
}

fn party(topic: &Topic, kind: Kind, country: Option<Country>, with: Option<Country>) -> Party {
    let side = |country: Country| match country {
        it if it == topic.sides[0] => Party::One(Side::A),
        it if it == topic.sides[1] => Party::One(Side::B),
        other => Party::Third(other),
    };
    match (country.map(side), with.map(side)) {
        // A look-alike speaks for nobody, and "our country" only for the outlet's home.
        _ if matches!(kind, Kind::Mask | Kind::Home) => Party::Nobody,
        // Its first country alone, until the text names that country otherwise.
        (Some(first), Some(_)) if kind == Kind::ShortPair => first,
        (Some(Party::One(_)), Some(Party::One(_))) => Party::Both,
        (Some(Party::One(_)), Some(third)) => third,
        (Some(party), _) => party,
        (None, _) if kind.is_organisation() => Party::Group,
        (None, _) => Party::Nobody,
    }
}

#[derive(Default)]
struct Builder {
    patterns: Vec<String>,
    numbers: HashMap<String, usize>,
    entries: Vec<(Script, Vec<Entry>)>,
    concepts: Vec<Known>,
    ids: Ids,
    conditions: Vec<Condition>,
    cues: Vec<CueClass>,
    events: Vec<String>,
    languages: Vec<Language>,
    names: BTreeMap<Country, String>,
    sounds: BTreeMap<u32, Box<[Sound]>>,
    readings: Readings,
    problems: Vec<Problem>,
}

impl Builder {
    fn add_sounds(&mut self, number: usize, concept: &Concept) {
        let is_name = matches!(
            concept.kind,
            Kind::Official | Kind::Person | Kind::Place | Kind::Company | Kind::University
        );
        let sounds = if is_name { Sound::of_concept(&concept.terms) } else { Vec::new() };
        if let (false, Ok(number)) = (sounds.is_empty(), u32::try_from(number)) {
            self.sounds.insert(number, sounds.into());
        }
    }

    fn add_term(&mut self, concept: usize, term: &Term) {
        let name = term.text.trim_end_matches(['$', '*']);
        let number = self.pattern(name);
        let script = self.entries[number].0;
        let ending = ending(&term.text, name, script);
        let writing = Writing::of(self.concepts[concept].kind, name);
        let mut known = self.entries[number].1.iter().filter_map(|entry| match entry {
            Entry::Term { concept, .. } => Some(*concept as usize),
            Entry::Cue { .. } | Entry::Event { .. } => None,
        });
        let others: Vec<usize> = known.clone().collect();
        let new = &self.concepts[concept];
        // A look-alike may be written like a name: it hides it.
        let is_rival =
            |it: &Known| it.party != new.party && it.kind != Kind::Mask && new.kind != Kind::Mask;
        if let Some(other) = known.clone().find(|it| is_rival(&self.concepts[*it])) {
            self.problems.push(Problem {
                file: term.file.to_string(),
                line: Some(term.line),
                message: format!("{name:?} also names {:?}", self.ids.get(other)),
                hint: Some("a term names one party; remove it from one of the two".to_owned()),
            });
        } else if !known.any(|it| {
            let it = &self.concepts[it];
            it.condition == new.condition && it.party == new.party
        }) {
            // Of concepts that share a term the first counts whose condition is met.
            let concept = u32::try_from(concept).unwrap_or(u32::MAX);
            self.entries[number].1.push(Entry::Term { concept, ending, writing });
        }
        for other in others {
            self.identify(concept, other, name);
        }
    }

    /// Two concepts of one kind and party that share a name are one thing; persons share more than
    /// a surname.
    fn identify(&mut self, concept: usize, other: usize, name: &str) {
        let (one, two) = (&self.concepts[concept], &self.concepts[other]);
        let is_full = !one.kind.is_person() || name.contains([' ', '・', '·']);
        if one.kind != two.kind || one.party != two.party || !is_full {
            return;
        }
        let (one, two) = (self.thing(concept), self.thing(other));
        let (first, second) = (one.min(two), one.max(two));
        self.concepts[second].thing = u32::try_from(first).unwrap_or(u32::MAX);
    }

    /// The first concept that names the same thing.
    fn thing(&self, concept: usize) -> usize {
        let mut at = concept;
        while self.concepts[at].thing as usize != at {
            at = self.concepts[at].thing as usize;
        }
        at
    }

    fn add_cue(&mut self, class: usize, language: Language, stem: &str) {
        let (number, languages, ending) = self.stem(language, stem);
        let class = u16::try_from(class).unwrap_or(u16::MAX);
        self.entries[number].1.push(Entry::Cue { class, languages, ending });
    }

    fn add_event(&mut self, event: usize, language: Language, stem: &str) {
        let (number, languages, ending) = self.stem(language, stem);
        let event = u16::try_from(event).unwrap_or(u16::MAX);
        self.entries[number].1.push(Entry::Event { event, languages, ending });
    }

    /// The pattern of a stem, the texts it counts in, and the letters that may follow it.
    fn stem(&mut self, language: Language, stem: &str) -> (usize, u64, u8) {
        let number = self.pattern(stem.trim_end_matches(['$', '*']));
        let ending = if stem.ends_with('$') { 0 } else { CUE_ENDING };
        (number, self.bits(language), ending)
    }

    /// The bit of a language, all bits for `mul`; a language beyond the last bit has none.
    fn bits(&mut self, language: Language) -> u64 {
        if language.as_str() == ALL_LANGUAGES {
            return u64::MAX;
        }
        let known = self.languages.iter().position(|known| *known == language);
        let bit = known.unwrap_or(self.languages.len());
        if known.is_none() {
            self.languages.push(language);
        }
        if bit < LANGUAGES_MAX { 1 << bit } else { 0 }
    }

    /// The number of a name's folded form, from its first letter or digit on: terms are looked
    /// for where words start.
    fn pattern(&mut self, name: &str) -> usize {
        let folded = fold_term(name);
        let folded = folded.trim_start_matches(|c: char| !c.is_alphanumeric());
        if let Some(number) = self.numbers.get(folded) {
            return *number;
        }
        let number = self.patterns.len();
        self.entries.push((Script::of_term(folded), Vec::new()));
        self.patterns.push(folded.to_owned());
        self.numbers.insert(folded.to_owned(), number);
        number
    }

    fn build(mut self) -> Result<Matcher, Vec<Problem>> {
        for concept in 0..self.concepts.len() {
            let thing = self.thing(concept);
            self.concepts[concept].thing = u32::try_from(thing).unwrap_or(u32::MAX);
        }
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        let Some(trie) = Trie::new(&self.patterns) else {
            return Err(vec![Problem {
                file: "lexicon".to_owned(),
                line: None,
                message: "the lexicon is too large".to_owned(),
                hint: Some("remove terms".to_owned()),
            }]);
        };
        let mut entries = Vec::new();
        let mut patterns = Vec::with_capacity(self.patterns.len());
        let mut sides = Filter::new();
        for (text, (script, own)) in self.patterns.iter().zip(self.entries) {
            let is_side = own.iter().any(|entry| match entry {
                Entry::Term { concept, .. } => self.concepts[*concept as usize].party.is_side(),
                Entry::Cue { .. } | Entry::Event { .. } => false,
            });
            if is_side {
                sides.add(text.as_bytes());
            }
            entries.extend(own);
            patterns.push((script, u32::try_from(entries.len()).unwrap_or(u32::MAX)));
        }
        Ok(Matcher {
            trie,
            sides,
            patterns: patterns.into(),
            entries: entries.into(),
            concepts: self.concepts.into(),
            ids: self.ids,
            conditions: self.conditions,
            cues: self.cues,
            events: self.events,
            languages: self.languages,
            names: self.names,
            sounds: self.sounds,
            readings: self.readings,
        })
    }
}

/// A cue is a stem unless it says `$`: any ending.
const CUE_ENDING: u8 = 24;

fn ending(term: &str, name: &str, script: Script) -> u8 {
    let ending = match term.as_bytes().last() {
        Some(b'$') => 0,
        Some(b'*') => ENDING_OF_STEM,
        _ if name.chars().count() < LONG_TERM_LETTERS => ENDING_OF_SHORT_TERM,
        _ => ENDING_OF_LONG_TERM,
    };
    if script == Script::Arabic { ending.min(ENDING_OF_ARABIC_MAX) } else { ending }
}

#[cfg(test)]
mod tests;
