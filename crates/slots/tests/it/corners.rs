//! What random requests meet too rarely.

use slotd_domain::event_type::BookingWindow;
use slotd_domain::schedule::{DateOverride, WallTime};

use crate::scene::{Scene, every_day};

/// SLOT-25
#[test]
fn an_entry_from_23_59_to_23_59_adds_nothing() {
    let mut scene = Scene::always("UTC", "2026-06-03T12:00", "2026-06-05T12:00");
    scene.rules.length = 1;
    scene.rules.step = 1;
    scene.hosts[0].weekly = every_day(WallTime::LAST, WallTime::LAST);
    assert!(scene.starts().is_empty());
    scene.hosts[0].overrides = vec![DateOverride {
        date: "2026-06-03".parse().unwrap(),
        start: WallTime::LAST,
        end: WallTime::LAST,
    }];
    assert!(scene.starts().is_empty());
}

/// SLOT-82: the 61 days are 2 June to 1 August.
#[test]
fn a_rolling_window_without_any_day_ends_with_the_day_after_those_it_looks_at() {
    let mut scene = Scene::always("UTC", "2026-06-03T00:00", "2026-08-10T00:00");
    let whole = |date: &str| DateOverride {
        date: date.parse().unwrap(),
        start: WallTime::at(9, 0),
        end: WallTime::at(10, 0),
    };
    scene.hosts[0].weekly.clear();
    scene.hosts[0].overrides = vec![whole("2026-08-02"), whole("2026-08-03")];
    scene.rules.window = Some(BookingWindow::Days { count: 1, business: false, rolling: true });
    assert_eq!(scene.starts(), ["2026-08-02 09:00"]);
    scene.hosts[0].overrides.push(whole("2026-08-01"));
    assert_eq!(scene.starts(), ["2026-08-01 09:00"]);
}
