//! The judge with the shipped lexicon, topic and model: ties, their neighbours, mistakes.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::model::{Aspect, EvidenceKind, Field};

macro_rules! shipped {
    ($name:literal) => {
        Source {
            name: concat!("config/", $name),
            text: include_str!(concat!("../../../config/", $name)),
        }
    };
}

const TOPIC: Source<'_> = shipped!("topics/japan-azerbaijan.toml");
const MODEL: Source<'_> = shipped!("model.toml");
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

static SHIPPED: LazyLock<Judge> = LazyLock::new(|| match Judge::compile(&TOPIC, LEXICON, &MODEL) {
    Ok(judge) => judge,
    Err(problems) => {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("{}", problems.join("\n"));
    }
});

fn judged(title: &str, summary: &str) -> Judgement {
    SHIPPED.judge(&Text { title, summary, ..Text::default() })
}

const RECEPTION: (&str, &str) = (
    "Empfang der japanischen Botschaft in Baku",
    "Botschafter Katsuya Watanabe und Aserbaidschans Vize-Energieminister sprachen über den \
     Handel, der um 49 Prozent auf 452 Millionen US-Dollar stieg, und über die Partnerschaft \
     zweier Städte.",
);

/// Goal: the archetype of a match is flagged, with its words, aspects and amounts.
#[test]
fn reception_of_an_embassy_is_flagged_and_explained() {
    let judgement = judged(RECEPTION.0, RECEPTION.1);
    assert_eq!(judgement.verdict, Verdict::Match, "{judgement:?}");
    assert_eq!(judgement.language.as_str(), "de");
    assert!(judgement.aspects.contains(&Aspect::Diplomacy), "{:?}", judgement.aspects);
    let units: Vec<&str> = judgement.figures.iter().map(|it| it.unit.as_str()).collect();
    assert_eq!(units, ["%", "USD"]);
    for side in SHIPPED.sides() {
        assert!(judgement.evidence.iter().any(|it| it.side == Some(side)), "{side}");
    }
}

/// Goal: a tie is found in every script.
#[test]
fn ties_are_flagged_in_many_languages() {
    for (title, summary) in [
        (
            "Japan's ambassador meets Azerbaijani energy minister in Baku",
            "They discussed cooperation in green hydrogen and signed a memorandum.",
        ),
        ("アゼルバイジャン大統領、日本の外相と会談", "両国はエネルギー協力の覚書に署名した。"),
        ("Yaponiya səfiri Gəncədə məktəbin açılışında iştirak edib", ""),
        (
            "Посол Японии в Азербайджане посетил Сумгайыт",
            "Стороны обсудили сотрудничество в сфере экологии.",
        ),
        ("日本与阿塞拜疆签署税收协定", "双方将扩大投资与贸易合作。"),
        (
            "일본 정부, 아제르바이잔 지뢰 제거에 무상 원조",
            "바쿠 주재 일본 대사관에서 서명식이 열렸다.",
        ),
        ("وزير الطاقة الأذربيجاني يبحث مع السفير الياباني التعاون في الهيدروجين", ""),
        ("سفیر ژاپن در باکو با وزیر اقتصاد جمهوری آذربایجان دیدار کرد", "همکاری تجاری بررسی شد."),
        (
            "Japonya Bakü Büyükelçisi, Azerbaycan Ekonomi Bakanı ile görüştü",
            "İş birliği ele alındı.",
        ),
    ] {
        let judgement = judged(title, summary);
        assert_eq!(judgement.verdict, Verdict::Match, "{title}: {judgement:?}");
    }
}

/// Goal: no false alarm for what only looks alike, beside the ties above.
#[test]
fn look_alikes_and_lists_are_not_flagged() {
    for (title, summary) in [
        ("夢を食べる獏の展示、上野動物園で", "悪夢を食べるというバクは日本の子どもに人気だ。"),
        (
            "Japon otomobilinde bakım ücretleri arttı",
            "Toyota servisleri bakım için yeni fiyat açıkladı.",
        ),
        (
            "سفیر ژاپن در تبریز: همکاری با استان آذربایجان شرقی",
            "استاندار آذربایجان شرقی از سرمایه‌گذاران ژاپنی دعوت کرد.",
        ),
        ("افزایش قیمت تنباکو در ژاپن", "شرکت ژاپنی تنباکو قیمت‌ها را بالا برد."),
        (
            "Judo: Japan führt den Medaillenspiegel an",
            "Gold: Japan 5, Frankreich 3, Georgien 2, Aserbaidschan 1, Italien 1, Usbekistan 1.",
        ),
        ("SOCAR、社債を発行へ", "日本経済新聞によると、金利は5％。"),
        (
            "Tokyo stocks close higher; Baku hosts chess final",
            "In brief: markets, weather and sport from around the world.",
        ),
        (
            "Armenia and Japan sign agreement on technology",
            "Yerevan hosted Japan's envoy; Azerbaijan was mentioned.",
        ),
    ] {
        let judgement = judged(title, summary);
        assert_ne!(judgement.verdict, Verdict::Match, "{title}: {judgement:?}");
    }
}

/// Goal: an outlet at home may leave its own country out.
#[test]
fn home_of_the_outlet_stands_for_its_side() {
    let title = "Минэнерго и посол Японии обсудили сотрудничество и подписали меморандум";
    let at = |home| SHIPPED.judge(&Text { title, home, ..Text::default() });
    let home = at(Side::Country("AZ".parse().unwrap()));
    assert!(home.evidence.iter().any(|it| it.kind == EvidenceKind::Home), "{home:?}");
    assert_ne!(at(Side::Third).verdict, Verdict::Match);
    assert!(at(Side::Third).score < home.score);
}

/// Goal: somebody who asks why there was no alert gets a plain answer.
#[test]
fn near_matches_say_why_they_are_not_flagged() {
    let list = judged(
        "Visa-free travel grows",
        "The list names Japan, Azerbaijan, Georgia, Turkey, Kazakhstan and Uzbekistan.",
    );
    let why = list.why_not.unwrap_or_default();
    assert_eq!(why, "both countries stand in a list of 6 countries");
    let armenia = judged(
        "Armenia and Japan sign agreement in Yerevan",
        "Armenian and Japanese ministers met. Armenia and Azerbaijan were discussed. Armenia thanked Japan.",
    );
    let why = armenia.why_not.unwrap_or_default();
    assert_eq!(why, "the tie is with Armenia; Azerbaijan is only mentioned");
    let home = judged("SOCAR、原油価格に言及", "");
    let why = home.why_not.unwrap_or_default();
    assert_eq!(why, "only the outlet's home speaks for Japan, and no word tells of a tie");
    assert_eq!(judged(RECEPTION.0, RECEPTION.1).why_not, None);
    assert_eq!(judged("Rain in Tokyo", "").why_not, None);
}

/// Goal: all mistakes of an operator are told at once, with their places.
#[test]
fn mistakes_in_all_files_are_told_at_once() {
    let topic = Source {
        name: "topic.toml",
        text: "name = \"t\"\n[[side]]\ncountry = \"Japan\"\n[thresholds]\nmatch = 2\n\
               match_at_home = 0.6\nnear_miss = 0.5\n",
    };
    let lexicon = Source {
        name: "a.toml",
        text: "country = \"JP\"\n[[list]]\nkind = \"plaice\"\nterms = [\"x\"]\n[[list]]\n\
               kind = \"place\"\nterms = [\"-\"]\n",
    };
    let problems = Judge::compile(&topic, &[lexicon], &MODEL).unwrap_err();
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    topic.toml:3: "Japan" is not a country code of two capitals
      hint: write a code like "JP"
    topic.toml:5: score 2 is not between 0 and 1
      hint: write a number like 0.5
    a.toml:3: "plaice" is no kind
      hint: write one of: country, capital, place, official, person, body, company, university, organisation, project, pair, short-pair, name, art, home, mask
    a.toml:7: term "-" has no letters
      hint: remove it
    "#);
}

/// Goal: the same name for both sides is found before it flags everything.
#[test]
fn term_of_two_parties_is_refused() {
    let one = Source {
        name: "one.toml",
        text: "country = \"JP\"\n[[list]]\nkind = \"place\"\nterms = [\"Ōta\"]\n",
    };
    let other = Source {
        name: "other.toml",
        text: "country = \"AZ\"\n[[list]]\nkind = \"place\"\nterms = [\"ota\"]\n",
    };
    let problems = Judge::compile(&TOPIC, &[one, other], &MODEL).unwrap_err();
    assert_eq!(problems[0].message, "\"ota\" also names \"Ōta\"");
    assert_eq!((problems[0].file.as_str(), problems[0].line), ("other.toml", Some(4)));
}

/// Goal: another weight is another basis, so that old judgements can be told apart.
#[test]
fn basis_names_the_files() {
    let scale = "[scale.title]\nmiddle = 0\nslope = 1\n[scale.summary]\nmiddle = 0\nslope = 1\n\
                 [scale.body]\nmiddle = 0\nslope = 1\n[weights]\n[stories]\nbias = 0\nthreshold = 0\n";
    let text = format!("bias = 0\n{scale}");
    let model = Source { name: MODEL.name, text: &text };
    let other = Judge::compile(&TOPIC, LEXICON, &model).unwrap();
    assert_ne!(other.basis(), SHIPPED.basis());
}

/// Goal: a text of ten megabytes without a line end costs seconds at most, even unoptimised.
#[test]
fn huge_texts_are_judged_in_part() {
    let body = "<b>Japan, Azerbaijan &amp; Tokyo <".repeat(10_000_000 / 33);
    let judgement = SHIPPED.judge(&Text { body: &body, ..Text::default() });
    assert_ne!(judgement.verdict, Verdict::Match);
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,12}",
        Just("Japan ".to_owned()),
        Just("Azərbaycan, ".to_owned()),
        Just("ﾊﾞｸｰ".to_owned()),
        Just("<p>Tok&shy;yo</p>".to_owned()),
        Just("signed an agreement. ".to_owned()),
        Just("452 Millionen US-Dollar ".to_owned()),
        Just("日ア".to_owned()),
        Just("واليابان\u{200c} ".to_owned()),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// What feeds bring when they are broken, or when somebody tries.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        pieces(),
        any::<String>(),
        any::<Vec<u16>>().prop_map(|units| {
            // JSON escapes of unpaired surrogates, as readers resolve them.
            char::decode_utf16(units).map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }),
        "[\\x00-\\x1f\\x7f\\u{202a}-\\u{202e}\\u{2066}-\\u{2069}]{0,8}",
        (0..400_usize).prop_map(|depth| "<div><b>".repeat(depth)),
        (0..400_usize).prop_map(|depth| "<!--<a href='\"".repeat(depth)),
        (0..400_usize).prop_map(|depth| "&#x".repeat(depth)),
        Just("в Баку اليابان בקו 日本 ไทย टोक्यो".to_owned()),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

/// Goal: no text, however long, makes the judge keep more of it than of a long article.
///
/// Method: ten megabytes of what feeds bring when they are broken; what is folded and what is
/// shown of it is counted. How long that takes is not.
#[test]
fn what_is_kept_of_a_text_is_bounded() {
    for unit in
        ["<a ", "<!-- ", "&amp;", "Japan Baku ", "日本", "ال", "a\u{300}", "'\"<", "\u{202e}b"]
    {
        let body = unit.repeat(10_000_000 / unit.len());
        let folded = crate::understand::text::fold(&body);
        assert!(folded.as_str().len() < 300_000, "{unit}");
        let judgement = SHIPPED.judge(&Text { body: &body, ..Text::default() });
        assert!(judgement.evidence.len() <= 40, "{unit}");
    }
}

proptest! {
    /// Goal: no text stops the judge, and the same text is judged the same.
    #[test]
    fn hostile_texts_get_a_judgement(title in hostile(), body in hostile()) {
        let text = Text { title: &title, summary: &body, body: &body, ..Text::default() };
        prop_assert_eq!(SHIPPED.judge(&text), SHIPPED.judge(&text));
    }

    /// Goal: evidence can always be highlighted, and explains the score to the last digit.
    #[test]
    fn evidence_is_a_slice_and_sums_to_the_score(title in pieces(), body in pieces()) {
        let text = Text { title: &title, body: &body, ..Text::default() };
        let judgement = SHIPPED.judge(&text);
        for it in &judgement.evidence {
            let field = match it.field {
                Field::Title => &title,
                Field::Summary => "",
                Field::Body => &body,
            };
            prop_assert_eq!(field.get(it.start..it.end), Some(it.text.as_str()));
        }
        let sum: f64 = judgement.evidence.iter().map(|it| it.weight).sum();
        prop_assert!((sum - judgement.score.value()).abs() < 1e-9, "{:?}", judgement);
        prop_assert_eq!(SHIPPED.judge(&text), judgement);
    }
}
