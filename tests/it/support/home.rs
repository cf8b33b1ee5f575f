//! A folder for one service: its configuration and what it keeps, over several runs.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::service::{Finished, Service};

#[derive(Debug)]
pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    /// A fresh folder with this `silkwire.toml`.
    ///
    /// The text should name at least one feed: without any, the service polls the
    /// compiled-in list.
    pub(crate) fn new(configuration: &str) -> Self {
        let home = Self { folder: tempfile::tempdir().unwrap() };
        for name in ["config", "state", "run"] {
            fs::create_dir(home.path(name)).unwrap();
        }
        home.write("silkwire.toml", configuration);
        home
    }

    /// A fresh folder with these feeds on loopback, and nobody to alert.
    pub(crate) fn with_feeds(urls: &[&str]) -> Self {
        let mut configuration = String::from("[net]\nallow_networks = [\"127.0.0.0/8\"]\n");
        for url in urls {
            writeln!(configuration, "[[feed]]\nurl = \"{url}\"").unwrap();
        }
        Self::new(&configuration)
    }

    /// Writes a file beside `silkwire.toml`; an existing one is replaced.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path("config").join(name);
        fs::write(&path, text).unwrap();
        if path.extension().is_some_and(|it| it == "secret") {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        path
    }

    /// Where the service keeps what it knows.
    pub(crate) fn state(&self) -> PathBuf {
        self.path("state")
    }

    /// Where the running service says how it is asked.
    pub(crate) fn runtime(&self) -> PathBuf {
        self.path("run")
    }

    /// Where its configuration is.
    pub(crate) fn config(&self) -> PathBuf {
        self.path("config")
    }

    /// The binary with these arguments. It gets the folder as from systemd, and nothing else
    /// of our environment: a proxy or a home of the person who runs the tests.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_silkwire"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("CONFIGURATION_DIRECTORY", self.config())
            .env("STATE_DIRECTORY", self.state())
            .env("RUNTIME_DIRECTORY", self.path("run"));
        command
    }

    /// Starts the service on a free port.
    pub(crate) fn start(&self) -> Service {
        Service::spawn(self.command(&["run", "--listen", "127.0.0.1:0"]))
    }

    /// Runs the binary with these arguments to its end.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Finished {
        Service::spawn(self.command(arguments)).wait()
    }

    /// `silkwire run --once` and more arguments, to its end.
    #[track_caller]
    pub(crate) fn run_once(&self, more: &[&str]) -> Finished {
        let once = ["run", "--listen", "127.0.0.1:0", "--once"];
        self.run(&[&once, more].concat())
    }

    fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }
}

mod tests {
    use super::*;

    /// Goal: two tests never share a file, and a run finds what the one before it left.
    #[test]
    fn each_home_is_its_own() {
        let (one, other) = (Home::new("one"), Home::new("other"));
        let path = one.write("hook.secret", "first");
        assert_eq!(one.write("hook.secret", "second"), path);
        assert_eq!(fs::read_to_string(&path).unwrap(), "second");
        assert_eq!(fs::read_to_string(path.with_file_name("silkwire.toml")).unwrap(), "one");
        assert_ne!(one.state(), other.state());
        assert!(one.state().is_dir());
    }

    /// Goal: a test about feeds says which, and no more.
    #[test]
    fn feeds_stand_in_the_configuration() {
        let home = Home::with_feeds(&["http://127.0.0.1:1/a", "http://127.0.0.1:1/b"]);
        let text = fs::read_to_string(home.path("config/silkwire.toml")).unwrap();
        insta::assert_snapshot!(text, @r#"
        [net]
        allow_networks = ["127.0.0.0/8"]
        [[feed]]
        url = "http://127.0.0.1:1/a"
        [[feed]]
        url = "http://127.0.0.1:1/b"
        "#);
    }

    /// Goal: the command line of a test reaches the binary as it stands there.
    #[test]
    fn arguments_reach_the_binary() {
        let home = Home::new("");
        let version = home.run(&["--version"]);
        assert_eq!(version.stdout, format!("silkwire {}\n", env!("CARGO_PKG_VERSION")));
        let wrong = home.run_once(&["--no-such-flag"]);
        assert_eq!((wrong.code, wrong.stdout.as_str()), (Some(64), ""));
    }
}
