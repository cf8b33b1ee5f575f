//! What the writer does between its groups: it looks after the room on the disk, walks over what
//! is stored, and compacts it.
//!
//! Invariant: whoever writes waits for a chore no longer than for a slice of it.
//! Invariant: a chore that fails leaves the store as it was.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::model::{Clock, SystemClock, size_text::in_words};
use crate::store::disk::compaction::{Compaction, Copied, Waiter, answer};
use crate::store::disk::engine::{Batch, Engine, RawWrite, io_error};
use crate::store::disk::generation::Generations;
use crate::store::disk::housekeeping::{Slice, WALK_EVERY, Walk, Walked};
use crate::store::disk::notices::{Notice, add_notice};
use crate::store::disk::open::caught;
use crate::store::disk::shared::{Condition, Failure, away, closed};
use crate::store::disk::space::{Level, Probe, Space, full, probe_of};
use crate::store::disk::writer::{Work, Writer};
use crate::store::{Compacted, Config, StoreError, StoreSize};

/// A database with more bytes on disk for each byte that lives is rewritten; a fresh one has
/// about one and a half.
const BYTES_PER_LIVE_MAX: u64 = 3;

/// Smaller ones are left alone.
const COMPACT_BYTES_MIN: u64 = 64_000_000;

/// What a compaction may need for each byte that lives, while both databases are there.
const ROOM_PER_LIVE: u64 = 2;

/// How often room and growth are looked at while nothing else happens, and while the disk is
/// full.
const TICK: Duration = Duration::from_secs(10);
const TICK_FULL: Duration = Duration::from_secs(2);

/// A disk that took no more is tried again after this.
const REFUSAL_PAUSE: Duration = Duration::from_secs(10);

/// While others write, chores get one slice in so much time.
const SLICE_EVERY: Duration = Duration::from_millis(100);

/// How a store is looked after.
pub(super) struct Care {
    pub(super) free_min: u64,
    /// None asks the file system.
    pub(super) probe: Option<Probe>,
    /// When the first walk begins: a command that only reads has ended by then.
    pub(super) first_walk: Duration,
    pub(super) compact_bytes_min: u64,
    /// When a disk that took no more is tried again.
    pub(super) refusal_pause: Duration,
}

impl Care {
    /// As the configuration has it.
    pub(super) fn new(config: &Config) -> Self {
        Self {
            free_min: config.free_min,
            probe: None,
            first_walk: TICK,
            compact_bytes_min: COMPACT_BYTES_MIN,
            refusal_pause: REFUSAL_PAUSE,
        }
    }
}

/// Chores under way, and what is known from earlier ones.
pub(super) struct Chores {
    pub(super) space: Space,
    first_walk: Duration,
    compact_bytes_min: u64,
    opened: Instant,
    chore: Option<Chore>,
    /// When the last slice ended, or growth was looked at.
    last: Instant,
    /// Who waits for a compaction.
    waiters: Vec<Waiter>,
    /// A chore failed: none before this.
    rest_until: Option<Instant>,
    is_compaction_due: bool,
    /// Records were healed past their sum: the next walk says what it is now.
    is_sum_due: bool,
    /// Why the copy in the making is worthless.
    failed_copy: Option<StoreError>,
    walked: Option<Instant>,
    /// Bytes on disk when all keys were looked at last.
    walked_bytes: u64,
    live_bytes: Option<u64>,
    /// An `ENOSPC` came out of the engine, which does not get over it.
    is_broken: bool,
    /// What the log says of the room.
    told: Level,
}

enum Chore {
    Walk(Walk),
    Compaction(Box<Compaction>),
}

/// What is to be done after a slice.
enum After {
    Nothing,
    /// Keys were dropped.
    MakeDurable,
    /// Another database is in use: the one before goes.
    RemoveOthers,
}

impl Chores {
    /// The chores of the store in `folder`, which was just opened.
    pub(super) fn begin(folder: &Path, care: Care) -> Self {
        let now = Instant::now();
        let probe = care.probe.unwrap_or_else(|| probe_of(folder));
        let mut space = Space::new(folder, care.free_min, care.refusal_pause, probe);
        space.look();
        Self {
            space,
            first_walk: care.first_walk,
            compact_bytes_min: care.compact_bytes_min,
            opened: now,
            chore: None,
            last: now,
            waiters: Vec::new(),
            rest_until: None,
            is_compaction_due: false,
            is_sum_due: false,
            failed_copy: None,
            walked: None,
            walked_bytes: 0,
            live_bytes: None,
            is_broken: false,
            told: Level::Roomy,
        }
    }

    /// Somebody wants the database compacted, and waits for it.
    pub(super) fn want_compaction(&mut self, waiter: Waiter) {
        self.rest_until = None;
        self.waiters.push(waiter);
    }

    /// Records were healed: from the next walk on the sum is what is found then.
    pub(super) fn want_sum(&mut self) {
        // A walk under way has passed what was not yet healed.
        if matches!(self.chore, Some(Chore::Walk(_))) {
            self.chore = None;
        }
        self.is_sum_due = true;
    }

    /// What the database is about to write and a copy in the making must follow.
    pub(super) fn staged_for_copy(&self, engine: &Engine) -> Vec<RawWrite> {
        match &self.chore {
            Some(Chore::Compaction(compaction)) => compaction.staged(engine),
            _ => Vec::new(),
        }
    }

    /// Tells a walk what is about to be written.
    pub(super) fn tell_walk(&mut self, engine: &Engine) -> Result<(), StoreError> {
        match &mut self.chore {
            Some(Chore::Walk(walk)) => walk.follow(engine),
            _ => Ok(()),
        }
    }

    /// Writes to a copy in the making what was written to the database; if that fails, the copy
    /// is worthless.
    pub(super) fn follow(&mut self, writes: Vec<RawWrite>) {
        let Some(Chore::Compaction(compaction)) = &self.chore else { return };
        if let Err(error) = caught(|| compaction.follow(writes)) {
            self.failed_copy = Some(error);
        }
    }

    /// How the store is, for everybody.
    pub(super) fn condition(&self) -> Condition {
        let size = StoreSize { free_bytes: self.space.free_bytes(), live_bytes: self.live_bytes };
        Condition { level: self.space.level(), words: self.space.words(), size }
    }

    /// How long the writer may wait for requests before the next chore.
    pub(super) fn patience(&self) -> Duration {
        if Level::Full <= self.space.level() || self.is_broken {
            TICK_FULL
        } else if self.is_busy() {
            Duration::ZERO
        } else if self.walked.is_none() {
            TICK.min(self.first_walk)
        } else {
            TICK
        }
    }

    /// Whether a chore must have a slice although others write.
    pub(super) fn is_due(&self) -> bool {
        let pause = if self.is_busy() { SLICE_EVERY } else { TICK };
        pause <= self.last.elapsed()
    }

    /// What is being done, for a log line.
    fn under_way(&self) -> &'static str {
        match &self.chore {
            None => "",
            Some(Chore::Walk(_)) => " (while its keys were counted)",
            Some(Chore::Compaction(_)) => " (while it was compacted)",
        }
    }

    fn is_busy(&self) -> bool {
        if self.rest_until.is_some_and(|end| Instant::now() < end) {
            return false;
        }
        self.chore.is_some()
            || self.is_compaction_due
            || self.is_sum_due
            || !self.waiters.is_empty()
    }

    /// Whether keys and bytes shall be counted again.
    fn is_walk_due(&self, disk_bytes: u64) -> bool {
        let Some(walked) = self.walked else { return self.first_walk <= self.opened.elapsed() };
        // A tenth more, so that a store at the limit is not walked over again and again.
        let has_grown = self.walked_bytes + self.walked_bytes / 10 < disk_bytes;
        WALK_EVERY <= walked.elapsed()
            || has_grown && self.is_too_large(disk_bytes)
            || self.walked_bytes.saturating_mul(2) < disk_bytes
    }

    fn is_too_large(&self, disk_bytes: u64) -> bool {
        let live_bytes = self.live_bytes.unwrap_or(disk_bytes);
        self.compact_bytes_min < disk_bytes
            && live_bytes.saturating_mul(BYTES_PER_LIVE_MAX) < disk_bytes
    }

    /// Refuses a compaction for which there is no room.
    fn check_room(&self, live_bytes: u64) -> Result<(), StoreError> {
        let needed = live_bytes.saturating_mul(ROOM_PER_LIVE);
        match self.space.free_bytes() {
            Some(free) if free < needed => {
                let (needed, free) = (in_words(needed), in_words(free));
                Err(full(format!("compacting the store needs {needed} of free space, not {free}")))
            }
            _ => Ok(()),
        }
    }
}

impl Writer<'_> {
    /// Looks how much room there is, says so when it changes, and opens the database again when
    /// there is room for it.
    pub(super) fn look_after_room(&mut self) {
        if self.shared.is_out_of_room() && !self.chores.is_broken {
            self.chores.is_broken = true;
            self.chores.space.note_refusal();
        }
        let mut level = self.chores.space.look();
        if level == Level::Spent && self.chores.space.release_ballast() {
            level = self.chores.space.look();
        }
        if self.chores.is_broken && level < Level::Spent {
            self.recover();
        }
        self.shared.set_condition(self.chores.condition());
        self.tell_room();
    }

    /// Whether the work may be begun: outcomes go on for longer than the rest.
    pub(super) fn check_room_for(&self, work: &Work) -> Result<(), StoreError> {
        self.shared.check_writable()?;
        match work {
            Work::Ping | Work::Compact(_) => Ok(()),
            Work::Settle { .. } | Work::Postpone { .. } | Work::SetReceiver(_) => {
                self.shared.check_takes_outcomes()
            }
            _ => self.shared.check_takes_all(),
        }
    }

    /// Does a slice of what is to be done.
    pub(super) fn do_chore(&mut self) {
        self.chores.last = Instant::now();
        let what = self.chores.under_way();
        let Some(engine) = self.engine.take() else { return self.give_up(what, &away()) };
        let done = caught(|| {
            self.shared.check_takes_all()?;
            self.chores.failed_copy.take().map_or(Ok(()), Err)?;
            self.slice(&engine)
        });
        // Unless another one took its place.
        self.engine.get_or_insert(engine);
        match done {
            Ok(After::Nothing) => {}
            Ok(After::MakeDurable) => drop(self.make_durable()),
            Ok(After::RemoveOthers) => self.remove_other_databases(),
            Err(error) => self.give_up(what, &error),
        }
        self.chores.last = Instant::now();
    }

    /// Ends what is under way, because it failed; whoever waits for it hears why.
    fn give_up(&mut self, what: &str, error: &StoreError) {
        self.chores.rest_until = Some(Instant::now() + TICK);
        let waiters = std::mem::take(&mut self.chores.waiters);
        let was_due = std::mem::take(&mut self.chores.is_compaction_due);
        if !what.is_empty() || was_due || !waiters.is_empty() {
            tracing::warn!(%error, "the store was not looked after to the end{what}: {error}");
        }
        if self.chores.walked.is_some() || !what.is_empty() {
            // What cannot be read is not read again and again.
            self.chores.walked = Some(Instant::now());
        }
        self.leave_chores();
        answer(waiters, &Err(Failure::from(error)));
    }

    /// Ends what is under way, without a word; a copy in the making goes.
    pub(super) fn leave_chores(&mut self) {
        self.chores.chore = None;
        self.chores.failed_copy = None;
        self.remove_other_databases();
        let waiters = std::mem::take(&mut self.chores.waiters);
        answer(waiters, &Err(Failure::from(&closed())));
    }

    fn slice(&mut self, engine: &Engine) -> Result<After, StoreError> {
        match self.chores.chore.take() {
            None => self.choose(engine)?,
            Some(Chore::Walk(mut walk)) => match walk.slice(engine)? {
                Slice::Going(batch) => {
                    self.chores.chore = Some(Chore::Walk(walk));
                    if 0 < batch.n_keys() {
                        self.write(engine, vec![batch])?;
                        return Ok(After::MakeDurable);
                    }
                }
                Slice::Done(walked) => return self.note_walked(engine, walked),
            },
            Some(Chore::Compaction(mut compaction)) => {
                if compaction.slice(engine)? {
                    self.replace_database(*compaction)?;
                    return Ok(After::RemoveOthers);
                }
                self.chores.chore = Some(Chore::Compaction(compaction));
            }
        }
        Ok(After::Nothing)
    }

    fn choose(&mut self, engine: &Engine) -> Result<(), StoreError> {
        let is_wanted = self.chores.is_compaction_due || !self.chores.waiters.is_empty();
        match self.chores.live_bytes {
            Some(live_bytes) if is_wanted && !self.chores.is_sum_due => {
                self.chores.check_room(live_bytes)?;
                self.chores.is_compaction_due = false;
                let next = Generations::of(&self.folder).next();
                let compaction = Compaction::begin(engine, &next)?;
                self.chores.chore = Some(Chore::Compaction(Box::new(compaction)));
            }
            _ if is_wanted
                || self.chores.is_sum_due
                || self.chores.is_walk_due(engine.disk_bytes()?) =>
            {
                self.chores.chore = Some(Chore::Walk(Walk::begin(SystemClock.now())));
            }
            _ => {}
        }
        Ok(())
    }

    fn note_walked(&mut self, engine: &Engine, walked: Walked) -> Result<After, StoreError> {
        let disk_bytes = engine.disk_bytes()?;
        let Walked { live_bytes, n_dropped, digest } = walked;
        let is_sum_due = std::mem::take(&mut self.chores.is_sum_due);
        if is_sum_due {
            self.mark.digest = digest;
            engine.stage(Batch::default(), &mut self.mark)?;
        } else if digest != self.mark.digest {
            let (found, expected) = (digest, self.mark.digest);
            let text = format!(
                "the store is damaged: {found} were found, {expected} should be there; \
                 silkwire store verify says what it is and heals it from the journal"
            );
            self.tell_damage(engine, text)?;
        }
        if 0 < n_dropped {
            tracing::info!("{n_dropped} seen keys were dropped: no feed has carried them for long");
        }
        self.chores.walked = Some(Instant::now());
        self.chores.walked_bytes = disk_bytes;
        self.chores.live_bytes = Some(live_bytes);
        self.chores.is_compaction_due = self.chores.is_too_large(disk_bytes);
        self.shared.set_condition(self.chores.condition());
        Ok(if is_sum_due { After::MakeDurable } else { After::Nothing })
    }

    fn tell_damage(&mut self, engine: &Engine, text: String) -> Result<(), StoreError> {
        tracing::error!("{text}");
        let notice = Notice { at: SystemClock.now(), text };
        self.shared.add_notice(notice.clone());
        add_notice(engine, notice)
    }

    /// Puts the complete copy in the place of the database.
    fn replace_database(&mut self, compaction: Compaction) -> Result<(), StoreError> {
        let Copied { engine, live_bytes, report } = compaction.complete()?;
        let writing = engine.for_writing()?;
        let generations = Generations::of(&self.folder);
        if let Err(error) = generations.switch_to(engine.folder()) {
            // Once it has its name it is the one, whatever was said after that.
            if generations.current().as_deref() != Some(engine.folder()) {
                return Err(io_error(error));
            }
        }
        self.shared.replace_engine(engine);
        self.engine = Some(writing);
        self.chores.walked_bytes = report.bytes_after;
        self.chores.live_bytes = Some(live_bytes);
        self.shared.set_condition(self.chores.condition());
        let Compacted { bytes_before, bytes_after, n_keys, n_damaged, damaged } = &report;
        let (before, after) = (in_words(*bytes_before), in_words(*bytes_after));
        tracing::info!(n_keys, "the store was compacted from {before} to {after}");
        if 0 < *n_damaged {
            let names = damaged.join(", ");
            tracing::error!("{n_damaged} records of the store are damaged: {names}");
        }
        answer(std::mem::take(&mut self.chores.waiters), &Ok(report));
        Ok(())
    }

    fn remove_other_databases(&self) {
        let Some(engine) = &self.engine else { return };
        let removed = Generations::of(&self.folder).remove_others(engine.folder());
        if let Err(error) = removed {
            tracing::warn!(%error, "a database that is not used was not removed: {error}");
        }
    }

    /// Opens the database again: sled does not get over a full disk by itself.
    fn recover(&mut self) {
        self.give_up(self.chores.under_way(), &away());
        match self.reopen() {
            Ok(()) => {
                self.chores.is_broken = false;
                tracing::info!("the store's database is open again");
            }
            Err(StoreError::Full(error)) => {
                tracing::debug!(%error, "the store's database does not open yet: {error}");
                self.chores.space.note_refusal();
            }
            Err(error) => {
                tracing::error!(%error, "the store's database does not open: {error}");
                self.chores.is_broken = false;
                self.shared.fail_for(&error);
            }
        }
    }

    /// One line when the room has run out, and one when it is back.
    fn tell_room(&mut self) {
        let (before, now) = (self.chores.told, self.chores.space.level());
        self.chores.told = now;
        match self.chores.space.words() {
            Some(words) if before < now => tracing::warn!("{words}"),
            _ if Level::Full <= before && now < Level::Full => {
                tracing::info!("there is room on the disk again: everything goes on");
                self.chores.space.hold_ballast();
            }
            _ => {}
        }
    }
}
