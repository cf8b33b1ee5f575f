//! Serves the sample feeds and receives alerts, on loopback.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::alert::secret::SigningKey;
use crate::alert::signature;
use crate::model::Timestamp;
use crate::service::demo::SAMPLES;

/// The sample feeds never change, so neither does their tag.
const TAG: &str = "\"demo\"";

/// More alerts than the demo makes.
const RECEIVED_MAX: usize = 64;

/// An alert as it arrived.
#[derive(Debug)]
pub(in crate::service) struct Received {
    /// The header `webhook-id`.
    pub(in crate::service) id: String,
    /// Whether the signature belongs to id, time and body.
    pub(in crate::service) is_verified: bool,
    /// The body.
    pub(in crate::service) body: serde_json::Value,
}

/// A server on a free loopback port.
pub(in crate::service) struct Server {
    listener: TcpListener,
    address: SocketAddr,
    started: Timestamp,
}

#[derive(Clone)]
struct Shared {
    base: String,
    started: Timestamp,
    keys: Arc<[SigningKey]>,
    received: mpsc::Sender<Received>,
}

impl Server {
    /// Takes a port; nothing is answered before [`Server::serve`].
    pub(in crate::service) async fn bind(now: Timestamp) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, started: now })
    }

    /// `http://127.0.0.1:PORT`.
    pub(in crate::service) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The receiving end of alerts, and the future that serves for ever.
    pub(in crate::service) fn serve(
        self,
        key: SigningKey,
    ) -> (mpsc::Receiver<Received>, impl Future<Output = std::io::Result<()>>) {
        let (sender, receiver) = mpsc::channel(RECEIVED_MAX);
        let shared = Shared {
            base: self.base(),
            started: self.started,
            keys: Arc::from([key]),
            received: sender,
        };
        let routes = Router::new()
            .route("/feeds/{name}", get(feed))
            .route("/hook", post(hook))
            .with_state(shared);
        (receiver, axum::serve(self.listener, routes).into_future())
    }
}

async fn feed(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(sample) = SAMPLES.iter().find(|sample| sample.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if headers.get(IF_NONE_MATCH).is_some_and(|tag| tag == TAG) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let document = sample.document(&shared.base, shared.started);
    ([(CONTENT_TYPE, sample.content_type), (ETAG, TAG)], document).into_response()
}

async fn hook(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let id = text("webhook-id").to_owned();
    let timestamp_s = text("webhook-timestamp").parse().unwrap_or_default();
    let wanted = signature::sign(shared.keys.iter(), &id, timestamp_s, &body);
    let Ok(parsed) = serde_json::from_slice(&body) else { return StatusCode::BAD_REQUEST };
    let is_verified = text("webhook-signature") == wanted;
    match shared.received.send(Received { id, is_verified, body: parsed }).await {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
