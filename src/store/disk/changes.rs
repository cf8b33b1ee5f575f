//! What changed, as the journal says it.

use std::path::Path;

use async_trait::async_trait;

use crate::store::disk::DiskStore;
use crate::store::disk::engine::Engine;
use crate::store::disk::progress::Mark;
use crate::store::disk::purging::journal_folder;
use crate::store::journal::{Kind, Position, Read, Reading, Segment};
use crate::store::{ChangeCursor, ChangeKind, ChangePage, Changed, Changes, StoreError};

/// Where a journal begins in which nothing stands yet.
const NOWHERE: &str = "start";

#[async_trait]
impl Changes for DiskStore {
    async fn changes(
        &self,
        after: Option<ChangeCursor>,
        limit: usize,
    ) -> Result<ChangePage, StoreError> {
        self.read(move |_, engine| page(engine, after, limit)).await
    }

    async fn last_change(&self) -> Result<ChangeCursor, StoreError> {
        self.read(|_, engine| Ok(cursor(Mark::of(engine)?.journal))).await
    }
}

fn page(
    engine: &Engine,
    after: Option<ChangeCursor>,
    limit: usize,
) -> Result<ChangePage, StoreError> {
    let folder = journal_folder(engine);
    let until = Mark::of(engine)?.journal;
    let from = match &after {
        None => None,
        Some(cursor) => place(&folder, cursor, until)?,
    };
    let mut page = ChangePage {
        items: Vec::new(),
        next: after.unwrap_or_else(|| cursor(None)),
        has_more: false,
    };
    let Some(until) = until.filter(|until| from.is_none_or(|from| from < *until)) else {
        return Ok(page);
    };
    for read in Reading::new(&folder, from, until)? {
        if limit <= page.items.len() {
            page.has_more = true;
            return Ok(page);
        }
        let (names, end) = match read? {
            Read::Frame(frame) => {
                let names = frame.entries.into_iter().map(|entry| (entry.kind, entry.id));
                (names.collect(), frame.end)
            }
            // Nobody knows what it was about.
            Read::Damaged(damage) if damage.names.is_empty() => return Err(page.next.outdated()),
            Read::Damaged(damage) => (damage.names, damage.end),
        };
        let names: Vec<(Kind, String)> = names;
        let changed = |(kind, id)| Some(Changed { kind: told(kind)?, id });
        page.items.extend(names.into_iter().filter_map(changed));
        page.next = cursor(Some(end));
    }
    Ok(page)
}

/// What a record is for those who follow; none if it is of no interest to them.
fn told(kind: Kind) -> Option<ChangeKind> {
    Some(match kind {
        Kind::Article => ChangeKind::Article,
        Kind::Match => ChangeKind::Match,
        Kind::Story => ChangeKind::Story,
        Kind::Delivery => ChangeKind::Delivery,
        Kind::Receiver => ChangeKind::Receiver,
        Kind::NearMiss => ChangeKind::NearMiss,
        Kind::FeedChange => ChangeKind::Feed,
        Kind::Token => ChangeKind::Token,
        Kind::Erased => ChangeKind::Tombstone,
        Kind::Mute => ChangeKind::Mute,
        Kind::Sketch | Kind::Seen | Kind::FeedState | Kind::Steps | Kind::Backup | Kind::End => {
            return None;
        }
    })
}

/// A place as a cursor. It stays valid when a segment is rewritten.
fn cursor(place: Option<Position>) -> ChangeCursor {
    match place {
        None | Some(Position { offset: 0, .. }) => ChangeCursor::new(NOWHERE),
        Some(Position { segment, offset }) => ChangeCursor::new(format!("{segment}.{offset}")),
    }
}

fn place(
    folder: &Path,
    cursor: &ChangeCursor,
    until: Option<Position>,
) -> Result<Option<Position>, StoreError> {
    if cursor.as_str() == NOWHERE {
        return Ok(None);
    }
    let parse = || {
        let (segment, offset) = cursor.as_str().split_once('.')?;
        let segment: Segment = segment.parse().ok()?;
        Some(Position { segment, offset: offset.parse().ok()? })
    };
    let place = parse().filter(|place| Some(*place) <= until).ok_or_else(|| cursor.outdated())?;
    if Segment::list(folder)?.contains(&place.segment) {
        return Ok(Some(place));
    }
    Err(cursor.outdated())
}
