//! JSON Feeds as publishers write them.

use silkwire::collect::{FeedDocument, ReadError, read};
use silkwire::understand::text::plain;

fn feed(members: &str) -> Result<FeedDocument, ReadError> {
    let text = format!("\u{feff}{{\"version\": \"http://jsonfeed.org/version/1\", {members}}}");
    read(text.as_bytes(), None, Some(&"https://example.org/news/feed.json".parse().unwrap()))
}

/// Goal: one odd value costs that value, not the feed.
#[test]
fn odd_values_cost_nothing_else() {
    for item in [
        "\"id\": 1, \"title\": \"A\", \"url\": \"/a\"",
        "\"id\": null, \"title\": \"A\", \"url\": \"https://example.org/a\"",
        "\"title\": \"A\", \"id\": \"https://example.org/a\"",
        "\"title\": \"A\", \"url\": \"\", \"external_url\": \"https://example.org/a\"",
        "\"title\": \"A\", \"url\": \"/a\", \"attachments\": [{\"url\": \"x\"}], \"authors\": 5",
        "\"title\": \"A\", \"url\": \"/a\", \"summary\": {\"a\": [1]}, \"tags\": null",
        "\"title\": \"\\u0000A\", \"url\": \"/a\"",
        "\"title\": \"A\n\", \"url\": \"/a\"",
        "\"title\": [], \"title\": \"A\", \"url\": \"/a\"",
        "\"title\": \"A\", \"url\": \"/a\", \"date_published\": \"soon\"",
    ] {
        let read = feed(&format!("\"title\": null, \"items\": [5, null, {{{item}}}]")).unwrap();
        assert_eq!(read.entries.len(), 1, "{item}");
        assert_eq!(read.entries[0].title, "A", "{item}");
        assert_eq!(read.entries[0].link.as_deref(), Some("https://example.org/a"), "{item}");
    }
}

/// Goal: plain text stays what it was, whichever member holds it.
#[test]
fn plain_text_is_no_markup() {
    let item = "\"content_text\": \"1 < 2 & <b>\"";
    let entry = feed(&format!("\"items\": [{{{item}}}]")).unwrap().entries.remove(0);
    assert_eq!(plain(&entry.content), "1 < 2 & <b>");
    let both = format!("{item}, \"content_html\": \"<p>x</p>\", \"language\": \"az\"");
    let entry = feed(&format!("\"items\": [{{{both}}}]")).unwrap().entries.remove(0);
    assert_eq!(entry.content, "<p>x</p>");
    assert_eq!(entry.language.unwrap().as_str(), "az");
}

/// Goal: what the feed says of itself is heard.
#[test]
fn heads_are_read() {
    let members = "\"title\": \"T\", \"language\": \"de-AT\", \"expired\": true, \
        \"home_page_url\": \"https://home.example/\", \"feed_url\": \"https://example.org/self\", \
        \"next_url\": \"https://example.org/2\", \"hubs\": [3, {\"type\": \"WebSub\", \"url\": \
        \"https://hub.example/\"}], \"items\": [{\"url\": \"a\"}]";
    let read = feed(members).unwrap();
    assert_eq!(read.title.as_deref(), Some("T"));
    assert_eq!(read.hub.unwrap().as_str(), "https://hub.example/");
    assert_eq!(read.own_address.unwrap().as_str(), "https://example.org/self");
    assert_eq!(read.previous.unwrap().as_str(), "https://example.org/2");
    assert_eq!(read.entries[0].link.as_deref(), Some("https://home.example/a"));
    assert_eq!(read.entries[0].language.unwrap().as_str(), "de");
}

/// Goal: a cut document gives its complete items; what is no feed says so.
#[test]
fn cut_and_foreign_documents() {
    let cut = feed("\"items\": [{\"title\": \"A\"}, {\"title\": \"B");
    assert!(cut.is_ok_and(|read| read.entries.len() == 1 && read.entries[0].title == "A"));
    for (result, start) in [
        (feed("\"items\": {}"), "broken feed: it has no list of items"),
        (feed("\"items\": [{\"title\": \"A"), "broken feed: EOF while parsing a string at line 1"),
        (feed("\"items\": [{]}"), "broken feed: key must be a string at line 1"),
        (feed(&format!("\"x\": {}", "[".repeat(200_000))), "broken feed: expected value at line 1"),
        (feed(&format!("\"items\": [{}{{}}]", "{},".repeat(20_000))), "more than 20000 entries"),
        (read(b"{\"items\": [{\"title\": \"A\"}]}", None, None), "not a feed"),
    ] {
        let error = result.unwrap_err().to_string();
        assert!(error.starts_with(start), "{error}");
    }
}
