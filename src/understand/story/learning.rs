//! Learns from labelled texts which pairs report one event, and tells how well that goes on
//! stories it has not seen.
//!
//! Stories are dealt out to parts. A pair whose texts are in two parts is judged by a model
//! that was learnt without both. Pairs of a relevant text and another one are learnt from, too:
//! what is not about the topic is a good example of another event.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::commonness::Commonness;
use super::member::Member;
use super::model::{self, StoryModel, Weights};
use super::pair::Columns;
use super::{AllTraces, Recent, choose, link_sum};
use crate::model::{ArticleId, Language, MatchId, Sketch, StoryId, Timestamp, TraceKind, Traces};
use crate::understand::learn::{self, Settings};
use crate::understand::measure::{b_cubed, pairwise};

/// How strongly weights of columns with spread 1 are held small.
const L2: f64 = 100.0;
const ITERATIONS_MAX: usize = 150;

/// Columns further from zero than so many spreads tell no more.
const SPREADS_MAX: f32 = 8.0;

/// Parts that stories are dealt out to.
const FOLDS: usize = 5;

/// Pairs further apart are never one event.
const APART_MS_MAX: i64 = 192 * 3_600_000;

const WEEK_MS: i64 = 7 * 24 * 3_600_000;

/// Pairs of a relevant and another text in one language that share so much are one text told
/// of two countries: they must not teach that equal words mean another event.
const TWIN_SHARE: f32 = 0.15;

/// A labelled text.
#[derive(Clone, Debug)]
pub(in crate::understand) struct Lesson {
    pub(in crate::understand) id: String,
    pub(in crate::understand) published: Timestamp,
    pub(in crate::understand) language: Language,
    pub(in crate::understand) all_traces: AllTraces,
    pub(in crate::understand) story: String,
    pub(in crate::understand) relevant: bool,
    /// The part of the texts that it came in; the relevant ones of a part also make a stream.
    pub(in crate::understand) part: String,
}

/// What came out.
pub(in crate::understand) struct Learnt {
    /// The table `[stories]` of a model file.
    pub(in crate::understand) text: String,
    /// For each lesson the story it was put into, by models that have not seen its story:
    /// relevant texts in one stream.
    pub(in crate::understand) of_relevant: Vec<Option<StoryId>>,
    /// The same for all texts in one stream.
    pub(in crate::understand) of_all: Vec<Option<StoryId>>,
    /// The same for the relevant texts of each part in a stream of their own.
    pub(in crate::understand) of_parts: Vec<Option<StoryId>>,
}

/// Learns from `lessons`, which come in any order.
pub(in crate::understand) fn learn(lessons: &[Lesson]) -> Learnt {
    let columns = &Columns::new();
    let weeks = weeks_of(lessons);
    let n_weeks = n_weeks(lessons);
    let counts = weeks.values().map(|(key, count)| (*key, *count)).collect();
    let commonness = Commonness::new(n_weeks, counts);
    let school = School::new(columns, &commonness, lessons);
    let sums = school.unseen_sums();
    let relevant = |text: usize| lessons[text].relevant;
    let streams = school.streams(&sums, relevant);
    let (by_fold, threshold) = school.thresholds(&streams);
    let of_relevant = school.stream(&sums, relevant, |text| by_fold[school.fold(text)]);
    let of_all = school.stream(&sums, |_| true, |text| by_fold[school.fold(text)]);
    let mut of_parts = vec![None; lessons.len()];
    let parts: BTreeSet<&str> = lessons.iter().map(|lesson| lesson.part.as_str()).collect();
    for part in parts {
        let is_in = |text: usize| relevant(text) && lessons[text].part == part;
        let stories = school.stream(&sums, is_in, |text| by_fold[school.fold(text)]);
        for (of_part, story) in of_parts.iter_mut().zip(stories) {
            *of_part = of_part.or(story);
        }
    }
    let weights = Weights { threshold, ..school.fit(|_| true) };
    let weeks = weeks.into_iter().map(|(words, (_, count))| (words, count)).collect();
    let text = model::write(&columns.names, &weights, n_weeks, &weeks);
    Learnt { text, of_relevant, of_all, of_parts }
}

fn week(lesson: &Lesson) -> i64 {
    lesson.published.unix_ms().div_euclid(WEEK_MS)
}

fn n_weeks(lessons: &[Lesson]) -> u16 {
    let weeks: BTreeSet<i64> = lessons.iter().map(week).collect();
    u16::try_from(weeks.len()).unwrap_or(u16::MAX)
}

/// For each trace, as it is written, its key and in how many weeks it stands.
fn weeks_of(lessons: &[Lesson]) -> BTreeMap<String, (u32, u16)> {
    let mut weeks: BTreeMap<(TraceKind, &str), (u32, BTreeSet<i64>)> = BTreeMap::new();
    for lesson in lessons {
        for (trace, words) in &lesson.all_traces.traces {
            let Some(kind) = trace.kind() else { continue };
            let known = weeks.entry((kind, words)).or_insert((trace.key(), BTreeSet::new()));
            known.1.insert(week(lesson));
        }
    }
    let count = |weeks: &BTreeSet<i64>| u16::try_from(weeks.len()).unwrap_or(u16::MAX);
    let written = |(kind, words): (TraceKind, &str)| format!("{} {words}", kind.as_str());
    weeks.iter().map(|(it, (key, weeks))| (written(*it), (*key, count(weeks)))).collect()
}

/// Two texts that are near enough in time, the later one first, by their place in time.
struct Pair {
    late: usize,
    early: usize,
    is_one_event: bool,
    /// Whether it teaches: one is relevant, and it is not one text told of two countries.
    teaches: bool,
    /// A copy is one event without a model.
    floor: f64,
    /// Whether both say enough to be joined otherwise.
    can_join: bool,
    /// What is asked for more of rich texts.
    asked: f64,
    columns: Vec<f32>,
    /// How much it weighs among the others.
    weight: f64,
}

struct School<'a> {
    lessons: &'a [Lesson],
    model: Arc<StoryModel>,
    /// The lessons in the order of time.
    order: Vec<usize>,
    members: Vec<Member>,
    pairs: Vec<Pair>,
    /// By late and early text.
    places: HashMap<(usize, usize), usize>,
    scales: Vec<f32>,
}

impl<'a> School<'a> {
    fn new(columns: &Columns, commonness: &Commonness, lessons: &'a [Lesson]) -> Self {
        let mut order: Vec<usize> = (0..lessons.len()).collect();
        order.sort_by_key(|text| (lessons[*text].published, &lessons[*text].id));
        let members: Vec<Member> = lessons
            .iter()
            .map(|lesson| Member::new(sketch(lesson, commonness), commonness))
            .collect();
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for lesson in lessons {
            *counts.entry(&lesson.story).or_default() += 1;
        }
        let model = StoryModel {
            columns: columns.clone(),
            commonness: commonness.clone(),
            weights: Weights::default(),
        };
        let mut pairs = Vec::new();
        for (at, late) in order.iter().enumerate() {
            for early in order[..at].iter().rev() {
                let (one, other) = (&members[*late], &members[*early]);
                let since = |it: &Member| it.sketch.published.unix_ms();
                if APART_MS_MAX < since(one) - since(other) {
                    break;
                }
                let compared = columns.compare(one, other, commonness);
                let (first, second) = (&lessons[*late], &lessons[*early]);
                let is_one_event = first.story == second.story;
                // A large story has many pairs that tell the same.
                #[expect(clippy::cast_precision_loss, reason = "sizes of stories are small")]
                let weight = if is_one_event {
                    2.0 / (counts[first.story.as_str()] - 1) as f64
                } else {
                    1.0
                };
                pairs.push(Pair {
                    late: *late,
                    early: *early,
                    is_one_event,
                    weight,
                    teaches: (first.relevant || second.relevant)
                        && (first.relevant == second.relevant || compared.same.share < TWIN_SHARE),
                    floor: link_sum(one, other, &compared, f64::NEG_INFINITY),
                    can_join: one.tells_enough() && other.tells_enough(),
                    asked: compared.asked,
                    columns: compared.columns,
                });
            }
        }
        let rows: Vec<&[f32]> = pairs.iter().map(|pair| pair.columns.as_slice()).collect();
        let scales = learn::spreads(&rows, columns.names.len());
        let places =
            pairs.iter().enumerate().map(|(at, pair)| ((pair.late, pair.early), at)).collect();
        Self { lessons, model: Arc::new(model), order, members, pairs, places, scales }
    }

    /// The part that a text's story is dealt to.
    fn fold(&self, text: usize) -> usize {
        let hash = super::traces::hash(&self.lessons[text].story);
        (hash >> 16) as usize % FOLDS
    }

    fn row(&self, pair: &Pair) -> Vec<(u32, f32)> {
        let mut row = learn::scaled(&pair.columns, &self.scales);
        for (_, value) in &mut row {
            *value = value.min(SPREADS_MAX);
        }
        row
    }

    /// What the columns weigh for the pairs that may be seen.
    fn fit(&self, may_be_seen: impl Fn(&Pair) -> bool) -> Weights {
        let pairs: Vec<&Pair> =
            self.pairs.iter().filter(|pair| pair.teaches && may_be_seen(pair)).collect();
        let rows: Vec<_> = pairs.iter().map(|pair| self.row(pair)).collect();
        let labels: Vec<bool> = pairs.iter().map(|pair| pair.is_one_event).collect();
        let row_weights: Vec<f64> = pairs.iter().map(|pair| pair.weight).collect();
        let settings = Settings { l2: L2, iterations_max: ITERATIONS_MAX, ..Settings::default() };
        let linear = learn::fit(settings, &rows, &labels, &row_weights);
        let weight = |(column, scale): (usize, &f32)| {
            linear.weights.get(column).copied().unwrap_or(0.0) * f64::from(*scale)
        };
        let of = self.scales.iter().enumerate().map(weight).collect();
        Weights { bias: linear.bias, of, threshold: 0.0 }
    }

    /// The sum of each pair by a model that has seen no story of its two texts' parts.
    fn unseen_sums(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.pairs.len()];
        let folds = |pair: &Pair| {
            let (one, other) = (self.fold(pair.late), self.fold(pair.early));
            (one.min(other), one.max(other))
        };
        for one in 0..FOLDS {
            for other in one..FOLDS {
                let weights = self.fit(|pair| {
                    let (first, second) = folds(pair);
                    [first, second].iter().all(|part| *part != one && *part != other)
                });
                for (pair, sum) in self.pairs.iter().zip(&mut sums) {
                    if folds(pair) == (one, other) {
                        let own = weights.sum(&pair.columns) - pair.asked;
                        *sum = if pair.can_join { own.max(pair.floor) } else { pair.floor };
                    }
                }
            }
        }
        sums
    }

    /// The story of each text that takes part, in one stream by time.
    fn stream(
        &self,
        sums: &[f64],
        takes_part: impl Fn(usize) -> bool,
        threshold: impl Fn(usize) -> f64,
    ) -> Vec<Option<StoryId>> {
        let mut recent = Recent::new(Arc::clone(&self.model));
        let mut stories = vec![None; self.lessons.len()];
        let texts: HashMap<MatchId, usize> =
            self.members.iter().enumerate().map(|(at, it)| (it.sketch.matched, at)).collect();
        for text in self.order.iter().copied().filter(|text| takes_part(*text)) {
            let member = &self.members[text];
            let chosen = choose(member, &recent, |other| {
                let other = texts[&other.sketch.matched];
                self.places.get(&(text, other)).map_or(f64::NEG_INFINITY, |at| sums[*at])
            });
            let mut sketch = Sketch::clone(&member.sketch);
            if let Some(chosen) = chosen.filter(|it| threshold(text) <= it.sum) {
                sketch.story = chosen.story;
            }
            stories[text] = Some(sketch.story);
            recent.add(Arc::new(sketch));
        }
        stories
    }
}

fn sketch(lesson: &Lesson, commonness: &Commonness) -> Arc<Sketch> {
    let matched = MatchId::of("lesson", ArticleId::of_identity(lesson.id.as_bytes()));
    let AllTraces { traces, grams, has_body } = &lesson.all_traces;
    let seen = traces.iter().map(|(trace, _)| *trace).collect();
    let traces = super::traces::kept(seen, commonness);
    let (grams, lead) = grams.clone();
    let traces = Traces { traces, grams, lead, has_body: *has_body };
    Arc::new(Sketch {
        matched,
        story: StoryId::opened_by(matched),
        topic: String::new(),
        published: lesson.published,
        is_dated: true,
        language: lesson.language,
        traces,
    })
}

/// Thresholds that are tried.
const THRESHOLD_MIN: f64 = -6.0;
const THRESHOLD_STEP: f64 = 0.1;
const N_THRESHOLDS: usize = 81;

impl School<'_> {
    /// The stream of those who take part, for each threshold.
    fn streams(
        &self,
        sums: &[f64],
        takes_part: impl Fn(usize) -> bool,
    ) -> Vec<(f64, Vec<Option<StoryId>>)> {
        let thresholds = (0_u32..).take(N_THRESHOLDS);
        thresholds
            .map(|step| {
                let threshold = THRESHOLD_STEP.mul_add(f64::from(step), THRESHOLD_MIN);
                (threshold, self.stream(sums, &takes_part, |_| threshold))
            })
            .collect()
    }

    /// The best threshold for each part by all others, and the one for all.
    fn thresholds(&self, streams: &[(f64, Vec<Option<StoryId>>)]) -> ([f64; FOLDS], f64) {
        let best = |counts: &dyn Fn(usize) -> bool| {
            let scores: Vec<f64> =
                streams.iter().map(|(_, stories)| self.quality(stories, counts)).collect();
            // Neighbours are alike but for luck, so three are taken together.
            let smooth = |at: &usize| {
                scores[at.saturating_sub(1)..(at + 2).min(scores.len())].iter().sum::<f64>()
            };
            let places = 1..streams.len().saturating_sub(1);
            let best = places.max_by(|one, other| smooth(one).total_cmp(&smooth(other)));
            best.map_or(0.0, |at| streams[at].0)
        };
        let mut by_fold = [0.0; FOLDS];
        for (fold, threshold) in by_fold.iter_mut().enumerate() {
            *threshold = best(&|text| self.fold(text) != fold);
        }
        (by_fold, best(&|_| true))
    }

    /// How well `stories` fit the labels, among the texts that count.
    fn quality(&self, stories: &[Option<StoryId>], counts: &dyn Fn(usize) -> bool) -> f64 {
        let texts = (0..stories.len()).filter(|text| counts(*text));
        let (labels, found): (Vec<&str>, Vec<String>) = texts
            .filter_map(|text| {
                Some((self.lessons[text].story.as_str(), stories[text]?.to_string()))
            })
            .unzip();
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        let [.., b_cubed] = b_cubed(&labels, &found);
        let [.., pairs] = pairwise(&labels, &found);
        b_cubed + pairs
    }
}
