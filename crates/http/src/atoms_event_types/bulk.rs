//! `PATCH /v2/atoms/event-types/bulk-update-to-default-location`

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use slotd_contract::Done;
use slotd_contract::atoms_event_types::BulkUpdate;
use slotd_domain::event_type::Location;
use slotd_domain::{EventTypeId, UserId};
use slotd_store::{Conn, UnitOfWork, event_types};

use super::unknown;
use crate::access::Principal;
use crate::body::Validated;
use crate::{ApiError, App};

/// Moves event types of the caller to their default conferencing app, all or none of
/// them (file 06, 5.20). It is the built-in video: no other app can be connected yet.
#[utoipa::path(
    patch, path = "/v2/atoms/event-types/bulk-update-to-default-location",
    operation_id = "AtomsEventTypesController_bulkUpdateToDefaultLocation",
    tag = "Event Types", summary = "Move event types to the default conferencing app",
    params(("Authorization" = String, Header, description = "`Bearer <API key or access token>`")),
    request_body = BulkUpdate,
    responses((status = 200, description = "They are moved", body = Done)),
)]
pub(super) async fn bulk_update_to_default_location(
    State(app): State<App>,
    principal: Principal,
    Validated { body, .. }: Validated<BulkUpdate>,
) -> Result<Json<Done>, ApiError> {
    let ids: BTreeSet<EventTypeId> = body.event_type_ids.into_iter().map(EventTypeId).collect();
    app.store.write(Move { owner: principal.user_id, ids }).await?;
    Ok(Json(Done::SUCCESS))
}

struct Move {
    owner: UserId,
    /// In ascending order, so that two callers do not wait for each other.
    ids: BTreeSet<EventTypeId>,
}

impl UnitOfWork for Move {
    type Output = ();
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<(), ApiError> {
        for id in self.ids.iter().copied() {
            let stored = event_types::lock(conn, id).await?;
            let stored = stored.filter(|stored| stored.user_id == Some(self.owner));
            let mut event_type = stored.ok_or_else(|| unknown(&id.to_string()))?.event_type;
            event_type.locations = vec![Location::cal_video()];
            event_types::update(conn, id, &event_type).await?;
        }
        Ok(())
    }
}
