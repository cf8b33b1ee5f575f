//! E: what servers answer instead of a feed, and how long they are left alone then.

use std::time::Duration;

use silkwire::model::Trouble;

use super::{FEED, HOUR, MINUTE, Promise, day, polls};
use crate::newsroom::SIGNED;
use crate::support::{Answer, Item, Town, Watcher, rss, small_feed};

/// The first pauses of a feed whose server gives these answers.
async fn pauses(answers: Vec<Answer>, n_pauses: usize) -> Vec<Duration> {
    let watcher = Watcher::polling(answers, n_pauses + 1).await;
    polls(&watcher.town, "a.example")
}

fn fine() -> Answer {
    Answer::ok(small_feed())
}

/// The pause after one failure that follows a success, and the one before.
async fn pause_after(failure: Answer) -> Duration {
    pauses(vec![fine(), failure, fine()], 2).await[1]
}

/// Goal: a host that asks for a pause has it from all its feeds.
#[tokio::test(start_paused = true)]
async fn e01_retry_after_counts_for_the_whole_host() {
    let town = Town::new();
    town.serve("a.example", |asked| match asked.number {
        1 => Answer::status(429).header("retry-after", "3600"),
        _ => fine(),
    });
    town.serve("b.example", |_| fine());
    let urls: Vec<String> = (0..5).map(|number| format!("https://a.example/{number}")).collect();
    let mut urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    urls.push("https://b.example/feed");
    let mut watcher = Watcher::new(&town, &urls).await;
    watcher.run(2 * HOUR).await;
    let pauses = polls(&town, "a.example");
    assert!(HOUR <= pauses[1], "{pauses:?}");
    let paths: Vec<String> = town.asked("a.example").into_iter().map(|it| it.path).collect();
    assert_eq!(paths[..2], ["/0", "/1"]);
    assert!(6 <= paths.len(), "afterwards all are polled: {paths:?}");
    assert!(polls(&town, "b.example")[0] < HOUR * 6 / 5, "nobody else waits");
}

/// Goal: the host's pause outlives a restart.
#[tokio::test(start_paused = true)]
async fn e01_pause_of_a_host_survives_a_restart() {
    let town = Town::new();
    let asked_to_wait = Answer::status(429).header("retry-after", "7200");
    town.script("a.example", vec![asked_to_wait, fine()]);
    let urls = ["https://a.example/0", "https://a.example/1"];
    let mut watcher = Watcher::new(&town, &urls).await;
    watcher.run(MINUTE).await;
    let (store, clock) = (watcher.store.clone(), watcher.clock.clone());
    let setup = crate::support::Setup { store, clock, ..crate::support::Setup::default() };
    let mut watcher = Watcher::with(&town, crate::support::feeds(&urls), setup).await;
    watcher.run(3 * HOUR).await;
    assert!(2 * HOUR <= polls(&town, "a.example")[0]);
}

/// Goal: a date is read with the server's own clock, so a wrong one of ours shortens nothing.
#[tokio::test(start_paused = true)]
async fn e02_retry_after_as_a_date_counts_from_the_servers_date() {
    for (date, until) in [
        ("Tue, 24 Nov 2026 07:00:00 GMT", "Tue, 24 Nov 2026 12:00:00 GMT"),
        ("Mon, 23 Nov 2026 01:00:00 GMT", "Mon, 23 Nov 2026 06:00:00 GMT"),
    ] {
        let busy = Answer::status(429).header("date", date).header("retry-after", until);
        pause_after(busy).await.keeps(5 * HOUR);
    }
    // It is seven o'clock when the second poll is answered.
    let busy = Answer::status(429).header("retry-after", "Tue, 24 Nov 2026 14:30:00 GMT");
    let pause = pause_after(busy).await;
    assert!(HOUR * 73 / 10 <= pause && pause <= HOUR * 83 / 10, "{pause:?}");
}

/// Goal: who has too many visitors and no time to say for how long is left alone for hours.
#[tokio::test(start_paused = true)]
async fn e03_bare_429_waits_four_hours_and_doubles() {
    let pauses = pauses(vec![fine(), Answer::status(429)], 5).await;
    for (pause, hours) in pauses[1..].iter().zip([4, 8, 16, 24]) {
        pause.keeps(hours * HOUR);
    }
}

/// Goal: `Retry-After` with 503 counts like that with 429, and our own pace still holds.
#[tokio::test(start_paused = true)]
async fn e04_retry_after_with_503_lengthens_and_never_shortens() {
    let busy = |seconds: &str| Answer::status(503).header("retry-after", seconds);
    assert!(10 * MINUTE <= pause_after(busy("120")).await);
    pause_after(busy("18000")).await.keeps(5 * HOUR);
}

/// Goal: whatever is wrong, a server's wish counts.
#[tokio::test(start_paused = true)]
async fn e05_retry_after_counts_with_every_failure() {
    for status in [400, 403, 404, 410, 420, 500, 502] {
        let failure = Answer::status(status).header("retry-after", "172800");
        let pause = pause_after(failure).await;
        assert!(day(2) <= pause && pause <= day(2) * 12 / 10, "{status}: {pause:?}");
    }
}

/// Goal: no wish makes us hurry, and none silences a feed for ever.
#[tokio::test(start_paused = true)]
async fn e06_odd_retry_after_is_ignored_or_capped() {
    for odd in ["-1", "abc", "0", "", "1.5", "Tue, 24 Nov 2020 05:00:00 GMT"] {
        let pause = pause_after(Answer::status(503).header("retry-after", odd)).await;
        assert!(10 * MINUTE <= pause && pause <= HOUR * 12 / 10, "{odd:?}: {pause:?}");
    }
    for endless in ["999999999", "999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"] {
        pause_after(Answer::status(503).header("retry-after", endless)).await.keeps(day(7));
    }
}

/// Goal: a redirect that asks for a minute's patience has it.
#[tokio::test(start_paused = true)]
async fn e07_redirect_with_retry_after_is_followed_later() {
    let town = Town::new();
    let patience = |seconds: &'static str| {
        move |_: &crate::support::Asked| {
            Answer::to(301, "https://b.example/feed").header("retry-after", seconds)
        }
    };
    town.serve("a.example", patience("60"));
    town.serve("b.example", |_| fine());
    let mut watcher = Watcher::new(&town, &[FEED]).await;
    watcher.run_while(town.until(2)).await;
    let log = town.log();
    assert!(MINUTE <= log[1].at.saturating_sub(log[0].at));
    // Nobody sits waiting for an hour.
    let town = Town::new();
    town.serve("a.example", patience("7200"));
    town.serve("b.example", |_| fine());
    let mut watcher = Watcher::new(&town, &[FEED]).await;
    watcher.run(5 * HOUR).await;
    let log = town.log();
    assert_eq!(log.len(), 2);
    assert!(2 * HOUR <= log[1].at.saturating_sub(log[0].at), "{log:?}");
}

/// Goal: one wrong 410 ends nothing; a confirmed one ends the polling and nothing else.
#[tokio::test(start_paused = true)]
async fn e08_gone_is_confirmed_a_day_later() {
    let town = Town::new();
    let items = rss(&[Item::number("a.example", 1, SIGNED)]);
    town.script("a.example", vec![Answer::ok(items), Answer::status(410)]);
    let mut watcher = Watcher::new(&town, &[FEED]).await;
    watcher.run(day(10)).await;
    let pauses = polls(&town, "a.example");
    assert_eq!(pauses.len(), 2, "{pauses:?}");
    pauses[1].keeps(day(1));
    let state = watcher.state(FEED).await;
    assert!(state.is_gone && state.trouble == Some(Trouble::Gone));
    assert_eq!(watcher.matches().await.len(), 1, "what it brought is kept");
    let mut watcher =
        Watcher::polling(vec![fine(), Answer::status(410), fine(), Answer::status(410), fine()], 5)
            .await;
    watcher.run(Duration::from_secs(1)).await;
    assert!(!watcher.state(FEED).await.is_gone, "it came back twice");
}

/// Goal: a missing page is asked for ever less often, flagged after a week, never given up.
#[tokio::test(start_paused = true)]
async fn e09_missing_feed_backs_off_to_a_day_and_stays() {
    let town = Town::new();
    town.script("a.example", vec![fine(), Answer::status(404)]);
    let mut watcher = Watcher::new(&town, &[FEED]).await;
    watcher.run(day(9)).await;
    for pause in polls(&town, "a.example").iter().rev().take(5) {
        pause.keeps(day(1));
    }
    let state = watcher.state(FEED).await;
    assert_eq!((state.is_gone, state.trouble), (false, Some(Trouble::NotFound)));
    let failing = state.last_poll.unwrap().since(state.failing_since.unwrap());
    assert!(day(7) < failing, "so people can be told");
}

/// Goal: a wall is not run against, and we do not put on a mask.
#[tokio::test(start_paused = true)]
async fn e10_refusals_wait_four_hours() {
    for status in [401, 403] {
        let watcher = Watcher::polling(vec![fine(), Answer::status(status)], 4).await;
        let pauses = polls(&watcher.town, "a.example");
        pauses[1].keeps(4 * HOUR);
        pauses[2].keeps(8 * HOUR);
        let log = watcher.town.log();
        let agents: Vec<_> = log.iter().map(|asked| asked.header("user-agent")).collect();
        assert!(agents.windows(2).all(|pair| pair[0] == pair[1]), "{agents:?}");
    }
}

/// Goal: a server in trouble is asked less and less, and forgiven at once.
#[tokio::test(start_paused = true)]
async fn e11_server_errors_back_off_until_success() {
    let mut answers = vec![fine()];
    answers.extend([500, 502, 504, 503, 500, 500, 500, 500, 500].map(Answer::status));
    answers.push(fine());
    let pauses = pauses(answers, 11).await;
    let wanted = [60, 60, 60, 60, 80, 160, 320, 640, 1280, 1440, 60];
    for (pause, minutes) in pauses.iter().zip(wanted) {
        pause.keeps(minutes * MINUTE);
    }
}

/// What a feed that was fine keeps when its server answers so for ever.
async fn stays_through(failure: Answer, trouble: Trouble) {
    let town = Town::new();
    let items = rss(&[Item::number("a.example", 1, SIGNED)]);
    town.script("a.example", vec![Answer::ok(items).header("etag", "\"a\""), failure]);
    let mut watcher = Watcher::new(&town, &[FEED]).await;
    watcher.run(day(1)).await;
    let pauses = polls(&town, "a.example");
    assert!(pauses.len() < 10 && 2 * HOUR < *pauses.last().unwrap(), "backs off: {pauses:?}");
    let state = watcher.state(FEED).await;
    assert_eq!((state.trouble, state.n_entries, state.address), (Some(trouble), 1, None));
    assert_eq!(state.validators.etag.as_deref(), Some(&b"\"a\""[..]));
    assert_eq!(watcher.matches().await.len(), 1);
}

/// Goal: a captcha or an error page with status 200 is no feed, and costs nothing but time.
#[tokio::test(start_paused = true)]
async fn e19_web_page_instead_of_a_feed_keeps_everything() {
    let page = "<!doctype html><html><head><title>Just a moment</title></head>\
                <body><p>Checking your browser</p></body></html>";
    stays_through(Answer::ok(page).header("etag", "\"page\""), Trouble::WebPage).await;
}

/// Goal: nothing is not "no entries".
#[tokio::test(start_paused = true)]
async fn e20_empty_answers_keep_everything() {
    stays_through(Answer::ok(""), Trouble::Empty).await;
    stays_through(Answer::ok(" \r\n"), Trouble::Empty).await;
    stays_through(Answer::status(204), Trouble::Empty).await;
}

/// Goal: nobody has to wake a feed that failed for weeks.
#[tokio::test(start_paused = true)]
async fn e21_feed_recovers_by_itself_after_twenty_failures() {
    let mut answers = vec![fine()];
    answers.extend(vec![Answer::status(500); 20]);
    answers.push(Answer::ok(rss(&[Item::number("a.example", 2, SIGNED)])));
    let mut watcher = Watcher::polling(answers, 23).await;
    watcher.run(Duration::from_secs(1)).await;
    polls(&watcher.town, "a.example")[21].keeps(HOUR);
    let state = watcher.state(FEED).await;
    assert_eq!((state.streak, state.error, state.failing_since), (0, None, None));
    assert_eq!(watcher.n_alerts().await, 1);
}

/// Goal: a hanging host with two hundred feeds is its own problem.
#[tokio::test(start_paused = true)]
async fn e22_hanging_host_delays_nobody_else() {
    let town = Town::new();
    town.serve("slow.example", |_| Answer::silence());
    let mut urls: Vec<String> = (0..200).map(|n| format!("https://slow.example/{n}")).collect();
    for number in 0..50 {
        let host = format!("h{number}.example");
        town.serve(&host, |_| fine());
        urls.push(format!("https://{host}/feed"));
    }
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let mut watcher = Watcher::new(&town, &urls).await;
    watcher.run(6 * HOUR).await;
    assert_eq!(town.record("slow.example").n_running_max, 1);
    for number in 0..50 {
        let host = format!("h{number}.example");
        assert!(town.asked(&host)[0].at < MINUTE);
        for pause in polls(&town, &host) {
            pause.keeps(HOUR);
        }
    }
}

/// Goal: a feed is what reads as a feed, whatever its server calls it.
#[tokio::test(start_paused = true)]
async fn e23_content_decides_and_not_its_type() {
    for kind in ["text/plain", "application/octet-stream", "video/mp4", "text/html", "nonsense"] {
        let answer = fine().header("content-type", kind);
        let mut watcher = Watcher::polling(vec![answer], 1).await;
        watcher.run(Duration::from_secs(1)).await;
        let state = watcher.state(FEED).await;
        assert_eq!((state.error, state.n_entries), (None, 1), "{kind}");
    }
}

/// Goal: a page that sends browsers on is no feed; what it offers is named and not fetched.
#[tokio::test(start_paused = true)]
async fn e24_page_that_refreshes_elsewhere_is_not_followed() {
    let page = "<!doctype html><html><head>\
                <meta http-equiv=\"refresh\" content=\"0; url=https://b.example/away\">\
                <script>location.href = \"https://b.example/script\"</script>\
                <link rel=\"alternate\" type=\"application/rss+xml\" href=\"/news.xml\">\
                </head><body></body></html>";
    let town = Town::new();
    town.script("a.example", vec![Answer::ok(page)]);
    let mut watcher = Watcher::new(&town, &[FEED]).await;
    watcher.run(day(1)).await;
    assert!(town.log().iter().all(|it| it.host == "a.example" && it.path == "/feed"));
    let state = watcher.state(FEED).await;
    assert_eq!(state.trouble, Some(Trouble::WebPage));
    assert!(state.error.unwrap().contains("https://a.example/news.xml"));
}
