//! Where the two sides are seen, and by what.

use super::{Sheet, Strength, View, ZONES, distinct, number, strength};
use crate::understand::context::Reading;
use crate::understand::lexicon::Kind;
use crate::understand::mentions::{Mention, Party, Side};

/// The sides' names in features.
const SIDES: [(&str, Side); 2] = [("a", Side::A), ("b", Side::B)];

/// For each part of the text: which sides are there, and how many third parties.
pub(super) fn zones(sheet: &mut Sheet, reading: &Reading<'_>, views: &[View]) {
    for (zone, is_in) in ZONES {
        let here = || views.iter().filter(|view| is_in(view.field));
        let seen = [Side::A, Side::B].map(|side| strength(here(), side));
        let strong = seen.map(|it| it == Strength::Strong);
        let any = seen.map(|it| it != Strength::None);
        let or_home = [Side::A, Side::B].map(|it| any[it.index()] || reading.home == Some(it));
        for (number, (side, _)) in SIDES.into_iter().enumerate() {
            sheet.flag(format_args!("{zone}.{side}"), strong[number]);
            sheet.flag(format_args!("{zone}.{side}_weakly"), any[number]);
            sheet.flag(format_args!("{zone}.{side}_or_home"), or_home[number]);
        }
        sheet.flag(format_args!("{zone}.both"), strong == [true; 2]);
        sheet.flag(format_args!("{zone}.both_weakly"), any == [true; 2]);
        sheet.flag(format_args!("{zone}.both_or_home"), or_home == [true; 2]);
        sheet.flag(format_args!("{zone}.joint"), here().any(View::is_joint));
        let thirds = distinct(here().flat_map(|view| view.thirds.iter().copied())).len();
        sheet.capped(format_args!("{zone}.thirds"), thirds, 20);
    }
    let all = [Side::A, Side::B].map(|side| strength(views.iter(), side));
    let is_named = !all.contains(&Strength::None);
    let is_home = [Side::A, Side::B]
        .into_iter()
        .any(|side| all[side.index()] == Strength::None && reading.home == Some(side));
    sheet.flag(format_args!("only_home"), !is_named && is_home);
    sheet.flag(format_args!("one_side"), !is_named && !is_home);
}

/// How often each side is named; returns the counts of strong mentions.
pub(super) fn counts(sheet: &mut Sheet, reading: &Reading<'_>) -> [usize; 2] {
    let own = [Side::A, Side::B].map(|side| {
        let own = reading.mentions.iter().filter(|it| it.party.includes(side));
        own.filter(|it| it.kind.is_strong()).count()
    });
    sheet.capped(format_args!("mentions.a"), own[0], 12);
    sheet.capped(format_args!("mentions.b"), own[1], 12);
    let thirds = reading.mentions.iter().filter(|it| it.party.is_third()).count();
    sheet.capped(format_args!("mentions.thirds"), thirds, 20);
    let length = number(reading.length() + 1);
    for (name, count) in [("a", own[0]), ("b", own[1]), ("thirds", thirds)] {
        sheet.put(format_args!("density.{name}"), (1_000.0 * number(count) / length).min(60.0));
    }
    sheet.capped(format_args!("mentions.fewer"), own[0].min(own[1]), 30);
    sheet.share(format_args!("mentions.balance"), own[0].min(own[1]), own[0].max(own[1]), 0.0);
    let n_pairs = reading.mentions.iter().filter(|it| it.party == Party::Both).count();
    sheet.capped(format_args!("mentions.pairs"), n_pairs, 5);
    let heads = reading.sentences.iter().filter(|it| it.is_head());
    let has_pair = |it: &Mention| it.party == Party::Both;
    let in_head = heads.flat_map(|it| reading.mentions_of(it)).any(has_pair);
    sheet.flag(format_args!("head.pair"), in_head);
    own
}

/// How often a side's name is all that stands between quotation marks: the name of something.
pub(super) fn quoted(sheet: &mut Sheet, reading: &Reading<'_>) {
    let mut counts = [0_usize; 2];
    for sentence in reading.sentences.iter().filter(|it| it.is_head()) {
        let Some(zone) = reading.zone(sentence.field) else { continue };
        let text = zone.folded.as_str();
        for mention in reading.mentions_of(sentence) {
            let before = text[..mention.start].chars().next_back();
            let after = text[mention.end..].chars().next();
            let is_quoted = before.is_some_and(is_quote) && after.is_some_and(is_quote);
            for side in [Side::A, Side::B].into_iter().filter(|side| mention.party.includes(*side))
            {
                counts[side.index()] += usize::from(is_quoted);
            }
        }
    }
    sheet.capped(format_args!("quoted.a"), counts[0], 2);
    sheet.capped(format_args!("quoted.b"), counts[1], 2);
}

fn is_quote(letter: char) -> bool {
    matches!(letter, '"' | '\'' | '«' | '»' | '「' | '」' | '『' | '』' | '《' | '》' | '‹' | '›')
}

/// Of what kind the mentions of each side are.
pub(super) fn kinds(sheet: &mut Sheet, reading: &Reading<'_>) {
    let mut all = [[0_usize; 2]; Kind::ALL.len()];
    let mut head = all;
    for sentence in &reading.sentences {
        for mention in reading.mentions_of(sentence) {
            let Party::One(side) = mention.party else { continue };
            all[mention.kind as usize][side.index()] += 1;
            head[mention.kind as usize][side.index()] += usize::from(sentence.is_head());
        }
    }
    for (kind, (name, _)) in Kind::ALL.iter().enumerate().filter(|(_, it)| it.1.is_of_side()) {
        for (side, (letter, _)) in SIDES.into_iter().enumerate() {
            sheet.capped(format_args!("kind.{letter}.{name}"), all[kind][side], 5);
            sheet.flag(format_args!("kind.{letter}.{name}.head"), 0 < head[kind][side]);
        }
    }
}
