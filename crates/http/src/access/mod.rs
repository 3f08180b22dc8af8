//! Who may call a route: data beside the route, checked in the order of the
//! specification, which decides the status code (PM-6, PM-14, PM-15).

mod authenticate;
mod checks;
mod organizations;

use std::slice;

use axum::extract::{FromRequestParts, MatchedPath, Request};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use slotd_domain::rate_limit::Limit;
use slotd_domain::{
    EventTypeId, OAuth2ClientId, OAuthClientId, OrganizationId, Permissions, PrivateLinkId, Role,
    ScheduleId, Scope, UserId, WebhookId,
};
use slotd_store::digest;
use slotd_store::webhooks::Owner;

use authenticate::is_api_key;
pub(crate) use checks::scopes as check_scopes;
pub(crate) use organizations::{CredentialHeaders, PathMember, PathOrganization, PathOutOfOffice};

use crate::app::RateLimitSettings;
use crate::client_address::{network, of_request};
use crate::rate_limits::{Told, Tracker};
use crate::{ApiError, App, idempotency, messages};

/// The access rule of a route.
#[derive(Debug, Clone, Copy)]
pub struct Access {
    /// Ways to authenticate that the route takes (AU-14).
    pub credentials: &'static [CredentialKind],
    /// What is checked, in this order.
    pub checks: &'static [Check],
    /// What a third-party app must have been granted; none: the route is closed to
    /// them (O2-12).
    pub scopes: &'static [Scope],
}

/// A way to authenticate (section 1.3 of the platform rules).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialKind {
    /// `x-cal-secret-key` with a client id from the path or `x-cal-client-id`.
    OAuthClient,
    /// A managed user's access token, or a third-party app's (AU-9).
    AccessToken,
    /// An API key.
    ApiKey,
    /// The cookie of a session in a browser.
    Session,
}

/// All ways in which programs authenticate. A session opens only what people do in
/// a browser.
pub const ANY_CREDENTIAL: &[CredentialKind] =
    &[CredentialKind::OAuthClient, CredentialKind::AccessToken, CredentialKind::ApiKey];

/// Whoever asks.
pub(crate) const PUBLIC: Access = Access { credentials: ANY_CREDENTIAL, checks: &[], scopes: &[] };

/// One step of an access rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Check {
    /// The caller must be known (AU-1 to AU-13).
    Authenticated,
    /// Nobody has to say who they are; whoever does must be right (AU-15). A client's id
    /// alone says nothing: the components send it with every request.
    AuthenticatedIfPresented,
    /// The OAuth client must have these permissions (PM-1 to PM-6).
    Permissions(Permissions),
    /// The caller must have one of these roles in a platform organization (PM-10
    /// to PM-13). Managed users' tokens never pass (OC-19).
    OrganizationRole(&'static [Role]),
    /// The client in the path must belong to the caller's organization (PM-14).
    OwnOAuthClient,
    /// The webhook in the path must exist and belong to the client in the path.
    WebhookOfOAuthClient,
    /// The event type in the path must be the caller's own (PL-3, EW-1).
    OwnEventType(Foreign),
    /// The webhook in the path must exist and belong to the event type in the path
    /// (EW-2).
    WebhookOfEventType,
    /// The caller must not be a managed user (CH-8).
    NotManagedUser,
    /// The access token must have been issued by the client in the path (PV-4).
    TokenOfOAuthClient,
    /// The credentials must name an organization, not only their user (PM-10).
    BoundOrganization,
    /// The organization in the path must exist (ORG-17).
    Organization,
    /// The caller must have at least this role in the organization in the path (ORG-15).
    RoleInOrganization(Role),
    /// The user in the path must be in the organization in the path (ORG-16).
    UserOfOrganization,
    /// The out-of-office entry in the path must be the user's in the path (ORG-16).
    OutOfOfficeOfUser,
    /// The operation has a limit of its own beside its caller's, with this name (03 R5.5).
    /// Like the caller's it counts every request, before anything else is checked.
    MostPerMinute(&'static str, u32),
}

/// What somebody else's event type is to a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// There is none: 404.
    Unknown,
    /// It is there, but not for them: 403.
    Forbidden,
}

/// Who calls, once it is known.
#[derive(Debug, Clone)]
pub(crate) struct Principal {
    /// As whom the request acts.
    pub(crate) user_id: UserId,
    /// By what the caller is known.
    pub(crate) credential: Credential,
    /// The request's organization (AU-7, AU-8, AU-11).
    pub(crate) organization_id: Option<OrganizationId>,
    /// The acting user's main organization.
    pub(crate) main_organization_id: Option<OrganizationId>,
    /// Passes every organization and role check (AU-18).
    pub(crate) is_system_admin: bool,
}

impl Principal {
    /// The organization that the credentials name (PM-10).
    pub(crate) fn bound_organization(&self) -> Result<OrganizationId, ApiError> {
        self.organization_id.ok_or_else(|| ApiError::unauthorized(messages::NO_ORGANIZATION_ID))
    }
}

/// By what a caller is known.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    OAuthClient {
        id: OAuthClientId,
        permissions: Permissions,
        is_platform: bool,
        role: Role,
    },
    AccessToken {
        client_id: OAuthClientId,
        permissions: Permissions,
        digest: [u8; 32],
    },
    ApiKey {
        digest: [u8; 32],
        /// Limits of this key alone (RL-7).
        rate_limits: Option<Vec<Limit>>,
    },
    ThirdParty {
        client_id: OAuth2ClientId,
        digest: [u8; 32],
        /// What the user allowed; none when that is not limited (O2-11).
        scopes: Option<Vec<Scope>>,
    },
    Session {
        /// Digest of the cookie's text.
        digest: [u8; 32],
    },
}

/// The parts of a request that access rules look at.
pub(crate) struct Presented {
    path_client: Option<OAuthClientId>,
    header_client: Option<OAuthClientId>,
    secret: Option<String>,
    bearer: Option<String>,
    session: Option<String>,
    origin: Option<String>,
}

impl Presented {
    fn new(headers: &HeaderMap, path_client: Option<String>) -> Self {
        // Bytes that are no text make a value that no look-up finds.
        let header = |name: &str| {
            let value = headers.get(name).filter(|value| !value.is_empty())?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let bearer = header("authorization").map(|value| match value.strip_prefix("Bearer ") {
            Some(token) => token.to_owned(),
            None => value,
        });
        Self {
            path_client: path_client.map(OAuthClientId::new),
            header_client: header("x-cal-client-id").map(OAuthClientId::new),
            secret: header("x-cal-secret-key"),
            bearer: bearer.filter(|token| !token.is_empty()),
            session: crate::sessions::cookie(headers),
            origin: header("origin"),
        }
    }

    /// The path's client id wins over the header's (AU-2).
    fn client(&self) -> Option<&OAuthClientId> {
        self.path_client.as_ref().or(self.header_client.as_ref())
    }
}

/// The middleware of every guarded route: runs the checks of `access` and hands
/// the [`Principal`] to the handler.
pub(crate) async fn authorize(access: &'static Access, request: Request, next: Next) -> Response {
    let app = request
        .extensions()
        .get::<App>()
        .expect("the edge puts the app into every request")
        .clone();
    let (parts, body) = request.into_parts();
    let path_client = path_parameter(&parts, "clientId").filter(|_| !names_a_third_party(&parts));
    let presented = Presented::new(&parts.headers, path_client);
    let caller = authenticate::authenticate(&app, access, &presented).await;

    let told = count(&app, access, &parts, &presented, caller.as_ref().ok());
    let answer = if told.as_ref().is_some_and(Told::is_refusal) {
        Err(ApiError::too_many_requests())
    } else {
        let request = Request::from_parts(parts, body);
        answer(&app, access, request, &presented, caller, next).await
    };
    let mut response = answer.unwrap_or_else(ApiError::into_response);
    if let Some(told) = told {
        told.write(response.headers_mut());
    }
    response
}

/// Lets a request through if it passes the checks, or gives the answer again that its
/// idempotency key has had.
async fn answer(
    app: &App,
    access: &Access,
    request: Request,
    presented: &Presented,
    caller: Result<Principal, ApiError>,
    next: Next,
) -> Result<Response, ApiError> {
    let (mut parts, body) = request.into_parts();
    let claim = idempotency::claim(app, &parts, caller.as_ref().ok())?;
    // What the checks look for may be gone by what the key has done, so whoever is known
    // gets the answer before them. A stranger has to pass them first.
    let is_known = caller.is_ok();
    if is_known && let Some(answer) = idempotency::given(app, claim.as_ref()).await? {
        return Ok(answer);
    }
    let checked = check(app, access, &parts, presented, caller).await;
    // It may also have been gone since: another request with the key was faster.
    let looks_now = if checked.is_ok() { !is_known } else { is_known };
    if looks_now && let Some(answer) = idempotency::given(app, claim.as_ref()).await? {
        return Ok(answer);
    }
    if let Some(principal) = checked? {
        parts.extensions.insert(principal);
    }
    let request = Request::from_parts(parts, body);
    Ok(match claim {
        None => next.run(request).await,
        Some(claim) => idempotency::run(app.clone(), claim, next.run(request)).await,
    })
}

/// Runs the checks of an access rule. Who calls is known by now, or not: whether
/// that is told before or after the other checks is the rule's to say (PM-6).
async fn check(
    app: &App,
    access: &Access,
    parts: &Parts,
    presented: &Presented,
    caller: Result<Principal, ApiError>,
) -> Result<Option<Principal>, ApiError> {
    let (mut refusal, principal) = match caller {
        Ok(principal) => (None, Some(principal)),
        Err(error) => (Some(error), None),
    };
    // An API key that is none is refused on public routes, too (RL-10).
    let has_key = presented.bearer.as_ref().is_some_and(|bearer| is_api_key(app, bearer));
    if has_key && !access.checks.contains(&Check::Authenticated) {
        refusal.take().map_or(Ok(()), Err)?;
    }
    for check in access.checks {
        let principal = principal.as_ref();
        match check {
            Check::Authenticated => {
                refusal.take().map_or(Ok(()), Err)?;
                checks::scopes(access.scopes, known(principal))?;
            }
            Check::AuthenticatedIfPresented => {
                if presented.bearer.is_some() || presented.secret.is_some() {
                    refusal.take().map_or(Ok(()), Err)?;
                    // What is open to everybody without a scope is open to every app.
                    if !access.scopes.is_empty() {
                        checks::scopes(access.scopes, known(principal))?;
                    }
                }
            }
            Check::Permissions(required) => {
                checks::permissions(app, *required, presented, principal).await?;
            }
            Check::OrganizationRole(roles) => {
                checks::organization_role(app, roles, known(principal)).await?;
            }
            Check::OwnOAuthClient => checks::own_client(app, presented, known(principal)).await?,
            Check::WebhookOfOAuthClient => {
                let owner = presented.path_client.clone().map(Owner::OAuthClient);
                checks::webhook_of(app, owner, &path_webhook(parts), known(principal)).await?;
            }
            Check::OwnEventType(foreign) => {
                let id = path_event_type(parts)?;
                checks::own_event_type(app, id, *foreign, known(principal)).await?;
            }
            Check::WebhookOfEventType => {
                let owner = path_event_type(parts)?.known.map(Owner::EventType);
                checks::webhook_of(app, owner, &path_webhook(parts), known(principal)).await?;
            }
            Check::NotManagedUser => checks::not_managed_user(app, known(principal)).await?,
            Check::TokenOfOAuthClient => checks::token_of_client(presented, known(principal))?,
            Check::BoundOrganization => known(principal).bound_organization().map(drop)?,
            Check::Organization => organizations::exists(app, parts).await?,
            Check::RoleInOrganization(role) => {
                organizations::role(app, parts, *role, known(principal)).await?;
            }
            Check::UserOfOrganization => organizations::has_user(app, parts).await?,
            Check::OutOfOfficeOfUser => organizations::has_entry(app, parts).await?,
            // Counted with the caller's other limits.
            Check::MostPerMinute(..) => {}
        }
    }
    Ok(principal)
}

/// Counts the request against its caller's rate limits and the operation's own, if there
/// are any.
fn count(
    app: &App,
    access: &Access,
    parts: &Parts,
    presented: &Presented,
    caller: Option<&Principal>,
) -> Option<Told> {
    let settings = app.settings.rate_limits.as_ref()?;
    let (tracker, limits) = match caller.map(|caller| &caller.credential) {
        Some(Credential::ApiKey { digest, rate_limits }) => {
            let own = rate_limits.as_deref();
            (Tracker::ApiKey(*digest), own.unwrap_or(slice::from_ref(&settings.api_key)))
        }
        Some(
            Credential::AccessToken { digest, .. }
            | Credential::ThirdParty { digest, .. }
            | Credential::Session { digest },
        ) => (Tracker::AccessToken(*digest), slice::from_ref(&settings.access_token)),
        Some(Credential::OAuthClient { id, .. }) => {
            (Tracker::OAuthClient(id.clone()), slice::from_ref(&settings.oauth_client))
        }
        None => stranger(app, settings, parts, presented),
    };
    let now = app.clock.now();
    let hit =
        |tracker, limits: &[Limit]| Told::new(limits, &app.rate_limits.hit(tracker, limits, now));
    let told = hit(tracker.clone(), limits);
    let own = access.checks.iter().find_map(|check| match check {
        Check::MostPerMinute(name, requests) => Some((*name, *requests)),
        _ => None,
    });
    Some(match own {
        // What is refused anyway does not count twice.
        Some((name, requests)) if !told.is_refusal() => {
            let tracker = Tracker::Operation(name, Box::new(tracker));
            told.and(hit(tracker, &[Limit::per_minute(name, requests)]))
        }
        _ => told,
    })
}

/// Who could not be authenticated: by an expired token, which is still one of
/// ours, or by address.
fn stranger<'a>(
    app: &App,
    settings: &'a RateLimitSettings,
    parts: &Parts,
    presented: &Presented,
) -> (Tracker, &'a [Limit]) {
    if let Some(bearer) = &presented.bearer
        && app.store.keyring().has_signed(bearer)
    {
        let tracker = Tracker::AccessToken(digest(bearer));
        return (tracker, slice::from_ref(&settings.access_token));
    }
    let address = of_request(app, &parts.extensions, &parts.headers);
    if presented.header_client.is_some() && presented.secret.is_none() {
        (Tracker::Visitor(network(address)), slice::from_ref(&settings.oauth_client))
    } else {
        (Tracker::Network(network(address)), slice::from_ref(&settings.address))
    }
}

fn known(principal: Option<&Principal>) -> &Principal {
    principal.expect("an access rule authenticates before it asks about the caller")
}

/// Whether the `{clientId}` of the matched path is that of a third-party app, which
/// is no credential.
fn names_a_third_party(parts: &Parts) -> bool {
    parts.extensions.get::<MatchedPath>().is_some_and(|path| path.as_str().contains("/oauth2/"))
}

/// A parameter of the matched path, decoded. Bytes that are no UTF-8 become
/// U+FFFD: such an id is unknown, not an error of its own.
pub(crate) fn path_parameter(parts: &Parts, name: &str) -> Option<String> {
    let template = parts.extensions.get::<MatchedPath>()?.as_str().split('/');
    let (_, segment) = template.zip(parts.uri.path().split('/')).find(|(part, _)| {
        part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) == Some(name)
    })?;
    // NUL, which PostgreSQL cannot look up, becomes U+FFFD as well.
    Some(
        percent_encoding::percent_decode_str(segment).decode_utf8_lossy().replace('\0', "\u{fffd}"),
    )
}

impl<S: Sync> FromRequestParts<S> for Principal {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            ApiError::internal("the access rule of this route does not authenticate")
        })
    }
}

/// The OAuth client in the path.
pub(crate) struct PathClient(pub(crate) OAuthClientId);

impl<S: Sync> FromRequestParts<S> for PathClient {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let id = path_parameter(parts, "clientId");
        id.map(|id| Self(OAuthClientId::new(id)))
            .ok_or_else(|| ApiError::internal("the route has no {clientId}"))
    }
}

/// The user id in the path, as it was sent: any text (QI-6).
pub(crate) struct PathUser(pub(crate) String);

impl PathUser {
    /// The id, if it can be one.
    pub(crate) fn id(&self) -> Option<UserId> {
        id(&self.0).map(UserId)
    }
}

impl<S: Sync> FromRequestParts<S> for PathUser {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self(path_parameter(parts, "userId").unwrap_or_default()))
    }
}

/// The schedule in the path: an integer (AV-6).
pub(crate) struct PathSchedule(pub(crate) ScheduleId);

impl<S: Sync> FromRequestParts<S> for PathSchedule {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let text = path_parameter(parts, "scheduleId").unwrap_or_default();
        integer(&text).map(|id| Self(ScheduleId(id)))
    }
}

/// An id that must be an integer (AV-6).
pub(crate) fn integer(text: &str) -> Result<i32, ApiError> {
    check_integer(text)?;
    text.parse().map_err(|_| ApiError::bad_request(messages::NUMERIC_STRING_EXPECTED))
}

/// Refuses what is no integer, of whatever length.
fn check_integer(text: &str) -> Result<(), ApiError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ApiError::bad_request(messages::NUMERIC_STRING_EXPECTED));
    }
    Ok(())
}

/// The webhook in the path, which may be any text.
pub(crate) struct PathWebhook(pub(crate) WebhookId);

impl<S: Sync> FromRequestParts<S> for PathWebhook {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self(path_webhook(parts)))
    }
}

fn path_webhook(parts: &Parts) -> WebhookId {
    WebhookId::new(path_parameter(parts, "webhookId").unwrap_or_default())
}

/// The private link in the path, which may be any text.
pub(crate) struct PathLink(pub(crate) PrivateLinkId);

impl<S: Sync> FromRequestParts<S> for PathLink {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self(PrivateLinkId::new(path_parameter(parts, "linkId").unwrap_or_default())))
    }
}

/// The uid in the path, which may be any text.
pub(crate) struct PathUid(pub(crate) String);

impl<S: Sync> FromRequestParts<S> for PathUid {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self(path_parameter(parts, "uid").unwrap_or_default()))
    }
}

/// The event type in the path, which its access rule has found.
pub(crate) struct PathEventType(pub(crate) EventTypeId);

impl<S: Sync> FromRequestParts<S> for PathEventType {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let id = path_event_type(parts)?.known;
        id.map(Self).ok_or_else(|| {
            ApiError::internal("the access rule of this route does not look for an event type")
        })
    }
}

/// An integer that stands for an event type in a path.
pub(crate) struct EventTypeNumber {
    /// As it was sent.
    pub(crate) text: String,
    /// The id, if it can be one.
    pub(crate) known: Option<EventTypeId>,
}

/// The integer in the path, or a refusal of what is none (AV-6).
impl<S: Sync> FromRequestParts<S> for EventTypeNumber {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        path_event_type(parts)
    }
}

fn path_event_type(parts: &Parts) -> Result<EventTypeNumber, ApiError> {
    let text = path_parameter(parts, "eventTypeId").unwrap_or_default();
    check_integer(&text)?;
    let known = id(&text).map(EventTypeId);
    Ok(EventTypeNumber { text, known })
}

/// A number that can be an id. An id has one spelling: `02` and `+2` are none.
fn id(text: &str) -> Option<i32> {
    text.parse().ok().filter(|id: &i32| *id > 0 && id.to_string() == text)
}
