//! Finds the article in a web page.

use std::panic::{AssertUnwindSafe, catch_unwind};

use trafilatura::{Options, extract};
use url::Url;

use super::tags::{Token, attributes, token};
use crate::model::{Language, Timestamp};

/// Pages nest some dozens deep; the tree walkers below use the stack.
const NESTING_MAX: usize = 400;

/// Elements that need no end tag (HTML 13.1.2) and so nest only within others.
const UNCOUNTED: [&str; 24] = [
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta",
    "option", "p", "param", "rp", "rt", "source", "td", "th", "tr", "track", "wbr",
];

/// What a web page tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The article's title.
    pub title: String,
    /// Its text without navigation, comments and advertising; empty if none was found.
    pub text: String,
    /// The language that the page declares.
    pub language: Option<Language>,
    /// The day of publication, at midnight UTC.
    pub published: Option<Timestamp>,
}

/// The article in `html`, which came from `url`.
///
/// May take a second, so it belongs into `spawn_blocking`. A page that no extractor can read
/// gives an empty one.
pub fn article(html: &str, url: Option<&Url>) -> Page {
    if is_nested_too_deep(html) {
        return Page::default();
    }
    let mut options = Options::default().with_fallback(true);
    options.original_url = url.cloned();
    let extracted = catch_unwind(AssertUnwindSafe(|| extract(html, &options)));
    let Ok(Ok(found)) = extracted else { return Page::default() };
    let metadata = found.metadata;
    Page {
        title: metadata.title.trim().to_owned(),
        text: found.content_text.trim().to_owned(),
        language: declared_language(html),
        published: metadata.date.and_then(|date| format!("{date}T00:00:00Z").parse().ok()),
    }
}

/// `lang` of the root element.
fn declared_language(html: &str) -> Option<Language> {
    let mut at = 0;
    while let Some((token, _, end)) = token(html, at) {
        if let Token::Start(tag) = token
            && tag.name.eq_ignore_ascii_case("html")
        {
            let mut attributes = attributes(tag.attributes);
            let (_, value) = attributes.find(|(name, _)| name.eq_ignore_ascii_case("lang"))?;
            return Language::of_tag(value.trim()).ok();
        }
        at = end;
    }
    None
}

/// An upper bound: forgotten end tags count as nesting.
fn is_nested_too_deep(html: &str) -> bool {
    let counts = |name: &str| !UNCOUNTED.iter().any(|it| it.eq_ignore_ascii_case(name));
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some((token, _, end)) = token(html, at) {
        match token {
            Token::Start(tag) if counts(tag.name) => depth += 1,
            Token::End(name) if counts(name) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if NESTING_MAX < depth {
            return true;
        }
        at = match token {
            Token::Start(tag) => end + script_length(tag.name, &html[end..]),
            _ => end,
        };
    }
    false
}

/// How much after the tag is a program, in which `<` opens nothing.
fn script_length(name: &str, rest: &str) -> usize {
    let is_script = ["script", "style"].iter().any(|it| it.eq_ignore_ascii_case(name));
    if is_script { rest.find(&format!("</{name}")).unwrap_or(rest.len()) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "Der Botschafter Japans gab in Baku einen Empfang, zu dem viele Gäste kamen.";

    /// Goal: `scan` judges a page by its article, not by its menu.
    #[test]
    fn article_is_found_between_menus() {
        let html = format!(
            "<!doctype html><html lang='de-AT'><head><title>Empfang in Baku</title>\
             <meta property='article:published_time' content='2026-11-24T06:00:00Z'></head>\
             <body><nav><a href='/'>Start</a><a href='/sport'>Sport</a></nav>\
             <article><h1>Empfang in Baku</h1>{}</article><footer>Impressum</footer></body></html>",
            format!("<p>{TEXT}</p>").repeat(5)
        );
        let page = article(&html, None);
        assert_eq!(page.title, "Empfang in Baku");
        assert!(page.text.contains(TEXT) && !page.text.contains("Sport"), "{}", page.text);
        assert_eq!(page.language.unwrap().as_str(), "de");
        assert_eq!(page.published.unwrap().to_string(), "2026-11-24T00:00:00Z");
    }

    /// Goal: a hostile page cannot end the process.
    /// Method: 20,000 nested elements overflow the extractor's stack (measured).
    #[test]
    fn endless_nesting_is_no_article() {
        let html = format!("<body>{}{TEXT}", "<div>".repeat(20_000));
        assert_eq!(article(&html, None), Page::default());
    }

    /// Goal: long programs and forgotten end tags do not count as nesting.
    #[test]
    fn scripts_and_open_paragraphs_are_no_nesting() {
        let script = "if (a<b) c();".repeat(1000);
        let html = format!("<script>{script}</script>{}", "<p>a<br>b".repeat(1000));
        assert!(!is_nested_too_deep(&html));
    }
}
