//! P: when a feed is polled again.

use std::sync::Arc;
use std::time::Duration;

use silkwire::collect::Config;
use silkwire::model::{FeedState, PollReason, Timestamp};
use silkwire::store::{MemoryStore, Schedule};

use super::{FEED, HOUR, MINUTE, Promise, day, polls};
use crate::newsroom::SIGNED;
use crate::support::{Answer, Item, Setup, Town, Watcher, feeds, rss, rss_with, small_feed};

const NOW: &str = "Tue, 24 Nov 2026 06:00:00 GMT";

/// The pause after an answer with these headers.
async fn pause(headers: &[(&'static str, &str)]) -> Duration {
    pause_of(small_feed(), headers).await
}

async fn pause_of(body: impl Into<bytes::Bytes>, headers: &[(&'static str, &str)]) -> Duration {
    let answer =
        headers.iter().fold(Answer::ok(body), |answer, (name, value)| answer.header(name, value));
    let watcher = Watcher::polling(vec![answer], 2).await;
    polls(&watcher.town, "a.example")[0]
}

/// The pause after a feed with these elements in its channel.
async fn pause_with(channel: &str) -> Duration {
    pause_of(rss_with(channel, &[Item::number("a.example", 1, "Rain")]), &[]).await
}

/// Goal: a publisher who says how long nothing changes is left alone so long.
#[tokio::test(start_paused = true)]
async fn p01_max_age_is_waited_for() {
    pause(&[("cache-control", "public, max-age=7200")]).await.keeps(2 * HOUR);
}

/// Goal: an answer from a cache is as old as it says, and never so old that we hurry.
#[tokio::test(start_paused = true)]
async fn p02_age_has_passed_already() {
    let age = |age| [("cache-control", "max-age=7200"), ("age", age)];
    pause(&age("3000")).await.keeps(Duration::from_mins(70));
    pause(&age("7000")).await.keeps(HOUR);
    pause(&age("9000")).await.keeps(HOUR);
}

/// Goal: of two dates the newer rule counts.
#[tokio::test(start_paused = true)]
async fn p03_max_age_comes_before_expires() {
    let expires = [("date", NOW), ("expires", "Tue, 24 Nov 2026 16:00:00 GMT")];
    pause(&[&[("cache-control", "max-age=7200")], &expires[..]].concat()).await.keeps(2 * HOUR);
    pause(&[&[("cache-control", "private")], &expires[..]].concat()).await.keeps(10 * HOUR);
}

/// Goal: what is meant for shared caches does not slow us down.
#[tokio::test(start_paused = true)]
async fn p04_s_maxage_is_not_for_us() {
    pause(&[("cache-control", "s-maxage=7200")]).await.keeps(HOUR);
}

/// Goal: a wrong clock, theirs or ours, changes no pause.
#[tokio::test(start_paused = true)]
async fn p05_expires_counts_from_the_servers_own_date() {
    for date in ["05", "06", "12"] {
        let date = format!("Tue, 24 Nov 2026 {date}:00:00 GMT");
        let hour: u32 = date[17..19].parse().unwrap();
        let expires = format!("Tue, 24 Nov 2026 {:02}:00:00 GMT", hour + 2);
        pause(&[("date", &date), ("expires", &expires)]).await.keeps(2 * HOUR);
    }
}

/// Goal: who gives no time is asked at our usual pace, not in a loop.
#[tokio::test(start_paused = true)]
async fn p06_expired_answers_make_no_loop() {
    for (name, value) in [
        ("expires", "Tue, 24 Nov 2026 05:00:00 GMT"),
        ("expires", "0"),
        ("expires", "-1"),
        ("expires", "garbage"),
        ("cache-control", "max-age=0"),
        ("cache-control", "no-cache"),
        ("cache-control", "no-cache, max-age=7200"),
    ] {
        pause(&[("date", NOW), (name, value)]).await.keeps(HOUR);
    }
}

/// Goal: a year without a look would miss everything.
#[tokio::test(start_paused = true)]
async fn p07_long_max_age_is_capped_at_a_day() {
    pause(&[("cache-control", "max-age=31536000")]).await.keeps(day(1));
}

/// Goal: odd spellings are read or ignored, and of two wishes the longer counts.
#[tokio::test(start_paused = true)]
async fn p08_odd_cache_control_is_read_or_ignored() {
    for (value, hours) in [
        ("max-age=\"7200\"", 2),
        ("MAX-AGE=7200", 2),
        ("max-age=60, max-age=7200", 2),
        ("max-age=7200, max-age=60", 2),
        ("max-age=-5", 1),
        ("max-age=1h", 1),
        ("max-age=", 1),
        ("max-age", 1),
        ("=,;\",,", 1),
        ("max-age=99999999999999999999", 24),
    ] {
        pause(&[("cache-control", value)]).await.keeps(hours * HOUR);
    }
}

/// Goal: a new wish counts although the document is the old one.
#[tokio::test(start_paused = true)]
async fn p09_not_modified_brings_a_new_wish() {
    let first = Answer::ok(small_feed()).header("etag", "\"a\"");
    let again = Answer::status(304).header("cache-control", "max-age=18000");
    let watcher = Watcher::polling(vec![first, again], 3).await;
    let pauses = polls(&watcher.town, "a.example");
    pauses[0].keeps(HOUR);
    pauses[1].keeps(5 * HOUR);
}

/// Goal: `ttl` is a wish like any other.
#[tokio::test(start_paused = true)]
async fn p10_ttl_is_waited_for() {
    for (ttl, hours) in [("180", 3), ("0", 1), ("-5", 1), ("abc", 1), ("", 1), ("100000", 24)] {
        pause_with(&format!("<ttl>{ttl}</ttl>")).await.keeps(hours * HOUR);
    }
}

/// The hours of the week, from Monday midnight (UTC), in which a feed was polled.
async fn hours_asked(channel: &str, from: Duration) -> Vec<u64> {
    let town = Town::new();
    let body = rss_with(channel, &[Item::number("a.example", 1, "Rain")]);
    town.serve("a.example", move |_| Answer::ok(body.clone()));
    let mut watcher = Watcher::new(&town, &[FEED]).await;
    watcher.run(from + day(9)).await;
    let starts = town.log().into_iter().map(|asked| asked.at).filter(|at| from <= *at);
    // It begins on a Tuesday at six.
    starts.map(|at| (at.as_secs() / 3600 + 24 + 6) % (7 * 24)).collect()
}

/// Goal: a publisher's nights are quiet.
#[tokio::test(start_paused = true)]
async fn p11_skip_hours_are_kept() {
    let list = |hours: &[u32]| {
        let hours: Vec<String> = hours.iter().map(|hour| format!("<hour>{hour}</hour>")).collect();
        let hours = hours.concat();
        format!("<skipHours>{hours}</skipHours>")
    };
    let asked = hours_asked(&list(&[0, 1, 2, 3, 4, 5, 6]), HOUR).await;
    assert!(asked.iter().all(|hour| 7 <= hour % 24), "{asked:?}");
    assert!(9 * 14 <= asked.len(), "and asked in all other hours: {}", asked.len());
    let asked = hours_asked(&list(&[24]), Duration::ZERO).await;
    assert!(asked.iter().all(|hour| hour % 24 != 0) && asked.iter().any(|hour| hour % 24 == 23));
    let all: Vec<u32> = (0..24).collect();
    assert!(180 < hours_asked(&list(&all), Duration::ZERO).await.len(), "all hours are none");
}

/// Goal: a night is quiet also for a service that starts in it with feeds overdue.
#[tokio::test(start_paused = true)]
async fn p11_skip_hours_hold_for_overdue_feeds() {
    let town = Town::new();
    let body = rss_with(
        "<skipHours><hour>9</hour><hour>10</hour></skipHours>",
        &[Item::number("a.example", 1, "Rain")],
    );
    town.serve("a.example", move |_| Answer::ok(body.clone()));
    let mut watcher = Watcher::new(&town, &[FEED]).await;
    watcher.run(MINUTE).await;
    // The service stands still from six to half past nine.
    let store = Arc::clone(&watcher.store);
    tokio::time::sleep(HOUR * 7 / 2).await;
    let setup = Setup { store, clock: Arc::clone(&watcher.clock), ..Setup::default() };
    let mut watcher = Watcher::with(&town, feeds(&[FEED]), setup).await;
    watcher.once(silkwire::collect::Who::Due).await;
    watcher.run(HOUR * 2).await;
    let starts: Vec<Duration> = town.log().iter().map(|asked| asked.at).collect();
    assert!(starts.len() == 2 && 5 * HOUR <= starts[1], "{starts:?}");
}

/// Goal: a publisher's weekends are quiet.
#[tokio::test(start_paused = true)]
async fn p12_skip_days_are_kept() {
    let list = |days: &[&str]| {
        let days: Vec<String> = days.iter().map(|day| format!("<day>{day}</day>")).collect();
        let days = days.concat();
        format!("<skipDays>{days}</skipDays>")
    };
    let asked = hours_asked(&list(&["Saturday", "Sunday"]), Duration::ZERO).await;
    assert!(asked.iter().all(|hour| hour / 24 < 5), "{asked:?}");
    assert!(6 * 20 <= asked.len());
    let week = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    assert!(180 < hours_asked(&list(&week), Duration::ZERO).await.len(), "all days are none");
}

/// Goal: the syndication module's words are waited for.
#[tokio::test(start_paused = true)]
async fn p13_update_period_and_frequency_make_a_hint() {
    let patient = Config { poll_interval_max: day(30), full_text: false, ..Config::default() };
    for (elements, hours) in [
        ("<sy:updatePeriod>weekly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 84),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 1),
        ("<sy:updatePeriod>daily</sy:updatePeriod>", 24),
        ("<sy:updateFrequency>4</sy:updateFrequency>", 6),
        ("<sy:updatePeriod>never</sy:updatePeriod><sy:updateFrequency>x</sy:updateFrequency>", 1),
    ] {
        let town = Town::new();
        let body = rss_with(elements, &[Item::number("a.example", 1, "Rain")]);
        town.script("a.example", vec![Answer::ok(body)]);
        let setup = Setup { config: patient.clone(), ..Setup::default() };
        let mut watcher = Watcher::with(&town, feeds(&[FEED]), setup).await;
        watcher.run_while(town.until(2)).await;
        let pause = polls(&town, "a.example")[0];
        assert!(hours * HOUR <= pause && pause <= hours * HOUR * 12 / 10, "{elements}: {pause:?}");
    }
    pause_with("<sy:updatePeriod>weekly</sy:updatePeriod>").await.keeps(day(1));
}

/// Goal: whoever wants us latest is obeyed, within a day.
#[tokio::test(start_paused = true)]
async fn p14_longest_of_several_hints_wins() {
    let both = |ttl: u32| {
        rss_with(
            &format!("<ttl>{ttl}</ttl><sy:updatePeriod>hourly</sy:updatePeriod>"),
            &[Item::number("a.example", 1, "Rain")],
        )
    };
    let max_age = [("cache-control", "max-age=7200")];
    pause_of(both(300), &max_age).await.keeps(5 * HOUR);
    pause_of(both(30), &max_age).await.keeps(2 * HOUR);
    pause_of(both(3000), &max_age).await.keeps(day(1));
}

/// Goal: a quiet feed that can say "not modified" is asked once an hour.
#[tokio::test(start_paused = true)]
async fn p15_quiet_feed_with_validators_is_polled_hourly() {
    let first = Answer::ok(small_feed()).header("etag", "\"a\"");
    let watcher = Watcher::polling(vec![first, Answer::status(304)], 6).await;
    for pause in polls(&watcher.town, "a.example") {
        pause.keeps(HOUR);
    }
}

/// Goal: so is one that cannot, unless somebody wants it otherwise.
#[tokio::test(start_paused = true)]
async fn p16_quiet_feed_without_validators_is_polled_at_the_configured_pace() {
    let watcher = Watcher::polling(vec![Answer::ok(small_feed())], 4).await;
    for pause in polls(&watcher.town, "a.example") {
        pause.keeps(HOUR);
    }
    let config = Config { poll_interval_quiet: 4 * HOUR, full_text: false, ..Config::default() };
    let setup = Setup { config, ..Setup::default() };
    let town = Town::new();
    town.script("a.example", vec![Answer::ok(small_feed())]);
    let mut watcher = Watcher::with(&town, feeds(&[FEED]), setup).await;
    watcher.run_while(town.until(3)).await;
    for pause in polls(&town, "a.example") {
        pause.keeps(4 * HOUR);
    }
}

/// Polls a feed that publishes so often for four days; the pauses of the last one.
async fn pauses_of_pace(every: Duration) -> Vec<Duration> {
    let town = Town::new();
    town.serve("a.example", move |asked| {
        let n_published = usize::try_from(asked.at.as_secs() / every.as_secs()).unwrap();
        let items: Vec<Item> = (n_published.saturating_sub(30)..=n_published)
            .rev()
            .map(|number| Item::number("a.example", number, "Rain"))
            .collect();
        Answer::ok(rss(&items))
    });
    let mut watcher = Watcher::new(&town, &[FEED]).await;
    watcher.run(day(4)).await;
    polls(&town, "a.example").into_iter().rev().take(10).collect()
}

/// Goal: news of a busy agency are here within minutes; a monthly bulletin is left alone.
#[tokio::test(start_paused = true)]
async fn p17_busy_feeds_are_polled_more_often_than_quiet_ones() {
    for pause in pauses_of_pace(day(1) / 50).await {
        pause.keeps(10 * MINUTE);
    }
    for pause in pauses_of_pace(day(30)).await {
        pause.keeps(HOUR);
    }
}

fn many(n_feeds: usize) -> Vec<String> {
    (0..n_feeds).map(|number| format!("https://h{number}.example/feed")).collect()
}

fn serve_many(town: &Town, n_hosts: usize) {
    for number in 0..n_hosts {
        town.serve(&format!("h{number}.example"), |_| {
            Answer::ok(small_feed()).header("etag", "\"a\"").after(Duration::ZERO)
        });
    }
}

/// Starts in each second, from the first request on.
fn starts_by_second(town: &Town) -> Vec<usize> {
    let mut seconds = Vec::new();
    for asked in town.log() {
        let second = usize::try_from(asked.at.as_secs()).unwrap();
        seconds.resize(seconds.len().max(second + 1), 0);
        seconds[second] += 1;
    }
    seconds
}

/// Goal: hundreds of feeds with one interval drift apart instead of coming all at once.
#[tokio::test(start_paused = true)]
async fn p18_feeds_with_one_interval_are_spread() {
    let town = Town::new();
    serve_many(&town, 500);
    let urls = many(500);
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let mut watcher = Watcher::new(&town, &urls).await;
    watcher.run(5 * HOUR).await;
    let seconds = starts_by_second(&town);
    assert!(seconds.iter().all(|n_starts| *n_starts <= 256), "{:?}", seconds.iter().max());
    let later = seconds[3600..].iter().max().copied();
    assert!(later <= Some(12), "{later:?} in one second although 500 fit into six minutes");
}

/// Goal: a promise is kept a hundred times out of a hundred.
#[tokio::test(start_paused = true)]
async fn p19_steady_polling_is_never_early() {
    let first = Answer::ok(small_feed()).header("etag", "\"a\"");
    let hourly = |answer: Answer| answer.header("cache-control", "max-age=3600");
    let watcher = Watcher::polling(vec![hourly(first), hourly(Answer::status(304))], 101).await;
    let pauses = polls(&watcher.town, "a.example");
    assert_eq!(pauses.len(), 100);
    for pause in &pauses {
        pause.keeps(HOUR);
    }
    assert!(pauses.iter().any(|pause| *pause != pauses[0]), "chance spreads them");
}

/// Goal: setting the clock, or waking up a day later, is no reason to storm servers or to sleep.
#[tokio::test(start_paused = true)]
async fn p21_clock_jumps_cause_neither_burst_nor_stall() {
    let day_ms = i64::try_from(day(1).as_millis()).unwrap();
    for jump_ms in [day_ms, -day_ms] {
        let town = Town::new();
        town.serve("a.example", |_| Answer::ok(small_feed()).header("etag", "\"a\""));
        let urls: Vec<String> = (0..10).map(|n| format!("https://a.example/{n}")).collect();
        let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
        let mut watcher = Watcher::new(&town, &urls).await;
        let clock = Arc::clone(&watcher.clock);
        watcher
            .run_while(async {
                tokio::time::sleep(HOUR * 5 / 2).await;
                clock.set_by_ms(jump_ms);
                tokio::time::sleep(HOUR * 5 / 2).await;
            })
            .await;
        let record = town.record("a.example");
        assert!(Some(Duration::from_secs(1)) <= record.gap_min && record.n_running_max == 1);
        for url in &urls {
            let path = &url["https://a.example".len()..];
            let starts: Vec<Duration> =
                town.log().iter().filter(|it| it.path == path).map(|it| it.at).collect();
            // One early poll at most: to us a day has passed.
            assert!((5..=6).contains(&starts.len()), "{jump_ms}: {starts:?}");
            let pauses: Vec<Duration> =
                starts.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect();
            let n_early = pauses.iter().filter(|pause| **pause < HOUR).count();
            assert!(n_early <= usize::from(0 < jump_ms), "{jump_ms}: {pauses:?}");
            assert!(pauses.iter().all(|pause| *pause < HOUR * 5 / 4), "{jump_ms}: {pauses:?}");
        }
    }
}

/// Goal: a start after a long night is a ramp, and the feed that waited longest comes first.
#[tokio::test(start_paused = true)]
async fn p22_overdue_feeds_come_oldest_first_and_not_at_once() {
    let town = Town::new();
    serve_many(&town, 1000);
    let urls = many(1000);
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let feeds = feeds(&urls);
    let store = Arc::new(MemoryStore::new());
    let setup = Setup { store: Arc::clone(&store) as _, ..Setup::default() };
    let now: Timestamp = "2026-11-24T06:00:00Z".parse().unwrap();
    for (number, feed) in feeds.iter().enumerate() {
        // The higher the number, the longer it waits.
        let due = now.minus(MINUTE * u32::try_from(number).unwrap());
        let state = FeedState::new(feed.id, due);
        store.finish(FeedState { reason: PollReason::Quiet, ..state }, None).await.unwrap();
    }
    let mut watcher = Watcher::with(&town, feeds, setup).await;
    watcher.run(MINUTE).await;
    let order: Vec<String> = town.log().into_iter().map(|asked| asked.host).collect();
    let wanted: Vec<String> = (0..1000).rev().map(|n| format!("h{n}.example")).collect();
    assert_eq!(order, wanted);
    assert!(starts_by_second(&town).iter().all(|n_starts| *n_starts <= 256));
    assert!(town.all().n_running_max <= 256);
}

/// Goal: what one poll could not hold is noted, and the next one comes sooner, once.
#[tokio::test(start_paused = true)]
async fn d06_overflowing_feed_is_polled_sooner_once() {
    let page = |first: usize| {
        let items: Vec<Item> =
            (first..first + 5).map(|number| Item::number("a.example", number, SIGNED)).collect();
        Answer::ok(rss(&items))
    };
    let mut watcher = Watcher::polling(vec![page(0), page(100), page(100), page(100)], 4).await;
    watcher.run(Duration::from_secs(1)).await;
    let pauses = polls(&watcher.town, "a.example");
    pauses[0].keeps(HOUR);
    pauses[1].keeps(10 * MINUTE);
    pauses[2].keeps(HOUR);
    assert!(watcher.state(FEED).await.last_gap.is_some());
}
