//! Who reserves text and data mining: publishers say so in four places.
//!
//! Honoured are `tdm-reservation: 1` of the TDM Reservation Protocol (w3.org/2022/tdmrep), in a
//! file for the whole site, in headers and in pages, and `noai` among the words for robots. Any
//! of them counts, also where the protocol would let another one take it back: then we read
//! less than we may. `noindex`, `none` and `noimageai` do not count: they speak of search
//! results and pictures, and we show neither.

use std::cmp::Reverse;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, SeqAccess, Visitor};
use serde_json::Value;
use url::Url;

use super::super::pattern::{Pattern, Target};
use super::super::robots::PRODUCT_TOKEN;
use super::super::tags::{Scanner, Token, attributes};
use super::shelf::Parsed;
use crate::net::Headers;

/// Words for robots that have a value behind a colon; any other name there is a robot's.
const WITH_VALUE: [&str; 4] =
    ["unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"];

/// Where a publisher reserves text and data mining.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reservation {
    /// The site's `/.well-known/tdmrep.json`, for this pattern of paths.
    Site(String),
    /// The header `tdm-reservation: 1`.
    Header,
    /// `noai` in the header `x-robots-tag`.
    RobotsHeader,
    /// The page's `<meta name="tdm-reservation" content="1">`.
    Page,
    /// `noai` in the page's `<meta name="robots">`.
    RobotsPage,
}

impl fmt::Display for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Site(pattern) => write!(f, "tdmrep.json reserves {pattern}"),
            Self::Header => f.write_str("header tdm-reservation: 1"),
            Self::RobotsHeader => f.write_str("header x-robots-tag: noai"),
            Self::Page => f.write_str("the page says tdm-reservation: 1"),
            Self::RobotsPage => f.write_str("the page says robots: noai"),
        }
    }
}

/// The reservation that a page's headers hold, if any.
pub fn reservation_in_headers(headers: &Headers) -> Option<Reservation> {
    if headers.texts("tdm-reservation").any(|value| value.trim() == "1") {
        return Some(Reservation::Header);
    }
    headers.texts("x-robots-tag").any(forbids_us).then_some(Reservation::RobotsHeader)
}

/// The reservation in the head of a page, if any.
pub fn reservation_in_html(html: &str) -> Option<Reservation> {
    let mut at = 0;
    let mut scanner = Scanner::new(html);
    while let Some((token, _, end)) = scanner.token(at) {
        match token {
            Token::Start(tag) if tag.name.eq_ignore_ascii_case("meta") => {
                if let Some(found) = reservation_in_meta(tag.attributes) {
                    return Some(found);
                }
            }
            Token::Start(tag) if tag.name.eq_ignore_ascii_case("body") => return None,
            _ => {}
        }
        at = end;
    }
    None
}

fn reservation_in_meta(text: &str) -> Option<Reservation> {
    let value = |names: &[&str]| {
        let is_wanted = |key: &str| names.iter().any(|name| key.eq_ignore_ascii_case(name));
        attributes(text).find(|(key, _)| is_wanted(key)).map(|(_, value)| value.trim())
    };
    let (name, content) = (value(&["name", "property"])?, value(&["content"])?);
    let is_for_robots = name.eq_ignore_ascii_case("robots");
    if name.eq_ignore_ascii_case("tdm-reservation") && content == "1" {
        return Some(Reservation::Page);
    }
    let is_for_us = is_for_robots || name.eq_ignore_ascii_case(PRODUCT_TOKEN);
    (is_for_us && forbids_us(content)).then_some(Reservation::RobotsPage)
}

/// Whether `noai` is among the words, for us or for all: `otherbot: noai` is for another.
fn forbids_us(value: &str) -> bool {
    let mut is_for_us = true;
    for word in value.split(',') {
        let (name, word) = match word.split_once(':') {
            Some((name, word)) => (Some(name.trim()), word),
            None => (None, word),
        };
        match name {
            Some(name) if WITH_VALUE.iter().any(|it| it.eq_ignore_ascii_case(name)) => continue,
            Some(name) => is_for_us = name.eq_ignore_ascii_case(PRODUCT_TOKEN),
            None => {}
        }
        if is_for_us && word.split_whitespace().any(|it| it.eq_ignore_ascii_case("noai")) {
            return true;
        }
    }
    false
}

/// A site's `/.well-known/tdmrep.json`.
#[derive(Clone, Debug, Default)]
pub(super) struct SiteReservations {
    /// The most specific first; of two alike the one that reserves.
    rules: Vec<SiteRule>,
}

#[derive(Clone, Debug)]
struct SiteRule {
    pattern: Pattern,
    is_reserved: bool,
}

impl SiteReservations {
    /// The reservation for `url`, if it is reserved.
    pub(super) fn of(&self, url: &Url) -> Option<Reservation> {
        let target = Target::of(url);
        let rule = self.rules.iter().find(|rule| rule.pattern.matches(&target))?;
        rule.is_reserved.then(|| Reservation::Site(rule.pattern.to_string()))
    }
}

impl Parsed for SiteReservations {
    /// Files have a handful of rules.
    const BYTES_MAX: usize = 64 * 1024;

    /// Rules before a mistake, or before the end of what is read, count.
    fn parse(bytes: &[u8]) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut rules = Vec::new();
        // A mistake ends the list; what was read stays.
        RuleList(&mut rules).deserialize(&mut serde_json::Deserializer::from_slice(bytes)).ok();
        rules.sort_by_key(|rule| (Reverse(rule.pattern.n_octets()), !rule.is_reserved));
        Self { rules }
    }

    fn n_bytes(&self) -> usize {
        let rules = self.rules.iter().map(|rule| size_of::<SiteRule>() + rule.pattern.n_octets());
        size_of::<Self>() + rules.sum::<usize>()
    }
}

/// Reads a list into a vector, one rule after the other.
struct RuleList<'a>(&'a mut Vec<SiteRule>);

impl<'de> DeserializeSeed<'de> for RuleList<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RuleList<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rules")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(value) = list.next_element::<Value>()? {
            self.0.extend(site_rule(&value));
        }
        Ok(())
    }
}

/// A rule as the protocol has it; its number may be a text.
fn site_rule(value: &Value) -> Option<SiteRule> {
    let pattern = Pattern::new(value.get("location")?.as_str()?.as_bytes())?;
    let is_reserved = match value.get("tdm-reservation")? {
        Value::Number(number) => number.as_u64()? == 1,
        Value::String(text) => text.trim() == "1",
        _ => return None,
    };
    Some(SiteRule { pattern, is_reserved })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> Headers {
        lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect()
    }

    /// Goal: a publisher who reserves mining in a header is not mined.
    #[test]
    fn headers_reserve_for_all_or_for_us() {
        for (lines, found) in [
            (vec![("tdm-reservation", " 1 ")], Some(Reservation::Header)),
            (vec![("tdm-reservation", "0")], None),
            (vec![("x-robots-tag", "noindex, NoAI")], Some(Reservation::RobotsHeader)),
            (vec![("x-robots-tag", "silkwire: noai")], Some(Reservation::RobotsHeader)),
            (
                vec![("x-robots-tag", "max-snippet: 5"), ("x-robots-tag", "noai")],
                Some(Reservation::RobotsHeader),
            ),
            (
                vec![("x-robots-tag", "unavailable_after: 25 Jun 2030 15:00:00 PST, noai")],
                Some(Reservation::RobotsHeader),
            ),
            (vec![("x-robots-tag", "otherbot: noindex, noai")], None),
            (vec![("x-robots-tag", "none, noindex, noimageai")], None),
            (vec![], None),
        ] {
            assert_eq!(reservation_in_headers(&headers(&lines)), found, "{lines:?}");
        }
    }

    /// Goal: a publisher who reserves mining in his pages is not mined.
    #[test]
    fn pages_reserve_in_their_heads() {
        for (head, found) in [
            ("<meta name=\"tdm-reservation\" content=\"1\">", Some(Reservation::Page)),
            ("<META CONTENT=1 NAME=TDM-Reservation />", Some(Reservation::Page)),
            ("<meta property='tdm-reservation' content='1'>", Some(Reservation::Page)),
            (
                "<meta name='robots' content='index, noai, noimageai'>",
                Some(Reservation::RobotsPage),
            ),
            ("<meta name='silkwire' content='noai'>", Some(Reservation::RobotsPage)),
            ("<meta name='otherbot' content='noai'>", None),
            ("<meta name='tdm-reservation' content='0'>", None),
            ("<!-- <meta name='tdm-reservation' content='1'> -->", None),
            ("<meta name='description' content='1 noai'>", None),
            ("</head><body><meta name='robots' content='noai'>", None),
        ] {
            let html = format!("<!doctype html><html><head><meta charset=utf-8>{head}<title>x");
            assert_eq!(reservation_in_html(&html), found, "{head}");
        }
    }

    fn site(json: &str, path: &str) -> Option<String> {
        let url = Url::parse(&format!("https://example.org{path}")).unwrap();
        let found = SiteReservations::parse(json.as_bytes()).of(&url);
        found.map(|found| found.to_string())
    }

    /// Goal: a publisher may reserve some of his site and open some of that again.
    #[test]
    fn file_of_a_site_is_read_by_its_longest_rule() {
        let json = r#"[
            {"location": "/", "tdm-reservation": 0},
            {"location": "/news/*.html", "tdm-reservation": 1, "tdm-policy": "https://e.org/p"},
            {"location": "/news/open/*.html", "tdm-reservation": "0"},
            {"location": 5}, "odd", {"location": "/odd", "tdm-reservation": 2}
        ]"#;
        let reason = "tdmrep.json reserves /news/*.html";
        assert_eq!(site(json, "/news/1.html").as_deref(), Some(reason));
        for open in ["/", "/news/", "/news/open/1.html", "/odd"] {
            assert_eq!(site(json, open), None, "{open}");
        }
    }

    /// Goal: a file that is cut or broken still reserves what it says before.
    #[test]
    fn rules_before_a_mistake_count() {
        let start = r#"[{"location": "/a", "tdm-reservation": 1}, {"location": "/b""#;
        assert!(site(start, "/a").is_some());
        assert!(site(&format!("\u{feff}{start}"), "/a").is_some());
        for none in ["", "<html>", "{}", "[[[[", "null"] {
            assert_eq!(site(none, "/a"), None, "{none}");
        }
        assert_eq!(site(&"[".repeat(60_000), "/a"), None);
    }
}
