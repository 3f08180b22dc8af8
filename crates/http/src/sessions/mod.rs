//! Sessions of people in a browser: begun by a one-time address that the operator
//! makes, 12 hours long, and needed only to authorize apps.

mod login;
mod logout;
pub(crate) mod show;

use axum::Router;
use axum::http::{HeaderMap, header};
use axum::routing::{get, post};
use cookie::{Cookie, SameSite};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slotd_domain::UserId;
use slotd_store::sessions::Session;
use slotd_store::{Conn, Store, StoreError, UnitOfWork, digest, new_client_secret};

use crate::access::PUBLIC;
use crate::route::guard;
use crate::{ApiError, App, pages};

/// How long a session lasts, whatever is done in it.
const LIFETIME: SignedDuration = SignedDuration::from_hours(12);
/// How long a one-time address works.
const LOGIN_LIFETIME: SignedDuration = SignedDuration::from_mins(15);
const COOKIE: &str = "slotd_session";

pub(crate) fn pages() -> Router<App> {
    Router::new()
        .route("/auth/login/{token}", guard(&PUBLIC, get(login::login)))
        .route("/auth/session", guard(&PUBLIC, get(show::show)))
        .route("/auth/logout", guard(&PUBLIC, post(logout::logout)))
        .route("/auth/style.css", guard(&PUBLIC, get(pages::style)))
}

/// Makes a one-time address that begins a session of a user, and returns its path.
///
/// # Errors
///
/// When the database fails.
pub async fn new_login_address(
    store: &Store,
    user: UserId,
    now: Timestamp,
) -> Result<String, StoreError> {
    let token = new_client_secret();
    store.write(NewLogin { digest: digest(&token), user, now }).await?;
    Ok(format!("/auth/login/{token}"))
}

struct NewLogin {
    digest: [u8; 32],
    user: UserId,
    now: Timestamp,
}

impl UnitOfWork for NewLogin {
    type Output = ();
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<(), StoreError> {
        let expires_at = self.now.saturating_add(LOGIN_LIFETIME).unwrap_or(self.now);
        slotd_store::sessions::purge_login_links(conn, self.now).await?;
        slotd_store::sessions::insert_login_link(conn, &self.digest, self.user, expires_at).await?;
        Ok(())
    }
}

/// The text of the session cookie, if there is one.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<String> {
    cookies(headers, COOKIE).next()
}

/// The texts of all cookies with a name: one browser may send several.
pub(crate) fn cookies(headers: &HeaderMap, name: &str) -> impl Iterator<Item = String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .filter(move |cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

/// The header that gives a browser the session cookie, or takes it away.
fn set_cookie(app: &App, value: &str, lifetime: SignedDuration) -> String {
    let mut cookie = Cookie::new(COOKIE, value);
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_secure(app.settings.public_url.starts_with("https://"));
    // Lax and not strict: an app's link to the consent page finds the session.
    cookie.set_same_site(SameSite::Lax);
    cookie.set_max_age(cookie::time::Duration::seconds(lifetime.as_secs()));
    cookie.to_string()
}

/// The session of a cookie, unless it is over or its user is locked (AU-16).
pub(crate) async fn current(app: &App, cookie: &str) -> Result<Option<Session>, ApiError> {
    let conn = app.store.read().await?;
    let session = slotd_store::sessions::by_digest(&conn, &digest(cookie), app.clock.now()).await?;
    Ok(session.filter(|session| !session.is_locked))
}

/// The session of a page's request.
pub(crate) async fn of_request(
    app: &App,
    headers: &HeaderMap,
) -> Result<Option<Session>, ApiError> {
    match cookie(headers) {
        Some(cookie) => current(app, &cookie).await,
        None => Ok(None),
    }
}

/// What a form of a page carries, so that no page of another site can send it: this
/// server's signature of the session's id.
pub(crate) fn form_token(app: &App, session: &Session) -> String {
    app.store.keyring().sign_third_party(&form_claims(session))
}

fn form_claims(session: &Session) -> Value {
    json!({ "form_of_session": session.id })
}

/// Whether a form came from a page that this session was shown.
pub(crate) fn is_own_form(app: &App, session: &Session, fields: &[(String, String)]) -> bool {
    fields
        .iter()
        .find(|(name, _)| name == "form_token")
        .and_then(|(_, token)| app.store.keyring().third_party_claims(token))
        .is_some_and(|claims| claims == form_claims(session))
}
