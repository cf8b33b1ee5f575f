//! The HTTP client against servers that behave, and servers that do not.

use std::io::Write;
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use silkwire::net::{BodyLimit, Client, Config, Limits, NetError, Request, Response};
use url::Url;

use crate::raw_server::{self, RawServer};

/// Long enough for a loaded machine; no test waits for it.
const PATIENT: Limits = Limits {
    header_timeout: Duration::from_secs(30),
    total_timeout: Duration::from_mins(1),
    body: BodyLimit::Whole { packed: 10_000, unpacked: 1000 },
};

fn client() -> Client {
    let allow_networks = vec!["127.0.0.0/8".parse().unwrap()];
    Client::new(&Config { allow_networks, ..Config::default() }, &[]).unwrap()
}

fn get(url: Url, limits: Limits) -> Request {
    Request::get(url, limits)
}

async fn send(server: &RawServer, limits: Limits) -> Result<Response, NetError> {
    client().send(get(server.url("/"), limits)).await
}

/// Goal: publishers see who asks, and nothing about who reads: no cookie of theirs comes back.
#[tokio::test]
async fn h01_h04_request_is_honest_and_lean() {
    let server = RawServer::constant(raw_server::ok("set-cookie: a=b\r\nX-Thing: 1\r\n", "hello"));
    let client = client();
    for _ in 0..2 {
        let mut request = get(server.url("/feed?a=1#part"), PATIENT);
        request.headers.push(("if-none-match", b"W/\"\xe9\"".to_vec()));
        request.headers.push(("accept-encoding", b"identity".to_vec()));
        let response = client.send(request).await.unwrap();
        assert_eq!((response.status, response.body.as_slice()), (200, b"hello".as_slice()));
        assert_eq!(response.headers.get("x-THING"), Some(b"1".as_slice()));
    }
    let requests = server.requests();
    let host = server.url("/").authority().to_owned();
    insta::assert_snapshot!(requests[1].replace(&host, "HOST").replace(env!("CARGO_PKG_VERSION"), "VERSION").replace('\r', "").trim_end(), @r#"
    GET /feed?a=1 HTTP/1.1
    if-none-match: W/"é"
    accept-encoding: identity
    accept: */*
    user-agent: silkwire/VERSION
    host: HOST
    "#);
}

/// Goal: a server that wants another name from us gets it where a person says so.
#[tokio::test]
async fn h01_user_agent_of_a_request_wins() {
    let server = RawServer::constant(raw_server::ok("", "hello"));
    let mut request = get(server.url("/"), PATIENT);
    request.headers.push(("user-agent", b"desk of example.org".to_vec()));
    client().send(request).await.unwrap();
    let request = &server.requests()[0];
    assert!(request.contains("\r\nuser-agent: desk of example.org\r\n"), "{request}");
    assert!(!request.contains("silkwire"), "{request}");
}

/// Goal: no site learns from which page we come.
/// Method: a redirect is followed as callers do it, over one client.
#[tokio::test]
async fn r12_no_request_says_where_we_come_from() {
    let answer = "HTTP/1.1 301 Moved\r\nlocation: /b\r\ncontent-length: 0\r\n\r\n";
    let server = RawServer::constant(answer);
    let client = client();
    for path in ["/a", "/b"] {
        let answer = client.send(get(server.url(path), PATIENT)).await.unwrap();
        assert_eq!((answer.status, answer.headers.text("location")), (301, Some("/b")));
    }
    for request in server.requests() {
        assert!(!request.to_lowercase().contains("referer"), "{request}");
    }
}

/// Goal: an old server that knows HTTP/1.0 only, and ends its answers by closing, is read.
#[tokio::test]
async fn h08_http_1_0_is_understood() {
    let server = RawServer::constant("HTTP/1.0 200 OK\r\nDate: x\r\n\r\nhello");
    let answer = send(&server, PATIENT).await.unwrap();
    assert_eq!((answer.body.as_slice(), answer.headers.text("date")), (&b"hello"[..], Some("x")));
}

/// Goal: a server that drops kept connections is not blamed for it.
/// Method: it promises to keep the connection and closes it after each answer.
#[tokio::test]
async fn h11_dropped_connection_is_replaced() {
    let server = RawServer::constant("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    let client = client();
    for _ in 0..20 {
        client.send(get(server.url("/"), PATIENT)).await.unwrap();
    }
    assert_eq!(server.requests().len(), 20);
}

/// Goal: a redirect is the caller's decision.
#[tokio::test]
async fn redirect_is_an_answer() {
    let answer = "HTTP/1.1 302 Found\r\nlocation: http://10.0.0.1/\r\ncontent-length: 0\r\n\r\n";
    let response = send(&RawServer::constant(answer), PATIENT).await.unwrap();
    assert_eq!(response.status, 302);
    assert_eq!(response.headers.text("location"), Some("http://10.0.0.1/"));
}

/// Goal: a server that takes connections and drops them is asked twice in a poll, no more.
#[tokio::test]
async fn e12_h11_lost_connections_are_retried_once() {
    let server = RawServer::start(|_, _| Ok(()));
    let error = send(&server, PATIENT).await.unwrap_err();
    assert_eq!((error.class(), error.is_unreachable()), ("reset", false), "{error}");
    assert_eq!(server.requests().len(), 2);
}

/// Goal: neither a literal address nor a name leads to the machine itself.
#[tokio::test]
async fn r09_private_addresses_are_refused_before_connecting() {
    let server = RawServer::constant(raw_server::ok("", "secret"));
    let closed = Client::new(&Config::default(), &[]).unwrap();
    let port = server.url("/").port().unwrap();
    for host in ["127.0.0.1", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"] {
        let url = format!("http://{host}:{port}/").parse().unwrap();
        let error = closed.send(get(url, PATIENT)).await.unwrap_err();
        assert!(matches!(error, NetError::Address(_)), "{host}: {error}");
        assert!(!error.is_transient());
    }
    assert!(server.requests().is_empty());
}

/// Goal: an operator without a direct way out configures one, and the guard stays.
#[tokio::test]
async fn proxy_takes_public_requests_only() {
    let proxy = RawServer::constant(raw_server::ok("", "by proxy"));
    let config = Config { proxy: Some(proxy.url("/")), ..Config::default() };
    let client = Client::new(&config, &[]).unwrap();
    for (url, answer) in [
        ("http://public.example/feed", Ok(&b"by proxy"[..])),
        ("http://93.184.216.34/feed", Ok(&b"by proxy"[..])),
        ("http://10.0.0.1/feed", Err("address")),
    ] {
        let sent = client.send(get(url.parse().unwrap(), PATIENT)).await;
        let got = sent.as_ref().map(|it| it.body.as_slice()).map_err(NetError::class);
        assert_eq!(got, answer, "{url}");
    }
    let requests = proxy.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[0].starts_with("GET http://public.example/feed HTTP/1.1"), "{}", requests[0]);
}

/// Goal: `file:` and friends in a feed list or a redirect lead nowhere.
#[tokio::test]
async fn r09_other_schemes_are_refused() {
    let error = client().send(get("file:///etc/passwd".parse().unwrap(), PATIENT)).await;
    assert_eq!(error.unwrap_err().class(), "scheme");
}

/// Goal: each kind of trouble has its own word on the status page.
#[tokio::test]
async fn e12_failures_have_classes() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = client().send(get(format!("http://{closed}/").parse().unwrap(), PATIENT)).await;
    let refused = refused.unwrap_err();
    assert_eq!((refused.class(), refused.is_unreachable()), ("connect", true));

    let unknown = "http://no-such-host.invalid/".parse().unwrap();
    let unknown = client().send(get(unknown, PATIENT)).await.unwrap_err();
    assert_eq!((unknown.class(), unknown.is_unreachable()), ("dns", true));

    let no_http = send(&RawServer::constant("220 mail ready\r\n"), PATIENT).await;
    assert_eq!(no_http.unwrap_err().class(), "broken");

    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", plain.local_addr().unwrap()).parse().unwrap();
    thread::spawn(move || plain.accept().unwrap().0.write_all(b"no TLS here\r\n").unwrap());
    assert_eq!(client().send(get(url, PATIENT)).await.unwrap_err().class(), "tls");
}

/// Goal: half a feed is never taken for a whole one.
#[tokio::test]
async fn c16_cut_bodies_are_failures() {
    for cut in [
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n64\r\nhalf",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\nnonsense\r\n",
    ] {
        let server = RawServer::constant(cut);
        let error = send(&server, PATIENT).await.unwrap_err();
        assert_eq!((error.class(), error.is_transient()), ("broken", true), "{cut}: {error}");
        assert_eq!(server.requests().len(), 1);
    }
}

/// Goal: a server that accepts and stays silent costs a bounded wait.
#[tokio::test]
async fn e14_silence_ends_at_the_header_timeout() {
    let server = RawServer::start(|_, _| {
        thread::park();
        Ok(())
    });
    let header_timeout = Duration::from_millis(100);
    let error = send(&server, Limits { header_timeout, ..PATIENT }).await.unwrap_err();
    assert_eq!(error, NetError::HeaderTimeout(header_timeout));
}

/// Goal: a server that drips a byte now and then cannot hold a slot.
#[tokio::test]
async fn e15_dripping_body_ends_at_the_total_timeout() {
    let server = RawServer::start(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        loop {
            stream.write_all(b"x")?;
            thread::sleep(Duration::from_millis(20));
        }
    });
    let total_timeout = Duration::from_secs(1);
    let error = send(&server, Limits { total_timeout, ..PATIENT }).await.unwrap_err();
    assert_eq!(error, NetError::Timeout(total_timeout));
}

/// Goal: memory stays bounded, whatever arrives: announced, endless or unpacked.
#[tokio::test]
async fn e16_e17_bodies_end_at_the_limit() {
    let endless = RawServer::start(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        loop {
            stream.write_all(&[b'x'; 100])?;
        }
    });
    let announced = RawServer::constant(raw_server::ok("", [b'x'; 1001]));
    let bomb = RawServer::constant(raw_server::ok("content-encoding: gzip\r\n", gzip_bomb()));
    for server in [endless, announced, bomb] {
        let error = send(&server, PATIENT).await.unwrap_err();
        assert_eq!(error, NetError::BodyTooLong { limit: 1000 });
    }
}

/// Goal: an alert that was taken counts as taken, even if the receiver's page is huge or broken.
#[tokio::test]
async fn start_of_a_body_is_enough_where_the_status_counts() {
    let limits = Limits { body: BodyLimit::Start(4), ..PATIENT };
    let long = send(&RawServer::constant(raw_server::ok("", "thank you")), limits).await.unwrap();
    assert_eq!((long.status, long.body.as_slice(), long.body_was_cut), (200, &b"than"[..], true));

    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nok";
    let cut = send(&RawServer::constant(cut), limits).await.unwrap();
    assert_eq!((cut.status, cut.body.as_slice(), cut.body_was_cut), (200, &b"ok"[..], true));
}

/// A gzip file of one million zero bytes: one, and 3,900 times "copy 258 bytes from 1 back".
fn gzip_bomb() -> Vec<u8> {
    let mut bits = BitWriter::default();
    bits.push(0b011, 3); // last block, fixed codes
    bits.push_reversed(0b0011_0000, 8); // literal 0
    for _ in 0..3_900 {
        bits.push_reversed(0b1100_0101, 8); // length code 285: 258 bytes
        bits.push_reversed(0, 5); // distance code 0: 1 byte back
    }
    bits.push(0, 7); // end of block
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    file.extend(bits.bytes);
    file.extend([0; 8]); // checksum and length: never reached
    file
}

/// Deflate writes bits from the lowest up, Huffman codes from their highest bit.
#[derive(Default)]
struct BitWriter {
    bytes: Vec<u8>,
    n_bits: usize,
}

impl BitWriter {
    fn push(&mut self, value: u32, n_bits: usize) {
        for bit in 0..n_bits {
            if self.n_bits.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let last = self.bytes.last_mut().unwrap();
            *last |= u8::try_from(value >> bit & 1).unwrap() << (self.n_bits % 8);
            self.n_bits += 1;
        }
    }

    fn push_reversed(&mut self, value: u32, n_bits: usize) {
        for bit in (0..n_bits).rev() {
            self.push(value >> bit & 1, 1);
        }
    }
}
