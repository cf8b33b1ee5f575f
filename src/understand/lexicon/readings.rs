//! How ideographs are read, as people write it down.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{Reader, fold_term};

/// Readings as they are written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawReading {
    #[serde(default)]
    sounds: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    forms: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    syllables: BTreeMap<Spanned<String>, Spanned<String>>,
}

/// How ideographs are read, from all files.
#[derive(Clone, Debug, Default)]
pub(in crate::understand) struct Readings {
    /// Names in ideographs, folded, with their sound in small Latin letters.
    pub(in crate::understand) sounds: BTreeMap<String, String>,
    /// Simplified and traditional forms with the Japanese one.
    pub(in crate::understand) forms: BTreeMap<char, char>,
    /// Characters that foreign names are written with in Chinese, with their sound.
    pub(in crate::understand) syllables: BTreeMap<char, String>,
}

impl Reader<'_> {
    pub(super) fn reading(&mut self, raw: &RawReading, readings: &mut Readings) {
        for (name, sound) in &raw.sounds {
            let Some(name) = self.term(name) else { continue };
            let Some(sound) = self.sound(sound) else { continue };
            let known = readings.sounds.insert(fold_term(&name.text), sound.clone());
            if known.is_some_and(|known| known != sound) {
                let message = format!("{:?} has two readings", name.text);
                self.complain(name.line, message, "remove one of them");
            }
        }
        for (japanese, others) in &raw.forms {
            let mut letters = japanese.get_ref().chars();
            let (Some(form), None) = (letters.next(), letters.next()) else {
                let line = self.line(japanese);
                let message = format!("{:?} is not one character", japanese.get_ref());
                self.complain(line, message, "write the Japanese form alone");
                continue;
            };
            readings.forms.extend(others.get_ref().chars().map(|other| (other, form)));
        }
        for (syllable, characters) in &raw.syllables {
            let Some(sound) = self.sound(syllable) else { continue };
            for character in characters.get_ref().chars() {
                let known = readings.syllables.insert(character, sound.clone());
                if known.is_some_and(|known| known != sound) {
                    let line = self.line(characters);
                    let message = format!("{character:?} stands for two syllables");
                    self.complain(line, message, "remove it from one of them");
                }
            }
        }
    }

    fn sound(&mut self, raw: &Spanned<String>) -> Option<String> {
        let sound = raw.get_ref();
        let is_sound = !sound.is_empty() && sound.bytes().all(|byte| byte.is_ascii_lowercase());
        if !is_sound {
            let line = self.line(raw);
            self.complain(line, format!("{sound:?} is no reading"), "write letters from a to z");
        }
        is_sound.then(|| sound.clone())
    }
}
