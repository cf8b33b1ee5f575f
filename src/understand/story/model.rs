//! What was learnt about pairs of texts, as it stands in a model file.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use serde::Deserialize;
use toml::Spanned;

use super::commonness::Commonness;
use super::pair::Columns;
use super::traces::hash;
use crate::model::{Field, Problem, Trace, TraceKind, closest};
use crate::understand::judge::Source;
use crate::understand::topic::problem;

/// Weights closer to zero are not written.
const WEIGHT_MIN: f64 = 0.000_5;

/// A trace in one week is as rare as an unknown one.
const WEEKS_MIN: u16 = 2;

/// The table `[stories]` of a model file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::understand) struct ModelTable {
    bias: Option<Spanned<f64>>,
    threshold: Option<Spanned<f64>>,
    weeks: u16,
    weights: BTreeMap<Spanned<String>, f64>,
    common: BTreeMap<Spanned<String>, u16>,
}

/// What was learnt about pairs of texts.
#[derive(Clone, Debug, Default)]
pub(in crate::understand) struct StoryModel {
    pub(super) columns: Columns,
    pub(in crate::understand) commonness: Commonness,
    pub(super) weights: Weights,
}

/// What each column weighs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Weights {
    pub(super) bias: f64,
    /// By column.
    pub(super) of: Vec<f64>,
    /// Two texts report one event from this sum on.
    pub(super) threshold: f64,
}

impl Weights {
    /// The sum of a pair's columns.
    pub(super) fn sum(&self, columns: &[f32]) -> f64 {
        let parts = self.of.iter().zip(columns);
        self.bias + parts.map(|(weight, value)| weight * f64::from(*value)).sum::<f64>()
    }
}

impl StoryModel {
    /// Reads it; a column that is not written weighs nothing.
    ///
    /// # Errors
    /// All mistakes, with file, line and a hint.
    pub(in crate::understand) fn read(
        source: &Source<'_>,
        table: &ModelTable,
    ) -> Result<Self, Vec<Problem>> {
        let columns = Columns::new();
        let numbers: HashMap<&str, usize> =
            columns.names.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
        let mut problems = Vec::new();
        let mut of = vec![0.0; columns.names.len()];
        for (name, weight) in &table.weights {
            let at = Some(name.span().start);
            match numbers.get(name.get_ref().as_str()) {
                Some(number) if weight.is_finite() => of[*number] = *weight,
                Some(_) => {
                    let message = format!("weight {weight} of {:?} is no number", name.get_ref());
                    problems.push(problem(source, at, message, "write a number like 0.5"));
                }
                None => {
                    let message = format!("no column of stories is called {:?}", name.get_ref());
                    let hint =
                        match closest(name.get_ref(), columns.names.iter().map(String::as_str)) {
                            Some(known) => format!("did you mean {known:?}?"),
                            None => {
                                "train the model again after the lexicon has changed".to_owned()
                            }
                        };
                    problems.push(problem(source, at, message, &hint));
                }
            }
        }
        let mut number = |name: &str, written: &Option<Spanned<f64>>| match written {
            Some(number) if number.get_ref().is_finite() => *number.get_ref(),
            Some(number) => {
                let message = format!("{name} {} of stories is no number", number.get_ref());
                let at = Some(number.span().start);
                problems.push(problem(source, at, message, "write a number like -0.5"));
                0.0
            }
            None => {
                let message = format!("table [stories] has no {name}");
                problems.push(problem(source, None, message, "train the model again"));
                0.0
            }
        };
        let bias = number("bias", &table.bias);
        let threshold = number("threshold", &table.threshold);
        let mut weeks = HashMap::new();
        for (words, count) in &table.common {
            if let Some(key) = key_of(words.get_ref()) {
                weeks.insert(key, *count);
            } else {
                let message = format!("{:?} is no trace", words.get_ref());
                let hint = "write the kind and the key, like \"person aliyev\"";
                problems.push(problem(source, Some(words.span().start), message, hint));
            }
        }
        problems.sort_by_key(|problem| problem.line);
        if problems.is_empty() {
            let commonness = Commonness::new(table.weeks, weeks);
            Ok(Self { columns, commonness, weights: Weights { bias, of, threshold } })
        } else {
            Err(problems)
        }
    }
}

/// The key of a trace as it is written: its kind, a blank, its words.
fn key_of(words: &str) -> Option<u32> {
    let (kind, words) = words.split_once(' ')?;
    let kind = TraceKind::ALL.iter().find(|known| known.as_str() == kind)?;
    Some(Trace::new(*kind, hash(words), Field::Title).key())
}

/// As it stands in a model file: weights, the strongest first, and common traces by name.
pub(super) fn write(
    names: &[String],
    weights: &Weights,
    n_weeks: u16,
    weeks: &BTreeMap<String, u16>,
) -> String {
    let mut written: Vec<(&str, f64)> = names
        .iter()
        .map(String::as_str)
        .zip(weights.of.iter().copied())
        .filter(|(_, weight)| WEIGHT_MIN <= weight.abs())
        .collect();
    written.sort_by(|(_, one), (_, other)| other.abs().total_cmp(&one.abs()));
    let Weights { bias, threshold, .. } = weights;
    let mut text = format!(
        "\n[stories]\nbias = {bias:.4}\nthreshold = {threshold:.2}\nweeks = {n_weeks}\n\n[stories.weights]\n"
    );
    for (name, weight) in written {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:?} = {weight:.4}");
    }
    text.push_str("\n# In how many weeks of the texts a trace stands.\n[stories.common]\n");
    let is_common = |count: u16| WEEKS_MIN <= count;
    // Words that would need escapes are no names.
    let is_plain = |words: &str| !words.contains(|c: char| c.is_control() || c == '"' || c == '\\');
    for (words, count) in
        weeks.iter().filter(|(words, count)| is_common(**count) && is_plain(words))
    {
        let _ = writeln!(text, "\"{words}\" = {count}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct File {
        #[serde(default)]
        stories: ModelTable,
    }

    fn read(text: &str) -> Result<StoryModel, Vec<String>> {
        let source = Source { name: "model.toml", text };
        let lines = |problems: Vec<Problem>| problems.iter().map(ToString::to_string).collect();
        let file: File = toml::from_str(text).unwrap();
        StoryModel::read(&source, &file.stories).map_err(lines)
    }

    /// Goal: what training writes is what the service reads, common traces included.
    #[test]
    fn a_model_is_read_as_it_is_written() {
        let names = Columns::new().names;
        let mut weights = Weights { bias: -2.5, of: vec![0.0; names.len()], threshold: -0.5 };
        weights.of[0] = 1.25;
        weights.of[1] = -2.0;
        let weeks = BTreeMap::from([("name ARP".to_owned(), 99), ("name MTK".to_owned(), 1)]);
        let text = write(&names, &weights, 100, &weeks);
        insta::assert_snapshot!(text, @r#"
        [stories]
        bias = -2.5000
        threshold = -0.50
        weeks = 100

        [stories.weights]
        "person.overlap" = -2.0000
        "person.head" = 1.2500

        # In how many weeks of the texts a trace stands.
        [stories.common]
        "name ARP" = 99
        "#);
        let model = read(&text).unwrap();
        assert_eq!(model.weights, weights);
        let trace = |words: &str| Trace::new(TraceKind::Name, hash(words), Field::Body);
        let rarity = |words: &str| model.commonness.rarity(trace(words));
        assert!(rarity("ARP") < 0.01 && 0.99 < rarity("MTK") && 0.99 < rarity("XYZ"));
    }

    /// Goal: a person who edits the file hears of all mistakes at once, with their lines.
    #[test]
    fn every_mistake_is_named_with_its_line() {
        let text = "[stories]\nbias = nan\nweeks = 5\n[stories.weights]\n\"person.haed\" = 1.0\n\
                    \"name.head\" = inf\n[stories.common]\n\"persn x\" = 3\n";
        insta::assert_snapshot!(read(text).unwrap_err().join("\n"), @r#"
        model.toml: table [stories] has no threshold
          hint: train the model again
        model.toml:2: bias NaN of stories is no number
          hint: write a number like -0.5
        model.toml:5: no column of stories is called "person.haed"
          hint: did you mean "person.head"?
        model.toml:6: weight inf of "name.head" is no number
          hint: write a number like 0.5
        model.toml:8: "persn x" is no trace
          hint: write the kind and the key, like "person aliyev"
        "#);
    }
}
