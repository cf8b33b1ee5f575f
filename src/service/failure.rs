//! How a command ends when it does not end well.

use std::fmt;
use std::process::ExitCode;

use crate::model::Problem;
use crate::store::StoreError;

/// Why a command ended badly: an exit code for scripts, words for people.
#[derive(Debug)]
pub struct Failure {
    /// What a script learns.
    pub exit: Exit,
    error: anyhow::Error,
}

/// Exit codes as in sysexits(3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Nobody reads the output any more (`| head`): an end, but no failure.
    Closed = 0,
    /// The command was used wrongly.
    Usage = 64,
    /// The input is not what it should be.
    Data = 65,
    /// The input is not there.
    NoInput = 66,
    /// Something needed is not available: an address, the store.
    Unavailable = 69,
    /// A task of the service failed.
    Task = 70,
    /// The disk failed.
    Io = 74,
    /// Not allowed.
    Permission = 77,
    /// The configuration is wrong.
    Config = 78,
}

impl Failure {
    /// A failure with its exit code.
    pub fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self { exit, error: error.into() }
    }

    /// A failure in plain words.
    pub fn because(exit: Exit, words: impl fmt::Display) -> Self {
        Self { exit, error: anyhow::anyhow!("{words}") }
    }

    /// A wrong configuration, with everything that is wrong in it.
    pub fn config(problems: &[Problem]) -> Self {
        let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
        Self::because(Exit::Config, lines.join("\n"))
    }
}

impl Failure {
    /// What the store said, if it was the store.
    pub(super) fn store_error(&self) -> Option<&StoreError> {
        self.error.downcast_ref()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.error)
    }
}

impl From<Failure> for ExitCode {
    fn from(failure: Failure) -> Self {
        Self::from(failure.exit as u8)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = match &error {
            StoreError::Missing { .. } | StoreError::Unknown { .. } => Exit::NoInput,
            StoreError::Full(_) | StoreError::Io { .. } => Exit::Io,
            StoreError::Newer { .. } => Exit::Config,
            StoreError::Corrupt { .. } | StoreError::Refused { .. } => Exit::Data,
            _ => Exit::Unavailable,
        };
        Self::new(exit, error)
    }
}
