//! Plain text out of texts and attribute values of XML.

use std::borrow::Cow;

use super::entities::{Reference, is_legal, reference};

/// `text` with its references resolved; what no text may hold is left out.
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    let needs_work = |character: char| character == '&' || !is_legal(character);
    if !text.contains(needs_work) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(needs_work) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let found = if special.starts_with('&') { reference(special) } else { Reference::None };
        let first_bytes = special.chars().next().map_or(0, char::len_utf8);
        let n_bytes = match found {
            Reference::Character(character, n_bytes) => {
                out.push(character);
                n_bytes
            }
            Reference::Illegal(n_bytes) => n_bytes,
            Reference::None if special.starts_with('&') => {
                out.push('&');
                first_bytes
            }
            Reference::None => first_bytes,
        };
        rest = &special[n_bytes..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: words come out as their readers know them, and a bare ampersand stays one.
    #[test]
    fn references_are_resolved_once() {
        for (text, plain) in [
            ("AT&T &amp; a & b", "AT&T & a & b"),
            ("&#1041;аку &quot;x&quot;", "Баку \"x\""),
            ("&amp;amp;", "&amp;"),
            ("a&#0;b\u{0}c\u{fffe}d", "abcd"),
            ("日本&", "日本&"),
        ] {
            assert_eq!(unescaped(text), plain, "{text:?}");
        }
    }
}
