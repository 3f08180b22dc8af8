//! Reads a JSON body field by field and collects every failure in the form that
//! clients of the contract know (VA-1 to VA-11).
//!
//! One line per field in [`FromBody::read`]; a failing field is noted and
//! reading goes on, so that the caller learns of everything at once.

mod checks;

use std::borrow::Cow;

pub use checks::*;
use serde::Serialize;
use serde_json::{Map, Value};

/// Fields whose values never appear in an error (QI-23).
const SECRET: [&str; 3] = ["secret", "clientSecret", "refreshToken"];
const REDACTED: &str = "[redacted]";
/// How many failing objects of a list are told: each error repeats the whole list.
const MOST_FAILING_OBJECTS: usize = 10;

/// One failing field, as `error.details.errors` lists it (VA-3).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldError {
    /// The whole body without unknown fields.
    pub target: Value,
    /// The field's value; absent when the field is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Name of the field.
    pub property: Cow<'static, str>,
    /// Failures inside the field.
    pub children: Vec<FieldError>,
    /// What is wrong: name of the check, and text; absent when only `children` fail.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub constraints: Map<String, Value>,
}

impl FieldError {
    /// An error that only the database could find, in the form of all others.
    /// `sent` is the body as it was sent.
    #[must_use]
    pub fn found_later<T: FromBody>(
        property: &'static str,
        sent: &Value,
        check: &'static str,
        text: String,
    ) -> Self {
        let fields = Fields { body: sent.as_object(), known: T::FIELDS, failures: Vec::new() };
        let value = fields.get(property).cloned();
        let failure = Failure { property, value, wrong: vec![(check, text)].into() };
        failure.into_error(&fields.target(sent))
    }
}

/// A body that can be read from JSON.
pub trait FromBody: Sized {
    /// Names of the body's fields in declaration order; all others are dropped (VA-2).
    const FIELDS: &'static [&'static str];

    /// Reads all fields. What is returned counts only when nothing failed.
    fn read(fields: &mut Fields<'_>) -> Self;
}

/// Reads a body: an object, or an array, in which every field counts as missing (VA-1).
///
/// # Errors
///
/// One entry per failing field, in declaration order.
pub fn read_body<T: FromBody>(body: &Value) -> Result<T, Vec<FieldError>> {
    let mut fields = Fields { body: body.as_object(), known: T::FIELDS, failures: Vec::new() };
    let read = T::read(&mut fields);
    if fields.failures.is_empty() {
        return Ok(read);
    }
    let target = fields.target(body);
    Err(fields.failures.into_iter().map(|failure| failure.into_error(&target)).collect())
}

/// A field of a `PATCH` body: left out, cleared, or set (VA-6).
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Patch<T> {
    /// The field was not sent: nothing changes.
    #[default]
    Absent,
    /// `null`: the value is cleared.
    Null,
    /// A new value.
    Value(T),
}

impl<T> Patch<T> {
    /// Converts the value, if there is one.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Self::Absent => Patch::Absent,
            Self::Null => Patch::Null,
            Self::Value(value) => Patch::Value(f(value)),
        }
    }

    /// Writes the change to `target`.
    pub fn apply_to(self, target: &mut Option<T>) {
        match self {
            Self::Absent => {}
            Self::Null => *target = None,
            Self::Value(value) => *target = Some(value),
        }
    }
}

/// A number as JSON has it, for fields whose range is not a matter of form.
#[derive(Debug, Clone, PartialEq)]
pub struct Number(serde_json::Number);

impl Number {
    /// The number as it was sent.
    #[must_use]
    pub fn to_json(&self) -> Value {
        Value::Number(self.0.clone())
    }

    /// The number as a 32-bit id; none when it has a fraction or is out of range.
    #[must_use]
    pub fn as_id(&self) -> Option<i32> {
        self.0.as_i64().and_then(|number| i32::try_from(number).ok())
    }
}

struct Failure {
    property: &'static str,
    value: Option<Value>,
    wrong: Wrong,
}

/// What is wrong with a value: with itself, and with its parts.
#[derive(Default)]
pub(crate) struct Wrong {
    pub(crate) constraints: Vec<(&'static str, String)>,
    pub(crate) children: Vec<FieldError>,
}

impl From<Vec<(&'static str, String)>> for Wrong {
    fn from(constraints: Vec<(&'static str, String)>) -> Self {
        Self { constraints, children: Vec::new() }
    }
}

impl Failure {
    fn into_error(self, target: &Value) -> FieldError {
        let value = match self.value {
            Some(_) if SECRET.contains(&self.property) => Some(Value::from(REDACTED)),
            value => value,
        };
        FieldError {
            target: target.clone(),
            value,
            property: self.property.into(),
            children: self.wrong.children,
            constraints: self
                .wrong
                .constraints
                .into_iter()
                .map(|(key, text)| (key.to_owned(), text.into()))
                .collect(),
        }
    }
}

/// The fields of a body, while it is read.
pub struct Fields<'a> {
    body: Option<&'a Map<String, Value>>,
    known: &'static [&'static str],
    failures: Vec<Failure>,
}

/// What a check says about a value: the value read, or what is wrong with it.
pub(crate) type Checked<T> = Result<T, Vec<(&'static str, String)>>;
/// A check of one value; the name is the field's, for the text.
type Check<T> = fn(&str, Option<&Value>) -> Checked<T>;

impl Fields<'_> {
    fn target(&self, body: &Value) -> Value {
        let Some(fields) = self.body else {
            return if body.is_array() {
                Value::Array(Vec::new())
            } else {
                Value::Object(Map::new())
            };
        };
        let known = fields.iter().filter(|(name, _)| self.known.contains(&name.as_str()));
        let shown = known.map(|(name, value)| {
            let value =
                if SECRET.contains(&name.as_str()) { REDACTED.into() } else { value.clone() };
            (name.clone(), value)
        });
        Value::Object(shown.collect())
    }

    fn get(&self, name: &'static str) -> Option<&Value> {
        debug_assert!(self.known.contains(&name), "{name} is not declared in FIELDS");
        self.body.and_then(|body| body.get(name))
    }

    fn check<T>(&mut self, name: &'static str, check: Check<T>) -> Option<T> {
        let read = check(name, self.get(name));
        self.note(name, read.map_err(Wrong::from))
    }

    fn note<T>(&mut self, name: &'static str, read: Result<T, Wrong>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(wrong) => self.fail(name, wrong),
        }
    }

    /// A field whose value has parts; it may be missing, and null clears it.
    pub(crate) fn patch_parts<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str, &Value) -> Result<T, Wrong>,
    ) -> Patch<T> {
        match self.get(name) {
            None => Patch::Absent,
            Some(Value::Null) => Patch::Null,
            Some(value) => {
                let read = read(name, value);
                self.note(name, read).map_or(Patch::Absent, Patch::Value)
            }
        }
    }

    /// A field whose value has parts; it must be there.
    pub(crate) fn required_parts<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str, Option<&Value>) -> Result<T, Wrong>,
    ) -> Option<T> {
        let read = read(name, self.get(name));
        self.note(name, read)
    }

    /// A field whose value has parts; it may be missing or null.
    pub(crate) fn optional_parts<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str, &Value) -> Result<T, Wrong>,
    ) -> Option<T> {
        let value = self.get(name).filter(|value| !value.is_null())?;
        let read = read(name, value);
        self.note(name, read)
    }

    /// Whether a field has a value that says something.
    pub(crate) fn says(&self, name: &'static str) -> bool {
        self.get(name).is_some_and(|value| !value.is_null() && value != "")
    }

    /// Notes what is wrong with a field that was read, or with several together.
    pub(crate) fn refuse(&mut self, what: &'static str, check: &'static str, text: String) {
        let value = self.body.and_then(|body| body.get(what)).cloned();
        let wrong = vec![(check, text)].into();
        self.failures.push(Failure { property: what, value, wrong });
    }

    /// A field that must be there. The stand-in of a failing field is never seen.
    pub fn required<T: Default>(&mut self, name: &'static str, check: Check<T>) -> T {
        self.check(name, check).unwrap_or_default()
    }

    /// A field that may be missing or null (VA-6, MU-19).
    pub fn optional<T>(&mut self, name: &'static str, check: Check<T>) -> Option<T> {
        match self.get(name) {
            None | Some(Value::Null) => None,
            Some(_) => self.check(name, check),
        }
    }

    /// A field that may be missing, but not null.
    pub fn given<T>(&mut self, name: &'static str, check: Check<T>) -> Option<T> {
        self.get(name)?;
        self.check(name, check)
    }

    /// A list of at most `most` objects, each read as a body of its own, that may be
    /// missing or null. What fails in an object stands in the list's `children`, below
    /// the object's index (VA-3); only the first ten failing objects are told.
    pub fn optional_objects<T: FromBody>(
        &mut self,
        name: &'static str,
        most: usize,
    ) -> Option<Vec<T>> {
        match self.get(name) {
            None | Some(Value::Null) => None,
            Some(_) => self.objects(name, most),
        }
    }

    /// The same, but not null.
    pub fn given_objects<T: FromBody>(
        &mut self,
        name: &'static str,
        most: usize,
    ) -> Option<Vec<T>> {
        self.get(name)?;
        self.objects(name, most)
    }

    fn objects<T: FromBody>(&mut self, name: &'static str, most: usize) -> Option<Vec<T>> {
        let read = read_objects(name, self.get(name), most);
        self.note(name, read)
    }

    /// Notes that a field fails.
    fn fail<T>(&mut self, property: &'static str, wrong: Wrong) -> Option<T> {
        let value = self.get(property).cloned();
        self.failures.push(Failure { property, value, wrong });
        None
    }

    /// A field that may be missing, and that null clears.
    pub fn patch<T>(&mut self, name: &'static str, check: Check<T>) -> Patch<T> {
        match self.get(name) {
            None => Patch::Absent,
            Some(Value::Null) => Patch::Null,
            Some(_) => self.check(name, check).map_or(Patch::Absent, Patch::Value),
        }
    }
}

/// Reads a list of at most `most` objects, each as a body of its own. What fails in an
/// object stands below its index (VA-3); only the first ten failing objects are told.
pub(crate) fn read_objects<T: FromBody>(
    name: &str,
    list: Option<&Value>,
    most: usize,
) -> Result<Vec<T>, Wrong> {
    let Some(values) = list.and_then(Value::as_array) else {
        return Err(vec![("isArray", format!("{name} must be an array"))].into());
    };
    if values.len() > most {
        return Err(vec![("arrayMaxSize", too_many(name, most))].into());
    }
    if !values.iter().all(|value| value.is_object() || value.is_array()) {
        let text = format!("each value in nested property {name} must be either object or array");
        return Err(vec![("nestedValidation", text)].into());
    }
    let mut read = Vec::with_capacity(values.len());
    let mut failing = Vec::new();
    for (index, value) in values.iter().enumerate() {
        match read_body(value) {
            Ok(object) => read.push(object),
            Err(children) => failing.push(FieldError {
                target: Value::Array(values.clone()),
                value: Some(value.clone()),
                property: index.to_string().into(),
                children,
                constraints: Map::new(),
            }),
        }
        if failing.len() == MOST_FAILING_OBJECTS {
            break;
        }
    }
    if failing.is_empty() {
        Ok(read)
    } else {
        Err(Wrong { constraints: Vec::new(), children: failing })
    }
}
