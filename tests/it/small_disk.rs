//! A small file system for one test, which runs again in a process of its own on it.
//!
//! Method: a tmpfs in a mount namespace of that process; it goes with the process. Root may make
//! one, and on most machines everybody in a user namespace of their own. Where neither is
//! possible the test fails and says so: a full disk that was never tried proves nothing.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Set for the process on the small disk: where that is mounted.
const MOUNTED: &str = "SILKWIRE_TEST_DISK";

/// What the disk holds.
pub(crate) const DISK_BYTES: u64 = 64 << 20;

/// A file system of [`DISK_BYTES`].
pub(crate) struct SmallDisk(PathBuf);

impl SmallDisk {
    /// The disk if this process has one. Else runs the test `name` on one, and passes on what
    /// came of it: then there is nothing left to do.
    #[track_caller]
    pub(crate) fn for_test(name: &str) -> Option<Self> {
        if let Some(folder) = std::env::var_os(MOUNTED) {
            return Some(Self(folder.into()));
        }
        let mount = tempfile::tempdir().unwrap();
        let namespaces = ["-m", "-Urm"].into_iter().find(|namespaces| {
            let tried = in_namespaces(namespaces, mount.path(), Path::new("true")).output();
            tried.is_ok_and(|tried| tried.status.success())
        });
        let namespaces = namespaces.unwrap_or_else(|| {
            panic!("no file system can be mounted: run this as root, or allow user namespaces")
        });
        let mut command =
            in_namespaces(namespaces, mount.path(), &std::env::current_exe().unwrap());
        command.args(["--exact", name, "--nocapture"]).env(MOUNTED, mount.path());
        let ran = command.env("TMPDIR", mount.path()).output().unwrap();
        let said = [ran.stdout, ran.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(ran.status.success() && said.contains("1 passed"), "{said}");
        None
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    /// Fills the disk but for `left_bytes`.
    pub(crate) fn fill(&self, left_bytes: usize) {
        let spare = self.0.join("spare");
        fs::write(&spare, vec![1; left_bytes]).unwrap();
        let mut file = File::options().append(true).create(true).open(self.filler()).unwrap();
        for size in [1 << 20, 4096, 1] {
            while file.write_all(&vec![1; size]).is_ok() {}
        }
        drop(file);
        fs::remove_file(spare).unwrap();
    }

    /// Gives back what [`SmallDisk::fill`] took.
    pub(crate) fn free(&self) {
        fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

/// The program, with a small disk at `mount`.
fn in_namespaces(namespaces: &str, mount: &Path, program: &Path) -> Command {
    let script = format!("mount -t tmpfs -o size={DISK_BYTES} tmpfs \"$0\" && exec \"$@\"");
    let mut command = Command::new("unshare");
    command.args([namespaces, "sh", "-c", &script]).arg(mount).arg(program);
    command
}
