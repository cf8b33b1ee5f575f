//! Words that tell a tie or speak against one: where they stand, and between whom.

use super::joint::Pair;
use super::{Sheet, View, number};
use crate::model::Field;
use crate::understand::context::{Reading, Sentence};
use crate::understand::lexicon::Speaks;
use crate::understand::mentions::{CueHit, Matcher, Mention, Party, Side};
use crate::understand::words::Script;

/// A cue is near a mention within so many letters; ideographs count more.
const NEAR_BYTES: usize = 60;
const NEAR_BYTES_DENSE: usize = 75;

/// Counts of one class.
#[derive(Clone, Copy, Default)]
struct Counts {
    title: f32,
    head: f32,
    body: f32,
    joint: f32,
    between: f32,
    near_both: f32,
    near_third: f32,
}

/// Who stands next to a cue, on either side of it, whatever the order.
const FRAMES: &[&str] = &["ab", "ax", "bx", "a", "b", "x", "none"];

/// Counts the cues of every class; returns whether title or summary tell a tie.
pub(super) fn counts(
    sheet: &mut Sheet,
    matcher: &Matcher,
    reading: &Reading<'_>,
    views: &[View],
    pair: Option<Pair>,
) -> bool {
    let mut counts = vec![Counts::default(); matcher.cues.len()];
    let mut frames = [[[0_usize; FRAMES.len()]; 2]; 2];
    for (index, (sentence, view)) in reading.sentences.iter().zip(views).enumerate() {
        let mentions = reading.mentions_of(sentence);
        let joint = match view {
            view if view.is_joint() => 1.0,
            view if view.is_joint_weakly() => 0.5,
            _ => 0.0,
        };
        for cue in reading.cues_of(sentence) {
            let count = &mut counts[cue.class];
            count.title += f32::from(u8::from(view.field == Field::Title));
            count.head += f32::from(u8::from(view.is_head()));
            count.body += f32::from(u8::from(!view.is_head()));
            count.joint += joint;
            let is_between = pair.is_some_and(|pair| {
                pair.sentence == index && (pair.start..pair.end).contains(&cue.start)
            });
            if is_between {
                count.between = 1.0;
            }
            let near = near(reading, sentence, mentions, cue);
            count.near_both += f32::from(u8::from(near[0] && near[1]));
            count.near_third += f32::from(u8::from(near[2]));
            let speaks = match matcher.cues[cue.class].speaks {
                Speaks::For => 0,
                Speaks::Against => 1,
                Speaks::Neither => continue,
            };
            frames[usize::from(!view.is_head())][speaks][frame(mentions, cue)] += 1;
        }
    }
    let n_body = number(reading.sentences.iter().filter(|it| !it.is_head()).count().max(1));
    for (class, count) in matcher.cues.iter().zip(&counts) {
        if !class.is_weighed() {
            continue;
        }
        let id = &class.id;
        sheet.put(format_args!("cue.{id}.title"), count.title.min(2.0));
        sheet.put(format_args!("cue.{id}.head"), count.head.min(3.0));
        sheet.put(format_args!("cue.{id}.body"), count.body.min(8.0) / n_body * 5.0);
        sheet.put(format_args!("cue.{id}.joint"), count.joint.min(4.0));
        sheet.put(format_args!("cue.{id}.between"), count.between);
        sheet.put(format_args!("cue.{id}.near_both"), count.near_both.min(3.0));
        sheet.put(format_args!("cue.{id}.near_third"), count.near_third.min(4.0));
    }
    arguments(sheet, matcher, reading, views);
    for (name, speaks) in [("for", Speaks::For), ("against", Speaks::Against)] {
        let sum = |of: &dyn Fn(&Counts) -> f32| -> f32 {
            let classes = matcher.cues.iter().zip(&counts).filter(|(it, _)| it.speaks == speaks);
            classes.map(|(_, count)| of(count).min(2.0)).sum::<f32>().min(10.0)
        };
        sheet.put(format_args!("cues.{name}.title"), sum(&|count| count.title));
        sheet.put(format_args!("cues.{name}.head"), sum(&|count| count.head));
        sheet.put(format_args!("cues.{name}.body"), sum(&|count| count.body));
        sheet.put(format_args!("cues.{name}.joint"), sum(&|count| count.joint));
        sheet.put(format_args!("cues.{name}.between"), sum(&|count| count.between));
        sheet.put(format_args!("cues.{name}.near_both"), sum(&|count| count.near_both));
    }
    for (place, frames) in ["head", "body"].into_iter().zip(&frames) {
        for (speaks, frames) in ["for", "against"].into_iter().zip(frames) {
            for (frame, count) in FRAMES.iter().zip(frames) {
                sheet.capped(format_args!("frame.{place}.{speaks}.{frame}"), *count, 5);
            }
        }
    }
    let for_tie = matcher.cues.iter().zip(&counts).filter(|(it, _)| it.speaks == Speaks::For);
    for_tie.map(|(_, count)| count.head).any(|count| 0.0 < count)
}

/// Sentences that name both sides, by what their cues say together: a word against a tie means
/// little beside one for it.
fn arguments(sheet: &mut Sheet, matcher: &Matcher, reading: &Reading<'_>, views: &[View]) {
    let mut counts = [[0_usize; 4]; 2];
    for (sentence, view) in reading.sentences.iter().zip(views) {
        if view.is_joint_weakly() {
            let speaks = |what: Speaks| {
                reading.cues_of(sentence).iter().any(|cue| matcher.cues[cue.class].speaks == what)
            };
            let place = usize::from(!view.is_head());
            let kind = 2 * usize::from(speaks(Speaks::For)) + usize::from(speaks(Speaks::Against));
            counts[place][kind] += 1;
        }
    }
    for (place, counts) in ["head", "body"].into_iter().zip(counts) {
        for (kind, count) in ["nothing", "against", "for", "for_and_against"].iter().zip(counts) {
            sheet.capped(format_args!("joint.{place}.{kind}"), count, 4);
        }
    }
}

/// Whether side A, side B and a third party are near a cue.
fn near(
    reading: &Reading<'_>,
    sentence: &Sentence,
    mentions: &[Mention],
    cue: &CueHit,
) -> [bool; 3] {
    let text = reading.zone(sentence.field).map_or("", |zone| zone.folded.as_str());
    let first = text[cue.start..].chars().next();
    let is_dense = first.is_some_and(|letter| !Script::of(letter).has_edges());
    let reach =
        if is_dense { NEAR_BYTES_DENSE } else { NEAR_BYTES * first.map_or(1, char::len_utf8) };
    let mut near = [false; 3];
    for mention in mentions.iter().filter(|it| it.start.abs_diff(cue.start) < reach) {
        near[0] |= mention.party.includes(Side::A);
        near[1] |= mention.party.includes(Side::B);
        near[2] |= mention.party.is_third();
    }
    near
}

/// Between whom a cue stands: the nearest party on either side of it.
fn frame(mentions: &[Mention], cue: &CueHit) -> usize {
    let speaks = |it: &&Mention| it.party != Party::Nobody;
    let left = mentions.iter().rev().filter(|it| it.start < cue.start).find(speaks);
    let right = mentions.iter().filter(|it| cue.end <= it.start).find(speaks);
    let mut seen = [false; 3];
    for party in left.into_iter().chain(right).map(|it| it.party) {
        seen[0] |= party.includes(Side::A);
        seen[1] |= party.includes(Side::B);
        seen[2] |= party.is_third();
    }
    match seen {
        [true, true, _] => 0,
        [true, false, true] => 1,
        [false, true, true] => 2,
        [true, false, false] => 3,
        [false, true, false] => 4,
        [false, false, true] => 5,
        [false, false, false] => 6,
    }
}
