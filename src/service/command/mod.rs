//! One file for each command; this one reads the arguments and turns the end into an exit
//! code.

mod run;
mod demo;
mod check;
mod scan;
mod evaluate;
mod desk;
mod matches;
mod stories;
mod review;
mod feeds;
mod alerts;
mod tokens;
mod train;
mod health;
mod store;
mod secrets;
mod print;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::service::{Exit, Failure};
use crate::telemetry::{self, LogFormat};

/// Watches news feeds for articles about a pair of countries and alerts people.
#[derive(Parser)]
#[command(name = "silkwire", version)]
struct Arguments {
    #[command(flatten)]
    places: Places,
    #[command(subcommand)]
    command: Command,
}

/// Where files are; every command takes these.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct Places {
    /// Configuration file, or the folder it is in.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder for state.
    #[arg(long, global = true, value_name = "DIR")]
    state: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the service until SIGTERM or SIGINT.
    Run(run::Arguments),
    /// Shows everything at work on this machine alone: sample feeds, judgement, a verified alert.
    Demo(demo::Arguments),
    /// Checks the configuration and names every mistake.
    Check(check::Arguments),
    /// Judges feeds, pages, texts and JSON lines without keeping anything.
    Scan(scan::Arguments),
    /// Measures the judgement against labelled articles.
    Evaluate(evaluate::Arguments),
    /// Learns the model from labelled articles.
    Train(train::Arguments),
    /// Lists feeds, adds, removes and polls them.
    #[command(subcommand)]
    Feeds(feeds::Command),
    /// Lists, shows, reviews and exports what was flagged.
    #[command(subcommand)]
    Matches(matches::Command),
    /// Lists, shows, reviews and corrects stories.
    #[command(subcommand)]
    Stories(stories::Command),
    /// Lists and shows deliveries of alerts, tests receivers.
    #[command(subcommand)]
    Alerts(alerts::Command),
    /// Makes, lists and revokes tokens for the API.
    #[command(subcommand)]
    Tokens(tokens::Command),
    /// Says whether the running service is healthy and ready.
    Health,
    /// Says what the store holds, and keeps it small.
    #[command(subcommand)]
    Store(store::Command),
    /// Makes signing secrets.
    #[command(subcommand)]
    Secrets(secrets::Command),
}

/// The whole program: reads the arguments, does what they say, explains what went wrong.
pub fn main() -> ExitCode {
    // Not `parse`: it would exit with 2.
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(message) => return explain(&message),
    };
    match execute(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.exit == Exit::Closed => ExitCode::SUCCESS,
        Err(failure) => {
            print::talk(format_args!("silkwire: {failure}"));
            failure.into()
        }
    }
}

fn execute(arguments: Arguments) -> Result<(), Failure> {
    let filter = log_filter(&arguments.command);
    telemetry::start_log(LogFormat::Auto, &filter)
        .map_err(|error| Failure::new(Exit::Usage, error))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Unavailable, error))?;
    let places = &arguments.places;
    runtime.block_on(async {
        match arguments.command {
            Command::Run(arguments) => run::run(places, arguments).await,
            Command::Demo(arguments) => Box::pin(demo::run(arguments)).await,
            Command::Check(arguments) => check::run(places, arguments).await,
            Command::Scan(arguments) => scan::run(places, arguments).await,
            Command::Evaluate(arguments) => evaluate::run(places, &arguments),
            Command::Train(arguments) => train::run(places, &arguments),
            Command::Feeds(command) => feeds::run(places, command).await,
            Command::Matches(command) => matches::run(places, command).await,
            Command::Stories(command) => stories::run(places, command).await,
            Command::Alerts(command) => alerts::run(places, command).await,
            Command::Tokens(command) => tokens::run(places, command).await,
            Command::Health => health::run(places).await,
            Command::Store(command) => store::run(places, &command).await,
            Command::Secrets(command) => secrets::run(&command),
        }
    })
}

/// `$SILKWIRE_LOG`, else what the command deserves. The HTTP client's own lines name the
/// addresses of receivers, which are secrets, so they stay out unless asked for by name.
fn log_filter(command: &Command) -> String {
    let own = std::env::var("SILKWIRE_LOG").unwrap_or_else(|_| {
        let is_service = matches!(command, Command::Run(_));
        if is_service { "info" } else { "warn" }.to_owned()
    });
    format!("hyper_util=info,reqwest=info,{own}")
}

/// Help and version go to stdout and are no mistake; the rest goes to stderr.
fn explain(message: &clap::Error) -> ExitCode {
    let printed = message.print();
    if message.use_stderr() || printed.is_err() {
        ExitCode::from(Exit::Usage as u8)
    } else {
        ExitCode::SUCCESS
    }
}
