//! Measures the judge on labelled texts, as the label guideline of the corpus asks.
//!
//! Items of one story are not independent, so intervals are drawn over stories.

mod bootstrap;
mod relevance;
mod stories;
mod table;

pub use relevance::{Confusion, average_precision};
pub use stories::{Grouped, Grouping, b_cubed, pairwise};

use serde::Serialize;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Aspect, Language};

/// Languages with fewer items are pooled.
const LANGUAGE_ITEMS_MIN: usize = 20;

/// A labelled text and what the judge said of it.
#[derive(Clone, Debug)]
pub struct Case {
    /// The text's id.
    pub id: String,
    /// Its language by the label.
    pub language: Language,
    /// How hard it is by the label; empty if it has none.
    pub difficulty: String,
    /// The event it reports by the label.
    pub story: String,
    /// The label.
    pub relevant: bool,
    /// What the judge said.
    pub predicted: bool,
    /// How sure the judge was.
    pub score: f64,
    /// Aspects by the label.
    pub aspects: BTreeSet<Aspect>,
    /// Aspects that the judge named.
    pub predicted_aspects: BTreeSet<Aspect>,
    /// The story that it was put into among relevant texts; none for others.
    pub story_of_relevant: Option<String>,
    /// The story that it was put into among all texts; none if it was not grouped.
    pub story_of_all: Option<String>,
}

/// How good the judge is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Everything.
    pub all: Confusion,
    /// Area under precision over recall, by score.
    pub average_precision: f64,
    /// 95 % interval of the F1 over all, drawn over stories.
    pub f1_interval: (f64, f64),
    /// By language, the small ones pooled as `rest`.
    pub languages: BTreeMap<String, Confusion>,
    /// By difficulty.
    pub difficulties: BTreeMap<String, Confusion>,
    /// Pairs of text and aspect, over relevant texts.
    pub aspects: Confusion,
    /// Mean of the aspects' own F1.
    pub aspects_macro_f1: f64,
    /// Grouping of all texts in one stream, twins about other countries among them.
    pub stories: Grouping,
    /// Grouping of relevant texts in one stream.
    pub stories_of_relevant: Grouping,
    /// Ids of texts that were judged wrongly, missed ones first.
    pub errors: Vec<String>,
}

/// Compares labels and judgements.
pub fn measure(cases: &[Case]) -> Report {
    let relevant: Vec<&Case> = cases.iter().filter(|case| case.relevant).collect();
    Report {
        all: Confusion::of(cases),
        average_precision: average_precision(cases),
        f1_interval: bootstrap::f1_interval(cases),
        languages: by(cases, &language_groups(cases)),
        difficulties: by(
            cases,
            &cases.iter().map(|case| case.difficulty.clone()).collect::<Vec<_>>(),
        ),
        aspects: relevance::aspects(&relevant, Aspect::ALL),
        aspects_macro_f1: relevance::aspects_macro_f1(&relevant),
        stories: grouping(cases, |case| case.story_of_all.as_deref()),
        stories_of_relevant: grouping(cases, |case| case.story_of_relevant.as_deref()),
        errors: errors(cases),
    }
}

fn grouping<'a>(cases: &'a [Case], found: impl Fn(&'a Case) -> Option<&'a str>) -> Grouping {
    let item = |case: &'a Case| Some((case.id.as_str(), case.story.as_str(), found(case)?));
    Grouping::of(&cases.iter().filter_map(item).collect::<Vec<_>>())
}

fn language_groups(cases: &[Case]) -> Vec<String> {
    let mut counts: BTreeMap<Language, usize> = BTreeMap::new();
    for case in cases {
        *counts.entry(case.language).or_default() += 1;
    }
    let group = |case: &Case| match counts.get(&case.language) {
        Some(count) if LANGUAGE_ITEMS_MIN <= *count => case.language.to_string(),
        _ => "rest".to_owned(),
    };
    cases.iter().map(group).collect()
}

fn by(cases: &[Case], groups: &[String]) -> BTreeMap<String, Confusion> {
    let mut found: BTreeMap<String, Confusion> = BTreeMap::new();
    for (case, group) in cases.iter().zip(groups).filter(|(_, group)| !group.is_empty()) {
        found.entry(group.clone()).or_default().add(case.relevant, case.predicted);
    }
    found
}

/// Counts here are far below 2^53, so nothing is lost.
fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn errors(cases: &[Case]) -> Vec<String> {
    let wrong = |relevant: bool| {
        cases.iter().filter(move |case| case.relevant == relevant && case.predicted != relevant)
    };
    wrong(true).chain(wrong(false)).map(|case| case.id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(id: &str, story: &str, relevant: bool, predicted: bool, score: f64) -> Case {
        Case {
            id: id.to_owned(),
            language: Language::of_tag("en").unwrap(),
            difficulty: "hard".to_owned(),
            story: story.to_owned(),
            relevant,
            predicted,
            score,
            aspects: BTreeSet::from([Aspect::Trade]),
            predicted_aspects: BTreeSet::from([Aspect::Trade, Aspect::Energy]),
            story_of_relevant: relevant.then(|| "one".to_owned()),
            story_of_all: Some("one".to_owned()),
        }
    }

    /// Goal: the figures are those of the textbooks, on a set small enough for paper.
    #[test]
    fn figures_of_a_small_set() {
        let cases = [
            case("a", "s1", true, true, 0.9),
            case("b", "s1", true, true, 0.8),
            case("c", "s2", false, true, 0.7),
            case("d", "s3", true, false, 0.2),
            case("e", "s4", false, false, 0.1),
        ];
        let report = measure(&cases);
        insta::assert_snapshot!(report.to_string(), @r"
        relevance      items precision recall    F1   TP   FP   FN   TN
        all                5     0.667  0.667 0.667    2    1    1    1
        rest               5     0.667  0.667 0.667    2    1    1    1
        hard               5     0.667  0.667 0.667    2    1    1    1
        F1 95 % interval over stories: 0.000-1.000
        average precision: 0.917
        aspects: micro-F1 0.667 (precision 0.500, recall 1.000), macro-F1 1.000
        stories, all items in one stream: 5 texts, 4 stories, 1 found
          B-cubed 0.280 1.000 F1 0.437 (0.333-0.542)
          pairs   0.100 1.000 F1 0.182 (0.000-0.353)
        stories, relevant items in one stream: 3 texts, 2 stories, 1 found
          B-cubed 0.556 1.000 F1 0.714 (0.500-0.800)
          pairs   0.333 1.000 F1 0.500 (0.000-0.667)
        ");
        assert_eq!(report.errors, ["d", "c"]);
        let merges = &report.stories_of_relevant.merges;
        assert_eq!(*merges, [[vec!["a", "b"], vec!["d"]]]);
        assert!(report.stories_of_relevant.splits.is_empty());
    }

    /// Goal: a report repeats to the digit.
    #[test]
    fn intervals_repeat() {
        let cases: Vec<Case> = (0_u32..40)
            .map(|n| {
                case(&n.to_string(), &(n / 2).to_string(), n % 3 == 0, n % 4 != 1, f64::from(n))
            })
            .collect();
        assert_eq!(measure(&cases), measure(&cases));
    }
}
