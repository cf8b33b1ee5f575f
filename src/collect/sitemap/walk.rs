//! Which sitemaps of an index one poll asks for.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::time::Duration;

use url::Url;

use crate::collect::SitemapChild;
use crate::model::Timestamp;

/// A sitemap of an index may be an index too; what that one names is the end.
const DEPTH_MAX: usize = 2;

/// Requests beyond the index itself.
const REQUESTS_MAX: usize = 5;

/// News sitemaps hold what is not older than two days (developers.google.com, "News
/// sitemaps"); a day more, because many dates have no time.
const FRESH: Duration = Duration::from_hours(3 * 24);

/// A walk over the sitemaps that an index names, for one poll.
///
/// Asked for are those that changed lately and those without a date, at most five in all;
/// first those that have "news" in their path, then the newest. Nothing is asked for twice.
#[derive(Debug)]
pub struct Walk {
    now: Timestamp,
    seen: HashSet<Url>,
    /// With the depth at which they lie; the best first.
    waiting: Vec<(Rank, Url, usize)>,
    n_asked: usize,
    /// How deep the document lies that was asked for last.
    depth: usize,
}

/// Which of two is asked for first: the greater one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    is_news: bool,
    modified: Option<Timestamp>,
}

type Candidate<'a> = (Rank, &'a SitemapChild);

impl Walk {
    /// A walk at `now` that begins with what the document at `index` names.
    pub fn new(index: &Url, children: &[SitemapChild], now: Timestamp) -> Self {
        let seen = HashSet::from([index.clone()]);
        let mut walk = Self { now, seen, waiting: Vec::new(), n_asked: 0, depth: 0 };
        walk.add(children);
        walk
    }

    /// Adds what the document names that was asked for last.
    pub fn add(&mut self, children: &[SitemapChild]) {
        if self.depth == DEPTH_MAX {
            return;
        }
        let oldest = self.now.minus(FRESH);
        let mut fresh: Vec<Candidate<'_>> = children
            .iter()
            .filter(|child| child.modified.is_none_or(|time| oldest <= time))
            .map(|child| (Rank::of(child), child))
            .collect();
        // Stable: of equals the one that was named first.
        fresh.sort_by_key(|(rank, _)| Reverse(*rank));
        let n_left = REQUESTS_MAX - self.n_asked;
        let mut n_added = 0;
        for (rank, child) in fresh {
            if n_added == n_left {
                break;
            }
            if self.seen.insert(child.url.clone()) {
                n_added += 1;
                self.waiting.push((rank, child.url.clone(), self.depth + 1));
            }
        }
        self.waiting.sort_by_key(|(rank, ..)| Reverse(*rank));
        self.waiting.truncate(n_left);
    }

    /// The next sitemap to ask for; none at the end of the walk.
    pub fn next_address(&mut self) -> Option<Url> {
        if self.waiting.is_empty() {
            return None;
        }
        let (_, url, depth) = self.waiting.remove(0);
        self.n_asked += 1;
        self.depth = depth;
        Some(url)
    }
}

impl Rank {
    fn of(child: &SitemapChild) -> Self {
        let is_news = child.url.path().to_ascii_lowercase().contains("news");
        Self { is_news, modified: child.modified }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-24T06:00:00Z".parse().unwrap()
    }

    fn url(name: &str) -> Url {
        Url::parse("https://example.org/").unwrap().join(name).unwrap()
    }

    fn child(name: &str, modified: &str) -> SitemapChild {
        let modified = (!modified.is_empty()).then(|| modified.parse().unwrap());
        SitemapChild { url: url(name), modified }
    }

    fn walk(mut walk: Walk) -> Vec<String> {
        std::iter::from_fn(|| walk.next_address()).map(|url| url.path().to_owned()).collect()
    }

    /// Goal: of a site's hundreds of sitemaps only those with news are asked for.
    #[test]
    fn n02_fresh_children_come_newest_first_and_news_before_all() {
        let children = [
            child("posts-1.xml", "2026-11-24T05:00:00Z"),
            child("posts-0.xml", "2019-01-01T00:00:00Z"),
            child("pages.xml", ""),
            child("posts-2.xml", "2026-11-24T05:30:00Z"),
            child("old-news.xml", "2026-11-20T05:30:00Z"),
            child("sitemap-News.xml", ""),
            child("posts-3.xml", "2026-11-22T00:00:00Z"),
        ];
        assert_eq!(
            walk(Walk::new(&url("index.xml"), &children, now())),
            ["/sitemap-News.xml", "/posts-2.xml", "/posts-1.xml", "/posts-3.xml", "/pages.xml"]
        );
    }

    /// Goal: a huge index costs five requests, whatever it names.
    #[test]
    fn n02_requests_are_bounded() {
        for modified in ["", "2026-11-24T05:00:00Z"] {
            let children: Vec<_> =
                (0..50_000).map(|n| child(&format!("{n}.xml"), modified)).collect();
            let walked = walk(Walk::new(&url("index.xml"), &children, now()));
            assert_eq!(walked, ["/0.xml", "/1.xml", "/2.xml", "/3.xml", "/4.xml"]);
        }
    }

    /// Goal: an index of indexes is followed once, and loops are no way to keep us busy.
    #[test]
    fn n02_depth_is_two_and_nothing_is_asked_twice() {
        let index = url("index.xml");
        let mut walk = Walk::new(&index, &[child("index.xml", ""), child("a.xml", "")], now());
        assert_eq!(walk.next_address(), Some(url("a.xml")));
        walk.add(&[child("a.xml", ""), child("index.xml", ""), child("b.xml", "")]);
        assert_eq!(walk.next_address(), Some(url("b.xml")));
        walk.add(&[child("c.xml", "")]);
        assert_eq!(walk.next_address(), None);
    }
}
