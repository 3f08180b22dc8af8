//! What several hosts can offer together (SLOT-55 to SLOT-58).

use std::collections::BTreeMap;

use crate::interval::{Interval, intersect, without_contained};
use crate::request::{Host, Scheduling};
use crate::time::HostTime;

/// The ranges in which starts are laid out, by their start.
pub(crate) fn offered(
    scheduling: Scheduling,
    hosts: &[Host<'_>],
    times: &[HostTime],
) -> Vec<Interval> {
    match scheduling {
        Scheduling::Single | Scheduling::Collective => all(times.iter()).unwrap_or_default(),
        Scheduling::RoundRobin => round_robin(hosts, times),
    }
}

/// When all of them are free; none when nobody is asked.
fn all<'t>(mut times: impl Iterator<Item = &'t HostTime>) -> Option<Vec<Interval>> {
    let first = times.next()?.free.clone();
    Some(times.fold(first, |common, time| intersect(&common, &time.free)))
}

fn round_robin(hosts: &[Host<'_>], times: &[HostTime]) -> Vec<Interval> {
    let fixed =
        all(times.iter().zip(hosts).filter(|(_, host)| host.is_fixed).map(|(time, _)| time));
    let mut groups: BTreeMap<Option<u32>, Vec<Interval>> = BTreeMap::new();
    for (host, time) in hosts.iter().zip(times).filter(|(host, _)| !host.is_fixed) {
        // Ranges of several hosts are not merged: nobody would be free all the time.
        groups.entry(host.group).or_default().extend_from_slice(&time.free);
    }
    let mut groups = groups.into_values().map(without_contained);
    let one_of_each = groups.next().map(|first| {
        groups.fold(first, |common, group| without_contained(intersect(&common, &group)))
    });
    match (fixed, one_of_each) {
        (Some(fixed), Some(others)) => without_contained(intersect(&others, &fixed)),
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => Vec::new(),
    }
}

/// Whether so many hosts less leave enough of them for a slot (RES-13, I-16): a hold takes
/// one host of round robin, and the slot of all others.
pub(crate) fn enough_without(
    scheduling: Scheduling,
    hosts: &[Host<'_>],
    times: &[HostTime],
    slot: Interval,
    holds: usize,
) -> bool {
    // Whoever is needed for every booking is needed for the one that is held, too.
    if scheduling != Scheduling::RoundRobin || hosts.iter().any(|host| host.is_fixed) {
        return holds == 0;
    }
    let mut free: BTreeMap<Option<u32>, usize> = BTreeMap::new();
    for (host, time) in hosts.iter().zip(times) {
        let is_free = time.is_free(slot);
        *free.entry(host.group).or_default() += usize::from(is_free);
    }
    holds < free.into_values().min().unwrap_or(1)
}
