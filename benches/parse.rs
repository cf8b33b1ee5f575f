//! Reading a feed: decode, repair, parse.
//!
//! 30 entries in 28 KB are what most of 109 sampled feeds have; 1,000 entries are an archive.
//! `bare` is the parser alone on the same bytes: what reading costs is compared with that.

use std::fmt::Write;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use silkwire::collect::read;

fn main() {
    divan::main();
}

#[divan::bench(args = [30, 1000])]
fn rss(bencher: Bencher<'_, '_>, n_entries: usize) {
    let document = document(n_entries);
    bencher
        .counter(BytesCount::of_str(&document))
        .bench(|| read(black_box(document.as_bytes()), Some("utf-8"), None));
}

#[divan::bench(args = [30, 1000])]
fn bare(bencher: Bencher<'_, '_>, n_entries: usize) {
    let document = document(n_entries);
    bencher
        .counter(BytesCount::of_str(&document))
        .bench(|| feed_rs::parser::parse(black_box(document.as_bytes())));
}

fn document(n_entries: usize) -> String {
    let mut document = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:media=\"http://search.yahoo.com/mrss/\">\n<channel><title>Nachrichten</title>\n\
         <link>https://news.example/</link><language>de</language><ttl>30</ttl>\n",
    );
    for number in 0..n_entries {
        let written = write!(
            document,
            "<item><title>Japans Botschafter lädt in Baku zum Empfang ({number})</title>\n\
             <link>https://news.example/politik/empfang-in-baku-{number}?utm_source=rss</link>\n\
             <guid isPermaLink=\"false\">news-example-{number}</guid>\n\
             <pubDate>Tue, 24 Nov 2026 10:{:02}:00 +0400</pubDate>\n\
             <dc:creator><![CDATA[Redaktion]]></dc:creator><category>Politik</category>\n\
             <media:content url=\"https://news.example/bild-{number}.jpg\" medium=\"image\"/>\n\
             <description><![CDATA[<p>Der Handel zwischen beiden L&auml;ndern ist nach Angaben der \
             Botschaft um fast die H&auml;lfte gewachsen; im Mittelpunkt der Gespr&auml;che \
             standen Energie, Verkehrswege und Partnerschaften zwischen St&auml;dten.</p>\
             <p>An dem Empfang nahmen auch Vertreter der Wirtschaft teil.</p>]]></description>\n\
             </item>\n",
            number % 60
        );
        written.expect("a string takes everything");
    }
    document.push_str("</channel></rss>\n");
    document
}
