//! Drops the texts of old matches, once a day, if the configuration says so.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::model::Clock;
use crate::store::{Store, StoreError};

/// The first time: a service that was started for a moment has other things to do.
const FIRST_PAUSE: Duration = Duration::from_mins(10);

const PAUSE: Duration = Duration::from_hours(24);

/// Runs until `cancel` fires. What is being dropped then is finished the next time.
///
/// A store that takes nothing now, because the disk is full, is asked again the next day.
///
/// # Errors
/// Never: texts that stay a day longer are no reason to stop.
pub(super) async fn run(
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    keep: Option<Duration>,
    cancel: CancellationToken,
) -> Result<(), StoreError> {
    let Some(keep) = keep else {
        cancel.cancelled().await;
        return Ok(());
    };
    let mut pause = FIRST_PAUSE;
    loop {
        tokio::select! {
            () = cancel.cancelled() => return Ok(()),
            () = sleep(pause) => {}
        }
        pause = PAUSE;
        tokio::select! {
            () = cancel.cancelled() => return Ok(()),
            () = drop_old(&*store, &*clock, keep) => {}
        }
    }
}

/// Drops the texts of matches that are older than `keep`, and says so.
pub(super) async fn drop_old(store: &dyn Store, clock: &dyn Clock, keep: Duration) {
    let now = clock.now();
    match store.drop_texts(now.minus(keep), now).await {
        Ok(0) => {}
        Ok(n) => tracing::info!("the texts of {n} old matches were dropped"),
        Err(error) => tracing::warn!(%error, "old texts were not dropped: {error}"),
    }
}
