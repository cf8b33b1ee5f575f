//! The section `[net]`.

use ipnet::IpNet;
use serde::Deserialize;
use url::Url;

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
}
