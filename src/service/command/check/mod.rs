//! `silkwire check`.

mod online;

use crate::service::command::print::Format;
use crate::service::command::{Places, print};
use crate::service::{Config, Failure};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Asks for each feed that is not paused once, and says what comes of it. Nothing is kept.
    #[arg(long)]
    online: bool,
    /// With --online: how to print.
    #[arg(long, value_enum, default_value_t, requires = "online")]
    format: Format,
}

pub(super) async fn run(places: &Places, arguments: Arguments) -> Result<(), Failure> {
    let config = Config::load(places.config.as_deref()).map_err(|it| Failure::config(&it))?;
    for warning in config.net.warnings() {
        print::talk(format_args!("warning: {warning}"));
    }
    if arguments.online {
        return online::run(config, arguments.format).await;
    }
    let n_paused = config.feeds.iter().filter(|feed| feed.is_paused).count();
    let paused = if n_paused == 0 { String::new() } else { format!(", {n_paused} of them paused") };
    print::line(format_args!(
        "configuration is right: {} feeds{paused}, {} receivers, topic {}",
        config.feeds.len(),
        config.receivers.len(),
        config.judge.topic()
    ))
}
