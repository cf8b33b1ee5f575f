//! The feeds that a page names.
//!
//! Invariant: nothing is asked here, and nothing followed: a page that sends browsers elsewhere
//! (meta refresh, JavaScript) is read as what it is.

use std::collections::HashSet;

use url::Url;

use crate::collect::html::{Dom, Element};

/// Pages of lists name hundreds; the first are the site's own.
const ALTERNATES_MAX: usize = 50;

/// So many are offered to somebody who gave a page for a feed.
const OFFERED_MAX: usize = 5;

/// Links that are looked at: whether they lead to a feed.
const ANCHORS_MAX: usize = 5_000;

const TITLE_CHARACTERS_MAX: usize = 200;

/// Types of feeds, and those under which servers offer them. No `application/json`: that is
/// how blogs name their programming interface.
const TYPES: [&str; 7] = [
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "application/x.atom+xml",
    "application/xml",
    "text/xml",
];

/// Parts of addresses and titles of feeds of comments.
const COMMENTS: [&str; 14] = [
    "comment",
    "kommentar",
    "commentaire",
    "comentario",
    "comentário",
    "commenti",
    "komentar",
    "комментар",
    "коментар",
    "şərh",
    "yorum",
    "コメント",
    "评论",
    "댓글",
];

/// Folders of parts of a site.
const PARTS: [&str; 22] = [
    "category",
    "categories",
    "tag",
    "tags",
    "author",
    "authors",
    "search",
    "topic",
    "topics",
    "section",
    "sections",
    "rubric",
    "rubrik",
    "rubrique",
    "podcast",
    "podcasts",
    "video",
    "videos",
    "archive",
    "user",
    "label",
    "kategori",
];

/// A feed that a page names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternate {
    /// Where it is.
    pub url: Url,
    /// What the page calls it.
    pub title: Option<String>,
    /// How much of the site it is.
    pub extent: Extent,
    /// How the page names it.
    pub place: Place,
}

/// How much of a site a feed is; the largest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// All of it.
    Main,
    /// A category, a tag, an author.
    Part,
    /// What readers write below.
    Comments,
}

/// How a page names a feed; the most certain first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In the HTTP header `Link` (RFC 8288).
    Header,
    /// As `<link rel="alternate">`.
    Head,
    /// As a link for people, to an address that looks like a feed's.
    Anchor,
    /// Not at all: a usual address.
    Guess,
    /// In robots.txt, as a sitemap of news.
    Robots,
}

/// The feeds that a page names, best first.
///
/// `url` is where the page came from, `link_headers` are all its `Link` headers.
pub fn alternates<'a>(
    html: &str,
    url: &Url,
    link_headers: impl Iterator<Item = &'a str>,
) -> Vec<Alternate> {
    let mut found: Vec<Alternate> = link_headers.flat_map(|it| in_header(it, url)).collect();
    // A page that cannot be read names none.
    if let Ok(dom) = Dom::read(html) {
        let base = dom.base(url);
        found.extend(dom.elements().filter_map(|it| in_head(it, &base)));
        let links = dom.elements().filter(|it| it.name() == "a").take(ANCHORS_MAX);
        found.extend(links.filter_map(|it| anchor(it, &base, url)));
    }
    let mut seen = HashSet::new();
    found.retain(|it| it.url != *url && seen.insert(it.url.clone()));
    // Sorting keeps the order of equals: publishers name the main feed first.
    found.sort_by_key(|it| (it.place == Place::Anchor, it.extent));
    found.truncate(ALTERNATES_MAX);
    found
}

/// Addresses to try instead of a page that was given for a feed.
pub fn offered(html: &str, url: &Url) -> Vec<Url> {
    let named = alternates(html, url, std::iter::empty());
    let good = named.into_iter().filter(|it| it.extent != Extent::Comments);
    good.take(OFFERED_MAX).map(|it| it.url).collect()
}

impl Extent {
    pub(super) fn of(url: &Url, title: &str) -> Self {
        let address = format!("{}?{}", url.path(), url.query().unwrap_or_default()).to_lowercase();
        let title = title.to_lowercase();
        if COMMENTS.iter().any(|it| address.contains(it) || title.contains(it)) {
            return Self::Comments;
        }
        let mut words = address.split(['/', '?', '&', '=']);
        if words.any(|word| PARTS.contains(&word)) { Self::Part } else { Self::Main }
    }
}

fn in_head(element: Element<'_>, base: &Url) -> Option<Alternate> {
    if element.name() != "link" {
        return None;
    }
    let own = |name: &str| element.attribute(name).unwrap_or_default();
    if !names_feed(own("rel"), own("type")) {
        return None;
    }
    alternate(own("href"), own("title"), base, Place::Head)
}

/// `rel` has several words, `type` parameters; both in any case.
fn names_feed(rel: &str, media_type: &str) -> bool {
    let has = |word: &str| rel.split_whitespace().any(|it| it.eq_ignore_ascii_case(word));
    let media_type = media_type.split(';').next().unwrap_or_default().trim().to_lowercase();
    let is_feed = TYPES.contains(&media_type.as_str());
    // HTML once had `rel="feed"`, without a type.
    (has("alternate") && is_feed) || (has("feed") && (is_feed || media_type.is_empty()))
}

/// A link of people's to an address like `/rss.xml`.
fn anchor(element: Element<'_>, base: &Url, page: &Url) -> Option<Alternate> {
    let href = element.attribute("href")?;
    let found = alternate(href, &element.words(TITLE_CHARACTERS_MAX), base, Place::Anchor)?;
    let path = found.url.path().trim_end_matches('/').to_lowercase();
    let last = path.rsplit('/').next().unwrap_or_default();
    let (name, ending) = last.rsplit_once('.').unwrap_or((last, ""));
    let is_named = |it: &str| ["rss", "atom", "feed", "rdf"].iter().any(|word| it.contains(word));
    let is_feed = match ending {
        "rss" | "atom" | "rdf" => true,
        "xml" | "json" => is_named(name) || is_named(&path),
        "" => matches!(last, "rss" | "feed" | "atom" | "rss2" | "feeds"),
        "php" | "aspx" | "ashx" | "jsp" => matches!(name, "rss" | "feed" | "atom"),
        _ => false,
    };
    let is_near = found.url.host_str() == page.host_str()
        || element.attribute("type").is_some_and(|it| names_feed("alternate", it));
    (is_feed && is_near).then_some(found)
}

fn alternate(href: &str, title: &str, base: &Url, place: Place) -> Option<Alternate> {
    let href = href.trim();
    // Old browsers were given feeds so.
    let href = href.strip_prefix("feed://").map_or_else(
        || href.strip_prefix("feed:").unwrap_or(href).to_owned(),
        |rest| format!("https://{rest}"),
    );
    if href.is_empty() {
        return None;
    }
    let mut url = base.join(&href).ok()?;
    url.set_fragment(None);
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let title: Vec<&str> = title.split_whitespace().collect();
    let title: String = title.join(" ").chars().take(TITLE_CHARACTERS_MAX).collect();
    let extent = Extent::of(&url, &title);
    is_web.then(|| Alternate { url, title: Some(title).filter(|it| !it.is_empty()), extent, place })
}

/// `<…>; rel="alternate"; type="…"`, several of them parted by commas (RFC 8288, 3).
fn in_header(header: &str, url: &Url) -> Vec<Alternate> {
    let mut found = Vec::new();
    let mut rest = header;
    while let Some((_, behind)) = rest.split_once('<') {
        let Some((address, behind)) = behind.split_once('>') else { break };
        let (parameters, next) = parameters(behind);
        rest = next;
        let own = |wanted: &str| {
            let mut named = parameters.iter().filter(|(name, _)| name == wanted);
            named.next().map_or("", |(_, value)| value.as_str())
        };
        if names_feed(own("rel"), own("type")) {
            found.extend(alternate(address, own("title"), url, Place::Header));
        }
    }
    found
}

/// Parameters up to the comma before the next link, and what follows.
fn parameters(text: &str) -> (Vec<(String, String)>, &str) {
    let mut parameters = Vec::new();
    let mut rest = text.trim_start();
    while let Some(behind) = rest.strip_prefix(';') {
        let length = behind.find(['=', ';', ',']).unwrap_or(behind.len());
        let (name, behind) = behind.split_at(length);
        let (value, behind) = match behind.strip_prefix('=').map(str::trim_start) {
            None => ("", behind),
            Some(quoted) if quoted.starts_with('"') => {
                quoted[1..].split_once('"').unwrap_or((&quoted[1..], ""))
            }
            Some(bare) => bare.split_at(bare.find([';', ',']).unwrap_or(bare.len())),
        };
        parameters.push((name.trim().to_lowercase(), value.trim().to_owned()));
        rest = behind.trim_start();
    }
    (parameters, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Url {
        "https://news.example/az/index.html".parse().unwrap()
    }

    fn found(html: &str) -> Vec<String> {
        let found = alternates(html, &page(), std::iter::empty());
        found.into_iter().map(|it| it.url.to_string()).collect()
    }

    /// Goal: somebody who gives a site's address for a feed's gets the feed.
    #[test]
    fn d01_alternates_are_found_however_they_are_written() {
        for (html, url) in [
            (
                "<link rel=alternate type='application/rss+xml' href='/rss'>",
                "https://news.example/rss",
            ),
            (
                "<LINK REL='home ALTERNATE' TYPE='Application/Atom+XML; charset=utf-8' HREF='a.xml'>",
                "https://news.example/az/a.xml",
            ),
            (
                "<base href='https://cdn.example/x/'><link rel=alternate type=application/feed+json href=f.json>",
                "https://cdn.example/x/f.json",
            ),
            (
                "<body><p><link rel=alternate type=application/rdf+xml href='//rdf.example/r'>",
                "https://rdf.example/r",
            ),
            ("<link rel=feed href=feed>", "https://news.example/az/feed"),
            (
                "<link rel=alternate type=text/xml href='feed://news.example/r'>",
                "https://news.example/r",
            ),
            ("<a href='/rss.xml'>RSS</a>", "https://news.example/rss.xml"),
            (
                "<a href='/az/feed/'>lent</a><a href='/feeding'>x</a>",
                "https://news.example/az/feed/",
            ),
        ] {
            assert_eq!(found(html), [url], "{html}");
        }
        for html in [
            "<link rel=alternate hreflang=ru href=/ru>",
            "<link rel=alternate type='application/json+oembed' href=/o>",
            "<link rel=alternate type='application/json' href=/wp-json>",
            "<link rel=stylesheet type='text/xml' href=/x>",
            "<link rel=alternate type='application/rss+xml' href='javascript:x'>",
            "<link rel=alternate type='application/rss+xml' href=''>",
            "<link rel=alternate type='application/rss+xml' href='/az/index.html#top'>",
            "<a href='https://other.example/rss.xml'>x</a>",
            "<!-- <link rel=alternate type='application/rss+xml' href=/c> -->",
        ] {
            assert!(found(html).is_empty(), "{html}");
        }
    }

    /// Goal: servers that name their feed in a header are understood.
    #[test]
    fn d01_link_headers_name_feeds() {
        let headers = [
            "</css>; rel=preload; as=style, </f,1.xml>; type=\"application/atom+xml\";\
             title=\"A, B; C\"; rel=\"alternate\"",
            "<https://h.example/x>; rel=alternate; type=application/rss+xml",
            "<broken; rel=alternate, <",
        ];
        let found = alternates("", &page(), headers.into_iter());
        let found: Vec<_> = found.iter().map(|it| (it.url.as_str(), it.title.as_deref())).collect();
        assert_eq!(
            found,
            [("https://news.example/f,1.xml", Some("A, B; C")), ("https://h.example/x", None)]
        );
    }

    /// Goal: of several feeds, the one with all news comes first, comments last.
    #[test]
    fn d02_main_feed_comes_first() {
        let html = "<link rel=alternate type='application/rss+xml' title='Blog » Comments Feed' href='/c/feed'>\
            <link rel=alternate type='application/rss+xml' title='Category' href='/category/sport/feed'>\
            <link rel=alternate type='application/rss+xml' title='Blog » Feed' href='/feed'>\
            <link rel=alternate type='application/atom+xml' title='Şərhlər' href='/x'>\
            <a href='/rss.xml'>RSS</a><link rel=alternate type='application/atom+xml' href='/atom'>";
        let wanted = ["/feed", "/atom", "/category/sport/feed", "/c/feed", "/x", "/rss.xml"];
        assert_eq!(found(html), wanted.map(|it| format!("https://news.example{it}")));
        let offered: Vec<_> =
            offered(html, &page()).iter().map(|it| it.path().to_owned()).collect();
        assert_eq!(offered, ["/feed", "/atom", "/category/sport/feed", "/rss.xml"]);
    }

    /// Goal: a page of a million links names a few feeds.
    #[test]
    fn alternates_are_bounded() {
        let link = |n| format!("<link rel=alternate type='application/rss+xml' href='/{n}'>");
        let html = (0..2_000).map(link).collect::<Vec<_>>().concat();
        assert_eq!(found(&html).len(), ALTERNATES_MAX);
    }
}
