//! `silkwire secrets`.

use crate::alert::secret::{self, SigningKey};
use crate::service::command::print;
use crate::service::{Exit, Failure};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Prints a new signing secret for a receiver.
    New {
        /// The receiver's name, for the hint.
        name: String,
        /// Makes a pair of keys: the receiver can check signatures with the public one, and
        /// cannot make any.
        #[arg(long)]
        ed25519: bool,
    },
}

pub(super) fn run(command: &Command) -> Result<(), Failure> {
    let Command::New { name, ed25519 } = command;
    let generate = if *ed25519 { secret::generate_ed25519 } else { secret::generate };
    let failure = |error| Failure::new(Exit::Unavailable, error);
    let secret = generate().map_err(failure)?;
    print::line(secret.reveal())?;
    let public = SigningKey::parse(secret.reveal()).map_err(failure)?.public();
    let checks = match public {
        Some(public) => format!("with this public key:\n  {public}\n"),
        None => "with the same line ".to_owned(),
    };
    print::talk(format_args!(
        "Keep this line in a file that only the service may read, and name the file in the \
         configuration:\n  [[receiver]]\n  name = \"{name}\"\n  secret_file = \"{name}.secret\"\n\
         The receiver checks signatures {checks}(https://www.standardwebhooks.com)."
    ));
    Ok(())
}
