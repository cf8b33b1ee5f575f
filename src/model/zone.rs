//! Places on the clock: what a clock on the wall of a place shows, and when it shows it.
//!
//! Invariant: each local time of each day is one point in time, also when clocks are set.

use std::fmt;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use serde::{Deserialize, Deserializer, de};

use crate::model::{TimeOfDay, Timestamp, closest};

/// The clock of a place, by its IANA name (`Asia/Baku`), or the machine's own.
///
/// Rules come from the machine's time zone database, else from the one that is built in.
#[derive(Clone)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

/// A day on the calendar of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(Date);

/// Of a time that the clock shows twice, when it is set back: which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Showing {
    /// The first.
    First,
    /// The last.
    Last,
}

impl Zone {
    /// What stands in the configuration for the machine's own.
    pub const SYSTEM: &str = "system";

    /// The machine's own (`$TZ`, `/etc/localtime`); UTC where it has none.
    pub fn system() -> Self {
        let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
        Self { name: Self::SYSTEM.to_owned(), zone }
    }

    /// The place called `name`, or the machine's own for `"system"`.
    ///
    /// # Errors
    /// The database knows no such place.
    pub fn named(name: &str) -> Result<Self, ZoneError> {
        if name == Self::SYSTEM {
            return Ok(Self::system());
        }
        match TimeZone::get(name) {
            Ok(zone) => Ok(Self { name: zone.iana_name().unwrap_or(name).to_owned(), zone }),
            Err(_) => Err(ZoneError::new(name)),
        }
    }

    /// Its name; for the machine's own, the place where it stands, if it says so.
    pub fn name(&self) -> &str {
        self.zone.iana_name().unwrap_or(&self.name)
    }

    /// The day there at `time`.
    pub fn day(&self, time: Timestamp) -> Day {
        Day(self.datetime(time).date())
    }

    /// When the clock there shows `time` on `day`.
    ///
    /// A time that is left out when the clock is set forward is the moment at which it is set;
    /// `24:00` is midnight at the end of the day.
    pub fn moment(&self, day: Day, time: TimeOfDay, showing: Showing) -> Timestamp {
        let (hours, minutes) = (time.minutes() / 60, time.minutes() % 60);
        let day = if hours == 24 { day.next() } else { day };
        let hours = i8::try_from(hours % 24).unwrap_or_default();
        let minutes = i8::try_from(minutes).unwrap_or_default();
        let time = Time::new(hours, minutes, 0, 0).unwrap_or(Time::midnight());
        self.resolved(day.0.to_datetime(time), showing)
    }

    /// What the clock there shows at `time`: `2026-11-24 08:00`.
    pub fn shown(&self, time: Timestamp) -> String {
        let shown = self.datetime(time).to_string();
        shown.get(..16).unwrap_or(&shown).replace('T', " ")
    }

    fn datetime(&self, time: Timestamp) -> DateTime {
        self.zone.to_datetime(time.exact())
    }

    fn resolved(&self, shown: DateTime, showing: Showing) -> Timestamp {
        let ambiguous = self.zone.to_ambiguous_timestamp(shown);
        let is_left_out = matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. });
        let chosen = match showing {
            Showing::First => ambiguous.compatible(),
            Showing::Last => ambiguous.later(),
        };
        // Only at the ends of time there is none.
        let chosen = chosen.unwrap_or(jiff::Timestamp::MAX);
        let set = || {
            let just_after = chosen.checked_add(jiff::SignedDuration::from_millis(1)).ok()?;
            self.zone.preceding(just_after).next().map(|change| change.timestamp())
        };
        Timestamp::of_exact(if is_left_out { set().unwrap_or(chosen) } else { chosen })
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::system()
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).map_err(de::Error::custom)
    }
}

impl Day {
    /// 0 is Monday, 6 Sunday.
    pub fn weekday(self) -> u8 {
        u8::try_from(self.0.weekday().to_monday_zero_offset()).unwrap_or_default()
    }

    /// The day after; itself at the end of time.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.tomorrow().unwrap_or(self.0))
    }

    /// The day before; itself at the beginning of time.
    #[must_use]
    pub fn previous(self) -> Self {
        Self(self.0.yesterday().unwrap_or(self.0))
    }
}

/// A name that the time zone database does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone {name:?}; {hint}")]
pub struct ZoneError {
    name: String,
    hint: String,
}

impl ZoneError {
    fn new(name: &str) -> Self {
        let known: Vec<String> = jiff::tz::db().available().map(|it| it.to_string()).collect();
        let hint = match closest(name, known.iter().map(String::as_str)) {
            Some(known) => format!("did you mean {known:?}?"),
            None => "write it like \"Asia/Baku\", or \"system\" for the machine's own".to_owned(),
        };
        Self { name: name.to_owned(), hint }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(zone: &str, day: &str, time: &str, showing: Showing) -> String {
        let day = Day(day.parse().unwrap());
        Zone::named(zone).unwrap().moment(day, time.parse().unwrap(), showing).to_string()
    }

    /// Goal: eight o'clock is eight o'clock there, in winter and in summer.
    #[test]
    fn local_times_follow_the_place() {
        let first = Showing::First;
        assert_eq!(moment("Asia/Baku", "2026-11-24", "08:00", first), "2026-11-24T04:00:00Z");
        assert_eq!(moment("Asia/Tokyo", "2026-11-24", "08:00", first), "2026-11-23T23:00:00Z");
        assert_eq!(moment("Europe/Berlin", "2026-11-24", "08:00", first), "2026-11-24T07:00:00Z");
        assert_eq!(moment("Europe/Berlin", "2026-07-24", "08:00", first), "2026-07-24T06:00:00Z");
        assert_eq!(moment("Europe/Berlin", "2026-07-24", "24:00", first), "2026-07-24T22:00:00Z");
    }

    /// Goal: a time that a day has not, or has twice, is one moment all the same.
    /// Method: Berlin sets its clocks on 29 March 2026 from 2:00 to 3:00 (1:00 UTC), and on 25
    /// October from 3:00 back to 2:00.
    #[test]
    fn set_clocks_leave_one_moment_for_each_time() {
        for time in ["02:00", "02:30", "02:59", "03:00"] {
            for showing in [Showing::First, Showing::Last] {
                let moment = moment("Europe/Berlin", "2026-03-29", time, showing);
                assert_eq!(moment, "2026-03-29T01:00:00Z", "{time}");
            }
        }
        let twice = |showing| moment("Europe/Berlin", "2026-10-25", "02:30", showing);
        assert_eq!(twice(Showing::First), "2026-10-25T00:30:00Z");
        assert_eq!(twice(Showing::Last), "2026-10-25T01:30:00Z");
    }

    /// Goal: a whole day that a place left out breaks nothing.
    /// Method: Samoa skipped 30 December 2011.
    #[test]
    fn day_that_never_was_is_the_moment_of_the_leap() {
        let noon = moment("Pacific/Apia", "2011-12-30", "12:00", Showing::First);
        assert_eq!(noon, "2011-12-30T10:00:00Z");
    }

    /// Goal: a typing mistake says which place was meant.
    #[test]
    fn unknown_places_are_refused() {
        let error = |name| Zone::named(name).unwrap_err().to_string();
        assert_eq!(
            error("Asia/Bakuu"),
            "unknown time zone \"Asia/Bakuu\"; did you mean \"Asia/Baku\"?"
        );
        assert!(error("12").contains("write it like \"Asia/Baku\""), "{}", error("12"));
        assert_eq!(Zone::named("asia/baku").unwrap().name(), "Asia/Baku");
    }

    /// Goal: people read a time as the clock beside them shows it.
    #[test]
    fn times_are_shown_as_the_clock_shows_them() {
        let zone = Zone::named("Asia/Baku").unwrap();
        assert_eq!(zone.shown("2026-11-24T04:00:59Z".parse().unwrap()), "2026-11-24 08:00");
        assert_eq!(zone.day("2026-11-23T21:00:00Z".parse().unwrap()).weekday(), 1);
    }
}
