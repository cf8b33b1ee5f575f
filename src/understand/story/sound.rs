//! How a name sounds, whatever the script: the classes of its consonants.
//!
//! Aliyev, Алиев, علييف, アリエフ, 알리예프 and ალიევი are all `ARP`: a vowel, a liquid, a lip.

use super::scripts::{hangul, marked, rough, spellings};

/// Letters looked at in a word.
const LETTERS_MAX: usize = 40;

/// How a name sounds: its consonants by class, behind `A` if it starts with a vowel.
///
/// `P` b p f v, `K` k g q, `T` t d, `S` s z j sh ch ts, `M`, `N`, `R` r l. Vowels, h, y and w
/// only part them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::understand) struct Sound {
    classes: [u8; Sound::MAX],
    n_classes: u8,
}

impl Sound {
    /// Classes kept: more would tell endings, not names.
    const MAX: usize = 7;
    /// Fewer classes are shared by too many names.
    const MIN: usize = 3;
    /// The same where the word is known to be a name.
    const KNOWN_MIN: usize = 2;

    /// The sound of a word in rough Latin.
    pub(in crate::understand) fn of_rough(mut word: &[u8]) -> Self {
        let mut sound = Self::default();
        let opens = matches!(
            word,
            [b'a' | b'e' | b'i' | b'o' | b'u' | b'y' | b'h' | b'w', ..] | [b'k' | b'g', b'h', ..]
        );
        if opens {
            sound.push(b'A');
        }
        let mut last = 0;
        while !word.is_empty() && (sound.n_classes as usize) < Self::MAX {
            let (classes, length) = step(word);
            word = &word[length..];
            for class in classes.bytes() {
                if class != last {
                    sound.push(class);
                }
                last = class;
            }
            if classes.is_empty() {
                last = 0;
            }
        }
        sound
    }

    fn push(&mut self, class: u8) {
        if let Some(free) = self.classes.get_mut(self.n_classes as usize) {
            *free = class;
            self.n_classes += 1;
        }
    }

    /// Whether it is long enough to tell a name.
    pub(in crate::understand) fn is_telling(self) -> bool {
        Self::MIN <= self.n_classes as usize
    }

    /// Whether it is long enough to tell one known name from another.
    pub(super) fn is_known(self) -> bool {
        Self::KNOWN_MIN <= self.n_classes as usize
    }

    pub(in crate::understand) fn as_str(&self) -> &str {
        str::from_utf8(&self.classes[..self.n_classes as usize]).unwrap_or_default()
    }

    /// What is left of it when an ending of up to two classes is taken off; the longest first.
    pub(super) fn stems(self) -> impl Iterator<Item = Self> {
        let shortest = Self::MIN.max((self.n_classes as usize).saturating_sub(2));
        (shortest..self.n_classes as usize).rev().map(move |n_classes| {
            let mut classes = [0; Self::MAX];
            classes[..n_classes].copy_from_slice(&self.classes[..n_classes]);
            Self { classes, n_classes: u8::try_from(n_classes).unwrap_or(0) }
        })
    }
}

/// The classes that rough Latin starts with, and how many letters they stand for.
fn step(word: &[u8]) -> (&'static str, usize) {
    match word {
        [b't', b's', b'c', b'h', ..] => ("S", 4),
        [b's' | b't', b'c', b'h', ..] | [b'd', b'z', b'h', ..] => ("S", 3),
        [b'd', b'z' | b'j', ..] | [b't', b's', ..] | [b's' | b'c' | b'z', b'h', ..] => ("S", 2),
        [b'k' | b'g', b'h', ..] => ("", 2),
        [b'k', b's', ..] => ("KS", 2),
        [b'p', b'h', ..] => ("P", 2),
        [b't', b'h', ..] => ("T", 2),
        [b'n', b'g', ..] => ("N", 2),
        [b'c', b'e' | b'i' | b'y', ..] | [b's' | b'z' | b'j', ..] => ("S", 1),
        [b'x', ..] => ("KS", 1),
        [b'b' | b'p' | b'f' | b'v', ..] => ("P", 1),
        [b'k' | b'g' | b'q' | b'c', ..] => ("K", 1),
        [b't' | b'd', ..] => ("T", 1),
        [b'm', ..] => ("M", 1),
        [b'n', ..] => ("N", 1),
        [b'r' | b'l', ..] => ("R", 1),
        _ => ("", 1),
    }
}

/// A word as it stands in a text.
#[derive(Clone, Copy, Debug)]
pub(in crate::understand) struct Spelled<'a> {
    pub(in crate::understand) folded: &'a str,
    /// The same in the source: letters with their marks.
    pub(in crate::understand) source: &'a str,
    /// The language's code.
    pub(in crate::understand) language: &'a str,
}

/// Tells `take` all ways in which a word may sound; the likeliest first, some twice.
pub(in crate::understand) fn each_sound(word: Spelled<'_>, mut take: impl FnMut(Sound)) {
    let own = in_rough_latin(word, spellings(word.language));
    take(Sound::of_rough(&own));
    // Foreign names often keep their English spelling: Fujita in German, Watanabe in Polish.
    let is_latin = word.folded.is_ascii();
    let english = if is_latin && !spellings(word.language).is_empty() {
        in_rough_latin(word, &[])
    } else {
        own.clone()
    };
    if english != own {
        take(Sound::of_rough(&english));
    }
    // Japanese "wa" is written with a v in many languages and with a vowel in others.
    for rough in [&own, &english] {
        if let Some(at) = rough.windows(2).position(|pair| pair == b"va") {
            let mut vowel = rough.clone();
            vowel[at] = b'w';
            take(Sound::of_rough(&vowel));
        }
    }
    let first = word.folded.chars().next().unwrap_or(' ');
    match (first, own.as_slice()) {
        // Гусейнов is Hüseynov, Хадзиев may be Kadziyev.
        // Japanese has no hu: フセイノフ is Hüseynov, too.
        ('г', [b'g', rest @ ..]) | ('フ', [b'f', rest @ ..]) => {
            take(Sound::of_rough(&[b"h", rest].concat()));
        }
        ('х', [b'h', rest @ ..]) => take(Sound::of_rough(&[b"k", rest].concat())),
        _ => {}
    }
    // The same for "chi": Такаити is Takaichi.
    if ('а'..='я').contains(&first)
        && let Some(at) = own.windows(2).position(|pair| pair == b"ti")
    {
        take(Sound::of_rough(&[&own[..at], b"ch", &own[at + 1..]].concat()));
    }
}

/// The word in letters from a to z.
fn in_rough_latin(word: Spelled<'_>, spellings: &[(&str, &str)]) -> Vec<u8> {
    let mut latin = Vec::with_capacity(LETTERS_MAX);
    let mut rest = word.folded;
    let is_marked = !word.source.is_ascii()
        && word.source.chars().take(LETTERS_MAX).count() == rest.chars().take(LETTERS_MAX).count();
    let mut source = word.source.chars();
    for _ in 0..LETTERS_MAX {
        let Some(letter) = rest.chars().next() else { break };
        let mut length = letter.len_utf8();
        let written = source.next().filter(|_| is_marked).and_then(marked);
        if let Some(written) = written {
            latin.extend_from_slice(written.as_bytes());
        } else if letter.is_ascii() {
            match spellings.iter().find(|(from, _)| rest.starts_with(from)) {
                Some((from, to)) => {
                    length = from.len();
                    source.by_ref().take(length - 1).for_each(drop);
                    latin.extend_from_slice(to.as_bytes());
                }
                None if letter.is_ascii_lowercase() => latin.extend(u8::try_from(letter)),
                None => {}
            }
        } else if let Some((rough, of)) = melted(letter, rest) {
            length = of.len();
            source.by_ref().take(of.chars().count() - 1).for_each(drop);
            latin.extend_from_slice(rough.as_bytes());
        } else if let Some(parts) = hangul(letter) {
            for part in parts {
                latin.extend_from_slice(part.as_bytes());
            }
        } else if let Some(rough) = rough(letter) {
            latin.extend_from_slice(rough.as_bytes());
        }
        rest = &rest[length..];
    }
    latin
}

/// Letters that are one sound together.
fn melted(first: char, word: &str) -> Option<(&'static str, &'static str)> {
    const MELTED: [(&str, &str); 9] = [
        ("u", "ու"),
        ("b", "μπ"),
        ("d", "ντ"),
        ("g", "γκ"),
        ("y", "γι"),
        ("y", "γε"),
        ("j", "ג'"),
        ("zh", "ז'"),
        ("ch", "צ'"),
    ];
    let may_melt = matches!(first, 'ո' | 'μ' | 'ν' | 'γ' | 'ג' | 'ז' | 'צ');
    if !may_melt {
        return None;
    }
    MELTED.into_iter().find(|(_, of)| word.starts_with(of))
}
