//! An entry while its elements arrive: for each thing we keep, the best source so far.

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use url::{ParseError, Url};

use super::dates;
use super::entities::{Reference, push_legal, reference};
use super::head::{Head, web_address};
use super::vocabulary::Field;
use crate::model::{Entry, Language};

/// Longer ids and addresses are attacks or mistakes; browsers and servers stop at less.
pub(super) const ADDRESS_BYTES_MAX: usize = 8_000;

/// A piece ends with the entry that brings it there.
const PIECE_BYTES: usize = 1_000_000;

const N_FIELDS: usize = 8;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// An entry in the making.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft<'a> {
    values: [Value; N_FIELDS],
    /// Where relative links of the entry, and its link alone, start.
    base: Option<&'a str>,
    link_base: Option<&'a str>,
}

/// A text, and how good its source is; 0 for none.
#[derive(Clone, Debug, Default)]
struct Value {
    rank: u8,
    text: String,
}

/// A feed as the parser reads it without an accident.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Repaired {
    /// What the feed says of itself.
    pub(super) head: Head,
    /// Its entries as Atom.
    pub(super) entries: Written,
    /// Where its relative links start, by its own word.
    pub(super) base: Option<String>,
}

/// Entries as Atom, in pieces: each is gone before the next one is parsed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Written {
    pub(super) pieces: Vec<String>,
    pub(super) n_entries: usize,
}

impl Written {
    /// Adds an entry.
    pub(super) fn push(&mut self, draft: &Draft<'_>) {
        self.n_entries += 1;
        if self.pieces.last().is_none_or(|piece| PIECE_BYTES < piece.len()) {
            self.pieces.push(String::new());
        }
        if let Some(piece) = self.pieces.last_mut() {
            draft.write(piece);
        }
    }
}

impl<'a> Draft<'a> {
    /// An entry whose relative links start at `base`.
    pub(super) fn new(base: Option<&'a str>) -> Self {
        Self { base, ..Self::default() }
    }

    /// Whether a source of this rank could give the field a better text.
    pub(super) fn wants(&self, field: Field, rank: u8) -> bool {
        self.values.get(field as usize).is_some_and(|value| value.rank < rank)
    }

    /// Takes a text, and leaves another buffer for the next one, if it is good for the field.
    pub(super) fn take(&mut self, field: Field, rank: u8, text: &mut String) {
        if !self.wants(field, rank) || !tidy(field, text) {
            return;
        }
        if let Some(value) = self.values.get_mut(field as usize) {
            value.rank = rank;
            std::mem::swap(&mut value.text, text);
        }
        if field == Field::Link {
            self.link_base = None;
        }
    }

    /// Takes an address; relative ones start at `base` or at the entry's.
    pub(super) fn take_link(&mut self, rank: u8, mut address: String, base: Option<&'a str>) {
        if self.wants(Field::Link, rank) {
            self.take(Field::Link, rank, &mut address);
            if !self.wants(Field::Link, rank) {
                self.link_base = base;
            }
        }
    }

    fn text(&self, field: Field) -> &str {
        self.values.get(field as usize).map_or("", |value| &value.text)
    }

    /// Writes the entry as Atom, flat and with plain texts.
    fn write(&self, out: &mut String) {
        out.push_str("<entry");
        write_attribute(out, "xml:base", self.base);
        out.push('>');
        for (field, start, end) in [
            (Field::Id, "<id>", "</id>"),
            (Field::Title, "<title type=\"html\">", "</title>"),
            (Field::Published, "<published>", "</published>"),
            (Field::Updated, "<updated>", "</updated>"),
            (Field::Summary, "<summary type=\"html\">", "</summary>"),
            (Field::Content, "<content type=\"html\">", "</content>"),
        ] {
            // An empty text would cost the feed.
            if !self.text(field).is_empty() {
                out.push_str(start);
                write_data(out, self.text(field));
                out.push_str(end);
            }
        }
        if !self.text(Field::Link).is_empty() {
            out.push_str("<link");
            write_attribute(out, "xml:base", self.link_base);
            write_attribute(out, "href", Some(self.text(Field::Link)));
            out.push_str("/>");
        }
        if !self.text(Field::Language).is_empty() {
            out.push_str("<category scheme=\"language\"");
            write_attribute(out, "term", Some(self.text(Field::Language)));
            out.push_str("/>");
        }
        out.push_str("</entry>");
    }

    /// The entry without a parser's help.
    pub(super) fn into_entry(self, base: Option<&Url>) -> Entry {
        let own_base = [self.base, self.link_base].into_iter().flatten();
        let base = own_base.fold(base.cloned(), |base, own| {
            Url::options().base_url(base.as_ref()).parse(own).ok().or(base)
        });
        let link = web_address(self.text(Field::Link), base.as_ref()).map(String::from);
        let date = |field| dates::parse(self.text(field));
        let published = date(Field::Published).or_else(|| date(Field::Updated));
        let language = Language::of_tag(self.text(Field::Language)).ok();
        let [title, _, guid, _, _, summary, content, _] = self.values.map(|value| value.text);
        let guid = Some(guid).filter(|guid| !guid.is_empty());
        Entry { guid, link, title, summary, content, published, language }
    }
}

/// Brings a text into shape; false when nothing good remains.
fn tidy(field: Field, text: &mut String) -> bool {
    match field {
        Field::Title => {
            unwrap_data(text);
            undo_double_escape(text);
        }
        Field::Summary | Field::Content => unwrap_data(text),
        Field::Published | Field::Updated => match dates::parse(text) {
            Some(time) => *text = time.to_string(),
            None => return false,
        },
        Field::Link | Field::Id if ADDRESS_BYTES_MAX < text.len() => return false,
        Field::Language if Language::of_tag(text.trim()).is_err() => return false,
        _ => {}
    }
    let trimmed = text.trim();
    if trimmed.len() != text.len() {
        *text = trimmed.to_owned();
    }
    !text.is_empty() && (field != Field::Link || may_lead_somewhere(text))
}

/// A web address, or a relative one.
fn may_lead_somewhere(text: &str) -> bool {
    // Hosts by plain names are the rule and need no parser.
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = host.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let is_plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
    if is_plain && host.ends_with(|last: char| last.is_ascii_alphabetic()) {
        return true;
    }
    match Url::parse(text) {
        Ok(url) => matches!(url.scheme(), "http" | "https"),
        Err(error) => error == ParseError::RelativeUrlWithoutBase,
    }
}

/// Whether an id is an address as well.
pub(super) fn is_web_address(text: &str) -> bool {
    let text = text.trim();
    let starts =
        |scheme: &str| text.get(..scheme.len()).is_some_and(|it| it.eq_ignore_ascii_case(scheme));
    (starts("http://") || starts("https://")) && may_lead_somewhere(text)
}

/// Some publishers put CDATA into CDATA, or escape its brackets.
fn unwrap_data(text: &mut String) {
    for bracket in ["<![CDATA[", "]]>"] {
        if text.contains(bracket) {
            *text = text.replace(bracket, "");
        }
    }
}

/// Some publishers escape twice: nobody's title shows `&nbsp;`. Who writes about markup means it.
fn undo_double_escape(text: &mut String) {
    const NAME: &str = "amp;";
    if !text.contains("&amp;") {
        return;
    }
    let mut undone = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find('&') {
        let mut behind = at + 1;
        // `reference` skips the byte before a name, here the `;` of `amp;`.
        while rest[behind..].starts_with(NAME)
            && matches!(reference(&rest[behind + NAME.len() - 1..]),
                Reference::Character(character, _) if !matches!(character, '<' | '>'))
        {
            behind += NAME.len();
        }
        undone.push_str(&rest[..=at]);
        rest = &rest[behind..];
    }
    undone.push_str(rest);
    *text = undone;
}

/// Unpacks a text in base64; what is not in base64 stays. Only a content may be a picture or the
/// like, of which nothing is kept.
pub(super) fn unpack(field: Field, text: &mut String) {
    let packed: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let Ok(bytes) = BASE64.decode(packed) else { return };
    let unpacked = str::from_utf8(&bytes);
    if unpacked.is_ok() || field == Field::Content {
        text.clear();
        push_legal(text, unpacked.unwrap_or_default());
    }
}

pub(super) fn write_attribute(out: &mut String, key: &str, value: Option<&str>) {
    let Some(value) = value else { return };
    out.push(' ');
    out.push_str(key);
    out.push_str("=\"");
    for character in value.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(character),
        }
    }
    out.push('"');
}

/// Writes a text as it stands.
fn write_data(out: &mut String, text: &str) {
    out.push_str("<![CDATA[");
    let mut rest = text;
    while let Some(at) = rest.find("]]>") {
        out.push_str(&rest[..at + 2]);
        out.push_str("]]><![CDATA[");
        rest = &rest[at + 2..];
    }
    out.push_str(rest);
    out.push_str("]]>");
}
