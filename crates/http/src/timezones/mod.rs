//! `GET /v2/timezones` (section 10 of the platform rules).

use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use serde_json::Number;
use slotd_contract::Success;
use slotd_contract::time_zones::City;
use slotd_store::digest;
use utoipa_axum::routes;

use crate::access::PUBLIC;
use crate::route::Routes;

/// Written by `scripts/timezones`; it says what the lines mean.
const CITIES: &str = include_str!("cities.txt");
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=86400");

pub(crate) fn routes() -> Routes {
    Routes::default().add(&PUBLIC, routes!(list))
}

/// The answer, which never changes while the server runs (TZ-3).
struct Constant {
    body: Bytes,
    tag: HeaderValue,
}

static ANSWER: LazyLock<Constant> = LazyLock::new(|| {
    let body = serde_json::to_string(&Success::of(cities()))
        .expect("the answer is made of texts, numbers and lists");
    let digest = digest(&body);
    let start = digest.first_chunk().expect("a digest has 32 bytes");
    let tag = format!("\"{:032x}\"", u128::from_be_bytes(*start));
    let tag = HeaderValue::from_str(&tag).expect("digits are visible ASCII");
    Constant { body: body.into(), tag }
});

fn cities() -> Vec<City<'static>> {
    let mut timezone = "";
    CITIES
        .lines()
        .filter_map(|line| {
            if let Some(heading) = line.strip_prefix("# ") {
                timezone = heading;
                return None;
            }
            let (city, population) = line.split_once('\t')?;
            let pop: Number = serde_json::from_str(population).ok()?;
            Some(City { city, timezone, pop })
        })
        .collect()
}

/// Lists the cities of the world with their time zones (TZ-1 to TZ-4).
#[utoipa::path(
    get, path = "/v2/timezones", operation_id = "TimezonesController_getTimeZones",
    tag = "Timezones", summary = "List cities with their time zones",
    responses(
        (status = 200, description = "The most populous city of each name", body = Success<Vec<City<'static>>>),
        (status = 304, description = "The answer that the caller has is still right"),
    ),
)]
async fn list(headers: HeaderMap) -> Response {
    let constant = &*ANSWER;
    let caching = [(header::ETAG, constant.tag.clone()), (header::CACHE_CONTROL, CACHE)];
    if is_known(&headers, &constant.tag) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    let content_type = [(header::CONTENT_TYPE, "application/json")];
    (caching, content_type, constant.body.clone()).into_response()
}

/// Whether `If-None-Match` names the tag; a weak one counts (RFC 9110, 13.1.2).
fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter();
    let mut tags = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    tags.any(|one| {
        let one = one.trim_ascii();
        one == b"*" || one.strip_prefix(b"W/").unwrap_or(one) == tag.as_bytes()
    })
}

#[cfg(test)]
mod tests {
    use slotd_domain::TimeZoneName;

    use super::*;

    /// TZ-1, TZ-2: every line is read, and every zone is one that slotd knows.
    #[test]
    fn every_city_has_a_name_a_population_and_a_known_zone() {
        let cities = cities();
        assert_eq!(cities.len(), 7_074);
        let lines = CITIES.lines().filter(|line| !line.starts_with("# "));
        assert_eq!(lines.count(), cities.len());
        for City { city, timezone, .. } in cities {
            assert!(!city.is_empty() && city.trim() == city, "{city:?}");
            let known = TimeZoneName::parse(timezone);
            assert_eq!(known.as_ref().map(TimeZoneName::as_str), Some(timezone), "{city}");
        }
    }

    /// TZ-3
    #[test]
    fn a_tag_is_known_in_every_form_in_which_it_is_sent_back() {
        let tag = HeaderValue::from_static("\"abc\"");
        let known = |values: &[&'static str]| {
            let pair = |value| (header::IF_NONE_MATCH, HeaderValue::from_static(value));
            is_known(&values.iter().copied().map(pair).collect(), &tag)
        };
        for values in
            [&["\"abc\""][..], &["W/\"abc\""], &["*"], &["\"x\", W/\"abc\""], &["\"x\"", "\"abc\""]]
        {
            assert!(known(values), "{values:?}");
        }
        for values in [&[][..], &[""], &["abc"], &["\"abcd\""], &["w/\"abc\""], &["\"x\",\"y\""]] {
            assert!(!known(values), "{values:?}");
        }
    }
}
