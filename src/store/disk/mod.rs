//! The store on disk: a journal, sled as its index, one writer thread, our own `fsync`.
//!
//! Invariant: one process, one writer; a commit is one frame of the journal and a few batches,
//! each of which is written completely or not at all, the feed's validators in the last one.
//! Invariant: what cannot be fetched again is in the journal before it is in sled.
//! Invariant: damaged files end in a [`StoreError`] or in a rebuilt store, never in a panic.

mod layout;
mod record;
mod engine;
mod seen;
mod digest;
mod progress;
mod generation;
mod notices;
mod open;
mod start;
mod migration;
mod mending;
mod restore;
mod shared;
mod entries;
mod units;
mod editing;
mod queueing;
mod purging;
mod erasing;
mod changes;
mod space;
mod compaction;
mod housekeeping;
mod waiting;
mod chores;
mod indexing;
mod writer;
mod lists;
mod loading;
mod reading_room;
mod backup;
mod bring_back;
mod verify;
mod upkeep;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use tokio::sync::{mpsc, oneshot};

use crate::model::{
    Article, ArticleId, Attempt, Delivery, DeliveryId, FeedId, FeedState, Match, MatchId,
    ReceiverState, Sketch, Story, StoryId, Timestamp,
};
use crate::store::disk::chores::{Care, Chores};
use crate::store::disk::engine::{Engine, io_error};
use crate::store::disk::indexing::{Indexing, keeper};
use crate::store::disk::loading::Loaded;
use crate::store::disk::open::{IfMissing, panic_text};
use crate::store::disk::shared::{Shared, closed};
use crate::store::disk::start::Started;
use crate::store::disk::writer::{Opened, QUEUE_MAX, Request, Work, Writer};
use crate::store::outbox::Lease;
use crate::store::{
    Articles, BackupReport, Commit, Config, DeliveryFilter, Epoch, Fence, Leased, MatchFilter,
    Opening, Outbox, Ownership, Page, PageRequest, QueueState, Replayed, Schedule, Seen, SeenKey,
    Settlement, Sighting, Store, StoreError,
};

/// So many texts are packed in well under a millisecond.
const PACKED_AT_ONCE_MAX: usize = 4;

/// The store in a folder. All methods need a tokio runtime, but for opening and dropping.
///
/// Dropping it is like closing it, but blocks for the time of one `fsync`.
pub struct DiskStore {
    folder: PathBuf,
    shared: Arc<Shared>,
    /// None once it is closed.
    running: Mutex<Option<Running>>,
}

struct Running {
    queue: mpsc::Sender<Request>,
    writer: JoinHandle<Result<(), StoreError>>,
    indexer: JoinHandle<()>,
}

impl DiskStore {
    /// Opens or creates the store in `folder`, which gets mode 0700 if it is new. Blocks.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has it, [`StoreError::Newer`] when a newer
    /// version wrote it, [`StoreError::Full`] and [`StoreError::Io`] when the disk does not do
    /// it. A damaged store is rebuilt.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Self::open_with(folder, &Config::default(), &Opening::default())
    }

    /// Like [`DiskStore::open`] with a configuration, and notes in `opening` how far it has come.
    pub fn open_with(
        folder: &Path,
        config: &Config,
        opening: &Opening,
    ) -> Result<Self, StoreError> {
        let care = Care::new(config);
        Self::start(folder, IfMissing::Create, opening, care)
    }

    /// Opens the store in `folder` for a reading command: it never creates one. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is none; else as [`DiskStore::open`].
    pub fn open_existing(folder: &Path) -> Result<Self, StoreError> {
        Self::start(folder, IfMissing::Fail, &Opening::default(), Care::new(&Config::default()))
    }

    /// Makes the store in `folder` from the backup at `file`, all of which is checked before. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when there is a store already, or `file` is no whole backup;
    /// [`StoreError::Newer`] when a newer version made it; [`StoreError::InUse`].
    pub fn restore(folder: &Path, file: &Path) -> Result<BackupReport, StoreError> {
        bring_back::bring_back(folder, file)
    }

    fn start(
        folder: &Path,
        if_missing: IfMissing,
        opening: &Opening,
        care: Care,
    ) -> Result<Self, StoreError> {
        let open = || {
            let watch = opening.clone();
            let bring_up = move |folder: &Path| start::start(folder, &watch);
            open::open(folder, if_missing, opening, bring_up)
        };
        let opened = match open() {
            // sled needs some room to be opened.
            Err(StoreError::Full(_)) if space::release_ballast(folder) => open(),
            opened => opened,
        };
        let (lock, started) = opened.map_err(|error| match error {
            StoreError::Full(error) => space::full_at_opening(folder, &error),
            error => error,
        })?;
        let chores = Chores::begin(folder, care);
        let Started { engine, journal, note, mark, loaded } = started;
        let Loaded { sketchbook, fallen, mut catalog, notices, owner } = loaded;
        catalog.begin(mark.for_search());
        let indexing = Indexing::new(folder, mark.for_search());
        let opened = Opened { engine: engine.for_writing()?, journal, note, mark, fallen, chores };
        let condition = opened.chores.condition();
        let shared = Shared::new(engine, lock, sketchbook, catalog, notices, condition, indexing);
        let shared = Arc::new(shared);
        shared.set_owner(owner);
        let (queue, requests) = mpsc::channel(QUEUE_MAX);
        let writer = {
            let (shared, folder) = (Arc::clone(&shared), folder.to_owned());
            let run = move || Writer::new(&shared, folder, opened).run(requests);
            thread::Builder::new().name("store-writer".to_owned()).spawn(run).map_err(io_error)?
        };
        let indexer = {
            let shared = Arc::clone(&shared);
            let run = move || keeper::run(&shared);
            thread::Builder::new().name("store-search".to_owned()).spawn(run).map_err(io_error)?
        };
        if if_missing == IfMissing::Create {
            // Whoever goes on writing wants to be found soon.
            shared.indexing.wake();
        }
        let running = Mutex::new(Some(Running { queue, writer, indexer }));
        Ok(Self { folder: folder.to_owned(), shared, running })
    }

    /// Runs `work` where it may wait for the disk.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared, &Engine) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = Arc::clone(&self.shared);
        let reading = move || shared.with_engine(|engine| work(&shared, engine));
        tokio::task::spawn_blocking(reading).await.unwrap_or_else(|error| Err(ended(error)))
    }

    async fn record<T: DeserializeOwned + Send + 'static>(
        &self,
        key: Vec<u8>,
    ) -> Result<Option<T>, StoreError> {
        self.read(move |_, engine| engine.get(&key)).await
    }

    /// Returns when `work` is durable. A caller who goes away does not stop it.
    async fn write(&self, work: Work) -> Result<(), StoreError> {
        self.ask(work).await?.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Hands `work` to the writer, whose answer comes when it is durable.
    async fn ask(
        &self,
        work: Work,
    ) -> Result<oneshot::Receiver<Result<(), StoreError>>, StoreError> {
        let (answer, answered) = oneshot::channel();
        // The sender is dropped at once: it would keep the writer from ending.
        self.queue()?.send(Request { work, answer }).await.map_err(|_| closed())?;
        Ok(answered)
    }

    /// Like [`DiskStore::write`], for work that has something to tell.
    async fn write_and_hear<T>(
        &self,
        work: impl FnOnce(oneshot::Sender<T>) -> Work,
    ) -> Result<T, StoreError> {
        let (tell, told) = oneshot::channel();
        self.write(work(tell)).await?;
        told.await.map_err(|_| closed())
    }

    /// Keeps a delivery for whoever has `fence` until what came of it is written.
    async fn pin(&self, id: DeliveryId, fence: Fence) -> Result<(), StoreError> {
        let Err(error) = self.shared.leases.pin(id, fence) else { return Ok(()) };
        let unknown = || StoreError::Unknown { what: format!("delivery {id}") };
        self.delivery(id).await?.ok_or_else(unknown)?;
        Err(error)
    }

    fn queue(&self) -> Result<mpsc::Sender<Request>, StoreError> {
        self.running().as_ref().map(|running| running.queue.clone()).ok_or_else(closed)
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for DiskStore {
    fn drop(&mut self) {
        if let Some(running) = self.running().take() {
            // Whoever wants to know how it ended closes the store.
            stop(&self.shared, running).ok();
        }
    }
}

/// Lets the writer finish and lets go of the folder.
fn stop(shared: &Shared, Running { queue, writer, indexer }: Running) -> Result<(), StoreError> {
    drop(queue);
    let outcome = writer.join();
    shared.indexing.stop();
    // A panic of its own costs the index, which is made anew then.
    indexer.join().ok();
    shared.close();
    outcome.unwrap_or_else(|panic| Err(panicked(panic_text(panic.as_ref()))))
}

/// sled panics where others return an error.
fn ended(error: tokio::task::JoinError) -> StoreError {
    match error.try_into_panic() {
        Ok(panic) => panicked(panic_text(panic.as_ref())),
        Err(_) => StoreError::Unavailable { reason: "the runtime is shutting down".to_owned() },
    }
}

fn panicked(text: &str) -> StoreError {
    StoreError::Corrupt { what: text.to_owned() }
}

#[async_trait]
impl Schedule for DiskStore {
    async fn feed_states(&self) -> Result<Vec<FeedState>, StoreError> {
        self.read(|shared, engine| {
            // Before the written ones: a state that is written meanwhile is in both.
            let mut finished = shared.finished();
            let states = lists::all(engine, layout::FEED_STATE);
            let mut states: Vec<FeedState> = states.collect::<Result<_, _>>()?;
            for state in &mut states {
                if let Some(newer) = finished.remove(&state.feed) {
                    *state = newer;
                }
            }
            states.extend(finished.into_values());
            Ok(states)
        })
        .await
    }

    async fn feed_state(&self, feed: FeedId) -> Result<Option<FeedState>, StoreError> {
        self.read(move |shared, engine| match shared.finished_state(feed) {
            Some(state) => Ok(Some(state)),
            None => engine.get(&layout::feed_state(feed)),
        })
        .await
    }

    async fn finish(&self, state: FeedState, epoch: Option<Epoch>) -> Result<(), StoreError> {
        self.queue()?;
        self.shared.check_takes_all()?;
        self.shared.check_epoch(epoch)?;
        self.shared.finish(state);
        Ok(())
    }
}

#[async_trait]
impl Seen for DiskStore {
    async fn sightings(&self, keys: Vec<SeenKey>) -> Result<Vec<Option<Sighting>>, StoreError> {
        self.read(move |_, engine| seen::sightings(engine, &keys)).await
    }
}

#[async_trait]
impl Articles for DiskStore {
    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        // Packed by whoever brings it, not by the writer; many texts not by the runtime either.
        let prepared = match commit.matches.len() {
            ..=PACKED_AT_ONCE_MAX => Box::new(commit.into()),
            _ => tokio::task::spawn_blocking(|| Box::new(commit.into())).await.map_err(ended)?,
        };
        self.write(Work::Commit(prepared)).await
    }

    async fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        self.record(layout::article(id)).await
    }

    async fn matched(&self, id: MatchId) -> Result<Option<Match>, StoreError> {
        self.record(layout::matched(id)).await
    }

    async fn matches(
        &self,
        filter: MatchFilter,
        page: PageRequest,
    ) -> Result<Page<Match>, StoreError> {
        self.read(move |_, engine| lists::matches(engine, &filter, &page)).await
    }

    async fn story(&self, id: StoryId) -> Result<Option<Story>, StoreError> {
        self.record(layout::story(id)).await
    }

    async fn sketches(&self, since: Timestamp) -> Result<Vec<Arc<Sketch>>, StoreError> {
        self.queue()?;
        Ok(self.shared.sketches(since))
    }
}

#[async_trait]
impl Outbox for DiskStore {
    async fn lease(
        &self,
        receiver: &str,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Leased>, StoreError> {
        // What cannot be settled must not be sent.
        self.shared.check_takes_outcomes()?;
        let receiver = receiver.to_owned();
        let leased = self.read(move |shared, engine| {
            let term = (now, until);
            lists::lease(engine, &shared.leases, &receiver, term, limit)
        });
        let hand_over =
            |(lease, delivery): (Lease, Delivery)| Leased { delivery, fence: lease.hand_over() };
        Ok(leased.await?.into_iter().map(hand_over).collect())
    }

    async fn release(&self, id: DeliveryId, fence: Fence) -> Result<(), StoreError> {
        self.queue()?;
        self.shared.leases.give_back(id, fence);
        Ok(())
    }

    async fn settle(
        &self,
        id: DeliveryId,
        fence: Fence,
        attempt: Attempt,
        settlement: Settlement,
    ) -> Result<(), StoreError> {
        self.pin(id, fence).await?;
        self.write(Work::Settle { id, fence, attempt, settlement }).await
    }

    async fn postpone(
        &self,
        id: DeliveryId,
        fence: Fence,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        self.pin(id, fence).await?;
        self.write(Work::Postpone { id, fence, until }).await
    }

    async fn hurry(&self, receiver: Option<&str>, now: Timestamp) -> Result<u64, StoreError> {
        self.hurry_held(receiver, now).await
    }

    async fn replay(&self, ids: Vec<DeliveryId>, due: Timestamp) -> Result<Replayed, StoreError> {
        self.replay_all(&ids, due).await
    }

    async fn bury(&self, receiver: &str, at: Timestamp) -> Result<u64, StoreError> {
        self.bury_pending(receiver, at).await
    }

    async fn queues(&self) -> Result<Vec<QueueState>, StoreError> {
        self.queue()?;
        Ok(self.shared.catalog().queues())
    }

    async fn next_due(&self, receiver: &str) -> Result<Option<Timestamp>, StoreError> {
        let receiver = receiver.to_owned();
        self.read(move |shared, engine| lists::next_due(engine, &shared.leases, &receiver)).await
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        self.record(layout::delivery(id)).await
    }

    async fn deliveries(
        &self,
        filter: DeliveryFilter,
        page: PageRequest,
    ) -> Result<Page<Delivery>, StoreError> {
        self.read(move |_, engine| lists::deliveries(engine, &filter, &page)).await
    }

    async fn receiver(&self, name: &str) -> Result<Option<ReceiverState>, StoreError> {
        self.record(layout::receiver(name)).await
    }

    async fn set_receiver(&self, state: ReceiverState) -> Result<(), StoreError> {
        self.write(Work::SetReceiver(state)).await
    }
}

#[async_trait]
impl Ownership for DiskStore {
    async fn own(
        &self,
        node: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Epoch>, StoreError> {
        let (node, (tell, told)) = (node.to_owned(), oneshot::channel());
        let answered = self.ask(Work::Own { node, now, until, tell }).await?;
        // A poll waits for it, so tokio's paused clock must stand still; it is asked rarely.
        let answered = tokio::task::spawn_blocking(move || answered.blocking_recv());
        answered.await.map_err(ended)?.unwrap_or_else(|_| Err(closed()))?;
        told.await.map_err(|_| closed())
    }
}

#[async_trait]
impl Store for DiskStore {
    async fn ping(&self) -> Result<(), StoreError> {
        self.write(Work::Ping).await
    }

    async fn close(&self) -> Result<(), StoreError> {
        let Some(running) = self.running().take() else { return Ok(()) };
        let shared = Arc::clone(&self.shared);
        let stopping = tokio::task::spawn_blocking(move || stop(&shared, running));
        stopping.await.unwrap_or_else(|error| Err(ended(error)))
    }
}

#[cfg(test)]
mod care_tests;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::disk::engine::Batch;
    use crate::store::disk::shared::Failure;
    use crate::store::{StoreHealth, Upkeep};

    /// Goal: after a failed write nothing is called safe, nothing is sent that could not be
    /// recorded, and people can still read.
    #[tokio::test]
    async fn failed_store_is_read_only() {
        let folder = tempfile::tempdir().unwrap();
        let store = DiskStore::open(folder.path()).unwrap();
        let id = FeedId::of_url("https://example.org/");
        let now = Timestamp::from_unix_ms(0).unwrap();
        let commit = Commit { feed: Some(FeedState::new(id, now)), ..Commit::default() };
        store.commit(commit.clone()).await.unwrap();
        store.shared.fail(Failure::Io("broken".to_owned()));
        store.shared.fail(Failure::Unavailable("later".to_owned()));
        let errors = [
            store.commit(commit).await.unwrap_err(),
            store.finish(FeedState::new(id, now), None).await.unwrap_err(),
            store.lease("desk", now, now, 1).await.unwrap_err(),
        ];
        assert!(errors.iter().all(|error| matches!(error, StoreError::Io { .. })), "{errors:?}");
        assert!(store.feed_state(id).await.unwrap().is_some());
        assert!(matches!(store.health(), StoreHealth::Failed { .. }));
        assert!(matches!(store.close().await, Err(StoreError::Io { .. })));
        assert!(DiskStore::open(folder.path()).is_ok());
    }

    /// Goal: a record that sled forgot without a word is noticed while the service runs, and
    /// what is written meanwhile is no false alarm.
    /// Method: whoever wants the first compaction gets a walk first.
    #[tokio::test]
    async fn forgotten_record_is_noticed() {
        for is_forgotten in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let care = Care { first_walk: Duration::MAX, ..Care::new(&Config::default()) };
            let store =
                DiskStore::start(folder.path(), IfMissing::Create, &Opening::default(), care);
            let store = store.unwrap();
            store.set_receiver(receiver_state(7)).await.unwrap();
            if is_forgotten {
                let forgotten = Batch::removing(layout::receiver("desk-7"));
                store.shared.with_engine(|engine| engine.apply(forgotten)).unwrap();
            }
            let writing = async {
                for number in 10..400 {
                    store.set_receiver(receiver_state(number % 50)).await.unwrap();
                }
            };
            let (compacted, ()) = tokio::join!(store.compact(), writing);
            compacted.unwrap();
            let notices = store.notices();
            assert_eq!(notices.len(), usize::from(is_forgotten), "{notices:?}");
            assert!(notices.iter().all(|text| text.contains("silkwire store verify")));
        }
    }

    fn receiver_state(number: u32) -> ReceiverState {
        let receiver = format!("desk-{number}");
        ReceiverState::fine(receiver)
    }
}
