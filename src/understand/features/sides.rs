//! Where the two sides are seen, and how near to each other.

use std::collections::BTreeMap;

use super::{Sheet, Strength, View, number, strength};
use crate::model::Field;
use crate::understand::context::Reading;
use crate::understand::mentions::{Mention, Party, Side};
use crate::understand::words::Script;

pub(super) fn sides_seen(
    sheet: &mut Sheet,
    reading: &Reading<'_>,
    views: &[View],
    all: [Strength; 2],
) {
    let title = || views.iter().filter(|view| view.field == Field::Title);
    let head = || views.iter().filter(|view| view.is_head());
    let both = [Side::A, Side::B];
    let in_title = both.map(|side| strength(title(), side));
    let in_head = both.map(|side| strength(head(), side));
    let strong = [Strength::Strong; 2];
    sheet.flag("title_both", in_title == strong);
    sheet.flag("title_same_sentence", title().any(View::is_joint));
    sheet.flag("title_side_a", in_title[0] == Strength::Strong);
    sheet.flag("title_side_b", in_title[1] == Strength::Strong);
    sheet.flag("head_both", in_head == strong);
    sheet.flag("head_same_sentence", head().any(View::is_joint));
    sheet.flag("head_side_a", in_head[0] == Strength::Strong);
    sheet.flag("head_side_b", in_head[1] == Strength::Strong);
    sheet.flag("head_both_weak", !in_head.contains(&Strength::None) && in_head != strong);
    sheet.flag("all_both", all == strong);
    sheet.flag("weak_side_a", all[0] == Strength::Weak);
    sheet.flag("weak_side_b", all[1] == Strength::Weak);
    if let Some(home) = reading.home {
        let other = 1 - home.index();
        let is_silent = all[home.index()] != Strength::Strong;
        sheet.flag("home_and_title", is_silent && in_title[other] == Strength::Strong);
        sheet.flag("home_and_head", is_silent && in_head[other] == Strength::Strong);
        sheet.flag("home_and_all", is_silent && all[other] == Strength::Strong);
    }
    let counts = both.map(|side| {
        let own = reading.mentions.iter().filter(|it| it.party.includes(side));
        own.filter(|it| it.kind.is_strong()).count()
    });
    sheet.set("mentions_a", number(counts[0].min(12)).ln_1p());
    sheet.set("mentions_b", number(counts[1].min(12)).ln_1p());
    let (less, more) = (counts[0].min(counts[1]), counts[0].max(counts[1]));
    sheet.set("balance", if more == 0 { 0.0 } else { number(less) / number(more) });
    let pairs = reading.mentions.iter().filter(|it| it.party == Party::Both).count();
    sheet.capped("pair_words", pairs, 2);
}

pub(super) fn joint_sentences(sheet: &mut Sheet, reading: &Reading<'_>, views: &[View]) {
    let joint: Vec<usize> = (0..views.len()).filter(|index| views[*index].is_joint()).collect();
    sheet.set("joint_sentences", number(joint.len().min(10)).ln_1p());
    sheet.set("joint_share", number(joint.len()) / number(views.len().max(1)));
    sheet.set("joint_early", joint.first().map_or(0.0, |first| 1.0 / (1.0 + number(*first))));
    let weak = views.iter().filter(|view| view.is_joint_weakly() && !view.is_joint()).count();
    sheet.set("joint_weak", number(weak.min(5)).ln_1p());
    sheet.flag("joint_lean", joint.iter().any(|index| views[*index].n_thirds == 0));
    let leanest = joint.iter().map(|index| views[*index].n_thirds).min().unwrap_or(0);
    sheet.capped("joint_thirds", leanest, 4);
    joint_paragraphs(sheet, views);
    let pairs = joint.iter().filter_map(|index| nearest_pair(reading, *index));
    if let Some(pair) = pairs.min_by(|one, other| one.cost().total_cmp(&other.cost())) {
        sheet.set("nearness", 1.0 / (1.0 + pair.letters / 30.0));
        sheet.capped("between_commas", pair.n_commas, 3);
        sheet.capped("between_thirds", pair.n_thirds, 3);
    }
}

fn joint_paragraphs(sheet: &mut Sheet, views: &[View]) {
    let mut paragraphs: BTreeMap<(Field, usize), [Strength; 2]> = BTreeMap::new();
    for view in views {
        let sides = paragraphs.entry((view.field, view.paragraph)).or_default();
        for (side, seen) in sides.iter_mut().zip(view.sides) {
            *side = (*side).max(seen);
        }
    }
    let joint = paragraphs.values().filter(|sides| **sides == [Strength::Strong; 2]).count();
    sheet.set("joint_paragraphs", number(joint) / number(paragraphs.len().max(1)));
}

/// The nearest mentions of two sides in one sentence.
struct Pair {
    letters: f64,
    n_commas: usize,
    n_thirds: usize,
}

impl Pair {
    fn cost(&self) -> f64 {
        self.letters + 20.0 * number(self.n_commas) + 40.0 * number(self.n_thirds)
    }
}

/// One ideograph says as much as two or three letters.
const LETTERS_OF_IDEOGRAPH: f64 = 2.5;

fn nearest_pair(reading: &Reading<'_>, index: usize) -> Option<Pair> {
    let sentence = &reading.sentences[index];
    let text = reading.zone(sentence.field)?.folded.as_str();
    let mentions = reading.mentions_of(sentence);
    if mentions.iter().any(|it| it.party == Party::Both) {
        return Some(Pair { letters: 0.0, n_commas: 0, n_thirds: 0 });
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
        if !mention.kind.is_strong() {
            continue;
        }
        let other = 1 - side.index();
        if let Some(before) = last[other] {
            let between = &text[before.end..mention.start.max(before.end)];
            let letters = between
                .chars()
                .map(|c| if Script::of(c).has_edges() { 1.0 } else { LETTERS_OF_IDEOGRAPH })
                .sum();
            let n_commas = between.chars().filter(|c| is_comma(*c)).count();
            let pair = Pair { letters, n_commas, n_thirds: n_thirds[other] };
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

fn is_comma(letter: char) -> bool {
    matches!(letter, ',' | ';' | '、' | '،' | '・')
}
