//! Reads an HTML fragment letter by letter, with the place of each letter in the source.
//!
//! Not a parser: a title in a feed is no document. What looks like a tag goes away, what
//! does not is text.

use super::entity;

/// Something that remains of markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A letter that people see, and the bytes of the source that stand for it.
    Letter { letter: char, start: usize, end: usize },
    /// A block ends or starts here.
    Break { at: usize },
}

/// Tags that start a new line; all others stand inside a line, as in `<b>Ba</b>ku`.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "caption",
    "dd",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "option",
    "p",
    "pre",
    "section",
    "table",
    "td",
    "th",
    "title",
    "tr",
    "ul",
];

/// Tags whose content nobody reads.
const HIDDEN: &[&str] = &["script", "style", "template"];

/// The pieces of a markup text.
pub(super) struct Pieces<'a> {
    text: &'a str,
    at: usize,
    /// Behind this byte no `>` follows, so nothing can be a tag: keeps a text of `<a<a<a…` linear.
    /// Looked for when the first tag starts.
    last_tag_end: Option<usize>,
    /// The same for comments.
    last_comment_end: Option<usize>,
    /// False once a quote was found open at the end: quotes are then no part of tags.
    has_closed_quotes: bool,
}

impl<'a> Pieces<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, at: 0, last_tag_end: None, last_comment_end: None, has_closed_quotes: true }
    }

    /// Where the next piece starts.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// What follows up to the next white space, tag or reference, or a letter that needs a look;
    /// at most `n_letters` letters, and how many there are.
    pub(super) fn plain(&self, n_letters: usize) -> (&'a str, usize) {
        let bytes = &self.text.as_bytes()[self.at..];
        let (mut length, mut n_taken) = (0, 0);
        while n_taken < n_letters {
            length += match bytes.get(length..) {
                Some([0x21..=0x7e, ..]) if !matches!(bytes[length], b'<' | b'&') => 1,
                Some([0xc3..=0xdf, ..]) => 2,
                Some([0xe3, 0x81..=0xbf, ..] | [0xe0 | 0xe4..=0xef, ..]) => 3,
                _ => break,
            };
            n_taken += 1;
        }
        (&self.text[self.at..self.at + length], n_taken)
    }

    /// Goes on behind `length` bytes that hold neither tags nor references.
    pub(super) fn advance(&mut self, length: usize) {
        self.at += length;
    }

    fn last_tag_end(&mut self) -> usize {
        let text = self.text;
        *self.last_tag_end.get_or_insert_with(|| text.rfind('>').unwrap_or(0))
    }

    fn last_comment_end(&mut self) -> usize {
        let text = self.text;
        *self.last_comment_end.get_or_insert_with(|| text.rfind("-->").unwrap_or(0))
    }

    /// Takes a tag or comment that starts here; says whether it breaks the line.
    fn take_tag(&mut self) -> Option<bool> {
        let rest = &self.text[self.at..];
        let second = *rest.as_bytes().get(1)?;
        let is_tag = second.is_ascii_alphabetic() || matches!(second, b'/' | b'!' | b'?');
        if !is_tag || self.last_tag_end() < self.at {
            return None;
        }
        if rest.starts_with("<!--") && self.at + 2 < self.last_comment_end() {
            let end = rest[4..].find("-->").map_or(4, |end| end + 4 + "-->".len());
            self.at += end;
            return Some(false);
        }
        let name = tag_name(rest);
        self.at += self.tag_length(rest)?;
        if second != b'/' && HIDDEN.iter().any(|hidden| hidden.eq_ignore_ascii_case(name)) {
            self.skip_to_end_of(name);
        }
        Some(BLOCKS.iter().any(|block| block.eq_ignore_ascii_case(name)))
    }

    fn tag_length(&mut self, tag: &str) -> Option<usize> {
        if self.has_closed_quotes {
            let mut quote = None;
            for (index, byte) in tag.bytes().enumerate() {
                match (quote, byte) {
                    (None, b'>') => return Some(index + 1),
                    (None, b'"' | b'\'') => quote = Some(byte),
                    (Some(open), _) if open == byte => quote = None,
                    _ => {}
                }
            }
            self.has_closed_quotes = false;
        }
        tag.find('>').map(|index| index + 1)
    }

    /// Goes behind `</name>`; without one the rest of the text is hidden, as in browsers.
    fn skip_to_end_of(&mut self, name: &str) {
        let mut rest = &self.text[self.at..];
        while let Some(index) = rest.find("</") {
            rest = &rest[index..];
            if tag_name(rest).eq_ignore_ascii_case(name) {
                break;
            }
            rest = &rest[2..];
        }
        if !rest.starts_with("</") {
            rest = "";
        }
        let end = rest.find('>').map_or(rest.len(), |index| index + 1);
        self.at = self.text.len() - rest.len() + end;
    }
}

/// The name of the tag that `tag` starts with.
fn tag_name(tag: &str) -> &str {
    let name = tag.trim_start_matches(['<', '/']);
    let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
    &name[..end]
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        loop {
            let start = self.at;
            let letter = self.text[start..].chars().next()?;
            if letter == '<'
                && let Some(breaks) = self.take_tag()
            {
                if breaks {
                    return Some(Piece::Break { at: start });
                }
                continue;
            }
            let resolved = if letter == '&' { entity::resolve(&self.text[start..]) } else { None };
            let (letter, length) = resolved.unwrap_or((letter, letter.len_utf8()));
            self.at += length;
            return Some(Piece::Letter { letter, start, end: self.at });
        }
    }
}
