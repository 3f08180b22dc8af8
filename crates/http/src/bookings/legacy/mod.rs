//! Bookings in the shape of version 2024-04-15, which the components send and read
//! (section 24). They are the same bookings: only bodies, answers and codes of errors
//! differ.

mod cancel;
mod create;
mod get;
mod instant;
mod list;
mod mark_no_show;
mod recurring;
mod reschedule;
mod reschedule_info;
mod shown;

use axum::http::HeaderMap;
use serde_json::{Value, json};
use slotd_contract::fields::{self, FromBody};
use slotd_domain::OAuthClientId;
use slotd_store::bookings::{self, Booking};
use slotd_store::oauth_clients::{self, OAuthClient};
use slotd_store::{Conn, StoreError};
use utoipa_axum::routes;

use super::shown::Reader;
use super::standing::Standing;
use super::{OPEN, WRITE};
use crate::access::Principal;
use crate::route::Routes;
use crate::{ApiError, messages};

pub(super) use cancel::cancel;
pub(super) use create::create;
pub(super) use get::get;
pub(super) use list::list;

/// Operations that only the legacy shape has.
pub(super) fn routes() -> Routes {
    Routes::default()
        .add(&OPEN, routes!(recurring::recurring))
        .add(&OPEN, routes!(instant::instant))
        .add(&OPEN, routes!(reschedule_info::reschedule_info))
        .add(&WRITE, routes!(mark_no_show::mark_no_show))
}

/// Reads a body. One of the current shape that was sent without its version is told so
/// (R1.1).
fn read<T: FromBody>(body: &Value) -> Result<T, ApiError> {
    fields::read_body(body).map_err(|errors| {
        let error = ApiError::invalid(errors);
        if body.get("attendee").is_some() {
            error.because(json!({ "hint": messages::VERSION_HINT }))
        } else {
            error
        }
    })
}

/// The client that the components name, if there is such: its switches count instead of
/// those of the event type's (section 24.2).
async fn named_client(conn: &Conn, headers: &HeaderMap) -> Result<Option<OAuthClient>, StoreError> {
    let named = headers.get("x-cal-client-id").and_then(|id| id.to_str().ok());
    let Some(id) = named.filter(|id| !id.is_empty()) else { return Ok(None) };
    oauth_clients::by_id(conn, &OAuthClientId::new(id)).await
}

/// The booking with a uid, or the one that a seat with it is in, and whether it was a
/// seat's.
async fn find(conn: &Conn, uid: &str) -> Result<Option<(Booking, bool)>, StoreError> {
    if let Some(booking) = bookings::by_uid(conn, uid).await? {
        return Ok(Some((booking, false)));
    }
    Ok(bookings::by_seat(conn, uid).await?.map(|booking| (booking, true)))
}

/// How much of a booking the caller sees (R8.3).
async fn reader(
    conn: &Conn,
    principal: Option<&Principal>,
    booking: &Booking,
) -> Result<Reader, ApiError> {
    let standing = Standing::of(conn, principal, booking).await?;
    Ok(standing.reader(conn, booking).await?)
}

/// An error as the legacy bookings answer it. Whoever lost a race hears of it (R7.48).
fn in_legacy(error: ApiError) -> ApiError {
    if error.is_lost_race() {
        ApiError::conflict(messages::LEGACY_CONFLICT).bare().legacy()
    } else {
        error.legacy()
    }
}
