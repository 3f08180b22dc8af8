//! What a caller is to a booking (section 6).

use slotd_domain::{Scope, UserId, email};
use slotd_store::bookings::{Attendee, Booking};
use slotd_store::{Conn, StoreError, bookings, event_types, organizations, users};

use super::shown::Reader;
use crate::access::{Principal, check_scopes};
use crate::event_types::may_see;
use crate::{ApiError, messages};

/// What a caller is to a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Its organizer, or whose event type it is.
    Host,
    /// An administrator of their organization, or the credentials of their client.
    Administrator,
    /// Anybody else.
    Stranger,
}

impl Standing {
    /// What the caller is; somebody without credentials is a stranger.
    pub(super) async fn of(
        conn: &Conn,
        principal: Option<&Principal>,
        booking: &Booking,
    ) -> Result<Self, StoreError> {
        let people = [booking.host, booking.event_type_owner];
        Self::among(conn, principal, &people.into_iter().flatten().collect::<Vec<_>>()).await
    }

    /// What the caller is to some users: the best of what they are to each.
    pub(super) async fn among(
        conn: &Conn,
        principal: Option<&Principal>,
        people: &[UserId],
    ) -> Result<Self, StoreError> {
        let Some(principal) = principal else { return Ok(Self::Stranger) };
        // An app is what its user is only as far as the user let it (O2-12).
        let lets = |scope| check_scopes(&[scope], principal).is_ok();
        if !lets(Scope::BOOKING_READ) && !lets(Scope::BOOKING_WRITE) {
            return Ok(Self::Stranger);
        }
        if people.contains(&principal.user_id) {
            return Ok(Self::Host);
        }
        for person in people {
            if let Some(user) = users::by_id(conn, *person).await?
                && may_see(conn, principal, &user).await?
            {
                return Ok(Self::Administrator);
            }
        }
        Ok(Self::Stranger)
    }

    /// Whether the caller manages a booking or attends it. Lists show the same.
    pub(super) async fn takes_part(
        conn: &Conn,
        principal: &Principal,
        booking: &Booking,
        attendees: &[Attendee],
    ) -> Result<bool, StoreError> {
        if Self::of(conn, Some(principal), booking).await?.manages() {
            return Ok(true);
        }
        let Some(user) = users::by_id(conn, principal.user_id).await? else { return Ok(false) };
        let Some(host) = booking.host else { return Ok(false) };
        if attendees.iter().any(|attendee| attendee.user == Some(user.id)) {
            return Ok(true);
        }
        // The address of somebody who is not managed is not proven.
        let is_known = user.oauth_client_id.is_some()
            || organizations::share_a_team(conn, user.id, host).await?.is_some();
        if !is_known {
            return Ok(false);
        }
        let key = email::comparison_key(&user.email);
        Ok(attendees.iter().any(|attendee| email::comparison_key(&attendee.email) == key))
    }

    /// Whether the caller manages the booking.
    pub(super) fn manages(self) -> bool {
        self != Self::Stranger
    }

    /// How much of a booking the caller sees: of one with seats, whose event type is gone,
    /// nobody else (R8.3).
    pub(super) async fn reader(self, conn: &Conn, booking: &Booking) -> Result<Reader, StoreError> {
        if self.manages() || booking.seats_taken.is_none() {
            return Ok(Reader::MANAGER);
        }
        let event_type = match booking.event_type_id {
            Some(id) => event_types::by_id(conn, id).await?,
            None => None,
        };
        let seats = event_type.and_then(|stored| stored.event_type.settings.seats);
        Ok(Reader::stranger(seats.is_some_and(|seats| seats.shows_attendees)))
    }
}

/// A booking that the caller manages. An unknown one is forbidden ground, not a missing
/// thing (R16.1).
pub(super) async fn managed_booking(
    conn: &Conn,
    principal: &Principal,
    uid: &str,
) -> Result<Booking, ApiError> {
    let forbidden = || ApiError::forbidden(messages::no_access_to_booking(principal.user_id, uid));
    let booking = bookings::by_uid(conn, uid).await?.ok_or_else(forbidden)?;
    if Standing::of(conn, Some(principal), &booking).await?.manages() {
        Ok(booking)
    } else {
        Err(forbidden())
    }
}
