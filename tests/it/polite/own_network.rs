//! Our own network's failure is nobody's fault.

use silkwire::model::PollReason;

use super::{HOUR, MINUTE, day};
use crate::support::{Answer, Town, Watcher, small_feed};

/// From now on so many hosts cannot be reached.
fn fall_silent(town: &Town, n_hosts: usize) {
    for number in 0..n_hosts {
        town.serve(&format!("h{number}.example"), |_| Answer::not_connected());
    }
}

/// From now on they answer.
fn wake_up(town: &Town, n_hosts: usize) {
    for number in 0..n_hosts {
        town.serve(&format!("h{number}.example"), |_| Answer::ok(small_feed()));
    }
}

/// Goal: when our own network fails for days, no feed is blamed, one request a minute goes out,
/// people are told, and all is as before within two minutes of its return.
#[tokio::test(start_paused = true)]
async fn own_network_down_for_days_is_nobodys_fault() {
    const HOSTS: usize = 20;
    let town = Town::new();
    wake_up(&town, HOSTS);
    let urls: Vec<String> = (0..HOSTS).map(|n| format!("https://h{n}.example/feed")).collect();
    let mut urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    urls.push("https://dead.example/feed");
    let mut watcher = Watcher::new(&town, &urls).await;
    let uplink = watcher.collector.uplink();
    watcher.run(5 * HOUR).await;
    assert_eq!(uplink.down_since(), None, "one dead host is not our network");
    fall_silent(&town, HOSTS);
    watcher.run(3 * HOUR).await;
    assert!(uplink.down_since().is_some(), "the status says so");
    let before = town.all().n_requests;
    watcher.run(day(3)).await;
    let n_probes = town.all().n_requests - before;
    let n_minutes = 3 * 24 * 60;
    assert!(n_minutes * 9 / 10 <= n_probes && n_probes <= n_minutes, "{n_probes} probes");
    for url in &urls[..HOSTS] {
        let state = watcher.state(url).await;
        assert!(state.streak <= 1, "{url}: {}", state.streak);
    }
    wake_up(&town, HOSTS);
    let back = town.age();
    watcher.run(4 * MINUTE).await;
    let first = town.log().iter().map(|it| it.at).find(|at| back <= *at).unwrap();
    assert_eq!(uplink.down_since(), None);
    for (number, url) in urls[..HOSTS].iter().enumerate() {
        let starts = town.asked(&format!("h{number}.example"));
        let at = starts.iter().map(|it| it.at).find(|at| back <= *at).unwrap();
        assert!(at <= first + 2 * MINUTE, "{url}: {at:?} after {first:?}");
        let state = watcher.state(url).await;
        assert_eq!((state.streak, state.error.clone(), state.reason), (0, None, PollReason::Quiet));
    }
    assert!(1 < watcher.state("https://dead.example/feed").await.streak, "this one is dead");
}
