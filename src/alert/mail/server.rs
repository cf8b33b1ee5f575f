//! The way to a mail server: one connection for each mail.

use std::fmt::Write;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use tokio::time::timeout;

use crate::alert::mail::{Letterhead, starttls};
use crate::alert::receiver::Reply;
use crate::model::Secret;
use crate::net::{Dialler, Headers, Line, NetError};

/// How long a server may take to say good-bye after it took a mail.
const QUIT_PATIENCE: Duration = Duration::from_secs(1);

/// How a server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::alert) enum Server {
    /// TLS from the first byte.
    Tls,
    /// TLS after `STARTTLS`; a server that does not offer it gets nothing.
    StartTls,
    /// No TLS: a person said so.
    Plain,
}

/// Brings mails to one server.
#[derive(Clone, Debug)]
pub(in crate::alert) struct Mailer {
    pub(in crate::alert) server: Server,
    pub(in crate::alert) host: Secret<String>,
    pub(in crate::alert) port: u16,
    /// User and password.
    pub(in crate::alert) login: Option<Secret<(String, String)>>,
    pub(in crate::alert) letterhead: Secret<Letterhead>,
    pub(in crate::alert) dialler: Dialler,
    pub(in crate::alert) timeout: Duration,
}

impl AsyncTokioStream for Line {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Line::peer_addr(self)
    }
}

impl Mailer {
    /// Brings a whole mail to the server. All recipients get it, or none: but one that the server
    /// refuses for good does not keep it from the others.
    ///
    /// # Errors
    /// No connection, no encryption, no answer, or none that is SMTP.
    pub(in crate::alert) async fn send(&self, mail: &str) -> Result<Reply, NetError> {
        let delivered = timeout(self.timeout, self.deliver(mail)).await;
        let delivered = delivered.unwrap_or(Err(Trouble::Net(NetError::Timeout(self.timeout))));
        match delivered {
            Ok((reply, mut connection)) => {
                // The server has the mail, whatever it says now.
                let _ = timeout(QUIT_PATIENCE, connection.quit()).await;
                Ok(reply)
            }
            Err(Trouble::Net(error)) => Err(error),
            Err(Trouble::Refused(reply)) => Ok(reply),
        }
    }

    async fn deliver(&self, mail: &str) -> Result<(Reply, AsyncSmtpConnection), Trouble> {
        let letterhead = self.letterhead.reveal();
        let name = letterhead.sender().domain();
        let line = self.dialler.connect(self.host.reveal(), self.port).await?;
        let line = match self.server {
            Server::Tls => line.encrypted().await?,
            Server::StartTls => starttls::encrypted(line, name).await?,
            Server::Plain => line,
        };
        let hello = ClientId::Domain(name.to_owned());
        let mut connection =
            AsyncSmtpConnection::connect_with_transport(Box::new(line), &hello).await?;
        if let Some(login) = &self.login {
            let (user, password) = login.reveal();
            let credentials = Credentials::new(user.clone(), password.clone());
            connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await?;
        }
        connection.command(Mail::new(Some(letterhead.sender().clone()), Vec::new())).await?;
        let refused = recipients(&mut connection, letterhead).await?;
        connection.command(Data).await?;
        let taken = connection.message(mail.as_bytes()).await?;
        let words = taken.message().collect::<Vec<_>>().join(" ");
        let code = taken.code().into();
        Ok((reply(code, &(words + &refused)), connection))
    }
}

/// Names the recipients; says which of them the server refuses for good.
async fn recipients(
    connection: &mut AsyncSmtpConnection,
    letterhead: &Letterhead,
) -> Result<String, Trouble> {
    let mut refused = String::new();
    let mut n_taken = 0;
    let mut last = None;
    for (number, address) in (1..).zip(letterhead.recipients()) {
        match connection.command(Rcpt::new(address.clone(), Vec::new())).await {
            Ok(_) => n_taken += 1,
            // Nobody has the mail yet, so all of them can be tried again later.
            Err(error) if !error.is_permanent() => return Err(error.into()),
            Err(error) => {
                let _ = write!(refused, "\nrecipient {number} is refused: {error}");
                last = Some(error);
            }
        }
    }
    match last {
        Some(error) if n_taken == 0 => Err(error.into()),
        _ => Ok(refused),
    }
}

/// Why a mail was not taken.
enum Trouble {
    Net(NetError),
    /// The server's own word.
    Refused(Reply),
}

impl From<NetError> for Trouble {
    fn from(error: NetError) -> Self {
        Self::Net(error)
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let reason = error.to_string();
        match error.status() {
            Some(code) => Self::Refused(reply(code.into(), &reason)),
            None if error.is_client() => Self::Net(NetError::Broken { reason }),
            None if error.is_response() => Self::Net(NetError::Broken { reason }),
            None => Self::Net(NetError::Reset { reason }),
        }
    }
}

fn reply(code: u16, words: &str) -> Reply {
    Reply { status: Some(code), headers: Headers::default(), body: words.as_bytes().to_vec() }
}
