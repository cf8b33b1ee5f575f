//! How much a store takes, how fast it answers and how soon it is back: one line for each figure.
//!
//!     cargo bench --profile release --bench store_load -- [--articles N] [--keys N] [--folder DIR]
//!
//! Sizes: 4 KB is the median text of an article with a full page; 200,000 articles are years of a
//! topic; a million seen keys are 90 days of 500 feeds. 50 articles in a commit is a long feed at
//! its first poll, 8 callers are feeds that answer at once, 64 callers are as many as may wait.
//! Three matches are a story, which has one alert; each match has a sketch, a seen key of its own
//! and four of entries that did not match.
//!
//! What must be measured alone runs in a process of its own: this program, started again.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on stops")]
#![expect(clippy::disallowed_methods, reason = "callers of a store, without a service")]
#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

#[path = "store_load/churn.rs"]
mod churn;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use silkwire::model::{
    AlertKind, Article, ArticleId, Aspect, Country, Delivery, DeliveryId, DeliveryState, EventId,
    Evidence, EvidenceKind, FeedId, Field, Language, Match, MatchId, Member, Score, Side, Silence,
    Sketch, Story, StoryId, Timestamp, Trace, TraceKind, Traces,
};
use silkwire::store::{
    Announcement, Articles, Commit, DiskStore, MatchCommit, MatchFilter, PageRequest, Reviews,
    Seen, SeenKey, Sighting, Store, StoryChange,
};
use tokio::runtime::Runtime;

/// Matches of a story.
const STORY_SIZE: u64 = 3;

/// Seen keys of entries that did not match, beside each match.
const N_SEEN: u64 = 4;

struct Sizes {
    n_articles: u64,
    n_keys: u64,
    folder: PathBuf,
}

/// As in the program.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let after = |flag: &str| {
        let at = arguments.iter().position(|it| it == flag)?;
        Some(arguments[at + 1].clone())
    };
    let number = |flag: &str, default: u64| after(flag).map_or(default, |it| it.parse().unwrap());
    let sizes = Sizes {
        n_articles: number("--articles", 200_000),
        n_keys: number("--keys", 1_000_000),
        folder: after("--folder")
            .map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("load"), PathBuf::from),
    };
    match after("--part").as_deref() {
        Some("ingest") => ingest(&sizes),
        Some("singles") => singles(&sizes),
        Some("seen") => seen(&sizes),
        Some("churn") => churn::churn(&sizes),
        Some(other) => say(&format!("no part {other}: ingest, singles, seen, churn")),
        None => all(&sizes),
    }
}

fn say(line: &str) {
    println!("{line}");
}

fn all(sizes: &Sizes) {
    fs::remove_dir_all(&sizes.folder).ok();
    fs::create_dir_all(&sizes.folder).unwrap();
    part(sizes, "ingest");
    restart(sizes);
    part(sizes, "singles");
    part(sizes, "seen");
    fs::remove_dir_all(&sizes.folder).unwrap();
}

/// Runs a part in a process of its own, which is killed as soon as it says `done`: what follows
/// opens the folder as a crash leaves it.
fn part(sizes: &Sizes, name: &str) {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--part", name, "--folder"])
        .arg(&sizes.folder)
        .args(["--articles", &sizes.n_articles.to_string()])
        .args(["--keys", &sizes.n_keys.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    for line in BufReader::new(process.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if line == "done" {
            break;
        }
        say(&line);
    }
    process.kill().unwrap();
    process.wait().unwrap();
}

/// 50 articles in a commit, from 8 callers at once.
fn ingest(sizes: &Sizes) {
    const N_CALLERS: u64 = 8;
    const N_IN_COMMIT: u64 = 48;
    let runtime = Runtime::new().unwrap();
    let store = Arc::new(DiskStore::open(&sizes.folder).unwrap());
    let next = Arc::new(AtomicU64::new(0));
    let n_articles = sizes.n_articles;
    let started = Instant::now();
    let times = runtime.block_on(async {
        let callers = (0..N_CALLERS).map(|_| {
            let (store, next) = (Arc::clone(&store), Arc::clone(&next));
            tokio::spawn(async move {
                let mut times = Vec::new();
                loop {
                    let first = next.fetch_add(N_IN_COMMIT, Ordering::Relaxed);
                    if n_articles <= first {
                        return times;
                    }
                    let commit = commit(first..first + N_IN_COMMIT);
                    let asked = Instant::now();
                    store.commit(commit).await.unwrap();
                    times.push(asked.elapsed());
                }
            })
        });
        let mut times = Vec::new();
        for caller in callers.collect::<Vec<_>>() {
            times.extend(caller.await.unwrap());
        }
        times
    });
    let took = started.elapsed();
    let n_articles = times.len() as u64 * N_IN_COMMIT;
    say(&format!(
        "ingest, {N_IN_COMMIT} articles in a commit, {N_CALLERS} callers: {n_articles} in {:.1} s, \
         {:.0} articles/s; a commit {}",
        took.as_secs_f64(),
        rate(n_articles, took),
        spread(times)
    ));
    memory("ingest");
    let counts = runtime.block_on(store.counts()).unwrap();
    assert_eq!(counts.matches, n_articles);
    let (live, disk) = (live_bytes() * n_articles, folder_bytes(&sizes.folder));
    say(&format!(
        "disk after ingest: {} MB, live records packed one by one {} MB, ratio {:.1}",
        disk / 1_000_000,
        live / 1_000_000,
        ratio(disk, live)
    ));
    for (name, bytes) in parts_of(&sizes.folder) {
        say(&format!("  {name}: {} MB", bytes / 1_000_000));
    }
    newest(&runtime, &store);
    say("done");
    // Killed by whoever started this, with the store open.
    std::thread::park();
}

/// What the first page of the list takes.
fn newest(runtime: &Runtime, store: &DiskStore) {
    let times = (0..200).map(|_| {
        let asked = Instant::now();
        let page = store.matches(MatchFilter::default(), PageRequest::first(50));
        assert_eq!(runtime.block_on(page).unwrap().items.len(), 50);
        asked.elapsed()
    });
    say(&format!("the newest 50 matches: {}", spread(times.collect())));
}

/// One article in a commit, from 64 callers at once.
fn singles(sizes: &Sizes) {
    const N_CALLERS: u64 = 64;
    const N_EACH: u64 = 200;
    let runtime = Runtime::new().unwrap();
    let opening = Instant::now();
    let store = Arc::new(DiskStore::open(&sizes.folder).unwrap());
    say(&format!("open with {} articles: {}", sizes.n_articles, ms(opening.elapsed())));
    // Behind all of the ingest, each a story of its own.
    let first = sizes.n_articles.next_multiple_of(1_000);
    let started = Instant::now();
    let times = runtime.block_on(async {
        let callers = (0..N_CALLERS).map(|caller| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let mut times = Vec::new();
                for number in 0..N_EACH {
                    let number = first + (caller * N_EACH + number) * STORY_SIZE;
                    let asked = Instant::now();
                    store.commit(commit(number..number + 1)).await.unwrap();
                    times.push(asked.elapsed());
                }
                times
            })
        });
        let mut times = Vec::new();
        for caller in callers.collect::<Vec<_>>() {
            times.extend(caller.await.unwrap());
        }
        times
    });
    let took = started.elapsed();
    let n_articles = N_CALLERS * N_EACH;
    say(&format!(
        "one article in a commit, {N_CALLERS} callers: {:.0} articles/s; a commit {}",
        rate(n_articles, took),
        spread(times)
    ));
    memory("open and single commits");
    runtime.block_on(store.close()).unwrap();
    say("done");
}

/// A million seen keys, and looking some of them up.
fn seen(sizes: &Sizes) {
    const N_IN_COMMIT: u64 = 500;
    const N_LOOKUPS: u64 = 100_000;
    let folder = sizes.folder.join("seen");
    let runtime = Runtime::new().unwrap();
    let store = DiskStore::open(&folder).unwrap();
    let started = Instant::now();
    for first in (0..sizes.n_keys).step_by(usize::try_from(N_IN_COMMIT).unwrap()) {
        let seen = (first..first + N_IN_COMMIT).map(sighting).collect();
        runtime.block_on(store.commit(Commit { seen, ..Commit::default() })).unwrap();
    }
    let took = started.elapsed();
    say(&format!(
        "{} seen keys, {N_IN_COMMIT} in a commit, one caller: {:.1} s, {:.0} keys/s",
        sizes.n_keys,
        took.as_secs_f64(),
        rate(sizes.n_keys, took)
    ));
    memory("seen keys");
    for (name, is_hit) in [("hit", true), ("miss", false)] {
        let times = runtime.block_on(async {
            let mut times = Vec::new();
            for number in 0..N_LOOKUPS {
                // Spread over all of them.
                let number = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % sizes.n_keys;
                let number = if is_hit { number } else { number + 2 * sizes.n_keys };
                let key = sighting(number).0;
                let asked = Instant::now();
                let found = store.sightings(vec![key]).await.unwrap();
                times.push(asked.elapsed());
                assert_eq!(found[0].is_some(), is_hit);
            }
            times
        });
        say(&format!("look-up of one seen key among {}, {name}: {}", sizes.n_keys, spread(times)));
    }
    let disk = folder_bytes(&folder);
    say(&format!("disk of seen keys alone: {} MB", disk / 1_000_000));
    runtime.block_on(store.close()).unwrap();
    say("done");
}

/// From `kill -9` to READY.
fn restart(sizes: &Sizes) {
    let config = sizes.folder.join("config");
    fs::create_dir_all(&config).unwrap();
    fs::write(config.join("silkwire.toml"), "[[feed]]\nurl = \"http://127.0.0.1:9/a.xml\"\n")
        .unwrap();
    for time in ["after kill -9", "after that kill", "once more"] {
        let started = Instant::now();
        let mut service = Command::new(env!("CARGO_BIN_EXE_silkwire"))
            .args(["run", "--listen", "127.0.0.1:0", "--config"])
            .arg(&config)
            .arg("--state")
            .arg(&sizes.folder)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(service.stderr.take().unwrap()).lines();
        let is_ready = |line: &std::io::Result<String>| {
            line.as_ref().is_ok_and(|line| line.contains("listening on "))
        };
        let ready = lines.find(is_ready).is_some();
        let took = ms(started.elapsed());
        let peak = peak_bytes(service.id()) / 1_000_000;
        service.kill().unwrap();
        service.wait().unwrap();
        assert!(ready, "the service did not start");
        say(&format!(
            "silkwire run {time}, {} articles: ready after {took}, peak {peak} MB",
            sizes.n_articles
        ));
    }
}

fn rate(n: u64, took: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a rate needs no more digits")]
    let n = n as f64;
    n / took.as_secs_f64()
}

fn ratio(one: u64, other: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a ratio needs no more digits")]
    let ratio = one as f64 / other as f64;
    ratio
}

fn spread(mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |share: usize| ms(times[(times.len() - 1) * share / 1_000]);
    format!("p50 {}, p99 {}, worst {}", at(500), at(990), at(1_000))
}

fn ms(time: Duration) -> String {
    if time < Duration::from_millis(1) {
        return format!("{} µs", time.as_micros());
    }
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn memory(of: &str) {
    let peak = peak_bytes(std::process::id()) / 1_000_000;
    say(&format!("peak memory of {of} (VmHWM): {peak} MB"));
}

/// The most that a process ever had in memory.
fn peak_bytes(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|it| it.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}

fn folder_bytes(folder: &Path) -> u64 {
    parts_of(folder).into_iter().map(|(_, bytes)| bytes).sum()
}

/// What stands in a folder, with the bytes that it occupies on the disk.
fn parts_of(folder: &Path) -> Vec<(String, u64)> {
    use std::os::unix::fs::MetadataExt;
    let mut parts = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        let meta = entry.metadata().unwrap();
        let bytes = if meta.is_dir() { folder_bytes(&entry.path()) } else { meta.blocks() * 512 };
        parts.push((name, bytes));
    }
    parts
}

/// What the records of an article take when each is packed as the store packs it.
fn live_bytes() -> u64 {
    const N: u64 = 999;
    let commit = commit(0..N);
    let packed = |json: Vec<u8>| zstd::bulk::compress(&json, 3).unwrap().len() as u64;
    let mut sum = 0;
    for it in &commit.matches {
        sum += packed(serde_json::to_vec(&it.article).unwrap());
        sum += packed(serde_json::to_vec(&it.matched).unwrap());
        sum += it.sketch.iter().map(|it| packed(serde_json::to_vec(it).unwrap())).sum::<u64>();
        if let Announcement::Deliver(deliveries) = &it.announcement {
            let deliveries = deliveries.iter().map(|it| packed(serde_json::to_vec(it).unwrap()));
            sum += deliveries.sum::<u64>();
        }
    }
    for change in &commit.stories {
        sum += packed(serde_json::to_vec(&change.story).unwrap());
    }
    // Keys of the records and their indexes, and seen keys with their sightings.
    sum / N + 6 * 20 + (1 + N_SEEN) * 40
}

/// Matches with these numbers, their stories and what else a poll brings.
fn commit(numbers: std::ops::Range<u64>) -> Commit {
    let opens: Vec<u64> = numbers.clone().filter(|it| it.is_multiple_of(STORY_SIZE)).collect();
    let stories = opens.into_iter().map(|first| {
        let members = (first + 1..first + STORY_SIZE).filter(|it| numbers.contains(it));
        let (matched, article) = (matched(first), article(first));
        let mut story = Story::opened(story_of(first), Member::new(&matched, &article));
        for number in members {
            let (matched, article) = (self::matched(number), self::article(number));
            story.grow(Member::new(&matched, &article));
        }
        StoryChange::untold(story, None)
    });
    let stories = stories.collect();
    let unflagged = numbers.clone().flat_map(|number| number * N_SEEN..(number + 1) * N_SEEN);
    let seen = unflagged.map(|number| sighting(number + (1 << 40))).collect();
    let matches = numbers.map(match_commit).collect();
    Commit { matches, stories, seen, ..Commit::default() }
}

fn match_commit(number: u64) -> MatchCommit {
    let announcement = if number.is_multiple_of(STORY_SIZE) {
        Announcement::Deliver(vec![delivery(number)])
    } else {
        Announcement::Silent(Silence::StoryKnown)
    };
    MatchCommit {
        article: article(number),
        matched: matched(number),
        sketch: Some(sketch(number)),
        seen: vec![sighting(number)],
        announcement,
    }
}

fn at(number: u64) -> Timestamp {
    // One each ten minutes: 200,000 are nearly four years.
    Timestamp::from_unix_ms(1_695_478_400_000 + i64::try_from(number).unwrap() * 600_000).unwrap()
}

fn article_id(number: u64) -> ArticleId {
    ArticleId::of_identity(&number.to_be_bytes())
}

fn match_id(number: u64) -> MatchId {
    MatchId::of("japan-azerbaijan", article_id(number))
}

fn story_of(number: u64) -> StoryId {
    StoryId::opened_by(match_id(number / STORY_SIZE * STORY_SIZE))
}

fn feed(number: u64) -> FeedId {
    FeedId::of_url(&format!("https://example.org/{}.xml", number % 500))
}

fn article(number: u64) -> Article {
    Article {
        id: article_id(number),
        feed: feed(number),
        url: Some(format!("https://example.org/news/{number}/empfang-in-der-residenz")),
        title: format!("Empfang in der Residenz {}", words(number + 1, 40)),
        summary: words(number, 300),
        body: words(number, 4_000),
        language: Language::of_tag("de").unwrap(),
        published: at(number),
        first_seen: at(number),
        stated: None,
        page: None,
        text_dropped: None,
        hash: None,
    }
}

fn matched(number: u64) -> Match {
    let evidence = |at: usize| Evidence {
        kind: EvidenceKind::Mention,
        side: Some("AZ".parse::<Country>().unwrap()),
        text: "Aserbaidschan".to_owned(),
        field: Field::Body,
        start: at * 100,
        end: at * 100 + 13,
        weight: 0.37,
    };
    Match {
        id: match_id(number),
        topic: "japan-azerbaijan".to_owned(),
        article: article_id(number),
        feed: feed(number),
        story: story_of(number),
        score: Score::new(0.9).unwrap(),
        language: Language::of_tag("de").unwrap(),
        aspects: vec![Aspect::Diplomacy],
        figures: Vec::new(),
        evidence: (0..8).map(evidence).collect(),
        basis: 1,
        created: at(number),
        home: Some(Side::Third),
        link: None,
        placed: None,
        silence: (!number.is_multiple_of(STORY_SIZE)).then_some(Silence::StoryKnown),
        review: None,
    }
}

fn sketch(number: u64) -> Sketch {
    let seed = u32::try_from(number & 0xffff).unwrap();
    Sketch {
        matched: match_id(number),
        story: story_of(number),
        topic: "japan-azerbaijan".to_owned(),
        published: at(number),
        is_dated: true,
        language: Language::of_tag("de").unwrap(),
        traces: Traces {
            traces: (0..20)
                .map(|it| Trace::new(TraceKind::Person, (seed + it) << 6, Field::Body))
                .collect(),
            grams: (0..96)
                .map(|it| seed.wrapping_mul(2_654_435_761).wrapping_add(it * 77))
                .collect(),
            lead: (0..40).map(|it| seed.wrapping_mul(40_503).wrapping_add(it * 91)).collect(),
            has_body: true,
        },
    }
}

fn delivery(number: u64) -> Delivery {
    let event = EventId::of_story("japan-azerbaijan", "match.created", story_of(number), 1);
    Delivery {
        id: DeliveryId::of(event, "desk"),
        event,
        kind: AlertKind::MatchCreated,
        receiver: "desk".to_owned(),
        matched: match_id(number),
        story: story_of(number),
        body: format!("{{\"type\":\"match.created\",\"data\":\"{}\"}}", words(number, 1_200)),
        created: at(number),
        state: DeliveryState::Pending { due: at(number) },
        attempts: Vec::new(),
    }
}

fn sighting(number: u64) -> (SeenKey, Sighting) {
    let article = article_id(number);
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
