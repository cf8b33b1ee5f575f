//! A receiver's address: what of it may be used, and what of it must not be seen.
//!
//! Invariant: neither `Debug` nor an error shows a part of it.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ipnet::IpNet;
use url::{Host, Url};

use crate::alert::{Format, ReceiverConfig};
use crate::model::Secret;
use crate::net::guard::Guard;

/// Parts of an address that are shorter are no secrets; without them texts stay readable.
const SECRET_BYTES_MIN: usize = 4;

/// An address that can be used.
#[derive(Clone, Debug)]
pub(super) struct Address {
    /// Without user and password.
    url: Secret<Url>,
    /// What stood before the `@`: user and password, decoded.
    login: Option<Secret<(Vec<u8>, Vec<u8>)>>,
}

/// Why an address cannot be used, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("url of the receiver {what}")]
pub struct AddressError {
    /// What is wrong, behind "url".
    pub what: String,
    /// What helps.
    pub hint: String,
}

impl AddressError {
    fn new(what: &str, hint: &str) -> Self {
        Self { what: what.to_owned(), hint: hint.to_owned() }
    }
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
        let example = example(config.format);
        let mut url = Url::parse(text.reveal().trim())
            .map_err(|problem| AddressError::new(&format!("cannot be read: {problem}"), example))?;
        check_scheme(config, &url)?;
        if host(&url).is_none() {
            return Err(AddressError::new("names no host", example));
        }
        if is_refused(&url, open.iter().chain(&config.allow_networks)) {
            let hint = "open its range with allow_networks = [\"…\"] for this receiver";
            return Err(AddressError::new("is a private address", hint));
        }
        check_path(config.format, &url)?;
        let login = take_login(&mut url);
        Ok(Self { url: Secret::new(url), login })
    }

    pub(super) fn url(&self) -> &Url {
        self.url.reveal()
    }

    /// A name, or a literal address: what a mail server is dialled by.
    pub(super) fn host(&self) -> String {
        host(self.url()).map(|host| host.to_string()).unwrap_or_default()
    }

    /// User and password that stood in the address.
    pub(super) fn login(&self) -> Option<&(Vec<u8>, Vec<u8>)> {
        self.login.as_ref().map(Secret::reveal)
    }

    /// The same as the header `Authorization` carries it.
    pub(super) fn authorization(&self) -> Option<Vec<u8>> {
        let (user, password) = self.login()?;
        let encoded = STANDARD.encode([user.as_slice(), password].join(&b':'));
        Some(format!("Basic {encoded}").into_bytes())
    }

    /// `text` without the parts of the address.
    pub(super) fn redacted(&self, text: &str) -> String {
        let url = self.url.reveal();
        let host = url.host_str().map(|host| host.trim_matches(['[', ']']));
        let query = url.query().into_iter().flat_map(|query| query.split(['&', '=']));
        let path = url.path().split('/');
        // Telegram's token stands behind three letters, and errors name it without these.
        let tokens = path.clone().filter_map(|part| part.strip_prefix("bot"));
        let login = self.login().into_iter().flat_map(|(user, password)| [user, password]);
        let login = login.filter_map(|part| std::str::from_utf8(part).ok());
        let parts = host.into_iter().chain(path).chain(tokens).chain(query).chain(login);
        let secrets = parts.filter(|part| SECRET_BYTES_MIN <= part.len());
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret, "…"))
    }
}

fn example(format: Format) -> &'static str {
    match format {
        Format::Email => "write it like \"smtps://user@mail.example.org\" or \"smtp://…:587\"",
        Format::Telegram => "write it like \"https://api.telegram.org/bot123456:ABC…\"",
        Format::Ntfy => "write it like \"https://ntfy.example.org\"; the topic is `to`",
        Format::Apprise => "write it like \"https://apprise.example.org/notify/KEY\"",
        Format::Alertmanager => "write it like \"https://alertmanager.example.org\"",
        _ => "write it like \"https://example.org/hook\"",
    }
}

fn check_scheme(config: &ReceiverConfig, url: &Url) -> Result<(), AddressError> {
    let (is_mail, is_open) = (config.format == Format::Email, config.allow_http);
    match (url.scheme(), is_mail) {
        ("https", false) | ("smtp" | "smtps", true) => Ok(()),
        ("http", false) if is_open => Ok(()),
        ("http", false) => {
            let hint = "use https, or set allow_http = true for this receiver";
            Err(AddressError::new("is not encrypted", hint))
        }
        (_, true) => Err(AddressError::new("is no mail server", example(config.format))),
        ("smtp" | "smtps", false) => {
            let hint = "set format = \"email\" for this receiver";
            Err(AddressError::new("is a mail server", hint))
        }
        (_, false) => Err(AddressError::new("is not https", example(config.format))),
    }
}

/// What some services want to find in the path.
fn check_path(format: Format, url: &Url) -> Result<(), AddressError> {
    let path = url.path();
    let is_token = |part: &str| {
        let token = part.strip_prefix("bot").and_then(|it| it.split_once(':'));
        token.is_some_and(|(bot, key)| !bot.is_empty() && !key.is_empty())
    };
    match format {
        Format::Telegram if !path.replace("%3A", ":").split('/').any(is_token) => {
            Err(AddressError::new("holds no token of a bot", example(format)))
        }
        Format::Ntfy if !path.trim_matches('/').is_empty() => {
            Err(AddressError::new("names a topic", "write the topic as to = \"…\""))
        }
        _ => Ok(()),
    }
}

/// Mail addresses have hosts that the library does not look into.
fn host(url: &Url) -> Option<Host> {
    Host::parse(url.host_str().filter(|host| !host.is_empty())?).ok()
}

fn is_refused<'a>(url: &Url, open: impl Iterator<Item = &'a IpNet>) -> bool {
    let address = match host(url) {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain(_)) | None => return false,
    };
    Guard::new(open.copied().collect()).check(address).is_err()
}

/// Takes user and password out of `url`: as a header they cannot be logged with it.
fn take_login(url: &mut Url) -> Option<Secret<(Vec<u8>, Vec<u8>)>> {
    let user = percent_decoded(url.username());
    let password = url.password().map(percent_decoded).unwrap_or_default();
    // Both can only fail for URLs without a host, which have no user either.
    let emptied = url.set_username("").and_then(|()| url.set_password(None));
    let is_there = emptied.is_ok() && !(user.is_empty() && password.is_empty());
    is_there.then(|| Secret::new((user, password)))
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
            address.authorization().map(|it| String::from_utf8(it).unwrap())
        };
        let basic = |plain: &str| Some(format!("Basic {}", STANDARD.encode(plain)));
        assert_eq!(header("https://me:p%40ss%3a%zz@a.example/"), basic("me:p@ss:%zz"));
        assert_eq!(header("https://me@a.example/"), basic("me:"));
        assert_eq!(header("https://a.example/"), None);
    }
}
