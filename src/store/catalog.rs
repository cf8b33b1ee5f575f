//! What lists and counts look up, in memory; it follows from what is stored.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;
use std::time::Duration;

use crate::model::{DeliveryState, MatchId, NearMiss, Story, StoryId, Timestamp};
use crate::store::paging::Place;
use crate::store::{Counts, DeliveryPhase, Judged, NEAR_MISS_DAYS_MAX, NEAR_MISSES_MAX};

/// Where every story and near miss stands in its list, and how much there is of the rest.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    pub(super) stories: Ranking<StoryId>,
    pub(super) near_misses: Ranking<MatchId>,
    matches: HashSet<MatchId>,
    n_pending: u64,
    n_dead: u64,
}

/// Something that was stored or removed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Note {
    Match(MatchId),
    NoMatch(MatchId),
    Story(Place<StoryId>, Judged),
    NoStory(StoryId),
    NearMiss(Place<MatchId>, Judged),
    NoNearMiss(MatchId),
    /// Its state before, if it is not new, and now.
    Delivery(Option<DeliveryState>, DeliveryState),
}

impl Note {
    pub(super) fn story(story: &Story) -> Self {
        let place = Place { at: story.updated, id: story.id };
        Self::Story(place, Judged::of(story.review.as_ref()))
    }

    pub(super) fn near_miss(near_miss: &NearMiss) -> Self {
        let place = Place { at: near_miss.created, id: near_miss.id };
        Self::NearMiss(place, Judged::of(near_miss.review.as_ref()))
    }
}

impl Catalog {
    pub(super) fn note(&mut self, note: Note) {
        match note {
            Note::Match(id) => {
                self.matches.insert(id);
            }
            Note::NoMatch(id) => {
                self.matches.remove(&id);
            }
            Note::Story(place, judged) => self.stories.put(place, judged),
            Note::NoStory(id) => self.stories.remove(id),
            Note::NearMiss(place, judged) => self.near_misses.put(place, judged),
            Note::NoNearMiss(id) => self.near_misses.remove(id),
            Note::Delivery(before, now) => {
                if let Some(n) = before.and_then(|before| self.n_deliveries(before)) {
                    *n = n.saturating_sub(1);
                }
                if let Some(n) = self.n_deliveries(now) {
                    *n += 1;
                }
            }
        }
    }

    /// Near misses that are too old, or too many, oldest first.
    ///
    /// The newest one tells the time: the store has no clock.
    pub(super) fn near_misses_over(&self) -> Vec<Place<MatchId>> {
        let places = &self.near_misses.all;
        let Some(newest) = places.last() else { return Vec::new() };
        let oldest = newest.at.minus(Duration::from_hours(24 * u64::from(NEAR_MISS_DAYS_MAX)));
        let n_over = places.len().saturating_sub(NEAR_MISSES_MAX);
        let is_over = |at: usize, place: &Place<MatchId>| at < n_over || place.at < oldest;
        let over = places.iter().enumerate().take_while(|(at, place)| is_over(*at, place));
        over.map(|(_, place)| *place).collect()
    }

    pub(super) fn counts(&self, disk_bytes: u64) -> Counts {
        use crate::model::ReviewVerdict::{NotRelevant, Relevant, Unsure};
        let stories = |judged| self.stories.len(Some(judged));
        Counts {
            matches: count(self.matches.len()),
            stories: self.stories.len(None),
            stories_open: stories(Judged::Open),
            stories_relevant: stories(Judged::As(Relevant)),
            stories_not_relevant: stories(Judged::As(NotRelevant)),
            stories_unsure: stories(Judged::As(Unsure)),
            near_misses: self.near_misses.len(None),
            near_misses_open: self.near_misses.len(Some(Judged::Open)),
            deliveries_pending: self.n_pending,
            deliveries_dead: self.n_dead,
            disk_bytes,
        }
    }

    fn n_deliveries(&mut self, state: DeliveryState) -> Option<&mut u64> {
        match DeliveryPhase::of(state) {
            DeliveryPhase::Pending => Some(&mut self.n_pending),
            DeliveryPhase::Dead => Some(&mut self.n_dead),
            DeliveryPhase::Delivered => None,
        }
    }
}

/// Items by time, all of them and by verdict.
#[derive(Debug)]
pub(super) struct Ranking<Id> {
    items: HashMap<Id, (Timestamp, Judged)>,
    all: BTreeSet<Place<Id>>,
    judged: HashMap<Judged, BTreeSet<Place<Id>>>,
}

impl<Id> Default for Ranking<Id> {
    fn default() -> Self {
        Self { items: HashMap::new(), all: BTreeSet::new(), judged: HashMap::new() }
    }
}

impl<Id: Copy + Ord + Hash> Ranking<Id> {
    /// The last place before `behind`, or of all: a list goes backwards in time.
    pub(super) fn before(
        &self,
        judged: Option<Judged>,
        behind: Option<Place<Id>>,
    ) -> Option<Place<Id>> {
        let places = match judged {
            None => &self.all,
            Some(judged) => self.judged.get(&judged)?,
        };
        match behind {
            None => places.last().copied(),
            Some(behind) => places.range(..behind).next_back().copied(),
        }
    }

    fn put(&mut self, place: Place<Id>, judged: Judged) {
        self.remove(place.id);
        self.items.insert(place.id, (place.at, judged));
        self.all.insert(place);
        self.judged.entry(judged).or_default().insert(place);
    }

    fn remove(&mut self, id: Id) {
        let Some((at, judged)) = self.items.remove(&id) else { return };
        self.all.remove(&Place { at, id });
        if let Some(places) = self.judged.get_mut(&judged) {
            places.remove(&Place { at, id });
        }
    }

    fn len(&self, judged: Option<Judged>) -> u64 {
        match judged {
            None => count(self.all.len()),
            Some(judged) => self.judged.get(&judged).map_or(0, |places| count(places.len())),
        }
    }
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
