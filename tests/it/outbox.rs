//! An outbox in memory whose every move a test can wait for, and which can fail on demand.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::Mutex;

use async_trait::async_trait;
use silkwire::model::{
    AlertKind, ArticleId, Attempt, Delivery, DeliveryId, DeliveryState, EventId, MatchId,
    ReceiverState, StoryId, Timestamp,
};
use silkwire::store::{
    DeliveryFilter, Fence, Leased, Outbox, Page, PageRequest, QueueState, Replayed, Settlement,
    StoreError,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

#[derive(Default)]
pub(crate) struct TestOutbox {
    inner: Mutex<Inner>,
    n_settled: watch::Sender<usize>,
}

#[derive(Default)]
struct Inner {
    deliveries: Vec<Delivery>,
    leased: HashMap<DeliveryId, Fence>,
    n_leases: u64,
    receivers: BTreeMap<String, ReceiverState>,
    n_full: usize,
    cancel_at_lease: Option<CancellationToken>,
}

impl TestOutbox {
    /// Puts in a delivery to `receiver` that tells of event number `number`, due since `due`.
    pub(crate) fn push(&self, receiver: &str, number: usize, due: Timestamp) -> DeliveryId {
        let matched = MatchId::of("test", ArticleId::of_identity(b"test"));
        let story = StoryId::opened_by(matched);
        let event = EventId::of_story("test", "match.created", story, number as u64);
        let id = DeliveryId::of(event, receiver);
        self.inner.lock().unwrap().deliveries.push(Delivery {
            id,
            event,
            kind: AlertKind::MatchCreated,
            receiver: receiver.to_owned(),
            matched: Some(matched),
            story: Some(story),
            lists: Vec::new(),
            score: None,
            mute_windows: Vec::new(),
            is_held: false,
            replayed: None,
            body: format!(r#"{{"type":"match.created","number":{number},"title":"日本"}}"#),
            created: due,
            state: DeliveryState::Pending { due },
            attempts: Vec::new(),
        });
        id
    }

    /// The same with these bytes.
    pub(crate) fn push_body(&self, receiver: &str, number: usize, due: Timestamp, body: String) {
        let id = self.push(receiver, number, due);
        let mut inner = self.inner.lock().unwrap();
        inner.deliveries.iter_mut().find(|it| it.id == id).unwrap().body = body;
    }

    /// The next `n` settlements find the disk full.
    pub(crate) fn fill_disk(&self, n: usize) {
        self.inner.lock().unwrap().n_full = n;
    }

    /// Somebody else takes over what is leased, and settles it.
    pub(crate) fn take_over(&self, id: DeliveryId, at: Timestamp) {
        let mut inner = self.inner.lock().unwrap();
        inner.leased.remove(&id).unwrap();
        let delivery = inner.deliveries.iter_mut().find(|it| it.id == id).unwrap();
        delivery.state = DeliveryState::Delivered { at };
    }

    /// The next lease fires `cancel`.
    pub(crate) fn cancel_at_lease(&self, cancel: CancellationToken) {
        self.inner.lock().unwrap().cancel_at_lease = Some(cancel);
    }

    pub(crate) fn get(&self, id: DeliveryId) -> Delivery {
        let inner = self.inner.lock().unwrap();
        inner.deliveries.iter().find(|it| it.id == id).unwrap().clone()
    }

    pub(crate) fn states(&self) -> Vec<&'static str> {
        self.inner.lock().unwrap().deliveries.iter().map(|it| it.state.as_str()).collect()
    }

    pub(crate) fn n_leased(&self) -> usize {
        self.inner.lock().unwrap().leased.len()
    }

    /// Waits until `n` attempts were recorded in all.
    pub(crate) async fn settled(&self, n: usize) {
        self.n_settled.subscribe().wait_for(|settled| n <= *settled).await.unwrap();
    }
}

fn due_of(delivery: &Delivery) -> Option<Timestamp> {
    match delivery.state {
        DeliveryState::Pending { due } => Some(due),
        _ => None,
    }
}

#[async_trait]
impl Outbox for TestOutbox {
    async fn lease(
        &self,
        receiver: &str,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Leased>, StoreError> {
        assert!(now < until, "leased for no time");
        let mut inner = self.inner.lock().unwrap();
        let Inner { deliveries, leased, n_leases, cancel_at_lease, .. } = &mut *inner;
        cancel_at_lease.take().inspect(CancellationToken::cancel);
        let is_due = |it: &&Delivery| {
            it.receiver == receiver
                && !leased.contains_key(&it.id)
                && due_of(it).is_some_and(|due| due <= now)
        };
        let due: Vec<Delivery> = deliveries.iter().filter(is_due).take(limit).cloned().collect();
        let lease = |delivery: Delivery| {
            *n_leases += 1;
            let fence = Fence::new(*n_leases);
            leased.insert(delivery.id, fence);
            Leased { delivery, fence }
        };
        Ok(due.into_iter().map(lease).collect())
    }

    async fn release(&self, id: DeliveryId, fence: Fence) -> Result<(), StoreError> {
        let mut inner = self.inner.lock().unwrap();
        if inner.leased.get(&id) == Some(&fence) {
            inner.leased.remove(&id);
        }
        Ok(())
    }

    async fn settle(
        &self,
        id: DeliveryId,
        fence: Fence,
        attempt: Attempt,
        settlement: Settlement,
    ) -> Result<(), StoreError> {
        let mut inner = self.inner.lock().unwrap();
        if 0 < inner.n_full {
            inner.n_full -= 1;
            return Err(StoreError::Full(io::Error::other("test")));
        }
        if inner.leased.get(&id) != Some(&fence) {
            return Err(StoreError::Fenced);
        }
        inner.leased.remove(&id);
        let delivery = inner.deliveries.iter_mut().find(|it| it.id == id).unwrap();
        delivery.attempts.push(attempt);
        delivery.is_held = false;
        delivery.state = match settlement {
            Settlement::Delivered { at } => DeliveryState::Delivered { at },
            Settlement::RetryAt { due } => DeliveryState::Pending { due },
            Settlement::Dead { at } => DeliveryState::Dead { at },
        };
        self.n_settled.send_modify(|n| *n += 1);
        Ok(())
    }

    async fn postpone(
        &self,
        id: DeliveryId,
        fence: Fence,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let mut inner = self.inner.lock().unwrap();
        if inner.leased.get(&id) != Some(&fence) {
            return Err(StoreError::Fenced);
        }
        inner.leased.remove(&id);
        let delivery = inner.deliveries.iter_mut().find(|it| it.id == id).unwrap();
        delivery.state = DeliveryState::Pending { due: until };
        delivery.is_held = true;
        Ok(())
    }

    async fn hurry(&self, receiver: Option<&str>, now: Timestamp) -> Result<u64, StoreError> {
        let mut inner = self.inner.lock().unwrap();
        let is_meant = |it: &&mut Delivery| receiver.is_none_or(|name| name == it.receiver);
        let held = inner.deliveries.iter_mut().filter(|it| it.is_held).filter(is_meant);
        Ok(held
            .map(|it| (it.is_held, it.state) = (false, DeliveryState::Pending { due: now }))
            .count() as u64)
    }

    async fn replay(&self, ids: Vec<DeliveryId>, due: Timestamp) -> Result<Replayed, StoreError> {
        let mut inner = self.inner.lock().unwrap();
        let mut counts = Replayed::default();
        for delivery in inner.deliveries.iter_mut().filter(|it| ids.contains(&it.id)) {
            if due_of(delivery).is_some() {
                counts.n_pending += 1;
            } else {
                counts.n_replayed += 1;
                delivery.replayed = Some(due);
                delivery.state = DeliveryState::Pending { due };
            }
        }
        Ok(counts)
    }

    async fn bury(&self, receiver: &str, at: Timestamp) -> Result<u64, StoreError> {
        let mut inner = self.inner.lock().unwrap();
        let Inner { deliveries, leased, .. } = &mut *inner;
        let waits = |it: &&mut Delivery| {
            it.receiver == receiver && due_of(it).is_some() && !leased.contains_key(&it.id)
        };
        let waiting = deliveries.iter_mut().filter(waits);
        Ok(waiting.map(|it| it.state = DeliveryState::Dead { at }).count() as u64)
    }

    async fn queues(&self) -> Result<Vec<QueueState>, StoreError> {
        let inner = self.inner.lock().unwrap();
        let mut names: Vec<&str> = inner.deliveries.iter().map(|it| it.receiver.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let queue = |name: &str| {
            let own = inner.deliveries.iter().filter(|it| it.receiver == name);
            let pending = own.clone().filter(|it| due_of(it).is_some());
            QueueState {
                receiver: name.to_owned(),
                n_pending: pending.clone().count() as u64,
                oldest: pending.map(|it| it.created).min(),
                n_dead: own.filter(|it| matches!(it.state, DeliveryState::Dead { .. })).count()
                    as u64,
            }
        };
        Ok(names.into_iter().map(queue).collect())
    }

    async fn next_due(&self, receiver: &str) -> Result<Option<Timestamp>, StoreError> {
        let inner = self.inner.lock().unwrap();
        let waiting = inner.deliveries.iter();
        let waiting =
            waiting.filter(|it| it.receiver == receiver && !inner.leased.contains_key(&it.id));
        Ok(waiting.filter_map(due_of).min())
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        Ok(Some(self.get(id)))
    }

    async fn deliveries(
        &self,
        _filter: DeliveryFilter,
        _page: PageRequest,
    ) -> Result<Page<Delivery>, StoreError> {
        let items = self.inner.lock().unwrap().deliveries.clone();
        Ok(Page { items, next: None })
    }

    async fn receiver(&self, name: &str) -> Result<Option<ReceiverState>, StoreError> {
        Ok(self.inner.lock().unwrap().receivers.get(name).cloned())
    }

    async fn set_receiver(&self, state: ReceiverState) -> Result<(), StoreError> {
        self.inner.lock().unwrap().receivers.insert(state.receiver.clone(), state);
        Ok(())
    }
}
