//! How texts, times and places are said on a page.
//!
//! Invariant: a text from outside leaves here without characters that turn the direction of
//! what stands around it, and no longer than its limit.

use std::time::Duration;

use crate::model::view::shortened;
use crate::model::{Country, Language, Side, Timestamp};

/// Longer titles are cut in lists.
const TITLE_CHARACTERS_MAX: usize = 300;

/// A text that is not ours, with what a browser must know to set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Foreign {
    pub(super) text: String,
    pub(super) language: Tongue,
}

impl Foreign {
    /// A title as lists show it.
    pub(super) fn title(text: &str, language: Language) -> Self {
        let text = shortened(inert(text).trim(), TITLE_CHARACTERS_MAX);
        let text = if text.is_empty() { "(without a title)".to_owned() } else { text };
        Self { text, language: Tongue(language) }
    }
}

/// A language on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tongue(pub(super) Language);

impl Tongue {
    /// The attributes that name it: a browser picks letters and direction by them. Nothing in
    /// them needs escaping: a language is made of lower-case letters.
    pub(super) fn attributes(self) -> String {
        if self.0 == Language::UNKNOWN {
            return " lang=\"\" dir=\"auto\"".to_owned();
        }
        let direction = if self.is_right_to_left() { " dir=\"rtl\"" } else { "" };
        format!(" lang=\"{}\"{direction}", self.0)
    }

    fn is_right_to_left(self) -> bool {
        matches!(
            self.0.as_str(),
            "ar" | "azb" | "ckb" | "dv" | "fa" | "he" | "ps" | "sd" | "ug" | "ur" | "yi"
        )
    }

    /// Its English name; its code if that is not common here.
    pub(super) fn name(self) -> String {
        let code = self.0.as_str();
        let known = LANGUAGES.iter().find(|(known, _)| *known == code);
        known.map_or(code, |(_, name)| name).to_owned()
    }
}

/// Languages with their English names, in the order of these.
pub(super) const LANGUAGES: &[(&str, &str)] = &[
    ("ar", "Arabic"),
    ("az", "Azerbaijani"),
    ("de", "German"),
    ("en", "English"),
    ("es", "Spanish"),
    ("fa", "Persian"),
    ("fr", "French"),
    ("it", "Italian"),
    ("ja", "Japanese"),
    ("ka", "Georgian"),
    ("kk", "Kazakh"),
    ("ko", "Korean"),
    ("ru", "Russian"),
    ("tr", "Turkish"),
    ("uk", "Ukrainian"),
    ("und", "language unknown"),
    ("uz", "Uzbek"),
    ("zh", "Chinese"),
];

/// `text` without characters that turn the direction of what follows, and without control
/// characters; a line break is a space.
pub(super) fn inert(text: &str) -> String {
    let kept = text.chars().filter(|character| !turns_direction(*character));
    kept.map(|character| if character.is_control() { ' ' } else { character }).collect()
}

fn turns_direction(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The two sides of the topic, and everybody else.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sides(pub(super) [Country; 2]);

/// One side: its colour and shape (`a`, `b`, `t`), and what people call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SideMark {
    pub(super) class: &'static str,
    pub(super) code: String,
    pub(super) name: String,
}

impl Sides {
    /// How a feed's home is shown.
    pub(super) fn home(self, side: Side) -> SideMark {
        side.country().map_or_else(third, |country| self.country(country))
    }

    /// How a country is shown.
    pub(super) fn country(self, country: Country) -> SideMark {
        let class = match self.0 {
            [first, _] if first == country => "a",
            [_, second] if second == country => "b",
            _ => "t",
        };
        SideMark { class, code: country.to_string(), name: country_name(country) }
    }

    /// Both sides and the third countries, in this order.
    pub(super) fn all(self) -> [SideMark; 3] {
        let [first, second] = self.0;
        [self.country(first), self.country(second), third()]
    }
}

fn third() -> SideMark {
    SideMark { class: "t", code: "3rd".to_owned(), name: "third country".to_owned() }
}

/// The name of the shipped topic's countries; another topic is told by its codes.
fn country_name(country: Country) -> String {
    match country.to_string().as_str() {
        "JP" => "Japan".to_owned(),
        "AZ" => "Azerbaijan".to_owned(),
        code => code.to_owned(),
    }
}

/// A point in time as a page says it: in UTC, and how long ago or ahead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// For `datetime`.
    pub(super) exact: String,
    /// `06:40` today, else `2026-11-24 06:40`.
    pub(super) clock: String,
    /// `3 h ago`, `in 3 min`.
    pub(super) distance: String,
}

impl Moment {
    /// `time` as somebody says it at `now`.
    pub(super) fn new(time: Timestamp, now: Timestamp) -> Self {
        let exact = minute_of(time);
        let is_today = exact.get(..10) == minute_of(now).get(..10);
        let clock = exact.replace('T', " ").trim_end_matches('Z').to_owned();
        let clock = if is_today { clock.chars().skip(11).collect() } else { clock };
        Self { clock, exact, distance: distance(time, now) }
    }
}

/// `2026-11-24T06:40Z`.
fn minute_of(time: Timestamp) -> String {
    let text = time.to_string();
    let minute = text.get(..16).unwrap_or(&text);
    format!("{minute}Z")
}

fn distance(time: Timestamp, now: Timestamp) -> String {
    if now < time {
        return format!("in {}", span(time.since(now)));
    }
    match now.since(time) {
        age if age < MINUTE => "just now".to_owned(),
        age => format!("{} ago", span(age)),
    }
}

const MINUTE: Duration = Duration::from_mins(1);

/// A span in its greatest unit: exact enough to decide what to read first.
fn span(span: Duration) -> String {
    let minutes = span.as_secs() / 60;
    match minutes {
        0 => "a moment".to_owned(),
        1..60 => format!("{minutes} min"),
        60..2880 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1440),
    }
}

/// `1 article`, `2 articles`.
pub(super) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a title cannot turn the words around it, nor fill the page.
    #[test]
    fn hostile_title_is_inert_and_cut() {
        let hostile = format!("\u{202e}<b>{}\u{2067}\n", "x".repeat(10_000));
        let title = Foreign::title(&hostile, Language::UNKNOWN);
        assert!(title.text.starts_with("<b>xxx"), "{}", title.text);
        assert_eq!(title.text.chars().count(), 300);
        assert_eq!(Foreign::title(" \u{200f}", Language::UNKNOWN).text, "(without a title)");
    }

    /// Goal: a person sees at once how old a report is.
    #[test]
    fn times_are_said_in_one_unit() {
        let now: Timestamp = "2026-11-25T06:45:00Z".parse().unwrap();
        let said = |text: &str| {
            let moment = Moment::new(text.parse().unwrap(), now);
            format!("{}, {}", moment.clock, moment.distance)
        };
        assert_eq!(said("2026-11-25T06:44:30Z"), "06:44, just now");
        assert_eq!(said("2026-11-25T05:12:00Z"), "05:12, 1 h ago");
        assert_eq!(said("2026-11-22T05:12:00Z"), "2026-11-22 05:12, 3 days ago");
        assert_eq!(said("2026-11-25T06:48:00Z"), "06:48, in 3 min");
    }

    /// Goal: Persian is set from right to left, and an unknown text as it begins.
    #[test]
    fn languages_bring_their_direction() {
        let attributes = |code: &str| Tongue(code.parse().unwrap()).attributes();
        assert_eq!(attributes("fa"), " lang=\"fa\" dir=\"rtl\"");
        assert_eq!(attributes("ja"), " lang=\"ja\"");
        assert_eq!(attributes("und"), " lang=\"\" dir=\"auto\"");
    }

    /// Goal: another pair of countries needs another topic file, no other page.
    #[test]
    fn a_side_is_a_place_in_the_pair() {
        let sides = Sides(["FI".parse().unwrap(), "AZ".parse().unwrap()]);
        let said = sides.all().map(|side| format!("{} {}", side.class, side.name));
        assert_eq!(said, ["a FI", "b Azerbaijan", "t third country"]);
    }
}
