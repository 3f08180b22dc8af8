//! The query of `GET /v2/event-types` (file 02, section 6.7).

use utoipa::IntoParams;

use crate::fields::FieldError;
use crate::query::{Pairs, Sort, last, refused};

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
    /// Reads the query. An empty value counts as absent. NUL, which stands in no stored
    /// text and which PostgreSQL cannot look up, becomes U+FFFD.
    ///
    /// # Errors
    ///
    /// One entry for each value of the wrong form.
    pub fn read(pairs: &Pairs) -> Result<Self, Vec<FieldError>> {
        let text = |name| {
            let text = last(pairs, name).filter(|text| !text.is_empty());
            text.map(|text| text.replace('\0', "\u{fffd}"))
        };
        let mut errors = Vec::new();
        let org_id = text("orgId").and_then(|text| {
            let id = text.trim().parse().ok();
            if id.is_none() {
                let message = "orgId must be a number conforming to the specified constraints";
                errors.push(refused(pairs, "orgId", &text, "isNumber", message.to_owned()));
            }
            id
        });
        let sort_created_at = Sort::read(pairs, "sortCreatedAt", &mut errors);
        let query = Self {
            username: text("username"),
            event_slug: text("eventSlug"),
            usernames: text("usernames"),
            org_slug: text("orgSlug"),
            org_id,
            sort_created_at,
        };
        if errors.is_empty() { Ok(query) } else { Err(errors) }
    }
}
