//! `DELETE /v2/slots/selected-slot`, which the components call when another time is chosen.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use slotd_contract::Done;
use slotd_store::{Conn, StoreError, UnitOfWork, slot_holds};
use uuid::Uuid;

use crate::body::Query;
use crate::sessions::cookies;
use crate::{ApiError, App};

/// The cookie that names a visitor's hold.
pub(super) const COOKIE: &str = "uid";

/// The uid of a visitor's hold. Other sites also have cookies of this name: ours are
/// UUIDs, which nobody guesses (RES-19).
pub(crate) fn cookie(headers: &HeaderMap) -> Option<String> {
    cookies(headers, COOKIE).find(|uid| Uuid::parse_str(uid).is_ok())
}

/// Gives a held slot back: the cookie's, else the one that is named. It always succeeds.
#[utoipa::path(
    delete, path = "/v2/slots/selected-slot",
    operation_id = "SlotsController_2024_04_15_deleteSelectedSlot",
    tag = "Slots", summary = "Give a selected slot back, for the components",
    params(("uid" = Option<String>, Query, description = "Uid of the hold, without a cookie")),
    responses((status = 200, description = "Nothing is held any more", body = Done)),
)]
pub(super) async fn release(
    State(app): State<App>,
    headers: HeaderMap,
    Query(pairs): Query,
) -> Result<Json<Done>, ApiError> {
    let named = || pairs.iter().rev().find(|(name, _)| name == "uid").map(|(_, uid)| uid.clone());
    if let Some(uid) = cookie(&headers).or_else(named).filter(|uid| Uuid::parse_str(uid).is_ok()) {
        app.store.write(Release { uid }).await?;
    }
    Ok(Json(Done::SUCCESS))
}

/// Removes a hold, if there is one.
pub(super) struct Release {
    pub(super) uid: String,
}

impl UnitOfWork for Release {
    type Output = ();
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<(), StoreError> {
        slot_holds::delete(conn, &self.uid).await.map(drop)
    }
}
