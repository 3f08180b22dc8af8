//! `GET /v2/slots/reservations/{uid}`

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::slots::Reservation;
use slotd_store::slot_holds;

use super::shown;
use crate::access::PathUid;
use crate::slots::hold::Wanted;
use crate::{ApiError, App};

/// Returns a reservation to whoever knows its uid, or `null` (K-18).
#[utoipa::path(
    get, path = "/v2/slots/reservations/{uid}", operation_id = "SlotsController_2024_09_04_getReservedSlot",
    tag = "Slots", summary = "Get reserved slot",
    params(
        ("cal-api-version" = String, Header, description = "`2024-09-04`"),
        ("uid" = String, Path, description = "Uid of the reservation"),
    ),
    responses((status = 200, description = "The reservation, or null", body = Success<Option<Reservation>>)),
)]
pub(super) async fn get(
    State(app): State<App>,
    PathUid(uid): PathUid,
) -> Result<Json<Success<Option<Reservation>>>, ApiError> {
    let conn = app.store.read().await?;
    let hold = slot_holds::by_uid(&conn, &uid, app.clock.now()).await?;
    let reservation = hold.map(|hold| {
        let wanted = Wanted {
            uid: hold.uid,
            event_type_id: hold.event_type_id,
            start: hold.start,
            end: hold.end,
            release_at: hold.release_at,
        };
        shown(&wanted, None)
    });
    Ok(Json(Success::of(reservation)))
}
