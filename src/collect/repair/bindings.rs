//! Which prefix means which vocabulary.

use super::super::tags::{Tag, attributes};
use super::super::vocabulary::{Role, Vocabulary, role};

/// Namespaces are declared on the root or an entry; a handful is usual.
const BINDINGS_MAX: usize = 64;

/// The namespaces that are in force; the last of a prefix counts.
#[derive(Debug, Default)]
pub(super) struct Bindings<'a> {
    list: Vec<(&'a str, Vocabulary)>,
}

impl<'a> Bindings<'a> {
    /// Those of a root: whatever its own namespace is called, its elements are a feed's.
    pub(super) fn of_root(tag: &Tag<'a>) -> Self {
        let mut bindings =
            Self { list: vec![("", Vocabulary::Feed), (tag.prefix(), Vocabulary::Feed)] };
        bindings.bind(tag, &["", tag.prefix()]);
        bindings
    }

    /// What an element is, by its name and its prefix' meaning.
    pub(super) fn role(&self, tag: &Tag<'a>) -> Role {
        let prefix = tag.prefix();
        let own = namespaces(tag).find(|(it, _)| *it == prefix).map(|(_, vocabulary)| vocabulary);
        let bound = || self.list.iter().rfind(|(it, _)| *it == prefix).map(|(_, it)| *it);
        let vocabulary = own.or_else(bound).unwrap_or_else(|| Vocabulary::of_undeclared(prefix));
        role(vocabulary, tag.local_name())
    }

    /// Takes the namespaces of a tag but for those of `known` prefixes.
    pub(super) fn bind(&mut self, tag: &Tag<'a>, known: &[&str]) {
        for (prefix, vocabulary) in namespaces(tag) {
            let bound = self.list.iter().rfind(|(it, _)| *it == prefix);
            let is_news = bound.is_none_or(|(_, it)| *it != vocabulary) && !known.contains(&prefix);
            if is_news && self.list.len() < BINDINGS_MAX {
                self.list.push((prefix, vocabulary));
            }
        }
    }
}

/// The namespaces that a tag declares: prefix and meaning.
fn namespaces<'a>(tag: &Tag<'a>) -> impl Iterator<Item = (&'a str, Vocabulary)> + use<'a> {
    let declares = tag.attributes.contains("xmlns");
    let all = attributes(if declares { tag.attributes } else { "" });
    all.filter_map(|(key, value)| {
        let prefix = key.strip_prefix("xmlns")?;
        let prefix = if prefix.is_empty() { prefix } else { prefix.strip_prefix(':')? };
        Some((prefix, Vocabulary::of_namespace(value)))
    })
}
