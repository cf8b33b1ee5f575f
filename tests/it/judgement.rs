//! The shipped judge on labelled texts: how often it is right, and whether its reasons are true.

use std::fs;

use serde_json::Value;
use silkwire::model::{Judgement, Language, Verdict};
use silkwire::understand::Text;

use crate::shipped::{JUDGE, judge, project};
use crate::support::Home;

struct Labelled {
    title: String,
    summary: String,
    body: String,
    language: Option<Language>,
    relevant: bool,
}

impl Labelled {
    fn text(&self) -> Text<'_> {
        let Self { title, summary, body, language, .. } = self;
        Text { title, summary, body, language: *language, ..Text::default() }
    }
}

fn corpus(name: &str) -> Vec<Labelled> {
    let lines = fs::read_to_string(project("tests/corpus").join(name)).unwrap();
    let read = |line: &str| {
        let item: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| item[key].as_str().unwrap_or_default().to_owned();
        Labelled {
            title: text("title"),
            summary: text("summary"),
            body: text("body"),
            language: text("lang").parse().ok(),
            relevant: item["relevant"].as_bool().unwrap(),
        }
    };
    lines.lines().map(read).collect()
}

/// Goal: what is shipped is as good as what was measured: nobody breaks it unseen.
/// The texts are among those the model learnt from, so the bound is above the published figure.
#[test]
fn labelled_texts_are_judged_rightly() {
    let (mut right, mut flagged, mut relevant) = (0_u32, 0_u32, 0_u32);
    for item in corpus("dev.jsonl") {
        let is_match = JUDGE.judge(&item.text()).verdict == Verdict::Match;
        flagged += u32::from(is_match);
        relevant += u32::from(item.relevant);
        right += u32::from(is_match && item.relevant);
    }
    let f1 = 2.0 * f64::from(right) / f64::from(flagged + relevant);
    assert!(0.95 <= f1, "F1 {f1:.3}: {right} of {flagged} flagged and {relevant} relevant");
}

/// The text without the words that a judgement shows.
fn blanked(text: &str, judgement: &Judgement, field: silkwire::model::Field) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for it in judgement.evidence.iter().filter(|it| it.field == field) {
        bytes[it.start..it.end].fill(b' ');
    }
    String::from_utf8(bytes).unwrap()
}

/// Goal: the shown words are the reason, not decoration: without them there is no match.
#[test]
fn without_the_shown_words_nothing_is_flagged() {
    use silkwire::model::Field::{Body, Summary, Title};
    let (mut n_matches, mut n_left) = (0_u32, 0_u32);
    for item in corpus("dev.jsonl").into_iter().chain(corpus("caspian.jsonl")) {
        let judgement = JUDGE.judge(&item.text());
        if judgement.verdict != Verdict::Match {
            continue;
        }
        let sum: f64 = judgement.evidence.iter().map(|it| it.weight).sum();
        assert!((sum - judgement.score.value()).abs() < 1e-9, "{judgement:?}");
        let rest = Labelled {
            title: blanked(&item.title, &judgement, Title),
            summary: blanked(&item.summary, &judgement, Summary),
            body: blanked(&item.body, &judgement, Body),
            ..item
        };
        n_matches += 1;
        n_left += u32::from(JUDGE.judge(&rest.text()).verdict == Verdict::Match);
    }
    assert!(100 < n_matches);
    assert!(20 * n_left <= n_matches, "{n_left} of {n_matches} are flagged without their reasons");
}

const JAPAN_GEORGIA: &str = r#"
name = "japan-georgia"
[[side]]
country = "JP"
home_languages = ["ja"]
[[side]]
country = "GE"
home_languages = ["ka"]
[thresholds]
match = 0.5
match_at_home = 0.75
near_miss = 0.2
"#;

/// Goal: another pair of countries is one file: same names, same model.
#[test]
fn another_pair_is_one_file() {
    let judge = judge(JAPAN_GEORGIA);
    for (title, summary) in [
        (
            "Japan and Georgia sign agreement on vocational training",
            "The Japanese ambassador and Georgia's education minister signed it in Tbilisi.",
        ),
        (
            "Japan finanziert Wasserwerk in Georgien",
            "Der japanische Botschafter und der georgische Minister unterzeichneten in Tiflis.",
        ),
        (
            "Посол Японии в Грузии встретился с министром экономики",
            "Стороны обсудили инвестиции японских компаний в Тбилиси.",
        ),
        ("日本とジョージア、投資協定に署名", "両国の外相がトビリシで会談した。"),
        (
            "იაპონიის ელჩი თბილისში ეკონომიკის მინისტრს შეხვდა",
            "მხარეებმა თანამშრომლობაზე ისაუბრეს.",
        ),
    ] {
        let judgement = judge.judge(&Text { title, summary, ..Text::default() });
        assert_eq!(judgement.verdict, Verdict::Match, "{title}: {judgement:?}");
        let sides: Vec<String> =
            judgement.evidence.iter().filter_map(|it| it.side).map(|it| it.to_string()).collect();
        assert!(sides.iter().any(|it| it == "JP"), "{title}: {sides:?}");
    }
    for title in [
        "Japan and Azerbaijan sign agreement on vocational training in Baku",
        "Governor of Georgia visits Atlanta plant of Japanese carmaker",
        "Georgia beat Japan in rugby test match",
    ] {
        let language = "en".parse().ok();
        let judgement = judge.judge(&Text { title, language, ..Text::default() });
        assert_ne!(judgement.verdict, Verdict::Match, "{title}: {judgement:?}");
    }
}

/// Goal: whoever trains again gets the same model, and can use it.
#[test]
fn training_repeats_to_the_byte() {
    let home = Home::new("");
    fs::create_dir_all(home.state()).unwrap();
    let lines = fs::read_to_string(project("tests/corpus/more-english.jsonl")).unwrap();
    let dev = fs::read_to_string(project("tests/corpus/dev.jsonl")).unwrap();
    let few: Vec<&str> = lines.lines().chain(dev.lines().take(40)).collect();
    let corpus = home.state().join("corpus.jsonl");
    fs::write(&corpus, few.join("\n")).unwrap();
    let train = |name: &str| {
        let out = home.state().join(name);
        let ran = home.run(&["train", corpus.to_str().unwrap(), "--out", out.to_str().unwrap()]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert!(ran.stdout.contains("average precision"), "{}", ran.stdout);
        fs::read_to_string(out).unwrap()
    };
    let model = train("one.toml");
    assert_eq!(train("two.toml"), model);

    home.write("model.toml", &model);
    let judged = home.run(&["evaluate", corpus.to_str().unwrap()]);
    assert_eq!(judged.code, Some(0), "{}", judged.stderr);
}

/// Goal: a corpus that can teach nothing is refused with a reason.
#[test]
fn one_kind_of_text_teaches_nothing() {
    let home = Home::new("");
    fs::create_dir_all(home.state()).unwrap();
    let corpus = home.state().join("corpus.jsonl");
    fs::write(&corpus, "{\"title\":\"Japan\",\"relevant\":true}\n").unwrap();
    let out = home.state().join("model.toml");
    let ran = home.run(&["train", corpus.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    assert_eq!(ran.code, Some(65), "{}", ran.stderr);
    assert!(ran.stderr.contains("`relevant` true and false"), "{}", ran.stderr);
    assert!(!out.exists());
}
