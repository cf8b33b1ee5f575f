//! Understands texts: language, mentions, score, evidence, story.
//!
//! A text goes through the rooms in this order: [`text`] folds it, `mentions` finds the
//! lexicon's terms, `context` puts them into sentences, `score` weighs what is seen there,
//! `explain` says why in the article's own words. [`story`] and [`measure`] stand apart.
//!
//! Invariant: no I/O, no clock, no chance: the same text gets the same judgement for the
//! same lexicon, topic and model.
//! Invariant: no text makes it panic, and the time it takes grows with the text's length.

pub mod text;
mod words;
mod language;
mod lexicon;
mod topic;
mod model_file;
mod mentions;
mod context;
mod features;
mod score;
mod explain;
mod aspects;
mod figures;
mod judge;
pub mod learn;
pub mod story;
pub mod measure;

pub use judge::{Judge, Source, Text, Traces};
