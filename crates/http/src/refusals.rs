//! The errors in our OpenAPI document, and the header that every write takes. Which of them an operation answers follows
//! from its access rule, its method and its parameters, so no operation names them.

use axum::http::Method;
use serde_json::{Value, json};

use crate::atoms_event_types::BULK_UPDATE;
use crate::bookings::CALENDAR_LINKS;
use crate::event_types::PATH as EVENT_TYPES;
use crate::oauth2::TOKEN_PATH;
use crate::route::RouteRule;
use crate::slots::{PATH as SLOTS, SELECTED_SLOT};
use crate::{Check, CredentialKind, Foreign};

/// Adds to every operation what it answers when it refuses or fails.
pub(crate) fn declare(document: &mut Value, rules: &[RouteRule]) {
    document["components"]["schemas"]["Error"] = envelope();
    for status in ALL {
        document["components"]["responses"][status.0] = json!({
            "description": status.1,
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } },
        });
    }
    for rule in rules {
        let operation = &mut document["paths"][&rule.path][rule.method.as_str().to_lowercase()];
        if rule.method != Method::GET {
            if !operation["parameters"].is_array() {
                operation["parameters"] = json!([]);
            }
            let parameters = operation["parameters"].as_array_mut().expect("it is one now");
            parameters.push(idempotency_key());
        }
        for (status, _) in ALL {
            if !is_answered(status, rule, operation) {
                continue;
            }
            operation["responses"][status] = if rule.path == TOKEN_PATH {
                token_endpoint_error()
            } else {
                json!({ "$ref": format!("#/components/responses/{status}") })
            };
        }
    }
}

const ALL: [(&str, &str); 12] = [
    ("400", "The request is malformed, or some of its fields are not valid"),
    ("401", "The caller is not known"),
    ("403", "The caller may not do this"),
    ("404", "There is no such thing, or not for this caller"),
    ("408", "The request body did not arrive in time"),
    (
        "409",
        "There is such a thing already, or the request with this Idempotency-Key is still being answered or its answer was lost",
    ),
    ("413", "The request body is larger than 100 KiB"),
    (
        "422",
        "The Idempotency-Key was used for another request, or the time is booked or reserved already",
    ),
    ("429", "Too many requests: try again after the time in Retry-After"),
    ("498", "The access token is expired: refresh it"),
    ("500", "The server failed"),
    ("503", "The server is busy: try again after the time in Retry-After"),
];

fn is_answered(status: &str, rule: &RouteRule, operation: &Value) -> bool {
    let checks = rule.access.checks;
    let reads_body = rule.method != Method::GET;
    let takes_tokens = rule.access.credentials.contains(&CredentialKind::AccessToken);
    match status {
        // A booking without an event type.
        "400" if rule.path == CALENDAR_LINKS => true,
        "400" => {
            let mut parameters = operation["parameters"].as_array().into_iter().flatten();
            // Ids that must be integers (AV-6).
            let has_number = ["{scheduleId}", "{eventTypeId}", "{orgId}", "{attendeeId}"]
                .iter()
                .any(|id| rule.path.contains(id));
            reads_body || has_number || parameters.any(|parameter| parameter["in"] == "query")
        }
        // Who may not know why there are no slots.
        "403" if rule.path == SLOTS => true,
        "403" => checks.iter().any(|check| match check {
            Check::Permissions(_)
            | Check::OrganizationRole(_)
            | Check::OwnOAuthClient
            | Check::WebhookOfOAuthClient
            | Check::OwnEventType(Foreign::Forbidden)
            | Check::NotManagedUser
            | Check::Organization
            | Check::RoleInOrganization(_)
            | Check::UserOfOrganization
            | Check::OutOfOfficeOfUser => true,
            // A third-party app's token without the scope (O2-12).
            Check::Authenticated | Check::AuthenticatedIfPresented => takes_tokens,
            Check::OwnEventType(Foreign::Unknown)
            | Check::WebhookOfEventType
            | Check::TokenOfOAuthClient
            | Check::BoundOrganization
            | Check::MostPerMinute(..) => false,
        }),
        // A schedule or an event type that is not the caller's (ET-5).
        "404" if [EVENT_TYPES, BULK_UPDATE].contains(&rule.path.as_str()) => reads_body,
        // What is not there below an organization is not for the caller: 403 (ORG-17).
        "404" if checks.contains(&Check::Organization) => false,
        // An event type, a user or an organization that a query or a body names.
        "404" if rule.path.starts_with(SLOTS) => rule.path != SELECTED_SLOT,
        "404" if rule.path.starts_with("/v2/bookings") && reads_body => true,
        "404" => {
            let mut parameters = operation["parameters"].as_array().into_iter().flatten();
            rule.path.contains('{') || parameters.any(|parameter| parameter["name"] == "scheduleId")
        }
        // 409 and 422 of any idempotency key.
        "408" | "409" | "413" | "422" => reads_body,
        "498" => {
            let authenticates = [Check::Authenticated, Check::AuthenticatedIfPresented];
            checks.iter().any(|check| authenticates.contains(check)) && takes_tokens
        }
        // 401 on public routes, too: an API key that is none is refused everywhere (RL-10).
        _ => true,
    }
}

/// The header of every operation that can change something.
fn idempotency_key() -> Value {
    json!({
        "in": "header",
        "name": "Idempotency-Key",
        "required": false,
        "description": "A text of the caller's choice. For 24 hours the same request with it is answered the same, with `Idempotent-Replay: true`, and not carried out again.",
        "schema": { "type": "string", "minLength": 1, "maxLength": 255 },
    })
}

/// An error of the token endpoint (O2-9).
fn token_endpoint_error() -> Value {
    json!({
        "description": "The request was refused, or the server failed",
        "content": { "application/json": { "schema": {
            "type": "object",
            "required": ["error", "error_description"],
            "properties": {
                "error": { "type": "string", "example": "invalid_grant" },
                "error_description": { "type": "string", "example": "code_invalid_or_expired" },
            },
        } } },
    })
}

/// Every error (section 1.5 of the platform rules).
fn envelope() -> Value {
    json!({
        "type": "object",
        "required": ["status", "timestamp", "path", "error"],
        "properties": {
            "status": { "type": "string", "enum": ["error"] },
            "timestamp": { "type": "string", "format": "date-time" },
            "path": { "type": "string", "description": "Path and query of the request" },
            "error": {
                "type": "object",
                "required": ["code", "message"],
                "properties": {
                    "code": { "type": "string" },
                    "message": { "type": "string" },
                    "details": { "oneOf": [{ "type": "string" }, { "type": "object" }] },
                },
            },
            "statusCode": { "type": "integer", "description": "Of 413 and 500 alone" },
            "message": { "type": "string", "description": "Of 413 and 500 alone" },
        },
    })
}

#[cfg(test)]
mod tests {
    fn declared(method: &str, path: &str) -> Vec<String> {
        let document = crate::openapi();
        let responses = document["paths"][path][method]["responses"].as_object().unwrap();
        let mut statuses: Vec<String> = responses.keys().cloned().collect();
        statuses.sort();
        statuses
    }

    #[test]
    fn every_operation_declares_the_errors_that_it_answers() {
        assert_eq!(
            declared("patch", "/v2/oauth-clients/{clientId}/users/{userId}"),
            [
                "200", "400", "401", "403", "404", "408", "409", "413", "422", "429", "498", "500",
                "503"
            ],
        );
        assert_eq!(
            declared("post", "/v2/slots/reservations"),
            [
                "201", "400", "401", "403", "404", "408", "409", "413", "422", "429", "498", "500",
                "503"
            ],
        );
        assert_eq!(
            declared("get", "/v2/slots"),
            ["200", "400", "401", "403", "404", "429", "500", "503"],
        );
        assert_eq!(declared("get", "/v2/timezones"), ["200", "304", "401", "429", "500", "503"]);
    }
}
