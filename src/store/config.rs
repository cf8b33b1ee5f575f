//! The section `[store]`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

use crate::model::{duration_text, size_text};

/// Shorter than this, texts would go while stories still grow and people still review.
const TEXT_KEEP_MIN: Duration = Duration::from_hours(24 * 30);

/// What `text_keep` says when texts never go.
const FOR_EVER: &str = "forever";

/// How the store treats its disk.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// With less free space, nothing new is stored and polling pauses; alerts go on. Default:
    /// `"256 MB"`, and never more than a tenth of the file system; `"0 B"` waits until the disk
    /// is really full.
    #[serde(deserialize_with = "size_text::deserialize")]
    pub free_min: u64,

    /// How long the texts of matches are kept; then title, link, evidence and verdict are left.
    /// At least `"30d"`. Default: `"forever"` (none).
    #[serde(deserialize_with = "text_keep")]
    pub text_keep: Option<Duration>,
}

impl Default for Config {
    fn default() -> Self {
        Self { free_min: 256_000_000, text_keep: None }
    }
}

fn text_keep<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text == FOR_EVER {
        return Ok(None);
    }
    let hint = |_| format!("{text:?} is neither \"forever\" nor a duration like \"365d\"");
    let keep = duration_text::parse(&text).map_err(hint).map_err(de::Error::custom)?;
    if keep < TEXT_KEEP_MIN {
        let least = duration_text::write(TEXT_KEEP_MIN);
        return Err(de::Error::custom(format!("{text:?} is too short: at least {least:?}")));
    }
    Ok(Some(keep))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    /// Goal: what a person writes is what they get, and a slip cannot delete a year of texts.
    #[test]
    fn keys_mean_what_they_say() {
        assert_eq!(read("").unwrap(), Config::default());
        let year = Duration::from_hours(24 * 365);
        let config = read("free_min = \"1 GB\"\ntext_keep = \"365d\"").unwrap();
        assert_eq!(config, Config { free_min: 1_000_000_000, text_keep: Some(year) });
        assert_eq!(read("text_keep = \"forever\"").unwrap().text_keep, None);
        insta::assert_snapshot!(read("text_keep = \"90m\"").unwrap_err(), @r#""90m" is too short: at least "30d""#);
        insta::assert_snapshot!(read("text_keep = \"never\"").unwrap_err(), @r#""never" is neither "forever" nor a duration like "365d""#);
        insta::assert_snapshot!(read("free_min = \"256\"").unwrap_err(), @r#""256" is not a size like "256 MB" or "1 GB""#);
    }
}
