//! Where our document does not follow the contract, and why. The list may only
//! get shorter, except for operations that are new.

/// A difference that is meant.
pub(super) struct Exception {
    /// Where, as the comparison names it. A `*` at its beginning or its end stands for
    /// any text.
    pub(super) place: &'static str,
    /// What our document says there; `*` is anything.
    pub(super) difference: &'static str,
    /// Why the contract is not followed.
    #[expect(dead_code, reason = "for people")]
    pub(super) reason: &'static str,
}

impl Exception {
    pub(super) fn explains(&self, place: &str, difference: &str) -> bool {
        let is_here = match (self.place.strip_prefix('*'), self.place.strip_suffix('*')) {
            (Some(end), _) => place.ends_with(end),
            (None, Some(beginning)) => place.starts_with(beginning),
            (None, None) => place == self.place,
        };
        is_here && [difference, "*"].contains(&self.difference)
    }
}

pub(super) const NOT_IN_THE_CONTRACT: &str = "is not in the contract";

const fn day(difference: &'static str) -> Exception {
    Exception {
        place: "ScheduleAvailabilityInput_2024_06_11.days",
        difference,
        reason: "the contract lists the names on the array as well, where no array can be one of them",
    }
}

const fn never_an_error(place: &'static str) -> Exception {
    Exception {
        place,
        difference: "property error is missing",
        reason: "a success never has one; errors have an envelope of their own (section 1.5)",
    }
}

pub(super) const EXCEPTIONS: &[Exception] = &[
    Exception {
        place: "*",
        difference: "type is integer, not number",
        reason: "an integer is a number, and clients made from our document learn that it has no fraction",
    },
    Exception {
        place: "*",
        difference: "parameter header idempotency-key is not in the contract",
        reason: "only ours: a request can be sent again (section 25 of the booking rules)",
    },
    Exception {
        place: "GET /v2/oauth-clients/{clientId}/managed-users",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the original serves it without documenting it (OC-18)",
    },
    Exception {
        place: "GET /v2/provider/{clientId}",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components call it before anything else (section 6)",
    },
    Exception {
        place: "GET /v2/provider/{clientId}/access-token",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components call it with every new access token (section 6)",
    },
    Exception {
        place: "POST /v2/oauth/{clientId}/authorize",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the original serves it without documenting it (section 5)",
    },
    Exception {
        place: "POST /v2/oauth/{clientId}/exchange",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the original serves it without documenting it (section 5)",
    },
    Exception {
        place: "POST /v2/auth/oauth2/clients/{clientId}/authorize",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the original serves it to its own web application only (section 7)",
    },
    Exception {
        place: "GET /v2/atoms/auth/oauth2/clients/{clientId}",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components ask it about an app (section 6)",
    },
    Exception {
        place: "GET /v2/timezones",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components fill their time zone picker from it (section 10)",
    },
    Exception {
        place: "GET /v2/event-types/{username}/public",
        difference: NOT_IN_THE_CONTRACT,
        reason: "older components list a user's event types with it (06, section 1)",
    },
    Exception {
        place: "GET /v2/event-types/{username}/{slug}/public",
        difference: NOT_IN_THE_CONTRACT,
        reason: "older components draw the booker from it (06, section 1)",
    },
    Exception {
        place: "GET /v2/atoms/event-types",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components list a user's event types with it (06, 5.15)",
    },
    Exception {
        place: "GET /v2/atoms/event-types/list-with-team",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components find what to troubleshoot with it (06, 5.15)",
    },
    Exception {
        place: "PATCH /v2/atoms/event-types/bulk-update-to-default-location",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components call it after a change of the default app (06, 5.20)",
    },
    Exception {
        place: "GET /v2/atoms/event-types/{eventTypeId}",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the settings form of the components reads it (06, 5.16)",
    },
    Exception {
        place: "PATCH /v2/atoms/event-types/{eventTypeId}",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the settings form of the components saves with it (06, 5.17)",
    },
    Exception {
        place: "GET /v2/atoms/event-types/{slug}/public",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the booker of the components draws from it (06, 5.4)",
    },
    Exception {
        place: "GET /v2/atoms/event-types-app/{appSlug}",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the settings form of the components asks whether an app is installed (06, 5.20)",
    },
    Exception {
        place: "CreateManagedUserOutput",
        difference: "property error is missing",
        reason: "a success never has one; errors have an envelope of their own (section 1.5)",
    },
    never_an_error("CreateManagedUserOutput"),
    never_an_error("GetScheduleOutput_2024_06_11"),
    never_an_error("GetSchedulesOutput_2024_06_11"),
    never_an_error("UpdateScheduleOutput_2024_06_11"),
    never_an_error("GetBookingOutput_2024_08_13"),
    never_an_error("GetBookingsOutput_2024_08_13"),
    never_an_error("GetBookingRecordingsOutput"),
    never_an_error("GetBookingTranscriptsOutput"),
    never_an_error("GetBookingVideoSessionsOutput"),
    Exception {
        place: "ManagedUserOutput.locale",
        difference: "nullable is true, not false",
        reason: "null for a user who was never given a language (section 3.1, observed)",
    },
    Exception {
        place: "MeOutput",
        difference: "property locale is not in the contract",
        reason: "the original added it later in 2026 (section 9)",
    },
    Exception {
        place: "MeOutput.username",
        difference: "nullable is true, not false",
        reason: "a user without a username is shown, where the original answers 400 (section 9)",
    },
    Exception {
        place: "OAuth2ClientDto",
        difference: "property redirect_uris is not in the contract",
        reason: "an app has up to ten; added later in 2026 (section 7.1)",
    },
    Exception {
        place: "OAuth2TokensDto",
        difference: "property scope is not in the contract",
        reason: "added in 2026, as RFC 6749 asks for it (section 7.1)",
    },
    Exception {
        place: "POST /v2/auth/oauth2/token body",
        difference: "media type application/x-www-form-urlencoded is not in the contract",
        reason: "the contract takes it and says so in its text only",
    },
    Exception {
        place: "*WebhookOutputDto.id",
        difference: "type is string, not number",
        reason: "ids of webhooks are UUIDs; the contract is wrong (TY-3)",
    },
    Exception {
        place: "*WebhookOutputDto.payloadTemplate",
        difference: "nullable is true, not false",
        reason: "null for a webhook with the default payload (section 11)",
    },
    Exception {
        place: "*WebhookOutputDto.secret",
        difference: "nullable is true, not false",
        reason: "null for a webhook without a secret (section 11)",
    },
    Exception {
        place: "*PrivateLinkOutput.status",
        difference: "value \"error\" is not in the contract",
        reason: "one schema for the status of all answers; here the contract names no values",
    },
    Exception {
        place: "*PrivateLinkOutput.status",
        difference: "value \"success\" is not in the contract",
        reason: "as for the other value",
    },
    Exception {
        place: "GetPrivateLinksOutput.status",
        difference: "value \"error\" is not in the contract",
        reason: "as for one link",
    },
    Exception {
        place: "GetPrivateLinksOutput.status",
        difference: "value \"success\" is not in the contract",
        reason: "as for one link",
    },
    Exception {
        place: "PlatformOAuthClientDto.logo",
        difference: "nullable is true, not false",
        reason: "null for a client without a logo (section 2.2)",
    },
    Exception {
        place: "PlatformOAuthClientDto.logo",
        difference: "type is string, not object",
        reason: "it is an address, as in the requests and in the example of the contract (section 2.2)",
    },
    Exception {
        place: "GET /v2/atoms/schedules",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components call it (section 4.2 of the availability rules)",
    },
    Exception {
        place: "GET /v2/atoms/schedules/all",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components call it (section 4.2 of the availability rules)",
    },
    Exception {
        place: "GET /v2/atoms/schedules/event-type/{eventSlug}",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components call it (section 4.2 of the availability rules)",
    },
    Exception {
        place: "POST /v2/atoms/schedules/create",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components call it (section 4.2 of the availability rules)",
    },
    Exception {
        place: "PATCH /v2/atoms/schedules/{scheduleId}",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components call it (section 4.2 of the availability rules)",
    },
    Exception {
        place: "POST /v2/atoms/schedules/{scheduleId}/duplicate",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components call it (section 4.2 of the availability rules)",
    },
    Exception {
        place: "UserOooOutputDto.toUserId",
        difference: "nullable is true, not false",
        reason: "null when nobody is to be booked instead (section 16, observed)",
    },
    Exception {
        place: "UserOooOutputDto.notes",
        difference: "nullable is true, not false",
        reason: "null when there are none (section 16, observed)",
    },
    Exception {
        place: "GET /v2/calendars/busy-times query credentialId",
        difference: "required is false, not true",
        reason: "without it all chosen calendars are meant (BUSY-1)",
    },
    Exception {
        place: "GET /v2/calendars/busy-times query externalId",
        difference: "required is false, not true",
        reason: "as for credentialId",
    },
    Exception {
        place: "GetDefaultScheduleOutput_2024_06_11.data",
        difference: "nullable is true, not false",
        reason: "null for a user without a default schedule (SCH-6)",
    },
    Exception {
        place: "GetScheduleOutput_2024_06_11.data",
        difference: "nullable is false, not true",
        reason: "a schedule that is not there answers 404",
    },
    day("value \"Friday\" is missing"),
    day("value \"Monday\" is missing"),
    day("value \"Saturday\" is missing"),
    day("value \"Sunday\" is missing"),
    day("value \"Thursday\" is missing"),
    day("value \"Tuesday\" is missing"),
    day("value \"Wednesday\" is missing"),
    Exception {
        place: "*.isDefault",
        difference: "type is boolean, not object",
        reason: "it is true or false (ET-26)",
    },
    Exception {
        place: "*FieldInput_2024_06_14.placeholder",
        difference: "required is false, not true",
        reason: "without it the built-in text is shown (section 6.3)",
    },
    Exception {
        place: "*FieldInput_2024_06_14.label",
        difference: "required is false, not true",
        reason: "a default field without it has the built-in text (section 6.3)",
    },
    Exception {
        place: "*FieldInput_2024_06_14.hidden",
        difference: "required is false, not true",
        reason: "false when it is not given (section 6.3)",
    },
    Exception {
        place: "*FieldOutput_2024_06_14.placeholder",
        difference: "required is false, not true",
        reason: "absent where none was given (section 6.3)",
    },
    Exception {
        place: "*FieldOutput_2024_06_14.label",
        difference: "required is false, not true",
        reason: "a default field without one has the built-in text (ET-26)",
    },
    Exception {
        place: "*FieldInput_2024_06_14",
        difference: "property placeholder is not in the contract",
        reason: "every custom field may have one (section 6.3)",
    },
    Exception {
        place: "*FieldOutput_2024_06_14",
        difference: "property placeholder is not in the contract",
        reason: "every custom field may have one (section 6.3)",
    },
    Exception {
        place: "*Input_2024_06_14.lengthInMinutesOptions[]",
        difference: "type is integer, not string",
        reason: "they are numbers, as in the contract's example and in the answers",
    },
    Exception {
        place: "*.required",
        difference: "type is boolean, not object",
        reason: "it is true or false (section 6.3)",
    },
    Exception {
        place: "CalVideoSettings.redirectUrlOnExit",
        difference: "type is string, not object",
        reason: "it is a URL (section 6.1)",
    },
    Exception {
        place: "BookerActiveBookingsLimitOutput_2024_06_14",
        difference: "*",
        reason: "`{disabled:true}` when it is off (section 6.6)",
    },
    Exception {
        place: "Seats_2024_06_14",
        difference: "*",
        reason: "`{disabled:true}` in answers when they are off (section 6.6)",
    },
    Exception {
        place: "EventTypeOutput_2024_06_14.confirmationPolicy",
        difference: "*",
        reason: "one of two objects, which the contract does not describe (section 6.6)",
    },
    Exception {
        place: "EventTypeOutput_2024_06_14.bookingWindow",
        difference: "*",
        reason: "an object in every answer of the original, not a list (section 6.6)",
    },
    Exception {
        place: "EventTypeOutput_2024_06_14.bookingLimits*",
        difference: "*",
        reason: "the contract does not describe the object (section 6.6)",
    },
    Exception {
        place: "EventTypeOutput_2024_06_14.users[]",
        difference: "*",
        reason: "users are objects, not texts (section 6.6)",
    },
    Exception {
        place: "EventTypeOutput_2024_06_14",
        difference: "property seatsPerTimeSlot is missing",
        reason: "`seats` says it (section 6.6)",
    },
    Exception {
        place: "EventTypeOutput_2024_06_14",
        difference: "property seatsShowAvailabilityCount is missing",
        reason: "`seats` says it (section 6.6)",
    },
    Exception {
        place: "EventTypeOutput_2024_06_14.allowReschedulingCancelledBookings",
        difference: "nullable is false, not true",
        reason: "true or false in every answer (section 6.6)",
    },
    Exception {
        place: "EventTypeOutput_2024_06_14.showOptimizedSlots",
        difference: "nullable is false, not true",
        reason: "true or false in every answer (section 6.6)",
    },
    Exception {
        place: "EventTypeOutput_2024_06_14.forwardParamsSuccessRedirect",
        difference: "*",
        reason: "true in every answer (section 6.6)",
    },
    Exception {
        place: "EventTypeOutput_2024_06_14.bookingUrl",
        difference: "format is absent, not uri",
        reason: "empty for managed users, who have no page (section 6.6)",
    },
    Exception {
        place: "EventTypeOutput_2024_06_14.slotInterval",
        difference: "type is integer, not object",
        reason: "a number of minutes (section 6.6)",
    },
    Exception {
        place: "EventTypeOutput_2024_06_14.successRedirectUrl",
        difference: "type is string, not object",
        reason: "it is a URL (section 6.6)",
    },
    Exception {
        place: "GET /v2/event-types header*",
        difference: "nullable is true, not false",
        reason: "our document calls optional headers so",
    },
    Exception {
        place: "GetEventTypeOutput_2024_06_14.data",
        difference: "*",
        reason: "event types of teams are not built yet",
    },
    Exception {
        place: "Recurrence_2024_06_14",
        difference: "property disabled is not in the contract",
        reason: "the original shows it in answers (section 6.6, observed)",
    },
    Exception {
        place: "GET /v2/slots/available",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components call it (section 12 of the availability rules)",
    },
    Exception {
        place: "POST /v2/slots/reserve",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components call it (section 12 of the availability rules)",
    },
    Exception {
        place: "POST /v2/bookings/recurring",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components call it (section 24 of the booking rules)",
    },
    Exception {
        place: "POST /v2/bookings/instant",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components call it (section 24 of the booking rules)",
    },
    Exception {
        place: "GET /v2/bookings/{bookingUid}/reschedule",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components call it (section 24 of the booking rules)",
    },
    Exception {
        place: "POST /v2/bookings/{bookingUid}/mark-no-show",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components call it (section 24 of the booking rules)",
    },
    Exception {
        place: "DELETE /v2/slots/selected-slot",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components call it (section 12 of the availability rules)",
    },
    Exception {
        place: "GET /v2/slots",
        difference: "parameter query explain is not in the contract",
        reason: "only ours: says why a day has the slots it has",
    },
    Exception {
        place: "GET /v2/slots 200",
        difference: "*",
        reason: "the contract gives examples and no schema, in two alternatives that are one shape",
    },
    Exception {
        place: "DELETE /v2/slots/reservations/{uid} 200",
        difference: "property status is not in the contract",
        reason: "the contract shows it in an example only",
    },
    Exception {
        place: "GetReservedSlotOutput_2024_09_04",
        difference: "*",
        reason: "the contract names the answer and its data alike, so that its schema contains itself",
    },
    Exception {
        place: "PATCH /v2/slots/reservations/{uid}",
        difference: "parameter header authorization is not in the contract",
        reason: "reservationDuration needs it here as well (RES-16)",
    },
    Exception {
        place: "POST /v2/slots/reservations header*",
        difference: "nullable is true, not false",
        reason: "our document calls optional headers so",
    },
    Exception {
        place: "ReserveSlotOutput_2024_09_04.reservationDuration",
        difference: "required is false, not true",
        reason: "left out where a reservation is read (section 15 of the availability rules)",
    },
    Exception {
        place: "BookingHost.id",
        difference: "type is integer or string, not number",
        reason: "`unknown` when there is no host (03, 8.1)",
    },
    Exception {
        place: "BookingHost.timeZone",
        difference: "required is false, not true",
        reason: "absent when there is no host (03, 8.1)",
    },
    Exception {
        place: "*BookingOutput_2024_08_13.description",
        difference: "nullable is true, not false",
        reason: "null where several share a booking (03, 8.1)",
    },
    Exception {
        place: "*BookingOutput_2024_08_13.eventType",
        difference: "nullable is true, not false",
        reason: "null once the event type was deleted (03, 8.1, observed)",
    },
    Exception {
        place: "*BookingOutput_2024_08_13.eventTypeId",
        difference: "nullable is true, not false",
        reason: "as for eventType",
    },
    Exception {
        place: "*BookingOutput_2024_08_13.location",
        difference: "nullable is true, not false",
        reason: "null when nothing is known (03, 8.1)",
    },
    Exception {
        place: "*BookingOutput_2024_08_13.meetingUrl",
        difference: "nullable is true, not false",
        reason: "as for location",
    },
    Exception {
        place: "*BookingOutput_2024_08_13.rating",
        difference: "nullable is true, not false",
        reason: "null when nobody rated it (03, 8.1)",
    },
    Exception {
        place: "*BookingOutput_2024_08_13.updatedAt",
        difference: "nullable is true, not false",
        reason: "null in old data (03, 8.1)",
    },
    Exception {
        place: "CalendarLink",
        difference: "property id is not in the contract",
        reason: "the original answers it (03, section 19)",
    },
    Exception {
        place: "GET /v2/organizations/{orgId}/users/{userId}/bookings 200",
        difference: "media type application/json is not in the contract",
        reason: "the contract does not describe the answer, which is that of the other lists",
    },
    Exception {
        place: "BookingReferencesOutput_2024_08_13.status",
        difference: "type is string, not object",
        reason: "it is a text, as in the contract's example",
    },
    Exception {
        place: "BookingReferencesOutput_2024_08_13.status",
        difference: "value \"error\" is not in the contract",
        reason: "one schema for the status of all answers; here the contract names no values",
    },
    Exception {
        place: "BookingReferencesOutput_2024_08_13.status",
        difference: "value \"success\" is not in the contract",
        reason: "as for the other value",
    },
    Exception {
        place: "CalendarLinksOutput_2024_08_13.status",
        difference: "type is string, not object",
        reason: "it is a text, as in the contract's example",
    },
    Exception {
        place: "CalendarLinksOutput_2024_08_13.status",
        difference: "value \"error\" is not in the contract",
        reason: "one schema for the status of all answers; here the contract names no values",
    },
    Exception {
        place: "CalendarLinksOutput_2024_08_13.status",
        difference: "value \"success\" is not in the contract",
        reason: "as for the other value",
    },
    Exception {
        place: "ReassignBookingOutput_2024_08_13*",
        difference: "*",
        reason: "the contract says that its answer holds itself; ours is what the original answers (03, section 15)",
    },
];
