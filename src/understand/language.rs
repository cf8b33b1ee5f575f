//! Which language a text is in.
//!
//! Script and marker letters decide first: they are certain even in a title of three words.
//! Then the language that the feed declares, if the text does not speak against it; then
//! statistics.

use super::text::plain;
use crate::model::Language;

/// Letters looked at: more do not make the answer better.
const LETTERS_MAX: usize = 600;

/// Below so many letters, statistics do not overrule what the feed declares.
const LETTERS_SURE: usize = 80;

/// Share of kana from which Han characters are Japanese.
const KANA_SHARE: f64 = 0.05;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writing {
    Latin,
    Cyrillic,
    Arabic,
    Han,
    Kana,
    /// A script that one main language uses.
    Own(&'static str),
}

fn writing_of(letter: char) -> Option<Writing> {
    Some(match letter {
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{259}' | '\u{1e00}'..='\u{1eff}' => {
            Writing::Latin
        }
        '\u{400}'..='\u{52f}' => Writing::Cyrillic,
        '\u{600}'..='\u{6ff}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' => {
            Writing::Arabic
        }
        '\u{3400}'..='\u{9fff}' => Writing::Han,
        '\u{3041}'..='\u{30ff}' | '\u{ff66}'..='\u{ff9f}' => Writing::Kana,
        '\u{ac00}'..='\u{d7a3}' | '\u{1100}'..='\u{11ff}' => Writing::Own("ko"),
        '\u{590}'..='\u{5ff}' => Writing::Own("he"),
        '\u{370}'..='\u{3ff}' => Writing::Own("el"),
        '\u{530}'..='\u{58f}' => Writing::Own("hy"),
        '\u{10a0}'..='\u{10ff}' => Writing::Own("ka"),
        '\u{900}'..='\u{97f}' => Writing::Own("hi"),
        '\u{980}'..='\u{9ff}' => Writing::Own("bn"),
        '\u{a00}'..='\u{a7f}' => Writing::Own("pa"),
        '\u{b80}'..='\u{bff}' => Writing::Own("ta"),
        '\u{c00}'..='\u{c7f}' => Writing::Own("te"),
        '\u{e00}'..='\u{e7f}' => Writing::Own("th"),
        '\u{1000}'..='\u{109f}' => Writing::Own("my"),
        '\u{1200}'..='\u{137f}' => Writing::Own("am"),
        '\u{1780}'..='\u{17ff}' => Writing::Own("km"),
        _ => return None,
    })
}

/// Languages that a declaration may name, by writing.
const LATIN: &str = "af az bs ca cs cy da de en es et eu fi fr ga gl hr hu id is it kk ku lt lv ms nb nl nn no pl pt \
    ro sk sl so sq sr sv sw tk tl tr uz vi";
const CYRILLIC: &str = "az be bg kk ky mk mn ru sr tg tk tt uk uz";
const ARABIC: &str = "ar az ckb fa ku ps sd ug ur";
const HINDI_LIKE: &str = "hi mr ne sa";

/// Letters that only one language of a writing uses, most telling first.
const LATIN_MARKERS: &[(&str, &str)] = &[
    ("az", "əƏ"),
    ("vi", "ơưđạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"),
    ("pl", "łąęśżźńćŁŚŻŹĆ"),
    ("ro", "ășțȘȚ"),
    ("hu", "őűŐŰ"),
    ("cs", "řůěŘŮĚ"),
    ("sk", "ľĺŕĽ"),
    ("lv", "āēīūķļņģ"),
    ("lt", "ėųįĖ"),
    ("tr", "ıİğĞ"),
    ("de", "ßẞ"),
    ("es", "ñ¿¡Ñ"),
    ("pt", "ãõÃÕ"),
    ("is", "þðÞÐ"),
    ("fr", "œŒ"),
];

const CYRILLIC_MARKERS: &[(&str, &str)] = &[
    ("kk", "әқңұҚӘҢҰ"),
    ("tg", "ҷӣӯҶ"),
    ("uz", "ҳҲ"),
    ("be", "ўЎ"),
    ("mk", "ѓќѓЃЌ"),
    ("sr", "љњђћџјЉЊЂЋЏЈ"),
    ("uk", "їєґіЇЄҐІ"),
    ("ky", "өүңӨҮ"),
    ("ru", "ыэёЫЭЁ"),
];

const ARABIC_MARKERS: &[(&str, &str)] =
    &[("ur", "ٹڈڑںےہھ"), ("ckb", "ۆێڕڵە"), ("ps", "ښځڅړڼ"), ("fa", "پچژگکی"), ("ar", "ةىيكأإؤئ")];

/// Characters that only Japanese, or only Chinese, writes in this form.
const JAPANESE_HAN: &str = "対経済発駅県気帰広訳両価囲売変応戦権検験観関労毎総沢浜辺団拠択拡桜歳続聴読譲豊転軽\
    鉄銭険雑顔駆黒齢駐訪議員閣僚談産業贈込働歩";
const CHINESE_HAN: &str =
    "们这对经济发访问与关时间议长东乐业际签谈举办总统为从说个进开设华车书习记论还将两塞疆";

/// Small words that tell languages of one writing apart in short titles.
const WORDS: &[(&str, &[&str])] = &[
    ("en", &["the", "of", "and", "to", "in", "for", "on", "with", "at", "is", "by", "from", "as"]),
    (
        "de",
        &[
            "der", "die", "das", "und", "in", "für", "im", "auf", "mit", "von", "zu", "des", "den",
            "ein", "eine", "nach", "vor", "wird", "sich", "ist",
        ],
    ),
    (
        "fr",
        &[
            "le", "la", "les", "des", "du", "et", "à", "en", "pour", "un", "une", "sur", "dans",
            "au", "avec", "par",
        ],
    ),
    (
        "es",
        &[
            "el", "la", "los", "las", "de", "del", "y", "en", "para", "un", "una", "con", "por",
            "su", "al",
        ],
    ),
    (
        "it",
        &[
            "il", "lo", "la", "i", "gli", "di", "del", "della", "e", "in", "per", "un", "una",
            "con", "dei", "nel", "alla", "tra",
        ],
    ),
    (
        "pt",
        &[
            "o", "os", "as", "de", "do", "da", "dos", "e", "em", "para", "um", "uma", "com", "no",
            "na", "ao",
        ],
    ),
    (
        "nl",
        &["de", "het", "een", "en", "van", "voor", "met", "op", "in", "te", "naar", "zijn", "over"],
    ),
    ("pl", &["w", "z", "i", "na", "do", "o", "się", "po", "dla", "oraz", "za", "od"]),
    (
        "tr",
        &[
            "ve", "ile", "için", "bir", "bu", "da", "de", "yeni", "olarak", "sonra", "göre",
            "daha", "oldu",
        ],
    ),
    (
        "az",
        &[
            "və",
            "ve",
            "ilə",
            "ile",
            "üçün",
            "ucun",
            "bir",
            "bu",
            "olub",
            "edib",
            "edilib",
            "haqqında",
            "üzrə",
            "arasında",
            "yeni",
        ],
    ),
    ("cs", &["v", "a", "na", "s", "se", "do", "pro", "za", "o", "z", "je"]),
    ("sv", &["och", "i", "på", "för", "av", "med", "till", "en", "ett", "som", "är"]),
    ("id", &["di", "dan", "yang", "ke", "dari", "untuk", "dengan", "pada", "ini"]),
    ("ro", &["și", "în", "la", "cu", "pe", "de", "din", "pentru", "un", "o"]),
    ("hu", &["a", "az", "és", "egy", "hogy", "nem", "is"]),
    ("uz", &["va", "bilan", "uchun", "bu", "bir", "haqida", "yangi", "bo'yicha"]),
    ("ru", &["в", "и", "на", "с", "о", "по", "для", "из", "не", "к", "что", "от", "за"]),
    ("uk", &["в", "у", "і", "й", "на", "з", "та", "про", "до", "за", "від", "не"]),
    ("bg", &["в", "и", "на", "с", "за", "от", "се", "да", "по", "към"]),
    ("fa", &["در", "به", "از", "با", "را", "برای", "که", "این"]),
    ("ar", &["في", "من", "على", "مع", "إلى", "عن", "بين"]),
];

/// The language of `text`, which may hold markup; `declared` is the feed's word.
pub(super) fn detect(text: &str, declared: Option<Language>) -> Language {
    let sample: String = plain(text).chars().take(2 * LETTERS_MAX).collect();
    let Some(writing) = main_writing(&sample) else {
        return declared.unwrap_or(Language::UNKNOWN);
    };
    match writing {
        Writing::Own("hi") => declared_among(HINDI_LIKE, declared).unwrap_or(language("hi")),
        Writing::Own(tag) => language(tag),
        Writing::Kana => language("ja"),
        Writing::Han => han(&sample, declared),
        Writing::Latin => lettered(&sample, declared, LATIN, LATIN_MARKERS),
        Writing::Cyrillic => lettered(&sample, declared, CYRILLIC, CYRILLIC_MARKERS),
        Writing::Arabic => lettered(&sample, declared, ARABIC, ARABIC_MARKERS),
    }
}

fn main_writing(sample: &str) -> Option<Writing> {
    let mut counts: Vec<(Writing, usize)> = Vec::new();
    for writing in sample.chars().filter_map(writing_of).take(LETTERS_MAX) {
        match counts.iter_mut().find(|(known, _)| *known == writing) {
            Some((_, count)) => *count += 1,
            None => counts.push((writing, 1)),
        }
    }
    let count = |wanted| counts.iter().find(|(it, _)| *it == wanted).map_or(0, |(_, count)| *count);
    let (han, kana) = (count(Writing::Han), count(Writing::Kana));
    let weight = |(writing, count): &(Writing, usize)| match writing {
        // One ideograph says as much as two or three letters.
        Writing::Han | Writing::Kana => 5 * (han + kana) / 2,
        _ => *count,
    };
    let (best, _) = counts.iter().copied().rev().max_by_key(|it| weight(it))?;
    let is_japanese = KANA_SHARE * as_f64(han + kana) <= as_f64(kana) && 0 < kana;
    Some(match best {
        Writing::Han | Writing::Kana if is_japanese => Writing::Kana,
        Writing::Han | Writing::Kana => Writing::Han,
        other => other,
    })
}

fn han(sample: &str, declared: Option<Language>) -> Language {
    let count = |letters: &str| sample.chars().filter(|letter| letters.contains(*letter)).count();
    match count(JAPANESE_HAN).cmp(&count(CHINESE_HAN)) {
        std::cmp::Ordering::Greater => language("ja"),
        std::cmp::Ordering::Less => language("zh"),
        std::cmp::Ordering::Equal => {
            declared_among("ja zh yue", declared).unwrap_or(language("zh"))
        }
    }
}

/// Points for each language of a writing; the most points win.
fn lettered(
    sample: &str,
    declared: Option<Language>,
    tags: &str,
    markers: &[(&str, &str)],
) -> Language {
    const MARKER: f64 = 1.0;
    const WORD: f64 = 1.5;
    const DECLARED: f64 = 4.0;
    const STATISTICS: f64 = 2.0;
    const STATISTICS_OF_LONG_TEXT: f64 = 6.0;

    let mut points: Vec<(Language, f64)> = Vec::new();
    let mut add = |language: Language, more: f64| match points
        .iter_mut()
        .find(|(known, _)| *known == language)
    {
        Some((_, sum)) => *sum += more,
        None => points.push((language, more)),
    };
    for (tag, letters) in markers {
        let count = sample.chars().filter(|letter| letters.contains(*letter)).count();
        add(language(tag), MARKER * as_f64(count));
    }
    for word in sample.split(|c: char| !c.is_alphabetic() && c != '\'') {
        let word = word.to_lowercase();
        let users = WORDS.iter().filter(|(tag, words)| {
            tags.split_whitespace().any(|it| it == *tag) && words.contains(&word.as_str())
        });
        users.for_each(|(tag, _)| add(language(tag), WORD));
    }
    if let Some(declared) = declared_among(tags, declared) {
        add(declared, DECLARED);
    }
    if let Some((language, is_sure)) = statistics(sample, tags) {
        let is_long = LETTERS_SURE <= sample.chars().filter(|c| c.is_alphabetic()).count();
        add(language, if is_long && is_sure { STATISTICS_OF_LONG_TEXT } else { STATISTICS });
    }
    let best = points.iter().rev().max_by(|(_, one), (_, other)| one.total_cmp(other));
    match best {
        Some((language, points)) if 0.0 < *points => *language,
        _ => Language::UNKNOWN,
    }
}

/// The guess of trigram statistics, and whether they call it reliable.
fn statistics(sample: &str, tags: &str) -> Option<(Language, bool)> {
    let known: Vec<whatlang::Lang> = CODES
        .iter()
        .filter(|(_, tag)| tags.split_whitespace().any(|it| it == *tag))
        .map(|(lang, _)| *lang)
        .collect();
    let info = whatlang::Detector::with_allowlist(known).detect(sample)?;
    let (_, tag) = CODES.iter().find(|(lang, _)| *lang == info.lang())?;
    Some((language(tag), info.is_reliable()))
}

/// The languages that the statistics know and that we meet.
const CODES: &[(whatlang::Lang, &str)] = {
    use whatlang::Lang;
    &[
        (Lang::Ara, "ar"),
        (Lang::Aze, "az"),
        (Lang::Bel, "be"),
        (Lang::Bul, "bg"),
        (Lang::Cat, "ca"),
        (Lang::Ces, "cs"),
        (Lang::Dan, "da"),
        (Lang::Deu, "de"),
        (Lang::Eng, "en"),
        (Lang::Spa, "es"),
        (Lang::Est, "et"),
        (Lang::Fin, "fi"),
        (Lang::Fra, "fr"),
        (Lang::Hrv, "hr"),
        (Lang::Hun, "hu"),
        (Lang::Ind, "id"),
        (Lang::Ita, "it"),
        (Lang::Lit, "lt"),
        (Lang::Lav, "lv"),
        (Lang::Mkd, "mk"),
        (Lang::Nld, "nl"),
        (Lang::Nob, "nb"),
        (Lang::Pes, "fa"),
        (Lang::Pol, "pl"),
        (Lang::Por, "pt"),
        (Lang::Ron, "ro"),
        (Lang::Rus, "ru"),
        (Lang::Slk, "sk"),
        (Lang::Slv, "sl"),
        (Lang::Srp, "sr"),
        (Lang::Swe, "sv"),
        (Lang::Tur, "tr"),
        (Lang::Tuk, "tk"),
        (Lang::Ukr, "uk"),
        (Lang::Urd, "ur"),
        (Lang::Uzb, "uz"),
        (Lang::Vie, "vi"),
    ]
};

fn declared_among(tags: &str, declared: Option<Language>) -> Option<Language> {
    declared.filter(|declared| tags.split_whitespace().any(|tag| tag == declared.as_str()))
}

fn language(tag: &str) -> Language {
    Language::of_tag(tag).unwrap_or(Language::UNKNOWN)
}

/// Counts here are small, so nothing is lost.
fn as_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(text: &str, declared: &str) -> String {
        detect(text, Language::of_tag(declared).ok()).to_string()
    }

    /// Goal: cues are looked up in the right language, even for a title of a few words.
    #[test]
    fn short_titles_are_told_apart() {
        for (text, language) in [
            ("Bakıda Yaponiya səfirliyinin qəbulu", "az"),
            ("Japonya Büyükelçisi Bakü'de öğrencilerle buluştu", "tr"),
            ("سفیر ژاپن در باکو با وزیر انرژی گفتگو کرد", "fa"),
            ("سفير اليابان في باكو يلتقي وزير الطاقة", "ar"),
            ("Посол Японии встретился в Баку с министром", "ru"),
            ("Посол Японії зустрівся в Баку з міністром", "uk"),
            ("駐日大使、関西企業を訪問", "ja"),
            ("日本大使会见阿塞拜疆能源部长", "zh"),
            ("주아제르바이잔 일본 대사 면담", "ko"),
            ("Japan's ambassador meets the energy minister", "en"),
            ("Japans Botschafter trifft die Energieministerin in Baku", "de"),
        ] {
            assert_eq!(detected(text, ""), language, "{text}");
        }
    }

    /// Goal: a feed's word counts where the text allows it, and only there.
    #[test]
    fn declaration_is_believed_when_it_fits_the_script() {
        assert_eq!(detected("Bakida gorus", "az"), "az");
        assert_eq!(detected("Посол в Баку", "en"), "ru");
        assert_eq!(detected("2:1", "de"), "de");
        assert_eq!(detected("", ""), "und");
    }
}
