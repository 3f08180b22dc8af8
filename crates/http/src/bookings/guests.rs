//! `POST /v2/bookings/{bookingUid}/guests` (section 17), and what adding one attendee has in
//! common with it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use slotd_contract::Success;
use slotd_contract::bookings::{AddGuests, Bookings, Guest};
use slotd_domain::AttendeeId;
use slotd_domain::booking::attendee::{base_address, room_for_guests};
use slotd_domain::booking::{Status, validity};
use slotd_domain::event_type::BookingField;
use slotd_store::bookings::{self, Attendee, Booking, NewAttendee};
use slotd_store::{Conn, Sequence, StoreError, UnitOfWork, event_types, users};

use super::draft::stored_address;
use super::facts::{self, Fact};
use super::shown::{self, Reader};
use super::standing::Standing;
use super::{Current, PathBooking, changed, lock, switches};
use crate::access::Principal;
use crate::app::BookingSettings;
use crate::body::Validated;
use crate::idempotency::{self, success};
use crate::{ApiError, App, messages};

/// Adds up to ten guests to a booking.
#[utoipa::path(
    post, path = "/v2/bookings/{bookingUid}/guests",
    operation_id = "BookingGuestsController_2024-08-13_addGuests",
    tag = "Bookings / Guests", summary = "Add guests to an existing booking",
    params(
        ("cal-api-version" = String, Header, description = "`2024-08-13`"),
        ("bookingUid" = String, Path, description = "Uid of the booking"),
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
    ),
    request_body = AddGuests,
    responses((status = 200, description = "The booking", body = Success<Bookings>)),
)]
pub(super) async fn add_guests(
    State(app): State<App>,
    _: Current,
    principal: Principal,
    PathBooking(uid): PathBooking,
    Validated { body, .. }: Validated<AddGuests>,
) -> Result<Json<Success<Bookings>>, ApiError> {
    let add = Add::new(&app, uid.clone(), body.guests, principal).await?;
    let shown = |added: &Added| {
        let shown = shown::booking(&added.booking, &added.attendees, Reader::MANAGER, None);
        Bookings::One(Box::new(shown))
    };
    let body = move |outcome: &Outcome| success(&shown(outcome.added()?));
    match idempotency::write(&app, add, StatusCode::OK, body).await? {
        Outcome::Added(added) => Ok(Json(Success::of(shown(&added)))),
        Outcome::Unknown => Err(ApiError::not_found(messages::unknown_booking_to_join(&uid))),
        Outcome::Forbidden => Err(ApiError::forbidden(messages::NOT_WHO_ADDS_GUESTS)),
    }
}

/// People to be added to a booking, each with an id.
pub(super) struct Add {
    uid: String,
    guests: Vec<(AttendeeId, Guest)>,
    principal: Principal,
    settings: BookingSettings,
    now: Timestamp,
}

/// What came of it.
pub(super) enum Outcome {
    Added(Box<Added>),
    /// There is no such booking.
    Unknown,
    /// The caller neither manages nor attends it.
    Forbidden,
}

impl Outcome {
    /// The booking, if somebody was added.
    pub(super) fn added(&self) -> Option<&Added> {
        match self {
            Self::Added(added) => Some(added),
            Self::Unknown | Self::Forbidden => None,
        }
    }
}

/// A booking with more people.
pub(super) struct Added {
    pub(super) booking: Booking,
    pub(super) attendees: Vec<Attendee>,
}

impl Add {
    pub(super) async fn new(
        app: &App,
        uid: String,
        guests: Vec<Guest>,
        principal: Principal,
    ) -> Result<Self, StoreError> {
        let mut with_ids = Vec::with_capacity(guests.len());
        for guest in guests {
            let id = AttendeeId(app.store.next_id(Sequence::Attendee).await?);
            with_ids.push((id, guest));
        }
        let settings = app.settings.bookings.clone();
        Ok(Self { uid, guests: with_ids, principal, settings, now: app.clock.now() })
    }

    /// Whoever does not attend yet and may (R17.1).
    async fn newcomers(
        &self,
        conn: &Conn,
        booking: &Booking,
        present: &[Attendee],
    ) -> Result<Vec<NewAttendee>, StoreError> {
        let host = match booking.host {
            Some(host) => users::by_id(conn, host).await?,
            None => None,
        };
        let managed = host.as_ref().filter(|host| host.is_platform_managed);
        let client = managed.and_then(|host| host.oauth_client_id.as_ref());
        let event_type = match booking.event_type_id {
            Some(id) => event_types::by_id(conn, id).await?,
            None => None,
        };
        let fields = event_type.and_then(|stored| stored.event_type.booking_fields);
        let fields = BookingField::shown(fields.as_deref());

        let mut known: Vec<String> =
            present.iter().map(|attendee| base_address(&attendee.email)).collect();
        let mut newcomers = Vec::new();
        for (id, guest) in &self.guests {
            let base = base_address(&guest.email);
            let is_barred = self.settings.is_blocked(&guest.email)
                || validity::is_excluded(&fields, &guest.email);
            if is_barred || known.contains(&base) {
                continue;
            }
            known.push(base);
            let (email, user) = stored_address(conn, &guest.email, client).await?;
            let zone = guest.time_zone.as_ref().map(|zone| zone.as_str().to_owned());
            let zone = zone.or_else(|| booking.host_time_zone.clone());
            newcomers.push(NewAttendee {
                locale: guest.language.map_or("en", |locale| locale.as_str()).to_owned(),
                phone_number: guest.phone_number.clone(),
                user,
                ..NewAttendee::new(
                    *id,
                    email,
                    guest.name.clone().unwrap_or_default(),
                    zone.unwrap_or_else(|| "UTC".to_owned()),
                )
            });
        }
        Ok(newcomers)
    }
}

impl UnitOfWork for Add {
    type Output = Outcome;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Outcome, ApiError> {
        let Some(booking) = lock(conn, &self.uid).await? else { return Ok(Outcome::Unknown) };
        let present = bookings::attendees_of(conn, booking.id).await?;
        if !Standing::takes_part(conn, &self.principal, &booking, &present).await? {
            return Ok(Outcome::Forbidden);
        }
        check_is_on(&booking)?;
        if booking.seats_taken.is_some() {
            return Err(ApiError::bad_request(messages::NO_GUESTS_WITH_SEATS));
        }
        let newcomers = self.newcomers(conn, &booking, &present).await?;
        if newcomers.is_empty() {
            return Err(ApiError::does_not_fit(messages::NOBODY_TO_ADD.to_owned()));
        }
        room_for_guests(present.len(), newcomers.len())
            .map_err(|refusal| ApiError::bad_request(refusal.to_string()))?;

        for newcomer in &newcomers {
            bookings::add_attendee(conn, booking.id, newcomer).await?;
        }
        let addresses: Vec<&str> = newcomers.iter().map(|it| it.email.as_str()).collect();
        let responses = booking.responses.as_ref().map(|stored| with_guests(stored, &addresses));
        bookings::set_responses(conn, booking.id, responses.as_ref(), self.now).await?;

        let booking = changed(conn, booking.id).await?;
        let attendees = bookings::attendees_of(conn, booking.id).await?;
        let switches = switches(conn, &booking).await?;
        let more = json!({ "guests": addresses });
        facts::record(conn, Fact::GuestsAdded, &booking, &attendees, switches, more, self.now)
            .await?;
        Ok(Outcome::Added(Box::new(Added { booking, attendees })))
    }
}

/// Nobody joins, and nothing moves, what does not take place (R16.4).
pub(super) fn check_is_on(booking: &Booking) -> Result<(), ApiError> {
    match Status::parse(&booking.status) {
        Some(Status::Accepted | Status::Pending | Status::AwaitingHost) => Ok(()),
        Some(Status::Cancelled | Status::Rejected) | None => {
            let text = messages::nothing_to_change(&booking.uid, &booking.status);
            Err(ApiError::bad_request(text))
        }
    }
}

/// Stored answers with more guests behind those that they name (R17.2).
fn with_guests(stored: &Value, addresses: &[&str]) -> Value {
    let mut answers = stored.as_object().cloned().unwrap_or_default();
    let named = answers.get("guests").and_then(Value::as_array).cloned();
    let mut guests = named.unwrap_or_default();
    guests.extend(addresses.iter().map(|address| json!(address)));
    answers.insert("guests".to_owned(), guests.into());
    answers.into()
}
