//! `POST /v2/event-types/{eventTypeId}/private-links`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use slotd_contract::Success;
use slotd_contract::private_links::{self as wire, CreatePrivateLink};
use slotd_domain::EventTypeId;
use slotd_store::private_links::PrivateLink;
use slotd_store::{Conn, StoreError, UnitOfWork, event_types, new_private_link_id, private_links};

use super::{MOST_LINKS, shown};
use crate::access::PathEventType;
use crate::body::Validated;
use crate::{ApiError, App, messages};

/// Creates a private link; one that can be used once, if nothing else is said (PL-1).
#[utoipa::path(
    post, path = "/v2/event-types/{eventTypeId}/private-links",
    operation_id = "EventTypesPrivateLinksController_createPrivateLink",
    tag = "Event Types Private Links", summary = "Create a private link for an event type",
    params(
        ("Authorization" = String, Header, description = "Bearer token: API key or access token"),
        ("eventTypeId" = i32, Path, description = "Id of the event type"),
    ),
    request_body = CreatePrivateLink,
    responses((status = 201, description = "The new link", body = Success<wire::PrivateLink>)),
)]
pub(super) async fn create(
    State(app): State<App>,
    PathEventType(event_type): PathEventType,
    Validated { body, .. }: Validated<CreatePrivateLink>,
) -> Result<(StatusCode, Json<Success<wire::PrivateLink>>), ApiError> {
    if body.expires_at.is_some() && body.max_usage_count.is_some() {
        return Err(ApiError::bad_request(messages::ONE_END_OF_LINK));
    }
    let link = PrivateLink {
        id: new_private_link_id(),
        expires_at: body.expires_at,
        max_usage_count: body.max_usage_count.unwrap_or(1),
        usage_count: 0,
    };
    let answer = shown(&app, event_type, &link);
    app.store.write(Create { event_type, link, now: app.clock.now() }).await?;
    Ok((StatusCode::CREATED, Json(Success::of(answer))))
}

struct Create {
    event_type: EventTypeId,
    link: PrivateLink,
    now: Timestamp,
}

impl UnitOfWork for Create {
    type Output = ();
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<(), ApiError> {
        let Self { event_type, link, now } = self;
        // Locked, so that links which are made at once are counted one after the other.
        let (_, count) = tokio::try_join!(
            biased;
            event_types::hold(conn, *event_type),
            private_links::count(conn, *event_type),
        )?;
        if count.is_some_and(|(count,)| count >= MOST_LINKS) {
            return Err(ApiError::bad_request(messages::TOO_MANY_LINKS));
        }
        let insert = private_links::insert(
            conn,
            &link.id,
            *event_type,
            link.expires_at,
            link.max_usage_count,
            *now,
        );
        match conn.commit_with(insert).await {
            Ok(_) => Ok(()),
            // The event type was deleted since its owner was looked up.
            Err(StoreError::BrokenReference) => {
                Err(ApiError::not_found(messages::unknown_event_type(&event_type.to_string())))
            }
            Err(error) => Err(error.into()),
        }
    }
}
