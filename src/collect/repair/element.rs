//! How an element's content is meant.

use url::{ParseError, Url};

use super::super::tags::{Tag, attributes};
use super::super::vocabulary::Field;

/// What happens to the content of an element.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Text; markup that should have been escaped is taken as such.
    Text,
    /// Markup; its references stay.
    Markup,
    /// Text in base64.
    Packed,
    /// Dropped.
    Foreign,
}

/// How the content of an element is written. Whatever type a text claims, it is read as HTML:
/// publishers' claims are often wrong, and unknown ones are frequent.
pub(super) fn content_of(tag: &Tag<'_>, field: Field) -> Content {
    if !matches!(field, Field::Title | Field::Summary | Field::Content) {
        return Content::Text;
    }
    let (mut kind, mut mode) = (String::new(), "");
    for (key, value) in attributes(tag.attributes) {
        match key {
            "type" => kind = value.trim().to_ascii_lowercase(),
            "mode" => mode = value,
            _ => {}
        }
    }
    let is_media_type = kind.contains('/') && !kind.starts_with("text/");
    let is_xml = kind.contains("xhtml") || kind.ends_with("+xml") || kind.ends_with("/xml");
    match mode {
        "base64" => Content::Packed,
        "escaped" => Content::Text,
        _ if is_xml || tag.local_name().eq_ignore_ascii_case("body") => Content::Markup,
        // RFC 4287, 4.1.3.3: any other media type is in base64.
        _ if is_media_type => Content::Packed,
        _ => Content::Text,
    }
}

/// Where the first end tag of element `name` stands in `text`.
pub(super) fn own_end(text: &str, name: &str) -> Option<usize> {
    let mut ends = text.match_indices("</").filter(|(at, _)| {
        let rest = text[at + 2..].trim_start();
        rest.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name))
    });
    ends.next().map(|(at, _)| at)
}

/// The base that a tag declares; an impossible one would cost the feed.
pub(super) fn possible_base<'a>(tag: &Tag<'a>) -> Option<&'a str> {
    if !tag.attributes.contains("xml:base") {
        return None;
    }
    let mut bases = attributes(tag.attributes).filter(|(key, _)| *key == "xml:base");
    let base = bases.next().map(|(_, value)| value)?;
    let is_possible = Url::parse(base).is_ok_and(|url| !url.cannot_be_a_base())
        || Url::parse(base) == Err(ParseError::RelativeUrlWithoutBase);
    is_possible.then_some(base)
}
