//! A record as what it is: which entries of indexes it wants, and which other records it needs.

use serde::de::DeserializeOwned;

use crate::model::{
    Article, Delivery, FeedState, Match, MatchId, Mute, NearMiss, ReceiverState, Sketch, Story,
    StoryId, Token, Tombstone,
};
use crate::store::catalog::Note;
use crate::store::disk::backup;
use crate::store::disk::engine::Engine;
use crate::store::disk::{entries, layout, lists, record};
use crate::store::journal::Kind;
use crate::store::paging::Place;
use crate::store::reviewing::Step;
use crate::store::{FeedChange, Judged, StoreError};

/// A record that was read, as far as others depend on it.
pub(super) enum Stored {
    Match(Box<Match>),
    Story(Box<Story>),
    Delivery(Box<Delivery>),
    NearMiss(Box<NearMiss>),
    Sketch(MatchId),
    Other,
}

/// An entry of an index.
pub(super) type IndexEntry = (Vec<u8>, Vec<u8>);

impl Stored {
    /// Reads `json` as a record of `kind`; none if it makes no sense.
    pub(super) fn parse(kind: Kind, json: &[u8]) -> Option<Self> {
        match kind {
            Kind::Match => parsed(json).map(Self::Match),
            Kind::Story => parsed(json).map(Self::Story),
            Kind::Delivery => parsed(json).map(Self::Delivery),
            Kind::NearMiss => parsed(json).map(Self::NearMiss),
            Kind::Sketch => parsed::<Sketch>(json).map(|sketch| Self::Sketch(sketch.matched)),
            Kind::Article => other::<Article>(json),
            Kind::Receiver => other::<ReceiverState>(json),
            Kind::FeedChange => other::<FeedChange>(json),
            Kind::Token => other::<Token>(json),
            Kind::FeedState => other::<FeedState>(json),
            Kind::Steps => other::<Vec<Step>>(json),
            Kind::Erased => other::<Tombstone>(json),
            Kind::Mute => other::<Mute>(json),
            // Seen keys stand in buckets.
            Kind::Seen | Kind::Backup | Kind::End => Some(Self::Other),
        }
    }

    /// The entries that indexes must have for it.
    pub(super) fn index_entries(&self) -> Vec<IndexEntry> {
        let entry = |key: Vec<u8>| (key, Vec::new());
        match self {
            Self::Match(matched) => {
                let place = Place { at: matched.created, id: matched.id };
                let keys = [layout::match_at(place), layout::match_of(matched.story, place)];
                keys.map(entry).into()
            }
            Self::Story(story) => match Note::story(story) {
                Note::Story(place, judged) => story_entry(story.id, place, judged),
                _ => Vec::new(),
            },
            Self::Delivery(delivery) => {
                let Delivery { id, created, .. } = **delivery;
                let list = layout::delivery_at(Place { at: created, id });
                std::iter::once(entry(list)).chain(entries::phase_entry(delivery)).collect()
            }
            Self::NearMiss(near_miss) => {
                let place = Place { at: near_miss.created, id: near_miss.id };
                let is_open = Judged::of(near_miss.review.as_ref()) == Judged::Open;
                let open = is_open.then(|| layout::near_miss_open(place));
                [layout::near_miss_at(place)].into_iter().chain(open).map(entry).collect()
            }
            Self::Sketch(_) | Self::Other => Vec::new(),
        }
    }

    /// The keys of the records that it names.
    pub(super) fn needs(&self) -> Vec<Vec<u8>> {
        match self {
            Self::Match(matched) => {
                vec![layout::article(matched.article), layout::story(matched.story)]
            }
            Self::Delivery(delivery) => delivery.matched.map(layout::matched).into_iter().collect(),
            Self::Sketch(matched) => vec![layout::matched(*matched)],
            Self::Story(_) | Self::NearMiss(_) | Self::Other => Vec::new(),
        }
    }

    /// How a story contradicts its matches; none if it does not.
    pub(super) fn wrong_size(&self, engine: &Engine) -> Option<String> {
        let Self::Story(story) = self else { return None };
        let n = lists::match_places(engine, &layout::matches_of(story.id)).count();
        let is_right = u32::try_from(n).is_ok_and(|n| n == story.size);
        (!is_right).then(|| format!("it says that it has {} matches, but it has {n}", story.size))
    }
}

/// Whether `stored` may stand where `wanted` should: earlier versions left the entries of waiting
/// and of given-up deliveries empty.
pub(super) fn is_entry(key: &[u8], stored: &[u8], wanted: &[u8]) -> bool {
    let is_bare = || stored.is_empty() && matches!(key.first(), Some(&layout::DUE | &layout::DEAD));
    stored == wanted || is_bare()
}

fn story_entry(id: StoryId, place: Place<StoryId>, judged: Judged) -> Vec<IndexEntry> {
    record::frames(&layout::story_at(id), &record::pack_story_place(place.at, judged))
}

fn parsed<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    serde_json::from_slice(json).ok()
}

fn other<T: DeserializeOwned>(json: &[u8]) -> Option<Stored> {
    parsed::<T>(json).map(|_| Stored::Other)
}

/// Which kinds of records have entries in the index `kind`.
pub(super) const INDEXES: &[(u8, u8)] = &[
    (layout::MATCH_AT, layout::MATCH),
    (layout::MATCH_OF, layout::MATCH),
    (layout::STORY_AT, layout::STORY),
    (layout::DELIVERY_AT, layout::DELIVERY),
    (layout::DUE, layout::DELIVERY),
    (layout::DEAD, layout::DELIVERY),
    (layout::NEAR_MISS_AT, layout::NEAR_MISS),
    (layout::NEAR_MISS_OPEN, layout::NEAR_MISS),
];

/// Whether no record wants what stands at `key`: an entry of an index, or a continuation.
pub(super) fn is_stray(engine: &Engine, key: &[u8]) -> Result<bool, StoreError> {
    if let Some((record, index)) = layout::continued(key) {
        let Some(value) = engine.value(record)? else { return Ok(true) };
        // Of a damaged record nobody knows.
        let frame = record::open_frame(record, &value);
        return Ok(frame.is_ok_and(|(n_more, _)| n_more < index));
    }
    let (Some(first), Some((_, id))) = (key.first(), key.split_last_chunk::<8>()) else {
        return Ok(true);
    };
    let Some((_, kind)) = INDEXES.iter().find(|(index, _)| index == first) else {
        return Ok(false);
    };
    let record = [&[*kind][..], id].concat();
    let entry = match backup::entry(engine, &record) {
        Ok(entry) => entry,
        Err(StoreError::Corrupt { .. }) => return Ok(false),
        Err(error) => return Err(error),
    };
    let Some(entry) = entry else { return Ok(true) };
    let stored = Stored::parse(entry.kind, entry.record.as_deref().unwrap_or_default());
    Ok(stored.is_some_and(|stored| stored.index_entries().iter().all(|(wanted, _)| wanted != key)))
}

/// What stands at `key` now.
pub(super) enum Standing {
    Sound(Stored, Vec<u8>),
    Damaged,
    Missing,
}

impl Standing {
    pub(super) fn of(engine: &Engine, key: &[u8]) -> Result<Self, StoreError> {
        match backup::entry(engine, key) {
            Ok(None) => Ok(Self::Missing),
            Ok(Some(entry)) => {
                let json = entry.record.unwrap_or_default();
                let stored = Stored::parse(entry.kind, &json);
                Ok(stored.map_or(Self::Damaged, |stored| Self::Sound(stored, json)))
            }
            Err(StoreError::Corrupt { .. }) => Ok(Self::Damaged),
            Err(error) => Err(error),
        }
    }
}

/// Whether the journal keeps this record, which is sound.
pub(super) fn is_journaled(kind: Kind, stored: &Stored) -> bool {
    match (kind, stored) {
        (Kind::NearMiss, Stored::NearMiss(near_miss)) => near_miss.review.is_some(),
        (Kind::FeedState | Kind::Steps, _) => false,
        _ => true,
    }
}
