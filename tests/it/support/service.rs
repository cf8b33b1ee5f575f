//! The binary as a child process, with all it says.

use std::fmt::Write;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;

use super::watched::Watched;

/// A running process; it is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Service {
    process: Child,
    stdout: Arc<Watched<Output>>,
    stderr: Arc<Watched<Output>>,
}

#[derive(Debug, Default)]
struct Output {
    lines: Vec<String>,
    is_closed: bool,
}

/// How a process ended and what it said.
#[derive(Debug)]
pub(crate) struct Finished {
    /// None when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Service {
    pub(crate) fn spawn(mut command: Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let stdout = listen(process.stdout.take().unwrap());
        let stderr = listen(process.stderr.take().unwrap());
        Self { process, stdout, stderr }
    }

    /// Waits for a line on stderr that contains `words`, and returns it; an old one counts too.
    #[track_caller]
    pub(crate) fn wait_for_line(&self, words: &str) -> String {
        self.wait_for_lines(words, 1).remove(0)
    }

    /// Waits for `n` such lines in all, and returns what has come.
    #[track_caller]
    pub(crate) fn wait_for_lines(&self, words: &str, n: usize) -> Vec<String> {
        let found = self.stderr.wait_for(|output| {
            let lines = output.lines.iter().filter(|line| line.contains(words));
            let lines: Vec<String> = lines.cloned().collect();
            (n <= lines.len()).then_some(Some(lines)).or(output.is_closed.then_some(None))
        });
        let said = || text(&self.stderr);
        found.flatten().unwrap_or_else(|| panic!("no {n} lines {words:?} on stderr:\n{}", said()))
    }

    /// Where the service answers HTTP, like `http://127.0.0.1:4711`; waits until it does.
    #[track_caller]
    pub(crate) fn origin(&self) -> String {
        const READY: &str = "listening on ";
        let line = self.wait_for_line(READY);
        line.split_once(READY).unwrap().1.to_owned()
    }

    /// As [`Self::origin`], but none if the process ends before.
    pub(crate) fn try_origin(&self) -> Option<String> {
        const READY: &str = "listening on ";
        let found = self.stderr.wait_for(|output| {
            let line = output.lines.iter().find_map(|line| Some(line.split_once(READY)?.1));
            line.map(|origin| Some(origin.to_owned())).or(output.is_closed.then_some(None))
        });
        found.flatten()
    }

    /// The process's number.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// What kills the process at once, as `kill -9` does; for use in hooks.
    pub(crate) fn killer(&self) -> impl Fn() + Send + Sync + 'static {
        let id = self.process.id();
        move || signal(id, "-KILL")
    }

    /// Kills the process at once, as `kill -9` does.
    #[track_caller]
    pub(crate) fn kill(self) -> Finished {
        self.killer()();
        self.wait()
    }

    /// Asks the service to stop, as `systemctl stop` does, and waits until it has.
    #[track_caller]
    pub(crate) fn terminate(self) -> Finished {
        signal(self.process.id(), "-TERM");
        self.wait()
    }

    /// Waits until the process ends by itself.
    #[track_caller]
    pub(crate) fn wait(mut self) -> Finished {
        // Both close when the process ends; waiting for them has a deadline, `wait` has none.
        for output in [&self.stdout, &self.stderr] {
            let closed = output.wait_for(|output| output.is_closed.then_some(()));
            assert!(closed.is_some(), "still running, and said:\n{}", text(&self.stderr));
        }
        let code = self.process.wait().unwrap().code();
        Finished { code, stdout: text(&self.stdout), stderr: text(&self.stderr) }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Both fail when the process has ended already, which is fine.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Collects lines on a thread of its own: a full pipe would stop the process.
fn listen(stream: impl Read + Send + 'static) -> Arc<Watched<Output>> {
    let output = Arc::new(Watched::<Output>::default());
    let shared = Arc::clone(&output);
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            shared.change(|output| output.lines.push(line));
        }
        shared.change(|output| output.is_closed = true);
    });
    output
}

fn text(output: &Watched<Output>) -> String {
    output.read(|output| {
        output.lines.iter().fold(String::new(), |mut text, line| {
            writeln!(text, "{line}").unwrap();
            text
        })
    })
}

fn signal(id: u32, name: &str) {
    let status = Command::new("kill").args([name, &id.to_string()]).status().unwrap();
    assert!(status.success(), "kill {name} {id}");
}

mod tests {
    use std::process::{Command, Stdio};

    use crate::support::{FeedServer, Home, Service, exchange};

    fn sh(script: &str) -> Service {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Service::spawn(command)
    }

    /// Goal: a test knows when the service is ready, and how it ended.
    #[test]
    fn service_is_reached_and_stops_cleanly() {
        let site = FeedServer::start();
        let home = Home::with_feeds(&[&site.url("/feed.xml")]);
        let service = home.start();
        let health = exchange("GET", &format!("{}/-/healthy", service.origin()), &[], b"");
        assert_eq!((health.status, health.text()), (200, "healthy\n"));
        let finished = service.terminate();
        assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    }

    /// Goal: a test can end the service as a power cut would.
    #[test]
    fn killed_service_has_no_exit_code() {
        let site = FeedServer::start();
        let home = Home::with_feeds(&[&site.url("/feed.xml")]);
        let service = home.start();
        service.wait_for_line("listening on ");
        assert_eq!(service.kill().code, None);
    }

    /// Goal: nothing that a process said is lost, on either stream.
    #[test]
    fn both_streams_and_the_code_are_kept() {
        let finished = sh("echo data; echo talk >&2; echo more >&2; exit 78").wait();
        assert_eq!(finished.code, Some(78));
        assert_eq!(finished.stdout, "data\n");
        assert_eq!(finished.stderr, "talk\nmore\n");
    }

    /// Goal: no process outlives its test, even one that ignores SIGTERM.
    #[test]
    fn dropped_service_is_dead() {
        let service = sh("trap '' TERM; echo ready >&2; exec sleep 600");
        service.wait_for_line("ready");
        let id = service.process.id().to_string();
        drop(service);
        let alive = Command::new("kill").args(["-0", &id]).stderr(Stdio::null()).status().unwrap();
        assert!(!alive.success());
    }
}
