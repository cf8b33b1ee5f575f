//! Addresses of receivers are secrets.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::Arc;

use silkwire::model::Clock;
use silkwire::net::{self, NetError};
use silkwire::telemetry::metrics::render;

use crate::alert_bench::{Bench, Broken, once, receiver_signed};
use crate::hook::Hook;
use crate::support::Home;

/// Goal: addresses that are secrets stand neither in logs nor in what is kept of an attempt.
/// Method: receivers that repeat their address, are fine, are gone, refuse and are not found.
#[tokio::test]
async fn address_of_a_receiver_is_never_written_down() {
    // For the whole process: a subscriber of one thread misses what other threads met first.
    tracing_subscriber::fmt().with_env_filter("silkwire=trace").with_writer(|| ThreadLog).init();
    let echo = Hook::start(|_| {
        let body = "no /CANARY?CANARY here";
        format!("HTTP/1.1 404 No\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    });
    let (ok, gone) = (Hook::constant("200 OK", ""), Hook::constant("410 Gone", ""));
    let mut urls =
        vec!["http://127.0.0.1:1/CANARY".to_owned(), "https://u:CANARY@canary.example/".into()];
    urls.extend([&echo, &ok, &gone].map(|hook| hook.server.url("/CANARY?CANARY").into()));
    let bench = Bench::new(4);
    let secret = secrets();
    let mut receivers = Vec::new();
    let mut ids = Vec::new();
    for (number, url) in urls.iter().enumerate() {
        let name = format!("r{number}");
        ids.push(bench.outbox.push(&name, 1, bench.clock.now()));
        let mut receiver = receiver_signed(&name, url, &bench.config, "", &secret);
        if url.contains("example") {
            let reason = "canary.example has no address".to_owned();
            let broken = Broken(NetError::Dns { reason, is_temporary: false });
            receiver = receiver.carried_by(Arc::new(broken), &net::Config::default());
        }
        receivers.push(receiver);
    }
    let shown = format!("{receivers:?} {}", receivers[0].verification(bench.clock.now()));
    let dispatcher = bench.dispatcher(receivers);
    once(&dispatcher).await;
    // A circuit opens.
    for number in 2..20 {
        bench.outbox.push("r0", number, bench.clock.now());
    }
    once(&dispatcher).await;

    let attempts = ids.into_iter().map(|id| bench.outbox.get(id).attempts[0].clone());
    let kept = attempts.map(|it| format!("{:?} {}", it.answer, it.error.unwrap_or("taken".into())));
    insta::assert_snapshot!(kept.collect::<Vec<_>>().join("\n"), @r#"
    "" no connection: Connection refused (os error 111)
    "" host name not found: … has no address
    "no /…?… here" answered 404
    "words" taken
    "words" answered 410, wants no more alerts
    "#);
    let log = LOG.take();
    assert!(log.contains("receiver r4 answered 410"), "{log}");
    assert!(log.contains("receiver r0 nearly always fails"), "{log}");
    let standings = dispatcher.standings();
    let shown = format!("{shown} {standings:?} {:?}", standings.of("r0"));
    let metrics = render(&bench.metrics.samples());
    for text in [log, shown, metrics] {
        let is_safe = ["CANARY", "canary", "127.0.0.1"].iter().all(|it| !text.contains(it));
        assert!(is_safe, "{text}");
    }
}

/// Goal: whoever helps an operator over the telephone hears no secret read out.
/// Method: what `check` and `alerts test` say of receivers whose address and secrets hold a word
/// that must not appear.
#[test]
fn b53_commands_show_neither_address_nor_secret() {
    let hook = Hook::constant("410 Gone", "");
    let url = hook.server.url("/CANARY?CANARY");
    let home = Home::new(&format!(
        "[net]\nallow_networks = [\"127.0.0.0/8\"]\n[[receiver]]\nname = \"desk\"\nurl = \"{url}\"\n\
         secret_file = \"hook.secret\"\nallow_http = true\n[[route]]\nreceiver = \"desk\"\n"
    ));
    home.write("hook.secret", &secrets());
    let checked = home.run(&["check"]);
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
    let tested = home.run(&["alerts", "test", "desk"]);
    assert_eq!(tested.code, Some(69), "{}", tested.stderr);
    home.write("hook.secret", "whsk_CANARY!");
    let refused = home.run(&["check"]);
    assert_eq!(refused.code, Some(78), "{}", refused.stderr);
    home.write("hook.secret", &format!("{} until 2020-01-01T00:00:00Z", shared()));
    let ended = home.run(&["check"]);
    assert!(ended.stderr.contains("all secrets have ended"), "{}", ended.stderr);
    for finished in [checked, tested, refused, ended] {
        let said = finished.stdout + &finished.stderr;
        assert!(!said.contains("CANARY") && !said.contains("127.0.0.1"), "{said}");
    }
}

/// A secret file of both schemes.
fn secrets() -> String {
    format!("whsk_{}A=\n{} until 2099-01-01T00:00:00Z\n", "CANARY".repeat(7), shared())
}

fn shared() -> String {
    format!("whsec_{}CA", "CANARY".repeat(5))
}

thread_local! {
    /// What the thread of this test logged.
    static LOG: RefCell<String> = const { RefCell::new(String::new()) };
}

struct ThreadLog;

impl Write for ThreadLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.push_str(&String::from_utf8_lossy(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
