//! Corrections of stories and the way back, for every store: what is read and what must be
//! written.
//!
//! Invariant: a story holds matches, or points to one that took them over. A pointer is set to
//! a story that holds some, so following pointers never leads around in a circle.
//! Invariant: where somebody else put a match meanwhile, it stays.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::model::{
    Match, MatchId, Member, Placed, Review, Story, StoryId, StoryLink, Timestamp, Told,
};
use crate::store::inheritance::followed;
use crate::store::reviewing::{Edits, Records, nothing, revision_of, unknown_match, unknown_story};
use crate::store::{
    CORRECTED_MATCHES_MAX, Corrected, Correction, CorrectionOrder, StoreError, Undone,
};

/// More pointers in a row than anybody makes.
const POINTERS_MAX: usize = 1_000;

/// What a correction did, to be taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Moved {
    from: StoryId,
    to: StoryId,
    at: Timestamp,
    /// What receivers knew of `to` before and after; none if that is the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    standings: Option<(Standing, Standing)>,
    matches: Vec<Before>,
}

/// A match before it was moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Before {
    id: MatchId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    placed: Option<Placed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    link: Option<StoryLink>,
    /// If its review changed by that: as it was, and the revision that came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    review: Option<(Option<Review>, u64)>,
}

impl Moved {
    /// The story that the matches left.
    pub(super) fn story(&self) -> StoryId {
        self.from
    }

    /// Whether one of these matches was moved.
    pub(super) fn is_about(&self, matches: &HashSet<MatchId>) -> bool {
        self.matches.iter().any(|before| matches.contains(&before.id))
    }

    /// Forgets these matches; false if there were no others.
    pub(super) fn forget(&mut self, matches: &HashSet<MatchId>) -> bool {
        self.matches.retain(|before| !matches.contains(&before.id));
        !self.matches.is_empty()
    }
}

impl Before {
    fn new(was: &Match, is: &Match) -> Self {
        let review = (was.review != is.review)
            .then(|| (was.review.clone(), revision_of(is.review.as_ref())));
        Self { id: was.id, placed: was.placed.clone(), link: was.link.clone(), review }
    }
}

/// What receivers know of a story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Standing {
    is_announced: bool,
    told: Option<Told>,
}

impl Standing {
    fn of(story: &Story) -> Self {
        Self { is_announced: story.is_announced, told: story.told.clone() }
    }
}

/// Plans a correction.
///
/// # Errors
/// As [`Corrections::correct`](crate::store::Corrections::correct).
pub(super) fn correct(
    records: &impl Records,
    order: CorrectionOrder,
) -> Result<(Corrected, Edits), StoreError> {
    let CorrectionOrder { correction, by, at, expected } = order;
    for (id, revision) in expected {
        let story = records.story(id)?.ok_or_else(|| unknown_story(id))?;
        if story.revision != revision {
            return Err(StoreError::Conflict);
        }
    }
    let Plan { from, mut to, moving } = plan(records, correction)?;
    let mut edits = Edits::by(records, by.clone())?;
    let moved = placed(&moving, &to, &Placed { by, at });
    for (was, is) in moving.iter().zip(&moved) {
        edits.carry_match(was, is);
    }
    let before = Standing::of(&to);
    take_over(&mut to, &from);
    let after = Standing::of(&to);
    edits.push_moved(Moved {
        from: from.id,
        to: to.id,
        at,
        standings: (before != after).then_some((before, after)),
        matches: moving.iter().zip(&moved).map(|(was, is)| Before::new(was, is)).collect(),
    });
    let n_moved = moved.len();
    let (from, to) = regroup(records, &mut edits, &from, &to, moved)?;
    Ok((Corrected { from, to, n_moved }, edits))
}

/// Plans to take `moved` back; none if nothing of it can be.
pub(super) fn take_back(
    records: &impl Records,
    edits: &mut Edits,
    moved: Moved,
    at: Timestamp,
) -> Result<Option<Undone>, StoreError> {
    let own = Placed { by: edits.by.clone(), at: moved.at };
    let mut going: Vec<(Before, Match)> = Vec::new();
    let n_moved = moved.matches.len();
    for before in moved.matches {
        let matched = records.matched(before.id)?;
        let matched = matched.filter(|matched| matched.placed.as_ref() == Some(&own));
        going.extend(matched.map(|matched| (before, matched)));
    }
    let Some((_, first)) = going.first() else { return Ok(None) };
    let Some(mut left) = records.story(first.story)? else { return Ok(None) };
    let Some(home) = home(records, moved.from, &left, first)? else { return Ok(None) };
    if let Some((before, after)) = moved.standings
        && Standing::of(&left) == after
    {
        (left.is_announced, left.told) = (before.is_announced, before.told);
    }
    let nobody = nothing(&edits.by, at);
    let mut back = Vec::new();
    for (before, matched) in going {
        let is = Match {
            story: home.id,
            placed: before.placed,
            link: before.link,
            review: review_back(&matched, before.review, &home, &nobody),
            ..matched.clone()
        };
        edits.carry_match(&matched, &is);
        back.push(is);
    }
    let n_back = back.len();
    let (left, story) = regroup(records, edits, &left, &home, back)?;
    let (left, story) = (left.id, story.id);
    Ok(Some(Undone::Correction { story, left, n_back, n_kept: n_moved - n_back }))
}

/// The story that readers of `id` are looking for.
pub(super) fn current_story(
    records: &impl Records,
    id: StoryId,
) -> Result<Option<Story>, StoreError> {
    let mut story = records.story(id)?;
    for _ in 0..POINTERS_MAX {
        match story.as_ref().and_then(|story| story.merged_into) {
            Some(next) => story = records.story(next)?,
            None => return Ok(story),
        }
    }
    Err(StoreError::Corrupt { what: format!("story {id}: its pointers lead nowhere") })
}

/// Matches with what their story needs to know of their texts.
pub(super) struct Members(Vec<(Match, String, Timestamp)>);

impl Members {
    pub(super) fn of(records: &impl Records, matches: Vec<Match>) -> Result<Self, StoreError> {
        let member = |matched: Match| {
            let what = || StoreError::Corrupt {
                what: format!("article of match {}: it is missing", matched.id),
            };
            let article = records.article(matched.article)?.ok_or_else(what)?;
            Ok((matched, article.title, article.published))
        };
        matches.into_iter().map(member).collect::<Result<_, StoreError>>().map(Self)
    }

    /// `story` with these matches instead; none if there are none.
    pub(super) fn make(&self, story: &Story) -> Option<Story> {
        story.rebuilt(self.all().collect())
    }

    fn all(&self) -> impl Iterator<Item = Member<'_>> {
        self.0.iter().map(|(matched, title, published)| Member {
            matched,
            title,
            published: *published,
        })
    }

    fn first(&self) -> Option<Member<'_>> {
        self.all().min_by_key(Member::order)
    }
}

/// What is to be moved.
struct Plan {
    from: Story,
    /// A new one has revision 0.
    to: Story,
    moving: Vec<Match>,
}

fn plan(records: &impl Records, correction: Correction) -> Result<Plan, StoreError> {
    let plan = match correction {
        Correction::Merge { from, into } if from == into => {
            return refused("a story cannot be merged into itself");
        }
        Correction::Merge { from, into } => {
            let (from, to) = (live(records, from)?, live(records, into)?);
            Plan { moving: records.matches_of(from.id)?, from, to }
        }
        Correction::Move { matches, to } => {
            let (from, moving) = of_one_story(records, matches)?;
            if from.id == to {
                return refused("the articles are in that story already");
            }
            Plan { from, to: live(records, to)?, moving }
        }
        Correction::Split { matches } => {
            let (from, moving) = of_one_story(records, matches)?;
            if records.matches_of(from.id)?.len() == moving.len() {
                return refused("these are all articles of the story: nothing would be left of it");
            }
            let to = split_off(records, &moving)?;
            Plan { from, to, moving }
        }
    };
    if plan.from.topic != plan.to.topic {
        return refused("the stories are about different topics");
    }
    if CORRECTED_MATCHES_MAX < plan.moving.len() {
        let n = plan.moving.len();
        return refused(&format!(
            "{n} articles are too many to move at once, at most {CORRECTED_MATCHES_MAX}: merge \
             the smaller story into the larger one, or move some first"
        ));
    }
    Ok(plan)
}

fn refused<T>(reason: &str) -> Result<T, StoreError> {
    Err(StoreError::Refused { reason: reason.to_owned() })
}

/// A story that holds matches.
fn live(records: &impl Records, id: StoryId) -> Result<Story, StoreError> {
    let story = records.story(id)?.ok_or_else(|| unknown_story(id))?;
    match story.merged_into {
        Some(other) => refused(&format!("story {id} was merged into story {other}")),
        None => Ok(story),
    }
}

/// The matches, each once, and the story of all of them.
fn of_one_story(
    records: &impl Records,
    ids: Vec<MatchId>,
) -> Result<(Story, Vec<Match>), StoreError> {
    let mut matches: Vec<Match> = Vec::new();
    let mut known = HashSet::new();
    for id in ids.into_iter().filter(|id| known.insert(*id)) {
        matches.push(records.matched(id)?.ok_or_else(|| unknown_match(id))?);
    }
    let Some(first) = matches.first() else { return refused("no article is named") };
    if matches.iter().any(|matched| matched.story != first.story) {
        return refused("the articles belong to different stories: correct one story at a time");
    }
    Ok((live(records, first.story)?, matches))
}

/// The story that `moving` open: named after the first of them, as if it had opened it, unless
/// a story of that name holds others. One that was merged away holds none: it comes back.
fn split_off(records: &impl Records, moving: &[Match]) -> Result<Story, StoreError> {
    let members = Members::of(records, moving.to_vec())?;
    let Some(first) = members.first() else { return refused("no article is named") };
    let matched = first.matched.id;
    let mut id = StoryId::opened_by(matched);
    loop {
        match records.story(id)? {
            Some(story) if story.merged_into.is_none() => id = StoryId::split_off(matched, id),
            Some(pointer) => return Ok(pointer),
            None => return Ok(unborn(id, first)),
        }
    }
}

/// A story that is about to be made.
fn unborn(id: StoryId, first: Member<'_>) -> Story {
    Story { revision: 0, ..Story::opened(id, first) }
}

/// The matches as they are once `placed` into `story`. What one was linked to counts only if it
/// comes along.
fn placed(moving: &[Match], story: &Story, placed: &Placed) -> Vec<Match> {
    let ids: HashSet<MatchId> = moving.iter().map(|matched| matched.id).collect();
    let nobody = nothing(&placed.by, placed.at);
    let said = story.review.as_ref().unwrap_or(&nobody);
    let is = |was: &Match| Match {
        story: story.id,
        link: was.link.clone().filter(|link| ids.contains(&link.nearest)),
        placed: Some(placed.clone()),
        review: followed(was.review.as_ref(), said).or_else(|| was.review.clone()),
        ..was.clone()
    };
    moving.iter().map(is).collect()
}

/// Nobody is told again of what a story takes over from another one that was told. An update
/// that waits stays with the other one.
fn take_over(story: &mut Story, other: &Story) {
    story.is_announced |= other.is_announced;
    if story.told.is_none() {
        story.told = other.told.as_ref().map(|told| Told {
            at: told.at,
            update: None,
            receivers: told.receivers.clone(),
        });
    }
}

/// Where matches that came from `from` and are in `left` now go back to; none if they are there.
fn home(
    records: &impl Records,
    from: StoryId,
    left: &Story,
    first: &Match,
) -> Result<Option<Story>, StoreError> {
    let home = match records.story(from)? {
        // It was emptied by that very correction.
        Some(story) if story.merged_into == Some(left.id) => Some(story),
        // Somebody merged it since: what belonged to it belongs there.
        Some(_) => current_story(records, from)?,
        // Its other matches were withdrawn.
        None => {
            let members = Members::of(records, vec![first.clone()])?;
            members.first().map(|first| {
                let mut story = unborn(from, first);
                take_over(&mut story, left);
                story
            })
        }
    };
    Ok(home.filter(|home| home.id != left.id))
}

/// The review of a match that goes back to `home`.
fn review_back(
    matched: &Match,
    before: Option<(Option<Review>, u64)>,
    home: &Story,
    nobody: &Review,
) -> Option<Review> {
    let present = matched.review.as_ref();
    let said = home.review.as_ref();
    match before {
        Some((before, revision)) if revision_of(present) == revision => {
            let mut restored = before.unwrap_or_else(|| nobody.clone());
            restored.revision = revision + 1;
            if restored.is_inherited {
                // The story's verdict may be another one by now.
                restored.verdict = said.and_then(|review| review.verdict);
                restored.is_inherited = restored.verdict.is_some();
            }
            Some(restored)
        }
        _ => followed(present, said.unwrap_or(nobody)).or_else(|| present.cloned()),
    }
}

/// Makes both stories anew once `moved`, which name their new story already, are in `to`.
/// Returns them as they are then.
fn regroup(
    records: &impl Records,
    edits: &mut Edits,
    from: &Story,
    to: &Story,
    moved: Vec<Match>,
) -> Result<(Story, Story), StoreError> {
    let ids: HashSet<MatchId> = moved.iter().map(|matched| matched.id).collect();
    let mut left = records.matches_of(from.id)?;
    left.retain(|matched| !ids.contains(&matched.id));
    let mut joined = records.matches_of(to.id)?;
    joined.extend(moved.iter().cloned());
    let from = Members::of(records, left)?.make(from).unwrap_or_else(|| pointer(from, to.id));
    let to = Members::of(records, joined)?.make(to).unwrap_or_else(|| to.clone());
    edits.matches.extend(moved);
    edits.stories.extend([from.clone(), to.clone()]);
    Ok((from, to))
}

/// What stays of a story whose matches are all in another one.
fn pointer(story: &Story, other: StoryId) -> Story {
    Story { revision: story.revision + 1, size: 0, merged_into: Some(other), ..story.clone() }
}
