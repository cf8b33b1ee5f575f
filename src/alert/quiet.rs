//! When receivers are left in peace: windows of the configuration, and what people said.
//!
//! Invariant: whoever asks about the same alert at the same time gets the same answer, whether it
//! is about to be made, about to be sent, or explained.

use std::sync::{Arc, PoisonError, RwLock};

use crate::alert::MuteWindowConfig;
use crate::model::{Mute, MuteMode, Score, Showing, StoryId, TimeOfDay, Timestamp, Weekdays, Zone};

/// One mute may begin where another one ends; so often is looked. More of them in a row end with
/// another look then.
const STEPS_MAX: usize = 64;

/// Windows of the configuration and mutes of people; clones share what people said.
#[derive(Clone, Debug, Default)]
pub struct Quiet {
    windows: Arc<[Window]>,
    mutes: Arc<RwLock<Arc<[Mute]>>>,
}

#[derive(Clone, Debug)]
struct Window {
    name: String,
    days: Weekdays,
    from: TimeOfDay,
    to: TimeOfDay,
    zone: Zone,
    unless_score: Option<Score>,
    mode: MuteMode,
}

/// What an alert is, as far as mutes ask.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Who would be told.
    pub receiver: &'a str,
    /// Of which story; none for digests and notices.
    pub story: Option<StoryId>,
    /// How sure the match is; none breaks through nothing.
    pub score: Option<Score>,
    /// The windows that its route obeys.
    pub windows: &'a [String],
}

/// What keeps an alert back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Whether it waits or is not made.
    pub mode: MuteMode,
    /// When that ends.
    pub until: Timestamp,
    /// A window's name, or who said so.
    pub by: String,
}

impl Quiet {
    /// These windows, and no mute so far; `zone` is the clock of windows that name none.
    pub fn new(windows: &[MuteWindowConfig], zone: &Zone) -> Self {
        let window = |config: &MuteWindowConfig| Window {
            name: config.name.get_ref().clone(),
            days: config.days,
            from: config.from,
            to: config.to,
            zone: config.time_zone.clone().unwrap_or_else(|| zone.clone()),
            unless_score: config.unless_score,
            mode: config.mode,
        };
        Self { windows: windows.iter().map(window).collect(), mutes: Arc::default() }
    }

    /// Replaces what people said.
    pub fn set_mutes(&self, mutes: Vec<Mute>) {
        *self.mutes.write().unwrap_or_else(PoisonError::into_inner) = mutes.into();
    }

    /// What people said; some of it may have ended.
    pub fn mutes(&self) -> Arc<[Mute]> {
        Arc::clone(&self.mutes.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Until when a delivery is held at `now`; none: it may be sent.
    pub fn held_until(
        &self,
        receiver: &str,
        story: Option<StoryId>,
        score: Option<Score>,
        windows: &[String],
        now: Timestamp,
    ) -> Option<Timestamp> {
        let subject = Subject { receiver, story, score, windows };
        self.kept_by(MuteMode::Hold, &subject, now).map(|kept| kept.until)
    }

    /// Whether an alert that is told at `now` is not even put into the outbox.
    pub fn is_dropped(
        &self,
        receiver: &str,
        story: Option<StoryId>,
        score: Option<Score>,
        windows: &[String],
        now: Timestamp,
    ) -> bool {
        let subject = Subject { receiver, story, score, windows };
        self.kept_by(MuteMode::Drop, &subject, now).is_some()
    }

    /// What keeps an alert back that is told at `now`: what drops it counts before what holds it.
    pub fn kept(&self, subject: &Subject<'_>, now: Timestamp) -> Option<Kept> {
        let held = || self.kept_by(MuteMode::Hold, subject, now);
        self.kept_by(MuteMode::Drop, subject, now).or_else(held)
    }

    fn kept_by(&self, mode: MuteMode, subject: &Subject<'_>, now: Timestamp) -> Option<Kept> {
        let mut kept: Option<Kept> = None;
        for _ in 0..STEPS_MAX {
            let at = kept.as_ref().map_or(now, |kept| kept.until);
            let Some(next) = self.kept_at(mode, subject, at) else { break };
            // The first one is what people know; the ones after it only make it longer.
            let by = kept.map_or(next.by, |kept| kept.by);
            kept = Some(Kept { mode, until: next.until, by });
        }
        kept
    }

    /// Of what keeps it back at `now`, what ends last.
    fn kept_at(&self, mode: MuteMode, subject: &Subject<'_>, now: Timestamp) -> Option<Kept> {
        let Subject { receiver, story, score, windows } = *subject;
        let windows =
            self.windows.iter().filter(|it| it.mode == mode && windows.contains(&it.name));
        let windows = windows.filter_map(|window| {
            let until = window.ends(score, now)?;
            Some(Kept { mode, until, by: window.name.clone() })
        });
        let mutes = self.mutes();
        let mutes = mutes.iter().filter(|it| it.mode == mode);
        let mutes = mutes.filter(|it| it.is_about(receiver, story, score, now));
        let mutes = mutes.map(|it| Kept { mode, until: it.until, by: it.by.clone() });
        windows.chain(mutes).max_by_key(|kept| kept.until)
    }
}

impl Window {
    /// When it ends, if it keeps a match of `score` back at `now`.
    fn ends(&self, score: Option<Score>, now: Timestamp) -> Option<Timestamp> {
        let is_sure = self.unless_score.is_some_and(|min| score.is_some_and(|it| min <= it));
        if is_sure {
            return None;
        }
        let today = self.zone.day(now);
        [today.previous(), today].into_iter().filter_map(|day| self.on(day, now)).max()
    }

    /// When it ends, if it began on `day` and has not ended at `now`.
    fn on(&self, day: crate::model::Day, now: Timestamp) -> Option<Timestamp> {
        if !self.days.has(day.weekday()) {
            return None;
        }
        let from = self.zone.moment(day, self.from, Showing::First);
        let last_day = if self.from < self.to { day } else { day.next() };
        let to = self.zone.moment(last_day, self.to, Showing::Last);
        (from <= now && now < to).then_some(to)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::model::MuteId;

    #[derive(Deserialize)]
    struct Section {
        mute_window: Vec<MuteWindowConfig>,
    }

    fn quiet(text: &str) -> Quiet {
        let Section { mute_window } = toml::from_str(text).unwrap();
        Quiet::new(&mute_window, &Zone::named("Asia/Baku").unwrap())
    }

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn held(quiet: &Quiet, score: f64, now: &str) -> Option<String> {
        let (windows, score) = (["nights".to_owned()], Score::new(score).ok());
        let until = quiet.held_until("desk", None, score, &windows, time(now));
        until.map(|until| until.to_string())
    }

    const NIGHTS: &str = r#"
        [[mute_window]]
        name = "nights"
        days = ["mon-fri"]
        from = "22:00"
        to = "07:00"
        unless_score = 0.9
    "#;

    /// Goal: nobody is woken at night, and what came meanwhile is there in the morning.
    /// Method: Baku is 4 h ahead; 27 November 2026 is a Friday.
    #[test]
    fn b39_window_holds_over_midnight_and_a_high_score_passes() {
        let quiet = quiet(NIGHTS);
        let morning = Some("2026-11-28T03:00:00Z".to_owned());
        assert_eq!(held(&quiet, 0.8, "2026-11-27T17:59:59.999Z"), None);
        assert_eq!(held(&quiet, 0.8, "2026-11-27T18:00:00Z"), morning);
        assert_eq!(held(&quiet, 0.8, "2026-11-28T02:59:59.999Z"), morning);
        assert_eq!(held(&quiet, 0.8, "2026-11-28T03:00:00Z"), None);
        assert_eq!(held(&quiet, 0.9, "2026-11-27T18:00:00Z"), None);
        // Saturday has no night of its own.
        assert_eq!(held(&quiet, 0.8, "2026-11-28T18:00:00Z"), None);
        assert!(quiet.held_until("desk", None, None, &[], time("2026-11-27T18:00:00Z")).is_none());
    }

    /// Goal: a night is a night when clocks are set, in either direction.
    /// Method: Berlin sets its clocks at 1:00 UTC, on 29 March from 2:00 to 3:00 and on 25 October
    /// from 3:00 to 2:00; a window that ends at 2:30 ends when 2:30 is over for good.
    #[test]
    fn windows_follow_set_clocks() {
        let window = |from: &str, to: &str| {
            quiet(&format!(
                "[[mute_window]]\nname = \"nights\"\nfrom = \"{from}\"\nto = \"{to}\"\n\
                 time_zone = \"Europe/Berlin\""
            ))
        };
        let ends = |from, to, now| held(&window(from, to), 0.5, now).unwrap();
        assert_eq!(ends("22:00", "02:30", "2026-03-28T23:00:00Z"), "2026-03-29T01:00:00Z");
        assert_eq!(ends("22:00", "07:00", "2026-03-28T23:00:00Z"), "2026-03-29T05:00:00Z");
        assert_eq!(ends("22:00", "02:30", "2026-10-24T23:00:00Z"), "2026-10-25T01:30:00Z");
        assert_eq!(ends("02:30", "07:00", "2026-10-25T00:30:00Z"), "2026-10-25T06:00:00Z");
        assert_eq!(held(&window("02:30", "07:00"), 0.5, "2026-03-29T00:59:59Z"), None);
        assert_eq!(ends("02:30", "07:00", "2026-03-29T01:00:00Z"), "2026-03-29T05:00:00Z");
        // A window that lies in the hour that is left out is none.
        assert_eq!(held(&window("02:10", "02:50"), 0.5, "2026-03-29T01:00:00Z"), None);
    }

    fn mute(receiver: Option<&str>, until: &str, mode: MuteMode) -> Mute {
        let (until, created) = (time(until), time("2026-11-27T12:00:00Z"));
        Mute {
            id: MuteId::of(receiver, None, until, created),
            receiver: receiver.map(str::to_owned),
            story: None,
            until,
            unless_score: None,
            mode,
            by: "anna".to_owned(),
            reason: None,
            created,
        }
    }

    /// Goal: a person's "not before the meeting is over" reaches into the night as one wait.
    #[test]
    fn b40_mute_of_a_person_ends_by_itself_and_joins_with_windows() {
        let quiet = quiet(NIGHTS);
        let shared = quiet.clone();
        shared.set_mutes(vec![mute(Some("desk"), "2026-11-27T18:30:00Z", MuteMode::Hold)]);
        assert_eq!(
            held(&quiet, 0.95, "2026-11-27T17:00:00Z").as_deref(),
            Some("2026-11-27T18:30:00Z")
        );
        assert_eq!(
            held(&quiet, 0.5, "2026-11-27T17:00:00Z").as_deref(),
            Some("2026-11-28T03:00:00Z")
        );
        assert_eq!(held(&quiet, 0.95, "2026-11-27T18:30:00Z"), None);
        let other = quiet.held_until("wire", None, None, &[], time("2026-11-27T17:00:00Z"));
        assert_eq!(other, None);
    }

    /// Goal: what is dropped is not also held, and the explanation names who said so.
    #[test]
    fn dropping_counts_before_holding() {
        let quiet = quiet(NIGHTS);
        let windows = ["nights".to_owned()];
        let subject = Subject { receiver: "desk", story: None, score: None, windows: &windows };
        let now = time("2026-11-27T19:00:00Z");
        assert_eq!(quiet.kept(&subject, now).unwrap().by, "nights");
        quiet.set_mutes(vec![mute(Some("desk"), "2026-11-27T20:00:00Z", MuteMode::Drop)]);
        let kept = quiet.kept(&subject, now).unwrap();
        assert_eq!((kept.mode, kept.by.as_str()), (MuteMode::Drop, "anna"));
        assert!(quiet.is_dropped("desk", None, None, &[], now));
        assert!(!quiet.is_dropped("desk", None, None, &[], time("2026-11-27T20:00:00Z")));
    }

    /// Goal: a desk that is muted for good still answers at once.
    #[test]
    fn endless_windows_end_the_look() {
        let text = "[[mute_window]]\nname = \"nights\"\nfrom = \"00:00\"\nto = \"24:00\"";
        let until = held(&quiet(text), 0.5, "2026-11-27T12:00:00Z").unwrap();
        assert!("2026-12-27" < until.as_str(), "{until}");
    }
}
