//! A person overrules the judge: a near miss becomes a match, and back.

use serde_json::{Value, json};

use crate::newsroom::Newsroom;
use crate::support::{Service, exchange};

fn get(service: &Service, path: &str) -> Value {
    let answer = exchange("GET", &format!("{}{path}", service.origin()), &[], b"");
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

fn post(service: &Service, path: &str, body: &Value) -> u16 {
    let headers = [("content-type", "application/json")];
    let url = format!("{}{path}", service.origin());
    exchange("POST", &url, &headers, body.to_string().as_bytes()).status
}

/// The first near miss on the list.
fn near_miss(service: &Service) -> String {
    let list = get(service, "/api/v1/near-misses");
    assert!(list["items"][0]["why_not"].is_string(), "{list}");
    list["items"][0]["id"].as_str().unwrap().to_owned()
}

/// Goal: somebody who knows better makes a match of a near miss; the desk hears of it only if
/// that is asked for, and undoing what nobody heard of is silent.
#[test]
fn rescue_is_silent_unless_asked_and_so_is_its_undo() {
    let newsroom = Newsroom::with_samples(&["negatives.ru.rss.xml"]);
    newsroom.once(&[]);
    let service = newsroom.home.start();
    let id = near_miss(&service);
    let review = format!("/api/v1/near-misses/{id}/review");
    assert_eq!(post(&service, &review, &json!({"verdict": "relevant"})), 200);
    let matches = get(&service, "/api/v1/matches");
    assert_eq!(matches["items"][0]["id"], id);
    assert_eq!(matches["items"][0]["verdict"], "relevant");
    assert_eq!(matches["items"][0]["silence"], "rescued");

    assert_eq!(post(&service, "/api/v1/undo", &json!({})), 200);
    assert_eq!(get(&service, "/api/v1/matches")["items"], json!([]));
    assert_eq!(get(&service, "/api/v1/stories")["items"], json!([]));
    let back = get(&service, &format!("/api/v1/near-misses/{id}"));
    assert!(back["review"].is_null() || back["review"]["verdict"].is_null(), "{back}");
    assert_eq!(service.terminate().code, Some(0));
    assert_eq!(newsroom.desk.requests().len(), 0);
}

/// Goal: a desk that was told of a rescue is told once that it was a mistake.
#[test]
fn withdrawal_of_a_told_rescue_is_told() {
    let newsroom = Newsroom::with_samples(&["negatives.ru.rss.xml"]);
    newsroom.once(&[]);
    let service = newsroom.home.start();
    let id = near_miss(&service);
    let review = format!("/api/v1/near-misses/{id}/review");
    assert_eq!(post(&service, &review, &json!({"verdict": "relevant", "alert": "yes"})), 200);
    let created = newsroom.desk.wait_for(1)[0].json();
    assert_eq!(
        (&created["type"], &created["data"]["match"]["id"]),
        (&"match.created".into(), &id.clone().into())
    );

    assert_eq!(post(&service, &review, &json!({"verdict": null})), 200);
    let withdrawn = newsroom.desk.wait_for(2)[1].json();
    assert_eq!(withdrawn["type"], "story.updated");
    assert_eq!(withdrawn["data"]["withdrawn"], true);
    assert_eq!(withdrawn["data"]["match"]["id"], id);
    assert_eq!(get(&service, "/api/v1/matches")["items"], json!([]));
    assert_eq!(service.terminate().code, Some(0));
    assert_eq!(newsroom.desk.requests().len(), 2);
}

/// Goal: a feed that somebody adds is polled at once and after a restart; one that is removed
/// is not.
#[test]
fn feed_list_changes_live_and_stays_changed() {
    let newsroom = Newsroom::with_samples(&["jica.ja.json"]);
    let added = crate::support::sample("students.az.rdf.xml", &newsroom.site.origin());
    newsroom.site.serve("/students.az.rdf.xml", added);
    let service = newsroom.home.start();
    newsroom.site.wait_for("/jica.ja.json", 1);
    // Adding feeds is an admin's right; the run's own token is one.
    let file = std::fs::read_to_string(newsroom.home.runtime().join("api.json")).unwrap();
    let file: Value = serde_json::from_str(&file).unwrap();
    let bearer = format!("Bearer {}", file["token"].as_str().unwrap());
    let body = json!({"url": newsroom.site.url("/students.az.rdf.xml"), "side": "AZ"});
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    let url = format!("{}/api/v1/feeds", service.origin());
    let answer = exchange("POST", &url, &headers, body.to_string().as_bytes());
    assert!(answer.status < 300, "{}", answer.text());
    newsroom.site.wait_for("/students.az.rdf.xml", 1);
    assert_eq!(service.terminate().code, Some(0));

    assert_eq!(newsroom.list("feeds").len(), 2);
    newsroom.once(&["--now"]);
    assert_eq!(newsroom.site.requests("/students.az.rdf.xml").len(), 2);
}
