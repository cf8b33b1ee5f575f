//! Sends alerts again: what was given up, what was delivered, and what a receiver that came later
//! was never told.
//!
//! Invariant: an alert that is sent again has the id and the body that it had; one that is made
//! for a later receiver has the id of the event that others were told of.
//! Invariant: what was erased is never sent.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde_json::Value;

use crate::alert::{Envelope, Message, News, Router, Tidings};
use crate::model::view::{ReplayItemView, ReplayView, SkipReason, SkippedView};
use crate::model::{
    AlertKind, Delivery, DeliveryId, DeliveryState, EventId, Feed, FeedId, MatchId, Story, StoryId,
    StoryNews, Timestamp,
};
use crate::review::{ControlError, ReplayMode, ReplayOrder, ReplayWhat};
use crate::store::{Commit, DeliveryFilter, DeliveryPhase, PageRequest, Store, StoreError};

/// More at once is a mistake, or too much for a receiver.
const ALERTS_MAX: usize = 100_000;

/// Deliveries are read so many at a time.
const PAGE: usize = 200;

/// So many are written at a time.
const CHUNK: usize = 100;

/// What alerts are sent again with.
pub(super) struct Replayer<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) router: &'a Router,
    /// Names of the configured receivers.
    pub(super) receivers: &'a [String],
    pub(super) feed: &'a (dyn Fn(FeedId) -> Option<Feed> + Sync),
    pub(super) now: Timestamp,
}

/// What is sent again.
#[derive(Default)]
struct Plan {
    steps: Vec<Step>,
    skipped: BTreeMap<SkipReason, u64>,
}

/// One alert that is sent again.
struct Step {
    item: ReplayItemView,
    /// What it tells, if it must be made.
    event: Option<Event>,
}

/// Something that receivers were told of.
#[derive(Clone)]
struct Event {
    id: EventId,
    kind: AlertKind,
    created: Timestamp,
    matched: MatchId,
    story: StoryId,
    /// What changed, as far as a receiver's body says it in words of ours.
    changes: Vec<String>,
}

/// The records that an event tells of, as they are now.
struct Told {
    matched: crate::model::Match,
    article: crate::model::Article,
    story: Story,
    feed: Option<Feed>,
}

impl Plan {
    fn skip(&mut self, reason: SkipReason) {
        *self.skipped.entry(reason).or_default() += 1;
    }

    /// Sends `delivery` again, unless there is a reason not to.
    fn add(&mut self, delivery: &Delivery) {
        match delivery.state {
            DeliveryState::Pending { .. } => self.skip(SkipReason::Pending),
            _ if delivery.body.is_empty() => self.skip(SkipReason::Erased),
            _ => self.steps.push(Step { item: ReplayItemView::known(delivery), event: None }),
        }
    }

    /// In the order in which the alerts were first committed.
    fn sort(&mut self) {
        self.steps.sort_by_key(|step| (step.item.created, step.item.id));
    }
}

impl Replayer<'_> {
    /// Does what is wanted, and says what that comes to.
    ///
    /// # Errors
    /// [`ControlError::Unknown`] if there is no such delivery or receiver,
    /// [`ControlError::Refused`] if it was erased, if its receiver is switched off, or if too
    /// much is wanted.
    pub(super) async fn replay(&self, order: &ReplayOrder) -> Result<ReplayView, ControlError> {
        let mut plan = match &order.what {
            ReplayWhat::One(id) => self.one(*id).await?,
            ReplayWhat::Several { receiver, since, until, only_dead } => {
                let filter =
                    DeliveryFilter { since: *since, until: *until, ..DeliveryFilter::default() };
                match receiver {
                    Some(receiver) => self.of_receiver(receiver, filter, *only_dead).await?,
                    None if since.is_none() => return Err(nothing_named()),
                    None => self.of_all(filter).await?,
                }
            }
        };
        plan.sort();
        let mut view = ReplayView {
            dry_run: order.mode == ReplayMode::Show,
            n_replayed: plan.steps.len() as u64,
            n_new: plan.steps.iter().filter(|step| step.event.is_some()).count() as u64,
            ..ReplayView::default()
        };
        match order.mode {
            ReplayMode::Send => self.send(&plan.steps).await?,
            ReplayMode::Show => {
                let items = plan.steps.into_iter().take(ReplayView::ITEMS_MAX);
                view.items = items.map(|step| step.item).collect();
            }
        }
        let skipped = plan.skipped.into_iter();
        view.skipped = skipped.map(|(reason, n)| SkippedView { reason, n }).collect();
        Ok(view)
    }

    async fn one(&self, id: DeliveryId) -> Result<Plan, ControlError> {
        let unknown = || ControlError::Unknown { what: format!("delivery {id}") };
        let delivery = self.store.delivery(id).await?.ok_or_else(unknown)?;
        let mut plan = Plan::default();
        if matches!(delivery.state, DeliveryState::Pending { .. }) {
            plan.skip(SkipReason::Pending);
            return Ok(plan);
        }
        let receiver = &delivery.receiver;
        match self.reason_against(receiver).await? {
            None => {}
            Some(SkipReason::NotConfigured) => {
                let reason = format!("the configuration does not know receiver {receiver:?}");
                return Err(ControlError::Refused { reason });
            }
            Some(_) => return Err(is_off(receiver)),
        }
        if delivery.body.is_empty() {
            let reason = format!("delivery {id} is never sent again: its article was erased");
            return Err(ControlError::Refused { reason });
        }
        plan.add(&delivery);
        Ok(plan)
    }

    /// What was given up for all receivers.
    async fn of_all(&self, filter: DeliveryFilter) -> Result<Plan, ControlError> {
        let mut plan = Plan::default();
        let mut standing = HashMap::new();
        let filter = DeliveryFilter { phase: Some(DeliveryPhase::Dead), ..filter };
        let mut after = None;
        loop {
            let page = self.page(&filter, after).await?;
            for delivery in &page.items {
                if !standing.contains_key(&delivery.receiver) {
                    let reason = self.reason_against(&delivery.receiver).await?;
                    standing.insert(delivery.receiver.clone(), reason);
                }
                match standing.get(&delivery.receiver).copied().flatten() {
                    Some(reason) => plan.skip(reason),
                    None => plan.add(delivery),
                }
            }
            check_number(plan.steps.len())?;
            after = page.next;
            if after.is_none() {
                return Ok(plan);
            }
        }
    }

    /// What `receiver` was told or should have been; if it came later, what it would have been.
    async fn of_receiver(
        &self,
        receiver: &str,
        filter: DeliveryFilter,
        only_dead: bool,
    ) -> Result<Plan, ControlError> {
        self.check_receiver(receiver).await?;
        let mut plan = Plan::default();
        let filter = if only_dead {
            let receiver = Some(receiver.to_owned());
            DeliveryFilter { receiver, phase: Some(DeliveryPhase::Dead), ..filter }
        } else {
            filter
        };
        let mut events: HashMap<EventId, Event> = HashMap::new();
        let mut after = None;
        loop {
            let page = self.page(&filter, after).await?;
            for delivery in &page.items {
                if delivery.receiver == receiver {
                    plan.add(delivery);
                } else if let Some(event) = Event::of(delivery) {
                    let known = events.entry(event.id).or_insert_with(|| event.clone());
                    if known.changes.is_empty() {
                        known.changes = event.changes;
                    }
                }
            }
            check_number(plan.steps.len().max(events.len()))?;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        for event in events.into_values() {
            self.add_missed(&mut plan, receiver, event).await?;
        }
        Ok(plan)
    }

    /// Adds an event that others were told of, if `receiver` never was and should have been.
    async fn add_missed(
        &self,
        plan: &mut Plan,
        receiver: &str,
        event: Event,
    ) -> Result<(), StoreError> {
        let id = DeliveryId::of(event.id, receiver);
        if self.store.delivery(id).await?.is_some() {
            // It was told at another time than the others, or just now.
            return Ok(());
        }
        let Some(told) = self.told(&event).await? else {
            plan.skip(SkipReason::Gone);
            return Ok(());
        };
        if !self.router.belongs(&told.news(), event.tells(), receiver) {
            plan.skip(SkipReason::NotRouted);
            return Ok(());
        }
        let item = ReplayItemView {
            id,
            event: event.id.webhook_id(),
            kind: event.kind,
            receiver: receiver.to_owned(),
            created: event.created,
            is_new: true,
        };
        plan.steps.push(Step { item, event: Some(event) });
        Ok(())
    }

    /// Puts all of it into the outbox, due in its order from now on.
    async fn send(&self, steps: &[Step]) -> Result<(), StoreError> {
        let mut due = self.now;
        let is_alike = |one: &Step, other: &Step| one.event.is_some() == other.event.is_some();
        let chunks = steps.chunk_by(is_alike).flat_map(|alike| alike.chunks(CHUNK));
        for chunk in chunks {
            if chunk.iter().all(|step| step.event.is_none()) {
                let ids = chunk.iter().map(|step| step.item.id).collect();
                self.store.replay(ids, due).await?;
            } else {
                self.make(chunk, due).await?;
            }
            due = due.plus(Duration::from_millis(chunk.len() as u64));
        }
        Ok(())
    }

    /// Makes the alerts of these events for a receiver that was never told.
    async fn make(&self, steps: &[Step], mut due: Timestamp) -> Result<(), StoreError> {
        let mut deliveries = Vec::with_capacity(steps.len());
        for step in steps {
            let Some(event) = &step.event else { continue };
            // Somebody may have erased it just now.
            let Some(told) = self.told(event).await? else { continue };
            let news = told.news();
            let message = Message::News { tidings: event.tidings(), news: &news };
            let receiver = step.item.receiver.as_str();
            let made = self.router.deliveries(&message, [receiver], &event.envelope(&told));
            // The body says when others were told; it is sent now.
            let state = DeliveryState::Pending { due };
            let again = |delivery| Delivery { state, replayed: Some(due), ..delivery };
            deliveries.extend(made.into_iter().map(again));
            due = due.plus(Duration::from_millis(1));
        }
        self.store.commit(Commit { deliveries, ..Commit::default() }).await
    }

    /// What `event` tells of; none if some of that is gone.
    async fn told(&self, event: &Event) -> Result<Option<Told>, StoreError> {
        let Some(matched) = self.store.matched(event.matched).await? else { return Ok(None) };
        let Some(article) = self.store.article(matched.article).await? else { return Ok(None) };
        let Some(story) = self.store.current_story(event.story).await? else { return Ok(None) };
        let feed = (self.feed)(matched.feed);
        Ok(Some(Told { matched, article, story, feed }))
    }

    async fn page(
        &self,
        filter: &DeliveryFilter,
        after: Option<String>,
    ) -> Result<crate::store::Page<Delivery>, StoreError> {
        self.store.deliveries(filter.clone(), PageRequest { limit: PAGE, after }).await
    }

    async fn check_receiver(&self, receiver: &str) -> Result<(), ControlError> {
        match self.reason_against(receiver).await? {
            None => Ok(()),
            Some(SkipReason::Off) => Err(is_off(receiver)),
            Some(_) => Err(ControlError::Unknown { what: format!("receiver {receiver:?}") }),
        }
    }

    /// Why nothing is sent to `receiver`; none if something is.
    async fn reason_against(&self, receiver: &str) -> Result<Option<SkipReason>, StoreError> {
        if !self.receivers.iter().any(|name| name == receiver) {
            return Ok(Some(SkipReason::NotConfigured));
        }
        let state = self.store.receiver(receiver).await?;
        Ok(state.and_then(|state| state.disabled).map(|_| SkipReason::Off))
    }
}

impl Told {
    fn news(&self) -> News<'_> {
        let Self { matched, article, story, feed } = self;
        News { matched, article, story, feed: feed.as_ref() }
    }
}

impl Event {
    /// What `delivery` tells of, if that is stored; digests and notices are told once.
    fn of(delivery: &Delivery) -> Option<Self> {
        if !matches!(delivery.kind, AlertKind::MatchCreated | AlertKind::StoryUpdated) {
            return None;
        }
        let Delivery { event, kind, created, .. } = *delivery;
        let (matched, story) = (delivery.matched?, delivery.story?);
        let changes = changes_in(&delivery.body);
        Some(Self { id: event, kind, created, matched, story, changes })
    }

    fn tells(&self) -> StoryNews {
        match self.kind {
            AlertKind::MatchCreated => StoryNews::New,
            _ => StoryNews::Updated,
        }
    }

    fn tidings(&self) -> Tidings<'_> {
        match self.kind {
            AlertKind::MatchCreated => Tidings::Created,
            _ => Tidings::Changed(&self.changes),
        }
    }

    /// As others were told it.
    fn envelope(&self, told: &Told) -> Envelope {
        Envelope {
            event: self.id,
            matched: Some(self.matched),
            story: Some(self.story),
            lists: Vec::new(),
            score: Some(told.matched.score),
            due: self.created,
            now: self.created,
        }
    }
}

/// The changes that a body in our JSON names; other formats do not say them in a way that can be
/// read.
fn changes_in(body: &str) -> Vec<String> {
    let body: Option<Value> = serde_json::from_str(body).ok();
    let changes = body.as_ref().and_then(|body| body.pointer("/data/changes")?.as_array());
    let words = changes.into_iter().flatten().filter_map(Value::as_str);
    words.map(str::to_owned).collect()
}

fn is_off(receiver: &str) -> ControlError {
    let reason = format!(
        "receiver {receiver} is switched off: `silkwire alerts enable {receiver}` switches it on"
    );
    ControlError::Refused { reason }
}

fn nothing_named() -> ControlError {
    let reason = "name a delivery, a receiver or a time since when: nobody wants everything again";
    ControlError::Refused { reason: reason.to_owned() }
}

fn check_number(n: usize) -> Result<(), ControlError> {
    if n <= ALERTS_MAX {
        return Ok(());
    }
    let reason = format!("that is more than {ALERTS_MAX} alerts: name a shorter time");
    Err(ControlError::Refused { reason })
}
