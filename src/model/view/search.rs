//! What a search finds.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::Field;
use crate::model::view::MatchListView;

/// A page of what was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SearchView {
    /// The matches.
    pub items: Vec<FoundView>,
    /// What to ask for as `after` to see more; null at the end. Opaque.
    pub next: Option<String>,
    /// Why something may be missing; null: nothing is.
    pub notice: Option<String>,
}

/// A match that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FoundView {
    /// The match.
    #[serde(flatten)]
    pub matched: MatchListView,
    /// Where it was found: the title if a word stands there, and the best place of the text.
    pub snippets: Vec<SnippetView>,
}

/// A part of a text with the words that were looked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SnippetView {
    /// Of which text.
    pub field: Field,
    /// At most 300 characters.
    pub text: String,
    /// Whether something stands before it.
    pub cut_before: bool,
    /// Whether something stands after it.
    pub cut_after: bool,
    /// Where the words stand in `text`.
    pub marks: Vec<MarkView>,
}

/// A place in a text, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MarkView {
    /// The first byte.
    pub start: usize,
    /// Behind the last byte.
    pub end: usize,
}
