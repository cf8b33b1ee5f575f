//! What is seen in a text, as numbers with names: the terms of the score.
//!
//! Nothing here knows the countries' names: there is side A, side B, and third parties.

use std::collections::BTreeMap;

use super::context::{Reading, Sentence};
use super::lexicon::{Kind, Speaks};
use super::mentions::{Matcher, Mention, Party, Side};
use super::words::Script;
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
}

/// Measures a text.
pub(super) fn of(matcher: &Matcher, reading: &Reading<'_>) -> Features {
    let mut sheet = Sheet { values: vec![0.0; BASE.len()] };
    let views: Vec<View> = reading.sentences.iter().map(|it| View::of(reading, it)).collect();
    let sides = [Side::A, Side::B].map(|side| strength(views.iter(), side));
    let thirds = count_thirds(reading);
    sides_seen(&mut sheet, reading, &views, sides);
    joint_sentences(&mut sheet, reading, &views);
    third_parties(&mut sheet, reading, &views, &thirds);
    let list_run = lists(&mut sheet, reading);
    kinds(&mut sheet, reading);
    letters(&mut sheet, reading);
    let has_both = has_both(reading, sides);
    cues(&mut sheet, matcher, reading, &views, has_both);
    let top_third =
        thirds.into_iter().max_by_key(|(party, count)| (*count, std::cmp::Reverse(*party)));
    let n_joint = views.iter().filter(|view| view.is_joint()).count();
    Features { values: sheet.values, sides, top_third, list_run, n_joint }
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

fn sides_seen(sheet: &mut Sheet, reading: &Reading<'_>, views: &[View], all: [Strength; 2]) {
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

fn joint_sentences(sheet: &mut Sheet, reading: &Reading<'_>, views: &[View]) {
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
    let mut n_thirds = [0; 2];
    let mut best: Option<Pair> = None;
    for mention in mentions {
        if mention.party.is_third() {
            n_thirds.iter_mut().for_each(|count| *count += 1);
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

fn third_parties(
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

fn lists(sheet: &mut Sheet, reading: &Reading<'_>) -> usize {
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

fn kinds(sheet: &mut Sheet, reading: &Reading<'_>) {
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

fn letters(sheet: &mut Sheet, reading: &Reading<'_>) {
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

fn cues(
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

/// Counts here are small, so nothing is lost.
pub(super) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
