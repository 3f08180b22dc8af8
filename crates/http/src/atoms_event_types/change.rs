//! Changes an event type of a user: reads it again under its lock, changes the whole,
//! checks it, writes it.

use serde_json::Value;
use slotd_contract::event_type_internal::Changes;
use slotd_domain::event_type::{BookingField, EventType, FieldKind, Integration, Location};
use slotd_domain::{EventTypeId, UserId};
use slotd_store::event_types::{self, Stored};
use slotd_store::{Conn, Constraint, StoreError, UnitOfWork, schedules};

use super::unknown;
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
        let before = stored.ok_or_else(|| unknown(self.id))?;
        let mut after = before.clone();
        self.changes.apply(&mut after.event_type).map_err(ApiError::bad_request)?;
        let connections = Connections { owner: self.owner, before: &before.event_type };
        connections.check(conn, &after.event_type).await?;
        match conn.commit_with(event_types::update(conn, self.id, &after.event_type)).await {
            Ok(_) => Ok(after),
            Err(error) => Err(refused_write(error, self.owner, &after.event_type)),
        }
    }
}

/// What a write is refused for by the schema.
pub(crate) fn refused_write(error: StoreError, owner: UserId, event_type: &EventType) -> ApiError {
    match (error, event_type.schedule_id) {
        (StoreError::Constraint(Constraint::EventTypeUserSlug), _) => {
            ApiError::bad_request(messages::SLUG_TAKEN)
        }
        // The schedule was deleted since it was looked up.
        (StoreError::BrokenReference, Some(schedule)) => {
            ApiError::not_found(messages::foreign_schedule(owner, schedule))
        }
        (error, _) => error.into(),
    }
}

/// What an event type refers to has to be its owner's. What was there before stays,
/// whatever became of it.
pub(crate) struct Connections<'a> {
    pub(crate) owner: UserId,
    pub(crate) before: &'a EventType,
}

impl Connections<'_> {
    /// Checks an event type as a whole, in the order of ET-64.
    pub(crate) async fn check(&self, conn: &Conn, after: &EventType) -> Result<(), ApiError> {
        let before = self.before;
        for location in after.locations.iter().filter(|one| !before.locations.contains(one)) {
            check_location(location)?;
        }
        let former = before.booking_fields.as_deref().unwrap_or_default();
        for field in after.booking_fields.iter().flatten() {
            check_field(field, former)?;
        }
        if let Some(refusal) = after.refusals().first() {
            return Err(ApiError::bad_request(refusal.to_string()));
        }
        let calendar = &after.settings.destination_calendar;
        if calendar.is_some() && *calendar != before.settings.destination_calendar {
            // No calendar can be connected yet (ET-10).
            return Err(ApiError::bad_request(messages::NO_CALENDAR));
        }
        if after.settings.use_destination_calendar_email
            && !before.settings.use_destination_calendar_email
        {
            return Err(ApiError::bad_request(messages::NO_PRIMARY_CALENDAR));
        }
        if after.slug != before.slug {
            let taken = event_types::of_slug(conn, self.owner, &after.slug).await?;
            if taken.is_some() {
                return Err(ApiError::bad_request(messages::SLUG_TAKEN));
            }
        }
        if let Some(schedule) = after.schedule_id.filter(|id| before.schedule_id != Some(*id)) {
            let own = schedules::of_user(conn, self.owner).await?;
            if !own.iter().any(|own| own.id == schedule) {
                return Err(ApiError::not_found(messages::foreign_schedule(self.owner, schedule)));
            }
        }
        Ok(())
    }
}

/// Of the conferencing apps only the built-in one needs no connection (ET-21).
fn check_location(location: &Location) -> Result<(), ApiError> {
    match location {
        Location::Integration { integration: Integration::CalVideo, .. }
        | Location::Address { .. }
        | Location::Link { .. }
        | Location::Phone { .. }
        | Location::AttendeeAddress
        | Location::AttendeePhone
        | Location::AttendeeDefined
        | Location::OrganizersDefaultApp => Ok(()),
        Location::Integration { integration, .. } => {
            Err(ApiError::bad_request(messages::not_connected(integration.app_slug())))
        }
        Location::Unknown(value) => {
            let kind = value["type"].as_str().unwrap_or_default();
            Err(ApiError::bad_request(messages::unsupported_location(kind)))
        }
    }
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
