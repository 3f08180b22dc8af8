//! Validation of bodies, in the form that clients of the contract know.

use serde_json::{Value, json};
use slotd_contract::fields::{FieldError, FromBody, Patch, read_body};
use slotd_contract::managed_users::{CreateManagedUser, ListManagedUsers, UpdateManagedUser};
use slotd_contract::oauth_clients::{CreateOAuthClient, UpdateOAuthClient};
use slotd_contract::query::QueryError;
use slotd_contract::schedules::CreateSchedule;
use slotd_contract::tokens::RefreshToken;

fn errors<T: FromBody>(body: &Value) -> Vec<FieldError> {
    read_body::<T>(body).err().unwrap_or_default()
}

/// The constraints that a value of one field breaks.
fn broken<T: FromBody>(field: &str, value: &Value) -> Value {
    let mut body = json!({ "email": "a@b.co", "name": "N", "redirectUris": [], "permissions": [], "refreshToken": "x" });
    body[field] = value.clone();
    let errors = errors::<T>(&body);
    assert!(errors.iter().all(|error| error.property == field), "{errors:?}");
    errors.first().map_or(Value::Null, |error| json!(error.constraints))
}

/// VA-3, VA-2, EN-4, QK-12
#[test]
fn an_entry_has_target_value_property_children_and_constraints() {
    let body = json!({ "name": 1, "unknown": true, "timeFormat": 100, "email": "a@b.co" });
    let found = serde_json::to_string(&errors::<CreateManagedUser>(&body)).unwrap();
    assert_eq!(
        found,
        "[{\"target\":{\"name\":1,\"timeFormat\":100,\"email\":\"a@b.co\"},\"value\":1,\"property\":\"name\",\
         \"children\":[],\"constraints\":{\"isString\":\"name must be a string\"}},\
         {\"target\":{\"name\":1,\"timeFormat\":100,\"email\":\"a@b.co\"},\"value\":100,\"property\":\"timeFormat\",\
         \"children\":[],\"constraints\":{\"isIn\":\"timeFormat must be a number either 12 or 24\"}}]"
    );
    let missing = serde_json::to_value(errors::<RefreshToken>(&json!({}))).unwrap();
    assert_eq!(
        missing,
        json!([{ "target": {}, "property": "refreshToken", "children": [],
            "constraints": { "isString": "refreshToken must be a string" } }]),
        "a missing field has no value"
    );
}

/// VA-3: entries stand in the order of declaration, and all of them are there.
#[test]
fn every_failing_field_is_reported_in_order() {
    let body = json!({
        "metadata": 1, "bio": 1, "avatarUrl": 1, "locale": 1, "timeZone": 1, "weekStart": 1, "timeFormat": "x", "name": 1, "email": 1,
    });
    let names: Vec<_> =
        errors::<CreateManagedUser>(&body).into_iter().map(|error| error.property).collect();
    assert_eq!(names, CreateManagedUser::FIELDS);
}

/// VA-1
#[test]
fn an_array_is_a_body_without_fields() {
    let found = errors::<RefreshToken>(&json!([1]));
    assert_eq!(found[0].target, json!([]));
    assert_eq!(found[0].value, None);
}

/// VA-4, VA-5
#[test]
fn constraints_have_the_texts_that_clients_know() {
    let number = "timeFormat must be a number conforming to the specified constraints";
    assert_eq!(
        broken::<CreateManagedUser>("name", &json!(1)),
        json!({ "isString": "name must be a string" })
    );
    assert_eq!(
        broken::<CreateManagedUser>("timeFormat", &json!("12")),
        json!({ "isIn": "timeFormat must be a number either 12 or 24", "isNumber": number })
    );
    assert_eq!(
        broken::<UpdateManagedUser>("timeFormat", &json!(13)),
        json!({ "isIn": "timeFormat must be one of the following values: 12, 24" })
    );
    assert_eq!(
        broken::<CreateManagedUser>("timeFormat", &json!(24.0)),
        Value::Null,
        "24.0 is the number 24"
    );
    assert_eq!(
        broken::<CreateOAuthClient>("areEmailsEnabled", &json!("true")),
        json!({ "isBoolean": "areEmailsEnabled must be a boolean value" })
    );
    assert_eq!(
        broken::<CreateOAuthClient>("redirectUris", &json!("x")),
        json!({ "isString": "each value in redirectUris must be a string", "isArray": "redirectUris must be an array" })
    );
    assert_eq!(
        broken::<CreateOAuthClient>("redirectUris", &json!(["x", 1])),
        json!({ "isString": "each value in redirectUris must be a string" })
    );
    assert_eq!(
        broken::<CreateOAuthClient>("permissions", &json!(["NOPE"])),
        json!({ "isEnum": "each value in permissions must be one of the following values: EVENT_TYPE_READ, \
            EVENT_TYPE_WRITE, BOOKING_READ, BOOKING_WRITE, SCHEDULE_READ, SCHEDULE_WRITE, APPS_READ, APPS_WRITE, \
            PROFILE_READ, PROFILE_WRITE, *" })
    );
    assert_eq!(
        broken::<UpdateManagedUser>("weekStart", &json!("monday")),
        json!({ "isEnum": "weekStart must be one of the following values: Monday, Tuesday, Wednesday, Thursday, \
            Friday, Saturday, Sunday" })
    );
    assert_eq!(
        broken::<CreateManagedUser>("timeZone", &json!("Narnia/Woods")),
        json!({ "isTimeZone": "timeZone must be a valid IANA time-zone" })
    );
    assert_eq!(
        broken::<CreateManagedUser>("timeZone", &json!(1)),
        json!({ "isTimeZone": "timeZone must be a valid IANA time-zone", "isString": "timeZone must be a string" })
    );
    assert_eq!(
        broken::<UpdateManagedUser>("defaultScheduleId", &json!("1")),
        json!({ "isNumber": "defaultScheduleId must be a number conforming to the specified constraints" })
    );
    assert!(
        broken::<CreateManagedUser>("locale", &json!("xx"))["isEnum"]
            .as_str()
            .unwrap()
            .starts_with("locale must be one of the following values: ar, ca, de")
    );
}

/// MU-4, QI-17
#[test]
fn an_address_has_the_form_of_one_and_a_length() {
    assert_eq!(
        broken::<CreateManagedUser>("email", &json!("a@localhost")),
        json!({ "isEmail": "email must be an email" })
    );
    assert_eq!(
        broken::<UpdateManagedUser>("email", &json!(1)),
        json!({ "isEmail": "email must be an email", "isString": "email must be a string" })
    );
    let longest = format!("{}@b.co", "a".repeat(249));
    assert_eq!(broken::<CreateManagedUser>("email", &json!(longest)), Value::Null);
    assert_eq!(
        broken::<CreateManagedUser>("email", &json!(format!("a{longest}"))),
        json!({ "maxLength": "email must be shorter than or equal to 254 characters" })
    );
}

/// VA-7
#[test]
fn a_picture_needs_a_url_with_a_real_host() {
    for good in [
        "https://example.com/a.png",
        "HTTPS://example.com/a.png",
        "http://example.com",
        "ftp://example.com/a",
        "example.com/a.png",
        "EXAMPLE.com",
        "https://1.2.3.4/a.png",
        "https://[2001:db8::1]/a.png",
        "https://example.com:8443/a?b=c#d",
        "example.com:8080/a",
        "https://bücher.example/ä.png",
    ] {
        assert_eq!(broken::<CreateManagedUser>("avatarUrl", &json!(good)), Value::Null, "{good}");
    }
    for bad in [
        "",
        "x",
        "http://localhost/a.png",
        "https://host/a.png",
        "//a.example.com/x",
        "/a.png",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "mailto:a@b.co",
        "https://",
        "https:// a.example",
        "https://a.example/\0",
        "https://a.example/ b",
        "gopher://a.example",
        "https://a..",
        "https://.example",
        "https://2130706433/a.png",
        "https://0x7f.1/a.png",
        "https://1.2/a.png",
    ] {
        assert_eq!(
            broken::<CreateManagedUser>("avatarUrl", &json!(bad)),
            json!({ "isUrl": "avatarUrl must be a URL address" }),
            "{bad:?}"
        );
    }
    assert_ne!(
        broken::<CreateManagedUser>(
            "avatarUrl",
            &json!(format!("https://a.example/{}", "a".repeat(3_000)))
        ),
        Value::Null
    );
}

/// VA-10
#[test]
fn metadata_is_flat_and_bounded() {
    let many = |count: usize| -> Value {
        (0..count).map(|n| (format!("k{n}"), json!(n))).collect::<serde_json::Map<_, _>>().into()
    };
    for good in [
        json!({}),
        json!({ "a": "b", "n": 1.5, "t": true }),
        many(50),
        json!({ "k".repeat(40): "v".repeat(500) }),
        json!({ "ä".repeat(40): "ü".repeat(500) }),
    ] {
        assert_eq!(broken::<CreateManagedUser>("metadata", &good), Value::Null);
    }
    let limits = json!({ "ValidateMetadata": "Metadata must have at most 50 keys, each key up to 40 characters, and values up to 500 characters." });
    for bad in [
        many(51),
        json!({ "k".repeat(41): 1 }),
        json!({ "k": "v".repeat(501) }),
        json!({ "k": null }),
        json!({ "k": {} }),
        json!({ "k": [] }),
        json!({ "k": "\0" }),
        json!({ "\0": 1 }),
        json!("x"),
        json!(1),
        json!(true),
    ] {
        assert_eq!(broken::<CreateManagedUser>("metadata", &bad), limits);
    }
    for bad in [json!([]), json!([1])] {
        assert_eq!(
            broken::<CreateManagedUser>("metadata", &bad),
            json!({ "isObject": "metadata must be an object" }),
            "an array fails otherwise than everything else"
        );
    }
}

#[test]
fn texts_and_lists_have_an_end() {
    let too_long = |name: &str, most: usize| json!({ "maxLength": format!("{name} must be shorter than or equal to {most} characters") });
    for (field, most) in [("name", 1_000), ("bio", 20_000)] {
        let fits = json!("ä".repeat(most));
        assert_eq!(broken::<CreateManagedUser>(field, &fits), Value::Null);
        assert_eq!(broken::<UpdateManagedUser>(field, &fits), Value::Null);
        let bad = json!("ä".repeat(most + 1));
        assert_eq!(broken::<CreateManagedUser>(field, &bad), too_long(field, most));
        assert_eq!(broken::<UpdateManagedUser>(field, &bad), too_long(field, most));
    }
    for (field, most) in [
        ("name", 1_000),
        ("logo", 20_000),
        ("bookingRedirectUri", 2_048),
        ("bookingCancelRedirectUri", 2_048),
        ("bookingRescheduleRedirectUri", 2_048),
    ] {
        let bad = json!("a".repeat(most + 1));
        assert_eq!(broken::<CreateOAuthClient>(field, &bad), too_long(field, most));
        assert_eq!(broken::<UpdateOAuthClient>(field, &bad), too_long(field, most));
        assert_eq!(broken::<CreateOAuthClient>(field, &json!("a".repeat(most))), Value::Null);
    }
    let uris = |count: usize, length: usize| json!(vec!["a".repeat(length); count]);
    assert_eq!(broken::<CreateOAuthClient>("redirectUris", &uris(200, 100)), Value::Null);
    assert_eq!(broken::<UpdateOAuthClient>("redirectUris", &uris(1, 2_048)), Value::Null);
    assert_eq!(
        broken::<CreateOAuthClient>("redirectUris", &uris(201, 1)),
        json!({ "arrayMaxSize": "redirectUris must contain no more than 200 elements" })
    );
    assert_eq!(
        broken::<UpdateOAuthClient>("redirectUris", &uris(1, 2_049)),
        too_long("each value in redirectUris", 2_048)
    );
}

/// VA-6, MU-19, MU-35, OC-10
#[test]
fn null_means_absent_on_create_and_cleared_or_refused_on_update() {
    let created = read_body::<CreateManagedUser>(&json!({
        "email": "a@b.co", "name": "N", "timeFormat": null, "weekStart": null, "timeZone": null, "locale": null,
        "avatarUrl": null, "bio": null, "metadata": null,
    }))
    .unwrap();
    assert_eq!((created.time_format.hours(), created.week_start.as_str()), (12, "Sunday"));
    assert!(created.time_zone.is_none() && created.metadata.is_none());
    let updated = read_body::<UpdateManagedUser>(&json!({ "bio": null, "name": "B" })).unwrap();
    assert_eq!(
        (updated.bio, updated.name, updated.metadata),
        (Patch::Null, Patch::Value("B".to_owned()), Patch::Absent)
    );
    for field in ["email", "weekStart", "timeZone"] {
        assert_ne!(broken::<UpdateManagedUser>(field, &Value::Null), Value::Null, "{field}");
    }
    for field in ["name", "redirectUris", "areEmailsEnabled"] {
        assert_ne!(broken::<UpdateOAuthClient>(field, &Value::Null), Value::Null, "{field}");
    }
    assert_eq!(broken::<UpdateOAuthClient>("logo", &Value::Null), Value::Null);
}

/// QI-23
#[test]
fn a_refresh_token_is_never_repeated_in_an_error() {
    let text =
        serde_json::to_string(&errors::<RefreshToken>(&json!({ "refreshToken": ["geheim"] })))
            .unwrap();
    assert!(!text.contains("geheim"), "{text}");
    assert!(text.contains("[redacted]"), "{text}");
}

/// PostgreSQL cannot store the character NUL.
#[test]
fn nul_is_refused_wherever_a_text_is_stored() {
    for field in ["name", "bio"] {
        assert_eq!(
            broken::<CreateManagedUser>(field, &json!("a\0b")),
            json!({ "noNul": format!("{field} must not contain the NUL character") })
        );
    }
    assert_ne!(broken::<CreateOAuthClient>("redirectUris", &json!(["a\0"])), Value::Null);
}

/// VA-3, VA-11, PG-1, MU-21, MU-23
#[test]
fn a_query_is_read_with_its_own_rules() {
    let read = |pairs: &[(&str, &str)]| {
        let pairs: Vec<_> =
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        ListManagedUsers::read(&pairs)
    };
    assert_eq!(read(&[]).unwrap(), ListManagedUsers { limit: 50, offset: 0, emails: None });
    assert_eq!(
        read(&[("limit", "1.9"), ("offset", "1e3")]).unwrap(),
        ListManagedUsers { limit: 1, offset: 1_000, emails: None }
    );
    assert_eq!(read(&[("limit", "7"), ("limit", "8")]).unwrap().limit, 8, "the last one counts");
    let emails =
        read(&[("emails", "a@b.co, c@d.co"), ("emails", "e@f.co")]).unwrap().emails.unwrap();
    assert_eq!(emails, ["a@b.co", "c@d.co", "e@f.co"]);
    let array = read(&[("emails[]", "a@b.co"), ("emails[1]", "c@d.co"), ("emails[x]", "x")]);
    assert_eq!(array.unwrap().emails.unwrap(), ["a@b.co", "c@d.co"], "as clients write arrays");
    assert_eq!(
        read(&[("emails", "a@b.co,,c@d.co")]),
        Err(QueryError::Refused("Invalid email ".to_owned()))
    );
    assert_eq!(
        read(&[("emails", "x"), ("limit", "0")]),
        Err(QueryError::Refused("Invalid email x".to_owned()))
    );
    let Err(QueryError::Invalid(errors)) = read(&[("limit", "abc"), ("offset", "-1")]) else {
        panic!("both are invalid")
    };
    assert_eq!(errors.len(), 2);
    for error in &errors {
        assert_eq!(error.target, json!({ "limit": null, "offset": -1 }), "the whole query");
    }
    let Err(QueryError::Invalid(errors)) = read(&[("limit", ""), ("unknown", "1")]) else {
        panic!("an empty limit is invalid")
    };
    assert_eq!((&errors[0].target, &errors[0].value), (&json!({ "limit": "" }), &Some(json!(""))));
}

/// VA-3: what fails in an object of a list stands in `children`, below its index.
#[test]
fn a_list_of_objects_is_read_object_by_object() {
    let hours = |availability: Value| json!({ "name": "N", "timeZone": "UTC", "isDefault": true, "availability": availability });
    let read = |body: &Value| read_body::<CreateSchedule>(body);
    let refused = |body: &Value| json!(errors::<CreateSchedule>(body));
    let good = json!({ "days": ["Monday"], "startTime": "09:00", "endTime": "17:00" });
    assert_eq!(read(&hours(json!([good]))).unwrap().availability.unwrap().len(), 1);
    assert_eq!(read(&hours(Value::Null)).unwrap().availability, None);

    let body = hours(json!([good, [], { "days": [], "startTime": "09:00", "endTime": "17:0" }]));
    let errors = refused(&body);
    assert_eq!(errors.as_array().unwrap().len(), 1);
    assert_eq!(errors[0].get("constraints"), None, "nothing is wrong with the list itself");
    let children = &errors[0]["children"];
    assert_eq!((&children[0]["property"], &children[1]["property"]), (&json!("1"), &json!("2")));
    assert_eq!(children[0]["children"].as_array().unwrap().len(), 3, "an array has no fields");
    assert_eq!(children[1]["children"][0]["property"], "endTime");

    for (bad, check) in [
        (json!("x"), "isArray"),
        (json!({}), "isArray"),
        (json!([1]), "nestedValidation"),
        (json!([good, null]), "nestedValidation"),
        (json!(vec![good; 201]), "arrayMaxSize"),
    ] {
        let errors = refused(&hours(bad));
        let constraints = errors[0]["constraints"].as_object().unwrap();
        assert_eq!(constraints.keys().collect::<Vec<_>>(), [check]);
    }
}
