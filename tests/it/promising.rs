//! Pages of entries that promise more than they say.

use crate::newsroom::{Item, Newsroom, rss};
use crate::support::{FeedServer, Reply};

/// Names one side and nothing of the other.
const HINT: &str = "Tokyo firms look at wind power at sea";

/// What its page tells: both sides and their tie.
const STORY: [&str; 4] = [
    "A delegation led by Japan's vice-minister for trade arrived in Baku on Tuesday for talks with \
     the energy minister of Azerbaijan about offshore wind power in the Caspian Sea.",
    "Azerbaijan and Japan signed a memorandum of understanding on renewable energy at the end of \
     the first day, the Japanese embassy in Baku said in a statement.",
    "Two Japanese companies will study the sites for a year. The ambassador of Japan spoke of a \
     new chapter in the relations between the two countries.",
    "The visitors leave on Thursday, after a reception at the residence of the ambassador and a \
     tour of the new terminal at the port of Alat south of the capital.",
];

fn page(title: &str, paragraphs: &[&str], head: &str) -> Reply {
    let paragraphs: Vec<String> = paragraphs.iter().map(|text| format!("<p>{text}</p>")).collect();
    let paragraphs = paragraphs.concat();
    Reply::ok(format!(
        "<!doctype html><html lang=\"en\"><head><title>{title}</title>{head}</head><body>\
         <nav><a href=\"/\">Start</a><a href=\"/sport\">Sport</a></nav>\
         <article><h1>{title}</h1>{paragraphs}</article><footer>Imprint</footer></body></html>"
    ))
    .header("content-type", "text/html; charset=utf-8")
}

fn article_at(path: &str) -> Item<'_> {
    Item { path, title: HINT, age_hours: Some(1) }
}

/// A newsroom whose feed, at home in Azerbaijan, brings these items.
fn newsroom(items: &[Item<'_>]) -> Newsroom {
    let newsroom = Newsroom::new(&[]);
    let url = newsroom.site.url("/feed");
    newsroom.configure_feeds(
        &newsroom.desk.url(),
        &format!("[[feed]]\nurl = \"{url}\"\nside = \"AZ\"\n"),
    );
    newsroom.site.serve("/feed", rss(&newsroom.site.origin(), items));
    newsroom
}

/// Goal: a headline that names one side is flagged for what its page tells, and the record says
/// where the text is from.
#[test]
fn page_of_a_promising_headline_is_read() {
    let newsroom = newsroom(&[article_at("/wind")]);
    newsroom.site.serve("/wind", page(HINT, &STORY, ""));
    newsroom.once(&[]);
    let alert = newsroom.desk.wait_for(1).remove(0).json();
    let matched = &alert["data"]["match"];
    assert_eq!(matched["language"], "en");
    let evidence = matched["evidence"].as_array().unwrap();
    assert!(evidence.iter().any(|it| it["field"] == "body" && it["side"] == "AZ"), "{evidence:?}");
    assert_eq!(newsroom.site.requests("/robots.txt").len(), 1);
    assert_eq!(newsroom.site.requests("/wind").len(), 1);
    let record = &newsroom.list("matches")[0]["page"];
    assert_eq!(record["url"], newsroom.site.url("/wind"));
    assert_eq!((&record["extraction"], &record["status"]), (&"trafilatura".into(), &200.into()));
    assert_eq!(record["hash"].as_str().map(str::len), Some(64));
}

/// Goal: what does not concern the pair costs its site nothing.
#[test]
fn pages_of_other_headlines_are_left_alone() {
    let other = Item { path: "/rain", title: "Heavy rain expected in Lisbon", age_hours: Some(1) };
    let old = Item { path: "/old", title: HINT, age_hours: Some(24 * 30) };
    let newsroom = newsroom(&[other, old]);
    newsroom.once(&[]);
    for path in ["/robots.txt", "/rain", "/old"] {
        assert!(newsroom.site.requests(path).is_empty(), "{path}");
    }
}

/// Goal: a site that forbids it is not asked, and its headline stands by itself.
#[test]
fn sites_that_forbid_it_are_not_asked() {
    let newsroom = newsroom(&[article_at("/wind")]);
    newsroom.site.serve("/wind", page(HINT, &STORY, ""));
    newsroom.site.serve("/robots.txt", Reply::ok("User-agent: Silkwire\nDisallow: /\n"));
    newsroom.once(&[]);
    assert!(newsroom.site.requests("/wind").is_empty());
    assert!(newsroom.list("matches").is_empty());
}

/// Goal: a link of another site that only counts clicks does not lead around the rules of the
/// site behind it.
#[test]
fn every_site_on_the_way_is_asked_first() {
    let newsroom = newsroom(&[article_at("/go/1")]);
    let other = FeedServer::start_at("127.0.0.2");
    other.serve("/wind", page(HINT, &STORY, ""));
    other.serve("/robots.txt", Reply::ok("User-agent: *\nDisallow: /wind\n"));
    let behind = other.url("/wind");
    newsroom.site.serve("/go/1", Reply::status(302).header("location", &behind));
    newsroom.once(&[]);
    assert_eq!(other.requests("/robots.txt").len(), 1);
    assert!(other.requests("/wind").is_empty());
    assert!(newsroom.list("matches").is_empty());
}

/// Goal: a publisher who reserves text and data mining is heard, wherever it says so.
#[test]
fn reservations_are_kept() {
    let reserved = "<meta name=\"tdm-reservation\" content=\"1\">";
    let in_head = page(HINT, &STORY, reserved);
    let in_header = page(HINT, &STORY, "").header("tdm-reservation", "1");
    for reply in [in_head, in_header] {
        let newsroom = newsroom(&[article_at("/wind")]);
        newsroom.site.serve("/wind", reply);
        newsroom.once(&[]);
        assert_eq!(newsroom.site.requests("/wind").len(), 1);
        assert!(newsroom.list("matches").is_empty());
    }
}

/// Goal: the same article by a redirect, by its mobile address and by its own is one article,
/// told once.
#[test]
fn i11_one_article_by_three_addresses() {
    let newsroom = newsroom(&[article_at("/go/1")]);
    let canonical = newsroom.site.url("/wind");
    let head = format!("<link rel=\"canonical\" href=\"{canonical}\">");
    newsroom.site.serve("/go/1", Reply::status(302).header("location", "/wind"));
    newsroom.site.serve("/wind", page(HINT, &STORY, &head));
    newsroom.site.serve("/m/wind", page(HINT, &STORY, &head));
    newsroom.once(&[]);
    assert_eq!(newsroom.list("matches").len(), 1);
    for path in ["/m/wind", "/wind"] {
        let items = [article_at("/go/1"), article_at(path)];
        newsroom.site.serve("/feed", rss(&newsroom.site.origin(), &items));
        newsroom.once(&["--now"]);
        assert_eq!(newsroom.list("matches").len(), 1, "{path}");
    }
    assert_eq!(newsroom.desk.requests().len(), 1);
}

/// Goal: a site that gives all its pages one address loses no article by that.
#[test]
fn shared_canonical_address_merges_nothing() {
    let other = "Tokyo bank looks at wind power loans";
    let items = [article_at("/1"), Item { path: "/2", title: other, age_hours: Some(1) }];
    let newsroom = newsroom(&items);
    let head = format!("<link rel=\"canonical\" href=\"{}\">", newsroom.site.url("/all-news"));
    let told = STORY.map(|text| text.replace("wind power", "wind power loans"));
    newsroom.site.serve("/1", page(HINT, &STORY, &head));
    newsroom.site.serve("/2", page(other, &told.each_ref().map(String::as_str), &head));
    newsroom.once(&[]);
    assert_eq!(newsroom.list("matches").len(), 2);
}

/// Goal: a slow or broken page costs its headline nothing but the text.
#[test]
fn broken_pages_leave_the_headline() {
    let told = "Japan and Azerbaijan sign agreement on energy cooperation in Baku";
    let item = Item { path: "/wind", title: told, age_hours: Some(1) };
    for reply in [Reply::status(503), Reply::ok("<html>"), Reply::ok(vec![0xff; 4000])] {
        let newsroom = newsroom(&[item]);
        newsroom.site.serve("/wind", reply);
        newsroom.once(&[]);
        assert_eq!(newsroom.list("matches").len(), 1);
    }
}
