//! Writes a feed anew: what we keep of each entry, well-formed and flat.
//!
//! One linear pass over hostile text, in front of a parser that aborts the process on deeply
//! nested media elements, panics on some author fields and drops a whole feed for one bare `&`
//! (measured with feed-rs 3.0.0). What we do not read never reaches it.
//!
//! Invariant: the result holds entries inside one root and texts inside entries, nothing deeper.
//! Invariant: an entry that the document's end cuts off is left out; those before it stay.

mod bindings;
mod element;
mod root;

use url::Url;

use self::bindings::Bindings;
use self::element::{Content, content_of, own_end, possible_base};
use self::root::find_root;
use super::ReadError;
use super::draft::{Draft, Repaired, Written, is_web_address, unpack};
use super::entities::{Declared, push_legal, unescape};
use super::head::Head;
use super::tags::{Ahead, Scanner, Tag, Token, attributes};
use super::vocabulary::{Field, Role};
use crate::model::Language;

/// More entries than any feed has; archives of a whole site stay below.
pub(super) const ENTRIES_MAX: usize = 20_000;

/// An entry has a dozen elements that we read.
pub(super) const LEAVES_MAX: usize = 64;

/// Of an article, we keep less; longer texts are cut.
const TEXT_BYTES_MAX: usize = 500_000;

/// The feed in `xml`; its relative links start at `base`.
///
/// # Errors
/// There is no feed in it, or more entries than we take.
pub(super) fn repair(xml: &str, base: Option<&Url>) -> Result<Repaired, ReadError> {
    let root = find_root(xml)?;
    let mut repair = Repair::new(xml, base, root.declared);
    repair.at = root.at;
    if let Some(tag) = &root.tag {
        repair.bindings = Bindings::of_root(tag);
        repair.root_base = possible_base(tag);
        repair.language(tag);
    }
    repair.run()?;
    if repair.draft.is_some() && repair.written.n_entries == 0 {
        return Err(ReadError::Broken { reason: "it ends inside its first entry".to_owned() });
    }
    Ok(repair.finish())
}

/// The entry in `xml`, which starts behind its start tag and ends before its end tag.
pub(super) fn entry<'a>(start: &Tag<'a>, xml: &'a str) -> Draft<'a> {
    let mut repair = Repair::new(xml, None, Declared::default());
    repair.open_entry(start);
    repair.is_salvaging = true;
    // Without entries there is no limit to break.
    repair.run().ok();
    repair.draft.take().unwrap_or_default()
}

struct Repair<'a, 'b> {
    source: &'a str,
    scanner: Scanner<'a>,
    item_end: Ahead,
    entry_end: Ahead,
    at: usize,
    base: Option<&'b Url>,
    root_base: Option<&'a str>,
    frame_base: Option<&'a str>,
    declared: Declared<'a>,
    bindings: Bindings<'a>,
    written: Written,
    head: Head,
    draft: Option<Draft<'a>>,
    /// The open entry's name in the document, prefix included.
    entry_name: &'a str,
    /// The text of the element that is being read.
    text: String,
    n_leaves: usize,
    n_looks: usize,
    is_salvaging: bool,
}

impl<'a, 'b> Repair<'a, 'b> {
    fn new(source: &'a str, base: Option<&'b Url>, declared: Declared<'a>) -> Self {
        Self {
            source,
            scanner: Scanner::new(source),
            item_end: Ahead::new("</item>"),
            entry_end: Ahead::new("</entry>"),
            at: 0,
            base,
            root_base: None,
            frame_base: None,
            declared,
            bindings: Bindings::default(),
            written: Written::default(),
            head: Head::default(),
            draft: None,
            entry_name: "",
            text: String::new(),
            n_leaves: 0,
            n_looks: 0,
            is_salvaging: false,
        }
    }

    fn run(&mut self) -> Result<(), ReadError> {
        while let Some((token, _, end)) = self.scanner.token(self.at) {
            self.at = end;
            match token {
                Token::Start(tag) => self.start(&tag)?,
                Token::End(name) if self.ends_entry(name) => self.close_entry(),
                _ => {}
            }
        }
        Ok(())
    }

    fn start(&mut self, tag: &Tag<'a>) -> Result<(), ReadError> {
        match self.bindings.role(tag) {
            Role::Entry if self.is_salvaging => {}
            Role::Entry => {
                self.close_entry();
                if self.written.n_entries == ENTRIES_MAX {
                    return Err(ReadError::TooManyEntries { limit: ENTRIES_MAX });
                }
                self.open_entry(tag);
                if tag.is_empty {
                    self.close_entry();
                }
            }
            Role::Frame if self.draft.is_none() => {
                self.bindings.bind(tag, &[tag.prefix()]);
                self.frame_base = possible_base(tag).or(self.frame_base);
                self.language(tag);
            }
            Role::Frame | Role::Group => {}
            Role::Leaf(field, rank) if self.is_wanted(field, rank) => self.leaf(tag, field, rank),
            Role::Leaf(..) | Role::Foreign => self.skip(tag),
        }
        Ok(())
    }

    fn is_wanted(&self, field: Field, rank: u8) -> bool {
        match &self.draft {
            Some(draft) => self.n_leaves < LEAVES_MAX && draft.wants(field, rank),
            // Of the feed itself we read little.
            None => match field {
                Field::Title => 1 < rank,
                Field::Id | Field::Published | Field::Updated | Field::Summary | Field::Content => {
                    false
                }
                _ => true,
            },
        }
    }

    fn open_entry(&mut self, tag: &Tag<'a>) {
        self.n_leaves = 0;
        self.n_looks = 0;
        self.bindings.bind(tag, &[]);
        self.entry_name = tag.name;
        let mut draft = Draft::new(possible_base(tag).or(self.frame_base));
        for (key, value) in attributes(tag.attributes) {
            let key = key.rsplit(':').next().unwrap_or(key);
            match key.to_ascii_lowercase().as_str() {
                // RSS 1.0 names its items here, some without another link.
                "about" => {
                    let mut address = self.decoded(value);
                    if is_web_address(&address) {
                        draft.take_link(2, address.clone(), None);
                    }
                    draft.take(Field::Id, 2, &mut address);
                }
                // CDF links its items here.
                "href" => draft.take_link(3, self.decoded(value), None),
                "lang" => draft.take(Field::Language, 1, &mut self.decoded(value)),
                _ => {}
            }
        }
        self.draft = Some(draft);
    }

    fn close_entry(&mut self) {
        if let Some(draft) = self.draft.take() {
            self.written.push(&draft);
        }
    }

    /// The end of the feed ends its last entry as well.
    fn ends_entry(&self, name: &'a str) -> bool {
        if self.is_salvaging {
            return false;
        }
        let own = self.draft.is_some() && self.entry_name.eq_ignore_ascii_case(name);
        own || self.bindings.role(&Tag { name, attributes: "", is_empty: false }) == Role::Frame
    }

    fn leaf(&mut self, tag: &Tag<'a>, field: Field, rank: u8) {
        self.n_leaves += 1;
        self.text.clear();
        let content = content_of(tag, field);
        if !tag.is_empty {
            self.content(tag.name, content);
        }
        let mut text = std::mem::take(&mut self.text);
        if content == Content::Packed {
            unpack(field, &mut text);
        }
        match field {
            Field::Link => self.link(tag, rank, &mut text),
            Field::Id => self.id(tag, rank, &mut text),
            Field::Content => self.link_of_content(tag),
            _ => {}
        }
        match &mut self.draft {
            Some(draft) => draft.take(field, rank, &mut text),
            None => self.head.text(field, &text),
        }
        self.text = text;
    }

    /// RSS writes the address as text, Atom as an attribute; publishers mix them.
    fn link(&mut self, tag: &Tag<'a>, rank: u8, text: &mut String) {
        let (mut relation, mut address, mut kind) = ("", None, "");
        for (key, value) in attributes(tag.attributes) {
            match key {
                "rel" => relation = value,
                "type" => kind = value,
                "href" => address = Some(value),
                _ => {}
            }
        }
        let Some(address) = address.map(|address| self.decoded(address)) else { return };
        let Some(draft) = &mut self.draft else {
            self.head.link(relation, &address, self.base);
            return;
        };
        let relation = relation.to_ascii_lowercase();
        let is_article = relation.is_empty() || relation.ends_with("alternate");
        if is_article {
            let is_page = kind.is_empty() || kind.contains("html");
            draft.take_link(rank - u8::from(!is_page), address, possible_base(tag));
        }
        text.clear();
    }

    /// An id that is an address leads to the article, unless it says that it does not.
    fn id(&mut self, tag: &Tag<'a>, rank: u8, text: &mut str) {
        let mut permanence = attributes(tag.attributes)
            .filter(|(key, _)| key.eq_ignore_ascii_case("isPermaLink"))
            .map(|(_, value)| value.trim().eq_ignore_ascii_case("false"));
        let is_mere_id = permanence.next().unwrap_or(false);
        if let Some(draft) = self.draft.as_mut().filter(|_| !is_mere_id && is_web_address(text)) {
            draft.take_link(rank - 1, text.trim().to_owned(), None);
        }
    }

    /// Atom may leave the content where it is.
    fn link_of_content(&mut self, tag: &Tag<'a>) {
        let address = attributes(tag.attributes).find(|(key, _)| *key == "src");
        let address = address.map(|(_, value)| self.decoded(value));
        if let (Some(draft), Some(address)) = (&mut self.draft, address) {
            draft.take_link(1, address, possible_base(tag));
        }
    }

    fn language(&mut self, tag: &Tag<'a>) {
        let mut languages = attributes(tag.attributes).filter(|(key, _)| *key == "xml:lang");
        let language = languages.next().and_then(|(_, tag)| Language::of_tag(tag.trim()).ok());
        self.head.language = self.head.language.or(language);
    }

    fn decoded(&mut self, value: &str) -> String {
        let mut text = String::with_capacity(value.len());
        unescape(&mut text, value, &mut self.declared);
        text
    }

    fn skip(&mut self, tag: &Tag<'a>) {
        if !tag.is_empty {
            self.content(tag.name, Content::Foreign);
        }
    }

    /// Reads the content of element `name` and stops behind its end.
    ///
    /// A forgotten end does not swallow the document: the end of the entry, the start of the next
    /// one, and another element that we read stop it as well.
    fn content(&mut self, name: &str, content: Content) {
        let mut n_open = 0_usize;
        let mut is_closed = false;
        loop {
            let text_start = self.at;
            let Some((token, start, end)) = self.scanner.token(self.at) else {
                self.pass(content, &self.source[text_start..]);
                self.at = self.source.len();
                return;
            };
            self.pass(content, &self.source[text_start..start]);
            match token {
                Token::End(own) if own.eq_ignore_ascii_case(name) => {
                    if n_open == 0 {
                        self.at = end;
                        return;
                    }
                    n_open -= 1;
                }
                Token::End(other) if self.ends_entry(other) => {
                    self.at = start;
                    return;
                }
                Token::Start(tag) => {
                    let role = self.bindings.role(&tag);
                    let is_leaf = matches!(role, Role::Leaf(..)) && !is_closed;
                    if role == Role::Entry && !self.is_salvaging {
                        self.at = start;
                        return;
                    }
                    if is_leaf && tag.name != name {
                        is_closed = self.has_end(name, start);
                        if !is_closed {
                            self.at = start;
                            return;
                        }
                    }
                    n_open += usize::from(tag.name == name && !tag.is_empty);
                }
                _ => {}
            }
            self.at = end;
            self.pass_token(content, &token, start, end, name);
        }
    }

    /// Whether element `name` is closed within the entry that is open at `from`.
    fn has_end(&mut self, name: &str, from: usize) -> bool {
        self.n_looks += 1;
        if LEAVES_MAX < self.n_looks {
            return true;
        }
        let mut scanner = self.scanner;
        let mut at = from;
        while let Some((token, _, end)) = scanner.token(at) {
            match token {
                Token::End(own) if own.eq_ignore_ascii_case(name) => return true,
                Token::End(other) if self.ends_entry(other) => return false,
                Token::Start(tag) if self.bindings.role(&tag) == Role::Entry => return false,
                _ => at = end,
            }
        }
        false
    }

    fn pass(&mut self, content: Content, text: &str) {
        let room = TEXT_BYTES_MAX.saturating_sub(self.text.len());
        let text = &text[..text.floor_char_boundary(room)];
        match content {
            Content::Text | Content::Packed => unescape(&mut self.text, text, &mut self.declared),
            Content::Markup => push_legal(&mut self.text, text),
            Content::Foreign => {}
        }
    }

    fn pass_token(
        &mut self,
        content: Content,
        token: &Token<'a>,
        start: usize,
        end: usize,
        name: &str,
    ) {
        match (content, token) {
            (Content::Foreign, _) | (_, Token::Other | Token::Declaration(_)) => {}
            (_, Token::CharacterData(data)) => {
                let data_end = end - "]]>".len();
                let data_start = data_end - data.len();
                let swallows = self.swallows_entry(data_start, data_end);
                let own_end = if swallows { own_end(data, name) } else { None };
                let kept = own_end.unwrap_or(data.len());
                self.pass(Content::Markup, &data[..kept]);
                if kept < data.len() {
                    self.at = data_start + kept;
                }
            }
            (_, Token::Start(_) | Token::End(_) | Token::Bare) => {
                self.pass(Content::Markup, &self.source[start..end]);
            }
        }
    }

    /// Whether a CDATA section holds the end of an entry: it forgot its own, and ends with its
    /// element.
    fn swallows_entry(&mut self, start: usize, end: usize) -> bool {
        let ends = [&mut self.item_end, &mut self.entry_end];
        ends.into_iter().any(|it| it.find(self.source, start).is_some_and(|at| at < end))
    }

    fn finish(self) -> Repaired {
        let base = self.root_base.map(str::to_owned);
        Repaired { head: self.head, entries: self.written, base }
    }
}
