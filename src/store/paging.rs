//! Lists, newest first, page by page.
//!
//! Invariant: what arrives while somebody pages never repeats or hides an item, because a
//! page starts behind a place in time, not behind a number of items.

use std::fmt;
use std::str::FromStr;

use crate::model::Timestamp;
use crate::store::{Page, StoreError};

/// Where an item stands in a list: by time, then by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place<Id> {
    pub(super) at: Timestamp,
    pub(super) id: Id,
}

impl<Id: fmt::Display> fmt::Display for Place<Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.at.unix_ms(), self.id)
    }
}

/// Reads a cursor, which is the place where the page before ended.
pub(super) fn place_behind<Id: FromStr>(
    cursor: Option<&str>,
) -> Result<Option<Place<Id>>, StoreError> {
    let Some(cursor) = cursor else { return Ok(None) };
    let place = cursor.rsplit_once('-').and_then(|(ms, id)| {
        let at = Timestamp::from_unix_ms(ms.parse().ok()?).ok()?;
        Some(Place { at, id: id.parse().ok()? })
    });
    let unknown = || StoreError::Unknown { what: format!("page cursor {cursor:?}") };
    place.map(Some).ok_or_else(unknown)
}

/// The places of a list from `behind` on, one by one, as `before` finds them.
pub(super) fn walk<Id: Copy>(
    mut behind: Option<Place<Id>>,
    mut before: impl FnMut(Option<Place<Id>>) -> Option<Place<Id>>,
) -> impl Iterator<Item = Result<Place<Id>, StoreError>> {
    std::iter::from_fn(move || {
        behind = Some(before(behind)?);
        behind.map(Ok)
    })
}

/// The first `limit` items that `load` finds at `places`; it answers none for what the
/// filter refuses.
pub(super) fn page<Id: fmt::Display, T>(
    limit: usize,
    places: impl Iterator<Item = Result<Place<Id>, StoreError>>,
    mut load: impl FnMut(&Place<Id>) -> Result<Option<T>, StoreError>,
) -> Result<Page<T>, StoreError> {
    let mut items = Vec::new();
    let mut last = None;
    for place in places {
        let place = place?;
        let Some(item) = load(&place)? else { continue };
        if items.len() == limit {
            return Ok(Page { items, next: last.map(|place: Place<Id>| place.to_string()) });
        }
        items.push(item);
        last = Some(place);
    }
    Ok(Page { items, next: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MatchId;

    /// Goal: a cursor from a script leads to where it came from, also before 1970; any other
    /// text is refused by name.
    #[test]
    fn cursors_read_back() {
        for text in ["1795500000000-00000000000000ff", "-5-00000000000000ff"] {
            let place: Place<MatchId> = place_behind(Some(text)).unwrap().unwrap();
            assert_eq!(place.to_string(), text);
        }
        let error = place_behind::<MatchId>(Some("7")).unwrap_err();
        assert_eq!(error.to_string(), "page cursor \"7\" is unknown");
    }

    /// Goal: nobody asks for a page that would be empty.
    #[test]
    fn last_page_has_no_next() {
        let places = |n: i64| {
            (0..n).map(|ms| Ok(Place { at: Timestamp::from_unix_ms(ms).unwrap(), id: ms }))
        };
        let full = page(2, places(2), |place| Ok(Some(place.id))).unwrap();
        assert_eq!((full.items, full.next), (vec![0, 1], None));
        let more = page(2, places(3), |place| Ok(Some(place.id))).unwrap();
        assert_eq!((more.items, more.next.as_deref()), (vec![0, 1], Some("1-1")));
    }
}
