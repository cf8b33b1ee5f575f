//! What a story's verdict means for its matches, and what stays when a commit stores again.

use std::time::Duration;

use crate::model::{Article, Match, NearMiss, Review, ReviewVerdict, Story};

/// A story's verdict holds so long for matches that join it.
const INHERITED_FOR: Duration = Duration::from_hours(72);

/// The match as a commit stores it: what people said of it stays, and a new one takes over what
/// they lately said of its story. A stored one stays in its story.
pub(super) fn joined(new: Match, stored: Option<&Match>, story: Option<&Story>) -> Match {
    let review = match stored {
        Some(stored) => stored.review.clone().or(new.review),
        None if has_verdict(new.review.as_ref()) => new.review,
        None => {
            let said = story.and_then(|story| story.review.as_ref());
            let said = said.filter(|it| new.created.since(it.at) <= INHERITED_FOR);
            let said = said.filter(|it| it.verdict.is_some());
            said.map(|said| inherited(new.review.as_ref(), said)).or(new.review)
        }
    };
    let new = Match { review, ..new };
    match stored {
        // Only people move a match.
        Some(stored) => Match {
            story: stored.story,
            link: stored.link.clone(),
            placed: stored.placed.clone(),
            ..new
        },
        None => new,
    }
}

/// The article as a commit stores it: a text that was dropped does not come back with an edit.
pub(super) fn kept(new: Article, stored: Option<&Article>) -> Article {
    match stored.and_then(|stored| stored.text_dropped) {
        Some(at) => new.without_text(at),
        None => new,
    }
}

/// The story as a commit stores it: what people said of it stays.
pub(super) fn regrown(new: Story, stored: Option<&Story>) -> Story {
    let review = stored.map_or(new.review, |stored| stored.review.clone());
    Story { review, ..new }
}

/// The near miss as a commit stores it: when we saw it and what people said of it stays.
pub(super) fn seen_again(new: NearMiss, stored: Option<&NearMiss>) -> NearMiss {
    let Some(stored) = stored else { return new };
    let review = new.review.or_else(|| stored.review.clone());
    NearMiss { created: stored.created, review, ..new }
}

/// Whether a person made a match of it.
pub(super) fn is_rescued(near_miss: &NearMiss) -> bool {
    let verdict = near_miss.review.as_ref().and_then(|review| review.verdict);
    verdict == Some(ReviewVerdict::Relevant)
}

/// What a match's review becomes when `said` is said of its story; none if it stays.
pub(super) fn followed(present: Option<&Review>, said: &Review) -> Option<Review> {
    let is_own = present.is_some_and(|it| it.verdict.is_some() && !it.is_inherited);
    let verdict = present.and_then(|review| review.verdict);
    (!is_own && verdict != said.verdict).then(|| inherited(present, said))
}

fn inherited(present: Option<&Review>, said: &Review) -> Review {
    Review {
        verdict: said.verdict,
        note: present.and_then(|review| review.note.clone()),
        by: said.by.clone(),
        at: said.at,
        revision: present.map_or(0, |review| review.revision) + 1,
        is_inherited: said.verdict.is_some(),
    }
}

fn has_verdict(review: Option<&Review>) -> bool {
    review.is_some_and(|review| review.verdict.is_some())
}
