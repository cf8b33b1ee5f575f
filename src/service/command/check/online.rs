//! `silkwire check --online`: asks for every feed once, as politely as the service does.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use url::Url;

use crate::collect::permission::{Permission, Permissions, Purpose};
use crate::collect::sitemap::Walk;
use crate::collect::{Document, FeedDocument, Fetched, Fetcher, Hosts, Web};
use crate::model::{
    Clock, Feed, FeedId, FeedKind, FeedState, Language, Problem, SystemClock, Timestamp, Trouble,
    minute_of,
};
use crate::net::Client;
use crate::service::command::print::{self, Format};
use crate::service::config::Place;
use crate::service::{Config, Exit, Failure};

/// Asking fails like this when nobody can be reached at all.
const OFFLINE_FEEDS_MIN: usize = 2;

/// Documents are read two at a time: each keeps a core and some memory busy.
const READINGS_MAX: usize = 2;

/// What came of asking for a feed.
#[derive(Serialize)]
struct Checked {
    id: FeedId,
    url: String,
    title: String,
    /// `ok`, `later` (trouble that may pass), `wrong` (trouble that somebody must mend).
    state: &'static str,
    n_entries: usize,
    /// When its newest entry was published, if it says so.
    newest: Option<Timestamp>,
    /// The language that it declares.
    language: Option<Language>,
    /// What went wrong.
    error: Option<String>,
    trouble: Option<Trouble>,
    /// What to do about it.
    advice: Option<&'static str>,
    file: Option<String>,
    line: Option<usize>,
}

/// Whoever asks.
struct Checker {
    fetcher: Fetcher,
    permissions: Permissions,
    obeys_robots_always: bool,
    readings: Semaphore,
    places: HashMap<FeedId, Place>,
}

pub(super) async fn run(config: Config, format: Format) -> Result<(), Failure> {
    let unavailable = |error| Failure::new(Exit::Unavailable, error);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let client = Client::new(&config.net, &[]).map_err(unavailable)?;
    let hosts = Hosts::new(&config.collect);
    let web = Web::new(&config.collect, client, hosts, Arc::clone(&clock));
    let checker = Checker {
        permissions: Permissions::new(Arc::new(web.clone()), Arc::clone(&clock)),
        obeys_robots_always: !config.collect.feeds_ignore_robots,
        fetcher: Fetcher::new(&config.collect, web, config.access, clock),
        readings: Semaphore::new(READINGS_MAX),
        places: config.places,
    };
    let (paused, asked): (Vec<_>, Vec<_>) = config.feeds.iter().partition(|it| it.is_paused);
    // Each host is asked in its turn; here only the number of those who wait is limited.
    let n_waiting = config.collect.n_requests_max.max(1);
    let mut checks = stream::iter(&asked).map(|feed| checker.check(feed)).buffered(n_waiting);
    let mut all = Vec::new();
    while let Some(checked) = checks.next().await {
        match format {
            Format::Json => print::json(&checked)?,
            Format::Table => print::line(checked.words())?,
        }
        all.push(checked);
    }
    conclude(&all, paused.len())
}

impl Checker {
    async fn check(&self, feed: &Feed) -> Checked {
        let state = FeedState::new(feed.id, SystemClock.now());
        let is_for_robots = matches!(feed.kind, FeedKind::Page | FeedKind::Sitemap);
        if is_for_robots || self.obeys_robots_always {
            match self.permissions.may_fetch(&feed.url, Purpose::Links).await {
                Permission::Allowed { .. } => {}
                Permission::Disallowed { by } => {
                    return self.failed(feed, by.to_string(), Trouble::Robots);
                }
            }
        }
        match self.fetcher.fetch(feed, &state, None).await {
            Ok(Fetched::Document(document)) => self.read(feed, document).await,
            // Nobody asked whether anything has changed.
            Ok(Fetched::NotModified(_)) => {
                self.failed(feed, "server answered \"not modified\"".to_owned(), Trouble::Status)
            }
            Err(error) => self.failed(feed, error.to_string(), error.trouble()),
        }
    }

    async fn read(&self, feed: &Feed, document: Document) -> Checked {
        let url = document.url.clone();
        match self.entries(feed, document).await {
            // An index: the first of its sitemaps stands for the others.
            Ok(main) if main.entries.is_empty() && !main.children.is_empty() => {
                let mut walk = Walk::new(&url, &main.children, SystemClock.now());
                match walk.next_address() {
                    Some(part) => self.read_part(feed, &part).await,
                    None => self.found(feed, &main),
                }
            }
            Ok(document) => self.found(feed, &document),
            Err((error, trouble)) => self.failed(feed, error, trouble),
        }
    }

    async fn read_part(&self, feed: &Feed, url: &Url) -> Checked {
        let document = match self.fetcher.fetch_part(feed, url).await {
            Ok(document) => document,
            Err(error) => return self.failed(feed, format!("{url}: {error}"), error.trouble()),
        };
        match self.entries(feed, document).await {
            Ok(document) => self.found(feed, &document),
            Err((error, trouble)) => self.failed(feed, format!("{url}: {error}"), trouble),
        }
    }

    async fn entries(
        &self,
        feed: &Feed,
        document: Document,
    ) -> Result<FeedDocument, (String, Trouble)> {
        // Never closed, so it is always given.
        let _permit = self.readings.acquire().await.ok();
        let feed = feed.clone();
        match spawn_blocking(move || document.read_as(&feed)).await {
            Ok(read) => read.map_err(|error| (error.to_string(), error.trouble())),
            Err(error) => Err((error.to_string(), Trouble::Unreadable)),
        }
    }

    fn found(&self, feed: &Feed, document: &FeedDocument) -> Checked {
        Checked {
            n_entries: document.entries.len(),
            newest: document.entries.iter().filter_map(|entry| entry.published).max(),
            language: document.language.or(feed.language),
            ..self.ok(feed)
        }
    }

    fn ok(&self, feed: &Feed) -> Checked {
        let place = self.places.get(&feed.id);
        Checked {
            id: feed.id,
            url: feed.url.to_string(),
            title: feed.title.clone(),
            state: "ok",
            n_entries: 0,
            newest: None,
            language: None,
            error: None,
            trouble: None,
            advice: None,
            file: place.map(|place| place.file.to_string()),
            line: place.map(|place| place.line),
        }
    }

    fn failed(&self, feed: &Feed, error: String, trouble: Trouble) -> Checked {
        let (state, advice) = if is_wrong(trouble) {
            ("wrong", trouble.advice_when_lasting())
        } else {
            ("later", trouble.advice_at_first())
        };
        Checked {
            state,
            error: Some(error),
            trouble: Some(trouble),
            advice: Some(advice),
            ..self.ok(feed)
        }
    }
}

/// Whether somebody must mend it: waiting does not help.
fn is_wrong(trouble: Trouble) -> bool {
    matches!(
        trouble,
        Trouble::NotFound
            | Trouble::Gone
            | Trouble::NotAFeed
            | Trouble::WebPage
            | Trouble::Address
            | Trouble::Dns
            | Trouble::Selectors
            | Trouble::Configuration
    )
}

impl Checked {
    /// One line for people.
    fn words(&self) -> String {
        let Self { state, url, error, .. } = self;
        let trouble = error.as_ref().map(|error| {
            let advice = self.advice.unwrap_or_default();
            format!("{error}: {advice}")
        });
        let said = trouble.unwrap_or_else(|| self.content());
        print::one_line(&format!("{state:5}  {url}  {said}"))
    }

    /// What was found: entries, the newest, the language.
    fn content(&self) -> String {
        let newest = self.newest.map(|it| format!(", newest {}", minute_of(it)));
        let language = self.language.map(|it| format!(", {it}"));
        let entries = if self.n_entries == 1 { "entry" } else { "entries" };
        let n_entries = self.n_entries;
        let (newest, language) = (newest.unwrap_or_default(), language.unwrap_or_default());
        format!("{n_entries} {entries}{newest}{language}")
    }

    fn problem(&self) -> Problem {
        let error = self.error.clone().unwrap_or_default();
        Problem {
            file: self.file.clone().unwrap_or_default(),
            line: self.line,
            message: print::one_line(&format!("feed {}: {error}", self.url)),
            hint: self.advice.map(str::to_owned),
        }
    }
}

/// Warnings go to stderr; what is wrong for good ends the command with 78.
fn conclude(all: &[Checked], n_paused: usize) -> Result<(), Failure> {
    let with = |state| all.iter().filter(move |checked| checked.state == state);
    for checked in with("later") {
        print::talk(format_args!("warning: {}", checked.problem()));
    }
    let (n_ok, n_later, n_wrong) =
        (with("ok").count(), with("later").count(), with("wrong").count());
    print::talk(format_args!(
        "{n_ok} feeds are right, {n_wrong} wrong, {n_later} in trouble that may pass; {n_paused} \
         paused ones were not asked"
    ));
    let is_unreachable = |it: &Checked| it.trouble.is_some_and(Trouble::is_unreachable);
    if OFFLINE_FEEDS_MIN <= all.len() && all.iter().all(is_unreachable) {
        let words = "no host could be reached: this machine's own network seems to be down";
        return Err(Failure::because(Exit::Unavailable, words));
    }
    let problems: Vec<Problem> = with("wrong").map(Checked::problem).collect();
    if problems.is_empty() { Ok(()) } else { Err(Failure::config(&problems)) }
}
