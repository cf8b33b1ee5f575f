//! A week with 300 feeds on 200 hosts, 40 of them bad in every way that servers can be.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use silkwire::net::{NetError, TlsFault};

use super::{HOUR, MINUTE, day};
use crate::newsroom::SIGNED;
use crate::support::{Answer, Asked, Body, Item, Town, Watcher, rss};

const GOOD: usize = 260;
const GOOD_HOSTS: usize = 160;

/// Items that a document holds.
const ITEMS: usize = 20;

/// A good feed and what its readers saw.
struct Outlet {
    url: String,
    /// It publishes so often.
    every: Duration,
    /// It promises to say nothing new for so long.
    max_age: Option<Duration>,
    starts: Mutex<Vec<Duration>>,
    served: Mutex<BTreeSet<usize>>,
}

impl Outlet {
    fn number(number: usize) -> Self {
        let share = u32::try_from(number).unwrap();
        let is_busy = number.is_multiple_of(26);
        Self {
            url: format!("https://good{}.example/{number}", number % GOOD_HOSTS),
            every: if is_busy { HOUR } else { 11 * HOUR + share * MINUTE },
            max_age: (number % 26 == 5).then_some(2 * HOUR),
            starts: Mutex::default(),
            served: Mutex::default(),
        }
    }

    /// The least time between two of its polls.
    fn promised(&self) -> Duration {
        let usual = if self.every == HOUR { 10 * MINUTE } else { HOUR };
        self.max_age.map_or(usual, |max_age| max_age.max(usual))
    }

    fn answer(&self, asked: &Asked) -> Answer {
        self.starts.lock().unwrap().push(asked.at);
        let newest = usize::try_from(asked.at.as_secs() / self.every.as_secs()).unwrap() + ITEMS;
        // An hour after an item it is edited, now and then.
        let is_edited = |number: usize| {
            let published = self.every * u32::try_from(number.saturating_sub(ITEMS)).unwrap();
            number % 10 == 3 && ITEMS < number && published + HOUR < asked.at
        };
        let tag = format!("\"{newest}{}\"", if is_edited(newest) { "-edited" } else { "" });
        let mut answer = Answer::status(304).header("etag", &tag);
        if asked.header("if-none-match") != Some(tag.as_str()) {
            let numbers = newest - ITEMS + 1..=newest;
            self.served.lock().unwrap().extend(numbers.clone());
            let items: Vec<Item> = numbers
                .rev()
                .map(|number| Item {
                    summary: if is_edited(number) { "Corrected." } else { "" }.to_owned(),
                    date: self.date(number),
                    ..Item::number(&self.url[8..], number, Self::title(number))
                })
                .collect();
            answer = Answer::ok(rss(&items)).header("etag", &tag);
        }
        match self.max_age {
            Some(age) => answer.header("cache-control", format!("max-age={}", age.as_secs())),
            None => answer,
        }
    }

    /// The sixth item after the start matters.
    fn title(number: usize) -> &'static str {
        if number == ITEMS + 6 { SIGNED } else { "Rain" }
    }

    fn date(&self, number: usize) -> String {
        let start: jiff::Timestamp = "2026-11-24T06:00:00Z".parse().unwrap();
        let ahead = i64::try_from(number).unwrap() - i64::try_from(ITEMS).unwrap();
        let seconds = ahead * i64::try_from(self.every.as_secs()).unwrap();
        let time = start + jiff::SignedDuration::from_secs(seconds);
        time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
    }

    /// Whether every pause was at least what was promised, and hardly longer.
    fn check_schedule(&self) {
        let (starts, promised) = (self.starts.lock().unwrap(), self.promised());
        let latest = promised * 11 / 10 + Duration::from_secs(10);
        for pair in starts.windows(2) {
            let pause = pair[1].saturating_sub(pair[0]);
            assert!(
                promised <= pause && pause <= latest,
                "{}: {pause:?} at {:?}",
                self.url,
                pair[0]
            );
        }
        let n_polls = day(7).as_secs() / latest.as_secs();
        assert!(n_polls <= u64::try_from(starts.len()).unwrap(), "{}", self.url);
    }
}

/// A megabyte that unpacks to a hundred.
fn bomb() -> Bytes {
    let zeros = std::io::repeat(b' ');
    zstd::encode_all(std::io::Read::take(zeros, 100 << 20), 1).unwrap().into()
}

fn gone_wild(depth: usize) -> Bytes {
    let opening = "<media:group>".repeat(depth);
    format!("<rss xmlns:media=\"http://search.yahoo.com/mrss/\"><channel>{opening}").into()
}

/// One way of being bad for each number below 40.
fn bad(number: usize, asked: &Asked, bomb: &Bytes) -> Answer {
    let page = "<!doctype html><html><body><h1>Sorry</h1></body></html>";
    let reset = || NetError::Reset { reason: "connection reset".to_owned() };
    let tls = |fault| NetError::Tls { fault, reason: "bad certificate".to_owned() };
    let fine = || Answer::ok(rss(&[Item::number("bad.example", number, "Rain")]));
    let is_up = (asked.at.as_secs() / 10_000).is_multiple_of(2);
    match number {
        0 => Answer::status(429).header("retry-after", "3600"),
        1 => Answer::status(429),
        2 => Answer::status(429).header("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT"),
        3 => Answer::status(503).header("retry-after", "120"),
        4 => Answer::status(403),
        5 => Answer::status(401),
        6 => Answer::status(404),
        7 => Answer::status(410),
        8 => Answer::status(500),
        9 => Answer::status(502).header("retry-after", "20000"),
        10 => Answer::status(504),
        11 => Answer::silence(),
        12 => fine().body(Body::Silent),
        13 => fine().body(Body::Drip(Bytes::from_static(b"<rss>"), Duration::from_secs(1))),
        14 => fine().body(Body::Endless(Bytes::from(vec![b' '; 1 << 20]))),
        15 => Answer::ok(bomb.clone()).header("content-encoding", "zstd"),
        16 => Answer::to(302, "/16"),
        17 => Answer::to(301, &format!("/{}", asked.number)),
        18 => Answer::to(302, "http://10.0.0.1/feed"),
        19 => Answer::to(302, "file:///etc/passwd"),
        20 => Answer::to(301, ""),
        21 => Answer::ok(page).header("content-type", "text/html"),
        22 => Answer::ok("<rss><channel><title>broken"),
        23 => Answer::ok("<rss><channel></rss></channel><item"),
        24 => Answer::ok(""),
        25 => Answer::status(204),
        26 => fine().header("content-length", "1000000"),
        27 => fine().body(Body::Cut(Bytes::from_static(b"<rss><channel><item><title>Ra"))),
        28 => Answer::failure(tls(TlsFault::Expired)),
        29 => Answer::failure(tls(TlsFault::WrongHost)),
        31 => Answer::failure(NetError::Dns { reason: "SERVFAIL".to_owned(), is_temporary: true }),
        33 => Answer::status(304),
        34 => Answer::ok(vec![0xff; 4096]),
        35 => Answer::ok(gone_wild(5_000)),
        36 => Answer::ok(&b"\x1f\x8b\x08broken"[..]).header("content-encoding", "gzip"),
        37.. if is_up => fine(),
        30 | 37 => Answer::not_connected(),
        32 | 38 => Answer::failure(reset()),
        _ => Answer::status(500).header("retry-after", "60"),
    }
}

fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let n_pages: Option<u64> = statm.split(' ').nth(1).and_then(|it| it.parse().ok());
    n_pages.unwrap_or_default() * 4096
}

/// Goal: in a week with forty bad servers every good feed keeps its pace, every article comes
/// exactly once, no server is treated badly, and memory stays what it was.
#[tokio::test(start_paused = true)]
async fn hostile_week_harms_nobody() {
    let town = Town::without_log();
    let outlets: Vec<Arc<Outlet>> = (0..GOOD).map(|it| Arc::new(Outlet::number(it))).collect();
    for host in 0..GOOD_HOSTS {
        let here: Vec<_> = outlets.iter().skip(host).step_by(GOOD_HOSTS).cloned().collect();
        town.serve(&format!("good{host}.example"), move |asked| {
            let is_asked = |outlet: &&Arc<Outlet>| outlet.url.ends_with(&asked.path);
            here.iter().find(is_asked).unwrap().answer(asked)
        });
    }
    let bomb = bomb();
    let mut urls: Vec<String> = outlets.iter().map(|outlet| outlet.url.clone()).collect();
    for number in 0..40 {
        let (host, bomb) = (format!("bad{number}.example"), bomb.clone());
        urls.push(format!("https://{host}/feed"));
        town.serve(&host, move |asked| bad(number, asked, &bomb));
    }
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let mut watcher = Watcher::new(&town, &urls).await;
    watcher.run(day(1)).await;
    let resident = resident_bytes();
    watcher.run(day(6)).await;
    assert!(resident_bytes().saturating_sub(resident) < 400 << 20, "memory grows");

    for outlet in &outlets {
        outlet.check_schedule();
    }
    check_servers(&town);
    check_articles(&watcher, &outlets).await;
}

/// No host sees more than it allows.
fn check_servers(town: &Town) {
    let all = town.all();
    assert!(all.n_running_max <= 256);
    let good = (0..GOOD_HOSTS).map(|number| format!("good{number}.example"));
    let bad = (0..40).map(|number| format!("bad{number}.example"));
    for host in good.chain(bad) {
        let record = town.record(&host);
        assert_eq!(record.n_running_max, 1, "{host}");
        // A connection that breaks before a byte came is made anew once, within the same poll.
        let is_broken = ["bad32.example", "bad38.example"].contains(&host.as_str());
        let is_kept = record.gap_min.is_none_or(|gap| Duration::from_secs(1) <= gap);
        assert!(is_kept || is_broken, "{host}: {:?}", record.gap_min);
    }
    for (number, pause_s) in [(0, 3600), (2, 7 * 86_400), (3, 600), (9, 20_000), (39, 600)] {
        let record = town.record(&format!("bad{number}.example"));
        let is_kept = record.gap_min.is_none_or(|gap| Duration::from_secs(pause_s) <= gap);
        assert!(is_kept, "bad{number}: {:?}", record.gap_min);
    }
    for number in 0..37 {
        let n_requests = town.record(&format!("bad{number}.example")).n_requests;
        let most = match number {
            16 | 17 => 11 * 20,
            _ => 40,
        };
        assert!(n_requests <= most, "bad{number} was asked {n_requests} times in a week");
    }
}

/// Every article of the good feeds arrives exactly once.
async fn check_articles(watcher: &Watcher, outlets: &[Arc<Outlet>]) {
    let served = |outlet: &Arc<Outlet>| outlet.served.lock().unwrap().clone();
    let n_good: usize = outlets.iter().map(|outlet| served(outlet).len()).sum();
    assert!(GOOD * 30 < n_good);
    // Three bad feeds have one article each, while they are up.
    assert_eq!(watcher.metrics.articles_new.get(), u64::try_from(n_good + 3).unwrap());
    assert!(0 < watcher.metrics.articles_updated.get());
    let matters = |outlet: &&Arc<Outlet>| served(outlet).contains(&(ITEMS + 6));
    let wanted: BTreeSet<String> = outlets
        .iter()
        .filter(matters)
        .map(|outlet| format!("{}/article/{}", outlet.url, ITEMS + 6))
        .collect();
    let matches = watcher.matches().await;
    let mut found = BTreeSet::new();
    for matched in &matches {
        let article = watcher.store.article(matched.article).await.unwrap().unwrap();
        found.extend(article.url);
    }
    assert!(GOOD / 2 < wanted.len());
    assert_eq!(matches.len(), wanted.len());
    assert_eq!(found, wanted);
    assert_eq!(watcher.collector.standings().len(), GOOD + 40);
}
