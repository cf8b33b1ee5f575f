//! The demo's sample feeds, filled in as their README says.

use std::fs;
use std::path::Path;

use silkwire::model::{Clock, SystemClock};

use super::Reply;

const FOLDER: &str = "src/service/demo/feeds";

/// Names of all sample feeds.
pub(crate) const SAMPLES: [&str; 8] = [
    "reception.de.rss.xml",
    "reception.en.atom.xml",
    "jica.ja.json",
    "students.az.rdf.xml",
    "negatives.en.rss.xml",
    "negatives.ja.atom.xml",
    "negatives.tr.json",
    "negatives.ru.rss.xml",
];

/// One sample feed as a site at `origin` would serve it now.
pub(crate) fn sample(name: &str, origin: &str) -> Reply {
    let bytes = fs::read(Path::new(FOLDER).join(name)).unwrap();
    Reply::ok(fill(&bytes, origin)).header("content-type", content_type(name))
}

fn content_type(name: &str) -> &'static str {
    let mut endings = name.rsplit('.');
    match (endings.next(), endings.next()) {
        (Some("json"), _) => "application/feed+json",
        (_, Some("rdf")) => "application/rdf+xml",
        (_, Some("atom")) => "application/atom+xml",
        _ => "application/rss+xml",
    }
}

/// Every `@` belongs to a placeholder, so every second piece is one.
fn fill(bytes: &[u8], origin: &str) -> Vec<u8> {
    let pieces = bytes.split(|byte| *byte == b'@').enumerate();
    let filled = pieces.map(|(index, piece)| match index % 2 {
        0 => piece.to_vec(),
        _ => value(str::from_utf8(piece).unwrap(), origin).into_bytes(),
    });
    filled.collect::<Vec<_>>().concat()
}

fn value(placeholder: &str, origin: &str) -> String {
    match placeholder.split_once('-') {
        None if placeholder == "base" => origin.to_owned(),
        Some(("rfc822", age)) => past(age).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string(),
        Some(("rfc3339", age)) => past(age).strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        _ => panic!("@{placeholder}@ is no placeholder"),
    }
}

/// The time before that many hours (`2h`) or minutes (`90m`).
fn past(age: &str) -> jiff::Timestamp {
    let (number, unit) = age.split_at(age.len() - 1);
    let unit_ms = match unit {
        "h" => 3_600_000,
        "m" => 60_000,
        _ => panic!("{age} is neither in hours nor in minutes"),
    };
    let ms = SystemClock.now().unix_ms() - number.parse::<i64>().unwrap() * unit_ms;
    jiff::Timestamp::from_millisecond(ms).unwrap()
}

mod tests {
    use std::fs;
    use std::path::Path;

    use super::{FOLDER, content_type, past};
    use crate::support::{FeedServer, SAMPLES, exchange, sample};

    /// Goal: a sample that is broken or too old fails here, not as a riddle in another test.
    /// Method: another reader than our pipeline reads each one as a site serves it.
    #[test]
    fn samples_are_valid_recent_feeds() {
        let site = FeedServer::start();
        let newest = past("1m").as_second();
        let mut n_entries = 0;
        for name in SAMPLES {
            site.serve("/feed", sample(name, &site.origin()));
            let response = exchange("GET", &site.url("/feed"), &[], b"");
            assert_eq!(response.header("content-type"), Some(content_type(name)));
            let feed = feed_rs::parser::parse(response.body.as_slice()).unwrap();
            for entry in &feed.entries {
                let published = entry.published.unwrap().timestamp();
                assert!(past("47h").as_second() < published && published < newest, "{name}");
                assert!(entry.links[0].href.starts_with(&site.origin()), "{name}");
                assert!(!entry.title.as_ref().unwrap().content.contains('\u{fffd}'), "{name}");
            }
            n_entries += feed.entries.len();
        }
        assert_eq!(n_entries, 14);
    }

    /// Goal: the list and the folder do not drift apart, and the README explains each file.
    #[test]
    fn every_sample_is_listed_and_explained() {
        let readme = fs::read_to_string(Path::new(FOLDER).join("README.md")).unwrap();
        let files = fs::read_dir(FOLDER).unwrap().count();
        assert_eq!(files, SAMPLES.len() + 1);
        for name in SAMPLES {
            assert!(readme.contains(&format!("| `{name}` |")), "{name}");
        }
    }
}
