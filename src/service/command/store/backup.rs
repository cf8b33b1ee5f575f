//! `silkwire store backup`.
//!
//! Invariant: the file has its name once it is whole, checked and durable.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use crate::model::size_text::in_words;
use crate::service::command::print::{self, Format};
use crate::service::command::{Places, desk};
use crate::service::{Exit, Failure};
use crate::store::BackupReport;

pub(super) async fn run(places: &Places, file: &Path, format: Format) -> Result<(), Failure> {
    if file.exists() {
        let words = format_args!("{} exists: name a new file", file.display());
        return Err(Failure::because(Exit::Data, words));
    }
    let desk = desk::open(places)?;
    let mut part = Part::create(file)?;
    desk.backup(&mut |bytes| part.write(bytes)).await?;
    let report = spawn_blocking(move || part.finish()).await;
    let report = report.map_err(|error| Failure::new(Exit::Task, error))??;
    tell(file, &report, format)
}

/// Says what is in the file, and what is not.
pub(super) fn tell(file: &Path, report: &BackupReport, format: Format) -> Result<(), Failure> {
    match format {
        Format::Json => print::json(report)?,
        Format::Table => {
            let n_lines: u64 = report.n_lines.values().sum();
            let (name, bytes) = (file.display(), in_words(report.bytes));
            print::line(format_args!("{name}: begun {}, {n_lines} lines, {bytes}", report.at))?;
        }
    }
    for name in &report.damaged {
        print::talk(format_args!("damaged, and not in the backup: {}", print::one_line(name)));
    }
    if report.n_damaged == 0 {
        return Ok(());
    }
    let words = format_args!("{} records are damaged: `silkwire store verify`", report.n_damaged);
    Err(Failure::because(Exit::Data, words))
}

/// A backup on its way; it goes if it is not finished.
struct Part {
    /// None once it has its name.
    path: Option<PathBuf>,
    target: PathBuf,
    file: File,
}

impl Part {
    fn create(target: &Path) -> Result<Self, Failure> {
        let mut name = target.as_os_str().to_owned();
        name.push(".part");
        let path = PathBuf::from(name);
        let mut options = File::options();
        // One that was left there by a command that was killed is of no use.
        let options = options.write(true).create(true).truncate(true).mode(0o600);
        let file = options.open(&path).map_err(|error| failed(&path, error))?;
        Ok(Self { path: Some(path), target: target.to_owned(), file })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file.write_all(bytes).map_err(|error| failed(&self.target, error))
    }

    fn finish(mut self) -> Result<BackupReport, Failure> {
        let Some(path) = self.path.clone() else {
            return Err(Failure::because(Exit::Io, "the backup has its name already"));
        };
        let report = BackupReport::of(&path)?;
        let finish = || -> io::Result<()> {
            self.file.sync_all()?;
            match fs::hard_link(&path, &self.target) {
                // Some file systems cannot do it; then a file that came meanwhile would go.
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    fs::copy(&path, &self.target).and_then(|_| File::open(&self.target)?.sync_all())
                }
                linked => linked,
            }?;
            let folder = self.target.parent().filter(|folder| !folder.as_os_str().is_empty());
            File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
        };
        finish().map_err(|error| failed(&self.target, error))?;
        // The second name goes in any case.
        self.path.take().map_or(Ok(()), fs::remove_file).map_err(|error| failed(&path, error))?;
        Ok(report)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // If it stays, the next backup writes over it.
            fs::remove_file(path).ok();
        }
    }
}

fn failed(path: &Path, error: io::Error) -> Failure {
    Failure::new(Exit::Io, anyhow::Error::new(error).context(path.display().to_string()))
}
