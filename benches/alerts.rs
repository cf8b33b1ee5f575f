//! How long an alert takes from the commit to its receiver, what dead receivers cost the others,
//! and what a long queue costs in memory.
//!
//! `cargo bench --profile release --bench alerts`; with `latency`, `rush` or `queue` behind `--`
//! only that. Real sockets on loopback, a real store on the disk that holds the target folder.
//!
//! Sizes: 1,000 alerts a second is a day of a very busy desk in a minute; an alert's body has some
//! 2 KB.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on stops")]
#![expect(clippy::print_stdout, reason = "a bench says what it measured")]

use std::env;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde::Deserialize;
use silkwire::alert::{Config, Dispatcher, DispatcherParts, Receiver, ReceiverConfig, Router};
use silkwire::model::{
    AlertKind, ArticleId, Clock, Delivery, DeliveryId, DeliveryState, EventId, MatchId, StoryId,
    SystemClock, Timestamp,
};
use silkwire::net;
use silkwire::store::{Articles, Commit, DiskStore, Outbox, Store};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until};
use tokio_util::sync::CancellationToken;

const SECRET: &str = "whsec_c2lsa3dpcmUgdGVzdHMgc2lnbiB3aXRoIHRoaXM=";

const N_LATENCY: u64 = 300;

const RUSH: Duration = Duration::from_secs(20);
const N_RECEIVERS: u64 = 10;
const N_LIVE: u64 = 8;
const EVENTS_PER_SECOND: u64 = 1_000 / N_RECEIVERS;

const N_QUEUED: u64 = 100_000;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|it| it != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["resident", folder] => println!("{}", resident_kb(Path::new(folder))),
        [] => {
            latency();
            rush();
            queue();
        }
        ["latency"] => latency(),
        ["rush"] => rush(),
        ["queue"] => queue(),
        other => println!("unknown: {other:?}; latency, rush, queue, or nothing for all"),
    }
    println!(
        "load average {}",
        std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim()
    );
}

/// From the end of the commit to the arrival of the POST, one alert at a time.
fn latency() {
    let bed = Bed::new();
    let times = bed.runtime.block_on(async {
        let arrived = Arrivals::default();
        let mut servers = JoinSet::new();
        let url = live(&mut servers, 0, &arrived).await;
        let (dispatcher, wake) = bed.dispatcher(&[url]);
        let cancel = CancellationToken::new();
        let end = async {
            let mut times = Vec::new();
            for number in 0..N_LATENCY {
                bed.store.commit(event(number, 1)).await.unwrap();
                let committed = Instant::now();
                wake.notify_one();
                while arrived.locked().len() <= usize::try_from(number).unwrap() {
                    sleep(Duration::from_micros(200)).await;
                }
                times.push(arrived.locked().last().unwrap().at.duration_since(committed));
                sleep(Duration::from_millis(10)).await;
            }
            cancel.cancel();
            times
        };
        let (result, times) = tokio::join!(dispatcher.run(cancel.clone()), end);
        result.unwrap();
        times
    });
    println!("commit to POST, {N_LATENCY} alerts one at a time: {}", spread(times));
}

/// 1,000 alerts a second to ten receivers, of which one refuses and one never answers.
fn rush() {
    let bed = Bed::new();
    let (times, committed, n_wanted) = bed.runtime.block_on(async {
        let arrived = Arrivals::default();
        let mut servers = JoinSet::new();
        let mut urls = Vec::new();
        for number in 0..N_LIVE {
            urls.push(live(&mut servers, number, &arrived).await);
        }
        urls.push(refusing().await);
        urls.push(silent(&mut servers).await);
        let (dispatcher, wake) = bed.dispatcher(&urls);
        let cancel = CancellationToken::new();
        let n_events = EVENTS_PER_SECOND * RUSH.as_secs();
        let n_wanted = usize::try_from(n_events * N_LIVE).unwrap();
        let start = Instant::now();
        let scheduled = |number: u64| {
            start
                + Duration::from_micros(1_000_000 / EVENTS_PER_SECOND)
                    * u32::try_from(number).unwrap()
        };
        let end = async {
            let commits = (0..n_events).map(|number| {
                let (store, wake) = (&bed.store, &wake);
                async move {
                    sleep_until(scheduled(number).into()).await;
                    store.commit(event(number, N_RECEIVERS)).await.unwrap();
                    wake.notify_one();
                    scheduled(number).elapsed()
                }
            });
            let committed = futures_util::future::join_all(commits).await;
            let patience = Instant::now() + Duration::from_mins(1);
            while arrived.locked().len() < n_wanted && Instant::now() < patience {
                sleep(Duration::from_millis(20)).await;
            }
            cancel.cancel();
            committed
        };
        let (result, committed) = tokio::join!(dispatcher.run(cancel.clone()), end);
        result.unwrap();
        let arrivals = arrived.locked();
        let times = arrivals.iter().map(|it| it.at.duration_since(scheduled(it.number)));
        (times.collect::<Vec<_>>(), committed, n_wanted)
    });
    println!("commits at 1,000 alerts/s, from when each was to be: {}", spread(committed));
    println!(
        "{} of {n_wanted} alerts to {N_LIVE} live receivers at 1,000 alerts/s for {} s, 2 dead, \
         from when each was to be committed: {}",
        times.len(),
        RUSH.as_secs(),
        spread(times)
    );
}

/// What 100,000 deliveries that wait cost a process in memory.
fn queue() {
    let without = Bed::new();
    drop(without.store);
    let with = Bed::new();
    with.runtime.block_on(async {
        for batch in 0..N_QUEUED / 200 {
            let events = (batch * 200..(batch + 1) * 200).map(|number| event(number, 1));
            let deliveries = events.flat_map(|commit| commit.deliveries).collect();
            with.store.commit(Commit { deliveries, ..Commit::default() }).await.unwrap();
        }
        with.store.close().await.unwrap();
    });
    drop(with.store);
    let resident = |folder: &TempDir| -> u64 {
        let mut command = Command::new(env::current_exe().unwrap());
        let output = command.arg("resident").arg(folder.path()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().next().unwrap().parse().unwrap()
    };
    let (empty_kb, full_kb) = (resident(&without.folder), resident(&with.folder));
    println!(
        "resident with {N_QUEUED} pending deliveries {} MB, without {} MB: {} MB more",
        full_kb / 1024,
        empty_kb / 1024,
        full_kb.saturating_sub(empty_kb) / 1024
    );
}

/// What this process holds with the store in `folder` open and its alerts not being taken.
fn resident_kb(folder: &Path) -> u64 {
    let runtime = Runtime::new().unwrap();
    let store = Arc::new(DiskStore::open(folder).unwrap());
    runtime.block_on(async {
        let url = refusing().await;
        let (dispatcher, _) = dispatcher(&store, &[url]);
        let cancel = CancellationToken::new();
        let end = async {
            sleep(Duration::from_secs(5)).await;
            cancel.cancel();
        };
        let (result, ()) = tokio::join!(dispatcher.run(cancel.clone()), end);
        result.unwrap();
    });
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// A store, and a runtime like the service's.
struct Bed {
    store: Arc<DiskStore>,
    runtime: Runtime,
    folder: TempDir,
}

impl Bed {
    fn new() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let store = Arc::new(DiskStore::open(folder.path()).unwrap());
        Self { store, runtime: Runtime::new().unwrap(), folder }
    }

    fn dispatcher(&self, urls: &[String]) -> (Dispatcher, Arc<Notify>) {
        dispatcher(&self.store, urls)
    }
}

#[derive(Deserialize)]
struct Section {
    receiver: Vec<ReceiverConfig>,
}

/// A dispatcher to these addresses, whose receivers are called by their number.
fn dispatcher(store: &Arc<DiskStore>, urls: &[String]) -> (Dispatcher, Arc<Notify>) {
    let (config, wake) = (Config::default(), Arc::new(Notify::new()));
    let net = net::Config {
        allow_networks: vec!["127.0.0.0/8".parse().unwrap()],
        ..net::Config::default()
    };
    let secret = silkwire::model::Secret::new(SECRET.to_owned());
    let receivers = urls.iter().enumerate().map(|(number, url)| {
        let text =
            format!("[[receiver]]\nname = \"r{number}\"\nurl = \"{url}\"\nallow_http = true");
        let section: Section = toml::from_str(&text).unwrap();
        Receiver::new(&section.receiver[0], Some(&secret), &net, &config).unwrap()
    });
    let dispatcher = Dispatcher::new(DispatcherParts {
        config: &config,
        receivers: receivers.collect(),
        outbox: Arc::clone(store) as Arc<dyn Outbox>,
        articles: Arc::clone(store) as Arc<dyn Articles>,
        router: Router::default(),
        clock: Arc::new(SystemClock),
        wake: Arc::clone(&wake),
        metrics: Arc::default(),
    });
    (dispatcher, wake)
}

/// Event `number`, told to the first `n` receivers.
fn event(number: u64, n: u64) -> Commit {
    let matched = MatchId::of("test", ArticleId::of_identity(&number.to_be_bytes()));
    let story = StoryId::opened_by(matched);
    let event = EventId::of_story("test", "match.created", story, 1);
    let now = SystemClock.now();
    let deliveries = (0..n).map(|receiver| delivery(event, &format!("r{receiver}"), number, now));
    Commit { deliveries: deliveries.collect(), ..Commit::default() }
}

fn delivery(event: EventId, receiver: &str, number: u64, now: Timestamp) -> Delivery {
    let filling = "日本 – Azərbaycan. ".repeat(80);
    Delivery {
        id: DeliveryId::of(event, receiver),
        event,
        kind: AlertKind::MatchCreated,
        receiver: receiver.to_owned(),
        matched: None,
        story: None,
        lists: Vec::new(),
        score: None,
        mute_windows: Vec::new(),
        is_held: false,
        replayed: None,
        body: format!(r#"{{"number":{number},"title":"{filling}"}}"#),
        created: now,
        state: DeliveryState::Pending { due: now },
        attempts: Vec::new(),
    }
}

/// What arrived at live receivers.
#[derive(Clone, Default)]
struct Arrivals(Arc<Mutex<Vec<Arrival>>>);

struct Arrival {
    number: u64,
    at: Instant,
}

impl Arrivals {
    fn locked(&self) -> std::sync::MutexGuard<'_, Vec<Arrival>> {
        self.0.lock().unwrap()
    }
}

/// A receiver that takes everything.
async fn live(servers: &mut JoinSet<()>, _number: u64, arrived: &Arrivals) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let arrived = arrived.clone();
    servers.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let arrived = arrived.clone();
            connections.spawn(async move { take(stream, &arrived).await });
        }
    });
    url
}

async fn take(stream: TcpStream, arrived: &Arrivals) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut stream = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await.ok().filter(|n| 0 < *n)?;
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().ok()?;
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        let at = Instant::now();
        let body: serde_json::Value = serde_json::from_slice(&body).ok()?;
        arrived.locked().push(Arrival { number: body["number"].as_u64()?, at });
        stream.get_mut().write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.ok()?;
    }
}

/// An address at which nobody listens.
async fn refusing() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}/hook", listener.local_addr().unwrap())
}

/// A receiver that takes connections and says nothing.
async fn silent(servers: &mut JoinSet<()>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    servers.spawn(async move {
        let mut kept = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            kept.push(stream);
        }
    });
    url
}

/// Median, 99 % and the longest.
fn spread(mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    format!("p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms", ms(at(50)), ms(at(99)), ms(at(100)))
}
