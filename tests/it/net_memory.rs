//! The client's limits and rules over a transport in memory, on a clock of their own.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use silkwire::model::Secret;
use silkwire::net::{
    BodyLimit, Client, Config, Headers, Incoming, Limits, Method, NetError, Outgoing, Request,
    Response, Transport,
};
use tokio::time::{Instant, sleep};

const LIMITS: Limits = Limits {
    header_timeout: Duration::from_secs(15),
    total_timeout: Duration::from_mins(1),
    body: BodyLimit::DOCUMENT,
};

type Answer = Result<Incoming, NetError>;

/// Gives its answers in turn, and remembers what was asked. None left: silence.
#[derive(Default)]
struct Memory {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<Outgoing>>,
}

impl Memory {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.into_iter().collect()), ..Self::default() })
    }

    fn n_asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    async fn send(self: &Arc<Self>, request: Request) -> Result<Response, NetError> {
        let transport: Arc<dyn Transport> = Arc::<Self>::clone(self);
        Client::with_transport(transport, &Config::default()).send(request).await
    }

    async fn get(self: &Arc<Self>) -> Result<Response, NetError> {
        self.send(get("https://site.example/feed")).await
    }
}

#[async_trait::async_trait]
impl Transport for Memory {
    async fn carry(&self, request: Outgoing) -> Answer {
        self.asked.lock().unwrap().push(request);
        let next = self.answers.lock().unwrap().pop_front();
        match next {
            Some(answer) => answer,
            None => std::future::pending().await,
        }
    }
}

fn get(url: &str) -> Request {
    Request::get(url.parse().unwrap(), LIMITS)
}

fn headers(lines: &[(&'static str, &str)]) -> Headers {
    lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect()
}

fn ok(lines: &[(&'static str, &str)], body: &'static [u8]) -> Incoming {
    Incoming::whole(200, headers(lines), body)
}

fn reset() -> Answer {
    Err(NetError::Reset { reason: "gone".to_owned() })
}

/// An endless body of pieces of this size, one at a time; counts them.
fn endless(status: u16, piece: usize, pause: Duration) -> (Answer, Arc<AtomicUsize>) {
    let count = Arc::<AtomicUsize>::default();
    let counting = Arc::clone(&count);
    let pieces = stream::repeat(()).then(move |()| {
        counting.fetch_add(1, Ordering::SeqCst);
        async move {
            sleep(pause).await;
            Ok(vec![b'x'; piece].into())
        }
    });
    let incoming = Incoming { status, headers: Headers::default(), body: pieces.boxed() };
    (Ok(incoming), count)
}

/// Goal: everything that a server sees of us is decided in one place.
#[tokio::test]
async fn h01_h03_h05_request_is_complete_before_it_is_carried() {
    let memory = Memory::new([Ok(ok(&[], b"hello"))]);
    let mut request = get("https://site.example/feed?b=1&a=%20#part");
    request.secret_headers.push(("X-Key".to_owned(), Secret::new(b"k".to_vec())));
    memory.send(request).await.unwrap();
    let asked = memory.asked.lock().unwrap().remove(0);
    assert_eq!(asked.method, Method::Get);
    assert_eq!(asked.url.as_str(), "https://site.example/feed?b=1&a=%20");
    let agent = format!("silkwire/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(asked.headers.text("user-agent"), Some(agent.as_str()));
    assert_eq!(asked.headers.text("accept-encoding"), Some("gzip, br, zstd, deflate"));
    assert_eq!(asked.headers.text("x-key"), Some("k"));
    let names: Vec<&str> = asked.headers.names().collect();
    assert_eq!(names.len(), 4, "{names:?}");
}

/// Goal: the guard stands above every transport.
#[tokio::test]
async fn r09_private_addresses_and_other_schemes_are_not_carried() {
    let memory = Memory::new([]);
    for (url, class) in [
        ("http://127.0.0.1/", "address"),
        ("http://169.254.169.254/latest/meta-data", "address"),
        ("https://[fd00::1]/", "address"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://site.example/", "scheme"),
    ] {
        let error = memory.send(get(url)).await.unwrap_err();
        assert_eq!(error.class(), class, "{url}");
    }
    assert_eq!(memory.n_asked(), 0);
}

/// Goal: a server that is silent costs the header timeout, no more and no less.
#[tokio::test(start_paused = true)]
async fn e14_silence_ends_at_the_header_timeout() {
    let start = Instant::now();
    let error = Memory::new([]).get().await.unwrap_err();
    assert_eq!(error, NetError::HeaderTimeout(LIMITS.header_timeout));
    assert_eq!(start.elapsed(), LIMITS.header_timeout);
}

/// Goal: a byte per second holds a slot for a minute, not for days.
#[tokio::test(start_paused = true)]
async fn e15_dripping_body_ends_at_the_total_deadline() {
    let start = Instant::now();
    let (drip, _) = endless(200, 1, Duration::from_secs(1));
    let error = Memory::new([drip]).get().await.unwrap_err();
    assert_eq!(error, NetError::Timeout(LIMITS.total_timeout));
    assert_eq!(start.elapsed(), LIMITS.total_timeout);
}

/// Goal: an endless body costs its limit, one that says so costs nothing.
#[tokio::test]
async fn e16_endless_body_ends_at_the_limit() {
    let (body, n_pieces) = endless(200, 1 << 20, Duration::ZERO);
    let error = Memory::new([body]).get().await.unwrap_err();
    assert_eq!(error, NetError::BodyTooLong { limit: 50 << 20 });
    assert_eq!(n_pieces.load(Ordering::SeqCst), 51);

    let announced = ok(&[("content-length", "104857600")], b"");
    let error = Memory::new([Ok(announced)]).get().await.unwrap_err();
    assert_eq!(error.to_string(), "body longer than 52428800 bytes");
    let packed = ok(&[("content-length", "10485761"), ("content-encoding", "br")], b"");
    let error = Memory::new([Ok(packed)]).get().await.unwrap_err();
    assert_eq!(error.to_string(), "packed body longer than 10485760 bytes");
}

/// Goal: what a failing server says is heard, also when its page never ends or is broken.
#[tokio::test]
async fn status_counts_where_it_is_no_success() {
    let (body, n_pieces) = endless(503, 1000, Duration::ZERO);
    let answer = Memory::new([body]).get().await.unwrap();
    assert_eq!((answer.status, answer.body_was_cut, answer.body.len()), (503, true, 65_536));
    assert_eq!(n_pieces.load(Ordering::SeqCst), 66);

    let lines = headers(&[("content-encoding", "odd"), ("content-length", "9")]);
    let broken = Incoming::whole(429, lines, &b"\xff"[..]);
    assert_eq!(Memory::new([Ok(broken)]).get().await.unwrap().status, 429);
    let none = Incoming::whole(204, headers(&[("content-length", "9")]), &b""[..]);
    assert_eq!(Memory::new([Ok(none)]).get().await.unwrap().status, 204);
}

/// Goal: a body that is shorter than announced is a failure over every transport.
#[tokio::test]
async fn c16_body_shorter_than_announced_is_a_failure() {
    let error =
        Memory::new([Ok(ok(&[("content-length", "6")], b"hello"))]).get().await.unwrap_err();
    assert_eq!(error.to_string(), "answer broken: 5 of 6 bytes came");
}

/// Goal: a connection that was lost gets one more try, as part of the same poll.
#[tokio::test]
async fn h11_lost_connection_is_retried_once() {
    let memory =
        Memory::new([reset(), Ok(ok(&[], b"hello")), reset(), reset(), Ok(ok(&[], b"late"))]);
    assert_eq!(memory.get().await.unwrap().body, b"hello");
    assert_eq!(memory.n_asked(), 2);
    assert_eq!(memory.get().await.unwrap_err().class(), "reset");
    assert_eq!(memory.n_asked(), 4);
}

/// Goal: what might be done twice is not asked twice, and a refusal is no lost connection.
#[tokio::test]
async fn h11_orders_and_other_failures_are_not_retried() {
    let broken = Err(NetError::Broken { reason: "no HTTP".to_owned() });
    let memory = Memory::new([reset(), broken]);
    let url = "https://site.example/hook".parse().unwrap();
    let order = Request::new(Method::Post, url, LIMITS);
    assert_eq!(memory.send(order).await.unwrap_err().class(), "reset");
    assert_eq!(memory.get().await.unwrap_err().class(), "broken");
    assert_eq!(memory.n_asked(), 2);
}

/// Goal: hundreds of servers that send long bodies at the same time do not fill the memory, and
/// each of them is read in the end.
/// Method: counts bytes that were taken from servers and not yet given back by whoever asked.
#[tokio::test(start_paused = true)]
async fn large_bodies_take_turns() {
    const CHUNK: usize = 1 << 18;
    const N_CHUNKS: usize = 32;
    const N_SERVERS: usize = 60;
    let held = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let answers = (0..N_SERVERS).map(|_| {
        let (held, most) = (Arc::clone(&held), Arc::clone(&most));
        let chunks = stream::iter(0..N_CHUNKS).then(move |_| {
            let (held, most) = (Arc::clone(&held), Arc::clone(&most));
            async move {
                sleep(Duration::from_millis(10)).await;
                let now = held.fetch_add(CHUNK, Ordering::SeqCst) + CHUNK;
                most.fetch_max(now, Ordering::SeqCst);
                Ok(vec![b'x'; CHUNK].into())
            }
        });
        Ok(Incoming { status: 200, headers: Headers::default(), body: chunks.boxed() })
    });
    let memory = Memory::new(answers);
    let transport: Arc<dyn Transport> = Arc::<Memory>::clone(&memory);
    let client = Client::with_transport(transport, &Config::default());
    let asked = (0..N_SERVERS).map(|number| {
        let (client, held) = (client.clone(), Arc::clone(&held));
        async move {
            let url = format!("https://site{number}.example/feed");
            let response = client.send(get(&url)).await.unwrap();
            assert_eq!(response.body.len(), CHUNK * N_CHUNKS);
            // As long as reading it takes.
            sleep(Duration::from_millis(50)).await;
            held.fetch_sub(response.body.len(), Ordering::SeqCst);
        }
    });
    futures_util::future::join_all(asked).await;
    let megabytes = most.load(Ordering::SeqCst) >> 20;
    assert!(megabytes <= 4 * 8 + 2 * N_SERVERS, "{megabytes} MiB at once");
}
