//! Shows where something was found.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use crate::model::{Article, Field};
use crate::store::Snippet;
use crate::store::search::Ending;
use crate::store::search::pattern::{Pattern, Sought};
use crate::understand::text::{Folded, fold};
use crate::understand::tokens::{Token, TokenKind, each_token};

/// A snippet starts at most so many characters before its first word.
const LEAD_CHARACTERS_MAX: usize = 80;

/// More places of one text are not marked.
const MARKS_MAX: usize = 300;

/// Finds the words of a question in texts.
pub(super) struct Marker {
    /// With the number of their word.
    patterns: Vec<(usize, Pattern)>,
    /// Patterns by the text of their first piece.
    by_start: HashMap<String, Vec<usize>>,
    /// Different lengths of these texts, in bytes.
    lengths: Vec<usize>,
}

/// A word of the question in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mark {
    word: usize,
    bytes: Range<usize>,
}

impl Marker {
    pub(super) fn new(sought: &[Sought]) -> Self {
        let words = sought.iter().enumerate().filter(|(_, it)| !it.is_excluded);
        let patterns: Vec<(usize, Pattern)> = words
            .flat_map(|(word, it)| it.patterns().map(move |pattern| (word, pattern.clone())))
            .collect();
        let mut by_start: HashMap<String, Vec<usize>> = HashMap::new();
        let mut lengths = BTreeSet::new();
        for (number, (_, pattern)) in patterns.iter().enumerate() {
            if let Some(first) = pattern.pieces.first() {
                lengths.insert(first.text.len());
                by_start.entry(first.text.clone()).or_default().push(number);
            }
        }
        Self { patterns, by_start, lengths: lengths.into_iter().collect() }
    }

    /// The title if a word stands there, and the best place of summary or body.
    pub(super) fn snippets(&self, article: &Article) -> Vec<Snippet> {
        let mut snippets = Vec::new();
        let title = self.marks(&article.title);
        if !title.is_empty() {
            snippets.push(best(Field::Title, &article.title, &title).1);
        }
        let texts = [(Field::Summary, &article.summary), (Field::Body, &article.body)];
        let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
        let found = texts.map(|(field, text)| best(field, text, &self.marks(text)));
        // The first of those in which most words stand.
        let found = found.reduce(|one, other| if one.0 < other.0 { other } else { one });
        snippets.extend(found.map(|(_, snippet)| snippet));
        snippets
    }

    /// All places in a text, in order, apart from each other.
    fn marks(&self, text: &str) -> Vec<Mark> {
        if self.patterns.is_empty() {
            return Vec::new();
        }
        let folded = fold(text);
        let mut tokens = Vec::new();
        each_token(folded.as_str(), |token| tokens.push(token));
        let mut marks = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            self.each_pattern(&folded.as_str()[token.bytes.clone()], |word, pattern| {
                if let Some(bytes) = place(pattern, &tokens[at..], &folded) {
                    marks.push(Mark { word, bytes: folded.source(bytes) });
                }
            });
            if MARKS_MAX <= marks.len() {
                break;
            }
        }
        apart(marks)
    }

    /// Tells `take` each pattern that may start with a token.
    fn each_pattern(&self, token: &str, mut take: impl FnMut(usize, &Pattern)) {
        for length in self.lengths.iter().take_while(|length| **length <= token.len()) {
            let Some(numbers) = token.get(..*length).and_then(|start| self.by_start.get(start))
            else {
                continue;
            };
            for number in numbers {
                let (word, pattern) = &self.patterns[*number];
                take(*word, pattern);
            }
        }
    }
}

/// Where a pattern stands that starts with the first of `tokens`; folded bytes.
fn place(pattern: &Pattern, tokens: &[Token], folded: &Folded) -> Option<Range<usize>> {
    let first = tokens.first()?;
    let mut end = first.bytes.end;
    for piece in &pattern.pieces {
        let position = first.position.checked_add(piece.offset)?;
        let start = tokens.partition_point(|token| token.position < position);
        let here = tokens[start..].iter().take_while(|token| token.position == position);
        // The first piece is the first token itself, not another part of its word.
        let mut here = here.filter(|token| piece.offset != 0 || token.bytes == first.bytes);
        let token = here.find(|it| piece.fits(folded.as_str()[it.bytes.clone()].as_bytes()))?;
        let is_one_letter = piece.ending != Ending::None && token.kind == TokenKind::Pair;
        end = if is_one_letter { token.bytes.start + piece.text.len() } else { token.bytes.end };
    }
    Some(first.bytes.start..end)
}

/// In order, with those that touch or overlap as one.
fn apart(mut marks: Vec<Mark>) -> Vec<Mark> {
    marks.sort_by_key(|mark| (mark.bytes.start, std::cmp::Reverse(mark.bytes.end)));
    marks.dedup_by(|next, before| {
        let overlaps = next.bytes.start < before.bytes.end;
        if overlaps && before.word == next.word {
            before.bytes.end = before.bytes.end.max(next.bytes.end);
        }
        overlaps
    });
    marks.retain(|mark| !mark.bytes.is_empty());
    marks
}

/// The part of a text that shows most of the words, and how many.
fn best(field: Field, text: &str, marks: &[Mark]) -> (usize, Snippet) {
    let (mut start, mut n_words) = (0, 0);
    for (at, mark) in marks.iter().enumerate() {
        let opening = opening(text, mark.bytes.start);
        let end = end_of(text, opening);
        let shown = marks[at..].iter().take_while(|it| it.bytes.end <= end);
        let words: BTreeSet<usize> = shown.map(|it| it.word).collect();
        if n_words < words.len() {
            (start, n_words) = (opening, words.len());
        }
    }
    (n_words, cut(field, text, start, marks))
}

fn cut(field: Field, text: &str, start: usize, marks: &[Mark]) -> Snippet {
    let end = end_of(text, start);
    let shown = marks.iter().filter(|it| start <= it.bytes.start && it.bytes.end <= end);
    Snippet {
        field,
        text: text[start..end].to_owned(),
        is_cut: [0 < start, end < text.len()],
        marks: shown.map(|it| it.bytes.start - start..it.bytes.end - start).collect(),
    }
}

/// Where a snippet begins that shows what stands at `first`: at its sentence's start if that is
/// near, else at a word.
fn opening(text: &str, first: usize) -> usize {
    let before = &text[..first];
    let Some((near, _)) = before.char_indices().rev().nth(LEAD_CHARACTERS_MAX) else { return 0 };
    let lead = &before[near..];
    let is_end = |it: char| matches!(it, '.' | '!' | '?' | '。' | '؟' | '\n');
    let stop = lead.rfind(is_end).or_else(|| lead.find(char::is_whitespace));
    let Some(stop) = stop else { return near };
    let behind = &lead[stop..];
    let skipped: usize = behind.chars().next().map_or(0, char::len_utf8);
    let gap = behind.len() - skipped - behind[skipped..].trim_start().len();
    near + stop + skipped + gap
}

/// Where a snippet ends that begins at `start`: at a word if one is near.
fn end_of(text: &str, start: usize) -> usize {
    let rest = &text[start..];
    let Some((end, _)) = rest.char_indices().nth(Snippet::CHARACTERS_MAX) else {
        return text.len();
    };
    let near = rest[..end].char_indices().rev().nth(LEAD_CHARACTERS_MAX / 4).map_or(0, |it| it.0);
    let blank = rest[near..end].rfind(char::is_whitespace);
    start + blank.map_or(end, |blank| near + blank)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{SearchQuery, SearchWord, Spelling};

    fn marker(words: &[(&str, Ending)]) -> Marker {
        let words = words.iter().map(|(text, ending)| SearchWord {
            spellings: vec![Spelling::of(*text, *ending)],
            is_excluded: false,
        });
        let query = SearchQuery { words: words.collect(), ..SearchQuery::default() };
        Marker::new(&Sought::all(&query).unwrap())
    }

    fn told(text: &str, words: &[(&str, Ending)]) -> String {
        let (_, snippet) = best(Field::Body, text, &marker(words).marks(text));
        assert!(snippet.text.chars().count() <= Snippet::CHARACTERS_MAX);
        let mut told = snippet.text.clone();
        for mark in snippet.marks.iter().rev() {
            told.insert(mark.end, ']');
            told.insert(mark.start, '[');
        }
        told
    }

    /// Goal: the words that were looked for are seen as they are written, in every script.
    #[test]
    fn words_are_marked_in_the_source() {
        let whole = |words: &[&str], text: &str| {
            let words: Vec<_> = words.iter().map(|word| (*word, Ending::None)).collect();
            told(text, &words)
        };
        assert_eq!(
            whole(&["baki"], "Empfang in BAKI\u{307}, Bakıda"),
            "Empfang in [BAKI\u{307}], Bakıda"
        );
        assert_eq!(whole(&["大使館"], "在バクー日本大使館で"), "在バクー日本[大使館]で");
        assert_eq!(whole(&["日"], "本日、日本"), "本[日]、[日]本");
        assert_eq!(whole(&["new york", "york"], "York in New York"), "[York] in [New York]");
        assert_eq!(whole(&["يابان"], "في واليابان"), "في وال[يابان]");
        assert_eq!(told("Bakuer Baku", &[("bak", Ending::Any)]), "[Bakuer] [Baku]");
    }

    /// Goal: a long text shows the place where most of the words stand.
    #[test]
    fn best_place_is_shown() {
        let gap = "und so weiter ".repeat(60);
        let text = format!("Japan. {gap}. Japan spricht mit Baku. {gap}Baku");
        let told = told(&text, &[("japan", Ending::None), ("baku", Ending::None)]);
        assert!(told.starts_with("[Japan] spricht mit [Baku]. und so"), "{told}");
    }

    /// Goal: neither end of a snippet cuts a letter, whatever the text.
    #[test]
    fn texts_without_blanks_are_cut_between_letters() {
        let text = "日本".repeat(400);
        let told = told(&text, &[("本日", Ending::None)]);
        assert_eq!(told.chars().filter(|it| !"[]".contains(*it)).count(), 300);
    }
}
