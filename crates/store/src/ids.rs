//! Ids from blocks: a process reserves a stretch of a sequence in the database
//! and hands its ids out from memory, so that creating a row needs no round trip
//! for its id and engines without sequences work.
//!
//! Ids stay small (they fit 32 bits and customers keep them in such columns):
//! the first block of a process is short and blocks grow while it is busy. A
//! process that stops leaves the rest of its blocks unused.

use std::collections::HashMap;
use std::ops::Range;

use tokio::sync::Mutex;

use crate::sql::queries;
use crate::{Conn, Store, StoreError, UnitOfWork};

const FIRST_BLOCK: i32 = 8;
const LARGEST_BLOCK: i32 = 1_024;

/// A series of numeric ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sequence {
    /// Attendees of bookings.
    Attendee,
    /// Bookings.
    Booking,
    /// Event types.
    EventType,
    /// Memberships of teams and organizations.
    Membership,
    /// Days out of office.
    OutOfOffice,
    /// Schedules.
    Schedule,
    /// Organizations and teams.
    Team,
    /// Users.
    User,
}

impl Sequence {
    /// All of them, as they stand in `id_block`.
    pub const ALL: [Self; 8] = [
        Self::Attendee,
        Self::Booking,
        Self::EventType,
        Self::Membership,
        Self::OutOfOffice,
        Self::Schedule,
        Self::Team,
        Self::User,
    ];

    /// Key of the row in `id_block`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Attendee => "attendee",
            Self::Booking => "booking",
            Self::EventType => "event_type",
            Self::Membership => "membership",
            Self::OutOfOffice => "out_of_office",
            Self::Schedule => "schedule",
            Self::Team => "team",
            Self::User => "user",
        }
    }
}

queries! {
    fn reserve(sequence: &str, count: i32) -> Option<(i32,)> =
        "update id_block set next_id = next_id + $2 where sequence = $1 returning next_id";
}

struct Reserve {
    sequence: Sequence,
    count: i32,
}

impl UnitOfWork for Reserve {
    type Output = Range<i32>;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<Range<i32>, StoreError> {
        let (end,) =
            reserve(conn, self.sequence.name(), self.count).await?.ok_or(StoreError::OutOfIds)?;
        Ok(end - self.count..end)
    }
}

/// The blocks of this process.
#[derive(Default)]
pub(crate) struct Blocks {
    by_sequence: HashMap<Sequence, Mutex<Block>>,
}

struct Block {
    ids: Range<i32>,
    size: i32,
}

impl Blocks {
    pub(crate) fn new() -> Self {
        let empty = || Mutex::new(Block { ids: 0..0, size: FIRST_BLOCK });
        Self {
            by_sequence: Sequence::ALL.into_iter().map(|sequence| (sequence, empty())).collect(),
        }
    }

    pub(crate) async fn next(&self, store: &Store, sequence: Sequence) -> Result<i32, StoreError> {
        let mut block = self.by_sequence[&sequence].lock().await;
        if block.ids.is_empty() {
            let count = block.size;
            block.ids = store.write_alone(Reserve { sequence, count }).await?;
            block.size = (count * 2).min(LARGEST_BLOCK);
        }
        block.ids.next().ok_or(StoreError::OutOfIds)
    }
}
