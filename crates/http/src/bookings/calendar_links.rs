//! `GET /v2/bookings/{bookingUid}/calendar-links` (section 19).

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use slotd_contract::Success;
use slotd_contract::bookings::{self as contract, CalendarLink};
use slotd_domain::booking::calendar_entry::{CalendarEntry, Method, Person, Series};
use slotd_domain::booking::{Status, links, recurrence};
use slotd_domain::event_type::Recurrence;
use slotd_store::bookings::{self, Attendee, Booking};
use slotd_store::{Conn, StoreError, event_types};

use super::standing::Standing;
use super::{PathBooking, shown};
use crate::access::Principal;
use crate::{ApiError, App, messages};

/// Lists links that put a booking into a calendar.
#[utoipa::path(
    get, path = "/v2/bookings/{bookingUid}/calendar-links",
    operation_id = "BookingsController_2024-08-13_getCalendarLinks",
    tag = "Bookings", summary = "Get 'Add to Calendar' links for a booking",
    params(
        ("cal-api-version" = String, Header, description = "`2024-08-13`"),
        ("bookingUid" = String, Path, description = "Uid of the booking"),
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
    ),
    responses((status = 200, description = "The links", body = Success<Vec<CalendarLink>>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
    PathBooking(uid): PathBooking,
) -> Result<Json<Success<Vec<CalendarLink>>>, ApiError> {
    let conn = app.store.read().await?;
    let unknown = || ApiError::not_found(messages::no_booking(&uid));
    let booking = bookings::by_uid(&conn, &uid).await?.ok_or_else(unknown)?;
    let event_type = match booking.event_type_id {
        Some(id) => event_types::by_id(&conn, id).await?,
        None => None,
    };
    let without = || ApiError::bad_request(messages::no_event_type(&uid));
    let settings = event_type.ok_or_else(without)?.event_type.settings;
    let all = bookings::attendees_of(&conn, booking.id).await?;
    let standing = Standing::of(&conn, Some(&principal), &booking).await?;
    let reader = standing.reader(&conn, &booking).await?;
    let contract::Booking { title, attendees, .. } = shown::booking(&booking, &all, reader, None);
    let series = series(&conn, &booking, settings.recurrence.as_ref(), &all).await?;

    let location = shown::location(&booking);
    let organizer = shown::host_address(&booking);
    let notes = booking.description.as_deref().filter(|_| !settings.hide_calendar_notes);
    let entry = CalendarEntry {
        method: if is_off(&booking) { Method::Cancel } else { Method::Publish },
        uid: &booking.ical_uid,
        sequence: booking.ical_sequence,
        written_at: app.clock.now(),
        start: booking.start,
        end: booking.end,
        title: &title,
        description: notes.unwrap_or_default(),
        // The name of an app is no place: its meeting has no URL yet.
        location: location.as_deref().filter(|place| !place.starts_with("integrations:")),
        organizer: (!settings.hide_organizer_email).then_some(Person {
            name: booking.host_name.as_deref().unwrap_or_default(),
            address: &organizer,
        }),
        attendees: attendees
            .iter()
            .map(|attendee| Person { name: &attendee.name, address: &attendee.display_email })
            .collect(),
        series: series.as_ref().map(|(recurrence, count, zone)| Series {
            recurrence,
            count: *count,
            zone,
        }),
        is_private: settings.hide_calendar_event_details,
    };
    let shown = links::all(&entry).map(|link| CalendarLink {
        label: link.label,
        id: link.id,
        link: link.link,
    });
    Ok(Json(Success::of(shown.into())))
}

fn is_off(booking: &Booking) -> bool {
    matches!(Status::parse(&booking.status), Some(Status::Cancelled | Status::Rejected))
}

/// The series that a booking begins, as long as what is left of it is what the rule says:
/// otherwise a calendar would show bookings that are not there.
pub(super) async fn series<'a>(
    conn: &Conn,
    booking: &Booking,
    recurrence: Option<&'a Recurrence>,
    attendees: &[Attendee],
) -> Result<Option<(&'a Recurrence, usize, TimeZone)>, StoreError> {
    let Some((recurrence, series)) = recurrence.zip(booking.recurring_event_id.as_ref()) else {
        return Ok(None);
    };
    let all = bookings::of_series(conn, series).await?;
    let starts: Vec<Timestamp> =
        all.iter().filter(|one| !is_off(one)).map(|one| one.start).collect();
    let zone =
        attendees.first().and_then(|booker| zone(&booker.time_zone)).unwrap_or(TimeZone::UTC);
    let by_rule = recurrence::starts(booking.start, &zone, recurrence, starts.len());
    Ok((by_rule.as_ref() == Ok(&starts)).then_some((recurrence, starts.len(), zone)))
}

fn zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}
