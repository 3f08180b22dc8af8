use std::fmt;

/// What the store can fail with.
///
/// "Not found" is never an error here: look-ups return `Option`. The text names
/// what failed; the chain of sources says why.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A rule of the schema said no.
    #[error("the constraint {0} refused the write")]
    Constraint(Constraint),
    /// A row refers to one that does not exist (EN-6: 400).
    #[error("a row refers to another that does not exist")]
    BrokenReference,
    /// The database cannot be reached, is full, read-only or locked by another process.
    #[error("the database is unavailable")]
    Unavailable(#[source] Source),
    /// The unit of work did not finish in the configured time; nothing was written.
    #[error("the database did not answer in time")]
    TimedOut,
    /// A statement failed for a reason that no caller can act on.
    #[error("the statement {statement} failed")]
    Statement {
        /// Module and name of the statement.
        statement: &'static str,
        /// The database's own words.
        #[source]
        source: Source,
    },
    /// A column does not hold what the program expects.
    #[error("column {column} of {statement} cannot be read")]
    Unreadable {
        /// Module and name of the statement.
        statement: &'static str,
        /// Position of the column, from 0.
        column: usize,
        /// Why it cannot be read.
        #[source]
        source: Source,
    },
    /// An encrypted value does not open under the configured key.
    #[error("a secret does not open under the configured key")]
    Secret,
    /// The unit of work panicked; nothing was written.
    #[error("the unit of work panicked: {0}")]
    Panicked(String),
    /// The transaction was already given up by a failed statement.
    #[error("the transaction was given up")]
    Aborted,
    /// Another request with the same key was carried out ([`idempotency`](crate::idempotency)).
    #[error("another request with this idempotency key was carried out")]
    Repeated,
    /// All 2 147 483 647 ids of a sequence are used.
    #[error("no id is left")]
    OutOfIds,
    /// The store is closing.
    #[error("the store is closed")]
    Closed,
}

/// The cause of a [`StoreError`], for the log.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// A unique rule of the schema, by its name there.
///
/// SQLite names the columns of a broken unique constraint instead of the
/// constraint, so each variant carries both spellings (`Constraint::KNOWN`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constraint {
    /// Two users with one e-mail address (MU-11, QI-19).
    UserEmail,
    /// Two users of one organization with one username.
    ProfileUsername,
    /// A user with two memberships in one team.
    Membership,
    /// A refresh token with two successors (TK-16).
    TokenSuccessor,
    /// Two teams of one parent with one slug.
    TeamSlug,
    /// Two event types of one user with one slug.
    EventTypeUserSlug,
    /// Two event types of one team with one slug.
    EventTypeTeamSlug,
    /// Two default schedules of one user.
    DefaultSchedule,
    /// Two webhooks of one user with one URL.
    WebhookUserUrl,
    /// Two webhooks of one team with one URL.
    WebhookTeamUrl,
    /// Two webhooks of one event type with one URL.
    WebhookEventTypeUrl,
    /// Two webhooks of one OAuth client with one URL.
    WebhookOAuthClientUrl,
    /// Two entries of one user for the same days out of office.
    OutOfOffice,
    /// Two accepted bookings of one host that overlap (BK-202 to BK-206).
    BookingOverlap,
    /// A rule that no caller tells apart: a primary key or a check.
    Other(String),
}

impl Constraint {
    /// Name in the schema, SQLite's wording, variant.
    pub(crate) const KNOWN: [(&'static str, &'static str, Constraint); 14] = [
        ("user_email_unique", "user_account.email_key", Constraint::UserEmail),
        (
            "profile_username_unique",
            "profile.organization_id, profile.username",
            Constraint::ProfileUsername,
        ),
        ("membership_unique", "membership.team_id, membership.user_id", Constraint::Membership),
        ("token_successor_unique", "token_pair.predecessor_digest", Constraint::TokenSuccessor),
        ("team_slug_unique", "index 'team_slug_unique'", Constraint::TeamSlug),
        (
            "event_type_user_slug_unique",
            "event_type.user_id, event_type.slug",
            Constraint::EventTypeUserSlug,
        ),
        (
            "event_type_team_slug_unique",
            "event_type.team_id, event_type.slug",
            Constraint::EventTypeTeamSlug,
        ),
        ("schedule_default_unique", "schedule.user_id", Constraint::DefaultSchedule),
        (
            "webhook_user_url_unique",
            "webhook.user_id, webhook.subscriber_url",
            Constraint::WebhookUserUrl,
        ),
        (
            "webhook_team_url_unique",
            "webhook.team_id, webhook.subscriber_url",
            Constraint::WebhookTeamUrl,
        ),
        (
            "webhook_event_type_url_unique",
            "webhook.event_type_id, webhook.subscriber_url",
            Constraint::WebhookEventTypeUrl,
        ),
        (
            "webhook_oauth_client_url_unique",
            "webhook.oauth_client_id, webhook.subscriber_url",
            Constraint::WebhookOAuthClientUrl,
        ),
        (
            "out_of_office_unique",
            "out_of_office.user_id, out_of_office.start_date, out_of_office.end_date",
            Constraint::OutOfOffice,
        ),
        ("occupancy_no_overlap", "occupancy_no_overlap", Constraint::BookingOverlap),
    ];

    fn known(matches: impl Fn(&str, &str) -> bool, fallback: &str) -> Self {
        Self::KNOWN.iter().find(|(name, columns, _)| matches(name, columns)).map_or_else(
            || Self::Other(fallback.to_owned()),
            |(_, _, constraint)| constraint.clone(),
        )
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = Self::KNOWN.iter().find(|(_, _, constraint)| constraint == self);
        match (known, self) {
            (Some((name, _, _)), _) => f.write_str(name),
            (None, Self::Other(name)) => f.write_str(name),
            (None, other) => write!(f, "{other:?}"),
        }
    }
}

impl StoreError {
    /// Whether the caller may try the same again and expect another outcome.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::TimedOut | Self::Closed)
    }

    pub(crate) fn from_sqlite(statement: &'static str, error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        use rusqlite::ffi;

        let rusqlite::Error::SqliteFailure(failure, message) = &error else {
            return Self::Statement { statement, source: Box::new(error) };
        };
        match (failure.code, failure.extended_code) {
            (_, ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => Self::BrokenReference,
            (ErrorCode::ConstraintViolation, _) => {
                let message = message.as_deref().unwrap_or_default();
                let broken = message.rsplit_once("failed: ").map_or(message, |(_, broken)| broken);
                Self::Constraint(Constraint::known(|_, columns| columns == broken, broken))
            }
            (ErrorCode::OperationInterrupted, _) => Self::TimedOut,
            (
                ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly,
                _,
            ) => Self::Unavailable(Box::new(error)),
            _ => Self::Statement { statement, source: Box::new(error) },
        }
    }

    pub(crate) fn from_postgres(statement: &'static str, error: tokio_postgres::Error) -> Self {
        use tokio_postgres::error::SqlState;

        let Some(state) = error.code() else {
            return if error.is_closed()
                || std::error::Error::source(&error)
                    .is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
            {
                Self::Unavailable(Box::new(error))
            } else {
                Self::Statement { statement, source: Box::new(error) }
            };
        };
        let constraint = error.as_db_error().and_then(|e| e.constraint()).unwrap_or_default();
        match *state {
            SqlState::FOREIGN_KEY_VIOLATION => Self::BrokenReference,
            SqlState::UNIQUE_VIOLATION
            | SqlState::CHECK_VIOLATION
            | SqlState::EXCLUSION_VIOLATION => {
                Self::Constraint(Constraint::known(|name, _| name == constraint, constraint))
            }
            SqlState::QUERY_CANCELED | SqlState::LOCK_NOT_AVAILABLE => Self::TimedOut,
            // What the failure of a statement does to those behind it.
            SqlState::IN_FAILED_SQL_TRANSACTION => Self::Aborted,
            // Classes 08 (connection), 53 (resources) and 57 (operator intervention),
            // and the two that ask for another try once the tries are used up.
            SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => {
                Self::Unavailable(Box::new(error))
            }
            _ if ["08", "53", "57"].iter().any(|class| state.code().starts_with(class)) => {
                Self::Unavailable(Box::new(error))
            }
            _ => Self::Statement { statement, source: Box::new(error) },
        }
    }
}
