//! Webhooks (section 11 of the platform rules).

use serde::Serialize;
use serde_json::Value;
use slotd_domain::webhook::{self, Trigger};
use utoipa::ToSchema;

use crate::fields::{self, Checked, Fields, FromBody, Patch, one_of, wrong};

/// Names of triggers and versions, for the document only.
mod values {
    use slotd_domain::webhook::{Trigger, VERSION};
    use utoipa::openapi::{ArrayBuilder, ObjectBuilder, RefOr, Schema, Type};

    pub(super) fn triggers() -> RefOr<Schema> {
        let names = Trigger::ALL.iter().map(|trigger| trigger.name());
        let name = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names));
        ArrayBuilder::new().items(name).into()
    }

    pub(super) fn version() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some([VERSION])).into()
    }
}

/// The body of a webhook's creation, whoever owns it.
// No Debug, here and below: the secret does not belong into a log.
#[derive(Clone, ToSchema)]
#[schema(as = CreateWebhookInputDto, rename_all = "camelCase")]
pub struct CreateWebhook {
    /// What is sent instead of the default: a text with `{{placeholders}}`.
    #[schema(required = false, value_type = String, example = "{\"name\":\"{{title}}\"}")]
    pub payload_template: Option<String>,
    /// Whether it is sent.
    pub active: bool,
    /// Where it is sent: an absolute http or https URL.
    #[schema(example = "https://hooks.example.com/slotd")]
    pub subscriber_url: String,
    /// What it is sent for.
    #[schema(schema_with = values::triggers)]
    pub triggers: Vec<Trigger>,
    /// Key of the signature that is sent along.
    #[schema(required = false, value_type = String)]
    pub secret: Option<String>,
    /// Form of the payload.
    #[schema(required = false, schema_with = values::version)]
    pub version: Option<String>,
}

impl FromBody for CreateWebhook {
    const FIELDS: &'static [&'static str] =
        &["payloadTemplate", "active", "subscriberUrl", "triggers", "secret", "version"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            payload_template: fields.optional("payloadTemplate", fields::long_text),
            active: fields.required("active", fields::boolean),
            subscriber_url: fields.required("subscriberUrl", subscriber_url),
            triggers: fields.required("triggers", triggers),
            secret: fields.optional("secret", fields::short_text),
            version: fields.optional("version", version),
        }
    }
}

/// The body of a webhook's change, whoever owns it.
#[derive(Clone, ToSchema)]
#[schema(as = UpdateWebhookInputDto, rename_all = "camelCase")]
pub struct UpdateWebhook {
    /// What is sent instead of the default; null for the default.
    #[schema(required = false, value_type = String)]
    pub payload_template: Patch<String>,
    /// Whether it is sent.
    #[schema(required = false, value_type = bool)]
    pub active: Option<bool>,
    /// Where it is sent.
    #[schema(required = false, value_type = String)]
    pub subscriber_url: Option<String>,
    /// What it is sent for, replaced as a whole.
    #[schema(required = false, schema_with = values::triggers)]
    pub triggers: Option<Vec<Trigger>>,
    /// Key of the signature; null for none.
    #[schema(required = false, value_type = String)]
    pub secret: Patch<String>,
    /// Form of the payload.
    #[schema(required = false, schema_with = values::version)]
    pub version: Option<String>,
}

impl FromBody for UpdateWebhook {
    const FIELDS: &'static [&'static str] = CreateWebhook::FIELDS;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            payload_template: fields.patch("payloadTemplate", fields::long_text),
            active: fields.given("active", fields::boolean),
            subscriber_url: fields.given("subscriberUrl", subscriber_url),
            triggers: fields.given("triggers", triggers),
            secret: fields.patch("secret", fields::short_text),
            version: fields.given("version", version),
        }
    }
}

/// What webhooks of all kinds of owners show.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// What is sent instead of the default.
    #[schema(required = true)]
    pub payload_template: Option<String>,
    /// What it is sent for.
    #[schema(schema_with = values::triggers)]
    pub triggers: Vec<String>,
    /// A UUID.
    #[schema(example = "0f8fad5b-d9cb-469f-a165-70867728950e")]
    pub id: String,
    /// Where it is sent.
    pub subscriber_url: String,
    /// Whether it is sent.
    pub active: bool,
    /// Key of the signature, in clear text on every read.
    pub secret: Option<String>,
}

/// A webhook of an OAuth client.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OAuthClientWebhookOutputDto)]
pub struct OAuthClientWebhook {
    /// The webhook.
    #[serde(flatten)]
    pub webhook: Webhook,
    /// Whose webhook it is.
    pub o_auth_client_id: String,
}

/// A webhook of an event type.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EventTypeWebhookOutputDto)]
pub struct EventTypeWebhook {
    /// The webhook.
    #[serde(flatten)]
    pub webhook: Webhook,
    /// Whose webhook it is.
    pub event_type_id: i32,
}

/// An absolute http or https URL (QI-16). Whether its address may be reached is a
/// matter of settings, not of form.
fn subscriber_url(name: &str, value: Option<&Value>) -> Checked<String> {
    let text = fields::uri(name, value)?;
    match webhook::parse_url(&text) {
        Some(_) => Ok(text),
        None => wrong("isUrl", format!("{name} must be an absolute http or https URL")),
    }
}

/// Triggers without duplicates, in the order in which they were sent.
fn triggers(name: &str, value: Option<&Value>) -> Checked<Vec<Trigger>> {
    let names: Vec<&str> = Trigger::ALL.iter().map(|trigger| trigger.name()).collect();
    let each = || ("isEnum", one_of(&format!("each value in {name}"), &names));
    let Some(Value::Array(values)) = value else {
        return Err(vec![each(), ("isArray", format!("{name} must be an array"))]);
    };
    let mut triggers = Vec::new();
    for value in values {
        let trigger = value.as_str().and_then(Trigger::parse).ok_or_else(|| vec![each()])?;
        if !triggers.contains(&trigger) {
            triggers.push(trigger);
        }
    }
    Ok(triggers)
}

fn version(name: &str, value: Option<&Value>) -> Checked<String> {
    match value.and_then(Value::as_str) {
        Some(webhook::VERSION) => Ok(webhook::VERSION.to_owned()),
        _ => wrong("isEnum", one_of(name, &[webhook::VERSION])),
    }
}
