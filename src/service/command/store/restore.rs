//! `silkwire store restore`.

use std::path::Path;

use tokio::task::spawn_blocking;

use crate::service::command::print::Format;
use crate::service::command::store::backup;
use crate::service::command::{Places, desk};
use crate::service::config::state_folder;
use crate::service::{Exit, Failure};
use crate::store::DiskStore;

pub(super) async fn run(places: &Places, file: &Path, format: Format) -> Result<(), Failure> {
    if !file.exists() {
        return Err(Failure::because(Exit::NoInput, format_args!("no file {}", file.display())));
    }
    if desk::service(places)?.is_some() {
        let words = "the service runs: stop it, and name a state folder without a store";
        return Err(Failure::because(Exit::Data, words));
    }
    let folder = state_folder(places.state.as_deref()).map_err(|it| Failure::config(&[it]))?;
    let restored = {
        let file = file.to_owned();
        spawn_blocking(move || DiskStore::restore(&folder, &file)).await
    };
    let report = restored.map_err(|error| Failure::new(Exit::Task, error))??;
    backup::tell(file, &report, format)
}
