//! The lines of the journal: a record as it is now, or that it is gone.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::store) enum Kind {
    Article,
    Match,
    Story,
    Sketch,
    Delivery,
    Receiver,
    NearMiss,
    FeedChange,
    Token,
    Seen,
    /// What a person erased: it must not come back.
    Erased,
    Mute,
    /// What follows is in backups only: how a feed stands,
    FeedState,
    /// what a person can take back,
    Steps,
    /// what kind of backup this is,
    Backup,
    /// and that it is complete.
    End,
}

impl Kind {
    const ALL: [(Self, &'static str); 16] = [
        (Self::Article, "article"),
        (Self::Match, "match"),
        (Self::Story, "story"),
        (Self::Sketch, "sketch"),
        (Self::Delivery, "delivery"),
        (Self::Receiver, "receiver"),
        (Self::NearMiss, "near_miss"),
        (Self::FeedChange, "feed_change"),
        (Self::Token, "token"),
        (Self::Seen, "seen"),
        (Self::Erased, "erased"),
        (Self::Mute, "mute"),
        (Self::FeedState, "feed_state"),
        (Self::Steps, "steps"),
        (Self::Backup, "backup"),
        (Self::End, "end"),
    ];

    /// The word that stands in the file.
    pub(in crate::store) fn as_str(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// All words.
    pub(super) fn words() -> String {
        Self::ALL.map(|(_, word)| word).join(", ")
    }

    /// The kind with this word.
    pub(in crate::store) fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(kind, _)| *kind)
    }
}

/// A line: what has become of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Entry {
    pub(in crate::store) kind: Kind,
    /// Unique among its kind.
    pub(in crate::store) id: String,
    /// The record as JSON without line breaks; none if it is gone.
    pub(in crate::store) record: Option<Vec<u8>>,
}

/// A line as it stands in a file.
#[derive(Deserialize)]
pub(super) struct Line<'a> {
    #[serde(borrow)]
    pub(super) put: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) gone: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
    #[serde(borrow)]
    record: Option<&'a RawValue>,
}

impl Entry {
    /// Adds the entry to `lines` as one line with its end.
    pub(super) fn write(&self, lines: &mut Vec<u8>) {
        let verb = if self.record.is_some() { "put" } else { "gone" };
        let head = format!(r#"{{"{verb}":"{}","id":"#, self.kind.as_str());
        lines.extend_from_slice(head.as_bytes());
        serde_json::to_writer(&mut *lines, &self.id).expect("a text fits into memory");
        if let Some(record) = &self.record {
            lines.extend_from_slice(br#","record":"#);
            lines.extend_from_slice(record);
        }
        lines.extend_from_slice(b"}\n");
    }

    /// Reads what [`Entry::write`] wrote; none if it is no such line.
    pub(super) fn read(line: &[u8]) -> Option<Self> {
        let line: Line<'_> = serde_json::from_slice(line).ok()?;
        let (kind, is_gone) = match (&line.put, &line.gone) {
            (Some(kind), None) => (kind, false),
            (None, Some(kind)) => (kind, true),
            _ => return None,
        };
        let record = line.record.map(|record| record.get().as_bytes().to_vec());
        let is_sound = record.is_none() == is_gone;
        let kind = Kind::parse(kind).filter(|_| is_sound)?;
        Some(Self { kind, id: line.id.into_owned(), record })
    }
}

/// Bytes as lower-case hex digits, as ids are written.
pub(in crate::store) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: every kind is written under its own name and found by it.
    #[test]
    fn kinds_have_words() {
        for (at, (kind, word)) in Kind::ALL.into_iter().enumerate() {
            assert_eq!((kind as usize, kind.as_str()), (at, word));
            assert_eq!(Kind::parse(word), Some(kind));
        }
        assert_eq!(Kind::parse("recipe"), None);
    }

    /// Goal: a line looks as people were told, whatever a receiver is called.
    #[test]
    fn lines_are_json() {
        let record = Some(br#"{"a":1.50}"#.to_vec());
        let put = Entry { kind: Kind::Match, id: "00ff".to_owned(), record };
        let gone = Entry { kind: Kind::Receiver, id: "a\"\n".to_owned(), record: None };
        let mut lines = Vec::new();
        put.write(&mut lines);
        gone.write(&mut lines);
        let text = String::from_utf8(lines).unwrap();
        insta::assert_snapshot!(text, @r#"
        {"put":"match","id":"00ff","record":{"a":1.50}}
        {"gone":"receiver","id":"a\"\n"}
        "#);
        let read: Vec<_> = text.lines().map(|line| Entry::read(line.as_bytes()).unwrap()).collect();
        assert_eq!(read, [put, gone]);
    }

    /// Goal: a line that says two things, or half a thing, is not guessed at.
    #[test]
    fn odd_lines_are_refused() {
        let odd = [
            "",
            "{}",
            r#"{"put":"match","id":"1"}"#,
            r#"{"put":"recipe","id":"1","record":{}}"#,
            r#"{"gone":"match","id":"1","record":{}}"#,
            r#"{"put":"match","gone":"match","id":"1","record":{}}"#,
        ];
        assert_eq!(odd.map(|line| Entry::read(line.as_bytes())), odd.map(|_| None));
    }
}
