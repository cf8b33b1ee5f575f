//! Runs of letters of one way of writing, and whether a capital may only open a sentence.

use std::ops::Range;

use crate::understand::pages::Pages;

/// How a stretch of letters is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    /// Blanks, punctuation, signs, hiragana: what stands between names.
    Gap,
    /// Letters and digits of scripts that part words.
    Letters,
    Hangul,
    Katakana,
    Ideographs,
    Thai,
}

static RUNS: Pages<Run> = Pages::new(run, Run::Gap);

fn run(letter: char) -> Run {
    match letter {
        '\u{e01}'..='\u{e4e}' => Run::Thai,
        '\u{3005}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3134f}' => Run::Ideographs,
        '\u{30a1}'..='\u{30fa}' | 'ー' => Run::Katakana,
        '\u{ac00}'..='\u{d7a3}' => Run::Hangul,
        '\u{3041}'..='\u{30ff}' => Run::Gap,
        // Vowel signs of Indic scripts are letters in all but name.
        '\u{900}'..='\u{963}' | '\u{980}'..='\u{dff}' => Run::Letters,
        _ if letter.is_alphanumeric() => Run::Letters,
        _ => Run::Gap,
    }
}

/// A word or run; bytes of the folded text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) run: Run,
    pub(super) place: Range<usize>,
    /// It may be written with a capital only because a sentence, quotation or list starts here.
    pub(super) opens: bool,
}

/// The words of a part of a folded text.
pub(super) struct Words<'a> {
    text: &'a str,
    at: usize,
    end: usize,
    opens: bool,
}

impl<'a> Words<'a> {
    pub(super) fn of(text: &'a str, part: &Range<usize>) -> Self {
        let opens = !is_behind_initial(text, part.start);
        Self { text, at: part.start, end: part.end.min(text.len()), opens }
    }

    fn end_of_word(&self, run: Run, mut at: usize) -> usize {
        let rest = &self.text[at..self.end];
        let mut letters = rest.char_indices().peekable();
        let start = at;
        while let Some((place, letter)) = letters.next() {
            let next = letters.peek().map(|(_, next)| *next);
            let joins = letter == '\'' && run == Run::Letters;
            let goes_on = RUNS.of(letter) == run
                || joins && next.is_some_and(|next| RUNS.of(next) == Run::Letters);
            if !goes_on {
                return start + place;
            }
            at = start + place + letter.len_utf8();
        }
        at
    }
}

impl Iterator for Words<'_> {
    type Item = Word;

    fn next(&mut self) -> Option<Word> {
        while self.at < self.end {
            let letter = self.text[self.at..].chars().next()?;
            let run = RUNS.of(letter);
            if run == Run::Gap {
                let is_dash = letter == '-' && self.text[..self.at].ends_with([' ', '\n']);
                let is_stop = letter == '.' && !is_behind_initial(self.text, self.at + 1);
                self.opens |= is_dash
                    || is_stop
                    || matches!(
                        letter,
                        '!' | '?'
                            | ':'
                            | ';'
                            | '|'
                            | '•'
                            | '"'
                            | '«'
                            | '»'
                            | '।'
                            | '؟'
                            | '。'
                            | '\n'
                    );
                self.at += letter.len_utf8();
                continue;
            }
            let start = self.at;
            self.at = self.end_of_word(run, start);
            let opens = std::mem::take(&mut self.opens);
            return Some(Word { run, place: start..self.at, opens });
        }
        None
    }
}

/// Whether "Mr." or an initial stands before: what follows opens no sentence.
fn is_behind_initial(text: &str, start: usize) -> bool {
    const LETTERS_MAX: usize = 2;
    let before = text[..start].trim_end_matches(' ');
    let Some(before) = before.strip_suffix('.') else { return false };
    let letters = before.chars().rev().take(LETTERS_MAX + 1);
    let n_letters = letters.take_while(|letter| letter.is_alphabetic()).count();
    (1..=LETTERS_MAX).contains(&n_letters)
}
