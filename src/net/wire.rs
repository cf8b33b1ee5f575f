//! The transport over real sockets: the one place that drives the HTTP library.
//!
//! Deliberately absent: redirects, cookies, `Referer`, unpacking, retries, and proxies from the
//! environment, which would walk around the address guard.

use std::path::Path;
use std::sync::{Arc, Once};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use reqwest::Certificate;
use reqwest::redirect::Policy;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use url::Url;

use super::guard::Guard;
use super::resolver::{GuardedResolver, Lookup};
use super::{Config, Headers, Incoming, Method, NetError, Outgoing, Transport};

/// For name look-up, connection and TLS together, shared between the addresses of a host, so
/// that a dead one leaves time for the next.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Two feeds of one host are seconds apart, two polls of one feed minutes: longer, and
/// hundreds of sockets with 32 KiB each would wait for nothing.
const IDLE_TIMEOUT: Duration = Duration::from_secs(5);

/// A way over sockets.
pub(super) struct Wire {
    inner: reqwest::Client,
}

impl Wire {
    /// A way that dials only what `guard` lets pass of the addresses that `lookup` finds.
    pub(super) fn new(
        config: &Config,
        guard: Arc<Guard>,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, NetError> {
        install_crypto();
        let proxy_host = config.proxy.as_ref().and_then(Url::host_str).map(str::to_owned);
        let mut builder = reqwest::Client::builder()
            .dns_resolver(Arc::new(GuardedResolver::new(guard, lookup, proxy_host)))
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(1);
        if let Some(proxy) = &config.proxy {
            let proxy = reqwest::Proxy::all(proxy.clone());
            builder = builder.proxy(proxy.map_err(|error| NetError::of_setup(&error))?);
        }
        if let Some(path) = &config.ca_file {
            builder = builder.tls_certs_merge(trusted(path)?);
        }
        let inner = builder.build().map_err(|error| NetError::of_setup(&error))?;
        Ok(Self { inner })
    }
}

#[async_trait]
impl Transport for Wire {
    async fn carry(&self, request: Outgoing) -> Result<Incoming, NetError> {
        let sent = self.inner.execute(written(request)).await;
        let mut answer = sent.map_err(|error| NetError::before_answer(&error))?;
        let headers = Headers(std::mem::take(answer.headers_mut()));
        let status = answer.status().as_u16();
        let body = answer.bytes_stream();
        let body = body.map(|chunk| chunk.map_err(|error| NetError::within_answer(&error)));
        Ok(Incoming { status, headers, body: body.boxed() })
    }
}

fn trusted(path: &Path) -> Result<Vec<Certificate>, NetError> {
    let unusable = |why| NetError::Setup { reason: format!("{} {why}", path.display()) };
    let authorities = authorities(path).map_err(unusable)?;
    let made: Result<_, _> = authorities.iter().map(|der| Certificate::from_der(der)).collect();
    made.map_err(|error| NetError::of_setup(&error))
}

/// The authorities in a file of PEM certificates.
///
/// # Errors
/// Says in plain words what is wrong with the file.
pub(super) fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let pem = std::fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let found = found.map_err(|_| "is no PEM file, or cut".to_owned())?;
    if found.is_empty() {
        return Err("holds no PEM certificate (-----BEGIN CERTIFICATE-----)".to_owned());
    }
    let mut store = RootCertStore::empty();
    for (number, certificate) in (1..).zip(&found) {
        let added = store.add(certificate.clone());
        added.map_err(|error| format!("holds something else as certificate {number}: {error}"))?;
    }
    Ok(found)
}

/// Every TLS user of the process shares one provider; without it the first client panics.
pub(super) fn install_crypto() {
    static ONCE: Once = Once::new();
    // An error means that another part of the process was first: then there is one.
    ONCE.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}

fn written(request: Outgoing) -> reqwest::Request {
    let method = match request.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Delete => reqwest::Method::DELETE,
    };
    let mut written = reqwest::Request::new(method, request.url);
    *written.headers_mut() = request.headers.0;
    if !request.body.is_empty() {
        *written.body_mut() = Some(request.body.into());
    }
    written
}
