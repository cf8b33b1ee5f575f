//! Letters of all scripts in rough Latin: near enough to tell how a name sounds.
//!
//! Vowels need not be right, they only part consonants. Letters are folded, see `text`.

/// The letter in rough Latin; none for signs and for letters of scripts without a table.
pub(super) fn rough(letter: char) -> Option<&'static str> {
    Some(match letter {
        '\u{370}'..='\u{3ff}' => greek(letter),
        '\u{400}'..='\u{52f}' => cyrillic(letter),
        '\u{531}'..='\u{58f}' => armenian(letter),
        '\u{590}'..='\u{5ff}' => hebrew(letter),
        '\u{600}'..='\u{6ff}' => arabic(letter),
        '\u{900}'..='\u{97f}' => devanagari(letter),
        '\u{e00}'..='\u{e7f}' => thai(letter),
        '\u{10d0}'..='\u{10ff}' => georgian(letter),
        '\u{3041}'..='\u{3096}' => kana(char::from_u32(u32::from(letter) + 0x60).unwrap_or(letter)),
        '\u{30a1}'..='\u{30ff}' => kana(letter),
        _ => return None,
    })
}

fn greek(letter: char) -> &'static str {
    match letter {
        'α' | 'ά' => "a",
        'β' => "v",
        'γ' => "g",
        'δ' => "d",
        'ε' | 'έ' => "e",
        'ζ' => "z",
        'η' | 'ι' | 'υ' | 'ή' | 'ί' | 'ύ' => "i",
        'θ' | 'τ' => "t",
        'κ' => "k",
        'λ' => "l",
        'μ' => "m",
        'ν' => "n",
        'ξ' => "ks",
        'ο' | 'ω' | 'ό' | 'ώ' => "o",
        'π' => "p",
        'ρ' => "r",
        'σ' | 'ς' => "s",
        'φ' => "f",
        'χ' => "h",
        'ψ' => "ps",
        _ => "",
    }
}

fn cyrillic(letter: char) -> &'static str {
    match letter {
        'а' | 'ә' | 'я' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' | 'қ' | 'ғ' => "g",
        'д' | 'ђ' => "d",
        'е' | 'э' | 'є' | 'ё' => "e",
        'ж' => "zh",
        'з' => "z",
        'и' | 'і' | 'ї' | 'ы' | 'ӣ' => "i",
        'й' | 'ј' => "y",
        'к' => "k",
        'л' | 'љ' => "l",
        'м' => "m",
        'н' | 'њ' | 'ң' => "n",
        'о' | 'ө' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' | 'ү' | 'ұ' | 'ю' | 'ў' => "u",
        'ф' => "f",
        'х' | 'һ' | 'ҳ' => "h",
        'ц' => "ts",
        'ч' | 'ћ' | 'ҷ' => "ch",
        'џ' => "j",
        'ш' | 'щ' => "sh",
        _ => "",
    }
}

fn armenian(letter: char) -> &'static str {
    match letter {
        'ա' => "a",
        'բ' => "b",
        'գ' | 'ղ' => "g",
        'դ' => "d",
        'ե' | 'է' | 'ը' => "e",
        'զ' => "z",
        'թ' | 'տ' => "t",
        'ժ' => "zh",
        'ի' => "i",
        'լ' => "l",
        'խ' | 'հ' => "h",
        'ծ' | 'ց' => "ts",
        'կ' | 'ք' => "k",
        'ձ' => "dz",
        'ճ' | 'չ' => "ch",
        'մ' => "m",
        'յ' => "y",
        'ն' => "n",
        'շ' => "sh",
        'ո' | 'օ' => "o",
        'պ' | 'փ' => "p",
        'ջ' => "j",
        'ռ' | 'ր' => "r",
        'ս' => "s",
        // Behind a vowel that it does not melt with, as in the ending -ev.
        'վ' | 'ւ' => "v",
        'ֆ' => "f",
        _ => "",
    }
}

fn hebrew(letter: char) -> &'static str {
    match letter {
        'א' | 'ע' => "a",
        'ב' => "b",
        'ג' => "g",
        'ד' => "d",
        'ה' | 'ח' => "h",
        'ו' => "u",
        'ז' => "z",
        'ט' | 'ת' => "t",
        'י' => "y",
        'כ' | 'ך' | 'ק' => "k",
        'ל' => "l",
        'מ' | 'ם' => "m",
        'נ' | 'ן' => "n",
        'ס' => "s",
        'פ' | 'ף' => "p",
        'צ' | 'ץ' => "ts",
        'ר' => "r",
        'ש' => "sh",
        _ => "",
    }
}

fn arabic(letter: char) -> &'static str {
    match letter {
        'ا' | 'ع' => "a",
        'ب' => "b",
        'ت' | 'ط' | 'ٹ' => "t",
        'ث' | 'س' | 'ص' => "s",
        'ج' => "j",
        'ح' | 'خ' | 'ه' => "h",
        'د' | 'ڈ' => "d",
        'ذ' | 'ز' | 'ض' | 'ظ' => "z",
        'ر' | 'ڑ' => "r",
        'ش' => "sh",
        'غ' | 'گ' | 'ݢ' => "g",
        'ف' | 'ڤ' => "f",
        'ق' | 'ك' => "k",
        'ل' => "l",
        'م' => "m",
        'ن' | 'ں' => "n",
        'و' => "u",
        'ي' => "y",
        'پ' => "p",
        'چ' => "ch",
        'ژ' => "zh",
        _ => "",
    }
}

fn devanagari(letter: char) -> &'static str {
    match letter {
        'क' | 'ख' => "k",
        'ग' | 'घ' => "g",
        'च' | 'छ' => "ch",
        'ज' | 'झ' => "j",
        'ट' | 'ठ' | 'त' | 'थ' => "t",
        'ड' | 'ढ' | 'द' | 'ध' => "d",
        'ङ' | 'ञ' | 'ण' | 'न' | 'ं' | 'ँ' => "n",
        'प' => "p",
        'फ' => "f",
        'ब' | 'भ' => "b",
        'म' => "m",
        'य' => "y",
        'र' => "r",
        'ल' => "l",
        'व' => "v",
        'श' | 'ष' => "sh",
        'स' => "s",
        'ह' => "h",
        'अ' | 'आ' | 'ऑ' | 'ा' | 'ॉ' => "a",
        'इ' | 'ई' | 'ि' | 'ी' => "i",
        'उ' | 'ऊ' | 'ु' | 'ू' => "u",
        'ए' | 'ऐ' | 'े' | 'ै' => "e",
        'ओ' | 'औ' | 'ो' | 'ौ' => "o",
        _ => "",
    }
}

/// Thai writes some vowels before the consonant that they follow: those are left out.
fn thai(letter: char) -> &'static str {
    match letter {
        'ก'..='ฆ' => "k",
        'ง' | 'ณ' | 'น' => "n",
        'จ' => "j",
        'ฉ' | 'ช' | 'ฌ' => "ch",
        'ซ' | 'ศ' | 'ษ' | 'ส' => "s",
        'ญ' | 'ย' => "y",
        'ฎ' | 'ด' => "d",
        'ฏ'..='ฒ' | 'ต'..='ธ' => "t",
        'บ' => "b",
        'ป' | 'ผ' | 'พ' | 'ภ' => "p",
        'ฝ' | 'ฟ' => "f",
        'ม' => "m",
        'ร' => "r",
        'ล' | 'ฬ' => "l",
        'ว' => "w",
        'ห' | 'ฮ' => "h",
        'อ' | 'ะ' | 'ั' | 'า' => "a",
        'ำ' => "am",
        'ิ' | 'ี' => "i",
        'ึ'..='ู' => "u",
        _ => "",
    }
}

fn georgian(letter: char) -> &'static str {
    match letter {
        'ა' => "a",
        'ბ' => "b",
        'გ' | 'ღ' => "g",
        'დ' => "d",
        'ე' => "e",
        'ვ' => "v",
        'ზ' => "z",
        'თ' | 'ტ' => "t",
        'ი' => "i",
        'კ' | 'ქ' | 'ყ' => "k",
        'ლ' => "l",
        'მ' => "m",
        'ნ' => "n",
        'ო' => "o",
        'პ' | 'ფ' => "p",
        'ჟ' => "zh",
        'რ' => "r",
        'ს' => "s",
        'უ' => "u",
        'შ' => "sh",
        'ჩ' | 'ჭ' => "ch",
        'ც' | 'წ' => "ts",
        'ძ' => "dz",
        'ხ' | 'ჰ' => "h",
        'ჯ' => "j",
        _ => "",
    }
}

fn kana(letter: char) -> &'static str {
    const ROWS: [(&str, [&str; 5]); 16] = [
        ("アイウエオ", ["a", "i", "u", "e", "o"]),
        ("ァィゥェォ", ["a", "i", "u", "e", "o"]),
        ("カキクケコ", ["ka", "ki", "ku", "ke", "ko"]),
        ("ガギグゲゴ", ["ga", "gi", "gu", "ge", "go"]),
        ("サシスセソ", ["sa", "si", "su", "se", "so"]),
        ("ザジズゼゾ", ["za", "ji", "zu", "ze", "zo"]),
        ("タチツテト", ["ta", "chi", "tsu", "te", "to"]),
        ("ダヂヅデド", ["da", "ji", "zu", "de", "do"]),
        ("ナニヌネノ", ["na", "ni", "nu", "ne", "no"]),
        ("ハヒフヘホ", ["ha", "hi", "fu", "he", "ho"]),
        ("バビブベボ", ["ba", "bi", "bu", "be", "bo"]),
        ("パピプペポ", ["pa", "pi", "pu", "pe", "po"]),
        ("マミムメモ", ["ma", "mi", "mu", "me", "mo"]),
        ("ヤャユュヨ", ["ya", "ya", "yu", "yu", "yo"]),
        ("ラリルレロ", ["ra", "ri", "ru", "re", "ro"]),
        ("ワヲンヴョ", ["wa", "o", "n", "v", "yo"]),
    ];
    let places = ROWS.iter().flat_map(|(letters, rough)| letters.chars().zip(rough));
    places.filter(|(known, _)| *known == letter).map(|(_, rough)| *rough).next().unwrap_or("")
}

/// A Hangul syllable in rough Latin: its first consonant, its vowel, its last consonant.
pub(super) fn hangul(syllable: char) -> Option<[&'static str; 3]> {
    const FIRST: [&str; 19] = [
        "g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t",
        "p", "h",
    ];
    const VOWELS: [&str; 21] = [
        "a", "e", "ya", "ye", "e", "e", "ye", "e", "o", "wa", "we", "e", "yo", "u", "wo", "we",
        "wi", "yu", "u", "i", "i",
    ];
    const LAST: [&str; 28] = [
        "", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "p", "l", "l", "p", "l", "m", "p",
        "p", "t", "t", "n", "t", "t", "k", "t", "p", "t",
    ];
    let number = u32::from(syllable).checked_sub(0xac00)? as usize;
    Some([FIRST.get(number / 588)?, VOWELS[number % 588 / 28], LAST[number % 28]])
}

/// Letters of Latin that folding makes another one than they sound.
pub(super) fn marked(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ç' | 'Ç' | 'č' | 'Č' | 'ć' | 'Ć' => "ch",
        'ş' | 'Ş' | 'š' | 'Š' | 'ș' | 'Ș' | 'ś' | 'Ś' => "sh",
        'ž' | 'Ž' | 'ż' | 'Ż' | 'ź' | 'Ź' => "zh",
        'ț' | 'Ț' | 'ţ' | 'Ţ' => "ts",
        'ğ' | 'Ğ' => "",
        _ => return None,
    })
}

/// What a language writes otherwise than English, longest first; folded.
pub(super) fn spellings(language: &str) -> &'static [(&'static str, &'static str)] {
    match language {
        "az" => &[("x", "h"), ("c", "j"), ("q", "g"), ("j", "zh")],
        "tr" => &[("c", "j")],
        "tk" => &[("j", "j"), ("w", "v")],
        "uz" => &[("x", "h")],
        "de" => &[
            ("dsch", "dz"),
            ("tsch", "ch"),
            ("sch", "sh"),
            ("ch", "h"),
            ("j", "y"),
            ("w", "v"),
            ("z", "ts"),
        ],
        "pl" => &[
            ("dz", "dz"),
            ("sz", "sh"),
            ("cz", "ch"),
            ("rz", "zh"),
            ("ch", "h"),
            ("j", "y"),
            ("w", "v"),
            ("c", "ts"),
        ],
        "cs" | "sk" => &[("ch", "h"), ("j", "y"), ("c", "ts")],
        "sr" | "hr" | "bs" | "sl" => &[("dj", "dz"), ("j", "y"), ("c", "ts")],
        "lv" | "lt" | "et" => &[("j", "y"), ("c", "ts")],
        "fr" => &[("tch", "ch"), ("dj", "j"), ("ch", "sh")],
        "it" => &[("gh", "g"), ("ch", "k"), ("sc", "sh")],
        "es" => &[("j", "h")],
        "pt" => &[("ch", "sh")],
        "nl" => &[("tsj", "ch"), ("dzj", "dz"), ("sj", "sh"), ("j", "y"), ("w", "v")],
        "hu" => &[
            ("dzs", "j"),
            ("cs", "ch"),
            ("zs", "zh"),
            ("sz", "z"),
            ("gy", "j"),
            ("j", "y"),
            ("s", "sh"),
            ("c", "ts"),
        ],
        "fi" | "sv" | "nb" | "no" | "da" | "is" => &[("j", "y")],
        _ => &[],
    }
}
