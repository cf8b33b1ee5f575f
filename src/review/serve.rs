//! Takes connections in and answers them until told to stop.
//!
//! Invariant: a client that is slow, or many of them, cost a bounded number of connections
//! for a bounded time.
//! Invariant: a request that has started may be answered before the service ends, for a
//! few seconds; a stream never keeps the service from ending.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::review::access::Peer;

/// What a client may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once; more wait until one ends.
    pub connections_max: usize,
    /// How long a request's head may take, and how long a connection may idle.
    pub head_patience: Duration,
    /// How long a connection may live; browsers open another.
    pub connection_age_max: Duration,
    /// How long what is in hand may take once we stop.
    pub stop_patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 256,
            head_patience: Duration::from_secs(10),
            connection_age_max: Duration::from_mins(10),
            stop_patience: Duration::from_secs(4),
        }
    }
}

/// The largest head of a request, and what is buffered of anything else.
const BUFFER_BYTES_MAX: usize = 32 << 10;

/// A pause when the system gives no more connections: others may end meanwhile.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Serves until `cancel` fires; then open requests are finished within
/// [`Limits::stop_patience`], new ones refused.
///
/// # Errors
/// None today: a connection that cannot be accepted is tried again.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    cancel: CancellationToken,
) -> std::io::Result<()> {
    let places = Arc::new(Semaphore::new(limits.connections_max));
    let connections = TaskTracker::new();
    while let Some((stream, peer, place)) = next(&listener, &places, &cancel).await {
        let router = router.clone();
        let cancel = cancel.clone();
        connections.spawn(async move {
            converse(stream, peer, router, limits, cancel).await;
            drop(place);
        });
    }
    drop(listener);
    connections.close();
    connections.wait().await;
    Ok(())
}

/// The next connection and its place among those at once; none when we stop.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    cancel: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    cancel
        .run_until_cancelled(async {
            let place = Arc::clone(places).acquire_owned().await.expect("it is never closed");
            loop {
                match listener.accept().await {
                    Ok((stream, peer)) => return (stream, peer, place),
                    Err(error) => {
                        tracing::debug!(%error, "a connection was not accepted: {error}");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        })
        .await
}

/// Answers what comes over one connection.
async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    limits: Limits,
    cancel: CancellationToken,
) {
    let answer = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        answer.call(request.map(Body::new))
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits.head_patience);
    builder.max_buf_size(BUFFER_BYTES_MAX);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = over(limits.connection_age_max, &cancel) => {
            connection.as_mut().graceful_shutdown();
            let last_words = tokio::time::timeout(limits.stop_patience, connection);
            last_words.await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection broke: {error}");
    }
}

async fn over(age_max: Duration, cancel: &CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(age_max) => {}
        () = cancel.cancelled() => {}
    }
}
