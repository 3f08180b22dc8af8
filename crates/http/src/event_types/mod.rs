//! `/v2/event-types` (file 02, sections 6 and 10).

mod legacy;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use slotd_contract::fields::{Fields, FromBody};
use slotd_domain::{Permission, Permissions, Scope};

use crate::access::{ANY_CREDENTIAL, Access, Check, Principal};
use crate::atoms_event_types::PathEventType;
use crate::body::Validated;
use crate::route::{Routes, guard};
use crate::version::ApiVersion;
use crate::{ApiError, App};

const READ: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[
        Check::Permissions(Permissions::of(&[Permission::EventTypeRead])),
        Check::Authenticated,
    ],
    scopes: &[Scope::EVENT_TYPE_READ],
};

const WRITE: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[
        Check::Permissions(Permissions::of(&[Permission::EventTypeWrite])),
        Check::Authenticated,
    ],
    scopes: &[Scope::EVENT_TYPE_WRITE],
};

pub(crate) fn routes() -> Routes {
    legacy::routes()
}

/// A body of any shape: which one it is to have is the version's to say.
struct Any;

impl FromBody for Any {
    const FIELDS: &'static [&'static str] = &[];

    fn read(_: &mut Fields<'_>) -> Self {
        Self
    }
}

/// The legacy shape for all versions, until the current one is there to be documented.
pub(crate) fn undocumented() -> Router<App> {
    type Answer = Result<Response, ApiError>;
    let list = async |State(app): State<App>, principal: Principal, _: ApiVersion| -> Answer {
        legacy::list(&app, &principal).await
    };
    let create = async |State(app): State<App>,
                        principal: Principal,
                        body: Validated<Any>|
           -> Answer { legacy::create(&app, &principal, &body.sent).await };
    let one = async |State(app): State<App>,
                     principal: Principal,
                     PathEventType(id): PathEventType|
           -> Answer { legacy::get(&app, &principal, id).await };
    let update = async |State(app): State<App>,
                        principal: Principal,
                        PathEventType(id): PathEventType,
                        body: Validated<Any>|
           -> Answer { legacy::update(&app, &principal, id, &body.sent).await };
    let delete = async |State(app): State<App>,
                        principal: Principal,
                        PathEventType(id): PathEventType|
           -> Answer { legacy::delete(&app, &principal, id).await };
    Router::new()
        .route("/v2/event-types", guard(&READ, get(list)))
        .route("/v2/event-types", guard(&WRITE, axum::routing::post(create)))
        .route("/v2/event-types/{eventTypeId}", guard(&READ, get(one)))
        .route(
            "/v2/event-types/{eventTypeId}",
            guard(&WRITE, axum::routing::patch(update).delete(delete)),
        )
}
