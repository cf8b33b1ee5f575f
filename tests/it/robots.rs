//! Sites' robots.txt and reservations, asked for as politely as they are obeyed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use silkwire::collect::permission::{
    Permission, Permissions, Purpose, Refusal, Reservation, RobotsAnswer, RobotsSource,
};
use silkwire::model::{Clock, Timestamp};
use tokio::sync::Semaphore;
use url::Url;

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
const CLOSED: &str = "User-agent: *\nDisallow: /closed";

/// A clock that a test sets forward.
struct HandClock(Mutex<Timestamp>);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Files by their address, and what was asked for.
struct Files {
    answers: Mutex<HashMap<String, RobotsAnswer>>,
    asked: Mutex<Vec<String>>,
    /// Answers wait for a permit.
    gate: Semaphore,
}

#[async_trait]
impl RobotsSource for Files {
    async fn file(&self, url: &Url, _bytes_max: usize) -> RobotsAnswer {
        self.asked.lock().unwrap().push(url.to_string());
        drop(self.gate.acquire().await.unwrap());
        let answers = self.answers.lock().unwrap();
        answers.get(url.as_str()).cloned().unwrap_or_else(|| status(404))
    }
}

struct World {
    permissions: Permissions,
    files: Arc<Files>,
    clock: Arc<HandClock>,
}

impl World {
    fn new() -> Self {
        let start = "2026-11-24T06:00:00Z".parse().unwrap();
        let clock = Arc::new(HandClock(Mutex::new(start)));
        let files = Arc::new(Files {
            answers: Mutex::default(),
            asked: Mutex::default(),
            gate: Semaphore::new(1_000),
        });
        let source: Arc<dyn RobotsSource> = files.clone();
        let permissions = Permissions::new(source, clock.clone());
        Self { permissions, files, clock }
    }

    fn serve(&self, url: &str, answer: RobotsAnswer) {
        self.files.answers.lock().unwrap().insert(url.to_owned(), answer);
    }

    fn wait(&self, pause: Duration) {
        let mut now = self.clock.0.lock().unwrap();
        *now = now.plus(pause);
    }

    async fn ask(&self, url: &str, purpose: Purpose) -> Permission {
        self.permissions.may_fetch(&url.parse().unwrap(), purpose).await
    }

    async fn allows(&self, url: &str) -> bool {
        self.ask(url, Purpose::Links).await.is_allowed()
    }

    async fn why_not(&self, url: &str, purpose: Purpose) -> String {
        match self.ask(url, purpose).await {
            Permission::Disallowed { by } => by.to_string(),
            Permission::Allowed { .. } => "allowed".to_owned(),
        }
    }

    fn n_asked(&self) -> usize {
        self.files.asked.lock().unwrap().len()
    }
}

fn status(status: u16) -> RobotsAnswer {
    RobotsAnswer::Answered { status, body: Vec::new() }
}

fn file(body: &str) -> RobotsAnswer {
    RobotsAnswer::Answered { status: 200, body: body.as_bytes().to_vec() }
}

fn unreachable() -> RobotsAnswer {
    RobotsAnswer::Unreachable { reason: "no answer within 15 s".to_owned() }
}

/// Goal: each site's word counts for its own pages, and it is asked for once.
#[tokio::test]
async fn b01_each_site_speaks_for_itself() {
    let world = World::new();
    world.serve("https://a.example/robots.txt", file(CLOSED));
    world.serve("https://b.example/robots.txt", file("User-agent: silkwire\nDisallow: /"));
    for _ in 0..3 {
        assert!(world.allows("https://user:word@a.example/open?x=/closed#closed").await);
        assert!(!world.allows("https://a.example/closed/1").await);
        assert!(!world.allows("https://b.example/open").await);
        assert!(world.allows("http://a.example/closed").await, "another scheme, another site");
        assert!(world.allows("https://a.example:8443/closed").await, "another port as well");
    }
    let asked = world.files.asked.lock().unwrap().clone();
    assert_eq!(
        asked,
        [
            "https://a.example/robots.txt",
            "https://b.example/robots.txt",
            "http://a.example/robots.txt",
            "https://a.example:8443/robots.txt"
        ]
    );
}

/// Goal: a site without rules is open, whatever it says instead of them.
#[tokio::test]
async fn b03_no_robots_txt_allows_all() {
    for (n, answer) in [404, 403, 401, 410, 429, 451, 301].into_iter().enumerate() {
        let world = World::new();
        world.serve("https://a.example/robots.txt", status(answer));
        assert!(world.allows(&format!("https://a.example/{n}")).await, "{answer}");
        world.wait(23 * HOUR);
        assert!(world.allows("https://a.example/").await);
        assert_eq!(world.n_asked(), 1, "{answer}");
    }
}

/// Goal: a site in trouble is left alone, says why, and is open again once it is well.
#[tokio::test]
async fn b04_unreachable_robots_txt_closes_the_site() {
    for (answer, reason) in [
        (status(503), "HTTP 503"),
        (status(500), "HTTP 500"),
        (unreachable(), "no answer within 15 s"),
    ] {
        let world = World::new();
        world.serve("https://a.example/robots.txt", answer);
        let why = world.why_not("https://a.example/news", Purpose::Text).await;
        let words = format!("robots.txt cannot be read ({reason}), so the site counts as closed");
        assert_eq!(why, words);
        world.wait(Duration::from_mins(9));
        assert!(!world.allows("https://a.example/news").await);
        assert_eq!(world.n_asked(), 1, "not asked again at once");
        world.serve("https://a.example/robots.txt", file(CLOSED));
        world.wait(Duration::from_mins(1));
        assert!(world.allows("https://a.example/news").await);
    }
}

/// Goal: a site that never answers is asked less and less, and not given up for ever.
#[tokio::test]
async fn b04_after_30_days_the_last_copy_or_nothing_counts() {
    let world = World::new();
    world.serve("https://a.example/robots.txt", file(CLOSED));
    assert!(world.allows("https://a.example/").await);
    world.serve("https://a.example/robots.txt", unreachable());
    world.serve("https://b.example/robots.txt", unreachable());
    world.wait(25 * HOUR);
    for _ in 0..30 * 24 {
        assert!(!world.allows("https://a.example/").await);
        assert!(!world.allows("https://b.example/").await);
        world.wait(HOUR);
    }
    assert!(world.allows("https://a.example/").await);
    assert!(!world.allows("https://a.example/closed").await, "as it said when it last answered");
    assert!(world.allows("https://b.example/closed").await);
    let n_asked = world.n_asked();
    assert!(200 < n_asked && n_asked < 300, "{n_asked}: every six hours for two sites");
    world.serve("https://a.example/robots.txt", file(""));
    world.wait(6 * HOUR);
    assert!(world.allows("https://a.example/closed").await);
}

/// Goal: a site changes its mind and is heard within a day.
#[tokio::test]
async fn b06_what_a_site_says_holds_for_a_day() {
    let world = World::new();
    world.serve("https://a.example/robots.txt", file(CLOSED));
    assert!(world.allows("https://a.example/news").await);
    world.serve("https://a.example/robots.txt", file("User-agent: *\nDisallow: /news"));
    world.wait(23 * HOUR);
    assert!(world.allows("https://a.example/news").await);
    world.wait(2 * HOUR);
    assert!(!world.allows("https://a.example/news").await);
    assert_eq!(world.n_asked(), 2);
    *world.clock.0.lock().unwrap() = "2026-11-01T00:00:00Z".parse().unwrap();
    assert!(!world.allows("https://a.example/news").await);
    assert_eq!(world.n_asked(), 3, "a clock that was set back does not keep old rules alive");
}

/// Goal: a burst of pages of one site costs it one request for its rules.
#[tokio::test]
async fn many_pages_at_once_wait_for_one_request() {
    let world = World::new();
    world.serve("https://a.example/robots.txt", file(CLOSED));
    let closed = world.files.gate.acquire_many(1_000).await.unwrap();
    let pages: Vec<String> = (0..50).map(|n| format!("https://a.example/closed/{n}")).collect();
    let asks = futures_util::future::join_all(pages.iter().map(|page| world.allows(page)));
    let open = async {
        tokio::task::yield_now().await;
        drop(closed);
    };
    let (answers, ()) = tokio::join!(asks, open);
    assert!(answers.iter().all(|is_allowed| !is_allowed));
    assert_eq!(world.n_asked(), 1);
}

/// Goal: somebody who gives up waiting harms nobody who asks after him.
#[tokio::test]
async fn an_abandoned_request_is_asked_anew() {
    let world = World::new();
    world.serve("https://a.example/robots.txt", file(CLOSED));
    let closed = world.files.gate.acquire_many(1_000).await.unwrap();
    tokio::select! {
        biased;
        _ = world.allows("https://a.example/closed") => panic!("an answer through a closed gate"),
        () = std::future::ready(()) => {}
    }
    drop(closed);
    assert!(!world.allows("https://a.example/closed").await);
    assert_eq!(world.n_asked(), 2);
}

/// Goal: thousands of sites do not fill the memory, and those in use stay known.
#[tokio::test]
async fn sites_that_nobody_asks_for_are_forgotten() {
    let world = World::new();
    for n in 0..3_000 {
        assert!(world.allows(&format!("https://site{n}.example/")).await);
        assert!(world.allows("https://a.example/").await);
    }
    assert_eq!(world.n_asked(), 3_001);
    assert!(world.allows("https://site2999.example/").await);
    assert_eq!(world.n_asked(), 3_001);
    assert!(world.allows("https://site0.example/").await);
    assert_eq!(world.n_asked(), 3_002, "forgotten, so asked again");
}

/// Goal: sites with huge files cannot push the others out one by one, nor fill the memory.
#[tokio::test]
async fn huge_files_push_out_only_what_they_must() {
    let world = World::new();
    let huge = format!("User-agent: *\n{}", "Disallow: /a\n".repeat(40_000));
    for n in 0..40 {
        world.serve(&format!("https://huge{n}.example/robots.txt"), file(&huge));
        assert!(!world.allows(&format!("https://huge{n}.example/a")).await);
    }
    assert_eq!(world.n_asked(), 40);
    assert!(!world.allows("https://huge39.example/a").await);
    assert_eq!(world.n_asked(), 40);
    assert!(!world.allows("https://huge0.example/a").await);
    assert_eq!(world.n_asked(), 41, "32 MiB do not hold 40 files of 2 MiB");
}

/// Goal: a publisher who reserves mining for his whole site is not read; his links are followed.
#[tokio::test]
async fn reservations_close_texts_and_not_links() {
    let world = World::new();
    let json = r#"[{"location": "/news/", "tdm-reservation": 1}]"#;
    world.serve("https://a.example/.well-known/tdmrep.json", file(json));
    let page = "https://a.example/news/1";
    assert!(world.allows(page).await);
    assert_eq!(world.n_asked(), 1, "asked for only when a text is wanted");
    let by = Refusal::Reserved(Reservation::Site("/news/".to_owned()));
    assert_eq!(world.ask(page, Purpose::Text).await, Permission::Disallowed { by });
    let why = world.why_not(page, Purpose::Text).await;
    insta::assert_snapshot!(why, @"the publisher reserves text and data mining (tdmrep.json reserves /news/)");
    assert!(world.ask("https://a.example/about", Purpose::Text).await.is_allowed());
    assert_eq!(world.n_asked(), 2);
    world.wait(DAY);
    assert!(!world.ask(page, Purpose::Text).await.is_allowed());
    assert_eq!(world.n_asked(), 4);
}

/// Goal: the file with reservations is no way around robots.txt, and its trouble closes nothing.
#[tokio::test]
async fn reservations_are_asked_for_only_where_we_may() {
    let world = World::new();
    world.serve("https://a.example/robots.txt", file("User-agent: *\nDisallow: /.well-known/"));
    world.serve("https://b.example/.well-known/tdmrep.json", unreachable());
    for page in ["https://a.example/news", "https://b.example/news"] {
        assert!(world.ask(page, Purpose::Text).await.is_allowed(), "{page}");
    }
    let asked = world.files.asked.lock().unwrap().clone();
    assert!(!asked.contains(&"https://a.example/.well-known/tdmrep.json".to_owned()));
}

/// Goal: what a person reads about a page that was left alone names the line that did it.
#[tokio::test]
async fn refusals_name_their_reason() {
    let world = World::new();
    let robots = "User-agent: *\nCrawl-delay: 3\nDisallow: /closed*.html$\n\
        Sitemap: https://a.example/news.xml";
    world.serve("https://a.example/robots.txt", file(robots));
    let why = world.why_not("https://a.example/closed/a.html", Purpose::Text).await;
    insta::assert_snapshot!(why, @"robots.txt forbids it (Disallow: /closed*.html$)");
    let why = world.why_not("ftp://a.example/closed", Purpose::Text).await;
    insta::assert_snapshot!(why, @"the address is neither http nor https");
    let allowed = world.ask("https://a.example/", Purpose::Text).await;
    assert_eq!(allowed, Permission::Allowed { gap: Some(Duration::from_secs(3)) });
    let sitemaps = world.permissions.sitemaps(&"https://a.example/x".parse().unwrap()).await;
    assert_eq!(sitemaps, ["https://a.example/news.xml".parse().unwrap()]);
}
