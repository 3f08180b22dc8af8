//! Where slots start inside the free ranges (SLOT-60 to SLOT-67).

use crate::interval::{Instant, Interval, MINUTE, SECOND, minutes};
use crate::request::Rules;
use crate::time::minute_of_hour;
use crate::zone::Zone;

/// A slot may reach so much past the end of its range: an end of 23:59:59 is meant as
/// midnight (SLOT-64).
pub(crate) const TOLERANCE: Instant = SECOND;

/// Minutes of the clock that starts are moved to: the first that divides the step (G).
fn grid(step: i32) -> Instant {
    let divides = |grid: &i32| step % grid == 0;
    [60, 30, 20, 15, 10, 5].into_iter().find(divides).unwrap_or(1).into()
}

/// All starts, ascending. `ranges` ascend by their start; `earliest` is when the notice
/// ends; `zone` is the booker's.
pub(crate) fn of(
    rules: &Rules,
    ranges: &[Interval],
    earliest: Instant,
    zone: &mut Zone<'_>,
) -> Vec<Instant> {
    let (length, grid) = (minutes(rules.length), grid(rules.step));
    let offset = minutes(rules.offset);
    let step = minutes(rules.step) + offset;
    let mut starts: Vec<Instant> = Vec::new();
    for range in ranges {
        let mut start = range.start.max(earliest);
        start -= start.rem_euclid(MINUTE);
        let past_grid = minute_of_hour(zone.wall(start)) % grid;
        if past_grid != 0 {
            start += MINUTE
                * if rules.optimized {
                    optimized(minute_of_hour(zone.wall(start)), (range.end - start) / MINUTE, grid)
                } else {
                    grid - past_grid
                };
        }
        start += offset;
        // The chain of an earlier range goes on, so that ranges of several hosts that
        // overlap make one.
        let before = starts.partition_point(|known| *known < start);
        if let Some(previous) = before.checked_sub(1).map(|index| starts[index])
            && previous + step > start
        {
            start = if previous >= range.start { previous } else { previous + step };
        }
        // Starts of this range stand behind one another, so the place of the next one is near.
        let mut place = starts.partition_point(|known| *known < start);
        while start + length - TOLERANCE <= range.end {
            while starts.get(place).is_some_and(|known| *known < start) {
                place += 1;
            }
            // Only the first can lie before its range, because its seconds were dropped: it
            // would overlap what the range begins after, and could not be booked (SLOT-91).
            if start >= range.start && starts.get(place) != Some(&start) {
                starts.insert(place, start);
            }
            start += step;
        }
    }
    // A start can lie before the notice, because its seconds were dropped (SLOT-67).
    starts.retain(|start| *start >= earliest);
    starts
}

/// Minutes to move a start by, so that it stands on a round one and costs the range as
/// little as possible (SLOT-66). `left` are the minutes to the end of the range.
fn optimized(minute: Instant, left: Instant, grid: Instant) -> Instant {
    let spare = left % grid;
    let moves = [grid, 15, 5].map(|round| round - minute % round);
    moves.into_iter().find(|by| spare >= *by).unwrap_or(0)
}
