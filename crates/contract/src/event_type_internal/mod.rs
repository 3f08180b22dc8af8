//! Event types under their internal names (ET-80): one writer and one reader for
//! the legacy shapes, the settings form of the components and the booker.

mod booker;
mod booking_fields;
mod locations;
mod metadata;
mod parts;
mod read;
mod values;
mod write;

pub use booker::{all_layouts, booker, description_html, group_meeting, layouts_of};
pub use read::{Changes, NewEventType};
pub use write::settings;

/// Key of `form_only` that holds the labels of locations.
const LOCATION_LABELS: &str = "locationLabels";

/// Fields of the form that no other shape has, with what they are when they were
/// never set.
fn form_defaults() -> serde_json::Map<String, serde_json::Value> {
    let defaults = serde_json::json!({
        "requiresConfirmationForFreeEmail": false,
        "autoTranslateDescriptionEnabled": false,
        "forwardParamsSuccessRedirect": true,
        "redirectUrlOnNoRoutingFormResponse": null,
        "assignAllTeamMembers": false,
        "assignRRMembersUsingSegment": false,
        "rrSegmentQueryValue": null,
        "isRRWeightsEnabled": false,
        "rescheduleWithSameRoundRobinHost": false,
        "eventTypeColor": null,
        "maxLeadThreshold": null,
        "includeNoShowInRRCalculation": false,
        "lockedTimeZone": null,
        "instantMeetingSchedule": null,
        "instantMeetingExpiryTimeOffsetInSeconds": 90,
        "aiPhoneCallConfig": null,
        "secondaryEmailId": null,
        "useEventLevelSelectedCalendars": false,
        "customReplyToEmail": null,
        "disableCancellingScope": null,
        "disableReschedulingScope": null,
        "requiresCancellationReason": null,
        "seatsShowAttendees": false,
        "seatsShowAvailabilityCount": true,
        "periodDays": null,
        "periodStartDate": null,
        "periodEndDate": null,
        "periodCountCalendarDays": null,
        "requiresConfirmationWillBlockSlot": false,
        "maxActiveBookingPerBookerOfferReschedule": false,
    });
    match defaults {
        serde_json::Value::Object(defaults) => defaults,
        _ => serde_json::Map::new(),
    }
}
