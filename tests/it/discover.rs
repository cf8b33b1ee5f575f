//! `feeds discover`, and what a page is worth that was given for a feed.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use silkwire::collect::FetchError;
use silkwire::collect::discover::{Ask, Asked, DiscoverError, discover};
use silkwire::net::Headers;
use url::Url;

use crate::support::{FeedServer, Finished, Home, Reply};

const CONFIGURATION: &str = "[net]\nallow_networks = [\"127.0.0.0/8\"]\n\
    [collect]\nhost_gap = \"0s\"\n[[feed]]\nurl = \"http://127.0.0.1:1/none\"\n";

/// A feed whose only entry has this title and day.
fn rss(title: &str, entry: &str, day: &str) -> String {
    format!(
        "<rss version='2.0'><channel><title>{title}</title><item><title>{entry}</title>\
         <link>https://news.example/{day}</link><pubDate>{day}</pubDate></item></channel></rss>"
    )
}

/// A site in memory: paths and what stands there.
struct Site {
    pages: HashMap<String, (u16, String)>,
    asked: Mutex<Vec<String>>,
}

impl Site {
    fn of(pages: &[(&str, u16, &str)]) -> Self {
        let page = |(path, status, body): &(&str, u16, &str)| {
            ((*path).to_owned(), (*status, (*body).to_owned()))
        };
        Self { pages: pages.iter().map(page).collect(), asked: Mutex::default() }
    }

    async fn discover(&self) -> Result<Vec<String>, DiscoverError> {
        let found = discover(self, &"https://news.example/".parse().unwrap()).await?;
        Ok(found.into_iter().map(|it| it.url.path().to_owned()).collect())
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl Ask for Site {
    async fn ask(&self, url: &Url) -> Result<Asked, FetchError> {
        self.asked.lock().unwrap().push(url.path().to_owned());
        let missing = (404, String::new());
        let (status, body) = self.pages.get(url.path()).unwrap_or(&missing);
        let headers = Headers::default();
        Ok(Asked { status: *status, url: url.clone(), headers, body: body.clone().into_bytes() })
    }
}

fn run(home: &Home, arguments: &[&str]) -> Finished {
    home.run(&[&["feeds", "discover"], arguments].concat())
}

/// Goal: somebody who knows only a site's address gets a list to choose from, best first.
#[test]
fn d02_feeds_of_a_site_are_listed_best_first() {
    let site = FeedServer::start();
    let page = "<!doctype html><html><head><title>News</title>\
        <link rel=alternate type='application/rss+xml' title='Comments' href='/comments/feed'>\
        <link rel=alternate type='application/rss+xml' title='Sport' href='/category/sport/feed'>\
        <link rel=alternate type='application/rss+xml' href='/gone'>\
        <link rel=alternate type='application/rss+xml' href='/az.xml'>\
        <link rel=alternate type='application/feed+json' title='Japanese' href='/ja.json'></head></html>";
    let az =
        rss("Xəbər", "Yaponiya səfiri Bakıda qəbul keçirdi", "Tue, 24 Nov 2026 10:00:00 +0400");
    let sport = rss(
        "Sport",
        "Knappe Niederlage am Abend für die Mannschaft",
        "Mon, 23 Nov 2026 08:00:00 GMT",
    );
    let comments = rss("Comments", "Great news, thank you", "Tue, 24 Nov 2026 11:00:00 GMT");
    let ja = "{\"version\": \"https://jsonfeed.org/version/1.1\", \"title\": \"みなと\", \"items\": [{\"id\": \"1\", \
        \"url\": \"https://news.example/1\", \"title\": \"バクーで日本語弁論大会\", \"date_published\": \"2026-11-24T19:00:00+09:00\"}]}";
    site.serve("/", Reply::ok(page).header("content-type", "text/html"));
    site.serve("/az.xml", Reply::ok(az));
    site.serve("/ja.json", Reply::ok(ja));
    site.serve("/category/sport/feed", Reply::ok(sport));
    site.serve("/comments/feed", Reply::ok(comments));
    let home = Home::new(CONFIGURATION);
    let finished = run(&home, &[&site.url("/")]);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    insta::assert_snapshot!(finished.stdout.replace(&site.origin(), "http://site"), @r#"
    EXTENT    FORMAT  LANGUAGE  LAST POST             ENTRIES  FEED
    main      rss     az        2026-11-24T06:00:00Z  1        Xəbər http://site/az.xml
    main      json    ja        2026-11-24T10:00:00Z  1        みなと http://site/ja.json
    part      rss     de        2026-11-23T08:00:00Z  1        Sport http://site/category/sport/feed
    comments  rss     en        2026-11-24T11:00:00Z  1        Comments http://site/comments/feed
    "#);
    let json = run(&home, &[&site.url("/"), "--format", "json"]).stdout;
    let first = json.lines().next().unwrap().replace(&site.origin(), "http://site");
    insta::assert_snapshot!(first, @r#"{"url":"http://site/az.xml","title":"Xəbər","language":"az","last_post":"2026-11-24T06:00:00Z","n_entries":1,"format":"rss","extent":"main"}"#);
    assert_eq!(site.requests("/robots.txt").len(), 2);
    assert!(site.requests("/rss.xml").is_empty(), "a page that names its feeds is believed");
}

/// Goal: a feed's own address is that feed, and nothing else is asked.
#[tokio::test]
async fn d01_feed_is_itself() {
    let feed = rss("A", "Baku", "Tue, 24 Nov 2026 10:00:00 GMT");
    let site = Site::of(&[("/", 200, &feed)]);
    assert_eq!(site.discover().await.unwrap(), ["/"]);
    assert_eq!(site.asked(), ["/"]);
}

/// Goal: a site that hides its feed is searched at the usual addresses, politely.
#[tokio::test]
async fn d01_usual_addresses_are_tried_where_the_site_allows_it() {
    let feed = rss("A", "Baku", "Tue, 24 Nov 2026 10:00:00 GMT");
    let page = "<html><title>x</title><p>no feeds named</p></html>";
    let rules = "User-agent: *\nDisallow: /rss\n";
    let site =
        Site::of(&[("/", 200, page), ("/robots.txt", 200, rules), ("/atom.xml", 200, &feed)]);
    assert_eq!(site.discover().await.unwrap(), ["/atom.xml"]);
    assert_eq!(site.asked(), ["/", "/robots.txt", "/feed", "/atom.xml"]);

    let nothing = Site::of(&[("/", 200, page)]);
    let error = nothing.discover().await.unwrap_err();
    assert_eq!(nothing.asked().len(), 8, "{:?}", nothing.asked());
    insta::assert_snapshot!(error, @r#"no feed found: the page names 0, and 6 addresses were asked in vain; a page can be watched without one: kind = "page" with selectors"#);

    // A site whose rules cannot be read is left alone (RFC 9309, 2.3.1.4).
    let closed = Site::of(&[("/", 200, page), ("/robots.txt", 503, ""), ("/feed", 200, &feed)]);
    closed.discover().await.unwrap_err();
    assert_eq!(closed.asked(), ["/", "/robots.txt"]);
}

/// Goal: news sitemaps are offered where they are named, behind the feeds.
#[tokio::test]
async fn d02_news_sitemaps_stand_behind_feeds() {
    let page = "<link rel=alternate type='application/rss+xml' href='/feed.xml'>";
    let feed = rss("A", "Baku", "Tue, 24 Nov 2026 10:00:00 GMT");
    let rules = "Sitemap: https://news.example/sitemap.xml\nSitemap: https://news.example/news-sitemap.xml\n";
    let sitemap = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' \
        xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'><url><loc>https://news.example/a</loc><n:news>\
        <n:publication><n:name>A</n:name><n:language>az</n:language></n:publication>\
        <n:publication_date>2026-11-24</n:publication_date><n:title>Yaponiya</n:title></n:news></url></urlset>";
    let site = Site::of(&[
        ("/", 200, page),
        ("/robots.txt", 200, rules),
        ("/feed.xml", 200, &feed),
        ("/news-sitemap.xml", 200, sitemap),
    ]);
    assert_eq!(site.discover().await.unwrap(), ["/feed.xml", "/news-sitemap.xml"]);
    assert!(!site.asked().contains(&"/sitemap.xml".to_owned()));
}

/// Goal: a page of a thousand feeds costs ten requests, and a feed that was left behind is last.
#[tokio::test]
async fn d02_requests_are_bounded_and_old_feeds_come_later() {
    let links: Vec<String> = (0..1_000)
        .map(|n| format!("<link rel=alternate type='application/rss+xml' href='/{n}'>"))
        .collect();
    let links = links.concat();
    let old = rss("Old", "Baku", "Tue, 24 Nov 2020 10:00:00 GMT");
    let new = rss("New", "Baku", "Tue, 24 Nov 2026 10:00:00 GMT");
    let site = Site::of(&[("/", 200, &links), ("/0", 200, &old), ("/5", 200, &new)]);
    assert_eq!(site.discover().await.unwrap(), ["/5", "/0"]);
    assert_eq!(site.asked().len(), 12, "{:?}", site.asked());
}

/// Goal: a page that sends browsers elsewhere is read as what it is: we follow no script.
#[tokio::test]
async fn e24_refresh_and_scripts_are_not_followed() {
    let page = "<html><head><meta http-equiv=refresh content='0; url=/elsewhere'>\
        <script>location.href = '/elsewhere'</script>\
        <link rel=alternate type='application/atom+xml' href='/atom'></head></html>";
    let feed = rss("A", "Baku", "Tue, 24 Nov 2026 10:00:00 GMT");
    let site = Site::of(&[("/", 200, page), ("/atom", 200, &feed), ("/elsewhere", 200, &feed)]);
    assert_eq!(site.discover().await.unwrap(), ["/atom"]);
    assert_eq!(site.asked(), ["/", "/robots.txt", "/atom"]);
}

/// Goal: a page in place of a feed costs one request, is an error, and the error says what to
/// take instead.
#[test]
fn e24_page_for_a_feed_offers_what_it_names() {
    let site = FeedServer::start();
    let page = "<!doctype html><html><head><meta http-equiv=refresh content='0; url=/elsewhere'>\
        <link rel=alternate type='application/rss+xml' href='/real.xml'></head><body>Hello</body></html>";
    site.serve("/feed", Reply::ok(page).header("content-type", "text/html"));
    let home = Home::with_feeds(&[&site.url("/feed")]);
    assert_eq!(home.run_once(&[]).code, Some(0));
    let listed = home.run(&["feeds", "list", "--format", "json"]).stdout;
    assert!(listed.contains(&site.url("/real.xml")), "{listed}");
    assert_eq!(site.requests("/feed").len(), 1);
    assert!(site.requests("/elsewhere").is_empty() && site.requests("/real.xml").is_empty());
}

/// Goal: an address that does not answer is said to be so.
#[test]
fn unreachable_site_is_named() {
    let site = FeedServer::start();
    let home = Home::new(CONFIGURATION);
    let finished = run(&home, &[&site.url("/none")]);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(69), ""));
    assert!(finished.stderr.contains("nothing at this address (HTTP 404)"), "{}", finished.stderr);
}
