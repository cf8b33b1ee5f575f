//! Reads pages in the background, within a time.
//!
//! Invariant: no more than [`READERS_MAX`] threads are busy with pages, however long they take.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use url::Url;

use super::{Page, article};

/// Reading keeps a core busy; more at once would only take memory.
const READERS_MAX: usize = 2;

/// Longer waiting means that pages come faster than they can be read.
const TURN_WAIT_MAX: Duration = Duration::from_secs(30);

/// Reads pages on threads of their own.
#[derive(Clone, Debug)]
pub struct PageReader {
    turns: Arc<Semaphore>,
}

impl Default for PageReader {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(READERS_MAX)) }
    }
}

impl PageReader {
    /// The article in `html`, which came from `url`; none if it takes longer than `deadline`, or
    /// if others take all turns.
    ///
    /// A thread cannot be stopped: one that takes longer keeps its turn until it ends, which
    /// the limits of a page's size bring about.
    pub async fn article_within(
        &self,
        html: String,
        url: Option<Url>,
        deadline: Duration,
    ) -> Option<Page> {
        let turn = Arc::clone(&self.turns).acquire_owned();
        let turn = timeout(TURN_WAIT_MAX, turn).await.ok()?.ok()?;
        let reading = spawn_blocking(move || {
            let page = article(&html, url.as_ref());
            drop(turn);
            page
        });
        timeout(deadline, reading).await.ok()?.ok()
    }
}
