//! What a story decision needs to know of a match: under 1 KB, no text.

use serde::{Deserialize, Serialize};

use crate::model::{Field, Language, MatchId, StoryId, Timestamp};

/// What a story decision needs to know of a match: under 1 KB, no text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sketch {
    /// The match it was made from.
    pub matched: MatchId,
    /// Where that match went.
    pub story: StoryId,
    /// The topic's name.
    pub topic: String,
    /// When it was published, or first seen if nobody said.
    pub published: Timestamp,
    /// Whether the publisher said when; else [`Sketch::published`] tells little. False in sketches
    /// of before this was kept, whose traces mean something else: nothing joins them.
    #[serde(default)]
    pub is_dated: bool,
    /// Language of the text.
    pub language: Language,
    /// What was seen in the text.
    #[serde(flatten)]
    pub traces: Traces,
}

/// What story decisions compare of two texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traces {
    /// What survives translation: sorted, each kind and key once; at most [`Traces::MAX`].
    pub traces: Vec<Trace>,
    /// A fair sample of pieces of the text, as sorted hashes, to recognise copies; at most
    /// [`Traces::GRAMS_MAX`].
    pub grams: Vec<u32>,
    /// The same of its start alone, title, summary and first sentences, since one outlet may
    /// have the whole text and another no more than that; at most [`Traces::LEAD_MAX`].
    #[serde(default)]
    pub lead: Vec<u32>,
    /// Whether there was more than title and summary.
    #[serde(default)]
    pub has_body: bool,
}

impl Traces {
    /// Traces kept of a text, the rarest.
    pub const MAX: usize = 96;
    /// Pieces kept of a text.
    pub const GRAMS_MAX: usize = 96;
    /// Pieces kept of its start.
    pub const LEAD_MAX: usize = 40;
}

/// Something in a text that survives translation: 4 bits kind, 26 bits key, 2 bits field.
///
/// Ordered by kind, then key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Trace(u32);

impl Trace {
    const KEY_BITS: u32 = 26;
    const FIELD_BITS: u32 = 2;

    /// The trace of `key`, whose hash is cut to its upper 26 bits.
    pub fn new(kind: TraceKind, hash: u32, field: Field) -> Self {
        let key = hash >> (32 - Self::KEY_BITS);
        let kind = (kind as u32) << (Self::KEY_BITS + Self::FIELD_BITS);
        let field = match field {
            Field::Body => 1,
            Field::Summary => 2,
            Field::Title => 3,
        };
        Self(kind | key << Self::FIELD_BITS | field)
    }

    /// Kind and key together: equal in two texts that share the trace.
    pub fn key(self) -> u32 {
        self.0 >> Self::FIELD_BITS
    }

    /// What sort of thing it is; none for bits that no kind has.
    pub fn kind(self) -> Option<TraceKind> {
        TraceKind::ALL.get((self.0 >> (Self::KEY_BITS + Self::FIELD_BITS)) as usize).copied()
    }

    /// The best field where it stands.
    pub fn field(self) -> Field {
        match self.0 & 3 {
            3 => Field::Title,
            2 => Field::Summary,
            _ => Field::Body,
        }
    }

    /// Whether it stands in title or summary.
    pub fn is_head(self) -> bool {
        self.field() != Field::Body
    }
}

/// What sort of thing a trace is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum TraceKind {
    /// A known person, by its concept.
    Person,
    /// A known body, company, university or other organisation, by its concept.
    Organisation,
    /// A known place that is no country and no capital, by its concept.
    Place,
    /// A known project, treaty or event, by its concept.
    Project,
    /// A name as it sounds, whatever the script.
    Name,
    /// A name of the lexicon as it sounds: known to be one, so a shorter sound tells.
    Known,
    /// An abbreviation in Latin capitals.
    Acronym,
    /// A number from 13 on or with a fraction, to three digits, with its magnitude.
    Number,
    /// A number with its unit.
    Amount,
    /// A day of a month.
    Day,
    /// What happens: an event of the lexicon.
    Event,
}

impl TraceKind {
    /// All kinds, in the order of the enum.
    pub const ALL: &[Self] = &[
        Self::Person,
        Self::Organisation,
        Self::Place,
        Self::Project,
        Self::Name,
        Self::Known,
        Self::Acronym,
        Self::Number,
        Self::Amount,
        Self::Day,
        Self::Event,
    ];

    /// The word in model files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Organisation => "organisation",
            Self::Place => "place",
            Self::Project => "project",
            Self::Name => "name",
            Self::Known => "known",
            Self::Acronym => "acronym",
            Self::Number => "number",
            Self::Amount => "amount",
            Self::Day => "day",
            Self::Event => "event",
        }
    }
}

/// How an article came into its story.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kinship {
    /// Nearly the same words in the same language.
    Copy,
    /// The same told in another language.
    Translation,
    /// Its own words about the same event.
    #[default]
    OwnReport,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a store that an earlier version wrote still opens.
    #[test]
    fn sketches_of_earlier_versions_are_read() {
        let id = MatchId::from_be_bytes([1; 8]);
        let old = serde_json::json!({
            "matched": id, "story": StoryId::opened_by(id), "topic": "t",
            "published": "2026-11-26T06:45:00Z", "language": "de",
            "traces": [7, u32::MAX], "grams": [1, 2, 3],
        });
        let sketch: Sketch = serde_json::from_value(old).unwrap();
        assert!(!sketch.is_dated && sketch.traces.lead.is_empty());
    }

    /// Goal: what goes into a trace comes out of it, and kinds never mix.
    #[test]
    fn parts_of_a_trace_come_back() {
        for kind in TraceKind::ALL {
            for field in [Field::Body, Field::Summary, Field::Title] {
                let trace = Trace::new(*kind, u32::MAX, field);
                assert_eq!((trace.kind(), trace.field()), (Some(*kind), field));
            }
        }
        let [one, other] = [TraceKind::Number, TraceKind::Amount]
            .map(|kind| Trace::new(kind, 7 << 6, Field::Body).key());
        assert_ne!(one, other);
    }
}
