//! `POST /v2/slots/reserve`, which the components call when a time is clicked.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use cookie::{Cookie, SameSite};
use jiff::Timestamp;
use slotd_contract::Success;
use slotd_contract::slots::ReserveSlot;
use slotd_domain::event_type::EventType;
use slotd_domain::{EventTypeId, UserId};
use slotd_store::{Conn, UnitOfWork, event_types, slot_holds};
use uuid::Uuid;

use super::hold::{USUAL_DURATION, Wanted, after, lock};
use super::selected_slot::{COOKIE, cookie};
use crate::body::Validated;
use crate::{ApiError, App, messages};

/// Keeps a slot for five minutes, in the shape of version 2024-04-15. It succeeds also
/// when the slot cannot be kept (SLOT-111).
#[utoipa::path(
    post, path = "/v2/slots/reserve", operation_id = "SlotsController_2024_04_15_reserveSlot",
    tag = "Slots", summary = "Reserve a slot, for the components",
    request_body = inline(Object),
    responses((status = 201, description = "The uid of the hold", body = Success<String>)),
)]
pub(super) async fn reserve(
    State(app): State<App>,
    headers: HeaderMap,
    Validated { body, .. }: Validated<ReserveSlot>,
) -> Result<Response, ApiError> {
    let unknown = || ApiError::not_found(messages::EVENT_TYPE_NOT_FOUND);
    let conn = app.store.read().await?;
    let id = EventTypeId(body.event_type_id);
    let stored = event_types::by_id(&conn, id).await?.ok_or_else(unknown)?;
    drop(conn);
    let owner = stored.user_id.ok_or_else(unknown)?;
    if body.end <= body.start {
        return Err(ApiError::bad_request(messages::SLOT_ENDS_BEFORE_ITS_START));
    }
    // Whoever asks can make holds, so none may be longer than what can be booked.
    if body.end > after(body.start, longest(&stored.event_type)) {
        return Err(ApiError::bad_request(messages::SLOT_IS_TOO_LONG));
    }
    let uid = cookie(&headers).unwrap_or_else(|| Uuid::new_v4().to_string());
    let now = app.clock.now();
    if !body.is_dry_run && body.start >= now {
        let wanted = Wanted {
            uid: uid.clone(),
            event_type_id: id,
            start: body.start,
            end: body.end,
            release_at: after(now, USUAL_DURATION),
        };
        app.store.write(Reserve { wanted, owner, now }).await?;
    }
    let cookie = set_cookie(&app, &uid);
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, cookie)], Json(Success::of(uid)))
        .into_response())
}

fn longest(event_type: &EventType) -> i32 {
    let options = &event_type.settings.length_options_minutes;
    options.iter().copied().fold(event_type.length_minutes, i32::max)
}

/// The components run on another origin: over https they ask for the cookie by saying so.
fn set_cookie(app: &App, uid: &str) -> String {
    let mut cookie = Cookie::new(COOKIE, uid);
    cookie.set_path("/");
    if app.settings.public_url.starts_with("https://") {
        cookie.set_same_site(SameSite::None);
        cookie.set_secure(true);
    }
    cookie.to_string()
}

struct Reserve {
    wanted: Wanted,
    owner: UserId,
    now: Timestamp,
}

impl UnitOfWork for Reserve {
    type Output = ();
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<(), ApiError> {
        let Self { wanted, owner, now } = self;
        let stored = lock(conn, wanted.event_type_id, *owner).await?;
        let stored = stored.ok_or_else(|| ApiError::not_found(messages::EVENT_TYPE_NOT_FOUND))?;
        let seats = stored.event_type.settings.seats.map(|seats| seats.per_slot);
        if wanted.take(conn, *owner, seats, *now).await?.is_err() {
            // The caller has turned to another time: the one held before is free again.
            slot_holds::delete(conn, &wanted.uid).await?;
        }
        Ok(())
    }
}
