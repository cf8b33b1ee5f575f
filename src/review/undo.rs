//! Taking back the last verdict or correction, for pages and API alike.

use crate::model::{ReviewVerdict, Subject};
use crate::review::{App, Change, ControlError, Person};
use crate::store::Undone;

/// Takes back the last verdict or correction of `person`; a rescue is withdrawn with it. None:
/// there was none.
///
/// # Errors
/// The store failed, or the withdrawal could not be told.
pub(super) async fn last(app: &App, person: &Person) -> Result<Option<Undone>, ControlError> {
    let undone = app.store.undo(&person.name, app.clock.now()).await?;
    match &undone {
        Some(Undone::Review(Subject::Match(id))) => {
            let near_miss = app.store.near_miss(*id).await?;
            let review = near_miss.and_then(|near_miss| near_miss.review);
            if review.is_some_and(|review| review.verdict == Some(ReviewVerdict::Relevant)) {
                app.controls.withdraw(*id).await?;
            }
        }
        Some(Undone::Correction { story, left, .. }) => {
            app.controls.tell(Change::Story(*story));
            app.controls.tell(Change::Story(*left));
        }
        Some(Undone::Review(Subject::Story(_))) | None => {}
    }
    Ok(undone)
}
