//! Picks the items out of what is no feed any more: roots mangled or cut off, items under
//! unknown names.
//!
//! Deliberately without the pass' idea of a document and without feed-rs: only items count, each
//! for itself.
//!
//! Invariant: nothing comes out of a page for people.
//! Invariant: an item that the document's end cuts off is left out.

use url::Url;

use super::FeedDocument;
use super::repair::{self, ENTRIES_MAX};
use super::tags::{Scanner, Tag, Token};
use crate::model::Entry;

/// What could be saved of the feed in `text`; none when there are no complete items.
pub(super) fn salvage(text: &str, base: Option<&Url>) -> Option<FeedDocument> {
    let mut entries = Vec::new();
    let mut scanner = Scanner::new(text);
    let mut at = 0;
    let mut open: Option<(Tag<'_>, usize)> = None;
    while let Some((token, start, end)) = scanner.token(at) {
        at = end;
        let (next, is_end) = match token {
            Token::Start(tag) if is_page(tag.name) && entries.is_empty() => return None,
            Token::Start(tag) if is_item(tag.local_name()) => (Some((tag, end)), true),
            Token::End(name) => {
                (None, open.is_some_and(|(tag, _)| tag.name.eq_ignore_ascii_case(name)))
            }
            _ => (None, false),
        };
        if !is_end {
            continue;
        }
        if let Some((tag, from)) = open.take() {
            let entry = repair::entry(&tag, &text[from..start]).into_entry(base);
            entries.extend(Some(entry).filter(is_article));
        }
        if entries.len() == ENTRIES_MAX {
            break;
        }
        open = next.filter(|(tag, _)| !tag.is_empty);
    }
    let is_found = !entries.is_empty();
    is_found.then(|| FeedDocument { entries, is_salvaged: true, ..FeedDocument::default() })
}

fn is_item(local_name: &str) -> bool {
    local_name.eq_ignore_ascii_case("item") || local_name.eq_ignore_ascii_case("entry")
}

fn is_page(name: &str) -> bool {
    ["html", "head", "body"].iter().any(|page| name.eq_ignore_ascii_case(page))
}

/// Many a list has items; an article has a title, and an address or a day.
fn is_article(entry: &Entry) -> bool {
    !entry.title.is_empty() && (entry.link.is_some() || entry.published.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(text: &str) -> Vec<String> {
        let entries = salvage(text, None).map(|document| document.entries).unwrap_or_default();
        entries.into_iter().map(|entry| entry.title).collect()
    }

    /// Goal: a feed whose frame is broken still brings its articles.
    #[test]
    fn items_are_found_without_a_feed_around_them() {
        let item = "<item><title>A &amp; B</title><link>https://example.org/a</link></item>";
        for document in [
            item.to_owned(),
            format!("tle>half</title></item>{item}"),
            format!("<news><list>{item}</list></news>"),
            format!("<x:y>{}</x:y>", item.replace("item", "x:item")),
            item.replace("item", "ITEM").replace("title", "Title"),
            format!("{item}<item><title>cut</title><link>https://example.org/b</link>"),
        ] {
            assert_eq!(titles(&document), ["A & B"], "{document}");
        }
    }

    /// Goal: a page or a list of something else never becomes articles.
    #[test]
    fn other_documents_give_nothing() {
        let item = "<item><title>A</title><link>https://example.org/a</link></item>";
        for document in [
            format!("<!doctype html><html><body>{item}"),
            format!("<BODY>{item}"),
            format!("<!-- {item} -->"),
            "<menu><item><title>Home</title></item></menu>".to_owned(),
            "<h1>502 Bad Gateway</h1>".to_owned(),
            "<item><title>A</title><link>https://example.org/a</link>".to_owned(),
        ] {
            assert_eq!(titles(&document), [""; 0], "{document}");
        }
    }
}
