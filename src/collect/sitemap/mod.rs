//! Reads sitemaps: those of news as feeds, those of sitemaps as lists of where to look.
//!
//! Only what has a `<news:news>` of the Google News vocabulary is an article; other sitemaps
//! hold addresses that say nothing about themselves.
//!
//! Invariant: one pass, linear in the text; a cut or broken document gives what is whole.

mod walk;

use std::cmp::Reverse;

use url::Url;

pub use walk::Walk;

use super::entities::{Declared, push_legal, unescape};
use super::tags::{Scanner, Tag, Token, attributes};
use super::{FeedDocument, ReadError, SitemapChild, dates};
use crate::model::{Entry, Language, Timestamp};

/// As for feeds. News sitemaps hold 1,000 by their rules; one that holds more than this is cut.
const ENTRIES_MAX: usize = 20_000;

/// As many as an index may name (sitemaps.org).
const CHILDREN_MAX: usize = 50_000;

/// Longer addresses are attacks or mistakes.
const ADDRESS_BYTES_MAX: usize = 8_000;

/// Documents declare a handful of namespaces.
const BINDINGS_MAX: usize = 64;

/// Reads a news sitemap or an index of sitemaps.
///
/// Of an index the children come newest first, those without a date last.
///
/// # Errors
/// The text is no sitemap.
pub fn read(text: &str) -> Result<FeedDocument, ReadError> {
    let (kind, root, mut at) = find_root(text)?;
    let mut reader = Reader::new(kind, &root);
    let mut scanner = Scanner::new(text);
    while let Some((token, start, end)) = scanner.token(at) {
        reader.text(&text[at..start]);
        match token {
            Token::Start(tag) => reader.start(&tag),
            Token::End(name) => reader.end(name),
            Token::CharacterData(data) => reader.character_data(data),
            Token::Bare => reader.character_data("<"),
            Token::Declaration(_) | Token::Other => {}
        }
        at = end;
    }
    Ok(reader.document())
}

/// Comments, warnings and declarations before the root do not matter.
fn find_root(text: &str) -> Result<(Kind, Tag<'_>, usize), ReadError> {
    let mut at = 0;
    let mut scanner = Scanner::new(text);
    while let Some((token, _, end)) = scanner.token(at) {
        if let Token::Start(tag) = token {
            if let Some(kind) = Kind::of_root(tag.local_name()) {
                return Ok((kind, tag, end));
            }
            if tag.name.eq_ignore_ascii_case("html") {
                return Err(ReadError::WebPage);
            }
        }
        at = end;
    }
    Err(ReadError::NotAFeed)
}

/// What a sitemap lists.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pages,
    Sitemaps,
}

impl Kind {
    fn of_root(local_name: &str) -> Option<Self> {
        match local_name.to_ascii_lowercase().as_str() {
            "urlset" => Some(Self::Pages),
            "sitemapindex" => Some(Self::Sitemaps),
            _ => None,
        }
    }

    /// The element of one item.
    fn item_name(self) -> &'static str {
        match self {
            Self::Pages => "url",
            Self::Sitemaps => "sitemap",
        }
    }
}

/// Whose word an element is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Vocabulary {
    Sitemap,
    News,
    Foreign,
}

impl Vocabulary {
    /// Publishers write `https`, other cases, slashes and versions.
    fn of_namespace(uri: &str) -> Self {
        let uri = uri.trim().to_ascii_lowercase();
        let name = uri.trim_start_matches("http://").trim_start_matches("https://");
        let name = name.trim_start_matches("www.");
        if name.starts_with("google.com/schemas/sitemap-news") {
            return Self::News;
        }
        let is_own = name.starts_with("sitemaps.org/schemas/sitemap/")
            || name.starts_with("google.com/schemas/sitemap/");
        if is_own { Self::Sitemap } else { Self::Foreign }
    }

    /// What a prefix means that the document forgot to declare.
    fn of_undeclared(prefix: &str) -> Self {
        match prefix {
            "" => Self::Sitemap,
            "news" => Self::News,
            _ => Self::Foreign,
        }
    }
}

/// What we read of an item.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Address,
    Modified,
    Publication,
    Language,
    Published,
    Title,
}

impl Field {
    const N: usize = 6;

    fn of(vocabulary: Vocabulary, local_name: &str) -> Option<Self> {
        match (vocabulary, local_name.to_ascii_lowercase().as_str()) {
            (Vocabulary::Sitemap, "loc") => Some(Self::Address),
            (Vocabulary::Sitemap, "lastmod") => Some(Self::Modified),
            (Vocabulary::News, "name") => Some(Self::Publication),
            (Vocabulary::News, "language") => Some(Self::Language),
            (Vocabulary::News, "publication_date") => Some(Self::Published),
            (Vocabulary::News, "title") => Some(Self::Title),
            _ => None,
        }
    }
}

/// A prefix, its meaning, and the element that gave it.
struct Binding<'a> {
    prefix: &'a str,
    vocabulary: Vocabulary,
    owner: &'a str,
}

/// One `<url>` or `<sitemap>` while it is read.
#[derive(Default)]
struct Item {
    /// By [`Field`]; the first of each counts.
    fields: [Option<String>; Field::N],
    is_news: bool,
}

/// An element of an item that is open.
struct Leaf<'a> {
    name: &'a str,
    field: Field,
    text: String,
}

struct Reader<'a> {
    kind: Kind,
    /// The root's first, then those of the item at hand; the last of a prefix counts.
    bindings: Vec<Binding<'a>>,
    n_root_bindings: usize,
    item: Option<Item>,
    leaf: Option<Leaf<'a>>,
    publication: Option<String>,
    entries: Vec<Entry>,
    children: Vec<SitemapChild>,
}

impl<'a> Reader<'a> {
    fn new(kind: Kind, root: &Tag<'a>) -> Self {
        let mut reader = Self {
            kind,
            bindings: Vec::new(),
            n_root_bindings: 0,
            item: None,
            leaf: None,
            publication: None,
            entries: Vec::new(),
            children: Vec::new(),
        };
        reader.bind(root);
        // The root's own vocabulary is that of sitemaps, whatever its name.
        let own = Vocabulary::Sitemap;
        reader.bindings.push(Binding { prefix: root.prefix(), vocabulary: own, owner: root.name });
        reader.n_root_bindings = reader.bindings.len();
        reader
    }

    fn start(&mut self, tag: &Tag<'a>) {
        if self.is_item(tag.name) {
            self.close_item();
            self.item = Some(Item::default());
            self.bind(tag);
            return;
        }
        if self.item.is_none() {
            return;
        }
        let n_bindings = self.bindings.len();
        self.bind(tag);
        let vocabulary = self.vocabulary(tag.name);
        if let Some(field) = Field::of(vocabulary, tag.local_name()) {
            // A field that forgot its end ends where the next one begins.
            self.close_leaf();
            self.leaf = Some(Leaf { name: tag.name, field, text: String::new() });
        }
        if let Some(item) = self.item.as_mut().filter(|_| vocabulary == Vocabulary::News) {
            item.is_news = true;
        }
        if tag.is_empty {
            self.leaf.take_if(|leaf| leaf.name == tag.name);
            self.bindings.truncate(n_bindings);
        }
    }

    fn end(&mut self, name: &'a str) {
        if self.is_item(name) {
            self.close_item();
            return;
        }
        if self.leaf.as_ref().is_some_and(|leaf| leaf.name == name) {
            self.close_leaf();
        }
        while self.n_root_bindings < self.bindings.len()
            && self.bindings.last().is_some_and(|binding| binding.owner == name)
        {
            self.bindings.pop();
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(leaf) = &mut self.leaf {
            unescape(&mut leaf.text, text, &mut Declared::default());
        }
    }

    fn character_data(&mut self, text: &str) {
        if let Some(leaf) = &mut self.leaf {
            push_legal(&mut leaf.text, text);
        }
    }

    fn is_item(&self, name: &str) -> bool {
        local_name(name).eq_ignore_ascii_case(self.kind.item_name())
            && self.vocabulary(name) == Vocabulary::Sitemap
    }

    fn vocabulary(&self, name: &str) -> Vocabulary {
        let prefix = name.split_once(':').map_or("", |(prefix, _)| prefix);
        let bound = self.bindings.iter().rev().find(|binding| binding.prefix == prefix);
        bound.map_or_else(|| Vocabulary::of_undeclared(prefix), |binding| binding.vocabulary)
    }

    fn bind(&mut self, tag: &Tag<'a>) {
        if !tag.attributes.contains("xmlns") {
            return;
        }
        for (key, value) in attributes(tag.attributes) {
            let Some(prefix) = key.strip_prefix("xmlns") else { continue };
            let prefix = prefix.strip_prefix(':').unwrap_or(prefix);
            if self.bindings.len() < BINDINGS_MAX {
                let vocabulary = Vocabulary::of_namespace(value);
                self.bindings.push(Binding { prefix, vocabulary, owner: tag.name });
            }
        }
    }

    fn close_leaf(&mut self) {
        let (Some(leaf), Some(item)) = (self.leaf.take(), self.item.as_mut()) else { return };
        let text = leaf.text.trim();
        if !text.is_empty() {
            item.fields[leaf.field as usize].get_or_insert_with(|| text.to_owned());
        }
    }

    fn close_item(&mut self) {
        self.close_leaf();
        self.bindings.truncate(self.n_root_bindings);
        let Some(mut item) = self.item.take() else { return };
        let Some(url) = item.take(Field::Address).and_then(|text| web_address(&text)) else {
            return;
        };
        let modified = item.take(Field::Modified).and_then(|text| dates::parse(&text));
        match self.kind {
            Kind::Sitemaps if self.children.len() < CHILDREN_MAX => {
                self.children.push(SitemapChild { url, modified });
            }
            Kind::Pages if item.is_news && self.entries.len() < ENTRIES_MAX => {
                self.entries.push(item.entry(url, modified));
                self.publication = self.publication.take().or(item.take(Field::Publication));
            }
            Kind::Sitemaps | Kind::Pages => {}
        }
    }

    /// An item that is still open was cut off, and is left out.
    fn document(mut self) -> FeedDocument {
        self.children.sort_by_key(|child| Reverse(child.modified));
        let language = self.entries.first().and_then(|entry| entry.language);
        let is_shared = self.entries.iter().all(|entry| entry.language == language);
        FeedDocument {
            title: self.publication,
            language: language.filter(|_| is_shared),
            entries: self.entries,
            children: self.children,
            ..FeedDocument::default()
        }
    }
}

impl Item {
    fn take(&mut self, field: Field) -> Option<String> {
        self.fields[field as usize].take()
    }

    fn entry(&mut self, url: Url, modified: Option<Timestamp>) -> Entry {
        let published = self.take(Field::Published).and_then(|text| dates::parse(&text));
        let language = self.take(Field::Language);
        Entry {
            link: Some(url.into()),
            title: self.take(Field::Title).unwrap_or_default(),
            published: published.or(modified),
            language: language.and_then(|tag| Language::of_tag(&tag).ok()),
            ..Entry::default()
        }
    }
}

fn local_name(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

fn web_address(text: &str) -> Option<Url> {
    let url = Some(text).filter(|text| text.len() <= ADDRESS_BYTES_MAX)?;
    Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests;
