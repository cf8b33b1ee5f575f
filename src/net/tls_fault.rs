//! What is wrong with a server's certificate, in plain words.

use std::fmt;

use rustls::{CertificateError, InvalidMessage};

use super::NetError;

/// Why there is no secure connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsFault {
    /// The certificate ran out.
    Expired,
    /// The certificate is not valid yet, or our clock is late.
    NotYetValid,
    /// The certificate belongs to another name.
    WrongHost,
    /// Nobody we trust has signed the certificate: it is self-signed, or of a private authority.
    UnknownIssuer,
    /// The server speaks something else on this port.
    NoTls,
    /// Anything else.
    Other,
}

impl TlsFault {
    /// What the library's error means.
    pub(super) fn of(error: &rustls::Error) -> NetError {
        let fault = match error {
            rustls::Error::InvalidCertificate(error) => Self::of_certificate(error),
            rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => Self::NoTls,
            _ => Self::Other,
        };
        let reason = match fault {
            Self::UnknownIssuer | Self::NoTls => String::new(),
            _ => error.to_string(),
        };
        NetError::Tls { fault, reason }
    }

    fn of_certificate(error: &CertificateError) -> Self {
        match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Self::NotYetValid
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Self::WrongHost
            }
            CertificateError::UnknownIssuer => Self::UnknownIssuer,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "the certificate has expired",
            Self::NotYetValid => "the certificate is not valid yet, or our clock is late",
            Self::WrongHost => "the certificate belongs to another host",
            Self::UnknownIssuer => {
                "the certificate is self-signed or of an authority that is not trusted here"
            }
            Self::NoTls => "the server does not speak TLS on this port",
            Self::Other => "the certificate or the handshake is wrong",
        })
    }
}

/// The library's words in brackets, if there are any.
pub(super) fn detail(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(" ({reason})") }
}
