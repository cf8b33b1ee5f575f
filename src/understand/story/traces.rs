//! The traces of a text: what of it survives translation.

use std::cmp::Reverse;
use std::fmt::{self, Write};
use std::ops::Range;

use super::commonness::Commonness;
use super::grams::Grams;
use super::names::{Name, Search};
use super::sound::Sound;
use crate::model::{Country, Field, Trace, TraceKind, Traces};
use crate::understand::context::{Reading, Sentence, Zone};
use crate::understand::figures::{self, Day, Value};
use crate::understand::lexicon::Kind;
use crate::understand::mentions::{Matcher, Party};

/// Traces looked at in one text; a text with more is a list.
const FOUND_MAX: usize = 20_000;

/// Letters of a label.
const LABEL_LETTERS_MAX: usize = 40;

/// A number from here on tells more than a count.
const NUMBER_MIN: f64 = 13.0;

/// What was seen in a text: what is kept of it, and how people call that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
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
) -> Seen {
    let mut found = found(matcher, reading);
    keep_best(&mut found, |it| it.trace, commonness);
    let names = Names { matcher, reading };
    let labels = found.iter().map(|it| (it.trace.key(), names.label(it))).collect();
    let traces = found.into_iter().map(|it| it.trace).collect();
    Seen { traces: Traces { traces, grams: grams(reading), has_body: has_body(reading) }, labels }
}

/// What is learnt from a text: all its traces with the words that are hashed.
#[derive(Clone, Debug, Default)]
pub(in crate::understand) struct Sighted {
    pub(in crate::understand) traces: Vec<(Trace, String)>,
    /// A sample of the text's pieces.
    pub(in crate::understand) grams: Vec<u32>,
    pub(in crate::understand) has_body: bool,
}

/// What is learnt from a text.
pub(in crate::understand) fn sighted(matcher: &Matcher, reading: &Reading<'_>) -> Sighted {
    let names = Names { matcher, reading };
    let with_words = |found: Found| (found.trace, names.key(&found));
    let traces = found(matcher, reading).into_iter().map(with_words).collect();
    Sighted { traces, grams: grams(reading), has_body: has_body(reading) }
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
    Concept { concept: usize, kind: TraceKind },
    Third(Country),
    Sound(Sound, Place),
    Ideographs(Place),
    Acronym(Place),
    Number(f64),
    Amount(f64, &'static str),
    Year(u16),
    Day { month: u8, day: u8 },
    Count(f64),
    Cue(usize),
    Event(usize),
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
    fn kind(&self, what: &What) -> TraceKind {
        match what {
            What::Concept { kind, .. } => *kind,
            What::Third(_) => TraceKind::Third,
            What::Sound(..) | What::Ideographs(_) => TraceKind::Name,
            What::Acronym(_) => TraceKind::Acronym,
            What::Number(_) => TraceKind::Number,
            What::Amount(..) => TraceKind::Amount,
            What::Year(_) => TraceKind::Year,
            What::Day { .. } => TraceKind::Day,
            What::Count(_) => TraceKind::Count,
            What::Cue(class) if self.matcher.cues[*class].is_weighed() => TraceKind::Cue,
            What::Cue(_) => TraceKind::Theme,
            What::Event(_) => TraceKind::Event,
        }
    }

    /// The words that are hashed: equal in two texts that share the trace.
    fn write_key(&self, what: &What, field: Field, out: &mut impl Write) -> fmt::Result {
        match what {
            What::Concept { concept, .. } => out.write_str(self.matcher.id(*concept)),
            What::Third(country) => write!(out, "{country}"),
            What::Sound(sound, _) => out.write_str(sound.as_str()),
            What::Ideographs(place) => {
                let mut letters = self.folded(field, *place).chars();
                letters.try_for_each(|it| out.write_char(self.matcher.readings.japanese(it)))
            }
            What::Acronym(place) => {
                let word = self.folded(field, *place);
                out.write_str(word.split('\'').next().unwrap_or(word))
            }
            What::Number(value) => write!(out, "{value:.2e}"),
            What::Amount(value, unit) => write!(out, "{value:.2e} {unit}"),
            What::Year(year) => write!(out, "{year}"),
            What::Day { month, day } => write!(out, "{month:02}-{day:02}"),
            What::Count(count) => write!(out, "{count}"),
            What::Cue(class) => out.write_str(&self.matcher.cues[*class].id),
            What::Event(event) => out.write_str(&self.matcher.events[*event]),
        }
    }

    fn found(&self, what: What, field: Field) -> Found {
        let mut hash = Hash::new();
        // A hash takes everything.
        let _ = self.write_key(&what, field, &mut hash);
        Found { trace: Trace::new(self.kind(&what), hash.0, field), what, field }
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
            What::Concept { concept, .. } if !self.matcher.concepts[concept].is_listed => {
                self.matcher.id(concept).to_owned()
            }
            What::Sound(_, place) | What::Ideographs(place) | What::Acronym(place) => {
                self.source(found.field, place).to_owned()
            }
            What::Third(country) => self.matcher.name(country),
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
        for cue in reading.cues_of(sentence) {
            add(What::Cue(cue.class), sentence.field);
        }
        for mention in reading.mentions_of(sentence) {
            let known = &matcher.concepts[mention.concept];
            if let Some(kind) = kind_of(known.kind) {
                add(What::Concept { concept: mention.concept, kind }, sentence.field);
            }
            if let Party::Third(country) = mention.party
                && mention.kind.is_strong()
            {
                add(What::Third(country), sentence.field);
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

/// Cues, themes and events first, then the rarest, title and summary before the body.
fn keep_best<T>(found: &mut Vec<T>, trace_of: impl Fn(&T) -> Trace, commonness: &Commonness) {
    const HEAD: f32 = 0.5;
    const ALWAYS: f32 = 9.0;
    if found.len() <= Traces::MAX {
        return;
    }
    let rank = |trace: Trace| match trace.kind() {
        Some(TraceKind::Cue | TraceKind::Theme | TraceKind::Event) => ALWAYS,
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
            Value::Day(Day { year, month, day }) => {
                add(What::Day { month, day });
                year.into_iter().for_each(|year| add(What::Year(year)));
            }
            Value::Number { value, unit, is_plain } => {
                let digits = zone.folded.as_str().get(mark.place).unwrap_or_default();
                let year = digits.parse::<u16>().ok().filter(|_| is_plain && unit.is_none());
                if let Some(year) = year.filter(|year| figures::YEARS.contains(&(*year).into())) {
                    add(What::Year(year));
                    continue;
                }
                let is_count = value.abs() < NUMBER_MIN && value.fract() == 0.0;
                add(if is_count { What::Count(value.abs()) } else { What::Number(value) });
                unit.into_iter().for_each(|unit| add(What::Amount(value, unit)));
            }
        }
    }
}

fn add_names(matcher: &Matcher, zone: &Zone<'_>, reading: &Reading<'_>, mut add: impl FnMut(What)) {
    let is_shouted = is_shouted(zone.source);
    let search = Search { matcher, zone, language: reading.language.as_str(), is_shouted };
    let mut take = |name: Name, place: Range<usize>| {
        add(match name {
            Name::Sound(sound) => What::Sound(sound, place.into()),
            Name::Ideographs => What::Ideographs(place.into()),
            Name::Acronym => What::Acronym(place.into()),
        });
    };
    for (part, sentence) in parts(zone, reading) {
        let mentions = sentence.map_or(&[][..], |sentence| reading.mentions_of(sentence));
        search.each(&part, mentions, &mut take);
        mentions.iter().for_each(|mention| search.mention(mention, &mut take));
    }
}

/// Whether most letters are capitals.
fn is_shouted(source: &str) -> bool {
    const LETTERS: usize = 400;
    let letters = source.chars().take(LETTERS);
    let (n_capitals, n_small) = letters.fold((0, 0), |(n_capitals, n_small), letter| {
        (
            n_capitals + usize::from(letter.is_uppercase()),
            n_small + usize::from(letter.is_lowercase()),
        )
    });
    2 * n_small < n_capitals
}

fn grams(reading: &Reading<'_>) -> Vec<u32> {
    let mut grams = Grams::new();
    for zone in &reading.zones {
        grams.add(zone.folded.as_str(), parts(zone, reading).map(|(part, _)| part));
    }
    grams.finish()
}
