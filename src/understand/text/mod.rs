//! Brings texts into the forms that people read and that the lexicon is compared with.
//!
//! Invariant: every function takes any string and looks at each byte a bounded number of
//! times.

mod entity;
mod fold;
mod letter;
mod markup;

pub use fold::{Folded, fold, fold_term};

use markup::{Piece, Pieces};

/// The text of an HTML fragment, as a person would see it.
///
/// Tags go away; block tags and empty lines become one line break. The content of scripts
/// and styles goes away too. Entities are resolved once, white space is folded, control
/// characters are dropped.
///
/// ```
/// use silkwire::understand::text::plain;
/// assert_eq!(plain("<p>Baku &amp;\n Tokyo</p><p>sign</p>"), "Baku & Tokyo\nsign");
/// ```
pub fn plain(markup: &str) -> String {
    beginning(markup, usize::MAX)
}

/// The first `n_letters` of what [`plain`] makes of a fragment; what follows is not read.
pub(super) fn beginning(markup: &str, n_letters: usize) -> String {
    let mut text = String::with_capacity(markup.len().min(n_letters.saturating_mul(4)));
    let mut gap = Gap::None;
    let mut rest = n_letters;
    let mut pieces = Pieces::of(markup);
    while 0 < rest {
        let (plain, n_plain) = pieces.plain(rest);
        if !plain.is_empty() {
            push_behind(gap, &mut text, plain);
            gap = Gap::None;
            pieces.advance(plain.len());
            rest -= n_plain;
            continue;
        }
        match pieces.next() {
            None => break,
            Some(Piece::Break { .. }) => gap = Gap::Line,
            Some(Piece::Letter { letter: '\n', .. }) => gap = gap.with_line_feed(),
            Some(Piece::Letter { letter, .. }) if letter.is_whitespace() => gap = gap.with_space(),
            Some(Piece::Letter { letter, .. }) if letter.is_control() => {}
            Some(Piece::Letter { letter, .. }) => {
                push_behind(gap, &mut text, letter.encode_utf8(&mut [0; 4]));
                gap = Gap::None;
                rest -= 1;
            }
        }
    }
    text
}

fn push_behind(gap: Gap, text: &mut String, words: &str) {
    if !text.is_empty() {
        text.push_str(gap.as_str());
    }
    text.push_str(words);
}

/// What stands between two words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    None,
    Space,
    /// One line feed: only white space in HTML, but a second one makes an empty line.
    LineFeed,
    Line,
}

impl Gap {
    fn with_space(self) -> Self {
        if self == Self::None { Self::Space } else { self }
    }

    fn with_line_feed(self) -> Self {
        match self {
            Self::None | Self::Space => Self::LineFeed,
            Self::LineFeed | Self::Line => Self::Line,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Space | Self::LineFeed => " ",
            Self::Line => "\n",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Goal: a title with markup reads as the publisher meant it.
    #[test]
    fn markup_becomes_what_people_see() {
        for (markup, text) in [
            ("<b>Ba</b>ku &#38; T&omacr;ky&#x14D;", "Baku & T&omacr;kyō"),
            ("a<br/>b<script>if (a<b) {}</script>c", "a\nbc"),
            ("one\ntwo\n\nthree", "one two\nthree"),
            ("&amp;eacute; &eacute;", "&eacute; é"),
            ("<img alt='a > b' src=x>x", "x"),
            ("5 < 6 and 7 > 2", "5 < 6 and 7 > 2"),
            ("<!-- no -->yes<style>p{}</STYLE >!", "yes!"),
            ("never <closed", "never <closed"),
            ("\u{0}a\u{7}b  ", "ab"),
        ] {
            assert_eq!(plain(markup), text, "{markup}");
        }
    }

    proptest! {
        /// Goal: no feed can stop us with a strange text.
        #[test]
        fn plain_takes_any_text(markup in "[<>&;#/!a-zé\"' \n-]{0,200}|\\PC{0,80}") {
            let text = plain(&markup);
            prop_assert!(text.trim() == text);
        }
    }
}
