//! What is seen in a text, as numbers with names: the terms of the score.
//!
//! Nothing here knows the countries' names: there is side A, side B, and third parties.

mod sides;
mod thirds;
mod wording;

use std::collections::BTreeMap;

use super::context::{Reading, Sentence};
use super::mentions::{Matcher, Mention, Party, Side};
use crate::model::Field;

/// What a feature's contribution is shown by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// The mentions of both sides.
    Sides,
    /// The cues of a class.
    Cue(usize),
    /// No words: it only raises or lowers the whole.
    None,
}

/// Features that every text has; those of cue classes follow.
const BASE: &[&str] = &[
    "title_both",
    "title_same_sentence",
    "title_side_a",
    "title_side_b",
    "head_both",
    "head_same_sentence",
    "head_side_a",
    "head_side_b",
    "head_both_weak",
    "all_both",
    "weak_side_a",
    "weak_side_b",
    "home_and_title",
    "home_and_head",
    "home_and_all",
    "mentions_a",
    "mentions_b",
    "balance",
    "pair_words",
    "joint_sentences",
    "joint_share",
    "joint_early",
    "joint_paragraphs",
    "joint_weak",
    "joint_lean",
    "joint_thirds",
    "nearness",
    "between_commas",
    "between_thirds",
    "thirds_title",
    "thirds_head",
    "thirds_all",
    "thirds_share",
    "top_third",
    "third_leads",
    "partner_a",
    "partner_b",
    "partner_head",
    "list_run",
    "head_person",
    "head_organisation",
    "head_place",
    "head_capital",
    "head_project",
    "art",
    "name",
    "ours",
    "look_alikes",
    "digits",
    "results",
    "years_before_1991",
    "title_question",
    "title_colon",
    "length",
    "body",
    "ties_title",
    "ties_head",
    "ties_joint",
    "ties_lean",
    "against_title",
    "against_head",
    "against_joint",
    "both_and_tie",
    "both_no_tie",
    "home_and_tie",
];

/// Places in which the cues of a class are counted.
const CUE_PLACES: &[&str] = &["title", "head", "joint"];

/// The names of all features, in order.
pub(super) fn names(matcher: &Matcher) -> Vec<String> {
    let base = BASE.iter().map(|name| (*name).to_owned());
    let cues = matcher
        .cues
        .iter()
        .flat_map(|class| CUE_PLACES.iter().map(move |place| format!("cue_{place}.{}", class.id)));
    base.chain(cues).collect()
}

/// What shows the feature with this number.
pub(super) fn carrier(number: usize) -> Carrier {
    match number.checked_sub(BASE.len()) {
        Some(cue) => Carrier::Cue(cue / CUE_PLACES.len()),
        None => match BASE[number] {
            "thirds_title" | "thirds_head" | "thirds_all" | "digits" | "length" | "body"
            | "title_colon" | "title_question" | "look_alikes" => Carrier::None,
            _ => Carrier::Sides,
        },
    }
}

/// What both sides have to show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    #[default]
    None,
    Weak,
    Strong,
}

/// The features of one text, and what else the decision looks at.
#[derive(Debug)]
pub(super) struct Features {
    pub(super) values: Vec<f64>,
    /// How each side is shown by words.
    pub(super) sides: [Strength; 2],
    /// The third party that is mentioned most, with its count.
    pub(super) top_third: Option<(Party, usize)>,
    /// Countries in the longest list that holds a side.
    pub(super) list_run: usize,
    /// Sentences that name both sides.
    pub(super) n_joint: usize,
    /// Whether title or summary tell a tie, or speak of "our country".
    pub(super) points_home: bool,
}

/// Measures a text.
pub(super) fn of(matcher: &Matcher, reading: &Reading<'_>) -> Features {
    let mut sheet = Sheet { values: vec![0.0; BASE.len()] };
    let views: Vec<View> = reading.sentences.iter().map(|it| View::of(reading, it)).collect();
    let sides = [Side::A, Side::B].map(|side| strength(views.iter(), side));
    let thirds = count_thirds(reading);
    sides::sides_seen(&mut sheet, reading, &views, sides);
    sides::joint_sentences(&mut sheet, reading, &views);
    thirds::third_parties(&mut sheet, reading, &views, &thirds);
    let list_run = thirds::lists(&mut sheet, reading);
    wording::kinds(&mut sheet, reading);
    wording::letters(&mut sheet, reading);
    let has_both = has_both(reading, sides);
    wording::cues(&mut sheet, matcher, reading, &views, has_both);
    let top_third =
        thirds.into_iter().max_by_key(|(party, count)| (*count, std::cmp::Reverse(*party)));
    let n_joint = views.iter().filter(|view| view.is_joint()).count();
    let points_home = 0.0 < sheet.get("ties_head") + sheet.get("ours");
    Features { values: sheet.values, sides, top_third, list_run, n_joint, points_home }
}

/// Whether something speaks for each side, be it only the outlet's home.
pub(super) fn has_both(reading: &Reading<'_>, sides: [Strength; 2]) -> bool {
    [Side::A, Side::B]
        .into_iter()
        .all(|side| sides[side.index()] != Strength::None || reading.home == Some(side))
}

struct Sheet {
    values: Vec<f64>,
}

impl Sheet {
    fn set(&mut self, name: &str, value: f64) {
        let number = BASE.iter().position(|known| *known == name);
        debug_assert!(number.is_some(), "{name}");
        if let Some(number) = number {
            self.values[number] = value;
        }
    }

    fn flag(&mut self, name: &str, is_set: bool) {
        self.set(name, f64::from(u8::from(is_set)));
    }

    fn capped(&mut self, name: &str, count: usize, max: usize) {
        self.set(name, number(count.min(max)));
    }

    fn get(&self, name: &str) -> f64 {
        BASE.iter().position(|known| *known == name).map_or(0.0, |number| self.values[number])
    }
}

/// A sentence at a glance.
struct View {
    field: Field,
    paragraph: usize,
    sides: [Strength; 2],
    n_thirds: usize,
}

impl View {
    fn of(reading: &Reading<'_>, sentence: &Sentence) -> Self {
        let mentions = reading.mentions_of(sentence);
        let mut thirds: Vec<Party> =
            mentions.iter().map(|it| it.party).filter(|party| party.is_third()).collect();
        thirds.sort_unstable();
        thirds.dedup();
        Self {
            field: sentence.field,
            paragraph: sentence.paragraph,
            sides: [Side::A, Side::B].map(|side| mentioned(mentions, side)),
            n_thirds: thirds.len(),
        }
    }

    fn is_head(&self) -> bool {
        self.field != Field::Body
    }

    fn is_joint(&self) -> bool {
        self.sides == [Strength::Strong; 2]
    }

    fn is_joint_weakly(&self) -> bool {
        !self.sides.contains(&Strength::None)
    }
}

fn mentioned(mentions: &[Mention], side: Side) -> Strength {
    let own = mentions.iter().filter(|it| it.party.includes(side));
    own.map(|it| if it.kind.is_strong() { Strength::Strong } else { Strength::Weak })
        .max()
        .unwrap_or_default()
}

fn strength<'a>(views: impl Iterator<Item = &'a View>, side: Side) -> Strength {
    views.map(|view| view.sides[side.index()]).max().unwrap_or_default()
}

fn count_thirds(reading: &Reading<'_>) -> BTreeMap<Party, usize> {
    let mut thirds = BTreeMap::new();
    for mention in reading.mentions.iter().filter(|it| it.party.is_third()) {
        *thirds.entry(mention.party).or_default() += 1;
    }
    thirds
}

/// Counts here are small, so nothing is lost.
pub(super) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
