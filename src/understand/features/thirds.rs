//! Third parties: how many, how near, and whether the sides only stand in a list with them.

use std::collections::BTreeMap;

use super::{Sheet, View, number};
use crate::understand::context::Reading;
use crate::understand::lexicon::Kind;
use crate::understand::mentions::{Mention, Party};

/// How often each third party is named.
pub(super) fn count(reading: &Reading<'_>) -> BTreeMap<Party, usize> {
    let mut thirds = BTreeMap::new();
    for mention in reading.mentions.iter().filter(|it| it.party.is_third()) {
        *thirds.entry(mention.party).or_default() += 1;
    }
    thirds
}

/// The third party that is named most.
pub(super) fn top(thirds: &BTreeMap<Party, usize>) -> Option<(Party, usize)> {
    let most = thirds.iter().max_by_key(|(party, count)| (**count, std::cmp::Reverse(**party)));
    most.map(|(party, count)| (*party, *count))
}

/// How much the text is about others; `own` counts the sides' mentions.
pub(super) fn parties(sheet: &mut Sheet, reading: &Reading<'_>, own: [usize; 2]) {
    let thirds = count(reading);
    let n_thirds: usize = thirds.values().sum();
    sheet.share(format_args!("thirds.share"), n_thirds, n_thirds + own[0] + own[1], 0.0);
    let top = top(&thirds).map_or(0, |(_, count)| count);
    sheet.capped(format_args!("thirds.top"), top, 20);
    let fewer = own[0].min(own[1]);
    sheet.put(format_args!("thirds.top_to_sides"), (number(top) / number(fewer + 1)).min(10.0));
    let home = reading.home_third;
    sheet.flag(format_args!("thirds.has_home"), home.is_some());
    let at_home = |mention: &Mention| home.map(Party::Third) == Some(mention.party);
    let head = reading.sentences.iter().filter(|it| it.is_head());
    let in_head = head.flat_map(|it| reading.mentions_of(it)).filter(|it| at_home(it)).count();
    sheet.capped(format_args!("thirds.home_head"), in_head, 3);
    let anywhere = reading.mentions.iter().filter(|it| at_home(it)).count();
    sheet.capped(format_args!("thirds.home"), anywhere, 6);
}

/// Mentions of the same side in a row that are passed over in search of the partner.
const PARTNERS_LOOKED_AT: usize = 16;

/// How often the party named next to a side is the other side, not a third one.
pub(super) fn partners(sheet: &mut Sheet, reading: &Reading<'_>, views: &[View]) {
    let mut good = [[0_usize; 2]; 2];
    let mut all = [[0_usize; 2]; 2];
    let mut note = |side: usize, is_head: bool, is_good: bool| {
        for place in [0, usize::from(is_head)] {
            good[place][side] += usize::from(is_good);
            all[place][side] += 1;
            if !is_head {
                break;
            }
        }
    };
    for (sentence, view) in reading.sentences.iter().zip(views) {
        let mentions = reading.mentions_of(sentence);
        for (index, mention) in mentions.iter().enumerate() {
            let side = match mention.party {
                Party::One(side) => side,
                Party::Both => {
                    note(0, view.is_head(), true);
                    note(1, view.is_head(), true);
                    continue;
                }
                _ => continue,
            };
            let other = |it: &&Mention| it.party != mention.party && it.party != Party::Nobody;
            let before = mentions[..index].iter().rev().take(PARTNERS_LOOKED_AT).find(other);
            let after = mentions[index + 1..].iter().take(PARTNERS_LOOKED_AT).find(other);
            let distance = |it: &&Mention| it.start.abs_diff(mention.start);
            if let Some(nearest) = before.into_iter().chain(after).min_by_key(distance) {
                note(side.index(), view.is_head(), !nearest.party.is_third());
            }
        }
    }
    for (place, name) in ["all", "head"].into_iter().enumerate() {
        sheet.share(format_args!("partner.a.{name}"), good[place][0], all[place][0], 0.5);
        sheet.share(format_args!("partner.b.{name}"), good[place][1], all[place][1], 0.5);
    }
}

/// Names in a list stand at most so far apart.
const LIST_GAP_LETTERS: usize = 9;

/// The longest run of country names; returns the longest one that holds a side.
pub(super) fn lists(sheet: &mut Sheet, reading: &Reading<'_>) -> usize {
    let (mut longest, mut with_side) = (0_usize, 0_usize);
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
            let is_near = gap.is_some_and(|gap| {
                gap.chars().take(LIST_GAP_LETTERS + 1).count() <= LIST_GAP_LETTERS
            });
            if !is_near {
                (run, has_side) = (0, false);
            }
            run += 1;
            has_side |= !mention.party.is_third();
            last_end = Some(mention.end);
            longest = longest.max(run);
            if has_side {
                with_side = with_side.max(run);
            }
        }
    }
    sheet.capped(format_args!("list.run"), longest, 12);
    sheet.capped(format_args!("list.run_with_side"), if with_side < 3 { 0 } else { with_side }, 12);
    with_side
}
