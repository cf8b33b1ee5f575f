//! The section `[[route]]`: which alerts go to whom.

use serde::Deserialize;
use toml::Spanned;

/// One `[[route]]`: without conditions it takes everything.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteConfig {
    /// Who is told.
    pub receiver: Spanned<String>,
}
