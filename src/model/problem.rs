//! A mistake in a file that a person wrote.

use std::fmt;

/// A mistake in a file that a person wrote: where, what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file's name as the person knows it.
    pub file: String,
    /// Line from 1; none when the whole file is meant.
    pub line: Option<usize>,
    /// What is wrong, lower case, no full stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// Words at least so alike are taken for a slip of the finger.
const LIKENESS_MIN: f64 = 0.8;

/// The candidate that was probably meant by `word`; none if none is alike.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored = candidates.into_iter().map(|it| (strsim::jaro_winkler(word, it), it));
    let best = scored.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (LIKENESS_MIN <= best.0).then_some(best.1)
}

/// The line, from 1, on which byte `offset` of `text` stands.
pub fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).map(|byte| usize::from(byte == b'\n')).sum::<usize>()
}
