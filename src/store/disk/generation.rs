//! Which of the folders beside each other holds the database.
//!
//! A database is made anew when it is rewritten or rebuilt. The file `CURRENT` names the one in
//! use; it is replaced by a rename, so there is always one. If it cannot be read, the newest
//! database that is complete is the one: the record of its schema is written last.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::model::Timestamp;
use crate::store::disk::start::JOURNAL;

const CURRENT: &str = "CURRENT";
const CURRENT_NEW: &str = "CURRENT.new";

/// The database of versions before 0.2, when there was one only.
pub(super) const FIRST: &str = "sled";
const PREFIX: &str = "sled-";

/// Where damaged databases are kept.
const SET_ASIDE: &str = "store.bad-";

/// How copies of before an upgrade are called, before the number of their schema.
pub(super) const OLD_SCHEMA: &str = "store.schema-";

/// The databases in a store's folder.
#[derive(Clone, Debug)]
pub(super) struct Generations {
    folder: PathBuf,
}

impl Generations {
    pub(super) fn of(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Whether there is any database.
    pub(super) fn is_any(&self) -> bool {
        !self.all().is_empty()
    }

    /// The database that `CURRENT` names; none if there is no such file, or it makes no sense.
    pub(super) fn current(&self) -> Option<PathBuf> {
        let name = fs::read_to_string(self.folder.join(CURRENT)).ok()?;
        let name = name.trim();
        number(name)?;
        let path = self.folder.join(name);
        path.is_dir().then_some(path)
    }

    /// All databases, newest first.
    pub(super) fn all(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut numbers: Vec<(u32, String)> =
            names.filter_map(|name| Some((number(&name)?, name))).collect();
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        let paths = numbers.into_iter().map(|(_, name)| self.folder.join(name));
        paths.filter(|path| path.is_dir()).collect()
    }

    /// Where the next database is made.
    pub(super) fn next(&self) -> PathBuf {
        let newest = self.all().into_iter().next();
        let name = newest.as_deref().and_then(Path::file_name).and_then(|name| name.to_str());
        let next = name.and_then(number).map_or(1, |number| number.saturating_add(1));
        self.folder.join(format!("{PREFIX}{next:06}"))
    }

    /// Makes `database` the one in use, for good.
    pub(super) fn switch_to(&self, database: &Path) -> io::Result<()> {
        let name = database.file_name().unwrap_or_default().to_string_lossy();
        let new = self.folder.join(CURRENT_NEW);
        let mut options = File::options();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        writeln!(file, "{name}")?;
        file.sync_all()?;
        fs::rename(&new, self.folder.join(CURRENT))?;
        sync_folder(&self.folder)
    }

    /// Removes all databases but `database`: what a change that was cut short, or done, left.
    pub(super) fn remove_others(&self, database: &Path) -> io::Result<()> {
        let others = self.all().into_iter().filter(|path| path != database);
        others.into_iter().try_for_each(fs::remove_dir_all)
    }

    /// Gives a damaged database another name, under which it stays until a person removes it.
    pub(super) fn set_aside(&self, database: &Path, at: Timestamp) -> io::Result<PathBuf> {
        let time: String = at.to_string().chars().take(19).filter(|it| *it != ':').collect();
        let names = (0..).map(|n: u32| match n {
            0 => format!("{SET_ASIDE}{time}"),
            n => format!("{SET_ASIDE}{time}-{n}"),
        });
        let mut paths = names.map(|name| self.folder.join(name));
        let path = paths.find(|path| !path.exists()).expect("numbers do not end");
        fs::rename(database, &path)?;
        sync_folder(&self.folder)?;
        Ok(path)
    }
}

/// What is kept beside the database in `folder`, and is never changed: damaged databases and
/// pieces of the journal, copies of before an upgrade. Names below the store's folder.
pub(super) fn kept_copies(database: &Path) -> Vec<String> {
    let Some(folder) = database.parent() else { return Vec::new() };
    let names = |folder: &Path| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect::<Vec<_>>()
    };
    let is_kept = |name: &String| name.starts_with(SET_ASIDE) || name.starts_with(OLD_SCHEMA);
    let kept = names(folder).into_iter().filter(is_kept);
    let journal = names(&folder.join(JOURNAL)).into_iter();
    let pieces = journal.filter(|name| name.contains(".damaged-"));
    let pieces = pieces.map(|name| format!("{JOURNAL}/{name}"));
    let mut kept: Vec<String> = kept.chain(pieces).collect();
    kept.sort();
    kept
}

/// The number in a database's name.
fn number(name: &str) -> Option<u32> {
    if name == FIRST {
        return Some(0);
    }
    name.strip_prefix(PREFIX)?.parse().ok()
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: whatever is cut short, one database is in use, and no damaged one is lost.
    #[test]
    fn one_database_is_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let generations = Generations::of(folder.path());
        assert_eq!(generations.next(), folder.path().join("sled-000001"));
        for name in ["sled", "sled-000009", "sled-000010", "sled-x", "other"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        assert_eq!(generations.current(), None);
        let names = |paths: Vec<PathBuf>| -> Vec<String> {
            paths.iter().map(|it| it.file_name().unwrap().to_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names(generations.all()), ["sled-000010", "sled-000009", "sled"]);
        let next = generations.next();
        assert_eq!(next, folder.path().join("sled-000011"));
        fs::create_dir(&next).unwrap();
        generations.switch_to(&next).unwrap();
        assert_eq!(generations.current(), Some(next.clone()));
        generations.remove_others(&next).unwrap();
        assert_eq!(names(generations.all()), ["sled-000011"]);

        let at = "2026-11-24T06:00:00Z".parse().unwrap();
        let kept = generations.set_aside(&next, at).unwrap();
        assert_eq!(kept, folder.path().join("store.bad-2026-11-24T060000"));
        assert_eq!(generations.current(), None);
        fs::create_dir(&next).unwrap();
        let kept = generations.set_aside(&next, at).unwrap();
        assert_eq!(kept, folder.path().join("store.bad-2026-11-24T060000-1"));
        for text in ["../other", "sled-99", "\u{0}"] {
            fs::write(folder.path().join(CURRENT), text).unwrap();
            assert_eq!(generations.current(), None);
        }
    }
}
