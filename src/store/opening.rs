//! How far opening a store has come.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// How far opening a store has come, for whoever waits for it.
#[derive(Clone, Debug, Default)]
pub struct Opening {
    /// 0 while it is opened, 1 and more per cent while it is rebuilt.
    rebuilt: Arc<AtomicU32>,
}

impl Opening {
    /// Per cent of the journal that are rebuilt; none if it is not being rebuilt.
    pub fn percent(&self) -> Option<u32> {
        self.rebuilt.load(Ordering::Relaxed).checked_sub(1)
    }

    /// What happens, for people.
    pub fn in_words(&self) -> String {
        match self.percent() {
            None => "store: opening".to_owned(),
            Some(percent) => format!("store: rebuilding from its journal, {percent} %"),
        }
    }

    /// Notes how much is rebuilt.
    pub(super) fn note(&self, percent: u32) {
        self.rebuilt.store(percent.min(100) + 1, Ordering::Relaxed);
    }
}
