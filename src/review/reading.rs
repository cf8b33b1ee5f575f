//! Which languages a person reads, as their browser or script says it.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use crate::model::Languages;

/// What `Accept-Language` says. As an argument of a handler it refuses nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading(pub(super) Languages);

impl<S: Sync> FromRequestParts<S> for Reading {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let headers = parts.headers.get_all(header::ACCEPT_LANGUAGE).iter();
        let texts: Vec<&str> = headers.filter_map(|header| header.to_str().ok()).collect();
        Ok(Self(Languages::of_header(&texts.join(","))))
    }
}
