//! What bookers are asked.

use serde_json::{Value, json};
use slotd_testkit::{TestServer, on_both_engines};

use super::{User, texts};

fn slugs(event_type: &Value) -> Vec<&str> {
    let fields = event_type["bookingFields"].as_array().unwrap();
    fields.iter().map(|field| field["slug"].as_str().unwrap()).collect()
}

fn field<'a>(event_type: &'a Value, slug: &str) -> &'a Value {
    let mut fields = event_type["bookingFields"].as_array().unwrap().iter();
    fields.find(|field| field["slug"] == slug).unwrap()
}

fn custom(slug: &str) -> Value {
    json!({ "type": "text", "slug": slug, "label": "Label", "required": false })
}

on_both_engines! {
    /// ET-26
    async fn every_event_type_has_the_default_fields(server: TestServer) {
        let user = User::regular(&server).await;
        let created = user.create("x", json!({})).await;
        assert_eq!(created["bookingFields"], json!([
            { "isDefault": true, "type": "name", "slug": "name", "required": true, "disableOnPrefill": false },
            { "isDefault": true, "type": "email", "slug": "email", "required": true, "hidden": false, "disableOnPrefill": false },
            { "isDefault": true, "type": "radioInput", "slug": "location", "required": false, "hidden": false },
            { "isDefault": true, "type": "text", "slug": "title", "required": true, "hidden": true, "disableOnPrefill": false },
            { "isDefault": true, "type": "textarea", "slug": "notes", "required": false, "hidden": false, "disableOnPrefill": false },
            { "isDefault": true, "type": "multiemail", "slug": "guests", "required": false, "hidden": false, "disableOnPrefill": false },
            { "isDefault": true, "type": "textarea", "slug": "rescheduleReason", "required": false, "hidden": false, "disableOnPrefill": false },
        ]));
    }

    /// ET-25, ET-26
    async fn sent_fields_stand_among_the_default_ones(server: TestServer) {
        let user = User::regular(&server).await;
        let options = json!(["a", "b"]);
        let mut sent = vec![
            custom("b"),
            json!({ "slug": "notes", "required": true, "label": "Notes" }),
            custom("a"),
            json!({
                "type": "splitName", "firstNameLabel": "First", "firstNamePlaceholder": "F", "lastNameLabel": "Last",
                "lastNamePlaceholder": "L", "lastNameRequired": true, "disableOnPrefill": true,
            }),
            json!({ "slug": "title", "hidden": false }),
            json!({ "slug": "location", "label": "Where" }),
        ];
        for kind in ["phone", "address", "url", "number", "textarea", "multiemail", "boolean"] {
            sent.push(json!({ "type": kind, "slug": kind, "label": kind, "required": true, "placeholder": "p", "hidden": true, "disableOnPrefill": true }));
        }
        for kind in ["select", "multiselect", "checkbox", "radio"] {
            sent.push(json!({ "type": kind, "slug": kind, "label": kind, "required": false, "options": options }));
        }
        let created = user.create("x", json!({ "bookingFields": sent })).await;
        assert_eq!(slugs(&created), [
            "name", "email", "location", "b", "a", "phone", "address", "url", "number", "textarea", "multiemail", "boolean",
            "select", "multiselect", "checkbox", "radio", "title", "notes", "guests", "rescheduleReason",
        ]);
        assert_eq!(field(&created, "name"), &json!({
            "isDefault": true, "type": "splitName", "slug": "name", "required": true, "disableOnPrefill": true, "firstNameLabel": "First",
            "firstNamePlaceholder": "F", "lastNameLabel": "Last", "lastNamePlaceholder": "L", "lastNameRequired": true,
        }));
        assert_eq!(field(&created, "notes")["label"], "Notes");
        assert_eq!(field(&created, "title")["hidden"], false);
        assert_eq!(field(&created, "location")["label"], "Where");
        assert_eq!(field(&created, "phone"), &json!({
            "isDefault": false, "type": "phone", "slug": "phone", "label": "phone", "required": true, "placeholder": "p", "hidden": true,
            "disableOnPrefill": true,
        }));
        assert_eq!(field(&created, "radio"), &json!({
            "isDefault": false, "type": "radio", "slug": "radio", "label": "radio", "required": false, "hidden": false,
            "disableOnPrefill": false, "options": options,
        }));
    }

    /// ET-24: unknown types, fields with the same slug, too many options.
    async fn fields_of_the_wrong_form_are_refused_in_the_contracts_words(server: TestServer) {
        let user = User::regular(&server).await;
        let duplicate = |slug: &str| format!("Duplicate bookingFields slug '{slug}' found. All bookingFields slugs must be unique.");
        let nothing = "Each object in 'bookingFields' must have at least 'type' or 'slug' property.";
        for (fields, text) in [
            (json!({}), "'bookingFields' must be an array.".to_owned()),
            (json!([]), "'bookingFields' must contain at least 1 booking field.".to_owned()),
            (json!([{ "label": "x" }]), nothing.to_owned()),
            (json!(["text"]), nothing.to_owned()),
            (json!([{ "slug": "own" }]), nothing.to_owned()),
            (json!([{ "type": "hologram", "slug": "x" }]), "Unsupported booking field type 'hologram'.".to_owned()),
            (json!([custom("x"), custom("x")]), duplicate("x")),
            (json!([{ "type": "email" }, { "type": "email" }]), duplicate("email")),
            (json!([{ "type": "name" }, { "type": "splitName" }]), duplicate("name")),
            (json!(vec![custom("x"); 101]), "'bookingFields' must contain no more than 100 booking fields.".to_owned()),
        ] {
            assert_eq!(texts(&user.try_create("x", json!({ "bookingFields": fields })).await), [text]);
        }
        let select = |options: Value| json!({ "type": "select", "slug": "s", "label": "S", "required": true, "options": options });
        for (field, text) in [
            (json!({ "type": "select", "slug": "s", "label": "S", "required": true }), "Validation failed for select booking field: options must be an array"),
            (select(json!([])), "Validation failed for select booking field: options should not be empty"),
            (select(json!(["a", 5])), "Validation failed for select booking field: option must be a string"),
            (select(json!(vec!["x"; 201])), "Validation failed for select booking field: options must contain no more than 200 elements"),
            (json!({ "type": "text", "slug": "s", "required": true }), "Validation failed for text booking field: label must be a string"),
            (json!({ "type": "text", "slug": "s", "label": "S" }), "Validation failed for text booking field: required must be a boolean value"),
            (json!({ "type": "text", "label": "S", "required": true }), "Validation failed for text booking field: slug must be a string"),
            (json!({ "type": "phone", "slug": "name", "label": "S", "required": true }), "Validation failed for phone booking field: slug must not be that of a default field: name"),
            (json!({ "slug": "notes", "hidden": "no" }), "Validation failed for notes booking field: hidden must be a boolean value"),
        ] {
            let answer = user.try_create("x", json!({ "bookingFields": [custom("good"), field] })).await;
            assert_eq!(texts(&answer)[0], text);
            assert_eq!(answer.body["error"]["details"]["errors"][0]["children"][0]["property"], "1", "the index");
        }
        // 200 options are not too many, and their order stays.
        let options: Vec<String> = (0..200).map(|number| format!("Option {number}")).collect();
        let created = user.create("x", json!({ "bookingFields": [select(json!(options))] })).await;
        assert_eq!(field(&created, "s")["options"], json!(options));
    }

    /// ET-27, ET-29, ET-71: what was never set, and what an import brought.
    async fn fields_that_were_never_set_and_fields_of_other_forms_are_shown(server: TestServer) {
        let user = User::regular(&server).await;
        let created = user.create("x", json!({})).await;
        server.database.run_sql("update event_type set booking_fields = null").await;
        let shown = user.get(&created["id"]).await.accepted(200).clone();
        assert_eq!(slugs(&shown)[1..4], ["email", "attendeePhoneNumber", "location"]);
        assert_eq!(field(&shown, "attendeePhoneNumber"), &json!({
            "isDefault": true, "type": "phone", "slug": "attendeePhoneNumber", "required": false, "hidden": true, "disableOnPrefill": false,
        }));
        // Its output is a good input (ET-2).
        let again = user.patch(&created["id"], json!({ "bookingFields": shown["bookingFields"] })).await;
        assert_eq!(again.accepted(200)["bookingFields"], shown["bookingFields"]);

        server.database.run_sql(
            "update event_type set booking_fields = '[{\"kind\":{\"unknown\":{\"x\":1}},\"slug\":\"x\",\"is_required\":false,\"is_hidden\":false},{\"kind\":\"email\",\"slug\":\"email\",\"is_required\":true,\"is_hidden\":false}]'"
        ).await;
        let shown = user.get(&created["id"]).await.accepted(200).clone();
        assert_eq!(shown["bookingFields"][1], json!({ "type": "unknown", "slug": "unknown", "bookingField": "{\"x\":1}" }));
    }

    /// ET-28
    async fn a_users_event_type_asks_for_the_address(server: TestServer) {
        let user = User::regular(&server).await;
        let created = user.create("x", json!({})).await;
        let phone = json!({ "type": "phone", "slug": "attendeePhoneNumber", "label": "Phone", "required": true, "hidden": false });
        let hidden = json!({ "type": "email", "required": false, "hidden": true });
        for (fields, text) in [
            (json!([hidden, phone]), "checkIsEmailUserAccessible - Email booking field must be required and visible"),
            (json!([hidden]), "Booking fields validation failed: visible and required email or visible and required attendee phone field is needed."),
            (json!([{ "type": "email", "required": false }]), "Booking fields validation failed: visible and required email or visible and required attendee phone field is needed."),
        ] {
            let body = json!({ "bookingFields": fields });
            assert_eq!(user.try_create("y", body.clone()).await.refused(400), text);
            assert_eq!(user.patch(&created["id"], body).await.refused(400), text);
        }
        let both = user.create("both", json!({ "bookingFields": [phone] })).await;
        assert_eq!(slugs(&both)[1..4], ["email", "attendeePhoneNumber", "location"]);
    }

    /// ET-30, ET-31
    async fn guests_are_hidden_and_shown_without_touching_the_other_fields(server: TestServer) {
        let user = User::regular(&server).await;
        let created = user.create("x", json!({ "bookingFields": [custom("own")], "disableGuests": true })).await;
        assert_eq!((&created["disableGuests"], &field(&created, "guests")["hidden"]), (&json!(true), &json!(true)));
        assert_eq!(field(&created, "own"), field(&user.get(&created["id"]).await.accepted(200).clone(), "own"));
        let shown = user.patch(&created["id"], json!({ "disableGuests": false })).await.accepted(200).clone();
        assert_eq!((&shown["disableGuests"], &field(&shown, "guests")["hidden"]), (&json!(false), &json!(false)));
        assert_eq!(slugs(&shown), slugs(&created), "custom fields stay");
        let hidden = user.patch(&created["id"], json!({ "disableGuests": true })).await.accepted(200).clone();
        assert_eq!(hidden["bookingFields"], created["bookingFields"]);
        // New fields replace all others, and guests stay disabled (ET-18).
        let replaced = user.patch(&created["id"], json!({ "bookingFields": [custom("new")] })).await.accepted(200).clone();
        assert_eq!(slugs(&replaced)[3], "new");
        assert!(!slugs(&replaced).contains(&"own"));
        assert_eq!((&replaced["disableGuests"], &field(&replaced, "guests")["hidden"]), (&json!(true), &json!(true)));
    }

    /// ET-32
    async fn lists_leave_hidden_fields_out(server: TestServer) {
        let user = User::regular(&server).await;
        let mut hidden = custom("hidden");
        hidden["hidden"] = json!(true);
        let created = user.create("x", json!({ "bookingFields": [hidden, custom("shown")] })).await;
        let id = &created["id"];
        assert!(slugs(&created).contains(&"hidden") && slugs(&created).contains(&"title"));
        assert_eq!(slugs(user.get(id).await.accepted(200)), slugs(&created));
        assert_eq!(slugs(user.patch(id, json!({})).await.accepted(200)), slugs(&created));
        for query in [String::new(), format!("?username={}&eventSlug=x", user.username)] {
            let listed = user.list(&query).await;
            assert_eq!(slugs(&listed[0]), ["name", "email", "location", "shown", "notes", "guests", "rescheduleReason"]);
        }
    }

    /// ET-86
    async fn texts_of_one_event_type_show_up_in_no_other(server: TestServer) {
        let (user, other) = (User::regular(&server).await, User::regular(&server).await);
        let before = user.create("before", json!({})).await;
        let sent = json!([
            { "type": "name", "label": "Secret label", "placeholder": "Secret placeholder" },
            { "type": "email", "label": "Secret label", "placeholder": "Secret placeholder" },
        ]);
        user.create("secret", json!({ "bookingFields": sent })).await;
        for (user, slug) in [(&other, "other"), (&user, "after")] {
            let created = user.create(slug, json!({})).await;
            assert_eq!(created["bookingFields"], before["bookingFields"]);
        }
    }
}
