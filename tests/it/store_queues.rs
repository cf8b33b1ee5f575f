//! What every store must do with deliveries that are held, replayed or given up together, run
//! against each of them.

use silkwire::model::{AlertKind, Delivery, DeliveryState, EventId, ReceiverState, WhyDisabled};
use silkwire::store::{
    Commit, DeliveryFilter, Erasure, PageRequest, QueueState, Replayed, Settlement, Store,
    StoreError,
};

use crate::store_engines::{Engine, lease, leased, settle};
use crate::store_samples::{
    at, commit, created, delivery, delivery_id, failed_attempt, match_commit, match_id,
};

contract![
    held_delivery_waits_for_its_end,
    ended_mute_lets_everything_go,
    late_postponement_is_fenced,
    replayed_deliveries_are_due_again,
    erased_deliveries_are_never_replayed,
    digest_goes_with_what_it_lists,
    buried_deliveries_are_dead_letters,
    queues_are_exact,
    deliveries_are_found_by_time_and_kind,
];

durable![queues_survive_a_restart, long_queues_are_moved_whole,];

/// Goal: what a mute holds is not lost, not sent early, and not counted as tried.
async fn held_delivery_waits_for_its_end(store: &dyn Store) {
    store.commit(commit(1)).await.unwrap();
    let id = delivery_id(1, "desk");
    let held = lease(store, "desk", created(1), 9).await.remove(0);
    store.postpone(id, held.fence, created(60)).await.unwrap();
    assert_eq!(store.next_due("desk").await.unwrap(), Some(created(60)));
    assert_eq!(leased(store, "desk", created(59), 9).await, []);
    let stored = store.delivery(id).await.unwrap().unwrap();
    assert!(stored.is_held && stored.attempts.is_empty());
    let free = lease(store, "desk", created(60), 9).await.remove(0);
    let taken = Settlement::RetryAt { due: created(61) };
    store.settle(id, free.fence, failed_attempt(), taken).await.unwrap();
    assert!(!store.delivery(id).await.unwrap().unwrap().is_held);
}

/// Goal: somebody who ends a mute hears at once what it held, and nothing before its time.
async fn ended_mute_lets_everything_go(store: &dyn Store) {
    let matches = vec![match_commit(1, &["desk", "archive"]), match_commit(9, &["desk"])];
    store.commit(Commit { matches, ..Commit::default() }).await.unwrap();
    for receiver in ["desk", "archive"] {
        let held = lease(store, receiver, created(1), 9).await.remove(0);
        store.postpone(held.delivery.id, held.fence, created(60)).await.unwrap();
    }
    assert_eq!(store.hurry(Some("nobody"), created(5)).await.unwrap(), 0);
    assert_eq!(store.hurry(Some("desk"), created(5)).await.unwrap(), 1);
    assert_eq!(store.next_due("archive").await.unwrap(), Some(created(60)));
    let due = leased(store, "desk", created(5), 9).await;
    let expected =
        Delivery { state: DeliveryState::Pending { due: created(5) }, ..delivery(1, "desk") };
    assert_eq!(due, [expected]);
    assert_eq!(store.hurry(None, created(6)).await.unwrap(), 1);
    assert_eq!(store.next_due("archive").await.unwrap(), Some(created(6)));
    assert_eq!(store.hurry(None, created(7)).await.unwrap(), 0);
}

/// Goal: a worker that was away for too long holds nothing back.
async fn late_postponement_is_fenced(store: &dyn Store) {
    store.commit(commit(1)).await.unwrap();
    let id = delivery_id(1, "desk");
    let slow = store.lease("desk", created(1), created(2), 9).await.unwrap().remove(0);
    let quick = lease(store, "desk", created(2), 9).await.remove(0);
    let late = store.postpone(id, slow.fence, created(60)).await;
    assert!(matches!(late, Err(StoreError::Fenced)), "{late:?}");
    store.release(id, quick.fence).await.unwrap();
    assert_eq!(store.delivery(id).await.unwrap(), Some(delivery(1, "desk")));
    let unknown = store.postpone(delivery_id(2, "desk"), quick.fence, created(60)).await;
    assert!(matches!(unknown, Err(StoreError::Unknown { .. })), "{unknown:?}");
}

/// Goal: a person who has something sent again gets just that, as it was, with what was tried;
/// doing it twice sends it once.
async fn replayed_deliveries_are_due_again(store: &dyn Store) {
    for number in 1..=4 {
        store.commit(commit(number)).await.unwrap();
    }
    let ids = [1, 2, 3, 4, 5].map(|number| delivery_id(number, "desk"));
    let (dead, taken) = (Settlement::Dead { at: at(0) }, Settlement::Delivered { at: at(0) });
    settle(store, ids[0], failed_attempt(), dead).await.unwrap();
    settle(store, ids[1], failed_attempt(), taken).await.unwrap();
    settle(store, ids[3], failed_attempt(), dead).await.unwrap();
    let wanted = vec![ids[0], ids[1], ids[2], ids[4], ids[0]];
    let counts = store.replay(wanted, created(70)).await.unwrap();
    assert_eq!(counts, Replayed { n_replayed: 2, n_pending: 2, n_erased: 0, n_unknown: 1 });
    for (number, ms) in [(1, 0), (2, 1)] {
        let due = at(70_000 + ms);
        let expected = Delivery {
            state: DeliveryState::Pending { due },
            attempts: vec![failed_attempt()],
            replayed: Some(due),
            ..delivery(number, "desk")
        };
        assert_eq!(expected.n_tries(), 0);
        assert_eq!(store.delivery(delivery_id(number, "desk")).await.unwrap(), Some(expected));
    }
    let due: Vec<_> = leased(store, "desk", created(71), 9).await;
    let due: Vec<_> = due.into_iter().map(|it| it.id).collect();
    assert_eq!(due, [ids[2], ids[0], ids[1]]);
}

/// Goal: what a publisher had erased is not told again by whoever replays a year.
async fn erased_deliveries_are_never_replayed(store: &dyn Store) {
    store.commit(commit(1)).await.unwrap();
    let id = delivery_id(1, "desk");
    let taken = Settlement::Delivered { at: at(0) };
    settle(store, id, failed_attempt(), taken).await.unwrap();
    store.erase(erasure(1)).await.unwrap();
    let counts = store.replay(vec![id], created(70)).await.unwrap();
    assert_eq!(counts, Replayed { n_erased: 1, ..Replayed::default() });
    assert_eq!(store.next_due("desk").await.unwrap(), None);
}

fn erasure(number: u64) -> Erasure {
    let (reason, by) = ("the publisher asked".to_owned(), "anna".to_owned());
    Erasure { id: match_id(number), reason, by, at: created(80) }
}

/// Goal: a digest does not keep the title of an article that was erased.
async fn digest_goes_with_what_it_lists(store: &dyn Store) {
    let matches = [1, 2, 3].map(|number| match_commit(number, &[])).to_vec();
    let digest = |name: &str, numbers: &[u64]| {
        let event = EventId::of_digest("japan-azerbaijan", name, created(9));
        Delivery {
            id: silkwire::model::DeliveryId::of(event, "desk"),
            event,
            kind: AlertKind::Digest,
            matched: None,
            story: None,
            lists: numbers.iter().map(|number| match_id(*number)).collect(),
            ..delivery(9, "desk")
        }
    };
    let (with, without) = (digest("with", &[1, 2]), digest("without", &[3]));
    let deliveries = vec![with.clone(), without.clone()];
    store.commit(Commit { matches, deliveries, ..Commit::default() }).await.unwrap();
    store.erase(erasure(1)).await.unwrap();
    assert_eq!(leased(store, "desk", created(99), 9).await, [without]);
    let left = store.delivery(with.id).await.unwrap().unwrap();
    assert_eq!((left.body.as_str(), left.state.as_str()), ("", "dead"));
}

/// Goal: whoever switches a receiver on again decides what of its queue is sent; what is on its
/// way just then is neither lost nor doubled.
async fn buried_deliveries_are_dead_letters(store: &dyn Store) {
    let matches = (0..4).map(|number| match_commit(number, &["desk", "archive"])).collect();
    store.commit(Commit { matches, ..Commit::default() }).await.unwrap();
    let on_its_way = lease(store, "desk", created(0), 1).await.remove(0);
    assert_eq!(store.bury("desk", created(50)).await.unwrap(), 3);
    assert_eq!(store.bury("desk", created(51)).await.unwrap(), 0);
    let buried = store.delivery(delivery_id(2, "desk")).await.unwrap().unwrap();
    assert_eq!(buried.state, DeliveryState::Dead { at: created(50) });
    assert_eq!(store.delivery(delivery_id(0, "desk")).await.unwrap(), Some(delivery(0, "desk")));
    let taken = Settlement::Delivered { at: created(52) };
    let Delivery { id, .. } = on_its_way.delivery;
    store.settle(id, on_its_way.fence, failed_attempt(), taken).await.unwrap();
    assert_eq!(leased(store, "archive", created(9), 9).await.len(), 4);
    let back = store.replay(vec![delivery_id(2, "desk")], created(60)).await.unwrap();
    assert_eq!(back.n_replayed, 1);
}

/// What waits and what was given up, as somebody counts who reads all deliveries.
async fn counted(store: &dyn Store) -> Vec<QueueState> {
    let page = store.deliveries(DeliveryFilter::default(), PageRequest::first(9_999)).await;
    let mut queues: Vec<QueueState> = Vec::new();
    for it in page.unwrap().items {
        let receiver = it.receiver.clone();
        let new = QueueState { receiver, n_pending: 0, oldest: None, n_dead: 0 };
        let at = queues.iter().position(|queue| queue.receiver == new.receiver);
        let at = at.unwrap_or_else(|| {
            queues.push(new);
            queues.len() - 1
        });
        match it.state {
            DeliveryState::Pending { .. } => {
                queues[at].n_pending += 1;
                let oldest = queues[at].oldest.unwrap_or(it.waiting_since());
                queues[at].oldest = Some(oldest.min(it.waiting_since()));
            }
            DeliveryState::Dead { .. } => queues[at].n_dead += 1,
            DeliveryState::Delivered { .. } => {}
        }
    }
    queues.retain(|queue| 0 < queue.n_pending + queue.n_dead);
    queues.sort_by(|a, b| a.receiver.cmp(&b.receiver));
    queues
}

/// Goal: an operator sees at any time what waits, how long, and what was given up.
async fn queues_are_exact(store: &dyn Store) {
    let check = async || {
        let queues = store.queues().await.unwrap();
        assert_eq!(queues, counted(store).await);
        let counts = store.counts().await.unwrap();
        assert_eq!(counts.deliveries_pending, queues.iter().map(|it| it.n_pending).sum::<u64>());
        assert_eq!(counts.deliveries_dead, queues.iter().map(|it| it.n_dead).sum::<u64>());
        queues
    };
    assert_eq!(check().await, []);
    let matches = (1..=6).map(|number| match_commit(number, &["desk", "報道"])).collect();
    let commit = Commit { matches, ..Commit::default() };
    for _ in 0..2 {
        store.commit(commit.clone()).await.unwrap();
        let [desk, _] = check().await.try_into().unwrap();
        assert_eq!((desk.n_pending, desk.oldest), (6, Some(created(1))));
    }
    let (dead, taken) = (Settlement::Dead { at: at(0) }, Settlement::Delivered { at: at(0) });
    for (number, settlement) in [(1, taken), (2, dead), (3, Settlement::RetryAt { due: at(9) })] {
        let id = delivery_id(number, "desk");
        settle(store, id, failed_attempt(), settlement).await.unwrap();
        check().await;
    }
    let held = lease(store, "desk", created(99), 1).await.remove(0);
    store.postpone(held.delivery.id, held.fence, created(99)).await.unwrap();
    check().await;
    store.hurry(None, created(98)).await.unwrap();
    check().await;
    store.erase(erasure(4)).await.unwrap();
    check().await;
    store.bury("報道", created(99)).await.unwrap();
    assert_eq!(check().await[1].oldest, None);
    let ids = (1..=6).map(|number| delivery_id(number, "報道")).collect();
    store.replay(ids, created(99)).await.unwrap();
    check().await;
    for number in [1, 2, 3, 5, 6] {
        for receiver in ["desk", "報道"] {
            let id = delivery_id(number, receiver);
            store.replay(vec![id], created(99)).await.unwrap();
            settle(store, id, failed_attempt(), taken).await.unwrap();
        }
    }
    assert_eq!(check().await, []);
}

/// Goal: after a restart the queues are what they were.
async fn queues_survive_a_restart(engine: &impl Engine) {
    let store = engine.open().await;
    let matches = (1..=6).map(|number| match_commit(number, &["desk", "報道"])).collect();
    store.commit(Commit { matches, ..Commit::default() }).await.unwrap();
    let id = delivery_id(1, "desk");
    settle(&*store, id, failed_attempt(), Settlement::Dead { at: at(0) }).await.unwrap();
    let held = lease(&*store, "報道", created(1), 1).await.remove(0);
    store.postpone(held.delivery.id, held.fence, created(60)).await.unwrap();
    let state = ReceiverState {
        disabled: Some(created(5)),
        why_disabled: Some(WhyDisabled::Failing),
        failing_since: Some(created(2)),
        ..ReceiverState::fine("desk")
    };
    store.set_receiver(state.clone()).await.unwrap();
    let before = store.queues().await.unwrap();
    assert_eq!((before[0].n_dead, before[0].oldest), (1, Some(created(2))));
    store.close().await.unwrap();
    let store = engine.open().await;
    assert_eq!(store.queues().await.unwrap(), before);
    assert_eq!(store.receiver("desk").await.unwrap(), Some(state));
    assert_eq!(store.hurry(None, created(3)).await.unwrap(), 1);
    assert_eq!(store.queues().await.unwrap(), counted(&*store).await);
}

/// Goal: a queue that is longer than one write is given up and replayed to its end.
async fn long_queues_are_moved_whole(engine: &impl Engine) {
    const N: u64 = 450;
    let store = engine.open().await;
    let matches = (0..N).map(|number| match_commit(number, &["desk"])).collect();
    store.commit(Commit { matches, ..Commit::default() }).await.unwrap();
    assert_eq!(store.bury("desk", created(N)).await.unwrap(), N);
    let ids = (0..N).map(|number| delivery_id(number, "desk")).collect();
    let counts = store.replay(ids, created(N)).await.unwrap();
    assert_eq!(counts, Replayed { n_replayed: N, ..Replayed::default() });
    for held in lease(&*store, "desk", created(N + 1), 150).await {
        store.postpone(held.delivery.id, held.fence, created(N + 9)).await.unwrap();
    }
    assert_eq!(store.hurry(Some("desk"), created(N)).await.unwrap(), 150);
    assert_eq!(store.queues().await.unwrap(), counted(&*store).await);
}

/// Goal: whoever replays a day finds just that day's alerts, page by page.
async fn deliveries_are_found_by_time_and_kind(store: &dyn Store) {
    let matches = (0..9).map(|number| match_commit(number, &["desk"])).collect();
    store.commit(Commit { matches, ..Commit::default() }).await.unwrap();
    let filter = DeliveryFilter {
        since: Some(created(2)),
        until: Some(created(6)),
        kind: Some(AlertKind::MatchCreated),
        ..DeliveryFilter::default()
    };
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let request = PageRequest { limit: 3, after };
        let page = store.deliveries(filter.clone(), request).await.unwrap();
        found.extend(page.items.into_iter().map(|it| it.created));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, [5, 4, 3, 2].map(created));
    let count =
        async |filter| store.deliveries(filter, PageRequest::first(99)).await.unwrap().items.len();
    let other = DeliveryFilter { kind: Some(AlertKind::StoryUpdated), ..filter.clone() };
    assert_eq!(count(other).await, 0);
    let never = DeliveryFilter { since: filter.until, until: filter.since, ..filter.clone() };
    assert_eq!(count(never).await, 0);
    let later = DeliveryFilter { until: None, ..filter };
    assert_eq!(count(later).await, 7);
}
