//! Corrections of stories through the API, over real sockets.

use serde_json::{Value, json};
use silkwire::model::{Language, Role, StoryId};
use silkwire::store::Articles;

use crate::store_samples::{commit, joining, match_id, story_id};
use crate::support::{Desk, Response, exchange, json as body, next_line};

/// Stories 0, 2 and 3; match 1 is in story 0.
fn desk() -> Desk {
    let desk = Desk::start(Role::Reviewer);
    for number in [0, 2, 3] {
        desk.block_on(desk.store.commit(commit(number))).unwrap();
    }
    desk.block_on(desk.store.commit(joining(1, 0, 2))).unwrap();
    desk
}

fn correct(desk: &Desk, story: StoryId, what: &str, request: &Value) -> Response {
    desk.post(&format!("/api/v1/stories/{story}/{what}"), &request.to_string())
}

fn shown(desk: &Desk, story: StoryId) -> Value {
    let answer = desk.get(&format!("/api/v1/stories/{story}"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    body(&answer)
}

/// The ids of the matches in a story, oldest first.
fn matches(story: &Value) -> Vec<String> {
    let matches = story["matches"].as_array().unwrap().iter().rev();
    matches.map(|it| it["id"].as_str().unwrap().to_owned()).collect()
}

fn ids<const N: usize>(numbers: [u64; N]) -> Vec<String> {
    numbers.map(|number| match_id(number).to_string()).to_vec()
}

/// Goal: a script puts an article where it belongs and is told where it is; one undo takes it
/// back.
#[test]
fn match_is_moved_and_taken_back() {
    let desk = desk();
    let request = json!({"matches": [match_id(1)], "to": story_id(2)});
    let moved = correct(&desk, story_id(0), "move", &request);
    assert_eq!(moved.status, 200, "{}", moved.text());
    let moved = body(&moved);
    assert_eq!(
        (&moved["n_moved"], &moved["from"]["size"], &moved["to"]["size"]),
        (&1.into(), &1.into(), &2.into())
    );
    assert_eq!(moved["to"]["id"], story_id(2).to_string());
    let story = shown(&desk, story_id(2));
    assert_eq!(matches(&story), ids([1, 2]));
    let placed = &story["matches"][1];
    assert_eq!(
        (&placed["placed_by"]["by"], &placed["why_joined"]),
        (&"loopback".into(), &Value::Null)
    );
    assert_eq!(shown(&desk, story_id(0))["matches"][0]["role"], "first");

    let undone = body(&desk.post("/api/v1/undo", ""));
    assert_eq!(undone["subject"]["story"], story_id(0).to_string());
    assert_eq!(
        (&undone["correction"]["n_back"], &undone["correction"]["n_kept"]),
        (&1.into(), &0.into())
    );
    assert_eq!(undone["correction"]["left"], story_id(2).to_string());
    assert_eq!(matches(&shown(&desk, story_id(0))), ids([0, 1]));
    assert_eq!(body(&desk.post("/api/v1/undo", ""))["subject"], Value::Null);
}

/// Goal: two events in one story become two stories, and a person's decision is not lost when
/// somebody judges in between.
#[test]
fn story_is_split_and_both_parts_are_judged() {
    let desk = desk();
    let split = correct(&desk, story_id(0), "split", &json!({"matches": [match_id(1)]}));
    assert_eq!(split.status, 200, "{}", split.text());
    let new: StoryId = body(&split)["to"]["id"].as_str().unwrap().parse().unwrap();
    assert_ne!(new, story_id(0));
    assert_eq!(matches(&shown(&desk, new)), ids([1]));
    assert_eq!(shown(&desk, new)["first_publisher"], match_id(1).to_string());
    let review = format!("/api/v1/stories/{new}/review");
    assert_eq!(desk.post(&review, r#"{"verdict": "not_relevant"}"#).status, 200);
    assert_eq!(shown(&desk, story_id(0))["verdict"], Value::Null);
    let n_stories = body(&desk.get("/api/v1/stories"))["items"].as_array().unwrap().len();
    assert_eq!(n_stories, 4);
}

/// Goal: old links and stored ids keep leading to the event after two stories became one.
#[test]
fn merged_story_is_answered_with_the_one_that_has_its_matches() {
    let desk = desk();
    let merged = correct(&desk, story_id(0), "merge", &json!({"into": story_id(2)}));
    assert_eq!(merged.status, 200, "{}", merged.text());
    let merged = body(&merged);
    assert_eq!(merged["from"]["merged_into"], story_id(2).to_string());
    assert_eq!((&merged["n_moved"], &merged["to"]["merged_into"]), (&2.into(), &Value::Null));
    let found = shown(&desk, story_id(0));
    assert_eq!((&found["id"], &found["size"]), (&story_id(2).to_string().into(), &3.into()));
    // Over two steps too; and what names the story that went means the other one.
    let again = correct(&desk, story_id(3), "merge", &json!({"into": story_id(0)}));
    assert_eq!(body(&again)["to"]["id"], story_id(2).to_string());
    assert_eq!(shown(&desk, story_id(3))["size"], 4);
    let listed = body(&desk.get("/api/v1/stories"));
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    desk.post("/api/v1/undo", "");
    desk.post("/api/v1/undo", "");
    assert_eq!(matches(&shown(&desk, story_id(0))), ids([0, 1]));
    assert_eq!(shown(&desk, story_id(3))["id"], story_id(3).to_string());
}

/// Goal: what cannot be done is refused with the reason, and changes nothing.
#[test]
fn senseless_corrections_are_refused() {
    let desk = desk();
    let nobody = "0000000000000000";
    let cases = [
        (story_id(0), "split", json!({"matches": []}), 422, "name one or more"),
        (story_id(0), "split", json!({"matches": [match_id(0), match_id(1)]}), 422, ""),
        (story_id(0), "split", json!({"matches": [match_id(2)]}), 409, "is in story"),
        (story_id(0), "split", json!({"matches": [nobody]}), 404, "no match"),
        (story_id(0), "split", json!({"matches": [match_id(1)], "revision": 1}), 409, "in between"),
        (story_id(0), "move", json!({"matches": [match_id(1)], "to": story_id(0)}), 422, ""),
        (story_id(0), "move", json!({"matches": [match_id(1)], "to": nobody}), 404, "no story"),
        (story_id(0), "move", json!({"matches": [match_id(1)]}), 422, "to"),
        (story_id(0), "merge", json!({"into": story_id(0)}), 422, ""),
        (story_id(0), "merge", json!({"into": nobody}), 404, "no story"),
        (story_id(0), "merge", json!({"into": story_id(2), "revision": 9}), 409, "in between"),
        (story_id(0), "merge", json!({"story": story_id(2)}), 422, "story"),
        (story_id(9), "merge", json!({"into": story_id(2)}), 404, "no story"),
        (story_id(9), "split", json!({"matches": [match_id(1)]}), 404, "no story"),
    ];
    for (story, what, request, status, words) in cases {
        let answer = correct(&desk, story, what, &request);
        assert_eq!(answer.status, status, "{what} {request}: {}", answer.text());
        assert!(body(&answer)["detail"].as_str().unwrap().contains(words), "{}", answer.text());
    }
    let many = vec![match_id(1); 501];
    let answer = correct(&desk, story_id(0), "split", &json!({"matches": many}));
    assert_eq!((answer.status, body(&answer)["parameter"].as_str()), (422, Some("matches")));
    assert_eq!(matches(&shown(&desk, story_id(0))), ids([0, 1]));
    assert_eq!(body(&desk.post("/api/v1/undo", ""))["subject"], Value::Null);
}

/// Goal: who may only read cannot move anything, nor can a page of another site.
#[test]
fn only_reviewers_correct() {
    let reader = Desk::start(Role::Reader);
    reader.block_on(reader.store.commit(commit(0))).unwrap();
    let refused = correct(&reader, story_id(0), "merge", &json!({"into": story_id(0)}));
    assert_eq!(refused.status, 403);
    let desk = desk();
    let url = desk.url(&format!("/api/v1/stories/{}/merge", story_id(0)));
    let headers = [("content-type", "application/json"), ("origin", "https://evil.example")];
    let request = json!({"into": story_id(2)}).to_string();
    assert_eq!(exchange("POST", &url, &headers, request.as_bytes()).status, 403);
    assert_eq!(shown(&desk, story_id(0))["id"], story_id(0).to_string());
}

/// Goal: whoever has one of the two stories open learns that it changed.
#[test]
fn both_stories_are_told_to_open_pages() {
    let mut desk = desk();
    let mut lines = desk.events();
    let request = json!({"matches": [match_id(1)], "to": story_id(2)});
    correct(&desk, story_id(0), "move", &request);
    desk.post("/api/v1/undo", "");
    let mut told = Vec::new();
    while told.len() < 4 {
        if let Some(id) = next_line(&mut lines).strip_prefix("data: ") {
            told.push(id.to_owned());
        }
    }
    let (from, to) = (story_id(0).to_string(), story_id(2).to_string());
    assert_eq!(told, [from.as_str(), &to, &from, &to]);
    desk.stop();
}

/// Goal: each script reads titles in its language, in lists and alone, whatever its header says.
#[test]
fn title_is_in_the_readers_language() {
    let desk = Desk::start(Role::Reader);
    let mut first = commit(0);
    let story = &mut first.stories[0].story;
    for (code, title) in [("en", "Reception in Baku"), ("ja", "バクーで祝賀会")] {
        let mut other = story.titles[0].clone();
        other.language = code.parse::<Language>().unwrap();
        title.clone_into(&mut other.title);
        other.matched = match_id(7);
        story.titles.push(other);
    }
    let german = story.titles[0].title.clone();
    desk.block_on(desk.store.commit(first)).unwrap();
    let read = |path: &str, wish: &str| {
        let headers = [("accept-language", wish)];
        body(&exchange("GET", &desk.url(path), &headers, b""))
    };
    let path = format!("/api/v1/stories/{}", story_id(0));
    for (wish, title) in [
        ("ja", "バクーで祝賀会"),
        ("de-AT, en;q=0.5", &german),
        ("fr, az;q=0.9", "Reception in Baku"),
        ("*", &german),
        (";;;q=9,\u{e9}", &german),
    ] {
        assert_eq!(read(&path, wish)["title"], *title, "{wish}");
        assert_eq!(read("/api/v1/stories", wish)["items"][0]["title"], *title, "{wish}");
    }
    assert_eq!(body(&desk.get(&path))["title"], *german);
    assert_eq!(body(&desk.get(&path))["titles"][2]["language"], "ja");
}
