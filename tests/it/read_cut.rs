//! Documents that were cut off, lost their frame, or are no feeds.

use silkwire::collect::{ReadError, read, read_text};

fn titles(text: &str) -> Vec<String> {
    read_text(text, None).unwrap().entries.into_iter().map(|entry| entry.title).collect()
}

const ITEM: &str = "<item><title>A</title><link>https://example.org/a</link></item>";

/// Goal: a cut document gives its complete entries, and no half ones.
#[test]
fn cut_entry_is_left_out() {
    let cuts = [
        "<item><title>B</ti",
        "<item><link>http://e",
        "<item><title>B</title>",
        "<ite",
        "<item><title><![CDATA[B",
        "<item><title>B</title><!-- x",
        "<item><a b='",
    ];
    for cut in cuts {
        assert_eq!(titles(&format!("<rss><channel>{ITEM}{cut}")), ["A"], "{cut}");
        let error = read_text(&format!("<rss><channel>{cut}"), None);
        assert!(!error.is_ok_and(|read| !read.entries.is_empty()), "{cut}");
    }
    let many = ITEM.repeat(1_000);
    assert_eq!(titles(&format!("<rss><channel>{many}<item><title>B")).len(), 1_000);
}

/// Goal: articles are saved from a document whose frame is lost, and we say that it was so.
#[test]
fn items_without_a_feed_are_salvaged() {
    for document in [
        format!("itle></b><b>x</b>{ITEM}</channel></rss>"),
        format!("<rs version='2.0'><chanel>{ITEM}</chanel></rs>"),
        format!(
            "<rss><channel><x:y xmlns:x='z'>{}</x:y></channel></rss>",
            ITEM.replace("item", "x:item")
        ),
    ] {
        let read = read_text(&document, None);
        let read = read.unwrap_or_else(|error| panic!("{error}: {document}"));
        assert!(read.is_salvaged, "{document}");
        assert_eq!(read.entries.len(), 1, "{document}");
        assert_eq!(read.entries[0].link.as_deref(), Some("https://example.org/a"), "{document}");
    }
    let whole = read_text(&format!("<rss><channel>{ITEM}</channel></rss>"), None).unwrap();
    assert!(!whole.is_salvaged);
    let empty = read_text("<rss><channel><title>T</title></channel></rss>", None).unwrap();
    assert_eq!((empty.entries.len(), empty.is_salvaged), (0, false));
}

/// Goal: the status page says whether the address is wrong or the feed is, and no page becomes
/// articles.
#[test]
fn pages_and_other_texts_are_no_feeds() {
    for page in [
        "<!doctype html><html><p>Checking your browser".to_owned(),
        "<html><script>parse('<rss><channel>')</script>".to_owned(),
        format!("<!DOCTYPE html><head><title>404</title></head><body>{ITEM}</body>"),
        format!("<HTML>{ITEM}</HTML>"),
    ] {
        assert_eq!(read_text(&page, None), Err(ReadError::WebPage), "{page}");
    }
    for text in [
        "plain < text",
        "",
        "<h1>502 Bad Gateway</h1>",
        "<urlset><url/></urlset>",
        "<a><item/></a>",
    ] {
        assert_eq!(read_text(text, None), Err(ReadError::NotAFeed), "{text}");
    }
}

/// Goal: UTF-32 and a wrong declaration of Latin-1 arrive as they were written.
#[test]
fn rare_encodings_are_read() {
    let document = format!(
        "<?xml version='1.0' encoding='UTF-32'?><rss>{}</rss>",
        ITEM.replace('A', "Bakı 日本")
    );
    let little = document.chars().flat_map(|it| u32::from(it).to_le_bytes());
    let big = document.chars().flat_map(|it| u32::from(it).to_be_bytes());
    let marked = [0, 0, 0xfe, 0xff].into_iter().chain(big.clone());
    for bytes in [little.collect::<Vec<u8>>(), big.collect(), marked.collect()] {
        assert_eq!(read(&bytes, Some("utf-8"), None).unwrap().entries[0].title, "Bakı 日本");
    }
    let lie = document.replace("UTF-32", "iso-8859-1");
    assert_eq!(
        read(lie.as_bytes(), Some("iso-8859-1"), None).unwrap().entries[0].title,
        "Bakı 日本"
    );
}

/// Goal: a document that breaks off before its first entry is a failure, and no empty feed whose
/// validators would hide the entries; a feed that has none is well.
#[test]
fn cut_without_entries_is_no_empty_feed() {
    let read = |text: &str| read_text(text, None);
    for cut in [
        "<rss><channel><title>broken",
        "<rss><channel></rss></channel><item",
        "<rss version='2.0'><channel><title>A</title>",
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>A</title><entry><title>B",
    ] {
        assert!(matches!(read(cut), Err(ReadError::Broken { .. })), "{cut}");
    }
    for empty in [
        "<rss><channel><title>A</title></channel></rss>",
        "<rss><channel><title>A</title></channel></rss><!-- made by a tool -->",
        "<feed xmlns='http://www.w3.org/2005/Atom'/>",
        "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:title>A</a:title></a:feed>",
        "<rdf:RDF><channel/></rdf:RDF>",
        "<RSS><CHANNEL></CHANNEL></RSS>",
    ] {
        assert_eq!(read(empty).map(|document| document.entries.len()), Ok(0), "{empty}");
    }
}
