//! The traces of a text: what of it survives translation.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Field, Trace, TraceKind, Traces};
use crate::understand::context::Reading;
use crate::understand::lexicon::Kind;
use crate::understand::mentions::Matcher;

/// Letters of a piece of text in `grams`.
const GRAM_LETTERS: usize = 8;

/// The traces of a text, title and summary first.
pub(in crate::understand) fn traces(matcher: &Matcher, reading: &Reading<'_>) -> Traces {
    let mut found: BTreeMap<u32, Trace> = BTreeMap::new();
    for sentence in &reading.sentences {
        for mention in reading.mentions_of(sentence) {
            let Some(kind) = kind_of(matcher.concepts[mention.concept].kind) else { continue };
            let hash = hash(matcher.id(mention.concept).bytes());
            let trace = Trace::new(kind, hash, sentence.field);
            // Title and summary come first, so the first place of a name is its best one.
            found.entry(trace.key()).or_insert(trace);
        }
    }
    let mut traces: Vec<Trace> = found.into_values().take(Traces::MAX).collect();
    traces.sort_unstable();
    let mut grams = BTreeSet::new();
    for field in [Field::Title, Field::Summary] {
        let text = reading.zone(field).map_or("", |zone| zone.folded.as_str());
        let letters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
        grams.extend(
            letters
                .windows(GRAM_LETTERS)
                .map(|gram| hash(gram.iter().flat_map(|letter| u32::from(*letter).to_le_bytes()))),
        );
    }
    // The smallest hashes are a fair sample: two texts' samples share what the texts share.
    let grams = grams.into_iter().take(Traces::GRAMS_MAX).collect();
    let has_body = reading.zone(Field::Body).is_some_and(|zone| !zone.source.trim().is_empty());
    Traces { traces, grams, has_body }
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
