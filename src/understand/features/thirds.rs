//! Third parties: how many, how near, and whether the sides only stand in a list with them.

use std::collections::BTreeMap;

use super::{Sheet, View, number};
use crate::model::Field;
use crate::understand::context::Reading;
use crate::understand::lexicon::Kind;
use crate::understand::mentions::{Mention, Party, Side};

pub(super) fn third_parties(
    sheet: &mut Sheet,
    reading: &Reading<'_>,
    views: &[View],
    thirds: &BTreeMap<Party, usize>,
) {
    let in_zone = |is_in: &dyn Fn(Field) -> bool| {
        let sentences = reading.sentences.iter().filter(|it| is_in(it.field));
        let mut parties: Vec<Party> = sentences
            .flat_map(|it| reading.mentions_of(it))
            .map(|it| it.party)
            .filter(|party| party.is_third())
            .collect();
        parties.sort_unstable();
        parties.dedup();
        parties.len()
    };
    sheet.capped("thirds_title", in_zone(&|field| field == Field::Title), 4);
    sheet.capped("thirds_head", in_zone(&|field| field != Field::Body), 5);
    sheet.set("thirds_all", number(thirds.len().min(20)).ln_1p());
    let n_thirds: usize = thirds.values().sum();
    let own = |side| reading.mentions.iter().filter(|it| it.party.includes(side)).count();
    let (a, b) = (own(Side::A), own(Side::B));
    let all = n_thirds + a + b;
    sheet.set("thirds_share", if all == 0 { 0.0 } else { number(n_thirds) / number(all) });
    let top = thirds.values().max().copied().unwrap_or(0);
    sheet.set("top_third", (number(top) / number(a.min(b) + 1)).min(4.0));
    sheet.flag("third_leads", a.min(b) < top);
    partners(sheet, reading, views);
}

/// How often the party named next to a side is the other side, not a third one.
fn partners(sheet: &mut Sheet, reading: &Reading<'_>, views: &[View]) {
    let mut good = [0; 2];
    let mut all = [0; 2];
    let mut head = [0; 2];
    for (sentence, view) in reading.sentences.iter().zip(views) {
        let mentions = reading.mentions_of(sentence);
        for (index, mention) in mentions.iter().enumerate() {
            let Party::One(side) = mention.party else { continue };
            let other = |it: &&Mention| it.party != mention.party && it.party != Party::Nobody;
            let before = mentions[..index].iter().rev().take(PARTNERS_LOOKED_AT).find(other);
            let after = mentions[index + 1..].iter().take(PARTNERS_LOOKED_AT).find(other);
            let distance = |it: &&Mention| it.start.abs_diff(mention.start);
            let Some(nearest) = before.into_iter().chain(after).min_by_key(distance) else {
                continue;
            };
            let is_good = usize::from(!nearest.party.is_third());
            good[side.index()] += is_good;
            all[side.index()] += 1;
            if view.is_head() {
                head[0] += is_good;
                head[1] += 1;
            }
        }
    }
    let share = |good: usize, all: usize| if all == 0 { 0.5 } else { number(good) / number(all) };
    sheet.set("partner_a", share(good[0], all[0]));
    sheet.set("partner_b", share(good[1], all[1]));
    sheet.set("partner_head", share(head[0], head[1]));
}

/// Mentions of the same side in a row that are passed over in search of the partner.
const PARTNERS_LOOKED_AT: usize = 16;

/// Names in a list stand at most so far apart.
const LIST_GAP_LETTERS: usize = 9;

pub(super) fn lists(sheet: &mut Sheet, reading: &Reading<'_>) -> usize {
    let mut longest = 0_usize;
    for sentence in &reading.sentences {
        let Some(zone) = reading.zone(sentence.field) else { continue };
        let text = zone.folded.as_str();
        let (mut run, mut has_side) = (0_usize, false);
        let mut last_end: Option<usize> = None;
        let names = reading.mentions_of(sentence).iter().filter(|it| {
            matches!(it.kind, Kind::Country | Kind::Capital) && it.party != Party::Nobody
        });
        for mention in names {
            let gap = last_end.map(|end| &text[end..mention.start.max(end)]);
            let is_near = gap.is_some_and(|gap| gap.chars().count() <= LIST_GAP_LETTERS);
            if !is_near {
                (run, has_side) = (0, false);
            }
            run += 1;
            has_side |= !mention.party.is_third();
            last_end = Some(mention.end);
            if has_side {
                longest = longest.max(run);
            }
        }
    }
    sheet.capped("list_run", longest.saturating_sub(2), 5);
    longest
}
