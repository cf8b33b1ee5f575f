//! Addresses of receivers are secrets.

use std::cell::RefCell;
use std::io::{self, Write};

use silkwire::model::Clock;

use crate::alert_bench::{Bench, once, receiver};
use crate::hook::Hook;

/// Goal: addresses that are secrets stand neither in logs nor in what is kept of an attempt.
/// Method: receivers that repeat their address, are fine, are gone, refuse and are forbidden.
#[tokio::test]
async fn address_of_a_receiver_is_never_written_down() {
    // For the whole process: a subscriber of one thread misses what other threads met first.
    tracing_subscriber::fmt().with_env_filter("silkwire=trace").with_writer(|| ThreadLog).init();
    let echo = Hook::start(|_| {
        let body = "no /CANARY?CANARY here";
        format!("HTTP/1.1 404 No\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    });
    let (ok, gone) = (Hook::constant("200 OK", ""), Hook::constant("410 Gone", ""));
    let mut urls = vec!["http://127.0.0.1:1/CANARY".to_owned(), "http://u:CANARY@10.0.0.1/".into()];
    urls.extend([&echo, &ok, &gone].map(|hook| hook.server.url("/CANARY?CANARY").into()));
    let bench = Bench::new(4);
    let mut receivers = Vec::new();
    let mut ids = Vec::new();
    for (number, url) in urls.iter().enumerate() {
        let name = format!("r{number}");
        ids.push(bench.outbox.push(&name, 1, bench.clock.now()));
        receivers.push(receiver(&name, url, &bench.config));
    }
    once(&bench.dispatcher(receivers)).await;

    let attempts = ids.into_iter().map(|id| bench.outbox.get(id).attempts[0].clone());
    let kept = attempts.map(|it| format!("{:?} {}", it.answer, it.error.unwrap_or("taken".into())));
    insta::assert_snapshot!(kept.collect::<Vec<_>>().join("\n"), @r#"
    "" no connection: Connection refused (os error 111)
    "" address … is not public (private) and net.allow_networks does not open it
    "no /…?… here" answered 404
    "words" taken
    "words" answered 410, wants no more alerts
    "#);
    let log = LOG.take();
    assert!(log.contains("receiver r4 answered 410"), "{log}");
    assert!(!log.contains("CANARY") && !log.contains("127.0.0.1"), "{log}");
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
