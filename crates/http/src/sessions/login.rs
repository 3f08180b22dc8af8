//! `GET /auth/login/{token}`

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use slotd_domain::UserId;
use slotd_store::{Conn, StoreError, UnitOfWork, digest, new_client_secret, sessions};
use uuid::Uuid;

use super::{LIFETIME, set_cookie};
use crate::access::path_parameter;
use crate::{ApiError, App, pages};

/// Begins a session, once.
pub(super) async fn login(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    // What only looks whether the address exists does not use it up.
    if request.method() != Method::GET {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let (parts, _) = request.into_parts();
    let token = path_parameter(&parts, "token").unwrap_or_default();
    let cookie = new_client_secret();
    let begin = Begin {
        token_digest: digest(&token),
        id: Uuid::new_v4().to_string(),
        digest: digest(&cookie),
        now: app.clock.now(),
    };
    let Some(user) = app.store.write(begin).await? else {
        return pages::message(
            StatusCode::UNAUTHORIZED,
            "This address does not work any more",
            "It works once, within 15 minutes. Ask the operator of this server for a new one.",
        );
    };
    tracing::info!(user.id = user.0, "session begun");
    let set_cookie = set_cookie(&app, &cookie, LIFETIME);
    let set_cookie = HeaderValue::try_from(set_cookie).map_err(ApiError::internal)?;
    let headers = [
        (header::SET_COOKIE, set_cookie),
        (header::LOCATION, HeaderValue::from_static("/auth/session")),
    ];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}

struct Begin {
    token_digest: [u8; 32],
    id: String,
    digest: [u8; 32],
    now: Timestamp,
}

impl UnitOfWork for Begin {
    type Output = Option<UserId>;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<Option<UserId>, StoreError> {
        let taken = sessions::take_login_link(conn, &self.token_digest, self.now).await?;
        let Some((user,)) = taken else { return Ok(None) };
        let expires_at = self.now.saturating_add(LIFETIME).unwrap_or(self.now);
        sessions::purge(conn, self.now).await?;
        sessions::insert(conn, &self.id, &self.digest, user, self.now, expires_at).await?;
        Ok(Some(user))
    }
}
