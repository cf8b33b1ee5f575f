//! Who is polled when, with a visitor that only takes notes.
//!
//! Method: the paused clock of tokio; the wall clock stands still or follows it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use silkwire::collect::{Config, Hosts, Order, Permit, Rounds, Visitor, Who};
use silkwire::model::{Clock, Feed, FeedState, Timestamp};
use silkwire::store::StoreError;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

const HOUR: Duration = Duration::from_hours(1);

/// A wall clock that follows tokio's, which stands while somebody works.
struct TestClock(Instant);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        later(Duration::ZERO, self.0.elapsed())
    }
}

fn clock() -> Arc<TestClock> {
    Arc::new(TestClock(Instant::now()))
}

/// So long after the start of all tests.
fn later(offset: Duration, more: Duration) -> Timestamp {
    let ms = i64::try_from((offset + more).as_millis()).unwrap();
    Timestamp::from_unix_ms(1_795_500_000_000 + ms).unwrap()
}

fn start() -> Timestamp {
    later(Duration::ZERO, Duration::ZERO)
}

fn feed(url: &str) -> Feed {
    let url: url::Url = url.parse().unwrap();
    Feed { title: "A".to_owned(), ..Feed::at(url) }
}

fn feeds(n_feeds: usize, url: impl Fn(usize) -> String) -> Vec<Feed> {
    (0..n_feeds).map(|number| feed(&url(number))).collect()
}

fn rounds_over(
    config: &Config,
    feeds: Vec<Feed>,
    states: Vec<FeedState>,
    clock: Arc<dyn Clock>,
) -> Rounds {
    Rounds::new(config, Hosts::new(config), feeds, states, clock)
}

/// Notes every visit; each takes `visit_time`, and the feed is due again `pause` after it.
struct Notes {
    clock: Arc<TestClock>,
    visit_time: Duration,
    pause: Duration,
    visits: Mutex<Vec<(String, Duration)>>,
    n_running: AtomicUsize,
}

impl Notes {
    fn new(clock: &Arc<TestClock>) -> Self {
        Self {
            clock: Arc::clone(clock),
            visit_time: Duration::from_millis(300),
            pause: HOUR,
            visits: Mutex::default(),
            n_running: AtomicUsize::new(0),
        }
    }

    fn paths(&self) -> Vec<String> {
        self.visits.lock().unwrap().iter().map(|(path, _)| path.clone()).collect()
    }
}

#[async_trait]
impl Visitor for Notes {
    async fn visit(
        &self,
        feed: &Feed,
        state: &FeedState,
        _permit: Permit,
    ) -> Result<FeedState, StoreError> {
        let at = self.clock.0.elapsed();
        self.visits.lock().unwrap().push((feed.url.path().to_owned(), at));
        self.n_running.fetch_add(1, Ordering::SeqCst);
        sleep(self.visit_time).await;
        self.n_running.fetch_sub(1, Ordering::SeqCst);
        let next_poll = later(self.clock.0.elapsed(), self.pause);
        Ok(FeedState { next_poll, ..state.clone() })
    }
}

/// Nobody asks for anything.
fn no_orders() -> mpsc::Receiver<Order> {
    mpsc::channel(1).1
}

/// Goal: `--once` visits what is due, oldest first; `--now` also what is not, but never what a
/// server forbade.
#[tokio::test(start_paused = true)]
async fn rounds_choose_by_state() {
    let clock = clock();
    let feeds = feeds(5, |number| format!("https://{number}.example/{number}"));
    let state = |number: usize| FeedState::new(feeds[number].id, start());
    let soon = later(HOUR, Duration::ZERO);
    let earlier = Timestamp::from_unix_ms(start().unix_ms() - 1000).unwrap();
    let states = vec![
        state(0),
        FeedState { next_poll: earlier, ..state(1) },
        FeedState { next_poll: soon, ..state(2) },
        FeedState { next_poll: soon, not_before: Some(soon), ..state(3) },
        FeedState { is_gone: true, ..state(4) },
    ];
    for (who, paths) in [(Who::Due, vec!["/1", "/0"]), (Who::All, vec!["/1", "/0", "/2"])] {
        let notes = Notes::new(&clock);
        let rounds_clock: Arc<dyn Clock> = Arc::new(silkwire::model::FixedClock(start()));
        let config = Config { n_requests_max: 1, ..Config::default() };
        let mut rounds = rounds_over(&config, feeds.clone(), states.clone(), rounds_clock);
        rounds.once(&notes, who, CancellationToken::new()).await.unwrap();
        assert_eq!(notes.paths(), paths, "{who:?}");
    }
}

/// Goal: whoever watches over the service can tell quiet rounds from stuck ones.
#[tokio::test(start_paused = true)]
async fn rounds_turn_while_nothing_is_due() {
    let clock = clock();
    let notes = Notes::new(&clock);
    let feeds = feeds(1, |_| "https://example.org/".to_owned());
    let mut rounds = rounds_over(&Config::default(), feeds, Vec::new(), clock);
    let turns = rounds.turns();
    let cancel = CancellationToken::new();
    let watch = async {
        sleep(HOUR / 2).await;
        let before = turns.beats();
        sleep(Duration::from_secs(11)).await;
        assert_ne!(turns.beats(), before);
        cancel.cancel();
    };
    let (ended, ()) = tokio::join!(rounds.run(&notes, no_orders(), cancel.clone()), watch);
    ended.unwrap();
}

/// Goal: a stop is quick, and a visit about to end may end.
#[tokio::test(start_paused = true)]
async fn stop_waits_a_few_seconds_for_visits_in_hand() {
    for (visit_s, n_ended) in [(3, 0), (3600, 1)] {
        let clock = clock();
        let visit_time = Duration::from_secs(visit_s);
        let notes = Notes { visit_time, ..Notes::new(&clock) };
        let cancel = CancellationToken::new();
        let mut rounds = rounds_over(
            &Config::default(),
            vec![feed("https://example.org/")],
            Vec::new(),
            Arc::clone(&clock) as _,
        );
        let stop = async {
            sleep(Duration::from_secs(1)).await;
            cancel.cancel();
        };
        let (ended, ()) = tokio::join!(rounds.run(&notes, no_orders(), cancel.clone()), stop);
        ended.unwrap();
        assert!(clock.0.elapsed() <= Duration::from_secs(7));
        assert_eq!(
            notes.n_running.load(Ordering::SeqCst),
            n_ended,
            "still running after {visit_s} s"
        );
    }
}

/// Goal: a service whose disk fails does not poll on as if nothing were.
#[tokio::test(start_paused = true)]
async fn failing_store_ends_the_rounds() {
    struct Broken;
    #[async_trait]
    impl Visitor for Broken {
        async fn visit(&self, _: &Feed, _: &FeedState, _: Permit) -> Result<FeedState, StoreError> {
            Err(StoreError::Unavailable { reason: "disk gone".to_owned() })
        }
    }
    let clock = clock();
    let feeds = feeds(3, |number| format!("https://{number}.example.org/"));
    let mut rounds = rounds_over(&Config::default(), feeds, Vec::new(), clock);
    let ended = rounds.run(&Broken, no_orders(), CancellationToken::new()).await;
    assert_eq!(ended.unwrap_err().to_string(), "store does not answer: disk gone");
}

/// Goal: nothing is missed and no server is bothered while the disk is full, and polling goes on
/// by itself.
/// Method: of three feeds the second finds no room; an hour later there is some again.
#[tokio::test(start_paused = true)]
async fn full_disk_puts_polling_off() {
    struct Crowded {
        notes: Notes,
        is_full: AtomicBool,
    }
    #[async_trait]
    impl Visitor for Crowded {
        fn can_store(&self) -> bool {
            !self.is_full.load(Ordering::SeqCst)
        }

        async fn visit(
            &self,
            feed: &Feed,
            state: &FeedState,
            permit: Permit,
        ) -> Result<FeedState, StoreError> {
            let visited = self.notes.visit(feed, state, permit).await?;
            if self.notes.paths().len() == 2 {
                self.is_full.store(true, Ordering::SeqCst);
                return Err(StoreError::Full(std::io::ErrorKind::StorageFull.into()));
            }
            Ok(visited)
        }
    }
    let clock = clock();
    let visitor = Crowded { notes: Notes::new(&clock), is_full: AtomicBool::new(false) };
    let feeds = feeds(3, |number| format!("https://example.org/{number}"));
    let mut rounds = rounds_over(&Config::default(), feeds, Vec::new(), clock);
    let cancel = CancellationToken::new();
    let disk = async {
        sleep(HOUR).await;
        let paths = visitor.notes.paths();
        assert_eq!(paths, ["/0", "/1"]);
        visitor.is_full.store(false, Ordering::SeqCst);
        sleep(Duration::from_mins(1)).await;
        cancel.cancel();
    };
    let (ended, ()) = tokio::join!(rounds.run(&visitor, no_orders(), cancel.clone()), disk);
    ended.unwrap();
    let again = visitor.notes.paths().split_off(2);
    assert!(["/1", "/2"].iter().all(|path| again.iter().any(|it| it == path)), "{again:?}");
}

/// Goal: a feed that a person adds, asks for or removes is polled, polled now, or no more.
#[tokio::test(start_paused = true)]
async fn orders_are_obeyed_while_the_rounds_run() {
    let clock = clock();
    let notes = Notes::new(&clock);
    let feeds = feeds(2, |number| format!("https://{number}.example.org/{number}"));
    let (added, first) = (feeds[1].clone(), feeds[0].clone());
    let config = Config::default();
    let mut rounds = rounds_over(&config, vec![first.clone()], Vec::new(), Arc::clone(&clock) as _);
    let (orders, taken) = mpsc::channel(8);
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let person = async {
        sleep(Duration::from_secs(1)).await;
        orders.send(Order::Watch(Box::new(added.clone()))).await.unwrap();
        sleep(Duration::from_secs(1)).await;
        orders.send(Order::Poll(first.id)).await.unwrap();
        sleep(Duration::from_secs(1)).await;
        orders.send(Order::Forget(added.id)).await.unwrap();
        orders.send(Order::Poll(added.id)).await.unwrap();
        sleep(Duration::from_secs(1)).await;
        stop.cancel();
    };
    let (ended, ()) = tokio::join!(rounds.run(&notes, taken, cancel), person);
    ended.unwrap();
    assert_eq!(notes.paths(), ["/0", "/1", "/0"]);
}
