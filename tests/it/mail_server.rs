//! A mail server on loopback that says what a test wants, with or without TLS.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

/// When the server encrypts.
pub(crate) enum Tls {
    Never,
    AtOnce(ServerConfig),
    /// After `STARTTLS`; the text is what it says then.
    WhenAsked(ServerConfig, &'static str),
}

/// What it says to a line of the client's; `.` stands for the end of a mail. None: nothing, and
/// it goes on listening.
pub(crate) type Answers = fn(&str) -> Option<&'static str>;

/// Ends when it is dropped.
pub(crate) struct MailServer {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

/// What a server says that takes every mail.
#[expect(clippy::unnecessary_wraps, reason = "one of the `Answers`, others say nothing")]
pub(crate) fn friendly(line: &str) -> Option<&'static str> {
    Some(match line.split(' ').next().unwrap_or_default() {
        "EHLO" => "250-sink\r\n250-STARTTLS\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN\r\n",
        "AUTH" => "235 welcome\r\n",
        "DATA" => "354 go on\r\n",
        "." => "250 kept as 1\r\n",
        "QUIT" => "221 bye\r\n",
        _ => "250 OK\r\n",
    })
}

impl MailServer {
    pub(crate) async fn start(tls: Tls, answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::<Mutex<Vec<String>>>::default();
        let (words, tls) = (Arc::clone(&heard), Arc::new(tls));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut sessions = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (words, tls) = (Arc::clone(&words), Arc::clone(&tls));
                sessions.spawn(async move { session(stream, &tls, answers, &words).await });
            }
        });
        Self { address, heard, _tasks: tasks }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Every line that came, in order; a mail is one of them. What came encrypted begins with
    /// `tls:`.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

async fn session(stream: TcpStream, tls: &Tls, answers: Answers, heard: &Mutex<Vec<String>>) {
    match tls {
        Tls::Never => drop(talk(stream, answers, heard, "", None, true).await),
        Tls::AtOnce(config) => {
            let acceptor = TlsAcceptor::from(Arc::new(config.clone()));
            if let Ok(stream) = acceptor.accept(stream).await {
                talk(stream, answers, heard, "tls:", None, true).await;
            }
        }
        Tls::WhenAsked(config, words) => {
            let acceptor = TlsAcceptor::from(Arc::new(config.clone()));
            let Some(stream) = talk(stream, answers, heard, "", Some(words), true).await else {
                return;
            };
            if let Ok(stream) = acceptor.accept(stream).await {
                talk(stream, answers, heard, "tls:", None, false).await;
            }
        }
    }
}

/// Until the client goes, or wants TLS: then the connection is handed back.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    answers: Answers,
    heard: &Mutex<Vec<String>>,
    prefix: &str,
    starttls: Option<&str>,
    is_new: bool,
) -> Option<S> {
    let mut stream = BufReader::new(stream);
    if is_new {
        let greeting = answers("").unwrap_or_default();
        let greeting = if greeting.starts_with("250") { "220 sink\r\n" } else { greeting };
        stream.write_all(greeting.as_bytes()).await.ok()?;
    }
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_owned();
        heard.lock().unwrap().push(format!("{prefix}{line}"));
        if let ("STARTTLS", Some(words)) = (line.as_str(), starttls) {
            stream.write_all(words.as_bytes()).await.ok()?;
            return Some(stream.into_inner());
        }
        let answer = answers(&line).unwrap_or_default();
        stream.write_all(answer.as_bytes()).await.ok()?;
        if answer.starts_with("354") {
            let mail = read_mail(&mut stream).await?;
            heard.lock().unwrap().push(format!("{prefix}{mail}"));
            stream.write_all(answers(".").unwrap_or_default().as_bytes()).await.ok()?;
        }
    }
}

async fn read_mail<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> Option<String> {
    let mut mail = String::new();
    while !mail.ends_with("\r\n.\r\n") {
        if stream.read_line(&mut mail).await.ok()? == 0 {
            return None;
        }
    }
    Some(mail)
}
