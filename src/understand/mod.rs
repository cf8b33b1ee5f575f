//! Understands texts: language, mentions, score, evidence, story.
//!
//! A text goes through the rooms in this order: [`text`] folds it, `mentions` finds the
//! lexicon's terms, `context` puts them into sentences, `score` weighs what is seen there,
//! `explain` says why in the article's own words. [`story`] and [`measure`] stand apart.
//!
//! Invariant: no I/O, no clock, no chance: the same text gets the same judgement for the
//! same lexicon, topic and model.
//! Invariant: no text makes it panic, and the time it takes grows with the text's length.

mod chance;
mod pages;
pub mod text;
mod words;
pub mod tokens;
pub mod language;
mod lexicon;
mod topic;
pub mod learn;
mod model_file;
mod mentions;
mod outlets;
mod furniture;
mod context;
mod features;
mod score;
mod explain;
pub mod aspects;
mod figures;
mod judge;
pub mod story;
pub mod measure;
mod train;

pub use judge::{Judge, Reader, Source, Text};
pub use mentions::naming::{Name, NameSpelling};
pub use train::{Example, Trained, train};
