//! The features of an aspect: which classes of words and kinds of names stand where.
//!
//! All aspects share them; that visas are diplomacy and tourism at once is in the weights.

use std::collections::BTreeMap;

use crate::model::{Aspect, Field};
use crate::understand::context::{Reading, Sentence};
use crate::understand::lexicon::Kind;
use crate::understand::mentions::{Matcher, Party, Side};

/// Where a class or kind stands.
const PLACES: &[&str] = &["title", "head", "body", "joint"];

/// What is told of an aspect by all its themes together.
const SUMS: &[&str] = &["count", "share", "most"];

/// Classes that say what a text is about, and no more.
const THEME: &str = "theme-";

/// A sentence's worth in the body, against a mention in title or summary.
const BODY: f32 = 0.7;

/// The names of the columns, in order: `head: theme-energy`, `body: kind company`.
pub(in crate::understand) fn names(matcher: &Matcher) -> Vec<String> {
    let mut names = Vec::new();
    let classes = matcher.cues.iter().map(|class| class.id.clone());
    let kinds = Kind::ALL.iter().map(|(name, _)| format!("kind {name}"));
    for what in classes.chain(kinds).chain(["kind third".to_owned()]) {
        names.extend(PLACES.iter().map(|place| format!("{place}: {what}")));
    }
    names.extend(matcher.cues.iter().map(|class| format!("share: {}", class.id)));
    for zone in ["head", "body"] {
        for aspect in Aspect::ALL {
            names.extend(SUMS.iter().map(|sum| format!("{zone}: {sum} of {aspect}")));
        }
    }
    names
}

/// The columns of a text that are not zero, in order.
pub(in crate::understand) fn row(matcher: &Matcher, reading: &Reading<'_>) -> Vec<(u32, f32)> {
    let n_classes = matcher.cues.len();
    let mut tally = Tally::default();
    for sentence in &reading.sentences {
        tally.add(matcher, reading, sentence);
    }
    let mut columns: BTreeMap<usize, f32> = BTreeMap::new();
    for (what, seen) in &tally.seen {
        let values = [
            f32::from(u8::from(seen.title)),
            f32::from(u8::from(0 < seen.head)),
            BODY * logarithm(seen.body),
            f32::from(u8::from(seen.joint)),
        ];
        for (place, value) in values.into_iter().enumerate() {
            columns.insert(what * PLACES.len() + place, value);
        }
    }
    let shares_from = (n_classes + Kind::ALL.len() + 1) * PLACES.len();
    let cues = || tally.seen.range(..n_classes);
    let n_head: usize = cues().map(|(_, seen)| seen.head).sum();
    for (class, seen) in cues() {
        let share = 3.0 * number(seen.head) / (number(n_head) + 3.0);
        columns.insert(shares_from + class, share);
    }
    let sums_from = shares_from + n_classes;
    let counts: [fn(&Seen) -> usize; 2] = [|seen| seen.head, |seen| seen.body];
    for (zone, count) in counts.into_iter().enumerate() {
        let themes = cues().filter(|(class, _)| matcher.cues[**class].id.starts_with(THEME));
        let mut sums = [0; Aspect::ALL.len()];
        for (class, seen) in themes {
            for aspect in &matcher.cues[*class].aspects {
                sums[*aspect as usize] += count(seen);
            }
        }
        let total = number(sums.iter().sum());
        let most = sums.iter().copied().max().unwrap_or(0);
        for (aspect, sum) in sums.into_iter().enumerate().filter(|(_, sum)| 0 < *sum) {
            let at = sums_from + (zone * sums.len() + aspect) * SUMS.len();
            columns.insert(at, logarithm(sum));
            columns.insert(at + 1, 2.0 * number(sum) / (total + 1.0));
            columns.insert(at + 2, f32::from(u8::from(sum == most)));
        }
    }
    let filled = columns.into_iter().filter(|(_, value)| *value != 0.0);
    filled.filter_map(|(column, value)| Some((u32::try_from(column).ok()?, value))).collect()
}

/// Where one class or kind was seen.
#[derive(Clone, Copy, Default)]
struct Seen {
    title: bool,
    /// Cues of title and summary; sentences for a kind.
    head: usize,
    /// Sentences of the body.
    body: usize,
    /// In a sentence of the body that names both sides.
    joint: bool,
}

/// By number: classes first, then kinds, then third parties.
#[derive(Default)]
struct Tally {
    seen: BTreeMap<usize, Seen>,
}

impl Tally {
    fn add(&mut self, matcher: &Matcher, reading: &Reading<'_>, sentence: &Sentence) {
        let n_classes = matcher.cues.len();
        let mentions = reading.mentions_of(sentence);
        let names = |side: Side| mentions.iter().any(|it| it.party.includes(side));
        let is_joint = names(Side::A) && names(Side::B);
        let mut found: BTreeMap<usize, usize> = BTreeMap::new();
        for cue in reading.cues_of(sentence) {
            *found.entry(cue.class).or_default() += 1;
        }
        for mention in mentions {
            let kind = match mention.party {
                Party::One(_) => Kind::ALL.iter().position(|(_, kind)| *kind == mention.kind),
                Party::Third(_) => Some(Kind::ALL.len()),
                Party::Both | Party::Group | Party::Nobody => None,
            };
            let is_plain = matches!(mention.kind, Kind::Country | Kind::Capital);
            if let Some(kind) = kind
                && (!is_plain || kind == Kind::ALL.len())
            {
                found.insert(n_classes + kind, 1);
            }
        }
        for (what, n_hits) in found {
            let seen = self.seen.entry(what).or_default();
            match sentence.field {
                Field::Title => {
                    seen.title = true;
                    seen.head += n_hits;
                }
                Field::Summary => seen.head += n_hits,
                Field::Body => {
                    seen.body += 1;
                    seen.joint |= is_joint;
                }
            }
        }
    }
}

fn number(count: usize) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}

fn logarithm(count: usize) -> f32 {
    number(count).ln_1p()
}
