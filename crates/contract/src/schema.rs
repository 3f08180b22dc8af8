//! Schemas that are written out, for shapes that no derive describes: for the document
//! only.

use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};

/// An object; the names of required parts end in `*`.
pub(crate) fn object<'a>(parts: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for (name, schema) in parts {
        let plain = name.trim_end_matches('*');
        if plain != name {
            required.push(plain);
        }
        properties.insert(plain.to_owned(), schema);
    }
    if required.is_empty() {
        json!({ "type": "object", "properties": properties })
    } else {
        json!({ "type": "object", "required": required, "properties": properties })
    }
}

pub(crate) fn text() -> Value {
    json!({ "type": "string" })
}

pub(crate) fn flag() -> Value {
    json!({ "type": "boolean" })
}

pub(crate) fn integer(least: i32) -> Value {
    json!({ "type": "integer", "format": "int32", "minimum": least })
}

pub(crate) fn id() -> Value {
    json!({ "type": "integer", "format": "int32" })
}

pub(crate) fn one_of_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Value {
    json!({ "type": "string", "enum": texts.into_iter().collect::<Vec<_>>() })
}

pub(crate) fn array(items: &Value) -> Value {
    json!({ "type": "array", "items": items })
}

/// Not `oneOf`: what a shape does not name is allowed, so a value may be of several.
pub(crate) fn choice(choices: &[Value]) -> Value {
    json!({ "anyOf": choices })
}

pub(crate) fn or_null(mut schema: Value) -> Value {
    schema["type"] = json!([schema["type"], "null"]);
    schema
}

/// A schema as utoipa has it.
pub(crate) fn read(schema: Value) -> RefOr<Schema> {
    serde_json::from_value(schema).expect("what this crate makes is a schema")
}

/// The schema of this name.
pub(crate) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// Gives types a name and a schema in the document, and perhaps names and schemas of what
/// it refers to.
macro_rules! schemas {
    ($($type:ty, $name:literal, $schema:expr $(, $parts:expr)?;)*) => {$(
        // What the derive writes: it makes the type a part of `Success<…>`, too.
        impl utoipa::__dev::ComposeSchema for $type {
            fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
                crate::schema::read($schema)
            }
        }

        impl utoipa::ToSchema for $type {
            fn name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }

            $(fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                schemas.extend($parts);
            })?
        }
    )*};
}

pub(crate) use schemas;
