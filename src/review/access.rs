//! Who asks, and what they may do.
//!
//! Invariant: a token that is wrong is refused; it never falls back to what the loopback may.
//! Invariant: a token is compared and kept as its hash only.

use std::fmt::Write;
use std::net::SocketAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::model::{Role, Secret};
use crate::review::{App, Problem};

/// The name of a person on this machine who shows no token.
pub const LOOPBACK_NAME: &str = "loopback";

/// The name of a command that shows this run's token.
pub const LOCAL_NAME: &str = "local";

const TOKEN_PREFIX: &str = "slk_";

/// Nobody guesses 256 bits.
const TOKEN_BYTES: usize = 32;

/// Makes a token from the system's random numbers.
///
/// # Errors
/// The system has none.
pub fn new_token() -> Result<Secret<String>, getrandom::Error> {
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(Secret::new(format!("{TOKEN_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))))
}

/// What of a token is kept: SHA-256 as hex digits.
pub fn hash_of(token: &str) -> String {
    let mut hash = String::new();
    for byte in Sha256::digest(token.as_bytes()) {
        write!(hash, "{byte:02x}").expect("a String takes everything");
    }
    hash
}

/// From where a request came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddr);

/// Who asks. As an argument of a handler it lets in whoever may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The token's name; [`LOOPBACK_NAME`] or [`LOCAL_NAME`] without one.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

impl Person {
    /// Refuses those who may less than `role`.
    ///
    /// # Errors
    /// 403.
    pub fn needs(&self, role: Role) -> Result<(), Problem> {
        if role <= self.role {
            return Ok(());
        }
        let (needed, own) = (role.as_str(), self.role.as_str());
        let detail = format!("this needs the role {needed}; {} is {own}", self.name);
        Err(Problem::new(StatusCode::FORBIDDEN, detail))
    }
}

impl FromRequestParts<App> for Person {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some(header) = parts.headers.get(header::AUTHORIZATION) {
            let words = header.to_str().unwrap_or_default().split_once(' ');
            let token = words.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
            let unreadable = || unauthorized("the header Authorization is not \"Bearer slk_…\"");
            let (_, token) = token.ok_or_else(unreadable)?;
            return bearer(app, token.trim()).await;
        }
        let peer = parts.extensions.get::<Peer>();
        if peer.is_some_and(|Peer(peer)| is_here(*peer, &parts.headers)) {
            return Ok(Self { name: LOOPBACK_NAME.to_owned(), role: app.access.loopback_role });
        }
        Err(unauthorized("from another machine this needs a token: Authorization: Bearer slk_…"))
    }
}

/// Whether a request comes from a person on this machine; what a proxy passes on does not.
fn is_here(peer: SocketAddr, headers: &HeaderMap) -> bool {
    let is_passed_on = ["forwarded", "x-forwarded-for"].iter().any(|it| headers.contains_key(*it));
    peer.ip().to_canonical().is_loopback() && !is_passed_on
}

async fn bearer(app: &App, token: &str) -> Result<Person, Problem> {
    let hash = hash_of(token);
    if hash == hash_of(app.access.local_token.reveal()) {
        return Ok(Person { name: LOCAL_NAME.to_owned(), role: Role::Admin });
    }
    let tokens = app.store.tokens().await?;
    match tokens.into_iter().find(|token| token.hash == hash) {
        None => Err(unauthorized("the token is not known")),
        Some(token) if token.revoked.is_some() => Err(unauthorized("the token was revoked")),
        Some(token) => Ok(Person { name: token.name, role: token.role }),
    }
}

fn unauthorized(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, detail)
}

/// A person who may judge.
#[derive(Clone, Debug)]
pub struct Reviewer(pub Person);

impl FromRequestParts<App> for Reviewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let person = Person::from_request_parts(parts, app).await?;
        person.needs(Role::Reviewer)?;
        Ok(Self(person))
    }
}

/// A person who may change feeds, receivers and tokens.
#[derive(Clone, Debug)]
pub struct Admin(pub Person);

impl FromRequestParts<App> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let person = Person::from_request_parts(parts, app).await?;
        person.needs(Role::Admin)?;
        Ok(Self(person))
    }
}

/// Whether a token may be called `name`: it signs reviews, so it must be told from others.
///
/// # Errors
/// Why not, in words.
pub fn check_name(name: &str) -> Result<(), &'static str> {
    const NAME_BYTES_MAX: usize = 64;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte);
    if name.is_empty() || NAME_BYTES_MAX < name.len() || !name.bytes().all(is_plain) {
        return Err("a name has 1 to 64 letters, digits, and - _ . @");
    }
    if [LOOPBACK_NAME, LOCAL_NAME].contains(&name) {
        return Err("this name is taken by the service itself");
    }
    Ok(())
}
