//! Learns the model from labelled texts, and tells how well that goes on texts it has not seen.
//!
//! The sum of a text is linear in its features, plus trees for what a line cannot tell: the
//! linear part is fitted first (L2 on features of equal spread), then the trees on what it gets
//! wrong. Every text with a body is learnt twice, with and without it, since a feed often gives
//! no more than title and summary.
//!
//! Texts of one story are not independent: cross-validation never has a story on both sides.
//!
//! Invariant: the same texts, lexicon and topic give the same model, byte for byte.

use std::collections::BTreeMap;

use super::aspects::{self, Lesson};
use super::context::Extent;
use super::judge::{Reader, Text};
use super::learn::{self, Growth, Settings};
use super::measure::{Case, Grouped, Grouping, Report, measure};
use super::model_file::{Model, Scale};
use super::score::Footing;
use super::story::{self, Learnt};
use crate::model::{Aspect, Language, StoryId, Timestamp};

/// How strongly weights of features with spread 1 are held small.
const L2: f64 = 1_000.0;
const ITERATIONS_MAX: usize = 200;

const GROWTH: Growth = Growth {
    n_trees: 200,
    leaves_max: 8,
    rate: 0.05,
    rows_min: 15,
    columns: 0.2,
    l2: 5.0,
    seed: 0x51_1c_e5,
};

/// Parts that stories are dealt out to, for judging unseen ones and, inside, for thresholds.
const FOLDS: usize = 5;
const INNER_FOLDS: usize = 3;

/// A labelled text.
#[derive(Clone, Debug)]
pub struct Example<'a> {
    /// Its id, for the report.
    pub id: &'a str,
    /// Its words.
    pub text: Text<'a>,
    /// The label.
    pub relevant: bool,
    /// The event it reports: never split between learning and testing.
    pub story: &'a str,
    /// How hard it is by the label.
    pub difficulty: &'a str,
    /// Aspects by the label.
    pub aspects: Vec<Aspect>,
    /// When it was published; without it nothing is learnt for stories.
    pub published: Option<Timestamp>,
    /// The file that it came in: its stories are also told apart from those of other files.
    pub part: &'a str,
}

/// What came out.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The content of a model file.
    pub model: String,
    /// Each text judged by a model that has seen no text of its story, as it came.
    pub as_given: Report,
    /// The same without bodies.
    pub without_body: Report,
    /// By part, how well its relevant texts are grouped in a stream of their own.
    pub parts: BTreeMap<String, Grouping>,
}

/// A text as it is learnt: with or without its body.
struct Row {
    example: usize,
    extent: Extent,
    footing: Footing,
    values: Vec<f32>,
    aspects: Vec<(u32, f32)>,
    /// Which of a text's two rows it is.
    is_cut: bool,
}

/// Learns from `examples`.
pub fn train(reader: &Reader, examples: &[Example<'_>]) -> Trained {
    let rows = rows(reader, examples);
    let learner = Learner { reader, examples, rows: &rows };
    let all: Vec<usize> = (0..rows.len()).collect();
    let sums = learner.unseen_sums(&all, FOLDS, 0);
    let mut model = learner.fit(&all);
    model.scales = learner.scales(&all, &sums);
    let stories = learner.stories();
    let tested = learner.tested(&stories);
    let head = learner.head(&tested);
    let [as_given, without_body] = tested;
    let mut text = model.to_text(reader.names(), &head);
    text.push_str(&learner.aspects(&all).write(&reader.aspect_names()));
    text.push_str(&stories.text);
    Trained { model: text, as_given, without_body, parts: parts(examples, &stories) }
}

fn rows(reader: &Reader, examples: &[Example<'_>]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (example, it) in examples.iter().enumerate() {
        let mut add = |text: &Text<'_>, is_cut: bool| {
            let reading = reader.read(text);
            let features = reader.features(&reading);
            let (extent, footing) = (reading.extent, Footing::of(&reading, &features));
            let (values, aspects) = (features.values, reader.aspect_row(&reading));
            rows.push(Row { example, extent, footing, values, aspects, is_cut });
        };
        add(&it.text, false);
        if !it.text.body.trim().is_empty() {
            add(&Text { body: "", ..it.text }, true);
        }
    }
    rows
}

/// By part, how well its relevant texts are grouped.
fn parts(examples: &[Example<'_>], stories: &Learnt) -> BTreeMap<String, Grouping> {
    let mut items: BTreeMap<&str, Vec<(&str, &str, String)>> = BTreeMap::new();
    for (example, story) in examples.iter().zip(&stories.of_parts) {
        if let Some(story) = story {
            let item = (example.id, example.story, story.to_string());
            items.entry(example.part).or_default().push(item);
        }
    }
    let grouping = |(part, items): (&str, Vec<(&str, &str, String)>)| {
        let items: Vec<Grouped<'_>> =
            items.iter().map(|(id, label, found)| (*id, *label, found.as_str())).collect();
        (part.to_owned(), Grouping::of(&items))
    };
    items.into_iter().map(grouping).collect()
}

struct Learner<'a> {
    reader: &'a Reader,
    examples: &'a [Example<'a>],
    rows: &'a [Row],
}

impl Learner<'_> {
    fn label(&self, row: usize) -> bool {
        self.examples[self.rows[row].example].relevant
    }

    /// The part that a row's story is dealt to.
    fn fold(&self, row: usize, n_folds: usize, round: u64) -> usize {
        let story = self.examples[self.rows[row].example].story;
        let hash = story.bytes().fold(0xcbf2_9ce4_8422_2325 ^ round, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        usize::try_from((hash >> 17) % (n_folds as u64)).unwrap_or(0)
    }

    /// The model of some rows; its scales are not set.
    fn fit(&self, rows: &[usize]) -> Model {
        let rows: Vec<usize> =
            rows.iter().copied().filter(|row| self.rows[*row].footing.can_match()).collect();
        let labels: Vec<bool> = rows.iter().map(|row| self.label(*row)).collect();
        let row_weights = vec![1.0; rows.len()];
        let values: Vec<&[f32]> =
            rows.iter().map(|row| self.rows[*row].values.as_slice()).collect();
        let scales = learn::spreads(&values, self.reader.names().len());
        let sparse: Vec<Vec<(u32, f32)>> =
            values.iter().map(|row| learn::scaled(row, &scales)).collect();
        let settings = Settings { l2: L2, iterations_max: ITERATIONS_MAX, ..Settings::default() };
        let linear = learn::fit(settings, &sparse, &labels, &row_weights);
        let sums = sparse.iter().map(|row| linear.sum(row)).collect();
        let trees = learn::grow(GROWTH, &values, &labels, &row_weights, sums);
        let weight = |(column, spread): (usize, &f32)| {
            linear.weights.get(column).copied().unwrap_or(0.0) * f64::from(*spread)
        };
        let weights = scales.iter().enumerate().map(weight).collect();
        let scales = [Scale { middle: 0.0, slope: 1.0 }; 3];
        Model { bias: linear.bias, weights, trees, scales }
    }

    /// The weights of the aspects, learnt from relevant texts as they were given.
    fn aspects(&self, rows: &[usize]) -> aspects::Weights {
        let given = rows.iter().filter(|row| self.label(**row) && !self.rows[**row].is_cut);
        let lessons: Vec<Lesson> = given
            .map(|row| {
                let Row { example, aspects, .. } = &self.rows[*row];
                let example = &self.examples[*example];
                Lesson {
                    row: aspects.clone(),
                    aspects: example.aspects.iter().copied().collect(),
                    story: example.story.to_owned(),
                }
            })
            .collect();
        aspects::fit(&lessons)
    }

    /// Sums of `rows`, each from a model that has not seen its story.
    fn unseen_sums(&self, rows: &[usize], n_folds: usize, round: u64) -> Vec<f64> {
        let mut sums = vec![0.0; rows.len()];
        for fold in 0..n_folds {
            let is_in = |row: &usize| self.fold(*row, n_folds, round) == fold;
            let seen: Vec<usize> = rows.iter().copied().filter(|row| !is_in(row)).collect();
            let model = self.fit(&seen);
            for (sum, row) in sums.iter_mut().zip(rows).filter(|(_, row)| is_in(row)) {
                *sum = model.sum(&self.rows[*row].values).0;
            }
        }
        sums
    }

    /// Where each extent's score is one half: the threshold with the best F1 on unseen texts.
    fn scales(&self, rows: &[usize], sums: &[f64]) -> [Scale; 3] {
        Extent::ALL.map(|extent| {
            let all = || rows.iter().copied().zip(sums.iter().copied());
            let of_extent = |row: usize| self.rows[row].extent == extent;
            // Too few texts of an extent tell nothing: then those of all extents do.
            let is_known = ROWS_MIN <= all().filter(|(row, _)| of_extent(*row)).count();
            let here = all().filter(|(row, _)| !is_known || of_extent(*row));
            let mut seen: Vec<(f64, bool)> =
                here.map(|(row, sum)| (self.reached(row, sum), self.label(row))).collect();
            Scale { middle: best_threshold(&mut seen), slope: slope(&seen) }
        })
    }

    /// The sum of a row, endlessly low where it cannot match.
    fn reached(&self, row: usize, sum: f64) -> f64 {
        if self.rows[row].footing.can_match() { sum } else { f64::NEG_INFINITY }
    }

    /// All texts, judged by models and thresholds that have seen nothing of their stories.
    fn tested(&self, stories: &Learnt) -> [Report; 2] {
        let all: Vec<usize> = (0..self.rows.len()).collect();
        let mut cases = [Vec::new(), Vec::new()];
        for fold in 0..FOLDS {
            let (tested, seen): (Vec<usize>, Vec<usize>) =
                all.iter().partition(|row| self.fold(**row, FOLDS, 0) == fold);
            let mut model = self.fit(&seen);
            model.scales = self.scales(&seen, &self.unseen_sums(&seen, INNER_FOLDS, 1));
            let told = self.aspects(&seen);
            for row in tested {
                let Row { example, extent, footing, values, aspects, is_cut } = &self.rows[row];
                let scaled = model.scale(*extent).score(model.sum(values).0);
                let score = footing.limit(&self.reader.topic, scaled);
                let case = self.case(*example, score, told.aspects(aspects), stories);
                let has_body = !self.examples[*example].text.body.trim().is_empty();
                if !is_cut {
                    cases[0].push(case.clone());
                }
                if *is_cut || !has_body {
                    cases[1].push(case);
                }
            }
        }
        cases.map(|cases| measure(&cases))
    }

    fn case(&self, number: usize, score: f64, aspects: Vec<Aspect>, stories: &Learnt) -> Case {
        let example = &self.examples[number];
        let found = |of: &[Option<StoryId>]| {
            let story = of.get(number).copied().flatten();
            story.map(|story| story.to_string())
        };
        Case {
            id: example.id.to_owned(),
            language: example.text.language.unwrap_or(Language::UNKNOWN),
            difficulty: example.difficulty.to_owned(),
            story: example.story.to_owned(),
            relevant: example.relevant,
            predicted: self.reader.topic.match_from.value() <= score,
            score,
            aspects: example.aspects.iter().copied().collect(),
            predicted_aspects: aspects.into_iter().collect(),
            story_of_relevant: found(&stories.of_relevant),
            story_of_all: found(&stories.of_all),
        }
    }

    /// What is learnt about stories, from the texts as they were given.
    fn stories(&self) -> Learnt {
        let lesson = |example: &Example<'_>| {
            let reading = self.reader.read(&example.text);
            Some(story::Lesson {
                id: example.id.to_owned(),
                published: example.published?,
                language: reading.language,
                all_traces: self.reader.all_traces(&reading),
                story: example.story.to_owned(),
                relevant: example.relevant,
                part: example.part.to_owned(),
            })
        };
        let numbers = (0..self.examples.len()).filter(|it| self.examples[*it].published.is_some());
        let lessons: Vec<story::Lesson> = self.examples.iter().filter_map(lesson).collect();
        let learnt = story::learn(&lessons);
        let numbers: Vec<usize> = numbers.collect();
        let by_example = |of_lessons: Vec<Option<StoryId>>| {
            let mut stories = vec![None; self.examples.len()];
            for (number, story) in numbers.iter().zip(of_lessons) {
                stories[*number] = story;
            }
            stories
        };
        Learnt {
            text: learnt.text,
            of_relevant: by_example(learnt.of_relevant),
            of_all: by_example(learnt.of_all),
            of_parts: by_example(learnt.of_parts),
        }
    }

    fn head(&self, tested: &[Report; 2]) -> String {
        let n_relevant = self.examples.iter().filter(|it| it.relevant).count();
        let [given, cut] = tested;
        format!(
            "# The model, made by `silkwire train`; docs/scoring.md describes it.\n\
             #\n\
             # The sum of a text is `bias`, what the trees answer, and each feature times its weight.\n\
             # Its score is 1 / (1 + exp(-slope * (sum - middle))), by how much of the text there is.\n\
             # A tree is VALUE, or VALUE feature<number (if below) (if not); VALUE is its mean answer.\n\
             # Learnt from {} texts, {n_relevant} of them relevant. On texts of unseen stories, as\n\
             # given / without body: F1 {:.3} / {:.3}, average precision {:.3} / {:.3}.\n",
            self.examples.len(),
            given.all.f1(),
            cut.all.f1(),
            given.average_precision,
            cut.average_precision,
        )
    }
}

/// Fewer texts set no threshold.
const ROWS_MIN: usize = 50;

/// Between which two sums the F1 is best; sorts by falling sum.
fn best_threshold(seen: &mut [(f64, bool)]) -> f64 {
    seen.sort_by(|one, other| other.0.total_cmp(&one.0));
    let n_relevant = seen.iter().filter(|it| it.1).count();
    let (mut n_right, mut best, mut threshold) = (0_usize, 0.0_f64, 0.0);
    for (index, (sum, relevant)) in seen.iter().enumerate() {
        if sum.is_infinite() {
            break;
        }
        n_right += usize::from(*relevant);
        let next = seen.get(index + 1).map_or(*sum - 1.0, |it| it.0.max(*sum - 1.0));
        #[expect(clippy::cast_precision_loss, reason = "counts of texts")]
        let f1 = 2.0 * n_right as f64 / (index + 1 + n_relevant).max(1) as f64;
        if best < f1 && next < *sum {
            (best, threshold) = (f1, f64::midpoint(*sum, next));
        }
    }
    threshold
}

/// How fast relevance becomes likely as the sum grows (Platt's scaling, its slope).
fn slope(seen: &[(f64, bool)]) -> f64 {
    let open = || seen.iter().filter(|it| it.0.is_finite());
    #[expect(clippy::cast_possible_truncation, reason = "a sum needs no more digits")]
    let rows: Vec<Vec<(u32, f32)>> = open().map(|it| vec![(0, it.0 as f32)]).collect();
    let labels: Vec<bool> = open().map(|it| it.1).collect();
    let settings = Settings { l2: 1e-3, ..Settings::default() };
    let linear = learn::fit(settings, &rows, &labels, &vec![1.0; rows.len()]);
    linear.weights.first().copied().unwrap_or(1.0).max(0.05)
}
