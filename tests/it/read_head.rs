//! What a feed says of itself: when to ask again, where else to look.

use std::time::Duration;

use silkwire::collect::{FeedDocument, read_text};

fn channel(elements: &str) -> FeedDocument {
    let base = "https://example.org/feed".parse().unwrap();
    read_text(&format!("<rss><channel>{elements}<item/></channel></rss>"), Some(&base)).unwrap()
}

/// Goal: a publisher's wish for rare requests is heard in either way it can be said.
#[test]
fn hints_are_the_longest_wish() {
    for (elements, hint) in [
        ("", None),
        ("<ttl>180</ttl>", Some(Duration::from_hours(3))),
        ("<ttl> 60 </ttl>", Some(Duration::from_hours(1))),
        ("<ttl>0</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>abc</ttl>", None),
        ("<ttl>100000</ttl>", Some(Duration::from_mins(100_000))),
        ("<ttl>99999999999999999999</ttl>", None),
        (
            "<sy:updatePeriod>weekly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>",
            Some(Duration::from_hours(84)),
        ),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", Some(Duration::from_hours(1))),
        ("<sy:updateFrequency>4</sy:updateFrequency>", Some(Duration::from_hours(6))),
        ("<sy:updatePeriod>never</sy:updatePeriod>", None),
        ("<ttl>600</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", Some(Duration::from_hours(10))),
    ] {
        assert_eq!(channel(elements).hint, hint, "{elements}");
    }
}

/// Goal: a server is left alone at the hours and on the days it asked for.
#[test]
fn quiet_times_are_read() {
    let hours = |hours: std::ops::Range<u32>| {
        let each = hours.map(|hour| format!("<hour>{hour}</hour>")).collect::<Vec<_>>().concat();
        channel(&format!("<skipHours>{each}</skipHours>")).quiet.hours
    };
    assert_eq!(hours(0..7), 0b111_1111);
    assert_eq!(hours(24..25), 1);
    assert_eq!(hours(25..30), 0);
    assert_eq!(hours(0..24), 0);
    let days = |days: &[&str]| {
        let each = days.iter().map(|day| format!("<day>{day}</day>")).collect::<Vec<_>>().concat();
        channel(&format!("<skipDays>{each}</skipDays>")).quiet.days
    };
    assert_eq!(days(&["Saturday", "sunday"]), 0b110_0000);
    assert_eq!(days(&["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]), 0);
    assert_eq!(days(&["Holiday"]), 0);
}

/// Goal: hub, own address and older pages are known, from RSS and Atom alike.
#[test]
fn other_addresses_are_read() {
    let links = "<x:link rel='hub' href='https://hub.example/'/><x:link rel='self' href='/self'/>\
        <x:link rel='prev-archive' href='https://example.org/2025'/>\
        <x:link rel='alternate' href='https://example.org/'/>";
    let atom = format!("<feed>{}<entry/></feed>", links.replace("x:", ""));
    let rss = format!("<rss><channel>{}<item/></channel></rss>", links.replace("x:", "atom:"));
    for document in [atom, rss] {
        let base = "https://example.org/feed".parse().unwrap();
        let read = read_text(&document, Some(&base)).unwrap();
        assert_eq!(read.hub.unwrap().as_str(), "https://hub.example/");
        assert_eq!(read.own_address.unwrap().as_str(), "https://example.org/self");
        assert_eq!(read.previous.unwrap().as_str(), "https://example.org/2025");
    }
    let odd = channel(
        "<atom:link rel='hub' href='javascript:x'/><atom:link rel='self' href='http://['/>",
    );
    assert_eq!((odd.hub, odd.own_address), (None, None));
}

/// Goal: a feed is called what it calls itself, not what its picture is called.
#[test]
fn titles_are_the_feed_s_own() {
    let elements = "<image><title>Logo</title></image><itunes:title>X</itunes:title>\
        <title>Nachrichten</title>";
    assert_eq!(channel(elements).title.as_deref(), Some("Nachrichten"));
}
