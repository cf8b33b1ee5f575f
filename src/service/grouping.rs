//! Stories within one run of `scan` or `evaluate`, without a store.

use std::sync::Arc;

use crate::model::{ArticleId, Language, MatchId, Sketch, StoryId, Timestamp};
use crate::store::SKETCHES_MAX;
use crate::understand::Judge;
use crate::understand::story::{self, Decision, Recent, Sight};

/// A text to be grouped.
pub(super) struct Grouped<'a> {
    pub(super) id: &'a str,
    pub(super) language: Language,
    /// None: it says no date.
    pub(super) published: Option<Timestamp>,
    pub(super) seen: &'a Sight,
}

/// Sorts texts into stories as they come.
pub(super) struct Grouping {
    topic: String,
    recent: Recent,
    sketches: Vec<Arc<Sketch>>,
    /// When undated texts count as published.
    now: Timestamp,
}

impl Grouping {
    pub(super) fn new(judge: &Judge, now: Timestamp) -> Self {
        let topic = judge.topic().to_owned();
        Self { topic, recent: judge.recent(), sketches: Vec::new(), now }
    }

    /// The story of a text.
    pub(super) fn story(&mut self, text: &Grouped<'_>) -> StoryId {
        let matched = MatchId::of(&self.topic, ArticleId::of_identity(text.id.as_bytes()));
        let mut sketch = Sketch {
            matched,
            story: StoryId::opened_by(matched),
            topic: self.topic.clone(),
            published: text.published.unwrap_or(self.now),
            is_dated: text.published.is_some(),
            language: text.language,
            traces: text.seen.traces.clone(),
        };
        if let Decision::Join(link) = story::decide(&sketch, &text.seen.labels, &self.recent) {
            sketch.story = link.story;
        }
        let story = sketch.story;
        let sketch = Arc::new(sketch);
        self.recent.add(Arc::clone(&sketch));
        self.sketches.push(sketch);
        if SKETCHES_MAX < self.sketches.len() {
            self.sketches.drain(..SKETCHES_MAX / 2);
            self.recent.sync(&self.sketches);
        }
        story
    }
}
