//! What readers look for along an index.

use std::ops::Range;

use crate::model::{Delivery, DeliveryId, DeliveryState, FeedState, Match, MatchId, Timestamp};
use crate::store::disk::engine::Engine;
use crate::store::disk::{layout, record};
use crate::store::outbox::{Lease, Leases};
use crate::store::paging::{Place, page, place_behind};
use crate::store::{DeliveryFilter, MatchFilter, Page, PageRequest, StoreError};

/// Matches, newest first.
pub(super) fn matches(
    engine: &Engine,
    filter: &MatchFilter,
    request: &PageRequest,
) -> Result<Page<Match>, StoreError> {
    let mut range = layout::starting_with(&[layout::MATCH_AT]);
    if let Some(behind) = place_behind(request.after.as_deref())? {
        range.end = layout::match_at(behind);
    }
    let places = places(engine, range, MatchId::from_be_bytes).rev();
    let is_recent = |at| filter.since.is_none_or(|since| since <= at);
    let places = places.take_while(|place| place.as_ref().map_or(true, |it| is_recent(it.at)));
    page(request.limit, places, |place| {
        let matched: Match = engine.need(&layout::matched(place.id))?;
        // Its place may have changed since the index was read.
        let is_here = matched.created == place.at;
        Ok((is_here && filter.accepts(&matched)).then_some(matched))
    })
}

/// Deliveries, newest first.
pub(super) fn deliveries(
    engine: &Engine,
    filter: &DeliveryFilter,
    request: &PageRequest,
) -> Result<Page<Delivery>, StoreError> {
    let mut range = layout::starting_with(&[layout::DELIVERY_AT]);
    if let Some(behind) = place_behind(request.after.as_deref())? {
        range.end = layout::delivery_at(behind);
    }
    let places = places(engine, range, DeliveryId::from_be_bytes).rev();
    page(request.limit, places, |place| {
        let delivery: Delivery = engine.need(&layout::delivery(place.id))?;
        Ok(filter.accepts(&delivery).then_some(delivery))
    })
}

/// Deliveries of `receiver` that are due and free, oldest due first, with their leases.
pub(super) fn lease(
    engine: &Engine,
    working: &Leases,
    receiver: &str,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<(Lease, Delivery)>, StoreError> {
    let mut leased = Vec::new();
    for place in due(engine, receiver) {
        let place = place?;
        if leased.len() == limit || now < place.at {
            break;
        }
        let Some(lease) = working.take(place.id) else { continue };
        // Read after it was taken: it may have been settled since the index was read.
        let delivery: Delivery = engine.need(&layout::delivery(place.id))?;
        if delivery.state == (DeliveryState::Pending { due: place.at }) {
            leased.push((lease, delivery));
        }
    }
    Ok(leased)
}

/// When the next free delivery of `receiver` is due.
pub(super) fn next_due(
    engine: &Engine,
    working: &Leases,
    receiver: &str,
) -> Result<Option<Timestamp>, StoreError> {
    let is_free = |place: &Result<Place<DeliveryId>, _>| {
        place.as_ref().map_or(true, |it| !working.holds(it.id))
    };
    let next = due(engine, receiver).find(is_free).transpose()?;
    Ok(next.map(|place| place.at))
}

/// The states of all feeds as they are written.
pub(super) fn feed_states(engine: &Engine) -> Result<Vec<FeedState>, StoreError> {
    let keys = engine.keys(layout::starting_with(&[layout::FEED_STATE]));
    keys.map(|key| engine.need(&key?)).collect()
}

/// The places of all sketches, oldest first.
pub(super) fn sketch_places(
    engine: &Engine,
) -> impl Iterator<Item = Result<Place<MatchId>, StoreError>> {
    places(engine, layout::starting_with(&[layout::SKETCH]), MatchId::from_be_bytes)
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
