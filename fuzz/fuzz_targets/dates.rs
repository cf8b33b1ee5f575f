//! Dates as anybody may write them.
//!
//! Found wrong: a panic, or a date that is read differently once it is written as RFC 3339.

#![no_main]

use libfuzzer_sys::fuzz_target;
use silkwire::collect::parse_date;

fuzz_target!(|text: &str| {
    if let Some(time) = parse_date(text) {
        assert_eq!(parse_date(&time.to_string()), Some(time));
    }
});
