//! The fetcher against servers on loopback that say what we want them to say.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use std::{io::Write, thread};

use silkwire::collect::{Config, FetchError, Fetched, Fetcher, Hosts, Web};
use silkwire::model::{Feed, FeedState, FixedClock, Timestamp, Validators};
use silkwire::net::{self, Client, NetError};
use url::Url;

use crate::raw_server::{self, RawServer};

const RSS: &str = "<rss><channel><item><title>Baku</title></item></channel></rss>";

fn now() -> Timestamp {
    "2026-11-24T06:00:00Z".parse().unwrap()
}

/// Nobody is in the way on loopback.
fn quick() -> Config {
    Config { host_gap: Duration::ZERO, ..Config::default() }
}

fn fetcher(config: &Config, open: &str) -> Fetcher {
    let allow_networks = vec![open.parse().unwrap()];
    let client =
        Client::new(&net::Config { allow_networks, ..net::Config::default() }, &[]).unwrap();
    let clock = Arc::new(FixedClock(now()));
    let web = Web::new(config, client, Hosts::new(config), clock.clone());
    Fetcher::new(config, web, HashMap::new(), clock)
}

fn feed(url: Url) -> Feed {
    Feed { title: "A".to_owned(), ..Feed::at(url) }
}

async fn fetch(server: &RawServer, validators: Validators) -> Result<Fetched, FetchError> {
    fetch_with(&quick(), server, validators).await
}

async fn fetch_with(
    config: &Config,
    server: &RawServer,
    validators: Validators,
) -> Result<Fetched, FetchError> {
    let feed = feed(server.url("/feed"));
    let state = FeedState { validators, ..FeedState::new(feed.id, now()) };
    fetcher(config, "127.0.0.0/8").fetch(&feed, &state, None).await
}

async fn error_of(answer: &str) -> FetchError {
    fetch(&RawServer::constant(answer), Validators::default()).await.unwrap_err()
}

/// Goal: a document brings everything that reading and asking again need.
#[tokio::test]
async fn document_carries_charset_address_and_hint() {
    let server = RawServer::start(|head, stream| {
        let headers =
            "content-type: text/xml; charset=\"windows-1251\"\r\ncache-control: max-age=60\r\n";
        if head.starts_with("GET /feed ") {
            stream.write_all(
                b"HTTP/1.1 301 Moved\r\nlocation: /new feed#part\r\ncontent-length: 0\r\n\r\n",
            )
        } else {
            stream.write_all(&raw_server::ok(
                headers,
                b"<rss><item><title>\xc1\xe0\xea\xf3</title></item></rss>",
            ))
        }
    });
    let Fetched::Document(document) = fetch(&server, Validators::default()).await.unwrap() else {
        panic!("no document")
    };
    assert_eq!(document.url, server.url("/new%20feed"));
    assert_eq!(
        document.answered.validators,
        Validators { url: Some(document.url.to_string()), ..Validators::default() }
    );
    assert_eq!(document.answered.fresh, Some(Duration::from_mins(1)));
    assert_eq!(document.read().unwrap().entries[0].title, "Баку");
}

/// Goal: no feed makes us speak to our own network or read our own files.
#[tokio::test]
async fn r09_redirect_to_a_private_address_is_refused() {
    let inner = RawServer::constant(raw_server::ok("", RSS));
    let port = inner.url("/").port().unwrap();
    for (target, class) in [
        (format!("http://127.0.0.2:{port}/"), "address"),
        (format!("http://localhost:{port}/"), "address"),
        (format!("//[::ffff:127.0.0.2]:{port}/"), "address"),
        ("http://169.254.169.254/latest/meta-data".to_owned(), "address"),
        ("file:///etc/passwd".to_owned(), "scheme"),
    ] {
        let answer =
            format!("HTTP/1.1 302 Found\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
        // The redirecting server has an address of its own, which alone is open.
        let server = RawServer::start_on("127.0.0.3:0", move |_, stream| {
            stream.write_all(answer.as_bytes())
        });
        let feed = feed(server.url("/feed"));
        let state = FeedState::new(feed.id, now());
        let fetcher = fetcher(&quick(), "127.0.0.3/32");
        match fetcher.fetch(&feed, &state, None).await.unwrap_err() {
            FetchError::Network(error) => assert_eq!(error.class(), class, "{target}"),
            other => panic!("{target}: {other}"),
        }
    }
    assert!(inner.requests().is_empty());
}

/// Goal: the status page says in plain words what a server's answer means.
#[tokio::test]
async fn answers_without_a_feed_have_words() {
    let mut texts = Vec::new();
    for answer in [
        "HTTP/1.1 429 Slow\r\nretry-after: 3600\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 410 No\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 503 No\r\nretry-after: Tue, 24 Nov 2026 06:02:00 GMT\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 301 Moved\r\nretry-after: 600\r\nlocation: /b\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 301 Moved\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 204 Nothing\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n<rss>",
    ] {
        let error = error_of(answer).await;
        let wait = error.retry_after().map_or(0, |wait| wait.as_secs());
        texts.push(format!("{error} [{wait} s, transient {}]", error.is_transient()));
    }
    insta::assert_snapshot!(texts.join("\n"), @r"
    server asked for fewer requests, next time after 3600 s [3600 s, transient true]
    server refuses us (HTTP 403) [0 s, transient false]
    nothing at this address (HTTP 404) [0 s, transient false]
    gone for good (HTTP 410) [0 s, transient false]
    server answered HTTP 503, next time after 120 s [120 s, transient true]
    server asked for fewer requests, next time after 600 s [600 s, transient true]
    redirect without a usable address [0 s, transient true]
    empty answer [0 s, transient true]
    empty answer [0 s, transient true]
    answer broken: end of file before message length reached [0 s, transient true]
    ");
}

/// Goal: a body that never ends, or ends too late, costs bounded memory and time.
#[tokio::test]
async fn bodies_are_bounded() {
    let config = Config { body_bytes_max: 1000, total_timeout: Duration::from_secs(1), ..quick() };
    let endless = RawServer::start(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        loop {
            stream.write_all(RSS.as_bytes())?;
        }
    });
    let error = fetch_with(&config, &endless, Validators::default()).await.unwrap_err();
    assert_eq!(error, FetchError::Network(NetError::BodyTooLong { limit: 1000 }));
    let silent = RawServer::start(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n<rss>")?;
        thread::park();
        Ok(())
    });
    let error = fetch_with(&config, &silent, Validators::default()).await.unwrap_err();
    assert!(matches!(error, FetchError::Network(NetError::Timeout(_))), "{error}");
}
