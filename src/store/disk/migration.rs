//! From older schemas to the present one. A copy is made first; nothing is judged or told anew.
//!
//! Schema 1 had no journal and no lists of stories and of given-up deliveries.

use std::fs;
use std::io;
use std::path::Path;

use crate::model::{Clock, Delivery, DeliveryState, Match, Story, SystemClock};
use crate::store::StoreError;
use crate::store::catalog::Note;
use crate::store::disk::engine::{Batch, Engine};
use crate::store::disk::generation::{OLD_SCHEMA, sync_folder};
use crate::store::disk::open;
use crate::store::disk::progress::Mark;
use crate::store::disk::{layout, lists, mending};
use crate::store::journal::Journal;

/// Copies a closed database, so that the version which wrote it can go on with the copy.
pub(super) fn keep_copy(folder: &Path, database: &Path, version: u32) -> Result<(), StoreError> {
    let copy = folder.join(format!("{OLD_SCHEMA}{version}"));
    if copy.exists() {
        // Of an attempt that was cut short or of this very step; it is renamed when complete.
        return Ok(());
    }
    let part = folder.join(format!("{OLD_SCHEMA}{version}.part"));
    let copied = fs::remove_dir_all(&part)
        .or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
        .and_then(|()| copy_folder(database, &part))
        .and_then(|()| fs::rename(&part, &copy))
        .and_then(|()| sync_folder(folder));
    copied.map_err(|error| StoreError::of_file(&copy, error))?;
    let copy = copy.display();
    tracing::warn!("the store is brought to a new schema; as it was it is kept as {copy}");
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
            fs::File::open(&target)?.sync_all()?;
        }
    }
    sync_folder(to)
}

/// Brings an open database to the present schema; cut short, it starts again.
pub(super) fn migrate(engine: &Engine, journal: &mut Journal) -> Result<(), StoreError> {
    let writing = engine.for_writing()?;
    let group: u64 = engine.get(layout::PROGRESS_KEY)?.unwrap_or_default();
    add_indexes(&writing)?;
    writing.write_staged()?;
    mending::refill(engine, journal, group + 1, SystemClock.now())?;
    let digest = mending::digest_of(engine)?;
    let mut mark = Mark { group: group + 1, journal: Some(journal.end()), digest };
    writing.stage(Batch::default(), &mut mark)?;
    open::finish(&writing)
}

fn add_indexes(engine: &Engine) -> Result<(), StoreError> {
    let mut n_staged = 0;
    let mut stage = |batch: Batch| {
        n_staged += batch.n_keys();
        engine.stage_aside(batch)?;
        if Batch::KEYS_MAX <= n_staged {
            n_staged = 0;
            engine.write_staged()?;
        }
        Ok::<(), StoreError>(())
    };
    for place in lists::match_places(engine, &[layout::MATCH_AT]) {
        let place = place?;
        let matched: Match = engine.need(&layout::matched(place.id))?;
        let mut batch = Batch::default();
        batch.put_key(layout::match_of(matched.story, place));
        stage(batch)?;
    }
    for story in lists::all::<Story>(engine, layout::STORY) {
        let story = story?;
        let mut batch = Batch::default();
        if let Note::Story(place, judged) = Note::story(&story) {
            batch.put_story_place(&layout::story_at(story.id), place.at, judged);
        }
        stage(batch)?;
    }
    for delivery in lists::all::<Delivery>(engine, layout::DELIVERY) {
        let delivery = delivery?;
        let mut batch = Batch::default();
        if matches!(delivery.state, DeliveryState::Dead { .. }) {
            batch.put_key(layout::dead(delivery.id));
        }
        stage(batch)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Timestamp, samples};
    use crate::store::Opening;
    use crate::store::disk::entries;
    use crate::store::disk::open::Schema;
    use crate::store::disk::start::start;
    use crate::store::paging::Place;
    use crate::store::reviewing::Records;

    fn matched() -> Match {
        samples::matched(&samples::article(1, Timestamp::from_unix_ms(0).unwrap()))
    }

    /// A store as version 0.1 left it.
    fn write_old(folder: &Path) {
        let engine = Engine::open(&folder.join("sled")).unwrap();
        let mut batch = Batch::default();
        let matched = matched();
        entries::put_match(&engine, &mut batch, &matched, None).unwrap();
        let place = Place { at: matched.created, id: matched.id };
        batch.remove(layout::match_of(matched.story, place));
        engine.put(&mut batch, layout::SCHEMA_KEY, &Schema { version: 1 }).unwrap();
        engine.put(&mut batch, layout::PROGRESS_KEY, &41_u64).unwrap();
        engine.apply(batch).unwrap();
        engine.sync().unwrap();
        fs::write(folder.join("progress"), "00000000000000000041\n").unwrap();
    }

    /// Goal: a store that an older version wrote has everything, its journal too, and the older
    /// version can go on with a copy of it.
    #[test]
    fn old_store_is_brought_up() {
        let folder = tempfile::tempdir().unwrap();
        write_old(folder.path());
        for _ in 0..2 {
            let started = start(folder.path(), &Opening::default()).unwrap();
            assert_eq!(started.engine.matches_of(matched().story).unwrap(), [matched()]);
            assert_eq!(started.loaded.notices, []);
            assert_eq!(started.mark.group, 42);
        }
        let copy = Engine::open(&folder.path().join("store.schema-1")).unwrap();
        assert_eq!(open::schema(&copy).unwrap(), 1);
        let found: Option<Match> = copy.get(&layout::matched(matched().id)).unwrap();
        assert_eq!(found, Some(matched()));

        fs::remove_dir_all(folder.path().join("sled")).unwrap();
        let rebuilt = start(folder.path(), &Opening::default()).unwrap();
        assert_eq!(rebuilt.engine.matches_of(matched().story).unwrap(), [matched()]);
    }

    /// Goal: an old store that is damaged is not replaced by an empty one.
    #[test]
    fn damaged_old_store_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        write_old(folder.path());
        let database = folder.path().join("sled");
        let bytes = fs::read(database.join("db")).unwrap();
        fs::write(database.join("db"), &bytes[..0]).unwrap();
        for _ in 0..2 {
            let error = start(folder.path(), &Opening::default()).err().unwrap().to_string();
            assert!(error.contains("move ") && error.contains("sled"), "{error}");
            assert!(database.exists());
        }
    }
}
