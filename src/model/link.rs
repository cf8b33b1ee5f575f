//! The one form of an article's address, however it was written.

use url::Url;

/// Prefixes of hosts that serve the same articles as the host without them.
const HOST_PREFIXES: [&str; 4] = ["www.", "m.", "mobile.", "amp."];

/// Parameters that say where a reader came from, never what he reads.
const TRACKING: [&str; 14] = [
    "_ga",
    "cmpid",
    "dclid",
    "fbclid",
    "gclid",
    "gclsrc",
    "igshid",
    "mc_cid",
    "mc_eid",
    "msclkid",
    "ns_campaign",
    "twclid",
    "wt_mc",
    "yclid",
];

/// What tells one article's address from another's: host, path and query, without scheme,
/// host prefix, default port, fragment, trailing slash and tracking parameters.
///
/// The result is a name, not an address: it is compared and hashed, never opened. The order
/// of parameters is kept, because servers may read it.
pub fn canonical_link(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let host = HOST_PREFIXES.iter().find_map(|prefix| bare_host(host, prefix)).unwrap_or(host);
    let mut link = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    link.push_str(url.path().trim_end_matches('/'));
    let parameters = url.query().unwrap_or_default().split('&');
    let mut separator = '?';
    for parameter in parameters.filter(|it| !it.is_empty() && !is_tracking(it)) {
        link.push(separator);
        link.push_str(parameter);
        separator = '&';
    }
    link
}

/// `host` without `prefix`, if a whole name is left: `m.de` stays.
fn bare_host<'a>(host: &'a str, prefix: &str) -> Option<&'a str> {
    host.strip_prefix(prefix).filter(|rest| rest.contains('.'))
}

fn is_tracking(parameter: &str) -> bool {
    let name = parameter.split('=').next().unwrap_or_default().to_ascii_lowercase();
    name.starts_with("utm_") || TRACKING.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(url: &str) -> String {
        canonical_link(&Url::parse(url).unwrap())
    }

    /// Goal: one article that several feeds link in their own way is one article.
    #[test]
    fn spellings_of_one_address_have_one_name() {
        for url in [
            "https://example.org/a?id=1",
            "http://www.example.org/a/?id=1",
            "https://m.example.org:443/a?utm_source=rss&id=1&fbclid=x",
            "https://amp.EXAMPLE.org/a?id=1&UTM_medium=feed#comments",
            "http://mobile.example.org/a?&id=1",
        ] {
            assert_eq!(canonical(url), "example.org/a?id=1", "{url}");
        }
    }

    /// Goal: different articles stay different.
    #[test]
    fn what_servers_tell_apart_stays_apart() {
        let names = [
            "https://example.org/a",
            "https://example.org/A",
            "https://example.org/a?id=1&x=2",
            "https://example.org/a?x=2&id=1",
            "https://example.org:8443/a",
            "https://news.example.org/a",
            "https://m.de/a",
            "https://example.org/",
        ]
        .map(canonical);
        for (index, name) in names.iter().enumerate() {
            assert!(!names[..index].contains(name), "{name}");
        }
        assert_eq!(names[6], "m.de/a");
    }
}
