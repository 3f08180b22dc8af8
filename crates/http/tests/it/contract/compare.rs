//! Compares two OpenAPI documents: what a client sends and gets, not the prose.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// Where the documents differ, and how. A place inside a schema begins with the
/// contract's name of that schema, so that it is listed once, not per operation.
pub(super) type Difference = (String, String);

/// Formats that tell how wide a number is; the contract has none of them.
const NUMBER_FORMATS: [&str; 4] = ["double", "float", "int32", "int64"];

/// The operations of a document: `METHOD /path`, and what it says about them.
pub(super) fn operations(document: &Value) -> BTreeMap<String, &Value> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().iter();
            methods.map(move |(method, operation)| {
                (format!("{} {path}", method.to_uppercase()), operation)
            })
        })
        .collect()
}

/// The differences of the operations that are in `ours`.
pub(super) fn differences(ours: &Value, contract: &Value) -> BTreeSet<Difference> {
    let mut comparison =
        Comparison { ours, contract, found: BTreeSet::new(), seen: BTreeSet::new() };
    let published = operations(contract);
    for (name, operation) in operations(ours) {
        match published.get(&name) {
            Some(published) => comparison.operation(&name, operation, published),
            None => comparison.found(&name, "is not in the contract".to_owned()),
        }
    }
    comparison.found
}

struct Comparison<'a> {
    ours: &'a Value,
    contract: &'a Value,
    found: BTreeSet<Difference>,
    /// Places and our schemas there: schemas may contain themselves.
    seen: BTreeSet<(String, String)>,
}

impl Comparison<'_> {
    fn found(&mut self, place: &str, difference: String) {
        self.found.insert((place.to_owned(), difference));
    }

    fn value(&mut self, place: &str, what: &str, ours: &str, contract: &str) {
        if ours != contract {
            let [ours, contract] =
                [ours, contract].map(|said| if said.is_empty() { "absent" } else { said });
            self.found(place, format!("{what} is {ours}, not {contract}"));
        }
    }

    /// Notes what only one side has, and returns what both have.
    fn in_both<'v, T>(
        &mut self,
        place: &str,
        what: &str,
        ours: &'v BTreeMap<String, T>,
        contract: &'v BTreeMap<String, T>,
    ) -> Vec<(&'v String, &'v T, &'v T)> {
        for name in ours.keys().filter(|name| !contract.contains_key(*name)) {
            self.found(place, format!("{what} {name} is not in the contract"));
        }
        for name in contract.keys().filter(|name| !ours.contains_key(*name)) {
            self.found(place, format!("{what} {name} is missing"));
        }
        let both = ours.iter().filter_map(|(name, ours)| Some((name, ours, contract.get(name)?)));
        both.collect()
    }

    fn operation(&mut self, name: &str, ours: &Value, contract: &Value) {
        let (our, their) = (parameters(ours), parameters(contract));
        for (parameter, ours, contract) in self.in_both(name, "parameter", &our, &their) {
            let place = format!("{name} {parameter}");
            self.value(&place, "required", truth(&ours["required"]), truth(&contract["required"]));
            self.schema(&place, &ours["schema"], &contract["schema"]);
        }

        let (our, their) = (&ours["requestBody"], &contract["requestBody"]);
        let place = format!("{name} body");
        self.value(&place, "required", truth(&our["required"]), truth(&their["required"]));
        self.content(&place, our, their);

        let (our, their) = (successes(ours), successes(contract));
        for (status, ours, contract) in self.in_both(name, "status", &our, &their) {
            self.content(&format!("{name} {status}"), ours, contract);
        }
    }

    /// The body of a request or of a response.
    fn content(&mut self, place: &str, ours: &Value, contract: &Value) {
        let (ours, contract) = (members(&ours["content"]), members(&contract["content"]));
        for (_, ours, contract) in self.in_both(place, "media type", &ours, &contract) {
            self.schema(place, &ours["schema"], &contract["schema"]);
        }
    }

    fn schema(&mut self, place: &str, ours: &Value, contract: &Value) {
        let (mut our, mut their) = (Shape::default(), Shape::default());
        our.read(self.ours, ours);
        their.read(self.contract, contract);
        // Belongs to the place, not to the schema that stands there.
        self.value(place, "nullable", truth(&our.nullable), truth(&their.nullable));

        let place = schema_name(contract).unwrap_or(place);
        if !self.seen.insert((place.to_owned(), ours.to_string())) {
            return;
        }
        self.value(place, "type", &our.types(), &their.types());
        self.value(place, "format", &our.format, &their.format);
        self.in_both(place, "value", &our.values, &their.values);
        for (name, ours, contract) in
            self.in_both(place, "property", &our.properties, &their.properties)
        {
            let place = format!("{place}.{name}");
            let required = |shape: &Shape| Value::from(shape.required.contains(name));
            self.value(&place, "required", truth(&required(&our)), truth(&required(&their)));
            self.schema(&place, ours, contract);
        }
        for (part, ours, contract) in self.in_both(place, "part", &our.parts, &their.parts) {
            self.schema(&format!("{place}{part}"), ours, contract);
        }
    }
}

/// What a schema says once references are followed and `allOf` is put together.
#[derive(Default)]
struct Shape {
    types: BTreeSet<String>,
    nullable: Value,
    format: String,
    values: BTreeMap<String, Value>,
    properties: BTreeMap<String, Value>,
    required: BTreeSet<String>,
    /// The items of an array as `[]`, the alternatives of a choice as `|1`, `|2`.
    parts: BTreeMap<String, Value>,
}

impl Shape {
    fn types(&self) -> String {
        self.types.iter().map(String::as_str).collect::<Vec<_>>().join(" or ")
    }

    fn read(&mut self, document: &Value, schema: &Value) {
        if let Some(reference) = schema["$ref"].as_str() {
            self.read(document, document.pointer(&reference[1..]).unwrap());
        }
        for part in list(&schema["allOf"]) {
            self.read(document, part);
        }
        // `null` as an alternative (OpenAPI 3.1) is `nullable` (3.0).
        let alternatives = || list(&schema["oneOf"]).chain(list(&schema["anyOf"]));
        let choices: Vec<&Value> = alternatives().filter(|one| one["type"] != "null").collect();
        match choices.as_slice() {
            [only] => self.read(document, only),
            choices => self.parts.extend(
                choices.iter().zip(1..).map(|(one, number)| (format!("|{number}"), (*one).clone())),
            ),
        }
        let types = list(&schema["type"]).chain(schema.get("type")).filter_map(Value::as_str);
        let (null, types): (Vec<&str>, Vec<&str>) = types.partition(|kind| *kind == "null");
        if !null.is_empty() || choices.len() < alternatives().count() || schema["nullable"] == true
        {
            self.nullable = true.into();
        }
        self.types.extend(types.into_iter().map(str::to_owned));
        if let Some(format) = schema["format"].as_str()
            && !NUMBER_FORMATS.contains(&format)
        {
            format.clone_into(&mut self.format);
        }
        let values = list(&schema["enum"]).filter(|value| !value.is_null());
        self.values.extend(values.map(|value| (value.to_string(), value.clone())));
        self.properties.extend(members(&schema["properties"]));
        self.required
            .extend(list(&schema["required"]).filter_map(Value::as_str).map(str::to_owned));
        self.parts.extend(schema.get("items").map(|items| ("[]".to_owned(), items.clone())));
    }
}

/// The name of the schema that is referred to, directly or as the whole of an `allOf`.
fn schema_name(schema: &Value) -> Option<&str> {
    if let [only] = schema["allOf"].as_array().map_or(&[][..], Vec::as_slice) {
        return schema_name(only);
    }
    schema["$ref"].as_str()?.rsplit('/').next()
}

/// Place and name of each parameter. Names of headers have no case.
fn parameters(operation: &Value) -> BTreeMap<String, Value> {
    let named = list(&operation["parameters"]).map(|parameter| {
        let (place, name) =
            (parameter["in"].as_str().unwrap(), parameter["name"].as_str().unwrap());
        let name = if place == "header" { name.to_lowercase() } else { name.to_owned() };
        (format!("{place} {name}"), parameter.clone())
    });
    named.collect()
}

fn successes(operation: &Value) -> BTreeMap<String, Value> {
    let mut responses = members(&operation["responses"]);
    responses.retain(|status, _| status.starts_with(['2', '3']));
    responses
}

fn members(object: &Value) -> BTreeMap<String, Value> {
    let members = object.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn list(array: &Value) -> impl Iterator<Item = &Value> {
    array.as_array().into_iter().flatten()
}

/// What is not said is not so.
fn truth(value: &Value) -> &'static str {
    if *value == true { "true" } else { "false" }
}

#[test]
fn every_kind_of_difference_is_found_and_other_spellings_of_the_same_are_not() {
    let contract = json!({
        "paths": { "/a/{id}": { "post": {
            "parameters": [
                { "in": "path", "name": "id", "required": true, "schema": { "type": "number" } },
                { "in": "header", "name": "X-Key", "required": false, "schema": { "type": "string" } },
                { "in": "query", "name": "take", "schema": { "type": "number" } },
            ],
            "requestBody": { "required": true, "content": { "application/json": { "schema": {
                "type": "object",
                "properties": { "list": { "type": "array", "items": { "type": "string" } } },
            } } } },
            "responses": { "200": { "content": { "application/json": { "schema": {
                "allOf": [{ "$ref": "#/components/schemas/Tree" }],
            } } } }, "404": {} },
        } } },
        "components": { "schemas": { "Tree": {
            "type": "object",
            "required": ["name", "kind"],
            "properties": {
                "name": { "type": "string", "nullable": true },
                "kind": { "type": "string", "enum": ["a", "b"] },
                "at": { "type": "string", "format": "date-time" },
                "child": { "$ref": "#/components/schemas/Tree" },
                "one": { "oneOf": [{ "type": "string" }, { "type": "number" }] },
            },
        } } },
    });
    assert_eq!(differences(&contract, &contract), BTreeSet::new());

    let ours = json!({
        "paths": { "/a/{id}": {
            "get": {},
            "post": {
                "parameters": [
                    { "in": "path", "name": "id", "required": true, "schema": { "type": "string" } },
                    { "in": "header", "name": "x-key", "required": true, "schema": { "type": "string" } },
                    { "in": "query", "name": "limit", "schema": { "type": "number" } },
                ],
                "requestBody": { "content": { "application/json": { "schema": {
                    "type": "object",
                    "properties": { "list": { "type": "array", "items": { "type": "boolean" } } },
                } } } },
                "responses": { "200": { "content": { "application/json": { "schema": {
                    "$ref": "#/components/schemas/Ours",
                } } } }, "201": {}, "400": {} },
            },
        } },
        "components": { "schemas": { "Ours": { "allOf": [
            { "type": "object", "required": ["name"], "properties": {
                "name": { "type": ["string", "null"] },
                "kind": { "type": "string", "enum": ["a", "c"] },
                "at": { "type": "string" },
                "more": { "type": "string" },
            } },
            { "properties": {
                "child": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Ours" }] },
                "one": { "oneOf": [{ "type": "string" }, { "type": "boolean" }] },
            } },
        ] } } },
    });
    let found = differences(&ours, &contract);
    let found: Vec<String> =
        found.iter().map(|(place, difference)| format!("{place}: {difference}")).collect();
    assert_eq!(
        found,
        [
            "GET /a/{id}: is not in the contract",
            "POST /a/{id}: parameter query limit is not in the contract",
            "POST /a/{id}: parameter query take is missing",
            "POST /a/{id}: status 201 is not in the contract",
            "POST /a/{id} body: required is false, not true",
            "POST /a/{id} body.list[]: type is boolean, not string",
            "POST /a/{id} header x-key: required is true, not false",
            "POST /a/{id} path id: type is string, not number",
            "Tree: property more is not in the contract",
            "Tree.at: format is absent, not date-time",
            "Tree.child: nullable is true, not false",
            "Tree.kind: required is false, not true",
            "Tree.kind: value \"b\" is missing",
            "Tree.kind: value \"c\" is not in the contract",
            "Tree.one|2: type is boolean, not number",
        ]
    );
}
