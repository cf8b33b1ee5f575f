//! Sites without feeds, heard through their sitemaps.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use silkwire::collect::sitemap::Walk;
use silkwire::collect::{Config, FeedDocument, Fetcher, Hosts, ReadError, Web, read};
use silkwire::model::{Feed, FeedKind, FixedClock, Timestamp};
use silkwire::net::{self, Client};
use url::Url;

use crate::support::{FeedServer, Reply};

fn now() -> Timestamp {
    "2026-11-24T06:00:00Z".parse().unwrap()
}

fn news(title: &str) -> String {
    format!(
        "<?xml version='1.0' encoding='UTF-8'?>\
         <urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' \
         xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'><url>\
         <loc>https://example.az/1</loc><n:news><n:publication><n:name>Azərtac</n:name>\
         <n:language>az</n:language></n:publication><n:publication_date>2026-11-24\
         </n:publication_date><n:title>{title}</n:title></n:news></url></urlset>"
    )
}

fn titles(document: FeedDocument) -> Vec<String> {
    document.entries.into_iter().map(|entry| entry.title).collect()
}

/// Goal: a news sitemap is read wherever a feed is, in the encodings that publishers use.
#[test]
fn n01_news_sitemaps_are_read_like_feeds() {
    let text = news("Yaponiya səfiri");
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for bytes in [text.as_bytes(), &utf16, format!("\u{feff}\n\n{text}").as_bytes()] {
        let document = read(bytes, None, None).unwrap();
        assert_eq!(document.title.as_deref(), Some("Azərtac"));
        assert_eq!(titles(document), ["Yaponiya səfiri"]);
    }
    let empty = read(b"<urlset></urlset>", None, None).unwrap();
    assert_eq!(titles(empty), Vec::<String>::new());
    assert_eq!(read(b"<url><loc>https://e.org</loc></url>", None, None), Err(ReadError::NotAFeed));
}

/// Goal: of a site's packed sitemaps those with news are found and read, the others left alone.
#[tokio::test]
async fn n02_index_leads_to_packed_news() {
    let site = FeedServer::start();
    let index = format!(
        "<sitemapindex><sitemap><loc>{0}/old.xml</loc><lastmod>2020-01-01</lastmod></sitemap>\
         <sitemap><loc>{0}/news.xml.gz</loc><lastmod>2026-11-24</lastmod></sitemap>\
         <sitemap><loc>{0}/sitemap.xml</loc></sitemap></sitemapindex>",
        site.origin()
    );
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(news("Bakıda görüş").as_bytes()).unwrap();
    site.serve("/sitemap.xml", Reply::ok(index));
    site.serve("/news.xml.gz", Reply::ok(packer.finish().unwrap()));
    let config = Config { host_gap: Duration::ZERO, ..Config::default() };
    let allow_networks = vec!["127.0.0.0/8".parse().unwrap()];
    let client =
        Client::new(&net::Config { allow_networks, ..net::Config::default() }, &[]).unwrap();
    let clock = Arc::new(FixedClock(now()));
    let web = Web::new(&config, client, Hosts::new(&config), clock.clone());
    let fetcher = Fetcher::new(&config, web, HashMap::new(), clock);
    let address: Url = site.url("/sitemap.xml").parse().unwrap();
    let feed = Feed { kind: FeedKind::Sitemap, ..Feed::at(address.clone()) };

    let document = fetcher.fetch_part(&feed, &address).await.unwrap().read().unwrap();
    let mut walk = Walk::new(&address, &document.children, now());
    let mut found = Vec::new();
    while let Some(next) = walk.next_address() {
        let part = fetcher.fetch_part(&feed, &next).await.unwrap().read().unwrap();
        walk.add(&part.children);
        found.extend(titles(part));
    }
    assert_eq!(found, ["Bakıda görüş"]);
    assert_eq!(site.requests("/old.xml").len(), 0);
    assert_eq!(site.requests("/sitemap.xml").len(), 1);
}
