//! Managed-user tokens.

use serde::Serialize;
use utoipa::ToSchema;

use crate::fields::{self, Fields, FromBody};

/// The body of `POST /v2/oauth/{clientId}/refresh`.
#[derive(Debug, Clone, ToSchema)]
#[schema(as = RefreshTokenInput, rename_all = "camelCase")]
pub struct RefreshToken {
    /// The managed user's refresh token.
    pub refresh_token: String,
}

impl FromBody for RefreshToken {
    const FIELDS: &'static [&'static str] = &["refreshToken"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self { refresh_token: fields.required("refreshToken", fields::string) }
    }
}

/// A pair of tokens (section 4.1 of the platform rules).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = KeysDto)]
pub struct Tokens {
    /// Lives for an hour.
    #[schema(example = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9")]
    pub access_token: String,
    /// Lives for a year and is exchanged once.
    #[schema(example = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9")]
    pub refresh_token: String,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub access_token_expires_at: i64,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub refresh_token_expires_at: i64,
}
