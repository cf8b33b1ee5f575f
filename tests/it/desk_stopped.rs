//! Commands that read and change, while no service runs.

use serde_json::Value;

use crate::newsroom::{Item, Newsroom, SECRET, SIGNED, rss};
use crate::support::{Finished, Home, Receiver, Reply};

/// A process id that no process has: above the kernel's largest.
const NOBODY: u32 = 4_194_305;

/// Runs a command that must end well, and gives what it printed.
#[track_caller]
fn told(newsroom: &Newsroom, arguments: &[&str]) -> String {
    let finished = newsroom.home.run(arguments);
    assert_eq!(finished.code, Some(0), "{arguments:?}: {}", finished.stderr);
    finished.stdout
}

#[track_caller]
fn refused(finished: &Finished, code: i32, words: &str) {
    assert_eq!(finished.code, Some(code), "{}", finished.stderr);
    assert!(finished.stderr.contains(words), "{}", finished.stderr);
    assert_eq!(finished.stdout, "");
}

/// Leaves an `api.json` as a service would.
fn leave_api_file(home: &Home, url: &str, pid: u32) {
    let text = serde_json::json!({ "url": url, "token": "slk_x", "pid": pid }).to_string();
    std::fs::write(home.runtime().join("api.json"), text).unwrap();
}

/// Goal: a verdict given at the terminal is kept, found again and taken back.
#[test]
fn match_is_reviewed_and_found_by_its_verdict() {
    let newsroom = Newsroom::with_samples(&["jica.ja.json", "students.az.rdf.xml"]);
    newsroom.once(&[]);
    let id = newsroom.list("matches")[0]["id"].as_str().unwrap().to_owned();
    let review = ["matches", "review", &id, "--verdict", "not_relevant", "--note", "two words"];
    assert_eq!(told(&newsroom, &review), format!("match {id}: not_relevant\n"));

    let found = |verdict: &str| -> Vec<Value> {
        let list = ["matches", "list", "--format", "json", "--verdict", verdict];
        told(&newsroom, &list).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let judged = found("not_relevant");
    assert_eq!(judged.len(), 1);
    assert_eq!(judged[0]["id"], *id);
    assert_eq!(judged[0]["review"]["note"], "two words");
    assert_eq!(judged[0]["review"]["by"], "local");
    assert_eq!(found("open").len(), 1);
    told(&newsroom, &["matches", "review", &id, "--verdict", "none"]);
    assert_eq!((found("not_relevant").len(), found("open").len()), (0, 2));

    let wrong = newsroom.home.run(&["matches", "review", &id, "--verdict", "yes"]);
    refused(&wrong, 64, "none of relevant, not_relevant, unsure, none");
    let unknown = ["matches", "review", "0000000000000000", "--verdict", "unsure"];
    refused(&newsroom.home.run(&unknown), 66, "no match 0000000000000000");
    let long = "x".repeat(501);
    let long = ["matches", "review", &id, "--verdict", "unsure", "--note", &long];
    refused(&newsroom.home.run(&long), 65, "more than 500 characters");
}

/// Goal: a story's verdict goes to its matches.
#[test]
fn story_is_listed_shown_and_reviewed() {
    let newsroom = Newsroom::with_samples(&["jica.ja.json"]);
    newsroom.once(&[]);
    let story = newsroom.list("stories").remove(0);
    let id = story["id"].as_str().unwrap();
    let table = told(&newsroom, &["stories", "list"]);
    assert!(table.starts_with("ID ") && table.contains(id) && table.contains("open"), "{table}");
    let review = ["stories", "review", id, "--verdict", "relevant"];
    assert_eq!(told(&newsroom, &review), format!("story {id}: relevant\n"));
    let matched = newsroom.list("matches").remove(0);
    assert_eq!(matched["verdict"], "relevant");
    assert_eq!(matched["review"]["is_inherited"], true);
    let shown = told(&newsroom, &["stories", "show", id]);
    assert!(shown.contains("relevant") && shown.contains(matched["id"].as_str().unwrap()));
    refused(&newsroom.home.run(&["stories", "show", "0000000000000000"]), 66, "no story");
}

/// Goal: an export opens in a spreadsheet: one row for a match, whatever stands in a title.
#[test]
fn export_has_a_row_for_each_match() {
    let newsroom = Newsroom::new(&["/a.xml"]);
    let title = format!("=HYPERLINK(&quot;x&quot;), {SIGNED}");
    let item = Item { path: "/a", title: &title, age_hours: Some(1) };
    newsroom.site.serve("/a.xml", rss(&newsroom.site.origin(), &[item]));
    newsroom.once(&[]);
    let csv = told(&newsroom, &["matches", "export"]);
    let lines: Vec<&str> = csv.lines().collect();
    let headings =
        "id,created,published,language,score,verdict,story,feed,aspects,title,url,evidence";
    assert_eq!((lines.len(), lines[0]), (2, headings));
    assert!(lines[1].contains(",\"'=HYPERLINK(\"\"x\"\"), Japan and"), "{csv}");
    let export = told(&newsroom, &["matches", "export", "--format", "jsonl"]);
    assert_eq!(export, told(&newsroom, &["matches", "list", "--format", "json"]));
}

/// Goal: a feed is added and hidden without editing a file, before the first run too.
#[test]
fn feeds_are_added_and_removed_beside_the_configuration() {
    let newsroom = Newsroom::new(&["/a.xml"]);
    let item = |path| Item { path, title: SIGNED, age_hours: Some(1) };
    newsroom.site.serve("/b.xml", rss(&newsroom.site.origin(), &[item("/b")]));
    let configured = newsroom.list("feeds").remove(0)["id"].as_str().unwrap().to_owned();
    let url = newsroom.site.url("/b.xml");
    let add = ["feeds", "add", &url, "--title", "Beside", "--side", "JP", "--language", "en"];
    let added = told(&newsroom, &add);
    assert_eq!(told(&newsroom, &add), added);
    assert_eq!(newsroom.list("feeds").len(), 2);
    told(&newsroom, &["feeds", "remove", &configured]);
    newsroom.once(&[]);

    let feeds = newsroom.list("feeds");
    assert_eq!(feeds.len(), 1);
    assert_eq!(feeds[0]["id"], *added.trim());
    assert_eq!((&feeds[0]["title"], &feeds[0]["side"]), (&"Beside".into(), &"JP".into()));
    assert_eq!(feeds[0]["state"], "ok");
    assert!(newsroom.site.requests("/a.xml").is_empty());
    assert_eq!(newsroom.list("matches")[0]["feed"]["title"], "Beside");
    refused(&newsroom.home.run(&["feeds", "remove", &configured]), 66, "no feed");
    refused(
        &newsroom.home.run(&["feeds", "add", "ftp://a.example/"]),
        65,
        "neither http nor https",
    );
    refused(&newsroom.home.run(&["feeds", "poll", added.trim()]), 69, "only the running service");
}

/// Goal: a receiver is tried before anything happens, with a signature as in earnest.
#[test]
fn receiver_is_tested() {
    let newsroom = Newsroom::new(&["/a.xml"]);
    let tested = told(&newsroom, &["alerts", "test", "desk"]);
    assert!(tested.starts_with("desk took the test: 200 in "), "{tested}");
    assert_eq!(newsroom.desk.verify(SECRET), Ok(()));
    assert_eq!(newsroom.desk.requests()[0].json()["type"], "webhook.test");
    newsroom.desk.reply_in_turn([Reply::status(500)]);
    let failed = newsroom.home.run(&["alerts", "test", "desk"]);
    refused(&failed, 69, "desk did not take the test: answered 500");
    refused(&newsroom.home.run(&["alerts", "test", "wire"]), 66, "no receiver \"wire\"");
    assert_eq!(std::fs::read_dir(newsroom.home.state()).unwrap().count(), 0);
}

/// Goal: a token is shown once; what is kept cannot be used to come in.
#[test]
fn tokens_are_made_listed_and_revoked() {
    let newsroom = Newsroom::new(&["/a.xml"]);
    let made = told(&newsroom, &["tokens", "create", "anna", "--role", "reviewer"]);
    let token = made.trim();
    assert!(token.starts_with("slk_") && token.len() == 47, "{token}");
    let listed = newsroom.list("tokens").remove(0);
    assert_eq!((&listed["name"], &listed["role"]), (&"anna".into(), &"reviewer".into()));
    assert!(listed["revoked"].is_null() && !listed.to_string().contains(token));
    let again = newsroom.home.run(&["tokens", "create", "anna", "--role", "admin"]);
    refused(&again, 65, "a token called anna exists");
    let odd = newsroom.home.run(&["tokens", "create", "a b", "--role", "admin"]);
    refused(&odd, 65, "a name has");
    told(&newsroom, &["tokens", "revoke", "anna"]);
    assert!(newsroom.list("tokens")[0]["revoked"].is_string());
    refused(&newsroom.home.run(&["tokens", "revoke", "otto"]), 66, "no token \"otto\"");
}

/// Goal: an operator sees how much there is.
#[test]
fn store_says_what_it_holds() {
    let newsroom = Newsroom::with_samples(&["jica.ja.json"]);
    newsroom.once(&[]);
    let stats: Value =
        serde_json::from_str(&told(&newsroom, &["store", "stats", "--format", "json"])).unwrap();
    assert_eq!((&stats["matches"], &stats["stories_open"]), (&1.into(), &1.into()));
    assert!(0 < stats["disk_bytes"].as_u64().unwrap());
    assert!(told(&newsroom, &["store", "stats"]).contains("near misses"));
}

/// Goal: what a killed service left behind does not stop anybody.
#[test]
fn stale_api_file_is_ignored() {
    let newsroom = Newsroom::new(&["/a.xml"]);
    leave_api_file(&newsroom.home, "http://127.0.0.1:1", NOBODY);
    assert_eq!(newsroom.list("feeds").len(), 1);
    refused(&newsroom.home.run(&["health"]), 69, "no service runs");
}

/// Goal: who may not ask the service is told what to type.
#[test]
fn refused_command_says_what_to_type() {
    let service = Receiver::start();
    service.reply_in_turn([Reply::status(401)]);
    let home = Home::with_feeds(&["http://127.0.0.1:1/a"]);
    let url = service.url();
    leave_api_file(&home, url.trim_end_matches("/hook"), std::process::id());
    let finished = home.run(&["matches", "list", "--language", "ja"]);
    refused(&finished, 77, "type: sudo silkwire matches list --language ja");
    assert_eq!(finished.stderr.lines().count(), 1);
    let asked = service.requests().remove(0);
    assert_eq!(asked.path, "/api/v1/matches?language=ja&limit=50");
    assert_eq!(asked.header("authorization"), Some("Bearer slk_x"));
}

/// Goal: a service that has hung is named, not mistaken for none.
#[test]
fn silent_service_is_named() {
    let home = Home::with_feeds(&["http://127.0.0.1:1/a"]);
    leave_api_file(&home, "http://127.0.0.1:1", std::process::id());
    refused(&home.run(&["health"]), 69, "does not answer at http://127.0.0.1:1/");
}
