//! Tokens: who has one, a new one, and the end of one.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::view::{ListView, NewTokenView, TokenView};
use crate::model::{Role, Token};
use crate::review::api::asked::{Asked, Body, Id};
use crate::review::api::document::Refusals;
use crate::review::{Admin, App, Problem, check_name, hash_of, new_token};

/// More tokens than any newsroom hands out; each request with a token looks through them.
const TOKENS_MAX: usize = 1000;

/// All tokens, revoked ones included, without anything secret; never more than one page.
#[utoipa::path(
    get, path = "/api/v1/tokens", tag = "tokens", operation_id = "list_tokens",
    responses((status = 200, description = "The whole list", body = ListView<TokenView>), Refusals)
)]
pub(super) async fn list(
    State(app): State<App>,
    _: Admin,
    asked: Asked,
) -> Result<Json<ListView<TokenView>>, Problem> {
    asked.nothing()?;
    let tokens = app.store.tokens().await?;
    Ok(Json(ListView { items: tokens.iter().map(TokenView::from).collect(), next: None }))
}

/// A token to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// Its name, unique for ever: it signs reviews.
    #[schema(pattern = "^[A-Za-z0-9_.@-]{1,64}$")]
    pub name: String,
    /// What its bearer may do.
    pub role: Role,
}

/// Makes a token; this answer is the only time that it is seen.
#[utoipa::path(
    post, path = "/api/v1/tokens", tag = "tokens", operation_id = "create_token",
    request_body = TokenRequest,
    responses((status = 201, description = "The token", body = NewTokenView), Refusals)
)]
pub(super) async fn create(
    State(app): State<App>,
    _: Admin,
    Body(request): Body<TokenRequest>,
) -> Result<(StatusCode, Json<NewTokenView>), Problem> {
    let TokenRequest { name, role } = request;
    check_name(&name).map_err(|reason| Problem::field("name", format!("name: {reason}")))?;
    let tokens = app.store.tokens().await?;
    if tokens.iter().any(|token| token.name == name) {
        let detail = format!("a token called {name} exists; a name stays taken when it is revoked");
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    if TOKENS_MAX <= tokens.len() {
        let detail = format!("there are {TOKENS_MAX} tokens already");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
    }
    let secret = new_token().map_err(|error| {
        tracing::error!(%error, "no token was made: {error}");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the system gives no random numbers")
    })?;
    let hash = hash_of(secret.reveal());
    let token = Token { name, role, hash, created: app.clock.now(), revoked: None };
    let kept = TokenView::from(&token);
    app.store.set_token(token).await?;
    Ok((StatusCode::CREATED, Json(NewTokenView { kept, token: secret.reveal().clone() })))
}

/// Revokes a token at once; its name stays taken. Revoking it twice changes nothing.
#[utoipa::path(
    delete, path = "/api/v1/tokens/{name}", tag = "tokens", operation_id = "revoke_token",
    params(("name" = String, Path, description = "The token's name")),
    responses((status = 204, description = "It is good no more"), Refusals)
)]
pub(super) async fn revoke(
    State(app): State<App>,
    _: Admin,
    Id(name): Id<String>,
) -> Result<StatusCode, Problem> {
    let token = app.store.tokens().await?.into_iter().find(|token| token.name == name);
    let token = token.ok_or_else(|| Problem::unknown(&format!("token {name}")))?;
    if token.revoked.is_none() {
        app.store.set_token(Token { revoked: Some(app.clock.now()), ..token }).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
