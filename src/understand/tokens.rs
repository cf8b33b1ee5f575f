//! A folded text as the tokens by which it is searched.
//!
//! A word is a token. Arabic, Persian and Hebrew write small words together with the next one,
//! so there the rest of a word is one too. Where no blanks stand between words (kana,
//! ideographs, Hangul, Thai), every two letters that follow each other are a token, and the
//! last letter alone: so any part of such a text is a sequence of its tokens, a single letter
//! the beginning of one.
//!
//! Invariant: tokens are in the order of their positions, and positions grow by one.

use std::ops::{ControlFlow, Range};

use super::words::{each_start, is_dense_letter, is_word_letter};

/// Longer words are cut.
pub const TOKEN_BYTES_MAX: usize = 128;

/// A token of a folded text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its bytes in the folded text.
    pub bytes: Range<usize>,
    /// Its place among the tokens, from 0; the parts of a word share one.
    pub position: u32,
    /// What it is.
    pub kind: TokenKind,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A whole word.
    Word,
    /// A word without the small words that are written together with it.
    Rest,
    /// Two letters of a text without blanks.
    Pair,
    /// The last letter of such a text.
    Last,
}

/// Tells `take` each token of a folded text, in order.
///
/// ```
/// use silkwire::understand::{text::fold, tokens::each_token};
/// let folded = fold("Empfang: 日本国, Bakı");
/// let mut tokens = Vec::new();
/// each_token(folded.as_str(), |token| tokens.push(folded.as_str()[token.bytes].to_owned()));
/// assert_eq!(tokens, ["empfang", "日本", "本国", "国", "baki"]);
/// ```
pub fn each_token(folded: &str, mut take: impl FnMut(Token)) {
    let mut next = 0;
    // Where the word that was taken last ends.
    let mut word_end = 0;
    each_start(folded, |start| {
        let rest = &folded[start..];
        let mut letters = rest.char_indices();
        let Some((_, first)) = letters.next() else { return ControlFlow::Break(()) };
        if is_dense_letter(first) {
            let pair = letters.next().filter(|(_, second)| is_dense_letter(*second));
            let (kind, length) = match pair {
                Some((at, second)) => (TokenKind::Pair, at + second.len_utf8()),
                None => (TokenKind::Last, first.len_utf8()),
            };
            take(Token { bytes: start..start + length, position: next, kind });
            next += 1;
        } else if is_word_letter(first) {
            let is_rest = start < word_end;
            if !is_rest {
                word_end = start + rest.find(|it| !is_word_letter(it)).unwrap_or(rest.len());
                next += 1;
            }
            let end = folded.floor_char_boundary(word_end.min(start + TOKEN_BYTES_MAX));
            let kind = if is_rest { TokenKind::Rest } else { TokenKind::Word };
            take(Token { bytes: start..end, position: next - 1, kind });
        }
        ControlFlow::Continue(())
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::understand::text::fold;

    fn said(text: &str) -> Vec<String> {
        let folded = fold(text);
        let mut said = Vec::new();
        each_token(folded.as_str(), |token| {
            said.push(format!("{} {}", token.position, &folded.as_str()[token.bytes]));
        });
        said
    }

    /// Goal: a searcher finds words of every script, however they are written together.
    #[test]
    fn each_script_has_its_tokens() {
        assert_eq!(said("Japan's COP29"), ["0 japan", "1 s", "2 cop29"]);
        assert_eq!(said("واليابان"), ["0 واليابان", "0 اليابان", "0 يابان"]);
        assert_eq!(said("駐日大使、A"), ["0 駐日", "1 日大", "2 大使", "3 使", "4 a"]);
        assert_eq!(
            said("イルハム・アリ"),
            ["0 イル", "1 ルハ", "2 ハム", "3 ム", "4 アリ", "5 リ"]
        );
        assert_eq!(said("도쿄에서 2일"), ["0 도쿄", "1 쿄에", "2 에서", "3 서", "4 2", "5 일"]);
    }

    proptest! {
        /// Goal: no text stops the index, and no word of it is lost.
        #[test]
        fn tokens_cover_every_letter(text in "[a-zA-Zəİß 日本のバクー한국ไทยواليابانשל.,・-]{0,60}|\\PC{0,60}") {
            let folded = fold(&text);
            let folded = folded.as_str();
            let mut covered = vec![false; folded.len()];
            let mut position = None;
            each_token(folded, |token| {
                assert!(folded.get(token.bytes.clone()).is_some_and(|it| !it.is_empty()));
                covered[token.bytes].fill(true);
                let step = position.map_or(0, |before: u32| token.position - before);
                assert!(step <= 1 && (position.is_some() || token.position == 0));
                position = Some(token.position);
            });
            for (at, letter) in folded.char_indices() {
                let is_letter = is_word_letter(letter) || is_dense_letter(letter);
                prop_assert_eq!(covered[at], is_letter, "{} in {}", letter, folded);
            }
        }
    }
}
