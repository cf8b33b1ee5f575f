//! `silkwire run`.

use std::net::SocketAddr;

use crate::collect::Who;
use crate::service::command::{Places, print};
use crate::service::config::state_folder;
use crate::service::{self, Config, Failure, Mode, RunOptions};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Address for HTTP; port 0 picks a free one. Default: the configuration's.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Polls the feeds that are due, delivers what is due, and ends.
    #[arg(long)]
    once: bool,
    /// With --once: polls all feeds but those that asked us to wait or are gone.
    #[arg(long, requires = "once")]
    now: bool,
}

pub(super) async fn run(places: &Places, arguments: Arguments) -> Result<(), Failure> {
    let config = Config::load(places.config.as_deref()).map_err(|it| Failure::config(&it))?;
    let state = state_folder(places.state.as_deref()).map_err(|it| Failure::config(&[it]))?;
    let mode = match (arguments.once, arguments.now) {
        (false, _) => Mode::Forever,
        (true, false) => Mode::Once(Who::Due),
        (true, true) => Mode::Once(Who::All),
    };
    let options = RunOptions {
        listen: arguments.listen,
        state,
        is_state_named: places.state.is_some(),
        mode,
    };
    service::run(config, options, |address| {
        print::talk(format_args!("listening on http://{address}"));
    })
    .await
}
