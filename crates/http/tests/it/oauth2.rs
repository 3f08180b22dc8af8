//! Third-party apps (section 7 of the platform rules).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use serde_json::{Value, json};
use slotd_domain::oauth2::ClientType::{Confidential, Public};
use slotd_domain::{MembershipId, OAuth2ClientId, OrganizationId, Role, UserId};
use slotd_store::{Sequence, oauth2, organizations, users};
use slotd_testkit::{Answer, TestServer, on_both_engines};

use crate::sessions::{FORM, field, form};

const URI: &str = "https://app.example/callback";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

type App = (String, String);

async fn authorize(server: &TestServer, id: &str, cookie: &str, body: Value) -> Answer {
    let mut whole = json!({ "redirect_uri": URI });
    whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    let path = format!("/v2/auth/oauth2/clients/{id}/authorize");
    server.call("POST", &path).header("cookie", cookie).json(&whole).send().await
}

/// The parameters of the address that an answer leads to.
fn parameters(answer: &Answer) -> Value {
    assert_eq!(answer.status, 303, "{}", answer.text);
    let url = url::Url::parse(&answer.headers["location"]).unwrap();
    let pairs = url.query_pairs().map(|(name, value)| (name.into_owned(), json!(value)));
    Value::Object(pairs.collect())
}

async fn code(server: &TestServer, id: &str, cookie: &str, body: Value) -> String {
    let answer = authorize(server, id, cookie, body).await;
    parameters(&answer)["code"]
        .as_str()
        .unwrap_or_else(|| panic!("{:?}", answer.headers))
        .to_owned()
}

async fn token(server: &TestServer, body: &Value) -> Answer {
    server.call("POST", "/v2/auth/oauth2/token").json(body).send().await
}

fn with_code(app: &App, code: &str) -> Value {
    json!({
        "client_id": app.0, "client_secret": app.1, "grant_type": "authorization_code", "code": code,
        "redirect_uri": URI,
    })
}

fn with_refresh_token(app: &App, tokens: &Value) -> Value {
    json!({
        "client_id": app.0, "client_secret": app.1, "grant_type": "refresh_token",
        "refresh_token": tokens["refresh_token"],
    })
}

/// Fails unless the answer is an error of the token endpoint, and returns its description.
#[track_caller]
fn failed<'a>(answer: &'a Answer, status: u16, code: &str) -> &'a str {
    assert_eq!(
        (answer.status, answer.body["error"].as_str()),
        (status, Some(code)),
        "{}",
        answer.text
    );
    assert_eq!(answer.body.as_object().unwrap().len(), 2, "{}", answer.text);
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.headers["pragma"], "no-cache");
    answer.body["error_description"].as_str().unwrap()
}

fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

async fn me(server: &TestServer, tokens: &Value) -> Answer {
    server.call("GET", "/v2/me").bearer(tokens["access_token"].as_str().unwrap()).send().await
}

async fn set_status(server: &TestServer, app: &App, status: &'static str) {
    let id = OAuth2ClientId::new(app.0.clone());
    server
        .write(move |conn| {
            let id = id.clone();
            Box::pin(async move { oauth2::set_status(conn, &id, status).await.map(drop) })
        })
        .await;
}

async fn lock(server: &TestServer, user: UserId) {
    let now = server.now();
    server
        .write(move |conn| {
            Box::pin(async move { users::set_locked(conn, user, Some(now)).await.map(drop) })
        })
        .await;
}

on_both_engines! {
    /// O2-1, section 6
    async fn everybody_who_is_known_may_ask_about_an_app(server: TestServer) {
        let world = server.world().await;
        let app = server.new_app(world.owner, Confidential, Some(&["PROFILE_READ"])).await;
        let path = format!("/v2/auth/oauth2/clients/{}", app.0);
        let _ = server.call("GET", &path).send().await.refused(401);
        let answer = server.call("GET", &path).bearer(&world.key).send().await;
        let expected = json!({
            "client_id": app.0, "redirect_uri": URI, "redirect_uris": [URI, "com.example.app:/callback"],
            "name": "Some <App>", "logo": null, "is_trusted": false, "client_type": "CONFIDENTIAL",
        });
        assert_eq!(answer.accepted(200), &expected);
        let by_client = server.call("GET", &path).header("x-cal-client-id", &world.client).secret(&world.secret);
        assert_eq!(by_client.send().await.accepted(200), &expected);

        for unknown in ["nobody", "%00", "%FF", &world.client] {
            let path = format!("/v2/auth/oauth2/clients/{unknown}");
            let _ = server.call("GET", &path).bearer(&world.key).send().await.refused(404);
            let atoms = server.call("GET", &format!("/v2/atoms/auth/oauth2/clients/{unknown}")).send().await;
            assert_eq!(atoms.refused(404), "unauthorized_client");
        }
        let atoms = server.call("GET", &format!("/v2/atoms/auth/oauth2/clients/{}", app.0)).send().await;
        assert_eq!(atoms.accepted(200), &json!({ "clientId": app.0, "organizationId": null }));
    }

    /// O2-2, O2-4, O2-5, O2-7, AU-9
    async fn a_code_becomes_tokens_that_work_for_what_was_allowed(server: TestServer) {
        let world = server.world().await;
        let app = server.new_app(world.owner, Confidential, Some(&["PROFILE_READ", "BOOKING_READ"])).await;
        let cookie = server.new_session(world.owner).await;
        let state = "a b&c=ü/%#";
        let answer = authorize(&server, &app.0, &cookie, json!({ "scopes": ["PROFILE_READ"], "state": state })).await;
        let sent = parameters(&answer);
        assert_eq!(sent["state"], state);
        let code = sent["code"].as_str().unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(code).unwrap().len(), 40);

        let answer = token(&server, &with_code(&app, code)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!((&*answer.headers["cache-control"], &*answer.headers["pragma"]), ("no-store", "no-cache"));
        let tokens = &answer.body;
        assert_eq!(tokens.as_object().unwrap().len(), 5);
        assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("bearer"), &json!(1800)));
        assert_eq!(tokens["scope"], "PROFILE_READ");
        let now = server.now().as_second();
        let mut expected = json!({
            "userId": world.owner.0, "teamId": null, "scope": ["PROFILE_READ"], "token_type": "Access Token",
            "clientId": app.0, "iat": now, "exp": now + 1800,
        });
        assert_eq!(claims(&tokens["access_token"]), expected);
        let refresh = claims(&tokens["refresh_token"]);
        expected["token_type"] = json!("Refresh Token");
        expected["exp"] = json!(now + 30 * 24 * 3600);
        expected["secret"] = refresh["secret"].clone();
        assert_eq!(refresh, expected);
        assert_eq!(me(&server, tokens).await.accepted(200)["id"], world.owner.0);
    }

    /// O2-6, VA-1
    async fn the_token_endpoint_takes_forms_and_json_alike(server: TestServer) {
        let world = server.world().await;
        let app = server.new_app(world.owner, Confidential, Some(&["PROFILE_READ"])).await;
        let cookie = server.new_session(world.owner).await;
        let code = code(&server, &app.0, &cookie, json!({})).await;
        let fields = [
            ("client_id", &*app.0), ("client_secret", &*app.1), ("grant_type", "authorization_code"),
            ("code", &*code), ("redirect_uri", URI), ("code_verifier", ""),
        ];
        let post = |fields: &[(&str, &str)]| {
            server.call("POST", "/v2/auth/oauth2/token").body("application/x-www-form-urlencoded; charset=utf-8", form(fields)).send()
        };
        let twice = [&fields[..], &[("code", "again")]].concat();
        assert_eq!(failed(&post(&twice).await, 400, "invalid_request"), "code is given more than once");
        let more = [&fields[..], &[("scope", "PROFILE_READ")]].concat();
        let _ = failed(&post(&more).await, 400, "invalid_request");
        let answer = post(&fields).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.body["scope"], "PROFILE_READ");
    }

    /// O2-6, O2-9, EN-13
    async fn a_request_that_is_not_complete_is_told_what_is_missing(server: TestServer) {
        let world = server.world().await;
        let app = server.new_app(world.owner, Confidential, Some(&["PROFILE_READ"])).await;
        let public = server.new_app(world.owner, Public, Some(&["PROFILE_READ"])).await;
        let whole = with_code(&app, "code");
        let without = |name: &str| {
            let mut body = whole.clone();
            body.as_object_mut().unwrap().remove(name);
            body
        };
        let with = |name: &str, value: Value| {
            let mut body = whole.clone();
            body[name] = value;
            body
        };
        let public_with_both = json!({
            "client_id": public.0, "client_secret": "x", "code_verifier": VERIFIER, "code": "x", "redirect_uri": URI,
            "grant_type": "authorization_code",
        });
        for (body, expected) in [
            (json!({}), "client_id is required"),
            (json!([]), "client_id is required"),
            (without("client_id"), "client_id is required"),
            (without("grant_type"), "grant_type is required"),
            (with("grant_type", json!("password")), "grant_type must be 'authorization_code' or 'refresh_token'"),
            (without("code"), "code is required"),
            (with("code", json!("")), "code is required"),
            (without("redirect_uri"), "redirect_uri is required"),
            (without("client_secret"), "client_secret or code_verifier is required"),
            (with("client_id", json!(5)), "client_id must be a string"),
            (with("code", Value::Null), "code must be a string"),
            (with("refresh_token", json!("x")), "refresh_token does not belong to this grant_type"),
            (with("extra", json!("x")), "the request has a field that is not known"),
            (public_with_both, "a public client sends code_verifier and no client_secret"),
            (json!({ "client_id": app.0, "grant_type": "refresh_token" }), "refresh_token is required"),
            (
                json!({ "client_id": app.0, "grant_type": "refresh_token", "refresh_token": "x", "code": "x" }),
                "code does not belong to this grant_type",
            ),
        ] {
            assert_eq!(failed(&token(&server, &body).await, 400, "invalid_request"), expected, "{body}");
        }
        let post = |kind: &'static str, body: Vec<u8>| server.call("POST", "/v2/auth/oauth2/token/").body(kind, body).send();
        let _ = failed(&post("application/json", b"{bad".to_vec()).await, 400, "invalid_request");
        let _ = failed(&post("application/json", b"5".to_vec()).await, 400, "invalid_request");
        let _ = failed(&post("text/plain", b"client_id=x".to_vec()).await, 400, "invalid_request");
        let _ = failed(&post(FORM, vec![b'x'; 200 * 1024]).await, 413, "invalid_request");
        let _ = server.call("GET", "/v2/auth/oauth2/token").send().await.refused(404);
    }

    /// O2-5, O2-8, O2-9
    async fn only_the_client_itself_exchanges_anything(server: TestServer) {
        let world = server.world().await;
        let app = server.new_app(world.owner, Confidential, Some(&["PROFILE_READ"])).await;
        let other = server.new_app(world.owner, Confidential, Some(&["PROFILE_READ"])).await;
        let public = server.new_app(world.owner, Public, Some(&["PROFILE_READ"])).await;
        let cookie = server.new_session(world.owner).await;
        let code = code(&server, &app.0, &cookie, json!({})).await;
        for (client, secret, expected) in [
            ("nobody", &*app.1, "client_not_found"),
            ("no\0body", &*app.1, "client_not_found"),
            (&*app.0, "wrong", "invalid_client_credentials"),
            (&*public.0, &*app.1, "invalid_client_credentials"),
        ] {
            let body = with_code(&(client.to_owned(), secret.to_owned()), &code);
            assert_eq!(failed(&token(&server, &body).await, 401, "invalid_client"), expected, "{client:?}");
        }
        let body = json!({
            "client_id": app.0, "code_verifier": VERIFIER, "grant_type": "authorization_code", "code": code, "redirect_uri": URI,
        });
        assert_eq!(failed(&token(&server, &body).await, 401, "invalid_client"), "invalid_client_credentials");
        let foreign = token(&server, &with_code(&other, &code)).await;
        assert_eq!(failed(&foreign, 400, "invalid_grant"), "code_invalid_or_expired");

        let tokens = token(&server, &with_code(&app, &code)).await.body;
        let foreign = token(&server, &with_refresh_token(&other, &tokens)).await;
        assert_eq!(failed(&foreign, 400, "invalid_grant"), "client_id_mismatch");
        let nobody = token(&server, &with_refresh_token(&("nobody".to_owned(), String::new()), &tokens)).await;
        assert_eq!(failed(&nobody, 401, "invalid_client"), "client_not_found");
        for unreadable in [json!("x"), tokens["access_token"].clone(), json!("a.b.c")] {
            let answer = token(&server, &with_refresh_token(&app, &json!({ "refresh_token": unreadable }))).await;
            assert_eq!(failed(&answer, 400, "invalid_grant"), "invalid_refresh_token");
        }
    }

    /// O2-4, O2-5
    async fn a_code_is_single_use_short_lived_and_bound_to_its_address(server: TestServer) {
        let world = server.world().await;
        let app = server.new_app(world.owner, Confidential, Some(&["PROFILE_READ"])).await;
        let cookie = server.new_session(world.owner).await;
        let first = code(&server, &app.0, &cookie, json!({})).await;
        let mut elsewhere = with_code(&app, &first);
        elsewhere["redirect_uri"] = json!("com.example.app:/callback");
        assert_eq!(failed(&token(&server, &elsewhere).await, 400, "invalid_grant"), "redirect_uri_mismatch");
        let unknown = token(&server, &with_code(&app, "unknown")).await;
        assert_eq!(failed(&unknown, 400, "invalid_grant"), "code_invalid_or_expired");

        let tokens = token(&server, &with_code(&app, &first)).await.body;
        assert_eq!(me(&server, &tokens).await.status, 200);
        let again = token(&server, &with_code(&app, &first)).await;
        assert_eq!(failed(&again, 400, "invalid_grant"), "code_invalid_or_expired");
        // Two had the code: what the first one got is taken back (RFC 6749, 4.1.2).
        let _ = me(&server, &tokens).await.refused(401);
        let refreshed = token(&server, &with_refresh_token(&app, &tokens)).await;
        assert_eq!(failed(&refreshed, 400, "invalid_grant"), "refresh_token_revoked");
        // It stays taken back when the user allows the app again.
        server.advance(SignedDuration::from_secs(1));
        let new = server.app_tokens(&app, &cookie, &[]).await;
        let _ = me(&server, &tokens).await.refused(401);
        server.advance(SignedDuration::from_secs(1));
        let newer = server.app_tokens(&app, &cookie, &[]).await;
        for tokens in [&new, &newer] {
            assert_eq!(me(&server, tokens).await.status, 200, "allowing it twice ends no access token");
        }

        let second = code(&server, &app.0, &cookie, json!({})).await;
        server.advance(SignedDuration::from_mins(10));
        let late = token(&server, &with_code(&app, &second)).await;
        assert_eq!(failed(&late, 400, "invalid_grant"), "code_invalid_or_expired");
    }

    /// O2-3, O2-5, O2-6
    async fn an_app_without_a_secret_proves_itself_by_pkce(server: TestServer) {
        let world = server.world().await;
        let public = server.new_app(world.owner, Public, Some(&["PROFILE_READ"])).await;
        let cookie = server.new_session(world.owner).await;
        let long = "x".repeat(44);
        for challenge in [
            json!({}),
            json!({ "code_challenge": CHALLENGE }),
            json!({ "code_challenge": CHALLENGE, "code_challenge_method": "plain" }),
            json!({ "code_challenge_method": "S256" }),
            json!({ "code_challenge": long, "code_challenge_method": "S256" }),
            json!({ "code_challenge": CHALLENGE.replace('-', "+"), "code_challenge_method": "S256" }),
        ] {
            let answer = authorize(&server, &public.0, &cookie, challenge.clone()).await;
            assert_eq!(parameters(&answer)["error"], "invalid_request", "{challenge}");
        }
        let challenge = json!({ "code_challenge": CHALLENGE, "code_challenge_method": "S256" });
        let first = code(&server, &public.0, &cookie, challenge.clone()).await;
        let with = |code: &str, verifier: &str| json!({
            "client_id": public.0, "grant_type": "authorization_code", "code": code, "redirect_uri": URI,
            "code_verifier": verifier,
        });
        let wrong = token(&server, &with(&first, &"x".repeat(43))).await;
        assert_eq!(failed(&wrong, 400, "invalid_grant"), "pkce_verification_failed");
        let tokens = token(&server, &with(&first, VERIFIER)).await.body;
        assert_eq!(me(&server, &tokens).await.status, 200);
        let refresh = json!({
            "client_id": public.0, "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"],
        });
        assert_eq!(token(&server, &refresh).await.status, 200);

        // A confidential client that sent a challenge needs the verifier, too; one
        // that sent none must not have one.
        let app = server.new_app(world.owner, Confidential, Some(&["PROFILE_READ"])).await;
        let second = code(&server, &app.0, &cookie, challenge).await;
        let without = token(&server, &with_code(&app, &second)).await;
        assert_eq!(failed(&without, 400, "invalid_grant"), "pkce_verification_failed");
        let mut both = with_code(&app, &second);
        both["code_verifier"] = json!(VERIFIER);
        assert_eq!(token(&server, &both).await.status, 200);
        let third = code(&server, &app.0, &cookie, json!({})).await;
        let mut both = with_code(&app, &third);
        both["code_verifier"] = json!(VERIFIER);
        assert_eq!(failed(&token(&server, &both).await, 400, "invalid_grant"), "pkce_verification_failed");
    }

    /// O2-8
    async fn a_refresh_token_works_once_and_the_newest_one_only(server: TestServer) {
        let world = server.world().await;
        let app = server.new_app(world.owner, Confidential, Some(&["PROFILE_READ"])).await;
        let cookie = server.new_session(world.owner).await;
        let first = server.app_tokens(&app, &cookie, &["PROFILE_READ"]).await;
        let second = token(&server, &with_refresh_token(&app, &first)).await;
        assert_eq!((second.status, &second.body["scope"]), (200, &json!("PROFILE_READ")));
        assert_eq!(me(&server, &second.body).await.status, 200);
        assert_eq!(me(&server, &first).await.status, 200, "access tokens live their 30 minutes");
        let again = token(&server, &with_refresh_token(&app, &first)).await;
        assert_eq!(failed(&again, 400, "invalid_grant"), "refresh_token_revoked");
        assert_eq!(token(&server, &with_refresh_token(&app, &second.body)).await.status, 200);

        // Authorized again: the older refresh token ends.
        let third = server.app_tokens(&app, &cookie, &["PROFILE_READ"]).await;
        let fourth = server.app_tokens(&app, &cookie, &["PROFILE_READ"]).await;
        let old = token(&server, &with_refresh_token(&app, &third)).await;
        assert_eq!(failed(&old, 400, "invalid_grant"), "refresh_token_revoked");
        server.advance(SignedDuration::from_hours(30 * 24));
        let late = token(&server, &with_refresh_token(&app, &fourth)).await;
        assert_eq!(failed(&late, 400, "invalid_grant"), "invalid_refresh_token");
    }

    /// O2-10
    async fn an_expired_access_token_is_not_known(server: TestServer) {
        let world = server.world().await;
        let app = server.new_app(world.owner, Confidential, Some(&["PROFILE_READ"])).await;
        let cookie = server.new_session(world.owner).await;
        let tokens = server.app_tokens(&app, &cookie, &["PROFILE_READ"]).await;
        let refresh = json!({ "access_token": tokens["refresh_token"] });
        assert_eq!(me(&server, &refresh).await.refused(401), "Invalid Access Token.");
        server.advance(SignedDuration::from_secs(1799));
        assert_eq!(me(&server, &tokens).await.status, 200);
        server.advance(SignedDuration::from_secs(1));
        assert_eq!(me(&server, &tokens).await.refused(401), "Invalid Access Token.");
    }

    /// O2-12, O2-14, PM-1, AU-10
    async fn scopes_limit_an_app_and_nothing_else_does(server: TestServer) {
        // The client's permissions do not matter to an app, nor does the origin.
        let world = server.world_with(slotd_domain::Permissions::NONE, &[]).await;
        let app = server.new_app(world.owner, Confidential, Some(&["PROFILE_READ", "BOOKING_READ"])).await;
        let cookie = server.new_session(world.owner).await;
        let narrow = server.app_tokens(&app, &cookie, &["BOOKING_READ"]).await;
        assert_eq!(
            me(&server, &narrow).await.refused(403),
            "insufficient_scope: token does not have the required scopes. Required: PROFILE_READ. Token has: BOOKING_READ"
        );
        let wide = server.app_tokens(&app, &cookie, &[]).await;
        assert_eq!(wide["scope"], "PROFILE_READ BOOKING_READ", "all that is registered");
        let call = server.call("GET", "/v2/me").bearer(wide["access_token"].as_str().unwrap());
        assert_eq!(call.header("origin", "https://anywhere.example").send().await.status, 200);
        let call = server.call("PATCH", "/v2/me").bearer(wide["access_token"].as_str().unwrap());
        assert!(call.json(&json!({ "name": "X" })).send().await.refused(403).contains("Required: PROFILE_WRITE."));
        let call = server.call("GET", "/v2/oauth-clients").bearer(wide["access_token"].as_str().unwrap());
        assert_eq!(
            call.send().await.refused(403),
            "insufficient_scope: this endpoint is not available for third-party OAuth tokens"
        );
    }

    /// O2-11
    async fn an_app_without_registered_scopes_is_not_limited(server: TestServer) {
        let world = server.world().await;
        let app = server.new_app(world.owner, Confidential, None).await;
        let cookie = server.new_session(world.owner).await;
        let tokens = server.app_tokens(&app, &cookie, &[]).await;
        assert_eq!((&tokens["scope"], &claims(&tokens["access_token"])["scope"]), (&json!(""), &json!([])));
        assert_eq!(me(&server, &tokens).await.status, 200);
        let bearer = tokens["access_token"].as_str().unwrap();
        let member = server.new_person(Some((world.organization, Role::Member, true))).await;
        let clients = server.call("GET", &format!("/v2/oauth-clients/{}/users", world.client)).bearer(bearer).send().await;
        let _ = clients.accepted(200);
        // With the rights of its user, not more.
        let tokens = server.app_tokens(&app, &server.new_session(member).await, &[]).await;
        let bearer = tokens["access_token"].as_str().unwrap();
        let users = server.call("GET", &format!("/v2/oauth-clients/{}/users", world.client)).bearer(bearer).send().await;
        let _ = users.refused(403);
        // An app with registered scopes that are none any more may do nothing.
        let stale = server.new_app(world.owner, Confidential, Some(&["GONE"])).await;
        let tokens = server.app_tokens(&stale, &cookie, &[]).await;
        let _ = me(&server, &tokens).await.refused(403);
    }

    /// O2-3
    async fn what_cannot_be_trusted_is_told_to_the_person_and_the_rest_to_the_app(server: TestServer) {
        let world = server.world().await;
        let stranger = server.new_person(None).await;
        let app = server.new_app(world.owner, Confidential, Some(&["PROFILE_READ"])).await;
        let (cookie, other) = (server.new_session(world.owner).await, server.new_session(stranger).await);
        let _ = authorize(&server, &app.0, "", json!({})).await.refused(401);
        let _ = authorize(&server, "nobody", &cookie, json!({})).await.refused(404);
        for uri in ["https://evil.example", "https://app.example/callback?x=1", "https://app.example/callback/"] {
            let _ = authorize(&server, &app.0, &cookie, json!({ "redirect_uri": uri })).await.refused(400);
        }
        assert_eq!(authorize(&server, &app.0, &cookie, json!({ "redirect_uri": 5, "scopes": "x" })).await.invalid_fields(), ["redirect_uri", "scopes"]);
        for (body, error) in [
            (json!({ "scopes": ["BOOKING_READ"] }), "invalid_scope"),
            (json!({ "scopes": ["PROFILE_READ", "no <such> scope"] }), "invalid_scope"),
            (json!({ "team_slug": "nowhere" }), "access_denied"),
        ] {
            let mut body = body;
            body["state"] = json!("s");
            let sent = parameters(&authorize(&server, &app.0, &cookie, body.clone()).await);
            assert_eq!((&sent["error"], &sent["state"]), (&json!(error), &json!("s")), "{body}");
            assert!(sent["error_description"].is_string());
        }

        set_status(&server, &app, "PENDING").await;
        let _ = authorize(&server, &app.0, &other, json!({})).await.refused(401);
        let tokens = server.app_tokens(&app, &cookie, &[]).await;
        assert_eq!(me(&server, &tokens).await.status, 200, "its owner may use it before");
        set_status(&server, &app, "REJECTED").await;
        let sent = parameters(&authorize(&server, &app.0, &cookie, json!({})).await);
        assert_eq!(sent["error"], "unauthorized_client");
        let _ = me(&server, &tokens).await.refused(401);
        let refused = token(&server, &with_refresh_token(&app, &tokens)).await;
        assert_eq!(failed(&refused, 401, "unauthorized_client"), "client_rejected");
    }

    /// O2-3: tokens of everybody but the owner stop when an app is not approved any more.
    async fn an_app_that_waits_for_approval_works_for_its_owner_only(server: TestServer) {
        let world = server.world().await;
        let stranger = server.new_person(None).await;
        let app = server.new_app(world.owner, Confidential, Some(&["PROFILE_READ"])).await;
        let cookie = server.new_session(stranger).await;
        let tokens = server.app_tokens(&app, &cookie, &[]).await;
        let code = code(&server, &app.0, &cookie, json!({})).await;
        set_status(&server, &app, "PENDING").await;
        let _ = me(&server, &tokens).await.refused(401);
        let refused = token(&server, &with_refresh_token(&app, &tokens)).await;
        assert_eq!(failed(&refused, 401, "unauthorized_client"), "client_not_approved");
        let refused = token(&server, &with_code(&app, &code)).await;
        assert_eq!(failed(&refused, 401, "unauthorized_client"), "client_not_approved");
        set_status(&server, &app, "APPROVED").await;
        assert_eq!(token(&server, &with_code(&app, &code)).await.status, 200);
    }

    /// O2-3, O2-7
    async fn an_app_can_be_authorized_for_a_team_by_its_administrators(server: TestServer) {
        let world = server.world().await;
        let member = server.new_person(Some((world.organization, Role::Member, true))).await;
        let team = OrganizationId(server.app.store.next_id(Sequence::Team).await.unwrap());
        let seats = [
            MembershipId(server.app.store.next_id(Sequence::Membership).await.unwrap()),
            MembershipId(server.app.store.next_id(Sequence::Membership).await.unwrap()),
        ];
        let (owner, organization, now) = (world.owner, world.organization, server.now());
        server.write(move |conn| Box::pin(async move {
            organizations::insert_team(conn, team, organization, "Team", "the-team", None, now).await?;
            organizations::insert_membership(conn, seats[0], team, owner, "ADMIN", true, now).await?;
            organizations::insert_membership(conn, seats[1], team, member, "MEMBER", true, now).await.map(drop)
        })).await;
        let app = server.new_app(world.owner, Confidential, Some(&["TEAM_PROFILE_READ"])).await;
        let for_team = json!({ "team_slug": "the-team" });
        let denied = authorize(&server, &app.0, &server.new_session(member).await, for_team.clone()).await;
        assert_eq!(parameters(&denied)["error"], "access_denied");
        let cookie = server.new_session(world.owner).await;
        let code = code(&server, &app.0, &cookie, for_team).await;
        let tokens = token(&server, &with_code(&app, &code)).await.body;
        assert_eq!(claims(&tokens["access_token"])["teamId"], team.0);
        // A grant for a team and one for oneself stand beside one another (O2-8).
        let own = server.app_tokens(&app, &cookie, &[]).await;
        assert_eq!(token(&server, &with_refresh_token(&app, &tokens)).await.status, 200);
        assert_eq!(token(&server, &with_refresh_token(&app, &own)).await.status, 200);
    }

    /// AU-16
    async fn a_locked_users_apps_are_locked_out(server: TestServer) {
        let world = server.world().await;
        let app = server.new_app(world.owner, Confidential, Some(&["PROFILE_READ"])).await;
        let person = server.new_person(None).await;
        let cookie = server.new_session(person).await;
        let tokens = server.app_tokens(&app, &cookie, &[]).await;
        let code = code(&server, &app.0, &cookie, json!({})).await;
        lock(&server, person).await;
        let _ = me(&server, &tokens).await.refused(401);
        let _ = failed(&token(&server, &with_refresh_token(&app, &tokens)).await, 400, "invalid_grant");
        let _ = failed(&token(&server, &with_code(&app, &code)).await, 400, "invalid_grant");
    }

    /// O2-2, O2-3
    async fn the_consent_page_asks_and_does_what_the_person_decides(server: TestServer) {
        let world = server.world().await;
        let app = server.new_app(world.owner, Confidential, Some(&["PROFILE_READ", "BOOKING_READ"])).await;
        let cookie = server.new_session(world.owner).await;
        let query = |more: &[(&str, &str)]| {
            let fields = [&[("client_id", &*app.0), ("redirect_uri", URI), ("response_type", "code")][..], more].concat();
            format!("/auth/oauth2/authorize?{}", String::from_utf8(form(&fields)).unwrap())
        };
        let get = |path: String| server.call("GET", &path).header("cookie", &cookie).send();
        let nobody = server.call("GET", &query(&[])).send().await;
        assert_eq!(nobody.status, 401);
        assert!(nobody.text.contains("You are not logged in"), "{}", nobody.text);

        let state = "\"><script>alert(1)</script>";
        let page = get(query(&[("scope", "PROFILE_READ"), ("state", state)])).await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.text.contains("Some &#60;App&#62;"), "{}", page.text);
        assert!(page.text.contains("see your name, e-mail address"), "{}", page.text);
        assert!(!page.text.contains("see your bookings"), "{}", page.text);
        assert!(!page.text.contains("<script"), "{}", page.text);
        let policy = &page.headers["content-security-policy"];
        assert!(policy.contains("form-action 'self' https://app.example;"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(page.headers["x-frame-options"], "DENY");

        let own = field(&page, "form_token");
        let post = |token: &str, decision: &str| {
            let fields = form(&[
                ("form_token", token), ("client_id", &app.0), ("redirect_uri", URI), ("response_type", "code"),
                ("scope", "PROFILE_READ"), ("state", state), ("decision", decision),
            ]);
            server.call("POST", "/auth/oauth2/authorize").header("cookie", &cookie).body(FORM, fields).send()
        };
        assert_eq!(post("", "allow").await.status, 403);
        assert_eq!(post("forged", "allow").await.status, 403);
        let stranger = server.new_session(server.new_person(None).await).await;
        let foreign = server.call("GET", &query(&[])).header("cookie", &stranger).send().await;
        assert_eq!(post(&field(&foreign, "form_token"), "allow").await.status, 403);
        assert_eq!(post(&own, "").await.status, 400);

        let denied = parameters(&post(&own, "deny").await);
        assert_eq!((&denied["error"], &denied["state"]), (&json!("access_denied"), &json!(state)));
        let allowed = parameters(&post(&own, "allow").await);
        assert_eq!(allowed["state"], state);
        let tokens = token(&server, &with_code(&app, allowed["code"].as_str().unwrap())).await;
        assert_eq!(tokens.body["scope"], "PROFILE_READ", "{}", tokens.text);

        let other_flow = get(query(&[]).replace("response_type=code", "response_type=token")).await;
        assert_eq!(parameters(&other_flow)["error"], "unsupported_response_type");
        let long = "x".repeat(3_000);
        for (path, status) in [
            ("/auth/oauth2/authorize".to_owned(), 400),
            (query(&[("state", "a"), ("state", "b")]), 400),
            (query(&[("state", &long)]), 400),
            (query(&[("team_slug", "\0")]), 400),
            (query(&[]).replace("app.example", "evil.example"), 400),
            (query(&[]).replace(&app.0, "nobody"), 404),
        ] {
            let page = get(path.clone()).await;
            assert_eq!(page.status, status, "{path}: {}", page.text);
            assert!(page.text.contains("<h1>") && !page.headers.contains_key("location"), "{path}");
        }
    }

    /// O2-11
    async fn the_consent_page_warns_of_an_app_without_limits(server: TestServer) {
        let world = server.world().await;
        let app = server.new_app(world.owner, Confidential, None).await;
        let cookie = server.new_session(world.owner).await;
        let fields = form(&[("client_id", &*app.0), ("redirect_uri", "com.example.app:/callback"), ("response_type", "code")]);
        let path = format!("/auth/oauth2/authorize?{}", String::from_utf8(fields).unwrap());
        let page = server.call("GET", &path).header("cookie", &cookie).send().await;
        assert!(page.text.contains("asks for everything that you can do yourself"), "{}", page.text);
        let policy = &page.headers["content-security-policy"];
        assert!(policy.contains("form-action 'self' com.example.app:;"), "{policy}");
    }
}
