//! Taking back a rescue, for every store: what is left of the match's story.

use crate::model::{
    Article, ArticleId, Delivery, DeliveryState, Match, MatchId, NearMiss, Story, Timestamp,
};
use crate::store::StoreError;
use crate::store::inheritance::is_rescued;
use crate::store::reviewing::Records;

/// Where the rule reads, beside what reviews need.
pub(super) trait RescueRecords: Records {
    fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError>;
    fn near_miss(&self, id: MatchId) -> Result<Option<NearMiss>, StoreError>;
    /// The match's deliveries that are to be tried.
    fn pending_of(&self, id: MatchId) -> Result<Vec<Delivery>, StoreError>;
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
    /// Alerts that nobody shall get any more, with their state before.
    pub(super) given_up: Vec<(Delivery, DeliveryState)>,
}

/// Plans a withdrawal.
///
/// # Errors
/// [`StoreError::Unknown`] if no match was made of such a near miss.
pub(super) fn withdraw(
    records: &impl RescueRecords,
    id: MatchId,
    at: Timestamp,
) -> Result<Withdrawal, StoreError> {
    let unknown = || StoreError::Unknown { what: format!("rescued match {id}") };
    let near_miss = records.near_miss(id)?.filter(is_rescued).ok_or_else(unknown)?;
    let gone = records.matched(id)?.ok_or_else(unknown)?;
    let mut left = records.matches_of(gone.story)?;
    left.retain(|matched| matched.id != id);
    let story = records.story(gone.story)?;
    let story = story.map(|story| shrunk(records, story, &left)).transpose()?.flatten();
    let near_miss = NearMiss { review: None, ..near_miss };
    let given_up = records.pending_of(id)?.into_iter().map(|mut delivery| {
        let before = std::mem::replace(&mut delivery.state, DeliveryState::Dead { at });
        (delivery, before)
    });
    Ok(Withdrawal { gone, story, near_miss, given_up: given_up.collect() })
}

/// `story` with the matches that are `left`, oldest first; none if there are none.
fn shrunk(
    records: &impl RescueRecords,
    mut story: Story,
    left: &[Match],
) -> Result<Option<Story>, StoreError> {
    let (Some(first), Some(last)) = (left.first(), left.last()) else { return Ok(None) };
    let mut published = Vec::new();
    for matched in left {
        let Some(article) = records.article(matched.article)? else { continue };
        published.push(article.published);
        if matched.id == first.id && first.id != story.first_match {
            story.title = article.title;
        }
    }
    story.first_match = first.id;
    story.first_published = published.into_iter().min().unwrap_or(story.first_published);
    story.updated = last.created;
    story.revision += 1;
    story.size = u32::try_from(left.len()).unwrap_or(u32::MAX);
    story.languages.clear();
    for matched in left {
        if !story.languages.contains(&matched.language) {
            story.languages.push(matched.language);
        }
    }
    Ok(Some(story))
}
