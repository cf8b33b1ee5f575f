//! Erasing an article, as people do it, and what is left of it anywhere.

use std::fs;
use std::path::Path;

use silkwire::model::Role;
use silkwire::store::Articles;

use crate::newsroom::{Item, Newsroom, SCHOLARS, rss};
use crate::store_samples::{commit, match_id};
use crate::support::{Desk, json};

/// A word that no other text has.
pub(crate) const WORD: &str = "Zyxwvqar";

fn headline() -> String {
    format!("Japan and Azerbaijan sign {WORD} agreement on energy cooperation in Baku")
}

/// Serves a feed with the article and another one; `more` is what an edit adds.
fn publish(newsroom: &Newsroom, more: &str) {
    let title = headline() + more;
    let items = [
        Item { path: "/secret", title: &title, age_hours: Some(1) },
        Item { path: "/other", title: SCHOLARS, age_hours: Some(2) },
    ];
    let tag = format!("\"{}\"", more.len());
    newsroom.site.serve("/a.xml", rss(&newsroom.site.origin(), &items).header("etag", &tag));
}

/// All files below `folder` that hold the word, as they are or unpacked.
pub(crate) fn holding(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path));
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let unpacked = zstd::decode_all(bytes.as_slice()).unwrap_or_default();
        let has = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).to_lowercase();
            text.contains(&WORD.to_lowercase())
        };
        if has(&bytes) || has(&unpacked) {
            found.push(path.display().to_string());
        }
    }
    found
}

/// Goal: a person who asked to be forgotten is, on the disk as well, and stays so when the feed
/// carries the article on, edited too; whoever looks for it learns why it is gone.
/// Method: with the service stopped and running; what is searched through did hold the word.
#[test]
fn erased_article_is_gone_for_good() {
    for is_running in [false, true] {
        let newsroom = Newsroom::new(&["/a.xml"]);
        publish(&newsroom, "");
        newsroom.once(&[]);
        let matches = newsroom.list("matches");
        assert_eq!(matches.len(), 2);
        let id = matches.iter().find(|it| it["title"] == headline()).unwrap()["id"].clone();
        let id = id.as_str().unwrap();
        let state = newsroom.home.state();
        assert!(!holding(&state.join("journal")).is_empty());

        let service = is_running.then(|| newsroom.home.start());
        if let Some(service) = &service {
            service.origin();
        }
        let erase = || newsroom.home.run(&["matches", "erase", id, "--reason", "a wish"]);
        let first = erase();
        assert_eq!(first.code, Some(0), "{}", first.stderr);
        assert!(first.stdout.starts_with(&format!("match {id}: erased by local, ")));
        assert!(first.stdout.ends_with(": a wish\n"), "{}", first.stdout);
        let second = erase();
        assert!(second.stdout.starts_with(&format!("match {id}: was erased by local, ")));
        let shown = newsroom.home.run(&["matches", "show", id]);
        assert_eq!(shown.code, Some(66));
        assert!(shown.stderr.contains("erased by local, "), "{}", shown.stderr);
        assert!(shown.stderr.contains(": a wish"), "{}", shown.stderr);
        if let Some(service) = service {
            assert_eq!(service.terminate().code, Some(0));
        }
        assert_eq!(holding(&state), [""; 0]);

        for more in [" (edited)", " (edited once more)"] {
            publish(&newsroom, more);
            newsroom.once(&["--now"]);
            assert_eq!(newsroom.list("matches").len(), 1);
        }
        assert_eq!(holding(&state), [""; 0]);
    }
}

/// Goal: only whoever runs the house erases, and a program learns that it is done.
#[test]
fn only_admins_erase() {
    for (role, status) in [(Role::Reader, 403), (Role::Reviewer, 403), (Role::Admin, 200)] {
        let desk = Desk::start(role);
        desk.block_on(Articles::commit(&*desk.store, commit(1))).unwrap();
        let path = format!("/api/v1/matches/{}/erase", match_id(1));
        let response = desk.post(&path, r#"{"reason": "a wish"}"#);
        assert_eq!(response.status, status);
        let left = desk.block_on(desk.store.matched(match_id(1))).unwrap();
        assert_eq!(left.is_none(), role == Role::Admin);
        if role == Role::Admin {
            assert_eq!(json(&response)["reason"], "a wish");
            let shown = desk.get(&format!("/api/v1/matches/{}", match_id(1)));
            assert_eq!(shown.status, 410);
        }
    }
}

/// Goal: a scholar's library takes what was found as it is.
#[test]
fn export_as_ris() {
    let newsroom = Newsroom::new(&["/a.xml"]);
    publish(&newsroom, "");
    newsroom.once(&[]);
    let export = || {
        // As bytes: RIS ends its lines with CR and LF.
        let mut command = newsroom.home.command(&["matches", "export", "--format", "ris"]);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let text = export();
    assert_eq!(text, export());
    let records: Vec<&str> = text.split("ER  - \r\n\r\n").filter(|it| !it.is_empty()).collect();
    assert_eq!(records.len(), 2);
    for record in records {
        assert!(record.starts_with("TY  - NEWS\r\nTI  - "), "{record}");
        for tag in ["T2", "PY", "DA", "UR", "LA", "N1", "ID"] {
            assert!(record.contains(&format!("\r\n{tag}  - ")), "{tag}: {record}");
        }
    }
    assert!(text.contains(&format!("TI  - {}\r\n", headline())));
}
