//! Puts what was found into sentences and paragraphs.

use std::collections::BTreeSet;
use std::ops::Range;

use super::furniture;
use super::judge::Text;
use super::language;
use super::lexicon::Kind;
use super::mentions::{CueHit, EventHit, Found, Matcher, Mention, Party, Side};
use super::outlets::Outlets;
use super::text::{Folded, fold};
use super::topic::Topic;
use super::words::Script;
use crate::model::{Country, Field, Language};

/// Sentences looked at; a longer text is a list or a book.
const SENTENCES_MAX: usize = 2_000;

/// The class of cues that head a list of links, "read also". They only tell what is cut.
pub(super) const FURNITURE_CUE: &str = "related";

/// Such a cue stands at the start of its line, behind a bullet or bracket at most.
const HEAD_BYTES_MAX: usize = 6;

/// How much of an article there is to judge by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Extent {
    #[default]
    Title,
    Summary,
    Body,
}

impl Extent {
    pub(super) const ALL: [Self; 3] = [Self::Title, Self::Summary, Self::Body];

    /// The extent of a text.
    pub(super) fn of(summary: &str, body: &str) -> Self {
        match (summary.trim().is_empty(), body.trim().is_empty()) {
            (_, false) => Self::Body,
            (false, true) => Self::Summary,
            (true, true) => Self::Title,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Summary => "summary",
            Self::Body => "body",
        }
    }
}

/// One field with all that was found in it.
#[derive(Debug)]
pub(super) struct Zone<'a> {
    pub(super) field: Field,
    pub(super) source: &'a str,
    pub(super) folded: Folded,
}

/// One sentence: indices into the reading's mentions and cues.
#[derive(Clone, Debug)]
pub(super) struct Sentence {
    pub(super) field: Field,
    /// Its bytes in the field's folded text.
    pub(super) place: Range<usize>,
    pub(super) paragraph: usize,
    pub(super) mentions: Range<usize>,
    pub(super) cues: Range<usize>,
}

impl Sentence {
    /// Whether it stands in title or summary.
    pub(super) fn is_head(&self) -> bool {
        self.field != Field::Body
    }
}

/// A text as the judge sees it.
#[derive(Debug, Default)]
pub(super) struct Reading<'a> {
    pub(super) language: Language,
    pub(super) extent: Extent,
    /// The outlet's side, declared by the feed or told by the language.
    pub(super) home: Option<Side>,
    /// The third country that the language is spoken in most.
    pub(super) home_third: Option<Country>,
    pub(super) zones: Vec<Zone<'a>>,
    pub(super) sentences: Vec<Sentence>,
    pub(super) mentions: Vec<Mention>,
    pub(super) cues: Vec<CueHit>,
    /// Events and the fields where they stand.
    pub(super) events: Vec<(Field, usize)>,
    /// Look-alikes that hid a term.
    pub(super) n_masks: usize,
}

impl Reading<'_> {
    /// The field's source and folded text.
    pub(super) fn zone(&self, field: Field) -> Option<&Zone<'_>> {
        self.zones.iter().find(|zone| zone.field == field)
    }

    pub(super) fn mentions_of(&self, sentence: &Sentence) -> &[Mention] {
        &self.mentions[sentence.mentions.clone()]
    }

    /// Letters of all fields together.
    pub(super) fn length(&self) -> usize {
        self.zones.iter().map(|zone| zone.folded.as_str().chars().count()).sum()
    }

    /// Whether no word speaks for a side: nothing to judge.
    pub(super) fn is_silent(&self) -> bool {
        !self.mentions.iter().any(|mention| mention.party.is_side())
    }

    pub(super) fn cues_of(&self, sentence: &Sentence) -> &[CueHit] {
        &self.cues[sentence.cues.clone()]
    }
}

/// Reads a text: language, home, sentences with their mentions and cues.
pub(super) fn read<'a>(known: &Known<'_>, text: &Text<'a>) -> Reading<'a> {
    let language = language_of(text);
    let mut reading = Reading {
        language,
        extent: Extent::of(text.summary, text.body),
        home: home(known, text, language),
        home_third: home_third(known, text, language),
        ..Reading::default()
    };
    let fields =
        [(Field::Title, text.title), (Field::Summary, text.summary), (Field::Body, text.body)];
    let zones = fields.map(|(field, source)| Zone { field, source, folded: fold(source) });
    let texts = zones.each_ref().map(|zone| (zone.source, &zone.folded));
    let found = known.matcher.find(&texts, language);
    if found.iter().any(|found| !found.is_empty()) {
        for (zone, found) in zones.iter().zip(&found) {
            read_zone(known.matcher, &mut reading, zone, found);
        }
    }
    reading.zones = Vec::from(zones);
    settle_short_pairs(&mut reading);
    reading
}

/// Whether a word in the text may speak for a side; most texts have none.
pub(super) fn may_show_a_side(matcher: &Matcher, text: &Text<'_>) -> bool {
    let fields = [text.title, text.summary, text.body];
    fields.into_iter().any(|source| matcher.may_show_a_side(&[(source, &fold(source))]))
}

/// What is known before a text is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    pub(super) topic: &'a Topic,
    pub(super) matcher: &'a Matcher,
    pub(super) outlets: &'a Outlets,
}

/// Title and summary tell the language; the body helps when they are short.
fn language_of(text: &Text<'_>) -> Language {
    const HEAD_BYTES_MAX: usize = 4_000;
    let mut sample = String::new();
    for part in [text.title, text.summary, text.body] {
        let end = part.floor_char_boundary(HEAD_BYTES_MAX);
        sample.push_str(&part[..end]);
        sample.push('\n');
    }
    language::detect(&sample, text.language)
}

/// The outlet's side: what the feed declares, else what the link's host tells, else the language.
fn home(known: &Known<'_>, text: &Text<'_>, language: Language) -> Option<Side> {
    let sides = known.topic.sides;
    let side_of = |country: Country| match country {
        it if it == sides[0] => Some(Side::A),
        it if it == sides[1] => Some(Side::B),
        _ => None,
    };
    let by_host = known.outlets.country(text.link);
    let by_place = text.home.country().and_then(side_of).or_else(|| by_host.and_then(side_of));
    let is_third = by_host.is_some_and(|country| side_of(country).is_none());
    by_place.or_else(|| {
        let home = &known.topic.home_languages;
        let speaks = |side: &Side| home[side.index()].contains(&language);
        [Side::A, Side::B].into_iter().find(|side| !is_third && speaks(side))
    })
}

/// The outlet's country where it is neither side: by the link's host, else by the language.
fn home_third(known: &Known<'_>, text: &Text<'_>, language: Language) -> Option<Country> {
    let by_language = || {
        let main = MAIN_COUNTRIES.iter().find(|(tag, _)| *tag == language.as_str());
        main.and_then(|(_, country)| country.parse().ok())
    };
    let country = known.outlets.country(text.link).or_else(by_language);
    country.filter(|country| !known.topic.sides.contains(country))
}

/// Where languages are at home that are written nearly only there (CLDR, likely subtags).
const MAIN_COUNTRIES: &[(&str, &str)] = &[
    ("az", "AZ"),
    ("bg", "BG"),
    ("cs", "CZ"),
    ("da", "DK"),
    ("de", "DE"),
    ("el", "GR"),
    ("fa", "IR"),
    ("fi", "FI"),
    ("fr", "FR"),
    ("he", "IL"),
    ("hi", "IN"),
    ("hu", "HU"),
    ("hy", "AM"),
    ("id", "ID"),
    ("it", "IT"),
    ("ja", "JP"),
    ("ka", "GE"),
    ("kk", "KZ"),
    ("ko", "KR"),
    ("ky", "KG"),
    ("mn", "MN"),
    ("ms", "MY"),
    ("nl", "NL"),
    ("pl", "PL"),
    ("ro", "RO"),
    ("ru", "RU"),
    ("sr", "RS"),
    ("sv", "SE"),
    ("th", "TH"),
    ("tk", "TM"),
    ("tr", "TR"),
    ("uk", "UA"),
    ("ur", "PK"),
    ("uz", "UZ"),
    ("vi", "VN"),
    ("zh", "CN"),
];

fn read_zone(matcher: &Matcher, reading: &mut Reading<'_>, zone: &Zone<'_>, found: &Found) {
    let Zone { field, folded, .. } = zone;
    let (field, Found { mentions, cues, events }) = (*field, found);
    let (mut next_mention, mut next_cue) = (0, 0);
    let is_furniture = |cue: &CueHit| matcher.cues[cue.class].id == FURNITURE_CUE;
    let lines: Vec<(usize, Range<usize>)> = lines(folded.as_str()).collect();
    let kept = if field == Field::Body {
        let ranges: Vec<Range<usize>> = lines.iter().map(|(_, line)| line.clone()).collect();
        let heads: Vec<usize> =
            cues.iter().filter(|cue| is_furniture(cue)).map(|cue| cue.start).collect();
        furniture::kept(folded.as_str(), &ranges, |line| {
            let next = heads.partition_point(|head| *head < line.start);
            heads.get(next).is_some_and(|head| *head <= line.start + HEAD_BYTES_MAX)
        })
    } else {
        vec![true; lines.len()]
    };
    for ((paragraph, line), is_kept) in lines.into_iter().zip(kept) {
        let sentences = if field == Field::Title {
            vec![line.clone()]
        } else {
            sentences(folded.as_str(), line)
        };
        for range in sentences {
            let first_mention = next_mention;
            let first_cue = next_cue;
            while mentions.get(next_mention).is_some_and(|it| it.start < range.end) {
                next_mention += 1;
            }
            while cues.get(next_cue).is_some_and(|it| it.start < range.end) {
                next_cue += 1;
            }
            let cues = &cues[first_cue..next_cue];
            if !is_kept || SENTENCES_MAX <= reading.sentences.len() {
                continue;
            }
            let (mentions_from, cues_from) = (reading.mentions.len(), reading.cues.len());
            let mentions = &mentions[first_mention..next_mention];
            reading.mentions.extend(mentions.iter().filter(|it| it.kind != Kind::Mask));
            reading.n_masks += mentions.iter().filter(|it| it.kind == Kind::Mask).count();
            reading.cues.extend(cues.iter().filter(|cue| !is_furniture(cue)));
            reading.events.extend(events_in(events, &range).map(|event| (field, event)));
            reading.sentences.push(Sentence {
                field,
                place: range,
                paragraph,
                mentions: mentions_from..reading.mentions.len(),
                cues: cues_from..reading.cues.len(),
            });
        }
    }
}

/// The events that start in `range`, of all in the order of the text.
fn events_in<'a>(
    events: &'a [EventHit],
    range: &Range<usize>,
) -> impl Iterator<Item = usize> + use<'a> {
    let from = events.partition_point(|event| event.start < range.start);
    let to = events.partition_point(|event| event.start < range.end);
    events[from..to.max(from)].iter().map(|event| event.event)
}

/// The lines of a folded text, with their numbers.
fn lines(text: &str) -> impl Iterator<Item = (usize, Range<usize>)> {
    let mut start = 0;
    text.split('\n').enumerate().filter_map(move |(number, line)| {
        let range = start..start + line.len();
        start = range.end + 1;
        (!line.trim().is_empty()).then_some((number, range))
    })
}

/// The sentences of a line: a stop and a blank, or a full-width stop.
fn sentences(text: &str, line: Range<usize>) -> Vec<Range<usize>> {
    let mut sentences = Vec::new();
    let mut start = line.start;
    let mut letters = text[line.clone()].char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let next = letters.peek().map(|(_, next)| *next);
        let ends = match letter {
            '。' | '।' | '։' => true,
            '.' | '؟' | '…' => next.is_none_or(char::is_whitespace),
            '!' | '?' => {
                next.is_none_or(|next| next.is_whitespace() || !Script::of(next).has_edges())
            }
            _ => false,
        };
        if ends {
            let end = line.start + at + letter.len_utf8();
            sentences.push(start..end);
            start = end;
        }
    }
    if start < line.end {
        sentences.push(start..line.end);
    }
    sentences
}

/// A short pair counts as a pair where its first country is named otherwise, else not at all.
fn settle_short_pairs(reading: &mut Reading<'_>) {
    let strong = reading.mentions.iter().filter(|it| it.kind.is_strong());
    let named: BTreeSet<Party> = strong.map(|it| it.party).collect();
    for mention in &mut reading.mentions {
        if mention.kind == Kind::ShortPair {
            let is_named = named.contains(&mention.party) || named.contains(&Party::Both);
            mention.kind = if is_named { Kind::Pair } else { Kind::ShortPair };
            mention.party = if is_named { Party::Both } else { Party::Nobody };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: two countries in two sentences are not taken for one statement.
    #[test]
    fn sentences_end_where_people_see_an_end() {
        let text = "us$ 4.5 bn. 日本。次は! バクー? да. нет";
        let found: Vec<&str> =
            sentences(text, 0..text.len()).into_iter().map(|it| &text[it]).collect();
        assert_eq!(found, ["us$ 4.5 bn.", " 日本。", "次は!", " バクー?", " да.", " нет"]);
    }
}
