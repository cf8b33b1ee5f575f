//! `silkwire check` and everybody else who reads the configuration.

use crate::support::Home;

const WRONG: &str = r#"[collect]
poll_intervall_min = "5m"

[[feed]]
url = "not an address"

[[receiver]]
name = "desk"
url = "https://example.org/hook"
secret_file = "missing.secret"

[[receiver]]
name = "desk"
url = "https://example.org/other"

[[route]]
receiver = "dsek"
"#;

/// Goal: one run names every mistake with file, line and what to do; nothing is started.
#[test]
fn every_mistake_is_named_at_once() {
    let home = Home::new(WRONG);
    let checked = home.run(&["check"]);
    assert_eq!((checked.code, checked.stdout.as_str()), (Some(78), ""));
    let folder = home.config().display().to_string();
    insta::assert_snapshot!(checked.stderr.replace(&folder, "CONFIG"));

    let started = home.run_once(&[]);
    assert_eq!(started.code, Some(78));
    assert_eq!(started.stderr, checked.stderr);
    assert_eq!(std::fs::read_dir(home.state()).unwrap().count(), 0, "no store was made");
}

/// Goal: an empty machine has a configuration that is right.
#[test]
fn built_in_configuration_is_right() {
    let home = Home::new("");
    let checked = home.run(&["check"]);
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
    assert!(checked.stdout.contains("topic japan-azerbaijan"), "{}", checked.stdout);
}

/// Goal: a mistyped `--config` is not answered with the built-in configuration.
#[test]
fn absent_configuration_file_is_a_mistake() {
    let home = Home::new("");
    let checked = home.run(&["check", "--config", "nowhere.toml"]);
    assert_eq!(checked.code, Some(78));
    insta::assert_snapshot!(
        checked.stderr,
        @"silkwire: nowhere.toml: cannot be read: No such file or directory (os error 2)"
    );
}

/// Goal: a mistake in the lexicon is named like any other, and the built-in one is not used
/// in its place.
#[test]
fn mistake_in_a_lexicon_file_is_named() {
    let home = Home::new("");
    std::fs::create_dir(home.config().join("lexicon")).unwrap();
    home.write("lexicon/own.toml", "[[term]]\nid = \"x\"\ncolour = \"red\"\n");
    let checked = home.run(&["check"]);
    assert_eq!(checked.code, Some(78));
    assert!(checked.stderr.contains("own.toml"), "{}", checked.stderr);
}
