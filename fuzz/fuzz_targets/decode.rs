//! Bytes in any encoding, with any claim about it.
//!
//! Found wrong: a panic, or text that is no text of the bytes (valid UTF-8 must stay as it is).

#![no_main]

use libfuzzer_sys::fuzz_target;
use silkwire::collect::{decode, read};

const CLAIMS: [Option<&str>; 8] = [
    None,
    Some("utf-8"),
    Some("iso-8859-1"),
    Some("shift_jis"),
    Some("iso-2022-jp"),
    Some("utf-16"),
    Some("windows-1254"),
    Some("nonsense"),
];

fuzz_target!(|input: (u8, &[u8])| {
    let (claim, bytes) = input;
    let claim = CLAIMS[usize::from(claim) % CLAIMS.len()];
    let text = decode(bytes, claim, None);
    if claim == Some("utf-8")
        && !bytes.contains(&0)
        && !bytes.contains(&0x1b)
        && let Ok(valid) = std::str::from_utf8(bytes)
    {
        let declares = valid.to_ascii_lowercase();
        if !declares.contains("encoding") && !declares.contains("charset") {
            assert_eq!(text, valid.trim_start_matches('\u{feff}'));
        }
    }
    read(bytes, claim, None).ok();
});
