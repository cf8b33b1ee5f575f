//! Articles as JSON lines, the way `scan` and `evaluate` take them.

use std::io::{self, BufRead, Read};

use serde::Deserialize;

use crate::model::{Language, Side, Timestamp};
use crate::service::text::Words;
use crate::understand::Text;

/// Longer lines are refused: 16 MiB are a thousand times a long article.
const LINE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// One article of a JSON-lines file. Fields that are not named here are ignored.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Record {
    #[serde(default)]
    id: Option<serde_json::Value>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    summary: Option<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default, alias = "language")]
    lang: Option<String>,
    #[serde(default)]
    pub(super) url: Option<String>,
    #[serde(default)]
    published: Option<String>,
    #[serde(default)]
    side: Option<String>,
    /// Labels: the judge never sees them.
    #[serde(flatten)]
    pub(super) labels: Labels,
}

/// What people said of an article.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Labels {
    #[serde(default)]
    pub(super) relevant: Option<bool>,
    #[serde(default)]
    pub(super) difficulty: Option<String>,
    #[serde(default)]
    pub(super) aspects: Option<Vec<String>>,
    #[serde(default)]
    pub(super) story: Option<String>,
    #[serde(default)]
    pub(super) why: Option<String>,
}

impl Record {
    /// Its id, else its line number.
    pub(super) fn id(&self, line: usize) -> String {
        match &self.id {
            Some(serde_json::Value::String(text)) => text.clone(),
            None | Some(serde_json::Value::Null) => line.to_string(),
            Some(other) => other.to_string(),
        }
    }

    /// Its title; empty if it has none.
    pub(super) fn title(&self) -> &str {
        self.title.as_deref().unwrap_or_default()
    }

    /// When it was published, if it says so in RFC 3339.
    pub(super) fn published(&self) -> Option<Timestamp> {
        self.published.as_deref()?.parse().ok()
    }

    /// Forgets the body, to see what title and summary alone would do.
    pub(super) fn drop_body(&mut self) {
        self.body = None;
    }

    /// The outlet's side, if the record says it.
    pub(super) fn side(&self) -> Side {
        self.side.clone().and_then(|side| Side::try_from(side).ok()).unwrap_or_default()
    }

    /// Its words alone.
    pub(super) fn into_words(self) -> Words {
        Words {
            title: self.title.unwrap_or_default(),
            summary: self.summary.unwrap_or_default(),
            body: self.body.unwrap_or_default(),
            declared: self.lang.as_deref().and_then(|tag| Language::of_tag(tag).ok()),
        }
    }

    /// The article as the judge reads it.
    pub(super) fn text(&self) -> Text<'_> {
        Text {
            title: self.title(),
            summary: self.summary.as_deref().unwrap_or_default(),
            body: self.body.as_deref().unwrap_or_default(),
            language: self.lang.as_deref().and_then(|tag| Language::of_tag(tag).ok()),
            home: self.side(),
            link: self.url.as_deref().unwrap_or_default(),
        }
    }
}

/// A line that is no article: where, and why not.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {reason}")]
pub(super) struct LineError {
    line: usize,
    reason: String,
}

/// Reads records one by one; memory holds one line.
pub(super) struct Records<R> {
    input: R,
    line: usize,
}

impl<R: BufRead> Records<R> {
    /// Reads from `input`.
    pub(super) fn new(input: R) -> Self {
        Self { input, line: 0 }
    }

    /// The next record with its line number; blank lines are passed over. A line that is no
    /// article does not end the reading.
    pub(super) fn next(&mut self) -> io::Result<Option<(usize, Result<Record, LineError>)>> {
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            let n_read = (&mut self.input).take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes)?;
            if n_read == 0 {
                return Ok(None);
            }
            self.line += 1;
            let is_whole = bytes.ends_with(b"\n") || (n_read as u64) < LINE_BYTES_MAX;
            if !is_whole {
                self.input.skip_until(b'\n')?;
                let reason = format!("longer than {} MiB", LINE_BYTES_MAX >> 20);
                return Ok(Some((self.line, Err(LineError { line: self.line, reason }))));
            }
            if bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
            let record = serde_json::from_slice(text);
            let record = record.map_err(|error| LineError {
                line: self.line,
                reason: format!("not an article as JSON: {error}"),
            });
            return Ok(Some((self.line, record)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<Result<String, String>> {
        let mut records = Records::new(text.as_bytes());
        let mut read = Vec::new();
        while let Some((line, record)) = records.next().unwrap() {
            read.push(record.map(|it| it.id(line)).map_err(|error| error.to_string()));
        }
        read
    }

    /// Goal: one broken line in a million costs that line and is named.
    #[test]
    fn broken_line_is_named_and_passed_over() {
        let read = all("{\"id\":7,\"title\":\"a\"}\n\nnonsense\n{\"title\":null}");
        assert_eq!(read[0], Ok("7".to_owned()));
        assert!(read[1].as_ref().unwrap_err().starts_with("line 3: not an article as JSON"));
        assert_eq!(read[2], Ok("4".to_owned()));
    }

    /// Goal: labels and unknown fields do not get in the way of judging.
    #[test]
    fn labels_are_read_apart() {
        let text = r#"{"id":"x","title":"t","lang":"az-Latn","relevant":true,"more":[1]}"#;
        let (_, record) = Records::new(text.as_bytes()).next().unwrap().unwrap();
        let record = record.unwrap();
        assert_eq!(record.labels.relevant, Some(true));
        assert_eq!(record.text().language, Some("az".parse().unwrap()));
    }
}
