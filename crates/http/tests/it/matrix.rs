//! The authorization matrix: every route of the access table as nobody, with a
//! wrong secret, as another tenant, as another user of the same client, with an
//! expired token, with too small a permission, and as the right caller.

use jiff::SignedDuration;
use serde_json::json;
use slotd_domain::oauth2::ClientType;
use slotd_domain::{EventTypeId, Permissions, Role};
use slotd_http::{Check, CredentialKind, Foreign, RouteRule, access_table};
use slotd_testkit::{Answer, Call, Tables, TestServer, World, on_both_engines};

struct Cast {
    right: World,
    other: World,
    weak: World,
    user: i64,
    username: String,
    user_token: String,
    expired_token: String,
    other_user_token: String,
    weak_token: String,
    member_key: String,
    webhook: String,
    event_type: EventTypeId,
    /// Of the event type; two of each, because two callers delete them.
    event_type_webhooks: Vec<String>,
    links: Vec<String>,
    schedule: i64,
    owner_schedule: i64,
    app: (String, String),
    session: String,
    narrow_app_token: String,
    /// Of the right world's owner. Deleting is tried twice.
    event_types: [i64; 2],
    /// Of the managed user.
    users_event_type: i64,
    /// Out-of-office entries of the managed user.
    entries: [i64; 2],
    /// Of the managed user and of the owner, each with a seat and a meeting that is over.
    booking: Booking,
    owner_booking: Booking,
}

/// A booking with one seat.
struct Booking {
    uid: String,
    seat: String,
    attendee: String,
}

impl Booking {
    async fn new(server: &TestServer, key: &str, start: &str) -> Self {
        let call = |path: &str, version| {
            server.call("POST", path).bearer(key).header("cal-api-version", version)
        };
        let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
        let hours = json!({ "name": "Always", "timeZone": "UTC", "isDefault": false,
            "availability": [{ "days": days, "startTime": "00:00", "endTime": "23:59" }] });
        let schedule = call("/v2/schedules", "2024-06-11").json(&hours).send().await;
        let event_type = json!({ "title": "T", "slug": "seats", "lengthInMinutes": 30,
            "minimumBookingNotice": 0, "scheduleId": schedule.accepted(201)["id"],
            "seats": { "seatsPerTimeSlot": 5, "showAttendeeInfo": true, "showAvailabilityCount": true } });
        let event_type = call("/v2/event-types", "2024-06-14").json(&event_type).send().await;
        let booking = json!({ "start": start, "eventTypeId": event_type.accepted(201)["id"],
            "attendee": { "name": "A", "email": "a@mail.test", "timeZone": "UTC" } });
        let booking = call("/v2/bookings", "2024-08-13").json(&booking).send().await;
        let booking = booking.accepted(201);
        let tables = Tables::open(&server.database.options.location).await;
        let id = &booking["id"];
        // Without a meeting there are no recordings of it (R21.2).
        let reference = format!(
            "insert into booking_reference (id, booking_id, kind, event_uid, is_deleted)
             values ({id}, {id}, 'daily_video', 'room', 1 = 0) returning id"
        );
        tables.column(&reference).await;
        let attendees = format!("select id from attendee where booking_id = {id}");
        Self {
            uid: text(&booking["uid"]),
            seat: text(&booking["seatUid"]),
            attendee: tables.column(&attendees).await.remove(0),
        }
    }
}

impl Cast {
    /// The path for a call about what belongs to the managed user.
    fn path(&self, rule: &RouteRule) -> String {
        self.path_about(rule, self.schedule, self.users_event_type, 0, &self.booking)
    }

    /// The same about what belongs to the owner, as whom client, key and app act.
    /// `child` is one of two webhooks, links or event types: two callers delete them.
    fn owner_path(&self, rule: &RouteRule, child: usize) -> String {
        let event_type = self.event_types[child];
        self.path_about(rule, self.owner_schedule, event_type, child, &self.owner_booking)
    }

    fn path_about(
        &self,
        rule: &RouteRule,
        schedule: i64,
        event_type: i64,
        child: usize,
        booking: &Booking,
    ) -> String {
        // What belongs to an event type belongs to one of its own.
        let is_child = asks_for_event_type(rule).is_some();
        let webhook = if is_child { &self.event_type_webhooks[child] } else { &self.webhook };
        let event_type =
            if is_child { self.event_type.to_string() } else { event_type.to_string() };
        let client = if names_an_app(rule) { &self.app.0 } else { &self.right.client };
        rule.path
            .replace("{clientId}", client)
            .replace("{userId}", &self.user.to_string())
            .replace("{webhookId}", webhook)
            .replace("{eventTypeId}", &event_type)
            .replace("{linkId}", &self.links[child])
            .replace("{scheduleId}", &schedule.to_string())
            .replace("{orgId}", &self.right.organization.to_string())
            .replace("{oooId}", &self.entries[child].to_string())
            .replace("{bookingUid}", &booking.uid)
            .replace("{seatUid}", &booking.seat)
            .replace("{attendeeId}", &booking.attendee)
            .replace("{eventSlug}", "thirty-minutes")
            .replace("{appSlug}", "stripe")
            .replace("{slug}", "intro")
            .replace("{username}", &self.username)
            .replace("{uid}", "00000000-0000-4000-8000-000000000000")
    }
}

async fn cast(server: &TestServer) -> Cast {
    let (right, other, weak) = (
        server.world().await,
        server.world().await,
        server.world_with(Permissions::NONE, &[]).await,
    );
    let expired = server.new_managed_user(&right, "expired@example.com").await;
    server.advance(SignedDuration::from_hours(2));
    let client = format!("/v2/oauth-clients/{}", right.client);
    let enable = json!({ "areDefaultEventTypesEnabled": true });
    let enabled = server.call("PATCH", &client).bearer(&right.key).json(&enable).send().await;
    assert_eq!(enabled.status, 200, "{}", enabled.text);
    let user = server.new_managed_user(&right, "user@example.com").await;
    let schedule = json!({ "name": "Hours", "timeZone": "UTC", "isDefault": true });
    let schedule = server.call("POST", "/v2/schedules").bearer(&right.key).json(&schedule).send();
    let schedule = schedule.await;
    let other_user = server.new_managed_user(&right, "other@example.com").await;
    let weak_user = server.new_managed_user(&weak, "weak@example.com").await;
    let member = server.new_person(Some((right.organization, Role::Member, true))).await;
    let webhooks = format!("/v2/oauth-clients/{}/webhooks", right.client);
    let webhook =
        json!({ "active": true, "subscriberUrl": "https://hooks.example.com", "triggers": [] });
    let webhook = server.call("POST", &webhooks).secret(&right.secret).json(&webhook).send().await;
    let event_type = server.new_event_type(right.owner).await;
    let child = async |kind: &str, body: serde_json::Value| {
        let path = format!("/v2/event-types/{event_type}/{kind}");
        server.call("POST", &path).bearer(&right.key).json(&body).send().await.accepted(201).clone()
    };
    let (mut event_type_webhooks, mut links) = (Vec::new(), Vec::new());
    for n in 0..2 {
        let url = format!("https://hooks{n}.example.com");
        let body = json!({ "active": true, "subscriberUrl": url, "triggers": [] });
        event_type_webhooks.push(text(&child("webhooks", body).await["id"]));
        links.push(text(&child("private-links", json!({})).await["linkId"]));
    }
    let token = |data: &serde_json::Value| data["accessToken"].as_str().unwrap().to_owned();
    let event_type_of = async |bearer: &str, slug: &str| {
        let body = json!({ "lengthInMinutes": 30, "title": "T", "slug": slug });
        let call = server.call("POST", "/v2/event-types").header("cal-api-version", "2024-06-14");
        let created = call.bearer(bearer).json(&body).send().await;
        created.accepted(201)["id"].as_i64().unwrap()
    };
    let event_types =
        [event_type_of(&right.key, "one").await, event_type_of(&right.key, "two").await];
    let user_id = user["user"]["id"].as_i64().unwrap();
    let entries = format!("/v2/organizations/{}/users/{user_id}/ooo", right.organization);
    let entry = async |day: &str| {
        let body =
            json!({ "start": format!("{day}T00:00:00Z"), "end": format!("{day}T00:00:00Z") });
        let call = server.call("POST", &entries).bearer(&right.key).json(&body);
        call.send().await.accepted(201)["id"].as_i64().unwrap()
    };
    let entries = [entry("2026-05-01").await, entry("2026-05-02").await];
    let scopes = [
        "APPS_READ",
        "BOOKING_READ",
        "ORG_BOOKING_READ",
        "BOOKING_WRITE",
        "PROFILE_READ",
        "PROFILE_WRITE",
        "EVENT_TYPE_READ",
        "EVENT_TYPE_WRITE",
        "SCHEDULE_READ",
        "SCHEDULE_WRITE",
        "WEBHOOK_READ",
        "WEBHOOK_WRITE",
    ];
    let app = server.new_app(right.owner, ClientType::Confidential, Some(&scopes)).await;
    let session = server.new_session(right.owner).await;
    let narrow = server.app_tokens(&app, &session, &["APPS_READ"]).await;
    let booking = Booking::new(server, &token(&user), "2026-09-07T10:00:00Z").await;
    let owner_booking = Booking::new(server, &right.key, "2026-09-07T12:00:00Z").await;
    Cast {
        booking,
        owner_booking,
        user: user_id,
        entries,
        username: text(&user["user"]["username"]),
        user_token: token(&user),
        expired_token: token(&expired),
        other_user_token: token(&other_user),
        weak_token: token(&weak_user),
        member_key: server.new_key(member, Some(right.organization), None).await,
        webhook: text(&webhook.accepted(201)["id"]),
        event_type,
        event_type_webhooks,
        links,
        schedule: user["user"]["defaultScheduleId"].as_i64().unwrap(),
        owner_schedule: schedule.accepted(201)["id"].as_i64().unwrap(),
        narrow_app_token: narrow["access_token"].as_str().unwrap().to_owned(),
        event_types,
        users_event_type: event_type_of(&token(&user), "intro").await,
        app,
        session,
        right,
        other,
        weak,
    }
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Statuses that mean "let in": a success, or a refusal of the empty body, or that the
/// owner has no event types, or that a booking is shared.
fn let_in(answer: &Answer) -> bool {
    answer.status < 300
        || answer.text.contains("Event type with slug")
        // Whoever knows a uid is let in; a booking that others share is its host's to cancel.
        || answer.text.contains("User not a host of this event")
        || (answer.status == 400
            && (["BadRequestException", "TRPCError"]
                .contains(&answer.body["error"]["code"].as_str().unwrap_or_default())
                || answer.body["error"] == "invalid_request"))
}

/// Whether the `{clientId}` in the path is a third-party app's.
fn names_an_app(rule: &RouteRule) -> bool {
    rule.path.contains("/oauth2/")
}

fn has_path_client(rule: &RouteRule) -> bool {
    rule.path.contains("{clientId}") && !names_an_app(rule)
}

/// Roles of people who manage an organization.
const MANAGERS: &[Role] = &[Role::Admin, Role::Owner];

fn asks_for_role(rule: &RouteRule) -> Option<&'static [Role]> {
    rule.access.checks.iter().find_map(|check| match check {
        Check::OrganizationRole(roles) => Some(*roles),
        Check::RoleInOrganization(Role::Admin) => Some(MANAGERS),
        _ => None,
    })
}

/// What somebody else hears who asks about the event type in the path.
fn asks_for_event_type(rule: &RouteRule) -> Option<u16> {
    rule.access.checks.iter().find_map(|check| match check {
        Check::NotManagedUser | Check::OwnEventType(Foreign::Forbidden) => Some(403),
        Check::OwnEventType(Foreign::Unknown) => Some(404),
        _ => None,
    })
}

/// What somebody hears who has nothing to do with the booking in the path. Whoever knows a
/// uid may put the booking into a calendar, references hide behind a 400, and guests are read
/// before the booking is looked for.
fn asks_for_booking(rule: &RouteRule) -> Option<u16> {
    let operation = rule.path.strip_prefix("/v2/bookings/{bookingUid}/")?;
    match operation.split('/').next()? {
        "confirm" | "decline" => Some(401),
        "mark-absent"
        | "attendees"
        | "location"
        | "reassign"
        | "mark-no-show"
        | "recordings"
        | "transcripts"
        | "conferencing-sessions" => Some(403),
        _ => None,
    }
}

fn is_checked_first(rule: &RouteRule) -> bool {
    matches!(rule.access.checks.first(), Some(Check::Permissions(_)))
}

fn asks_for_permission(rule: &RouteRule) -> bool {
    rule.access.checks.iter().any(|check| matches!(check, Check::Permissions(_)))
}

fn with_client(call: Call, rule: &RouteRule, world: &World) -> Call {
    // Where the path names no client the header does.
    let call =
        if has_path_client(rule) { call } else { call.header("x-cal-client-id", &world.client) };
    call.secret(&world.secret)
}

on_both_engines! {
    /// AU-1, AU-14, PM-1, PM-7, PM-13, PM-14, PM-15, OC-1, MU-1, O2-1, O2-2, O2-12, OF-1, PL-3, EW-1, CH-8
    async fn every_route_lets_in_exactly_its_callers(server: TestServer) {
        for rule in access_table() {
            let name = format!("{} {}", rule.method, rule.path);
            let cast = cast(&server).await;
            let (path, owner_path) = (cast.path(&rule), cast.owner_path(&rule, 0));
            let call_to = |path: &str| {
                // The newest shape of every family.
                server.call(rule.method.as_str(), path).header("cal-api-version", "2026-02-25").json(&json!({}))
            };
            let (call, owner_call) = (|| call_to(&path), || call_to(&owner_path));
            if rule.access.checks.is_empty() {
                let call = || match rule.path.as_str() {
                    // Whose it is stands in the query.
                    "/v2/atoms/event-types/{slug}/public" => {
                        server.call("GET", &format!("{path}?username={}", cast.username))
                    }
                    _ => call(),
                };
                let nobody = call().send().await;
                assert!(let_in(&nobody), "{name} is public: {}", nobody.text);
                continue;
            }
            let is_optional = rule.access.checks == [Check::AuthenticatedIfPresented];
            let is_checked_first = is_checked_first(&rule);
            if !is_optional && !is_checked_first {
                assert_eq!(rule.access.checks.first(), Some(&Check::Authenticated), "{name}");
            }
            let is_of_event_type = rule.path.contains("{eventTypeId}");
            let takes = |kind| rule.access.credentials.contains(&kind);
            // What nobody gets, and whoever cannot be known (PM-6, AU-15).
            let nothing = if is_checked_first { 403 } else { 401 };
            let is_nobody = |answer: &Answer| if is_optional { let_in(answer) } else { answer.status == nothing };

            let nobody = call().send().await;
            assert!(is_nobody(&nobody), "{name} as nobody: {}", nobody.text);
            let wrong_secret = call().header("x-cal-client-id", &cast.right.client).secret("wrong").send().await;
            assert_eq!(wrong_secret.status, 401, "{name} with a wrong secret");
            assert_eq!(call().bearer("cal_unknown").send().await.status, 401, "{name} with an unknown key");
            let expected = if is_checked_first { 403 } else { 401 };
            assert_eq!(call().bearer("unknown").send().await.status, expected, "{name} with an unknown token");

            // Another tenant.
            if has_path_client(&rule) {
                let foreign = call().secret(&cast.other.secret).send().await;
                assert_eq!(foreign.status, 401, "{name} with another tenant's secret");
                let expected = if takes(CredentialKind::ApiKey) { 403 } else { 401 };
                let foreign = call().bearer(&cast.other.key).send().await;
                assert_eq!(foreign.status, expected, "{name} with another tenant's key: {}", foreign.text);
                let foreign = call().bearer(&cast.weak_token).send().await;
                let is_for_tokens = rule.access.checks.contains(&Check::TokenOfOAuthClient);
                let expected = if takes(CredentialKind::AccessToken) && !is_for_tokens { 403 } else { 401 };
                assert_eq!(foreign.status, expected, "{name} with another tenant's user: {}", foreign.text);
            }

            // Another tenant, where the path names the organization.
            if rule.path.contains("{orgId}") {
                let admin = server.new_person(Some((cast.other.organization, Role::Admin, true))).await;
                let admin = server.new_key(admin, None, None).await;
                for key in [&cast.other.key, &admin, &cast.weak_token] {
                    let foreign = call().bearer(key).send().await;
                    assert_eq!(foreign.status, 403, "{name} with another tenant's key: {}", foreign.text);
                }
                let foreign = with_client(call(), &rule, &cast.other).send().await;
                assert_eq!(foreign.status, 403, "{name} with another tenant's secret: {}", foreign.text);
                for (role, accepted) in [(Role::Admin, true), (Role::Owner, true), (Role::Owner, false)] {
                    let person = server.new_person(Some((cast.right.organization, role, accepted))).await;
                    let key = server.new_key(person, None, None).await;
                    // Nothing is deleted before its right caller comes.
                    let path = cast.owner_path(&rule, 1).replace("/ooo/", "/ooo/9");
                    let manager = call_to(&path).bearer(&key).send().await;
                    let belongs = manager.text.contains("does not belong to this user");
                    assert_eq!(let_in(&manager) || belongs, accepted, "{name} as {role:?}: {}", manager.text);
                }
            }

            // An expired token, and another user of the same client.
            let expired = call().bearer(&cast.expired_token).send().await;
            let expected = if takes(CredentialKind::AccessToken) { 498 } else { 401 };
            assert_eq!(expired.status, expected, "{name} with an expired token: {}", expired.text);
            let other_user = call().bearer(&cast.other_user_token).send().await;
            if !takes(CredentialKind::AccessToken) {
                assert_eq!(other_user.status, 401, "{name} as another user");
            } else if let Some(expected) = asks_for_event_type(&rule) {
                assert_eq!(other_user.status, expected, "{name} as another user: {}", other_user.text);
                // The tenant's other members and its admin, and another tenant's owner.
                let admin = server.new_person(Some((cast.right.organization, Role::Admin, true))).await;
                let admin = server.new_key(admin, Some(cast.right.organization), None).await;
                let is_creation = rule.access.checks.contains(&Check::NotManagedUser);
                let expected = if is_creation { 404 } else { expected };
                for key in [&cast.member_key, &admin, &cast.other.key] {
                    let foreign = call().bearer(key).send().await;
                    assert_eq!(foreign.status, expected, "{name} with somebody else's key: {}", foreign.text);
                }
                let foreign = with_client(call(), &rule, &cast.other).send().await;
                assert_eq!(foreign.status, expected, "{name} with another tenant's secret: {}", foreign.text);
            } else if let Some(expected) = asks_for_booking(&rule) {
                for key in [&cast.other_user_token, &cast.member_key, &cast.other.key] {
                    let foreign = call().bearer(key).send().await;
                    assert_eq!(foreign.status, expected, "{name} as somebody else: {}", foreign.text);
                }
            } else if asks_for_role(&rule).is_some() || rule.path.contains("{scheduleId}") {
                assert_eq!(other_user.status, 403, "{name} as another user: {}", other_user.text);
            } else if is_of_event_type {
                // Unknown, except when it is to be deleted (ET-60, ET-62).
                let expected = if rule.method == "DELETE" { 403 } else { 404 };
                assert_eq!(other_user.status, expected, "{name} as another user: {}", other_user.text);
            } else if rule.method == "POST" {
                assert!(let_in(&other_user), "{name} as another user: {}", other_user.text);
            } else {
                assert!(let_in(&other_user), "{name} as another user: {}", other_user.text);
                let own = match rule.path.as_str() {
                    "/v2/me" => cast.user,
                    path if path.contains("/event-types") => cast.users_event_type,
                    _ => cast.schedule,
                };
                assert!(!other_user.text.contains(&format!("\"id\":{own},")), "{name}: everybody sees only themselves");
            }

            // A session opens what people do in a browser, and nothing else.
            let session = call().header("cookie", &cast.session).send().await;
            if takes(CredentialKind::Session) {
                assert!(let_in(&session), "{name} with a session: {}", session.text);
                let foreign = call().header("cookie", "slotd_session=unknown").send().await;
                assert_eq!(foreign.status, 401, "{name} with an unknown session");
            } else {
                assert!(is_nobody(&session), "{name} with a session: {}", session.text);
            }

            // A third-party app, with another scope than the route's and with the route's.
            let narrow = call().bearer(&cast.narrow_app_token).send().await;
            if is_optional && rule.access.scopes.is_empty() {
                // What needs no scope is open to every app (AV-8).
                assert!(let_in(&narrow), "{name} as an app: {}", narrow.text);
            } else {
                let expected = if takes(CredentialKind::AccessToken) { 403 } else { 401 };
                assert_eq!(narrow.status, expected, "{name} as an app: {}", narrow.text);
            }
            if !rule.access.scopes.is_empty() {
                let scopes: Vec<&str> = rule.access.scopes.iter().map(|scope| scope.name()).collect();
                let tokens = server.app_tokens(&cast.app, &cast.session, &scopes).await;
                let app = call_to(&cast.owner_path(&rule, 1));
                let app = app.bearer(tokens["access_token"].as_str().unwrap()).send().await;
                assert!(let_in(&app), "{name} as an app with {scopes:?}: {}", app.text);
            }

            // Too small a permission or role.
            if asks_for_permission(&rule) {
                let weak = call().bearer(&cast.weak_token).send().await;
                assert_eq!(weak.status, 403, "{name} without the permission: {}", weak.text);
                let weak = call().header("x-cal-client-id", &cast.weak.client).secret(&cast.weak.secret).send().await;
                assert_eq!(weak.status, 403, "{name} without the permission: {}", weak.text);
            }
            if let Some(roles) = asks_for_role(&rule) {
                let member = call().bearer(&cast.member_key).send().await;
                if roles.contains(&Role::Member) {
                    assert!(let_in(&member), "{name} as a member: {}", member.text);
                } else {
                    assert_eq!(member.status, 403, "{name} as a member: {}", member.text);
                }
                let token = call().bearer(&cast.user_token).send().await;
                assert_eq!(token.status, 403, "{name} with a managed user's token: {}", token.text);
            }

            // The right callers.
            if asks_for_permission(&rule) && !is_checked_first {
                let right = call().bearer(&cast.user_token).send().await;
                assert!(let_in(&right), "{name} as the user: {}", right.text);
                assert!(rule.path != "/v2/me" || right.accepted(200)["id"] == cast.user, "{name}");
            }
            let right = if takes(CredentialKind::OAuthClient) {
                with_client(owner_call(), &rule, &cast.right)
            } else if takes(CredentialKind::ApiKey) {
                owner_call().bearer(&cast.right.key)
            } else if takes(CredentialKind::Session) {
                call().header("cookie", &cast.session)
            } else {
                call().bearer(&cast.user_token)
            };
            let right = right.send().await;
            assert!(let_in(&right), "{name} as the right caller: {}", right.text);
        }
    }

    /// Every operation that is built has an access rule, and none twice.
    async fn every_documented_operation_has_one_access_rule(server: TestServer) {
        let mut rules: Vec<String> = access_table().iter().map(|rule| format!("{} {}", rule.method, rule.path)).collect();
        rules.sort();
        let count = rules.len();
        rules.dedup();
        assert_eq!(rules.len(), count);
        let document = slotd_http::openapi();
        let mut documented: Vec<String> = Vec::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            documented.extend(methods.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())));
        }
        documented.sort();
        assert_eq!(rules, documented);
        let served = server.call("GET", "/openapi.json").send().await;
        assert_eq!(served.body, document);
    }
}
