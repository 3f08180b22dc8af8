//! Changes an event type of a user: reads it again under its lock, changes the whole,
//! checks it, writes it.

use std::slice;

use serde_json::Value;
use slotd_contract::event_type_internal::Changes;
use slotd_domain::event_type::{BookingField, EventType, FieldKind, Location};
use slotd_domain::{EventTypeId, UserId};
use slotd_store::event_types::{self, Stored};
use slotd_store::{Conn, Constraint, StoreError, UnitOfWork};

use super::unknown;
use crate::event_types::{check_connected, check_schedule};
use crate::{ApiError, messages};

/// A change of an event type that its owner makes.
pub(crate) struct Changed {
    pub(crate) owner: UserId,
    pub(crate) id: EventTypeId,
    pub(crate) changes: Changes,
}

impl UnitOfWork for Changed {
    type Output = Stored;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Stored, ApiError> {
        let stored = event_types::lock(conn, self.id).await?;
        let stored = stored.filter(|stored| stored.user_id == Some(self.owner));
        let before = stored.ok_or_else(|| unknown(&self.id.to_string()))?;
        let mut after = before.clone();
        self.changes.apply(&mut after.event_type).map_err(ApiError::bad_request)?;
        let (was, now) = (&before.event_type, &after.event_type);
        check(now, was)?;
        let is_new = now.slug != was.slug;
        if is_new && event_types::of_slug(conn, self.owner, &now.slug).await?.is_some() {
            return Err(ApiError::bad_request(messages::SLUG_IS_TAKEN));
        }
        if now.schedule_id != was.schedule_id {
            check_schedule(conn, self.owner, now).await?;
        }
        match conn.commit_with(event_types::update(conn, self.id, now)).await {
            Ok(_) => Ok(after),
            Err(StoreError::Constraint(Constraint::EventTypeUserSlug)) => {
                Err(ApiError::bad_request(messages::SLUG_IS_TAKEN))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Refuses an event type that does not fit together, or that needs what is not
/// connected, in the order of ET-64. What was there before stays, whatever became of it.
pub(crate) fn check(event_type: &EventType, before: &EventType) -> Result<(), ApiError> {
    for location in event_type.locations.iter().filter(|one| !before.locations.contains(one)) {
        if let Location::Unknown(value) = location {
            let kind = value["type"].as_str().unwrap_or_default();
            return Err(ApiError::bad_request(messages::unsupported_location(kind)));
        }
        check_connected(slice::from_ref(location))?;
    }
    let former = before.booking_fields.as_deref().unwrap_or_default();
    for field in event_type.booking_fields.iter().flatten() {
        check_field(field, former)?;
    }
    if let Some(refusal) = event_type.refusals().first() {
        return Err(ApiError::bad_request(messages::shown(&refusal.to_string())));
    }
    let (now, before) = (&event_type.settings, &before.settings);
    let calendar = &now.destination_calendar;
    if calendar.is_some() && *calendar != before.destination_calendar {
        return Err(ApiError::bad_request(messages::NO_DESTINATION_CALENDAR));
    }
    if now.use_destination_calendar_email && !before.use_destination_calendar_email {
        return Err(ApiError::bad_request(messages::NO_CALENDAR_EMAIL));
    }
    Ok(())
}

/// A field that fits no shape comes back from the form (ET-29), but is never new.
fn check_field(field: &BookingField, former: &[BookingField]) -> Result<(), ApiError> {
    let FieldKind::Unknown(value) = &field.kind else { return Ok(()) };
    if former.iter().any(|former| former.kind == field.kind) {
        return Ok(());
    }
    let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
    Err(ApiError::bad_request(messages::unsupported_field(kind)))
}
