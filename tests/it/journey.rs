//! The main path: feeds in, alerts out, once.

use crate::newsroom::{Item, Newsroom, SCHOLARS, SECRET, SIGNED, rss};
use crate::support::{FeedServer, Reply, SAMPLES, exchange};

/// Goal: an embassy's reception, a grant and a scholarship reach the desk, once for each event,
/// in formats and languages as the world writes them; six look-alikes do not.
#[test]
fn each_event_reaches_the_desk_once_and_look_alikes_never() {
    let newsroom = Newsroom::with_samples(&SAMPLES);
    newsroom.once(&[]);

    assert_eq!(newsroom.desk.verify(SECRET), Ok(()));
    let alerts = newsroom.desk.requests();
    let mut told: Vec<String> = alerts
        .iter()
        .map(|alert| alert.json()["data"]["match"]["url"].as_str().unwrap().to_owned())
        .map(|url| url.rsplit('/').next().unwrap().to_owned())
        .collect();
    told.sort();
    assert_eq!(told.len(), 3, "{told:?}");
    let is_reception = |name: &String| name.contains("empfang") || name.contains("reception");
    assert_eq!(told.iter().filter(|name| is_reception(name)).count(), 1, "{told:?}");

    let mut flagged: Vec<String> = newsroom
        .list("matches")
        .iter()
        .map(|view| format!("{} {}", view["language"], view["feed"]["side"]))
        .collect();
    flagged.sort();
    assert_eq!(flagged.len(), 4, "{flagged:?}");
    let languages: Vec<&str> = flagged.iter().map(|it| &it[1..3]).collect();
    assert_eq!(languages, ["az", "de", "en", "ja"]);
}

/// Goal: a receiver written after the documentation understands an alert.
#[test]
fn alert_has_the_documented_shape() {
    let newsroom = Newsroom::with_samples(&["reception.de.rss.xml"]);
    newsroom.once(&[]);
    let alert = newsroom.desk.wait_for(1).remove(0);
    assert_eq!(alert.header("content-type"), Some("application/json"));
    assert!(alert.header("webhook-id").unwrap().starts_with("evt_"));
    let body = alert.json();
    assert_eq!(body["type"], "match.created");
    assert_eq!(body["data"]["topic"], "japan-azerbaijan");
    let matched = &body["data"]["match"];
    assert_eq!(matched["language"], "de");
    assert_eq!(matched["feed"]["side"], "third");
    assert!(0.5 <= matched["score"].as_f64().unwrap());
    let figures = matched["figures"].as_array().unwrap();
    assert!(figures.iter().any(|it| it["value"] == 452e6 && it["unit"] == "USD"), "{figures:?}");
    let sides: Vec<_> =
        matched["evidence"].as_array().unwrap().iter().map(|it| &it["side"]).collect();
    assert!(sides.contains(&&"JP".into()) && sides.contains(&&"AZ".into()), "{sides:?}");
    assert_eq!(body["data"]["story"]["size"], 1);
}

/// Goal: publishers are asked "changed since?", and a restart forgets neither that nor what
/// was told.
#[test]
fn second_run_asks_with_validators_and_tells_nothing_again() {
    let newsroom = Newsroom::with_samples(&SAMPLES);
    newsroom.once(&[]);
    let n_told = newsroom.desk.requests().len();

    newsroom.once(&["--now"]);
    for name in SAMPLES {
        let requests = newsroom.site.requests(&format!("/{name}"));
        assert_eq!(requests.len(), 2, "{name}");
        assert_eq!(requests[0].header("if-none-match"), None);
        assert_eq!(requests[1].header("if-none-match"), Some("\"first\""));
    }
    assert_eq!(newsroom.desk.requests().len(), n_told);
    assert_eq!(newsroom.list("matches").len(), 4);
}

/// Goal: a plain second run asks nobody before the time.
#[test]
fn feeds_that_are_not_due_are_left_alone() {
    let newsroom = Newsroom::with_samples(&["jica.ja.json"]);
    newsroom.once(&[]);
    newsroom.once(&[]);
    assert_eq!(newsroom.site.requests("/jica.ja.json").len(), 1);
}

/// Goal: a site without validators, or with edited titles and dates, does not ring twice.
#[test]
fn b09_known_entries_never_alert_again() {
    let newsroom = Newsroom::new(&["/feed"]);
    let origin = newsroom.site.origin();
    let item = |title, hours| Item { path: "/a", title, age_hours: Some(hours) };
    newsroom.site.serve("/feed", rss(&origin, &[item(SIGNED, 1)]));
    newsroom.once(&[]);
    assert_eq!(newsroom.desk.requests().len(), 1);

    newsroom.once(&["--now"]);
    let edited = format!("{SIGNED} (updated)");
    let other = Item { path: "/b", title: "Weather", age_hours: Some(1) };
    newsroom.site.serve("/feed", rss(&origin, &[item(&edited, 0), other]));
    newsroom.once(&["--now"]);
    assert_eq!(newsroom.site.requests("/feed").len(), 3);
    assert_eq!(newsroom.desk.requests().len(), 1);
    let matches = newsroom.list("matches");
    assert_eq!(matches.len(), 1);
    assert_eq!(matches[0]["title"], edited);
}

/// Goal: adding a feed does not flood the desk with its archive, but today's news counts.
#[test]
fn first_document_is_a_silent_baseline() {
    let newsroom = Newsroom::new(&["/feed"]);
    let origin = newsroom.site.origin();
    let old = Item { path: "/old", title: SIGNED, age_hours: Some(24 * 30) };
    let undated = Item { path: "/undated", title: SCHOLARS, age_hours: None };
    newsroom.site.serve("/feed", rss(&origin, &[old, undated]));
    newsroom.once(&[]);
    assert_eq!(newsroom.desk.requests().len(), 0);
    let silences: Vec<_> =
        newsroom.list("matches").iter().map(|it| it["silence"].clone()).collect();
    assert_eq!(silences, ["baseline", "baseline"]);

    let later = "Japanese ambassador meets Azerbaijan's economy minister in Baku";
    let old = Item { path: "/old", title: SIGNED, age_hours: Some(24 * 30) };
    let new = Item { path: "/new", title: later, age_hours: None };
    newsroom.site.serve("/feed", rss(&origin, &[new, old]));
    newsroom.once(&["--now"]);
    let told = newsroom.desk.requests();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].json()["data"]["match"]["title"], later);
}

/// Goal: one article in two feeds, with and without tracking, is one article.
#[test]
fn same_link_in_two_feeds_is_one_match() {
    let newsroom = Newsroom::new(&["/one", "/two"]);
    let origin = newsroom.site.origin();
    let plain = Item { path: "/story", title: SIGNED, age_hours: Some(1) };
    let tracked = Item { path: "/story?utm_source=rss#top", title: SIGNED, age_hours: Some(1) };
    newsroom.site.serve("/one", rss(&origin, &[plain]));
    newsroom.site.serve("/two", rss(&origin, &[tracked]));
    newsroom.once(&[]);
    assert_eq!(newsroom.list("matches").len(), 1);
    assert_eq!(newsroom.desk.requests().len(), 1);
}

/// Goal: a desk that was down gets its alert on a later run, with the same id and body.
#[test]
fn failed_alert_is_tried_again_by_a_later_run() {
    let newsroom = Newsroom::with_samples(&["jica.ja.json"]);
    newsroom.desk.reply_in_turn([Reply::status(500)]);
    newsroom.once(&[]);
    let alerts = newsroom.list("alerts");
    assert_eq!((alerts.len(), &alerts[0]["state"]), (1, &"pending".into()));
    assert_eq!(alerts[0]["attempts"][0]["status"], 500);

    // The first pause is about 5 s; a service that runs meanwhile waits for it.
    let service = newsroom.home.start();
    let sent = newsroom.desk.wait_for(2);
    assert_eq!(service.terminate().code, Some(0));
    assert_eq!(newsroom.desk.verify(SECRET), Ok(()));
    assert_eq!(sent[0].header("webhook-id"), sent[1].header("webhook-id"));
    assert_eq!(sent[0].body, sent[1].body);
    assert_eq!(newsroom.list("alerts")[0]["state"], "delivered");
}

/// Goal: the running service polls, alerts and stops cleanly with a slow site in hand.
#[test]
fn service_stops_cleanly_while_a_site_hangs() {
    let newsroom = Newsroom::with_samples(&["reception.de.rss.xml"]);
    let hold = newsroom.site.hold("/reception.de.rss.xml");
    let service = newsroom.home.start();
    hold.wait_until_reached();
    let health = exchange("GET", &format!("{}/-/healthy", service.origin()), &[], b"");
    assert_eq!(health.status, 200);
    let finished = service.terminate();
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    drop(hold);

    newsroom.once(&[]);
    assert_eq!(newsroom.desk.requests().len(), 1);
}

/// Goal: a second service on one state folder says who is there.
#[test]
fn second_service_on_one_state_is_refused() {
    let newsroom = Newsroom::with_samples(&["reception.de.rss.xml"]);
    let service = newsroom.home.start();
    service.origin();
    let second = newsroom.home.run_once(&[]);
    assert_eq!(second.code, Some(69));
    assert!(second.stderr.contains("in use by another process (pid "), "{}", second.stderr);
    assert_eq!(service.terminate().code, Some(0));
}

/// Goal: an event that forty outlets report in the same minute is one story and one alert.
/// Method: forty hosts are polled at once, so forty decisions meet at one story.
#[test]
fn forty_reports_at_once_are_one_story() {
    let newsroom = Newsroom::new(&[]);
    let sites: Vec<FeedServer> =
        (2..42).map(|number| FeedServer::start_at(&format!("127.0.0.{number}"))).collect();
    for site in &sites {
        let item = Item { path: "/report", title: SIGNED, age_hours: Some(1) };
        site.serve("/feed", rss(&site.origin(), &[item]));
    }
    let urls: Vec<String> = sites.iter().map(|site| site.url("/feed")).collect();
    newsroom.configure_urls(&newsroom.desk.url(), &urls);
    newsroom.once(&[]);
    let matches = newsroom.list("matches");
    assert_eq!(matches.len(), 40);
    assert!(matches.iter().all(|it| it["story"] == matches[0]["story"]));
    assert_eq!(newsroom.desk.requests().len(), 1);
}
