//! The one thread that writes.
//!
//! Requests that arrive while the disk is busy are one group. They are planned one after the
//! other, each on what those before it have staged. Then what cannot be fetched again goes to
//! the journal, for good, then everything goes to the database, for good, then they are answered.
//!
//! Invariant: nobody gets an `Ok` before what they asked for is on the disk.
//! Invariant: after a failed write or `fsync` nothing is written and nobody gets an `Ok`.
//! Invariant: the database says nothing that the journal should have said before.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::{mpsc, oneshot};

use crate::model::{
    AlertKind, ArticleId, Attempt, Clock, Delivery, DeliveryId, MatchId, Mute, MuteId, NearMiss,
    ReceiverState, Review, Sketch, Story, SystemClock, Timestamp, Token, Tombstone,
};
use crate::store::catalog::Note;
use crate::store::disk::chores::Chores;
use crate::store::disk::compaction::Waiter;
use crate::store::disk::engine::{Batch, Engine};
use crate::store::disk::loading::Loaded;
use crate::store::disk::open::caught;
use crate::store::disk::progress::{self, Mark};
use crate::store::disk::purging::Purge;
use crate::store::disk::shared::{Failure, Shared, away};
use crate::store::disk::start::{Started, start};
use crate::store::disk::units::{self, PreparedCommit};
use crate::store::disk::verify::Suspects;
use crate::store::disk::waiting::{Received, receive};
use crate::store::disk::{editing, entries, erasing, layout, queueing};
use crate::store::erasing::{self as rules, Spread};
use crate::store::journal::{Entry, Journal, Kind, Segment};
use crate::store::outbox::{Lease, postponed, settled};
use crate::store::ownership::Owner;
use crate::store::paging::Place;
use crate::store::reviewing::Edits;
use crate::store::{
    Corrected, CorrectionOrder, Epoch, Erasure, FeedChange, Fence, Opening, Replayed, ReviewChange,
    Settlement, StoreError, Undone, VerifyReport, regrouping, reviewing, withdrawal,
};

/// How many requests wait before their callers do.
pub(super) const QUEUE_MAX: usize = 64;

/// A group this large or this old is made durable although more requests wait.
const GROUP_KEYS_MAX: usize = 200;
const GROUP_TIME_MAX: Duration = Duration::from_millis(5);

/// Something to write, and who waits for it.
pub(super) struct Request {
    pub(super) work: Work,
    pub(super) answer: Answer,
}

type Answer = oneshot::Sender<Result<(), StoreError>>;

/// Something to write.
pub(super) enum Work {
    Commit(Box<PreparedCommit>),
    Settle {
        id: DeliveryId,
        /// It was pinned before.
        fence: Fence,
        attempt: Attempt,
        settlement: Settlement,
    },
    Postpone {
        id: DeliveryId,
        /// It was pinned before.
        fence: Fence,
        until: Timestamp,
    },
    Hurry {
        ids: Vec<DeliveryId>,
        now: Timestamp,
        tell: oneshot::Sender<u64>,
    },
    Replay {
        ids: Vec<DeliveryId>,
        due: Timestamp,
        tell: oneshot::Sender<Replayed>,
    },
    Bury {
        ids: Vec<DeliveryId>,
        at: Timestamp,
        tell: oneshot::Sender<u64>,
    },
    Mute {
        mute: Mute,
        tell: oneshot::Sender<()>,
    },
    Unmute {
        id: MuteId,
        tell: oneshot::Sender<bool>,
    },
    SetReceiver(ReceiverState),
    Review {
        change: ReviewChange,
        tell: oneshot::Sender<Review>,
    },
    Undo {
        by: String,
        at: Timestamp,
        tell: oneshot::Sender<Option<Undone>>,
    },
    Correct {
        order: CorrectionOrder,
        tell: oneshot::Sender<Corrected>,
    },
    ReviewNearMiss {
        id: MatchId,
        review: Option<Review>,
        tell: oneshot::Sender<NearMiss>,
    },
    Withdraw {
        id: MatchId,
        tell: oneshot::Sender<Option<Story>>,
    },
    Erase {
        order: Erasure,
        spread: Spread,
        tell: oneshot::Sender<(Tombstone, bool)>,
    },
    DropTexts {
        articles: Vec<ArticleId>,
        at: Timestamp,
        tell: oneshot::Sender<u64>,
    },
    /// No match created before then has its text any more.
    DroppedTexts {
        before: Timestamp,
    },
    /// Takes out of one segment of the journal what must not be in it.
    Purge {
        segment: Segment,
        purge: Purge,
    },
    Own {
        node: String,
        now: Timestamp,
        until: Timestamp,
        tell: oneshot::Sender<Option<Epoch>>,
    },
    ChangeFeed(FeedChange),
    SetToken(Token),
    /// Another look at what looks wrong; the answer of the request says that it is known.
    Mend(Box<Mending>),
    /// A compaction as soon as may be; the answer of the request says that it is known.
    Compact(Waiter),
    /// Nothing: whoever asks wants to know whether the writer answers.
    Ping,
}

impl Work {
    /// The delivery that is free again once this is durable.
    fn delivery(&self) -> Option<(DeliveryId, Fence)> {
        match self {
            Self::Settle { id, fence, .. } | Self::Postpone { id, fence, .. } => {
                Some((*id, *fence))
            }
            _ => None,
        }
    }
}

/// What looks wrong, and who waits until it is healed.
pub(super) type Mending = (Suspects, oneshot::Sender<Result<VerifyReport, StoreError>>);

/// The one thread that writes.
pub(super) struct Writer<'a> {
    pub(super) shared: &'a Shared,
    pub(super) folder: PathBuf,
    /// None while the database is away.
    pub(super) engine: Option<Engine>,
    pub(super) chores: Chores,
    pub(super) journal: Journal,
    note: progress::Note,
    /// How far the store is, with the group that is being planned.
    pub(super) mark: Mark,
    /// Sketches that are out of the book and still on the disk.
    fallen: Vec<Place<MatchId>>,
    group: Group,
    /// To be done when the group is done.
    mendings: Vec<Mending>,
}

/// What a group of requests has staged beside its writes.
#[derive(Default)]
struct Group {
    /// What the catalog must know.
    notes: Vec<Note>,
    /// They end when everything is written.
    leases: Vec<Lease>,
    is_journaled: bool,
}

impl<'a> Writer<'a> {
    /// The writer of the store in `folder`, which was just opened.
    pub(super) fn new(shared: &'a Shared, folder: PathBuf, opened: Opened) -> Self {
        let Opened { engine, journal, note, mark, fallen, chores } = opened;
        let (engine, group) = (Some(engine), Group::default());
        let mendings = Vec::new();
        Self { shared, folder, engine, chores, journal, note, mark, fallen, group, mendings }
    }

    /// Writes until everybody has let go of the queue, then what was left for later.
    ///
    /// Requests that arrive while the disk is busy share the next `fsync`.
    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Request>) -> Result<(), StoreError> {
        loop {
            let received = receive(&mut queue, self.chores.patience());
            self.look_after_room();
            match received {
                Received::Item(first) => {
                    self.group(first, &mut queue);
                    for (suspects, tell) in std::mem::take(&mut self.mendings) {
                        // Whoever has gone asks again.
                        tell.send(self.mend(suspects)).ok();
                    }
                    if self.chores.is_due() {
                        self.do_chore();
                    }
                }
                Received::Nothing => self.do_chore(),
                Received::End => break,
            }
        }
        self.leave_chores();
        // A command that only read leaves the files alone.
        if !self.fallen.is_empty() || !self.shared.finished().is_empty() {
            self.make_durable().map_err(|failure| failure.error())?;
        }
        self.shared.check_writable()?;
        self.note.sync()
    }

    fn group(&mut self, first: Request, queue: &mut mpsc::Receiver<Request>) {
        let started = Instant::now();
        let mut waiting: Vec<(Answer, Option<(DeliveryId, Fence)>)> = Vec::new();
        let mut n_keys = 0;
        let mut next = Some(first);
        while let Some(Request { work, answer }) = next.take() {
            let delivery = work.delivery();
            let is_ping = matches!(work, Work::Ping | Work::Compact(_) | Work::Mend(_));
            match self.apply(work) {
                Ok(_) if is_ping => {
                    answer.send(Ok(())).ok();
                }
                Ok(n) => {
                    n_keys += n;
                    waiting.push((answer, delivery));
                }
                Err(error) => {
                    answer.send(Err(error)).ok();
                }
            }
            if n_keys < GROUP_KEYS_MAX && started.elapsed() < GROUP_TIME_MAX {
                next = queue.try_recv().ok();
            }
        }
        if waiting.is_empty() {
            return;
        }
        let outcome = self.make_durable();
        for (answer, delivery) in waiting {
            let answered = match (&outcome, delivery) {
                (Err(failure), _) => Err(failure.error()),
                (Ok(()), None) => Ok(()),
                (Ok(()), Some((id, fence))) => {
                    self.shared.leases.give_back(id, fence);
                    Ok(())
                }
            };
            // A caller who went away finds out by asking again.
            answer.send(answered).ok();
        }
        self.chores.space.hold_ballast();
    }

    /// Plans and stages `work` and says how many keys that takes.
    fn apply(&mut self, work: Work) -> Result<usize, StoreError> {
        self.check_room_for(&work)?;
        self.guarded(|writer, engine| match work {
            Work::Commit(commit) => writer.commit(engine, *commit),
            Work::Settle { id, fence, attempt, settlement } => {
                writer.settle_as(engine, (id, fence), |it| settled(it, attempt, settlement))
            }
            Work::Postpone { id, fence, until } => {
                writer.settle_as(engine, (id, fence), |it| postponed(it, until))
            }
            Work::Hurry { ids, now, tell } => {
                let moved = queueing::hurrying(engine, &ids, now)?;
                writer.write_all_and_tell(engine, moved, tell)
            }
            Work::Replay { ids, due, tell } => {
                let moved = queueing::replaying(engine, &ids, due)?;
                writer.write_all_and_tell(engine, moved, tell)
            }
            Work::Bury { ids, at, tell } => writer.bury(engine, &ids, at, tell),
            Work::Mute { mute, tell } => {
                let batch = queueing::muting(engine, &mute)?;
                writer.write_and_tell(engine, batch, tell, ())
            }
            Work::Unmute { id, tell } => {
                let (batch, is_known) = queueing::unmuting(engine, id)?;
                writer.write_and_tell(engine, batch, tell, is_known)
            }
            Work::SetReceiver(state) => {
                writer.put(engine, &layout::receiver(&state.receiver), &state)
            }
            Work::Review { change, tell } => {
                let (review, edits) = reviewing::review(engine, change)?;
                writer.edit(engine, &edits, tell, review)
            }
            Work::Undo { by, at, tell } => {
                let (undone, edits) = reviewing::undo(engine, &by, at)?;
                writer.edit(engine, &edits, tell, undone)
            }
            Work::Correct { order, tell } => {
                let (corrected, edits) = regrouping::correct(engine, order)?;
                writer.edit(engine, &edits, tell, corrected)
            }
            Work::ReviewNearMiss { id, review, tell } => {
                let near_miss = editing::reviewed(engine, id, review)?;
                let mut batch = Batch::default();
                entries::put_near_miss(engine, &mut batch, &near_miss)?;
                writer.write_and_tell(engine, batch, tell, near_miss)
            }
            Work::Withdraw { id, tell } => writer.withdraw(engine, id, tell),
            Work::Erase { order, spread, tell } => writer.erase(engine, &order, &spread, tell),
            Work::DropTexts { articles, at, tell } => {
                let (batch, n) = erasing::dropping(engine, &articles, at)?;
                writer.write_and_tell(engine, batch, tell, n)
            }
            Work::DroppedTexts { before } => writer.put(engine, layout::TEXTS_KEY, &before),
            Work::Purge { segment, purge } => writer.purge(engine, segment, &purge),
            Work::Own { node, now, until, tell } => writer.own(engine, &node, (now, until), tell),
            Work::ChangeFeed(change) => {
                writer.put(engine, &layout::feed_change(change.feed()), &change)
            }
            Work::SetToken(token) => writer.put(engine, &layout::token(&token.name), &token),
            Work::Compact(waiter) => {
                writer.chores.want_compaction(waiter);
                Ok(0)
            }
            Work::Mend(mending) => {
                writer.mendings.push(*mending);
                Ok(0)
            }
            Work::Ping => Ok(0),
        })
    }

    fn commit(&mut self, engine: &Engine, prepared: PreparedCommit) -> Result<usize, StoreError> {
        let commit = &prepared.commit;
        let sketches = commit.matches.iter().filter_map(|matched| matched.sketch.clone());
        let sketches: Vec<Sketch> = sketches.collect();
        self.shared.check_epoch(commit.epoch)?;
        rules::check_commit(commit, |id| engine.contains(&layout::erased(id.to_be_bytes())))?;
        let feed = commit.feed.as_ref().map(|state| state.feed);
        let (batches, leases) = units::batches(engine, &self.shared.leases, prepared)?;
        let n_keys = self.write(engine, batches)?;
        self.group.leases.extend(leases);
        self.fallen.extend(self.shared.add_sketches(sketches));
        if let Some(feed) = feed {
            self.shared.forget_finished_of(feed);
        }
        Ok(n_keys)
    }

    /// Writes what a person changed, and where the sketches of moved matches are now.
    fn edit<T>(
        &mut self,
        engine: &Engine,
        edits: &Edits,
        tell: oneshot::Sender<T>,
        news: T,
    ) -> Result<usize, StoreError> {
        let mut batch =
            editing::edits(engine, edits, self.shared.regroup_sketches(&edits.matches))?;
        if let Some(event) = edits.unwanted {
            let is_unwanted = |it: &Delivery| it.event == event;
            let (removal, taken) = editing::calling_back(engine, &self.shared.leases, is_unwanted)?;
            batch.append(removal);
            self.group.leases.extend(taken);
        }
        self.write_and_tell(engine, batch, tell, news)
    }

    fn withdraw(
        &mut self,
        engine: &Engine,
        id: MatchId,
        tell: oneshot::Sender<Option<Story>>,
    ) -> Result<usize, StoreError> {
        let withdrawal = withdrawal::withdraw(engine, id)?;
        // Later news, above all of the withdrawal, stay.
        let is_alert = |it: &Delivery| it.matched == Some(id) && it.kind == AlertKind::MatchCreated;
        let leases = &self.shared.leases;
        let (mut batch, taken) = editing::calling_back(engine, leases, is_alert)?;
        self.group.leases.extend(taken);
        let sketch = self.shared.remove_sketch(id);
        batch.append(editing::withdrawal(engine, &withdrawal, sketch)?);
        self.write_and_tell(engine, batch, tell, withdrawal.story)
    }

    fn erase(
        &mut self,
        engine: &Engine,
        order: &Erasure,
        spread: &Spread,
        tell: oneshot::Sender<(Tombstone, bool)>,
    ) -> Result<usize, StoreError> {
        let plan = rules::erase(engine, order, spread)?;
        let sketches = plan.matches.iter().filter_map(|it| self.shared.remove_sketch(it.id));
        let (batch, taken) =
            erasing::batch(engine, &self.shared.leases, &plan, sketches.collect())?;
        self.group.leases.extend(taken);
        self.write_and_tell(engine, batch, tell, (plan.tombstone, plan.is_new))
    }

    fn bury(
        &mut self,
        engine: &Engine,
        ids: &[DeliveryId],
        at: Timestamp,
        tell: oneshot::Sender<u64>,
    ) -> Result<usize, StoreError> {
        let (batches, taken) = queueing::burying(engine, &self.shared.leases, ids, at)?;
        let n = taken.len() as u64;
        self.group.leases.extend(taken);
        self.write_all_and_tell(engine, (batches, n), tell)
    }

    fn purge(
        &mut self,
        engine: &Engine,
        segment: Segment,
        purge: &Purge,
    ) -> Result<usize, StoreError> {
        let editor = purge.editor(engine);
        let mut failed = None;
        self.journal.rewrite(segment, &mut |entry| {
            editor.edited(&entry).unwrap_or_else(|error| {
                failed = Some(error);
                Some(entry)
            })
        })?;
        failed.map_or(Ok(0), Err)
    }

    fn own(
        &mut self,
        engine: &Engine,
        node: &str,
        (now, until): (Timestamp, Timestamp),
        tell: oneshot::Sender<Option<Epoch>>,
    ) -> Result<usize, StoreError> {
        let current = self.shared.owner();
        let Some(owner) = Owner::after(current.as_ref(), node, now, until) else {
            tell.send(None).ok();
            return Ok(0);
        };
        let epoch = owner.epoch;
        let mut batch = Batch::default();
        engine.put(&mut batch, layout::OWNER_KEY, &owner)?;
        let n_keys = self.write_and_tell(engine, batch, tell, Some(epoch))?;
        self.shared.set_owner(Some(owner));
        Ok(n_keys)
    }

    fn put<T: Serialize>(
        &mut self,
        engine: &Engine,
        key: &[u8],
        record: &T,
    ) -> Result<usize, StoreError> {
        let mut batch = Batch::default();
        engine.put(&mut batch, key, record)?;
        self.write(engine, vec![batch])
    }

    /// Writes `batch` and leaves `news` with the caller, who looks once it is durable.
    fn write_and_tell<T>(
        &mut self,
        engine: &Engine,
        batch: Batch,
        tell: oneshot::Sender<T>,
        news: T,
    ) -> Result<usize, StoreError> {
        self.write_all_and_tell(engine, (vec![batch], news), tell)
    }

    fn write_all_and_tell<T>(
        &mut self,
        engine: &Engine,
        (batches, news): (Vec<Batch>, T),
        tell: oneshot::Sender<T>,
    ) -> Result<usize, StoreError> {
        let n_keys = self.write(engine, batches)?;
        tell.send(news).ok();
        Ok(n_keys)
    }

    /// Writes what has become of a delivery that somebody worked on.
    fn settle_as(
        &mut self,
        engine: &Engine,
        (id, fence): (DeliveryId, Fence),
        become_of: impl FnOnce(Delivery) -> Delivery,
    ) -> Result<usize, StoreError> {
        let Some(delivery) = engine.get::<Delivery>(&layout::delivery(id))? else {
            self.shared.leases.give_back(id, fence);
            return Err(StoreError::Unknown { what: format!("delivery {id}") });
        };
        let earlier = delivery.state;
        let delivery = become_of(delivery);
        let mut batch = Batch::default();
        entries::put_delivery(engine, &mut batch, &delivery, Some(earlier))?;
        self.write(engine, vec![batch])
    }

    /// Adds what nobody waits for and makes all of it durable.
    pub(super) fn make_durable(&mut self) -> Result<(), Failure> {
        let done = self.shared.check_writable().and_then(|()| {
            self.guarded(|writer, engine| {
                writer.fold(engine)?;
                if writer.group.is_journaled {
                    writer.journal.sync()?;
                }
                writer.chores.tell_walk(engine)?;
                let staged = writer.chores.staged_for_copy(engine);
                engine.write_staged()?;
                engine.sync()?;
                writer.chores.follow(staged);
                writer.note.write(&writer.mark)?;
                writer.shared.catalog().complete(writer.mark.for_search());
                writer.shared.indexing.wake();
                Ok(())
            })
        });
        if let (Err(_), Some(engine)) = (&done, &self.engine) {
            engine.drop_staged();
        }
        self.group = Group::default();
        // Whatever it was: what is on the disk is unknown from here on.
        done.map_err(|error| self.shared.fail(Failure::from(&error)))
    }

    /// Stages what nobody waits for, and how far the store is with it.
    fn fold(&mut self, engine: &Engine) -> Result<(), StoreError> {
        let finished = self.shared.finished();
        let mut batches = Vec::new();
        for state in finished.values() {
            units::add(&mut batches, units::feed_state(engine, state)?);
        }
        for place in self.fallen.drain(..) {
            units::add(&mut batches, Batch::removing(layout::sketch(place)));
        }
        self.write(engine, batches)?;
        self.shared.forget_finished(&finished);
        self.tell_catalog();
        let over = self.shared.catalog().near_misses_over();
        let mut batches = Vec::new();
        for place in over {
            let mut batch = Batch::default();
            entries::remove_near_miss(engine, &mut batch, place)?;
            units::add(&mut batches, batch);
        }
        self.write(engine, batches)?;
        self.tell_catalog();
        self.mark.group += 1;
        self.mark.journal = Some(self.journal.end());
        engine.stage(Batch::default(), &mut self.mark)
    }

    fn tell_catalog(&mut self) {
        let mut catalog = self.shared.catalog();
        for note in self.group.notes.drain(..) {
            catalog.note(note);
        }
    }

    /// Journals and stages the batches in order and says how many keys they have.
    pub(super) fn write(
        &mut self,
        engine: &Engine,
        batches: Vec<Batch>,
    ) -> Result<usize, StoreError> {
        let n_keys = batches.iter().map(Batch::n_keys).sum();
        let mut batches = batches;
        let lines = batches.iter_mut().flat_map(|batch| std::mem::take(&mut batch.journal));
        let lines: Vec<Entry> = lines.collect();
        if !lines.is_empty() {
            self.journal.append(self.mark.group + 1, SystemClock.now(), &lines)?;
            self.group.is_journaled = true;
            let articles = lines.iter().filter(|line| line.kind == Kind::Article);
            let articles = articles.filter_map(|line| line.id.parse().ok());
            self.group.notes.extend(articles.map(Note::Article));
        }
        for mut batch in batches {
            self.group.notes.append(&mut batch.notes);
            let staged = engine.stage(batch, &mut self.mark);
            // The journal says it already.
            staged.map_err(|error| self.shared.fail(Failure::from(&error)).error())?;
        }
        Ok(n_keys)
    }

    /// Runs `work`, where sled may panic instead of returning an error. A panic ends all writing;
    /// an error is the answer to one request.
    pub(super) fn guarded<T>(
        &mut self,
        work: impl FnOnce(&mut Self, &Engine) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Some(engine) = self.engine.take() else { return Err(away()) };
        let done = caught(|| Ok(work(self, &engine)));
        self.engine = Some(engine);
        done.unwrap_or_else(|panic| Err(self.shared.fail(Failure::from(&panic)).error()))
    }

    /// Closes the database and opens it again: sled does not get over a full disk by itself.
    ///
    /// # Errors
    /// It cannot be opened yet; readers find none until this succeeds.
    pub(super) fn reopen(&mut self) -> Result<(), StoreError> {
        self.engine = None;
        self.shared.drop_engine();
        let started = caught(|| start(&self.folder, &Opening::default()))?;
        let Started { engine, journal, note, mark, loaded } = started;
        self.engine = Some(engine.for_writing()?);
        (self.journal, self.note, self.mark) = (journal, note, mark);
        self.group = Group::default();
        let Loaded { sketchbook, mut catalog, notices, fallen, owner } = loaded;
        catalog.begin(mark.for_search());
        self.fallen = fallen;
        self.shared.set_owner(owner);
        self.shared.reopened(engine, sketchbook, catalog, notices);
        self.shared.indexing.reopen(mark.for_search());
        Ok(())
    }
}

/// What opening a store leaves to its writer.
pub(super) struct Opened {
    /// One for writing.
    pub(super) engine: Engine,
    pub(super) journal: Journal,
    pub(super) note: progress::Note,
    pub(super) mark: Mark,
    pub(super) fallen: Vec<Place<MatchId>>,
    pub(super) chores: Chores,
}
