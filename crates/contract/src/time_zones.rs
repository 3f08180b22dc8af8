//! Cities and their time zones (section 10 of the platform rules).

use serde::Serialize;
use serde_json::Number;
use utoipa::ToSchema;

/// A city, as `GET /v2/timezones` lists it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CityTimezones)]
pub struct City<'a> {
    /// Name of the city.
    #[schema(example = "London")]
    pub city: &'a str,
    /// IANA name.
    #[schema(example = "Europe/London")]
    pub timezone: &'a str,
    /// How many people live there; a number without a fraction is written without one.
    #[schema(value_type = f64, example = 7_994_104.5)]
    pub pop: Number,
}
