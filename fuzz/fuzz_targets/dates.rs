//! Dates as anybody may write them.
//!
//! Found wrong: a panic, or a date that is read differently, to the second, once it is written as
//! RFC 3339.

#![no_main]

use libfuzzer_sys::fuzz_target;
use silkwire::collect::parse_date;
use silkwire::model::Timestamp;

fuzz_target!(|text: &str| {
    if let Some(time) = parse_date(text) {
        let seconds = |time: Timestamp| time.unix_ms().div_euclid(1000);
        assert_eq!(parse_date(&time.to_string()).map(seconds), Some(seconds(time)));
    }
});
