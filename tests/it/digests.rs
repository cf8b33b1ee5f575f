//! Digests at their times, from a real service to a real receiver.

use std::fmt::Write;
use std::process::Command;

use serde_json::Value;
use silkwire::model::{Clock, SystemClock};

use crate::newsroom::{Item, SIGNED, rss};
use crate::support::{FeedServer, Home, Receiver, Request, Service};

struct Office {
    site: FeedServer,
    desk: Receiver,
    home: Home,
}

impl Office {
    /// A desk that reads a digest at noon, of a site with one feed.
    fn new(digest: &str) -> Self {
        let office =
            Self { site: FeedServer::start(), desk: Receiver::start(), home: Home::new("") };
        let mut text = String::from(
            "[net]\nallow_networks = [\"127.0.0.0/8\"]\n[collect]\nhost_gap = \"0s\"\n",
        );
        let (feed, hook) = (office.site.url("/a"), office.desk.url());
        writeln!(text, "[[feed]]\nurl = \"{feed}\"").unwrap();
        writeln!(text, "[[receiver]]\nname = \"desk\"\nurl = \"{hook}\"\nallow_http = true")
            .unwrap();
        writeln!(text, "[[route]]\nreceiver = \"desk\"\ndigest = {digest}").unwrap();
        office.home.write("silkwire.toml", &text);
        office
    }

    /// The binary on a machine in that zone.
    fn command(&self, zone: &str, arguments: &[&str]) -> Command {
        let mut command = self.home.command(arguments);
        command.env("TZ", zone);
        command
    }

    #[track_caller]
    fn once(&self, zone: &str) {
        let arguments = ["run", "--listen", "127.0.0.1:0", "--once", "--now"];
        let finished = Service::spawn(self.command(zone, &arguments)).wait();
        assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    }

    fn digests(&self) -> Vec<Value> {
        self.desk.requests().iter().map(Request::json).collect()
    }
}

/// A zone in the manner of POSIX whose clock shows 12:00 in so many seconds.
fn zone_with_noon_in(seconds: i64) -> String {
    let now_s = SystemClock.now().unix_ms().div_euclid(1000);
    let shown_s = (43_200 - seconds).rem_euclid(86_400);
    let ahead_s = (shown_s - now_s.rem_euclid(86_400)).rem_euclid(86_400);
    // Zones are at most 24 h from UTC, on either side; east of it is negative there.
    let sign = if ahead_s == 0 { "" } else { "-" };
    let (hours, minutes, seconds) = (ahead_s / 3600, ahead_s / 60 % 60, ahead_s % 60);
    format!("XXX{sign}{hours}:{minutes:02}:{seconds:02}")
}

const HOUR_S: i64 = 3600;

/// Goal: the desk has its digest at noon, by the clock on its wall, and nothing before; once.
#[test]
fn b37_digest_comes_at_its_local_time() {
    let office = Office::new("{ at = [\"12:00\"] }");
    let item = Item { path: "/1", title: SIGNED, age_hours: Some(1) };
    office.site.serve("/a", rss(&office.site.origin(), &[item]));
    office.once(&zone_with_noon_in(5 * HOUR_S));
    assert_eq!(office.digests().len(), 0);
    let listed = office.home.run(&["matches", "list", "--format", "json"]).stdout;
    let matched: Value = serde_json::from_str(listed.lines().next().unwrap()).unwrap();

    let noon_ms = SystemClock.now().unix_ms() + 3_000;
    let zone = zone_with_noon_in(3);
    let service = Service::spawn(office.command(&zone, &["run", "--listen", "127.0.0.1:0"]));
    let requests = office.desk.wait_for(1);
    // The zone knows whole seconds only.
    assert!(noon_ms - 1_000 <= SystemClock.now().unix_ms());
    assert_eq!(service.terminate().code, Some(0));
    let digest = requests[0].json();
    assert_eq!(digest["type"], "digest");
    assert_eq!(digest["data"]["n_stories"], 1);
    let story = &digest["data"]["stories"][0];
    assert_eq!(story["title"], SIGNED);
    assert_eq!(story["url"], office.site.url("/1"));
    assert_eq!(story["n_matches"], 1);
    assert_eq!(story["languages"], serde_json::json!(["en"]));

    // Told in a digest only, says the store, and shows what was sent.
    let id = matched["id"].as_str().unwrap();
    let way = office.home.run(&["alerts", "route", "--article", id]).stdout;
    assert!(way.contains("desk: in the digest of"), "{way}");
    assert!(way.contains("no alert of its own: it is told in a digest only"), "{way}");
    office.once(&zone);
    assert_eq!(office.digests().len(), 1);
}

/// Goal: somebody who wants to know that the feeds are watched is told so, also when the service
/// was down at noon.
#[test]
fn b37_empty_digest_says_that_somebody_looked() {
    let office = Office::new("{ at = [\"12:00\"], empty = true }");
    office.site.serve("/a", rss(&office.site.origin(), &[]));
    office.once(&zone_with_noon_in(HOUR_S));
    assert_eq!(office.digests().len(), 0);
    // The next run finds that noon was a minute ago.
    let zone = zone_with_noon_in(-60);
    office.once(&zone);
    let digests = office.digests();
    assert_eq!(digests.len(), 1, "{digests:?}");
    assert_eq!(digests[0]["data"]["n_stories"], 0);
    assert_eq!(digests[0]["data"]["feeds"]["checked"], 1);
    assert_eq!(digests[0]["data"]["feeds"]["failing"], 0);
    office.once(&zone);
    assert_eq!(office.digests().len(), 1);
}
