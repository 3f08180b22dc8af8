use super::*;

fn pairs(query: &[(&str, &str)]) -> Vec<(String, String)> {
    query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn read(query: &[(&str, &str)]) -> ListBookings {
    ListBookings::read(&pairs(query)).unwrap()
}

/// The property, the check and the text of the only failure.
fn refusal(query: &[(&str, &str)]) -> (String, String, String) {
    let errors = ListBookings::read(&pairs(query)).unwrap_err();
    let [error] = errors.as_slice() else { panic!("{errors:?}") };
    let (check, text) = error.constraints.iter().next().unwrap();
    (error.property.to_string(), check.clone(), text.as_str().unwrap().to_owned())
}

/// BK-106, R10.7
#[test]
fn without_parameters_the_first_hundred_of_all_bookings_are_asked_for() {
    let all = read(&[("foo", "bar"), ("eventTypeIds", ""), ("attendeeEmail", ""), ("sortEnd", "")]);
    assert_eq!((all.take, all.skip), (100, 0));
    assert_eq!(all.status, []);
    assert_eq!(all.attendee_email, None);
    assert_eq!((all.event_types(), all.teams()), (Vec::new(), Vec::new()));
}

/// BK-111, BK-112, BK-113, BK-114
#[test]
fn states_are_listed_with_commas_or_by_repeating() {
    use ListedStatus::{Cancelled, Past, Recurring, Unconfirmed, Upcoming};
    for query in [
        &[("status", "upcoming,past")][..],
        &[("status", "upcoming"), ("status", "past")],
        &[("status[]", "upcoming"), ("status[]", "past, upcoming")],
    ] {
        assert_eq!(read(query).status, [Upcoming, Past]);
    }
    let all = read(&[("status", "unconfirmed,cancelled,recurring")]);
    assert_eq!(all.status, [Unconfirmed, Cancelled, Recurring]);
}

/// BK-115, BK-116
#[test]
fn an_unknown_or_empty_state_is_refused_with_the_list_of_all() {
    let text = "Invalid status. Allowed are upcoming, recurring, past, cancelled, unconfirmed";
    for bad in ["foo", "", "upcoming,", "Upcoming"] {
        let (property, check, found) = refusal(&[("status", bad)]);
        assert_eq!((property.as_str(), check.as_str(), found.as_str()), ("status", "isEnum", text));
    }
}

/// BK-98, BK-117, BK-118, BK-129
#[test]
fn a_blank_in_an_address_is_a_plus_sign() {
    let query = read(&[
        ("attendeeEmail", "nina clz3q8k2x0001mh08v5t7d9ab@klinik.test"),
        ("attendeeName", "Nina Kraus"),
        ("bookingUid", "2Nta\0"),
    ]);
    assert_eq!(query.attendee_email.as_deref(), Some("nina+clz3q8k2x0001mh08v5t7d9ab@klinik.test"));
    assert_eq!(query.attendee_name.as_deref(), Some("Nina Kraus"));
    assert_eq!(query.booking_uid.as_deref(), Some("2Nta\u{fffd}"));
}

/// BK-119, BK-120, BK-138, BK-139, BK-144
#[test]
fn ids_are_lists_and_teams_have_two_spellings() {
    let query = read(&[
        ("eventTypeIds", "100, 200,100"),
        ("eventTypeId", "300"),
        ("teamsIds", "50"),
        ("teamIds", "60,70"),
        ("teamId", "80"),
    ]);
    assert_eq!(query.event_types(), [100, 200, 300]);
    assert_eq!(query.teams(), [50, 60, 70, 80]);
    let (property, check, text) = refusal(&[("eventTypeIds", "1,x")]);
    assert_eq!((property.as_str(), check.as_str()), ("eventTypeIds", "isNumber"));
    assert_eq!(
        text,
        "each value in eventTypeIds must be a number conforming to the specified constraints"
    );
    assert_eq!(refusal(&[("teamIds", "1.5")]).0, "teamsIds");
    assert_eq!(refusal(&[("teamId", "x")]).1, "isNumber");
    let many: Vec<String> = (0..251).map(|id| id.to_string()).collect();
    assert_eq!(refusal(&[("eventTypeIds", &many.join(","))]).1, "arrayMaxSize");

    let users = |text| OfUsers::read(&pairs(&[("userIds", text)]));
    assert_eq!(users("1,2").unwrap().user_ids, [1, 2]);
    assert!(users("").unwrap().user_ids.is_empty());
    assert!(users("1,me").is_err());
}

/// BK-121 to BK-128, R10.6
#[test]
fn dates_are_instants_and_a_bad_one_has_the_text_that_clients_know() {
    let query = read(&[("afterStart", "2025-03-07T12:00:00+02:00"), ("beforeEnd", "2025-03-08")]);
    assert_eq!(query.after_start, Some("2025-03-07T10:00:00Z".parse().unwrap()));
    assert_eq!(query.before_end, Some("2025-03-08T00:00:00Z".parse().unwrap()));
    for name in [
        "afterStart",
        "beforeEnd",
        "afterCreatedAt",
        "beforeCreatedAt",
        "afterUpdatedAt",
        "beforeUpdatedAt",
    ] {
        let (property, check, text) = refusal(&[(name, "yesterday")]);
        let shown = if name == "afterStart" { "fromDate" } else { name };
        assert_eq!((property.as_str(), check.as_str()), (name, "isIso8601"));
        assert_eq!(text, format!("{shown} must be a valid ISO 8601 date."));
    }
}

/// BK-130 to BK-137, R10.6
#[test]
fn orders_are_ascending_or_descending() {
    let query = read(&[
        ("sortStart", "asc"),
        ("sortEnd", "desc"),
        ("sortCreated", "asc"),
        ("sortUpdatedAt", "desc"),
    ]);
    assert_eq!(query.sort_start, Some(Sort::Asc));
    assert_eq!(query.sort_end, Some(Sort::Desc));
    assert_eq!(query.sort_created, Some(Sort::Asc));
    assert_eq!(query.sort_updated_at, Some(Sort::Desc));
    let (property, check, text) = refusal(&[("sortStart", "up")]);
    assert_eq!((property.as_str(), check.as_str()), ("sortStart", "isEnum"));
    assert_eq!(text, "SortStart must be either \"asc\" or \"desc\".");
}

/// BK-107, BK-108, BK-141
#[test]
fn a_page_has_1_to_250_bookings() {
    let page = read(&[("take", "250"), ("skip", "7")]);
    assert_eq!((page.take, page.skip), (250, 7));
    assert_eq!((read(&[("take", ""), ("skip", "")]).take), 100);
    for (name, bad, text) in [
        ("take", "251", "take must not be greater than 250"),
        ("take", "0", "take must not be less than 1"),
        ("skip", "-1", "skip must not be less than 0"),
    ] {
        let refused = refusal(&[(name, bad)]);
        assert_eq!((refused.0.as_str(), refused.2.as_str()), (name, text));
    }
    let errors = ListBookings::read(&pairs(&[("take", "x"), ("status", "x")])).unwrap_err();
    let names: Vec<_> = errors.iter().map(|error| error.property.as_ref()).collect();
    assert_eq!(names, ["status", "take"], "everything that is wrong is told");
}

/// BK-190
#[test]
fn references_are_asked_for_by_a_known_type() {
    let kind = |text| ListReferences::read(&pairs(&[("type", text)])).map(|query| query.kind);
    assert_eq!(kind("google_calendar"), Ok(Some("google_calendar")));
    assert_eq!(kind(""), Ok(None));
    assert_eq!(ListReferences::read(&[]), Ok(ListReferences { kind: None }));
    for bad in ["caldav_calendar", "GOOGLE_CALENDAR"] {
        let errors = kind(bad).unwrap_err();
        assert_eq!(
            errors[0].constraints["isEnum"],
            "type must be one of the following values: google_calendar, office365_calendar, \
             daily_video, google_video, office365_video, zoom_video"
        );
    }
}
