//! `silkwire store`.

use crate::service::Failure;
use crate::service::command::print::{self, Format};
use crate::service::command::{Places, desk};
use crate::store::Counts;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Counts what is kept, and the bytes on disk.
    Stats {
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

pub(super) async fn run(places: &Places, command: &Command) -> Result<(), Failure> {
    let Command::Stats { format } = command;
    let counts = desk::open(places)?.counts().await?;
    match format {
        Format::Json => print::json(&counts),
        Format::Table => print::table(["WHAT", "COUNT"], &rows(&counts)),
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
