//! `/auth/oauth2/authorize`: the page on which a person allows an app, or not.
//! It works without scripts.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use slotd_domain::{OAuth2ClientId, Scope};
use slotd_store::sessions::Session;
use url::Url;

use super::authorization::{Asked, Refusal, allow, examine, redirect};
use crate::body::{Form, Query};
use crate::sessions::{form_token, is_own_form, of_request, show::nobody};
use crate::{ApiError, App, pages};

/// Parameters of the page. Its form repeats them.
const PARAMETERS: [&str; 8] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "state",
    "scope",
    "team_slug",
    "code_challenge",
    "code_challenge_method",
];
/// Longest parameter, in bytes.
const LONGEST: usize = 2_048;

#[derive(Template)]
#[template(path = "consent.html")]
struct Page {
    app: String,
    email: String,
    is_trusted: bool,
    is_unlimited: bool,
    /// What the app will be able to do.
    meanings: Vec<&'static str>,
    destination: String,
    form_token: String,
    fields: Vec<(&'static str, String)>,
}

/// What the page was asked with.
struct Parameters {
    fields: Vec<(&'static str, String)>,
    asked: Asked,
    has_code_flow: bool,
}

impl Parameters {
    /// Reads the parameters of a query or of the page's form. A repeated one is
    /// refused (RFC 6749, 3.1).
    fn read(sent: &[(String, String)]) -> Result<Self, String> {
        let mut fields = Vec::new();
        for name in PARAMETERS {
            let mut values = sent.iter().filter(|(sent, _)| sent == name).map(|(_, value)| value);
            let Some(value) = values.next() else { continue };
            if values.next().is_some() {
                return Err(format!("The parameter {name} is given more than once."));
            }
            if value.len() > LONGEST {
                return Err(format!("The parameter {name} is longer than {LONGEST} bytes."));
            }
            if value.contains('\0') {
                return Err(format!("The parameter {name} holds a NUL character."));
            }
            fields.push((name, value.clone()));
        }
        let get = |name: &str| {
            fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value.clone())
        };
        let needed =
            |name: &str| get(name).ok_or_else(|| format!("The parameter {name} is missing."));
        Ok(Self {
            asked: Asked {
                client_id: OAuth2ClientId::new(needed("client_id")?),
                redirect_uri: needed("redirect_uri")?,
                scope: get("scope").unwrap_or_default(),
                state: get("state"),
                team_slug: get("team_slug"),
                code_challenge: get("code_challenge"),
                code_challenge_method: get("code_challenge_method"),
            },
            has_code_flow: get("response_type").as_deref() == Some("code"),
            fields,
        })
    }
}

/// Shows what an app asks for.
pub(super) async fn show(
    State(app): State<App>,
    headers: HeaderMap,
    Query(query): Query,
) -> Result<Response, ApiError> {
    let Some(session) = of_request(&app, &headers).await? else { return nobody() };
    let parameters = match Parameters::read(&query) {
        Ok(parameters) => parameters,
        Err(text) => return unreadable(&text),
    };
    let Parameters { fields, asked, .. } = &parameters;
    let allowed = match examined(&app, &session, &parameters).await {
        Ok(allowed) => allowed,
        Err(refusal) => return refused(refusal, asked),
    };
    let page = Page {
        form_token: form_token(&app, &session),
        app: allowed.client.name,
        email: session.email,
        is_trusted: allowed.client.is_trusted,
        is_unlimited: allowed.scopes.is_none(),
        meanings: allowed.scopes.iter().flatten().copied().map(Scope::meaning).collect(),
        destination: destination(&asked.redirect_uri),
        fields: fields.clone(),
    };
    // Browsers check where a form leads after redirects, too.
    pages::page(StatusCode::OK, &page, &destination(&asked.redirect_uri))
}

/// Does what the person decided.
pub(super) async fn decide(
    State(app): State<App>,
    headers: HeaderMap,
    Form(fields): Form,
) -> Result<Response, ApiError> {
    let Some(session) = of_request(&app, &headers).await? else { return nobody() };
    if !is_own_form(&app, &session, &fields) {
        return pages::foreign_form();
    }
    let parameters = match Parameters::read(&fields) {
        Ok(parameters) => parameters,
        Err(text) => return unreadable(&text),
    };
    let asked = &parameters.asked;
    let allowed = match examined(&app, &session, &parameters).await {
        Ok(allowed) => allowed,
        Err(refusal) => return refused(refusal, asked),
    };
    let decision = fields.iter().find(|(name, _)| name == "decision").map(|(_, value)| &**value);
    match decision {
        Some("allow") => allow(&app, session.user_id, asked, allowed).await,
        Some("deny") => redirect(asked, &[("error", "access_denied")]),
        _ => unreadable("The decision is missing."),
    }
}

async fn examined(
    app: &App,
    session: &Session,
    parameters: &Parameters,
) -> Result<super::authorization::Allowed, Refusal> {
    let allowed = examine(app, session.user_id, &parameters.asked).await?;
    if parameters.has_code_flow {
        Ok(allowed)
    } else {
        Err(Refusal::AtClient {
            error: "unsupported_response_type",
            description: "response_type must be 'code'".to_owned(),
        })
    }
}

fn refused(refusal: Refusal, asked: &Asked) -> Result<Response, ApiError> {
    match refusal {
        Refusal::Here(error) if error.status().is_client_error() => {
            let text = format!("{} Tell the app's maker.", sentence(error.message()));
            pages::message(error.status(), "This app cannot be allowed", &text)
        }
        refusal => refusal.into_answer(asked),
    }
}

fn sentence(text: &str) -> String {
    if text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}

fn unreadable(text: &str) -> Result<Response, ApiError> {
    let text = format!("{text} Tell the app's maker.");
    pages::message(StatusCode::BAD_REQUEST, "This address is not complete", &text)
}

/// Where a redirect URI leads, as a person and a browser's policy read it: the
/// origin of a web page, or the scheme of an app.
fn destination(redirect_uri: &str) -> String {
    match Url::parse(redirect_uri).map(|url| (url.origin(), url.scheme().to_owned())) {
        Ok((origin, _)) if origin.is_tuple() => origin.ascii_serialization(),
        Ok((_, scheme)) => format!("{scheme}:"),
        Err(_) => String::new(),
    }
}
