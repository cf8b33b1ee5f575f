//! Taking back a rescue, for every store: what is left of the match's story.

use crate::model::{Article, ArticleId, Match, MatchId, NearMiss, Story};
use crate::store::StoreError;
use crate::store::reviewing::Records;

/// Where the rule reads, beside what reviews need.
pub(super) trait RescueRecords: Records {
    fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError>;
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
    let story = records.story(gone.story)?;
    let story = story.map(|story| shrunk(records, story, &left)).transpose()?.flatten();
    let near_miss = NearMiss { review: None, ..near_miss };
    Ok(Withdrawal { gone, story, near_miss })
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
