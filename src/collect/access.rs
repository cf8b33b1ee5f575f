//! What opens a feed to us: a name with its password, more headers, another name of our own.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use url::Url;

use super::web::Said;
use crate::model::Secret;
use crate::net;

/// Headers that are ours to write: the request would break, or we would lie about it.
const FORBIDDEN: [&str; 10] = [
    "accept-encoding",
    "connection",
    "content-length",
    "host",
    "if-modified-since",
    "if-none-match",
    "te",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// What opens a feed to us.
#[derive(Clone, Debug, Default)]
pub struct Access {
    user_agent: Option<String>,
    secret: Vec<(String, Secret<Vec<u8>>)>,
}

impl Access {
    /// Reads what a configuration gives: `password` belongs to `user`, `headers` is a file with
    /// `Name: value` lines.
    ///
    /// # Errors
    /// What is wrong, in words without any secret.
    pub fn new(
        user_agent: Option<String>,
        user: Option<&str>,
        password: Option<&str>,
        headers: Option<&str>,
    ) -> Result<Self, String> {
        if user_agent.as_deref().is_some_and(|it| !net::is_header_value(it)) {
            return Err("user_agent holds a line break or another control character".to_owned());
        }
        let mut secret = Vec::new();
        match (user, password) {
            (Some(user), _) if user.contains(':') => {
                return Err(
                    "user holds a colon, which HTTP Basic authentication forbids".to_owned()
                );
            }
            (Some(user), Some(password)) => {
                let pair = BASE64_STANDARD.encode(format!("{user}:{password}"));
                secret.push((
                    "authorization".to_owned(),
                    Secret::new(format!("Basic {pair}").into_bytes()),
                ));
            }
            (Some(_), None) => return Err("user needs password_file".to_owned()),
            (None, Some(_)) => return Err("password_file needs user".to_owned()),
            (None, None) => {}
        }
        let is_ours = |name: &str| FORBIDDEN.contains(&name);
        secret.extend(net::header_lines(headers.unwrap_or_default(), is_ours)?);
        Ok(Self { user_agent, secret })
    }

    /// Adds what opens a feed at `url` to a request for `hop`.
    pub(super) fn add_to(&self, said: &mut Said, url: &Url, hop: &Url) {
        let name = self.user_agent.iter().map(|it| ("user-agent", it.clone().into_bytes()));
        said.headers.extend(name);
        if url.origin() == hop.origin() {
            said.secret.extend(self.secret.iter().cloned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    /// Goal: a password goes where it belongs and nowhere else.
    #[test]
    fn secrets_stay_with_their_origin() {
        let access =
            Access::new(Some("Desk/1".to_owned()), Some("ayla"), Some("s3cret"), Some("X-Key: k"));
        let access = access.unwrap();
        let feed = url("https://example.org/feed");
        let said = |hop: &str| {
            let mut said = Said::default();
            access.add_to(&mut said, &feed, &url(hop));
            said
        };
        let own = said("https://example.org/moved");
        assert_eq!(own.headers, [("user-agent", b"Desk/1".to_vec())]);
        let names: Vec<_> = own.secret.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["authorization", "x-key"]);
        assert_eq!(own.secret[0].1.reveal(), b"Basic YXlsYTpzM2NyZXQ=");
        let others =
            ["http://example.org/feed", "https://www.example.org/", "https://example.org:8443/"];
        for other in others {
            let sent = said(other);
            assert_eq!((sent.headers.len(), sent.secret.len()), (1, 0), "{other}");
        }
        assert!(!format!("{access:?}").contains("s3cret"), "{access:?}");
    }

    /// Goal: a mistake in these files is named without showing what they hold.
    #[test]
    fn mistakes_are_named_without_secrets() {
        for (user, password, headers, wanted) in [
            (Some("a:b"), Some("p4ss"), None, "colon"),
            (Some("a"), None, None, "password_file"),
            (None, Some("p4ss"), None, "user"),
            (None, None, Some("x-key p4ss"), "line 1"),
            (None, None, Some("# key\nHost: p4ss"), "line 2"),
            (None, None, Some("x key: p4ss"), "line 1"),
        ] {
            let error = Access::new(None, user, password, headers).unwrap_err();
            assert!(error.contains(wanted) && !error.contains("p4ss"), "{error}");
        }
    }
}
