//! Servers with certificates, right and wrong, and HTTP/2 behind them.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::Response;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use silkwire::net::{self, BodyLimit, Client, Config, Limits, NetError, Request, TlsFault};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto::ring};
use tokio_rustls::server::TlsStream;

const LIMITS: Limits = Limits {
    header_timeout: Duration::from_secs(30),
    total_timeout: Duration::from_mins(1),
    body: BodyLimit::DOCUMENT,
};

/// An authority that nobody knows but who has its file.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A certificate for `host`, changed by `change`.
    pub(crate) fn certify(
        &self,
        host: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Identity {
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity { certificate: certificate.der().clone(), key }
    }
}

pub(crate) struct Identity {
    certificate: CertificateDer<'static>,
    key: KeyPair,
}

impl Identity {
    fn self_signed(is_ca: IsCa) -> Self {
        let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        params.is_ca = is_ca;
        let key = KeyPair::generate().unwrap();
        Self { certificate: params.self_signed(&key).unwrap().der().clone(), key }
    }

    pub(crate) fn config(&self, protocols: &[&str]) -> ServerConfig {
        let key = PrivatePkcs8KeyDer::from(self.key.serialize_der());
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], key.into())
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|it| it.as_bytes().to_vec()).collect();
        config
    }
}

/// Serves each connection that gets past the handshake; ends when it is dropped.
struct TlsServer {
    address: SocketAddr,
    n_connections: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl TlsServer {
    /// `serve` gets each connection and its number, counted from 1.
    async fn start<S, F>(identity: &Identity, protocols: &[&str], serve: S) -> Self
    where
        S: Fn(TlsStream<TcpStream>, usize) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(identity.config(protocols)));
        let n_connections = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&n_connections);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let number = count.fetch_add(1, Ordering::SeqCst) + 1;
                if let Ok(stream) = acceptor.accept(stream).await {
                    connections.spawn(serve(stream, number));
                }
            }
        });
        Self { address, n_connections, _tasks: tasks }
    }

    async fn get(&self, client: &Client) -> Result<net::Response, NetError> {
        let url = format!("https://{}/feed", self.address).parse().unwrap();
        client.send(Request::get(url, LIMITS)).await
    }

    fn n_connections(&self) -> usize {
        self.n_connections.load(Ordering::SeqCst)
    }
}

/// Answers one request in HTTP/1.1.
async fn greet(mut stream: TlsStream<TcpStream>, _: usize) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello").await.unwrap();
    stream.shutdown().await.ok();
}

fn client(ca_file: Option<PathBuf>) -> Client {
    let allow_networks = vec!["127.0.0.0/8".parse().unwrap()];
    Client::new(&Config { allow_networks, ca_file, ..Config::default() }, &[]).unwrap()
}

async fn error_of(identity: &Identity, ca_file: Option<PathBuf>) -> NetError {
    let server = TlsServer::start(identity, &[], greet).await;
    let error = server.get(&client(ca_file)).await.unwrap_err();
    assert_eq!((error.class(), error.is_unreachable()), ("tls", false), "{error}");
    assert_eq!(server.n_connections(), 1, "never asked again: {error}");
    error
}

/// Goal: the status page says in plain words what is wrong with a certificate, and nothing is
/// read from a server that cannot prove who it is.
#[tokio::test]
async fn e13_wrong_certificates_are_refused_in_plain_words() {
    let authority = Authority::new();
    let expired = authority.certify("127.0.0.1", |it| it.not_after = date_time_ymd(2020, 1, 1));
    let future = authority.certify("127.0.0.1", |it| it.not_before = date_time_ymd(2999, 1, 1));
    let other = authority.certify("other.example", |_| ());
    let errors = [
        error_of(&expired, Some(authority.file())).await,
        error_of(&future, Some(authority.file())).await,
        error_of(&other, Some(authority.file())).await,
        error_of(&Identity::self_signed(IsCa::NoCa), None).await,
        error_of(&Identity::self_signed(IsCa::Ca(BasicConstraints::Unconstrained)), None).await,
        error_of(&authority.certify("127.0.0.1", |_| ()), None).await,
    ];
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    no secure connection: the certificate has expired (on 2020-01-01)
    no secure connection: the certificate is not valid yet, or our clock is late (valid from 2999-01-01)
    no secure connection: the certificate belongs to another host (it is for other.example)
    no secure connection: the certificate is self-signed or of an authority that is not trusted here
    no secure connection: the certificate is self-signed or of an authority that is not trusted here
    no secure connection: the certificate is self-signed or of an authority that is not trusted here
    ");
    let faults = errors.map(|error| match error {
        NetError::Tls { fault, .. } => fault,
        error => panic!("{error}"),
    });
    let unknown = TlsFault::UnknownIssuer;
    let wanted = [TlsFault::Expired, TlsFault::NotYetValid, TlsFault::WrongHost, unknown, unknown];
    assert_eq!(faults[..5], wanted);
    assert_eq!(faults[5], unknown);
}

/// Goal: a house with an authority of its own names it, and its servers are trusted; so are
/// those of two authorities in one file.
#[tokio::test]
async fn e13_own_authority_is_accepted_through_ca_file() {
    let (first, second) = (Authority::new(), Authority::new());
    let both = fs::read_to_string(first.file()).unwrap() + &second.issuer.pem();
    fs::write(first.file(), both).unwrap();
    for authority in [&first, &second] {
        let identity = authority.certify("127.0.0.1", |_| ());
        let server = TlsServer::start(&identity, &[], greet).await;
        assert_eq!(server.get(&client(Some(first.file()))).await.unwrap().body, b"hello");
    }
}

/// Goal: a configured authority that cannot be read stops the start, by name.
#[test]
fn missing_ca_file_is_named() {
    let config = Config { ca_file: Some("/nowhere/ca.pem".into()), ..Config::default() };
    let error = Client::new(&config, &[]).unwrap_err();
    insta::assert_snapshot!(error, @"cannot set up the HTTP client: /nowhere/ca.pem cannot be read: No such file or directory (os error 2)");
}

/// Answers in HTTP/2; on the connections that `refuses` names, only the first request: the
/// second one meets a GOAWAY.
async fn answer_h2(stream: TlsStream<TcpStream>, requests: Arc<AtomicUsize>, refuses: bool) {
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    let mut n_here = 0;
    while let Some(Ok((_, mut respond))) = connection.accept().await {
        requests.fetch_add(1, Ordering::SeqCst);
        n_here += 1;
        if refuses && 1 < n_here {
            connection.abrupt_shutdown(h2::Reason::NO_ERROR);
            continue;
        }
        let mut body = respond.send_response(Response::new(()), false).unwrap();
        body.send_data(Bytes::from_static(b"hello"), true).unwrap();
    }
}

/// Goal: a server with HTTP/2 is asked in it, on one connection; one without is asked in
/// HTTP/1.1.
#[tokio::test]
async fn h08_http_2_is_used_where_it_is_offered() {
    let authority = Authority::new();
    let identity = authority.certify("127.0.0.1", |_| ());
    let client = client(Some(authority.file()));
    let requests = Arc::<AtomicUsize>::default();
    let counter = Arc::clone(&requests);
    let serve = move |stream, _| answer_h2(stream, Arc::clone(&counter), false);
    let server = TlsServer::start(&identity, &["h2", "http/1.1"], serve).await;
    for _ in 0..3 {
        assert_eq!(server.get(&client).await.unwrap().body, b"hello");
    }
    assert_eq!((requests.load(Ordering::SeqCst), server.n_connections()), (3, 1));

    for protocols in [&["http/1.1"][..], &[]] {
        let server = TlsServer::start(&identity, protocols, greet).await;
        assert_eq!(server.get(&client).await.unwrap().body, b"hello");
    }
}

/// Goal: a server that says goodbye to a connection gets the request once more on another, and
/// only once.
#[tokio::test]
async fn h08_goaway_is_retried_once() {
    let authority = Authority::new();
    let identity = authority.certify("127.0.0.1", |_| ());
    let client = client(Some(authority.file()));
    let requests = Arc::<AtomicUsize>::default();
    let counter = Arc::clone(&requests);
    let serve = move |stream, number| answer_h2(stream, Arc::clone(&counter), number == 1);
    let server = TlsServer::start(&identity, &["h2"], serve).await;
    for _ in 0..2 {
        assert_eq!(server.get(&client).await.unwrap().body, b"hello");
    }
    assert_eq!((requests.load(Ordering::SeqCst), server.n_connections()), (3, 2));

    let goodbye = |stream, _| async move {
        let mut connection = h2::server::handshake(stream).await.unwrap();
        while let Some(Ok(_)) = connection.accept().await {
            connection.abrupt_shutdown(h2::Reason::NO_ERROR);
        }
    };
    let server = TlsServer::start(&identity, &["h2"], goodbye).await;
    assert_eq!(server.get(&client).await.unwrap_err().class(), "reset");
    assert_eq!(server.n_connections(), 2);
}
