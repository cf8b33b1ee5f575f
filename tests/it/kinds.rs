//! Feeds that are no feeds: pages with selectors, news sitemaps, chains of documents.

use std::time::Duration;

use silkwire::model::{Clock, SystemClock};

use crate::newsroom::{Item, Newsroom, SCHOLARS, SIGNED, hours_ago, rss};
use crate::support::Reply;

fn newsroom(tables: &str) -> Newsroom {
    let newsroom = Newsroom::new(&[]);
    let tables = tables.replace("SITE", &newsroom.site.origin());
    newsroom.configure_feeds(&newsroom.desk.url(), &tables);
    newsroom
}

fn titles(newsroom: &Newsroom) -> Vec<String> {
    let mut titles: Vec<String> = newsroom
        .list("matches")
        .iter()
        .map(|view| view["title"].as_str().unwrap().to_owned())
        .collect();
    titles.sort();
    titles
}

fn list(items: &[(&str, &str)]) -> Reply {
    let items: Vec<String> = items
        .iter()
        .map(|(path, title)| {
            let date = hours_ago(1);
            format!(
                "<li class=news><a href=\"{path}\"><h3>{title}</h3></a><time>{date}</time></li>"
            )
        })
        .collect();
    let items = items.concat();
    Reply::ok(format!("<!doctype html><html><body><ul>{items}</ul></body></html>"))
        .header("content-type", "text/html")
}

/// Goal: an embassy without a feed is watched by its page; a new line in it is an alert, an old
/// one is not told twice.
#[test]
fn page_without_a_feed_is_watched() {
    let newsroom = newsroom(
        "[[feed]]\nurl = \"SITE/news\"\nkind = \"page\"\nside = \"JP\"\n\
         selectors = { item = \"li.news\", title = \"h3\", date = \"time\" }\n",
    );
    newsroom.site.serve("/news", list(&[("/1", SIGNED)]));
    newsroom.once(&[]);
    newsroom.site.serve("/news", list(&[("/2", SCHOLARS), ("/1", SIGNED)]));
    newsroom.once(&["--now"]);
    newsroom.once(&["--now"]);
    assert_eq!(titles(&newsroom), [SCHOLARS, SIGNED]);
    assert_eq!(newsroom.desk.requests().len(), 2);
    assert_eq!(newsroom.site.requests("/robots.txt").len(), 3, "once for each run");
}

/// Goal: when a page's layout changes, the feed says so instead of falling silent.
#[test]
fn changed_layout_is_said() {
    let newsroom = newsroom(
        "[[feed]]\nurl = \"SITE/news\"\nkind = \"page\"\nselectors = { item = \"li.news\" }\n",
    );
    newsroom.site.serve("/news", Reply::ok("<html><body><p>New design</p></body></html>"));
    newsroom.once(&[]);
    let error = newsroom.list("feeds")[0]["error"].as_str().unwrap().to_owned();
    assert!(error.contains("li.news") && error.contains("layout"), "{error}");
}

/// Goal: a page that robots may not read is not watched, and the status says why.
#[test]
fn pages_obey_robots() {
    let newsroom = newsroom(
        "[[feed]]\nurl = \"SITE/news\"\nkind = \"page\"\nselectors = { item = \"li.news\" }\n",
    );
    newsroom.site.serve("/news", list(&[("/1", SIGNED)]));
    newsroom.site.serve("/robots.txt", Reply::ok("User-agent: *\nDisallow: /news\n"));
    newsroom.once(&[]);
    assert!(newsroom.site.requests("/news").is_empty());
    let error = newsroom.list("feeds")[0]["error"].as_str().unwrap().to_owned();
    assert!(error.contains("robots.txt forbids it"), "{error}");
}

/// Goal: feeds that a person chose are polled whatever robots.txt says, until the operator
/// decides otherwise.
#[test]
fn feeds_obey_robots_when_told_to() {
    let newsroom = Newsroom::new(&["/feed"]);
    let item = Item { path: "/1", title: SIGNED, age_hours: Some(1) };
    newsroom.site.serve("/feed", rss(&newsroom.site.origin(), &[item]));
    newsroom.site.serve("/robots.txt", Reply::ok("User-agent: *\nDisallow: /\n"));
    newsroom.once(&[]);
    assert_eq!(titles(&newsroom), [SIGNED]);
    let feed = newsroom.site.url("/feed");
    newsroom.home.write(
        "silkwire.toml",
        &format!(
            "feeds_files = []\n[net]\nallow_networks = [\"127.0.0.0/8\"]\n[collect]\n\
             feeds_ignore_robots = false\nhost_gap = \"0s\"\n[[feed]]\nurl = \"{feed}\"\n"
        ),
    );
    newsroom.once(&["--now"]);
    assert_eq!(newsroom.site.requests("/feed").len(), 1);
}

fn news_sitemap(origin: &str, path: &str, title: &str) -> Reply {
    let date = SystemClock.now().minus(Duration::from_hours(1));
    Reply::ok(format!(
        "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
         xmlns:n=\"http://www.google.com/schemas/sitemap-news/0.9\"><url><loc>{origin}{path}</loc>\
         <n:news><n:publication><n:name>Asa</n:name><n:language>en</n:language></n:publication>\
         <n:publication_date>{date}</n:publication_date><n:title>{title}</n:title></n:news>\
         </url></urlset>"
    ))
    .header("content-type", "application/xml")
}

/// Goal: a newspaper without a feed is watched by its news sitemaps; what leaves them after two
/// days is not told again when it comes back.
#[test]
fn n02_n03_index_of_news_sitemaps_is_followed() {
    let newsroom = newsroom("[[feed]]\nurl = \"SITE/index.xml\"\nkind = \"sitemap\"\n");
    let origin = newsroom.site.origin();
    let index = format!(
        "<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\
         <sitemap><loc>{origin}/news-1.xml</loc></sitemap>\
         <sitemap><loc>{origin}/old.xml</loc><lastmod>2020-01-01</lastmod></sitemap>\
         </sitemapindex>"
    );
    newsroom.site.serve("/index.xml", Reply::ok(index).header("etag", "\"1\""));
    newsroom.site.serve("/news-1.xml", news_sitemap(&origin, "/1", SIGNED));
    newsroom.once(&[]);
    assert_eq!(titles(&newsroom), [SIGNED]);
    assert!(newsroom.site.requests("/old.xml").is_empty());
    newsroom.site.serve("/index.xml", Reply::ok(newsroom_index(&origin)).header("etag", "\"2\""));
    newsroom.site.serve("/news-1.xml", news_sitemap(&origin, "/2", SCHOLARS));
    newsroom.once(&["--now"]);
    assert_eq!(titles(&newsroom), [SCHOLARS, SIGNED]);
    newsroom.site.serve("/index.xml", Reply::ok(newsroom_index(&origin)).header("etag", "\"3\""));
    newsroom.site.serve("/news-1.xml", news_sitemap(&origin, "/1", SIGNED));
    newsroom.once(&["--now"]);
    assert_eq!(newsroom.desk.requests().len(), 2);
}

fn newsroom_index(origin: &str) -> String {
    format!("<sitemapindex><sitemap><loc>{origin}/news-1.xml</loc></sitemap></sitemapindex>")
}

/// Goal: while a part of an index cannot be had, nobody tells us that nothing has changed.
#[test]
fn missing_sitemap_is_asked_for_again() {
    let newsroom = newsroom("[[feed]]\nurl = \"SITE/index.xml\"\nkind = \"sitemap\"\n");
    let origin = newsroom.site.origin();
    let index = Reply::ok(newsroom_index(&origin)).header("etag", "\"1\"");
    newsroom.site.serve("/index.xml", index);
    newsroom.site.serve("/news-1.xml", Reply::status(500));
    newsroom.once(&[]);
    newsroom.site.serve("/news-1.xml", news_sitemap(&origin, "/1", SIGNED));
    newsroom.once(&["--now"]);
    assert_eq!(titles(&newsroom), [SIGNED]);
}

fn chained(origin: &str, path: &str, title: &str, older: &str) -> Reply {
    let date = SystemClock.now();
    let older = if older.is_empty() {
        String::new()
    } else {
        format!("<link rel=\"prev-archive\" href=\"{origin}{older}\"/>")
    };
    Reply::ok(format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>A</title>{older}<entry>\
         <id>{origin}{path}</id><title>{title}</title><link href=\"{origin}{path}\"/>\
         <updated>{date}</updated></entry></feed>"
    ))
}

/// Goal: what a feed pushed out while we were away is found in its archive, and its absence
/// harms nobody.
#[test]
fn d03_d05_gap_is_filled_from_the_archive() {
    let newsroom = newsroom("[[feed]]\nurl = \"SITE/feed\"\n");
    let origin = newsroom.site.origin();
    newsroom.site.serve("/feed", chained(&origin, "/1", "First post", ""));
    newsroom.once(&[]);
    newsroom.site.serve("/feed", chained(&origin, "/3", SIGNED, "/archive"));
    newsroom.site.serve("/archive", chained(&origin, "/2", SCHOLARS, "/lost"));
    newsroom.once(&["--now"]);
    assert_eq!(titles(&newsroom), [SCHOLARS, SIGNED]);
    let feed = &newsroom.list("feeds")[0];
    assert_eq!((feed["state"].as_str(), feed["error"].as_str()), (Some("ok"), None));
    newsroom.once(&["--now"]);
    assert_eq!(newsroom.site.requests("/archive").len(), 1, "known entries end the walk");
}
