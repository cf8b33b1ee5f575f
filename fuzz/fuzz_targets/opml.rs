//! Any bytes as a list of feeds: what is taken from it survives being written and read again.
//!
//! `cargo fuzz run opml -s none` (cargo-fuzz; without a sanitizer it runs on stable Rust).

#![no_main]

use libfuzzer_sys::fuzz_target;
use silkwire::collect::opml::{export, import};

fuzz_target!(|bytes: &[u8]| {
    let rooted = [b"<opml><outline ".as_slice(), bytes].concat();
    for bytes in [bytes, rooted.as_slice()] {
        let Ok(list) = import(bytes) else { continue };
        let again = import(export(&list.feeds).as_bytes()).expect("our own list");
        assert_eq!((again.feeds, again.refused), (list.feeds, Vec::new()));
    }
});
