//! Where our document does not follow the contract, and why. The list may only
//! get shorter, except for operations that are new.

/// A difference that is meant.
pub(super) struct Exception {
    /// Where, as the comparison names it; `*` is everywhere.
    pub(super) place: &'static str,
    /// What our document says there.
    pub(super) difference: &'static str,
    /// Why the contract is not followed.
    #[expect(dead_code, reason = "for people")]
    pub(super) reason: &'static str,
}

impl Exception {
    pub(super) fn explains(&self, place: &str, difference: &str) -> bool {
        (self.place == "*" || self.place == place) && self.difference == difference
    }
}

pub(super) const NOT_IN_THE_CONTRACT: &str = "is not in the contract";

pub(super) const EXCEPTIONS: &[Exception] = &[
    Exception {
        place: "*",
        difference: "type is integer, not number",
        reason: "an integer is a number, and clients made from our document learn that it has no fraction",
    },
    Exception {
        place: "GET /v2/oauth-clients/{clientId}/managed-users",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the original serves it without documenting it (OC-18)",
    },
    Exception {
        place: "GET /v2/provider/{clientId}",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components call it before anything else (section 6)",
    },
    Exception {
        place: "GET /v2/provider/{clientId}/access-token",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components call it with every new access token (section 6)",
    },
    Exception {
        place: "POST /v2/oauth/{clientId}/authorize",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the original serves it without documenting it (section 5)",
    },
    Exception {
        place: "POST /v2/oauth/{clientId}/exchange",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the original serves it without documenting it (section 5)",
    },
    Exception {
        place: "POST /v2/auth/oauth2/clients/{clientId}/authorize",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the original serves it to its own web application only (section 7)",
    },
    Exception {
        place: "GET /v2/atoms/auth/oauth2/clients/{clientId}",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components ask it about an app (section 6)",
    },
    Exception {
        place: "GET /v2/timezones",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components fill their time zone picker from it (section 10)",
    },
    Exception {
        place: "GET /v2/event-types/{username}/public",
        difference: NOT_IN_THE_CONTRACT,
        reason: "older components list a user's event types with it (06, section 1)",
    },
    Exception {
        place: "GET /v2/event-types/{username}/{slug}/public",
        difference: NOT_IN_THE_CONTRACT,
        reason: "older components draw the booker from it (06, section 1)",
    },
    Exception {
        place: "GET /v2/atoms/event-types",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components list a user's event types with it (06, 5.15)",
    },
    Exception {
        place: "GET /v2/atoms/event-types/list-with-team",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components find what to troubleshoot with it (06, 5.15)",
    },
    Exception {
        place: "PATCH /v2/atoms/event-types/bulk-update-to-default-location",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the components call it after a change of the default app (06, 5.20)",
    },
    Exception {
        place: "GET /v2/atoms/event-types/{eventTypeId}",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the settings form of the components reads it (06, 5.16)",
    },
    Exception {
        place: "PATCH /v2/atoms/event-types/{eventTypeId}",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the settings form of the components saves with it (06, 5.17)",
    },
    Exception {
        place: "GET /v2/atoms/event-types/{slug}/public",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the booker of the components draws from it (06, 5.4)",
    },
    Exception {
        place: "GET /v2/atoms/event-types-app/{appSlug}",
        difference: NOT_IN_THE_CONTRACT,
        reason: "the settings form of the components asks whether an app is installed (06, 5.20)",
    },
    Exception {
        place: "CreateManagedUserOutput",
        difference: "property error is missing",
        reason: "a success never has one; errors have an envelope of their own (section 1.5)",
    },
    Exception {
        place: "ManagedUserOutput.locale",
        difference: "nullable is true, not false",
        reason: "null for a user who was never given a language (section 3.1, observed)",
    },
    Exception {
        place: "MeOutput",
        difference: "property locale is not in the contract",
        reason: "the original added it later in 2026 (section 9)",
    },
    Exception {
        place: "MeOutput.username",
        difference: "nullable is true, not false",
        reason: "a user without a username is shown, where the original answers 400 (section 9)",
    },
    Exception {
        place: "OAuth2ClientDto",
        difference: "property redirect_uris is not in the contract",
        reason: "an app has up to ten; added later in 2026 (section 7.1)",
    },
    Exception {
        place: "OAuth2TokensDto",
        difference: "property scope is not in the contract",
        reason: "added in 2026, as RFC 6749 asks for it (section 7.1)",
    },
    Exception {
        place: "POST /v2/auth/oauth2/token body",
        difference: "media type application/x-www-form-urlencoded is not in the contract",
        reason: "the contract takes it and says so in its text only",
    },
    Exception {
        place: "OAuthClientWebhookOutputDto.id",
        difference: "type is string, not number",
        reason: "ids of webhooks are UUIDs; the contract is wrong (TY-3)",
    },
    Exception {
        place: "OAuthClientWebhookOutputDto.payloadTemplate",
        difference: "nullable is true, not false",
        reason: "null for a webhook with the default payload (section 11)",
    },
    Exception {
        place: "OAuthClientWebhookOutputDto.secret",
        difference: "nullable is true, not false",
        reason: "null for a webhook without a secret (section 11)",
    },
    Exception {
        place: "PlatformOAuthClientDto.logo",
        difference: "nullable is true, not false",
        reason: "null for a client without a logo (section 2.2)",
    },
    Exception {
        place: "PlatformOAuthClientDto.logo",
        difference: "type is string, not object",
        reason: "it is an address, as in the requests and in the example of the contract (section 2.2)",
    },
];
