//! Verdicts and notes, and the way back.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::model::{Review, ReviewVerdict, StoryId, Subject};
use crate::review::api::document::Refusals;
use crate::review::undo;
use crate::review::{App, Person, Problem, Reviewer};
use crate::store::{ReviewChange, StoreError, Undone};

/// What a person says of a match or a story.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewRequest {
    /// The verdict from now on; null takes it back. When it is missing, it stays.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ReviewVerdict>)]
    pub verdict: Option<Option<ReviewVerdict>>,
    /// The note from now on; null or an empty one removes it. When it is missing, it stays.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 500)]
    pub note: Option<Option<String>>,
    /// The revision that the person has seen; 0: no review. Another one in the meantime is
    /// refused.
    #[serde(default, deserialize_with = "whole", skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 4_294_967_295_i64)]
    pub revision: Option<u64>,
}

/// Tells null from a missing field.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A whole number, also as JSON Schema means it: `7.0` is one.
pub(super) fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Whole {
        Exact(u64),
        Point(f64),
    }
    match Option::deserialize(deserializer)? {
        None => Ok(None),
        Some(Whole::Exact(number)) => Ok(Some(number)),
        Some(Whole::Point(number)) => {
            let text = format!("{number}");
            text.parse().map(Some).map_err(|_| D::Error::custom("not a whole number from 0"))
        }
    }
}

/// Stores what `person` says of `subject`.
pub(in crate::review) async fn review(
    app: &App,
    person: &Person,
    subject: Subject,
    request: ReviewRequest,
) -> Result<Review, Problem> {
    let change = ReviewChange {
        subject,
        verdict: request.verdict,
        note: request.note.map(|note| checked(note.as_deref())).transpose()?,
        by: person.name.clone(),
        at: app.clock.now(),
        expected: request.revision,
    };
    app.store.review(change).await.map_err(|error| match error {
        StoreError::Conflict => {
            let detail = "somebody else has judged this in between; load it again";
            Problem::new(StatusCode::CONFLICT, detail)
        }
        other => other.into(),
    })
}

/// An empty note is none; a long one is refused, not cut.
fn checked(note: Option<&str>) -> Result<Option<String>, Problem> {
    let text = note.unwrap_or_default();
    let characters_max = Review::NOTE_CHARACTERS_MAX;
    if text.chars().nth(characters_max).is_some() {
        let detail = format!("note: more than {characters_max} characters");
        return Err(Problem::field("note", detail));
    }
    let text = text.trim();
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// What was undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UndoView {
    /// The match or story whose verdict was taken back, or the story that has its matches again;
    /// null: there was nothing to undo.
    pub subject: Option<Subject>,
    /// What came of taking a correction back; null: it was a verdict, or nothing.
    pub correction: Option<UndoneCorrectionView>,
}

/// A correction that was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UndoneCorrectionView {
    /// The story that has its matches again.
    pub story: StoryId,
    /// The story that the correction had put them into.
    pub left: StoryId,
    /// How many matches are back.
    pub n_back: usize,
    /// How many stay where they are: they went, or somebody moved them since.
    pub n_kept: usize,
}

impl From<Option<&Undone>> for UndoView {
    fn from(undone: Option<&Undone>) -> Self {
        let correction = match undone {
            Some(Undone::Correction { story, left, n_back, n_kept }) => {
                Some(UndoneCorrectionView {
                    story: *story,
                    left: *left,
                    n_back: *n_back,
                    n_kept: *n_kept,
                })
            }
            Some(Undone::Review(_)) | None => None,
        };
        Self { subject: undone.map(Undone::subject), correction }
    }
}

/// Takes back this person's last verdict or correction that was not taken back yet; repeatable.
#[utoipa::path(
    post, path = "/api/v1/undo", tag = "reviews", operation_id = "undo",
    responses((status = 200, description = "What was undone", body = UndoView), Refusals)
)]
pub(super) async fn undo(
    State(app): State<App>,
    Reviewer(person): Reviewer,
) -> Result<Json<UndoView>, Problem> {
    let undone = undo::last(&app, &person).await?;
    Ok(Json(UndoView::from(undone.as_ref())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a script can take back a verdict, and a note alone changes no verdict.
    #[test]
    fn null_is_not_missing() {
        let verdict = |text: &str| serde_json::from_str::<ReviewRequest>(text).unwrap().verdict;
        assert_eq!(verdict(r#"{"verdict": null}"#), Some(None));
        assert_eq!(verdict(r#"{"note": "x"}"#), None);
        let revision =
            |text: &str| serde_json::from_str::<ReviewRequest>(text).map(|it| it.revision).ok();
        assert_eq!(revision(r#"{"revision": 7.0}"#), Some(Some(7)));
        assert_eq!(revision(r#"{"revision": null}"#), Some(None));
        assert_eq!(revision(r#"{"revision": -1}"#), None);
        let word = r#"{"verdict": "not_relevant"}"#;
        assert_eq!(verdict(word), Some(Some(ReviewVerdict::NotRelevant)));
    }

    /// Goal: nobody loses the end of what they wrote without being told.
    #[test]
    fn long_notes_are_refused_and_empty_ones_removed() {
        let noted = |text: &str| checked(Some(text));
        assert_eq!(noted(&"あ".repeat(500)).unwrap(), Some("あ".repeat(500)));
        assert_eq!(noted(&"あ".repeat(501)).unwrap_err().parameter.as_deref(), Some("note"));
        assert_eq!(noted(" ").unwrap(), None);
        assert_eq!(checked(None).unwrap(), None);
    }
}
