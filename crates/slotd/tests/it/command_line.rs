//! Commands, options and settings.

use serde_json::{Value, json};
use slotd_testkit::{Engine, on_both_engines};

use crate::process::{Done, Place};

const CLOCK: &str = "2026-03-02T09:15:04Z";

on_both_engines! {
    async fn an_oauth_client_is_made_beside_a_running_server_and_works_at_once(place: Place) {
        let server = place.serve(CLOCK);
        let made = place.json(&[
            "admin", "create-oauth-client", "--name", "App", "--redirect-uri", "https://a.example", "--redirect-uri", "https://b.example",
            "--permission", "PROFILE_READ", "--default-event-types", "true", "--emails", "true", "--json",
        ]);
        let mut names: Vec<&String> = made.as_object().unwrap().keys().collect();
        names.sort();
        assert_eq!(names, ["clientId", "clientSecret", "organizationId", "ownerId"]);
        assert_eq!(made["organizationId"].to_string(), server.printed("organization id"));
        assert_eq!(made["ownerId"].to_string(), server.printed("owner's user id"));

        let path = format!("/v2/oauth-clients/{}", made["clientId"].as_str().unwrap());
        let read = server.call("GET", &path).bearer(&server.printed("owner's API key")).send().await;
        let read = read.accepted(200);
        assert_eq!(read["secret"], made["clientSecret"]);
        assert_eq!(read["permissions"], json!(["PROFILE_READ"]));
        assert_eq!(read["redirectUris"], json!(["https://a.example", "https://b.example"]));
        assert_eq!((&read["areEmailsEnabled"], &read["areDefaultEventTypesEnabled"]), (&json!(true), &json!(true)));
        let created = server.call("POST", &format!("{path}/users")).secret(made["clientSecret"].as_str().unwrap());
        let created = created.json(&json!({ "email": "a@example.com", "name": "A" })).send().await;
        let token = created.accepted(201)["accessToken"].as_str().unwrap();
        let _ = server.call("GET", "/v2/me").bearer(token).send().await.accepted(200);
        let _ = server.call("PATCH", "/v2/me").bearer(token).json(&json!({})).send().await.refused(403);

        let all = place.json(&["admin", "create-oauth-client", "--name", "All", "--json"]);
        let path = format!("/v2/oauth-clients/{}", all["clientId"].as_str().unwrap());
        let read = server.call("GET", &path).bearer(&server.printed("owner's API key")).send().await;
        assert_eq!(read.accepted(200)["permissions"].as_array().unwrap().len(), 10, "all unless given");
        server.stop();
    }

    async fn an_api_key_is_the_first_owners_unless_somebody_elses_is_asked_for(place: Place) {
        let server = place.serve(CLOCK);
        let made = place.json(&["admin", "create-api-key", "--json"]);
        assert_eq!(made.as_object().unwrap().len(), 2);
        assert_eq!(made["userId"].to_string(), server.printed("owner's user id"));
        let list = server.call("GET", "/v2/oauth-clients").bearer(made["apiKey"].as_str().unwrap()).send().await;
        assert_eq!(list.accepted(200).as_array().unwrap().len(), 1);

        let other = place.json(&["admin", "create-organization", "--name", "Other", "--owner-email", "other@example.com", "--json"]);
        let owner = other["ownerId"].to_string();
        let key = place.json(&["admin", "create-api-key", "--user", &owner, "--expires-in-days", "1", "--json"]);
        let key = key["apiKey"].as_str().unwrap();
        assert_eq!(server.call("GET", "/v2/oauth-clients").bearer(key).send().await.accepted(200), &json!([]), "another tenant");
        server.stop();
        // Admin commands go by the machine's clock, which is far ahead of this server's.
        let server = place.serve("2099-01-01T00:00:00Z");
        assert!(server.call("GET", "/v2/me").bearer(key).send().await.refused(401).contains("expired"));
        let _ = server.call("GET", "/v2/me").bearer(made["apiKey"].as_str().unwrap()).send().await.accepted(200);
        server.stop();
    }

    async fn without_json_an_answer_is_lines_of_names_and_values(place: Place) {
        let server = place.serve(CLOCK);
        let words = |arguments: &[&str]| -> Vec<String> {
            let done = place.run(&[&["admin"], arguments].concat());
            assert!(done.status.success(), "{done:?}");
            done.stdout.split_whitespace().map(str::to_owned).collect()
        };
        let client = words(&["create-oauth-client", "--name", "App"]);
        assert_eq!([&client[0], &client[2], &client[4], &client[6]], ["clientId", "clientSecret", "organizationId", "ownerId"]);
        let users = format!("/v2/oauth-clients/{}/users", client[1]);
        let _ = server.call("GET", &users).secret(&client[3]).send().await.accepted(200);
        let key = words(&["create-api-key"]);
        assert_eq!((key[0].as_str(), &key[2..]), ("apiKey", &["userId".to_owned(), "1".to_owned()][..]));
        let _ = server.call("GET", "/v2/me").bearer(&key[1]).send().await.accepted(200);
        let organization = words(&["create-organization", "--name", "A", "--owner-email", "a@example.com"]);
        assert_eq!([&organization[0], &organization[2]], ["organizationId", "ownerId"]);
        assert_eq!(words(&["lock-user", &organization[3]]), ["userId", &organization[3], "isLocked", "true"]);
        assert_eq!(words(&["unlock-user", &organization[3]]), ["userId", &organization[3], "isLocked", "false"]);
        assert_eq!(words(&["set-system-admin", "1", "true"]), ["userId", "1", "isSystemAdmin", "true"]);
        server.stop();
    }

    /// AU-16
    async fn a_locked_user_is_refused_by_every_method(place: Place) {
        let server = place.serve(CLOCK);
        let users = format!("/v2/oauth-clients/{}/users", server.printed("OAuth client id"));
        let secret = server.printed("OAuth client secret");
        let body = json!({ "email": "alice@example.com", "name": "Alice" });
        let created = server.call("POST", &users).secret(&secret).json(&body).send().await;
        let (user, token) = (&created.accepted(201)["user"]["id"], created.body["data"]["accessToken"].as_str().unwrap());
        let key = place.json(&["admin", "create-api-key", "--user", &user.to_string(), "--json"]);
        let key = key["apiKey"].as_str().unwrap();
        for credential in [token, key] {
            let _ = server.call("GET", "/v2/me").bearer(credential).send().await.accepted(200);
        }
        assert!(place.run(&["admin", "lock-user", &user.to_string()]).status.success());
        for credential in [token, key] {
            assert!(server.call("GET", "/v2/me").bearer(credential).send().await.refused(401).contains("locked"));
        }
        // The client's credentials act as its owner.
        let _ = server.call("GET", &users).secret(&secret).send().await.accepted(200);
        assert!(place.run(&["admin", "lock-user", &server.printed("owner's user id")]).status.success());
        let _ = server.call("GET", &users).secret(&secret).send().await.refused(401);
        server.stop();
    }

    /// AU-16, AU-18
    async fn users_are_locked_and_made_administrators(place: Place) {
        let server = place.serve(CLOCK);
        let owner = server.printed("owner's user id");
        let key = server.printed("owner's API key");
        let me = || server.call("GET", "/v2/me").bearer(&key).send();
        assert!(place.run(&["admin", "lock-user", &owner]).status.success());
        assert!(me().await.refused(401).contains("locked"));
        assert!(place.run(&["admin", "unlock-user", &owner]).status.success());
        let _ = me().await.accepted(200);

        let other = place.json(&["admin", "create-organization", "--name", "Other", "--owner-email", "other@example.com", "--json"]);
        let client = place.json(&["admin", "create-oauth-client", "--name", "X", "--organization", &other["organizationId"].to_string(), "--json"]);
        let path = format!("/v2/oauth-clients/{}", client["clientId"].as_str().unwrap());
        let read = || server.call("GET", &path).bearer(&key).send();
        let _ = read().await.refused(403);
        assert!(place.run(&["admin", "set-system-admin", &owner, "true"]).status.success());
        let _ = read().await.accepted(200);
        assert!(place.run(&["admin", "set-system-admin", &owner, "false"]).status.success());
        let _ = read().await.refused(403);
        for command in [vec!["lock-user", "999"], vec!["unlock-user", "999"], vec!["set-system-admin", "999", "true"]] {
            let refused = place.run(&[&["admin"], &command[..]].concat());
            assert_eq!(refused.refused(), "there is no user 999");
        }
        server.stop();
    }

    async fn what_an_admin_command_cannot_do_it_says_in_a_sentence(place: Place) {
        place.serve(CLOCK).stop();
        let refused = |arguments: &[&str]| place.run(&[&["admin"], arguments].concat()).refused().to_owned();
        let permission = refused(&["create-oauth-client", "--name", "A", "--permission", "PROFILE_RAED"]);
        assert!(permission.starts_with("PROFILE_RAED is no permission; there are: EVENT_TYPE_READ, "), "{permission}");
        assert_eq!(refused(&["create-oauth-client", "--name", "A", "--organization", "99"]), "there is no organization 99");
        assert_eq!(refused(&["create-api-key", "--user", "99"]), "there is no user 99");
        assert_eq!(refused(&["create-organization", "--name", "A", "--owner-email", "nonsense"]), "nonsense is no e-mail address");
        let managed = "a+c0123456789abcdefghijklmn@example.com";
        assert!(refused(&["create-organization", "--name", "A", "--owner-email", managed]).contains("managed user"));
        // The bounds of the API.
        let long = "x".repeat(3_000);
        assert_eq!(
            refused(&["create-oauth-client", "--name", &long, "--redirect-uri", &long]),
            "name must be shorter than or equal to 1000 characters; \
             each value in redirectUris must be shorter than or equal to 2048 characters"
        );
        assert_eq!(
            refused(&["create-organization", "--name", &long, "--owner-email", "a@example.com"]),
            "the name must be shorter than or equal to 1000 characters"
        );
        assert!(refused(&["create-organization", "--name", "A", "--owner-email", &format!("{long}@example.com")]).ends_with("is no e-mail address"));
        let arguments = ["create-organization", "--name", "A", "--owner-email", "a@example.com"];
        assert!(place.run(&[&["admin"], &arguments[..]].concat()).status.success());
        assert_eq!(refused(&arguments), "a user with the address a@example.com exists already");
        let arguments = ["create-organization", "--name", "A", "--owner-email", "A@Example.com"];
        assert_eq!(refused(&arguments), "a user with the address A@Example.com exists already");
        assert!(place.run(&["admin", "lock-user", "1"]).status.success());
        let nobody = refused(&["create-api-key"]);
        assert!(nobody.starts_with("organization 1 has no owner or administrator who is not locked"), "{nobody}");
    }

    async fn a_dry_run_of_the_migrations_changes_nothing(place: Place) {
        let dry = place.run(&["migrate", "--dry-run"]);
        assert!(dry.status.success() && dry.stdout.starts_with("would apply 0001_foundation\n"), "{dry:?}");
        assert!(!place.file("slotd-data").exists());
        assert_eq!(place.run(&["migrate", "--dry-run"]).stdout, dry.stdout, "still to be done");
        // A database without tables, as a start that failed early leaves it.
        std::fs::create_dir(place.file("slotd-data")).unwrap();
        let database = place.file("slotd-data/slotd.db");
        std::fs::write(&database, "").unwrap();
        assert_eq!(place.run(&["migrate", "--dry-run"]).stdout, dry.stdout);
        assert_eq!(std::fs::metadata(&database).unwrap().len(), 0);
        let done = place.run(&["migrate"]);
        assert_eq!(done.stdout, dry.stdout.replace("would apply", "applied"));
        let before = std::fs::read(&database).unwrap();
        for arguments in [&["migrate"][..], &["migrate", "--dry-run"]] {
            assert_eq!(place.run(arguments).stdout, "the database schema is up to date\n");
            assert!(std::fs::read(&database).unwrap() == before, "{arguments:?} wrote");
        }
        assert!(!place.file("slotd-data/secret.key").exists(), "a migration sets nothing up");
    }
}

async fn anywhere() -> Place {
    Place::start(Engine::Sqlite).await.unwrap()
}

/// The commands that a help text lists, each with what it says about it.
fn listed(help: &str) -> Vec<(String, String)> {
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    list.take_while(|line| !line.is_empty())
        .map(|line| line.trim().split_once(' ').unwrap())
        .map(|(name, about)| (name.to_owned(), about.trim().to_owned()))
        .filter(|(name, _)| name != "help")
        .collect()
}

/// Also of commands that will be added.
#[tokio::test]
async fn the_help_of_a_command_begins_with_what_it_is_listed_as() {
    let place = anywhere().await;
    let mut waiting = vec![(Vec::new(), "A self-hosted scheduling server".to_owned())];
    let mut seen = Vec::new();
    while let Some((command, about)) = waiting.pop() {
        let arguments: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
        let help = place.run(&arguments);
        assert!(help.status.success() && help.stdout.starts_with(&about), "{help:?}");
        assert!(about.len() > 20, "{command:?} says what it does: {about}");
        for (name, about) in listed(&help.stdout) {
            waiting.push(([command.clone(), vec![name]].concat(), about));
        }
        seen.push(command.join(" "));
    }
    seen.sort();
    let admin = [
        "",
        " create-api-key",
        " create-oauth-client",
        " create-organization",
        " delete-orphaned-users",
        " list-oauth-clients",
        " lock-user",
        " rotate-key",
        " rotate-secret",
        " set-system-admin",
        " unlock-user",
    ];
    let known = admin.map(|name| format!("admin{name}"));
    assert!(known.iter().all(|name| seen.contains(name)), "{seen:?}");
}

#[tokio::test]
async fn every_command_explains_itself() {
    let place = anywhere().await;
    let version = place.run(&["--version"]);
    assert_eq!(version.stdout, format!("slotd {}\n", env!("CARGO_PKG_VERSION")));
    for (command, words) in [
        (
            &[][..],
            &[
                "self-hosted scheduling server",
                "serve",
                "admin",
                "migrate",
                "check-config",
                "openapi",
                "SLOTD_DATA_DIR",
            ][..],
        ),
        (
            &["serve"],
            &[
                "--listen",
                "--clock",
                "--data-dir",
                "--database-url",
                "--key-file",
                "127.0.0.1:3000",
            ],
        ),
        (
            &["admin"],
            &[
                "create-oauth-client",
                "create-api-key",
                "create-organization",
                "lock-user",
                "unlock-user",
                "set-system-admin",
            ],
        ),
        (
            &["admin", "create-oauth-client"],
            &[
                "--name",
                "--redirect-uri",
                "--permission",
                "--default-event-types",
                "--emails",
                "--organization",
                "--json",
            ],
        ),
        (&["admin", "create-api-key"], &["--user", "--expires-in-days", "--json"]),
        (&["admin", "create-organization"], &["--name", "--owner-email"]),
        (&["admin", "list-oauth-clients"], &["--organization", "--json"]),
        (&["admin", "rotate-secret"], &["<CLIENT>", "at once", "--json"]),
        (&["admin", "delete-orphaned-users"], &["--dry-run", "--json"]),
        (
            &["admin", "rotate-key"],
            &["--activate", "--finish", "--status", "--json", "restart every server process"],
        ),
        (&["admin", "lock-user"], &["Id of the user", "every way to authenticate"]),
        (&["admin", "unlock-user"], &["Id of the user"]),
        (&["admin", "set-system-admin"], &["Id of the user", "true|false"]),
        (&["migrate"], &["--dry-run", "schema"]),
        (&["backup"], &["<FILE>", "the key", "slotd.db-wal"]),
        (&["check-config"], &["settings"]),
        (&["openapi"], &["OpenAPI"]),
    ] {
        let help = place.run(&[command, &["--help"]].concat());
        assert!(help.status.success(), "{help:?}");
        for word in words {
            assert!(help.stdout.contains(word), "{word} in {}", help.stdout);
        }
    }
}

#[tokio::test]
async fn options_win_over_variables_and_variables_over_the_file() {
    let place = anywhere().await;
    std::fs::write(
        place.file("slotd.toml"),
        "listen = \"127.0.0.1:1\"\ndata_dir = \"from-file\"\nlog = \"warn\"\n",
    )
    .unwrap();
    let mut command = place.command(&["check-config", "--data-dir", "from-option"]);
    command
        .env("SLOTD_LISTEN", "127.0.0.1:2")
        .env("SLOTD_DATA_DIR", "from-variable")
        .env("SLOTD_UNKNOWN", "x");
    let settings: Value = serde_json::from_str(&Done::of(&mut command).stdout).unwrap();
    assert_eq!(settings["data_dir"], "from-option");
    assert_eq!(settings["listen"], "127.0.0.1:2");
    assert_eq!(settings["log"], "warn");
    assert_eq!(settings["refresh_retry_seconds"], 60, "a default");
    assert!(!place.file("from-option").exists(), "nothing was made");
}

#[tokio::test]
async fn check_config_names_what_is_wrong_and_shows_no_secret() {
    let place = anywhere().await;
    let mut command = place.command(&["check-config"]);
    command
        .env("SLOTD_SECRET_KEY", "A".repeat(43))
        .env("SLOTD_DATABASE_URL", "postgres://me:geheim@db/x");
    let shown = Done::of(&mut command);
    assert!(shown.status.success(), "{shown:?}");
    assert!(!shown.stdout.contains("geheim") && !shown.stdout.contains("AAAA"), "{shown:?}");

    let refused = |name: &str, value: &str| {
        Done::of(place.command(&["check-config"]).env(name, value)).refused().to_owned()
    };
    assert!(
        refused("SLOTD_DATABASE_CONNECTIONS", "0")
            .contains("database_connections must be between 1 and 1000")
    );
    assert!(refused("SLOTD_DATABASE_CONNECTIONS", "many").contains("database_connections"));
    assert!(
        refused("SLOTD_API_KEY_PREFIX", "key_").contains("api_key_prefix must start with cal_")
    );
    assert!(refused("SLOTD_REQUEST_TIMEOUT_SECONDS", "0").contains("time-out"));
    assert!(refused("SLOTD_BOOKING_LIMITS_STATUS", "429").contains("must be 400 or 401"));
    assert!(refused("SLOTD_BLOCKED_EMAILS", "[\"spam\"]").contains("\"spam\", which is no"));
    assert!(refused("SLOTD_ICAL_HOST", "a b").contains("ical_host must be a host name"));
    assert!(refused("SLOTD_LOG", "info,a=b=c").starts_with("log is no level and no directives"));
    let xml = refused("SLOTD_LOG_FORMAT", "xml");
    assert!(xml.ends_with("cannot be xml; it can be: text, json"), "{xml}");
    let traces = if cfg!(feature = "otel") {
        "otlp_endpoint must start with http://"
    } else {
        "otlp_endpoint needs a slotd built with the feature otel"
    };
    assert_eq!(refused("SLOTD_OTLP_ENDPOINT", "https://collector.example.com"), traces);
    let malformed = "secret_key: a key is 32 bytes written as 43 characters of base64url";
    assert_eq!(refused("SLOTD_SECRET_KEY", "geheim"), malformed);
    let missing = place.run(&["check-config", "--config", "nowhere.toml"]);
    assert_eq!(missing.refused(), "there is no settings file nowhere.toml");
}

#[tokio::test]
async fn an_unreadable_settings_file_is_named_and_its_secrets_are_not_shown() {
    let place = anywhere().await;
    for (text, sentence) in [
        ("lisen = \"x\"", "lisen (slotd.toml) is no setting; there are: listen, data_dir, "),
        ("log_format = \"xml\"", "log_format (slotd.toml) cannot be xml; it can be: text, json"),
        ("listen = 3000", "listen (slotd.toml) cannot be read: invalid type: found signed int"),
        ("secret_key = 4711", "secret_key (slotd.toml) cannot be read: it must be a text"),
        ("database_url = [4711]", "database_url (slotd.toml) cannot be read: it must be a text"),
        (
            "log = \"info\"\nsecret_key = x4711",
            "the settings (slotd.toml) cannot be read: TOML parse error at line 2, column 14: ",
        ),
    ] {
        std::fs::write(place.file("slotd.toml"), text).unwrap();
        let done = place.run(&["check-config"]);
        assert!(done.refused().starts_with(sentence), "{sentence} in {done:?}");
        assert!(!done.stderr.contains("4711"), "{done:?}");
    }
}

#[tokio::test]
async fn openapi_prints_the_document_that_the_server_serves() {
    let place = anywhere().await;
    let document = place.json(&["openapi"]);
    assert!(document["paths"]["/v2/me"]["get"].is_object());
    let server = place.serve(CLOCK);
    assert_eq!(server.call("GET", "/openapi.json").send().await.body, document);
    server.stop();
}
