//! What else the words tell: kinds of names, numbers, cues.

use super::{Sheet, View, number};
use crate::model::Field;
use crate::understand::context::Reading;
use crate::understand::lexicon::{Kind, Speaks};
use crate::understand::mentions::{Matcher, Mention, Party};

pub(super) fn kinds(sheet: &mut Sheet, reading: &Reading<'_>) {
    let is_side = |it: &&Mention| matches!(it.party, Party::One(_) | Party::Both);
    let in_head = |kind: Kind| {
        let head = reading.sentences.iter().filter(|it| it.field != Field::Body);
        let mentions = head.flat_map(|it| reading.mentions_of(it)).filter(is_side);
        mentions.filter(|it| it.kind == kind).count()
    };
    sheet.capped("head_person", in_head(Kind::Person), 2);
    sheet.capped("head_organisation", in_head(Kind::Organisation), 2);
    sheet.capped("head_place", in_head(Kind::Place), 2);
    sheet.capped("head_capital", in_head(Kind::Capital), 2);
    sheet.capped("head_project", in_head(Kind::Project), 2);
    let anywhere = |kind: Kind| reading.mentions.iter().filter(|it| it.kind == kind).count();
    sheet.capped("art", anywhere(Kind::Art), 3);
    sheet.capped("name", anywhere(Kind::Name), 3);
    sheet.capped("ours", anywhere(Kind::Home), 2);
    sheet.capped("look_alikes", reading.n_masks, 3);
}

pub(super) fn letters(sheet: &mut Sheet, reading: &Reading<'_>) {
    let (mut n_letters, mut n_digits, mut n_results, mut n_old_years) = (0, 0, 0, 0);
    for zone in &reading.zones {
        let text = zone.folded.as_str();
        n_letters += text.len();
        let mut before: Option<(&str, &str)> = None;
        let mut rest = text;
        while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
            let gap = &rest[..start];
            let digits = &rest[start..];
            let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            let word = &digits[..end];
            n_digits += word.len();
            n_old_years += usize::from(word.len() == 4 && ("1800".."1991").contains(&word));
            let is_short = |word: &str| word.len() <= 3;
            let is_result = before.is_some_and(|(previous, _)| is_short(previous));
            n_results += usize::from(is_result && matches!(gap, "-" | ":") && is_short(word));
            before = Some((word, gap));
            rest = &digits[end..];
        }
    }
    sheet.set("digits", (20.0 * number(n_digits) / number(n_letters.max(1))).min(3.0));
    sheet.capped("results", n_results, 3);
    sheet.capped("years_before_1991", n_old_years, 3);
    sheet.set("length", number(n_letters.max(1)).ln() / 5.0);
    let zone = |field| reading.zone(field).map_or("", |zone| zone.folded.as_str());
    sheet.flag("body", !zone(Field::Body).is_empty());
    sheet.flag("title_question", zone(Field::Title).contains('?'));
    sheet.flag("title_colon", zone(Field::Title).contains(':'));
}

pub(super) fn cues(
    sheet: &mut Sheet,
    matcher: &Matcher,
    reading: &Reading<'_>,
    views: &[View],
    has_both: bool,
) {
    let mut counts = vec![[0.0_f64; 3]; matcher.cues.len()];
    let mut lean = vec![0.0_f64; matcher.cues.len()];
    if has_both {
        for (sentence, view) in reading.sentences.iter().zip(views) {
            let joint = match view {
                view if view.is_joint() => 1.0,
                view if view.is_joint_weakly() => 0.5,
                _ => 0.0,
            };
            for cue in reading.cues_of(sentence) {
                let count = &mut counts[cue.class];
                count[0] += f64::from(u8::from(view.field == Field::Title));
                count[1] += f64::from(u8::from(view.is_head()));
                count[2] += joint;
                lean[cue.class] += if view.n_thirds == 0 { joint } else { 0.0 };
            }
        }
    }
    let sum = |speaks: Speaks, of: &dyn Fn(usize) -> f64| -> f64 {
        let classes = (0..matcher.cues.len()).filter(|class| matcher.cues[*class].speaks == speaks);
        classes.map(|class| of(class).min(2.0)).sum::<f64>().min(8.0)
    };
    sheet.set("ties_title", sum(Speaks::For, &|class| counts[class][0]));
    sheet.set("ties_head", sum(Speaks::For, &|class| counts[class][1]));
    sheet.set("ties_joint", sum(Speaks::For, &|class| counts[class][2]));
    sheet.set("ties_lean", sum(Speaks::For, &|class| lean[class]));
    sheet.set("against_title", sum(Speaks::Against, &|class| counts[class][0]));
    sheet.set("against_head", sum(Speaks::Against, &|class| counts[class][1]));
    sheet.set("against_joint", sum(Speaks::Against, &|class| counts[class][2]));
    let has_tie = 0.0 < sheet.get("ties_head");
    sheet.flag("both_and_tie", 0.0 < sheet.get("head_both") && has_tie);
    sheet.flag("both_no_tie", 0.0 < sheet.get("head_both") && !has_tie);
    sheet.flag("home_and_tie", 0.0 < sheet.get("home_and_head") && has_tie);
    for count in counts {
        sheet.values.extend([count[0].min(2.0), count[1].min(3.0), count[2].min(3.0)]);
    }
}
