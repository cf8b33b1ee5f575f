//! Which languages somebody reads, and what is shown to them.

use std::str::FromStr;

use crate::model::{Language, LanguageError};

/// Languages that somebody reads, the most wanted first, each once. None: whatever there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Languages(Vec<Language>);

/// Nobody reads more; the rest of a longer list is left out.
const LANGUAGES_MAX: usize = 16;

/// A header with more parts is no wish.
const PARTS_MAX: usize = 64;

impl Languages {
    /// What a header `Accept-Language` wishes (RFC 9110, 12.5.4); what cannot be read of it is
    /// left out, and so is `*`.
    pub fn of_header(text: &str) -> Self {
        let mut wishes: Vec<(f64, Language)> =
            text.split(',').take(PARTS_MAX).filter_map(wish).collect();
        // Stable: equally wanted ones stay in their order.
        wishes.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        wishes.into_iter().map(|(_, language)| language).collect()
    }

    /// The same wish as a header.
    pub fn to_header(&self) -> String {
        self.0.iter().map(Language::as_str).collect::<Vec<_>>().join(", ")
    }

    /// Whether nothing is wished.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Which of `texts` to show: the first in the most wanted language that there is; if there is
    /// one in none of them, the English one. None: there is no such text, or nothing is wished.
    pub fn choose<'a, T>(
        &self,
        texts: &'a [T],
        language: impl Fn(&T) -> Language,
    ) -> Option<&'a T> {
        let english = Language::of_tag("en").ok().filter(|_| !self.is_empty());
        let mut in_order = self.0.iter().copied().chain(english);
        let find = |wanted| texts.iter().find(|text| language(text) == wanted);
        in_order.find_map(find)
    }
}

/// One part of the header: how much it is wanted, above 0 to 1, and what.
fn wish(part: &str) -> Option<(f64, Language)> {
    let mut parts = part.split(';');
    let tag = parts.next().unwrap_or_default().trim();
    let language = Language::of_tag(tag).ok()?;
    let quality = parts.find_map(|it| {
        let (name, value) = it.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim().parse::<f64>().ok())
    });
    let quality = quality.unwrap_or(Some(1.0))?;
    (0.0 < quality && quality <= 1.0).then_some((quality, language))
}

impl FromIterator<Language> for Languages {
    fn from_iter<I: IntoIterator<Item = Language>>(languages: I) -> Self {
        let mut kept = Vec::new();
        for language in languages {
            if kept.len() < LANGUAGES_MAX && !kept.contains(&language) {
                kept.push(language);
            }
        }
        Self(kept)
    }
}

/// As people type it: `de,en`.
impl FromStr for Languages {
    type Err = LanguageError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',').map(|code| code.trim().parse()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wished(header: &str) -> String {
        Languages::of_header(header).to_header()
    }

    /// Goal: a browser's wish is followed in its order.
    #[test]
    fn wishes_are_read_by_their_weight() {
        assert_eq!(wished("de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7"), "de, en");
        assert_eq!(wished("en;q=0.2, ja ; q=0.75,az"), "az, ja, en");
        assert_eq!(wished("fr;q=0, *;q=0.5, it;Q=1.000"), "it");
        assert_eq!(wished("*"), "");
        assert_eq!("de, en".parse::<Languages>().unwrap().to_header(), "de, en");
        assert!("de,German".parse::<Languages>().is_err());
    }

    /// Goal: a header that nobody meant costs nothing and changes nothing.
    #[test]
    fn hostile_header_is_harmless() {
        for header in
            ["", ";", ",;q=,=", "de;q=NaN", "de;q=inf", "de;q=-1", "de;q=2", "日本", "de;q"]
        {
            let expected = if header == "de;q" { "de" } else { "" };
            assert_eq!(wished(header), expected, "{header}");
        }
        let long: String = (b'a'..=b'z')
            .flat_map(|one| (b'a'..=b'z').map(move |two| [one, two]))
            .fold(String::new(), |text, [one, two]| {
                format!("{text}{}{},", char::from(one), char::from(two))
            });
        assert_eq!(Languages::of_header(&long).0.len(), LANGUAGES_MAX);
    }

    /// Goal: everybody reads the title in their language, else one that most can read.
    #[test]
    fn title_is_chosen_for_its_reader() {
        let titles = ["az Bakıda", "en In Baku", "ja バクーで", "en Later"];
        let shown = |wish: &str| {
            let language = |text: &&str| text[..2].parse().unwrap();
            Languages::of_header(wish).choose(&titles, language).copied()
        };
        assert_eq!(shown("ja,en"), Some("ja バクーで"));
        assert_eq!(shown("de,az;q=0.1,en;q=0.5"), Some("en In Baku"));
        assert_eq!(shown("de,fr"), Some("en In Baku"));
        assert_eq!(shown(""), None);
        let language = |text: &&str| text[..2].parse().unwrap();
        assert_eq!(Languages::of_header("de").choose(&["az Bakıda"], language), None);
    }
}
