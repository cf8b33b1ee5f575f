//! Search as people use it: through the running service, and with the command.

use std::time::{Duration, Instant};

use serde_json::Value;
use silkwire::model::Role;
use silkwire::store::Articles;

use crate::newsroom::Newsroom;
use crate::store_samples::{commit, created, match_id, story_id};
use crate::support::{Desk, Response, exchange, json};

/// The five spellings of one country in which somebody may look for it.
const SPELLINGS: [&str; 5] =
    ["Азербайджан", "アゼルバイジャン", "Azərbaycan", "azerbaycan", "Aserbaidschan"];

fn address(origin: &str, parameters: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters);
    format!("{origin}/api/v1/search?{}", query.finish())
}

/// Searches until something is found, as a person would who waits for an article.
#[track_caller]
fn found(origin: &str, parameters: &[(&str, &str)]) -> Value {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let answer = exchange("GET", &address(origin, parameters), &[], b"");
        assert_eq!(answer.status, 200, "{}", answer.text());
        let answer = json(&answer);
        if !answer["items"].as_array().unwrap().is_empty() {
            return answer;
        }
        assert!(Instant::now() < deadline, "{parameters:?} found nothing");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Goal: any script finds the record, and people see the words that it stands on; a verdict can
/// be asked for.
#[test]
fn any_script_finds_the_record() {
    let newsroom = Newsroom::with_samples(&["reception.de.rss.xml"]);
    let service = newsroom.home.start();
    let origin = service.origin();
    let first = found(&origin, &[("q", "Jahresempfang")]);
    let id = first["items"][0]["id"].as_str().unwrap().to_owned();
    for spelling in SPELLINGS {
        for order in ["newest", "best"] {
            let answer = found(&origin, &[("q", spelling), ("order", order)]);
            assert_eq!(answer["items"][0]["id"], id.as_str(), "{spelling}");
            let snippets = answer["items"][0]["snippets"].as_array().unwrap();
            let marked = |snippet: &Value| {
                let text = snippet["text"].as_str().unwrap().to_owned();
                let marks = snippet["marks"].as_array().unwrap().clone();
                let at = |mark: &Value, name: &str| usize::try_from(mark[name].as_u64().unwrap());
                let word = |mark: &Value| {
                    text[at(mark, "start").unwrap()..at(mark, "end").unwrap()].to_owned()
                };
                marks.iter().map(word).collect::<Vec<_>>()
            };
            let words: Vec<String> = snippets.iter().flat_map(marked).collect();
            assert!(words.iter().any(|it| it.starts_with("Aserbaidschan")), "{words:?}");
        }
    }
    let review = format!("{origin}/api/v1/matches/{id}/review");
    let headers = [("content-type", "application/json")];
    let said = exchange("POST", &review, &headers, br#"{"verdict":"relevant"}"#);
    assert_eq!(said.status, 200, "{}", said.text());
    found(&origin, &[("q", "バクー"), ("verdict", "relevant")]);
    assert_eq!(service.terminate().code, Some(0));
}

/// Goal: a script never notices whether the service runs, and what is stored can be found from
/// the command line by any spelling.
#[test]
fn command_finds_the_same_both_ways() {
    let newsroom = Newsroom::with_samples(&["reception.de.rss.xml", "jica.ja.json"]);
    newsroom.once(&[]);
    let mut commands: Vec<Vec<&str>> = vec![
        vec!["matches", "search", "アゼルバイジャン"],
        vec!["matches", "search", "--order", "best", "--side", "AZ", "Баку"],
        vec!["matches", "search", "--language", "ja", "--format", "json"],
        vec!["matches", "search", "--score-min", "0.99999", "Baku"],
        vec!["matches", "search", "nirgends"],
        vec!["matches", "search", "!"],
    ];
    commands.extend(SPELLINGS.iter().map(|it| vec!["matches", "search", *it, "--format", "json"]));
    let said = || -> Vec<(Option<i32>, String)> {
        let run = |arguments: &Vec<&str>| newsroom.home.run(arguments);
        commands.iter().map(run).map(|it| (it.code, it.stdout)).collect()
    };
    let stopped = said();
    let service = newsroom.home.start();
    service.origin();
    for ((arguments, stopped), running) in commands.iter().zip(&stopped).zip(said()) {
        assert_eq!(*stopped, running, "{arguments:?}");
    }
    assert_eq!(service.terminate().code, Some(0));
    let spellings = &stopped[stopped.len() - SPELLINGS.len()..];
    assert!(spellings.iter().all(|it| *it == spellings[0] && it.1.contains("\"de\"")));
    assert!(stopped[0].1.contains('['), "{}", stopped[0].1);
    assert_eq!(stopped[4], (Some(0), String::new()));
    assert_eq!(stopped[5].0, Some(65));
}

fn search(desk: &Desk, query: &str) -> Response {
    desk.get(&format!("/api/v1/search?{query}"))
}

/// Goal: filters do what they say, pages follow each other, and a slip of the finger is named.
#[test]
fn parameters_are_applied_or_named() {
    let desk = Desk::start(Role::Reader);
    for number in 0..3 {
        desk.block_on(desk.store.commit(commit(number))).unwrap();
    }
    let ids = |query: &str| -> Vec<String> {
        let answer = search(&desk, query);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let items = json(&answer)["items"].as_array().unwrap().clone();
        items.iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect()
    };
    let all = [2, 1, 0].map(|number| match_id(number).to_string());
    assert_eq!(ids(""), all);
    assert_eq!(ids("q=empfang&side=AZ&aspect=diplomacy&verdict=open&language=de"), all);
    assert_eq!(ids(&format!("q=empfang&since={}", created(2))), all[..1]);
    assert_eq!(ids(&format!("q=empfang&until={}", created(1))), all[2..]);
    assert_eq!(ids("q=empfang&score_min=0.98"), [""; 0]);
    let first = json(&search(&desk, "q=empfang&order=best&limit=2"));
    assert_eq!(first["items"][0]["story"], story_id(2).to_string());
    assert_eq!(first["notice"], Value::Null);
    let next = first["next"].as_str().unwrap();
    assert_eq!(ids(&format!("q=empfang&order=best&limit=2&after={next}")), all[2..]);

    let refused = [
        ("q", "q=%21"),
        ("q", "q=-iran"),
        ("q", "q=a*"),
        ("order", "q=a&order=oldest"),
        ("score_min", "score_min=2"),
        ("score_max", "score_max=x"),
        ("side", "side=Japan"),
        ("aspect", "aspect=war"),
        ("after", "q=a&after=x"),
        ("limit", "limit=0"),
        ("words", "words=a"),
    ];
    for (parameter, query) in refused {
        let answer = search(&desk, query);
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(json(&answer)["parameter"], parameter, "{query}");
    }
}

/// Goal: the page shows what was found with its words marked, keeps what was typed, and says what
/// is wrong with it; nothing in a text becomes markup.
#[test]
fn page_shows_what_was_found() {
    let desk = Desk::start(Role::Reader);
    for number in 0..40 {
        desk.block_on(desk.store.commit(commit(number))).unwrap();
    }
    let page = |query: &str| {
        let answer = desk.get(&format!("/search?{query}"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.text().to_owned()
    };
    assert!(page("").contains("autofocus"));
    let found = page("q=empf&language=de&verdict=&order=best&since=2026-11-24&until=2026-11-24");
    assert!(found.contains("<mark class=\"cue\">Empfang</mark>"), "{found}");
    assert!(found.contains("30 matches on this page") && found.contains("value=\"empf\""));
    assert!(found.contains("<option value=\"de\" selected>"));
    let next = found.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let next = next.replace("&#38;", "&").replace("&amp;", "&");
    let rest = desk.get(&next).text().to_owned();
    assert!(rest.contains("10 matches on this page"), "{rest}");
    assert!(page("q=nirgends").contains("Nothing found"));
    let hostile = page("q=%22%3Cb%3Ebaku%3C/b%3E+nirgends");
    assert!(hostile.contains("Nothing found") && !hostile.contains("<b>baku"));
    assert!(page("q=%21").contains("holds no letters"));
    assert!(page("score_min=9").contains("score_min: "));
}
