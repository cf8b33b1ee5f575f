//! Which elements of which feed formats we read, and as what.
//!
//! All formats are read as one: publishers mix them, and what an element is called tells its
//! meaning better than the root does.

use std::borrow::Cow;

/// Whose word an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vocabulary {
    /// RSS and Atom of any version, and the root's own, whatever its namespace is called.
    Feed,
    Content,
    DublinCore,
    Xhtml,
    Media,
    Podcast,
    Syndication,
    FeedBurner,
    Foreign,
}

impl Vocabulary {
    /// The vocabulary of a namespace. Publishers write `https`, other cases and slashes.
    pub(super) fn of_namespace(uri: &str) -> Self {
        let uri = uri.trim().to_ascii_lowercase();
        let name = uri.trim_start_matches("http://").trim_start_matches("https://");
        match name.trim_start_matches("www.").trim_end_matches(['/', '#']) {
            "w3.org/2005/atom"
            | "purl.org/atom/ns"
            | "purl.org/rss/1.0"
            | "purl.org/net/rss1.1"
            | "my.netscape.com/rdf/simple/0.9"
            | "channel.netscape.com/rdf/simple/0.9"
            | "my.netscape.com/publish/formats/rss-0.91.dtd"
            | "backend.userland.com/rss"
            | "backend.userland.com/rss2"
            | "backend.userland.com/rss091"
            | "backend.userland.com/rss092"
            | "backend.userland.com/rss093"
            | "blogs.law.harvard.edu/tech/rss"
            | "cyber.law.harvard.edu/rss"
            | "cyber.law.harvard.edu/rss/rss.html"
            | "rssboard.org/rss-specification" => Self::Feed,
            "purl.org/rss/1.0/modules/content" => Self::Content,
            "purl.org/dc/elements/1.1" | "purl.org/dc/elements/1.0" | "purl.org/dc/terms" => {
                Self::DublinCore
            }
            "w3.org/1999/xhtml" => Self::Xhtml,
            "search.yahoo.com/mrss" | "video.search.yahoo.com/mrss" => Self::Media,
            "itunes.com/dtds/podcast-1.0.dtd" => Self::Podcast,
            "purl.org/rss/1.0/modules/syndication" => Self::Syndication,
            "rssnamespace.org/feedburner/ext/1.0" | "pheedo.com/namespace/pheedo" => {
                Self::FeedBurner
            }
            _ => Self::Foreign,
        }
    }

    /// What a prefix means that the document forgot to declare.
    pub(super) fn of_undeclared(prefix: &str) -> Self {
        match prefix {
            "" | "rss" | "atom" | "atom10" | "a10" => Self::Feed,
            "content" => Self::Content,
            "dc" | "dcterms" => Self::DublinCore,
            "xhtml" => Self::Xhtml,
            "media" => Self::Media,
            "itunes" => Self::Podcast,
            "sy" => Self::Syndication,
            "feedburner" | "pheedo" => Self::FeedBurner,
            _ => Self::Foreign,
        }
    }
}

/// What an element is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// `item` or `entry`.
    Entry,
    /// Holds entries; its own tags do not matter.
    Frame,
    /// Stands around texts that are read as if it were not there.
    Group,
    /// A text, and how good a source of it this element is: the highest number wins.
    Leaf(Field, u8),
    /// Not read, with everything in it.
    Foreign,
}

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Title,
    Link,
    Id,
    Published,
    Updated,
    Summary,
    Content,
    Language,
    /// Of the feed only, as those below.
    TimeToLive,
    QuietHour,
    QuietDay,
    UpdatePeriod,
    UpdateFrequency,
}

/// The role of an element, whose name may be in capitals: whole feeds are.
pub(super) fn role(vocabulary: Vocabulary, local_name: &str) -> Role {
    let name = if local_name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(local_name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(local_name)
    };
    match (vocabulary, name.as_ref()) {
        (Vocabulary::Feed, name) => of_feed(name),
        (Vocabulary::Content, "encoded") => Role::Leaf(Field::Content, 4),
        (Vocabulary::Xhtml, "body") => Role::Leaf(Field::Content, 2),
        (Vocabulary::DublinCore, name) => of_dublin_core(name),
        (Vocabulary::Media, "group") => Role::Group,
        (Vocabulary::Media | Vocabulary::Podcast, "title") => Role::Leaf(Field::Title, 1),
        (Vocabulary::Media, "description") | (Vocabulary::Podcast, "summary") => {
            Role::Leaf(Field::Summary, 1)
        }
        (Vocabulary::Syndication, "updateperiod") => Role::Leaf(Field::UpdatePeriod, 1),
        (Vocabulary::Syndication, "updatefrequency") => Role::Leaf(Field::UpdateFrequency, 1),
        // The address behind the one that counts readers.
        (Vocabulary::FeedBurner, "origlink") => Role::Leaf(Field::Link, 5),
        _ => Role::Foreign,
    }
}

/// RSS, Atom 1.0, and the names of Atom 0.3, of CDF and of early RSS.
fn of_feed(name: &str) -> Role {
    match name {
        "item" | "entry" => Role::Entry,
        "channel" | "rss" | "rdf" | "feed" => Role::Frame,
        "skiphours" | "skipdays" => Role::Group,
        "title" => Role::Leaf(Field::Title, 3),
        "link" => Role::Leaf(Field::Link, 4),
        "guid" | "id" => Role::Leaf(Field::Id, 3),
        "description" | "summary" => Role::Leaf(Field::Summary, 3),
        "abstract" => Role::Leaf(Field::Summary, 2),
        "content" => Role::Leaf(Field::Content, 3),
        "body" | "fullitem" => Role::Leaf(Field::Content, 2),
        "pubdate" | "published" => Role::Leaf(Field::Published, 3),
        "issued" | "created" | "date" => Role::Leaf(Field::Published, 1),
        "updated" | "modified" => Role::Leaf(Field::Updated, 3),
        "lastbuilddate" => Role::Leaf(Field::Updated, 1),
        "language" => Role::Leaf(Field::Language, 3),
        "ttl" => Role::Leaf(Field::TimeToLive, 1),
        "hour" => Role::Leaf(Field::QuietHour, 1),
        "day" => Role::Leaf(Field::QuietDay, 1),
        _ => Role::Foreign,
    }
}

fn of_dublin_core(name: &str) -> Role {
    match name {
        "title" => Role::Leaf(Field::Title, 2),
        "description" | "abstract" => Role::Leaf(Field::Summary, 2),
        "date" | "issued" => Role::Leaf(Field::Published, 2),
        "created" => Role::Leaf(Field::Published, 1),
        "modified" => Role::Leaf(Field::Updated, 2),
        "language" => Role::Leaf(Field::Language, 2),
        "identifier" => Role::Leaf(Field::Id, 1),
        _ => Role::Foreign,
    }
}
