//! The files that pages need: compiled in, named by their content, so that browsers keep them.

use std::sync::OnceLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// A file that every page may load.
pub(super) struct Asset {
    stem: &'static str,
    ending: &'static str,
    kind: &'static str,
    text: &'static str,
    hash: OnceLock<String>,
}

impl Asset {
    const fn new(
        stem: &'static str,
        ending: &'static str,
        kind: &'static str,
        text: &'static str,
    ) -> Self {
        Self { stem, ending, kind, text, hash: OnceLock::new() }
    }

    /// Where it is served: another content has another address.
    pub(super) fn path(&self) -> String {
        format!("/assets/{}", self.name())
    }

    fn name(&self) -> String {
        let hash = self.hash.get_or_init(|| {
            let digest = Sha256::digest(self.text);
            let start =
                digest.iter().take(6).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
            format!("{start:012x}")
        });
        format!("{}-{hash}.{}", self.stem, self.ending)
    }
}

pub(super) static STYLE: Asset =
    Asset::new("style", "css", "text/css; charset=utf-8", include_str!("assets/style.css"));
pub(super) static SCRIPT: Asset =
    Asset::new("script", "js", "text/javascript; charset=utf-8", include_str!("assets/script.js"));
pub(super) static ICON: Asset =
    Asset::new("icon", "svg", "image/svg+xml", include_str!("assets/icon.svg"));

/// This build, for the foot of a page.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

const FOR_A_YEAR: &str = "public, max-age=31536000, immutable";

/// Serves the file of this name; the name of an older build is not found.
pub(super) async fn serve(Path(name): Path<String>) -> Response {
    let Some(asset) = [&STYLE, &SCRIPT, &ICON].into_iter().find(|it| it.name() == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [(header::CONTENT_TYPE, asset.kind), (header::CACHE_CONTROL, FOR_A_YEAR)];
    (headers, asset.text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: pages stay light: a phone loads them over a bad line.
    #[test]
    fn files_keep_their_limits() {
        assert!(STYLE.text.len() <= 14_336, "{}", STYLE.text.len());
        assert!(SCRIPT.text.len() <= 6_000, "{}", SCRIPT.text.len());
    }
}
