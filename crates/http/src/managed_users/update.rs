//! `PATCH /v2/oauth-clients/{clientId}/users/{userId}`

use axum::Json;
use axum::extract::State;
use serde_json::Value;
use slotd_contract::Success;
use slotd_contract::fields::{FieldError, Number, Patch};
use slotd_contract::managed_users::{ManagedUser, UpdateManagedUser};
use slotd_domain::{OAuthClientId, ScheduleId, UserId, email, username};
use slotd_store::users::User;
use slotd_store::{Conn, StoreError, UnitOfWork, oauth_clients, organizations, schedules, users};

use super::{shown, unknown};
use crate::access::{PathClient, PathUser};
use crate::body::Validated;
use crate::{ApiError, App};

/// Changes the fields that are given (MU-31 to MU-36).
#[utoipa::path(
    patch, path = "/v2/oauth-clients/{clientId}/users/{userId}", operation_id = "OAuthClientUsersController_updateUser",
    tag = "Platform / Managed Users", summary = "Update a managed user",
    params(
        ("x-cal-secret-key" = String, Header, description = "Secret of the OAuth client"),
        ("clientId" = String, Path, description = "Id of the OAuth client"),
        ("userId" = i32, Path, description = "Id of the managed user"),
    ),
    request_body = UpdateManagedUser,
    responses((status = 200, description = "The user as it is now", body = Success<ManagedUser>)),
)]
pub(super) async fn update(
    State(app): State<App>,
    PathClient(client): PathClient,
    path_user: PathUser,
    Validated { body: changes, sent }: Validated<UpdateManagedUser>,
) -> Result<Json<Success<ManagedUser>>, ApiError> {
    let id = path_user.id().ok_or_else(|| unknown(&path_user))?;
    let user = app.store.write(Update { client, id, changes, sent }).await?;
    user.map(|user| Json(Success::of(shown(user)))).ok_or_else(|| unknown(&path_user))
}

struct Update {
    client: OAuthClientId,
    id: UserId,
    changes: UpdateManagedUser,
    sent: Value,
}

impl UnitOfWork for Update {
    type Output = Option<User>;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Option<User>, ApiError> {
        let (_, user) = tokio::try_join!(
            biased;
            users::lock(conn, self.id),
            users::managed_by_id(conn, &self.client, self.id),
        )?;
        match user {
            Some(user) => apply(conn, user, self.changes.clone(), &self.sent).await.map(Some),
            None => Ok(None),
        }
    }
}

/// Applies a `PATCH` to a user who is locked in the transaction of `conn`; also
/// the heart of `PATCH /v2/me`. It is applied as a whole or not at all (ME-11).
pub(crate) async fn apply(
    conn: &Conn,
    mut user: User,
    changes: UpdateManagedUser,
    sent: &Value,
) -> Result<User, ApiError> {
    // Destructured, so that a new field cannot be forgotten here.
    let UpdateManagedUser {
        email: address,
        name,
        time_format,
        default_schedule_id,
        week_start,
        time_zone,
        locale,
        avatar_url,
        bio,
        metadata,
    } = changes;
    let mut renamed = false;
    if let Some(address) = address {
        user.email = match &user.oauth_client_id {
            Some(client) => email::with_client_suffix(&address, client),
            None if is_taken_by_a_client(conn, &address).await? => {
                return Err(ApiError::invalid(vec![not_a_clients_address(sent)]));
            }
            None => address,
        };
        if user.is_platform_managed {
            user.username = Some(username::derive(&user.email));
            renamed = true;
        }
    }
    name.apply_to(&mut user.name);
    time_format.map(slotd_domain::TimeFormat::hours).apply_to(&mut user.time_format);
    if let Some(day) = week_start {
        user.week_start = day.as_str().to_owned();
    }
    if let Some(zone) = time_zone {
        user.time_zone = zone.as_str().to_owned();
    }
    locale.map(|locale| locale.as_str().to_owned()).apply_to(&mut user.locale);
    avatar_url.apply_to(&mut user.avatar_url);
    bio.apply_to(&mut user.bio);
    metadata.map(Value::Object).apply_to(&mut user.metadata);
    set_default_schedule(conn, &mut user, default_schedule_id, sent).await?;

    let profile = user.organization_id.filter(|_| renamed);
    conn.commit_with(async {
        tokio::try_join!(biased; users::update(conn, &user), async {
            match (profile, &user.username) {
                (Some(organization), Some(username)) => {
                    organizations::rename_profile(conn, organization, user.id, username).await
                }
                _ => Ok(0),
            }
        })
    })
    .await?;
    Ok(user)
}

async fn set_default_schedule(
    conn: &Conn,
    user: &mut User,
    change: Patch<Number>,
    sent: &Value,
) -> Result<(), ApiError> {
    if change == Patch::Absent {
        return Ok(());
    }
    schedules::clear_default(conn, user.id).await?;
    user.default_schedule_id = None;
    if let Patch::Value(number) = change {
        let id = number.as_id().map(ScheduleId);
        let is_own = match id {
            Some(id) => schedules::set_default(conn, user.id, id).await? == 1,
            None => false,
        };
        if !is_own {
            return Err(ApiError::invalid(vec![not_an_own_schedule(sent)]));
        }
        user.default_schedule_id = id;
    }
    Ok(())
}

/// Whether an address belongs to the managed users of a client. Its suffix is
/// public: nobody else may occupy what that client is going to create (MU-11).
async fn is_taken_by_a_client(conn: &Conn, address: &str) -> Result<bool, StoreError> {
    match email::client_of(address) {
        Some(client) => Ok(oauth_clients::organization(conn, &client).await?.is_some()),
        None => Ok(false),
    }
}

fn not_a_clients_address(sent: &Value) -> FieldError {
    let property = "email";
    let text = format!("{property} must not end with the id of an OAuth client before the @");
    FieldError::found_later::<UpdateManagedUser>(property, sent, "isOwnAddress", text)
}

/// QI-18
fn not_an_own_schedule(sent: &Value) -> FieldError {
    let property = "defaultScheduleId";
    let text = format!("{property} must be the id of one of the user's own schedules");
    FieldError::found_later::<UpdateManagedUser>(property, sent, "isOwnSchedule", text)
}
