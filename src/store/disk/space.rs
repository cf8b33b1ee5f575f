//! Room on the disk: how much there is, and what is done when it runs out.
//!
//! Below a floor nothing new is taken in, while outcomes of deliveries, which are small, are
//! still written. An `ENOSPC` ends sled's handle for good, and a full disk keeps it from being
//! opened again (spec/store.md 4); so the last megabytes are never tried, and a ballast file
//! gives them back when they are needed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

use crate::model::size_text::in_words;
use crate::store::StoreError;

const BALLAST_FILE: &str = "ballast";

/// Enough for thousands of outcomes, and for sled to open.
const BALLAST_BYTES: u64 = 32_000_000;

/// sled writes segments of 512 KiB, and a snapshot now and then: with less nothing is tried.
const NEEDED_BYTES: u64 = 8_000_000;

/// The floor, the ballast and what is never tried are at most such parts of the file system.
const FLOOR_PART: u64 = 10;
const BALLAST_PART: u64 = 20;
const NEEDED_PART: u64 = 40;

/// The ballast is written in such pieces where it cannot be reserved.
const FILL_BYTES: usize = 64 * 1024;

/// How much room a file system has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) free_bytes: u64,
    pub(super) total_bytes: u64,
}

/// The error of a full disk, with words for a person.
pub(super) fn full(words: String) -> StoreError {
    StoreError::Full(io::Error::new(io::ErrorKind::StorageFull, words))
}

/// The error of a disk on which the store in `folder` cannot even be opened.
pub(super) fn full_at_opening(folder: &Path, error: &io::Error) -> StoreError {
    let room = probe_of(folder)().map(|room| in_words(room.free_bytes));
    let free = room.map_or_else(|_| error.to_string(), |free| format!("{free} free"));
    full(format!("the disk is full: {free}, too little to open it"))
}

/// Tells how much room there is.
pub(super) type Probe = Box<dyn Fn() -> io::Result<Room> + Send>;

/// Asks the file system that holds `folder`; what is reserved for root does not count.
pub(super) fn probe_of(folder: &Path) -> Probe {
    let folder = folder.to_owned();
    Box::new(move || {
        let found = rustix::fs::statvfs(&folder)?;
        let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
        Ok(Room { free_bytes: bytes(found.f_bavail), total_bytes: bytes(found.f_blocks) })
    })
}

/// What may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Everything.
    Roomy,
    /// Everything; soon it will be less.
    Scarce,
    /// Outcomes of deliveries only.
    Full,
    /// Nothing: even an outcome could break sled.
    Spent,
}

/// Watches over the room of one store.
pub(super) struct Space {
    probe: Probe,
    ballast: PathBuf,
    free_min: u64,
    refusal_pause: Duration,
    room: Option<Room>,
    level: Level,
    /// The disk took no more, until when that is believed whatever the file system says of its
    /// free space: it knows nothing of quotas.
    refused: Option<(Level, Instant)>,
}

impl Space {
    /// Watches over the file system of `folder`, where `free_min` bytes are to stay free; once
    /// it took no more, that is believed for `refusal_pause`.
    pub(super) fn new(folder: &Path, free_min: u64, refusal_pause: Duration, probe: Probe) -> Self {
        let ballast = folder.join(BALLAST_FILE);
        let (room, level, refused) = (None, Level::Roomy, None);
        Self { probe, ballast, free_min, refusal_pause, room, level, refused }
    }

    /// Looks how much room there is. What cannot be found out changes nothing.
    pub(super) fn look(&mut self) -> Level {
        match (self.probe)() {
            Ok(room) => {
                self.level = self.level_at(room);
                self.room = Some(room);
            }
            Err(error) => tracing::debug!(%error, "free space is unknown: {error}"),
        }
        self.refused = self.refused.filter(|(_, until)| Instant::now() < *until);
        self.level = self.level.max(self.refused.map_or(Level::Roomy, |(level, _)| level));
        self.level
    }

    /// As [`Space::look`] found it.
    pub(super) fn level(&self) -> Level {
        self.level
    }

    /// Free bytes, as far as they are known.
    pub(super) fn free_bytes(&self) -> Option<u64> {
        self.room.map(|room| room.free_bytes)
    }

    /// Notes that a write found no room; what comes next may have the ballast's.
    pub(super) fn note_refusal(&mut self) {
        let level = if self.release_ballast() { Level::Full } else { Level::Spent };
        self.refused = Some((level, Instant::now() + self.refusal_pause));
        self.level = self.level.max(level);
    }

    /// What to tell people; none while there is room.
    pub(super) fn words(&self) -> Option<String> {
        let (room, level) = (self.room?, self.level);
        let free = in_words(room.free_bytes);
        let paused = match level {
            Level::Roomy => return None,
            Level::Scarce => {
                let floor = in_words(self.floor(room));
                let words = "the disk is nearly full";
                return Some(format!("{words}: {free} free; below {floor} polling is paused"));
            }
            Level::Full => "polling is paused, alerts go on",
            Level::Spent => "polling and alerts are paused",
        };
        let enough = self.enough(room);
        Some(match self.refused {
            Some(_) if enough <= room.free_bytes => {
                format!("the disk takes no more although {free} are free (a quota?); {paused}")
            }
            _ => format!("the disk is full: {free} free, {} wanted; {paused}", in_words(enough)),
        })
    }

    /// Holds the ballast if there is room for it and everything else; one that is there is kept.
    pub(super) fn hold_ballast(&self) {
        let Some(room) = self.room else { return };
        let has_room = self.level < Level::Full && self.enough(room) <= room.free_bytes;
        if !has_room || self.ballast.exists() {
            return;
        }
        if let Err(error) = make_ballast(&self.ballast, ballast_bytes(room)) {
            tracing::warn!(%error, "no space is held back for a full disk: {error}");
        }
    }

    /// Gives the ballast's room to whoever writes next; false if there is none.
    pub(super) fn release_ballast(&self) -> bool {
        fs::remove_file(&self.ballast).is_ok()
    }

    fn level_at(&self, room: Room) -> Level {
        let (free, floor) = (room.free_bytes, self.floor(room));
        let was_full = Level::Full <= self.level && self.room.is_some();
        if free < needed(room) {
            Level::Spent
        } else if free < floor || was_full && free < self.enough(room) {
            Level::Full
        } else if free < 2 * floor {
            Level::Scarce
        } else {
            Level::Roomy
        }
    }

    /// Below this, nothing new is taken in.
    fn floor(&self, room: Room) -> u64 {
        self.free_min.min(room.total_bytes / FLOOR_PART)
    }

    /// With so much the store goes on; more than the floor, so that it does not stop and go.
    fn enough(&self, room: Room) -> u64 {
        self.floor(room).max(needed(room)) + ballast_bytes(room)
    }
}

fn needed(room: Room) -> u64 {
    NEEDED_BYTES.min(room.total_bytes / NEEDED_PART)
}

fn ballast_bytes(room: Room) -> u64 {
    BALLAST_BYTES.min(room.total_bytes / BALLAST_PART)
}

/// Gives up the ballast of the store in `folder`; false if there is none.
pub(super) fn release_ballast(folder: &Path) -> bool {
    fs::remove_file(folder.join(BALLAST_FILE)).is_ok()
}

/// Makes a file whose blocks are really taken; one that cannot be completed is removed.
fn make_ballast(path: &Path, bytes: u64) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    let made = match fallocate(&file, FallocateFlags::empty(), 0, bytes) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => fill(&file, bytes),
        outcome => outcome.map_err(io::Error::from),
    };
    made.inspect_err(|_| drop(fs::remove_file(path)))
}

/// Random bytes: some file systems store no zeros.
fn fill(mut file: &File, bytes: u64) -> io::Result<()> {
    let mut block = vec![0; FILL_BYTES];
    let mut left = bytes;
    while 0 < left {
        getrandom::fill(&mut block).map_err(io::Error::other)?;
        let part = usize::try_from(left).unwrap_or(FILL_BYTES).min(FILL_BYTES);
        file.write_all(&block[..part])?;
        left -= part as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    use Level::{Full, Roomy, Scarce, Spent};

    const MB: u64 = 1_000_000;

    /// A file system whose free space a test sets.
    fn space(folder: &Path, total_mb: u64) -> (Space, impl Fn(u64)) {
        let free = Arc::new(AtomicU64::new(total_mb * MB));
        let seen = Arc::clone(&free);
        let probe = move || {
            let free_bytes = seen.load(Ordering::Relaxed);
            Ok(Room { free_bytes, total_bytes: total_mb * MB })
        };
        let pause = Duration::from_hours(1);
        let space = Space::new(folder, 256 * MB, pause, Box::new(probe));
        (space, move |free_mb| free.store(free_mb * MB, Ordering::Relaxed))
    }

    /// Goal: an operator hears of a filling disk in time, and the service does not stop and go
    /// at the floor.
    #[test]
    fn levels_follow_the_free_space() {
        let (mut space, set_free) = space(Path::new("/nowhere"), 10_000);
        let mut seen = Vec::new();
        for free_mb in [9_000, 511, 255, 270, 288, 287, 7, 100, 600] {
            set_free(free_mb);
            seen.push((free_mb, space.look()));
        }
        let wanted = [Roomy, Scarce, Full, Full, Scarce, Scarce, Spent, Full, Roomy];
        assert!(seen.iter().map(|(_, level)| *level).eq(wanted), "{seen:?}");
    }

    /// Goal: the words say what is wrong, what is wanted, and what still works.
    #[test]
    fn words_say_what_to_do() {
        let (mut space, set_free) = space(Path::new("/nowhere"), 10_000);
        let mut words = Vec::new();
        for free_mb in [9_000, 300, 12, 3] {
            set_free(free_mb);
            space.look();
            words.push(space.words().unwrap_or("(nothing)".to_owned()));
        }
        set_free(9_000);
        space.note_refusal();
        space.look();
        words.push(space.words().unwrap_or_default());
        insta::assert_snapshot!(words.join("\n"), @r"
        (nothing)
        the disk is nearly full: 300 MB free; below 256 MB polling is paused
        the disk is full: 12 MB free, 288 MB wanted; polling is paused, alerts go on
        the disk is full: 3 MB free, 288 MB wanted; polling and alerts are paused
        the disk takes no more although 9 GB are free (a quota?); polling and alerts are paused
        ");
    }

    /// Goal: a small disk of its own is not called full from the start.
    #[test]
    fn floor_and_ballast_fit_the_file_system() {
        let folder = tempfile::tempdir().unwrap();
        let (mut space, set_free) = space(folder.path(), 64);
        set_free(12);
        assert_eq!(space.look(), Scarce);
        space.hold_ballast();
        let ballast = fs::metadata(folder.path().join(BALLAST_FILE)).unwrap();
        assert_eq!(ballast.len(), 64 * MB / 20);
        set_free(6);
        assert_eq!(space.look(), Full);
        assert!(space.release_ballast());
        assert!(!space.release_ballast());
        space.hold_ballast();
        assert!(!folder.path().join(BALLAST_FILE).exists());
    }

    /// Goal: what is held back is really there, also where nothing can be reserved.
    #[test]
    fn ballast_takes_its_blocks() {
        use std::os::unix::fs::MetadataExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(BALLAST_FILE);
        make_ballast(&path, 3 * MB).unwrap();
        assert!(3 * MB <= fs::metadata(&path).unwrap().blocks() * 512);
        let file = File::create(&path).unwrap();
        fill(&file, MB + 1).unwrap();
        assert_eq!(file.metadata().unwrap().len(), MB + 1);
    }

    /// Goal: the real file system is asked in bytes.
    #[test]
    fn real_room_is_told() {
        let room = probe_of(Path::new("/"))().unwrap();
        assert!(room.free_bytes <= room.total_bytes);
        assert!(100 * MB < room.total_bytes);
    }
}
