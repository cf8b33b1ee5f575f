//! Points in time as people type them: `2026-11-24T06:00:00Z`, `2026-11-24`, `24h`.

use crate::model::{Timestamp, duration_text};

/// Reads a time as RFC 3339, the beginning of a day in UTC, or what was so long before `now`.
///
/// # Errors
/// Anything else, with examples of what is right.
pub fn parse(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let exact = || text.parse::<Timestamp>().ok();
    let day = || format!("{text}T00:00:00Z").parse::<Timestamp>().ok();
    let age = || duration_text::parse(text).ok().map(|age| now.minus(age));
    let refusal = || {
        format!("{text:?} is not a time like \"2026-11-24T06:00:00Z\", \"2026-11-24\" or \"24h\"")
    };
    exact().or_else(day).or_else(age).ok_or_else(refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a person types the time that they have in mind, and a slip is named.
    #[test]
    fn times_are_read_as_people_type_them() {
        let now: Timestamp = "2026-11-24T18:00:00Z".parse().unwrap();
        let read = |text| parse(text, now).map(|time| time.to_string());
        assert_eq!(read("2026-11-24T06:00:00+09:00").unwrap(), "2026-11-23T21:00:00Z");
        assert_eq!(read("2026-11-24").unwrap(), "2026-11-24T00:00:00Z");
        assert_eq!(read("36h").unwrap(), "2026-11-23T06:00:00Z");
        for odd in ["", "yesterday", "2026-11-31", "2026-11-24 06:00", "-1h"] {
            assert!(read(odd).unwrap_err().contains(&format!("{odd:?} is not a time")), "{odd}");
        }
    }
}
