//! What a caller is to a booking (section 6).

use slotd_domain::{UserId, email};
use slotd_store::bookings::{Attendee, Booking};
use slotd_store::{Conn, StoreError, users};

use crate::access::Principal;
use crate::event_types::may_see;

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

    /// Whether the caller manages a booking or attends it.
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
        let key = email::comparison_key(&user.email);
        Ok(attendees.iter().any(|attendee| email::comparison_key(&attendee.email) == key))
    }

    /// Whether the caller manages the booking.
    pub(super) fn manages(self) -> bool {
        self != Self::Stranger
    }
}
