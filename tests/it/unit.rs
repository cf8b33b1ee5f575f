//! The systemd unit, checked by systemd's own tools. No service manager need run.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use tempfile::TempDir;

const UNIT: &str = "systemd/silkwire.service";

/// The exposure that systemd may find, in tenths: 0 is sealed, 100 is open.
const EXPOSURE_MAX: &str = "11";

/// Goal: `systemctl start` never meets a key that this systemd does not know, and says nothing.
/// Method: a root folder with the unit, the targets that it names and a file where it
/// expects the binary; a second one with a slip of the pen shows that the check can fail.
#[test]
fn unit_is_understood_without_a_word() {
    let text = fs::read_to_string(UNIT).unwrap();
    assert_eq!(verify(&text), "");
    let slip = verify(&text.replace("WatchdogSec=", "WatchdogSeconds="));
    assert!(slip.contains("WatchdogSeconds"), "{slip:?}");
}

/// Goal: a bug in reading foreign feeds stays inside the service.
#[test]
fn unit_exposes_little() {
    let mut command = Command::new("systemd-analyze");
    command.args(["security", "--no-pager", "--offline=true"]);
    command.args([&format!("--threshold={EXPOSURE_MAX}"), UNIT]);
    let output = command.output().expect("systemd-analyze, which tests/run installs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// What `systemd-analyze verify` says about a unit with this text.
fn verify(text: &str) -> String {
    let root = root_with(text);
    let mut command = Command::new("systemd-analyze");
    command.arg("verify").arg(format!("--root={}", root.path().display()));
    let output = command.arg("silkwire.service").output();
    let output = output.expect("systemd-analyze, which tests/run installs");
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

fn root_with(text: &str) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let units = root.path().join("usr/lib/systemd/system");
    fs::create_dir_all(&units).unwrap();
    fs::create_dir_all(root.path().join("usr/bin")).unwrap();
    symlink("usr/lib", root.path().join("lib")).unwrap();
    // Stands for the installed binary; it is looked at and not run.
    let binary = root.path().join("usr/bin/silkwire");
    fs::write(&binary, "").unwrap();
    fs::set_permissions(&binary, Permissions::from_mode(0o755)).unwrap();
    for entry in fs::read_dir("/usr/lib/systemd/system").unwrap().map(Result::unwrap) {
        if entry.path().extension().is_some_and(|extension| extension == "target") {
            fs::copy(entry.path(), units.join(entry.file_name())).unwrap();
        }
    }
    fs::write(units.join("silkwire.service"), text).unwrap();
    root
}
