//! What does not fit together in an event type, whatever shape it was written in.

use super::{BookingField, EventType, FieldKind, Limits};

/// Why an event type is refused. The texts are the contract's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A longer period allows less than a shorter one (ET-7).
    #[error(
        "Invalid bookingLimitsCount: The number of bookings for {0} cannot exceed the number of bookings for {1}."
    )]
    CountLimits(&'static str, &'static str),
    /// A longer period allows less than a shorter one (ET-7).
    #[error(
        "Invalid bookingLimitsDuration: The duration of bookings for {0} cannot exceed the duration of bookings for {1}."
    )]
    DurationLimits(&'static str, &'static str),
    /// ET-8
    #[error("Can't have both bookerActiveBookingsLimit and recurrence enabled at the same time.")]
    ActiveLimitOfSeries,
    /// ET-9
    #[error("Invalid event name variables: {0}")]
    NameVariables(String),
    /// ET-12
    #[error("bookerLayouts.defaultLayout must be one of bookerLayouts.enabledLayouts")]
    DefaultLayout,
    /// ET-14
    #[error("Seats Validation failed: Seats are enabled but more than one location provided.")]
    SeatsWithLocations,
    /// ET-14
    #[error("Seats Validation failed: Seats are enabled but requiresConfirmation is true.")]
    SeatsWithConfirmation,
    /// ET-16
    #[error("Recurring Events and Offer Seats cannot be active at the same time.")]
    SeatsOfSeries,
    /// ET-28: a phone field takes the place of the address.
    #[error("checkIsEmailUserAccessible - Email booking field must be required and visible")]
    PhoneOnly,
    /// ET-28: neither address nor phone is asked for.
    #[error(
        "Booking fields validation failed: visible and required email or visible and required attendee phone field is needed."
    )]
    NoContact,
}

/// Placeholders of a custom name (ET-9).
const VARIABLES: [&str; 13] = [
    "{Event type title}",
    "{Organiser}",
    "{Scheduler}",
    "{Location}",
    "{Organiser first name}",
    "{Scheduler first name}",
    "{Scheduler last name}",
    "{Event duration}",
    "{LOCATION}",
    "{HOST/ATTENDEE}",
    "{HOST}",
    "{ATTENDEE}",
    "{USER}",
];

/// The slug as it is stored: without white space around it, then without leading
/// dashes, then full stops, then underscores (ET-3).
///
/// ```
/// # use slotd_domain::event_type::normalize_slug;
/// assert_eq!(normalize_slug(" --._Intro Ü "), "Intro Ü");
/// assert_eq!(normalize_slug("_-x"), "-x");
/// ```
#[must_use]
pub fn normalize_slug(slug: &str) -> &str {
    let slug = slug.trim().trim_start_matches('-');
    slug.trim_start_matches('.').trim_start_matches('_')
}

/// The placeholders of a custom name that are none, as they are told (ET-9).
///
/// # Errors
///
/// [`Refusal::NameVariables`] with all that are unknown.
fn name_variables(name: &str) -> Result<(), Refusal> {
    let mut unknown = Vec::new();
    let mut rest = name;
    while let Some(start) = rest.find('{') {
        rest = &rest[start..];
        let Some(end) = rest.find('}') else { break };
        let variable = &rest[..=end];
        if !VARIABLES.contains(&variable) {
            unknown.push(variable);
        }
        rest = &rest[end + 1..];
    }
    if unknown.is_empty() { Ok(()) } else { Err(Refusal::NameVariables(unknown.join(", "))) }
}

impl EventType {
    /// Everything that does not fit together, in the order in which it is told. What
    /// is checked is the whole: stored values merged with those that were sent (ET-14,
    /// ET-15).
    #[must_use]
    pub fn refusals(&self) -> Vec<Refusal> {
        let settings = &self.settings;
        let mut found = Vec::new();
        if let Some((shorter, longer)) = falls(&settings.booking_limits_count) {
            found.push(Refusal::CountLimits(shorter, longer));
        }
        if let Some((shorter, longer)) = falls(&settings.booking_limits_duration) {
            found.push(Refusal::DurationLimits(shorter, longer));
        }
        if settings.active_bookings_limit.is_some() && settings.recurrence.is_some() {
            found.push(Refusal::ActiveLimitOfSeries);
        }
        found.extend(settings.custom_name.as_deref().and_then(|name| name_variables(name).err()));
        if let Some(layouts) = &settings.booker_layouts
            && !layouts.enabled.contains(&layouts.default)
        {
            found.push(Refusal::DefaultLayout);
        }
        if settings.seats.is_some() {
            if self.locations.len() > 1 {
                found.push(Refusal::SeatsWithLocations);
            }
            if settings.confirmation.is_some() {
                found.push(Refusal::SeatsWithConfirmation);
            }
            if settings.recurrence.is_some() {
                found.push(Refusal::SeatsOfSeries);
            }
        }
        found.extend(contact(self.booking_fields.as_deref()));
        found
    }
}

/// The first pair of periods of which the longer allows less. Zero limits nothing.
fn falls(limits: &Limits) -> Option<(&'static str, &'static str)> {
    let set: Vec<(&str, i32)> = limits
        .periods()
        .into_iter()
        .filter_map(|(period, limit)| Some((period, limit.filter(|limit| *limit > 0)?)))
        .collect();
    set.windows(2).find(|pair| pair[0].1 > pair[1].1).map(|pair| (pair[0].0, pair[1].0))
}

/// A user's event type asks for the booker's address (ET-28).
fn contact(fields: Option<&[BookingField]>) -> Option<Refusal> {
    let fields = fields?;
    let asks = |slug: &str, kind: &FieldKind| {
        fields.iter().any(|field| {
            field.slug == slug && field.kind == *kind && field.is_required && !field.is_hidden
        })
    };
    if asks("email", &FieldKind::Email) {
        None
    } else if asks("attendeePhoneNumber", &FieldKind::Phone) {
        Some(Refusal::PhoneOnly)
    } else {
        Some(Refusal::NoContact)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        ActiveBookingsLimit, ConfirmationPolicy, Frequency, Location, Recurrence, Seats, Settings,
    };
    use super::*;

    fn event_type(settings: Settings) -> EventType {
        EventType { settings, ..EventType::new("Title", "slug", 30) }
    }

    fn refusals(settings: Settings) -> Vec<Refusal> {
        event_type(settings).refusals()
    }

    const SEATS: Option<Seats> =
        Some(Seats { per_slot: 2, shows_attendees: false, shows_availability: false });
    const SERIES: Option<Recurrence> =
        Some(Recurrence { interval: 1, occurrences: 3, frequency: Frequency::Weekly });

    /// ET-3
    #[test]
    fn a_slug_is_normalised() {
        for (sent, stored) in [
            ("intro", "intro"),
            ("  Intro Call ", "Intro Call"),
            ("---intro-", "intro-"),
            ("-.__intro", "intro"),
            ("._-intro", "-intro"),
            ("日本", "日本"),
            ("-", ""),
        ] {
            assert_eq!(normalize_slug(sent), stored, "{sent}");
        }
    }

    /// ET-7
    #[test]
    fn limits_do_not_fall_from_a_shorter_to_a_longer_period() {
        let limits = |day, week, month, year| Limits { day, week, month, year };
        let falling = [
            (limits(Some(3), Some(2), None, None), ("day", "week")),
            (limits(Some(3), None, None, Some(2)), ("day", "year")),
            (limits(Some(1), Some(5), Some(4), None), ("week", "month")),
        ];
        for (limits, (shorter, longer)) in falling {
            let count = Settings { booking_limits_count: limits, ..Settings::default() };
            assert_eq!(refusals(count), [Refusal::CountLimits(shorter, longer)]);
            let duration = Settings { booking_limits_duration: limits, ..Settings::default() };
            assert_eq!(refusals(duration), [Refusal::DurationLimits(shorter, longer)]);
        }
        for good in [
            limits(None, None, None, None),
            limits(Some(2), Some(5), None, None),
            limits(Some(2), Some(2), Some(2), Some(2)),
            limits(Some(2), Some(0), None, None),
        ] {
            let settings = Settings { booking_limits_count: good, ..Settings::default() };
            assert_eq!(refusals(settings), []);
        }
        assert_eq!(
            Refusal::CountLimits("day", "week").to_string(),
            "Invalid bookingLimitsCount: The number of bookings for day cannot exceed the number of bookings for week."
        );
    }

    /// ET-8, ET-14, ET-16
    #[test]
    fn some_settings_exclude_one_another() {
        let active = Some(ActiveBookingsLimit { maximum: 1, offer_reschedule: false });
        let confirmation = Some(ConfirmationPolicy { threshold: None, blocks_unconfirmed: false });
        let with = |change: fn(&mut Settings)| {
            let mut settings = Settings { seats: SEATS, ..Settings::default() };
            change(&mut settings);
            settings
        };
        assert_eq!(refusals(with(|_| {})), []);
        assert_eq!(refusals(with(|s| s.recurrence = SERIES)), [Refusal::SeatsOfSeries]);
        let settings = Settings { confirmation, ..with(|_| {}) };
        assert_eq!(refusals(settings), [Refusal::SeatsWithConfirmation]);
        let settings =
            Settings { active_bookings_limit: active, recurrence: SERIES, ..Settings::default() };
        assert_eq!(refusals(settings), [Refusal::ActiveLimitOfSeries]);
        let mut two = event_type(with(|_| {}));
        two.locations = vec![Location::AttendeePhone, Location::AttendeeAddress];
        assert_eq!(two.refusals(), [Refusal::SeatsWithLocations]);
    }

    /// ET-9
    #[test]
    fn a_custom_name_has_known_placeholders_only() {
        for good in ["", "Talk", "{Event type title} with {Organiser} {", "}{HOST/ATTENDEE}"] {
            assert_eq!(name_variables(good), Ok(()), "{good}");
        }
        let refused = name_variables("{Organiser} {x} and {notes}").unwrap_err();
        assert_eq!(refused.to_string(), "Invalid event name variables: {x}, {notes}");
        assert!(name_variables("{{Organiser}}").is_err());
    }

    /// ET-28
    #[test]
    fn a_users_event_type_asks_for_an_address() {
        let of = |change: fn(&mut Vec<BookingField>)| {
            let mut fields = BookingField::defaults();
            change(&mut fields);
            contact(Some(&fields))
        };
        assert_eq!(contact(None), None);
        assert_eq!(of(|_| {}), None);
        assert_eq!(of(|fields| fields[1].is_hidden = true), Some(Refusal::NoContact));
        assert_eq!(of(|fields| fields[1].is_required = false), Some(Refusal::NoContact));
        let phone = of(|fields| {
            fields[1].is_hidden = true;
            fields.push(BookingField::new(FieldKind::Phone, "attendeePhoneNumber", true, false));
        });
        assert_eq!(phone, Some(Refusal::PhoneOnly));
    }
}
