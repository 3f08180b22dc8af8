//! A request that owns what it is made of.

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use slotd_domain::schedule::{DateOverride, WeeklyEntry};
use slotd_slots::{
    Availability, Away, Booked, Counted, Day, Hold, Host, Hours, Interval, Query, Request, Rules,
    Seated,
};

#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub(crate) now: Timestamp,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    pub(crate) booker: TimeZone,
    pub(crate) rules: Rules,
    pub(crate) event_zone: TimeZone,
    pub(crate) hosts: Vec<SceneHost>,
    pub(crate) holds: Vec<Hold>,
    pub(crate) seated: Vec<Seated>,
    pub(crate) counted: Vec<Counted>,
    pub(crate) rescheduled: Option<Interval>,
}

#[derive(Debug, Clone)]
pub(crate) struct SceneHost {
    pub(crate) is_fixed: bool,
    pub(crate) group: Option<u32>,
    pub(crate) zone: TimeZone,
    pub(crate) weekly: Vec<WeeklyEntry>,
    pub(crate) overrides: Vec<DateOverride>,
    pub(crate) booked: Vec<Booked>,
    pub(crate) calendar: Vec<Interval>,
    pub(crate) away: Vec<Away>,
}

impl Scene {
    pub(crate) fn request<T>(&self, ask: impl FnOnce(&Request<'_>) -> T) -> T {
        let hosts: Vec<Host<'_>> = self.hosts.iter().map(SceneHost::host).collect();
        ask(&Request {
            now: self.now,
            query: Query { start: self.start, end: self.end, zone: &self.booker },
            rules: self.rules.clone(),
            event_zone: &self.event_zone,
            hosts: &hosts,
            holds: &self.holds,
            seated: &self.seated,
            counted: &self.counted,
            rescheduled: self.rescheduled,
        })
    }

    pub(crate) fn days(&self) -> Vec<Day> {
        self.request(|request| Availability::of(request).days())
    }
}

impl SceneHost {
    fn host(&self) -> Host<'_> {
        Host {
            is_fixed: self.is_fixed,
            group: self.group,
            hours: Hours { zone: &self.zone, weekly: &self.weekly, overrides: &self.overrides },
            booked: &self.booked,
            calendar: &self.calendar,
            away: &self.away,
        }
    }
}

pub(crate) fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}
