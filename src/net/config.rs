//! The section `[net]`.

use std::path::PathBuf;

use ipnet::IpNet;
use reqwest::header::HeaderValue;
use serde::Deserialize;
use url::Url;

use super::wire;
use crate::model::Problem;

/// Constant and honest: publishers can find out who asks, and block us if they want.
const PRODUCT: &str = concat!("silkwire/", env!("CARGO_PKG_VERSION"));

/// Longer is no contact any more, and servers limit the head of a request.
const CONTACT_BYTES_MAX: usize = 200;

/// How we reach the outside.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Private ranges from which feeds and pages may be fetched, and to which alerts may
    /// be sent. Default: none.
    pub allow_networks: Vec<IpNet>,

    /// The way out, `"http://proxy.example:3128"`. Default: none; the environment is ignored.
    ///
    /// Host names are then looked up by the proxy: it has to keep us away from private
    /// addresses behind names, we only see those that are written out.
    pub proxy: Option<Url>,

    /// A PEM file with certificate authorities that are trusted beside the system's. Default:
    /// none.
    pub ca_file: Option<PathBuf>,

    /// Where a publisher finds us: a web or mail address in every request's `User-Agent`.
    /// Default: empty, which is a warning.
    pub contact: Contact,
}

impl Config {
    /// What we call ourselves: `silkwire/0.1.0 (+https://example.org/contact)`.
    pub(super) fn user_agent(&self) -> HeaderValue {
        let text = match self.contact.0.as_str() {
            "" => PRODUCT.to_owned(),
            contact => format!("{PRODUCT} (+{contact})"),
        };
        HeaderValue::try_from(text).expect("a contact is visible ASCII")
    }

    /// What keeps us from starting, beyond what the types refuse: an unusable
    /// [`ca_file`](Self::ca_file).
    pub fn problems(&self) -> Vec<Problem> {
        let Some(path) = &self.ca_file else { return Vec::new() };
        let Err(message) = wire::authorities(path) else { return Vec::new() };
        let file = path.display().to_string();
        let hint = "net.ca_file names a file of PEM certificates that we may read".to_owned();
        vec![Problem { file, line: None, message, hint: Some(hint) }]
    }

    /// What works, but should be mended.
    pub fn warnings(&self) -> Vec<&'static str> {
        let is_anonymous = self.contact.0.is_empty();
        let words = "net.contact is empty: set a web or mail address, so that publishers who mind \
                     our requests can write to you instead of blocking them";
        is_anonymous.then_some(words).into_iter().collect()
    }
}

/// A web or mail address that can stand in a header; empty for none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Contact(String);

impl TryFrom<String> for Contact {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        // Brackets would end the comment of the header that it stands in (RFC 9110, 5.6.5).
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"()\\\"<>".contains(&byte);
        if !text.bytes().all(is_plain) {
            let words = "net.contact may hold visible ASCII without ()\\\"<> only";
            return Err(words.to_owned());
        }
        if CONTACT_BYTES_MAX < text.len() {
            return Err(format!("net.contact is longer than {CONTACT_BYTES_MAX} bytes"));
        }
        let is_web = |url: Url| matches!(url.scheme(), "http" | "https" | "mailto");
        let is_mail = text.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && host.contains('.') && !name.contains(['/', ':'])
        });
        if text.is_empty() || is_mail || Url::parse(&text).is_ok_and(is_web) {
            return Ok(Self(text));
        }
        let words = "net.contact is neither a web address (https://example.org/contact) nor a \
                     mail address (desk@example.org)";
        Err(words.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn config(text: &str) -> Result<Config, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    fn agent(text: &str) -> String {
        config(text).unwrap().user_agent().to_str().unwrap().replace(PRODUCT, "PRODUCT")
    }

    /// Goal: a publisher who minds our requests finds out whom to write to.
    #[test]
    fn h01_contact_stands_in_the_user_agent() {
        assert_eq!(agent(""), "PRODUCT");
        assert_eq!(agent("contact = \"\""), "PRODUCT");
        assert_eq!(
            agent("contact = \"https://example.org/contact\""),
            "PRODUCT (+https://example.org/contact)"
        );
        assert_eq!(agent("contact = \"desk@example.org\""), "PRODUCT (+desk@example.org)");
        assert!(agent("contact = \"mailto:desk@example.org\"").contains("(+mailto:desk@"));
    }

    /// Goal: a contact that nobody can use, or that would break the header, is refused by name.
    #[test]
    fn h01_unusable_contacts_are_refused() {
        for contact in [
            "https://example.org/\\r\\nx-evil: 1",
            "https://example.org/\\u0000",
            "https://example.org/)",
            "https://例え.example/",
            "call me",
            "desk",
            "@example.org",
            "javascript:alert@x.y",
        ] {
            let error = config(&format!("contact = \"{contact}\"")).unwrap_err();
            assert!(error.contains("net.contact"), "{contact}: {error}");
        }
        let long = format!("contact = \"https://example.org/{}\"", "x".repeat(200));
        assert_eq!(config(&long).unwrap_err(), "net.contact is longer than 200 bytes");
    }

    /// Goal: who runs anonymously is told so.
    #[test]
    fn h01_missing_contact_is_a_warning() {
        assert_eq!(config("contact = \"desk@example.org\"").unwrap().warnings(), [""; 0]);
        assert!(config("").unwrap().warnings()[0].starts_with("net.contact is empty"));
    }

    /// Goal: a mistake in `ca_file` is found before the first feed fails, with the file's name.
    #[test]
    fn unusable_ca_file_is_a_problem() {
        let folder = tempfile::tempdir().unwrap();
        let not_one = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let lines = [
            ("missing", None),
            ("empty", Some("")),
            ("text", Some("no certificate")),
            ("cut", Some("-----BEGIN CERTIFICATE-----\nAAAA\n")),
            ("none", Some(not_one)),
        ];
        let lines = lines.map(|(name, content)| {
            let path = folder.path().join(name);
            if let Some(content) = content {
                fs::write(&path, content).unwrap();
            }
            let problems = Config { ca_file: Some(path), ..Config::default() }.problems();
            problems[0].to_string().replace(folder.path().to_str().unwrap(), "FOLDER")
        });
        insta::assert_snapshot!(lines.join("\n"), @r"
    FOLDER/missing: cannot be read: No such file or directory (os error 2)
      hint: net.ca_file names a file of PEM certificates that we may read
    FOLDER/empty: holds no PEM certificate (-----BEGIN CERTIFICATE-----)
      hint: net.ca_file names a file of PEM certificates that we may read
    FOLDER/text: holds no PEM certificate (-----BEGIN CERTIFICATE-----)
      hint: net.ca_file names a file of PEM certificates that we may read
    FOLDER/cut: is no PEM file, or cut
      hint: net.ca_file names a file of PEM certificates that we may read
    FOLDER/none: holds something else as certificate 1: invalid peer certificate: BadEncoding
      hint: net.ca_file names a file of PEM certificates that we may read
    ");
        assert_eq!(Config::default().problems(), []);
    }
}
