//! The page of feeds: groups, words, buttons, and its weight.

use silkwire::model::{Move, PollReason, Role, Timestamp, Trouble};
use silkwire::review::FeedStanding;

use crate::pages_desk::Desk;
use crate::pages_told::feed;
use crate::support::{Response, exchange};

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn page(desk: &Desk, path: &str) -> String {
    let answer = exchange("GET", &desk.url(path), &[], b"");
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text().to_owned()
}

/// What stands behind `mark`, up to the next quotation mark.
fn after<'a>(page: &'a str, mark: &str) -> Option<&'a str> {
    Some(page.split_once(mark)?.1.split('"').next().unwrap())
}

fn not_found(title: &str) -> FeedStanding {
    let mut standing = feed(title, "AZ", "az", Some("nothing at this address (HTTP 404)"));
    let state = standing.state.as_mut().unwrap();
    state.trouble = Some(Trouble::NotFound);
    state.failing_since = Some(time("2026-11-17T06:00:00Z"));
    state.reason = PollReason::Failure;
    standing
}

/// One feed for each way in which a feed can stand.
fn all_kinds() -> Vec<FeedStanding> {
    let mut silent = feed("Caspian Ledger", "AZ", "en", None);
    let state = silent.state.as_mut().unwrap();
    let days = |n: i64| Timestamp::from_unix_ms(n * 86_400_000).unwrap();
    let first = time("2026-11-16T06:00:00Z").unix_ms() / 86_400_000;
    let dates: Vec<_> = (first - 5..=first).map(days).collect();
    state.rhythm.note(dates.len(), &dates, days(first));
    let mut new = feed("Kaspi Ajansı", "AZ", "az", None);
    new.state = None;
    let mut paused = feed("駿河タイムス", "JP", "ja", None);
    paused.feed.is_paused = true;
    let mut fine = feed("Elbe-Kurier", "third", "de", None);
    let state = fine.state.as_mut().unwrap();
    state.reason = PollReason::Publisher;
    state.pause_ms = 6 * 3_600_000;
    state.moving = Some(Move {
        to: "https://example.org/new".parse().unwrap(),
        since: time("2026-11-24T06:00:00Z"),
        n_seen: 7,
    });
    vec![fine, paused, new, silent, not_found("Xəzər Xəbər")]
}

/// Goal: an operator sees first what needs somebody, with the sentence that says what to do.
#[test]
fn feeds_stand_in_groups() {
    let desk = Desk::open(all_kinds(), Role::Admin);
    let page = page(&desk, "/feeds");
    let token = after(&page, "name=\"csrf\" value=\"").unwrap();
    let (_, main) = page.split_once("<main").unwrap();
    let (main, _) = main.split_once("</main>").unwrap();
    insta::assert_snapshot!(main.replace(token, "CSRF"));
}

fn press(desk: &Desk, page: &str, action: &str) -> Response {
    assert!(page.contains(&format!("formaction=\"{action}\"")), "{action} is no button");
    let token = after(page, "name=\"csrf\" value=\"").unwrap();
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    exchange("POST", &desk.url(action), &kind, format!("csrf={token}").as_bytes())
}

/// Goal: who may polls, pauses, resumes and removes feeds by a button, without script, and reads
/// what was done; a server's word is kept.
#[test]
fn buttons_give_orders() {
    let feeds = all_kinds();
    let ids: Vec<String> = feeds.iter().map(|it| it.feed.id.to_string()).collect();
    let desk = Desk::open(feeds, Role::Admin);
    let list = page(&desk, "/feeds");
    for (id, order, said) in [
        (&ids[0], "poll", "Polled as soon as its host is free: Elbe-Kurier"),
        (&ids[0], "pause", "Paused: Elbe-Kurier"),
        (&ids[1], "resume", "Polled again: 駿河タイムス"),
        (&ids[3], "remove", "Removed, watched no more: Caspian Ledger"),
    ] {
        let done = press(&desk, &list, &format!("/feeds/{id}/{order}"));
        assert_eq!(done.status, 303, "{}", done.text());
        assert!(page(&desk, done.header("location").unwrap()).contains(said), "{said}");
        assert_eq!(desk.orders.lock().unwrap().pop(), Some(format!("{order} {id}")));
    }
    let early = press(&desk, &list, &format!("/feeds/{}/poll", ids[4]));
    assert_eq!(early.status, 409);
    assert!(early.text().contains("no request before 07:00"), "{}", early.text());
    assert!(!list.contains(&format!("/feeds/{}/poll", ids[1])), "a paused feed is not polled");
}

/// Goal: nobody orders who may not, nor by a form of another site.
#[test]
fn orders_need_role_and_token() {
    let feeds = all_kinds();
    let action = format!("/feeds/{}/pause", feeds[0].feed.id);
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let desk = Desk::open(feeds.clone(), Role::Reviewer);
    let list = page(&desk, "/feeds");
    assert!(!list.contains("formaction"), "{list}");
    assert_eq!(exchange("POST", &desk.url(&action), &kind, b"csrf=x").status, 403);
    let desk = Desk::open(feeds, Role::Admin);
    assert_eq!(exchange("POST", &desk.url(&action), &kind, b"csrf=x").status, 403);
    assert!(desk.orders.lock().unwrap().is_empty());
    let list = page(&desk, "/feeds");
    let token = after(&list, "name=\"csrf\" value=\"").unwrap();
    let unknown = desk.url("/feeds/0000000000000000/pause");
    let body = format!("csrf={token}");
    assert_eq!(exchange("POST", &unknown, &kind, body.as_bytes()).status, 404);
}

/// Goal: with hundreds of feeds, all of them in trouble, a page stays light, and each feed is on
/// exactly one page.
#[test]
fn many_feeds_are_shown_page_by_page() {
    const BYTES_MAX: usize = 100_000;
    let feeds: Vec<_> = (1..=500).map(|n| not_found(&"x".repeat(n))).collect();
    let desk = Desk::open(feeds, Role::Admin);
    let mut path = "/feeds".to_owned();
    let mut n_feeds = 0;
    let mut n_pages = 0;
    loop {
        let page = page(&desk, &path);
        assert!(page.len() <= BYTES_MAX, "{path}: {} bytes", page.len());
        assert!(page.contains("500 feeds: 500 failing"));
        n_feeds += page.matches("class=\"row feed\"").count();
        n_pages += 1;
        match after(&page, "rel=\"next\" href=\"") {
            Some(next) => next.clone_into(&mut path),
            None => break,
        }
    }
    assert_eq!((n_feeds, n_pages), (500, 9));
    assert_eq!(exchange("GET", &desk.url("/feeds?after=x"), &[], b"").status, 400);
}
