//! The API: one module per resource, one file per operation.
//!
//! A request passes the edge (`edge.rs`: body, errors, headers, log), its
//! route's access rule (`access/`) and its operation's handler, which reads the
//! input, runs one unit of work on the store and answers. This crate knows the
//! database only through `slotd-store`, and the time only through its [`Clock`].

mod access;
mod api_keys;
mod app;
mod atoms_event_types;
mod body;
mod bookings;
mod calendars;
mod client_address;
mod clock;
mod constant;
mod docs;
mod edge;
mod error;
mod event_types;
mod idempotency;
mod managed_users;
mod me;
mod messages;
mod metrics;
mod not_built;
mod oauth2;
mod oauth_clients;
mod out_of_office;
mod pages;
mod private_links;
mod provider;
mod rate_limits;
mod readiness;
mod refusals;
mod route;
mod schedules;
mod server;
mod sessions;
mod slots;
mod timezones;
mod tokens;
#[cfg(feature = "otel")]
mod traces;
mod version;
mod webhooks;

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{FromFnLayer, from_fn_with_state};
use axum::response::IntoResponse as _;
use axum::routing::get;
use tower::Layer as _;

#[cfg(not(feature = "otel"))]
use edge::edge as entrance;
#[cfg(feature = "otel")]
use traces::edge as entrance;

pub use access::{ANY_CREDENTIAL, Access, Check, CredentialKind, Foreign};
pub use app::{App, BookingSettings, RateLimitSettings, Settings};
pub use bookings::LimitsStatus;
pub use client_address::Peer;
pub use clock::Clock;
pub use error::ApiError;
pub use not_built::{NotBuilt, not_built};
pub use oauth_clients::new_client;
pub use route::{RouteRule, guard};
pub use server::serve;
pub use sessions::new_login_address;
#[cfg(feature = "otel")]
pub use traces::TRACE_TARGET;

fn routes() -> route::Routes {
    route::Routes::default()
        .merge(oauth_clients::routes())
        .merge(managed_users::routes())
        .merge(tokens::routes())
        .merge(me::routes())
        .merge(webhooks::routes())
        .merge(private_links::routes())
        .merge(out_of_office::routes())
        .merge(calendars::routes())
        .merge(provider::routes())
        .merge(timezones::routes())
        .merge(api_keys::routes())
        .merge(oauth2::routes())
        .merge(schedules::routes())
        .merge(event_types::routes())
        .merge(atoms_event_types::routes())
        .merge(slots::routes())
        .merge(bookings::routes())
}

/// The access rules of all operations that are built.
#[must_use]
pub fn access_table() -> Vec<RouteRule> {
    routes().rules
}

/// Our OpenAPI document.
#[must_use]
pub fn openapi() -> serde_json::Value {
    let routes = routes();
    let (_, mut document) = routes.router.split_for_parts();
    document.info.title = "slotd".to_owned();
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    document.info.description = Some(
        "A self-hosted scheduling server. What this version has built; the contract's other operations answer 501."
            .to_owned(),
    );
    document.info.license = None;
    document.info.contact = None;
    let mut document =
        serde_json::to_value(document).expect("the document is made of texts, numbers and lists");
    refusals::declare(&mut document, &routes.rules);
    document
}

/// Made when the first reader asks: it would be half of a start.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| openapi().to_string());

/// The whole service: every route behind the edge. `extra` are routes beside the
/// contract's, for tests and benches that measure the edge alone. Requests bring their
/// [`Peer`] as an extension.
pub fn service(
    app: App,
    extra: Router<App>,
) -> impl tower::Service<
    Request,
    Response = axum::response::Response,
    Error = std::convert::Infallible,
    Future: Send,
> + Clone
+ Send
+ Sync
+ 'static {
    let (router, _) = routes().router.split_for_parts();
    let router = router
        .merge(extra)
        .merge(sessions::pages())
        .merge(oauth2::pages())
        .merge(docs::routes())
        .route("/health", route::guard(&access::PUBLIC, get(async || "OK")))
        .route("/ready", get(readiness::ready))
        .route("/metrics", get(metrics::metrics))
        .route(
            "/openapi.json",
            get(async || {
                let content_type = [(axum::http::header::CONTENT_TYPE, "application/json")];
                (content_type, DOCUMENT.as_str()).into_response()
            }),
        )
        .fallback(not_built::fallback)
        .method_not_allowed_fallback(not_built::fallback)
        .layer(axum::middleware::map_request(edge::note_route))
        .with_state(app.clone());
    let edge: FromFnLayer<_, _, (axum::extract::State<App>, Request)> =
        from_fn_with_state(app, entrance);
    edge.layer(router)
}
