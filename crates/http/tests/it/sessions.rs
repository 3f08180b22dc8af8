//! Sessions in a browser, and the authorization-code flow of platform clients that
//! needs them (section 5 of the platform rules).

use jiff::SignedDuration;
use serde_json::{Value, json};
use slotd_domain::UserId;
use slotd_http::Settings;
use slotd_store::{ServerKey, ServerKeys, users};
use slotd_testkit::{Answer, Engine, TestServer, World, on_both_engines};

/// A server that people reach over https.
struct Https(TestServer);

impl Https {
    async fn start(engine: Engine) -> Option<Self> {
        let settings = Settings {
            public_url: "https://slotd.example.com".to_owned(),
            ..TestServer::settings()
        };
        TestServer::start_with(engine, settings, axum::Router::new()).await.map(Self)
    }
}

/// The value of a hidden field of a page's form.
pub(crate) fn field(page: &Answer, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.text.split_once(&start).unwrap_or_else(|| panic!("{name}: {}", page.text));
    rest.split('"').next().unwrap().replace("&#38;", "&")
}

pub(crate) fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(fields);
    body.finish().into_bytes()
}

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

async fn login_path(server: &TestServer, user: UserId) -> String {
    slotd_http::new_login_address(&server.app.store, user, server.now()).await.unwrap()
}

async fn page(server: &TestServer, path: &str, cookie: &str) -> Answer {
    server.call("GET", path).header("cookie", cookie).send().await
}

async fn lock(server: &TestServer, user: UserId) {
    let now = server.now();
    server
        .write(move |conn| {
            Box::pin(async move { users::set_locked(conn, user, Some(now)).await.map(drop) })
        })
        .await;
}

async fn authorize(server: &TestServer, world: &World, cookie: &str, uri: &Value) -> Answer {
    let path = format!("/v2/oauth/{}/authorize", world.client);
    let body = json!({ "redirectUri": uri });
    server.call("POST", &path).header("cookie", cookie).json(&body).send().await
}

async fn exchange(server: &TestServer, client: &str, code: &str, secret: &str) -> Answer {
    let path = format!("/v2/oauth/{client}/exchange");
    server.call("POST", &path).bearer(code).json(&json!({ "clientSecret": secret })).send().await
}

fn code(answer: &Answer) -> String {
    answer.headers["location"].split_once("?code=").unwrap().1.to_owned()
}

on_both_engines! {
    async fn a_one_time_address_begins_one_session(server: TestServer) {
        let world = server.world().await;
        let path = login_path(&server, world.owner).await;
        // What only looks whether it exists does not use it up.
        let head = server.call("HEAD", &path).send().await;
        assert_eq!((head.status, head.headers.contains_key("set-cookie")), (204, false));

        let login = server.call("GET", &path).send().await;
        assert_eq!((login.status, &*login.headers["location"]), (303, "/auth/session"));
        let set_cookie = &login.headers["set-cookie"];
        let (cookie, attributes) = set_cookie.split_once("; ").unwrap();
        assert_eq!(attributes, "HttpOnly; SameSite=Lax; Path=/; Max-Age=43200");
        assert_eq!(login.headers["cache-control"], "no-store");

        let session = page(&server, "/auth/session", &format!("other=1; {cookie}; x=\"y\"")).await;
        assert_eq!(session.status, 200, "{}", session.text);
        assert!(session.text.contains("2 March 2026, 21:15 UTC"), "{}", session.text);

        for used in [&*path, "/auth/login/unknown", "/auth/login/%00%FF"] {
            let again = server.call("GET", used).send().await;
            assert_eq!((again.status, again.headers.contains_key("set-cookie")), (401, false), "{used}");
            assert!(again.text.contains("This address does not work any more"), "{}", again.text);
        }
    }

    async fn a_one_time_address_works_for_fifteen_minutes_and_a_session_for_twelve_hours(server: TestServer) {
        let world = server.world().await;
        let (late, in_time) = (login_path(&server, world.owner).await, login_path(&server, world.owner).await);
        server.advance(SignedDuration::from_secs(15 * 60 - 1));
        let login = server.call("GET", &in_time).send().await;
        let cookie = login.headers["set-cookie"].split(';').next().unwrap();
        server.advance(SignedDuration::from_secs(1));
        assert_eq!(server.call("GET", &late).send().await.status, 401);

        server.advance(SignedDuration::from_secs(12 * 3600 - 2));
        assert_eq!(page(&server, "/auth/session", cookie).await.status, 200);
        server.advance(SignedDuration::from_secs(1));
        assert_eq!(page(&server, "/auth/session", cookie).await.status, 401);
    }

    async fn behind_https_the_cookie_is_sent_over_nothing_else(https: Https) {
        let server = https.0;
        let world = server.world().await;
        let login = server.call("GET", &login_path(&server, world.owner).await).send().await;
        assert!(login.headers["set-cookie"].contains("; Secure"), "{}", login.headers["set-cookie"]);
    }

    async fn logging_out_ends_the_session_and_needs_the_pages_own_form(server: TestServer) {
        let world = server.world().await;
        let (cookie, other) = (server.new_session(world.owner).await, server.new_session(world.owner).await);
        let own = field(&page(&server, "/auth/session", &cookie).await, "form_token");
        let foreign = field(&page(&server, "/auth/session", &other).await, "form_token");
        let logout = |token: String| {
            let call = server.call("POST", "/auth/logout").header("cookie", &cookie);
            call.body(FORM, form(&[("form_token", &token)])).send()
        };
        assert_eq!(logout(foreign).await.status, 403);
        assert_eq!(logout(String::new()).await.status, 403);
        let bare = server.call("POST", "/auth/logout").header("cookie", &cookie).send().await;
        assert_eq!(bare.status, 403);
        assert_eq!(page(&server, "/auth/session", &cookie).await.status, 200);

        let done = logout(own.clone()).await;
        assert_eq!(done.status, 200, "{}", done.text);
        assert!(done.headers["set-cookie"].contains("Max-Age=0"), "{}", done.headers["set-cookie"]);
        assert_eq!(page(&server, "/auth/session", &cookie).await.status, 401);
        assert_eq!(logout(own).await.status, 401);
        assert_eq!(page(&server, "/auth/session", &other).await.status, 200, "another session goes on");
    }

    async fn a_form_outlives_the_key_that_signed_it(server: TestServer) {
        let world = server.world().await;
        let cookie = server.new_session(world.owner).await;
        let own = field(&page(&server, "/auth/session", &cookie).await, "form_token");
        let (old, new) = (server.database.key.clone(), ServerKey::generate());
        let server = server.restart_with(&ServerKeys::from(new).with(old)).await;
        let logout = server.call("POST", "/auth/logout").header("cookie", &cookie);
        let done = logout.body(FORM, form(&[("form_token", &own)])).send().await;
        assert_eq!(done.status, 200, "{}", done.text);
    }

    /// AU-16
    async fn a_locked_user_has_no_session(server: TestServer) {
        let world = server.world().await;
        let cookie = server.new_session(world.owner).await;
        lock(&server, world.owner).await;
        assert_eq!(page(&server, "/auth/session", &cookie).await.status, 401);
        let answer = authorize(&server, &world, &cookie, &json!("http://localhost:4321")).await;
        let _ = answer.refused(401);
    }

    async fn pages_run_no_scripts_and_cannot_be_framed(server: TestServer) {
        let world = server.world().await;
        let cookie = server.new_session(world.owner).await;
        let session = page(&server, "/auth/session", &cookie).await;
        assert_eq!(session.headers["content-type"], "text/html; charset=utf-8");
        assert_eq!(session.headers["x-frame-options"], "DENY");
        let policy = &session.headers["content-security-policy"];
        for part in ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!session.text.contains("<script"), "{}", session.text);
        let style = server.call("GET", "/auth/style.css").send().await;
        assert_eq!((style.status, &*style.headers["content-type"]), (200, "text/css; charset=utf-8"));
    }

    /// OF-1, OF-2, OF-4, OF-5
    async fn a_person_authorizes_a_client(server: TestServer) {
        let uris = ["https://app.example/callback", "redirect-uri.com", "https://*.wild.example"];
        let world = server.world_with(slotd_domain::Permissions::ALL, &uris).await;
        let nobody = authorize(&server, &world, "", &json!(uris[0])).await;
        assert!(nobody.refused(401).starts_with("There is no session"), "{}", nobody.text);

        let cookie = server.new_session(world.owner).await;
        for refused in ["https://evil.example", "", "https://app.example/callback/more"] {
            let answer = authorize(&server, &world, &cookie, &json!(refused)).await;
            assert_eq!(answer.refused(400), "Invalid 'redirect_uri' value.", "{refused}");
        }
        let split = authorize(&server, &world, &cookie, &json!("https://a\r\nx: y.wild.example")).await;
        assert_eq!(split.refused(400), "Invalid 'redirect_uri' value.");
        assert_eq!(authorize(&server, &world, &cookie, &json!(5)).await.invalid_fields(), ["redirectUri"]);
        assert_eq!(authorize(&server, &world, &cookie, &Value::Null).await.invalid_fields(), ["redirectUri"]);
        let unknown = World { client: "nobody".to_owned(), ..server.world().await };
        let answer = authorize(&server, &unknown, &cookie, &json!(uris[0])).await;
        assert_eq!(answer.refused(400), "OAuth client with ID 'nobody' not found");

        let answer = authorize(&server, &world, &cookie, &json!("redirect-uri.com")).await;
        assert_eq!(answer.status, 302, "{}", answer.text);
        let code = answer.headers["location"].strip_prefix("redirect-uri.com?code=").unwrap();
        assert_eq!(code.len(), 25);
    }

    /// OF-3, OF-14
    async fn an_unused_code_stands_in_the_way_until_it_expires(server: TestServer) {
        let world = server.world().await;
        let cookie = server.new_session(world.owner).await;
        let uri = json!("http://localhost:4321");
        let first = code(&authorize(&server, &world, &cookie, &uri).await);
        server.advance(SignedDuration::from_secs(10 * 60 - 1));
        let again = authorize(&server, &world, &cookie, &uri).await;
        let expected = format!("User with id={} has already authorized client with id={}.", world.owner, world.client);
        assert_eq!(again.refused(400), expected);
        server.advance(SignedDuration::from_secs(1));
        let late = exchange(&server, &world.client, &first, &world.secret).await;
        assert_eq!(late.refused(400), "Invalid OAuth Client.");
        let second = code(&authorize(&server, &world, &cookie, &uri).await);
        let _ = exchange(&server, &world.client, &second, &world.secret).await.accepted(200);
        let _ = code(&authorize(&server, &world, &cookie, &uri).await);
    }

    /// OF-10, OF-11, OF-12, OF-13
    async fn a_code_is_exchanged_once_by_its_own_client(server: TestServer) {
        let (world, other) = (server.world().await, server.world().await);
        let cookie = server.new_session(world.owner).await;
        let code = code(&authorize(&server, &world, &cookie, &json!("http://localhost:4321")).await);

        let path = format!("/v2/oauth/{}/exchange", world.client);
        let nothing = server.call("POST", &path).send().await;
        assert_eq!(nothing.invalid_fields(), ["clientSecret"]);
        let secret = json!({ "clientSecret": world.secret });
        let without_code = server.call("POST", &path).json(&secret).send().await;
        assert_eq!(without_code.refused(400), "Missing 'Bearer' Authorization header.");
        let wrong = [
            (&*world.client, &*code, "wrong"),
            (&*world.client, "unknown", &*world.secret),
            (&*other.client, &*code, &*other.secret),
            ("nobody", &*code, &*world.secret),
        ];
        for (client, code, secret) in wrong {
            let answer = exchange(&server, client, code, secret).await;
            assert_eq!(answer.refused(400), "Invalid OAuth Client.", "{client}");
        }

        let tokens = exchange(&server, &world.client, &code, &world.secret).await.accepted(200).clone();
        let me = server.call("GET", "/v2/me").bearer(tokens["accessToken"].as_str().unwrap()).send().await;
        assert_eq!(me.accepted(200)["id"], world.owner.0);
        assert_eq!(exchange(&server, &world.client, &code, &world.secret).await.refused(400), "Invalid OAuth Client.");
        let refreshed = crate::tokens::refresh(&server, &world, &tokens["refreshToken"]).await;
        let _ = refreshed.accepted(200);
    }
}
