//! Which entries are the same article: over time, and over feeds.
//!
//! Invariant: never "newer than the last one seen"; dates play no part.
//! Invariant: the same link is the same article, whichever feed brings it, with or without
//! tracking parameters.

use std::collections::{HashMap, HashSet, hash_map};
use std::hash::Hash;

use sha2::{Digest, Sha256};
use url::Url;

use crate::model::{ArticleId, Entry, FeedId, canonical_link};
use crate::store::{SeenKey, Sighting};

/// Sightings are refreshed so often while a feed carries the entry.
const REFRESH_DAYS: u32 = 7;

/// An entry and the names under which it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Identified {
    /// The entry.
    pub entry: Entry,
    /// The article it becomes, if it is new.
    pub article: ArticleId,
    /// Its names; the first one makes the article. All are claimed, see [`Identified::claims`].
    pub keys: Vec<SeenKey>,
    /// Hash of title and text.
    pub content: u64,
    /// So many of the first keys make it known.
    n_deciding: usize,
}

/// Whether an entry is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Never seen.
    New,
    /// Seen, with the same title and text.
    Known(ArticleId),
    /// Seen, but edited since.
    Edited(ArticleId),
}

impl Identified {
    /// Whether the entry is known; `sightings` are those of its keys, in order.
    pub fn standing(&self, sightings: &[Option<Sighting>]) -> Standing {
        match sightings.iter().take(self.n_deciding).flatten().next() {
            None => Standing::New,
            Some(seen) if seen.content == self.content => Standing::Known(seen.article),
            Some(seen) => Standing::Edited(seen.article),
        }
    }

    /// What must be stored so that the entry stays known as `article`: keys that are unknown,
    /// tell of an older text or were not refreshed for a week. Keys of another article stay its.
    pub fn claims(
        &self,
        sightings: &[Option<Sighting>],
        article: ArticleId,
        day: u32,
    ) -> Vec<(SeenKey, Sighting)> {
        let now = Sighting { article, content: self.content, day };
        let is_due = |seen: &Option<Sighting>| match seen {
            None => true,
            Some(seen) => {
                let is_old = seen.content != self.content || seen.day + REFRESH_DAYS <= day;
                seen.article == article && is_old
            }
        };
        let pairs = self.keys.iter().zip(sightings);
        pairs.filter(|(_, seen)| is_due(seen)).map(|(key, _)| (*key, now)).collect()
    }
}

/// Names the entries of one document; one that stands in it twice is named once.
///
/// `n_entries_before` is how many the feed's last document held: a feed that always holds one
/// entry changes its article by changing its title, at the same address (seen on newspaper sites).
pub fn identify(feed: FeedId, entries: Vec<Entry>, n_entries_before: u32) -> Vec<Identified> {
    let is_alone = entries.len() == 1;
    let is_single = is_alone && n_entries_before == 1;
    let facts: Vec<Facts> = entries.iter().map(Facts::of).collect();
    let document = Document::of(feed, &facts);
    let name = |facts: &Facts| {
        let usual = document.names(facts);
        let labelled = facts.name_with_label(feed);
        match (is_single, is_alone) {
            (true, _) => (1, [vec![labelled], usual].concat()),
            // Claimed for the day on which the feed turns out to be such a one.
            (false, true) => (usual.len(), [usual, vec![labelled]].concat()),
            (false, false) => (usual.len(), usual),
        }
    };
    let named: Vec<_> = facts.iter().map(|facts| (facts.content, name(facts))).collect();
    let mut taken = HashSet::new();
    let mut identified = Vec::with_capacity(named.len());
    for (entry, (content, (n_deciding, names))) in entries.into_iter().zip(named) {
        let article = ArticleId::of_identity(&names[0]);
        if taken.insert(article) {
            let keys = names.iter().map(|name| key(name)).collect();
            identified.push(Identified { entry, article, keys, content, n_deciding });
        }
    }
    identified
}

/// What several entries of a document share, and what therefore names none of them.
struct Document<'a> {
    feed: FeedId,
    links: HashSet<&'a str>,
    guids: HashSet<&'a str>,
    looks: HashSet<Look<'a>>,
    texts: HashSet<u64>,
}

/// Link, GUID and label: what readers can tell entries by.
type Look<'a> = (Option<&'a str>, Option<&'a str>, &'a str);

impl<'a> Document<'a> {
    fn of(feed: FeedId, facts: &'a [Facts]) -> Self {
        Self {
            feed,
            links: shared(facts.iter().filter_map(|it| Some((it.link.as_deref()?, it.look())))),
            guids: shared(facts.iter().filter_map(|it| Some((it.guid.as_deref()?, it.look())))),
            looks: shared(facts.iter().map(|it| (it.look(), it.content))),
            texts: shared(facts.iter().map(|it| (it.content, it.look()))),
        }
    }

    /// Names from the best to the weakest.
    ///
    /// The second name catches what changes alone: a link that follows an edited title, or a
    /// GUID that is made anew on every fetch.
    fn names(&self, facts: &'a Facts) -> Vec<Vec<u8>> {
        let feed = self.feed;
        let link = facts.link.as_deref().filter(|link| !self.links.contains(link));
        let guid = facts.guid.as_deref().filter(|guid| !self.guids.contains(guid));
        let is_text_own = facts.has_text && !self.texts.contains(&facts.content);
        match (link, guid) {
            (Some(link), Some(guid)) if !is_same_address(link, guid) => {
                let parts = [guid.as_bytes(), facts.label.as_bytes()];
                vec![link.as_bytes().to_vec(), local_name(feed, "guid+title", &parts)]
            }
            (Some(link), _) => vec![link.as_bytes().to_vec()],
            (None, Some(guid)) => {
                let by_guid = local_name(feed, "guid", &[guid.as_bytes()]);
                let by_text = is_text_own.then(|| facts.name_with_content(feed));
                std::iter::once(by_guid).chain(by_text).collect()
            }
            (None, None) if self.looks.contains(&facts.look()) => {
                vec![facts.name_with_content(feed)]
            }
            (None, None) => vec![facts.name_with_label(feed)],
        }
    }
}

/// What of an entry can name it.
struct Facts {
    /// In its canonical form.
    link: Option<String>,
    guid: Option<String>,
    /// The title, or the text's hash where there is none.
    label: String,
    content: u64,
    /// A title alone may be the title of many.
    has_text: bool,
}

impl Facts {
    fn of(entry: &Entry) -> Self {
        let content = content_hash(entry);
        let title = entry.title.trim();
        let url = entry.link.as_deref().and_then(|link| Url::parse(link).ok());
        Self {
            link: url.as_ref().map(canonical_link),
            guid: entry.guid.clone(),
            label: if title.is_empty() { format!("{content:016x}") } else { title.to_owned() },
            content,
            has_text: !entry.summary.trim().is_empty() || !entry.content.trim().is_empty(),
        }
    }

    fn look(&self) -> Look<'_> {
        (self.link.as_deref(), self.guid.as_deref(), &self.label)
    }

    /// The name that changes with every word.
    fn name_with_content(&self, feed: FeedId) -> Vec<u8> {
        local_name(feed, "content", &[&self.content.to_be_bytes()])
    }

    /// The name that changes with the title.
    fn name_with_label(&self, feed: FeedId) -> Vec<u8> {
        let label = self.label.as_bytes();
        match (&self.link, &self.guid) {
            (Some(link), _) => [link.as_bytes(), b"\0", label].concat(),
            (None, Some(guid)) => local_name(feed, "guid+title", &[guid.as_bytes(), label]),
            (None, None) => local_name(feed, "title", &[label]),
        }
    }
}

/// A name that means something in one feed only.
fn local_name(feed: FeedId, kind: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut name = [&feed.to_be_bytes(), kind.as_bytes()].concat();
    for part in parts {
        name.push(0);
        name.extend_from_slice(part);
    }
    name
}

/// Most GUIDs are the link itself and add nothing.
fn is_same_address(link: &str, guid: &str) -> bool {
    Url::parse(guid).is_ok_and(|url| canonical_link(&url) == link)
}

/// Names that belong to different things.
fn shared<K: Copy + Eq + Hash, V: PartialEq>(named: impl Iterator<Item = (K, V)>) -> HashSet<K> {
    let mut first: HashMap<K, V> = HashMap::new();
    let mut shared = HashSet::new();
    for (name, thing) in named {
        match first.entry(name) {
            hash_map::Entry::Vacant(vacant) => drop(vacant.insert(thing)),
            hash_map::Entry::Occupied(known) if *known.get() == thing => {}
            hash_map::Entry::Occupied(_) => drop(shared.insert(name)),
        }
    }
    shared
}

/// The name that an address gives to an article; none if it is no web address.
pub fn link_key(address: &str) -> Option<SeenKey> {
    let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    Some(key(canonical_link(&url).as_bytes()))
}

fn key(name: &[u8]) -> SeenKey {
    let digest = Sha256::digest(name);
    let mut key = [0; 16];
    key.copy_from_slice(&digest[..16]);
    SeenKey(key)
}

fn content_hash(entry: &Entry) -> u64 {
    let mut hasher = Sha256::new();
    for text in [&entry.title, &entry.summary, &entry.content] {
        hasher.update(text.trim().as_bytes());
        hasher.update([0]);
    }
    hasher.finalize().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A store that knows nothing but sightings.
    #[derive(Default)]
    struct Memory {
        seen: HashMap<SeenKey, Sighting>,
        n_entries_before: u32,
    }

    impl Memory {
        /// Polls a document and remembers it, as the pipeline does.
        fn poll_of(&mut self, feed: &str, entries: &[Entry]) -> Vec<Standing> {
            let feed = FeedId::of_url(feed);
            let identified = identify(feed, entries.to_vec(), self.n_entries_before);
            self.n_entries_before = u32::try_from(entries.len()).unwrap();
            let poll_one = |entry: Identified| {
                let sightings: Vec<_> =
                    entry.keys.iter().map(|key| self.seen.get(key).copied()).collect();
                let standing = entry.standing(&sightings);
                let article = match standing {
                    Standing::New => entry.article,
                    Standing::Known(article) | Standing::Edited(article) => article,
                };
                self.seen.extend(entry.claims(&sightings, article, 0));
                standing
            };
            identified.into_iter().map(poll_one).collect()
        }

        fn poll(&mut self, entries: &[Entry]) -> Vec<Standing> {
            self.poll_of("https://example.org/feed", entries)
        }

        fn n_new(&mut self, entries: &[Entry]) -> usize {
            self.poll(entries).iter().filter(|it| **it == Standing::New).count()
        }
    }

    fn entry(guid: &str, link: &str, title: &str) -> Entry {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Entry { guid: given(guid), link: given(link), title: title.to_owned(), ..Entry::default() }
    }

    const A: &str = "https://example.org/a";
    const B: &str = "https://example.org/b";

    /// Goal: an article that two feeds carry is stored once and alerted once.
    #[test]
    fn link_with_and_without_tracking_is_one_article_in_two_feeds() {
        let id = |feed: &str, link: &str| {
            let entries = vec![entry(feed, link, "Empfang in Baku"), entry("x", B, "Other")];
            identify(FeedId::of_url(feed), entries, 2)[0].article
        };
        let tracked = "http://www.example.org/a/?utm_source=rss";
        assert_eq!(id("https://one.example/feed", A), id("https://two.example/feed", tracked));
    }

    /// Goal: the same document a second time brings nothing, wherever its dates went.
    #[test]
    fn unchanged_document_is_known() {
        let mut memory = Memory::default();
        let mut entries = [entry("1", A, "A"), entry("2", B, "B"), entry("", "", "C")];
        assert_eq!(memory.n_new(&entries), 3);
        entries[0].published = "2026-11-24T06:00:00Z".parse().ok();
        assert_eq!(memory.n_new(&entries), 0);
        entries.reverse();
        assert_eq!(memory.n_new(&entries[..2]), 0);
        assert_eq!(memory.n_new(&entries), 0);
    }

    /// Goal: a template that gives every entry the same GUID loses none of them.
    #[test]
    fn shared_guids_and_links_name_nothing() {
        let mut memory = Memory::default();
        let same_guid = [entry("x", A, "A"), entry("x", B, "B"), entry("x", "", "C")];
        assert_eq!(memory.n_new(&same_guid), 3);
        assert_eq!(memory.n_new(&same_guid), 0);
        let mut memory = Memory::default();
        let same_link = [entry("1", A, "A"), entry("2", A, "B"), entry("", A, "C")];
        assert_eq!(memory.n_new(&same_link), 3);
        assert_eq!(memory.n_new(&same_link), 0);
        let mut memory = Memory::default();
        let same_all_but_link = [entry("x", A, "News"), entry("x", B, "News")];
        assert_eq!(memory.n_new(&same_all_but_link), 2);
        let mut memory = Memory::default();
        let same_all_but_guid = [entry("1", A, "News"), entry("2", A, "News")];
        assert_eq!(memory.n_new(&same_all_but_guid), 2);
        let mut memory = Memory::default();
        assert_eq!(memory.n_new(&[entry("3", A, "News"), entry("4", A, "News")]), 2);
        let mut memory = Memory::default();
        let same_all_but_text =
            ["B", "C", "C"].map(|text| Entry { summary: text.to_owned(), ..entry("", A, "News") });
        let standings = memory.poll(&[&same_all_but_text[..], &[entry("", A, "A")]].concat());
        assert_eq!(standings, [Standing::New; 3]);
        let mut memory = Memory::default();
        let untitled = [1, 2].map(|n| Entry { summary: format!("{n}"), ..entry("", A, "") });
        assert_eq!(memory.n_new(&untitled), 2);
    }

    /// Goal: a GUID that is made anew on every fetch causes no second alert.
    #[test]
    fn changing_guids_are_no_news() {
        let mut memory = Memory::default();
        let of = |first: &str, second: &str| {
            let text = "Der Botschafter lud ein".to_owned();
            [entry(first, A, "A"), Entry { summary: text, ..entry(second, "", "B") }]
        };
        assert_eq!(memory.n_new(&of("1", "2")), 2);
        assert_eq!(memory.n_new(&of("3", "4")), 0);
    }

    /// Goal: a link that follows its title's spelling is still the same article.
    #[test]
    fn changed_link_with_the_same_guid_and_title_is_known() {
        let mut memory = Memory::default();
        assert_eq!(memory.n_new(&[entry("1", A, "A"), entry("2", B, "B")]), 2);
        assert_eq!(
            memory.n_new(&[entry("1", "https://new.example/a", "A"), entry("2", B, "B")]),
            0
        );
    }

    /// Goal: an edited article is judged again, and remains the same article.
    #[test]
    fn edited_entry_keeps_its_article() {
        let mut memory = Memory::default();
        let before = [entry("1", A, "Empfang"), entry("2", B, "B")];
        let article =
            identify(FeedId::of_url("https://example.org/feed"), before.to_vec(), 0)[0].article;
        memory.poll(&before);
        let after = [entry("1", A, "Empfang in Baku"), entry("2", B, "B")];
        assert_eq!(memory.poll(&after)[0], Standing::Edited(article));
        assert_eq!(memory.poll(&after)[0], Standing::Known(article));
    }

    /// Goal: a site whose feed holds only the latest headline, always at one address, is heard.
    #[test]
    fn single_entry_with_a_new_title_is_a_new_article() {
        let mut memory = Memory::default();
        let of = |title: &str| [entry("top", "https://example.org/", title)];
        let standings = ["A", "A", "B", "B"].map(|title| memory.n_new(&of(title)));
        assert_eq!(standings, [1, 0, 1, 0]);
        let ids: HashSet<_> = ["A", "B"]
            .map(|title| identify(FeedId::of_url("f"), of(title).to_vec(), 1)[0].article)
            .into();
        assert_eq!(ids.len(), 2);
    }

    /// Goal: a feed that runs dry to its last entry does not tell of it again.
    #[test]
    fn shrinking_feed_is_no_news() {
        let mut memory = Memory::default();
        let entries = [entry("1", A, "A"), entry("2", B, "B")];
        assert_eq!(memory.n_new(&entries), 2);
        for _ in 0..3 {
            assert_eq!(memory.n_new(&entries[..1]), 0);
        }
        assert_eq!(memory.n_new(&entries), 0);
    }

    /// Goal: entries with nothing but a text are known by it.
    #[test]
    fn text_alone_names_an_entry() {
        let mut memory = Memory::default();
        let entries = [1, 2].map(|n| Entry { summary: format!("text {n}"), ..Entry::default() });
        assert_eq!(memory.n_new(&entries), 2);
        assert_eq!(memory.n_new(&entries), 0);
    }
}
