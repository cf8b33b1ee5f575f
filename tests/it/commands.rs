//! Commands as people and scripts use them.

use crate::newsroom::Newsroom;
use crate::support::Home;

fn lines(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Goal: the demo works on a machine without network and configuration, and says what it saw.
#[test]
fn demo_ends_by_itself_with_verified_alerts() {
    let home = Home::new("");
    let demo = home.run(&["demo", "--once"]);
    assert_eq!(demo.code, Some(0), "{}", demo.stderr);
    assert!(demo.stdout.contains("3 alerts arrived, all signatures are right"), "{}", demo.stdout);
    assert!(demo.stdout.contains("signature verified"), "{}", demo.stdout);
}

/// Goal: a researcher's script finds the words in its own text.
#[test]
fn scan_gives_byte_places_in_the_given_fields() {
    let home = Home::new("");
    let title = "<b>Aserbaidschan</b> &amp; Japan unterzeichnen Abkommen";
    let record = serde_json::json!({
        "id": "a-1", "title": title, "lang": "de", "relevant": false, "colour": "ignored",
        "summary": "Japans Botschafter traf in Baku den Energieminister.",
    });
    let path = home.write("articles.jsonl", &format!("{record}\n"));
    let path = path.to_str().unwrap();
    let scanned = home.run(&["scan", "--format", "json", path]);
    assert_eq!(scanned.code, Some(0), "{}", scanned.stderr);
    let found = lines(&scanned.stdout);
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0]["id"], &found[0]["relevant"]), (&"a-1".into(), &true.into()));
    for reason in found[0]["evidence"].as_array().unwrap() {
        let field = record[reason["field"].as_str().unwrap()].as_str().unwrap();
        let place = |name: &str| usize::try_from(reason[name].as_u64().unwrap()).unwrap();
        assert_eq!(&field[place("start")..place("end")], reason["text"], "{reason}");
    }
}

/// Goal: without `--all` only matches are printed; with it every text, in the input's order.
#[test]
fn scan_prints_all_only_when_asked() {
    let home = Home::new("");
    let text = "{\"title\":\"Weather in Lima\"}\n\
                {\"title\":\"Japan and Azerbaijan sign agreement in Baku\"}\n";
    let path = home.write("two.jsonl", text);
    let path = path.to_str().unwrap();
    let matches = lines(&home.run(&["scan", "--format", "json", path]).stdout);
    assert_eq!(matches.len(), 1);
    assert!(matches[0]["story"].is_string());
    let all = lines(&home.run(&["scan", "--format", "json", "--all", path]).stdout);
    let ids: Vec<_> = all.iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["1", "2"]);
    assert!(all[0]["story"].is_null());
}

/// Goal: a feed, a page, a text and JSON lines are each taken for what they are.
#[test]
fn scan_takes_inputs_for_what_they_are() {
    let home = Home::new("");
    let paragraph = "Der japanische Botschafter traf in Baku den aserbaidschanischen \
                     Energieminister und unterzeichnete ein Abkommen. ";
    let page = format!(
        "<!doctype html><html lang=\"de\"><head><title>Japan und Aserbaidschan</title></head>\
         <body><article><h1>Japan und Aserbaidschan unterzeichnen Abkommen</h1><p>{}</p>\
         </article></body></html>",
        paragraph.repeat(6)
    );
    home.write("inputs-a.html", &page);
    home.write("inputs-b.txt", &format!("Japan und Aserbaidschan einig\n\n{paragraph}"));
    for name in ["inputs-a.html", "inputs-b.txt"] {
        let path = home.config().join(name);
        let scanned = home.run(&["scan", "--format", "json", path.to_str().unwrap()]);
        assert_eq!(scanned.code, Some(0), "{name}: {}", scanned.stderr);
        let found = lines(&scanned.stdout);
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(found[0]["language"], "de", "{name}");
    }
    let feed = concat!(env!("CARGO_MANIFEST_DIR"), "/src/service/demo/feeds/negatives.ru.rss.xml");
    let scanned = home.run(&["scan", "--format", "json", "--all", feed]);
    let found = lines(&scanned.stdout);
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|it| it["relevant"] == false && it["language"] == "ru"));
}

/// Goal: a broken line is named, the rest is judged, and a script notices.
#[test]
fn scan_names_what_it_cannot_judge() {
    let home = Home::new("");
    let path = home.write("broken.jsonl", "{\"title\":\"a\"}\nnonsense\n{\"title\":\"b\"}\n");
    let scanned = home.run(&["scan", "--format", "json", "--all", path.to_str().unwrap()]);
    assert_eq!(scanned.code, Some(65));
    assert_eq!(lines(&scanned.stdout).len(), 2);
    assert!(scanned.stderr.contains("line 2: not an article as JSON"), "{}", scanned.stderr);
    let absent = home.run(&["scan", "absent.xml"]);
    assert_eq!(absent.code, Some(66));
}

/// Goal: labels are compared, not judged: flipping them all changes the figures, not the
/// predictions.
#[test]
fn evaluate_reads_labels_for_its_report_only() {
    let home = Home::new("");
    let line = |id: u32, title: &str, relevant: bool| {
        let label = serde_json::json!({"id": id, "title": title, "lang": "en",
            "relevant": relevant, "difficulty": "easy", "story": format!("s{id}")});
        format!("{label}\n")
    };
    let file = |flip: bool| {
        line(1, "Japan and Azerbaijan sign agreement on energy in Baku", !flip)
            + &line(2, "Weather in Lima", flip)
    };
    let predictions = [false, true].map(|flip| {
        let path = home.write("labelled.jsonl", &file(flip));
        let out = home.config().join("out.jsonl");
        let arguments =
            ["evaluate", path.to_str().unwrap(), "--predictions", out.to_str().unwrap()];
        let evaluated = home.run(&arguments);
        assert_eq!(evaluated.code, Some(0), "{}", evaluated.stderr);
        assert!(evaluated.stdout.contains("average precision"), "{}", evaluated.stdout);
        std::fs::read_to_string(out).unwrap()
    });
    assert_eq!(predictions[0], predictions[1]);
    let relevant: Vec<_> =
        lines(&predictions[0]).iter().map(|it| it["relevant"].as_bool().unwrap()).collect();
    assert_eq!(relevant, [true, false]);
}

/// Goal: texts without labels can be predicted too.
#[test]
fn evaluate_without_labels_only_predicts() {
    let home = Home::new("");
    let path = home.write("plain.jsonl", "{\"title\":\"Weather in Lima\"}\n");
    let path = path.to_str().unwrap();
    assert_eq!(home.run(&["evaluate", path]).code, Some(65));
    let out = home.config().join("out.jsonl");
    let predicted = home.run(&["evaluate", path, "--predictions", out.to_str().unwrap()]);
    assert_eq!((predicted.code, predicted.stdout.as_str()), (Some(0), ""));
    assert_eq!(lines(&std::fs::read_to_string(out).unwrap()).len(), 1);
}

/// Goal: a list is for people, a line of JSON for programs; both show the same match.
#[test]
fn matches_are_listed_and_shown() {
    let newsroom = Newsroom::with_samples(&["jica.ja.json"]);
    newsroom.once(&[]);
    let listed = newsroom.list("matches").remove(0);
    let id = listed["id"].as_str().unwrap();
    assert!(listed["verdict"].is_null() && listed["story"].is_string());
    let table = newsroom.home.run(&["matches", "list"]).stdout;
    assert!(table.starts_with("ID ") && table.contains(id), "{table}");
    let shown = newsroom.home.run(&["matches", "show", id]);
    assert_eq!(shown.code, Some(0));
    assert!(shown.stdout.contains("why\n"), "{}", shown.stdout);
    let none = newsroom.home.run(&["matches", "list", "--language", "de", "--format", "json"]);
    assert_eq!(none.stdout, "");
    assert_eq!(newsroom.home.run(&["matches", "show", "0000000000000000"]).code, Some(66));
    let alert = newsroom.list("alerts").remove(0);
    let shown = newsroom.home.run(&["alerts", "show", alert["id"].as_str().unwrap()]);
    assert!(shown.stdout.contains("match.created to desk: delivered"), "{}", shown.stdout);
}

/// Goal: looking does not create: a mistyped state folder is named, not made.
#[test]
fn reading_commands_make_no_store() {
    let home = Home::new("[[feed]]\nurl = \"https://example.org/feed\"\n");
    for arguments in [["matches", "list"], ["alerts", "list"]] {
        let finished = home.run(&arguments);
        assert_eq!(finished.code, Some(66));
        assert!(finished.stderr.contains("no store at"), "{}", finished.stderr);
    }
    let feeds = home.run(&["feeds", "list", "--format", "json"]);
    assert_eq!(lines(&feeds.stdout)[0]["state"], "new");
    assert_eq!(std::fs::read_dir(home.state()).unwrap().count(), 0);
}

/// Goal: a new secret is one that the service accepts and that the other side verifies with.
#[test]
fn new_secret_is_ready_to_use() {
    let home = Home::new("");
    let made = home.run(&["secrets", "new", "desk"]);
    assert_eq!(made.code, Some(0));
    assert!(standardwebhooks::Webhook::new(made.stdout.trim()).is_ok());
    assert_ne!(made.stdout, home.run(&["secrets", "new", "desk"]).stdout);
}
