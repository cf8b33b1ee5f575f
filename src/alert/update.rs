//! When a story that was told is told again, and of what.

use std::time::Duration;

use crate::model::view::shortened;
use crate::model::{Figure, Side, Story, Timestamp, Told, Update};

/// An event that so many outlets report is news again.
const OUTLETS_STEPS: [usize; 3] = [3, 10, 30];

/// So many amounts of one article are named; more are no headline.
const FIGURES_MAX: usize = 3;

/// An amount as it stands in the article is a few words.
const FIGURE_CHARACTERS_MAX: usize = 60;

/// How updates of a story keep their distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// What changes within this time is told together; at most `interval`.
    pub wait: Duration,
    /// At most one alert of a story in this time.
    pub interval: Duration,
}

/// What of the change from `before` to `after` somebody who was told wants to know, in words;
/// nothing for the rest.
///
/// A story that was stored before its outlets and figures were kept says nothing: all of them
/// would look new.
pub fn changes(before: &Story, after: &Story) -> Vec<String> {
    if before.first_publisher.is_none() {
        return Vec::new();
    }
    let new_sides = after.sides.iter().filter(|side| !before.sides.contains(side));
    let sides = new_sides.map(|side| match side {
        Side::Country(country) => format!("first report from {country}"),
        Side::Third => "first report from a third country".to_owned(),
    });
    let n_outlets = after.n_outlets();
    let is_passed = |step: &usize| before.n_outlets() < *step && *step <= n_outlets;
    let outlets = OUTLETS_STEPS.into_iter().rfind(is_passed);
    let outlets = outlets.map(|_| format!("{n_outlets} outlets report it"));
    let new_figures = after.figures.iter().filter(|figure| before.is_new_figure(figure));
    let figures = new_figures.filter(|figure| is_amount(figure));
    let figures = figures.take(FIGURES_MAX).map(|figure| {
        format!("new figure: {}", shortened(figure.text.trim(), FIGURE_CHARACTERS_MAX))
    });
    sides.chain(outlets).chain(figures).collect()
}

/// Every article names days; a new one changes nothing.
fn is_amount(figure: &Figure) -> bool {
    figure.unit != "date"
}

/// When a change at `now` is told, together with what waits to be told already.
///
/// An update that waits is replaced by a newer one that says both, at the same time: there is at
/// most one per interval, and the first change of those that it says waits no longer than that.
pub fn due(told: Option<&Told>, pace: Pace, now: Timestamp) -> Timestamp {
    let soon = now.plus(pace.wait);
    let Some(told) = told else { return soon };
    let next = match waiting(told, now) {
        Some(_) => told.at,
        None => told.at.plus(pace.interval).max(soon),
    };
    // A clock that was wrong once silences nobody.
    next.min(now.plus(pace.interval))
}

/// The update that is in the outbox and not due yet.
pub fn waiting(told: &Told, now: Timestamp) -> Option<&Update> {
    told.update.as_ref().filter(|_| now < told.at)
}

/// `earlier` changes, then those of `new` that are not among them; at most
/// [`Update::CHANGES_MAX`].
pub fn together(earlier: Option<&Update>, new: Vec<String>) -> Vec<String> {
    let mut changes = earlier.map(|update| update.changes.clone()).unwrap_or_default();
    for change in new {
        if !changes.contains(&change) {
            changes.push(change);
        }
    }
    changes.truncate(Update::CHANGES_MAX);
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::samples::Sample;
    use crate::model::{EventId, FeedId};

    const PACE: Pace = Pace { wait: Duration::from_mins(1), interval: Duration::from_mins(30) };

    fn minute(minutes: i64) -> Timestamp {
        Timestamp::from_unix_ms(minutes * 60_000).unwrap()
    }

    fn told(at: i64, changes: &[&str]) -> Told {
        let changes: Vec<String> = changes.iter().map(|it| (*it).to_owned()).collect();
        let event = EventId::of_test("desk", minute(0));
        let update = (!changes.is_empty()).then_some(Update { event, changes });
        Told { at: minute(at), update, receivers: Vec::new() }
    }

    fn with_outlets(story: &Story, n: u64) -> Story {
        let outlets = (0..n).map(|number| FeedId::of_url(&number.to_string())).collect();
        Story { outlets, ..story.clone() }
    }

    /// Goal: the desk hears what it would ask about, and is spared copies.
    #[test]
    fn material_changes_are_named() {
        let before = Sample::new().story;
        let mut after = Story { size: 2, revision: 2, ..before.clone() };
        assert_eq!(changes(&before, &after), [""; 0]);
        after.sides.extend(["AZ", "JP"].map(|code| Side::try_from(code.to_owned()).unwrap()));
        let figure = |text: &str, unit: &str| Figure {
            text: text.to_owned(),
            value: 3.2e6,
            unit: unit.to_owned(),
        };
        after.figures.push(figure("5. Mai", "date"));
        after.figures.push(figure(" 3,2 Millionen Dollar ", "USD"));
        assert_eq!(
            changes(&before, &after),
            ["first report from AZ", "first report from JP", "new figure: 3,2 Millionen Dollar"]
        );
        let old = Story { first_publisher: None, ..before };
        assert_eq!(changes(&old, &after), [""; 0]);
    }

    /// Goal: a growing echo is told three times, not thirty.
    #[test]
    fn outlets_count_in_steps() {
        let story = Sample::new().story;
        let told: Vec<u64> = (1..64)
            .filter(|n| {
                !changes(&with_outlets(&story, n - 1), &with_outlets(&story, *n)).is_empty()
            })
            .collect();
        assert_eq!(told, [3, 10, 30]);
        let leap = changes(&with_outlets(&story, 2), &with_outlets(&story, 12));
        assert_eq!(leap, ["12 outlets report it"]);
    }

    /// Goal: at most one update in half an hour, what changes at once is told at once, and
    /// nothing is forgotten.
    #[test]
    fn b36_updates_are_grouped_and_keep_their_distance() {
        let due = |told: Option<Told>, now| due(told.as_ref(), PACE, minute(now));
        assert_eq!(due(None, 5), minute(6));
        assert_eq!(due(Some(told(0, &[])), 5), minute(30));
        assert_eq!(due(Some(told(0, &[])), 29), minute(30));
        assert_eq!(due(Some(told(0, &[])), 30), minute(31));
        assert_eq!(due(Some(told(0, &[])), 45), minute(46));
        // What waits is told when it was to be told, with what changed since.
        assert_eq!(due(Some(told(46, &["a"])), 45), minute(46));
        assert_eq!(due(Some(told(30, &["a"])), 10), minute(30));
        assert_eq!(due(Some(told(30, &["a"])), 30), minute(60));
        assert_eq!(due(Some(told(30, &["a"])), 40), minute(60));
        // Told tomorrow, says a clock that was set back.
        assert_eq!(due(Some(told(1_440, &["a"])), 10), minute(40));
    }

    /// Goal: an update that replaces another one says what both say, once.
    #[test]
    fn replacing_update_says_both() {
        let earlier = told(30, &["a", "b"]);
        assert!(waiting(&earlier, minute(30)).is_none());
        let earlier = waiting(&earlier, minute(29));
        let changes = together(earlier, vec!["b".to_owned(), "c".to_owned()]);
        assert_eq!(changes, ["a", "b", "c"]);
        assert_eq!(together(None, vec!["a".to_owned()]), ["a"]);
    }
}
