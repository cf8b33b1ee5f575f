//! The traces of a text: what of it survives translation.

use std::cmp::Reverse;
use std::fmt::{self, Write};
use std::ops::Range;

use super::commonness::Commonness;
use super::grams::Grams;
use super::names::{Name, Search};
use super::sound::Sound;
use crate::model::{Field, Trace, TraceKind, Traces};
use crate::understand::context::{Reading, Sentence, Zone};
use crate::understand::figures::{self, Day, Value};
use crate::understand::lexicon::Kind;
use crate::understand::mentions::Matcher;

/// Traces looked at in one text; a text with more is a list.
const FOUND_MAX: usize = 20_000;

/// Letters of a label.
const LABEL_LETTERS_MAX: usize = 40;

/// So much of a body is its start; the sentence that goes beyond is the last one.
const LEAD_BYTES_MAX: usize = 400;

/// A number from here on tells more than a count.
const NUMBER_MIN: f64 = 13.0;

/// What was seen in a text: what is kept of it, and how people call that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// What story decisions compare.
    pub traces: Traces,
    /// Words for the keys of `traces`, sorted by key: "Motegi", "05-05", "3.2 million USD".
    pub labels: Vec<(u32, String)>,
}

/// The traces of a text; of too many the rarest, those of title and summary first.
pub(in crate::understand) fn traces(
    matcher: &Matcher,
    reading: &Reading<'_>,
    commonness: &Commonness,
) -> Sight {
    let mut found = found(matcher, reading);
    keep_best(&mut found, |it| it.trace, commonness);
    let names = Names { matcher, reading };
    let labels = found.iter().map(|it| (it.trace.key(), names.label(it))).collect();
    let traces = found.into_iter().map(|it| it.trace).collect();
    let (grams, lead) = grams(reading);
    Sight { traces: Traces { traces, grams, lead, has_body: has_body(reading) }, labels }
}

/// What is learnt from a text: all its traces with the words that are hashed.
#[derive(Clone, Debug, Default)]
pub(in crate::understand) struct AllTraces {
    pub(in crate::understand) traces: Vec<(Trace, String)>,
    /// Samples of the text's pieces, of all and of its start.
    pub(in crate::understand) grams: (Vec<u32>, Vec<u32>),
    pub(in crate::understand) has_body: bool,
}

/// What is learnt from a text.
pub(in crate::understand) fn all_traces(matcher: &Matcher, reading: &Reading<'_>) -> AllTraces {
    let names = Names { matcher, reading };
    let with_words = |found: Found| (found.trace, names.key(&found));
    let traces = found(matcher, reading).into_iter().map(with_words).collect();
    AllTraces { traces, grams: grams(reading), has_body: has_body(reading) }
}

/// Those that a sketch keeps, sorted.
pub(super) fn kept(mut traces: Vec<Trace>, commonness: &Commonness) -> Vec<Trace> {
    keep_best(&mut traces, |trace| *trace, commonness);
    traces
}

fn has_body(reading: &Reading<'_>) -> bool {
    reading.zone(Field::Body).is_some_and(|zone| !zone.source.trim().is_empty())
}

/// Something found in a text.
#[derive(Clone, Copy, Debug)]
struct Found {
    trace: Trace,
    what: What,
    field: Field,
}

/// What a trace is of. Places are bytes of the field's folded text.
#[derive(Clone, Copy, Debug)]
enum What {
    Concept { concept: usize, kind: TraceKind, place: Place },
    Known(&'static str, Sound, Place),
    KnownIdeographs(&'static str, Place),
    Sound(Sound, Place),
    Ideographs(Place),
    Acronym(Place),
    Number(f64),
    Amount(f64, &'static str),
    Day { month: u8, day: u8 },
    Event(usize),
}

impl What {
    fn kind(&self) -> TraceKind {
        match self {
            Self::Concept { kind, .. } => *kind,
            Self::Known(..) | Self::KnownIdeographs(..) => TraceKind::Known,
            Self::Sound(..) | Self::Ideographs(_) => TraceKind::Name,
            Self::Acronym(_) => TraceKind::Acronym,
            Self::Number(_) => TraceKind::Number,
            Self::Amount(..) => TraceKind::Amount,
            Self::Day { .. } => TraceKind::Day,
            Self::Event(_) => TraceKind::Event,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Place {
    start: usize,
    end: usize,
}

impl From<Range<usize>> for Place {
    fn from(range: Range<usize>) -> Self {
        Self { start: range.start, end: range.end }
    }
}

/// What keys and labels are made from.
#[derive(Clone, Copy)]
struct Names<'a> {
    matcher: &'a Matcher,
    reading: &'a Reading<'a>,
}

impl Names<'_> {
    /// The words that are hashed: equal in two texts that share the trace.
    fn write_key(&self, what: &What, field: Field, out: &mut impl Write) -> fmt::Result {
        match what {
            What::Concept { concept, .. } => out.write_str(self.matcher.thing_id(*concept)),
            What::Known(group, sound, _) => write!(out, "{group} {}", sound.as_str()),
            What::Sound(sound, _) => out.write_str(sound.as_str()),
            What::Ideographs(place) => self.write_ideographs(*place, field, out),
            What::KnownIdeographs(group, place) => {
                write!(out, "{group} ")?;
                self.write_ideographs(*place, field, out)
            }
            What::Acronym(place) => {
                let word = self.folded(field, *place);
                out.write_str(word.split('\'').next().unwrap_or(word))
            }
            What::Number(value) => write!(out, "{value:.2e}"),
            What::Amount(value, unit) => write!(out, "{value:.2e} {unit}"),
            What::Day { month, day } => write!(out, "{month:02}-{day:02}"),
            What::Event(event) => out.write_str(&self.matcher.events[*event]),
        }
    }

    /// Ideographs as Japanese writes them.
    fn write_ideographs(&self, place: Place, field: Field, out: &mut impl Write) -> fmt::Result {
        let mut letters = self.folded(field, place).chars();
        letters.try_for_each(|it| out.write_char(self.matcher.readings.japanese(it)))
    }

    fn found(&self, what: What, field: Field) -> Found {
        let mut hash = Hash::new();
        // A hash takes everything.
        let _ = self.write_key(&what, field, &mut hash);
        Found { trace: Trace::new(what.kind(), hash.0, field), what, field }
    }

    /// The words that are hashed.
    fn key(&self, found: &Found) -> String {
        let mut key = String::new();
        // A string takes everything.
        let _ = self.write_key(&found.what, found.field, &mut key);
        key
    }

    /// What people call it.
    fn label(&self, found: &Found) -> String {
        let label = match found.what {
            What::Concept { place, .. }
            | What::Sound(_, place)
            | What::Ideographs(place)
            | What::Known(_, _, place)
            | What::KnownIdeographs(_, place)
            | What::Acronym(place) => self.source(found.field, place).to_owned(),
            What::Number(value) => figures::in_words(value),
            What::Amount(value, unit) => format!("{} {unit}", figures::in_words(value)),
            _ => self.key(found),
        };
        label.chars().take(LABEL_LETTERS_MAX).collect()
    }

    fn folded(&self, field: Field, place: Place) -> &str {
        let zone = self.reading.zone(field);
        zone.and_then(|zone| zone.folded.as_str().get(place.start..place.end)).unwrap_or_default()
    }

    fn source(&self, field: Field, place: Place) -> &str {
        let zone = self.reading.zone(field);
        let source =
            zone.and_then(|zone| zone.source.get(zone.folded.source(place.start..place.end)));
        source.unwrap_or_default()
    }
}

/// FNV-1a, 32 bits.
struct Hash(u32);

impl Hash {
    fn new() -> Self {
        Self(0x811c_9dc5)
    }
}

impl Write for Hash {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
        Ok(())
    }
}

/// The hash of a trace's words.
pub(super) fn hash(words: &str) -> u32 {
    let mut hash = Hash::new();
    // A hash takes everything.
    let _ = hash.write_str(words);
    hash.0
}

/// All traces of a text, each in its best field, sorted.
fn found(matcher: &Matcher, reading: &Reading<'_>) -> Vec<Found> {
    let names = Names { matcher, reading };
    let mut all = Vec::new();
    let mut add = |what: What, field: Field| {
        if all.len() < FOUND_MAX {
            all.push(names.found(what, field));
        }
    };
    for (field, event) in &reading.events {
        add(What::Event(*event), *field);
    }
    for sentence in &reading.sentences {
        for mention in reading.mentions_of(sentence) {
            let known = &matcher.concepts[mention.concept];
            if let Some(kind) = kind_of(known.kind) {
                let place = (mention.start..mention.end).into();
                add(What::Concept { concept: mention.concept, kind, place }, sentence.field);
            }
        }
    }
    for zone in &reading.zones {
        add_numbers(zone, reading, |what| add(what, zone.field));
    }
    for zone in &reading.zones {
        add_names(matcher, zone, reading, |what| add(what, zone.field));
    }
    all.sort_by_key(|it| (it.trace.key(), Reverse(it.trace)));
    all.dedup_by_key(|it| it.trace.key());
    all
}

/// Events first, then the rarest, title and summary before the body.
fn keep_best<T>(found: &mut Vec<T>, trace_of: impl Fn(&T) -> Trace, commonness: &Commonness) {
    const HEAD: f32 = 0.5;
    const ALWAYS: f32 = 9.0;
    if found.len() <= Traces::MAX {
        return;
    }
    let rank = |trace: Trace| match trace.kind() {
        Some(TraceKind::Event) => ALWAYS,
        _ => commonness.rarity(trace) + if trace.is_head() { HEAD } else { 0.0 },
    };
    found.sort_by_cached_key(|it| {
        let trace = trace_of(it);
        (Reverse(OrderedRank(rank(trace))), trace)
    });
    found.truncate(Traces::MAX);
    found.sort_by_key(trace_of);
}

/// A rank that can be sorted by.
#[derive(Clone, Copy, Debug)]
struct OrderedRank(f32);

impl Ord for OrderedRank {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for OrderedRank {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for OrderedRank {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for OrderedRank {}

fn kind_of(kind: Kind) -> Option<TraceKind> {
    match kind {
        Kind::Official | Kind::Person => Some(TraceKind::Person),
        Kind::Body | Kind::Company | Kind::University | Kind::Organisation => {
            Some(TraceKind::Organisation)
        }
        Kind::Place => Some(TraceKind::Place),
        Kind::Project => Some(TraceKind::Project),
        _ => None,
    }
}

/// What sort of name a mention is, for the key of its sound; none for countries.
fn group(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Official | Kind::Person => Some("person"),
        Kind::Body | Kind::Company | Kind::University | Kind::Organisation => Some("body"),
        Kind::Place => Some("place"),
        Kind::Project | Kind::Name | Kind::Art => Some("thing"),
        _ => None,
    }
}

/// The parts of a field that belong to the article; all of it where no word was looked for.
fn parts<'a>(
    zone: &'a Zone<'_>,
    reading: &'a Reading<'_>,
) -> impl Iterator<Item = (Range<usize>, Option<&'a Sentence>)> + use<'a> {
    let sentences = reading.sentences.iter().filter(|sentence| sentence.field == zone.field);
    let all = reading.sentences.is_empty().then(|| (0..zone.folded.as_str().len(), None));
    sentences.map(|sentence| (sentence.place.clone(), Some(sentence))).chain(all)
}

fn add_numbers(zone: &Zone<'_>, reading: &Reading<'_>, mut add: impl FnMut(What)) {
    let mut parts = parts(zone, reading).peekable();
    for mark in figures::marks(zone.folded.as_str(), reading.language) {
        while parts.next_if(|(part, _)| part.end <= mark.place.start).is_some() {}
        let is_kept = parts.peek().is_some_and(|(part, _)| part.start <= mark.place.start);
        if !is_kept {
            continue;
        }
        match mark.value {
            Value::Day(Day { month, day, .. }) => add(What::Day { month, day }),
            Value::Number { value, unit, is_plain } => {
                let is_year = is_plain && unit.is_none() && figures::YEARS.contains(&value);
                let is_count = value.abs() < NUMBER_MIN && value.fract() == 0.0;
                if !is_year && !is_count {
                    add(What::Number(value));
                }
                if let Some(unit) = unit {
                    add(What::Amount(value, unit));
                }
            }
        }
    }
}

fn add_names(matcher: &Matcher, zone: &Zone<'_>, reading: &Reading<'_>, mut add: impl FnMut(What)) {
    let is_shouted = is_shouted(zone.source);
    let search = Search { matcher, zone, language: reading.language.as_str(), is_shouted };
    let what = |name: Name, place: Range<usize>| match name {
        Name::Sound(sound) => What::Sound(sound, place.into()),
        Name::Ideographs => What::Ideographs(place.into()),
        Name::Acronym => What::Acronym(place.into()),
    };
    for (part, sentence) in parts(zone, reading) {
        let mentions = sentence.map_or(&[][..], |sentence| reading.mentions_of(sentence));
        search.each(&part, mentions, |name, place| add(what(name, place)));
        for mention in mentions {
            search.mention(mention, |name, place| add(what(name, place)));
            let place = mention.start..mention.end;
            let Some(group) = group(mention.kind) else { continue };
            search.known(mention, |known| {
                let place = place.clone().into();
                add(match known {
                    Some(sound) => What::Known(group, sound, place),
                    None => What::KnownIdeographs(group, place),
                });
            });
        }
    }
}

/// Whether most letters are capitals.
fn is_shouted(source: &str) -> bool {
    const LETTERS: usize = 400;
    let letters = source.chars().take(LETTERS).filter(|letter| letter.is_alphabetic());
    let (n_capitals, n_letters) = letters.fold((0, 0), |(n_capitals, n_letters), letter| {
        (n_capitals + usize::from(letter.is_uppercase()), n_letters + 1)
    });
    2 * n_letters < 3 * n_capitals
}

/// Samples of the pieces of the whole text, and of its start alone.
fn grams(reading: &Reading<'_>) -> (Vec<u32>, Vec<u32>) {
    let mut whole = Grams::new(Traces::GRAMS_MAX);
    let mut lead = Grams::new(Traces::LEAD_MAX);
    for zone in &reading.zones {
        let text = zone.folded.as_str();
        whole.add(text, parts(zone, reading).map(|(part, _)| part));
        let mut room = if zone.field == Field::Body { LEAD_BYTES_MAX } else { usize::MAX };
        let first = parts(zone, reading).map_while(|(part, _)| {
            let is_in = 0 < room;
            room = room.saturating_sub(part.len());
            is_in.then_some(part)
        });
        lead.add(text, first);
    }
    (whole.finish(), lead.finish())
}

#[cfg(test)]
mod tests;
