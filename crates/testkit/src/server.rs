use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use slotd_contract::oauth_clients::CreateOAuthClient;
use slotd_domain::event_type::EventType;
use slotd_domain::oauth2::{ClientStatus, ClientType};
use slotd_domain::{EventTypeId, MembershipId, OrganizationId, Permissions, Role, UserId};
use slotd_http::{App, Clock, Peer, Settings};
use slotd_store::organizations::NewOrganization;
use slotd_store::users::User;
use slotd_store::{
    Conn, Sequence, ServerKeys, Store, StoreError, UnitOfWork, api_keys, digest, event_types,
    new_api_key, oauth_clients, oauth2, organizations, users,
};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tower::ServiceExt as _;
use tower::util::BoxCloneSyncService;

use crate::{Engine, TestDatabase};

/// Where a test's clock starts.
pub const NOW: &str = "2026-03-02T09:15:04.120Z";

/// The API behind a real socket, with a clock that the test moves.
pub struct TestServer {
    /// `http://127.0.0.1:PORT`
    pub base: String,
    /// The parts of the server.
    pub app: App,
    /// The database under it.
    pub database: TestDatabase,
    http: reqwest::Client,
    /// Where requests go that take no socket.
    service: Option<Service>,
    _stop: oneshot::Sender<()>,
}

type Service = BoxCloneSyncService<Request, Response, Infallible>;

/// An organization with an owner and an OAuth client.
pub struct World {
    /// Id of the organization.
    pub organization: OrganizationId,
    /// Id of its owner.
    pub owner: UserId,
    /// An API key of the owner, bound to the organization.
    pub key: String,
    /// Id of the client.
    pub client: String,
    /// Secret of the client.
    pub secret: String,
}

impl TestServer {
    /// Starts a server on a fresh database; none without PostgreSQL.
    pub async fn start(engine: Engine) -> Option<Self> {
        Self::start_with(engine, Self::settings(), axum::Router::new()).await
    }

    /// Settings of a test that needs none in particular: the defaults, without rate limits.
    #[must_use]
    pub fn settings() -> Settings {
        Settings { rate_limits: None, ..Settings::default() }
    }

    /// Starts a server with settings and routes of the test's own.
    pub async fn start_with(
        engine: Engine,
        settings: Settings,
        extra: axum::Router<App>,
    ) -> Option<Self> {
        let database = TestDatabase::start(engine).await?;
        let clock = Clock::standing_at(NOW.parse().unwrap());
        let app = App::new(database.open(), clock, settings);
        Some(Self::serve(database, app, extra).await)
    }

    /// Starts the server again, on the same database at the same instant, with other keys.
    pub async fn restart_with(self, keys: &ServerKeys) -> Self {
        let store = Store::open(&self.database.options, keys).unwrap();
        let app = App::new(store, Clock::standing_at(self.now()), Self::settings());
        Self::serve(self.database, app, axum::Router::new()).await
    }

    async fn serve(database: TestDatabase, app: App, extra: axum::Router<App>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let served = app.clone();
        tokio::spawn(async move {
            let stopped = async {
                let _dropped = stopped.await;
            };
            slotd_http::serve(listener, served, extra, stopped).await.unwrap();
        });
        // Where an answer sends a browser is part of the answer.
        let redirects = reqwest::redirect::Policy::none();
        let http = reqwest::Client::builder().redirect(redirects).build().unwrap();
        Self { base, app, database, http, service: None, _stop: stop }
    }

    /// From now on requests go to the service itself: all but the socket, in half the time.
    pub fn leave_out_the_socket(&mut self) {
        let service = slotd_http::service(self.app.clone(), axum::Router::new());
        self.service = Some(BoxCloneSyncService::new(service));
    }

    /// The test's current instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: SignedDuration) {
        self.app.clock.advance(by);
    }

    /// Starts a request; `path` begins with a slash.
    #[must_use]
    pub fn call(&self, method: &str, path: &str) -> Call {
        let service = self.service.clone();
        Call { service, ..Call::new(&self.http, &self.base, method, path) }
    }

    /// A platform organization with an owner, a key and a client that may do everything.
    pub async fn world(&self) -> World {
        self.world_with(Permissions::ALL, &["http://localhost:4321"]).await
    }

    /// The same with permissions and redirect URIs of the test's own.
    pub async fn world_with(&self, permissions: Permissions, redirect_uris: &[&str]) -> World {
        let name = new_api_key();
        let email = format!("owner-{name}@example.com");
        let new =
            NewOrganization::prepare(&self.app.store, &name, &email, self.now()).await.unwrap();
        let (organization, owner) = (new.organization_id, new.owner.id);
        self.app.store.write(new).await.unwrap();
        let key = self.new_key(owner, Some(organization), None).await;
        let (client, secret) = self.new_client(organization, permissions, redirect_uris).await;
        World { organization, owner, key, client, secret }
    }

    /// Another client of an organization.
    pub async fn new_client(
        &self,
        organization: OrganizationId,
        permissions: Permissions,
        redirect_uris: &[&str],
    ) -> (String, String) {
        let body = CreateOAuthClient {
            logo: None,
            name: "Client".to_owned(),
            redirect_uris: redirect_uris.iter().map(|uri| (*uri).to_owned()).collect(),
            permissions,
            booking_redirect_uri: None,
            booking_cancel_redirect_uri: None,
            booking_reschedule_redirect_uri: None,
            are_emails_enabled: false,
            are_default_event_types_enabled: false,
            are_calendar_events_enabled: true,
        };
        let (client, secret) =
            slotd_http::new_client(self.app.store.keyring(), organization, &body, self.now());
        let id = client.id.to_string();
        self.write(move |conn| {
            let client = client.clone();
            Box::pin(async move { oauth_clients::insert(conn, &client).await.map(drop) })
        })
        .await;
        (id, secret)
    }

    /// A new API key of a user.
    pub async fn new_key(
        &self,
        user: UserId,
        organization: Option<OrganizationId>,
        expires_at: Option<Timestamp>,
    ) -> String {
        let key = new_api_key();
        let (hash, now) = (digest(&key), self.now());
        self.write(move |conn| {
            Box::pin(async move {
                api_keys::insert(conn, &hash, user, organization, None, expires_at, now)
                    .await
                    .map(drop)
            })
        })
        .await;
        format!("cal_{key}")
    }

    /// A regular user with the given role in an organization, or in none.
    pub async fn new_person(&self, place: Option<(OrganizationId, Role, bool)>) -> UserId {
        let id = UserId(self.app.store.next_id(Sequence::User).await.unwrap());
        let membership = MembershipId(self.app.store.next_id(Sequence::Membership).await.unwrap());
        let now = self.now();
        let user = User {
            id,
            organization_id: place.map(|(organization, _, _)| organization),
            oauth_client_id: None,
            email: format!("person-{id}@example.com"),
            username: Some(format!("person-{id}")),
            name: None,
            bio: None,
            avatar_url: None,
            time_zone: "Europe/London".to_owned(),
            week_start: "Sunday".to_owned(),
            time_format: None,
            locale: None,
            metadata: None,
            is_platform_managed: false,
            created_at: now,
            default_schedule_id: None,
            is_in_platform: None,
            is_locked: false,
        };
        self.write(move |conn| {
            let user = user.clone();
            Box::pin(async move {
                users::insert(conn, &user).await?;
                if let Some((organization, role, accepted)) = place {
                    organizations::insert_membership(
                        conn,
                        membership,
                        organization,
                        id,
                        role.name(),
                        accepted,
                        now,
                    )
                    .await?;
                }
                Ok(())
            })
        })
        .await;
        id
    }

    /// A new event type of a user.
    pub async fn new_event_type(&self, user: UserId) -> EventTypeId {
        let id = EventTypeId(self.app.store.next_id(Sequence::EventType).await.unwrap());
        let (slug, now) = (format!("event-{id}"), self.now());
        self.write(move |conn| {
            let slug = slug.clone();
            Box::pin(async move {
                event_types::insert(conn, id, user, &EventType::new("Event", &slug, 30), now)
                    .await
                    .map(drop)
            })
        })
        .await;
        id
    }

    /// Logs a user in and returns the value of the header `cookie`.
    pub async fn new_session(&self, user: UserId) -> String {
        let path = slotd_http::new_login_address(&self.app.store, user, self.now()).await.unwrap();
        let answer = self.call("GET", &path).send().await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        answer.headers["set-cookie"].split(';').next().unwrap().to_owned()
    }

    /// A third-party app with the redirect URI `https://app.example/callback`.
    pub async fn new_app(
        &self,
        owner: UserId,
        kind: ClientType,
        scopes: Option<&[&str]>,
    ) -> (String, String) {
        let secret = slotd_store::new_client_secret();
        let client = oauth2::Client {
            id: slotd_store::new_oauth2_client_id(),
            name: "Some <App>".to_owned(),
            redirect_uris: json!(["https://app.example/callback", "com.example.app:/callback"]),
            logo: None,
            client_type: kind.name().to_owned(),
            secret_digest: (kind == ClientType::Confidential).then(|| digest(&secret).to_vec()),
            is_trusted: false,
            scopes: scopes.map(|scopes| json!(scopes)),
            status: ClientStatus::Approved.name().to_owned(),
            owner_user_id: owner,
            created_at: self.now(),
        };
        let id = client.id.to_string();
        self.write(move |conn| {
            let client = client.clone();
            Box::pin(async move { oauth2::insert_client(conn, &client).await.map(drop) })
        })
        .await;
        (id, secret)
    }

    /// Authorizes a confidential app and returns the answer of the token endpoint.
    pub async fn app_tokens(&self, app: &(String, String), cookie: &str, scopes: &[&str]) -> Value {
        let redirect_uri = "https://app.example/callback";
        let answer = self
            .call("POST", &format!("/v2/auth/oauth2/clients/{}/authorize", app.0))
            .header("cookie", cookie)
            .json(&json!({ "redirect_uri": redirect_uri, "scopes": scopes }))
            .send()
            .await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        let code = answer.headers["location"].split_once("code=").unwrap().1;
        let body = json!({
            "client_id": app.0,
            "client_secret": app.1,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
        });
        let answer = self.call("POST", "/v2/auth/oauth2/token").json(&body).send().await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body
    }

    /// Runs statements in a transaction.
    pub async fn write<F>(&self, work: F)
    where
        F: for<'a> Fn(&'a Conn) -> Work<'a> + Send + Sync + 'static,
    {
        self.app.store.write(Statements(work)).await.unwrap();
    }

    /// Creates a managed user and returns the answer's `data`.
    pub async fn new_managed_user(&self, world: &World, email: &str) -> Value {
        let body = json!({ "email": email, "name": "Alice", "timeZone": "Europe/Rome" });
        let path = format!("/v2/oauth-clients/{}/users", world.client);
        let answer = self.call("POST", &path).secret(&world.secret).json(&body).send().await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["data"].clone()
    }
}

/// What [`TestServer::write`] runs.
pub type Work<'a> = std::pin::Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>>;

struct Statements<F>(F);

impl<F> UnitOfWork for Statements<F>
where
    F: for<'a> Fn(&'a Conn) -> Work<'a> + Send + Sync + 'static,
{
    type Output = ();
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<(), StoreError> {
        (self.0)(conn).await
    }
}

/// A request that is being put together.
pub struct Call {
    request: reqwest::RequestBuilder,
    service: Option<Service>,
}

impl Call {
    /// Starts a request to any server; `path` begins with a slash.
    #[must_use]
    pub fn new(http: &reqwest::Client, base: &str, method: &str, path: &str) -> Self {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        Self { request: http.request(method, format!("{base}{path}")), service: None }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        Self { request: self.request.header(name, value), ..self }
    }

    /// Adds the secret of an OAuth client.
    #[must_use]
    pub fn secret(self, secret: &str) -> Self {
        self.header("x-cal-secret-key", secret)
    }

    /// Adds an API key or an access token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Adds a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        Self { request: self.request.json(body), ..self }
    }

    /// Adds a body of any kind.
    #[must_use]
    pub fn body(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let request = self.request.header("content-type", content_type).body(body.into());
        Self { request, ..self }
    }

    /// Sends the request.
    pub async fn send(self) -> Answer {
        self.try_send().await.unwrap()
    }

    /// Sends the request to a server that may go away before it has answered.
    ///
    /// # Errors
    ///
    /// When the answer did not arrive, or not to its end.
    pub async fn try_send(self) -> Result<Answer, reqwest::Error> {
        let response = match self.service {
            None => self.request.send().await?,
            Some(service) => without_socket(service, self.request.build()?).await,
        };
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Answer { status, headers, text, body })
    }
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers, with lower-case names.
    pub headers: HashMap<String, String>,
    /// The body as text.
    pub text: String,
    /// The body as JSON; null when it is none.
    pub body: Value,
}

impl Answer {
    /// Fails unless the answer is an error of this status in the envelope, and
    /// returns its message.
    #[track_caller]
    #[must_use]
    pub fn refused(&self, status: u16) -> &str {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.body["status"], "error", "{}", self.text);
        assert!(self.body["error"]["code"].is_string(), "{}", self.text);
        self.body["error"]["message"].as_str().unwrap()
    }

    /// Fails unless the answer is a success of this status, and returns its `data`.
    #[track_caller]
    #[must_use]
    pub fn accepted(&self, status: u16) -> &Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.body["status"], "success", "{}", self.text);
        &self.body["data"]
    }

    /// The names of the failing fields of a validation error (EN-4).
    #[track_caller]
    #[must_use]
    pub fn invalid_fields(&self) -> Vec<String> {
        assert_eq!(self.refused(400), "Bad Request Exception", "{}", self.text);
        let errors = self.body["error"]["details"]["errors"].as_array().unwrap();
        errors.iter().map(|error| error["property"].as_str().unwrap().to_owned()).collect()
    }
}

async fn without_socket(service: Service, request: reqwest::Request) -> reqwest::Response {
    let request: axum::http::Request<reqwest::Body> = request.try_into().unwrap();
    let (mut parts, body) = request.into_parts();
    // As a client writes it.
    let host = parts.uri.authority().unwrap().as_str().parse().unwrap();
    parts.headers.insert(axum::http::header::HOST, host);
    parts.uri = parts.uri.path_and_query().unwrap().as_str().parse().unwrap();
    parts.extensions.insert(Peer(SocketAddr::from(([127, 0, 0, 1], 1))));
    let request = Request::from_parts(parts, Body::new(body));
    let response = match service.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    axum::http::Response::from_parts(parts, body).into()
}
