//! `POST /v2/auth/oauth2/clients/{clientId}/authorize`

use axum::extract::State;
use axum::response::Response;
use slotd_contract::oauth2::OAuth2Authorize;

use super::PathOAuth2Client;
use super::authorization::{Asked, allow, examine};
use crate::access::Principal;
use crate::body::Validated;
use crate::{ApiError, App};

/// Authorizes an app in the name of the person whose session this is (O2-2, O2-3).
#[utoipa::path(
    post, path = "/v2/auth/oauth2/clients/{clientId}/authorize", operation_id = "OAuth2Controller_authorize",
    tag = "OAuth2", summary = "Authorize an OAuth2 client",
    params(("clientId" = String, Path, description = "Id of the app")),
    request_body = OAuth2Authorize,
    responses((status = 303, description = "To the redirect URI, with a code or an error")),
)]
pub(super) async fn authorize(
    State(app): State<App>,
    principal: Principal,
    PathOAuth2Client(client_id): PathOAuth2Client,
    Validated { body, .. }: Validated<OAuth2Authorize>,
) -> Result<Response, ApiError> {
    let asked = Asked {
        client_id,
        redirect_uri: body.redirect_uri,
        scope: body.scopes.unwrap_or_default().join(" "),
        state: body.state,
        team_slug: body.team_slug,
        code_challenge: body.code_challenge,
        code_challenge_method: body.code_challenge_method,
    };
    match examine(&app, principal.user_id, &asked).await {
        Ok(allowed) => allow(&app, principal.user_id, &asked, allowed).await,
        Err(refusal) => refusal.into_answer(&asked),
    }
}
