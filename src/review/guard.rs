//! What holds for every request before it reaches a handler, and for every answer.
//!
//! Invariant: only who names us as `Host` is answered, so a foreign name that leads to
//! 127.0.0.1 (DNS rebinding) is not.
//! Invariant: nothing is changed for a page of another site.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::review::{App, Problem};

/// The largest body that anybody needs to send.
pub(super) const BODY_BYTES_MAX: usize = 64 << 10;

/// How long a request may take until its answer starts. A receiver's test has 20 s.
const ANSWER_PATIENCE: Duration = Duration::from_secs(10);
const TEST_PATIENCE: Duration = Duration::from_secs(25);

/// What a page may load: our own files, nothing inline, nothing from elsewhere.
const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
     img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'";

/// Headers of every answer that does not set its own. `same-origin`, not `no-referrer`: with
/// that, browsers send `Origin: null` with our own forms (Fetch, "append a request `Origin`
/// header").
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
];

/// Checks a request, lets it through for a limited time, and dresses the answer.
pub(super) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = match check(app.access.listen, &request) {
        Ok(()) => answer(request, next).await,
        Err(problem) => problem.into_response(),
    };
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}

async fn answer(request: Request, next: Next) -> Response {
    let is_test = request.uri().path().starts_with("/api/v1/receivers/");
    let patience = if is_test { TEST_PATIENCE } else { ANSWER_PATIENCE };
    match tokio::time::timeout(patience, next.run(request)).await {
        Ok(response) if response.status() == StatusCode::METHOD_NOT_ALLOWED => {
            let detail = "this path is not asked like this";
            let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail).into_response();
            let allowed = response.headers().get(header::ALLOW).cloned();
            let allowed = allowed.map(|methods| [(header::ALLOW, methods)]);
            (allowed, problem).into_response()
        }
        Ok(response) => response,
        Err(_) => {
            let detail = format!("no answer within {} s", patience.as_secs());
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).into_response()
        }
    }
}

fn check(listen: SocketAddr, request: &Request) -> Result<(), Problem> {
    let host = check_host(listen, request.uri(), request.headers())?;
    if !is_safe(request.method()) {
        check_origin(host, request.headers())?;
    }
    check_length(request.headers())
}

/// Whether a request of this method changes nothing (RFC 9110, 9.2.1).
fn is_safe(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS].contains(method)
}

fn check_host<'a>(
    listen: SocketAddr,
    uri: &'a Uri,
    headers: &'a HeaderMap,
) -> Result<&'a str, Problem> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let first = hosts.next().and_then(|host| host.to_str().ok());
    let (Some(host), None) = (first, hosts.next()) else {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "one header Host is needed"));
    };
    let is_ours = is_our_host(listen, host)
        && uri.authority().is_none_or(|authority| is_our_host(listen, authority.as_str()));
    if is_ours {
        return Ok(host);
    }
    let detail = format!("this host is called {listen} or localhost:{}", listen.port());
    Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, detail))
}

/// The address we listen on, or this machine's own names. Who listens on all addresses is
/// called by any address, but never by a name: names can be made to lead here.
fn is_our_host(listen: SocketAddr, host: &str) -> bool {
    const HTTP_PORT: u16 = 80;
    let (name, port) = match host.rsplit_once(':') {
        // In `[::1]` the last colon is no port's.
        Some((name, port)) if !port.ends_with(']') => match port.parse() {
            Ok(port) => (name, port),
            Err(_) => return false,
        },
        _ => (host, HTTP_PORT),
    };
    if port != listen.port() {
        return false;
    }
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let inner = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    inner.parse::<IpAddr>().is_ok_and(|address| {
        address == listen.ip() || address.is_loopback() || listen.ip().is_unspecified()
    })
}

/// Browsers say from which site a request comes; programs say nothing.
fn check_origin(host: &str, headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let is_own_site =
        text("sec-fetch-site").is_none_or(|site| ["same-origin", "none"].contains(&site));
    let is_own_origin = text("origin").is_none_or(|origin| {
        let rest = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        rest.is_some_and(|origin_host| origin_host.eq_ignore_ascii_case(host))
    });
    if is_own_site && is_own_origin {
        return Ok(());
    }
    let detail = "a page of another site must not change anything here";
    Err(Problem::new(StatusCode::FORBIDDEN, detail))
}

/// Refuses a large body before any of it is read.
fn check_length(headers: &HeaderMap) -> Result<(), Problem> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let length: Option<usize> = length.and_then(|length| length.parse().ok());
    if length.is_none_or(|length| length <= BODY_BYTES_MAX) { Ok(()) } else { Err(too_large()) }
}

/// The answer to a body that is too large.
pub(super) fn too_large() -> Problem {
    let detail = format!("a body has at most {BODY_BYTES_MAX} bytes");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: whatever a person types to reach their own machine works, and no name that
    /// somebody else can point at it does.
    #[test]
    fn only_our_own_names_are_answered() {
        let here: SocketAddr = "127.0.0.1:7455".parse().unwrap();
        for host in ["127.0.0.1:7455", "localhost:7455", "LOCALHOST:7455", "[::1]:7455"] {
            assert!(is_our_host(here, host), "{host}");
        }
        let wrong = ["", "localhost", "evil.example:7455", "127.0.0.1:80", "127.0.0.1.evil:7455"];
        for host in wrong.into_iter().chain(["10.0.0.1:7455", "[::1]", "localhost:", ":7455"]) {
            assert!(!is_our_host(here, host), "{host}");
        }
        let everywhere = "0.0.0.0:80".parse().unwrap();
        assert!(is_our_host(everywhere, "10.0.0.1"));
        assert!(!is_our_host(everywhere, "press.example"));
    }

    /// Goal: a form on another site cannot judge, our own can, and scripts need not pretend.
    #[test]
    fn only_our_own_pages_change_things() {
        let verdict = |pairs: &[(&'static str, &'static str)]| {
            let headers = pairs.iter().map(|(name, value)| {
                (HeaderName::from_static(name), HeaderValue::from_static(value))
            });
            check_origin("localhost:7455", &headers.collect()).is_ok()
        };
        assert!(verdict(&[]));
        assert!(verdict(&[("origin", "http://localhost:7455"), ("sec-fetch-site", "same-origin")]));
        assert!(!verdict(&[("origin", "http://evil.example")]));
        assert!(!verdict(&[("origin", "http://localhost:8000")]));
        assert!(!verdict(&[("origin", "null")]));
        assert!(!verdict(&[("sec-fetch-site", "cross-site")]));
        assert!(!verdict(&[("sec-fetch-site", "same-site")]));
    }
}
