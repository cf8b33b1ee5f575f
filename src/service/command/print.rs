//! Data goes to stdout, talk goes to stderr.

use std::fmt;
use std::io::{self, Write};

use clap::ValueEnum;
use serde::Serialize;

use crate::model::Evidence;
use crate::service::{Exit, Failure};

/// How data is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Columns for people.
    #[default]
    Table,
    /// One JSON object a line, for programs.
    Json,
}

/// Prints one line of data.
pub(super) fn line(line: impl fmt::Display) -> Result<(), Failure> {
    written(writeln!(io::stdout().lock(), "{line}"))
}

/// Prints a whole document that ends its lines itself.
pub(super) fn text(text: &str) -> Result<(), Failure> {
    written(io::stdout().lock().write_all(text.as_bytes()))
}

/// Prints data as it is.
pub(super) fn bytes(bytes: &[u8]) -> Result<(), Failure> {
    written(io::stdout().lock().write_all(bytes))
}

/// Prints one object as a line of JSON.
pub(super) fn json(object: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(object).map_err(|error| Failure::new(Exit::Io, error))?;
    line(text)
}

/// Prints rows under their headings. The last column may be of any width: it is where
/// titles stand, whose characters are as wide as the terminal likes.
pub(super) fn table<const N: usize>(
    headings: [&str; N],
    rows: &[[String; N]],
) -> Result<(), Failure> {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([headings[column].len()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..N.saturating_sub(1)).map(width).collect();
    let mut out = io::stdout().lock();
    let headings = headings.map(str::to_owned);
    for row in std::iter::once(&headings).chain(rows) {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}  "));
        let mut text: String = cells.collect();
        text.push_str(row.last().map_or("", String::as_str));
        written(writeln!(out, "{}", text.trim_end()))?;
    }
    Ok(())
}

/// Prints what is known of one thing, name by name; what is empty is left out.
pub(super) fn facts(facts: &[(&str, String)]) -> Result<(), Failure> {
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        line(format_args!("{name:>10}  {}", one_line(value)))?;
    }
    Ok(())
}

/// Prints reasons, strongest first, with the words that stand in the article.
pub(super) fn reasons(evidence: &[Evidence]) -> Result<(), Failure> {
    // The same words in the same field are one line.
    let mut lines: Vec<(&Evidence, f64, usize)> = Vec::new();
    for reason in evidence {
        let is_same = |it: &Evidence| {
            (&it.text, it.field, it.side) == (&reason.text, reason.field, reason.side)
        };
        match lines.iter_mut().find(|(it, ..)| is_same(it)) {
            Some((_, weight, count)) => (*weight, *count) = (*weight + reason.weight, *count + 1),
            None => lines.push((reason, reason.weight, 1)),
        }
    }
    for (reason, weight, count) in lines {
        let side = reason.side.map_or_else(|| "tie".to_owned(), |side| side.to_string());
        let words = one_line(&reason.text);
        let times = if count == 1 { String::new() } else { format!(", {count} times") };
        line(format_args!("  {weight:+.2} {side:>3}  {words} ({}{times})", reason.field))?;
    }
    Ok(())
}

/// Tells the person at the terminal.
#[expect(clippy::print_stderr, reason = "talk to the person at the terminal goes to stderr")]
pub(super) fn talk(words: fmt::Arguments<'_>) {
    eprintln!("{words}");
}

/// Text from outside on one line of a terminal: control characters cannot move the cursor,
/// bidirectional ones cannot turn the rest of the line around.
pub(super) fn one_line(text: &str) -> String {
    let is_harmless = |c: &char| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    let spaced = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    spaced.filter(is_harmless).collect()
}

fn written(result: io::Result<()>) -> Result<(), Failure> {
    result.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::new(Exit::Closed, error),
        _ => Failure::new(Exit::Io, error),
    })
}
