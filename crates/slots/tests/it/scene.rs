//! A request that owns what it is made of.

use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use slotd_domain::WeekDay;
use slotd_domain::event_type::Limits;
use slotd_domain::schedule::{DateOverride, WallTime, WeeklyEntry};
use slotd_slots::{
    Availability, Away, Booked, Counted, Day, Hold, Host, Hours, Interval, Query, Refusal, Request,
    Rules, Scheduling, Seated, Slot,
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
    /// A host who always works, and slots of an hour; dates and times are those of the
    /// host's zone, who is also the booker. The clock is a day before the start.
    pub(crate) fn always(zone_name: &str, start: &str, end: &str) -> Self {
        let zone = zone(zone_name);
        let at = |text: &str| zone.to_timestamp(text.parse::<DateTime>().unwrap()).unwrap();
        let start = at(start);
        Self {
            now: start - SignedDuration::from_hours(24),
            start,
            end: at(end),
            booker: zone.clone(),
            rules: Rules {
                length: 60,
                step: 60,
                offset: 0,
                notice: 0,
                before_buffer: 0,
                after_buffer: 0,
                count_limits: Limits::default(),
                duration_limits: Limits::default(),
                window: None,
                seats: None,
                blocks_unconfirmed: false,
                only_first: false,
                optimized: false,
                scheduling: Scheduling::Single,
            },
            event_zone: zone.clone(),
            hosts: vec![SceneHost::always(zone)],
            holds: vec![],
            seated: vec![],
            counted: vec![],
            rescheduled: None,
        }
    }

    /// A time on the clock of the first host.
    pub(crate) fn time(&self, start: &str, end: &str) -> Interval {
        let zone = &self.hosts[0].zone;
        let at = |text: &str| zone.to_timestamp(text.parse::<DateTime>().unwrap()).unwrap();
        Interval::new(at(start), at(end))
    }

    /// What is offered, as `date hh:mm` on the booker's clock.
    pub(crate) fn starts(&self) -> Vec<String> {
        let days = self.days();
        let slots = days.iter().flat_map(|day| &day.slots).filter(|slot| slot.away.is_none());
        let shown =
            |slot: &Slot| self.booker.to_datetime(slot.start()).strftime("%F %H:%M").to_string();
        slots.map(shown).collect()
    }

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

    pub(crate) fn verdict(&self, start: Timestamp) -> Result<Slot, Refusal> {
        self.request(|request| Availability::of(request).verdict(start))
    }

    pub(crate) fn days(&self) -> Vec<Day> {
        self.request(|request| Availability::of(request).days())
    }
}

impl SceneHost {
    pub(crate) fn always(zone: TimeZone) -> Self {
        Self {
            is_fixed: false,
            group: None,
            zone,
            weekly: every_day(WallTime::at(0, 0), WallTime::LAST),
            overrides: vec![],
            booked: vec![],
            calendar: vec![],
            away: vec![],
        }
    }

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

pub(crate) fn every_day(start: WallTime, end: WallTime) -> Vec<WeeklyEntry> {
    vec![WeeklyEntry { days: WeekDay::ALL.into_iter().collect(), start, end }]
}

pub(crate) fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}
