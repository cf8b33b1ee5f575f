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
        let unusable = self.ca_file.as_deref().and_then(|path| wire::authorities(path).err());
        let file = || self.ca_file.as_deref().unwrap_or("net".as_ref()).display().to_string();
        let hint = "name a readable file of PEM certificates, or drop net.ca_file".to_owned();
        let problem = unusable.map(|error| Problem {
            file: file(),
            line: None,
            message: error.to_string(),
            hint: Some(hint),
        });
        problem.into_iter().collect()
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
