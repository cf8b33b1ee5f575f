//! What is seen in a text, as numbers with names: what the score is made of.
//!
//! Nothing here knows the countries' names: there is side A, side B, and third parties.
//!
//! Invariant: every text has the same features in the same order.

mod cues;
mod joint;
mod sheet;
mod sides;
mod thirds;
mod wording;

use self::sheet::Sheet;
pub(super) use self::sheet::number;
use super::context::{Reading, Sentence};
use super::lexicon::Kind;
use super::mentions::{Matcher, Mention, Party, Side};
use crate::model::Field;

/// What a feature's contribution is shown by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// The mentions of both sides.
    Sides,
    /// The cues of a class.
    Cue(usize),
}

/// The features' names and what shows them, in order.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) names: Vec<String>,
    pub(super) carriers: Vec<Carrier>,
}

impl Layout {
    /// The layout for a lexicon: some features there are for every class of cues.
    pub(super) fn new(matcher: &Matcher) -> Self {
        let mut sheet = Sheet::naming();
        measure(&mut sheet, matcher, &Reading::default(), &[], [Strength::None; 2]);
        let names = sheet.into_names();
        let carriers = names.iter().map(|name| carrier(matcher, name)).collect();
        Self { names, carriers }
    }
}

fn carrier(matcher: &Matcher, name: &str) -> Carrier {
    let mut parts = name.split('.');
    let class = (parts.next() == Some("cue")).then(|| parts.next()).flatten();
    let number = class.and_then(|class| matcher.cues.iter().position(|it| it.id == class));
    number.map_or(Carrier::Sides, Carrier::Cue)
}

/// How well a side is shown.
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
    pub(super) values: Vec<f32>,
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
pub(super) fn of(matcher: &Matcher, layout: &Layout, reading: &Reading<'_>) -> Features {
    let views: Vec<View> = reading.sentences.iter().map(|it| View::of(reading, it)).collect();
    let sides = [Side::A, Side::B].map(|side| match strength(views.iter(), side) {
        Strength::Weak if is_backed(matcher, reading, side) => Strength::Strong,
        strength => strength,
    });
    let mut sheet = Sheet::with_room(layout.names.len());
    let seen = measure(&mut sheet, matcher, reading, &views, sides);
    Features {
        values: sheet.into_values(),
        sides,
        top_third: thirds::top(&thirds::count(reading)),
        list_run: seen.list_run,
        n_joint: views.iter().filter(|view| view.is_joint()).count(),
        points_home: seen.points_home,
    }
}

/// Whether names that others bear too show a side after all: there are two of them, or one
/// stands in a sentence with an office, a dealing of states, or the other side itself.
fn is_backed(matcher: &Matcher, reading: &Reading<'_>, side: Side) -> bool {
    let is_name = |it: &Mention| it.kind == Kind::Name && it.party.includes(side);
    let is_other = |it: &Mention| {
        it.kind.is_strong() && matches!(it.party, Party::One(other) if other != side)
    };
    let mut names = reading.mentions.iter().filter(|it| is_name(it)).map(|it| it.concept);
    let first = names.next();
    first.is_some_and(|first| names.any(|other| other != first))
        || reading.sentences.iter().any(|sentence| {
            let is_backing = |class: usize| BACKING_CUES.contains(&matcher.cues[class].id.as_str());
            let mentions = reading.mentions_of(sentence);
            let cues = reading.cues_of(sentence);
            mentions.iter().any(is_name)
                && (mentions.iter().any(is_other) || cues.iter().any(|cue| is_backing(cue.class)))
        })
}

/// Classes of words that tell a dealing of states.
const BACKING_CUES: &[&str] = &["office", "embassy", "meeting", "message", "visit"];

struct Seen {
    list_run: usize,
    points_home: bool,
}

fn measure(
    sheet: &mut Sheet,
    matcher: &Matcher,
    reading: &Reading<'_>,
    views: &[View],
    sides: [Strength; 2],
) -> Seen {
    sides::zones(sheet, reading, views);
    let own = sides::counts(sheet, reading);
    sides::kinds(sheet, reading);
    sides::quoted(sheet, reading);
    let pair = joint::sentences(sheet, reading, views);
    thirds::parties(sheet, reading, own);
    thirds::partners(sheet, reading, views);
    let list_run = thirds::lists(sheet, reading);
    let n_ours = wording::letters(sheet, reading);
    let points = if has_both(reading, sides) {
        cues::counts(sheet, matcher, reading, views, pair)
    } else {
        cues::counts(sheet, matcher, &Reading::default(), &[], None)
    };
    Seen { list_run, points_home: 0 < n_ours || points }
}

/// Whether something speaks for each side, be it only the outlet's home.
pub(super) fn has_both(reading: &Reading<'_>, sides: [Strength; 2]) -> bool {
    [Side::A, Side::B]
        .into_iter()
        .all(|side| sides[side.index()] != Strength::None || reading.home == Some(side))
}

type IsIn = fn(Field) -> bool;

/// Parts of a text that are looked at separately.
const ZONES: &[(&str, IsIn)] = &[
    ("title", |field| field == Field::Title),
    ("summary", |field| field == Field::Summary),
    ("head", |field| field != Field::Body),
    ("body", |field| field == Field::Body),
    ("all", |_| true),
];

/// A sentence at a glance.
struct View {
    field: Field,
    paragraph: usize,
    sides: [Strength; 2],
    /// The third parties in it, each once.
    thirds: Vec<Party>,
}

impl View {
    fn of(reading: &Reading<'_>, sentence: &Sentence) -> Self {
        let mentions = reading.mentions_of(sentence);
        Self {
            field: sentence.field,
            paragraph: sentence.paragraph,
            sides: [Side::A, Side::B].map(|side| mentioned(mentions, side)),
            thirds: distinct(mentions.iter().map(|it| it.party).filter(|it| it.is_third())),
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

fn distinct(parties: impl Iterator<Item = Party>) -> Vec<Party> {
    let mut parties: Vec<Party> = parties.collect();
    parties.sort_unstable();
    parties.dedup();
    parties
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
