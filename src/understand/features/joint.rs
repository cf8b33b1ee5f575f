//! Sentences and paragraphs that name both sides, and how near the sides stand.

use std::collections::BTreeMap;

use super::{Sheet, Strength, View, number};
use crate::model::Field;
use crate::understand::context::Reading;
use crate::understand::mentions::{Mention, Party};
use crate::understand::words::Script;

/// What is far or absent.
const FAR: usize = 30;
const NO_PAIR: f32 = 99.0;
const NONE_BETWEEN: usize = 9;

/// The nearest mentions of two sides in one sentence.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    /// The sentence's number.
    pub(super) sentence: usize,
    /// What stands between them, in bytes of the folded text.
    pub(super) start: usize,
    pub(super) end: usize,
    letters: f32,
    n_commas: usize,
    n_breaks: usize,
    n_thirds: usize,
}

impl Pair {
    fn cost(&self) -> f32 {
        self.letters + 20.0 * number(self.n_commas) + 40.0 * number(self.n_thirds)
    }
}

/// What the sentences with both sides look like; returns the nearest pair.
pub(super) fn sentences(sheet: &mut Sheet, reading: &Reading<'_>, views: &[View]) -> Option<Pair> {
    let joint: Vec<usize> = (0..views.len()).filter(|index| views[*index].is_joint()).collect();
    let weakly: Vec<usize> =
        (0..views.len()).filter(|index| views[*index].is_joint_weakly()).collect();
    sheet.capped(format_args!("joint.sentences"), joint.len(), 15);
    sheet.share(format_args!("joint.share"), joint.len(), views.len(), 0.0);
    sheet.capped(format_args!("joint.weakly"), weakly.len(), 15);
    sheet.capped(format_args!("joint.first"), joint.first().map_or(FAR, |it| *it), FAR);
    sheet.capped(format_args!("joint.first_weakly"), weakly.first().map_or(FAR, |it| *it), FAR);
    let from_end = joint.last().map_or(FAR, |it| views.len() - 1 - it);
    sheet.capped(format_args!("joint.last"), from_end, FAR);
    paragraphs(sheet, views);
    for (number, name) in ["a", "b"].into_iter().enumerate() {
        let own = views.iter().filter(|it| it.sides[number] == Strength::Strong).count();
        sheet.share(format_args!("sentences.{name}"), own, views.len(), 0.0);
    }
    let third = views.iter().filter(|it| !it.thirds.is_empty()).count();
    sheet.share(format_args!("sentences.thirds"), third, views.len(), 0.0);
    let leanest = joint.iter().map(|index| views[*index].thirds.len()).min();
    sheet.capped(format_args!("joint.thirds"), leanest.unwrap_or(10), 10);
    let pairs = weakly.iter().filter_map(|index| nearest_pair(reading, *index));
    let pair = pairs.min_by(|one, other| one.cost().total_cmp(&other.cost()));
    let letters = pair.map_or(NO_PAIR, |pair| (pair.letters / 6.0).min(NO_PAIR - 1.0));
    sheet.put(format_args!("pair.distance"), letters);
    let thirds = pair.map_or(NONE_BETWEEN, |pair| pair.n_thirds);
    sheet.capped(format_args!("pair.thirds"), thirds, NONE_BETWEEN);
    let commas = pair.map_or(NONE_BETWEEN, |pair| pair.n_commas);
    sheet.capped(format_args!("pair.commas"), commas, NONE_BETWEEN);
    let breaks = pair.map_or(NONE_BETWEEN, |pair| pair.n_breaks);
    sheet.capped(format_args!("pair.breaks"), breaks, NONE_BETWEEN);
    pair
}

fn paragraphs(sheet: &mut Sheet, views: &[View]) {
    let mut paragraphs: BTreeMap<(Field, usize), [Strength; 2]> = BTreeMap::new();
    for view in views {
        let sides = paragraphs.entry((view.field, view.paragraph)).or_default();
        for (side, seen) in sides.iter_mut().zip(view.sides) {
            *side = (*side).max(seen);
        }
    }
    let joint = paragraphs.values().filter(|sides| **sides == [Strength::Strong; 2]).count();
    sheet.capped(format_args!("joint.paragraphs"), joint, 10);
    sheet.share(format_args!("joint.paragraphs_share"), joint, paragraphs.len(), 0.0);
}

fn nearest_pair(reading: &Reading<'_>, index: usize) -> Option<Pair> {
    let sentence = &reading.sentences[index];
    let text = reading.zone(sentence.field)?.folded.as_str();
    let mentions = reading.mentions_of(sentence);
    if let Some(both) = mentions.iter().find(|it| it.party == Party::Both) {
        let (start, end) = (both.start, both.start);
        let (letters, n_commas, n_breaks, n_thirds) = (0.0, 0, 0, 0);
        return Some(Pair { sentence: index, start, end, letters, n_commas, n_breaks, n_thirds });
    }
    // Only the last mention of each side can be the nearest to the next one: one pass.
    let mut last: [Option<&Mention>; 2] = [None, None];
    let mut n_thirds = [0_usize; 2];
    let mut best: Option<Pair> = None;
    for mention in mentions {
        if mention.party.is_third() {
            n_thirds = n_thirds.map(|count| count + 1);
        }
        let Party::One(side) = mention.party else { continue };
        let other = 1 - side.index();
        if let Some(before) = last[other] {
            let (start, end) = (before.end, mention.start.max(before.end));
            let between = &text[start..end];
            let letters = between.chars().map(weight_of).sum();
            let n_commas = between.chars().filter(|c| is_comma(*c)).count();
            let n_breaks = between.chars().filter(|c| is_break(*c)).count();
            let n_thirds = n_thirds[other];
            let sentence = index;
            let pair = Pair { sentence, start, end, letters, n_commas, n_breaks, n_thirds };
            if best.as_ref().is_none_or(|best| pair.cost() < best.cost()) {
                best = Some(pair);
            }
            last[other] = None;
        }
        last[side.index()] = Some(mention);
        n_thirds[side.index()] = 0;
    }
    best
}

/// One ideograph says as much as two or three letters.
pub(super) fn weight_of(letter: char) -> f32 {
    if Script::of(letter).has_edges() { 1.0 } else { 2.5 }
}

pub(super) fn is_comma(letter: char) -> bool {
    matches!(letter, ',' | ';' | '、' | '،' | '・')
}

/// Marks that part a line into statements of their own.
fn is_break(letter: char) -> bool {
    matches!(letter, ';' | ':' | '|' | '/' | '+' | '•' | '▪' | '。' | '；' | '：')
}
