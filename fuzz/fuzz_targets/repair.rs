//! Documents that call themselves feeds.
//!
//! Found wrong: a panic, a feed that the parser refuses after the repair, an entry with an address
//! that is none, or the same document read in two ways.

#![no_main]

use libfuzzer_sys::fuzz_target;
use silkwire::collect::{ReadError, read_text};
use url::Url;

fuzz_target!(|text: &str| {
    let base = Url::parse("https://example.org/news/feed.xml").ok();
    for text in [text.to_owned(), format!("<rss><channel>{text}</channel></rss>")] {
        let read = read_text(&text, base.as_ref());
        assert_eq!(read, read_text(&text, base.as_ref()));
        match read {
            Ok(document) => {
                for entry in document.entries {
                    let link = entry.link.map(|link| Url::parse(&link));
                    assert!(link.is_none_or(|link| link.is_ok()));
                }
            }
            Err(ReadError::Broken { reason }) => {
                let is_ours = reason.contains("ends inside") || text.trim_start().contains('{');
                assert!(is_ours, "{reason}");
            }
            Err(_) => {}
        }
    }
});
