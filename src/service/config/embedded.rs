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
    file!("lexicon/events.toml"),
    file!("lexicon/japan.toml"),
    file!("lexicon/look-alikes.toml"),
    file!("lexicon/names.toml"),
    file!("lexicon/outlets.toml"),
    file!("lexicon/pairs.toml"),
    file!("lexicon/people.toml"),
    file!("lexicon/places.toml"),
    file!("lexicon/projects.toml"),
    file!("lexicon/readings.toml"),
    file!("lexicon/themes.toml"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a lexicon file that was added is not forgotten in the binary.
    #[test]
    fn every_lexicon_file_is_compiled_in() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/config/lexicon");
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> =
            names.map(|name| format!("lexicon/{}", name.to_str().unwrap())).collect();
        names.sort();
        assert_eq!(LEXICON.iter().map(|(name, _)| *name).collect::<Vec<_>>(), names);
    }
}
