//! What stands where an article was expected.
//!
//! Invariant: words alone never make a stub of a page that holds a long text: articles about
//! cookies, captchas and subscriptions use the same words.

use std::fmt;

use url::Url;

use super::about::says_most_of;
use super::claims::Claims;
use super::phrases::{CHALLENGE, CONSENT, NOT_FOUND, PAYWALL, SCRIPT, says_one_of};
use crate::collect::html::{Dom, Element};

/// Why a page gives no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stub {
    /// It asks for consent first.
    Consent,
    /// It shows the beginning only.
    Paywall,
    /// It wants to be sure that we are a person.
    Captcha,
    /// Its text comes only with a program that browsers run.
    Script,
    /// There are no words in it.
    Empty,
    /// It is another page: the home page, a list, an error.
    NotAnArticle,
    /// It is longer or nests deeper than any article, or takes too long.
    Unreadable,
}

impl Stub {
    /// One word for logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Paywall => "paywall",
            Self::Captcha => "captcha",
            Self::Script => "script",
            Self::Empty => "empty",
            Self::NotAnArticle => "not_an_article",
            Self::Unreadable => "unreadable",
        }
    }
}

/// For people: what the page is.
impl fmt::Display for Stub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Consent => "a wall that asks for consent",
            Self::Paywall => "only the beginning, the rest is for subscribers",
            Self::Captcha => "a check whether we are a person",
            Self::Script => "a page that is empty without JavaScript",
            Self::Empty => "a page without text",
            Self::NotAnArticle => "another page than the article",
            Self::Unreadable => "a page too large to read",
        })
    }
}

/// A page with so few words shows nothing but its wall.
const WALL_CHARACTERS_MAX: usize = 2_500;

/// A longer text that speaks of its title is an article without marks.
const CHALLENGE_LENGTH_MAX: usize = 500;

/// Walls that ask for consent are long-winded.
const CONSENT_CHARACTERS_MAX: usize = 8_000;

/// So many different words of walls stand in a wall.
const CONSENT_PHRASES_MIN: usize = 3;

/// Longer texts are more than a teaser.
const TEASER_LENGTH_MAX: usize = 1_800;

/// Where a wall stands behind a teaser.
const TEASER_END_CHARACTERS: usize = 400;

/// Shorter texts are no article, only a label.
const TEXT_LENGTH_MIN: usize = 40;

/// A page whose text is so short lives from its program, if it says so.
const SCRIPTED_LENGTH_MAX: usize = 400;

/// Names for cookies, without which nobody asks for consent.
const COOKIES: [&str; 12] = [
    "cookie",
    "kuki",
    "çerez",
    "クッキー",
    "куки",
    "кукі",
    "쿠키",
    "ملفات تعريف الارتباط",
    "کوکی",
    "עוגיות",
    "tracking",
    "persondata",
];

/// What `dom`, from which `text` was taken, is in place of an article; none if it is one.
pub(super) fn of(dom: &Dom, claims: &Claims, text: &str, url: Option<&Url>) -> Option<Stub> {
    let shown = shown_words(dom);
    let title = claims.title.to_lowercase();
    let text_length = length(text);
    if is_challenge(dom, claims, &title, &shown, text) {
        return Some(Stub::Captcha);
    }
    if is_consent_host(url)
        || is_consent(&title, text, &shown)
        || is_consent_only(&shown, text_length)
    {
        return Some(Stub::Consent);
    }
    if is_teaser(dom, claims, text, text_length) {
        return Some(Stub::Paywall);
    }
    let is_error = NOT_FOUND.split('|').any(|it| has_phrase(&title, it));
    let is_report = || TEASER_LENGTH_MAX < text_length || says_most_of(text, &title);
    if (is_error && !claims.is_article && !is_report()) || is_home(claims, url) {
        return Some(Stub::NotAnArticle);
    }
    if text_length <= SCRIPTED_LENGTH_MAX && wants_script(dom, &shown) {
        return Some(Stub::Script);
    }
    (text_length < TEXT_LENGTH_MIN).then_some(Stub::Empty)
}

/// How much a text says, in letters of alphabets: an ideograph says as much as two or three.
pub(super) fn length(text: &str) -> usize {
    let weight = |character: char| match character {
        '\u{3040}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => 5,
        character if character.is_alphanumeric() => 2,
        _ => 1,
    };
    text.chars().map(weight).sum::<usize>() / 2
}

/// What people see first, in lower case.
fn shown_words(dom: &Dom) -> String {
    let body = dom.elements().find(|it| it.name() == "body");
    body.map(|body| body.words(CONSENT_CHARACTERS_MAX + 1)).unwrap_or_default().to_lowercase()
}

/// Numbers and words stand alone; scripts without spaces do not.
fn has_phrase(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(at, found)| {
        let is_digits = phrase.bytes().all(|byte| byte.is_ascii_digit());
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        !is_digits || [before, after].into_iter().flatten().all(|it| !it.is_alphanumeric())
    })
}

/// A page that checks whether we are a person carries nothing of the article.
fn is_challenge(dom: &Dom, claims: &Claims, title: &str, shown: &str, text: &str) -> bool {
    if claims.is_article || WALL_CHARACTERS_MAX < shown.chars().count() {
        return false;
    }
    let is_report = CHALLENGE_LENGTH_MAX < length(text) && says_most_of(text, title);
    let is_said = || says_one_of(title, CHALLENGE) || says_one_of(shown, CHALLENGE);
    !is_report && (is_said() || dom.elements().any(is_challenge_element))
}

/// Forms and programs of services that keep machines out, where they stand alone.
fn is_challenge_element(element: Element<'_>) -> bool {
    const IDS: [&str; 8] = [
        "challenge-form",
        "challenge-running",
        "challenge-error-text",
        "cf-wrapper",
        "px-captcha",
        "cf-please-wait",
        "sec-if-cpt-container",
        "captcha-form",
    ];
    const SOURCES: [&str; 6] = [
        "captcha-delivery.com",
        "_incapsula_resource",
        "ddos-guard.net",
        "/cdn-cgi/challenge-platform/h/",
        "challenges.cloudflare.com",
        "geo.captcha",
    ];
    let own = |name: &str| element.attribute(name).unwrap_or_default().to_lowercase();
    let is_source = ["script", "iframe", "form"].contains(&element.name()) && {
        let source = format!("{} {}", own("src"), own("action"));
        SOURCES.iter().any(|it| source.contains(it))
    };
    is_source || IDS.contains(&own("id").as_str())
}

fn is_consent_host(url: Option<&Url>) -> bool {
    let host = url.and_then(Url::host_str).unwrap_or_default();
    host.starts_with("consent.") || host.starts_with("guce.")
}

/// Most sentences speak to the visitor of cookies and partners, and not of what the title says.
fn is_consent(title: &str, text: &str, shown: &str) -> bool {
    let text = text.to_lowercase();
    if CONSENT_CHARACTERS_MAX < text.chars().count() || !has_cookies(&text) {
        return false;
    }
    let n_phrases = CONSENT.split('|').filter(|it| text.contains(it) || shown.contains(it)).count();
    let (mut n_all, mut n_of_walls) = (0, 0);
    for sentence in text.split_inclusive(['.', '!', '?', '\n', '。', '！', '？', '؟']) {
        let is_wall = has_cookies(sentence) || says_one_of(sentence, CONSENT);
        let n_letters = length(sentence);
        n_all += n_letters;
        n_of_walls += if is_wall { n_letters } else { 0 };
    }
    let is_title_a_wall = says_one_of(title, CONSENT);
    let is_mostly_wall = n_all <= 2 * n_of_walls;
    CONSENT_PHRASES_MIN <= n_phrases
        && is_mostly_wall
        && (is_title_a_wall || !says_most_of(&text, title))
}

/// Nothing was taken from the page, and what it shows asks for consent.
fn is_consent_only(shown: &str, text_length: usize) -> bool {
    let n_phrases = CONSENT.split('|').filter(|it| shown.contains(it)).count();
    text_length < TEXT_LENGTH_MIN && 2 <= n_phrases && has_cookies(shown)
}

fn has_cookies(text: &str) -> bool {
    COOKIES.iter().any(|it| text.contains(it))
}

/// A short text, and a wall right behind it, or one that the page speaks of.
fn is_teaser(dom: &Dom, claims: &Claims, text: &str, text_length: usize) -> bool {
    if TEASER_LENGTH_MAX < text_length {
        return false;
    }
    let lower = text.to_lowercase();
    let n_skipped = lower.chars().count().saturating_sub(TEASER_END_CHARACTERS);
    let end = lower.char_indices().nth(n_skipped).map_or("", |(at, _)| &lower[at..]);
    claims.is_locked
        || (has_wall(end) && dom.blocks().any(is_wall_block))
        || dom.elements().any(is_wall_element)
}

/// A text that is a wall, not the label of another article in a list.
fn is_wall_block(block: Element<'_>) -> bool {
    const ASIDE: [&str; 6] = ["aside", "nav", "footer", "li", "a", "template"];
    let mut around = std::iter::once(block).chain(block.around());
    !around.any(|it| ASIDE.contains(&it.name()))
        && block.elements().skip(1).all(|it| it.name() != "a" || !has_wall_in(it))
        && has_wall_in(block)
}

fn has_wall_in(element: Element<'_>) -> bool {
    has_wall(&element.words(TEASER_END_CHARACTERS).to_lowercase())
}

fn has_wall(text: &str) -> bool {
    let has_rest = text.match_indices("残り").any(|(at, _)| {
        let rest = text[at..].trim_start_matches("残り").trim_start_matches([':', '：', ' ']);
        let behind = rest.trim_start_matches(|it: char| it.is_numeric() || it == ',');
        behind.len() < rest.len() && (behind.starts_with("文字") || behind.starts_with("字"))
    });
    has_rest || says_one_of(text, PAYWALL)
}

/// A box that is named after what it does and says so, outside of lists of other articles.
fn is_wall_element(element: Element<'_>) -> bool {
    const NAMES: [&str; 8] = [
        "paywall",
        "regwall",
        "meteredwall",
        "metered-wall",
        "subscribe-wall",
        "piano-",
        "tp-container",
        "subscription-wall",
    ];
    let own = |name: &str| element.attribute(name).unwrap_or_default().to_lowercase();
    let names = format!("{} {}", own("class"), own("id"));
    let is_named =
        !matches!(element.name(), "html" | "body") && NAMES.iter().any(|it| names.contains(it));
    let is_aside = || element.around().any(|it| matches!(it.name(), "aside" | "nav" | "footer"));
    is_named && !is_aside() && has_wall_in(element)
}

/// A site's first page, where redirects of lost articles lead.
fn is_home(claims: &Claims, url: Option<&Url>) -> bool {
    let is_root = |url: &Url| url.path().trim_matches('/').is_empty() && url.query().is_none();
    !claims.is_article && url.is_some_and(is_root)
}

fn wants_script(dom: &Dom, shown: &str) -> bool {
    let says_so = |text: &str| says_one_of(text, SCRIPT);
    says_so(shown) || {
        let mut unseen = dom.elements().filter(|it| it.name() == "noscript");
        unseen.any(|it| says_so(&it.raw_text().to_lowercase()))
    }
}
