//! A web page as a tree, and CSS selectors over it.
//!
//! Invariant: no page costs more than [`NODES_MAX`] nodes or [`PATIENCE`], nests deeper than
//! [`DEPTH_MAX`], or overflows the stack.

use std::time::{Duration, Instant};

use ego_tree::iter::Edge;
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::{ParseOpts, parse_document};
use scraper::error::SelectorErrorKind;
use scraper::{ElementRef, Html, HtmlTreeSink, Node};
use url::Url;

/// Longest page in bytes of text: twice the longest of 181 sampled articles, programs included.
pub(super) const HTML_BYTES_MAX: usize = 3 * 1024 * 1024;

/// Elements, texts and comments of the fullest sampled article: some 20,000.
pub(super) const NODES_MAX: usize = 100_000;

/// Pages nest some dozens deep; tree walkers use the stack.
pub(super) const DEPTH_MAX: usize = 400;

/// A page is read in some milliseconds, on a busy machine in some more. What takes so long is made
/// to take long: thousands of attributes in one tag, each compared with all others.
const PATIENCE: Duration = Duration::from_secs(10);

/// Between two looks at what has been built. A character of markup can make a hundred nodes
/// (HTML 13.2.4.3: forgotten `<b>` are opened anew in each paragraph).
const STEP_BYTES: usize = 512;

/// Why a page was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum DomError {
    /// More text than [`HTML_BYTES_MAX`].
    #[error("the page is longer than {HTML_BYTES_MAX} bytes")]
    Length,
    /// More than [`NODES_MAX`].
    #[error("the page has more than {NODES_MAX} elements")]
    Nodes,
    /// Deeper than [`DEPTH_MAX`].
    #[error("the page nests more than {DEPTH_MAX} elements")]
    Depth,
    /// Longer than [`PATIENCE`].
    #[error("the page takes too long to read")]
    Time,
}

/// A page's tree.
pub(super) struct Dom {
    html: Html,
}

impl Dom {
    /// Reads a page as browsers do: nothing is an error but its size.
    ///
    /// # Errors
    /// A page made to cost time or memory.
    pub(super) fn read(html: &str) -> Result<Self, DomError> {
        Self::read_within(html, PATIENCE)
    }

    fn read_within(html: &str, patience: Duration) -> Result<Self, DomError> {
        if HTML_BYTES_MAX < html.len() {
            return Err(DomError::Length);
        }
        let end = Instant::now() + patience;
        let sink = HtmlTreeSink::new(Html::new_document());
        let mut parser = parse_document(sink, ParseOpts::default());
        let mut rest = html;
        while !rest.is_empty() {
            let (step, behind) = rest.split_at(rest.floor_char_boundary(STEP_BYTES));
            parser.process(StrTendril::from_slice(step));
            rest = behind;
            check_growth(&parser.tokenizer.sink.sink.0.borrow())?;
            if end < Instant::now() {
                return Err(DomError::Time);
            }
        }
        let html = parser.finish();
        check_growth(&html)?;
        if DEPTH_MAX < depth(&html) {
            return Err(DomError::Depth);
        }
        Ok(Self { html })
    }

    /// All elements, in their order.
    pub(super) fn elements(&self) -> impl Iterator<Item = Element<'_>> {
        self.html.root_element().descendent_elements().map(Element)
    }

    /// The elements that people see as one piece of text, in their order, each once or more.
    pub(super) fn blocks(&self) -> impl Iterator<Item = Element<'_>> {
        self.html.tree.nodes().filter_map(|node| {
            let Node::Text(text) = node.value() else { return None };
            let mut around = node.ancestors().filter_map(ElementRef::wrap);
            let block = around.find(|it| !INLINE.contains(&it.value().name()));
            block.filter(|_| !text.trim().is_empty()).map(Element)
        })
    }

    /// The elements that `selector` chooses, in their order.
    pub(super) fn select<'a>(&'a self, selector: &Selector) -> impl Iterator<Item = Element<'a>> {
        self.html.select(&selector.0).map(Element)
    }

    /// Where relative links of the page start; `url` is where it came from (HTML 4.2.3).
    pub(super) fn base(&self, url: &Url) -> Url {
        let named = self.elements().find_map(|element| {
            let is_base = element.name() == "base";
            if is_base { element.attribute("href") } else { None }
        });
        let base = named.and_then(|href| url.join(href.trim()).ok());
        base.filter(|base| matches!(base.scheme(), "http" | "https")).unwrap_or_else(|| url.clone())
    }
}

/// The newest node is nearly always the deepest that is open.
fn check_growth(html: &Html) -> Result<(), DomError> {
    let mut nodes = html.tree.nodes();
    if NODES_MAX < nodes.len() {
        return Err(DomError::Nodes);
    }
    let newest = nodes.next_back();
    if newest.is_some_and(|it| DEPTH_MAX < it.ancestors().take(DEPTH_MAX + 1).count()) {
        return Err(DomError::Depth);
    }
    Ok(())
}

fn depth(html: &Html) -> usize {
    let mut depth = 0_usize;
    let mut deepest = 0;
    for edge in html.tree.root().traverse() {
        match edge {
            Edge::Open(_) => depth += 1,
            Edge::Close(_) => depth -= 1,
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// An element of a page.
#[derive(Clone, Copy)]
pub(super) struct Element<'a>(ElementRef<'a>);

impl<'a> Element<'a> {
    /// Its name, in lower case.
    pub(super) fn name(self) -> &'a str {
        self.0.value().name()
    }

    /// An attribute as it is written, entities resolved; `name` is in lower case.
    pub(super) fn attribute(self, name: &str) -> Option<&'a str> {
        self.0.value().attr(name)
    }

    /// Whether `selector` chooses it.
    pub(super) fn is(self, selector: &Selector) -> bool {
        selector.0.matches(&self.0)
    }

    /// The elements around it, from the inside out.
    pub(super) fn around(self) -> impl Iterator<Item = Element<'a>> {
        self.0.ancestors().filter_map(ElementRef::wrap).map(Element)
    }

    /// All elements in it and itself.
    pub(super) fn elements(self) -> impl Iterator<Item = Element<'a>> {
        self.0.descendent_elements().map(Element)
    }

    /// Its text as it is written, programs and styles included.
    pub(super) fn raw_text(self) -> String {
        self.0.text().collect()
    }

    /// Its text as people see it, on one line; at most so many characters.
    pub(super) fn words(self, n_characters: usize) -> String {
        let mut words = String::new();
        let mut n_left = n_characters;
        let mut is_apart = false;
        let mut n_hidden = 0_usize;
        for edge in self.0.traverse() {
            let (node, change) = match edge {
                Edge::Open(node) => (node, 1),
                Edge::Close(node) => (node, -1),
            };
            match node.value() {
                Node::Element(element) if HIDDEN.contains(&element.name()) => {
                    n_hidden = n_hidden.saturating_add_signed(change);
                }
                Node::Element(element) => is_apart |= !INLINE.contains(&element.name()),
                Node::Text(text) if n_hidden == 0 && change == 1 => {
                    push_words(&mut words, text, &mut is_apart, &mut n_left);
                }
                _ => {}
            }
            if n_left == 0 {
                break;
            }
        }
        words
    }
}

/// Elements whose text is not for readers of the page; `rt` only repeats how a word sounds.
const HIDDEN: [&str; 8] =
    ["script", "style", "noscript", "template", "svg", "rt", "rp", "textarea"];

/// Elements that do not part words.
const INLINE: [&str; 28] = [
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "em", "font", "i", "ins",
    "kbd", "mark", "q", "rb", "ruby", "s", "small", "span", "strong", "sub", "sup", "time", "u",
    "wbr",
];

fn push_words(words: &mut String, text: &str, is_apart: &mut bool, n_left: &mut usize) {
    for character in text.chars() {
        if character.is_whitespace() {
            *is_apart = true;
        } else if *n_left == 0 {
            return;
        } else if !character.is_control() {
            if *is_apart && !words.is_empty() {
                words.push(' ');
                *n_left -= 1;
            }
            *is_apart = false;
            if 0 < *n_left {
                words.push(character);
                *n_left -= 1;
            }
        }
    }
}

/// A CSS selector.
#[derive(Clone, Debug)]
pub(super) struct Selector(scraper::Selector);

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    /// No selector, in words for the person who wrote it.
    pub(super) fn of(text: &str) -> Result<Self, String> {
        scraper::Selector::parse(text).map(Self).map_err(|error| match error {
            _ if text.trim().is_empty() => "it is empty".to_owned(),
            SelectorErrorKind::EndOfLine => "it ends too early".to_owned(),
            SelectorErrorKind::UnexpectedToken(_) => error.to_string().to_lowercase(),
            _ => "it uses something that is not known here".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body_words(html: &str) -> String {
        Dom::read(html).ok().unwrap().elements().find(|it| it.name() == "body").unwrap().words(1000)
    }

    /// Goal: words are read as people see them.
    #[test]
    fn words_stand_apart_where_people_see_them_apart() {
        for (html, words) in [
            ("<p>Ba<b>ku</b></p><p>Tokio</p>", "Baku Tokio"),
            ("a<br>b <script>c</script><style>d</style> e\n\n f&amp;g", "a b e f&g"),
            ("<ruby>東京<rp>(</rp><rt>とうきょう</rt></ruby>で", "東京で"),
            ("<noscript>no</noscript><ul><li>x<li>y</ul>", "x y"),
        ] {
            assert_eq!(body_words(html), words, "{html}");
        }
        assert_eq!(Dom::read("<p>äöü x").ok().unwrap().elements().last().unwrap().words(2), "äö");
    }

    /// Goal: a hostile page costs neither memory nor time nor the stack.
    #[test]
    fn pages_made_to_hurt_are_refused() {
        let bold = (0..390).fold(String::new(), |it, n| it + &format!("<b id={n}>"));
        for (html, wanted) in [
            ("<div>".repeat(20_000), DomError::Depth),
            ("<b>".repeat(20_000), DomError::Depth),
            ("<table><tr><td>".repeat(200), DomError::Depth),
            ("<p>x".repeat(100_000), DomError::Nodes),
            (format!("<p>{bold}</p>{}", "<p>x".repeat(2_000)), DomError::Nodes),
            ("x".repeat(HTML_BYTES_MAX + 1), DomError::Length),
        ] {
            let read = Dom::read(&html);
            assert_eq!(read.err(), Some(wanted), "{}", &html[..40]);
        }
        let read = Dom::read_within("<p>x", Duration::ZERO);
        assert_eq!(read.err(), Some(DomError::Time));
    }

    /// Goal: what is broken in an ordinary way is read.
    #[test]
    fn broken_markup_is_read_as_browsers_do() {
        let script = "if (a<b) c();".repeat(10_000);
        let html = format!("<script>{script}</script>{}</b></div>", "<p>a<br>b".repeat(1000));
        assert!(Dom::read(&html).is_ok());
        for html in ["", "\0", "<", "<!--", "<html", "<p <p", "x</html>y"] {
            assert!(Dom::read(html).is_ok(), "{html}");
        }
    }

    /// Goal: links start where the page says.
    #[test]
    fn base_is_the_pages_own() {
        let url: Url = "https://example.org/news/a.html".parse().unwrap();
        for (html, base) in [
            ("<base href='/b/'><base href='/c/'>", "https://example.org/b/"),
            ("<base target=x><p>", "https://example.org/news/a.html"),
            ("<base href='javascript:x'>", "https://example.org/news/a.html"),
        ] {
            assert_eq!(Dom::read(html).ok().unwrap().base(&url).as_str(), base, "{html}");
        }
    }
}
