//! Pages without feeds: watched with selectors, after a look at what those find.

use crate::support::{FeedServer, Home, Reply};

const PAGE: &str = "<!doctype html><html lang=az><head><meta charset=utf-8><title>Nazirlik</title></head><body>\
    <nav><a href=/>Ana səhifə</a></nav><ul class=news>\
    <li><a href='/news/2'>Yaponiya səfiri Bakıda qəbul keçirdi</a><time datetime='2026-11-24T10:00:00+04:00'>bu gün</time></li>\
    <li><a href='/news/1'>Q&amp;A: yeni yol</a><time>23.11.2026</time></li></ul></body></html>";

fn site() -> FeedServer {
    let site = FeedServer::start();
    site.serve("/az/news", Reply::ok(PAGE).header("content-type", "text/html"));
    site
}

/// Goal: whoever writes selectors sees at once what they find.
#[test]
fn preview_shows_the_first_entries() {
    let site = site();
    let home = Home::with_feeds(&[&site.url("/none")]);
    let discover = |selectors: &str, format: &str| {
        let url = site.url("/az/news");
        let asked = ["feeds", "discover", &url, "--selectors", selectors, "--format", format];
        home.run(&asked)
    };
    let table = discover("item=ul.news > li,date=time", "table");
    assert_eq!(table.code, Some(0), "{}", table.stderr);
    insta::assert_snapshot!(table.stdout.replace(&site.origin(), "http://site"), @"");
    assert!(table.stderr.contains("2 entries found"), "{}", table.stderr);
    let json = discover("item=ul.news > li,date=time", "json");
    insta::assert_snapshot!(json.stdout.replace(&site.origin(), "http://site"), @"");
    let wrong = discover("item=article.card", "table");
    assert_eq!((wrong.code, wrong.stdout.as_str()), (Some(65), ""));
    assert!(wrong.stderr.contains("its layout may have changed"), "{}", wrong.stderr);
    assert!(site.requests("/robots.txt").is_empty());
}

/// Goal: a page is polled like a feed: its links are entries, and a changed layout is an error
/// that says which selector finds nothing.
#[test]
fn page_is_polled_like_a_feed() {
    let site = site();
    let home = Home::new(&format!(
        "[net]\nallow_networks = [\"127.0.0.0/8\"]\n[collect]\nhost_gap = \"0s\"\n[[feed]]\nurl = \"{}\"\nkind = \"page\"\n\
         selectors = {{ item = \"ul.news > li\", date = \"time\" }}\n",
        site.url("/az/news")
    ));
    assert_eq!(home.run_once(&[]).code, Some(0));
    let listed = || home.run(&["feeds", "list", "--format", "json"]).stdout;
    assert!(listed().contains("\"n_entries\":2"), "{}", listed());
    let changed =
        "<!doctype html><html><body><div class=card><a href=/news/3>x</a></div></body></html>";
    site.serve("/az/news", Reply::ok(changed).header("content-type", "text/html"));
    assert_eq!(home.run_once(&["--now"]).code, Some(0));
    assert!(listed().contains("its layout may have changed"), "{}", listed());
}
