//! Keeping a slot for somebody who is about to book it (file 02, section 15).
//!
//! Whether a time can be held is decided in the transaction that writes the hold, with
//! its host's row locked: of two callers who want one slot exactly one gets it (RES-18).

use jiff::{SignedDuration, Timestamp};
use slotd_domain::{EventTypeId, UserId};
use slotd_store::event_types::Stored;
use slotd_store::slot_holds::{self, SlotHold};
use slotd_store::{Conn, StoreError, event_types, occupancy, users};

use crate::{ApiError, messages};

/// How long a slot is kept when nothing is said, in minutes.
pub(super) const USUAL_DURATION: i32 = 5;

/// What is to be held.
pub(super) struct Wanted {
    pub(super) uid: String,
    pub(super) event_type_id: EventTypeId,
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) release_at: Timestamp,
}

/// Why it cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conflict {
    /// RES-8
    Booked,
    /// RES-10
    Held,
    /// RES-11
    NoSeatsLeft,
}

impl Wanted {
    /// Holds the time, in a transaction that has locked the owner and ends with this; tells
    /// what is in the way otherwise. An older hold with this uid moves.
    pub(super) async fn take(
        &self,
        conn: &Conn,
        owner: UserId,
        seats: Option<i32>,
        now: Timestamp,
    ) -> Result<Result<(), Conflict>, StoreError> {
        if let Some(conflict) = self.conflict(conn, owner, seats, now).await? {
            return Ok(Err(conflict));
        }
        let hold = SlotHold {
            uid: self.uid.clone(),
            user_id: owner,
            event_type_id: self.event_type_id,
            start: self.start,
            end: self.end,
            release_at: self.release_at,
            is_seat: seats.is_some(),
            sequence: 0,
        };
        // What counts for nothing any more goes with the next hold of the same host.
        conn.commit_with(async {
            tokio::try_join!(
                biased;
                slot_holds::delete(conn, &self.uid),
                slot_holds::delete_released(conn, owner, now),
                slot_holds::put(conn, &hold),
            )
        })
        .await?;
        Ok(Ok(()))
    }

    async fn conflict(
        &self,
        conn: &Conn,
        owner: UserId,
        seats: Option<i32>,
        now: Timestamp,
    ) -> Result<Option<Conflict>, StoreError> {
        let (occupied, holds) = tokio::try_join!(
            biased;
            occupancy::of_user(conn, owner, self.start, self.end),
            slot_holds::of_user(conn, owner, self.start, self.end, now),
        )?;
        let mut bookings =
            occupied.iter().filter(|booking| booking.event_type_id == Some(self.event_type_id));
        let mut holds = holds
            .iter()
            .filter(|hold| hold.event_type_id == self.event_type_id && hold.uid != self.uid);
        let Some(seats) = seats else {
            let conflict = bookings.next().map(|_| Conflict::Booked);
            return Ok(conflict.or_else(|| holds.next().map(|_| Conflict::Held)));
        };
        // Seats are of one start; at another one the host would be booked twice.
        if bookings.any(|booking| booking.start != self.start || booking.is_pending) {
            return Ok(Some(Conflict::Booked));
        }
        let mut held = 0;
        for hold in holds {
            if hold.start != self.start || !hold.is_seat {
                return Ok(Some(Conflict::Held));
            }
            held += 1;
        }
        let at_start =
            self.start.saturating_add(SignedDuration::from_micros(1)).unwrap_or(self.start);
        let booked = occupancy::accepted(conn, self.event_type_id, self.start, at_start).await?;
        let taken: i64 = held + booked.iter().map(|booking| booking.attendees).sum::<i64>();
        Ok((taken >= i64::from(seats)).then_some(Conflict::NoSeatsLeft))
    }
}

impl Conflict {
    /// The refusal of a reservation (RES-8, RES-10, RES-11).
    pub(super) fn refused(self, wanted: &Wanted) -> ApiError {
        ApiError::unprocessable(match self {
            Self::Booked => messages::SLOT_IS_BOOKED.to_owned(),
            Self::Held => messages::SLOT_IS_HELD.to_owned(),
            Self::NoSeatsLeft => {
                let start = slotd_contract::timestamp(wanted.start);
                messages::no_seats_left(wanted.event_type_id, &start)
            }
        })
    }
}

/// An event type and its owner, who is locked until the end of the transaction; none when
/// either is gone.
pub(super) async fn lock(
    conn: &Conn,
    event_type: EventTypeId,
    owner: UserId,
) -> Result<Option<Stored>, StoreError> {
    let (locked, stored) = tokio::try_join!(
        biased;
        users::lock(conn, owner),
        event_types::by_id(conn, event_type),
    )?;
    Ok(stored.filter(|stored| locked > 0 && stored.user_id == Some(owner)))
}

/// So many minutes after an instant.
pub(super) fn after(at: Timestamp, minutes: i32) -> Timestamp {
    at.saturating_add(SignedDuration::from_mins(minutes.into())).unwrap_or(at)
}
