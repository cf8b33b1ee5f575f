//! The format of the lexicon, as it works in texts.

use super::*;
use crate::understand::judge::Source;
use crate::understand::text::fold;
use crate::understand::{lexicon, topic};

fn matcher(files: &[&str]) -> Result<Matcher, Vec<Problem>> {
    let topic = Source {
        name: "topic.toml",
        text: "name = \"t\"\n[[side]]\ncountry = \"JP\"\n[[side]]\ncountry = \"AZ\"\n\
               [thresholds]\nmatch = 0.5\nmatch_at_home = 0.6\nnear_miss = 0.2\n",
    };
    let files: Vec<Source<'_>> =
        files.iter().map(|text| Source { name: "lexicon.toml", text }).collect();
    Matcher::new(&lexicon::read(&files)?, &topic::read(&topic)?)
}

/// What is found in title and body, as the concepts' ids.
fn ids(matcher: &Matcher, title: &str, body: &str) -> Vec<String> {
    let zones = [(title, fold(title)), (body, fold(body))];
    let fields = zones.each_ref().map(|(source, folded)| (*source, folded));
    let found = matcher.find(&fields, Language::UNKNOWN);
    let mentions = found.iter().flat_map(|found| &found.mentions);
    mentions.map(|it| matcher.concepts[it.concept].id.clone()).collect()
}

const AMBIGUOUS: &str = r#"
country = "AZ"
[[concept]]
id = "ganja"
kind = "place"
only_with = ["azerb", "caucas"]
terms = ["Ganja"]
[[list]]
kind = "company"
unless = ["Football"]
terms = ["Neftchi"]
[[concept]]
id = "song"
kind = "mask"
unless = ["refinery"]
terms = ["Neftchi Baku"]
[[list]]
kind = "capital"
terms = ["Baku"]
"#;

/// Goal: a name that others bear too counts where the rest of the text supports it.
#[test]
fn ambiguous_names_need_their_context() {
    let matcher = matcher(&[AMBIGUOUS]).unwrap();
    assert_eq!(ids(&matcher, "Ganja opens", ""), [""; 0]);
    assert_eq!(ids(&matcher, "Ganja opens", "in Jamaica"), [""; 0]);
    assert_eq!(ids(&matcher, "Ganja opens", "in AZƏRBAYCAN"), ["ganja"]);
    assert_eq!(ids(&matcher, "Ganja opens", "Transcaucasia"), ["ganja"]);
    assert_eq!(ids(&matcher, "Neftchi grows", ""), ["Neftchi"]);
    assert_eq!(ids(&matcher, "Neftchi grows", "football"), [""; 0]);
}

/// Goal: a look-alike that the context rules out hides nothing.
#[test]
fn masks_can_be_lifted() {
    let matcher = matcher(&[AMBIGUOUS]).unwrap();
    assert_eq!(ids(&matcher, "Neftchi Baku", ""), ["song"]);
    assert_eq!(ids(&matcher, "Neftchi Baku", "a refinery"), ["Neftchi", "Baku"]);
}

/// Goal: one name may belong to two things of one country, told apart by context.
#[test]
fn shared_names_are_told_apart_by_context() {
    let file = r#"
country = "JP"
[[concept]]
id = "the-firm"
kind = "company"
only_with = ["cars"]
terms = ["Toyota"]
[[concept]]
id = "the-city"
kind = "place"
terms = ["Toyota"]
"#;
    let matcher = matcher(&[file]).unwrap();
    assert_eq!(ids(&matcher, "Toyota", "sells cars"), ["the-firm"]);
    assert_eq!(ids(&matcher, "Toyota", "elects"), ["the-city"]);
}

/// Goal: cues of many languages fit into several files, in any order.
#[test]
fn classes_of_cues_may_stand_in_several_files() {
    let rest = "[[cue]]\nid = \"visit\"\n[cue.stems]\nde = [\"besuch\"]\n";
    let head = "[[cue]]\nid = \"visit\"\nspeaks = \"for\"\naspects = [\"diplomacy\"]\n\
                [cue.stems]\nen = [\"visit\"]\n";
    let matcher = matcher(&[rest, head]).unwrap();
    assert_eq!(matcher.cues.len(), 1);
    assert_eq!(matcher.cues[0].speaks, Speaks::For);
    assert_eq!(matcher.cues[0].aspects, [Aspect::Diplomacy]);
    for (text, language) in [("Besuche", "de"), ("visits", "en")] {
        let language = Language::of_tag(language).unwrap();
        assert_eq!(matcher.find(&[(text, &fold(text))], language)[0].cues.len(), 1, "{text}");
    }
}

/// Goal: two files that disagree about a class are not merged in silence.
#[test]
fn class_that_speaks_twice_is_refused() {
    let part = "[[cue]]\nid = \"visit\"\nspeaks = \"for\"\n[cue.stems]\nen = [\"visit\"]\n";
    let problems = matcher(&[part, part]).unwrap_err();
    insta::assert_snapshot!(problems[0], @r#"
    lexicon.toml:2: the parts of class "visit" say twice what it speaks for
      hint: write `speaks` and `aspects` in one part of the class
    "#);
}
