//! Looks through one segment of the index.

use std::io;
use std::sync::{Arc, LazyLock};

use tantivy::columnar::Column;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, InvertedIndexReader, SegmentReader, TERMINATED, TantivyError, Term};

use crate::store::search::pattern::{Pattern, Sought};
use crate::store::search::postings::{Occurrences, Tally, terms};
use crate::store::search::ranking::{Rank, Top};
use crate::store::search::schema::{self, Fields};
use crate::store::search::{SearchFilter, SearchOrder, phrase};

/// A question, ready to be looked for.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) sought: Vec<Sought>,
    pub(super) filter: SearchFilter,
    pub(super) order: SearchOrder,
}

/// One segment, open.
pub(super) struct Segment<'a> {
    reader: &'a SegmentReader,
    fields: &'a Fields,
    words: Arc<InvertedIndexReader>,
    norms: FieldNormReader,
    ids: Column<u64>,
    created: Column<i64>,
    scores: Column<f64>,
}

impl<'a> Segment<'a> {
    pub(super) fn open(
        reader: &'a SegmentReader,
        fields: &'a Fields,
    ) -> Result<Self, TantivyError> {
        let columns = reader.fast_fields();
        Ok(Self {
            reader,
            fields,
            words: reader.inverted_index(fields.words)?,
            norms: reader.get_fieldnorms_reader(fields.words)?,
            ids: columns.u64(schema::ID)?,
            created: columns.i64(schema::CREATED)?,
            scores: columns.f64(schema::SCORE)?,
        })
    }

    /// Adds what the question finds here.
    pub(super) fn find(&self, question: &Question, top: &mut Top) -> Result<(), TantivyError> {
        let Some(mut found) = self.lists(question)? else { return Ok(()) };
        let mut doc = 0;
        while doc < self.reader.max_doc() {
            let next = found.seek(doc);
            if next == TERMINATED {
                break;
            }
            if next == doc {
                self.offer(question, &mut found, doc, top);
                doc += 1;
            } else {
                doc = next;
            }
        }
        Ok(())
    }

    /// All lists of a question; none if one of them is empty.
    fn lists(&self, question: &Question) -> Result<Option<Lists>, TantivyError> {
        let facets = self.reader.inverted_index(self.fields.facets)?;
        let mut lists = Lists::default();
        for facet in schema::facets(&question.filter) {
            let term = Term::from_field_text(self.fields.facets, &facet);
            let Some(info) = facets.get_term_info(&term)? else { return Ok(None) };
            let list = Occurrences::of_token(&facets, &info, IndexRecordOption::Basic)?;
            lists.needed.push((list, false));
        }
        let record = match question.order {
            SearchOrder::Newest => IndexRecordOption::Basic,
            SearchOrder::Best => IndexRecordOption::WithFreqs,
        };
        for sought in &question.sought {
            let list = self.occurrences(sought, record)?;
            match (sought.is_excluded, list.doc() == TERMINATED) {
                (true, true) => {}
                (true, false) => lists.excluded.push(list),
                (false, true) => return Ok(None),
                (false, false) => lists.needed.push((list, true)),
            }
        }
        lists.needed.sort_by_key(|(list, _)| list.size());
        Ok(Some(lists))
    }

    /// Where one of the spellings stands.
    fn occurrences(&self, sought: &Sought, record: IndexRecordOption) -> io::Result<Occurrences> {
        let mut tokens = Vec::new();
        let mut others = Vec::new();
        for spelling in &sought.spellings {
            match &spelling[..] {
                [Pattern { pieces }] if pieces.len() == 1 => {
                    tokens.extend(terms(&self.words, self.fields.words, &pieces[0])?);
                }
                patterns => others.push(self.all_of(patterns)?),
            }
        }
        // Two spellings may mean the same token.
        tokens.sort_unstable_by_key(|info| info.postings_range.start);
        tokens.dedup_by_key(|info| info.postings_range.start);
        match &tokens[..] {
            [] if others.is_empty() => Ok(Occurrences::of_list(Vec::new())),
            [token] if others.is_empty() => Occurrences::of_token(&self.words, token, record),
            tokens => {
                let mut tally = Tally::new(self.reader.max_doc());
                tokens.iter().try_for_each(|info| tally.add_token(&self.words, info))?;
                for (doc, count) in others.into_iter().flatten() {
                    tally.add(doc, count);
                }
                Ok(tally.into_occurrences())
            }
        }
    }

    /// Where all of the patterns stand; the rarest says how often.
    fn all_of(&self, patterns: &[Pattern]) -> io::Result<Vec<(DocId, u32)>> {
        let mut found: Option<Vec<(DocId, u32)>> = None;
        for pattern in patterns {
            let own = phrase::find(&self.words, self.fields.words, pattern)?;
            found = Some(match found {
                None => own,
                Some(before) => {
                    let mut own = Occurrences::of_list(own);
                    let mut both = Vec::new();
                    for (doc, count) in before {
                        if own.seek(doc) == doc {
                            both.push((doc, count.min(own.count())));
                        }
                    }
                    both
                }
            });
        }
        Ok(found.unwrap_or_default())
    }

    fn offer(&self, question: &Question, lists: &mut Lists, doc: DocId, top: &mut Top) {
        let Some(created_ms) = self.created.first(doc) else { return };
        if !question.filter.has_time(created_ms) || self.reader.is_deleted(doc) {
            return;
        }
        let fitness = match question.order {
            SearchOrder::Newest => 0,
            SearchOrder::Best => lists.fitness(self.norms.fieldnorm_id(doc)),
        };
        let Some(id) = self.ids.first(doc) else { return };
        let rank = Rank { fitness, created_ms, id: schema::match_id(id) };
        let has_score = || self.scores.first(doc).is_some_and(|it| question.filter.has_score(it));
        if top.takes(rank) && has_score() && !lists.excludes(doc) {
            top.add(rank);
        }
    }
}

/// What must stand in a document, and what must not.
#[derive(Default)]
struct Lists {
    /// The shortest first; and whether it is a word.
    needed: Vec<(Occurrences, bool)>,
    excluded: Vec<Occurrences>,
}

impl Lists {
    /// `target` if it has all that is needed; else a later document, before which none has.
    fn seek(&mut self, target: DocId) -> DocId {
        for (list, _) in &mut self.needed {
            let doc = list.seek(target);
            if doc != target {
                return doc;
            }
        }
        target
    }

    fn excludes(&mut self, doc: DocId) -> bool {
        self.excluded.iter_mut().any(|list| list.seek(doc) == doc)
    }

    /// How well the present document fits.
    fn fitness(&self, norm_id: u8) -> u32 {
        let words = self.needed.iter().filter(|(_, is_word)| *is_word);
        words.map(|(list, _)| fitness(list.count(), norm_id)).sum()
    }
}

/// How well a text fits a word that stands in it `count` times: BM25's saturated and levelled
/// count, in thousandths, without its weight for rare words. That one changes with every
/// article that arrives, and a list must keep its order.
fn fitness(count: u32, norm_id: u8) -> u32 {
    let count = f64::from(count);
    let share = count / (count + SLOWNESS[usize::from(norm_id)]);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 2200"
    )]
    let thousandths = (1000.0 * (1.0 + SATURATION) * share).round() as u32;
    thousandths
}

/// How soon another occurrence says nothing new, and how much a long text counts against it: as
/// all of Lucene's heirs have it.
const SATURATION: f64 = 1.2;
const LENGTH_WEIGHT: f64 = 0.75;

/// Tokens of a middling article: a constant, so that the order stays.
const LENGTH_MIDDLE: f64 = 600.0;

static SLOWNESS: LazyLock<[f64; 256]> = LazyLock::new(|| {
    std::array::from_fn(|norm_id| {
        let norm_id = u8::try_from(norm_id).unwrap_or(u8::MAX);
        let length = f64::from(FieldNormReader::id_to_fieldnorm(norm_id)) / LENGTH_MIDDLE;
        SATURATION * (1.0 - LENGTH_WEIGHT + LENGTH_WEIGHT * length)
    })
});

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a short text about Baku comes before a long one that names it once.
    #[test]
    fn fitting_is_often_in_few_words() {
        let norm = FieldNormReader::fieldnorm_to_id;
        assert!(fitness(1, norm(2000)) < fitness(1, norm(100)));
        assert!(fitness(1, norm(100)) < fitness(3, norm(100)));
        assert!(fitness(u32::MAX, 0) <= 2200);
    }
}
