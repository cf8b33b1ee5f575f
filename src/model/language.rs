//! Which language a text is in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A primary language as BCP 47 names it: two or three lower-case letters, `az`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[a-z]{2,3}$")]
pub struct Language([u8; 3]);

/// All of ISO 639-1 (Library of Congress, 2025).
const ASSIGNED: &str = "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co \
    cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he \
    hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku \
    kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr \
    nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr \
    ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo \
    za zh zu";

impl Language {
    /// Undetermined, as ISO 639-2 writes it.
    pub const UNKNOWN: Self = Self(*b"und");

    /// The primary language of a tag such as `az-Latn-AZ` or `EN_us`.
    ///
    /// # Errors
    /// The tag does not start with two or three letters.
    pub fn of_tag(tag: &str) -> Result<Self, LanguageError> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default().trim();
        primary.to_ascii_lowercase().parse()
    }

    /// The codes of two letters that mean a language: `jp` is none of them, `ja` is.
    pub fn assigned() -> impl Iterator<Item = &'static str> {
        ASSIGNED.split_ascii_whitespace()
    }

    /// The letters.
    pub fn as_str(&self) -> &str {
        let length = if self.0[2] == 0 { 2 } else { 3 };
        std::str::from_utf8(&self.0[..length]).unwrap_or("und")
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.to_string()
    }
}

impl FromStr for Language {
    type Err = LanguageError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refusal = || LanguageError { text: text.to_owned() };
        if !text.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return Err(refusal());
        }
        match *text.as_bytes() {
            [first, second] => Ok(Self([first, second, 0])),
            [first, second, third] => Ok(Self([first, second, third])),
            _ => Err(refusal()),
        }
    }
}

impl TryFrom<String> for Language {
    type Error = LanguageError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl Default for Language {
    fn default() -> Self {
        Self::UNKNOWN
    }
}

/// A text that is no language code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a language code of two or three lower-case letters")]
pub struct LanguageError {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a feed that says `az-Latn` or `EN_US` is filed under its language.
    #[test]
    fn tags_are_cut_to_the_primary_language() {
        for (tag, language) in [("az-Latn-AZ", "az"), ("EN_us", "en"), ("fil", "fil")] {
            assert_eq!(Language::of_tag(tag).unwrap().as_str(), language);
        }
        assert!(Language::of_tag("日本語").is_err());
        assert!(Language::of_tag("").is_err());
    }
}
