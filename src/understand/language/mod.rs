//! Which language a text is in.
//!
//! Script and marker letters decide first: they are certain even in a title of three words.
//! Then the language that the feed declares, if the text does not speak against it; then
//! statistics.

mod tables;

use self::tables::{
    ARABIC, ARABIC_MARKERS, CHINESE_HAN, CODES, CYRILLIC, CYRILLIC_MARKERS, HINDI_LIKE,
    JAPANESE_HAN, LATIN, LATIN_MARKERS, MOST_COMMON, WORDS,
};
use super::text::plain;
use crate::model::Language;

/// Letters looked at: more do not make the answer better.
const LETTERS_MAX: usize = 600;

/// Below so many letters, statistics do not overrule what the feed declares.
const LETTERS_SURE: usize = 80;

/// A declaration counts as much as so many telling characters.
const HAN_DECLARED: usize = 4;

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

/// The language of `text`, which may hold markup; `declared` is the feed's word.
pub fn detect(text: &str, declared: Option<Language>) -> Language {
    let sample: String = plain(text).chars().take(LETTERS_MAX).collect();
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
    let (mut japanese, mut chinese) = (count(JAPANESE_HAN), count(CHINESE_HAN));
    match declared_among("ja zh", declared).as_ref().map(Language::as_str) {
        Some("ja") => japanese += HAN_DECLARED,
        Some(_) => chinese += HAN_DECLARED,
        None => {}
    }
    if chinese < japanese { language("ja") } else { language("zh") }
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
    const PRIOR: f64 = 1.0;
    const DECLARED: f64 = 5.0;
    const STATISTICS: f64 = 1.0;
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
    let words: Vec<_> = WORDS.iter().filter(|(tag, _)| is_among(tags, tag)).collect();
    for word in sample.split(|c: char| !c.is_alphabetic() && c != '\'') {
        let word = word.to_lowercase();
        for (tag, _) in words.iter().filter(|(_, words)| words.contains(&word.as_str())) {
            add(language(tag), WORD);
        }
    }
    if let Some(most_common) =
        tags.split_whitespace().find_map(|tag| MOST_COMMON.iter().find(|it| **it == tag))
    {
        add(language(most_common), PRIOR);
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
    let known: Vec<whatlang::Lang> =
        CODES.iter().filter(|(_, tag)| is_among(tags, tag)).map(|(lang, _)| *lang).collect();
    let info = whatlang::Detector::with_allowlist(known).detect(sample)?;
    let (_, tag) = CODES.iter().find(|(lang, _)| *lang == info.lang())?;
    Some((language(tag), info.is_reliable()))
}

fn declared_among(tags: &str, declared: Option<Language>) -> Option<Language> {
    declared.filter(|declared| is_among(tags, declared.as_str()))
}

fn is_among(tags: &str, tag: &str) -> bool {
    tags.split_whitespace().any(|it| it == tag)
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
