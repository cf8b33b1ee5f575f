//! Countries, and the side from which a feed speaks.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A country as ISO 3166-1 names it: two capitals, `JP`. `EU` counts as one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[A-Z]{2}$")]
pub struct Country([u8; 2]);

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{}", char::from(*byte)))
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.to_string()
    }
}

impl FromStr for Country {
    type Err = CountryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match *text.as_bytes() {
            [first, second] if first.is_ascii_uppercase() && second.is_ascii_uppercase() => {
                Ok(Self([first, second]))
            }
            _ => Err(CountryError { text: text.to_owned() }),
        }
    }
}

impl TryFrom<String> for Country {
    type Error = CountryError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// A text that is no country code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a country code of two capitals")]
pub struct CountryError {
    text: String,
}

/// From where a feed speaks: its home country, or a third place.
///
/// An outlet at home says "our country" and leaves its own name out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Side {
    /// The outlet's home, `"JP"`.
    Country(Country),
    /// Neither side of the topic, `"third"`.
    #[default]
    Third,
}

impl Side {
    /// The home country, if the feed has one.
    pub fn country(self) -> Option<Country> {
        match self {
            Self::Country(country) => Some(country),
            Self::Third => None,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Country(country) => country.fmt(f),
            Self::Third => f.write_str("third"),
        }
    }
}

impl From<Side> for String {
    fn from(side: Side) -> Self {
        side.to_string()
    }
}

impl TryFrom<String> for Side {
    type Error = SideError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "third" => Ok(Self::Third),
            code => {
                code.parse().map(Self::Country).map_err(|_| SideError { text: code.to_owned() })
            }
        }
    }
}

/// A text that is no side.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("side {text:?} is neither a country code like \"JP\" nor \"third\"")]
pub struct SideError {
    text: String,
}
