//! Requests made by chance, for any route: which are good mostly and bad often.

use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};
use slotd_domain::{AttendeeId, BookingId, UserId};
use slotd_http::RouteRule;
use slotd_store::Sequence;
use slotd_store::bookings::{self, NewAttendee, NewBooking};
use slotd_testkit::{Answer, Call, TestServer, World};

/// How many cases a property has: `PROPTEST_CASES`, or few.
pub(crate) fn cases(few: u32, source_file: &'static str) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").map_or(few, |cases| cases.parse().unwrap());
    ProptestConfig {
        cases,
        max_shrink_iters: 300,
        source_file: Some(source_file),
        ..ProptestConfig::default()
    }
}

/// Stands in a generated body for a refresh token that was given out, and for the
/// id of a schedule.
const REFRESH_TOKEN: &str = "<refresh token>";
const SCHEDULE: &str = "<schedule>";
/// The same for the id of an event type.
const EVENT_TYPE: &str = "<event type>";

const VERSIONS: [&str; 6] =
    ["2024-04-15", "2024-06-11", "2024-06-14", "2024-08-13", "2026-02-25", "x"];

/// Every field of every body with values that are good somewhere. Fields of other
/// routes are dropped (QK-10), so one kind of body serves all.
#[expect(clippy::too_many_lines, reason = "a list")]
fn fields() -> Vec<(&'static str, Vec<Value>)> {
    let flag = || vec![json!(true), json!(false)];
    let range = json!({ "start": "2026-03-09T09:00:00.000Z", "end": "2026-03-09T23:59:00.000Z" });
    let uri = || vec![json!("https://app.example.com/back"), json!("http://localhost:3000")];
    vec![
        (
            "email",
            (0..5)
                .map(|n| json!(format!("{}@example.com", ["a", "b", "c.d", "E", "é"][n])))
                .collect(),
        ),
        ("name", vec![json!("Alice"), json!("Ünï 😀"), json!("x")]),
        ("timeFormat", vec![json!(12), json!(24)]),
        ("weekStart", vec![json!("Monday"), json!("Saturday")]),
        ("timeZone", vec![json!("Europe/Rome"), json!("america/new_york"), json!("UTC")]),
        ("locale", vec![json!("fr"), json!("pt-BR")]),
        ("avatarUrl", vec![json!("https://cdn.example.com/a.png")]),
        ("bio", vec![json!("I am a bio"), json!("\u{2028}\t\"\\"), Value::Null]),
        (
            "metadata",
            vec![
                json!({}),
                json!({ "key": "value", "n": 1.5, "b": true }),
                json!({ "z": "1", "a": "2" }),
            ],
        ),
        ("defaultScheduleId", vec![json!(SCHEDULE), Value::Null]),
        (
            "redirectUris",
            vec![json!([]), json!(["http://localhost:4321", "https://*.example.com"])],
        ),
        ("permissions", vec![json!(["*"]), json!([]), json!(["BOOKING_READ", "PROFILE_WRITE"])]),
        ("logo", vec![json!("https://cdn.example.com/logo.png"), Value::Null]),
        ("bookingRedirectUri", uri()),
        ("bookingCancelRedirectUri", uri()),
        ("bookingRescheduleRedirectUri", vec![Value::Null]),
        ("areEmailsEnabled", flag()),
        ("areDefaultEventTypesEnabled", flag()),
        ("areCalendarEventsEnabled", flag()),
        ("refreshToken", vec![json!(REFRESH_TOKEN)]),
        ("active", flag()),
        (
            "subscriberUrl",
            (0..4).map(|n| json!(format!("https://hooks{n}.example.com/x?y=z"))).collect(),
        ),
        (
            "triggers",
            vec![
                json!([]),
                json!(["BOOKING_CREATED"]),
                json!(["BOOKING_CANCELLED", "BOOKING_CREATED"]),
            ],
        ),
        ("payloadTemplate", vec![json!("{\"a\": {{title}}}"), Value::Null]),
        ("secret", vec![json!("shh"), Value::Null]),
        ("version", vec![json!("2021-10-20")]),
        ("expiresAt", vec![json!("2026-03-03T09:15:04.120Z"), json!("2020-01-01"), Value::Null]),
        ("maxUsageCount", vec![json!(1), json!(7.0)]),
        ("apiKeyDaysValid", vec![json!(1), json!(60)]),
        ("apiKeyNeverExpires", flag()),
        ("userId", vec![json!(1)]),
        ("clientId", vec![json!("c0")]),
        ("__proto__", vec![json!({ "admin": true })]),
        ("isDefault", flag()),
        (
            "availability",
            vec![
                json!([]),
                json!([{ "days": ["Friday", "Monday"], "startTime": "09:00", "endTime": "23:59" }]),
                json!([{ "days": [], "startTime": "12:00", "endTime": "08:00" }]),
            ],
        ),
        (
            "overrides",
            vec![
                json!([]),
                json!([{ "date": "2026-03-09", "startTime": "10:00", "endTime": "12:00" }]),
            ],
        ),
        (
            "availabilities",
            vec![
                json!([{ "days": [0, 6], "startTime": "1970-01-01T09:00:00.000Z", "endTime": "1970-01-01T12:30:00.000Z" }]),
            ],
        ),
        ("schedule", vec![json!([]), json!([[], [range], [range]]), json!(SCHEDULE), Value::Null]),
        ("dateOverrides", vec![json!([]), json!([range])]),
        ("isPlatformManaged", flag()),
        ("start", vec![json!("2026-05-01T10:00:00Z"), json!("2026-05-03T00:00:00.000Z")]),
        ("end", vec![json!("2026-05-03T00:00:00Z"), json!("2026-05-09T23:59:59.999Z")]),
        ("toUserId", vec![json!(3), json!(4), json!(5), Value::Null]),
        ("reason", vec![json!("vacation"), json!("public_holiday")]),
        ("notes", vec![json!("By the sea"), Value::Null]),
        ("eventTypeId", vec![json!(EVENT_TYPE)]),
        ("slotStart", vec![json!("2026-03-09T10:00:00Z"), json!("2026-03-09T10:30:00+00:30")]),
        ("slotDuration", vec![json!(15), json!(30)]),
        ("reservationDuration", vec![json!(1), json!(60)]),
        ("slotUtcStartDate", vec![json!("2026-03-09T10:00:00Z")]),
        ("slotUtcEndDate", vec![json!("2026-03-09T10:30:00Z"), json!("2026-03-09T10:15:00Z")]),
        ("_isDryRun", flag()),
        (
            "attendee",
            (0..3)
                .map(|n| json!({ "name": "Eve", "timeZone": "UTC", "email": format!("{n}@example.com") }))
                .collect(),
        ),
        (
            "guests",
            vec![
                json!(["g@example.com"]),
                json!([{ "email": "h@example.com", "name": "H", "timeZone": "Asia/Tokyo", "language": "de" }]),
                json!([]),
            ],
        ),
        ("host", flag()),
        (
            "attendees",
            vec![json!([{ "email": "0@example.com", "absent": true }]), json!([])],
        ),
        ("phoneNumber", vec![json!("+4915112345678")]),
        ("language", vec![json!("de"), json!("pt-BR")]),
        (
            "location",
            vec![
                json!({ "type": "address", "address": "1 Main St" }),
                json!({ "type": "link", "link": "https://meet.example.com/x" }),
                json!({ "type": "attendeePhone", "phone": "+4915112345678" }),
                json!({ "type": "integration", "integration": "cal-video" }),
            ],
        ),
    ]
}

/// The same of event types.
fn event_type_fields() -> Vec<(&'static str, Vec<Value>)> {
    let flag = || vec![json!(true), json!(false)];
    let off = || json!({ "disabled": true });
    vec![
        ("lengthInMinutes", vec![json!(30), json!(60), json!(1)]),
        ("lengthInMinutesOptions", vec![json!([15, 30]), Value::Null]),
        ("title", vec![json!("Meeting"), json!("<b>Ü</b>"), json!("")]),
        ("slug", (0..6).map(|n| json!(format!("slug{n}"))).collect()),
        ("description", vec![json!("About it"), Value::Null]),
        (
            "locations",
            vec![
                json!([{ "type": "integration", "integration": "cal-video" }]),
                json!([{ "type": "address", "address": "1 Main St", "public": true }, { "type": "attendeePhone" }]),
                json!([{ "type": "integration", "integration": "zoom" }]),
                json!([]),
                json!([{ "type": "integrations:daily" }]),
                json!([{ "type": "inPerson", "address": "1 Main St", "customLabel": "Office" }]),
            ],
        ),
        (
            "bookingFields",
            vec![
                json!([{ "type": "text", "slug": "own", "label": "Own", "required": false }]),
                json!([{ "type": "radio", "slug": "r", "label": "R", "required": true, "options": ["a", "b"] }, { "slug": "notes" }]),
                json!([{ "type": "email", "hidden": true }]),
                json!([{ "name": "x", "type": "select", "options": [{ "label": "A", "value": "a", "n": 1e20 }] }]),
            ],
        ),
        ("hidden", flag()),
        ("disableGuests", flag()),
        ("scheduleId", vec![json!(SCHEDULE), Value::Null]),
        ("slotInterval", vec![json!(15), Value::Null]),
        (
            "bookingLimitsCount",
            vec![json!({ "day": 2, "week": 5 }), json!({ "day": 3, "week": 2 }), off()],
        ),
        ("bookingWindow", vec![json!({ "type": "calendarDays", "value": 30 }), off()]),
        (
            "seats",
            vec![
                json!({ "seatsPerTimeSlot": 2, "showAttendeeInfo": true, "showAvailabilityCount": true }),
                off(),
            ],
        ),
        (
            "recurrence",
            vec![json!({ "interval": 1, "occurrences": 4, "frequency": "weekly" }), off()],
        ),
        (
            "confirmationPolicy",
            vec![json!({ "type": "always", "blockUnconfirmedBookingsInBooker": true }), off()],
        ),
        ("length", vec![json!(30), json!(1)]),
        ("seatsPerTimeSlot", vec![json!(2), Value::Null]),
        ("seatsShowAttendees", flag()),
        ("periodType", vec![json!("UNLIMITED"), json!("RANGE")]),
        ("requiresConfirmation", flag()),
        ("rrSegmentQueryValue", vec![json!({ "z": -0.0, "a": [1e300, 0.1, "\u{2028}"] })]),
        ("eventTypeColor", vec![json!({ "b": 1, "a": ["#fff"] }), Value::Null]),
        ("eventTypeIds", vec![json!([]), json!([1]), json!([2])]),
        ("customName", vec![json!("{Organiser} meets {Scheduler}"), json!("{nobody}")]),
    ]
}

/// Values that are good nowhere, or nearly.
fn bad() -> Vec<Value> {
    let long = "x".repeat(3_000);
    vec![
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!(" "),
        json!("\0"),
        json!("a\0b@c.de"),
        json!(long),
        json!([]),
        json!({}),
        json!([null]),
        json!([["x"]]),
        json!({ "a": null }),
        json!({ "\0": "\0" }),
        json!("Narnia/Woods"),
        json!("not-an-email"),
        json!("javascript:alert(1)"),
        json!("http://169.254.169.254/"),
        json!(["WRONG"]),
        json!({ "k".repeat(41): "v" }),
        json!({ "k": { "deep": [1] } }),
        json!("\u{202e}x"),
        json!(2_147_483_648_i64),
    ]
}

/// A body whose required fields are mostly there.
pub(crate) fn body() -> impl Strategy<Value = Value> {
    let field = |(name, good): (&'static str, Vec<Value>)| {
        let often = matches!(
            name,
            "email"
                | "name"
                | "timeZone"
                | "redirectUris"
                | "permissions"
                | "refreshToken"
                | "active"
                | "subscriberUrl"
                | "triggers"
                | "isDefault"
                | "length"
                | "lengthInMinutes"
                | "title"
                | "slug"
                | "eventTypeId"
                | "slotStart"
                | "slotUtcStartDate"
                | "slotUtcEndDate"
        );
        let value = prop_oneof![40 => select(good), 1 => select(bad())];
        (Just(name), proptest::option::weighted(if often { 0.95 } else { 0.3 }, value))
    };
    fields().into_iter().chain(event_type_fields()).map(field).collect::<Vec<_>>().prop_map(
        |fields| {
            let given =
                fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
            Value::Object(given.collect::<Map<_, _>>())
        },
    )
}

/// Who calls.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    Nobody,
    /// Of the client in the path, if there is one.
    Secret,
    ForeignSecret(Index),
    WrongSecret,
    Key(Index),
    Token(Index),
    WrongToken,
    Both(Index),
}

pub(crate) fn credential() -> impl Strategy<Value = Credential> {
    prop_oneof![
        1 => Just(Credential::Nobody),
        12 => Just(Credential::Secret),
        1 => any::<Index>().prop_map(Credential::ForeignSecret),
        1 => Just(Credential::WrongSecret),
        5 => any::<Index>().prop_map(Credential::Key),
        5 => any::<Index>().prop_map(Credential::Token),
        1 => Just(Credential::WrongToken),
        1 => any::<Index>().prop_map(Credential::Both),
    ]
}

/// What a caller was told so far: ids, secrets and tokens, also those that ended.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    /// Ids and secrets.
    pub(crate) clients: Vec<(String, String)>,
    pub(crate) keys: Vec<String>,
    pub(crate) access_tokens: Vec<String>,
    // Each with the place of its client in the list.
    users: Vec<(usize, String)>,
    webhooks: Vec<(usize, String)>,
    usernames: Vec<String>,
    /// Of the owners of the worlds.
    pub(crate) event_types: Vec<(usize, String)>,
    // Each with the place of its event type in the list.
    event_type_webhooks: Vec<(usize, String)>,
    links: Vec<(usize, String)>,
    refresh_tokens: Vec<(usize, String)>,
    schedules: Vec<Value>,
    /// Of the worlds, in the order of their clients.
    organizations: Vec<String>,
    /// Out-of-office entries, each with the user who is away.
    entries: Vec<(String, String)>,
    /// Made by the requests.
    new_event_types: Vec<i64>,
    reservations: Vec<String>,
    /// Uids of bookings, seats and series, each with an attendee.
    bookings: Vec<(String, String)>,
    /// All texts that chance made, in the order in which they appeared.
    names: Vec<String>,
}

/// What a request is about.
#[derive(Debug, Default)]
pub(crate) struct Target {
    client: usize,
    user: Option<String>,
    webhook: Option<String>,
    username: Option<String>,
    event_type: usize,
    link: Option<String>,
    refresh_token: Option<String>,
    schedule: Option<Value>,
    new_event_type: Option<i64>,
    entry: Option<(String, String)>,
    reservation: Option<String>,
    booking: Option<(String, String)>,
}

fn pick<T>(values: &[T], index: Index) -> Option<&T> {
    (!values.is_empty()).then(|| index.get(values))
}

/// Writes a booking with one attendee, tomorrow. Returns its uid and the attendee's id.
async fn book(server: &TestServer, host: UserId) -> (String, String) {
    let id = BookingId(server.app.store.next_id(Sequence::Booking).await.unwrap());
    let attendee = AttendeeId(server.app.store.next_id(Sequence::Attendee).await.unwrap());
    let (now, email) = (server.now(), "host@example.com".to_owned());
    let start = now + SignedDuration::from_hours(24);
    let end = start + SignedDuration::from_mins(30);
    let (name, address) = ("Omar".to_owned(), "omar@example.com".to_owned());
    let booking = NewBooking {
        attendees: vec![NewAttendee::new(attendee, address, name, "UTC".to_owned())],
        ..NewBooking::new(id, format!("booking-{id:010}"), host, email, start, end)
    };
    let uid = booking.uid.clone();
    server
        .write(move |conn| {
            let booking = booking.clone();
            Box::pin(async move { bookings::insert(conn, &booking, now).await })
        })
        .await;
    (uid, attendee.to_string())
}

impl Known {
    /// What the worlds of a test are, and who their owners are.
    pub(crate) async fn of_worlds(server: &TestServer, worlds: &[World]) -> Self {
        let mut known = Self::default();
        for world in worlds {
            known.client(&world.client, &world.secret);
            known.keys.push(world.key.clone());
            known.organizations.push(world.organization.to_string());
            let event_type = server.new_event_type(world.owner).await;
            known.event_types.push((known.clients.len() - 1, event_type.to_string()));
            let (uid, attendee) = book(server, world.owner).await;
            known.name(&uid);
            known.bookings.push((uid, attendee));
            let me = server.call("GET", "/v2/me").bearer(&world.key).send().await;
            let email = me.accepted(200)["email"].as_str().unwrap();
            known.name(email.strip_prefix("owner-").unwrap().strip_suffix("@example.com").unwrap());
        }
        known
    }

    fn name(&mut self, text: &str) {
        if !self.names.iter().any(|name| name == text) {
            self.names.push(text.to_owned());
        }
    }

    fn client(&mut self, id: &str, secret: &str) {
        self.name(id);
        self.name(secret);
        self.clients.push((id.to_owned(), secret.to_owned()));
    }

    /// Learns from the `data` of the answer to a request about `target`.
    pub(crate) fn learn(&mut self, target: &Target, data: &Value) {
        let text = |name: &str| data[name].as_str();
        if let (Some(id), Some(secret)) = (text("clientId"), text("clientSecret")) {
            self.client(id, secret);
        }
        if let (Some(access), Some(refresh)) = (text("accessToken"), text("refreshToken")) {
            self.name(access);
            self.name(refresh);
            self.access_tokens.push(access.to_owned());
            self.refresh_tokens.push((target.client, refresh.to_owned()));
        }
        if let Some(id) = data["user"]["id"].as_i64() {
            self.users.push((target.client, id.to_string()));
        }
        if let (Some(id), Some(_)) = (text("id"), text("subscriberUrl"))
            && !self.names.iter().any(|known| known == id)
        {
            self.name(id);
            if data["eventTypeId"].is_i64() {
                self.event_type_webhooks.push((target.event_type, id.to_owned()));
            } else {
                self.webhooks.push((target.client, id.to_owned()));
            }
        }
        if let (Some(id), Some(_)) = (text("linkId"), text("bookingUrl"))
            && !self.names.iter().any(|known| known == id)
        {
            self.name(id);
            self.links.push((target.event_type, id.to_owned()));
        }
        if let Some(username) = data["user"]["username"].as_str() {
            self.usernames.push(username.to_owned());
        }
        let is_entry = data["uuid"].is_string() && data["start"].is_string();
        if let (Some(id), Some(user), true) =
            (data["id"].as_i64(), data["userId"].as_i64(), is_entry)
        {
            self.name(text("uuid").unwrap_or_default());
            self.entries.push((id.to_string(), user.to_string()));
        }
        // Under its name in the current shape or in the older ones.
        let owner = data["ownerId"].as_i64().or_else(|| data["userId"].as_i64());
        if let (Some(id), Some(_)) = (data["id"].as_i64(), owner.filter(|_| !is_entry))
            && !self.new_event_types.contains(&id)
        {
            self.new_event_types.push(id);
        }
        let made = data.as_array().map_or(std::slice::from_ref(data), Vec::as_slice);
        for booking in made.iter().filter(|one| one["hosts"].is_array()) {
            for uid in ["uid", "seatUid", "recurringBookingUid"] {
                let Some(uid) = booking[uid].as_str() else { continue };
                self.name(uid);
                self.bookings.push((uid.to_owned(), "0".to_owned()));
            }
        }
        // Of either version.
        let uid = text("reservationUid").or_else(|| data.as_str());
        if let Some(uid) = uid.filter(|uid| uuid::Uuid::parse_str(uid).is_ok()) {
            self.name(uid);
            self.reservations.push(uid.to_owned());
        }
        if let Some(key) = text("apiKey") {
            self.name(key.strip_prefix("cal_").unwrap());
            self.keys.push(key.to_owned());
        }
        let schedules = [
            &data["user"]["defaultScheduleId"],
            &data["schedule"]["id"],
            if data["timeZone"].is_string() { &data["id"] } else { &Value::Null },
        ];
        for id in schedules {
            if id.is_i64() && !self.schedules.contains(id) && data["email"].is_null() {
                self.schedules.push(id.clone());
            }
        }
    }

    /// A text without what chance made: each such text is its number.
    pub(crate) fn normalized(&self, text: &str) -> String {
        let names = self.names.iter().zip(0..);
        names.fold(text.to_owned(), |text, (name, number)| {
            text.replace(name, &format!("<{number}>"))
        })
    }

    /// Chooses what a request is about: mostly what belongs together.
    pub(crate) fn target(&self, template: &str, index: Index) -> Target {
        let (user, link) = (pick(&self.users, index), pick(&self.links, index));
        let is_of_event_type = template.contains("{eventTypeId}");
        let webhooks = if is_of_event_type { &self.event_type_webhooks } else { &self.webhooks };
        let webhook = pick(webhooks, index);
        let refresh_token = pick(&self.refresh_tokens, index);
        let is_likely = index.index(7) > 0;
        let of_event_type = match template {
            _ if template.contains("{webhookId}") => webhook,
            _ => link.filter(|_| template.contains("{linkId}")),
        };
        let event_type = of_event_type
            .filter(|_| is_of_event_type && is_likely)
            .map_or_else(|| index.index(self.event_types.len()), |(event_type, _)| *event_type);
        let owned = match template {
            _ if is_of_event_type => self.event_types.get(event_type),
            _ if template.contains("{userId}") => user,
            _ if template.contains("{webhookId}") => webhook,
            _ => refresh_token.filter(|_| template.ends_with("{clientId}/refresh")),
        };
        let other = index.index(self.clients.len());
        let id = |(_, id): &(usize, String)| id.clone();
        Target {
            client: owned.filter(|_| is_likely).map_or(other, |(client, _)| *client),
            user: user.map(id),
            webhook: webhook.map(id),
            username: pick(&self.usernames, index).cloned(),
            event_type,
            link: link.map(id),
            refresh_token: refresh_token.map(id),
            schedule: pick(&self.schedules, index).cloned(),
            new_event_type: pick(&self.new_event_types, index).copied(),
            entry: pick(&self.entries, index).cloned(),
            reservation: pick(&self.reservations, index).cloned(),
            booking: pick(&self.bookings, index).cloned(),
        }
    }

    /// Fills the parameters of a path.
    pub(crate) fn path(&self, template: &str, target: &Target) -> String {
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "0".to_owned());
        let path = template.replace("{clientId}", &self.clients[target.client].0);
        let schedule = target.schedule.as_ref().map(ToString::to_string);
        // What belongs to an event type belongs to one of the worlds' owners.
        let event_type = match self.event_types.get(target.event_type) {
            Some((_, id)) if template.contains("{eventTypeId}/") => id.clone(),
            _ => target.new_event_type.unwrap_or_default().to_string(),
        };
        let entry = target.entry.as_ref().filter(|_| template.contains("{oooId}"));
        let user = entry.map_or_else(|| text(&target.user), |(_, user)| user.clone());
        let organization = self.organizations.get(target.client).cloned();
        let booking = target.booking.as_ref();
        path.replace("{orgId}", &text(&organization))
            .replace("{oooId}", &text(&entry.map(|(id, _)| id.clone())))
            .replace("{userId}", &user)
            .replace("{webhookId}", &text(&target.webhook))
            .replace("{eventTypeId}", &event_type)
            .replace("{linkId}", &text(&target.link))
            .replace("{username}", &text(&target.username))
            .replace("{uid}", &text(&target.reservation))
            .replace("{bookingUid}", &text(&booking.map(|(uid, _)| uid.clone())))
            .replace("{seatUid}", &text(&booking.map(|(uid, _)| uid.clone())))
            .replace("{attendeeId}", &text(&booking.map(|(_, attendee)| attendee.clone())))
            .replace("{slug}", "slug0")
            .replace("{appSlug}", "stripe")
            .replace("{eventSlug}", "thirty-minutes")
            .replace("{scheduleId}", &text(&schedule))
    }

    /// Puts what is known into a generated body.
    pub(crate) fn filled(mut body: Value, target: &Target) -> Value {
        if body["refreshToken"] == REFRESH_TOKEN {
            body["refreshToken"] = json!(target.refresh_token);
        }
        for name in ["defaultScheduleId", "scheduleId"] {
            if body[name] == SCHEDULE {
                body[name] = target.schedule.clone().unwrap_or(json!(1));
            }
        }
        if body["eventTypeId"] == EVENT_TYPE {
            body["eventTypeId"] = target.new_event_type.unwrap_or(1).into();
        }
        body
    }

    /// The headers of a credential.
    pub(crate) fn headers(
        &self,
        credential: &Credential,
        target: &Target,
    ) -> Vec<(&'static str, String)> {
        let secret = |client: usize| {
            let (id, secret) = &self.clients[client];
            vec![("x-cal-client-id", id.clone()), ("x-cal-secret-key", secret.clone())]
        };
        let bearer = |token: &str| vec![("authorization", format!("Bearer {token}"))];
        match credential {
            Credential::Nobody => vec![],
            Credential::Secret => secret(target.client),
            Credential::ForeignSecret(index) => secret(index.index(self.clients.len())),
            Credential::WrongSecret => vec![("x-cal-secret-key", "wrong".to_owned())],
            Credential::Key(index) => bearer(pick(&self.keys, *index).unwrap()),
            Credential::Token(index) => {
                bearer(pick(&self.access_tokens, *index).map_or("nothing", |token| token))
            }
            Credential::WrongToken => bearer("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.x"),
            Credential::Both(index) => {
                [secret(target.client), bearer(pick(&self.keys, *index).unwrap())].concat()
            }
        }
    }
}

/// A request to one of the built routes.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) route: Index,
    /// Of client, user, webhook and schedule in the path.
    pub(crate) target: Index,
    pub(crate) credential: Credential,
    pub(crate) origin: Option<&'static str>,
    pub(crate) version: Option<&'static str>,
    pub(crate) query: &'static str,
    pub(crate) body: Value,
    /// Sent instead of the body.
    pub(crate) raw: Option<&'static str>,
}

const QUERIES: [&str; 29] = [
    "?scheduleId=1",
    "?scheduleId=1.5",
    "?username=person-1&sortCreatedAt=desc",
    "?usernames=a,person-2&orgId=1",
    "?username=a&eventSlug=slug1&orgSlug=organization-1",
    "?limit=2",
    "?limit=0",
    "?limit=250&offset=1",
    "?limit=251",
    "?limit=abc&offset=-1",
    "?take=1&skip=1",
    "?take=1e1",
    "?take=0",
    "?emails=a@example.com",
    "?emails=a@example.com,b@example.com",
    "?emails[]=E@example.com&emails=nope",
    "?emails=%00&limit=",
    "?username=a-c0-example-com%2Bz&orgId=1",
    "?username=a&orgId=x&isTeamEvent=true",
    "?username=%00%2B%2B",
    "?sortStart=desc&sortEnd=asc&take=5",
    "?sortEnd=up&email=a",
    "?timeZone=Europe/Rome&dateFrom=2026-05-01&dateTo=2026-05-02",
    "?timeZone=UTC&dateFrom=2026-05-01&dateTo=x&calendarsToLoad[0][credentialId]=1&externalId=x",
    "?eventTypeId=1&start=2026-03-09&end=2026-03-10",
    "?eventTypeId=2&start=2026-03-09&end=2026-03-10&timeZone=Asia/Kolkata&format=range&explain=true",
    "?usernames=a,person-2&start=2026-03-09&end=2026-03-10&explain=true",
    "?eventTypeId=1&startTime=2026-03-09T00:00:00Z&endTime=2026-03-10T00:00:00Z&slotFormat=time",
    "?eventTypeId=0&usernameList[]=a&usernameList[]=b&startTime=2026-03-09T00:00:00Z&endTime=2026-03-10T00:00:00Z",
];

impl Request {
    pub(crate) fn any() -> impl Strategy<Value = Self> {
        (
            any::<Index>(),
            any::<Index>(),
            credential(),
            proptest::option::weighted(
                0.1,
                select(vec!["http://localhost:4321", "https://evil.example"]),
            ),
            proptest::option::weighted(0.6, select(VERSIONS.to_vec())),
            prop_oneof![4 => Just(""), 1 => select(QUERIES.to_vec())],
            body(),
            proptest::option::weighted(
                0.02,
                select(vec!["", "{", "[]", "5", "null", "{\"name\":\"\\ud800\"}"]),
            ),
        )
            .prop_map(|(route, target, credential, origin, version, query, body, raw)| {
                Self { route, target, credential, origin, version, query, body, raw }
            })
    }

    /// Sends the request, and learns from its answer.
    pub(crate) async fn send(
        &self,
        server: &TestServer,
        rule: &RouteRule,
        known: &mut Known,
    ) -> Answer {
        let target = known.target(&rule.path, self.target);
        let path = known.path(&rule.path, &target) + self.query;
        let mut call: Call = server.call(rule.method.as_str(), &path);
        for (name, value) in known.headers(&self.credential, &target) {
            call = call.header(name, &value);
        }
        if let Some(origin) = self.origin {
            call = call.header("origin", origin);
        }
        if let Some(version) = self.version {
            call = call.header("cal-api-version", version);
        }
        call = match self.raw {
            Some(raw) => call.body("application/json", raw),
            None => call.json(&Known::filled(self.body.clone(), &target)),
        };
        let answer = call.send().await;
        known.learn(&target, &answer.body["data"]);
        answer
    }
}
