//! Reads a list of feeds, whoever wrote it.

use std::collections::HashSet;

use url::Url;

use super::super::config::FeedConfig;
use super::super::decode::decode;
use super::super::entities::{Declared, unescape};
use super::super::tags::{Scanner, Tag, Token, attributes};
use super::{NAMESPACE, PREFIX};
use crate::model::{Feed, FeedKind, Language, Selectors, Side, duration_text, line_of};

/// Lists of thousands of feeds have about a megabyte.
const BYTES_MAX: usize = 10 * 1024 * 1024;

/// Feeds and folders of one list.
const OUTLINES_MAX: usize = 20_000;

/// Folders in folders.
const NESTING_MAX: usize = 100;

/// Longer addresses are attacks or mistakes.
const ADDRESS_BYTES_MAX: usize = 8_000;

/// What is quoted of a refused outline.
const QUOTE_CHARACTERS_MAX: usize = 200;

/// Types of outlines that other readers take apart with rules of their own; what is at their
/// addresses is no feed.
const FOREIGN_TYPES: [&str; 2] = ["xpath", "json+dot"];

/// What a list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Its feeds in its order, each address once.
    pub feeds: Vec<Feed>,
    /// What could not be taken, and why.
    pub refused: Vec<Refused>,
    /// Outlines whose address came before.
    pub n_duplicates: usize,
    /// The list ends before its end tag: some of it may be missing.
    pub is_cut: bool,
}

/// An outline that is no feed we can poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Where it stands, from 1.
    pub line: usize,
    /// What the list calls it; at most 200 characters, maybe empty.
    pub title: String,
    /// What is wrong and what to do, lower case, no full stop.
    pub reason: String,
}

/// Why a list cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpmlError {
    /// More than any list of feeds has.
    #[error("longer than {limit} bytes")]
    TooLong {
        /// What we take.
        limit: usize,
    },

    /// Something else.
    #[error("no OPML: there is no <opml> in it")]
    NotOpml,

    /// A web page, often that of a log-in.
    #[error("a web page instead of OPML")]
    WebPage,

    /// More outlines than any list has.
    #[error("more than {limit} outlines")]
    TooManyOutlines {
        /// What we take.
        limit: usize,
    },
}

/// Reads a list of feeds in any encoding.
///
/// Names of elements and attributes may be in any case. A bad outline costs itself only.
///
/// # Errors
/// There is no list in the bytes, or one that is too long.
pub fn import(bytes: &[u8]) -> Result<Imported, OpmlError> {
    if BYTES_MAX < bytes.len() {
        return Err(OpmlError::TooLong { limit: BYTES_MAX });
    }
    let text = decode(bytes, None, None);
    let (root, mut at) = find_root(&text)?;
    let mut reader = Reader::new(&root, line_of(&text, at));
    let mut scanner = Scanner::new(&text);
    while let Some((token, start, end)) = scanner.token(at) {
        let line = reader.line + line_of(&text[at..start], start - at) - 1;
        match token {
            Token::Start(tag) if is_named(tag.name, "outline") => reader.outline(&tag, line)?,
            Token::End(name) if is_named(name, "outline") => {
                reader.depth = reader.depth.saturating_sub(1);
            }
            Token::End(name) if is_named(name, "opml") => {
                reader.imported.is_cut = false;
                break;
            }
            _ => {}
        }
        reader.line = line + line_of(&text[start..end], end - start) - 1;
        at = end;
    }
    Ok(reader.imported)
}

/// The start of the list; what stands before it is junk.
fn find_root(text: &str) -> Result<(Tag<'_>, usize), OpmlError> {
    let mut at = 0;
    let mut scanner = Scanner::new(text);
    while let Some((token, _, end)) = scanner.token(at) {
        match token {
            Token::Start(tag) if is_named(tag.name, "opml") => return Ok((tag, end)),
            Token::Start(tag) if is_named(tag.name, "html") => return Err(OpmlError::WebPage),
            _ => {}
        }
        at = end;
    }
    Err(OpmlError::NotOpml)
}

fn is_named(name: &str, wanted: &str) -> bool {
    name.eq_ignore_ascii_case(wanted)
}

struct Reader<'a> {
    /// Prefixes of our attributes.
    prefixes: Vec<&'a str>,
    depth: usize,
    n_outlines: usize,
    /// At the end of what was read.
    line: usize,
    addresses: HashSet<Url>,
    imported: Imported,
}

impl<'a> Reader<'a> {
    fn new(root: &Tag<'a>, line: usize) -> Self {
        let declared = attributes(root.attributes).filter(|(_, value)| *value == NAMESPACE);
        let mut prefixes = vec![PREFIX];
        // One is usual.
        prefixes.extend(declared.filter_map(|(key, _)| key.strip_prefix("xmlns:")).take(4));
        Self {
            prefixes,
            depth: 0,
            n_outlines: 0,
            line,
            addresses: HashSet::new(),
            imported: Imported { is_cut: true, ..Imported::default() },
        }
    }

    fn outline(&mut self, tag: &Tag<'_>, line: usize) -> Result<(), OpmlError> {
        if self.n_outlines == OUTLINES_MAX {
            return Err(OpmlError::TooManyOutlines { limit: OUTLINES_MAX });
        }
        self.n_outlines += 1;
        if !tag.is_empty {
            self.depth += 1;
        }
        let outline = Outline::read(tag, &self.prefixes);
        let is_too_deep = NESTING_MAX < self.depth;
        let feed = match outline.feed() {
            Some(_) if is_too_deep => Err(format!("deeper than {NESTING_MAX} folders")),
            Some(feed) => feed,
            None => return Ok(()),
        };
        match feed {
            Ok(feed) if self.addresses.insert(feed.url.clone()) => self.imported.feeds.push(feed),
            Ok(_) => self.imported.n_duplicates += 1,
            Err(reason) => {
                let title = outline.name().unwrap_or_default();
                let title = title.chars().take(QUOTE_CHARACTERS_MAX).collect();
                self.imported.refused.push(Refused { line, title, reason });
            }
        }
        Ok(())
    }
}

/// The attributes of an outline that we read.
#[derive(Default)]
struct Outline {
    text: Option<String>,
    title: Option<String>,
    address: Option<String>,
    kind: Option<String>,
    /// The feed's language by OPML.
    language: Option<String>,
    own: OwnAttributes,
}

/// Our attributes, as they are written.
#[derive(Default)]
struct OwnAttributes {
    side: Option<String>,
    language: Option<String>,
    kind: Option<String>,
    every: Option<String>,
    paused: Option<String>,
    item: Option<String>,
    link: Option<String>,
    title: Option<String>,
    date: Option<String>,
}

impl Outline {
    fn read(tag: &Tag<'_>, prefixes: &[&str]) -> Self {
        let mut outline = Self::default();
        for (key, raw) in attributes(tag.attributes) {
            let place = match key.split_once(':') {
                Some((prefix, name)) if prefixes.contains(&prefix) => outline.own.place(name),
                Some(_) => None,
                None => outline.place(key),
            };
            if let Some(place) = place {
                place.get_or_insert_with(|| value(raw));
            }
        }
        outline
    }

    fn place(&mut self, name: &str) -> Option<&mut Option<String>> {
        match name.to_ascii_lowercase().as_str() {
            "text" => Some(&mut self.text),
            "title" => Some(&mut self.title),
            "xmlurl" => Some(&mut self.address),
            "type" => Some(&mut self.kind),
            "language" => Some(&mut self.language),
            _ => None,
        }
    }

    /// What the list calls it.
    fn name(&self) -> Option<&str> {
        let names = [&self.title, &self.text].into_iter().flatten();
        names.map(|name| name.trim()).find(|name| !name.is_empty())
    }

    /// The feed, or why it is none; nothing for folders and links.
    fn feed(&self) -> Option<Result<Feed, String>> {
        let kind = self.kind.as_deref().unwrap_or_default().trim().to_ascii_lowercase();
        match self.address.as_deref().map(str::trim) {
            Some(address) if !address.is_empty() => Some(self.feed_at(address, &kind)),
            _ if matches!(kind.as_str(), "rss" | "atom") => Some(Err("no address".to_owned())),
            _ => None,
        }
    }

    fn feed_at(&self, address: &str, kind: &str) -> Result<Feed, String> {
        if FOREIGN_TYPES.iter().any(|foreign| kind.contains(foreign)) {
            return Err(format!(
                "type {kind:?} is a page that another reader takes apart; \
                 add it with kind \"page\" and selectors"
            ));
        }
        let mut config = FeedConfig::at(web_address(address)?);
        config.title = self.name().map(str::to_owned);
        config.language = match &self.own.language {
            Some(code) => Some(code.parse().map_err(|error| format!("{error}"))?),
            // Other readers write "unknown" and the like.
            None => self.language.as_deref().and_then(|tag| Language::of_tag(tag.trim()).ok()),
        };
        self.own.apply(&mut config)?;
        config.feed()
    }
}

impl OwnAttributes {
    fn place(&mut self, name: &str) -> Option<&mut Option<String>> {
        match name {
            "side" => Some(&mut self.side),
            "language" => Some(&mut self.language),
            "kind" => Some(&mut self.kind),
            "every" => Some(&mut self.every),
            "paused" => Some(&mut self.paused),
            "item" => Some(&mut self.item),
            "link" => Some(&mut self.link),
            "title" => Some(&mut self.title),
            "date" => Some(&mut self.date),
            _ => None,
        }
    }

    fn apply(&self, config: &mut FeedConfig) -> Result<(), String> {
        if let Some(side) = &self.side {
            config.side = Side::try_from(side.clone()).map_err(|error| error.to_string())?;
        }
        if let Some(word) = &self.kind {
            let kind = FeedKind::ALL.into_iter().find(|kind| kind.as_str() == word);
            config.kind = kind.ok_or_else(|| format!("kind {word:?} is unknown"))?;
        }
        if let Some(pause) = &self.every {
            config.every = Some(duration_text::parse(pause)?);
        }
        config.enabled = match self.paused.as_deref() {
            None | Some("false") => true,
            Some("true") => false,
            Some(other) => return Err(format!("paused is {other:?}, neither true nor false")),
        };
        config.selectors = self.item.clone().map(|item| Selectors {
            item,
            link: self.link.clone(),
            title: self.title.clone(),
            date: self.date.clone(),
        });
        Ok(())
    }
}

/// An attribute's value: line breaks that are not written as references are blanks (XML 1.0,
/// 3.3.3).
fn value(raw: &str) -> String {
    let mut value = String::with_capacity(raw.len());
    unescape(&mut value, &raw.replace(['\n', '\r', '\t'], " "), &mut Declared::default());
    value
}

/// `feed:` is a scheme of old, in front of an address or in place of `http:`.
fn web_address(text: &str) -> Result<Url, String> {
    if ADDRESS_BYTES_MAX < text.len() {
        return Err(format!("address longer than {ADDRESS_BYTES_MAX} bytes"));
    }
    let rest =
        text.get(..5).filter(|it| it.eq_ignore_ascii_case("feed:")).map(|it| &text[it.len()..]);
    let text = match rest {
        Some(rest) if rest.starts_with("//") => format!("http:{rest}"),
        Some(rest) => rest.to_owned(),
        None => text.to_owned(),
    };
    let quoted = || text.chars().take(QUOTE_CHARACTERS_MAX).collect::<String>();
    Url::parse(&text).map_err(|_| format!("{:?} is no web address", quoted()))
}
