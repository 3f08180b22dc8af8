//! What happens in a random history, and how it begins.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::reading::{CLOCKS, DayNumber, Minute, Rules, Window};

/// Hosts and lengths of the event types.
pub(super) const KINDS: [(usize, Minute); 4] = [(0, 60), (0, 45), (0, 30), (1, 60)];
/// Days of which times are chosen, from today on.
pub(super) const DAYS: DayNumber = 4;

const WORKING: [i64; 5] = [1, 2, 3, 4, 5];
const ALL: [i64; 7] = [0, 1, 2, 3, 4, 5, 6];
/// Hours of a week.
pub(super) const WEEKS: [&[(&[i64], Minute, Minute)]; 5] = [
    &[(&WORKING, 9 * 60, 17 * 60)],
    &[(&ALL, 8 * 60 + 15, 12 * 60), (&WORKING, 13 * 60 + 20, 18 * 60)],
    &[(&ALL, 10 * 60 + 20, 16 * 60)],
    &[(&ALL, 0, 24 * 60 - 1)],
    &[(&[1, 2, 4, 6], 7 * 60, 11 * 60 + 5), (&[1, 3, 4, 5], 18 * 60, 24 * 60 - 1)],
];

#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Perhaps with the other host as a guest.
    Book(Pick, bool),
    Hold(Pick),
    BookHeld(Index),
    Move(Index, Pick),
    Cancel(Index),
    /// Confirms or declines.
    Answer(Index, bool),
    /// Minutes.
    Wait(i64),
    /// Hours of a host, and of one date in so many days.
    Work(usize, usize, Option<(DayNumber, Minute)>),
    Change(usize, Rules),
}

/// A time of an event type.
#[derive(Debug, Clone)]
pub(super) enum Pick {
    Shown(usize, Index),
    /// In so many days, at a minute of the bookers' day.
    At(usize, DayNumber, Minute),
    /// When something is booked.
    Again(usize, Index),
}

fn kind() -> impl Strategy<Value = usize> {
    0..KINDS.len()
}

fn minute() -> impl Strategy<Value = Minute> {
    (0..96_i64, select(vec![0, 0, 0, 5, 7])).prop_map(|(quarter, more)| 15 * quarter + more)
}

fn pick() -> impl Strategy<Value = Pick> {
    prop_oneof![
        2 => (kind(), any::<Index>()).prop_map(|(kind, index)| Pick::Shown(kind, index)),
        1 => (kind(), 0..DAYS, minute()).prop_map(|(kind, day, minute)| Pick::At(kind, day, minute)),
        1 => (kind(), any::<Index>()).prop_map(|(kind, index)| Pick::Again(kind, index)),
    ]
}

/// Days of a range are counted from the day of the change.
fn window() -> impl Strategy<Value = Window> {
    prop_oneof![
        4 => Just(Window::Always),
        3 => (0..4_i64, any::<bool>(), any::<bool>())
            .prop_map(|(count, business, rolling)| Window::Days { count: count.max(rolling.into()), business, rolling }),
        1 => (-1..3_i64, 0..3_i64).prop_map(|(first, more)| Window::Range { first, last: first + more }),
    ]
}

fn rules() -> impl Strategy<Value = Rules> {
    let buffer = || select(vec![0, 0, 10, 30, 75]);
    (
        select(vec![15, 20, 30, 60]),
        (buffer(), buffer()),
        select(vec![0, 0, 60, 240]),
        select(vec![None, None, None, Some(1), Some(2)]),
        select(vec![None, None, None, Some(90), Some(180)]),
        select(vec![None, None, Some(2), Some(3)]),
        window(),
        select(vec![false, false, false, true]),
        select(vec![None, None, Some(false), Some(true)]),
    )
        .prop_map(
            |(
                interval,
                buffers,
                notice,
                bookings,
                minutes,
                seats,
                window,
                only_first,
                confirmation,
            )| Rules {
                interval,
                before: buffers.0,
                after: buffers.1,
                notice,
                bookings_per_day: bookings,
                minutes_per_day: minutes,
                seats,
                window,
                only_first,
                // Seats go without it (ET-15).
                confirmation: confirmation.filter(|_| seats.is_none()),
            },
        )
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    prop_oneof![
        6 => (pick(), any::<bool>()).prop_map(|(pick, guest)| Step::Book(pick, guest)),
        3 => pick().prop_map(Step::Hold),
        2 => index().prop_map(Step::BookHeld),
        3 => (index(), pick()).prop_map(|(index, pick)| Step::Move(index, pick)),
        2 => index().prop_map(Step::Cancel),
        2 => (index(), any::<bool>()).prop_map(|(index, confirms)| Step::Answer(index, confirms)),
        2 => select(vec![1, 4, 25, 180, 900]).prop_map(Step::Wait),
        1 => (0..2_usize, 0..WEEKS.len(), proptest::option::of((0..DAYS, 0..1_200_i64)))
            .prop_map(|(host, week, instead)| Step::Work(host, week, instead)),
        4 => (kind(), rules()).prop_map(|(kind, rules)| Step::Change(kind, rules)),
    ]
}

/// How a history begins: the bookers' clock and those of the hosts, days and minutes until it
/// does, the rules of the event types, and what chooses among the times to ask for.
pub(super) type Beginning = ([usize; 3], i64, i64, [Rules; KINDS.len()], u64);

pub(super) fn beginning() -> impl Strategy<Value = Beginning> {
    let clock = || 0..CLOCKS.len();
    let rules = [rules(), rules(), rules(), rules()];
    ([clock(), clock(), clock()], 1..8_i64, 240..900_i64, rules, any::<u64>())
}
