//! Corrections of stories on the command line, with the service running and stopped.

use silkwire::model::Timestamp;

use crate::newsroom::Newsroom;

/// A newsroom with two stories of one match each: their ids, and their matches' ids.
fn furnished() -> (Newsroom, [String; 2], [String; 2]) {
    let newsroom = Newsroom::with_samples(&["jica.ja.json", "students.az.rdf.xml"]);
    newsroom.once(&[]);
    let matches = newsroom.list("matches");
    let ids = |name: &str| [0, 1].map(|at: usize| matches[at][name].as_str().unwrap().to_owned());
    let (stories, matches) = (ids("story"), ids("id"));
    assert_ne!(stories[0], stories[1]);
    (newsroom, stories, matches)
}

/// Words, with all points in time alike.
fn timeless(text: &str) -> String {
    let word = |word: &str| match word.trim_end().parse::<Timestamp>() {
        Ok(_) => word.replace(word.trim_end(), "TIME"),
        Err(_) => word.to_owned(),
    };
    text.split_inclusive([' ', '\n']).map(word).collect()
}

/// Goal: a person corrects at a terminal and never notices whether the service runs.
/// Method: the same lines both ways; at their end everything is as it was.
#[test]
fn corrections_are_the_same_both_ways() {
    let (newsroom, [one, other], [first, second]) = furnished();
    let lines: Vec<Vec<&str>> = vec![
        vec!["stories", "merge", &one, "--into", &other],
        vec!["stories", "show", &one],
        vec!["stories", "list", "--languages", "en,ja"],
        vec!["stories", "merge", &one, "--into", &other],
        vec!["stories", "split", &first, &second],
        vec!["stories", "split", &first],
        vec!["stories", "show", &other, "--languages", "de"],
        vec!["stories", "undo"],
        vec!["stories", "undo", "--format", "json"],
        vec!["stories", "undo"],
        vec!["stories", "move", &first, "--to", &other],
        vec!["matches", "show", &first],
        vec!["stories", "undo"],
        vec!["stories", "move", &first, &second, "--to", &other],
        vec!["stories", "move", "0000000000000000", "--to", &other],
        vec!["stories", "move", &first, "--to", "0000000000000000"],
        vec!["stories", "merge", "0000000000000000", "--into", &other],
        vec!["stories", "move", &first],
        vec!["stories", "split"],
        vec!["stories", "list", "--languages", "German"],
    ];
    let said = || -> Vec<(Option<i32>, String, String)> {
        let run = |arguments: &Vec<&str>| newsroom.home.run(arguments);
        let told = lines.iter().map(run);
        told.map(|it| (it.code, timeless(&it.stdout), it.stderr)).collect()
    };
    let service = newsroom.home.start();
    service.origin();
    let running = said();
    assert_eq!(service.terminate().code, Some(0));
    let stopped = said();
    for ((arguments, running), stopped) in lines.iter().zip(&running).zip(&stopped) {
        assert_eq!(running, stopped, "{arguments:?}");
    }
    let codes: Vec<_> = running.iter().map(|(code, ..)| code.unwrap()).collect();
    assert_eq!(codes, [0, 0, 0, 65, 65, 0, 0, 0, 0, 0, 0, 0, 0, 65, 66, 66, 66, 64, 64, 64]);
    assert_eq!(running[0].1, format!("story {one} is merged into story {other}: 1 match moved\n"));
    assert!(running[1].1.contains("placed by local, TIME"), "{}", running[1].1);
    assert!(
        running[1].1.contains("  first  ") && running[1].1.contains("  own_report  "),
        "{}",
        running[1].1
    );
    assert_eq!(running[2].1.lines().count(), 2);
    assert_eq!(running[5].1, format!("1 match moved from story {other} to story {one}\n"));
    assert_eq!(running[7].1, format!("undone: 1 match back in story {other}\n"));
    assert_eq!(running[9].1, "nothing to undo\n");
}

/// Goal: what was corrected stays corrected when the service starts anew, and is not told again.
#[test]
fn correction_outlives_a_restart_and_alerts_nobody() {
    let (newsroom, [one, other], _) = furnished();
    let n_told = newsroom.desk.requests().len();
    let merge = ["stories", "merge", &one, "--into", &other];
    assert_eq!(newsroom.home.run(&merge).code, Some(0));
    newsroom.once(&["--now"]);
    let stories = newsroom.list("stories");
    assert_eq!((stories.len(), &stories[0]["size"]), (1, &2.into()));
    assert_eq!(newsroom.desk.requests().len(), n_told);
}
