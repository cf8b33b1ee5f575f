//! The shipped pair model on labelled texts.

use std::fs;

use serde_json::Value;
use silkwire::model::{Language, Timestamp};
use silkwire::understand::Text;
use silkwire::understand::measure::{b_cubed, pairwise};

use crate::shipped::project;
use crate::stories::{Sorter, sketch};

/// The texts are among those the model learnt from, so these are above the published figures.
const B_CUBED_MIN: f64 = 0.95;
const PAIRWISE_MIN: f64 = 0.90;

/// Goal: what is shipped groups as well as what was measured: nobody breaks it unseen.
#[test]
fn labelled_texts_are_grouped_rightly() {
    let lines = fs::read_to_string(project("tests/corpus/dev.jsonl")).unwrap();
    let mut items: Vec<(Timestamp, Value)> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|item| item["relevant"] == true)
        .map(|item| (item["published"].as_str().unwrap().parse().unwrap(), item))
        .collect();
    items.sort_by_key(|(published, item)| (*published, item["id"].to_string()));
    let mut sorter = Sorter::new();
    let mut found = Vec::new();
    for (published, item) in &items {
        let words = |key: &str| item[key].as_str().unwrap_or_default();
        let language: Option<Language> = words("lang").parse().ok();
        let text = Text {
            title: words("title"),
            summary: words("summary"),
            body: words("body"),
            language,
            ..Text::default()
        };
        let (story, _) = sorter.sort(sketch(words("id"), &text, *published));
        found.push(story.to_string());
    }
    let labels: Vec<&str> = items.iter().map(|(_, it)| it["story"].as_str().unwrap()).collect();
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    let ([.., b_cubed], [.., pairs]) = (b_cubed(&labels, &found), pairwise(&labels, &found));
    assert!(B_CUBED_MIN <= b_cubed, "{b_cubed:.3}");
    assert!(PAIRWISE_MIN <= pairs, "{pairs:.3}");
}
