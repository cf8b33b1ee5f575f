//! A sketch, ready to be compared: what it holds of each kind is summed up once.

use std::ops::Range;
use std::sync::Arc;

use super::commonness::Commonness;
use crate::model::{Sketch, Trace, TraceKind};

/// Kinds of traces.
pub(super) const N_KINDS: usize = TraceKind::ALL.len();

/// Pieces of a text that tells an event: some twenty letters, or fourteen ideographs.
const PIECES_MIN: usize = 10;

/// A sketch, ready to be compared.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) sketch: Arc<Sketch>,
    kinds: [Own; N_KINDS],
    /// How rare all its traces are together: how much it tells.
    pub(super) richness: f32,
}

/// What a text has of one kind.
#[derive(Clone, Copy, Debug, Default)]
struct Own {
    /// Where the next kind starts among the traces; a text keeps at most 128.
    end: u8,
    has_head: bool,
    /// How rare they are together.
    rarity: f32,
}

/// What two texts share of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Shared {
    /// How many.
    pub(super) n: u8,
    /// How rare they are together.
    pub(super) rarity: f32,
    /// The same for those in title or summary of both.
    pub(super) head_rarity: f32,
    /// How rare the rarest is.
    pub(super) rarest: f32,
    /// Rarity shared, of what the poorer text has.
    pub(super) overlap: f32,
    /// Both have some and share none.
    pub(super) is_conflict: bool,
    /// The same in title and summary.
    pub(super) is_head_conflict: bool,
}

impl Member {
    pub(super) fn new(sketch: Arc<Sketch>, commonness: &Commonness) -> Self {
        let mut kinds = [Own::default(); N_KINDS];
        for trace in sketch.traces.traces.iter().take(u8::MAX.into()) {
            let Some(kind) = trace.kind() else { continue };
            let own = &mut kinds[kind as usize];
            own.end += 1;
            own.has_head |= trace.is_head();
            own.rarity += commonness.rarity(*trace);
        }
        let mut end = 0;
        for own in &mut kinds {
            end += own.end;
            own.end = end;
        }
        let richness = kinds.iter().map(|own| own.rarity).sum();
        Self { sketch, kinds, richness }
    }

    /// Whether it has traces of a kind.
    pub(super) fn has(&self, kind: TraceKind) -> bool {
        !self.range(kind as usize).is_empty()
    }

    /// Whether the text is more than a word or two, and says that something happens.
    pub(super) fn tells_enough(&self) -> bool {
        let says = [TraceKind::Event, TraceKind::Number, TraceKind::Amount];
        PIECES_MIN <= self.sketch.traces.grams.len() && says.iter().any(|kind| self.has(*kind))
    }

    fn range(&self, kind: usize) -> Range<usize> {
        let start = kind.checked_sub(1).map_or(0, |before| self.kinds[before].end);
        start.into()..self.kinds[kind].end.into()
    }

    /// What it shares with `other`, by kind. Each shared trace is handed to `seen`, with both forms.
    pub(super) fn shared_with(
        &self,
        other: &Self,
        commonness: &Commonness,
        mut seen: impl FnMut(Trace, Trace),
    ) -> [Shared; N_KINDS] {
        let mut shared = [Shared::default(); N_KINDS];
        for (kind, shared) in shared.iter_mut().enumerate() {
            let (own, others) = (&self.kinds[kind], &other.kinds[kind]);
            let traces = &self.sketch.traces.traces[self.range(kind)];
            let other_traces = &other.sketch.traces.traces[other.range(kind)];
            let mut is_head_shared = false;
            each_shared(traces, other_traces, |one, two| {
                let rarity = commonness.rarity(one);
                shared.n += 1;
                shared.rarity += rarity;
                shared.rarest = shared.rarest.max(rarity);
                if one.is_head() && two.is_head() {
                    is_head_shared = true;
                    shared.head_rarity += rarity;
                }
                seen(one, two);
            });
            let less = own.rarity.min(others.rarity);
            shared.overlap = if less <= 0.0 { 0.0 } else { (shared.rarity / less).min(1.0) };
            let is_in_both = !traces.is_empty() && !other_traces.is_empty();
            shared.is_conflict = is_in_both && shared.n == 0;
            shared.is_head_conflict = own.has_head && others.has_head && !is_head_shared;
        }
        shared
    }
}

/// Hands every trace that two sorted lists share to `seen`.
fn each_shared(one: &[Trace], other: &[Trace], mut seen: impl FnMut(Trace, Trace)) {
    let (mut at, mut behind) = (0, 0);
    while let (Some(trace), Some(rival)) = (one.get(at), other.get(behind)) {
        match trace.key().cmp(&rival.key()) {
            std::cmp::Ordering::Less => at += 1,
            std::cmp::Ordering::Greater => behind += 1,
            std::cmp::Ordering::Equal => {
                seen(*trace, *rival);
                at += 1;
                behind += 1;
            }
        }
    }
}
