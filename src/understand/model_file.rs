//! The model file: a weight for each feature.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::judge::Source;
use super::topic::{problem, syntax_problem};
use crate::model::Problem;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    bias: f64,
    weights: BTreeMap<Spanned<String>, f64>,
}

/// Weights in the order of the feature names.
#[derive(Clone, Debug)]
pub(super) struct Weights {
    pub(super) bias: f64,
    pub(super) of: Vec<f64>,
}

/// Reads a model file for the features called `names`; one that is not written weighs nothing.
pub(super) fn read(source: &Source<'_>, names: &[String]) -> Result<Weights, Vec<Problem>> {
    let file: File =
        toml::from_str(source.text).map_err(|error| vec![syntax_problem(source, &error)])?;
    let mut of = vec![0.0; names.len()];
    let mut problems = Vec::new();
    for (name, weight) in &file.weights {
        match names.iter().position(|known| known == name.get_ref()) {
            Some(index) if weight.is_finite() => of[index] = *weight,
            Some(_) => {
                let message = format!("weight {weight} of {:?} is no number", name.get_ref());
                let at = Some(name.span().start);
                problems.push(problem(source, at, message, "write a number like 0.5"));
            }
            None => {
                let message = format!("no feature is called {:?}", name.get_ref());
                let hint = format!("did you mean {:?}?", nearest(name.get_ref(), names));
                problems.push(problem(source, Some(name.span().start), message, &hint));
            }
        }
    }
    if !file.bias.is_finite() {
        let message = format!("bias {} is no number", file.bias);
        problems.push(problem(source, None, message, "write a number like -1.5"));
    }
    if problems.is_empty() { Ok(Weights { bias: file.bias, of }) } else { Err(problems) }
}

fn nearest<'a>(name: &str, names: &'a [String]) -> &'a str {
    names.iter().min_by_key(|known| strsim::levenshtein(known, name)).map_or("", String::as_str)
}
