//! The judge: lexicon, topic and model, compiled once.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::context::{self, Known, Reading};
use super::explain::Shown;
use super::features::{self, Features, Layout};
use super::mentions::Matcher;
use super::mentions::naming::Name;
use super::model_file::Model;
use super::outlets::Outlets;
use super::story::{Recent, Sight, StoryModel};
use super::topic::Topic;
use super::{aspects, explain, figures, lexicon, model_file, score, story, topic};
use crate::model::{Country, Judgement, Language, Problem, Score, Side, Verdict};

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
    /// Where it is published: its host may tell the outlet's side. May be empty.
    pub link: &'a str,
}

/// Reads texts for one topic: what there is to learn from, and to judge by.
#[derive(Clone, Debug)]
pub struct Reader {
    pub(super) topic: Topic,
    matcher: Matcher,
    outlets: Outlets,
    layout: Layout,
}

impl Reader {
    /// Reads the topic and the lexicon.
    ///
    /// # Errors
    /// All mistakes in all files, with file, line and a hint.
    pub fn compile(topic: &Source<'_>, lexicon: &[Source<'_>]) -> Result<Self, Vec<Problem>> {
        let (topic, lexicon) = match (topic::read(topic), lexicon::read(lexicon)) {
            (Ok(topic), Ok(lexicon)) => (topic, lexicon),
            (topic, lexicon) => {
                let problems = [topic.err(), lexicon.err()];
                return Err(problems.into_iter().flatten().flatten().collect());
            }
        };
        let matcher = Matcher::new(&lexicon, &topic)?;
        let outlets = Outlets::new(&lexicon.outlets);
        let layout = Layout::new(&matcher);
        Ok(Self { topic, matcher, outlets, layout })
    }

    /// The topic's name.
    pub fn topic(&self) -> &str {
        &self.topic.name
    }

    /// The names of the lexicon in what a person typed, with all their spellings.
    pub fn names_in(&self, text: &str) -> Vec<Name> {
        self.matcher.names_in(text)
    }

    pub(super) fn names(&self) -> &[String] {
        &self.layout.names
    }

    pub(super) fn read<'a>(&self, text: &Text<'a>) -> Reading<'a> {
        let Self { topic, matcher, outlets, .. } = self;
        context::read(&Known { topic, matcher, outlets }, text)
    }

    #[cfg(test)]
    pub(super) fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    pub(super) fn seen(&self, reading: &Reading<'_>, commonness: &story::Commonness) -> Sight {
        story::traces(&self.matcher, reading, commonness)
    }

    pub(super) fn aspect_names(&self) -> Vec<String> {
        aspects::names(&self.matcher)
    }

    pub(super) fn aspect_row(&self, reading: &Reading<'_>) -> Vec<(u32, f32)> {
        aspects::row(&self.matcher, reading)
    }

    /// What stories learn from a text: all its traces with their words, and its pieces.
    pub(super) fn all_traces(&self, reading: &Reading<'_>) -> story::AllTraces {
        story::all_traces(&self.matcher, reading)
    }

    pub(super) fn features(&self, reading: &Reading<'_>) -> Features {
        features::of(&self.matcher, &self.layout, reading)
    }
}

/// Judges texts for one topic. Compiled once, shared by all.
#[derive(Clone, Debug)]
pub struct Judge {
    reader: Reader,
    model: Model,
    aspects: aspects::Weights,
    stories: Arc<StoryModel>,
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
        let reader = Reader::compile(topic, lexicon)?;
        let file = model_file::parse(model)?;
        let aspects = aspects::Weights::read(model, &file.aspects, &reader.aspect_names())?;
        let stories = StoryModel::read(model, &file.stories)?;
        let model = model_file::read(model, &file, reader.names())?;
        Ok(Self { reader, model, aspects, stories: Arc::new(stories), basis })
    }

    /// The topic's name, `japan-azerbaijan`.
    pub fn topic(&self) -> &str {
        &self.reader.topic.name
    }

    /// The two countries.
    pub fn sides(&self) -> [Country; 2] {
        self.reader.topic.sides
    }

    /// Hash of lexicon, topic and model.
    pub fn basis(&self) -> u64 {
        self.basis
    }

    /// Whether some word of the text may speak for a side: the cheap first step of [`judge`].
    ///
    /// [`judge`]: Self::judge
    pub fn may_show_a_side(&self, text: &Text<'_>) -> bool {
        context::may_show_a_side(&self.reader.matcher, text)
    }

    /// The names of the lexicon in what a person typed, with all their spellings.
    pub fn names_in(&self, text: &str) -> Vec<Name> {
        self.reader.names_in(text)
    }

    /// Judges a text.
    pub fn judge(&self, text: &Text<'_>) -> Judgement {
        self.judge_reading(&self.reader.read(text))
    }

    /// Judges a text; for a match, also what its story decision compares.
    pub fn judge_with_traces(&self, text: &Text<'_>) -> (Judgement, Sight) {
        let reading = self.reader.read(text);
        let judgement = self.judge_reading(&reading);
        let seen = match judgement.verdict {
            Verdict::Match => self.seen(&reading),
            Verdict::NearMiss | Verdict::Irrelevant => Sight::default(),
        };
        (judgement, seen)
    }

    /// What a story decision compares of a text, whatever the verdict.
    pub fn traces(&self, text: &Text<'_>) -> Sight {
        self.seen(&self.reader.read(text))
    }

    fn seen(&self, reading: &Reading<'_>) -> Sight {
        self.reader.seen(reading, &self.stories.commonness)
    }

    /// Where sketches are kept for story decisions; empty.
    pub fn recent(&self) -> Recent {
        Recent::new(Arc::clone(&self.stories))
    }

    fn judge_reading(&self, reading: &Reading<'_>) -> Judgement {
        if reading.is_silent() {
            return self.irrelevant(reading);
        }
        let features = self.reader.features(reading);
        let Reader { topic, matcher, layout, .. } = &self.reader;
        let scored = score::score(topic, &self.model, reading, &features);
        let is_match = scored.verdict == Verdict::Match;
        let shown = Shown { matcher, topic, layout, reading, features: &features };
        Judgement {
            verdict: scored.verdict,
            score: scored.score,
            language: reading.language,
            aspects: if is_match {
                self.aspects.aspects(&self.reader.aspect_row(reading))
            } else {
                Vec::new()
            },
            figures: if is_match { figures::find(reading) } else { Vec::new() },
            evidence: explain::evidence(&shown, &scored),
            why_not: explain::why_not(&shown, &scored),
            basis: self.basis,
        }
    }

    /// What is said of a text that names neither side: nearly all that feeds bring.
    fn irrelevant(&self, reading: &Reading<'_>) -> Judgement {
        Judgement {
            verdict: Verdict::Irrelevant,
            score: Score::ZERO,
            language: reading.language,
            aspects: Vec::new(),
            figures: Vec::new(),
            evidence: Vec::new(),
            why_not: None,
            basis: self.basis,
        }
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
