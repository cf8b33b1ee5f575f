//! `silkwire scan`: judges texts without keeping anything.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use url::Url;

use crate::collect::{self, Document, Fetched, Fetcher, Hosts, Web, page};
use crate::model::view::ScanView;
use crate::model::{
    Clock, Entry, Feed, FeedState, Judgement, Side, SystemClock, Timestamp, Verdict,
};
use crate::net::Client;
use crate::service::command::Places;
use crate::service::command::print::{self, Format};
use crate::service::config::{load_judge, load_sections};
use crate::service::grouping::{Grouped, Grouping};
use crate::service::records::Records;
use crate::service::text::Words;
use crate::service::{Exit, Failure};
use crate::understand::story::Sight;
use crate::understand::{Judge, Text};

/// Feeds, pages and texts are read whole; larger files are refused.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// JSON lines are told from other JSON by their first line; so much of it is looked at.
const FIRST_LINE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Inputs are judged together on all cores: so many of them, or so many bytes.
const BATCH_INPUTS_MAX: usize = 1_024;
const BATCH_BYTES_MAX: usize = 32 * 1024 * 1024;

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
        grouping: Grouping::new(&judge, SystemClock.now()),
        judge,
        format: arguments.format,
        prints_all: arguments.all,
        batch: Vec::new(),
        batch_bytes: 0,
        n_articles: 0,
        n_refused: 0,
    };
    match arguments.input.as_str() {
        "-" => scan.stream("standard input", io::stdin().lock())?,
        address if address.starts_with("http://") || address.starts_with("https://") => {
            let document = fetch(places, address).await?;
            scan.add(Input::Whole {
                name: address.to_owned(),
                bytes: document.bytes,
                charset: document.charset,
                url: Some(document.url),
            })?;
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
    batch: Vec<Input>,
    batch_bytes: usize,
    n_articles: usize,
    /// Inputs and lines that could not be judged: the first are named as they come.
    n_refused: usize,
}

/// One thing to read, on any core.
enum Input {
    Article(Article),
    /// A feed's, a page's or a text's bytes, as a file or server gave them.
    Whole {
        name: String,
        bytes: Vec<u8>,
        charset: Option<String>,
        url: Option<Url>,
    },
    Refused {
        name: String,
        reason: String,
    },
}

impl Input {
    fn len(&self) -> usize {
        match self {
            Self::Article(article) => article.words.len(),
            Self::Whole { bytes, .. } => bytes.len(),
            Self::Refused { .. } => 0,
        }
    }
}

/// One text to judge.
struct Article {
    id: Option<String>,
    url: Option<String>,
    published: Option<Timestamp>,
    words: Words,
    side: Side,
}

impl Article {
    fn text(&self) -> Text<'_> {
        self.words.judged(self.side, self.url.as_deref())
    }
}

/// What became of an input.
enum Output {
    Judged(Box<(Article, Judgement, Sight)>),
    Refused { name: String, reason: String },
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
        let name = name.to_owned();
        if bytes.len() as u64 == FILE_BYTES_MAX {
            let reason = "larger than 64 MiB; only JSON lines may be".to_owned();
            return self.add(Input::Refused { name, reason });
        }
        self.add(Input::Whole { name, bytes, charset: None, url: None })
    }

    fn lines(&mut self, name: &str, input: impl BufRead) -> Result<(), Failure> {
        let mut records = Records::new(input);
        loop {
            let next = records.next().map_err(|error| {
                Failure::because(Exit::Io, format_args!("{name} cannot be read: {error}"))
            })?;
            match next {
                None => return Ok(()),
                Some((_, Err(error))) => {
                    let (name, reason) = (name.to_owned(), error.to_string());
                    self.add(Input::Refused { name, reason })?;
                }
                Some((line, Ok(record))) => {
                    let article = Article {
                        id: Some(record.id(line)),
                        published: record.published(),
                        side: record.side(),
                        url: record.url.clone(),
                        words: record.into_words(),
                    };
                    self.add(Input::Article(article))?;
                }
            }
        }
    }

    fn add(&mut self, input: Input) -> Result<(), Failure> {
        self.batch_bytes += input.len();
        self.batch.push(input);
        if self.batch.len() < BATCH_INPUTS_MAX && self.batch_bytes < BATCH_BYTES_MAX {
            return Ok(());
        }
        self.flush()
    }

    /// Judges what was gathered, on all cores, and prints it in the order it came.
    fn flush(&mut self) -> Result<(), Failure> {
        let batch = std::mem::take(&mut self.batch);
        self.batch_bytes = 0;
        for output in on_all_cores(&self.judge, batch) {
            match output {
                Output::Judged(judged) => {
                    let (article, judgement, seen) = *judged;
                    self.print(&article, judgement, &seen)?;
                }
                Output::Refused { name, reason } => self.refuse(&name, &reason),
            }
        }
        Ok(())
    }

    fn print(
        &mut self,
        article: &Article,
        judgement: Judgement,
        seen: &Sight,
    ) -> Result<(), Failure> {
        self.n_articles += 1;
        let id = article.id.clone().unwrap_or_else(|| self.n_articles.to_string());
        let story = (judgement.verdict == Verdict::Match).then(|| {
            let (language, published) = (judgement.language, article.published);
            self.grouping.story(&Grouped { id: &id, language, published, seen })
        });
        if judgement.verdict != Verdict::Match && !self.prints_all {
            return Ok(());
        }
        let mut view = ScanView::new(id, article.words.title.clone(), judgement);
        view.url.clone_from(&article.url);
        view.published = article.published;
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
    fn end(&mut self) -> Result<(), Failure> {
        self.flush()?;
        if self.n_refused == 0 {
            return Ok(());
        }
        let (n_refused, n_articles) = (self.n_refused, self.n_articles);
        let words = format_args!("{n_refused} inputs were no articles; {n_articles} were judged");
        Err(Failure::because(Exit::Data, words))
    }
}

/// Judges inputs on all cores; the outputs come in the inputs' order.
fn on_all_cores(judge: &Judge, inputs: Vec<Input>) -> Vec<Output> {
    let n_cores = thread::available_parallelism().map_or(1, NonZero::get);
    let n_inputs = inputs.len();
    let queue = Mutex::new(inputs.into_iter().enumerate());
    let outputs = Mutex::new(Vec::with_capacity(n_inputs));
    let work = || {
        // A lock is only poisoned by a panic, which ends the scope anyway.
        while let Some((place, input)) = queue.lock().ok().and_then(|mut it| it.next()) {
            let judged = judged(judge, input);
            if let Ok(mut outputs) = outputs.lock() {
                outputs.push((place, judged));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..n_cores.min(n_inputs) {
            scope.spawn(work);
        }
        work();
    });
    let mut outputs = outputs.into_inner().unwrap_or_default();
    outputs.sort_by_key(|(place, _)| *place);
    outputs.into_iter().flat_map(|(_, outputs)| outputs).collect()
}

fn judged(judge: &Judge, input: Input) -> Vec<Output> {
    let judged = |article: Article| {
        let (judgement, seen) = judge.judge_with_traces(&article.text());
        Output::Judged(Box::new((article, judgement, seen)))
    };
    match input {
        Input::Article(article) => vec![judged(article)],
        Input::Refused { name, reason } => vec![Output::Refused { name, reason }],
        Input::Whole { name, bytes, charset, url } => {
            match read_whole(&name, &bytes, charset.as_deref(), url.as_ref()) {
                Ok(articles) => articles.into_iter().map(judged).collect(),
                Err(reason) => vec![Output::Refused { name, reason }],
            }
        }
    }
}

/// The articles of a feed, a page, or a plain text.
fn read_whole(
    name: &str,
    bytes: &[u8],
    charset: Option<&str>,
    url: Option<&Url>,
) -> Result<Vec<Article>, String> {
    let text = collect::decode(bytes, charset, url);
    match (collect::read_text(&text, url), shape_of(&text)) {
        (Ok(feed), _) => Ok(feed.entries.iter().map(entry).collect()),
        (Err(_), Shape::Page) => page(name, &text, url).map(|page| vec![page]),
        (Err(_), Shape::Text) => Ok(vec![plain(name, &text)]),
        (Err(error), Shape::Data) => Err(error.to_string()),
    }
}

fn entry(entry: &Entry) -> Article {
    Article {
        id: entry.guid.clone().or_else(|| entry.link.clone()),
        url: entry.link.clone(),
        published: entry.published,
        words: Words::of(entry),
        side: Side::Third,
    }
}

fn page(name: &str, html: &str, url: Option<&Url>) -> Result<Article, String> {
    let page = page::article(html, url);
    if page.text.trim().is_empty() && page.title.trim().is_empty() {
        return Err("no article was found in the page".to_owned());
    }
    let words = Words {
        title: page.title,
        summary: String::new(),
        body: page.text,
        declared: page.language,
    };
    let url = url.map(Url::to_string);
    Ok(Article {
        id: Some(name.to_owned()),
        url,
        published: page.published,
        words,
        side: Side::Third,
    })
}

/// Plain text: the first line is the title.
fn plain(name: &str, text: &str) -> Article {
    let (title, body) = text.trim_start().split_once('\n').unwrap_or((text, ""));
    let words = Words {
        title: title.trim().to_owned(),
        summary: String::new(),
        body: body.trim().to_owned(),
        declared: None,
    };
    Article { id: Some(name.to_owned()), url: None, published: None, words, side: Side::Third }
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
    let feed = Feed { title: address.to_owned(), ..Feed::at(url) };
    let state = FeedState::new(feed.id, clock.now());
    let hosts = Hosts::new(&sections.collect);
    let web = Web::new(&sections.collect, client, hosts, clock.clone());
    let fetcher = Fetcher::new(&sections.collect, web, HashMap::new(), clock);
    match fetcher.fetch(&feed, &state, None).await {
        Ok(Fetched::Document(document)) => Ok(document),
        Ok(Fetched::NotModified(_)) => {
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
