//! Asks the running service through its API, as commands do.
//!
//! Invariant: the token leaves for loopback only, whatever `api.json` says.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use crate::model::Secret;
use crate::net::{self, BodyLimit, Limits, Method, NetError, Request, Response};
use crate::service::{Exit, Failure};

/// What the service leaves for commands on its machine.
pub(super) const API_FILE: &str = "api.json";

/// A test of a receiver takes as long as the receiver may.
const PATIENCE: Duration = Duration::from_mins(2);

/// A page of a list has at most some hundred KB.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The content of `api.json`.
#[derive(Debug, Deserialize)]
struct Door {
    url: Url,
    token: Secret<String>,
    pid: u32,
}

/// The way to the running service.
#[derive(Debug)]
pub(super) struct Client {
    http: net::Client,
    door: Door,
}

/// One question or order: where, what for, with what.
#[derive(Debug, Default)]
pub(super) struct Call<'a> {
    /// The parts of the path, as they are meant: they are escaped here.
    pub(super) path: &'a [&'a str],
    /// The query.
    pub(super) query: Vec<(&'static str, String)>,
    /// The body.
    pub(super) body: Option<Value>,
}

impl Client {
    /// The service that left its file in the first of `folders`; none if none runs.
    ///
    /// # Errors
    /// There is a file, but we may not read it (77), or it is no such file.
    pub(super) fn find(folders: &[PathBuf]) -> Result<Option<Self>, Failure> {
        for folder in folders {
            let path = folder.join(API_FILE);
            let text = match fs::read(&path) {
                Ok(text) => text,
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    return Err(not_allowed(&format!("{} may not be read", path.display())));
                }
                Err(error) if is_absent(&error) => continue,
                Err(error) => return Err(unreadable(&path, error)),
            };
            let door: Door =
                serde_json::from_slice(&text).map_err(|error| unreadable(&path, error))?;
            if is_alive(door.pid) {
                return Self::new(door).map(Some);
            }
        }
        Ok(None)
    }

    fn new(door: Door) -> Result<Self, Failure> {
        let config = net::Config {
            allow_networks: ["127.0.0.0/8", "::1/128"].iter().flat_map(|it| it.parse()).collect(),
            proxy: None,
        };
        let http = net::Client::new(&config, &[])
            .map_err(|error| Failure::new(Exit::Unavailable, error))?;
        Ok(Self { http, door })
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
            status => Err(self.refusal(status, &answer.body)),
        }
    }

    /// Asks and takes every answer as it comes, with its status and text.
    pub(super) async fn text(&self, path: &[&str]) -> Result<(u16, String), Failure> {
        let answer = self.send(Method::Get, Call { path, ..Call::default() }).await?;
        Ok((answer.status, String::from_utf8_lossy(&answer.body).into_owned()))
    }

    async fn send(&self, method: Method, call: Call<'_>) -> Result<Response, Failure> {
        let Some(url) = self.address(&call) else {
            return Err(self.odd("an address that is not on this machine"));
        };
        let token = format!("Bearer {}", self.door.token.reveal());
        let mut headers = vec![("authorization", token.into_bytes())];
        if call.body.is_some() {
            headers.push(("content-type", b"application/json".to_vec()));
        }
        let body = call.body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let limits = Limits {
            header_timeout: PATIENCE,
            total_timeout: PATIENCE,
            body: BodyLimit::Whole(ANSWER_BYTES_MAX),
        };
        let request = Request { method, url, headers, body, limits };
        self.http.send(request).await.map_err(|error| self.silent(&error))
    }

    /// The guard lets public addresses through, so this does not.
    fn address(&self, call: &Call<'_>) -> Option<Url> {
        let mut url = self.door.url.clone();
        let is_loopback = match url.host()? {
            url::Host::Ipv4(address) => address.is_loopback(),
            url::Host::Ipv6(address) => address.is_loopback(),
            url::Host::Domain(_) => false,
        };
        url.path_segments_mut().ok()?.clear().extend(call.path);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        is_loopback.then_some(url)
    }

    fn silent(&self, error: &NetError) -> Failure {
        let Door { pid, url, .. } = &self.door;
        let words = format_args!("the service (pid {pid}) does not answer at {url}: {error}");
        Failure::because(Exit::Unavailable, words)
    }

    fn odd(&self, what: &str) -> Failure {
        let words = format_args!("the service (pid {}) gave {what}", self.door.pid);
        Failure::because(Exit::Unavailable, words)
    }

    fn refusal(&self, status: u16, body: &[u8]) -> Failure {
        let words = words_of_problem(body).unwrap_or_else(|| format!("answer {status}"));
        match status {
            401 | 403 => not_allowed(&words),
            400..=499 => Failure::because(Exit::Data, words),
            _ => Failure::because(Exit::Unavailable, format_args!("the service says: {words}")),
        }
    }
}

/// Where the file may be, best first. A store that is named is not the installed service's.
pub(super) fn folders(state: &Path, is_named: bool) -> Vec<PathBuf> {
    let given = std::env::var_os("RUNTIME_DIRECTORY").map(PathBuf::from);
    let installed = (!is_named).then(|| PathBuf::from("/run/silkwire"));
    given.or(installed).into_iter().chain([state.to_path_buf()]).collect()
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
        "you may not ask the running service ({why}); type: sudo silkwire {}   \
         or name a store of your own with --state DIR",
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

    fn client(url: &str) -> Client {
        let door =
            Door { url: url.parse().unwrap(), token: Secret::new("slk_x".to_owned()), pid: 1 };
        Client::new(door).unwrap()
    }

    /// Goal: a name with a slash in it cannot lead to another route.
    #[test]
    fn path_parts_are_escaped() {
        let path = ["api", "v1", "tokens", "a/b?c"];
        let query = vec![("language", "de&x".to_owned())];
        let url = client("http://127.0.0.1:7455").address(&Call { path: &path, query, body: None });
        assert_eq!(
            url.unwrap().as_str(),
            "http://127.0.0.1:7455/api/v1/tokens/a%2Fb%3Fc?language=de%26x"
        );
    }

    /// Goal: an `api.json` that somebody else wrote cannot send the token away.
    #[test]
    fn token_stays_on_this_machine() {
        for url in ["http://192.0.2.1/", "http://localhost.example/", "http://[2001:db8::1]/"] {
            assert_eq!(client(url).address(&Call::default()), None, "{url}");
        }
        assert!(client("http://[::1]:1/").address(&Call::default()).is_some());
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
