//! Whether one start can be booked, and if not why.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use slotd_domain::event_type::BookingWindow;
use slotd_domain::schedule::{DateOverride, WallTime};
use slotd_slots::{
    Availability, Away, Booked, Counted, Hold, Interval, Kind, Query, Reads, Reason, Refusal,
    Scheduling, Seated, Slot,
};

use crate::scene::{Scene, every_day, zone};
use crate::strategies::{cases, scene, start};

fn slot(scene: &Scene, start: Timestamp) -> Interval {
    Interval::new(start, start + SignedDuration::from_mins(scene.rules.length.into()))
}

fn overlap(one: Interval, other: Interval) -> bool {
    one.start().max(other.start()) < one.end().min(other.end())
}

fn touches(time: Interval, read: Interval) -> bool {
    time.start() < read.end() && read.start() < time.end()
}

fn is_full(scene: &Scene, slot: &Slot) -> bool {
    scene.rules.seats.is_some() && slot.seats_taken >= scene.rules.seats
}

/// Without positions in lists, which depend on what else was read.
fn placeless(
    scene: &Scene,
    verdict: Result<Slot, Refusal>,
) -> (Result<Slot, Refusal>, Option<String>) {
    match verdict {
        Ok(mut slot) => {
            let place = slot.seated.take();
            (Ok(slot), place.map(|place| format!("{:?}", scene.seated[place])))
        }
        Err(mut refusal) => {
            let booking = refusal.host.zip(refusal.booking.take());
            let booking = booking.map(|(host, place)| scene.hosts[host].booked[place]);
            (Err(refusal), booking.map(|booking| format!("{booking:?}")))
        }
    }
}

proptest! {
    #![proptest_config(cases(200, file!()))]

    /// SLOT-86, SLOT-88, SLOT-91
    #[test]
    fn what_is_listed_can_be_booked(scene in scene()) {
        for slot in scene.days().iter().flat_map(|day| &day.slots) {
            let verdict = scene.verdict(slot.start());
            let reason = verdict.map_err(|refusal| refusal.reason);
            if is_full(&scene, slot) {
                prop_assert_eq!(reason, Err(Reason::SeatsFull));
            } else if slot.away.is_some() && slot.seated.is_none() {
                prop_assert_eq!(reason, Err(Reason::OutOfOffice));
            } else if slot.away.is_none() || !scene.rules.only_first {
                prop_assert_eq!(reason, Ok(*slot));
            }
        }
    }

    /// SLOT-70 to SLOT-86, SLOT-91: reports tell the same reasons.
    #[test]
    fn what_is_refused_is_refused_for_the_reason_that_is_explained(scene in scene()) {
        let reports = scene.request(|request| Availability::of(request).explain());
        for refused in reports.iter().flat_map(|report| &report.refused) {
            match scene.verdict(refused.time.start()) {
                Err(refusal) if refusal.reason == refused.reason => {}
                Err(refusal) => prop_assert!(
                    refused.reason == Reason::OutOfOffice && refusal.reason == Reason::SeatsFull,
                    "{:?} {:?}", refused, refusal
                ),
                Ok(slot) => {
                    let joins = refused.reason == Reason::OutOfOffice && slot.seated.is_some();
                    prop_assert!(joins, "{refused:?}");
                }
            }
        }
    }

    /// R7.32 to R7.36, R7.60: what is named is in the way, and a report names it, too.
    #[test]
    fn what_is_in_the_way_is_named_and_explained((scene, starts) in start()) {
        let reports = scene.request(|request| Availability::of(request).explain());
        for start in starts {
            let slot = slot(&scene, start);
            let verdict = scene.verdict(start);
            let free = scene.request(|request| Availability::of(request).free_hosts(start));
            let all: Vec<usize> = (0..scene.hosts.len()).collect();
            let refusal = match verdict {
                Ok(slot) if slot.seated.is_some() => continue,
                Ok(_) if scene.rules.scheduling != Scheduling::RoundRobin => {
                    prop_assert_eq!(free, all);
                    continue;
                }
                Ok(_) => {
                    let is_enough = scene.hosts.iter().enumerate().all(|(at, host)| {
                        let of_group = |free: &usize| {
                            let other = &scene.hosts[*free];
                            !other.is_fixed && other.group == host.group
                        };
                        if host.is_fixed { free.contains(&at) } else { free.iter().any(of_group) }
                    });
                    prop_assert!(is_enough);
                    continue;
                }
                Err(refusal) => refusal,
            };
            let is_elsewhere =
                [Reason::Past, Reason::Notice, Reason::Window, Reason::NotFirst].contains(&refusal.reason);
            prop_assert!(is_elsewhere || overlap(refusal.time, slot), "{start} {refusal:?}");
            if refusal.reason == Reason::NotFirst {
                prop_assert!(refusal.time.start() < start);
            }
            let Some(host) = refusal.host else { continue };
            prop_assert!(!free.contains(&host));
            if let Some(place) = refusal.booking {
                let booked = scene.hosts[host].booked[place].time;
                let (time, is_buffer) = (refusal.time, refusal.reason == Reason::Buffer);
                let is_beside = time.end() == booked.start() || time.start() == booked.end();
                let is_named = if is_buffer { is_beside } else { time == booked };
                prop_assert!(is_named);
            }
            prop_assert!(refusal.reason != Reason::Booking || refusal.booking.is_some());
            let shown_from = scene.start.max(scene.now + SignedDuration::from_mins(scene.rules.notice.max(1).into()));
            if shown_from <= start && slot.end() <= scene.end
                && (scene.rules.scheduling, refusal.reason) != (Scheduling::Single, Reason::OutOfOffice)
            {
                // A report names the rule of a whole gap between hours, by the day it begins in.
                let hours = [Reason::WorkingHours, Reason::Override];
                let mut removed = reports.iter().flat_map(|report| &report.hosts[host].removed);
                prop_assert!(removed.any(|removed| {
                    (removed.reason == refusal.reason
                        || hours.contains(&removed.reason) && hours.contains(&refusal.reason))
                        && overlap(removed.time, slot)
                        && overlap(removed.time, refusal.time)
                }), "{start} {refusal:?}");
            }
        }
    }

    /// SLOT-44, SLOT-91: a verdict needs no more than is read for it, as long as no buffer is
    /// longer than a day, and the query plays no part in it.
    #[test]
    fn what_is_near_a_start_is_enough_for_its_verdict((scene, starts) in start()) {
        for start in starts {
            let mut read = scene.clone();
            let query = Query::of_start(start, scene.rules.length, &scene.booker);
            (read.start, read.end) = (query.start, query.end);
            let reads = Reads::of(scene.now, query, &scene.rules, &scene.event_zone);
            for host in &mut read.hosts {
                host.booked.retain(|booked| touches(booked.time, reads.time));
                host.calendar.retain(|event| touches(*event, reads.time));
            }
            read.holds.retain(|hold| touches(hold.time, reads.time));
            read.seated.retain(|seated| touches(seated.time, reads.time));
            read.counted.retain(|counted| {
                let start = counted.time.start();
                reads.limits.is_some_and(|time| time.start() <= start && start < time.end())
            });
            prop_assert_eq!(
                placeless(&read, read.verdict(start)),
                placeless(&scene, scene.verdict(start)),
                "{}", start
            );
            let free = |scene: &Scene| scene.request(|request| Availability::of(request).free_hosts(start));
            if start >= scene.now + SignedDuration::from_mins(scene.rules.notice.into()) {
                prop_assert_eq!(free(&read), free(&scene));
            }
        }
    }
}

fn reason(scene: &Scene, start: &str) -> Option<Reason> {
    let start = scene.time(start, start).start();
    scene.verdict(start).err().map(|refusal| refusal.reason)
}

fn refusal(scene: &Scene, start: &str) -> Refusal {
    scene.verdict(scene.time(start, start).start()).unwrap_err()
}

/// SLOT-60, SLOT-67, file 03, 7.9
#[test]
fn a_start_is_refused_before_now_and_before_its_notice_ends() {
    let mut scene = Scene::always("UTC", "2026-06-03T00:00", "2026-06-04T00:00");
    scene.now = scene.time("2026-06-03T09:00:10.5", "2026-06-03T09:00").start();
    assert_eq!(reason(&scene, "2026-06-03T09:00:10.499"), Some(Reason::Past));
    assert_eq!(reason(&scene, "2026-06-03T09:00:10.5"), None);
    scene.rules.notice = 60;
    assert_eq!(reason(&scene, "2026-06-03T09:00:10.499"), Some(Reason::Past));
    assert_eq!(reason(&scene, "2026-06-03T10:00:10.499"), Some(Reason::Notice));
    assert_eq!(reason(&scene, "2026-06-03T10:00:10.5"), None);
    assert_eq!(
        refusal(&scene, "2026-06-03T10:00").time.end(),
        scene.now + SignedDuration::from_hours(1)
    );
}

/// R4.1, R7.32, SLOT-42, SLOT-91
#[test]
fn the_booking_in_the_way_is_named_off_the_grid_too() {
    let mut scene = Scene::always("Europe/Rome", "2026-06-03T00:00", "2026-06-04T00:00");
    scene.hosts[0].weekly = every_day(WallTime::at(9, 0), WallTime::at(17, 0));
    let times =
        [("2026-06-03T15:00", "2026-06-03T16:00"), ("2026-06-03T11:00", "2026-06-03T12:00")];
    let booked = |(start, end)| Booked {
        time: scene.time(start, end),
        kind: Kind::Other,
        before_buffer: 10,
        after_buffer: 0,
    };
    scene.hosts[0].booked = times.map(booked).to_vec();
    assert_eq!(reason(&scene, "2026-06-03T09:47"), None);
    let named = |start| {
        let refusal = refusal(&scene, start);
        (refusal.reason, refusal.time, refusal.host, refusal.booking)
    };
    let first = scene.time(times[1].0, times[1].1);
    let buffer = scene.time("2026-06-03T10:50", "2026-06-03T11:00");
    assert_eq!(named("2026-06-03T09:51"), (Reason::Buffer, buffer, Some(0), Some(1)));
    assert_eq!(named("2026-06-03T10:01"), (Reason::Booking, first, Some(0), Some(1)));
    assert_eq!(named("2026-06-03T11:59:59"), (Reason::Booking, first, Some(0), Some(1)));
    assert_eq!(reason(&scene, "2026-06-03T12:00"), None);
    let night = scene.time("2026-06-03T17:00", "2026-06-03T17:19:59");
    assert_eq!(named("2026-06-03T16:20"), (Reason::WorkingHours, night, Some(0), None));
    scene.hosts[0].overrides = vec![DateOverride {
        date: "2026-06-03".parse().unwrap(),
        start: WallTime::at(9, 0),
        end: WallTime::at(16, 30),
    }];
    assert_eq!(reason(&scene, "2026-06-03T16:20"), Some(Reason::Override));
}

/// R7.32, SLOT-64: a second past the hours is none too many, past a booking it is.
#[test]
fn a_slot_does_not_overlap_what_begins_in_its_last_second() {
    let mut scene = Scene::always("UTC", "2026-06-03T09:00", "2026-06-03T11:00");
    scene.hosts[0].weekly = every_day(WallTime::at(9, 0), WallTime::at(11, 0));
    assert_eq!(reason(&scene, "2026-06-03T10:00:01"), None);
    assert_eq!(reason(&scene, "2026-06-03T10:00:01.001"), Some(Reason::WorkingHours));
    scene.hosts[0].calendar = vec![scene.time("2026-06-03T10:59:59.5", "2026-06-03T12:00")];
    assert_eq!(scene.starts(), ["2026-06-03 09:00"]);
    assert_eq!(reason(&scene, "2026-06-03T10:00"), Some(Reason::Calendar));
    assert_eq!(reason(&scene, "2026-06-03T09:59:59.5"), None);
    assert_eq!(reason(&scene, "2026-06-03T09:59:59.501"), Some(Reason::Calendar));
}

/// SLOT-48, SLOT-49
#[test]
fn a_limit_is_named_with_its_period() {
    let mut scene = Scene::always("Europe/Rome", "2026-06-03T00:00", "2026-06-04T00:00");
    scene.counted =
        vec![Counted { time: scene.time("2026-06-01T09:00", "2026-06-01T10:00"), host: Some(0) }];
    scene.rules.duration_limits.week = Some(90);
    let week = scene.time("2026-05-31T00:00", "2026-06-07T00:00");
    let found = refusal(&scene, "2026-06-03T09:13");
    assert_eq!((found.reason, found.time, found.host), (Reason::DurationLimit, week, Some(0)));
    scene.rules.count_limits.month = Some(1);
    let month = scene.time("2026-06-01T00:00", "2026-07-01T00:00");
    let found = refusal(&scene, "2026-06-03T09:13");
    assert_eq!((found.reason, found.time, found.host), (Reason::CountLimit, month, None));
    assert_eq!(reason(&scene, "2026-07-01T00:00"), None);
}

/// SLOT-73, SLOT-88, R7.57, R7.60
#[test]
fn a_seat_is_left_until_all_are_taken() {
    let mut scene = Scene::always("UTC", "2026-06-03T09:00", "2026-06-03T12:00");
    let time = scene.time("2026-06-03T10:00", "2026-06-03T11:00");
    scene.rules.seats = Some(2);
    scene.rules.count_limits.day = Some(1);
    scene.hosts[0].booked =
        vec![Booked { time, kind: Kind::Own, before_buffer: 0, after_buffer: 0 }];
    scene.seated = vec![Seated { time, attendees: 1 }];
    scene.counted = vec![Counted { time, host: Some(0) }];
    assert_eq!(reason(&scene, "2026-06-03T10:00"), None);
    assert_eq!(reason(&scene, "2026-06-03T09:00"), Some(Reason::CountLimit));
    scene.rules.count_limits.day = None;
    assert_eq!(reason(&scene, "2026-06-03T09:00"), None);
    let found = refusal(&scene, "2026-06-03T09:30");
    assert_eq!((found.reason, found.time), (Reason::SharedTime, time));
    let until = scene.start;
    scene.holds = vec![Hold { time, until, is_seat: true }];
    assert_eq!(reason(&scene, "2026-06-03T10:00"), Some(Reason::SeatsFull));
    scene.holds.clear();
    scene.seated[0].attendees = 2;
    assert_eq!(reason(&scene, "2026-06-03T10:00"), Some(Reason::SeatsFull));
    assert_eq!(scene.starts().len(), 3);
}

/// SLOT-86, SLOT-91: whatever is asked for, the first slot of a day is the same one.
#[test]
fn only_what_is_not_behind_the_first_slot_of_its_day_can_be_booked() {
    let mut scene = Scene::always("America/New_York", "2026-06-03T00:00", "2026-06-05T00:00");
    scene.hosts[0].weekly = every_day(WallTime::at(9, 0), WallTime::at(17, 0));
    scene.rules.only_first = true;
    assert_eq!(scene.starts(), ["2026-06-03 09:00", "2026-06-04 09:00"]);
    assert_eq!(reason(&scene, "2026-06-03T09:00"), None);
    let found = refusal(&scene, "2026-06-03T09:01");
    let first = scene.time("2026-06-03T09:00", "2026-06-03T10:00");
    assert_eq!((found.reason, found.time), (Reason::NotFirst, first));
    scene.start = scene.time("2026-06-03T12:00", "2026-06-03T12:00").start();
    assert_eq!(scene.starts(), ["2026-06-04 09:00"]);
    assert_eq!(reason(&scene, "2026-06-03T12:00"), Some(Reason::NotFirst));
    let time = scene.time("2026-06-03T09:30", "2026-06-03T10:30");
    scene.holds = vec![Hold { time, until: scene.start, is_seat: false }];
    // Before the slot that is listed then.
    assert_eq!(reason(&scene, "2026-06-03T10:30"), None);
    let found = refusal(&scene, "2026-06-03T09:00");
    assert_eq!((found.reason, found.time), (Reason::Hold, time));
    let first = scene.time("2026-06-03T11:00", "2026-06-03T12:00");
    assert_eq!(refusal(&scene, "2026-06-03T11:10").time, first);
    scene.holds[0].time = scene.time("2026-06-03T09:30", "2026-06-03T16:00");
    assert_eq!(reason(&scene, "2026-06-03T16:00"), None);
}

/// R7.34 to R7.36, SLOT-57, SLOT-72
#[test]
fn it_is_named_whose_time_is_missing() {
    let mut scene = Scene::always("UTC", "2026-06-03T00:00", "2026-06-04T00:00");
    let at = scene.time("2026-06-03T09:20", "2026-06-03T10:20");
    scene.hosts = vec![scene.hosts[0].clone(); 3];
    scene.hosts[1].calendar = vec![at];
    let free =
        |scene: &Scene| scene.request(|request| Availability::of(request).free_hosts(at.start()));
    scene.rules.scheduling = Scheduling::Collective;
    let found = refusal(&scene, "2026-06-03T09:20");
    assert_eq!((found.reason, found.host, free(&scene)), (Reason::Calendar, Some(1), vec![0, 2]));
    scene.rules.scheduling = Scheduling::RoundRobin;
    assert_eq!(reason(&scene, "2026-06-03T09:20"), None);
    scene.hosts[1].group = Some(7);
    assert_eq!(refusal(&scene, "2026-06-03T09:20").host, Some(1));
    scene.hosts.truncate(1);
    scene.rules.scheduling = Scheduling::Single;
    let date = "2026-06-03".parse().unwrap();
    scene.hosts[0].away = vec![Away { first: date, last: date }];
    let found = refusal(&scene, "2026-06-03T09:20");
    let day = scene.time("2026-06-03T00:00", "2026-06-04T00:00");
    assert_eq!((found.reason, found.time, found.host), (Reason::OutOfOffice, day, Some(0)));
    assert!(free(&scene).is_empty());
    let start = at.start();
    scene.hosts.clear();
    assert_eq!(scene.verdict(start).unwrap_err().reason, Reason::WorkingHours);
}

/// SLOT-80, SLOT-82: days are those of the booker's clock.
#[test]
fn a_window_ends_on_the_clock_of_the_booker() {
    let mut scene = Scene::always("UTC", "2026-06-03T00:00", "2026-06-10T00:00");
    scene.booker = zone("Asia/Kathmandu");
    scene.now = scene.start;
    for rolling in [false, true] {
        // Today and tomorrow, or the first two days with slots.
        let count = if rolling { 2 } else { 1 };
        scene.rules.window = Some(BookingWindow::Days { count, business: false, rolling });
        assert_eq!(reason(&scene, "2026-06-04T18:14:59"), None);
        let found = refusal(&scene, "2026-06-04T18:15");
        assert_eq!(found.reason, Reason::Window);
        assert_eq!(found.time.end(), scene.time("2026-06-04T18:15", "2026-06-04T18:15").end());
    }
}
