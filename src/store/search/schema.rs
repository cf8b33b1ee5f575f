//! What the index holds of a match, and under which names.

use std::collections::BTreeSet;

use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, Schema, TantivyDocument, TextFieldIndexing,
    TextOptions,
};
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};
use tantivy::{Index, Term};

use crate::model::{Article, ArticleId, Match, MatchId};
use crate::store::Judged;
use crate::store::search::SearchFilter;
use crate::store::search::query::sides;
use crate::understand::text::{Folded, fold};
use crate::understand::tokens::{self, each_token};

/// What [`document`] makes, or how texts become tokens, has changed: an index of another format
/// is made anew.
pub(super) const FORMAT: u32 = 1;

/// The names of the columns.
pub(super) const ID: &str = "id";
pub(super) const CREATED: &str = "created";
pub(super) const SCORE: &str = "score";

/// A word in the title counts as often as so many in the text.
const TITLE_TIMES: usize = 3;

const TOKENIZER: &str = "folded";

/// The fields of the index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    /// The match, as a column too.
    pub(super) id: Field,
    /// Its article.
    pub(super) article: Field,
    created: Field,
    score: Field,
    /// Title, summary and body.
    pub(super) words: Field,
    /// What filters ask for, as one term each.
    pub(super) facets: Field,
}

pub(super) fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let text = |tokenizer: &str, record| {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(tokenizer)
            .set_index_option(record)
            .set_fieldnorms(record != IndexRecordOption::Basic);
        TextOptions::default().set_indexing_options(indexing)
    };
    let fields = Fields {
        id: schema.add_u64_field(ID, INDEXED | FAST),
        article: schema.add_u64_field("article", INDEXED),
        created: schema.add_i64_field(CREATED, FAST),
        score: schema.add_f64_field(SCORE, FAST),
        words: schema
            .add_text_field("words", text(TOKENIZER, IndexRecordOption::WithFreqsAndPositions)),
        facets: schema.add_text_field("facets", text("raw", IndexRecordOption::Basic)),
    };
    (schema.build(), fields)
}

/// Teaches the index how texts become tokens.
pub(super) fn register_tokenizer(index: &Index) {
    index.tokenizers().register(TOKENIZER, Folding);
}

/// What the index holds of a match.
pub(super) fn document(fields: &Fields, matched: &Match, article: &Article) -> TantivyDocument {
    let mut document = TantivyDocument::new();
    document.add_u64(fields.id, number(matched.id));
    document.add_u64(fields.article, article_number(article.id));
    document.add_i64(fields.created, matched.created.unix_ms());
    document.add_f64(fields.score, matched.score.value());
    for _ in 0..TITLE_TIMES {
        document.add_text(fields.words, &article.title);
    }
    document.add_text(fields.words, &article.summary);
    document.add_text(fields.words, &article.body);
    let mut facets = BTreeSet::from([
        language_facet(matched.language),
        feed_facet(matched.feed),
        verdict_facet(Judged::of(matched.review.as_ref())),
    ]);
    facets.extend(sides(matched).map(side_facet));
    facets.extend(matched.aspects.iter().copied().map(aspect_facet));
    for facet in facets {
        document.add_text(fields.facets, facet);
    }
    document
}

/// The terms that a match must have to pass `filter`.
pub(super) fn facets(filter: &SearchFilter) -> Vec<String> {
    let facets = [
        filter.language.map(language_facet),
        filter.side.map(side_facet),
        filter.aspect.map(aspect_facet),
        filter.feed.map(feed_facet),
        filter.verdict.map(verdict_facet),
    ];
    facets.into_iter().flatten().collect()
}

fn language_facet(language: crate::model::Language) -> String {
    format!("language {language}")
}

fn side_facet(side: crate::model::Country) -> String {
    format!("side {side}")
}

fn aspect_facet(aspect: crate::model::Aspect) -> String {
    format!("aspect {aspect}")
}

fn feed_facet(feed: crate::model::FeedId) -> String {
    format!("feed {feed}")
}

fn verdict_facet(judged: Judged) -> String {
    match judged {
        Judged::Open => "verdict open".to_owned(),
        Judged::As(verdict) => format!("verdict {verdict}"),
    }
}

/// The term of a match.
pub(super) fn id_term(fields: &Fields, id: MatchId) -> Term {
    Term::from_field_u64(fields.id, number(id))
}

/// The term of all matches of an article.
pub(super) fn article_term(fields: &Fields, id: ArticleId) -> Term {
    Term::from_field_u64(fields.article, article_number(id))
}

fn number(id: MatchId) -> u64 {
    u64::from_be_bytes(id.to_be_bytes())
}

fn article_number(id: ArticleId) -> u64 {
    u64::from_be_bytes(id.to_be_bytes())
}

/// The match of a number in the index.
pub(super) fn match_id(number: u64) -> MatchId {
    MatchId::from_be_bytes(number.to_be_bytes())
}

/// Folds as the judge does, so that whatever it sees is found.
#[derive(Clone, Debug)]
struct Folding;

impl Tokenizer for Folding {
    type TokenStream<'a> = Tokens;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Tokens {
        let folded = fold(text);
        let mut tokens = Vec::new();
        each_token(folded.as_str(), |token| tokens.push(token));
        Tokens { folded, rest: tokens.into_iter(), current: Token::default() }
    }
}

struct Tokens {
    folded: Folded,
    rest: std::vec::IntoIter<tokens::Token>,
    current: Token,
}

impl TokenStream for Tokens {
    fn advance(&mut self) -> bool {
        let Some(token) = self.rest.next() else { return false };
        self.current.position = token.position as usize;
        self.current.offset_from = token.bytes.start;
        self.current.offset_to = token.bytes.end;
        self.current.text.clear();
        self.current.text.push_str(&self.folded.as_str()[token.bytes]);
        true
    }

    fn token(&self) -> &Token {
        &self.current
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.current
    }
}
