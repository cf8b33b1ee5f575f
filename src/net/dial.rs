//! Connections for what is no HTTP: the same guard, the same trust, the same words for errors.
//!
//! Invariant: what is dialled is what was checked.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use ipnet::IpNet;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::Verifier;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::guard::Guard;
use super::resolver::{self, Lookup, SystemLookup};
use super::tls_fault::TlsFault;
use super::wire::{authorities, install_crypto};
use super::{Config, NetError};

/// For each address of a host.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// So much may come over one connection; servers of a few words need less.
const READ_BYTES_MAX: usize = 64 * 1024;

/// The way out for what is no HTTP. It knows no proxy: [`Config::proxy`] speaks HTTP.
#[derive(Clone)]
pub struct Dialler {
    guard: Arc<Guard>,
    lookup: Arc<dyn Lookup>,
    tls: Arc<ClientConfig>,
}

impl fmt::Debug for Dialler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialler").finish_non_exhaustive()
    }
}

impl Dialler {
    /// A way to public addresses, `config.allow_networks` and `open`.
    ///
    /// # Errors
    /// The system has no root certificates, or `config.ca_file` is unusable.
    pub fn new(config: &Config, open: &[IpNet]) -> Result<Self, NetError> {
        Self::with_lookup(config, open, Arc::new(SystemLookup))
    }

    /// The same with another name service.
    pub(super) fn with_lookup(
        config: &Config,
        open: &[IpNet],
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, NetError> {
        let guard = Guard::new(config.allow_networks.iter().chain(open).copied().collect());
        Ok(Self { guard: Arc::new(guard), lookup, tls: Arc::new(tls(config)?) })
    }

    /// A plain connection to `host`, a name or a literal address, IPv6 in brackets or not.
    ///
    /// # Errors
    /// The host is unknown or refused, or nobody listens at any of its addresses.
    pub async fn connect(&self, host: &str, port: u16) -> Result<Line, NetError> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let mut failure = NetError::Connect { reason: "no address".to_owned() };
        for address in self.addresses(host).await? {
            let address = SocketAddr::new(address, port);
            match timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(Line::plain(stream, host, Arc::clone(&self.tls))),
                Ok(Err(error)) => failure = NetError::Connect { reason: error.to_string() },
                Err(_) => failure = NetError::HeaderTimeout(CONNECT_TIMEOUT),
            }
        }
        Err(failure)
    }

    /// All addresses of `host` that may be dialled.
    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, NetError> {
        if let Ok(address) = host.parse::<IpAddr>() {
            self.guard.check(address)?;
            return Ok(vec![address]);
        }
        let found = resolver::guarded(&self.guard, &*self.lookup, host).await;
        let found = found.map_err(|error| NetError::of_lookup(error.as_ref()))?;
        Ok(found.into_iter().map(|address| address.ip()).collect())
    }
}

/// Trust as for HTTP: the system's authorities, and those of `ca_file`.
fn tls(config: &Config) -> Result<ClientConfig, NetError> {
    install_crypto();
    let setup = |reason: String| NetError::Setup { reason };
    let extra = config
        .ca_file
        .as_deref()
        .map(|path| authorities(path).map_err(|why| setup(format!("{} {why}", path.display()))));
    let extra = extra.transpose()?.unwrap_or_default();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier::new_with_extra_roots(extra, Arc::clone(&provider))
        .map_err(|error| setup(error.to_string()))?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| setup(error.to_string()))?;
    let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    Ok(builder.with_no_client_auth())
}

/// One connection, plain or encrypted.
pub struct Line {
    stream: Stream,
    host: String,
    tls: Arc<ClientConfig>,
    /// Read before anything else.
    put_back: Vec<u8>,
    n_bytes_left: usize,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Shows neither host nor address.
impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").finish_non_exhaustive()
    }
}

impl Line {
    fn plain(stream: TcpStream, host: &str, tls: Arc<ClientConfig>) -> Self {
        let (host, put_back) = (host.to_owned(), Vec::new());
        Self { stream: Stream::Plain(stream), host, tls, put_back, n_bytes_left: READ_BYTES_MAX }
    }

    /// Who is at the other end.
    ///
    /// # Errors
    /// The connection is gone.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        match &self.stream {
            Stream::Plain(stream) => stream.peer_addr(),
            Stream::Tls(stream) => stream.get_ref().0.peer_addr(),
        }
    }

    /// The same connection with TLS, made for the host that was asked for.
    ///
    /// # Errors
    /// The certificate or the handshake is wrong.
    pub async fn encrypted(self) -> Result<Self, NetError> {
        let Stream::Plain(stream) = self.stream else { return Ok(self) };
        let name = ServerName::try_from(self.host.clone());
        let name = name.map_err(|_| NetError::Setup { reason: "no host name".to_owned() })?;
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        let stream = connector.connect(name, stream).await.map_err(|error| {
            let fault = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            let lost = || NetError::Reset { reason: error.to_string() };
            fault.map_or_else(lost, TlsFault::of)
        })?;
        Ok(Self { stream: Stream::Tls(Box::new(stream)), ..self })
    }

    /// Lets the next reader find `bytes` first.
    pub fn put_back(&mut self, bytes: &[u8]) {
        self.put_back.splice(..0, bytes.iter().copied());
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.put_back.is_empty() {
            let n_bytes = self.put_back.len().min(buffer.remaining());
            let bytes: Vec<u8> = self.put_back.drain(..n_bytes).collect();
            buffer.put_slice(&bytes);
            return Poll::Ready(Ok(()));
        }
        if self.n_bytes_left == 0 {
            return Poll::Ready(Err(io::Error::other("the server talks without end")));
        }
        let before = buffer.filled().len();
        let polled = match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        };
        let n_read = buffer.filled().len() - before;
        self.n_bytes_left = self.n_bytes_left.saturating_sub(n_read);
        polled
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(context),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
