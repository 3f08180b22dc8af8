//! `PATCH /v2/me`

use axum::Json;
use axum::extract::State;
use serde_json::Value;
use slotd_contract::Success;
use slotd_contract::managed_users::UpdateManagedUser;
use slotd_contract::me::Me;
use slotd_domain::UserId;
use slotd_store::users::User;
use slotd_store::{Conn, UnitOfWork, users};

use super::shown;
use crate::access::Principal;
use crate::body::Validated;
use crate::managed_users::apply;
use crate::{ApiError, App, messages};

/// Changes the caller's profile (ME-2 to ME-12).
#[utoipa::path(
    patch, path = "/v2/me", operation_id = "MeController_updateMe", tag = "Me", summary = "Update my profile",
    params(("Authorization" = String, Header, description = "`Bearer <API key or access token>`")),
    request_body = UpdateManagedUser,
    responses((status = 200, description = "The profile as it is now", body = Success<Me>)),
)]
pub(super) async fn update(
    State(app): State<App>,
    principal: Principal,
    Validated { body: changes, sent }: Validated<UpdateManagedUser>,
) -> Result<Json<Success<Me>>, ApiError> {
    let user = app.store.write(Update { id: principal.user_id, changes, sent }).await?;
    Ok(Json(Success::of(shown(user))))
}

struct Update {
    id: UserId,
    changes: UpdateManagedUser,
    sent: Value,
}

impl UnitOfWork for Update {
    type Output = User;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<User, ApiError> {
        let (_, user) =
            tokio::try_join!(biased; users::lock(conn, self.id), users::by_id(conn, self.id))?;
        let user = user.ok_or_else(|| ApiError::unauthorized(messages::INVALID_ACCESS_TOKEN))?;
        apply(conn, user, self.changes.clone(), &self.sent).await
    }
}
