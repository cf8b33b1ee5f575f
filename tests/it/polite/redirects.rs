//! R: servers that send us elsewhere.

use std::collections::HashMap;
use std::time::Duration;

use silkwire::collect::Access;
use silkwire::model::{Feed, Trouble};

use super::{FEED, HOUR, Promise, day, polls};
use crate::newsroom::SIGNED;
use crate::support::{Answer, Asked, Item, Setup, Town, Watcher, feeds, rss, small_feed};

const THERE: &str = "https://b.example/feed";

fn fine() -> Answer {
    Answer::ok(small_feed()).header("etag", "\"b\"")
}

/// A feed that answers so for some days, while `b.example` has the feed.
async fn sent_on(answer: Answer, n_days: u64) -> Watcher {
    let town = Town::new();
    town.script("a.example", vec![answer]);
    town.serve("b.example", |_| fine());
    let mut watcher = Watcher::new(&town, &[FEED]).await;
    watcher.run(day(n_days)).await;
    watcher
}

/// A permanent redirect is followed at once and believed late.
async fn is_believed_late(status: u16) {
    let watcher = sent_on(Answer::to(status, THERE), 5).await;
    let (here, there) = (watcher.town.asked("a.example"), watcher.town.asked("b.example"));
    assert!(here[0].at < there[0].at && there[0].at < Duration::from_secs(5), "followed at once");
    let last = here.last().unwrap().at;
    assert!(day(3) <= last && last < day(3) + 2 * HOUR, "asked until {last:?}");
    assert!(10 <= here.len() && day(5) < there.last().unwrap().at + 2 * HOUR);
    for pause in polls(&watcher.town, "b.example") {
        pause.keeps(HOUR);
    }
    let state = watcher.state(FEED).await;
    assert_eq!(state.address.as_ref().map(url::Url::as_str), Some(THERE));
}

/// Goal: a feed that moved is found for ever, one that was sent away by mistake is not lost.
#[tokio::test(start_paused = true)]
async fn r01_permanent_redirect_is_believed_after_ten_sightings_and_three_days() {
    is_believed_late(301).await;
}

/// Goal: three days alone are not enough for a feed that is asked rarely.
#[tokio::test(start_paused = true)]
async fn r01_ten_sightings_are_needed() {
    let answer = Answer::ok(small_feed()).header("cache-control", "max-age=86400");
    let town = Town::new();
    town.script("a.example", vec![Answer::to(301, THERE)]);
    town.script("b.example", vec![answer]);
    let mut watcher = Watcher::new(&town, &[FEED]).await;
    watcher.run(day(14)).await;
    assert_eq!(town.record("a.example").n_requests, 10);
}

/// Goal: the newer word for the same means the same.
#[tokio::test(start_paused = true)]
async fn r02_308_is_a_permanent_redirect() {
    is_believed_late(308).await;
}

/// Goal: who sends us elsewhere for now is asked again.
#[tokio::test(start_paused = true)]
async fn r03_temporary_redirects_change_no_address() {
    for status in [302, 303, 307] {
        let watcher = sent_on(Answer::to(status, THERE), 4).await;
        assert!(day(4) < watcher.town.asked("a.example").last().unwrap().at + 2 * HOUR);
        let state = watcher.state(FEED).await;
        assert_eq!((state.address, state.moving, state.error), (None, None, None));
        assert_eq!(state.n_entries, 1);
    }
}

/// Goal: a move that ends in "for now" is none.
#[tokio::test(start_paused = true)]
async fn r04_permanent_then_temporary_is_temporary() {
    let town = Town::new();
    town.script("a.example", vec![Answer::to(301, "https://c.example/feed")]);
    town.script("c.example", vec![Answer::to(302, THERE)]);
    town.serve("b.example", |_| fine());
    let mut watcher = Watcher::new(&town, &[FEED]).await;
    watcher.run(day(5)).await;
    let state = watcher.state(FEED).await;
    assert_eq!((state.address, state.moving, state.error), (None, None, None));
}

/// Goal: a redesign that sends all old addresses to the front page loses no feed.
#[tokio::test(start_paused = true)]
async fn r05_permanent_redirect_to_no_feed_is_a_failure() {
    let page = "<!doctype html><html><body>Welcome</body></html>";
    for (there, trouble) in
        [(Answer::ok(page), Trouble::WebPage), (Answer::status(404), Trouble::NotFound)]
    {
        let town = Town::new();
        town.script("a.example", vec![fine(), Answer::to(301, THERE)]);
        town.script("b.example", vec![there]);
        let mut watcher = Watcher::new(&town, &[FEED]).await;
        watcher.run(day(9)).await;
        let state = watcher.state(FEED).await;
        assert_eq!((state.address, state.moving), (None, None));
        assert_eq!((state.trouble, state.n_entries), (Some(trouble), 1));
        assert!(9 < state.streak && town.record("a.example").n_requests < 40);
    }
}

/// Goal: a lost domain that swallows all its feeds does not make one feed of them.
#[tokio::test(start_paused = true)]
async fn r06_three_feeds_with_one_target_do_not_merge() {
    let town = Town::new();
    let urls = ["https://a1.example/feed", "https://a2.example/feed", "https://a3.example/feed"];
    for number in 1..=3 {
        town.script(&format!("a{number}.example"), vec![Answer::to(301, THERE)]);
    }
    town.serve("b.example", |_| fine());
    let mut watcher = Watcher::new(&town, &urls).await;
    watcher.run(day(5)).await;
    for url in urls {
        let state = watcher.state(url).await;
        assert_eq!(state.address, None);
        assert!(state.moving.is_some(), "and people can see it");
    }
}

/// Goal: a loop ends after ten hops and is asked for less and less.
#[tokio::test(start_paused = true)]
async fn r07_redirect_loops_end_and_back_off() {
    let endless = |asked: &Asked| Answer::to(302, &format!("/{}", asked.number + 1));
    let circle = |_: &Asked| Answer::to(301, FEED);
    for (is_endless, name) in [(true, "endless"), (false, "circle")] {
        let town = Town::new();
        if is_endless {
            town.serve("a.example", endless);
        } else {
            town.serve("a.example", circle);
        }
        let mut watcher = Watcher::new(&town, &[FEED]).await;
        watcher.run(day(1)).await;
        let state = watcher.state(FEED).await;
        assert_eq!(state.trouble, Some(Trouble::Redirect), "{name}");
        let n_requests = town.record("a.example").n_requests;
        let n_polls = usize::try_from(state.streak).unwrap();
        assert_eq!(n_requests, 11 * n_polls, "{name}");
        assert!(n_polls < 12, "{name}: {n_polls} polls in a day");
        assert!(Some(Duration::from_secs(1)) <= town.record("a.example").gap_min);
    }
}

/// Goal: nobody on the way can take a feed's security away for good.
#[tokio::test(start_paused = true)]
async fn r08_permanent_redirect_to_http_is_never_stored() {
    let watcher = sent_on(Answer::to(301, "http://b.example/feed"), 5).await;
    let state = watcher.state(FEED).await;
    assert_eq!((state.address, state.moving, state.n_entries), (None, None, 1));
}

/// Goal: a feed that moves to where another one is costs one request and alerts once.
#[tokio::test(start_paused = true)]
async fn r10_move_to_a_watched_address_is_one_fetch() {
    let town = Town::new();
    let items =
        || rss(&[Item::number("b.example", 2, SIGNED), Item::number("b.example", 1, "Rain")]);
    town.script("a.example", vec![Answer::to(301, THERE)]);
    town.serve("b.example", move |asked| {
        let is_new = day(4) < asked.at;
        Answer::ok(if is_new { items() } else { small_feed() })
    });
    let mut watcher = Watcher::new(&town, &[FEED, THERE]).await;
    watcher.run(day(4)).await;
    assert!(watcher.state(FEED).await.address.is_some());
    let before = town.all().n_requests;
    watcher.run(day(1)).await;
    let n_requests = town.all().n_requests - before;
    assert!((20..=26).contains(&n_requests), "{n_requests} in a day");
    let pauses = polls(&town, "b.example");
    assert!(pauses.iter().rev().take(20).all(|pause| HOUR <= *pause), "{pauses:?}");
    assert_eq!((watcher.matches().await.len(), watcher.n_alerts().await), (1, 1));
}

/// Goal: what opens a feed to us is heard by its own site only.
#[tokio::test(start_paused = true)]
async fn r11_credentials_stay_with_their_origin() {
    let town = Town::new();
    town.serve("a.example", |asked| match asked.path.as_str() {
        "/feed" => Answer::to(302, "/again"),
        _ => Answer::to(302, "https://b.example/feed"),
    });
    town.serve("b.example", |_| Answer::to(302, "https://a.example:8443/feed"));
    let open = Access::new(None, Some("desk"), Some("pass"), Some("Cookie: session=1")).unwrap();
    let feed = Feed::at(FEED.parse().unwrap());
    let access = HashMap::from([(feed.id, open)]);
    let setup = Setup { access, ..Setup::default() };
    let mut watcher = Watcher::with(&town, vec![feed], setup).await;
    watcher.run_while(town.until(4)).await;
    let heard = |asked: &Asked| {
        ["authorization", "cookie"].map(|name| asked.header(name).is_some()) == [true, true]
    };
    let silent = |asked: &Asked| {
        ["authorization", "cookie"].map(|name| asked.header(name).is_some()) == [false, false]
    };
    let log = town.log();
    assert!(heard(&log[0]) && heard(&log[1]), "its own site");
    assert!(silent(&log[2]), "another host");
    assert!(silent(&log[3]), "another port of its own host");
}

/// Goal: addresses are read as browsers read them.
#[tokio::test(start_paused = true)]
async fn r13_odd_locations_are_resolved() {
    for (location, host, path) in [
        ("/new feed#part", "a.example", "/new%20feed"),
        ("deep/../other?q=1&r=a b", "a.example", "/other?q=1&r=a%20b"),
        ("//b.example/x", "b.example", "/x"),
        ("https://b.example/b\u{fc}cher", "b.example", "/b%C3%BCcher"),
        ("HTTPS://B.EXAMPLE/", "b.example", "/"),
        ("?page=2", "a.example", "/feed?page=2"),
    ] {
        let town = Town::new();
        town.serve("a.example", move |asked| match asked.number {
            0 => Answer::to(302, location),
            _ => fine(),
        });
        town.serve("b.example", |_| fine());
        let mut watcher = Watcher::with(&town, feeds(&[FEED]), Setup::default()).await;
        watcher.run(Duration::from_secs(30)).await;
        let log = town.log();
        assert_eq!((log[1].host.as_str(), log[1].path.as_str()), (host, path));
        assert_eq!(watcher.state(FEED).await.n_entries, 1);
    }
}
