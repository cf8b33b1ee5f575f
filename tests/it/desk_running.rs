//! Commands while the service runs: the same as while none does, through its API.

use serde_json::Value;

use crate::newsroom::Newsroom;

/// A newsroom with matches, a verdict, a token and a second feed.
fn furnished() -> (Newsroom, String, String) {
    let newsroom = Newsroom::with_samples(&["jica.ja.json", "students.az.rdf.xml"]);
    newsroom.once(&[]);
    let id = |what: &str| newsroom.list(what)[0]["id"].as_str().unwrap().to_owned();
    let (matched, story) = (id("matches"), id("stories"));
    for arguments in [
        vec!["matches", "review", &matched, "--verdict", "unsure", "--note", "=1+1, \"so\""],
        vec!["tokens", "create", "anna", "--role", "reader"],
    ] {
        assert_eq!(newsroom.home.run(&arguments).code, Some(0));
    }
    (newsroom, matched, story)
}

/// Goal: a script never notices whether the service runs.
#[test]
fn output_is_the_same_both_ways() {
    let (newsroom, matched, story) = furnished();
    let delivery = newsroom.list("alerts").remove(0)["id"].as_str().unwrap().to_owned();
    let mut commands: Vec<Vec<&str>> = vec![
        vec!["matches", "export"],
        vec!["matches", "export", "--format", "jsonl"],
        vec!["matches", "list", "--limit", "1"],
        vec!["matches", "list", "--verdict", "unsure"],
        vec!["matches", "list", "--verdict", "open", "--language", "ja"],
        vec!["matches", "list", "--since", "2999-01-01T00:00:00Z"],
        vec!["matches", "list", "--story", &story],
        vec!["stories", "list", "--verdict", "open"],
        vec!["stories", "list", "--languages", "ja,de"],
        vec!["stories", "show", &story, "--languages", "en"],
        vec!["alerts", "list", "--dead"],
        vec!["alerts", "list", "--receiver", "desk"],
        vec!["alerts", "receivers"],
        vec!["alerts", "receivers", "--format", "json"],
        vec!["alerts", "mutes"],
    ];
    for shown in [["matches", &matched], ["stories", &story], ["alerts", &delivery]] {
        commands.push(vec![shown[0], "show", shown[1]]);
        commands.push(vec![shown[0], "show", shown[1], "--format", "json"]);
        commands.push(vec![shown[0], "show", "0000000000000000"]);
    }
    for list in ["matches", "stories", "alerts", "feeds", "tokens"] {
        commands.push(vec![list, "list"]);
        commands.push(vec![list, "list", "--format", "json"]);
    }
    let said = || -> Vec<(Option<i32>, String, String)> {
        let run = |arguments: &Vec<&str>| newsroom.home.run(arguments);
        commands.iter().map(run).map(|it| (it.code, it.stdout, it.stderr)).collect()
    };
    let service = newsroom.home.start();
    service.origin();
    let running = said();
    assert_eq!(service.terminate().code, Some(0));
    for ((arguments, running), stopped) in commands.iter().zip(running).zip(said()) {
        assert_eq!(running, stopped, "{arguments:?}");
    }
}

/// Goal: what is changed through the service is what the store holds afterwards.
#[test]
fn changes_go_through_the_service() {
    let (newsroom, matched, story) = furnished();
    let site = crate::support::FeedServer::start();
    let service = newsroom.home.start();
    service.origin();
    let url = site.url("/more.xml");
    let run = |arguments: &[&str]| {
        let finished = newsroom.home.run(arguments);
        assert_eq!(finished.code, Some(0), "{arguments:?}: {}", finished.stderr);
        finished.stdout
    };
    run(&["matches", "review", &matched, "--verdict", "relevant", "--note", "seen"]);
    run(&["stories", "review", &story, "--verdict", "not_relevant"]);
    let feed = run(&["feeds", "add", &url, "--title", "More"]);
    site.wait_for("/more.xml", 1);
    run(&["feeds", "poll", feed.trim()]);
    let token = run(&["tokens", "create", "otto", "--role", "admin"]);
    run(&["tokens", "revoke", "anna"]);
    let n_before = newsroom.desk.requests().len();
    assert!(run(&["alerts", "test", "desk"]).starts_with("desk took the test: 200 in "));
    assert_eq!(newsroom.desk.requests()[n_before].json()["type"], "webhook.test");
    assert_eq!(run(&["health"]), "healthy and ready\n");
    let stats: Value = serde_json::from_str(&run(&["store", "stats", "--format", "json"])).unwrap();
    assert_eq!((&stats["matches"], &stats["stories"]), (&2.into(), &2.into()));
    for (arguments, code) in [
        (["feeds", "remove", "0000000000000000"], 66),
        (["alerts", "test", "wire"], 66),
        (["tokens", "revoke", "nobody"], 66),
        (["feeds", "add", "ftp://a.example/"], 65),
    ] {
        assert_eq!(newsroom.home.run(&arguments).code, Some(code), "{arguments:?}");
    }
    let again = newsroom.home.run(&["tokens", "create", "otto", "--role", "admin"]);
    assert_eq!(again.code, Some(65), "{}", again.stderr);
    run(&["feeds", "remove", feed.trim()]);
    assert_eq!(service.terminate().code, Some(0));

    let shown = |id: &str| {
        let view = run(&["matches", "show", id, "--format", "json"]);
        serde_json::from_str::<Value>(&view).unwrap()
    };
    assert_eq!(
        (&shown(&matched)["verdict"], &shown(&matched)["review"]["note"]),
        (&"relevant".into(), &"seen".into())
    );
    assert_eq!(newsroom.list("feeds").len(), 2);
    let tokens = newsroom.list("tokens");
    assert!(tokens[0]["name"] == "anna" && tokens[0]["revoked"].is_string());
    assert!(tokens[1]["name"] == "otto" && token.starts_with("slk_"));
    assert_eq!(newsroom.home.run(&["health"]).code, Some(69));
}
