use std::fmt;

macro_rules! numeric_id {
    ($($(#[$meta:meta])* $name:ident;)*) => {$(
        $(#[$meta])*
        ///
        /// Starts at 1 and fits 32 bits (TY-1).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i32);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

numeric_id! {
    /// A user, managed or regular.
    UserId;
    /// An organization or team: both share one id space.
    OrganizationId;
    /// A membership of an organization or team.
    MembershipId;
    /// A schedule.
    ScheduleId;
    /// An event type.
    EventTypeId;
    /// A booking.
    BookingId;
    /// An attendee of a booking.
    AttendeeId;
    /// Days of a user out of office.
    OutOfOfficeId;
}

macro_rules! text_id {
    ($($(#[$meta:meta])* $name:ident;)*) => {$(
        $(#[$meta])*
        ///
        /// One that a caller sends may be any text: whether it exists is decided by
        /// the look-up.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Wraps an id.
            #[must_use]
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

text_id! {
    /// The id of a platform OAuth client. Ours have 25 lower-case letters and digits
    /// (TY-2).
    OAuthClientId;
    /// The id of a webhook: a UUID v4, unlike the number of the contract (TY-3).
    WebhookId;
    /// The id of an OAuth2 client, a third-party app: 64 hexadecimal digits (TY-3).
    OAuth2ClientId;
    /// The id of a private link, by which it is opened: 32 hexadecimal digits that
    /// nobody can guess.
    PrivateLinkId;
}

impl OAuthClientId {
    /// Characters of an id that we made.
    pub const LENGTH: usize = 25;
}
