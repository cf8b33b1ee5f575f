//! Taking back the last verdict, for pages and API alike.

use crate::model::{ReviewVerdict, Subject};
use crate::review::{App, ControlError, Person};

/// Takes back the last verdict of `person`; a rescue is withdrawn with it. None: there was none.
///
/// # Errors
/// The store failed, or the withdrawal could not be told.
pub(super) async fn last(app: &App, person: &Person) -> Result<Option<Subject>, ControlError> {
    let undone = app.store.undo(&person.name, app.clock.now()).await?;
    if let Some(Subject::Match(id)) = undone {
        let near_miss = app.store.near_miss(id).await?;
        let review = near_miss.and_then(|near_miss| near_miss.review);
        if review.is_some_and(|review| review.verdict == Some(ReviewVerdict::Relevant)) {
            app.controls.withdraw(id).await?;
        }
    }
    Ok(undone)
}
