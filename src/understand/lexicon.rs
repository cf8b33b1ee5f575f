//! The lexicon as people write it: concepts with their terms, and cues.
//!
//! The format is described at the top of `config/lexicon/countries.toml`.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;
use toml::Spanned;

use super::judge::Source;
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
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConcept {
    id: Spanned<String>,
    kind: Spanned<String>,
    country: Option<Spanned<String>>,
    with: Option<Spanned<String>>,
    terms: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawList {
    kind: Spanned<String>,
    country: Option<Spanned<String>>,
    with: Option<Spanned<String>>,
    terms: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCue {
    id: Spanned<String>,
    speaks: Option<Spanned<String>>,
    #[serde(default)]
    aspects: Vec<Spanned<String>>,
    stems: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
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
    /// A person who is known enough to be recognised by this name.
    Person,
    /// A public body, firm, university.
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
    const ALL: &[(&str, Self)] = &[
        ("country", Self::Country),
        ("capital", Self::Capital),
        ("place", Self::Place),
        ("person", Self::Person),
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

    /// Whether such a concept can tell one event from another.
    pub(super) fn is_specific(self) -> bool {
        matches!(self, Self::Place | Self::Person | Self::Organisation | Self::Project)
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
}

/// A name of a concept, with the place where it is written.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) text: String,
    pub(super) file: String,
    pub(super) line: usize,
}

/// What a class of cues says about a tie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaks {
    For,
    Against,
    /// Neither: it only tells what a tie is about.
    Neither,
}

/// A class of words that tell a tie, or speak against one.
#[derive(Clone, Debug)]
pub(super) struct Cue {
    pub(super) id: String,
    pub(super) speaks: Speaks,
    pub(super) aspects: Vec<Aspect>,
    pub(super) stems: Vec<(Language, Vec<String>)>,
}

/// All files of the lexicon.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    pub(super) concepts: Vec<Concept>,
    pub(super) cues: Vec<Cue>,
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
    /// Where the lines start: a lexicon has too many terms to count lines for each.
    lines: Vec<usize>,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Reader<'a> {
    fn new(source: &'a Source<'a>, problems: &'a mut Vec<Problem>) -> Self {
        let lines = source.text.match_indices('\n').map(|(at, _)| at).collect();
        Self { source, lines, problems }
    }

    fn read(&mut self, file: File, lexicon: &mut Lexicon) {
        let home = file.country.as_ref().and_then(|country| self.country(country));
        for raw in file.concept {
            let line = self.line(&raw.id);
            let concept = self.concept(raw, home);
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
            let cue = self.cue(raw);
            lexicon.cues.extend(cue);
        }
    }

    fn concept(&mut self, raw: RawConcept, home: Option<Country>) -> Option<Concept> {
        let country = raw.country.as_ref().map_or(home, |country| self.country(country));
        let with = raw.with.as_ref().and_then(|country| self.country(country));
        let kind = self.kind(&raw.kind)?;
        let terms = raw.terms.iter().filter_map(|term| self.term(term)).collect();
        Some(Concept { id: raw.id.into_inner(), kind, country, with, terms })
    }

    /// In a list every term is a concept of its own, named by itself.
    fn list(&mut self, raw: &RawList, home: Option<Country>, lexicon: &mut Lexicon) {
        let country = raw.country.as_ref().map_or(home, |country| self.country(country));
        let with = raw.with.as_ref().and_then(|country| self.country(country));
        let Some(kind) = self.kind(&raw.kind) else { return };
        for term in &raw.terms {
            if let Some(term) = self.term(term) {
                let id = term.text.clone();
                lexicon.concepts.push(Concept { id, kind, country, with, terms: vec![term] });
            }
        }
    }

    fn cue(&mut self, raw: RawCue) -> Option<Cue> {
        let mut aspects = Vec::new();
        for aspect in &raw.aspects {
            match aspect.get_ref().parse() {
                Ok(aspect) => aspects.push(aspect),
                Err(_) => self.refuse(aspect, "aspect", Aspect::ALL.iter().map(|it| it.as_str())),
            }
        }
        let mut stems = Vec::new();
        for (language, words) in &raw.stems {
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
        let speaks = match raw.speaks.as_ref().map(|speaks| speaks.get_ref().as_str()) {
            None => Speaks::Neither,
            Some("for") => Speaks::For,
            Some("against") => Speaks::Against,
            Some(_) => {
                let speaks = raw.speaks.as_ref()?;
                self.refuse(speaks, "side of an argument", ["for", "against"].into_iter());
                return None;
            }
        };
        Some(Cue { id: raw.id.into_inner(), speaks, aspects, stems })
    }

    fn term(&mut self, raw: &Spanned<String>) -> Option<Term> {
        let line = self.line(raw);
        let text = raw.get_ref().trim();
        if !super::text::fold_term(text).contains(char::is_alphanumeric) {
            self.complain(line, format!("term {text:?} has no letters"), "remove it");
            return None;
        }
        Some(Term { text: text.to_owned(), file: self.source.name.to_owned(), line })
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
