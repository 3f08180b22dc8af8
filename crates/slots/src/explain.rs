//! Why a day has the slots it has.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::availability::{Availability, Slot};
use crate::interval::{Interval, merge, subtract, within};
use crate::request::Hours;
use crate::time::{HostTime, Reason};
use crate::zone::{DayNumber, Zone, date, day_number};

/// What happened on a local date of the booker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayReport {
    /// The date.
    pub date: Date,
    /// How many slots are left of it, those of days out of office not counted.
    pub slots: usize,
    /// What each host's day lost, in the order of the hosts.
    pub hosts: Vec<HostReport>,
    /// Starts in free time that are not offered.
    pub refused: Vec<Removed>,
}

/// What a day lost of one host's time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostReport {
    /// When the host works on this day, as far as the query goes.
    pub working: Vec<Interval>,
    /// What is not free, by its start; times of several reasons may overlap.
    pub removed: Vec<Removed>,
}

/// A time that a rule took away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    /// Which time; for a start, the slot.
    pub time: Interval,
    /// Which rule.
    pub reason: Reason,
}

impl Availability<'_> {
    /// What removed what, for every date that the query touches.
    #[must_use]
    pub fn explain(&self) -> Vec<DayReport> {
        let request = self.request();
        let query = Interval::new(request.query.start, request.query.end);
        if query.is_empty() {
            return Vec::new();
        }
        let mut booker = Zone::new(request.query.zone);
        let mut decided: BTreeMap<DayNumber, Vec<(Slot, Option<Reason>)>> = BTreeMap::new();
        for (slot, refusal) in self.decided() {
            decided.entry(slot.day()).or_default().push((slot, refusal));
        }
        let hosts = self.times.iter().zip(request.hosts);
        let mut hosts: Vec<_> = hosts.map(|(time, host)| Removals::of(time, host.hours)).collect();
        let (first, last) = (booker.day(query.start), booker.day_of(query.end - 1));
        let mut reports = Vec::new();
        for day in first..=last {
            let time =
                Interval { start: booker.start_of(day), end: booker.start_of(day + 1) }.cut(query);
            // A clock that went back over midnight shows the date of a day that is over.
            if time.is_empty() && !decided.contains_key(&day) {
                continue;
            }
            let in_window = time.cut(self.window);
            let mut hosts: Vec<_> = hosts.iter_mut().map(|host| host.report(in_window)).collect();
            if time.start < time.end.min(self.window.start) {
                // Before the notice ends nothing was worked out.
                let time = Interval { end: time.end.min(self.window.start), ..time };
                hosts.resize(request.hosts.len(), HostReport::default());
                for host in &mut hosts {
                    host.removed.insert(0, Removed { time, reason: Reason::Notice });
                }
            }
            let mut report = DayReport { date: date(day), slots: 0, hosts, refused: Vec::new() };
            for (slot, refusal) in decided.remove(&day).unwrap_or_default() {
                match refusal.or(slot.away.map(|_| Reason::OutOfOffice)) {
                    None => report.slots += 1,
                    Some(reason) => {
                        let time = self.time(slot.start().as_microsecond());
                        report.refused.push(Removed { time, reason });
                    }
                }
            }
            reports.push(report);
        }
        reports
    }
}

/// What a host loses, of all days.
struct Removals<'h> {
    open: &'h [Interval],
    /// Several blocks of one reason are one time.
    blocks: BTreeMap<Reason, Vec<Interval>>,
    zone: Zone<'h>,
    days_with_overrides: BTreeSet<DayNumber>,
}

impl<'h> Removals<'h> {
    fn of(host: &'h HostTime, hours: Hours<'h>) -> Self {
        let mut blocks: BTreeMap<Reason, Vec<Interval>> = BTreeMap::new();
        for block in &host.blocks {
            blocks.entry(block.reason).or_default().push(block.time);
        }
        blocks.values_mut().for_each(merge);
        Self {
            open: &host.open,
            blocks,
            zone: Zone::new(hours.zone),
            days_with_overrides: hours.overrides.iter().map(|it| day_number(it.date)).collect(),
        }
    }

    fn report(&mut self, day: Interval) -> HostReport {
        if day.is_empty() {
            return HostReport::default();
        }
        let working = within(self.open, day);
        let mut removed = Vec::new();
        for time in subtract(&[day], working.iter().copied()) {
            let is_override = self.days_with_overrides.contains(&self.zone.day_of(time.start));
            let reason = if is_override { Reason::Override } else { Reason::WorkingHours };
            removed.push(Removed { time, reason });
        }
        for (reason, blocks) in &self.blocks {
            let of_day = within(blocks, day).into_iter();
            removed.extend(of_day.map(|time| Removed { time, reason: *reason }));
        }
        removed.sort_unstable_by_key(|removed| (removed.time, removed.reason));
        HostReport { working, removed }
    }
}
