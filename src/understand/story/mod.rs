//! Which matches report the same event.
//!
//! Precision first: a wrong join silences an alert, a wrong opening only repeats one.

mod recent;
mod traces;

pub use recent::Recent;
pub(super) use traces::traces;

use crate::model::{Kinship, MatchId, Sketch, StoryId, TraceKind};

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

/// Share of text pieces from which two texts are copies.
const COPY_SHARE: f64 = 0.5;

/// Fewer pieces are too short a text to call a copy.
const COPY_GRAMS_MIN: usize = 8;

/// Where a match goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It reports an event that we know.
    Join(Link),
    /// It is the first to report its event.
    Open,
}

/// Why a match belongs to a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The story.
    pub story: StoryId,
    /// The match in it that is most alike.
    pub nearest: MatchId,
    /// How it relates to that one.
    pub kinship: Kinship,
    /// What they share, for people.
    pub why: String,
}

/// Decides for `candidate` among recent matches, in any order.
///
/// Copies win over shared names, then the newest sketch wins; of equally new ones that of
/// the smallest id.
pub fn decide(candidate: &Sketch, recent: &Recent) -> Decision {
    let related = recent
        .sketches
        .iter()
        .filter(|it| it.topic == candidate.topic && it.matched != candidate.matched);
    let links = related.filter_map(|it| link(candidate, it).map(|link| (link, it)));
    let best = links.max_by_key(|(link, it)| {
        (link.kinship == Kinship::Copy, it.published, std::cmp::Reverse(it.matched))
    });
    best.map_or(Decision::Open, |(link, _)| Decision::Join(link))
}

fn link(candidate: &Sketch, other: &Sketch) -> Option<Link> {
    let apart_ms = candidate.published.unix_ms().abs_diff(other.published.unix_ms());
    let (grams, other_grams) = (&candidate.traces.grams, &other.traces.grams);
    let n_grams = grams.len().min(other_grams.len());
    let link =
        |kinship, why| Some(Link { story: other.story, nearest: other.matched, kinship, why });
    if apart_ms <= COPY_MS && candidate.language == other.language && COPY_GRAMS_MIN <= n_grams {
        let shared = n_shared(grams, other_grams);
        let union = grams.len() + other_grams.len() - shared;
        if COPY_SHARE <= ratio(shared, union) {
            let why = format!("{} % of the text are the same", percent(shared, union));
            return link(Kinship::Copy, why);
        }
    }
    let (n_shared, points) = shared_traces(candidate, other);
    if SAME_EVENT_MS < apart_ms || points < POINTS_MIN {
        return None;
    }
    let is_translated = candidate.language != other.language;
    let kinship = if is_translated { Kinship::Translation } else { Kinship::OwnReport };
    let why = format!("{n_shared} persons, bodies, places or projects are the same, within a day");
    link(kinship, why)
}

/// How many names two matches share, and what they count.
fn shared_traces(one: &Sketch, other: &Sketch) -> (usize, usize) {
    let others = &other.traces.traces;
    let points = one.traces.traces.iter().filter_map(|trace| {
        let is_name = trace.kind().is_some_and(|kind| kind <= TraceKind::Project);
        let at = others.binary_search_by_key(&trace.key(), |it| it.key()).ok()?;
        let is_head = trace.is_head() && others[at].is_head();
        is_name.then_some(if is_head { POINTS_IN_HEADS } else { POINTS_ELSEWHERE })
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{ArticleId, Field, Language, MatchId, Timestamp, Trace, Traces};

    fn sketch(name: &str, hour: i64, names: &[u32], grams: &[u32]) -> Arc<Sketch> {
        let matched = MatchId::of("t", ArticleId::of_identity(name.as_bytes()));
        let trace = |number: &u32| {
            let field = if number % 2 == 1 { Field::Title } else { Field::Body };
            Trace::new(TraceKind::Person, (number / 2) << 6, field)
        };
        let mut traces: Vec<Trace> = names.iter().map(trace).collect();
        traces.sort_unstable();
        Arc::new(Sketch {
            matched,
            story: StoryId::opened_by(matched),
            topic: "t".to_owned(),
            published: Timestamp::from_unix_ms(hour * 3_600_000).unwrap(),
            is_dated: true,
            language: Language::of_tag("en").unwrap(),
            traces: Traces { traces, grams: grams.to_vec(), has_body: true },
        })
    }

    fn joined(candidate: &Sketch, known: &[Arc<Sketch>]) -> Option<StoryId> {
        let mut recent = Recent::default();
        recent.sync(known);
        match decide(candidate, &recent) {
            Decision::Join(link) => Some(link.story),
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
