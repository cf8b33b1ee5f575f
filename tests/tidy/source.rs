//! Reads one file as Rust and lists what it names: modules, crates, attributes.
//!
//! Invariant: a name counts wherever it stands: imports, types, expressions, attributes and
//! the tokens of macros. Only comments and string literals in code do not count.

use std::path::Path;

use proc_macro2::{Delimiter, Ident, Literal, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, ItemExternCrate, ItemMod, ItemUse, Meta, Token, UseTree, Visibility};

/// The library by its own name, as `main.rs` calls it.
const LIBRARY: &str = "silkwire";

/// Something the file names, and where.
pub(super) struct Fact {
    pub(super) line: usize,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    /// A path with at least two segments.
    Path(Target),
    Import {
        target: Target,
        is_public: bool,
    },
    ExternCrate,
    /// `mod name`, with or without a body.
    Module(String),
    Attribute(String),
    Macro(String),
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    /// Below the library's root; the root itself is empty.
    Library(Vec<String>),
    /// The first segment: another crate, or a name of this file.
    Name(String),
}

/// The module that a file is: `src/store/disk/mod.rs` is `store::disk`.
pub(super) fn module_of(path: &Path) -> Vec<String> {
    let inside = path.strip_prefix("src").unwrap_or(path).with_extension("");
    let names = inside.iter().map(|name| name.to_str().unwrap().to_owned());
    names.filter(|name| !["lib", "main", "mod"].contains(&name.as_str())).collect()
}

/// # Errors
/// The text is no Rust.
pub(super) fn facts(path: &Path, text: &str) -> syn::Result<Vec<Fact>> {
    let file = syn::parse_file(text)?;
    let mut reader = Reader { module: module_of(path), is_in_attribute: false, facts: Vec::new() };
    reader.visit_file(&file);
    Ok(reader.facts)
}

struct Reader {
    /// Where we are, inline modules included.
    module: Vec<String>,
    is_in_attribute: bool,
    facts: Vec<Fact>,
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let name = item.ident.unraw().to_string();
        self.note(&item.ident, Kind::Module(name.clone()));
        self.module.push(name);
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let is_public = !matches!(item.vis, Visibility::Inherited);
        self.import(&item.tree, &mut Vec::new(), is_public);
        visit::visit_item_use(self, item);
    }

    fn visit_item_extern_crate(&mut self, item: &'ast ItemExternCrate) {
        self.note(&item.ident, Kind::ExternCrate);
        visit::visit_item_extern_crate(self, item);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<&Ident> = path.segments.iter().map(|segment| &segment.ident).collect();
        self.path(&segments, &[]);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if let Some(name) = call.path.segments.last() {
            self.note(&name.ident, Kind::Macro(name.ident.to_string()));
        }
        visit::visit_macro(self, call);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        self.attribute(&attribute.meta);
    }

    fn visit_token_stream(&mut self, tokens: &'ast TokenStream) {
        self.tokens(tokens.clone(), &[]);
    }
}

impl Reader {
    fn note(&mut self, at: &Ident, kind: Kind) {
        self.facts.push(Fact { line: at.span().start().line, kind });
    }

    fn path(&mut self, segments: &[&Ident], prefix: &[String]) {
        let names: Vec<String> = prefix.iter().cloned().chain(texts(segments)).collect();
        if names.len() > 1 {
            self.note(segments[0], Kind::Path(resolve(&self.module, &names)));
        }
    }

    fn import<'a>(&mut self, tree: &'a UseTree, prefix: &mut Vec<&'a Ident>, is_public: bool) {
        let last = match tree {
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.import(tree, prefix, is_public));
            }
            // What stands before `*` is named; before a bare `use *` nothing does.
            UseTree::Glob(_) => return self.note_import(prefix, is_public),
            UseTree::Path(path) => &path.ident,
            UseTree::Name(name) => &name.ident,
            UseTree::Rename(rename) => &rename.ident,
        };
        prefix.push(last);
        match tree {
            UseTree::Path(path) => self.import(&path.tree, prefix, is_public),
            _ => self.note_import(prefix, is_public),
        }
        prefix.pop();
    }

    fn note_import(&mut self, segments: &[&Ident], is_public: bool) {
        let Some(last) = segments.last() else { return };
        let names: Vec<String> = texts(segments).collect();
        let target = resolve(&self.module, &names);
        self.note(last, Kind::Import { target, is_public });
    }

    /// Reads `#[…]`, also the ones that `cfg_attr` adds. Strings in it may be paths, as in
    /// serde's `with = "…"`.
    fn attribute(&mut self, meta: &Meta) {
        // One of several segments is another crate's: `utoipa::path` hides no module.
        if let Some(name) = meta.path().get_ident() {
            self.note(name, Kind::Attribute(name.to_string()));
        }
        if meta.path().is_ident("doc") {
            return;
        }
        let outside = std::mem::replace(&mut self.is_in_attribute, true);
        visit::visit_meta(self, meta);
        self.is_in_attribute = outside;
        if let Meta::List(list) = meta
            && list.path.is_ident("cfg_attr")
        {
            let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
            let parts = parser.parse2(list.tokens.clone()).unwrap_or_default();
            parts.iter().skip(1).for_each(|part| self.attribute(part));
        }
    }

    /// Finds paths and attributes in tokens that nobody has parsed; `prefix` stands before
    /// the braces of `use a::{…}`.
    fn tokens(&mut self, tokens: TokenStream, prefix: &[String]) {
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(tree) = trees.get(at) {
            match tree {
                TokenTree::Ident(_) => {
                    let is_import = 0 < at && is_ident(&trees[at - 1], "use");
                    at = self.token_path(&trees, at, prefix, is_import);
                    continue;
                }
                TokenTree::Group(group) => {
                    if group.delimiter() == Delimiter::Bracket
                        && follows_hash(&trees[..at])
                        && let Ok(meta) = syn::parse2::<Meta>(group.stream())
                    {
                        self.attribute(&meta);
                    }
                    self.tokens(group.stream(), &[]);
                }
                TokenTree::Literal(literal) if self.is_in_attribute => self.literal(literal),
                TokenTree::Literal(_) | TokenTree::Punct(_) => {}
            }
            at += 1;
        }
    }

    /// Reads the path that starts at `start`; returns where it ends.
    fn token_path(
        &mut self,
        trees: &[TokenTree],
        start: usize,
        prefix: &[String],
        is_import: bool,
    ) -> usize {
        let mut segments = Vec::new();
        let mut at = start;
        let mut goes_on = true;
        while goes_on && let Some(TokenTree::Ident(name)) = trees.get(at) {
            segments.push(name);
            goes_on = is_double_colon(trees, at + 1);
            at += if goes_on { 3 } else { 1 };
        }
        if goes_on && let Some(TokenTree::Group(group)) = trees.get(at) {
            let names: Vec<String> = prefix.iter().cloned().chain(texts(&segments)).collect();
            self.tokens(group.stream(), &names);
            return at + 1;
        }
        if is_import {
            self.note_import(&segments, false);
        } else {
            self.path(&segments, prefix);
        }
        at
    }

    fn literal(&mut self, literal: &Literal) {
        let syn::Lit::Str(text) = syn::Lit::new(literal.clone()) else { return };
        if let Ok(path) = text.parse::<syn::Path>() {
            self.visit_path(&path);
        }
    }
}

/// Where `names` leads when it stands in `module`.
fn resolve(module: &[String], names: &[String]) -> Target {
    let (first, rest) = names.split_first().unwrap();
    let mut place = match first.as_str() {
        "crate" | LIBRARY => Vec::new(),
        "self" => module.to_vec(),
        "super" => module[..module.len().saturating_sub(1)].to_vec(),
        _ => return Target::Name(first.clone()),
    };
    for name in rest {
        match name.as_str() {
            "self" => {}
            "super" => drop(place.pop()),
            _ => place.push(name.clone()),
        }
    }
    Target::Library(place)
}

fn texts<'a>(segments: &'a [&'a Ident]) -> impl Iterator<Item = String> + 'a {
    segments.iter().map(|segment| segment.unraw().to_string())
}

fn is_ident(tree: &TokenTree, text: &str) -> bool {
    matches!(tree, TokenTree::Ident(ident) if ident == text)
}

fn is_punct(tree: Option<&TokenTree>, sign: char) -> bool {
    matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

fn is_double_colon(trees: &[TokenTree], at: usize) -> bool {
    is_punct(trees.get(at), ':') && is_punct(trees.get(at + 1), ':')
}

/// `#` or `#!` stands last.
fn follows_hash(before: &[TokenTree]) -> bool {
    match before {
        [.., hash, bang] if is_punct(Some(bang), '!') => is_punct(Some(hash), '#'),
        [.., hash] => is_punct(Some(hash), '#'),
        [] => false,
    }
}
