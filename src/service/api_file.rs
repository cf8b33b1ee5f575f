//! `api.json`: where the running service can be asked, and with which token.
//!
//! Whoever may read the file may do everything; it is readable for the service's user alone.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::Secret;

/// The file's name.
pub(super) const NAME: &str = "api.json";

/// What stands in the file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ApiFileContent {
    /// `http://127.0.0.1:7455`.
    pub(super) url: String,
    /// The bearer token of this run.
    pub(super) token: String,
    /// Who wrote it.
    pub(super) pid: u32,
}

/// The file of this run; removed when this is dropped.
#[derive(Debug)]
pub(super) struct ApiFile {
    path: PathBuf,
}

impl ApiFile {
    /// Writes the file where commands look for it first, see [`folders`].
    pub(super) fn write(
        state: &Path,
        is_named: bool,
        address: SocketAddr,
        token: &Secret<String>,
    ) -> io::Result<Self> {
        let content = ApiFileContent {
            url: format!("http://{address}"),
            token: token.reveal().clone(),
            pid: std::process::id(),
        };
        let text = serde_json::to_string(&content)?;
        let mut written = Err(io::ErrorKind::NotFound.into());
        for folder in folders(state, is_named) {
            written = written.or_else(|_| write_in(&folder, &text));
        }
        Ok(Self { path: written? })
    }
}

/// Writes the file in `folder`, whole or not at all.
fn write_in(folder: &Path, text: &str) -> io::Result<PathBuf> {
    let (path, new) = (folder.join(NAME), folder.join("api.json.new"));
    fs::remove_file(&new).ok();
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes())?;
    fs::rename(&new, &path)?;
    Ok(path)
}

impl Drop for ApiFile {
    fn drop(&mut self) {
        // Who finds a stale file sees by the pid that it is one.
        fs::remove_file(&self.path).ok();
    }
}

/// Where the file may be, best first: the runtime folder, else the state folder.
///
/// `is_named`: the command line named the state folder, so `/run/silkwire` is somebody else's,
/// the installed service's.
pub(super) fn folders(state: &Path, is_named: bool) -> Vec<PathBuf> {
    let given = std::env::var_os("RUNTIME_DIRECTORY").map(PathBuf::from);
    let installed = (!is_named).then(|| PathBuf::from("/run/silkwire"));
    given.or(installed).into_iter().chain([state.to_path_buf()]).collect()
}
