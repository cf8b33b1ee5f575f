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
    /// A comment, a declaration or an instruction.
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

/// The next piece of markup at or after `from`, with its first byte and the byte behind it.
///
/// None when nothing follows, or when the text ends within the markup.
pub(super) fn token(text: &str, from: usize) -> Option<(Token<'_>, usize, usize)> {
    let start = from + text[from..].find('<')?;
    let rest = &text[start + 1..];
    let (token, length) = if let Some(comment) = rest.strip_prefix("!--") {
        (Token::Other, "!--".len() + comment.find("-->")? + "-->".len())
    } else if let Some(data) = rest.strip_prefix("![CDATA[") {
        let length = data.find("]]>")?;
        (Token::CharacterData(&data[..length]), "![CDATA[".len() + length + "]]>".len())
    } else if rest.starts_with('!') {
        (Token::Other, declaration_length(rest)?)
    } else if rest.starts_with('?') {
        (Token::Other, rest.find('>')? + 1)
    } else if let Some(end) = rest.strip_prefix('/') {
        let length = end.find('>')?;
        (Token::End(end[..length].trim()), 1 + length + 1)
    } else if rest.starts_with(is_name_start) {
        start_tag(rest)?
    } else {
        (Token::Bare, 0)
    };
    Some((token, start, start + 1 + length))
}

/// A DOCTYPE may hold declarations in brackets.
fn declaration_length(rest: &str) -> Option<usize> {
    let end = rest.find('>')?;
    match rest[..end].find('[') {
        Some(bracket) => {
            let close = bracket + rest[bracket..].find(']')?;
            Some(close + rest[close..].find('>')? + 1)
        }
        None => Some(end + 1),
    }
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

/// Where the tag's inside and the tag end. A quote opens a value only behind `=`, and a `<`
/// outside of values ends a tag that forgot its own end.
fn tag_length(rest: &str, from: usize) -> Option<(usize, usize)> {
    let mut quote = None;
    let mut is_value = false;
    for (at, byte) in rest.bytes().enumerate().skip(from) {
        match (quote, byte) {
            (Some(open), _) if byte == open => quote = None,
            (None, b'>') => return Some((at, at + 1)),
            (None, b'<') => return Some((at, at)),
            (None, b'"' | b'\'') if is_value => quote = Some(byte),
            _ => {}
        }
        is_value = byte == b'=' || (is_value && byte.is_ascii_whitespace());
    }
    None
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
        std::iter::from_fn(|| {
            let (token, _, end) = token(text, at)?;
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
        Other
        Other
        Start(Tag { name: "é", attributes: "", is_empty: false })
        "#);
    }

    /// Goal: links are read however they are quoted.
    #[test]
    fn attributes_need_no_proper_quotes() {
        let found: Vec<_> = attributes(" a = 'x y' b=\"it's\" c=d/e checked f='").collect();
        assert_eq!(found, [("a", "x y"), ("b", "it's"), ("c", "d/e"), ("f", "")]);
    }
}
