//! The names of the lexicon in what a person typed, with all their spellings.
//!
//! Nobody types names as publishers write them, so neither capitals nor the words around count.

use std::collections::HashSet;
use std::ops::{ControlFlow, Range};

use super::{Entry, Known, Matcher, Mention, Writing, longest_without_overlap};
use crate::understand::lexicon::Kind;
use crate::understand::text::fold;
use crate::understand::words::{each_start, word_end};

/// More spellings of one name are left out.
const SPELLINGS_MAX: usize = 400;

/// A name of the lexicon in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Its bytes in the text, with its ending.
    pub bytes: Range<usize>,
    /// How else the same thing is named, in every language and script, folded.
    pub spellings: Vec<NameSpelling>,
}

/// One way to write a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameSpelling {
    /// One word or several, folded.
    pub text: String,
    /// How many letters may follow in its last word.
    pub ending_letters_max: u8,
}

impl Matcher {
    /// The names in a text, in order; those that overlap a longer one are left out.
    pub(in crate::understand) fn names_in(&self, source: &str) -> Vec<Name> {
        let folded = fold(source);
        let text = folded.as_str();
        let mut candidates = Vec::new();
        each_start(text, |start| {
            self.trie.walk(text.as_bytes(), start, |number, end| {
                let (script, entries) = self.pattern(number);
                for entry in &self.entries[entries] {
                    let Entry::Term { concept, ending, .. } = *entry else { continue };
                    let concept = concept as usize;
                    let Known { kind, party, .. } = self.concepts[concept];
                    let end = word_end(text, (start, end), script, ending.into());
                    let mention = |end| Mention { concept, kind, party, start, end };
                    candidates.extend(end.map(mention));
                }
            });
            ControlFlow::Continue(())
        });
        let all = candidates.clone();
        let found = longest_without_overlap(candidates, text.len());
        let names = found.iter().filter(|it| has_names(it.kind)).map(|found| {
            let same = all.iter().filter(|it| (it.start, it.end) == (found.start, found.end));
            let things = same.filter(|it| has_names(it.kind));
            let things = things.map(|it| self.concepts[it.concept].thing).collect();
            Name {
                bytes: folded.source(found.start..found.end),
                spellings: self.spellings(&things),
            }
        });
        names.collect()
    }

    /// Everything that names one of `things` wherever it stands: no abbreviation, which in small
    /// letters is another word, and nothing that needs certain words around it.
    fn spellings(&self, things: &HashSet<u32>) -> Vec<NameSpelling> {
        let mut spellings = Vec::new();
        for number in 0..self.patterns.len() {
            let (_, entries) = self.pattern(number);
            let named = self.entries[entries].iter().find_map(|entry| match *entry {
                Entry::Term { concept, ending, writing: Writing::Any | Writing::Capital } => {
                    let known = &self.concepts[concept as usize];
                    let is_meant = things.contains(&known.thing) && known.condition.is_none();
                    is_meant.then_some(ending)
                }
                _ => None,
            });
            let Some(ending_letters_max) = named else { continue };
            let text = String::from_utf8_lossy(self.trie.pattern(number)).into_owned();
            spellings.push(NameSpelling { text, ending_letters_max });
            if spellings.len() == SPELLINGS_MAX {
                break;
            }
        }
        spellings
    }
}

/// Whether such a concept is a thing with names.
fn has_names(kind: Kind) -> bool {
    !matches!(kind, Kind::Mask | Kind::Home)
}
