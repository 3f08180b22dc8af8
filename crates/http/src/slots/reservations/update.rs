//! `PATCH /v2/slots/reservations/{uid}`

use axum::extract::State;
use axum::{Extension, Json};
use jiff::Timestamp;
use slotd_contract::Success;
use slotd_contract::slots::{CreateReservation, Reservation};
use slotd_domain::UserId;
use slotd_store::{Conn, UnitOfWork, slot_holds, users};

use super::{ask, shown};
use crate::access::{PathUid, Principal};
use crate::body::Validated;
use crate::slots::hold::{Wanted, lock};
use crate::{ApiError, App, messages};

/// Moves a reservation, or keeps it for longer; its own time is not in its way (RES-16).
#[utoipa::path(
    patch, path = "/v2/slots/reservations/{uid}",
    operation_id = "SlotsController_2024_09_04_updateReservedSlot",
    tag = "Slots", summary = "Update a reserved slot",
    params(
        ("cal-api-version" = String, Header, description = "`2024-09-04`"),
        ("uid" = String, Path, description = "Uid of the reservation"),
        ("Authorization" = Option<String>, Header, description = "`Bearer <API key or access token>`, to say for how long"),
    ),
    request_body = CreateReservation,
    responses((status = 200, description = "The reservation as it is now", body = Success<Reservation>)),
)]
pub(super) async fn update(
    State(app): State<App>,
    principal: Option<Extension<Principal>>,
    PathUid(uid): PathUid,
    Validated { body, .. }: Validated<CreateReservation>,
) -> Result<Json<Success<Reservation>>, ApiError> {
    let principal = principal.map(|Extension(principal)| principal);
    let conn = app.store.read().await?;
    let now = app.clock.now();
    let unknown = || ApiError::not_found(messages::unknown_slot(&uid));
    let before = slot_holds::by_uid(&conn, &uid, now).await?.ok_or_else(unknown)?;
    let asked = ask(&app, &conn, &body, principal.as_ref(), uid.clone()).await?;
    drop(conn);
    let answer = shown(&asked.wanted, Some(asked.duration));
    let update =
        Update { wanted: asked.wanted, owner: asked.owner, owner_before: before.user_id, now };
    app.store.write(update).await?;
    Ok(Json(Success::of(answer)))
}

struct Update {
    wanted: Wanted,
    owner: UserId,
    owner_before: UserId,
    now: Timestamp,
}

impl UnitOfWork for Update {
    type Output = ();
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<(), ApiError> {
        let Self { wanted, owner, owner_before, now } = self;
        // Locked in ascending order, so that no two wait for each other.
        if owner_before < owner {
            users::lock(conn, *owner_before).await?;
        }
        let id = wanted.event_type_id;
        let stored = lock(conn, id, *owner).await?;
        if owner < owner_before {
            users::lock(conn, *owner_before).await?;
        }
        // It may have been given back meanwhile.
        let hold = slot_holds::by_uid(conn, &wanted.uid, *now).await?;
        hold.ok_or_else(|| ApiError::not_found(messages::unknown_slot(&wanted.uid)))?;
        let unknown = || ApiError::not_found(messages::unknown_event_type_to_reserve(id.0));
        let seats = stored.ok_or_else(unknown)?.event_type.settings.seats;
        let taken = wanted.take(conn, *owner, seats.map(|seats| seats.per_slot), *now).await?;
        taken.map_err(|conflict| conflict.refused(wanted))
    }
}
