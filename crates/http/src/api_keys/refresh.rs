//! `POST /v2/api-keys/refresh`

use axum::Json;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use slotd_contract::Success;
use slotd_contract::api_keys::{ApiKey, RefreshApiKey};
use slotd_domain::Role;
use slotd_store::{Conn, UnitOfWork, api_keys, digest, new_api_key, organizations};

use crate::access::{Credential, Principal};
use crate::body::Validated;
use crate::{ApiError, App, messages};

const DEFAULT_DAYS: i64 = 30;

/// Exchanges an API key for a new one; the old key ends at once (AK-1 to AK-7).
#[utoipa::path(
    post, path = "/v2/api-keys/refresh", operation_id = "ApiKeysController_refresh",
    tag = "Api Keys", summary = "Refresh API Key",
    params(("Authorization" = String, Header, description = "`Bearer <API key>`: the key to replace")),
    request_body = RefreshApiKey,
    responses((status = 200, description = "The new key", body = Success<ApiKey>)),
)]
pub(super) async fn refresh(
    State(app): State<App>,
    principal: Principal,
    Validated { body, .. }: Validated<RefreshApiKey>,
) -> Result<Json<Success<ApiKey>>, ApiError> {
    let Credential::ApiKey { digest: old, .. } = principal.credential else {
        return Err(ApiError::unauthorized(messages::ONLY_API_KEY));
    };
    let never_expires = body.api_key_never_expires == Some(true);
    if never_expires && body.api_key_days_valid.is_some() {
        return Err(ApiError::bad_request(messages::DAYS_AND_NEVER));
    }
    let now = app.clock.now();
    let days = body.api_key_days_valid.unwrap_or(DEFAULT_DAYS);
    let expires_at = now.saturating_add(SignedDuration::from_hours(24 * days));
    let key = new_api_key();
    let unit = Refresh {
        old,
        new: digest(&key),
        expires_at: if never_expires { None } else { Some(expires_at.unwrap_or(Timestamp::MAX)) },
        is_system_admin: principal.is_system_admin,
        now,
    };
    app.store.write(unit).await?;
    let api_key = format!("{}{key}", app.settings.api_key_prefix);
    Ok(Json(Success::of(ApiKey { api_key })))
}

struct Refresh {
    old: [u8; 32],
    new: [u8; 32],
    expires_at: Option<Timestamp>,
    is_system_admin: bool,
    now: Timestamp,
}

impl UnitOfWork for Refresh {
    type Output = ();
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<(), ApiError> {
        // Of callers that race with one key exactly one gets past this line.
        let key = api_keys::take(conn, &self.old).await?;
        let key = key.ok_or_else(|| ApiError::unauthorized(messages::INVALID_API_KEY))?;
        if let Some(team) = key.team_id
            && !self.is_system_admin
        {
            let standing = organizations::standing(conn, team, key.user_id).await?;
            let accepted = standing.filter(|standing| standing.accepted == Some(true));
            let role = accepted.and_then(|standing| Role::parse(standing.role.as_deref()?));
            if !matches!(role, Some(Role::Admin | Role::Owner)) {
                return Err(ApiError::not_authorized(messages::NOT_THE_TEAMS_ADMIN));
            }
        }
        let note = key.note.as_deref();
        let (user, team) = (key.user_id, key.team_id);
        conn.commit_with(async {
            tokio::try_join!(
                biased;
                api_keys::insert(conn, &self.new, user, team, note, self.expires_at, self.now),
                api_keys::set_rate_limits(conn, &self.new, key.rate_limits.as_ref()),
            )
        })
        .await?;
        Ok(())
    }
}
