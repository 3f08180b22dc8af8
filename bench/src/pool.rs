//! The users in whose names the load is made.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::Result;

/// A user, and what requests need to be made in the user's name.
#[derive(Clone)]
pub(crate) struct PoolEntry {
    pub(crate) client: String,
    pub(crate) secret: String,
    pub(crate) user: i32,
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    pub(crate) organization: i32,
    /// The user's default schedule.
    pub(crate) schedule: i32,
    /// The first of the user's event types.
    pub(crate) event_type: i32,
}

impl PoolEntry {
    /// A text with the user's values in the place of their names in braces, which
    /// `load.lua` knows as well.
    pub(crate) fn filled(&self, text: &str) -> String {
        text.replace("{client}", &self.client)
            .replace("{secret}", &self.secret)
            .replace("{user}", &self.user.to_string())
            .replace("{access}", &self.access_token)
            .replace("{schedule}", &self.schedule.to_string())
            .replace("{eventType}", &self.event_type.to_string())
    }
}

/// A line of the file, which `load.lua` reads too.
impl fmt::Display for PoolEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, secret, user, access_token, refresh_token, .. } = self;
        let Self { organization, schedule, event_type, .. } = self;
        write!(
            f,
            "{client} {secret} {user} {access_token} {refresh_token} {organization} {schedule} {event_type}"
        )
    }
}

impl FromStr for PoolEntry {
    type Err = Box<dyn std::error::Error + Send + Sync>;

    fn from_str(line: &str) -> Result<Self> {
        let parts: Vec<_> = line.split(' ').collect();
        let &[client, secret, user, access, refresh, organization, schedule, event_type] =
            parts.as_slice()
        else {
            return Err(format!("no pool entry: {line}").into());
        };
        Ok(Self {
            client: client.to_owned(),
            secret: secret.to_owned(),
            user: user.parse()?,
            access_token: access.to_owned(),
            refresh_token: refresh.to_owned(),
            organization: organization.parse()?,
            schedule: schedule.parse()?,
            event_type: event_type.parse()?,
        })
    }
}

/// Reads what [`fill`](crate::fill::fill) wrote beside the database.
pub(crate) fn read(path: &Path) -> Result<Vec<PoolEntry>> {
    std::fs::read_to_string(path)?.lines().map(str::parse).collect()
}
