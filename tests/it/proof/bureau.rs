//! A service with news coming in, two desks that are told, and a clerk who works with it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::newsroom::SECRET;
use crate::proof::chance::Chance;
use crate::proof::presses::{N_FEEDS, Presses};
use crate::support::{Home, Receiver, Response, exchange, try_exchange};

/// The names of those who are told.
pub(super) const DESKS: [&str; 2] = ["desk", "wire"];

/// A service with news coming in, and two desks that are told.
pub(super) struct Bureau {
    pub(super) home: Home,
    pub(super) presses: Presses,
    pub(super) desks: [Receiver; 2],
}

impl Bureau {
    pub(super) fn new(chance: &Chance) -> Self {
        Self::with_tables(chance, "")
    }

    /// As [`Self::new`], with more tables in the configuration.
    pub(super) fn with_tables(chance: &Chance, tables: &str) -> Self {
        let bureau = Self {
            home: Home::new(""),
            presses: Presses::start(chance.clone()),
            desks: [Receiver::start(), Receiver::start()],
        };
        bureau.configure(tables);
        bureau
    }

    fn configure(&self, tables: &str) {
        let mut text = String::from(
            "[service]\nloopback_role = \"admin\"\n\
             [net]\nallow_networks = [\"127.0.0.0/8\"]\ncontact = \"desk@example.org\"\n\
             [collect]\nhost_gap = \"0s\"\nfull_text = false\n\
             [alert]\nupdate_interval = \"0s\"\n",
        );
        for (name, desk) in DESKS.iter().zip(&self.desks) {
            let url = desk.url();
            write!(
                text,
                "[[receiver]]\nname = \"{name}\"\nurl = \"{url}\"\nsecret_file = \"hook.secret\"\n\
                 allow_http = true\n[[route]]\nreceiver = \"{name}\"\n"
            )
            .unwrap();
        }
        for number in 0..N_FEEDS {
            writeln!(text, "[[feed]]\nurl = \"{}\"", self.presses.feed_url(number)).unwrap();
        }
        text.push_str(tables);
        self.home.write("silkwire.toml", &text);
        self.home.write("hook.secret", SECRET);
        let fixtures = Path::new("tests/it/fixtures/two-countries");
        fs::create_dir_all(self.home.config().join("lexicon")).unwrap();
        for (name, place) in [("lexicon.toml", "lexicon/own.toml"), ("model.toml", "model.toml")] {
            self.home.write(place, &fs::read_to_string(fixtures.join(name)).unwrap());
        }
    }

    /// Copies the state folder to where it stays after the test, and says where that is.
    pub(super) fn keep_state(&self, seed: u64) -> PathBuf {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("kept-{seed}"));
        fs::remove_dir_all(&kept).ok();
        copy_folder(&self.home.state(), &kept);
        kept
    }
}

/// Copies a folder with everything in it.
pub(super) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else if entry.path().is_file() {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The API of a service that may die at any moment.
#[derive(Clone, Debug)]
pub(super) struct Api {
    /// Like `http://127.0.0.1:4711`.
    pub(super) origin: String,
}

impl Api {
    /// The answer to a GET; none if the service is dead.
    pub(super) fn get(&self, path: &str) -> Option<Response> {
        try_exchange("GET", &format!("{}{path}", self.origin), &[], b"")
    }

    /// The answer to a POST; none if the service is dead.
    pub(super) fn post(&self, path: &str, body: &Value) -> Option<Response> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        try_exchange("POST", &format!("{}{path}", self.origin), &[], body.as_bytes())
    }

    /// The status of a GET of a living service with this token.
    pub(super) fn status_as(&self, token: &str, path: &str) -> u16 {
        let bearer = format!("Bearer {token}");
        let url = format!("{}{path}", self.origin);
        exchange("GET", &url, &[("authorization", bearer.as_str())], b"").status
    }

    /// All items of a list of a living service, over all its pages.
    #[track_caller]
    pub(super) fn all(&self, list: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut after = String::new();
        loop {
            let mark = if list.contains('?') { '&' } else { '?' };
            let path = format!("/api/v1/{list}{mark}limit=200{after}");
            let path =
                if list == "feeds" || list == "tokens" { format!("/api/v1/{list}") } else { path };
            let answer = self.get(&path).unwrap_or_else(|| panic!("no answer to {path}"));
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            let page: Value = serde_json::from_slice(&answer.body).unwrap();
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return items,
            }
        }
    }
}
