//! How long a person waits for a search, and what the index costs.
//!
//! 100,000 articles of 4 KB (`SILKWIRE_BENCH_ARTICLES` for another number) in German, Russian,
//! Azerbaijani and Japanese: invented words whose frequencies fall like those of a language
//! (Zipf), and names of both sides in every tenth sentence. The store is one on disk, searched
//! through its trait; a page has 20 matches with their snippets.
//!
//! Not divan: what counts here is the slowest one of a hundred.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on stops")]
#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

mod shipped;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use silkwire::model::{
    Article, ArticleId, FeedId, Language, Match, MatchId, Score, Silence, StoryId, Timestamp,
};
use silkwire::review::{Typing, words_of};
use silkwire::store::{
    Announcement, Articles, Commit, DiskStore, MatchCommit, PageRequest, Search, SearchOrder,
    SearchQuery, SearchState, SearchWord, Store,
};
use tokio::runtime::Runtime;

const ARTICLES: u64 = 100_000;
const ARTICLE_BYTES: usize = 4_000;
const PAGE: usize = 20;
const ROUNDS: usize = 100;

/// As in the program.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() {
    let number = std::env::var("SILKWIRE_BENCH_ARTICLES").ok();
    let n = number.map_or(ARTICLES, |it| it.parse().unwrap());
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let runtime = Runtime::new().unwrap();
    let words = Words::new();
    runtime.block_on(fill(folder.path(), &words, n));
    println!("\nquery                        order      p50 ms   p99 ms    found");
    let store = DiskStore::open(folder.path()).unwrap();
    runtime.block_on(measure(&store, &words));
    println!("resident: {} MB, most: {} MB", memory("VmRSS"), memory("VmHWM"));
    runtime.block_on(store.close()).unwrap();
}

/// Stores the articles, then makes the index from nothing.
async fn fill(folder: &Path, words: &Words, n: u64) {
    const AT_ONCE: u64 = 50;
    let started = Instant::now();
    let store = DiskStore::open(folder).unwrap();
    for start in (0..n).step_by(usize::try_from(AT_ONCE).unwrap()) {
        let matches = (start..n.min(start + AT_ONCE)).map(|number| article(words, number));
        let commit = Commit { matches: matches.collect(), ..Commit::default() };
        store.commit(commit).await.unwrap();
    }
    println!("stored {n} articles in {:.1} s", started.elapsed().as_secs_f64());
    store.close().await.unwrap();
    fs::remove_dir_all(folder.join("search")).ok();
    let started = Instant::now();
    let store = DiskStore::open_existing(folder).unwrap();
    let before = memory("VmRSS");
    wait(&store, n).await;
    println!("index made anew in {:.1} s", started.elapsed().as_secs_f64());
    println!("resident before: {before} MB, after: {} MB", memory("VmRSS"));
    store.close().await.unwrap();
    println!("index: {} MB, all: {} MB", size(&folder.join("search")), size(folder));
}

/// Waits until the index is complete.
async fn wait(store: &DiskStore, n: u64) {
    let newest = PageRequest::first(1);
    loop {
        let found = store.search(SearchQuery::default(), newest.clone()).await;
        if found.is_ok_and(|it| !it.items.is_empty() || n == 0)
            && store.search_state() == SearchState::Complete
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn measure(store: &DiskStore, words: &Words) {
    let judge = shipped::compiled();
    let german = |rank: usize| words.word(0, rank);
    let japanese = |rank: usize| words.word(3, rank);
    let questions = [
        ("one word, in nearly all", german(1)),
        ("one word, in many", german(60)),
        ("one word, rare", german(20_000)),
        ("two words, common", format!("{} {}", german(2), german(30))),
        ("two words, rarer", format!("{} {}", german(90), german(700))),
        ("phrase, common", format!("\"{} {}\"", german(1), german(2))),
        ("phrase of three", format!("\"{} {} {}\"", german(1), german(0), german(3))),
        ("CJK word of two", japanese(5).chars().take(2).collect()),
        ("CJK word of four", format!("{}{}", japanese(4), japanese(7))),
        ("CJK single letter", japanese(1).chars().take(1).collect()),
        ("prefix of two letters", format!("{}*", &german(50)[..2])),
        ("prefix of four letters", format!("{}*", &german(500)[..4])),
        ("a country, all spellings", "Азербайджан".to_owned()),
        ("both, all spellings", "Азербайджан 日本".to_owned()),
    ];
    for (name, typed) in questions {
        let words = words_of(&typed, Typing::Done, &|text| judge.names_in(text)).unwrap();
        for order in [SearchOrder::Newest, SearchOrder::Best] {
            ask(store, name, &words, order).await;
        }
    }
}

async fn ask(store: &DiskStore, name: &str, words: &[SearchWord], order: SearchOrder) {
    let query = SearchQuery { words: words.to_vec(), order, ..SearchQuery::default() };
    let mut took = Vec::new();
    let mut n_found = 0;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let page = store.search(query.clone(), PageRequest::first(PAGE)).await.unwrap();
        took.push(started.elapsed());
        n_found = page.items.len();
    }
    took.sort_unstable();
    let ms = |share: usize| took[(ROUNDS - 1) * share / 100].as_secs_f64() * 1000.0;
    println!("{name:28} {order:8} {:8.1} {:8.1} {n_found:8}", ms(50), ms(99));
}

fn article(words: &Words, number: u64) -> MatchCommit {
    let id = ArticleId::of_identity(&number.to_be_bytes());
    let at = Timestamp::from_unix_ms(1_795_478_400_000 + i64::try_from(number).unwrap() * 60_000);
    let at = at.unwrap();
    let feed = FeedId::of_url("https://example.org/feed.xml");
    let language = usize::try_from(number % 4).unwrap();
    let match_id = MatchId::of("japan-azerbaijan", id);
    let mut chance = Chance(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let article = Article {
        id,
        feed,
        url: Some(format!("https://example.org/{number}")),
        title: words.text(&mut chance, language, 70),
        summary: words.text(&mut chance, language, 200),
        body: words.text(&mut chance, language, ARTICLE_BYTES),
        language: Language::of_tag(["de", "ru", "az", "ja"][language]).unwrap(),
        published: at,
        first_seen: at,
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
        language: article.language,
        aspects: Vec::new(),
        figures: Vec::new(),
        evidence: Vec::new(),
        basis: 1,
        created: at,
        home: None,
        link: None,
        placed: None,
        silence: Some(Silence::NoRoute),
        review: None,
    };
    let announcement = Announcement::Silent(Silence::NoRoute);
    MatchCommit { article, matched, sketch: None, seen: Vec::new(), announcement }
}

/// Invented words of four languages, the most common first.
struct Words {
    languages: [Vec<String>; 4],
}

/// As many different words as a year of news has in one language.
const WORDS: usize = 60_000;

const NAMES: [[&str; 4]; 4] = [
    ["Aserbaidschan", "Baku", "Japan", "Tokio"],
    ["Азербайджан", "Баку", "Япония", "Токио"],
    ["Azərbaycan", "Bakı", "Yaponiya", "Tokio"],
    ["アゼルバイジャン", "バクー", "日本", "東京"],
];

impl Words {
    fn new() -> Self {
        let syllables = [
            "ba der ge ver ung schaft er in ku re al mit lich haus end zen tor mal wei gen",
            "ба ни ст по ро го ва ла ние пра ка ре ми ти во на дар ско тел ный",
            "ba lar də il qa ra yan mə lik si yə həs də nin tə ur çı xa ən ki",
            "国 会 日 本 大 使 館 首 相 訪 問 経 済 協 力 石 油 文 化 交 流 市 長 教 育 環 境 輸 出 年 月 人 者",
        ];
        let languages = [0, 1, 2, 3].map(|language| {
            let syllables: Vec<&str> = syllables[language].split(' ').collect();
            let mut known = std::collections::HashSet::new();
            let mut words = Vec::with_capacity(WORDS);
            let mut chance = Chance(7);
            while words.len() < WORDS {
                // Common words are short.
                let most = if language == 3 { 2 } else { 5 };
                let n = 1 + words.len().ilog10_or(0).min(most) + chance.below(2);
                let word: String =
                    (0..n).map(|_| syllables[chance.below(syllables.len())]).collect();
                if known.insert(word.clone()) || language == 3 {
                    words.push(word);
                }
            }
            words
        });
        Self { languages }
    }

    fn word(&self, language: usize, rank: usize) -> String {
        self.languages[language][rank].clone()
    }

    fn text(&self, chance: &mut Chance, language: usize, n_bytes: usize) -> String {
        let words = &self.languages[language];
        let mut text = String::with_capacity(n_bytes + 50);
        let mut n = 0;
        while text.len() < n_bytes {
            n += 1;
            if chance.below(120) == 0 {
                text.push_str(NAMES[language][chance.below(4)]);
            } else {
                text.push_str(&words[chance.rank(words.len())]);
            }
            match (language, n % 12) {
                (3, 0) => text.push('。'),
                (3, _) => {}
                (_, 0) => text.push_str(". "),
                _ => text.push(' '),
            }
        }
        text
    }
}

trait Log {
    fn ilog10_or(self, other: usize) -> usize;
}

impl Log for usize {
    fn ilog10_or(self, other: usize) -> usize {
        self.checked_ilog10().map_or(other, |it| usize::try_from(it).unwrap())
    }
}

struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n).unwrap()).unwrap()
    }

    /// A rank below `n`: each next power of it is as likely as the one before (Zipf).
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "ranks are small"
    )]
    fn rank(&mut self, n: usize) -> usize {
        let share = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        ((n as f64).powf(share) as usize).saturating_sub(1).min(n - 1)
    }
}

/// Megabytes of a folder.
fn size(folder: &Path) -> u64 {
    fn bytes(folder: &Path) -> u64 {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
        let sizes = entries.map(|entry| match entry.metadata() {
            Ok(it) if it.is_dir() => bytes(&entry.path()),
            Ok(it) => it.len(),
            Err(_) => 0,
        });
        sizes.sum()
    }
    bytes(folder) / 1_000_000
}

/// Megabytes of this process.
fn memory(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    let kilobytes = line.split_whitespace().nth(1).unwrap();
    kilobytes.parse::<u64>().unwrap() / 1_000
}
