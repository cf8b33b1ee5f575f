//! Which matches report the same event.
//!
//! Precision first: a wrong join silences an alert, a wrong opening only repeats one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::context::Reading;
use super::judge::Traces;
use super::mentions::Matcher;
use crate::model::{Field, Sketch, StoryId};

/// Hashes kept of each sort: a sketch stays under 1 KB.
const TRACES_MAX: usize = 64;
const GRAMS_MAX: usize = 64;

/// Letters of a piece of text in `grams`.
const GRAM_LETTERS: usize = 8;

/// Same-event reports appear within a day and a bit: 84 % of pairs within 24 h in our texts.
const SAME_EVENT_MS: u64 = 26 * HOUR_MS;

/// Copies appear later too.
const COPY_MS: u64 = 8 * 24 * HOUR_MS;
const HOUR_MS: u64 = 3_600_000;

/// Points that shared persons, bodies, places and projects must bring: one name in the title or
/// summary of both, or two names anywhere.
const POINTS_MIN: usize = 2;
const POINTS_IN_HEADS: usize = 2;
const POINTS_ELSEWHERE: usize = 1;

/// Set in the trace of a name that stands in title or summary.
const HEAD_BIT: u32 = 1;

/// Share of text pieces from which two texts are copies.
const COPY_SHARE: f64 = 0.5;

/// Fewer pieces are too short a text to call a copy.
const COPY_GRAMS_MIN: usize = 8;

/// Where a match goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It reports an event that we know.
    Join {
        /// The event.
        story: StoryId,
        /// What they share, for people.
        why: String,
    },
    /// It is the first to report its event.
    Open,
}

/// Decides for `candidate` among the sketches of recent matches, in any order.
///
/// Copies win over shared names, then the newest sketch wins; of equally new ones that of
/// the smallest id.
pub fn decide(candidate: &Sketch, recent: &[Arc<Sketch>]) -> Decision {
    let related =
        recent.iter().filter(|it| it.topic == candidate.topic && it.matched != candidate.matched);
    let links = related.filter_map(|it| link(candidate, it).map(|link| (link, it)));
    let best = links
        .max_by_key(|(link, it)| (link.is_copy(), it.published, std::cmp::Reverse(it.matched)));
    match best {
        Some((link, sketch)) => Decision::Join { story: sketch.story, why: link.words() },
        None => Decision::Open,
    }
}

/// What makes two matches one story.
enum Link {
    Copy { percent: u32 },
    Traces { n_shared: usize },
}

impl Link {
    fn is_copy(&self) -> bool {
        matches!(self, Self::Copy { .. })
    }

    fn words(&self) -> String {
        match self {
            Self::Copy { percent } => format!("{percent} % of title and summary are the same"),
            Self::Traces { n_shared } => {
                format!("{n_shared} persons, bodies, places or projects are the same, within a day")
            }
        }
    }
}

fn link(candidate: &Sketch, other: &Sketch) -> Option<Link> {
    let apart_ms = candidate.published.unix_ms().abs_diff(other.published.unix_ms());
    let n_grams = candidate.grams.len().min(other.grams.len());
    if apart_ms <= COPY_MS && candidate.language == other.language && COPY_GRAMS_MIN <= n_grams {
        let shared = n_shared(&candidate.grams, &other.grams);
        let union = candidate.grams.len() + other.grams.len() - shared;
        let share = ratio(shared, union);
        if COPY_SHARE <= share {
            return Some(Link::Copy { percent: percent(shared, union) });
        }
    }
    let (n_shared, points) = shared_traces(candidate, other);
    let is_same = apart_ms <= SAME_EVENT_MS && POINTS_MIN <= points;
    is_same.then_some(Link::Traces { n_shared })
}

/// How many traces two matches share, and what they count.
fn shared_traces(one: &Sketch, other: &Sketch) -> (usize, usize) {
    let has = |trace: u32| other.traces.binary_search(&trace).is_ok();
    let points = one.traces.iter().filter_map(|trace| {
        let is_head = trace & HEAD_BIT != 0;
        match (has(trace | HEAD_BIT), has(trace & !HEAD_BIT)) {
            (true, _) if is_head => Some(POINTS_IN_HEADS),
            (false, false) => None,
            _ => Some(POINTS_ELSEWHERE),
        }
    });
    points.fold((0, 0), |(count, sum), points| (count + 1, sum + points))
}

/// How many hashes two sorted lists share.
fn n_shared(one: &[u32], other: &[u32]) -> usize {
    one.iter().filter(|hash| other.binary_search(hash).is_ok()).count()
}

fn ratio(part: usize, whole: usize) -> f64 {
    f64::from(percent(part, whole)) / 100.0
}

fn percent(part: usize, whole: usize) -> u32 {
    u32::try_from(100 * part / whole.max(1)).unwrap_or(100)
}

/// The traces of a text: its specific concepts, title and summary first.
pub(super) fn traces(matcher: &Matcher, reading: &Reading<'_>) -> Traces {
    let mut heads = BTreeMap::new();
    for sentence in &reading.sentences {
        let is_head = sentence.field != Field::Body;
        for mention in reading.mentions_of(sentence) {
            let known = &matcher.concepts[mention.concept];
            if known.kind.is_specific() && heads.len() < TRACES_MAX {
                // Title and summary come first, so the first place of a name is its best one.
                heads
                    .entry(hash(matcher.id(mention.concept).bytes()) | HEAD_BIT)
                    .or_insert(is_head);
            }
        }
    }
    let traces: BTreeSet<u32> = heads
        .into_iter()
        .map(|(trace, is_head)| if is_head { trace } else { trace & !HEAD_BIT })
        .collect();
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
    Traces {
        traces: traces.into_iter().collect(),
        grams: grams.into_iter().take(GRAMS_MAX).collect(),
    }
}

/// FNV-1a, 32 bits.
fn hash(bytes: impl IntoIterator<Item = u8>) -> u32 {
    bytes
        .into_iter()
        .fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ArticleId, Language, MatchId, Timestamp};

    fn sketch(name: &str, hour: i64, traces: &[u32], grams: &[u32]) -> Arc<Sketch> {
        let matched = MatchId::of("t", ArticleId::of_identity(name.as_bytes()));
        Arc::new(Sketch {
            matched,
            story: StoryId::opened_by(matched),
            topic: "t".to_owned(),
            published: Timestamp::from_unix_ms(hour * 3_600_000).unwrap(),
            language: Language::of_tag("en").unwrap(),
            traces: traces.to_vec(),
            grams: grams.to_vec(),
        })
    }

    fn joined(candidate: &Sketch, recent: &[Arc<Sketch>]) -> Option<StoryId> {
        match decide(candidate, recent) {
            Decision::Join { story, .. } => Some(story),
            Decision::Open => None,
        }
    }

    /// Goal: the same people on the same day are one story; a name in passing is not enough.
    /// Method: odd traces stand in title or summary, even ones in the body.
    #[test]
    fn shared_names_join_within_a_day() {
        let known = [sketch("a", 0, &[10, 20, 31], &[])];
        let join = |hour, traces: &[u32]| joined(&sketch("b", hour, traces, &[]), &known);
        assert_eq!(join(20, &[31]), Some(known[0].story));
        assert_eq!(join(20, &[10, 21]), Some(known[0].story));
        assert_eq!(join(20, &[10]), None);
        assert_eq!(join(20, &[30]), None);
        assert_eq!(join(30, &[10, 20, 31]), None);
    }

    /// Goal: a wire copy three days later is no new alert.
    #[test]
    fn copies_join_for_days() {
        let words: Vec<u32> = (0..20).collect();
        let known = [sketch("a", 0, &[], &words)];
        assert_eq!(joined(&sketch("b", 72, &[], &words), &known), Some(known[0].story));
        assert_eq!(joined(&sketch("b", 300, &[], &words), &known), None);
        let other: Vec<u32> = (15..35).collect();
        assert_eq!(joined(&sketch("b", 72, &[], &other), &known), None);
    }

    /// Goal: a replay in another order groups alike.
    #[test]
    fn order_of_sketches_does_not_matter() {
        let one = sketch("a", 0, &[11], &[]);
        let other = sketch("b", 0, &[11], &[]);
        let candidate = sketch("c", 1, &[11], &[]);
        let forth = joined(&candidate, &[one.clone(), other.clone()]);
        assert_eq!(forth, joined(&candidate, &[other, one]));
        assert!(forth.is_some());
    }
}
