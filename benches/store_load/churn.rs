//! A week of a service's work on a store that holds years: what it takes on the disk for each
//! byte that lives, and how long whoever writes waits meanwhile.
//!
//! Sizes: 500 feeds, each polled every ten minutes; so 50 polls a minute, which are folded into
//! one commit; that brings 7 new entries a minute (10,000 a day), one match in seven minutes
//! (200 a day), and the outcome of an alert. A day's minutes are worked through without a pause,
//! so the store, which looks at its growth every ten seconds, has less time than in life.

use std::cell::Cell;
use std::time::{Duration, Instant};

use silkwire::model::FeedState;
use silkwire::store::{Articles, Commit, DiskStore, Reviews, Schedule, Store, Upkeep};
use tokio::runtime::Runtime;

use super::{Sizes, at, commit, feed, folder_bytes, ms, say, sighting, spread};

const MINUTES_A_DAY: u64 = 24 * 60;
const DAYS: u64 = 7;
const POLLS_A_MINUTE: u64 = 50;
const ENTRIES_A_MINUTE: u64 = 7;

pub(super) fn churn(sizes: &Sizes) {
    let runtime = Runtime::new().unwrap();
    let folder = sizes.folder.join("churn");
    let store = DiskStore::open(&folder).unwrap();
    runtime.block_on(async {
        fill(&store, sizes).await;
        let report = store.compact().await.unwrap();
        let live = store.size().live_bytes.unwrap();
        say(&format!("churn: {} MB live, {} MB before", live >> 20, report.bytes_before >> 20));
        let (mut waits, mut worst) = (Vec::new(), 0.0_f64);
        for minute in 0..DAYS * MINUTES_A_DAY {
            waits.push(one_minute(&store, minute, sizes.n_articles).await);
            if minute % 100 == 0 {
                worst = worst.max(per_live(&store).await);
            }
        }
        // What is too large is noticed within ten seconds of rest.
        let rest = Instant::now();
        while rest.elapsed() < Duration::from_mins(1) {
            store.ping().await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let after = per_live(&store).await;
        say(&format!(
            "churn: {after:.2} bytes on disk for a live one after a week, {worst:.2} at most"
        ));
        say(&format!("churn: a commit took {}", spread(waits)));
        let (started, slowest) = (Instant::now(), Cell::new(Duration::ZERO));
        let asking = async {
            loop {
                let asked = Instant::now();
                store.ping().await.unwrap();
                slowest.set(slowest.get().max(asked.elapsed()));
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let report = tokio::select! {
            report = store.compact() => report.unwrap(),
            never = asking => never,
        };
        say(&format!(
            "churn: {} keys compacted from {} to {} MB in {}, slowest answer meanwhile {}",
            report.n_keys,
            report.bytes_before >> 20,
            report.bytes_after >> 20,
            ms(started.elapsed()),
            ms(slowest.get()),
        ));
        store.close().await.unwrap();
    });
    say(&format!("churn: {} MB in the folder", folder_bytes(&folder) >> 20));
    super::memory("churn");
}

async fn fill(store: &DiskStore, sizes: &Sizes) {
    for first in (0..sizes.n_articles).step_by(48) {
        store.commit(commit(first..(first + 48).min(sizes.n_articles))).await.unwrap();
    }
    for first in (0..sizes.n_keys).step_by(500) {
        let seen = (first..(first + 500).min(sizes.n_keys)).map(sighting).collect();
        store.commit(Commit { seen, ..Commit::default() }).await.unwrap();
    }
}

/// What a minute brings; how long its commit took.
async fn one_minute(store: &DiskStore, minute: u64, n_articles: u64) -> Duration {
    for poll in 0..POLLS_A_MINUTE {
        let number = minute * POLLS_A_MINUTE + poll;
        let mut state = FeedState::new(feed(number), at(n_articles));
        state.n_entries = u32::try_from(minute).unwrap();
        state.validators.etag = Some(format!("\"{number:032x}\"").into_bytes());
        store.finish(state, None).await.unwrap();
    }
    let mut brought = Commit::default();
    if minute.is_multiple_of(7) {
        let number = (n_articles / 3 + 1 + minute / 7) * 3;
        brought = commit(number..number + 1);
    }
    let first = (1 << 50) + minute * ENTRIES_A_MINUTE;
    brought.seen.extend((first..first + ENTRIES_A_MINUTE).map(sighting));
    let started = Instant::now();
    store.commit(brought).await.unwrap();
    started.elapsed()
}

async fn per_live(store: &DiskStore) -> f64 {
    let disk = store.counts().await.unwrap().disk_bytes;
    let live = store.size().live_bytes.unwrap().max(1);
    #[expect(clippy::cast_precision_loss, reason = "a ratio with two digits")]
    let per_live = disk as f64 / live as f64;
    per_live
}
