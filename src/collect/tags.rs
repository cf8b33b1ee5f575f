//! Cuts XML, or what is meant to be XML, into tags.
//!
//! Invariant: linear in the length of the text, and no error: what is no tag is text.

/// A piece of markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `<name …>` or `<name …/>`.
    Start(Tag<'a>),
    /// `</name>`.
    End(&'a str),
    /// `<![CDATA[…]]>`, without its brackets.
    CharacterData(&'a str),
    /// `<!…>`, from its `!` on.
    Declaration(&'a str),
    /// A comment or an instruction, or the start of one that has no end.
    Other,
    /// A `<` that opens nothing.
    Bare,
}

/// A start tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// The name with its prefix.
    pub(super) name: &'a str,
    /// What stands behind the name.
    pub(super) attributes: &'a str,
    /// Whether it is its own end.
    pub(super) is_empty: bool,
}

impl<'a> Tag<'a> {
    pub(super) fn prefix(&self) -> &'a str {
        self.name.split_once(':').map_or("", |(prefix, _)| prefix)
    }

    pub(super) fn local_name(&self) -> &'a str {
        self.name.split_once(':').map_or(self.name, |(_, local)| local)
    }
}

/// Finds the same text again and again, each time further on, without reading anything twice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ahead {
    needle: &'static str,
    /// Where the last search started, and what it found.
    last: Option<(usize, Option<usize>)>,
}

impl Ahead {
    pub(super) fn new(needle: &'static str) -> Self {
        Self { needle, last: None }
    }

    /// The first needle at or after `from`.
    pub(super) fn find(&mut self, text: &str, from: usize) -> Option<usize> {
        match self.last {
            Some((start, found)) if start <= from && found.is_none_or(|found| from <= found) => {
                found
            }
            _ => {
                let found = text[from..].find(self.needle).map(|at| from + at);
                self.last = Some((from, found));
                found
            }
        }
    }
}

/// Cuts a text into its pieces.
///
/// A comment or CDATA section without an end does not swallow the document: its start is no markup.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    comment_end: Ahead,
    data_end: Ahead,
    subset_end: Ahead,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            comment_end: Ahead::new("-->"),
            data_end: Ahead::new("]]>"),
            subset_end: Ahead::new("]"),
        }
    }

    /// The next piece of markup at or after `from`, with its first byte and the byte behind it.
    ///
    /// None when nothing follows, or when the text ends within a tag.
    pub(super) fn token(&mut self, from: usize) -> Option<(Token<'a>, usize, usize)> {
        let start = from + self.text[from..].find('<')?;
        let rest = &self.text[start + 1..];
        let (token, length) = match rest.as_bytes().first() {
            Some(b'!') => {
                let (token, end) = self.declaration(start + 1)?;
                return Some((token, start, end));
            }
            Some(b'?') => (Token::Other, rest.find('>')? + 1),
            Some(b'/') => end_tag(rest)?,
            _ if rest.starts_with(is_name_start) => start_tag(rest)?,
            _ => (Token::Bare, 0),
        };
        Some((token, start, start + 1 + length))
    }

    /// What begins with the `!` at `from`, and the byte behind it.
    fn declaration(&mut self, from: usize) -> Option<(Token<'a>, usize)> {
        let (text, rest) = (self.text, &self.text[from..]);
        if rest.starts_with(COMMENT) {
            let start = from + COMMENT.len();
            let end = self.comment_end.find(text, start).map(|end| end + "-->".len());
            return Some((Token::Other, end.unwrap_or(start)));
        }
        if rest.starts_with(DATA) {
            let start = from + DATA.len();
            return Some(match self.data_end.find(text, start) {
                Some(end) => (Token::CharacterData(&text[start..end]), end + "]]>".len()),
                None => (Token::Other, start),
            });
        }
        // A DOCTYPE may hold declarations in brackets.
        let end = from + rest.find('>')?;
        let subset_end = match text[from..end].find('[') {
            Some(bracket) => self.subset_end.find(text, from + bracket),
            None => None,
        };
        let end = match subset_end {
            Some(subset_end) => subset_end + text[subset_end..].find('>')?,
            None => end,
        };
        Some((Token::Declaration(&text[from..=end]), end + 1))
    }
}

/// The next piece of markup at or after `from`; none as well where the text ends within a comment.
pub(super) fn token(text: &str, from: usize) -> Option<(Token<'_>, usize, usize)> {
    let mut scanner = Scanner::new(text);
    let found = scanner.token(from);
    let is_open = |ahead: &Ahead| matches!(ahead.last, Some((_, None)));
    found.filter(|_| !is_open(&scanner.comment_end) && !is_open(&scanner.data_end))
}

const COMMENT: &str = "!--";
const DATA: &str = "![CDATA[";

/// `</name>`; one that forgot its own end is ended by the next tag.
fn end_tag(rest: &str) -> Option<(Token<'_>, usize)> {
    let length = rest.find(['>', '<'])?;
    let end = if rest.as_bytes()[length] == b'>' { length + 1 } else { length };
    Some((Token::End(rest[1..length].trim()), end))
}

fn is_name_start(character: char) -> bool {
    character.is_alphabetic() || character == '_'
}

fn start_tag(rest: &str) -> Option<(Token<'_>, usize)> {
    let name_length =
        rest.find(|c: char| c.is_whitespace() || matches!(c, '/' | '>' | '<' | '='))?;
    let (inner_length, length) = tag_length(rest, name_length)?;
    let inner = &rest[name_length..inner_length];
    let attributes = inner.strip_suffix('/');
    let tag = Tag {
        name: &rest[..name_length],
        attributes: attributes.unwrap_or(inner),
        is_empty: attributes.is_some(),
    };
    Some((Token::Start(tag), length))
}

/// Where the tag's inside and the tag end. A quote opens a value only behind `=`. No value holds
/// a `<` (XML 1.0, 3.1): there, a quote or a tag forgot its own end.
fn tag_length(rest: &str, from: usize) -> Option<(usize, usize)> {
    let mut quote = None;
    let mut is_value = false;
    let mut first_end = None;
    for (at, byte) in rest.bytes().enumerate().skip(from) {
        match (quote, byte) {
            (_, b'<') => {
                return Some(first_end.map_or((at, at), |first_end| (first_end, first_end + 1)));
            }
            (Some(open), _) if byte == open => quote = None,
            (Some(_), b'>') => first_end = first_end.or(Some(at)),
            (None, b'>') => return Some((at, at + 1)),
            (None, b'"' | b'\'') if is_value => quote = Some(byte),
            _ => {}
        }
        is_value = byte == b'=' || (is_value && byte.is_ascii_whitespace());
    }
    first_end.map(|first_end| (first_end, first_end + 1))
}

/// Names and raw values of attributes; forgotten quotes are forgiven.
pub(super) fn attributes(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (before, after) = rest.split_once('=')?;
        let name = before.split_whitespace().next_back().unwrap_or_default();
        let after = after.trim_start();
        let quote = after.chars().next().filter(|first| matches!(first, '"' | '\''));
        let (value, behind) = match quote {
            Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
            None => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
        };
        rest = behind;
        Some((name, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<Token<'_>> {
        let mut at = 0;
        let mut scanner = Scanner::new(text);
        std::iter::from_fn(|| {
            let (token, _, end) = scanner.token(at)?;
            at = end;
            Some(token)
        })
        .collect()
    }

    /// Goal: what a publisher's template breaks in one tag does not break the next.
    #[test]
    fn broken_markup_is_cut_where_people_would_cut_it() {
        let text = "<a b='>' c=\"it's\" d=e/><p it's fine>x < y<br<![CDATA[</a>]]></ a >\
            <!-- <c> --><!DOCTYPE rss [<!ENTITY x \"<y>\">]><?php echo?><é>";
        let found: Vec<String> = tokens(text).iter().map(|it| format!("{it:?}")).collect();
        insta::assert_snapshot!(found.join("\n"), @r#"
        Start(Tag { name: "a", attributes: " b='>' c=\"it's\" d=e", is_empty: true })
        Start(Tag { name: "p", attributes: " it's fine", is_empty: false })
        Bare
        Start(Tag { name: "br", attributes: "", is_empty: false })
        CharacterData("</a>")
        End("a")
        Other
        Declaration("!DOCTYPE rss [<!ENTITY x \"<y>\">]>")
        Other
        Start(Tag { name: "é", attributes: "", is_empty: false })
        "#);
    }

    /// Goal: a quote, a comment or a section without an end costs its own text, not the feed.
    #[test]
    fn what_has_no_end_swallows_nothing() {
        let names = |text: &'static str| {
            let starts = tokens(text).into_iter().filter_map(|token| match token {
                Token::Start(tag) => Some(tag.name),
                _ => None,
            });
            starts.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names("<a b=\"c><d>e</d><f g=\"h\"/>"), "a d f");
        assert_eq!(names("<!-- <a><!-- --><b><!-- <c><!--"), "b c");
        assert_eq!(names("<![CDATA[<a>]]><![CDATA[<b><![CDATA[<c>"), "b c");
        assert_eq!(names("<a></b<c><d"), "a c");
    }

    /// Goal: links are read however they are quoted.
    #[test]
    fn attributes_need_no_proper_quotes() {
        let found: Vec<_> = attributes(" a = 'x y' b=\"it's\" c=d/e checked f='").collect();
        assert_eq!(found, [("a", "x y"), ("b", "it's"), ("c", "d/e"), ("f", "")]);
    }
}
