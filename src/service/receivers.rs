//! How receivers stand, switching them on again, and the mutes that people make.

use crate::alert::Format;
use crate::model::view::{EnabledView, ReceiverStanding, ReceiverView};
use crate::model::{Mute, MuteId, ReceiverState, Timestamp};
use crate::review::{ControlError, MuteWish};
use crate::store::{QueueState, Store, StoreError};

/// A receiver as the configuration has it.
#[derive(Clone, Debug)]
pub(super) struct Configured {
    pub(super) name: String,
    pub(super) format: Format,
    /// Since when it is left alone because nearly all tries failed; only the running service
    /// knows.
    pub(super) left_alone_since: Option<Timestamp>,
}

/// How all receivers stand: those of the configuration in its order, then others for which
/// something waits.
pub(super) async fn views(
    store: &dyn Store,
    configured: &[Configured],
    now: Timestamp,
) -> Result<Vec<ReceiverView>, StoreError> {
    let mut queues = store.queues().await?;
    let mutes = store.mutes().await?;
    let mut views = Vec::new();
    for it in configured {
        let state = store.receiver(&it.name).await?;
        let at = queues.iter().position(|queue| queue.receiver == it.name);
        let queue = at.map(|at| queues.remove(at));
        views.push(view(
            it,
            state.as_ref(),
            queue.as_ref(),
            muted_until(&mutes, &it.name, now),
            now,
        ));
    }
    views.extend(queues.iter().map(unknown));
    Ok(views)
}

fn view(
    configured: &Configured,
    state: Option<&ReceiverState>,
    queue: Option<&QueueState>,
    muted_until: Option<Timestamp>,
    now: Timestamp,
) -> ReceiverView {
    let Configured { name, format, left_alone_since } = configured;
    let off = state.and_then(ReceiverState::disabled);
    let paused_until = state.and_then(|state| state.paused_until).filter(|until| now < *until);
    let standing = match (off, paused_until, left_alone_since) {
        (Some(_), _, _) => ReceiverStanding::Off,
        (None, Some(_), _) => ReceiverStanding::Paused,
        (None, None, Some(_)) => ReceiverStanding::LeftAlone,
        (None, None, None) => ReceiverStanding::Fine,
    };
    ReceiverView {
        name: name.clone(),
        format: Some(word_of(*format)),
        state: standing,
        off_since: off.map(|(since, _)| since),
        why_off: off.map(|(_, why)| why),
        paused_until,
        left_alone_since: *left_alone_since,
        failing_since: state.and_then(|state| state.failing_since),
        muted_until,
        n_pending: queue.map_or(0, |queue| queue.n_pending),
        oldest: queue.and_then(|queue| queue.oldest),
        n_dead: queue.map_or(0, |queue| queue.n_dead),
    }
}

/// A receiver that the configuration does not know.
fn unknown(queue: &QueueState) -> ReceiverView {
    ReceiverView {
        name: queue.receiver.clone(),
        format: None,
        state: ReceiverStanding::NotConfigured,
        off_since: None,
        why_off: None,
        paused_until: None,
        left_alone_since: None,
        failing_since: None,
        muted_until: None,
        n_pending: queue.n_pending,
        oldest: queue.oldest,
        n_dead: queue.n_dead,
    }
}

/// The word that the configuration has for it.
fn word_of(format: Format) -> String {
    let word = serde_json::to_value(format).ok();
    word.and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Until when somebody wants nothing at all to be told to `receiver`.
fn muted_until(mutes: &[Mute], receiver: &str, now: Timestamp) -> Option<Timestamp> {
    let is_whole = |it: &&Mute| it.story.is_none() && it.receiver.as_deref() == Some(receiver);
    let ends = mutes.iter().filter(is_whole).map(|it| it.until).filter(|until| now < *until);
    ends.max()
}

/// Switches a receiver on again: what waited for it becomes dead letters, so that nothing is sent
/// that nobody asked for.
///
/// Cut short, it is off still, and doing it again completes it.
///
/// # Errors
/// The store failed.
pub(super) async fn enable(
    store: &dyn Store,
    name: &str,
    now: Timestamp,
) -> Result<EnabledView, StoreError> {
    let state = store.receiver(name).await?.filter(|state| state.disabled.is_some());
    if state.is_none() {
        let receiver = name.to_owned();
        return Ok(EnabledView { receiver, was_off: false, n_missed: 0, replay: None });
    }
    store.bury(name, now).await?;
    store.set_receiver(ReceiverState::fine(name)).await?;
    let queues = store.queues().await?;
    let n_missed = queues.iter().find(|queue| queue.receiver == name).map_or(0, |it| it.n_dead);
    let replay = (0 < n_missed).then(|| format!("silkwire alerts replay --receiver {name} --dead"));
    Ok(EnabledView { receiver: name.to_owned(), was_off: true, n_missed, replay })
}

/// Makes a mute.
///
/// # Errors
/// [`ControlError::Unknown`] if there is no such receiver or story, [`StoreError::Refused`] if
/// it makes no sense or there are too many.
pub(super) async fn mute(
    store: &dyn Store,
    receivers: &[String],
    wish: MuteWish,
    by: &str,
    now: Timestamp,
) -> Result<Mute, ControlError> {
    let MuteWish { receiver, story: wanted, until, unless_score, mode, reason } = wish;
    if let Some(name) = &receiver
        && !receivers.contains(name)
    {
        return Err(ControlError::Unknown { what: format!("receiver {name:?}") });
    }
    let known = match wanted {
        Some(id) => {
            let unknown = || ControlError::Unknown { what: format!("story {id}") };
            Some(store.current_story(id).await?.ok_or_else(unknown)?.id)
        }
        None => None,
    };
    let reason = reason.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
    let mute = Mute {
        id: MuteId::of(receiver.as_deref(), known, until, now),
        receiver,
        story: known,
        until,
        unless_score,
        mode,
        by: by.to_owned(),
        reason,
        created: now,
    };
    store.mute(mute.clone()).await?;
    Ok(mute)
}

/// Ends a mute: what it held is due now, unless something else holds it.
///
/// # Errors
/// [`ControlError::Unknown`] if there is none with this id.
pub(super) async fn unmute(
    store: &dyn Store,
    id: MuteId,
    now: Timestamp,
) -> Result<Mute, ControlError> {
    let unknown = || ControlError::Unknown { what: format!("mute {id}") };
    let mutes = store.mutes().await?.into_iter();
    let mute = mutes.filter(|mute| now < mute.until).find(|mute| mute.id == id);
    let mute = mute.ok_or_else(unknown)?;
    if !store.unmute(id).await? {
        return Err(unknown());
    }
    Ok(mute)
}

/// Mutes that have not ended.
///
/// # Errors
/// The store failed.
pub(super) async fn mutes(store: &dyn Store, now: Timestamp) -> Result<Vec<Mute>, StoreError> {
    let mut mutes = store.mutes().await?;
    mutes.retain(|mute| now < mute.until);
    Ok(mutes)
}
