//! Durations as people write them in configuration: `"90s"`, `"10m"`, `"48h"`, `"7d"`.

use std::time::Duration;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Reads `"10m"`: a whole number and `ms`, `s`, `m`, `h` or `d`.
///
/// # Errors
/// Anything else, with an example of what is right.
pub fn parse(text: &str) -> Result<Duration, String> {
    let refusal = || format!("{text:?} is not a duration like \"90s\", \"10m\", \"48h\" or \"7d\"");
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().map_err(|_| refusal())?;
    let unit_ms: u64 = match text[digits..].trim() {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(refusal()),
    };
    number.checked_mul(unit_ms).map(Duration::from_millis).ok_or_else(refusal)
}

/// For `#[serde(with = "duration_text")]`-like use: `deserialize_with = "duration_text::deserialize"`.
///
/// # Errors
/// See [`parse`].
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: what people write means what they think, and a missing unit is not guessed.
    #[test]
    fn durations_need_a_number_and_a_unit() {
        let seconds = ["90s", "10m", "48h", "7d", "0s"].map(|text| parse(text).unwrap().as_secs());
        assert_eq!(seconds, [90, 600, 172_800, 604_800, 0]);
        for wrong in ["10", "m", "", "-5m", "1.5h", "10 minutes", "99999999999999999999d"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
