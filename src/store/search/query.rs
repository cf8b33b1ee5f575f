//! What can be looked for, and what is found.

use std::ops::Range;

use crate::model::{
    Article, Aspect, Country, FeedId, Field, Language, Match, Score, Side, Timestamp,
};
use crate::store::{Judged, StoreError};

/// What is looked for. Without words: everything that the filter lets through.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchQuery {
    /// Every one must be found, or must not be.
    pub words: Vec<SearchWord>,
    /// Which matches at all.
    pub filter: SearchFilter,
    /// What comes first.
    pub order: SearchOrder,
}

/// Something that is written in one way or another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchWord {
    /// One of these must be found.
    pub spellings: Vec<Spelling>,
    /// None of them may be found.
    pub is_excluded: bool,
}

/// One way to write a word or a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spelling {
    /// All of these must be found, in any order.
    pub phrases: Vec<Phrase>,
}

impl Spelling {
    /// A spelling that is one phrase.
    pub fn of(text: impl Into<String>, ending: Ending) -> Self {
        Self { phrases: vec![Phrase { text: text.into(), ending }] }
    }
}

/// Words that follow each other; upper case, marks and variants of letters make no difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// One word or several.
    pub text: String,
    /// What may follow the last one within its word.
    pub ending: Ending,
}

/// What may follow within a word. Where no blanks stand between words, anything may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// Nothing.
    #[default]
    None,
    /// So many letters.
    UpTo(u8),
    /// Anything.
    Any,
}

/// Which matches are looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchFilter {
    /// In this language only.
    pub language: Option<Language>,
    /// Only those in which a word speaks for this country, or whose outlet is at home there.
    pub side: Option<Country>,
    /// With this aspect only.
    pub aspect: Option<Aspect>,
    /// Of this feed only.
    pub feed: Option<FeedId>,
    /// With this verdict only.
    pub verdict: Option<Judged>,
    /// With this score or a higher one.
    pub score_min: Option<Score>,
    /// With this score or a lower one.
    pub score_max: Option<Score>,
    /// Flagged at or after this time.
    pub since: Option<Timestamp>,
    /// Flagged before this time.
    pub until: Option<Timestamp>,
}

impl SearchFilter {
    /// Whether `matched` is one of these.
    pub(super) fn accepts(&self, matched: &Match) -> bool {
        self.language.is_none_or(|language| language == matched.language)
            && self.side.is_none_or(|side| sides(matched).any(|it| it == side))
            && self.aspect.is_none_or(|aspect| matched.aspects.contains(&aspect))
            && self.feed.is_none_or(|feed| feed == matched.feed)
            && self.verdict.is_none_or(|judged| judged == Judged::of(matched.review.as_ref()))
            && self.has_score(matched.score.value())
            && self.has_time(matched.created.unix_ms())
    }

    pub(super) fn has_score(&self, score: f64) -> bool {
        self.score_min.is_none_or(|min| min.value() <= score)
            && self.score_max.is_none_or(|max| score <= max.value())
    }

    pub(super) fn has_time(&self, created_ms: i64) -> bool {
        self.since.is_none_or(|since| since.unix_ms() <= created_ms)
            && self.until.is_none_or(|until| created_ms < until.unix_ms())
    }
}

/// The countries that a match speaks of or from; some more than once.
pub(super) fn sides(matched: &Match) -> impl Iterator<Item = Country> {
    let home = matched.home.and_then(Side::country);
    matched.evidence.iter().filter_map(|evidence| evidence.side).chain(home)
}

/// What comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SearchOrder {
    /// What was flagged last.
    #[default]
    Newest,
    /// What fits best: where the words stand often, in a short text, in the title.
    Best,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The match.
    pub matched: Match,
    /// Its article.
    pub article: Article,
    /// Where it was found: the title if a word stands there, and the best place of the text.
    pub snippets: Vec<Snippet>,
}

/// A part of a text with the words that were looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// Of which text.
    pub field: Field,
    /// At most [`Snippet::CHARACTERS_MAX`] characters, without "…" at the ends.
    pub text: String,
    /// Whether something stands before it and after it.
    pub is_cut: [bool; 2],
    /// The bytes of the words in `text`, in order, apart from each other.
    pub marks: Vec<Range<usize>>,
}

impl Snippet {
    /// So much of a text leaves the house.
    pub const CHARACTERS_MAX: usize = 300;
}

/// How complete answers are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SearchState {
    /// They hold whatever was stored some seconds ago.
    Complete,
    /// The index is being made anew: older matches are missing.
    Building {
        /// How much of it is done.
        percent: u8,
    },
    /// Nothing new gets into the index for now; it is tried again.
    Stuck {
        /// Why, in words for a person.
        reason: String,
    },
}

impl SearchState {
    /// Why something may be missing, in words for a person; none if nothing is.
    pub fn in_words(&self) -> Option<String> {
        match self {
            Self::Complete => None,
            Self::Building { percent } => Some(format!(
                "the search index is being made anew, {percent} % are done: older matches are \
                 missing"
            )),
            Self::Stuck { reason } => Some(format!("new matches may be missing: {reason}")),
        }
    }
}

impl SearchQuery {
    /// More words are no question.
    pub const WORDS_MAX: usize = 32;

    /// More spellings of one word are refused; the names of a country have some 250.
    pub const SPELLINGS_MAX: usize = 1000;

    /// A word or phrase has at most so many bytes.
    pub const PHRASE_BYTES_MAX: usize = 500;

    /// Refuses what is too long.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        let refused = |reason: String| Err(StoreError::Refused { reason });
        if Self::WORDS_MAX < self.words.len() {
            let n = self.words.len();
            return refused(format!("{n} words are too many: at most {}", Self::WORDS_MAX));
        }
        if self.words.iter().any(|word| Self::SPELLINGS_MAX < word.spellings.len()) {
            return refused("a word has too many spellings".to_owned());
        }
        let phrases = self.words.iter().flat_map(|word| &word.spellings).flat_map(|it| &it.phrases);
        if phrases.map(|phrase| phrase.text.len()).any(|n| Self::PHRASE_BYTES_MAX < n) {
            let max = Self::PHRASE_BYTES_MAX;
            return refused(format!("a word or phrase is too long: at most {max} bytes"));
        }
        Ok(())
    }
}
