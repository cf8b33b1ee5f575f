//! Mistakes that publishers' templates make within an item, and what remains for people to read.

use silkwire::collect::read_text;
use silkwire::model::Entry;
use silkwire::understand::text::plain;

/// The entries of a feed with these items, under the prefixes that feeds usually declare.
fn entries(items: &str) -> Vec<Entry> {
    let document = format!(
        "<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/' \
         xmlns:xhtml='http://www.w3.org/1999/xhtml'><channel><title>T</title>{items}</channel></rss>"
    );
    let base = "https://example.org/feed".parse().unwrap();
    read_text(&document, Some(&base)).unwrap().entries
}

fn one(item: &str) -> Entry {
    let mut entries = entries(&format!("<item>{item}</item>"));
    assert_eq!(entries.len(), 1, "{item}");
    entries.remove(0)
}

fn title(item: &str) -> String {
    plain(&one(item).title)
}

/// Goal: the mistakes that publishers' templates make cost no entry and no word.
#[test]
fn usual_mistakes_are_mended() {
    for (wrong, right) in [
        ("AT&T &amp; a & b", "AT&T & a & b"),
        ("?a=1&b=2", "?a=1&b=2"),
        ("&ouml;&hellip;&nbsp;x", "ö… x"),
        ("a\u{0}b\u{b}c&#11;&#55357;d&#x110000;e", "abcde"),
        ("1 < 2", "1 < 2"),
        ("<b>x</b> y<br>", "x y"),
        ("a <i>b</i>", "a b"),
        ("<![CDATA[a & <b>c</b>]]>", "a & c"),
        ("a<!-- <title> -->b", "ab"),
        ("Don\u{92}t &#8211; &#150;", "Don’t – –"),
    ] {
        assert_eq!(title(&format!("<title>{wrong}</title>")), right, "{wrong}");
    }
}

/// Goal: a title that was escaped once too often reads like any other (seen on Modern.az and
/// Qafqazinfo).
#[test]
fn double_escapes_are_undone() {
    for (wrong, right) in [
        ("Baku&amp;nbsp;2026 &amp;ldquo;x&amp;rdquo;", "Baku 2026 “x”"),
        ("<![CDATA[Baku &amp;nbsp; &amp;quot;x&amp;quot;]]>", "Baku \"x\""),
        ("<![CDATA[Tom &amp;amp; Jerry]]>", "Tom & Jerry"),
        ("&lt;![CDATA[Bakı şəhəri]]&gt;", "Bakı şəhəri"),
        ("<![CDATA[<![CDATA[Bakı]]>]]>", "Bakı"),
        ("Use of &amp;lt;pre&amp;gt;", "Use of <pre>"),
    ] {
        assert_eq!(title(&format!("<title>{wrong}</title>")), right, "{wrong}");
    }
    let summary =
        one("<title>A</title><description>&lt;![CDATA[<p>B</p>]]&gt;</description>").summary;
    assert_eq!(plain(&summary), "B");
}

/// Goal: one forgotten or wrong end tag costs one text at most.
#[test]
fn wrong_ends_stop_at_the_next_element() {
    let link = "<link>https://example.org/a</link>";
    for item in [
        format!("<title>A</titel>{link}"),
        format!("<title>A{link}"),
        format!("<media:thumbnail url='x'><title>A</title>{link}"),
        format!("<category>x<title>A</title>{link}"),
        format!("<TITLE>A</Title>{link}"),
        format!("<title>A</title{link}"),
        format!("<enclosure url=\"x><title>A</title>{link}<a b=\"c\"/>"),
        format!("<!-- x <title>A</title>{link}"),
        format!("<title><![CDATA[A]]></title>{link}<description><![CDATA[x</description>"),
    ] {
        let entry = one(&item);
        assert_eq!(plain(&entry.title), "A", "{item}");
        assert_eq!(entry.link.as_deref(), Some("https://example.org/a"), "{item}");
    }
    let two = entries("<item><title>A</item><item><title>B<item><title>C</title></item>");
    assert_eq!(two.iter().map(|it| it.title.as_str()).collect::<Vec<_>>(), ["A", "B", "C"]);
}

/// Goal: a CDATA section that forgot its end does not take the next articles with it.
#[test]
fn open_sections_end_with_their_element() {
    let items = "<item><title>A</title><description><![CDATA[x]></description></item>\
        <item><title>B</title><description><![CDATA[y]]></description></item>";
    let found = entries(items);
    assert_eq!(found.len(), 2);
    assert_eq!((found[1].title.as_str(), found[1].summary.as_str()), ("B", "y"));
}

/// Goal: another vocabulary's title does not become the article's, declared or not.
#[test]
fn own_elements_win_over_foreign_ones() {
    let foreign = "<media:title>X</media:title><itunes:title>X</itunes:title><x:title>X</x:title>\
        <author>a@b.example（編集部）</author><image><title>X</title></image>\
        <source url='x'><title>X</title></source>";
    assert_eq!(title(&format!("{foreign}<title>A</title>{foreign}")), "A");
    assert_eq!(title("<dc:title>B</dc:title>"), "B");
    assert_eq!(title("<media:group><media:title>C</media:title></media:group>"), "C");
}

/// Goal: the text is found under whatever name it comes.
#[test]
fn bodies_are_found_under_any_name() {
    for item in [
        "<content:encoded>B</content:encoded>",
        "<xhtml:body><p>B</p></xhtml:body>",
        "<body xmlns='http://www.w3.org/1999/xhtml'>B</body>",
        "<fullitem>B</fullitem>",
        "<description><p>B</p></description>",
        "<itunes:summary>B</itunes:summary>",
        "<media:group><media:description>B</media:description></media:group>",
        "<atom:summary>B</atom:summary>",
        "<dc:description>B</dc:description>",
    ] {
        let entry = one(&format!("<title>A</title>{item}"));
        assert_eq!(plain(&format!("{}{}", entry.summary, entry.content)), "B", "{item}");
    }
    let both = one("<itunes:summary>worse</itunes:summary><description>better</description>");
    assert_eq!(both.summary, "better");
}

/// Goal: people land on the article, whichever element names it.
#[test]
fn links_are_found_under_any_name() {
    let a = "https://example.org/a";
    for item in [
        "<link>https://example.org/a</link>".to_owned(),
        "<link> https://example.org/a\n</link>".to_owned(),
        format!("<link href='{a}'/>"),
        format!("<link/><atom:link rel='self' href='/self'/><atom:link href='{a}'/>"),
        format!("<guid>{a}</guid>"),
        format!("<link>javascript:x</link><guid isPermaLink='true'>{a}</guid>"),
        format!(
            "<link>https://count.example/1</link><feedburner:origLink>{a}</feedburner:origLink>"
        ),
    ] {
        assert_eq!(one(&item).link.as_deref(), Some(a), "{item}");
    }
    let mere = "<guid isPermaLink='false'>https://example.org/a</guid>";
    assert_eq!(one(mere).link, None);
    assert_eq!(one(mere).guid.as_deref(), Some(a));
}

/// Goal: a date that nobody can read does not hide one that everybody can.
#[test]
fn readable_dates_win() {
    for item in [
        "<pubDate>soon</pubDate><dc:date>2026-11-24T06:00:00Z</dc:date>",
        "<dc:date>2026-11-25</dc:date><pubDate>24 Nov 2026 15:00 JST</pubDate>",
        "<atom:updated>2026-11-24T06:00:00Z</atom:updated>",
        "<dcterms:modified>2026-11-24T06:00:00Z</dcterms:modified>",
    ] {
        let published = one(item).published.map(|time| time.to_string());
        assert_eq!(published.as_deref(), Some("2026-11-24T06:00:00Z"), "{item}");
    }
}

/// Goal: nothing that grows in a feed grows here without end.
#[test]
fn entries_and_their_texts_are_bounded() {
    let error = read_text(&format!("<rss>{}</rss>", "<item/>".repeat(20_001)), None).unwrap_err();
    assert_eq!(error.to_string(), "more than 20000 entries");
    let long = one(&format!("<description>{}</description>", "日本".repeat(200_000)));
    assert!(499_000 < long.summary.len() && long.summary.len() <= 500_000);
}

/// Goal: an entry keeps its id from poll to poll, so that it is new once.
#[test]
fn ids_do_not_change_from_poll_to_poll() {
    let items = "<item><description>no id, no link, no title</description></item>\
        <item><guid>\n x \n</guid></item><item/>";
    assert_eq!(entries(items), entries(items));
    assert_eq!(entries(items)[1].guid.as_deref(), Some("x"));
    assert_eq!(entries(items)[0].guid, None);
}
