//! `silkwire store read`.

use std::path::Path;

use crate::service::command::print;
use crate::service::{Exit, Failure};
use crate::store::{FilePart, LineFile};

pub(super) fn run(file: &Path, kind: Option<&str>) -> Result<(), Failure> {
    if !file.exists() {
        return Err(Failure::because(Exit::NoInput, format_args!("no file {}", file.display())));
    }
    let mut n_damaged = 0_u32;
    for part in LineFile::open(file, kind)? {
        match part? {
            FilePart::Lines(lines) => print::bytes(&lines)?,
            FilePart::Damage(words) => {
                n_damaged = n_damaged.saturating_add(1);
                print::talk(format_args!("{}", print::one_line(&words)));
            }
        }
    }
    if n_damaged == 0 {
        return Ok(());
    }
    let words = format_args!("{}: {n_damaged} places cannot be read", file.display());
    Err(Failure::because(Exit::Data, words))
}
