//! Weekdays and times of the day as people write them: `["mon-fri"]`, `"22:00"`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::model::closest;

const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Some days of the week. Read from a list of days and ranges: `["mon-fri", "sun"]`; a range may
/// pass the weekend, `"fri-mon"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weekdays(u8);

impl Weekdays {
    /// Every day.
    pub const ALL: Self = Self(0b0111_1111);

    /// Whether weekday `number` is among them: 0 is Monday, 6 Sunday.
    pub fn has(self, number: u8) -> bool {
        self.0 >> number & 1 == 1
    }

    /// The days of a list such as `["mon-fri", "sun"]`.
    ///
    /// # Errors
    /// A text that is neither a day nor a range of days, or no text at all.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, LocalTimeError> {
        let mut days = 0;
        for text in texts {
            let (first, last) = text.split_once('-').unwrap_or((text, text));
            let (first, last) = (day_number(first)?, day_number(last)?);
            let length = (last + 7 - first) % 7;
            (0..=length).for_each(|day| days |= 1 << ((first + day) % 7));
        }
        if days == 0 { Err(LocalTimeError::NoDays) } else { Ok(Self(days)) }
    }
}

impl Default for Weekdays {
    fn default() -> Self {
        Self::ALL
    }
}

impl<'de> Deserialize<'de> for Weekdays {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        Self::parse(texts.iter().map(String::as_str)).map_err(de::Error::custom)
    }
}

fn day_number(text: &str) -> Result<u8, LocalTimeError> {
    let wanted = text.trim().to_ascii_lowercase();
    let number = NAMES.iter().position(|name| *name == wanted);
    number.and_then(|it| u8::try_from(it).ok()).ok_or_else(|| LocalTimeError::Day {
        text: text.to_owned(),
        closest: closest(&wanted, NAMES).unwrap_or("mon"),
    })
}

/// A time of the day as a clock on the wall shows it, to the minute: `00:00` to `24:00`, which is
/// the end of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay {
    minutes: u16,
}

impl TimeOfDay {
    const MINUTES_MAX: u16 = 24 * 60;

    /// Minutes since midnight, 0 to 1,440.
    pub fn minutes(self) -> u16 {
        self.minutes
    }
}

impl FromStr for TimeOfDay {
    type Err = LocalTimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refusal = || LocalTimeError::Time { text: text.to_owned() };
        let (hours, minutes) = text.split_once(':').ok_or_else(refusal)?;
        let is_number = |part: &str, n_digits: &[usize]| {
            n_digits.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !is_number(hours, &[1, 2]) || !is_number(minutes, &[2]) {
            return Err(refusal());
        }
        let hours: u16 = hours.parse().map_err(|_| refusal())?;
        let minutes: u16 = minutes.parse().map_err(|_| refusal())?;
        let sum = hours * 60 + minutes;
        if 60 <= minutes || Self::MINUTES_MAX < sum {
            return Err(refusal());
        }
        Ok(Self { minutes: sum })
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = LocalTimeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

/// A text that is no day or time; its words end with what to write instead, behind `"; "`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LocalTimeError {
    /// It is no weekday.
    #[error("{text:?} is no weekday; did you mean {closest:?}?")]
    Day {
        /// What was written.
        text: String,
        /// What was perhaps meant.
        closest: &'static str,
    },
    /// A list of days without a day.
    #[error("no weekday is named; write them like [\"mon-fri\", \"sun\"], or leave the key out")]
    NoDays,
    /// It is no time of the day.
    #[error("{text:?} is no time of the day; write it like \"07:30\", from \"00:00\" to \"24:00\"")]
    Time {
        /// What was written.
        text: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: office hours and weekends are named as people name them.
    #[test]
    fn days_and_ranges_are_read() {
        let days = |texts: &[&str]| {
            let days = Weekdays::parse(texts.iter().copied()).unwrap();
            (0..7).filter(|day| days.has(*day)).collect::<Vec<u8>>()
        };
        assert_eq!(days(&["mon-fri"]), [0, 1, 2, 3, 4]);
        assert_eq!(days(&["Sat", "sun"]), [5, 6]);
        assert_eq!(days(&["fri-mon"]), [0, 4, 5, 6]);
        assert_eq!(days(&["mon-sun"]).len(), 7);
    }

    /// Goal: a typing mistake says what to write.
    #[test]
    fn wrong_days_and_times_are_refused() {
        let day = |text| Weekdays::parse([text]).unwrap_err().to_string();
        let time = |text: &str| text.parse::<TimeOfDay>().unwrap_err().to_string();
        insta::assert_snapshot!(
            [day("mo"), day("tu-fri"), Weekdays::parse([]).unwrap_err().to_string(), time("7")]
                .join("\n"),
            @r#"
        "mo" is no weekday; did you mean "mon"?
        "tu" is no weekday; did you mean "tue"?
        no weekday is named; write them like ["mon-fri", "sun"], or leave the key out
        "7" is no time of the day; write it like "07:30", from "00:00" to "24:00"
        "#
        );
        for text in ["24:01", "25:00", "07:60", "07:5", "-1:00", "+7:00", "07:00:00", "٠٧:٠٠", ""]
        {
            time(text);
        }
        assert_eq!("7:05".parse::<TimeOfDay>().unwrap().to_string(), "07:05");
        assert_eq!("24:00".parse::<TimeOfDay>().unwrap().minutes(), 1_440);
    }
}
