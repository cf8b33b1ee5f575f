//! Asks the running service through its API, as commands do.
//!
//! Invariant: the token goes to the literal address in `api.json`, never to a name.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::StreamExt;
use ipnet::IpNet;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::timeout;
use url::{Host, Url};

use crate::model::{Languages, Secret};
use crate::net::{self, BodyLimit, Limits, Method, NetError, Request, Response};
use crate::service::api_file::{self, ApiFileContent};
use crate::service::{Exit, Failure};

/// A test of a receiver takes as long as the receiver may.
const PATIENCE: Duration = Duration::from_mins(2);

/// A page of a list has at most some hundred KB.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A problem document has a few words.
const PROBLEM_BYTES_MAX: usize = 64 * 1024;

/// The way to the running service.
#[derive(Debug)]
pub(super) struct Client {
    http: net::Client,
    url: Url,
    token: Secret<String>,
    pid: u32,
}

/// One question or order: where, what for, with what.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// The parts of the path, as they are meant: they are escaped here.
    pub(super) path: &'a [&'a str],
    /// The query.
    pub(super) query: Vec<(&'static str, String)>,
    /// The body.
    pub(super) body: Option<Value>,
    /// In which languages the answer is wanted.
    pub(super) languages: Languages,
    /// How long the answer may take.
    pub(super) patience: Duration,
}

impl Default for Call<'_> {
    fn default() -> Self {
        Self {
            path: &[],
            query: Vec::new(),
            body: None,
            languages: Languages::default(),
            patience: PATIENCE,
        }
    }
}

impl Client {
    /// The service that left its file in the first of `folders`; none if none runs.
    ///
    /// # Errors
    /// There is a file, but we may not read it (77), or it is no such file.
    pub(super) fn find(folders: &[PathBuf]) -> Result<Option<Self>, Failure> {
        for folder in folders {
            let path = folder.join(api_file::NAME);
            let text = match fs::read(&path) {
                Ok(text) => text,
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    return Err(not_allowed(&format!("{} may not be read", path.display())));
                }
                Err(error) if is_absent(&error) => continue,
                Err(error) => return Err(unreadable(&path, error)),
            };
            let content: ApiFileContent =
                serde_json::from_slice(&text).map_err(|error| unreadable(&path, error))?;
            if is_alive(content.pid) {
                return Self::new(content).map(Some);
            }
        }
        Ok(None)
    }

    /// A client that reaches nothing but the service's own address.
    fn new(content: ApiFileContent) -> Result<Self, Failure> {
        let ApiFileContent { url, token, pid } = content;
        let place = Url::parse(&url).ok().and_then(reachable);
        let (url, address) = place.ok_or_else(|| {
            let words = format_args!("{} names {url:?}, which is no address", api_file::NAME);
            Failure::because(Exit::Unavailable, words)
        })?;
        let config =
            net::Config { allow_networks: vec![IpNet::from(address)], ..net::Config::default() };
        let http = net::Client::new(&config, &[]);
        let http = http.map_err(|error| Failure::new(Exit::Unavailable, error))?;
        Ok(Self { http, url, token: Secret::new(token), pid })
    }

    /// Asks; none if there is no such thing (404).
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        call: Call<'_>,
    ) -> Result<Option<T>, Failure> {
        self.ask(Method::Get, call).await
    }

    /// Orders; none if there is no such thing (404).
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        call: Call<'_>,
    ) -> Result<Option<T>, Failure> {
        self.ask(Method::Post, call).await
    }

    /// Removes; none if there is no such thing (404).
    pub(super) async fn delete<T: DeserializeOwned>(
        &self,
        call: Call<'_>,
    ) -> Result<Option<T>, Failure> {
        self.ask(Method::Delete, call).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        call: Call<'_>,
    ) -> Result<Option<T>, Failure> {
        let answer = self.send(method, call).await?;
        match answer.status {
            404 => Ok(None),
            200..=299 => {
                let body: &[u8] = if answer.body.is_empty() { b"null" } else { &answer.body };
                let read = serde_json::from_slice(body);
                read.map(Some).map_err(|error| self.odd(&format!("an answer that is {error}")))
            }
            status => Err(refusal(status, &answer.body)),
        }
    }

    /// Asks and takes every answer as it comes, with its status and text.
    pub(super) async fn text(&self, path: &[&str]) -> Result<(u16, String), Failure> {
        let answer = self.send(Method::Get, Call { path, ..Call::default() }).await?;
        Ok((answer.status, String::from_utf8_lossy(&answer.body).into_owned()))
    }

    /// Asks for something large and hands the answer to `take` piece by piece. Each piece may
    /// take as long as the call says, all of them any time.
    ///
    /// # Errors
    /// Those of `take`, or the answer is no success or broke off.
    pub(super) async fn download(
        &self,
        call: Call<'_>,
        take: &mut (dyn FnMut(&[u8]) -> Result<(), Failure> + Send),
    ) -> Result<(), Failure> {
        let patience = call.patience;
        let mut request = self.request(Method::Get, call);
        request.headers.push(("accept-encoding", b"identity".to_vec()));
        let answer = self.http.open(request).await.map_err(|error| self.silent(&error))?;
        let mut body = answer.body;
        let is_success = (200..=299).contains(&answer.status);
        let mut words = Vec::new();
        loop {
            let piece = timeout(patience, body.next()).await;
            let piece = piece.map_err(|_| self.silent(&NetError::Timeout(patience)))?;
            match piece.transpose().map_err(|error| self.silent(&error))? {
                None if is_success => return Ok(()),
                Some(piece) if is_success => take(&piece)?,
                Some(piece) if words.len() < PROBLEM_BYTES_MAX => words.extend_from_slice(&piece),
                None | Some(_) => return Err(refusal(answer.status, &words)),
            }
        }
    }

    async fn send(&self, method: Method, call: Call<'_>) -> Result<Response, Failure> {
        let request = self.request(method, call);
        self.http.send(request).await.map_err(|error| self.silent(&error))
    }

    fn request(&self, method: Method, call: Call<'_>) -> Request {
        let url = self.address(&call);
        let token = format!("Bearer {}", self.token.reveal());
        let mut headers = vec![("authorization", token.into_bytes())];
        if call.body.is_some() {
            headers.push(("content-type", b"application/json".to_vec()));
        }
        if !call.languages.is_empty() {
            headers.push(("accept-language", call.languages.to_header().into_bytes()));
        }
        let body = call.body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let limits = Limits {
            header_timeout: call.patience,
            total_timeout: call.patience,
            body: BodyLimit::whole(ANSWER_BYTES_MAX),
        };
        Request { headers, body, ..Request::new(method, url, limits) }
    }

    fn address(&self, call: &Call<'_>) -> Url {
        let mut url = self.url.clone();
        let mut parts = url.path_segments_mut().expect("an http address has a path");
        parts.clear().extend(call.path);
        drop(parts);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        url
    }

    fn silent(&self, error: &NetError) -> Failure {
        let Self { pid, url, .. } = self;
        let words = format_args!("the service (pid {pid}) does not answer at {url}: {error}");
        Failure::because(Exit::Unavailable, words)
    }

    fn odd(&self, what: &str) -> Failure {
        let words = format_args!("the service (pid {}) gave {what}", self.pid);
        Failure::because(Exit::Unavailable, words)
    }
}

fn refusal(status: u16, body: &[u8]) -> Failure {
    let words = words_of_problem(body).unwrap_or_else(|| format!("answer {status}"));
    match status {
        401 | 403 => not_allowed(&words),
        410 => Failure::because(Exit::NoInput, words),
        400..=499 => Failure::because(Exit::Data, words),
        _ => Failure::because(Exit::Unavailable, format_args!("the service says: {words}")),
    }
}

/// The address to call, literal and on this machine where the service listens everywhere.
fn reachable(mut url: Url) -> Option<(Url, IpAddr)> {
    let address = match url.host()? {
        Host::Ipv4(address) if address.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Host::Ipv6(address) if address.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        Host::Ipv4(address) => IpAddr::V4(address),
        Host::Ipv6(address) => IpAddr::V6(address),
        Host::Domain(_) => return None,
    };
    url.set_ip_host(address).ok()?;
    (url.scheme() == "http").then_some((url, address))
}

/// What an RFC 9457 document says.
fn words_of_problem(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Problem {
        title: Option<String>,
        detail: Option<String>,
    }
    let problem: Problem = serde_json::from_slice(body).ok()?;
    problem.detail.or(problem.title)
}

/// Whether the process still runs; a file that outlived its service is no service.
fn is_alive(pid: u32) -> bool {
    Path::new("/proc").join(pid.to_string()).exists()
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn unreadable(path: &Path, error: impl std::fmt::Display) -> Failure {
    let words = format_args!("{} cannot be read: {error}", path.display());
    Failure::because(Exit::Unavailable, words)
}

/// The running service may not be asked: says what to type instead.
fn not_allowed(why: &str) -> Failure {
    let arguments: Vec<String> =
        std::env::args_os().skip(1).map(|it| quoted(&it.to_string_lossy())).collect();
    let words = format_args!(
        "you may not ask the running service: {why}; name a store of your own with --state DIR, \
         or type: sudo silkwire {}",
        arguments.join(" ")
    );
    Failure::because(Exit::Permission, words)
}

/// A word as a shell takes it back.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(url: &str) -> Result<Client, Failure> {
        let (url, token) = (url.to_owned(), "slk_x".to_owned());
        Client::new(ApiFileContent { url, token, pid: 1 })
    }

    fn called(url: &str) -> String {
        client(url).unwrap().address(&Call::default()).to_string()
    }

    /// Goal: a name with a slash in it cannot lead to another route.
    #[test]
    fn path_parts_are_escaped() {
        let path = ["api", "v1", "tokens", "a/b?c"];
        let query = vec![("language", "de&x".to_owned())];
        let client = client("http://127.0.0.1:7455").unwrap();
        let url = client.address(&Call { path: &path, query, ..Call::default() });
        let wanted = "http://127.0.0.1:7455/api/v1/tokens/a%2Fb%3Fc?language=de%26x";
        assert_eq!(url.as_str(), wanted);
    }

    /// Goal: whoever answers for a name is not given the token.
    #[test]
    fn only_literal_addresses_are_called() {
        for url in ["http://localhost:1/", "http://a.example/", "https://127.0.0.1/", "nonsense"] {
            assert!(client(url).is_err(), "{url}");
        }
        assert_eq!(called("http://[::1]:1/"), "http://[::1]:1/");
    }

    /// Goal: commands work when the service listens on all addresses.
    #[test]
    fn everywhere_is_here() {
        assert_eq!(called("http://0.0.0.0:7455"), "http://127.0.0.1:7455/");
        assert_eq!(called("http://[::]:7455"), "http://[::1]:7455/");
    }

    /// Goal: the line to type can be pasted.
    #[test]
    fn words_with_blanks_are_quoted() {
        assert_eq!(quoted("--note=x"), "--note=x");
        assert_eq!(quoted("it's so"), r"'it'\''s so'");
        assert_eq!(quoted(""), "''");
    }

    /// Goal: a refusal is told in the service's own words, as far as it has any.
    #[test]
    fn problem_documents_are_read() {
        let body = br#"{"type":"about:blank","title":"Conflict","detail":"name is taken"}"#;
        assert_eq!(words_of_problem(body).as_deref(), Some("name is taken"));
        assert_eq!(words_of_problem(b"<html>"), None);
    }
}
