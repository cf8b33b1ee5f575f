//! Understands texts: language, mentions, score, evidence, story.
//!
//! Invariant: no I/O, no clock, no chance: the same text gets the same judgement for the
//! same lexicon, topic and model.
