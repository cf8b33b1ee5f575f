//! What `tests/power_cut.sh` freezes and checks: a process that writes to a store and notes what
//! was acknowledged, and one that looks whether it is there.
//!
//!     power_cut load  store|plain FOLDER LEDGER FIRST
//!     power_cut check store|plain FOLDER LEDGER
//!
//! `plain` is the control: it writes the numbers to a file and never calls `fsync`, so a harness
//! that can catch a loss finds nearly all of them missing. `load` runs until it is killed. The
//! ledger must be on another file system than the folder.

#![expect(clippy::unwrap_used, reason = "a proof that cannot go on stops")]
#![expect(clippy::disallowed_methods, reason = "callers of a store, without a service")]

#[path = "../it/store_samples.rs"]
#[expect(dead_code, reason = "the store's own tests use the rest")]
mod store_samples;

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use silkwire::model::{
    DeliveryId, DeliveryState, Feed, FeedId, ReviewVerdict, Role, Subject, Token,
};
use silkwire::store::{
    Articles, Commit, DiskStore, FeedChange, FeedList, Leased, Outbox, ReviewChange, Reviews, Seen,
    Settlement, Store, StoreError, Tokens,
};

use store_samples::{
    DAY_MS, article, article_id, at, commit, created, delivery_id, failed_attempt, match_id,
    matched, seen, seen_key, sighting, story_id,
};

/// So many callers write at once, as feeds and receivers do.
const N_CALLERS: u64 = 8;

/// Seen keys beside each match.
const N_SEEN: u64 = 20;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["load", "store", folder, ledger, first] => {
            load(Path::new(folder), Path::new(ledger), first.parse().unwrap()).await;
            ExitCode::SUCCESS
        }
        ["load", "plain", folder, ledger, first] => {
            load_plain(Path::new(folder), Path::new(ledger), first.parse().unwrap());
            ExitCode::SUCCESS
        }
        ["check", "store", folder, ledger] => {
            report(&check(Path::new(folder), Path::new(ledger)).await)
        }
        ["check", "plain", folder, ledger] => {
            report(&Ok(check_plain(Path::new(folder), Path::new(ledger))))
        }
        _ => {
            say("usage: power_cut load|check store|plain FOLDER LEDGER [FIRST]");
            ExitCode::from(64)
        }
    }
}

fn say(line: &str) {
    // Nobody to tell is no reason to stop.
    writeln!(std::io::stdout(), "{line}").ok();
}

fn report(losses: &Result<Losses, StoreError>) -> ExitCode {
    match losses {
        Ok(Losses { n_acknowledged, lost }) if lost.is_empty() => {
            say(&format!("{n_acknowledged} acknowledged, 0 lost"));
            ExitCode::SUCCESS
        }
        Ok(Losses { n_acknowledged, lost }) => {
            say(&format!("{n_acknowledged} acknowledged, {} LOST, first {}", lost.len(), lost[0]));
            ExitCode::FAILURE
        }
        Err(error) => {
            say(&format!("NOT OPENED: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Where acknowledgements are noted.
struct Ledger {
    file: Mutex<File>,
}

impl Ledger {
    fn open(path: &Path) -> Self {
        let file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        Self { file: Mutex::new(file) }
    }

    fn note(&self, what: &str, number: u64) {
        // One call of `write`, so that a frozen process leaves no half line but the last one.
        let line = format!("{what} {number}\n");
        self.file.lock().unwrap().write_all(line.as_bytes()).unwrap();
    }

    /// What was noted: complete lines.
    fn read(path: &Path) -> Vec<(String, u64)> {
        let text = fs::read_to_string(path).unwrap_or_default();
        let end = text.rfind('\n').map_or(0, |at| at + 1);
        let lines = text[..end].lines().filter_map(|line| line.split_once(' '));
        lines.map(|(what, number)| (what.to_owned(), number.parse().unwrap())).collect()
    }
}

async fn load(folder: &Path, ledger: &Path, first: u64) {
    let store = Arc::new(DiskStore::open(folder).unwrap());
    let ledger = Arc::new(Ledger::open(ledger));
    let callers = (0..N_CALLERS).map(|caller| {
        let (store, ledger) = (Arc::clone(&store), Arc::clone(&ledger));
        tokio::spawn(async move {
            for number in (first + caller..).step_by(usize::try_from(N_CALLERS).unwrap()) {
                write(&store, &ledger, number).await.unwrap();
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
}

/// Settles one delivery, once none of the other callers has it in hand.
async fn settle(
    store: &DiskStore,
    id: DeliveryId,
    settlement: Settlement,
) -> Result<(), StoreError> {
    let (now, until) = (at(999 * DAY_MS), at(1_000 * DAY_MS));
    loop {
        let mut fences = Vec::new();
        for Leased { delivery, fence } in store.lease("desk", now, until, usize::MAX).await? {
            if delivery.id == id {
                fences.push(fence);
            } else {
                store.release(delivery.id, fence).await?;
            }
        }
        if let Some(fence) = fences.pop() {
            return store.settle(id, fence, failed_attempt(), settlement).await;
        }
        tokio::task::yield_now().await;
    }
}

/// Everything that a person would miss: a match, what became of its alert, a verdict, a feed, a
/// token.
async fn write(store: &DiskStore, ledger: &Ledger, number: u64) -> Result<(), StoreError> {
    let first_key = 1_000_000_000 + number * N_SEEN;
    let seen = seen(first_key..first_key + N_SEEN);
    store.commit(Commit { seen, feed: None, ..commit(number) }).await?;
    ledger.note("match", number);
    if number.is_multiple_of(3) {
        let taken = Settlement::Delivered { at: created(number) };
        settle(store, delivery_id(number, "desk"), taken).await?;
        ledger.note("settled", number);
    }
    if number.is_multiple_of(4) {
        store.review(review(number)).await?;
        ledger.note("review", number);
    }
    match number % 40 {
        0 => {
            store.change_feed(FeedChange::Added(Box::new(feed(number)))).await?;
            ledger.note("feed", number);
        }
        1 => {
            store.set_token(token(number)).await?;
            ledger.note("token", number);
        }
        _ => {}
    }
    Ok(())
}

fn review(number: u64) -> ReviewChange {
    let verdict =
        if number.is_multiple_of(8) { ReviewVerdict::Relevant } else { ReviewVerdict::NotRelevant };
    ReviewChange {
        subject: Subject::Match(match_id(number)),
        verdict: Some(Some(verdict)),
        note: None,
        by: "a".to_owned(),
        at: at(0),
        expected: None,
    }
}

fn feed(number: u64) -> Feed {
    Feed::at(format!("https://example.org/{number}.xml").parse().unwrap())
}

fn token(number: u64) -> Token {
    let name = format!("token-{number}");
    Token { name, role: Role::Reader, hash: "7".repeat(64), created: at(0), revoked: None }
}

struct Losses {
    n_acknowledged: usize,
    lost: Vec<String>,
}

async fn check(folder: &Path, ledger: &Path) -> Result<Losses, StoreError> {
    let store = DiskStore::open_existing(folder)?;
    let noted = Ledger::read(ledger);
    let mut lost = Vec::new();
    let feeds: BTreeSet<FeedId> =
        store.feed_changes().await?.iter().map(FeedChange::feed).collect();
    let tokens: BTreeSet<String> = store.tokens().await?.into_iter().map(|it| it.name).collect();
    for (what, number) in &noted {
        let is_there = match what.as_str() {
            "match" => is_match_there(&store, *number).await?,
            "settled" => is_settled(&store, *number).await?,
            "review" => {
                let found = store.matched(match_id(*number)).await?;
                let verdict = found.and_then(|it| it.review).and_then(|it| it.verdict);
                Some(verdict) == review(*number).verdict
            }
            "feed" => feeds.contains(&feed(*number).id),
            _ => tokens.contains(&token(*number).name),
        };
        if !is_there {
            lost.push(format!("{what} {number}"));
        }
    }
    // It must go on from here.
    let next = noted.iter().map(|(_, number)| *number).max().unwrap_or_default() + 1_000;
    store.commit(commit(next)).await?;
    store.close().await?;
    let store = DiskStore::open_existing(folder)?;
    if store.matched(match_id(next)).await? != Some(matched(next)) {
        lost.push(format!("match {next}, committed after the cut"));
    }
    store.close().await?;
    Ok(Losses { n_acknowledged: noted.len(), lost })
}

async fn is_match_there(store: &DiskStore, number: u64) -> Result<bool, StoreError> {
    let mut found = store.matched(match_id(number)).await?;
    if let Some(found) = &mut found {
        found.review = None;
    }
    let first_key = 1_000_000_000 + number * N_SEEN;
    let (mut keys, mut sightings): (Vec<_>, Vec<_>) =
        seen(first_key..first_key + N_SEEN).into_iter().unzip();
    keys.push(seen_key(number));
    sightings.push(sighting(number));
    let sightings: Vec<_> = sightings.into_iter().map(Some).collect();
    Ok(found == Some(matched(number))
        && store.article(article_id(number)).await? == Some(article(number))
        && store.story(story_id(number)).await?.is_some_and(|it| it.size == 1)
        && store.delivery(delivery_id(number, "desk")).await?.is_some()
        && store.sightings(keys).await? == sightings)
}

async fn is_settled(store: &DiskStore, number: u64) -> Result<bool, StoreError> {
    let delivery = store.delivery(delivery_id(number, "desk")).await?;
    let taken = DeliveryState::Delivered { at: created(number) };
    Ok(delivery.is_some_and(|it| it.state == taken && it.attempts.len() == 1))
}

/// The control: what a program does that trusts `write`.
fn load_plain(folder: &Path, ledger: &Path, first: u64) {
    fs::create_dir_all(folder).unwrap();
    let ledger = Ledger::open(ledger);
    let mut file = OpenOptions::new().create(true).append(true).open(folder.join("plain")).unwrap();
    for number in first.. {
        writeln!(file, "{number}").unwrap();
        ledger.note("plain", number);
        // No faster than a store would be.
        std::thread::sleep(std::time::Duration::from_micros(200));
    }
}

fn check_plain(folder: &Path, ledger: &Path) -> Losses {
    let text = fs::read_to_string(folder.join("plain")).unwrap_or_default();
    let found: BTreeSet<u64> = text.lines().filter_map(|line| line.parse().ok()).collect();
    let noted = Ledger::read(ledger);
    let gone = noted.iter().filter(|(_, number)| !found.contains(number));
    let lost = gone.map(|(what, number)| format!("{what} {number}")).collect();
    Losses { n_acknowledged: noted.len(), lost }
}
