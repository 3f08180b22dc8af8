//! Parameters, columns, rows and statements: one source of SQL for two engines.
//!
//! A statement is declared once, with `queries!`, as a
//! typed function. The same text (`$n` parameters, `returning`, `on conflict`)
//! goes to either engine. Every declared statement is listed, so a test can
//! prepare and explain all of them on both (`tests/it/statements.rs`), and a
//! PostgreSQL connection prepares all of them before its first use.

use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde_json::Value;
use slotd_domain::schedule::{WallTime, WeekDays};
use slotd_domain::{
    AttendeeId, BookingId, EventTypeId, MembershipId, OAuth2ClientId, OAuthClientId,
    OrganizationId, OutOfOfficeId, PrivateLinkId, ScheduleId, UserId, WebhookId,
};
use tokio_postgres::types as postgres;

use crate::StoreError;
use crate::conn::Conn;
use crate::error::Source;

/// The types that the schema uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 32-bit integer.
    Int,
    /// 64-bit integer: counts, limits and offsets.
    Big,
    /// Truth value; 0 or 1 on SQLite.
    Bool,
    /// Text without NUL.
    Text,
    /// Bytes.
    Bytes,
    /// JSON, kept as it was written.
    Json,
    /// An instant with microseconds; an integer on SQLite.
    Instant,
    /// A calendar date; its text, `YYYY-MM-DD`, on SQLite.
    Date,
}

/// A value on its way into a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Param<'a> {
    Null,
    Int(i32),
    Big(i64),
    Bool(bool),
    Text(&'a str),
    Bytes(&'a [u8]),
    Json(&'a Value),
    Instant(Timestamp),
    Date(Date),
}

/// A Rust type that can be a parameter.
pub(crate) trait ToParam {
    const KIND: Kind;
    fn to_param(&self) -> Param<'_>;
}

/// A Rust type that can be read from a column.
pub(crate) trait Column: Sized {
    const KIND: Kind;
    fn sqlite(row: &rusqlite::Row<'_>, index: usize) -> Result<Self, Source>;
    fn postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, Source>;
}

/// A row as a Rust type. Columns are read in the order of `KINDS`.
pub(crate) trait FromRow: Sized {
    const KINDS: &'static [Kind];
    fn from_row(row: &mut Row<'_>) -> Result<Self, StoreError>;
}

/// One row of an answer, read column by column from the left.
pub(crate) struct Row<'r> {
    inner: RowOf<'r>,
    statement: &'static str,
    next: usize,
}

pub(crate) enum RowOf<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

impl<'r> Row<'r> {
    pub(crate) fn new(inner: RowOf<'r>, statement: &'static Statement) -> Self {
        Self { inner, statement: statement.name, next: 0 }
    }

    /// The next column.
    pub(crate) fn take<T: Column>(&mut self) -> Result<T, StoreError> {
        let column = self.next;
        self.next += 1;
        match self.inner {
            RowOf::Sqlite(row) => T::sqlite(row, column),
            RowOf::Postgres(row) => T::postgres(row, column),
        }
        .map_err(|source| StoreError::Unreadable {
            statement: self.statement,
            column,
            source,
        })
    }
}

/// A statement with the types that the program gives to it and reads from it.
#[derive(Debug)]
pub struct Statement {
    /// Module and name.
    pub name: &'static str,
    /// The text, the same for both engines.
    pub sql: &'static str,
    /// Types of `$1`, `$2`, …
    pub params: &'static [Kind],
    /// Types of the columns of the answer.
    pub columns: &'static [Kind],
    /// See [`Statement::order`].
    pub(crate) order: OnceLock<Vec<usize>>,
}

impl Statement {
    /// Numbers of the parameters in the order in which the text first names them:
    /// SQLite takes `$2` for a name and binds by that order.
    pub fn order(&self) -> &[usize] {
        self.order.get_or_init(|| {
            let mut order = Vec::new();
            for part in self.sql.split('$').skip(1) {
                let digits = part.bytes().take_while(u8::is_ascii_digit).count();
                if let Ok(number) = part[..digits].parse::<usize>()
                    && !order.contains(&number)
                {
                    order.push(number);
                }
            }
            order
        })
    }
}

/// How many rows a statement answers with.
pub(crate) trait Shape: Sized {
    type Row: FromRow;
    fn fetch(
        conn: &Conn,
        statement: &'static Statement,
        params: &[Param<'_>],
    ) -> impl Future<Output = Result<Self, StoreError>> + Send;
}

/// At most one row.
impl<R: FromRow + Send> Shape for Option<R> {
    type Row = R;
    async fn fetch(
        conn: &Conn,
        statement: &'static Statement,
        params: &[Param<'_>],
    ) -> Result<Self, StoreError> {
        Ok(conn.rows::<R>(statement, params).await?.pop())
    }
}

/// Any number of rows.
impl<R: FromRow + Send> Shape for Vec<R> {
    type Row = R;
    async fn fetch(
        conn: &Conn,
        statement: &'static Statement,
        params: &[Param<'_>],
    ) -> Result<Self, StoreError> {
        conn.rows::<R>(statement, params).await
    }
}

/// No rows; the number of rows changed.
impl Shape for u64 {
    type Row = ();
    async fn fetch(
        conn: &Conn,
        statement: &'static Statement,
        params: &[Param<'_>],
    ) -> Result<Self, StoreError> {
        conn.execute(statement, params).await
    }
}

impl FromRow for () {
    const KINDS: &'static [Kind] = &[];
    fn from_row(_: &mut Row<'_>) -> Result<Self, StoreError> {
        Ok(())
    }
}

/// A row of one column.
impl<T: Column> FromRow for (T,) {
    const KINDS: &'static [Kind] = &[T::KIND];
    fn from_row(row: &mut Row<'_>) -> Result<Self, StoreError> {
        Ok((row.take()?,))
    }
}

/// A row of two columns.
impl<A: Column, B: Column> FromRow for (A, B) {
    const KINDS: &'static [Kind] = &[A::KIND, B::KIND];
    fn from_row(row: &mut Row<'_>) -> Result<Self, StoreError> {
        Ok((row.take()?, row.take()?))
    }
}

/// Declares statements as typed functions and lists them in `STATEMENTS`.
///
/// ```text
/// queries! {
///     /// The name of a user.
///     pub fn name_of(user: UserId) -> Option<(String,)> = "select name from user_account where id = $1";
/// }
/// ```
///
/// The answer is `Option<Row>`, `Vec<Row>` or `u64` (rows changed).
macro_rules! queries {
    ($(
        $(#[$meta:meta])*
        $visibility:vis fn $name:ident($($param:ident: $kind:ty),* $(,)?) -> $shape:ty = $sql:expr;
    )*) => {
        pub(crate) const STATEMENTS: &[&$crate::sql::Statement] = &[$(&statement::$name),*];

        mod statement {
            #[allow(unused_imports, clippy::allow_attributes, reason = "a module's types may be used in its rows only")]
            use super::*;
            $(
                #[expect(non_upper_case_globals, reason = "named like the function that runs it")]
                pub(super) static $name: $crate::sql::Statement = $crate::sql::Statement {
                    name: concat!(module_path!(), "::", stringify!($name)),
                    sql: $sql,
                    params: &[$(<$kind as $crate::sql::ToParam>::KIND),*],
                    columns: <<$shape as $crate::sql::Shape>::Row as $crate::sql::FromRow>::KINDS,
                    order: std::sync::OnceLock::new(),
                };
            )*
        }

        $(
            $(#[$meta])*
            $visibility async fn $name(
                conn: &$crate::Conn,
                $($param: $kind),*
            ) -> Result<$shape, $crate::StoreError> {
                <$shape as $crate::sql::Shape>::fetch(
                    conn,
                    &statement::$name,
                    &[$($crate::sql::ToParam::to_param(&$param)),*],
                )
                .await
            }
        )*
    };
}

/// Declares a row type whose fields are the columns, in order.
macro_rules! row {
    (
        $(#[$meta:meta])*
        $visibility:vis struct $name:ident {
            $( $(#[$field_meta:meta])* $field_visibility:vis $field:ident: $kind:ty, )*
        }
    ) => {
        $(#[$meta])*
        $visibility struct $name {
            $( $(#[$field_meta])* $field_visibility $field: $kind, )*
        }

        impl $crate::sql::FromRow for $name {
            const KINDS: &'static [$crate::sql::Kind] =
                &[$(<$kind as $crate::sql::Column>::KIND),*];

            fn from_row(row: &mut $crate::sql::Row<'_>) -> Result<Self, $crate::StoreError> {
                Ok(Self { $($field: row.take()?),* })
            }
        }
    };
}

pub(crate) use {queries, row};

macro_rules! plain {
    ($($rust:ty, $kind:ident;)*) => {$(
        impl ToParam for $rust {
            const KIND: Kind = Kind::$kind;
            fn to_param(&self) -> Param<'_> {
                Param::$kind(*self)
            }
        }

        impl Column for $rust {
            const KIND: Kind = Kind::$kind;
            fn sqlite(row: &rusqlite::Row<'_>, index: usize) -> Result<Self, Source> {
                Ok(row.get(index)?)
            }
            fn postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, Source> {
                Ok(row.try_get(index)?)
            }
        }
    )*};
}

plain! {
    i32, Int;
    i64, Big;
    bool, Bool;
}

macro_rules! id {
    ($($rust:ident),*) => {$(
        impl ToParam for $rust {
            const KIND: Kind = Kind::Int;
            fn to_param(&self) -> Param<'_> {
                Param::Int(self.0)
            }
        }

        impl Column for $rust {
            const KIND: Kind = Kind::Int;
            fn sqlite(row: &rusqlite::Row<'_>, index: usize) -> Result<Self, Source> {
                i32::sqlite(row, index).map(Self)
            }
            fn postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, Source> {
                i32::postgres(row, index).map(Self)
            }
        }
    )*};
}

id!(
    AttendeeId,
    BookingId,
    EventTypeId,
    MembershipId,
    OrganizationId,
    OutOfOfficeId,
    ScheduleId,
    UserId
);

macro_rules! borrowed {
    ($($rust:ty, $kind:ident;)*) => {$(
        impl ToParam for $rust {
            const KIND: Kind = Kind::$kind;
            fn to_param(&self) -> Param<'_> {
                Param::$kind(self)
            }
        }
    )*};
}

borrowed! {
    &str, Text;
    &[u8], Bytes;
    &Value, Json;
}

macro_rules! text_id {
    ($($rust:ident),*) => {$(
        impl ToParam for &$rust {
            const KIND: Kind = Kind::Text;
            fn to_param(&self) -> Param<'_> {
                Param::Text(self.as_str())
            }
        }

        impl Column for $rust {
            const KIND: Kind = Kind::Text;
            fn sqlite(row: &rusqlite::Row<'_>, index: usize) -> Result<Self, Source> {
                String::sqlite(row, index).map(Self::new)
            }
            fn postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, Source> {
                String::postgres(row, index).map(Self::new)
            }
        }
    )*};
}

text_id!(OAuth2ClientId, OAuthClientId, PrivateLinkId, WebhookId);

impl ToParam for Timestamp {
    const KIND: Kind = Kind::Instant;
    fn to_param(&self) -> Param<'_> {
        Param::Instant(*self)
    }
}

impl ToParam for Date {
    const KIND: Kind = Kind::Date;
    fn to_param(&self) -> Param<'_> {
        Param::Date(*self)
    }
}

/// Minutes after midnight.
impl ToParam for WallTime {
    const KIND: Kind = Kind::Int;
    fn to_param(&self) -> Param<'_> {
        Param::Int(self.minutes())
    }
}

impl<T: ToParam> ToParam for Option<T> {
    const KIND: Kind = T::KIND;
    fn to_param(&self) -> Param<'_> {
        self.as_ref().map_or(Param::Null, ToParam::to_param)
    }
}

macro_rules! owned {
    ($($rust:ty, $kind:ident;)*) => {$(
        impl Column for $rust {
            const KIND: Kind = Kind::$kind;
            fn sqlite(row: &rusqlite::Row<'_>, index: usize) -> Result<Self, Source> {
                Ok(row.get(index)?)
            }
            fn postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, Source> {
                Ok(row.try_get(index)?)
            }
        }
    )*};
}

owned! {
    String, Text;
    Vec<u8>, Bytes;
}

impl Column for Value {
    const KIND: Kind = Kind::Json;
    fn sqlite(row: &rusqlite::Row<'_>, index: usize) -> Result<Self, Source> {
        Ok(serde_json::from_str(row.get_ref(index)?.as_str()?)?)
    }
    fn postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, Source> {
        Ok(row.try_get(index)?)
    }
}

/// A column of JSON as a type of its own. To read it as a [`Value`] first would
/// allocate each name and text twice.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> Column for Json<T> {
    const KIND: Kind = Kind::Json;
    fn sqlite(row: &rusqlite::Row<'_>, index: usize) -> Result<Self, Source> {
        Ok(Self(serde_json::from_str(row.get_ref(index)?.as_str()?)?))
    }
    fn postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, Source> {
        let postgres::Json(read) = row.try_get(index)?;
        Ok(Self(read))
    }
}

impl Column for Timestamp {
    const KIND: Kind = Kind::Instant;
    fn sqlite(row: &rusqlite::Row<'_>, index: usize) -> Result<Self, Source> {
        Ok(Self::from_microsecond(row.get(index)?)?)
    }
    fn postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, Source> {
        Ok(row.try_get(index)?)
    }
}

impl Column for Date {
    const KIND: Kind = Kind::Date;
    fn sqlite(row: &rusqlite::Row<'_>, index: usize) -> Result<Self, Source> {
        Ok(row.get_ref(index)?.as_str()?.parse()?)
    }
    fn postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, Source> {
        Ok(row.try_get(index)?)
    }
}

impl Column for WallTime {
    const KIND: Kind = Kind::Int;
    fn sqlite(row: &rusqlite::Row<'_>, index: usize) -> Result<Self, Source> {
        Self::from_minutes(i32::sqlite(row, index)?).ok_or_else(|| "no time of day".into())
    }
    fn postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, Source> {
        Self::from_minutes(i32::postgres(row, index)?).ok_or_else(|| "no time of day".into())
    }
}

impl Column for WeekDays {
    const KIND: Kind = Kind::Text;
    fn sqlite(row: &rusqlite::Row<'_>, index: usize) -> Result<Self, Source> {
        Self::of_digits(&String::sqlite(row, index)?).ok_or_else(|| "no days of the week".into())
    }
    fn postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, Source> {
        Self::of_digits(&String::postgres(row, index)?).ok_or_else(|| "no days of the week".into())
    }
}

impl<T: Column> Column for Option<T> {
    const KIND: Kind = T::KIND;
    fn sqlite(row: &rusqlite::Row<'_>, index: usize) -> Result<Self, Source> {
        if row.get_ref(index)? == rusqlite::types::ValueRef::Null {
            return Ok(None);
        }
        T::sqlite(row, index).map(Some)
    }
    fn postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, Source> {
        if row.try_get::<_, IsNull>(index)?.0 {
            return Ok(None);
        }
        T::postgres(row, index).map(Some)
    }
}

/// Whether a column is null, whatever its type.
struct IsNull(bool);

impl<'a> postgres::FromSql<'a> for IsNull {
    fn from_sql(_: &postgres::Type, _: &'a [u8]) -> Result<Self, Source> {
        Ok(Self(false))
    }
    fn from_sql_null(_: &postgres::Type) -> Result<Self, Source> {
        Ok(Self(true))
    }
    fn accepts(_: &postgres::Type) -> bool {
        true
    }
}

impl rusqlite::ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, Value as Owned, ValueRef};
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Owned::Null),
            Self::Int(number) => ToSqlOutput::Owned(Owned::Integer(i64::from(*number))),
            Self::Big(number) => ToSqlOutput::Owned(Owned::Integer(*number)),
            Self::Bool(truth) => ToSqlOutput::Owned(Owned::Integer(i64::from(*truth))),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Self::Json(json) => ToSqlOutput::Owned(Owned::Text(json.to_string())),
            Self::Instant(instant) => ToSqlOutput::Owned(Owned::Integer(instant.as_microsecond())),
            Self::Date(date) => ToSqlOutput::Owned(Owned::Text(date.to_string())),
        })
    }
}

impl postgres::ToSql for Param<'_> {
    fn to_sql(
        &self,
        kind: &postgres::Type,
        out: &mut bytes::BytesMut,
    ) -> Result<postgres::IsNull, Source> {
        match self {
            Self::Null => Ok(postgres::IsNull::Yes),
            Self::Int(number) => number.to_sql_checked(kind, out),
            Self::Big(number) => number.to_sql_checked(kind, out),
            Self::Bool(truth) => truth.to_sql_checked(kind, out),
            Self::Text(text) => text.to_sql_checked(kind, out),
            Self::Bytes(bytes) => bytes.to_sql_checked(kind, out),
            Self::Json(json) => json.to_sql_checked(kind, out),
            Self::Instant(instant) => instant.to_sql_checked(kind, out),
            Self::Date(date) => date.to_sql_checked(kind, out),
        }
    }

    // The value is known only when it is sent: `to_sql` checks it against the type.
    fn accepts(_: &postgres::Type) -> bool {
        true
    }

    postgres::to_sql_checked!();
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no text".to_owned())
}
