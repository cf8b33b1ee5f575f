//! A phrase as the tokens that must follow each other.

use std::ops::Range;

use crate::store::StoreError;
use crate::store::search::{Ending, Phrase, SearchQuery, SearchWord};
use crate::understand::text::fold;
use crate::understand::tokens::{TOKEN_BYTES_MAX, TokenKind, each_token};

/// A shorter beginning of a word stands in nearly every text.
const BEGINNING_LETTERS_MIN: usize = 2;

/// Tokens that must follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// In order; not empty.
    pub(super) pieces: Vec<Piece>,
}

/// One token of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    /// How many tokens it stands behind the first one.
    pub(super) offset: u32,
    /// What may follow it in its token.
    pub(super) ending: Ending,
}

impl Piece {
    /// Whether a token is meant.
    pub(super) fn fits(&self, token: &[u8]) -> bool {
        let Some(rest) = token.strip_prefix(self.text.as_bytes()) else { return false };
        match self.ending {
            Ending::None => rest.is_empty(),
            Ending::Any => true,
            // The bytes that start a letter, as many as there are letters.
            Ending::UpTo(max) => {
                rest.iter().filter(|byte| **byte & 0xc0 != 0x80).count() <= usize::from(max)
            }
        }
    }
}

impl Pattern {
    /// What `phrase` looks for; none if it holds no letters.
    ///
    /// # Errors
    /// Its last word is the beginning of a word, and too short.
    pub(super) fn of(phrase: &Phrase) -> Result<Option<Self>, StoreError> {
        let folded = fold(&phrase.text);
        let mut tokens = Vec::new();
        each_token(folded.as_str(), |token| tokens.push(token));
        let text = |bytes: Range<usize>| folded.as_str()[bytes].to_owned();
        let mut pieces: Vec<Piece> = Vec::new();
        let mut first = None;
        for (at, token) in tokens.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|before| tokens.get(before));
            // The last letter of a pair says nothing more, but where it stands alone.
            let is_in_pair = before
                .is_some_and(|it| it.kind == TokenKind::Pair && it.bytes.end == token.bytes.end);
            let ending = match token.kind {
                TokenKind::Rest => continue,
                TokenKind::Last if is_in_pair => continue,
                TokenKind::Last => Ending::Any,
                TokenKind::Word | TokenKind::Pair => Ending::None,
            };
            let offset = token.position - *first.get_or_insert(token.position);
            pieces.push(Piece { text: text(token.bytes.clone()), offset, ending });
        }
        let (Some(piece), Some(token)) = (pieces.last_mut(), tokens.last()) else {
            return Ok(None);
        };
        let is_word = matches!(token.kind, TokenKind::Word | TokenKind::Rest);
        // A longer word was cut, and so is what follows.
        if is_word && piece.text.len() < TOKEN_BYTES_MAX {
            piece.ending = phrase.ending;
        }
        if is_word
            && piece.ending != Ending::None
            && piece.text.chars().count() < BEGINNING_LETTERS_MIN
        {
            // A short name is looked for as it stands; nobody typed its ending.
            if let Ending::UpTo(_) = phrase.ending {
                piece.ending = Ending::None;
                return Ok(Some(Self { pieces }));
            }
            let reason = format!("{:?} is too short for the beginning of a word", phrase.text);
            return Err(StoreError::Refused { reason });
        }
        Ok(Some(Self { pieces }))
    }
}

/// A word with all its spellings, each of which needs all its patterns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sought {
    pub(super) spellings: Vec<Vec<Pattern>>,
    pub(super) is_excluded: bool,
}

impl Sought {
    /// What a query looks for, word by word.
    pub(super) fn all(query: &SearchQuery) -> Result<Vec<Self>, StoreError> {
        query.check()?;
        query.words.iter().map(Self::of).collect()
    }

    fn of(word: &SearchWord) -> Result<Self, StoreError> {
        let mut spellings = Vec::with_capacity(word.spellings.len());
        for spelling in &word.spellings {
            let patterns = spelling.phrases.iter().map(Pattern::of);
            let patterns: Vec<Option<Pattern>> = patterns.collect::<Result<_, _>>()?;
            let patterns: Vec<Pattern> = patterns.into_iter().flatten().collect();
            if !patterns.is_empty() && !spellings.contains(&patterns) {
                spellings.push(patterns);
            }
        }
        if spellings.is_empty() {
            let texts = word.spellings.iter().flat_map(|it| &it.phrases).map(|it| &it.text);
            let text = texts.map(String::as_str).collect::<Vec<_>>().join(" ");
            return Err(StoreError::Refused { reason: format!("{text:?} holds no letters") });
        }
        Ok(Self { spellings, is_excluded: word.is_excluded })
    }

    /// All its patterns.
    pub(super) fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.spellings.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, ending: Ending) -> String {
        let phrase = Phrase { text: text.to_owned(), ending };
        let pattern = Pattern::of(&phrase).unwrap();
        let pieces = pattern.iter().flat_map(|pattern| &pattern.pieces);
        let said = pieces.map(|it| {
            let ending = if it.ending == Ending::None { "" } else { "*" };
            format!("{}:{}{ending}", it.offset, it.text)
        });
        said.collect::<Vec<_>>().join(" ")
    }

    /// Goal: what people type is looked for as it stands in texts, in every script.
    #[test]
    fn phrases_become_tokens() {
        assert_eq!(said("Botschaft in Bakı", Ending::None), "0:botschaft 1:in 2:baki");
        assert_eq!(said("Bak", Ending::Any), "0:bak*");
        assert_eq!(said("大使館", Ending::None), "0:大使 1:使館");
        assert_eq!(said("大", Ending::None), "0:大*");
        assert_eq!(said("日本 大使 in 東", Ending::None), "0:日本 2:大使 4:in 5:東*");
        assert_eq!(said("واليابان", Ending::None), "0:واليابان");
        assert_eq!(said("!?", Ending::None), "");
    }

    /// Goal: a single letter with a star does not read the whole index.
    #[test]
    fn short_beginnings_are_refused() {
        let phrase = Phrase { text: "b".to_owned(), ending: Ending::Any };
        let error = Pattern::of(&phrase).unwrap_err();
        assert_eq!(error.to_string(), "\"b\" is too short for the beginning of a word");
    }

    /// Goal: an ending is counted in letters, not in bytes.
    #[test]
    fn endings_are_letters() {
        let piece = Piece { text: "япони".to_owned(), offset: 0, ending: Ending::UpTo(2) };
        assert!(piece.fits("японией".as_bytes()) && piece.fits("япони".as_bytes()));
        assert!(!piece.fits("японский".as_bytes()) && !piece.fits("японисты".as_bytes()));
    }
}
