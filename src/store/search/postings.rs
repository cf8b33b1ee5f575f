//! In which documents of a segment a token stands, and how often.

use std::io;

use tantivy::postings::{Postings, SegmentPostings, TermInfo};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, InvertedIndexReader, TERMINATED, Term};

use crate::store::search::Ending;
use crate::store::search::pattern::Piece;

/// The tokens of a segment that a piece of a pattern means.
pub(super) fn terms(
    reader: &InvertedIndexReader,
    field: Field,
    piece: &Piece,
) -> io::Result<Vec<TermInfo>> {
    if piece.ending == Ending::None {
        let found = reader.get_term_info(&Term::from_field_text(field, &piece.text))?;
        return Ok(found.into_iter().collect());
    }
    let mut found = Vec::new();
    let mut stream = reader.terms().range().ge(&piece.text).into_stream()?;
    while let Some((token, info)) = stream.next() {
        if !token.starts_with(piece.text.as_bytes()) {
            break;
        }
        if piece.fits(token) {
            found.push(info.clone());
        }
    }
    Ok(found)
}

/// Documents in their order, each with how often something stands in it.
pub(super) enum Occurrences {
    /// A single token.
    Token(Box<SegmentPostings>),
    /// Anything else.
    List {
        /// Documents and counts, in order.
        items: Vec<(DocId, u32)>,
        /// The present one.
        at: usize,
    },
}

impl Occurrences {
    pub(super) fn of_list(items: Vec<(DocId, u32)>) -> Self {
        Self::List { items, at: 0 }
    }

    /// Opens a token's list.
    pub(super) fn of_token(
        reader: &InvertedIndexReader,
        info: &TermInfo,
        record: IndexRecordOption,
    ) -> io::Result<Self> {
        Ok(Self::Token(Box::new(reader.read_postings_from_terminfo(info, record)?)))
    }

    /// The present document; [`TERMINATED`] at the end.
    pub(super) fn doc(&self) -> DocId {
        match self {
            Self::Token(postings) => postings.doc(),
            Self::List { items, at } => items.get(*at).map_or(TERMINATED, |(doc, _)| *doc),
        }
    }

    /// How often it stands in the present document.
    pub(super) fn count(&self) -> u32 {
        match self {
            Self::Token(postings) => postings.term_freq(),
            Self::List { items, at } => items.get(*at).map_or(0, |(_, count)| *count),
        }
    }

    /// Goes to the first document from `target` on; never back.
    pub(super) fn seek(&mut self, target: DocId) -> DocId {
        match self {
            Self::Token(postings) => {
                if postings.doc() < target {
                    postings.seek(target);
                }
            }
            Self::List { items, at } => {
                let rest = items.get(*at..).unwrap_or_default();
                *at += rest.partition_point(|(doc, _)| *doc < target);
            }
        }
        self.doc()
    }

    /// About how many documents.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Token(postings) => postings.doc_freq() as usize,
            Self::List { items, .. } => items.len(),
        }
    }
}

/// Counts of all documents of a segment.
pub(super) struct Tally {
    counts: Vec<u32>,
}

impl Tally {
    pub(super) fn new(n_docs: DocId) -> Self {
        Self { counts: vec![0; n_docs as usize] }
    }

    pub(super) fn add(&mut self, doc: DocId, n: u32) {
        if let Some(count) = self.counts.get_mut(doc as usize) {
            *count = count.saturating_add(n);
        }
    }

    /// Adds a token's list.
    pub(super) fn add_token(
        &mut self,
        reader: &InvertedIndexReader,
        info: &TermInfo,
    ) -> io::Result<()> {
        let mut postings =
            reader.read_postings_from_terminfo(info, IndexRecordOption::WithFreqs)?;
        let mut doc = postings.doc();
        while doc != TERMINATED {
            self.add(doc, postings.term_freq());
            doc = postings.advance();
        }
        Ok(())
    }

    pub(super) fn into_occurrences(self) -> Occurrences {
        let counts = (0..).zip(self.counts);
        Occurrences::of_list(counts.filter(|(_, count)| 0 < *count).collect())
    }
}
