//! The users in whose names the load is made.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use jiff::civil::Date;

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
    /// The one that slots are asked of.
    pub(crate) slots: i32,
    /// The one that is booked.
    pub(crate) appointment: i32,
    /// Uid of a booking of the user, if there is one, else `-`.
    pub(crate) booking: String,
    /// The first day that slots are asked for.
    pub(crate) from: Date,
    /// The last day of a week from then on.
    pub(crate) week: Date,
    /// The last of 30 days.
    pub(crate) month: Date,
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
            .replace("{slots}", &self.slots.to_string())
            .replace("{appointment}", &self.appointment.to_string())
            .replace("{booking}", &self.booking)
            .replace("{from}", &self.from.to_string())
            .replace("{week}", &self.week.to_string())
            .replace("{month}", &self.month.to_string())
    }
}

/// A line of the file, which `load.lua` reads too.
impl fmt::Display for PoolEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, secret, user, access_token, refresh_token, .. } = self;
        let Self { organization, schedule, event_type, slots, appointment, booking, .. } = self;
        let Self { from, week, month, .. } = self;
        write!(f, "{client} {secret} {user} {access_token} {refresh_token} {organization} ")?;
        write!(f, "{schedule} {event_type} {slots} {appointment} {booking} {from} {week} {month}")
    }
}

impl FromStr for PoolEntry {
    type Err = Box<dyn std::error::Error + Send + Sync>;

    fn from_str(line: &str) -> Result<Self> {
        let parts: Vec<_> = line.split(' ').collect();
        let &[
            client,
            secret,
            user,
            access,
            refresh,
            organization,
            schedule,
            event_type,
            slots,
            appointment,
            booking,
            from,
            week,
            month,
        ] = parts.as_slice()
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
            slots: slots.parse()?,
            appointment: appointment.parse()?,
            booking: booking.to_owned(),
            from: from.parse()?,
            week: week.parse()?,
            month: month.parse()?,
        })
    }
}

/// Reads what [`fill`](crate::fill::fill) wrote beside the database.
pub(crate) fn read(path: &Path) -> Result<Vec<PoolEntry>> {
    std::fs::read_to_string(path)?.lines().map(str::parse).collect()
}

/// One of so many parts of the pool, as `load.lua` takes it.
pub(crate) fn part(pool: &[PoolEntry], (part, parts): (usize, usize)) -> Arc<[PoolEntry]> {
    pool.iter().skip(part).step_by(parts).cloned().collect()
}
