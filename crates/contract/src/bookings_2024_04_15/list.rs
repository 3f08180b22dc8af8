//! `GET /v2/bookings`.

use serde::Serialize;

use super::BookingInfo;
use crate::fields::FieldError;
use crate::query::{Pairs, QueryNumber, Values, last, set_target};

/// The query of `GET /v2/bookings`. Unknown parameters are passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListBookings {
    /// Only bookings in this state.
    pub status: Option<ListedStatus>,
    /// How many bookings to return: 1 to 250, 100 if nothing is said.
    pub limit: i64,
    /// How many bookings to skip: the `nextCursor` of the answer before.
    pub cursor: i64,
}

/// What the filter calls a booking (section 10 of the booking rules).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListedStatus {
    /// Not over; of a series only what is accepted.
    Upcoming,
    /// Not over, and of a series.
    Recurring,
    /// Over.
    Past,
    /// Cancelled or rejected.
    Cancelled,
    /// Not over, and waiting for the host.
    Unconfirmed,
}

impl ListedStatus {
    const NAMES: [(&'static str, Self); 5] = [
        ("upcoming", Self::Upcoming),
        ("recurring", Self::Recurring),
        ("past", Self::Past),
        ("cancelled", Self::Cancelled),
        ("unconfirmed", Self::Unconfirmed),
    ];
}

impl ListBookings {
    /// Reads `filters[status]`, `limit` and `cursor`.
    ///
    /// # Errors
    ///
    /// One entry for each value of the wrong form.
    pub fn read(pairs: &Pairs) -> Result<Self, Vec<FieldError>> {
        const STATUS: &str = "filters[status]";
        let mut numbers = Vec::new();
        let limit = QueryNumber { name: "limit", default: 100, min: 1, max: Some(250) }
            .read(pairs, &mut numbers);
        let cursor =
            QueryNumber { name: "cursor", default: 0, min: 0, max: None }.read(pairs, &mut numbers);
        set_target(&mut numbers, pairs, &["limit", "cursor"]);
        let mut values = Values::of(pairs);
        let given = last(pairs, STATUS);
        let status = given.and_then(|given| {
            ListedStatus::NAMES
                .into_iter()
                .find(|(name, _)| *name == given)
                .map(|(_, status)| status)
        });
        if given.is_some() && status.is_none() {
            let names = ListedStatus::NAMES.map(|(name, _)| name).join(", ");
            values.refuse(STATUS, "isEnum", format!("Invalid status. Allowed are {names}"));
        }
        values.errors.append(&mut numbers);
        values.finish(Self { status, limit, cursor })
    }
}

/// What `GET /v2/bookings` answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Bookings {
    /// The bookings of this part of the list.
    pub bookings: Vec<BookingInfo>,
    /// The series that they belong to.
    pub recurring_info: Vec<Series>,
    /// How many bookings the whole list has.
    pub total_count: i64,
    /// The cursor of the next part; null at the end.
    pub next_cursor: Option<i64>,
}

/// A series of bookings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Series {
    /// Uid of the series.
    pub recurring_event_id: String,
    /// How many bookings it has.
    pub count: i64,
    /// When the first one starts.
    pub first_date: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<ListBookings, Vec<FieldError>> {
        let pairs: Vec<(String, String)> =
            pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        ListBookings::read(&pairs)
    }

    /// BK-89
    #[test]
    fn a_list_is_asked_for_by_state_and_cursor() {
        let all = ListBookings { status: None, limit: 100, cursor: 0 };
        assert_eq!(read(&[("sort", "x")]), Ok(all));
        for (name, status) in ListedStatus::NAMES {
            let asked = read(&[("filters[status]", name), ("limit", "10"), ("cursor", "20")]);
            assert_eq!(asked, Ok(ListBookings { status: Some(status), limit: 10, cursor: 20 }));
        }
    }

    /// BK-89, PG-1
    #[test]
    fn values_of_the_wrong_form_are_refused() {
        for (name, bad, check) in [
            ("filters[status]", "", "isEnum"),
            ("filters[status]", "Upcoming", "isEnum"),
            ("limit", "0", "min"),
            ("limit", "251", "max"),
            ("limit", "", "isNumber"),
            ("cursor", "-1", "min"),
            ("cursor", "x", "isNumber"),
        ] {
            let errors = read(&[(name, bad)]).unwrap_err();
            assert_eq!(errors.len(), 1);
            assert_eq!(errors[0].property, name);
            assert!(errors[0].constraints.contains_key(check), "{name}={bad}: {errors:?}");
        }
        let errors = read(&[("filters[status]", "x")]).unwrap_err();
        assert_eq!(
            errors[0].constraints["isEnum"],
            "Invalid status. Allowed are upcoming, recurring, past, cancelled, unconfirmed"
        );
    }

    /// BK-89
    #[test]
    fn a_list_has_its_series_and_its_size() {
        let series = Series {
            recurring_event_id: "7c2b85b2".into(),
            count: 3,
            first_date: "2026-11-30T10:00:00.000Z".into(),
        };
        let list = Bookings {
            bookings: Vec::new(),
            recurring_info: vec![series],
            total_count: 3,
            next_cursor: None,
        };
        assert_eq!(
            serde_json::to_value(list).unwrap(),
            json!({ "bookings": [], "recurringInfo": [{ "recurringEventId": "7c2b85b2", "count": 3,
                "firstDate": "2026-11-30T10:00:00.000Z" }], "totalCount": 3, "nextCursor": null })
        );
    }
}
