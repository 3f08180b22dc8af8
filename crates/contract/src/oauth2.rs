//! Third-party apps (section 7 of the platform rules), and the authorization-code
//! flow of platform clients (section 5).

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::fields::{self, Checked, Fields, FromBody, wrong};

/// Names of types, for the document only.
mod values {
    use slotd_domain::oauth2::ClientType;
    use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

    fn one_of(names: &[&str]) -> RefOr<Schema> {
        let names = names.iter().copied();
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).into()
    }

    pub(super) fn client_type() -> RefOr<Schema> {
        one_of(&[ClientType::Confidential.name(), ClientType::Public.name()])
    }

    pub(super) fn authorization_code() -> RefOr<Schema> {
        one_of(&["authorization_code"])
    }

    pub(super) fn refresh_token() -> RefOr<Schema> {
        one_of(&["refresh_token"])
    }
}

/// What everybody may know about an app (O2-1).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OAuth2ClientDto)]
pub struct OAuth2Client {
    /// Its id.
    pub client_id: String,
    /// The first of its redirect URIs.
    #[schema(example = "https://example.com/callback")]
    pub redirect_uri: String,
    /// All of its redirect URIs.
    pub redirect_uris: Vec<String>,
    /// Its name.
    #[schema(example = "My App")]
    pub name: String,
    /// Address of its picture.
    #[schema(required = false)]
    pub logo: Option<String>,
    /// Whether the operator vouches for it.
    pub is_trusted: bool,
    /// `CONFIDENTIAL` or `PUBLIC`.
    #[schema(schema_with = values::client_type)]
    pub client_type: String,
}

/// What the components ask about an app (section 6).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AtomsOAuth2Client {
    /// Its id.
    pub client_id: String,
    /// Always null: an app belongs to no organization.
    pub organization_id: Option<i32>,
}

/// The answer of the token endpoint, without an envelope.
// No Debug: tokens do not belong into a log.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = OAuth2TokensDto)]
pub struct OAuth2Tokens {
    /// The access token, a JWT.
    pub access_token: String,
    /// `bearer`.
    #[schema(example = "bearer")]
    pub token_type: &'static str,
    /// The refresh token, which works once.
    pub refresh_token: String,
    /// Seconds until the access token expires.
    #[schema(example = 1800)]
    pub expires_in: i64,
    /// What the tokens are for, separated by blanks; empty when they are not limited.
    #[schema(example = "BOOKING_READ PROFILE_READ")]
    pub scope: String,
}

macro_rules! token_body {
    ($($(#[$meta:meta])* $name:ident as $schema:ident for $kind:ident { $($field:ident),* })*) => {$(
        $(#[$meta])*
        #[derive(ToSchema)]
        #[schema(as = $schema)]
        #[expect(dead_code, reason = "documentation: the endpoint reads a form or JSON")]
        pub struct $name {
            /// Id of the app.
            client_id: String,
            #[doc = concat!("`", stringify!($kind), "`.")]
            #[schema(schema_with = values::$kind)]
            grant_type: String,
            $(
                #[doc = concat!("`", stringify!($field), "` of RFC 6749 or RFC 7636.")]
                $field: String,
            )*
        }
    )*};
}

token_body! {
    /// Exchanges a code, as a client that keeps a secret.
    ExchangeConfidential as OAuth2ExchangeConfidentialInput for authorization_code {
        code, redirect_uri, client_secret
    }
    /// Exchanges a code, as a client that keeps none.
    ExchangePublic as OAuth2ExchangePublicInput for authorization_code { code, redirect_uri, code_verifier }
    /// Exchanges a refresh token, as a client that keeps a secret.
    RefreshConfidential as OAuth2RefreshConfidentialInput for refresh_token {
        refresh_token, client_secret
    }
    /// Exchanges a refresh token, as a client that keeps none.
    RefreshPublic as OAuth2RefreshPublicInput for refresh_token { refresh_token }
}

/// The body of the token endpoint, as JSON or as a form.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum TokenBody {
    /// A code and a secret.
    ExchangeConfidential(ExchangeConfidential),
    /// A code and a verifier.
    ExchangePublic(ExchangePublic),
    /// A refresh token and a secret.
    RefreshConfidential(RefreshConfidential),
    /// A refresh token.
    RefreshPublic(RefreshPublic),
}

/// The body of `POST /v2/auth/oauth2/clients/{clientId}/authorize`.
#[derive(Debug, Clone, Default, ToSchema)]
#[schema(as = OAuth2AuthorizeInput)]
pub struct OAuth2Authorize {
    /// Where the code is to be sent; one of the registered addresses.
    pub redirect_uri: String,
    /// Names of scopes; all that the client registered unless given.
    #[schema(required = false, value_type = Vec<String>)]
    pub scopes: Option<Vec<String>>,
    /// Given back unchanged.
    #[schema(required = false, value_type = String)]
    pub state: Option<String>,
    /// Slug of the team for which the app is authorized.
    #[schema(required = false, value_type = String)]
    pub team_slug: Option<String>,
    /// S256 of the verifier (RFC 7636).
    #[schema(required = false, value_type = String)]
    pub code_challenge: Option<String>,
    /// `S256`.
    #[schema(required = false, value_type = String)]
    pub code_challenge_method: Option<String>,
}

impl FromBody for OAuth2Authorize {
    const FIELDS: &'static [&'static str] = &[
        "redirect_uri",
        "scopes",
        "state",
        "team_slug",
        "code_challenge",
        "code_challenge_method",
    ];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            redirect_uri: fields.required("redirect_uri", fields::uri),
            scopes: fields.optional("scopes", texts),
            state: fields.optional("state", fields::uri),
            team_slug: fields.optional("team_slug", fields::short_text),
            code_challenge: fields.optional("code_challenge", fields::short_text),
            code_challenge_method: fields.optional("code_challenge_method", fields::short_text),
        }
    }
}

fn texts(name: &str, value: Option<&Value>) -> Checked<Vec<String>> {
    let Some(list) = value.and_then(Value::as_array) else {
        return wrong("isArray", format!("{name} must be an array"));
    };
    list.iter()
        .map(|text| text.as_str().map(str::to_owned))
        .collect::<Option<_>>()
        .map_or_else(|| wrong("isString", format!("each value in {name} must be a string")), Ok)
}

/// The body of `POST /v2/oauth/{clientId}/authorize` (OF-2).
#[derive(Debug, Clone, Default, ToSchema)]
#[schema(as = OAuthAuthorizeInput, rename_all = "camelCase")]
pub struct Authorize {
    /// Where the code is to be sent.
    pub redirect_uri: String,
}

impl FromBody for Authorize {
    const FIELDS: &'static [&'static str] = &["redirectUri"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self { redirect_uri: fields.required("redirectUri", fields::uri) }
    }
}

/// The body of `POST /v2/oauth/{clientId}/exchange` (OF-10).
#[derive(Clone, Default, ToSchema)]
#[schema(as = ExchangeAuthorizationCodeInput, rename_all = "camelCase")]
pub struct Exchange {
    /// Secret of the OAuth client.
    pub client_secret: String,
}

impl FromBody for Exchange {
    const FIELDS: &'static [&'static str] = &["clientSecret"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self { client_secret: fields.required("clientSecret", fields::string) }
    }
}
