//! How one letter is folded.

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_normalizer::properties::{
    CanonicalCombiningClassMapBorrowed, CanonicalCompositionBorrowed,
};

use crate::understand::pages::Pages;

/// Folds letters one by one: lower case, no marks, one form for variants.
pub(super) struct Letters {
    nfkd: DecomposingNormalizerBorrowed<'static>,
    marks: CanonicalCombiningClassMapBorrowed<'static>,
    pairs: CanonicalCompositionBorrowed<'static>,
}

/// What a letter does to the folded text.
pub(super) enum Step {
    /// It is added.
    Push(char),
    /// It melts with the last letter: a kana with its voice mark, a Hangul syllable.
    ReplaceLast(char),
    /// It belongs to the last letter and is not seen.
    Extend,
}

impl Letters {
    pub(super) const fn new() -> Self {
        Self {
            nfkd: DecomposingNormalizerBorrowed::new_nfkd(),
            marks: CanonicalCombiningClassMapBorrowed::new(),
            pairs: CanonicalCompositionBorrowed::new(),
        }
    }

    /// What `letter` becomes in every surrounding, if that is one letter of two or three bytes.
    fn alone(&self, letter: char) -> Option<char> {
        if is_kept(letter) {
            return Some(letter);
        }
        let lower = letter.to_lowercase();
        let mut parts = lower.flat_map(|it| self.nfkd.normalize_iter(std::iter::once(it)));
        if letter.is_whitespace() || parts.any(melts) {
            return None;
        }
        let (mut alone, mut is_alone) = (None, true);
        self.fold(letter, None, |step| match step {
            Step::Push(letter) if alone.is_none() => alone = Some(letter),
            // A mark of its own.
            Step::Extend if alone.is_some() => {}
            _ => is_alone = false,
        });
        alone.filter(|alone| is_alone && *alone != ' ')
    }

    /// Folds `letter`, telling `take` each step; `last` is the last letter of the folded text.
    pub(super) fn fold(&self, letter: char, last: Option<char>, mut take: impl FnMut(Step)) {
        if letter.is_ascii() && !letter.is_ascii_control() {
            return take(Step::Push(letter.to_ascii_lowercase()));
        }
        if is_kept(letter) {
            return take(Step::Push(letter));
        }
        if is_invisible(letter) {
            return take(Step::Extend);
        }
        let mut last = last;
        for lower in letter.to_lowercase() {
            for part in self.nfkd.normalize_iter(std::iter::once(lower)) {
                for part in part.to_lowercase() {
                    self.fold_part(part, &mut last, &mut take);
                }
            }
        }
    }

    fn fold_part(&self, part: char, last: &mut Option<char>, take: &mut impl FnMut(Step)) {
        if melts(part)
            && let Some(whole) = last.and_then(|last| self.pairs.compose(last, part))
        {
            *last = Some(whole);
            return take(Step::ReplaceLast(whole));
        }
        if is_invisible(part) || self.is_mark(part) {
            return take(Step::Extend);
        }
        if let Some(digit) = ascii_digit(part) {
            return take(Step::Push(digit));
        }
        match special(part) {
            Some(letters) => letters.chars().for_each(|letter| take(Step::Push(letter))),
            None => take(Step::Push(part)),
        }
        *last = Some(part);
    }

    /// Marks go away, except vowel and tone signs of Indic scripts, Thai, Lao, Khmer and
    /// Burmese, which are letters in all but name.
    fn is_mark(&self, part: char) -> bool {
        let is_indic = ('\u{900}'..='\u{dff}').contains(&part);
        let is_nukta = is_indic && u32::from(part) % 0x80 == 0x3c;
        let is_sign = is_indic
            || matches!(part, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}'
                | '\u{1780}'..='\u{17ff}');
        is_nukta || (!is_sign && self.marks.get_u8(part) != 0)
    }
}

/// For each letter its folded form, if that is one letter; 0 for letters that need a closer look.
pub(super) static TABLE: Pages<u16> = Pages::new(folded_code, 0);

fn folded_code(letter: char) -> u16 {
    let alone = Letters::new().alone(letter).map(u32::from);
    alone.and_then(|code| u16::try_from(code).ok()).unwrap_or(0)
}

/// Ideographs, kana and Hangul syllables stand for themselves.
fn is_kept(letter: char) -> bool {
    matches!(letter, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fe}' | '\u{3400}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}' | '。' | '、' | '「' | '」' | '々')
}

/// Kana voice marks and Hangul vowels and finals melt with the letter before them.
fn melts(part: char) -> bool {
    matches!(part, '\u{3099}' | '\u{309a}' | '\u{1161}'..='\u{1175}' | '\u{11a8}'..='\u{11c2}')
}

/// Soft hyphen, joiners, direction marks, variation selectors, tatweel.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{640}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
        || letter.is_control()
}

/// Arabic, Persian and Devanagari digits.
fn ascii_digit(letter: char) -> Option<char> {
    let zero = match letter {
        '\u{660}'..='\u{669}' => 0x660,
        '\u{6f0}'..='\u{6f9}' => 0x6f0,
        '\u{966}'..='\u{96f}' => 0x966,
        _ => return None,
    };
    char::from_digit(u32::from(letter) - zero, 10)
}

/// Letters whose variants NFKD keeps apart.
fn special(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ı' => "i",
        'ə' | 'ǝ' => "e",
        'ð' | 'đ' => "d",
        'ø' => "o",
        'ł' => "l",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ґ' => "г",
        'أ' | 'إ' | 'آ' | 'ٱ' => "ا",
        'ى' | 'ی' | 'ئ' | 'ے' => "ي",
        'ک' => "ك",
        'ة' | 'ۀ' | 'ہ' | 'ھ' => "ه",
        'ؤ' => "و",
        '’' | '‘' | '`' | 'ʼ' | 'ʻ' | 'ʹ' | '׳' => "'",
        '“' | '”' | '„' | '״' => "\"",
        '‐' | '‑' | '–' | '—' => "-",
        _ => return None,
    })
}
