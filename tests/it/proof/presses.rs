//! A site that has printed something new whenever it is asked.
//!
//! Its feeds bring reports of events that several outlets copy, near misses, noise, and edits
//! of what they brought before. Whether a text is flagged follows from the lexicon in
//! `fixtures/two-countries`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::newsroom::hours_ago;
use crate::proof::chance::Chance;
use crate::raw_server::RawServer;

/// So many outlets tell of events; the third that does makes an update of the story.
pub(super) const N_FEEDS: usize = 4;

/// A feed carries its newest articles, so many: more than come while many reads are cut short.
const CARRIED_MAX: usize = 400;

/// So many events are told of at a time.
const N_EVENTS_OPEN: usize = 6;

/// What becomes of an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Match,
    NearMiss,
    Nothing,
}

#[derive(Clone, Debug)]
struct Article {
    /// Its number, in its address.
    number: usize,
    title: String,
    body: String,
    fate: Fate,
    /// As RSS writes it.
    published: String,
}

/// A site that has printed something new whenever it is asked.
pub(super) struct Presses {
    /// None once it is closed.
    server: Mutex<Option<RawServer>>,
    url: String,
    state: Arc<Mutex<State>>,
}

struct State {
    chance: Chance,
    is_printing: bool,
    n_articles: usize,
    n_events: usize,
    feeds: [Vec<Article>; N_FEEDS],
    /// Numbers of all articles that were to become a match.
    matches: BTreeSet<usize>,
}

impl Presses {
    pub(super) fn start(chance: Chance) -> Self {
        let state = Arc::new(Mutex::new(State {
            chance,
            is_printing: true,
            n_articles: 0,
            n_events: 0,
            feeds: Default::default(),
            matches: BTreeSet::new(),
        }));
        let shared = Arc::clone(&state);
        let server = RawServer::start(move |head, stream| {
            let answer = shared.lock().unwrap().answer(head);
            stream.write_all(answer.as_bytes())
        });
        let url = server.url("").to_string();
        Self { server: Mutex::new(Some(server)), url, state }
    }

    /// The site is gone.
    pub(super) fn close(&self) {
        self.server.lock().unwrap().take();
    }

    /// Where feed `number` is, from 0 to [`N_FEEDS`] - 1.
    pub(super) fn feed_url(&self, number: usize) -> String {
        format!("{}feed/{number}", self.url)
    }

    /// A small feed with one article that never changes.
    pub(super) fn leaflet_url(&self, number: usize) -> String {
        format!("{}leaflet/{number}", self.url)
    }

    /// From now on there is nothing new.
    pub(super) fn stop_printing(&self) {
        self.state().is_printing = false;
    }

    /// Paths of all articles that a feed carried and that had to be flagged.
    pub(super) fn paths_of_matches(&self) -> BTreeSet<String> {
        self.state().matches.iter().map(|number| format!("/article/{number}")).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    fn answer(&mut self, head: &str) -> String {
        let path = head.split(' ').nth(1).unwrap_or_default();
        let number = |prefix: &str| path.strip_prefix(prefix).and_then(|it| it.parse().ok());
        let (document, version) = if let Some(feed) = number("/feed/") {
            (self.feed(feed), format!("\"{}\"", self.fingerprint(feed)))
        } else if let Some(leaflet) = number("/leaflet/") {
            (leaflet_document(leaflet), "\"1\"".to_owned())
        } else {
            return "HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
                .to_owned();
        };
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        if lines.any(|(name, value)| name == "if-none-match" && value == version) {
            return format!(
                "HTTP/1.1 304 Not Modified\r\nconnection: close\r\netag: {version}\r\n\r\n"
            );
        }
        format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/rss+xml\r\n\
             etag: {version}\r\ncontent-length: {}\r\n\r\n{document}",
            document.len()
        )
    }

    /// What tells one state of a feed from the others: its newest articles' words.
    fn fingerprint(&self, feed: usize) -> usize {
        self.feeds[feed].iter().map(|it| it.number * 31 + it.title.len()).sum()
    }

    fn feed(&mut self, feed: usize) -> String {
        // Not always: the service must also see a feed that has not changed.
        if self.is_printing && !self.chance.is_one_in(4) {
            // A feed that always holds one entry names its article by the title.
            for _ in 0..3 + self.chance.below(6) {
                self.print(feed);
            }
        }
        let carried = self.feeds[feed].iter().rev().take(CARRIED_MAX);
        document(&format!("Outlet {feed}"), carried)
    }

    /// Adds an article to a feed, or changes one.
    fn print(&mut self, feed: usize) {
        match self.chance.below(10) {
            0 if 3 < self.feeds[feed].len() => return self.correct(feed),
            1 => self.add(feed, Fate::NearMiss),
            2 => self.add(feed, Fate::Nothing),
            _ => self.add(feed, Fate::Match),
        }
        if self.chance.is_one_in(5) {
            self.n_events += 1;
        }
    }

    fn add(&mut self, feed: usize, fate: Fate) {
        let number = self.n_articles;
        self.n_articles += 1;
        let event = self.n_events + self.chance.below(N_EVENTS_OPEN);
        let trees = 1_000 + event;
        let (title, body) = match fate {
            Fate::Match => {
                let title = match feed {
                    0 => format!("Japan and Azerbaijan plant {trees} trees"),
                    1 => format!("Azerbaijan says {trees} trees came from Japan"),
                    2 => format!("{trees} trees: Japan helps Azerbaijan"),
                    _ => format!("Azerbaijan thanks Japan for {trees} trees"),
                };
                (title, words(event))
            }
            Fate::NearMiss => {
                let title = format!("Azerbaijan plants {trees} trees");
                (title, format!("Japan sent none. {}", words(number)))
            }
            Fate::Nothing => (format!("Japan has {trees} trees"), words(number)),
        };
        if fate == Fate::Match {
            self.matches.insert(number);
        }
        let published = hours_ago(0);
        self.feeds[feed].push(Article { number, title, body, fate, published });
    }

    /// A newsroom changes the title of one of its newest reports.
    fn correct(&mut self, feed: usize) {
        let n_articles = self.feeds[feed].len();
        let newest = n_articles.saturating_sub(10)..n_articles;
        let flagged: Vec<usize> =
            newest.filter(|at| self.feeds[feed][*at].fate == Fate::Match).collect();
        if let Some(at) = flagged.first() {
            self.feeds[feed][*at].title.push_str(", at last");
        }
    }
}

fn document<'a>(title: &str, articles: impl Iterator<Item = &'a Article>) -> String {
    let mut text = format!("<rss version=\"2.0\"><channel><title>{title}</title>");
    for Article { number, title, body, published, .. } in articles {
        write!(
            text,
            "<item><title>{title}</title><link>http://outlet.example/article/{number}</link>\
             <pubDate>{published}</pubDate><description>{body}</description></item>"
        )
        .unwrap();
    }
    text.push_str("</channel></rss>");
    text
}

fn leaflet_document(number: usize) -> String {
    let article = Article {
        number,
        title: format!("Weather of {number} days"),
        body: words(number),
        fate: Fate::Nothing,
        published: hours_ago(0),
    };
    document("Leaflet", std::iter::once(&article))
}

/// Invented words, the same for the same event: whoever tells of it copies them.
fn words(event: usize) -> String {
    const SYLLABLES: [&str; 16] = [
        "ba", "ku", "to", "kyo", "der", "die", "schaft", "er", "in", "ge", "ver", "ung", "haus",
        "re", "al", "mit",
    ];
    let mut chance = Chance::of(event as u64);
    let mut text = String::new();
    for _ in 0..90 {
        for _ in 0..=chance.below(3) {
            text.push_str(chance.pick::<&str>(&SYLLABLES));
        }
        text.push(' ');
    }
    text
}
