//! What an app asks for, whether it may, and the code that it gets (O2-2 to O2-4).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use slotd_domain::oauth2::{CODE_LIFETIME, ClientStatus, ClientType, with_parameters};
use slotd_domain::{OAuth2ClientId, OrganizationId, Scope, UserId, parse_scopes};
use slotd_store::oauth2::{self, Client};
use slotd_store::{Conn, StoreError, UnitOfWork, digest, new_one_time_code};

use super::{existing, redirect_uris};
use crate::{ApiError, App, messages};

/// What an app asks for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) client_id: OAuth2ClientId,
    pub(super) redirect_uri: String,
    /// Names separated by blanks or commas.
    pub(super) scope: String,
    pub(super) state: Option<String>,
    pub(super) team_slug: Option<String>,
    pub(super) code_challenge: Option<String>,
    pub(super) code_challenge_method: Option<String>,
}

/// What it may have.
pub(super) struct Allowed {
    pub(super) client: Client,
    /// None when the app's tokens are not limited (O2-11).
    pub(super) scopes: Option<Vec<Scope>>,
    team: Option<OrganizationId>,
}

/// Why it may not.
pub(super) enum Refusal {
    /// Said to the person: the app's address cannot be trusted (O2-3).
    Here(ApiError),
    /// Said to the app, by sending the person there.
    AtClient { error: &'static str, description: String },
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Here(error)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Here(error.into())
    }
}

/// Looks at what an app asks a user for. Nothing is sent to an address before it is
/// known to be the app's.
pub(super) async fn examine(app: &App, user: UserId, asked: &Asked) -> Result<Allowed, Refusal> {
    let at_client =
        |error, description: &str| Refusal::AtClient { error, description: description.to_owned() };
    let client = existing(app, &asked.client_id).await?;
    if !redirect_uris(&client).contains(&asked.redirect_uri) {
        return Err(ApiError::bad_request(messages::UNREGISTERED_REDIRECT_URI).into());
    }
    match ClientStatus::parse(&client.status) {
        Some(status) if status.lets_in(client.owner_user_id == user) => {}
        Some(ClientStatus::Rejected) => {
            return Err(at_client("unauthorized_client", "client_rejected"));
        }
        _ => {
            return Err(ApiError::unauthorized(messages::OAUTH2_CLIENT_NOT_APPROVED).into());
        }
    }
    let is_confidential = ClientType::parse(&client.client_type) == Some(ClientType::Confidential);
    let has_good_challenge = match &asked.code_challenge {
        // SHA-256 in base64url has 43 characters (RFC 7636, 4.2).
        Some(challenge) => {
            asked.code_challenge_method.as_deref() == Some("S256")
                && challenge.len() == 43
                && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        }
        None => is_confidential && asked.code_challenge_method.is_none(),
    };
    if !has_good_challenge {
        return Err(at_client("invalid_request", "pkce_missing_parameters_or_invalid_method"));
    }
    let scopes = scopes(&client, &asked.scope).map_err(|name| Refusal::AtClient {
        error: "invalid_scope",
        description: format!("{} is no scope of this client", shown(&name)),
    })?;
    let team = match &asked.team_slug {
        None => None,
        Some(slug) => {
            let conn = app.store.read().await?;
            let team = oauth2::team_of_admin(&conn, user, slug).await?;
            let refused = || at_client("access_denied", "team_not_found_or_user_not_its_admin");
            Some(team.ok_or_else(refused)?.0)
        }
    };
    Ok(Allowed { client, scopes, team })
}

/// The scopes that are asked for, or the name of the first that cannot be had.
fn scopes(client: &Client, asked: &str) -> Result<Option<Vec<Scope>>, String> {
    let asked = parse_scopes(asked)?;
    let Some(registered) = &client.scopes else {
        // Registered before there were scopes: limited only if it asks for that.
        return Ok(if asked.is_empty() { None } else { Some(asked) });
    };
    let registered = oauth2::scopes_of(registered);
    if asked.is_empty() {
        return Ok(Some(registered));
    }
    match asked.iter().find(|scope| !registered.contains(scope)) {
        Some(scope) => Err(scope.to_string()),
        None => Ok(Some(asked)),
    }
}

/// Error descriptions hold visible ASCII (RFC 6749, 4.1.2.1).
fn shown(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric() || "_-:.".contains(*c)).take(60).collect()
}

impl Refusal {
    /// The answer to whoever asked through the API.
    pub(super) fn into_answer(self, asked: &Asked) -> Result<Response, ApiError> {
        match self {
            Self::Here(error) => Err(error),
            Self::AtClient { error, description } => {
                let parameters = [("error", error), ("error_description", &description)];
                redirect(asked, &parameters)
            }
        }
    }
}

/// Sends the person back to the app, with the app's state.
pub(super) fn redirect(asked: &Asked, parameters: &[(&str, &str)]) -> Result<Response, ApiError> {
    let mut parameters = parameters.to_vec();
    parameters.extend(asked.state.as_deref().map(|state| ("state", state)));
    let location = with_parameters(&asked.redirect_uri, &parameters);
    let location = HeaderValue::try_from(location)
        .map_err(|_| ApiError::bad_request(messages::UNREGISTERED_REDIRECT_URI))?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
}

/// Makes a code and sends the person back to the app with it.
pub(super) async fn allow(
    app: &App,
    user: UserId,
    asked: &Asked,
    allowed: Allowed,
) -> Result<Response, ApiError> {
    let code = new_one_time_code();
    let now = app.clock.now();
    let unit = NewCode {
        digest: digest(&code),
        user,
        scopes: allowed.scopes.as_deref().map(as_json),
        team: allowed.team,
        client: allowed.client.id,
        redirect_uri: asked.redirect_uri.clone(),
        code_challenge: asked.code_challenge.clone(),
        now,
    };
    app.store.write(unit).await?;
    redirect(asked, &[("code", &code)])
}

/// Scopes as they are stored and as tokens carry them.
pub(super) fn as_json(scopes: &[Scope]) -> Value {
    json!(scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>())
}

struct NewCode {
    digest: [u8; 32],
    client: OAuth2ClientId,
    user: UserId,
    team: Option<OrganizationId>,
    scopes: Option<Value>,
    redirect_uri: String,
    code_challenge: Option<String>,
    now: Timestamp,
}

impl UnitOfWork for NewCode {
    type Output = ();
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<(), StoreError> {
        oauth2::purge_codes(conn, self.now).await?;
        oauth2::insert_code(
            conn,
            &self.digest,
            &self.client,
            self.user,
            self.team,
            self.scopes.as_ref(),
            &self.redirect_uri,
            self.code_challenge.as_deref(),
            self.now.saturating_add(CODE_LIFETIME).unwrap_or(self.now),
        )
        .await?;
        Ok(())
    }
}
