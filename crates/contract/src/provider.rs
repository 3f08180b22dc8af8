//! What the front end asks about an OAuth client (section 6 of the platform rules).

use serde::Serialize;
use utoipa::ToSchema;

/// The answer of `GET /v2/provider/{clientId}`: everybody may read it (PV-5).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ProviderVerifyClientData)]
pub struct Provider {
    /// Id of the client.
    #[schema(example = "clsx38nbl0001vkhlwin9fmt0")]
    pub client_id: String,
    /// The organization it belongs to.
    pub organization_id: i32,
    /// Name of the client.
    pub name: String,
}
