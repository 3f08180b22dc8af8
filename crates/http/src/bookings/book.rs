//! The critical section of making bookings (section 25): hosts are locked in ascending
//! order, what the decision needs is read again, the decision is the one that slots are
//! listed by, and everything is written in the same transaction.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use slotd_domain::booking::{BookingUid, Status, approval, location, metadata};
use slotd_domain::{AttendeeId, BookingId, email};
use slotd_slots::{Reason, Refusal};
use slotd_store::bookings::{self, Attendee, Booking, NewAttendee, NewBooking, NewSeat};
use slotd_store::{Conn, Sequence, StoreError, UnitOfWork, slot_holds, users};
use uuid::Uuid;

use super::decide::{Found, Holds, Question, Strictness, decide};
use super::draft::{Draft, notes, object};
use super::facts::{self, Fact, Switches};
use crate::app::BookingSettings;
use crate::slots::gather::Subject;
use crate::{ApiError, App, messages};

/// A draft with everything that must not change when the transaction is run again.
pub(super) struct Book {
    draft: Draft,
    /// One for each start.
    ids: Vec<Ids>,
    series: Option<String>,
    /// The caller may see the event type's bookings.
    may_see: bool,
    settings: BookingSettings,
    is_dry_run: bool,
    now: Timestamp,
}

/// What a new booking is known by.
struct Ids {
    booking: BookingId,
    uid: String,
    attendees: Vec<AttendeeId>,
    seat: String,
}

/// A booking that was made or joined, or that was there already.
pub(super) struct Made {
    pub(super) booking: Booking,
    pub(super) attendees: Vec<Attendee>,
    /// The seat that was taken.
    pub(super) seat: Option<String>,
}

/// What a transaction came to.
pub(super) enum Outcome {
    Made(Vec<Made>),
    /// The event type is not the one that was drafted from.
    Changed,
}

/// A fresh uid (R3.1).
pub(super) fn new_uid() -> String {
    BookingUid::from_bits(slotd_store::random_bits()).into_string()
}

impl Book {
    /// Takes ids for a draft. `series` is the id that the occurrences share, `now` the instant
    /// of the request.
    pub(super) async fn new(
        app: &App,
        draft: Draft,
        series: Option<String>,
        may_see: bool,
        is_dry_run: bool,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut ids = Vec::with_capacity(draft.starts.len());
        for _ in &draft.starts {
            let mut attendees = Vec::with_capacity(draft.people.len());
            for _ in &draft.people {
                attendees.push(AttendeeId(app.store.next_id(Sequence::Attendee).await?));
            }
            let booking = BookingId(app.store.next_id(Sequence::Booking).await?);
            ids.push(Ids { booking, uid: new_uid(), attendees, seat: Uuid::new_v4().to_string() });
        }
        let settings = app.settings.bookings.clone();
        Ok(Self { draft, ids, series, may_see, settings, is_dry_run, now })
    }

    /// Whether nothing is written.
    pub(super) fn is_dry_run(&self) -> bool {
        self.is_dry_run
    }

    fn subject(&self) -> Subject {
        match self.draft.event_type_id {
            Some(id) => Subject::EventType(id),
            None => Subject::Group(self.draft.hosts.clone()),
        }
    }

    /// Who names a hold has looked at holds; nobody else needs to, unless the operator
    /// says so (7.9.3).
    fn holds(&self) -> Holds<'_> {
        match &self.draft.hold {
            None if self.settings.holds_are_advisory => Holds::Ignored,
            own => Holds::Others(own.as_deref()),
        }
    }

    fn question(&self, place: usize, start: Timestamp) -> Question<'_> {
        let is_first = self.is_first(place) || self.draft.keeps_window;
        Question {
            now: self.now,
            start,
            length_minutes: self.draft.length_minutes,
            zone: &self.draft.zone,
            moved: None,
            holds: self.holds(),
            strictness: if is_first { Strictness::Full } else { Strictness::LaterOfSeries },
        }
    }

    /// Whether it is the first booking of its series, or the only one.
    fn is_first(&self, place: usize) -> bool {
        self.draft.first_place + place == 0
    }

    /// An error as the shape has it: with its text, or with a code in the place of it.
    fn worded(&self, error: ApiError, legacy_code: &'static str) -> ApiError {
        if self.draft.is_legacy { error.coded(legacy_code) } else { error }
    }

    /// What is read once, beside the decision about the first start.
    async fn check_booker(&self, conn: &Conn) -> Result<Option<Vec<Made>>, ApiError> {
        let Some(event_type) = self.draft.event_type_id else { return Ok(None) };
        let settings = &self.draft.event_type.settings;
        let key = email::comparison_key(&self.draft.booker().email);
        if let Some(limit) = &settings.active_bookings_limit
            && (self.is_first(0) || settings.recurrence.is_none())
        {
            let active = bookings::active_of_booker(conn, event_type, &key, self.now).await?;
            if active.len() >= usize::try_from(limit.maximum).unwrap_or(0) {
                // Whoever is a guest of a booking cannot be told how to move it (R3.2).
                let own = active.iter().find(|(_, is_own)| *is_own && limit.offer_reschedule);
                let uid = own.map(|(uid, _)| uid.as_str());
                let error = ApiError::bad_request(messages::most_active_bookings(uid));
                return Err(self.worded(error, messages::LEGACY_ACTIVE_BOOKINGS));
            }
        }
        // The same request again (7.9.1): what needs approval keeps no time from others, so
        // nothing else would tell.
        if settings.confirmation.is_some() && settings.seats.is_none() {
            let start = self.draft.starts[0];
            if let Some(booking) = bookings::duplicate(conn, event_type, start, &key).await? {
                return Ok(Some(self.known(conn, booking).await?));
            }
        }
        Ok(None)
    }

    /// What a repeated request is answered with: the booking that is there, or what stands of
    /// its series. In the legacy shape each booking of a series is asked for by itself.
    async fn known(&self, conn: &Conn, booking: Booking) -> Result<Vec<Made>, StoreError> {
        let is_whole = self.draft.is_series && !self.draft.is_legacy;
        let all = match &booking.recurring_event_id {
            Some(series) if is_whole => bookings::of_series(conn, series).await?,
            Some(_) | None => vec![booking],
        };
        let stands = [Status::Accepted, Status::Pending].map(Status::name);
        let mut known = Vec::with_capacity(all.len());
        for booking in all {
            if stands.contains(&booking.status.as_str()) {
                let attendees = bookings::attendees_of(conn, booking.id).await?;
                known.push(Made { booking, attendees, seat: None });
            }
        }
        Ok(known)
    }

    fn new_booking(&self, place: usize, start: Timestamp, may_overlap: bool) -> NewBooking {
        let (draft, ids) = (&self.draft, &self.ids[place]);
        let organizer = draft.organizer();
        let policy = draft.event_type.settings.confirmation.as_ref();
        let is_shared = draft.seats().is_some();
        let answers = object(&draft.answers);
        let notes = notes(&draft.answers);
        let attendees = draft.people.iter().zip(&ids.attendees).map(|(person, id)| NewAttendee {
            id: *id,
            email: person.email.clone(),
            name: person.name.clone(),
            time_zone: person.time_zone.clone(),
            locale: person.locale.clone(),
            phone_number: person.phone.clone(),
            user: person.user,
            seat: is_shared.then(|| NewSeat {
                uid: ids.seat.clone(),
                description: Some(notes.clone()),
                responses: answers.clone(),
                metadata: object(&draft.metadata),
            }),
        });
        let number = draft.answers.get("smsReminderNumber").and_then(|it| it.as_str());
        let number = number.filter(|_| !is_shared);
        let shared = location::shared(&draft.place.location, Some(&draft.place.answer()));
        // The calendar's event of a shared booking is nobody's own (R3.4).
        let ical_uid = if is_shared { new_uid() } else { ids.uid.clone() };
        let uid = ids.uid.clone();
        let (host, host_email) = (organizer.id, organizer.email.clone());
        NewBooking {
            event_type_id: draft.event_type_id,
            title: draft.title.clone(),
            description: (!is_shared).then_some(notes.clone()),
            is_pending: approval::is_needed(policy, draft.first_start, self.now),
            responses: (!is_shared).then(|| answers.clone()),
            metadata: if is_shared { json!({}) } else { object(&draft.metadata) },
            location: Some(if is_shared { shared } else { draft.place.location.clone() }),
            recurring_event_id: self.series.clone(),
            ical_uid: format!("{ical_uid}@{}", self.settings.ical_host),
            sms_reminder_number: number.map(str::to_owned),
            oauth_client_id: draft.client.as_ref().map(|client| client.id.clone()),
            group_usernames: draft.group_usernames(),
            is_shared,
            may_overlap,
            co_hosts: draft.hosts.iter().skip(1).map(|host| host.id).collect(),
            attendees: attendees.collect(),
            ..NewBooking::new(ids.booking, uid, host, host_email, start, draft.end(start))
        }
    }

    /// Writes a booking that was decided about.
    async fn write(
        &self,
        conn: &Conn,
        place: usize,
        start: Timestamp,
        allowed: Allowed,
    ) -> Result<Made, ApiError> {
        let mut switches = Switches::of(self.draft.client.as_ref(), self.draft.is_legacy);
        if !self.is_first(place) {
            switches = switches.without_mails();
        }
        let new = self.new_booking(place, start, matches!(allowed, Allowed::TakenTime));
        if let Allowed::Join(booking) = allowed {
            return self.join(conn, *booking, new, switches).await;
        }
        let event_type = &self.draft.event_type;
        let booking = Booking::of_new(&new, self.draft.organizer(), event_type, self.now);
        let attendees: Vec<Attendee> = new.attendees.iter().map(Attendee::of_new).collect();
        let seat = new.is_shared.then(|| self.ids[place].seat.clone());
        if self.is_dry_run {
            return Ok(Made { booking, attendees, seat });
        }
        let status = if new.is_pending { Status::Pending } else { Status::Accepted };
        let fact = facts::of_new(status, false);
        let more = self.more(seat.as_deref());
        let written = async {
            tokio::try_join!(
                biased;
                bookings::insert(conn, &new, self.now),
                facts::record(conn, fact, &booking, &attendees, switches, more, self.now),
                self.drop_hold(conn),
            )
        };
        if self.draft.is_series {
            written.await?;
        } else {
            conn.commit_with(written).await?;
        }
        Ok(Made { booking, attendees, seat })
    }

    /// What senders need to know beside the booking: the seat that was taken (R7.59), and
    /// the rule of a series for calendars (R7.51).
    fn more(&self, seat: Option<&str>) -> Value {
        let mut more = Map::new();
        if let Some(seat) = seat {
            more.insert("attendeeSeatId".to_owned(), seat.into());
        }
        if let Some(rule) = &self.draft.recurrence_rule {
            more.insert("recurrenceRule".to_owned(), rule.as_str().into());
        }
        more.into()
    }

    async fn drop_hold(&self, conn: &Conn) -> Result<u64, StoreError> {
        match &self.draft.hold {
            Some(uid) => slot_holds::delete(conn, uid).await,
            None => Ok(0),
        }
    }

    /// Who has a seat of a booking, unless the booker does already.
    async fn without_booker(
        &self,
        conn: &Conn,
        booking: BookingId,
    ) -> Result<Vec<Attendee>, ApiError> {
        let others = others_than(conn, booking, &self.draft.booker().email).await?;
        others.map_err(|error| self.worded(error, messages::ALREADY_SIGNED_UP))
    }

    /// Takes a seat of a booking that is there (R7.55 to R7.57).
    async fn join(
        &self,
        conn: &Conn,
        booking: Booking,
        new: NewBooking,
        switches: Switches,
    ) -> Result<Made, ApiError> {
        let mut booking = booking;
        if !self.is_dry_run {
            share(conn, &mut booking).await?;
        }
        let [joining] = new.attendees.as_slice() else {
            return Err(ApiError::bad_request(messages::NO_GUESTS_WITH_SEATS));
        };
        let mut attendees = self.without_booker(conn, booking.id).await?;
        attendees.push(Attendee::of_new(joining));
        let seat = joining.seat.as_ref().map(|seat| seat.uid.clone());
        let joined = Booking {
            seats_taken: booking.seats_taken.map(|taken| taken + 1),
            updated_at: self.now,
            ..booking
        };
        if self.is_dry_run {
            return Ok(Made { booking: joined, attendees, seat });
        }
        let seats = self.draft.seats().unwrap_or(0);
        if bookings::join(conn, joined.id, seats, self.now).await? == 0 {
            let error = ApiError::conflict(messages::NO_SEATS_LEFT);
            return Err(self.worded(error, messages::LEGACY_NO_SEATS_LEFT));
        }
        let more = self.more(seat.as_deref());
        tokio::try_join!(
            biased;
            bookings::add_attendee(conn, joined.id, joining),
            facts::record(conn, Fact::SeatTaken, &joined, &attendees, switches, more, self.now),
            self.drop_hold(conn),
        )?;
        Ok(Made { booking: joined, attendees, seat })
    }
}

/// Who has a seat of a booking, or the refusal of somebody who would have two (R7.57).
pub(super) async fn others_than(
    conn: &Conn,
    booking: BookingId,
    address: &str,
) -> Result<Result<Vec<Attendee>, ApiError>, StoreError> {
    let present = bookings::attendees_of(conn, booking).await?;
    let key = email::comparison_key(address);
    if present.iter().any(|attendee| email::comparison_key(&attendee.email) == key) {
        return Ok(Err(ApiError::conflict(messages::ALREADY_SIGNED_UP).bare()));
    }
    Ok(Ok(present))
}

/// Lets a booking be joined that was made before its event type had seats: who attends it
/// gets one, with what the booking had of them.
pub(super) async fn share(conn: &Conn, booking: &mut Booking) -> Result<(), StoreError> {
    if booking.seats_taken.is_some() {
        return Ok(());
    }
    let present = bookings::attendees_of(conn, booking.id).await?;
    for attendee in present.iter().filter(|attendee| attendee.seat_uid.is_none()) {
        let seat = NewSeat {
            uid: Uuid::new_v4().to_string(),
            description: booking.description.clone(),
            responses: booking.responses.clone().unwrap_or_else(|| json!({})),
            metadata: booking.metadata.clone(),
        };
        bookings::give_seat(conn, booking.id, attendee.id, &seat).await?;
    }
    let answer = booking.responses.as_ref().and_then(|answers| answers.get("location"));
    booking.location = booking.location.take().map(|place| location::shared(&place, answer));
    let metadata = booking.metadata.as_object().map(metadata::internal).unwrap_or_default();
    booking.metadata = metadata.into();
    bookings::share(conn, booking.id, booking.location.as_deref(), &booking.metadata).await?;
    (booking.description, booking.responses, booking.sms_reminder_number) = (None, None, None);
    booking.seats_taken = Some(i32::try_from(present.len()).unwrap_or(i32::MAX));
    Ok(())
}

impl UnitOfWork for Book {
    type Output = Outcome;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Outcome, ApiError> {
        let mut hosts: Vec<_> = self.draft.hosts.iter().map(|host| host.id).collect();
        hosts.sort_unstable();
        let locked = async {
            let mut locked = 0;
            for host in hosts {
                locked += users::lock_to_book(conn, host).await?;
            }
            Ok::<_, ApiError>(locked)
        };
        let first = self.question(0, self.draft.starts[0]);
        // With one host everything goes out in one flight; the lock is the first of it.
        let (locked, known, found) = if self.draft.hosts.len() == 1 {
            tokio::try_join!(
                biased;
                locked,
                self.check_booker(conn),
                decide(conn, self.subject(), &first),
            )?
        } else {
            let locked = locked.await?;
            (locked, self.check_booker(conn).await?, decide(conn, self.subject(), &first).await?)
        };
        if locked < u64::try_from(self.draft.hosts.len()).unwrap_or(u64::MAX) {
            return Ok(Outcome::Changed);
        }
        let Some(found) = found else { return Ok(Outcome::Changed) };
        let is_as_drafted = self.draft.event_type_id.is_none()
            || found.gathered.event_type.as_ref() == Some(&self.draft.event_type);
        if !is_as_drafted {
            return Ok(Outcome::Changed);
        }
        if let Some(known) = known {
            return Ok(Outcome::Made(known));
        }
        let mut made = Vec::with_capacity(self.draft.starts.len());
        let mut conflicts = Vec::new();
        let mut refused = None;
        let mut found = Some(found);
        for (place, start) in self.draft.starts.iter().copied().enumerate() {
            let question = self.question(place, start);
            let found = match found.take() {
                Some(found) => found,
                None => match decide(conn, self.subject(), &question).await? {
                    Some(found) => found,
                    None => return Ok(Outcome::Changed),
                },
            };
            match self.allowed(conn, &found, place, start).await? {
                Ok(allowed) => {
                    if conflicts.is_empty() {
                        made.push(self.write(conn, place, start, allowed).await?);
                    }
                }
                Err(refusal) => {
                    conflicts.push(start);
                    if refused.is_none() {
                        let status = self.settings.limits_status;
                        refused = Some(if self.draft.is_legacy {
                            found.refused_in_legacy(refusal, &question, status)
                        } else {
                            found.refused(refusal, &question, self.may_see, status)
                        });
                    }
                    if !self.draft.is_series {
                        break;
                    }
                }
            }
        }
        match refused {
            None => Ok(Outcome::Made(made)),
            Some(error) if !self.draft.is_series => Err(error),
            Some(error) => {
                let conflicts: Vec<String> =
                    conflicts.into_iter().map(slotd_contract::timestamp).collect();
                Err(error.because(json!({ "conflicts": conflicts })))
            }
        }
    }
}

/// How a start may be booked.
enum Allowed {
    /// It is free.
    FreeTime,
    /// It is not, and that does not matter.
    TakenTime,
    /// By taking a seat of this booking.
    Join(Box<Booking>),
}

impl Book {
    /// The booking at a start that can be joined by those who may, or is full.
    async fn seated_at(&self, conn: &Conn, start: Timestamp) -> Result<Option<Booking>, ApiError> {
        match self.draft.event_type_id {
            Some(id) if self.draft.seats().is_some() => {
                Ok(bookings::seated_at(conn, id, start).await?)
            }
            Some(_) | None => Ok(None),
        }
    }

    /// Whether and how a start may be booked.
    async fn allowed(
        &self,
        conn: &Conn,
        found: &Found,
        place: usize,
        start: Timestamp,
    ) -> Result<Result<Allowed, Refusal>, ApiError> {
        // Only what an event type repeats is a series.
        let is_series = self.draft.event_type.settings.recurrence.is_some();
        let is_checked = self.is_first(place) || self.settings.checks_whole_series || !is_series;
        let joined = match found.verdict {
            Ok(slot) => match slot.seated {
                Some(at) => bookings::by_uid(conn, &found.gathered.seated_uids[at].uid).await?,
                None => None,
            },
            Err(refusal) if refusal.reason == Reason::Past => return Ok(Err(refusal)),
            Err(refusal) if is_checked && !self.draft.overrides => {
                if refusal.reason == Reason::SeatsFull
                    && let Some(full) = self.seated_at(conn, start).await?
                {
                    self.without_booker(conn, full.id).await?;
                }
                return Ok(Err(refusal));
            }
            // Whoever may override takes a time as it is, but no seat that is not there.
            Err(_) => self.seated_at(conn, start).await?,
        };
        Ok(Ok(match joined {
            Some(booking) => Allowed::Join(Box::new(booking)),
            None if found.verdict.is_ok() => Allowed::FreeTime,
            None => Allowed::TakenTime,
        }))
    }
}
