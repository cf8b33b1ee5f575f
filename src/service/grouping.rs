//! Stories within one run of `scan` or `evaluate`, without a store.

use std::sync::Arc;

use crate::model::{ArticleId, Language, MatchId, Sketch, StoryId, Timestamp};
use crate::store::SKETCHES_MAX;
use crate::understand::story::{self, Decision, Recent};
use crate::understand::{Judge, Text};

/// Sorts matches into stories as they come.
pub(super) struct Grouping {
    recent: Recent,
    sketches: Vec<Arc<Sketch>>,
}

impl Grouping {
    pub(super) fn new(judge: &Judge) -> Self {
        Self { recent: judge.recent(), sketches: Vec::new() }
    }

    /// The story of a match called `id`; undated ones count as published at `now`.
    pub(super) fn story(
        &mut self,
        judge: &Judge,
        id: &str,
        text: &Text<'_>,
        language: Language,
        published: Timestamp,
    ) -> StoryId {
        let matched = MatchId::of(judge.topic(), ArticleId::of_identity(id.as_bytes()));
        let traces = judge.traces(text);
        let mut sketch = Sketch {
            matched,
            story: StoryId::opened_by(matched),
            topic: judge.topic().to_owned(),
            published,
            is_dated: true,
            language,
            traces,
        };
        if let Decision::Join(link) = story::decide(&sketch, &[], &self.recent) {
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
