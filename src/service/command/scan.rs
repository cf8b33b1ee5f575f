//! `silkwire scan`: judges texts without keeping anything.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use url::Url;

use crate::collect::{self, Document, Fetched, Fetcher, page};
use crate::model::view::ScanView;
use crate::model::{Clock, Entry, Feed, FeedId, FeedState, Side, SystemClock, Timestamp, Verdict};
use crate::net::Client;
use crate::service::command::Places;
use crate::service::command::print::{self, Format};
use crate::service::config::{load_judge, load_sections};
use crate::service::grouping::Grouping;
use crate::service::records::Records;
use crate::service::text::Words;
use crate::service::{Exit, Failure};
use crate::understand::{Judge, Text};

/// Feeds, pages and texts are read whole; larger files are refused.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// JSON lines are told from other JSON by their first line; so much of it is looked at.
const FIRST_LINE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// So many refusals are named; a wrong file need not fill the terminal.
const REFUSALS_SHOWN_MAX: usize = 20;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// File, folder, address, or `-` for standard input.
    input: String,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Prints every article, not only matches.
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(places: &Places, arguments: Arguments) -> Result<(), Failure> {
    let judge = load_judge(places.config.as_deref()).map_err(|it| Failure::config(&it))?;
    let mut scan = Scan {
        judge,
        format: arguments.format,
        prints_all: arguments.all,
        grouping: Grouping::default(),
        now: SystemClock.now(),
        n_articles: 0,
        n_refused: 0,
    };
    match arguments.input.as_str() {
        "-" => scan.stream("standard input", io::stdin().lock())?,
        address if address.starts_with("http://") || address.starts_with("https://") => {
            let document = fetch(places, address).await?;
            let charset = document.charset.as_deref();
            scan.whole(address, &document.bytes, charset, Some(&document.url))?;
        }
        path => scan.path(Path::new(path))?,
    }
    scan.end()
}

struct Scan {
    judge: Judge,
    format: Format,
    prints_all: bool,
    grouping: Grouping,
    now: Timestamp,
    n_articles: usize,
    /// Inputs and lines that could not be judged: the first are named as they come.
    n_refused: usize,
}

/// One text to judge.
struct Item<'a> {
    id: Option<String>,
    url: Option<String>,
    published: Option<Timestamp>,
    text: Text<'a>,
}

impl Scan {
    fn path(&mut self, path: &Path) -> Result<(), Failure> {
        let absent = |error: io::Error| {
            Failure::because(Exit::NoInput, format_args!("{}: {error}", path.display()))
        };
        if path.is_dir() {
            let listed = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
            let mut paths: Vec<PathBuf> =
                listed.map_err(absent)?.into_iter().map(|entry| entry.path()).collect();
            paths.sort();
            return paths.iter().try_for_each(|path| self.path(path));
        }
        let file = File::open(path).map_err(absent)?;
        self.stream(&path.display().to_string(), BufReader::new(file))
    }

    /// Judges what `input` holds, whatever it is.
    fn stream(&mut self, name: &str, mut input: impl BufRead) -> Result<(), Failure> {
        let broken = |error: io::Error| {
            Failure::because(Exit::Io, format_args!("{name} cannot be read: {error}"))
        };
        let mut start = Vec::new();
        (&mut input).take(FIRST_LINE_BYTES_MAX).read_until(b'\n', &mut start).map_err(broken)?;
        let is_lines = is_record(&start);
        let mut whole = start.as_slice().chain(input);
        if is_lines {
            return self.lines(name, BufReader::new(whole));
        }
        let mut bytes = Vec::new();
        (&mut whole).take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(broken)?;
        if bytes.len() as u64 == FILE_BYTES_MAX {
            self.refuse(name, "larger than 64 MiB; only JSON lines may be");
            return Ok(());
        }
        self.whole(name, &bytes, None, None)
    }

    fn lines(&mut self, name: &str, input: impl BufRead) -> Result<(), Failure> {
        let mut records = Records::new(input);
        loop {
            let next = records.next().map_err(|error| {
                Failure::because(Exit::Io, format_args!("{name} cannot be read: {error}"))
            })?;
            match next {
                None => return Ok(()),
                Some((_, Err(error))) => self.refuse(name, &error.to_string()),
                Some((line, Ok(record))) => self.item(&Item {
                    id: Some(record.id(line)),
                    url: record.url.clone(),
                    published: record.published(),
                    text: record.text(),
                })?,
            }
        }
    }

    /// Judges a feed's entries, a page, or plain text.
    fn whole(
        &mut self,
        name: &str,
        bytes: &[u8],
        charset: Option<&str>,
        url: Option<&Url>,
    ) -> Result<(), Failure> {
        let text = collect::decode(bytes, charset, url);
        match (collect::read_text(&text, url), shape_of(&text)) {
            (Ok(feed), _) => feed.entries.iter().try_for_each(|entry| self.entry(entry)),
            (Err(_), Shape::Page) => self.page(name, &text, url),
            (Err(_), Shape::Text) => self.plain(name, &text),
            (Err(error), Shape::Data) => {
                self.refuse(name, &error.to_string());
                Ok(())
            }
        }
    }

    fn entry(&mut self, entry: &Entry) -> Result<(), Failure> {
        let words = Words::of(entry);
        self.item(&Item {
            id: entry.guid.clone().or_else(|| entry.link.clone()),
            url: entry.link.clone(),
            published: entry.published,
            text: words.judged(Side::Third, entry.link.as_deref()),
        })
    }

    fn page(&mut self, name: &str, html: &str, url: Option<&Url>) -> Result<(), Failure> {
        let page = page::article(html, url);
        if page.text.trim().is_empty() && page.title.trim().is_empty() {
            self.refuse(name, "no article was found in the page");
            return Ok(());
        }
        self.item(&Item {
            id: Some(name.to_owned()),
            url: url.map(Url::to_string),
            published: page.published,
            text: Text {
                title: &page.title,
                summary: "",
                body: &page.text,
                language: page.language,
                home: Side::Third,
                link: url.map_or("", Url::as_str),
            },
        })
    }

    /// Plain text: the first line is the title.
    fn plain(&mut self, name: &str, text: &str) -> Result<(), Failure> {
        let (title, body) = text.trim_start().split_once('\n').unwrap_or((text, ""));
        self.item(&Item {
            id: Some(name.to_owned()),
            url: None,
            published: None,
            text: Text {
                title: title.trim(),
                summary: "",
                body: body.trim(),
                language: None,
                ..Text::default()
            },
        })
    }

    fn item(&mut self, item: &Item<'_>) -> Result<(), Failure> {
        self.n_articles += 1;
        let id = item.id.clone().unwrap_or_else(|| self.n_articles.to_string());
        let judgement = self.judge.judge(&item.text);
        let story = (judgement.verdict == Verdict::Match).then(|| {
            let published = item.published.unwrap_or(self.now);
            self.grouping.story(&self.judge, &id, &item.text, &judgement, published)
        });
        if judgement.verdict != Verdict::Match && !self.prints_all {
            return Ok(());
        }
        let mut view = ScanView::new(id, item.text.title.to_owned(), judgement);
        view.url.clone_from(&item.url);
        view.published = item.published;
        view.story = story.map(|story| story.to_string());
        match self.format {
            Format::Json => print::json(&view),
            Format::Table => print_for_people(&view),
        }
    }

    fn refuse(&mut self, name: &str, reason: &str) {
        self.n_refused += 1;
        if self.n_refused <= REFUSALS_SHOWN_MAX {
            print::talk(format_args!("{name}: {reason}"));
        }
    }

    /// Whatever could be judged was; what could not makes the command fail.
    fn end(&self) -> Result<(), Failure> {
        if self.n_refused == 0 {
            return Ok(());
        }
        let (n_refused, n_articles) = (self.n_refused, self.n_articles);
        let words = format_args!("{n_refused} inputs were no articles; {n_articles} were judged");
        Err(Failure::because(Exit::Data, words))
    }
}

/// What a text that is no feed looks like.
enum Shape {
    Page,
    Text,
    /// XML or JSON that we do not know.
    Data,
}

fn shape_of(text: &str) -> Shape {
    let head: String = text.trim_start().chars().take(2_000).collect::<String>().to_lowercase();
    let is_page = ["<!doctype html", "<html", "<head", "<body"].iter().any(|it| head.contains(it));
    match head.chars().next() {
        _ if is_page => Shape::Page,
        Some('<' | '{' | '[' | '\0') => Shape::Data,
        _ => Shape::Text,
    }
}

/// Whether the first line of an input is a whole article as JSON. A JSON Feed on one line
/// is told by its `items`.
fn is_record(first_line: &[u8]) -> bool {
    let text = first_line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first_line);
    let Ok(serde_json::Value::Object(object)) = serde_json::from_slice(text) else {
        return false;
    };
    !object.contains_key("items")
}

async fn fetch(places: &Places, address: &str) -> Result<Document, Failure> {
    let sections = load_sections(places.config.as_deref()).map_err(|it| Failure::config(&it))?;
    let url: Url = address.parse().map_err(|error| {
        Failure::because(Exit::Usage, format_args!("{address} is not an address: {error}"))
    })?;
    let unavailable = |error: &dyn std::error::Error| {
        Failure::because(Exit::Unavailable, format_args!("{address}: {error}"))
    };
    let client = Client::new(&sections.net, &[]).map_err(|error| unavailable(&error))?;
    let clock = Arc::new(SystemClock);
    let feed = Feed {
        id: FeedId::of_url(url.as_str()),
        title: address.to_owned(),
        url,
        side: Side::Third,
        language: None,
    };
    let state = FeedState::new(feed.id, clock.now());
    match Fetcher::new(&sections.collect, client, clock).fetch(&feed, &state).await {
        Ok(Fetched::Document(document)) => Ok(document),
        Ok(Fetched::NotModified { .. }) => {
            let words = format_args!("{address}: \"not modified\", which nobody asked");
            Err(Failure::because(Exit::Unavailable, words))
        }
        Err(error) => Err(unavailable(&error)),
    }
}

fn print_for_people(view: &ScanView) -> Result<(), Failure> {
    let word = if view.relevant { "match" } else { "-" };
    let title = print::one_line(&view.title);
    print::line(format_args!("{word:5}  {}  {}  {title}", view.score, view.language))?;
    if view.relevant {
        return print::reasons(&view.evidence);
    }
    match &view.why_not {
        Some(why_not) => print::line(format_args!("  {why_not}")),
        None => Ok(()),
    }
}
