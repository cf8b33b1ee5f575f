//! How long a poll waits until what it brought is safe on the disk.
//!
//! Sizes: 4 KB is the median text of an article with a full page (spec/store.md, section 3);
//! 50 entries is a long feed at its first poll; 8 feeds that answer at once are a busy minute.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on stops")]

use std::sync::atomic::{AtomicU64, Ordering};

use divan::Bencher;
use divan::counter::ItemsCount;
use futures_util::future::join_all;
use silkwire::model::{
    Article, ArticleId, FeedId, Language, Match, MatchId, Score, Silence, StoryId, Timestamp,
};
use silkwire::store::{Announcement, Articles, Commit, DiskStore, MatchCommit, SeenKey, Sighting};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// As in the program.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 200, sample_size = 1)]
fn one_match_with_4_kb_text(bencher: Bencher<'_, '_>) {
    let bed = Bed::new();
    bencher.with_inputs(|| match_commit(bed.next_number())).bench_values(|commit| {
        bed.runtime.block_on(bed.store.commit(commit)).unwrap();
    });
}

#[divan::bench(sample_count = 200, sample_size = 1)]
fn fifty_seen_keys(bencher: Bencher<'_, '_>) {
    let bed = Bed::new();
    let commit = || {
        let seen = (0..50).map(|_| seen(bed.next_number())).collect();
        Commit { seen, ..Commit::default() }
    };
    bencher.counter(ItemsCount::new(50_usize)).with_inputs(commit).bench_values(|commit| {
        bed.runtime.block_on(bed.store.commit(commit)).unwrap();
    });
}

#[divan::bench(sample_count = 200, sample_size = 1)]
fn one_match_from_each_of_8_at_once(bencher: Bencher<'_, '_>) {
    let bed = Bed::new();
    let commits = || -> Vec<Commit> { (0..8).map(|_| match_commit(bed.next_number())).collect() };
    bencher.counter(ItemsCount::new(8_usize)).with_inputs(commits).bench_values(|commits| {
        let all = join_all(commits.into_iter().map(|commit| bed.store.commit(commit)));
        bed.runtime.block_on(all).into_iter().collect::<Result<Vec<()>, _>>().unwrap();
    });
}

/// A store on the disk that holds the target folder: `/tmp` may be memory.
struct Bed {
    store: DiskStore,
    runtime: Runtime,
    numbers: AtomicU64,
    _folder: TempDir,
}

impl Bed {
    fn new() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let store = DiskStore::open(folder.path()).unwrap();
        let runtime = Runtime::new().unwrap();
        Self { store, runtime, numbers: AtomicU64::new(0), _folder: folder }
    }

    fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }
}

fn match_commit(number: u64) -> Commit {
    let id = ArticleId::of_identity(&number.to_be_bytes());
    let now = Timestamp::from_unix_ms(1_795_478_400_000).unwrap();
    let feed = FeedId::of_url("https://example.org/feed.xml");
    let language = Language::of_tag("de").unwrap();
    let match_id = MatchId::of("japan-azerbaijan", id);
    let article = Article {
        id,
        feed,
        url: Some(format!("https://example.org/{number}")),
        title: "Empfang in der Residenz".to_owned(),
        summary: words(number, 200),
        body: words(number, 4_000),
        language,
        published: now,
        first_seen: now,
        stated: None,
        page: None,
        text_dropped: None,
        hash: None,
    };
    let matched = Match {
        id: match_id,
        topic: "japan-azerbaijan".to_owned(),
        article: id,
        feed,
        story: StoryId::opened_by(match_id),
        score: Score::new(0.9).unwrap(),
        language,
        aspects: Vec::new(),
        figures: Vec::new(),
        evidence: Vec::new(),
        basis: 1,
        created: now,
        home: None,
        link: None,
        placed: None,
        silence: Some(Silence::NoRoute),
        review: None,
    };
    let announcement = Announcement::Silent(Silence::NoRoute);
    let seen = vec![seen(number)];
    let found = MatchCommit { article, matched, sketch: None, seen, announcement };
    Commit { matches: vec![found], ..Commit::default() }
}

fn seen(number: u64) -> (SeenKey, Sighting) {
    let article = ArticleId::of_identity(&number.to_be_bytes());
    // Seen keys are hashes, so they come in no order.
    let hash = [article.to_be_bytes(), number.to_be_bytes()].concat().try_into().unwrap();
    (SeenKey(hash), Sighting { article, content: number, day: 20_781 })
}

/// Invented words, which zstd packs like a real text: to less than half.
fn words(seed: u64, bytes: usize) -> String {
    const SYLLABLES: [&str; 16] = [
        "ba", "ku", "to", "kyo", "der", "die", "schaft", "er", "in", "ge", "ver", "ung", "haus",
        "re", "al", "mit",
    ];
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut text = String::new();
    while text.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push_str(SYLLABLES[usize::try_from(state % 16).unwrap()]);
        if state.is_multiple_of(3) {
            text.push(' ');
        }
    }
    text
}
