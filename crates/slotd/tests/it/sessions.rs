//! Logging people in, and the apps they authorize.

use serde_json::{Value, json};
use slotd_testkit::on_both_engines;

use crate::process::Place;

const NOW: &str = "2026-03-02T09:15:04Z";

on_both_engines! {
    async fn a_login_address_leads_from_the_command_line_to_an_apps_token(place: Place) {
        let server = place.serve(NOW);
        let callback = "http://127.0.0.1:9/callback";
        let app = place.json(&[
            "admin", "create-oauth2-client", "--name", "Some App", "--redirect-uri", callback, "--scope", "PROFILE_READ",
            "--scope", "PROFILE_READ", "--json",
        ]);
        assert_eq!(app["scopes"], json!(["PROFILE_READ"]));
        let (id, secret) = (app["clientId"].as_str().unwrap(), app["clientSecret"].as_str().unwrap());

        let login = place.json(&["admin", "login-link", "--json"]);
        let address = login["loginLink"].as_str().unwrap();
        let path = address.strip_prefix("http://127.0.0.1:3000").unwrap();
        let cookie = server.call("GET", path).send().await.headers["set-cookie"].clone();
        let cookie = cookie.split(';').next().unwrap();

        let authorize = format!("/v2/auth/oauth2/clients/{id}/authorize");
        let body = json!({ "redirect_uri": callback });
        let answer = server.call("POST", &authorize).header("cookie", cookie).json(&body).send().await;
        let code = answer.headers["location"].split_once("?code=").unwrap().1.to_owned();
        let body = json!({
            "client_id": id, "client_secret": secret, "grant_type": "authorization_code", "code": code,
            "redirect_uri": callback,
        });
        let tokens = server.call("POST", "/v2/auth/oauth2/token").json(&body).send().await;
        let token = tokens.body["access_token"].as_str().unwrap().to_owned();
        let me = async || server.call("GET", "/v2/me").bearer(&token).send().await;
        assert_eq!(me().await.accepted(200)["id"], login["userId"]);

        // Rejected at once, and back.
        assert!(place.run(&["admin", "set-oauth2-client-status", id, "REJECTED"]).status.success());
        let _ = me().await.refused(401);
        let listed = place.json(&["admin", "list-oauth2-clients", "--json"]);
        let expected = json!([{
            "clientId": id, "name": "Some App", "clientType": "CONFIDENTIAL", "status": "REJECTED", "redirectUris": [callback],
            "scopes": ["PROFILE_READ"], "ownerId": login["userId"], "createdAt": listed[0]["createdAt"],
        }]);
        assert_eq!(listed, expected);
        assert!(place.run(&["admin", "set-oauth2-client-status", id, "APPROVED"]).status.success());
        let _ = me().await.accepted(200);
        server.stop();
    }

    async fn sessions_are_listed_and_revoked(place: Place) {
        // By the machine's clock, as the commands.
        let server = place.serve_now();
        let mut cookies = Vec::new();
        for _ in 0..3 {
            let login = place.json(&["admin", "login-link", "--json"]);
            let path = login["loginLink"].as_str().unwrap().strip_prefix("http://127.0.0.1:3000").unwrap().to_owned();
            let answer = server.call("GET", &path).send().await;
            cookies.push(answer.headers["set-cookie"].split(';').next().unwrap().to_owned());
        }
        let is_open = async |cookie: &String| server.call("GET", "/auth/session").header("cookie", cookie).send().await.status == 200;
        let list = || place.json(&["admin", "list-sessions", "--json"]);
        let sessions = list();
        assert_eq!(sessions.as_array().unwrap().len(), 3);
        let texts = sessions.to_string();
        assert!(cookies.iter().all(|cookie| !texts.contains(cookie.split_once('=').unwrap().1)), "{texts}");

        let first = sessions[0]["sessionId"].as_str().unwrap();
        assert!(place.run(&["admin", "revoke-session", first]).status.success());
        assert!(!is_open(&cookies[0]).await && is_open(&cookies[1]).await);
        assert_eq!(place.run(&["admin", "revoke-session", first]).refused(), format!("there is no session {first}"));

        let user = sessions[0]["userId"].to_string();
        let done = place.run(&["admin", "revoke-session", "--user", &user]);
        assert!(done.stdout.contains("sessionsEnded    2"), "{done:?}");
        assert!(!is_open(&cookies[1]).await && !is_open(&cookies[2]).await);
        assert_eq!(list(), json!([]));
        assert_eq!(place.run(&["admin", "revoke-session", "--user", &user]).refused(), format!("user {user} has no session"));
        server.stop();
    }

    async fn what_cannot_be_logged_in_or_registered_is_refused_with_a_sentence(place: Place) {
        let server = place.serve(NOW);
        let (client, secret) = (server.printed("OAuth client id"), server.printed("OAuth client secret"));
        let body = json!({ "email": "alice@example.com", "name": "Alice" });
        let user = server.call("POST", &format!("/v2/oauth-clients/{client}/users")).secret(&secret).json(&body).send().await;
        let managed = user.accepted(201)["user"]["id"].to_string();
        let refused = |arguments: &[&str]| place.run(&[&["admin"], arguments].concat()).refused().to_owned();
        assert!(refused(&["login-link", "--user", &managed]).contains("is a managed user, who never logs in"));
        assert_eq!(refused(&["login-link", "--user", "999"]), "there is no user 999");
        assert_eq!(refused(&["set-oauth2-client-status", "nobody", "APPROVED"]), "there is no OAuth2 client nobody");

        let create = |more: &[&str]| refused(&[&["create-oauth2-client", "--name", "App"], more].concat());
        let uri = ["--redirect-uri", "https://app.example"];
        for bad in ["javascript:alert(1)", "http://app.example", "https://app.example/#x", "app"] {
            let said = create(&["--redirect-uri", bad, "--scope", "*"]);
            assert!(said.starts_with(&format!("{bad} cannot be a redirect URI")), "{said}");
        }
        let eleven: Vec<&str> = std::iter::repeat_n(uri, 11).flatten().chain(["--scope", "*"]).collect();
        assert_eq!(create(&eleven), "an app has at most 10 redirect URIs");
        let said = create(&[&uri[..], &["--scope", "PROFILE_RAED"]].concat());
        assert!(said.starts_with("PROFILE_RAED is no scope; there are: EVENT_TYPE_READ"), "{said}");
        assert_eq!(create(&[&uri[..], &["--scope", "*", "--owner", "999"]].concat()), "there is no user 999");
        let long = "x".repeat(1_001);
        let said = create(&[&uri[..], &["--scope", "*", "--logo", &long]].concat());
        assert!(said.starts_with("the logo must be shorter"), "{said}");

        let public: Value = place.json(&[&["admin", "create-oauth2-client", "--name", "App", "--public", "--scope", "*", "--json"][..], &uri].concat());
        assert_eq!((&public["clientType"], &public["clientSecret"]), (&json!("PUBLIC"), &Value::Null));
        assert_eq!(public["scopes"].as_array().unwrap().len(), 35);
        server.stop();
    }
}

#[tokio::test]
async fn a_public_address_is_what_login_addresses_begin_with() {
    let place = Place::start(slotd_testkit::Engine::Sqlite).await.unwrap();
    let with_url = |url: &str, arguments: &[&str]| {
        crate::process::Done::of(place.command(arguments).env("SLOTD_PUBLIC_URL", url))
    };
    let done = with_url("https://slotd.example.com", &["admin", "login-link"]);
    assert!(done.stdout.contains("https://slotd.example.com/auth/login/"), "{done:?}");
    for wrong in
        ["https://slotd.example.com/", "slotd.example.com", "ftp://x.example", "https://x/y"]
    {
        let refused = with_url(wrong, &["check-config"]);
        assert!(refused.refused().starts_with("public_url must be like"), "{wrong}: {refused:?}");
    }
}
