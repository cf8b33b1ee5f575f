//! The format of the lexicon, as it works in texts.

use proptest::prelude::*;

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
    mentions.map(|it| matcher.id(it.concept).to_owned()).collect()
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
    let matcher = matcher(&[AMBIGUOUS, rest, head]).unwrap();
    assert_eq!(matcher.cues.len(), 1);
    assert_eq!(matcher.cues[0].speaks, Speaks::For);
    assert_eq!(matcher.cues[0].aspects, [Aspect::Diplomacy]);
    for (text, language) in [("Besuche in Baku", "de"), ("visits Baku", "en")] {
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

const MANY_SCRIPTS: &str = r#"
[[list]]
kind = "country"
country = "JP"
terms = ["「東京」", "バクー", "도쿄", "Tokyo", "طوكيو", "טוקיו", "«Токио»", "Ota$", "日本", "โตเกียว", "टोक्यो"]
[[list]]
kind = "country"
country = "TR"
terms = ["Ankara", "土耳其", "انقرة"]
"#;

fn scripts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "東京",
            "バクー",
            "ヌ",
            "도쿄",
            "에",
            "tokyo",
            "Ota",
            "طوكيو",
            "و",
            "ال",
            "טוקיו",
            "ב",
            "токио",
            "日本",
            "โตเกียว",
            "टोक्यो",
            "ankara",
            " ",
            "-",
            "'",
            "a",
            "1",
            "é",
            "“",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,3}",
    ];
    prop::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

proptest! {
    /// Goal: looking only where words start, and for the sides first, finds all there is.
    #[test]
    fn nothing_is_missed(text in scripts()) {
        let matcher = matcher(&[MANY_SCRIPTS]).unwrap();
        let folded = fold(&text);
        let text = folded.as_str();
        let patterns = [
            "東京」", "バクー", "도쿄", "tokyo", "طوكيو", "טוקיו", "токио»", "ota", "日本", "โตเกียว", "टोक्यो",
            "ankara", "土耳其", "انقره",
        ];
        let mut there = Vec::new();
        for pattern in patterns {
            for (start, found) in text.match_indices(pattern) {
                let ending = if pattern == "ota" { 0 } else { 4 };
                let place = (start, start + found.len());
                let end = word_end(text, place, Script::of_term(pattern), ending);
                there.extend(end.map(|end| (start, end, pattern == "ankara" || pattern == "انقره")));
            }
        }
        let found = matcher.find(&[(text, &folded)], Language::UNKNOWN);
        let found: Vec<_> = found[0].mentions.iter().map(|it| (it.start, it.end)).collect();
        let has_side = there.iter().any(|(.., is_third)| !is_third);
        there.sort_unstable();
        let there: Vec<_> = there.into_iter().map(|(start, end, _)| (start, end)).collect();
        prop_assert_eq!(found, if has_side { there } else { Vec::new() });
    }
}

const NAMED: &str = r#"
[[concept]]
id = "capital-AZ"
kind = "capital"
country = "AZ"
terms = ["Baku", "Bakı*", "Баку$", "バクー", "BKU"]

[[concept]]
id = "capital-AZ-fa"
kind = "capital"
country = "AZ"
terms = ["باکو", "Baku"]

[[concept]]
id = "aliyev"
kind = "official"
country = "AZ"
terms = ["Ilham Aliyev", "Əliyev"]

[[list]]
kind = "mask"
terms = ["Baku Street"]
"#;

/// Goal: whoever types a name in one spelling is offered all of them, whatever its ending or
/// case; an abbreviation, which is another word in small letters, is none.
#[test]
fn names_are_found_with_all_spellings() {
    let matcher = matcher(&[NAMED]).unwrap();
    let said = |text: &str| -> Vec<String> {
        let said = matcher.names_in(text).into_iter().map(|name| {
            let spellings = name.spellings.iter();
            let spellings = spellings.map(|it| format!("{}+{}", it.text, it.ending_letters_max));
            format!("{}: {}", &text[name.bytes], spellings.collect::<Vec<_>>().join(" "))
        });
        said.collect()
    };
    let capital = "baku+4 baki+12 баку+0 バクー+4 باكو+4";
    assert_eq!(said("nach BAKU"), [format!("BAKU: {capital}")]);
    assert_eq!(said("Bakıda"), [format!("Bakıda: {capital}")]);
    assert_eq!(said("in バクー"), [format!("バクー: {capital}")]);
    assert_eq!(said("bku"), [format!("bku: {capital}")]);
    assert_eq!(said("ilham aliyev"), ["ilham aliyev: ilham aliyev+6 eliyev+4"]);
    assert_eq!(said("Baku Street"), [""; 0]);
    assert_eq!(said("Baken"), [""; 0]);
}
