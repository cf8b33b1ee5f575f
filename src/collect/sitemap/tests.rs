//! News sitemaps and indexes as publishers write them.

use proptest::prelude::*;

use super::*;

const NEWS: &str = "http://www.google.com/schemas/sitemap-news/0.9";
const OWN: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

fn urlset(items: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"{OWN}\" \
         xmlns:news=\"{NEWS}\" xmlns:image=\"http://www.google.com/schemas/sitemap-image/1.1\">\
         {items}</urlset>"
    )
}

fn news(n: usize, title: &str) -> String {
    format!(
        "<url><loc>https://example.org/{n}</loc><news:news><news:title>{title}</news:title>\
         </news:news></url>"
    )
}

fn titles(text: &str) -> Vec<String> {
    read(text).unwrap().entries.into_iter().map(|entry| entry.title).collect()
}

/// Goal: a site without a feed is heard through its news sitemap, with all it says.
#[test]
fn n01_news_becomes_an_entry() {
    let text = urlset(
        "<url>\n<loc>https://example.az/xeber?id=1&amp;lang=az</loc>\
         <lastmod>2026-11-24T08:00:00+04:00</lastmod>\
         <news:news><news:publication><news:name>Azərtac</news:name>\
         <news:language>az</news:language></news:publication>\
         <news:publication_date>2026-11-24T10:00:00+04:00</news:publication_date>\
         <news:title>Yaponiya &amp; Azərbaycan: &quot;görüş&quot; &#8211; Bakı</news:title>\
         <news:keywords>a, b</news:keywords></news:news>\
         <image:image><image:loc>https://example.az/a.jpg</image:loc>\
         <image:title>Şəkil</image:title></image:image></url>",
    );
    let document = read(&text).unwrap();
    let entry = Entry {
        link: Some("https://example.az/xeber?id=1&lang=az".to_owned()),
        title: "Yaponiya & Azərbaycan: \"görüş\" – Bakı".to_owned(),
        published: Some("2026-11-24T06:00:00Z".parse().unwrap()),
        language: Some("az".parse().unwrap()),
        ..Entry::default()
    };
    assert_eq!(document.entries, [entry]);
    assert_eq!(document.title.as_deref(), Some("Azərtac"));
    assert_eq!(document.language.unwrap().as_str(), "az");
    assert_eq!(document.children, []);
}

/// Goal: the vocabulary is known by what it is, not by how a site calls it.
#[test]
fn n01_any_prefix_and_spelling_of_the_namespace_is_news() {
    let https = "https://www.google.com/schemas/sitemap-news/0.9/";
    for text in [
        format!(
            "<urlset xmlns='{OWN}' xmlns:n='{NEWS}'><url><loc>https://e.org/1</loc>\
             <n:news><n:title>Baku</n:title></n:news></url></urlset>"
        ),
        format!(
            "<s:urlset xmlns:s='{OWN}' xmlns:x='{https}'><s:url><s:loc>https://e.org/1</s:loc>\
             <x:news><x:title><![CDATA[Baku]]></x:title></x:news></s:url></s:urlset>"
        ),
        format!(
            "<urlset xmlns='{OWN}'><url><news xmlns='{NEWS}'><title>Baku</title></news>\
             <loc>https://e.org/1</loc></url></urlset>"
        ),
        "<urlset><url><loc>https://e.org/1</loc><news:news><news:title>Baku</news:title>\
         </news:news></url></urlset>"
            .to_owned(),
        format!(
            "Warning: x\n<!-- c --><URLSET xmlns='{OWN}' xmlns:news='{NEWS}'><URL>\
             <LOC>https://e.org/1</LOC><news:NEWS><news:TITLE>Baku</news:TITLE></news:NEWS></URL>"
        ),
    ] {
        let document = read(&text).unwrap();
        assert_eq!(document.entries.len(), 1, "{text}");
        assert_eq!(document.entries[0].title, "Baku", "{text}");
        assert_eq!(document.entries[0].link.as_deref(), Some("https://e.org/1"), "{text}");
    }
    let foreign = "<urlset xmlns:news='http://example.org/own'><url><loc>https://e.org/1</loc>\
        <news:news><news:title>Baku</news:title></news:news></url></urlset>";
    assert_eq!(titles(foreign), Vec::<String>::new());
}

/// Goal: a report is filed under its day and its language, however short they are written.
#[test]
fn n01_dates_without_time_and_tags_of_regions_are_read() {
    for (date, language, moment, primary) in [
        ("2026-11-24", "zh-cn", Some("2026-11-24T00:00:00Z"), Some("zh")),
        ("2026-11-24T15:00+09:00", "zh-tw", Some("2026-11-24T06:00:00Z"), Some("zh")),
        ("2026-11-24T06:00:00.5Z", " ja ", Some("2026-11-24T06:00:00Z"), Some("ja")),
        ("soon", "日本語", None, None),
    ] {
        let item = news(1, "A").replace(
            "<news:title>",
            &format!(
                "<news:publication_date>{date}</news:publication_date>\
                 <news:language>{language}</news:language><news:title>"
            ),
        );
        let entry = read(&urlset(&item)).unwrap().entries.remove(0);
        assert_eq!(entry.published.map(|time| time.to_string()).as_deref(), moment, "{date}");
        assert_eq!(entry.language.as_ref().map(Language::as_str), primary, "{language}");
    }
}

/// Goal: pages without a headline are no articles, and one without an address is none either.
#[test]
fn n01_only_news_with_an_address_is_an_entry() {
    let plain = "<url><loc>https://example.org/about</loc><lastmod>2026-11-24</lastmod></url>";
    let nowhere = "<url><news:news><news:title>X</news:title></news:news></url>\
        <url><loc>javascript:alert(1)</loc><news:news><news:title>Y</news:title></news:news></url>";
    let image = "<url><loc>https://example.org/2</loc><image:image><image:title>Z</image:title>\
        </image:image></url>";
    let text = urlset(&format!("{plain}{nowhere}{image}{}", news(1, "A")));
    assert_eq!(titles(&text), ["A"]);
    let empty = read(&urlset(plain)).unwrap();
    assert_eq!((empty.entries.len(), empty.title), (0, None));
}

/// Goal: an index says where to look, the newest first.
#[test]
fn n02_index_names_its_children_newest_first() {
    let text = format!(
        "<sitemapindex xmlns='{OWN}'>\
         <sitemap><loc>https://example.org/undated.xml.gz</loc></sitemap>\
         <sitemap><loc>https://example.org/old.xml</loc><lastmod>2019-01-01</lastmod></sitemap>\
         <sitemap><lastmod>2026-11-24T06:00:00Z</lastmod>\
         <loc> https://example.org/new.xml?a=1&amp;b=2 </loc></sitemap>\
         <sitemap><loc>/relative.xml</loc></sitemap></sitemapindex>"
    );
    let document = read(&text).unwrap();
    let children: Vec<_> = document
        .children
        .iter()
        .map(|child| (child.url.as_str(), child.modified.map(|time| time.to_string())))
        .collect();
    assert_eq!(
        children,
        [
            ("https://example.org/new.xml?a=1&b=2", Some("2026-11-24T06:00:00Z".to_owned())),
            ("https://example.org/old.xml", Some("2019-01-01T00:00:00Z".to_owned())),
            ("https://example.org/undated.xml.gz", None),
        ]
    );
    assert_eq!(document.entries, []);
}

/// Goal: a sitemap of any length is read as far as it makes sense, and never refused for it.
#[test]
fn n02_long_sitemaps_are_cut() {
    let many: String = (0..=ENTRIES_MAX).map(|n| news(n, "A")).collect();
    assert_eq!(read(&urlset(&many)).unwrap().entries.len(), ENTRIES_MAX);
    let child = "<sitemap><loc>https://example.org/a.xml</loc></sitemap>";
    let index = format!("<sitemapindex>{}</sitemapindex>", child.repeat(CHILDREN_MAX + 1));
    assert_eq!(read(&index).unwrap().children.len(), CHILDREN_MAX);
}

/// Goal: a mistake in one item costs that item at most.
#[test]
fn broken_items_do_not_spoil_the_others() {
    let (a, b) = (news(1, "A"), news(2, "B"));
    for (text, wanted) in [
        (format!("{a}{b}").replace("</news:title>", ""), vec!["A", "B"]),
        (format!("{a}{b}").replace("</url>", ""), vec!["A", "B"]),
        (format!("{a}{}", &b[..b.len() - 8]), vec!["A"]),
        (format!("{a}<url><loc>https://e.org/x?a=1&b=2"), vec!["A"]),
        (format!("{}{b}", a.replace('A', "A < B & <b>C</b>")), vec!["A < B & C", "B"]),
        (format!("{}{b}", a.replace("<news:news>", "<news:news><news:title/>")), vec!["A", "B"]),
    ] {
        let text = urlset(&text).replace("</urlset>", "");
        let mut found = titles(&text);
        // Without any end tags the last item is cut off.
        if !text.contains("</url>") {
            assert_eq!(found, ["A"], "{text}");
            found.push("B".to_owned());
        }
        assert_eq!(found, wanted, "{text}");
    }
}

/// Goal: the status page says what is at an address that is no sitemap.
#[test]
fn other_documents_are_named() {
    assert_eq!(read("<!doctype html><html><p>404"), Err(ReadError::WebPage));
    assert_eq!(read("<rss><channel/></rss>"), Err(ReadError::NotAFeed));
    assert_eq!(read(""), Err(ReadError::NotAFeed));
}

/// Goal: a hostile sitemap cannot end or stop the process.
#[test]
fn nesting_and_declarations_without_end_are_survived() {
    let declared = "<a xmlns:b='c'>".repeat(100_000);
    let text = urlset(&format!("<url>{declared}</url>{}", news(1, "A")));
    assert_eq!(titles(&text), ["A"]);
    let nested = "<url>".repeat(100_000) + &"</url>".repeat(100_000);
    assert_eq!(titles(&urlset(&format!("{nested}{}", news(1, "A")))), ["A"]);
}

const PIECES: &[&str] = &[
    "<urlset>",
    "</urlset>",
    "<sitemapindex xmlns='a'>",
    "<url>",
    "</url>",
    "<sitemap>",
    "</sitemap>",
    "<loc>",
    "https://example.org/a",
    "</loc>",
    "<news:news>",
    "</news:news>",
    "<news:title>",
    "</news:title>",
    "<news xmlns='http://www.google.com/schemas/sitemap-news'>",
    "<title>",
    "</title>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "&amp;",
    "&",
    "<",
    ">",
    "日本",
    "<lastmod>",
    "2026-11-24",
    "</lastmod>",
    "<loc/>",
    "<!DOCTYPE a [",
    "]>",
    "\u{0}",
    ":",
];

proptest! {
    /// Goal: no site can stop us with its sitemap.
    #[test]
    fn any_pieces_are_survived(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
        read(&pieces.concat()).ok();
        read(&urlset(&pieces.concat())).ok();
    }
}
