//! Items without a feed around them.
//!
//! Found wrong: a panic, or something that comes out of a page for people.

#![no_main]

use libfuzzer_sys::fuzz_target;
use silkwire::collect::read_text;

fuzz_target!(|text: &str| {
    read_text(&format!("<news>{text}"), None).ok();
    read_text(&format!("<news><item><title>A</title>{text}</item>"), None).ok();
    assert!(read_text(&format!("<html>{text}"), None).is_err());
});
