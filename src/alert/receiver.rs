//! Somebody who wants alerts: how they are written, keys and the way there.
//!
//! Invariant: neither `Debug` nor an error shows the address, the password or a key.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use toml::Spanned;

use crate::alert::address::{Address, AddressError};
use crate::alert::key_ring::KeyRing;
use crate::alert::mail::{Mailer, Server};
use crate::alert::pace::{self, Limit};
use crate::alert::post::Post;
use crate::alert::secret::{Keys, SecretError};
use crate::alert::{Config, ReceiverConfig, Target, TargetError, answer};
use crate::model::{EventId, Secret, Timestamp};
use crate::net::{self, Client, Dialler, Headers, NetError, Transport};

/// A shorter patience would call every receiver slow.
const TIMEOUT_MIN: Duration = Duration::from_secs(1);

/// Shorter words of a header are no secrets, `Bearer` for one.
const HIDDEN_BYTES_MIN: usize = 8;

/// Mail with TLS from the first byte (RFC 8314), and with `STARTTLS` (RFC 6409).
const SMTPS_PORT: u16 = 465;
const SUBMISSION_PORT: u16 = 587;

/// What stands in the files that a receiver's section names; none where it names none.
#[derive(Clone, Debug, Default)]
pub struct ReceiverFiles {
    /// Of `secret_file`.
    pub secret: Option<Secret<String>>,
    /// Of `url_file`.
    pub url: Option<Secret<String>>,
    /// Of `password_file`.
    pub password: Option<Secret<String>>,
    /// Of `header_file`.
    pub headers: Option<Secret<String>>,
    /// Of `template_file`.
    pub template: Option<String>,
}

/// Somebody who wants alerts, ready to be told.
#[derive(Clone, Debug)]
pub struct Receiver {
    target: Target,
    address: Address,
    /// What stands in its files and must not come back in an answer.
    hidden: Vec<Secret<String>>,
    keys: KeyRing,
    way: Way,
    is_ordered: bool,
    limits: Vec<Limit>,
}

/// How its alerts travel.
#[derive(Clone, Debug)]
enum Way {
    Http(Box<Post>),
    Mail(Box<Mailer>),
}

/// What a receiver answered.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    /// The HTTP status, or the code of a mail server.
    pub(super) status: Option<u16>,
    /// The answer's headers; none from a mail server.
    pub(super) headers: Headers,
    /// The start of the answer.
    pub(super) body: Vec<u8>,
}

impl Receiver {
    /// Makes one from its configuration and the content of its secret file.
    ///
    /// # Errors
    /// See [`Self::with_files`].
    pub fn new(
        config: &ReceiverConfig,
        secret: Option<&Secret<String>>,
        net: &net::Config,
        alert: &Config,
    ) -> Result<Self, ReceiverError> {
        let files = ReceiverFiles { secret: secret.cloned(), ..ReceiverFiles::default() };
        Self::with_files(config, &files, net, alert)
    }

    /// Makes one from its configuration and the content of its files.
    ///
    /// Each has a client of its own, because each has open address ranges of its own.
    ///
    /// # Errors
    /// The address cannot be read (ask [`problems`](super::problems()) first, it knows more), a
    /// file's content is unusable, or the HTTP client cannot be set up.
    pub fn with_files(
        config: &ReceiverConfig,
        files: &ReceiverFiles,
        net: &net::Config,
        alert: &Config,
    ) -> Result<Self, ReceiverError> {
        let target = Target::new(config, files.template.as_deref())?;
        let url = config.url.as_ref().map(Spanned::get_ref).or(files.url.as_ref());
        let url = url.ok_or(ReceiverError::NoAddress)?;
        let address = Address::read(config, url, &net.allow_networks)?;
        let keys = files.secret.as_ref().map(Keys::read).transpose()?.unwrap_or_default();
        let timeout = alert.timeout.max(TIMEOUT_MIN);
        let way = Way::new(config, files, &target, &address, (net, timeout))?;
        Ok(Self {
            target,
            address,
            hidden: hidden(files),
            keys: KeyRing::new(keys),
            way,
            is_ordered: config.ordered,
            limits: pace::limits(config),
        })
    }

    /// The same with the secrets that the file at `path` holds at any time: it is where those
    /// of [`Self::new`] were read, and is read anew when it changes.
    #[must_use]
    pub fn watching(self, path: PathBuf) -> Self {
        self.keys.watch(path);
        self
    }

    /// The same over a transport of one's own: for receivers in memory.
    #[must_use]
    pub fn carried_by(mut self, transport: Arc<dyn Transport>, net: &net::Config) -> Self {
        if let Way::Http(post) = &mut self.way {
            post.carried_by(Client::with_transport(transport, net));
        }
        self
    }

    /// Its name in the configuration.
    pub fn name(&self) -> &str {
        self.target.receiver()
    }

    /// What signs its alerts at `now`, newest first; empty: nothing does, and nothing shall.
    ///
    /// # Errors
    /// All its secrets have ended: nothing may be sent.
    pub fn keys(&self, now: Timestamp) -> Result<Arc<Keys>, SecretError> {
        self.keys.keys(self.name(), now)
    }

    /// What the receiver can check in an alert that leaves at `now`, in a sentence for people.
    pub fn verification(&self, now: Timestamp) -> String {
        if let Way::Mail(_) = self.way {
            return "mails are not signed".to_owned();
        }
        let keys = match self.keys(now) {
            Ok(keys) => keys,
            Err(error) => return format!("nothing is sent: {error}"),
        };
        let keys = keys.at(now);
        if keys.is_empty() {
            return "alerts are not signed: there is no secret_file".to_owned();
        }
        let how = keys.iter().map(|key| match key.public() {
            Some(public) => format!("{} with {public}", key.scheme()),
            None => format!("{} with the whsec_ line of the secret file", key.scheme()),
        });
        let how: Vec<String> = how.collect();
        format!(
            "the signature stands in webhook-signature, over webhook-id, webhook-timestamp and the \
             body: check {}",
            how.join(" or ")
        )
    }

    /// What is wrong with its secrets, for operators; none if all is well.
    pub fn problem(&self, now: Timestamp) -> Option<String> {
        self.keys.problem(self.name(), now)
    }

    /// Whether its alerts arrive in the order in which they became due.
    pub(super) fn is_ordered(&self) -> bool {
        self.is_ordered
    }

    /// How many requests it gets in a time.
    pub(super) fn limits(&self) -> &[Limit] {
        &self.limits
    }

    /// What its alerts look like.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Sends `body` once under the id of `event`, signed with the time `now`.
    ///
    /// # Errors
    /// No answer came; its words may hold the host's name, see [`Self::redacted`].
    pub(super) async fn send(
        &self,
        event: EventId,
        body: &str,
        now: Timestamp,
    ) -> Result<Reply, NetError> {
        // Whoever sends has asked before; this is for secrets that end in this moment.
        let keys = self.keys(now).map_err(|error| NetError::Setup { reason: error.to_string() })?;
        match &self.way {
            Way::Http(post) => post.send(&keys, event, body, now).await,
            Way::Mail(mailer) => mailer.send(body).await,
        }
    }

    /// Another body for a receiver that refused `body` for its form, to be sent at once; none if
    /// that would not help.
    pub(super) fn second_body(&self, reply: &Reply, body: &str) -> Option<String> {
        answer::second_body(&self.target, reply, body)
    }

    /// `text` without the parts of the address and the people or chats behind it: TLS errors name
    /// the host, error pages the path, mail servers the recipient.
    pub(super) fn redacted(&self, text: &str) -> String {
        let text = self.target.redacted(&self.address.redacted(text));
        self.hidden.iter().fold(text, |text, secret| text.replace(secret.reveal(), "…"))
    }
}

impl Way {
    fn new(
        config: &ReceiverConfig,
        files: &ReceiverFiles,
        target: &Target,
        address: &Address,
        (net, timeout): (&net::Config, Duration),
    ) -> Result<Self, ReceiverError> {
        let own_ca = config.ca_file.as_ref().map(|path| path.get_ref().clone());
        let net = net::Config { ca_file: own_ca.or(net.ca_file.clone()), ..net.clone() };
        let open = &config.allow_networks;
        let Some(letterhead) = target.letterhead() else {
            let client = Client::new(&net, open)?;
            let post = Post::new(address, target, files.headers.as_ref(), client, timeout)?;
            return Ok(Self::Http(Box::new(post)));
        };
        let server = match (address.url().scheme(), config.allow_http) {
            ("smtps", _) => Server::Tls,
            (_, false) => Server::StartTls,
            (_, true) => Server::Plain,
        };
        let default_port = if server == Server::Tls { SMTPS_PORT } else { SUBMISSION_PORT };
        Ok(Self::Mail(Box::new(Mailer {
            server,
            host: Secret::new(address.host()),
            port: address.url().port().unwrap_or(default_port),
            login: login(address, files.password.as_ref())?,
            letterhead: Secret::new(letterhead.clone()),
            dialler: Dialler::new(&net, open)?,
            timeout,
        })))
    }
}

/// The password, and the words that headers consist of.
fn hidden(files: &ReceiverFiles) -> Vec<Secret<String>> {
    let headers = files.headers.iter().flat_map(|text| text.reveal().lines());
    let values = headers.filter_map(|line| line.split_once(':').map(|(_, value)| value));
    let words = values.flat_map(str::split_whitespace);
    let password = files.password.iter().map(|text| text.reveal().trim());
    let secrets = words.chain(password).filter(|word| HIDDEN_BYTES_MIN <= word.len());
    secrets.map(|word| Secret::new(word.to_owned())).collect()
}

/// The user of the address with the password of the file, or of the address.
fn login(
    address: &Address,
    password: Option<&Secret<String>>,
) -> Result<Option<Secret<(String, String)>>, ReceiverError> {
    let from_file = password.map(|it| it.reveal().trim_end_matches(['\r', '\n']).to_owned());
    let Some((user, password)) = address.login() else {
        return if from_file.is_some() { Err(ReceiverError::NoUser) } else { Ok(None) };
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let password = from_file.unwrap_or_else(|| text(password));
    if password.is_empty() {
        return Err(ReceiverError::NoPassword);
    }
    Ok(Some(Secret::new((text(user), password))))
}

/// Why a receiver cannot be told anything.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiverError {
    /// It has neither `url` nor `url_file`.
    #[error("the receiver has no address")]
    NoAddress,

    /// Its address is none.
    #[error(transparent)]
    Address(#[from] AddressError),

    /// Alerts cannot be written for it.
    #[error(transparent)]
    Target(#[from] TargetError),

    /// Its signing secret is unusable.
    #[error(transparent)]
    Secret(#[from] SecretError),

    /// A line of its `header_file` is unusable.
    #[error("{0}")]
    Headers(String),

    /// There is a password, but the mail server's address names no user.
    #[error("password_file needs a user in the address: smtps://user@host")]
    NoUser,

    /// The mail server's address names a user, and there is no password.
    #[error("the user in the address needs password_file")]
    NoPassword,

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
}
