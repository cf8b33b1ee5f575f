//! When the digests of a route are told.
//!
//! Invariant: each time of each day is told once, also on days on which clocks are set.

use std::time::Duration;

use crate::alert::config::DigestConfig;
use crate::model::{Day, EventId, Showing, TimeOfDay, Timestamp, Weekdays, Zone};

/// So far back the last digest is looked for.
pub const OCCURRENCES_MAX: usize = 14;

/// What came so long before the last digest and is not in it is listed by the next one: somebody
/// set the clock, or it came in the same moment.
const OVERLAP: Duration = Duration::from_hours(24);

/// A poll that began so long before a digest may be stored after it was made, even if nothing was
/// listed then.
const LATE: Duration = Duration::from_hours(1);

/// From any day on, a day that is among some weekdays comes within so many.
const DAYS_MAX: usize = 9;

/// When the digests of a route are told.
#[derive(Clone, Debug)]
pub struct Plan {
    key: String,
    times: Vec<TimeOfDay>,
    days: Weekdays,
    zone: Zone,
    /// Whether a digest without a story is told too.
    pub tells_empty: bool,
}

/// What one digest is about: what came after `from`, up to `at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// When the one before it was told.
    pub from: Timestamp,
    /// From here on it is looked for what that one does not list.
    pub looked_from: Timestamp,
    /// When it is told.
    pub at: Timestamp,
}

impl Plan {
    /// The plan of the route that `key` names; `zone` is its clock if it names none.
    pub(in crate::alert) fn new(key: String, config: &DigestConfig, zone: &Zone) -> Self {
        let zone = config.time_zone.clone().unwrap_or_else(|| zone.clone());
        let (times, days) = (config.at.get_ref().clone(), config.days);
        Self { key, times, days, zone, tells_empty: config.empty }
    }

    /// What tells this route's digests from those of others.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Whose clock shows the times.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The name of the digest of `topic` that is told at `at`.
    pub fn event(&self, topic: &str, at: Timestamp) -> EventId {
        EventId::of_digest(topic, &self.key, at)
    }

    /// The first time after `time`.
    pub fn next_after(&self, time: Timestamp) -> Option<Timestamp> {
        let mut day = self.zone.day(time).previous();
        for _ in 0..=DAYS_MAX {
            let later = self.on(day).into_iter().filter(|moment| time < *moment).min();
            if later.is_some() {
                return later;
            }
            day = day.next();
        }
        None
    }

    /// The last time that is not after `time`.
    pub fn last_at(&self, time: Timestamp) -> Option<Timestamp> {
        let mut day = self.zone.day(time).next();
        for _ in 0..=DAYS_MAX {
            let earlier = self.on(day).into_iter().filter(|moment| *moment <= time).max();
            if earlier.is_some() {
                return earlier;
            }
            day = day.previous();
        }
        None
    }

    /// The times before `at`, last first; at most [`OCCURRENCES_MAX`].
    pub fn before(&self, at: Timestamp) -> Vec<Timestamp> {
        let earlier = |at: &Timestamp| self.last_at(at.minus(Duration::from_millis(1)));
        std::iter::successors(earlier(&at), earlier).take(OCCURRENCES_MAX).collect()
    }

    /// What the digest at `at` is about; `made` are those of [`Plan::before`] that were told, last
    /// first, and until `worked` this service is known to have worked. None if it is not to be
    /// made: it would be the first one, and nobody waited for it.
    ///
    /// A digest without a story leaves no trace, so without any in `made` it is told when its time
    /// has come since `worked`, from the last time before that on.
    pub fn period(&self, at: Timestamp, made: &[Timestamp], worked: Timestamp) -> Option<Period> {
        match made.first() {
            Some(from) => {
                let oldest = self.before(at).last().copied().unwrap_or(*from);
                let looked_from = from.minus(OVERLAP).max(oldest);
                Some(Period { from: *from, looked_from, at })
            }
            None if worked < at => {
                let from = self.last_at(worked)?;
                Some(Period { from, looked_from: from.minus(LATE), at })
            }
            None => None,
        }
    }

    /// The times on `day`.
    fn on(&self, day: Day) -> Vec<Timestamp> {
        if !self.days.has(day.weekday()) {
            return Vec::new();
        }
        self.times.iter().map(|time| self.zone.moment(day, *time, Showing::First)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str) -> Plan {
        let config: DigestConfig = toml::from_str(text).unwrap();
        Plan::new("daily".to_owned(), &config, &Zone::named("Asia/Baku").unwrap())
    }

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn times(plan: &Plan, from: &str, n: usize) -> Vec<String> {
        let next = |at: &Timestamp| plan.next_after(*at);
        let times = std::iter::successors(plan.next_after(time(from)), next).take(n);
        times.map(|it| it.to_string()).collect()
    }

    /// Goal: the newsroom has its digest on the days and at the times that it named.
    #[test]
    fn b37_digests_are_due_at_their_local_times() {
        let plan = plan("at = [\"20:00\", \"08:00\"]\ndays = [\"mon-fri\"]");
        assert_eq!(
            times(&plan, "2026-11-26T04:00:00Z", 4),
            [
                "2026-11-26T16:00:00Z",
                "2026-11-27T04:00:00Z",
                "2026-11-27T16:00:00Z",
                "2026-11-30T04:00:00Z"
            ]
        );
        assert_eq!(plan.last_at(time("2026-11-30T03:59:59Z")), Some(time("2026-11-27T16:00:00Z")));
        assert_eq!(plan.last_at(time("2026-11-27T16:00:00Z")), Some(time("2026-11-27T16:00:00Z")));
        let before = plan.before(time("2026-11-30T04:00:00Z"));
        assert_eq!((before.len(), before[0]), (OCCURRENCES_MAX, time("2026-11-27T16:00:00Z")));
    }

    /// Goal: on the days on which clocks are set, a digest comes once: not twice, not never.
    /// Method: every time of the two nights in Berlin, counted over the day in both directions.
    #[test]
    fn b37_set_clocks_make_one_digest_a_day() {
        for (evening, expected) in
            [("2026-03-28T12:00:00Z", "03-29"), ("2026-10-24T12:00:00Z", "10-25")]
        {
            for at in ["00:00", "02:00", "02:30", "03:00", "12:00"] {
                let plan = plan(&format!("at = [\"{at}\"]\ntime_zone = \"Europe/Berlin\""));
                let times: Vec<Timestamp> =
                    times(&plan, evening, 3).iter().map(|it| time(it)).collect();
                let shown: Vec<String> = times.iter().map(|it| plan.zone().shown(*it)).collect();
                assert!(shown[0].contains(expected), "{at}: {shown:?}");
                let days: Vec<&str> = shown.iter().map(|it| &it[..10]).collect();
                assert!(days.is_sorted_by(|a, b| a < b), "{at}: {shown:?}");
                assert_eq!(plan.before(times[2])[..2], [times[1], times[0]], "{at}");
            }
        }
        let leap = plan("at = [\"02:30\"]\ntime_zone = \"Europe/Berlin\"");
        assert_eq!(times(&leap, "2026-03-28T12:00:00Z", 1), ["2026-03-29T01:00:00Z"]);
    }

    /// Goal: nothing falls between two digests, whatever became of the machine in between.
    #[test]
    fn periods_join() {
        let plan = plan("at = [\"04:00\"]\ntime_zone = \"UTC\"");
        let day = |day: u32| time(&format!("2026-11-{day:02}T04:00:00Z"));
        let noon = |day: u32| time(&format!("2026-11-{day:02}T12:00:00Z"));
        let from = |made: &[Timestamp], worked| {
            plan.period(day(20), made, worked).map(|period| period.from)
        };
        // The last one that was told counts, also behind empty ones that nobody was told of.
        assert_eq!(from(&[day(17), day(16)], noon(19)), Some(day(17)));
        // After three days off, from the last time at which it worked.
        assert_eq!(from(&[], noon(17)), Some(day(17)));
        assert_eq!(from(&[], noon(19)), Some(day(19)));
        // A digest that was configured at noon does not tell of the morning.
        assert_eq!(from(&[], noon(20)), None);
        let overlap = plan.period(day(20), &[day(19)], noon(19)).unwrap();
        assert_eq!(overlap.looked_from, day(18));
    }

    /// Goal: weekly digests, and several at the end of the day, are found from anywhere.
    #[test]
    fn weekly_and_midnight_digests_are_found() {
        let plan =
            plan("at = [\"00:00\", \"24:00\"]\ndays = [\"sun\"]\ntime_zone = \"Asia/Tokyo\"");
        assert_eq!(
            times(&plan, "2026-11-22T00:00:00Z", 3),
            ["2026-11-22T15:00:00Z", "2026-11-28T15:00:00Z", "2026-11-29T15:00:00Z"]
        );
    }
}
