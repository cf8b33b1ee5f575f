//! Where a feed begins.

use super::super::ReadError;
use super::super::entities::Declared;
use super::super::tags::{Scanner, Tag, Token};

/// The tag that opens a feed, and what stands before it.
pub(super) struct Root<'a> {
    /// None where a document begins with an entry.
    pub(super) tag: Option<Tag<'a>>,
    pub(super) at: usize,
    pub(super) declared: Declared<'a>,
}

/// The first tag that opens a feed; warnings, comments and declarations before it are junk.
pub(super) fn find_root(xml: &str) -> Result<Root<'_>, ReadError> {
    let mut scanner = Scanner::new(xml);
    let mut at = 0;
    let mut declared = Declared::default();
    let mut is_first = true;
    while let Some((token, start, end)) = scanner.token(at) {
        at = end;
        let Token::Start(tag) = token else {
            if let Token::Declaration(declaration) = token {
                declared = Declared::of_declaration(declaration);
            }
            continue;
        };
        match tag.local_name().to_ascii_lowercase().as_str() {
            "rss" | "rdf" | "feed" => return Ok(Root { tag: Some(tag), at, declared }),
            "channel" if is_first => return Ok(Root { tag: Some(tag), at, declared }),
            "entry" | "item" if is_first => return Ok(Root { tag: None, at: start, declared }),
            "html" | "head" | "body" => return Err(ReadError::WebPage),
            _ => is_first = false,
        }
    }
    Err(ReadError::NotAFeed)
}
