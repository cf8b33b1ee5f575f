//! Writes a feed anew: the few elements we read, well-formed and flat.
//!
//! One linear pass over hostile text, in front of a parser that aborts the process on deeply
//! nested media elements, panics on some author fields and drops a whole feed for one bare `&`
//! (measured with feed-rs 3.0.0). What we do not read never reaches it.
//!
//! Invariant: the result holds entries inside one root and texts inside entries, nothing deeper.
//! Invariant: an entry that the document's end cuts off is left out; those before it stay.

use url::Url;

use super::ReadError;
use super::entities::{Reference, is_legal, reference};
use super::tags::{Tag, Token, attributes, token};
use super::vocabulary::{Family, Role, Vocabulary, role};

/// More entries than any feed has; archives of a whole site stay below.
const ENTRIES_MAX: usize = 20_000;

/// An entry has a dozen elements that we read.
const LEAVES_MAX: usize = 64;

/// Namespaces are declared on the root or an entry; a handful is usual.
const BINDINGS_MAX: usize = 64;

const RSS_START: &str = "<rss version=\"2.0\" \
    xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel>";
const RSS_END: &str = "</channel></rss>";
const ATOM_END: &str = "</feed>";

/// The feed in `xml`, fit for the parser.
///
/// # Errors
/// There is no feed in it, or more entries than we take.
pub(super) fn repair(xml: &str) -> Result<String, ReadError> {
    let (family, root, at) = find_root(xml)?;
    let mut repair = Repair {
        source: xml,
        at,
        family,
        bindings: Vec::new(),
        out: String::with_capacity(xml.len() / 2),
        entry: None,
        n_entries: 0,
        n_leaves: 0,
    };
    repair.bind(&root);
    repair.bindings.insert(0, (root.prefix(), Vocabulary::Native));
    repair.bindings.insert(0, ("", Vocabulary::Native));
    repair.write_root(&root);
    repair.run()?;
    if repair.entry.is_some() && repair.n_entries == 1 {
        return Err(ReadError::Broken { reason: "it ends inside its first entry".to_owned() });
    }
    Ok(repair.finish())
}

/// The first tag that opens a feed; warnings, comments and declarations before it are junk.
fn find_root(xml: &str) -> Result<(Family, Tag<'_>, usize), ReadError> {
    let mut at = 0;
    while let Some((token, _, end)) = token(xml, at) {
        if let Token::Start(tag) = token {
            if let Some(family) = Family::of_root(tag.local_name()) {
                return Ok((family, tag, end));
            }
            if tag.name.eq_ignore_ascii_case("html") {
                return Err(ReadError::WebPage);
            }
        }
        at = end;
    }
    Err(ReadError::NotAFeed)
}

struct Repair<'a> {
    source: &'a str,
    at: usize,
    family: Family,
    /// Prefix and meaning; the first of a prefix counts.
    bindings: Vec<(&'a str, Vocabulary)>,
    out: String,
    entry: Option<OpenEntry<'a>>,
    n_entries: usize,
    n_leaves: usize,
}

struct OpenEntry<'a> {
    /// Its name in the document, prefix included.
    name: &'a str,
    /// Where it starts in the output.
    out_start: usize,
}

/// What happens to the content of an element.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    /// Text; markup that should have been escaped is escaped.
    Text,
    /// Markup; all of it becomes text.
    Markup,
    /// Dropped.
    Foreign,
}

impl<'a> Repair<'a> {
    fn run(&mut self) -> Result<(), ReadError> {
        while let Some((token, _, end)) = token(self.source, self.at) {
            self.at = end;
            match token {
                Token::Start(tag) => self.start(&tag)?,
                Token::End(name) if self.ends_entry(name) => self.close_entry(),
                Token::End(_) | Token::CharacterData(_) | Token::Other | Token::Bare => {}
            }
        }
        Ok(())
    }

    fn start(&mut self, tag: &Tag<'a>) -> Result<(), ReadError> {
        match self.role(tag) {
            Role::Entry => {
                self.close_entry();
                self.open_entry(tag)?;
            }
            Role::Frame => self.bind(tag),
            Role::Leaf(name) if self.is_wanted(name) => self.leaf(tag, name),
            Role::Leaf(_) | Role::Foreign => {
                if !tag.is_empty {
                    self.content(tag.name, Content::Foreign);
                }
            }
        }
        Ok(())
    }

    /// Of the feed itself we read little.
    fn is_wanted(&self, name: &str) -> bool {
        match self.entry {
            Some(_) => self.n_leaves < LEAVES_MAX,
            None => matches!(name, "title" | "language" | "ttl"),
        }
    }

    fn open_entry(&mut self, tag: &Tag<'a>) -> Result<(), ReadError> {
        if self.n_entries == ENTRIES_MAX {
            return Err(ReadError::TooManyEntries { limit: ENTRIES_MAX });
        }
        self.n_entries += 1;
        self.n_leaves = 0;
        self.bind(tag);
        self.entry = Some(OpenEntry { name: tag.name, out_start: self.out.len() });
        self.out.push_str(match self.family {
            Family::Rss => "<item",
            Family::Atom => "<entry",
        });
        self.write_base(tag);
        self.out.push('>');
        self.write_about(tag);
        if tag.is_empty {
            self.close_entry();
        }
        Ok(())
    }

    /// RSS 1.0 names its items here, some without another link.
    fn write_about(&mut self, tag: &Tag<'a>) {
        let mut names = attributes(tag.attributes).filter(|(key, _)| *key == "rdf:about");
        if let (Family::Rss, Some((_, name))) = (self.family, names.next()) {
            self.out.push_str("<guid>");
            push_text(&mut self.out, name);
            self.out.push_str("</guid>");
        }
    }

    fn close_entry(&mut self) {
        if self.entry.take().is_some() {
            self.out.push_str(match self.family {
                Family::Rss => "</item>",
                Family::Atom => "</entry>",
            });
        }
    }

    /// The end of the feed ends its last entry as well.
    fn ends_entry(&self, name: &'a str) -> bool {
        let own = self.entry.as_ref().is_some_and(|entry| entry.name == name);
        own || self.role(&Tag { name, attributes: "", is_empty: false }) == Role::Frame
    }

    fn leaf(&mut self, tag: &Tag<'a>, name: &'static str) {
        self.n_leaves += 1;
        self.out.push('<');
        self.out.push_str(name);
        let content = match self.family {
            Family::Rss => Content::Text,
            Family::Atom => self.write_atom_attributes(tag, name),
        };
        self.out.push('>');
        if !tag.is_empty {
            self.content(tag.name, content);
        }
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    /// Whatever type a text claims, it is passed on as HTML: unknown types would cost the feed.
    fn write_atom_attributes(&mut self, tag: &Tag<'a>, name: &str) -> Content {
        self.write_base(tag);
        let mut content = Content::Text;
        for (key, value) in attributes(tag.attributes) {
            match (name, key) {
                ("link", "href" | "rel" | "type") | ("content", "xml:lang") => {
                    self.write_attribute(key, value);
                }
                ("title" | "summary" | "content", "type")
                    if value.to_ascii_lowercase().contains("xhtml") =>
                {
                    content = Content::Markup;
                }
                _ => {}
            }
        }
        if matches!(name, "title" | "summary" | "content") {
            self.out.push_str(" type=\"html\"");
        }
        content
    }

    fn write_root(&mut self, root: &Tag<'a>) {
        match self.family {
            Family::Rss => self.out.push_str(RSS_START),
            Family::Atom => {
                self.out.push_str("<feed xmlns=\"http://www.w3.org/2005/Atom\"");
                let languages = attributes(root.attributes).filter(|(key, _)| *key == "xml:lang");
                languages.take(1).for_each(|(key, value)| self.write_attribute(key, value));
                self.write_base(root);
                self.out.push('>');
            }
        }
    }

    /// An impossible `xml:base` would cost the feed.
    fn write_base(&mut self, tag: &Tag<'a>) {
        let bases = attributes(tag.attributes).filter(|(key, _)| *key == "xml:base");
        let is_possible = |value: &str| !matches!(Url::parse(value), Err(e) if e != url::ParseError::RelativeUrlWithoutBase);
        for (key, value) in bases.filter(|(_, value)| is_possible(value)).take(1) {
            self.write_attribute(key, value);
        }
    }

    fn write_attribute(&mut self, key: &str, value: &str) {
        self.out.push(' ');
        self.out.push_str(key);
        self.out.push_str("=\"");
        push_text(&mut self.out, value);
        self.out.push('"');
    }

    /// Passes the content of element `name` on and stops behind its end.
    ///
    /// A forgotten end does not swallow the document: the end of the entry and the start of
    /// the next one stop it as well.
    fn content(&mut self, name: &str, content: Content) {
        let mut n_open = 0_usize;
        loop {
            let text_start = self.at;
            let next = token(self.source, self.at);
            let (token_start, token_end) = match &next {
                Some((_, start, end)) => (*start, *end),
                None => (self.source.len(), self.source.len()),
            };
            self.pass(content, &self.source[text_start..token_start]);
            let Some((token, _, _)) = next else {
                self.at = self.source.len();
                return;
            };
            match token {
                Token::End(end) if end == name && n_open == 0 => {
                    self.at = token_end;
                    return;
                }
                Token::End(end) if self.ends_entry(end) => {
                    self.at = token_start;
                    return;
                }
                Token::Start(tag) if self.role(&tag) == Role::Entry => {
                    self.at = token_start;
                    return;
                }
                Token::End(end) if end == name => n_open -= 1,
                Token::Start(tag) if tag.name == name && !tag.is_empty => n_open += 1,
                _ => {}
            }
            self.at = token_end;
            self.pass_token(content, &token, &self.source[token_start..token_end]);
        }
    }

    fn pass(&mut self, content: Content, text: &str) {
        match content {
            Content::Text => push_text(&mut self.out, text),
            Content::Markup => push_escaped(&mut self.out, text),
            Content::Foreign => {}
        }
    }

    fn pass_token(&mut self, content: Content, token: &Token<'a>, raw: &str) {
        match (content, token) {
            (Content::Foreign, _) | (_, Token::Other) => {}
            (_, Token::CharacterData(data)) => push_escaped(&mut self.out, data),
            (_, Token::Start(_) | Token::End(_) | Token::Bare) => push_escaped(&mut self.out, raw),
        }
    }

    fn role(&self, tag: &Tag<'a>) -> Role {
        let prefix = tag.prefix();
        let own = namespaces(tag).find(|(it, _)| *it == prefix).map(|(_, vocabulary)| vocabulary);
        let bound = || self.bindings.iter().find(|(it, _)| *it == prefix).map(|(_, it)| *it);
        let vocabulary = own.or_else(bound).unwrap_or_else(|| Vocabulary::of_undeclared(prefix));
        role(self.family, vocabulary, tag.local_name())
    }

    fn bind(&mut self, tag: &Tag<'a>) {
        let room = BINDINGS_MAX.saturating_sub(self.bindings.len());
        self.bindings.extend(namespaces(tag).take(room));
    }

    fn finish(mut self) -> String {
        if let Some(cut) = self.entry.take() {
            self.out.truncate(cut.out_start);
        }
        self.out.push_str(match self.family {
            Family::Rss => RSS_END,
            Family::Atom => ATOM_END,
        });
        self.out
    }
}

/// The namespaces that a tag declares: prefix and meaning.
fn namespaces<'a>(tag: &Tag<'a>) -> impl Iterator<Item = (&'a str, Vocabulary)> + use<'a> {
    let declares = tag.attributes.contains("xmlns");
    let all = attributes(if declares { tag.attributes } else { "" });
    all.filter_map(|(key, value)| {
        let prefix = key.strip_prefix("xmlns")?;
        let prefix = if prefix.is_empty() { prefix } else { prefix.strip_prefix(':')? };
        Some((prefix, Vocabulary::of_namespace(value)))
    })
}

/// Writes text that may hold references; what no XML may hold is left out.
fn push_text(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        push_escaped(out, &rest[..at]);
        rest = &rest[at..];
        let n_bytes = match reference(rest) {
            Reference::Character(character, n_bytes) => {
                push_escaped(out, character.encode_utf8(&mut [0; 4]));
                n_bytes
            }
            Reference::Illegal(n_bytes) => n_bytes,
            Reference::None => {
                out.push_str("&amp;");
                1
            }
        };
        rest = &rest[n_bytes..];
    }
    push_escaped(out, rest);
}

/// Writes text as it stands.
fn push_escaped(out: &mut String, text: &str) {
    let is_special =
        |character: char| matches!(character, '&' | '<' | '>' | '"') || !is_legal(character);
    let mut rest = text;
    while let Some(at) = rest.find(is_special) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = special.chars();
        match characters.next() {
            Some('&') => out.push_str("&amp;"),
            Some('<') => out.push_str("&lt;"),
            Some('>') => out.push_str("&gt;"),
            Some('"') => out.push_str("&quot;"),
            _ => {}
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The entries as the parser will see them, without the frame.
    fn entries(xml: &str) -> String {
        let repaired = repair(xml).unwrap();
        let start = repaired.find("<item").or_else(|| repaired.find("<entry")).unwrap_or_default();
        let end = repaired.rfind("</item>").map(|at| at + 7);
        let end = end.or_else(|| repaired.rfind("</entry>").map(|at| at + 8));
        repaired[start..end.unwrap_or(start)].to_owned()
    }

    fn rss(items: &str) -> String {
        entries(&format!("<rss version='2.0'><channel>{items}</channel></rss>"))
    }

    /// Goal: the mistakes that publishers' templates make cost no entry and no word.
    #[test]
    fn usual_mistakes_are_mended() {
        for (wrong, right) in [
            ("AT&T &amp; a & b", "AT&amp;T &amp; a &amp; b"),
            ("?a=1&b=2", "?a=1&amp;b=2"),
            ("&nbsp;&ouml;&hellip;", "\u{a0}ö…"),
            ("a\u{0}b\u{b}c&#11;&#55357;d", "abcd"),
            ("1 < 2", "1 &lt; 2"),
            ("<b>x</b> y<br>", "&lt;b&gt;x&lt;/b&gt; y&lt;br&gt;"),
            ("<![CDATA[a & <b>]]>", "a &amp; &lt;b&gt;"),
            ("a<!-- <title> -->b", "ab"),
        ] {
            let repaired = rss(&format!("<item><title>{wrong}</title></item>"));
            assert_eq!(repaired, format!("<item><title>{right}</title></item>"), "{wrong}");
        }
    }

    /// Goal: a cut document gives its complete entries, and no half ones.
    #[test]
    fn cut_entry_is_left_out() {
        let whole = "<item><title>A</title></item>";
        for cut in ["<item><title>B</ti", "<item><link>http://e", "<item><title>B</title>", "<ite"]
        {
            assert_eq!(entries(&format!("<rss><channel>{whole}{cut}")), whole, "{cut}");
        }
        assert_eq!(entries(&format!("<rss><channel>{whole}<item><title><![CDATA[B")), whole);
    }

    /// Goal: one forgotten end tag costs one entry at most.
    #[test]
    fn forgotten_ends_stop_at_the_entry() {
        let whole = "<item><title>A</title></item>";
        assert_eq!(rss("<item><title>A</item><item><title>A</title>"), format!("{whole}{whole}"));
        assert_eq!(rss("<item><title>A<item><title>A</title></item>"), format!("{whole}{whole}"));
        assert_eq!(
            rss("<item><x><y></item><item><title>A</title></item>"),
            format!("<item></item>{whole}")
        );
    }

    /// Goal: a feed is read by what it means, not by how it spells its format.
    #[test]
    fn formats_are_known_by_any_name() {
        let item = "<item><title>A</title></item>";
        for document in [
            format!("<rss>{item}</rss>"),
            format!("<RSS VERSION='0.94'><CHANNEL></CHANNEL>{}</RSS>", item.to_uppercase()),
            format!("PHP <b>Warning</b>: x<br />\n<?xml version='1.0'?><!DOCTYPE rss><rss>{item}"),
            format!(
                "<rss xmlns='http://backend.userland.com/rss2'><channel>{item}</channel></rss>"
            ),
            format!("<r:RDF xmlns:r='x' xmlns='https://purl.org/rss/1.0'><channel/>{item}</r:RDF>"),
            "<rss:rss xmlns:rss='y'><rss:item><rss:title>A</rss:title></rss:item></rss:rss>"
                .to_owned(),
        ] {
            assert_eq!(entries(&document), item, "{document}");
        }
        let entry = "<entry><title type=\"html\">A</title></entry>";
        for document in [
            "<feed xmlns='https://www.w3.org/2005/atom/'><entry><title>A</title></entry></feed>",
            "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><title mode='escaped' \
             type='text/plain'>A</title></entry></feed>",
            "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:title type='foo'>A\
             </a:title></a:entry></a:feed>",
        ] {
            assert_eq!(entries(document), entry, "{document}");
        }
    }

    /// Goal: another vocabulary's title does not become the article's, declared or not.
    #[test]
    fn foreign_elements_are_left_out() {
        let foreign = "<media:title>X</media:title><itunes:title>X</itunes:title>\
            <author>a@b.example（編集部）</author><image><title>X</title></image>";
        assert_eq!(
            rss(&format!("<item>{foreign}<title>A</title>{foreign}</item>")),
            rss("<item><title>A</title></item>")
        );
        let dates = "<dc:date>1</dc:date><content:encoded>2</content:encoded>";
        insta::assert_snapshot!(rss(&format!("<item>{dates}</item>")), @"<item><pubDate>1</pubDate><content:encoded>2</content:encoded></item>");
    }

    /// Goal: XHTML content arrives as HTML, with its own references intact.
    #[test]
    fn xhtml_becomes_text() {
        let document = "<feed xmlns='http://www.w3.org/2005/Atom'><entry><content type='xhtml'>\
            <div xmlns='http://www.w3.org/1999/xhtml'><p>a &amp; b</p></div></content></entry></feed>";
        insta::assert_snapshot!(entries(document), @r#"<entry><content type="html">&lt;div xmlns='http://www.w3.org/1999/xhtml'&gt;&lt;p&gt;a &amp;amp; b&lt;/p&gt;&lt;/div&gt;</content></entry>"#);
    }

    /// Goal: nothing that grows in a feed grows here without end.
    #[test]
    fn entries_and_their_elements_are_bounded() {
        let document = format!("<rss>{}</rss>", "<item/>".repeat(ENTRIES_MAX + 1));
        assert_eq!(repair(&document), Err(ReadError::TooManyEntries { limit: ENTRIES_MAX }));
        let leaves = rss(&format!("<item>{}</item>", "<link>a</link>".repeat(LEAVES_MAX + 1)));
        assert_eq!(leaves.matches("<link>").count(), LEAVES_MAX);
    }

    /// Goal: the status page says whether the address is wrong or the feed is.
    #[test]
    fn pages_and_other_texts_are_no_feeds() {
        assert_eq!(
            repair("<!doctype html><html><p>Checking your browser"),
            Err(ReadError::WebPage)
        );
        let script = "<html><script>parse('<rss><channel>')</script>";
        assert_eq!(repair(script), Err(ReadError::WebPage));
        assert_eq!(repair("plain < text"), Err(ReadError::NotAFeed));
        assert_eq!(repair(""), Err(ReadError::NotAFeed));
    }
}
