//! C: asking only for what has changed.

use std::sync::Arc;
use std::time::Duration;

use silkwire::model::Trouble;
use silkwire::store::DiskStore;

use super::{FEED, HOUR, Promise, day, polls};
use crate::newsroom::SIGNED;
use crate::support::{Answer, Asked, Item, Setup, Town, Watcher, feeds, rss, small_feed};

const DATE: &str = "Mon, 23 Nov 2026 10:00:00 GMT";

/// What the server hears at the second poll when its first answer has these headers.
async fn second_request(headers: &[(&'static str, &[u8])]) -> Asked {
    let answer = headers
        .iter()
        .fold(Answer::ok(small_feed()), |answer, (name, value)| answer.header(name, value));
    let watcher = Watcher::polling(vec![answer], 2).await;
    watcher.town.log().remove(1)
}

fn conditions(asked: &Asked) -> (Option<&[u8]>, Option<&[u8]>) {
    (asked.headers.get("if-none-match"), asked.headers.get("if-modified-since"))
}

fn tagged(etag: &str) -> Answer {
    Answer::ok(small_feed()).header("etag", etag)
}

/// Goal: a new feed costs its server one plain request.
#[tokio::test(start_paused = true)]
async fn c01_first_fetch_is_one_unconditional_get() {
    let watcher = Watcher::polling(vec![tagged("\"a1\"")], 1).await;
    let log = watcher.town.log();
    assert_eq!(log.len(), 1);
    assert_eq!((log[0].path.as_str(), log[0].is_conditional()), ("/feed", false));
}

/// Goal: a server recognises its own words, both of them.
#[tokio::test(start_paused = true)]
async fn c02_both_validators_go_back_byte_for_byte() {
    let asked = second_request(&[("etag", b"\"a1\""), ("last-modified", DATE.as_bytes())]).await;
    assert_eq!(conditions(&asked), (Some(&b"\"a1\""[..]), Some(DATE.as_bytes())));
}

/// Goal: a weak validator stays weak.
#[tokio::test(start_paused = true)]
async fn c03_weak_etag_keeps_its_mark() {
    let asked = second_request(&[("etag", b"W/\"x\"")]).await;
    assert_eq!(conditions(&asked).0, Some(&b"W/\"x\""[..]));
}

/// Goal: whatever a server calls its version, it hears the same again.
#[tokio::test(start_paused = true)]
async fn c04_strange_etags_go_back_unchanged() {
    for etag in [&b"abc"[..], b"\"a-gzip\"", DATE.as_bytes(), b"\"\xe9\"", b"\"a", b"'x'"] {
        let asked = second_request(&[("etag", etag)]).await;
        assert_eq!(conditions(&asked), (Some(etag), None));
    }
}

/// Goal: a server whose clock or calendar is wrong still recognises its own date.
#[tokio::test(start_paused = true)]
async fn c05_impossible_dates_go_back_unchanged() {
    for date in ["Mon, 31 Foo 2041", "Sun, 24 Nov 2041 06:00:00 GMT", "yesterday", "0"] {
        let asked = second_request(&[("last-modified", date.as_bytes())]).await;
        assert_eq!(conditions(&asked), (None, Some(date.as_bytes())));
    }
}

/// Goal: nothing is made up: who gave one validator gets one back.
#[tokio::test(start_paused = true)]
async fn c06_one_validator_makes_one_condition() {
    let asked = second_request(&[("etag", b"\"a\"")]).await;
    assert_eq!(conditions(&asked), (Some(&b"\"a\""[..]), None));
    let asked = second_request(&[("last-modified", DATE.as_bytes())]).await;
    assert_eq!(conditions(&asked), (None, Some(DATE.as_bytes())));
    let asked = second_request(&[("date", DATE.as_bytes())]).await;
    assert_eq!(conditions(&asked), (None, None));
}

/// Goal: a new version with the old date is a new version.
#[tokio::test(start_paused = true)]
async fn c07_changed_etag_beside_an_unchanged_date_is_taken() {
    let answers = ["\"a\"", "\"b\""].map(|etag| tagged(etag).header("last-modified", DATE));
    let watcher = Watcher::polling(answers.to_vec(), 3).await;
    let log = watcher.town.log();
    assert_eq!(conditions(&log[1]), (Some(&b"\"a\""[..]), Some(DATE.as_bytes())));
    assert_eq!(conditions(&log[2]), (Some(&b"\"b\""[..]), Some(DATE.as_bytes())));
}

/// Goal: a server farm that tags every copy anew causes no second alert.
#[tokio::test(start_paused = true)]
async fn c08_new_validators_on_the_same_body_bring_nothing_new() {
    let first = || vec![Item::number("a.example", 1, "Rain")];
    let both = || vec![Item::number("a.example", 2, SIGNED), first().remove(0)];
    let mut answers = vec![Answer::ok(rss(&first()))];
    answers.extend(
        ["\"a\"", "\"b\"", "\"c\""].map(|etag| Answer::ok(rss(&both())).header("etag", etag)),
    );
    let watcher = Watcher::polling(answers, 5).await;
    let log = watcher.town.log();
    assert_eq!(conditions(&log[4]).0, Some(&b"\"c\""[..]));
    assert_eq!((watcher.metrics.articles_new.get(), watcher.n_alerts().await), (2, 1));
}

/// Goal: "not modified" may bring new words, and they count.
#[tokio::test(start_paused = true)]
async fn c09_not_modified_updates_what_is_stored() {
    let renewed = Answer::status(304)
        .header("etag", "\"b\"")
        .header("last-modified", "later")
        .header("cache-control", "max-age=10800");
    let watcher = Watcher::polling(vec![tagged("\"a\""), renewed], 3).await;
    let log = watcher.town.log();
    assert_eq!(conditions(&log[2]), (Some(&b"\"b\""[..]), Some(&b"later"[..])));
    polls(&watcher.town, "a.example")[1].keeps(3 * HOUR);
    let expiring = Answer::status(304)
        .header("date", "Tue, 24 Nov 2026 06:00:00 GMT")
        .header("expires", "Tue, 24 Nov 2026 08:00:00 GMT");
    let watcher = Watcher::polling(vec![tagged("\"a\""), expiring], 3).await;
    polls(&watcher.town, "a.example")[1].keeps(2 * HOUR);
}

/// Goal: "not modified" without words changes none.
#[tokio::test(start_paused = true)]
async fn c10_bare_not_modified_keeps_validators() {
    let answers = vec![tagged("\"a\"").header("last-modified", DATE), Answer::status(304)];
    let watcher = Watcher::polling(answers, 4).await;
    for asked in &watcher.town.log()[1..] {
        assert_eq!(conditions(asked), (Some(&b"\"a\""[..]), Some(DATE.as_bytes())));
    }
}

/// Goal: a server that stops giving validators is not asked with old ones.
#[tokio::test(start_paused = true)]
async fn c11_document_without_validators_clears_them() {
    let watcher = Watcher::polling(vec![tagged("\"a\""), Answer::ok(small_feed())], 3).await;
    let asked: Vec<bool> = watcher.town.log().iter().map(Asked::is_conditional).collect();
    assert_eq!(asked, [false, true, false]);
}

/// Goal: "not modified" to somebody who has nothing is an error that people see, no empty feed.
#[tokio::test(start_paused = true)]
async fn c12_not_modified_to_a_first_request_is_a_failure() {
    let watcher = Watcher::polling(vec![Answer::status(304)], 3).await;
    let state = watcher.state(FEED).await;
    assert_eq!((state.trouble, state.last_success), (Some(Trouble::Status), None));
    assert!(polls(&watcher.town, "a.example").iter().all(|pause| 10 * 60 <= pause.as_secs()));
}

/// When a server was asked for the whole document; it says "not modified" whenever it can.
async fn whole_requests(when_whole: Answer, days: u64) -> Vec<Duration> {
    let town = Town::new();
    town.serve("a.example", move |asked| match asked.number {
        0 => tagged("\"a\""),
        _ if asked.is_conditional() => Answer::status(304),
        _ => when_whole.clone(),
    });
    let mut watcher = Watcher::new(&town, &[FEED]).await;
    watcher.run(day(days)).await;
    let whole = town.log().into_iter().filter(|asked| !asked.is_conditional());
    whole.map(|asked| asked.at).collect()
}

/// Goal: a server that says "not modified" for ever is asked for the whole once a week; one that
/// refuses even then, once a day.
#[tokio::test(start_paused = true)]
async fn c13_eternal_not_modified_is_doubted_once_a_week() {
    let whole = whole_requests(tagged("\"b\""), 15).await;
    assert_eq!(whole.len(), 3, "at first and after one and two weeks: {whole:?}");
    assert!(whole.windows(2).all(|pair| day(7) <= pair[1].saturating_sub(pair[0])), "{whole:?}");
    for refusal in [Answer::status(304), Answer::status(500)] {
        let whole = whole_requests(refusal, 10).await;
        assert!((2..=4).contains(&whole.len()), "{whole:?}");
        let apart = |pair: &[Duration]| day(1) <= pair[1].saturating_sub(pair[0]);
        assert!(whole.windows(2).all(apart), "{whole:?}");
    }
}

/// Goal: a restart costs no server a request, and no validator is lost.
#[tokio::test(start_paused = true)]
async fn c14_restart_keeps_validators_and_the_next_time() {
    let folder = tempfile::tempdir().unwrap();
    let town = Town::new();
    town.script("a.example", vec![tagged("\"a\""), Answer::status(304)]);
    for _ in 0..3 {
        let store = Arc::new(DiskStore::open(folder.path()).unwrap());
        let setup = Setup { store, ..Setup::default() };
        setup.clock.set_by_ms(i64::try_from(town.age().as_millis()).unwrap());
        let mut watcher = Watcher::with(&town, feeds(&[FEED]), setup).await;
        watcher.run(HOUR * 3 / 4).await;
        watcher.store.close().await.unwrap();
    }
    let log = town.log();
    assert_eq!(log.len(), 3);
    assert!(log[1..].iter().all(|asked| conditions(asked).0 == Some(b"\"a\"")));
    assert!(polls(&town, "a.example").iter().all(|pause| HOUR <= *pause));
}

/// Goal: what we could not read is fetched again, less and less often.
#[tokio::test(start_paused = true)]
async fn c15_unreadable_body_keeps_the_old_validators() {
    let broken = Answer::ok("no feed at all").header("etag", "\"broken\"");
    let watcher = Watcher::polling(vec![tagged("\"a\""), broken], 8).await;
    for asked in &watcher.town.log()[1..] {
        assert_eq!(conditions(asked).0, Some(&b"\"a\""[..]));
    }
    let pauses = polls(&watcher.town, "a.example");
    assert!(5 * HOUR <= pauses[6], "{pauses:?}");
}

/// Goal: no server hears what another one gave us.
#[tokio::test(start_paused = true)]
async fn c17_validators_go_only_to_the_address_that_issued_them() {
    let town = Town::new();
    town.serve("a.example", |asked| match asked.number {
        0 | 1 => Answer::to(302, "https://b.example/feed"),
        2 => Answer::to(302, "https://c.example/feed"),
        _ => Answer::to(302, "https://b.example/other"),
    });
    for host in ["b.example", "c.example"] {
        town.serve(host, move |_| tagged(&format!("\"{host}\"")));
    }
    let mut watcher = Watcher::new(&town, &[FEED]).await;
    watcher.run_while(town.until(8)).await;
    let heard: Vec<_> = town
        .log()
        .iter()
        .map(|asked| (asked.host.clone(), asked.header("if-none-match").map(str::to_owned)))
        .collect();
    let to = |host: &str, etag: Option<&str>| (host.to_owned(), etag.map(str::to_owned));
    let wanted = [
        to("a.example", None),
        to("b.example", None),
        to("a.example", None),
        to("b.example", Some("\"b.example\"")),
        to("a.example", None),
        to("c.example", None),
        to("a.example", None),
        to("b.example", None),
    ];
    assert_eq!(heard, wanted);
}

/// Goal: a server that forbids keeping its answers still saves their bytes.
#[tokio::test(start_paused = true)]
async fn c18_no_store_and_expired_answers_are_asked_for_conditionally() {
    for (name, value) in [
        ("expires", "0"),
        ("cache-control", "no-store"),
        ("cache-control", "no-cache, no-store, must-revalidate, max-age=0"),
    ] {
        let asked = second_request(&[("etag", b"\"a\""), (name, value.as_bytes())]).await;
        assert_eq!(conditions(&asked).0, Some(&b"\"a\""[..]), "{name}: {value}");
    }
}
