//! Sessions of people in a browser.

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};
use slotd_domain::UserId;
use slotd_store::{Conn, Store, StoreError, UnitOfWork, sessions};

use super::{failed, person};
use crate::Failure;
use crate::settings::Settings;

#[derive(Debug, Args)]
pub(crate) struct LoginLink {
    /// Id of the user who is to be logged in; the first organization's owner unless given
    #[arg(long, value_name = "ID")]
    user: Option<i32>,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ListSessions {
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RevokeSession {
    /// Id of the session, as list-sessions shows it
    #[arg(required_unless_present = "user", conflicts_with = "user")]
    session: Option<String>,
    /// End all sessions of this user
    #[arg(long, value_name = "ID")]
    user: Option<i32>,
}

/// Makes a one-time address that begins a session.
pub(super) async fn login_link(
    store: &Store,
    args: &LoginLink,
    settings: &Settings,
    now: Timestamp,
) -> Result<Value, Failure> {
    let user = person(store, args.user).await?;
    if user.is_platform_managed {
        return Err(Failure::new(format!(
            "user {} is a managed user, who never logs in: their application has their tokens",
            user.id
        )));
    }
    let path = slotd_http::new_login_address(store, user.id, now).await.map_err(failed)?;
    Ok(json!({
        "loginLink": format!("{}{path}", settings.base_url()),
        "userId": user.id.0,
        "email": user.email,
        "worksFor": "15 minutes, once",
    }))
}

/// Lists the sessions that are not over, the oldest first.
pub(super) async fn list(store: &Store, now: Timestamp) -> Result<Value, Failure> {
    let conn = store.read().await.map_err(failed)?;
    let sessions = sessions::list(&conn, now).await.map_err(failed)?;
    let shown = sessions.into_iter().map(|session| {
        json!({
            "sessionId": session.id,
            "userId": session.user_id.0,
            "email": session.email,
            "createdAt": session.created_at.to_string(),
            "expiresAt": session.expires_at.to_string(),
        })
    });
    Ok(shown.collect())
}

/// Ends a session, or all sessions of a user, at once.
pub(super) async fn revoke(store: &Store, args: RevokeSession) -> Result<Value, Failure> {
    let RevokeSession { session, user } = args;
    let nothing = match (&session, user) {
        (Some(session), _) => format!("there is no session {session}"),
        (None, user) => format!("user {} has no session", user.unwrap_or_default()),
    };
    let ended = store.write(End { session, user: user.map(UserId) }).await.map_err(failed)?;
    if ended == 0 {
        return Err(Failure::new(nothing));
    }
    Ok(json!({ "sessionsEnded": ended }))
}

struct End {
    session: Option<String>,
    user: Option<UserId>,
}

impl UnitOfWork for End {
    type Output = u64;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<u64, StoreError> {
        match (&self.session, self.user) {
            (Some(session), _) => sessions::delete(conn, session).await,
            (None, Some(user)) => sessions::delete_of_user(conn, user).await,
            (None, None) => Ok(0),
        }
    }
}
