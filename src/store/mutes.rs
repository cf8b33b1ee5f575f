//! What people said about being quiet, and the rules for every store.

use std::time::Duration;

use async_trait::async_trait;

use crate::model::{Mute, MuteId};
use crate::store::StoreError;

/// What people said about being quiet.
#[async_trait]
pub trait Mutes: Send + Sync {
    /// All mutes, by their ends; some of them may have ended.
    async fn mutes(&self) -> Result<Vec<Mute>, StoreError>;

    /// Adds a mute, or replaces the one of the same id; durable on return. Those that had ended
    /// when this one was made go.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when there are [`Mute::MUTES_MAX`] others, when it is about
    /// nothing, or when it has ended or lasts for more than [`Mute::DAYS_MAX`] days.
    async fn mute(&self, mute: Mute) -> Result<(), StoreError>;

    /// Ends a mute; false if there is none with this id. Durable on return.
    async fn unmute(&self, id: MuteId) -> Result<bool, StoreError>;
}

/// Those of `stored` that go when `new` comes.
///
/// # Errors
/// As [`Mutes::mute`].
pub(super) fn ended(stored: &[Mute], new: &Mute) -> Result<Vec<MuteId>, StoreError> {
    check(new)?;
    let (ended, live): (Vec<&Mute>, Vec<&Mute>) =
        stored.iter().filter(|it| it.id != new.id).partition(|it| it.until <= new.created);
    if Mute::MUTES_MAX <= live.len() {
        let reason = format!("there are {} mutes already: end one first", live.len());
        return Err(StoreError::Refused { reason });
    }
    Ok(ended.into_iter().map(|it| it.id).collect())
}

fn check(mute: &Mute) -> Result<(), StoreError> {
    let refused = |reason: String| Err(StoreError::Refused { reason });
    if mute.receiver.is_none() && mute.story.is_none() {
        return refused("a mute needs a receiver or a story".to_owned());
    }
    if mute.until <= mute.created {
        return refused(format!("a mute until {} has ended before it begins", mute.until));
    }
    let longest = mute.created.plus(Duration::from_hours(24 * u64::from(Mute::DAYS_MAX)));
    if longest < mute.until {
        return refused(format!("a mute lasts for at most {} days", Mute::DAYS_MAX));
    }
    let n_characters = mute.reason.as_deref().unwrap_or_default().chars().count();
    if Mute::REASON_CHARACTERS_MAX < n_characters {
        let n_max = Mute::REASON_CHARACTERS_MAX;
        return refused(format!("the reason has {n_characters} characters, at most {n_max}"));
    }
    Ok(())
}

/// In the order in which they end.
pub(super) fn by_end(mut mutes: Vec<Mute>) -> Vec<Mute> {
    mutes.sort_by_key(|mute| (mute.until, mute.id));
    mutes
}
