//! Texts that clients may match on. They are part of the contract.

use jiff::Timestamp;
use slotd_domain::{
    AttendeeId, EventTypeId, OAuth2ClientId, OAuthClientId, OrganizationId, Permissions, Role,
    ScheduleId, Scope, UserId, WebhookId,
};

use crate::access::CredentialKind;

pub(crate) const NO_AUTHENTICATION: &str = "ApiAuthStrategy - No authentication method provided. Either pass an API key as 'Bearer' header or OAuth client credentials as 'x-cal-secret-key' and 'x-cal-client-id' headers";
pub(crate) const ONLY_CLIENT_ID: &str = "ApiAuthStrategy - Only 'x-cal-client-id' header provided. Please also provide 'x-cal-secret-key' header or Auth bearer token as 'Authentication' header";
pub(crate) const ONLY_SECRET: &str = "ApiAuthStrategy - Only 'x-cal-secret-key' header provided. Please also provide 'x-cal-client-id' header or Auth bearer token as 'Authentication' header";
pub(crate) const INVALID_CLIENT_SECRET: &str =
    "ApiAuthStrategy - oAuth client - Invalid client secret";
pub(crate) const NO_OWNER: &str =
    "ApiAuthStrategy - oAuth client - No owner ID found for this OAuth client";
pub(crate) const INVALID_API_KEY: &str = "CustomThrottlerGuard - Invalid API Key";
pub(crate) const TOO_MANY_REQUESTS: &str =
    "CustomThrottlerGuard - Too many requests. Please try again later.";
pub(crate) const API_KEY_NOT_VALID: &str = "ApiAuthStrategy - api key - Your api key is not valid";
pub(crate) const API_KEY_EXPIRED: &str = "ApiAuthStrategy - api key - Your api key is expired";
pub(crate) const INVALID_ACCESS_TOKEN: &str = "Invalid Access Token.";
pub(crate) const USER_LOCKED: &str = "ApiAuthStrategy - This user is locked.";
pub(crate) const INVALID_REFRESH_TOKEN: &str = "Invalid refresh token";
pub(crate) const NO_PERMISSION_SOURCE: &str = "PermissionsGuard - no authentication provided. Provide either authorization bearer token containing managed user access token or oAuth client id in 'x-cal-client-id' header.";
pub(crate) const NO_ORGANIZATION: &str =
    "OrganizationRolesGuard - No organization associated with the user.";
pub(crate) const NOT_A_PLATFORM: &str =
    "OrganizationRolesGuard - Organization is not a platform (SHP).";
pub(crate) const MEMBERSHIP_NOT_ACCEPTED: &str =
    "OrganizationRolesGuard - User has not accepted membership in the organization.";
pub(crate) const NO_ORGANIZATION_ID: &str = "GetOrgId decorator: Organization ID not found";
pub(crate) const UNAUTHORIZED: &str = "Unauthorized";
pub(crate) const ONLY_API_KEY: &str = "ApiKeysService - This endpoint can only be accessed using an API key by providing 'Authorization: Bearer <apiKey>' header";
pub(crate) const DAYS_AND_NEVER: &str = "ApiKeysService -Cannot set both apiKeyDaysValid and apiKeyNeverExpires. It has to be either or none of them.";
pub(crate) const NOT_THE_TEAMS_ADMIN: &str =
    "Only an ADMIN or OWNER of the team can refresh an API key that is bound to it.";
pub(crate) const CLIENT_WEBHOOK_EXISTS: &str =
    "Webhook with this subscriber url already exists for this oAuth client";
pub(crate) const EVENT_TYPE_WEBHOOK_EXISTS: &str =
    "Webhook with this subscriber url already exists for this event type";
pub(crate) const NUMERIC_STRING_EXPECTED: &str = "Validation failed (numeric string is expected)";
pub(crate) const NO_LINKS_OF_MANAGED_USERS: &str =
    "IsNotManagedUserGuard - Managed users cannot create private links.";
pub(crate) const ONE_END_OF_LINK: &str = "Provide only one of expiresAt or maxUsageCount";
pub(crate) const BOOKING_IN_THE_PAST: &str = "Attempting to book a meeting in the past.";
pub(crate) const OUT_OF_BOUNDS: &str = "The event type can't be booked at the \"start\" time provided. This could be because it's too soon (violating the minimum booking notice) or too far in the future (outside the event's scheduling window). Try fetching available slots first using the GET /v2/slots endpoint and then make a booking with \"start\" time equal to one of the available slots";
pub(crate) const BOOKING_LIMIT: &str = "booking_limit_reached";
pub(crate) const DURATION_LIMIT: &str = "duration_limit_reached";
pub(crate) const NO_SEATS_LEFT: &str = "No more seats left at this seated booking.";
pub(crate) const ALREADY_SIGNED_UP: &str = "already_signed_up_for_this_booking_error";
pub(crate) const NOT_ENOUGH_SEATS: &str = "not_enough_available_seats_error";
pub(crate) const HOST_NOT_FOUND: &str = "eventTypeUser.notFound";
pub(crate) const NO_HOSTS: &str = "None of the users of this group was found";
pub(crate) const NO_GUESTS_WITH_SEATS: &str =
    "Guests can't be added to a booking with seats: each of them has to book a seat";
pub(crate) const BLOCKED_ADDRESS: &str = "Cannot use this email to create the booking.";
pub(crate) const NAME_TOO_LONG: &str =
    "The name of the attendee must be shorter than or equal to 1000 characters";
pub(crate) const INVALID_LENGTH: &str = "Invalid event length";
pub(crate) const NO_VERIFICATION_CODE: &str = "The event type verifies the e-mail address of whoever books it. Pass the code that was sent to it as emailVerificationCode; this one is missing or not valid";
pub(crate) const EVENT_TYPE_CHANGED: &str =
    "The event type was changed while it was booked. Please send the request again";
pub(crate) const INSTANT_OF_USER: &str =
    "Instant bookings are only supported for team event types, not individual user event types.";
pub(crate) const LEGACY_INSTANT_OF_USER: &str =
    "Only Team Event Types are supported for Instant Meeting";
pub(crate) const LEGACY_NOT_AVAILABLE: &str = "no_available_users_found_error";
pub(crate) const LEGACY_GROUP_NOT_AVAILABLE: &str = "hosts_unavailable_for_booking";
pub(crate) const LEGACY_OUT_OF_BOUNDS: &str = "booking_time_out_of_bounds_error";
pub(crate) const LEGACY_NO_SEATS_LEFT: &str = "booking_seats_full_error";
pub(crate) const LEGACY_ACTIVE_BOOKINGS: &str = "booker_limit_exceeded_error";
pub(crate) const LEGACY_CONFLICT: &str = "booking_conflict_error";
pub(crate) const LEGACY_UNKNOWN_BOOKING: &str = "booking_not_found_error";
pub(crate) const LEGACY_NUMERIC_UID: &str = "Please provide booking uid instead of booking id.";
pub(crate) const NO_SHOWS_MARKED: &str = "Who did not come was noted";
pub(crate) const NO_SHOWS_OF_OTHERS: &str = "Only the host of the booking, and administrators of the host's organization, can mark who did not come";
pub(crate) const VERSION_HINT: &str = "The request has no header cal-api-version, or one of an older version, so its body was read in the shape of version 2024-04-15. It looks like one of version 2024-08-13: send the header cal-api-version: 2024-08-13 with it";
pub(crate) const SERIES_OF_ONE_KIND: &str =
    "All bookings of a series must be of the same event type or users";
pub(crate) const ONE_SERIES_ID: &str =
    "recurringEventId must be a UUID, and the same in all bookings of a series";
pub(crate) const SERIES_OF_ANOTHER: &str = "recurringEventId is that of a series of another booker or event type: leave it out, or send a new UUID";
pub(crate) const NO_RESCHEDULING_IN_SERIES: &str =
    "rescheduleUid can't be used in a list: move each booking with POST /v2/bookings";
pub(crate) const BOOKING_NEEDS_AUTHENTICATION: &str = "checkBookingRequiresAuthentication - request must be authenticated by passing credentials belonging to event type owner, host or team or org admin or owner.";
pub(crate) const BOOKING_NEEDS_OWNER: &str = "checkBookingRequiresAuthentication - user is not authorized to access this event type. User has to be either event type owner, host, team admin or owner or org admin or owner.";
pub(crate) const OVERRIDE_NEEDS_OWNER: &str = "overrideAvailability is only permitted when authenticated as event type owner, host, team admin or owner, or org admin or owner.";
pub(crate) const NO_SUCH_SEAT: &str =
    "Invalid seatUid: this seat does not exist or has already been cancelled.";
pub(crate) const SEAT_OF_ANOTHER: &str =
    "Invalid seatUid: this seat does not belong to this booking.";
pub(crate) const NO_SUCH_EVENT_TYPES: &str = "The requested event-types do not exist.";
pub(crate) const NO_SUCH_USERS: &str = "The requested users do not exist.";
pub(crate) const BOOKINGS_OF_STRANGERS: &str =
    "You do not have permissions to fetch bookings for specified userIds";
pub(crate) const NO_CANCELLING: &str = "This event type does not allow cancellations";
pub(crate) const NO_RESCHEDULING: &str = "This event type does not allow rescheduling";
pub(crate) const CANCEL_REASON_REQUIRED: &str =
    "Cancellation reason is required when you are the host";
pub(crate) const NOT_A_HOST: &str = "User not a host of this event";
pub(crate) const SUBSEQUENT_OF_SERIES: &str = "Cannot cancel subsequent bookings for recurring event - you have to provide uid of one of the individual bookings of a recurring booking.";
pub(crate) const NOT_WHO_CONFIRMS: &str = "only the host of a booking, the owner of its event type or an admin of their organization may confirm or decline it";
pub(crate) const NOT_WHO_MARKS: &str = "User is not authorized to mark somebody as absent from this booking. User must be its host, the event type owner, or org admin or owner.";
pub(crate) const NOT_WHO_ADDS_GUESTS: &str = "User is not authorized to add guests to this booking. User must be its host, the event type owner, one of its attendees, or org admin or owner.";
pub(crate) const NOT_WHO_MOVES: &str = "User is not authorized to update this booking location. User must be the event type owner, host, team admin or owner, or org admin or owner.";
pub(crate) const NOT_WHO_REASSIGNS: &str = "You do not have permission to reassign this booking";
pub(crate) const NO_OTHER_HOST: &str =
    "Can't reassign the booking because no other host is available at that time.";
pub(crate) const NOBODY_TO_ADD: &str =
    "all of these addresses attend the booking already, or can't be used to book";
pub(crate) const NOT_AVAILABLE: &str =
    "User either already has booking at this time or is not available";
pub(crate) const EVENT_TYPE_NOT_FOUND: &str = "Event Type not found";
pub(crate) const NO_DYNAMIC_BOOKING: &str =
    "Some of the users in this group do not allow dynamic booking";
pub(crate) const TOO_LONG_RANGE: &str =
    "end must be at most 400 days after start, or after now if start is in the past";
pub(crate) const TOO_MANY_SLOTS: &str =
    "There are more than 100000 slots: ask for less time at once";
pub(crate) const NO_EXPLANATION_FOR_NOBODY: &str = "explain can only be used for authenticated requests: by the owner of the event type, or with the credentials of the owner's OAuth client";
pub(crate) const NO_EXPLANATION_FOR_OTHERS: &str = "explain can only be used by the owner of the event type, by administrators of the owner's organization, or with the credentials of the owner's OAuth client";
pub(crate) const DURATION_NEEDS_AUTHENTICATION: &str = "reservationDuration can only be used for authenticated requests. Pass an API key or access token as 'Authorization' header, or leave reservationDuration out";
pub(crate) const DURATION_OF_OTHERS: &str = "reservationDuration can only be used by the owner of the event type, or by somebody in the same team or organization";
pub(crate) const LENGTH_IS_FIXED: &str =
    "You passed 'slotDuration' but this event type is not a variable length event type.";
pub(crate) const SLOT_IN_THE_PAST: &str = "slotStart must not be in the past";
pub(crate) const SLOT_TOO_LATE: &str =
    "slotStart must be earlier: the slot would end after the last instant that there is";
pub(crate) const SLOT_ENDS_BEFORE_ITS_START: &str = "slotUtcEndDate must be after slotUtcStartDate";
pub(crate) const SLOT_IS_TOO_LONG: &str =
    "slotUtcEndDate must not be later than the longest booking of this event type would end";
pub(crate) const SLOT_IS_BOOKED: &str = "Can't reserve a slot if the event is already booked.";
pub(crate) const SLOT_IS_HELD: &str =
    "This time slot is already reserved by another user. Please choose a different time.";
pub(crate) const UPDATED_LINK_NOT_FOUND: &str = "Updated link not found";
pub(crate) const DELETED_LINK_NOT_FOUND: &str = "Deleted link not found";
pub(crate) const LINK_DELETED: &str = "Private link deleted successfully";
pub(crate) const TOO_MANY_LINKS: &str = "An event type can have at most 1000 private links.";
pub(crate) const FOREIGN_WEBHOOK: &str =
    "IsOAuthClientWebhookGuard - Webhook does not belong to this oAuthClient";
pub(crate) const PRIVATE_WEBHOOK: &str = "subscriberUrl must not lead to a private network or to the server itself, unless the operator allows it (allow_private_webhooks)";
pub(crate) const UNREACHABLE_WEBHOOK: &str =
    "subscriberUrl must not lead to a link-local, multicast or reserved address";
pub(crate) const OAUTH_CLIENT_NOT_FOUND: &str = "OAuthClientGuard - OAuth client not found.";

pub(crate) const NO_SCOPE_OPENS_THIS: &str =
    "insufficient_scope: this endpoint is not available for third-party OAuth tokens";
pub(crate) const NO_SESSION: &str = "There is no session: log in with a one-time address, which the operator of this server makes with 'slotd admin login-link'.";
pub(crate) const INVALID_REDIRECT_URI: &str = "Invalid 'redirect_uri' value.";
pub(crate) const MISSING_BEARER: &str = "Missing 'Bearer' Authorization header.";
pub(crate) const INVALID_OAUTH_CLIENT: &str = "Invalid OAuth Client.";
pub(crate) const UNAUTHORIZED_CLIENT: &str = "unauthorized_client";
pub(crate) const OAUTH2_CLIENT_NOT_APPROVED: &str = "client_not_approved";
pub(crate) const UNREGISTERED_REDIRECT_URI: &str =
    "redirect_uri is not one of the addresses that the client registered";
pub(crate) const TOO_MANY_CLIENTS: &str = "An organization can have at most 1000 OAuth clients.";
pub(crate) const SLUG_IS_TAKEN: &str = "User already has an event type with this slug.";
pub(crate) const NO_DESTINATION_CALENDAR: &str =
    "Invalid destinationCalendarId: Calendar does not exist";
pub(crate) const NO_CALENDAR_EMAIL: &str =
    "useDestinationCalendarEmail cannot be true without a primary connected calendar";
pub(crate) const TOO_MANY_EVENT_TYPES: &str = "A user can have at most 1000 event types.";
pub(crate) const TOO_MANY_USERNAMES: &str = "usernames can name at most 100 users.";

pub(crate) const EMPTY_SCHEDULE_NAME: &str = "Schedule name cannot be empty";
pub(crate) const TOO_MANY_SCHEDULES: &str = "A user can have at most 100 schedules.";

pub(crate) const INVALID_DATE: &str = "Invalid Date.";
pub(crate) const ONE_OF_START_AND_END: &str = "Please specify both ooo start and end time.";
pub(crate) const START_AFTER_END: &str = "Start date must be before end date.";
pub(crate) const ENDLESS_REDIRECT: &str = "Booking redirect infinite not allowed.";
pub(crate) const OUT_OF_OFFICE_EXISTS: &str = "Ooo entry already exists.";
pub(crate) const REDIRECT_TO_SELF: &str = "Cannot redirect to self.";
pub(crate) const REDIRECT_TO_STRANGER: &str = "Cannot redirect to this user.";
pub(crate) const FOREIGN_OUT_OF_OFFICE: &str = "This OOO entry does not belong to this user.";
pub(crate) const TOO_MANY_OUT_OF_OFFICE: &str =
    "A user can have at most 1000 out-of-office entries.";
pub(crate) const NO_TIME_ZONE: &str = "Either timeZone or loggedInUsersTz must be provided";
pub(crate) const FOREIGN_CREDENTIALS: &str = "These credentials do not belong to you";
pub(crate) const INVALID_IDEMPOTENCY_KEY: &str =
    "Idempotency-Key must be sent once and be 1 to 255 printable characters";
pub(crate) const KEY_OF_ANOTHER_REQUEST: &str = "This Idempotency-Key was used for another request: method, path, version and body must be the same. Use a new key for a new request.";
pub(crate) const KEY_IN_USE: &str =
    "A request with this Idempotency-Key is being answered. Try again in a moment.";
pub(crate) const ANSWER_IS_LOST: &str = "The request with this Idempotency-Key was carried out, but its answer was lost. It is not carried out again: look at what it has changed, and use a new key for a new request.";

/// ORG-17
pub(crate) fn no_organization(id: &str) -> String {
    format!(
        "IsOrgGuard - provided organization id={} does not represent any existing organization.",
        shown(id)
    )
}

/// ORG-15
pub(crate) fn not_a_member(organization: &str) -> String {
    format!(
        "RolesGuard - User is not a member of the organization with id={}.",
        shown(organization)
    )
}

/// ORG-15
pub(crate) fn too_low_a_role(user: UserId, required: Role, organization: OrganizationId) -> String {
    format!(
        "RolesGuard - user with id={user} does not have the minimum required role=ORG_{} within organization with id={organization} team with id=undefined.",
        required.name()
    )
}

/// ORG-16
pub(crate) fn not_in_organization(user: &str, organization: &str) -> String {
    format!(
        "IsUserInOrg - user with id={} is not part of the organization with id={}.",
        shown(user),
        shown(organization)
    )
}

/// AU-6
pub(crate) fn unknown_client(id: &OAuthClientId) -> String {
    format!("ApiAuthStrategy - oAuth client - Client with ID {} not found", shown(id.as_str()))
}

/// AU-14, AK-3
pub(crate) fn method_not_allowed(allowed: &[CredentialKind]) -> String {
    if allowed == [CredentialKind::ApiKey] {
        return ONLY_API_KEY.to_owned();
    }
    let names: Vec<&str> = allowed
        .iter()
        .map(|kind| match kind {
            CredentialKind::OAuthClient => "OAUTH_CLIENT_CREDENTIALS",
            CredentialKind::AccessToken => "ACCESS_TOKEN",
            CredentialKind::ApiKey => "API_KEY",
            CredentialKind::Session => "SESSION",
        })
        .collect();
    format!(
        "ApiAuthStrategy - Invalid authentication method. Please provide one of the allowed methods: {}",
        names.join(", ")
    )
}

/// AU-10
pub(crate) fn invalid_origin(origin: &str, client: &OAuthClientId) -> String {
    format!(
        "ApiAuthStrategy - access token - Invalid request origin - please add the origin '{}' to the redirect uris of your OAuth client with ID '{client}'",
        shown(origin)
    )
}

/// PM-2: the required names, not only the missing ones.
pub(crate) fn missing_permissions(client: &OAuthClientId, required: Permissions) -> String {
    format!(
        "PermissionsGuard - oAuth client with id={client} does not have the required permissions={}. Go to platform dashboard settings and add the required permissions to the oAuth client.",
        required.names().join(", ")
    )
}

/// PM-5, with a short prefix of the token instead of the whole (QI-22).
pub(crate) fn no_client_of_token(token: &str) -> String {
    let prefix: String = token.chars().take(8).collect();
    format!("PermissionsGuard - no oAuth client found for access token={prefix}...")
}

/// PM-13: the roles as they are listed for the operation.
pub(crate) fn must_have_role(roles: &[Role]) -> String {
    let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
    format!("OrganizationRolesGuard - User must have one of the roles: {}.", names.join(", "))
}

/// PM-14
pub(crate) fn foreign_client(
    client: &OAuthClientId,
    organization: Option<OrganizationId>,
) -> String {
    let organization = organization.map_or_else(|| "undefined".to_owned(), |id| id.to_string());
    format!(
        "OAuthClientGuard - forbidden. oAuth client with id={client} does not belong to the organization with id={organization}."
    )
}

/// Section 3.4 of the platform rules.
pub(crate) fn not_a_managed_user(id: &str) -> String {
    format!("User with ID {} is not part of this OAuth client.", shown(id))
}

/// Section 11 of the platform rules.
pub(crate) fn unknown_webhook(id: &WebhookId) -> String {
    format!("Webhook ({}) not found", shown(id.as_str()))
}

/// EW-2
pub(crate) fn not_the_event_types_webhook(
    id: &WebhookId,
    event_type: Option<EventTypeId>,
) -> String {
    let id = shown(id.as_str());
    let place = event_type.map_or_else(
        || "an event type".to_owned(),
        |event_type| format!("event type ({event_type})"),
    );
    format!("IsUserEventTypeWebhookGuard - Webhook ({id}) is not associated with {place}")
}

/// EW-1
pub(crate) fn foreign_event_type(user: UserId, event_type: &str) -> String {
    format!(
        "IsUserEventTypeWebhookGuard - User ({user}) is not the owner of event type ({})",
        shown(event_type)
    )
}

/// EW-1
pub(crate) fn unknown_event_type_of_webhooks(event_type: &str) -> String {
    format!("IsUserEventTypeWebhookGuard - Event type ({}) not found", shown(event_type))
}

/// RES-7
pub(crate) fn unknown_event_type_to_reserve(id: i32) -> String {
    format!("Event Type with ID={id} not found")
}

/// RES-6
pub(crate) fn no_such_length(options: &[i32]) -> String {
    let options: Vec<String> = options.iter().map(ToString::to_string).collect();
    format!(
        "Provided 'slotDuration' is not one of the possible lengths for the event type. The possible lengths for this variable length event type are: {}",
        options.join(", ")
    )
}

/// RES-11
pub(crate) fn no_seats_left(event_type: EventTypeId, start: &str) -> String {
    format!("Booking with id={event_type} at {start} has no more seats left.")
}

/// RES-16
pub(crate) fn unknown_slot(uid: &str) -> String {
    format!("Slot with uid={} not found", shown(uid))
}

/// SLOT-5
pub(crate) fn unknown_username(username: &str) -> String {
    format!("User with username {} not found", shown(username))
}

/// SLOT-5
pub(crate) fn unknown_team_slug(slug: &str) -> String {
    format!("Team with slug {} not found", shown(slug))
}

/// SLOT-5
pub(crate) fn unknown_organization_of_slots(slug: &str) -> String {
    format!("slots-input.service.ts: Organization with slug {} not found", shown(slug))
}

/// PL-3, ET-60
pub(crate) fn unknown_event_type(id: &str) -> String {
    format!("Event type with id {} not found", shown(id))
}

/// MU-11: clients parse the id and look for `already exists`.
pub(crate) fn user_exists(id: slotd_domain::UserId) -> String {
    format!("User with the provided e-mail already exists. Existing user ID={id}")
}

/// O2-12
pub(crate) fn insufficient_scope(required: &[Scope], granted: &[Scope]) -> String {
    let names =
        |scopes: &[Scope]| scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(", ");
    format!(
        "insufficient_scope: token does not have the required scopes. Required: {}. Token has: {}",
        names(required),
        names(granted)
    )
}

/// OF-2
pub(crate) fn oauth_client_not_found(id: &OAuthClientId) -> String {
    format!("OAuth client with ID '{}' not found", shown(id.as_str()))
}

/// OF-3
pub(crate) fn already_authorized(user: UserId, client: &OAuthClientId) -> String {
    format!("User with id={user} has already authorized client with id={client}.")
}

/// O2-1
pub(crate) fn oauth2_client_not_found(id: &OAuth2ClientId) -> String {
    format!("OAuth2 client with ID '{}' not found", shown(id.as_str()))
}

/// Section 3 of the availability rules.
pub(crate) fn unknown_schedule(id: ScheduleId) -> String {
    format!("Schedule with ID={id} does not exist.")
}

/// Section 3 of the availability rules.
pub(crate) fn foreign_schedule(user: UserId, id: ScheduleId) -> String {
    format!("User with ID={user} does not own schedule with ID={id}")
}

/// SCH-31
pub(crate) fn no_date_time(text: &str) -> String {
    format!(
        "Invalid datestring format. Expected format(ISO8061): 2025-04-12T13:17:56.324Z. Received: {}",
        shown(text)
    )
}

pub(crate) fn unknown_event_type_slug(slug: &str) -> String {
    format!("Event type with slug {} not found", shown(slug))
}

/// ET-62
pub(crate) fn no_event_type_to_delete(id: &str) -> String {
    format!("Event type with ID={} does not exist.", shown(id))
}

/// ET-62
pub(crate) fn not_the_owner(user: UserId, id: &str) -> String {
    format!("User with ID={user} does not own event type with ID={}", shown(id))
}

/// ET-20
pub(crate) fn unsupported_location(kind: &str) -> String {
    format!("Unsupported location type '{}'.", shown(kind))
}

/// ET-24
pub(crate) fn unsupported_field(kind: &str) -> String {
    format!("Unsupported booking field type '{}'.", shown(kind))
}

/// Section 5.20 of the components' rules.
pub(crate) fn no_app(slug: &str) -> String {
    format!("App with slug {} not found", shown(slug))
}

pub(crate) fn too_many_people(most: usize) -> String {
    format!("username must name no more than {most} users")
}

/// What a caller sent, cut to a length that fits an error text.
pub(crate) fn shown(text: &str) -> String {
    if text.chars().count() <= 200 {
        return text.to_owned();
    }
    text.chars().take(200).chain("...".chars()).collect()
}

pub(crate) fn unknown_event_type_to_book(id: EventTypeId) -> String {
    format!("Event type with id {id} not found.")
}

/// 5.2
pub(crate) fn unknown_organization(slug: &str) -> String {
    format!("Organization with slug {} not found", shown(slug))
}

/// 5.2
pub(crate) fn unknown_slug_to_book(
    slug: &str,
    username: &str,
    organization: Option<&str>,
) -> String {
    let within = organization.map(|slug| format!(" within organization {}", shown(slug)));
    let within = within.unwrap_or_default();
    format!(
        "Event type with slug {} belonging to user {}{within} not found.",
        shown(slug),
        shown(username)
    )
}

pub(crate) fn held_by_another(seconds: i64) -> String {
    format!(
        "Someone else reserved this slot before you. This time slot will be freed up in {seconds} seconds"
    )
}

pub(crate) fn most_active_bookings(to_reschedule: Option<&str>) -> String {
    let text = "Attendee with this email can't book because the maximum number of active bookings has been reached.";
    match to_reschedule {
        None => text.to_owned(),
        Some(uid) => format!(
            "{text} You can reschedule your existing booking ({uid}) to a new timeslot instead."
        ),
    }
}

pub(crate) fn unknown_booking_to_cancel(uid: &str) -> String {
    format!("Booking with uid={} not found", shown(uid))
}

pub(crate) fn not_of_a_series(uid: &str) -> String {
    format!("Booking with bookingUid={} is not part of a recurring booking.", shown(uid))
}

pub(crate) fn series_is_over(uid: &str) -> String {
    format!(
        "Can't cancel booking with uid={} because none of its bookings is left to cancel.",
        shown(uid)
    )
}

pub(crate) fn seat_uid_required(uid: &str) -> String {
    format!(
        "Booking with uid={uid} is a seated booking which means you have to provide seatUid in the request body to specify which seat specifically you want to reschedule. Every attendee of the booking has a seatUid: read it with GET /v2/bookings/{uid}"
    )
}

pub(crate) fn unknown_seat(seat: &str) -> String {
    format!("Seat with uid={} does not exist.", shown(seat))
}

pub(crate) fn unknown_booking(uid: &str) -> String {
    format!("Booking with uid={} was not found in the database", shown(uid))
}

/// Section 9
pub(crate) fn unknown_seat_to_read(uid: &str) -> String {
    format!("Booking with seatUid={} was not found in the database", shown(uid))
}

/// 03 section 14
pub(crate) fn unknown_booking_to_mark(uid: &str) -> String {
    format!("Booking with uid={} not found.", shown(uid))
}

/// 03 R14.1
pub(crate) fn not_started(now: Timestamp, start: Timestamp) -> String {
    let [now, start] = [now, start].map(slotd_contract::timestamp);
    format!(
        "Bookings can only be marked as absent after their scheduled start time. Current time in UTC+0: {now}, Booking start time in UTC+0: {start}"
    )
}

/// 03 R16.1
pub(crate) fn no_access_to_booking(user: UserId, uid: &str) -> String {
    format!(
        "BookingPbacGuard - user with id={user} does not have access to booking with uid={}",
        shown(uid)
    )
}

/// Section 16
pub(crate) fn unknown_attendee(attendee: AttendeeId, uid: &str) -> String {
    format!("Attendee with id={attendee} was not found in booking with uid={}", shown(uid))
}

/// Sections 19 and 20
pub(crate) fn no_booking(uid: &str) -> String {
    format!("Booking with uid {} not found", shown(uid))
}

/// Section 19
pub(crate) fn no_event_type(uid: &str) -> String {
    format!("Booking with uid {} has no event type", shown(uid))
}

/// Section 20
pub(crate) fn foreign_booking(uid: &str) -> String {
    format!("Booking with uid {} does not belong to user", shown(uid))
}

/// R21.2
pub(crate) fn no_cal_video(uid: &str) -> String {
    format!("No Cal Video reference found with booking uid {}", shown(uid))
}

/// 03 section 17
pub(crate) fn unknown_booking_to_join(uid: &str) -> String {
    format!("Booking with uid {} not found", shown(uid))
}

/// 03 R16.4
pub(crate) fn nothing_to_change(uid: &str, status: &str) -> String {
    format!("Can't change booking with uid={uid} because it is {status}.")
}

/// 03 section 15
pub(crate) fn unknown_user_to_reassign_to(user: &str) -> String {
    format!("User with id={} was not found in the database", shown(user))
}

/// 03 section 15
pub(crate) fn not_a_round_robin_host(user: UserId) -> String {
    format!(
        "User with id={user} is not a valid Round Robin host - the user to which you reassign this booking must be one of the booking hosts."
    )
}

/// 03 section 24.5
pub(crate) fn unknown_legacy_booking(uid: &str) -> String {
    format!("Booking with UID={} does not exist.", shown(uid))
}
