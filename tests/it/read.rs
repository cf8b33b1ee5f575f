//! Documents as publishers and attackers write them, through decoding, repair and parser.

use proptest::prelude::*;
use silkwire::collect::{FeedDocument, ReadError, read};
use silkwire::model::Entry;
use url::Url;

fn base() -> Url {
    "https://example.org/news/feed.xml".parse().unwrap()
}

/// Reads on a stack of the size that tokio's blocking threads have.
fn read_here(text: &str) -> Result<FeedDocument, ReadError> {
    let bytes = text.as_bytes().to_vec();
    let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
    thread.spawn(move || read(&bytes, None, Some(&base()))).unwrap().join().unwrap()
}

fn titles(text: &str) -> Vec<String> {
    read_here(text).unwrap().entries.into_iter().map(|entry| entry.title).collect()
}

fn rss(item: &str) -> String {
    format!(
        "<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/' \
         xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' \
         xmlns:m='http://search.yahoo.com/mrss/'><channel><title>T</title>\
         <item><title>A</title>{item}</item></channel></rss>"
    )
}

fn entry(title: &str, guid: &str, link: &str) -> Entry {
    Entry {
        guid: Some(guid.to_owned()),
        link: Some(link.to_owned()),
        title: title.to_owned(),
        summary: "Der Botschafter".to_owned(),
        content: "<p>Empfang in Baku</p>".to_owned(),
        published: Some("2026-11-24T06:00:00Z".parse().unwrap()),
        language: Some("de".parse().unwrap()),
    }
}

/// Goal: the same article arrives the same way in all four formats.
#[test]
fn four_formats_say_the_same() {
    let documents = [
        "<?xml version='1.0' encoding='UTF-8'?><rss version='2.0' \
         xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>T</title>\
         <language>de-AT</language><ttl>180</ttl><item><title>Baku</title><guid>1</guid>\
         <link>/a</link><description>Der Botschafter</description>\
         <content:encoded><![CDATA[<p>Empfang in Baku</p>]]></content:encoded>\
         <pubDate>Tue, 24 Nov 2026 10:00:00 +0400</pubDate></item></channel></rss>",
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' \
         xmlns='http://purl.org/rss/1.0/' xmlns:dc='http://purl.org/dc/elements/1.1/' \
         xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>T</title>\
         <dc:language>de</dc:language></channel><item rdf:about='1'><title>Baku</title>\
         <link>https://example.org/a</link><description>Der Botschafter</description>\
         <content:encoded>&lt;p>Empfang in Baku&lt;/p></content:encoded>\
         <dc:date>2026-11-24T15:00:00+09:00</dc:date></item></rdf:RDF>",
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='de'><title>T</title><entry>\
         <title>Baku</title><id>1</id><link rel='self' href='/self'/><link href='../a'/>\
         <summary>Der Botschafter</summary><content type='xhtml'><p>Empfang in Baku</p></content>\
         <published>2026-11-24T06:00:00Z</published><updated>2026-11-25T06:00:00Z</updated>\
         </entry></feed>",
        "{\"version\": \"http://jsonfeed.org/version/1\", \"language\": \"de\", \"items\": [{\
         \"id\": 1, \"url\": \"https://example.org/a\", \"title\": \"Ba\\u0000ku\", \
         \"summary\": \"Der Botschafter\", \"content_html\": \"<p>Empfang in Baku</p>\", \
         \"date_published\": \"2026-11-24T06:00:00Z\", \"tags\": [1], \"attachments\": 5}]}",
    ];
    for document in documents {
        let read = read_here(document).unwrap();
        assert_eq!(read.entries, [entry("Baku", "1", "https://example.org/a")], "{document}");
        assert_eq!(read.language.unwrap().as_str(), "de");
    }
    let hint = read_here(documents[0]).unwrap().hint;
    assert_eq!(hint, Some(std::time::Duration::from_hours(3)));
}

/// Goal: the inputs that overflow the parser's stack cannot end the process.
/// Method: nesting that kills feed-rs 3.0.0 at 1,000 and 3,000 levels, by prefix, by another
/// prefix, by default namespace and not closed at all.
#[test]
fn endless_nesting_ends_as_an_entry() {
    for (open, close) in [
        ("<media:group>", "</media:group>"),
        ("<m:group>", "</m:group>"),
        ("<group xmlns='http://search.yahoo.com/mrss/'>", "</group>"),
        ("<itunes:category text='a'>", "</itunes:category>"),
        ("<item>", "</item>"),
        ("<description>", "</description>"),
    ] {
        for n_levels in [900, 1_100, 3_500, 15_000] {
            let nested = format!("{}{}", open.repeat(n_levels), close.repeat(n_levels));
            assert_eq!(titles(&rss(&nested))[0], "A", "{open} {n_levels}");
            read_here(&rss(&open.repeat(n_levels))).unwrap();
        }
    }
    let nested = "<media:group>".repeat(100_000) + &"</media:group>".repeat(100_000);
    assert_eq!(titles(&rss(&nested)), ["A"]);
    let lists =
        format!("{{\"version\":\"https://jsonfeed.org/version/1\",\"x\":{}", "[".repeat(200_000));
    assert!(matches!(read_here(&lists), Err(ReadError::Broken { .. })));
}

/// Goal: ordinary Japanese author fields and other inputs that make the parser panic are read.
/// Method: the four panic classes of feed-rs 3.0.0.
#[test]
fn inputs_that_make_the_parser_panic_are_read() {
    for item in [
        "<author>（編集部）news@example.jp　編集長</author>",
        "<dc:creator>編集部　news@example.jp　</dc:creator>",
        "<media:content url='https://e.example/v' duration='99999999999999999999999'/>",
        "<?xml version='1.0' encoding='shift_jis'?>",
        "<itunes:duration>99999999999999999999:00:00</itunes:duration>",
    ] {
        assert_eq!(titles(&rss(item)), ["A"], "{item}");
    }
    let marked: Vec<u8> = [0xfe, 0xff]
        .into_iter()
        .chain(
            format!("<?xml version='1.0' encoding='UTF-16'?>{}", rss(""))
                .encode_utf16()
                .flat_map(u16::to_be_bytes),
        )
        .collect();
    assert_eq!(read(&marked, None, None).unwrap().entries[0].title, "A");
}

/// Goal: entity bombs cost nothing and reveal nothing.
#[test]
fn declared_entities_are_not_expanded() {
    let bomb = "<!DOCTYPE rss [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>\
        <!ENTITY f SYSTEM 'file:///etc/passwd'>]>";
    let document = format!("{bomb}{}", rss("<description>&b;&f;</description>"));
    assert_eq!(read_here(&document).unwrap().entries[0].summary, "&b;&f;");
}

/// Goal: what people read about a feed that is none says what to look at.
#[test]
fn errors_are_readable() {
    let errors =
        ["<html><body>Just a moment…</body></html>", "{\"a\": 1}", "{\"items\": [", "hello"]
            .map(|text| read_here(text).unwrap_err().to_string());
    insta::assert_snapshot!(errors.join("\n"), @r"
    a web page instead of a feed
    not a feed
    broken feed: EOF while parsing a list at line 1 column 11
    not a feed
    ");
}

/// Goal: entries without address keep what they have, and odd addresses are none.
#[test]
fn links_are_web_addresses_or_nothing() {
    let link = |item: &str| read_here(&rss(item)).unwrap().entries.remove(0).link;
    assert_eq!(link("<guid>https://example.org/g</guid>").unwrap(), "https://example.org/g");
    assert_eq!(
        link("<link>?id=1&amp;x=ä</link>").unwrap(),
        "https://example.org/news/feed.xml?id=1&x=%C3%A4"
    );
    let about =
        "<rdf:RDF><item rdf:about='https://example.org/g'><title>A</title></item></rdf:RDF>";
    assert_eq!(read_here(about).unwrap().entries[0].link.as_deref(), Some("https://example.org/g"));
    assert_eq!(link("<link>javascript:alert(1)</link>"), None);
    assert_eq!(link("<guid isPermaLink='false'>tag:example.org,2026:1</guid>"), None);
}

proptest! {
    /// Goal: no bytes from outside can stop the service.
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read(&bytes, None, None).ok();
    }

    /// Goal: neither can a feed that was damaged anywhere.
    /// Method: pieces of feeds in any order, with bytes overwritten.
    #[test]
    fn damaged_feeds_are_survived(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut bytes = pieces.concat().into_bytes();
        for (at, byte) in damage {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        read(&bytes, Some("windows-1251"), Some(&base())).ok();
        read(&[b"<rss><item>".as_slice(), &bytes].concat(), None, Some(&base())).ok();
    }
}

const PIECES: &[&str] = &[
    "<rss version='2.0'>",
    "</rss>",
    "<channel>",
    "</channel>",
    "<item>",
    "</item>",
    "<title>",
    "</title>",
    "<link>",
    "</link>",
    "<feed xmlns='http://www.w3.org/2005/Atom'>",
    "</feed>",
    "<entry>",
    "</entry>",
    "<content type='xhtml'>",
    "</content>",
    "<link href='/a'/>",
    "<media:group>",
    "</media:group>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<!DOCTYPE a [",
    "]>",
    "<?xml version='1.0' encoding='utf-16'?>",
    "&amp;",
    "&",
    "&#x0;",
    "<",
    ">",
    "'",
    "\"",
    "=",
    "<a b='",
    "日本",
    "\u{fffe}",
    "<pubDate>24 Nov 2026",
    "</pubDate>",
    "xmlns:a='b'",
    "/",
    "<guid>1</guid>",
    "<category>",
    "<rdf:RDF>",
    "{\"version\":",
    "[",
    "<dc:date>",
    "\u{0}",
    "xml:base='http://['",
    "<entry xml:base='http://['>",
];
