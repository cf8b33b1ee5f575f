//! What the service does for its store once a day: texts of old matches go, if that is wanted.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::model::Clock;
use crate::store::Store;

const EVERY: Duration = Duration::from_hours(24);

/// Drops texts that are older than `text_keep`, at once and then daily, until `cancel` fires.
/// What fails is tried again the next day.
pub(super) async fn run(
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    text_keep: Option<Duration>,
    cancel: CancellationToken,
) -> Result<(), Infallible> {
    let Some(text_keep) = text_keep else {
        cancel.cancelled().await;
        return Ok(());
    };
    let mut days = interval(EVERY);
    days.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while cancel.run_until_cancelled(days.tick()).await.is_some() {
        let now = clock.now();
        match store.drop_texts(now.minus(text_keep), now).await {
            Ok(0) => {}
            Ok(n) => tracing::info!("the texts of {n} old articles were dropped (store.text_keep)"),
            Err(error) => tracing::warn!(%error, "texts of old articles were not dropped: {error}"),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tokio::time::{sleep, timeout};

    use super::*;
    use crate::model::{ArticleId, FixedClock, Timestamp, samples};
    use crate::store::{Announcement, Articles, Commit, MatchCommit, MemoryStore};

    fn found(number: u8, at: Timestamp) -> MatchCommit {
        let article = samples::article(number, at);
        let matched = samples::matched(&article);
        let (sketch, seen, announcement) = (None, Vec::new(), Announcement::Settled);
        MatchCommit { article, matched, sketch, seen, announcement }
    }

    /// Goal: an archive that may keep texts for a month keeps none longer, and no operator has
    /// to remember that; without the key nothing goes.
    #[tokio::test(start_paused = true)]
    async fn old_texts_go_daily() {
        let now: Timestamp = "2026-11-24T06:00:00Z".parse().unwrap();
        let keep = EVERY * 30;
        let store = Arc::new(MemoryStore::new());
        let matches = vec![found(1, now.minus(EVERY * 31)), found(2, now.minus(EVERY * 29))];
        store.commit(Commit { matches, ..Commit::default() }).await.unwrap();
        let body = async |number: u8| {
            let article = store.article(ArticleId::from_be_bytes([number; 8])).await;
            article.unwrap().unwrap().body
        };
        for (text_keep, first) in [(None, "Text"), (Some(keep), "")] {
            let clock = Arc::new(FixedClock(now));
            let task = run(store.clone(), clock, text_keep, CancellationToken::new());
            assert!(timeout(EVERY / 2, task).await.is_err());
            assert_eq!((body(1).await.as_str(), body(2).await.as_str()), (first, "Text"));
        }
        let cancel = CancellationToken::new();
        let stop = async {
            sleep(EVERY * 3).await;
            cancel.cancel();
        };
        let clock = Arc::new(FixedClock(now.plus(EVERY * 2)));
        let task = run(store.clone(), clock, Some(keep), cancel.clone());
        tokio::join!(task, stop).0.unwrap();
        assert_eq!(body(2).await, "");
    }
}
