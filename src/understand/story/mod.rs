//! Which matches report the same event, in any language.
//!
//! `traces` takes from a text what survives translation. `recent` finds the stories that a
//! candidate may belong to, `pair` says what speaks for and against two texts reporting one
//! event, `model` weighs it. A candidate joins the story whose two nearest matches are near
//! enough, or opens its own. `learning` finds the weights in labelled texts.
//!
//! Invariant: the same candidate and the same sketches give the same decision, whatever the
//! order they came in.

mod scripts;
mod sound;
mod readings;
mod names;
mod wording;
mod grams;
mod commonness;
mod traces;
mod copies;
mod member;
mod pair;
mod model;
mod recent;
mod why;
mod learning;

use std::sync::Arc;
use std::time::Duration;

pub(super) use commonness::Commonness;
pub(super) use learning::{Learnt, Lesson, learn};
pub(super) use model::{ModelTable, StoryModel};
pub(super) use readings::Readings;
pub use recent::Recent;
pub(super) use sound::Sound;
pub use traces::Sight;
pub(super) use traces::{AllTraces, all_traces, traces};
pub use why::Label;

use self::member::Member;
use self::pair::Comparison;
use crate::model::{Kinship, MatchId, Sketch, StoryId, Timestamp, TraceKind};

/// Two reports of one event are at most so far apart; in our texts none were over five days.
const WINDOW: Duration = Duration::from_hours(8 * 24);

/// Share of the shorter text's pieces from which a copy may differ in a name or number.
const NEAR_VERBATIM: f32 = 0.7;

/// Share of what a text tells from which another one in another language is its translation.
const TRANSLATION_SHARE: f32 = 0.6;

/// What a copy counts at least: above every threshold.
const COPY_SUM: f64 = 6.0;

/// A story is open to other reports than copies for so long after its first match.
const OPEN: Duration = Duration::from_hours(120);

/// A single link is less sure than the mean of two.
const SINGLE_PENALTY: f64 = 0.5;

/// The more stories are open, the more of them look alike by chance: the threshold grows with
/// the logarithm of their number, from so many on.
const GROWTH: f64 = 0.2;
const STORIES_FREE: f64 = 4.0;

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

/// Decides for `candidate` among recent matches; `labels` are its words, to say why.
pub fn decide(candidate: &Sketch, labels: &[Label], recent: &Recent) -> Decision {
    let StoryModel { columns, commonness, weights } = recent.model.as_ref();
    let candidate = Member::new(Arc::new(candidate.clone()), commonness);
    let compare = |member: &Member| columns.compare(&candidate, member, commonness);
    let chosen = choose(&candidate, recent, |member| {
        let comparison = compare(member);
        link_sum(
            &candidate,
            member,
            &comparison,
            weights.sum(&comparison.columns) - comparison.asked,
        )
    });
    match chosen {
        Some(Chosen { story, sum, nearest, .. }) if weights.threshold <= sum => {
            let comparison = compare(nearest);
            Decision::Join(Link {
                story,
                nearest: nearest.sketch.matched,
                kinship: comparison.kinship(),
                why: why::why(&candidate, nearest, &comparison, labels, commonness),
            })
        }
        _ => Decision::Open,
    }
}

/// The story that a candidate fits best.
struct Chosen<'a> {
    story: StoryId,
    /// How well, less what is asked for among many stories.
    sum: f64,
    nearest: &'a Member,
}

/// The story that `candidate` fits best, where `link` says how well two texts fit; of two that
/// fit alike the one with the higher id.
fn choose<'a>(
    candidate: &Member,
    recent: &'a Recent,
    link: impl Fn(&Member) -> f64,
) -> Option<Chosen<'a>> {
    let published = candidate.sketch.published;
    let stories = recent.stories_for(candidate, published.minus(WINDOW), published.plus(WINDOW));
    let fitting = stories.into_iter().filter_map(|(story, members)| {
        let mut links: Vec<(f64, &Member)> =
            members.into_iter().map(|member| (link(member), member)).collect();
        links.sort_by(|one, other| other.0.total_cmp(&one.0));
        let (best, nearest) = *links.first()?;
        // A copy is in its story, whatever else was put there.
        let sum = if COPY_SUM <= best {
            best
        } else if is_open(recent, story, published) {
            sum_of_best(&links)
        } else {
            return None;
        };
        Some(Chosen { story, sum, nearest })
    });
    let best = fitting.max_by(|one, other| one.sum.total_cmp(&other.sum))?;
    let sum = if COPY_SUM <= best.sum { best.sum } else { best.sum - crowding(recent, published) };
    Some(Chosen { sum, ..best })
}

fn is_open(recent: &Recent, story: StoryId, published: Timestamp) -> bool {
    let first = recent.first_published(story);
    first.is_some_and(|first| {
        let apart_ms = first.unix_ms().abs_diff(published.unix_ms());
        u128::from(apart_ms) <= OPEN.as_millis()
    })
}

/// The mean of the two best links; `links` is sorted by falling sum.
fn sum_of_best(links: &[(f64, &Member)]) -> f64 {
    match links {
        [] => f64::NEG_INFINITY,
        [(only, _)] => only - SINGLE_PENALTY,
        [(best, _), (second, _), ..] => f64::midpoint(*best, *second),
    }
}

/// What is asked for more because so many stories are open.
fn crowding(recent: &Recent, published: Timestamp) -> f64 {
    let n_live = u32::try_from(recent.n_live(published, OPEN)).unwrap_or(u32::MAX);
    GROWTH * (f64::from(n_live) / STORIES_FREE).max(1.0).ln()
}

/// A copy is one event whatever else is said. Where a date is missing, nothing but a copy is; and
/// a word or two tell no event.
fn link_sum(one: &Member, other: &Member, comparison: &Comparison, sum: f64) -> f64 {
    if comparison.is_copy() {
        sum.max(COPY_SUM)
    } else if [one, other].iter().all(|it| it.sketch.is_dated && it.tells_enough()) {
        sum
    } else {
        f64::NEG_INFINITY
    }
}

impl Comparison {
    /// Whether it is nearly the same words about the same things. A typing error may change one
    /// name or number; who, where, how much and when do not all change in a copy.
    fn is_copy(&self) -> bool {
        let is_near_verbatim = NEAR_VERBATIM <= self.same.share;
        self.same.is_telling && self.n_differences <= usize::from(is_near_verbatim)
    }

    fn kinship(&self) -> Kinship {
        match (self.is_same_language, self.is_copy()) {
            (true, true) => Kinship::Copy,
            (false, _) if TRANSLATION_SHARE <= self.told_share() => Kinship::Translation,
            _ => Kinship::OwnReport,
        }
    }

    /// How much of what the text with less to tell tells is in the other: the mean over kinds that
    /// a translation keeps, as far as both have any.
    fn told_share(&self) -> f32 {
        let told = TraceKind::ALL.iter().filter(|kind| is_told(**kind));
        let shares: Vec<f32> = told
            .map(|kind| &self.shared[*kind as usize])
            .filter(|shared| 0 < shared.n || shared.is_conflict)
            .map(|shared| shared.overlap)
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "there are few kinds")]
        let n_kinds = shares.len().max(1) as f32;
        shares.iter().sum::<f32>() / n_kinds
    }
}

/// Kinds that a translation keeps.
fn is_told(kind: TraceKind) -> bool {
    use TraceKind::{Amount, Event, Name, Number, Organisation, Person, Place, Project};
    matches!(kind, Amount | Event | Name | Number | Organisation | Person | Place | Project)
}

#[cfg(test)]
mod tests {
    use super::model::Weights;
    use super::pair::Columns;
    use super::*;
    use crate::model::{ArticleId, Field, Language, Trace, Traces};

    const HOUR_MS: i64 = 3_600_000;

    /// Names in titles alone count, one each; two of them are one event.
    fn recent(sketches: &[Sketch]) -> Recent {
        let columns = Columns::new();
        let of =
            columns.names.iter().map(|it| 2.0 * f64::from(u8::from(it == "name.head"))).collect();
        let weights = Weights { bias: 0.0, of, threshold: 0.9 };
        let mut recent = Recent::new(Arc::new(StoryModel { weights, ..StoryModel::default() }));
        recent.sync(&sketches.iter().cloned().map(Arc::new).collect::<Vec<_>>());
        recent
    }

    fn sketch(name: &str, hour: i64, language: &str, names: &[u32], grams: &[u32]) -> Sketch {
        let matched = MatchId::of("t", ArticleId::of_identity(name.as_bytes()));
        let trace = |name: &u32| Trace::new(TraceKind::Name, name << 6, Field::Title);
        let mut traces: Vec<Trace> = names.iter().map(trace).collect();
        traces.push(Trace::new(TraceKind::Event, 9 << 6, Field::Body));
        traces.sort_unstable();
        Sketch {
            matched,
            story: StoryId::opened_by(matched),
            topic: "t".to_owned(),
            published: Timestamp::from_unix_ms(hour * HOUR_MS).unwrap(),
            is_dated: true,
            language: Language::of_tag(language).unwrap(),
            traces: Traces {
                traces,
                grams: own_unless(grams, name),
                lead: Vec::new(),
                has_body: true,
            },
        }
    }

    /// Pieces that no other text has, where a test names none.
    fn own_unless(grams: &[u32], name: &str) -> Vec<u32> {
        let first = 1_000_000 + 1_000 * name.bytes().map(u32::from).sum::<u32>();
        if grams.is_empty() { (first..first + 20).collect() } else { grams.to_vec() }
    }

    fn link(candidate: &Sketch, recent: &Recent) -> Option<Link> {
        let labels: Vec<Label> = [(1, "Motegi"), (2, "Bayramov"), (3, "Sumgayit")]
            .map(|(name, words)| {
                (Trace::new(TraceKind::Name, name << 6, Field::Title).key(), words.to_owned())
            })
            .to_vec();
        match decide(candidate, &labels, recent) {
            Decision::Join(link) => Some(link),
            Decision::Open => None,
        }
    }

    fn pieces(from: u32) -> Vec<u32> {
        (from..from + 20).collect()
    }

    /// Goal: a person reads why a report in another language came into the story.
    #[test]
    fn shared_names_join_and_are_said() {
        let known = sketch("a", 0, "de", &[1, 2], &[]);
        let recent = recent(&[known.clone(), sketch("b", 1, "de", &[2, 3], &[])]);
        let link = link(&sketch("c", 5, "ja", &[1, 2, 4], &[]), &recent).unwrap();
        assert_eq!((link.story, link.nearest), (known.story, known.matched));
        assert_eq!(link.kinship, Kinship::Translation);
        assert_eq!(link.why, "Motegi, Bayramov; 5 hours apart");
    }

    /// Goal: a wire copy days later is no new alert, whatever names it leaves out; the same words
    /// with another amount are another event.
    #[test]
    fn copies_join_for_days() {
        let amount = |value: u32| Trace::new(TraceKind::Amount, value << 6, Field::Body);
        let with_amount = |mut sketch: Sketch, value: u32| {
            sketch.traces.traces.push(amount(value));
            sketch.traces.traces.sort_unstable();
            sketch
        };
        let known = with_amount(sketch("a", 0, "en", &[1], &pieces(0)), 5);
        let recent = recent(&[known]);
        let copy = |hour, language: &str, from, value| {
            let copy = sketch("b", hour, language, &[9], &pieces(from));
            link(&with_amount(copy, value), &recent).map(|link| link.kinship)
        };
        assert_eq!(copy(150, "en", 0, 5), Some(Kinship::Copy));
        assert_eq!(copy(150, "en", 5, 5), Some(Kinship::Copy));
        assert_eq!(copy(150, "en", 16, 5), None);
        assert_eq!(copy(150, "en", 0, 6), None);
        assert_eq!(copy(300, "en", 0, 5), None);
        assert_eq!(copy(150, "az", 0, 5), None);
    }

    /// Goal: a report without a date joins no event by its names: nobody knows which one of
    /// many it tells of.
    #[test]
    fn undated_reports_join_as_copies_only() {
        let recent = recent(&[sketch("a", 0, "en", &[1, 2], &pieces(0))]);
        let undated = |grams: &[u32]| {
            let sketch = sketch("b", 1, "en", &[1, 2], grams);
            link(&Sketch { is_dated: false, ..sketch }, &recent).is_some()
        };
        assert!(undated(&pieces(0)) && !undated(&pieces(50)));
    }

    /// Goal: one chance likeness to one of many reports does not join a story.
    #[test]
    fn two_links_decide() {
        let opener = sketch("a", 0, "en", &[1, 2], &pieces(0));
        let joined = Sketch { story: opener.story, ..sketch("b", 1, "en", &[3, 4], &[]) };
        let recent = recent(&[opener.clone(), joined]);
        assert!(link(&sketch("c", 2, "en", &[1, 2], &[]), &recent).is_none());
        let copy = sketch("c", 2, "en", &[], &pieces(0));
        assert_eq!(link(&copy, &recent).map(|it| it.story), Some(opener.story));
        let near_both = sketch("c", 2, "en", &[1, 2, 3], &[]);
        assert_eq!(link(&near_both, &recent).map(|it| it.story), Some(opener.story));
    }

    /// Goal: a replay in another order groups alike.
    #[test]
    fn order_of_sketches_does_not_matter() {
        let sketches: Vec<Sketch> =
            (0..20).map(|n| sketch(&n.to_string(), 0, "en", &[1, 2], &[])).collect();
        let reversed: Vec<Sketch> = sketches.iter().rev().cloned().collect();
        let candidate = sketch("c", 1, "en", &[1, 2], &[]);
        let forth = link(&candidate, &recent(&sketches));
        assert!(forth.is_some());
        assert_eq!(forth, link(&candidate, &recent(&reversed)));
    }
}
