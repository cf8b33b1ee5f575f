//! What readers look for along an index.

use std::ops::Range;

use serde::de::DeserializeOwned;

use crate::model::{
    Delivery, DeliveryId, DeliveryState, Match, MatchId, NearMiss, Story, Timestamp,
};
use crate::store::disk::engine::Engine;
use crate::store::disk::shared::Shared;
use crate::store::disk::{layout, record};
use crate::store::outbox::{Lease, Leases, next_free};
use crate::store::paging::{Place, page, place_behind, walk};
use crate::store::{
    DeliveryFilter, MatchFilter, NearMissFilter, Page, PageRequest, StoreError, StoryFilter,
};

/// Matches, newest first.
pub(super) fn matches(
    engine: &Engine,
    filter: &MatchFilter,
    request: &PageRequest,
) -> Result<Page<Match>, StoreError> {
    let index = |place| match filter.story {
        Some(story) => layout::match_of(story, place),
        None => layout::match_at(place),
    };
    let mut range = match filter.story {
        Some(story) => layout::starting_with(&layout::matches_of(story)),
        None => layout::starting_with(&[layout::MATCH_AT]),
    };
    if let Some(behind) = place_behind(request.after.as_deref())? {
        range.end = index(behind);
    }
    let places = places(engine, range, MatchId::from_be_bytes).rev();
    let is_recent = |at| filter.since.is_none_or(|since| since <= at);
    let places = places.take_while(|place| place.as_ref().map_or(true, |it| is_recent(it.at)));
    page(request.limit, places, |place| {
        // It may have moved or gone since the index was read.
        let matched: Option<Match> = indexed(engine, &index(*place), &layout::matched(place.id))?;
        Ok(matched.filter(|matched| matched.created == place.at && filter.accepts(matched)))
    })
}

/// Stories, last updated first.
pub(super) fn stories(
    shared: &Shared,
    engine: &Engine,
    filter: &StoryFilter,
    request: &PageRequest,
) -> Result<Page<Story>, StoreError> {
    let behind = place_behind(request.after.as_deref())?;
    let places = walk(behind, |behind| shared.catalog().stories.before(filter.verdict, behind));
    let is_recent = |at| filter.since.is_none_or(|since| since <= at);
    let places = places.take_while(|place| place.as_ref().map_or(true, |it| is_recent(it.at)));
    page(request.limit, places, |place| {
        let story: Option<Story> = engine.get(&layout::story(place.id))?;
        // It may have moved or gone since the catalog was read.
        Ok(story.filter(|story| story.updated == place.at && filter.accepts(story)))
    })
}

/// Near misses, newest first.
pub(super) fn near_misses(
    shared: &Shared,
    engine: &Engine,
    filter: &NearMissFilter,
    request: &PageRequest,
) -> Result<Page<NearMiss>, StoreError> {
    let behind = place_behind(request.after.as_deref())?;
    let class = filter.only_open.then_some(true);
    let places = walk(behind, |behind| shared.catalog().near_misses.before(class, behind));
    let is_recent = |at| filter.since.is_none_or(|since| since <= at);
    let places = places.take_while(|place| place.as_ref().map_or(true, |it| is_recent(it.at)));
    page(request.limit, places, |place| {
        let near_miss: Option<NearMiss> = engine.get(&layout::near_miss(place.id))?;
        Ok(near_miss.filter(|near_miss| filter.accepts(near_miss)))
    })
}

/// Deliveries, newest first.
pub(super) fn deliveries(
    engine: &Engine,
    filter: &DeliveryFilter,
    request: &PageRequest,
) -> Result<Page<Delivery>, StoreError> {
    let mut range = layout::starting_with(&[layout::DELIVERY_AT]);
    let first_at = |at| layout::delivery_at(Place { at, id: DeliveryId::from_be_bytes([0; 8]) });
    if let Some(until) = filter.until {
        range.end = range.end.min(first_at(until));
    }
    if let Some(since) = filter.since {
        range.start = range.start.max(first_at(since));
    }
    if let Some(behind) = place_behind(request.after.as_deref())? {
        range.end = range.end.min(layout::delivery_at(behind));
    }
    if range.is_empty() {
        return Ok(Page { items: Vec::new(), next: None });
    }
    let places = places(engine, range, DeliveryId::from_be_bytes).rev();
    page(request.limit, places, |place| {
        let key = layout::delivery(place.id);
        let delivery: Option<Delivery> = indexed(engine, &layout::delivery_at(*place), &key)?;
        Ok(delivery.filter(|delivery| filter.accepts(delivery)))
    })
}

/// Deliveries of `receiver` that are due and free, oldest due first, leased from now until then.
pub(super) fn lease(
    engine: &Engine,
    working: &Leases,
    receiver: &str,
    (now, until): (Timestamp, Timestamp),
    limit: usize,
) -> Result<Vec<(Lease, Delivery)>, StoreError> {
    let mut leased = Vec::new();
    for place in due(engine, receiver) {
        let place = place?;
        if leased.len() == limit || now < place.at {
            break;
        }
        let Some(lease) = working.take(place.id, now, until) else { continue };
        // Read after it was taken: it may be settled or gone since the index was read.
        let key = layout::delivery(place.id);
        let delivery = indexed(engine, &layout::due(receiver, place), &key)?;
        let Some(delivery): Option<Delivery> = delivery else { continue };
        if delivery.state == (DeliveryState::Pending { due: place.at }) {
            leased.push((lease, delivery));
        }
    }
    Ok(leased)
}

/// When the next delivery of `receiver` can be leased.
pub(super) fn next_due(
    engine: &Engine,
    working: &Leases,
    receiver: &str,
) -> Result<Option<Timestamp>, StoreError> {
    let due = due(engine, receiver).map(|place| place.map(|place| (place.id, place.at)));
    next_free(working, due)
}

/// The record at `key`, to which `index` pointed; none if it went with its index entry since.
fn indexed<T: DeserializeOwned>(
    engine: &Engine,
    index: &[u8],
    key: &[u8],
) -> Result<Option<T>, StoreError> {
    match engine.get(key)? {
        None if engine.contains(index)? => engine.need(key).map(Some),
        found => Ok(found),
    }
}

/// All records of a kind, in the order of their keys.
pub(super) fn all<T: DeserializeOwned>(
    engine: &Engine,
    kind: u8,
) -> impl Iterator<Item = Result<T, StoreError>> {
    let keys = engine.keys(layout::starting_with(&[kind]));
    keys.map(|key| engine.need(&key?))
}

/// The places of all matches below `prefix` of an index, oldest first.
pub(super) fn match_places(
    engine: &Engine,
    prefix: &[u8],
) -> impl Iterator<Item = Result<Place<MatchId>, StoreError>> {
    places(engine, layout::starting_with(prefix), MatchId::from_be_bytes)
}

/// The places of all deliveries that are to be tried.
pub(super) fn all_due(
    engine: &Engine,
) -> impl Iterator<Item = Result<Place<DeliveryId>, StoreError>> {
    places(engine, layout::starting_with(&[layout::DUE]), DeliveryId::from_be_bytes)
}

/// Deliveries that are to be tried at `receiver`, oldest due first.
pub(super) fn pending(engine: &Engine, receiver: &str) -> Result<Vec<DeliveryId>, StoreError> {
    due(engine, receiver).map(|place| Ok(place?.id)).collect()
}

/// Deliveries that a mute holds, of `receiver` or of all, oldest due first.
pub(super) fn held(engine: &Engine, receiver: Option<&str>) -> Result<Vec<DeliveryId>, StoreError> {
    let prefix = receiver.map_or_else(|| vec![layout::DUE], layout::due_of);
    let mut held = Vec::new();
    for pair in engine.written(layout::starting_with(&prefix)) {
        let (key, value) = pair?;
        let is_held = record::unpack_waiting(&key, &value)?.is_some_and(|(_, is_held)| is_held);
        if let Some((_, id)) = layout::time_and_id(&key).filter(|_| is_held) {
            held.push(DeliveryId::from_be_bytes(id));
        }
    }
    Ok(held)
}

fn due(
    engine: &Engine,
    receiver: &str,
) -> impl Iterator<Item = Result<Place<DeliveryId>, StoreError>> {
    let range = layout::starting_with(&layout::due_of(receiver));
    places(engine, range, DeliveryId::from_be_bytes)
}

fn places<Id>(
    engine: &Engine,
    range: Range<Vec<u8>>,
    id: fn([u8; 8]) -> Id,
) -> impl DoubleEndedIterator<Item = Result<Place<Id>, StoreError>> {
    engine.keys(range).map(move |key| {
        let key = key?;
        let impossible = || record::corrupt(&key, "its time is impossible");
        let (at, bytes) = layout::time_and_id(&key).ok_or_else(impossible)?;
        Ok(Place { at, id: id(bytes) })
    })
}
