//! From older schemas to the present one. A copy is made first; nothing is judged or told anew.
//!
//! Schema 1 had no journal and no lists of stories and of given-up deliveries. Up to schema 2 each
//! seen key had a value of its own.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use crate::model::{ArticleId, Clock, Delivery, DeliveryState, Match, Story, SystemClock};
use crate::store::catalog::Note;
use crate::store::disk::engine::{Batch, Engine};
use crate::store::disk::generation::{OLD_SCHEMA, sync_folder};
use crate::store::disk::open;
use crate::store::disk::progress::Mark;
use crate::store::disk::seen::{Bucket, SeenChange};
use crate::store::disk::{layout, lists, mending, record};
use crate::store::journal::Journal;
use crate::store::{SeenKey, Sighting, StoreError};

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

/// Brings an open database from schema `version` to the present one; cut short, it starts again.
pub(super) fn migrate(
    engine: &Engine,
    journal: &mut Journal,
    version: u32,
) -> Result<(), StoreError> {
    let writing = engine.for_writing()?;
    for first in 0..=u8::MAX {
        gather_seen(&writing, first)?;
    }
    if version < 2 {
        begin_journal(engine, &writing, journal)?;
    }
    open::finish(&writing)
}

/// Puts the seen keys that start with `first` into buckets.
fn gather_seen(engine: &Engine, first: u8) -> Result<(), StoreError> {
    let mut found: BTreeMap<_, Vec<SeenChange>> = BTreeMap::new();
    let mut gone = Vec::new();
    for pair in engine.written(layout::starting_with(&[layout::SEEN, first])) {
        let (key, value) = pair?;
        let Some(seen_key) = old_seen_key(&key) else { continue };
        match old_sighting(&key, &value) {
            Ok(sighting) => {
                let bucket = layout::bucket(seen_key);
                found.entry(bucket).or_default().push((seen_key, Some(sighting)));
            }
            Err(error) => {
                tracing::warn!("{error}; its entry is asked for again");
            }
        }
        gone.push(key.to_vec());
    }
    let mut n_staged = 0;
    for (key, changes) in found {
        // What an attempt that was cut short left is there already.
        let mut bucket = Bucket::read(engine, &key)?;
        bucket.change(changes);
        let mut batch = Batch::default();
        bucket.put(engine, &mut batch, &key)?;
        n_staged += batch.n_keys();
        engine.stage_aside(batch)?;
        if Batch::KEYS_MAX <= n_staged {
            n_staged = 0;
            engine.write_staged()?;
        }
    }
    engine.write_staged()?;
    // Only now: until here a newer attempt finds them.
    for keys in gone.chunks(Batch::KEYS_MAX) {
        let mut batch = Batch::default();
        for key in keys {
            batch.remove(key.clone());
        }
        engine.stage_aside(batch)?;
        engine.write_staged()?;
    }
    Ok(())
}

/// The seen key that has the value at `key`; none if a bucket stands there.
fn old_seen_key(key: &[u8]) -> Option<SeenKey> {
    key.strip_prefix(&[layout::SEEN])?.try_into().ok().map(SeenKey)
}

fn old_sighting(key: &[u8], value: &[u8]) -> Result<Sighting, StoreError> {
    let (_, packed) = record::open_frame(key, value)?;
    let fields = || {
        let (article, rest) = packed.split_first_chunk::<8>()?;
        let (content, rest) = rest.split_first_chunk::<8>()?;
        let (day, _) = rest.split_first_chunk::<4>()?;
        Some(Sighting {
            article: ArticleId::from_be_bytes(*article),
            content: u64::from_be_bytes(*content),
            day: u32::from_be_bytes(*day),
        })
    };
    fields().ok_or_else(|| record::corrupt(key, "it is too short"))
}

fn begin_journal(
    engine: &Engine,
    writing: &Engine,
    journal: &mut Journal,
) -> Result<(), StoreError> {
    let group: u64 = engine.get(layout::PROGRESS_KEY)?.unwrap_or_default();
    add_indexes(writing)?;
    writing.write_staged()?;
    mending::refill(engine, journal, group + 1, SystemClock.now())?;
    let digest = mending::digest_of(engine)?;
    let mut mark = Mark { group: group + 1, journal: Some(journal.end()), digest };
    writing.stage(Batch::default(), &mut mark)
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
    use std::process::{Command, Stdio};
    use std::time::Duration;

    use super::*;
    use crate::model::{Timestamp, samples};
    use crate::store::Opening;
    use crate::store::disk::open::Schema;
    use crate::store::disk::start::start;
    use crate::store::disk::{entries, seen};
    use crate::store::paging::Place;
    use crate::store::reviewing::Records;

    fn matched() -> Match {
        samples::matched(&samples::article(1, Timestamp::from_unix_ms(0).unwrap()))
    }

    /// Every seventh is in a bucket with hundreds of others.
    fn seen_key(number: u64) -> SeenKey {
        let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16;
        let start = if number.is_multiple_of(7) { spread >> 16 } else { spread << 16 };
        SeenKey([start.to_be_bytes(), number.to_be_bytes()].concat().try_into().unwrap())
    }

    fn sighting(number: u64) -> Sighting {
        let article = ArticleId::of_identity(&number.to_be_bytes());
        Sighting { article, content: u64::MAX - number, day: 20_781 }
    }

    /// As versions before 0.3 wrote a seen key.
    fn put_old_sighting(batch: &mut Batch, number: u64) {
        let Sighting { article, content, day } = sighting(number);
        let fields = [&article.to_be_bytes()[..], &content.to_be_bytes(), &day.to_be_bytes()];
        let key = [&[layout::SEEN][..], &seen_key(number).0].concat();
        for (key, value) in record::frames(&key, &fields.concat()) {
            batch.put_entry(key, value);
        }
    }

    const N_SEEN: u64 = 3_000;

    /// A store as schema 2 had it, with [`N_SEEN`] seen keys.
    fn write_second(folder: &Path) {
        let started = start(folder, &Opening::default()).unwrap();
        let engine = started.engine;
        for first in (0..N_SEEN).step_by(200) {
            let mut batch = Batch::default();
            for number in first..first + 200 {
                put_old_sighting(&mut batch, number);
            }
            engine.put(&mut batch, layout::SCHEMA_KEY, &Schema { version: 2 }).unwrap();
            engine.apply(batch).unwrap();
        }
        engine.sync().unwrap();
    }

    fn database(folder: &Path) -> std::path::PathBuf {
        folder.join("sled-000001")
    }

    /// Opens the store and finds each seen key, as it was, in buckets alone.
    fn assert_gathered(folder: &Path) {
        let started = start(folder, &Opening::default()).unwrap();
        assert_eq!(started.loaded.notices, []);
        assert_eq!(started.engine.folder(), database(folder));
        let keys: Vec<SeenKey> = (0..N_SEEN).map(seen_key).collect();
        let found = seen::sightings(&started.engine, &keys).unwrap();
        assert!(found.into_iter().eq((0..N_SEEN).map(|number| Some(sighting(number)))));
        let pairs = started.engine.written(layout::starting_with(&[layout::SEEN]));
        assert!(pairs.into_iter().all(|pair| layout::is_bucket(&pair.unwrap().0)));
    }

    /// Goal: no entry is forgotten, and so told twice, by an upgrade; the older version can go on
    /// with its copy.
    #[test]
    fn seen_keys_are_gathered() {
        let folder = tempfile::tempdir().unwrap();
        write_second(folder.path());
        assert_gathered(folder.path());
        assert_gathered(folder.path());
        let copy = Engine::open(&folder.path().join("store.schema-2")).unwrap();
        assert_eq!(open::schema(&copy).unwrap(), 2);
        let old = copy.written(layout::starting_with(&[layout::SEEN]));
        let old = old.map(|pair| old_sighting_of(&pair.unwrap()));
        assert_eq!(old.count(), usize::try_from(N_SEEN).unwrap());
    }

    fn old_sighting_of((key, value): &(sled::IVec, sled::IVec)) -> Sighting {
        old_sighting(key, value).unwrap()
    }

    /// Goal: an upgrade that was cut short is done again, wherever it was.
    #[test]
    fn gathering_goes_on_where_it_was() {
        for n_done in [0, 1, 100, 255] {
            let folder = tempfile::tempdir().unwrap();
            write_second(folder.path());
            fs::create_dir(folder.path().join("store.schema-2.part")).unwrap();
            let engine = Engine::open(&database(folder.path())).unwrap().for_writing().unwrap();
            (0..n_done).try_for_each(|first| gather_seen(&engine, first)).unwrap();
            // One that stands in its bucket and is not taken out yet.
            let mut batch = Batch::default();
            batch.see(seen_key(N_SEEN - 1), sighting(N_SEEN - 1));
            engine.stage_aside(batch).unwrap();
            engine.write_staged().unwrap();
            engine.sync().unwrap();
            drop(engine);
            assert_gathered(folder.path());
        }
    }

    /// Set for the process that [`killed_upgrade_is_done_again`] kills: its store's folder.
    const CHILD_FOLDER: &str = "SILKWIRE_TEST_UPGRADE";

    /// Goal: `kill -9` at any moment of an upgrade costs no entry.
    /// Method: this test starts itself as a process that upgrades.
    #[test]
    fn killed_upgrade_is_done_again() {
        if let Some(folder) = std::env::var_os(CHILD_FOLDER) {
            start(Path::new(&folder), &Opening::default()).unwrap();
            return;
        }
        for _ in 0..5 {
            let folder = tempfile::tempdir().unwrap();
            write_second(folder.path());
            let name = "store::disk::migration::tests::killed_upgrade_is_done_again";
            let mut upgrade = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", name, "--nocapture"])
                .env(CHILD_FOLDER, folder.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            // The copy is there: what is in the database changes from here on.
            let copy = folder.path().join("store.schema-2");
            while !copy.exists() && upgrade.try_wait().unwrap().is_none() {
                std::thread::yield_now();
            }
            let pause = getrandom::u64().unwrap() % 200_000;
            std::thread::sleep(Duration::from_micros(pause));
            upgrade.kill().unwrap();
            upgrade.wait().unwrap();
            assert_gathered(folder.path());
        }
    }

    /// A store as version 0.1 left it.
    fn write_old(folder: &Path) {
        let engine = Engine::open(&folder.join("sled")).unwrap();
        let mut batch = Batch::default();
        put_old_sighting(&mut batch, 1);
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
            let known = seen::sighting(&started.engine, seen_key(1)).unwrap();
            assert_eq!(known, Some(sighting(1)));
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
