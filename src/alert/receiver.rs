//! Somebody who wants alerts: address, keys and the way there.
//!
//! Invariant: neither `Debug` nor an error shows the address, the password or a key.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use crate::alert::key_ring::KeyRing;
use crate::alert::secret::{Keys, SecretError};
use crate::alert::{Config, ReceiverConfig, signature};
use crate::model::{EventId, Secret, Timestamp};
use crate::net::{self, BodyLimit, Client, Limits, Method, NetError, Request, Response};

/// So much of an answer is read; the rest is nobody's business.
const ANSWER_BYTES_READ_MAX: usize = 64 * 1024;

/// Parts of an address that are shorter are no secrets; without them texts stay readable.
const SECRET_BYTES_MIN: usize = 4;

/// A shorter patience would call every receiver slow.
const TIMEOUT_MIN: Duration = Duration::from_secs(1);

/// Somebody who wants alerts, ready to be told.
#[derive(Clone, Debug)]
pub struct Receiver {
    name: String,
    /// Without user and password.
    url: Secret<Url>,
    /// What stood before the `@`, as the header carries it.
    authorization: Option<Secret<Vec<u8>>>,
    keys: KeyRing,
    client: Client,
    limits: Limits,
}

impl Receiver {
    /// Makes one from its configuration and the content of its secret file.
    ///
    /// Each has a client of its own, because each has open address ranges of its own.
    ///
    /// # Errors
    /// The address cannot be read (ask [`problems`](super::problems()) first, it knows more), the
    /// secret is unusable, or the HTTP client cannot be set up.
    pub fn new(
        config: &ReceiverConfig,
        secret: Option<&Secret<String>>,
        net: &net::Config,
        alert: &Config,
    ) -> Result<Self, ReceiverError> {
        let mut url =
            Url::parse(config.url.get_ref().reveal()).map_err(|_| ReceiverError::Address)?;
        let authorization = take_authorization(&mut url);
        let keys = secret.map(Keys::read).transpose()?.unwrap_or_default();
        let timeout = alert.timeout.max(TIMEOUT_MIN);
        Ok(Self {
            name: config.name.get_ref().clone(),
            url: Secret::new(url),
            authorization,
            keys: KeyRing::new(keys),
            client: Client::new(net, &config.allow_networks)?,
            limits: Limits {
                header_timeout: timeout,
                total_timeout: timeout,
                body: BodyLimit::Start(ANSWER_BYTES_READ_MAX),
            },
        })
    }

    /// The same with the secrets that the file at `path` holds at any time: it is where those
    /// of [`Self::new`] were read, and is read anew when it changes.
    #[must_use]
    pub fn watching(self, path: PathBuf) -> Self {
        self.keys.watch(path);
        self
    }

    /// Its name in the configuration.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What signs its alerts at `now`, newest first; empty: nothing does, and nothing shall.
    ///
    /// # Errors
    /// All its secrets have ended: nothing may be sent.
    pub fn keys(&self, now: Timestamp) -> Result<Arc<Keys>, SecretError> {
        self.keys.keys(&self.name, now)
    }

    /// What is wrong with its secrets, for operators; none if all is well.
    pub fn problem(&self, now: Timestamp) -> Option<String> {
        self.keys.problem(&self.name, now)
    }

    /// Posts `body` once under the id of `event`, signed with the time `now`.
    ///
    /// # Errors
    /// No answer came; its words may hold the host's name, see [`Self::redacted`].
    pub(super) async fn post(
        &self,
        event: EventId,
        body: &str,
        now: Timestamp,
    ) -> Result<Response, NetError> {
        let id = event.webhook_id();
        let timestamp_s = now.unix_ms().div_euclid(1000);
        let body = body.as_bytes();
        let mut headers = vec![
            ("content-type", b"application/json".to_vec()),
            // The start of an answer is kept for people, so it should come as plain text.
            ("accept-encoding", b"identity".to_vec()),
            ("webhook-timestamp", timestamp_s.to_string().into_bytes()),
        ];
        // Whoever sends has asked before; this is for secrets that end in this moment.
        let keys = self.keys(now).map_err(|error| NetError::Setup { reason: error.to_string() })?;
        let keys = keys.at(now);
        if !keys.is_empty() {
            let signature = signature::sign(keys, &id, timestamp_s, body);
            headers.push(("webhook-signature", signature.into_bytes()));
        }
        headers.push(("webhook-id", id.into_bytes()));
        let authorization = self.authorization.iter();
        headers.extend(authorization.map(|value| ("authorization", value.reveal().clone())));
        let (url, body) = (self.url.reveal().clone(), body.to_vec());
        let request = Request { headers, body, ..Request::new(Method::Post, url, self.limits) };
        self.client.send(request).await
    }

    /// `text` without the parts of the address: TLS errors name the host, error pages the path.
    pub(super) fn redacted(&self, text: &str) -> String {
        let url = self.url.reveal();
        let host = url.host_str().map(|host| host.trim_matches(['[', ']']));
        let query = url.query().into_iter().flat_map(|query| query.split(['&', '=']));
        let parts = host.into_iter().chain(url.path().split('/')).chain(query);
        let secrets = parts.filter(|part| SECRET_BYTES_MIN <= part.len());
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret, "…"))
    }
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

/// Why a receiver cannot be told anything.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiverError {
    /// Its address is none.
    #[error("the address of the receiver cannot be read")]
    Address,

    /// Its signing secret is unusable.
    #[error(transparent)]
    Secret(#[from] SecretError),

    /// The HTTP client cannot be set up.
    #[error(transparent)]
    Net(#[from] NetError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::samples::section;

    fn receiver(url: &str) -> Receiver {
        let text = format!("[[receiver]]\nname = \"desk\"\nurl = \"{url}\"");
        let config = &section(&text).receiver[0];
        Receiver::new(config, None, &net::Config::default(), &Config::default()).unwrap()
    }

    /// Goal: addresses that are secrets reach no log, not even by `{:?}`.
    #[test]
    fn debug_text_holds_nothing_of_the_address() {
        let url = "https://CANARY:CANARY@CANARY.example/CANARY?CANARY";
        let text = format!("[[receiver]]\nname = \"desk\"\nurl = \"{url}\"");
        let shown = format!("{:?} {:?}", section(&text).receiver, receiver(url)).to_lowercase();
        assert!(shown.contains("desk") && !shown.contains("canary"), "{shown}");
    }

    /// Goal: a receiver's error page that repeats its address does not show it to readers.
    #[test]
    fn host_path_and_query_are_redacted() {
        let receiver = receiver("https://hooks.example/T0/SECRET?key=HIDDEN");
        let text = "POST /T0/SECRET?key=HIDDEN at hooks.example: token SECRET is wrong";
        assert_eq!(receiver.redacted(text), "POST /T0/…?key=… at …: token … is wrong");
    }

    /// Goal: user and password in an address work as they do in a browser.
    #[test]
    fn user_and_password_become_a_header() {
        let header = |url: &str| {
            let receiver = receiver(url);
            assert!(!receiver.url.reveal().as_str().contains('@'));
            receiver.authorization.map(|it| String::from_utf8(it.reveal().clone()).unwrap())
        };
        let basic = |plain: &str| Some(format!("Basic {}", STANDARD.encode(plain)));
        assert_eq!(header("https://me:p%40ss%3a%zz@a.example/"), basic("me:p@ss:%zz"));
        assert_eq!(header("https://me@a.example/"), basic("me:"));
        assert_eq!(header("https://a.example/"), None);
    }
}
