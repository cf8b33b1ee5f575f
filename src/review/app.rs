//! What every request handler may use.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::model::{Clock, Role, Secret};
use crate::review::Controls;
use crate::store::Store;
use crate::telemetry::Metrics;

/// What every request handler may use; clones share it.
#[derive(Clone)]
pub struct App {
    /// What is kept.
    pub store: Arc<dyn Store>,
    /// What can be done.
    pub controls: Arc<dyn Controls>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who may come in.
    pub access: Arc<Access>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Fires when the service stops: open streams end.
    pub stop: CancellationToken,
}

/// Who may come in, and as what.
#[derive(Debug)]
pub struct Access {
    /// Where we listen; `Host` must name it, or `localhost` with its port.
    pub listen: SocketAddr,
    /// What a person on this machine may do without a token.
    pub loopback_role: Role,
    /// The token of this run, for commands on this machine (`api.json`): an admin's.
    pub local_token: Secret<String>,
    /// What CSRF tokens are made with; new in each run.
    pub csrf_key: Secret<[u8; 32]>,
}
