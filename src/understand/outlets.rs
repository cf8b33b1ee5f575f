//! Where an outlet is at home, told by the host of its link.

use std::collections::HashMap;

use url::Url;

use super::lexicon::OutletGroup;
use crate::model::Country;

/// Country-code domains that are used world-wide, or are no country's code.
const NOT_A_HOME: &[&str] = &["AC", "AI", "CC", "CO", "EU", "FM", "IO", "LA", "ME", "TV", "WS"];

/// Hosts of outlets with their countries.
#[derive(Clone, Debug, Default)]
pub(super) struct Outlets(HashMap<String, Country>);

impl Outlets {
    pub(super) fn new(groups: &[OutletGroup]) -> Self {
        let hosts = groups.iter().flat_map(|group| {
            group.hosts.iter().map(|host| (host.to_ascii_lowercase(), group.country))
        });
        Self(hosts.collect())
    }

    /// The country of the outlet that `link` leads to: the host or a parent of it is listed, or
    /// its top-level domain is a country's.
    pub(super) fn country(&self, link: &str) -> Option<Country> {
        let url = Url::parse(link).ok()?;
        let host = url.domain()?.trim_end_matches('.');
        let mut parents = std::iter::successors(Some(host), |host| Some(host.split_once('.')?.1));
        if let Some(country) = parents.find_map(|host| self.0.get(host)) {
            return Some(*country);
        }
        let top = host.rsplit('.').next().filter(|it| it.len() == 2)?.to_ascii_uppercase();
        match top.as_str() {
            "UK" => "GB".parse().ok(),
            top if NOT_A_HOME.contains(&top) => None,
            top => top.parse().ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: "our country" means the outlet's, also where the feed does not say whose it is.
    #[test]
    fn hosts_tell_the_home() {
        let country: Country = "JP".parse().unwrap();
        let outlets = Outlets::new(&[OutletGroup { country, hosts: vec!["nikkei.com".into()] }]);
        for (link, home) in [
            ("https://www.nikkei.com/article/1", Some("JP")),
            ("https://news.example.az/1", Some("AZ")),
            ("https://example.co.uk/", Some("GB")),
            ("https://notnikkei.com/", None),
            ("https://example.tv/", None),
            ("https://127.0.0.1/", None),
            ("nikkei.com", None),
            ("", None),
        ] {
            let found = outlets.country(link).map(|it| it.to_string());
            assert_eq!(found.as_deref(), home, "{link}");
        }
    }
}
