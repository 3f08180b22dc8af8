//! `POST /v2/oauth-clients/{clientId}/users`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;
use slotd_contract::Success;
use slotd_contract::managed_users::{CreateManagedUser, CreatedManagedUser};
use slotd_domain::defaults::{self, EVENT_TYPES};
use slotd_domain::event_type::{EventType, Location};
use slotd_domain::{
    EventTypeId, MembershipId, OAuthClientId, OrganizationId, Role, ScheduleId, UserId, email,
    username,
};
use slotd_store::oauth_clients::ForNewUser;
use slotd_store::schedules::Schedule;
use slotd_store::tokens::Pair;
use slotd_store::users::User;
use slotd_store::{
    Conn, Constraint, Sequence, StoreError, UnitOfWork, event_types, oauth_clients, organizations,
    schedules, users,
};
use uuid::Uuid;

use super::shown;
use crate::access::{PathClient, Principal};
use crate::body::Validated;
use crate::tokens::shown as shown_tokens;
use crate::{ApiError, App, messages};

/// Creates a managed user: the user with profile and membership, tokens, and the
/// schedule and event types that go with it, in one transaction (MU-12).
#[utoipa::path(
    post, path = "/v2/oauth-clients/{clientId}/users", operation_id = "OAuthClientUsersController_createUser",
    tag = "Platform / Managed Users", summary = "Create a managed user",
    params(
        ("x-cal-secret-key" = String, Header, description = "Secret of the OAuth client"),
        ("clientId" = String, Path, description = "Id of the OAuth client"),
    ),
    request_body = CreateManagedUser,
    responses((status = 201, description = "The user and the user's first tokens", body = Success<CreatedManagedUser>)),
)]
pub(super) async fn create(
    State(app): State<App>,
    principal: Principal,
    PathClient(client): PathClient,
    Validated { body, .. }: Validated<CreateManagedUser>,
) -> Result<(StatusCode, Json<Success<CreatedManagedUser>>), ApiError> {
    let conn = app.store.read().await?;
    let key = email::comparison_key(&email::with_client_suffix(&body.email, &client));
    let found = oauth_clients::for_new_user(&conn, &client, &key).await?;
    drop(conn);
    let ForNewUser { organization_id, has_event_types, owner, owner_client } =
        found.ok_or_else(|| ApiError::not_found(messages::OAUTH_CLIENT_NOT_FOUND))?;
    // Asked again by the constraint; asked here so that a refusal uses no ids up.
    if let Some(owner) = owner {
        return Err(already_exists((owner, owner_client), &client));
    }

    let now = app.clock.now();
    let user = new_user(&app, &client, organization_id, body, now).await?;
    let mut event_type_ids = Vec::new();
    if has_event_types {
        for _ in EVENT_TYPES {
            event_type_ids.push(EventTypeId(app.store.next_id(Sequence::EventType).await?));
        }
    }
    let create = Create {
        profile_uid: Uuid::new_v4().to_string(),
        membership_id: MembershipId(app.store.next_id(Sequence::Membership).await?),
        tokens: Pair::issue(app.store.keyring(), &client, user.id, false, now),
        organization: organization_id,
        event_type_ids,
        user: user.clone(),
        now,
    };
    tracing::debug!(actor = principal.user_id.0, user = user.id.0, "creating a managed user");
    let tokens = create.tokens.clone();
    // On the heap: a dozen pipelined statements make a large future.
    match Box::pin(app.store.write(create)).await {
        Ok(()) => {
            let created = CreatedManagedUser { user: shown(user), tokens: shown_tokens(&tokens) };
            Ok((StatusCode::CREATED, Json(Success::of(created))))
        }
        Err(StoreError::Constraint(Constraint::UserEmail)) => {
            let conn = app.store.read().await?;
            Err(match users::owner_of_email(&conn, &key).await? {
                Some(owner) => already_exists(owner, &client),
                // Deleted since: what is left to say is that the address was taken.
                None => StoreError::Constraint(Constraint::UserEmail).into(),
            })
        }
        // The client was deleted since; its organization cannot be.
        Err(StoreError::BrokenReference) => {
            Err(ApiError::not_found(messages::OAUTH_CLIENT_NOT_FOUND))
        }
        Err(error) => Err(error.into()),
    }
}

async fn new_user(
    app: &App,
    client: &OAuthClientId,
    organization: OrganizationId,
    body: CreateManagedUser,
    now: Timestamp,
) -> Result<User, ApiError> {
    let address = email::with_client_suffix(&body.email, client);
    // Exactly when a zone is given there is a schedule (MU-14).
    let default_schedule_id = match body.time_zone {
        Some(_) => Some(ScheduleId(app.store.next_id(Sequence::Schedule).await?)),
        None => None,
    };
    Ok(User {
        id: UserId(app.store.next_id(Sequence::User).await?),
        organization_id: Some(organization),
        oauth_client_id: Some(client.clone()),
        username: Some(username::derive(&address)),
        email: address,
        name: Some(body.name),
        bio: body.bio,
        avatar_url: body.avatar_url,
        time_zone: body.time_zone.unwrap_or_default().as_str().to_owned(),
        week_start: body.week_start.as_str().to_owned(),
        time_format: Some(body.time_format.hours()),
        locale: body.locale.map(|locale| locale.as_str().to_owned()),
        metadata: body.metadata.map(Value::Object),
        is_platform_managed: true,
        created_at: now,
        default_schedule_id,
        is_in_platform: Some(true),
        is_locked: false,
    })
}

/// 409 with the id of the client's user who has the address (MU-11). Whoever else
/// has it is nobody's business.
fn already_exists(
    (id, owner): (UserId, Option<OAuthClientId>),
    client: &OAuthClientId,
) -> ApiError {
    if owner.as_ref() == Some(client) {
        ApiError::conflict(messages::user_exists(id))
    } else {
        StoreError::Constraint(Constraint::UserEmail).into()
    }
}

struct Create {
    user: User,
    organization: OrganizationId,
    profile_uid: String,
    membership_id: MembershipId,
    tokens: Pair,
    /// Empty, or one for each of the default event types.
    event_type_ids: Vec<EventTypeId>,
    now: Timestamp,
}

impl UnitOfWork for Create {
    type Output = ();
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<(), StoreError> {
        let Self { user, organization, now, .. } = self;
        let username = user.username.as_deref().unwrap_or_default();
        let rows = Box::pin(async {
            tokio::try_join!(
                biased;
                // First, because its constraint is the one that a caller hears of.
                users::insert(conn, user),
                organizations::insert_profile(conn, *organization, user.id, &self.profile_uid, username, *now),
                organizations::insert_membership(
                    conn, self.membership_id, *organization, user.id, Role::Member.name(), true, *now,
                ),
                self.tokens.insert(conn, None),
                self.insert_schedule(conn),
                self.insert_event_types(conn),
            )
        });
        conn.commit_with(rows).await.map(drop)
    }
}

impl Create {
    async fn insert_schedule(&self, conn: &Conn) -> Result<(), StoreError> {
        let Some(id) = self.user.default_schedule_id else { return Ok(()) };
        let schedule = Schedule {
            id,
            user_id: self.user.id,
            name: defaults::SCHEDULE_NAME.to_owned(),
            time_zone: Some(self.user.time_zone.clone()),
            is_default: true,
            weekly: defaults::weekly_hours(),
            overrides: Vec::new(),
        };
        schedules::insert(conn, &schedule, self.now).await
    }

    async fn insert_event_types(&self, conn: &Conn) -> Result<(), StoreError> {
        let new = EVENT_TYPES.map(|new| {
            let mut event_type = EventType::new(new.title, new.slug, new.length_minutes);
            if new.has_video {
                event_type.locations = vec![Location::cal_video()];
            }
            event_type
        });
        let inserts = new.iter().zip(&self.event_type_ids).map(|(event_type, id)| {
            event_types::insert(conn, *id, self.user.id, event_type, self.now)
        });
        futures_util::future::try_join_all(inserts).await.map(drop)
    }
}
