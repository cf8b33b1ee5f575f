//! Tokens in forms: proof that a form is one of our own pages.
//!
//! Requests with a bearer token or a JSON body need none: no form of another site can send
//! either.

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::review::{App, Person, Problem};

/// What a form of `person` carries in its field `csrf`; good until the service ends.
pub fn token(app: &App, person: &Person) -> String {
    URL_SAFE_NO_PAD.encode(mac(app, person).finalize().into_bytes())
}

/// Whether a form came from a page that we gave to `person`.
///
/// # Errors
/// 403: it did not, or the service was started anew since.
pub fn check(app: &App, person: &Person, token: Option<&str>) -> Result<(), Problem> {
    let sent = URL_SAFE_NO_PAD.decode(token.unwrap_or_default()).unwrap_or_default();
    mac(app, person).verify_slice(&sent).map_err(|_| {
        let detail = "the form is too old or not ours; load the page again";
        Problem::new(StatusCode::FORBIDDEN, detail)
    })
}

fn mac(app: &App, person: &Person) -> Hmac<Sha256> {
    let key = app.access.csrf_key.reveal();
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(b"csrf:");
    mac.update(person.name.as_bytes());
    mac
}
