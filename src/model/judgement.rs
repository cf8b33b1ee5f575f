//! What we think of an article, and why.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::{Country, Language, Score};

/// What we think of an article, and why.
///
/// The same text gets the same judgement from the same lexicon, topic and model;
/// [`Judgement::basis`] names them.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// Whether to flag it.
    pub verdict: Verdict,
    /// How sure we are that it matters.
    pub score: Score,
    /// Language of the text.
    pub language: Language,
    /// What it is about; empty unless flagged.
    pub aspects: Vec<Aspect>,
    /// Amounts, shares and counts in the text; empty unless flagged.
    pub figures: Vec<Figure>,
    /// Why, strongest first; the weights sum to the score.
    pub evidence: Vec<Evidence>,
    /// Why an article that names something of both sides is not flagged: one plain sentence.
    pub why_not: Option<String>,
    /// Hash of lexicon, topic, weights and thresholds.
    pub basis: u64,
}

/// What follows from a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Flag it.
    Match,
    /// Nearly flagged: somebody may want to look.
    NearMiss,
    /// Forget it.
    Irrelevant,
}

/// One reason to believe, with words, place and weight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    /// What sort of reason this is.
    pub kind: EvidenceKind,
    /// The side it speaks for; none for what speaks for the tie itself.
    pub side: Option<Country>,
    /// The words as they stand in the article.
    pub text: String,
    /// Where they stand.
    pub field: Field,
    /// First byte of the words in the field.
    pub start: usize,
    /// Byte behind the words in the field.
    pub end: usize,
    /// Share of the score.
    pub weight: f64,
}

/// What sort of reason an [`Evidence`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EvidenceKind {
    /// A lexicon term of one side.
    Mention,
    /// A word that tells a tie, such as "embassy" or "signed".
    Cue,
    /// The outlet's home stands for its side.
    Home,
}

/// A part of an article.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The title.
    Title,
    /// The summary.
    Summary,
    /// The full text.
    Body,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Title => "title",
            Self::Summary => "summary",
            Self::Body => "body",
        })
    }
}

/// An amount, share, count, measure or day in the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Figure {
    /// The words as they stand in the article.
    pub text: String,
    /// The number with its magnitude applied: 452 million is 452000000. A day is year, month and
    /// day as one number: 20261126.
    pub value: f64,
    /// ISO 4217 code for money, `%` for shares, `people`, `students` or `companies` for counts,
    /// `t`, `bbl`, `MW`, `km`, `ha` or `m3` for measures, `date` for days.
    pub unit: String,
}

macro_rules! aspects {
    ($($(#[$docs:meta])* $name:ident = $text:literal,)*) => {
        /// What a tie between the two sides is about (the 12 of the label guideline).
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
        )]
        #[serde(try_from = "String", into = "String")]
        #[schema(rename_all = "kebab-case")]
        pub enum Aspect {
            $($(#[$docs])* $name,)*
        }

        impl Aspect {
            /// All of them, in the guideline's order.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word for outside.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

aspects! {
    /// State contacts, visits, messages, parliaments.
    Diplomacy = "diplomacy",
    /// Trade, investment, finance, agriculture.
    Trade = "trade",
    /// Oil, gas, power.
    Energy = "energy",
    /// Climate, nature, carbon crediting.
    Environment = "environment",
    /// Arts, language, sport as cooperation.
    Culture = "culture",
    /// Schools, universities, training.
    Education = "education",
    /// Aid, grants, development loans, mine clearance.
    Humanitarian = "humanitarian",
    /// Cities and prefectures.
    RegionalPartnership = "regional-partnership",
    /// Roads, rail, air, shipping.
    Transport = "transport",
    /// Defence, police, mines.
    Security = "security",
    /// Science, space, IT, engineering.
    Technology = "technology",
    /// Travel, visas for travellers.
    Tourism = "tourism",
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Aspect> for String {
    fn from(aspect: Aspect) -> Self {
        aspect.as_str().to_owned()
    }
}

impl FromStr for Aspect {
    type Err = AspectError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|aspect| aspect.as_str() == text);
        found.copied().ok_or_else(|| AspectError { text: text.to_owned() })
    }
}

impl TryFrom<String> for Aspect {
    type Error = AspectError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// A text that is no aspect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not one of the 12 aspects")]
pub struct AspectError {
    text: String,
}
