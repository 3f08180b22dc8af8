//! What several hosts can offer together (SLOT-55 to SLOT-58).

use std::collections::{BTreeMap, BTreeSet};

use crate::interval::{Interval, intersect, without_contained};
use crate::request::{Host, Scheduling};
use crate::time::HostTime;

/// The ranges in which starts are laid out, by their start. `free` is each host's time.
pub(crate) fn offered(
    scheduling: Scheduling,
    hosts: &[Host<'_>],
    free: Vec<Vec<Interval>>,
) -> Vec<Interval> {
    match scheduling {
        Scheduling::Single | Scheduling::Collective => all(free.into_iter()).unwrap_or_default(),
        Scheduling::RoundRobin => round_robin(hosts, free),
    }
}

/// When all of them are free; none when nobody is asked.
fn all(free: impl Iterator<Item = Vec<Interval>>) -> Option<Vec<Interval>> {
    free.reduce(|common, time| intersect(&common, &time))
}

fn round_robin(hosts: &[Host<'_>], free: Vec<Vec<Interval>>) -> Vec<Interval> {
    let (fixed, others): (Vec<_>, Vec<_>) =
        hosts.iter().zip(free).partition(|(host, _)| host.is_fixed);
    let fixed = all(fixed.into_iter().map(|(_, time)| time));
    let mut groups: BTreeMap<Option<u32>, Vec<Interval>> = BTreeMap::new();
    for (host, mut time) in others {
        // Ranges of several hosts are not merged: nobody would be free all the time.
        groups.entry(host.group).or_default().append(&mut time);
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

/// The first host whose time is missing for a slot: of those who are needed for every
/// booking, else of a group in which nobody is free (R7.34 to R7.36, R7.39).
pub(crate) fn missing(
    scheduling: Scheduling,
    hosts: &[Host<'_>],
    times: &[HostTime],
    slot: Interval,
) -> Option<usize> {
    let is_needed = |host: &Host<'_>| scheduling != Scheduling::RoundRobin || host.is_fixed;
    let (needed, others): (Vec<usize>, Vec<usize>) =
        (0..times.len()).partition(|host| is_needed(&hosts[*host]));
    let is_free = |host: &usize| times[*host].is_free(slot);
    let free: BTreeSet<Option<u32>> =
        others.iter().filter(|host| is_free(host)).map(|host| hosts[*host].group).collect();
    let mut missing = needed.into_iter().filter(|host| !is_free(host));
    let without = |host: &usize| !free.contains(&hosts[*host].group);
    missing.next().or_else(|| others.into_iter().find(without))
}
