//! Taking back a rescue, for every store: what is left of the match's story.

use crate::model::{Match, MatchId, NearMiss, Story};
use crate::store::StoreError;
use crate::store::regrouping::Members;
use crate::store::reviewing::Records;

/// Where the rule reads, beside what reviews need.
pub(super) trait RescueRecords: Records {
    fn near_miss(&self, id: MatchId) -> Result<Option<NearMiss>, StoreError>;
}

/// What must be written, together.
#[derive(Debug)]
pub(super) struct Withdrawal {
    /// The match that goes. Its article stays: another topic may have a match of it.
    pub(super) gone: Match,
    /// Its story as it is left; none if it goes.
    pub(super) story: Option<Story>,
    /// As it was before it was rescued.
    pub(super) near_miss: NearMiss,
}

/// Plans a withdrawal.
///
/// # Errors
/// [`StoreError::Unknown`] if no match was made of such a near miss.
pub(super) fn withdraw(
    records: &impl RescueRecords,
    id: MatchId,
) -> Result<Withdrawal, StoreError> {
    let unknown = || StoreError::Unknown { what: format!("rescued match {id}") };
    let near_miss = records.near_miss(id)?.ok_or_else(unknown)?;
    let gone = records.matched(id)?.ok_or_else(unknown)?;
    let mut left = records.matches_of(gone.story)?;
    left.retain(|matched| matched.id != id);
    let left = Members::of(records, left)?;
    let story = records.story(gone.story)?.and_then(|story| left.make(&story));
    let near_miss = NearMiss { review: None, ..near_miss };
    Ok(Withdrawal { gone, story, near_miss })
}
