//! What the house wants of a file, and how a finding is worded.

use std::path::Path;

use crate::source::{self, Fact, Kind, Target};
use crate::{ADAPTERS, FLOORS, VAGUE_NAMES};

/// Everything to fix in one file, as `file:line: rule: what; what to do`.
pub(super) fn findings(path: &Path, text: &str) -> Vec<String> {
    let facts = match source::facts(path, text) {
        Ok(facts) => facts,
        Err(error) => return vec![finding(path, 1, &format!("syntax: {error}; make it compile"))],
    };
    let mut findings = whole_file(path, text);
    for Fact { line, kind } in facts {
        let advice = [
            floors(path, &kind),
            adapters(path, &kind),
            re_exports(path, &kind),
            names(&kind),
            attributes(path, &kind),
        ];
        findings.extend(advice.into_iter().flatten().map(|advice| finding(path, line, &advice)));
    }
    findings.dedup();
    findings
}

fn finding(path: &Path, line: usize, advice: &str) -> String {
    format!("{}:{line}: {advice}", path.display())
}

fn whole_file(path: &Path, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    if !text.starts_with("//! ") {
        let advice = "header: no `//! ` sentence in line 1; say what the file is for";
        findings.push(finding(path, 1, advice));
    }
    for name in path.with_extension("").iter().filter_map(|name| name.to_str()) {
        findings.extend(vague(name).map(|advice| finding(path, 1, &advice)));
    }
    if let Some(own) = own_module(path).filter(|own| floor_of(own).is_none()) {
        let advice = format!("floors: `{own}` stands on no floor; enter it in `FLOORS`");
        findings.push(finding(path, 1, &advice));
    }
    findings
}

fn vague(name: &str) -> Option<String> {
    VAGUE_NAMES
        .contains(&name)
        .then(|| format!("name: `{name}` says nothing; name it after the noun or verb it owns"))
}

fn names(kind: &Kind) -> Option<String> {
    match kind {
        Kind::Module(name) => vague(name),
        _ => None,
    }
}

/// A module uses lower floors only. `lib.rs` and `main.rs` stand above all floors.
fn floors(path: &Path, kind: &Kind) -> Option<String> {
    let own = own_module(path)?;
    let (target, is_import) = match kind {
        Kind::Path(target) => (target, false),
        Kind::Import { target, .. } => (target, true),
        _ => return None,
    };
    let Target::Library(place) = target else { return None };
    let Some(used) = place.first() else {
        return is_import.then(|| {
            "floors: the crate's root is imported; import the module that is meant".to_owned()
        });
    };
    if *used == own {
        return None;
    }
    match (floor_of(&own), floor_of(used)) {
        (_, None) => Some(format!(
            "floors: `crate::{used}` is no module; name the module that owns the item"
        )),
        (Some(own_floor), Some(floor)) if own_floor <= floor => Some(format!(
            "floors: `{own}` (floor {own_floor}) uses `{used}` (floor {floor}); \
             take what is needed as an argument or a trait, or move the code"
        )),
        _ => None,
    }
}

/// One place per foreign library, and it hands out our own types.
fn adapters(path: &Path, kind: &Kind) -> Option<String> {
    let (Kind::Path(Target::Name(name)) | Kind::Import { target: Target::Name(name), .. }) = kind
    else {
        return None;
    };
    let (_, places) = ADAPTERS.iter().find(|(adapted, _)| adapted == name)?;
    if !path.starts_with("src") {
        return None;
    }
    let is_at_home = places.iter().any(|place| path.starts_with(place));
    if !is_at_home {
        let places = places.join(", ");
        return Some(format!("adapters: `{name}` belongs to {places}; use what that place offers"));
    }
    let is_passed_on = matches!(kind, Kind::Import { is_public: true, .. });
    is_passed_on
        .then(|| format!("adapters: `{name}` is passed on; wrap it in a type or function of ours"))
}

/// One place to look for what a folder offers.
fn re_exports(path: &Path, kind: &Kind) -> Option<String> {
    let is_shelf = path.ends_with("mod.rs") || path.ends_with("src/lib.rs");
    match kind {
        Kind::Import { is_public: true, .. } if !is_shelf => {
            Some("re-export: only a `mod.rs` re-exports; move the `pub use` there".to_owned())
        }
        _ => None,
    }
}

fn attributes(path: &Path, kind: &Kind) -> Option<String> {
    let is_source = path.starts_with("src");
    let advice = match kind {
        Kind::Attribute(name) => match name.as_str() {
            "allow" => "`#[allow]`; write `#[expect(…, reason = \"…\")]`",
            "ignore" => "`#[ignore]`; make the test run or delete it",
            "should_panic" => "`#[should_panic]`; return an error and compare it",
            "path" if is_source => "`#[path]` hides the module's place; move the file",
            _ => return None,
        },
        Kind::ExternCrate => "`extern crate` hides a name; write the crate's own name",
        Kind::Macro(name) if name == "include" && is_source => {
            "`include!` hides code from this check; make it a module"
        }
        _ => return None,
    };
    Some(format!("attributes: {advice}"))
}

/// The top-level module that a file below `src` belongs to.
fn own_module(path: &Path) -> Option<String> {
    let is_source = path.starts_with("src");
    is_source.then(|| source::module_of(path)).and_then(|module| module.into_iter().next())
}

fn floor_of(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}
