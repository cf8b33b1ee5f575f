//! The files of `config/`, compiled in, so that an empty machine can run.

/// The name and the text of a file below `config/`.
macro_rules! file {
    ($path:literal) => {
        ($path, include_str!(concat!("../../../config/", $path)))
    };
}

pub(super) const MAIN: (&str, &str) = file!("silkwire.toml");

/// The starter list.
pub(super) const FEEDS: (&str, &str) = file!("feeds.toml");

pub(super) const TOPIC: (&str, &str) = file!("topics/japan-azerbaijan.toml");

pub(super) const MODEL: (&str, &str) = file!("model.toml");

pub(super) const LEXICON: &[(&str, &str)] = &[
    file!("lexicon/azerbaijan.toml"),
    file!("lexicon/countries.toml"),
    file!("lexicon/cues.toml"),
    file!("lexicon/japan.toml"),
    file!("lexicon/look-alikes.toml"),
    file!("lexicon/pairs.toml"),
    file!("lexicon/projects.toml"),
];
