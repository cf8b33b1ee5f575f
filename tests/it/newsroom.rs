//! A site with feeds, a desk that wants alerts, and a service between them.

use std::fmt::Write;

use silkwire::model::{Clock, SystemClock};

use crate::support::{FeedServer, Home, Receiver, Reply, sample};

/// What the desk's alerts are signed with.
pub(crate) const SECRET: &str = "whsec_c2lsa3dpcmUgdGVzdHMgc2lnbiB3aXRoIHRoaXM=";

pub(crate) struct Newsroom {
    pub(crate) site: FeedServer,
    pub(crate) desk: Receiver,
    pub(crate) home: Home,
}

impl Newsroom {
    /// A service that polls these paths of the site and alerts the desk.
    pub(crate) fn new(paths: &[&str]) -> Self {
        let desk = Receiver::start();
        let home = Home::new("");
        let newsroom = Self { site: FeedServer::start(), desk, home };
        newsroom.configure(&newsroom.desk.url(), paths);
        newsroom
    }

    /// Alerts go to `url` from now on, and these paths of the site are polled.
    pub(crate) fn configure(&self, url: &str, paths: &[&str]) {
        let feeds: Vec<String> = paths.iter().map(|path| self.site.url(path)).collect();
        self.configure_urls(url, &feeds);
    }

    /// The same with feeds anywhere.
    pub(crate) fn configure_urls(&self, url: &str, feeds: &[String]) {
        let tables: Vec<String> =
            feeds.iter().map(|feed| format!("[[feed]]\nurl = \"{feed}\"\n")).collect();
        self.configure_feeds(url, &tables.concat());
    }

    /// The same with feeds as `[[feed]]` tables.
    pub(crate) fn configure_feeds(&self, url: &str, tables: &str) {
        let configuration = format!(
            "[net]\nallow_networks = [\"127.0.0.0/8\"]\n[collect]\nhost_gap = \"0s\"\n\
             [[receiver]]\nname = \"desk\"\nurl = \"{url}\"\nsecret_file = \"hook.secret\"\n\
             allow_http = true\n[[route]]\nreceiver = \"desk\"\n{tables}",
        );
        self.home.write("silkwire.toml", &configuration);
        self.home.write("hook.secret", SECRET);
    }

    /// Puts these sample feeds on the site, each at `/NAME`, and polls them.
    pub(crate) fn with_samples(names: &[&str]) -> Self {
        let paths: Vec<String> = names.iter().map(|name| format!("/{name}")).collect();
        let newsroom = Self::new(&paths.iter().map(String::as_str).collect::<Vec<_>>());
        for name in names {
            let reply = sample(name, &newsroom.site.origin());
            newsroom.site.serve(&format!("/{name}"), reply.header("etag", "\"first\""));
        }
        newsroom
    }

    /// One round: polls what is due, delivers what is due.
    #[track_caller]
    pub(crate) fn once(&self, more: &[&str]) {
        let finished = self.home.run_once(more);
        assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    }

    /// What `matches list`, `alerts list` or `feeds list` knows.
    #[track_caller]
    pub(crate) fn list(&self, what: &str) -> Vec<serde_json::Value> {
        let finished = self.home.run(&[what, "list", "--format", "json"]);
        assert_eq!(finished.code, Some(0), "{}", finished.stderr);
        finished.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// An article about a tie, in a feed.
#[derive(Clone, Copy)]
pub(crate) struct Item<'a> {
    pub(crate) path: &'a str,
    pub(crate) title: &'a str,
    /// Hours before now; none for an undated one.
    pub(crate) age_hours: Option<i64>,
}

/// The time before that many hours, as RSS writes it.
pub(crate) fn hours_ago(hours: i64) -> String {
    let ms = SystemClock.now().unix_ms() - hours * 3_600_000;
    let time = jiff::Timestamp::from_millisecond(ms).unwrap();
    time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// An RSS feed with these articles, linked to `origin`.
pub(crate) fn rss(origin: &str, items: &[Item<'_>]) -> Reply {
    let mut text = String::from("<rss version=\"2.0\"><channel><title>Desk test</title>");
    for Item { path, title, age_hours } in items {
        write!(text, "<item><title>{title}</title><link>{origin}{path}</link>").unwrap();
        if let Some(hours) = age_hours {
            write!(text, "<pubDate>{}</pubDate>", hours_ago(*hours)).unwrap();
        }
        text.push_str("</item>");
    }
    text.push_str("</channel></rss>");
    Reply::ok(text).header("content-type", "application/rss+xml")
}

/// A headline that says everything.
pub(crate) const SIGNED: &str = "Japan and Azerbaijan sign agreement on energy cooperation in Baku";

/// Another event with the same two countries.
pub(crate) const SCHOLARS: &str =
    "Azerbaijani students receive Japanese government scholarships at embassy of Japan";
