//! What the engine once got wrong, the smallest case of each.

use jiff::SignedDuration;
use slotd_domain::event_type::Limits;
use slotd_domain::schedule::{DateOverride, WallTime};
use slotd_slots::{Availability, Away, Counted, Hold, Seated};

use crate::scene::{Scene, every_day};

/// Section 6.1 (`bookingLimitsCount`), SLOT-48
#[test]
fn a_count_limit_of_0_limits_nothing() {
    let mut scene = Scene::always("UTC", "2026-06-03T09:00", "2026-06-03T11:00");
    scene.counted =
        vec![Counted { time: scene.time("2026-06-03T09:00", "2026-06-03T10:00"), host: Some(0) }];
    scene.rules.count_limits =
        Limits { day: Some(0), week: Some(0), month: Some(0), year: Some(0) };
    assert_eq!(scene.starts(), ["2026-06-03 09:00", "2026-06-03 10:00"]);
}

/// SLOT-22, SLOT-60, SLOT-91
#[test]
fn a_start_does_not_lie_before_its_range_when_its_seconds_are_dropped() {
    let mut scene = Scene::always("UTC", "2026-06-03T09:05:10", "2026-06-03T09:30");
    scene.rules.length = 8;
    scene.rules.step = 8;
    assert_eq!(scene.starts(), ["2026-06-03 09:13", "2026-06-03 09:21"]);
    scene.hosts[0].calendar = vec![scene.time("2026-06-03T09:00", "2026-06-03T09:10:30")];
    assert_eq!(scene.starts(), ["2026-06-03 09:18"]);
    // With notice 0 the window starts a minute from now.
    scene.hosts[0].calendar.clear();
    scene.now = scene.start + SignedDuration::from_secs(20);
    assert_eq!(scene.starts(), ["2026-06-03 09:14", "2026-06-03 09:22"]);
}

/// SLOT-70, SLOT-72
#[test]
fn a_time_without_length_overlaps_nothing() {
    let mut scene = Scene::always("UTC", "2026-06-03T09:00", "2026-06-03T11:00");
    let nothing = scene.time("2026-06-03T09:30", "2026-06-03T09:30");
    let until = scene.start;
    scene.holds = vec![Hold { time: nothing, until, is_seat: false }];
    scene.seated = vec![Seated { time: nothing, attendees: 1 }];
    scene.rules.seats = Some(2);
    scene.hosts[0].away =
        vec![Away { first: "2026-06-05".parse().unwrap(), last: "2026-06-01".parse().unwrap() }];
    assert_eq!(scene.starts(), ["2026-06-03 09:00", "2026-06-03 10:00"]);
}

/// SLOT-23, SLOT-27: on the eve of 2025-03-30 the clock of Nuuk goes from 23:00 to
/// midnight, so that 23:30 is half past midnight.
#[test]
fn hours_that_a_gap_moves_into_the_next_day_stay_unless_it_is_off() {
    let mut scene = Scene::always("America/Nuuk", "2025-03-29T12:00", "2025-03-30T12:00");
    scene.rules.length = 30;
    scene.rules.step = 30;
    let late = WallTime::at(22, 30);
    scene.hosts[0].weekly = every_day(late, WallTime::at(23, 30));
    assert_eq!(scene.starts(), ["2025-03-29 22:30", "2025-03-30 00:00"]);
    let mut of_sunday = scene.clone();
    of_sunday.start = scene.time("2025-03-30T00:00", "2025-03-30T00:00").start();
    assert_eq!(of_sunday.starts(), ["2025-03-30 00:00"]);
    scene.hosts[0].overrides =
        vec![DateOverride { date: "2025-03-30".parse().unwrap(), start: late, end: late }];
    assert_eq!(scene.starts(), ["2025-03-29 22:30"]);
}

/// SLOT-24, SLOT-48, SLOT-86, SLOT-87: on 2007-11-04 the clock of St John's went from
/// 00:01 back to 23:01 of the day before.
#[test]
fn a_clock_that_goes_back_over_midnight_loses_nothing_and_shows_each_date_once() {
    let mut scene = Scene::always("America/St_Johns", "2007-11-03T23:00", "2007-11-04T01:00");
    scene.rules.length = 15;
    scene.rules.step = 15;
    let shown = |scene: &Scene| -> Vec<(String, usize)> {
        scene.days().iter().map(|day| (day.date.to_string(), day.slots.len())).collect()
    };
    let dates =
        |first, second| vec![("2007-11-03".to_owned(), first), ("2007-11-04".to_owned(), second)];
    assert_eq!(shown(&scene), dates(7, 5));
    let mut whole_days = scene.clone();
    whole_days.rules.only_first = true;
    whole_days.start = scene.time("2007-11-03T00:00", "2007-11-03T00:00").start();
    assert_eq!(shown(&whole_days), dates(1, 1));
    // Until 23:30, shown for the second time: 4 November by its hours and limits.
    scene.end = scene.start + SignedDuration::from_mins(90);
    scene.hosts[0].weekly.clear();
    scene.hosts[0].overrides = vec![DateOverride {
        date: "2007-11-04".parse().unwrap(),
        start: WallTime::at(0, 0),
        end: WallTime::LAST,
    }];
    assert_eq!(scene.starts(), ["2007-11-03 23:15", "2007-11-04 00:00"]);
    let reported = |scene: &Scene| -> Vec<(String, usize)> {
        let reports = scene.request(|request| Availability::of(request).explain());
        reports.iter().map(|report| (report.date.to_string(), report.slots)).collect()
    };
    assert_eq!(reported(&scene), dates(1, 1));
    // From 23:10 to 23:31, both shown for the second time.
    let mut late = scene.clone();
    late.start = scene.start + SignedDuration::from_mins(70);
    late.end = scene.start + SignedDuration::from_mins(91);
    assert_eq!(reported(&late), dates(1, 0));
    scene.rules.count_limits.day = Some(1);
    scene.counted =
        vec![Counted { time: scene.time("2007-11-04T12:00", "2007-11-04T13:00"), host: None }];
    assert!(scene.starts().is_empty());
}

/// SLOT-72, SLOT-86: a slot of a day out of office is shown as one, whether or not its
/// seats are taken.
#[test]
fn a_taken_slot_of_a_day_out_of_office_is_shown_as_away() {
    let mut scene = Scene::always("UTC", "2030-10-27T09:00", "2030-10-27T11:00");
    scene.rules.length = 60;
    scene.rules.step = 120;
    scene.rules.seats = Some(1);
    scene.rules.only_first = true;
    let day = "2030-10-27".parse().unwrap();
    scene.hosts[0].away = vec![Away { first: day, last: day }];
    let time = scene.time("2030-10-27T09:00", "2030-10-27T10:00");
    scene.seated = vec![Seated { time, attendees: 1 }];
    let slots: Vec<_> = scene.days().into_iter().flat_map(|day| day.slots).collect();
    assert_eq!((slots.len(), slots[0].away), (1, Some(0)));
}
