//! Opening a store: one process at a time, complete or not at all, never a panic.
//!
//! A store's folder holds `pid` (who has it open; the lock is on this file), `sled` (the
//! database) and `progress` (see [`progress`](super::progress)). `sled.new` is a database that is being made: it gets its name when it is
//! complete and durable, so one without a schema record is damaged, not new.

use std::any::Any;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::store::StoreError;
use crate::store::disk::engine::{Batch, Engine, io_error};
use crate::store::disk::layout;
use crate::store::disk::progress::Progress;

const PID_FILE: &str = "pid";
const DATABASE: &str = "sled";
const DATABASE_NEW: &str = "sled.new";

/// A million keys open in 3 s; damaged files were seen to keep sled busy for ever.
const PATIENCE: Duration = Duration::from_mins(2);

/// A process that has just ended, or one that it is starting, may hold its locks for a moment.
pub(super) const LOCK_PATIENCE: Duration = Duration::from_secs(2);

/// How often a lock is tried.
pub(super) const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// What the record at [`layout::SCHEMA_KEY`] says.
#[derive(Debug, Serialize, Deserialize)]
struct Schema {
    version: u32,
}

/// Whether a store that is not there is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IfMissing {
    Create,
    Fail,
}

/// The exclusive right to a store's folder, until it is dropped.
#[derive(Debug)]
pub(super) struct FolderLock {
    _pid_file: File,
}

/// Opens the store in `folder` and hands it to `load` where a panic does no harm.
///
/// # Errors
/// [`StoreError::InUse`], [`StoreError::Missing`], and [`StoreError::Corrupt`] for whatever
/// sled cannot read, with what to do about it.
pub(super) fn open<T: Send + 'static>(
    folder: &Path,
    if_missing: IfMissing,
    load: impl FnOnce(Engine, Progress) -> Result<T, StoreError> + Send + 'static,
) -> Result<(FolderLock, T), StoreError> {
    let database = folder.join(DATABASE);
    if if_missing == IfMissing::Fail && !database.exists() {
        return Err(StoreError::Missing { path: folder.display().to_string() });
    }
    create_folder(folder).map_err(|error| named(folder, error))?;
    let lock = lock(folder)?;
    let folder = folder.to_owned();
    let content = guarded(&folder.clone(), move || {
        if !database.exists() {
            create(&folder)?;
        }
        let engine = Engine::open(&database)?;
        check_schema(&engine)?;
        let progress = Progress::load(&folder, &engine)?;
        load(engine, progress)
    })?;
    Ok((lock, content))
}

/// What a panic said.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given")
}

fn create_folder(folder: &Path) -> io::Result<()> {
    let folder = std::path::absolute(folder)?;
    let missing: Vec<&Path> = folder.ancestors().take_while(|it| !it.exists()).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    // A name is safe once the folder that holds it is.
    missing.iter().filter_map(|it| it.parent()).try_for_each(sync_folder)
}

fn lock(folder: &Path) -> Result<FolderLock, StoreError> {
    let path = folder.join(PID_FILE);
    let options = OpenOptions::new().read(true).write(true).create(true).mode(0o600).clone();
    let mut file = options.open(&path).map_err(|error| named(&path, error))?;
    let deadline = Instant::now() + LOCK_PATIENCE;
    let mut locked = file.try_lock();
    while matches!(locked, Err(TryLockError::WouldBlock)) && Instant::now() < deadline {
        thread::sleep(LOCK_PAUSE);
        locked = file.try_lock();
    }
    match locked {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            file.take(32).read_to_string(&mut text).ok();
            let path = folder.display().to_string();
            return Err(StoreError::InUse { path, pid: text.trim().parse().ok() });
        }
        Err(TryLockError::Error(error)) => return Err(named(&path, error)),
    }
    let written = file
        .set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()));
    written.map_err(|error| named(&path, error))?;
    Ok(FolderLock { _pid_file: file })
}

/// Makes an empty database that is there completely or not at all.
fn create(folder: &Path) -> Result<(), StoreError> {
    let new = folder.join(DATABASE_NEW);
    if new.exists() {
        // A start that was cut short left it; nothing was ever acknowledged from it.
        fs::remove_dir_all(&new).map_err(|error| named(&new, error))?;
    }
    let engine = Engine::open(&new)?;
    let mut batch = Batch::default();
    engine.put(&mut batch, layout::SCHEMA_KEY, &Schema { version: layout::SCHEMA })?;
    engine.apply(batch)?;
    engine.sync()?;
    drop(engine);
    sync_folder(&new).map_err(|error| named(&new, error))?;
    sync_folder(&new.join("blobs")).map_err(|error| named(&new, error))?;
    Progress::forget(folder).map_err(|error| named(folder, error))?;
    fs::rename(&new, folder.join(DATABASE)).map_err(|error| named(&new, error))?;
    sync_folder(folder).map_err(|error| named(folder, error))
}

fn check_schema(engine: &Engine) -> Result<(), StoreError> {
    let what = if engine.is_empty() { "all its records are gone" } else { "its version is gone" };
    let schema: Option<Schema> = engine.get(layout::SCHEMA_KEY)?;
    let schema = schema.ok_or_else(|| StoreError::Corrupt { what: what.to_owned() })?;
    if schema.version <= layout::SCHEMA {
        return Ok(());
    }
    Err(StoreError::Unavailable {
        reason: format!(
            "a newer silkwire wrote it (schema {}, this one reads {}): use the newer one",
            schema.version,
            layout::SCHEMA
        ),
    })
}

/// Runs `work` in a thread of its own: sled panics, and may hang, on damaged files.
fn guarded<T: Send + 'static>(
    folder: &Path,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let (sender, receiver) = mpsc::channel();
    let guard = move || {
        let outcome = catch_unwind(AssertUnwindSafe(work));
        let panicked = |panic: Box<dyn Any + Send>| {
            Err(StoreError::Corrupt { what: panic_text(panic.as_ref()).to_owned() })
        };
        // Nobody listens any more if it took too long.
        sender.send(outcome.unwrap_or_else(panicked)).ok();
    };
    thread::Builder::new().name("store-open".to_owned()).spawn(guard).map_err(io_error)?;
    let too_long = |_| {
        let what = format!("opening took over {} s", PATIENCE.as_secs());
        Err(StoreError::Corrupt { what })
    };
    receiver.recv_timeout(PATIENCE).unwrap_or_else(too_long).map_err(|error| match error {
        StoreError::Corrupt { what } => StoreError::Corrupt { what: advice(folder, &what) },
        error => error,
    })
}

fn advice(folder: &Path, what: &str) -> String {
    let database = folder.join(DATABASE);
    let database = database.display();
    format!("{what}; move {database} away (keep it) and start again, or bring back a backup")
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn named(path: &Path, error: io::Error) -> StoreError {
    match io_error(error) {
        StoreError::Unavailable { reason } => {
            StoreError::Unavailable { reason: format!("{}: {reason}", path.display()) }
        }
        error => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: going back to an older version harms nothing and says what to do.
    #[test]
    fn newer_schema_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let write = |engine: Engine, _| {
            let mut batch = Batch::default();
            engine.put(&mut batch, layout::SCHEMA_KEY, &Schema { version: 7 })?;
            engine.apply(batch)?;
            engine.sync()
        };
        open(folder.path(), IfMissing::Create, write).unwrap();
        let error = open(folder.path(), IfMissing::Create, |_, _| Ok(())).unwrap_err();
        insta::assert_snapshot!(error, @"store does not answer: a newer silkwire wrote it (schema 7, this one reads 1): use the newer one");
    }

    /// Goal: a store whose first start was cut short starts at the second attempt.
    #[test]
    fn half_made_database_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(DATABASE_NEW)).unwrap();
        fs::write(folder.path().join(DATABASE_NEW).join("db"), [7; 1000]).unwrap();
        open(folder.path(), IfMissing::Create, |_, _| Ok(())).unwrap();
        assert!(!folder.path().join(DATABASE_NEW).exists());
    }

    /// Goal: a database that lost everything is not taken for a new one.
    #[test]
    fn emptied_database_is_damage() {
        let folder = tempfile::tempdir().unwrap();
        open(folder.path(), IfMissing::Create, |_, _| Ok(())).unwrap();
        let database = folder.path().join(DATABASE);
        fs::remove_dir_all(&database).unwrap();
        fs::create_dir(&database).unwrap();
        let error = open(folder.path(), IfMissing::Create, |_, _| Ok(())).unwrap_err().to_string();
        assert!(error.starts_with("store is damaged: all its records are gone; move"), "{error}");
    }
}
