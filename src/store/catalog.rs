//! What lists and counts look up, in memory; it follows from what is stored.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::Hash;
use std::time::Duration;

use crate::model::{ArticleId, Delivery, DeliveryId, MatchId, NearMiss, Story, StoryId, Timestamp};
use crate::store::paging::Place;
use crate::store::search::Mark;
use crate::store::{
    Counts, DeliveryPhase, Judged, NEAR_MISS_DAYS_MAX, NEAR_MISSES_MAX, QueueState,
};

/// Where every story and near miss stands in its list, and how much there is of the rest.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    pub(super) stories: Ranking<StoryId, Judged>,
    /// By whether nobody has looked at them.
    pub(super) near_misses: Ranking<MatchId, bool>,
    matches: HashSet<MatchId>,
    /// Matches that were stored or removed by groups of writes that are complete, since the
    /// search index asked.
    unindexed: Unindexed,
    /// The same for the group that is under way.
    fresh: Unindexed,
    /// The last group that is complete.
    mark: Mark,
    /// By receiver; none that is empty.
    queues: BTreeMap<String, Queue>,
}

/// What waits for a receiver, and what was given up for it.
#[derive(Debug, Default)]
struct Queue {
    /// By since when they wait.
    pending: BTreeSet<Place<DeliveryId>>,
    dead: HashSet<DeliveryId>,
}

/// What the search index does not know yet.
#[derive(Debug, Default)]
pub(super) struct Unindexed {
    /// Matches that were stored or removed.
    pub(super) matches: HashSet<MatchId>,
    /// Articles that were changed; which match that is, the index knows.
    pub(super) articles: HashSet<ArticleId>,
}

impl Unindexed {
    fn take(&mut self, other: &mut Self) {
        self.matches.extend(other.matches.drain());
        self.articles.extend(other.articles.drain());
    }
}

/// Something that was stored or removed.
#[derive(Clone, Debug)]
pub(super) enum Note {
    Match(MatchId),
    NoMatch(MatchId),
    Article(ArticleId),
    Story(Place<StoryId>, Judged),
    NoStory(StoryId),
    /// And whether nobody has looked at it.
    NearMiss(Place<MatchId>, bool),
    NoNearMiss(MatchId),
    /// To whom, since when it waits, and where it stands now, unless it is gone.
    Delivery(String, Place<DeliveryId>, Option<DeliveryPhase>),
}

impl Note {
    /// A story that was merged into another one is in no list.
    pub(super) fn story(story: &Story) -> Self {
        if story.merged_into.is_some() {
            return Self::NoStory(story.id);
        }
        let place = Place { at: story.updated, id: story.id };
        Self::Story(place, Judged::of(story.review.as_ref()))
    }

    /// A delivery as it is now.
    pub(super) fn delivery(delivery: &Delivery) -> Self {
        let place = Place { at: delivery.waiting_since(), id: delivery.id };
        Self::Delivery(delivery.receiver.clone(), place, Some(DeliveryPhase::of(delivery.state)))
    }

    /// A delivery that is gone.
    pub(super) fn no_delivery(delivery: &Delivery) -> Self {
        let place = Place { at: delivery.waiting_since(), id: delivery.id };
        Self::Delivery(delivery.receiver.clone(), place, None)
    }

    pub(super) fn near_miss(near_miss: &NearMiss) -> Self {
        let place = Place { at: near_miss.created, id: near_miss.id };
        Self::NearMiss(place, Judged::of(near_miss.review.as_ref()) == Judged::Open)
    }
}

impl Catalog {
    pub(super) fn note(&mut self, note: Note) {
        match note {
            Note::Match(id) => {
                self.matches.insert(id);
                self.fresh.matches.insert(id);
            }
            Note::NoMatch(id) => {
                self.matches.remove(&id);
                self.fresh.matches.insert(id);
            }
            Note::Article(id) => {
                self.fresh.articles.insert(id);
            }
            Note::Story(place, judged) => self.stories.put(place, judged),
            Note::NoStory(id) => self.stories.remove(id),
            Note::NearMiss(place, is_open) => self.near_misses.put(place, is_open),
            Note::NoNearMiss(id) => self.near_misses.remove(id),
            Note::Delivery(receiver, place, phase) => self.note_delivery(receiver, place, phase),
        }
    }

    /// Notes that a group of writes is complete: readers see what it wrote.
    pub(super) fn complete(&mut self, mark: Mark) {
        self.unindexed.take(&mut self.fresh);
        self.mark = mark;
    }

    /// What was noted so far was read from a store that is complete up to `mark`.
    pub(super) fn begin(&mut self, mark: Mark) {
        self.fresh = Unindexed::default();
        self.unindexed = Unindexed::default();
        self.mark = mark;
    }

    /// What was stored or removed since this was asked last, and up to which group this is all.
    pub(super) fn take_unindexed(&mut self) -> (Unindexed, Mark) {
        (std::mem::take(&mut self.unindexed), self.mark)
    }

    /// How many matches were stored or removed since then.
    pub(super) fn n_unindexed(&self) -> usize {
        self.unindexed.matches.len()
    }

    /// Lets the search index be filled from nothing.
    pub(super) fn unindex_all(&mut self) {
        self.unindexed.matches.clone_from(&self.matches);
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
            near_misses_open: self.near_misses.len(Some(true)),
            deliveries_pending: self.queues.values().map(|queue| count(queue.pending.len())).sum(),
            deliveries_dead: self.queues.values().map(|queue| count(queue.dead.len())).sum(),
            disk_bytes,
        }
    }

    /// What waits for each receiver, by name.
    pub(super) fn queues(&self) -> Vec<QueueState> {
        let state = |(receiver, queue): (&String, &Queue)| QueueState {
            receiver: receiver.clone(),
            n_pending: count(queue.pending.len()),
            oldest: queue.pending.first().map(|place| place.at),
            n_dead: count(queue.dead.len()),
        };
        self.queues.iter().map(state).collect()
    }

    fn note_delivery(
        &mut self,
        receiver: String,
        place: Place<DeliveryId>,
        phase: Option<DeliveryPhase>,
    ) {
        let mut entry = match self.queues.entry(receiver) {
            Entry::Occupied(entry) => entry,
            Entry::Vacant(entry) => match phase {
                Some(DeliveryPhase::Pending | DeliveryPhase::Dead) => {
                    entry.insert_entry(Queue::default())
                }
                Some(DeliveryPhase::Delivered) | None => return,
            },
        };
        let queue = entry.get_mut();
        queue.pending.remove(&place);
        queue.dead.remove(&place.id);
        match phase {
            Some(DeliveryPhase::Pending) => drop(queue.pending.insert(place)),
            Some(DeliveryPhase::Dead) => drop(queue.dead.insert(place.id)),
            Some(DeliveryPhase::Delivered) | None => {}
        }
        if queue.pending.is_empty() && queue.dead.is_empty() {
            entry.remove();
        }
    }
}

/// Items by time, all of them and by class.
#[derive(Debug)]
pub(super) struct Ranking<Id, Class> {
    items: HashMap<Id, (Timestamp, Class)>,
    all: BTreeSet<Place<Id>>,
    classes: HashMap<Class, BTreeSet<Place<Id>>>,
}

impl<Id, Class> Default for Ranking<Id, Class> {
    fn default() -> Self {
        Self { items: HashMap::new(), all: BTreeSet::new(), classes: HashMap::new() }
    }
}

impl<Id: Copy + Ord + Hash, Class: Copy + Eq + Hash> Ranking<Id, Class> {
    /// The last place before `behind`, or of all: a list goes backwards in time.
    pub(super) fn before(
        &self,
        class: Option<Class>,
        behind: Option<Place<Id>>,
    ) -> Option<Place<Id>> {
        let places = match class {
            None => &self.all,
            Some(class) => self.classes.get(&class)?,
        };
        match behind {
            None => places.last().copied(),
            Some(behind) => places.range(..behind).next_back().copied(),
        }
    }

    fn put(&mut self, place: Place<Id>, class: Class) {
        self.remove(place.id);
        self.items.insert(place.id, (place.at, class));
        self.all.insert(place);
        self.classes.entry(class).or_default().insert(place);
    }

    fn remove(&mut self, id: Id) {
        let Some((at, class)) = self.items.remove(&id) else { return };
        self.all.remove(&Place { at, id });
        if let Some(places) = self.classes.get_mut(&class) {
            places.remove(&Place { at, id });
        }
    }

    fn len(&self, class: Option<Class>) -> u64 {
        match class {
            None => count(self.all.len()),
            Some(class) => self.classes.get(&class).map_or(0, |places| count(places.len())),
        }
    }
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(number: u32) -> Place<MatchId> {
        let at = Timestamp::from_unix_ms(number.into()).unwrap();
        Place { at, id: MatchId::from_be_bytes(u64::from(number).to_be_bytes()) }
    }

    /// Goal: a source that nearly matches all day long costs a bounded amount of disk.
    #[test]
    fn too_many_near_misses_are_over() {
        let mut catalog = Catalog::default();
        let n = u32::try_from(NEAR_MISSES_MAX).unwrap();
        for number in 0..n {
            catalog.note(Note::NearMiss(place(number), true));
        }
        assert_eq!(catalog.near_misses_over(), []);
        catalog.note(Note::NearMiss(place(n), true));
        catalog.note(Note::NearMiss(place(n + 1), false));
        assert_eq!(catalog.near_misses_over(), [0, 1].map(place));
    }

    /// Goal: a list that was left in the middle goes on there, also behind what has gone.
    #[test]
    fn ranking_goes_backwards_in_time() {
        let mut ranking = Ranking::default();
        for number in 1..=4 {
            ranking.put(place(number), number % 2);
        }
        ranking.put(Place { at: place(9).at, ..place(1) }, 0);
        ranking.remove(place(4).id);
        let moved = Place { at: place(9).at, ..place(1) };
        assert_eq!(ranking.before(None, None), Some(moved));
        assert_eq!(ranking.before(None, Some(moved)), Some(place(3)));
        assert_eq!(ranking.before(Some(0), Some(moved)), Some(place(2)));
        assert_eq!(ranking.before(Some(0), Some(place(2))), None);
        assert_eq!((ranking.len(None), ranking.len(Some(1)), ranking.len(Some(7))), (3, 1, 0));
    }
}
