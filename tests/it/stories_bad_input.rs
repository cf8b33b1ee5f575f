//! What feeds bring beside articles: nothing in it may tie two events together by chance.

use silkwire::model::{Kinship, Sketch};
use silkwire::understand::Text;

use crate::newsroom::{Item, Newsroom, rss};
use crate::stories::{Sorter, hour, reports, sketch};

/// A sorter that knows the reports of two events.
fn sorter_with_news() -> Sorter {
    let mut sorter = Sorter::new();
    for report in reports("pumps").into_iter().chain(reports("tea-bowls")) {
        sorter.sort(sketch(&report.title, &report.text(), hour(-report.hours)));
    }
    sorter
}

fn text<'a>(title: &'a str, summary: &'a str, body: &'a str) -> Text<'a> {
    Text { title, summary, body, language: "en".parse().ok(), ..Text::default() }
}

/// `what` is for whoever reads a failure.
#[track_caller]
fn assert_opens(sorter: &mut Sorter, what: &str, sketch: Sketch) {
    let own = sketch.story;
    assert_eq!(sorter.sort(sketch), (own, None), "{what}");
}

/// Goal: a text that says next to nothing opens its own story, whenever it comes.
#[test]
fn texts_that_say_nothing_open_their_own_stories() {
    let digits = "2340 48.7 324000 14 24 11 2026 1970 ".repeat(2_850);
    let more_digits = "0123456789".repeat(10_000);
    let capitals = "JAPAN AZERBAIJAN BAKU TOKYO FRIENDSHIP DELEGATION FOOTBALL ".repeat(3);
    let shout = "SABIRABAD! SABIRABAD! EVERYBODY LOOK AT SABIRABAD! ".repeat(20);
    assert!(100_000 < digits.len());
    let mut sorter = sorter_with_news();
    for (number, (title, summary, body)) in [
        ("", "", ""),
        ("", "   ", "\n\n"),
        ("Japan", "", ""),
        ("Azerbaijan", "", ""),
        ("Baku", "", ""),
        ("Sabirabad", "", ""),
        ("Grant", "", ""),
        ("Japan", "Azerbaijan", ""),
        ("Photo", "", ""),
        ("12345", "", ""),
        ("Numbers", "", &digits),
        (&more_digits, "", ""),
        ("!!!", "???", "…"),
        ("NEWS", &capitals, ""),
        (&shout, "", ""),
    ]
    .into_iter()
    .enumerate()
    {
        let hours = i64::try_from(number).unwrap() - 20;
        let text = text(title, summary, body);
        let id = format!("bad {number}");
        assert_opens(&mut sorter, &id, sketch(&id, &text, hour(hours)));
    }
}

/// Goal: a column's title that comes back every day does not chain its days together.
#[test]
fn the_same_two_words_on_other_days_are_other_events() {
    let mut sorter = sorter_with_news();
    for (day, title) in
        ["Embassy news", "Japan today", "Embassy news", "Japan today"].into_iter().enumerate()
    {
        let hours = 24 * i64::try_from(day).unwrap();
        let id = format!("column {day}");
        assert_opens(&mut sorter, &id, sketch(&id, &text(title, "", ""), hour(hours)));
    }
}

/// Goal: without a date nothing but the same words ties two reports.
#[test]
fn undated_text_joins_only_as_a_copy() {
    let report = &reports("pumps")[0];
    let mut sorter = sorter_with_news();
    let undated =
        |id: &str, text: &Text<'_>| Sketch { is_dated: false, ..sketch(id, text, hour(0)) };
    let own_words = text(
        "Sabirabad farmers to get pumps from Japan",
        "In Baku, Tokyo's envoy put his name to a gift for villages along the Kura; \
         Majnun Mammadov, who looks after farming in the cabinet, called it overdue.",
        "",
    );
    assert_opens(&mut sorter, "own words", undated("own words", &own_words));
    let (_, kinship) = sorter.sort(undated("copy", &report.text()));
    assert_eq!(kinship, Some(Kinship::Copy));
}

/// Goal: a wrong clock at the publisher's does not tie an old event to a new one.
#[test]
fn dates_out_of_the_window_never_join() {
    let report = &reports("pumps")[0];
    let mut sorter = sorter_with_news();
    for days in [-400, -30, 30, 400] {
        let own = text(&report.title, &report.summary, "");
        let id = format!("at {days}");
        assert_opens(&mut sorter, &id, sketch(&id, &own, hour(24 * days)));
    }
}

/// Goal: undated and wrongly dated entries go through the whole service, each into a story of
/// its own, beside a report that names the same people.
#[test]
fn badly_dated_entries_open_their_own_stories() {
    let newsroom = Newsroom::new(&["/feed"]);
    let origin = newsroom.site.origin();
    let items = [
        Item {
            path: "/grant",
            title: "Japan's ambassador signs a grant for pumps with Azerbaijan's minister in Baku",
            age_hours: Some(2),
        },
        Item {
            path: "/undated",
            title: "Azerbaijan's minister of agriculture receives Japanese ambassador in Baku",
            age_hours: None,
        },
        Item {
            path: "/future",
            title: "Ambassador of Japan gives a pump to a village in Azerbaijan",
            age_hours: Some(-24 * 30),
        },
    ];
    newsroom.site.serve("/feed", rss(&origin, &items));
    newsroom.once(&[]);
    let matches = newsroom.list("matches");
    assert_eq!(matches.len(), 3);
    assert_eq!(newsroom.list("stories").len(), 3);
}
