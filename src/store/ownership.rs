//! Which node polls: one at a time, and what one that was replaced brings is not stored.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::model::Timestamp;
use crate::store::StoreError;

/// Who polls.
///
/// One node polls all feeds: the nodes of one machine's store are one process, so there is
/// nothing to divide. An engine for many machines divides hosts among nodes, each part with an
/// owner and an epoch of its own.
#[async_trait]
pub trait Ownership: Send + Sync {
    /// Makes `node` the one that polls until `until`; none while another one is. Durable on return.
    ///
    /// The same node keeps its epoch, so that it renews by asking again, also after a restart.
    /// Another one gets the next epoch, at the earliest when the time of the last owner is over:
    /// from then on what that one brings is [`StoreError::Fenced`].
    async fn own(
        &self,
        node: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Epoch>, StoreError>;
}

/// How often the polling changed hands; whoever polls stores under its own epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(u64);

/// Who polls until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Owner {
    node: String,
    pub(super) epoch: Epoch,
    until: Timestamp,
}

impl Owner {
    /// The owner once `node` has asked for it; none if it must wait.
    pub(super) fn after(
        current: Option<&Self>,
        node: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Option<Self> {
        let epoch = match current {
            None => Epoch(1),
            Some(owner) if owner.node == node => owner.epoch,
            Some(owner) if owner.until <= now => Epoch(owner.epoch.0 + 1),
            Some(_) => return None,
        };
        Some(Self { node: node.to_owned(), epoch, until })
    }

    /// Whether what was done under `epoch` may be stored; without one it always may.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when another node polls by now, or none does.
    pub(super) fn check(current: Option<&Self>, epoch: Option<Epoch>) -> Result<(), StoreError> {
        match epoch {
            Some(epoch) if current.map(|owner| owner.epoch) != Some(epoch) => {
                Err(StoreError::Fenced)
            }
            Some(_) | None => Ok(()),
        }
    }
}
