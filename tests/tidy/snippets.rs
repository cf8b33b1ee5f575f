//! The checker checked: every trick is caught, and plain code passes.

use std::path::Path;

use crate::rules::findings;

fn check(path: &str, code: &str) -> Vec<String> {
    findings(Path::new(path), &format!("//! Job.\n{code}"))
}

/// Each snippet must be found in line 2, for this rule alone.
#[track_caller]
fn assert_caught(path: &str, rule: &str, snippets: &[&str]) {
    for code in snippets {
        let findings = check(path, code);
        let wanted = format!("{path}:2: {rule}: ");
        let is_caught = !findings.is_empty() && findings.iter().all(|it| it.starts_with(&wanted));
        assert!(is_caught, "{code}\nwanted: {wanted}\nfound: {findings:#?}");
    }
}

#[track_caller]
fn assert_passes(path: &str, snippets: &[&str]) {
    for code in snippets {
        assert_eq!(check(path, code), [""; 0], "{code}");
    }
}

/// Goal: no spelling of an import reaches a higher floor.
#[test]
fn imports_from_above_are_caught() {
    assert_caught(
        "src/store/disk/journal.rs",
        "floors",
        &[
            "use crate::service;",
            "use crate::service::Tasks;",
            "use crate::{service::Tasks, model::Article};",
            "use crate::{model::{Article, Story}, collect::{parse::{self, Entry}}};",
            "use super::super::super::service;",
            "use super::super::super::{model, alert::outbox};",
            "use self::super::super::super::service::Tasks;",
            "use crate::service::*;",
            "use crate::service as model;",
            "use ::silkwire::service;",
            "use silkwire::{service as below};",
            "fn f() { use crate::service::Tasks; }",
            "mod inner { use super::super::super::super::service; }",
            "#[cfg(test)] mod tests { use crate::service::Tasks; }",
            "use crate::r#service::Tasks;",
            "pub(crate) mod deeper { fn f() { { use crate::alert; } } }",
        ],
    );
}

/// Goal: nor does a path that is written out.
#[test]
fn paths_to_above_are_caught() {
    assert_caught(
        "src/store/disk/journal.rs",
        "floors",
        &[
            "fn f() { crate::service::start(); }",
            "fn f(tasks: &crate::service::Tasks) {}",
            "fn f() -> Vec<crate::service::Tasks> { Vec::new() }",
            "impl crate::collect::Fetch for () {}",
            "fn f() { <crate::alert::Outbox as Default>::default(); }",
            "fn f() { super::super::super::service::start(); }",
            "mod inner { fn f() { super::super::super::super::service::start(); } }",
            "struct S<T: crate::service::Start>(T);",
            "pub(in crate::service) struct S;",
            "type Alias = dyn crate::service::Start;",
        ],
    );
}

/// Goal: macros and attributes are no back door.
#[test]
fn macros_and_attributes_are_read() {
    assert_caught(
        "src/store/disk/journal.rs",
        "floors",
        &[
            "fn f() { println!(\"{}\", crate::service::name()); }",
            "fn f() { vec![(1, [crate :: service :: name()])]; }",
            "macro_rules! m { () => { $crate::service::start() } }",
            "macro_rules! m { () => { use crate::{model::Article, service::{Tasks}}; } }",
            "proptest! { fn f(x in super::super::super::service::any()) {} }",
            "#[derive(crate::service::Magic)] struct S;",
            "#[serde(with = \"crate::service::text\")] struct S;",
            "#[cfg_attr(test, serde(with = \"crate::service::text\"))] struct S;",
        ],
    );
}

/// Goal: the root is no back door to everything.
#[test]
fn root_is_not_imported() {
    assert_caught(
        "src/model/id.rs",
        "floors",
        &[
            "use crate as root;",
            "use crate::{self as root};",
            "use crate::*;",
            "use super::super as up;",
            "use super::super::*;",
            "use crate::Tasks;",
            "fn f() { crate::start(); }",
        ],
    );
    assert_caught("src/model/mod.rs", "floors", &["use super::*;"]);
}

/// Goal: neighbours do not talk, and a new module is placed before it grows.
#[test]
fn neighbours_and_unplaced_modules_are_caught() {
    assert_caught("src/alert/outbox.rs", "floors", &["use crate::collect::Fetch;"]);
    assert_caught("src/net/mod.rs", "floors", &["use crate::understand::Word;"]);
    assert_caught("src/understand/word.rs", "floors", &["use super::super::net::Client;"]);
    assert_eq!(check("src/engine.rs", "").len(), 1);
    assert_eq!(check("src/bin/tool.rs", "").len(), 1);
}

/// Goal: a foreign library can be replaced in one place.
#[test]
fn foreign_libraries_stay_at_home() {
    assert_caught(
        "src/collect/fetch.rs",
        "adapters",
        &[
            "use sled::Db;",
            "use sled as x;",
            "use sled;",
            "use ::sled::{Db, Tree};",
            "use {sled::Db, bytes::Bytes};",
            "use r#sled::Db;",
            "fn f(db: ::sled::Db) {}",
            "fn f() -> anyhow::Result<()> { Ok(()) }",
            "fn f() { anyhow::bail!(\"no\"); }",
            "fn f() { println!(\"{:?}\", reqwest::Method::GET); }",
            "macro_rules! m { () => { use sled as x; } }",
            "#[serde(with = \"chrono::serde::ts_seconds\")] struct S;",
            "#[cfg(test)] mod tests { use axum::Router; }",
            "use feed_rs::parser;",
            "use rustls::crypto;",
            "use tantivy::Index;",
            "use trafilatura::extract;",
            "use lettre::Message;",
            "use tokio_postgres::Client;",
        ],
    );
    assert_caught("src/store/disk/mod.rs", "adapters", &["pub use sled::Db;"]);
    assert_caught("src/net/mod.rs", "adapters", &["pub(crate) use reqwest as http;"]);
    assert_passes("src/store/disk/mod.rs", &["use sled::Db;", "fn f() { sled::open(); }"]);
    assert_passes("src/collect/parse.rs", &["use feed_rs::parser;", "use chrono::Utc;"]);
    assert_passes("src/main.rs", &["use anyhow::Context;"]);
    assert_passes("tests/it/run.rs", &["use axum::Router;"]);
}

/// Goal: a crate never hides behind another name.
#[test]
fn extern_crate_is_caught() {
    assert_caught(
        "src/store/disk/mod.rs",
        "attributes",
        &["extern crate sled;", "extern crate sled as x;", "extern crate self as other;"],
    );
}

/// Goal: one place to look for what a folder offers.
#[test]
fn only_mod_rs_re_exports() {
    let snippets = [
        "pub use super::fetch::Fetch;",
        "pub(crate) use super::x::Y;",
        "pub(super) use self::a::*;",
    ];
    assert_caught("src/collect/schedule.rs", "re-export", &snippets);
    assert_caught("tests/it/support/feed_server.rs", "re-export", &snippets);
    assert_passes("src/collect/mod.rs", &["pub use fetch::Fetch;", "pub use self::fetch::Fetch;"]);
    assert_passes("src/lib.rs", &["pub use service::Tasks;"]);
}

/// Goal: a warning that is switched off has a reason, and a test that exists runs.
#[test]
fn silencing_attributes_are_caught() {
    let everywhere = [
        "#![allow(dead_code)]",
        "#[allow(dead_code)] fn f() {}",
        "#[cfg_attr(test, allow(dead_code))] fn f() {}",
        "#[cfg_attr(test, cfg_attr(unix, allow(dead_code)))] fn f() {}",
        "fn f() { #[allow(unused)] let x = 1; }",
        "macro_rules! m { () => { #[allow(dead_code)] fn f() {} } }",
        "#[test] #[ignore] fn f() {}",
        "#[test] #[ignore = \"slow\"] fn f() {}",
        "#[test] #[should_panic(expected = \"x\")] fn f() {}",
        "proptest! { #[test] #[ignore] fn f(x in 0..1) {} }",
        "mod inner { #![allow(dead_code)] }",
    ];
    assert_caught("src/net/client.rs", "attributes", &everywhere);
    assert_caught("tests/it/run.rs", "attributes", &everywhere);
    let hiding = ["#[path = \"x.rs\"] mod y;", "include!(\"x.rs\");"];
    assert_caught("src/net/client.rs", "attributes", &hiding);
}

/// Goal: a file's name tells what is inside.
#[test]
fn vague_names_are_caught() {
    assert_caught("src/net/client.rs", "name", &["mod utils;", "mod common { }"]);
    for path in ["src/net/helpers.rs", "src/net/misc/address.rs", "tests/it/common/mod.rs"] {
        let findings = check(path, "");
        assert!(findings.len() == 1 && findings[0].contains(":1: name: "), "{findings:?}");
    }
}

/// Goal: the first line of a file tells what it is for.
#[test]
fn missing_header_is_caught() {
    for text in ["", "use std::fmt;\n", "//!No space.\n", "// Plain.\n", "\n//! Late.\n"] {
        let findings = findings(Path::new("src/net/client.rs"), text);
        assert!(findings.len() == 1 && findings[0].contains(":1: header: "), "{findings:?}");
    }
    let findings = findings(Path::new("src/net/client.rs"), "//! Job.\nfn (");
    assert!(findings.len() == 1 && findings[0].contains(": syntax: "), "{findings:?}");
}

/// Goal: the check never gets in the way of plain code.
#[test]
fn plain_code_passes() {
    assert_passes(
        "src/store/disk/journal.rs",
        &[
            "use crate::{model::Article, net, understand::text as folding};",
            "use super::super::{StoreError, disk::keys};",
            "use crate::store::disk::*;",
            "mod tests { use super::*; }",
            "pub(in super::super) struct S; pub(crate) struct T; pub(super) struct U;",
            "/// Used by [`crate::service::Tasks`], never by `sled::Db` users.\nstruct S;",
            "// use crate::service;\nfn f() {}",
            "fn f() -> &'static str { \"crate::service::start()\" }",
            "fn f(axum: u8) -> u8 { axum }",
            "fn f() { println!(\"crate::service {}\", self::keys::name()); }",
            "#[expect(clippy::panic, reason = \"x\")] fn f() {}",
            "#[serde(rename_all = \"lowercase\", with = \"crate::model::duration_text\")] struct S;",
            "#[derive(Debug, thiserror::Error)] #[error(\"sled::Db said {0}\")] struct S(u8);",
        ],
    );
    assert_passes("src/main.rs", &["use silkwire::service::{self, RunOptions};"]);
    assert_passes("src/lib.rs", &["pub mod model;\npub mod service;"]);
    assert_passes("src/service/run.rs", &["use crate::{alert, collect, review, store};"]);
}

/// Goal: a finding can be acted on without opening the rules.
#[test]
fn finding_names_place_rule_and_remedy() {
    let findings =
        check("src/net/client.rs", "\nuse crate::{\n    model::Feed,\n    store::Seen,\n};");
    insta::assert_snapshot!(findings.join("\n"), @"src/net/client.rs:5: floors: `net` (floor 1) uses `store` (floor 2); take what is needed as an argument or a trait, or move the code");
}
