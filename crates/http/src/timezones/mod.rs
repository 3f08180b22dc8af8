//! `GET /v2/timezones` (section 10 of the platform rules).

use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use serde_json::Number;
use slotd_contract::Success;
use slotd_contract::time_zones::City;
use utoipa_axum::routes;

use crate::access::PUBLIC;
use crate::constant::Constant;
use crate::route::Routes;

/// Written by `scripts/timezones`; it says what the lines mean.
const CITIES: &str = include_str!("cities.txt");
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=86400");

pub(crate) fn routes() -> Routes {
    Routes::default().add(&PUBLIC, routes!(list))
}

/// The answer, which never changes while the server runs (TZ-3).
static ANSWER: LazyLock<Constant> = LazyLock::new(|| {
    let body = serde_json::to_string(&Success::of(cities()))
        .expect("the answer is made of texts, numbers and lists");
    let json = HeaderValue::from_static("application/json");
    Constant::new(body.into(), [(header::CONTENT_TYPE, json)])
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
    ANSWER.answer(&headers, CACHE)
}

#[cfg(test)]
mod tests {
    use slotd_domain::TimeZoneName;

    use super::*;

    /// The Booker of the components' release 2.6.11 breaks at a zone that it does not know;
    /// of those that cities have it is only this one.
    #[test]
    fn no_city_has_a_zone_that_is_too_new_for_the_components() {
        let zone_of = |name| cities().into_iter().find(|it| it.city == name).map(|it| it.timezone);
        assert_eq!(zone_of("Kyiv"), Some("Europe/Kiev"));
        assert!(cities().iter().all(|city| city.timezone != "Europe/Kyiv"));
    }

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
}
