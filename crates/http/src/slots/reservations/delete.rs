//! `DELETE /v2/slots/reservations/{uid}`

use axum::Json;
use axum::extract::State;
use slotd_contract::Done;

use crate::access::PathUid;
use crate::slots::selected_slot::Release;
use crate::{ApiError, App};

/// Gives a reserved slot back; nothing happens when there is none (K-18).
#[utoipa::path(
    delete, path = "/v2/slots/reservations/{uid}",
    operation_id = "SlotsController_2024_09_04_deleteReservedSlot",
    tag = "Slots", summary = "Delete a reserved slot",
    params(
        ("cal-api-version" = String, Header, description = "`2024-09-04`"),
        ("uid" = String, Path, description = "Uid of the reservation"),
    ),
    responses((status = 200, description = "There is no such reservation any more", body = Done)),
)]
pub(super) async fn delete(
    State(app): State<App>,
    PathUid(uid): PathUid,
) -> Result<Json<Done>, ApiError> {
    app.store.write(Release { uid }).await?;
    Ok(Json(Done::SUCCESS))
}
