//! Reads one configuration file and finds all its mistakes, not only the first.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, ValueDeserializer};

use crate::model::{Problem, closest, line_of};

/// A file with what is wrong in it so far.
pub(super) struct File<'a> {
    name: &'a str,
    text: &'a str,
    table: DeTable<'a>,
    problems: Vec<Problem>,
}

impl<'a> File<'a> {
    /// Parses `text`; what is no TOML is a problem, the rest is read all the same.
    pub(super) fn parse(name: &'a str, text: &'a str) -> Self {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut file = Self { name, text, table: table.into_inner(), problems: Vec::new() };
        for error in errors {
            file.complain(error.span(), error.message());
        }
        file
    }

    /// Takes the section `key`; an absent one is the default, a wrong key in it too.
    pub(super) fn section<T: DeserializeOwned + Default>(&mut self, key: &str) -> T {
        self.take(key).and_then(|value| self.read(value)).unwrap_or_default()
    }

    /// Takes the tables `[[key]]`; one that cannot be read is a problem and left out.
    pub(super) fn list<T: DeserializeOwned>(&mut self, key: &str) -> Vec<T> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let span = value.span();
        let DeValue::Array(items) = value.into_inner() else {
            self.complain(Some(span), &format!("`{key}` is a list of tables: write [[{key}]]"));
            return Vec::new();
        };
        items.into_iter().filter_map(|item| self.read(item)).collect()
    }

    /// Notes a mistake that a section's own check found.
    pub(super) fn problem(&mut self, span: Range<usize>, message: String, hint: Option<String>) {
        let line = Some(line_of(self.text, span.start));
        self.problems.push(Problem { file: self.name.to_owned(), line, message, hint });
    }

    /// Ends reading: whatever key was not taken is unknown. Problems come in the file's order.
    pub(super) fn finish(mut self, known: &[&str]) -> Vec<Problem> {
        for (key, _) in std::mem::take(&mut self.table) {
            let name = key.get_ref().to_string();
            let hint = closest(&name, known.iter().copied())
                .map(|known| format!("did you mean `{known}`?"));
            self.problem(key.span(), format!("unknown key `{name}`"), hint);
        }
        self.problems.sort();
        self.problems.dedup();
        self.problems
    }

    fn take(&mut self, key: &str) -> Option<Spanned<DeValue<'a>>> {
        self.table.remove(key)
    }

    /// Reads a value; whenever a part of it is wrong, notes that, drops the part and reads
    /// again, so that one run finds everything.
    fn read<T: DeserializeOwned>(&mut self, mut value: Spanned<DeValue<'a>>) -> Option<T> {
        let mut dropped = Vec::new();
        loop {
            let error = match T::deserialize(ValueDeserializer::from(value.clone())) {
                Ok(read) => return Some(read),
                Err(error) => error,
            };
            // A key that we dropped ourselves is not missing.
            let is_ours = |key: &String| error.message() == format!("missing field `{key}`");
            if !dropped.iter().any(is_ours) {
                self.complain(error.span(), error.message());
            }
            dropped.push(drop_part(&mut value, &error.span()?)?);
        }
    }

    fn complain(&mut self, span: Option<Range<usize>>, message: &str) {
        let line = span.clone().map(|span| line_of(self.text, span.start));
        let (mut message, hint) = in_plain_words(message);
        let words = span.and_then(|span| self.text.get(span)).unwrap_or_default();
        let is_value = !words.contains('\n') && !words.starts_with('[');
        if is_value && !words.is_empty() && !message.contains(words.trim_matches('"')) {
            message = format!("{message}: {words}");
        }
        self.problems.push(Problem { file: self.name.to_owned(), line, message, hint });
    }
}

/// Removes the innermost entry or element of `value` that `span` lies in, and names it; none
/// if there is none.
fn drop_part<'a>(value: &mut Spanned<DeValue<'a>>, span: &Range<usize>) -> Option<String> {
    let holds = |part: &Range<usize>| part.start <= span.start && span.end <= part.end;
    match value.get_mut() {
        DeValue::Table(table) => {
            let mut found = None;
            for (key, value) in table.iter_mut() {
                if holds(&key.span()) || holds(&value.span()) {
                    if let Some(part) = drop_part(value, span) {
                        return Some(part);
                    }
                    found = Some(key.get_ref().to_string());
                }
            }
            found.inspect(|key| drop(table.remove(key.as_str())))
        }
        DeValue::Array(items) => {
            let index = items.iter().position(|item| holds(&item.span()))?;
            let inner = items.get_mut(index).and_then(|item| drop_part(item, span));
            if inner.is_none() {
                let others = items.iter().enumerate().filter(|(other, _)| *other != index);
                *items = others.map(|(_, item)| item.clone()).collect::<DeArray<'a>>();
            }
            Some(inner.unwrap_or_else(|| index.to_string()))
        }
        _ => None,
    }
}

/// Serde's message in our words: ``unknown field `x`, expected one of `a`, `b` `` names the
/// closest known key instead of all. Our own types put the hint behind a semicolon.
fn in_plain_words(message: &str) -> (String, Option<String>) {
    if let Some((message, hint)) = message.split_once("; ")
        && (hint.starts_with("did you mean") || hint.starts_with("write "))
    {
        return (message.to_owned(), Some(hint.trim_end().to_owned()));
    }
    let Some(rest) = message.strip_prefix("unknown field `") else {
        return (message.lines().next().unwrap_or_default().to_owned(), None);
    };
    let mut quoted = rest.split('`');
    let key = quoted.next().unwrap_or_default();
    let known: Vec<&str> = quoted.skip(1).step_by(2).collect();
    let hint = match closest(key, known.iter().copied()) {
        Some(known) => format!("did you mean `{known}`?"),
        None => format!("known keys: {}", known.join(", ")),
    };
    (format!("unknown key `{key}`"), Some(hint))
}
