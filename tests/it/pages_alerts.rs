//! The page of deliveries: receivers, mutes and dead letters, and what people do with them.

use silkwire::model::{ReceiverState, Role, StoryId, Timestamp, WhyDisabled};
use silkwire::store::{Mutes, Outbox};
use tokio::runtime::Runtime;

use crate::pages_desk::Desk;
use crate::pages_told::{fill, outlets};
use crate::support::{Response, exchange};

fn now() -> Timestamp {
    "2026-11-25T06:45:00Z".parse().unwrap()
}

/// A desk with stories of which `desk` was told; what waits for it was given up.
fn filled(role: Role) -> Desk {
    let feeds = outlets();
    let desk = Desk::open(feeds.clone(), role);
    fill(&desk, &feeds);
    let state = ReceiverState {
        disabled: Some("2026-11-24T06:45:00Z".parse().unwrap()),
        why_disabled: Some(WhyDisabled::Failing),
        ..ReceiverState::fine("desk")
    };
    Runtime::new().unwrap().block_on(async {
        desk.store.set_receiver(state).await.unwrap();
        assert!(0 < desk.store.bury("desk", now()).await.unwrap());
    });
    desk
}

fn page(desk: &Desk, path: &str) -> String {
    let answer = exchange("GET", &desk.url(path), &[], b"");
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text().to_owned()
}

fn after<'a>(page: &'a str, mark: &str) -> Option<&'a str> {
    Some(page.split_once(mark)?.1.split('"').next().unwrap())
}

fn post(desk: &Desk, action: &str, body: &str) -> Response {
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    exchange("POST", &desk.url(action), &kind, body.as_bytes())
}

/// Sends the fields with the page's token, and returns where that leads.
#[track_caller]
fn send(desk: &Desk, page: &str, action: &str, fields: &str) -> String {
    assert!(page.contains(&format!("action=\"{action}\"")), "{action} is no button: {page}");
    let token = after(page, "name=\"csrf\" value=\"").unwrap();
    let answer = post(desk, action, &format!("csrf={token}&{fields}"));
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").unwrap().to_owned()
}

fn first_dead(page: &str) -> String {
    let (_, rest) = page.split_once("formaction=\"/deliveries/").unwrap();
    rest.split('/').next().unwrap().to_owned()
}

/// Goal: an operator sees at once that a desk is off, since when and why, what it missed, and has
/// the buttons that mend it; each says what it did.
#[test]
fn receiver_that_is_off_is_switched_on_by_a_button() {
    let desk = filled(Role::Admin);
    assert!(page(&desk, "/").contains("<b class=\"bad\">1 off</b>"));
    let shown = page(&desk, "/deliveries");
    assert!(shown.contains("switched off, 24 h ago: it took nothing for 120 h"), "{shown}");
    let place = send(&desk, &shown, "/receivers/desk/enable", "");
    let done = page(&desk, &place);
    assert!(done.contains("role=\"status\"><bdi>desk is on</bdi>"), "{done}");
    let id = first_dead(&shown);
    let place = send(&desk, &shown, &format!("/deliveries/{id}/replay"), "");
    assert!(page(&desk, &place).contains("3 alerts are sent again"));
    let orders = desk.orders.lock().unwrap().join("\n");
    assert!(orders.starts_with("enable desk\nReplayOrder { what: One("), "{orders}");
    assert!(orders.contains("mode: Send"), "{orders}");
}

/// Goal: nobody rings a desk a hundred times by a slip of the finger: a page says how many alerts
/// these are, and only its button sends them.
#[test]
fn many_alerts_are_counted_before_they_are_sent() {
    let desk = filled(Role::Admin);
    let state = ReceiverState::fine("desk");
    Runtime::new().unwrap().block_on(desk.store.set_receiver(state)).unwrap();
    let shown = page(&desk, "/deliveries");
    let link = "/deliveries/replay?receiver=desk&amp;dead=yes";
    assert!(shown.contains(&format!("href=\"{link}\"")), "{shown}");
    let preview = page(&desk, &link.replace("&amp;", "&"));
    assert!(preview.contains("<h1>3 alerts would be sent</h1>"), "{preview}");
    let order = "only_dead: true }, mode: Show";
    assert!(desk.orders.lock().unwrap().iter().all(|it| it.contains(order)));
    send(&desk, &preview, "/deliveries/replay", "receiver=desk&dead=yes&since=&until=");
    let orders = desk.orders.lock().unwrap().clone();
    assert_eq!(orders.len(), 2);
    assert_eq!(orders[1], orders[0].replace("Show", "Send"));
    let odd = exchange("GET", &desk.url("/deliveries/replay?since=soon"), &[], b"");
    assert_eq!(odd.status, 422, "{}", odd.text());
}

/// Goal: a person is quiet for the night by a form, sees that in the list, and ends it early; the
/// same for one story on its own page.
#[test]
fn mutes_are_made_and_ended_by_forms() {
    let desk = filled(Role::Reviewer);
    let shown = page(&desk, "/deliveries");
    let fields = "receiver=desk&length=morning&until=&unless_score=0.9&reason=<b>night";
    let place = send(&desk, &shown, "/mutes", fields);
    let shown = page(&desk, &place);
    assert!(shown.contains("&#60;b&#62;night") && !shown.contains("<b>night"), "{shown}");
    assert!(shown.contains("unless the score is 0.90"), "{shown}");
    let mutes = || Runtime::new().unwrap().block_on(desk.store.mutes()).unwrap();
    let mute = mutes().remove(0);
    assert_eq!(mute.until.to_string(), "2026-11-26T08:00:00Z");
    send(&desk, &shown, &format!("/mutes/{}/end", mute.id), "");
    assert_eq!(mutes(), []);

    let id: StoryId = after(&page(&desk, "/"), "id=\"s-").unwrap().parse().unwrap();
    let own = format!("/stories/{id}");
    let shown = page(&desk, &own);
    let fields = format!("story={id}&length=&until=2026-11-25T12:00&back={own}");
    let place = send(&desk, &shown, "/mutes", &fields);
    assert_eq!(place, format!("{own}?said=muted"));
    let mute = mutes().remove(0);
    assert_eq!((mute.story, mute.receiver), (Some(id), None));
    let shown = page(&desk, &own);
    send(&desk, &shown, &format!("/mutes/{}/end", mute.id), &format!("back={own}"));
    assert_eq!(mutes(), []);
    let token = after(&shown, "name=\"csrf\" value=\"").unwrap();
    for odd in ["receiver=desk", "receiver=desk&length=1h&unless_score=2", "length=1h"] {
        let answer = post(&desk, "/mutes", &format!("csrf={token}&{odd}"));
        assert_eq!(answer.status, 422, "{odd}: {}", answer.text());
    }
}

/// Goal: who may not give orders gets no buttons, and no order without one counts.
#[test]
fn buttons_are_for_those_who_may() {
    for (role, n_forms) in [(Role::Reader, 0), (Role::Reviewer, 1)] {
        let desk = filled(role);
        let shown = page(&desk, "/deliveries");
        assert_eq!(shown.matches("<form").count(), n_forms, "{shown}");
        for action in ["/receivers/desk/enable", "/deliveries/replay", "/mutes"] {
            assert_eq!(post(&desk, action, "csrf=x&receiver=desk&length=1h").status, 403);
        }
        let preview = exchange("GET", &desk.url("/deliveries/replay?receiver=desk"), &[], b"");
        assert_eq!(preview.status, 403);
        assert_eq!(desk.orders.lock().unwrap().len(), 0);
    }
}
