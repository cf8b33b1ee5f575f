//! Texts with the words that convinced us.

use crate::model::{Evidence, EvidenceKind, Field};
use crate::review::pages::words::{Sides, inert};

/// A piece of a text: plain, or a word that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// `a`, `b`, `t`, `cue`; empty for plain text.
    pub(super) class: &'static str,
    pub(super) text: String,
    /// What the word speaks for, with its weight.
    pub(super) hint: String,
}

/// A place in a text with the reason it holds.
struct Span<'a> {
    start: usize,
    end: usize,
    evidence: &'a Evidence,
}

/// `text` with its marks. `fields` says which reasons stand in it.
pub(super) fn marked(
    text: &str,
    fields: &[Field],
    evidence: &[Evidence],
    sides: Sides,
) -> Vec<Piece> {
    let spans = spans(text, fields, evidence);
    cut_at(text, 0, text.len(), &spans, sides)
}

/// At most `characters_max` characters around the first words that count; none if none do.
pub(super) fn excerpt(
    text: &str,
    fields: &[Field],
    evidence: &[Evidence],
    sides: Sides,
    characters_max: usize,
) -> Option<Vec<Piece>> {
    let spans = spans(text, fields, evidence);
    let first = spans.first()?.start;
    let start = opening(text, first, characters_max / 3);
    let rest = &text[start..];
    let end = rest.char_indices().nth(characters_max).map_or(text.len(), |(at, _)| start + at);
    let mut pieces = cut_at(text, start, end, &spans, sides);
    if 0 < start {
        pieces.insert(0, plain("… "));
    }
    if end < text.len() {
        pieces.push(plain("…"));
    }
    Some(pieces)
}

/// The words' class: their side's, or that of a word for the tie itself.
pub(super) fn class_of(evidence: &Evidence, sides: Sides) -> &'static str {
    match evidence.side {
        Some(country) => sides.country(country).class,
        None => "cue",
    }
}

/// `Japan side, weight 0.41`.
pub(super) fn hint_of(evidence: &Evidence, sides: Sides) -> String {
    let what = match (evidence.kind, evidence.side) {
        (EvidenceKind::Home, Some(country)) => {
            format!("outlet at home in {}", sides.country(country).name)
        }
        (_, Some(country)) => format!("{} side", sides.country(country).name),
        (_, None) => "linking cue".to_owned(),
    };
    format!("{what}, weight {:.2}", evidence.weight)
}

fn plain(text: &str) -> Piece {
    Piece { class: "", text: inert(text), hint: String::new() }
}

/// Places that do not overlap, in the text's order. What has moved is looked for by its words:
/// a near miss keeps only the start of its text.
fn spans<'a>(text: &str, fields: &[Field], evidence: &'a [Evidence]) -> Vec<Span<'a>> {
    let here = evidence.iter().filter(|it| fields.contains(&it.field) && !it.text.is_empty());
    let mut spans: Vec<Span<'a>> = here.filter_map(|it| place(text, it)).collect();
    spans.sort_by_key(|span| (span.start, usize::MAX - span.end));
    let mut end_before = 0;
    spans.retain(|span| {
        let is_free = end_before <= span.start;
        if is_free {
            end_before = span.end;
        }
        is_free
    });
    spans
}

fn place<'a>(text: &str, evidence: &'a Evidence) -> Option<Span<'a>> {
    let Evidence { start, end, text: words, .. } = evidence;
    if text.get(*start..*end) == Some(words.as_str()) {
        return Some(Span { start: *start, end: *end, evidence });
    }
    let found = text.find(words.as_str())?;
    Some(Span { start: found, end: found + words.len(), evidence })
}

/// Where an excerpt begins: at the sentence's start if that is near, else at a word.
fn opening(text: &str, first: usize, characters_max: usize) -> usize {
    let before = &text[..first];
    let Some((near, _)) = before.char_indices().rev().nth(characters_max) else {
        return 0;
    };
    let lead = &before[near..];
    let stop = lead.rfind(['.', '!', '?', '。', '؟', '\n']);
    let stop = stop.or_else(|| lead.find(' '));
    let Some(stop) = stop else { return near };
    let behind = &lead[stop..];
    let skipped: usize = behind.chars().next().map_or(0, char::len_utf8);
    let gap = behind[skipped..].len() - behind[skipped..].trim_start().len();
    near + stop + skipped + gap
}

fn cut_at(text: &str, start: usize, end: usize, spans: &[Span<'_>], sides: Sides) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = start;
    for span in spans.iter().filter(|span| start <= span.start && span.end <= end) {
        if at < span.start {
            pieces.push(plain(&text[at..span.start]));
        }
        pieces.push(Piece {
            class: class_of(span.evidence, sides),
            text: inert(&text[span.start..span.end]),
            hint: hint_of(span.evidence, sides),
        });
        at = span.end;
    }
    if at < end {
        pieces.push(plain(&text[at..end]));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sides() -> Sides {
        Sides(["JP".parse().unwrap(), "AZ".parse().unwrap()])
    }

    fn mention(text: &str, side: &str, start: usize) -> Evidence {
        Evidence {
            kind: EvidenceKind::Mention,
            side: side.parse().ok(),
            text: text.to_owned(),
            field: Field::Summary,
            start,
            end: start + text.len(),
            weight: 0.4,
        }
    }

    fn told(pieces: &[Piece]) -> String {
        let told = pieces.iter().map(|it| match it.class {
            "" => it.text.clone(),
            class => format!("[{class} {}]", it.text),
        });
        told.collect()
    }

    /// Goal: the words that count are seen in their sentence, in every script.
    #[test]
    fn words_are_marked_where_they_stand() {
        let text = "Empfang in Baku: 日本とアゼルバイジャン";
        let evidence = [mention("日本", "JP", 17), mention("Baku", "AZ", 11)];
        let pieces = marked(text, &[Field::Summary], &evidence, sides());
        assert_eq!(told(&pieces), "Empfang in [b Baku]: [a 日本]とアゼルバイジャン");
    }

    /// Goal: a place that does not fit the text never cuts a letter in two.
    #[test]
    fn moved_words_are_found_and_lost_ones_left_out() {
        let evidence = [mention("Baku", "AZ", 999), mention("Tokio", "JP", 1)];
        let pieces = marked("日本 Baku", &[Field::Summary], &evidence, sides());
        assert_eq!(told(&pieces), "日本 [b Baku]");
    }

    /// Goal: a long text shows the sentence that counts.
    #[test]
    fn excerpt_opens_near_the_first_word_that_counts() {
        let text = format!("{}. Japan spricht mit Baku. {}", "a ".repeat(500), "z".repeat(900));
        let start = text.find("Japan").unwrap();
        let evidence = [mention("Japan", "JP", start)];
        let pieces = excerpt(&text, &[Field::Summary], &evidence, sides(), 60).unwrap();
        assert_eq!(told(&pieces).split(" z").next(), Some("… [a Japan] spricht mit Baku."));
        assert_eq!(excerpt("plain", &[Field::Summary], &evidence, sides(), 60), None);
    }
}
