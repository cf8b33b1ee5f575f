//! `silkwire store`.

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
