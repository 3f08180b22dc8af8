//! Reads values that have parts: objects and lists, each failure at its place (VA-3).

use serde_json::{Map, Value};

use crate::fields::{Checked, FieldError, Wrong, too_many, wrong};

/// A value with parts as it was read, or what is wrong with it.
pub(super) type Read<T> = Result<T, Wrong>;

/// A check of one part.
type Check<T> = fn(&str, Option<&Value>) -> Checked<T>;

/// An object while its parts are read; failures are collected.
pub(super) struct Object<'a> {
    value: &'a Value,
    parts: &'a Map<String, Value>,
    failures: Vec<FieldError>,
}

impl<'a> Object<'a> {
    pub(super) fn of(name: &str, value: &'a Value) -> Read<Self> {
        let not_an_object = || vec![("isObject", format!("{name} must be an object"))];
        let parts = value.as_object().ok_or_else(not_an_object)?;
        Ok(Self { value, parts, failures: Vec::new() })
    }

    /// The part, unless it is missing or null.
    pub(super) fn get(&self, part: &str) -> Option<&'a Value> {
        self.parts.get(part).filter(|value| !value.is_null())
    }

    pub(super) fn note<T>(&mut self, part: &str, read: Read<T>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(wrong) => {
                let value = self.parts.get(part).cloned();
                self.failures.push(failure(self.value, part, value, wrong));
                None
            }
        }
    }

    /// A part that must be there. The stand-in of a failing one is never seen.
    pub(super) fn required<T: Default>(&mut self, part: &str, check: Check<T>) -> T {
        let read = check(part, self.get(part)).map_err(Wrong::from);
        self.note(part, read).unwrap_or_default()
    }

    /// A part that may be missing or null.
    pub(super) fn optional<T>(&mut self, part: &str, check: Check<T>) -> Option<T> {
        let read = check(part, Some(self.get(part)?)).map_err(Wrong::from);
        self.note(part, read)
    }

    /// A part that has parts itself.
    pub(super) fn nested<T>(
        &mut self,
        part: &str,
        read: impl FnOnce(&str, &Value) -> Read<T>,
    ) -> Option<T> {
        let read = read(part, self.get(part)?);
        self.note(part, read)
    }

    /// Refuses a part for what another one says.
    pub(super) fn refuse(&mut self, part: &str, key: &'static str, text: String) {
        let refused: Read<()> = Err(vec![(key, text)].into());
        let _noted = self.note(part, refused);
    }

    /// What was read, unless something failed.
    pub(super) fn finish<T>(self, read: T) -> Read<T> {
        if self.failures.is_empty() {
            Ok(read)
        } else {
            Err(Wrong { constraints: Vec::new(), children: self.failures })
        }
    }
}

/// The failure of a part of `target`. That of an element of a list has the element as
/// its target and no value: the whole list once more for each would make long answers.
pub(super) fn failure(
    target: &Value,
    part: &str,
    value: Option<Value>,
    wrong: Wrong,
) -> FieldError {
    let constraints = wrong.constraints.into_iter();
    FieldError {
        target: target.clone(),
        value,
        property: part.to_owned().into(),
        children: wrong.children,
        constraints: constraints.map(|(key, text)| (key.to_owned(), text.into())).collect(),
    }
}

/// The texts of everything that is wrong, as the contract joins them.
pub(super) fn texts(wrong: &Wrong) -> String {
    fn collect(errors: &[FieldError], texts: &mut Vec<String>) {
        for error in errors {
            texts.extend(error.constraints.values().filter_map(Value::as_str).map(str::to_owned));
            collect(&error.children, texts);
        }
    }
    let mut texts: Vec<String> = wrong.constraints.iter().map(|(_, text)| text.clone()).collect();
    collect(&wrong.children, &mut texts);
    texts.join(", ")
}

/// A whole number in a range; `1.0` is the number 1.
pub(super) fn integer<const LEAST: i32, const MOST: i32>(
    name: &str,
    value: Option<&Value>,
) -> Checked<i32> {
    let whole = value.and_then(Value::as_f64).filter(|number| number.fract() == 0.0);
    let Some(number) = whole else {
        return wrong("isInt", format!("{name} must be an integer number"));
    };
    if number < f64::from(LEAST) {
        return wrong("min", format!("{name} must not be less than {LEAST}"));
    }
    if number > f64::from(MOST) {
        return wrong("max", format!("{name} must not be greater than {MOST}"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and between two i32")]
    Ok(number as i32)
}

/// Whether the value is `{"disabled": true}`, which turns a feature off.
pub(super) fn turns_off(name: &str, value: &Value) -> Read<bool> {
    let mut object = Object::of(name, value)?;
    let disabled = object.optional("disabled", crate::fields::boolean);
    object.finish(disabled == Some(true))
}

/// A list with one or more values, at most `most`; each is read at its index.
pub(super) fn list<T>(
    name: &str,
    value: &Value,
    most: usize,
    mut read: impl FnMut(usize, &Value) -> Read<T>,
) -> Read<Vec<T>> {
    let values = elements(name, value, most)?;
    let mut children = Vec::new();
    let mut all = Vec::new();
    for (index, one) in values.iter().enumerate() {
        match read(index, one) {
            Ok(one) => all.push(one),
            Err(wrong) => children.push(failure(one, &index.to_string(), None, wrong)),
        }
    }
    if children.is_empty() { Ok(all) } else { Err(Wrong { constraints: Vec::new(), children }) }
}

fn elements<'a>(name: &str, value: &'a Value, most: usize) -> Read<&'a [Value]> {
    let refuse = |key, text: String| Err(vec![(key, text)].into());
    match value.as_array() {
        None => refuse("isArray", format!("{name} must be an array")),
        Some(values) if values.is_empty() => {
            refuse("arrayNotEmpty", format!("{name} should not be empty"))
        }
        Some(values) if values.len() > most => refuse("arrayMaxSize", too_many(name, most)),
        Some(values) => Ok(values),
    }
}
