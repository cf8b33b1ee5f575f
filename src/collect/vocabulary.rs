//! Which elements of which feed formats we read, and under which name.

use std::borrow::Cow;

/// The two kinds of feeds in XML; RSS 1.0 is read as RSS 2.0 with other namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Rss,
    Atom,
}

impl Family {
    /// The family of a root element; prefixes do not count, and neither does case.
    pub(super) fn of_root(local_name: &str) -> Option<Self> {
        match local_name.to_ascii_lowercase().as_str() {
            "rss" | "rdf" => Some(Self::Rss),
            "feed" => Some(Self::Atom),
            _ => None,
        }
    }
}

/// Whose word an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vocabulary {
    /// The root's own, whatever its namespace is called.
    Native,
    Rss,
    Atom,
    Content,
    DublinCore,
    Foreign,
}

impl Vocabulary {
    /// The vocabulary of a namespace. Publishers write `https`, other cases and slashes.
    pub(super) fn of_namespace(uri: &str) -> Self {
        let uri = uri.trim().to_ascii_lowercase();
        let name = uri.trim_start_matches("http://").trim_start_matches("https://");
        match name.trim_end_matches(['/', '#']) {
            "www.w3.org/2005/atom" | "purl.org/atom/ns" => Self::Atom,
            "purl.org/rss/1.0"
            | "my.netscape.com/rdf/simple/0.9"
            | "channel.netscape.com/rdf/simple/0.9"
            | "my.netscape.com/publish/formats/rss-0.91.dtd"
            | "backend.userland.com/rss"
            | "backend.userland.com/rss2"
            | "blogs.law.harvard.edu/tech/rss"
            | "cyber.law.harvard.edu/rss" => Self::Rss,
            "purl.org/rss/1.0/modules/content" => Self::Content,
            "purl.org/dc/elements/1.1" | "purl.org/dc/elements/1.0" | "purl.org/dc/terms" => {
                Self::DublinCore
            }
            _ => Self::Foreign,
        }
    }

    /// What a prefix means that the document forgot to declare.
    pub(super) fn of_undeclared(prefix: &str) -> Self {
        match prefix {
            "" => Self::Native,
            "rss" => Self::Rss,
            "atom" | "atom10" | "a10" => Self::Atom,
            "content" => Self::Content,
            "dc" | "dcterms" => Self::DublinCore,
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
    /// Text under this name.
    Leaf(&'static str),
    /// Not read, with everything in it.
    Foreign,
}

/// The role of an element.
pub(super) fn role(family: Family, vocabulary: Vocabulary, local_name: &str) -> Role {
    // Whole feeds in capitals exist.
    let name = if local_name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(local_name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(local_name)
    };
    match (family, vocabulary) {
        (Family::Rss, Vocabulary::Native | Vocabulary::Rss) => rss(&name),
        (Family::Atom, Vocabulary::Native | Vocabulary::Atom) => atom(&name),
        (Family::Rss, Vocabulary::Content) if name == "encoded" => Role::Leaf("content:encoded"),
        (Family::Rss, Vocabulary::Atom) if name == "updated" => Role::Leaf("updated"),
        (_, Vocabulary::DublinCore) => dublin_core(family, &name),
        _ => Role::Foreign,
    }
}

fn rss(name: &str) -> Role {
    match name {
        "item" => Role::Entry,
        "channel" | "rss" | "rdf" => Role::Frame,
        "title" => Role::Leaf("title"),
        "link" => Role::Leaf("link"),
        "description" => Role::Leaf("description"),
        "guid" => Role::Leaf("guid"),
        "pubdate" => Role::Leaf("pubDate"),
        "updated" => Role::Leaf("updated"),
        "language" => Role::Leaf("language"),
        "ttl" => Role::Leaf("ttl"),
        _ => Role::Foreign,
    }
}

/// Atom 1.0, and the names of Atom 0.3.
fn atom(name: &str) -> Role {
    match name {
        "entry" => Role::Entry,
        "feed" => Role::Frame,
        "title" => Role::Leaf("title"),
        "link" => Role::Leaf("link"),
        "id" => Role::Leaf("id"),
        "summary" => Role::Leaf("summary"),
        "content" => Role::Leaf("content"),
        "published" | "pubdate" | "issued" | "created" => Role::Leaf("published"),
        "updated" | "modified" => Role::Leaf("updated"),
        _ => Role::Foreign,
    }
}

fn dublin_core(family: Family, name: &str) -> Role {
    match (family, name) {
        (Family::Rss, "date" | "created" | "issued") => Role::Leaf("pubDate"),
        (Family::Rss, "language") => Role::Leaf("language"),
        (Family::Atom, "date" | "created" | "issued") => Role::Leaf("published"),
        (_, "modified") => Role::Leaf("updated"),
        _ => Role::Foreign,
    }
}
