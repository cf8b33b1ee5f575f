//! What is shipped: the judge, compiled once for all tests, and the starter list of feeds.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use serde::Deserialize;
use silkwire::collect::FeedConfig;
use silkwire::model::{Feed, FeedKind};
use silkwire::understand::{Judge, Source};

/// The judge of the shipped topic.
pub(crate) static JUDGE: LazyLock<Judge> = LazyLock::new(|| {
    judge(&fs::read_to_string(project("config/topics/japan-azerbaijan.toml")).unwrap())
});

/// A path of the project.
pub(crate) fn project(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The judge of the shipped lexicon and model for a topic.
pub(crate) fn judge(topic: &str) -> Judge {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(project("config/lexicon")).unwrap().map(|it| it.unwrap().path()).collect();
    paths.sort();
    let texts: Vec<(String, String)> = paths
        .iter()
        .map(|path| (path.display().to_string(), fs::read_to_string(path).unwrap()))
        .collect();
    let lexicon: Vec<Source<'_>> = texts.iter().map(|(name, text)| Source { name, text }).collect();
    let model = fs::read_to_string(project("config/model.toml")).unwrap();
    let model = Source { name: "model.toml", text: &model };
    match Judge::compile(&Source { name: "topic.toml", text: topic }, &lexicon, &model) {
        Ok(judge) => judge,
        Err(problems) => panic!("{}", problems[0]),
    }
}

/// A feed of the starter list, and the line above its `[[feed]]`.
struct Starter {
    feed: Feed,
    has_own_agent: bool,
    line_above: String,
}

impl Starter {
    fn language(&self) -> String {
        self.feed.language.map(|language| language.to_string()).unwrap_or_default()
    }
}

fn starters() -> Vec<Starter> {
    #[derive(Deserialize)]
    struct List {
        feed: Vec<FeedConfig>,
    }
    let text = fs::read_to_string(project("config/feeds.toml")).unwrap();
    let list: List = toml::from_str(&text).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let above = lines.windows(2).filter(|pair| pair[1] == "[[feed]]").map(|pair| pair[0]);
    let starters: Vec<Starter> = list
        .feed
        .iter()
        .zip(above)
        .map(|(config, line_above)| Starter {
            feed: config.feed().unwrap(),
            has_own_agent: config.user_agent.is_some(),
            line_above: line_above.to_owned(),
        })
        .collect();
    assert_eq!(starters.len(), list.feed.len());
    starters
}

fn polled() -> Vec<Starter> {
    starters().into_iter().filter(|starter| !starter.feed.is_paused).collect()
}

/// Goal: who configures nothing hears both sides and the world, in many languages.
#[test]
fn starter_list_covers_the_pair() {
    let polled = polled();
    let n_of = |side: &str| polled.iter().filter(|it| it.feed.side.to_string() == side).count();
    assert!(60 <= polled.len(), "{}", polled.len());
    for side in ["AZ", "JP", "third"] {
        assert!(20 <= n_of(side), "{side}: {}", n_of(side));
    }
    let languages: HashSet<String> = polled.iter().map(Starter::language).collect();
    assert!(10 <= languages.len(), "{languages:?}");
    assert!(!languages.contains(""), "each polled feed has a language");
}

/// Goal: no publisher is asked twice for the same, and no two rows of a page look the same.
#[test]
fn starter_list_names_each_feed_once() {
    let starters = starters();
    let (mut urls, mut titles) = (HashSet::new(), HashSet::new());
    for Starter { feed, .. } in &starters {
        assert!(urls.insert(feed.url.clone()), "{} stands twice", feed.url);
        assert!(titles.insert(feed.title.clone()), "{} stands twice", feed.title);
    }
}

/// Goal: who wonders about an address learns where it is from.
#[test]
fn starter_list_says_where_each_address_was_seen() {
    for Starter { feed, line_above, .. } in starters() {
        let is_source = match feed.kind {
            FeedKind::Search => line_above.starts_with("# Syntax "),
            _ => line_above.starts_with("# Seen in "),
        };
        assert!(is_source, "{}: {line_above:?} names no source", feed.url);
    }
}

/// Goal: what needs a person's decision about terms is not polled before somebody made it, and
/// no publisher is told that we are a browser.
#[test]
fn starter_list_leaves_decisions_to_people() {
    for Starter { feed, has_own_agent, .. } in starters() {
        let host = feed.url.host_str().unwrap();
        let is_search = ["news.google.com", "api.gdeltproject.org"].contains(&host);
        assert_eq!(feed.kind == FeedKind::Search, is_search, "{}", feed.url);
        let is_mirror = host == "assets.wor.jp";
        assert!(feed.is_paused || !(is_search || is_mirror), "{} is polled", feed.url);
        assert!(!has_own_agent, "{} gets another User-Agent", feed.url);
    }
}

/// Goal: the document about the sources tells figures that are true.
#[test]
fn document_counts_the_starter_list() {
    let document = fs::read_to_string(project("docs/sources.md")).unwrap();
    let mut counts: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for starter in polled() {
        let languages = counts.entry(starter.feed.side.to_string()).or_default();
        *languages.entry(starter.language()).or_default() += 1;
    }
    for (side, languages) in counts {
        let mut languages: Vec<(String, usize)> = languages.into_iter().collect();
        languages.sort_by_key(|(language, n_feeds)| (usize::MAX - n_feeds, language.clone()));
        let n_feeds: usize = languages.iter().map(|(_, n_feeds)| n_feeds).sum();
        let languages: Vec<String> =
            languages.iter().map(|(language, n_feeds)| format!("{language} {n_feeds}")).collect();
        let row = format!("| {side} | {n_feeds} | {} |", languages.join(", "));
        assert!(document.contains(&row), "docs/sources.md should have the line\n{row}");
    }
    let totals =
        format!("{} feeds are polled, {} more", polled().len(), starters().len() - polled().len());
    assert!(document.contains(&totals), "docs/sources.md should say: {totals}");
}
