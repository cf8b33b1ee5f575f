//! Whatever calls itself a JSON Feed.
//!
//! Found wrong: a panic, or the same document read in two ways.

#![no_main]

use libfuzzer_sys::fuzz_target;
use silkwire::collect::read_text;

fuzz_target!(|text: &str| {
    read_text(text, None).ok();
    let feed =
        format!("{{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": [{text}]}}");
    assert_eq!(read_text(&feed, None), read_text(&feed, None));
    let member = format!("{{\"version\": \"https://jsonfeed.org/version/1\", {text}, \"items\": []}}");
    read_text(&member, None).ok();
});
