//! Takes connections in and answers them until told to stop.
//!
//! Invariant: a client that is slow, or many of them, cost a bounded number of connections
//! for a bounded time.
//! Invariant: a request that has started may be answered before the service ends, for a
//! few seconds; a stream never keeps the service from ending.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::Request;
use axum::http::request::Parts;
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
    /// How long a connection may live, unless a long answer goes on over it; browsers open
    /// another.
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

/// An answer that lasts keeps its connection for so long after it last showed that it goes on.
const LIVELY_FOR: Duration = Duration::from_mins(2);

/// How often that is looked at, once the connection is old.
const LIVELY_PAUSE: Duration = Duration::from_secs(1);

/// Keeps a connection from being closed for its age while a long answer on it goes on.
///
/// A client that takes nothing any more lets it not go on.
#[derive(Clone, Debug, Default)]
pub(super) struct Lasting(Arc<Mutex<Option<Instant>>>);

impl Lasting {
    /// Says that the answer goes on.
    pub(super) fn touch(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Waits for `work`, which may last.
    pub(super) async fn hold<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            self.touch();
            if let Ok(done) = tokio::time::timeout(LIVELY_FOR / 4, work.as_mut()).await {
                return done;
            }
        }
    }

    fn is_lively(&self) -> bool {
        let touched = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        touched.is_some_and(|touched| touched.elapsed() < LIVELY_FOR)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Lasting {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

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
    let lasting = Lasting::default();
    let service = {
        let lasting = lasting.clone();
        service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            request.extensions_mut().insert(lasting.clone());
            answer.call(request.map(Body::new))
        })
    };
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits.head_patience);
    builder.max_buf_size(BUFFER_BYTES_MAX);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = over(limits.connection_age_max, &lasting, &cancel) => {
            connection.as_mut().graceful_shutdown();
            let last_words = tokio::time::timeout(limits.stop_patience, connection);
            last_words.await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection broke: {error}");
    }
}

async fn over(age_max: Duration, lasting: &Lasting, cancel: &CancellationToken) {
    let old = async {
        tokio::time::sleep(age_max).await;
        while lasting.is_lively() {
            tokio::time::sleep(LIVELY_PAUSE).await;
        }
    };
    tokio::select! {
        () = old => {}
        () = cancel.cancelled() => {}
    }
}
