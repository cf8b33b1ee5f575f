//! The client with a name service of our own.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use tokio::net::{TcpSocket, TcpStream};

use super::*;
use crate::net::{BodyLimit, Dialler, Limits};

const LIMITS: Limits = Limits {
    header_timeout: Duration::from_secs(8),
    total_timeout: Duration::from_secs(30),
    body: BodyLimit::DOCUMENT,
};

/// Knows the same addresses for each name, or fails in the same words.
struct Fixed(Result<Vec<SocketAddr>, &'static str>);

#[async_trait]
impl Lookup for Fixed {
    async fn lookup(&self, _: &str) -> io::Result<Vec<SocketAddr>> {
        self.0.clone().map_err(|words| {
            io::Error::other(format!("failed to lookup address information: {words}"))
        })
    }
}

fn addresses(texts: &[&str]) -> Fixed {
    Fixed(Ok(texts.iter().map(|text| SocketAddr::new(text.parse().unwrap(), 0)).collect()))
}

async fn ask(open: &[&str], lookup: Fixed, url: &str) -> Result<Response, NetError> {
    let open: Vec<IpNet> = open.iter().map(|net| net.parse().unwrap()).collect();
    let client = Client::with_lookup(&Config::default(), &open, Arc::new(lookup)).unwrap();
    client.send(Request::get(url.parse().unwrap(), LIMITS)).await
}

/// A server on 127.0.0.1 that greets whoever asks; its port.
fn greeter() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        assert!(0 < stream.read(&mut [0; 1000]).unwrap());
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello").unwrap();
    });
    port
}

/// An address that takes no connection and does not say so: a listener whose queue is full.
/// None where the machine has no IPv6.
async fn dead_end(port: u16) -> Option<(tokio::net::TcpListener, Vec<TcpStream>)> {
    let address: SocketAddr = format!("[::1]:{port}").parse().unwrap();
    let socket = TcpSocket::new_v6().ok()?;
    socket.bind(address).ok()?;
    let listener = socket.listen(1).unwrap();
    let mut queue = Vec::new();
    let quick = Duration::from_millis(200);
    while let Ok(connected) = timeout(quick, TcpStream::connect(address)).await {
        queue.push(connected.unwrap());
        assert!(queue.len() < 100, "the queue never fills");
    }
    Some((listener, queue))
}

/// Goal: a name that leads inside is refused, whoever answers for it.
#[tokio::test]
async fn r09_names_of_private_addresses_are_refused() {
    let private = ["127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "::1"];
    let hidden = ["fd00::1", "fe80::1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "0.0.0.0"];
    for address in private.into_iter().chain(hidden) {
        let error = ask(&[], addresses(&[address]), "http://site.example/").await.unwrap_err();
        assert_eq!(error.class(), "address", "{address}: {error}");
        assert!(!error.is_unreachable());
    }
}

/// Goal: a host with a broken IPv6 is reached over IPv4 within seconds.
/// Method: first an IPv6 address that refuses, then one that swallows what we send.
#[tokio::test]
async fn h12_dead_ipv6_does_not_hide_an_alive_ipv4() {
    let open = ["127.0.0.0/8", "::1/128"];
    let url = format!("http://site.example:{}/", greeter());
    let answer = ask(&open, addresses(&["::1", "127.0.0.1"]), &url).await.unwrap();
    assert_eq!(answer.body, b"hello");

    let port = greeter();
    let Some(_dead_end) = dead_end(port).await else { return };
    let url = format!("http://site.example:{port}/");
    let answer = ask(&open, addresses(&["::1", "127.0.0.1"]), &url).await.unwrap();
    assert_eq!(answer.body, b"hello");
}

/// Goal: a name that nobody knows is told from a name service that is down, and both from
/// trouble with the server.
#[tokio::test]
async fn e12_unknown_names_and_silent_name_services_differ() {
    let mut all = Vec::new();
    for words in [
        "Name or service not known",
        "No address associated with hostname",
        "Temporary failure in name resolution",
        "Non-recoverable failure in name resolution",
    ] {
        let error = ask(&[], Fixed(Err(words)), "http://site.example/").await.unwrap_err();
        assert!(error.is_unreachable() && error.is_transient());
        let temporary = matches!(error, NetError::Dns { is_temporary: true, .. });
        all.push(format!("{} {temporary}: {error}", error.class()));
    }
    let none = ask(&[], addresses(&[]), "http://site.example/").await.unwrap_err();
    all.push(none.to_string());
    insta::assert_snapshot!(all.join("\n"), @r"
    dns false: host name not found: Name or service not known
    dns false: host name not found: No address associated with hostname
    dns true: name service failed: Temporary failure in name resolution
    dns true: name service failed: Non-recoverable failure in name resolution
    host name not found: Name has no usable address
    ");
}

/// Never answers.
struct Silent;

#[async_trait]
impl Lookup for Silent {
    async fn lookup(&self, _: &str) -> io::Result<Vec<SocketAddr>> {
        std::future::pending().await
    }
}

/// Goal: when the name service is silent, that is said, not that the server is slow.
#[tokio::test(start_paused = true)]
async fn e12_name_service_that_hangs_is_named() {
    let client = Client::with_lookup(&Config::default(), &[], Arc::new(Silent)).unwrap();
    let limits = Limits { header_timeout: Duration::from_secs(15), ..LIMITS };
    let url = "http://site.example/".parse().unwrap();
    let error = client.send(Request::get(url, limits)).await.unwrap_err();
    insta::assert_snapshot!(error, @"name service failed: no answer from the name service within 8 s");
    assert!(error.is_unreachable());
}

/// Gives other addresses each time that it is asked, and counts.
struct Turning {
    answers: [&'static str; 2],
    n_asked: AtomicUsize,
}

#[async_trait]
impl Lookup for Turning {
    async fn lookup(&self, _: &str) -> io::Result<Vec<SocketAddr>> {
        let number = self.n_asked.fetch_add(1, Ordering::SeqCst);
        let address = self.answers[number.min(1)].parse().unwrap();
        Ok(vec![SocketAddr::new(address, 0)])
    }
}

/// Goal: a name that is public when it is checked and private when it is dialled leads nowhere.
/// Method: 127.0.0.1 is opened and greets, the second answer would be another machine's; one
/// look-up only, for HTTP and for what is none.
#[tokio::test]
async fn b47_checked_address_is_the_one_that_is_dialled() {
    let open: Vec<IpNet> = vec!["127.0.0.1/32".parse().unwrap()];
    let turning = || {
        let answers = ["127.0.0.1", "127.0.0.9"];
        Arc::new(Turning { answers, n_asked: AtomicUsize::new(0) })
    };
    let lookup = turning();
    let client = Client::with_lookup(&Config::default(), &open, lookup.clone()).unwrap();
    let url = format!("http://site.example:{}/", greeter()).parse().unwrap();
    assert_eq!(client.send(Request::get(url, LIMITS)).await.unwrap().body, b"hello");
    assert_eq!(lookup.n_asked.load(Ordering::SeqCst), 1);

    let lookup = turning();
    let dialler = Dialler::with_lookup(&Config::default(), &open, lookup.clone()).unwrap();
    let port = greeter();
    let line = dialler.connect("site.example", port).await.unwrap();
    assert_eq!(line.peer_addr().unwrap(), SocketAddr::from(([127, 0, 0, 1], port)));
    assert_eq!(lookup.n_asked.load(Ordering::SeqCst), 1);
    drop(line);
    let error = dialler.connect("site.example", port).await.unwrap_err();
    assert_eq!(error.class(), "address", "{error}");
}

/// Goal: of a name with public and private addresses only the public ones are dialled, by
/// whatever protocol.
#[tokio::test]
async fn b46_b47_private_addresses_of_a_name_are_never_dialled() {
    let open: Vec<IpNet> = vec!["127.0.0.1/32".parse().unwrap()];
    let port = greeter();
    let both_kinds = Arc::new(addresses(&["10.0.0.1", "127.0.0.1", "fe80::1"]));
    let dialler = Dialler::with_lookup(&Config::default(), &open, both_kinds).unwrap();
    let line = dialler.connect("site.example", port).await.unwrap();
    assert_eq!(line.peer_addr().unwrap().ip().to_string(), "127.0.0.1");
    for host in ["10.0.0.1", "[::1]", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "169.254.169.254"] {
        let outcome = dialler.connect(host, port).await;
        let is_open = host == "::ffff:127.0.0.1" || host == "64:ff9b::7f00:1";
        let class = outcome.err().map(|error| error.class());
        assert!(is_open || class == Some("address"), "{host}: {class:?}");
    }
}
