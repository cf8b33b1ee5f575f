//! Who is told of what: routes, updates and mutes, with real receivers.

use std::fmt::Write;

use serde_json::Value;
use silkwire::model::{Clock, SystemClock, Zone};

use crate::newsroom::{Item, SCHOLARS, SIGNED, rss};
use crate::support::{FeedServer, Home, Receiver, Request, exchange};

/// A site with feeds, some receivers, and a service between them.
struct House {
    site: FeedServer,
    receivers: Vec<(&'static str, Receiver)>,
    home: Home,
}

impl House {
    /// `tables` says who is told; `paths` of the site are polled.
    fn new(names: &[&'static str], paths: &[&str], tables: &str) -> Self {
        let receivers = names.iter().map(|name| (*name, Receiver::start())).collect();
        let house = Self { site: FeedServer::start(), receivers, home: Home::new("") };
        house.configure(paths, tables);
        house
    }

    fn configure(&self, paths: &[&str], tables: &str) {
        let mut text = String::from(
            "[net]\nallow_networks = [\"127.0.0.0/8\"]\n[collect]\nhost_gap = \"0s\"\n",
        );
        for path in paths {
            let url = self.site.url(path);
            writeln!(text, "[[feed]]\nurl = \"{url}\"\ntitle = \"{path}\"").unwrap();
        }
        for (name, receiver) in &self.receivers {
            let url = receiver.url();
            writeln!(text, "[[receiver]]\nname = \"{name}\"\nurl = \"{url}\"\nallow_http = true")
                .unwrap();
        }
        self.home.write("silkwire.toml", &(text + tables));
    }

    #[track_caller]
    fn once(&self) {
        let finished = self.home.run_once(&["--now"]);
        assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    }

    /// The kinds of what a receiver was told, oldest first.
    fn told(&self, name: &str) -> Vec<String> {
        self.alerts(name).iter().map(|body| body["type"].as_str().unwrap().to_owned()).collect()
    }

    fn alerts(&self, name: &str) -> Vec<Value> {
        let (_, receiver) = self.receivers.iter().find(|(it, _)| *it == name).unwrap();
        receiver.requests().iter().map(Request::json).collect()
    }

    #[track_caller]
    fn says(&self, arguments: &[&str]) -> String {
        let finished = self.home.run(arguments);
        assert_eq!(finished.code, Some(0), "{arguments:?}: {}", finished.stderr);
        finished.stdout
    }

    /// The ids of the matches, newest first.
    fn matches(&self) -> Vec<String> {
        let listed = self.says(&["matches", "list", "--format", "json"]);
        let id = |line: &str| {
            serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned()
        };
        listed.lines().map(id).collect()
    }
}

fn item(path: &'static str, title: &'static str) -> Item<'static> {
    Item { path, title, age_hours: Some(1) }
}

/// Goal: each desk hears of what it asked for, and of nothing else.
#[test]
fn b41_articles_go_where_routes_lead() {
    let house = House::new(
        &["desk", "wire", "archive", "nobody"],
        &["/a", "/b"],
        r#"
        [[route]]
        receiver = "desk"
        feeds = "/a"
        [[route.route]]
        receiver = "wire"
        aspects = "energy"
        continue = true
        [[route.route]]
        receiver = "nobody"
        languages = "ja"
        [[route]]
        receiver = "archive"
        "#,
    );
    let origin = house.site.origin();
    house.site.serve("/a", rss(&origin, &[item("/1", SIGNED)]));
    house.site.serve("/b", rss(&origin, &[item("/2", SCHOLARS)]));
    house.once();
    let told = ["desk", "wire", "archive", "nobody"].map(|name| house.told(name).len());
    assert_eq!(told, [0, 1, 1, 0]);
    assert!(house.alerts("wire")[0]["data"]["match"]["title"].as_str() == Some(SIGNED));
}

/// Goal: whoever wonders why they were not told gets the same answer from a running service, from
/// a stopped one and over HTTP, for matches and articles alike.
#[test]
fn b41_way_of_an_article_is_explained() {
    let house = House::new(
        &["desk", "wire"],
        &["/a"],
        r#"
        [[mute_window]]
        name = "always"
        from = "00:00"
        to = "24:00"
        mode = "drop"
        [[route]]
        name = "Japan"
        receiver = "wire"
        languages = "ja"
        [[route]]
        receiver = "desk"
        aspects = ["energy", "trade", "diplomacy"]
        [[route]]
        receiver = "wire"
        mute_windows = "always"
        "#,
    );
    house.site.serve("/a", rss(&house.site.origin(), &[item("/1", SIGNED)]));
    house.once();
    let id = house.matches().remove(0);
    let route = |id: &str, more: &[&str]| {
        house.says(&[&["alerts", "route", "--article", id], more].concat())
    };
    let json: Value = serde_json::from_str(&route(&id, &["--format", "json"])).unwrap();
    let article = json["article"].as_str().unwrap().to_owned();
    let questions: [(&str, &[&str]); 5] = [
        (&id, &[]),
        (&id, &["--kind", "updated"]),
        (&id, &["--format", "json"]),
        (&article, &[]),
        (&article, &["--kind", "updated", "--format", "json"]),
    ];
    let stopped = questions.map(|(id, more)| route(id, more));
    let service = house.home.start();
    let origin = service.origin();
    assert_eq!(stopped, questions.map(|(id, more)| route(id, more)));
    let answer = exchange("GET", &format!("{origin}/api/v1/matches/{article}/route"), &[], b"");
    assert_eq!(answer.status, 200);
    assert_eq!(serde_json::from_str::<Value>(answer.text()).unwrap(), json);
    let wrong = house.home.run(&["alerts", "route", "--article", "0000000000000000"]);
    assert_eq!((wrong.code, wrong.stdout.as_str()), (Some(66), ""));
    assert_eq!(service.terminate().code, Some(0));

    let words = stopped[0].replace(&id, "ID");
    let lines: Vec<&str> = words.lines().collect();
    assert_eq!(
        lines[..8],
        [
            format!("ID as match.created: {SIGNED}").as_str(),
            "routes:",
            "  Japan: no: language is en, wanted ja",
            "  route 2: takes it, tells desk",
            "  route 3: not asked: a route before it takes it",
            "told now:",
            "  desk: at once (route 2)",
            "what happened:",
        ]
    );
    assert!(lines[8].starts_with("  match.created to desk: delivered 20"), "{words}");
    assert!(stopped[1].contains("as story.updated"), "{}", stopped[1]);
}

/// Goal: twenty outlets with the same report ring once, and again only when that is news by itself:
/// at the third and the tenth outlet; whoever wants new stories only hears nothing of it.
#[test]
fn b38_one_story_in_many_feeds_is_one_alert_and_its_updates() {
    let paths: Vec<String> = (0..20).map(|number| format!("/{number}")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let routes = "[[route]]\nreceiver = \"desk\"\n\
        [[route]]\nreceiver = \"news\"\nstories = \"new\"\n";
    let told = |pace: &str| {
        let house = House::new(&["desk", "news"], &paths, &format!("[alert]\n{pace}\n{routes}"));
        let origin = house.site.origin();
        house.site.serve(paths[0], rss(&origin, &[item("/first", SIGNED)]));
        for path in &paths[1..] {
            house.site.serve(path, rss(&origin, &[]));
        }
        house.once();
        assert_eq!(house.told("desk"), ["match.created"]);
        for path in &paths[1..] {
            let copy = Item { path, title: SIGNED, age_hours: Some(1) };
            house.site.serve(path, rss(&origin, &[copy]));
        }
        house.once();
        assert_eq!(house.matches().len(), 20);
        assert_eq!(house.told("news"), ["match.created"]);
        let waiting = house.says(&["alerts", "list", "--format", "json"]);
        let waiting = waiting.lines().filter(|line| line.contains("\"pending\"")).count();
        let last = house.alerts("desk").pop().unwrap();
        (house.told("desk").len(), waiting, last["data"]["changes"].clone())
    };
    let (n_told, n_waiting, changes) = told("group_interval = \"0s\"");
    assert_eq!((n_told, n_waiting), (3, 0));
    assert_eq!(changes, serde_json::json!(["10 outlets report it"]));
    // What changes soon after another alert of the story waits, and is told together.
    let (n_told, n_waiting, _) = told("group_interval = \"1h\"");
    assert_eq!((n_told, n_waiting), (1, 1));
}

/// Goal: nobody is woken at night but by what is certain; the rest is there in the morning.
/// Method: a window that lies around now.
#[test]
fn b39_night_holds_what_is_not_certain() {
    let now = SystemClock.now();
    let zone = Zone::named("UTC").unwrap();
    let clock = |hours: i64| {
        let time = silkwire::model::Timestamp::from_unix_ms(now.unix_ms() + hours * 3_600_000);
        zone.shown(time.unwrap())[11..16].to_owned()
    };
    let tables = |from: &str, to: &str, more: &str| {
        format!(
            "[[mute_window]]\nname = \"nights\"\nfrom = \"{from}\"\nto = \"{to}\"\n\
             time_zone = \"UTC\"\n{more}\n[[route]]\nreceiver = \"desk\"\nmute_windows = \"nights\"\n"
        )
    };
    let (before, after) = (clock(-2), clock(2));
    let house = House::new(&["desk"], &["/a"], &tables(&before, &after, ""));
    let origin = house.site.origin();
    house.site.serve("/a", rss(&origin, &[item("/1", SIGNED)]));
    house.once();
    assert_eq!(house.told("desk").len(), 0);
    let id = house.matches().remove(0);
    let way = house.says(&["alerts", "route", "--article", &id]);
    assert!(way.contains("held by nights (route 1)"), "{way}");
    assert!(way.contains("match.created to desk: held until"), "{way}");

    // What is certain passes, and a window that was changed is asked again.
    house.configure(&["/a"], &tables(&before, &after, "unless_score = 0.1"));
    house.site.serve("/a", rss(&origin, &[item("/1", SIGNED), item("/2", SCHOLARS)]));
    house.once();
    let title = |alert: &Value| alert["data"]["match"]["title"].as_str().unwrap().to_owned();
    let mut titles: Vec<String> = house.alerts("desk").iter().map(title).collect();
    titles.sort();
    assert_eq!(titles, [SCHOLARS, SIGNED]);
}

/// Goal: mistakes in zones, times and routes stand in one report, with what to write instead.
#[test]
fn mistakes_in_routes_are_named_with_their_lines() {
    let home = Home::new(
        r#"[service]
time_zone = "Asia/Bakuu"
[[feed]]
url = "https://example.org/feed.xml"
[[receiver]]
name = "desk"
url = "https://example.org/hook"
[[mute_window]]
name = "nights"
days = ["mon-fry"]
from = "22"
to = "07:00"
[[route]]
receiver = "desk"
topics = "japan-azerbaijn"
sides = "Japan"
digest = { at = ["8 am"], days = [] }
mute_windows = "night"
"#,
    );
    let finished = home.run(&["check"]);
    assert_eq!(finished.code, Some(78));
    let file = home.config().join("silkwire.toml").display().to_string();
    insta::assert_snapshot!(finished.stderr.replace(&file, "silkwire.toml"));
}
