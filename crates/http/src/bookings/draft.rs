//! What becomes a booking: everything about it that does not depend on whether its time
//! is free. A draft is made outside of the transaction that writes it.

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use slotd_domain::booking::answers::{self, Given};
use slotd_domain::booking::location::{self, Place, Requested};
use slotd_domain::booking::{attendee, fields, length, metadata, recurrence, title, validity};
use slotd_domain::event_type::{BookingField, EventType, Integration};
use slotd_domain::{EventTypeId, Locale, OAuthClientId, TimeZoneName, UserId, email};
use slotd_store::oauth_clients::OAuthClient;
use slotd_store::users::{self, User};
use slotd_store::{Conn, StoreError, event_types, oauth_clients};

use crate::slots::gather::Subject;
use crate::{ApiError, App, messages};

/// What a caller wants to book, whatever shape it was sent in.
pub(super) struct Wanted {
    pub(super) start: Timestamp,
    pub(super) length: Length,
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) time_zone: TimeZoneName,
    pub(super) locale: Option<Locale>,
    pub(super) guests: Option<Vec<String>>,
    pub(super) place: Option<Requested>,
    /// Answers by the slugs of their fields.
    pub(super) answers: Map<String, Value>,
    pub(super) metadata: Map<String, Value>,
    /// How many bookings of a series.
    pub(super) count: Option<i32>,
    /// Uid of the hold that the booker has.
    pub(super) hold: Option<String>,
    /// Availability does not matter.
    pub(super) overrides: bool,
    /// Answers are also checked as they were sent (R24.4: not those of the legacy shape).
    pub(super) is_checked_as_sent: bool,
    /// Client whose switches count instead of those of the event type's (section 24.2).
    pub(super) client: Option<OAuthClientId>,
    /// It was sent in the legacy shape.
    pub(super) is_legacy: bool,
}

/// How long a booking is to be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Length {
    /// So many minutes; none: as the event type says.
    Minutes(Option<i32>),
    /// Until this instant.
    Until(Timestamp),
}

/// A booking, or a series, without ids.
#[expect(clippy::struct_excessive_bools, reason = "each says something else")]
pub(super) struct Draft {
    pub(super) event_type_id: Option<EventTypeId>,
    pub(super) event_type: EventType,
    /// The organizer first.
    pub(super) hosts: Vec<User>,
    /// In whose name it exists.
    pub(super) client: Option<OAuthClient>,
    pub(super) title: String,
    pub(super) place: Place,
    pub(super) answers: Map<String, Value>,
    pub(super) metadata: Map<String, Value>,
    /// The booker first.
    pub(super) people: Vec<Person>,
    pub(super) length_minutes: i32,
    /// When it starts, or each booking of the series.
    pub(super) starts: Vec<Timestamp>,
    pub(super) is_series: bool,
    /// The rule of the series for calendars (R7.51), where its starts follow one.
    pub(super) recurrence_rule: Option<String>,
    /// Place of the first start in the series.
    pub(super) first_place: usize,
    /// The first start of the series. Whether that waits for its host decides about all.
    pub(super) first_start: Timestamp,
    /// Also later bookings of the series have to be inside the event type's window.
    pub(super) keeps_window: bool,
    /// The booker's.
    pub(super) zone: TimeZone,
    pub(super) hold: Option<String>,
    pub(super) overrides: bool,
    pub(super) is_legacy: bool,
}

/// Somebody who will attend.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) name: String,
    /// As it is stored: a managed user's has the client's suffix (R7.28).
    pub(super) email: String,
    pub(super) phone: Option<String>,
    pub(super) time_zone: String,
    pub(super) locale: String,
    /// Who has this address.
    pub(super) user: Option<UserId>,
}

impl Draft {
    /// So many bookers share it.
    pub(super) fn seats(&self) -> Option<i32> {
        self.event_type.settings.seats.map(|seats| seats.per_slot)
    }

    pub(super) fn booker(&self) -> &Person {
        self.people.first().expect("a draft has a booker")
    }

    pub(super) fn organizer(&self) -> &User {
        self.hosts.first().expect("a draft has an organizer")
    }

    /// What a group is known by; none where it is an event type.
    pub(super) fn group_usernames(&self) -> Option<String> {
        let names = self.hosts.iter().filter_map(|host| host.username.as_deref());
        let names = || names.collect::<Vec<_>>().join("+");
        self.event_type_id.is_none().then(names)
    }

    pub(super) fn end(&self, start: Timestamp) -> Timestamp {
        after(start, self.length_minutes)
    }
}

/// So many minutes after an instant.
pub(super) fn after(at: Timestamp, minutes: i32) -> Timestamp {
    at.saturating_add(SignedDuration::from_mins(minutes.into())).unwrap_or(Timestamp::MAX)
}

/// Checks what can be checked without looking at anybody's time, in the order of 7.2.
#[expect(clippy::too_many_lines, reason = "the order of the checks is what matters here")]
pub(super) async fn draft(
    app: &App,
    conn: &Conn,
    subject: Subject,
    wanted: Wanted,
) -> Result<Draft, ApiError> {
    let (event_type_id, event_type, hosts) = match subject {
        Subject::EventType(id) => {
            let (stored, owner) = tokio::try_join!(
                biased;
                event_types::by_id(conn, id),
                users::owner_of_event_type(conn, id),
            )?;
            let unknown = || ApiError::not_found(messages::unknown_event_type_to_book(id));
            let (stored, owner) = stored.zip(owner).ok_or_else(unknown)?;
            (Some(id), stored.event_type, vec![owner])
        }
        Subject::Group(users) => {
            let minutes = match wanted.length {
                Length::Minutes(Some(minutes)) => minutes,
                Length::Minutes(None) | Length::Until(_) => GROUP_LENGTH,
            };
            (None, EventType::new("Group Meeting", "", minutes), users)
        }
    };
    let organizer = hosts.first().ok_or_else(|| ApiError::not_found(messages::NO_HOSTS))?;
    if hosts.iter().any(|host| host.is_locked) {
        return Err(ApiError::not_found(messages::HOST_NOT_FOUND).bare());
    }
    let fields = BookingField::shown(event_type.booking_fields.as_deref()).into_owned();
    let id = event_type_id.unwrap_or(EventTypeId(0));
    if wanted.is_checked_as_sent {
        fields::check(&fields, id, &wanted.answers, wanted.phone.as_deref())
            .map_err(|refusal| ApiError::bad_request(refusal.to_string()))?;
    }
    let length_minutes = match wanted.length {
        Length::Minutes(minutes) if event_type_id.is_some() => {
            length::minutes(&event_type, minutes)
                .map_err(|refusal| ApiError::bad_request(refusal.to_string()))?
        }
        Length::Minutes(_) => event_type.length_minutes,
        Length::Until(end) => until(&event_type, wanted.start, end)?,
    };
    let offered = &event_type.locations;
    // Organizers have no default app of their own yet: it is the built-in video.
    let default = Integration::CalVideo;
    let named = match &wanted.place {
        None => None,
        // A text is not compared with what is on offer (R7.23).
        Some(requested) => Some(
            location::requested(requested, id, offered, default)
                .map_err(|refusal| ApiError::bad_request(refusal.to_string()))?,
        ),
    };
    let zone = zone(wanted.time_zone.as_str());
    let (starts, is_series) = match &event_type.settings.recurrence {
        Some(series) if !wanted.is_legacy => {
            let refused = |refusal: recurrence::Refusal| ApiError::bad_request(refusal.to_string());
            let count = recurrence::count(series, wanted.count).map_err(refused)?;
            (recurrence::starts(wanted.start, &zone, series, count).map_err(refused)?, true)
        }
        Some(_) | None => (vec![wanted.start], false),
    };
    let recurrence_rule = event_type.settings.recurrence.as_ref().filter(|_| is_series);
    let recurrence_rule = recurrence_rule.map(|series| recurrence::rule(series, starts.len()));
    let length = SignedDuration::from_mins(length_minutes.into());
    if starts.iter().any(|start| start.checked_add(length).is_err()) {
        return Err(ApiError::bad_request(messages::OUT_OF_BOUNDS));
    }

    let owner_client = organizer.oauth_client_id.as_ref().filter(|_| organizer.is_platform_managed);
    let client = match wanted.client.as_ref().or(owner_client) {
        Some(client) => oauth_clients::by_id(conn, client).await?,
        None => None,
    };
    let mut people = people(conn, &wanted, owner_client, &hosts).await?;
    let address = people.first().map(|booker| booker.email.clone());
    let guests: Option<Vec<String>> = wanted.guests.as_ref().map(|guests| {
        people.iter().skip(1).take(guests.len()).map(|guest| guest.email.clone()).collect()
    });
    if guests.as_ref().is_some_and(|guests| !guests.is_empty())
        && event_type.settings.seats.is_some()
    {
        return Err(ApiError::bad_request(messages::NO_GUESTS_WITH_SEATS));
    }
    let given = Given {
        name: &wanted.name,
        // A telephone's address is no answer: team event types alone can be booked so.
        email: address.as_deref().filter(|address| !attendee::is_phone_address(address)),
        phone: wanted.phone.as_deref(),
        guests: guests.as_deref(),
        location: named.as_ref(),
        answers: &wanted.answers,
    };
    let answers = answers::assembled(&fields, &given);
    if let Some(booker) = people.first_mut() {
        booker.name = answers::attendee_name(&answers);
        if booker.name.chars().count() > LONGEST_NAME {
            return Err(ApiError::bad_request(messages::NAME_TOO_LONG));
        }
    }
    validity::check(&fields, &answers)
        .map_err(|invalid| ApiError::bad_responses(invalid.to_string()))?;
    for person in &people {
        if app.settings.bookings.is_blocked(&person.email) {
            return Err(ApiError::forbidden(messages::BLOCKED_ADDRESS).bare());
        }
    }
    let place = named.unwrap_or_else(|| location::unrequested(offered, default));
    let title = title::title(&title::Parts {
        event_type_title: &event_type.title,
        custom_name: event_type.settings.custom_name.as_deref(),
        host: organizer.name.as_deref().unwrap_or_default(),
        locale: organizer.locale.as_deref().and_then(Locale::parse),
        place: &place.label(),
        length_minutes,
        answers: &answers,
    });
    Ok(Draft {
        event_type_id,
        event_type,
        client,
        title,
        place,
        answers,
        metadata: metadata::shown(&wanted.metadata),
        people,
        length_minutes,
        starts,
        is_series,
        recurrence_rule,
        first_place: 0,
        first_start: wanted.start,
        keeps_window: false,
        zone,
        hold: wanted.hold,
        overrides: wanted.overrides,
        is_legacy: wanted.is_legacy,
        hosts,
    })
}

/// Most characters of the name of whoever books, split or not.
const LONGEST_NAME: usize = 1_000;
/// Length of a group's meeting when nothing is said (SLOT-12), in minutes.
const GROUP_LENGTH: i32 = 30;

/// The zone with a name; zones of old rows that nobody knows any more are UTC.
pub(super) fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap_or(TimeZone::UTC)
}

/// The legacy shape names the end: it must fit one of the lengths (7.9 row 7).
pub(super) fn until(
    event_type: &EventType,
    start: Timestamp,
    end: Timestamp,
) -> Result<i32, ApiError> {
    let seconds = end.duration_since(start).as_secs();
    let minutes = i32::try_from(seconds / 60).unwrap_or(i32::MAX);
    let fits = minutes == event_type.length_minutes
        || event_type.settings.length_options_minutes.contains(&minutes);
    if seconds % 60 == 0 && fits {
        Ok(minutes)
    } else {
        Err(ApiError::bad_request(messages::INVALID_LENGTH).bare())
    }
}

/// Most minutes of a group's meeting.
const LONGEST_OF_GROUP: i64 = 24 * 60;

/// How long a group meets that is booked until an instant (R7.9).
pub(super) fn minutes_of_group(start: Timestamp, end: Timestamp) -> Result<i32, ApiError> {
    let seconds = end.duration_since(start).as_secs();
    let minutes = Some(seconds / 60)
        .filter(|minutes| seconds % 60 == 0 && (1..=LONGEST_OF_GROUP).contains(minutes));
    let minutes = minutes.and_then(|minutes| i32::try_from(minutes).ok());
    minutes.ok_or_else(|| ApiError::bad_request(messages::INVALID_LENGTH).bare())
}

/// Who attends: the booker, guests in their order, co-hosts of a group.
async fn people(
    conn: &Conn,
    wanted: &Wanted,
    client: Option<&OAuthClientId>,
    hosts: &[User],
) -> Result<Vec<Person>, ApiError> {
    let phone_address = || wanted.phone.as_deref().map(attendee::phone_address);
    let given = wanted.email.clone().or_else(phone_address).unwrap_or_default();
    let guests = wanted.guests.iter().flatten().cloned();
    let addresses: Vec<String> = std::iter::once(given).chain(guests).collect();
    let found = addresses.iter().map(|address| stored_address(conn, address, client));
    let found = futures_util::future::try_join_all(found).await?;
    let mut people: Vec<Person> = found
        .into_iter()
        .map(|(email, user)| Person {
            name: String::new(),
            email,
            phone: None,
            time_zone: wanted.time_zone.as_str().to_owned(),
            locale: "en".to_owned(),
            user,
        })
        .collect();
    let booker = people.first_mut().expect("the booker's address is the first");
    booker.phone.clone_from(&wanted.phone);
    if let Some(locale) = wanted.locale {
        booker.locale = locale.as_str().to_owned();
    }
    people.extend(hosts.iter().skip(1).map(|host| Person {
        name: host.name.clone().unwrap_or_default(),
        email: host.email.clone(),
        phone: None,
        time_zone: host.time_zone.clone(),
        locale: host.locale.clone().unwrap_or_else(|| "en".to_owned()),
        user: Some(host.id),
    }));
    Ok(people)
}

/// The address as it is stored, and the user who has it (R7.28).
pub(super) async fn stored_address(
    conn: &Conn,
    given: &str,
    client: Option<&OAuthClientId>,
) -> Result<(String, Option<UserId>), StoreError> {
    let user = async |address: &str| {
        let found = users::owner_of_email(conn, &email::comparison_key(address)).await?;
        Ok::<_, StoreError>(found.map(|(user, _)| user))
    };
    if let Some(managed) = client.and_then(|client| attendee::managed_candidate(given, client))
        && let Some(found) = user(&managed).await?
    {
        return Ok((managed, Some(found)));
    }
    Ok((given.to_owned(), user(given).await?))
}

/// The notes among answers; the empty text when there are none.
pub(super) fn notes(answers: &Map<String, Value>) -> String {
    answers.get("notes").map(answers::text).unwrap_or_default()
}

/// The metadata of a booking as JSON.
pub(super) fn object(map: &Map<String, Value>) -> Value {
    json!(map)
}
