//! What a page says of itself, for machines: in `meta`, `link`, `time` and JSON-LD.
//!
//! Publishers' words are hints, often wrong in one place and right in another, so each fact is
//! looked for in the place that is most often right first.

use std::time::Duration;

use serde_json::Value;
use url::Url;

use crate::collect::dates;
use crate::collect::html::{Dom, Element};
use crate::model::{Language, Timestamp, canonical_link};

/// A name longer than that is no name.
const NAME_CHARACTERS_MAX: usize = 200;

/// A zone forgotten in one of two places puts them so far apart.
const SAME_DAY: Duration = Duration::from_hours(38);

/// JSON-LD that is looked at: real pages have a few dozen objects.
const OBJECTS_MAX: usize = 500;

/// Types of schema.org that are articles; subtypes end with the same word.
const ARTICLE_TYPES: [&str; 3] = ["Article", "BlogPosting", "LiveBlogPosting"];

/// What a page says of itself.
#[derive(Debug, Default)]
pub(super) struct Claims {
    /// `title`, then `og:title` if that is missing.
    pub(super) title: String,
    pub(super) language: Option<Language>,
    pub(super) published: Option<Timestamp>,
    pub(super) canonical: Option<Url>,
    pub(super) outlet: Option<String>,
    /// It calls itself an article.
    pub(super) is_article: bool,
    /// It says that not everybody may read it.
    pub(super) is_locked: bool,
}

impl Claims {
    /// The claims of `dom`, which came from `url`.
    pub(super) fn of(dom: &Dom, url: Option<&Url>) -> Self {
        let marks = Marks::of(dom);
        let objects = Objects::of(&marks.json);
        let base = url.map(|url| dom.base(url));
        let outlet = marks.first(&["og:site_name"]).or_else(|| objects.publisher());
        let outlet = outlet.or_else(|| marks.first(&["application-name", "dc.publisher"]));
        let is_tier_locked = marks
            .first(&["article:content_tier"])
            .is_some_and(|tier| ["locked", "metered"].contains(&tier.to_lowercase().as_str()));
        let is_article = objects.articles().next().is_some()
            || marks.first(&["og:type"]).is_some_and(|it| it.eq_ignore_ascii_case("article"))
            || marks.first(&["article:published_time"]).is_some();
        Self {
            title: marks.title.clone().or_else(|| marks.first(&["og:title"])).unwrap_or_default(),
            language: marks.language(&objects),
            published: published(&marks, &objects),
            canonical: canonical(&marks, base.as_ref(), url),
            outlet: outlet.map(|name| name.chars().take(NAME_CHARACTERS_MAX).collect()),
            is_article,
            is_locked: is_tier_locked || objects.is_locked(),
        }
    }
}

/// What stands in the elements that nobody sees.
#[derive(Default)]
struct Marks {
    title: Option<String>,
    root_language: Option<String>,
    /// Names in lower case, with their contents.
    meta: Vec<(String, String)>,
    canonical: Option<String>,
    /// `time` elements that belong to the article, the most certain first.
    times: Vec<String>,
    json: Vec<String>,
}

impl Marks {
    fn of(dom: &Dom) -> Self {
        let mut marks = Self::default();
        let mut other_times = Vec::new();
        for element in dom.elements() {
            match element.name() {
                "html" => marks.root_language = own(element, "lang").or(own(element, "xml:lang")),
                "title" if marks.title.is_none() && !is_in(element, &["svg"]) => {
                    marks.title = some(&element.raw_text());
                }
                "meta" => marks.note_meta(element),
                "link" if marks.canonical.is_none() && has_word(element, "rel", "canonical") => {
                    marks.canonical = own(element, "href");
                }
                "script" if is_json(element) => marks.json.push(element.raw_text()),
                "time" if is_in(element, &["aside", "nav", "footer"]) => {}
                "time" => {
                    let is_sure = has_word(element, "itemprop", "datepublished")
                        || element.attribute("pubdate").is_some();
                    let time = own(element, "datetime").or_else(|| own(element, "content"));
                    let times = if is_sure { &mut marks.times } else { &mut other_times };
                    let is_wanted = is_sure || is_in(element, &["article", "main", "header"]);
                    times.extend(time.filter(|_| is_wanted));
                }
                _ => {
                    if has_word(element, "itemprop", "datepublished") {
                        marks.times.extend(own(element, "content"));
                    }
                }
            }
        }
        // Of several, only the first stands under the title.
        marks.times.extend(other_times.into_iter().next());
        marks
    }

    fn note_meta(&mut self, element: Element<'_>) {
        let names = ["property", "name", "itemprop", "http-equiv"];
        let name = names.iter().find_map(|name| own(element, name));
        if let (Some(name), Some(content)) = (name, own(element, "content")) {
            self.meta.push((name.to_lowercase(), content));
        }
    }

    /// The first content under one of `names`, the first name first.
    fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.all(name).next().map(str::to_owned))
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.meta.iter().filter(move |(it, _)| it == name).map(|(_, content)| content.as_str())
    }

    fn language(&self, objects: &Objects) -> Option<Language> {
        let others = ["og:locale", "content-language", "language", "dc.language", "inlanguage"];
        let in_meta = others.iter().filter_map(|name| self.first(&[name]));
        let tags = self.root_language.iter().cloned().chain(in_meta);
        let tags = tags.chain(objects.text_of_articles("inLanguage"));
        // `content-language` may name several.
        let mut tags = tags.filter_map(|tags| Some(tags.split(',').next()?.trim().to_owned()));
        tags.find_map(|tag| Language::of_tag(&tag).ok().filter(|it| *it != Language::UNKNOWN))
    }
}

/// The date with its time of day, if any place knows it.
fn published(marks: &Marks, objects: &Objects) -> Option<Timestamp> {
    let names = [
        "article:published_time",
        "og:article:published_time",
        "datepublished",
        "parsely-pub-date",
        "sailthru.date",
        "cxenseparse:recs:publishtime",
        "pubdate",
        "publishdate",
        "publish-date",
        "publish_date",
        "dcterms.created",
        "dc.date.issued",
        "dc.date",
        "date",
    ];
    let in_objects = objects.text_of_articles("datePublished");
    let in_meta = names.iter().filter_map(|name| marks.first(&[name]));
    let texts = in_objects.into_iter().chain(in_meta).chain(marks.times.iter().cloned());
    let dates: Vec<(Timestamp, bool)> =
        texts.filter_map(|text| Some((dates::parse(&text)?, text.contains(':')))).collect();
    let (first, has_time) = *dates.first()?;
    if has_time {
        return Some(first);
    }
    let is_same = |date: Timestamp| date.since(first).max(first.since(date)) <= SAME_DAY;
    let exact = dates.iter().find(|(date, has_time)| *has_time && is_same(*date));
    Some(exact.map_or(first, |(date, _)| *date))
}

/// The page's own name for its address, on its own site.
///
/// Templates name the home page or the section on every page; that is no article's address. A
/// name on another site says where the text was taken from, and is not believed: it would make
/// one article of two publishers' reports.
fn canonical(marks: &Marks, base: Option<&Url>, url: Option<&Url>) -> Option<Url> {
    let (base, url) = (base?, url?);
    let named = marks.canonical.iter().cloned().chain(marks.first(&["og:url"]));
    let mut plausible = named.filter_map(|href| {
        let mut address = base.join(&href).ok()?;
        address.set_fragment(None);
        let is_web = matches!(address.scheme(), "http" | "https");
        let is_plausible = is_web && is_same_site(&address, url) && !is_above(&address, url);
        is_plausible.then_some(address)
    });
    plausible.next()
}

/// Whether they are served by one host, but for names like `www` and `amp`.
fn is_same_site(one: &Url, other: &Url) -> bool {
    let host = |url: &Url| {
        let link = canonical_link(url);
        link.split(['/', '?']).next().unwrap_or_default().to_owned()
    };
    let (one, other) = (host(one), host(other));
    let is_part = |whole: &str, part: &str| {
        part.contains('.') && whole.strip_suffix(part).is_some_and(|it| it.ends_with('.'))
    };
    one == other || is_part(&one, &other) || is_part(&other, &one)
}

/// Whether `address` is the home page or a section in which `url` lies. Forms of one article,
/// such as its pages, lie below it, too.
fn is_above(address: &Url, url: &Url) -> bool {
    const FORMS: [&str; 6] = ["amp", "amp.html", "print", "index.html", "index.php", "page"];
    if address.query().is_some() {
        return false;
    }
    let rest = url.path().trim_end_matches('/').strip_prefix(address.path().trim_end_matches('/'));
    let Some(rest) = rest.and_then(|rest| rest.strip_prefix('/')) else { return false };
    // `/news/7` is the seventh report, `/news/7/2` its second page.
    let is_report = address.path().bytes().any(|it| it.is_ascii_digit());
    let is_page = |part: &str| part.len() <= 2 && part.bytes().all(|it| it.is_ascii_digit());
    let is_form = |part: &str| FORMS.contains(&part) || (is_report && is_page(part));
    let is_home = address.path() == "/";
    is_home || !rest.split('/').all(is_form)
}

fn is_in(element: Element<'_>, names: &[&str]) -> bool {
    element.around().any(|it| names.contains(&it.name()))
}

fn is_json(element: Element<'_>) -> bool {
    element.attribute("type").is_some_and(|it| it.to_lowercase().contains("ld+json"))
}

fn has_word(element: Element<'_>, name: &str, word: &str) -> bool {
    let words = element.attribute(name).unwrap_or_default();
    words.split_whitespace().any(|it| it.eq_ignore_ascii_case(word))
}

fn own(element: Element<'_>, name: &str) -> Option<String> {
    element.attribute(name).and_then(some)
}

/// On one line; nothing for nothing.
fn some(text: &str) -> Option<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(text).filter(|text| !text.is_empty())
}

/// Every object of a page's JSON-LD, wherever it nests.
struct Objects(Vec<serde_json::Map<String, Value>>);

impl Objects {
    fn of(texts: &[String]) -> Self {
        let mut objects = Vec::new();
        let mut waiting: Vec<Value> = texts.iter().rev().filter_map(|it| json(it)).collect();
        while let Some(value) = waiting.pop() {
            match value {
                Value::Array(values) => waiting.extend(values.into_iter().rev()),
                Value::Object(mut object) if objects.len() < OBJECTS_MAX => {
                    for name in ["mainEntity", "mainEntityOfPage", "@graph"] {
                        waiting.extend(object.remove(name));
                    }
                    objects.push(object);
                }
                _ => {}
            }
        }
        Self(objects)
    }

    fn articles(&self) -> impl Iterator<Item = &serde_json::Map<String, Value>> {
        self.0.iter().filter(|object| {
            let types = match object.get("@type") {
                Some(Value::String(name)) => vec![name.as_str()],
                Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
                _ => Vec::new(),
            };
            types.iter().any(|it| ARTICLE_TYPES.iter().any(|article| it.ends_with(article)))
        })
    }

    /// Articles speak first, then the pages they stand in.
    fn text_of_articles(&self, name: &str) -> Vec<String> {
        let objects = self.articles().chain(&self.0);
        let values = objects.filter_map(|object| object.get(name)?.as_str());
        values.filter_map(some).collect()
    }

    fn publisher(&self) -> Option<String> {
        let publisher =
            self.articles().chain(&self.0).find_map(|object| object.get("publisher"))?;
        let publisher = if publisher.is_array() { publisher.get(0)? } else { publisher };
        let name = publisher.get("name").or_else(|| {
            let id = publisher.get("@id")?;
            self.0.iter().find(|it| it.get("@id") == Some(id))?.get("name")
        })?;
        some(name.as_str()?)
    }

    fn is_locked(&self) -> bool {
        self.articles().any(|object| match object.get("isAccessibleForFree") {
            Some(Value::Bool(is_free)) => !is_free,
            Some(Value::String(is_free)) => is_free.to_lowercase().ends_with("false"),
            _ => false,
        })
    }
}

/// JSON as templates write it: within comments, with raw line breaks in texts.
fn json(text: &str) -> Option<Value> {
    let text = text.trim().trim_start_matches("<!--").trim_start_matches("//<![CDATA[");
    let text = text.trim_end_matches("-->").trim_end_matches("//]]>").trim().trim_end_matches(';');
    serde_json::from_str(text).ok().or_else(|| {
        let spaced: String =
            text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
        serde_json::from_str(&spaced).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(head: &str) -> Claims {
        let html = format!("<!doctype html><html lang=''><head>{head}</head><body>x</body></html>");
        let url = "https://news.example/a/1?utm_source=x".parse().unwrap();
        Claims::of(&Dom::read(&html).ok().unwrap(), Some(&url))
    }

    /// Goal: a report is filed under its hour, wherever the page says it.
    #[test]
    fn date_with_time_of_day_wins() {
        for head in [
            "<meta property='article:published_time' content='2026-11-24T10:00:00+04:00'>",
            "<meta itemprop=datePublished content='2026-11-24T06:00Z'>",
            "<script type='application/ld+json'>{\"@graph\": [{\"@type\": \"WebPage\", \
             \"datePublished\": \"2020-01-01\"}, {\"@type\": [\"NewsArticle\"], \
             \"datePublished\": \"2026-11-24T06:00:00Z\"}]}</script>",
            "<script type='application/ld+json'><!--{\"@type\": \"NewsArticle\", \
             \"description\": \"a\nb\", \"datePublished\": \"2026-11-24\"}--></script>\
             <body><aside><time datetime='2026-11-24T09:00Z'>x</time></aside>\
             <article><time datetime='2026-11-24T06:00Z'>Tuesday</time>",
            "<body><div><span itemprop=datePublished content='2026-11-24T15:00:00+09:00'>",
        ] {
            let published = claims(head).published.unwrap().to_string();
            assert_eq!(published, "2026-11-24T06:00:00Z", "{head}");
        }
        assert!(
            claims("<body><time datetime='2026-11-24T06:00Z'>in a list</time>").published.is_none()
        );
    }

    /// Goal: an article that several addresses lead to has one.
    #[test]
    fn canonical_address_is_whole_and_no_home_page() {
        for (head, wanted) in [
            ("<link rel=canonical href='/a/1'>", "https://news.example/a/1"),
            ("<base href=/b/><link rel='x CANONICAL' href='1#c'>", "https://news.example/b/1"),
            (
                "<link rel=canonical href='https://www.news.example/x'>",
                "https://www.news.example/x",
            ),
            (
                "<link rel=canonical href='/'><meta property=og:url content='https://news.example/a/1'>",
                "https://news.example/a/1",
            ),
        ] {
            assert_eq!(claims(head).canonical.unwrap().as_str(), wanted, "{head}");
        }
        for head in [
            "<link rel=canonical href='https://news.example/'>",
            "<link rel=canonical href='https://news.example/a/'>",
            "<link rel=canonical href='https://agency.example/1'>",
            "<link rel=canonical href='javascript:x'>",
            "<link rel=canonical href='http://localhost/a'>",
            "<link rel=canonical href=''>",
        ] {
            assert_eq!(claims(head).canonical, None, "{head}");
        }
    }

    /// Goal: a short form of an article's address, on a short form of the host, is the article's.
    #[test]
    fn forms_of_an_article_lie_below_it() {
        for (url, canonical) in [
            ("https://amp.news.example/a/1/amp", "https://news.example/a/1"),
            ("https://news.example/a/1/2", "https://m.news.example/a/1/"),
        ] {
            let html = format!("<link rel=canonical href='{canonical}'>");
            let claims = Claims::of(&Dom::read(&html).ok().unwrap(), Some(&url.parse().unwrap()));
            assert_eq!(claims.canonical.unwrap().as_str(), canonical, "{url}");
        }
    }

    /// Goal: language and outlet are found in any of their places.
    #[test]
    fn language_and_outlet_are_found() {
        for (head, language, outlet) in [
            (
                "<meta property=og:locale content=az_AZ><meta property=og:site_name content=' Xəbər\n24 '>",
                "az",
                "Xəbər 24",
            ),
            (
                "<meta http-equiv=Content-Language content='ja, en'><meta name=application-name content=X>",
                "ja",
                "X",
            ),
            (
                "<script type='application/ld+json'>[{\"@type\": \"NewsArticle\", \"inLanguage\": \
                 \"ru-RU\", \"publisher\": {\"@id\": \"#p\"}}, {\"@id\": \"#p\", \"name\": \"Вести\"}]</script>",
                "ru",
                "Вести",
            ),
        ] {
            let claims = claims(head);
            assert_eq!(claims.language.unwrap().as_str(), language);
            assert_eq!(claims.outlet.unwrap(), outlet);
        }
    }

    /// Goal: a publisher who says that only subscribers may read is believed.
    #[test]
    fn locked_articles_are_known() {
        for value in ["false", "\"False\"", "\"http://schema.org/False\""] {
            let head = format!(
                "<script type='application/ld+json'>{{\"@type\": \"NewsArticle\", \
                 \"isAccessibleForFree\": {value}}}</script>"
            );
            assert!(claims(&head).is_locked, "{value}");
        }
        assert!(claims("<meta property=article:content_tier content=locked>").is_locked);
        assert!(!claims("<meta property=article:content_tier content=free>").is_locked);
    }
}
