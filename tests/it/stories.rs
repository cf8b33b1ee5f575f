//! Texts of our own about one event or another, and what sorts texts into stories.

use std::fs;
use std::sync::Arc;

use serde::Deserialize;
use silkwire::model::{ArticleId, Kinship, Language, MatchId, Sketch, StoryId, Timestamp};
use silkwire::understand::Text;
use silkwire::understand::story::{self, Decision, Recent};

use crate::shipped::{JUDGE, project};

const HOUR_MS: i64 = 3_600_000;

/// An article about an event.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Report {
    pub(crate) language: Language,
    /// The outlet's home: `JP`, `AZ` or `third`.
    pub(crate) side: String,
    /// The round in which it arrives.
    pub(crate) poll: u32,
    /// Its age in hours.
    pub(crate) hours: i64,
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) body: String,
}

/// The reports in `tests/stories/NAME.toml`.
pub(crate) fn reports(name: &str) -> Vec<Report> {
    #[derive(Deserialize)]
    struct File {
        report: Vec<Report>,
    }
    toml::from_str::<File>(&text_file(name)).unwrap().report
}

/// What stands in `tests/stories/NAME.toml`.
pub(crate) fn text_file(name: &str) -> String {
    fs::read_to_string(project("tests/stories").join(format!("{name}.toml"))).unwrap()
}

impl Report {
    pub(crate) fn text(&self) -> Text<'_> {
        let Self { title, summary, body, language, .. } = self;
        Text { title, summary, body, language: Some(*language), ..Text::default() }
    }
}

/// An hour on the clock of these tests.
pub(crate) fn hour(hours: i64) -> Timestamp {
    Timestamp::from_unix_ms(1_795_000_000_000 + hours * HOUR_MS).unwrap()
}

/// The sketch of a text called `id`; it opens its own story so far.
pub(crate) fn sketch(id: &str, text: &Text<'_>, published: Timestamp) -> Sketch {
    let matched = MatchId::of(JUDGE.topic(), ArticleId::of_identity(id.as_bytes()));
    Sketch {
        matched,
        story: StoryId::opened_by(matched),
        topic: JUDGE.topic().to_owned(),
        published,
        is_dated: true,
        language: text.language.unwrap(),
        traces: JUDGE.traces(text).traces,
    }
}

/// Sorts texts into stories as they come, as the service does.
pub(crate) struct Sorter {
    pub(crate) recent: Recent,
}

/// Where a text went, and how it is related to the nearest one there; none if it opened.
pub(crate) type Sorted = (StoryId, Option<Kinship>);

impl Sorter {
    pub(crate) fn new() -> Self {
        Self { recent: JUDGE.recent() }
    }

    /// Decides, and remembers the text for those that come.
    pub(crate) fn sort(&mut self, sketch: Sketch) -> Sorted {
        let sorted = self.decide(&sketch);
        self.recent.add(Arc::new(Sketch { story: sorted.0, ..sketch }));
        sorted
    }

    /// Decides and forgets.
    pub(crate) fn decide(&self, sketch: &Sketch) -> Sorted {
        match story::decide(sketch, &[], &self.recent) {
            Decision::Join(link) => (link.story, Some(link.kinship)),
            Decision::Open => (sketch.story, None),
        }
    }
}
