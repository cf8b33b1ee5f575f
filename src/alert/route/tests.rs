//! Whole ways through routes, with all that follows from them.

use std::time::Duration;

use super::*;
use crate::alert::samples::{Sample, Section, section, targets};
use crate::model::view::{RouteStanding, RoutedHow};
use crate::model::{Mute, MuteId, MuteMode, Told};

const RECEIVERS: &str = r#"
    [[receiver]]
    name = "desk"
    url = "https://example.org/desk"
    [[receiver]]
    name = "archive"
    url = "https://example.org/archive"
    [[receiver]]
    name = "wire"
    url = "https://example.org/wire"
"#;

fn router(text: &str) -> Router {
    let text = format!("{RECEIVERS}{text}");
    let Section { receiver, route, mute_window } = section(&text);
    let zone = Zone::named("Asia/Baku").unwrap();
    let routing = Routing { routes: &route, windows: &mute_window, feeds: &[], zone: &zone };
    Router::new(targets(&receiver), routing)
}

fn receivers(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|it| it.receiver.as_str()).collect()
}

fn announced(text: &str) -> String {
    let sample = Sample::new();
    match router(text).announce(&sample.news(), sample.matched.created) {
        Announcement::Deliver(deliveries) => receivers(&deliveries).join(" "),
        Announcement::Silent(silence) => format!("{silence:?}"),
        Announcement::Settled => "settled".to_owned(),
    }
}

/// The story of the sample, told to `receivers`.
fn told_to(receivers: &[&str]) -> Sample {
    let mut sample = Sample::new();
    let receivers = receivers.iter().map(|it| (*it).to_owned()).collect();
    sample.story.told = Some(Told { at: sample.matched.created, update: None, receivers });
    sample
}

fn updated(text: &str, sample: &Sample) -> String {
    let now = sample.matched.created;
    let changes = ["first report from AZ".to_owned()];
    receivers(&router(text).updated(&sample.news(), &changes, now, now)).join(" ")
}

/// Goal: two routes to one desk do not ring it twice.
#[test]
fn every_receiver_is_told_once_in_the_order_of_routes() {
    let routes = ["archive", "desk", "archive", "nobody"]
        .map(|name| format!("[[route]]\nreceiver = \"{name}\"\n"));
    let sample = Sample::new();
    let announcement = router(&routes.concat()).announce(&sample.news(), sample.matched.created);
    let Announcement::Deliver(deliveries) = announcement else { panic!("{announcement:?}") };
    assert_eq!(receivers(&deliveries), ["archive", "desk"]);
    assert_eq!(deliveries[0].event, deliveries[1].event);
    assert_ne!(deliveries[0].id, deliveries[1].id);
}

/// Goal: a match that nobody hears of says why.
#[test]
fn silence_has_a_reason() {
    assert_eq!(announced(""), "NoRoute");
    assert_eq!(announced("[[route]]\nreceiver = \"desk\"\nlanguages = \"ja\""), "NoRoute");
    let digest = "[[route]]\nreceiver = \"desk\"\ndigest = { at = [\"08:00\"] }\n";
    assert_eq!(announced(digest), "Digest");
    let muted = "[[mute_window]]\nname = \"off\"\nfrom = \"00:00\"\nto = \"24:00\"\n\
        mode = \"drop\"\n[[route]]\nreceiver = \"desk\"\nmute_windows = \"off\"\n";
    assert_eq!(announced(muted), "Muted");
    assert_eq!(announced(&format!("{muted}{digest}")), "Digest");
}

/// Goal: the same event after a restart is the same for a receiver that remembers ids.
#[test]
fn ids_do_not_depend_on_the_time() {
    let router = router("[[route]]\nreceiver = \"desk\"");
    let sample = Sample::new();
    let ids = [0, 1].map(|ms| {
        let now = Timestamp::from_unix_ms(ms).unwrap();
        match router.announce(&sample.news(), now) {
            Announcement::Deliver(deliveries) => (deliveries[0].id, deliveries[0].event),
            other => panic!("{other:?}"),
        }
    });
    assert_eq!(ids[0], ids[1]);
}

/// Goal: the tree tells whom its reader expects: the first that takes it, unless it continues; a
/// route below one that takes it before that one.
#[test]
fn b41_tree_is_walked_depth_first() {
    let desk_wire = |first: &str| {
        announced(&format!(
            "[[route]]\nreceiver = \"desk\"\n{first}\n[[route]]\nreceiver = \"wire\"\n"
        ))
    };
    assert_eq!(desk_wire(""), "desk wire");
    assert_eq!(desk_wire("continue = false"), "desk");
    assert_eq!(desk_wire("languages = \"de\""), "desk");
    assert_eq!(desk_wire("languages = \"de\"\ncontinue = true"), "desk wire");
    assert_eq!(desk_wire("languages = \"ja\""), "wire");
    let below = |children: &str| {
        announced(&format!(
            "[[route]]\nreceiver = [\"desk\", \"archive\"]\nscore_min = 0.9\n{children}\n\
             [[route]]\nreceiver = \"archive\"\n"
        ))
    };
    assert_eq!(below(""), "desk archive");
    assert_eq!(below("[[route.route]]\nreceiver = \"wire\"\nlanguages = \"de\""), "wire");
    assert_eq!(below("[[route.route]]\nreceiver = \"wire\"\nlanguages = \"ja\""), "desk archive");
    assert_eq!(below("[[route.route]]\naspects = \"energy\""), "desk archive");
    let two = "[[route.route]]\nreceiver = \"wire\"\nlanguages = \"de\"\ncontinue = true\n\
        [[route.route]]\nreceiver = \"desk\"\naspects = \"energy\"";
    assert_eq!(below(two), "wire desk");
}

/// Goal: whoever was told of a story hears how it goes on, whatever the newest article is like,
/// unless they asked for new stories only; others hear of it when it becomes theirs.
#[test]
fn updates_reach_those_who_were_told_and_those_whom_the_newest_match_concerns() {
    let routes = "[[route]]\nreceiver = \"desk\"\nlanguages = \"ja\"\n\
        [[route]]\nreceiver = \"archive\"\nstories = \"new\"\ncontinue = true\n\
        [[route]]\nreceiver = \"wire\"\nlanguages = \"de\"\nstories = [\"updated\"]\n";
    assert_eq!(updated(routes, &told_to(&[])), "wire");
    assert_eq!(updated(routes, &told_to(&["desk", "archive", "gone"])), "wire desk");
    let digest = "[[route]]\nreceiver = \"desk\"\ndigest = { at = [\"08:00\"] }\n";
    assert_eq!(updated(digest, &told_to(&["desk"])), "");
}

/// Goal: a withdrawal reaches exactly those who were told, also of stories that were told before
/// it was kept who was.
#[test]
fn withdrawals_reach_those_who_were_told() {
    let router = router(
        "[[route]]\nreceiver = \"desk\"\nlanguages = \"ja\"\n[[route]]\nreceiver = \"wire\"\n",
    );
    let withdrawn = |sample: &Sample| {
        receivers(&router.withdrawn(&sample.news(), sample.matched.created)).join(" ")
    };
    assert_eq!(withdrawn(&told_to(&["desk", "archive"])), "desk archive");
    assert_eq!(withdrawn(&told_to(&[])), "wire");
}

/// Goal: a delivery carries what decides later whether it is held.
#[test]
fn deliveries_know_score_and_windows() {
    let routes = "[[mute_window]]\nname = \"nights\"\nfrom = \"22:00\"\nto = \"07:00\"\n\
        [[route]]\nreceiver = \"desk\"\nmute_windows = [\"nights\"]\n\
        [[route.route]]\nreceiver = \"wire\"\naspects = \"energy\"\ncontinue = true\n\
        [[route.route]]\nreceiver = \"archive\"\nmute_windows = []\n";
    let sample = Sample::new();
    let Announcement::Deliver(deliveries) =
        router(routes).announce(&sample.news(), sample.matched.created)
    else {
        panic!("nobody is told");
    };
    assert_eq!(receivers(&deliveries), ["wire", "archive"]);
    assert_eq!(deliveries[0].mute_windows, ["nights"]);
    assert_eq!(deliveries[1].mute_windows, [""; 0]);
    assert_eq!(deliveries[0].score, Some(sample.matched.score));
}

/// Goal: the explanation is what would happen, with every route that was looked at.
#[test]
fn b41_way_is_explained() {
    let router = router(
        "[[mute_window]]\nname = \"always\"\nfrom = \"00:00\"\nto = \"24:00\"\nunless_score = 0.99\n\
         [[route]]\nname = \"Japan\"\nreceiver = \"desk\"\nlanguages = \"ja\"\n\
         [[route]]\nreceiver = \"desk\"\nscore_min = 0.5\nmute_windows = \"always\"\n\
         [[route.route]]\naspects = \"energy\"\ncontinue = true\n\
         [[route.route]]\nreceiver = \"wire\"\ndigest = { at = [\"08:00\"] }\n\
         [[route]]\nreceiver = \"archive\"\n",
    );
    let sample = Sample::new();
    let now = "2026-11-24T06:00:00Z".parse().unwrap();
    let explained = router.explain(&sample.news(), StoryNews::New, now);
    let steps: Vec<(&str, usize, RouteStanding)> =
        explained.steps.iter().map(|it| (it.route.as_str(), it.depth, it.standing)).collect();
    assert_eq!(
        steps,
        [
            ("Japan", 0, RouteStanding::Refuses),
            ("route 2", 0, RouteStanding::HandsOver),
            ("route 2.1", 1, RouteStanding::Tells),
            ("route 2.2", 1, RouteStanding::Tells),
            ("route 3", 0, RouteStanding::Unreached),
        ]
    );
    assert_eq!(explained.steps[0].why.as_deref(), Some("language is de, wanted ja"));
    let told: Vec<(&str, RoutedHow)> =
        explained.told.iter().map(|it| (it.receiver.as_str(), it.how)).collect();
    assert_eq!(told, [("desk", RoutedHow::Held), ("wire", RoutedHow::Digest)]);
    assert_eq!(explained.told[0].by.as_deref(), Some("always"));
    assert_eq!(explained.told[1].until, "2026-11-25T04:00:00Z".parse().ok());
}

/// Goal: an update that is due when a mute drops it is dropped, one that is due after it is not.
#[test]
fn updates_are_dropped_by_what_holds_when_they_are_due() {
    let router = router("[[route]]\nreceiver = \"desk\"\n");
    let sample = told_to(&["desk"]);
    let now = sample.matched.created;
    let until = now.plus(Duration::from_mins(10));
    router.quiet().set_mutes(vec![Mute {
        id: MuteId::of(None, Some(sample.story.id), until, now),
        receiver: None,
        story: Some(sample.story.id),
        until,
        unless_score: None,
        mode: MuteMode::Drop,
        by: "anna".to_owned(),
        reason: None,
        created: now,
    }]);
    let due = |minutes| {
        let due = now.plus(Duration::from_mins(minutes));
        router.updated(&sample.news(), &["a".to_owned()], due, now).len()
    };
    assert_eq!((due(9), due(10)), (0, 1));
    // Clones share what people said.
    let told = router.clone().announce(&sample.news(), now);
    assert!(matches!(told, Announcement::Silent(Silence::Muted)), "{told:?}");
}
