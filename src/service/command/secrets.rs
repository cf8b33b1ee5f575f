//! `silkwire secrets`.

use crate::alert::secret;
use crate::service::command::print;
use crate::service::{Exit, Failure};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Prints a new signing secret for a receiver.
    New {
        /// The receiver's name, for the hint.
        name: String,
    },
}

pub(super) fn run(command: &Command) -> Result<(), Failure> {
    let Command::New { name } = command;
    let secret = secret::generate().map_err(|error| Failure::new(Exit::Unavailable, error))?;
    print::line(secret.reveal())?;
    print::talk(format_args!(
        "Keep this line in a file that only the service may read, and name the file in the \
         configuration:\n  [[receiver]]\n  name = \"{name}\"\n  secret_file = \"{name}.secret\"\n\
         The receiver checks signatures with the same line (https://www.standardwebhooks.com)."
    ));
    Ok(())
}
