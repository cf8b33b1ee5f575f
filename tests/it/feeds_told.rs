//! Feeds as people change and see them: paused, resumed, polled by force, exchanged as OPML,
//! checked; with the service running or not.

use std::fmt::Write;

use serde_json::Value;

use crate::newsroom::{Item, Newsroom, SIGNED, rss};
use crate::support::{FeedServer, Finished, Home, Reply};

const FEED: &str = "application/rss+xml";

fn newsroom(paths: &[&str]) -> Newsroom {
    let newsroom = Newsroom::new(paths);
    for path in paths {
        let item = Item { path: "/one", title: SIGNED, age_hours: Some(1) };
        newsroom.site.serve(path, rss(&newsroom.site.origin(), &[item]));
    }
    newsroom
}

#[track_caller]
fn told(home: &Home, arguments: &[&str]) -> String {
    let finished = home.run(arguments);
    assert_eq!(finished.code, Some(0), "{arguments:?}: {}", finished.stderr);
    finished.stdout
}

#[track_caller]
fn refused(finished: &Finished, code: i32, words: &str) {
    assert_eq!(finished.code, Some(code), "{}", finished.stderr);
    assert!(finished.stderr.contains(words), "{}", finished.stderr);
}

/// Feeds by title.
fn listed(home: &Home) -> Vec<Value> {
    let text = told(home, &["feeds", "list", "--format", "json"]);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The id and the state of the feed at `url`.
#[track_caller]
fn standing(home: &Home, url: &str) -> (String, String) {
    let feeds = listed(home);
    let feed = feeds.iter().find(|feed| feed["url"] == url).unwrap();
    (feed["id"].as_str().unwrap().to_owned(), feed["state"].as_str().unwrap().to_owned())
}

/// Goal: a paused feed stays in the list, is asked no more over restarts, and comes back.
/// Method: paused through the running service, resumed on the store, and the other way round.
#[test]
fn paused_feed_is_left_alone_until_it_is_resumed() {
    let newsroom = newsroom(&["/a.xml", "/b.xml"]);
    let (home, url) = (&newsroom.home, newsroom.site.url("/a.xml"));
    newsroom.once(&[]);
    let (id, state) = standing(home, &url);
    assert_eq!(state, "ok");
    let service = home.start();
    service.origin();
    told(home, &["feeds", "pause", &id]);
    told(home, &["feeds", "pause", &id]);
    assert_eq!(standing(home, &url).1, "paused");
    refused(&home.run(&["feeds", "poll", &id, "--force"]), 65, "is paused: resume it first");
    let running = told(home, &["feeds", "list"]);
    assert!(running.contains("paused"), "{running}");
    assert_eq!(service.terminate().code, Some(0));
    assert_eq!(told(home, &["feeds", "list"]), running);

    newsroom.once(&["--now"]);
    assert_eq!(newsroom.site.requests("/a.xml").len(), 1);
    assert_eq!(newsroom.site.requests("/b.xml").len(), 2);
    told(home, &["feeds", "resume", &id]);
    newsroom.once(&["--now"]);
    assert_eq!(newsroom.site.requests("/a.xml").len(), 2);

    told(home, &["feeds", "pause", &id]);
    let service = home.start();
    service.origin();
    told(home, &["feeds", "resume", &id]);
    told(home, &["feeds", "poll", &id]);
    newsroom.site.wait_for("/a.xml", 3);
    assert_eq!(service.terminate().code, Some(0));
    assert_eq!(standing(home, &url).1, "ok");
    refused(&home.run(&["feeds", "pause", "0000000000000000"]), 66, "no feed");
}

/// Goal: a feed that a file switches off is told as paused, counted by `check`, never polled, and
/// a person may switch it on.
#[test]
fn feed_that_is_off_in_a_file_is_paused() {
    let newsroom = newsroom(&["/a.xml"]);
    let (home, url) = (&newsroom.home, newsroom.site.url("/a.xml"));
    let table = format!("[[feed]]\nurl = \"{url}\"\nenabled = false\n");
    newsroom.configure_feeds(&newsroom.desk.url(), &table);
    let checked = home.run(&["check"]);
    assert!(checked.stdout.contains("1 feeds, 1 of them paused"), "{}", checked.stdout);
    assert!(checked.stderr.contains("net.contact is empty"), "{}", checked.stderr);
    newsroom.once(&["--now"]);
    assert!(newsroom.site.requests("/a.xml").is_empty());
    let (id, state) = standing(home, &url);
    assert_eq!(state, "paused");
    told(home, &["feeds", "resume", &id]);
    newsroom.once(&[]);
    assert_eq!(newsroom.site.requests("/a.xml").len(), 1);
}

/// Goal: what is changed by hand is the same whether the service runs or not.
#[test]
fn lists_change_alike_both_ways() {
    let changes: [&[&str]; 6] = [
        &["add", "http://127.0.0.1:1/x.xml", "--title", "X", "--every", "5m", "--language", "az"],
        &["add", "http://127.0.0.1:1/p", "--selectors", "item=article,date=time"],
        &["add", "http://127.0.0.1:1/x.xml", "--title", "Another"],
        &["add", "http://127.0.0.1:1/s.xml", "--kind", "sitemap", "--every", "1s"],
        &["add", "http://127.0.0.1:1/q", "--selectors", "item=[[["],
        &["add", "http://127.0.0.1:1/q", "--kind", "page"],
    ];
    let after = |is_running: bool| {
        let home = Home::with_feeds(&["http://127.0.0.1:1/a.xml", "http://127.0.0.1:1/b.xml"]);
        let service = is_running.then(|| home.start());
        if let Some(service) = &service {
            service.origin();
        }
        let mut said = Vec::new();
        for change in changes {
            let finished = home.run(&[&["feeds"], change].concat());
            said.push((finished.code, finished.stdout, finished.stderr));
        }
        let first = standing(&home, "http://127.0.0.1:1/a.xml").0;
        told(&home, &["feeds", "remove", &first]);
        told(&home, &["feeds", "add", "http://127.0.0.1:1/a.xml", "--title", "Not this"]);
        told(&home, &["feeds", "pause", &standing(&home, "http://127.0.0.1:1/x.xml").0]);
        let export = told(&home, &["feeds", "export"]);
        if let Some(service) = service {
            assert_eq!(service.terminate().code, Some(0));
        }
        assert_eq!(told(&home, &["feeds", "export"]), export);
        (said, export)
    };
    let (running, stopped) = (after(true), after(false));
    assert_eq!(running, stopped);
    let codes: Vec<_> = stopped.0.iter().map(|(code, ..)| code.unwrap()).collect();
    assert_eq!(codes, [0, 0, 0, 65, 65, 65], "{:?}", stopped.0);
    insta::assert_snapshot!(stopped.1);
}

/// Goal: a person who wants news now does not break a promise to a server by accident, and may
/// all the same, once a minute.
#[test]
fn p20_polls_by_hand_keep_the_servers_word_unless_forced() {
    let other = FeedServer::start_at("127.0.0.7");
    let newsroom = newsroom(&["/a.xml"]);
    let urls = [newsroom.site.url("/a.xml"), other.url("/b.xml")];
    newsroom.configure_urls(&newsroom.desk.url(), &urls);
    let fresh = Reply::ok("<rss version=\"2.0\"><channel><title>A</title></channel></rss>");
    let fresh = fresh.header("content-type", FEED).header("cache-control", "max-age=7200");
    newsroom.site.serve("/a.xml", fresh);
    other.serve("/b.xml", Reply::status(429).header("retry-after", "3600"));
    newsroom.once(&[]);

    let home = &newsroom.home;
    let service = home.start();
    service.origin();
    for (server, path, url, words) in [
        (&newsroom.site, "/a.xml", &urls[0], "the publisher says that nothing changes before 2"),
        (&other, "/b.xml", &urls[1], "the server asked for no request before 2"),
    ] {
        let id = standing(home, url).0;
        refused(&home.run(&["feeds", "poll", &id]), 65, words);
        assert_eq!(server.requests(path).len(), 1);
        told(home, &["feeds", "poll", &id, "--force"]);
        server.wait_for(path, 2);
        refused(&home.run(&["feeds", "poll", &id, "--force"]), 65, "polled by force just now");
    }
    assert_eq!(service.terminate().code, Some(0));
    assert_eq!((newsroom.site.requests("/a.xml").len(), other.requests("/b.xml").len()), (2, 2));
}

/// Goal: a list moves from one installation to another with all that is known of each feed, and
/// lists of other readers come in; what cannot be taken is named.
#[test]
fn lists_of_feeds_come_in_and_go_out() {
    let one = Home::new(
        "[[feed]]\nurl = \"https://example.org/a.xml\"\ntitle = \"A & B\"\nside = \"AZ\"\n\
         language = \"az\"\nevery = \"15m\"\n[[feed]]\nurl = \"https://example.org/off.xml\"\n\
         enabled = false\n[[feed]]\nurl = \"https://example.org/page\"\nkind = \"page\"\n\
         selectors = { item = \"article\", link = \"h2 a\" }\n",
    );
    told(&one, &["feeds", "add", "https://example.org/added.xml", "--side", "JP"]);
    let list = told(&one, &["feeds", "export"]);
    let other = Home::new("[[feed]]\nurl = \"https://example.org/a.xml\"\n");
    let path = other.write("list.opml", &list);
    let path = path.to_str().unwrap();
    let dry = other.run(&["feeds", "import", path, "--dry-run"]);
    assert!(dry.stderr.contains("3 would be added, 1 known already"), "{}", dry.stderr);
    assert_eq!(listed(&other).len(), 1);
    let imported = other.run(&["feeds", "import", path]);
    assert_eq!((imported.code, imported.stdout.as_str()), (Some(0), dry.stdout.as_str()));
    let outlines = |text: &str| {
        let lines = text.lines().filter(|line| line.contains("<outline")).skip(1);
        let mut lines: Vec<String> = lines.map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(outlines(&told(&other, &["feeds", "export"])), outlines(&list));

    let foreign = "<opml version=\"1.0\"><body><outline text=\"News\">\
         <outline type=\"rss\" text=\"C\" xmlUrl=\"https://example.org/c.xml\"/>\n\
         <outline type=\"rss\" text=\"Bad\" xmlUrl=\"ftp://example.org/d\"/></outline></body></opml>";
    let path = other.write("foreign.opml", foreign);
    let imported = other.run(&["feeds", "import", path.to_str().unwrap()]);
    assert_eq!(imported.code, Some(0));
    assert!(imported.stdout.contains("C https://example.org/c.xml"), "{}", imported.stdout);
    assert!(imported.stderr.contains(":2: refused \"Bad\""), "{}", imported.stderr);
    assert!(imported.stderr.contains("1 added"), "{}", imported.stderr);
    let page = other.write("page.html", "<html>log in</html>");
    refused(&other.run(&["feeds", "import", page.to_str().unwrap()]), 65, "a web page");
    refused(&other.run(&["feeds", "import", "nowhere.opml"]), 66, "cannot be read");
}

/// Goal: one command says of every feed whether it can be read, with the line to mend; it keeps
/// nothing and asks nobody who is paused.
#[test]
fn check_online_asks_every_feed_once() {
    let newsroom = newsroom(&["/a.xml"]);
    let site = &newsroom.site;
    site.serve("/busy.xml", Reply::status(503));
    site.serve("/page.html", Reply::ok("<!doctype html><html><body><p>hello</body></html>"));
    let mut tables = String::new();
    for path in ["/a.xml", "/gone.xml", "/busy.xml", "/page.html"] {
        write!(tables, "[[feed]]\nurl = \"{}\"\n", site.url(path)).unwrap();
    }
    writeln!(tables, "[[feed]]\nurl = \"{}\"\nenabled = false", site.url("/off.xml")).unwrap();
    writeln!(tables, "[[feed]]\nurl = \"http://10.0.0.1/inside.xml\"").unwrap();
    writeln!(tables, "[[feed]]\nurl = \"{}\"\nkind = \"page\"", site.url("/page.html?x")).unwrap();
    writeln!(tables, "selectors = {{ item = \"article\" }}").unwrap();
    newsroom.configure_feeds(&newsroom.desk.url(), &tables);
    site.serve("/page.html?x", Reply::ok("<!doctype html><html><body><p>hello</body></html>"));

    let checked = newsroom.home.run(&["check", "--online"]);
    assert_eq!(checked.code, Some(78), "{}", checked.stderr);
    let folder = newsroom.home.config().display().to_string();
    let plain = |text: &str| text.replace(&folder, "CONFIG").replace(&site.origin(), "SITE");
    let date = |line: &str| match line.split_once(", newest ") {
        Some((start, _)) => format!("{start}, newest DATE"),
        None => line.to_owned(),
    };
    let lines: Vec<String> = plain(&checked.stdout).lines().map(date).collect();
    insta::assert_snapshot!(lines.join("\n"));
    insta::assert_snapshot!("check_online_stderr", plain(&checked.stderr));
    assert!(site.requests("/off.xml").is_empty());
    assert_eq!(site.requests("/a.xml").len(), 1);
    assert_eq!(std::fs::read_dir(newsroom.home.state()).unwrap().count(), 0);
}

/// Goal: trouble that passes by itself stops no script; what programs read says the same.
#[test]
fn check_online_warns_of_trouble_that_may_pass() {
    let newsroom = newsroom(&["/a.xml", "/busy.xml"]);
    newsroom.site.serve("/busy.xml", Reply::status(503));
    let checked = newsroom.home.run(&["check", "--online", "--format", "json"]);
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
    let lines: Vec<Value> =
        checked.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["state"], &lines[0]["n_entries"]), (&"ok".into(), &1.into()));
    assert_eq!((&lines[1]["state"], &lines[1]["trouble"]), (&"later".into(), &"status".into()));
    assert!(checked.stderr.contains("warning: "), "{}", checked.stderr);
    assert!(checked.stderr.contains("1 feeds are right, 0 wrong, 1 in trouble"));
}

/// Goal: a list of feeds tells what is wrong, what to do, and why the next poll is when it is.
#[test]
fn list_says_what_to_do_and_why() {
    let newsroom = newsroom(&["/a.xml", "/gone.xml"]);
    newsroom.site.serve("/gone.xml", Reply::status(404));
    newsroom.once(&[]);
    let table = told(&newsroom.home, &["feeds", "list"]);
    assert!(table.contains("nothing at this address: nothing to do yet"), "{table}");
    assert!(table.contains("one failure"), "{table}");
    let feeds = listed(&newsroom.home);
    let gone = feeds.iter().find(|feed| feed["state"] == "failing").unwrap();
    assert_eq!((&gone["trouble"], &gone["reason"]), (&"not_found".into(), &"failure".into()));
    assert_eq!((&gone["flagged"], &gone["streak"]), (&false.into(), &1.into()));
    assert!(gone["failing_since"].is_string());
}

/// Goal: an operator who names a feed in a file that was added by hand is told which word counts.
#[test]
fn conflicts_are_named_at_the_start() {
    let newsroom = newsroom(&["/a.xml"]);
    let url = newsroom.site.url("/b.xml");
    told(&newsroom.home, &["feeds", "add", &url, "--title", "By hand"]);
    newsroom.configure(&newsroom.desk.url(), &["/a.xml", "/b.xml"]);
    let finished = newsroom.home.run_once(&[]);
    let words = format!("feed {url} was added by hand and now stands in a file, too");
    assert!(finished.stderr.contains(&words), "{}", finished.stderr);
}
