//! What a search found, as everybody outside sees it.

use crate::model::view::{FoundView, MarkView, MatchListView, SnippetView};
use crate::model::{Feed, Story};
use crate::store::{Hit, Snippet};

/// Puts together what is stored apart; as [`MatchListView::new`].
pub fn found_view(hit: &Hit, feed: Option<&Feed>, story: Option<&Story>) -> FoundView {
    FoundView {
        matched: MatchListView::new(&hit.matched, &hit.article, feed, story),
        snippets: hit.snippets.iter().map(snippet_view).collect(),
    }
}

fn snippet_view(snippet: &Snippet) -> SnippetView {
    let marks = snippet.marks.iter().map(|mark| MarkView { start: mark.start, end: mark.end });
    let [cut_before, cut_after] = snippet.is_cut;
    SnippetView {
        field: snippet.field,
        text: snippet.text.clone(),
        cut_before,
        cut_after,
        marks: marks.collect(),
    }
}
