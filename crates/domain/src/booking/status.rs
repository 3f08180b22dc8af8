//! What a booking is, and what may become of it (section 4).

use crate::event_type::ConfirmationPolicy;

/// The status of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// It takes place.
    Accepted,
    /// The organizer has not answered yet.
    Pending,
    /// Called off, or replaced by another one. Nothing becomes of it.
    Cancelled,
    /// The organizer said no.
    Rejected,
    /// An instant booking that no host has joined yet.
    AwaitingHost,
}

/// What can be done with a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// The organizer says yes.
    Confirm,
    /// The organizer says no.
    Decline,
    /// Anybody calls it off.
    Cancel,
    /// It is moved: a new booking takes its place.
    Reschedule,
    /// A host joins an instant booking.
    Join,
}

/// A booking with this status does not allow the action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// What was to be done.
    pub action: Action,
    /// What the booking is.
    pub status: Status,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Accepted, Self::Pending, Self::Cancelled, Self::Rejected, Self::AwaitingHost];

    /// The name in the contract's current shape and in storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Pending => "pending",
            Self::Cancelled => "cancelled",
            Self::Rejected => "rejected",
            Self::AwaitingHost => "awaiting_host",
        }
    }

    /// The name in the contract's legacy shape.
    #[must_use]
    pub const fn legacy_name(self) -> &'static str {
        match self {
            Self::Accepted => "ACCEPTED",
            Self::Pending => "PENDING",
            Self::Cancelled => "CANCELLED",
            Self::Rejected => "REJECTED",
            Self::AwaitingHost => "AWAITING_HOST",
        }
    }

    /// The status with this name, see [`Status::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// What the booking is after the action. After [`Action::Reschedule`] it is the
    /// replaced booking: the new one starts as [`first_status`](super::approval::first_status)
    /// says.
    ///
    /// # Errors
    ///
    /// [`Refused`] where section 4 has no transition (R13.5, R13.6).
    pub const fn after(self, action: Action) -> Result<Self, Refused> {
        use Status::{Accepted, AwaitingHost, Cancelled, Pending, Rejected};
        match (self, action) {
            (Pending, Action::Confirm) | (AwaitingHost, Action::Join) => Ok(Accepted),
            (Pending, Action::Decline) => Ok(Rejected),
            (Accepted | Pending | Rejected | AwaitingHost, Action::Cancel)
            | (Accepted | Pending | Rejected, Action::Reschedule) => Ok(Cancelled),
            (Accepted | Cancelled | Rejected | AwaitingHost, Action::Confirm | Action::Decline)
            | (Cancelled, Action::Cancel)
            | (Cancelled | AwaitingHost, Action::Reschedule)
            | (Accepted | Pending | Cancelled | Rejected, Action::Join) => {
                Err(Refused { action, status: self })
            }
        }
    }

    /// Whether the time of its hosts is taken, whoever wants it (R4.1).
    #[must_use]
    pub const fn occupies(self) -> bool {
        matches!(self, Self::Accepted)
    }

    /// Whether its time is taken for bookings of its own event type (R4.1): a booking
    /// that waits for an answer keeps it where the event type says so.
    #[must_use]
    pub fn occupies_within(self, confirmation: Option<&ConfirmationPolicy>) -> bool {
        self.occupies()
            || self == Self::Pending && confirmation.is_some_and(|policy| policy.blocks_unconfirmed)
    }
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Confirm, Self::Decline, Self::Cancel, Self::Reschedule, Self::Join];
}

impl Refused {
    /// What the caller is told, with the booking's uid and the uid of the booking that
    /// replaced it, if one did (sections 11, 12 and 13).
    #[must_use]
    pub fn message(self, uid: &str, replaced_by: Option<&str>) -> String {
        let status = match self.status {
            Status::AwaitingHost => "awaiting a host",
            other => other.name(),
        };
        match (self.action, self.status, replaced_by) {
            (Action::Cancel, Status::Cancelled, None) => format!(
                "Can't cancel booking with uid={uid} because it has been cancelled already. Please provide uid of a booking that is not cancelled."
            ),
            (Action::Cancel, Status::Cancelled, Some(new)) => format!(
                "Can't cancel booking with uid={uid} because it has been cancelled and rescheduled already to booking with uid={new}. You probably want to cancel {new} instead by passing it within the request URL."
            ),
            (Action::Reschedule, Status::Cancelled, None) => format!(
                "Can't reschedule booking with uid={uid} because it has been cancelled. Please provide uid of a booking that is not cancelled."
            ),
            (Action::Reschedule, Status::Cancelled, Some(new)) => format!(
                "Can't reschedule booking with uid={uid} because it has been cancelled and rescheduled already to booking with uid={new}. You probably want to reschedule {new} instead by passing it within the request URL."
            ),
            (action, _, _) => {
                let verb = match action {
                    Action::Confirm => "confirm",
                    Action::Decline => "decline",
                    Action::Cancel => "cancel",
                    Action::Reschedule => "reschedule",
                    Action::Join => "join",
                };
                format!("Can't {verb} booking with uid={uid} because it is {status}.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    /// Section 4, R13.5, R13.6: the table, row by row.
    #[test]
    fn a_booking_becomes_what_the_table_says() {
        use Status::{Accepted, AwaitingHost, Cancelled, Pending, Rejected};
        let table = [
            (Pending, Action::Confirm, Accepted),
            (Pending, Action::Decline, Rejected),
            (Pending, Action::Cancel, Cancelled),
            (Pending, Action::Reschedule, Cancelled),
            (Accepted, Action::Cancel, Cancelled),
            (Accepted, Action::Reschedule, Cancelled),
            (Rejected, Action::Cancel, Cancelled),
            (Rejected, Action::Reschedule, Cancelled),
            (AwaitingHost, Action::Cancel, Cancelled),
            (AwaitingHost, Action::Join, Accepted),
        ];
        for status in Status::ALL {
            for action in Action::ALL {
                let row = table.iter().find(|(from, event, _)| (*from, *event) == (status, action));
                let expected = row.map(|row| row.2).ok_or(Refused { action, status });
                assert_eq!(status.after(action), expected, "{status:?} {action:?}");
            }
        }
    }

    #[test]
    fn every_status_has_a_name_of_its_own_in_both_shapes() {
        for status in Status::ALL {
            assert_eq!(Status::parse(status.name()), Some(status));
            assert_eq!(status.name().to_uppercase(), status.legacy_name());
        }
        for bad in ["", "ACCEPTED", "canceled", "upcoming"] {
            assert_eq!(Status::parse(bad), None, "{bad}");
        }
    }

    /// R4.1
    #[test]
    fn only_an_accepted_booking_takes_time_unless_the_event_type_keeps_unanswered_ones() {
        let policy =
            |blocks_unconfirmed| ConfirmationPolicy { threshold: None, blocks_unconfirmed };
        for status in Status::ALL {
            assert_eq!(status.occupies(), status == Status::Accepted);
            assert_eq!(status.occupies_within(None), status.occupies());
            assert_eq!(status.occupies_within(Some(&policy(false))), status.occupies());
            let kept = matches!(status, Status::Accepted | Status::Pending);
            assert_eq!(status.occupies_within(Some(&policy(true))), kept);
        }
    }

    /// Sections 11, 12, 13
    #[test]
    fn a_refusal_names_the_booking_and_what_replaced_it() {
        let told = |status: Status, action, replaced_by| {
            status.after(action).unwrap_err().message("A", replaced_by)
        };
        assert_eq!(
            told(Status::Cancelled, Action::Reschedule, None),
            "Can't reschedule booking with uid=A because it has been cancelled. Please provide uid of a booking that is not cancelled."
        );
        assert_eq!(
            told(Status::Cancelled, Action::Reschedule, Some("B")),
            "Can't reschedule booking with uid=A because it has been cancelled and rescheduled already to booking with uid=B. You probably want to reschedule B instead by passing it within the request URL."
        );
        assert_eq!(
            told(Status::Cancelled, Action::Cancel, None),
            "Can't cancel booking with uid=A because it has been cancelled already. Please provide uid of a booking that is not cancelled."
        );
        assert!(told(Status::Cancelled, Action::Cancel, Some("B")).starts_with(
            "Can't cancel booking with uid=A because it has been cancelled and rescheduled already"
        ));
        assert_eq!(
            told(Status::Cancelled, Action::Confirm, None),
            "Can't confirm booking with uid=A because it is cancelled."
        );
        assert_eq!(
            told(Status::Accepted, Action::Decline, None),
            "Can't decline booking with uid=A because it is accepted."
        );
        assert_eq!(
            told(Status::AwaitingHost, Action::Reschedule, None),
            "Can't reschedule booking with uid=A because it is awaiting a host."
        );
    }

    proptest! {
        /// Section 4: whatever is done in whatever order, a booking takes place exactly
        /// if somebody said so and nobody called it off since, what was cancelled stays
        /// so, and of a booking and its replacements at most one can still take place.
        #[test]
        fn a_booking_follows_the_machine_whatever_is_done_in_whatever_order(
            first in select(vec![Status::Accepted, Status::Pending, Status::AwaitingHost]),
            actions in prop::collection::vec(
                (select(Action::ALL.to_vec()), select(vec![Status::Accepted, Status::Pending])),
                0..40,
            ),
        ) {
            // A booking and those that replaced it: how each began, what it is, what was done.
            let mut bookings = vec![(first, first, Vec::new())];
            for (action, replacement) in actions {
                let (_, now, done) = bookings.last_mut().unwrap();
                let before = *now;
                match now.after(action) {
                    Err(refused) => prop_assert_eq!(refused, Refused { action, status: before }),
                    Ok(next) => {
                        prop_assert_ne!(before, Status::Cancelled, "cancelled is the end");
                        prop_assert_ne!(before, next, "no action changes nothing");
                        *now = next;
                        done.push(action);
                        if action == Action::Reschedule {
                            bookings.push((replacement, replacement, Vec::new()));
                        }
                    }
                }
            }
            for (first, now, done) in &bookings {
                let [confirmed, declined, cancelled, replaced, joined] =
                    Action::ALL.map(|action| done.iter().filter(|did| **did == action).count());
                let gone = cancelled + replaced == 1;
                let agreed = *first == Status::Accepted || confirmed + joined == 1;
                prop_assert_eq!(now.occupies(), agreed && !gone);
                prop_assert_eq!(*now == Status::Cancelled, gone);
                prop_assert_eq!(*now == Status::Rejected, declined == 1 && !gone);
                prop_assert!(confirmed + declined <= 1, "answered once");
                prop_assert!(cancelled + replaced <= 1, "one end");
                prop_assert!(joined == 0 || *first == Status::AwaitingHost);
            }
            let alive = bookings.iter().filter(|(_, now, _)| *now != Status::Cancelled).count();
            prop_assert!(alive <= 1);
        }

        #[test]
        fn any_name_can_be_read(text in "\\PC{0,20}") {
            prop_assert!(Status::parse(&text).is_none_or(|status| status.name() == text));
        }
    }
}
