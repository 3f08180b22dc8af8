//! `POST /auth/logout`

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use jiff::SignedDuration;
use slotd_store::{Conn, StoreError, UnitOfWork, sessions};

use super::show::nobody;
use super::{is_own_form, of_request, set_cookie};
use crate::body::Form;
use crate::{ApiError, App, pages};

/// Ends the session.
pub(super) async fn logout(
    State(app): State<App>,
    headers: HeaderMap,
    Form(fields): Form,
) -> Result<Response, ApiError> {
    let Some(session) = of_request(&app, &headers).await? else { return nobody() };
    if !is_own_form(&app, &session, &fields) {
        return pages::foreign_form();
    }
    app.store.write(End { id: session.id }).await?;
    let mut response = pages::message(
        StatusCode::OK,
        "You are logged out",
        "Apps that you allowed to use your account still can.",
    )?;
    let cookie = set_cookie(&app, "", SignedDuration::ZERO);
    let cookie = HeaderValue::try_from(cookie).map_err(ApiError::internal)?;
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

struct End {
    id: String,
}

impl UnitOfWork for End {
    type Output = u64;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<u64, StoreError> {
        sessions::delete(conn, &self.id).await
    }
}
