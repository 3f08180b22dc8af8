//! What the engine once got wrong, the smallest case of each.

use slotd_domain::event_type::Limits;
use slotd_slots::Counted;

use crate::scene::Scene;

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
