//! The model file: what each feature weighs, the trees, and where the score is one half.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use serde::Deserialize;
use toml::Spanned;

use super::aspects;
use super::context::Extent;
use super::judge::Source;
use super::learn::{Node, Split, Tree};
use super::story;
use super::topic::{problem, syntax_problem};
use crate::model::{Problem, closest};

/// Splits on the way to a leaf; a deeper tree is no tree of ours.
const DEPTH_MAX: usize = 32;

/// Turns a sum into a score: one half at `middle`, steeper with `slope`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scale {
    pub(super) middle: f64,
    pub(super) slope: f64,
}

impl Scale {
    pub(super) fn score(self, sum: f64) -> f64 {
        1.0 / (1.0 + (-self.slope * (sum - self.middle)).exp())
    }
}

/// What was learnt, in the order of the features.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) bias: f64,
    pub(super) weights: Vec<f64>,
    pub(super) trees: Vec<Tree>,
    /// By extent.
    pub(super) scales: [Scale; 3],
}

impl Model {
    /// The sum of a text, and what each feature brought to it.
    pub(super) fn sum(&self, values: &[f32]) -> (f64, Vec<f64>) {
        let weighted = self.weights.iter().zip(values);
        let mut parts: Vec<f64> =
            weighted.map(|(weight, value)| weight * f64::from(*value)).collect();
        let roots: f64 = self.trees.iter().map(|tree| tree.explain(values, &mut parts)).sum();
        (self.bias + roots + parts.iter().sum::<f64>(), parts)
    }

    /// The scale of an extent.
    pub(super) fn scale(&self, extent: Extent) -> Scale {
        self.scales[extent as usize]
    }

    /// The file's content; `head` is the comment above.
    pub(super) fn to_text(&self, names: &[String], head: &str) -> String {
        let mut text = format!("{head}\nbias = {:.4}\n", self.bias);
        let mut line = |words: std::fmt::Arguments<'_>| {
            // Writing to a string cannot fail.
            let _ = text.write_fmt(words);
        };
        line(format_args!("trees = [\n"));
        for tree in &self.trees {
            line(format_args!("    \"{}\",\n", written(tree, 0, names)));
        }
        line(format_args!("]\n"));
        for extent in Extent::ALL {
            let Scale { middle, slope } = self.scale(extent);
            line(format_args!("\n[scale.{}]\n", extent.as_str()));
            line(format_args!("middle = {middle:.4}\nslope = {slope:.4}\n"));
        }
        line(format_args!("\n[weights]\n"));
        for (name, weight) in names.iter().zip(&self.weights).filter(|it| WEIGHT_MIN <= it.1.abs())
        {
            line(format_args!("{name:?} = {weight:.4}\n"));
        }
        text
    }
}

/// Weights below this are not worth a line.
const WEIGHT_MIN: f64 = 0.000_05;

fn written(tree: &Tree, node: usize, names: &[String]) -> String {
    let Node { value, split } = &tree.nodes[node];
    match split {
        None => format!("{value:.4}"),
        Some(Split { column, below, less, more }) => format!(
            "{value:.4} {}<{below} ({}) ({})",
            names[*column],
            written(tree, *less, names),
            written(tree, *more, names)
        ),
    }
}

/// A model file as it is written; each part is read by the room that uses it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    bias: f64,
    #[serde(default)]
    trees: Vec<Spanned<String>>,
    scale: Scales,
    weights: BTreeMap<Spanned<String>, f64>,
    #[serde(default)]
    pub(super) aspects: aspects::Tables,
    #[serde(default)]
    pub(super) stories: story::ModelTable,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scales {
    title: Spanned<Scale>,
    summary: Spanned<Scale>,
    body: Spanned<Scale>,
}

/// Parses a model file.
pub(super) fn parse(source: &Source<'_>) -> Result<File, Vec<Problem>> {
    toml::from_str(source.text).map_err(|error| vec![syntax_problem(source, &error)])
}

/// Reads the weights of the features called `names`; one that is not written weighs nothing.
pub(super) fn read(
    source: &Source<'_>,
    file: &File,
    names: &[String],
) -> Result<Model, Vec<Problem>> {
    let numbers: HashMap<&str, usize> =
        names.iter().enumerate().map(|(number, name)| (name.as_str(), number)).collect();
    let mut problems = Vec::new();
    let mut weights = vec![0.0; names.len()];
    for (name, weight) in &file.weights {
        let at = Some(name.span().start);
        match numbers.get(name.get_ref().as_str()) {
            Some(number) if weight.is_finite() => weights[*number] = *weight,
            Some(_) => {
                let message = format!("weight {weight} of {:?} is no number", name.get_ref());
                problems.push(problem(source, at, message, "write a number like 0.5"));
            }
            None => problems.push(unknown(source, at, name.get_ref(), names)),
        }
    }
    let mut trees = Vec::new();
    for tree in &file.trees {
        let at = Some(tree.span().start);
        let mut reader = TreeReader { rest: tree.get_ref(), numbers: &numbers, nodes: Vec::new() };
        match reader.tree() {
            Ok(()) => trees.push(Tree { nodes: reader.nodes }),
            Err(TreeError::Unknown(name)) => problems.push(unknown(source, at, &name, names)),
            Err(TreeError::Form(message)) => {
                let hint = "write VALUE, or VALUE name<number (less) (more)";
                problems.push(problem(source, at, message, hint));
            }
        }
    }
    let Scales { title, summary, body } = &file.scale;
    let scales = [title, summary, body].map(|scale| {
        let Scale { middle, slope } = *scale.get_ref();
        if !middle.is_finite() || !slope.is_finite() || slope <= 0.0 {
            let message = format!("a scale of middle {middle} and slope {slope} scales nothing");
            let at = Some(scale.span().start);
            problems.push(problem(source, at, message, "a slope is a number above 0"));
        }
        *scale.get_ref()
    });
    if !file.bias.is_finite() {
        let message = format!("bias {} is no number", file.bias);
        problems.push(problem(source, None, message, "write a number like -1.5"));
    }
    if problems.is_empty() {
        Ok(Model { bias: file.bias, weights, trees, scales })
    } else {
        Err(problems)
    }
}

fn unknown(source: &Source<'_>, at: Option<usize>, name: &str, names: &[String]) -> Problem {
    let hint = match closest(name, names.iter().map(String::as_str)) {
        Some(known) => format!("did you mean {known:?}?"),
        None => "train the model again after classes of cues have changed".to_owned(),
    };
    problem(source, at, format!("no feature is called {name:?}"), &hint)
}

enum TreeError {
    Unknown(String),
    Form(String),
}

struct TreeReader<'a> {
    rest: &'a str,
    numbers: &'a HashMap<&'a str, usize>,
    nodes: Vec<Node>,
}

impl TreeReader<'_> {
    fn tree(&mut self) -> Result<(), TreeError> {
        self.node(0)?;
        match self.rest.trim() {
            "" => Ok(()),
            rest => Err(TreeError::Form(format!("{rest:?} stands behind the tree"))),
        }
    }

    fn node(&mut self, depth: usize) -> Result<usize, TreeError> {
        if DEPTH_MAX <= depth {
            return Err(TreeError::Form(format!("the tree is deeper than {DEPTH_MAX}")));
        }
        let value = f64::from(self.number()?);
        let node = self.nodes.len();
        self.nodes.push(Node { value, split: None });
        self.rest = self.rest.trim_start();
        if self.rest.is_empty() || self.rest.starts_with(')') {
            return Ok(node);
        }
        let Some((name, rest)) = self.rest.split_once('<') else {
            return Err(TreeError::Form(format!("no `<` in {:?}", self.rest)));
        };
        let Some(column) = self.numbers.get(name).copied() else {
            return Err(TreeError::Unknown(name.to_owned()));
        };
        self.rest = rest;
        let below = self.number()?;
        let less = self.branch(depth)?;
        let more = self.branch(depth)?;
        self.nodes[node].split = Some(Split { column, below, less, more });
        Ok(node)
    }

    fn branch(&mut self, depth: usize) -> Result<usize, TreeError> {
        self.sign('(')?;
        let node = self.node(depth + 1)?;
        self.sign(')')?;
        Ok(node)
    }

    fn sign(&mut self, sign: char) -> Result<(), TreeError> {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None => Err(TreeError::Form(format!("no `{sign}` before {:?}", self.rest))),
        }
    }

    fn number(&mut self) -> Result<f32, TreeError> {
        self.rest = self.rest.trim_start();
        let is_end = |c: char| c.is_whitespace() || matches!(c, '(' | ')');
        let end = self.rest.find(is_end).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word.parse::<f32>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err(TreeError::Form(format!("{word:?} is no number"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "bias = 0.5\n\
        trees = [\"0.1 a<1.5 (-0.2) (0.3 b<0 (0.4) (0.5))\"]\n\
        [scale.title]\nmiddle = 0\nslope = 1\n\
        [scale.summary]\nmiddle = 1\nslope = 1\n\
        [scale.body]\nmiddle = 2\nslope = 2\n\
        [weights]\n\"a\" = 2.0\n";

    fn names() -> Vec<String> {
        ["a", "b"].map(str::to_owned).to_vec()
    }

    fn read(text: &str) -> Result<Model, Vec<Problem>> {
        let source = Source { name: "model.toml", text };
        super::read(&source, &parse(&source)?, &names())
    }

    /// Goal: a model file means what it says, and is written as it is read.
    #[test]
    fn a_model_is_read_and_written() {
        let model = read(FILE).unwrap();
        let (sum, parts) = model.sum(&[2.0, 1.0]);
        assert!((sum - (0.5 + 4.0 + 0.5)).abs() < 1e-6, "{sum}");
        assert!((parts[0] - 4.2).abs() < 1e-6 && (parts[1] - 0.2).abs() < 1e-6, "{parts:?}");
        assert!((model.scale(Extent::Body).score(2.0) - 0.5).abs() < 1e-9);
        let written = model.to_text(&names(), "# A model.\n");
        let again = read(&written).unwrap();
        assert_eq!(again.trees, model.trees);
        assert_eq!(again.to_text(&names(), "# A model.\n"), written);
    }

    /// Goal: a mistake in a model is named with its line, not found out in production.
    #[test]
    fn mistakes_are_named() {
        for (from, to, message) in [
            ("a<1.5", "c<1.5", "model.toml:2: no feature is called \"c\""),
            ("(0.5))", "(0.5)", "model.toml:2: no `)` before \"\""),
            ("(-0.2)", "(x)", "model.toml:2: \"x\" is no number"),
            ("\"a\" = 2.0", "\"aa\" = 2.0", "model.toml:13: no feature is called \"aa\""),
            ("slope = 2", "slope = 0", "model.toml:9: a scale of middle 2 and slope 0 scales"),
        ] {
            let problems = read(&FILE.replace(from, to)).unwrap_err();
            let told = problems[0].to_string();
            assert!(told.starts_with(message), "{told}");
        }
    }
}
