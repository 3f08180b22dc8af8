//! Stretches of time and what can be done with sorted lists of them.
//!
//! Inside the engine an instant is whole microseconds since 1970-01-01T00:00:00Z, as it
//! is stored.

use jiff::Timestamp;

/// An instant.
pub(crate) type Instant = i64;

pub(crate) const SECOND: Instant = 1_000_000;
pub(crate) const MINUTE: Instant = 60 * SECOND;
pub(crate) const HOUR: Instant = 60 * MINUTE;
pub(crate) const DAY: Instant = 24 * HOUR;

/// So many minutes.
pub(crate) fn minutes(count: i32) -> Instant {
    Instant::from(count) * MINUTE
}

/// An instant of the engine as one of the interface. What lies outside of the years that
/// a calendar has is moved to its edge.
pub(crate) fn timestamp(instant: Instant) -> Timestamp {
    let edge = if instant < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_microsecond(instant).unwrap_or(edge)
}

/// From `start` on, until just before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval {
    pub(crate) start: Instant,
    pub(crate) end: Instant,
}

impl Interval {
    pub(crate) const ALWAYS: Self = Self { start: Instant::MIN, end: Instant::MAX };

    /// The time between two instants; nothing when the end is not after the start.
    #[must_use]
    pub fn new(start: Timestamp, end: Timestamp) -> Self {
        Self { start: start.as_microsecond(), end: end.as_microsecond() }
    }

    /// Its first instant.
    #[must_use]
    pub fn start(self) -> Timestamp {
        timestamp(self.start)
    }

    /// The first instant after it.
    #[must_use]
    pub fn end(self) -> Timestamp {
        timestamp(self.end)
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Whether they have an instant in common; what is empty has none.
    pub(crate) fn overlaps(self, other: Self) -> bool {
        !self.cut(other).is_empty()
    }

    /// What two have in common, empty when that is nothing.
    pub(crate) fn cut(self, other: Self) -> Self {
        Self { start: self.start.max(other.start), end: self.end.min(other.end) }
    }
}

/// Joins what overlaps or touches; the result is sorted (SLOT-29).
pub(crate) fn merge(intervals: &mut Vec<Interval>) {
    intervals.retain(|interval| !interval.is_empty());
    intervals.sort_unstable();
    let mut kept = 0;
    for index in 0..intervals.len() {
        let next = intervals[index];
        if kept > 0 && next.start <= intervals[kept - 1].end {
            intervals[kept - 1].end = intervals[kept - 1].end.max(next.end);
        } else {
            intervals[kept] = next;
            kept += 1;
        }
    }
    intervals.truncate(kept);
}

/// What is left of merged `open` time without `blocks`, which are sorted by their start.
pub(crate) fn subtract(open: &[Interval], blocks: impl Iterator<Item = Interval>) -> Vec<Interval> {
    let mut free = Vec::with_capacity(open.len());
    let mut blocks = blocks.peekable();
    // The end of all blocks so far: one that began before a range may reach into it.
    let mut blocked_until = Instant::MIN;
    for range in open {
        let mut start = range.start.max(blocked_until);
        while let Some(block) = blocks.next_if(|block| block.start < range.end) {
            if block.start > start {
                free.push(Interval { start, end: block.start });
            }
            blocked_until = blocked_until.max(block.end);
            start = start.max(blocked_until);
        }
        if start < range.end {
            free.push(Interval { start, end: range.end });
        }
    }
    free
}

/// What two lists have in common, pair by pair. The starts and the ends of each list
/// ascend.
pub(crate) fn intersect(one: &[Interval], other: &[Interval]) -> Vec<Interval> {
    let mut common = Vec::new();
    let mut first = 0;
    for range in one {
        // What has ended has ended for all later ranges.
        while other.get(first).is_some_and(|candidate| candidate.end <= range.start) {
            first += 1;
        }
        for candidate in &other[first..] {
            if candidate.start >= range.end {
                break;
            }
            let cut = range.cut(*candidate);
            if !cut.is_empty() {
                common.push(cut);
            }
        }
    }
    common
}

/// What a merged list has of a time.
pub(crate) fn within(merged: &[Interval], time: Interval) -> Vec<Interval> {
    let first = merged.partition_point(|interval| interval.end <= time.start);
    let touched = merged[first..].iter().take_while(|interval| interval.start < time.end);
    touched.map(|interval| interval.cut(time)).collect()
}

/// Counts how many of many intervals overlap a time.
pub(crate) struct Overlaps {
    /// Both sorted: what has begun before the end of a time and has not ended at its start.
    starts: Vec<Instant>,
    ends: Vec<Instant>,
}

impl Overlaps {
    pub(crate) fn of(intervals: impl Iterator<Item = Interval>) -> Self {
        let (mut starts, mut ends): (Vec<_>, Vec<_>) = intervals
            .filter(|interval| !interval.is_empty())
            .map(|interval| (interval.start, interval.end))
            .unzip();
        starts.sort_unstable();
        ends.sort_unstable();
        Self { starts, ends }
    }

    /// How many overlap a time, which is not empty.
    pub(crate) fn count(&self, time: Interval) -> usize {
        let begun = self.starts.partition_point(|start| *start < time.end);
        begun - self.ends.partition_point(|end| *end <= time.start)
    }

    /// How many start with a time.
    pub(crate) fn count_of_start(&self, start: Instant) -> usize {
        let later = self.starts.partition_point(|known| *known <= start);
        later - self.starts.partition_point(|known| *known < start)
    }
}

/// Sorts ranges and drops those that lie in another one (SLOT-56).
pub(crate) fn without_contained(mut ranges: Vec<Interval>) -> Vec<Interval> {
    ranges.sort_unstable_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut reached = Instant::MIN;
    ranges.retain(|range| {
        let is_new = range.end > reached;
        reached = reached.max(range.end);
        is_new
    });
    ranges
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn intervals() -> impl Strategy<Value = Vec<Interval>> {
        let one = (0_i64..60, 0_i64..12)
            .prop_map(|(start, length)| Interval { start, end: start + length });
        proptest::collection::vec(one, 0..12)
    }

    fn covers(list: &[Interval], instant: Instant) -> bool {
        list.iter().any(|interval| interval.start <= instant && instant < interval.end)
    }

    proptest! {
        /// SLOT-29, SLOT-50, SLOT-55
        #[test]
        fn lists_cover_what_their_operation_says(a in intervals(), b in intervals()) {
            let (mut merged, mut other) = (a.clone(), b.clone());
            merge(&mut merged);
            merge(&mut other);
            let free = subtract(&merged, other.iter().copied());
            let mut unmerged = b.clone();
            unmerged.sort_unstable();
            prop_assert_eq!(&free, &subtract(&merged, unmerged.into_iter().filter(|block| !block.is_empty())));
            let common = intersect(&merged, &other);
            for list in [&merged, &free, &common] {
                prop_assert!(list.iter().all(|interval| !interval.is_empty()));
                prop_assert!(list.windows(2).all(|pair| pair[0].end <= pair[1].start));
            }
            let overlaps = Overlaps::of(a.iter().copied());
            for time in b.iter().filter(|time| !time.is_empty()) {
                prop_assert_eq!(overlaps.count(*time), a.iter().filter(|it| it.overlaps(*time)).count());
                let same = a.iter().filter(|it| !it.is_empty() && it.start == time.start);
                prop_assert_eq!(overlaps.count_of_start(time.start), same.count());
                let cut: Vec<_> = merged.iter().map(|it| it.cut(*time)).filter(|it| !it.is_empty()).collect();
                prop_assert_eq!(within(&merged, *time), cut);
            }
            for instant in -1..80 {
                let (in_a, in_b) = (covers(&a, instant), covers(&b, instant));
                prop_assert_eq!(covers(&merged, instant), in_a);
                prop_assert_eq!(covers(&free, instant), in_a && !in_b);
                prop_assert_eq!(covers(&common, instant), in_a && in_b);
            }
        }

        /// SLOT-56
        #[test]
        fn no_range_is_left_that_lies_in_another(ranges in intervals()) {
            let kept = without_contained(ranges.clone());
            for range in &ranges {
                prop_assert!(range.is_empty() || kept.iter().any(|kept| kept.start <= range.start && range.end <= kept.end));
            }
            prop_assert!(kept.windows(2).all(|pair| pair[0].start < pair[1].start && pair[0].end < pair[1].end));
        }
    }
}
