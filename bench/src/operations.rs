//! The operations that are measured: one table from which the load, the limits and
//! the report are made.

use std::sync::LazyLock;

use slotd_contract::event_types::CreateEventType;
use slotd_contract::fields;
use slotd_domain::defaults;
use slotd_domain::event_type::EventType;

use crate::pool::PoolEntry;
use crate::rows::{self, Raw, Value};
use crate::{bookings, slots};

/// An operation of slotd.
pub(crate) struct Operation {
    /// As reports call it.
    pub(crate) name: &'static str,
    pub(crate) request: Request<'static>,
    pub(crate) limit: Option<Limit>,
    /// The same rows read or written by the database's driver alone.
    pub(crate) raw: Option<Raw>,
    /// Tables and conditions of the rows it makes, if later measurements must not meet them.
    pub(crate) leaves: &'static [(&'static str, &'static str)],
    /// Which of the pool's users, and of how many parts they make.
    pub(crate) part: (usize, usize),
    /// What is computed from the rows, to be repeated with the raw work.
    pub(crate) engine: Option<fn()>,
    /// Most milliseconds of 99 of 100 requests, at 16 callers.
    pub(crate) p99: Option<f64>,
}

impl Operation {
    /// The one with a name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        OPERATIONS.iter().find(|known| known.name == name)
    }

    /// The name for paths.
    pub(crate) fn slug(&self) -> String {
        self.name.replace(' ', "-")
    }
}

/// What an operation is compared with, and the least share of its rate.
#[derive(Clone, Copy)]
pub(crate) enum Limit {
    /// A constant answer with the same body. Lists have no budget.
    Constant(Option<f64>),
    /// The raw work. One host cannot have a budget.
    Raw(Option<f64>),
}

/// A request of a user of the pool. The names in braces stand for what [`PoolEntry`]
/// says about the user; `{unique}` is another text in each request, and begins with
/// `new-`; `{hour}` is another full hour in each request, and `{time}` another quarter of an
/// hour that everybody works in, both from the year 2030 on. A request that sends
/// `{refresh}` uses the token up.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    /// Lines of `name: value`.
    pub(crate) headers: &'a [&'a str],
    /// Empty for none.
    pub(crate) body: &'a str,
}

impl Request<'_> {
    pub(crate) fn uses_tokens_up(&self) -> bool {
        self.body.contains("{refresh}")
    }

    /// The request as it is sent, for one answer. It has no body.
    pub(crate) fn text(&self, entry: &PoolEntry) -> String {
        let Self { method, path, headers, .. } = self;
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n");
        for header in *headers {
            text += header;
            text += "\r\n";
        }
        entry.filled(&(text + "\r\n"))
    }
}

const WITH_SECRET: &[&str] = &["x-cal-secret-key: {secret}", "content-type: application/json"];
const WITH_TOKEN: &[&str] = &["authorization: Bearer {access}"];
const SCHEDULES: &[&str] = &[
    "authorization: Bearer {access}",
    "cal-api-version: 2024-06-11",
    "content-type: application/json",
];
const BOOKINGS: &[&str] = &["authorization: Bearer {access}", "cal-api-version: 2024-08-13"];
const EVENT_TYPES: &[&str] = &[
    "authorization: Bearer {access}",
    "cal-api-version: 2024-06-14",
    "content-type: application/json",
];

const fn get(path: &'static str, headers: &'static [&'static str]) -> Request<'static> {
    Request { method: "GET", path, headers, body: "" }
}

const READ: Option<Limit> = Some(Limit::Constant(Some(0.5)));
const LIST: Option<Limit> = Some(Limit::Constant(None));
const WRITE: Option<Limit> = Some(Limit::Raw(Some(0.6)));

/// What most operations are.
const PLAIN: Operation = Operation {
    name: "",
    request: get("", &[]),
    limit: None,
    raw: None,
    leaves: &[],
    part: (0, 1),
    engine: None,
    p99: None,
};

/// A booking that anybody makes, of a host and a time that nobody else takes.
const BOOKING: Operation = Operation {
    request: Request {
        method: "POST",
        path: "/v2/bookings",
        headers: &["cal-api-version: 2024-08-13", "content-type: application/json"],
        body: r#"{"start":"{time}","eventTypeId":{appointment},"attendee":{"name":"Bob Jones","email":"{unique}@example.org","timeZone":"Europe/Rome"}}"#,
    },
    raw: Some(bookings::CREATE),
    leaves: bookings::LEAVES,
    ..PLAIN
};

/// A part of the pool that is one user.
const ONE: (usize, usize) = (1, 1_000_000);

/// Slots of a host with so many bookings in a month; anybody can ask for them.
const fn slots(
    name: &'static str,
    path: &'static str,
    part: (usize, usize),
    values: fn(&PoolEntry, i32) -> Vec<Vec<Value>>,
    engine: fn(),
) -> Operation {
    Operation {
        name,
        request: get(path, &["cal-api-version: 2024-09-04"]),
        limit: Some(Limit::Raw(Some(0.6))),
        raw: Some(Raw {
            statements: &[
                ("event_types", "row_of_id"),
                ("users", "owner_of_event_type"),
                ("schedules", "parts_of_event_type"),
                ("occupancy", "occupied_of_owner"),
                ("slot_holds", "of_owner"),
                ("out_of_office", "touching_rows_of_owner"),
            ],
            values,
        }),
        part,
        engine: Some(engine),
        p99: Some(5.0),
        ..PLAIN
    }
}

const WEEK: &str = "/v2/slots?eventTypeId={slots}&start={from}&end={week}&timeZone=Europe/Rome";
const MONTH: &str = "/v2/slots?eventTypeId={slots}&start={from}&end={month}&timeZone=Europe/Rome";

/// In the order of the report.
pub(crate) static OPERATIONS: [Operation; 22] = [
    Operation {
        name: "user get",
        request: get("/v2/oauth-clients/{client}/users/{user}", WITH_SECRET),
        limit: READ,
        raw: Some(Raw {
            statements: &[("users", "managed_by_id")],
            values: |entry, _| {
                vec![vec![Value::Text(entry.client.clone()), Value::Int(entry.user)]]
            },
        }),
        ..PLAIN
    },
    Operation { name: "me", request: get("/v2/me", WITH_TOKEN), limit: READ, raw: None, ..PLAIN },
    Operation {
        name: "user list",
        request: get("/v2/oauth-clients/{client}/users?limit=50", WITH_SECRET),
        limit: LIST,
        raw: Some(Raw {
            statements: &[("users", "list_managed")],
            values: |entry, _| {
                vec![vec![Value::Text(entry.client.clone()), Value::Big(50), Value::Big(0)]]
            },
        }),
        ..PLAIN
    },
    Operation {
        name: "refresh",
        request: Request {
            method: "POST",
            path: "/v2/oauth/{client}/refresh",
            headers: WITH_SECRET,
            body: r#"{"refreshToken":"{refresh}"}"#,
        },
        limit: None,
        raw: None,
        ..PLAIN
    },
    Operation {
        name: "user create",
        request: Request {
            method: "POST",
            path: "/v2/oauth-clients/{client}/users",
            headers: WITH_SECRET,
            body: r#"{"email":"{unique}@example.com","name":"Alice Smith","timeZone":"Europe/Rome"}"#,
        },
        limit: WRITE,
        raw: Some(Raw {
            statements: &[
                ("users", "insert_row"),
                ("organizations", "insert_profile"),
                ("organizations", "insert_membership"),
                ("tokens", "insert_row"),
                ("schedules", "insert_row"),
                ("schedules", "insert_range"),
            ],
            values: rows::new_user,
        }),
        ..PLAIN
    },
    Operation {
        name: "schedule get",
        request: get("/v2/schedules/{schedule}", SCHEDULES),
        limit: READ,
        raw: Some(Raw {
            statements: &[("schedules", "parts_by_id")],
            values: |entry, _| vec![vec![Value::Int(entry.schedule)]],
        }),
        ..PLAIN
    },
    Operation {
        name: "schedule list",
        request: get("/v2/schedules", SCHEDULES),
        limit: LIST,
        raw: Some(Raw {
            statements: &[("schedules", "parts_of_user")],
            values: |entry, _| vec![vec![Value::Int(entry.user)]],
        }),
        ..PLAIN
    },
    Operation {
        name: "schedule create",
        request: Request {
            method: "POST",
            path: "/v2/schedules",
            headers: SCHEDULES,
            body: r#"{"name":"Evening hours","timeZone":"Europe/Rome","isDefault":false}"#,
        },
        limit: WRITE,
        raw: Some(Raw {
            statements: &[("schedules", "insert_row"), ("schedules", "insert_range")],
            values: |entry, id| rows::new_schedule(entry.user, id, EVENING_HOURS, false),
        }),
        leaves: &[("schedule", "name = 'Evening hours'")],
        ..PLAIN
    },
    Operation {
        name: "schedule patch",
        request: Request {
            method: "PATCH",
            path: "/v2/schedules/{schedule}",
            headers: SCHEDULES,
            body: r#"{"name":"Default schedule","availability":[{"days":["Monday","Tuesday","Wednesday","Thursday","Friday"],"startTime":"09:00","endTime":"17:00"}]}"#,
        },
        limit: WRITE,
        raw: Some(Raw {
            statements: &[
                ("schedules", "update"),
                ("schedules", "delete_ranges"),
                ("schedules", "insert_range"),
            ],
            values: |entry, _| {
                let id = entry.schedule;
                let name = Value::Text(defaults::SCHEDULE_NAME.to_owned());
                let update = vec![Value::Int(id), name, Value::Text(rows::ZONE.to_owned())];
                vec![update, vec![Value::Int(id)], rows::range(id)]
            },
        }),
        ..PLAIN
    },
    Operation {
        name: "event type get",
        request: get("/v2/event-types/{eventType}", EVENT_TYPES),
        limit: READ,
        raw: Some(Raw {
            statements: &[("event_types", "row_of_id"), ("users", "by_id")],
            values: |entry, _| {
                vec![vec![Value::Int(entry.event_type)], vec![Value::Int(entry.user)]]
            },
        }),
        ..PLAIN
    },
    Operation {
        name: "event type list",
        request: get("/v2/event-types", EVENT_TYPES),
        limit: LIST,
        raw: Some(Raw {
            statements: &[("users", "by_id"), ("event_types", "rows_of_user")],
            values: |entry, _| vec![vec![Value::Int(entry.user)], vec![Value::Int(entry.user)]],
        }),
        ..PLAIN
    },
    Operation {
        name: "event type create",
        request: Request {
            method: "POST",
            path: "/v2/event-types",
            headers: EVENT_TYPES,
            body: EVENT_TYPE_BODY,
        },
        limit: WRITE,
        raw: Some(Raw {
            statements: &[("event_types", "insert_row")],
            values: rows::new_event_type,
        }),
        leaves: &[("event_type", "slug like 'consultation-new-%'")],
        ..PLAIN
    },
    Operation {
        name: "event type patch",
        request: Request {
            method: "PATCH",
            path: "/v2/event-types/{eventType}",
            headers: EVENT_TYPES,
            body: r#"{"title":"First consultation"}"#,
        },
        limit: WRITE,
        raw: Some(Raw {
            statements: &[("event_types", "update_row")],
            values: rows::changed_event_type,
        }),
        ..PLAIN
    },
    slots(
        "slots 7 days, 50 booked",
        WEEK,
        slots::PARTS[1],
        |entry, _| slots::week(entry),
        slots::engine::<7, 50>,
    ),
    slots(
        "slots 30 days, 0 booked",
        MONTH,
        slots::PARTS[0],
        |entry, _| slots::month(entry),
        slots::engine::<30, 0>,
    ),
    slots(
        "slots 30 days, 50 booked",
        MONTH,
        slots::PARTS[1],
        |entry, _| slots::month(entry),
        slots::engine::<30, 50>,
    ),
    slots(
        "slots 30 days, 500 booked",
        MONTH,
        slots::PARTS[2],
        |entry, _| slots::month(entry),
        slots::engine::<30, 500>,
    ),
    Operation {
        name: "reservation create",
        request: Request {
            method: "POST",
            path: "/v2/slots/reservations",
            headers: &["cal-api-version: 2024-09-04", "content-type: application/json"],
            body: r#"{"eventTypeId":{slots},"slotStart":"{hour}"}"#,
        },
        limit: WRITE,
        raw: Some(Raw { statements: &[("slot_holds", "write")], values: slots::hold }),
        leaves: &[("slot_hold", "release_at is not null")],
        ..PLAIN
    },
    Operation {
        name: "booking get",
        request: get("/v2/bookings/{booking}", BOOKINGS),
        limit: READ,
        raw: Some(Raw {
            statements: &[("bookings::read", "by_uid")],
            values: |entry, _| vec![vec![Value::text(&entry.booking)]],
        }),
        part: slots::PARTS[1],
        ..PLAIN
    },
    Operation {
        name: "booking list",
        request: get("/v2/bookings?take=100", BOOKINGS),
        limit: LIST,
        raw: Some(bookings::LIST),
        part: slots::LIST,
        ..PLAIN
    },
    Operation {
        name: "booking create",
        limit: Some(Limit::Raw(Some(0.5))),
        part: slots::PARTS[1],
        p99: Some(25.0),
        ..BOOKING
    },
    Operation {
        name: "booking create, one host",
        limit: Some(Limit::Raw(None)),
        part: ONE,
        ..BOOKING
    },
];

/// Name of the schedules that are created.
const EVENING_HOURS: &str = "Evening hours";

/// An event type as customers send it.
const EVENT_TYPE_BODY: &str = include_str!("../event_type.json");

/// What is stored for that body, but for the slug, which is `consultation-{unique}`.
pub(crate) static EVENT_TYPE: LazyLock<EventType> = LazyLock::new(|| {
    let body = serde_json::from_str(EVENT_TYPE_BODY).expect("the body is JSON");
    let read = fields::read_body::<CreateEventType>(&body);
    read.expect("slotd takes the body that is sent to it").into()
});
