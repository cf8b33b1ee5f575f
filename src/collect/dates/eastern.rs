//! Dates of Japan, China and Korea, and digits of other scripts, in the shape that the rest reads.

use std::borrow::Cow;

/// Eras of Japan, and the year before their first one.
const ERAS: [(&str, u16); 3] = [("令和", 2018), ("平成", 1988), ("昭和", 1925)];

/// `令和8年11月24日(火) 午後3時05分` → `2026/11/24 午後 3:05`, `２０２６.１１` → `2026.11`.
pub(super) fn westernized(text: &str) -> Cow<'_, str> {
    let mut text: String = text.chars().map(western_digit).collect();
    if !text.contains(['年', '년', '月', '월', '日', '時', '시']) {
        return Cow::Owned(text);
    }
    for (era, start) in ERAS {
        if let Some(written) = without_era(&text, era, start) {
            text = written;
        }
    }
    // The names of week days hold the signs of days and months.
    for day in ["曜日", "曜", "요일"] {
        while let Some(at) = text.find(day) {
            let name = text[..at].chars().next_back().map_or(0, char::len_utf8);
            text.replace_range(at - name..at + day.len(), " ");
        }
    }
    let mut western = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '年' | '년' | '月' | '월' => western.push('/'),
            '時' | '时' | '点' | '시' | '分' | '분' => western.push(':'),
            '日' | '일' | '号' | '秒' | '초' => western.push(' '),
            // Koreans write spaces between the parts.
            ' ' if western.ends_with(['/', ':']) => {}
            _ => western.push(character),
        }
    }
    Cow::Owned(spaced(&western))
}

/// Halves of days stand right before the hour.
fn spaced(text: &str) -> String {
    let mut spaced = text.to_owned();
    for half in ["午前", "午後", "上午", "下午", "오전", "오후"] {
        spaced = spaced.replace(half, &format!(" {half} "));
    }
    spaced
}

fn without_era(text: &str, era: &str, start: u16) -> Option<String> {
    let (before, after) = text.split_once(era)?;
    let (year, rest) = after.split_once('年')?;
    let year: u16 = if year.trim() == "元" { 1 } else { year.trim().parse().ok()? };
    Some(format!("{before}{}年{rest}", start.checked_add(year)?))
}

/// ASCII for full-width, Arabic and Persian digits and for full-width signs.
fn western_digit(character: char) -> char {
    let zero = match character {
        '０'..='９' => '０',
        '٠'..='٩' => '٠',
        '۰'..='۹' => '۰',
        '：' => return ':',
        '／' => return '/',
        '（' => return '(',
        '）' => return ')',
        '，' | '、' | '،' => return ',',
        _ => return character,
    };
    let digit = u32::from(character) - u32::from(zero);
    char::from_digit(digit, 10).unwrap_or(character)
}
