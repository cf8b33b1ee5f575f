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

/// Writes what [`parse`] reads, in the longest unit that is exact: `90s`, `10m`, `2d`.
pub fn write(duration: Duration) -> String {
    let ms = duration.as_millis();
    for (unit_ms, unit) in [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")] {
        if ms.is_multiple_of(unit_ms) {
            return format!("{}{unit}", ms / unit_ms);
        }
    }
    format!("{ms}ms")
}

/// A duration as people say it: `45 s`, `5 min`, `1 h 30 min`, `6 h`, `8 days`. Long ones are
/// rounded down to a whole unit.
pub fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match (hours, minutes % 60) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min"),
        (1..10, 1..) => format!("{hours} h {} min", minutes % 60),
        (0..48, _) => format!("{hours} h"),
        _ => format!("{} days", hours / 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a list of feeds that is written is read as it was.
    #[test]
    fn written_durations_are_read_back() {
        for text in ["90s", "10m", "49h", "7d", "1500ms"] {
            assert_eq!(write(parse(text).unwrap()), text);
        }
        assert_eq!(write(Duration::ZERO), "0d");
    }

    /// Goal: a pause is said as a person would say it.
    #[test]
    fn durations_are_said_in_words() {
        let said = ["0s", "45s", "5m", "90m", "6h", "11h", "47h", "48h", "8d"];
        let said = said.map(|text| in_words(parse(text).unwrap()));
        let wanted =
            ["0 s", "45 s", "5 min", "1 h 30 min", "6 h", "11 h", "47 h", "2 days", "8 days"];
        assert_eq!(said, wanted);
    }

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
