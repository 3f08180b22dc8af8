//! Reads what slots depend on: in one flight of statements for an event type whose id is
//! known. Bookings, holds and days out of office are read between two instants only.

use futures_util::future::try_join_all;
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use slotd_domain::event_type::EventType;
use slotd_domain::out_of_office::Reason;
use slotd_domain::schedule::{DateOverride, WallTime, WeekDays, WeeklyEntry};
use slotd_domain::{BookingId, EventTypeId, TimeZoneName, UserId, WeekDay, defaults};
use slotd_slots::{
    Away, Booked, Counted, Hold, Host, Hours, Interval, Kind, Query, Reads, Request, Rules,
    Scheduling, Seated,
};
use slotd_store::occupancy::{self, Moved, Occupied};
use slotd_store::out_of_office;
use slotd_store::schedules::{self, Schedule};
use slotd_store::slot_holds::{self, SlotHold};
use slotd_store::users::{self, User};
use slotd_store::{Conn, StoreError, event_types};

use crate::ApiError;

/// Length of a group's meeting when nothing is said (SLOT-12), in minutes.
const GROUP_LENGTH: i32 = 30;
/// So much around the query is read before the event type is known. It is enough when
/// its buffers are at most a day.
const MARGIN: SignedDuration = SignedDuration::from_hours(2 * 24);

/// What slots are asked for, once it is known whose they are.
#[derive(Clone)]
pub(crate) enum Subject {
    /// An event type of a user.
    EventType(EventTypeId),
    /// Several users at once.
    Group(Vec<User>),
}

/// The question.
pub(crate) struct Asked<'a> {
    pub(crate) now: Timestamp,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    pub(crate) zone: &'a TimeZone,
    pub(crate) duration: Option<i32>,
    /// Uid of a booking that does not block (SLOT-45).
    pub(crate) reschedule: Option<&'a str>,
    /// Uid of the caller's own hold. It does not count (SLOT-104), nor do later ones over it.
    pub(crate) own_hold: Option<&'a str>,
}

/// The uid of a booking that can be joined.
pub(crate) struct SeatedUid {
    pub(crate) uid: String,
    is_shared: bool,
}

/// What the engine needs, owned.
pub(crate) struct Gathered {
    /// None of a group.
    pub(crate) event_type: Option<EventType>,
    pub(crate) rules: Rules,
    pub(crate) hosts: Vec<GatheredHost>,
    event_zone: TimeZone,
    pub(crate) holds: Vec<Hold>,
    seated: Vec<Seated>,
    /// Uids of the bookings in `seated`.
    pub(crate) seated_uids: Vec<SeatedUid>,
    pub(crate) counted: Vec<Counted>,
    rescheduled: Option<Interval>,
}

/// A host with what is known of their time.
pub(crate) struct GatheredHost {
    pub(crate) user: User,
    zone: TimeZone,
    weekly: Vec<WeeklyEntry>,
    overrides: Vec<DateOverride>,
    booked: Vec<Booked>,
    /// Ids of the bookings in `booked`.
    booked_ids: Vec<BookingId>,
    away: Vec<Away>,
    /// What `away` says about each entry.
    entries: Vec<out_of_office::Away>,
}

/// What is read of one host.
struct HostRows {
    user: User,
    schedule: Option<Schedule>,
    occupied: Vec<Occupied>,
    holds: Vec<SlotHold>,
    away: Vec<out_of_office::Away>,
}

/// Reads everything; none when there is no such event type of a user.
pub(crate) async fn gather(
    conn: &Conn,
    subject: Subject,
    asked: &Asked<'_>,
) -> Result<Option<Gathered>, ApiError> {
    let guess = Reads {
        time: Interval::new(
            asked.start.max(asked.now).saturating_sub(MARGIN).unwrap_or(Timestamp::MIN),
            asked.end.saturating_add(MARGIN).unwrap_or(Timestamp::MAX),
        ),
        limits: None,
    };
    let moved = async {
        match asked.reschedule {
            Some(uid) => occupancy::moved(conn, uid).await,
            None => Ok(None),
        }
    };
    let (event_type, rows, moved) = match subject {
        Subject::EventType(id) => {
            let (stored, rows, moved) = tokio::try_join!(
                biased;
                event_types::by_id(conn, id),
                of_owner(conn, id, guess, asked.now),
                moved,
            )?;
            let (Some(stored), Some(rows)) = (stored, rows) else { return Ok(None) };
            (Some((id, stored.event_type)), vec![rows], moved)
        }
        Subject::Group(users) => {
            let rows = users.into_iter().map(|user| of_user(conn, user, guess, asked.now));
            let (rows, moved) = tokio::try_join!(biased; try_join_all(rows), moved)?;
            (None, rows, moved)
        }
    };
    let group = || EventType::new("", "", GROUP_LENGTH);
    let rules = match &event_type {
        Some((_, event_type)) => Rules::of(event_type, asked.duration, Scheduling::Single),
        None => Rules::of(&group(), asked.duration, Scheduling::Collective),
    };
    let id = event_type.as_ref().map(|(id, _)| *id);
    let gathered = complete(conn, id, rules, rows, moved, guess, asked).await?;
    Ok(Some(Gathered { event_type: event_type.map(|(_, event_type)| event_type), ..gathered }))
}

async fn of_owner(
    conn: &Conn,
    event_type: EventTypeId,
    reads: Reads,
    now: Timestamp,
) -> Result<Option<HostRows>, StoreError> {
    let (from, to) = reads.time.into();
    let (first, last) = dates(reads);
    let (user, schedule, occupied, holds, away) = tokio::try_join!(
        biased;
        users::owner_of_event_type(conn, event_type),
        schedules::of_event_type(conn, event_type),
        occupancy::of_owner(conn, event_type, from, to),
        slot_holds::of_owner(conn, event_type, from, to, now),
        out_of_office::touching_of_owner(conn, event_type, first, last),
    )?;
    Ok(user.map(|user| HostRows { user, schedule, occupied, holds, away }))
}

async fn of_user(
    conn: &Conn,
    user: User,
    reads: Reads,
    now: Timestamp,
) -> Result<HostRows, StoreError> {
    let (from, to) = reads.time.into();
    let (first, last) = dates(reads);
    let (schedule, occupied, holds, away) = tokio::try_join!(
        biased;
        schedules::in_force(conn, user.id),
        occupancy::of_user(conn, user.id, from, to),
        slot_holds::of_user(conn, user.id, from, to, now),
        out_of_office::touching(conn, user.id, first, last),
    )?;
    Ok(HostRows { user, schedule, occupied, holds, away })
}

/// The dates that may be those of some time on some clock.
fn dates(reads: Reads) -> (Date, Date) {
    let (from, to): (Timestamp, Timestamp) = reads.time.into();
    let date = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    (date(from).yesterday().unwrap_or(Date::MIN), date(to).tomorrow().unwrap_or(Date::MAX))
}

/// Puts together what was read, and reads what only the event type's rules ask for: more
/// time around the query, bookings that limits count, bookings with seats.
async fn complete(
    conn: &Conn,
    event_type: Option<EventTypeId>,
    rules: Rules,
    mut rows: Vec<HostRows>,
    moved: Option<Moved>,
    guess: Reads,
    asked: &Asked<'_>,
) -> Result<Gathered, ApiError> {
    let zones: Vec<Option<TimeZone>> = rows.iter().map(zone_of).collect();
    let event_zone = zones.first().cloned().flatten().unwrap_or(TimeZone::UTC);
    let query = Query { start: asked.start, end: asked.end, zone: asked.zone };
    let reads = Reads::of(asked.now, query, &rules, &event_zone);
    if !guess.covers(reads) {
        let (from, to) = reads.time.into();
        for host in &mut rows {
            let (first, last) = dates(reads);
            let user = host.user.id;
            (host.occupied, host.holds, host.away) = tokio::try_join!(
                biased;
                occupancy::of_user(conn, user, from, to),
                slot_holds::of_user(conn, user, from, to, asked.now),
                out_of_office::touching(conn, user, first, last),
            )?;
        }
    }
    let mut accepted = match (event_type, reads.bookings_of_event_type(&rules)) {
        (Some(event_type), Some(time)) => {
            let (from, to): (Timestamp, Timestamp) = time.into();
            // What is shared may have begun long before and go on.
            let occupied = rows.iter().flat_map(|host| &host.occupied);
            let own = occupied.filter(|occupied| occupied.event_type_id == Some(event_type));
            let from = own.map(|occupied| occupied.start).fold(from, Timestamp::min);
            occupancy::accepted(conn, event_type, from, to).await?
        }
        _ => Vec::new(),
    };

    // A booking of other people is none of this event type's business. One of its own may
    // lie far away and still count for a limit.
    let is_known = |moved: &Moved| {
        let mut occupied = rows.iter().flat_map(|host| &host.occupied);
        occupied.any(|occupied| occupied.booking_id == moved.id)
            || accepted.iter().any(|booking| booking.id == moved.id)
    };
    let moved = moved.filter(is_known);
    let moved_id = moved.map(|moved| moved.id);
    accepted.retain(|booking| Some(booking.id) != moved_id);
    let position = |user: UserId| rows.iter().position(|host| host.user.id == user);
    let counted = accepted.iter().map(|booking| Counted {
        time: Interval::new(booking.start, booking.end),
        host: booking.host.and_then(position),
    });
    let counted = counted.collect();
    let mut seated = Vec::new();
    let mut seated_uids = Vec::new();
    if rules.seats.is_some() {
        for booking in accepted {
            seated.push(Seated {
                time: Interval::new(booking.start, booking.end),
                attendees: i32::try_from(booking.attendees).unwrap_or(i32::MAX),
            });
            seated_uids.push(SeatedUid { uid: booking.uid, is_shared: booking.is_shared });
        }
    }
    let holds = rows.iter().flat_map(|host| {
        let is_own = |hold: &&SlotHold| Some(hold.uid.as_str()) == asked.own_hold;
        let own =
            host.holds.iter().find(is_own).filter(|own| Some(own.event_type_id) == event_type);
        host.holds
            .iter()
            .filter(move |hold| !is_own(hold) && own.is_none_or(|own| !yields(hold, own)))
    });
    // A seat of another event type is a slot of this one, and so is one that was held before
    // the seats were given up.
    let has_seats = rules.seats.is_some();
    let holds = holds.map(|hold| Hold {
        time: Interval::new(hold.start, hold.end),
        until: hold.release_at,
        is_seat: has_seats && hold.is_seat && Some(hold.event_type_id) == event_type,
    });
    Ok(Gathered {
        event_type: None,
        holds: holds.collect(),
        hosts: rows
            .into_iter()
            .zip(zones)
            .map(|(host, zone)| host_of(host, zone, event_type, moved_id))
            .collect(),
        event_zone,
        seated,
        seated_uids,
        counted,
        rescheduled: moved.map(|moved| Interval::new(moved.start, moved.end)),
        rules,
    })
}

/// Whether a hold is of no account to whoever has another one: it was made later, over that
/// one, and for another event type (7.9.3). Of one event type only seats are held at once.
fn yields(hold: &SlotHold, own: &SlotHold) -> bool {
    hold.event_type_id != own.event_type_id
        && hold.sequence > own.sequence
        && hold.start < own.end
        && own.start < hold.end
}

fn host_of(
    host: HostRows,
    zone: Option<TimeZone>,
    event_type: Option<EventTypeId>,
    moved: Option<BookingId>,
) -> GatheredHost {
    let booked = host.occupied.iter().filter(|occupied| Some(occupied.booking_id) != moved);
    let (booked_ids, booked) = booked
        .filter_map(|occupied| {
            let is_own = event_type.is_some() && occupied.event_type_id == event_type;
            let kind = match (is_own, occupied.is_pending) {
                (true, false) => Kind::Own,
                (false, false) => Kind::Other,
                (true, true) => Kind::OwnPending,
                (false, true) => return None,
            };
            let booked = Booked {
                time: Interval::new(occupied.start, occupied.end),
                kind,
                before_buffer: occupied.before_buffer_minutes,
                after_buffer: occupied.after_buffer_minutes,
            };
            Some((occupied.booking_id, booked))
        })
        .unzip();
    let (weekly, overrides) = match host.schedule {
        // Hours on a clock that nobody can read are none.
        _ if zone.is_none() => (Vec::new(), Vec::new()),
        Some(schedule) => (schedule.weekly, schedule.overrides),
        // They cannot be booked until they have a schedule (SLOT-20, MU-14).
        None if host.user.is_platform_managed => (Vec::new(), Vec::new()),
        None => (defaults::weekly_hours(), Vec::new()),
    };
    let zone = zone.unwrap_or(TimeZone::UTC);
    let away = host.away.iter().map(|entry| Away { first: entry.start_date, last: entry.end_date });
    let away = away.collect();
    GatheredHost {
        user: host.user,
        zone,
        weekly,
        overrides,
        booked,
        booked_ids,
        away,
        entries: host.away,
    }
}

/// The zone of a host's schedule, which is London's where none is named, else the host's
/// own; none when it is unknown.
fn zone_of(host: &HostRows) -> Option<TimeZone> {
    let london = TimeZoneName::default();
    let name = match &host.schedule {
        Some(schedule) => schedule.time_zone.as_deref().unwrap_or_else(|| london.as_str()),
        None => &host.user.time_zone,
    };
    TimeZoneDatabase::bundled().get(name).ok()
}

impl Gathered {
    /// The uid that everybody may know of a booking in `seated`. One that was made when its
    /// event type had no seats is its booker's own until it is joined: the uid is the key to
    /// all of it (R3.2).
    pub(crate) fn public_uid(&self, seated: usize) -> Option<String> {
        let SeatedUid { uid, is_shared } = &self.seated_uids[seated];
        is_shared.then(|| uid.clone())
    }

    /// Asks the engine.
    pub(crate) fn ask<T>(&self, asked: &Asked<'_>, answer: impl FnOnce(&Request<'_>) -> T) -> T {
        let hosts: Vec<Host<'_>> = self.hosts.iter().map(GatheredHost::host).collect();
        answer(&Request {
            now: asked.now,
            query: Query { start: asked.start, end: asked.end, zone: asked.zone },
            rules: self.rules.clone(),
            event_zone: &self.event_zone,
            hosts: &hosts,
            holds: &self.holds,
            seated: &self.seated,
            counted: &self.counted,
            rescheduled: self.rescheduled,
        })
    }
}

impl Gathered {
    /// What the legacy answer says about a slot in days out of office (SLOT-101, OOF-9).
    pub(crate) fn away(&self, place: usize) -> Map<String, Value> {
        let mut shown = Map::from_iter([("away".to_owned(), true.into())]);
        let host = self.hosts.first();
        let Some((host, entry)) = host.and_then(|host| Some((host, host.entries.get(place)?)))
        else {
            return shown;
        };
        let user = &host.user;
        shown.insert("fromUser".into(), json!({ "id": user.id.0, "displayName": user.name }));
        if let Some(to) = &entry.to_user {
            let to = json!({ "id": to.id.0, "displayName": to.name, "username": to.username });
            shown.insert("toUser".into(), to);
        }
        let reason = Reason::parse(&entry.reason).unwrap_or_default();
        shown.insert("reason".into(), format!("ooo_reasons_{}", reason.name()).into());
        shown.insert("emoji".into(), reason.emoji().into());
        shown
    }
}

impl Gathered {
    /// Lets only bookings and events keep the hosts from being booked.
    pub(crate) fn always_open(&mut self) {
        let days: WeekDays = (0..7).filter_map(WeekDay::from_number).collect();
        let (start, end) = (WallTime::at(0, 0), WallTime::LAST);
        for host in &mut self.hosts {
            host.weekly = vec![WeeklyEntry { days: days.clone(), start, end }];
            host.overrides.clear();
            host.away.clear();
        }
    }
}

impl GatheredHost {
    /// The booking at a place in what the engine knows of the host.
    pub(crate) fn booking(&self, place: usize) -> Option<BookingId> {
        self.booked_ids.get(place).copied()
    }

    fn host(&self) -> Host<'_> {
        Host {
            is_fixed: false,
            group: None,
            hours: Hours { zone: &self.zone, weekly: &self.weekly, overrides: &self.overrides },
            booked: &self.booked,
            calendar: &[],
            away: &self.away,
        }
    }
}
