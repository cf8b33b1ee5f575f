//! The part of a model file that tells aspects: for each one a bias and weights by feature.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;
use toml::Spanned;

use crate::model::{Aspect, Problem, closest};
use crate::understand::judge::Source;
use crate::understand::learn::Linear;
use crate::understand::topic::problem;

/// Weights closer to zero are not written.
const WEIGHT_MIN: f64 = 0.05;

/// The tables `[aspects.*]` of a model file.
pub(in crate::understand) type Tables = BTreeMap<Spanned<String>, Table>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::understand) struct Table {
    bias: Spanned<f64>,
    #[serde(default)]
    threshold: Option<Spanned<f64>>,
    #[serde(default)]
    with: BTreeMap<Spanned<String>, f64>,
    #[serde(default)]
    weights: BTreeMap<Spanned<String>, f64>,
}

/// What an aspect's features weigh, and the aspects beside it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    pub(super) aspect: Aspect,
    pub(super) linear: Linear,
    /// By number of the other aspect.
    pub(super) with: [f64; Aspect::ALL.len()],
    /// The aspect is named from these log-odds on.
    pub(super) threshold: f64,
}

/// The aspects that a model knows, in the guideline's order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    pub(super) of: Vec<Part>,
}

impl Weights {
    /// Reads them for the features called `names`; one that is not written weighs nothing.
    ///
    /// # Errors
    /// All mistakes, with file, line and a hint.
    pub(in crate::understand) fn read(
        source: &Source<'_>,
        tables: &Tables,
        names: &[String],
    ) -> Result<Self, Vec<Problem>> {
        let columns: BTreeMap<&str, usize> =
            names.iter().enumerate().map(|(column, name)| (name.as_str(), column)).collect();
        let mut problems = Vec::new();
        let mut of = Vec::new();
        for (name, table) in tables {
            let aspect = match read_aspect(source, name) {
                Ok(aspect) => aspect,
                Err(found) => {
                    problems.push(found);
                    continue;
                }
            };
            let mut with = [0.0; Aspect::ALL.len()];
            for (other, weight) in &table.with {
                match read_aspect(source, other) {
                    Ok(other) if weight.is_finite() => with[other as usize] = *weight,
                    Ok(other) => {
                        let message = format!("weight {weight} of {other} is no number");
                        let at = Some(name.span().start);
                        problems.push(problem(source, at, message, "write a number like 0.5"));
                    }
                    Err(found) => problems.push(found),
                }
            }
            let mut linear =
                Linear { bias: *table.bias.get_ref(), weights: vec![0.0; names.len()] };
            if !linear.bias.is_finite() {
                let message = format!("bias {} of {aspect} is no number", linear.bias);
                let at = Some(table.bias.span().start);
                problems.push(problem(source, at, message, "write a number like -1.5"));
            }
            let threshold = table.threshold.as_ref().map_or(0.0, |it| *it.get_ref());
            if !threshold.is_finite() {
                let message = format!("threshold {threshold} of {aspect} is no number");
                let at = table.threshold.as_ref().map(|it| it.span().start);
                problems.push(problem(source, at, message, "write a number like 0.5"));
            }
            for (name, weight) in &table.weights {
                match columns.get(name.get_ref().as_str()) {
                    Some(column) if weight.is_finite() => linear.weights[*column] = *weight,
                    Some(_) => {
                        let message =
                            format!("weight {weight} of {:?} is no number", name.get_ref());
                        let at = Some(name.span().start);
                        problems.push(problem(source, at, message, "write a number like 0.5"));
                    }
                    None => {
                        let message =
                            format!("no feature of aspects is called {:?}", name.get_ref());
                        let hint = match closest(name.get_ref(), names.iter().map(String::as_str)) {
                            Some(known) => format!("did you mean {known:?}?"),
                            None => "train the model again after classes of cues have changed"
                                .to_owned(),
                        };
                        problems.push(problem(source, Some(name.span().start), message, &hint));
                    }
                }
            }
            of.push(Part { aspect, linear, with, threshold });
        }
        of.sort_by_key(|part| part.aspect);
        problems.sort_by_key(|problem| problem.line);
        if problems.is_empty() { Ok(Self { of }) } else { Err(problems) }
    }

    /// As they stand in a model file, the strongest feature first.
    pub(in crate::understand) fn write(&self, names: &[String]) -> String {
        let mut text = String::new();
        for Part { aspect, linear, with, threshold } in &self.of {
            let mut weights: Vec<(&str, f64)> = names
                .iter()
                .map(String::as_str)
                .zip(linear.weights.iter().copied())
                .filter(|(_, weight)| WEIGHT_MIN <= weight.abs())
                .collect();
            weights.sort_by(|(_, one), (_, other)| other.abs().total_cmp(&one.abs()));
            let bias = linear.bias;
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "\n[aspects.{aspect}]\nbias = {bias:.3}\nthreshold = {threshold:.3}\n"
            );
            let _ = writeln!(text, "\n[aspects.{aspect}.with]");
            for (other, weight) in Aspect::ALL.iter().zip(with) {
                if WEIGHT_MIN <= weight.abs() {
                    let _ = writeln!(text, "{other} = {weight:.2}");
                }
            }
            text.push('\n');
            let _ = writeln!(text, "[aspects.{aspect}.weights]");
            for (name, weight) in weights {
                let _ = writeln!(text, "\"{name}\" = {weight:.2}");
            }
        }
        text
    }
}

fn read_aspect(source: &Source<'_>, name: &Spanned<String>) -> Result<Aspect, Problem> {
    name.get_ref().parse::<Aspect>().map_err(|_| {
        let known: Vec<&str> = Aspect::ALL.iter().map(|it| it.as_str()).collect();
        let message = format!("{:?} is no aspect", name.get_ref());
        let hint = format!("write one of: {}", known.join(", "));
        problem(source, Some(name.span().start), message, &hint)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        ["head: theme-oil-gas", "body: kind company"].map(str::to_owned).to_vec()
    }

    #[derive(Deserialize)]
    struct File {
        #[serde(default)]
        aspects: Tables,
    }

    fn read(text: &str) -> Result<Weights, Vec<String>> {
        let source = Source { name: "model.toml", text };
        let lines = |problems: Vec<Problem>| problems.iter().map(ToString::to_string).collect();
        let file: File = toml::from_str(text).unwrap();
        Weights::read(&source, &file.aspects, &names()).map_err(lines)
    }

    /// Goal: what training writes is what the service reads.
    #[test]
    fn written_weights_are_read_again() {
        let linear = Linear { bias: -1.5, weights: vec![0.25, -0.5] };
        let mut with = [0.0; Aspect::ALL.len()];
        with[Aspect::Environment as usize] = 0.75;
        let part = Part { aspect: Aspect::Energy, linear, with, threshold: -0.5 };
        let weights = Weights { of: vec![part] };
        let text = weights.write(&names());
        insta::assert_snapshot!(text, @r#"
        [aspects.energy]
        bias = -1.500
        threshold = -0.500

        [aspects.energy.with]
        environment = 0.75

        [aspects.energy.weights]
        "body: kind company" = -0.50
        "head: theme-oil-gas" = 0.25
        "#);
        assert_eq!(read(&text).unwrap(), weights);
        assert_eq!(read("bias = 1.0\n[weights]\n").unwrap(), Weights::default());
    }

    /// Goal: a person who edits the file hears of all mistakes at once, with their lines.
    #[test]
    fn every_mistake_is_named_with_its_line() {
        let text = "[aspects.enery]\nbias = 0\n\n[aspects.trade]\nbias = nan\nthreshold = inf\n\
                    [aspects.trade.weights]\n\"head: theme-oilgas\" = 1.0\n\"body: kind company\" = inf\n";
        insta::assert_snapshot!(read(text).unwrap_err().join("\n"), @r#"
        model.toml:1: "enery" is no aspect
          hint: write one of: diplomacy, trade, energy, environment, culture, education, humanitarian, regional-partnership, transport, security, technology, tourism
        model.toml:5: bias NaN of trade is no number
          hint: write a number like -1.5
        model.toml:6: threshold inf of trade is no number
          hint: write a number like 0.5
        model.toml:8: no feature of aspects is called "head: theme-oilgas"
          hint: did you mean "head: theme-oil-gas"?
        model.toml:9: weight inf of "body: kind company" is no number
          hint: write a number like 0.5
        "#);
    }
}
