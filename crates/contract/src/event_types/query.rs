//! The query of `GET /v2/event-types` (file 02, section 6.7).

use utoipa::IntoParams;

use crate::fields::FieldError;
use crate::query::{Pairs, Sort, Values};

/// Which event types are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct ListEventTypes {
    /// Whose event types.
    #[param(required = false, value_type = String)]
    pub username: Option<String>,
    /// Only the user's event type with this slug; only together with `username`.
    #[param(required = false, value_type = String)]
    pub event_slug: Option<String>,
    /// One event type for several users: their usernames, with commas.
    #[param(required = false, value_type = String, example = "alice,bob")]
    pub usernames: Option<String>,
    /// Slug of the users' organization.
    #[param(required = false, value_type = String)]
    pub org_slug: Option<String>,
    /// Id of the users' organization.
    #[param(required = false, value_type = i32)]
    pub org_id: Option<i32>,
    /// Order by id; ascending when left out.
    #[param(required = false, value_type = Sort, inline)]
    pub sort_created_at: Option<Sort>,
}

impl ListEventTypes {
    /// Reads the query. An empty value counts as absent.
    ///
    /// # Errors
    ///
    /// One entry for each value of the wrong form.
    pub fn read(pairs: &Pairs) -> Result<Self, Vec<FieldError>> {
        let mut values = Values::of(pairs);
        let org_id = values.number("orgId", i32::MIN);
        let sort_created_at = Sort::read(pairs, "sortCreatedAt", &mut values.errors);
        let query = Self {
            username: values.text("username"),
            event_slug: values.text("eventSlug"),
            usernames: values.text("usernames"),
            org_slug: values.text("orgSlug"),
            org_id,
            sort_created_at,
        };
        values.finish(query)
    }
}
