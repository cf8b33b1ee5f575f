//! Patterns of paths as robots.txt writes them (RFC 9309, 2.2.2 and 2.2.3).
//!
//! Invariant: matching is linear in pattern and path, however many `*` stand in the pattern.

use std::fmt;
use std::fmt::Write;

use url::Url;

/// An address's path and query, in the one spelling that patterns are compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target(String);

impl Target {
    /// What patterns see of `url`.
    pub(super) fn of(url: &Url) -> Self {
        let mut text = spelled(url.path().as_bytes(), Stars::AreLetters);
        if let Some(query) = url.query() {
            text.push('?');
            text.push_str(&spelled(query.as_bytes(), Stars::AreLetters));
        }
        Self(text)
    }
}

/// A start of paths; `*` stands for any text, `$` at the end for the path's end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pattern {
    /// Without the `$`.
    text: Box<str>,
    is_whole: bool,
}

impl Pattern {
    /// The pattern that somebody wrote as `text`; none if no path can fit it.
    pub(super) fn new(text: &[u8]) -> Option<Self> {
        let text = text.trim_ascii();
        if !matches!(text.first(), Some(b'/' | b'*')) {
            return None;
        }
        let start = text.strip_suffix(b"$");
        let is_whole = start.is_some();
        let text = spelled(start.unwrap_or(text), Stars::AreWild).into_boxed_str();
        Some(Self { text, is_whole })
    }

    pub(super) fn matches(&self, target: &Target) -> bool {
        let target = target.0.as_str();
        let (start, end) = match (self.is_whole, self.text.rsplit_once('*')) {
            (true, None) => return target == &*self.text,
            (true, Some((start, end))) => (start, end),
            (false, _) => (&*self.text, ""),
        };
        let mut pieces = start.split('*');
        let Some(mut rest) = target.strip_prefix(pieces.next().unwrap_or_default()) else {
            return false;
        };
        // The first place for a piece leaves the most room for those behind it.
        for piece in pieces {
            let Some(at) = rest.find(piece) else { return false };
            rest = &rest[at + piece.len()..];
        }
        rest.ends_with(end)
    }

    /// How specific it is: of two patterns that match the longer one counts.
    pub(super) fn n_octets(&self) -> usize {
        self.text.len() + usize::from(self.is_whole)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        if self.is_whole { f.write_char('$') } else { Ok(()) }
    }
}

/// What `*` and `$` are in a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stars {
    /// `*` is any text.
    AreWild,
    /// Both are themselves; a pattern has to write `%2A` and `%24` for them.
    AreLetters,
}

/// One spelling for all: letters that need no percent sign have none, all others have one,
/// and reserved characters stay as they are written (RFC 9309, 2.2.2).
fn spelled(bytes: &[u8], stars: Stars) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, behind)) = rest.split_first() {
        let escaped = if first == b'%' { hexadecimal(behind) } else { None };
        rest = if escaped.is_some() { &behind[2..] } else { behind };
        match (escaped, first) {
            (Some(byte), _) if is_plain(byte) => text.push(char::from(byte)),
            (None, b'*') if stars == Stars::AreWild => text.push('*'),
            (None, b'*' | b'$') => push_escaped(&mut text, first),
            (None, byte) if is_plain(byte) || is_reserved(byte) => text.push(char::from(byte)),
            (Some(byte), _) | (None, byte) => push_escaped(&mut text, byte),
        }
    }
    text
}

fn hexadecimal(bytes: &[u8]) -> Option<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let value = digit(bytes.first()?)? * 16 + digit(bytes.get(1)?)?;
    u8::try_from(value).ok()
}

fn push_escaped(text: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    text.push('%');
    for digit in [byte >> 4, byte & 15] {
        text.push(char::from(DIGITS[usize::from(digit)]));
    }
}

/// Means the same with and without a percent sign (RFC 3986, 2.3). The quote is one for us:
/// addresses hold it with a percent sign in queries and without one in paths.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~'".contains(&byte)
}

/// May mean something else with a percent sign (RFC 3986, 2.2).
fn is_reserved(byte: u8) -> bool {
    b":/?#[]@!$&()*+,;=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, address: &str) -> bool {
        let url = Url::parse(&format!("https://example.org{address}")).unwrap();
        Pattern::new(pattern.as_bytes()).unwrap().matches(&Target::of(&url))
    }

    /// Goal: a publisher's pattern closes what he means, and nothing else.
    #[test]
    fn stars_and_ends_mean_what_publishers_mean() {
        for (pattern, address, is_match) in [
            ("/fish", "/fish.html", true),
            ("/fish", "/Fish", false),
            ("/fish", "/catfish", false),
            ("/fish/", "/fish", false),
            ("/fish*", "/fishheads/yummy", true),
            ("/*.php", "/folder/a.php?b", true),
            ("/*.php$", "/a.php", true),
            ("/*.php$", "/a.php?b", false),
            ("/*.php$", "/a.php.php", true),
            ("/fish*.php", "/fishheads/catfish.php", true),
            ("*", "/", true),
            ("*/print", "/a/b/print", true),
            ("/a$", "/a", true),
            ("/a$", "/ab", false),
            ("/a*a$", "/a", false),
            ("/**a**", "/ba", true),
            ("/$", "/", true),
            ("/a$b", "/a$bc", true),
            ("/?s=", "/?s=baku", true),
            ("/*?", "/a", false),
        ] {
            assert_eq!(matches(pattern, address), is_match, "{pattern} {address}");
        }
        for no_path in ["", " ", "private/", "https://example.org/private", "$"] {
            assert_eq!(Pattern::new(no_path.as_bytes()), None, "{no_path}");
        }
    }

    /// Goal: one path in any spelling is one path.
    #[test]
    fn b02_percent_signs_do_not_hide_a_path() {
        for (pattern, address, is_match) in [
            ("/foo/bar?baz=https%3A%2F%2Fa", "/foo/bar?baz=https%3a%2f%2fa", true),
            ("/foo/bar?baz=https://a", "/foo/bar?baz=https%3A%2F%2Fa", false),
            ("/foo/ツ", "/foo/%E3%83%84", true),
            ("/foo/%E3%83%84", "/foo/ツ", true),
            ("/%62%61ku", "/baku", true),
            ("/baku", "/%62aku", true),
            ("/a%2Ab", "/a*b", true),
            ("/a%2Ab", "/axb", false),
            ("/a%24", "/a$", true),
            ("/a%24", "/a", false),
            ("/a b", "/a%20b", true),
            ("/a?q='x'", "/a?q='x'", true),
            ("/a|b", "/a%7Cb", true),
            ("/100%", "/100%", true),
        ] {
            assert_eq!(matches(pattern, address), is_match, "{pattern} {address}");
        }
    }

    /// Goal: a legacy site's own bytes close its own paths.
    #[test]
    fn bytes_that_are_no_utf8_are_compared_as_they_are() {
        let pattern = Pattern::new(b"/\xc1\xe0\xea\xf3").unwrap();
        let url = Url::parse("https://example.org/%C1%E0%EA%F3/1").unwrap();
        assert!(pattern.matches(&Target::of(&url)));
        assert_eq!(pattern.to_string(), "/%C1%E0%EA%F3");
    }

    /// The rule by trying everything; only for short texts.
    fn matches_slowly(pattern: &str, text: &str) -> bool {
        match pattern.chars().next() {
            None => true,
            Some('$') if pattern.len() == 1 => text.is_empty(),
            Some('*') => (0..=text.len()).any(|at| matches_slowly(&pattern[1..], &text[at..])),
            Some(letter) => {
                text.strip_prefix(letter).is_some_and(|rest| matches_slowly(&pattern[1..], rest))
            }
        }
    }

    proptest! {
        /// Goal: the fast way to match finds what the obvious way finds.
        #[test]
        fn matching_is_as_the_rule_says(pattern in "/[ab/*]{0,8}\\$?", path in "/[ab/]{0,8}") {
            prop_assert_eq!(matches(&pattern, &path), matches_slowly(&pattern, &path));
        }

        /// Goal: spelling a path anew changes nothing, so both sides meet in one form.
        #[test]
        fn spelling_is_final(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let once = spelled(&bytes, Stars::AreLetters);
            prop_assert_eq!(&spelled(once.as_bytes(), Stars::AreLetters), &once);
            prop_assert!(once.is_ascii());
        }
    }
}
