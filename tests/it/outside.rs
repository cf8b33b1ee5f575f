//! Programs of others that check what we answer over HTTP. `tests/run` installs them.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use crate::newsroom::Newsroom;
use crate::support::{SAMPLES, exchange};

const PROMTOOL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/.tools/promtool");
const SCHEMATHESIS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/.tools/python/bin/schemathesis");

/// Goal: Prometheus reads our metrics, and finds names, units and help as it wants them.
#[test]
fn promtool_has_nothing_to_say() {
    let newsroom = Newsroom::with_samples(&SAMPLES);
    newsroom.once(&[]);
    let service = newsroom.home.start();
    let metrics = exchange("GET", &format!("{}/metrics", service.origin()), &[], b"");
    assert_eq!(metrics.status, 200);
    let mut command = Command::new(PROMTOOL);
    command.args(["check", "metrics"]).stdin(Stdio::piped());
    let mut promtool = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool, which tests/run installs");
    promtool.stdin.take().unwrap().write_all(&metrics.body).unwrap();
    let output = promtool.wait_with_output().unwrap();
    assert_eq!((words(&output).as_str(), output.status.code()), ("", Some(0)));
}

/// Goal: a program written after our API's description meets no surprise.
/// Method: schemathesis sends what the description allows and what it forbids; the same seed
/// each time, so that a failure can be repeated.
#[test]
fn api_keeps_to_its_description() {
    let newsroom = Newsroom::with_samples(&SAMPLES);
    newsroom.once(&[]);
    let service = newsroom.home.start();
    let mut command = Command::new(SCHEMATHESIS);
    command.args(["run", "--seed=1", "--generation-deterministic", "--max-examples=20"]);
    command.args(["--no-color", "--request-timeout=10"]);
    command.arg(format!("{}/api/v1/openapi.json", service.origin()));
    let output = command.current_dir(newsroom.home.state()).output();
    let output = output.expect("schemathesis, which tests/run installs");
    assert!(output.status.success(), "{}", words(&output));
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}
