//! Alerts on their way: what receivers get, when they get it again, and when no more.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use silkwire::model::{Clock, DeliveryState, SystemClock, Timestamp};
use silkwire::net::NetError;
use silkwire::service::{Ended, Tasks};
use silkwire::store::Outbox;
use silkwire::telemetry::metrics::render;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::alert_bench::{Bench, HOUR, SECRET, START_MS, once, receiver, unreachable};
use crate::hook::{Hook, reply};
use crate::raw_server::RawServer;

/// Goal: a receiver verifies us with a library we did not write.
#[tokio::test]
async fn b01_alert_is_verified_by_an_independent_library() {
    let hook = Hook::constant("204 No Content", "");
    let bench = Bench::new(4);
    let id = bench.outbox.push("desk", 1, SystemClock.now());
    let desk = vec![bench.receiver("desk", &hook.server)];
    once(&bench.dispatcher_at(desk, Arc::new(SystemClock))).await;

    let post = &hook.posts()[0];
    let mut headers = reqwest::header::HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(name, post.header(name).parse().unwrap());
    }
    let verifier = standardwebhooks::Webhook::new(SECRET).unwrap();
    verifier.verify(&post.body, &headers).unwrap();
    let delivery = bench.outbox.get(id);
    assert_eq!(post.header("webhook-id"), delivery.event.webhook_id());
    assert_eq!(post.header("content-type"), "application/json");
    assert_eq!(post.body, delivery.body.as_bytes());
    assert!(post.head.starts_with("POST /hook HTTP/1.1\r\n"), "{}", post.head);
    let timestamp_s: i64 = post.header("webhook-timestamp").parse().unwrap();
    assert!((0..60).contains(&(SystemClock.now().unix_ms() / 1000 - timestamp_s)));
    assert!(matches!(delivery.state, DeliveryState::Delivered { .. }));
}

/// Goal: a receiver recognises a repeated alert, and may refuse old signatures.
#[tokio::test]
async fn b07_retry_has_the_same_id_and_body_and_a_new_signature() {
    let hook = Hook::start(|number| reply(if number == 1 { "500 Oops" } else { "202 Yes" }, ""));
    let bench = Bench::new(4);
    bench.push("desk", 1);
    let dispatcher = bench.desk(&hook);
    once(&dispatcher).await;
    bench.clock.advance(Duration::from_secs(3));
    once(&dispatcher).await;
    assert_eq!(hook.posts().len(), 1, "4 s is the shortest first pause");
    bench.clock.advance(Duration::from_secs(3));
    once(&dispatcher).await;

    let posts = hook.posts();
    assert_eq!(posts.len(), 2);
    assert_eq!(posts[0].header("webhook-id"), posts[1].header("webhook-id"));
    assert_eq!(posts[0].body, posts[1].body);
    assert_ne!(posts[0].header("webhook-timestamp"), posts[1].header("webhook-timestamp"));
    assert_ne!(posts[0].header("webhook-signature"), posts[1].header("webhook-signature"));
    assert_eq!(bench.outbox.states(), ["delivered"]);
}

/// Goal: a receiver that wants no more alerts gets none, and nothing is thrown away.
#[tokio::test]
async fn b12_gone_receiver_is_left_alone_and_its_alerts_wait() {
    let hook = Hook::constant("410 Gone", "");
    let bench = Bench::new(1);
    bench.push("desk", 3);
    once(&bench.desk(&hook)).await;
    bench.clock.advance(48 * HOUR);
    once(&bench.desk(&hook)).await;
    assert_eq!(hook.posts().len(), 1);
    assert_eq!(bench.outbox.states(), ["pending"; 3]);
    assert!(bench.outbox.receiver("desk").await.unwrap().unwrap().disabled.is_some());
}

/// Goal: nobody can make us post alerts to a place that the operator did not name.
#[tokio::test]
async fn b11_redirect_is_a_failure_and_is_not_followed() {
    for status in ["301 A", "302 B", "303 C", "307 D", "308 E"] {
        let other = RawServer::constant("");
        let location = format!("location: {}\r\n", other.url("/"));
        let hook = Hook::start(move |_| reply(status, &location));
        let bench = Bench::new(4);
        let id = bench.outbox.push("desk", 1, bench.clock.now());
        once(&bench.desk(&hook)).await;
        assert_eq!(other.requests().len(), 0);
        let attempt = &bench.outbox.get(id).attempts[0];
        let words = format!("answered {}, redirects are not followed", &status[..3]);
        assert_eq!(attempt.error.as_ref(), Some(&words));
        assert_eq!(attempt.answer, "words");
        assert_eq!(bench.outbox.states(), ["pending"]);
    }
}

/// Goal: a receiver that asks for time gets it, for everything that waits for it.
#[tokio::test]
async fn b13_retry_after_pauses_the_whole_receiver() {
    let hook = Hook::start(|number| match number {
        1 => reply("503 Busy", "retry-after: 3600\r\n"),
        _ => reply("200 OK", ""),
    });
    let bench = Bench::new(1);
    bench.push("desk", 2);
    once(&bench.desk(&hook)).await;
    bench.clock.advance(Duration::from_millis(3_599_999));
    once(&bench.desk(&hook)).await;
    assert_eq!(hook.posts().len(), 1);
    bench.clock.advance(Duration::from_millis(1));
    once(&bench.desk(&hook)).await;
    assert_eq!(bench.outbox.states(), ["delivered"; 2]);
}

/// Goal: after three days of failures the alert is still there, with what went wrong each time.
#[tokio::test]
async fn b22_used_up_schedule_ends_as_a_dead_letter() {
    let hook = Hook::constant("500 Oops", "");
    let bench = Bench::new(4);
    let id = bench.outbox.push("desk", 1, bench.clock.now());
    while let DeliveryState::Pending { due } = bench.outbox.get(id).state {
        bench.clock.advance(due.since(bench.clock.now()));
        once(&bench.desk(&hook)).await;
    }
    let delivery = bench.outbox.get(id);
    assert!(matches!(delivery.state, DeliveryState::Dead { .. }));
    assert_eq!((delivery.attempts.len(), hook.posts().len()), (10, 10));
    let attempts = delivery.attempts.iter();
    let kept = attempts.map(|it| (it.status, it.error.as_deref(), it.answer.as_str()));
    assert!(kept.eq([(Some(500), Some("answered 500"), "words"); 10]));
}

/// Goal: `run --once` ends although receivers fail.
#[tokio::test]
async fn once_tries_each_due_delivery_once() {
    let hook = Hook::constant("500 Oops", "");
    let bench = Bench::new(2);
    bench.push("desk", 5);
    let later = bench.outbox.push("desk", 6, Timestamp::from_unix_ms(START_MS + 1).unwrap());
    once(&bench.desk(&hook)).await;
    assert_eq!(hook.posts().len(), 5);
    assert!(bench.outbox.get(later).attempts.is_empty());
    assert_eq!(bench.outbox.n_leased(), 0);
}

/// Goal: the clock of a machine may be set back without a second ring at the desk.
/// Method: it is set back while the POST is on its way, the worst moment.
#[tokio::test]
async fn b58_clock_set_back_sends_nothing_twice() {
    let bench = Bench::new(1);
    let clock = Arc::clone(&bench.clock);
    let hook = Hook::start(move |_| {
        clock.0.store(START_MS - 3_600_000, Ordering::SeqCst);
        reply("500 Oops", "")
    });
    bench.push("desk", 1);
    let dispatcher = bench.desk(&hook);
    once(&dispatcher).await;
    once(&dispatcher).await;
    assert_eq!(hook.posts().len(), 1);
    bench.clock.advance(HOUR + Duration::from_secs(6));
    once(&dispatcher).await;
    assert_eq!(hook.posts().len(), 2);
}

/// Goal: a colleague's broken receiver does not hold up mine.
/// Method: the slow receiver answers only after the other one's alert is recorded.
#[tokio::test]
async fn b27_slow_receiver_delays_nobody() {
    let (release, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let slow = Hook::start(move |_| {
        wait.lock().unwrap().recv().ok();
        reply("200 OK", "")
    });
    let quick = Hook::constant("200 OK", "");
    let bench = Bench::new(4);
    bench.push("slow", 8);
    bench.push("quick", 8);
    let receivers =
        vec![bench.receiver("slow", &slow.server), bench.receiver("quick", &quick.server)];
    let dispatcher = bench.dispatcher(receivers);
    let cancel = CancellationToken::new();
    let story = async {
        bench.outbox.settled(8).await;
        assert_eq!(quick.posts().len(), 8);
        assert!(slow.posts().len() <= 4, "{}", slow.posts().len());
        drop(release);
        bench.outbox.settled(16).await;
        cancel.cancel();
    };
    let (result, ()) = tokio::join!(dispatcher.run(cancel.clone()), story);
    result.unwrap();
    assert_eq!(bench.outbox.states(), ["delivered"; 16]);
}

/// Goal: `systemctl stop` loses no alert and repeats none.
#[tokio::test]
async fn b61_stop_finishes_what_is_on_its_way_and_leaves_the_rest() {
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let hook = Hook::start(move |_| {
        stop.cancel();
        reply("200 OK", "")
    });
    let bench = Bench::new(1);
    bench.push("desk", 2);
    bench.desk(&hook).run(cancel.clone()).await.unwrap();
    assert_eq!(hook.posts().len(), 1);
    assert_eq!(bench.outbox.states(), ["delivered", "pending"]);
    assert_eq!(bench.outbox.n_leased(), 0);
    bench.desk(&hook).once(cancel).await.unwrap();
    assert_eq!(hook.posts().len(), 1);
}

/// Goal: nothing is started after the stop, not even what was just taken from the outbox.
#[tokio::test]
async fn b61_stop_gives_back_what_is_not_on_its_way() {
    let hook = Hook::constant("200 OK", "");
    let bench = Bench::new(4);
    bench.push("desk", 3);
    let cancel = CancellationToken::new();
    bench.outbox.cancel_at_lease(cancel.clone());
    bench.desk(&hook).run(cancel).await.unwrap();
    assert_eq!((hook.posts().len(), bench.outbox.n_leased()), (0, 0));
}

/// Goal: a sender that was away for too long does not undo what its successor recorded, and goes
/// on with the rest.
#[tokio::test]
async fn attempt_that_somebody_overtook_is_not_recorded() {
    let bench = Bench::new(1);
    let id = bench.outbox.push("desk", 1, bench.clock.now());
    bench.outbox.push("desk", 2, bench.clock.now());
    let (outbox, now) = (Arc::clone(&bench.outbox), bench.clock.now());
    let hook = Hook::start(move |number| {
        if number == 1 {
            outbox.take_over(id, now);
        }
        reply("500 Oops", "")
    });
    once(&bench.desk(&hook)).await;
    assert_eq!(hook.posts().len(), 2);
    assert_eq!(bench.outbox.states(), ["delivered", "pending"]);
    assert!(bench.outbox.get(id).attempts.is_empty());
}

/// Goal: a hanging receiver does not hold up `systemctl stop`.
/// Method: the clock is paused once the POST has arrived, so the patience passes at once.
#[tokio::test]
async fn b61_stop_gives_up_on_a_hanging_receiver() {
    let arrived = Arc::new(Notify::new());
    let (release, wait) = mpsc::channel::<()>();
    let (tell, wait) = (Arc::clone(&arrived), Mutex::new(wait));
    let hook = Hook::start(move |_| {
        tell.notify_one();
        wait.lock().unwrap().recv().ok();
        String::new()
    });
    let bench = Bench::new(1);
    let id = bench.outbox.push("desk", 1, bench.clock.now());
    let dispatcher = bench.desk(&hook);
    let cancel = CancellationToken::new();
    let story = async {
        arrived.notified().await;
        tokio::time::pause();
        cancel.cancel();
    };
    let (result, ()) = tokio::join!(dispatcher.run(cancel.clone()), story);
    result.unwrap();
    drop(release);
    assert_eq!((bench.outbox.states(), bench.outbox.n_leased()), (vec!["pending"], 0));
    assert!(bench.outbox.get(id).attempts.is_empty());
}

/// Goal: an alert leaves when its match is committed, not at the next look at the outbox.
#[tokio::test]
async fn new_delivery_wakes_the_dispatcher() {
    let hook = Hook::constant("200 OK", "");
    let bench = Bench::new(4);
    let dispatcher = bench.desk(&hook);
    let tasks = Tasks::default();
    tasks.start("alerts", |cancel| async move { dispatcher.run(cancel).await });
    for n in [1, 2] {
        bench.outbox.push("desk", n, bench.clock.now());
        bench.wake.notify_one();
        bench.outbox.settled(n).await;
    }
    assert_eq!(tasks.stop(Duration::from_secs(10)).await, Ended::Well);
    assert_eq!(hook.posts().len(), 2);
}

/// Goal: a service without receivers runs on.
#[tokio::test]
async fn dispatcher_without_receivers_waits_for_the_end() {
    let bench = Bench::new(4);
    bench.push("former", 1);
    let dispatcher = bench.dispatcher(Vec::new());
    let cancel = CancellationToken::new();
    let run = dispatcher.run(cancel.clone());
    tokio::pin!(run);
    assert!(futures_util::poll!(run.as_mut()).is_pending());
    cancel.cancel();
    run.await.unwrap();
    assert_eq!(bench.outbox.states(), ["pending"]);
}

/// Goal: a receiver that hangs costs its own time only, and is not asked again at once.
#[tokio::test]
async fn b18_silent_receiver_is_left_alone_for_a_minute() {
    let (release, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let hook = Hook::start(move |_| {
        wait.lock().unwrap().recv().ok();
        String::new()
    });
    let mut bench = Bench::new(4);
    bench.config.timeout = Duration::from_secs(1);
    let id = bench.outbox.push("desk", 1, bench.clock.now());
    once(&bench.desk(&hook)).await;
    drop(release);
    let delivery = bench.outbox.get(id);
    assert_eq!(delivery.attempts[0].error.as_deref(), Some("no answer within 1000 ms"));
    let due = DeliveryState::Pending { due: Timestamp::from_unix_ms(START_MS + 60_000).unwrap() };
    assert_eq!(delivery.state, due);
}

/// Goal: a receiver that is restarting costs a blink, not five seconds.
/// Method: a server that hangs up before TLS is agreed counts as no connection. A blocking task
/// keeps the paused clock from moving, so that no load makes the failure a slow one.
#[tokio::test(start_paused = true)]
async fn b17_quick_failure_to_connect_is_tried_again_within_the_attempt() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let n_connections = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&n_connections);
    std::thread::spawn(move || {
        for _ in listener.incoming() {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    });
    let (release, wait) = mpsc::channel::<()>();
    let frozen = tokio::task::spawn_blocking(move || wait.recv().ok());

    let bench = Bench::new(1);
    let id = bench.outbox.push("desk", 1, bench.clock.now());
    once(&bench.dispatcher(vec![receiver("desk", &url, &bench.config)])).await;
    drop(release);
    frozen.await.unwrap();
    assert_eq!(n_connections.load(Ordering::SeqCst), 2);
    assert_eq!(bench.outbox.get(id).attempts.len(), 1);
}

/// Goal: an endless or binary answer fills neither memory nor store, and its status counts.
#[tokio::test]
async fn b10_only_the_start_of_an_answer_is_kept() {
    let long = format!("HTTP/1.1 200 OK\r\n\r\n\u{1b}[31m\0{}", "日".repeat(100_000));
    let hook = Hook::start(move |_| long.clone());
    let bench = Bench::new(4);
    let id = bench.outbox.push("desk", 1, bench.clock.now());
    once(&bench.desk(&hook)).await;
    let attempt = &bench.outbox.get(id).attempts[0];
    assert_eq!((attempt.status, attempt.error.as_deref()), (Some(200), None));
    assert!(attempt.answer.starts_with("[31m日"));
    assert!((2046..=2048).contains(&attempt.answer.len()), "{}", attempt.answer.len());
}

/// Goal: a dispatcher that cannot record a delivery keeps it, instead of sending it again.
/// Method: the receiver's name is unknown, which takes no socket, so the paused clock is safe.
#[tokio::test(start_paused = true)]
async fn full_disk_is_waited_for() {
    let bench = Bench::new(4);
    bench.push("desk", 1);
    bench.outbox.fill_disk(3);
    let unknown = unreachable("desk", "https://wire.example/", &bench.config, unknown_host());
    let dispatcher = bench.dispatcher(vec![unknown]);
    let cancel = CancellationToken::new();
    let story = async {
        bench.outbox.settled(1).await;
        cancel.cancel();
    };
    let (result, ()) = tokio::join!(dispatcher.run(cancel.clone()), story);
    result.unwrap();
    assert_eq!(bench.outbox.states(), ["pending"]);
}

/// Goal: a receiver's database and log take our ids as they are, and no feed has a say in them.
#[tokio::test]
async fn b08_id_is_plain() {
    let hook = Hook::constant("200 OK", "");
    let bench = Bench::new(4);
    bench.push("desk", 5);
    once(&bench.desk(&hook)).await;
    for post in hook.posts() {
        let id = post.header("webhook-id");
        assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'), "{id}");
    }
}

/// Goal: a receiver that sends its answer a byte at a time costs no more than one that hangs.
#[tokio::test]
async fn b19_dripping_answer_ends_with_the_time() {
    let server = RawServer::start(|_, stream| {
        for byte in b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n".iter().cycle() {
            stream.write_all(std::slice::from_ref(byte))?;
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    });
    let mut bench = Bench::new(4);
    bench.config.timeout = Duration::from_secs(1);
    let id = bench.outbox.push("desk", 1, bench.clock.now());
    once(&bench.dispatcher(vec![bench.receiver("desk", &server)])).await;
    let attempt = &bench.outbox.get(id).attempts[0];
    assert_eq!(attempt.error.as_deref(), Some("no answer within 1000 ms"));
}

/// Goal: an answer without an end, or packed so that it would burst, fills no memory.
#[tokio::test]
async fn b20_endless_answer_is_cut() {
    for head in ["", "content-encoding: gzip\r\n"] {
        let server = RawServer::start(move |_, stream| {
            write!(stream, "HTTP/1.1 200 OK\r\n{head}\r\n")?;
            loop {
                stream.write_all(&[b'x'; 4096])?;
            }
        });
        let bench = Bench::new(4);
        let id = bench.outbox.push("desk", 1, bench.clock.now());
        once(&bench.dispatcher(vec![bench.receiver("desk", &server)])).await;
        let attempt = &bench.outbox.get(id).attempts[0];
        assert!(attempt.answer.len() <= 2048);
    }
}

/// Goal: an operator sees in the metrics what kind of failure it is.
#[tokio::test]
async fn b17_b60_failures_are_counted_by_their_kind() {
    let hook = Hook::constant("500 Oops", "");
    let bench = Bench::new(4);
    for name in ["desk", "closed", "unknown"] {
        bench.push(name, 1);
    }
    let receivers = vec![
        bench.receiver("desk", &hook.server),
        receiver("closed", "http://127.0.0.1:1/", &bench.config),
        unreachable("unknown", "https://wire.example/", &bench.config, unknown_host()),
    ];
    once(&bench.dispatcher(receivers)).await;
    let text = render(&bench.metrics.samples());
    for (name, outcome) in [("desk", "failed"), ("closed", "connect"), ("unknown", "dns")] {
        let line =
            format!("silkwire_alert_attempts_total{{receiver=\"{name}\",outcome=\"{outcome}\"}} 1");
        assert!(text.contains(&line), "{line} in {text}");
        let line = format!("silkwire_alert_attempt_seconds_count{{receiver=\"{name}\"}} 1");
        assert!(text.contains(&line), "{line} in {text}");
    }
}

fn unknown_host() -> NetError {
    NetError::Dns { reason: "no such host".to_owned(), is_temporary: false }
}
