//! Feeds that kill or confuse parsers: the service goes on, and the list says what is wrong.

use crate::newsroom::{Item, Newsroom, SIGNED, rss};
use crate::support::Reply;

/// Elements that sent the parser's recursion through the stack (spec of feed parsers: 1,000
/// levels end a 2 MiB stack).
fn nested(open: &str, close: &str, levels: usize) -> Reply {
    let (open, close) = (open.repeat(levels), close.repeat(levels));
    let text = format!(
        "<rss version=\"2.0\" xmlns:media=\"http://search.yahoo.com/mrss/\" \
         xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\"><channel><title>t</title>\
         <item><title>a</title><guid>a</guid>{open}{close}</item></channel></rss>"
    );
    Reply::ok(text)
}

fn feed_with(inside: &str) -> Reply {
    Reply::ok(format!(
        "<rss version=\"2.0\" xmlns:media=\"http://search.yahoo.com/mrss/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><title>t</title><item>\
         <title>a</title><guid>a</guid>{inside}</item></channel></rss>"
    ))
}

/// UTF-16 with a byte order mark and a declaration that disagrees with it.
fn utf_16_with_a_lie() -> Reply {
    let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><rss version=\"2.0\"><channel>\
                <title>t</title><item><title>a</title><guid>a</guid></item></channel></rss>";
    let big_endian = text.encode_utf16().flat_map(u16::to_be_bytes);
    Reply::ok([0xfe, 0xff].into_iter().chain(big_endian).collect::<Vec<u8>>())
}

/// Goal: one hostile site harms nobody else, and the operator reads why.
#[test]
fn deadly_inputs_leave_the_service_running() {
    let deadly = [
        ("/media", nested("<media:group>", "</media:group>", 100_000)),
        ("/itunes", nested("<itunes:category text=\"x\">", "</itunes:category>", 100_000)),
        ("/author", feed_with("<author>山田　太郎（記者）a@example.org（東京）</author>")),
        ("/creator", feed_with("<dc:creator>　記者　a@example.org　</dc:creator>")),
        ("/npt", feed_with("<media:content duration=\"99999999999999999999999\"/>")),
        ("/utf16", utf_16_with_a_lie()),
        ("/twice", feed_with("<?xml version=\"1.0\" encoding=\"utf-16\"?>")),
        ("/html", Reply::ok("<!doctype html><html><body>Checking your browser</body></html>")),
        ("/empty", Reply::ok("")),
        ("/cut", Reply::ok("<rss version=\"2.0\"><channel><item><title>a")),
        ("/depth", nested("<x>", "</x>", 200_000)),
    ];
    let mut paths: Vec<&str> = deadly.iter().map(|(path, _)| *path).collect();
    paths.push("/good");
    let newsroom = Newsroom::new(&paths);
    for (path, reply) in deadly {
        newsroom.site.serve(path, reply);
    }
    let good = Item { path: "/a", title: SIGNED, age_hours: Some(1) };
    newsroom.site.serve("/good", rss(&newsroom.site.origin(), &[good]));

    newsroom.once(&[]);
    assert_eq!(newsroom.desk.requests().len(), 1, "the good feed is read all the same");
    let feeds = newsroom.list("feeds");
    let verdicts: Vec<String> = feeds
        .iter()
        .map(|feed| {
            let path = feed["url"].as_str().unwrap().rsplit('/').next().unwrap();
            let error = feed["error"].as_str().unwrap_or("-");
            format!("{path}: {}, {} entries, {error}", feed["state"], feed["n_entries"])
        })
        .collect();
    insta::assert_snapshot!(verdicts.join("\n"));
}

/// Goal: a feed cannot make us talk to the machine's own services.
#[test]
fn redirect_to_a_private_address_is_refused() {
    let newsroom = Newsroom::new(&["/feed"]);
    let away = Reply::status(302).header("location", "http://10.0.0.1/metadata");
    newsroom.site.serve("/feed", away);
    newsroom.once(&[]);
    let feed = newsroom.list("feeds").remove(0);
    assert_eq!(feed["state"], "failing");
    let error = feed["error"].as_str().unwrap();
    assert!(error.contains("10.0.0.1"), "{error}");
}
