//! Why a day has the slots it has.

use jiff::civil::Date;

use crate::availability::Availability;
use crate::interval::{Interval, merge, subtract};
use crate::time::{HostTime, Reason, has_override};
use crate::zone::{Zone, date};

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
        let decided = self.decided();
        let (first, last) = (booker.day(query.start), booker.day(query.end - 1));
        let mut reports = Vec::new();
        for day in first..=last {
            let time =
                Interval { start: booker.start_of(day), end: booker.start_of(day + 1) }.cut(query);
            if time.is_empty() {
                continue;
            }
            let hosts = self.times.iter().zip(request.hosts);
            let hosts = hosts.map(|(host, asked)| report(host, asked.hours, time.cut(self.window)));
            let mut hosts: Vec<HostReport> = hosts.collect();
            if time.start < self.window.start {
                // Before the notice ends nothing was worked out.
                let time = Interval { end: time.end.min(self.window.start), ..time };
                hosts.resize(request.hosts.len(), HostReport::default());
                for host in &mut hosts {
                    host.removed.insert(0, Removed { time, reason: Reason::Notice });
                }
            }
            let of_day = decided.iter().filter(|(slot, _)| slot.day() == day);
            let mut report = DayReport { date: date(day), slots: 0, hosts, refused: Vec::new() };
            for (slot, refusal) in of_day {
                let reason = refusal.or(slot.away.map(|_| Reason::OutOfOffice));
                match reason {
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

fn report(host: &HostTime, hours: crate::Hours<'_>, day: Interval) -> HostReport {
    if day.is_empty() {
        return HostReport::default();
    }
    let within = |list: &[Interval]| -> Vec<Interval> {
        list.iter().map(|range| range.cut(day)).filter(|range| !range.is_empty()).collect()
    };
    let working = within(&host.open);
    let mut zone = Zone::new(hours.zone);
    let closed = subtract(&[day], working.iter().copied());
    let mut removed: Vec<Removed> = closed
        .into_iter()
        .map(|time| {
            let is_override = has_override(hours, zone.day(time.start));
            Removed {
                time,
                reason: if is_override { Reason::Override } else { Reason::WorkingHours },
            }
        })
        .collect();
    // Several blocks of one reason are one time.
    let mut reasons: Vec<Reason> = host.blocks.iter().map(|block| block.reason).collect();
    reasons.sort_unstable();
    reasons.dedup();
    for reason in reasons {
        let blocks = host
            .blocks
            .iter()
            .filter(|block| block.reason == reason)
            .map(|block| block.time.cut(day));
        let mut blocks: Vec<Interval> = blocks.filter(|time| !time.is_empty()).collect();
        merge(&mut blocks);
        removed.extend(blocks.into_iter().map(|time| Removed { time, reason }));
    }
    removed.sort_unstable_by_key(|removed| (removed.time, removed.reason));
    HostReport { working, removed }
}
