//! H: what a request looks like, and how many there are.

use std::time::Duration;

use serde::Deserialize;
use silkwire::collect::Config;
use silkwire::net;

use super::{FEED, HOUR, MINUTE, day, polls};
use crate::newsroom::SIGNED;
use crate::support::{Answer, Item, Setup, Town, Watcher, feeds, rss, small_feed};

/// Goal: publishers can see who asks and whom to write to, with every request.
#[tokio::test(start_paused = true)]
async fn h01_user_agent_is_constant_and_names_a_contact() {
    let town = Town::new();
    town.serve("a.example", |asked| match asked.number {
        0 => Answer::to(302, "/other"),
        1 => Answer::status(403),
        _ => Answer::ok(small_feed()),
    });
    let contact = Deserialize::deserialize(serde_json::json!("desk@press.example")).unwrap();
    let net = net::Config { contact, ..net::Config::default() };
    let setup = Setup { net, ..Setup::default() };
    let mut watcher = Watcher::with(&town, feeds(&[FEED]), setup).await;
    watcher.run_while(town.until(4)).await;
    let name = format!("silkwire/{} (+desk@press.example)", env!("CARGO_PKG_VERSION"));
    for asked in town.log() {
        assert_eq!(asked.header("user-agent"), Some(name.as_str()));
    }
}

/// Goal: a server with several formats knows which we read best.
#[tokio::test(start_paused = true)]
async fn h02_accept_names_feeds_first() {
    let watcher = Watcher::polling(vec![Answer::ok(small_feed())], 1).await;
    let log = watcher.town.log();
    let accept = log[0].header("accept").unwrap();
    for format in ["application/atom+xml", "application/rss+xml", "application/feed+json", "xml;"] {
        assert!(accept.contains(format), "{accept}");
    }
    assert!(accept.ends_with("*/*;q=0.1"), "{accept}");
}

/// Goal: the address that a person wrote is the address that is asked, always.
#[tokio::test(start_paused = true)]
async fn h05_address_is_asked_as_it_was_written() {
    let town = Town::new();
    town.serve("a.example", |_| Answer::ok(small_feed()).header("etag", "\"a\""));
    let path = "/Feed.php?b=2&a=1&c&d=%20x&&utm_source=rss";
    let mut watcher = Watcher::new(&town, &[&format!("https://a.example{path}#top")]).await;
    watcher.run(2 * HOUR).await;
    assert!(town.log().iter().all(|asked| asked.path == path), "{:?}", town.log());
}

/// Goal: a site with many feeds is asked for one at a time, and breathes between them.
#[tokio::test(start_paused = true)]
async fn h06_one_connection_per_host_and_a_gap() {
    for (gap, latency) in [(1, 100), (5, 100), (1, 3000)] {
        let town = Town::new();
        town.serve("a.example", move |_| {
            Answer::ok(small_feed()).after(Duration::from_millis(latency))
        });
        let urls: Vec<String> = (0..30).map(|n| format!("https://a.example/{n}")).collect();
        let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
        let gap = Duration::from_secs(gap);
        let config = Config { host_gap: gap, full_text: false, ..Config::default() };
        let setup = Setup { config, ..Setup::default() };
        let mut watcher = Watcher::with(&town, feeds(&urls), setup).await;
        watcher.run(4 * MINUTE).await;
        let record = town.record("a.example");
        assert_eq!((record.n_requests, record.n_running_max), (30, 1));
        assert!(Some(gap) <= record.gap_min, "{:?}", record.gap_min);
    }
}

/// Goal: a thousand hosts are no thousand connections, and all get their turn.
#[tokio::test(start_paused = true)]
async fn h07_all_hosts_together_stay_below_the_limit() {
    for n_requests_max in [256, 7] {
        let town = Town::new();
        let hosts: Vec<String> = (0..1000).map(|number| format!("h{number}.example")).collect();
        for host in &hosts {
            town.serve(host, |_| Answer::ok(small_feed()).after(Duration::from_secs(10)));
        }
        let urls: Vec<String> = hosts.iter().map(|host| format!("https://{host}/feed")).collect();
        let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
        let config = Config { n_requests_max, full_text: false, ..Config::default() };
        let setup = Setup { config, ..Setup::default() };
        let mut watcher = Watcher::with(&town, feeds(&urls), setup).await;
        watcher.run(HOUR * 3 / 4).await;
        let all = town.all();
        assert_eq!((all.n_requests, all.n_running_max), (1000, n_requests_max));
    }
}

/// Goal: an address that is listed twice, or spelt twice, is asked once.
#[tokio::test(start_paused = true)]
async fn h09_same_address_twice_is_one_request() {
    let town = Town::new();
    let items = |number| rss(&[Item::number("a.example", number, SIGNED)]);
    town.serve("a.example", move |asked| Answer::ok(items(usize::from(0 < asked.number))));
    let urls = [FEED, FEED, "HTTPS://A.example:443/feed"];
    let mut watcher = Watcher::new(&town, &urls).await;
    watcher.run(day(1)).await;
    let pauses = polls(&town, "a.example");
    assert!(20 < pauses.len() && pauses.iter().all(|pause| HOUR <= *pause), "{pauses:?}");
    assert_eq!(watcher.collector.standings().len(), 1);
    assert_eq!((watcher.matches().await.len(), watcher.n_alerts().await), (2, 1));
}

/// Goal: a poll is one request; nothing else is fetched beside it.
#[tokio::test(start_paused = true)]
async fn h10_poll_fetches_the_feed_and_nothing_else() {
    let town = Town::new();
    let items = rss(&[Item::number("a.example", 1, "Rain")]);
    town.serve("a.example", move |_| Answer::ok(items.clone()));
    let mut watcher = Watcher::new(&town, &[FEED]).await;
    watcher.run(day(1)).await;
    let paths: Vec<String> = town.log().into_iter().map(|asked| asked.path).collect();
    assert!(paths.iter().all(|path| path == "/feed"), "{paths:?}");
    let n_polls = watcher.metrics.fetches_changed.get() + watcher.metrics.fetches_unchanged.get();
    assert_eq!(u64::try_from(paths.len()).unwrap(), n_polls);
}
