//! The traces of a text: what of it survives translation.

use std::collections::{BTreeMap, BTreeSet};

use super::commonness::Commonness;
use crate::model::{Field, Trace, TraceKind, Traces};
use crate::understand::context::Reading;
use crate::understand::lexicon::Kind;
use crate::understand::mentions::Matcher;

/// Letters of a piece of text in `grams`.
const GRAM_LETTERS: usize = 8;

/// What is seen in a text.
#[derive(Clone, Debug, Default)]
pub(in crate::understand) struct Sighted {
    /// All traces with their words.
    pub(in crate::understand) traces: Vec<(Trace, String)>,
    /// A sample of the text's pieces.
    pub(in crate::understand) grams: Vec<u32>,
    pub(in crate::understand) has_body: bool,
}

/// What is seen in a text.
pub(in crate::understand) fn sighted(matcher: &Matcher, reading: &Reading<'_>) -> Sighted {
    let traces = seen(matcher, reading);
    Sighted { traces, grams: grams(reading), has_body: has_body(reading) }
}

fn seen(matcher: &Matcher, reading: &Reading<'_>) -> Vec<(Trace, String)> {
    let mut found: BTreeMap<u32, (Trace, String)> = BTreeMap::new();
    for sentence in &reading.sentences {
        for mention in reading.mentions_of(sentence) {
            let Some(kind) = kind_of(matcher.concepts[mention.concept].kind) else { continue };
            let id = matcher.id(mention.concept);
            let trace = Trace::new(kind, hash(id.bytes()), sentence.field);
            // Title and summary come first, so the first place of a name is its best one.
            found.entry(trace.key()).or_insert((trace, id.to_owned()));
        }
    }
    for (field, event) in &reading.events {
        let id = &matcher.events[*event];
        let trace = Trace::new(TraceKind::Event, hash(id.bytes()), *field);
        found.entry(trace.key()).or_insert((trace, id.to_owned()));
    }
    found.into_values().collect()
}

/// The rarest traces, sorted.
pub(in crate::understand) fn rarest(mut traces: Vec<Trace>, _: &Commonness) -> Vec<Trace> {
    traces.truncate(Traces::MAX);
    traces.sort_unstable();
    traces
}

/// The traces of a text, title and summary first.
pub(in crate::understand) fn traces(
    matcher: &Matcher,
    reading: &Reading<'_>,
    commonness: &Commonness,
) -> Traces {
    let traces = seen(matcher, reading).into_iter().map(|(trace, _)| trace).collect();
    let traces = rarest(traces, commonness);
    Traces { traces, grams: grams(reading), has_body: has_body(reading) }
}

fn has_body(reading: &Reading<'_>) -> bool {
    reading.zone(Field::Body).is_some_and(|zone| !zone.source.trim().is_empty())
}

/// The smallest hashes are a fair sample: two texts' samples share what the texts share.
fn grams(reading: &Reading<'_>) -> Vec<u32> {
    let mut grams = BTreeSet::new();
    for field in [Field::Title, Field::Summary, Field::Body] {
        let text = reading.zone(field).map_or("", |zone| zone.folded.as_str());
        let letters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
        grams.extend(
            letters
                .windows(GRAM_LETTERS)
                .map(|gram| hash(gram.iter().flat_map(|letter| u32::from(*letter).to_le_bytes()))),
        );
    }
    grams.into_iter().take(Traces::GRAMS_MAX).collect()
}

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

/// FNV-1a, 32 bits.
pub(super) fn hash(bytes: impl IntoIterator<Item = u8>) -> u32 {
    bytes
        .into_iter()
        .fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
