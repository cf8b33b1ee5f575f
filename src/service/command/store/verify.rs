//! `silkwire store verify`.

use crate::service::command::print::{self, Format};
use crate::service::{Exit, Failure};
use crate::store::{Finding, VerifyReport};

/// Prints what was found; what is lost is a failure.
pub(super) fn tell(report: &VerifyReport, format: Format) -> Result<(), Failure> {
    let VerifyReport { n_records, n_lines, n_healed, n_lost, damaged_places, .. } = report;
    match format {
        Format::Json => print::json(report)?,
        Format::Table => {
            for (findings, what) in [(&report.healed, "healed"), (&report.lost, "lost")] {
                findings.iter().try_for_each(|finding| one(what, finding))?;
            }
            for place in damaged_places {
                print::line(format_args!("unreadable: {}", print::one_line(place)))?;
            }
            print::line(format_args!(
                "{n_records} records and {n_lines} lines of the journal: {n_healed} healed, \
                 {n_lost} lost"
            ))?;
        }
    }
    if *n_lost == 0 {
        return Ok(());
    }
    let names: Vec<&str> = report.lost.iter().map(|it| it.record.as_str()).collect();
    let words = format_args!("{n_lost} are lost: {}", print::one_line(&names.join(", ")));
    Err(Failure::because(Exit::Data, words))
}

fn one(what: &str, finding: &Finding) -> Result<(), Failure> {
    let Finding { record, words } = finding;
    print::line(format_args!("{what}: {}: {}", print::one_line(record), print::one_line(words)))
}
