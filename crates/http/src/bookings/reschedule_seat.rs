//! Moving seats: one of them, or everybody in a booking (R11.11 to R11.15).

use serde_json::{Value, json};
use slotd_domain::booking::{Status, location, title};
use slotd_domain::{Locale, email};
use slotd_slots::Slot;
use slotd_store::Conn;
use slotd_store::bookings::{self, Attendee, Booking, NewSeat};

use super::book::{Made, new_uid, others_than, share};
use super::cancel::read;
use super::decide::Found;
use super::facts::{self, Fact, Switches};
use super::reschedule::{Old, Reschedule, copied};
use crate::{ApiError, messages};

impl Reschedule {
    /// The booking with seats that is at the new start already, if it is another one.
    async fn target(
        &self,
        conn: &Conn,
        old: &Old,
        found: &Found,
    ) -> Result<Option<Booking>, ApiError> {
        let Ok(Slot { seated: Some(place), .. }) = found.verdict else { return Ok(None) };
        let uid = &found.gathered.seated_uids[place].uid;
        let target = bookings::by_uid(conn, uid).await?;
        Ok(target.filter(|target| target.id != old.booking.id))
    }

    fn seats(old: &Old) -> i32 {
        let seats = old.event_type.as_ref().and_then(|event_type| event_type.settings.seats);
        seats.map_or(0, |seats| seats.per_slot)
    }

    /// Moves one seat, to a booking that is there or to a new one (R11.11).
    pub(super) async fn seat(&self, conn: &Conn, old: &Old, seat: &str) -> Result<Made, ApiError> {
        let mover = old.attendees.iter().find(|it| it.seat_uid.as_deref() == Some(seat));
        let mover = mover.ok_or_else(|| ApiError::not_found(messages::unknown_seat(seat)))?;
        if self.wanted.start == old.booking.start {
            let (booking, attendees) = (old.booking.clone(), vec![mover.clone()]);
            return Ok(Made { booking, attendees, seat: Some(seat.to_owned()) });
        }
        // Who moves alone leaves nothing behind.
        let is_last = old.attendees.len() == 1;
        let left = is_last.then_some(old.booking.uid.as_str());
        let found = self.decide(conn, old, left, Some(mover)).await?;
        let target = self.target(conn, old, &found).await?;
        let switches = self.switches(conn, &old.booking).await?;
        let (booking, seat) = if let Some(target) = target {
            self.move_into(conn, old, mover, seat, &target).await?;
            if self.wanted.legacy.is_some() {
                bookings::set_seat_metadata(conn, mover.id, &self.seat_metadata(mover)).await?;
            }
            (target.id, seat.to_owned())
        } else {
            if is_last {
                bookings::release(conn, old.booking.id).await?;
            }
            bookings::give_seat_up(conn, old.booking.id, mover.id, self.now).await?;
            self.seat_of_its_own(conn, old, mover, is_last).await?;
            (self.id, self.new_seat.clone())
        };
        if is_last {
            self.empty(conn, old, switches).await?;
        } else {
            let left = read(conn, old.booking.id).await?;
            let stay = bookings::attendees_of(conn, left.id).await?;
            let (fact, more) = (Fact::SeatLeft, json!({}));
            facts::record(conn, fact, &left, &stay, switches, more, self.now).await?;
        }
        let booking = read(conn, booking).await?;
        let all = bookings::attendees_of(conn, booking.id).await?;
        let mut more = self.more(old);
        more["attendeeSeatId"] = json!(seat);
        let fact = match Status::parse(&booking.status) {
            Some(Status::Pending) => Fact::RescheduleRequested,
            _ if booking.id == self.id => Fact::Rescheduled,
            _ => Fact::SeatMoved,
        };
        facts::record(conn, fact, &booking, &all, switches, more, self.now).await?;
        Ok(Made { booking, attendees: all, seat: Some(seat) })
    }

    /// Takes a seat in the booking that is at the new start (R11.12).
    async fn move_into(
        &self,
        conn: &Conn,
        old: &Old,
        mover: &Attendee,
        seat: &str,
        target: &Booking,
    ) -> Result<(), ApiError> {
        share(conn, &mut target.clone()).await?;
        others_than(conn, target.id, &mover.email).await??;
        if bookings::join(conn, target.id, Self::seats(old), self.now).await? == 0 {
            return Err(ApiError::conflict(messages::NOT_ENOUGH_SEATS).bare());
        }
        let (from, to) = (old.booking.id, target.id);
        Ok(bookings::move_seat(conn, mover.id, from, to, seat, self.now).await?)
    }

    /// Refuses whoever has a seat already in the booking that is full at the new start.
    pub(super) async fn check_double(
        &self,
        conn: &Conn,
        old: &Old,
        mover: Option<&Attendee>,
    ) -> Result<(), ApiError> {
        let Some((event_type, mover)) = old.booking.event_type_id.zip(mover) else {
            return Ok(());
        };
        match bookings::seated_at(conn, event_type, self.wanted.start).await? {
            Some(target) => others_than(conn, target.id, &mover.email).await?.map(drop),
            None => Ok(()),
        }
    }

    /// A booking at the new start with one seat. It takes the place of the old one only if
    /// nobody stays there: who does must not learn its uid (R3.2).
    async fn seat_of_its_own(
        &self,
        conn: &Conn,
        old: &Old,
        mover: &Attendee,
        is_last: bool,
    ) -> Result<(), ApiError> {
        let id = *self
            .attendees
            .first()
            .ok_or_else(|| ApiError::conflict(messages::EVENT_TYPE_CHANGED))?;
        let mut new = self.successor(old);
        let mut attendee = copied(mover, id);
        attendee.seat = Some(NewSeat {
            uid: self.new_seat.clone(),
            description: mover.seat_description.clone(),
            responses: mover.seat_responses.clone().unwrap_or_else(|| json!({})),
            metadata: self.seat_metadata(mover),
        });
        new.attendees.push(attendee);
        new.is_shared = true;
        new.title = title_of_seat(old, mover);
        new.responses = None;
        new.description = None;
        new.metadata = old.booking.metadata.clone();
        new.sms_reminder_number = None;
        if !is_last {
            new.from_reschedule_uid = None;
        }
        // Its event is another one than that of those who stay (R3.4).
        new.ical_uid = format!("{}@{}", new_uid(), self.settings.ical_host);
        new.ical_sequence = 0;
        Ok(bookings::insert(conn, &new, self.now).await?)
    }

    /// The seat's metadata under what was sent: that of the booking is nobody's own (R7.58).
    fn seat_metadata(&self, mover: &Attendee) -> Value {
        self.under_sent(mover.seat_metadata.as_ref().unwrap_or(&json!({})))
    }

    /// Ends a booking that nobody is left in (R11.13).
    async fn empty(&self, conn: &Conn, old: &Old, switches: Switches) -> Result<(), ApiError> {
        bookings::release(conn, old.booking.id).await?;
        bookings::pass_on(conn, old.booking.id, Some(&old.by), true, self.now).await?;
        let booking = read(conn, old.booking.id).await?;
        let switches = switches.at_end_of(&old.booking);
        facts::record(conn, Fact::Emptied, &booking, &[], switches, json!({}), self.now).await?;
        Ok(())
    }

    /// Moves everybody (R11.14).
    pub(super) async fn whole(&self, conn: &Conn, old: &Old) -> Result<Made, ApiError> {
        let found = self.decide(conn, old, Some(&old.booking.uid), None).await?;
        let switches = self.switches(conn, &old.booking).await?;
        let id = match self.target(conn, old, &found).await? {
            None => {
                let (start, end) = (self.wanted.start, self.end(old));
                let by = Some(old.by.as_str());
                bookings::move_whole(conn, old.booking.id, start, end, by, self.now).await?;
                old.booking.id
            }
            Some(target) => {
                let mut present = bookings::attendees_of(conn, target.id).await?;
                for attendee in &old.attendees {
                    if present.iter().any(|present| is_same(present, attendee)) {
                        bookings::give_seat_up(conn, old.booking.id, attendee.id, self.now).await?;
                        continue;
                    }
                    let seat = attendee.seat_uid.clone().unwrap_or_default();
                    self.move_into(conn, old, attendee, &seat, &target).await?;
                    present.push(attendee.clone());
                }
                self.empty(conn, old, switches).await?;
                target.id
            }
        };
        let booking = read(conn, id).await?;
        let attendees = bookings::attendees_of(conn, id).await?;
        let more = self.more(old);
        facts::record(conn, Fact::Moved, &booking, &attendees, switches, more, self.now).await?;
        Ok(Made { booking, attendees, seat: None })
    }
}

/// The title of a booking that begins with this seat (R7.63).
fn title_of_seat(old: &Old, mover: &Attendee) -> String {
    let Some(event_type) = &old.event_type else { return old.booking.title.clone() };
    let stored = mover.seat_responses.as_ref().and_then(Value::as_object);
    let answers = stored.cloned().unwrap_or_default();
    let location = old.booking.location.as_deref().unwrap_or_default();
    title::title(&title::Parts {
        event_type_title: &event_type.title,
        custom_name: event_type.settings.custom_name.as_deref(),
        host: old.host.name.as_deref().unwrap_or_default(),
        locale: old.host.locale.as_deref().and_then(Locale::parse),
        place: &location::stored_label(location, answers.get("location")),
        length_minutes: old.length_minutes,
        answers: &answers,
    })
}

fn is_same(one: &Attendee, other: &Attendee) -> bool {
    email::comparison_key(&one.email) == email::comparison_key(&other.email)
}
