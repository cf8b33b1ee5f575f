//! What real feeds of the starter list get wrong, in texts of our own: as each was seen with its
//! publisher, read and told apart.

use silkwire::collect::identity::{Identified, Standing, identify};
use silkwire::collect::{FeedDocument, ReadError, read};
use silkwire::model::{ArticleId, Entry, FeedId};
use silkwire::store::Sighting;
use silkwire::understand::text::plain;
use url::Url;

use crate::newsroom::{Newsroom, SIGNED};
use crate::support::Reply;

fn read_text(text: &str) -> FeedDocument {
    read_at("https://example.az/rss", text.as_bytes()).unwrap()
}

fn read_at(url: &str, bytes: &[u8]) -> Result<FeedDocument, ReadError> {
    let url: Url = url.parse().unwrap();
    read(bytes, None, Some(&url))
}

fn titles(document: &FeedDocument) -> Vec<String> {
    document.entries.iter().map(|entry| plain(&entry.title)).collect()
}

fn identified(entries: Vec<Entry>) -> Vec<Identified> {
    let n_entries = u32::try_from(entries.len()).unwrap();
    identify(FeedId::of_url("https://example.az/rss"), entries, n_entries)
}

/// The article that an entry with this link and nothing else becomes, in whatever feed.
fn article_at(link: &str) -> ArticleId {
    let entry =
        |link: &str| Entry { link: Some(link.to_owned()), title: "A".into(), ..Entry::default() };
    let entries = vec![entry(link), entry("https://elsewhere.example/")];
    identify(FeedId::of_url("https://other.example/rss"), entries, 2)[0].article
}

/// Three articles as Qafqazinfo sends them: the same guid, said to be the article's address; a
/// picture with a title and a link of its own; and a summary in an escaped CDATA section, with
/// escaped carriage returns, cut inside a word.
const ONE_GUID: &str = "<?xml version='1.0' encoding='UTF-8'?><rss version='2.0'><channel>\
    <title>Xəbərlər</title><link>https://www.example.az</link><language>en-us</language>\
    <item><title>Yaponiya səfiri Bakıda qəbul keçirib</title>\
    <link>https://www.example.az/news/detail/sefir-1</link>\
    <guid isPermaLink='true'>https://www.example.az/news/detail/</guid>\
    <image><url>https://example.az/1.jpg</url><title>Şəkil</title>\
    <link>https://www.example.az/news/detail/</link></image>\
    <description>&lt;![CDATA[Səfir qonaqları salamlayıb.&#13;\n&#13;\nBu barədə məlumat ver]]&gt;\
    </description><pubDate>Mon, 23 Nov 2026 11:00:00 +0400</pubDate></item>\
    <item><title>Tokioda görüş</title><link>https://www.example.az/news/detail/gorus-2</link>\
    <guid isPermaLink='true'>https://www.example.az/news/detail/</guid>\
    <description>&lt;![CDATA[]]&gt;</description></item>\
    <item><title>Hava</title><link>https://www.example.az/news/detail/hava-3</link>\
    <guid isPermaLink='true'>https://www.example.az/news/detail/</guid></item></channel></rss>";

/// Goal: a template that gives every article the same guid loses none, and each is the same
/// article that other feeds link to.
#[test]
fn one_guid_on_all_entries_keeps_them_apart() {
    let entries = read_text(ONE_GUID).entries;
    let paths = ["sefir-1", "gorus-2", "hava-3"];
    let articles = paths.map(|path| article_at(&format!("https://example.az/news/detail/{path}")));
    let found: Vec<ArticleId> = identified(entries).iter().map(|it| it.article).collect();
    assert_eq!(found, articles);
}

/// Goal: the title is the article's, not the picture's.
#[test]
fn picture_inside_an_entry_does_not_replace_its_title_and_link() {
    let document = read_text(ONE_GUID);
    assert_eq!(titles(&document)[0], "Yaponiya səfiri Bakıda qəbul keçirib");
    let link = document.entries[0].link.as_deref();
    assert_eq!(link, Some("https://www.example.az/news/detail/sefir-1"));
}

/// A feed as AZERTAC sends it: nothing but title, link and date; quotes of the title leak into
/// the link.
fn bare_feed(title: &str) -> FeedDocument {
    read_text(&format!(
        "<?xml version='1.0' encoding='UTF-8' ?><rss version='2.0'>\n<channel>\n\
         <title>AZ – Agentlik</title>\n<item>\n<title>{title}</title>\n\
         <link>https://example.az/xeber/_quotinpex_quot_bakida-4411134</link>\n\
         <pubDate>Mon, 23 Nov 2026 01:35:00 +0400</pubDate>\n</item>\n<item>\n\
         <title>Hava</title>\n<link>https://example.az/xeber/hava-4411135</link>\n</item>\n\
         </channel></rss>"
    ))
}

/// Goal: an agency that sends only headlines is read, and its article found at its address.
#[test]
fn entry_without_guid_and_text_is_known_by_its_link() {
    let document = bare_feed("&quot;Inpex&quot; Bakıda");
    assert_eq!(titles(&document), ["\"Inpex\" Bakıda", "Hava"]);
    let link = "https://example.az/xeber/_quotinpex_quot_bakida-4411134";
    assert_eq!(document.entries[0].link.as_deref(), Some(link));
    assert_eq!(document.entries[0].guid, None);
    let published = document.entries[0].published.unwrap();
    assert_eq!(published, "2026-11-22T21:35:00Z".parse().unwrap());
    assert_eq!(identified(document.entries)[0].article, article_at(link));
}

/// Goal: "updated" behind a headline is an edit, not another article and another alert.
#[test]
fn update_mark_behind_a_title_is_an_edit() {
    let of = |title: &str| identified(bare_feed(title).entries).remove(0);
    let before = of("Inpex Bakıda");
    let seen = Sighting { article: before.article, content: before.content, day: 0 };
    let after = of("Inpex Bakıda YENİLƏNİB VİDEO");
    let sightings: Vec<Option<Sighting>> =
        after.keys.iter().map(|key| before.keys.contains(key).then_some(seen)).collect();
    assert_eq!(after.standing(&sightings), Standing::Edited(before.article));
}

/// Goal: words are found in titles, however their quotes and blanks were escaped.
/// Method: entities in CDATA as Modern.az sends them, escaped once more, and bare.
#[test]
fn html_entities_in_titles_are_letters() {
    let document = read_text(
        "<rss version='2.0'><channel><title>M</title>\
         <item><title><![CDATA[Tokioda&nbsp;görüş &ldquo;Inpex&rdquo; &ndash; Bakı]]></title>\
         <guid isPermaLink=''>e82f0c5a</guid></item>\
         <item><title>Tokioda&amp;nbsp;görüş &amp;ldquo;Inpex&amp;rdquo; &amp;ndash; Bakı</title>\
         <guid isPermaLink=''>e82f0c5b</guid></item>\
         <item><title>Tokioda&nbsp;görüş &ldquo;Inpex&rdquo; &ndash; Bakı</title>\
         <guid isPermaLink=''>e82f0c5c</guid></item></channel></rss>",
    );
    assert_eq!(titles(&document), ["Tokioda görüş “Inpex” – Bakı"; 3]);
    assert!(document.entries.iter().all(|entry| entry.link.is_none()), "an id is no address");
}

/// Goal: a summary that starts with a picture is the text behind it.
/// Method: as Haqqin sends it.
#[test]
fn picture_before_a_summary_is_left_out() {
    let document = read_text(
        "<rss version='2.0'><channel><title>H</title><ttl>20</ttl><item><title>Баку</title>\
         <link>https://example.az/newsarchive/1</link><description><![CDATA[ <p><img \
         src=\"https://example.az/1.jpg\" width=\"190\" border=\"0\" /></p>Посол Японии \
         &laquo;поблагодарил&raquo; гостей... ]]></description></item></channel></rss>",
    );
    assert_eq!(plain(&document.entries[0].summary), "Посол Японии «поблагодарил» гостей...");
}

/// RSS 1.0 as Japanese newspapers send it.
const RDF: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rdf:RDF \
    xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\" \
    xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xml:lang=\"ja\">\n\
    <channel rdf:about=\"https://example.jp/rss\"><title>速報</title>\
    <link>https://example.jp/</link><description/><items><rdf:Seq>\
    <rdf:li rdf:resource=\"https://example.jp/a\"/></rdf:Seq></items></channel>\n\
    <item rdf:about=\"https://example.jp/a\"><title>バクーで日本大使館がレセプション</title>\
    <link>https://example.jp/a?ref=rss</link><dc:date>2026-11-24T15:00:00+09:00</dc:date></item>\n\
    </rdf:RDF>";

/// Goal: headlines of Japanese newspapers keep their id and their time.
#[test]
fn rss_1_is_read_with_its_ids() {
    let document = read_at("https://example.jp/rss", RDF.as_bytes()).unwrap();
    assert_eq!(titles(&document), ["バクーで日本大使館がレセプション"]);
    let entry = &document.entries[0];
    assert_eq!(entry.guid.as_deref(), Some("https://example.jp/a"));
    assert_eq!(entry.published, Some("2026-11-24T06:00:00Z".parse().unwrap()));
}

/// Goal: government feeds in the encoding of their offices are read without help from HTTP.
#[test]
fn shift_jis_is_read_by_the_prolog() {
    let text = RDF.replace("UTF-8", "Shift_JIS");
    let (bytes, _, has_losses) = encoding_rs::SHIFT_JIS.encode(&text);
    assert!(!has_losses);
    let document = read_at("https://example.jp/rss", &bytes).unwrap();
    assert_eq!(titles(&document), ["バクーで日本大使館がレセプション"]);
    assert_eq!(document.title.as_deref(), Some("速報"));
}

/// Goal: what a server calls a feed does not matter, what it sends does.
/// Method: RSS 1.0 as text/html (Mainichi), RSS 2.0 at an address of another format (Kantei), a
/// page with status 200 (News.az), an old API key that is answered with no entries (RFE/RL), and
/// Azerbaijani that calls itself English (Qafqazinfo).
#[test]
fn names_and_types_of_servers_do_not_matter() {
    let paths = ["/flash.rss", "/index.rdf", "/rss", "/api/old", "/english"];
    let newsroom = Newsroom::new(&paths);
    let rss = |items: &str| {
        format!("<rss version='2.0'><channel><title>T</title>{items}</channel></rss>")
    };
    let item = format!("<item><title>{SIGNED}</title><link>https://example.org/a</link></item>");
    let page = "<!DOCTYPE html>\n<html lang='az'><head><title>News</title></head></html>";
    for (path, content_type, body) in [
        (paths[0], "text/html; charset=utf-8", RDF.to_owned()),
        (paths[1], "application/rdf+xml", rss(&item)),
        (paths[2], "application/rss+xml", page.to_owned()),
        (paths[3], "application/rss+xml", rss("")),
        (paths[4], "application/rss+xml", ONE_GUID.to_owned()),
    ] {
        newsroom.site.serve(path, Reply::ok(body).header("content-type", content_type));
    }
    newsroom.once(&[]);
    let feeds = newsroom.list("feeds");
    let standing = |path: &str| {
        let is_it = |feed: &&serde_json::Value| feed["url"].as_str().unwrap().ends_with(path);
        let feed = feeds.iter().find(is_it).unwrap();
        (feed["n_entries"].as_u64().unwrap(), feed["error"].as_str())
    };
    assert_eq!(standing(paths[0]), (1, None));
    assert_eq!(standing(paths[1]), (1, None));
    let (n_entries, error) = standing(paths[2]);
    assert_eq!(n_entries, 0);
    assert!(error.unwrap().contains("a web page instead of a feed"), "{error:?}");
    assert_eq!(standing(paths[3]), (0, None), "empty is no failure");
    assert_eq!(standing(paths[4]), (3, None));
    let matches = newsroom.list("matches");
    let mut found: Vec<&str> = matches.iter().map(|it| it["language"].as_str().unwrap()).collect();
    found.sort_unstable();
    assert_eq!(found, ["az", "en", "ja"], "one match of each feed with entries");
}
