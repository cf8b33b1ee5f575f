//! The judge: lexicon, topic and model, compiled once.

use sha2::{Digest, Sha256};

use super::context::{self, Reading};
use super::features::{self, Features};
use super::mentions::Matcher;
use super::model_file::Weights;
use super::topic::Topic;
use super::{aspects, explain, figures, lexicon, model_file, score, story, topic};
use crate::model::{Country, Judgement, Language, Problem, Side, Verdict};

/// A configuration file: its name for messages, and its content.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The name that a person knows the file by.
    pub name: &'a str,
    /// What is written in it.
    pub text: &'a str,
}

/// A text to judge; every field may hold markup and may be empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Text<'a> {
    /// Title.
    pub title: &'a str,
    /// Summary.
    pub summary: &'a str,
    /// Full text.
    pub body: &'a str,
    /// The language that feed or input declare.
    pub language: Option<Language>,
    /// The outlet's side.
    pub home: Side,
}

/// What a story decision compares: the parts of a `model::Sketch` that come from the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    /// What survives translation, as sorted hashes.
    pub traces: Vec<u32>,
    /// Word pieces of title and summary, as sorted hashes.
    pub grams: Vec<u32>,
}

/// Judges texts for one topic. Compiled once, shared by all.
#[derive(Debug)]
pub struct Judge {
    topic: Topic,
    matcher: Matcher,
    weights: Weights,
    basis: u64,
}

impl Judge {
    /// Reads the topic, the lexicon and the model.
    ///
    /// # Errors
    /// All mistakes in all files, with file, line and a hint.
    pub fn compile(
        topic: &Source<'_>,
        lexicon: &[Source<'_>],
        model: &Source<'_>,
    ) -> Result<Self, Vec<Problem>> {
        let basis = basis(topic, lexicon, model);
        let (topic, lexicon) = match (topic::read(topic), lexicon::read(lexicon)) {
            (Ok(topic), Ok(lexicon)) => (topic, lexicon),
            (topic, lexicon) => {
                let problems = [topic.err(), lexicon.err()];
                return Err(problems.into_iter().flatten().flatten().collect());
            }
        };
        let matcher = Matcher::new(&lexicon, &topic)?;
        let weights = model_file::read(model, &features::names(&matcher))?;
        Ok(Self { topic, matcher, weights, basis })
    }

    /// The topic's name, `japan-azerbaijan`.
    pub fn topic(&self) -> &str {
        &self.topic.name
    }

    /// The two countries.
    pub fn sides(&self) -> [Country; 2] {
        self.topic.sides
    }

    /// Hash of lexicon, topic and model.
    pub fn basis(&self) -> u64 {
        self.basis
    }

    /// Judges a text.
    pub fn judge(&self, text: &Text<'_>) -> Judgement {
        let (reading, features) = self.read(text);
        let scored = score::score(&self.topic, &self.weights, &reading, &features);
        let is_match = scored.verdict == Verdict::Match;
        Judgement {
            verdict: scored.verdict,
            score: scored.score,
            language: reading.language,
            aspects: if is_match { aspects::find(&self.matcher, &reading) } else { Vec::new() },
            figures: if is_match { figures::find(&reading) } else { Vec::new() },
            evidence: explain::evidence(&self.matcher, &self.topic, &reading, &features, &scored),
            why_not: explain::why_not(&self.matcher, &self.topic, &reading, &features, &scored),
            basis: self.basis,
        }
    }

    /// What a story decision needs to know of a text.
    pub fn traces(&self, text: &Text<'_>) -> Traces {
        let reading = context::read(&self.matcher, &self.topic, text);
        story::traces(&self.matcher, &reading)
    }

    /// The features of a text with their names, in order: what a model is fitted on.
    pub fn features(&self, text: &Text<'_>) -> Vec<(String, f64)> {
        let (_, features) = self.read(text);
        features::names(&self.matcher).into_iter().zip(features.values).collect()
    }

    fn read<'a>(&self, text: &Text<'a>) -> (Reading<'a>, Features) {
        let reading = context::read(&self.matcher, &self.topic, text);
        let features = features::of(&self.matcher, &reading);
        (reading, features)
    }
}

/// The first 8 bytes of SHA-256 over names and contents, each behind its length.
fn basis(topic: &Source<'_>, lexicon: &[Source<'_>], model: &Source<'_>) -> u64 {
    let mut hasher = Sha256::new();
    for source in [topic, model].into_iter().chain(lexicon) {
        for part in [source.name, source.text] {
            hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(part);
        }
    }
    hasher.finalize().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests;
