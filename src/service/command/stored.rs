//! Opens the store for a command that reads while no service runs.

use tokio::task::spawn_blocking;

use crate::service::command::Places;
use crate::service::config::state_folder;
use crate::service::{Exit, Failure};
use crate::store::DiskStore;

/// The store, if there is one; it is never created here.
pub(super) async fn open(places: &Places) -> Result<DiskStore, Failure> {
    let folder = state_folder(places.state.as_deref()).map_err(|it| Failure::config(&[it]))?;
    let opened = spawn_blocking(move || DiskStore::open_existing(&folder)).await;
    let opened = opened.map_err(|error| Failure::new(Exit::Task, error))?;
    Ok(opened?)
}
