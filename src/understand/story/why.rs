//! Why two texts are taken for reports of one event, in words for people.

use super::commonness::Commonness;
use super::member::Member;
use super::pair::Comparison;
use crate::model::TraceKind;

/// Names, events and amounts that are shown of each sort.
const NAMES_MAX: usize = 4;
const EVENTS_MAX: usize = 2;
const AMOUNTS_MAX: usize = 2;

/// Each word shown is at most so long.
const CHARACTERS_MAX: usize = 40;

/// What stands behind a trace in the text that is decided about: its key, and its words.
pub type Label = (u32, String);

/// What two texts share: "Motegi, JICA; memorandum; 3.2 million USD; 5 hours apart".
pub(super) fn why(
    one: &Member,
    other: &Member,
    comparison: &Comparison,
    labels: &[Label],
    commonness: &Commonness,
) -> String {
    use TraceKind::{
        Acronym, Amount, Event, Known, Name, Number, Organisation, Person, Place, Project,
    };
    let mut parts = Vec::new();
    if comparison.is_copy() {
        parts.push(format!("{:.0} % of the words are the same", 100.0 * comparison.same.share));
    }
    let shown = |kinds: &[TraceKind], n_max: usize| {
        shared_words(one, other, labels, commonness, kinds, n_max)
    };
    let names = [Person, Organisation, Project, Place, Known, Name, Acronym];
    parts.extend(shown(&names, NAMES_MAX));
    parts.extend(shown(&[Event], EVENTS_MAX));
    parts.extend(shown(&[Amount, Number], AMOUNTS_MAX));
    parts.push(apart(comparison.hours));
    parts.join("; ")
}

/// The rarest shared words of some kinds, in one piece; none if there are none.
fn shared_words(
    one: &Member,
    other: &Member,
    labels: &[Label],
    commonness: &Commonness,
    kinds: &[TraceKind],
    n_max: usize,
) -> Option<String> {
    let mut found: Vec<(f32, &str)> = Vec::new();
    one.shared_with(other, commonness, |trace, _| {
        let is_asked = trace.kind().is_some_and(|kind| kinds.contains(&kind));
        let label = labels.iter().find(|(key, _)| *key == trace.key()).filter(|_| is_asked);
        if let Some((_, words)) = label
            && !found.iter().any(|(_, known)| known == words)
        {
            found.push((commonness.rarity(trace), words));
        }
    });
    found.sort_by(|one, other| other.0.total_cmp(&one.0));
    found.truncate(n_max);
    let words = |(_, words): &(f32, &str)| words.chars().take(CHARACTERS_MAX).collect::<String>();
    let words: Vec<String> = found.iter().map(words).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

fn apart(hours: f32) -> String {
    match hours {
        hours if hours < 1.5 => "within an hour".to_owned(),
        hours if hours < 36.0 => format!("{hours:.0} hours apart"),
        hours => format!("{:.0} days apart", hours / 24.0),
    }
}
