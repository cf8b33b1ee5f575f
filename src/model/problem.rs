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

/// The line, from 1, on which byte `offset` of `text` stands.
pub fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).map(|byte| usize::from(byte == b'\n')).sum::<usize>()
}
