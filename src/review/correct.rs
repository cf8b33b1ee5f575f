//! Corrections of stories, for pages and API alike.

use axum::http::StatusCode;

use crate::model::{MatchId, Story, StoryId};
use crate::review::{App, Change, Person, Problem};
use crate::store::{CORRECTED_MATCHES_MAX, Corrected, Correction, CorrectionOrder, StoreError};

/// The story that matches leave, as a person saw it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) story: StoryId,
    /// None: whatever it is by now.
    pub(super) revision: Option<u64>,
}

/// Does what `person` corrects about the story that they saw, and tells open pages.
///
/// # Errors
/// 404 for an unknown match or story, 409 if somebody changed the story meanwhile, 422 with the
/// reason for what makes no sense.
pub(super) async fn correct(
    app: &App,
    person: &Person,
    seen: Seen,
    correction: Correction,
) -> Result<Corrected, Problem> {
    check_story(app, seen.story).await?;
    match &correction {
        Correction::Move { matches, .. } | Correction::Split { matches } => {
            check_matches(app, seen.story, matches).await?;
        }
        Correction::Merge { .. } => {}
    }
    let order = CorrectionOrder {
        correction,
        by: person.name.clone(),
        at: app.clock.now(),
        expected: seen.revision.map(|revision| (seen.story, revision)).into_iter().collect(),
    };
    let corrected = app.store.correct(order).await.map_err(refused)?;
    for story in [&corrected.from, &corrected.to] {
        app.controls.tell(Change::Story(story.id));
    }
    Ok(corrected)
}

/// Refuses a story that was merged into another one since the person saw it.
async fn check_story(app: &App, id: StoryId) -> Result<(), Problem> {
    let current = current_story(app, id).await?.id;
    if current == id {
        return Ok(());
    }
    let detail = format!("story {id} was merged into story {current}");
    Err(Problem::new(StatusCode::CONFLICT, detail))
}

/// Refuses matches that are not in the story where the person saw them.
async fn check_matches(app: &App, story: StoryId, matches: &[MatchId]) -> Result<(), Problem> {
    if matches.is_empty() {
        return Err(Problem::field("matches", "matches: name one or more"));
    }
    if CORRECTED_MATCHES_MAX < matches.len() {
        let detail = format!("matches: more than {CORRECTED_MATCHES_MAX} at once");
        return Err(Problem::field("matches", detail));
    }
    for id in matches {
        let unknown = || Problem::unknown(&format!("match {id}"));
        let home = app.store.matched(*id).await?.ok_or_else(unknown)?.story;
        if home != story {
            let detail = format!("match {id} is in story {home} now, not in {story}");
            return Err(Problem::new(StatusCode::CONFLICT, detail));
        }
    }
    Ok(())
}

/// The story that somebody who asks for `id` is looking for: itself, or the one that it was
/// merged into.
///
/// # Errors
/// 404.
pub(super) async fn current_story(app: &App, id: StoryId) -> Result<Story, Problem> {
    let unknown = || Problem::unknown(&format!("story {id}"));
    app.store.current_story(id).await?.ok_or_else(unknown)
}

fn refused(error: StoreError) -> Problem {
    match error {
        StoreError::Conflict => {
            let detail = "somebody else has changed this story in between; load it again";
            Problem::new(StatusCode::CONFLICT, detail)
        }
        other => other.into(),
    }
}
