//! Reads event types under their internal names: the settings form of the components
//! and the legacy bodies.

use std::sync::Arc;

use serde_json::{Map, Value};
use slotd_domain::ScheduleId;
use slotd_domain::event_type::{ActiveBookingsLimit, ConfirmationPolicy, EventType, Seats};

use super::parts::{
    booking_window, cal_video, calendar, is_on, language, limits, no_private_links, number,
    period_type, recurrence, set_booking_fields, set_cal_video,
};
use super::values::{
    date, email, flag, natural, natural_value, opaque, positive, positive_value, redirect,
    redirect_value, seats, text, zone,
};
use super::write::settings;
use super::{booking_fields, locations, metadata};
use crate::fields::{self, Checked, Fields, FromBody, Patch};

/// Refuses with a text, or changes the event type.
type Change = Arc<dyn Fn(&mut EventType) -> Result<(), String> + Send + Sync>;
type Check<T> = fn(&str, Option<&Value>) -> Checked<T>;
type Set<T> = fn(&mut EventType, &T);

/// What a body changes about an event type; what was not sent stays as it is.
#[derive(Clone, Default)]
pub struct Changes(Vec<Change>);

impl Changes {
    /// Makes the changes.
    ///
    /// # Errors
    ///
    /// What is wrong with several fields together, for the client.
    pub fn apply(&self, event_type: &mut EventType) -> Result<(), String> {
        self.0.iter().try_for_each(|change| change(event_type))
    }

    /// A field that is never cleared.
    fn set<T: Send + Sync + 'static>(
        &mut self,
        fields: &mut Fields<'_>,
        name: &'static str,
        check: Check<T>,
        set: Set<T>,
    ) {
        if let Some(value) = fields.given(name, check) {
            self.0.push(Arc::new(move |event_type| {
                set(event_type, &value);
                Ok(())
            }));
        }
    }

    /// A field that null clears.
    fn patch<T: Send + Sync + 'static>(
        &mut self,
        fields: &mut Fields<'_>,
        name: &'static str,
        check: Check<T>,
        set: fn(&mut EventType, Option<&T>),
    ) {
        let value = match fields.patch(name, check) {
            Patch::Absent => return,
            Patch::Null => None,
            Patch::Value(value) => Some(value),
        };
        self.0.push(Arc::new(move |event_type| {
            set(event_type, value.as_ref());
            Ok(())
        }));
    }

    /// Yes or no; null is neither, and changes nothing.
    fn switch(&mut self, fields: &mut Fields<'_>, name: &'static str, set: Set<bool>) {
        if let Some(on) = fields.optional(name, fields::boolean) {
            self.0.push(Arc::new(move |event_type| {
                set(event_type, &on);
                Ok(())
            }));
        }
    }

    /// A field that no other shape has.
    fn keep(&mut self, fields: &mut Fields<'_>, name: &'static str, check: Check<Value>) {
        let value = fields.patch(name, check);
        if value == Patch::Absent {
            return;
        }
        self.0.push(Arc::new(move |event_type| {
            keep(&mut event_type.settings.form_only, name, value.clone());
            Ok(())
        }));
    }

    /// Fields of which the domain has one value. The first switches it on and off; the
    /// others are kept as well, for the time when it is off.
    fn group(
        &mut self,
        fields: &mut Fields<'_>,
        names: &[(&'static str, Check<Value>)],
        build: fn(&mut EventType, &Map<String, Value>) -> Result<(), String>,
    ) {
        let switch = names.first().map(|(name, _)| *name);
        let sent: Vec<(&'static str, Patch<Value>)> = names
            .iter()
            .map(|(name, check)| (*name, fields.patch(name, *check)))
            .filter(|(_, value)| *value != Patch::Absent)
            .collect();
        if sent.is_empty() {
            return;
        }
        self.0.push(Arc::new(move |event_type| {
            let mut whole = settings(event_type);
            for (name, value) in &sent {
                keep(&mut whole, name, value.clone());
                if Some(*name) != switch {
                    keep(&mut event_type.settings.form_only, name, value.clone());
                }
            }
            build(event_type, &whole)
        }));
    }
}

fn keep(map: &mut Map<String, Value>, name: &str, value: Patch<Value>) {
    match value {
        Patch::Absent => {}
        Patch::Null => drop(map.shift_remove(name)),
        Patch::Value(value) => drop(map.insert(name.to_owned(), value)),
    }
}

/// The form's fields that are kept as they are, by what they hold.
const KEPT: [(&str, Check<Value>); 22] = [
    ("requiresConfirmationForFreeEmail", flag),
    ("autoTranslateDescriptionEnabled", flag),
    ("forwardParamsSuccessRedirect", flag),
    ("redirectUrlOnNoRoutingFormResponse", redirect_value),
    ("assignAllTeamMembers", flag),
    ("assignRRMembersUsingSegment", flag),
    ("rrSegmentQueryValue", opaque),
    ("isRRWeightsEnabled", flag),
    // Its inner names are published nowhere.
    ("eventTypeColor", opaque),
    ("rescheduleWithSameRoundRobinHost", flag),
    ("maxLeadThreshold", natural_value),
    ("includeNoShowInRRCalculation", flag),
    ("lockedTimeZone", zone),
    ("instantMeetingSchedule", natural_value),
    ("instantMeetingExpiryTimeOffsetInSeconds", natural_value),
    ("aiPhoneCallConfig", opaque),
    ("secondaryEmailId", natural_value),
    ("useEventLevelSelectedCalendars", flag),
    ("customReplyToEmail", email),
    ("disableCancellingScope", text),
    ("disableReschedulingScope", text),
    ("requiresCancellationReason", opaque),
];

impl FromBody for Changes {
    const FIELDS: &'static [&'static str] = &[
        "title",
        "slug",
        "length",
        "description",
        "hidden",
        "locations",
        "bookingFields",
        "metadata",
        "schedule",
        "scheduleId",
        "eventName",
        "interfaceLanguage",
        "offsetStart",
        "disableGuests",
        "slotInterval",
        "minimumBookingNotice",
        "beforeEventBuffer",
        "afterEventBuffer",
        "bookingLimits",
        "durationLimits",
        "onlyShowFirstAvailableSlot",
        "requiresBookerEmailVerification",
        "hideCalendarNotes",
        "hideCalendarEventDetails",
        "hideOrganizerEmail",
        "lockTimeZoneToggleOnBookingPage",
        "successRedirectUrl",
        "bookingRequiresAuthentication",
        "disableCancelling",
        "disableRescheduling",
        "minimumRescheduleNotice",
        "allowReschedulingPastBookings",
        "allowReschedulingCancelledBookings",
        "showOptimizedSlots",
        "useEventTypeDestinationCalendarEmail",
        "destinationCalendar",
        "eventTypeColor",
        "recurringEvent",
        "canSendCalVideoTranscriptionEmails",
        "calVideoSettings",
        "seatsPerTimeSlot",
        "seatsShowAttendees",
        "seatsShowAvailabilityCount",
        "requiresConfirmation",
        "requiresConfirmationWillBlockSlot",
        "maxActiveBookingsPerBooker",
        "maxActiveBookingPerBookerOfferReschedule",
        "periodType",
        "periodDays",
        "periodStartDate",
        "periodEndDate",
        "periodCountCalendarDays",
        "requiresConfirmationForFreeEmail",
        "autoTranslateDescriptionEnabled",
        "forwardParamsSuccessRedirect",
        "redirectUrlOnNoRoutingFormResponse",
        "assignAllTeamMembers",
        "assignRRMembersUsingSegment",
        "rrSegmentQueryValue",
        "isRRWeightsEnabled",
        "rescheduleWithSameRoundRobinHost",
        "maxLeadThreshold",
        "includeNoShowInRRCalculation",
        "lockedTimeZone",
        "instantMeetingSchedule",
        "instantMeetingExpiryTimeOffsetInSeconds",
        "aiPhoneCallConfig",
        "secondaryEmailId",
        "useEventLevelSelectedCalendars",
        "customReplyToEmail",
        "disableCancellingScope",
        "disableReschedulingScope",
        "requiresCancellationReason",
        "multiplePrivateLinks",
    ];

    fn read(fields: &mut Fields<'_>) -> Self {
        let mut changes = Self::default();
        let c = &mut changes;
        c.set(fields, "title", fields::short_text, |e, title| e.title.clone_from(title));
        c.set(fields, "slug", fields::slug, |e, slug| e.slug.clone_from(slug));
        c.set(fields, "length", positive, |e, length| e.length_minutes = *length);
        basics(c, fields);
        c.set(fields, "bookingFields", booking_fields::read, set_booking_fields);
        c.switch(fields, "disableGuests", |e, disable| e.disable_guests(*disable));
        // The form's name, and the one of the legacy bodies.
        for name in ["schedule", "scheduleId"] {
            c.patch(fields, name, positive, |e, id| e.schedule_id = id.copied().map(ScheduleId));
        }
        switches(c, fields);
        c.patch(fields, "eventName", fields::short_text, |e, name| {
            e.settings.custom_name = name.filter(|name| !name.is_empty()).cloned();
        });
        c.patch(fields, "interfaceLanguage", language, |e, language| {
            e.settings.interface_language = language.cloned();
        });
        c.set(fields, "offsetStart", natural, |e, start| e.settings.offset_start_minutes = *start);
        c.patch(fields, "bookingLimits", limits, |e, limits| {
            e.settings.booking_limits_count = limits.copied().unwrap_or_default();
        });
        c.patch(fields, "durationLimits", limits, |e, limits| {
            e.settings.booking_limits_duration = limits.copied().unwrap_or_default();
        });
        c.patch(fields, "successRedirectUrl", redirect, |e, url| {
            e.settings.success_redirect_url = url.filter(|url| !url.is_empty()).cloned();
        });
        c.patch(fields, "minimumRescheduleNotice", natural, |e, notice| {
            e.settings.rescheduling.minutes_before = notice.copied().filter(|notice| *notice > 0);
        });
        c.patch(fields, "destinationCalendar", calendar, |e, calendar| {
            e.settings.destination_calendar = calendar.cloned();
        });
        c.patch(fields, "recurringEvent", recurrence, |e, series| {
            e.settings.recurrence = series.copied();
        });
        c.patch(fields, "calVideoSettings", cal_video, set_cal_video);
        c.set(fields, "canSendCalVideoTranscriptionEmails", fields::boolean, |e, sends| {
            if !sends || e.settings.cal_video.is_some() {
                let video = e.settings.cal_video.get_or_insert_default();
                video.send_transcription_emails = Some(*sends);
            }
        });
        groups(c, fields);
        if let Some(sent) = fields.optional("metadata", metadata::read) {
            c.0.push(Arc::new(move |event_type| metadata::apply(event_type, &sent)));
        }
        for (name, check) in KEPT {
            c.keep(fields, name, check);
        }
        c.set(fields, "multiplePrivateLinks", no_private_links, |_, ()| {});
        changes
    }
}

/// What every body can have.
fn basics(c: &mut Changes, fields: &mut Fields<'_>) {
    c.patch(fields, "description", fields::long_text, |e, text| {
        e.settings.description = text.filter(|text| !text.is_empty()).cloned();
    });
    c.set(fields, "hidden", fields::boolean, |e, hidden| e.is_hidden = *hidden);
    c.set(fields, "locations", locations::read, |e, sent| sent.apply(e));
    c.patch(fields, "slotInterval", natural, |e, interval| {
        e.settings.slot_interval_minutes = interval.copied().filter(|interval| *interval > 0);
    });
    c.set(fields, "minimumBookingNotice", natural, |e, notice| {
        e.settings.minimum_notice_minutes = *notice;
    });
    c.set(fields, "beforeEventBuffer", natural, |e, buffer| {
        e.settings.before_buffer_minutes = *buffer;
    });
    c.set(fields, "afterEventBuffer", natural, |e, buffer| {
        e.settings.after_buffer_minutes = *buffer;
    });
}

fn switches(c: &mut Changes, fields: &mut Fields<'_>) {
    let switches: [(&'static str, Set<bool>); 13] = [
        ("onlyShowFirstAvailableSlot", |e, on| e.settings.only_first_available_slot = *on),
        ("requiresBookerEmailVerification", |e, on| {
            e.settings.requires_booker_email_verification = *on;
        }),
        ("hideCalendarNotes", |e, on| e.settings.hide_calendar_notes = *on),
        ("hideCalendarEventDetails", |e, on| e.settings.hide_calendar_event_details = *on),
        ("hideOrganizerEmail", |e, on| e.settings.hide_organizer_email = *on),
        ("lockTimeZoneToggleOnBookingPage", |e, on| e.settings.lock_time_zone = *on),
        ("bookingRequiresAuthentication", |e, on| {
            e.settings.booking_requires_authentication = *on;
        }),
        ("disableCancelling", |e, on| e.settings.disable_cancelling = *on),
        ("disableRescheduling", |e, on| e.settings.rescheduling.disabled = *on),
        ("allowReschedulingPastBookings", |e, on| {
            e.settings.allow_rescheduling_past_bookings = *on;
        }),
        ("allowReschedulingCancelledBookings", |e, on| {
            e.settings.allow_rescheduling_cancelled_bookings = *on;
        }),
        ("showOptimizedSlots", |e, on| e.settings.show_optimized_slots = *on),
        ("useEventTypeDestinationCalendarEmail", |e, on| {
            e.settings.use_destination_calendar_email = *on;
        }),
    ];
    for (name, set) in switches {
        c.switch(fields, name, set);
    }
}

fn groups(c: &mut Changes, fields: &mut Fields<'_>) {
    let seat_fields: [(&'static str, Check<Value>); 3] = [
        ("seatsPerTimeSlot", seats),
        ("seatsShowAttendees", flag),
        ("seatsShowAvailabilityCount", flag),
    ];
    c.group(fields, &seat_fields, |e, whole| {
        e.settings.seats = number(whole, "seatsPerTimeSlot").map(|per_slot| Seats {
            per_slot,
            shows_attendees: is_on(whole, "seatsShowAttendees"),
            shows_availability: is_on(whole, "seatsShowAvailabilityCount"),
        });
        Ok(())
    });
    let confirmation: [(&'static str, Check<Value>); 2] =
        [("requiresConfirmation", flag), ("requiresConfirmationWillBlockSlot", flag)];
    c.group(fields, &confirmation, |e, whole| {
        // The form has no name for the threshold, so it keeps the one that is set.
        let threshold = e.settings.confirmation.and_then(|policy| policy.threshold);
        e.settings.confirmation =
            is_on(whole, "requiresConfirmation").then(|| ConfirmationPolicy {
                threshold,
                blocks_unconfirmed: is_on(whole, "requiresConfirmationWillBlockSlot"),
            });
        Ok(())
    });
    let active: [(&'static str, Check<Value>); 2] = [
        ("maxActiveBookingsPerBooker", positive_value),
        ("maxActiveBookingPerBookerOfferReschedule", flag),
    ];
    c.group(fields, &active, |e, whole| {
        e.settings.active_bookings_limit =
            number(whole, "maxActiveBookingsPerBooker").map(|maximum| ActiveBookingsLimit {
                maximum,
                offer_reschedule: is_on(whole, "maxActiveBookingPerBookerOfferReschedule"),
            });
        Ok(())
    });
    let window: [(&'static str, Check<Value>); 5] = [
        ("periodType", period_type),
        ("periodDays", natural_value),
        ("periodStartDate", date),
        ("periodEndDate", date),
        ("periodCountCalendarDays", flag),
    ];
    c.group(fields, &window, |e, whole| {
        e.settings.booking_window = booking_window(whole)?;
        Ok(())
    });
}

/// The body of creating an event type in the legacy shape (section 10 of the
/// availability rules).
#[derive(Clone, Default)]
pub struct NewEventType {
    title: String,
    slug: String,
    length_minutes: i32,
    rest: Changes,
}

impl NewEventType {
    /// The event type.
    ///
    /// # Errors
    ///
    /// As [`Changes::apply`].
    pub fn event_type(&self) -> Result<EventType, String> {
        let mut event_type = EventType::new(&self.title, &self.slug, self.length_minutes);
        self.rest.apply(&mut event_type)?;
        Ok(event_type)
    }
}

impl FromBody for NewEventType {
    const FIELDS: &'static [&'static str] = &[
        "length",
        "slug",
        "title",
        "description",
        "hidden",
        "locations",
        "disableGuests",
        "slotInterval",
        "minimumBookingNotice",
        "beforeEventBuffer",
        "afterEventBuffer",
    ];

    fn read(fields: &mut Fields<'_>) -> Self {
        let mut new = Self {
            length_minutes: fields.required("length", positive),
            slug: fields.required("slug", fields::slug),
            title: fields.required("title", fields::short_text),
            rest: Changes::default(),
        };
        basics(&mut new.rest, fields);
        new.rest.switch(fields, "disableGuests", |e, disable| e.disable_guests(*disable));
        new
    }
}
