//! `silkwire store`.

mod backup;
mod restore;
mod verify;
mod read;

use std::path::PathBuf;

use crate::model::size_text::in_words;
use crate::service::Failure;
use crate::service::command::print::{self, Format};
use crate::service::command::{Places, desk};
use crate::store::{Compacted, Counts};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Counts what is kept, and the bytes on disk.
    Stats {
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Writes a backup of everything to a new file, while the service goes on if one runs.
    Backup {
        /// The file; it must not exist.
        file: PathBuf,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Makes a store from a backup, where there is none and no service runs.
    Restore {
        /// The backup.
        file: PathBuf,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Checks every record, in both copies, and heals what is whole in one of them.
    Verify {
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Prints the lines of a journal's segment or of a backup, and says what is damaged in it.
    Read {
        /// The file: `2026-11.jsonl.zst` in the state folder's `journal`, or a backup.
        file: PathBuf,
        /// Lines of this kind only.
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
    },
    /// Gives the disk back what deleted and changed records still take. The service does that by
    /// itself when it is worth it.
    Compact {
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

pub(super) async fn run(places: &Places, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Stats { format } => stats(&desk::open(places)?.counts().await?, *format),
        Command::Backup { file, format } => backup::run(places, file, *format).await,
        Command::Restore { file, format } => restore::run(places, file, *format).await,
        Command::Verify { format } => verify::tell(&desk::open(places)?.verify().await?, *format),
        Command::Read { file, kind } => read::run(file, kind.as_deref()),
        Command::Compact { format } => compacted(&desk::open(places)?.compact().await?, *format),
    }
}

fn stats(counts: &Counts, format: Format) -> Result<(), Failure> {
    match format {
        Format::Json => print::json(counts),
        Format::Table => print::table(["WHAT", "COUNT"], &rows(counts)),
    }
}

fn compacted(report: &Compacted, format: Format) -> Result<(), Failure> {
    for record in &report.damaged {
        print::talk(format_args!("damaged, and copied as it is: {}", print::one_line(record)));
    }
    if 0 < report.n_damaged {
        print::talk(format_args!("{} damaged records: `silkwire store verify`", report.n_damaged));
    }
    let Compacted { bytes_before, bytes_after, n_keys, .. } = report;
    match format {
        Format::Json => print::json(report),
        Format::Table => print::line(format_args!(
            "{} before, {} after, {n_keys} keys",
            in_words(*bytes_before),
            in_words(*bytes_after)
        )),
    }
}

fn rows(counts: &Counts) -> [[String; 2]; 11] {
    [
        ("matches", counts.matches),
        ("stories", counts.stories),
        ("  open", counts.stories_open),
        ("  relevant", counts.stories_relevant),
        ("  not relevant", counts.stories_not_relevant),
        ("  unsure", counts.stories_unsure),
        ("near misses", counts.near_misses),
        ("  open", counts.near_misses_open),
        ("deliveries pending", counts.deliveries_pending),
        ("deliveries dead", counts.deliveries_dead),
        ("bytes on disk", counts.disk_bytes),
    ]
    .map(|(what, count)| [what.to_owned(), count.to_string()])
}
