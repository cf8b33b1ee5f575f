//! `silkwire check`.

use crate::service::command::{Places, print};
use crate::service::{Config, Failure};

pub(super) fn run(places: &Places) -> Result<(), Failure> {
    let config = Config::load(places.config.as_deref()).map_err(|it| Failure::config(&it))?;
    print::line(format_args!(
        "configuration is right: {} feeds, {} receivers, topic {}",
        config.feeds.len(),
        config.receivers.len(),
        config.judge.topic()
    ))
}
