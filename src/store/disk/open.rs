//! Opening a store: one process at a time, complete or not at all, never a panic.
//!
//! A store's folder holds `pid` (who has it open; the lock is on this file), the journal, the
//! database (see [`generation`](super::generation)) and `progress` (see
//! [`progress`](super::progress)). A database that is damaged, or that lost what it had
//! acknowledged, gets another name and is made anew from the journal. Slow is not damaged.

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

use crate::store::disk::engine::{Batch, Engine, io_error};
use crate::store::disk::generation::{Generations, sync_folder};
use crate::store::disk::layout;
use crate::store::{Opening, StoreError};

const PID_FILE: &str = "pid";

/// After this time whoever starts the service learns that it is not up. Nothing is damaged by
/// that: a million keys open in 3 s, but a disk may be slow.
const PATIENCE: Duration = Duration::from_mins(30);

/// How often a slow start is told.
const WORD_EVERY: Duration = Duration::from_secs(10);

/// A process that has just ended, or one that it is starting, may hold its locks for a moment.
pub(super) const LOCK_PATIENCE: Duration = Duration::from_secs(2);

/// How often a lock is tried.
pub(super) const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// What the record at [`layout::SCHEMA_KEY`] says. It is written last, so that a database
/// without it is one that was never finished.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Schema {
    pub(super) version: u32,
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

/// Takes the folder and runs `work` where a panic does no harm, which may take long.
///
/// # Errors
/// [`StoreError::InUse`], [`StoreError::Missing`], and whatever `work` says.
pub(super) fn open<T: Send + 'static>(
    folder: &Path,
    if_missing: IfMissing,
    opening: &Opening,
    work: impl FnOnce(&Path) -> Result<T, StoreError> + Send + 'static,
) -> Result<(FolderLock, T), StoreError> {
    if if_missing == IfMissing::Fail && !Generations::of(folder).is_any() {
        return Err(StoreError::Missing { path: folder.display().to_string() });
    }
    create_folder(folder).map_err(|error| StoreError::of_file(folder, error))?;
    let lock = lock(folder)?;
    let folder = folder.to_owned();
    let content = guarded(opening, move || work(&folder))?;
    Ok((lock, content))
}

/// What a panic said.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given")
}

/// Runs `work`, where sled may panic instead of returning an error.
pub(super) fn caught<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let panicked = |panic: Box<dyn Any + Send>| {
        Err(StoreError::Corrupt { what: panic_text(panic.as_ref()).to_owned() })
    };
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(panicked)
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
    let mut file = options.open(&path).map_err(|error| StoreError::of_file(&path, error))?;
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
        Err(TryLockError::Error(error)) => return Err(StoreError::of_file(&path, error)),
    }
    let written = file
        .set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()));
    // The lock counts; the number is a service to whoever finds it.
    match written {
        Err(error) if !is_full(&error) => Err(StoreError::of_file(&path, error)),
        _ => Ok(FolderLock { _pid_file: file }),
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Makes an empty database; it is complete when [`finish`] was called.
pub(super) fn begin(database: &Path) -> Result<Engine, StoreError> {
    if database.exists() {
        fs::remove_dir_all(database).map_err(|error| StoreError::of_file(database, error))?;
    }
    Engine::open(database)
}

/// Makes a database durable and complete.
pub(super) fn finish(engine: &Engine) -> Result<(), StoreError> {
    engine.write_staged()?;
    engine.sync()?;
    let mut batch = Batch::default();
    engine.put(&mut batch, layout::SCHEMA_KEY, &Schema { version: layout::SCHEMA })?;
    engine.stage_aside(batch)?;
    engine.write_staged()?;
    engine.sync()?;
    let database = engine.folder();
    sync_folder(database).map_err(|error| StoreError::of_file(database, error))?;
    sync_folder(&database.join("blobs")).map_err(|error| StoreError::of_file(database, error))
}

/// The schema that the database says it has.
///
/// # Errors
/// [`StoreError::Corrupt`] if it says nothing, [`StoreError::Newer`] if we cannot read it.
pub(super) fn schema(engine: &Engine) -> Result<u32, StoreError> {
    let what = if engine.is_empty() { "all its records are gone" } else { "its version is gone" };
    let schema: Option<Schema> = engine.get(layout::SCHEMA_KEY)?;
    let schema = schema.ok_or_else(|| StoreError::Corrupt { what: what.to_owned() })?;
    if schema.version <= layout::SCHEMA {
        return Ok(schema.version);
    }
    Err(StoreError::Newer { found: schema.version, known: layout::SCHEMA })
}

/// Runs `work` in a thread of its own: sled panics, and may hang, on damaged files.
fn guarded<T: Send + 'static>(
    opening: &Opening,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let (sender, receiver) = mpsc::channel();
    let guard = move || {
        // Nobody listens any more if it took too long.
        sender.send(caught(work)).ok();
    };
    thread::Builder::new().name("store-open".to_owned()).spawn(guard).map_err(io_error)?;
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        match receiver.recv_timeout(WORD_EVERY) {
            Ok(done) => return done,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                let seconds = started.elapsed().as_secs();
                let stage = opening.in_words();
                tracing::warn!(seconds, "the store is not open yet after {seconds} s: {stage}");
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
    }
    let minutes = PATIENCE.as_secs() / 60;
    let reason = format!("opening took over {minutes} min; nothing was changed");
    Err(StoreError::Unavailable { reason })
}
