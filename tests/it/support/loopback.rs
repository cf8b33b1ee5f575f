//! An HTTP server on a free loopback port, on threads of its own.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, StatusCode};
use tokio::runtime::{Builder, Runtime};

/// More than any feed or alert in a test; a bound all the same.
const BODY_BYTES_MAX: usize = 64 << 20;

/// What somebody asked of a server of ours.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// With the query, as it was sent.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    /// The header of that name, in lower case; none if it is missing.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// What a server of ours answers.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Reply {
    pub(crate) fn ok(body: impl Into<Bytes>) -> Self {
        Self { status: 200, headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new() }
    }

    /// Adds a header; its name in lower case.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn value_of(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(own, _)| own == name);
        header.map(|(_, value)| value.as_str())
    }

    /// The same without body, as 304: headers stay (RFC 9110, 15.4.5).
    pub(super) fn not_modified(self) -> Self {
        Self { status: 304, body: Bytes::new(), ..self }
    }

    fn into_response(self) -> axum::response::Response {
        let mut response = axum::response::Response::builder().status(self.status);
        for (name, value) in &self.headers {
            response = response.header(name, value);
        }
        response.body(Body::from(self.body)).unwrap()
    }
}

/// The server; it ends when it is dropped.
#[derive(Debug)]
pub(super) struct Loopback {
    address: SocketAddr,
    runtime: Option<Runtime>,
}

type Answer = dyn Fn(Request) -> Reply + Send + Sync;

impl Loopback {
    /// `answer` runs on a thread of its own for each request, so it may block.
    pub(super) fn start(answer: impl Fn(Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_at("127.0.0.1", answer)
    }

    /// The same at another address of the loopback range: another host to those who ask.
    pub(super) fn start_at(
        host: &str,
        answer: impl Fn(Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((host, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let answer: Arc<Answer> = Arc::new(answer);
        let routes = Router::new().fallback(move |request| respond(Arc::clone(&answer), request));
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_io().build().unwrap();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, routes).await
        });
        Self { address, runtime: Some(runtime) }
    }

    /// Like `http://127.0.0.1:4711`.
    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        // Not a plain drop: it would wait for requests in hand, and panics in async tests.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn respond(answer: Arc<Answer>, request: axum::extract::Request) -> axum::response::Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
        return Reply::status(StatusCode::BAD_REQUEST.as_u16()).into_response();
    };
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let request = Request { method: head.method.to_string(), path, headers: head.headers, body };
    tokio::task::spawn_blocking(move || answer(request)).await.unwrap().into_response()
}

mod tests {
    use super::{Loopback, Reply};
    use crate::support::exchange;

    /// Goal: tests see exactly what was sent, and decide exactly what is answered.
    #[test]
    fn request_and_reply_arrive_whole() {
        let server = Loopback::start(|request| {
            assert_eq!((request.method.as_str(), request.path.as_str()), ("PUT", "/a?b=c"));
            assert_eq!(request.header("x-one"), Some("1"));
            assert_eq!(request.header("x-two"), None);
            assert_eq!(request.json()["deep"], 5);
            Reply::status(418).header("x-three", "3")
        });
        let url = format!("{}/a?b=c", server.origin());
        let response = exchange("PUT", &url, &[("x-one", "1")], b"{\"deep\": 5}");
        assert_eq!(response.status, 418);
        assert_eq!(response.header("x-three"), Some("3"));
        assert_eq!(response.body, b"");
    }

    /// Goal: async tests may use the servers too.
    #[tokio::test]
    async fn server_starts_and_ends_inside_a_runtime() {
        drop(Loopback::start(|_| Reply::ok("unused")));
    }
}
