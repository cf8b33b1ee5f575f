//! Amounts of bytes as people write them in configuration: `"256 MB"`, `"1 GiB"`.

use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Units with their bytes; powers of 1,000 as disks are sold, of 1,024 as memory is counted.
const UNITS: &[(&str, u64)] = &[
    ("B", 1),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// Reads `"256 MB"`: a whole number and `B`, `kB`, `MB`, `GB`, `TB`, or `KiB` to `TiB`; the
/// space may be left out.
///
/// # Errors
/// Anything else, with an example of what is right.
pub fn parse(text: &str) -> Result<u64, String> {
    let refusal = || format!("{text:?} is not a size like \"256 MB\" or \"1 GB\"");
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().map_err(|_| refusal())?;
    let unit = text[digits..].trim();
    let (_, unit_bytes) =
        UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).ok_or_else(refusal)?;
    number.checked_mul(*unit_bytes).ok_or_else(refusal)
}

/// For `deserialize_with = "size_text::deserialize"`.
///
/// # Errors
/// See [`parse`].
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).map_err(D::Error::custom)
}

/// Bytes as people say them: `512 B`, `12 MB`, `1.4 GB`; rounded down.
pub fn in_words(bytes: u64) -> String {
    const NAMES: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let (mut whole, mut tenths, mut step) = (bytes, 0, 0);
    while 1_000 <= whole && step + 1 < NAMES.len() {
        (whole, tenths, step) = (whole / 1_000, whole % 1_000 / 100, step + 1);
    }
    match (whole, tenths) {
        (0..10, 1..) => format!("{whole}.{tenths} {}", NAMES[step]),
        _ => format!("{whole} {}", NAMES[step]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: what people write means what they think, and a missing unit is not guessed.
    #[test]
    fn sizes_need_a_number_and_a_unit() {
        let sizes = ["256 MB", "256MB", "0 B", "1 gb", "64 KiB"].map(|text| parse(text).unwrap());
        assert_eq!(sizes, [256_000_000, 256_000_000, 0, 1_000_000_000, 65_536]);
        for wrong in ["256", "MB", "", "-5 MB", "1.5 GB", "9 parsecs", "99999999999999999999 B"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    /// Goal: a size is said as a person would say it, and never larger than it is.
    #[test]
    fn sizes_are_said_in_words() {
        let said = [0, 999, 1_999, 12_345_678, 256_000_000, 1_499_000_000, u64::MAX].map(in_words);
        let wanted = ["0 B", "999 B", "1.9 kB", "12 MB", "256 MB", "1.4 GB", "18446744 TB"];
        assert_eq!(said, wanted);
    }
}
