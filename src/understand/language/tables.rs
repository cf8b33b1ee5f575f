//! Letters and words that tell languages apart.

/// Languages that a declaration may name, by writing.
pub(super) const LATIN: &str = "af az bs ca cs cy da de en es et eu fi fr ga gl hr hu id is it kk ku lt lv ms nb nl nn no pl pt \
    ro sk sl so sq sr sv sw tk tl tr uz vi";
pub(super) const CYRILLIC: &str = "az be bg kk ky mk mn ru sr tg tk tt uk uz";
pub(super) const ARABIC: &str = "ar az ckb fa ku ps sd ug ur";
pub(super) const HINDI_LIKE: &str = "hi mr ne sa";

/// The most common language of each writing: wins where nothing else is known.
pub(super) const MOST_COMMON: &[&str] = &["en", "ru", "ar"];

/// Letters that tell a language from its neighbours. A neighbour that has them too lists them
/// too, so that only the letters that it lacks speak against it; of equals the first wins.
pub(super) const LATIN_MARKERS: &[(&str, &str)] = &[
    ("vi", "ơưđạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"),
    ("pl", "łąęśżźńćŁŚŻŹĆ"),
    ("ro", "ășțȘȚ"),
    ("hu", "őűŐŰ"),
    ("cs", "řůěŘŮĚ"),
    ("sk", "ľĺŕĽ"),
    ("lv", "āēīūķļņģ"),
    ("lt", "ėųįĖ"),
    ("tr", "ıİğĞşŞçÇöÖüÜ"),
    ("az", "əƏıİğĞşŞçÇöÖüÜ"),
    ("de", "ßẞ"),
    ("es", "ñ¿¡Ñ"),
    ("pt", "ãõÃÕ"),
    ("is", "þðÞÐ"),
    ("fr", "œŒ"),
];

pub(super) const CYRILLIC_MARKERS: &[(&str, &str)] = &[
    ("ru", "ыэёЫЭЁ"),
    ("uk", "їєґіЇЄҐІ"),
    ("be", "ўЎіІыэёЫЭЁ"),
    ("kk", "әқңұғүөһіыэёҚӘҢҰҒҮӨҺІЫЭЁ"),
    ("ky", "өүңыэёӨҮҢЫЭЁ"),
    ("tg", "ҷӣӯқҳғёэҶӢӮҚҲҒЁЭ"),
    ("uz", "ўқғҳёэЎҚҒҲЁЭ"),
    ("mk", "ѓќѕљњџјЃЌЅЉЊЏЈ"),
    ("sr", "љњђћџјЉЊЂЋЏЈ"),
];

pub(super) const ARABIC_MARKERS: &[(&str, &str)] = &[
    ("ar", "ةىيكأإؤئ"),
    ("fa", "پچژگکی"),
    ("ur", "پچژگکیٹڈڑںےہھ"),
    ("ckb", "پچژگکیۆێڕڵە"),
    ("ps", "پچژگکیښځڅړڼ"),
];

/// Characters that only Japanese, or only Chinese, writes in this form.
pub(super) const JAPANESE_HAN: &str = "対経済発駅県気帰広訳両価囲売変応戦権検験観関労毎総沢浜辺団拠択拡桜歳続聴読譲豊転軽\
    鉄銭険雑顔駆黒齢込働歩";
pub(super) const CHINESE_HAN: &str =
    "们这对经济发访问与关时间议长东乐业际签谈举办总统为从说个进开设华车书习记论还将两塞疆";

/// Small words that tell languages of one writing apart in short titles.
pub(super) const WORDS: &[(&str, &[&str])] = &[
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

/// The languages that the statistics know and that we meet.
pub(super) const CODES: &[(whatlang::Lang, &str)] = {
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
