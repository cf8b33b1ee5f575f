//! A receiver's address: what of it may be used, and what of it must not be seen.
//!
//! Invariant: neither `Debug` nor an error shows a part of it.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ipnet::IpNet;
use url::{Host, Url};

use crate::alert::ReceiverConfig;
use crate::model::Secret;
use crate::net::guard::Guard;

/// Parts of an address that are shorter are no secrets; without them texts stay readable.
const SECRET_BYTES_MIN: usize = 4;

/// An address that can be used.
#[derive(Clone, Debug)]
pub(super) struct Address {
    /// Without user and password.
    url: Secret<Url>,
    /// What stood before the `@`, as the header carries it.
    authorization: Option<Secret<Vec<u8>>>,
}

/// Why an address cannot be used, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address of the receiver {what}")]
pub struct AddressError {
    /// What is wrong, behind "the address".
    pub what: String,
    /// What helps.
    pub hint: String,
}

impl Address {
    /// Reads `text` for the receiver of `config`; `open` are the ranges that
    /// `net.allow_networks` opens.
    ///
    /// Literal addresses are judged now; names are looked up, and checked, at every connection.
    pub(super) fn read(
        config: &ReceiverConfig,
        text: &Secret<String>,
        open: &[IpNet],
    ) -> Result<Self, AddressError> {
        let error = |what: &str, hint: &str| AddressError { what: what.into(), hint: hint.into() };
        let example = "write it like \"https://example.org/hook\"";
        let mut url = Url::parse(text.reveal().trim())
            .map_err(|problem| error(&format!("cannot be read: {problem}"), example))?;
        match url.scheme() {
            "https" => {}
            "http" if config.allow_http => {}
            "http" => {
                let hint = "use https, or set allow_http = true for this receiver";
                return Err(error("is not encrypted", hint));
            }
            _ => return Err(error("is not https", example)),
        }
        if is_refused(&url, open.iter().chain(&config.allow_networks)) {
            let hint = "open its range with allow_networks = [\"…\"] for this receiver";
            return Err(error("is a private one", hint));
        }
        let authorization = take_authorization(&mut url);
        Ok(Self { url: Secret::new(url), authorization })
    }

    pub(super) fn url(&self) -> &Url {
        self.url.reveal()
    }

    pub(super) fn authorization(&self) -> Option<&[u8]> {
        self.authorization.as_ref().map(|value| value.reveal().as_slice())
    }

    /// `text` without the parts of the address.
    pub(super) fn redacted(&self, text: &str) -> String {
        let url = self.url.reveal();
        let host = url.host_str().map(|host| host.trim_matches(['[', ']']));
        let query = url.query().into_iter().flat_map(|query| query.split(['&', '=']));
        let parts = host.into_iter().chain(url.path().split('/')).chain(query);
        let secrets = parts.filter(|part| SECRET_BYTES_MIN <= part.len());
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret, "…"))
    }
}

fn is_refused<'a>(url: &Url, open: impl Iterator<Item = &'a IpNet>) -> bool {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain(_)) | None => return false,
    };
    Guard::new(open.copied().collect()).check(address).is_err()
}

/// Takes user and password out of `url`: as a header they cannot be logged with it.
fn take_authorization(url: &mut Url) -> Option<Secret<Vec<u8>>> {
    let user = percent_decoded(url.username());
    let password = url.password().map(percent_decoded).unwrap_or_default();
    // Both can only fail for URLs without a host, which have no user either.
    let emptied = url.set_username("").and_then(|()| url.set_password(None));
    if emptied.is_err() || (user.is_empty() && password.is_empty()) {
        return None;
    }
    let encoded = STANDARD.encode([user, password].join(&b':'));
    Some(Secret::new(format!("Basic {encoded}").into_bytes()))
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match rest {
            [b'%', high, low, ..] => hex_digit(*high).zip(hex_digit(*low)),
            _ => None,
        };
        decoded.push(escaped.map_or(*first, |(high, low)| high << 4 | low));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    decoded
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::samples::section;

    fn address(url: &str) -> Address {
        let text = format!("[[receiver]]\nname = \"desk\"\nurl = \"{url}\"");
        let config = &section(&text).receiver[0];
        Address::read(config, config.url.as_ref().unwrap().get_ref(), &[]).unwrap()
    }

    /// Goal: a receiver's error page that repeats its address does not show it to readers.
    #[test]
    fn host_path_and_query_are_redacted() {
        let address = address("https://hooks.example/T0/SECRET?key=HIDDEN");
        let text = "POST /T0/SECRET?key=HIDDEN at hooks.example: token SECRET is wrong";
        assert_eq!(address.redacted(text), "POST /T0/…?key=… at …: token … is wrong");
    }

    /// Goal: user and password in an address work as they do in a browser.
    #[test]
    fn user_and_password_become_a_header() {
        let header = |url: &str| {
            let address = address(url);
            assert!(!address.url().as_str().contains('@'));
            address.authorization.map(|it| String::from_utf8(it.reveal().clone()).unwrap())
        };
        let basic = |plain: &str| Some(format!("Basic {}", STANDARD.encode(plain)));
        assert_eq!(header("https://me:p%40ss%3a%zz@a.example/"), basic("me:p@ss:%zz"));
        assert_eq!(header("https://me@a.example/"), basic("me:"));
        assert_eq!(header("https://a.example/"), None);
    }
}
