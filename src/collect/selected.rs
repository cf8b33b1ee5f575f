//! Reads entries from a page for people, with CSS selectors.

use std::collections::HashSet;

use url::Url;

use super::html::{Dom, Element, Selector};
use super::{FeedDocument, dates};
use crate::model::{Entry, Language, Selectors, Timestamp, canonical_link};

/// Lists of more entries are cut: what is new stands first.
const ENTRIES_MAX: usize = 500;

/// Longer titles are cut.
const TITLE_CHARACTERS_MAX: usize = 1_000;

/// So many items are looked at, whether they have a link or not.
const ITEMS_MAX: usize = 5_000;

/// Dates are short.
const DATE_CHARACTERS_MAX: usize = 100;

/// Elements that are looked at for an item's parts; an item with more is the page itself.
const ITEM_ELEMENTS_MAX: usize = 2_000;

/// Why selectors or a page cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectedError {
    /// A selector that is none.
    #[error("selector {name} = {selector:?} is no CSS selector: {reason}")]
    Selector {
        /// Which of them.
        name: &'static str,
        /// What was written.
        selector: String,
        /// What is wrong with it.
        reason: String,
    },

    /// No element is an item.
    #[error(
        "selector item = {selector:?} finds nothing on the page: its layout may have changed; \
         `silkwire feeds discover` shows what selectors find"
    )]
    NoItems {
        /// The selector of items.
        selector: String,
    },

    /// There are items, but none with a link.
    #[error(
        "selector item = {selector:?} finds {n_items} items, but {link} finds no link in them: the \
         page's layout may have changed"
    )]
    NoLinks {
        /// The selector of items.
        selector: String,
        /// What was looked for in them.
        link: String,
        /// How many items there are.
        n_items: usize,
    },

    /// The page is too large or nests too deep.
    #[error("{reason}")]
    Unreadable {
        /// What is too much.
        reason: String,
    },
}

/// Selectors that were understood.
#[derive(Clone, Debug)]
pub struct Compiled {
    item: Selector,
    link: Option<Selector>,
    title: Option<Selector>,
    date: Option<Selector>,
    /// As they were written, for error texts.
    written: Selectors,
}

impl Compiled {
    /// Reads selectors.
    ///
    /// # Errors
    /// The first one that is no CSS selector.
    pub fn of(selectors: &Selectors) -> Result<Self, SelectedError> {
        let compiled = |name, text: &str| {
            Selector::of(text).map_err(|reason| {
                let selector = text.to_owned();
                SelectedError::Selector { name, selector, reason }
            })
        };
        let maybe = |name, text: &Option<String>| {
            text.as_deref().map(|text| compiled(name, text)).transpose()
        };
        Ok(Self {
            item: compiled("item", &selectors.item)?,
            link: maybe("link", &selectors.link)?,
            title: maybe("title", &selectors.title)?,
            date: maybe("date", &selectors.date)?,
            written: selectors.clone(),
        })
    }

    fn link_in<'a>(&self, item: Element<'a>) -> Option<Element<'a>> {
        match &self.link {
            Some(link) => own_or_inner(item, link),
            None => with_itself(item).find(|it| it.name() == "a" && href(*it).is_some()),
        }
    }

    fn title_in(&self, item: Element<'_>, link: Element<'_>) -> String {
        let chosen = self.title.as_ref().and_then(|title| own_or_inner(item, title));
        let words = chosen.unwrap_or(link).words(TITLE_CHARACTERS_MAX);
        if !words.is_empty() {
            return words;
        }
        // A link around a picture says its title to those who cannot see.
        let spoken = |element: Element<'_>| {
            let names = ["title", "aria-label", "alt"];
            names.iter().find_map(|name| element.attribute(name)).map(one_line)
        };
        with_itself(link).find_map(spoken).unwrap_or_default()
    }
}

/// The entries that `selectors` find in `html`, in its order; `url` is where it came from.
///
/// An item without a link is skipped, and of items with the same link the first counts. Takes up
/// to a second for the largest pages, so it belongs into `spawn_blocking`.
///
/// # Errors
/// There are no items, or none with a link; or the page is too large.
pub(super) fn read(
    html: &str,
    url: &Url,
    selectors: &Compiled,
) -> Result<FeedDocument, SelectedError> {
    let dom =
        Dom::read(html).map_err(|error| SelectedError::Unreadable { reason: error.to_string() })?;
    let base = dom.base(url);
    let root = dom.elements().next();
    let tag = root.and_then(|it| it.attribute("lang"));
    let language = tag.and_then(|tag| Language::of_tag(tag.trim()).ok());
    let title = dom.elements().find(|it| it.name() == "title");
    let mut seen = HashSet::new();
    let mut entries = Vec::new();
    let mut n_items = 0;
    for item in dom.select(&selectors.item) {
        n_items += 1;
        if ENTRIES_MAX <= entries.len() || ITEMS_MAX < n_items {
            break;
        }
        let entry = entry(item, &base, selectors, language);
        entries.extend(entry.filter(|(name, _)| seen.insert(name.clone())).map(|(_, entry)| entry));
    }
    let selector = || selectors.written.item.clone();
    if n_items == 0 {
        return Err(SelectedError::NoItems { selector: selector() });
    }
    if entries.is_empty() {
        let link = match &selectors.written.link {
            Some(link) => format!("link = {link:?}"),
            None => "\"a[href]\"".to_owned(),
        };
        return Err(SelectedError::NoLinks { selector: selector(), link, n_items });
    }
    let title = title.map(|it| one_line(&it.raw_text())).filter(|title| !title.is_empty());
    Ok(FeedDocument { title, language, entries, ..FeedDocument::default() })
}

/// An item's entry, with the one name of its link.
fn entry(
    item: Element<'_>,
    base: &Url,
    selectors: &Compiled,
    language: Option<Language>,
) -> Option<(String, Entry)> {
    let link = selectors.link_in(item)?;
    // A chosen box may stand around its link.
    let href = with_itself(link).find_map(href)?;
    let mut url = base.join(href).ok()?;
    url.set_fragment(None);
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let date = selectors.date.as_ref().and_then(|date| own_or_inner(item, date));
    let entry = Entry {
        link: Some(url.to_string()),
        title: escaped(&selectors.title_in(item, link)),
        published: date.and_then(moment),
        language,
        ..Entry::default()
    };
    Some((canonical_link(&url), entry))
}

/// What a machine should read comes before what people see.
fn moment(element: Element<'_>) -> Option<Timestamp> {
    let for_machines = ["datetime", "content"].map(|name| element.attribute(name));
    let for_machines = for_machines.into_iter().flatten().find_map(dates::parse);
    for_machines.or_else(|| dates::parse(&element.words(DATE_CHARACTERS_MAX)))
}

fn href(element: Element<'_>) -> Option<&str> {
    let href = element.attribute("href").map(str::trim);
    href.filter(|href| !href.is_empty() && !href.starts_with('#'))
}

fn with_itself(element: Element<'_>) -> impl Iterator<Item = Element<'_>> {
    element.elements().take(ITEM_ELEMENTS_MAX)
}

/// The item itself may be what is looked for.
fn own_or_inner<'a>(item: Element<'a>, selector: &Selector) -> Option<Element<'a>> {
    with_itself(item).find(|element| element.is(selector))
}

/// An entry's title may hold markup; what stands on a page does not.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(TITLE_CHARACTERS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<!doctype html><html lang=az><head><title>Xəbərlər\n | Nazirlik</title>\
        <base href='/az/'></head><body><nav><a href=/>Ana səhifə</a></nav><ul class=news>\
        <li><a href='news/2?utm_source=main#top'><img alt='x'> Səfir Bakıda\n qəbul keçirdi</a>\
        <time datetime='2026-11-24T10:00:00+04:00'>bu gün</time></li>\
        <li><a href='/az/news/1'>Q&amp;A &lt;canlı&gt;</a><span class=d>23.11.2026 18:30</span></li>\
        <li>reklam</li><li><a href='javascript:x()'>x</a></li><li><a href='news/2'>təkrar</a></li>\
        </ul></body></html>";

    fn selectors(item: &str) -> Selectors {
        Selectors { item: item.to_owned(), link: None, title: None, date: None }
    }

    fn read_with(html: &str, selectors: &Selectors) -> Result<FeedDocument, SelectedError> {
        let url = "https://mfa.example/az".parse().unwrap();
        read(html, &url, &Compiled::of(selectors)?)
    }

    fn shown(document: &FeedDocument) -> Vec<(&str, &str, Option<String>)> {
        fn one(entry: &Entry) -> (&str, &str, Option<String>) {
            let Entry { link, title, published, .. } = entry;
            (link.as_deref().unwrap(), title.as_str(), published.map(|it| it.to_string()))
        }
        document.entries.iter().map(one).collect()
    }

    /// Goal: a ministry's page without a feed is watched with two selectors.
    #[test]
    fn list_of_links_becomes_entries() {
        let date = Some("time, .d".to_owned());
        let document = read_with(PAGE, &Selectors { date, ..selectors("ul.news > li") }).unwrap();
        let first = "https://mfa.example/az/news/2?utm_source=main";
        assert_eq!(
            shown(&document),
            [
                (first, "Səfir Bakıda qəbul keçirdi", Some("2026-11-24T06:00:00Z".to_owned())),
                (
                    "https://mfa.example/az/news/1",
                    "Q&amp;A &lt;canlı>",
                    Some("2026-11-23T18:30:00Z".to_owned())
                ),
            ]
        );
        assert_eq!(document.title.unwrap(), "Xəbərlər | Nazirlik");
        assert_eq!(document.language.unwrap().as_str(), "az");
    }

    /// Goal: pages whose links are the items, or stand around pictures, are read too.
    #[test]
    fn items_may_be_links_and_titles_stand_elsewhere() {
        let html = "<a class=card href=/1><h3>Qəbul</h3><p>Ətraflı</p></a>\
            <a class=card href=/2 title='İkinci'><img src=x></a>\
            <div class=card><span class=go><a href=/3><img alt='Üçüncü'></a></span></div>";
        let titled = Selectors { title: Some("h3".to_owned()), ..selectors(".card") };
        let entries = read_with(html, &titled).unwrap().entries;
        let found: Vec<_> = entries.into_iter().map(|it| it.title).collect();
        assert_eq!(found, ["Qəbul", "İkinci", "Üçüncü"]);
        let linked = Selectors { link: Some(".go".to_owned()), ..selectors(".card") };
        let document = read_with(html, &linked).unwrap();
        assert_eq!(shown(&document), [("https://mfa.example/3", "Üçüncü", None)]);
    }

    /// Goal: who wrote a wrong selector, or whose page changed, reads what to do.
    #[test]
    fn errors_say_which_selector_and_what_to_do() {
        let error = |selectors: &Selectors| read_with(PAGE, selectors).unwrap_err().to_string();
        let wrong = Selectors { date: Some("time[".to_owned()), ..selectors("li") };
        let no_link = Selectors { link: Some("h2 a".to_owned()), ..selectors("li") };
        let errors = [wrong, selectors("li:foo(x)"), selectors(""), selectors("article"), no_link];
        insta::assert_snapshot!(errors.map(|it| error(&it)).join("\n"), @r#"
        selector date = "time[" is no CSS selector: it ends too early
        selector item = "li:foo(x)" is no CSS selector: it uses something that is not known here
        selector item = "" is no CSS selector: it is empty
        selector item = "article" finds nothing on the page: its layout may have changed; `silkwire feeds discover` shows what selectors find
        selector item = "li" finds 5 items, but link = "h2 a" finds no link in them: the page's layout may have changed
        "#);
    }

    /// Goal: a page of a million links costs no more than a long list.
    #[test]
    fn lists_are_bounded() {
        let link = |n| format!("<a href=/{n}>{n}</a>");
        let html = (0..5_000).map(link).collect::<Vec<_>>().concat();
        assert_eq!(read_with(&html, &selectors("a")).unwrap().entries.len(), ENTRIES_MAX);
        let long = format!("<a href=/1>{}</a>", "ə".repeat(5_000));
        let document = read_with(&long, &selectors("a")).unwrap();
        assert_eq!(document.entries[0].title.chars().count(), TITLE_CHARACTERS_MAX);
        let deep = format!("{}<a href=/1>x</a>", "<div>".repeat(5_000));
        let error = read_with(&deep, &selectors("a")).unwrap_err();
        assert_eq!(error.to_string(), "the page nests more than 400 elements");
    }
}
