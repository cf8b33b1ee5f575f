//! Mutes that people make by commands: what they hold is told later, what they drop never.

use crate::newsroom::Newsroom;

const SAMPLE: &str = "reception.de.rss.xml";

/// Goal: a desk that wants a quiet hour has it, and hears what it missed the moment it says so.
#[test]
fn muted_desk_hears_later() {
    let newsroom = Newsroom::with_samples(&[SAMPLE]);
    let run = |arguments: &[&str]| newsroom.home.run(arguments);
    let made = run(&["alerts", "mute", "--receiver", "desk", "--for", "1h", "--reason", "夜"]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let id = made.stdout.trim();
    newsroom.once(&[]);
    assert_eq!(newsroom.desk.requests().len(), 0);
    let held = newsroom.list("alerts").remove(0);
    assert_eq!((&held["held"], &held["state"]), (&true.into(), &"pending".into()));
    assert_eq!(held["attempts"], serde_json::json!([]));

    let mutes = run(&["alerts", "mutes"]);
    assert!(mutes.stdout.contains(id) && mutes.stdout.contains("夜"), "{}", mutes.stdout);
    let receivers = run(&["alerts", "receivers"]);
    assert!(receivers.stdout.contains("fine; muted until "), "{}", receivers.stdout);
    let service = newsroom.home.start();
    service.origin();
    assert_eq!(run(&["alerts", "mutes"]).stdout, mutes.stdout);
    assert_eq!(run(&["alerts", "receivers"]).stdout, receivers.stdout);
    assert_eq!(newsroom.desk.requests().len(), 0);
    assert_eq!(run(&["alerts", "unmute", id]).code, Some(0));
    let posts = newsroom.desk.wait_for(1);
    assert_eq!(posts[0].json()["type"], "match.created");
    assert_eq!(run(&["alerts", "mutes", "--format", "json"]).stdout, "");
    assert_eq!(service.terminate().code, Some(0));
}

/// Goal: what somebody does not want to hear at all is not told later either, and the match says
/// why; what is very sure breaks through.
#[test]
fn dropped_alert_is_never_told() {
    for (unless, n_told) in [("1", 0), ("0.5", 1)] {
        let newsroom = Newsroom::with_samples(&[SAMPLE]);
        let mute = ["alerts", "mute", "--receiver", "desk", "--for", "1h", "--drop"];
        let made = newsroom.home.run(&[&mute[..], &["--unless-score", unless]].concat());
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        newsroom.once(&[]);
        assert_eq!(newsroom.home.run(&["alerts", "unmute", made.stdout.trim()]).code, Some(0));
        newsroom.once(&["--now"]);
        assert_eq!(newsroom.desk.requests().len(), n_told, "unless {unless}");
        let silence = &newsroom.list("matches")[0]["silence"];
        assert_eq!(silence.as_str(), (n_told == 0).then_some("muted"));
    }
}

/// Goal: a slip of the finger is named, whether the service runs or not.
#[test]
fn senseless_mutes_are_explained() {
    let newsroom = Newsroom::with_samples(&[SAMPLE]);
    newsroom.once(&[]);
    let commands: [&[&str]; 7] = [
        &["alerts", "mute", "--receiver", "nobody", "--for", "1h"],
        &["alerts", "mute", "--story", "0000000000000000", "--for", "1h"],
        &["alerts", "mute", "--receiver", "desk", "--for", "367d"],
        &["alerts", "mute", "--receiver", "desk", "--until", "2020-01-01"],
        &["alerts", "mute", "--receiver", "desk", "--until", "soon"],
        &["alerts", "unmute", "0000000000000000"],
        &["alerts", "enable", "nobody"],
    ];
    let run = |arguments: &[&str]| {
        let finished = newsroom.home.run(arguments);
        format!("{} {}{}", finished.code.unwrap(), finished.stdout, finished.stderr)
    };
    let stopped = commands.map(run);
    let service = newsroom.home.start();
    service.origin();
    for (arguments, stopped) in commands.iter().zip(&stopped) {
        assert_eq!(run(arguments), *stopped, "{arguments:?}");
    }
    assert_eq!(service.terminate().code, Some(0));
    insta::assert_snapshot!(stopped.concat(), @r#"
    66 silkwire: no receiver "nobody"
    66 silkwire: no story 0000000000000000
    65 silkwire: a mute lasts for at most 366 days
    65 silkwire: a mute until 2020-01-01T00:00:00Z has ended before it begins
    64 silkwire: "soon" is not a time like "2026-11-24T06:00:00Z", "2026-11-24" or "24h"
    66 silkwire: no mute 0000000000000000
    66 silkwire: no receiver "nobody"
    "#);
    for incomplete in [&["--for", "1h"][..], &["--receiver", "desk"]] {
        let finished = newsroom.home.run(&[&["alerts", "mute"], incomplete].concat());
        assert_eq!(finished.code, Some(64), "{}", finished.stderr);
    }
}
