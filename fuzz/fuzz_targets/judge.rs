//! Any bytes as title, summary and body: a judgement comes, and its reasons stand in the text.
//!
//! `cargo fuzz run judge -s none` (cargo-fuzz; without a sanitizer it runs on stable Rust).

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use silkwire::model::Field;
use silkwire::understand::{Judge, Source, Text};

macro_rules! shipped {
    ($name:literal) => {
        Source { name: $name, text: include_str!(concat!("../../config/", $name)) }
    };
}

static JUDGE: LazyLock<Judge> = LazyLock::new(|| {
    let lexicon = [
        shipped!("lexicon/azerbaijan.toml"),
        shipped!("lexicon/countries.toml"),
        shipped!("lexicon/cues.toml"),
        shipped!("lexicon/events.toml"),
        shipped!("lexicon/japan.toml"),
        shipped!("lexicon/look-alikes.toml"),
        shipped!("lexicon/pairs.toml"),
        shipped!("lexicon/readings.toml"),
    ];
    let topic = shipped!("topics/japan-azerbaijan.toml");
    // A model of its own: the shipped one knows features of files that are left out here.
    let scale = "middle = 0\nslope = 1\n";
    let model = format!(
        "bias = 1\n[scale.title]\n{scale}[scale.summary]\n{scale}[scale.body]\n{scale}[weights]\n"
    );
    Judge::compile(&topic, &lexicon, &Source { name: "model.toml", text: &model })
        .expect("the shipped files are right")
});

fuzz_target!(|fields: (String, String, String)| {
    let (title, summary, body) = &fields;
    let judgement = JUDGE.judge(&Text { title, summary, body, ..Text::default() });
    let mut sum = 0.0;
    for it in &judgement.evidence {
        let field = match it.field {
            Field::Title => title,
            Field::Summary => summary,
            Field::Body => body,
        };
        assert_eq!(field.get(it.start..it.end), Some(it.text.as_str()));
        sum += it.weight;
    }
    assert!(judgement.evidence.is_empty() || (sum - judgement.score.value()).abs() < 1e-9);
});
