//! What a person typed, as words to look for.
//!
//! A name that the lexicon knows is looked for in all its spellings, in every script. Words in
//! quotes follow each other and are looked for as they are typed; `word*` is the beginning of a
//! word, `-word` must not be there. Nothing that can be typed is a mistake of form: a quote that
//! is not closed ends with the text.

use std::ops::Range;

use crate::model::view::shortened;
use crate::store::{Ending, Phrase, SearchQuery, SearchWord, Spelling};
use crate::understand::Name;

/// A longer text is no question.
const CHARACTERS_MAX: usize = 500;

/// The last word of somebody who is still typing is a beginning from so many letters on.
const BEGINNING_LETTERS_MIN: usize = 3;

/// Whether the last word may be only the beginning of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typing {
    /// Everything is there.
    Done,
    /// Somebody is still at it.
    UnderWay,
}

/// The words that `typed` asks for; `names` finds the lexicon's names in a text.
///
/// # Errors
/// In words for a person: it is too long, or nothing in it can be looked for.
pub fn words_of(
    typed: &str,
    typing: Typing,
    names: &dyn Fn(&str) -> Vec<Name>,
) -> Result<Vec<SearchWord>, String> {
    if typed.chars().nth(CHARACTERS_MAX).is_some() {
        return Err(format!("at most {CHARACTERS_MAX} characters can be looked for"));
    }
    let mut words = Vec::new();
    // Plain words are looked at together: a name may be several of them.
    let mut plain: Vec<Range<usize>> = Vec::new();
    for part in parts(typed) {
        if part.kind == PartKind::Plain {
            plain.push(part.bytes);
            continue;
        }
        words.extend(plain_words(typed, &std::mem::take(&mut plain), names));
        words.extend(part.word(typed));
    }
    let last = last_beginning(typed, &plain, typing);
    if last.is_some() {
        plain.pop();
    }
    words.extend(plain_words(typed, &plain, names));
    words.extend(last.map(|text| beginning(text, names)));
    match words.len() {
        0 => {
            let shown = shortened(typed.trim(), 60);
            Err(format!("{shown:?} holds no letters that could be looked for"))
        }
        n if SearchQuery::WORDS_MAX < n => {
            Err(format!("{n} words are too many: at most {}", SearchQuery::WORDS_MAX))
        }
        _ if words.iter().all(|word| word.is_excluded) => {
            Err("there are only words that must not be found".to_owned())
        }
        _ => Ok(words),
    }
}

/// A piece of what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    bytes: Range<usize>,
    kind: PartKind,
    is_excluded: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PartKind {
    Plain,
    Quoted,
    /// With a star at its end.
    Beginning,
}

impl Part {
    /// What it asks for by itself; none if it holds no letters.
    fn word(&self, typed: &str) -> Option<SearchWord> {
        let text = &typed[self.bytes.clone()];
        let ending = if self.kind == PartKind::Beginning { Ending::Any } else { Ending::None };
        let is_word = text.contains(char::is_alphanumeric);
        is_word.then(|| SearchWord {
            spellings: vec![Spelling::of(text, ending)],
            is_excluded: self.is_excluded,
        })
    }
}

fn is_quote(letter: char) -> bool {
    matches!(letter, '"' | '“' | '”' | '„' | '«' | '»' | '「' | '」' | '『' | '』' | '＂')
}

/// Quoted texts and words between blanks, in order.
fn parts(typed: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(letter) = typed[at..].chars().next() {
        let minus = typed[at..].strip_prefix('-').and_then(|rest| rest.chars().next());
        let is_excluded = minus.is_some_and(|next| next.is_alphanumeric() || is_quote(next));
        let start = if is_excluded { at + 1 } else { at };
        let first = typed[start..].chars().next().unwrap_or(letter);
        if letter.is_whitespace() {
            at += letter.len_utf8();
        } else if is_quote(first) {
            let open = start + first.len_utf8();
            let close = typed[open..].find(is_quote).map_or(typed.len(), |close| open + close);
            parts.push(Part { bytes: open..close, kind: PartKind::Quoted, is_excluded });
            at = close + typed[close..].chars().next().map_or(0, char::len_utf8);
        } else {
            let is_end = |it: char| it.is_whitespace() || is_quote(it);
            let end = typed[start..].find(is_end).map_or(typed.len(), |end| start + end);
            let letters = typed[start..end].trim_end_matches(['*', '＊']);
            let kind = match letters.len() == end - start {
                false => PartKind::Beginning,
                // It needs no company to be read.
                true if is_excluded => PartKind::Quoted,
                true => PartKind::Plain,
            };
            parts.push(Part { bytes: start..start + letters.len(), kind, is_excluded });
            at = end;
        }
    }
    parts
}

/// A run of letters within plain words.
struct Atom {
    bytes: Range<usize>,
    /// The number of its word.
    word: usize,
}

fn atoms(typed: &str, plain: &[Range<usize>]) -> Vec<Atom> {
    let mut atoms = Vec::new();
    for (word, bytes) in plain.iter().enumerate() {
        let mut start = None;
        for (at, letter) in typed[bytes.clone()].char_indices() {
            let at = bytes.start + at;
            match (is_mark(letter), start) {
                (true, Some(begun)) => {
                    atoms.push(Atom { bytes: begun..at, word });
                    start = None;
                }
                (false, None) => start = Some(at),
                _ => {}
            }
        }
        atoms.extend(start.map(|begun| Atom { bytes: begun..bytes.end, word }));
    }
    atoms
}

/// Whether a letter stands between words. An apostrophe stands within one.
fn is_mark(letter: char) -> bool {
    match letter {
        '\'' | '’' | 'ʼ' | '\u{200b}'..='\u{200d}' | '々' => false,
        '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{303f}' | '・' => true,
        _ => letter.is_ascii_punctuation() || letter.is_whitespace() || letter.is_control(),
    }
}

/// Plain words that follow each other: names in all spellings, the rest as it is.
fn plain_words(
    typed: &str,
    plain: &[Range<usize>],
    names: &dyn Fn(&str) -> Vec<Name>,
) -> Vec<SearchWord> {
    let (Some(first), Some(last)) = (plain.first(), plain.last()) else { return Vec::new() };
    let run = first.start..last.end;
    let atoms = atoms(typed, plain);
    let names = names(&typed[run.clone()]);
    let mut names = names.into_iter().map(|name| Name {
        bytes: run.start + name.bytes.start..run.start + name.bytes.end,
        ..name
    });
    let mut name = names.next();
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(atom) = atoms.get(at) {
        while name.as_ref().is_some_and(|it| it.bytes.start < atom.bytes.start) {
            name = names.next();
        }
        if let Some(found) = &name
            && let Some(n_atoms) = covered(typed, &atoms[at..], found)
        {
            words.push(named(typed, &atoms[at..at + n_atoms], found));
            at += n_atoms;
            continue;
        }
        let is_next_name =
            |it: &Atom| name.as_ref().is_some_and(|name| name.bytes.start == it.bytes.start);
        let rest = atoms[at + 1..].iter();
        let same = rest.take_while(|it| it.word == atom.word && !is_next_name(it)).count();
        let end = atoms[at + same].bytes.end;
        let part = Part { bytes: atom.bytes.start..end, kind: PartKind::Plain, is_excluded: false };
        words.extend(part.word(typed));
        at += same + 1;
    }
    words
}

/// How many of the `atoms` a name covers that starts with the first of them; none if it ends
/// within one. What follows an apostrophe is an ending.
fn covered(typed: &str, atoms: &[Atom], name: &Name) -> Option<usize> {
    if atoms.first()?.bytes.start != name.bytes.start {
        return None;
    }
    let last = atoms.iter().position(|it| name.bytes.end <= it.bytes.end)?;
    let rest = typed.get(name.bytes.end..atoms[last].bytes.end)?;
    let is_whole = rest.is_empty() || rest.starts_with(['\'', '’', 'ʼ']);
    is_whole.then_some(last + 1)
}

/// A name: as it was typed, in any order, or in another spelling.
fn named(typed: &str, atoms: &[Atom], name: &Name) -> SearchWord {
    let phrases = atoms.iter().map(|atom| Phrase {
        text: typed[atom.bytes.start..atom.bytes.end.min(name.bytes.end)].to_owned(),
        ending: Ending::None,
    });
    let own = Spelling { phrases: phrases.collect() };
    let others = name.spellings.iter().map(|spelling| {
        Spelling::of(spelling.text.as_str(), Ending::UpTo(spelling.ending_letters_max))
    });
    let spellings = std::iter::once(own).chain(others).collect();
    SearchWord { spellings, is_excluded: false }
}

/// The last word if it may be only a beginning.
fn last_beginning<'a>(typed: &'a str, plain: &[Range<usize>], typing: Typing) -> Option<&'a str> {
    let last = plain.last().filter(|_| typing == Typing::UnderWay)?;
    let text = &typed[last.clone()];
    let is_long = BEGINNING_LETTERS_MIN <= text.chars().count();
    (last.end == typed.len() && is_long && text.chars().all(char::is_alphanumeric)).then_some(text)
}

/// A word that may be only a beginning; if it is a name, in all spellings too.
fn beginning(text: &str, names: &dyn Fn(&str) -> Vec<Name>) -> SearchWord {
    let whole = 0..text.len();
    let mut word = SearchWord::default();
    word.spellings.push(Spelling::of(text, Ending::Any));
    for named in plain_words(text, &[whole], names) {
        word.spellings.extend(named.spellings);
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::NameSpelling;

    /// A lexicon that knows one capital and one person.
    fn names(text: &str) -> Vec<Name> {
        let known = [("baku", "баку"), ("ilham aliyev", "əliyev"), ("バクー", "baku")];
        let mut found: Vec<Name> = Vec::new();
        let lower = text.to_lowercase();
        for (name, other) in known {
            for (start, it) in lower.match_indices(name) {
                let spellings =
                    vec![NameSpelling { text: other.to_owned(), ending_letters_max: 4 }];
                found.push(Name { bytes: start..start + it.len(), spellings });
            }
        }
        found.sort_by_key(|it| it.bytes.start);
        found
    }

    fn said(typed: &str, typing: Typing) -> String {
        let words = match words_of(typed, typing, &names) {
            Ok(words) => words,
            Err(error) => return error,
        };
        let said = words.iter().map(|word| {
            let spellings = word.spellings.iter().map(|spelling| {
                let phrases = spelling.phrases.iter().map(|it| match it.ending {
                    Ending::None => format!("[{}]", it.text),
                    Ending::Any => format!("[{}*]", it.text),
                    Ending::UpTo(n) => format!("[{}+{n}]", it.text),
                });
                phrases.collect::<Vec<_>>().join("&")
            });
            let sign = if word.is_excluded { "-" } else { "" };
            format!("{sign}{}", spellings.collect::<Vec<_>>().join("|"))
        });
        said.collect::<Vec<_>>().join(" ")
    }

    /// Goal: people type as they are used to, and nothing of it is an error.
    #[test]
    fn typed_text_becomes_words() {
        let done = |typed: &str| said(typed, Typing::Done);
        assert_eq!(done("Empfang Baku"), "[Empfang] [Baku]|[баку+4]");
        assert_eq!(done("\"Empfang in Baku\" -Iran öl*"), "[Empfang in Baku] -[Iran] [öl*]");
        assert_eq!(done("„Empfang“ «in» 「日本」"), "[Empfang] [in] [日本]");
        assert_eq!(done("\"nie zu Ende"), "[nie zu Ende]");
        assert_eq!(done("COP-29, (Baku)"), "[COP-29] [Baku]|[баку+4]");
        assert_eq!(done("Tokio-Baku"), "[Tokio] [Baku]|[баку+4]");
        assert_eq!(done("Ilham Aliyev’s visit"), "[Ilham]&[Aliyev]|[əliyev+4] [visit]");
        assert_eq!(done("- -- ! Öl"), "[Öl]");
        assert_eq!(done("バクー大使館 大使"), "[バクー大使館] [大使]");
        assert_eq!(done("-\"a b\" x"), "-[a b] [x]");
    }

    /// Goal: whoever is still typing sees what the word may become.
    #[test]
    fn last_word_may_be_a_beginning() {
        let typing = |typed: &str| said(typed, Typing::UnderWay);
        assert_eq!(typing("Öl Emp"), "[Öl] [Emp*]|[Emp]");
        assert_eq!(typing("Emp "), "[Emp]");
        assert_eq!(typing("Öl baku"), "[Öl] [baku*]|[baku]|[баку+4]");
        assert_eq!(typing("\"Emp"), "[Emp]");
    }

    /// Goal: who asks for nothing, or too much, is told so.
    #[test]
    fn impossible_questions_are_told() {
        let done = |typed: &str| said(typed, Typing::Done);
        assert_eq!(done("!?"), "\"!?\" holds no letters that could be looked for");
        assert_eq!(done("-Iran"), "there are only words that must not be found");
        assert_eq!(done(&"a ".repeat(40)), "40 words are too many: at most 32");
        assert_eq!(done(&"a".repeat(501)), "at most 500 characters can be looked for");
    }
}
