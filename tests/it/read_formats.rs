//! Feeds of any format and any version, by any name.

use silkwire::collect::read_text;
use silkwire::model::Entry;
use silkwire::understand::text::plain;

fn entries(document: &str) -> Vec<Entry> {
    let base = "https://example.org/news/feed".parse().unwrap();
    match read_text(document, Some(&base)) {
        Ok(document) => document.entries,
        Err(error) => panic!("{error}: {document}"),
    }
}

/// Goal: a feed is read by what it means, not by how it spells its format.
#[test]
fn formats_are_known_by_any_name() {
    let item = "<item><title>A</title><link>/a</link></item>";
    let entry = "<entry><title>A</title><link href='/a'/></entry>";
    let mut documents = vec![
        format!("<rss>{item}</rss>"),
        format!("<rss version='2.00'>{item}</rss>"),
        format!("<RSS VERSION='0.94'><CHANNEL></CHANNEL>{}</RSS>", item.replace("item", "ITEM")),
        format!(
            "PHP <b>Warning</b>: x<br />\n<?xml version='1.0'?><!DOCTYPE rss><rss>{item}</rss>"
        ),
        format!("{}<rss>{item}</rss>", " ".repeat(9_000)),
        format!("<rss>{item}</rss> <!-- cached --> <p>junk</p>"),
        format!("<channel>{item}</channel>"),
        format!("<rss xmlns='http://www.w3.org/2005/Atom'><channel>{item}</channel></rss>"),
        format!(
            "<rss:rss xmlns:rss='y'><rss:channel>{}</rss:channel></rss:rss>",
            item.replace('<', "<rss:").replace("<rss:/", "</rss:")
        ),
        "<CHANNEL><ITEM HREF='/a'><TITLE>A</TITLE></ITEM></CHANNEL>".to_owned(),
        format!("<feed version='0.3' xmlns='http://purl.org/atom/ns#'>{entry}</feed>"),
        format!(
            "<a:feed xmlns:a='http://www.w3.org/2005/Atom'>{}</a:feed>",
            entry.replace('<', "<a:").replace("<a:/", "</a:")
        ),
        entry.to_owned(),
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' \
         xmlns='http://purl.org/rss/1.0/'><item rdf:about='https://example.org/a'>\
         <title>A</title></item></rdf:RDF>"
            .to_owned(),
    ];
    for namespace in [
        "http://purl.org/rss/1.0",
        "https://purl.org/rss/1.0/",
        "http://my.netscape.com/rdf/simple/0.9/",
        "http://backend.userland.com/rss2",
        "http://blogs.law.harvard.edu/tech/rss",
        "http://example.org/anything",
    ] {
        documents.push(format!("<rss xmlns='{namespace}'><channel>{item}</channel></rss>"));
        documents.push(format!("<r:RDF xmlns:r='x' xmlns='{namespace}'><channel/>{item}</r:RDF>"));
    }
    for namespace in ["https://www.w3.org/2005/atom/", "HTTP://www.w3.org/2005/Atom", "x"] {
        documents.push(format!("<feed xmlns='{namespace}'>{entry}</feed>"));
    }
    for document in documents {
        let entries = entries(&document);
        assert_eq!(entries.len(), 1, "{document}");
        assert_eq!(entries[0].title, "A", "{document}");
        assert_eq!(entries[0].link.as_deref(), Some("https://example.org/a"), "{document}");
    }
}

/// Goal: whatever type a text claims, it is read.
#[test]
fn atom_types_cost_no_text() {
    for (attributes, text) in [
        ("", "a &amp; b"),
        ("type='text/plain'", "a &amp; b"),
        ("type='HTML'", "&lt;i>a&lt;/i> &amp;amp; b"),
        ("type=''", "a & b"),
        ("type='foo' mode='escaped'", "a &amp; b"),
        ("type='application/xhtml+xml'", "<div><p>a &amp; b</p></div>"),
        ("type='xhtml'", "<x:div xmlns:x='http://www.w3.org/1999/xhtml'>a &amp; b</x:div>"),
        ("type='text/html' mode='base64'", "YSAmYW1wOyBi"),
        ("type='application/octet-stream'", "YSAm\nYW1wOyBi"),
    ] {
        let document = format!(
            "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title {attributes}>{text}</title>\
             <summary {attributes}>{text}</summary><content {attributes}>{text}</content>\
             </entry></feed>"
        );
        let entry = entries(&document).remove(0);
        for found in [entry.title, entry.summary, entry.content] {
            assert_eq!(plain(&found), "a & b", "{attributes} {text}");
        }
    }
    let picture = "<feed><entry><title type='image/x'>word</title>\
        <content type='image/png'>iVBORw0KGgo=</content></entry></feed>";
    let entry = entries(picture).remove(0);
    assert_eq!((entry.title.as_str(), entry.content.as_str()), ("word", ""));
}

/// Goal: relative addresses lead where the document says that they start.
#[test]
fn bases_are_followed() {
    let link = |root: &str, entry: &str, link: &str| {
        let document = format!(
            "<feed xmlns='http://www.w3.org/2005/Atom' {root}><entry {entry}><title>A</title>\
             <link href='a' {link}/></entry></feed>"
        );
        entries(&document).remove(0).link.unwrap()
    };
    assert_eq!(link("", "", ""), "https://example.org/news/a");
    assert_eq!(link("xml:base='https://a.example/b/'", "", ""), "https://a.example/b/a");
    assert_eq!(
        link("xml:base='https://a.example/b/'", "xml:base='c/'", ""),
        "https://a.example/b/c/a"
    );
    assert_eq!(link("", "xml:base='https://a.example/'", "xml:base='d/'"), "https://a.example/d/a");
    assert_eq!(link("xml:base='http://['", "", ""), "https://example.org/news/a");
    let rss =
        "<rss><channel xml:base='https://a.example/'><item><link>a</link></item></channel></rss>";
    assert_eq!(entries(rss)[0].link.as_deref(), Some("https://a.example/a"));
}

/// Goal: an article's language is its own, else the feed's.
#[test]
fn languages_are_inherited() {
    let documents = [
        "<rss><channel><language>de-AT</language><item><dc:language>az</dc:language></item><item/>\
         </channel></rss>",
        "<feed xml:lang='de'><entry xml:lang='az'><title>A</title></entry><entry/></feed>",
        "<rss xml:lang='de'><channel><item xml:lang='az-Latn'/><item/></channel></rss>",
    ];
    for document in documents {
        let languages: Vec<String> = entries(document)
            .into_iter()
            .map(|entry| entry.language.unwrap().as_str().to_owned())
            .collect();
        assert_eq!(languages, ["az", "de"], "{document}");
    }
}

/// Goal: names that a document declares itself are read, and bombs are not.
#[test]
fn plain_entities_are_resolved_and_no_others() {
    let read = |declared: &str, text: &str| {
        let document = format!(
            "<!DOCTYPE rss [{declared}]><rss><channel><item><title>{text}</title></item>\
             </channel></rss>"
        );
        entries(&document).remove(0).title
    };
    assert_eq!(read("<!ENTITY bureau 'Büro &#66;aku'>", "&bureau;: x"), "Büro Baku: x");
    let bomb = "<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'><!ENTITY f SYSTEM 'file:///etc/passwd'>";
    assert_eq!(read(bomb, "&a;&b;&f;"), "ha&b;&f;");
    let long = format!("<!ENTITY a '{}'>", "x".repeat(900));
    assert!(read(&long, &"&a;".repeat(20_000)).len() < 1_100_000);
}
