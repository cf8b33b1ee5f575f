//! The judge as it is shipped.

use silkwire::understand::{Judge, Source};

macro_rules! shipped {
    ($name:literal) => {
        Source {
            name: concat!("config/", $name),
            text: include_str!(concat!("../../config/", $name)),
        }
    };
}

const LEXICON: &[Source<'_>] = &[
    shipped!("lexicon/azerbaijan.toml"),
    shipped!("lexicon/countries.toml"),
    shipped!("lexicon/cues.toml"),
    shipped!("lexicon/events.toml"),
    shipped!("lexicon/japan.toml"),
    shipped!("lexicon/look-alikes.toml"),
    shipped!("lexicon/names.toml"),
    shipped!("lexicon/outlets.toml"),
    shipped!("lexicon/pairs.toml"),
    shipped!("lexicon/people.toml"),
    shipped!("lexicon/places.toml"),
    shipped!("lexicon/projects.toml"),
    shipped!("lexicon/readings.toml"),
    shipped!("lexicon/themes.toml"),
];

pub(crate) fn compiled() -> Judge {
    let topic = shipped!("topics/japan-azerbaijan.toml");
    match Judge::compile(&topic, LEXICON, &shipped!("model.toml")) {
        Ok(judge) => judge,
        Err(problems) => unreachable!("the shipped files are right: {problems:?}"),
    }
}
