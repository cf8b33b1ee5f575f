//! What a request asks for, read with refusals that name what is wrong.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde::Deserialize;
use serde::de::value::Error as ValueError;
use serde::de::{DeserializeOwned, IntoDeserializer};
use utoipa::ToSchema;

use crate::model::ReviewVerdict;
use crate::review::guard::too_large;
use crate::review::{App, Problem};
use crate::store::{DeliveryPhase, Judged, PageRequest, StoreError};

/// How many items a list answers with at most, and when nobody says.
const LIMIT_MAX: usize = 200;
const LIMIT_DEFAULT: usize = 50;

/// The query parameters of a request; each is taken once, and none may be left.
#[derive(Debug)]
pub(in crate::review) struct Asked {
    pairs: BTreeMap<String, String>,
}

impl FromRequestParts<App> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let mut pairs = BTreeMap::new();
        let query = parts.uri.query().unwrap_or_default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if pairs.insert(name.to_string(), value.into_owned()).is_some() {
                return Err(Problem::parameter(&name, format!("{name} is given twice")));
            }
        }
        Ok(Self { pairs })
    }
}

impl Asked {
    /// The parameter `name`, read as `T`; none if it is not given.
    pub(in crate::review) fn take<T>(&mut self, name: &str) -> Result<Option<T>, Problem>
    where
        T: FromStr<Err: Display>,
    {
        let Some(text) = self.pairs.remove(name) else { return Ok(None) };
        let refused = |error| Problem::parameter(name, format!("{name}: {error}"));
        text.parse().map(Some).map_err(refused)
    }

    /// The parameter `name`, one of the words of `T`; none if it is not given.
    pub(super) fn word<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, Problem> {
        let Some(text) = self.pairs.remove(name) else { return Ok(None) };
        let refused = |error: ValueError| Problem::parameter(name, format!("{name}: {error}"));
        T::deserialize(text.as_str().into_deserializer()).map(Some).map_err(refused)
    }

    /// The same without what is empty: a form sends every field.
    pub(in crate::review) fn without_empty(mut self) -> Self {
        self.pairs.retain(|_, value| !value.is_empty());
        self
    }

    /// The value of `name`, which stays; empty if it is not given.
    pub(in crate::review) fn value(&self, name: &str) -> &str {
        self.pairs.get(name).map_or("", String::as_str)
    }

    /// All of them as a query, without `leave_out`.
    pub(in crate::review) fn query_without(&self, leave_out: &str) -> String {
        let pairs = self.pairs.iter().filter(|(name, _)| *name != leave_out);
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }

    /// Replaces the value of `name`, if it is given.
    pub(in crate::review) fn replace(&mut self, name: &str, change: impl FnOnce(&str) -> String) {
        if let Some(value) = self.pairs.get_mut(name) {
            *value = change(value);
        }
    }

    /// The parameter `verdict`.
    pub(super) fn verdict(&mut self) -> Result<Option<Judged>, Problem> {
        Ok(self.word::<VerdictFilter>("verdict")?.map(Judged::from))
    }

    /// The last ones, `limit` and `after`: anything else is a slip of the finger.
    pub(in crate::review) fn page(mut self) -> Result<PageRequest, Problem> {
        let limit = self.take("limit")?.unwrap_or(LIMIT_DEFAULT);
        let after = self.take("after")?;
        if !(1..=LIMIT_MAX).contains(&limit) {
            let detail = format!("limit: {limit} is not between 1 and {LIMIT_MAX}");
            return Err(Problem::parameter("limit", detail));
        }
        self.nothing()?;
        Ok(PageRequest { limit, after })
    }

    /// Refuses what is left.
    pub(super) fn nothing(self) -> Result<(), Problem> {
        match self.pairs.into_keys().next() {
            None => Ok(()),
            Some(name) => Err(Problem::parameter(&name, format!("no parameter {name:?} here"))),
        }
    }
}

/// Which verdict a list is asked for.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum VerdictFilter {
    /// None so far.
    Open,
    /// It is about the topic.
    Relevant,
    /// It is not.
    NotRelevant,
    /// Somebody else should look.
    Unsure,
}

impl From<VerdictFilter> for Judged {
    fn from(filter: VerdictFilter) -> Self {
        match filter {
            VerdictFilter::Open => Self::Open,
            VerdictFilter::Relevant => Self::As(ReviewVerdict::Relevant),
            VerdictFilter::NotRelevant => Self::As(ReviewVerdict::NotRelevant),
            VerdictFilter::Unsure => Self::As(ReviewVerdict::Unsure),
        }
    }
}

/// Which deliveries a list is asked for.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum StateFilter {
    /// To be tried.
    Pending,
    /// Taken.
    Delivered,
    /// Given up.
    Dead,
}

impl From<StateFilter> for DeliveryPhase {
    fn from(filter: StateFilter) -> Self {
        match filter {
            StateFilter::Pending => Self::Pending,
            StateFilter::Delivered => Self::Delivered,
            StateFilter::Dead => Self::Dead,
        }
    }
}

/// A list that the store refused: all it does not know of a list is the cursor.
pub(super) fn list_refused(error: StoreError) -> Problem {
    match error {
        StoreError::Unknown { what } => Problem::parameter("after", format!("after: no {what}")),
        other => other.into(),
    }
}

/// The id in a path. One that is mistyped names nothing.
#[derive(Debug)]
pub(super) struct Id<T>(pub(super) T);

impl<T: FromStr<Err: Display>> FromRequestParts<App> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(parts, app).await;
        let Path(text) =
            text.map_err(|error| Problem::new(StatusCode::NOT_FOUND, error.body_text()))?;
        let refused = |error: T::Err| Problem::new(StatusCode::NOT_FOUND, error.to_string());
        text.parse().map(Self).map_err(refused)
    }
}

/// The JSON body of a request.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let is_json = is_json(&request);
        let bytes = Bytes::from_request(request, app).await.map_err(|_| too_large())?;
        object(is_json, &bytes).map(Self)
    }
}

/// The JSON body of a request that may do without one.
#[derive(Debug)]
pub(super) struct OptionalBody<T>(pub(super) T);

impl<T: DeserializeOwned + Default> FromRequest<App> for OptionalBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let is_json = is_json(&request);
        let bytes = Bytes::from_request(request, app).await.map_err(|_| too_large())?;
        if bytes.is_empty() { Ok(Self(T::default())) } else { object(is_json, &bytes).map(Self) }
    }
}

fn is_json(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next() == Some("application/json")
}

fn object<T: DeserializeOwned>(is_json: bool, bytes: &[u8]) -> Result<T, Problem> {
    if !is_json {
        let detail = "the body must be JSON: content-type: application/json";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let refused =
        |rejection: JsonRejection| Problem::new(rejection.status(), rejection.body_text());
    let Json(body) = Json::from_bytes(bytes).map_err(refused)?;
    // serde reads a list as an object's fields in their order; nobody means that.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        let detail = "the body is not a JSON object";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
    }
    Ok(body)
}
