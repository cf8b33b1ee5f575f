//! The lexicon as people write it: concepts with their terms, and cues.
//!
//! The format is described in `docs/lexicon/README.md`.

pub(super) mod readings;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use self::readings::{RawReading, Readings};
use super::judge::Source;
use super::text::fold_term;
use crate::model::{Aspect, Country, Language, Problem};

/// One file of the lexicon, as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    country: Option<Spanned<String>>,
    #[serde(default)]
    concept: Vec<RawConcept>,
    #[serde(default)]
    list: Vec<RawList>,
    #[serde(default)]
    cue: Vec<RawCue>,
    #[serde(default)]
    event: Vec<RawEvent>,
    #[serde(default)]
    outlets: Vec<RawOutlets>,
    #[serde(default)]
    reading: Vec<RawReading>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConcept {
    id: Spanned<String>,
    kind: Spanned<String>,
    country: Option<Spanned<String>>,
    with: Option<Spanned<String>>,
    terms: Vec<Spanned<String>>,
    #[serde(default)]
    only_with: Vec<Spanned<String>>,
    #[serde(default)]
    unless: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawList {
    kind: Spanned<String>,
    country: Option<Spanned<String>>,
    with: Option<Spanned<String>>,
    terms: Vec<Spanned<String>>,
    #[serde(default)]
    only_with: Vec<Spanned<String>>,
    #[serde(default)]
    unless: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCue {
    id: Spanned<String>,
    speaks: Option<Spanned<String>>,
    aspects: Option<Spanned<Vec<Spanned<String>>>>,
    stems: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEvent {
    id: Spanned<String>,
    stems: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOutlets {
    country: Spanned<String>,
    hosts: Vec<Spanned<String>>,
}

/// Hosts of one country's outlets.
#[derive(Clone, Debug)]
pub(super) struct OutletGroup {
    pub(super) country: Country,
    pub(super) hosts: Vec<String>,
}

/// What sort of thing a term names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    /// A country, its people, its adjective.
    Country,
    /// Its capital, which often stands for its government.
    Capital,
    /// Any other place.
    Place,
    /// Head of state or government, minister, ambassador, governor, mayor; or the office itself.
    Official,
    /// Any other person who is known enough to be recognised by this name.
    Person,
    /// A ministry, agency, embassy, parliament, court, state fund, city hall.
    Body,
    /// A firm, bank, carrier.
    Company,
    /// A university, school, institute.
    University,
    /// Any other organisation: museum, association, club, medium.
    Organisation,
    /// A project, field, pipeline, treaty, event.
    Project,
    /// A word that names two countries at once.
    Pair,
    /// The same, so short that it counts only beside a plain mention of the rarer side.
    ShortPair,
    /// Weak: a surname, a title, anything that others bear too.
    Name,
    /// Weak: a brand, an art, a dish.
    Art,
    /// "Our country": the outlet's home.
    Home,
    /// A look-alike: hides what stands in it.
    Mask,
}

impl Kind {
    /// All kinds with their names, in the order of the enum.
    pub(super) const ALL: &[(&str, Self)] = &[
        ("country", Self::Country),
        ("capital", Self::Capital),
        ("place", Self::Place),
        ("official", Self::Official),
        ("person", Self::Person),
        ("body", Self::Body),
        ("company", Self::Company),
        ("university", Self::University),
        ("organisation", Self::Organisation),
        ("project", Self::Project),
        ("pair", Self::Pair),
        ("short-pair", Self::ShortPair),
        ("name", Self::Name),
        ("art", Self::Art),
        ("home", Self::Home),
        ("mask", Self::Mask),
    ];

    /// Whether such a term shows its side by itself.
    pub(super) fn is_strong(self) -> bool {
        !matches!(self, Self::Name | Self::Art | Self::Home | Self::Mask | Self::ShortPair)
    }

    /// Whether such a term can speak for a single side.
    pub(super) fn is_of_side(self) -> bool {
        !matches!(self, Self::Pair | Self::ShortPair | Self::Home | Self::Mask)
    }

    /// Whether it names somebody, or an office.
    pub(super) fn is_person(self) -> bool {
        matches!(self, Self::Official | Self::Person)
    }

    /// Whether it names people who act under one name.
    pub(super) fn is_organisation(self) -> bool {
        matches!(self, Self::Body | Self::Company | Self::University | Self::Organisation)
    }
}

/// Something that the lexicon knows.
#[derive(Clone, Debug)]
pub(super) struct Concept {
    pub(super) id: String,
    pub(super) kind: Kind,
    /// None: a party of no single country, or no party at all.
    pub(super) country: Option<Country>,
    /// The second country of a pair.
    pub(super) with: Option<Country>,
    pub(super) terms: Vec<Term>,
    /// Its number among the lexicon's conditions.
    pub(super) condition: Option<usize>,
    /// One of a list: its only name is its id, so it says nothing in other languages.
    pub(super) is_listed: bool,
}

/// When an ambiguous name counts: words that stand anywhere in the text, folded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Condition {
    /// One of them must be there, unless there are none.
    pub(super) only_with: Vec<String>,
    /// None of them may be there.
    pub(super) unless: Vec<String>,
}

/// A name of a concept, with the place where it is written.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) text: String,
    pub(super) file: Arc<str>,
    pub(super) line: usize,
}

/// What a class of cues says about a tie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Speaks {
    For,
    Against,
    /// Neither: it only tells what a tie is about.
    #[default]
    Neither,
}

/// A class of words that tell a tie, or speak against one.
#[derive(Clone, Debug)]
pub(super) struct Cue {
    pub(super) id: String,
    /// None: it speaks neither for nor against.
    pub(super) speaks: Option<Speaks>,
    pub(super) aspects: Option<Vec<Aspect>>,
    pub(super) stems: Vec<(Language, Vec<String>)>,
}

/// Something that happens, in words of all languages. It has no weight in the score: stories
/// are told apart by it.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) stems: Vec<(Language, Vec<String>)>,
}

/// All files of the lexicon.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    pub(super) concepts: Vec<Concept>,
    pub(super) conditions: Vec<Condition>,
    pub(super) cues: Vec<Cue>,
    pub(super) events: Vec<Event>,
    pub(super) outlets: Vec<OutletGroup>,
    pub(super) readings: Readings,
    /// The ids of concepts, lists aside.
    ids: HashSet<String>,
}

/// Reads all files; tells every mistake.
pub(super) fn read(sources: &[Source<'_>]) -> Result<Lexicon, Vec<Problem>> {
    let mut lexicon = Lexicon::default();
    let mut problems = Vec::new();
    for source in sources {
        let mut reader = Reader::new(source, &mut problems);
        match toml::from_str::<File>(source.text) {
            Ok(file) => reader.read(file, &mut lexicon),
            Err(error) => reader.problems.push(super::topic::syntax_problem(source, &error)),
        }
    }
    if problems.is_empty() { Ok(lexicon) } else { Err(problems) }
}

struct Reader<'a> {
    source: &'a Source<'a>,
    /// The source's name, shared by all its terms.
    name: Arc<str>,
    /// Where the lines start: a lexicon has too many terms to count lines for each.
    lines: Vec<usize>,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Reader<'a> {
    fn new(source: &'a Source<'a>, problems: &'a mut Vec<Problem>) -> Self {
        let lines = source.text.match_indices('\n').map(|(at, _)| at).collect();
        Self { source, name: Arc::from(source.name), lines, problems }
    }

    fn read(&mut self, file: File, lexicon: &mut Lexicon) {
        let home = file.country.as_ref().and_then(|country| self.country(country));
        for raw in file.concept {
            let line = self.line(&raw.id);
            let concept = self.concept(raw, home, lexicon);
            if let Some(concept) = &concept
                && !lexicon.ids.insert(concept.id.clone())
            {
                let message = format!("concept {:?} is there twice", concept.id);
                self.complain(line, message, "give it another id");
            }
            lexicon.concepts.extend(concept);
        }
        for raw in file.list {
            self.list(&raw, home, lexicon);
        }
        for raw in file.cue {
            self.cue(&raw, lexicon);
        }
        for raw in file.event {
            self.event(&raw, lexicon);
        }
        for raw in file.reading {
            self.reading(&raw, &mut lexicon.readings);
        }
        for raw in file.outlets {
            if let Some(country) = self.country(&raw.country) {
                let hosts = raw.hosts.into_iter().map(Spanned::into_inner).collect();
                lexicon.outlets.push(OutletGroup { country, hosts });
            }
        }
    }

    fn concept(
        &mut self,
        raw: RawConcept,
        home: Option<Country>,
        lexicon: &mut Lexicon,
    ) -> Option<Concept> {
        let country = raw.country.as_ref().map_or(home, |country| self.country(country));
        let with = raw.with.as_ref().and_then(|country| self.country(country));
        let kind = self.kind(&raw.kind)?;
        let terms = raw.terms.iter().filter_map(|term| self.term(term)).collect();
        let condition = self.condition(&raw.only_with, &raw.unless, lexicon);
        let id = raw.id.into_inner();
        Some(Concept { id, kind, country, with, terms, condition, is_listed: false })
    }

    /// In a list every term is a concept of its own, named by itself.
    fn list(&mut self, raw: &RawList, home: Option<Country>, lexicon: &mut Lexicon) {
        let country = raw.country.as_ref().map_or(home, |country| self.country(country));
        let with = raw.with.as_ref().and_then(|country| self.country(country));
        let Some(kind) = self.kind(&raw.kind) else { return };
        let condition = self.condition(&raw.only_with, &raw.unless, lexicon);
        for term in &raw.terms {
            if let Some(term) = self.term(term) {
                let id = term.text.clone();
                let terms = vec![term];
                let is_listed = true;
                let concept = Concept { id, kind, country, with, terms, condition, is_listed };
                lexicon.concepts.push(concept);
            }
        }
    }

    fn condition(
        &mut self,
        only_with: &[Spanned<String>],
        unless: &[Spanned<String>],
        lexicon: &mut Lexicon,
    ) -> Option<usize> {
        let mut folded = |words: &[Spanned<String>]| -> Vec<String> {
            let words = words.iter().filter_map(|word| self.term(word));
            words.map(|word| fold_term(&word.text)).collect()
        };
        let condition = Condition { only_with: folded(only_with), unless: folded(unless) };
        if condition == Condition::default() {
            return None;
        }
        let known = lexicon.conditions.iter().position(|known| *known == condition);
        Some(known.unwrap_or_else(|| {
            lexicon.conditions.push(condition);
            lexicon.conditions.len() - 1
        }))
    }

    /// A class may stand in several parts; one of them says what it speaks for.
    fn cue(&mut self, raw: &RawCue, lexicon: &mut Lexicon) {
        let id = raw.id.get_ref();
        let stems = self.stems(&raw.stems);
        let aspects = raw.aspects.as_ref().map(|aspects| self.aspects(aspects.get_ref()));
        let speaks = raw.speaks.as_ref().and_then(|speaks| self.speaks(speaks));
        let Some(known) = lexicon.cues.iter().position(|known| known.id == *id) else {
            return lexicon.cues.push(Cue { id: id.clone(), speaks, aspects, stems });
        };
        let known = &mut lexicon.cues[known];
        known.stems.extend(stems);
        let is_twice = (known.speaks.is_some() && speaks.is_some())
            || (known.aspects.is_some() && aspects.is_some());
        known.speaks = known.speaks.or(speaks);
        known.aspects = known.aspects.take().or(aspects);
        if is_twice {
            let message = format!("the parts of class {id:?} say twice what it speaks for");
            let line = self.line(&raw.id);
            self.complain(line, message, "write `speaks` and `aspects` in one part of the class");
        }
    }

    /// An event may stand in several parts.
    fn event(&mut self, raw: &RawEvent, lexicon: &mut Lexicon) {
        let id = raw.id.get_ref();
        let stems = self.stems(&raw.stems);
        match lexicon.events.iter_mut().find(|known| known.id == *id) {
            Some(known) => known.stems.extend(stems),
            None => lexicon.events.push(Event { id: id.clone(), stems }),
        }
    }

    fn aspects(&mut self, raw: &[Spanned<String>]) -> Vec<Aspect> {
        let mut aspects = Vec::new();
        for aspect in raw {
            match aspect.get_ref().parse() {
                Ok(aspect) => aspects.push(aspect),
                Err(_) => self.refuse(aspect, "aspect", Aspect::ALL.iter().map(|it| it.as_str())),
            }
        }
        aspects
    }

    fn speaks(&mut self, raw: &Spanned<String>) -> Option<Speaks> {
        match raw.get_ref().as_str() {
            "for" => Some(Speaks::For),
            "against" => Some(Speaks::Against),
            _ => {
                self.refuse(raw, "side of an argument", ["for", "against"].into_iter());
                None
            }
        }
    }

    fn stems(
        &mut self,
        raw: &BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    ) -> Vec<(Language, Vec<String>)> {
        let mut stems = Vec::new();
        for (language, words) in raw {
            match language.get_ref().parse::<Language>() {
                Ok(language) => {
                    let words = words.iter().filter_map(|word| self.term(word));
                    stems.push((language, words.map(|word| word.text).collect()));
                }
                Err(error) => {
                    let line = self.line(language);
                    self.complain(line, error.to_string(), "write a code like \"en\" or \"az\"");
                }
            }
        }
        stems
    }

    fn term(&mut self, raw: &Spanned<String>) -> Option<Term> {
        let line = self.line(raw);
        let text = raw.get_ref().trim();
        if !fold_term(text).contains(char::is_alphanumeric) {
            self.complain(line, format!("term {text:?} has no letters"), "remove it");
            return None;
        }
        Some(Term { text: text.to_owned(), file: Arc::clone(&self.name), line })
    }

    fn kind(&mut self, raw: &Spanned<String>) -> Option<Kind> {
        let known = Kind::ALL.iter().find(|(name, _)| name == raw.get_ref());
        if known.is_none() {
            self.refuse(raw, "kind", Kind::ALL.iter().map(|(name, _)| *name));
        }
        known.map(|(_, kind)| *kind)
    }

    fn country(&mut self, raw: &Spanned<String>) -> Option<Country> {
        match raw.get_ref().parse() {
            Ok(country) => Some(country),
            Err(error) => {
                let line = self.line(raw);
                self.complain(line, format!("{error}"), "write a code like \"JP\"");
                None
            }
        }
    }

    fn refuse<'b>(
        &mut self,
        raw: &Spanned<String>,
        what: &str,
        known: impl Iterator<Item = &'b str>,
    ) {
        let line = self.line(raw);
        let hint = format!("write one of: {}", known.collect::<Vec<_>>().join(", "));
        self.complain(line, format!("{:?} is no {what}", raw.get_ref()), &hint);
    }

    fn line<T>(&self, raw: &Spanned<T>) -> usize {
        1 + self.lines.partition_point(|line| *line < raw.span().start)
    }

    fn complain(&mut self, line: usize, message: String, hint: &str) {
        let file = self.source.name.to_owned();
        let hint = Some(hint.to_owned());
        self.problems.push(Problem { file, line: Some(line), message, hint });
    }
}
