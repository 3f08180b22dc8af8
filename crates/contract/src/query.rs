//! Reads query strings (VA-5, VA-11, PG-1).

use jiff::Timestamp;
use serde_json::{Map, Value};
use slotd_domain::TimeZoneName;
use utoipa::{IntoParams, ToSchema};

use crate::fields::{self, FieldError, one_of};

/// The decoded pairs of a query string, in their order.
pub type Pairs = [(String, String)];

/// Why a query was refused.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryError {
    /// Values of the wrong form; as in a body (EN-4).
    Invalid(Vec<FieldError>),
    /// A refusal with a text of its own (EN-3).
    Refused(String),
}

/// Which part of a list to return, in the style of most lists (PG-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// How many items to return: 1 to 250.
    #[param(required = false, example = 25, default = 250, minimum = 1, maximum = 250)]
    pub take: i64,
    /// How many items to skip.
    #[param(required = false, example = 0, default = 0, minimum = 0)]
    pub skip: i64,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Sort {
    /// The smallest or earliest first.
    Asc,
    /// The largest or latest first.
    Desc,
}

impl Sort {
    /// The contract's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asc => "asc",
            Self::Desc => "desc",
        }
    }

    /// Reads the order that a key names. An empty one counts as absent; what is wrong
    /// goes to `errors`.
    pub(crate) fn read(
        pairs: &Pairs,
        name: &'static str,
        errors: &mut Vec<FieldError>,
    ) -> Option<Self> {
        let text = last(pairs, name).filter(|text| !text.is_empty())?;
        let sort = [Self::Asc, Self::Desc].into_iter().find(|sort| sort.name() == text);
        if sort.is_none() {
            errors.push(refused(pairs, name, text, "isIn", one_of(name, &["asc", "desc"])));
        }
        sort
    }
}

/// What is wrong with a text in a query.
pub(crate) fn refused(
    pairs: &Pairs,
    property: &'static str,
    value: &str,
    check: &str,
    text: String,
) -> FieldError {
    FieldError {
        target: Value::Object(
            pairs.iter().map(|(name, text)| (name.clone(), text.as_str().into())).collect(),
        ),
        value: Some(value.into()),
        property: property.into(),
        children: Vec::new(),
        constraints: Map::from_iter([(check.to_owned(), text.into())]),
    }
}

impl Page {
    /// Reads `take` and `skip`. An empty one counts as absent, unlike an empty `limit`.
    ///
    /// # Errors
    ///
    /// [`QueryError::Invalid`] for what is no number, or out of range.
    pub fn read(pairs: &Pairs) -> Result<Self, QueryError> {
        Self::read_with(250, pairs).map_err(QueryError::Invalid)
    }

    /// The same, with as many items as a list returns by default.
    pub(crate) fn read_with(take: i64, pairs: &Pairs) -> Result<Self, Vec<FieldError>> {
        let given: Vec<(String, String)> =
            pairs.iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
        let mut errors = Vec::new();
        let take = QueryNumber { name: "take", default: take, min: 1, max: Some(250) }
            .read(&given, &mut errors);
        let skip =
            QueryNumber { name: "skip", default: 0, min: 0, max: None }.read(&given, &mut errors);
        if errors.is_empty() {
            return Ok(Self { take, skip });
        }
        set_target(&mut errors, pairs, &["take", "skip"]);
        Err(errors)
    }
}

/// A whole number in a query.
pub(crate) struct QueryNumber {
    pub(crate) name: &'static str,
    pub(crate) default: i64,
    pub(crate) min: i64,
    pub(crate) max: Option<i64>,
}

/// The last value of a key: a repeated key overrides the earlier ones.
pub(crate) fn last<'a>(pairs: &'a Pairs, name: &str) -> Option<&'a str> {
    pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// The values of a query, while they are read. An empty one counts as absent. What fails
/// is noted, and reading goes on.
pub(crate) struct Values<'p> {
    pairs: &'p Pairs,
    pub(crate) errors: Vec<FieldError>,
}

impl<'p> Values<'p> {
    pub(crate) fn of(pairs: &'p Pairs) -> Self {
        Self { pairs, errors: Vec::new() }
    }

    /// A value as it was sent.
    pub(crate) fn given(&self, name: &str) -> Option<&'p str> {
        last(self.pairs, name).filter(|text| !text.is_empty())
    }

    /// A value that is looked up. NUL, which stands in no stored text and which PostgreSQL
    /// cannot look up, becomes U+FFFD.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.given(name).map(without_nul)
    }

    /// Notes that a value fails.
    pub(crate) fn refuse(&mut self, property: &'static str, check: &str, text: String) {
        let value = last(self.pairs, property).unwrap_or_default();
        let mut error = refused(self.pairs, property, value, check, text);
        error.value = last(self.pairs, property).map(Value::from);
        self.errors.push(error);
    }

    /// A number of 32 bits that is not less than another one.
    pub(crate) fn number(&mut self, name: &'static str, least: i32) -> Option<i32> {
        let number = self.given(name)?.trim().parse::<i32>().ok();
        let fits = number.filter(|number| *number >= least);
        if number.is_none() {
            let text = format!("{name} must be a number conforming to the specified constraints");
            self.refuse(name, "isNumber", text);
        } else if fits.is_none() {
            self.refuse(name, "min", format!("{name} must not be less than {least}"));
        }
        fits
    }

    /// One of some texts.
    pub(crate) fn choice<T>(&mut self, name: &'static str, values: &[(&str, T)]) -> Option<T>
    where
        T: Copy,
    {
        let text = self.given(name)?;
        let found = values.iter().find(|(value, _)| *value == text).map(|(_, value)| *value);
        if found.is_none() {
            let names: Vec<&str> = values.iter().map(|(value, _)| *value).collect();
            self.refuse(name, "isIn", one_of(name, &names));
        }
        found
    }

    /// An instant that must be there ([`fields::instant`]).
    pub(crate) fn instant(&mut self, name: &'static str) -> Timestamp {
        let value = self.given(name).map(Value::from);
        match fields::instant(name, value.as_ref()) {
            Ok(instant) => instant,
            Err(failures) => {
                for (check, text) in failures {
                    self.refuse(name, check, text);
                }
                Timestamp::default()
            }
        }
    }

    /// The name of a time zone.
    pub(crate) fn time_zone(&mut self, name: &'static str) -> Option<TimeZoneName> {
        let zone = TimeZoneName::parse(self.given(name)?);
        if zone.is_none() {
            self.refuse(name, "isTimeZone", format!("{name} must be a valid IANA time-zone"));
        }
        zone
    }

    /// What was read, if nothing failed.
    pub(crate) fn finish<T>(self, read: T) -> Result<T, Vec<FieldError>> {
        if self.errors.is_empty() { Ok(read) } else { Err(self.errors) }
    }
}

/// A text as it can be looked up.
pub(crate) fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Whether a key stands for elements of a list, in one of the ways in which HTTP
/// clients write one: `emails`, `emails[]`, `emails[0]`.
pub(crate) fn names_list(key: &str, name: &str) -> bool {
    let Some(index) = key.strip_prefix(name) else { return false };
    index.is_empty()
        || index
            .strip_prefix('[')
            .and_then(|index| index.strip_suffix(']'))
            .is_some_and(|index| index.bytes().all(|b| b.is_ascii_digit()))
}

/// A whole number; none for what is no number. A fraction is cut, an exponent is
/// understood, and anything beyond 64 bits counts as the largest number.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite())?;
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, which is what is wanted")]
    Some(number.trunc() as i64)
}

/// A number as errors show it (VA-11).
fn shown(text: &str) -> Value {
    match parse(text) {
        _ if text.is_empty() => Value::from(""),
        Some(number) => Value::from(number),
        None => Value::Null,
    }
}

/// Gives each error the whole query as its target (VA-3), of which the numbers are known.
pub(crate) fn set_target(errors: &mut [FieldError], pairs: &Pairs, numbers: &[&str]) {
    let known = pairs.iter().filter(|(name, _)| numbers.contains(&name.as_str()));
    let target: Map<String, Value> =
        known.map(|(name, text)| (name.clone(), shown(text))).collect();
    for error in errors {
        error.target = Value::Object(target.clone());
    }
}

impl QueryNumber {
    /// Reads the number; what is wrong with it goes to `errors`, whose targets are
    /// set in the end ([`set_target`]).
    pub(crate) fn read(&self, pairs: &Pairs, errors: &mut Vec<FieldError>) -> i64 {
        let Some(text) = last(pairs, self.name) else { return self.default };
        let number = parse(text);
        let mut constraints = Map::new();
        let mut fail = |key: &str, text: String| constraints.insert(key.to_owned(), text.into());
        if let Some(max) = self.max
            && number.is_none_or(|number| number > max)
        {
            fail("max", format!("{} must not be greater than {max}", self.name));
        }
        if number.is_none_or(|number| number < self.min) {
            fail("min", format!("{} must not be less than {}", self.name, self.min));
        }
        if number.is_none() {
            fail(
                "isNumber",
                format!("{} must be a number conforming to the specified constraints", self.name),
            );
        }
        if !constraints.is_empty() {
            errors.push(FieldError {
                target: Value::Null,
                value: Some(shown(text)),
                property: self.name.into(),
                children: Vec::new(),
                constraints,
            });
        }
        number.unwrap_or(self.default)
    }
}
