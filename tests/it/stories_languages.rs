//! One event in twelve languages, and another one the day after, through the running service.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::Value;

use crate::newsroom::{Newsroom, SECRET};
use crate::stories::{Report, reports};
use crate::support::{Reply, Service};

/// The last round that brings reports.
const POLLS: u32 = 6;

/// A newsroom with an outlet for each language, at home where its language's reports say.
fn outlets(reports: &[Report]) -> Newsroom {
    let newsroom = Newsroom::new(&[]);
    let mut outlets: BTreeMap<String, &str> = BTreeMap::new();
    for report in reports {
        outlets.entry(report.language.to_string()).or_insert(&report.side);
    }
    let feeds = outlets.iter().fold(String::new(), |mut text, (language, side)| {
        let url = newsroom.site.url(&format!("/{language}"));
        write!(text, "[[feed]]\nurl = \"{url}\"\ntitle = \"{language} wire\"\nside = \"{side}\"\n")
            .unwrap();
        text
    });
    newsroom.configure_feeds(&newsroom.desk.url(), &feeds);
    for language in outlets.keys() {
        newsroom.site.serve(&format!("/{language}"), document(None));
    }
    newsroom
}

/// An outlet's feed with its newest report.
fn document(report: Option<&Report>) -> Reply {
    let mut text = String::from(
        "<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\
         <channel><title>Wire</title>",
    );
    if let Some(Report { title, summary, body, hours, language, .. }) = report {
        let date = crate::newsroom::hours_ago(*hours);
        write!(
            text,
            "<item><title>{title}</title><link>http://{language}.example/{hours}</link>\
             <pubDate>{date}</pubDate><description>{summary}</description>\
             <content:encoded>{body}</content:encoded></item>"
        )
        .unwrap();
    }
    text.push_str("</channel></rss>");
    Reply::ok(text).header("content-type", "application/rss+xml")
}

/// Plays a round: the outlets that have something new are polled.
fn play(newsroom: &Newsroom, service: &Service, reports: &[Report], poll: u32) {
    let feeds = newsroom.list("feeds");
    let id = |language: &str| {
        let feed = feeds.iter().find(|feed| feed["title"] == format!("{language} wire"));
        feed.unwrap()["id"].as_str().unwrap()
    };
    for report in reports.iter().filter(|report| report.poll == poll) {
        let language = report.language.as_str();
        newsroom.site.serve(&format!("/{language}"), document(Some(report)));
        let polled = newsroom.home.run(&["feeds", "poll", id(language)]);
        assert_eq!(polled.code, Some(0), "{}", polled.stderr);
    }
    let n_so_far = reports.iter().filter(|report| report.poll <= poll).count();
    service.wait_for_lines(" wire, ", n_so_far);
}

/// The languages of each story's matches, the largest story first.
fn stories(newsroom: &Newsroom) -> Vec<Vec<String>> {
    let mut stories: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for view in newsroom.list("matches") {
        let language = view["language"].as_str().unwrap().to_owned();
        stories.entry(view["story"].to_string()).or_default().push(language);
    }
    let mut stories: Vec<Vec<String>> = stories.into_values().collect();
    for languages in &mut stories {
        languages.sort();
    }
    stories.sort_by_key(|languages| (Reverse(languages.len()), languages.clone()));
    stories
}

/// What the desk was told so far, by type.
fn told(newsroom: &Newsroom, kind: &str) -> Vec<Value> {
    let alerts = newsroom.desk.requests();
    alerts.iter().map(crate::support::Request::json).filter(|alert| alert["type"] == kind).collect()
}

/// Goal: an event that outlets of twelve languages report over a day is one story, told once;
/// the earliest report leads it though it came last. The day after, the same two people at
/// something else are a second story, told once.
#[test]
fn one_event_in_twelve_languages_is_one_story() {
    let pumps = reports("pumps");
    let reports: Vec<Report> = pumps.iter().cloned().chain(reports("tea-bowls")).collect();
    let newsroom = outlets(&reports);
    newsroom.once(&[]);
    let service = newsroom.home.start();
    service.origin();
    (1..POLLS).for_each(|poll| play(&newsroom, &service, &reports, poll));
    let mut languages: Vec<String> = pumps.iter().map(|it| it.language.to_string()).collect();
    languages.sort();
    assert_eq!(stories(&newsroom), [languages.clone()]);
    newsroom.desk.wait_for(1);

    play(&newsroom, &service, &reports, POLLS);
    let twin = ["az", "en", "ja", "ru"].map(str::to_owned).to_vec();
    assert_eq!(stories(&newsroom), [languages, twin]);
    service.wait_for_lines("told to 1", 2);
    assert_eq!(service.terminate().code, Some(0));

    assert_eq!(newsroom.desk.verify(SECRET), Ok(()));
    let created = told(&newsroom, "match.created");
    assert_eq!(created.len(), 2, "{created:#?}");
    assert_eq!(created[0]["data"]["match"]["language"], "en");
    assert_eq!(created[0]["data"]["story"]["size"], 1);
    // An update waits until half an hour has passed since the desk heard of the story.
    assert_eq!(told(&newsroom, "story.updated"), [Value::Null; 0]);
    let waiting = newsroom.list("alerts").into_iter().filter(|it| it["type"] == "story.updated");
    let waiting: Vec<String> =
        waiting.map(|it| format!("{} {}", it["story"], it["state"])).collect();
    assert_eq!(waiting.len(), 2, "{waiting:?}");
    assert!(waiting.iter().all(|it| it.ends_with("\"pending\"")), "{waiting:?}");

    let largest = newsroom.list("stories").into_iter().find(|story| story["size"] == 12).unwrap();
    let sides: BTreeSet<&str> =
        largest["sides"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(sides, BTreeSet::from(["AZ", "JP", "third"]));
    let figures = largest["figures"].as_array().unwrap();
    assert!(figures.iter().any(|it| it["value"] == 48.7e6 && it["unit"] == "JPY"), "{figures:?}");
    let first = newsroom
        .list("matches")
        .into_iter()
        .find(|it| it["role"] == "first" && it["story"] == largest["id"]);
    let first = first.unwrap();
    assert_eq!(first["language"], "ja");
    assert_eq!(largest["first_publisher"], first["id"]);
    assert_eq!(largest["first_published"], first["published"]);
}
