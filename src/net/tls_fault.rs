//! What is wrong with a server's certificate, in plain words.

use std::fmt;

use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use rustls::{CertificateError, InvalidMessage};

use super::NetError;

/// Some certificates are for hundreds of names.
const NAMES_MAX: usize = 3;

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
        let reason = match (fault, error) {
            (Self::UnknownIssuer | Self::NoTls, _) => String::new(),
            (_, rustls::Error::InvalidCertificate(error)) => words(error),
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
            // An authority's own certificate: what most tools make as a self-signed one. The
            // verifier's type is not ours to name.
            CertificateError::Other(error) if error.to_string().contains("CaUsedAsEndEntity") => {
                Self::UnknownIssuer
            }
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

/// Which day, or which names: what helps people to see whose mistake it is.
fn words(error: &CertificateError) -> String {
    match error {
        CertificateError::ExpiredContext { not_after, .. } => format!("on {}", day(*not_after)),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("valid from {}", day(*not_before))
        }
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names: Vec<&str> = presented.iter().take(NAMES_MAX).map(|it| name(it)).collect();
            format!("it is for {}", names.join(", "))
        }
        error => error.to_string(),
    }
}

fn day(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds)
        .map_or_else(|_| "a day beyond reckoning".to_owned(), |it| it.strftime("%F").to_string())
}

/// `DnsName("a.example")` as people write it.
fn name(presented: &str) -> &str {
    let quoted = presented.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    quoted.map_or(presented, |it| it.trim_matches('"'))
}

/// The library's words in brackets, if there are any.
pub(super) fn detail(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(" ({reason})") }
}
