//! Where tokens follow each other.

use std::io;

use tantivy::postings::{Postings, TermInfo};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, InvertedIndexReader, TERMINATED};

use crate::store::search::pattern::Pattern;
use crate::store::search::postings;

/// A document, and at which position of it the first token stands, or would stand.
type Start = (DocId, u32);

/// The documents in which the pattern stands, with how often.
pub(super) fn find(
    reader: &InvertedIndexReader,
    field: Field,
    pattern: &Pattern,
) -> io::Result<Vec<(DocId, u32)>> {
    let mut pieces = Vec::with_capacity(pattern.pieces.len());
    for piece in &pattern.pieces {
        let terms = postings::terms(reader, field, piece)?;
        if terms.is_empty() {
            return Ok(Vec::new());
        }
        pieces.push((piece.offset, terms));
    }
    // The rarest first: it says where there is anything to look for.
    let n_docs = |terms: &[TermInfo]| terms.iter().map(|it| u64::from(it.doc_freq)).sum::<u64>();
    pieces.sort_by_key(|(_, terms)| n_docs(terms));
    let mut starts: Option<Vec<Start>> = None;
    for (offset, terms) in &pieces {
        let found = match &starts {
            None => all(reader, *offset, terms)?,
            Some(starts) => still_there(reader, *offset, terms, starts)?,
        };
        starts = Some(found);
    }
    Ok(counted(&starts.unwrap_or_default()))
}

fn all(reader: &InvertedIndexReader, offset: u32, terms: &[TermInfo]) -> io::Result<Vec<Start>> {
    let mut starts = Vec::new();
    let mut positions = Vec::new();
    for info in terms {
        let mut list =
            reader.read_postings_from_terminfo(info, IndexRecordOption::WithFreqsAndPositions)?;
        while list.doc() != TERMINATED {
            list.positions(&mut positions);
            let own = positions.iter().filter_map(|position| position.checked_sub(offset));
            starts.extend(own.map(|start| (list.doc(), start)));
            list.advance();
        }
    }
    if 1 < terms.len() {
        starts.sort_unstable();
        starts.dedup();
    }
    Ok(starts)
}

/// Those of `starts` behind which one of `terms` stands.
fn still_there(
    reader: &InvertedIndexReader,
    offset: u32,
    terms: &[TermInfo],
    starts: &[Start],
) -> io::Result<Vec<Start>> {
    let mut is_there = vec![false; starts.len()];
    let mut positions = Vec::new();
    for info in terms {
        let mut list =
            reader.read_postings_from_terminfo(info, IndexRecordOption::WithFreqsAndPositions)?;
        let mut at = 0;
        while let Some((doc, _)) = starts.get(at) {
            let found = if list.doc() < *doc { list.seek(*doc) } else { list.doc() };
            if found != *doc {
                if found == TERMINATED {
                    break;
                }
                at += starts[at..].partition_point(|(doc, _)| *doc < found);
                continue;
            }
            list.positions(&mut positions);
            while let Some((own, start)) = starts.get(at).filter(|(own, _)| *own == found) {
                debug_assert_eq!(*own, found);
                let wanted = start.saturating_add(offset);
                is_there[at] |= positions.binary_search(&wanted).is_ok();
                at += 1;
            }
        }
    }
    let kept = starts.iter().zip(is_there).filter(|(_, is_there)| *is_there);
    Ok(kept.map(|(start, _)| *start).collect())
}

fn counted(starts: &[Start]) -> Vec<(DocId, u32)> {
    let docs = starts.chunk_by(|one, other| one.0 == other.0);
    docs.map(|doc| (doc[0].0, u32::try_from(doc.len()).unwrap_or(u32::MAX))).collect()
}
