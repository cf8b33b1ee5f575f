//! Which language a text is in.
//!
//! Script, letters, small words and endings decide first: they are telling even in a title of
//! three words. Then the language that the feed declares, if the text does not speak against
//! it; statistics are asked only where all that leaves a doubt.

mod signs;
mod tables;

use std::sync::LazyLock;

use self::signs::{Sums, Tags};
use self::tables::{
    ARABIC, CHINESE_HAN, CODES, CYRILLIC, HINDI_LIKE, JAPANESE_HAN, LATIN, MOST_COMMON,
};
use super::pages::Pages;
use super::text::beginning;
use crate::model::Language;

/// Letters looked at: more do not make the answer better.
const LETTERS_MAX: usize = 300;

/// Below so many letters, statistics do not overrule what the feed declares.
const LETTERS_SURE: usize = 80;

/// A declaration counts as much as so many telling characters.
const HAN_DECLARED: usize = 4;

/// Share of kana from which Han characters are Japanese.
const KANA_SHARE: f64 = 0.05;

static LATIN_TAGS: LazyLock<Tags> = LazyLock::new(|| Tags::of(LATIN));
static CYRILLIC_TAGS: LazyLock<Tags> = LazyLock::new(|| Tags::of(CYRILLIC));
static ARABIC_TAGS: LazyLock<Tags> = LazyLock::new(|| Tags::of(ARABIC));

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

static WRITINGS: Pages<Option<Writing>> = Pages::new(writing_of, None);

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
    let sample = beginning(text, LETTERS_MAX);
    let Some(writing) = main_writing(&sample) else {
        return declared.unwrap_or(Language::UNKNOWN);
    };
    match writing {
        Writing::Own("hi") => declared_among(HINDI_LIKE, declared).unwrap_or(language("hi")),
        Writing::Own(tag) => language(tag),
        Writing::Kana => language("ja"),
        Writing::Han => han(&sample, declared),
        Writing::Latin => lettered(&sample, declared, LATIN, *LATIN_TAGS),
        Writing::Cyrillic => lettered(&sample, declared, CYRILLIC, *CYRILLIC_TAGS),
        Writing::Arabic => lettered(&sample, declared, ARABIC, *ARABIC_TAGS),
    }
}

fn main_writing(sample: &str) -> Option<Writing> {
    let mut counts: Vec<(Writing, usize)> = Vec::new();
    for writing in sample.chars().filter_map(|letter| WRITINGS.of(letter)) {
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

/// The language that alone writes a character so.
static HANS: Pages<Option<Han>> = Pages::new(han_of, None);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Han {
    Japanese,
    Chinese,
}

fn han_of(letter: char) -> Option<Han> {
    match letter {
        _ if JAPANESE_HAN.contains(letter) => Some(Han::Japanese),
        _ if CHINESE_HAN.contains(letter) => Some(Han::Chinese),
        _ => None,
    }
}

fn han(sample: &str, declared: Option<Language>) -> Language {
    let count = |han| sample.chars().filter(|letter| HANS.of(*letter) == Some(han)).count();
    let (mut japanese, mut chinese) = (count(Han::Japanese), count(Han::Chinese));
    match declared_among("ja zh", declared).as_ref().map(Language::as_str) {
        Some("ja") => japanese += HAN_DECLARED,
        Some(_) => chinese += HAN_DECLARED,
        None => {}
    }
    if chinese < japanese { language("ja") } else { language("zh") }
}

/// Points for each language of a writing; the most points win.
fn lettered(sample: &str, declared: Option<Language>, tags: &str, among: Tags) -> Language {
    const PRIOR: f32 = 1.5;
    const DECLARED: f32 = 5.0;
    const STATISTICS: f32 = 1.5;
    const STATISTICS_OF_LONG_TEXT: f32 = 6.0;
    // A lead that no guess of statistics turns round.
    const SURE: f32 = 2.0;

    let mut sums = Sums::new();
    if let Some(common) = tags.split(' ').find(|tag| MOST_COMMON.contains(tag)) {
        sums.add(common, PRIOR);
    }
    if let Some(declared) = declared_among(tags, declared) {
        sums.add(declared.as_str(), DECLARED);
    }
    sums.read(sample, among);
    let (mut best, lead) = sums.best();
    if lead < SURE
        && let Some((tag, is_reliable)) = statistics(sample, &sums.near_best(SURE))
    {
        let is_long = LETTERS_SURE <= sample.chars().filter(|c| c.is_alphabetic()).count();
        sums.add(tag, if is_long && is_reliable { STATISTICS_OF_LONG_TEXT } else { STATISTICS });
        (best, _) = sums.best();
    }
    // A language without signs of its own is known by the feed's word alone.
    best.map_or_else(|| declared_among(tags, declared).unwrap_or(Language::UNKNOWN), language)
}

/// The guess of trigram statistics, and whether they call it reliable.
fn statistics(sample: &str, tags: &[&str]) -> Option<(&'static str, bool)> {
    let known = CODES.iter().filter(|(_, tag)| tags.contains(tag));
    let known: Vec<whatlang::Lang> = known.map(|(lang, _)| *lang).collect();
    if known.len() < 2 {
        return None;
    }
    let info = whatlang::Detector::with_allowlist(known).detect(sample)?;
    let (_, tag) = CODES.iter().find(|(lang, _)| *lang == info.lang())?;
    Some((*tag, info.is_reliable()))
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

    /// Goal: at least 99 of 100 titles are read in their own language, without a feed's help.
    ///
    /// Method: titles of our own in nine languages, twelve each; all wrong ones are shown.
    #[test]
    fn titles_of_nine_languages_are_told_apart() {
        let titles = include_str!("titles.txt").lines().filter_map(|line| line.split_once(' '));
        let wrong: Vec<String> = titles
            .clone()
            .filter(|(language, title)| detected(title, "") != *language)
            .map(|(_, title)| format!("{} {title}", detected(title, "")))
            .collect();
        assert_eq!(titles.count(), 108);
        assert!(wrong.len() <= 1, "{wrong:#?}");
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
