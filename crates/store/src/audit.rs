//! What was deleted, by whom (QI-28).

use jiff::Timestamp;
use serde_json::Value;
use slotd_domain::{OrganizationId, UserId};

use crate::sql::queries;

queries! {
    /// Writes an entry. `details` says what went; it holds no secrets.
    pub fn insert(
        id: &str,
        organization: Option<OrganizationId>,
        actor: Option<UserId>,
        action: &str,
        details: &Value,
        now: Timestamp,
    ) -> u64 = "insert into audit_entry (id, organization_id, actor_user_id, action, details, created_at)
         values ($1, $2, $3, $4, $5, $6)";

    /// The entries of an organization, newest first.
    pub fn of_organization(organization: OrganizationId, limit: i64) -> Vec<(String, Value)> =
        "select action, details from audit_entry where organization_id = $1 order by created_at desc, id limit $2";
}
