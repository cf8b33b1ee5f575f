//! What every store must do with deliveries, run against each of them.

use silkwire::model::{Attempt, Delivery, DeliveryState, ReceiverState, Story};
use silkwire::store::{
    Commit, DeliveryFilter, DeliveryPhase, Fence, PageRequest, Settlement, Store, StoreError,
    StoryChange,
};

use crate::store_engines::{Engine, lease, leased, settle};
use crate::store_samples::{
    at, commit, created, delivery, delivery_id, failed_attempt, match_commit, story,
};

contract![
    update_replaces_one_that_waits,
    commit_without_alert_leaves_no_delivery,
    leased_deliveries_are_not_handed_out_again,
    attempts_move_a_delivery,
    late_settlement_is_fenced,
    late_settlement_counts_if_nobody_was_faster,
    overdue_lease_keeps_its_delivery,
    attempts_are_bounded,
    settling_the_unknown_is_an_error,
    receivers_do_not_hold_each_other_up,
    deliveries_are_listed_newest_first,
    receiver_states_are_kept,
];

durable![leases_end_with_the_process,];

/// Goal: a desk that was offline gets the newest state of an event, and nothing that is on its way
/// or was tried is lost.
/// Method: three updates, of which one waits, one is being sent, one has failed; a later one
/// replaces them all.
async fn update_replaces_one_that_waits(store: &dyn Store) {
    for number in 1..=4 {
        store.commit(commit(number)).await.unwrap();
    }
    let ids = [2, 3, 4].map(|number| delivery_id(number, "desk"));
    let failed = Settlement::RetryAt { due: created(9) };
    settle(store, ids[2], failed_attempt(), failed).await.unwrap();
    let mut taken = lease(store, "desk", created(3), 9).await;
    let on_its_way = taken.pop().unwrap();
    assert_eq!(on_its_way.delivery.id, ids[1]);
    for other in taken {
        store.release(other.delivery.id, other.fence).await.unwrap();
    }

    let mut grown = story(1);
    grown.revision = 2;
    let update = delivery(9, "desk");
    let change = StoryChange {
        deliveries: vec![update.clone()],
        replaced: ids.to_vec(),
        ..StoryChange::untold(grown, Some(1))
    };
    let change = Commit { stories: vec![change], ..Commit::default() };
    for _ in 0..2 {
        store.commit(change.clone()).await.unwrap();
        assert_eq!(store.delivery(ids[0]).await.unwrap(), None);
        assert_eq!(store.delivery(ids[1]).await.unwrap(), Some(delivery(3, "desk")));
        assert_eq!(store.delivery(ids[2]).await.unwrap().unwrap().attempts.len(), 1);
        assert_eq!(store.delivery(update.id).await.unwrap(), Some(update.clone()));
    }
    let counts = store.counts().await.unwrap();
    assert_eq!(counts.deliveries_pending, 4);
    store.release(ids[1], on_its_way.fence).await.unwrap();
    let due = leased(store, "desk", created(8), 9).await;
    let due: Vec<_> = due.into_iter().map(|it| it.id).collect();
    assert_eq!(due, [delivery_id(1, "desk"), ids[1]]);
}

/// Goal: a match that nobody wants to hear of stays quiet.
async fn commit_without_alert_leaves_no_delivery(store: &dyn Store) {
    let matches = vec![match_commit(1, &[])];
    store.commit(Commit { matches, ..Commit::default() }).await.unwrap();
    let all = store.deliveries(DeliveryFilter::default(), PageRequest::first(9)).await.unwrap();
    assert_eq!(all.items, []);
    assert_eq!(store.next_due("desk").await.unwrap(), None);
}

/// Goal: two workers never send the same alert.
async fn leased_deliveries_are_not_handed_out_again(store: &dyn Store) {
    for number in [3, 1, 2, 9] {
        store.commit(commit(number)).await.unwrap();
    }
    assert_eq!(leased(store, "desk", at(0), 9).await, []);
    let first = lease(store, "desk", created(3), 2).await;
    let [one, two] = [&first[0], &first[1]].map(|it| it.delivery.clone());
    assert_eq!([one, two], [delivery(1, "desk"), delivery(2, "desk")]);
    assert_eq!(store.next_due("desk").await.unwrap(), Some(created(3)));
    assert_eq!(leased(store, "desk", created(3), 9).await, [delivery(3, "desk")]);
    assert_eq!(store.next_due("desk").await.unwrap(), Some(created(9)));
    store.release(delivery_id(2, "desk"), first[1].fence).await.unwrap();
    assert_eq!(store.next_due("desk").await.unwrap(), Some(created(2)));
    assert_eq!(leased(store, "desk", created(3), 9).await, [delivery(2, "desk")]);
    assert_eq!(leased(store, "desk", created(9), 0).await, []);
    assert_eq!(leased(store, "desk", created(9), 9).await, [delivery(9, "desk")]);
}

/// Goal: what failed is tried again at its time, what was taken or given up never.
async fn attempts_move_a_delivery(store: &dyn Store) {
    store.commit(commit(1)).await.unwrap();
    let id = delivery_id(1, "desk");
    let lease = async || lease(store, "desk", created(60), 9).await.remove(0);
    let first = lease().await;
    let retry = Settlement::RetryAt { due: created(60) };
    store.settle(id, first.fence, failed_attempt(), retry).await.unwrap();
    assert_eq!(leased(store, "desk", created(59), 9).await, []);
    assert_eq!(store.next_due("desk").await.unwrap(), Some(created(60)));
    let second = lease().await;
    assert_eq!(second.delivery.attempts, [failed_attempt()]);
    // At the very time at which it was due before.
    store.settle(id, second.fence, failed_attempt(), retry).await.unwrap();
    let third = lease().await;
    assert_eq!(third.delivery.attempts.len(), 2);
    let dead = Settlement::Dead { at: created(61) };
    store.settle(id, third.fence, failed_attempt(), dead).await.unwrap();
    assert_eq!(store.next_due("desk").await.unwrap(), None);
    assert_eq!(leased(store, "desk", created(99), 9).await, []);
    let delivery = store.delivery(id).await.unwrap().unwrap();
    assert_eq!(
        (delivery.state, delivery.attempts.len()),
        (DeliveryState::Dead { at: created(61) }, 3)
    );
}

/// Goal: a worker that was away for too long, or whose delivery somebody else has settled, changes
/// nothing.
async fn late_settlement_is_fenced(store: &dyn Store) {
    for number in [1, 2] {
        store.commit(commit(number)).await.unwrap();
    }
    let id = delivery_id(1, "desk");
    let until = created(10);
    let slow = store.lease("desk", created(1), until, 9).await.unwrap().remove(0);
    assert_eq!(store.next_due("desk").await.unwrap(), Some(created(2)));
    assert_eq!(leased(store, "desk", created(9), 1).await, [delivery(2, "desk")]);
    assert_eq!(store.next_due("desk").await.unwrap(), Some(until));
    let quick = lease(store, "desk", until, 9).await.remove(0);
    assert_eq!(quick.delivery, slow.delivery);

    let dead = Settlement::Dead { at: created(10) };
    let late = store.settle(id, slow.fence, failed_attempt(), dead).await;
    assert!(matches!(late, Err(StoreError::Fenced)), "{late:?}");
    store.release(id, slow.fence).await.unwrap();
    assert_eq!(store.delivery(id).await.unwrap(), Some(delivery(1, "desk")));
    assert_eq!(leased(store, "desk", until, 9).await, []);
    let taken = Settlement::Delivered { at: created(10) };
    store.settle(id, quick.fence, failed_attempt(), taken).await.unwrap();
    for fence in [slow.fence, quick.fence] {
        let late = store.settle(id, fence, failed_attempt(), dead).await;
        assert!(matches!(late, Err(StoreError::Fenced)), "{late:?}");
    }
    assert_eq!(store.delivery(id).await.unwrap().unwrap().attempts.len(), 1);
}

/// Goal: an attempt that took longer than anybody thought is recorded, if nobody has it since.
async fn late_settlement_counts_if_nobody_was_faster(store: &dyn Store) {
    store.commit(commit(1)).await.unwrap();
    let slow = store.lease("desk", created(1), created(2), 9).await.unwrap().remove(0);
    let id = slow.delivery.id;
    let taken = Settlement::Delivered { at: created(9) };
    store.settle(id, slow.fence, failed_attempt(), taken).await.unwrap();
    assert_eq!(store.next_due("desk").await.unwrap(), None);
    assert_eq!(leased(store, "desk", created(9), 9).await, []);
}

/// Goal: an update that somebody may just have sent is not replaced, even if they are late.
async fn overdue_lease_keeps_its_delivery(store: &dyn Store) {
    store.commit(commit(1)).await.unwrap();
    let id = delivery_id(1, "desk");
    store.lease("desk", created(1), created(2), 9).await.unwrap();
    let change = StoryChange {
        replaced: vec![id],
        ..StoryChange::untold(Story { revision: 2, ..story(1) }, Some(1))
    };
    store.commit(Commit { stories: vec![change], ..Commit::default() }).await.unwrap();
    assert_eq!(leased(store, "desk", created(9), 9).await, [delivery(1, "desk")]);
}

/// Goal: after a restart nobody works on anything: what was on its way goes out again.
async fn leases_end_with_the_process(engine: &impl Engine) {
    let store = engine.open().await;
    store.commit(commit(1)).await.unwrap();
    let before = lease(&*store, "desk", created(1), 9).await.remove(0);
    store.close().await.unwrap();
    let store = engine.open().await;
    let id = before.delivery.id;
    let dead = Settlement::Dead { at: created(1) };
    let late = store.settle(id, before.fence, failed_attempt(), dead).await;
    assert!(matches!(late, Err(StoreError::Fenced)), "{late:?}");
    assert_eq!(leased(&*store, "desk", created(1), 9).await, [delivery(1, "desk")]);
}

/// Goal: a delivery that is replayed for years does not grow.
async fn attempts_are_bounded(store: &dyn Store) {
    store.commit(commit(1)).await.unwrap();
    let id = delivery_id(1, "desk");
    for took_ms in 0..40 {
        let attempt = Attempt { took_ms, ..failed_attempt() };
        settle(store, id, attempt, Settlement::RetryAt { due: at(0) }).await.unwrap();
    }
    let attempts = store.delivery(id).await.unwrap().unwrap().attempts;
    assert_eq!(attempts.len(), Delivery::ATTEMPTS_MAX);
    assert_eq!(attempts[0].took_ms, 8);
    assert_eq!(attempts.last().unwrap().took_ms, 39);
}

/// Goal: a wrong id in a command is named.
async fn settling_the_unknown_is_an_error(store: &dyn Store) {
    let id = delivery_id(1, "desk");
    let settlement = Settlement::Dead { at: at(0) };
    let error = store.settle(id, Fence::new(1), failed_attempt(), settlement).await.unwrap_err();
    assert_eq!(error.to_string(), format!("delivery {id} is unknown"));
    store.commit(commit(1)).await.unwrap();
}

/// Goal: a receiver that is down for a day delays nobody else.
async fn receivers_do_not_hold_each_other_up(store: &dyn Store) {
    let matches = (0..1000).map(|number| match_commit(number, &["down"])).collect();
    store.commit(Commit { matches, ..Commit::default() }).await.unwrap();
    let matches = vec![match_commit(2000, &["dow", "down-2"])];
    store.commit(Commit { matches, ..Commit::default() }).await.unwrap();
    assert_eq!(store.next_due("down").await.unwrap(), Some(created(0)));
    for receiver in ["dow", "down-2"] {
        assert_eq!(store.next_due(receiver).await.unwrap(), Some(created(2000)));
        assert_eq!(leased(store, receiver, created(2000), 9).await, [delivery(2000, receiver)]);
    }
    assert_eq!(leased(store, "down", created(2000), 2000).await.len(), 1000);
    assert_eq!(store.next_due("nobody").await.unwrap(), None);
}

/// Goal: an operator finds what is stuck.
async fn deliveries_are_listed_newest_first(store: &dyn Store) {
    let matches = (0..6).map(|number| match_commit(number, &["desk", "archive"])).collect();
    store.commit(Commit { matches, ..Commit::default() }).await.unwrap();
    let dead = Settlement::Dead { at: at(0) };
    for number in [1, 4] {
        settle(store, delivery_id(number, "desk"), failed_attempt(), dead).await.unwrap();
    }
    let filter = DeliveryFilter {
        receiver: Some("desk".to_owned()),
        phase: Some(DeliveryPhase::Dead),
        ..DeliveryFilter::default()
    };
    let page = store.deliveries(filter.clone(), PageRequest::first(1)).await.unwrap();
    assert_eq!(page.items[0].id, delivery_id(4, "desk"));
    let request = PageRequest { limit: 1, after: page.next };
    let page = store.deliveries(filter, request).await.unwrap();
    assert_eq!(page.items[0].id, delivery_id(1, "desk"));
    assert_eq!(page.next, None);
    let filter =
        DeliveryFilter { phase: Some(DeliveryPhase::Pending), ..DeliveryFilter::default() };
    let page = store.deliveries(filter, PageRequest::first(99)).await.unwrap();
    assert_eq!(page.items.len(), 10);
}

/// Goal: a receiver that said "gone" stays switched off.
async fn receiver_states_are_kept(store: &dyn Store) {
    let mut state = ReceiverState { paused_until: Some(at(1)), ..ReceiverState::fine("desk") };
    store.set_receiver(state.clone()).await.unwrap();
    state.disabled = Some(at(2));
    store.set_receiver(state.clone()).await.unwrap();
    assert_eq!(store.receiver("desk").await.unwrap(), Some(state));
    assert_eq!(store.receiver("des").await.unwrap(), None);
}
