//! Says why, in the article's own words.
//!
//! Invariant: the weights of the evidence sum to the score, and each piece of evidence is a
//! slice of the field it names.

use std::collections::BTreeSet;

use super::context::Reading;
use super::features::{Carrier, Features, Layout, Strength, has_both};
use super::lexicon::Kind;
use super::mentions::{CueHit, Matcher, Mention, Party, Side};
use super::score::{Scored, relies_on_home, shows_both};
use super::topic::Topic;
use crate::model::{Country, Evidence, EvidenceKind, Field, Verdict};

/// Reasons kept for a text.
const EVIDENCE_MAX: usize = 40;

/// Mentions shown of the side that the decision hangs on, and of the other one: without all
/// that speaks for the first the text would not be flagged.
const MENTIONS_MAX: usize = 28;
const MENTIONS_OF_OTHER_MAX: usize = 3;

/// A list of so many countries is a list, not a statement.
const LIST_COUNTRIES: usize = 5;

/// A text with all that was seen in it.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) matcher: &'a Matcher,
    pub(super) topic: &'a Topic,
    pub(super) layout: &'a Layout,
    pub(super) reading: &'a Reading<'a>,
    pub(super) features: &'a Features,
}

/// The reasons for a score, strongest first.
pub(super) fn evidence(shown: &Shown<'_>, scored: &Scored) -> Vec<Evidence> {
    let Shown { matcher, layout, reading, .. } = *shown;
    let (mut of_sides, mut of_cues) = (0.0, vec![0.0; matcher.cues.len()]);
    for (carrier, contribution) in layout.carriers.iter().zip(&scored.contributions) {
        match carrier {
            Carrier::Sides => of_sides += contribution.max(0.0),
            Carrier::Cue(class) => of_cues[*class] += contribution,
        }
    }
    let mut reasons = Vec::new();
    let hangs_on = hangs_on(reading);
    for side in [Side::A, Side::B] {
        let max = if side == hangs_on { MENTIONS_MAX } else { MENTIONS_OF_OTHER_MAX };
        let weight = of_sides.max(f64::EPSILON) / 2.0;
        add_side(shown, (side, max), weight, &mut reasons);
    }
    for (class, weight) in of_cues.into_iter().enumerate() {
        if 0.0 < weight {
            reasons.extend(best_cue(reading, class).map(|hit| cue_evidence(reading, hit, weight)));
        }
    }
    let mut reasons: Vec<Evidence> = reasons.into_iter().flatten().collect();
    reasons.sort_by(|one, other| {
        let place = |it: &Evidence| (it.field, it.start, it.side);
        other.weight.total_cmp(&one.weight).then_with(|| place(one).cmp(&place(other)))
    });
    reasons.truncate(EVIDENCE_MAX);
    let total: f64 = reasons.iter().map(|reason| reason.weight).sum();
    for reason in &mut reasons {
        reason.weight *= scored.score.value() / total;
    }
    reasons
}

/// The side that is named less often and that no home speaks for: the decision hangs on it.
fn hangs_on(reading: &Reading<'_>) -> Side {
    match reading.home {
        Some(Side::A) => Side::B,
        Some(Side::B) => Side::A,
        None => rarer(reading),
    }
}

fn add_side(
    shown: &Shown<'_>,
    (side, mentions_max): (Side, usize),
    weight: f64,
    reasons: &mut Vec<Option<Evidence>>,
) {
    let Shown { topic, reading, features, .. } = *shown;
    let country = topic.sides[side.index()];
    let best = best_mentions(reading, side, mentions_max);
    if best.is_empty() || features.sides[side.index()] != Strength::Strong {
        let is_home = reading.home == Some(side);
        reasons.push(is_home.then(|| home_evidence(country, weight)));
    }
    // The second best counts half as much as the best, the third a third, and so on.
    let shares = || (1_u8..=u8::MAX).map(|rank| f64::from(rank).recip());
    let all: f64 = shares().take(best.len()).sum();
    for ((field, mention), share) in best.into_iter().zip(shares()) {
        let kind = EvidenceKind::Mention;
        let place = (mention.start, mention.end);
        let side = (mention.party != Party::Both).then_some(country);
        reasons.push(slice(reading, field, place, kind, side, weight * share / all));
    }
}

/// The mentions that show a side best: strong ones first, new names before repeated ones,
/// title before body.
fn best_mentions(reading: &Reading<'_>, side: Side, max: usize) -> Vec<(Field, Mention)> {
    let mut seen = BTreeSet::new();
    let mut found: Vec<(bool, bool, Field, Mention)> = Vec::new();
    for sentence in &reading.sentences {
        for mention in reading.mentions_of(sentence) {
            if mention.party.includes(side) {
                let is_repeated = !seen.insert(mention.concept);
                found.push((!mention.kind.is_strong(), is_repeated, sentence.field, *mention));
            }
        }
    }
    found.sort_by_key(|(is_weak, is_repeated, ..)| (*is_weak, *is_repeated));
    found.truncate(max);
    found.into_iter().map(|(_, _, field, mention)| (field, mention)).collect()
}

/// The first cue of a class beside both sides, else the first at all.
fn best_cue(reading: &Reading<'_>, class: usize) -> Option<(Field, CueHit)> {
    let hits = || {
        reading.sentences.iter().flat_map(move |sentence| {
            let cues = reading.cues_of(sentence).iter().filter(move |cue| cue.class == class);
            cues.map(move |cue| (sentence, *cue))
        })
    };
    let names =
        |side| move |mention: &Mention| mention.party.includes(side) && mention.kind != Kind::Mask;
    let joint = hits().find(|(sentence, _)| {
        let mentions = reading.mentions_of(sentence);
        mentions.iter().any(names(Side::A)) && mentions.iter().any(names(Side::B))
    });
    joint.or_else(|| hits().next()).map(|(sentence, cue)| (sentence.field, cue))
}

fn cue_evidence(
    reading: &Reading<'_>,
    (field, cue): (Field, CueHit),
    weight: f64,
) -> Option<Evidence> {
    slice(reading, field, (cue.start, cue.end), EvidenceKind::Cue, None, weight)
}

/// The outlet's home stands nowhere in the text: an empty slice at the start of the title.
fn home_evidence(country: Country, weight: f64) -> Evidence {
    Evidence {
        kind: EvidenceKind::Home,
        side: Some(country),
        text: String::new(),
        field: Field::Title,
        start: 0,
        end: 0,
        weight,
    }
}

fn slice(
    reading: &Reading<'_>,
    field: Field,
    (start, end): (usize, usize),
    kind: EvidenceKind,
    side: Option<Country>,
    weight: f64,
) -> Option<Evidence> {
    let zone = reading.zone(field)?;
    let place = zone.folded.source(start..end);
    let text = zone.source.get(place.clone())?.to_owned();
    Some(Evidence { kind, side, text, field, start: place.start, end: place.end, weight })
}

/// Why a text that shows something of both sides is not flagged.
pub(super) fn why_not(shown: &Shown<'_>, scored: &Scored) -> Option<String> {
    let Shown { matcher, topic, reading, features, .. } = *shown;
    if scored.verdict == Verdict::Match || !has_both(reading, features.sides) {
        return None;
    }
    if !shows_both(reading, features) {
        return Some(weak_side(matcher, topic, reading, features));
    }
    if LIST_COUNTRIES <= features.list_run {
        return Some(format!("both countries stand in a list of {} countries", features.list_run));
    }
    if relies_on_home(reading, features) {
        let home = reading.home.map(|home| matcher.name(topic.sides[home.index()]));
        let home = home.unwrap_or_default();
        return Some(format!(
            "only the outlet's home speaks for {home}, and too little tells of a tie"
        ));
    }
    if let Some(class) = strongest_against(shown, scored) {
        return Some(format!("both are named, but the words tell of {class}"));
    }
    if let Some((Party::Third(third), count)) = features.top_third
        && count_of(reading, Side::A).min(count_of(reading, Side::B)) < count
    {
        let third = matcher.name(third);
        let rarer = matcher.name(topic.sides[rarer(reading).index()]);
        return Some(format!("the tie is with {third}; {rarer} is only mentioned"));
    }
    Some(match features.n_joint {
        0 => "both countries are named, but never in one sentence".to_owned(),
        _ => "both countries are named, but too little tells of a tie between them".to_owned(),
    })
}

fn weak_side(
    matcher: &Matcher,
    topic: &Topic,
    reading: &Reading<'_>,
    features: &Features,
) -> String {
    let is_weak = |side: &Side| features.sides[side.index()] != Strength::Strong;
    // A weak mention at home is enough, so the side away from home is the one in doubt.
    let away = [Side::A, Side::B].into_iter().find(|it| is_weak(it) && reading.home != Some(*it));
    let side = away.or(reading.home).unwrap_or(Side::A);
    let country = matcher.name(topic.sides[side.index()]);
    let words = reading.mentions.iter().find(|it| it.party.includes(side));
    match words.map(|it| it.kind) {
        Some(Kind::Art) => format!("only a brand, an art or a dish speaks for {country}"),
        Some(_) => format!("only a name that others bear too speaks for {country}"),
        None if reading.home == Some(side) => {
            format!("only the outlet's home speaks for {country}, and no word tells of a tie")
        }
        None => format!("nothing in the text speaks for {country}"),
    }
}

/// A contribution that lowers a score much.
const MUCH: f64 = -0.5;

/// The class of cues that lowered the score most, if any lowered it much.
fn strongest_against<'a>(shown: &Shown<'a>, scored: &Scored) -> Option<&'a str> {
    let matcher = shown.matcher;
    let mut sums = vec![0.0; matcher.cues.len()];
    for (carrier, contribution) in shown.layout.carriers.iter().zip(&scored.contributions) {
        if let Carrier::Cue(class) = carrier {
            sums[*class] += contribution;
        }
    }
    let (class, sum) = sums.into_iter().enumerate().min_by(|(_, a), (_, b)| a.total_cmp(b))?;
    (sum < MUCH).then(|| matcher.cues[class].id.as_str())
}

fn count_of(reading: &Reading<'_>, side: Side) -> usize {
    reading.mentions.iter().filter(|it| it.party.includes(side)).count()
}

fn rarer(reading: &Reading<'_>) -> Side {
    let (a, b) = (count_of(reading, Side::A), count_of(reading, Side::B));
    if a < b { Side::A } else { Side::B }
}
