//! `POST /v2/slots/reservations`

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use jiff::Timestamp;
use slotd_contract::Success;
use slotd_contract::slots::{CreateReservation, Reservation};
use slotd_domain::UserId;
use slotd_store::{Conn, UnitOfWork};
use uuid::Uuid;

use super::{ask, shown};
use crate::access::Principal;
use crate::body::Validated;
use crate::slots::hold::{Wanted, lock};
use crate::{ApiError, App, messages};

/// Keeps a slot for a while (RES-1 to RES-19).
#[utoipa::path(
    post, path = "/v2/slots/reservations", operation_id = "SlotsController_2024_09_04_reserveSlot",
    tag = "Slots", summary = "Reserve a slot",
    params(
        ("cal-api-version" = String, Header, description = "`2024-09-04`"),
        ("Authorization" = Option<String>, Header, description = "`Bearer <API key or access token>`, to say for how long"),
        ("x-cal-client-id" = Option<String>, Header, description = "Id of the OAuth client"),
    ),
    request_body = CreateReservation,
    responses((status = 201, description = "The reservation", body = Success<Reservation>)),
)]
pub(super) async fn create(
    State(app): State<App>,
    principal: Option<Extension<Principal>>,
    Validated { body, .. }: Validated<CreateReservation>,
) -> Result<(StatusCode, Json<Success<Reservation>>), ApiError> {
    let principal = principal.map(|Extension(principal)| principal);
    let uid = Uuid::new_v4().to_string();
    let asked = ask(&app, &app.store.read().await?, &body, principal.as_ref(), uid).await?;
    let answer = shown(&asked.wanted, Some(asked.duration));
    let create = Create { wanted: asked.wanted, owner: asked.owner, now: app.clock.now() };
    app.store.write(create).await?;
    Ok((StatusCode::CREATED, Json(Success::of(answer))))
}

struct Create {
    wanted: Wanted,
    owner: UserId,
    now: Timestamp,
}

impl UnitOfWork for Create {
    type Output = ();
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<(), ApiError> {
        let Self { wanted, owner, now } = self;
        let id = wanted.event_type_id;
        let stored = lock(conn, id, *owner).await?;
        let unknown = || ApiError::not_found(messages::unknown_event_type_to_reserve(id.0));
        let seats = stored.ok_or_else(unknown)?.event_type.settings.seats;
        let taken = wanted.take(conn, *owner, seats.map(|seats| seats.per_slot), *now).await?;
        taken.map_err(|conflict| conflict.refused(wanted))
    }
}
