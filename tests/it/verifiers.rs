//! Receivers written by others verify live alerts. `tests/run` installs what they need.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Map, Value, json};
use silkwire::alert::secret::{SigningKey, generate_ed25519};

use crate::newsroom::{Newsroom, SECRET};
use crate::support::{Request, SAMPLES};

const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/.tools/python/bin/python");

/// Goal: a desk verifies our alerts with the package that it has, in Python and in Node, whichever
/// of the two signatures it reads.
/// Method: the service tells of the sample feeds with a shared and an ed25519 secret; Node's own
/// crypto checks the second one, since the official packages read the first one only.
#[test]
fn b02_b05_official_packages_verify_live_alerts() {
    let newsroom = Newsroom::with_samples(&SAMPLES);
    let private = generate_ed25519().unwrap();
    let public = SigningKey::parse(private.reveal()).unwrap().public().unwrap();
    newsroom.home.write("hook.secret", &format!("{}\n{SECRET}\n", private.reveal()));
    newsroom.once(&[]);
    let posts = newsroom.desk.requests();
    assert_eq!(posts.len(), 3);
    let lines: Vec<String> = posts.iter().map(line).collect();

    assert_eq!(verified(PYTHON, &["tests/hooks/verify.py", SECRET], &lines), "3\n");
    assert_eq!(verified("node", &["tests/hooks/verify.mjs", SECRET, &public], &lines), "3\n");
}

/// A POST as the programs read it.
fn line(post: &Request) -> String {
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let header = |name: &str| (name.to_owned(), Value::from(post.header(name).unwrap()));
    let headers: Map<String, Value> = names.into_iter().map(header).collect();
    let body = String::from_utf8(post.body.to_vec()).unwrap();
    json!({"headers": headers, "body": body}).to_string()
}

#[track_caller]
fn verified(program: &str, arguments: &[&str], lines: &[String]) -> String {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped());
    let mut running = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program}, which tests/run installs: {error}"));
    running.stdin.take().unwrap().write_all(lines.join("\n").as_bytes()).unwrap();
    let output = running.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}");
    String::from_utf8(output.stdout).unwrap()
}
