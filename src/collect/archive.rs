//! Catches up with what a feed held before its present document (RFC 5005).
//!
//! A feed that names an older document (`prev-archive`, or `next_url` of JSON Feed) is followed
//! back until entries come that are known, or no older document is named. Pure: whoever fetches
//! says what came.
//!
//! Invariant: nothing that happens to an older document touches the feed's own: it was read
//! before, and its entries are in the result whatever follows.
//! Invariant: at most [`DOCUMENTS_MAX`] older documents, each of them once, and no more of them
//! once they have brought `ENTRIES_MAX` entries or `BYTES_MAX` bytes.

use std::collections::{HashMap, HashSet};

use url::Url;

use super::FeedDocument;
use crate::model::Entry;

/// Older documents that one poll asks for.
pub const DOCUMENTS_MAX: usize = 20;

/// As many as one document may have.
const ENTRIES_MAX: usize = 20_000;

/// Of texts; twenty long documents would fill the memory.
const BYTES_MAX: usize = 32 * 1024 * 1024;

/// A walk back through a feed's documents.
#[derive(Debug)]
pub struct CatchUp {
    /// Addresses that were asked for, and the feed's own.
    visited: HashSet<Url>,
    /// With their names; those without one are all kept.
    entries: Vec<(Option<String>, Entry)>,
    n_bytes: usize,
    next: Option<Url>,
}

impl CatchUp {
    /// A walk that begins with the feed's present `document`, which came from `url`.
    ///
    /// `is_known` says of each of its entries whether it was there at an earlier poll; an entry
    /// that it says nothing about is new.
    pub fn new(url: &Url, document: FeedDocument, is_known: &[bool]) -> Self {
        let visited = HashSet::from([without_fragment(url.clone())]);
        let mut walk = Self { visited, entries: Vec::new(), n_bytes: 0, next: None };
        walk.add(document, is_known);
        walk
    }

    /// The older document to ask for now; none at the end.
    pub fn next_address(&self) -> Option<&Url> {
        self.next.as_ref()
    }

    /// Adds the document that [`Self::next_address`] named.
    ///
    /// `is_known` is as for [`Self::new`]; what the walk itself has brought is not known.
    pub fn add(&mut self, document: FeedDocument, is_known: &[bool]) {
        let reaches_known = reaches_known(document.entries.len(), is_known);
        let names = names(&document.entries);
        self.n_bytes += document.entries.iter().map(n_bytes).sum::<usize>();
        self.entries.extend(names.into_iter().zip(document.entries));
        let next = document.previous.filter(|_| !reaches_known).map(without_fragment);
        let is_open = self.visited.len() <= DOCUMENTS_MAX
            && self.entries.len() < ENTRIES_MAX
            && self.n_bytes < BYTES_MAX;
        self.next = next.filter(|url| is_open && is_web(url) && self.visited.insert(url.clone()));
    }

    /// The document that [`Self::next_address`] named cannot be had or read: the walk ends.
    ///
    /// What is gone (403, 404, 410) stays gone, and what fails otherwise is not worth a second
    /// request in the same poll.
    pub fn give_up(&mut self) {
        self.next = None;
    }

    /// All entries, each once: of two with one name the one with the later date counts, and of
    /// two alike that of the newer document.
    ///
    /// An entry's name is its id, or its link where there is none. What several entries of one
    /// document share names none of them alone.
    pub fn into_entries(self) -> Vec<Entry> {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut kept: Vec<Entry> = Vec::new();
        for (name, entry) in self.entries {
            let Some(name) = name else {
                kept.push(entry);
                continue;
            };
            match places.get(&name) {
                Some(place) if kept[*place].published < entry.published => kept[*place] = entry,
                Some(_) => {}
                None => {
                    places.insert(name, kept.len());
                    kept.push(entry);
                }
            }
        }
        kept
    }
}

/// The names of a document's entries. Some sites give one id or one link to all of them: then
/// link and title belong to the name.
fn names(entries: &[Entry]) -> Vec<Option<String>> {
    let mut n_uses: HashMap<&str, usize> = HashMap::new();
    for name in entries.iter().filter_map(short_name) {
        *n_uses.entry(name).or_default() += 1;
    }
    let name = |entry: &Entry| {
        let short = short_name(entry)?;
        if n_uses.get(short) == Some(&1) {
            return Some(short.to_owned());
        }
        let link = entry.link.as_deref().unwrap_or_default();
        Some(format!("{short}\n{link}\n{}", entry.title))
    };
    entries.iter().map(name).collect()
}

fn short_name(entry: &Entry) -> Option<&str> {
    entry.guid.as_deref().or(entry.link.as_deref())
}

fn n_bytes(entry: &Entry) -> usize {
    size_of::<Entry>() + entry.title.len() + entry.summary.len() + entry.content.len()
}

/// Whether there is no gap behind a document: its last entry, the oldest one nearly always, is
/// known, or all of them are. Known ones at its top do not count: sites pin old entries there.
fn reaches_known(n_entries: usize, is_known: &[bool]) -> bool {
    0 < n_entries && is_known.get(n_entries - 1).copied().unwrap_or_default()
}

fn without_fragment(mut url: Url) -> Url {
    url.set_fragment(None);
    url
}

/// Archives may lie on another host (RFC 5005, 4.1), but on the web.
fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(name: &str) -> Url {
        Url::parse("https://example.org/").unwrap().join(name).unwrap()
    }

    fn entry(id: &str, title: &str, published: &str) -> Entry {
        let published = (!published.is_empty()).then(|| published.parse().unwrap());
        let guid = Some(id.to_owned());
        Entry { guid, title: title.to_owned(), published, ..Entry::default() }
    }

    fn document(ids: &[&str], previous: Option<&str>) -> FeedDocument {
        FeedDocument {
            entries: ids.iter().map(|id| entry(id, id, "")).collect(),
            previous: previous.map(url),
            ..FeedDocument::default()
        }
    }

    fn ids(walk: CatchUp) -> Vec<String> {
        walk.into_entries().into_iter().filter_map(|entry| entry.guid).collect()
    }

    /// Goal: a new feed, or one that was not polled for long, is read back to where it is known.
    #[test]
    fn d03_older_documents_are_followed_until_known_or_absent() {
        let first = document(&["6", "5"], Some("2.xml"));
        let mut walk = CatchUp::new(&url("feed.xml"), first.clone(), &[false, false]);
        assert_eq!(walk.next_address(), Some(&url("2.xml")));
        walk.add(document(&["4", "3"], Some("https://archive.example/1.xml")), &[false, false]);
        assert_eq!(walk.next_address().unwrap().as_str(), "https://archive.example/1.xml");
        let mut absent = CatchUp::new(&url("feed.xml"), first.clone(), &[]);
        absent.add(document(&["4", "3"], None), &[]);
        assert_eq!(absent.next_address(), None);
        walk.add(document(&["2", "1"], Some("0.xml")), &[false, true]);
        assert_eq!(walk.next_address(), None);
        assert_eq!(ids(walk), ["6", "5", "4", "3", "2", "1"]);
        let known = CatchUp::new(&url("feed.xml"), first, &[false, true]);
        assert_eq!(known.next_address(), None, "an ordinary poll asks for nothing more");
    }

    /// Goal: an old entry that a site pins to its top does not hide a gap.
    #[test]
    fn d03_pinned_entries_do_not_hide_a_gap() {
        let first = document(&["pinned", "6", "5"], Some("2.xml"));
        let walk = CatchUp::new(&url("feed.xml"), first, &[true, false, false]);
        assert_eq!(walk.next_address(), Some(&url("2.xml")));
    }

    /// Goal: no chain of documents keeps us busy.
    #[test]
    fn d03_chains_are_bounded_and_loops_end() {
        let mut walk = CatchUp::new(&url("feed.xml"), document(&["a"], Some("0.xml")), &[]);
        let mut n_asked = 0;
        while walk.next_address().is_some() {
            n_asked += 1;
            walk.add(document(&[], Some(&format!("{n_asked}.xml"))), &[]);
        }
        assert_eq!(n_asked, DOCUMENTS_MAX);
        for back in ["feed.xml", "feed.xml#top", "1.xml", "ftp://example.org/2.xml"] {
            let mut walk = CatchUp::new(&url("feed.xml"), document(&["a"], Some("1.xml")), &[]);
            walk.add(document(&["b"], Some(back)), &[]);
            assert_eq!(walk.next_address(), None, "{back}");
        }
    }

    /// Goal: an article that stands in two documents is told once, as it reads now.
    #[test]
    fn d04_latest_entry_wins_and_a_tie_goes_to_the_newest_document() {
        let with = |entries: Vec<Entry>, previous: Option<&str>| FeedDocument {
            entries,
            ..document(&[], previous)
        };
        let newest = with(
            vec![
                entry("same", "new document", "2026-11-24T06:00:00Z"),
                entry("later", "earlier", "2026-11-23T06:00:00Z"),
                entry("undated", "new document", ""),
            ],
            Some("1.xml"),
        );
        let mut walk = CatchUp::new(&url("feed.xml"), newest, &[]);
        let archive = vec![
            entry("same", "old document", "2026-11-24T06:00:00Z"),
            entry("later", "later", "2026-11-24T06:00:00Z"),
            entry("undated", "old document", ""),
            Entry { title: "no name".to_owned(), ..Entry::default() },
            Entry { title: "no name".to_owned(), ..Entry::default() },
        ];
        walk.add(with(archive, None), &[]);
        let titles: Vec<_> = walk.into_entries().into_iter().map(|entry| entry.title).collect();
        assert_eq!(titles, ["new document", "later", "new document", "no name", "no name"]);
    }

    /// Goal: a site that gives one id, or one link, to all its entries loses none of them.
    #[test]
    fn d04_shared_ids_name_nobody() {
        for guid in [Some("1".to_owned()), None] {
            let one = |title: &str| Entry {
                guid: guid.clone(),
                link: Some("https://example.org/".to_owned()),
                ..entry("", title, "")
            };
            let with = |titles: [&str; 2], previous: Option<&str>| FeedDocument {
                entries: titles.map(one).into(),
                ..document(&[], previous)
            };
            let mut walk = CatchUp::new(&url("feed.xml"), with(["A", "B"], Some("1.xml")), &[]);
            walk.add(with(["B", "C"], None), &[]);
            let titles: Vec<_> = walk.into_entries().into_iter().map(|it| it.title).collect();
            assert_eq!(titles, ["A", "B", "C"]);
        }
    }

    /// Goal: long archives end before they fill the memory.
    #[test]
    fn d03_entries_and_texts_are_bounded() {
        let long = Entry { content: "x".repeat(BYTES_MAX), ..entry("1", "A", "") };
        for entries in [vec![Entry::default(); ENTRIES_MAX], vec![long]] {
            let first = FeedDocument { entries, ..document(&[], Some("1.xml")) };
            assert_eq!(CatchUp::new(&url("feed.xml"), first, &[]).next_address(), None);
        }
    }

    /// Goal: an archive that is gone costs nothing that the feed itself brought.
    #[test]
    fn d05_missing_archive_ends_the_walk_and_nothing_else() {
        let mut walk = CatchUp::new(&url("feed.xml"), document(&["2"], Some("1.xml")), &[]);
        walk.give_up();
        assert_eq!(walk.next_address(), None);
        assert_eq!(ids(walk), ["2"]);
    }
}
