//! What a text leaves, kind by kind, in many scripts.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::understand::{Reader, Source, Text};

const TOPIC: Source<'_> = Source {
    name: "topic.toml",
    text: "name = \"t\"\n[[side]]\ncountry = \"JP\"\n[[side]]\ncountry = \"AZ\"\n\
           [thresholds]\nmatch = 0.5\nmatch_at_home = 0.6\nnear_miss = 0.2\n",
};

const LEXICON: &str = r#"
country = "JP"
[[list]]
kind = "country"
terms = ["Japan", "Япония*", "اليابان", "日本", "일본"]
[[list]]
kind = "country"
country = "AZ"
terms = ["Azerbaijan", "Азербайджан"]
[[concept]]
id = "georgia"
kind = "country"
country = "GE"
terms = ["Georgia", "Грузи*", "グルジア"]
[[concept]]
id = "minister-1"
kind = "official"
terms = ["Tanabe Akio", "Танабэ Акио", "田部昭夫"]
[[concept]]
id = "kenji-park"
kind = "project"
terms = ["Kenji Park", "парк Кэндзи"]
[[list]]
kind = "name"
terms = ["Tanabe", "北辺", "北边"]
[[cue]]
id = "meeting"
speaks = "for"
[cue.stems]
mul = ["met "]
[[cue]]
id = "theme-water"
aspects = ["environment"]
[cue.stems]
mul = ["pump"]
[[event]]
id = "memo"
[event.stems]
mul = ["memorandum", "меморандум"]
"#;

const READINGS: &str = include_str!("../../../../config/lexicon/readings.toml");

static READER: LazyLock<Reader> = LazyLock::new(|| {
    let lexicon = [LEXICON, READINGS].map(|text| Source { name: "lexicon.toml", text });
    match Reader::compile(&TOPIC, &lexicon) {
        Ok(reader) => reader,
        Err(problems) => panic!("{problems:?}"),
    }
});

/// Kinds and keys of a text in `language`.
fn keys(language: &str, text: Text<'_>) -> Vec<(TraceKind, String, Field)> {
    let reading = READER.read(&Text { language: language.parse().ok(), ..text });
    let names = Names { matcher: READER.matcher(), reading: &reading };
    let found = found(READER.matcher(), &reading);
    let key = |it: &Found| {
        let mut key = String::new();
        names.write_key(&it.what, it.field, &mut key).unwrap();
        (it.what.kind(), key, it.field)
    };
    found.iter().map(key).collect()
}

fn of_kind(kind: TraceKind, language: &str, title: &str) -> Vec<String> {
    let keys = keys(language, Text { title, ..Text::default() });
    keys.into_iter().filter(|it| it.0 == kind).map(|it| it.1).collect()
}

#[track_caller]
fn assert_has(kind: TraceKind, samples: &[(&str, &str, &str)]) {
    let mut wrong = Vec::new();
    for (language, title, key) in samples {
        let keys = of_kind(kind, language, title);
        if !keys.iter().any(|it| it == key) {
            wrong.push(format!("{language} {title:?}: {keys:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

/// Goal: a name that no lexicon knows is one name in every script.
#[test]
fn names_meet_by_their_sound() {
    const KEY: &str = "ARP";
    assert_has(
        TraceKind::Name,
        &[
            ("en", "Yesterday Mr Aliyev spoke", KEY),
            ("de", "Gestern sprach Alijew darüber", KEY),
            ("fr", "Hier M. Aliev a parlé", KEY),
            ("az", "Dünən Əliyevin çıxışı oldu", KEY),
            ("tr", "Dün Aliyev'in konuşması", KEY),
            ("pl", "wczoraj Alijew mówił", KEY),
            ("hu", "tegnap Alijev beszélt", KEY),
            ("ru", "Вчера с Алиевым говорили", KEY),
            ("uk", "Вчора Алієв говорив", KEY),
            ("kk", "Кеше Әлиев сөйледі", KEY),
            ("ar", "تحدث علييف أمس", KEY),
            ("fa", "دیروز علی‌اف سخن گفت", KEY),
            ("he", "אתמול דיבר אלייב", KEY),
            ("ja", "きのうアリエフが話した", KEY),
            ("ko", "어제 알리예프가 말했다", KEY),
            ("zh", "昨天阿利耶夫讲话", KEY),
            ("ka", "გუშინ ალიევი ლაპარაკობდა", KEY),
            ("hy", "երեկ Ալիև խոսեց", KEY),
            ("el", "χθες ο Αλίεφ μίλησε", KEY),
            ("hi", "कल अलीयेव बोले", KEY),
            ("th", "เมื่อวาน อาลีเยฟ พูด", KEY),
        ],
    );
}

/// Goal: Japanese names meet too: in ideographs, and as each language spells them.
#[test]
fn japanese_names_meet() {
    assert_has(
        TraceKind::Name,
        &[
            ("en", "talks with Takaichi today", "TKS"),
            ("ja", "高市氏と会談", "TKS"),
            ("zh", "与高市会谈", "TKS"),
            ("ko", "오늘 다카이치와 회담", "TKS"),
            ("ru", "переговоры с Такаити", "TKS"),
            ("ar", "محادثات مع تاكايتشي", "TKS"),
            ("en", "a speech by Watanabe", "ATNP"),
            ("ru", "речь г-на Ватанабэ", "ATNP"),
            ("de", "eine Rede von Watanabe", "ATNP"),
            ("az", "dünən Vatanabe danışdı", "ATNP"),
            ("ja", "渡辺氏の演説", "ATNP"),
            ("zh", "渡边的讲话", "ATNP"),
            ("de", "gestern sprach Fujita", "PST"),
            ("ja", "藤田氏の話", "PST"),
            ("he", "נאום של מוטגי", "MTK"),
            ("en", "a speech by Motegi", "MTK"),
            ("ja", "茂木氏", "MTK"),
        ],
    );
}

/// Goal: a headline's first word and everyday words are no names.
#[test]
fn everyday_words_are_no_names() {
    assert_eq!(of_kind(TraceKind::Name, "en", "Towns along the river plan harbours"), [""; 0]);
    assert_eq!(of_kind(TraceKind::Name, "en", "Rivers: Harbours grow. Talks go on"), [""; 0]);
    assert_eq!(of_kind(TraceKind::Name, "en", "Japan and Azerbaijan talk"), [""; 0]);
    assert_eq!(of_kind(TraceKind::Name, "ja", "港に船が着いた"), [""; 0]);
}

/// Goal: a name behind "Mr." or an initial is one, and so is the first of two.
#[test]
fn names_that_open_a_sentence_are_seen() {
    let text = Text { body: "We saw Mr. Takaichi there. Toshiro Honma came.", ..Text::default() };
    let names: Vec<String> = keys("en", text).into_iter().map(|it| it.1).collect();
    for name in ["TKS", "TSR", "ANM"] {
        assert!(names.iter().any(|it| it == name), "{name} {names:?}");
    }
}

/// Goal: what the lexicon knows by one id is the same in all languages, whatever it is called.
#[test]
fn known_things_meet_by_their_id() {
    assert_has(
        TraceKind::Person,
        &[
            ("en", "Japan: Tanabe Akio met them", "minister-1"),
            ("ru", "Япония: Танабэ Акио приехал", "minister-1"),
            ("ja", "日本の田部昭夫が", "minister-1"),
        ],
    );
    assert_has(
        TraceKind::Project,
        &[("en", "Kenji Park in Japan", "kenji-park"), ("ru", "парк Кэндзи, Япония", "kenji-park")],
    );
    assert_eq!(of_kind(TraceKind::Place, "en", "Japan and Azerbaijan"), [""; 0]);
}

/// Goal: a name of a list, and one in ideographs, meets the same name elsewhere by its sound.
#[test]
fn names_of_lists_meet_by_their_sound() {
    assert_has(
        TraceKind::Name,
        &[
            ("en", "Tanabe of Japan came", "TNP"),
            ("ja", "日本の田部昭夫が", "TNP"),
            ("ja", "日本の北辺が", "北辺"),
            ("zh", "日本的北边", "北辺"),
        ],
    );
}

/// Goal: one amount is one amount, in digits and words of every language.
#[test]
fn numbers_meet_with_their_magnitude() {
    assert_has(
        TraceKind::Amount,
        &[
            ("en", "a grant of 3.2 million dollars", "3.20e6 USD"),
            ("en", "a grant of $3.2m", "3.20e6 USD"),
            ("ru", "грант 3,2 млн долларов", "3.20e6 USD"),
            ("ja", "320万ドルの", "3.20e6 USD"),
            ("zh", "320万美元", "3.20e6 USD"),
            ("ar", "منحة ٣٫٢ مليون دولار", "3.20e6 USD"),
            ("az", "3,2 milyon dollar", "3.20e6 USD"),
            ("de", "49 Prozent mehr", "4.90e1 %"),
        ],
    );
    assert_has(
        TraceKind::Number,
        &[
            ("en", "1,234 pupils", "1.23e3"),
            ("ru", "1234 дома", "1.23e3"),
            ("fa", "۱۲۳۴ خانه", "1.23e3"),
        ],
    );
    assert_eq!(of_kind(TraceKind::Number, "en", "try 3 times"), [""; 0]);
    assert_eq!(of_kind(TraceKind::Number, "ja", "2025年に"), [""; 0]);
    assert_eq!(of_kind(TraceKind::Number, "en", "COP29 in 2024"), [""; 0]);
}

/// Goal: one day is one day, with and without its year.
#[test]
fn days_meet() {
    const DAY: &str = "05-07";
    assert_has(
        TraceKind::Day,
        &[
            ("en", "on May 7", DAY),
            ("en", "on 7 May 2026", DAY),
            ("de", "am 7. Mai", DAY),
            ("de", "am 07.05.2026", DAY),
            ("ru", "7 мая", DAY),
            ("ru", "7-го мая", DAY),
            ("uk", "7 травня", DAY),
            ("sr", "7. маја", DAY),
            ("az", "mayın 7-də", DAY),
            ("tr", "7 Mayıs'ta", DAY),
            ("uz", "7-may kuni", DAY),
            ("kk", "7 мамырда", DAY),
            ("ja", "5月7日に", DAY),
            ("zh", "5月7日", DAY),
            ("ko", "5월 7일", DAY),
            ("ar", "في 7 مايو", DAY),
            ("fa", "۷ مه", DAY),
            ("he", "ב-7 במאי", DAY),
            ("hi", "7 मई को", DAY),
            ("vi", "ngày 7 tháng 5", DAY),
            ("vi", "ngày 7/5", DAY),
            ("ka", "7 მაისს", DAY),
            ("hy", "մայիսի 7-ին", DAY),
            ("hu", "május 7-én", DAY),
            ("fi", "7. toukokuuta", DAY),
            ("en", "from 5-7 May", DAY),
            ("en", "from 7-9 May", DAY),
        ],
    );
}

/// Goal: abbreviations are seen in texts of every script; Roman numbers and shouted titles are
/// none.
#[test]
fn abbreviations_are_seen() {
    assert_has(
        TraceKind::Acronym,
        &[
            ("en", "a loan by ABCD today", "abcd"),
            ("ja", "ABCDが融資", "abcd"),
            ("ar", "قرض من ABCD اليوم", "abcd"),
            ("az", "ABCD-nin krediti", "abcd"),
            ("tr", "ABCD'nin kredisi", "abcd"),
            ("en", "hosts of COP31 met", "cop31"),
        ],
    );
    assert_eq!(of_kind(TraceKind::Acronym, "en", "Henry VIII reigned"), [""; 0]);
    assert_eq!(of_kind(TraceKind::Acronym, "en", "RIVERS RISE AGAIN"), [""; 0]);
}

/// Goal: what happens is seen, in the best field where it stands.
#[test]
fn events_are_seen() {
    let title = "Japan met them on a memorandum";
    let found = keys("en", Text { title, body: "A memorandum on pumps.", ..Text::default() });
    let memo = (TraceKind::Event, "memo".to_owned(), Field::Title);
    assert!(found.contains(&memo), "{found:?}");
}

/// Goal: one thing that two files name in different scripts is one thing; two persons who share
/// a surname are two.
#[test]
fn concepts_that_share_a_name_are_one() {
    let more = "country = \"JP\"\n[[concept]]\nid = \"park-2\"\nkind = \"project\"\n\
                terms = [\"Kenji Park\", \"健二公園\"]\n\
                [[concept]]\nid = \"a\"\nkind = \"person\"\nterms = [\"Yokoi Ken\", \"Yokoi\"]\n\
                [[concept]]\nid = \"b\"\nkind = \"person\"\nterms = [\"Yokoi Ran\", \"Yokoi\"]\n";
    let lexicon = [LEXICON, READINGS, more].map(|text| Source { name: "lexicon.toml", text });
    let reader = Reader::compile(&TOPIC, &lexicon).unwrap();
    let keys = |title: &str, kind: TraceKind| -> Vec<u32> {
        let seen =
            reader.seen(&reader.read(&Text { title, ..Text::default() }), &Commonness::default());
        let of_kind = seen.traces.traces.iter().filter(|it| it.kind() == Some(kind));
        of_kind.map(|it| it.key()).collect()
    };
    let [park, same] =
        ["парк Кэндзи, Япония", "日本の健二公園"].map(|it| keys(it, TraceKind::Project));
    assert_eq!((park.len(), &park), (1, &same));
    let [one, other] =
        ["Yokoi Ken, Japan", "Yokoi Ran, Japan"].map(|it| keys(it, TraceKind::Person));
    assert_ne!(one, other);
}

/// Goal: people read what two texts share in words of the text itself.
#[test]
fn labels_are_words() {
    let title = "Япония: Танабэ Акио, 3,2 млн долларов, 7 мая, меморандум";
    let seen =
        READER.seen(&READER.read(&Text { title, ..Text::default() }), &Commonness::default());
    let labels: Vec<&str> = seen.labels.iter().map(|it| it.1.as_str()).collect();
    for label in ["Танабэ Акио", "3.2 million USD", "05-07", "memo"] {
        assert!(labels.contains(&label), "{label} {labels:?}");
    }
    let keys: Vec<u32> = seen.traces.traces.iter().map(|it| it.key()).collect();
    assert_eq!(keys, seen.labels.iter().map(|it| it.0).collect::<Vec<_>>());
}

/// Goal: of a very long text what happens and the rarest traces are kept.
#[test]
fn rarest_traces_are_kept() {
    let sentences: Vec<String> =
        (1..400).map(|number| format!("{number} men paid ${number},000. ")).collect();
    let body = sentences.concat();
    let text = Text { title: "Japan: memorandum, 8,765 pumps", body: &body, ..Text::default() };
    let reading = READER.read(&text);
    let all = all_traces(READER.matcher(), &reading).traces;
    let amounts = all.iter().filter(|(trace, _)| trace.kind() == Some(TraceKind::Number));
    let commonness = Commonness::new(100, amounts.map(|(trace, _)| (trace.key(), 90)).collect());
    let traces = READER.seen(&reading, &commonness).traces.traces;
    assert_eq!(traces.len(), Traces::MAX);
    assert!(traces.is_sorted());
    let n = |kind, is_head| {
        traces.iter().filter(|it| it.kind() == Some(kind) && it.is_head() == is_head).count()
    };
    assert_eq!(n(TraceKind::Event, true), 1);
    assert!(n(TraceKind::Number, false) < n(TraceKind::Amount, false));
}

/// Goal: a mistake in the readings is told with its line.
#[test]
fn mistakes_in_readings_are_told() {
    let text =
        "[[reading]]\n[reading.sounds]\n\"田部\" = \"Tanabe\"\n[reading.forms]\n\"田部\" = \"x\"\n";
    let file = Source { name: "own.toml", text };
    let problems = Reader::compile(&TOPIC, &[file]).unwrap_err();
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    own.toml:3: "Tanabe" is no reading
      hint: write letters from a to z
    own.toml:5: "田部" is not one character
      hint: write the Japanese form alone
    "#);
}

fn seen(title: &str, body: &str) -> Sight {
    let reading = READER.read(&Text { title, body, ..Text::default() });
    READER.seen(&reading, &Commonness::default())
}

/// Goal: no text, however long, leaves more than a long article does.
///
/// Method: 100 KB of capitals, digits, ideographs, one word; what is kept is counted.
#[test]
fn what_is_kept_is_bounded() {
    for unit in
        ["A", "ABC ", "Abc'", "7", "7 ", "7.7,", "7 May ", "田", "高市", "阿", "คน", "ا", "'", "가"]
    {
        let body = unit.repeat(100_000 / unit.len());
        let Sight { traces, labels } = seen("Japan", &body);
        assert!(traces.traces.len() <= Traces::MAX && traces.grams.len() <= Traces::GRAMS_MAX);
        assert!(labels.iter().all(|it| it.1.chars().count() <= LABEL_LETTERS_MAX), "{unit}");
    }
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,12}",
        any::<String>(),
        "[A-Z][a-z']{0,8}[ .'-]",
        "[0-9]{1,5}[./ -]?(May|мая|月|%|万|million)?",
        "[高市田中渡辺阿利耶夫]{1,5}",
        Just("Japan ".to_owned()),
        Just("<b>Tana</b>be&shy; ".to_owned()),
        Just("والتنابي ג'קרטה ու μπ अलीयेव อาลี 알리 アリエフ".to_owned()),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    /// Goal: no text stops it, the same text leaves the same, and every trace has its words.
    #[test]
    fn any_text_leaves_sorted_traces(
        title in pieces(),
        body in pieces(),
        language in prop::sample::select(vec!["en", "de", "ar", "he", "zh", "ja", "ru", "uz", "vi"]),
    ) {
        let language = language.parse().ok();
        let text = Text { title: &title, body: &body, language, ..Text::default() };
        let see = || READER.seen(&READER.read(&text), &Commonness::default());
        let seen = see();
        let traces = &seen.traces.traces;
        prop_assert!(traces.is_sorted_by(|one, other| one.key() < other.key()));
        prop_assert!(seen.traces.grams.is_sorted_by(|one, other| one < other));
        let keys: Vec<u32> = traces.iter().map(|it| it.key()).collect();
        prop_assert_eq!(&keys, &seen.labels.iter().map(|it| it.0).collect::<Vec<_>>());
        prop_assert_eq!(see(), seen);
    }
}
